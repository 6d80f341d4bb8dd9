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
    /// Where each rank was reached from while an origin climbs: an index into what it climbed.
    by: Vec<u32>,
    marked: Vec<bool>,
    chain: Vec<u32>,
    /// The swept states that a run to some zones goes through: a bit for each position.
    on_way: Vec<u64>,
    tree: Tree,
}

/// A state reached from below.
#[derive(Clone, Copy, Debug)]
struct Climbed {
    rank: u32,
    /// The one from which it was reached, as an index, or [`NONE`] where the trip begins.
    from: u32,
    cost: f64,
}

/// The part of a lane's tree of cheapest paths that was asked for, unpacked to arcs.
#[derive(Default)]
struct Tree {
    lane: usize,
    steps: Vec<Step>,
    arcs: Vec<u32>,
    /// Step that leads to each swept state, or [`NONE`].
    at_position: Vec<u32>,
    /// Step that leads to each climbed state, or [`NONE`].
    at_climbed: Vec<u32>,
    /// Swept states with a step.
    touched: Vec<u32>,
    open: Vec<(u32, bool)>,
    way: Vec<(u32, u32)>,
}

/// A link of a tree.
#[derive(Clone, Copy)]
struct Step {
    before: u32,
    begin: u32,
    end: u32,
    /// Arcs from the beginning of the trip to the end of the link.
    total: u32,
    /// Cost of the connector where the trip begins.
    enter_cost: f64,
}

impl Sweep {
    pub(crate) fn new(hierarchy: &Hierarchy) -> Self {
        Self {
            cost: vec![[f64::INFINITY; LANES]; hierarchy.swept.len()],
            climbs: vec![Vec::new(); LANES],
            height: vec![f64::INFINITY; hierarchy.n()],
            by: vec![NONE; hierarchy.n()],
            marked: vec![false; hierarchy.n()],
            chain: Vec::new(),
            on_way: vec![0; hierarchy.swept.len().div_ceil(64)],
            tree: Tree { at_position: vec![NONE; hierarchy.swept.len()], lane: LANES, ..Tree::default() },
        }
    }

    /// Costs from up to [`LANES`] zones to all zones.
    pub(crate) fn run(&mut self, hierarchy: &Hierarchy, metric: &Metric, origins: &[u32]) {
        self.climb_all(hierarchy, metric, origins);
        for position in 0..hierarchy.swept.len() {
            self.relax(hierarchy, metric, position);
        }
    }

    /// The same to some zones only: costs to others are not known afterwards.
    pub(crate) fn run_to(
        &mut self,
        hierarchy: &Hierarchy,
        metric: &Metric,
        origins: &[u32],
        zones: impl Iterator<Item = u32>,
    ) {
        self.climb_all(hierarchy, metric, origins);
        self.on_way.fill(0);
        for zone in zones {
            let zone = zone as usize;
            for &(position, _) in
                &hierarchy.leave[hierarchy.leave_first[zone] as usize..hierarchy.leave_first[zone + 1] as usize]
            {
                // What is above a state on the way is on it, too.
                let mut at = position as usize;
                while self.on_way[at / 64] & (1 << (at % 64)) == 0 {
                    self.on_way[at / 64] |= 1 << (at % 64);
                    let links = hierarchy.swept_first[at] as usize..hierarchy.swept_first[at + 1] as usize;
                    let Some(&parent) = hierarchy.swept_head[links].first() else { break };
                    at = parent as usize;
                }
            }
        }
        for word in 0..self.on_way.len() {
            let mut bits = self.on_way[word];
            while bits != 0 {
                self.relax(hierarchy, metric, 64 * word + bits.trailing_zeros() as usize);
                bits &= bits - 1;
            }
        }
    }

    fn climb_all(&mut self, hierarchy: &Hierarchy, metric: &Metric, origins: &[u32]) {
        self.cost.fill([f64::INFINITY; LANES]);
        self.tree.lane = LANES;
        for (lane, &origin) in origins.iter().enumerate().take(LANES) {
            self.climb(hierarchy, metric, origin as usize, lane);
        }
    }

    /// Costs to a swept state over those above it.
    #[inline]
    fn relax(&mut self, hierarchy: &Hierarchy, metric: &Metric, position: usize) {
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

    /// From the connectors of a zone up the elimination tree.
    fn climb(&mut self, hierarchy: &Hierarchy, metric: &Metric, zone: usize, lane: usize) {
        let enter = &hierarchy.enter[hierarchy.enter_first[zone] as usize..hierarchy.enter_first[zone + 1] as usize];
        self.chain.clear();
        for &(rank, cost) in enter {
            let mut at = rank;
            while at != NONE && !std::mem::replace(&mut self.marked[at as usize], true) {
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
            let from = std::mem::replace(&mut self.by[rank as usize], NONE);
            self.height[rank as usize] = f64::INFINITY;
            self.marked[rank as usize] = false;
            if cost == f64::INFINITY {
                continue;
            }
            let index = climbed.len() as u32;
            climbed.push(Climbed { rank, from, cost });
            let position = hierarchy.position[rank as usize];
            if position != NONE {
                self.cost[position as usize][lane] = cost;
            }
            for link in hierarchy.links(rank) {
                let (head, next) = (hierarchy.head[link] as usize, cost + metric.up[link]);
                if next < self.height[head] {
                    self.height[head] = next;
                    self.by[head] = index;
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
    /// cost. Parts that several paths of a lane share are unpacked once.
    pub(crate) fn path(
        &mut self,
        hierarchy: &Hierarchy,
        metric: &Metric,
        graph: &Graph,
        (lane, zone): (usize, usize),
        arcs: &mut Vec<u32>,
    ) -> f64 {
        let (_, position, leave_cost) = self.leaving(hierarchy, lane, zone);
        self.tree.of_lane(lane, self.climbs[lane].len());
        let mut at = self.step_to(hierarchy, metric, graph, position);
        let tree = &self.tree;
        let enter_cost = tree.steps[at as usize].enter_cost;
        let begin = arcs.len();
        let mut end = begin + tree.steps[at as usize].total as usize;
        arcs.resize(end, NONE);
        while at != NONE {
            let step = &tree.steps[at as usize];
            let of_step = &tree.arcs[step.begin as usize..step.end as usize];
            arcs[end - of_step.len()..end].copy_from_slice(of_step);
            end -= of_step.len();
            at = step.before;
        }
        enter_cost + leave_cost
    }

    /// The step that leads to a swept state: down from the last state with a known step, or from where the climb ended.
    fn step_to(&mut self, hierarchy: &Hierarchy, metric: &Metric, graph: &Graph, position: u32) -> u32 {
        let lane = self.tree.lane;
        let mut way = std::mem::take(&mut self.tree.way);
        way.clear();
        let mut position = position;
        let mut step = loop {
            let known = self.tree.at_position[position as usize];
            if known != NONE {
                break known;
            }
            let cost = self.cost[position as usize][lane];
            let mut links = hierarchy.swept_first[position as usize] as usize
                ..hierarchy.swept_first[position as usize + 1] as usize;
            let over = links
                .find(|&link| self.cost[hierarchy.swept_head[link] as usize][lane] + metric.swept[link] == cost)
                .filter(|_| cost < f64::INFINITY);
            let Some(link) = over else {
                let step = self.step_up(hierarchy, metric, graph, hierarchy.swept[position as usize]);
                self.tree.note(position, step);
                break step;
            };
            way.push((position, hierarchy.swept_link[link]));
            position = hierarchy.swept_head[link];
        };
        for &(position, link) in way.iter().rev() {
            step = self.tree.push(metric, graph, step, link, false);
            self.tree.note(position, step);
        }
        self.tree.way = way;
        step
    }

    /// The step that leads to a climbed state.
    fn step_up(&mut self, hierarchy: &Hierarchy, metric: &Metric, graph: &Graph, rank: u32) -> u32 {
        let climbs = &self.climbs[self.tree.lane];
        let mut index = climbs
            .binary_search_by_key(&rank, |climbed| climbed.rank)
            .expect("because what no link from above explains was climbed to");
        let mut way: Vec<usize> = Vec::new();
        let mut step = loop {
            if self.tree.at_climbed[index] != NONE {
                break self.tree.at_climbed[index];
            }
            let Climbed { from, cost, .. } = climbs[index];
            if from == NONE {
                let step = self.tree.begin(cost);
                self.tree.at_climbed[index] = step;
                break step;
            }
            way.push(index);
            index = from as usize;
        };
        for &index in way.iter().rev() {
            let Climbed { rank, from, .. } = climbs[index];
            let link = hierarchy.link(climbs[from as usize].rank, rank).expect("because the climb came over it");
            step = self.tree.push(metric, graph, step, link, true);
            self.tree.at_climbed[index] = step;
        }
        step
    }
}

impl Tree {
    /// Turns to a lane, and forgets the one before.
    fn of_lane(&mut self, lane: usize, n_climbed: usize) {
        if self.lane == lane {
            return;
        }
        self.lane = lane;
        self.steps.clear();
        self.arcs.clear();
        for position in self.touched.drain(..) {
            self.at_position[position as usize] = NONE;
        }
        self.at_climbed.clear();
        self.at_climbed.resize(n_climbed, NONE);
    }

    fn note(&mut self, position: u32, step: u32) {
        self.at_position[position as usize] = step;
        self.touched.push(position);
    }

    /// Where a trip begins.
    fn begin(&mut self, enter_cost: f64) -> u32 {
        self.steps.push(Step { before: NONE, begin: 0, end: 0, total: 0, enter_cost });
        (self.steps.len() - 1) as u32
    }

    /// A link after a step.
    fn push(&mut self, metric: &Metric, graph: &Graph, before: u32, link: u32, up: bool) -> u32 {
        let begin = self.arcs.len() as u32;
        metric.unpack(graph, link, up, &mut self.open, &mut self.arcs);
        let end = self.arcs.len() as u32;
        let Step { total, enter_cost, .. } = self.steps[before as usize];
        self.steps.push(Step { before, begin, end, total: total + (end - begin), enter_cost });
        (self.steps.len() - 1) as u32
    }
}
