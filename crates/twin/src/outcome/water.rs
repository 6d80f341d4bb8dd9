//! What a scenario triggers in the water network.

use serde::Serialize;

use super::{Interruption, Status};
use crate::{Id, scenario::WaterDemandModel, utility::WaterNode};

/// Water with the scenario, and what it takes from whom.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterOutcome {
    /// What junctions drew when the pressure was low.
    pub demand_model: WaterDemandModel,
    /// Pressure below which a junction with demand counts as badly supplied, metres.
    pub required_pressure_m: f64,
    /// Time that is simulated, seconds: tanks, patterns and controls run over it. 0 where states are steady, also where outages
    /// say when they begin and end.
    pub simulated_s: u64,
    /// One per time of the simulation at which results are due.
    pub times: Vec<WaterTime>,
    /// Figures without the outages.
    pub base_totals: WaterTotals,
    /// Figures with them.
    pub totals: WaterTotals,
    /// Whom the outages take water or pressure from, by rising node.
    pub affected: Vec<WaterAffected>,
    /// What the outages take over time; nothing without outages, or where no time is simulated and no end is said.
    pub interruption: Option<Interruption>,
    /// How low each tank falls, by rising node; only where time is simulated.
    pub tanks: Vec<TankLevel>,
}

/// How low a tank falls from the first outage to the end of the simulated time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TankLevel {
    /// The tank.
    pub node: Id<WaterNode>,
    /// Lowest level above its lowest admissible one without the outages, metres.
    pub base_reserve_m: f64,
    /// The same with the outages.
    pub reserve_m: f64,
    /// First time at which that level is reached with them, seconds.
    pub at_s: u64,
    /// First time at which it is empty with them, seconds; nothing where it never is.
    pub empty_at_s: Option<u64>,
}

/// The network at a time. Columns have one entry per node or link, in the order of the twin.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterTime {
    /// Seconds since the start.
    pub time_s: u64,
    /// How the solve ended.
    pub status: Status,
    /// Head, metres; means nothing where a node is cut off ([`WaterTime::head_m_at`]).
    pub head_m: Vec<f64>,
    /// Pressure, metres of water; of a tank its level, of a reservoir 0; means nothing where a node is cut off
    /// ([`WaterTime::pressure_m_at`]).
    pub pressure_m: Vec<f64>,
    /// What a junction asks for, m³/s; of a source, its net inflow.
    pub demand_m3_s: Vec<f64>,
    /// What it gets: nothing below zero pressure, though the demand-driven model draws it and flows contain it.
    pub served_m3_s: Vec<f64>,
    /// How a node is supplied.
    pub supply: Vec<Supply>,
    /// Flow in the direction of the link, m³/s.
    pub flow_m3_s: Vec<f64>,
    /// Velocity, m/s; 0 for a pump.
    pub velocity_m_s: Vec<f64>,
    /// Head at the begin less head at the end, metres; 0 for a closed link.
    pub headloss_m: Vec<f64>,
    /// What the link does: `open`, `closed`, `active`, `cannot_lift`, `temporarily_closed`, `cannot_reach_flow`,
    /// `cannot_hold_pressure`, `out_of_service`.
    pub link_status: Vec<&'static str>,
}

impl WaterTime {
    /// Head of a node, metres; nothing where it is cut off.
    #[must_use]
    pub fn head_m_at(&self, node: usize) -> Option<f64> {
        self.head_m.get(node).copied().filter(|_| self.has_pressure(node))
    }

    /// Pressure of a node, metres of water; nothing where it is cut off.
    #[must_use]
    pub fn pressure_m_at(&self, node: usize) -> Option<f64> {
        self.pressure_m.get(node).copied().filter(|_| self.has_pressure(node))
    }

    fn has_pressure(&self, node: usize) -> bool {
        self.supply.get(node).is_some_and(|supply| *supply != Supply::CutOff)
    }
}

/// How a node is supplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Supply {
    /// With its pressure.
    Supplied,
    /// Below the required pressure.
    LowPressure,
    /// Below zero: the model's demand cannot be drawn there.
    NegativePressure,
    /// By nothing: no open link joins it to a source.
    CutOff,
}

impl Supply {
    /// Name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Supplied => "supplied",
            Self::LowPressure => "low_pressure",
            Self::NegativePressure => "negative_pressure",
            Self::CutOff => "cut_off",
        }
    }
}

/// Figures over all times.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct WaterTotals {
    /// Water asked for, m³; at a single time, for one second of it.
    pub demand_m3: f64,
    /// Water served, m³; below zero pressure nothing is.
    pub served_m3: f64,
    /// Greatest demand not served at a time, m³/s.
    pub not_served_m3_s: f64,
    /// Most junctions with demand below the required pressure at a time.
    pub junctions_below_pressure: u32,
    /// Most junctions without any connection to a source at a time.
    pub junctions_cut_off: u32,
    /// Lowest pressure of a junction with demand, metres; nothing where nobody draws water.
    pub min_pressure_m: Option<f64>,
    /// Lowest level of a tank above its lowest one, metres; nothing where there is no tank.
    pub min_tank_reserve_m: Option<f64>,
}

/// A junction that the outages take water or pressure from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WaterAffected {
    /// The junction.
    pub node: Id<WaterNode>,
    /// How it is supplied at the worst time.
    pub supply: Supply,
    /// First time at which it is worse off than without the outages, seconds.
    pub from_s: u64,
    /// Greatest demand not served because of them, m³/s.
    pub not_served_m3_s: f64,
    /// Pressure at the worst time, metres; nothing where it is cut off then.
    pub pressure_m: Option<f64>,
    /// When it has its supply back for good, seconds; nothing where it does not within the simulated time.
    pub to_s: Option<u64>,
    /// Customers: addresses of its building, at least one where water is drawn.
    pub customers: u32,
    /// Seconds without water, beyond those without the outages.
    pub without_s: u64,
    /// Seconds with water below the required pressure, beyond those without the outages.
    pub low_pressure_s: u64,
    /// Demand not served because of them, m³; 0 where no time is simulated.
    pub not_served_m3: f64,
}
