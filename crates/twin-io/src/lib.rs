//! The doors: geodata files in, twins and results out.

mod atomic;
pub mod beside;
mod course;
pub mod epanet;
pub mod feed;
mod fingerprint;
pub mod gltf;
pub mod gpkg;
mod gtfs;
mod import;
mod imported;
pub mod inp;
pub mod list;
pub mod matpower;
pub mod osm;
pub mod pandapipes;
pub mod pandapower;
mod pandas;
pub mod project;
pub mod results;
pub mod scenario;
pub mod tntp;
pub mod works;

pub use import::import;
pub use imported::{Count, ImportOptions, Imported, Tally};
