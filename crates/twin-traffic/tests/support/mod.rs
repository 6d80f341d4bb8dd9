//! A small reader of TNTP files and towns drawn as text, for tests of the law alone (the doors are in `twin-io`).

#![allow(dead_code, clippy::unwrap_used, reason = "each test uses its part, and may end there")]

use std::path::PathBuf;

use twin::{
    Crs, Id, Key, Twin,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    geo_types::{LineString, coord},
    road::{
        Arc, Assumed, Carriageway, Direction, Impedance, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure,
        TurnKind, TurnRestriction, VolumeDelay,
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

/// A town drawn as text: capital letters are nodes, `-` and `|` streets of both directions (100 m per character), `>`, `<`, `v` and
/// `^` one-way streets, `=` and `!` streets for those who have a destination there. Every node is a zone, in the order of reading.
pub(crate) struct Town {
    pub(crate) twin: Twin,
    pub(crate) names: Vec<char>,
}

pub(crate) fn town(drawing: &str) -> Town {
    let rows: Vec<Vec<char>> = drawing.lines().map(|line| line.chars().collect()).collect();
    let at = |x: usize, y: usize| rows.get(y).and_then(|row| row.get(x)).copied().unwrap_or(' ');
    let mut town = Town { twin: Twin::empty("town", Crs::NOWHERE), names: Vec::new() };
    let mut ids = std::collections::BTreeMap::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, &name) in row.iter().enumerate().filter(|(_, name)| name.is_ascii_uppercase()) {
            let id = town.twin.roads.add_node(RoadNode {
                key: Key::new(format!("node/{name}")),
                position: coord! { x: 100.0 * x as f64, y: -100.0 * y as f64 },
                elevation_m: None,
                control: NodeControl::None,
                border: false,
                through: true,
            });
            town.names.push(name);
            ids.insert((x, y), id);
        }
    }
    for (&(x, y), &from) in &ids {
        for (dx, dy, both, forward, backward, private) in [(1, 0, '-', '>', '<', '='), (0, 1, '|', 'v', '^', '!')] {
            let sign = at(x + dx, y + dy);
            if ![both, forward, backward, private].contains(&sign) {
                continue;
            }
            let n = (1..).find(|n| at(x + n * dx, y + n * dy) != sign).unwrap();
            let to = ids[&(x + n * dx, y + n * dy)];
            let mut street = link(&format!("{}{}", name(&town, from), name(&town, to)), 100.0 * (n - 1) as f64, None);
            street.destination_only = sign == private;
            street.backward = street.forward.clone();
            if sign == forward {
                street.backward = Carriageway::default();
            }
            if sign == backward {
                street.forward = Carriageway::default();
            }
            town.twin.roads.add_link(from, to, street);
        }
    }
    town
}

fn name(town: &Town, node: Id<RoadNode>) -> char {
    town.names[node.index()]
}

impl Town {
    /// The node of a letter.
    pub(crate) fn node(&self, name: char) -> Id<RoadNode> {
        Id::new(self.names.iter().position(|known| *known == name).unwrap())
    }

    /// The arc from one letter to another.
    pub(crate) fn arc(&self, from_to: &str) -> Arc {
        let ends: Vec<_> = from_to.chars().map(|name| self.node(name)).collect();
        let (link, direction) = self
            .twin
            .roads
            .links()
            .find_map(|(id, _)| match self.twin.roads.ends(id) {
                (from, to) if from == ends[0] && to == ends[1] => Some((id, Direction::Forward)),
                (from, to) if from == ends[1] && to == ends[0] => Some((id, Direction::Backward)),
                _ => None,
            })
            .unwrap();
        Arc::new(link, direction)
    }

    /// Adds a turn restriction along arcs given as pairs of letters.
    pub(crate) fn restrict(&mut self, arcs: &[&str], kind: TurnKind, except: Modes) {
        let arcs: Vec<_> = arcs.iter().map(|arc| self.arc(arc)).collect();
        self.twin.restrictions.push(TurnRestriction {
            key: "relation/1".into(),
            from: arcs[0],
            via: arcs[1..arcs.len() - 1].to_vec(),
            to: arcs[arcs.len() - 1],
            kind,
            except,
        });
    }

    pub(crate) fn zones(&self) -> Vec<Zone> {
        (0..self.names.len()).map(|zone| zone_at(zone, &[Id::new(zone)])).collect()
    }

    /// Trips of one class between letters.
    pub(crate) fn matrix(&self, class: VehicleClass, trips: &[(&str, f64)]) -> OdMatrix {
        let entries: Vec<_> = trips
            .iter()
            .map(|(pair, trips)| {
                let ends: Vec<_> = pair.chars().map(|name| self.node(name).index() as u32).collect();
                (ends[0], ends[1], *trips)
            })
            .collect();
        OdMatrix::from_entries(class, None, self.names.len(), &entries)
    }

    /// Gives both directions of a street a time and a capacity, BPR with alpha 1 and beta 1.
    pub(crate) fn impede(&mut self, from_to: &str, free_flow_time: f64, capacity_veh_h: f64) {
        let wanted = self.arc(from_to).link;
        let mut roads = twin::road::RoadNetwork::new();
        for (_, node) in self.twin.roads.nodes() {
            roads.add_node(node.clone());
        }
        for (id, street) in self.twin.roads.links() {
            let mut street = street.clone();
            if id == wanted {
                let impedance = Impedance {
                    free_flow_time,
                    capacity_veh_h,
                    delay: VolumeDelay::Bpr { alpha: 1.0, beta: 1.0 },
                    toll: 0.0,
                    distance: 0.0,
                };
                street.forward.impedance = Some(impedance);
                street.backward.impedance = Some(impedance);
            }
            let (from, to) = self.twin.roads.ends(id);
            roads.add_link(from, to, street);
        }
        self.twin.roads = roads;
    }
}
