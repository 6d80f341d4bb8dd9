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
    /// What a hydraulic model knows besides: patterns, further demands, emitters, curves.
    pub detail: WaterNodeDetail,
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
    /// What a hydraulic model knows besides: minor loss, curve, pattern.
    pub detail: WaterLinkDetail,
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
        /// By the head-loss formula of the network: k in millimetres (Darcy–Weisbach), C (Hazen–Williams) or
        /// n (Chezy–Manning).
        roughness: f64,
        /// Whether it is in use.
        open: bool,
    },
    /// A pump. Its head gain follows the curve that `detail` names; else, where there is a design flow, the one-point
    /// curve h0 − a·q² (shutoff 4/3 of the design head); else it adds the constant power to the water.
    Pump {
        /// Design flow, m³/s; 0 where a curve or the power says what the pump does.
        design_flow_m3_s: f64,
        /// Head at the design flow, metres.
        design_head_m: f64,
        /// Power, watts: rated electrical power, or the power given to the water where there is no curve.
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
    /// A control valve of a hydraulic model.
    ControlValve {
        /// What it controls.
        valve: ValveKind,
        /// Diameter, metres.
        diameter_m: f64,
        /// By its kind: pressure in metres of water (PRV, PSV, PBV), flow in m³/s (FCV), loss coefficient (TCV),
        /// percent open (PCV); nothing for a GPV, whose curve `detail` names.
        setting: f64,
        /// Whether it controls, or stands fixed.
        state: ValveState,
    },
}

named_enum! {
    /// What a control valve controls.
    ValveKind {
        /// Pressure reducing: keeps the pressure behind it at its setting.
        Prv = "prv",
        /// Pressure sustaining: keeps the pressure before it at its setting.
        Psv = "psv",
        /// Pressure breaker: forces its setting as pressure loss.
        Pbv = "pbv",
        /// Flow control: limits the flow to its setting.
        Fcv = "fcv",
        /// Throttle: its setting is the loss coefficient.
        Tcv = "tcv",
        /// General purpose: a curve of head loss over flow.
        Gpv = "gpv",
        /// Positional: its setting is how far it is open.
        Pcv = "pcv",
    }
}

named_enum! {
    /// State of a control valve at the start.
    ValveState {
        /// It controls.
        Active = "active",
        /// Fixed open.
        Open = "open",
        /// Fixed shut.
        Closed = "closed",
    }
}

/// What a hydraulic model knows about a node besides its kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaterNodeDetail {
    /// Name of the pattern of the demand (junction) or head (reservoir).
    pub pattern: Option<String>,
    /// Category of the demand.
    pub category: Option<String>,
    /// Demands besides that of the kind.
    pub further_demands: Vec<WaterDemand>,
    /// Outflow of an emitter at one metre of pressure, m³/s; 0 where there is none.
    pub emitter_m3_s: f64,
    /// Volume of a tank at its lowest level, m³; 0 for that of the cylinder.
    pub min_volume_m3: f64,
    /// Name of the curve of volume over level of a tank.
    pub volume_curve: Option<String>,
    /// Whether a full tank spills what flows in.
    pub overflow: bool,
}

/// A demand at a junction.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterDemand {
    /// Base demand, m³/s.
    pub base_m3_s: f64,
    /// Name of its pattern.
    pub pattern: Option<String>,
    /// Category.
    pub category: Option<String>,
}

/// What a hydraulic model knows about a link besides its kind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaterLinkDetail {
    /// Coefficient of minor losses, on velocity head.
    pub minor_loss: f64,
    /// Whether a check valve keeps the pipe from flowing back.
    pub check_valve: bool,
    /// Name of the curve: head over flow (pump), head loss over flow (GPV), share of capacity over opening (PCV).
    pub curve: Option<String>,
    /// Name of the pattern of the speed of a pump.
    pub pattern: Option<String>,
    /// Relative speed of a pump; 1 where absent.
    pub speed: Option<f64>,
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
