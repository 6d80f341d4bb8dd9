//! Gas distribution: junctions, pipes, and what stands between pipes.

use geo_types::{Coord, LineString};

use super::Burial;
use crate::{Id, Key, Network, building::Building};

/// Gas distribution.
pub type GasNetwork = Network<GasNode, GasLink>;

/// A node of the gas network. Standard conditions are 0 °C and 1.01325 bar (DIN 1343).
#[derive(Clone, Debug, PartialEq)]
pub struct GasNode {
    /// `gas_junction/…`.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Height above sea level, metres; the pressure of the air there is what gauge pressures refer to.
    pub height_m: f64,
    /// Temperature of the gas, kelvin.
    pub temperature_k: f64,
    /// Pressure kept there, bar (gauge), at a feed or regulator outlet; else nothing.
    pub feed_pressure_bar: Option<f64>,
    /// Draw, m³/h at standard conditions.
    pub demand_m3_h: f64,
    /// Given infeed (biogas, storage), m³/h at standard conditions.
    pub infeed_m3_h: f64,
    /// Customers that draw there.
    pub customers: u32,
    /// Whether it is in use.
    pub in_service: bool,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

impl GasNode {
    /// A junction at sea level at 10 °C where nothing is drawn.
    #[must_use]
    pub const fn junction(key: Key, position: Coord<f64>) -> Self {
        Self {
            key,
            position,
            height_m: 0.0,
            temperature_k: 283.15,
            feed_pressure_bar: None,
            demand_m3_h: 0.0,
            infeed_m3_h: 0.0,
            customers: 0,
            in_service: true,
            building: None,
        }
    }
}

/// A gas pipe, valve, pump, compressor or controller.
#[derive(Clone, Debug, PartialEq)]
pub struct GasLink {
    /// `gas_pipe/…`, `gas_valve/…`, `gas_pump/…`, `gas_compressor/…`, `gas_flow_control/…`, `gas_pressure_control/…`.
    pub key: Key,
    /// Axis in the twin's CRS, metres.
    pub geometry: LineString<f64>,
    /// What it is.
    pub kind: GasLinkKind,
    /// Material, year, cover.
    pub burial: Burial,
}

/// Kind of gas link.
#[derive(Clone, Debug, PartialEq)]
pub enum GasLinkKind {
    /// A pipe.
    Pipe {
        /// Length, metres.
        length_m: f64,
        /// Inner diameter, metres.
        diameter_m: f64,
        /// Roughness, millimetres.
        roughness_mm: f64,
        /// Sum of the coefficients of single losses.
        loss_coefficient: f64,
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
    /// A pump or blower with a curve.
    Pump {
        /// Polynomial of the lift in bar over the actual inlet flow in m³/h, highest power first.
        curve: Vec<f64>,
        /// Whether it runs.
        open: bool,
    },
    /// A compressor that multiplies the absolute pressure.
    Compressor {
        /// Outlet over inlet pressure, absolute.
        pressure_ratio: f64,
        /// Whether it runs.
        open: bool,
    },
    /// A controller that lets a given flow through.
    FlowControl {
        /// Flow along the link, m³/h at standard conditions.
        flow_m3_h: f64,
        /// Whether it controls; else it stands open.
        active: bool,
        /// Whether it is in use.
        open: bool,
    },
    /// A regulator that keeps the pressure at a node.
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

impl GasLinkKind {
    /// Its name: `pipe`, `valve`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pipe { .. } => "pipe",
            Self::Valve { .. } => "valve",
            Self::Pump { .. } => "pump",
            Self::Compressor { .. } => "compressor",
            Self::FlowControl { .. } => "flow_control",
            Self::PressureControl { .. } => "pressure_control",
        }
    }

    /// Inner diameter, metres, of what has one.
    #[must_use]
    pub const fn diameter_m(&self) -> Option<f64> {
        match self {
            Self::Pipe { diameter_m, .. } | Self::Valve { diameter_m, .. } => Some(*diameter_m),
            _ => None,
        }
    }

    /// Whether it is in use: a pipe or valve open, a machine running.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        match self {
            Self::Pipe { open, .. }
            | Self::Valve { open, .. }
            | Self::Pump { open, .. }
            | Self::Compressor { open, .. }
            | Self::FlowControl { open, .. }
            | Self::PressureControl { open, .. } => *open,
        }
    }
}
