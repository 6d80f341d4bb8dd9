//! What a scenario does to the heat network.

use serde::Serialize;

use super::{Interruption, Status};
use crate::{
    Findings, Id,
    building::Building,
    utility::{HeatLink, HeatNode},
};

/// District heat before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatOutcome {
    /// Before.
    pub base: HeatState,
    /// With the outages of the scenario; where they do not all hold at once, while those hold that take heat from most stations.
    pub with: HeatState,
    /// When that state begins, seconds; 0 where no time is said.
    pub at_s: u64,
    /// Links that are out then, by rising id.
    pub shut: Vec<Id<HeatLink>>,
    /// Links that stand shut with and without outages, in the data or by the scenario, by rising id.
    pub standing_shut: Vec<Id<HeatLink>>,
    /// Heat that the house stations at every node ask for in this scenario, watts; 0 where it is not known.
    pub load_w: Vec<f64>,
    /// House stations and draws that lose their heat at some time through the outages, by rising id of their node.
    pub cut_off: Vec<Id<HeatNode>>,
    /// Their buildings, by rising id.
    pub cut_off_buildings: Vec<Id<Building>>,
    /// What the outages take over time: steady states times their durations; nothing where an outage has no end.
    pub interruption: Option<Interruption>,
    /// What was noticed.
    pub findings: Findings,
}

/// A steady state: columns over nodes and links. Of a trench the supply pipe; the columns `return_` hold the other one.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatState {
    /// How the solve ended; the residual is a bound of the largest error of a pipe's pressure loss, bar: measured before the last
    /// step, or the tolerance where that step was known to bring it below.
    pub status: Status,
    /// Gauge pressure, bar; nothing where no pressure is given.
    pub pressure_bar: Vec<Option<f64>>,
    /// Temperature, kelvin: of the water that flows there, else the ambient temperature; nothing where no pressure is given.
    pub temperature_k: Vec<Option<f64>>,
    /// Gauge pressure in the return pipe of a trench, bar.
    pub return_pressure_bar: Vec<Option<f64>>,
    /// Temperature in the return pipe of a trench, kelvin.
    pub return_temperature_k: Vec<Option<f64>>,
    /// Flow along each link, kg/s; 0 where it is shut.
    pub mass_flow_kg_s: Vec<f64>,
    /// Velocity along each link, m/s; 0 where it has no diameter.
    pub velocity_m_s: Vec<f64>,
    /// Temperature where the water leaves each link, kelvin.
    pub outlet_k: Vec<Option<f64>>,
    /// Heat lost to the ground, watts; of a trench both pipes.
    pub heat_loss_w: Vec<f64>,
    /// Heat that a station takes (positive) or a plant gives (negative), watts, by link; 0 for pipes.
    pub heat_w: Vec<f64>,
    /// The same by node, for plants and house stations of a network of trenches.
    pub node_heat_w: Vec<f64>,
    /// House stations and draws without heat, by rising id of their node.
    pub without_heat: Vec<Id<HeatNode>>,
    /// How many stations lack heat at each of them: at least one, a draw without a station too.
    pub n_without_heat: Vec<u32>,
    /// Totals.
    pub totals: HeatTotals,
}

/// Sums over a heat network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct HeatTotals {
    /// Heat that plants and feeds give, watts.
    pub produced_w: f64,
    /// Heat that house stations and draws take, watts.
    pub consumed_w: f64,
    /// Heat lost to the ground, watts.
    pub lost_w: f64,
    /// House stations with heat.
    pub consumers_served: u32,
    /// House stations without heat.
    pub consumers_cut_off: u32,
    /// Heat that they lack, watts, where it is known.
    pub unserved_w: f64,
    /// Least pressure difference between supply and return at a house station, bar.
    pub worst_point_bar: Option<f64>,
    /// Lowest temperature at the inlet of a house station, kelvin.
    pub coldest_k: Option<f64>,
}
