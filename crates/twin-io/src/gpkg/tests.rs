//! Round trips of random twins, files that are no twins, full disks, and what GDAL says.

use std::{fs, path::Path, process::Command};

use proptest::{collection::vec, option::of, prelude::*};
use twin::{
    Crs, Findings, Id, Key, Twin,
    building::{Place, PlaceKind},
    geo_types::Coord,
    road::{NodeControl, RoadNode},
};

use super::{random::twins, *};
use crate::atomic;

fn codes(findings: &Findings) -> Vec<&str> {
    findings.iter().map(|finding| finding.code).collect()
}

/// A small town with something in every layer, the same every time.
fn sample() -> Twin {
    use proptest::{strategy::ValueTree as _, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    loop {
        let twin = twins().new_tree(&mut runner).unwrap().current();
        let full = twin.roads.n_links() > 1
            && twin.buildings.len() > 1
            && twin.demand.as_ref().is_some_and(|d| d.zones.len() > 1);
        if full && twin.crs.epsg == 25832 && twin.water.n_links() > 1 && twin.addresses.len() > 1 {
            return twin;
        }
    }
}

fn bits(twin: &Twin) -> String {
    // Debug prints the shortest decimal that gives the same bits back.
    format!("{twin:?}")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn every_twin_reads_back_identical(twin in twins()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("town.gpkg");
        write_twin(&twin, &path).unwrap();
        let back = read_twin(&path).unwrap();
        prop_assert_eq!(&twin, &back);
        prop_assert_eq!(bits(&twin), bits(&back));
        prop_assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_damaged_file_gives_findings_or_a_twin_but_no_panic(places in vec((any::<usize>(), any::<u8>()), 1..20), cut in of(any::<usize>())) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("town.gpkg");
        let mut bytes = DAMAGED.with(Clone::clone);
        for (place, value) in places {
            let place = place % bytes.len();
            bytes[place] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut % bytes.len());
        }
        fs::write(&path, bytes).unwrap();
        if let Err(findings) = read_twin(&path) {
            prop_assert!(findings.has_errors());
            prop_assert!(findings.iter().all(|finding| finding.file.is_some()));
        }
    }
}

thread_local! {
    static DAMAGED: Vec<u8> = {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("town.gpkg");
        write_twin(&sample(), &path).unwrap();
        fs::read(&path).unwrap()
    };
}

#[test]
fn equal_twins_give_equal_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (a, b) = (folder.path().join("a.gpkg"), folder.path().join("b.gpkg"));
    write_twin(&sample(), &a).unwrap();
    write_twin(&sample(), &b).unwrap();
    assert_eq!(fs::read(a).unwrap(), fs::read(b).unwrap());
}

#[test]
fn files_that_are_no_twins_are_refused_with_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    assert_eq!(codes(&read_twin(&path).unwrap_err()), ["missing-file"]);
    assert_eq!(codes(&read_twin(folder.path()).unwrap_err()), ["not-a-file"]);
    for (bytes, code) in
        [(&b""[..], "not-a-geopackage"), (b"hello", "not-a-geopackage"), (b"SQLite format 3\0", "corrupt-file")]
    {
        fs::write(&path, bytes).unwrap();
        assert_eq!(codes(&read_twin(&path).unwrap_err()), [code]);
    }
    fs::remove_file(&path).unwrap();
    rusqlite::Connection::open(&path).unwrap().execute_batch("CREATE TABLE a (b);").unwrap();
    assert_eq!(codes(&read_twin(&path).unwrap_err()), ["not-a-geopackage"]);
    fs::remove_file(&path).unwrap();
    let package = package::Package::create(&path, &path, &Crs::NOWHERE, "1970-01-01T00:00:00.000Z").unwrap();
    package.finish().unwrap();
    assert_eq!(codes(&read_twin(&path).unwrap_err()), ["not-a-twin"]);
}

#[test]
fn a_truncated_file_says_how_much_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    write_twin(&sample(), &path).unwrap();
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let findings = read_twin(&path).unwrap_err();
    assert_eq!(codes(&findings), ["corrupt-file"]);
    assert!(
        findings.0[0].message.contains(&format!("{} of {} bytes", bytes.len() - bytes.len() / 2, bytes.len())),
        "{findings}"
    );
}

#[test]
fn an_edited_file_reads_back_or_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    let twin = sample();
    write_twin(&twin, &path).unwrap();
    let edit = |sql: &str| rusqlite::Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    // The triggers of the spatial indices call functions that a GIS brings along.
    let triggers: Vec<String> = {
        let connection = rusqlite::Connection::open(&path).unwrap();
        let mut names = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").unwrap();
        names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
    };
    triggers.iter().for_each(|name| edit(&format!("DROP TRIGGER \"{name}\"")));
    // A planner deletes an area and changes a lane count: features with gaps in their numbers.
    edit("UPDATE road_link SET forward_lanes = 3 WHERE fid = 1; DELETE FROM source WHERE fid = 1;");
    let edited = read_twin(&path).unwrap();
    assert_eq!(edited.roads.link(Id::new(0)).forward.lanes, 3);
    // A class that does not exist, a number that is text, a reference to nothing: all are told at once.
    edit(
        "UPDATE road_link SET class = 'boulevard' WHERE fid = 1; UPDATE building SET levels = 'two' WHERE fid = 2; UPDATE address SET building_fid = 77 WHERE fid = 1;",
    );
    let findings = read_twin(&path).unwrap_err();
    let fields: Vec<&str> = findings.iter().filter_map(|finding| finding.field.as_deref()).collect();
    for field in ["class", "levels", "building_fid"] {
        assert!(fields.contains(&field), "{findings}");
    }
    edit("UPDATE twin SET value = '3' WHERE name = 'format_version';");
    assert_eq!(codes(&read_twin(&path).unwrap_err()), ["newer-version"]);
    edit("UPDATE twin SET value = '1' WHERE name = 'format_version';");
    assert_eq!(codes(&read_twin(&path).unwrap_err()), ["older-version"]);
}

#[test]
fn what_a_file_cannot_hold_is_said_with_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    let mut twin = Twin::empty("town", Crs::etrs89_utm(32));
    twin.roads.add_node(RoadNode {
        key: "node/1".into(),
        position: Coord { x: 1.0, y: 2.0 },
        elevation_m: Some(f64::NAN),
        control: NodeControl::None,
        border: false,
        through: true,
    });
    twin.places.push(Place {
        key: "node/2".into(),
        kind: PlaceKind::Shop,
        name: None,
        position: Coord { x: 0.0, y: f64::INFINITY },
        building: None,
    });
    twin.places.push(Place {
        key: "node/3".into(),
        kind: PlaceKind::Shop,
        name: None,
        position: Coord { x: 0.0, y: 0.0 },
        building: Some(Id::new(0)),
    });
    let findings = write_twin(&twin, &path).unwrap_err();
    let found: Vec<_> = findings.iter().map(|f| (f.key.as_ref().map(Key::as_str), f.field.as_deref())).collect();
    assert_eq!(
        found,
        [(Some("node/1"), Some("elevation_m")), (Some("node/2"), Some("geom")), (Some("node/3"), Some("building_fid"))]
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_full_disk_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    fs::write(&path, "the old one").unwrap();
    let twin = sample();
    let full = atomic::write_file(&path, |temporary| {
        let mut package = package::Package::create(temporary, &path, &twin.crs, "1970-01-01T00:00:00.000Z")?;
        package.limit_pages(40);
        write::fill(&twin, &mut package)?;
        package.finish()
    });
    assert_eq!(codes(&full.unwrap_err()), ["disk-full"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), "the old one");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Opens every layer with GDAL, where it is installed; the words it says.
fn ogrinfo(path: &Path) -> Option<String> {
    match Command::new("ogrinfo").args(["-al", "-so"]).arg(path).env("LC_ALL", "C").output() {
        Ok(output) => {
            assert!(output.status.success());
            Some(String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr))
        }
        Err(_) => {
            eprintln!("skipped: ogrinfo (Debian package gdal-bin) is not installed");
            None
        }
    }
}

#[test]
fn gdal_opens_every_layer_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    let twin = sample();
    write_twin(&twin, &path).unwrap();
    let Some(words) = ogrinfo(&path) else { return };
    assert!(!words.contains("Warning") && !words.contains("ERROR"), "{words}");
    for (layer, count) in [
        ("road_link", twin.roads.n_links()),
        ("road_node", twin.roads.n_nodes()),
        ("building", twin.buildings.len()),
        ("address", twin.addresses.len()),
        ("power_bus", twin.power.n_nodes()),
        ("asset", twin.assets.len()),
        ("source", twin.sources.len()),
    ] {
        let head = format!("Layer name: {layer}\n");
        let section = words.split(&head).nth(1).unwrap_or_else(|| panic!("no layer {layer} in {words}"));
        assert!(
            section.split("Layer name:").next().unwrap().contains(&format!("Feature Count: {count}")),
            "{layer}: {section}"
        );
    }
    assert!(words.contains("ETRS89 / UTM zone 32N"), "{words}");
}

#[test]
fn the_fields_of_a_kind_stand_only_in_its_layer() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("town.gpkg");
    write_twin(&sample(), &path).unwrap();
    let connection = rusqlite::Connection::open(&path).unwrap();
    let has = |layer: &str, column: &str| {
        let sql = "SELECT count(*) FROM pragma_table_info(?) WHERE name = ?";
        connection.query_row(sql, [layer, column], |row| row.get::<_, i64>(0)).unwrap() == 1
    };
    assert!(has("water_pipe", "roughness") && has("water_pump", "design_head_m") && has("water_valve", "setting_m"));
    assert!(!has("water_pipe", "design_head_m") && !has("water_pump", "roughness"));
    assert!(has("power_line", "max_i_ka") && !has("power_switch", "max_i_ka") && has("power_switch", "closed"));
}

#[test]
fn a_real_town_reads_back_identical_and_opens_in_gdal() {
    let data = std::env::var("STADTWIN_DATA")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
    let folder = Path::new(&data).join("osm");
    let Ok(entries) = fs::read_dir(&folder) else {
        eprintln!("skipped: STADTWIN_DATA is absent");
        return;
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".pbf"))
        .collect();
    files.sort_by_key(|entry| entry.metadata().unwrap().len());
    // The smallest extract: the way is the same for the largest.
    let file = files.first().expect("because the folder holds extracts").path();
    let twin = crate::import(&[file], &crate::ImportOptions::default(), &twin::Silent).unwrap().twin;
    assert!(twin.roads.n_links() > 10 && twin.buildings.len() > 10);
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("town.gpkg");
    write_twin(&twin, &path).unwrap();
    assert_eq!(read_twin(&path).unwrap(), twin);
    let Some(words) = ogrinfo(&path) else { return };
    assert!(!words.contains("Warning") && !words.contains("ERROR"), "{words}");
}
