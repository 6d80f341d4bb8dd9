//! The doors: geodata files in, twins and results out.

mod atomic;
pub mod gpkg;
mod imported;
pub mod osm;
pub mod project;

pub use imported::{Count, ImportOptions, Imported, Tally};
