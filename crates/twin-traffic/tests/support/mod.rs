//! A small reader of TNTP files, for tests of the law alone (the door for such files is in `twin-io`).

use std::path::PathBuf;

use twin::{
    Crs, Id, Key, Twin,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    geo_types::{LineString, coord},
    road::{
        Assumed, Carriageway, Impedance, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure, VolumeDelay,
    },
};

/// The folder of real data, or nothing (then the test says that it is skipped).
pub(crate) fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data")), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: STADTWIN_DATA is absent, {} is no folder", folder.display());
    None
}

/// Reads `*_net.tntp` and `*_trips.tntp`.
pub(crate) fn read(net: &str, trips: &str) -> Twin {
    let header = |name: &str| -> usize {
        let line = net.lines().find(|line| line.contains(&format!("<{name}>"))).unwrap();
        line.split('>').nth(1).unwrap().trim().parse().unwrap()
    };
    let (n_zones, n_nodes, first_through) =
        (header("NUMBER OF ZONES"), header("NUMBER OF NODES"), header("FIRST THRU NODE"));
    let mut twin = Twin::empty("tntp", Crs::NOWHERE);
    let nodes: Vec<Id<RoadNode>> = (1..=n_nodes)
        .map(|node| {
            twin.roads.add_node(RoadNode {
                key: Key::new(format!("node/{node}")),
                position: coord! { x: 0.0, y: 0.0 },
                elevation_m: None,
                control: NodeControl::None,
                border: false,
                through: node >= first_through,
            })
        })
        .collect();
    let body = net.split("<END OF METADATA>").nth(1).unwrap();
    let rows = body.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('~'));
    for (row, line) in rows.enumerate() {
        let fields: Vec<f64> =
            line.trim_end_matches(';').split_whitespace().map(|field| field.parse().unwrap()).collect();
        let impedance = Impedance {
            free_flow_time: fields[4],
            capacity_veh_h: fields[2],
            delay: VolumeDelay::Bpr { alpha: fields[5], beta: fields[6] },
            toll: fields[8],
            distance: fields[3],
        };
        twin.roads.add_link(
            nodes[fields[0] as usize - 1],
            nodes[fields[1] as usize - 1],
            link(&format!("tntp/{}", row + 1), fields[3], Some(impedance)),
        );
    }
    let mut entries = Vec::new();
    let mut origin = 0;
    for line in trips.split("<END OF METADATA>").nth(1).unwrap().lines() {
        let line = line.trim();
        if let Some(number) = line.strip_prefix("Origin") {
            origin = number.trim().parse::<u32>().unwrap() - 1;
            continue;
        }
        if line.starts_with('~') {
            continue;
        }
        for entry in line.split(';').filter(|entry| entry.contains(':')) {
            let (destination, trips) = entry.split_once(':').unwrap();
            entries.push((
                origin,
                destination.trim().parse::<u32>().unwrap() - 1,
                trips.trim().parse::<f64>().unwrap(),
            ));
        }
    }
    twin.demand = Some(Demand {
        zones: (0..n_zones).map(|zone| zone_at(zone, &[nodes[zone]])).collect(),
        matrices: vec![OdMatrix::from_entries(VehicleClass::Car, None, n_zones, &entries)],
    });
    twin
}

/// A zone with connectors of no length to some nodes.
pub(crate) fn zone_at(zone: usize, nodes: &[Id<RoadNode>]) -> Zone {
    Zone {
        key: Key::new(format!("zone/{}", zone + 1)),
        name: None,
        position: coord! { x: 0.0, y: 0.0 },
        kind: ZoneKind::Internal,
        residents: 0.0,
        jobs: 0.0,
        connectors: nodes.iter().map(|&node| Connector { node, time_s: 0.0 }).collect(),
    }
}

/// A one-way section for cars and lorries.
pub(crate) fn link(key: &str, length_m: f64, impedance: Option<Impedance>) -> RoadLink {
    RoadLink {
        key: key.into(),
        source_keys: vec![],
        name: None,
        route: None,
        class: RoadClass::Residential,
        geometry: LineString::new(vec![]),
        length_m,
        forward: Carriageway { modes: Modes::MOTOR, lanes: 1, speed_limit_kmh: 50.0, impedance },
        backward: Carriageway::default(),
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
    }
}
