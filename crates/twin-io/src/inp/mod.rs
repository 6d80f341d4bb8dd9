//! EPANET's `.inp` files: in and out.
//!
//! Everything that EPANET 2.3's hydraulics know is read, in all its unit systems, into SI units; what is about water
//! quality, energy or reports is carried through to writing, line by line, and said in a finding. Flows are converted
//! with EPANET's own rounded factors (28.317 L/s in a cubic foot per second), so that a model gives the same heads here
//! as there.
//!
//! # References
//! Rossman, Woo, Tryby, Shang, Janke, Haxton (2020): EPANET 2.2 User Manual, EPA/600/R-20/133, appendix C.

mod controls;
mod network;
mod options;
mod read;
mod table;
mod text;
mod write;

use twin::{Findings, utility::WaterNetwork, water::WaterOperation};

pub use read::parse;
pub use write::write;

/// A model as it stands in a file: coordinates are those of the file.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// Nodes and links.
    pub network: WaterNetwork,
    /// Patterns, curves, controls, options.
    pub operation: WaterOperation,
    /// How many nodes have coordinates in the file.
    pub n_placed: usize,
}

/// Whether a text looks like an EPANET file.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    text::looks_like(text)
}

/// The text of a file's bytes: UTF-8, or else Windows-1252 (and so Latin-1), as older files are.
#[must_use]
pub fn decoded(bytes: &[u8]) -> String {
    text::decoded(bytes)
}

/// Reads the lines of an operation that [`write_operation`] wrote, as section and line, all in SI units.
#[must_use]
pub fn parse_operation(lines: &[(String, String)], network: &WaterNetwork) -> (WaterOperation, Findings) {
    read::parse_operation(lines, network)
}

/// The operation of a network as lines of an EPANET file in SI units, for the twin's own file.
#[must_use]
pub fn write_operation(network: &WaterNetwork, operation: &WaterOperation) -> Vec<(String, String)> {
    write::operation_lines(network, operation)
}
