//! Electricity: buses, lines, transformers, switches, and what draws and feeds.

use geo_types::{Coord, LineString};

use super::Burial;
use crate::{Id, Key, Network, building::Building, road::named_enum};

/// Electricity distribution, all voltages in one network.
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
    /// Lowest admissible voltage, per unit.
    pub min_vm_pu: Option<f64>,
    /// Highest admissible voltage, per unit.
    pub max_vm_pu: Option<f64>,
    /// Voltage kept by the grid above, per unit, where it feeds here.
    pub slack_vm_pu: Option<f64>,
    /// Voltage with which a power flow begins, per unit, where the data gives one: large networks have solutions that are not found, or not
    /// the right ones, from anywhere.
    pub start_vm_pu: Option<f64>,
    /// Its angle, degrees.
    pub start_va_deg: Option<f64>,
    /// Load, MW; what [`PowerUnit`]s draw comes on top.
    pub load_mw: f64,
    /// Load, Mvar.
    pub load_mvar: f64,
    /// Generation, MW.
    pub generation_mw: f64,
    /// Whether it is in service.
    pub in_service: bool,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

/// A line, transformer, impedance or switch.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerBranch {
    /// `power_line/…`, `power_transformer/…`, `power_impedance/…`, `power_switch/…`.
    pub key: Key,
    /// Name.
    pub name: Option<String>,
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
        /// Resistance of one system.
        r_ohm_per_km: f64,
        /// Reactance of one system at 50 Hz.
        x_ohm_per_km: f64,
        /// Capacitance of one system (as if the network had 50 Hz).
        c_nf_per_km: f64,
        /// Conductance to earth of one system.
        g_us_per_km: f64,
        /// Rated current of one system, kiloamperes.
        max_i_ka: f64,
        /// Systems side by side.
        parallel: u32,
        /// Factor on the rated current for how it is laid.
        derating: f64,
        /// Whether it hangs on poles.
        overhead: bool,
        /// Whether it is in service.
        in_service: bool,
    },
    /// A transformer from its high-voltage to its low-voltage bus.
    Transformer {
        /// Rated power of one unit.
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
        /// Phase shift, degrees: the low side lags by it.
        shift_deg: f64,
        /// Units side by side.
        parallel: u32,
        /// Factor on the rated power.
        derating: f64,
        /// Side of the tap changer.
        tap_side: Option<TapSide>,
        /// How the tap changer acts.
        tap_changer: Option<TapChanger>,
        /// Position of the tap changer.
        tap_pos: Option<f64>,
        /// Position at which it does nothing.
        tap_neutral: Option<f64>,
        /// Lowest position.
        tap_min: Option<f64>,
        /// Highest position.
        tap_max: Option<f64>,
        /// Voltage of a step.
        tap_step_percent: Option<f64>,
        /// Angle of a step's voltage, degrees.
        tap_step_deg: Option<f64>,
        /// Whether it is in service.
        in_service: bool,
    },
    /// A two-port in per unit: a network equivalent, a reactor, a branch of a transmission model. The ideal transformer of
    /// its ratio is at its beginning.
    Impedance {
        /// Power base, MVA; the voltage bases are the rated voltages of the buses.
        sn_mva: f64,
        /// Resistance seen from its beginning.
        r_ft_pu: f64,
        /// Reactance seen from its beginning.
        x_ft_pu: f64,
        /// Resistance seen from its end.
        r_tf_pu: f64,
        /// Reactance seen from its end.
        x_tf_pu: f64,
        /// Conductance to earth at its beginning.
        g_f_pu: f64,
        /// Susceptance to earth at its beginning.
        b_f_pu: f64,
        /// Conductance to earth at its end.
        g_t_pu: f64,
        /// Susceptance to earth at its end.
        b_t_pu: f64,
        /// Off-nominal ratio.
        ratio: f64,
        /// Phase shift, degrees: the end lags by it.
        shift_deg: f64,
        /// Rated power, MVA.
        rating_mva: Option<f64>,
        /// Whether it is in service.
        in_service: bool,
    },
    /// A switch between two buses; a tie switch is normally open.
    Switch {
        /// Whether it conducts.
        closed: bool,
        /// Impedance; 0 joins the buses into one node.
        z_ohm: f64,
    },
}

impl PowerBranchKind {
    /// Whether it conducts as the data has it.
    #[must_use]
    pub const fn is_in_service(&self) -> bool {
        match *self {
            Self::Line { in_service, .. }
            | Self::Transformer { in_service, .. }
            | Self::Impedance { in_service, .. } => in_service,
            Self::Switch { closed, .. } => closed,
        }
    }
}

named_enum! {
    /// Side of a tap changer.
    TapSide {
        /// High voltage.
        Hv = "hv",
        /// Low voltage.
        Lv = "lv",
    }
}

named_enum! {
    /// How a tap changer acts.
    TapChanger {
        /// Steps add a voltage at an angle.
        Ratio = "ratio",
        /// As ratio; the step's angle is that of a symmetrical phase shifter.
        Symmetrical = "symmetrical",
        /// Steps turn the angle and leave the magnitude.
        Ideal = "ideal",
    }
}

/// A switch at an end of a line, transformer or impedance: open, it parts the branch from its bus.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerEndSwitch {
    /// `power_switch/107`.
    pub key: Key,
    /// Name.
    pub name: Option<String>,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// The branch.
    pub branch: Id<PowerBranch>,
    /// At which of its ends.
    pub end: BranchEnd,
    /// Whether it conducts.
    pub closed: bool,
}

named_enum! {
    /// End of a branch.
    BranchEnd {
        /// Where it begins.
        From = "from",
        /// Where it ends.
        To = "to",
    }
}

/// What draws or feeds at a bus.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerUnit {
    /// `power_load/12`, `power_sgen/3`, `power_gen/1`, `power_ext_grid/0`, `power_shunt/2`.
    pub key: Key,
    /// Name.
    pub name: Option<String>,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Where it is connected.
    pub bus: Id<PowerBus>,
    /// What it is.
    pub kind: PowerUnitKind,
    /// Name of its load profile: `H0`, `G1-B`.
    pub profile: Option<String>,
    /// Whether it is in service.
    pub in_service: bool,
    /// The building that it supplies or stands on.
    pub building: Option<Id<Building>>,
}

/// Kind of unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PowerUnitKind {
    /// A load: constant power, but for the parts of constant impedance and current.
    Load {
        /// Active power, MW.
        p_mw: f64,
        /// Reactive power, Mvar.
        q_mvar: f64,
        /// Factor on both.
        scaling: f64,
        /// Part of the active power that goes with the square of the voltage.
        const_z_p_percent: f64,
        /// Part of the active power that goes with the voltage.
        const_i_p_percent: f64,
        /// Part of the reactive power that goes with the square of the voltage.
        const_z_q_percent: f64,
        /// Part of the reactive power that goes with the voltage.
        const_i_q_percent: f64,
    },
    /// A generator of given active and reactive power: rooftop photovoltaic, a block heat and power plant.
    StaticGenerator {
        /// Active power, MW.
        p_mw: f64,
        /// Reactive power, Mvar.
        q_mvar: f64,
        /// Factor on both.
        scaling: f64,
    },
    /// A generator that keeps a voltage.
    Generator {
        /// Active power, MW.
        p_mw: f64,
        /// Factor on it.
        scaling: f64,
        /// Voltage kept, per unit.
        vm_pu: f64,
        /// Least reactive power, Mvar.
        min_q_mvar: Option<f64>,
        /// Most reactive power, Mvar.
        max_q_mvar: Option<f64>,
        /// Whether it balances the network as the grid above does.
        slack: bool,
    },
    /// The grid above.
    ExternalGrid {
        /// Voltage kept, per unit.
        vm_pu: f64,
        /// Angle kept, degrees.
        va_deg: f64,
    },
    /// An admittance to earth.
    Shunt {
        /// Active power drawn at 1 p.u., MW.
        p_mw: f64,
        /// Reactive power drawn at 1 p.u., Mvar.
        q_mvar: f64,
    },
}
