//! Temperatures in the order of the flow.

use super::{Heat, Room, Thermal};
use crate::hydraulics::GREATEST;

/// Below this a branch is at rest, kg/s.
pub(super) const REST_KG_S: f64 = 1e-10;
/// A step of an outlet temperature after which the next one is below 1e-10 K: heat capacity changes by less than 1e-3 per kelvin,
/// and every step by less than a hundredth of the one before.
const ENOUGH_K: f64 = 1e-8;
/// Rounds over rings that water circles in.
const MAX_SWEEPS: u32 = 200;

/// Room for one pass.
#[derive(Clone, Debug, Default)]
pub(super) struct Pass {
    /// Branches into each node whose outlet temperature is not known yet.
    waiting: Vec<u32>,
    queue: Vec<u32>,
    late: Vec<u32>,
}

impl Room {
    /// Where the water of a branch comes from and goes to.
    pub(super) fn flow_ends(&self, heat: &Heat, branch: usize) -> (usize, usize) {
        let (from, to) = (heat.grid.from[branch] as usize, heat.grid.to[branch] as usize);
        if self.newton.flow_kg_s[branch] < -0.2 * REST_KG_S { (to, from) } else { (from, to) }
    }

    fn flows(&self, branch: usize) -> bool {
        self.newton.flow_kg_s[branch].abs() > REST_KG_S
    }

    /// Temperatures of all nodes and branches with the present flows; the largest change of a node's.
    pub(super) fn pass(&mut self, heat: &Heat) -> f64 {
        let (n, m) = (heat.grid.n_nodes(), heat.grid.n_branches());
        let mut pass = std::mem::take(&mut self.pass);
        pass.waiting.clear();
        pass.waiting.resize(n, 0);
        self.moves.clear();
        self.moves.resize(n, false);
        for branch in 0..m {
            if !self.flows(branch) {
                self.outlet_k[branch] = heat.ambient_k;
                continue;
            }
            let (begin, end) = self.flow_ends(heat, branch);
            self.moves[begin] = true;
            self.moves[end] = true;
            if let Thermal::Outlet(outlet_k) = heat.thermal[branch] {
                self.outlet_k[branch] = outlet_k;
            } else {
                pass.waiting[end] += 1;
            }
        }
        let mut change_k: f64 = 0.0;
        let mut left = 0;
        pass.queue.clear();
        for node in 0..n {
            if !self.moves[node] {
                self.node_k[node] = heat.ambient_k;
            } else if pass.waiting[node] == 0 {
                pass.queue.push(node as u32);
            } else {
                left += 1;
            }
        }
        let mut next = 0;
        while let Some(&node) = pass.queue.get(next) {
            next += 1;
            change_k = change_k.max(self.mix(heat, node as usize));
            for &branch in heat.grid.incident(node as usize) {
                let (begin, end) = self.flow_ends(heat, branch as usize);
                let depends = !matches!(heat.thermal[branch as usize], Thermal::Outlet(_));
                if self.flows(branch as usize) && begin == node as usize && depends {
                    self.cool(heat, branch as usize);
                    pass.waiting[end] -= 1;
                    if pass.waiting[end] == 0 {
                        left -= 1;
                        pass.queue.push(end as u32);
                    }
                }
            }
        }
        if left > 0 {
            change_k = change_k.max(self.circle(heat, &mut pass));
        }
        self.pass = pass;
        change_k
    }

    /// Rings that water circles in: round after round until nothing changes.
    fn circle(&mut self, heat: &Heat, pass: &mut Pass) -> f64 {
        pass.late.clear();
        pass.late.extend((0..heat.grid.n_nodes() as u32).filter(|&node| pass.waiting[node as usize] > 0));
        let mut first_k: f64 = 0.0;
        for sweep in 0..MAX_SWEEPS {
            let mut change_k: f64 = 0.0;
            for &node in &pass.late {
                change_k = change_k.max(self.mix(heat, node as usize));
                for &branch in heat.grid.incident(node as usize) {
                    let (begin, _) = self.flow_ends(heat, branch as usize);
                    if self.flows(branch as usize) && begin == node as usize {
                        self.cool(heat, branch as usize);
                    }
                }
            }
            if sweep == 0 {
                first_k = change_k;
            }
            if change_k < 1e-9 {
                break;
            }
        }
        first_k
    }

    /// Mixes what flows into a node; the change of its temperature.
    fn mix(&mut self, heat: &Heat, node: usize) -> f64 {
        let old_k = self.node_k[node];
        let capacity = |t_k: f64| heat.capacity_j_kg_k(t_k);
        let (mut sum_kg_s, mut sum_k) = (0.0, 0.0);
        let (mut n_inflows, mut only_k) = (0, 0.0);
        let mut balance_kg_s = -heat.draw_kg_s[node];
        for &branch in heat.grid.incident(node) {
            let branch = branch as usize;
            let flow = self.newton.flow_kg_s[branch].abs();
            let (begin, end) = self.flow_ends(heat, branch);
            if begin == end {
                continue;
            }
            balance_kg_s += if end == node { flow } else { -flow };
            if end == node && flow > REST_KG_S {
                n_inflows += 1;
                only_k = self.outlet_k[branch];
                sum_kg_s += flow;
                sum_k += flow * only_k;
            }
        }
        let given_k = heat.feed_k[node].filter(|_| heat.grid.feed_bar[node].is_some() || n_inflows == 0);
        // What leaves a node with a feed and does not come in through pipes comes from the feed.
        let fed_kg_s = if given_k.is_some() { (-balance_kg_s).max(0.0) } else { 0.0 };
        self.node_k[node] = match (n_inflows, given_k) {
            (0, Some(given_k)) => given_k,
            (0, None) => heat.start_k[node],
            (1, _) if fed_kg_s <= REST_KG_S => only_k,
            (_, given_k) => {
                let fed_k = given_k.unwrap_or(0.0);
                let mut mixed_k = (sum_k + fed_kg_s * fed_k) / (sum_kg_s + fed_kg_s);
                // Enthalpies by the mean of the capacities, as everywhere.
                for _ in 0..4 {
                    let at_node = capacity(mixed_k);
                    let (mut weight, mut weighted) = (0.0, 0.0);
                    let mut add = |flow: f64, t_k: f64| {
                        let share = flow * 0.5 * (capacity(t_k) + at_node);
                        weight += share;
                        weighted += share * t_k;
                    };
                    for &branch in heat.grid.incident(node) {
                        let branch = branch as usize;
                        let flow = self.newton.flow_kg_s[branch].abs();
                        if self.flow_ends(heat, branch).1 == node && flow > REST_KG_S {
                            add(flow, self.outlet_k[branch]);
                        }
                    }
                    if fed_kg_s > 0.0 {
                        add(fed_kg_s, fed_k);
                    }
                    let better_k = weighted / weight;
                    let step_k = better_k - mixed_k;
                    if !step_k.is_finite() || step_k.abs() < 1e-11 * mixed_k.abs() {
                        break;
                    }
                    mixed_k = better_k;
                }
                mixed_k
            }
        };
        (self.node_k[node] - old_k).abs()
    }

    /// Outlet temperature of a branch from the temperature at its begin.
    fn cool(&mut self, heat: &Heat, branch: usize) {
        let flow = self.newton.flow_kg_s[branch].abs();
        let inlet_k = self.node_k[self.flow_ends(heat, branch).0];
        let capacity = |t_k: f64| heat.capacity_j_kg_k(t_k);
        // No water is colder than absolute zero, whatever heat is taken: such a station is told as one without heat.
        let outlet_of = |outlet_k: f64| if outlet_k > 1.0 { outlet_k.min(GREATEST) } else { 1.0 };
        self.outlet_k[branch] = match heat.thermal[branch] {
            Thermal::Same => inlet_k,
            Thermal::Outlet(outlet_k) => outlet_k,
            Thermal::Cooling(by_k) => outlet_of(inlet_k - by_k),
            Thermal::Pipe { loss_w_k: 0.0, .. } | Thermal::Heat(0.0) => inlet_k,
            Thermal::Pipe { loss_w_k, ground_k } => {
                let at_inlet = capacity(inlet_k);
                let mut outlet_k = self.outlet_k[branch];
                for _ in 0..20 {
                    let mean = 0.5 * (at_inlet + capacity(outlet_k));
                    let better_k = ground_k + (inlet_k - ground_k) * (-loss_w_k / (mean * flow)).exp();
                    let step_k = (better_k - outlet_k).abs();
                    outlet_k = better_k;
                    if step_k < ENOUGH_K {
                        break;
                    }
                }
                outlet_of(outlet_k)
            }
            Thermal::Heat(heat_w) => {
                let at_inlet = capacity(inlet_k);
                let mut outlet_k = inlet_k;
                for _ in 0..20 {
                    let mean = 0.5 * (at_inlet + capacity(outlet_k));
                    let better_k = outlet_of(inlet_k - heat_w / (mean * flow));
                    let step_k = (better_k - outlet_k).abs();
                    outlet_k = better_k;
                    if step_k < ENOUGH_K {
                        break;
                    }
                }
                outlet_k
            }
        };
    }
}
