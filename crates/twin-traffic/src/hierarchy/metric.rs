//! Costs of the links of a hierarchy.

use super::Hierarchy;
use crate::street::{NONE, graph::Graph};

/// What a link stands for: the two links of a lower triangle, down and up again; or [`NONE`] and an edge of the routing graph.
type Via = [u32; 2];

/// Costs of all links in both directions, and what each stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metric {
    /// From the lower to the higher end.
    pub(super) up: Vec<f64>,
    /// From the higher to the lower end.
    pub(super) down: Vec<f64>,
    via_up: Vec<Via>,
    via_down: Vec<Via>,
    /// `down` in the order of a sweep.
    pub(super) swept: Vec<f64>,
}

impl Metric {
    /// Costs of the links from those of the edges of the routing graph.
    pub(crate) fn new(hierarchy: &Hierarchy, edge_cost: &[f64]) -> Self {
        let mut metric = Self::default();
        metric.customize(hierarchy, edge_cost);
        metric
    }

    /// As [`Metric::new`], in the room of an old one.
    pub(crate) fn customize(&mut self, hierarchy: &Hierarchy, edge_cost: &[f64]) {
        let n = hierarchy.n_links();
        for cost in [&mut self.up, &mut self.down] {
            cost.clear();
            cost.resize(n, f64::INFINITY);
        }
        for via in [&mut self.via_up, &mut self.via_down] {
            via.clear();
            via.resize(n, [NONE; 2]);
        }
        for input in &hierarchy.inputs {
            let (link, cost) = (input.link as usize, edge_cost[input.edge as usize]);
            let (known, via) = if input.up {
                (&mut self.up[link], &mut self.via_up[link])
            } else {
                (&mut self.down[link], &mut self.via_down[link])
            };
            if cost < *known {
                (*known, *via) = (cost, [NONE, input.edge]);
            }
        }
        self.relax_triangles(hierarchy);
        self.swept.clear();
        self.swept.extend(hierarchy.swept_link.iter().map(|&link| self.down[link as usize]));
    }

    /// Lower triangles in the order of elimination: from a higher neighbor down to the state and up to another.
    fn relax_triangles(&mut self, hierarchy: &Hierarchy) {
        let mut link_to = vec![NONE; hierarchy.n()];
        for state in 0..hierarchy.n() as u32 {
            let links = hierarchy.links(state);
            if links.len() < 2 {
                continue;
            }
            for link in links.clone() {
                link_to[hierarchy.head[link] as usize] = link as u32;
            }
            for low in links.clone() {
                let (down_low, up_low) = (self.down[low], self.up[low]);
                if down_low == f64::INFINITY && up_low == f64::INFINITY {
                    continue;
                }
                for upper in hierarchy.links(hierarchy.head[low]) {
                    let high = link_to[hierarchy.head[upper] as usize];
                    if high == NONE {
                        continue;
                    }
                    let rising = down_low + self.up[high as usize];
                    if rising < self.up[upper] {
                        (self.up[upper], self.via_up[upper]) = (rising, [low as u32, high]);
                    }
                    let falling = self.down[high as usize] + up_low;
                    if falling < self.down[upper] {
                        (self.down[upper], self.via_down[upper]) = (falling, [high, low as u32]);
                    }
                }
            }
            for link in links {
                link_to[hierarchy.head[link] as usize] = NONE;
            }
        }
    }

    /// Appends the arcs that a link stands for in one direction, in driving order.
    pub(super) fn unpack(&self, graph: &Graph, link: u32, up: bool, open: &mut Vec<(u32, bool)>, arcs: &mut Vec<u32>) {
        open.clear();
        open.push((link, up));
        while let Some((link, up)) = open.pop() {
            let [first, second] = if up { self.via_up[link as usize] } else { self.via_down[link as usize] };
            if first == NONE {
                arcs.push(graph.arc[second as usize]);
            } else {
                open.push((second, true));
                open.push((first, false));
            }
        }
    }
}
