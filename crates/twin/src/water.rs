//! How a water network is run and computed: patterns, curves, controls, rules, options. Together with the network itself
//! this is all that EPANET's hydraulics know; every quantity is in SI units.
//!
//! Patterns and curves are referred to by name, nodes and links by key, so that a file edited in a GIS stays readable.

use crate::{Key, road::named_enum, scenario::WaterDemandModel};

/// How a water network is run and computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaterOperation {
    /// Title lines of the model.
    pub title: Vec<String>,
    /// Formulas, tolerances, times, units of the source.
    pub settings: WaterSettings,
    /// Time patterns, in the order of the file.
    pub patterns: Vec<WaterPattern>,
    /// Curves, in the order of the file.
    pub curves: Vec<WaterCurve>,
    /// Simple controls, in the order of the file.
    pub controls: Vec<WaterControl>,
    /// Rules, in the order of the file.
    pub rules: Vec<WaterRule>,
    /// Lines of sections that are not computed (water quality, energy, reports): carried through to writing.
    pub carried: Vec<CarriedLine>,
}

impl WaterOperation {
    /// Whether it says nothing beyond the defaults.
    #[must_use]
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// The pattern of this name.
    #[must_use]
    pub fn pattern(&self, name: &str) -> Option<&WaterPattern> {
        self.patterns.iter().find(|pattern| pattern.name == name)
    }

    /// The curve of this name.
    #[must_use]
    pub fn curve(&self, name: &str) -> Option<&WaterCurve> {
        self.curves.iter().find(|curve| curve.name == name)
    }
}

/// Multipliers that repeat in time.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterPattern {
    /// Name.
    pub name: String,
    /// One multiplier per time step of patterns.
    pub multipliers: Vec<f64>,
}

/// Points of a curve, by rising x.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterCurve {
    /// Name.
    pub name: String,
    /// What it describes: gives the units of its axes.
    pub kind: WaterCurveKind,
    /// Points.
    pub points: Vec<[f64; 2]>,
}

named_enum! {
    /// What a curve describes.
    WaterCurveKind {
        /// Head in metres over flow in m³/s, of a pump.
        Pump = "pump",
        /// Efficiency in percent over flow in m³/s.
        Efficiency = "efficiency",
        /// Volume in m³ over level in metres, of a tank.
        Volume = "volume",
        /// Head loss in metres over flow in m³/s, of a GPV.
        HeadLoss = "headloss",
        /// Percent of the full capacity over percent open, of a PCV.
        Valve = "valve",
        /// Not used by anything; numbers as in the file.
        Unused = "unused",
    }
}

/// Formulas, tolerances, times.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterSettings {
    /// Flow units of the source: what tolerances of rules refer to, and how the model is written back.
    pub flow_units: FlowUnits,
    /// Pressure units of the source.
    pub pressure_units: PressureUnits,
    /// Head-loss formula.
    pub formula: HeadLossFormula,
    /// Relative density of the liquid to water at 4 °C.
    pub specific_gravity: f64,
    /// Kinematic viscosity, m²/s.
    pub viscosity_m2_s: f64,
    /// Most iterations of one solve.
    pub max_iterations: u32,
    /// Convergence: sum of flow changes over sum of flows.
    pub accuracy: f64,
    /// Convergence: greatest error of head loss, metres; 0 for no such bound.
    pub head_error_m: f64,
    /// Convergence: greatest change of flow, m³/s; 0 for no such bound.
    pub flow_change_m3_s: f64,
    /// Iterations between status checks of pumps, check valves and links at tanks.
    pub check_frequency: u32,
    /// Iteration after which statuses are checked at convergence only.
    pub max_check: u32,
    /// Accuracy from which flow changes are damped; 0 for never.
    pub damping_limit: f64,
    /// Further iterations with fixed statuses when the limit is reached; nothing to stop there.
    pub extra_iterations: Option<u32>,
    /// Head tolerance of status checks, metres.
    pub head_tolerance_m: f64,
    /// Flow tolerance of status checks, m³/s.
    pub flow_tolerance_m3_s: f64,
    /// Least gradient of head loss over flow, s/m².
    pub least_gradient_s_m2: f64,
    /// Factor on all demands.
    pub demand_multiplier: f64,
    /// Pattern of demands without one.
    pub default_pattern: Option<String>,
    /// Exponent of pressure in the outflow of emitters.
    pub emitter_exponent: f64,
    /// Whether emitters may draw water in.
    pub emitter_backflow: bool,
    /// What junctions draw when the pressure is low.
    pub demand_model: WaterDemandModel,
    /// Pressure below which a junction draws nothing (PDA), metres.
    pub minimum_pressure_m: f64,
    /// Pressure from which it draws its full demand (PDA), metres; nothing where the source does not say.
    pub required_pressure_m: Option<f64>,
    /// Exponent between the two.
    pub pressure_exponent: f64,
    /// Simulated time, seconds.
    pub duration_s: u64,
    /// Time step of the hydraulics, seconds.
    pub hydraulic_step_s: u64,
    /// Time step of patterns, seconds.
    pub pattern_step_s: u64,
    /// Time at which patterns start, seconds.
    pub pattern_start_s: u64,
    /// Time step of results, seconds.
    pub report_step_s: u64,
    /// First time of results, seconds.
    pub report_start_s: u64,
    /// Time step of rules, seconds; 0 for a tenth of the hydraulic one.
    pub rule_step_s: u64,
    /// Time of day at the start, seconds.
    pub start_clock_s: u64,
}

/// Metres in a foot.
pub const FOOT_M: f64 = 0.3048;
/// Cubic metres in a cubic foot.
pub const CUBIC_FOOT_M3: f64 = FOOT_M * FOOT_M * FOOT_M;

impl Default for WaterSettings {
    /// EPANET 2.3's defaults (tolerances from feet and cubic feet), but for the units, which are those of German
    /// practice, and the formula, which is that of DVGW GW 303-1.
    fn default() -> Self {
        Self {
            flow_units: FlowUnits::Lps,
            pressure_units: PressureUnits::Meters,
            formula: HeadLossFormula::DarcyWeisbach,
            specific_gravity: 1.0,
            viscosity_m2_s: 1.1e-5 * FOOT_M * FOOT_M,
            max_iterations: 200,
            accuracy: 1e-3,
            head_error_m: 0.0,
            flow_change_m3_s: 0.0,
            check_frequency: 2,
            max_check: 10,
            damping_limit: 0.0,
            extra_iterations: None,
            head_tolerance_m: 0.0005 * FOOT_M,
            flow_tolerance_m3_s: 0.0001 * CUBIC_FOOT_M3,
            least_gradient_s_m2: 1e-7 * FOOT_M / CUBIC_FOOT_M3,
            demand_multiplier: 1.0,
            default_pattern: None,
            emitter_exponent: 0.5,
            emitter_backflow: true,
            demand_model: WaterDemandModel::Dda,
            minimum_pressure_m: 0.0,
            required_pressure_m: None,
            pressure_exponent: 0.5,
            duration_s: 0,
            hydraulic_step_s: 3600,
            pattern_step_s: 3600,
            pattern_start_s: 0,
            report_step_s: 3600,
            report_start_s: 0,
            rule_step_s: 0,
            start_clock_s: 0,
        }
    }
}

named_enum! {
    /// Head-loss formula.
    HeadLossFormula {
        /// Hazen–Williams.
        HazenWilliams = "hazen-williams",
        /// Darcy–Weisbach.
        DarcyWeisbach = "darcy-weisbach",
        /// Chezy–Manning.
        ChezyManning = "chezy-manning",
    }
}

named_enum! {
    /// Flow units of a model file.
    FlowUnits {
        /// Cubic feet per second.
        Cfs = "CFS",
        /// US gallons per minute.
        Gpm = "GPM",
        /// Million US gallons per day.
        Mgd = "MGD",
        /// Million imperial gallons per day.
        Imgd = "IMGD",
        /// Acre-feet per day.
        Afd = "AFD",
        /// Litres per second.
        Lps = "LPS",
        /// Litres per minute.
        Lpm = "LPM",
        /// Million litres per day.
        Mld = "MLD",
        /// Cubic metres per hour.
        Cmh = "CMH",
        /// Cubic metres per day.
        Cmd = "CMD",
        /// Cubic metres per second.
        Cms = "CMS",
    }
}

impl FlowUnits {
    /// How many of them EPANET counts in a cubic foot per second (EPANET 2.3, rounded as there, so that a model gives
    /// the same heads as there).
    #[must_use]
    pub const fn per_cubic_foot_s(self) -> f64 {
        match self {
            Self::Cfs => 1.0,
            Self::Gpm => 448.831,
            Self::Mgd => 0.64632,
            Self::Imgd => 0.5382,
            Self::Afd => 1.9837,
            Self::Lps => 28.317,
            Self::Lpm => 1699.0,
            Self::Mld => 2.4466,
            Self::Cmh => 101.94,
            Self::Cmd => 2446.6,
            Self::Cms => 0.028317,
        }
    }

    /// One of them in m³/s.
    #[must_use]
    pub const fn m3_s(self) -> f64 {
        CUBIC_FOOT_M3 / self.per_cubic_foot_s()
    }

    /// Whether the other quantities of such a file are feet, inches and horsepower.
    #[must_use]
    pub const fn is_us(self) -> bool {
        matches!(self, Self::Cfs | Self::Gpm | Self::Mgd | Self::Imgd | Self::Afd)
    }

    /// Metres in a unit of length of such a file.
    #[must_use]
    pub const fn length_m(self) -> f64 {
        if self.is_us() { FOOT_M } else { 1.0 }
    }
}

named_enum! {
    /// Pressure units of a model file.
    PressureUnits {
        /// Pounds per square inch.
        Psi = "PSI",
        /// Kilopascal.
        Kpa = "KPA",
        /// Bar.
        Bar = "BAR",
        /// Metres of water.
        Meters = "METERS",
        /// Feet of water.
        Feet = "FEET",
    }
}

impl PressureUnits {
    /// One of them in metres of the liquid (EPANET 2.3's factors).
    #[must_use]
    pub fn m(self, specific_gravity: f64) -> f64 {
        const PSI_PER_FOOT: f64 = 0.4333;
        FOOT_M
            / match self {
                Self::Psi => PSI_PER_FOOT * specific_gravity,
                Self::Kpa => 6.895 * PSI_PER_FOOT * specific_gravity,
                Self::Bar => 0.068_948 * PSI_PER_FOOT * specific_gravity,
                Self::Meters => FOOT_M,
                Self::Feet => 1.0,
            }
    }
}

/// A simple control: one condition, one action.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterControl {
    /// The link that is acted upon.
    pub link: Key,
    /// What is done.
    pub action: LinkAction,
    /// When.
    pub when: ControlCondition,
    /// Whether it is in force.
    pub enabled: bool,
}

/// What a control or rule does to a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LinkAction {
    /// Opens it, or switches it on.
    Open,
    /// Shuts it, or switches it off.
    Close,
    /// Sets a pump's speed or a valve's setting, in SI units.
    Set(f64),
}

/// Condition of a simple control.
#[derive(Clone, Debug, PartialEq)]
pub enum ControlCondition {
    /// Level of a tank (above its bottom) or pressure of a junction below this, metres.
    Below {
        /// The node.
        node: Key,
        /// Level or pressure, metres.
        value_m: f64,
    },
    /// Level of a tank or pressure of a junction above this, metres.
    Above {
        /// The node.
        node: Key,
        /// Level or pressure, metres.
        value_m: f64,
    },
    /// Seconds since the start.
    Time {
        /// Seconds.
        time_s: u64,
    },
    /// Time of day, seconds.
    ClockTime {
        /// Seconds after midnight.
        time_s: u64,
    },
}

/// A rule: several premises, actions, otherwise other actions.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterRule {
    /// Name.
    pub name: String,
    /// Premises in order; `or` binds as in EPANET: an `or` premise is looked at where all before it failed.
    pub premises: Vec<Premise>,
    /// What is done where they hold.
    pub then: Vec<RuleAction>,
    /// What is done otherwise.
    pub otherwise: Vec<RuleAction>,
    /// Of two rules on one link, the one of higher priority acts.
    pub priority: f64,
    /// Whether it is in force.
    pub enabled: bool,
}

/// A premise of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Premise {
    /// Whether it is joined to those before by `or`.
    pub or: bool,
    /// What is looked at.
    pub subject: RuleSubject,
    /// How it is compared.
    pub relation: Relation,
    /// With what.
    pub value: RuleValue,
}

/// What a premise looks at.
#[derive(Clone, Debug, PartialEq)]
pub enum RuleSubject {
    /// Demand of the whole system, m³/s.
    SystemDemand,
    /// Seconds since the start.
    Time,
    /// Seconds after midnight.
    ClockTime,
    /// A quantity of a node.
    Node(Key, NodeQuantity),
    /// A quantity of a link.
    Link(Key, LinkQuantity),
}

named_enum! {
    /// A quantity of a node that rules look at.
    NodeQuantity {
        /// Demand, m³/s.
        Demand = "DEMAND",
        /// Head, metres.
        Head = "HEAD",
        /// Level above the bottom, metres.
        Level = "LEVEL",
        /// Pressure, metres.
        Pressure = "PRESSURE",
        /// Time until a tank is full, seconds.
        FillTime = "FILLTIME",
        /// Time until a tank is empty, seconds.
        DrainTime = "DRAINTIME",
    }
}

named_enum! {
    /// A quantity of a link that rules look at.
    LinkQuantity {
        /// Flow, m³/s.
        Flow = "FLOW",
        /// Open, closed or active.
        Status = "STATUS",
        /// Speed or setting.
        Setting = "SETTING",
    }
}

named_enum! {
    /// Comparison of a premise.
    Relation {
        /// Equal.
        Equal = "=",
        /// Not equal.
        NotEqual = "<>",
        /// Below or equal.
        AtMost = "<=",
        /// Above or equal.
        AtLeast = ">=",
        /// Below.
        Below = "<",
        /// Above.
        Above = ">",
    }
}

/// What a premise compares with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RuleValue {
    /// A number in SI units.
    Number(f64),
    /// Open.
    Open,
    /// Closed.
    Closed,
    /// Active.
    Active,
}

/// An action of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct RuleAction {
    /// The link.
    pub link: Key,
    /// What is done.
    pub action: LinkAction,
}

/// A line of a section that is not computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedLine {
    /// Name of the section: `QUALITY`.
    pub section: String,
    /// The line as in the file.
    pub line: String,
}
