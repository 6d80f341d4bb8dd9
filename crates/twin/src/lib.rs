//! The nouns of Stadtwin: units, keys, ids, networks on petgraph, [`Twin`], [`Scenario`], [`Outcome`], [`Finding`], [`Watch`].
//!
//! This crate is plain data. It has no file, clock, environment or thread pool in it, and nothing in it mutates a twin:
//! a closure or an outage is a part of a [`Scenario`].
//!
//! # Units
//! Every quantity is an `f64` (or `f32` for heights in bulk) whose field name ends in its unit: `length_m`,
//! `speed_kmh`, `flow_m3_s`. The same names head the columns of the twin's GeoPackage and of the result tables.
//!
//! # Coordinates
//! Positions are metres in the twin's projected [`Crs`]: x east, y north. Heights are metres (DHHN2016 in Germany).

pub mod area;
pub mod assumptions;
pub mod building;
pub mod criteria;
pub mod crs;
pub mod day_type;
pub mod demand;
pub mod finding;
pub mod id;
pub mod key;
pub mod network;
pub mod outcome;
pub mod road;
pub mod scenario;
pub mod stage;
pub mod sweep;
pub mod table;
pub mod transit;
mod twin;
pub mod utility;
pub mod watch;
pub mod water;
pub mod works;

pub use assumptions::Assumptions;
pub use crs::Crs;
pub use finding::{Finding, Findings, Severity};
pub use geo_types;
pub use id::Id;
pub use jiff;
pub use key::Key;
pub use network::Network;
pub use outcome::Outcome;
pub use scenario::Scenario;
pub use sweep::{Sweep, SweepRow};
pub use table::Table;
pub use twin::{Source, Terrain, Twin};
pub use watch::{Silent, Watch};
