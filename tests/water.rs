//! Water from end to end: an EPANET file becomes a twin on disk, reads back as it was, and runs to EPANET's results.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

use std::path::PathBuf;

use twin::{Key, Scenario, Silent, outcome::Supply, scenario::Outage, water::FOOT_M};
use twin_io::ImportOptions;
use twin_run::{WaterN1, water_n1};

fn network(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let folder = folder.join("water").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: STADTWIN_DATA is absent, {} is no folder", folder.display());
    None
}

fn run(twin: &twin::Twin, scenario: &Scenario) -> twin::Outcome {
    let prepared = twin_run::prepare(twin, scenario, &Silent);
    let resolved = twin_run::resolve(twin, scenario).unwrap();
    twin_run::run(twin, &prepared, &resolved, &Silent)
}

#[test]
fn an_epanet_file_becomes_a_twin_that_runs_to_its_results() {
    let Some(folder) = network("Net3") else { return };
    let options = ImportOptions { epsg: None, name: None };
    let imported = twin_io::import(&[folder.join("Net3.inp")], &options, &Silent).unwrap();
    assert!(imported.tally.adds_up());
    let disk = tempfile::tempdir().unwrap();
    let path = disk.path().join("net3.gpkg");
    twin_io::gpkg::write_twin(&imported.twin, &path).unwrap();
    let twin = twin_io::gpkg::read_twin(&path).unwrap();
    assert_eq!(twin.water, imported.twin.water);
    assert_eq!(twin.water_operation, imported.twin.water_operation);
    // Steady at the start, as the reference.
    let mut scenario = Scenario::default();
    scenario.water.duration_s = Some(0.0);
    let outcome = run(&twin, &scenario);
    let water = outcome.water.as_ref().unwrap();
    assert_eq!(water.times.len(), 1);
    assert!(water.times[0].status.is_fine());
    let reference = std::fs::read_to_string(folder.join("ref_t0_nodes.csv")).unwrap();
    let mut compared = 0;
    for row in reference.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let key = Key::new(format!("water_junction/{}", cells[0]));
        let (id, _) = twin.water.nodes().find(|(_, node)| node.key == key).unwrap();
        let head_m: f64 = cells[2].parse::<f64>().unwrap() * FOOT_M;
        assert!((water.times[0].head_m[id.index()] - head_m).abs() < 1e-3, "{key}");
        compared += 1;
    }
    assert_eq!(compared, 97);
    // The twin as an EPANET file again.
    let inp = disk.path().join("net3.inp");
    twin_io::epanet::write_inp(&twin, &inp).unwrap();
    let again = twin_io::import(&[inp], &options, &Silent).unwrap();
    assert_eq!(again.twin.water.n_links(), twin.water.n_links());
    assert_eq!(again.twin.water_operation.rules, twin.water_operation.rules);
    // Over the day that the file names, and with a pipe out.
    scenario.water.duration_s = Some(6.0 * 3600.0);
    scenario.outages.push(Outage::of(Key::new("water_pipe/105")));
    let outcome = run(&twin, &scenario);
    let water = outcome.water.as_ref().unwrap();
    assert_eq!(water.times.last().unwrap().time_s, 6 * 3600);
    let (pipe, _) = twin.water.links().find(|(_, link)| link.key.as_str() == "water_pipe/105").unwrap();
    assert!(water.times.iter().all(|time| time.flow_m3_s[pipe.index()] == 0.0));
    assert!(water.times.iter().all(|time| time.link_status[pipe.index()] == "out_of_service"));
    let (rows, _) = water_n1(&twin, &Scenario::default(), WaterN1::Pipe, &Silent);
    assert_eq!(rows.len(), 117);
}

#[test]
fn musterstadt_has_water_and_loses_it_behind_a_closed_pipe() {
    let options = twin_musterstadt::Options { population: 600, seed: 1 };
    let twin = twin_musterstadt::generate(&options, &Silent).unwrap();
    let scenario = Scenario::default();
    let (rows, _) = water_n1(&twin, &scenario, WaterN1::Pipe, &Silent);
    let value =
        |row: &twin_run::WaterN1Row, name: &str| row.criteria.iter().find(|(known, _)| *known == name).unwrap().1;
    let worst = rows
        .iter()
        .max_by(|a, b| value(a, "water.demand_not_served_m3_s").total_cmp(&value(b, "water.demand_not_served_m3_s")))
        .unwrap();
    assert!(value(worst, "water.demand_not_served_m3_s") > 0.0, "{worst:?}");
    let mut outage = scenario;
    outage.outages.push(Outage::of(worst.key.clone()));
    let outcome = run(&twin, &outage);
    let water = outcome.water.unwrap();
    assert!(water.times.iter().all(|time| time.status.is_fine()));
    assert!(water.affected.iter().any(|affected| affected.supply == Supply::CutOff));
    let (segments, _) = water_n1(&twin, &Scenario::default(), WaterN1::Segment, &Silent);
    assert!(!segments.is_empty());
}

/// A reservoir with 25.3 m of head, two pipes of 100 m, DN 100, C 130, and a fire: 10 m of head may be lost above the residual pressure.
#[test]
fn every_hydrant_tells_what_it_gives() {
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("street.inp");
    let text = "[JUNCTIONS]\nA 0 0.001\nB 0 0.001\n[RESERVOIRS]\nR 25.3\n[PIPES]\nP R A 100 100 130\nQ A B 100 100 130\n\
                [OPTIONS]\nUNITS LPS\n[END]\n";
    std::fs::write(&file, text).unwrap();
    let twin = twin_io::import(&[file], &ImportOptions { epsg: None, name: None }, &Silent).unwrap().twin;
    let mut scenario = Scenario::default();
    scenario.assumptions.fire_flow_needed_m3_h = 96.0;
    let sweep = twin_run::sweep_supply(&twin, &scenario, "hydrant", &Silent).unwrap();
    assert!(sweep.findings.iter().any(|finding| finding.code == "no-hydrants"));
    let by_hand = |length_m: f64| {
        3600.0 * (10.0 / (10.667 * length_m / (130_f64.powf(1.852) * 0.1_f64.powf(4.871)))).powf(1.0 / 1.852)
    };
    let row = |key: &str| sweep.rows.iter().find(|row| row.key == Key::new(key)).unwrap();
    for (key, length_m) in [("water_junction/A", 100.0), ("water_junction/B", 200.0)] {
        let values: Vec<f64> = row(key).values.iter().flatten().copied().collect();
        let [missing, given, before_m, at_fire_m] = values[..] else { panic!("{values:?}") };
        assert!((given - by_hand(length_m)).abs() < 0.01 * given, "{key}: {given} {}", by_hand(length_m));
        assert!((missing - (96.0 - given).max(0.0)).abs() < 1e-9);
        assert!((before_m - 25.3).abs() < 0.01 && (at_fire_m - 15.3).abs() < 0.01, "{before_m} {at_fire_m}");
    }
    // The farther one lacks more: it comes first.
    assert_eq!(sweep.rows[0].key, Key::new("water_junction/B"));
}

/// A reservoir feeds A through a valve that stands as pipe V; B and C hang behind gate G; a tank at C.
const TOWN: &str = "[JUNCTIONS]\nA 0 2\nB 0 1\nC 0 1\n[RESERVOIRS]\nR 60\n[TANKS]\nT 45 5 1 8 3 0\n[PIPES]\nP R A 100 200 130\n\
    Q B C 100 100 130\nS C T 100 150 130\n[VALVES]\nG A B 150 TCV 0 0\n[OPTIONS]\nUNITS LPS\n[TIMES]\nDURATION 12\n[END]\n";

#[test]
fn an_outage_of_hours_is_told_in_table_summary_and_files() {
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("town.inp");
    std::fs::write(&file, TOWN).unwrap();
    let twin = twin_io::import(&[file], &ImportOptions { epsg: None, name: None }, &Silent).unwrap().twin;
    let text = "version = 1\nname = \"Rohrbruch\"\n[[outage]]\nasset = \"water_pipe/P\"\nbegin_s = 7200\nend_s = 25200\n\
                [water]\ndemand_model = \"pda\"\n[expect]\n\"water.outage_not_served_m3\" = { min = 1 }\n\"water.customer_hours_without\" = { max = 9 }\n";
    let path = disk.path().join("outage.toml");
    std::fs::write(&path, text).unwrap();
    let scenario = twin_io::scenario::read(&path, &twin, &[]).unwrap();
    let outcome = run(&twin, &scenario);
    let water = outcome.water.as_ref().unwrap();
    // 4 l/s come from the tank alone, which holds 7 m · 7.07 m²: it is empty after 3 h 26 min of the five hours. As EPANET 2.3.5 (same
    // file, pipe P in controls by time: 19,570 s), which lets it give until the end of that hydraulic step.
    let tank = water.tanks[0];
    assert!((tank.base_reserve_m - 7.0).abs() < 1e-6 && tank.reserve_m.abs() < 1e-6, "{tank:?}");
    assert_eq!(tank.empty_at_s, Some(19_570));
    // Then three customers lack 4 l/s for an hour.
    let sum = water.interruption.unwrap();
    assert_eq!((sum.begin_s, sum.end_s, sum.customers, sum.customer_hours), (7200, 25_200, 3, 3.0));
    assert!((sum.not_served.value() - 14.4).abs() < 1e-3, "{sum:?}");
    assert!(twin::criteria::violations(&scenario.expect, &outcome).is_empty());
    let german = twin_present::table::outcome_table(&twin, &scenario, &outcome, twin_present::Language::De);
    assert!(german.contains("Durch die Ausfälle von 2:00 h bis 7:00 h"), "{german}");
    assert!(german.contains("Behälter water_junction/T: leer um 5:26 h"), "{german}");
    let summary = twin_present::table::summary(&twin, &scenario, &outcome);
    assert_eq!(summary["water"]["interruption"]["begin_s"], 7200);
    assert_eq!(summary["water"]["tanks"][0]["key"], "water_junction/T");
    let out = disk.path().join("out");
    let options = twin_io::results::Options { csv: true, ..Default::default() };
    twin_io::results::write(&twin, &scenario, &outcome, &summary, &out, options).unwrap();
    let csv = std::fs::read_to_string(out.join("water_outage.csv")).unwrap();
    assert!(csv.starts_with("key,building_key,customers,status,from_s,to_s,without_s,"), "{csv}");
    assert_eq!(csv.lines().count(), 1 + water.affected.len());
}

#[test]
fn the_valves_to_close_are_told_in_order() {
    let disk = tempfile::tempdir().unwrap();
    let file = disk.path().join("town.inp");
    std::fs::write(&file, TOWN).unwrap();
    let twin = twin_io::import(&[file], &ImportOptions { epsg: None, name: None }, &Silent).unwrap().twin;
    let mut scenario = Scenario::default();
    scenario.outages.push(Outage { isolate: true, ..Outage::of(Key::new("water_pipe/Q")) });
    let outcome = run(&twin, &scenario);
    let isolation = &outcome.isolations[0];
    // No valve parts C from the tank: it is shut off with it, and that is told.
    assert_eq!(isolation.sources, ["water_junction/T".into()]);
    assert!(outcome.findings.iter().any(|finding| finding.code == "isolation-shuts-source"));
    assert_eq!((isolation.valves.len(), isolation.inside.customers, isolation.n_pipes), (1, 2, 2));
    let english = twin_present::table::outcome_table(&twin, &scenario, &outcome, twin_present::Language::En);
    assert!(english.contains("water_pipe/Q: close 1 valves, which shuts 2 pipes, 200 m"), "{english}");
    assert!(english.contains("1. water_valve/G (inflow "), "{english}");
    let summary = twin_present::table::summary(&twin, &scenario, &outcome);
    assert_eq!(summary["isolations"][0]["valves"][0]["key"], "water_valve/G");
}
