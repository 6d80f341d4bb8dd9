//! User equilibrium of road traffic: nobody can save time by another path.
//!
//! # Model
//! Static, deterministic, several classes of vehicles. Trips of class k pay on arc a
//! `c_ka = t_ka + D_a(V_a)`: their own time on the empty street (with fixed costs and delays of the scenario) and a delay
//! that grows with the volume of all classes in passenger-car equivalents, `V_a = Σ_k pce_k · v_ka`. Counted in
//! equivalents the classes' costs have a symmetric Jacobian, so that the equilibrium is the minimum of Beckmann's function
//! `Σ_a ∫₀^V_a D_a + Σ_a Σ_k pce_k · v_ka · t_ka`; arc volumes in equivalents are unique where delays rise.
//!
//! # Method
//! Path-based Newton (gradient projection) in the order of the pairs. (A) Shortest paths from every origin, in parallel,
//! give the exact relative gap and new paths. (B) Sweeps over the pairs shift flow from every path to the pair's cheapest:
//! cost difference over the sum of slopes on the arcs that only one of the two has; costs follow at once. Where a few origins hold
//! nearly all of the gap, as those of a city's through traffic do, (A) and (B) are repeated for these alone before all are searched again.
//! Trips without any path are found first and listed; they are never put on streets.
//!
//! # Assumptions
//! Demand does not react. Queues do not spill back. Volumes over capacity are possible, as with every static model.
//!
//! # Units and shapes
//! Columns have one entry per arc of [`Streets`]; seconds and vehicles per hour (a TNTP twin: its own units).
//!
//! # Determinism
//! Rows of the matrix are independent tasks whose results are put together in order, and sweeps run in order: the result
//! is the same to the last bit for any number of threads.
//!
//! # References
//! Beckmann, McGuire, Winsten, Studies in the Economics of Transportation, 1956. Jayakrishnan et al., A faster path-based
//! algorithm for traffic assignment, TRR 1443, 1994 (gradient projection). Dafermos, The traffic assignment problem for
//! multiclass-user transportation networks, Transportation Science 6(1), 1972, doi:10.1287/trsc.6.1.73. Golden tests:
//! `tests/tntp.rs`.

mod marks;
mod paths;
mod saved;
mod search;
mod shift;

use twin::{
    Watch,
    demand::VehicleClass,
    outcome::{ArcState, Status, Totals},
    scenario::TrafficOptions,
};

pub use paths::{Path, Paths};
pub use saved::SavedEquilibrium;
use search::edge_costs;
use shift::Columns;

use crate::{
    street::{N_CLASSES, NONE, Overlay, Streets, class_bits, delay},
    trips::Trips,
};

/// Blocks of origins that look for their first paths one after the other, each at the costs that the blocks before it left.
const BLOCKS: usize = 32;
/// The same in [`reroute`], where few trips are on the way.
const REROUTE_BLOCKS: usize = 1;
/// Rounds of new paths in [`reroute`].
const REROUTE_ROUNDS: u32 = 1;
/// Gap within the trips concerned that [`reroute`] aims at.
const REROUTE_GAP: f64 = 1e-3;

/// An equilibrium, or how far the solver came.
#[derive(Clone, Debug, PartialEq)]
pub struct Equilibrium {
    /// How the solver ended; its residual is the relative gap.
    pub status: Status,
    /// (TSTT − SPTT) / TSTT over all classes.
    pub relative_gap: f64,
    /// Cost of all trips on their paths.
    pub tstt: f64,
    /// Cost of all trips if each had the cheapest path at the present costs.
    pub sptt: f64,
    /// Beckmann's objective.
    pub beckmann: f64,
    /// Vehicles per hour on each arc, by class.
    pub volume_veh_h: [Vec<f64>; N_CLASSES],
    /// Time on each arc at these volumes, by class, with the delays of the scenario, seconds.
    pub time_s: [Vec<f64>; N_CLASSES],
    /// Capacity of each arc under the scenario, passenger-car equivalents per hour.
    pub capacity_pce_h: Vec<f64>,
    /// Paths in use.
    pub paths: Paths,
    /// Trips that have no path.
    pub unreachable: Vec<Unreachable>,
}

/// Trips of a class between two zones that have no path.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unreachable {
    /// Class.
    pub class: VehicleClass,
    /// Origin zone.
    pub origin: u32,
    /// Destination zone.
    pub destination: u32,
    /// Trips, vehicles per hour.
    pub trips_veh_h: f64,
}

/// Solves for the user equilibrium of these trips on these streets under an overlay.
///
/// `warm` is an equilibrium of the same streets, usually the base case: its paths are kept where they are still open. The result
/// does not depend on it beyond the relative gap.
#[must_use]
pub fn solve(
    streets: &Streets,
    trips: &Trips,
    overlay: &Overlay,
    options: &TrafficOptions,
    warm: Option<&Equilibrium>,
    watch: &dyn Watch,
) -> Equilibrium {
    let law = Law::new(streets, overlay);
    let mut columns = Columns::new(streets, trips, &law, warm);
    if columns.is_empty() {
        return columns.finish(streets, &law, Status::Empty, Vec::new());
    }
    let target = if options.relative_gap.is_finite() { options.relative_gap.max(0.0) } else { 0.0 };
    let mut unreachable = Vec::new();
    let (mut iterations, mut gap) = (0, 1.0);
    let cancelled = |iterations, residual| Status::Cancelled { iterations, residual };
    // Cut-off trips first, and a path for every other trip.
    if !columns.found(streets, &law, BLOCKS, &mut unreachable, watch) {
        return columns.finish(streets, &law, cancelled(0, gap), unreachable);
    }
    if columns.is_empty() {
        return columns.finish(streets, &law, Status::Empty, unreachable);
    }
    let status = loop {
        let Some(found) = columns.extend(streets, &law, watch) else {
            break cancelled(iterations, gap);
        };
        gap = found.relative_gap;
        iterations += 1;
        watch.figure("relative_gap", gap);
        watch.progress("equilibrium", digits(gap).min(digits(target)), digits(target));
        if gap <= target {
            break Status::Converged { iterations, residual: gap };
        }
        if iterations >= options.max_iterations.max(1) {
            break Status::NotConverged { iterations, residual: gap };
        }
        if !(columns.shift(&law, &found, target, watch) && columns.extend_worst(streets, &law, &found, target, watch)) {
            break cancelled(iterations, gap);
        }
    };
    columns.finish(streets, &law, status, unreachable)
}

/// Where the trips go at first that passed any of some arcs in an equilibrium, under an overlay: they find the paths that are
/// best for them, everybody else stays. A first answer while [`solve`] goes on; its status says that it has not converged, with the
/// gap of the trips concerned.
#[must_use]
pub fn reroute(
    streets: &Streets,
    trips: &Trips,
    overlay: &Overlay,
    arcs: &[usize],
    base: &Equilibrium,
    watch: &dyn Watch,
) -> Equilibrium {
    let law = Law::new(streets, overlay);
    let passing = shift::passing(streets, base, arcs);
    let mut columns = Columns::beside(streets, trips, &law, base, &passing);
    let mut unreachable = Vec::new();
    let (mut iterations, mut gap) = (0, 1.0);
    let mut going = !columns.is_empty() && columns.found(streets, &law, REROUTE_BLOCKS, &mut unreachable, watch);
    while going && !columns.is_empty() && iterations < REROUTE_ROUNDS {
        let Some(found) = columns.extend(streets, &law, watch) else { break };
        (gap, iterations) = (found.relative_gap, iterations + 1);
        going = columns.shift(&law, &found, REROUTE_GAP, watch);
    }
    let status = Status::NotConverged { iterations, residual: gap };
    columns.finish_beside(streets, &law, (base, &passing), status, unreachable)
}

/// Progress on the logarithmic scale of gaps, in hundredths of a digit.
fn digits(gap: f64) -> u64 {
    (-100.0 * gap.clamp(1e-16, 1.0).log10()).round() as u64
}

impl Equilibrium {
    /// Prepares the paths for questions by arc (first detours, [`crate::query`]): worthwhile where many are asked.
    pub fn invert(&self) {
        self.paths.invert(self.volume_veh_h[0].len());
    }

    /// Result columns over all arcs of the twin.
    #[must_use]
    pub fn arc_state(&self, streets: &Streets) -> ArcState {
        let n = streets.n_arcs();
        let total: Vec<f64> = (0..n).map(|arc| self.volume_veh_h.iter().map(|volume| volume[arc]).sum()).collect();
        let mean = |by_class: &dyn Fn(usize, usize) -> f64, arc: usize| {
            if total[arc] > 0.0 {
                (0..N_CLASSES).map(|class| self.volume_veh_h[class][arc] * by_class(class, arc)).sum::<f64>()
                    / total[arc]
            } else {
                let class = if streets.admits[arc] & 1 != 0 { 0 } else { 1 };
                by_class(class, arc)
            }
        };
        let time = |class: usize, arc: usize| self.time_s[class][arc];
        let delay = |class: usize, arc: usize| (self.time_s[class][arc] - streets.free_time_s[class][arc]).max(0.0);
        let pce = |class: usize, _arc: usize| streets.pce[class];
        let queue: Vec<f64> = (0..n)
            .map(|arc| {
                let pce = mean(&pce, arc);
                let over = total[arc] * pce - self.capacity_pce_h[arc];
                if over > 0.0 && self.capacity_pce_h[arc] > 0.0 { over / pce } else { 0.0 }
            })
            .collect();
        ArcState {
            volume_veh_h: streets.rows(&total),
            volume_hgv_h: streets.rows(&self.volume_veh_h[VehicleClass::Truck as usize]),
            travel_time_s: streets.rows(&(0..n).map(|arc| mean(&time, arc)).collect::<Vec<_>>()),
            delay_s: streets.rows(&(0..n).map(|arc| mean(&delay, arc)).collect::<Vec<_>>()),
            queue_veh: streets.rows(&queue),
        }
    }

    /// Sums over the network. Time includes that on the connectors of the zones.
    #[must_use]
    pub fn totals(&self, streets: &Streets) -> Totals {
        let mut totals = Totals { beckmann: self.beckmann, ..Totals::default() };
        for class in 0..N_CLASSES {
            for arc in 0..streets.n_arcs() {
                let volume = self.volume_veh_h[class][arc];
                let time_s = self.time_s[class][arc];
                totals.vehicle_hours += volume * time_s / 3600.0;
                totals.vehicle_km += volume * streets.length_m[arc] / 1000.0;
                totals.delay_veh_h += volume * (time_s - streets.free_time_s[class][arc]) / 3600.0;
            }
        }
        for path in self.paths.iter() {
            totals.trips_veh_h += path.trips_veh_h;
            totals.vehicle_hours += path.trips_veh_h * path.connector_s / 3600.0;
        }
        totals
    }
}

/// Costs under an overlay.
pub(crate) struct Law<'a> {
    streets: &'a Streets,
    /// Cost of each arc without the delay by volume, by class.
    fixed: [Vec<f64>; N_CLASSES],
    delay_time_s: Vec<f64>,
    capacity_pce_h: Vec<f64>,
    delay: Vec<twin::road::VolumeDelay>,
    /// Classes that may use each arc.
    open: Vec<u8>,
}

impl<'a> Law<'a> {
    pub(crate) fn new(streets: &'a Streets, overlay: &Overlay) -> Self {
        let mut law = Self {
            streets,
            fixed: streets.free_time_s.clone(),
            delay_time_s: streets.delay_time_s.clone(),
            capacity_pce_h: streets.capacity_pce_h.clone(),
            delay: streets.delay.clone(),
            open: streets.admits.clone(),
        };
        let mut capacity_changed = vec![false; if overlay.changes.is_empty() { 0 } else { streets.n_arcs() }];
        let mut free_changed = capacity_changed.clone();
        for change in &overlay.changes {
            let Some(arc) = streets.position(change.arc) else { continue };
            law.open[arc] &= !class_bits(change.closed);
            if let Some(delay) = change.delay {
                law.delay[arc] = delay;
            }
            if let Some(capacity) = change.capacity_pce_h {
                let capacity = if capacity_changed[arc] { capacity.min(law.capacity_pce_h[arc]) } else { capacity };
                capacity_changed[arc] = true;
                law.capacity_pce_h[arc] = capacity;
                if !(capacity > 0.0 && capacity.is_finite()) {
                    law.open[arc] = 0;
                    law.capacity_pce_h[arc] = 0.0;
                }
            }
            if let Some(time_s) = change.free_time_s.filter(|time_s| (0.0..f64::INFINITY).contains(time_s)) {
                for fixed in &mut law.fixed {
                    fixed[arc] = if free_changed[arc] { fixed[arc].max(time_s) } else { time_s };
                }
                law.delay_time_s[arc] = law.fixed[0][arc];
                free_changed[arc] = true;
            }
        }
        for change in &overlay.changes {
            let Some(arc) = streets.position(change.arc) else { continue };
            if let Some(speed_kmh) = change.speed_max_kmh.filter(|speed_kmh| *speed_kmh > 0.0) {
                let time_s = streets.length_m[arc] / (speed_kmh / 3.6);
                law.fixed.iter_mut().for_each(|fixed| fixed[arc] = fixed[arc].max(time_s));
                law.delay_time_s[arc] = law.delay_time_s[arc].max(time_s);
            }
            if change.added_delay_s > 0.0 && change.added_delay_s.is_finite() {
                law.fixed.iter_mut().for_each(|fixed| fixed[arc] += change.added_delay_s);
            }
        }
        for fixed in &mut law.fixed {
            fixed.iter_mut().zip(&streets.fixed_cost).for_each(|(fixed, cost)| *fixed += cost);
        }
        law
    }

    /// Delay by volume on an arc and its slope.
    #[inline]
    fn delay_and_slope(&self, arc: usize, volume_pce_h: f64) -> (f64, f64) {
        if self.capacity_pce_h[arc] <= 0.0 {
            return (0.0, 0.0);
        }
        delay::delay_and_slope(self.delay[arc], self.delay_time_s[arc], self.capacity_pce_h[arc], volume_pce_h)
    }

    fn is_open(&self, arc: u32, class: usize) -> bool {
        arc == NONE || self.open[arc as usize] & (1 << class) != 0
    }
}
