//! Courses: the way through the streets that a series of positions most likely took.
//!
//! A feed draws its works on another map, a timetable draws its buses on a third one: their lines lie beside our streets,
//! leave them for a few metres, and cut corners. The most likely course is found by a hidden Markov model over all
//! positions together, so that one position nearer to a side street than to its own does no harm.
//!
//! # Model
//! States of a position: the places on directed sections within the search radius. Cost of a state: d²/(2σ²) with its
//! distance d from the position. Cost of a step between two states: |shortest way − crow's way|/β. The course is the
//! sequence of least cost (Viterbi). Where no way joins two neighbors the course breaks and goes on behind it.
//!
//! Where only stops are known, buses take the quickest way: each section counts with its length times 50 km/h over its
//! speed limit, residential streets 1.3 times and service ways 3 times that, as buses keep to through streets.
//!
//! # Left out
//! Turn restrictions. Turning round on a section is not forbidden, but costs its detour.
//!
//! # References
//! P. Newson, J. Krumm: Hidden Markov Map Matching Through Noise and Sparseness. ACM SIGSPATIAL GIS 2009, equations 1
//! and 2. doi:10.1145/1653771.1653818

mod geometry;

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BinaryHeap},
};

use geo::{Coord, Distance as _, Euclidean, Point};
use geo_types::LineString;
use rstar::{AABB, PointDistance as _, RTree, primitives::GeomWithData, primitives::Rectangle};
use twin::{
    Id, Twin,
    road::{Arc, Direction, Modes, RoadClass, RoadLink, RoadNode},
};

pub(crate) use geometry::{place_on, sampled};

/// How a series of positions is followed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Who drives there.
    pub(crate) modes: Modes,
    /// Whether only ways that are open in the direction of the positions count.
    pub(crate) directed: bool,
    /// Farthest that a position lies from its street, metres.
    pub(crate) radius_m: f64,
    /// Standard deviation σ of the positions, metres.
    pub(crate) sigma_m: f64,
    /// Scale β of the difference between the way and the crow's way, metres.
    pub(crate) beta_m: f64,
    /// Whether nothing but the positions tells the way (stops): then the quickest way is taken, and its length as at
    /// 50 km/h costs instead of the difference.
    pub(crate) quickest: bool,
}

/// A stretch of a course without a break.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch {
    /// Its sections, in order, in the direction of the positions.
    pub(crate) arcs: Vec<Arc>,
    /// Where it begins, metres along the direction of the first arc.
    pub(crate) from_m: f64,
    /// Where it ends, metres along the direction of the last arc.
    pub(crate) to_m: f64,
    /// The first and the last position that it explains.
    pub(crate) positions: (usize, usize),
}

/// A place on an arc.
#[derive(Clone, Copy, Debug)]
struct State {
    arc: Arc,
    /// Metres along the direction of the arc.
    at_m: f64,
    /// Cost by itself.
    cost: f64,
}

/// Most states that a position has, the nearest.
const MOST_STATES: usize = 12;

/// Follows positions through the streets of a twin.
pub(crate) struct Follower<'a> {
    twin: &'a Twin,
    options: Options,
    tree: RTree<GeomWithData<Rectangle<[f64; 2]>, Id<RoadLink>>>,
    /// Arcs that leave each node, with their weighed length in metres.
    leaving: Vec<Vec<(Arc, Id<RoadNode>, f64)>>,
}

impl<'a> Follower<'a> {
    pub(crate) fn new(twin: &'a Twin, options: Options) -> Self {
        let mut leaving = vec![Vec::new(); twin.roads.n_nodes()];
        let mut boxes = Vec::new();
        for (id, link) in twin.roads.links() {
            let open = Direction::BOTH.map(|direction| is_open(link, direction, options));
            if !open.contains(&true) {
                continue;
            }
            if let Some(rectangle) = geometry::bounds(&link.geometry) {
                boxes.push(GeomWithData::new(rectangle, id));
            }
            for direction in Direction::BOTH {
                if open[direction as usize] {
                    let arc = Arc::new(id, direction);
                    let (from, to) = arc.ends(&twin.roads);
                    leaving[from.index()].push((arc, to, link.length_m * weight(link, direction, options)));
                }
            }
        }
        Self { twin, options, tree: RTree::bulk_load(boxes), leaving }
    }

    /// Distance of a position from the nearest street, metres; nothing where there are no streets.
    pub(crate) fn distance_m(&self, position: Coord<f64>) -> Option<f64> {
        let mut best: Option<f64> = None;
        for candidate in self.tree.nearest_neighbor_iter(&[position.x, position.y]) {
            let box_m = candidate.geom().distance_2(&[position.x, position.y]).sqrt();
            if best.is_some_and(|best_m| box_m > best_m) {
                break;
            }
            let far_m = Euclidean.distance(&self.twin.roads.link(candidate.data).geometry, &Point::from(position));
            best = Some(best.map_or(far_m, |best_m: f64| best_m.min(far_m)));
        }
        best
    }

    /// The most likely course of some positions, in stretches.
    pub(crate) fn follow(&self, positions: &[Coord<f64>]) -> Vec<Stretch> {
        let mut stretches = Vec::new();
        let mut open: Option<Lattice> = None;
        for (index, position) in positions.iter().enumerate() {
            let states = self.states(*position);
            if states.is_empty() {
                continue;
            }
            let next = open.as_mut().map(|lattice| {
                let before = positions[lattice.last_position()];
                // Positions without a street between them, over a long way: the course has left the map.
                let skipped = index > lattice.last_position() + 1;
                let far = (position.x - before.x).hypot(position.y - before.y) > 5.0 * self.options.radius_m;
                !(skipped && far) && self.step(lattice, index, before, *position, &states)
            });
            if next != Some(true) {
                if let Some(lattice) = open.take() {
                    stretches.extend(self.finished(&lattice));
                }
                open = Some(Lattice::begin(index, states));
            }
        }
        stretches.extend(open.and_then(|lattice| self.finished(&lattice)));
        stretches
    }

    /// The axis of a stretch.
    pub(crate) fn axis(&self, stretch: &Stretch) -> LineString<f64> {
        geometry::axis(self.twin, stretch)
    }

    fn states(&self, position: Coord<f64>) -> Vec<State> {
        let reach_m = self.options.radius_m;
        let around = AABB::from_corners(
            [position.x - reach_m, position.y - reach_m],
            [position.x + reach_m, position.y + reach_m],
        );
        let mut near: Vec<(f64, Id<RoadLink>, f64)> = self
            .tree
            .locate_in_envelope_intersecting(&around)
            .filter_map(|candidate| {
                let (at_m, far_m) = place_on(self.twin.roads.link(candidate.data), position)?;
                (far_m <= reach_m).then_some((far_m, candidate.data, at_m))
            })
            .collect();
        near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut states = Vec::new();
        for (far_m, id, at_m) in near {
            let link = self.twin.roads.link(id);
            let cost = 0.5 * (far_m / self.options.sigma_m).powi(2);
            for direction in Direction::BOTH {
                if states.len() < MOST_STATES && is_open(link, direction, self.options) {
                    let at_m = if direction == Direction::Forward { at_m } else { link.length_m - at_m };
                    states.push(State { arc: Arc::new(id, direction), at_m, cost });
                }
            }
        }
        states
    }

    /// Adds a position to a lattice; false where no way leads to it.
    fn step(
        &self,
        lattice: &mut Lattice,
        index: usize,
        before: Coord<f64>,
        position: Coord<f64>,
        states: &[State],
    ) -> bool {
        let crow_m = (position.x - before.x).hypot(position.y - before.y);
        let detour = if self.options.quickest { 5.0 } else { 3.0 };
        let limit_m = detour * crow_m + 4.0 * self.options.radius_m;
        let last = lattice.layers.last().expect("because a lattice begins with a layer");
        let mut next: Vec<Cell> =
            states.iter().map(|&state| Cell { state, total: f64::INFINITY, before: 0, way: Vec::new() }).collect();
        for (row, cell) in last.cells.iter().enumerate() {
            if !cell.total.is_finite() {
                continue;
            }
            let ways = self.ways(cell.state, states, limit_m);
            for (cell_after, way) in next.iter_mut().zip(ways) {
                let Some((way_m, arcs)) = way else { continue };
                let excess_m = if self.options.quickest { way_m } else { (way_m - crow_m).abs() };
                let total = cell.total + excess_m / self.options.beta_m + cell_after.state.cost;
                if total < cell_after.total {
                    *cell_after = Cell { state: cell_after.state, total, before: row, way: arcs };
                }
            }
        }
        if next.iter().all(|cell| !cell.total.is_finite()) {
            return false;
        }
        lattice.layers.push(Layer { position: index, cells: next });
        true
    }

    /// The shortest ways from a place to others, with the arcs between theirs, within a limit.
    fn ways(&self, from: State, to: &[State], limit_m: f64) -> Vec<Option<(f64, Vec<Arc>)>> {
        let of = |arc: Arc| weight(self.twin.roads.link(arc.link), arc.direction, self.options);
        let length_m = self.twin.roads.link(from.arc.link).length_m;
        let rest_m = (length_m - from.at_m).max(0.0) * of(from.arc);
        let tree = self.tree_from(from.arc.ends(&self.twin.roads).1, limit_m - rest_m, to);
        to.iter()
            .map(|state| {
                // Along the same arc, and a little back on it, as positions scatter.
                if state.arc == from.arc && state.at_m >= from.at_m - self.options.sigma_m {
                    return Some(((state.at_m - from.at_m).abs() * of(state.arc), Vec::new()));
                }
                let begin = state.arc.ends(&self.twin.roads).0;
                let (way_m, _) = tree.get(&begin)?;
                Some((rest_m + way_m + state.at_m * of(state.arc), arcs_to(&tree, begin)))
            })
            .collect()
    }

    /// Distances of nodes within a limit, with the arc that leads to each; stops when all states are reached.
    fn tree_from(&self, node: Id<RoadNode>, limit_m: f64, to: &[State]) -> Tree {
        let mut tree = Tree::new();
        let mut missing: Vec<Id<RoadNode>> = to.iter().map(|state| state.arc.ends(&self.twin.roads).0).collect();
        missing.sort_unstable();
        missing.dedup();
        let mut queue = BinaryHeap::from([Waiting { way_m: 0.0, node, arc: None }]);
        while let Some(Waiting { way_m, node, arc }) = queue.pop() {
            if tree.contains_key(&node) {
                continue;
            }
            tree.insert(node, (way_m, arc.map(|arc| (arc, arc.ends(&self.twin.roads).0))));
            if let Ok(at) = missing.binary_search(&node) {
                missing.remove(at);
                if missing.is_empty() {
                    break;
                }
            }
            for &(arc, next, length_m) in &self.leaving[node.index()] {
                if way_m + length_m <= limit_m && !tree.contains_key(&next) {
                    queue.push(Waiting { way_m: way_m + length_m, node: next, arc: Some(arc) });
                }
            }
        }
        tree
    }

    /// The best sequence through a lattice.
    fn finished(&self, lattice: &Lattice) -> Option<Stretch> {
        let last = lattice.layers.last()?;
        let mut row = (0..last.cells.len()).min_by(|&a, &b| last.cells[a].total.total_cmp(&last.cells[b].total))?;
        let to_m = last.cells[row].state.at_m;
        let mut parts: Vec<Vec<Arc>> = Vec::new();
        let mut from_m = to_m;
        for layer in lattice.layers.iter().rev() {
            let cell = &layer.cells[row];
            let mut part = cell.way.clone();
            part.push(cell.state.arc);
            parts.push(part);
            from_m = cell.state.at_m;
            row = cell.before;
        }
        let mut arcs: Vec<Arc> = Vec::new();
        for arc in parts.into_iter().rev().flatten() {
            if arcs.last() != Some(&arc) {
                arcs.push(arc);
            }
        }
        let positions = (lattice.layers.first()?.position, last.position);
        Some(Stretch { arcs, from_m, to_m, positions })
    }
}

fn is_open(link: &RoadLink, direction: Direction, options: Options) -> bool {
    let along = link.carriageway(direction).modes.intersects(options.modes);
    along || (!options.directed && link.carriageway(direction.reversed()).modes.intersects(options.modes))
}

/// Factor on the length of a section.
fn weight(link: &RoadLink, direction: Direction, options: Options) -> f64 {
    if !options.quickest {
        return 1.0;
    }
    let speed_kmh = link.carriageway(direction).speed_limit_kmh;
    let by_speed = if speed_kmh > 0.0 { (50.0 / speed_kmh).clamp(0.5, 5.0) } else { 1.7 };
    by_speed
        * match link.class {
            RoadClass::Service | RoadClass::Track => 3.0,
            RoadClass::Residential | RoadClass::LivingStreet => 1.3,
            _ => 1.0,
        }
}

/// Distance of each reached node, metres, with the arc that leads to it and the node before.
type Tree = BTreeMap<Id<RoadNode>, (f64, Option<(Arc, Id<RoadNode>)>)>;

fn arcs_to(tree: &Tree, node: Id<RoadNode>) -> Vec<Arc> {
    let mut arcs = Vec::new();
    let mut at = node;
    while let Some((_, Some((arc, before)))) = tree.get(&at) {
        arcs.push(*arc);
        at = *before;
    }
    arcs.reverse();
    arcs
}

struct Lattice {
    layers: Vec<Layer>,
}

struct Layer {
    position: usize,
    cells: Vec<Cell>,
}

struct Cell {
    state: State,
    total: f64,
    before: usize,
    /// Arcs between the state before and this one, without theirs.
    way: Vec<Arc>,
}

impl Lattice {
    fn begin(position: usize, states: Vec<State>) -> Self {
        let cells =
            states.into_iter().map(|state| Cell { state, total: state.cost, before: 0, way: Vec::new() }).collect();
        Self { layers: vec![Layer { position, cells }] }
    }

    fn last_position(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.position)
    }
}

/// A node in the queue of a search; the nearest first, ties by node.
struct Waiting {
    way_m: f64,
    node: Id<RoadNode>,
    arc: Option<Arc>,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        other
            .way_m
            .total_cmp(&self.way_m)
            .then_with(|| other.node.cmp(&self.node))
            .then_with(|| other.arc.cmp(&self.arc))
    }
}
impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}
impl Eq for Waiting {}
