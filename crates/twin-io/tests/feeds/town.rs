//! A drawn town for feeds: streets where a test wants them.

use std::path::PathBuf;

use twin::{
    Crs, Id, Key, Twin,
    geo_types::{Coord, LineString},
    road::{Assumed, Carriageway, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure},
};
use twin_io::project::Projector;

/// The folder of real data, or nothing (then the test says that it is skipped).
pub(crate) fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    if folder.is_dir() {
        return Some(folder.join("feeds"));
    }
    eprintln!("skipped: STADTWIN_DATA is absent, {} is no folder", folder.display());
    None
}

/// South-west corner of the drawn town in EPSG:25832, metres: near Lauf.
pub(crate) const ORIGIN: Coord<f64> = Coord { x: 665_000.0, y: 5_486_000.0 };

/// A place of the drawn town.
pub(crate) fn at(east_m: f64, north_m: f64) -> Coord<f64> {
    Coord { x: ORIGIN.x + east_m, y: ORIGIN.y + north_m }
}

fn node(twin: &mut Twin, position: Coord<f64>) -> Id<RoadNode> {
    let known =
        twin.roads.nodes().find(|(_, node)| (node.position.x - position.x).hypot(node.position.y - position.y) < 0.01);
    if let Some((id, _)) = known {
        return id;
    }
    let key = Key::new(format!("node/{}", twin.roads.n_nodes() + 1));
    twin.roads.add_node(RoadNode {
        key,
        position,
        elevation_m: None,
        control: NodeControl::None,
        border: false,
        through: true,
    })
}

/// Adds a section; its length is that in the plane.
pub(crate) fn section(twin: &mut Twin, name: &str, line: Vec<Coord<f64>>, one_way: bool) {
    let (from, to) = (node(twin, line[0]), node(twin, line[line.len() - 1]));
    let length_m = line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum();
    let lanes = if one_way { 2 } else { 1 };
    let open = Carriageway { modes: Modes::ALL, lanes, speed_limit_kmh: 50.0, impedance: None };
    let closed = Carriageway { modes: Modes::FOOT, lanes: 0, speed_limit_kmh: 0.0, impedance: None };
    let key = Key::new(format!("way/{}", twin.roads.n_links() + 1));
    twin.roads.add_link(
        from,
        to,
        RoadLink {
            key,
            source_keys: Vec::new(),
            name: Some(name.to_owned()),
            route: None,
            class: RoadClass::Secondary,
            geometry: LineString(line),
            length_m,
            forward: open.clone(),
            backward: if one_way { closed } else { open },
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

/// ```text
///            C                F
///            |                |
///     A------B------D--.      |      Hauptstraße: A B D E, curved between D and E
///            |         `--E---G      Querweg: C B H; Bahnhofstraße: F G; Gasse: E G
///            H
///     K=====>L                       Schnellstraße: K L, one way
/// ```
pub(crate) fn town() -> Twin {
    let mut twin = Twin::empty("Probestadt", Crs::etrs89_utm(32));
    let (b, d, e) = (at(200.0, 200.0), at(400.0, 200.0), at(700.0, 120.0));
    section(&mut twin, "Hauptstraße", vec![at(0.0, 200.0), b], false);
    section(&mut twin, "Hauptstraße", vec![b, d], false);
    section(&mut twin, "Hauptstraße", vec![d, at(480.0, 195.0), at(560.0, 160.0), at(620.0, 125.0), e], false);
    section(&mut twin, "Querweg", vec![at(200.0, 400.0), b], false);
    section(&mut twin, "Querweg", vec![b, at(200.0, 0.0)], false);
    section(&mut twin, "Gasse", vec![e, at(900.0, 120.0)], false);
    section(&mut twin, "Bahnhofstraße", vec![at(900.0, 400.0), at(900.0, 120.0)], false);
    section(&mut twin, "Schnellstraße", vec![at(0.0, -300.0), at(300.0, -300.0)], true);
    twin
}

/// A town whose only streets are these lines of longitudes and latitudes, each for itself.
pub(crate) fn along(epsg: u32, lines_wgs84: &[Vec<Coord<f64>>], one_way: bool) -> Twin {
    let projector = Projector::new(epsg).unwrap();
    let mut twin = Twin::empty("Entlang", Crs { epsg });
    for (index, line) in lines_wgs84.iter().enumerate() {
        let mut local: Vec<Coord<f64>> = line.iter().map(|at| projector.local_from_wgs84(*at).unwrap()).collect();
        local.dedup();
        if local.len() > 1 {
            section(&mut twin, &format!("Straße {}", index + 1), local, one_way);
        }
    }
    twin
}

/// Longitude and latitude of places of the drawn town.
pub(crate) fn wgs84(places: &[Coord<f64>]) -> Vec<Coord<f64>> {
    let projector = Projector::new(25832).unwrap();
    places.iter().map(|at| projector.wgs84_from_local(*at).unwrap()).collect()
}
