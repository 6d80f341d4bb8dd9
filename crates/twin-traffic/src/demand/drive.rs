//! Where cars and lorries get to and how long it takes on empty streets: enough to make zones and distribute trips.
//!
//! Turn restrictions are left out here; the assignment has them.

use std::{cmp::Reverse, collections::BinaryHeap};

use geo::Coord;
use rstar::{AABB, PointDistance, RTree, RTreeObject};
use twin::{
    Id, Twin,
    demand::{Connector, VehicleClass},
    road::{Direction, Modes, RoadClass, RoadLink, RoadNode, Structure},
};

use crate::street::Streets;

/// Parts of the network with less than this share of the nodes of the greatest count as mistakes or scraps of the map:
/// nobody is joined to them.
const MIN_PART: f64 = 0.05;

/// The streets that a class of vehicles may use, as arrays.
pub(super) struct Drive {
    /// First arc of each node in `head` and `time_s`.
    first: Vec<u32>,
    head: Vec<u32>,
    time_s: Vec<f64>,
    /// Strongly connected part of each node and the number of its nodes.
    part: Vec<u32>,
    part_size: Vec<u32>,
    /// Number of nodes of the greatest part.
    greatest: u32,
}

/// A place where a building meets the streets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Access {
    /// The nearer end of the street section.
    pub(super) node: Id<RoadNode>,
    /// The other end.
    pub(super) other: Id<RoadNode>,
    /// How near the other end is: 0 where the place is at the nearer end, 1/2 in the middle.
    pub(super) other_share: f64,
    /// The street section.
    pub(super) link: Id<RoadLink>,
}

impl Drive {
    /// The streets that vehicles of a class may use.
    pub(super) fn new(streets: &Streets, class: VehicleClass) -> Self {
        let n_nodes = streets.n_nodes;
        let time_s = &streets.free_time_s[class as usize];
        let mut arcs: Vec<(u32, u32, f64)> = (0..streets.n_arcs())
            .filter(|&arc| streets.admits[arc] & (1 << class as u8) != 0 && time_s[arc].is_finite())
            .map(|arc| (streets.from_node[arc], streets.to_node[arc], time_s[arc].max(0.0)))
            .collect();
        arcs.sort_by_key(|&(tail, head, _)| (tail, head));
        let mut first = vec![0u32; n_nodes + 1];
        for &(tail, ..) in &arcs {
            first[tail as usize + 1] += 1;
        }
        for node in 0..n_nodes {
            first[node + 1] += first[node];
        }
        let head: Vec<u32> = arcs.iter().map(|arc| arc.1).collect();
        let time_s = arcs.iter().map(|arc| arc.2).collect();
        let part = strong_parts(&first, &head);
        let mut part_size = vec![0; n_nodes];
        for &part in &part {
            part_size[part as usize] += 1;
        }
        let greatest = part_size.iter().copied().max().unwrap_or(0);
        Self { first, head, time_s, part, part_size, greatest }
    }

    /// Whether vehicles get from this node to a fair part of the network and back.
    pub(super) fn is_served(&self, node: Id<RoadNode>) -> bool {
        let size = self.part_size[self.part[node.index()] as usize];
        size > 1 && f64::from(size) >= MIN_PART * f64::from(self.greatest)
    }

    /// Time from a zone's connectors to every node, seconds; infinite where there is no way.
    pub(super) fn times_s(&self, connectors: &[Connector]) -> Vec<f64> {
        let mut best = vec![f64::INFINITY; self.part.len()];
        let mut queue = BinaryHeap::new();
        for connector in connectors {
            let node = connector.node.index();
            if connector.time_s < best[node] {
                best[node] = connector.time_s;
                queue.push(Reverse((OrderedTime(connector.time_s), node as u32)));
            }
        }
        while let Some(Reverse((OrderedTime(time_s), node))) = queue.pop() {
            let node = node as usize;
            if time_s > best[node] {
                continue;
            }
            for arc in self.first[node] as usize..self.first[node + 1] as usize {
                let (head, reached_s) = (self.head[arc] as usize, time_s + self.time_s[arc]);
                if reached_s < best[head] {
                    best[head] = reached_s;
                    queue.push(Reverse((OrderedTime(reached_s), head as u32)));
                }
            }
        }
        best
    }
}

/// Number of the strongly connected part of each node (Tarjan's algorithm without recursion).
fn strong_parts(first: &[u32], head: &[u32]) -> Vec<u32> {
    const UNSEEN: u32 = u32::MAX;
    let n_nodes = first.len() - 1;
    let (mut order, mut low) = (vec![UNSEEN; n_nodes], vec![0; n_nodes]);
    let (mut part, mut on_stack) = (vec![UNSEEN; n_nodes], vec![false; n_nodes]);
    let (mut stack, mut calls) = (Vec::new(), Vec::new());
    let (mut n_seen, mut n_parts) = (0, 0);
    for root in 0..n_nodes {
        if order[root] != UNSEEN {
            continue;
        }
        calls.push((root, first[root]));
        while let Some((node, arc)) = calls.pop() {
            if order[node] == UNSEEN {
                (order[node], low[node]) = (n_seen, n_seen);
                n_seen += 1;
                stack.push(node);
                on_stack[node] = true;
            }
            if arc < first[node + 1] {
                calls.push((node, arc + 1));
                let next = head[arc as usize] as usize;
                if order[next] == UNSEEN {
                    calls.push((next, first[next]));
                } else if on_stack[next] {
                    low[node] = low[node].min(order[next]);
                }
                continue;
            }
            if low[node] == order[node] {
                while let Some(member) = stack.pop() {
                    on_stack[member] = false;
                    part[member] = n_parts;
                    if member == node {
                        break;
                    }
                }
                n_parts += 1;
            }
            if let Some(&(parent, _)) = calls.last() {
                low[parent] = low[parent].min(low[node]);
            }
        }
    }
    part
}

/// Finds the street that a place is reached from.
pub(super) struct Doorsteps<'a> {
    twin: &'a Twin,
    streets: RTree<Piece>,
    ways: RTree<Piece>,
}

/// Extra distance at which a service way or track still loses against a street, metres.
const MINOR_PENALTY_M: f64 = 60.0;

impl<'a> Doorsteps<'a> {
    pub(super) fn new(twin: &'a Twin, drive: &Drive) -> Self {
        let (mut streets, mut ways) = (Vec::new(), Vec::new());
        for (id, link) in twin.roads.links() {
            let (from, to) = twin.roads.ends(id);
            if !is_doorstep(link) || !drive.is_served(from) || !drive.is_served(to) {
                continue;
            }
            let pieces =
                if matches!(link.class, RoadClass::Service | RoadClass::Track) { &mut ways } else { &mut streets };
            let total_m: f64 = link.geometry.lines().map(|line| length_m(line.start, line.end)).sum();
            let mut before_m = 0.0;
            for line in link.geometry.lines() {
                pieces.push(Piece { link: id, start: line.start, end: line.end, before_m, total_m });
                before_m += length_m(line.start, line.end);
            }
        }
        Self { twin, streets: RTree::bulk_load(streets), ways: RTree::bulk_load(ways) }
    }

    /// The nearest street within reach.
    pub(super) fn of(&self, position: Coord<f64>, reach_m: f64) -> Option<Access> {
        let at = [position.x, position.y];
        let nearest = |tree: &RTree<Piece>| {
            tree.nearest_neighbor(&at)
                .map(|piece| (piece.distance_2(&at).sqrt(), *piece))
                .filter(|(d, _)| *d <= reach_m)
        };
        let piece = match (nearest(&self.streets), nearest(&self.ways)) {
            (Some(street), Some(way)) if way.0 + MINOR_PENALTY_M < street.0 => way.1,
            (Some(street), _) => street.1,
            (None, Some(way)) => way.1,
            (None, None) => return None,
        };
        let (from, to) = self.twin.roads.ends(piece.link);
        let along_m = piece.before_m + piece.foot(position) * length_m(piece.start, piece.end);
        let along = if piece.total_m > 0.0 { along_m / piece.total_m } else { 0.0 };
        let (node, other) = if along <= 0.5 { (from, to) } else { (to, from) };
        Some(Access { node, other, other_share: along.min(1.0 - along).max(0.0), link: piece.link })
    }
}

/// Whether buildings stand at such a section.
pub(super) fn is_doorstep(link: &RoadLink) -> bool {
    Direction::BOTH.iter().any(|&direction| link.carriageway(direction).modes.contains(Modes::CAR))
        && link.structure == Structure::Ground
        && !matches!(
            link.class,
            RoadClass::Motorway
                | RoadClass::MotorwayLink
                | RoadClass::Trunk
                | RoadClass::TrunkLink
                | RoadClass::PrimaryLink
                | RoadClass::SecondaryLink
        )
}

fn length_m(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}

/// A straight piece of a section.
#[derive(Clone, Copy)]
struct Piece {
    link: Id<RoadLink>,
    start: Coord<f64>,
    end: Coord<f64>,
    before_m: f64,
    total_m: f64,
}

impl Piece {
    /// How far along the piece the nearest point lies, 0 to 1.
    fn foot(&self, point: Coord<f64>) -> f64 {
        let (dx, dy) = (self.end.x - self.start.x, self.end.y - self.start.y);
        let squared = dx * dx + dy * dy;
        if squared == 0.0 {
            return 0.0;
        }
        (((point.x - self.start.x) * dx + (point.y - self.start.y) * dy) / squared).clamp(0.0, 1.0)
    }
}

impl RTreeObject for Piece {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        AABB::from_corners([self.start.x, self.start.y], [self.end.x, self.end.y])
    }
}

impl PointDistance for Piece {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        let foot = self.foot(Coord { x: point[0], y: point[1] });
        let x = self.start.x + foot * (self.end.x - self.start.x);
        let y = self.start.y + foot * (self.end.y - self.start.y);
        (x - point[0]).powi(2) + (y - point[1]).powi(2)
    }
}

/// A finite time with a total order.
#[derive(Clone, Copy, PartialEq)]
struct OrderedTime(f64);
impl Eq for OrderedTime {}
impl PartialOrd for OrderedTime {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for OrderedTime {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_way_ring_is_one_part_and_its_spur_another() {
        // 0 → 1 → 2 → 0, 2 → 3
        let part = strong_parts(&[0, 1, 2, 4, 4], &[1, 2, 0, 3]);
        assert_eq!(part[0], part[1]);
        assert_eq!(part[1], part[2]);
        assert_ne!(part[2], part[3]);
    }
}
