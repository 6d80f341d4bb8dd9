//! Supply lines: water, gas, district heat, sewer, power, and mapped assets that belong to no modelled network.

use std::collections::BTreeMap;

use geo_types::{Coord, Geometry, LineString};

use crate::{Id, Key, Network, building::Building, road::named_enum};

mod fluid;
mod gas;
mod heat;
mod power;

pub use fluid::{Fluid, Friction, Operation, Property};
pub use gas::{GasLink, GasLinkKind, GasNetwork, GasNode};
pub use heat::{HeatLink, HeatLinkKind, HeatNetwork, HeatNode, HeatNodeKind};
pub use power::*;

named_enum! {
    /// What a supply line carries.
    Medium {
        /// Drinking water.
        Water = "water",
        /// Gas.
        Gas = "gas",
        /// District heat.
        Heat = "heat",
        /// Sewage and rain water.
        Sewer = "sewer",
        /// Electricity.
        Power = "power",
        /// Telecommunication.
        Telecom = "telecom",
        /// Oil, hydrogen and other pipelines.
        Other = "other",
    }
}

/// What every buried line tells about itself, as far as known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Burial {
    /// Material: `PE`, `GGG` (ductile iron), `St`, `PVC`, `B` (concrete), `NAYY 4x150`.
    pub material: Option<String>,
    /// Year of laying.
    pub year_laid: Option<i32>,
    /// Cover over the top of the line, metres.
    pub cover_m: Option<f64>,
    /// Position accuracy, metres.
    pub position_accuracy_m: Option<f64>,
    /// Owner or operator.
    pub operator: Option<String>,
}

/// Drinking water.
pub type WaterNetwork = Network<WaterNode, WaterLink>;

/// A junction, reservoir, tank or hydrant.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterNode {
    /// `water_junction/J-12`.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Height of the node, metres.
    pub elevation_m: f64,
    /// What it is.
    pub kind: WaterNodeKind,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

/// Kind of water node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WaterNodeKind {
    /// Draws this much, m³/s on average.
    Junction {
        /// Base demand.
        base_demand_m3_s: f64,
    },
    /// A hydrant; draws nothing but in a fire.
    Hydrant,
    /// Source of given head.
    Reservoir {
        /// Total head, metres.
        head_m: f64,
    },
    /// Elevated or ground tank; elevation is its bottom.
    Tank {
        /// Level at the start, metres above the bottom.
        initial_level_m: f64,
        /// Lowest level.
        min_level_m: f64,
        /// Highest level.
        max_level_m: f64,
        /// Diameter of the cylinder.
        diameter_m: f64,
    },
}

/// A pipe, pump or valve.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterLink {
    /// `water_pipe/P-12`, `water_pump/…`, `water_valve/…`.
    pub key: Key,
    /// Axis in the twin's CRS, metres.
    pub geometry: LineString<f64>,
    /// What it is.
    pub kind: WaterLinkKind,
    /// Material, year, cover.
    pub burial: Burial,
}

/// Kind of water link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WaterLinkKind {
    /// A pipe.
    Pipe {
        /// Length, metres.
        length_m: f64,
        /// Inner diameter, metres.
        diameter_m: f64,
        /// Roughness k (Darcy–Weisbach), millimetres.
        roughness_mm: f64,
        /// Whether it is in use.
        open: bool,
    },
    /// A pump with head gain h0 − a·q² (one-point curve: design flow and head, shutoff 4/3 of the head).
    Pump {
        /// Design flow, m³/s.
        design_flow_m3_s: f64,
        /// Head at the design flow, metres.
        design_head_m: f64,
        /// Rated electrical power, watts.
        power_w: f64,
        /// Whether it runs.
        on: bool,
    },
    /// A gate valve, open or shut.
    Valve {
        /// Diameter, metres.
        diameter_m: f64,
        /// Whether it is open.
        open: bool,
    },
    /// A pressure-reducing valve.
    PressureReducer {
        /// Diameter, metres.
        diameter_m: f64,
        /// Pressure kept behind it, metres of head.
        setting_m: f64,
    },
}

/// Sewers: links point downhill.
pub type SewerNetwork = Network<Manhole, SewerPipe>;

/// A manhole or outfall.
#[derive(Clone, Debug, PartialEq)]
pub struct Manhole {
    /// `sewer_manhole/…`.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Height of the cover, metres.
    pub cover_elevation_m: f64,
    /// Height of the invert, metres.
    pub invert_elevation_m: f64,
    /// Whether the water leaves the network here (treatment plant, receiving water).
    pub outfall: bool,
}

/// A sewer between two manholes.
#[derive(Clone, Debug, PartialEq)]
pub struct SewerPipe {
    /// `sewer_pipe/…`.
    pub key: Key,
    /// Axis in the twin's CRS, metres.
    pub geometry: LineString<f64>,
    /// Length, metres.
    pub length_m: f64,
    /// Diameter, metres.
    pub diameter_m: f64,
    /// What it carries.
    pub kind: SewerKind,
    /// Material, year, cover.
    pub burial: Burial,
}

named_enum! {
    /// What a sewer carries.
    SewerKind {
        /// Mischwasser.
        Combined = "combined",
        /// Schmutzwasser.
        Sanitary = "sanitary",
        /// Regenwasser.
        Storm = "storm",
    }
}

/// A mapped asset that belongs to no modelled network: a hydrant, manhole, mast, cabinet or line from a map.
#[derive(Clone, Debug, PartialEq)]
pub struct Asset {
    /// Key of the source object.
    pub key: Key,
    /// What it belongs to.
    pub medium: Medium,
    /// What it is, as in the source: `fire_hydrant`, `manhole`, `tower`, `line`, `substation`.
    pub kind: String,
    /// Where it is, in the twin's CRS, metres.
    pub geometry: Geometry<f64>,
    /// All its attributes, as in the source.
    pub attributes: BTreeMap<String, String>,
}
