//! What a scenario triggers: closures onto the streets, equilibrium from the base one, detours, accessibility, buses.
//!
//! Long: the steps of a run and what is told of each, in order.

use std::{collections::BTreeSet, sync::Arc as Shared};

use rayon::prelude::*;
use twin::{
    Finding, Findings, Id, Outcome, Twin, Watch,
    outcome::{
        Alternation, ArcState, ClosureOutcome, CutOffTrips, Detour, HourOutcome, Totals, Touched, TrafficOutcome,
    },
    road::{Arc, Direction, Modes},
    scenario::{ClosureKind, Control, TrafficOptions},
    transit::BusRoute,
};
use twin_traffic::{
    alternation,
    equilibrium::Equilibrium,
    query,
    street::{ArcChange, Streets},
};

use crate::{
    access::CutOff,
    day,
    detour::by_streets,
    environment::{self, HourFuel},
    overlay::{self, Measures},
    prepare::{Prepared, PreparedHour},
    questions,
    resolve::{Resolved, ResolvedClosure},
    room, scrutiny,
    select::Equilibria,
    supply,
    touched::{self, HourView},
};

/// Detours that are told apart.
const N_DETOURS: usize = 40;
/// Longest section along which one signal lets traffic alternate in practice, metres.
const LONG_SECTION_M: f64 = 500.0;

/// How far an answer has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stage {
    /// Where the trips go that passed the closed sections, everybody else being where they were.
    Detours,
    /// Everybody has reacted, up to this relative gap.
    Gap(f64),
}

/// Gaps at which an answer is told on the way to the one demanded.
const TOLD_GAPS: [f64; 2] = [1e-3, 1e-4];

/// Computes what a scenario triggers. Total: what does not converge or has no way left is said in the outcome.
///
/// The prepared base must fit the scenario ([`Prepared::fits`]): its hours, accuracy and demand are used.
#[must_use]
pub fn run(twin: &Twin, prepared: &Prepared, resolved: &Resolved, watch: &dyn Watch) -> Outcome {
    let mut outcome = answer(
        twin,
        prepared,
        resolved,
        Stage::Gap(prepared.options.relative_gap),
        &mut Course::new(twin, prepared, resolved),
        watch,
    );
    scrutiny::scrutinize(twin, prepared, resolved, &mut outcome, watch);
    outcome
}

/// The figures of a run (its criteria) without columns over streets, detours, environment and findings.
pub(crate) fn figures(twin: &Twin, prepared: &Prepared, resolved: &Resolved, watch: &dyn Watch) -> Outcome {
    figures_of(twin, (prepared, &prepared.hours), resolved, Detail::Figures, watch)
}

/// As [`figures`], with fuel, of other hours than the prepared ones.
pub(crate) fn figures_at(
    twin: &Twin,
    prepared: (&Prepared, &[PreparedHour]),
    resolved: &Resolved,
    watch: &dyn Watch,
) -> Outcome {
    figures_of(twin, prepared, resolved, Detail::Sums, watch)
}

fn figures_of(
    twin: &Twin,
    (prepared, hours): (&Prepared, &[PreparedHour]),
    resolved: &Resolved,
    detail: Detail,
    watch: &dyn Watch,
) -> Outcome {
    let stage = Stage::Gap(prepared.options.relative_gap);
    let measures = overlay::at_hours(twin, prepared, resolved, hours.iter().map(|hour| hour.hour));
    let mut solved: Vec<Solved> = hours
        .iter()
        .zip(&measures)
        .map(|(hour, measures)| solve(twin, prepared, (hour, measures), (stage, None, detail), watch))
        .collect();
    let environment = environment::sums(solved.iter_mut().map(|solved| solved.fuel.take()).collect());
    let cut_off = prepared.access.cut_off(twin, resolved);
    let traffic = TrafficOutcome {
        closures: closure_outcomes(twin, (prepared, hours), resolved, &solved),
        cut_off_addresses: cut_off.addresses,
        unreachable_before: cut_off.before,
        affected_bus_routes: bus_routes(twin, resolved, &mut Findings::default()),
        hours: solved.into_iter().map(|solved| solved.outcome).collect(),
        day: None,
    };
    Outcome { traffic: Some(traffic), environment, ..Outcome::empty(&resolved.scenario.name) }
}

/// How much of an hour is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Sums alone.
    Figures,
    /// Sums, those of fuel too.
    Sums,
    /// Every street, and detours.
    Streets,
}

/// As [`run`], and tells answers as they become better: first the detours of the trips concerned, then the equilibrium to a gap of
/// 1e-3, of 1e-4 and as demanded. Stops after the last answer when cancelled. The last answer has the accuracy of [`run`]'s, not its bits.
/// Returns the equilibria of the last answer, for questions to them; nothing where it was cancelled.
pub fn run_in_stages(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    watch: &dyn Watch,
    told: &mut dyn FnMut(Stage, Outcome),
) -> Option<Equilibria> {
    let demanded = prepared.options.relative_gap;
    let on_the_way = TOLD_GAPS.into_iter().filter(|&gap| gap > demanded).map(Stage::Gap);
    let mut stages = vec![Stage::Gap(demanded)];
    if !resolved.closures.is_empty() {
        stages.splice(0..0, std::iter::once(Stage::Detours).chain(on_the_way));
    }
    let mut course = Course::new(twin, prepared, resolved);
    for stage in stages {
        let outcome = answer(twin, prepared, resolved, stage, &mut course, watch);
        if watch.is_cancelled() {
            return None;
        }
        told(stage, outcome);
    }
    Some(Equilibria { with: course.known })
}

/// What the stages of an answer share.
struct Course {
    /// By hour.
    measures: Vec<Shared<Measures>>,
    /// By hour the equilibrium of the stage before; nothing where it is the base one.
    known: Vec<Option<Equilibrium>>,
    /// Nothing until the first answer, which looks for it beside the equilibria.
    cut_off: Option<CutOff>,
}

impl Course {
    fn new(twin: &Twin, prepared: &Prepared, resolved: &Resolved) -> Self {
        Self {
            measures: overlay::at_hours(twin, prepared, resolved, prepared.hours.iter().map(|hour| hour.hour)),
            known: prepared.hours.iter().map(|_| None).collect(),
            cut_off: resolved.closures.is_empty().then(CutOff::default),
        }
    }
}

/// The answer of a stage; `course` then holds its equilibria.
fn answer(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    stage: Stage,
    course: &mut Course,
    watch: &dyn Watch,
) -> Outcome {
    let mut findings = resolved.findings.clone();
    // A twin that holds only supply networks has nothing to say about traffic.
    if twin.roads.n_links() > 0 || !supply::any(twin) {
        findings.extend(prepared.findings.iter().cloned());
    }
    let supply = supply::run(twin, &resolved.scenario, &mut findings, watch);
    if twin.roads.n_links() == 0 {
        return Outcome { findings, ..supply };
    }
    let Course { measures, known, cut_off } = course;
    let solve_hours = || -> Vec<Solved> {
        prepared
            .hours
            .par_iter()
            .zip(known.par_iter().zip(measures.par_iter()))
            .map(|(hour, (known, measures))| {
                solve(twin, prepared, (hour, measures), (stage, known.as_ref(), Detail::Streets), watch)
            })
            .collect()
    };
    let (mut solved, cut_off) =
        rayon::join(solve_hours, || &*cut_off.get_or_insert_with(|| prepared.access.cut_off(twin, resolved)));
    for (known, solved) in known.iter_mut().zip(&mut solved) {
        *known = solved.with.take();
    }
    let closures = closure_outcomes(twin, (prepared, &prepared.hours), resolved, &solved);
    tell_room(twin, &closures, &solved, &mut findings);
    let affected_bus_routes = bus_routes(twin, resolved, &mut findings);
    tell_access(twin, resolved, cut_off, &solved, &mut findings);
    // The day takes longest: it comes with the last answer.
    let last = stage == Stage::Gap(prepared.options.relative_gap);
    let day = if last { day::run(twin, prepared, resolved, &mut findings, watch) } else { None };
    let answers = if last {
        let hours: Vec<questions::Hour<'_>> = prepared
            .hours
            .iter()
            .zip(&solved)
            .zip(known.iter())
            .map(|((hour, solved), with)| questions::Hour {
                hour: hour.hour,
                base: &hour.base,
                with: with.as_ref().unwrap_or(&hour.base),
                measures: &solved.measures,
            })
            .collect();
        questions::answer(twin, prepared, resolved, &hours, &mut findings)
    } else {
        Vec::new()
    };
    let mut fuel = Vec::with_capacity(solved.len());
    let touched = if last { touched_of(twin, prepared, resolved, (&solved, known), &mut findings) } else { None };
    let hours = solved
        .into_iter()
        .map(|solved| {
            findings.extend(solved.findings);
            fuel.push(solved.fuel);
            solved.outcome
        })
        .collect();
    deduplicate(&mut findings);
    let traffic = TrafficOutcome {
        hours,
        closures,
        cut_off_addresses: cut_off.addresses.clone(),
        unreachable_before: cut_off.before.clone(),
        affected_bus_routes,
        day,
    };
    let environment =
        if last { environment::streets(twin, prepared, resolved, &traffic, fuel) } else { environment::sums(fuel) };
    Outcome { traffic: Some(traffic), environment, touched, answers, findings, ..supply }
}

/// Whom the closures touch besides the drivers.
fn touched_of(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    (solved, known): (&[Solved], &[Option<Equilibrium>]),
    findings: &mut Findings,
) -> Option<Touched> {
    let hours: Vec<HourView<'_>> = prepared
        .hours
        .iter()
        .zip(solved)
        .zip(known)
        .map(|((hour, solved), known)| HourView {
            hour: hour.hour,
            base: &hour.base,
            with: known.as_ref().unwrap_or(&hour.base),
            measures: &solved.measures,
        })
        .collect();
    touched::run(twin, prepared, resolved, &hours, findings)
}

/// One hour after the measures.
struct Solved {
    outcome: HourOutcome,
    /// The equilibrium, where it differs from the base one.
    with: Option<Equilibrium>,
    measures: Shared<Measures>,
    alternations: Vec<Alternation>,
    fuel: Option<HourFuel>,
    findings: Findings,
}

fn solve(
    twin: &Twin,
    prepared: &Prepared,
    (hour, measures): (&PreparedHour, &Shared<Measures>),
    (stage, known, detail): (Stage, Option<&Equilibrium>, Detail),
    watch: &dyn Watch,
) -> Solved {
    let streets = measures.streets(prepared);
    let base = &hour.base;
    let mut findings = Findings::default();
    let unchanged = measures.sections.is_empty() && nobody_concerned(prepared, hour, measures);
    let (with, alternations) = if unchanged {
        (None, Vec::new())
    } else {
        let sections: Vec<_> = measures.sections.iter().map(|(_, section)| section.clone()).collect();
        let changes = (&measures.overlay, &sections[..]);
        let (with, alternations) = match stage {
            Stage::Detours => {
                let arcs: Vec<usize> = measures.arcs.iter().filter_map(|&arc| streets.position(arc)).collect();
                alternation::reroute(streets, &hour.trips, changes, &arcs, base, watch)
            }
            Stage::Gap(relative_gap) => {
                let options = TrafficOptions { relative_gap, ..prepared.options.clone() };
                let from = (Some(base), known.or(Some(base)));
                alternation::solve_from(streets, &hour.trips, changes, &options, from, watch)
            }
        };
        for ((index, section), alternation) in measures.sections.iter().zip(&alternations) {
            findings.extend(alternation::warnings(section, alternation).into_iter().map(|finding| {
                let field = format!("closure[{index}].control");
                Finding { field: Some(field), ..finding }
            }));
        }
        (Some(with), alternations)
    };
    let solved = with;
    let with = solved.as_ref().unwrap_or(base);
    if let Some(residents) = &measures.residents {
        tell_residents(streets, with, &residents.passed, hour.hour, &mut findings);
    }
    let before = query::cut_off_trips(base, &prepared.demand.zones);
    tell_unreachable(&before, hour.hour, &mut findings);
    let cut_off_trips = newly_cut_off(&before, query::cut_off_trips(with, &prepared.demand.zones));
    let state = |solved: &Equilibrium| match detail {
        Detail::Figures | Detail::Sums => ArcState::default(),
        Detail::Streets => solved.arc_state(streets),
    };
    let outcome = HourOutcome {
        hour: hour.hour,
        base_status: base.status,
        status: with.status,
        base: state(base),
        with: state(with),
        base_totals: base.totals(streets),
        totals: with.totals(streets),
        base_of_cut_off: if cut_off_trips.is_empty() {
            Totals::default()
        } else {
            query::totals_of_cut_off(streets, base, with)
        },
        cut_off_trips,
        detours: if unchanged || detail != Detail::Streets {
            Vec::new()
        } else {
            told_detours(twin, prepared, base, with, &measures.arcs)
        },
    };
    let fuel = match detail {
        Detail::Figures => None,
        Detail::Sums | Detail::Streets => environment::fuel_of(twin, prepared, hour.hour, base, solved.as_ref()),
    };
    Solved { outcome, with: solved, measures: Shared::clone(measures), alternations, fuel, findings }
}

/// Whether the measures close arcs that nobody uses and change nothing else: then everything stays as it is.
pub(crate) fn nobody_concerned(prepared: &Prepared, hour: &PreparedHour, measures: &Measures) -> bool {
    measures.residents.is_none()
        && measures.overlay.changes.iter().all(|change| {
            let only_closed = *change == ArcChange::closed(change.arc, change.closed);
            let used = prepared.streets.position(change.arc).is_some_and(|arc| base_volume_at(hour, arc) > 0.0);
            only_closed && !used
        })
}

/// Volume of all classes on an arc before.
fn base_volume_at(hour: &PreparedHour, arc: usize) -> f64 {
    hour.base.volume_veh_h.iter().map(|volume| volume[arc]).sum()
}

/// Where the trips that passed the arcs before go now, by street.
fn told_detours(twin: &Twin, prepared: &Prepared, base: &Equilibrium, with: &Equilibrium, arcs: &[Arc]) -> Vec<Detour> {
    let positions: Vec<usize> = arcs.iter().filter_map(|&arc| prepared.streets.position(arc)).collect();
    by_streets(twin, query::detours(&prepared.streets, base, with, &positions, usize::MAX), N_DETOURS)
}

/// Trips without a way that had one before.
fn newly_cut_off(before: &[CutOffTrips], after: Vec<CutOffTrips>) -> Vec<CutOffTrips> {
    after
        .into_iter()
        .filter_map(|mut cut| {
            if let Some(known) = before.iter().find(|known| known.class == cut.class) {
                let pairs: BTreeSet<_> = known.pairs.iter().map(|(a, b, _)| (a, b)).collect();
                cut.pairs.retain(|(a, b, _)| !pairs.contains(&(a, b)));
            }
            cut.trips_veh_h = cut.pairs.iter().map(|(_, _, trips)| trips).sum();
            (!cut.pairs.is_empty()).then_some(cut)
        })
        .collect()
}

fn tell_unreachable(before: &[CutOffTrips], hour: u8, findings: &mut Findings) {
    let trips: f64 = before.iter().map(|cut| cut.trips_veh_h).sum();
    if trips > 0.0 {
        findings.push(
            Finding::warning(
                "trips-without-way",
                format!("{trips:.1} veh/h in hour {hour} have no way through the streets even without any closure; they are left out"),
            )
            .with_help("`stadtwin check` lists the islands of the street network"),
        );
    }
}

/// Says how many trips pass closed sections because they have no other way to their end.
fn tell_residents(streets: &Streets, with: &Equilibrium, passed: &[Arc], hour: u8, findings: &mut Findings) {
    let arcs: Vec<usize> = passed.iter().filter_map(|&arc| streets.position(arc)).collect();
    let trips: f64 = query::through(streets, with, &arcs).iter().map(|path| path.trips_veh_h).sum();
    if trips > 0.0 {
        findings.push(
            Finding::note(
                "residents-enter",
                format!(
                    "in hour {hour}, {trips:.1} veh/h pass closed sections because they begin or end there or behind them; through traffic does not"
                ),
            )
            .with_help("residents in this sense are all who have no other way: deliveries and visitors too"),
        );
    }
}

fn closure_outcomes(
    twin: &Twin,
    (prepared, hours): (&Prepared, &[PreparedHour]),
    resolved: &Resolved,
    solved: &[Solved],
) -> Vec<ClosureOutcome> {
    resolved
        .closures
        .iter()
        .zip(&resolved.scenario.closures)
        .enumerate()
        .map(|(index, (on_ground, closure))| ClosureOutcome {
            kind: closure.kind,
            control: (closure.kind == ClosureKind::Half).then_some(closure.control),
            sections: on_ground.sections.iter().map(|section| section.part).collect(),
            length_m: on_ground.length_m,
            active: solved.iter().map(|hour| hour.measures.active[index]).collect(),
            base_volume_veh_h: hours.iter().map(|hour| base_volume_veh_h(prepared, on_ground, hour)).collect(),
            alternation: solved
                .iter()
                .flat_map(|hour| {
                    hour.measures
                        .sections
                        .iter()
                        .zip(&hour.alternations)
                        .filter(|((of, _), _)| *of == index)
                        .map(|(_, alternation)| *alternation)
                })
                .collect(),
            rooms: room::before(twin, prepared, on_ground, closure),
        })
        .collect()
}

/// Says where the queue of a cycle reaches back over the junction before the stop line.
fn tell_room(twin: &Twin, closures: &[ClosureOutcome], solved: &[Solved], findings: &mut Findings) {
    for (index, closure) in closures.iter().enumerate() {
        let hours =
            solved.iter().zip(&closure.active).filter(|(_, active)| **active).map(|(hour, _)| hour.outcome.hour);
        for (hour, alternation) in hours.zip(&closure.alternation) {
            for (direction, room) in closure.rooms.iter().enumerate() {
                let Some(room) = room.filter(|room| room.junction.is_some()) else { continue };
                let queue = alternation.queue_95_veh(direction);
                if queue <= room.vehicles {
                    continue;
                }
                let cross = room.cross.map(|link| twin.roads.link(link));
                let at = cross.and_then(|link| link.name.as_deref()).unwrap_or("the next junction");
                findings.push(
                    Finding::warning(
                        "queue-over-next-junction",
                        format!(
                            "in hour {hour}, in one cycle of twenty more than {queue:.0} vehicles wait; there is room for {:.0} before {at} ({:.0} m)",
                            room.vehicles, room.length_m
                        ),
                    )
                    .with_field(format!("closure[{index}]"))
                    .with_help("keep the junction clear, put the stop line there, or shorten the cycle"),
                );
            }
        }
    }
}

/// The greatest volume of both directions on any section of a closure, without it.
fn base_volume_veh_h(prepared: &Prepared, on_ground: &ResolvedClosure, hour: &PreparedHour) -> f64 {
    let volume = |arc: Arc| prepared.streets.position(arc).map_or(0.0, |arc| base_volume_at(hour, arc));
    on_ground
        .sections
        .iter()
        .map(|section| Direction::BOTH.iter().map(|&d| volume(Arc::new(section.part.link, d))).sum())
        .fold(0.0, f64::max)
}

/// The bus routes that lead through closed sections; each is told, with what it means for it.
fn bus_routes(twin: &Twin, resolved: &Resolved, findings: &mut Findings) -> Vec<Id<BusRoute>> {
    let mut affected = Vec::new();
    for (id, route) in twin.bus_routes.iter() {
        let (mut touched, mut blocked) = (false, false);
        for section in resolved.closures.iter().flat_map(|closure| &closure.sections) {
            for arc in route.arcs.iter().filter(|arc| arc.link == section.part.link) {
                touched = true;
                blocked |= section.blocks(arc.direction, Modes::BUS);
            }
        }
        if !touched {
            continue;
        }
        affected.push(id);
        let name = match (&route.line, &route.name) {
            (Some(line), _) => format!("line {line}"),
            (None, Some(name)) => name.clone(),
            (None, None) => route.key.to_string(),
        };
        findings.push(if blocked {
            Finding::warning(
                "bus-line-blocked",
                format!("{name} cannot pass: it needs a diversion, or exempt = [\"bus\"]"),
            )
            .with_key(route.key.clone())
        } else {
            Finding::note("bus-line-delayed", format!("{name} passes the closure and waits there with everybody"))
                .with_key(route.key.clone())
        });
    }
    affected
}

/// Says what the closures cut off, and what to do where nobody can get to people in need.
fn tell_access(twin: &Twin, resolved: &Resolved, cut_off: &CutOff, solved: &[Solved], findings: &mut Findings) {
    for (index, (closure, source)) in resolved.closures.iter().zip(&resolved.scenario.closures).enumerate() {
        let alternates = closure.sections.iter().any(|section| section.alternates);
        if alternates && closure.length_m > LONG_SECTION_M {
            findings.push(
                Finding::warning(
                    "half-closure-long",
                    format!(
                        "traffic alternates along {:.0} m; beyond {LONG_SECTION_M:.0} m waits become so long that works are done in stages",
                        closure.length_m
                    ),
                )
                .with_field(format!("closure[{index}].length_m"))
                .with_help("give the length of one stage of the works: length_m = 80"),
            );
        }
        let emergency_blocked = closure
            .sections
            .iter()
            .any(|section| Direction::BOTH.into_iter().all(|direction| section.blocks(direction, Modes::EMERGENCY)));
        if emergency_blocked && source.kind == ClosureKind::Full && !cut_off.addresses.is_empty() {
            findings.push(
                Finding::warning(
                    "emergency-not-exempt",
                    format!(
                        "fire engines and ambulances may not pass either: {} addresses cannot be reached in an emergency",
                        cut_off.addresses.len()
                    ),
                )
                .with_field(format!("closure[{index}].exempt"))
                .with_help("keep a lane for them and write exempt = [\"emergency\"], or agree on another way in"),
            );
        }
        if source.kind == ClosureKind::Half && source.control == Control::Priority && source.cycle_s.is_some() {
            findings.push(
                Finding::note("cycle-without-signal", "a priority sign has no cycle time: cycle_s is not used")
                    .with_field(format!("closure[{index}].cycle_s")),
            );
        }
    }
    for &place in &cut_off.places {
        let place = &twin.places[place];
        findings.push(
            Finding::warning(
                "place-cut-off",
                format!(
                    "no car reaches {} ({})",
                    place.name.as_deref().unwrap_or("a place without name"),
                    place.kind.name()
                ),
            )
            .with_key(place.key.clone()),
        );
    }
    let trips: f64 = solved
        .iter()
        .map(|hour| hour.outcome.cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum::<f64>())
        .fold(0.0, f64::max);
    // A node between two closed sections is split off too, but nobody misses it.
    if !cut_off.nodes_split_off.is_empty() && (cut_off.n_addresses_split_off > 0 || trips > 0.0) {
        findings.push(Finding::warning(
            "network-split",
            format!(
                "the closures split the street network: {} junctions with {} addresses lose their connection to the rest; {trips:.1} veh/h have no way left",
                cut_off.nodes_split_off.len(),
                cut_off.n_addresses_split_off,
            ),
        ));
    }
}

/// Findings that several hours share are told once.
fn deduplicate(findings: &mut Findings) {
    let mut known = BTreeSet::new();
    findings.0.retain(|finding| {
        known.insert((finding.code, finding.message.clone(), finding.key.clone(), finding.field.clone()))
    });
}

#[cfg(test)]
mod tests;
