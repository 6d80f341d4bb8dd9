//! A law: steady flow and temperatures of district heat.
//!
//! # Model
//!
//! Supply and return are one network of pipes; plants and house stations stand between them. A network that is drawn by
//! trench is doubled first. Water flows as in [`crate::gas`], but with pressures instead of their squares; density, viscosity
//! and heat capacity follow the temperature. Along a pipe in ground of temperature T_g the water cools to
//!
//! T_out = T_g + (T_in − T_g)·exp(−u·L/(c·|m|)),
//!
//! in a station by Q/(c·m) or to its return temperature; at nodes what flows in is mixed by its enthalpy.
//!
//! # Method
//!
//! Newton's method for pressures and flows ([`crate::gas`]); one pass over nodes and branches in the order of the flow for
//! the temperatures, in linear time (only rings that water circles in are iterated); around both Newton's method on the flows of
//! the stations that keep a return temperature: what the flow of one does to the inlet temperature of another along the pipes
//! that they share is a network of resistors (exact where pipes form a tree). Where that comes no nearer, Anderson's mixing of
//! past rounds helps.
//!
//! # Assumptions
//!
//! Steady state; the water that feeds in with a given flow has the temperature of its node; friction does not heat. Branches
//! and nodes at rest have the ambient temperature. One circulation pump keeps the pressure of each connected part; further
//! ones keep their supply pressure by their speed. Left out: heat conduction between supply and return, dynamics.
//!
//! # Units and shapes
//!
//! Pressures in bar (gauge), flows in kg/s, temperatures in K, heat in W. Columns have one entry per node or link.
//!
//! # Errors
//!
//! None: what cannot be computed is a [`twin::outcome::Status`] and a finding with the key of the node or link.
//!
//! # References
//!
//! - D. Lohmeier et al. (2020): pandapipes. Sustainability 12(23), 9899. <https://doi.org/10.3390/su12239899> Golden tests:
//!   two cases of Schutterwald and five nets made for OpenModelica, all against results of pandapipes.
//! - B. van der Heijde, M. Fuchs et al. (2017): Dynamic equation-based thermo-hydraulic pipe model for district heating and
//!   cooling systems. Energy Convers. Manag. 151. <https://doi.org/10.1016/j.enconman.2017.08.072>

mod compile;
mod curves;
mod failure;
mod follow;
mod mix;
mod solve;
mod state;
mod thermal;

pub use failure::HeatFailure;

use twin::{
    Assumptions, Findings, Id,
    outcome::HeatState,
    utility::{Fluid, HeatLink, HeatNetwork, Operation},
};

use crate::hydraulics::{Grid, Newton, Supply};
use curves::Curves;

/// How exactly to compute, and how plants are controlled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatOptions {
    /// Largest error of a pipe's pressure loss, bar.
    pub tolerance_bar: f64,
    /// Largest change of a temperature in the last round, K.
    pub tolerance_k: f64,
    /// Limit of rounds of flows and temperatures.
    pub max_rounds: u32,
    /// Least pressure difference at the house station with the least: then the lift of the plants that keep a lift follows it
    /// (worst-point control).
    pub worst_point_bar: Option<f64>,
}

impl Default for HeatOptions {
    fn default() -> Self {
        Self { tolerance_bar: 1e-9, tolerance_k: 1e-6, max_rounds: 400, worst_point_bar: None }
    }
}

/// A heat network ready to be computed: compiled once, then solved for any links shut.
#[derive(Clone, Debug)]
pub struct Heat {
    grid: Grid,
    fluid: Fluid,
    curves: Curves,
    ambient_k: f64,
    /// The number of nodes and links of the network.
    n_nodes: usize,
    /// The node of the return side of a trench.
    return_node: Vec<Option<u32>>,
    /// Branches of every link: first and number; of a trench first the supply pipe, then the return pipe.
    branches: Vec<(u32, u32)>,
    open: Vec<bool>,
    in_service: Vec<bool>,
    draw_kg_s: Vec<f64>,
    /// Temperature of a feed.
    feed_k: Vec<Option<f64>>,
    /// First guess of the temperatures, and that of given infeeds.
    start_k: Vec<f64>,
    thermal: Vec<Thermal>,
    stations: Vec<Station>,
    plants: Vec<Plant>,
    findings: Findings,
}

/// What a branch does to the temperature.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Thermal {
    /// Nothing.
    Same,
    /// Loses heat to the ground.
    Pipe {
        /// Loss coefficient of the whole branch.
        loss_w_k: f64,
        ground_k: f64,
    },
    /// Takes a given heat.
    Heat(f64),
    /// Cools by a given difference.
    Cooling(f64),
    /// Leaves with a given temperature.
    Outlet(f64),
}

/// A house station.
#[derive(Clone, Copy, Debug)]
struct Station {
    branch: u32,
    owner: Owner,
    /// Flow, where it is given.
    flow_kg_s: Option<f64>,
    /// Heat, where it is given.
    heat_w: Option<f64>,
}

/// A plant.
#[derive(Clone, Copy, Debug)]
struct Plant {
    branch: u32,
    owner: Owner,
}

/// What a station or plant is in the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    Link(u32),
    Node(u32),
}

/// Room for one solve.
#[derive(Clone, Debug)]
struct Room {
    newton: Newton,
    supply: Supply,
    open: Vec<bool>,
    given_kg_s: Vec<f64>,
    density_kg_m3: Vec<f64>,
    viscosity_pa_s: Vec<f64>,
    node_k: Vec<f64>,
    outlet_k: Vec<f64>,
    /// Whether water moves at a node.
    moves: Vec<bool>,
    pass: thermal::Pass,
    mixing: mix::Mixing,
    /// Flows of the stations and what they would change by.
    point: Vec<f64>,
    step: Vec<f64>,
    response: follow::Response,
}

impl Heat {
    /// Compiles a network, with the return pressure of plants that is assumed where the data is silent.
    #[must_use]
    pub fn new(network: &HeatNetwork, operation: &Operation) -> Self {
        Self::with_return_pressure(network, operation, Assumptions::default().heat_return_pressure_bar)
    }

    /// Compiles a network. `return_bar` is the pressure kept on the return side of plants of which only the lift is known, bar
    /// (gauge).
    #[must_use]
    pub fn with_return_pressure(network: &HeatNetwork, operation: &Operation, return_bar: f64) -> Self {
        compile::compile(network, operation, return_bar)
    }

    /// What is implausible in the network and how it was taken.
    #[must_use]
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The number of nodes of the network.
    #[must_use]
    pub const fn n_nodes(&self) -> usize {
        self.n_nodes
    }

    /// The number of links of the network.
    #[must_use]
    pub const fn n_links(&self) -> usize {
        self.branches.len()
    }

    /// The steady state with these links shut in addition to those that stand shut.
    #[must_use]
    pub fn solve(&self, shut: &[Id<HeatLink>], options: &HeatOptions) -> HeatState {
        let mut room = Room::new(self);
        match options.worst_point_bar {
            None => {
                let end = room.solve_cold(self, shut, options);
                self.state(&room, end)
            }
            Some(least_bar) => self.solve_worst_point(&mut room, shut, options, least_bar),
        }
    }

    /// Lifts follow the worst point: with one plant the first correction is exact.
    fn solve_worst_point(
        &self,
        room: &mut Room,
        shut: &[Id<HeatLink>],
        options: &HeatOptions,
        least_bar: f64,
    ) -> HeatState {
        let mut controlled = self.clone();
        let mut state = {
            let end = room.solve_cold(&controlled, shut, options);
            controlled.state(room, end)
        };
        for _ in 0..20 {
            let Some(worst_bar) = state.totals.worst_point_bar.filter(|_| state.status.is_fine()) else { break };
            let lack_bar = least_bar - worst_bar;
            if lack_bar.abs() <= 10.0 * options.tolerance_bar || !controlled.raise_lifts(lack_bar) {
                break;
            }
            let end = room.solve_warm(&controlled, shut, options);
            state = controlled.state(room, end);
        }
        state
    }
}

#[cfg(test)]
mod tests;
