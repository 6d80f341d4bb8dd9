//! Buses: what each route through a closed section loses, and its way around.
//!
//! # Model
//! A route that is blocked leaves its way at a junction before and comes back to it at one behind, 1,500 m away at most. Of all such ways
//! that a bus may take (streets for buses that bear and fit it, turn restrictions, no turning back but at turning circles) the one
//! counts with the least sum of its time, the time of the route that it leaves out, and some minutes for every stop left out. Living streets, service ways, tracks and
//! streets for residents are taken only where another bus route uses them or nothing else leads around. The stops between
//! leaving and coming back are lost. A route that begins or ends inside the closure has no way.
//!
//! Times are those of lorries in the hour in which the closures meet most traffic.
//!
//! # Left out
//! New stops along the diversion, dwelling at stops, swept paths in bends.

use rayon::prelude::*;
use twin::{
    Id,
    outcome::touched::{BusDiversion, BusEffect, Way},
    road::{Arc, Modes, RoadClass, RoadLink},
    transit::{BusRoute, BusStop},
};
use twin_traffic::{
    equilibrium::Equilibrium,
    modal::{Closings, route},
};

use super::{Case, lost_s};
use crate::chain::place_on;

/// Farthest before and behind a closure that a bus leaves its route, metres.
const REACH_M: f64 = 1500.0;
/// Farthest that a stop lies from its street, metres.
const STOP_M: f64 = 60.0;
/// Speed where only buses drive, km/h.
const BUSWAY_KMH: f64 = 30.0;
/// Weight of time on residential streets.
const RESIDENTIAL: f64 = 1.3;
/// Weight of time on streets that are a last resort.
const LAST_RESORT: f64 = 10.0;

/// Times and costs by arc.
struct Costs {
    base_s: Vec<f64>,
    with_s: Vec<f64>,
    /// Without streets that are a last resort.
    proper: Vec<f64>,
    /// With them.
    any: Vec<f64>,
    closings: Closings,
}

/// The routes through closed sections.
pub(super) fn effects(case: &Case<'_>) -> Vec<BusEffect> {
    let touched = |arc: &Arc| {
        let mut sections = case.resolved.closures.iter().flat_map(|closure| &closure.sections);
        sections.any(|section| section.part.link == arc.link)
    };
    let routes: Vec<Id<BusRoute>> =
        case.twin.bus_routes.iter().filter(|(_, route)| route.arcs.iter().any(touched)).map(|(id, _)| id).collect();
    if routes.is_empty() {
        return Vec::new();
    }
    let costs = costs(case);
    routes.into_par_iter().map(|id| effect(case, &costs, id)).collect()
}

fn costs(case: &Case<'_>) -> Costs {
    let network = &case.ground.bus;
    let view = case.shown.map(|index| &case.hours[index]);
    let base_s = times_s(case, view.map(|view| view.base));
    let with_s = times_s(case, view.map(|view| view.with));
    let mut served = vec![false; network.n_arcs()];
    for arc in case.twin.bus_routes.rows().iter().flat_map(|route| &route.arcs) {
        served[arc.index()] = true;
    }
    let weight = |row: usize| {
        let link = case.twin.roads.link(Arc::from_index(row).link);
        match link.class {
            _ if served[row] => 1.0,
            _ if is_last_resort(link) => LAST_RESORT,
            RoadClass::Residential => RESIDENTIAL,
            _ => 1.0,
        }
    };
    let any: Vec<f64> = with_s.iter().enumerate().map(|(row, time_s)| weight(row) * time_s).collect();
    let proper = (0..any.len()).map(|row| if weight(row) < LAST_RESORT { any[row] } else { f64::INFINITY }).collect();
    Costs { base_s, with_s, proper, any, closings: case.closings(Modes::BUS, None) }
}

/// Streets through which buses are not sent unless nothing else is left.
fn is_last_resort(link: &RoadLink) -> bool {
    link.destination_only
        || matches!(
            link.class,
            RoadClass::LivingStreet | RoadClass::Service | RoadClass::Track | RoadClass::Pedestrian | RoadClass::Path
        )
}

/// Time of a bus on each arc, seconds.
fn times_s(case: &Case<'_>, solved: Option<&Equilibrium>) -> Vec<f64> {
    let streets = &case.prepared.streets;
    let mut time_s: Vec<f64> = case.ground.bus.length_m.iter().map(|m| m / (BUSWAY_KMH / 3.6)).collect();
    for (position, &row) in streets.row.iter().enumerate() {
        let class = usize::from(streets.admits[position] & 2 != 0);
        let free_s = streets.free_time_s[class][position];
        let driven_s = solved.map_or(free_s, |solved| solved.time_s[class][position]);
        time_s[row as usize] = if driven_s.is_finite() { driven_s } else { free_s };
    }
    time_s
}

fn effect(case: &Case<'_>, costs: &Costs, id: Id<BusRoute>) -> BusEffect {
    let bus = &case.twin.bus_routes[id];
    let blocked = |arc: &Arc| {
        let mut sections = case.resolved.closures.iter().flat_map(|closure| &closure.sections);
        sections.any(|section| section.part.link == arc.link && section.blocks(arc.direction, Modes::BUS))
    };
    let is_blocked: Vec<bool> = bus.arcs.iter().map(blocked).collect();
    let stops = stops_along(case, bus);
    let mut diversions = Vec::new();
    let mut lost = vec![false; bus.stops.len()];
    let mut at = 0;
    while let Some(first) = (at..is_blocked.len()).find(|&index| is_blocked[index]) {
        let last = (first..is_blocked.len()).take_while(|&index| is_blocked[index]).last().unwrap_or(first);
        let (diversion, left_out) = divert(case, costs, (bus, &stops), (first, last, &is_blocked));
        for (stop, index) in stops.iter().enumerate() {
            lost[stop] |= index.is_some_and(|index| (left_out.0..left_out.1).contains(&index));
        }
        diversions.push(diversion);
        at = left_out.1.max(last + 1);
    }
    BusEffect {
        route: id,
        blocked: is_blocked.contains(&true),
        delay_s: case
            .hours
            .iter()
            .map(|view| {
                let passed = bus.arcs.iter().zip(&is_blocked).filter(|(_, blocked)| !**blocked).map(|(arc, _)| *arc);
                passed.filter(|arc| view.measures.arcs.contains(arc)).map(|arc| lost_s(case.prepared, view, arc)).sum()
            })
            .collect(),
        diversions,
        stops_lost: bus.stops.iter().zip(lost).filter(|(_, lost)| *lost).map(|(&stop, _)| stop).collect(),
        departures_per_day: bus.departures_per_day,
    }
}

/// Where each stop lies, as a position in the route's arcs, in its order; nothing where it lies at none of them.
fn stops_along(case: &Case<'_>, bus: &BusRoute) -> Vec<Option<usize>> {
    let mut from = 0;
    bus.stops
        .iter()
        .map(|&stop: &Id<BusStop>| {
            let position = case.twin.bus_stops[stop].position;
            let mut best: Option<(f64, usize)> = None;
            for (index, arc) in bus.arcs.iter().enumerate().skip(from) {
                let Some((_, far_m)) = place_on(case.twin.roads.link(arc.link), position) else { continue };
                if far_m <= STOP_M && best.is_none_or(|(known_m, _)| far_m < known_m - 0.5) {
                    best = Some((far_m, index));
                }
            }
            from = best.map_or(from, |(_, index)| index);
            best.map(|(_, index)| index)
        })
        .collect()
}

/// The way around the blocked arcs `first..=last` of a route, and which of its arcs are left out (begin and end).
fn divert(
    case: &Case<'_>,
    costs: &Costs,
    (bus, stops): (&BusRoute, &[Option<usize>]),
    (first, last, blocked): (usize, usize, &[bool]),
) -> (BusDiversion, (usize, usize)) {
    let roads = &case.twin.roads;
    let length_m = |index: usize| roads.link(bus.arcs[index].link).length_m;
    // Back as far as the route is open, and ahead; gaps in it (as sources have them) are leapt over.
    let (mut low, mut high, mut passed_m) = (first, last, 0.0);
    while low > 0 && passed_m <= REACH_M && !blocked[low - 1] {
        low -= 1;
        passed_m += length_m(low);
    }
    passed_m = 0.0;
    while high + 1 < bus.arcs.len() && passed_m <= REACH_M {
        high += 1;
        passed_m += length_m(high);
    }
    let worth_s = 60.0 * case.prepared.assumptions.bus_stop_worth_min;
    let skipped = |from: usize, to: usize| {
        worth_s * stops.iter().flatten().filter(|index| (from..to).contains(*index)).count() as f64
    };
    // What is left out of the route counts against the diversion: it leaves late and comes back soon.
    let left_out_s = |from: usize, to: usize| -> f64 {
        (from..to).map(|index| costs.base_s[bus.arcs[index].index()]).sum::<f64>() + skipped(from, to)
    };
    let starts: Vec<(usize, usize)> = (low..first).map(|index| (index, bus.arcs[index].index())).collect();
    let goals: Vec<(usize, usize)> =
        (last + 1..=high).filter(|&index| !blocked[index]).map(|index| (index, bus.arcs[index].index())).collect();
    let from: Vec<(usize, f64)> = starts.iter().map(|&(at, row)| (row, left_out_s(at + 1, first))).collect();
    let to: Vec<(usize, f64)> = goals.iter().map(|&(at, row)| (row, left_out_s(last + 1, at))).collect();
    let network = &case.ground.bus;
    let found = [(&costs.proper, false), (&costs.any, true)].into_iter().find_map(|(cost, last_resort)| {
        route(network, cost, &costs.closings, &from, &to).map(|found| (found, last_resort))
    });
    let Some((found, last_resort)) = found else {
        let diversion = BusDiversion {
            from: bus.arcs[first].ends(roads).0,
            to: bus.arcs[last].ends(roads).1,
            skipped: bus.arcs[first..=last].to_vec(),
            arcs: Vec::new(),
            way: None,
            added_m: 0.0,
            added_s: 0.0,
            last_resort: false,
        };
        return (diversion, (first, last + 1));
    };
    let (leave, back) = (starts[found.start].0 + 1, goals[found.goal].0);
    let arcs: Vec<Arc> = found.arcs.iter().map(|&row| Arc::from_index(row)).collect();
    let way = Way {
        length_m: arcs.iter().map(|arc| roads.link(arc.link).length_m).sum(),
        time_s: found.arcs.iter().map(|&row| costs.with_s[row]).sum(),
    };
    let skipped_m: f64 = (leave..back).map(length_m).sum();
    let skipped_s: f64 = (leave..back).map(|index| costs.base_s[bus.arcs[index].index()]).sum();
    let diversion = BusDiversion {
        from: bus.arcs[leave].ends(roads).0,
        to: bus.arcs[back].ends(roads).0,
        skipped: bus.arcs[leave..back].to_vec(),
        arcs,
        way: Some(way),
        added_m: way.length_m - skipped_m,
        added_s: way.time_s - skipped_s,
        last_resort,
    };
    (diversion, (leave, back))
}
