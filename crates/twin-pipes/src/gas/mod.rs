//! A law: steady flow of gas in low, medium and high pressure networks.
//!
//! # Model
//!
//! Isothermal flow of a real gas. A pipe from 1 to 2 loses, with p absolute, m the mass flow, A the cross section, K the
//! compressibility ratio at the mean pressure pₘ and index n for standard conditions (0 °C, 1.01325 bar)
//!
//! p₁² − p₂² = (λ·L/d + ζ)·m·|m|/A² · pₙ·T·K(pₘ)/(ρₙ·Tₙ) − (p₁ + p₂)·ρ·g·(h₁ − h₂),  pₘ = ⅔·(p₁³ − p₂³)/(p₁² − p₂²)
//!
//! and every node balances its mass. Gauge pressures refer to the air at the node's height.
//!
//! # Method
//!
//! Newton's method on squared pressures and flows with one sparse symmetric factorization per step; order and pattern are
//! found once per network. Compressors and regulators border the system.
//!
//! # Assumptions
//!
//! Steady state, given temperatures (of a branch the mean of its begin and its end; where it ends at a feed, that of its begin; all
//! sections of a pipe end with the temperature of its end), one gas in the whole network, draws that do not depend on the
//! pressure. Left out:
//! heating and cooling by the Joule–Thomson effect and by compression, mixing of gases.
//!
//! # Units and shapes
//!
//! Pressures in bar (gauge), flows in kg/s, temperatures in K. Columns have one entry per node or link of the network.
//!
//! # Errors
//!
//! None: what cannot be computed is a [`Status`] and a finding with the key of the node or link.
//!
//! # References
//!
//! - D. Lohmeier, D. Cronbach, S. R. Drauz, M. Braun, T. M. Kneiske (2020): pandapipes: an open-source piping grid
//!   calculation package for multi-energy grid simulations. Sustainability 12(23), 9899, eqs. 13–24.
//!   <https://doi.org/10.3390/su12239899> Golden tests: results of pandapipes for Schutterwald and for four nets made for STANET.
//! - G. Cerbe, B. Lendt (2016): Grundlagen der Gastechnik. 8th ed., Hanser, ch. 6.
//!
//! # Example
//!
//! ```
//! use twin::{Key, geo_types::{coord, line_string}, utility::*};
//! use twin_pipes::gas::{Gas, GasOptions};
//!
//! // A feed at 1 bar and a house 100 m away that draws 50 m³/h.
//! let mut network = GasNetwork::new();
//! let (a, b) = (coord! { x: 0.0, y: 0.0 }, coord! { x: 100.0, y: 0.0 });
//! let feed = network.add_node(GasNode {
//!     feed_pressure_bar: Some(1.0),
//!     ..GasNode::junction(Key::new("gas_junction/feed"), a)
//! });
//! let house = network.add_node(GasNode {
//!     demand_m3_h: 50.0,
//!     customers: 1,
//!     ..GasNode::junction(Key::new("gas_junction/house"), b)
//! });
//! let kind = GasLinkKind::Pipe {
//!     length_m: 100.0, diameter_m: 0.05, roughness_mm: 0.1, loss_coefficient: 0.0, sections: 1, open: true,
//! };
//! let geometry = line_string![(x: 0.0, y: 0.0), (x: 100.0, y: 0.0)];
//! network.add_link(feed, house, GasLink { key: Key::new("gas_pipe/1"), geometry, kind, burial: Burial::default() });
//!
//! let gas = Gas::new(&network, &Operation::gas());
//! let state = gas.solve(&[], &GasOptions::default());
//! assert!(state.status.is_fine());
//! assert!((state.mass_flow_kg_s[0] - 50.0 / 3600.0 * 0.784).abs() < 1e-12);
//! assert!((0.99..0.998).contains(&state.pressure_bar[1].unwrap()));
//! ```

mod failure;

pub use failure::GasFailure;

use twin::{
    Finding, Findings, Id,
    outcome::{GasState, GasTotals, Status},
    utility::{Fluid, GasLink, GasLinkKind, GasNetwork, GasNode, Operation},
};

use crate::hydraulics::{
    self, Branch, Element, End, GREATEST, Grid, NORMAL_PRESSURE_BAR, NORMAL_TEMPERATURE_K, Newton, Node, Scene, Supply,
    THINNEST_M, area_m2,
};

/// How exactly to compute.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GasOptions {
    /// Largest error of a pipe's pressure loss, bar.
    pub tolerance_bar: f64,
    /// Limit of iterations.
    pub max_iterations: u32,
}

impl Default for GasOptions {
    fn default() -> Self {
        Self { tolerance_bar: 1e-9, max_iterations: 100 }
    }
}

/// A gas network ready to be computed: compiled once, then solved for any links shut.
#[derive(Clone, Debug)]
pub struct Gas {
    grid: Grid,
    fluid: Fluid,
    /// First branch and number of branches of every link.
    branches: Vec<(u32, u32)>,
    open: Vec<bool>,
    in_service: Vec<bool>,
    temperature_k: Vec<f64>,
    /// Temperature at the end of every branch.
    outlet_k: Vec<f64>,
    viscosity_pa_s: Vec<f64>,
    given_kg_s: Vec<f64>,
    draw_kg_s: Vec<f64>,
    /// Draw without infeed.
    demand_kg_s: Vec<f64>,
    customers: Vec<u32>,
    findings: Findings,
}

impl Gas {
    /// Compiles a network.
    #[must_use]
    pub fn new(network: &GasNetwork, operation: &Operation) -> Self {
        compile(network, operation)
    }

    /// What is implausible in the network and how it was taken.
    #[must_use]
    pub const fn findings(&self) -> &Findings {
        &self.findings
    }

    /// The number of nodes of the network.
    #[must_use]
    pub const fn n_nodes(&self) -> usize {
        self.customers.len()
    }

    /// The number of links of the network.
    #[must_use]
    pub const fn n_links(&self) -> usize {
        self.branches.len()
    }

    /// The steady state with these links shut in addition to those that stand shut.
    #[must_use]
    pub fn solve(&self, shut: &[Id<GasLink>], options: &GasOptions) -> GasState {
        let mut room = Room::new(self);
        let end = room.solve_cold(self, shut, options);
        self.state(&room, end, options)
    }

    /// What keeps a state from being trusted, with the keys of nodes and links.
    #[must_use]
    pub fn explain(&self, network: &GasNetwork, state: &GasState) -> Findings {
        let mut findings = Findings::default();
        let dry: Vec<_> = network
            .nodes()
            .filter(|(id, node)| {
                node.in_service
                    && state.pressure_bar[id.index()].is_none()
                    && (node.demand_m3_h > 0.0 || node.infeed_m3_h > 0.0)
            })
            .collect();
        if let Some((_, first)) = dry.first() {
            let message =
                format!("{} nodes with draw or infeed have no gas pressure, the first is {}.", dry.len(), first.key);
            findings.push(Finding::warning("gas-not-supplied", message).with_key(first.key.clone()).with_help(
                "No open way leads to them from a feed with a given pressure, or they draw more than the pipes carry.",
            ));
        }
        if !state.status.is_fine() {
            let message = format!(
                "The gas network has no steady state that was found: the largest error of a pressure loss is {:.3e} bar after {} iterations.",
                state.status.residual(),
                state.status.iterations()
            );
            findings.push(Finding::warning("gas-not-converged", message).with_help(
                "Look for draws that the pipes cannot carry, and for regulators or feeds that contradict each other.",
            ));
        }
        findings
    }

    fn scene<'a>(&'a self, supply: &'a Supply) -> Scene<'a> {
        Scene {
            grid: &self.grid,
            supply,
            draw_kg_s: &self.draw_kg_s,
            given_kg_s: &self.given_kg_s,
            viscosity_pa_s: &self.viscosity_pa_s,
            normal_density_kg_m3: self.fluid.normal_density_kg_m3(),
            medium: hydraulics::Medium::Gas {
                compressibility: &self.fluid.compressibility,
                temperature_k: &self.temperature_k,
                outlet_k: &self.outlet_k,
            },
        }
    }

    /// Columns of what was solved.
    fn state(&self, room: &Room, end: End, options: &GasOptions) -> GasState {
        let scene = self.scene(&room.supply);
        let newton = &room.newton;
        let n = self.n_nodes();
        let pressure = |node: usize| {
            if room.supply.node[node] { scene.pressure_bar(node, newton.potential[node]) } else { None }
        };
        let pressure_bar: Vec<Option<f64>> = (0..n).map(pressure).collect();
        let mass_flow_kg_s: Vec<f64> =
            self.branches.iter().map(|&(first, _)| newton.flow_kg_s[first as usize]).collect();
        let velocity_m_s = self
            .branches
            .iter()
            .map(|&(first, count)| {
                let sum: f64 = (first..first + count).map(|branch| self.velocity_m_s(&scene, newton, branch)).sum();
                sum / f64::from(count)
            })
            .collect();
        let mut feed_kg_s = vec![0.0; n];
        for (node, feed) in feed_kg_s.iter_mut().enumerate() {
            if room.supply.kept_bar[node].is_some() {
                let leaves = |&branch: &u32| {
                    let flow = newton.flow_kg_s[branch as usize];
                    if self.grid.from[branch as usize] as usize == node { flow } else { -flow }
                };
                *feed = self.draw_kg_s[node] + self.grid.incident(node).iter().map(leaves).sum::<f64>();
            }
        }
        let broke_down = (0..n).any(|node| room.supply.node[node] && pressure_bar[node].is_none());
        let status = status(end, options.tolerance_bar, broke_down, self.grid.n_nodes() == 0);
        let mut state =
            GasState { status, pressure_bar, mass_flow_kg_s, velocity_m_s, feed_kg_s, totals: GasTotals::default() };
        state.totals = self.totals(&state);
        state
    }

    fn velocity_m_s(&self, scene: &Scene<'_>, newton: &Newton, branch: u32) -> f64 {
        let branch = branch as usize;
        let diameter_m = self.grid.diameter_m[branch];
        if diameter_m < THINNEST_M || newton.flow_kg_s[branch] == 0.0 {
            return 0.0;
        }
        let (from, to) = (self.grid.from[branch] as usize, self.grid.to[branch] as usize);
        let absolute =
            |node: usize| scene.pressure_bar(node, newton.potential[node]).map(|bar| bar + self.grid.air_bar[node]);
        let (Some(p1), Some(p2)) = (absolute(from), absolute(to)) else { return 0.0 };
        let mean = 2.0 / 3.0 * (p1 * p1 + p1 * p2 + p2 * p2) / (p1 + p2);
        let temperature_k = 0.5 * (self.temperature_k[from] + self.outlet_k[branch]);
        let expansion =
            NORMAL_PRESSURE_BAR * temperature_k / NORMAL_TEMPERATURE_K * self.fluid.compressibility.at(mean) / mean;
        newton.flow_kg_s[branch] / self.fluid.normal_density_kg_m3() / area_m2(diameter_m) * expansion
    }

    fn totals(&self, state: &GasState) -> GasTotals {
        let mut totals = GasTotals::default();
        for node in 0..self.n_nodes() {
            match state.pressure_bar[node] {
                Some(bar) => {
                    totals.served_kg_s += self.demand_kg_s[node];
                    totals.customers_served += self.customers[node];
                    if self.customers[node] > 0 {
                        totals.lowest_bar = Some(totals.lowest_bar.map_or(bar, |lowest: f64| lowest.min(bar)));
                    }
                }
                None => {
                    totals.unserved_kg_s += self.demand_kg_s[node];
                    totals.customers_cut_off += self.customers[node];
                }
            }
        }
        totals.fastest_m_s = state.velocity_m_s.iter().fold(0.0, |fastest, velocity| velocity.abs().max(fastest));
        totals
    }
}

/// How a solve ended, as a status.
pub(crate) fn status(end: End, tolerance_bar: f64, broke_down: bool, is_empty: bool) -> Status {
    let (iterations, residual) = (end.iterations, end.residual_bar);
    match (is_empty, end.converged && !broke_down) {
        (true, _) => Status::Empty,
        (_, true) => Status::Converged { iterations, residual },
        // A pressure that broke down solves equations that hold no more.
        _ => Status::NotConverged { iterations, residual: if end.converged { tolerance_bar } else { residual } },
    }
}

/// Room for one solve.
#[derive(Clone, Debug)]
struct Room {
    newton: Newton,
    supply: Supply,
    open: Vec<bool>,
}

impl Room {
    fn new(gas: &Gas) -> Self {
        Self { newton: Newton::new(&gas.grid), supply: Supply::default(), open: gas.open.clone() }
    }

    fn solve_cold(&mut self, gas: &Gas, shut: &[Id<GasLink>], options: &GasOptions) -> End {
        self.shut(gas, shut);
        let scene = gas.scene(&self.supply);
        self.newton.start(&scene);
        self.newton.solve(&scene, options.tolerance_bar, options.max_iterations)
    }

    /// From the present state.
    fn solve_warm(&mut self, gas: &Gas, shut: &[Id<GasLink>], options: &GasOptions) -> End {
        self.shut(gas, shut);
        let scene = gas.scene(&self.supply);
        self.newton.solve(&scene, options.tolerance_bar, options.max_iterations)
    }

    fn shut(&mut self, gas: &Gas, shut: &[Id<GasLink>]) {
        self.open.clone_from(&gas.open);
        for link in shut {
            if let Some(&(first, count)) = gas.branches.get(link.index()) {
                self.open[first as usize..(first + count) as usize].fill(false);
            }
        }
        self.supply.find(&gas.grid, &self.open, &gas.in_service);
    }
}

fn compile(network: &GasNetwork, operation: &Operation) -> Gas {
    let mut findings = Findings::default();
    let fluid = operation.fluid.clone();
    let density = fluid.normal_density_kg_m3();
    let mut nodes = Vec::with_capacity(network.n_nodes());
    let (mut in_service, mut temperature_k) = (Vec::new(), Vec::new());
    let (mut demand_kg_s, mut draw_kg_s) = (Vec::new(), Vec::new());
    for (_, node) in network.nodes() {
        let mut sane = |value: f64, field: &'static str, fallback: f64, fits: bool| {
            if fits && value.abs() <= GREATEST {
                return value;
            }
            findings.push(implausible(&node.key, field, value, fallback));
            fallback
        };
        let height_m = sane(node.height_m, "height_m", 0.0, true);
        temperature_k.push(sane(node.temperature_k, "temperature_k", 283.15, node.temperature_k > 1.0));
        let demand_m3_h = sane(node.demand_m3_h, "demand_m3_h", 0.0, true);
        let infeed_m3_h = sane(node.infeed_m3_h, "infeed_m3_h", 0.0, true);
        // Less than no pressure is kept nowhere.
        let feed = node.feed_pressure_bar.map(|bar| sane(bar, "feed_pressure_bar", 0.0, bar > -NORMAL_PRESSURE_BAR));
        demand_kg_s.push(demand_m3_h * density / 3600.0);
        draw_kg_s.push((demand_m3_h - infeed_m3_h) * density / 3600.0);
        nodes.push(Node { height_m, feed_bar: feed });
        in_service.push(node.in_service);
    }
    let mut parts = Parts { nodes, in_service, temperature_k, draw_kg_s, branches: Vec::new(), open: Vec::new() };
    let mut branches = Vec::with_capacity(network.n_links());
    let (mut given_kg_s, mut outlet_k) = (Vec::new(), Vec::new());
    for (id, link) in network.links() {
        let first = parts.branches.len() as u32;
        let is_sane = add_link(network, id, link, &mut parts, &mut findings);
        let count = parts.branches.len() as u32 - first;
        let is_open = link.kind.is_open() && is_sane;
        let given = match link.kind {
            GasLinkKind::FlowControl { flow_m3_h, active: true, .. } if flow_m3_h.abs() <= GREATEST => {
                flow_m3_h * density / 3600.0
            }
            _ => 0.0,
        };
        parts.open.resize(parts.branches.len(), is_open);
        given_kg_s.resize(parts.branches.len(), given);
        // What a feed is warmer or colder than its surroundings it gives to branches that begin there.
        let (from, to) = network.ends(id);
        let outlet = if parts.nodes[to.index()].feed_bar.is_some() { from } else { to };
        outlet_k.resize(parts.branches.len(), parts.temperature_k[outlet.index()]);
        branches.push((first, count));
    }
    let viscosity_pa_s = parts
        .branches
        .iter()
        .zip(&outlet_k)
        .map(|(branch, outlet_k)| {
            let mean_k = 0.5 * (parts.temperature_k[branch.from as usize] + outlet_k);
            let viscosity = fluid.viscosity.at(mean_k);
            if viscosity > 0.0 && viscosity.is_finite() { viscosity } else { 1e-5 }
        })
        .collect();
    Gas {
        grid: Grid::new(&parts.nodes, parts.branches, operation.friction, true),
        fluid,
        branches,
        open: parts.open,
        in_service: parts.in_service,
        temperature_k: parts.temperature_k,
        outlet_k,
        viscosity_pa_s,
        given_kg_s,
        draw_kg_s: parts.draw_kg_s,
        demand_kg_s,
        customers: network.nodes().map(|(_, node)| if node.in_service { node.customers } else { 0 }).collect(),
        findings,
    }
}

/// Nodes and branches on their way into a grid.
struct Parts {
    nodes: Vec<Node>,
    in_service: Vec<bool>,
    temperature_k: Vec<f64>,
    draw_kg_s: Vec<f64>,
    branches: Vec<Branch>,
    open: Vec<bool>,
}

/// Adds a link's branches; whether its numbers can be used.
fn add_link(network: &GasNetwork, id: Id<GasLink>, link: &GasLink, parts: &mut Parts, findings: &mut Findings) -> bool {
    let (from, to) = network.ends(id);
    let (from, to) = (from.index() as u32, to.index() as u32);
    let mut is_sane = true;
    let mut check = |value: f64, field: &'static str, fits: bool| {
        if !(fits && value.abs() <= GREATEST) {
            is_sane = false;
            findings.push(unusable(&link.key, field, value));
        }
    };
    let plain =
        Branch { from, to, element: Element::Resistance, length_m: 0.0, diameter_m: 0.1, roughness_m: 1e-3, zeta: 0.0 };
    match &link.kind {
        GasLinkKind::Pipe { length_m, diameter_m, roughness_mm, loss_coefficient, sections, .. } => {
            check(*length_m, "length_m", *length_m >= 0.0);
            check(*diameter_m, "diameter_m", *diameter_m >= THINNEST_M);
            check(*roughness_mm, "roughness_mm", *roughness_mm >= 0.0);
            check(*loss_coefficient, "loss_coefficient", *loss_coefficient >= 0.0);
            let pipe = if is_sane {
                Branch {
                    length_m: *length_m,
                    diameter_m: *diameter_m,
                    roughness_m: roughness_mm / 1000.0,
                    zeta: *loss_coefficient,
                    ..plain
                }
            } else {
                plain
            };
            divide(pipe, *sections, parts);
        }
        GasLinkKind::Valve { diameter_m, loss_coefficient, .. } => {
            check(*loss_coefficient, "loss_coefficient", *loss_coefficient >= 0.0);
            check(*diameter_m, "diameter_m", *diameter_m >= THINNEST_M || *loss_coefficient == 0.0);
            let usable = if is_sane { (diameter_m.max(0.0), *loss_coefficient) } else { (0.1, 0.0) };
            parts.branches.push(Branch { diameter_m: usable.0, zeta: usable.1, ..plain });
        }
        GasLinkKind::Pump { curve, .. } => {
            for value in curve {
                check(*value, "curve", true);
            }
            let curve = if is_sane { curve.clone() } else { Vec::new() };
            parts.branches.push(Branch { element: Element::Pump(curve), ..plain });
        }
        GasLinkKind::Compressor { pressure_ratio, .. } => {
            check(*pressure_ratio, "pressure_ratio", *pressure_ratio >= 1e-3);
            let ratio = if is_sane { *pressure_ratio } else { 1.0 };
            parts.branches.push(Branch { element: Element::Compressor(ratio), ..plain });
        }
        GasLinkKind::FlowControl { flow_m3_h, active, .. } => {
            check(*flow_m3_h, "flow_m3_h", true);
            let element = if *active { Element::GivenFlow } else { Element::Resistance };
            parts.branches.push(Branch { element, ..plain });
        }
        GasLinkKind::PressureControl { pressure_bar, controlled_key, loss_coefficient, active, .. } => {
            check(*pressure_bar, "pressure_bar", *pressure_bar > -NORMAL_PRESSURE_BAR);
            check(*loss_coefficient, "loss_coefficient", *loss_coefficient >= 0.0);
            let node = match controlled_key {
                None => Some(to),
                Some(key) => network
                    .nodes()
                    .find(|(_, node)| node.key == *key)
                    .map(|(id, _): (Id<GasNode>, _)| id.index() as u32),
            };
            if node.is_none() {
                is_sane = false;
                let message = format!("{} keeps the pressure at a node that does not exist.", link.key);
                findings.push(
                    Finding::warning("unknown-node", message).with_key(link.key.clone()).with_field("controlled_key"),
                );
            }
            let pressure_bar = if is_sane { *pressure_bar } else { 0.0 };
            let element = match node {
                Some(node) if *active => Element::PressureControl { node, pressure_bar },
                _ => Element::Resistance,
            };
            let zeta = if is_sane { *loss_coefficient } else { 0.0 };
            parts.branches.push(Branch { element, zeta, ..plain });
        }
    }
    is_sane
}

/// A pipe in sections, with nodes between them.
fn divide(pipe: Branch, sections: u32, parts: &mut Parts) {
    // More sections than this tell nothing new.
    let sections = sections.clamp(1, 1000);
    let share = 1.0 / f64::from(sections);
    // Beyond the nodes of feeds there is what surrounds them.
    let ends = [pipe.from as usize, pipe.to as usize];
    let around = |end: usize, other: usize| if parts.nodes[end].feed_bar.is_some() { other } else { end };
    let around_k = [around(ends[0], ends[1]), around(ends[1], ends[0])].map(|node| parts.temperature_k[node]);
    let mut from = pipe.from;
    for section in 1..=sections {
        let to = if section == sections {
            pipe.to
        } else {
            let at = f64::from(section) * share;
            let between = |values: [f64; 2]| values[0] + at * (values[1] - values[0]);
            let height_m = between(ends.map(|end| parts.nodes[end].height_m));
            parts.nodes.push(Node { height_m, feed_bar: None });
            parts.temperature_k.push(between(around_k));
            parts.in_service.push(true);
            parts.draw_kg_s.push(0.0);
            parts.nodes.len() as u32 - 1
        };
        parts.branches.push(Branch { from, to, length_m: pipe.length_m * share, zeta: pipe.zeta, ..pipe.clone() });
        from = to;
    }
}

fn implausible(key: &twin::Key, field: &'static str, value: f64, fallback: f64) -> Finding {
    Finding::warning("implausible-value", format!("{key}: `{field}` is {value}; {fallback} is computed with."))
        .with_key(key.clone())
        .with_field(field)
}

fn unusable(key: &twin::Key, field: &'static str, value: f64) -> Finding {
    Finding::warning("unusable-link", format!("{key}: `{field}` is {value}; it is taken as shut."))
        .with_key(key.clone())
        .with_field(field)
}

#[cfg(test)]
mod tests;
