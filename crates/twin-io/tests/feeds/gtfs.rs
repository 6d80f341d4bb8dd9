//! Timetables on the drawn town.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use twin::{
    Id, Key, Silent, Table, Twin,
    road::{Arc, Direction},
    transit::{BusRoute, BusStop},
};
use twin_io::{ImportOptions, Imported, gpkg, import};

use super::town::{at, data, town, wgs84};

/// Stops: A west end, B junction, E east, S south of B, X far away. Line 5 by stops, line 6 by shape, line 7 a tram.
fn tables() -> Vec<(&'static str, String)> {
    let place = |x: f64, y: f64| {
        let at = wgs84(&[at(x, y)])[0];
        format!("{},{}", at.y, at.x)
    };
    let stops = [("A", 10.0, 206.0), ("B", 190.0, 194.0), ("E", 690.0, 128.0), ("S", 206.0, 20.0), ("X", 9000.0, 0.0)];
    let stops: String = stops.iter().map(|(id, x, y)| format!("{id},Halt {id},{}\n", place(*x, *y))).collect();
    let shape = [(5.0, 203.0), (150.0, 196.0), (198.0, 190.0), (205.0, 100.0), (203.0, 15.0)];
    let shape: String = shape.iter().enumerate().map(|(n, (x, y))| format!("s,{n},{}\n", place(*x, *y))).collect();
    vec![
        ("agency.txt", "agency_id,agency_name,agency_url,agency_timezone\nV,Verkehrsbetriebe,http://v,Europe/Berlin\n".to_owned()),
        ("routes.txt", "route_id,agency_id,route_short_name,route_long_name,route_type\nr5,V,5,Ost,3\nr6,V,6,Süd,700\nr7,V,7,Bahn,0\nr8,V,8,Fern,3\n".to_owned()),
        ("stops.txt", format!("stop_id,stop_name,stop_lat,stop_lon\n{stops}N,ohne Ort,,\n")),
        (
            "trips.txt",
            "route_id,service_id,trip_id,direction_id,shape_id\nr5,mo-fr,t1,0,\nr5,mo-fr,t2,0,\nr5,sa,t3,0,\nr5,mo-fr,t4,1,\nr6,mo-fr,u1,0,s\nr7,mo-fr,v1,0,\nr8,mo-fr,w1,0,\nr9,mo-fr,z1,0,\n".to_owned(),
        ),
        ("stop_times.txt", {
            let mut text = "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n".to_owned();
            for (trip, stops) in [("t1", "ABE"), ("t2", "ABE"), ("t3", "ABE"), ("t4", "EBA"), ("u1", "ABS"), ("v1", "AE"), ("w1", "XX")] {
                for (n, stop) in stops.chars().enumerate() {
                    text.push_str(&format!("{trip},0{}:00:00,0{}:00:00,{stop},{}\n", 6 + n, 6 + n, 10 * n));
                }
            }
            text + "t1,x,x,Q,99\n,,,,\n"
        }),
        ("calendar.txt", "service_id,monday,tuesday,wednesday,thursday,friday,saturday,sunday,start_date,end_date\nmo-fr,1,1,1,1,1,0,0,20260101,20261231\nsa,0,0,0,0,0,1,0,20260101,20261231\n".to_owned()),
        ("calendar_dates.txt", "service_id,date,exception_type\nmo-fr,20260106,2\n".to_owned()),
        ("frequencies.txt", "trip_id,start_time,end_time,headway_secs\nu1,06:00:00,22:00:00,1800\n".to_owned()),
        ("shapes.txt", format!("shape_id,shape_pt_sequence,shape_pt_lat,shape_pt_lon\n{shape}")),
    ]
}

fn folder(base: &Path) -> PathBuf {
    let folder = base.join("gtfs");
    fs::create_dir(&folder).unwrap();
    for (name, text) in tables() {
        fs::write(folder.join(name), text).unwrap();
    }
    folder
}

/// An archive with stored members.
fn archive(base: &Path) -> PathBuf {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    let tables = tables();
    for (name, text) in &tables {
        let mut sum = flate2::Crc::new();
        sum.update(text.as_bytes());
        let size = u32::try_from(text.len()).unwrap().to_le_bytes();
        let n_name = u16::try_from(name.len()).unwrap().to_le_bytes();
        let offset = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let common =
            [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0][..], &sum.sum().to_le_bytes(), &size, &size, &n_name, &[0, 0]].concat();
        bytes.extend([b"PK\x03\x04", &common[..], name.as_bytes(), text.as_bytes()].concat());
        directory.extend([b"PK\x01\x02\x14\x00", &common[..], &[0; 10], &offset, name.as_bytes()].concat());
    }
    let number = u16::try_from(tables.len()).unwrap().to_le_bytes();
    let (size, offset) =
        (u32::try_from(directory.len()).unwrap().to_le_bytes(), u32::try_from(bytes.len()).unwrap().to_le_bytes());
    bytes.extend(directory);
    bytes.extend([b"PK\x05\x06\0\0\0\0", &number[..], &number, &size, &offset, &[0, 0]].concat());
    let path = base.join("gtfs.zip");
    fs::File::create(&path).unwrap().write_all(&bytes).unwrap();
    path
}

/// The drawn town with a line 5 of the map, a line 99, and a stop at A.
fn mapped(base: &Path) -> PathBuf {
    let mut twin = town();
    let stop = BusStop { key: Key::new("node/A"), name: Some("Halt A".to_owned()), position: at(20.0, 205.0) };
    twin.bus_stops = Table::from(vec![stop]);
    let route = |key: &str, line: &str| BusRoute {
        key: key.into(),
        line: Some(line.to_owned()),
        name: None,
        operator: None,
        arcs: vec![Arc::new(Id::new(0), Direction::Forward)],
        stops: vec![Id::new(0)],
        departures_per_day: None,
    };
    twin.bus_routes = Table::from(vec![route("relation/5", "5"), route("relation/99", "99")]);
    let path = base.join("town.gpkg");
    gpkg::write_twin(&twin, &path).unwrap();
    path
}

fn names(twin: &Twin, route: &BusRoute) -> Vec<String> {
    route
        .arcs
        .iter()
        .map(|arc| {
            format!("{}{}", twin.roads.link(arc.link).key, if arc.direction == Direction::Forward { "+" } else { "-" })
        })
        .collect()
}

fn imported(files: &[PathBuf]) -> Imported {
    let imported = import(files, &ImportOptions::default(), &Silent).unwrap();
    assert!(imported.tally.adds_up());
    imported
}

#[test]
fn a_timetable_becomes_lines_on_streets() {
    let base = tempfile::tempdir().unwrap();
    let town = mapped(base.path());
    let found = imported(&[town.clone(), folder(base.path())]);
    let twin = &found.twin;
    let lines: Vec<_> = twin
        .bus_routes
        .rows()
        .iter()
        .map(|route| {
            (
                route.key.to_string(),
                route.line.clone().unwrap(),
                route.departures_per_day,
                names(twin, route),
                route.stops.len(),
            )
        })
        .collect();
    let s = |text: &str| text.to_owned();
    assert_eq!(
        lines,
        [
            (s("relation/99"), s("99"), None, vec![s("way/1+")], 1),
            (s("gtfs/r5#1"), s("5"), Some(2.0), vec![s("way/1+"), s("way/2+"), s("way/3+")], 3),
            (s("gtfs/r5#2"), s("5"), Some(1.0), vec![s("way/3-"), s("way/2-"), s("way/1-")], 3),
            (s("gtfs/r6#1"), s("6"), Some(32.0), vec![s("way/1+"), s("way/5+")], 3),
        ]
    );
    assert_eq!(twin.bus_routes.rows()[1].name.as_deref(), Some("Halt A – Halt E"));
    assert_eq!(twin.bus_routes.rows()[1].operator.as_deref(), Some("Verkehrsbetriebe"));
    let stops: Vec<&str> = twin.bus_stops.rows().iter().map(|stop| stop.key.as_str()).collect();
    assert_eq!(stops, ["node/A", "gtfs/stop/B", "gtfs/stop/E", "gtfs/stop/S"]);
    assert_eq!(twin.bus_routes.rows()[1].stops[0], Id::new(0), "the stop of the map");
    let codes: Vec<&str> = found.findings.iter().map(|finding| finding.code).collect();
    for code in [
        "bus-line-replaced",
        "stop-outside-map",
        "bus-route-outside-map",
        "stop-without-position",
        "unknown-reference",
        "timetable-day",
    ] {
        assert!(codes.contains(&code), "{code}: {codes:?}");
    }
    assert_eq!(twin.sources.last().map(|source| source.format.as_str()), Some("GTFS"));
    // The archive says the same, and the twin survives its file.
    let zipped = imported(&[town, archive(base.path())]);
    assert_eq!(zipped.twin.bus_routes, twin.bus_routes);
    let path = base.path().join("with-buses.gpkg");
    gpkg::write_twin(twin, &path).unwrap();
    assert_eq!(gpkg::read_twin(&path).unwrap().bus_routes, twin.bus_routes);
}

#[test]
fn what_is_wrong_with_a_timetable_is_told() {
    let base = tempfile::tempdir().unwrap();
    let town = mapped(base.path());
    let zip = archive(base.path());
    let wrong = |files: &[PathBuf]| import(files, &ImportOptions::default(), &Silent).unwrap_err().0.remove(0);
    assert_eq!(wrong(std::slice::from_ref(&zip)).code, "no-streets");
    let mut bytes = fs::read(&zip).unwrap();
    bytes[60] ^= 0xff;
    fs::write(&zip, &bytes).unwrap();
    assert_eq!(wrong(&[town.clone(), zip]).code, "corrupt-file");
    let folder = folder(base.path());
    fs::write(folder.join("trips.txt"), "route_id,trip_id\nr5,t1\n").unwrap();
    let finding = wrong(&[town, folder]);
    assert_eq!(finding.code, "missing-column");
    assert!(finding.message.contains("service_id"));
}

#[test]
fn samples_far_from_the_town_are_counted() {
    let Some(data) = data() else { return };
    let base = tempfile::tempdir().unwrap();
    let town = mapped(base.path());
    for name in ["gtfs/google-sample-feed", "gtfs/sample-gtfs-feed-0.13.0.zip"] {
        let found = imported(&[town.clone(), data.join(name)]);
        assert_eq!(found.twin.bus_routes.len(), 2, "{name}");
        let routes = &found.tally.kinds["GTFS routes"];
        assert_eq!(routes.kept, 0, "{name}");
        assert!(routes.source >= 3, "{name}");
    }
}
