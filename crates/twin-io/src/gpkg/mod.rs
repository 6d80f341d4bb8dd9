//! The twin on disk: one GeoPackage file, one layer per kind of thing.
//!
//! # Layers
//! Points: `road_node`, `address`, `place`, `bus_stop`, `zone`, `water_junction`, `gas_junction`, `heat_junction`,
//! `sewer_manhole`, `power_bus`, `power_unit`, `power_end_switch`. Lines: `road_link`, `ground_line`, `bus_route`, `water_pipe`,
//! `water_pump`, `water_valve`, `gas_pipe`, `gas_valve`, `gas_station`, `heat_pipe`, `heat_valve`, `heat_station`, `sewer_pipe`,
//! `power_line`, `power_transformer`, `power_impedance`, `power_switch`. Areas: `building`, `area`. Any geometry: `asset`.
//! Without geometry: `twin` (name, version), `source`, `turn_restriction`, `zone_connector`, `demand_matrix`, `demand_trip`,
//! `terrain`, `water_operation` (patterns, curves, controls and options as lines of an EPANET file in SI units),
//! `pipe_operation`, `layer_styles`.
//!
//! # Units
//! Columns are named as the fields of the crate `twin`, with the unit at the end. Coordinates are metres in the twin's
//! reference system.
//!
//! # References between layers
//! `*_fid` names the feature of another layer by its `fid`; an arc of the street network is the `fid` of its `road_link`,
//! negative against the digitized direction; lists are JSON arrays. The layers of one supply network count their `fid`s
//! together. A file edited in a GIS reads back: features may be added, changed and deleted, and a reference to a deleted
//! one is a finding.
//!
//! # What reads back
//! Everything, bit for bit, but for two things that SQLite and WKB do not have: the sign of a negative zero outside of
//! geometries, and the geometry types line segment, rectangle and triangle of an asset, which become line string and
//! polygon. Equal twins give equal files: there is no clock in them (`last_change` is the date of the newest source).

mod blob;
pub(crate) mod column;
pub(crate) mod package;
#[cfg(test)]
mod random;
mod read;
mod record;
pub(crate) mod srs;
pub(crate) mod style;
#[cfg(test)]
mod tests;
mod write;

pub use read::read_twin;
pub use write::write_twin;

pub(crate) use blob::{line_string, multi_line_string, point};
pub(crate) use package::APPLICATION_ID;
pub(crate) use write::{last_change, write_sources};

/// Version of the layers and columns of a twin. A file with a greater one was written by a newer Stadtwin.
pub const FORMAT_VERSION: u32 = 2;

/// Layers of the supply networks that are divided by the kind of link: layer and the kinds in it.
const WATER_LINKS: [(&str, &str, &[&str]); 3] = [
    ("water_pipe", "Water pipes", &["pipe"]),
    ("water_pump", "Water pumps", &["pump"]),
    ("water_valve", "Water valves", &["valve", "pressure_reducer", "control_valve"]),
];
const GAS_LINKS: [(&str, &str, &[&str]); 3] = [
    ("gas_pipe", "Gas pipes", &["pipe"]),
    ("gas_valve", "Gas valves", &["valve"]),
    ("gas_station", "Gas pumps, compressors, regulators", &["pump", "compressor", "flow_control", "pressure_control"]),
];
const HEAT_LINKS: [(&str, &str, &[&str]); 3] = [
    ("heat_pipe", "Heat pipes", &["pipe_pair", "pipe"]),
    ("heat_valve", "Heat valves", &["valve", "flow_control", "pressure_control"]),
    ("heat_station", "Heat plants, pumps, house stations", &["pump", "circulation_pump", "exchanger", "consumer"]),
];
const POWER_BRANCHES: [(&str, &str, &[&str]); 4] = [
    ("power_line", "Power lines and cables", &["line"]),
    ("power_transformer", "Transformers", &["transformer"]),
    ("power_impedance", "Impedances", &["impedance"]),
    ("power_switch", "Switches", &["switch"]),
];

/// The columns of a link: its ends, then its own.
fn link_columns<L: column::Field>() -> Vec<column::Column> {
    let mut columns = vec![column::Column::new("from_fid", "INTEGER"), column::Column::new("to_fid", "INTEGER")];
    L::columns("", &mut columns);
    columns
}

/// Whether a column belongs in a layer of these kinds: it is no field of a kind, or a field of one of these.
fn belongs<L: record::Tagged>(column: &str, kinds: &[&str]) -> bool {
    let mut of_kinds = L::KINDS.iter().filter(|(_, fields)| fields.contains(&column)).peekable();
    of_kinds.peek().is_none() || of_kinds.any(|(kind, _)| kinds.contains(kind))
}
