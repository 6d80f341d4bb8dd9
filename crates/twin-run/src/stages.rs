//! Stages: a scenario's closures and their phases split by days, so that each stage can be run as a scenario of its own.
//!
//! # Model
//! A closure holds from its first to its last day, those of the scenario where it names none; one with phases holds on the days
//! of its phases alone. Where any of them begins or ends a new stage begins. Days on which the same closures hold in the same
//! phases are one stage, also where others lie between. Days on which nothing is closed are no stage.

use std::collections::{BTreeMap, BTreeSet};

use twin::{
    Finding, Findings, Outcome, Scenario, Severity, Twin, criteria,
    jiff::civil::Date,
    scenario::{Closure, ClosurePhase, Origin},
    stage::{Stage, StageSums},
};

use twin_traffic::demand::profile;

use crate::resolve::{NEVER_TOGETHER, PHASES_AT_ONCE, Resolved, holds_at, resolve};

/// A stage with its scenario, which names its closures alone.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// Days and closures.
    pub stage: Stage,
    /// The scenario of these days.
    pub resolved: Resolved,
}

/// Splits a scenario into stages and looks up every name of each. With a `date` in the scenario only the stage of that day
/// comes; a scenario without closures, or whose closures hold on all days alike, is one stage.
///
/// # Errors
/// All findings at once, as of [`resolve`]; besides, phases that end before they begin, that overlap, or that lie outside of their
/// closure's days.
pub fn stages(twin: &Twin, scenario: &Scenario) -> Result<Vec<Staged>, Findings> {
    let mut findings = Findings::default();
    check_phases(scenario, &mut findings);
    // What is wrong in closures that hold on none of the days asked for is told too.
    let whole = resolve(twin, &Scenario { date: None, ..scenario.clone() });
    let split = if findings.has_errors() { Vec::new() } else { split(scenario) };
    let simple = split.len() == 1
        && scenario.date.is_none()
        && scenario.closures.iter().all(|closure| closure.phases.is_empty())
        && split[0].closures.len() == scenario.closures.len();
    if simple && let Ok(resolved) = whole {
        let [stage] = <[Stage; 1]>::try_from(split).expect("because there is one stage");
        return Ok(vec![Staged { stage, resolved: without_needless(resolved) }]);
    }
    if let Err(wrong) = whole {
        findings.extend(wrong);
    }
    let chosen = match scenario.date {
        Some(day) => vec![of_day(scenario, &split, day, &mut findings)],
        None => split,
    };
    let n = chosen.len();
    let mut staged = Vec::with_capacity(n);
    for (index, stage) in chosen.into_iter().enumerate() {
        match resolve(twin, &scenario_of(scenario, &stage, (index, n))) {
            Ok(mut resolved) => {
                resolved = without_needless(resolved);
                resolved.findings.extend(findings.iter().filter(|f| f.severity < Severity::Error).cloned());
                staged.push(Staged { stage, resolved });
            }
            Err(wrong) => findings.extend(wrong.into_iter().map(|finding| as_in_file(finding, &stage))),
        }
    }
    if findings.has_errors() {
        let mut known = BTreeSet::new();
        findings.0.retain(|finding| known.insert((finding.code, finding.message.clone())));
        return Err(findings);
    }
    Ok(staged)
}

/// What a stage adds on a working day, and for how much of it its Saturdays, Sundays and public holidays count.
///
/// Where the whole day was computed its sums are taken (carbon dioxide excepted). Else the sum over the computed hours in which
/// anything holds is multiplied by the vehicles of all hours in which anything holds over those of the computed ones
/// ([`profile::day_factors`]). Days count by their kind: the vehicles in the hours in which anything holds over those of a working day.
#[must_use]
pub fn stage_sums(staged: &Staged, outcome: &Outcome) -> StageSums {
    let scenario = &staged.resolved.scenario;
    let holds = |hour: u8| scenario.closures.iter().any(|closure| holds_at(closure, hour));
    let factor = profile::day_factors(&scenario.assumptions, &scenario.traffic.hours, holds)[0];
    let all_hours: Vec<u8> = (0..24).collect();
    let day_parts = profile::day_factors(&scenario.assumptions, &all_hours, holds);
    let values = criteria::values(outcome);
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).map_or(0.0, |&(_, value)| value);
    let day = outcome.traffic.as_ref().and_then(|traffic| traffic.day.as_ref());
    StageSums {
        counts: staged.stage.day_counts(),
        day_parts,
        day_factor: day.is_none().then_some(factor),
        vehicle_hours_d: day.map_or_else(
            || factor * value("traffic.added_vehicle_hours"),
            |day| day.totals.vehicle_hours - day.base_totals.vehicle_hours,
        ),
        vehicle_km_d: day.map_or_else(
            || factor * value("traffic.added_vehicle_km"),
            |day| day.totals.vehicle_km - day.base_totals.vehicle_km,
        ),
        co2_kg_d: factor * value("environment.added_co2_kg"),
    }
}

/// The stages of a scenario, in order of their first day.
fn split(scenario: &Scenario) -> Vec<Stage> {
    if scenario.closures.is_empty() {
        return vec![Stage { spans: vec![(scenario.from, scenario.to)], closures: Vec::new() }];
    }
    let periods: Vec<Period> = (0..scenario.closures.len()).flat_map(|index| periods(scenario, index)).collect();
    let begins: BTreeSet<Date> = periods.iter().filter_map(|period| period.from).collect();
    let after: BTreeSet<Date> =
        periods.iter().filter_map(|period| period.to.and_then(|to| to.tomorrow().ok())).collect();
    let cuts: Vec<Date> = begins.union(&after).copied().collect();
    let starts: Vec<Option<Date>> = std::iter::once(None).chain(cuts.iter().copied().map(Some)).collect();
    let mut stages: Vec<Stage> = Vec::new();
    let mut by_closures: BTreeMap<Vec<(usize, Option<usize>)>, usize> = BTreeMap::new();
    for (index, &start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).copied().flatten().and_then(|next| next.yesterday().ok());
        let active: Vec<_> =
            periods.iter().filter(|period| period.holds_from(start)).map(|p| (p.closure, p.phase)).collect();
        if active.is_empty() {
            continue;
        }
        let known = *by_closures.entry(active.clone()).or_insert_with(|| {
            stages.push(Stage { spans: Vec::new(), closures: active });
            stages.len() - 1
        });
        let spans = &mut stages[known].spans;
        match spans.last_mut() {
            Some(last) if start.is_some_and(|start| last.1 == start.yesterday().ok()) => last.1 = end,
            _ => spans.push((start, end)),
        }
    }
    stages
}

/// Days on which a closure holds in one way.
struct Period {
    closure: usize,
    phase: Option<usize>,
    from: Option<Date>,
    to: Option<Date>,
}

impl Period {
    /// Whether it holds on the days that follow a cut; nothing is before all days.
    fn holds_from(&self, start: Option<Date>) -> bool {
        self.from.is_none_or(|from| start.is_some_and(|start| start >= from))
            && self.to.is_none_or(|to| start.is_none_or(|start| start <= to))
    }
}

fn periods(scenario: &Scenario, index: usize) -> Vec<Period> {
    let closure = &scenario.closures[index];
    if closure.phases.is_empty() {
        let (from, to) = days(scenario, closure);
        return vec![Period { closure: index, phase: None, from, to }];
    }
    let of_phase = |(phase, days): (usize, &ClosurePhase)| Period {
        closure: index,
        phase: Some(phase),
        from: Some(days.from),
        to: Some(days.to),
    };
    closure.phases.iter().enumerate().map(of_phase).collect()
}

fn days(scenario: &Scenario, closure: &Closure) -> (Option<Date>, Option<Date>) {
    (closure.from.or(scenario.from), closure.to.or(scenario.to))
}

/// The stage of a day; one without closures where nothing holds then.
fn of_day(scenario: &Scenario, stages: &[Stage], day: Date, findings: &mut Findings) -> Stage {
    if let Some(stage) = stages.iter().find(|stage| stage.holds_on(day)) {
        return stage.clone();
    }
    if !scenario.closures.is_empty() {
        let finding =
            Finding::warning("nothing-closed-on-date", format!("no closure holds on {day}: the base case is computed"));
        findings.push(placed(scenario, finding, "date"));
    }
    Stage { spans: vec![(Some(day), Some(day))], closures: Vec::new() }
}

/// The scenario of the days of a stage.
fn scenario_of(scenario: &Scenario, stage: &Stage, (index, n): (usize, usize)) -> Scenario {
    let closures = stage.closures.iter().map(|&(closure, phase)| {
        let closure = &scenario.closures[closure];
        phase.map_or_else(|| closure.clone(), |phase| in_phase(closure, &closure.phases[phase]))
    });
    let name = if n > 1 { format!("{} ({}/{n})", scenario.name, index + 1) } else { scenario.name.clone() };
    Scenario {
        name: name.trim().to_owned(),
        from: stage.spans.first().and_then(|span| span.0),
        to: stage.spans.last().and_then(|span| span.1),
        closures: closures.collect(),
        date: None,
        origin: origin_of(&scenario.origin, stage),
        ..scenario.clone()
    }
}

/// A closure as it is in a phase.
fn in_phase(closure: &Closure, phase: &ClosurePhase) -> Closure {
    let moved = phase.length_m.is_some() || phase.from_m.is_some() || phase.to_m.is_some();
    let (length_m, from_m, to_m) = if moved {
        (phase.length_m, phase.from_m, phase.to_m)
    } else {
        (closure.length_m, closure.from_m, closure.to_m)
    };
    Closure {
        kind: phase.kind.unwrap_or(closure.kind),
        control: phase.control.unwrap_or(closure.control),
        side: phase.side.or(closure.side),
        length_m,
        from_m,
        to_m,
        from: Some(phase.from),
        to: Some(phase.to),
        phases: Vec::new(),
        ..closure.clone()
    }
}

/// Where the fields of a stage's scenario stand in the file.
fn origin_of(origin: &Origin, stage: &Stage) -> Origin {
    let mut positions: BTreeMap<String, (u32, u32)> = origin
        .positions
        .iter()
        .filter(|(field, _)| !field.starts_with("closure["))
        .map(|(field, &position)| (field.clone(), position))
        .collect();
    for (new, &(old, phase)) in stage.closures.iter().enumerate() {
        let of_closure = format!("closure[{old}]");
        let of_phase = phase.map(|phase| format!("closure[{old}].phase[{phase}]"));
        for (field, &position) in &origin.positions {
            if let Some(rest) = field.strip_prefix(&of_closure).filter(|rest| !rest.starts_with(".phase")) {
                positions.entry(format!("closure[{new}]{rest}")).or_insert(position);
            }
        }
        for (field, &position) in &origin.positions {
            if let Some(rest) = of_phase.as_ref().and_then(|of_phase| field.strip_prefix(of_phase.as_str())) {
                positions.insert(format!("closure[{new}]{rest}"), position);
            }
        }
    }
    Origin { file: origin.file.clone(), positions }
}

/// A finding of a stage with the closure's position in the file.
fn as_in_file(finding: Finding, stage: &Stage) -> Finding {
    let field = finding.field.as_ref().map(|field| {
        let inner = field.strip_prefix("closure[").and_then(|rest| rest.split_once(']'));
        let old = inner.and_then(|(new, rest)| Some((stage.closures.get(new.parse::<usize>().ok()?)?.0, rest)));
        old.map_or_else(|| field.clone(), |(old, rest)| format!("closure[{old}]{rest}"))
    });
    Finding { field, ..finding }
}

/// Without what is said of closures that are computed all at once.
fn without_needless(resolved: Resolved) -> Resolved {
    let needless = [NEVER_TOGETHER, PHASES_AT_ONCE];
    let findings = resolved.findings.into_iter().filter(|finding| !needless.contains(&finding.code)).collect();
    Resolved { findings: Findings(findings), ..resolved }
}

fn check_phases(scenario: &Scenario, findings: &mut Findings) {
    for (index, closure) in scenario.closures.iter().enumerate() {
        let (from, to) = days(scenario, closure);
        for (position, phase) in closure.phases.iter().enumerate() {
            let field = format!("closure[{index}].phase[{position}]");
            let name = format!("phase {} of closure {}", position + 1, index + 1);
            if phase.to < phase.from {
                let message = format!("{name} ends ({}) before it begins ({})", phase.to, phase.from);
                let finding = Finding::error("dates-reversed", message).with_help("exchange from and to");
                findings.push(placed(scenario, finding, &format!("{field}.to")));
                continue;
            }
            if from.is_some_and(|from| phase.from < from) || to.is_some_and(|to| phase.to > to) {
                let open = |day: Option<Date>| day.map_or_else(|| "…".to_owned(), |day| day.to_string());
                let message = format!(
                    "{name} ({} to {}) lies outside of the days of its closure ({} to {})",
                    phase.from,
                    phase.to,
                    open(from),
                    open(to)
                );
                let finding = Finding::error("phase-outside-closure", message)
                    .with_help("give other days to the phase, or to the closure and the scenario");
                findings.push(placed(scenario, finding, &field));
            }
            for (earlier, other) in closure.phases[..position].iter().enumerate() {
                if other.from <= other.to && phase.from <= other.to && other.from <= phase.to {
                    let message = format!("{name} begins before phase {} has ended ({})", earlier + 1, other.to);
                    let finding = Finding::error("phases-overlap", message)
                        .with_help("let one phase end on the day before the next one begins, or write two closures");
                    findings.push(placed(scenario, finding, &format!("{field}.from")));
                }
            }
        }
    }
}

/// A finding with its place in the file.
fn placed(scenario: &Scenario, mut finding: Finding, field: &str) -> Finding {
    finding.file = scenario.origin.file.clone();
    let table = field.rfind('.').map_or(field, |end| &field[..end]);
    finding.position = [field, table].iter().find_map(|known| scenario.origin.positions.get(*known).copied());
    finding.with_field(field)
}

#[cfg(test)]
mod tests;
