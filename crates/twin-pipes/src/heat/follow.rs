//! Flows of house stations after their inlet temperatures.
//!
//! Along a pipe the water's distance θ to the ground temperature falls by exp(−k/m), k = u·L/c. When the flow of the pipe rises by
//! δm, ln θ at its end rises by k/m²·δm more than at its begin. With y = δ ln θ at the nodes, k/m² is the resistance of a pipe, δm
//! its current, and y the potential. A station that must get its heat, m·(θ − ρ) = Q/c with its return temperature at ρ, draws
//! δm = (Q/c − m·(θ − ρ) − m·θ·y)/(θ − ρ). The plants keep y = 0. One symmetric positive definite system gives all steps.

use super::{Heat, Room, Station, Thermal, solve::LEAST_COOLING_K, thermal::REST_KG_S};
use crate::sparse::Factor;

/// Least part of θ that a pipe counts as taking, so that its resistance is not nothing.
const LEAST_LOSS: f64 = 1e-6;
/// Water that is nearer to the ambient temperature than this carries nothing, K.
const LEAST_WARMTH_K: f64 = 0.1;

/// The network of resistors.
#[derive(Clone, Debug)]
pub(super) struct Response {
    factor: Factor,
    /// Right side, then y, by node.
    rise: Vec<f64>,
    is_kept: Vec<bool>,
    /// Stations whose flow follows, in their order.
    follows: Vec<Follows>,
}

/// How the flow of a station follows y at its inlet: `step + by_rise`·y.
#[derive(Clone, Copy, Debug)]
struct Follows {
    inlet: u32,
    step: f64,
    by_rise: f64,
}

impl Response {
    pub(super) fn new(heat: &Heat) -> Self {
        let n = heat.grid.n_nodes();
        let factor = Factor::new(&heat.grid.symbolic);
        Self { factor, rise: vec![0.0; n], is_kept: vec![false; n], follows: Vec::new() }
    }
}

impl Room {
    /// Flows of the stations after their inlet temperatures; the largest relative change.
    pub(super) fn follow(&mut self, heat: &Heat, accelerate: bool) -> f64 {
        let (mut point, mut step) = (std::mem::take(&mut self.point), std::mem::take(&mut self.step));
        point.clear();
        step.clear();
        self.steps(heat, &mut point, &mut step);
        let relative = |(point, step): (&f64, &f64)| step.abs() / (point + step).abs().max(1e-6);
        let moved = point.iter().zip(&step).map(relative).fold(0.0, f64::max);
        if accelerate {
            let next = self.mixing.next(&point, &step);
            // No flow turns around, and none more than doubles or halves beyond its plain step.
            for ((point, step), next) in point.iter_mut().zip(&step).zip(next) {
                let plain = *point + step;
                let (low, high) = (0.5 * plain.min(*point), 2.0 * plain.max(*point));
                *point = if low < high { next.clamp(low, high) } else { plain };
            }
        } else {
            point.iter_mut().zip(&step).for_each(|(point, step)| *point += step);
        }
        let mut next = point.iter();
        for station in &heat.stations {
            if self.is_followed(station) {
                self.given_kg_s[station.branch as usize] = next.next().copied().unwrap_or(0.0);
            }
        }
        (self.point, self.step) = (point, step);
        moved
    }

    fn is_followed(&self, station: &Station) -> bool {
        self.supply.branch[station.branch as usize] && station.flow_kg_s.is_none()
    }

    /// Present flows of the stations that follow, and their steps.
    fn steps(&mut self, heat: &Heat, point: &mut Vec<f64>, step: &mut Vec<f64>) {
        let hottest_k = heat.hottest_k();
        let mut response = std::mem::take(&mut self.response.follows);
        response.clear();
        let mut is_coupled = false;
        for station in heat.stations.iter().filter(|station| self.is_followed(station)) {
            let branch = station.branch as usize;
            let old = self.given_kg_s[branch];
            let inlet = self.flow_ends(heat, branch).0;
            let inlet_k = self.node_k[inlet];
            point.push(old);
            let warmth_k = inlet_k - heat.ambient_k;
            let mut follows = Follows { inlet: inlet as u32, step: 0.0, by_rise: 0.0 };
            match (heat.thermal[branch], station.heat_w) {
                (Thermal::Outlet(outlet_k), Some(heat_w))
                    if heat_w > 0.0
                        && old > REST_KG_S
                        && inlet_k - outlet_k > LEAST_COOLING_K
                        && warmth_k > LEAST_WARMTH_K =>
                {
                    let cooling_k = inlet_k - outlet_k;
                    let capacity = 0.5 * (heat.capacity_j_kg_k(inlet_k) + heat.capacity_j_kg_k(outlet_k)).max(2.0);
                    follows.step = heat_w / (capacity * cooling_k) - old;
                    follows.by_rise = -old * warmth_k / cooling_k;
                    is_coupled = true;
                }
                _ => {
                    let (wanted, cooling_k) = heat.wanted_kg_s(station, inlet_k);
                    let aim =
                        cooling_k.and_then(|_| heat.aimed_kg_s(station, old, inlet_k, hottest_k)).unwrap_or(wanted);
                    follows.step = aim - old;
                }
            }
            response.push(follows);
        }
        if is_coupled && self.rises(heat, &response, hottest_k) {
            for (follows, old) in response.iter_mut().zip(&*point) {
                if follows.by_rise < 0.0 {
                    let step = follows.step + follows.by_rise * self.response.rise[follows.inlet as usize];
                    follows.step = step.clamp(-0.6 * old, 2.0 * old);
                }
            }
        }
        step.extend(response.iter().map(|follows| follows.step));
        self.response.follows = response;
    }

    /// Solves for y at all nodes; whether it could.
    fn rises(&mut self, heat: &Heat, stations: &[Follows], hottest_k: f64) -> bool {
        let grid = &heat.grid;
        let Response { factor, rise, is_kept, .. } = &mut self.response;
        rise.fill(0.0);
        is_kept.fill(false);
        for plant in &heat.plants {
            is_kept[grid.from[plant.branch as usize] as usize] = true;
            is_kept[grid.to[plant.branch as usize] as usize] = true;
        }
        for (kept, feed_bar) in is_kept.iter_mut().zip(&grid.feed_bar) {
            *kept |= feed_bar.is_some();
        }
        let per_capacity = 1.0 / heat.capacity_j_kg_k(hottest_k);
        let values = factor.values_mut();
        values.fill(0.0);
        for branch in 0..grid.n_branches() {
            let flow = self.newton.flow_kg_s[branch].abs();
            let loss_w_k = match heat.thermal[branch] {
                Thermal::Pipe { loss_w_k, .. } => loss_w_k,
                Thermal::Same => 0.0,
                Thermal::Heat(_) | Thermal::Cooling(_) | Thermal::Outlet(_) => continue,
            };
            if flow <= REST_KG_S || !self.supply.branch[branch] {
                continue;
            }
            let conductance = flow * flow / (loss_w_k * per_capacity).max(LEAST_LOSS * flow);
            let (from, to) = (grid.from[branch] as usize, grid.to[branch] as usize);
            values[grid.symbolic.diagonal(from)] += conductance;
            values[grid.symbolic.diagonal(to)] += conductance;
            if !is_kept[from] && !is_kept[to] {
                values[grid.symbolic.off_diagonal(branch)] -= conductance;
            }
        }
        for follows in stations {
            let inlet = follows.inlet as usize;
            values[grid.symbolic.diagonal(inlet)] -= follows.by_rise;
            rise[inlet] += follows.step;
        }
        for (node, kept) in is_kept.iter().enumerate() {
            let value = &mut values[grid.symbolic.diagonal(node)];
            if *kept {
                *value = 1.0;
                rise[node] = 0.0;
            } else {
                // Parts that no plant feeds, and the return, have no level of their own.
                *value = if *value > 0.0 { *value * (1.0 + 1e-9) } else { 1.0 };
            }
        }
        if factor.factorize(&grid.symbolic).is_err() {
            return false;
        }
        factor.solve(&grid.symbolic, rise);
        rise.iter().all(|rise| rise.is_finite())
    }
}
