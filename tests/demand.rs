//! Demand of real towns against what others say about them; discussed in `docs/demand.md`.
//!
//! The buildings of Bad Hersfeld have populations in a scenario of the traffic simulation SUMO
//! (`feeds/sumo_badhersfeld/osm_buildings.add.csv`), which are themselves made from the map.

use std::{collections::BTreeMap, path::PathBuf};

use twin::{Assumptions, Silent, Twin};
use twin_io::ImportOptions;
use twin_traffic::demand::stock;

fn data(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let file = root.join(path);
    if !file.exists() {
        eprintln!("SKIPPED: {} is absent; set STADTWIN_DATA to the folder of the test data", file.display());
    }
    file.exists().then_some(file)
}

fn town(path: &str) -> Option<Twin> {
    let file = data(path)?;
    Some(twin_io::import(&[file], &ImportOptions::default(), &Silent).expect("the extract imports").twin)
}

#[test]
fn bad_hersfeld_has_its_people_where_they_live() {
    let Some(twin) = town("osm/bad_hersfeld.osm.pbf") else { return };
    let Some(table) = data("feeds/sumo_badhersfeld/osm_buildings.add.csv") else { return };
    let stock = stock::occupy(&twin, &Assumptions::default());
    let total = stock.total();
    // 30,475 inhabitants in the map's own tag; 31,577 in the buildings of the SUMO scenario.
    assert!((total.residents / 31_000.0 - 1.0).abs() < 0.10, "{} residents", total.residents);
    assert!((0.3..0.8).contains(&(total.jobs / total.residents)), "{} jobs", total.jobs);
    let mut theirs = BTreeMap::new();
    for line in std::fs::read_to_string(table).expect("a readable file").lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        theirs.insert(fields[0].to_owned(), fields[2].parse::<f64>().expect("a population"));
    }
    assert_eq!(theirs.values().sum::<f64>(), 31_577.0);
    let pairs: Vec<(f64, f64)> = twin
        .buildings
        .iter()
        .zip(&stock.buildings)
        .filter_map(|((_, building), activity)| {
            let id = building.key.as_str().split_once('/')?.1;
            theirs.get(id).map(|&population| (population, activity.residents))
        })
        .collect();
    assert!(pairs.len() > 10_000, "{} buildings in both", pairs.len());
    let (theirs, ours) = pairs.iter().fold((0.0, 0.0), |sums, pair| (sums.0 + pair.0, sums.1 + pair.1));
    assert!((ours / theirs - 1.0_f64).abs() < 0.12, "ours {ours:.0}, theirs {theirs:.0}");
    let difference = pairs.iter().map(|(x, y)| (x - y).abs()).sum::<f64>() / pairs.len() as f64;
    assert!(difference < 2.0, "a mean difference of {difference:.2} persons per building");
}

#[test]
fn the_middle_of_lauf_is_populated() {
    // 26,515 inhabitants with all villages (2020), of which the extract shows the middle.
    let Some(twin) = town("osm/lauf_pegnitz_2020.osm.pbf") else { return };
    let residents = stock::occupy(&twin, &Assumptions::default()).total().residents;
    assert!((17_000.0..27_000.0).contains(&residents), "{residents} residents");
}
