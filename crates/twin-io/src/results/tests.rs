//! Result files of a small town: read back, opened by GDAL, whole or not at all.

use std::{path::Path, process::Command};

use arrow::array::{Array as _, Float64Array, StringArray};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use twin::{
    Crs, Id, Source,
    building::Address,
    demand::VehicleClass,
    geo_types::{Coord, LineString},
    outcome::{
        Alternation, ArcState, ClosedSection, ClosureOutcome, CutOffTrips, Detour, HourOutcome, Status, Totals,
        TrafficOutcome,
        day::{Approach, ApproachSlice, DayOutcome, DayState, DayTotals, HourPlan, N_SLICES},
    },
    road::{Arc, Assumed, Carriageway, Direction, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure},
    scenario::{Closure, ClosureKind, Control, RoadTarget},
};

use super::*;

///      B
///     / \        Hauptstraße A–C (200 m), Umweg A–B and B–C (150 m each); Einbahn C→A
///    A---C
fn town() -> Twin {
    let mut twin = Twin::empty("Dreieck", Crs::etrs89_utm(32));
    twin.sources.push(Source {
        name: "dreieck.osm.pbf".to_owned(),
        format: "OpenStreetMap PBF".to_owned(),
        licence: Some("ODbL 1.0".to_owned()),
        attribution: Some("© OpenStreetMap contributors".to_owned()),
        date: None,
        hash: None,
    });
    let places = [("node/A", 0.0, 0.0), ("node/B", 100.0, 110.0), ("node/C", 200.0, 0.0)];
    let nodes = places.map(|(key, x, y)| {
        twin.roads.add_node(RoadNode {
            key: key.into(),
            position: Coord { x: 665_000.0 + x, y: 5_486_000.0 + y },
            elevation_m: None,
            control: NodeControl::None,
            border: false,
            through: true,
        })
    });
    for (from, to, key, name, one_way) in [
        (0, 2, "way/1", "Hauptstraße", false),
        (0, 1, "way/2", "Umweg", false),
        (1, 2, "way/3", "Umweg", false),
        (2, 0, "way/4", "Einbahn", true),
    ] {
        let line = LineString(vec![twin.roads[nodes[from]].position, twin.roads[nodes[to]].position]);
        let driven = Carriageway { modes: Modes::ALL, lanes: 1, speed_limit_kmh: 50.0, impedance: None };
        twin.roads.add_link(
            nodes[from],
            nodes[to],
            RoadLink {
                key: key.into(),
                source_keys: Vec::new(),
                name: Some(name.to_owned()),
                route: None,
                class: RoadClass::Residential,
                length_m: if key == "way/1" { 200.0 } else { 150.0 },
                geometry: line,
                backward: if one_way { Carriageway::default() } else { driven.clone() },
                forward: driven,
                shared_lane: false,
                width_m: None,
                surface: None,
                structure: Structure::Ground,
                layer: 0,
                roundabout: false,
                destination_only: false,
                built_up: Some(true),
                max_weight_t: None,
                max_height_m: None,
                max_width_m: None,
                assumed: Assumed::default(),
            },
        );
    }
    twin.addresses.push(Address {
        key: "node/9".into(),
        position: Coord { x: 665_100.0, y: 5_486_005.0 },
        street: Some("Hauptstraße".to_owned()),
        house_number: "12a".to_owned(),
        postcode: None,
        city: None,
        building: None,
    });
    twin
}

fn scenario() -> Scenario {
    let closure = Closure {
        target: RoadTarget::Key("way/1".into()),
        kind: ClosureKind::Full,
        control: Control::Signal,
        lanes: None,
        open_direction: None,
        length_m: Some(50.0),
        from_m: None,
        to_m: None,
        side: None,
        exempt: Modes::NONE,
        exempt_residents: false,
        footway_closed: false,
        from: None,
        to: Some(twin::jiff::civil::date(2026, 6, 12)),
        hours: None,
        cycle_s: None,
        cause: Some("Fernwärme".to_owned()),
        owner: None,
    };
    Scenario { name: "Hauptstraße zu".to_owned(), closures: vec![closure], ..Scenario::default() }
}

/// 100 vehicles from A to C at 20 s move to the way around of 2 × 18 s.
fn outcome(hours: &[u8]) -> Outcome {
    let state = |volumes: [f64; 8], times: [f64; 8]| ArcState {
        volume_veh_h: volumes.to_vec(),
        volume_hgv_h: volumes.map(|volume| volume / 10.0).to_vec(),
        travel_time_s: times.to_vec(),
        delay_s: vec![2.0; 8],
        queue_veh: vec![0.0; 8],
    };
    let base = state([100.0, 60.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [20.0, 20.0, 15.0, 15.0, 15.0, 15.0, 15.0, 0.0]);
    let with =
        state([0.0, 60.0, 100.0, 0.0, 100.0, 0.0, 0.0, 0.0], [f64::INFINITY, 20.0, 18.0, 15.0, 18.0, 15.0, 15.0, 0.0]);
    let arc = |link| Arc::new(Id::new(link), Direction::Forward);
    let hour = |hour: u8| HourOutcome {
        hour,
        base_status: Status::Converged { iterations: 3, residual: 1e-6 },
        status: Status::Converged { iterations: 3, residual: 1e-6 },
        base: base.clone(),
        with: with.clone(),
        base_totals: Totals::default(),
        totals: Totals::default(),
        base_of_cut_off: Totals::default(),
        cut_off_trips: vec![CutOffTrips {
            class: VehicleClass::Car,
            trips_veh_h: 7.0,
            pairs: vec![("zone/1".into(), "zone/2".into(), 3.0), ("zone/1".into(), "zone/3".into(), 4.0)],
        }],
        detours: vec![Detour {
            arcs: vec![arc(1), arc(2)],
            trips_veh_h: 100.0,
            added_distance_m: 100.0,
            added_time_s: 16.0,
        }],
    };
    Outcome {
        traffic: Some(TrafficOutcome {
            hours: hours.iter().map(|h| hour(*h)).collect(),
            closures: vec![ClosureOutcome {
                kind: ClosureKind::Full,
                control: None,
                sections: vec![ClosedSection { link: Id::new(0), from_m: 75.0, to_m: 125.0, along: true }],
                length_m: 50.0,
                active: hours.iter().map(|h| *h == 16).collect(),
                base_volume_veh_h: vec![160.0; hours.len()],
                alternation: Vec::new(),
                rooms: [None; 2],
            }],
            cut_off_addresses: vec![Id::new(0)],
            unreachable_before: Vec::new(),
            affected_bus_routes: Vec::new(),
            day: None,
        }),
        findings: Findings::default(),
        ..Outcome::empty("Hauptstraße zu")
    }
}

const ALL: Options = Options { csv: true, geojson: true };

fn write_sample(folder: &Path, hours: &[u8]) -> Vec<String> {
    let summary = serde_json::json!({ "scenario": "Hauptstraße zu" });
    let paths = write(&town(), &scenario(), &outcome(hours), &summary, folder, ALL).unwrap();
    let names = paths.iter().map(|path| path.file_name().unwrap().to_string_lossy().into_owned());
    names.collect()
}

#[test]
fn all_files_are_written_and_only_these() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut names = write_sample(&out, &[16]);
    names.sort();
    let expected = [
        "affected.csv",
        "affected.parquet",
        "links.csv",
        "links.geojson",
        "links.parquet",
        "result.gpkg",
        "road_link.csv",
        "road_link.parquet",
        "summary.json",
    ];
    assert_eq!(names, expected);
    let mut there: Vec<String> =
        fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    there.sort();
    assert_eq!(there, expected);
    assert!(fs::read_to_string(out.join("summary.json")).unwrap().contains("Hauptstraße zu"));
}

#[test]
fn the_section_table_adds_up_by_hand() {
    let table = rows::links(&town(), &scenario(), &outcome(&[7, 16]));
    assert_eq!(table.n_rows(), 8);
    let cell = |column: &str, row: usize| table.cell(column, row).unwrap();
    // Hauptstraße at 16: 160 to 60 vehicles; 100 × 20 s fewer; 100 × 200 m fewer.
    assert_eq!(cell("key", 4), table::text("way/1"));
    assert_eq!(cell("base_volume_veh_h", 4), table::number(160.0));
    assert_eq!(cell("change_veh_h", 4), table::number(-100.0));
    assert_eq!(cell("change_percent", 4), table::number(-62.5));
    assert_eq!(cell("added_veh_hours", 4), table::number(-100.0 * 20.0 / 3600.0));
    assert_eq!(cell("added_veh_km", 4), table::number(-20.0));
    assert_eq!(cell("travel_time_forward_s", 4), table::Cell::Number(None));
    // At 7 the closure does not hold.
    assert_eq!((cell("status", 0), cell("status", 4)), (table::text("open"), table::text("closed")));
    // Nothing drove on the way around before: no percentage.
    assert_eq!(cell("change_percent", 5), table::Cell::Number(None));
    assert_eq!(cell("added_veh_hours", 5), table::number(100.0 * 18.0 / 3600.0));
    // The one-way street has no time against its direction.
    assert_eq!(cell("travel_time_backward_s", 7), table::Cell::Number(None));
}

#[test]
fn parquet_and_csv_hold_the_same() {
    let folder = tempfile::tempdir().unwrap();
    write_sample(folder.path(), &[16]);
    let file = fs::File::open(folder.path().join("road_link.parquet")).unwrap();
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let metadata = builder.metadata().file_metadata().key_value_metadata().unwrap().clone();
    assert!(metadata.iter().any(|pair| pair.key == "sources" && pair.value.as_deref().unwrap().contains("ODbL")));
    let batches: Vec<_> = builder.build().unwrap().map(Result::unwrap).collect();
    let batch = &batches[0];
    // Three two-way streets and one one-way street: seven directions.
    assert_eq!(batch.num_rows(), 7);
    let texts =
        |name: &str| batch.column_by_name(name).unwrap().as_any().downcast_ref::<StringArray>().unwrap().clone();
    let numbers =
        |name: &str| batch.column_by_name(name).unwrap().as_any().downcast_ref::<Float64Array>().unwrap().clone();
    assert_eq!(
        (texts("key").value(1), texts("from_key").value(1), texts("to_key").value(1), texts("direction").value(1)),
        ("way/1", "node/C", "node/A", "backward")
    );
    assert_eq!((numbers("volume_veh_h").value(2), numbers("base_travel_time_s").value(2)), (100.0, 15.0));
    assert!(numbers("travel_time_s").is_null(0));
    let mut csv = csv::Reader::from_path(folder.path().join("road_link.csv")).unwrap();
    let head: Vec<String> = csv.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(head, batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>());
    let rows: Vec<csv::StringRecord> = csv.records().map(Result::unwrap).collect();
    assert_eq!((rows.len(), &rows[0][7], &rows[2][5]), (7, "", "100"));
    let affected = fs::read_to_string(folder.path().join("affected.csv")).unwrap();
    assert_eq!(affected.lines().nth(1), Some("node/9,road,cut_off,,2026-06-12,1,Hauptstraße 12a"));
    assert_eq!(affected.lines().nth(2), Some("zone/1,road,car_trips_cut_off,,2026-06-12,7,"));
}

#[test]
fn equal_outcomes_give_equal_bytes() {
    let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for name in write_sample(a.path(), &[16]).iter().zip(write_sample(b.path(), &[16])).map(|(a, _)| a) {
        assert!(fs::read(a.path().join(name)).unwrap() == fs::read(b.path().join(name)).unwrap(), "{name}");
    }
}

#[test]
fn the_work_site_lies_in_the_middle_of_the_section() {
    let folder = tempfile::tempdir().unwrap();
    write_sample(folder.path(), &[16]);
    let connection = rusqlite::Connection::open(folder.path().join("result.gpkg")).unwrap();
    let extent: (f64, f64) = connection
        .query_row("SELECT min_x, max_x FROM gpkg_contents WHERE table_name = 'closure'", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    assert!((extent.0 - 665_075.0).abs() < 1e-6 && (extent.1 - 665_125.0).abs() < 1e-6, "{extent:?}");
    let styled: i64 =
        connection.query_row("SELECT count(*) FROM layer_styles WHERE useAsDefault = 1", [], |row| row.get(0)).unwrap();
    assert_eq!(styled, 4);
    let streets: String = connection.query_row("SELECT streets FROM detour", [], |row| row.get(0)).unwrap();
    assert_eq!(streets, "Umweg");
}

#[test]
fn gdal_opens_the_results_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    write_sample(folder.path(), &[7, 16]);
    for (file, layers) in [
        (
            "result.gpkg",
            &["road_link_result_07", "road_link_result_16", "closure", "affected_address", "detour", "source", "about"]
                [..],
        ),
        ("links.geojson", &["links"][..]),
    ] {
        let Ok(output) =
            Command::new("ogrinfo").args(["-al", "-so"]).arg(folder.path().join(file)).env("LC_ALL", "C").output()
        else {
            eprintln!("skipped: ogrinfo (Debian package gdal-bin) is not installed");
            return;
        };
        let words = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !words.contains("Warning") && !words.contains("ERROR"), "{words}");
        for layer in layers {
            assert!(words.contains(&format!("Layer name: {layer}\n")), "{layer}: {words}");
        }
    }
}

#[test]
fn a_folder_that_cannot_be_written_gets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let summary = serde_json::json!({});
    let write_to = |out: &Path| write(&town(), &scenario(), &outcome(&[16]), &summary, out, ALL).unwrap_err().0[0].code;
    assert_eq!(write_to(&folder.path().join("no/such")), "missing-folder");
    fs::write(folder.path().join("file"), "x").unwrap();
    assert_eq!(write_to(&folder.path().join("file")), "not-a-folder");
    // A folder stands where a file must: the others do not appear either.
    let out = folder.path().join("out");
    fs::create_dir_all(out.join("result.gpkg")).unwrap();
    assert_eq!(write_to(&out), "not-a-file");
    assert_eq!(fs::read_dir(&out).unwrap().count(), 1);
}

#[test]
fn an_outcome_without_traffic_gives_empty_tables() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = Outcome::empty("base");
    let empty = Twin::empty("nothing", Crs::NOWHERE);
    let paths = write(&empty, &Scenario::default(), &outcome, &serde_json::json!({}), folder.path(), ALL).unwrap();
    assert_eq!(paths.len(), 8, "no GeoJSON for a network without a place on earth: {paths:?}");
    assert_eq!(fs::read_to_string(folder.path().join("links.csv")).unwrap().lines().count(), 1);
}

/// A day on Hauptstraße alone: ten vehicles enter it at seven and eight leave; two wait.
fn with_a_day(mut outcome: Outcome) -> Outcome {
    let slice = 28;
    let mut state = DayState {
        arcs: vec![Arc::new(Id::new(0), Direction::Forward), Arc::new(Id::new(0), Direction::Backward)],
        ..DayState::default()
    };
    for column in [
        &mut state.inflow_veh,
        &mut state.outflow_veh,
        &mut state.queue_veh,
        &mut state.waiting_veh,
        &mut state.queue_veh_h,
        &mut state.full_share,
    ] {
        *column = vec![0.0; 2 * N_SLICES];
    }
    let base = state.clone();
    (state.inflow_veh[2 * slice], state.outflow_veh[2 * slice]) = (10.0, 8.0);
    (state.queue_veh[2 * slice], state.queue_veh_h[2 * slice]) = (2.0, 0.5);
    let mut slices = vec![ApproachSlice::default(); N_SLICES];
    slices[slice] = ApproachSlice {
        active: true,
        inflow_veh: 10.0,
        capacity_veh_h: 32.0,
        queue_veh: 2.0,
        red_queue_veh: 5.5,
        tailback_m: 15.0,
        wait_s: 225.0,
    };
    let plan = Alternation {
        cycle_s: 90.0,
        green_s: [40.0, 20.0],
        clearance_s: 15.0,
        capacity_veh_h: [888.9, 444.4],
        volume_veh_h: [400.0, 500.0],
        delay_s: [19.0, 90.0],
        queue_veh: [0.0, 55.6],
    };
    let status = Status::Converged { iterations: 17_280, residual: 0.0 };
    outcome.traffic.as_mut().unwrap().day = Some(DayOutcome {
        base_status: status,
        status,
        routes_status: status,
        base_totals: DayTotals::default(),
        totals: DayTotals::default(),
        base,
        with: state,
        approaches: vec![Approach {
            closure: 0,
            direction: 0,
            arc: Arc::new(Id::new(0), Direction::Forward),
            stop_m: 75.0,
            slices,
            longest: None,
            queue_veh_h: 0.5,
        }],
        plans: vec![HourPlan { closure: 0, begin: 28, end: 32, alternation: plan }],
        elsewhere: Vec::new(),
    });
    outcome
}

#[test]
fn a_day_has_a_row_for_every_arc_and_slice() {
    let folder = tempfile::tempdir().unwrap();
    let outcome = with_a_day(outcome(&[16]));
    write(&town(), &scenario(), &outcome, &serde_json::json!({}), folder.path(), ALL).unwrap();
    let rows = |name: &str| -> Vec<csv::StringRecord> {
        csv::Reader::from_path(folder.path().join(name)).unwrap().records().map(Result::unwrap).collect()
    };
    let day = rows("day.csv");
    assert_eq!(day.len(), 2 * N_SLICES);
    let row: Vec<&str> = day[2 * 28].iter().collect();
    assert_eq!(row[..5], ["way/1", "node/A", "node/C", "forward", "420"]);
    assert_eq!(row[5..12], ["10", "8", "2", "0", "0.5", "225", "0"]);
    assert_eq!(row[12..19], ["0", "0", "0", "0", "0", "", "0"], "nobody leaves: no wait");
    let file = fs::File::open(folder.path().join("day.parquet")).unwrap();
    let batches: Vec<_> =
        ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().map(Result::unwrap).collect();
    assert_eq!(batches.iter().map(arrow::record_batch::RecordBatch::num_rows).sum::<usize>(), 2 * N_SLICES);
    assert_eq!(batches[0].num_columns(), 19);
    let closures = rows("day_closure.csv");
    assert_eq!(closures.len(), N_SLICES);
    let row: Vec<&str> = closures[28].iter().collect();
    assert_eq!(
        row,
        ["1", "along", "way/1", "forward", "Hauptstraße", "75", "420", "1", "10", "32", "2", "5.5", "15", "225"]
    );
    let plans = rows("signal_plan.csv");
    assert_eq!(plans.len(), 2, "two phases");
    let row: Vec<&str> = plans[1].iter().collect();
    assert_eq!(row[6..17], ["07:00", "08:00", "against", "90", "55", "75", "20", "4", "11", "66", "15"]);
    assert_eq!(row[21], "F");
}

#[test]
fn whom_closures_touch_has_tables_and_layers() {
    use twin::outcome::touched::{ChangedWay, Errand, Frontage, RouteQuality, SignedDetour, SignedRoute, Touched, Way};
    let mut outcome = outcome(&[16]);
    let way = |length_m: f64| Way { length_m, time_s: length_m / 10.0 };
    let closed = Arc::new(Id::new(0), Direction::Forward);
    let around = Arc::new(Id::new(1), Direction::Forward);
    let (from, to) = around.ends(&town().roads);
    outcome.touched = Some(Touched {
        ways: vec![
            ChangedWay {
                address: Id::new(0),
                errand: Errand::CarIn,
                base: way(500.0),
                with: Some(way(800.0)),
                worst_added_m: Some(400.0),
            },
            ChangedWay {
                address: Id::new(0),
                errand: Errand::Hospital,
                base: way(900.0),
                with: None,
                worst_added_m: None,
            },
        ],
        frontages: vec![Frontage {
            closure: 0,
            addresses: vec![Id::new(0)],
            without_delivery: vec![Id::new(0)],
            roadside_m: 100.0,
        }],
        signed: vec![SignedDetour {
            closure: 0,
            along: true,
            closed: vec![closed],
            route: Some(SignedRoute {
                from,
                to,
                arcs: vec![around],
                way: way(1200.0),
                added_m: 700.0,
                added_s: 70.0,
                quality: RouteQuality::Fit,
                residential_m: 0.0,
                load: None,
                followed: Some(0.25),
            }),
        }],
        ..Touched::default()
    });
    let folder = tempfile::tempdir().unwrap();
    write(&town(), &scenario(), &outcome, &serde_json::json!({}), folder.path(), ALL).unwrap();
    let rows = |name: &str| -> Vec<csv::StringRecord> {
        csv::Reader::from_path(folder.path().join(name)).unwrap().records().map(Result::unwrap).collect()
    };
    let reach = rows("reach.csv");
    let first: Vec<&str> = reach[0].iter().collect();
    assert_eq!(first[..7], ["node/9", "Hauptstraße 12a", "car_in", "500", "800", "300", "400"]);
    let lost: Vec<&str> = reach[1].iter().collect();
    assert_eq!(lost[2..7], ["hospital", "900", "", "", ""]);
    let frontage: Vec<String> = rows("frontage.csv")[0].iter().map(str::to_owned).collect();
    assert_eq!(frontage, ["1", "node/9", "Hauptstraße 12a", "lost"]);
    let signed: Vec<String> = rows("detour_signed.csv")[0].iter().map(str::to_owned).collect();
    assert_eq!(signed[..2], ["1", "along"]);
    assert_eq!((signed[5].as_str(), signed[7].as_str(), signed[12].as_str()), ("700", "fit", "25"));
    assert!(rows("emergency.csv").is_empty() && rows("bus.csv").is_empty() && rows("school.csv").is_empty());
    let connection = rusqlite::Connection::open(folder.path().join("result.gpkg")).unwrap();
    let added: f64 = connection.query_row("SELECT added_m FROM detour_signed", [], |row| row.get(0)).unwrap();
    assert_eq!(added, 700.0);
}
