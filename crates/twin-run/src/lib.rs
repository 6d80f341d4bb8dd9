//! The verb: applies a scenario to a twin and couples the laws.
//!
//! [`resolve`] finds the streets that a scenario names, [`prepare`] computes what all scenarios of a twin share (streets,
//! demand, the equilibrium before), [`run`] computes what a scenario triggers. All three are functions from plain data to
//! plain data: no file, no clock, and the same bits for any number of threads.

mod access;
mod around;
mod chain;
mod check;
mod detour;
#[cfg(test)]
mod fixture;
pub mod names;
mod overlay;
mod prepare;
mod resolve;
mod run;
mod water;

pub use around::{Near, around};
pub use check::check;
pub use prepare::{Prepared, PreparedHour, prepare};
pub use resolve::{Resolved, ResolvedClosure, ResolvedSection, holds_at, resolve};
pub use run::run;
pub use water::{WaterN1, WaterN1Row, water_n1};
