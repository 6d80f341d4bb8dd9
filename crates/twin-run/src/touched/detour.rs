//! The detour that a traffic authority would sign around each closed direction.
//!
//! # Model
//! The signed route leads all traffic that comes along the street around the closure at least cost: time on empty streets, weighed by
//! class of road, on streets that bear and fit a heavy lorry. Before and behind the closure the street is followed as most of those drive
//! who pass it in the equilibrium. The street itself costs less than others; where the route leaves
//! it is the junction of decision. Nearer junctions are tried before farther ones, up to 1,500 m away: the first ones with a fit
//! route count. Residential and living streets, service ways, streets for residents and sections with other works of the
//! scenario are not on it unless nothing else leads around; nor are streets closed to lorries, in which case the route is for
//! cars only. Nobody turns back on it.
//!
//! A street that begins or ends in a junction with others is reached from any of its arms.
//!
//! # References
//! The order of preference follows what the Richtlinien für Umleitungsbeschilderungen (RUB, 1992) ask of a detour: roads of
//! the same or a higher class, fit for the vehicles diverted. The weights are engineering estimates.

use std::collections::BTreeSet;

use rayon::prelude::*;
use twin::{
    Id,
    outcome::touched::{RouteLoad, RouteQuality, SignedDetour, SignedRoute, Way},
    road::{Arc, Direction, Modes, RoadClass, RoadLink},
};
use twin_traffic::{
    modal::{Closings, ModeNetwork, route},
    query,
};

use super::{Case, stream};
use crate::resolve::ResolvedClosure;

/// How far before and behind a closure the street is followed, metres: the nearest junctions of decision first.
const FOLLOW_M: [f64; 5] = [0.0, 300.0, 600.0, 1000.0, 1500.0];
/// Closed lines shorter than this part of the closure's longest are stubs.
const STUB_SHARE: f64 = 0.5;
/// Part of a driver's own detour that lies on the signed route for it to count as followed.
const FOLLOWED_SHARE: f64 = 0.5;

/// The signed detours of all closures.
pub(super) fn signed(case: &Case<'_>) -> Vec<SignedDetour> {
    let lines: Vec<(usize, Vec<Arc>)> = case
        .resolved
        .closures
        .iter()
        .enumerate()
        .flat_map(|(index, closure)| closed_lines(case, closure).into_iter().map(move |line| (index, line)))
        .collect();
    let closings = (case.closings(Modes::CAR, None), case.sites());
    lines.into_par_iter().filter_map(|(index, line)| signed_one(case, index, line, &closings)).collect()
}

/// The closed arcs of a closure in driving order, one list per direction (and carriageway).
fn closed_lines(case: &Case<'_>, closure: &ResolvedClosure) -> Vec<Vec<Arc>> {
    let roads = &case.twin.roads;
    let mut left: BTreeSet<Arc> = closure
        .sections
        .iter()
        .flat_map(|section| {
            let blocks = move |&direction: &Direction| section.blocks(direction, Modes::CAR);
            Direction::BOTH.into_iter().filter(blocks).map(move |direction| Arc::new(section.part.link, direction))
        })
        .filter(|arc| case.ground.car.admits[arc.index()])
        .collect();
    let all = left.clone();
    let follows = |a: Arc, b: Arc| a.link != b.link && a.ends(roads).1 == b.ends(roads).0;
    let mut lines: Vec<Vec<Arc>> = Vec::new();
    while let Some(&any) = left.iter().find(|&&arc| !all.iter().any(|&before| follows(before, arc))).or(left.first()) {
        let mut line = vec![any];
        left.remove(&any);
        while let Some(next) = line.last().and_then(|&at| left.iter().copied().find(|&next| follows(at, next))) {
            left.remove(&next);
            line.push(next);
        }
        lines.push(line);
    }
    let length_m = |line: &Vec<Arc>| line.iter().map(|arc| roads.link(arc.link).length_m).sum::<f64>();
    let longest_m = lines.iter().map(length_m).fold(0.0, f64::max);
    lines.retain(|line| length_m(line) >= STUB_SHARE * longest_m);
    lines
}

/// The signed detour around a closed line; nothing where the street leads nowhere (a dead end needs none).
fn signed_one(
    case: &Case<'_>,
    closure: usize,
    closed: Vec<Arc>,
    (closings, sites): &(Closings, Closings),
) -> Option<SignedDetour> {
    let car = &case.ground.car;
    let (line, [before, behind]) = stream::followed(case, &closed, closings, FOLLOW_M[FOLLOW_M.len() - 1])?;
    let first = *line.first()?;
    let mut best: Option<SignedRoute> = None;
    let mut leads_on = false;
    for follow_m in FOLLOW_M {
        // The street as driven without the closure.
        let (before, behind) = (within(case, &before, follow_m), within(case, &behind, follow_m));
        let street: Vec<Arc> = before.iter().rev().chain(&line).chain(behind).copied().collect();
        let starts = ends(car, *street.first()?, before.is_empty(), false);
        let goals = ends(car, *street.last()?, behind.is_empty(), true);
        leads_on |= !starts.is_empty() && !goals.is_empty();
        let found = way_around(case, &street, (&starts, &goals), (closings, sites));
        let Some(route) = found.and_then(|(arcs, quality)| described(case, &street, &closed, arcs, quality)) else {
            continue;
        };
        let worth = |route: &SignedRoute| (is_detour(route), std::cmp::Reverse(route.quality), -route.residential_m);
        if best.as_ref().is_none_or(|best| worth(&route) > worth(best)) {
            best = Some(route);
        }
        if best.as_ref().is_some_and(|best| is_detour(best) && best.quality == RouteQuality::Fit) {
            break;
        }
    }
    let route = best.map(|route| SignedRoute { followed: followed_by(case, &closed, &route.arcs), ..route });
    let needless = route.as_ref().is_some_and(|route| !is_detour(route));
    let needed = leads_on && !needless;
    needed.then(|| SignedDetour { closure, along: closed_along(case, closure, first), closed, route })
}

/// Whether a route costs metres or seconds: one that is shorter and faster than the street is none of this street's drivers, and
/// where there is no other, none is needed.
fn is_detour(route: &SignedRoute) -> bool {
    route.added_m > 0.0 || route.added_s > 0.0
}

/// The first sections of a list, up to a length; one at least where there is any.
fn within<'a>(case: &Case<'_>, line: &'a [Arc], length_m: f64) -> &'a [Arc] {
    let mut passed_m = 0.0;
    let fits = line.iter().take_while(|arc| {
        passed_m += case.twin.roads.link(arc.link).length_m;
        passed_m <= length_m
    });
    let n = fits.count().max(usize::from(!line.is_empty()));
    &line[..n]
}

/// The best way from any start to any goal around the closure, and how good it is.
fn way_around(
    case: &Case<'_>,
    street: &[Arc],
    (starts, goals): (&[usize], &[usize]),
    (closings, sites): (&Closings, &Closings),
) -> Option<(Vec<Arc>, RouteQuality)> {
    let (car, lorry) = (&case.ground.car, &case.ground.lorry);
    let own: BTreeSet<usize> = street.iter().map(|arc| arc.index()).collect();
    let passes = [
        (lorry, sites, false, RouteQuality::Fit),
        (lorry, closings, true, RouteQuality::LastResort),
        (car, closings, true, RouteQuality::CarsOnly),
    ];
    passes.into_iter().find_map(|(network, closings, lesser, quality)| {
        let cost = cost(case, network, &own, lesser);
        let open = |ends: &[usize]| -> Vec<(usize, f64)> {
            ends.iter().filter(|&&arc| network.admits[arc]).map(|&arc| (arc, 0.0)).collect()
        };
        let (starts, goals) = (open(starts), open(goals));
        let found = route(network, &cost, closings, &starts, &goals)?;
        // The ends are arms of the junctions at which the street is left off, unless they are of the street itself.
        let end = |row: usize| Some(row).filter(|row| own.contains(row)).map(Arc::from_index);
        let mut arcs: Vec<Arc> = end(starts[found.start].0).into_iter().collect();
        arcs.extend(found.arcs.iter().map(|&row| Arc::from_index(row)));
        arcs.extend(end(goals[found.goal].0));
        Some((arcs, quality))
    })
}

fn closed_along(case: &Case<'_>, closure: usize, first: Arc) -> bool {
    let sections = &case.resolved.closures[closure].sections;
    let section = sections.iter().find(|section| section.part.link == first.link);
    section.is_none_or(|section| section.part.along == (first.direction == Direction::Forward))
}

/// Rows of the arcs at which the search begins or ends: the last one of the street that is followed; where none is, all arms of
/// the junction.
fn ends(car: &ModeNetwork, farthest: Arc, is_closed: bool, ahead: bool) -> Vec<usize> {
    let row = farthest.index();
    if !is_closed {
        return vec![row];
    }
    let node = if ahead { car.head[row] } else { car.tail[row] } as usize;
    let rows = if ahead { car.leaving(node) } else { car.coming(node) };
    rows.iter().map(|&arc| arc as usize).filter(|&arc| arc / 2 != row / 2).collect()
}

/// Cost by arc: time on the empty street by class of road; infinite where the route must not lead. The street itself counts as it is.
fn cost(case: &Case<'_>, network: &ModeNetwork, own: &BTreeSet<usize>, lesser: bool) -> Vec<f64> {
    (0..network.n_arcs())
        .map(|row| {
            if !network.admits[row] {
                return f64::INFINITY;
            }
            let link = case.twin.roads.link(Id::new(row / 2));
            let weight = if own.contains(&row) { OWN } else { weight(link) };
            if weight >= LESSER && !lesser { f64::INFINITY } else { weight * case.ground.car_s[row] }
        })
        .collect()
}

/// Weight of the street itself: drivers are kept on it as long as it helps.
const OWN: f64 = 0.7;
/// Weights from this one on are of streets for residents and lesser ones.
const LESSER: f64 = 4.0;

fn weight(link: &RoadLink) -> f64 {
    use RoadClass as C;
    let by_class = match link.class {
        C::Primary | C::PrimaryLink | C::Secondary | C::SecondaryLink => 1.0,
        C::Tertiary | C::TertiaryLink => 1.1,
        // Slow vehicles may not follow there.
        C::Motorway | C::MotorwayLink | C::Trunk | C::TrunkLink => 1.5,
        C::Unclassified | C::Road => 1.5,
        C::Residential => LESSER,
        C::LivingStreet => 10.0,
        _ => 20.0,
    };
    if link.destination_only { by_class * 10.0 } else { by_class }
}

/// Leaves out what the route shares with the street, and says how long and how good it is.
fn described(
    case: &Case<'_>,
    street: &[Arc],
    closed: &[Arc],
    arcs: Vec<Arc>,
    quality: RouteQuality,
) -> Option<SignedRoute> {
    let roads = &case.twin.roads;
    let shared = street.iter().zip(&arcs).take_while(|(a, b)| a == b).count();
    let shared_end = street.iter().rev().zip(arcs.iter().rev()).take_while(|(a, b)| a == b).count();
    let arcs = arcs.get(shared..arcs.len() - shared_end)?.to_vec();
    let straight = street.get(shared..street.len() - shared_end)?;
    let (first, last) = (*arcs.first()?, *arcs.last()?);
    let length_m = |arcs: &[Arc]| arcs.iter().map(|arc| roads.link(arc.link).length_m).sum::<f64>();
    let time_s = |arcs: &[Arc]| arcs.iter().map(|arc| case.ground.car_s[arc.index()]).sum::<f64>();
    let way = Way { length_m: length_m(&arcs), time_s: time_s(&arcs) };
    let lesser = |arc: &&Arc| weight(roads.link(arc.link)) >= LESSER;
    Some(SignedRoute {
        from: first.ends(roads).0,
        to: last.ends(roads).1,
        added_m: way.length_m - length_m(straight),
        added_s: way.time_s - time_s(straight),
        residential_m: arcs.iter().filter(lesser).map(|arc| roads.link(arc.link).length_m).sum(),
        load: load(case, closed, &arcs),
        followed: None,
        way,
        quality,
        arcs,
    })
}

/// The most loaded section if everybody who passed the closed line took the route, over the computed hours.
fn load(case: &Case<'_>, closed: &[Arc], arcs: &[Arc]) -> Option<RouteLoad> {
    let streets = &case.prepared.streets;
    let pce = |solved: &twin_traffic::equilibrium::Equilibrium, arc: Arc| {
        streets.position(arc).map_or(0.0, |position| {
            solved.volume_veh_h.iter().zip(streets.pce).map(|(volume, pce)| pce * volume[position]).sum::<f64>()
        })
    };
    let mut most: Option<RouteLoad> = None;
    for view in case.hours {
        let diverted_pce_h = closed.iter().map(|&arc| pce(view.base, arc)).fold(0.0, f64::max);
        for &arc in arcs {
            let Some(position) = streets.position(arc) else { continue };
            let capacity_pce_h = streets.capacity_pce_h[position];
            if !(capacity_pce_h > 0.0 && capacity_pce_h.is_finite() && diverted_pce_h > 0.0) {
                continue;
            }
            let load =
                RouteLoad { arc, hour: view.hour, base_pce_h: pce(view.base, arc), diverted_pce_h, capacity_pce_h };
            if most.is_none_or(|most| load.saturation() > most.saturation()) {
                most = Some(load);
            }
        }
    }
    most
}

/// Share of the trips around the closed line that take the route for the greater part of their detour, in the hour of most traffic.
fn followed_by(case: &Case<'_>, closed: &[Arc], arcs: &[Arc]) -> Option<f64> {
    let view = &case.hours[case.shown?];
    let streets = &case.prepared.streets;
    let positions: Vec<usize> = closed.iter().filter_map(|&arc| streets.position(arc)).collect();
    let on: BTreeSet<Arc> = arcs.iter().copied().collect();
    let length_m = |arc: &Arc| case.twin.roads.link(arc.link).length_m;
    let (mut trips, mut follow) = (0.0, 0.0);
    for detour in query::detours(streets, view.base, view.with, &positions, usize::MAX) {
        let all_m: f64 = detour.arcs.iter().map(length_m).sum();
        let on_m: f64 = detour.arcs.iter().filter(|arc| on.contains(arc)).map(length_m).sum();
        trips += detour.trips_veh_h;
        if all_m > 0.0 && on_m >= FOLLOWED_SHARE * all_m {
            follow += detour.trips_veh_h;
        }
    }
    (trips > 0.0).then(|| follow / trips)
}
