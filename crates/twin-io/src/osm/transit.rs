//! Bus stops and bus lines.
//!
//! A route relation lists its stops and ways in order (public transport version 2), or stops and ways of both directions
//! (version 1, roles `forward` and `backward`: it becomes one line per direction).
//!
//! # References
//! <https://wiki.openstreetmap.org/wiki/Buses>

use std::collections::BTreeMap;

use twin::{
    Id, Key,
    road::{Arc, Direction, Modes},
    transit::{BusRoute, BusStop},
};

use super::{
    element::{Kind, MISSING, Osm, Relation, Tags},
    ground::Outlines,
    network::Streets,
    notes::Notes,
    place, value,
};
use crate::Tally;

const STOPS: &str = "bus stops";
const ROUTES: &str = "bus routes";

/// Whether tags tell of a place where buses stop.
pub(crate) fn is_stop(tags: Tags<'_>) -> bool {
    if tags.is("highway", "bus_stop") || tags.is("amenity", "bus_station") {
        return true;
    }
    let by_bus = tags.is("bus", "yes") || tags.is("trolleybus", "yes");
    by_bus && matches!(tags.get("public_transport"), Some("platform" | "stop_position" | "station"))
}

/// Whether a relation is a bus line.
pub(crate) fn is_route(tags: Tags<'_>) -> bool {
    tags.is("type", "route") && matches!(tags.get("route"), Some("bus" | "trolleybus" | "minibus" | "share_taxi"))
}

/// Reads stops and lines.
pub(crate) fn transit(
    osm: &Osm,
    streets: &Streets,
    outlines: &Outlines<'_>,
    notes: &mut Notes,
    tally: &mut Tally,
) -> (Vec<BusStop>, Vec<BusRoute>) {
    let mut stops = Vec::new();
    let mut by_key: BTreeMap<Key, Id<BusStop>> = BTreeMap::new();
    for spot in place::spots(osm, outlines, is_stop, |_| false) {
        let Some(position) = spot.position else {
            tally.drop(STOPS, "without a position in the extract");
            notes.group_all(
                "object-without-position",
                spot.key,
                format!("{STOPS} without a usable position in the extract, left out"),
                "Nothing to do where they lie beyond the border; else mend their geometry.",
            );
            continue;
        };
        tally.keep(STOPS);
        by_key.insert(spot.key.clone(), Id::new(stops.len()));
        stops.push(BusStop { key: spot.key, name: spot.tags.get("name").and_then(value::text), position });
    }
    let mut routes = Vec::new();
    for relation in osm.relations().filter(|relation| is_route(relation.tags)) {
        let read = routes_of(osm, streets, &by_key, &stops, relation, notes);
        if read.is_empty() {
            tally.drop(ROUTES, "neither street nor stop in the extract");
            notes.group_all(
                "bus-route-outside-extract",
                Key::new(format!("relation/{}", relation.id)),
                "bus routes with neither a street nor a stop in the extract, left out",
                "Nothing to do.",
            );
        } else {
            tally.keep(ROUTES);
            routes.extend(read);
        }
    }
    (stops, routes)
}

/// The lines of a relation: one, or one per direction.
fn routes_of(
    osm: &Osm,
    streets: &Streets,
    by_key: &BTreeMap<Key, Id<BusStop>>,
    stops: &[BusStop],
    relation: Relation<'_>,
    notes: &mut Notes,
) -> Vec<BusRoute> {
    let key = Key::new(format!("relation/{}", relation.id));
    let is_way_role =
        |role: &str| matches!(role, "" | "forward" | "backward" | "route" | "main" | "alternate" | "hail_and_ride");
    let ways: Vec<(i64, &str)> = relation
        .members()
        .filter(|(kind, _, role)| *kind == Kind::Way && is_way_role(role))
        .filter(|(_, id, _)| {
            osm.way_row(*id)
                .is_none_or(|row| !is_stop(osm.way(row).tags) && !osm.way(row).tags.is("public_transport", "platform"))
        })
        .map(|(_, id, role)| (id, role))
        .collect();
    let served = served(by_key, stops, relation);
    let has_roles =
        ways.iter().any(|(_, role)| *role == "backward") && ways.iter().any(|(_, role)| *role != "backward");
    let there: Vec<i64> =
        ways.iter().filter(|(_, role)| !has_roles || *role != "backward").map(|(id, _)| *id).collect();
    let mut back: Vec<i64> =
        ways.iter().filter(|(_, role)| !has_roles || *role != "forward").map(|(id, _)| *id).collect();
    back.reverse();
    // A relation of the old kind may hold both directions without roles: then some one-way streets are for the way back.
    let version_2 = relation.tags.is("public_transport:version", "2");
    let without_roles = !version_2 && !has_roles;
    let (arcs, n_against) = course(osm, streets, &there, without_roles, &key, notes);
    let mut variants = vec![(key.clone(), arcs, served.clone())];
    if has_roles || (without_roles && n_against > 0) {
        let (arcs, _) = course(osm, streets, &back, without_roles, &key, notes);
        variants.push((Key::new(format!("{key}#backward")), arcs, served.into_iter().rev().collect()));
    }
    variants
        .into_iter()
        .filter(|(_, arcs, stops)| !arcs.is_empty() || !stops.is_empty())
        .map(|(key, arcs, stops)| BusRoute {
            key,
            line: relation.tags.get("ref").and_then(value::text),
            name: relation.tags.get("name").and_then(value::text),
            operator: relation.tags.first(&["operator", "network"]).and_then(value::text),
            arcs,
            stops,
            departures_per_day: None,
        })
        .collect()
}

/// The arcs of a course, and how many of its ways it would take against their direction. Those are left out where
/// `both_in_one` (the relation lists both directions together).
fn course(
    osm: &Osm,
    streets: &Streets,
    ways: &[i64],
    both_in_one: bool,
    key: &Key,
    notes: &mut Notes,
) -> (Vec<Arc>, usize) {
    let first = arcs_along(osm, streets, ways);
    let against: Vec<i64> = first.against.iter().map(|row| osm.ways[*row].id).collect();
    if against.is_empty() || !both_in_one {
        first.remark(streets, key, notes);
        return (first.arcs, against.len());
    }
    let kept: Vec<i64> = ways.iter().copied().filter(|id| !against.contains(id)).collect();
    let second = arcs_along(osm, streets, &kept);
    second.remark(streets, key, notes);
    (second.arcs, against.len())
}

/// The stops in order; a stop position and its platform are one stop.
fn served(by_key: &BTreeMap<Key, Id<BusStop>>, stops: &[BusStop], relation: Relation<'_>) -> Vec<Id<BusStop>> {
    let mut served: Vec<Id<BusStop>> = Vec::new();
    for (kind, id, _) in relation.members() {
        let key = Key::new(format!("{}/{id}", kind.name()));
        let Some(stop) = by_key.get(&key).copied() else { continue };
        let same = served.last().is_some_and(|last| {
            let (a, b) = (&stops[last.index()], &stops[stop.index()]);
            let near = (a.position.x - b.position.x).hypot(a.position.y - b.position.y) < 60.0;
            *last == stop || (near && (a.name == b.name || a.name.is_none() || b.name.is_none()))
        });
        if !same {
            served.push(stop);
        }
    }
    served
}

/// A course through the network.
#[derive(Default)]
struct Course {
    arcs: Vec<Arc>,
    /// Ways that are taken against their direction, though the other direction is open.
    against: Vec<usize>,
    n_missing: usize,
    n_gaps: usize,
}

/// The arcs along ways in order, in the direction that leads from each way to the next.
fn arcs_along(osm: &Osm, streets: &Streets, ways: &[i64]) -> Course {
    let mut found = Course::default();
    let mut rows: Vec<usize> = Vec::new();
    for id in ways {
        match osm.way_row(*id).filter(|row| !streets.passages[*row].is_empty()) {
            Some(row) => rows.push(row),
            None => found.n_missing += 1,
        }
    }
    // Where the bus is: a node of the way before.
    let mut entry: Option<u32> = None;
    for (index, row) in rows.iter().enumerate() {
        let nodes = osm.way(*row).nodes;
        let last = nodes.len() - 1;
        let next = rows.get(index + 1).map(|next| osm.way(*next).nodes);
        let start = entry.and_then(|node| position_of(nodes, node));
        found.n_gaps += usize::from(index > 0 && start.is_none());
        let exit = next.and_then(|next| shared_node(nodes, next, entry));
        let end = exit.and_then(|node| position_of(nodes, node));
        let (from, to) = match (start, end) {
            (Some(from), Some(to)) => (from, to),
            (Some(from), None) => (from, if from == last && from > 0 { 0 } else { last }),
            (None, Some(to)) => (if to == 0 { last } else { 0 }, to),
            (None, None) if allows_bus(streets, &arcs_between(osm, streets, *row, 0, last)) => (0, last),
            (None, None) => (last, 0),
        };
        let arcs = arcs_between(osm, streets, *row, from, to);
        let other_way: Vec<Arc> = arcs.iter().map(|arc| Arc::new(arc.link, arc.direction.reversed())).collect();
        if !allows_bus(streets, &arcs) && allows_bus(streets, &other_way) {
            found.against.push(*row);
        }
        for arc in arcs {
            if found.arcs.last() != Some(&arc) {
                found.arcs.push(arc);
            }
        }
        entry = exit;
    }
    found
}

fn allows_bus(streets: &Streets, arcs: &[Arc]) -> bool {
    arcs.iter().all(|arc| streets.roads.link(arc.link).carriageway(arc.direction).modes.contains(Modes::BUS))
}

impl Course {
    fn remark(&self, streets: &Streets, key: &Key, notes: &mut Notes) {
        if self.n_missing > 0 {
            notes.group_all(
                "bus-route-cut-at-border",
                key.clone(),
                "bus routes with ways outside the extract or that are no streets; the rest of them was taken",
                "Nothing to do; take a larger extract if they matter.",
            );
        }
        if self.n_gaps > 0 {
            notes.group_all(
                "bus-route-gap",
                key.clone(),
                "bus routes with gaps: ways that follow each other do not meet (often where the route leaves the extract)",
                "Sort the members of the relation, or add what is missing.",
            );
        }
        if let Some(arc) = self.arcs.iter().find(|arc| !allows_bus(streets, &[**arc])) {
            let link = streets.roads.link(arc.link);
            notes.group(
                "bus-route-not-allowed",
                key.clone(),
                None,
                format!("bus routes that take {} where buses may not drive in that direction", link.key),
                "Check one-way and bus tags of the street, or the order of the relation's members.",
            );
        }
    }
}

fn position_of(nodes: &[u32], node: u32) -> Option<usize> {
    // The ends first: that is where ways meet.
    if nodes.last() == Some(&node) && nodes.first() != Some(&node) {
        return Some(nodes.len() - 1);
    }
    nodes.iter().position(|known| *known == node)
}

/// A node that two ways share, an end of one of them if possible, other than the one where the bus came from.
fn shared_node(nodes: &[u32], next: &[u32], entry: Option<u32>) -> Option<u32> {
    let ends = [nodes.last(), nodes.first(), next.first(), next.last()].into_iter().flatten().copied();
    let is_shared = |node: &u32| *node != MISSING && nodes.contains(node) && next.contains(node);
    let shared: Vec<u32> = ends.filter(is_shared).collect();
    let closed = nodes.first() == nodes.last();
    let other = shared.iter().copied().find(|node| Some(*node) != entry || closed);
    other
        .or_else(|| nodes.iter().copied().find(|node| is_shared(node) && Some(*node) != entry))
        .or_else(|| shared.first().copied())
}

/// The arcs on a way between two positions in it; around a ring always along the way.
fn arcs_between(osm: &Osm, streets: &Streets, row: usize, from: usize, to: usize) -> Vec<Arc> {
    let nodes = osm.way(row).nodes;
    let passages = &streets.passages[row];
    let closed = nodes.len() > 3 && nodes.first() == nodes.last();
    let within =
        |first: usize, last: usize| passages.iter().filter(move |passage| passage.first < last && passage.last > first);
    let along = |reversed: bool| if reversed { Direction::Backward } else { Direction::Forward };
    if closed && to < from {
        let tail = within(from, nodes.len() - 1);
        return tail.chain(within(0, to)).map(|passage| Arc::new(passage.link, along(passage.reversed))).collect();
    }
    if from <= to {
        within(from, to).map(|passage| Arc::new(passage.link, along(passage.reversed))).collect()
    } else {
        let mut arcs: Vec<Arc> =
            within(to, from).map(|passage| Arc::new(passage.link, along(!passage.reversed))).collect();
        arcs.reverse();
        arcs
    }
}
