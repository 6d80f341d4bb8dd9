//! What is wrong is told with its place; what can be used is used.

use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;
use twin::{Crs, Finding, Findings, Silent, demand::VehicleClass, road::VolumeDelay};

use super::{looks_like_net, looks_like_nodes, looks_like_trips, read, read_trips_text};
use crate::{ImportOptions, Imported};

const NET: &str = "<NUMBER OF ZONES> 2\t\t\n<NUMBER OF NODES> 3\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 4\n\
     <ORIGINAL HEADER>~ Init node\tTerm node ;\n<END OF METADATA>\t\n\n\n~ \tinit_node\tterm_node\tcapacity ;\n\
     \t1\t3\t900\t1.5\t2\t0.15\t4\t50\t0\t1\t;\n 3 2 900 1.5 2 0.15 4 50 0.5 1;\n\
     3 2 0 1 9 0 0 0 0 1 ;\n2\t3\t800\t1\t2\t1e-3\t4\t0\t0\t1\t;\n";
const TRIPS: &str = "<number of zones> 2\n<TOTAL OD FLOW> 15.5\n<END OF METADATA>\n\nOrigin \t1 \n  1 : 0.0;  2 :\n  10.5; \n\
     origin 2\n 1 \t: \t5; 2 : 0 ~ nobody\n";

fn files(net: &str, trips: Option<&str>, node: Option<&str>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Town_net.tntp"), net).unwrap();
    for (name, text) in [("Town_trips.tntp", trips), ("Town_node.tntp", node)] {
        if let Some(text) = text {
            fs::write(folder.path().join(name), text).unwrap();
        }
    }
    folder
}

fn import(net: &str, trips: Option<&str>, node: Option<&str>) -> Result<Imported, Findings> {
    let folder = files(net, trips, node);
    read(&[folder.path().join("Town_net.tntp")], &ImportOptions::default(), &Silent)
}

fn errors(net: &str, trips: &str) -> Vec<(&'static str, Option<(u32, u32)>)> {
    let findings = import(net, Some(trips), None).unwrap_err();
    findings
        .iter()
        .filter(|finding| finding.severity == twin::Severity::Error)
        .map(|finding| (finding.code, finding.position))
        .collect()
}

fn find<'f>(findings: &'f Findings, code: &str) -> &'f Finding {
    findings.iter().find(|finding| finding.code == code).unwrap_or_else(|| panic!("no {code} among {findings}"))
}

#[test]
fn a_small_town() {
    let Imported { twin, findings, tally } = import(NET, Some(TRIPS), None).unwrap();
    assert_eq!((twin.name.as_str(), &twin.crs), ("Town", &Crs::NOWHERE));
    assert_eq!((twin.roads.n_nodes(), twin.roads.n_links()), (3, 4));
    assert_eq!(twin.roads.nodes().map(|(_, node)| node.through).collect::<Vec<_>>(), [false, false, true]);
    let links: Vec<_> = twin.roads.links().map(|(id, link)| (link, twin.roads.ends(id))).collect();
    let impedance = links[1].0.forward.impedance.unwrap();
    assert_eq!((impedance.free_flow_time, impedance.toll, impedance.distance), (2.0, 0.5, 1.5));
    assert_eq!(impedance.delay, VolumeDelay::Bpr { alpha: 0.15, beta: 4.0 });
    assert_eq!(links[0].0.forward.speed_limit_kmh, 50.0);
    assert!(links.iter().all(|(link, _)| link.backward.modes.is_empty()));
    // Parallel links stay apart.
    assert_eq!(links[1].1, links[2].1);
    let matrix = &twin.demand.as_ref().unwrap().matrices[0];
    assert_eq!((matrix.class, matrix.hour), (VehicleClass::Car, None));
    assert_eq!(matrix.row(0).collect::<Vec<_>>(), [(1, 10.5)]);
    assert_eq!(matrix.row(1).collect::<Vec<_>>(), [(0, 5.0)]);
    assert_eq!(tally.kinds["entries of the trip table"].dropped["no trips"], 2);
    assert!(!findings.has_errors());
    find(&findings, "zero-trips");
    find(&findings, "unknown-unit");
    find(&findings, "no-coordinates");
}

#[test]
fn coordinates_come_from_the_node_file() {
    let imported = import(NET, Some(TRIPS), Some("Node \tX\tY\t;\n1\t10\t20\t;\n3 \t30 \t40 \t;\n")).unwrap();
    let positions: Vec<_> = imported.twin.roads.nodes().map(|(_, node)| (node.position.x, node.position.y)).collect();
    assert_eq!(positions, [(10.0, 20.0), (20.0, 30.0), (30.0, 40.0)]);
    find(&imported.findings, "missing-position");
    let folder = files(NET, Some(TRIPS), Some("Node X Y ;\n1 10 20 ;\n2 1 1;\n3 30 40\n"));
    let options = ImportOptions { epsg: Some(25832), name: Some("Stadt".to_owned()) };
    let twin = read(&[folder.path().join("Town_net.tntp")], &options, &Silent).unwrap().twin;
    assert_eq!((twin.crs, twin.name.as_str()), (Crs { epsg: 25832 }, "Stadt"));
}

#[test]
fn all_errors_are_told_at_once_with_their_lines() {
    let net = "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 3\n<NUMBER OF LINKS> 9\n<END OF METADATA>\n\
        1 3 900 1 x 0.15 4 50 0 1;\n1 4 -900 1 NaN 0.15 4 50 0 1;\n1 2 900 1 1e999;\n0 2 900 1 1 1 4,5 50 0 1;\n";
    let trips = "<NUMBER OF ZONES> 3\n<END OF METADATA>\nOrigin 1\n2 : -5; 7 : 1; 2 : inf;\nOrigin x\n 1 : 5;\n 1 ; 2 : 3;\n 1 :";
    assert_eq!(
        errors(net, trips),
        [
            ("not-a-number", Some((5, 11))),
            ("out-of-range", Some((6, 3))),
            ("negative-value", Some((6, 5))),
            ("not-finite", Some((6, 12))),
            ("missing-field", Some((7, 1))),
            ("out-of-range", Some((8, 1))),
            ("not-a-number", Some((8, 15))),
            ("wrong-count", Some((3, 1))),
            ("wrong-count", Some((1, 1))),
            ("negative-value", Some((4, 5))),
            ("out-of-range", Some((4, 9))),
            ("not-finite", Some((4, 20))),
            ("not-a-number", Some((5, 8))),
            ("unexpected-text", Some((7, 4))),
            ("unexpected-end", Some((8, 2))),
        ]
    );
}

#[test]
fn what_is_odd_is_a_warning() {
    let net = NET.replace("\t900\t1.5", "\t0\t1.5").replace("<FIRST THRU NODE> 3\n", "");
    let trips = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 99\nOrigin 1\n 2 : 5; 2 : 6; 1 : 1;\n";
    let Imported { twin, findings, .. } = import(&net, Some(trips), None).unwrap();
    assert_eq!(find(&findings, "zero-capacity").position, Some((9, 1)));
    assert_eq!(find(&findings, "wrong-total").position, Some((2, 1)));
    find(&findings, "repeated-pair");
    find(&findings, "missing-header");
    find(&findings, "intrazonal-trips");
    assert!(twin.roads.nodes().all(|(_, node)| node.through));
    assert_eq!(twin.demand.unwrap().matrices[0].total_veh_h(), 12.0);
}

#[test]
fn without_trips_nobody_drives() {
    let Imported { twin, findings, .. } = import(NET, None, None).unwrap();
    find(&findings, "no-demand");
    let demand = twin.demand.unwrap();
    assert_eq!((demand.zones.len(), demand.matrices.len()), (2, 0));
}

#[test]
fn files_are_known_by_their_content() {
    assert!(looks_like_net(NET) && looks_like_trips(TRIPS) && looks_like_nodes("Node\tX\tY\t;\n1 2 3;"));
    for other in ["", "<?xml version=\"1.0\"?>\n<osm>", "SQLite format 3\0", "a,b\n1,2"] {
        assert!(!looks_like_net(other) && !looks_like_trips(other) && !looks_like_nodes(other), "{other}");
    }
    let folder = files(NET, Some(TRIPS), None);
    let missing = read(&[folder.path().join("Other_net.tntp")], &ImportOptions::default(), &Silent).unwrap_err();
    find(&missing, "missing-file");
    let net = folder.path().join("Town_net.tntp");
    let twice = read(&[net.clone(), net.clone()], &ImportOptions::default(), &Silent).unwrap_err();
    find(&twice, "two-of-a-kind");
    fs::remove_file(net).unwrap();
    let no_net = read(&[folder.path().join("Town_trips.tntp")], &ImportOptions::default(), &Silent).unwrap_err();
    find(&no_net, "missing-file");
}

#[test]
fn a_trip_table_stands_alone_too() {
    let mut findings = Findings::default();
    let entries = read_trips_text(TRIPS, "trips", &mut findings);
    assert_eq!(entries, [(1, 1, 0.0), (1, 2, 10.5), (2, 1, 5.0), (2, 2, 0.0)]);
    assert_eq!(findings, Findings::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn damaged_files_never_panic(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), prop::sample::select(b"0123456789:;.-~<>\n e".to_vec())]), 1..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
        of_trips in any::<bool>(),
    ) {
        let mut bytes = if of_trips { TRIPS } else { NET }.as_bytes().to_vec();
        for (index, byte) in damage {
            let at = index.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        let folder = files(NET, Some(TRIPS), None);
        fs::write(folder.path().join(if of_trips { "Town_trips.tntp" } else { "Town_net.tntp" }), bytes).unwrap();
        let paths = ["Town_net.tntp", "Town_trips.tntp"].map(|name| folder.path().join(name));
        match read(&paths, &ImportOptions::default(), &Silent) {
            Ok(imported) => {
                prop_assert!(!imported.findings.has_errors());
                prop_assert!(imported.tally.adds_up());
                let demand = imported.twin.demand.unwrap();
                prop_assert!(demand.matrices[0].trips_veh_h.iter().all(|trips| trips.is_finite() && *trips > 0.0));
            }
            Err(findings) => prop_assert!(findings.has_errors()),
        }
    }
}
