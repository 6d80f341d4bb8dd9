//! Places to reach: schools, stations, shops, surgeries.

use geo_types::{Coord, coord};
use twin::{
    Id, Key, Table,
    building::{Address, Building, BuildingUse, Place, PlaceKind},
};

use crate::{dice::Dice, houses::House, programme::Programme, quarter::Quarter};

/// All places, each in its building.
pub(crate) fn places(houses: &[House], addresses: &Table<Address>, programme: &Programme, seed: u64) -> Table<Place> {
    let mut dice = Dice::new(seed, 6);
    let mut door: Vec<Option<usize>> = vec![None; houses.len()];
    for (row, address) in addresses.rows().iter().enumerate() {
        if let Some(building) = address.building {
            door[building.index()] = Some(row);
        }
    }
    let mut first_of_block: Vec<Option<usize>> = vec![None; programme.uses.len()];
    for (index, house) in houses.iter().enumerate() {
        first_of_block[house.block as usize].get_or_insert(index);
    }
    let mut places = Table::new();
    let mut add = |kind: PlaceKind, house: usize, name: Option<String>| {
        let position = door[house].map_or_else(|| center(&houses[house].ground), |row| addresses.rows()[row].position);
        let building: Id<Building> = Id::new(house);
        let key = Key::new(format!("place/{}", places.len() + 1));
        places.push(Place { key, kind, name, position, building: Some(building) });
    };
    for &(block, kind) in &programme.places {
        if let Some(house) = first_of_block[block as usize] {
            let street = door[house].and_then(|row| addresses.rows()[row].street.clone());
            add(kind, house, Some(title(kind, street.as_deref())));
        }
    }
    for (index, house) in houses.iter().enumerate() {
        let core = matches!(house.quarter, Quarter::OldTown | Quarter::Gruenderzeit | Quarter::Village);
        let kind = match house.usage {
            BuildingUse::Hotel => Some(PlaceKind::Gastronomy),
            BuildingUse::Retail if house.quarter == Quarter::RetailPark => Some(PlaceKind::Shop),
            BuildingUse::Retail if core => Some(match dice.unit() {
                u if u < 0.10 => PlaceKind::Pharmacy,
                u if u < 0.32 => PlaceKind::Gastronomy,
                _ => PlaceKind::Shop,
            }),
            BuildingUse::Office if core && dice.chance(0.4) => Some(PlaceKind::Doctor),
            BuildingUse::Farm | BuildingUse::House
                if house.quarter == Quarter::Village && house.jobs > 0.3 && dice.chance(0.03) =>
            {
                Some(PlaceKind::Gastronomy)
            }
            _ => None,
        };
        if let Some(kind) = kind {
            add(kind, index, None);
        }
    }
    places
}

fn title(kind: PlaceKind, street: Option<&str>) -> String {
    let what = match kind {
        PlaceKind::FireStation => "Feuerwache",
        PlaceKind::RescueStation => "Rettungswache",
        PlaceKind::Police => "Polizeiinspektion",
        PlaceKind::Hospital => "Klinikum",
        PlaceKind::School => "Schule",
        PlaceKind::Kindergarten => "Kindertagesstätte",
        PlaceKind::CareHome => "Seniorenheim",
        PlaceKind::Supermarket => "Supermarkt",
        PlaceKind::TownHall => return "Rathaus".to_owned(),
        PlaceKind::Station => return "Bahnhof Musterstadt".to_owned(),
        _ => "Einrichtung",
    };
    street.map_or_else(|| what.to_owned(), |street| format!("{what} {street}"))
}

fn center(ground: &[Coord<f64>]) -> Coord<f64> {
    let n = ground.len() as f64;
    coord! { x: ground.iter().map(|p| p.x).sum::<f64>() / n, y: ground.iter().map(|p| p.y).sum::<f64>() / n }
}
