//! The whole day: 24 equilibria give the routes, the law of the day lets queues grow and clear.
//!
//! Before measures the equilibria are chains over six hours each, hour h from the paths of hour h − 1; with measures each
//! hour starts from its own base equilibrium. Closures hold to the quarter of an hour.

use rayon::prelude::*;
use twin::{
    Crs, Finding, Findings, Twin, Watch,
    demand::Demand,
    outcome::{
        Alternation, Status,
        day::{ApproachSlice, DayOutcome, HourPlan, N_SLICES, begin_of, end_of},
    },
    road::{Arc, Direction, VolumeDelay},
    scenario::{Control, TrafficOptions},
};
use twin_traffic::{
    alternation::{self, Section},
    day::{self, Ground, Loaded, Options, Plan, Regime, Shares, StopLine, Town},
    equilibrium::{self, Equilibrium},
    street::{Overlay, Streets},
    trips::Trips,
};

use crate::{
    overlay::{self, Measures},
    prepare::Prepared,
    resolve::{Resolved, ResolvedClosure, holds_between},
};

/// Hours that are solved one from the other; the chains are solved beside each other.
const CHAIN_H: usize = 6;
/// Coarsest routes: a day needs volumes, not the last digit.
const ROUTES_GAP: f64 = 1e-4;
/// Queues away from the closures that are told.
const N_ELSEWHERE: usize = 12;

/// A day before any measure: built once per twin and options, shared by every run.
pub struct PreparedDay {
    /// The loaded day.
    pub base: Loaded,
    ground: Ground,
    shares: Shares,
    trips: [Trips; 24],
    equilibria: Vec<Equilibrium>,
    regimes: Vec<Regime>,
    /// Arcs that are over capacity at any time.
    queues: Vec<Arc>,
    /// Whether the routes of each hour know of the queues on them.
    sees_queues: Vec<bool>,
}

/// Prepares the day, where its streets have metres and seconds.
pub(crate) fn prepare(
    twin: &Twin,
    streets: &Streets,
    demand: &Demand,
    scenario: &twin::Scenario,
    findings: &mut Findings,
    watch: &dyn Watch,
) -> Option<PreparedDay> {
    if twin.crs == Crs::NOWHERE {
        findings.push(
            Finding::warning(
                "day-without-metres",
                "the network has units of its own: queues of a day cannot be computed",
            )
            .with_field("traffic.day")
            .with_help("leave traffic.day out for networks without a place on earth"),
        );
        return None;
    }
    if demand.matrices.iter().any(|matrix| matrix.hour.is_none()) {
        findings.push(
            Finding::note("demand-same-all-day", "some trips have no hour: they are driven in each of the 24 hours")
                .with_field("traffic.day"),
        );
    }
    let trips: [Trips; 24] = std::array::from_fn(|hour| {
        // Findings about impossible trips are told with the hours of the scenario; here such an hour is empty.
        Trips::at_hour(demand, hour as u8, scenario.demand_factor).unwrap_or_default()
    });
    let options = routes_options(&scenario.traffic);
    let ground = Ground::new(twin, streets, &scenario.assumptions);
    let chains: Vec<&[Trips]> = trips.chunks(CHAIN_H).collect();
    let equilibria: Vec<Equilibrium> = chains
        .into_par_iter()
        .flat_map_iter(|hours| {
            let mut solved: Vec<Equilibrium> = Vec::with_capacity(hours.len());
            for trips in hours {
                let next = equilibrium::solve(streets, trips, &Overlay::default(), &options, solved.last(), watch);
                solved.push(next);
            }
            solved
        })
        .collect();
    // Streets that are over capacity at any time show their queues to all hours in which some are.
    let mut queues: Vec<Arc> = equilibria.iter().flat_map(|solved| day::over_capacity(streets, solved)).collect();
    queues.sort_unstable();
    queues.dedup();
    let sees_queues: Vec<bool> =
        equilibria.iter().map(|solved| !day::over_capacity(streets, solved).is_empty()).collect();
    let (equilibria, regimes): (Vec<Equilibrium>, Vec<Regime>) = equilibria
        .into_par_iter()
        .zip(&trips)
        .zip(&sees_queues)
        .map(|((blind, trips), &sees_queues)| {
            let mut overlay = Overlay::default();
            let mut solved = blind;
            if sees_queues {
                day::see_queues(&queues, &mut overlay);
                solved = equilibrium::solve(streets, trips, &overlay, &options, Some(&solved), watch);
            }
            let regime = Regime::new(streets, &ground, &solved, &overlay, &[]);
            (solved, regime)
        })
        .unzip();
    let shares = Shares::new(&trips);
    let of_slice = std::array::from_fn(|slice| slice / 4);
    let all: Vec<&Regime> = regimes.iter().collect();
    let plan = Plan { regimes: &all, of_slice: &of_slice, shares: &shares };
    let base = day::load(streets, &ground, &plan, Options::default(), watch);
    Some(PreparedDay { base, ground, shares, trips, equilibria, regimes, queues, sees_queues })
}

fn routes_options(options: &TrafficOptions) -> TrafficOptions {
    TrafficOptions { relative_gap: options.relative_gap.max(ROUTES_GAP), ..options.clone() }
}

/// Slices of one hour in which the same closures hold.
struct Span {
    slices: std::ops::Range<usize>,
    active: Vec<bool>,
}

/// The routes of a span.
struct SolvedSpan {
    status: Status,
    regime: Regime,
    /// Closure and how traffic alternates past it.
    alternations: Vec<(usize, Alternation)>,
}

/// The day with the measures of a scenario.
pub(crate) fn run(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    findings: &mut Findings,
    watch: &dyn Watch,
) -> Option<DayOutcome> {
    let ready = prepared.day.as_ref()?;
    let spans: Vec<Span> = spans(resolved).into_iter().filter(|span| span.active.contains(&true)).collect();
    let mut known = Vec::new();
    let measures: Vec<_> =
        spans.iter().map(|span| overlay::shared(twin, prepared, resolved, span.active.clone(), &mut known)).collect();
    let solved: Vec<SolvedSpan> = spans
        .par_iter()
        .zip(&measures)
        .map(|(span, measures)| solve(twin, prepared, resolved, (ready, measures), span, watch))
        .collect();
    let regimes: Vec<&Regime> = ready.regimes.iter().chain(solved.iter().map(|solved| &solved.regime)).collect();
    let mut of_slice: [usize; N_SLICES] = std::array::from_fn(|slice| slice / 4);
    for (index, span) in spans.iter().enumerate() {
        of_slice[span.slices.clone()].fill(24 + index);
    }
    let plan = Plan { regimes: &regimes, of_slice: &of_slice, shares: &ready.shares };
    let with = if spans.is_empty() {
        ready.base.clone()
    } else {
        day::load(&prepared.streets, &ready.ground, &plan, Options::default(), watch)
    };
    let town = Town { streets: &prepared.streets, ground: &ready.ground, loaded: &with, base: &ready.base.state };
    let mut approaches = Vec::new();
    for (closure, on_ground) in resolved.closures.iter().enumerate() {
        let source = &resolved.scenario.closures[closure];
        let active = std::array::from_fn(|slice| holds_in(source, slice));
        for (direction, line) in stop_lines(twin, prepared, on_ground, source.control, overlay::waits(source)) {
            approaches.push(day::approach(town, &plan, (closure, direction), line, &active));
        }
    }
    let mut plans: Vec<HourPlan> = hour_plans(&spans, &solved);
    plans.sort_by_key(|plan| (plan.closure, plan.begin));
    for approach in &mut approaches {
        let carriageway = twin.roads.link(approach.arc.link).carriageway(approach.arc.direction);
        let space_m = prepared.assumptions.queue_space_m / f64::from(carriageway.lanes.max(1));
        for plan in plans.iter().filter(|plan| plan.closure == approach.closure) {
            for slice in &mut approach.slices[plan.begin..plan.end] {
                at_the_end_of_red(slice, &plan.alternation, approach.direction, space_m);
            }
        }
    }
    let routes_status = ready
        .equilibria
        .iter()
        .map(|solved| solved.status)
        .chain(solved.iter().map(|solved| solved.status))
        .fold(Status::Empty, worse);
    let outcome = DayOutcome {
        base_status: ready.base.status,
        status: with.status,
        routes_status,
        base_totals: ready.base.totals,
        totals: with.totals,
        elsewhere: day::elsewhere(&ready.base.state, &with.state, &approaches, N_ELSEWHERE),
        approaches,
        plans,
        base: ready.base.state.clone(),
        with: with.state,
    };
    tell(twin, &outcome, findings);
    Some(outcome)
}

/// The plans of all spans.
fn hour_plans(spans: &[Span], solved: &[SolvedSpan]) -> Vec<HourPlan> {
    let of_span = |(span, solved): (&Span, &SolvedSpan)| {
        let (begin, end) = (span.slices.start, span.slices.end);
        let plans = solved.alternations.iter();
        plans.map(|&(closure, alternation)| HourPlan { closure, begin, end, alternation }).collect::<Vec<_>>()
    };
    spans.iter().zip(solved).flat_map(of_span).collect()
}

/// Adds the vehicles that a red lets gather in a mean cycle of the slice.
fn at_the_end_of_red(slice: &mut ApproachSlice, plan: &Alternation, direction: usize, space_m: f64) {
    if plan.phases().is_none() {
        return;
    }
    let mut now = Alternation { queue_veh: [0.0; 2], ..*plan };
    // Who comes in the slice; while a queue is served, as many as green lets through.
    now.volume_veh_h[direction] =
        if slice.queue_veh > 0.5 { plan.capacity_veh_h[direction] } else { 4.0 * slice.inflow_veh };
    slice.red_queue_veh = now.longest_queue_veh(direction);
    slice.tailback_m = slice.tailback_m.max((slice.queue_veh + slice.red_queue_veh) * space_m);
}

fn worse(a: Status, b: Status) -> Status {
    let rank = |status: Status| match status {
        Status::Empty => 0,
        Status::Converged { .. } => 1,
        Status::NotConverged { .. } => 2,
        Status::Cancelled { .. } => 3,
    };
    if (rank(b), b.residual()) > (rank(a), a.residual()) { b } else { a }
}

fn holds_in(closure: &twin::scenario::Closure, slice: usize) -> bool {
    let begin = 15.0 * slice as f64;
    holds_between(closure, begin, begin + 15.0)
}

/// The day in spans: hours, and parts of an hour where a closure begins or ends within it.
fn spans(resolved: &Resolved) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for slice in 0..N_SLICES {
        let active: Vec<bool> = resolved.scenario.closures.iter().map(|closure| holds_in(closure, slice)).collect();
        match spans.last_mut() {
            Some(span) if !slice.is_multiple_of(4) && span.active == active => span.slices.end = slice + 1,
            _ => spans.push(Span { slices: slice..slice + 1, active }),
        }
    }
    spans
}

fn solve(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    (ready, measures): (&PreparedDay, &Measures),
    span: &Span,
    watch: &dyn Watch,
) -> SolvedSpan {
    let hour = span.slices.start / 4;
    let (mut overlay, active) = (measures.overlay.clone(), &measures.active);
    let (closures, sections): (Vec<usize>, Vec<Section>) = measures.sections.iter().cloned().unzip();
    let streets = measures.streets(prepared);
    let options = routes_options(&prepared.options);
    let solve = |overlay: &Overlay, warm: &Equilibrium| {
        alternation::solve(streets, &ready.trips[hour], overlay, &sections, &options, Some(warm), watch)
    };
    let base = &ready.equilibria[hour];
    if ready.sees_queues[hour] {
        day::see_queues(&ready.queues, &mut overlay);
    }
    let (mut solved, mut alternations) = solve(&overlay, base);
    // Streets that only the measures bring over capacity show their queues too; stop lines do so anyway.
    let entries: Vec<Arc> = sections.iter().flat_map(|section| section.arcs.iter().flatten().copied()).collect();
    let more: Vec<Arc> = day::over_capacity(streets, &solved)
        .into_iter()
        .filter(|arc| !entries.contains(arc) && !ready.queues.contains(arc))
        .collect();
    if !more.is_empty() {
        day::see_queues(&more, &mut overlay);
        (solved, alternations) = solve(&overlay, base);
    }
    let lines: Vec<StopLine> = resolved
        .closures
        .iter()
        .zip(&resolved.scenario.closures)
        .zip(active)
        .filter(|(_, active)| **active)
        .flat_map(|((on_ground, source), _)| {
            stop_lines(twin, prepared, on_ground, source.control, overlay::waits(source))
        })
        .map(|(_, line)| line)
        .collect();
    SolvedSpan {
        status: solved.status,
        regime: Regime::new(streets, &ready.ground, &solved, &overlay, &lines),
        alternations: closures.into_iter().zip(alternations).collect(),
    }
}

/// Where vehicles wait before a closure, by direction (0 along it, 1 against): at the first arc with less capacity.
pub(crate) fn stop_lines(
    twin: &Twin,
    prepared: &Prepared,
    on_ground: &ResolvedClosure,
    control: Control,
    waits: usize,
) -> Vec<(usize, StopLine)> {
    let mut lines = Vec::new();
    for direction in 0..2 {
        let narrowed = |section: &&crate::resolve::ResolvedSection| {
            let way = way(section.part.along, direction);
            (section.alternates || section.lanes[way as usize].is_some() || section.kept[way as usize].is_some())
                && prepared.streets.position(Arc::new(section.part.link, way)).is_some()
        };
        let first = if direction == 0 {
            on_ground.sections.iter().find(narrowed)
        } else {
            on_ground.sections.iter().rev().find(narrowed)
        };
        let Some(section) = first else { continue };
        let way = way(section.part.along, direction);
        let length_m = twin.roads.link(section.part.link).length_m;
        let stop_m = match way {
            Direction::Forward => section.part.from_m,
            Direction::Backward => length_m - section.part.to_m,
        };
        let waiting = control == Control::Priority && direction == waits;
        lines.push((
            direction,
            StopLine {
                arc: Arc::new(section.part.link, way),
                stop_m: stop_m.max(0.0),
                delay: section
                    .alternates
                    .then_some(VolumeDelay::Akcelik { j: if waiting { 1.0 } else { 0.5 }, period_h: 1.0 }),
            },
        ));
    }
    lines
}

/// The direction of digitization in which one drives along a closure (0) or against it (1).
const fn way(along: bool, direction: usize) -> Direction {
    if along == (direction == 0) { Direction::Forward } else { Direction::Backward }
}

/// What a planner must know of the queues.
fn tell(twin: &Twin, outcome: &DayOutcome, findings: &mut Findings) {
    for approach in &outcome.approaches {
        let Some(longest) = &approach.longest else { continue };
        if longest.arcs.is_empty() {
            continue;
        }
        let mut streets: Vec<&str> = Vec::new();
        for arc in &longest.arcs {
            let link = twin.roads.link(arc.link);
            let name = link.name.as_deref().or(link.route.as_deref());
            streets.extend(name.filter(|name| !streets.contains(name)));
        }
        let (hour, minute) = end_of(longest.slice);
        let street = twin.roads.link(approach.arc.link).name.as_deref().unwrap_or("the street");
        findings.push(
            Finding::warning(
                "queue-over-junction",
                format!(
                    "at {hour:02}:{minute:02} {:.0} vehicles wait in {street} over {:.0} m: over {} junctions back, into {}",
                    longest.queue_veh,
                    longest.tailback_m,
                    longest.arcs.len(),
                    if streets.is_empty() { "streets without names".to_owned() } else { streets.join(", ") },
                ),
            )
            .with_key(twin.roads.link(approach.arc.link).key.clone())
            .with_field(format!("closure[{}]", approach.closure))
            .with_help("keep the junctions clear, shorten the work site, sign a detour, or close one direction"),
        );
    }
    for approach in &outcome.approaches {
        if let Some(longest) = approach.longest.as_ref().filter(|longest| longest.cleared.is_none()) {
            let (hour, minute) = begin_of(longest.begin);
            findings.push(
                Finding::warning(
                    "queue-all-day",
                    format!("the queue that begins at {hour:02}:{minute:02} has not gone by midnight"),
                )
                .with_key(twin.roads.link(approach.arc.link).key.clone())
                .with_field(format!("closure[{}]", approach.closure))
                .with_help(
                    "nobody waits that long: people leave at other times or do not go; give way to more traffic",
                ),
            );
        }
    }
    for (forced_veh, when) in
        [(outcome.base_totals.forced_veh, "without any closure"), (outcome.totals.forced_veh, "with the closures")]
    {
        if forced_veh > 1.0 {
            findings.push(
                Finding::note(
                    "gridlock",
                    format!(
                        "{when}, full streets block each other in a ring: {forced_veh:.0} vehicles were let into full streets so that they move"
                    ),
                )
                .with_help("capacities there may be too low in the data, or demand too high"),
            );
        }
    }
}
