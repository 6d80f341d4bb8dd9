//! Buildings with keys, residents and addresses.

use std::collections::BTreeMap;

use geo_types::{LineString, MultiPolygon, Polygon};
use twin::{
    Id, Key, Table,
    building::{Address, Building, BuildingUse, RoofShape},
};

use crate::{
    draft::{Draft, Line},
    houses::House,
    site::distance_m,
    streets::{Streets, round},
};

/// Gives every house its key and its residents. The residents are whole and add up to the population.
pub(crate) fn buildings(houses: &[House], population: u32) -> Table<Building> {
    let dwellings: f64 = houses.iter().map(|house| house.dwellings).sum();
    let per_dwelling = if dwellings > 0.0 { f64::from(population) / dwellings } else { 0.0 };
    let (mut owed, mut settled) = (0.0, 0.0);
    houses
        .iter()
        .enumerate()
        .map(|(index, house)| {
            owed += house.dwellings * per_dwelling;
            let residents = (owed + 1e-6).floor() - settled;
            settled += residents;
            let mut ring = house.ground.clone();
            ring.push(house.ground[0]);
            Building {
                key: Key::new(format!("building/{}", index + 1)),
                footprint: MultiPolygon(vec![Polygon::new(LineString(ring), Vec::new())]),
                usage: house.usage,
                name: house.name.clone(),
                levels: Some(house.levels),
                height_m: Some(round(house.levels * house.storey_m + house.roof_m, 1)),
                min_height_m: None,
                roof: Some(house.roof),
                roof_height_m: Some(round(if house.roof == RoofShape::Flat { 0.0 } else { house.roof_m }, 1)),
                year_built: Some(house.year),
                dwellings: Some(house.dwellings),
                residents: Some(residents),
                jobs: Some(house.jobs),
                part_of: None,
            }
        })
        .collect()
}

/// Numbers the doors of every street: odd on the left, even on the right, rising from its beginning.
pub(crate) fn addresses(houses: &[House], draft: &Draft, streets: &Streets, postcode: u32) -> Table<Address> {
    let along = chainages(draft, streets);
    // Street → side → (distance, house).
    let mut doors: BTreeMap<(u32, bool), Vec<(f64, usize)>> = BTreeMap::new();
    for (index, house) in houses.iter().enumerate() {
        if let Some((line, share, left, _)) = house.door {
            let (start_m, forward) = along[line as usize];
            let (a, b) = draft.line_ends(line);
            let run_m = distance_m(a, b) * if forward { share } else { 1.0 - share };
            let side = left == forward;
            doors.entry((streets.strands[line as usize], side)).or_default().push((start_m + run_m, index));
        }
    }
    let mut numbers: Vec<Option<String>> = vec![None; houses.len()];
    for ((_, left), mut side) in doors {
        side.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut number = if left { 1 } else { 2 };
        let mut last_m = 0.0;
        for (along_m, index) in side {
            // A gap between houses keeps numbers free, as in a street that grew.
            number += 2 * (((along_m - last_m) / 70.0).floor().clamp(0.0, 3.0) as u32);
            let annex = matches!(houses[index].usage, BuildingUse::Farm);
            numbers[index] = Some(if annex { format!("{number}a") } else { number.to_string() });
            number += 2;
            last_m = along_m;
        }
    }
    let mut table = Table::new();
    for (index, house) in houses.iter().enumerate() {
        if let (Some((line, _, _, position)), Some(number)) = (house.door, numbers[index].take()) {
            table.push(Address {
                key: Key::new(format!("address/{}", index + 1)),
                position,
                street: streets.names[line as usize].clone(),
                house_number: number,
                postcode: Some(format!("{postcode:05}")),
                city: Some("Musterstadt".to_owned()),
                building: Some(Id::new(index)),
            });
        }
    }
    table
}

/// Where each line begins along its street, and whether it runs with it: streets are walked from the end nearest to the
/// market.
fn chainages(draft: &Draft, streets: &Streets) -> Vec<(f64, bool)> {
    let mut of_street: BTreeMap<u32, Vec<Line>> = BTreeMap::new();
    for (line, strand) in streets.strands.iter().enumerate() {
        of_street.entry(*strand).or_default().push(line as Line);
    }
    let mut along = vec![(0.0, true); draft.lines.len()];
    for lines in of_street.values() {
        let mut left: Vec<Line> = lines.clone();
        let degree = |point: u32, lines: &[Line]| {
            lines
                .iter()
                .filter(|&&l| {
                    let (a, b) = draft.lines[l as usize].ends;
                    a == point || b == point
                })
                .count()
        };
        let ends = lines.iter().flat_map(|&line| {
            let (a, b) = draft.lines[line as usize].ends;
            [a, b]
        });
        let from_center = |point: u32| {
            let p = draft.at(point);
            p.x.hypot(p.y)
        };
        let start = ends
            .filter(|&point| degree(point, lines) == 1)
            .min_by(|a, b| from_center(*a).total_cmp(&from_center(*b)).then(a.cmp(b)));
        let mut at = start.unwrap_or(draft.lines[lines[0] as usize].ends.0);
        let mut run_m = 0.0;
        while !left.is_empty() {
            let next = left
                .iter()
                .position(|&l| {
                    let (a, b) = draft.lines[l as usize].ends;
                    a == at || b == at
                })
                .unwrap_or(0);
            let line = left.remove(next);
            let (a, b) = draft.lines[line as usize].ends;
            let forward = b != at;
            along[line as usize] = (run_m, forward);
            run_m += distance_m(draft.at(a), draft.at(b));
            at = if forward { b } else { a };
        }
    }
    along
}
