//! The verb: applies a scenario to a twin and couples the laws.
//!
//! [`resolve`] finds the streets that a scenario names, [`prepare`] computes what all scenarios of a twin share (streets,
//! demand, the equilibrium before), [`run`] computes what a scenario triggers. All three are functions from plain data to
//! plain data: no file, no clock, and the same bits for any number of threads.

#[expect(dead_code, reason = "run is its caller")]
mod access;
mod chain;
#[cfg(test)]
mod fixture;
pub mod names;
mod resolve;

pub use resolve::{Resolved, ResolvedClosure, ResolvedSection, holds_at, resolve};
