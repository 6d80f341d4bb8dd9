//! A law: electricity. AC power flow, switching, outage and restoration, days with new technologies.
//!
//! [`Model`] is the power network of a twin in per unit; [`model::power_flow`] solves one state of it, [`n1::n1`] every
//! single failure, [`solve::Solver`] thousands of scenarios of demand, [`day::Day`] a day and what a network hosts. Pure
//! functions from plain data to plain data; the same bits for any number of threads.

pub mod complex;
mod cuts;
pub mod day;
mod feeder;
mod lu;
pub mod model;
pub mod net;
mod newton;
mod order;
pub mod solve;
mod spread;
mod sweep;

pub use model::{Changes, Model, State};
pub mod n1;
mod restore;

pub use restore::{best_tie_by_topology, restoration};
