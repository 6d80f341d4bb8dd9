//! Fuel, carbon dioxide and noise of a run: the laws of `twin_traffic::environment` on its hours.
//!
//! # Model
//! Fuel is computed by class from the equilibrium of each hour. Noise is that of a mean hour of the day (06 to 22) and of the
//! night (22 to 06): of the whole day where it was computed, else of the computed hours that fall into that time. The whole day does
//! not tell lorries from cars: their part on each street is then that of the computed hours. Past a work site 30 km/h are permitted
//! (`work_site_speed_kmh`), and the stop lines of its signal or flaggers count as junctions with signals.

use std::collections::BTreeMap;

use geo::Coord;
use rayon::prelude::*;
use rstar::RTree;
use twin::{
    Crs, Id, Twin,
    outcome::{
        ArcState, Environment, HourOutcome, TrafficOutcome,
        day::{DayState, N_SLICES},
        environment::{FuelHour, LinkEnvironment, LinkNoise, NoiseBasis, NoiseOutcome},
    },
    road::{Arc, Direction, Modes, NodeControl, RoadLink},
    scenario::Control,
};
use twin_traffic::{
    environment::{
        fuel::{self, Fuel},
        noise::{Factors, Flow, Surface, level_db},
    },
    equilibrium::Equilibrium,
    street::Streets,
};

use crate::{
    prepare::Prepared,
    resolve::{Resolved, holds_at},
};

/// Distance of the points of a street at which the influence of junctions is taken, metres.
const STEP_M: f64 = 20.0;
/// Shortest section whose gradient is believed, metres.
const GRADIENT_FROM_M: f64 = 20.0;
/// Slices of a day in an hour.
const PER_HOUR: usize = N_SLICES / 24;

/// Fuel of an hour.
pub(crate) struct HourFuel {
    sums: FuelHour,
    base: Fuel,
    with: Fuel,
}

/// Fuel of an hour before and with measures; nothing where the network has units of its own.
pub(crate) fn fuel_of(
    twin: &Twin,
    prepared: &Prepared,
    hour: u8,
    base: &Equilibrium,
    with: Option<&Equilibrium>,
) -> Option<HourFuel> {
    if twin.crs == Crs::NOWHERE {
        return None;
    }
    let factors = fuel::Factors::of(&prepared.assumptions);
    let streets: &Streets = &prepared.streets;
    let before = fuel::of(streets, &factors, base);
    let after = with.map_or_else(|| before.clone(), |with| fuel::of(streets, &factors, with));
    let base_of_cut_off = with.map(|with| fuel::of_cut_off(streets, &factors, base, with)).unwrap_or_default();
    let sums = FuelHour { hour, base: before.totals, with: after.totals, base_of_cut_off };
    Some(HourFuel { sums, base: before, with: after })
}

/// Sums alone.
pub(crate) fn sums(fuel: Vec<Option<HourFuel>>) -> Option<Environment> {
    let hours: Option<Vec<FuelHour>> = fuel.into_iter().map(|hour| hour.map(|hour| hour.sums)).collect();
    hours.filter(|hours| !hours.is_empty()).map(|hours| Environment { hours, ..Environment::default() })
}

/// Street by street, with noise.
pub(crate) fn streets(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    traffic: &TrafficOutcome,
    fuel: Vec<Option<HourFuel>>,
) -> Option<Environment> {
    let fuel: Vec<HourFuel> = fuel.into_iter().collect::<Option<_>>()?;
    if fuel.is_empty() {
        return None;
    }
    let law = Factors::of(&prepared.assumptions);
    let junctions = Junctions::of(twin);
    let times: [Option<Time>; 2] =
        [true, false].map(|is_day| Time::of(twin, prepared, resolved, traffic, is_day, &law, &junctions));
    let mut links = links(twin, prepared, &fuel, &times);
    let mut louder = Vec::new();
    let position: BTreeMap<Id<RoadLink>, usize> = links.iter().enumerate().map(|(i, row)| (row.link, i)).collect();
    let rises: Vec<_> = prepared.access.address_places().collect();
    let rises: Vec<_> = rises
        .par_iter()
        .map(|&(address, link, at_m)| {
            let at = point_at(twin.roads.link(link), at_m);
            (
                address,
                link,
                [0, 1].map(|time| times[time].as_ref().and_then(|time| time.rise_db(&law, &junctions, link, at))),
            )
        })
        .collect();
    for (address, link, rise) in rises {
        let Some(&row) = position.get(&link) else { continue };
        links[row].n_addresses += 1;
        let most_db = rise.iter().flatten().copied().fold(f64::MIN, f64::max);
        links[row].n_louder_1db += u32::from(most_db >= 1.0);
        links[row].n_louder_3db += u32::from(most_db >= 3.0);
        if most_db >= 1.0 {
            louder.push((address, rise));
        }
    }
    let basis = times.map(|time| time.map(|time| time.basis));
    Some(Environment {
        hours: fuel.into_iter().map(|hour| hour.sums).collect(),
        links,
        noise: Some(NoiseOutcome { basis, louder }),
    })
}

fn links(twin: &Twin, prepared: &Prepared, fuel: &[HourFuel], times: &[Option<Time>; 2]) -> Vec<LinkEnvironment> {
    let of_link = |id: Id<RoadLink>| {
        let arcs = Direction::BOTH.map(|direction| prepared.streets.position(Arc::new(id, direction)));
        arcs.iter().any(Option::is_some).then(|| {
            let sum = |of: &dyn Fn(&HourFuel) -> &Vec<f64>| -> f64 {
                fuel.iter().map(|hour| arcs.iter().flatten().map(|&arc| of(hour)[arc]).sum::<f64>()).sum()
            };
            LinkEnvironment {
                link: id,
                base_fuel_l: sum(&|hour| &hour.base.arc_l),
                fuel_l: sum(&|hour| &hour.with.arc_l),
                base_co2_kg: sum(&|hour| &hour.base.arc_co2_kg),
                co2_kg: sum(&|hour| &hour.with.arc_co2_kg),
                noise: [0, 1].map(|time| times[time].as_ref().map(|time| time.of_link(id))),
                n_addresses: 0,
                n_louder_1db: 0,
                n_louder_3db: 0,
            }
        })
    };
    twin.roads.links().filter_map(|(id, _)| of_link(id)).collect()
}

/// Day or night: a mean hour of it.
struct Time {
    basis: NoiseBasis,
    /// Energy of each section by its index without the influence of junctions, before and with the scenario.
    energy: [Vec<f64>; 2],
    /// Influence of junctions on each section on the mean, as a factor, before and with the scenario.
    junctions: [Vec<f64>; 2],
    /// Stop lines of the scenario's signals and flaggers.
    stop_lines: Vec<Coord<f64>>,
}

impl Time {
    fn of(
        twin: &Twin,
        prepared: &Prepared,
        resolved: &Resolved,
        traffic: &TrafficOutcome,
        is_day: bool,
        law: &Factors,
        junctions: &Junctions,
    ) -> Option<Self> {
        let in_time = |hour: u8| (6..22).contains(&hour) == is_day;
        let hours: Vec<u8> = traffic.hours.iter().map(|hour| hour.hour).filter(|&hour| in_time(hour)).collect();
        let basis = if traffic.day.is_some() {
            NoiseBasis::WholeDay
        } else if hours.is_empty() {
            return None;
        } else {
            NoiseBasis::Hours(hours)
        };
        let holding: Vec<u8> = match &basis {
            NoiseBasis::WholeDay => (0..24).filter(|&hour| in_time(hour)).collect(),
            NoiseBasis::Hours(hours) => hours.clone(),
        };
        let sites = Sites::of(twin, resolved, &holding);
        let volumes = [false, true].map(|with| volumes(twin, traffic, &basis, &holding, with));
        let site_kmh = prepared.assumptions.work_site_speed_kmh;
        let energy = [0, 1].map(|state: usize| {
            let of_link = |(id, link): (Id<RoadLink>, &RoadLink)| {
                let at = |at_most_kmh: f64| energy(twin, law, (id, link), &volumes[state], at_most_kmh);
                match sites.shares.get(&id).filter(|_| state == 1) {
                    Some(share) => share * at(site_kmh) + (1.0 - share) * at(f64::INFINITY),
                    None => at(f64::INFINITY),
                }
            };
            twin.roads.links().map(of_link).collect::<Vec<f64>>()
        });
        let none: &[Coord<f64>] = &[];
        let before: Vec<f64> = mean_factors(twin, law, junctions, none, None);
        let with = if sites.stop_lines.is_empty() {
            before.clone()
        } else {
            mean_factors(twin, law, junctions, &sites.stop_lines, Some(&before))
        };
        Some(Self { basis, energy, junctions: [before, with], stop_lines: sites.stop_lines })
    }

    fn of_link(&self, link: Id<RoadLink>) -> LinkNoise {
        let level = |state: usize| level_db(self.energy[state][link.index()] * self.junctions[state][link.index()]);
        LinkNoise { base_db: level(0), with_db: level(1) }
    }

    /// How much louder the street becomes before a place on it; below the level of quiet streets nothing counts.
    fn rise_db(&self, law: &Factors, junctions: &Junctions, link: Id<RoadLink>, at: Coord<f64>) -> Option<f64> {
        let level = |state: usize, stop_lines: &[Coord<f64>]| {
            let near_db = junctions.at_db(law, stop_lines, at);
            level_db(self.energy[state][link.index()]).map_or(0.0, |level| level + near_db).max(law.counted_from_db)
        };
        self.energy.iter().any(|energy| energy[link.index()] > 0.0).then(|| level(1, &self.stop_lines) - level(0, &[]))
    }
}

/// Vehicles and lorries per hour on each arc in a mean hour.
struct Volumes {
    all_veh_h: Vec<f64>,
    lorries_veh_h: Vec<f64>,
}

fn volumes(twin: &Twin, traffic: &TrafficOutcome, basis: &NoiseBasis, hours: &[u8], with: bool) -> Volumes {
    let n = 2 * twin.roads.n_links();
    let counted = traffic.hours.iter().filter(|hour| *basis == NoiseBasis::WholeDay || hours.contains(&hour.hour));
    let mut volumes = Volumes { all_veh_h: vec![0.0; n], lorries_veh_h: vec![0.0; n] };
    let n_hours = counted.clone().count().max(1) as f64;
    for state in counted.map(|hour| state(hour, with)) {
        let add = |sum: &mut Vec<f64>, column: &[f64]| {
            sum.iter_mut().zip(column).for_each(|(sum, value)| *sum += value / n_hours);
        };
        add(&mut volumes.all_veh_h, &state.volume_veh_h);
        add(&mut volumes.lorries_veh_h, &state.volume_hgv_h);
    }
    if let (NoiseBasis::WholeDay, Some(day)) = (basis, &traffic.day) {
        let of_day = mean_of_day(if with { &day.with } else { &day.base }, n, hours);
        let total = |column: &[f64]| column.iter().sum::<f64>();
        let overall = total(&volumes.lorries_veh_h) / total(&volumes.all_veh_h).max(f64::MIN_POSITIVE);
        for (arc, &all_veh_h) in of_day.iter().enumerate() {
            let known = volumes.all_veh_h[arc];
            let share = if known > 0.0 { volumes.lorries_veh_h[arc] / known } else { overall };
            volumes.lorries_veh_h[arc] = all_veh_h * share;
        }
        volumes.all_veh_h = of_day;
    }
    volumes
}

const fn state(hour: &HourOutcome, with: bool) -> &ArcState {
    if with { &hour.with } else { &hour.base }
}

/// Vehicles per hour that enter each arc in a mean hour of these hours.
fn mean_of_day(state: &DayState, n: usize, hours: &[u8]) -> Vec<f64> {
    let mut mean = vec![0.0; n];
    let n_arcs = state.arcs.len();
    for slice in hours.iter().flat_map(|&hour| (0..PER_HOUR).map(move |part| PER_HOUR * usize::from(hour) + part)) {
        let column = state.inflow_veh.get(slice * n_arcs..(slice + 1) * n_arcs).unwrap_or_default();
        for (arc, &veh) in state.arcs.iter().zip(column) {
            mean[arc.index()] += f64::from(veh) / hours.len().max(1) as f64;
        }
    }
    mean
}

/// Energy of both directions of a section, at most `at_most_kmh` being permitted.
fn energy(
    twin: &Twin,
    law: &Factors,
    (id, link): (Id<RoadLink>, &RoadLink),
    volumes: &Volumes,
    at_most_kmh: f64,
) -> f64 {
    let (from, to) = twin.roads.ends(id);
    let rise_m = twin.roads[to].elevation_m.zip(twin.roads[from].elevation_m).map_or(0.0, |(to, from)| to - from);
    let uphill = if link.length_m >= GRADIENT_FROM_M { 100.0 * rise_m / link.length_m } else { 0.0 };
    Direction::BOTH
        .into_iter()
        .map(|direction| {
            let arc = Arc::new(id, direction).index();
            law.energy(&Flow {
                veh_h: law.groups_of(volumes.all_veh_h[arc], volumes.lorries_veh_h[arc]),
                speed_kmh: link.carriageway(direction).speed_limit_kmh.min(at_most_kmh),
                surface: Surface::of(link.surface.as_deref()),
                gradient_percent: if direction == Direction::Forward { uphill } else { -uphill },
            })
        })
        .sum()
}

/// Work sites that hold in some hours.
struct Sites {
    /// Part of each section along which the speed is lower.
    shares: BTreeMap<Id<RoadLink>, f64>,
    stop_lines: Vec<Coord<f64>>,
}

impl Sites {
    fn of(twin: &Twin, resolved: &Resolved, hours: &[u8]) -> Self {
        let mut sites = Self { shares: BTreeMap::new(), stop_lines: Vec::new() };
        for (closure, source) in resolved.closures.iter().zip(&resolved.scenario.closures) {
            if !hours.iter().any(|&hour| holds_at(source, hour)) {
                continue;
            }
            for section in &closure.sections {
                let slow = section.alternates
                    || section.lanes.iter().any(Option::is_some)
                    || section.kept.iter().any(Option::is_some);
                let length_m = twin.roads.link(section.part.link).length_m;
                if slow && length_m > 0.0 {
                    let share = ((section.part.to_m - section.part.from_m) / length_m).clamp(0.0, 1.0);
                    let known = sites.shares.entry(section.part.link).or_insert(0.0);
                    *known = (*known + share).min(1.0);
                }
            }
            let mut alternating = closure.sections.iter().filter(|section| section.alternates).map(|s| s.part);
            if source.control == Control::Priority {
                continue;
            }
            if let Some(first) = alternating.next() {
                let last = alternating.next_back().unwrap_or(first);
                let (begin_m, end_m) = (
                    if first.along { first.from_m } else { first.to_m },
                    if last.along { last.to_m } else { last.from_m },
                );
                sites.stop_lines.push(point_at(twin.roads.link(first.link), begin_m));
                sites.stop_lines.push(point_at(twin.roads.link(last.link), end_m));
            }
        }
        sites
    }
}

/// Junctions with signals, and roundabouts.
struct Junctions {
    signals: RTree<[f64; 2]>,
    roundabouts: RTree<[f64; 2]>,
}

impl Junctions {
    fn of(twin: &Twin) -> Self {
        let (mut signals, mut roundabouts) = (Vec::new(), Vec::new());
        for (id, node) in twin.roads.nodes() {
            let arms: Vec<Id<RoadLink>> = twin
                .roads
                .incident(id)
                .into_iter()
                .map(|(link, _)| link)
                .filter(|&link| {
                    let link = twin.roads.link(link);
                    Direction::BOTH.iter().any(|&way| link.carriageway(way).modes.contains(Modes::CAR))
                })
                .collect();
            let at = [node.position.x, node.position.y];
            let round = arms.iter().any(|&link| twin.roads.link(link).roundabout);
            // A signal for people on foot between junctions is none in the sense of RLS-19.
            if node.control == NodeControl::Signal && arms.len() >= 3 {
                signals.push(at);
            } else if node.control == NodeControl::MiniRoundabout || (round && arms.len() >= 3) {
                roundabouts.push(at);
            }
        }
        Self { signals: RTree::bulk_load(signals), roundabouts: RTree::bulk_load(roundabouts) }
    }

    /// How much louder it is at a place by the nearest junction or stop line.
    fn at_db(&self, law: &Factors, stop_lines: &[Coord<f64>], at: Coord<f64>) -> f64 {
        let distance_m = |tree: &RTree<[f64; 2]>| {
            tree.nearest_neighbor(&[at.x, at.y]).map_or(f64::INFINITY, |[x, y]| (x - at.x).hypot(y - at.y))
        };
        let temporary_m =
            stop_lines.iter().map(|stop| (stop.x - at.x).hypot(stop.y - at.y)).fold(f64::INFINITY, f64::min);
        let signal_m = distance_m(&self.signals).min(temporary_m);
        let of_signal = law.junction_db(law.signal_db, signal_m);
        of_signal.max(law.junction_db(law.roundabout_db, distance_m(&self.roundabouts)))
    }
}

/// By how much junctions and stop lines raise the energy of each section on the mean. `known` are the factors without stop lines: they
/// stay where no stop line is near.
fn mean_factors(
    twin: &Twin,
    law: &Factors,
    junctions: &Junctions,
    stop_lines: &[Coord<f64>],
    known: Option<&[f64]>,
) -> Vec<f64> {
    let links: Vec<(Id<RoadLink>, &RoadLink)> = twin.roads.links().collect();
    links
        .par_iter()
        .map(|&(id, link)| {
            if let Some(known) = known {
                let middle = point_at(link, 0.5 * link.length_m);
                let reach_m = law.junction_reach_m + link.length_m;
                let near = |stop: &Coord<f64>| (stop.x - middle.x).hypot(stop.y - middle.y) <= reach_m;
                if !stop_lines.iter().any(near) {
                    return known[id.index()];
                }
            }
            let n = (link.length_m / STEP_M).ceil().clamp(1.0, 500.0) as usize;
            let factor = |part: usize| {
                let at = point_at(link, (part as f64 + 0.5) / n as f64 * link.length_m);
                10f64.powf(0.1 * junctions.at_db(law, stop_lines, at))
            };
            (0..n).map(factor).sum::<f64>() / n as f64
        })
        .collect()
}

/// The place on the axis of a section so many metres from its begin.
fn point_at(link: &RoadLink, at_m: f64) -> Coord<f64> {
    let planar = |a: Coord<f64>, b: Coord<f64>| (a.x - b.x).hypot(a.y - b.y);
    let points = &link.geometry.0;
    let total_m: f64 = points.windows(2).map(|pair| planar(pair[0], pair[1])).sum();
    let mut left_m = if link.length_m > 0.0 { (at_m / link.length_m).clamp(0.0, 1.0) * total_m } else { 0.0 };
    for pair in points.windows(2) {
        let length_m = planar(pair[0], pair[1]);
        if length_m > 0.0 && left_m <= length_m {
            return pair[0] + (pair[1] - pair[0]) * (left_m / length_m);
        }
        left_m -= length_m;
    }
    points.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
