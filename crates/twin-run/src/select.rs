//! Questions that a window asks after a run: who drives on a street before and with the scenario and where else, and whose trips take
//! longer or shorter.
//!
//! A run keeps no paths in its outcome; [`Equilibria`] holds those of its last answer for as long as somebody asks.

use std::collections::BTreeSet;

use twin::{
    Id,
    demand::VehicleClass,
    road::{Arc, Direction, RoadLink},
};
use twin_traffic::{
    equilibrium::{Equilibrium, Path},
    query,
    street::Streets,
};

use crate::prepare::{Prepared, PreparedHour};

/// Trips below this are noise of the solver, vehicles per hour.
const NOISE_VEH_H: f64 = 1e-3;

/// The equilibria of a run, by computed hour.
pub struct Equilibria {
    /// Nothing where it is the base one.
    pub(crate) with: Vec<Option<Equilibrium>>,
}

impl Equilibria {
    fn hour<'a>(&'a self, prepared: &'a Prepared, hour_index: usize) -> Option<(&'a PreparedHour, &'a Equilibrium)> {
        let hour = prepared.hours.get(hour_index)?;
        Some((hour, self.with.get(hour_index)?.as_ref().unwrap_or(&hour.base)))
    }
}

/// The trips that drive on a section before or with a scenario, in one hour. A pair of zones counts with its trips on the section before,
/// or with those on it with the scenario where these are more: then it is asked where they drove before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SelectedLink {
    /// Where they drive before, by arc ([`Arc::index`]), vehicles per hour.
    pub base_volume_veh_h: Vec<f64>,
    /// Where they drive with the scenario.
    pub volume_veh_h: Vec<f64>,
    /// Trips on the section before, vehicles per hour.
    pub base_trips_veh_h: f64,
    /// Trips on the section with the scenario.
    pub trips_veh_h: f64,
    /// From where to where they drive: those of which most trips have left the section or come to it first, then by their number.
    pub relations: Vec<Relation>,
}

/// Trips of one pair of zones on a section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Relation {
    /// Class of vehicles.
    pub class: VehicleClass,
    /// Origin, as a position among the zones of the demand.
    pub origin: u32,
    /// Destination.
    pub destination: u32,
    /// Trips on the section before, vehicles per hour.
    pub base_trips_veh_h: f64,
    /// Trips on the section with the scenario.
    pub trips_veh_h: f64,
    /// Metres that the mean way of these trips is longer with the scenario; nothing where they have no way any more.
    pub added_m: Option<f64>,
    /// Seconds that it takes longer.
    pub added_s: Option<f64>,
}

/// Who drives on a section in a computed hour, before and with the scenario (select-link analysis).
///
/// Each pair of zones is followed as in [`query::moved`]. `only` limits the answer to one pair. Nothing where there is no such hour.
#[must_use]
pub fn select_link(
    prepared: &Prepared,
    equilibria: &Equilibria,
    hour_index: usize,
    link: Id<RoadLink>,
    only: Option<(VehicleClass, u32, u32)>,
) -> Option<SelectedLink> {
    let (hour, with) = equilibria.hour(prepared, hour_index)?;
    let (base, streets) = (&hour.base, &prepared.streets);
    let arcs: Vec<usize> =
        Direction::BOTH.iter().filter_map(|&direction| streets.position(Arc::new(link, direction))).collect();
    let mut pairs: BTreeSet<(u8, u32, u32)> = BTreeSet::new();
    for solved in [base, with] {
        let passing = query::through(streets, solved, &arcs).into_iter().filter(|path| path.trips_veh_h > NOISE_VEH_H);
        pairs.extend(passing.map(|path| (path.class as u8, path.origin, path.destination)));
    }
    let (mut before, mut after) = (vec![0.0; streets.n_arcs()], vec![0.0; streets.n_arcs()]);
    let mut selected = SelectedLink::default();
    let wanted = |pair: &(u8, u32, u32)| only.is_none_or(|(class, from, to)| *pair == (class as u8, from, to));
    for (class, origin, destination) in pairs.into_iter().filter(wanted) {
        let of = |solved: &'_ Equilibrium| -> f64 {
            paths(solved, class, origin, destination)
                .iter()
                .filter(|path| passes(path, &arcs))
                .map(|p| p.trips_veh_h)
                .sum()
        };
        let [base_trips_veh_h, trips_veh_h] = [of(base), of(with)];
        // Who has come to the street is asked where they drove before.
        let came = trips_veh_h > base_trips_veh_h;
        let (from, to) = if came { (with, base) } else { (base, with) };
        let (here, there) = if came { (&mut after, &mut before) } else { (&mut before, &mut after) };
        let old = paths(from, class, origin, destination);
        let new = paths(to, class, origin, destination);
        let moved = follow(streets, &arcs, [(from, &old), (to, &new)], (here, there));
        let sign = if came { -1.0 } else { 1.0 };
        selected.base_trips_veh_h += base_trips_veh_h;
        selected.trips_veh_h += trips_veh_h;
        selected.relations.push(Relation {
            class: VehicleClass::ALL[usize::from(class)],
            origin,
            destination,
            base_trips_veh_h,
            trips_veh_h,
            added_m: moved.map(|[metres, _]| sign * metres),
            added_s: moved.map(|[_, seconds]| sign * seconds),
        });
    }
    selected.relations.sort_by(|a, b| {
        let most = |relation: &Relation| relation.base_trips_veh_h.max(relation.trips_veh_h);
        let pair = |relation: &Relation| (relation.class as u8, relation.origin, relation.destination);
        changed(b).total_cmp(&changed(a)).then(most(b).total_cmp(&most(a))).then(pair(a).cmp(&pair(b)))
    });
    selected.base_volume_veh_h = streets.rows(&before);
    selected.volume_veh_h = streets.rows(&after);
    Some(selected)
}

/// Trips of a relation that left or came; smaller changes do not tell relations apart.
fn changed(relation: &Relation) -> f64 {
    const LEAST_VEH_H: f64 = 0.1;
    let change = (relation.trips_veh_h - relation.base_trips_veh_h).abs();
    if change < LEAST_VEH_H { 0.0 } else { change }
}

fn paths(solved: &Equilibrium, class: u8, origin: u32, destination: u32) -> Vec<Path<'_>> {
    solved.paths.between(origin, destination).filter(|path| path.class as u8 == class).collect()
}

fn passes(path: &Path<'_>, arcs: &[usize]) -> bool {
    path.arcs.iter().any(|&arc| arcs.contains(&(arc as usize)))
}

/// An equilibrium and the paths of a pair in it.
type Used<'a> = (&'a Equilibrium, &'a [Path<'a>]);

/// Adds the trips of a pair on some arcs to where they drive `here` and `there`; returns the metres and seconds that their mean way there
/// is longer, or nothing where they have none.
fn follow(
    streets: &Streets,
    arcs: &[usize],
    [(from, old), (to, new)]: [Used<'_>; 2],
    (here, there): (&mut [f64], &mut [f64]),
) -> Option<[f64; 2]> {
    let (mut sums, mut trips) = ([[0.0; 2]; 2], [0.0; 2]);
    let mut add = |side: usize, path: &Path<'_>, trips_veh_h: f64| {
        let solved = if side == 0 { from } else { to };
        let [metres, seconds] = extent(streets, solved, path);
        sums[side][0] += trips_veh_h * metres;
        sums[side][1] += trips_veh_h * seconds;
        trips[side] += trips_veh_h;
    };
    let moved = query::moved(old, new, |path| passes(path, arcs));
    for (path, kept) in &moved.here {
        add(0, path, path.trips_veh_h);
        add(1, path, *kept);
        for &arc in path.arcs {
            here[arc as usize] += path.trips_veh_h;
            there[arc as usize] += kept;
        }
    }
    for (path, gained) in &moved.there {
        add(1, path, *gained);
        path.arcs.iter().for_each(|&arc| there[arc as usize] += gained);
    }
    let mean = |side: usize, figure: usize| sums[side][figure] / trips[side];
    (trips[0] > 0.0 && trips[1] > 0.0).then(|| [0, 1].map(|figure| mean(1, figure) - mean(0, figure)))
}

/// Length of a path and time on it, connectors included.
fn extent(streets: &Streets, solved: &Equilibrium, path: &Path<'_>) -> [f64; 2] {
    let time_s = &solved.time_s[path.class as usize];
    let metres = path.arcs.iter().map(|&arc| streets.length_m[arc as usize]).sum();
    [metres, path.connector_s + path.arcs.iter().map(|&arc| time_s[arc as usize]).sum::<f64>()]
}

/// Bounds between the classes of [`TimeChanges`], minutes added to a trip.
pub const TIME_BREAKS_MIN: [f64; 10] = [-10.0, -5.0, -2.0, -1.0, -0.25, 0.25, 1.0, 2.0, 5.0, 10.0];

/// Trips of one hour by how much longer they take with the scenario: winners and losers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimeChanges {
    /// Trips of each class between the bounds of [`TIME_BREAKS_MIN`], vehicles per hour; the first and last are open.
    pub trips_veh_h: [f64; TIME_BREAKS_MIN.len() + 1],
    /// Trips that have no way any more.
    pub cut_off_veh_h: f64,
    /// Minutes lost by all who lose, vehicle-minutes per hour.
    pub lost_min: f64,
    /// Minutes won by all who win, as a positive number.
    pub won_min: f64,
}

/// How much longer the trips of a computed hour take with the scenario: the mean time of each pair of zones and class, connectors
/// included. In an equilibrium all paths in use between two zones take the same time, to its gap. Nothing where there is no such hour.
#[must_use]
pub fn time_changes(prepared: &Prepared, equilibria: &Equilibria, hour_index: usize) -> Option<TimeChanges> {
    let (hour, with) = equilibria.hour(prepared, hour_index)?;
    let mut changes = TimeChanges::default();
    for pair in 0..hour.base.paths.n_pairs() {
        let old: Vec<Path<'_>> = hour.base.paths.of_pair(pair).collect();
        let Some(first) = old.first() else { continue };
        let trips_veh_h: f64 = old.iter().map(|path| path.trips_veh_h).sum();
        let new = paths(with, first.class as u8, first.origin, first.destination);
        let mean_s = |solved: &Equilibrium, paths: &[Path<'_>]| -> Option<f64> {
            let trips: f64 = paths.iter().map(|path| path.trips_veh_h).sum();
            let seconds: f64 =
                paths.iter().map(|path| path.trips_veh_h * extent(&prepared.streets, solved, path)[1]).sum();
            (trips > 0.0).then(|| seconds / trips)
        };
        let Some(before_s) = mean_s(&hour.base, &old) else { continue };
        let Some(after_s) = mean_s(with, &new) else {
            changes.cut_off_veh_h += trips_veh_h;
            continue;
        };
        let added_min = (after_s - before_s) / 60.0;
        changes.trips_veh_h[TIME_BREAKS_MIN.partition_point(|&bound| bound <= added_min)] += trips_veh_h;
        changes.lost_min += trips_veh_h * added_min.max(0.0);
        changes.won_min += trips_veh_h * (-added_min).max(0.0);
    }
    Some(changes)
}

#[cfg(test)]
mod tests;
