//! Real extracts, against an independent computation.
//!
//! Figures: pyosmium 4 (reading), pyproj 3.7.2 (`Geod` on WGS84, UTM by EPSG code) and shapely 2 (areas, `make_valid`); all
//! ways with a travelable `highway` that are no areas, over the nodes that are in the file; closed ways with `building` whose
//! nodes all are in the file.

use std::path::PathBuf;

use geo::Area;
use twin::{Severity, Silent, building::Building, road::RoadClass};

use crate::{ImportOptions, Imported, osm};

fn read(name: &str) -> Option<Imported> {
    let root = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let path = root.join("osm").join(format!("{name}.osm.pbf"));
    if !path.exists() {
        eprintln!("skipped: STADTWIN_DATA is absent, no {name}.osm.pbf");
        return None;
    }
    Some(osm::read_pbf(&path, &ImportOptions::default(), &Silent).expect("the extract imports"))
}

struct Golden {
    name: &'static str,
    town: &'static str,
    epsg: u32,
    n_ways: u64,
    n_streets: u64,
    length_m: f64,
    n_buildings: usize,
    area_m2: f64,
    /// Part by which number and area of buildings may differ: parts without a building count here and not there, members
    /// of old-style multipolygons there and not here.
    tolerance: f64,
}

const GOLDEN: [Golden; 6] = [
    Golden {
        name: "lauf_pegnitz_2020",
        town: "Lauf an der Pegnitz",
        epsg: 25832,
        n_ways: 2931,
        n_streets: 2815,
        length_m: 255_545.167,
        n_buildings: 6481,
        area_m2: 1_167_404.46,
        tolerance: 0.01,
    },
    Golden {
        name: "bad_hersfeld",
        town: "Bad Hersfeld",
        epsg: 25832,
        n_ways: 3533,
        n_streets: 3514,
        length_m: 729_754.588,
        n_buildings: 11271,
        area_m2: 2_312_129.19,
        tolerance: 0.01,
    },
    Golden {
        name: "liechtenstein_2021",
        town: "Vaduz",
        epsg: 25832,
        n_ways: 6984,
        n_streets: 6957,
        length_m: 1_317_246.283,
        n_buildings: 15809,
        area_m2: 3_448_835.39,
        tolerance: 0.01,
    },
    Golden {
        name: "harsdorf",
        town: "Harsdorf",
        epsg: 25832,
        n_ways: 130,
        n_streets: 121,
        length_m: 27_600.543,
        n_buildings: 616,
        area_m2: 78_101.43,
        tolerance: 0.01,
    },
    Golden {
        name: "munich_center_2020",
        town: "München",
        epsg: 25832,
        n_ways: 2959,
        n_streets: 2858,
        length_m: 118_462.378,
        n_buildings: 2368,
        area_m2: 925_735.71,
        tolerance: 0.06,
    },
    Golden {
        name: "rhein_neckar_roads_2016",
        town: "rhein neckar roads 2016",
        epsg: 25832,
        n_ways: 37344,
        n_streets: 37278,
        length_m: 5_625_210.895,
        n_buildings: 0,
        area_m2: 0.0,
        tolerance: 0.01,
    },
];

#[test]
fn counts_lengths_and_areas_agree() {
    for golden in GOLDEN {
        let Some(imported) = read(golden.name) else { continue };
        let (twin, name) = (&imported.twin, golden.name);
        assert_eq!((twin.name.as_str(), twin.crs.epsg), (golden.town, golden.epsg), "{name}");
        assert!(imported.tally.adds_up());
        let streets = &imported.tally.kinds["ways of streets"];
        assert_eq!((streets.source, streets.kept), (golden.n_ways, golden.n_streets), "{name}");
        let length_m: f64 = twin.roads.links().map(|(_, link)| link.length_m).sum();
        // Sections without length count 0.1 m each; cuts beside barriers round to the nanometre.
        assert!((length_m - golden.length_m).abs() < 1.0, "{name}: {length_m}");
        let simple = |building: &&Building| building.part_of.is_none() && building.key.as_str().starts_with("way/");
        let area_m2: f64 =
            twin.buildings.rows().iter().filter(simple).map(|building| building.footprint.unsigned_area()).sum();
        let n_buildings = twin.buildings.rows().iter().filter(simple).count();
        let differing = n_buildings.abs_diff(golden.n_buildings) as f64;
        assert!(differing <= golden.tolerance * golden.n_buildings as f64, "{name}: {n_buildings}");
        assert!((area_m2 - golden.area_m2).abs() <= golden.tolerance * golden.area_m2, "{name}: {area_m2}");
        assert_eq!(imported.findings.count(Severity::Error), 0);
        assert!(imported.findings.0.len() < 400, "{name}: {} findings are too many to read", imported.findings.0.len());
    }
}

#[test]
fn keys_are_unique_and_every_source_way_is_in_a_section() {
    let Some(imported) = read("lauf_pegnitz_2020") else { return };
    let roads = &imported.twin.roads;
    let mut keys: Vec<&str> = roads.links().map(|(_, link)| link.key.as_str()).collect();
    keys.sort_unstable();
    assert!(keys.windows(2).all(|pair| pair[0] != pair[1]));
    let mut nodes: Vec<&str> = roads.nodes().map(|(_, node)| node.key.as_str()).collect();
    nodes.sort_unstable();
    assert!(nodes.windows(2).all(|pair| pair[0] != pair[1]));
    let mut sources: Vec<&str> =
        roads.links().flat_map(|(_, link)| link.source_keys.iter().map(twin::Key::as_str)).collect();
    sources.sort_unstable();
    sources.dedup();
    assert_eq!(sources.len() as u64, imported.tally.kinds["ways of streets"].kept);
    for (id, link) in roads.links() {
        let (from, to) = roads.ends(id);
        assert_eq!(link.geometry.0.first(), Some(&roads[from].position), "{}", link.key);
        assert_eq!(link.geometry.0.last(), Some(&roads[to].position), "{}", link.key);
        for carriageway in [&link.forward, &link.backward] {
            assert_eq!(carriageway.lanes > 0, carriageway.speed_limit_kmh > 0.0, "{}", link.key);
        }
    }
    assert!(roads.links().any(|(_, link)| link.class == RoadClass::Motorway));
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let import = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().expect("a pool");
        pool.install(|| read("bad_hersfeld"))
    };
    let (Some(one), Some(eight)) = (import(1), import(8)) else { return };
    assert!(one.twin == eight.twin);
    assert!(one.findings == eight.findings);
    assert!(one.tally == eight.tally);
}
