//! Water: hydraulics of drinking-water networks, steady and over time, demand-driven and pressure-dependent.
//!
//! # Model
//! EPANET 2.3's: one head per node, one flow per link; reservoirs and tanks give the head, junctions draw water; pipes
//! lose head by Hazen–Williams, Darcy–Weisbach or Chezy–Manning, with minor losses; pumps lift by curves or power;
//! valves hold pressures or flows. Water quality, leakage of pipes and energy are left out.
//!
//! # Units and shapes
//! SI: metres of head, m³/s. Columns have one entry per node or link, in the order of the network.
//!
//! # References
//! - E. Todini, S. Pilati (1988): A gradient algorithm for the analysis of pipe networks.
//! - L. A. Rossman, H. Woo, M. Tryby, F. Shang, R. Janke, T. Haxton (2020): EPANET 2.2 User Manual, EPA/600/R-20/133.
//! - Golden tests: `tests/water_golden.rs` against EPANET 2.3.5.

mod assemble;
mod bridge;
mod build;
pub mod fire;
mod law;
pub mod n1;
mod net;
mod operate;
mod pipes;
mod power;
pub mod segment;
mod simulate;
mod solve;
mod stall;
mod state;
mod status;
mod stop;
mod tangent;

pub use bridge::Bridges;
pub use net::Net;
pub use simulate::{LinkOutage, Step, simulate, simulate_outages};
pub use solve::{SolveOptions, Solved, Workspace, solve};
pub use state::{LinkState, State};
