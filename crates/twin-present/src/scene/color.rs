//! The colors of the town: muted, light, told apart by brightness as well as by hue. All sRGB.

use twin::{area::AreaKind, building::BuildingUse, road::RoadClass};

/// Bare land, sRGB.
pub const GROUND: [u8; 3] = [206, 211, 184];
pub(super) const WATER: [u8; 3] = [128, 168, 196];
pub(super) const SIDEWALK: [u8; 3] = [202, 199, 193];
pub(super) const MARKING: [u8; 3] = [245, 244, 240];
pub(super) const BALLAST: [u8; 3] = [150, 142, 134];
pub(super) const RAIL: [u8; 3] = [92, 88, 88];
pub(super) const CONCRETE: [u8; 3] = [186, 184, 178];
pub(super) const CITY_WALL: [u8; 3] = [176, 150, 128];
pub(super) const WORKS_RED: [u8; 3] = [206, 40, 36];
pub(super) const WORKS_WHITE: [u8; 3] = [250, 248, 244];

/// Color of a land use.
pub(super) const fn of_area(kind: AreaKind) -> [u8; 3] {
    match kind {
        AreaKind::Water => WATER,
        AreaKind::Forest => [142, 170, 122],
        AreaKind::Park => [176, 202, 146],
        AreaKind::Grass => [187, 207, 153],
        AreaKind::Scrub => [170, 189, 140],
        AreaKind::Farmland => [220, 213, 178],
        AreaKind::Farmyard => [214, 202, 178],
        AreaKind::Orchard => [188, 201, 150],
        AreaKind::Cemetery => [166, 190, 150],
        AreaKind::Sports => [160, 198, 152],
        AreaKind::Residential => [200, 208, 178],
        AreaKind::Retail => [219, 204, 194],
        AreaKind::Commercial => [212, 203, 199],
        AreaKind::Industrial => [203, 200, 204],
        AreaKind::Institutional => [210, 208, 180],
        AreaKind::Railway => [192, 186, 180],
        AreaKind::Parking => [190, 190, 190],
        AreaKind::Paved => [209, 203, 195],
        AreaKind::Bare => [205, 191, 165],
        AreaKind::Wetland => [164, 190, 168],
    }
}

/// Color of a street.
pub(super) const fn of_road(class: RoadClass) -> [u8; 3] {
    match class {
        RoadClass::Motorway | RoadClass::MotorwayLink | RoadClass::Trunk | RoadClass::TrunkLink => [104, 106, 112],
        RoadClass::Primary | RoadClass::PrimaryLink => [112, 113, 117],
        RoadClass::Secondary | RoadClass::SecondaryLink => [118, 119, 122],
        RoadClass::Tertiary | RoadClass::TertiaryLink => [125, 125, 127],
        RoadClass::LivingStreet => [158, 152, 146],
        RoadClass::Service | RoadClass::Busway => [150, 149, 147],
        RoadClass::Pedestrian => [190, 178, 166],
        RoadClass::Track => [186, 170, 140],
        RoadClass::Cycleway => [170, 150, 142],
        RoadClass::Footway | RoadClass::Steps => [196, 186, 172],
        RoadClass::Path | RoadClass::Bridleway => [190, 175, 146],
        RoadClass::Unclassified | RoadClass::Residential | RoadClass::Road => [134, 133, 133],
    }
}

/// Color of the walls of a building.
pub(super) const fn of_wall(usage: BuildingUse) -> [u8; 3] {
    match usage {
        BuildingUse::House | BuildingUse::Terrace | BuildingUse::Residential => [236, 228, 212],
        BuildingUse::Apartments => [230, 217, 196],
        BuildingUse::Retail | BuildingUse::Commercial | BuildingUse::Hotel => [228, 204, 184],
        BuildingUse::Office => [212, 216, 220],
        BuildingUse::Industrial | BuildingUse::Warehouse => [205, 208, 212],
        BuildingUse::School | BuildingUse::Kindergarten | BuildingUse::University => [226, 205, 158],
        BuildingUse::Hospital => [238, 236, 236],
        BuildingUse::FireStation => [214, 130, 112],
        BuildingUse::Public => [222, 204, 172],
        BuildingUse::Church => [220, 208, 186],
        BuildingUse::Farm => [204, 184, 156],
        BuildingUse::Garage | BuildingUse::Shed | BuildingUse::Utility => [206, 200, 190],
        BuildingUse::Unknown => [230, 223, 210],
    }
}

/// Color of a pitched roof.
pub(super) const fn of_pitched_roof(usage: BuildingUse) -> [u8; 3] {
    match usage {
        BuildingUse::Industrial | BuildingUse::Warehouse | BuildingUse::Office => [136, 138, 142],
        BuildingUse::Church => [112, 118, 122],
        BuildingUse::Farm | BuildingUse::Shed | BuildingUse::Garage => [150, 96, 76],
        BuildingUse::School | BuildingUse::University | BuildingUse::Public => [166, 92, 68],
        _ => [178, 100, 74],
    }
}

/// Color of a flat roof.
pub(super) const fn of_flat_roof(usage: BuildingUse) -> [u8; 3] {
    match usage {
        BuildingUse::Industrial | BuildingUse::Warehouse => [176, 180, 186],
        BuildingUse::Retail | BuildingUse::Commercial => [186, 182, 178],
        _ => [188, 182, 174],
    }
}

/// A color made up to `amount` lighter or darker, and a little warmer or cooler: the same for the same seed.
pub(super) fn varied(color: [u8; 3], seed: u32, amount: f64) -> [u8; 3] {
    let (light, warm) = (unit_from_seed(seed) - 0.5, unit_from_seed(seed ^ 0x9e37_79b9) - 0.5);
    let shift = [light + 0.4 * warm, light, light - 0.4 * warm];
    std::array::from_fn(|channel| {
        (f64::from(color[channel]) * (1.0 + 2.0 * amount * shift[channel])).clamp(0.0, 255.0) as u8
    })
}

/// A number in 0..1 that looks random, the same for the same seed.
pub(super) const fn unit_from_seed(seed: u32) -> f64 {
    let mut x = seed.wrapping_mul(0x85eb_ca6b) ^ 0x27d4_eb2f;
    x ^= x >> 15;
    x = x.wrapping_mul(0x2c1b_3c6d);
    x ^= x >> 12;
    x = x.wrapping_mul(0x297a_2d39);
    x ^= x >> 15;
    x as f64 / 4_294_967_296.0
}
