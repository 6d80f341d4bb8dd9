//! External stations: where classified roads leave the map, and how much traffic they carry.

use geo::Coord;
use twin::{
    Assumptions, Id, Key, Twin,
    demand::{Connector, Zone, ZoneKind},
    road::{Direction, Modes, RoadClass, RoadNode},
};

/// A road at the border of the map.
pub(super) struct Station {
    pub(super) zone: Zone,
    pub(super) class: RoadClass,
    /// Cars per day, both directions.
    pub(super) cars_veh_d: f64,
    /// Lorries per day, both directions.
    pub(super) trucks_veh_d: f64,
    /// Smallest part of the cars that passes through.
    pub(super) through_share: f64,
    /// Whether one may drive into the map here, and out of it.
    pub(super) inward: bool,
    pub(super) outward: bool,
}

/// A border node with the road that leaves there.
struct Exit {
    node: Id<RoadNode>,
    position: Coord<f64>,
    class: RoadClass,
    label: Option<String>,
    inward: bool,
    outward: bool,
}

/// Stations in the order of their border nodes.
pub(super) fn find(twin: &Twin, a: &Assumptions) -> Vec<Station> {
    let mut stations: Vec<Vec<Exit>> = Vec::new();
    for (node, data) in twin.roads.nodes().filter(|(_, node)| node.border) {
        let Some(exit) = exit(twin, node, data.position) else { continue };
        let distance_m =
            |group: &[Exit]| (exit.position.x - group[0].position.x).hypot(exit.position.y - group[0].position.y);
        let partner = stations
            .iter_mut()
            .filter(|group| belongs(&exit, group, a))
            .min_by(|p, q| distance_m(p).total_cmp(&distance_m(q)));
        match partner {
            Some(group) => group.push(exit),
            None => stations.push(vec![exit]),
        }
    }
    stations.into_iter().map(|group| station(twin, &group, a)).collect()
}

/// The strongest road at a border node; nothing where none is classified.
fn exit(twin: &Twin, node: Id<RoadNode>, position: Coord<f64>) -> Option<Exit> {
    let mut found: Option<Exit> = None;
    for (id, _) in twin.roads.incident(node) {
        let link = twin.roads.link(id);
        let Some(class) = main_class(link.class) else { continue };
        let ends_here = twin.roads.ends(id).1 == node;
        let drivable = |direction| link.carriageway(direction).modes.contains(Modes::CAR);
        let (outward, inward) = if ends_here {
            (drivable(Direction::Forward), drivable(Direction::Backward))
        } else {
            (drivable(Direction::Backward), drivable(Direction::Forward))
        };
        if !inward && !outward {
            continue;
        }
        if let Some(exit) = &mut found {
            exit.inward |= inward;
            exit.outward |= outward;
            if exit.class <= class {
                continue;
            }
            exit.class = class;
            exit.label = link.route.clone().or_else(|| link.name.clone());
        } else {
            let label = link.route.clone().or_else(|| link.name.clone());
            found = Some(Exit { node, position, class, label, inward, outward });
        }
    }
    found
}

/// The class of a road or of the road that a ramp belongs to; nothing below unclassified.
fn main_class(class: RoadClass) -> Option<RoadClass> {
    match class {
        RoadClass::Motorway | RoadClass::MotorwayLink => Some(RoadClass::Motorway),
        RoadClass::Trunk | RoadClass::TrunkLink => Some(RoadClass::Trunk),
        RoadClass::Primary | RoadClass::PrimaryLink => Some(RoadClass::Primary),
        RoadClass::Secondary | RoadClass::SecondaryLink => Some(RoadClass::Secondary),
        RoadClass::Tertiary | RoadClass::TertiaryLink => Some(RoadClass::Tertiary),
        RoadClass::Unclassified => Some(RoadClass::Unclassified),
        _ => None,
    }
}

/// Whether two border nodes are the two carriageways of one road: one leads in, the other out, and they are near each
/// other, or not far and of one name (the border may cut one much later than the other).
fn belongs(exit: &Exit, group: &[Exit], a: &Assumptions) -> bool {
    let first = &group[0];
    let distance_m = (exit.position.x - first.position.x).hypot(exit.position.y - first.position.y);
    let is_named = exit.label.is_some() && exit.label == first.label;
    let reach_m = if is_named { 10.0 * a.station_merge_m } else { a.station_merge_m };
    let (inward, outward) = (group.iter().any(|e| e.inward), group.iter().any(|e| e.outward));
    exit.class == first.class
        && distance_m <= reach_m
        && exit.inward != exit.outward
        && (inward != outward)
        && exit.inward != inward
}

fn station(twin: &Twin, group: &[Exit], a: &Assumptions) -> Station {
    let class = group[0].class;
    let (volume_veh_d, through_share, truck_share) = match class {
        RoadClass::Motorway => (a.aadt_motorway_veh_d, a.through_motorway, a.truck_share_motorway),
        RoadClass::Trunk => (a.aadt_trunk_veh_d, a.through_trunk, a.truck_share_trunk),
        RoadClass::Primary => (a.aadt_primary_veh_d, a.through_primary, a.truck_share_primary),
        RoadClass::Secondary => (a.aadt_secondary_veh_d, a.through_secondary, a.truck_share_secondary),
        RoadClass::Tertiary => (a.aadt_tertiary_veh_d, a.through_tertiary, a.truck_share_tertiary),
        _ => (a.aadt_unclassified_veh_d, a.through_unclassified, a.truck_share_unclassified),
    };
    let (inward, outward) = (group.iter().any(|exit| exit.inward), group.iter().any(|exit| exit.outward));
    // A carriageway whose partner is not on the map carries half of the road.
    let volume_veh_d = if inward && outward { volume_veh_d } else { 0.5 * volume_veh_d };
    let n = group.len() as f64;
    let position = Coord {
        x: group.iter().map(|exit| exit.position.x).sum::<f64>() / n,
        y: group.iter().map(|exit| exit.position.y).sum::<f64>() / n,
    };
    let zone = Zone {
        key: Key::clone(&twin.roads[group[0].node].key),
        name: group[0].label.clone(),
        position,
        kind: ZoneKind::External,
        residents: 0.0,
        jobs: 0.0,
        connectors: group.iter().map(|exit| Connector { node: exit.node, time_s: 0.0 }).collect(),
    };
    Station {
        zone,
        class,
        cars_veh_d: volume_veh_d * (1.0 - truck_share),
        trucks_veh_d: volume_veh_d * truck_share,
        through_share,
        inward,
        outward,
    }
}
