//! Streets: junctions, sections between junctions, and what may drive on them.

use geo_types::{Coord, LineString};
use serde::{Deserialize, Serialize};

use crate::{Id, Key, Network};

/// The street network: one link per section between two junctions, both directions in it.
pub type RoadNetwork = Network<RoadNode, RoadLink>;

/// A junction or an end of a street.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadNode {
    /// `node/123`.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Ground height, metres, where known.
    pub elevation_m: Option<f64>,
    /// How right of way is settled.
    pub control: NodeControl,
    /// Whether a street leaves the map here (cut by the border of the extract).
    pub border: bool,
    /// Whether trips may pass through; false for a centroid (TNTP nodes below FIRST THRU NODE).
    pub through: bool,
}

/// Right of way at a junction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeControl {
    /// Right before left, or not known.
    #[default]
    None,
    /// Traffic signals.
    Signal,
    /// Stop sign on an approach.
    Stop,
    /// Give-way sign on an approach.
    GiveWay,
    /// Mini roundabout.
    MiniRoundabout,
    /// Turning circle or loop at a dead end.
    TurningCircle,
}

/// A section of street between two junctions, digitized from its `from` node to its `to` node.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadLink {
    /// `way/4711`, or `way/4711#2` for the second section of a way that has several (in the way's direction).
    pub key: Key,
    /// All source objects that the section is made of, in order along it: merged ways have several.
    pub source_keys: Vec<Key>,
    /// Street name.
    pub name: Option<String>,
    /// Route number: `B 14`, `St 2240`.
    pub route: Option<String>,
    /// Class of road.
    pub class: RoadClass,
    /// Axis in the twin's CRS, metres, from node to node.
    pub geometry: LineString<f64>,
    /// Length on the ellipsoid, metres.
    pub length_m: f64,
    /// What drives along the digitized direction.
    pub forward: Carriageway,
    /// What drives against the digitized direction.
    pub backward: Carriageway,
    /// Whether both directions share one lane (a narrow street): `lanes` is then 1 in both.
    pub shared_lane: bool,
    /// Width of the carriageway between kerbs, metres, where known.
    pub width_m: Option<f64>,
    /// Surface as in the source: `asphalt`, `paving_stones`.
    pub surface: Option<String>,
    /// Bridge, tunnel or neither.
    pub structure: Structure,
    /// Vertical order where streets cross without meeting; 0 is the ground.
    pub layer: i8,
    /// Part of a roundabout.
    pub roundabout: bool,
    /// Only for those who have a destination there (`access=destination`, Anlieger frei).
    pub destination_only: bool,
    /// Inside a built-up area (innerorts), where known.
    pub built_up: Option<bool>,
    /// Greatest admissible mass, tonnes.
    pub max_weight_t: Option<f64>,
    /// Greatest admissible height, metres.
    pub max_height_m: Option<f64>,
    /// Greatest admissible width, metres.
    pub max_width_m: Option<f64>,
    /// Which fields were not in the source and were set by rule.
    pub assumed: Assumed,
}

impl RoadLink {
    /// What drives in a direction.
    #[must_use]
    pub const fn carriageway(&self, direction: Direction) -> &Carriageway {
        match direction {
            Direction::Forward => &self.forward,
            Direction::Backward => &self.backward,
        }
    }

    /// The width between kerbs: the known one, or by lanes and class.
    #[must_use]
    pub fn width_or_assumed_m(&self) -> f64 {
        self.width_m.unwrap_or_else(|| {
            let lanes = if self.shared_lane { 1 } else { self.forward.lanes + self.backward.lanes };
            if lanes == 0 { self.class.path_width_m() } else { f64::from(lanes) * self.class.lane_width_m() }
        })
    }
}

/// One direction of a section.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Carriageway {
    /// Who may drive or walk in this direction.
    pub modes: Modes,
    /// Lanes for motor vehicles; 0 where none may drive.
    pub lanes: u8,
    /// Speed limit, signed or implied, km/h; 0 where no motor vehicle may drive.
    pub speed_limit_kmh: f64,
    /// Cost of driving where the source gives one (a TNTP file, a count, a measured capacity); else by class.
    pub impedance: Option<Impedance>,
}

/// Cost of driving along one direction of a section, from the source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Impedance {
    /// Time on the empty link, in the source's own unit (seconds unless the twin says otherwise).
    pub free_flow_time: f64,
    /// Capacity, vehicles per hour (the source's own unit for a TNTP file).
    pub capacity_veh_h: f64,
    /// How time grows with volume.
    pub delay: VolumeDelay,
    /// Toll, in the source's unit; weighed by `traffic.toll_weight`.
    pub toll: f64,
    /// Length, in the source's unit; weighed by `traffic.distance_weight`.
    pub distance: f64,
}

/// Volume-delay function: time on a link as a function of x = volume / capacity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum VolumeDelay {
    /// t0 · (1 + alpha · x^beta) (Bureau of Public Roads, 1964).
    Bpr {
        /// Factor.
        alpha: f64,
        /// Exponent.
        beta: f64,
    },
    /// t0 · (2 + √(alpha²(1−x)² + b²) − alpha(1−x) − b), b = (2 alpha − 1)/(2 alpha − 2) (Spiess, 1990).
    Conical {
        /// Steepness, > 1.
        alpha: f64,
    },
    /// t0 + 900·T·((x−1) + √((x−1)² + 8·j·x/(c·T))) seconds, c in veh/h (Akçelik, 1991).
    Akcelik {
        /// Delay parameter j.
        j: f64,
        /// Duration T of the analysis period, hours.
        period_h: f64,
    },
}

/// Along or against the digitized direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From `from` to `to`.
    Forward,
    /// From `to` to `from`.
    Backward,
}

impl Direction {
    /// Both, in this order.
    pub const BOTH: [Self; 2] = [Self::Forward, Self::Backward];

    /// The other one.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
        }
    }
}

/// One direction of one section: the unit that carries volumes. Columns of results have one row per arc, in the order
/// of [`Arc::index`]: 2·link + direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Arc {
    /// The section.
    pub link: Id<RoadLink>,
    /// The direction.
    pub direction: Direction,
}

impl Arc {
    /// This direction of this section.
    #[must_use]
    pub const fn new(link: Id<RoadLink>, direction: Direction) -> Self {
        Self { link, direction }
    }
    /// Row in result columns.
    #[must_use]
    pub const fn index(self) -> usize {
        2 * self.link.index() + self.direction as usize
    }
    /// The arc of a row.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        Self {
            link: Id::new(index / 2),
            direction: if index.is_multiple_of(2) { Direction::Forward } else { Direction::Backward },
        }
    }
    /// The nodes it leads from and to.
    #[must_use]
    pub fn ends(self, roads: &RoadNetwork) -> (Id<RoadNode>, Id<RoadNode>) {
        let (from, to) = roads.ends(self.link);
        match self.direction {
            Direction::Forward => (from, to),
            Direction::Backward => (to, from),
        }
    }
}

/// A set of modes of travel.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Modes(pub u8);

impl Modes {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Passenger cars.
    pub const CAR: Self = Self(1);
    /// Heavy goods vehicles.
    pub const TRUCK: Self = Self(2);
    /// Buses in service.
    pub const BUS: Self = Self(4);
    /// Bicycles.
    pub const BICYCLE: Self = Self(8);
    /// People on foot.
    pub const FOOT: Self = Self(16);
    /// Fire engines and ambulances.
    pub const EMERGENCY: Self = Self(32);
    /// Everybody.
    pub const ALL: Self = Self(63);
    /// Car, truck, bus, emergency.
    pub const MOTOR: Self = Self(1 | 2 | 4 | 32);
    /// Single modes with their names, in the order of the bits.
    pub const NAMED: [(Self, &'static str); 6] = [
        (Self::CAR, "car"),
        (Self::TRUCK, "truck"),
        (Self::BUS, "bus"),
        (Self::BICYCLE, "bicycle"),
        (Self::FOOT, "foot"),
        (Self::EMERGENCY, "emergency"),
    ];

    /// Whether all of `other` are in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    /// Whether any of `other` is in it.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
    /// Both sets together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// This set without `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// Whether it is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The mode of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::NAMED.iter().find(|(_, known)| *known == name).map(|(mode, _)| *mode)
    }
    /// Names of the modes in it.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMED.into_iter().filter(move |(mode, _)| self.contains(*mode)).map(|(_, name)| name)
    }
}

impl std::fmt::Debug for Modes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

macro_rules! named_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] $variant),+ }
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The name in files.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$variant => $text),+ } }
            /// The value of a name in files.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> { match name { $($text => Some(Self::$variant),)+ _ => None } }
        }
    };
}
pub(crate) use named_enum;

named_enum! {
    /// Class of road, after OpenStreetMap's `highway`.
    RoadClass {
        /// Autobahn.
        Motorway = "motorway",
        /// Its ramps.
        MotorwayLink = "motorway_link",
        /// Road for motor vehicles only, grade-separated.
        Trunk = "trunk",
        /// Its ramps.
        TrunkLink = "trunk_link",
        /// Bundesstraße.
        Primary = "primary",
        /// Its ramps.
        PrimaryLink = "primary_link",
        /// Landes- or Staatsstraße.
        Secondary = "secondary",
        /// Its ramps.
        SecondaryLink = "secondary_link",
        /// Kreisstraße, main street of a quarter.
        Tertiary = "tertiary",
        /// Its ramps.
        TertiaryLink = "tertiary_link",
        /// Minor public road.
        Unclassified = "unclassified",
        /// Residential street.
        Residential = "residential",
        /// Verkehrsberuhigter Bereich.
        LivingStreet = "living_street",
        /// Access to a plot or car park.
        Service = "service",
        /// Agricultural or forest track.
        Track = "track",
        /// Pedestrian street.
        Pedestrian = "pedestrian",
        /// Cycle path.
        Cycleway = "cycleway",
        /// Foot path.
        Footway = "footway",
        /// Unspecified path.
        Path = "path",
        /// Bridleway.
        Bridleway = "bridleway",
        /// Stairs.
        Steps = "steps",
        /// Bus road.
        Busway = "busway",
        /// Class not known.
        Road = "road",
    }
}

impl RoadClass {
    /// Width of one lane where nothing is known, metres (after RAL/RASt 06 standard cross-sections).
    #[must_use]
    pub const fn lane_width_m(self) -> f64 {
        match self {
            Self::Motorway => 3.75,
            Self::Trunk | Self::MotorwayLink | Self::TrunkLink => 3.5,
            Self::Primary | Self::Secondary | Self::PrimaryLink | Self::SecondaryLink | Self::Busway => 3.25,
            Self::Tertiary | Self::TertiaryLink => 3.0,
            _ => 2.75,
        }
    }

    /// Width where no motor vehicle may drive and nothing is known, metres.
    #[must_use]
    pub const fn path_width_m(self) -> f64 {
        match self {
            Self::Pedestrian => 6.0,
            Self::Cycleway | Self::Track => 2.5,
            _ => 1.5,
        }
    }
}

named_enum! {
    /// What carries the road.
    Structure {
        /// The ground.
        Ground = "ground",
        /// A bridge.
        Bridge = "bridge",
        /// A tunnel.
        Tunnel = "tunnel",
    }
}

/// Fields that were not in the source and were set by rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Assumed(pub u8);

impl Assumed {
    /// `lanes` of either direction.
    pub const LANES: Self = Self(1);
    /// `speed_limit_kmh` of either direction.
    pub const SPEED: Self = Self(2);
    /// Whether both are in it.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    /// Both together.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// A turn that is forbidden, or the only one allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRestriction {
    /// `relation/7`.
    pub key: Key,
    /// The approach.
    pub from: Arc,
    /// The arcs between, for a restriction via ways; empty for one via a node.
    pub via: Vec<Arc>,
    /// The exit.
    pub to: Arc,
    /// Forbidden (`no_…`) or the only one allowed (`only_…`).
    pub kind: TurnKind,
    /// Modes that may ignore it (`except=bus;bicycle`).
    pub except: Modes,
}

named_enum! {
    /// Sense of a turn restriction.
    TurnKind {
        /// The movement is forbidden.
        No = "no",
        /// Only this movement is allowed.
        Only = "only",
    }
}
