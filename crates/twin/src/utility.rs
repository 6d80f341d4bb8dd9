//! Supply lines: water, gas, district heat, sewer, power, and mapped assets that belong to no modelled network.

use std::collections::BTreeMap;

use geo_types::{Coord, Geometry, LineString};

use crate::{Id, Key, Network, building::Building, road::named_enum};

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

/// Gas distribution.
pub type GasNetwork = Network<GasNode, GasPipe>;

/// A node of the gas network.
#[derive(Clone, Debug, PartialEq)]
pub struct GasNode {
    /// `gas_junction/…`.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Pressure kept there, bar (gauge), at a feed or regulator outlet; else nothing.
    pub feed_pressure_bar: Option<f64>,
    /// Peak draw, m³/h at standard conditions.
    pub demand_m3_h: f64,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

/// A gas pipe.
#[derive(Clone, Debug, PartialEq)]
pub struct GasPipe {
    /// `gas_pipe/…`.
    pub key: Key,
    /// Axis in the twin's CRS, metres.
    pub geometry: LineString<f64>,
    /// Length, metres.
    pub length_m: f64,
    /// Inner diameter, metres.
    pub diameter_m: f64,
    /// Roughness, millimetres.
    pub roughness_mm: f64,
    /// Whether it is in use.
    pub open: bool,
    /// Material, year, cover.
    pub burial: Burial,
}

/// District heat: every link is a pair of pipes, supply and return.
pub type HeatNetwork = Network<HeatNode, HeatPipe>;

/// A producer, branch or house station.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatNode {
    /// `heat_junction/…`.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// What it does.
    pub kind: HeatNodeKind,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

/// Kind of heat node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HeatNodeKind {
    /// A branch.
    Junction,
    /// A heat plant.
    Producer {
        /// Greatest output, watts.
        power_w: f64,
        /// Supply temperature, °C.
        supply_c: f64,
        /// Pressure difference kept at the plant, bar.
        lift_bar: f64,
    },
    /// A house station.
    Consumer {
        /// Design load, watts.
        load_w: f64,
        /// Return temperature, °C.
        return_c: f64,
    },
}

/// A pair of pipes of a heat network.
#[derive(Clone, Debug, PartialEq)]
pub struct HeatPipe {
    /// `heat_pipe/…`.
    pub key: Key,
    /// Axis in the twin's CRS, metres.
    pub geometry: LineString<f64>,
    /// Length of the trench, metres.
    pub length_m: f64,
    /// Inner diameter, metres.
    pub diameter_m: f64,
    /// Roughness, millimetres.
    pub roughness_mm: f64,
    /// Loss coefficient per length and pipe, W/(m·K).
    pub loss_w_m_k: f64,
    /// Whether it is in use.
    pub open: bool,
    /// Material, year, cover.
    pub burial: Burial,
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

/// Electricity distribution, medium and low voltage in one network.
pub type PowerNetwork = Network<PowerBus, PowerBranch>;

/// A bus.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerBus {
    /// `power_bus/31`.
    pub key: Key,
    /// Name of the station.
    pub name: Option<String>,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Rated voltage, kV (phase to phase).
    pub vn_kv: f64,
    /// Voltage kept by the grid above, per unit, where it feeds here.
    pub slack_vm_pu: Option<f64>,
    /// Load, MW.
    pub load_mw: f64,
    /// Load, Mvar.
    pub load_mvar: f64,
    /// Generation, MW.
    pub generation_mw: f64,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

/// A line, transformer or switch.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerBranch {
    /// `power_line/…`, `power_transformer/…`, `power_switch/…`.
    pub key: Key,
    /// Course in the twin's CRS, metres.
    pub geometry: LineString<f64>,
    /// What it is.
    pub kind: PowerBranchKind,
    /// Material (cable type), year, cover.
    pub burial: Burial,
}

/// Kind of branch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PowerBranchKind {
    /// A cable or overhead line.
    Line {
        /// Length, kilometres.
        length_km: f64,
        /// Resistance.
        r_ohm_per_km: f64,
        /// Reactance.
        x_ohm_per_km: f64,
        /// Capacitance.
        c_nf_per_km: f64,
        /// Rated current, kiloamperes.
        max_i_ka: f64,
        /// Whether it hangs on poles.
        overhead: bool,
        /// Whether it is in service.
        in_service: bool,
    },
    /// A transformer from its high-voltage to its low-voltage bus.
    Transformer {
        /// Rated power.
        sn_mva: f64,
        /// Rated voltage of the high side.
        vn_hv_kv: f64,
        /// Rated voltage of the low side.
        vn_lv_kv: f64,
        /// Short-circuit voltage.
        vk_percent: f64,
        /// Its real part.
        vkr_percent: f64,
        /// Iron losses.
        pfe_kw: f64,
        /// No-load current.
        i0_percent: f64,
        /// Phase shift, degrees.
        shift_deg: f64,
        /// Whether it is in service.
        in_service: bool,
    },
    /// A switch; a tie switch is normally open.
    Switch {
        /// Whether it conducts.
        closed: bool,
    },
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
