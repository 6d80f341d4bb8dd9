//! Which nodes are supplied, and which branches are bridges of the network.

#![expect(clippy::needless_range_loop, reason = "loops over several columns at once")]

use super::{Element, Grid};

/// No branch.
pub(crate) const NONE: u32 = u32::MAX;

/// What of a network takes part with these branches open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Supply {
    /// Whether a node is connected to a given pressure.
    pub(crate) node: Vec<bool>,
    /// Whether a branch takes part.
    pub(crate) branch: Vec<bool>,
    /// Gauge pressure kept at a node, bar: by a feed, or by the circulation pump that ends there.
    pub(crate) kept_bar: Vec<Option<f64>>,
    /// Circulation pumps whose end keeps the pressure of their part.
    pub(crate) anchor: Vec<bool>,
    /// Supplied nodes, each behind the node that it was found from.
    pub(crate) queue: Vec<u32>,
    /// Branch by which each node was found; `NONE` where a pressure is kept.
    pub(crate) found_by: Vec<u32>,
    part: Vec<u32>,
}

impl Supply {
    /// Finds what takes part. Given flows connect nothing: they need a pressure on both sides.
    pub(crate) fn find(&mut self, grid: &Grid, open: &[bool], in_service: &[bool]) {
        self.kept_bar.clear();
        self.kept_bar.extend(grid.feed_bar.iter().zip(in_service).map(|(bar, on)| bar.filter(|_| *on)));
        self.anchor.clear();
        self.anchor.resize(grid.n_branches(), false);
        self.anchor_circulation(grid, open, in_service);

        self.node.clear();
        self.node.extend(self.kept_bar.iter().map(Option::is_some));
        self.found_by.clear();
        self.found_by.resize(grid.n_nodes(), NONE);
        self.queue.clear();
        self.queue.extend((0..grid.n_nodes() as u32).filter(|&node| self.node[node as usize]));
        let mut next = 0;
        while let Some(&node) = self.queue.get(next) {
            next += 1;
            for &branch in grid.incident(node as usize) {
                let other = grid.other_end(branch, node);
                let conducts = open[branch as usize] && !matches!(grid.element[branch as usize], Element::GivenFlow);
                if conducts && in_service[other as usize] && !self.node[other as usize] {
                    self.node[other as usize] = true;
                    self.found_by[other as usize] = branch;
                    self.queue.push(other);
                }
            }
        }
        self.branch.clear();
        self.branch.extend((0..grid.n_branches()).map(|branch| {
            open[branch]
                && grid.from[branch] != grid.to[branch]
                && self.node[grid.from[branch] as usize]
                && self.node[grid.to[branch] as usize]
        }));
    }

    /// Where no feed keeps the pressure of a part, the first circulation pump with a pressure does.
    fn anchor_circulation(&mut self, grid: &Grid, open: &[bool], in_service: &[bool]) {
        let pumps = || {
            grid.special.iter().copied().filter_map(|branch| match grid.element[branch as usize] {
                Element::Circulation { supply_bar: Some(bar), .. }
                    if open[branch as usize]
                        && in_service[grid.from[branch as usize] as usize]
                        && in_service[grid.to[branch as usize] as usize] =>
                {
                    Some((branch, bar))
                }
                _ => None,
            })
        };
        if pumps().next().is_none() {
            return;
        }
        self.part.clear();
        self.part.extend(0..grid.n_nodes() as u32);
        for branch in 0..grid.n_branches() {
            let (from, to) = (grid.from[branch], grid.to[branch]);
            if open[branch] && in_service[from as usize] && in_service[to as usize] {
                join(&mut self.part, from, to);
            }
        }
        let mut kept: Vec<u32> = (0..grid.n_nodes() as u32)
            .filter(|&node| self.kept_bar[node as usize].is_some())
            .map(|node| root(&mut self.part, node))
            .collect();
        for (branch, bar) in pumps() {
            let end = grid.to[branch as usize];
            let part = root(&mut self.part, end);
            if !kept.contains(&part) {
                kept.push(part);
                self.kept_bar[end as usize] = Some(bar);
                self.anchor[branch as usize] = true;
            }
        }
    }
}

fn root(part: &mut [u32], mut node: u32) -> u32 {
    while part[node as usize] != node {
        let above = part[part[node as usize] as usize];
        part[node as usize] = above;
        node = above;
    }
    node
}

fn join(part: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(part, a), root(part, b));
    let (low, high) = (a.min(b), a.max(b));
    part[high as usize] = low;
}

/// For every branch the nodes that lose every given pressure when it fails alone, as a range of `order`; empty where it is
/// no bridge. `order` lists the supplied nodes so that whatever hangs on a bridge lies together.
#[derive(Clone, Debug)]
pub(crate) struct Bridges {
    /// Supplied nodes.
    pub(crate) order: Vec<u32>,
    /// Begin and end in `order` for every branch.
    pub(crate) behind: Vec<(u32, u32)>,
}

/// Finds the bridges between nodes and the given pressures in one search in depth (Tarjan 1974).
pub(crate) fn bridges(grid: &Grid, supply: &Supply) -> Bridges {
    let n = grid.n_nodes();
    let mut order: Vec<u32> = Vec::with_capacity(n);
    let mut behind = vec![(0, 0); grid.n_branches()];
    let mut entered = vec![NONE; n];
    let mut low = vec![NONE; n];
    // All given pressures are one node: the earliest.
    let is_kept = |node: u32| supply.kept_bar[node as usize].is_some();
    let mut stack: Vec<(u32, u32, u32)> = Vec::new();
    for start in (0..n as u32).filter(|&node| is_kept(node)) {
        entered[start as usize] = 0;
        low[start as usize] = 0;
        stack.push((start, NONE, grid.incident_begin[start as usize]));
        while let Some((node, by, next)) = stack.last_mut() {
            let (node, by) = (*node, *by);
            if *next < grid.incident_begin[node as usize + 1] {
                let branch = grid.incident[*next as usize];
                *next += 1;
                let conducts =
                    supply.branch[branch as usize] && !matches!(grid.element[branch as usize], Element::GivenFlow);
                if !conducts || branch == by {
                    continue;
                }
                let other = grid.other_end(branch, node);
                if is_kept(other) {
                    low[node as usize] = 0;
                } else if entered[other as usize] == NONE {
                    order.push(other);
                    entered[other as usize] = order.len() as u32;
                    low[other as usize] = order.len() as u32;
                    stack.push((other, branch, grid.incident_begin[other as usize]));
                } else {
                    low[node as usize] = low[node as usize].min(entered[other as usize]);
                }
                continue;
            }
            stack.pop();
            if let Some(&(above, ..)) = stack.last() {
                let reached = low[node as usize];
                if reached == entered[node as usize] {
                    behind[by as usize] = (entered[node as usize] - 1, order.len() as u32);
                }
                low[above as usize] = low[above as usize].min(reached);
            }
        }
    }
    Bridges { order, behind }
}
