//! Newton's method on potentials and flows.
//!
//! Long: one iteration, its steps and its safeguards are read together.

#![expect(
    clippy::needless_range_loop,
    clippy::neg_cmp_op_on_partial_ord,
    clippy::match_like_matches_macro,
    reason = "loops over several columns at once; what is no number counts as run away"
)]

use twin::utility::Property;

use super::{
    Element, GRAVITY_M_S2, Grid, Last, NORMAL_PRESSURE_BAR, NORMAL_TEMPERATURE_K, Supply, area_m2, supply::NONE,
};
use crate::sparse::Factor;

/// Pascals in a bar.
const PA_PER_BAR: f64 = 1e5;
/// Least absolute pressure that gas laws are evaluated at, bar.
const LEAST_GAS_BAR: f64 = 1e-3;
/// Pressure loss of a branch without friction at the sum of all draws, bar: keeps its equation solvable, and leaves pipes beside it
/// next to nothing.
const FREE_LOSS_BAR: f64 = 1e-12;
/// Flow that a network counts as carrying at least, kg/s: in one at rest nothing else says what is little.
const LEAST_TOTAL_KG_S: f64 = 1e-3;

/// Largest change of a flow at rest, of all that is drawn.
const RESTS: f64 = 1e-9;
/// Largest change of a flow after which the next one may be foretold.
const NEARLY_RESTS: f64 = 1e-5;

/// Flow against which a machine counts as driven backward, of all that is drawn.
const BACKWARD: f64 = 1e-7;
/// Rounding of a potential and of what it is compared with, of the greatest one.
const GRAIN: f64 = 8.0 * f64::EPSILON;

/// Flows beyond this run away, kg/s.
const FASTEST_KG_S: f64 = 1e12;
/// Potentials beyond this run away.
const HIGHEST: f64 = 1e24;

/// What the branches carry.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Medium<'a> {
    /// A liquid: mean density of every branch.
    Liquid {
        /// kg/m³.
        density_kg_m3: &'a [f64],
    },
    /// A gas.
    Gas {
        /// Compressibility over the absolute pressure.
        compressibility: &'a Property,
        /// Temperature of every node.
        temperature_k: &'a [f64],
        /// Temperature at the end of every branch.
        outlet_k: &'a [f64],
    },
}

/// What is solved: a network, what of it takes part, draws and given flows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) grid: &'a Grid,
    pub(crate) supply: &'a Supply,
    /// Draw of every node, kg/s.
    pub(crate) draw_kg_s: &'a [f64],
    /// Given flow of every branch that has one, kg/s.
    pub(crate) given_kg_s: &'a [f64],
    /// Viscosity in every branch, Pa·s.
    pub(crate) viscosity_pa_s: &'a [f64],
    /// Density at 0 °C, of a gas at standard conditions.
    pub(crate) normal_density_kg_m3: f64,
    pub(crate) medium: Medium<'a>,
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct End {
    pub(crate) iterations: u32,
    /// Bound of the largest error of a branch's equation, bar: of a solve that converged measured before its last step, or the tolerance
    /// where that step was known to bring it below; else measured before the last step. Masses balance to rounding after any step.
    pub(crate) residual_bar: f64,
    pub(crate) converged: bool,
    /// A branch whose equation contradicts others.
    pub(crate) singular: Option<u32>,
}

/// State and room of one solver; reused from solve to solve, which then start where the last ended.
#[derive(Clone, Debug)]
pub(crate) struct Newton {
    /// Gauge pressure, bar (liquids), or square of the absolute pressure, bar² (gases).
    pub(crate) potential: Vec<f64>,
    /// Flow of every branch along its direction, kg/s.
    pub(crate) flow_kg_s: Vec<f64>,
    factor: Factor,
    /// λ of every branch at its last flow.
    last: Vec<Last>,
    conductance: Vec<f64>,
    /// Flow of each branch before the step of the potentials.
    ahead: Vec<f64>,
    rhs: Vec<f64>,
    /// Loss of every branch per value of the friction function; of gases per compressibility.
    friction: Vec<f64>,
    /// Weight of every column and difference of the air, bar; of gases per density, bar·m³/kg.
    weight: Vec<f64>,
    /// Density at the end of every branch by that at the node there (gases).
    cooling: Vec<f64>,
    /// Absolute pressure of every node, bar (gases).
    node_bar: Vec<f64>,
    /// Density at every node, kg/m³ (gases).
    node_kg_m3: Vec<f64>,
    /// Whether the potential of a node is unknown.
    free: Vec<bool>,
    /// Pumps and compressors that let the fluid pass and lift nothing: driven backward, or beyond the end of their curve.
    passive: Vec<bool>,
    border: Border,
}

/// Rows and columns of the special branches.
#[derive(Clone, Debug, Default)]
struct Border {
    /// Taking part.
    branches: Vec<u32>,
    /// Two coefficients each: node, factor.
    row: Vec<[(u32, f64); 2]>,
    /// What the flow of each adds to its own row.
    own: Vec<f64>,
    /// What each row lacks.
    lack: Vec<f64>,
    /// Solutions of the system for a unit flow of each.
    response: Vec<f64>,
    dense: Vec<f64>,
    flow: Vec<f64>,
}

impl Newton {
    /// Room for a network.
    pub(crate) fn new(grid: &Grid) -> Self {
        let (n, m) = (grid.n_nodes(), grid.n_branches());
        Self {
            potential: vec![0.0; n],
            flow_kg_s: vec![0.0; m],
            factor: Factor::new(&grid.symbolic),
            last: vec![Last::default(); m],
            conductance: vec![0.0; m],
            ahead: vec![0.0; m],
            rhs: vec![0.0; n],
            friction: vec![0.0; m],
            weight: vec![0.0; m],
            cooling: vec![1.0; m],
            node_bar: vec![0.0; n],
            node_kg_m3: vec![0.0; n],
            free: vec![false; n],
            passive: vec![false; m],
            border: Border::default(),
        }
    }

    /// Starts from rest: the greatest kept pressure everywhere; where the network is a tree, the flows that the draws ask for, in
    /// what closes its loops a tenth of a metre per second at standard density.
    pub(crate) fn start(&mut self, scene: &Scene<'_>) {
        let greatest = (0..scene.grid.n_nodes()).filter_map(|node| scene.kept(node)).fold(f64::NEG_INFINITY, f64::max);
        self.potential.fill(if greatest.is_finite() { greatest } else { 0.0 });
        for (flow, diameter_m) in self.flow_kg_s.iter_mut().zip(&scene.grid.diameter_m) {
            *flow = 0.1 * area_m2(*diameter_m) * scene.normal_density_kg_m3;
        }
        self.start_tree(scene);
        self.passive.fill(false);
        self.last.fill(Last::default());
    }

    /// Flows along the tree in which the supplied nodes were found: each branch carries what is drawn behind it.
    fn start_tree(&mut self, scene: &Scene<'_>) {
        let (grid, supply) = (scene.grid, scene.supply);
        let need = &mut self.rhs;
        need.copy_from_slice(scene.draw_kg_s);
        for branch in 0..grid.n_branches() {
            if supply.branch[branch] && scene.is_given(branch) {
                need[grid.from[branch] as usize] += scene.given_kg_s[branch];
                need[grid.to[branch] as usize] -= scene.given_kg_s[branch];
            }
        }
        for &node in supply.queue.iter().rev() {
            let branch = supply.found_by[node as usize];
            if branch == NONE || scene.is_given(branch as usize) {
                continue;
            }
            let flow = need[node as usize];
            need[grid.other_end(branch, node) as usize] += flow;
            self.flow_kg_s[branch as usize] = if grid.to[branch as usize] == node { flow } else { -flow };
        }
    }

    /// Solves from the present state until every branch's equation holds to `tolerance_bar` and flows rest.
    pub(crate) fn solve(&mut self, scene: &Scene<'_>, tolerance_bar: f64, max_iterations: u32) -> End {
        let total_kg_s = self.prepare(scene);
        let grain = GRAIN * (0..scene.grid.n_nodes()).filter_map(|node| scene.kept(node)).fold(0.0, f64::max);
        let (mut last_bar, mut worse, mut damping) = (f64::INFINITY, 0_u32, 1.0);
        let mut last_moved = f64::INFINITY;
        let mut end = End { iterations: 0, residual_bar: f64::INFINITY, converged: false, singular: None };
        while end.iterations < max_iterations {
            end.iterations += 1;
            end.residual_bar = self.linearize(scene, total_kg_s);
            if end.residual_bar < 0.9 * last_bar {
                (worse, damping) = (0, f64::min(2.0 * damping, 1.0));
            } else {
                worse += 1;
                if worse >= 4 {
                    (worse, damping) = (0, f64::max(0.5 * damping, 0.1));
                }
            }
            let next_bar = end.residual_bar * (end.residual_bar / last_bar);
            last_bar = end.residual_bar;
            if let Err(branch) = self.step(scene) {
                end.singular = branch;
                return end;
            }
            let moved_kg_s = self.advance(scene, damping, grain);
            if !moved_kg_s.is_finite() || !end.residual_bar.is_finite() {
                end.residual_bar = f64::MAX;
                return end;
            }
            let moved = moved_kg_s / total_kg_s.max(LEAST_TOTAL_KG_S);
            let rests = end.residual_bar <= tolerance_bar && moved <= RESTS;
            // Near the solution every step of Newton's is as the square of the last: what the next one would find is below the bounds.
            let shrinks = moved / last_moved;
            let will_rest = end.iterations > 1
                && damping >= 1.0
                && moved <= NEARLY_RESTS
                && shrinks <= 0.1
                && moved * shrinks * shrinks <= 0.1 * RESTS
                && next_bar <= 0.01 * tolerance_bar;
            // A pump on the tangent beyond its curve may need less than no pressure: then flows rest and pressures do not.
            if (moved <= RESTS || will_rest) && self.settle(scene, BACKWARD * total_kg_s.max(LEAST_TOTAL_KG_S)) {
                // No step before it tells how the next ones shrink.
                (last_bar, last_moved, worse, damping) = (f64::INFINITY, 0.0, 0, 1.0);
                continue;
            }
            if rests || will_rest {
                // Measured before the last step; after it, it is below the bound, which is told then.
                end.residual_bar = end.residual_bar.min(tolerance_bar);
                end.converged = true;
                return end;
            }
            last_moved = moved;
        }
        end
    }

    /// Sets what is given; gives the sum of all flows that are drawn or given, kg/s.
    fn prepare(&mut self, scene: &Scene<'_>) -> f64 {
        let grid = scene.grid;
        let mut total_kg_s = 0.0;
        for node in 0..grid.n_nodes() {
            if let Some(potential) = scene.kept(node) {
                self.potential[node] = potential;
            }
            if scene.supply.node[node] {
                total_kg_s += scene.draw_kg_s[node].abs();
            }
            self.free[node] = scene.supply.node[node] && scene.supply.kept_bar[node].is_none();
        }
        self.prepare_columns(scene);
        self.border.branches.clear();
        for branch in 0..grid.n_branches() {
            if !scene.supply.branch[branch] {
                self.flow_kg_s[branch] = 0.0;
            } else if scene.is_given(branch) {
                self.flow_kg_s[branch] = scene.given_kg_s[branch];
                total_kg_s += scene.given_kg_s[branch].abs();
            }
        }
        let taking_part = grid
            .special
            .iter()
            .copied()
            .filter(|&branch| scene.supply.branch[branch as usize] && !scene.is_given(branch as usize));
        self.border.branches.extend(taking_part);
        total_kg_s
    }

    /// What does not change from step to step.
    fn prepare_columns(&mut self, scene: &Scene<'_>) {
        let grid = scene.grid;
        for branch in 0..grid.n_branches() {
            let (from, to) = (grid.from[branch] as usize, grid.to[branch] as usize);
            let drop_bar = GRAVITY_M_S2 * (grid.height_m[from] - grid.height_m[to]) / PA_PER_BAR;
            let area = area_m2(grid.diameter_m[branch].max(1e-4));
            match scene.medium {
                Medium::Liquid { density_kg_m3 } => {
                    let density = density_kg_m3[branch];
                    self.friction[branch] = 1.0 / (2.0 * density * PA_PER_BAR * area * area);
                    self.weight[branch] = grid.air_bar[from] - grid.air_bar[to] + density * drop_bar;
                }
                Medium::Gas { temperature_k, outlet_k, .. } => {
                    let mean_k = 0.5 * (temperature_k[from] + outlet_k[branch]);
                    self.cooling[branch] = temperature_k[to] / outlet_k[branch];
                    let normal = NORMAL_TEMPERATURE_K / NORMAL_PRESSURE_BAR * scene.normal_density_kg_m3;
                    self.friction[branch] = mean_k / (normal * PA_PER_BAR * area * area);
                    self.weight[branch] = drop_bar;
                }
            }
        }
    }

    /// Pressures and densities of a gas at the present potentials.
    fn update_nodes(&mut self, scene: &Scene<'_>) {
        if let Medium::Gas { compressibility, temperature_k, .. } = scene.medium {
            let normal = NORMAL_TEMPERATURE_K / NORMAL_PRESSURE_BAR * scene.normal_density_kg_m3;
            let line = line_of(compressibility);
            let nodes = self.potential.iter().zip(&mut self.node_bar).zip(&mut self.node_kg_m3).zip(temperature_k);
            for (((&potential, node_bar), node_kg_m3), temperature_k) in nodes {
                let bar = gas_bar(potential);
                *node_bar = bar;
                *node_kg_m3 = normal * bar / (temperature_k * on_line(line, compressibility, bar));
            }
        }
    }

    /// Weight, friction and scale of a branch's column, as [`Scene::column`] gives them.
    fn column(&self, scene: &Scene<'_>, line: Line, branch: usize, from: usize, to: usize) -> Bent {
        match scene.medium {
            Medium::Liquid { .. } => {
                Bent { weight: self.weight[branch], friction: self.friction[branch], scale: 1.0, per_scale: 1.0 }
            }
            Medium::Gas { compressibility, .. } => {
                let (p_from, p_to) = (self.node_bar[from], self.node_bar[to]);
                let sum = p_from + p_to;
                let per_scale = 1.0 / sum;
                let mean = 2.0 / 3.0 * (sum - p_from * p_to * per_scale);
                let density = 0.5 * (self.node_kg_m3[from] + self.node_kg_m3[to] * self.cooling[branch]);
                let friction = (self.friction[branch] * on_line(line, compressibility, mean)).max(f64::MIN_POSITIVE);
                Bent { weight: sum * density * self.weight[branch], friction, scale: sum, per_scale }
            }
        }
    }

    /// Conductance of every branch and the flow that satisfies its equation at the present potentials; the largest error.
    fn linearize(&mut self, scene: &Scene<'_>, total_kg_s: f64) -> f64 {
        let grid = scene.grid;
        let free = FREE_LOSS_BAR / total_kg_s.max(LEAST_TOTAL_KG_S);
        let mut residual_bar: f64 = 0.0;
        self.update_nodes(scene);
        let line = match scene.medium {
            Medium::Gas { compressibility, .. } => line_of(compressibility),
            Medium::Liquid { .. } => None,
        };
        for branch in 0..grid.n_branches() {
            let flow = self.flow_kg_s[branch];
            self.ahead[branch] = flow;
            self.conductance[branch] = 0.0;
            if !scene.supply.branch[branch] || scene.is_given(branch) {
                continue;
            }
            let is_pump = matches!(grid.element[branch], Element::Pump(_));
            if !(matches!(grid.element[branch], Element::Resistance) || is_pump && scene.is_liquid()) {
                continue;
            }
            let (from, to) = (grid.from[branch] as usize, grid.to[branch] as usize);
            let Bent { weight, friction, scale, per_scale } = self.column(scene, line, branch, from, to);
            let shape = &grid.shape[branch];
            let (loss, mut slope) = if shape.is_free() {
                (free * scale * flow, free * scale)
            } else {
                let (loss, slope) =
                    shape.loss(grid.friction, flow, scene.viscosity_pa_s[branch], &mut self.last[branch]);
                (loss * friction, slope * friction)
            };
            let mut lift = weight;
            if let Element::Pump(curve) = &grid.element[branch] {
                let per_kg_s = 3600.0 / scene.normal_density_kg_m3;
                let (bar, bar_per_kg_s) =
                    if self.passive[branch] { (0.0, 0.0) } else { pump_lift(curve, flow, per_kg_s) };
                lift += bar;
                slope += (-bar_per_kg_s).max(1e-6);
            }
            // A quadratic loss has no slope at rest.
            let slope = slope.max(free * scale);
            let lack = self.potential[from] - self.potential[to] + lift - loss;
            residual_bar = residual_bar.max((lack * per_scale).abs());
            let conductance = 1.0 / slope;
            self.conductance[branch] = conductance;
            self.ahead[branch] = flow + lack * conductance;
        }
        residual_bar.max(self.linearize_special(scene))
    }

    /// Rows of the special branches; the largest error, bar.
    fn linearize_special(&mut self, scene: &Scene<'_>) -> f64 {
        let grid = scene.grid;
        if self.border.branches.is_empty() {
            return 0.0;
        }
        // A flow across each special branch ties what lies behind it into the system; its row takes it out again.
        let (sum, count) = self.conductance.iter().fold((0.0, 0.0), |(sum, count): (f64, f64), &value| {
            if value > 0.0 { (sum + value.ln(), count + 1.0) } else { (sum, count) }
        });
        let tie = if count > 0.0 { (sum / count).exp() } else { 1.0 };
        let mut residual_bar: f64 = 0.0;
        let Border { branches, row, own, lack, .. } = &mut self.border;
        row.clear();
        own.clear();
        lack.clear();
        for &branch in &*branches {
            let (from, to) = (grid.from[branch as usize], grid.to[branch as usize]);
            let (u_from, u_to) = (self.potential[from as usize], self.potential[to as usize]);
            let column = scene.column(branch as usize, u_from, u_to);
            let flow = self.flow_kg_s[branch as usize];
            let mut by_flow = 0.0;
            let (coefficients, short) = match &grid.element[branch as usize] {
                &Element::PressureControl { node, pressure_bar } => {
                    let lack = scene.potential_of(node as usize, pressure_bar) - self.potential[node as usize];
                    ([(node, 1.0), (node, 0.0)], lack)
                }
                &Element::Circulation { supply_bar: Some(bar), .. } if !scene.supply.anchor[branch as usize] => {
                    let lack = scene.potential_of(to as usize, bar) - u_to;
                    ([(to, 1.0), (to, 0.0)], lack)
                }
                Element::Circulation { lift_bar, .. } => {
                    let lift = lift_bar.unwrap_or(0.0) * column.scale;
                    ([(from, 1.0), (to, -1.0)], u_to - u_from - lift - column.weight)
                }
                Element::Compressor(ratio) => {
                    let ratio = if self.passive[branch as usize] { 1.0 } else { *ratio };
                    scene.compressed(branch as usize, u_from, u_to, ratio)
                }
                Element::Pump(curve) => {
                    let curve = if self.passive[branch as usize] { &[] } else { curve.as_slice() };
                    let (row, flow_factor, lack) = scene.blown(curve, branch as usize, flow, u_from, u_to);
                    by_flow = flow_factor;
                    // The flow across the tie counts too.
                    ([(from, row + flow_factor * tie), (to, -1.0 - flow_factor * tie)], lack)
                }
                _ => ([(from, 1.0), (to, -1.0)], u_to - u_from),
            };
            residual_bar = residual_bar.max((short / column.scale).abs());
            row.push(coefficients);
            own.push(by_flow);
            lack.push(short);
            self.conductance[branch as usize] = tie;
        }
        residual_bar
    }

    /// The step of the potentials into `rhs`; the step of the special flows into the border.
    ///
    /// # Errors
    /// A special branch whose row says nothing new.
    fn step(&mut self, scene: &Scene<'_>) -> Result<(), Option<u32>> {
        let grid = scene.grid;
        let free = &self.free;
        let values = self.factor.values_mut();
        values.fill(0.0);
        for node in 0..grid.n_nodes() {
            self.rhs[node] = if free[node] { -scene.draw_kg_s[node] } else { 0.0 };
        }
        for branch in 0..grid.n_branches() {
            if !scene.supply.branch[branch] {
                continue;
            }
            let (from, to) = (grid.from[branch] as usize, grid.to[branch] as usize);
            let g = self.conductance[branch];
            self.rhs[from] -= self.ahead[branch];
            self.rhs[to] += self.ahead[branch];
            values[grid.symbolic.diagonal(from)] += g;
            values[grid.symbolic.diagonal(to)] += g;
            if free[from] && free[to] {
                values[grid.symbolic.off_diagonal(branch)] -= g;
            }
        }
        for node in 0..grid.n_nodes() {
            let slot = grid.symbolic.diagonal(node);
            if !free[node] {
                values[slot] = 1.0;
                self.rhs[node] = 0.0;
            } else if values[slot] == 0.0 {
                // Only given flows meet here.
                values[slot] = 1.0;
            }
        }
        self.factor.factorize_and_solve(&grid.symbolic, &mut self.rhs).map_err(|_| None)?;
        self.step_border(scene)
    }

    fn step_border(&mut self, scene: &Scene<'_>) -> Result<(), Option<u32>> {
        let grid = scene.grid;
        let n = grid.n_nodes();
        let Border { branches, row, own, lack, response, dense, flow } = &mut self.border;
        let k = branches.len();
        if k == 0 {
            return Ok(());
        }
        response.clear();
        response.resize(n * k, 0.0);
        for (column, &branch) in response.chunks_exact_mut(n).zip(&*branches) {
            let (from, to) = (grid.from[branch as usize] as usize, grid.to[branch as usize] as usize);
            column[from] -= if self.free[from] { 1.0 } else { 0.0 };
            column[to] += if self.free[to] { 1.0 } else { 0.0 };
            self.factor.solve(&grid.symbolic, column);
        }
        dense.clear();
        dense.resize(k * (k + 1), 0.0);
        for (r, coefficients) in row.iter().enumerate() {
            let along = |step: &[f64]| coefficients.iter().map(|&(node, factor)| factor * step[node as usize]).sum();
            for (c, column) in response.chunks_exact(n).enumerate() {
                dense[r * (k + 1) + c] = along(column);
            }
            dense[r * (k + 1) + r] += own[r];
            let known: f64 = along(&self.rhs);
            dense[r * (k + 1) + k] = lack[r] - known;
        }
        flow.clear();
        flow.resize(k, 0.0);
        solve_dense(dense, k, flow).map_err(|place| Some(branches[place]))?;
        for (column, &value) in response.chunks_exact(n).zip(&*flow) {
            for (step, part) in self.rhs.iter_mut().zip(column) {
                *step += value * part;
            }
        }
        Ok(())
    }

    /// Machines whose lift contradicts their flow change over, now that everything else rests; whether any did.
    fn settle(&mut self, scene: &Scene<'_>, backward_kg_s: f64) -> bool {
        let mut any = false;
        for &branch in &scene.grid.machines {
            let branch = branch as usize;
            if !scene.supply.branch[branch] {
                continue;
            }
            let flow = self.flow_kg_s[branch];
            let lifts = match &scene.grid.element[branch] {
                Element::Pump(curve) => {
                    let (from, to) = (scene.grid.from[branch] as usize, scene.grid.to[branch] as usize);
                    let column = scene.column(branch, self.potential[from], self.potential[to]);
                    polynomial(curve, flow.max(0.0) * column.m3_h_per_kg_s).0 > 0.0
                }
                _ => true,
            };
            let passive = flow < -backward_kg_s || !lifts;
            any |= self.passive[branch] != passive;
            self.passive[branch] = passive;
        }
        any
    }

    /// Takes the step; gives the largest change of a flow beyond what the rounding of the potentials makes of it.
    fn advance(&mut self, scene: &Scene<'_>, damping: f64, grain: f64) -> f64 {
        let grid = scene.grid;
        let mut moved_kg_s: f64 = 0.0;
        for branch in 0..grid.n_branches() {
            let g = self.conductance[branch];
            if g == 0.0 {
                continue;
            }
            let (from, to) = (grid.from[branch] as usize, grid.to[branch] as usize);
            let change = self.ahead[branch] + g * (self.rhs[from] - self.rhs[to]) - self.flow_kg_s[branch];
            self.ahead[branch] = change;
        }
        for (&branch, &flow) in self.border.branches.iter().zip(&self.border.flow) {
            self.ahead[branch as usize] += flow;
        }
        // What runs away is left where it was: the state stays one of numbers.
        let runs_away = |flow: f64| !(flow.abs() <= FASTEST_KG_S);
        let flows = self.flow_kg_s.iter().zip(&self.ahead).zip(&self.conductance);
        let lost_flow = flows.into_iter().any(|((flow, change), g)| *g != 0.0 && runs_away(flow + change));
        if lost_flow || self.potential.iter().zip(&self.rhs).any(|(now, step)| !((now + step).abs() <= HIGHEST)) {
            return f64::NAN;
        }
        for branch in 0..grid.n_branches() {
            if self.conductance[branch] != 0.0 {
                let change = damping * self.ahead[branch];
                self.flow_kg_s[branch] += change;
                moved_kg_s = moved_kg_s.max(change.abs() - grain * self.conductance[branch]);
            }
        }
        for (potential, step) in self.potential.iter_mut().zip(&self.rhs) {
            *potential += damping * step;
        }
        moved_kg_s
    }
}

/// What bends a branch's equation, at the last potentials.
struct Bent {
    /// Weight of the column and difference of the air, in units of the potential.
    weight: f64,
    /// Loss per value of the friction function.
    friction: f64,
    /// Units of the potential per bar, and bar per unit.
    scale: f64,
    per_scale: f64,
}

/// What a branch's column of fluid does to its equation.
struct Column {
    /// Weight of the column and difference of the air, in units of the potential.
    weight: f64,
    /// Units of the potential per bar.
    scale: f64,
    /// Actual volume flow at the begin per mass flow.
    m3_h_per_kg_s: f64,
}

impl Scene<'_> {
    const fn is_liquid(&self) -> bool {
        matches!(self.medium, Medium::Liquid { .. })
    }

    /// Whether the flow of a branch is given.
    fn is_given(&self, branch: usize) -> bool {
        match self.grid.element[branch] {
            Element::GivenFlow => true,
            Element::Circulation { lift_bar: None, .. } => true,
            _ => false,
        }
    }

    /// The potential that is kept at a node.
    fn kept(&self, node: usize) -> Option<f64> {
        self.supply.kept_bar[node].map(|bar| self.potential_of(node, bar))
    }

    /// The potential of a gauge pressure at a node.
    pub(crate) fn potential_of(&self, node: usize, pressure_bar: f64) -> f64 {
        match self.medium {
            Medium::Liquid { .. } => pressure_bar,
            Medium::Gas { .. } => {
                let absolute = pressure_bar + self.grid.air_bar[node];
                absolute * absolute.abs()
            }
        }
    }

    /// The gauge pressure of a potential at a node; nothing where a gas would need less than none.
    pub(crate) fn pressure_bar(&self, node: usize, potential: f64) -> Option<f64> {
        match self.medium {
            Medium::Liquid { .. } => Some(potential),
            Medium::Gas { .. } => (potential > 0.0).then(|| potential.sqrt() - self.grid.air_bar[node]),
        }
    }

    fn column(&self, branch: usize, u_from: f64, u_to: f64) -> Column {
        let grid = self.grid;
        let (from, to) = (grid.from[branch] as usize, grid.to[branch] as usize);
        let drop_m = grid.height_m[from] - grid.height_m[to];
        match self.medium {
            Medium::Liquid { density_kg_m3 } => {
                let density = density_kg_m3[branch];
                let air = grid.air_bar[from] - grid.air_bar[to];
                Column {
                    weight: air + density * GRAVITY_M_S2 * drop_m / PA_PER_BAR,
                    scale: 1.0,
                    m3_h_per_kg_s: 3600.0 / self.normal_density_kg_m3,
                }
            }
            Medium::Gas { compressibility, temperature_k, outlet_k } => {
                let (p_from, p_to) = (gas_bar(u_from), gas_bar(u_to));
                let sum = p_from + p_to;
                let (t_from, t_to) = (temperature_k[from], outlet_k[branch]);
                let (z_from, z_to) = (compressibility.at(p_from), compressibility.at(p_to));
                let normal = NORMAL_TEMPERATURE_K / NORMAL_PRESSURE_BAR;
                let density =
                    0.5 * self.normal_density_kg_m3 * normal * (p_from / (t_from * z_from) + p_to / (t_to * z_to));
                Column {
                    weight: sum * density * GRAVITY_M_S2 * drop_m / PA_PER_BAR,
                    scale: sum,
                    m3_h_per_kg_s: 3600.0 / self.normal_density_kg_m3 * t_from * z_from / (normal * p_from),
                }
            }
        }
    }

    /// Row of a pump in a gas network, the factor of its flow, and what it lacks: outlet = inlet + lift. Where the lift is too much, the
    /// squares of both are compared, else the pressures: so neither step runs far beyond the solution.
    fn blown(&self, curve: &[f64], branch: usize, flow_kg_s: f64, u_from: f64, u_to: f64) -> (f64, f64, f64) {
        let column = self.column(branch, u_from, u_to);
        let (p_from, p_to) = (gas_bar(u_from), gas_bar(u_to));
        let (lift, by_flow) = pump_lift(curve, flow_kg_s, column.m3_h_per_kg_s);
        let outlet = p_from + lift + column.weight / (p_from + p_to);
        // The volume flow falls with the inlet pressure.
        let by_pressure = 1.0 - by_flow * flow_kg_s.max(0.0) / p_from;
        let scale = outlet.max(p_to);
        (scale / p_from * by_pressure, 2.0 * scale * by_flow, (p_to - outlet) * (p_to + scale))
    }

    /// Row of a compressor and what it lacks.
    fn compressed(&self, branch: usize, u_from: f64, u_to: f64, ratio: f64) -> ([(u32, f64); 2], f64) {
        let grid = self.grid;
        let (from, to) = (grid.from[branch], grid.to[branch]);
        let weight = self.column(branch, u_from, u_to).weight;
        match self.medium {
            Medium::Liquid { .. } => {
                let air = grid.air_bar[from as usize] * (ratio - 1.0);
                ([(from, ratio), (to, -1.0)], u_to - ratio * u_from - air - weight)
            }
            Medium::Gas { .. } => {
                let (p_from, p_to) = (gas_bar(u_from), gas_bar(u_to));
                let outlet = ratio * p_from + weight / (p_from + p_to);
                ([(from, ratio * outlet / p_from), (to, -1.0)], u_to - outlet * outlet)
            }
        }
    }
}

/// Offset and slope of a property that is a straight line, or even.
type Line = Option<(f64, f64)>;

fn line_of(property: &Property) -> Line {
    match property {
        Property::Constant { value } => Some((*value, 0.0)),
        Property::Linear { slope, offset } => Some((*offset, *slope)),
        _ => None,
    }
}

#[inline]
fn on_line(line: Line, property: &Property, place: f64) -> f64 {
    match line {
        Some((offset, slope)) => offset + slope * place,
        None => property.at(place),
    }
}

fn gas_bar(potential: f64) -> f64 {
    potential.max(LEAST_GAS_BAR * LEAST_GAS_BAR).sqrt()
}

/// A polynomial, highest power first, and its derivative.
fn polynomial(coefficients: &[f64], place: f64) -> (f64, f64) {
    coefficients.iter().fold((0.0, 0.0), |(value, slope), c| (value * place + c, slope * place + value))
}

/// Lift of a pump and its change with the flow.
///
/// Backward and beyond the end of its curve a pump lifts nothing. There its curve goes on along its tangent, below zero: with a kink,
/// steps would jump to and fro across it. [`Newton::settle`] makes the pump passive where the flow really ends there.
pub(crate) fn pump_lift(curve: &[f64], flow_kg_s: f64, m3_h_per_kg_s: f64) -> (f64, f64) {
    let flow_m3_h = flow_kg_s * m3_h_per_kg_s;
    let (at_rest, slope_at_rest) = polynomial(curve, 0.0);
    let (lift, slope) = polynomial(curve, flow_m3_h.max(0.0));
    if at_rest <= 0.0 {
        return if flow_kg_s < 0.0 || lift <= 0.0 { (0.0, 0.0) } else { (lift, slope * m3_h_per_kg_s) };
    }
    if flow_m3_h < 0.0 {
        let slope = slope_at_rest.min(0.0);
        return (at_rest + slope * flow_m3_h, slope * m3_h_per_kg_s);
    }
    if lift > 0.0 {
        return (lift, slope * m3_h_per_kg_s);
    }
    let (mut low, mut high) = (0.0, flow_m3_h);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if polynomial(curve, middle).0 > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    let slope = polynomial(curve, low).1.min(0.0);
    (slope * (flow_m3_h - low), slope * m3_h_per_kg_s)
}

/// Gauss elimination with pivoting; rows of k coefficients and the right side.
fn solve_dense(matrix: &mut [f64], k: usize, out: &mut [f64]) -> Result<(), usize> {
    let width = k + 1;
    let mut order: Vec<usize> = (0..k).collect();
    let size = matrix.iter().fold(0.0_f64, |size, value| size.max(value.abs()));
    for column in 0..k {
        let best = (column..k)
            .max_by(|&a, &b| {
                let at = |row: usize| matrix[order[row] * width + column].abs();
                at(a).total_cmp(&at(b)).then(b.cmp(&a))
            })
            .unwrap_or(column);
        order.swap(column, best);
        let pivot_row = order[column];
        let pivot = matrix[pivot_row * width + column];
        // Written so that a value that is no number fails too.
        if !(pivot.abs() > 1e-13 * size) {
            return Err(column);
        }
        for &row in &order[column + 1..] {
            let factor = matrix[row * width + column] / pivot;
            for place in column..width {
                matrix[row * width + place] -= factor * matrix[pivot_row * width + place];
            }
        }
    }
    for column in (0..k).rev() {
        let row = order[column] * width;
        let known: f64 = (column + 1..k).map(|c| matrix[row + c] * out[c]).sum();
        out[column] = (matrix[row + k] - known) / matrix[row + column];
    }
    Ok(())
}
