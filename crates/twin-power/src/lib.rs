//! A law: electricity. AC power flow, switching, outage and restoration.
//!
//! Pure functions from plain data to plain data.

pub mod complex;
mod cuts;
mod lu;
pub mod net;
mod newton;
mod order;
pub mod solve;
mod sweep;
pub mod model;

pub use model::{Model, State};
pub mod n1;
mod restore;

pub use restore::{best_tie_by_topology, restoration};
