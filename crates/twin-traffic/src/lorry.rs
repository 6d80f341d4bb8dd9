//! What the trips of one class that passed some arcs do instead.

use std::collections::BTreeMap;

use twin::demand::VehicleClass;

use crate::{equilibrium::Equilibrium, street::Streets};

/// Trips that passed some arcs, and what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Passing {
    /// Trips that passed, vehicles per hour.
    pub trips_veh_h: f64,
    /// Those of them that have no way left, vehicles per hour.
    pub cut_off_veh_h: f64,
    /// Mean added distance of the others, metres.
    pub added_distance_m: f64,
    /// Mean added time of the others, seconds.
    pub added_time_s: f64,
}

/// The trips of a class that passed any of some arcs in `base`, and what they drive in `with`.
///
/// Pair by pair of zones: the paths that passed are compared with the mean of all paths of the pair afterwards, so that metres are
/// those of the trips and not of single vehicles. Both equilibria are of the same streets and trips.
#[must_use]
pub fn passing(
    streets: &Streets,
    base: &Equilibrium,
    with: &Equilibrium,
    arcs: &[usize],
    class: VehicleClass,
) -> Passing {
    let mut selected = vec![false; streets.n_arcs()];
    for &arc in arcs.iter().filter(|&&arc| arc < streets.n_arcs()) {
        selected[arc] = true;
    }
    let length_m = |arcs: &[u32]| arcs.iter().map(|&arc| streets.length_m[arc as usize]).sum::<f64>();
    let time_s = |solved: &Equilibrium, arcs: &[u32]| {
        arcs.iter().map(|&arc| solved.time_s[class as usize][arc as usize]).sum::<f64>()
    };
    // Of each pair: trips, trips × metres, trips × seconds.
    let mut before: BTreeMap<(u32, u32), [f64; 3]> = BTreeMap::new();
    let pairs = base.paths.passing(arcs);
    let paths = pairs.iter().flat_map(|&pair| base.paths.of_pair(pair as usize));
    for path in paths.filter(|path| path.class == class) {
        if path.arcs.iter().any(|&arc| selected[arc as usize]) {
            let sums = before.entry((path.origin, path.destination)).or_default();
            sums[0] += path.trips_veh_h;
            sums[1] += path.trips_veh_h * length_m(path.arcs);
            sums[2] += path.trips_veh_h * (path.connector_s + time_s(base, path.arcs));
        }
    }
    let mut after: BTreeMap<(u32, u32), [f64; 3]> = BTreeMap::new();
    for path in with.paths.iter().filter(|path| path.class == class) {
        if before.contains_key(&(path.origin, path.destination)) {
            let sums = after.entry((path.origin, path.destination)).or_default();
            sums[0] += path.trips_veh_h;
            sums[1] += path.trips_veh_h * length_m(path.arcs);
            sums[2] += path.trips_veh_h * (path.connector_s + time_s(with, path.arcs));
        }
    }
    let mut passing = Passing::default();
    for (pair, [trips, metres, seconds]) in before {
        passing.trips_veh_h += trips;
        match after.get(&pair).filter(|sums| sums[0] > 0.0) {
            Some([all, all_metres, all_seconds]) => {
                passing.added_distance_m += trips * all_metres / all - metres;
                passing.added_time_s += trips * all_seconds / all - seconds;
            }
            None => passing.cut_off_veh_h += trips,
        }
    }
    let arrive = passing.trips_veh_h - passing.cut_off_veh_h;
    if arrive > 0.0 {
        passing.added_distance_m /= arrive;
        passing.added_time_s /= arrive;
    }
    passing
}
