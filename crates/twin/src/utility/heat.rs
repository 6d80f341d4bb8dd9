//! District heat: plants, house stations, and the pipes between them, as trenches with a supply and a return pipe or pipe by
//! pipe.

use geo_types::{Coord, LineString};

use super::Burial;
use crate::{Id, Key, Network, building::Building};

/// District heat. A network is either drawn by trench (every link is a pair of pipes, nodes are plants, branches and house
/// stations) or pipe by pipe (plants and house stations are links between the supply and the return side).
pub type HeatNetwork = Network<HeatNode, HeatLink>;

/// A producer, branch or house station; pipe by pipe: a junction.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatNode {
    /// `heat_junction/…`.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Height above sea level, metres.
    pub height_m: f64,
    /// Temperature of water that is fed in there by a given flow and of the first guess, kelvin.
    pub temperature_k: f64,
    /// Pressure kept there, bar (gauge), by a grid or plant outside; else nothing.
    pub feed_pressure_bar: Option<f64>,
    /// Temperature kept there, kelvin; else nothing.
    pub feed_temperature_k: Option<f64>,
    /// Water drawn (positive) or fed in (negative), kg/s.
    pub draw_kg_s: f64,
    /// What it does.
    pub kind: HeatNodeKind,
    /// Whether it is in use.
    pub in_service: bool,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

impl HeatNode {
    /// A node at sea level where nothing is fed in or drawn.
    #[must_use]
    pub const fn new(key: Key, position: Coord<f64>, kind: HeatNodeKind) -> Self {
        Self {
            key,
            position,
            height_m: 0.0,
            temperature_k: 293.15,
            feed_pressure_bar: None,
            feed_temperature_k: None,
            draw_kg_s: 0.0,
            kind,
            in_service: true,
            building: None,
        }
    }
}

/// Kind of heat node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HeatNodeKind {
    /// A branch.
    Junction,
    /// A heat plant between supply and return of a network of trenches.
    Producer {
        /// Greatest output, watts.
        power_w: f64,
        /// Supply temperature, °C.
        supply_c: f64,
        /// Pressure difference kept at the plant, bar.
        lift_bar: f64,
    },
    /// A house station between supply and return of a network of trenches.
    Consumer {
        /// Design load, watts.
        load_w: f64,
        /// Return temperature, °C.
        return_c: f64,
    },
}

/// A pair of pipes, a pipe, or what stands between pipes.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatLink {
    /// `heat_pipe/…`, `heat_valve/…`, `heat_pump/…`, `heat_consumer/…`.
    pub key: Key,
    /// Axis in the twin's CRS, metres.
    pub geometry: LineString<f64>,
    /// What it is.
    pub kind: HeatLinkKind,
    /// Material, year, cover.
    pub burial: Burial,
}

/// Kind of heat link.
#[derive(Clone, Debug, PartialEq)]
pub enum HeatLinkKind {
    /// A trench with a supply and a return pipe.
    PipePair {
        /// Length of the trench, metres.
        length_m: f64,
        /// Inner diameter of each pipe, metres.
        diameter_m: f64,
        /// Roughness, millimetres.
        roughness_mm: f64,
        /// Loss coefficient per length and pipe, W/(m·K).
        loss_w_m_k: f64,
        /// Whether it is in use.
        open: bool,
    },
    /// One pipe.
    Pipe {
        /// Length, metres.
        length_m: f64,
        /// Inner diameter, metres.
        diameter_m: f64,
        /// Roughness, millimetres.
        roughness_mm: f64,
        /// Sum of the coefficients of single losses.
        loss_coefficient: f64,
        /// Loss coefficient per length, W/(m·K).
        loss_w_m_k: f64,
        /// Temperature of the ground around it, kelvin; the ambient temperature of the network where nothing is said.
        ground_k: Option<f64>,
        /// Sections that it is computed in.
        sections: u32,
        /// Whether it is in use.
        open: bool,
    },
    /// A valve, open or shut.
    Valve {
        /// Inner diameter, metres.
        diameter_m: f64,
        /// Coefficient of its loss.
        loss_coefficient: f64,
        /// Whether it is open.
        open: bool,
    },
    /// A pump with a curve.
    Pump {
        /// Polynomial of the lift in bar over the flow in m³/h, highest power first.
        curve: Vec<f64>,
        /// Whether it runs.
        open: bool,
    },
    /// A plant with its circulation pump, from the return to the supply side.
    CirculationPump {
        /// Pressure kept at its end, bar (gauge).
        supply_pressure_bar: Option<f64>,
        /// Temperature at its end, kelvin.
        supply_k: Option<f64>,
        /// Pressure difference kept, bar.
        lift_bar: Option<f64>,
        /// Mass flow kept, kg/s.
        mass_flow_kg_s: Option<f64>,
        /// Whether it runs.
        open: bool,
    },
    /// A heat exchanger that lets water through.
    Exchanger {
        /// Inner diameter, metres.
        diameter_m: f64,
        /// Coefficient of its loss.
        loss_coefficient: f64,
        /// Heat taken out of the water, watts.
        heat_w: f64,
        /// Whether it is in use.
        open: bool,
    },
    /// A house station, from the supply to the return side. Two of the four values are given.
    Consumer {
        /// Heat taken, watts.
        heat_w: Option<f64>,
        /// Mass flow, kg/s.
        mass_flow_kg_s: Option<f64>,
        /// Cooling of the water, kelvin.
        cooling_k: Option<f64>,
        /// Return temperature, kelvin.
        return_k: Option<f64>,
        /// Whether it is in use.
        open: bool,
    },
    /// A controller that lets a given flow through.
    FlowControl {
        /// Mass flow along the link, kg/s.
        mass_flow_kg_s: f64,
        /// Whether it controls; else it stands open.
        active: bool,
        /// Whether it is in use.
        open: bool,
    },
    /// A valve that keeps the pressure at a node.
    PressureControl {
        /// Pressure kept, bar (gauge).
        pressure_bar: f64,
        /// The node; the end of the link where nothing is said.
        controlled_key: Option<Key>,
        /// Coefficient of its loss while it does not control.
        loss_coefficient: f64,
        /// Whether it controls; else it stands open.
        active: bool,
        /// Whether it is in use.
        open: bool,
    },
}

impl HeatLinkKind {
    /// Its name: `pipe`, `consumer`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::PipePair { .. } => "pipe_pair",
            Self::Pipe { .. } => "pipe",
            Self::Valve { .. } => "valve",
            Self::Pump { .. } => "pump",
            Self::CirculationPump { .. } => "circulation_pump",
            Self::Exchanger { .. } => "exchanger",
            Self::Consumer { .. } => "consumer",
            Self::FlowControl { .. } => "flow_control",
            Self::PressureControl { .. } => "pressure_control",
        }
    }

    /// Inner diameter, metres, of what has one.
    #[must_use]
    pub const fn diameter_m(&self) -> Option<f64> {
        match self {
            Self::PipePair { diameter_m, .. }
            | Self::Pipe { diameter_m, .. }
            | Self::Valve { diameter_m, .. }
            | Self::Exchanger { diameter_m, .. } => Some(*diameter_m),
            _ => None,
        }
    }

    /// Whether it is in use: a pipe or valve open, a machine running.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self {
            Self::PipePair { open, .. }
            | Self::Pipe { open, .. }
            | Self::Valve { open, .. }
            | Self::Pump { open, .. }
            | Self::CirculationPump { open, .. }
            | Self::Exchanger { open, .. }
            | Self::Consumer { open, .. }
            | Self::FlowControl { open, .. }
            | Self::PressureControl { open, .. } => *open,
        }
    }
}
