//! The twin of the parsed files.

use std::f64::consts::TAU;

use twin::{
    Crs, Finding, Findings, Id, Key, Source, Twin,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    geo_types::{Coord, LineString},
    road::{
        Assumed, Carriageway, Impedance, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure, VolumeDelay,
    },
};

use super::{
    files::{Files, stem},
    net::{Net, Row},
    trips::Entries,
};
use crate::{ImportOptions, Imported, Tally, project::Projector};

/// Distance of neighbors on the circle where there are no coordinates, metres.
const SPACING_M: f64 = 20.0;

/// Puts the twin together.
pub(super) fn build(
    files: &Files,
    net: Net,
    trips: Option<Entries>,
    positions: Option<Vec<Option<Coord<f64>>>>,
    options: &ImportOptions,
    mut findings: Findings,
) -> Result<Imported, Findings> {
    let crs = crs(options, positions.is_some(), files, &mut findings)?;
    let positions = match positions {
        Some(positions) => known_positions(&positions, files, &mut findings),
        None => circle(net.n_nodes, files, &mut findings),
    };
    let name = options.name.clone().unwrap_or_else(|| stem(&files.net.name).to_owned());
    let mut twin = Twin::empty(name, crs);
    twin.sources = [Some(&files.net), files.trips.as_ref(), files.node.as_ref()]
        .into_iter()
        .flatten()
        .map(|file| Source {
            name: file.name.clone(),
            format: "TNTP".to_owned(),
            licence: None,
            attribution: None,
            date: None,
            hash: Some(file.hash.clone()),
        })
        .collect();
    let nodes: Vec<Id<RoadNode>> = positions
        .iter()
        .enumerate()
        .map(|(node, &position)| twin.roads.add_node(road_node(node, position, node >= net.first_through)))
        .collect();
    for (index, row) in net.rows.iter().enumerate() {
        let geometry = LineString::new(vec![positions[row.from], positions[row.to]]);
        twin.roads.add_link(nodes[row.from], nodes[row.to], road_link(index, row, geometry));
    }
    let zones = (0..net.n_zones).map(|zone| zone_at(zone, positions[zone], nodes[zone])).collect();
    let tally = tally(&net, trips.as_ref());
    tell(&net, trips.as_ref(), files, &mut findings);
    let matrices = trips
        .into_iter()
        .map(|trips| OdMatrix::from_entries(VehicleClass::Car, None, net.n_zones, &trips.entries))
        .collect();
    twin.demand = Some(Demand { zones, matrices });
    Ok(Imported { twin, findings, tally })
}

fn crs(options: &ImportOptions, has_positions: bool, files: &Files, findings: &mut Findings) -> Result<Crs, Findings> {
    let Some(epsg) = options.epsg else { return Ok(Crs::NOWHERE) };
    Projector::new(epsg)?;
    if has_positions {
        return Ok(Crs { epsg });
    }
    findings.push(
        Finding::warning("unused-crs", format!("EPSG:{epsg} is not used: there is no node file with coordinates."))
            .with_help("Put a file `*_node.tntp` beside the net file.")
            .with_file(files.net.shown.as_str()),
    );
    Ok(Crs::NOWHERE)
}

/// The positions of a node file; nodes that are not in it lie amid the others.
fn known_positions(positions: &[Option<Coord<f64>>], files: &Files, findings: &mut Findings) -> Vec<Coord<f64>> {
    let known: Vec<Coord<f64>> = positions.iter().copied().flatten().collect();
    if known.is_empty() {
        return circle(positions.len(), files, findings);
    }
    let n_missing = positions.len() - known.len();
    // Each term is divided first: a sum of great coordinates stays finite.
    let n = known.len() as f64;
    let center = known.iter().fold(Coord::zero(), |sum, position| sum + *position / n);
    if n_missing > 0 {
        let missing: Vec<String> = positions
            .iter()
            .enumerate()
            .filter(|(_, position)| position.is_none())
            .take(10)
            .map(|(node, _)| (node + 1).to_string())
            .collect();
        findings.push(
            Finding::warning(
                "missing-position",
                format!(
                    "{n_missing} nodes have no position and lie amid the others: {}{}",
                    missing.join(", "),
                    if n_missing > missing.len() { ", …" } else { "." }
                ),
            )
            .with_help("Add them to the node file; results do not depend on positions, pictures do.")
            .with_file(files.node.as_ref().map_or("", |file| file.shown.as_str())),
        );
    }
    positions.iter().map(|position| position.unwrap_or(center)).collect()
}

/// Positions on a circle.
fn circle(n_nodes: usize, files: &Files, findings: &mut Findings) -> Vec<Coord<f64>> {
    findings.push(
        Finding::note("no-coordinates", "There are no coordinates: the nodes are laid out on a circle.")
            .with_help("Put a file `*_node.tntp` beside the net file; results do not depend on positions, pictures do.")
            .with_file(files.net.shown.as_str()),
    );
    let n = n_nodes.max(1) as f64;
    let radius_m = (SPACING_M * n / TAU).max(SPACING_M);
    (0..n_nodes)
        .map(|node| {
            let (sin, cos) = (TAU * node as f64 / n).sin_cos();
            Coord { x: radius_m * sin, y: radius_m * cos }
        })
        .collect()
}

fn road_node(node: usize, position: Coord<f64>, through: bool) -> RoadNode {
    RoadNode {
        key: Key::new(format!("tntp_node/{}", node + 1)),
        position,
        elevation_m: None,
        control: NodeControl::None,
        border: false,
        through,
    }
}

fn road_link(index: usize, row: &Row, geometry: LineString<f64>) -> RoadLink {
    let key = Key::new(format!("tntp/{}", index + 1));
    RoadLink {
        source_keys: vec![key.clone()],
        key,
        name: None,
        route: None,
        class: RoadClass::Road,
        geometry,
        length_m: row.length,
        forward: Carriageway {
            modes: Modes::MOTOR,
            lanes: 1,
            speed_limit_kmh: row.speed,
            impedance: Some(Impedance {
                free_flow_time: row.free_flow_time,
                capacity_veh_h: row.capacity,
                delay: VolumeDelay::Bpr { alpha: row.b, beta: row.power },
                toll: row.toll,
                distance: row.length,
            }),
        },
        backward: Carriageway::default(),
        shared_lane: false,
        width_m: None,
        surface: None,
        structure: Structure::Ground,
        layer: 0,
        roundabout: false,
        destination_only: false,
        built_up: None,
        max_weight_t: None,
        max_height_m: None,
        max_width_m: None,
        assumed: Assumed::LANES,
    }
}

fn zone_at(zone: usize, position: Coord<f64>, node: Id<RoadNode>) -> Zone {
    Zone {
        key: Key::new(format!("zone/{}", zone + 1)),
        name: None,
        position,
        kind: ZoneKind::Internal,
        residents: 0.0,
        jobs: 0.0,
        connectors: vec![Connector { node, time_s: 0.0 }],
    }
}

fn tally(net: &Net, trips: Option<&Entries>) -> Tally {
    let mut tally = Tally::default();
    let mut count = |kind: &'static str, source: u64, dropped: u64, reason: &'static str| {
        let count = tally.kinds.entry(kind).or_default();
        (count.source, count.kept) = (source, source - dropped);
        if dropped > 0 {
            count.dropped.insert(reason, dropped);
        }
    };
    count("links", net.rows.len() as u64, 0, "");
    count("nodes", net.n_nodes as u64, 0, "");
    count("zones", net.n_zones as u64, 0, "");
    if let Some(trips) = trips {
        count("entries of the trip table", trips.entries.len() as u64, trips.n_zero, "no trips");
    }
    tally
}

/// What was assumed or left out by rule.
fn tell(net: &Net, trips: Option<&Entries>, files: &Files, findings: &mut Findings) {
    let file = files.net.shown.as_str();
    findings.push(
        Finding::note(
            "unknown-unit",
            "A TNTP file does not say its units: times, lengths, speeds, capacities and trips stay numbers of the file, \
             whatever the names of the columns say.",
        )
        .with_help("Compare results with the source's own units; weights of toll and distance are scenario keys.")
        .with_file(file),
    );
    findings.push(
        Finding::note("unknown-licence", "A TNTP file does not say its licence.")
            .with_help("Look it up at the source before you pass on data or results.")
            .with_file(file),
    );
    if net.has_types {
        findings.push(
            Finding::note("unused-field", "`link_type` is not kept: its meaning differs from file to file.")
                .with_file(file)
                .with_field("link_type"),
        );
    }
    let Some(trips) = trips else {
        findings.push(
            Finding::warning("no-demand", "There is no trip table: nobody drives.")
                .with_help("Name the trip table, too, or put `*_trips.tntp` beside the net file.")
                .with_file(file),
        );
        return;
    };
    let of_trips = files.trips.as_ref().map_or("", |file| file.shown.as_str());
    if trips.n_zero > 0 {
        findings.push(
            Finding::note("zero-trips", format!("{} entries of the trip table are 0 and are left out.", trips.n_zero))
                .with_file(of_trips),
        );
    }
    if trips.intrazonal > 0.0 {
        findings.push(
            Finding::note(
                "intrazonal-trips",
                format!(
                    "{} trips begin and end in the same zone; they are kept, but drive on no link.",
                    trips.intrazonal
                ),
            )
            .with_file(of_trips),
        );
    }
}
