//! What buildings are used for: by their own tags, by what is in them, and by the land that they stand on.

use geo::{Area as _, InteriorPoint};
use geo_types::MultiPolygon;
use twin::{
    area::{Area, AreaKind},
    building::{Address, Building, BuildingUse, Place, PlaceKind},
};

use super::{
    element::{Osm, Tags},
    ground::Outlines,
    locate::Locator,
};

/// The use that a building's own tags tell; `Unknown` for `building=yes` and nothing else.
pub(crate) fn by_tags(tags: Tags<'_>) -> BuildingUse {
    use BuildingUse as U;
    let value = tags.first(&["building", "building:part"]).unwrap_or("yes");
    let by_building = match value {
        "house" | "detached" | "semidetached_house" | "semi" | "bungalow" | "villa" | "cabin" | "static_caravan"
        | "farm" => U::House,
        "terrace" | "terraced" | "row_house" => U::Terrace,
        "apartments" | "dormitory" | "block" | "flats" | "tower_block" => U::Apartments,
        "residential" => U::Residential,
        "retail" | "supermarket" | "shop" | "kiosk" | "mall" | "store" => U::Retail,
        "office" | "offices" | "bank" => U::Office,
        "commercial" | "restaurant" | "cinema" | "pub" => U::Commercial,
        "industrial" | "manufacture" | "factory" | "brewery" | "hall" | "workshop" | "works" => U::Industrial,
        "warehouse" | "storage" | "hangar" | "depot" | "storage_tank" | "silo" => U::Warehouse,
        "school" => U::School,
        "kindergarten" => U::Kindergarten,
        "university" | "college" => U::University,
        "hospital" | "clinic" => U::Hospital,
        "fire_station" => U::FireStation,
        "public" | "civic" | "government" | "townhall" | "library" | "sports_hall" | "sports_centre"
        | "train_station" | "stadium" | "grandstand" | "museum" | "castle" | "gymnasium" | "transportation"
        | "riding_hall" | "pavilion" | "prison" | "palace" | "historic" | "community_centre" | "swimming_pool"
        | "military" | "barracks" => U::Public,
        "church" | "chapel" | "cathedral" | "mosque" | "synagogue" | "temple" | "religious" | "monastery"
        | "shrine" => U::Church,
        "hotel" | "guest_house" | "hostel" => U::Hotel,
        "barn" | "farm_auxiliary" | "stable" | "cowshed" | "sty" | "agricultural" | "livestock" => U::Farm,
        "garage" | "garages" | "carport" | "parking" => U::Garage,
        "shed" | "hut" | "roof" | "greenhouse" | "ruins" | "allotment_house" | "toilets" | "ruin" | "bunker"
        | "gatehouse" | "tent" | "bridge" | "wall" | "tower" | "boathouse" | "container" | "gazebo" | "outbuilding"
        | "conservatory" | "collapsed" | "porch" | "balcony" | "terrace_roof" | "shelter" | "canopy" | "entrance"
        | "passage" | "corridor" | "steps" => U::Shed,
        "transformer_tower" | "service" | "water_tower" | "pumping_station" | "utility" | "substation" | "power"
        | "digester" | "chimney" | "power_substation" | "technical" => U::Utility,
        _ => U::Unknown,
    };
    if by_building == U::Unknown { by_function(tags).unwrap_or(U::Unknown) } else { by_building }
}

/// The use that a function (amenity, shop, office, …) implies for the building that it has to itself.
fn by_function(tags: Tags<'_>) -> Option<BuildingUse> {
    use BuildingUse as U;
    let amenity = tags.get("amenity").or_else(|| tags.get("healthcare")).and_then(|amenity| match amenity {
        "school" | "music_school" | "driving_school" | "language_school" => Some(U::School),
        "kindergarten" | "childcare" => Some(U::Kindergarten),
        "university" | "college" | "research_institute" => Some(U::University),
        "hospital" => Some(U::Hospital),
        "clinic" | "doctors" | "dentist" | "doctor" | "veterinary" | "pharmacy" => Some(U::Commercial),
        "fire_station" | "ambulance_station" => Some(U::FireStation),
        "place_of_worship" | "monastery" => Some(U::Church),
        "nursing_home" | "social_facility" | "retirement_home" => Some(U::Apartments),
        "townhall" | "library" | "community_centre" | "police" | "courthouse" | "public_building" | "theatre"
        | "arts_centre" | "prison" | "post_office" | "social_centre" | "public_bath" | "conference_centre"
        | "events_venue" | "exhibition_centre" | "customs" | "rescue_station" | "bus_station" | "crematorium" => {
            Some(U::Public)
        }
        "restaurant" | "cafe" | "bar" | "pub" | "fast_food" | "biergarten" | "nightclub" | "cinema" | "casino"
        | "fuel" | "car_wash" | "bank" | "ice_cream" | "food_court" | "gambling" | "car_rental" | "brothel"
        | "stripclub" | "vehicle_inspection" => Some(U::Commercial),
        "marketplace" => Some(U::Retail),
        "parking" | "bicycle_parking" | "motorcycle_parking" => Some(U::Garage),
        "shelter" | "toilets" | "recycling" | "waste_disposal" | "vending_machine" | "telephone" => Some(U::Shed),
        _ => None,
    });
    let tourism = || match tags.get("tourism")? {
        "hotel" | "guest_house" | "hostel" | "motel" | "apartment" | "chalet" | "alpine_hut" => Some(U::Hotel),
        "museum" | "gallery" => Some(U::Public),
        _ => None,
    };
    let leisure = || match tags.get("leisure")? {
        "sports_centre" | "sports_hall" | "swimming_pool" | "stadium" | "ice_rink" | "fitness_centre" | "dance"
        | "horse_riding" => Some(U::Public),
        _ => None,
    };
    let utility = || {
        let power =
            matches!(tags.get("power"), Some("substation" | "transformer" | "plant" | "sub_station" | "generator"));
        let works = matches!(
            tags.get("man_made"),
            Some(
                "water_works"
                    | "wastewater_plant"
                    | "pumping_station"
                    | "water_tower"
                    | "reservoir_covered"
                    | "telephone_exchange"
                    | "gasometer"
            )
        );
        (power || works).then_some(U::Utility)
    };
    amenity
        .or_else(|| (tags.has("shop") && !tags.is("shop", "vacant")).then_some(U::Retail))
        .or_else(|| tags.has("office").then_some(U::Office))
        .or_else(tourism)
        .or_else(utility)
        .or_else(leisure)
        .or_else(|| tags.has("craft").then_some(U::Commercial))
        .or_else(|| (tags.is("man_made", "works") || tags.has("industrial")).then_some(U::Industrial))
        .or_else(|| matches!(tags.get("railway"), Some("station" | "halt")).then_some(U::Public))
        .or_else(|| {
            tags.has("emergency")
                .then(|| tags.is("emergency", "ambulance_station"))
                .and_then(|yes| yes.then_some(U::FireStation))
        })
}

/// The uses of all buildings; those whose own tags are silent take it from what is in them and around them.
pub(crate) fn refined(
    osm: &Osm,
    buildings: &[Building],
    places: &[Place],
    addresses: &[Address],
    areas: &[Area],
    outlines: &Outlines<'_>,
    at: &Locator<'_>,
) -> Vec<BuildingUse> {
    let inside = functions_inside(osm, buildings.len(), at);
    let grounds = Grounds::new(osm, outlines);
    let grounds_at = Locator::of(grounds.polygons.clone(), |_| true);
    let is_land = |index: usize| land_of(areas[index].kind);
    let land_at = Locator::of(areas.iter().map(|area| &area.polygon).collect(), is_land);
    let mut has_address = vec![false; buildings.len()];
    for building in addresses.iter().filter_map(|address| address.building) {
        has_address[building.index()] = true;
    }
    let mut has_station = vec![false; buildings.len()];
    for place in places.iter().filter(|place| matches!(place.kind, PlaceKind::FireStation | PlaceKind::RescueStation)) {
        if let Some(building) = place.building {
            has_station[building.index()] = true;
        }
    }
    buildings
        .iter()
        .enumerate()
        .map(|(index, building)| {
            if building.usage != BuildingUse::Unknown || building.part_of.is_some() {
                return building.usage;
            }
            let Some(point) = building.footprint.interior_point() else { return building.usage };
            let ground = grounds_at.smallest_at(point.0).map(|found| grounds.uses[found]);
            let land = land_at.smallest_at(point.0).map(|found| areas[found].kind);
            if has_station[index] && inside[index].is_none() {
                return BuildingUse::FireStation;
            }
            let surroundings = Surroundings { ground, land, has_address: has_address[index] };
            by_surroundings(building, inside[index], surroundings)
        })
        .collect()
}

#[derive(Clone, Copy)]
struct Surroundings {
    ground: Option<BuildingUse>,
    land: Option<AreaKind>,
    has_address: bool,
}

fn by_surroundings(building: &Building, inside: Option<BuildingUse>, around: Surroundings) -> BuildingUse {
    use BuildingUse as U;
    let area_m2 = building.footprint.unsigned_area();
    let trade_land = matches!(around.land, Some(AreaKind::Retail | AreaKind::Commercial | AreaKind::Industrial));
    match inside {
        Some(usage @ (U::Retail | U::Office | U::Commercial)) => {
            // A shop on the ground floor of an ordinary house: people live above it.
            let mixed =
                !trade_land && (40.0..600.0).contains(&area_m2) && building.levels.is_none_or(|levels| levels >= 2.0);
            return if mixed { U::Apartments } else { usage };
        }
        Some(usage) => return usage,
        None => {}
    }
    if let Some(usage) = around.ground.filter(|_| area_m2 >= 60.0) {
        return usage;
    }
    match around.land {
        Some(AreaKind::Retail) => small_or(area_m2, 45.0, U::Retail),
        Some(AreaKind::Commercial) => small_or(area_m2, 45.0, U::Commercial),
        Some(AreaKind::Industrial) => small_or(area_m2, 45.0, U::Industrial),
        Some(AreaKind::Farmyard) => {
            if around.has_address {
                dwelling(building, area_m2)
            } else {
                small_or(area_m2, 30.0, U::Farm)
            }
        }
        Some(AreaKind::Institutional) => small_or(area_m2, 45.0, U::Public),
        Some(AreaKind::Parking) => U::Garage,
        Some(AreaKind::Railway) => U::Utility,
        Some(
            AreaKind::Farmland
            | AreaKind::Forest
            | AreaKind::Orchard
            | AreaKind::Grass
            | AreaKind::Park
            | AreaKind::Cemetery
            | AreaKind::Scrub
            | AreaKind::Sports,
        ) if !around.has_address => {
            if area_m2 < 150.0 {
                U::Shed
            } else {
                U::Farm
            }
        }
        Some(AreaKind::Residential) => dwelling(building, area_m2),
        _ if around.has_address => dwelling(building, area_m2),
        _ if area_m2 < 20.0 => U::Shed,
        _ if area_m2 < 45.0 => U::Garage,
        _ => U::Unknown,
    }
}

fn small_or(area_m2: f64, least_m2: f64, usage: BuildingUse) -> BuildingUse {
    if area_m2 < least_m2 { BuildingUse::Shed } else { usage }
}

/// Dwellings by size: up to 20 m² a shed, up to 45 m² a garage, up to 250 m² and three storeys a house.
fn dwelling(building: &Building, area_m2: f64) -> BuildingUse {
    let high =
        building.levels.is_some_and(|levels| levels > 3.0) || building.height_m.is_some_and(|height_m| height_m > 13.0);
    if area_m2 < 20.0 {
        BuildingUse::Shed
    } else if area_m2 < 45.0 {
        BuildingUse::Garage
    } else if area_m2 <= 250.0 && !high {
        BuildingUse::House
    } else {
        BuildingUse::Apartments
    }
}

/// Uses that are strong enough to stand for a building, from the strongest.
const STRENGTH: [BuildingUse; 11] = [
    BuildingUse::Hospital,
    BuildingUse::FireStation,
    BuildingUse::School,
    BuildingUse::University,
    BuildingUse::Kindergarten,
    BuildingUse::Church,
    BuildingUse::Public,
    BuildingUse::Hotel,
    BuildingUse::Retail,
    BuildingUse::Office,
    BuildingUse::Commercial,
];

fn functions_inside(osm: &Osm, n_buildings: usize, at: &Locator<'_>) -> Vec<Option<BuildingUse>> {
    let rank = |usage: BuildingUse| STRENGTH.iter().position(|known| *known == usage);
    let mut inside: Vec<Option<BuildingUse>> = vec![None; n_buildings];
    for node in osm.tagged_nodes() {
        let Some(usage) = by_function(node.tags) else { continue };
        let (Some(rank_here), Some(position)) = (rank(usage), osm.local(node.index)) else { continue };
        if let Some(building) = at.building_at(position) {
            let slot = &mut inside[building.index()];
            if slot.and_then(rank).is_none_or(|known| rank_here < known) {
                *slot = Some(usage);
            }
        }
    }
    inside
}

/// Grounds of schools, hospitals and the like.
struct Grounds<'a> {
    polygons: Vec<&'a MultiPolygon<f64>>,
    uses: Vec<BuildingUse>,
}

impl<'a> Grounds<'a> {
    fn new(osm: &'a Osm, outlines: &'a Outlines<'_>) -> Self {
        let mut grounds = Self { polygons: Vec::new(), uses: Vec::new() };
        let wanted = |tags: Tags<'_>| {
            let usage = by_function(tags).filter(|_| !tags.has("building") && !tags.has("building:part"))?;
            STRENGTH.contains(&usage).then_some(usage)
        };
        for (row, way) in osm.ways() {
            if let (Some(usage), Some(Ok(outline))) = (wanted(way.tags), outlines.way(row)) {
                grounds.polygons.push(&outline.polygon);
                grounds.uses.push(usage);
            }
        }
        for area in outlines.relations() {
            if let (Some(usage), Ok(outline)) = (wanted(area.tags), &area.outline) {
                grounds.polygons.push(&outline.polygon);
                grounds.uses.push(usage);
            }
        }
        grounds
    }
}

/// Whether an area tells what the buildings on it are used for.
const fn land_of(kind: AreaKind) -> bool {
    !matches!(kind, AreaKind::Water | AreaKind::Paved | AreaKind::Bare | AreaKind::Wetland)
}
