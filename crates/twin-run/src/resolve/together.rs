//! Closures beside each other: on the same stretch, never on the same day, long gone.

use twin::{Scenario, Twin, jiff::civil::Date, scenario::Closure};

use super::{At, Findings, ResolvedClosure, holds_between};

/// Shortest stretch that counts as common to two work sites, metres.
const COMMON_M: f64 = 0.5;

/// Says what is odd about closures beside each other. `resolved` are those whose streets were found: all of them, or some are wrong
/// anyway.
pub(super) fn check(twin: &Twin, scenario: &Scenario, resolved: &[ResolvedClosure], findings: &mut Findings) {
    never_together(scenario, findings);
    with_phases(scenario, findings);
    expired(twin, scenario, findings);
    if resolved.len() == scenario.closures.len() {
        on_the_same_stretch(twin, scenario, resolved, findings);
    }
}

fn span(scenario: &Scenario, closure: &Closure) -> (Option<Date>, Option<Date>) {
    (closure.from.or(scenario.from), closure.to.or(scenario.to))
}

fn never_together(scenario: &Scenario, findings: &mut Findings) {
    let mut at = At { scenario, prefix: String::new(), findings };
    let spans = || scenario.closures.iter().map(|closure| span(scenario, closure)).enumerate();
    let last_begin = spans().filter_map(|(index, (from, _))| from.map(|day| (day, index))).max();
    let first_end = spans().filter_map(|(index, (_, to))| to.map(|day| (day, index))).min();
    if let (Some((begin, later)), Some((end, earlier))) = (last_begin, first_end)
        && begin > end
        && later != earlier
    {
        let finding = at
            .warning(
                NEVER_TOGETHER,
                &format!("closure[{later}].from"),
                format!(
                    "closure {} begins ({begin}) after closure {} has ended ({end}): there is no day on which all closures hold",
                    later + 1,
                    earlier + 1
                ),
            )
            .with_help("stadtwin run computes them stage by stage");
        at.push(finding);
    }
}

/// Code of the warning that stages make needless.
pub(crate) const NEVER_TOGETHER: &str = "closures-never-together";
/// Code of the other one.
pub(crate) const PHASES_AT_ONCE: &str = "phases-at-once";

fn with_phases(scenario: &Scenario, findings: &mut Findings) {
    let mut at = At { scenario, prefix: String::new(), findings };
    for (index, _) in scenario.closures.iter().enumerate().filter(|(_, closure)| !closure.phases.is_empty()) {
        let finding = at
            .warning(
                PHASES_AT_ONCE,
                &format!("closure[{index}].phase"),
                format!("closure {} is taken as a whole, without its phases", index + 1),
            )
            .with_help("stadtwin run computes phases stage by stage");
        at.push(finding);
    }
}

/// A closure that had ended before the data was taken may be in the data already.
fn expired(twin: &Twin, scenario: &Scenario, findings: &mut Findings) {
    let Some(data) = twin.sources.iter().filter_map(|source| source.date).max() else { return };
    let mut at = At { scenario, prefix: String::new(), findings };
    for (index, closure) in scenario.closures.iter().enumerate() {
        if let Some(end) = span(scenario, closure).1.filter(|&end| end < data) {
            let field = if closure.to.is_some() { format!("closure[{index}].to") } else { "to".to_owned() };
            let finding = at.note(
                "closure-expired",
                &field,
                format!("closure {} ended on {end}, before the data of the town was taken ({data})", index + 1),
            );
            at.push(finding);
        }
    }
}

fn on_the_same_stretch(twin: &Twin, scenario: &Scenario, resolved: &[ResolvedClosure], findings: &mut Findings) {
    let mut at = At { scenario, prefix: String::new(), findings };
    for (later, second) in resolved.iter().enumerate() {
        for (earlier, first) in resolved[..later].iter().enumerate() {
            let (a, b) = (&scenario.closures[earlier], &scenario.closures[later]);
            if !share_days(span(scenario, a), span(scenario, b)) || !share_hours(a, b) {
                continue;
            }
            let common = first.sections.iter().find_map(|first| {
                second.sections.iter().find_map(|second| {
                    let from_m = first.part.from_m.max(second.part.from_m);
                    let to_m = first.part.to_m.min(second.part.to_m);
                    (first.part.link == second.part.link && to_m - from_m > COMMON_M)
                        .then_some((first.part.link, to_m - from_m))
                })
            });
            let Some((link, length_m)) = common else {
                let alternates = |closure: &ResolvedClosure| closure.sections.iter().any(|section| section.alternates);
                if let Some(street) = first.street.as_ref().filter(|street| second.street.as_ref() == Some(*street))
                    && alternates(first)
                    && alternates(second)
                {
                    let finding = at
                        .note(
                            "half-closures-on-one-street",
                            &format!("closure[{later}]"),
                            format!(
                                "closures {} and {} both let traffic alternate in {street}: each signal is planned on its own, as if arrivals were random",
                                earlier + 1,
                                later + 1
                            ),
                        )
                        .with_help("coordinate the two signals, or do the works one after the other");
                    at.push(finding);
                }
                continue;
            };
            let link = twin.roads.link(link);
            let finding = at
                .warning(
                    "closures-overlap",
                    &format!("closure[{later}]"),
                    format!(
                        "closures {} and {} lie on the same {length_m:.0} m of {} ({}) at the same time: what both do to it adds up",
                        earlier + 1,
                        later + 1,
                        link.name.as_deref().unwrap_or("a street without name"),
                        link.key,
                    ),
                )
                .with_help("make one closure of them, or move one of them in place or time");
            at.push(finding);
        }
    }
}

fn share_days(a: (Option<Date>, Option<Date>), b: (Option<Date>, Option<Date>)) -> bool {
    let before = |end: Option<Date>, begin: Option<Date>| end.zip(begin).is_some_and(|(end, begin)| end < begin);
    !before(a.1, b.0) && !before(b.1, a.0)
}

fn share_hours(a: &Closure, b: &Closure) -> bool {
    (0..96).any(|quarter| {
        let begin = 15.0 * f64::from(quarter);
        holds_between(a, begin, begin + 15.0) && holds_between(b, begin, begin + 15.0)
    })
}
