//! The TNTP instances of the Transportation Networks for Research Core Team: what is imported from them, and that the
//! import and the equilibrium together reach the published optima.

use std::path::{Path, PathBuf};

use twin::{Assumptions, Crs, Findings, Severity, Silent, Twin, scenario::TrafficOptions};
use twin_io::{ImportOptions, Imported, tntp};
use twin_traffic::{
    equilibrium,
    street::{self, Overlay},
    trips::Trips,
};

/// An instance: net file, zones, nodes, links, trips (from the READMEs and headers), first node to pass, node file.
type Instance = (&'static str, usize, usize, usize, f64, usize, bool);

const MITTE: &str = "Berlin-Mitte-Prenzlauerberg-Friedrichshain-Center/\
     berlin-mitte-prenzlauerberg-friedrichshain-center_net.tntp";

const INSTANCES: [Instance; 9] = [
    ("Braess-Example/Braess_net.tntp", 2, 4, 5, 6.0, 1, false),
    ("SiouxFalls/SiouxFalls_net.tntp", 24, 24, 76, 360_600.0, 1, true),
    ("Anaheim/Anaheim_net.tntp", 38, 416, 914, 104_694.40, 39, false),
    ("Barcelona/Barcelona_net.tntp", 110, 1020, 2522, 184_679.561, 111, false),
    ("Chicago-Sketch/ChicagoSketch_net.tntp", 387, 933, 2950, 1_260_907.44, 1, true),
    ("Eastern-Massachusetts/EMA_net.tntp", 74, 74, 258, 65_576.375_430_999_89, 1, false),
    ("Berlin-Friedrichshain/friedrichshain-center_net.tntp", 23, 224, 523, 11_205.1, 24, true),
    ("Berlin-Tiergarten/berlin-tiergarten_net.tntp", 26, 361, 766, 10_754.87, 27, true),
    (MITTE, 98, 975, 2184, 23_648.499, 99, true),
];

/// The folder of the instances, or nothing (then the test says that it is skipped).
fn folder() -> Option<PathBuf> {
    let data = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    let folder = data.join("tntp");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: STADTWIN_DATA is absent, {} is no folder", folder.display());
    None
}

fn import(net: &Path) -> Result<Imported, Findings> {
    tntp::read(&[net.to_owned()], &ImportOptions::default(), &Silent)
}

#[test]
fn every_instance_has_the_counts_of_its_readme() {
    let Some(folder) = folder() else { return };
    for (net, n_zones, n_nodes, n_links, trips, first_through, has_positions) in INSTANCES {
        let imported = import(&folder.join(net)).unwrap_or_else(|findings| panic!("{net}: {findings}"));
        let Imported { twin, findings, tally } = imported;
        let demand = twin.demand.as_ref().expect("a TNTP twin has demand");
        let counts = (demand.zones.len(), twin.roads.n_nodes(), twin.roads.n_links());
        assert_eq!(counts, (n_zones, n_nodes, n_links), "{net}");
        assert_eq!(demand.matrices.len(), 1, "{net}");
        let total = demand.matrices[0].total_veh_h();
        assert!((total - trips).abs() < 1e-6 * trips, "{net}: {total} trips, not {trips}");
        let n_closed = twin.roads.nodes().filter(|(_, node)| !node.through).count();
        assert_eq!(n_closed, first_through - 1, "{net}");
        assert_eq!(twin.crs, Crs::NOWHERE);
        assert_eq!(findings.iter().any(|finding| finding.code == "no-coordinates"), !has_positions, "{net}");
        // Barcelona and Berlin-Tiergarten number nodes that no link touches; nothing else is wrong with any of them.
        let mut warnings = findings.iter().filter(|finding| finding.severity == Severity::Warning);
        assert!(warnings.all(|finding| finding.code == "isolated-node"), "{net}: {findings}");
        assert!(tally.adds_up(), "{net}");
        assert_keys(&twin);
    }
}

fn assert_keys(twin: &Twin) {
    for (index, (id, link)) in twin.roads.links().enumerate() {
        assert_eq!(link.key.as_str(), format!("tntp/{}", index + 1));
        assert_eq!(id.index(), index);
    }
    for (index, (zone, (_, node))) in
        twin.demand.as_ref().expect("a TNTP twin has demand").zones.iter().zip(twin.roads.nodes()).enumerate()
    {
        assert_eq!(zone.key.as_str(), format!("zone/{}", index + 1));
        assert_eq!(node.key.as_str(), format!("tntp_node/{}", index + 1));
        assert_eq!(zone.connectors[0].node.index(), index);
    }
}

#[test]
fn files_in_any_order_give_the_same_twin() {
    let Some(folder) = folder() else { return };
    let path = |name: &str| folder.join("SiouxFalls").join(name);
    let (net, trips, node) = (path("SiouxFalls_net.tntp"), path("SiouxFalls_trips.tntp"), path("SiouxFalls_node.tntp"));
    let alone = import(&net).unwrap().twin;
    for files in [vec![trips.clone(), net.clone()], vec![node, trips.clone(), net], vec![trips]] {
        assert_eq!(tntp::read(&files, &ImportOptions::default(), &Silent).unwrap().twin, alone);
    }
    assert_eq!(alone.name, "SiouxFalls");
    assert_eq!(alone.sources.len(), 3);
}

#[test]
fn the_twin_survives_its_file() {
    let Some(folder) = folder() else { return };
    let twin = import(&folder.join("SiouxFalls/SiouxFalls_net.tntp")).unwrap().twin;
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("sioux.gpkg");
    twin_io::gpkg::write_twin(&twin, &path).unwrap();
    assert_eq!(twin_io::gpkg::read_twin(&path).unwrap(), twin);
}

fn beckmann(net: &str) -> Option<f64> {
    let twin = import(&folder()?.join(net)).expect("it imports").twin;
    let options = TrafficOptions { relative_gap: 1e-11, max_iterations: 500, ..TrafficOptions::default() };
    let demand = twin.demand.as_ref().expect("a TNTP twin has demand");
    let (streets, findings) = street::derive(&twin, &demand.zones, &Assumptions::default(), &options);
    assert!(findings.0.is_empty(), "{findings}");
    let trips = Trips::at_hour(demand, 16, 1.0).expect("the trips are sound");
    let solved = equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &Silent);
    assert!(solved.status.is_fine(), "{:?}", solved.status);
    Some(solved.beckmann)
}

/// Optimum of the README of the instance.
#[test]
fn sioux_falls_reaches_its_optimum() {
    let Some(found) = beckmann("SiouxFalls/SiouxFalls_net.tntp") else { return };
    let optimum = 4_231_335.287_107_44;
    assert!((found - optimum).abs() < 1e-10 * optimum, "{found}");
}

/// Optimum of the published best known flows, whose average excess cost is below 1e-15.
#[test]
fn anaheim_reaches_its_optimum() {
    let Some(found) = beckmann("Anaheim/Anaheim_net.tntp") else { return };
    let optimum = 1_286_032.171_096_03;
    assert!((found - optimum).abs() < 1e-10 * optimum, "{found}");
}
