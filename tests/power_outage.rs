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

/// West, south, east and north of positions.
fn bounds(positions: impl Iterator<Item = (f64, f64)>) -> [f64; 4] {
    let nothing = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    positions.fold(nothing, |b, (x, y)| [b[0].min(x), b[1].min(y), b[2].max(x), b[3].max(y)])
}

#[test]
fn an_outage_in_lv_schutterwald_lists_houses_where_they_are_and_where_its_gas_and_heat_are() {
    let Some(data) = data() else { return };
    let folder = folder("power-schutterwald");
    let imported = |file: &str| {
        let town = folder.join(file).with_extension("gpkg");
        let from = data.join(file);
        fs::create_dir_all(town.parent().expect("because it lies in a folder"))
            .expect("because the folder is writable");
        stadtwin(&["import", text(&from), "-o", text(&town)]).expect(0);
        let twin = twin_io::gpkg::read_twin(&town).expect("because it was written by an import");
        assert_eq!(twin.crs.epsg, 25832, "{file}");
        (town, twin)
    };
    let (town, twin) = imported("power/lv_schutterwald/lv_schutterwald.json");
    // Schutterwald in the Ortenau: the file's own longitudes and latitudes run from 7.87186 to 7.90169 and 48.44811 to 48.46328; in zone 32
    // that is, by Krüger's series (Karney 2011) apart from PROJ, about 416.6 to 418.8 km east and 5366.6 to 5368.3 km north.
    let power = bounds(twin.power.nodes().map(|(_, bus)| (bus.position.x, bus.position.y)));
    assert!(power[0] > 416_500.0 && power[2] < 419_000.0, "{power:?}");
    assert!(power[1] > 5_366_400.0 && power[3] < 5_368_500.0, "{power:?}");
    // The same town: gas and heat, whose files are in other reference systems, lie amid its streets.
    for file in
        ["gas/schutterwald_gas_1bar/schutterwald_gas_1bar.json", "heat/schutterwald_heat/schutterwald_heat.json"]
    {
        let (_, other) = imported(file);
        let gas = other.gas.nodes().map(|(_, node)| node.position);
        let of = bounds(gas.chain(other.heat.nodes().map(|(_, node)| node.position)).map(|at| (at.x, at.y)));
        let common = [power[2].min(of[2]) - power[0].max(of[0]), power[3].min(of[3]) - power[1].max(of[1])];
        let own = [of[2] - of[0], of[3] - of[1]];
        assert!(common.iter().zip(own).all(|(common, own)| *common > 0.6 * own), "{file}: {of:?} beside {power:?}");
    }

    let outage = scenario(
        &folder,
        "line.toml",
        "version = 1\nname = \"Kabelfehler\"\n[[outage]]\nasset = \"power_line/7174\"\n",
    );
    let out = folder.join("out");
    stadtwin(&["run", text(&town), text(&outage), "-o", text(&out), "--csv"]).expect(0);
    let csv = fs::read_to_string(out.join("power_outage.csv")).expect("because it was written");
    // pandapower's unsupplied_buses tells 17 buses behind line 7174; eight houses of 2.1 kW hang on them, with these places in the file.
    let houses = [
        (67, "HH_w33098955", 68, 7.877204362182279, 48.460060414007955),
        (68, "HH_w33098956", 69, 7.877323090445026, 48.46023163044926),
        (69, "HH_w33098957", 70, 7.877431253782716, 48.46040984827283),
        (81, "HH_w33098972", 82, 7.877613895781879, 48.459883556504565),
        (84, "HH_w33098979", 85, 7.877728690276913, 48.46007379946499),
        (85, "HH_w33098981", 86, 7.877806558219678, 48.460258556367066),
        (838, "HH_w450863756", 839, 7.877119757811838, 48.459788807983905),
        (1437, "HH_ne_514", 1439, 7.876800127045988, 48.45987445236601),
    ];
    assert_eq!(csv.lines().count(), 1 + houses.len(), "{csv}");
    for (load, name, bus, longitude_deg, latitude_deg) in houses {
        let key = format!("power_load/{load}");
        let number =
            |column: &str| -> f64 { cell(&csv, &key, column).parse().expect("because the column holds numbers") };
        assert_eq!(cell(&csv, &key, "name"), name);
        assert_eq!(cell(&csv, &key, "bus_key"), format!("power_bus/{bus}"));
        assert!((number("load_kw") - 2.1).abs() < 1e-9, "{csv}");
        assert!((number("longitude_deg") - longitude_deg).abs() < 1e-8, "{csv}");
        assert!((number("latitude_deg") - latitude_deg).abs() < 1e-8, "{csv}");
    }
}
