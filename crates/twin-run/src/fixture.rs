//! Small towns for tests, drawn by hand.

use std::collections::BTreeMap;

use geo::{Coord, LineString, coord};
use twin::{
    Crs, Id, Key, Scenario, Twin,
    building::Address,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    road::{Assumed, Carriageway, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure},
    scenario::{Closure, ClosureKind, RoadTarget},
};

/// Begin, end, street, lanes forward and backward.
pub(crate) type Street<'a> = (&'a str, &'a str, &'a str, u8, u8);

pub(crate) fn town(nodes: &[(&str, f64, f64)], streets: &[Street<'_>]) -> Twin {
    let mut twin = Twin::empty("Testheim", Crs::etrs89_utm(32));
    let mut ids: BTreeMap<&str, (Id<RoadNode>, Coord<f64>)> = BTreeMap::new();
    for &(name, x, y) in nodes {
        let position = coord! { x: x, y: y };
        let id = twin.roads.add_node(RoadNode {
            key: Key::new(format!("node/{name}")),
            position,
            elevation_m: None,
            control: NodeControl::None,
            border: false,
            through: true,
        });
        ids.insert(name, (id, position));
    }
    for (index, &(from, to, name, forward, backward)) in streets.iter().enumerate() {
        let (a, b) = (ids[from], ids[to]);
        let geometry = LineString(vec![a.1, b.1]);
        let length_m = (a.1.x - b.1.x).hypot(a.1.y - b.1.y);
        let way = |lanes: u8| Carriageway {
            modes: if lanes > 0 { Modes::ALL } else { Modes::FOOT },
            lanes,
            speed_limit_kmh: if lanes > 0 { 50.0 } else { 0.0 },
            impedance: None,
        };
        twin.roads.add_link(
            a.0,
            b.0,
            RoadLink {
                key: Key::new(format!("way/{}", index + 1)),
                source_keys: vec![Key::new(format!("way/{}", index + 1))],
                name: (!name.is_empty()).then(|| name.to_owned()),
                route: None,
                class: RoadClass::Residential,
                geometry,
                length_m,
                forward: way(forward),
                backward: way(backward),
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
    twin
}

/// ```text
///        D ─ Bergweg ─ E            (dead end to the north)
///        │
///  A ─── B ──────── C ─────── F     Hauptstraße, 100 + 200 + 100 m
///  │                │
///  G ── Ringstraße ─H
/// ```
pub(crate) fn testheim() -> Twin {
    let mut twin = town(
        &[
            ("A", 0.0, 0.0),
            ("B", 100.0, 0.0),
            ("C", 300.0, 0.0),
            ("F", 400.0, 0.0),
            ("D", 100.0, 100.0),
            ("E", 200.0, 100.0),
            ("G", 0.0, -100.0),
            ("H", 300.0, -100.0),
        ],
        &[
            ("A", "B", "Hauptstraße", 1, 1),
            ("B", "C", "Hauptstraße", 1, 1),
            ("F", "C", "Hauptstraße", 1, 1),
            ("B", "D", "Bergweg", 1, 1),
            ("D", "E", "Bergweg", 1, 1),
            ("A", "G", "Ringstraße", 1, 1),
            ("G", "H", "Ringstraße", 1, 1),
            ("H", "C", "Ringstraße", 1, 1),
        ],
    );
    for (street, number, x, y) in [
        ("Hauptstraße", "1", 50.0, 8.0),
        ("Hauptstraße", "7", 200.0, 8.0),
        ("Hauptstraße", "20", 390.0, 8.0),
        ("Bergweg", "2", 108.0, 20.0),
        ("Bergweg", "4", 108.0, 80.0),
        ("Bergweg", "6", 180.0, 108.0),
        ("Ringstraße", "3", 150.0, -92.0),
    ] {
        twin.addresses.push(Address {
            key: Key::new(format!("node/{street} {number}")),
            position: coord! { x: x, y: y },
            street: Some(street.to_owned()),
            house_number: number.to_owned(),
            postcode: None,
            city: None,
            building: None,
        });
    }
    twin
}

pub(crate) fn closure(target: RoadTarget, kind: ClosureKind) -> Closure {
    Closure { kind, ..Closure::on(target) }
}

pub(crate) fn street(name: &str, between: Option<[&str; 2]>) -> RoadTarget {
    RoadTarget::Street { name: name.to_owned(), between: between.map(|names| names.map(str::to_owned)) }
}

pub(crate) fn scenario(closures: Vec<Closure>) -> Scenario {
    Scenario { name: "test".to_owned(), closures, ..Scenario::default() }
}

/// Zones at these nodes, and trips between them.
pub(crate) fn with_trips(mut twin: Twin, nodes: &[usize], trips: &[(u32, u32, f64)]) -> Twin {
    let zones = nodes
        .iter()
        .enumerate()
        .map(|(index, &node)| Zone {
            key: Key::new(format!("zone/{index}")),
            name: None,
            position: coord! { x: 0.0, y: 0.0 },
            kind: ZoneKind::Internal,
            residents: 0.0,
            jobs: 0.0,
            connectors: vec![Connector { node: Id::new(node), time_s: 0.0 }],
        })
        .collect();
    let matrices = vec![OdMatrix::from_entries(VehicleClass::Car, None, nodes.len(), trips)];
    twin.demand = Some(Demand { zones, matrices });
    twin
}
