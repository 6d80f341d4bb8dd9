//! What a scenario triggers: closures onto the streets, equilibrium from the base one, detours, accessibility, buses.

use std::collections::BTreeSet;

use rayon::prelude::*;
use twin::{
    Finding, Findings, Id, Outcome, Twin, Watch,
    outcome::{Alternation, ClosureOutcome, CutOffTrips, Detour, HourOutcome, TrafficOutcome},
    road::{Arc, Direction, Modes},
    scenario::{ClosureKind, Control},
    transit::BusRoute,
};
use twin_traffic::{alternation, equilibrium, equilibrium::Equilibrium, query};

use crate::{
    access::CutOff,
    detour::by_streets,
    overlay::{self, Measures},
    prepare::{Prepared, PreparedHour},
    resolve::{Resolved, ResolvedClosure},
};

/// Detours that are told apart.
const N_DETOURS: usize = 40;
/// Longest section along which one signal lets traffic alternate in practice, metres.
const LONG_SECTION_M: f64 = 500.0;

/// Computes what a scenario triggers. Total: what does not converge or has no way left is said in the outcome.
///
/// The prepared base must fit the scenario ([`Prepared::fits`]): its hours, accuracy and demand are used.
#[must_use]
pub fn run(twin: &Twin, prepared: &Prepared, resolved: &Resolved, watch: &dyn Watch) -> Outcome {
    let mut findings = resolved.findings.clone();
    let water = crate::water::run(twin, &resolved.scenario, &mut findings, watch);
    if water.is_none() || twin.roads.n_links() > 0 {
        // That there are no streets is no news of a water network.
        findings.extend(prepared.findings.iter().cloned());
    }
    if twin.roads.n_links() == 0 {
        return Outcome { scenario: resolved.scenario.name.clone(), traffic: None, water, findings };
    }
    let solved: Vec<Solved> =
        prepared.hours.par_iter().map(|hour| solve(twin, prepared, resolved, hour, watch)).collect();
    let closures = closure_outcomes(resolved, &solved);
    let cut_off =
        if resolved.closures.is_empty() { CutOff::default() } else { prepared.access.cut_off(twin, resolved) };
    let affected_bus_routes = bus_routes(twin, resolved, &mut findings);
    tell_access(twin, resolved, &cut_off, &solved, &mut findings);
    let hours = solved
        .into_iter()
        .map(|solved| {
            findings.extend(solved.findings);
            solved.outcome
        })
        .collect();
    deduplicate(&mut findings);
    Outcome {
        scenario: resolved.scenario.name.clone(),
        traffic: Some(TrafficOutcome {
            hours,
            closures,
            cut_off_addresses: cut_off.addresses,
            unreachable_before: cut_off.before,
            affected_bus_routes,
        }),
        water,
        findings,
    }
}

/// One hour after the measures.
struct Solved {
    outcome: HourOutcome,
    measures: Measures,
    alternations: Vec<Alternation>,
    findings: Findings,
}

fn solve(twin: &Twin, prepared: &Prepared, resolved: &Resolved, hour: &PreparedHour, watch: &dyn Watch) -> Solved {
    let measures = overlay::at_hour(twin, prepared, resolved, hour.hour);
    let streets = &prepared.streets;
    let base = &hour.base;
    let mut findings = Findings::default();
    let unchanged = measures.overlay.changes.is_empty() && measures.sections.is_empty();
    let (with, alternations) = if unchanged {
        (None, Vec::new())
    } else if measures.sections.is_empty() {
        let with = equilibrium::solve(streets, &hour.trips, &measures.overlay, &prepared.options, Some(base), watch);
        (Some(with), Vec::new())
    } else {
        let sections: Vec<_> = measures.sections.iter().map(|(_, section)| section.clone()).collect();
        let (with, alternations) = alternation::solve(
            streets,
            &hour.trips,
            &measures.overlay,
            &sections,
            &prepared.options,
            Some(base),
            watch,
        );
        for ((index, section), alternation) in measures.sections.iter().zip(&alternations) {
            findings.extend(alternation::warnings(section, alternation).into_iter().map(|finding| {
                let field = format!("closure[{index}].control");
                Finding { field: Some(field), ..finding }
            }));
        }
        (Some(with), alternations)
    };
    let with = with.as_ref().unwrap_or(base);
    let before = query::cut_off_trips(base, &prepared.demand.zones);
    tell_unreachable(&before, hour.hour, &mut findings);
    let outcome = HourOutcome {
        hour: hour.hour,
        base_status: base.status,
        status: with.status,
        base: base.arc_state(streets),
        with: with.arc_state(streets),
        base_totals: base.totals(streets),
        totals: with.totals(streets),
        cut_off_trips: newly_cut_off(&before, query::cut_off_trips(with, &prepared.demand.zones)),
        detours: if unchanged { Vec::new() } else { told_detours(twin, prepared, base, with, &measures.arcs) },
    };
    Solved { outcome, measures, alternations, findings }
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

fn closure_outcomes(resolved: &Resolved, solved: &[Solved]) -> Vec<ClosureOutcome> {
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
            base_volume_veh_h: solved.iter().map(|hour| base_volume_veh_h(on_ground, hour)).collect(),
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
        })
        .collect()
}

/// The greatest volume of both directions on any section of a closure, without it.
fn base_volume_veh_h(on_ground: &ResolvedClosure, hour: &Solved) -> f64 {
    on_ground
        .sections
        .iter()
        .map(|section| {
            Direction::BOTH
                .iter()
                .map(|&direction| {
                    let row = Arc::new(section.part.link, direction).index();
                    hour.outcome.base.volume_veh_h.get(row).copied().unwrap_or(0.0)
                })
                .sum()
        })
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
