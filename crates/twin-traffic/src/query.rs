//! Questions to an equilibrium: who drives here, where do they go instead, how long does it take.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use twin::{
    demand::{VehicleClass, Zone},
    outcome::{CutOffTrips, Detour, Totals},
};

use crate::{
    equilibrium::{Equilibrium, Law, Path},
    heap::Heap,
    hierarchy::{LANES, Metric, Sweep},
    reach,
    street::{NONE, Overlay, Streets},
};

/// Trips below this are noise of the solver, vehicles per hour.
const NOISE_VEH_H: f64 = 1e-3;
/// Pairs whose detours are followed as one task; sums depend on it in their last bits, so it must not depend on the number of threads.
const PAIRS_OF_PART: usize = 256;

/// Volume on every arc of the trips that pass any of some arcs (select-link), vehicles per hour, all classes.
#[must_use]
pub fn select_link(streets: &Streets, solved: &Equilibrium, arcs: &[usize]) -> Vec<f64> {
    let selected = mask(streets, arcs);
    let mut volume_veh_h = vec![0.0; streets.n_arcs()];
    let pairs = solved.paths.passing(arcs);
    let paths = pairs.iter().flat_map(|&pair| solved.paths.of_pair(pair as usize));
    for path in paths.filter(|path| passes(path, &selected)) {
        for &arc in path.arcs {
            volume_veh_h[arc as usize] += path.trips_veh_h;
        }
    }
    volume_veh_h
}

/// The paths that pass any of some arcs, in the order of the equilibrium.
#[must_use]
pub fn through<'a>(streets: &Streets, solved: &'a Equilibrium, arcs: &[usize]) -> Vec<Path<'a>> {
    let selected = mask(streets, arcs);
    let pairs = solved.paths.passing(arcs);
    let paths = pairs.iter().flat_map(|&pair| solved.paths.of_pair(pair as usize));
    paths.filter(|path| passes(path, &selected)).collect()
}

/// The trips that pass some arcs, before and after a change.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bundle {
    /// Volume on every arc of the trips that pass the arcs in the base, vehicles per hour, all classes.
    pub base_volume_veh_h: Vec<f64>,
    /// Where the same trips drive afterwards; those that have no way left drive nowhere.
    pub volume_veh_h: Vec<f64>,
    /// Trips that pass the arcs, in the base and afterwards, by class, origin and destination.
    pub trips_veh_h: BTreeMap<(u8, u32, u32), [f64; 2]>,
}

/// Who passes any of some arcs in `base`, and where the same trips drive in `with`, pair by pair as in [`moved`]. Both equilibria are of
/// the same streets and trips.
#[must_use]
pub fn bundle(streets: &Streets, base: &Equilibrium, with: &Equilibrium, arcs: &[usize]) -> Bundle {
    let selected = mask(streets, arcs);
    let mut bundle = Bundle {
        base_volume_veh_h: vec![0.0; streets.n_arcs()],
        volume_veh_h: vec![0.0; streets.n_arcs()],
        trips_veh_h: BTreeMap::new(),
    };
    let pairs = [base, with].map(|solved| solved.paths.passing(arcs));
    for (index, (solved, pairs)) in [base, with].into_iter().zip(&pairs).enumerate() {
        let paths = pairs.iter().flat_map(|&pair| solved.paths.of_pair(pair as usize));
        for path in paths.filter(|path| path.trips_veh_h > NOISE_VEH_H && passes(path, &selected)) {
            let pair = (path.class as u8, path.origin, path.destination);
            bundle.trips_veh_h.entry(pair).or_default()[index] += path.trips_veh_h;
        }
    }
    for &pair in &pairs[0] {
        let still = with.paths.pair.binary_search(&base.paths.pair[pair as usize]);
        let new: Vec<Path<'_>> = still.map_or_else(|_| Vec::new(), |other| with.paths.of_pair(other).collect());
        let old: Vec<Path<'_>> = base.paths.of_pair(pair as usize).collect();
        let moved = moved(&old, &new, |path| passes(path, &selected));
        for (path, kept) in moved.here {
            for &arc in path.arcs {
                bundle.base_volume_veh_h[arc as usize] += path.trips_veh_h;
                bundle.volume_veh_h[arc as usize] += kept;
            }
        }
        for (path, gained) in moved.there {
            path.arcs.iter().for_each(|&arc| bundle.volume_veh_h[arc as usize] += gained);
        }
    }
    bundle
}

/// Where the trips of a pair that pass some arcs go in another equilibrium.
pub struct Moved<'a> {
    /// The pair's paths over the arcs with their trips, and how many of these stay on each.
    pub here: Vec<(Path<'a>, f64)>,
    /// The paths that take up those who left, and how many.
    pub there: Vec<(Path<'a>, f64)>,
}

/// Follows the trips of a pair from its paths `old` that pass some arcs to its paths `new` in another equilibrium. What the paths keep stays on
/// them; what they lose goes to the paths that gained, in proportion to their gains.
#[must_use]
pub fn moved<'a>(old: &[Path<'a>], new: &[Path<'a>], passes: impl Fn(&Path<'a>) -> bool) -> Moved<'a> {
    let here: Vec<(Path<'a>, f64)> = old
        .iter()
        .filter(|path| passes(path))
        .map(|path| (*path, path.trips_veh_h.min(flow_of(new, path.arcs))))
        .collect();
    let lost: f64 = here.iter().map(|(path, kept)| path.trips_veh_h - kept).sum();
    let won: Vec<(Path<'a>, f64)> = new
        .iter()
        .map(|path| (*path, path.trips_veh_h - flow_of(old, path.arcs)))
        .filter(|(_, won)| *won > 0.0)
        .collect();
    let all_won: f64 = won.iter().map(|(_, won)| won).sum();
    let there =
        if lost > 0.0 { won.into_iter().map(|(path, won)| (path, lost * won / all_won)).collect() } else { Vec::new() };
    Moved { here, there }
}

/// Trips of some paths on just these arcs.
fn flow_of(paths: &[Path<'_>], arcs: &[u32]) -> f64 {
    paths.iter().filter(|path| path.arcs == arcs).map(|path| path.trips_veh_h).sum()
}

/// Trips without a path, by class, with the keys of their zones.
#[must_use]
pub fn cut_off_trips(solved: &Equilibrium, zones: &[Zone]) -> Vec<CutOffTrips> {
    VehicleClass::ALL
        .iter()
        .filter_map(|&class| {
            let pairs: Vec<_> = solved
                .unreachable
                .iter()
                .filter(|pair| pair.class == class)
                .map(|pair| {
                    let key = |zone: u32| zones[zone as usize].key.clone();
                    (key(pair.origin), key(pair.destination), pair.trips_veh_h)
                })
                .collect();
            let trips_veh_h = pairs.iter().map(|pair| pair.2).sum();
            (!pairs.is_empty()).then_some(CutOffTrips { class, trips_veh_h, pairs })
        })
        .collect()
}

/// What the trips without a path in `with` drive in `base`: time, distance, delay, vehicles.
#[must_use]
pub fn totals_of_cut_off(streets: &Streets, base: &Equilibrium, with: &Equilibrium) -> Totals {
    let mut totals = Totals::default();
    for path in paths_of_cut_off(base, with) {
        let class = path.class as usize;
        let free_s: f64 = path.arcs.iter().map(|&arc| streets.free_time_s[class][arc as usize]).sum();
        let driven_s = time_s(base, class, &path);
        totals.trips_veh_h += path.trips_veh_h;
        totals.vehicle_hours += path.trips_veh_h * driven_s / 3600.0;
        totals.vehicle_km += path.trips_veh_h * length_m(streets, path.arcs) / 1000.0;
        totals.delay_veh_h += path.trips_veh_h * (driven_s - path.connector_s - free_s) / 3600.0;
    }
    totals
}

/// The paths in `base` of the trips that have no path in `with`, in order.
#[must_use]
pub fn paths_of_cut_off<'a>(base: &'a Equilibrium, with: &Equilibrium) -> Vec<Path<'a>> {
    let gone: BTreeSet<(u8, u32, u32)> =
        with.unreachable.iter().map(|pair| (pair.class as u8, pair.origin, pair.destination)).collect();
    let pairs = (0..base.paths.n_pairs()).filter(|&pair| gone.contains(&base.paths.pair[pair]));
    pairs.flat_map(|pair| base.paths.of_pair(pair)).collect()
}

/// By the arcs gained: trips, trips × metres, trips × seconds.
type Gained = BTreeMap<Vec<u32>, [f64; 3]>;

/// Where the trips that passed any of some arcs in `base` go in `with`, the strongest detours first, at most `limit`.
///
/// For each pair of zones the flow that left its paths through these arcs is followed to the pair's paths that gained flow; those
/// among them that still pass the arcs are no detours. A detour is the part of the new path where it leaves the old one until it comes back to it; equal parts of different
/// pairs add up. Both equilibria are of the same streets and trips.
#[must_use]
pub fn detours(streets: &Streets, base: &Equilibrium, with: &Equilibrium, arcs: &[usize], limit: usize) -> Vec<Detour> {
    let selected = mask(streets, arcs);
    let passing = base.paths.passing(arcs);
    let of_part = |pairs: &[u32]| {
        let mut gained = Gained::new();
        for &pair in pairs {
            if let Ok(other) = with.paths.pair.binary_search(&base.paths.pair[pair as usize]) {
                follow(streets, base, with, (pair as usize, other), &selected, &mut gained);
            }
        }
        gained
    };
    let parts: Vec<Gained> = passing.par_chunks(PAIRS_OF_PART).map(of_part).collect();
    let mut gained = Gained::new();
    for (arcs, sums) in parts.into_iter().flatten() {
        let all = gained.entry(arcs).or_default();
        all.iter_mut().zip(sums).for_each(|(all, sum)| *all += sum);
    }
    let mut detours: Vec<Detour> = gained
        .into_iter()
        .filter(|(_, sums)| sums[0] >= NOISE_VEH_H)
        .map(|(arcs, [trips_veh_h, metres, seconds])| Detour {
            arcs: arcs.into_iter().map(|arc| streets.arc(arc as usize)).collect(),
            trips_veh_h,
            added_distance_m: metres / trips_veh_h,
            added_time_s: seconds / trips_veh_h,
        })
        .collect();
    detours.sort_by(|a, b| b.trips_veh_h.total_cmp(&a.trips_veh_h).then_with(|| a.arcs.cmp(&b.arcs)));
    detours.truncate(limit);
    detours
}

/// Follows the flow of one pair from the paths that lost it to those that gained it.
fn follow(
    streets: &Streets,
    base: &Equilibrium,
    with: &Equilibrium,
    (before, after): (usize, usize),
    selected: &[bool],
    gained: &mut Gained,
) {
    let old: Vec<Path<'_>> = base.paths.of_pair(before).collect();
    let new: Vec<Path<'_>> = with.paths.of_pair(after).collect();
    let lost: Vec<f64> = old.iter().map(|path| (path.trips_veh_h - flow_of(&new, path.arcs)).max(0.0)).collect();
    let won: Vec<f64> = new.iter().map(|path| (path.trips_veh_h - flow_of(&old, path.arcs)).max(0.0)).collect();
    let all_lost: f64 = lost.iter().sum();
    let all_won: f64 = won.iter().sum();
    if all_lost <= 0.0 || all_won <= 0.0 {
        return;
    }
    let class = old[0].class as usize;
    // What goes on through these arcs has another approach, not another way.
    let ways: Vec<(&Path<'_>, f64, [f64; 2])> = new
        .iter()
        .zip(&won)
        .filter(|(to, won)| **won > 0.0 && !passes(to, selected))
        .map(|(to, won)| (to, won / all_won, [length_m(streets, to.arcs), time_s(with, class, to)]))
        .collect();
    for (from, lost) in old.iter().zip(&lost).filter(|(path, lost)| **lost > 0.0 && passes(path, selected)) {
        let [from_m, from_s] = [length_m(streets, from.arcs), time_s(base, class, from)];
        for &(to, part, [to_m, to_s]) in &ways {
            let trips_veh_h = lost * part;
            let left = leaving(from.arcs, to.arcs);
            let (metres, seconds) = (to_m - from_m, to_s - from_s);
            let added = [trips_veh_h, trips_veh_h * metres, trips_veh_h * seconds];
            match gained.get_mut(left) {
                Some(sums) => sums.iter_mut().zip(added).for_each(|(sum, added)| *sum += added),
                None => drop(gained.insert(left.to_vec(), added)),
            }
        }
    }
}

/// The part of `to` where it differs from `from`: without the beginning and end that both share.
fn leaving<'a>(from: &[u32], to: &'a [u32]) -> &'a [u32] {
    let same = from.iter().zip(to).take_while(|(a, b)| a == b).count();
    let (from, to) = (&from[same..], &to[same..]);
    let same = from.iter().rev().zip(to.iter().rev()).take_while(|(a, b)| a == b).count();
    &to[..to.len() - same]
}

fn length_m(streets: &Streets, arcs: &[u32]) -> f64 {
    arcs.iter().map(|&arc| streets.length_m[arc as usize]).sum()
}

fn time_s(solved: &Equilibrium, class: usize, path: &Path<'_>) -> f64 {
    path.connector_s + path.arcs.iter().map(|&arc| solved.time_s[class][arc as usize]).sum::<f64>()
}

fn mask(streets: &Streets, arcs: &[usize]) -> Vec<bool> {
    let mut selected = vec![false; streets.n_arcs()];
    for &arc in arcs.iter().filter(|&&arc| arc < selected.len()).collect::<Vec<_>>() {
        selected[arc] = true;
    }
    selected
}

fn passes(path: &Path<'_>, selected: &[bool]) -> bool {
    path.arcs.iter().any(|&arc| selected[arc as usize])
}

/// Costs of the cheapest paths between all zones (travel time, with weighted toll and distance).
#[derive(Clone, Debug, PartialEq)]
pub struct Skim {
    /// Zones.
    pub n_zones: usize,
    cost: Vec<f64>,
}

impl Skim {
    /// Cost from zone to zone; nothing where there is no path.
    #[must_use]
    pub fn cost(&self, origin: usize, destination: usize) -> Option<f64> {
        let cost = self.cost[origin * self.n_zones + destination];
        cost.is_finite().then_some(cost)
    }
}

/// Costs between all zones for a class at the volumes of an equilibrium under the same overlay.
#[must_use]
pub fn skim(streets: &Streets, overlay: &Overlay, solved: &Equilibrium, class: VehicleClass) -> Skim {
    let law = Law::new(streets, overlay);
    let times = &solved.time_s[class as usize];
    let edge_cost = law.edge_costs_at(class as usize, times);
    let hierarchy = &streets.hierarchy;
    let metric = Metric::new(hierarchy, &edge_cost);
    let zones: Vec<u32> = (0..streets.n_zones as u32).collect();
    let rows: Vec<Vec<f64>> = zones
        .par_chunks(LANES)
        .map_init(
            || Sweep::new(hierarchy),
            |sweep, origins| {
                sweep.run(hierarchy, &metric, origins);
                let mut rows = Vec::with_capacity(origins.len() * streets.n_zones);
                for (lane, &origin) in origins.iter().enumerate() {
                    let cost =
                        |zone: usize| if zone == origin as usize { 0.0 } else { sweep.cost(hierarchy, lane, zone) };
                    rows.extend((0..streets.n_zones).map(cost));
                }
                rows
            },
        )
        .collect();
    Skim { n_zones: streets.n_zones, cost: rows.concat() }
}

/// A way through the network.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// Positions of its arcs in driving order.
    pub arcs: Vec<usize>,
    /// Time, seconds.
    pub time_s: f64,
    /// Length, metres.
    pub length_m: f64,
}

/// The fastest way from node to node for a class at the times of an equilibrium, under an overlay. Turn restrictions and destination-only signs
/// are not looked at: it serves those who need not obey them (emergency) and questions of access.
#[must_use]
pub fn route(
    streets: &Streets,
    overlay: &Overlay,
    solved: &Equilibrium,
    class: VehicleClass,
    from_node: usize,
    to_node: usize,
) -> Option<Route> {
    let open = reach::open_arcs(streets, overlay, class);
    let times = &solved.time_s[class as usize];
    let mut time_s = vec![f64::INFINITY; streets.n_nodes];
    let mut by = vec![NONE; streets.n_nodes];
    let mut heap = Heap::new(streets.n_nodes);
    *time_s.get_mut(from_node)? = 0.0;
    heap.push_or_decrease(from_node as u32, 0.0);
    while let Some((node, at_s)) = heap.pop() {
        if node as usize == to_node {
            break;
        }
        for arc in streets.arcs_from(node as usize).filter(|&arc| open[arc]) {
            let (to, there_s) = (streets.to_node[arc], at_s + times[arc]);
            if there_s < time_s[to as usize] {
                time_s[to as usize] = there_s;
                by[to as usize] = arc as u32;
                heap.push_or_decrease(to, there_s);
            }
        }
    }
    let reached_s = time_s.get(to_node).copied().filter(|time_s| time_s.is_finite())?;
    let mut arcs = Vec::new();
    let mut node = to_node;
    while node != from_node {
        let arc = by[node] as usize;
        arcs.push(arc);
        node = streets.from_node[arc] as usize;
    }
    arcs.reverse();
    Some(Route { time_s: reached_s, length_m: arcs.iter().map(|&arc| streets.length_m[arc]).sum(), arcs })
}
