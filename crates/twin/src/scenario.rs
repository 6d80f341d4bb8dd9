//! Scenarios: what is changed for a while, and how it is computed.

use std::collections::BTreeMap;

use geo_types::LineString;
use jiff::civil::{Date, Time};

use crate::{Assumptions, Key, demand::Demand, road::Modes, road::named_enum, utility::Friction};

/// A set of measures on a twin. The default one is the base case.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Name shown to people.
    pub name: String,
    /// First day, where dates matter.
    pub from: Option<Date>,
    /// Last day.
    pub to: Option<Date>,
    /// Seed of everything random.
    pub seed: u64,
    /// Closures of streets.
    pub closures: Vec<Closure>,
    /// Assets out of service.
    pub outages: Vec<Outage>,
    /// Measures that are kept in the file but not computed.
    pub switched_off: SwitchedOff,
    /// Factor on all demand.
    pub demand_factor: f64,
    /// Zones and matrices from files; they replace the twin's demand, computed or its own.
    pub demand: Option<Demand>,
    /// The files that `demand` was read from.
    pub demand_files: Option<DemandFiles>,
    /// How traffic is computed.
    pub traffic: TrafficOptions,
    /// What is asked of the equilibria besides.
    pub questions: Questions,
    /// How water is computed.
    pub water: WaterOptions,
    /// How gas is computed.
    pub gas: GasOptions,
    /// How district heat is computed.
    pub heat: HeatOptions,
    /// How electricity is computed.
    pub power: PowerOptions,
    /// Only the stage of this day is computed; all stages where absent.
    pub date: Option<Date>,
    /// What is computed besides, to say how sure figures are and which closure causes them.
    pub scrutiny: Scrutiny,
    /// Numbers put where the data is silent.
    pub assumptions: Assumptions,
    /// Bounds on criteria by name: a scenario is also a test.
    pub expect: BTreeMap<String, Bound>,
    /// The file it came from, and where each field stands in it (`closure[0].street` → line, column), for findings.
    pub origin: Origin,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            name: String::new(),
            from: None,
            to: None,
            seed: 0,
            closures: Vec::new(),
            outages: Vec::new(),
            switched_off: SwitchedOff::default(),
            demand_factor: 1.0,
            demand: None,
            demand_files: None,
            traffic: TrafficOptions::default(),
            questions: Questions::default(),
            water: WaterOptions::default(),
            gas: GasOptions::default(),
            heat: HeatOptions::default(),
            power: PowerOptions::default(),
            date: None,
            scrutiny: Scrutiny::default(),
            assumptions: Assumptions::default(),
            expect: BTreeMap::new(),
            origin: Origin::default(),
        }
    }
}

/// Measures that a scenario keeps but that are not computed, each with its place among all of its kind, counted from 0, rising.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SwitchedOff {
    /// Closures.
    pub closures: Vec<(usize, Closure)>,
    /// Outages.
    pub outages: Vec<(usize, Outage)>,
}

impl SwitchedOff {
    /// The number of measures that are switched off.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.closures.len() + self.outages.len()
    }

    /// Whether every measure is computed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Measures in the order in which they were written, each with whether it is computed: those that are, and between them those
    /// that are switched off at their places.
    #[must_use]
    pub fn in_order<'a, T>(on: &'a [T], off: &'a [(usize, T)]) -> Vec<(&'a T, bool)> {
        let mut all: Vec<(&T, bool)> = on.iter().map(|measure| (measure, true)).collect();
        for (place, measure) in off {
            all.insert((*place).min(all.len()), (measure, false));
        }
        all
    }
}

/// Where a scenario was read from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Origin {
    /// File, as the user named it.
    pub file: Option<String>,
    /// Line and column of each field, from 1.
    pub positions: BTreeMap<String, (u32, u32)>,
}

/// Files of demand, as the scenario names them: relative to its own folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemandFiles {
    /// Trips between zones (CSV or TNTP).
    pub matrix: String,
    /// Zones (CSV); else the twin's.
    pub zones: Option<String>,
}

/// Bounds of a criterion.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bound {
    /// Smallest admissible value.
    pub min: Option<f64>,
    /// Greatest admissible value.
    pub max: Option<f64>,
}

/// How traffic is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficOptions {
    /// Stop at (TSTT − SPTT)/TSTT below this.
    pub relative_gap: f64,
    /// Stop after this many iterations.
    pub max_iterations: u32,
    /// Cost per unit of toll.
    pub toll_weight: f64,
    /// Cost per unit of distance.
    pub distance_weight: f64,
    /// Hours of the day that are computed (16 is 16:00 to 17:00).
    pub hours: Vec<u8>,
    /// Whether the whole day is computed besides, in slices of 15 minutes with queues.
    pub day: bool,
}

impl Default for TrafficOptions {
    fn default() -> Self {
        Self {
            relative_gap: 1e-5,
            max_iterations: 200,
            toll_weight: 0.0,
            distance_weight: 0.0,
            hours: vec![16],
            day: false,
        }
    }
}

/// What is asked of the equilibria besides; answered in tables of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Questions {
    /// Streets, by name or by key of a section or source object: who drives there, and where do they go with the scenario?
    pub select: Vec<String>,
    /// Origin and destination zone, by key: which ways are used between them?
    pub paths: Vec<[Key; 2]>,
    /// Whether the travel times between all zones are asked for.
    pub skim: bool,
}

impl Questions {
    /// Whether nothing is asked.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.select.is_empty() && self.paths.is_empty() && !self.skim
    }
}

/// What a run computes besides, to say how sure its figures are and which closure causes them. Not part of the base case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrutiny {
    /// Whether demand and the parameters of signals are varied (`traffic.bands`).
    pub bands: bool,
    /// Whether each of two to six closures is also computed alone and left out (`traffic.shares`).
    pub shares: bool,
}

impl Default for Scrutiny {
    fn default() -> Self {
        Self { bands: true, shares: true }
    }
}

/// How water is computed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WaterOptions {
    /// Simulated time, seconds; 0 for one steady solve; the model's own where absent.
    pub duration_s: Option<f64>,
    /// What junctions draw when the pressure is low; as the model says where absent.
    pub demand_model: Option<WaterDemandModel>,
    /// Pressure below which a junction draws nothing (PDA), metres; the model's own where absent.
    pub minimum_pressure_m: Option<f64>,
    /// Pressure from which it draws all (PDA), and below which it counts as badly supplied, metres.
    pub required_pressure_m: Option<f64>,
    /// Exponent of the pressure between the two.
    pub pressure_exponent: Option<f64>,
    /// Factor on the demands of all junctions; 1 where absent.
    pub demand_factor: Option<f64>,
    /// Pipes, valves and pumps that stand shut from the start, before and with the outages.
    pub closed: Vec<Key>,
}

/// How gas is computed. What is absent is as the network says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GasOptions {
    /// Factor on all draws; 1 where absent.
    pub demand_factor: Option<f64>,
    /// Temperature of the gas everywhere, °C.
    pub temperature_c: Option<f64>,
    /// Pressure kept at every feed, bar (gauge).
    pub feed_pressure_bar: Option<f64>,
    /// Friction law of pipes.
    pub friction: Option<Friction>,
    /// Pipes, valves and machines that stand shut, before and with the outages.
    pub closed: Vec<Key>,
}

/// How district heat is computed. What is absent is as the network says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HeatOptions {
    /// Factor on the heat and flows that house stations take; 1 where absent.
    pub demand_factor: Option<f64>,
    /// Temperature of the ground, °C.
    pub ground_c: Option<f64>,
    /// Temperature that every plant feeds in with, °C.
    pub supply_c: Option<f64>,
    /// Pressure difference kept at every plant that keeps one, bar.
    pub lift_bar: Option<f64>,
    /// Least pressure difference at the worst house station, which the lift of the plants then follows, bar.
    pub worst_point_bar: Option<f64>,
    /// Friction law of pipes.
    pub friction: Option<Friction>,
    /// Pipes, valves and stations that stand shut, before and with the outages.
    pub closed: Vec<Key>,
}

named_enum! {
    /// What junctions draw when the pressure is low.
    WaterDemandModel {
        /// Their demand, whatever the pressure (demand-driven analysis).
        Dda = "dda",
        /// What the pressure gives (pressure-driven analysis).
        Pda = "pda",
    }
}

/// How electricity is computed.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerOptions {
    /// Greatest mismatch of power at a bus, per unit.
    pub tolerance_pu: f64,
    /// Whether generators that keep a voltage give it up at their limits of reactive power.
    pub reactive_limits: bool,
    /// Factor on what every load draws.
    pub demand_factor: f64,
    /// Part of loads of constant impedance, 0 to 1, where the data says nothing else of a load.
    pub constant_impedance: f64,
    /// Part of loads of constant current, likewise; both together 1 at the most.
    pub constant_current: f64,
    /// Whether a whole day is computed besides, in quarters of an hour.
    pub day: bool,
    /// Season of that day.
    pub season: Season,
    /// Part of the customers with a heat pump, 0 to 1.
    pub heat_pumps: f64,
    /// Part of the customers with a wallbox.
    pub wallboxes: f64,
    /// Part of the customers with photovoltaics.
    pub photovoltaics: f64,
    /// Part of the energy of heat pumps and wallboxes that moves to the hours of least load.
    pub flexible: f64,
}

named_enum! {
    /// Season of a day.
    Season {
        /// A working day in January, −12 °C.
        Winter = "winter",
        /// A working day in July.
        Summer = "summer",
    }
}

impl Default for PowerOptions {
    fn default() -> Self {
        Self {
            tolerance_pu: 1e-8,
            reactive_limits: false,
            demand_factor: 1.0,
            constant_impedance: 0.0,
            constant_current: 0.0,
            day: false,
            season: Season::Winter,
            heat_pumps: 0.0,
            wallboxes: 0.0,
            photovoltaics: 0.0,
            flexible: 0.0,
        }
    }
}

/// A closure of a part of a street.
#[derive(Clone, Debug, PartialEq)]
pub struct Closure {
    /// Which street.
    pub target: RoadTarget,
    /// What is closed.
    pub kind: ClosureKind,
    /// How traffic alternates past a half closure.
    pub control: Control,
    /// Lanes that stay in each direction (kind `lanes`).
    pub lanes: Option<u8>,
    /// Direction that stays open (kind `one-way`): along the street as it was named, digitized or drawn, or against it.
    pub open_direction: Option<OpenDirection>,
    /// Direction that the works take room from (kinds `lanes` and `narrowed`), along the street as above or against it; both where absent.
    pub direction: Option<OpenDirection>,
    /// Length of the work site, metres: centred on the section unless `from_m` is given; the whole section if absent.
    pub length_m: Option<f64>,
    /// Begin of the work site along the section, metres.
    pub from_m: Option<f64>,
    /// End of the work site along the section, metres.
    pub to_m: Option<f64>,
    /// Side of the work site, seen along the section.
    pub side: Option<Side>,
    /// Width of each lane past the work site, metres (kind `narrowed`).
    pub lane_width_m: Option<f64>,
    /// Where bicycles ride past a signal: the clearance time allows for them, or they are led aside; not planned for where absent.
    pub bicycles: Option<Bicycles>,
    /// Who may pass in spite of it.
    pub exempt: Modes,
    /// Whether residents may enter: all whose way begins or ends on the section, or behind it where no other way leads there.
    pub exempt_residents: bool,
    /// Whether the footways are closed too (a full closure; else people on foot pass beside the works).
    pub footway_closed: bool,
    /// First day; the scenario's where absent.
    pub from: Option<Date>,
    /// Last day; the scenario's where absent.
    pub to: Option<Date>,
    /// Hours of the day in which it holds, begin included, end not; all day where absent. End before begin: over midnight.
    pub hours: Option<(Time, Time)>,
    /// Cycle time of the signal, seconds; by Webster where absent.
    pub cycle_s: Option<f64>,
    /// Cause: `Fernwärme`.
    pub cause: Option<String>,
    /// Who is responsible.
    pub owner: Option<String>,
    /// Phases of a work site that moves or changes; it holds on their days alone. None: the same all the time.
    pub phases: Vec<ClosurePhase>,
}

/// A phase of a work site that moves or changes. What is absent is as the closure says.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosurePhase {
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Length of the work site, metres.
    pub length_m: Option<f64>,
    /// Begin of the work site along the section, metres.
    pub from_m: Option<f64>,
    /// End of the work site along the section, metres.
    pub to_m: Option<f64>,
    /// What is closed.
    pub kind: Option<ClosureKind>,
    /// How traffic alternates past a half closure.
    pub control: Option<Control>,
    /// Side of the work site.
    pub side: Option<Side>,
}

impl Closure {
    /// A full closure of the whole target, without exemptions, all day.
    #[must_use]
    pub const fn on(target: RoadTarget) -> Self {
        Self {
            target,
            kind: ClosureKind::Full,
            control: Control::Signal,
            lanes: None,
            open_direction: None,
            direction: None,
            length_m: None,
            from_m: None,
            to_m: None,
            side: None,
            lane_width_m: None,
            bicycles: None,
            exempt: Modes::NONE,
            exempt_residents: false,
            footway_closed: false,
            from: None,
            to: None,
            hours: None,
            cycle_s: None,
            cause: None,
            owner: None,
            phases: Vec::new(),
        }
    }
}

/// Which street a closure is on.
#[derive(Clone, Debug, PartialEq)]
pub enum RoadTarget {
    /// By name, optionally between two cross streets.
    Street {
        /// Name of the street.
        name: String,
        /// Names of the cross streets at its ends.
        between: Option<[String; 2]>,
    },
    /// By key: of a section, or of a source object (then all its sections).
    Key(Key),
    /// Along a line drawn on the map, in the twin's CRS, metres.
    Line(LineString<f64>),
}

named_enum! {
    /// What a closure closes.
    ClosureKind {
        /// Vollsperrung.
        Full = "full",
        /// Halbseitige Sperrung: one lane stays, used alternately.
        Half = "half",
        /// One direction closed.
        OneWay = "one-way",
        /// Some lanes stay in each direction.
        Lanes = "lanes",
        /// All lanes stay, narrower.
        Narrowed = "narrowed",
    }
}

named_enum! {
    /// How traffic alternates past a half closure.
    Control {
        /// Temporary signals.
        Signal = "signal",
        /// Priority sign (Z 208/308).
        Priority = "priority",
        /// Flaggers with stop and go boards (Posten mit Winkerkellen).
        Flagger = "flagger",
    }
}

named_enum! {
    /// Where bicycles ride past the signal of a half closure.
    Bicycles {
        /// With the motor vehicles: the clearance time allows for them.
        With = "with",
        /// Led another way.
        Aside = "aside",
    }
}

named_enum! {
    /// Side of a work site, seen along the section.
    Side {
        /// Left.
        Left = "left",
        /// Right.
        Right = "right",
    }
}

named_enum! {
    /// One direction of a closure: that which stays open, or that from which lanes are taken.
    OpenDirection {
        /// Along the section.
        Along = "along",
        /// Against the section.
        Against = "against",
    }
}

/// An asset out of service.
#[derive(Clone, Debug, PartialEq)]
pub struct Outage {
    /// Key of the asset: `water_pipe/P-12`.
    pub asset: Key,
    /// When it begins, seconds since the start of the simulated time; from the start where absent.
    pub begin_s: Option<u64>,
    /// When it is over, seconds since the start of the simulated time; never where absent.
    pub end_s: Option<u64>,
    /// Whether a part of a pipe network is shut by the valves around it, with all that no valve parts from it; else the
    /// asset alone is out.
    pub isolate: bool,
    /// Valves that cannot be shut: the next ones beyond them are.
    pub stuck: Vec<Key>,
}

impl Outage {
    /// The asset alone, all the time.
    #[must_use]
    pub const fn of(asset: Key) -> Self {
        Self { asset, begin_s: None, end_s: None, isolate: false, stuck: Vec::new() }
    }

    /// Whether it holds at a time, seconds since the start of the simulated time.
    #[must_use]
    pub fn holds_at(&self, time_s: u64) -> bool {
        self.begin_s.unwrap_or(0) <= time_s && self.end_s.is_none_or(|end_s| time_s < end_s)
    }
}
