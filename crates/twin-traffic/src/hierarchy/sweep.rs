//! Costs from several origins to all zones, and the paths behind them.

use super::{Hierarchy, Metric};
use crate::street::{NONE, graph::Graph};

/// Origins that go through a sweep together.
pub(crate) const LANES: usize = 8;

/// Room for sweeps on one hierarchy, used again and again by one thread.
pub(crate) struct Sweep {
    /// Cost from each origin to each swept state: `cost[position][lane]`.
    cost: Vec<[f64; LANES]>,
    /// What each origin reaches climbing the elimination tree, by rising rank.
    climbs: Vec<Vec<Climbed>>,
    /// Cost by rank while an origin climbs; infinite between climbs.
    height: Vec<f64>,
    by: Vec<u32>,
    chain: Vec<u32>,
    edges: Vec<u32>,
}

/// A state reached from below.
#[derive(Clone, Copy, Debug)]
struct Climbed {
    rank: u32,
    /// The state from which it was reached, or [`NONE`] where the trip begins.
    from: u32,
    cost: f64,
}

impl Sweep {
    pub(crate) fn new(hierarchy: &Hierarchy) -> Self {
        Self {
            cost: vec![[f64::INFINITY; LANES]; hierarchy.swept.len()],
            climbs: vec![Vec::new(); LANES],
            height: vec![f64::INFINITY; hierarchy.n()],
            by: vec![NONE; hierarchy.n()],
            chain: Vec::new(),
            edges: Vec::new(),
        }
    }

    /// Costs from up to [`LANES`] zones to all states from which zones are left.
    pub(crate) fn run(&mut self, hierarchy: &Hierarchy, metric: &Metric, origins: &[u32]) {
        self.cost.fill([f64::INFINITY; LANES]);
        for (lane, &origin) in origins.iter().enumerate().take(LANES) {
            self.climb(hierarchy, metric, origin as usize, lane);
        }
        for position in 0..hierarchy.swept.len() {
            let links = hierarchy.swept_first[position] as usize..hierarchy.swept_first[position + 1] as usize;
            let (above, here) = self.cost.split_at_mut(position);
            let best = &mut here[0];
            for (&head, &step) in hierarchy.swept_head[links.clone()].iter().zip(&metric.swept[links]) {
                let from = &above[head as usize];
                for lane in 0..LANES {
                    let next = from[lane] + step;
                    best[lane] = if next < best[lane] { next } else { best[lane] };
                }
            }
        }
    }

    /// From the connectors of a zone up the elimination tree.
    fn climb(&mut self, hierarchy: &Hierarchy, metric: &Metric, zone: usize, lane: usize) {
        let enter = &hierarchy.enter[hierarchy.enter_first[zone] as usize..hierarchy.enter_first[zone + 1] as usize];
        self.chain.clear();
        for &(rank, cost) in enter {
            let mut at = rank;
            // Every state on the chain is marked by its own number until it gets a predecessor.
            while at != NONE && self.by[at as usize] == NONE {
                self.by[at as usize] = at;
                self.chain.push(at);
                at = hierarchy.parent(at);
            }
            if cost < self.height[rank as usize] {
                self.height[rank as usize] = cost;
            }
        }
        self.chain.sort_unstable();
        let climbed = &mut self.climbs[lane];
        climbed.clear();
        for &rank in &self.chain {
            let cost = self.height[rank as usize];
            let from = if self.by[rank as usize] == rank { NONE } else { self.by[rank as usize] };
            self.height[rank as usize] = f64::INFINITY;
            self.by[rank as usize] = NONE;
            if cost == f64::INFINITY {
                continue;
            }
            climbed.push(Climbed { rank, from, cost });
            let position = hierarchy.position[rank as usize];
            if position != NONE {
                self.cost[position as usize][lane] = cost;
            }
            for link in hierarchy.links(rank) {
                let (head, next) = (hierarchy.head[link] as usize, cost + metric.up[link]);
                if next < self.height[head] {
                    self.height[head] = next;
                    self.by[head] = rank;
                }
            }
        }
    }

    /// Cost from the origin in a lane to a zone; infinite where there is no path.
    pub(crate) fn cost(&self, hierarchy: &Hierarchy, lane: usize, zone: usize) -> f64 {
        self.leaving(hierarchy, lane, zone).0
    }

    /// Cost to a zone, the swept state where the trip leaves the streets, and the cost of the connector from there.
    fn leaving(&self, hierarchy: &Hierarchy, lane: usize, zone: usize) -> (f64, u32, f64) {
        let leave = &hierarchy.leave[hierarchy.leave_first[zone] as usize..hierarchy.leave_first[zone + 1] as usize];
        let mut best = (f64::INFINITY, NONE, 0.0);
        for &(position, connector) in leave {
            let cost = self.cost[position as usize][lane] + connector;
            if cost < best.0 {
                best = (cost, position, connector);
            }
        }
        best
    }

    /// Appends the arcs of the path from the origin in a lane to a reached zone, in driving order, and gives what its connectors
    /// cost.
    pub(crate) fn path(
        &mut self,
        hierarchy: &Hierarchy,
        metric: &Metric,
        graph: &Graph,
        (lane, zone): (usize, usize),
        arcs: &mut Vec<u32>,
    ) -> f64 {
        let (_, mut position, leave_cost) = self.leaving(hierarchy, lane, zone);
        // Down: from the end back to where the climb ended.
        let mut down: Vec<(u32, u32)> = Vec::new();
        let mut at = loop {
            let rank = hierarchy.swept[position as usize];
            let cost = self.cost[position as usize][lane];
            let climbed = self.climbed(lane, rank).filter(|climbed| climbed.cost == cost);
            if let Some(climbed) = climbed {
                break climbed;
            }
            let links =
                hierarchy.swept_first[position as usize] as usize..hierarchy.swept_first[position as usize + 1] as usize;
            let step = links
                .into_iter()
                .find(|&link| {
                    self.cost[hierarchy.swept_head[link] as usize][lane] + metric.swept[link] == cost
                })
                .expect("because its cost came over one of these links");
            down.push((hierarchy.swept_link[step], rank));
            position = hierarchy.swept_head[step];
        };
        // Up: from there back to where the trip began.
        let mut up: Vec<(u32, u32)> = Vec::new();
        while at.from != NONE {
            let link = hierarchy.link(at.from, at.rank).expect("because the climb came over it");
            up.push((link, at.from));
            at = self.climbed(lane, at.from).expect("because the climb came over it");
        }
        self.edges.clear();
        for &(link, low) in up.iter().rev() {
            metric.unpack(hierarchy, link, low, true, &mut self.edges);
        }
        for &(link, low) in down.iter().rev() {
            metric.unpack(hierarchy, link, low, false, &mut self.edges);
        }
        arcs.extend(self.edges.iter().map(|&edge| graph.arc[edge as usize]));
        // What the state costs where the climb began is the connector.
        at.cost + leave_cost
    }

    fn climbed(&self, lane: usize, rank: u32) -> Option<Climbed> {
        let climbs = &self.climbs[lane];
        climbs.binary_search_by_key(&rank, |climbed| climbed.rank).ok().map(|at| climbs[at])
    }
}
