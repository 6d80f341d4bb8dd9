//! Electricity from end to end: a real German network is imported, a line fails, and who is without power is listed with load and place.

mod common;

use std::fs;

use common::{data, folder, scenario, stadtwin, text};

/// A cell of a CSV file by the key in its row and the name of its column.
fn cell<'a>(csv: &'a str, key: &str, column: &str) -> &'a str {
    let mut lines = csv.lines();
    let at = lines.next().and_then(|head| head.split(',').position(|name| name == column));
    let row = lines.find(|line| line.split(',').next() == Some(key)).unwrap_or_else(|| panic!("no {key} in\n{csv}"));
    row.split(',').nth(at.expect("because the column exists")).expect("because rows are whole")
}

#[test]
fn an_outage_in_mv_oberrhein_lists_supply_points_where_they_are() {
    let Some(data) = data() else { return };
    let folder = folder("power-oberrhein");
    let town = folder.join("oberrhein.gpkg");
    stadtwin(&["import", text(&data.join("power/mv_oberrhein/mv_oberrhein.json")), "-o", text(&town)]).expect(0);
    let outage =
        scenario(&folder, "line.toml", "version = 1\nname = \"Kabelfehler\"\n[[outage]]\nasset = \"power_line/16\"\n");
    let out = folder.join("out");
    let ended = stadtwin(&["run", text(&town), text(&outage), "-o", text(&out), "--csv"]).expect(0);
    assert!(ended.out.contains("Versorgungspunkte ohne Strom"), "{}", ended.out);
    // pandapower's unsupplied_buses tells 23 buses and as many loads behind line 16; the greatest are of 0.63 MW × 0.6.
    assert!(ended.out.contains("378,0 kW") && ended.out.contains("und 17 weitere"), "{}", ended.out);
    let english = stadtwin(&["run", text(&town), text(&outage), "--lang", "en"]).expect(0);
    assert!(english.out.contains("Supply points without supply"), "{}", english.out);
    assert!(out.join("power_outage.parquet").is_file());
    let csv = fs::read_to_string(out.join("power_outage.csv")).expect("because it was written");
    assert_eq!(csv.lines().count(), 1 + 23, "{csv}");
    let number = |column: &str| -> f64 {
        cell(&csv, "power_load/129", column).parse().unwrap_or_else(|_| panic!("{column} is no number in\n{csv}"))
    };
    assert_eq!(cell(&csv, "power_load/129", "name"), "LV Load 129");
    assert_eq!(cell(&csv, "power_load/129", "bus_key"), "power_bus/144");
    assert!((number("load_kw") - 150.0).abs() < 1e-9);
    let all_kw: f64 =
        csv.lines().skip(1).filter_map(|line| cell(&csv, line.split(',').next()?, "load_kw").parse::<f64>().ok()).sum();
    // 0.6 × (2 × 0.63 + 11 × 0.4 + 10 × 0.25) MW.
    assert!((all_kw - 4896.0).abs() < 1e-6, "{all_kw}");
    // The file's longitude and latitude, and their place in zone 32 by Krüger's series (Karney 2011), computed apart from PROJ.
    assert!((number("longitude_deg") - 7.811928656238718).abs() < 1e-8);
    assert!((number("latitude_deg") - 48.387554015831256).abs() < 1e-8);
    assert!((number("x_m") - 412_041.766_5).abs() < 1e-3 && (number("y_m") - 5_360_058.564_9).abs() < 1e-3);
    let summary: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("summary.json")).expect("because it was written"))
            .expect("because it is JSON");
    let points = summary["power"]["supply_points_unsupplied"].as_array().map_or(0, Vec::len);
    assert_eq!(points, 23, "{}", summary["power"]);
    // Whoever is not brought back by the switching that is proposed says so.
    let dark = csv.lines().filter(|line| line.ends_with(",unsupplied")).count();
    assert_eq!(summary["power"]["restoration"]["customers_dark"].as_u64(), Some(dark as u64));
}
