//! Electricity before and after.

use serde::Serialize;

use super::Status;
use crate::{
    Id,
    building::Building,
    utility::{PowerBranch, PowerBus, PowerUnit},
};

/// Electricity before (base) and with the scenario. For the base case both are equal.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerOutcome {
    /// How the base solve ended; the residual is per unit of the power base.
    pub base_status: Status,
    /// How the solve with the scenario ended.
    pub status: Status,
    /// Voltages and flows in the base case.
    pub base: PowerState,
    /// Voltages and flows with the scenario.
    pub with: PowerState,
    /// Totals in the base case.
    pub base_totals: PowerTotals,
    /// Totals with the scenario.
    pub totals: PowerTotals,
    /// Buses in service that no grid feeds even in the base case, by rising id.
    pub dark_before: Vec<Id<PowerBus>>,
    /// Buses that lose their supply, by rising id.
    pub dark_buses: Vec<Id<PowerBus>>,
    /// Loads that lose their supply, by rising id.
    pub dark_units: Vec<Id<PowerUnit>>,
    /// Buildings that lose their supply, by rising id.
    pub dark_buildings: Vec<Id<Building>>,
    /// Supply points that lose their supply, in the order of the network.
    pub lost: Vec<LostSupply>,
    /// What switching brings back, where something is dark.
    pub restoration: Option<Restoration>,
    /// A whole day, where the scenario asks for it (`power.day`).
    pub day: Option<PowerDay>,
}

/// A supply point (something that draws power) that loses its supply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LostSupply {
    /// Its bus.
    pub bus: Id<PowerBus>,
    /// The load; nothing where the bus itself draws.
    pub unit: Option<Id<PowerUnit>>,
    /// What it draws at rated voltage, MW.
    pub load_mw: f64,
    /// Whether switching brings it back ([`PowerOutcome::restoration`]).
    pub comes_back: bool,
}

/// A day in quarters of an hour, with the outages and the technologies of the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerDay {
    /// Customers that may have technologies.
    pub n_customers: u32,
    /// How many of them have a heat pump, a wallbox, photovoltaics.
    pub owners: [u32; 3],
    /// The quarters of an hour from midnight on.
    pub quarters: Vec<PowerQuarter>,
    /// Lines and transformers that carry more than they can at any time, the most loaded first.
    pub overloaded: Vec<OverloadedBranch>,
    /// Buses whose voltage is out of the band at any time, by rising id.
    pub out_of_band: Vec<Id<PowerBus>>,
}

/// A quarter of an hour.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct PowerQuarter {
    /// Whether the power flow converges; else the figures are 0.
    pub converged: bool,
    /// Load less generation at the customers, MW.
    pub net_load_mw: f64,
    /// Lowest voltage, per unit.
    pub min_vm_pu: f64,
    /// Highest voltage, per unit.
    pub max_vm_pu: f64,
    /// Greatest loading.
    pub max_loading_percent: f64,
    /// Lines and transformers that carry more than they can.
    pub n_overloaded: u32,
    /// Buses whose voltage is out of the band.
    pub n_out_of_band: u32,
}

/// A line or transformer that carries more than it can at some time of a day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OverloadedBranch {
    /// The branch.
    pub branch: Id<PowerBranch>,
    /// Its greatest loading.
    pub max_loading_percent: f64,
    /// The quarter of an hour of that loading, from 0.
    pub worst_quarter: u32,
    /// Quarters of an hour in which it carries more than it can.
    pub n_quarters: u32,
}

/// Columns over buses and branches of the twin; nothing where a bus or branch is not live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PowerState {
    /// Voltage, per unit of the bus's rated voltage.
    pub vm_pu: Vec<Option<f64>>,
    /// Angle of the voltage, degrees.
    pub va_deg: Vec<Option<f64>>,
    /// Active power drawn at the bus (fed in where negative), MW.
    pub p_mw: Vec<Option<f64>>,
    /// Reactive power drawn at the bus, Mvar.
    pub q_mvar: Vec<Option<f64>>,
    /// Flow of each branch.
    pub flow: Vec<Option<BranchFlow>>,
}

/// Flow of a branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct BranchFlow {
    /// Active power into it at its beginning, MW.
    pub p_from_mw: f64,
    /// Reactive power into it at its beginning, Mvar.
    pub q_from_mvar: f64,
    /// Active power into it at its end, MW.
    pub p_to_mw: f64,
    /// Reactive power into it at its end, Mvar.
    pub q_to_mvar: f64,
    /// Current at its beginning, kA.
    pub i_from_ka: f64,
    /// Current at its end, kA.
    pub i_to_ka: f64,
    /// Part of what it can carry; nothing where that is not known.
    pub loading_percent: Option<f64>,
}

/// Sums over the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct PowerTotals {
    /// Load that is supplied, MW.
    pub supplied_mw: f64,
    /// Load without supply, MW.
    pub unsupplied_mw: f64,
    /// Customers (loads) that are supplied.
    pub customers_supplied: u32,
    /// Customers without supply.
    pub customers_unsupplied: u32,
    /// Power from the grids above, MW.
    pub feed_mw: f64,
    /// Losses of lines, transformers and impedances, MW.
    pub losses_mw: f64,
    /// Lowest voltage, per unit; 0 where nothing is live.
    pub min_vm_pu: f64,
    /// Highest voltage, per unit; 0 where nothing is live.
    pub max_vm_pu: f64,
    /// Greatest loading of a line or transformer.
    pub max_loading_percent: f64,
    /// Buses whose voltage is out of the band.
    pub n_out_of_band: u32,
    /// Lines and transformers that carry more than they can.
    pub n_overloaded: u32,
}

/// What switching brings back after an outage.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Restoration {
    /// The switching actions, in order.
    pub steps: Vec<SwitchStep>,
    /// Load that is brought back, MW.
    pub restored_mw: f64,
    /// Load that stays dark, MW.
    pub dark_mw: f64,
    /// Customers that stay dark.
    pub customers_dark: u32,
    /// Buses that stay dark, by rising id.
    #[serde(skip)]
    pub dark_buses: Vec<Id<PowerBus>>,
    /// Lowest voltage after it, per unit.
    pub min_vm_pu: f64,
    /// Greatest loading after it.
    pub max_loading_percent: f64,
    /// Whether voltages keep the band and nothing is overloaded (beyond what was before the outage).
    pub within_limits: bool,
    /// Whether only some of the possible switchings were looked through, since there are more than the search holds: a better one may
    /// be among the others.
    pub is_thinned: bool,
}

/// A switching action.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SwitchStep {
    /// Key of the switch: `power_switch/107`.
    pub switch: crate::Key,
    /// Whether it is closed, else opened.
    pub close: bool,
}

impl PowerState {
    /// A state in which nothing is live.
    #[must_use]
    pub fn dark(n_buses: usize, n_branches: usize) -> Self {
        Self {
            vm_pu: vec![None; n_buses],
            va_deg: vec![None; n_buses],
            p_mw: vec![None; n_buses],
            q_mvar: vec![None; n_buses],
            flow: vec![None; n_branches],
        }
    }

    /// The flow of a branch.
    #[must_use]
    pub fn flow_of(&self, branch: Id<PowerBranch>) -> Option<&BranchFlow> {
        self.flow.get(branch.index())?.as_ref()
    }

    /// The voltage of a bus, per unit.
    #[must_use]
    pub fn vm_pu_of(&self, bus: Id<PowerBus>) -> Option<f64> {
        self.vm_pu.get(bus.index()).copied().flatten()
    }
}
