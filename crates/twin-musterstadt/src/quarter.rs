//! Quarters: what was built when, and how its streets and blocks are cut.

use twin::road::RoadClass;

/// Kind of quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Quarter {
    /// Medieval core.
    OldTown,
    /// Core of a village.
    Village,
    /// Perimeter blocks before 1914.
    Gruenderzeit,
    /// Rows of the 1950s.
    Rows,
    /// Large estates of the 1970s.
    Estate,
    /// Houses of the 1930s to 1980s.
    Houses,
    /// Houses since 1995, dead ends.
    NewHouses,
    /// Factories and trade.
    Industrial,
    /// Retail park.
    RetailPark,
    /// Not built.
    Open,
}

/// How a quarter is cut into blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// Greatest block length, metres.
    pub(crate) length_m: f64,
    /// Greatest block depth, metres.
    pub(crate) depth_m: f64,
    /// Irregularity of angles, radians.
    pub(crate) jitter: f64,
    /// Pull of existing junctions, metres.
    pub(crate) snap_m: f64,
    /// Smallest distance of a junction from a corner, metres.
    pub(crate) corner_m: f64,
    /// Class of the main street of a large cell.
    pub(crate) collector: RoadClass,
    /// Class of its other streets.
    pub(crate) street: RoadClass,
}

impl Quarter {
    /// How it is cut into blocks.
    pub(crate) fn manner(self) -> Manner {
        let (length_m, depth_m, jitter, snap_m, corner_m) = match self {
            Self::OldTown => (78.0, 56.0, 0.34, 12.0, 20.0),
            Self::Village => (130.0, 84.0, 0.26, 14.0, 26.0),
            Self::Gruenderzeit => (135.0, 92.0, 0.07, 24.0, 34.0),
            Self::Rows => (190.0, 120.0, 0.09, 24.0, 40.0),
            Self::Estate => (230.0, 170.0, 0.10, 24.0, 50.0),
            Self::Houses => (165.0, 82.0, 0.10, 22.0, 32.0),
            Self::NewHouses => (185.0, 118.0, 0.12, 20.0, 38.0),
            Self::Industrial => (330.0, 210.0, 0.06, 24.0, 60.0),
            Self::RetailPark => (300.0, 200.0, 0.06, 24.0, 60.0),
            Self::Open => (9e9, 9e9, 0.0, 0.0, 0.0),
        };
        let (collector, street) = match self {
            Self::OldTown => (RoadClass::Residential, RoadClass::LivingStreet),
            Self::Industrial | Self::RetailPark => (RoadClass::Unclassified, RoadClass::Unclassified),
            Self::Village => (RoadClass::Residential, RoadClass::Residential),
            _ => (RoadClass::Tertiary, RoadClass::Residential),
        };
        Manner { length_m, depth_m, jitter, snap_m, corner_m, collector, street }
    }

    /// Residents per square metre of the quarter, streets included: a first guess for the size of the town.
    pub(crate) fn is_built(self) -> bool {
        self != Self::Open
    }
}
