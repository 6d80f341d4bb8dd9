//! A working day in slices: how queues grow, spill back and clear.

use serde::Serialize;

use super::{Alternation, Status};
use crate::{
    Id,
    road::{Arc, RoadNode},
};

/// Slices of a day.
pub const N_SLICES: usize = 96;
/// Length of a slice, seconds.
pub const SLICE_S: f64 = 900.0;

/// A working day from midnight to midnight, before (base) and with the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct DayOutcome {
    /// How the day without measures was loaded; the residual is the relative error of the count of vehicles.
    pub base_status: Status,
    /// How the day with the scenario was loaded.
    pub status: Status,
    /// The worst of the 48 equilibria that give the routes; the residual is its relative gap.
    pub routes_status: Status,
    /// Sums without measures.
    pub base_totals: DayTotals,
    /// Sums with the scenario.
    pub totals: DayTotals,
    /// Streets without measures.
    pub base: DayState,
    /// Streets with the scenario.
    pub with: DayState,
    /// The queues before each closure that narrows a street, in the order of the scenario.
    pub approaches: Vec<Approach>,
    /// How traffic alternates past each half closure, by closure and time.
    pub plans: Vec<HourPlan>,
    /// Where the scenario lets queues grow elsewhere, the longest first.
    pub elsewhere: Vec<QueueElsewhere>,
}

/// How traffic alternates past a half closure in some slices of one hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct HourPlan {
    /// The closure, as a position in the scenario.
    pub closure: usize,
    /// First slice in which it holds.
    pub begin: usize,
    /// The slice after the last one in which it holds.
    pub end: usize,
    /// Cycle, greens, capacities, volumes, waits.
    pub alternation: Alternation,
}

/// What happens on the arcs in each slice. Columns have one entry per slice and arc of `arcs`, slice by slice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DayState {
    /// Arcs that carry traffic at any time of the day, rising.
    pub arcs: Vec<Arc>,
    /// Vehicles that enter the arc in the slice.
    pub inflow_veh: Vec<f32>,
    /// Vehicles that leave it in the slice.
    pub outflow_veh: Vec<f32>,
    /// Vehicles that wait on it at the end of the slice: they would have left if the way ahead were free.
    pub queue_veh: Vec<f32>,
    /// Vehicles that wait at the end of the slice to enter it from a plot or from beyond the map.
    pub waiting_veh: Vec<f32>,
    /// Waiting on it in the slice, vehicle-hours.
    pub queue_veh_h: Vec<f32>,
    /// Part of the slice in which it is full, so that vehicles wait before it.
    pub full_share: Vec<f32>,
}

impl DayState {
    /// Position of an entry in the columns; nothing where no traffic ever is.
    #[must_use]
    pub fn position(&self, arc: Arc, slice: usize) -> Option<usize> {
        let row = self.arcs.binary_search(&arc).ok()?;
        (slice < N_SLICES).then(|| slice * self.arcs.len() + row)
    }

    /// A column's value; 0 where no traffic ever is.
    #[must_use]
    pub fn at(&self, column: &[f32], arc: Arc, slice: usize) -> f64 {
        self.position(arc, slice).and_then(|position| column.get(position)).map_or(0.0, |&value| f64::from(value))
    }
}

/// Sums over a day. Vehicles that entered have arrived, are on the streets, or wait to enter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct DayTotals {
    /// Vehicles that wanted to enter.
    pub entered_veh: f64,
    /// Vehicles that arrived.
    pub arrived_veh: f64,
    /// Vehicles on the streets at midnight.
    pub on_streets_veh: f64,
    /// Vehicles that wait at midnight to enter.
    pub waiting_veh: f64,
    /// Trips without any way, left out.
    pub without_way_veh: f64,
    /// Time of all vehicles, vehicle-hours.
    pub vehicle_hours: f64,
    /// Distance of all vehicles, vehicle-kilometres.
    pub vehicle_km: f64,
    /// Part of the time beyond that on empty streets, vehicle-hours.
    pub delay_veh_h: f64,
    /// Part of the delay in queues where capacity is exceeded, vehicle-hours.
    pub queue_veh_h: f64,
    /// Most vehicles in queues at the end of any slice.
    pub queue_max_veh: f64,
    /// Vehicles that were let into a full street because otherwise nothing would have moved (gridlock).
    pub forced_veh: f64,
}

impl DayTotals {
    /// Vehicles that are not accounted for, as a part of those that entered: rounding.
    #[must_use]
    pub fn lost_share(&self) -> f64 {
        let kept = self.arrived_veh + self.on_streets_veh + self.waiting_veh;
        (self.entered_veh - kept).abs() / self.entered_veh.max(1.0)
    }
}

/// The queue before a closure in one direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Approach {
    /// The closure, as a position in the scenario.
    pub closure: usize,
    /// 0 along the closure's section, 1 against it.
    pub direction: usize,
    /// The arc on which the stop line is.
    pub arc: Arc,
    /// The stop line, metres from the begin of the arc.
    pub stop_m: f64,
    /// By slice.
    pub slices: Vec<ApproachSlice>,
    /// The longest queue, if there is any.
    pub longest: Option<LongestQueue>,
    /// Waiting in this queue over the day, vehicle-hours.
    pub queue_veh_h: f64,
}

/// A queue in one slice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct ApproachSlice {
    /// Whether the closure holds.
    pub active: bool,
    /// Vehicles that come to the stop line's arc in the slice.
    pub inflow_veh: f64,
    /// Capacity at the stop line, vehicles per hour.
    pub capacity_veh_h: f64,
    /// Vehicles that wait at the end of the slice, on the arc and, where it is full, before it: what green cannot serve.
    pub queue_veh: f64,
    /// Vehicles that wait besides at the end of red and leave with the next green, in a mean cycle of a signal.
    pub red_queue_veh: f64,
    /// How far the queue reaches back from the stop line at the end of the slice, metres; with a signal at the end of red.
    pub tailback_m: f64,
    /// Mean wait of those who come in the slice, seconds.
    pub wait_s: f64,
}

/// A queue at its longest.
#[derive(Clone, Debug, PartialEq)]
pub struct LongestQueue {
    /// The slice at whose end it is longest.
    pub slice: usize,
    /// Vehicles in it.
    pub queue_veh: f64,
    /// How far it reaches back, metres.
    pub tailback_m: f64,
    /// The slice in which it begins.
    pub begin: usize,
    /// The slice at whose end it has gone; nothing where it lasts until midnight.
    pub cleared: Option<usize>,
    /// The junctions over which it reaches back, in the order in which it comes to them.
    pub junctions: Vec<Id<RoadNode>>,
    /// The arcs before those junctions on which vehicles wait, in the same order.
    pub arcs: Vec<Arc>,
}

/// A queue that the scenario lets grow away from the closures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct QueueElsewhere {
    /// Where.
    #[serde(skip)]
    pub arc: Arc,
    /// The slice at whose end it has grown most.
    pub slice: usize,
    /// Vehicles in it then without measures.
    pub base_veh: f64,
    /// Vehicles in it then with the scenario.
    pub queue_veh: f64,
}

/// The time of day at the end of a slice, as hours and minutes: 07:15 for slice 28, 24:00 for the last one.
#[must_use]
pub const fn end_of(slice: usize) -> (usize, usize) {
    ((slice + 1) / 4, (slice + 1) % 4 * 15)
}

/// The time of day at the begin of a slice, as hours and minutes.
#[must_use]
pub const fn begin_of(slice: usize) -> (usize, usize) {
    (slice / 4, slice % 4 * 15)
}
