//! The verb: applies a scenario to a twin and couples the laws.
//!
//! [`resolve`] finds the streets that a scenario names, [`prepare`] computes what all scenarios of a twin share (streets,
//! demand, the equilibrium before), [`run`] computes what a scenario triggers. All three are functions from plain data to
//! plain data: no file, no clock, and the same bits for any number of threads.

mod access;
mod adjusted;
mod around;
mod beneath;
mod chain;
mod check;
mod coupling;
mod day;
mod detour;
mod environment;
mod fire;
#[cfg(test)]
mod fixture;
mod gas;
mod heat;
mod isolation;
pub mod names;
mod outage;
mod overlay;
mod power;
mod prepare;
mod questions;
mod resolve;
mod room;
mod run;
pub mod saved;
mod scrutiny;
mod select;
mod stages;
mod supply;
mod sweep;
mod touched;
mod water;
pub mod works;

pub use around::{Near, around};
pub use beneath::{Beneath, MARGIN_M as BENEATH_MARGIN_M, beneath};
pub use check::check;
pub use day::PreparedDay;
pub use fire::fire_flow;
pub use gas::{SupplyN1Row, gas_n1};
pub use heat::heat_n1;
pub use power::{PowerN1, PowerN1Row, power_n1};
pub use prepare::{Prepared, PreparedHour, prepare};
pub use resolve::{ClosureLine, Resolved, ResolvedClosure, ResolvedSection, holds_at, resolve, resolve_each};
pub use run::{Stage, run, run_in_stages};
pub use select::{Equilibria, Relation, SelectedLink, TIME_BREAKS_MIN, TimeChanges, select_link, time_changes};
pub use stages::{Staged, stage_sums, stages};
pub use sweep::{ROAD_CRITERIA, SUPPLY_KINDS, sweep_roads, sweep_supply};
pub use water::{WaterN1, WaterN1Row, water_n1};
