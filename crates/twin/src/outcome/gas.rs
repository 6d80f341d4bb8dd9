//! What a scenario does to the gas network.

use serde::Serialize;

use super::{Interruption, Status};
use crate::{
    Findings, Id,
    building::Building,
    utility::{GasLink, GasNode},
};

/// Gas before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct GasOutcome {
    /// Before.
    pub base: GasState,
    /// With the outages of the scenario; where they do not all hold at once, while those hold that take gas from most customers.
    pub with: GasState,
    /// When that state begins, seconds; 0 where no time is said.
    pub at_s: u64,
    /// Links that are out then, by rising id.
    pub shut: Vec<Id<GasLink>>,
    /// Links that stand shut with and without outages, in the data or by the scenario, by rising id.
    pub standing_shut: Vec<Id<GasLink>>,
    /// What every node asks for in this scenario, m³/h at standard conditions.
    pub demand_m3_h: Vec<f64>,
    /// Temperature of the gas at every node in this scenario, kelvin.
    pub temperature_k: Vec<f64>,
    /// Nodes with customers that lose their gas at some time through the outages, by rising id.
    pub cut_off: Vec<Id<GasNode>>,
    /// Their buildings, by rising id.
    pub cut_off_buildings: Vec<Id<Building>>,
    /// What the outages take over time: steady states times their durations; nothing where an outage has no end.
    pub interruption: Option<Interruption>,
    /// What was noticed.
    pub findings: Findings,
}

/// A steady state: columns over nodes and links.
#[derive(Clone, Debug, PartialEq)]
pub struct GasState {
    /// How the solve ended; the residual is a bound of the largest error of a pipe's pressure loss, bar: measured before the last
    /// step, or the tolerance where that step was known to bring it below.
    pub status: Status,
    /// Gauge pressure, bar; nothing where no feed reaches or the pressure breaks down.
    pub pressure_bar: Vec<Option<f64>>,
    /// Flow along each link, kg/s; 0 where it is shut.
    pub mass_flow_kg_s: Vec<f64>,
    /// Mean velocity along each link, m/s; 0 where it has no diameter.
    pub velocity_m_s: Vec<f64>,
    /// Infeed at nodes with a given pressure, kg/s; 0 elsewhere.
    pub feed_kg_s: Vec<f64>,
    /// Totals.
    pub totals: GasTotals,
}

/// Sums over a gas network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct GasTotals {
    /// Draw that is met, kg/s.
    pub served_kg_s: f64,
    /// Draw that is not met, kg/s.
    pub unserved_kg_s: f64,
    /// Customers with gas.
    pub customers_served: u32,
    /// Customers without gas.
    pub customers_cut_off: u32,
    /// Lowest gauge pressure at a customer with gas, bar.
    pub lowest_bar: Option<f64>,
    /// Greatest velocity, m/s.
    pub fastest_m_s: f64,
}
