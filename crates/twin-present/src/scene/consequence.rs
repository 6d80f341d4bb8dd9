//! Consequences for buildings: what a scenario means to who lives or works there, the worst of it.

use std::collections::BTreeMap;

use twin::{
    Id, Outcome, Twin,
    building::{Address, Building},
    outcome::{Supply, touched::Errand},
    utility::Medium,
};

use crate::{Language, words::say};

/// Ways by car longer by at least this are shown, metres.
pub const LONGER_M: f64 = 100.0;

/// What a scenario means to a building, by rising weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consequence {
    /// Cars reach or leave it on a way longer by [`LONGER_M`] or more.
    Detour,
    /// The fire brigade or ambulance comes later than the limit, and did not before.
    EmergencyLate,
    /// Water, gas, heat or electricity is missing.
    NoSupply,
    /// No car reaches it.
    CutOff,
}

impl Consequence {
    /// All of them, by rising weight.
    pub const ALL: [Self; 4] = [Self::Detour, Self::EmergencyLate, Self::NoSupply, Self::CutOff];

    /// Color, sRGB: darker the graver, so that it can be told without hue.
    #[must_use]
    pub const fn color(self) -> [u8; 3] {
        match self {
            Self::Detour => [255, 214, 102],
            Self::EmergencyLate => [245, 130, 32],
            Self::NoSupply => [176, 52, 148],
            Self::CutOff => [150, 0, 24],
        }
    }

    /// What it is, in words.
    #[must_use]
    pub fn label(self, language: Language) -> String {
        let name = match self {
            Self::Detour => "consequence-detour",
            Self::EmergencyLate => "consequence-emergency",
            Self::NoSupply => "consequence-no-supply",
            Self::CutOff => "consequence-cut-off",
        };
        say(language, name, &[("m", &language.number(LONGER_M, 0))])
    }
}

/// The worst consequence for each building that has any.
#[must_use]
pub fn consequences(twin: &Twin, outcome: &Outcome) -> BTreeMap<Id<Building>, Consequence> {
    let mut worst: BTreeMap<Id<Building>, Consequence> = BTreeMap::new();
    let mut meet = |building: Option<Id<Building>>, consequence: Consequence| {
        if let Some(building) = building.filter(|id| id.index() < twin.buildings.len()) {
            let known = worst.entry(building).or_insert(consequence);
            *known = (*known).max(consequence);
        }
    };
    let of = |address: Id<Address>| twin.addresses.get(address).and_then(|address| address.building);
    if let Some(traffic) = &outcome.traffic {
        traffic.cut_off_addresses.iter().for_each(|&id| meet(of(id), Consequence::CutOff));
    }
    if let Some(touched) = &outcome.touched {
        for response in &touched.responses {
            response
                .beyond_limit()
                .chain(response.lost())
                .for_each(|row| meet(of(row.address), Consequence::EmergencyLate));
        }
        let by_car = touched.ways.iter().filter(|way| matches!(way.errand, Errand::CarIn | Errand::CarOut));
        for way in by_car.filter(|way| way.added_m().is_some_and(|added_m| added_m >= LONGER_M)) {
            meet(of(way.address), Consequence::Detour);
        }
    }
    for building in unsupplied(twin, outcome).into_values().flatten() {
        meet(Some(building), Consequence::NoSupply);
    }
    worst
}

/// Buildings that lose their supply, by network; each by rising id.
#[must_use]
pub fn unsupplied(twin: &Twin, outcome: &Outcome) -> BTreeMap<Medium, Vec<Id<Building>>> {
    let mut lost: BTreeMap<Medium, Vec<Id<Building>>> = BTreeMap::new();
    if let Some(water) = &outcome.water {
        let dry = water.affected.iter().filter(|row| matches!(row.supply, Supply::CutOff | Supply::NegativePressure));
        lost.insert(Medium::Water, dry.filter_map(|row| twin.water[row.node].building).collect());
    }
    if let Some(gas) = &outcome.gas {
        lost.insert(Medium::Gas, gas.cut_off_buildings.clone());
    }
    if let Some(heat) = &outcome.heat {
        lost.insert(Medium::Heat, heat.cut_off_buildings.clone());
    }
    if let Some(power) = &outcome.power {
        lost.insert(Medium::Power, power.dark_buildings.clone());
    }
    for buildings in lost.values_mut() {
        buildings.sort_unstable();
        buildings.dedup();
    }
    lost.retain(|_, buildings| !buildings.is_empty());
    lost
}

#[cfg(test)]
mod tests {
    use geo_types::{MultiPolygon, coord};
    use twin::{
        Crs, Key,
        building::BuildingUse,
        outcome::{
            Touched, TrafficOutcome,
            touched::{ChangedWay, Way},
        },
    };

    use super::*;

    type House = (Id<Building>, Id<Address>);

    /// Three houses with an address each.
    fn town() -> (Twin, Vec<House>) {
        let mut twin = Twin::empty("Testheim", Crs::etrs89_utm(32));
        let houses = (1..=3)
            .map(|number| {
                let building = twin.buildings.push(house(number));
                let address = twin.addresses.push(Address {
                    key: Key::new(format!("node/{number}")),
                    position: coord! { x: f64::from(number), y: 0.0 },
                    street: None,
                    house_number: number.to_string(),
                    postcode: None,
                    city: None,
                    building: Some(building),
                });
                (building, address)
            })
            .collect();
        (twin, houses)
    }

    fn house(number: i32) -> Building {
        Building {
            key: Key::new(format!("way/{number}")),
            footprint: MultiPolygon(Vec::new()),
            usage: BuildingUse::House,
            name: None,
            levels: None,
            height_m: None,
            min_height_m: None,
            roof: None,
            roof_height_m: None,
            year_built: None,
            dwellings: None,
            residents: None,
            jobs: None,
            part_of: None,
        }
    }

    #[test]
    fn of_several_consequences_the_worst_is_shown_and_short_detours_are_none() {
        let (twin, houses) = town();
        let longer = |address, added_m: f64| ChangedWay {
            address,
            errand: Errand::CarOut,
            base: Way { length_m: 500.0, time_s: 60.0 },
            with: Some(Way { length_m: 500.0 + added_m, time_s: 90.0 }),
            worst_added_m: None,
        };
        let touched = Touched {
            ways: vec![longer(houses[0].1, 300.0), longer(houses[1].1, 300.0), longer(houses[2].1, 99.0)],
            ..Touched::default()
        };
        let traffic = TrafficOutcome {
            hours: Vec::new(),
            closures: Vec::new(),
            cut_off_addresses: vec![houses[1].1],
            unreachable_before: Vec::new(),
            affected_bus_routes: Vec::new(),
            day: None,
        };
        let outcome = Outcome { traffic: Some(traffic), touched: Some(touched), ..Outcome::empty("Probe") };
        let met: Vec<_> = consequences(&twin, &outcome).into_iter().collect();
        assert_eq!(met, [(houses[0].0, Consequence::Detour), (houses[1].0, Consequence::CutOff)]);
        let light = |consequence: Consequence| consequence.color().iter().map(|&v| u32::from(v)).sum::<u32>();
        assert!(Consequence::ALL.windows(2).all(|pair| light(pair[0]) > light(pair[1])), "darker the graver");
    }
}
