//! Rounds of flows and temperatures.

use twin::{Id, utility::HeatLink};

use super::{Heat, HeatOptions, Room, Thermal, follow::Response, mix::Mixing, thermal::Pass};
use crate::hydraulics::{End, Medium, Newton, Scene, Supply};

/// Least cooling that the flow of a station is computed with, K: colder water is not drawn without end.
pub(super) const LEAST_COOLING_K: f64 = 0.5;
/// Newton steps of the flows in one round.
const STEPS_PER_ROUND: u32 = 60;
/// Rounds without coming nearer after which density and viscosity go half the share of the way to their new values.
const IDLE_ROUNDS: u32 = 6;
/// Least share of that way.
const LEAST_SHARE: f64 = 0.1;
/// Rounds of one Newton step each after the first.
const PATIENT_ROUNDS: u32 = 60;

impl Room {
    pub(super) fn new(heat: &Heat) -> Self {
        let (n, m) = (heat.grid.n_nodes(), heat.grid.n_branches());
        Self {
            newton: Newton::new(&heat.grid),
            supply: Supply::default(),
            open: heat.open.clone(),
            given_kg_s: vec![0.0; m],
            density_kg_m3: vec![0.0; m],
            viscosity_pa_s: vec![0.0; m],
            node_k: vec![0.0; n],
            outlet_k: vec![0.0; m],
            moves: vec![false; n],
            pass: Pass::default(),
            mixing: Mixing::default(),
            point: Vec::new(),
            step: Vec::new(),
            response: Response::new(heat),
        }
    }

    /// From rest and the temperatures of the first guess.
    pub(super) fn solve_cold(&mut self, heat: &Heat, shut: &[Id<HeatLink>], options: &HeatOptions) -> End {
        self.shut(heat, shut);
        self.node_k.clone_from(&heat.start_k);
        for branch in 0..heat.grid.n_branches() {
            self.outlet_k[branch] = match heat.thermal[branch] {
                Thermal::Outlet(outlet_k) => outlet_k,
                _ => heat.start_k[heat.grid.to[branch] as usize],
            };
        }
        // Hot water arrives everywhere: the least flows.
        let hottest_k = heat.hottest_k();
        for station in &heat.stations {
            self.given_kg_s[station.branch as usize] = heat.wanted_kg_s(station, hottest_k).0;
        }
        self.newton.flow_kg_s.fill(0.0);
        self.set_properties(heat, 1.0);
        let scene = scene(heat, &self.supply, &self.given_kg_s, &self.density_kg_m3, &self.viscosity_pa_s);
        self.newton.start(&scene);
        self.rounds(heat, options)
    }

    /// From the present state.
    pub(super) fn solve_warm(&mut self, heat: &Heat, shut: &[Id<HeatLink>], options: &HeatOptions) -> End {
        self.shut(heat, shut);
        self.rounds(heat, options)
    }

    fn shut(&mut self, heat: &Heat, shut: &[Id<HeatLink>]) {
        self.open.clone_from(&heat.open);
        for link in shut {
            if let Some(&(first, count)) = heat.branches.get(link.index()) {
                self.open[first as usize..(first + count) as usize].fill(false);
            }
        }
        self.supply.find(&heat.grid, &self.open, &heat.in_service);
    }

    fn rounds(&mut self, heat: &Heat, options: &HeatOptions) -> End {
        let mut all = End { iterations: 0, residual_bar: f64::MAX, converged: false, singular: None };
        self.mixing.reset();
        let mut least_moved = f64::INFINITY;
        let mut worse = 0;
        let (mut share, mut least_change_k, mut idle) = (1.0, f64::INFINITY, 0_u32);
        for round in 0..options.max_rounds {
            let scene = scene(heat, &self.supply, &self.given_kg_s, &self.density_kg_m3, &self.viscosity_pa_s);
            // Flows follow their draws in one step; pressures may lag behind until the temperatures rest.
            let steps = if round == 0 || round > PATIENT_ROUNDS { STEPS_PER_ROUND } else { 1 };
            let end = self.newton.solve(&scene, options.tolerance_bar, steps);
            all.iterations += end.iterations;
            all.residual_bar = end.residual_bar;
            all.singular = end.singular;
            if end.singular.is_some() || end.residual_bar == f64::MAX || (steps > 1 && !end.converged) {
                return all;
            }
            let change_k = self.pass(heat);
            // Warm water that rises turns flows around, and with them what is warm: such rings need small steps.
            if change_k < 0.95 * least_change_k {
                (least_change_k, idle) = (change_k, 0);
            } else {
                idle += 1;
                if idle >= IDLE_ROUNDS && share > LEAST_SHARE {
                    (share, least_change_k, idle) = (0.5 * share, change_k, 0);
                }
            }
            self.set_properties(heat, share);
            // Newton's steps; where they come no nearer, remembered rounds help for a while.
            worse = if least_moved.is_finite() && round > 3 { worse } else { 0 };
            let moved = self.follow(heat, worse >= 3);
            if round > 0 && end.converged && change_k <= options.tolerance_k && moved <= 1e-8 {
                all.converged = true;
                return all;
            }
            if moved < 0.9 * least_moved {
                (least_moved, worse) = (moved, 0);
            } else {
                worse += 1;
                if worse == 3 {
                    self.mixing.reset();
                }
                if worse > 8 {
                    worse = 0;
                }
            }
        }
        all
    }

    /// Density and viscosity of every branch go a share of the way to those at its temperatures.
    pub(super) fn set_properties(&mut self, heat: &Heat, share: f64) {
        let density = &heat.curves.density;
        let viscosity = &heat.curves.viscosity;
        for branch in 0..heat.grid.n_branches() {
            let inlet_k = self.node_k[self.flow_ends(heat, branch).0];
            let outlet_k = self.outlet_k[branch];
            let mean_kg_m3 = if density.is_constant() {
                density.at(0.0)
            } else {
                0.5 * (density.at(inlet_k) + density.at(outlet_k))
            };
            let viscosity_pa_s = viscosity.at(0.5 * (inlet_k + outlet_k)).clamp(1e-7, 1e3);
            let go = |from: &mut f64, to: f64| *from = if share < 1.0 { *from + share * (to - *from) } else { to };
            go(&mut self.density_kg_m3[branch], mean_kg_m3.clamp(1.0, 1e5));
            go(&mut self.viscosity_pa_s[branch], viscosity_pa_s);
        }
    }
}

fn scene<'a>(
    heat: &'a Heat,
    supply: &'a Supply,
    given_kg_s: &'a [f64],
    density_kg_m3: &'a [f64],
    viscosity_pa_s: &'a [f64],
) -> Scene<'a> {
    Scene {
        grid: &heat.grid,
        supply,
        draw_kg_s: &heat.draw_kg_s,
        given_kg_s,
        viscosity_pa_s,
        normal_density_kg_m3: heat.fluid.normal_density_kg_m3().clamp(1.0, 1e5),
        medium: Medium::Liquid { density_kg_m3 },
    }
}

impl Heat {
    /// Heat capacity at a temperature; tables that are read far beyond their ends stay above nothing.
    pub(super) fn capacity_j_kg_k(&self, t_k: f64) -> f64 {
        self.curves.heat_capacity.at(t_k).clamp(1.0, 1e9)
    }

    /// The hottest water that any plant or feed gives.
    pub(super) fn hottest_k(&self) -> f64 {
        let plants = self.plants.iter().filter_map(|plant| match self.thermal[plant.branch as usize] {
            Thermal::Outlet(outlet_k) => Some(outlet_k),
            _ => None,
        });
        let feeds = self.feed_k.iter().flatten().copied();
        let hottest = plants.chain(feeds).fold(f64::NEG_INFINITY, f64::max);
        if hottest.is_finite() { hottest } else { self.start_k.iter().copied().fold(self.ambient_k, f64::max) }
    }

    /// Flow with which a station that keeps a return temperature gets its heat, if all water on its way from the plant flowed
    /// faster or slower like its own: T_in(m) = T_a + (T_s − T_a)·exp(−X/m) with X from the present state. The equation
    /// m·c·(T_in(m) − T_return) = Q has one solution, which Newton's method finds.
    pub(super) fn aimed_kg_s(
        &self,
        station: &super::Station,
        flow_kg_s: f64,
        inlet_k: f64,
        hottest_k: f64,
    ) -> Option<f64> {
        let Thermal::Outlet(return_k) = self.thermal[station.branch as usize] else { return None };
        let heat_w = station.heat_w?;
        let (at_plant, at_inlet) = (hottest_k - self.ambient_k, inlet_k - self.ambient_k);
        let wanted = return_k - self.ambient_k;
        if !(heat_w > 0.0 && flow_kg_s > 0.0 && at_plant > wanted.max(0.0) + LEAST_COOLING_K && at_inlet > 0.0) {
            return None;
        }
        let way = flow_kg_s * (at_plant / at_inlet).max(1.0).ln();
        let capacity = 0.5 * (self.capacity_j_kg_k(inlet_k.max(return_k)) + self.capacity_j_kg_k(return_k));
        let need = heat_w / capacity.max(1.0);
        // From the right of the solution, where the function is steepest nowhere.
        let mut flow = flow_kg_s.max(need / (at_plant - wanted));
        for _ in 0..60 {
            let left = at_plant * (-way / flow).exp();
            let value = flow * (left - wanted) - need;
            let slope = (left - wanted) + left * way / flow;
            if slope <= 0.0 {
                flow *= 2.0;
                continue;
            }
            let better = (flow - value / slope).clamp(0.25 * flow, 4.0 * flow);
            if (better - flow).abs() <= 1e-12 * flow {
                break;
            }
            flow = better;
        }
        flow.is_finite().then_some(flow)
    }

    /// Flow of a station at an inlet temperature; its cooling where the flow follows the return temperature.
    pub(super) fn wanted_kg_s(&self, station: &super::Station, inlet_k: f64) -> (f64, Option<f64>) {
        if let Some(flow) = station.flow_kg_s {
            return (flow, None);
        }
        let heat_w = station.heat_w.unwrap_or(0.0);
        if heat_w == 0.0 {
            return (0.0, None);
        }
        let capacity = |outlet_k: f64| 0.5 * (self.capacity_j_kg_k(inlet_k) + self.capacity_j_kg_k(outlet_k)).max(2.0);
        match self.thermal[station.branch as usize] {
            Thermal::Cooling(by_k) => (heat_w / (capacity(inlet_k - by_k) * by_k), None),
            Thermal::Outlet(outlet_k) => {
                let cooling_k = (inlet_k - outlet_k).max(LEAST_COOLING_K);
                (heat_w / (capacity(outlet_k) * cooling_k), Some(cooling_k))
            }
            _ => (0.0, None),
        }
    }
}
