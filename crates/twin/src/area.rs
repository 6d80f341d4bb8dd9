//! The ground: land use, water, green, railways and waterways, for demand and for the picture.

use geo_types::{LineString, MultiPolygon};

use crate::{Key, road::named_enum};

/// An area of one use or cover.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// Key of the source object.
    pub key: Key,
    /// Use or cover.
    pub kind: AreaKind,
    /// Name.
    pub name: Option<String>,
    /// Outline in the twin's CRS, metres.
    pub polygon: MultiPolygon<f64>,
}

named_enum! {
    /// Use or cover of the ground.
    AreaKind {
        /// River, lake, pond, basin.
        Water = "water",
        /// Forest, wood.
        Forest = "forest",
        /// Park, garden.
        Park = "park",
        /// Meadow, lawn, village green.
        Grass = "grass",
        /// Scrub, heath.
        Scrub = "scrub",
        /// Fields.
        Farmland = "farmland",
        /// Farmyard.
        Farmyard = "farmyard",
        /// Orchard, vineyard, allotments.
        Orchard = "orchard",
        /// Cemetery.
        Cemetery = "cemetery",
        /// Sports ground, pitch, playground.
        Sports = "sports",
        /// Residential land.
        Residential = "residential",
        /// Shops.
        Retail = "retail",
        /// Offices and trade.
        Commercial = "commercial",
        /// Industry.
        Industrial = "industrial",
        /// School, hospital or other grounds of public use.
        Institutional = "institutional",
        /// Railway land.
        Railway = "railway",
        /// Car park.
        Parking = "parking",
        /// Square or other paved area.
        Paved = "paved",
        /// Quarry, landfill, construction site, brownfield.
        Bare = "bare",
        /// Wetland.
        Wetland = "wetland",
    }
}

/// A line on the ground that is not a street: a stream, a railway.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundLine {
    /// Key of the source object.
    pub key: Key,
    /// What it is.
    pub kind: GroundLineKind,
    /// Name.
    pub name: Option<String>,
    /// Width, metres, where known.
    pub width_m: Option<f64>,
    /// Bridge or tunnel.
    pub structure: crate::road::Structure,
    /// Axis in the twin's CRS, metres.
    pub geometry: LineString<f64>,
}

named_enum! {
    /// Kind of line on the ground.
    GroundLineKind {
        /// River.
        River = "river",
        /// Stream, brook.
        Stream = "stream",
        /// Canal.
        Canal = "canal",
        /// Ditch, drain.
        Ditch = "ditch",
        /// Railway.
        Rail = "rail",
        /// Tram, light rail.
        Tram = "tram",
        /// Wall, city wall.
        Wall = "wall",
    }
}
