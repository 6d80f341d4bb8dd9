//! Customizable contraction hierarchy: the routing graph prepared once, so that shortest paths at ever new costs take a fraction of
//! Dijkstra's time.
//!
//! # Method
//! *Once per town*: the states of the routing graph are eliminated one by one, each time the one with the fewest neighbors; the
//! neighbors of an eliminated state are joined by shortcuts. What matters of the order is kept: to each state its neighbors that
//! were eliminated later, and the elimination tree. *Once per set of costs* ([`Metric`]): every shortcut gets the cost of the best
//! way over the states eliminated before it, by going through all lower triangles in the order of elimination. *Per origins*
//! ([`Sweep`]): costs climb from the connectors of an origin along the elimination tree, then one pass down over the states
//! from which zones are left gives the cost to every zone, for several origins at once.
//!
//! Zones are no part of the hierarchy: their connectors begin and end searches, so that zones with many connectors do
//! not densify it. Directions have costs of their own, infinite where nobody may drive; closures need no new hierarchy.
//!
//! # Units
//! Costs as those of the edges, `f64` throughout: the gap of an equilibrium at 1e-12 needs all digits.
//!
//! # References
//! J. Dibbelt, B. Strasser, D. Wagner, Customizable contraction hierarchies, ACM Journal of Experimental Algorithmics 21, 2016,
//! doi:10.1145/2886843. D. Delling, A. V. Goldberg, A. Nowatzyk, R. F. Werneck, PHAST: hardware-accelerated shortest path trees, JPDC
//! 73(7), 2013 (sweeps). V. Buchhold, P. Sanders, D. Wagner, Real-time traffic assignment using engineered customizable contraction
//! hierarchies, ACM JEA 24, 2019, doi:10.1145/3362693 (in assignment). Elimination by minimum degree: D. J. Rose, A
//! graph-theoretic study of the numerical solution of sparse positive definite systems of linear equations, 1972.

mod metric;
mod order;
mod sweep;

pub(crate) use metric::Metric;
pub(crate) use sweep::{LANES, Sweep};

use crate::street::{NONE, graph::Graph};

/// The structure that all costs share. States are named by their *rank*, the position in the order of elimination.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hierarchy {
    /// Links from rank r to higher ranks: `first[r]..first[r + 1]`.
    first: Vec<u32>,
    /// Higher end of each link, rising within a rank. The first one is the parent in the elimination tree.
    head: Vec<u32>,
    /// Edges of the routing graph between states: link, direction, edge; by link.
    inputs: Vec<Input>,
    /// Where trips from each zone enter: `enter_first[z]..enter_first[z + 1]`.
    enter_first: Vec<u32>,
    /// (rank, cost of the connector).
    enter: Vec<(u32, f64)>,
    /// Where trips to each zone leave: `leave_first[z]..leave_first[z + 1]`.
    leave_first: Vec<u32>,
    /// (position in the sweep, cost of the connector).
    leave: Vec<(u32, f64)>,
    /// States that a sweep goes through, from the highest rank down: all from which zones are left, and those above them.
    swept: Vec<u32>,
    /// Position in `swept` of each rank, or [`NONE`].
    position: Vec<u32>,
    /// Links of the swept states to higher ones: `swept_first[i]..swept_first[i + 1]`.
    swept_first: Vec<u32>,
    /// Their higher ends as positions in the sweep.
    swept_head: Vec<u32>,
    /// Their links.
    swept_link: Vec<u32>,
}

/// An edge of the routing graph as an input to the cost of a link.
#[derive(Clone, Copy, Debug)]
struct Input {
    link: u32,
    /// Whether it leads from the lower to the higher end.
    up: bool,
    edge: u32,
}

impl Hierarchy {
    pub(crate) fn new(graph: &Graph) -> Self {
        let n_zones = graph.sink.len();
        let first_state = 2 * n_zones;
        let n = graph.n_vertices().saturating_sub(first_state);
        let state = |vertex: u32| (vertex as usize).checked_sub(first_state);
        let mut neighbors: Vec<Vec<u32>> = vec![Vec::new(); n];
        for (&tail, &head) in graph.tail.iter().zip(&graph.head) {
            if let (Some(a), Some(b)) = (state(tail), state(head))
                && a != b
            {
                neighbors[a].push(b as u32);
                neighbors[b].push(a as u32);
            }
        }
        let eliminated = order::eliminate(neighbors);
        let mut hierarchy = Self { first: eliminated.first, head: eliminated.head, ..Self::default() };
        let rank = eliminated.rank;
        for (edge, (&tail, &head)) in graph.tail.iter().zip(&graph.head).enumerate() {
            let (Some(a), Some(b)) = (state(tail), state(head)) else { continue };
            let (a, b) = (rank[a], rank[b]);
            if a != b {
                let link = hierarchy.link(a.min(b), a.max(b)).expect("because neighbors are linked");
                hierarchy.inputs.push(Input { link, up: a < b, edge: edge as u32 });
            }
        }
        hierarchy.inputs.sort_by_key(|input| (input.link, input.edge));
        hierarchy.connect(graph, &rank, first_state);
        hierarchy
    }

    /// Connectors, and what a sweep must go through for the sinks.
    fn connect(&mut self, graph: &Graph, rank: &[u32], first_state: usize) {
        let n_zones = graph.sink.len();
        self.enter_first.push(0);
        for &source in &graph.source {
            for edge in graph.first[source as usize]..graph.first[source as usize + 1] {
                let edge = edge as usize;
                self.enter.push((rank[graph.head[edge] as usize - first_state], graph.extra[edge]));
            }
            self.enter_first.push(self.enter.len() as u32);
        }
        let mut leave: Vec<Vec<(u32, f64)>> = vec![Vec::new(); n_zones];
        for (edge, (&tail, &head)) in graph.tail.iter().zip(&graph.head).enumerate() {
            if graph.is_sink(head) && tail as usize >= first_state {
                leave[head as usize - n_zones].push((rank[tail as usize - first_state], graph.extra[edge]));
            }
        }
        let n = rank.len();
        let mut needed = vec![false; n];
        for &(rank, _) in leave.iter().flatten() {
            let mut rank = rank;
            while rank != NONE && !std::mem::replace(&mut needed[rank as usize], true) {
                rank = self.parent(rank);
            }
        }
        self.position = vec![NONE; n];
        for rank in (0..n).rev().filter(|&rank| needed[rank]) {
            self.position[rank] = self.swept.len() as u32;
            self.swept.push(rank as u32);
        }
        self.swept_first.push(0);
        for &rank in &self.swept {
            for link in self.links(rank) {
                self.swept_head.push(self.position[self.head[link] as usize]);
                self.swept_link.push(link as u32);
            }
            self.swept_first.push(self.swept_head.len() as u32);
        }
        self.leave_first.push(0);
        for connectors in leave {
            self.leave.extend(connectors.iter().map(|&(rank, cost)| (self.position[rank as usize], cost)));
            self.leave_first.push(self.leave.len() as u32);
        }
    }

    /// States.
    pub(crate) fn n(&self) -> usize {
        self.first.len().saturating_sub(1)
    }

    /// Links, shortcuts included: a measure of the work per sweep.
    pub(crate) fn n_links(&self) -> usize {
        self.head.len()
    }

    fn links(&self, rank: u32) -> std::ops::Range<usize> {
        self.first[rank as usize] as usize..self.first[rank as usize + 1] as usize
    }

    /// The next state of the elimination tree, or [`NONE`].
    fn parent(&self, rank: u32) -> u32 {
        let links = self.links(rank);
        if links.is_empty() { NONE } else { self.head[links.start] }
    }

    /// The link between two ranks.
    fn link(&self, low: u32, high: u32) -> Option<u32> {
        let links = self.links(low);
        let heads = &self.head[links.clone()];
        heads.binary_search(&high).ok().map(|at| (links.start + at) as u32)
    }
}

#[cfg(test)]
mod tests;
