//! Buildings, addresses and places.

use geo_types::{Coord, MultiPolygon};

use crate::{Id, Key, road::named_enum};

/// A building, or a part of one where the source tells parts apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Building {
    /// `way/4711`, `relation/7`.
    pub key: Key,
    /// Ground plan in the twin's CRS, metres.
    pub footprint: MultiPolygon<f64>,
    /// What it is used for.
    pub usage: BuildingUse,
    /// Name.
    pub name: Option<String>,
    /// Storeys above ground, without the roof.
    pub levels: Option<f64>,
    /// Height of the ridge above ground, metres.
    pub height_m: Option<f64>,
    /// Height above ground where it begins, metres (a part that hangs over a passage).
    pub min_height_m: Option<f64>,
    /// Form of the roof.
    pub roof: Option<RoofShape>,
    /// Height of the roof alone, metres.
    pub roof_height_m: Option<f64>,
    /// Year of construction.
    pub year_built: Option<i32>,
    /// Dwellings in it.
    pub dwellings: Option<f64>,
    /// Residents.
    pub residents: Option<f64>,
    /// Jobs.
    pub jobs: Option<f64>,
    /// Key of the building whose part this is: it counts for the picture only.
    pub part_of: Option<Key>,
}

impl Building {
    /// Storeys: the known number, or from the height, or by use.
    #[must_use]
    pub fn levels_or_assumed(&self) -> f64 {
        let by_use = match self.usage {
            BuildingUse::Apartments | BuildingUse::Hospital | BuildingUse::University => 3.0,
            BuildingUse::House
            | BuildingUse::Terrace
            | BuildingUse::Residential
            | BuildingUse::Office
            | BuildingUse::School
            | BuildingUse::Public
            | BuildingUse::Hotel
            | BuildingUse::Unknown => 2.0,
            _ => 1.0,
        };
        self.levels.or_else(|| self.height_m.map(|height| (height / 3.2).floor().max(1.0))).unwrap_or(by_use)
    }

    /// Height of the ridge above ground, metres: the known one, or from storeys and use.
    #[must_use]
    pub fn height_or_assumed_m(&self) -> f64 {
        self.height_m.unwrap_or_else(|| {
            let storey_m = match self.usage {
                BuildingUse::Industrial | BuildingUse::Warehouse => 7.0,
                BuildingUse::Retail => 5.0,
                BuildingUse::Church => 12.0,
                BuildingUse::Garage | BuildingUse::Shed => 2.6,
                _ => 3.0,
            };
            self.levels_or_assumed() * storey_m + self.roof_height_or_assumed_m()
        })
    }

    /// Height of the roof alone, metres: the known one, or 0 for flat and unknown roofs, 3 for pitched ones.
    #[must_use]
    pub fn roof_height_or_assumed_m(&self) -> f64 {
        self.roof_height_m.unwrap_or(match self.roof {
            None | Some(RoofShape::Flat) => 0.0,
            Some(_) => 3.0,
        })
    }
}

named_enum! {
    /// What a building is used for.
    BuildingUse {
        /// Detached or semi-detached house.
        House = "house",
        /// Terraced house.
        Terrace = "terrace",
        /// Several dwellings.
        Apartments = "apartments",
        /// Dwellings, form not known.
        Residential = "residential",
        /// Shops.
        Retail = "retail",
        /// Offices.
        Office = "office",
        /// Trade of any kind.
        Commercial = "commercial",
        /// Factories.
        Industrial = "industrial",
        /// Storage and logistics.
        Warehouse = "warehouse",
        /// School.
        School = "school",
        /// Kindergarten.
        Kindergarten = "kindergarten",
        /// University or college.
        University = "university",
        /// Hospital.
        Hospital = "hospital",
        /// Fire or rescue station.
        FireStation = "fire_station",
        /// Town hall, library, sports hall and the like.
        Public = "public",
        /// Place of worship.
        Church = "church",
        /// Hotel, inn.
        Hotel = "hotel",
        /// Farm building.
        Farm = "farm",
        /// Garage, carport, parking.
        Garage = "garage",
        /// Shed, hut, roof, greenhouse: nobody lives or works there.
        Shed = "shed",
        /// Transformer, pump house and the like.
        Utility = "utility",
        /// Not known (`building=yes`).
        Unknown = "unknown",
    }
}

named_enum! {
    /// Form of a roof, after OpenStreetMap's `roof:shape`.
    RoofShape {
        /// Flat.
        Flat = "flat",
        /// Satteldach.
        Gabled = "gabled",
        /// Walmdach.
        Hipped = "hipped",
        /// Krüppelwalmdach.
        HalfHipped = "half_hipped",
        /// Pultdach.
        Skillion = "skillion",
        /// Zeltdach.
        Pyramidal = "pyramidal",
        /// Mansarddach.
        Mansard = "mansard",
        /// Gambrel.
        Gambrel = "gambrel",
        /// Dome.
        Dome = "dome",
        /// Onion dome.
        Onion = "onion",
        /// Barrel.
        Round = "round",
    }
}

/// An address.
#[derive(Clone, Debug, PartialEq)]
pub struct Address {
    /// Key of the node, way or relation that carries it.
    pub key: Key,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Street or, in villages without street names, place.
    pub street: Option<String>,
    /// House number with suffix: `12a`.
    pub house_number: String,
    /// Postcode.
    pub postcode: Option<String>,
    /// Town.
    pub city: Option<String>,
    /// The building it belongs to, where known.
    pub building: Option<Id<Building>>,
}

/// A place that people must reach, or that sets out to reach people.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Key of the source object.
    pub key: Key,
    /// What it is.
    pub kind: PlaceKind,
    /// Name.
    pub name: Option<String>,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// The building it is in, where known.
    pub building: Option<Id<Building>>,
}

named_enum! {
    /// Kind of place.
    PlaceKind {
        /// Fire station.
        FireStation = "fire_station",
        /// Rescue (ambulance) station.
        RescueStation = "rescue_station",
        /// Police.
        Police = "police",
        /// Hospital or clinic.
        Hospital = "hospital",
        /// School.
        School = "school",
        /// Kindergarten.
        Kindergarten = "kindergarten",
        /// Home for the elderly or people in care.
        CareHome = "care_home",
        /// Shop.
        Shop = "shop",
        /// Supermarket.
        Supermarket = "supermarket",
        /// Pharmacy.
        Pharmacy = "pharmacy",
        /// Doctor.
        Doctor = "doctor",
        /// Town hall.
        TownHall = "town_hall",
        /// Restaurant, café, bar.
        Gastronomy = "gastronomy",
        /// Public car park.
        Parking = "parking",
        /// Railway station or halt.
        Station = "station",
    }
}
