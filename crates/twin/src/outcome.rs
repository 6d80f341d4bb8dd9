//! Outcomes: what a scenario triggers. No geometry, no wall-clock time, no path: pictures join by id.

mod band;
pub mod day;
pub mod environment;
mod outage;
mod power;
pub mod query;
pub mod signal;
pub mod touched;
pub mod water;

use serde::Serialize;

pub use band::{Band, Share};
pub use environment::Environment;
pub use outage::{CutOff, Inflow, Interruption, Isolation, NotServed, ValveToClose, residents_of};
pub use power::{
    BranchFlow, LostSupply, OverloadedBranch, PowerDay, PowerOutcome, PowerQuarter, PowerState, PowerTotals,
    Restoration, SwitchStep,
};

use crate::{
    Findings, Id, Key,
    building::Address,
    demand::VehicleClass,
    road::{Arc, RoadLink, RoadNode},
    scenario::{ClosureKind, Control},
    transit::BusRoute,
};
pub use touched::Touched;
pub use water::{Supply, TankLevel, WaterAffected, WaterOutcome, WaterTime, WaterTotals};

mod coupling;
mod gas;
mod heat;

pub use coupling::Coupling;
pub use gas::{GasOutcome, GasState, GasTotals};
pub use heat::{HeatOutcome, HeatState, HeatTotals};

/// What a scenario triggers.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Name of the scenario.
    pub scenario: String,
    /// Traffic, where the twin has streets.
    pub traffic: Option<TrafficOutcome>,
    /// Electricity, where the twin has a power network.
    pub power: Option<PowerOutcome>,
    /// Gas, where the twin has a gas network.
    pub gas: Option<GasOutcome>,
    /// District heat, where the twin has a heat network.
    pub heat: Option<HeatOutcome>,
    /// Water, where the twin has a water network.
    pub water: Option<WaterOutcome>,
    /// How outages of pipe networks are shut off by valves, where the scenario asks for it.
    pub isolations: Vec<Isolation>,
    /// What the outage of electricity does to water, where pumps stand still.
    pub coupling: Option<Coupling>,
    /// Everybody else whom the closures touch: emergency services, buses, people on foot and by bicycle, lorries.
    pub touched: Option<Touched>,
    /// Fuel, carbon dioxide and noise before and with the scenario, where the twin has streets.
    pub environment: Option<Environment>,
    /// Answers to the questions of the scenario, one per computed hour; none where nothing was asked.
    pub answers: Vec<query::HourAnswers>,
    /// What each of several closures adds to their joint effect.
    pub shares: Vec<Share>,
    /// How far figures move when what is assumed is varied.
    pub bands: Vec<Band>,
    /// What was noticed on the way: warnings of closures, trips without a way, assumptions.
    pub findings: Findings,
}

impl Outcome {
    /// An outcome of nothing yet.
    #[must_use]
    pub fn empty(scenario: &str) -> Self {
        Self {
            scenario: scenario.to_owned(),
            traffic: None,
            water: None,
            coupling: None,
            power: None,
            gas: None,
            heat: None,
            isolations: Vec::new(),
            touched: None,
            environment: None,
            answers: Vec::new(),
            shares: Vec::new(),
            bands: Vec::new(),
            findings: Findings::default(),
        }
    }
}

/// How a solver ended.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Status {
    /// Reached the demanded accuracy.
    Converged {
        /// Iterations used.
        iterations: u32,
        /// Residual reached (for traffic the relative gap).
        residual: f64,
    },
    /// Stopped at the limit of iterations.
    NotConverged {
        /// Iterations used.
        iterations: u32,
        /// Residual reached.
        residual: f64,
    },
    /// Somebody stopped it.
    Cancelled {
        /// Iterations used.
        iterations: u32,
        /// Residual reached.
        residual: f64,
    },
    /// There was nothing to solve: no street, no demand.
    Empty,
}

impl Status {
    /// Whether the result has the demanded accuracy.
    #[must_use]
    pub const fn is_fine(self) -> bool {
        matches!(self, Self::Converged { .. } | Self::Empty)
    }

    /// The residual reached; 0 where there was nothing to solve.
    #[must_use]
    pub const fn residual(self) -> f64 {
        match self {
            Self::Converged { residual, .. }
            | Self::NotConverged { residual, .. }
            | Self::Cancelled { residual, .. } => residual,
            Self::Empty => 0.0,
        }
    }

    /// The iterations used.
    #[must_use]
    pub const fn iterations(self) -> u32 {
        match self {
            Self::Converged { iterations, .. }
            | Self::NotConverged { iterations, .. }
            | Self::Cancelled { iterations, .. } => iterations,
            Self::Empty => 0,
        }
    }
}

/// Traffic before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficOutcome {
    /// One per computed hour, in the order of the scenario.
    pub hours: Vec<HourOutcome>,
    /// What each closure of the scenario does on the ground, in the order of the scenario.
    pub closures: Vec<ClosureOutcome>,
    /// Addresses that no car can reach while everything is closed, by rising id.
    pub cut_off_addresses: Vec<Id<Address>>,
    /// Addresses that no car could reach before either, by rising id: they do not count as cut off.
    pub unreachable_before: Vec<Id<Address>>,
    /// Bus routes whose way leads through a closed section, by rising id.
    pub affected_bus_routes: Vec<Id<BusRoute>>,
    /// The whole day in slices, where the scenario asks for it (`traffic.day`).
    pub day: Option<day::DayOutcome>,
}

/// One hour of the day, before (base) and with the scenario. For the base case both are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct HourOutcome {
    /// Hour of the day.
    pub hour: u8,
    /// How the base solve ended.
    pub base_status: Status,
    /// How the solve with the scenario ended.
    pub status: Status,
    /// Streets in the base case.
    pub base: ArcState,
    /// Streets with the scenario.
    pub with: ArcState,
    /// Totals in the base case.
    pub base_totals: Totals,
    /// Totals with the scenario.
    pub totals: Totals,
    /// What the trips that have no way left drove in the base case: no part of a comparison of those that arrive.
    pub base_of_cut_off: Totals,
    /// Trips that have no way left, by class.
    pub cut_off_trips: Vec<CutOffTrips>,
    /// Where the trips that used the closed sections go now, the strongest first.
    pub detours: Vec<Detour>,
}

/// Columns over all arcs ([`Arc::index`]); zero where no motor vehicle may drive.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArcState {
    /// All vehicles, vehicles per hour.
    pub volume_veh_h: Vec<f64>,
    /// Heavy goods vehicles among them.
    pub volume_hgv_h: Vec<f64>,
    /// Time to drive along, seconds (a TNTP twin: its own unit).
    pub travel_time_s: Vec<f64>,
    /// Part of it that is delay over the empty street.
    pub delay_s: Vec<f64>,
    /// Vehicles that wait at the end of the hour because capacity is exceeded.
    pub queue_veh: Vec<f64>,
}

/// Sums over the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Totals {
    /// Trips that reach their destination, vehicles per hour.
    pub trips_veh_h: f64,
    /// Time spent, vehicle-hours per hour.
    pub vehicle_hours: f64,
    /// Distance driven, vehicle-kilometres per hour.
    pub vehicle_km: f64,
    /// Delay over empty streets, vehicle-hours per hour.
    pub delay_veh_h: f64,
    /// Beckmann objective, in the unit of the costs × vehicles.
    pub beckmann: f64,
}

/// Trips of one class that have no way left.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CutOffTrips {
    /// Class.
    pub class: VehicleClass,
    /// Trips, vehicles per hour.
    pub trips_veh_h: f64,
    /// Pairs of zones: origin and destination key, trips.
    pub pairs: Vec<(Key, Key, f64)>,
}

/// A way that trips take instead of a closed section.
#[derive(Clone, Debug, PartialEq)]
pub struct Detour {
    /// The arcs gained, in order.
    pub arcs: Vec<Arc>,
    /// Trips that changed to it, vehicles per hour.
    pub trips_veh_h: f64,
    /// Mean added distance of these trips, metres.
    pub added_distance_m: f64,
    /// Mean added time of these trips, seconds.
    pub added_time_s: f64,
}

/// What a closure does on the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosureOutcome {
    /// Kind.
    pub kind: ClosureKind,
    /// Control of a half closure.
    pub control: Option<Control>,
    /// The affected sections, in order along the street.
    pub sections: Vec<ClosedSection>,
    /// Length of the work site, metres.
    pub length_m: f64,
    /// Whether it holds in each computed hour.
    pub active: Vec<bool>,
    /// Volume through the affected section without it, both directions, vehicles per hour, by computed hour.
    pub base_volume_veh_h: Vec<f64>,
    /// Signal or priority control of a half closure: one per computed hour in which it holds.
    pub alternation: Vec<Alternation>,
    /// Room for waiting vehicles before a half closure, along and against; nothing where a direction is not driven.
    pub rooms: [Option<QueueRoom>; 2],
}

/// Room between a stop line and the junction before it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QueueRoom {
    /// Length, metres.
    pub length_m: f64,
    /// Passenger cars that have room on it.
    pub vehicles: f64,
    /// The junction; nothing where the street goes on without one for long, or ends.
    pub junction: Option<Id<RoadNode>>,
    /// A street that leads into that junction from elsewhere.
    pub cross: Option<Id<RoadLink>>,
}

/// A closed part of a section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosedSection {
    /// The section.
    pub link: Id<RoadLink>,
    /// Begin of the closed part along its digitized direction, metres.
    pub from_m: f64,
    /// End of the closed part, metres.
    pub to_m: f64,
    /// Whether the closure runs along the digitized direction.
    pub along: bool,
}

/// How traffic alternates past a half closure in one hour. Index 0 is along the closure's section, 1 against it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Alternation {
    /// Cycle time, seconds.
    pub cycle_s: f64,
    /// Green time per direction, seconds.
    pub green_s: [f64; 2],
    /// Clearance time per change, seconds.
    pub clearance_s: f64,
    /// Capacity per direction, vehicles per hour.
    pub capacity_veh_h: [f64; 2],
    /// Volume per direction, vehicles per hour.
    pub volume_veh_h: [f64; 2],
    /// Mean delay per direction, seconds.
    pub delay_s: [f64; 2],
    /// Vehicles left over at the end of the hour per direction.
    pub queue_veh: [f64; 2],
}
