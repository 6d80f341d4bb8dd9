//! From the nouns to columns: trenches are doubled, long pipes divided, numbers that cannot be used told.

use twin::{
    Finding, Findings, Id, Key,
    utility::{HeatLink, HeatLinkKind, HeatNetwork, HeatNodeKind, Operation},
};

use super::{Heat, Owner, Plant, Station, Thermal, curves::Curves};
use crate::hydraulics::{Branch, Element, GREATEST, Grid, Node, THINNEST_M};

/// Zero of the Celsius scale, K.
const CELSIUS_K: f64 = 273.15;

/// Everything on its way into a [`Heat`].
struct Parts {
    nodes: Vec<Node>,
    in_service: Vec<bool>,
    draw_kg_s: Vec<f64>,
    feed_k: Vec<Option<f64>>,
    start_k: Vec<f64>,
    return_node: Vec<Option<u32>>,
    branches: Vec<Branch>,
    thermal: Vec<Thermal>,
    open: Vec<bool>,
    stations: Vec<Station>,
    plants: Vec<Plant>,
    ambient_k: f64,
    findings: Findings,
}

pub(super) fn compile(network: &HeatNetwork, operation: &Operation, return_bar: f64) -> Heat {
    let ambient_k =
        if operation.ambient_k > 1.0 && operation.ambient_k <= 5000.0 { operation.ambient_k } else { 283.15 };
    let mut parts = Parts {
        nodes: Vec::new(),
        in_service: Vec::new(),
        draw_kg_s: Vec::new(),
        feed_k: Vec::new(),
        start_k: Vec::new(),
        return_node: vec![None; network.n_nodes()],
        branches: Vec::new(),
        thermal: Vec::new(),
        open: Vec::new(),
        stations: Vec::new(),
        plants: Vec::new(),
        ambient_k,
        findings: Findings::default(),
    };
    parts.add_nodes(network);
    let mut branches = Vec::with_capacity(network.n_links());
    for (id, link) in network.links() {
        let first = parts.branches.len() as u32;
        parts.add_link(network, id, link);
        branches.push((first, parts.branches.len() as u32 - first));
    }
    parts.add_stations_of_nodes(network, return_bar);
    for branch in &parts.branches {
        debug_assert!((branch.from as usize) < parts.nodes.len() && (branch.to as usize) < parts.nodes.len());
    }
    Heat {
        grid: Grid::new(&parts.nodes, parts.branches, operation.friction, false),
        curves: Curves::new(&operation.fluid),
        fluid: operation.fluid.clone(),
        ambient_k,
        n_nodes: network.n_nodes(),
        return_node: parts.return_node,
        branches,
        open: parts.open,
        in_service: parts.in_service,
        draw_kg_s: parts.draw_kg_s,
        feed_k: parts.feed_k,
        start_k: parts.start_k,
        thermal: parts.thermal,
        stations: parts.stations,
        plants: parts.plants,
        findings: parts.findings,
    }
}

impl Parts {
    /// Supply nodes in the order of the network, then the return nodes of trenches.
    fn add_nodes(&mut self, network: &HeatNetwork) {
        let mut has_return = vec![false; network.n_nodes()];
        for (id, link) in network.links() {
            if matches!(link.kind, HeatLinkKind::PipePair { .. }) {
                let (from, to) = network.ends(id);
                has_return[from.index()] = true;
                has_return[to.index()] = true;
            }
        }
        for (id, node) in network.nodes() {
            has_return[id.index()] |= !matches!(node.kind, HeatNodeKind::Junction);
            let height_m = self.sane(&node.key, "height_m", node.height_m, true, 0.0);
            let ambient_k = self.ambient_k;
            let start_k =
                self.sane(&node.key, "temperature_k", node.temperature_k, node.temperature_k > 1.0, ambient_k);
            let draw_kg_s = self.sane(&node.key, "draw_kg_s", node.draw_kg_s, true, 0.0);
            let feed_bar = node.feed_pressure_bar.map(|bar| self.sane(&node.key, "feed_pressure_bar", bar, true, 0.0));
            let feed_k =
                node.feed_temperature_k.map(|k| self.sane(&node.key, "feed_temperature_k", k, k > 1.0, start_k));
            self.push_node(Node { height_m, feed_bar }, feed_k.unwrap_or(start_k), node.in_service);
            self.feed_k[id.index()] = feed_k;
            self.draw_kg_s[id.index()] = draw_kg_s;
        }
        for (place, _) in has_return.iter().enumerate().filter(|(_, has)| **has) {
            let node = Node { feed_bar: None, ..self.nodes[place] };
            self.return_node[place] = Some(self.nodes.len() as u32);
            self.push_node(node, self.start_k[place], self.in_service[place]);
        }
    }

    fn push_node(&mut self, node: Node, start_k: f64, in_service: bool) {
        self.nodes.push(node);
        self.in_service.push(in_service);
        self.draw_kg_s.push(0.0);
        self.feed_k.push(None);
        self.start_k.push(start_k);
    }

    fn sane(&mut self, key: &Key, field: &'static str, value: f64, fits: bool, fallback: f64) -> f64 {
        if fits && value.abs() <= GREATEST {
            return value;
        }
        let message = format!("{key}: `{field}` is {value}; {fallback} is computed with.");
        self.findings.push(Finding::warning("implausible-value", message).with_key(key.clone()).with_field(field));
        fallback
    }

    fn push(&mut self, branch: Branch, thermal: Thermal, open: bool) -> u32 {
        self.branches.push(branch);
        self.thermal.push(thermal);
        self.open.push(open);
        self.branches.len() as u32 - 1
    }

    fn add_link(&mut self, network: &HeatNetwork, id: Id<HeatLink>, link: &HeatLink) {
        let wrong = wrong_values(&link.kind);
        for (field, value) in &wrong {
            let message = format!("{}: `{field}` is {value}; it is taken as shut.", link.key);
            let finding = Finding::warning("unusable-link", message).with_key(link.key.clone()).with_field(*field);
            self.findings.push(finding);
        }
        let (from, to) = network.ends(id);
        let (from, to) = (from.index() as u32, to.index() as u32);
        if !wrong.is_empty() {
            self.push(plain(from, to), Thermal::Same, false);
            return;
        }
        let open = link.kind.is_open();
        match &link.kind {
            HeatLinkKind::PipePair { length_m, diameter_m, roughness_mm, loss_w_m_k, .. } => {
                let thermal = Thermal::Pipe { loss_w_k: loss_w_m_k * length_m, ground_k: self.ambient_k };
                let pipe = |from: u32, to: u32| Branch {
                    length_m: *length_m,
                    diameter_m: *diameter_m,
                    roughness_m: roughness_mm / 1000.0,
                    ..plain(from, to)
                };
                let back =
                    |node: u32| self.return_node[node as usize].expect("because ends of trenches got a return node");
                let (return_from, return_to) = (back(to), back(from));
                self.push(pipe(from, to), thermal, open);
                self.push(pipe(return_from, return_to), thermal, open);
            }
            HeatLinkKind::Pipe {
                length_m,
                diameter_m,
                roughness_mm,
                loss_coefficient,
                loss_w_m_k,
                ground_k,
                sections,
                ..
            } => {
                let pipe = Branch {
                    length_m: *length_m,
                    diameter_m: *diameter_m,
                    roughness_m: roughness_mm / 1000.0,
                    zeta: *loss_coefficient,
                    ..plain(from, to)
                };
                let thermal =
                    Thermal::Pipe { loss_w_k: loss_w_m_k * length_m, ground_k: ground_k.unwrap_or(self.ambient_k) };
                self.divide(&pipe, thermal, *sections, open);
            }
            HeatLinkKind::Valve { diameter_m, loss_coefficient, .. } => {
                let valve = Branch { diameter_m: *diameter_m, zeta: *loss_coefficient, ..plain(from, to) };
                self.push(valve, Thermal::Same, open);
            }
            HeatLinkKind::Pump { curve, .. } => {
                let pump = Branch { element: Element::Pump(curve.clone()), ..plain(from, to) };
                self.push(pump, Thermal::Same, open);
            }
            HeatLinkKind::CirculationPump { supply_pressure_bar, supply_k, lift_bar, mass_flow_kg_s, .. } => {
                let lift_bar = if mass_flow_kg_s.is_some() { None } else { Some(lift_bar.unwrap_or(0.0)) };
                let element = Element::Circulation { supply_bar: *supply_pressure_bar, lift_bar };
                let thermal = supply_k.map_or(Thermal::Same, Thermal::Outlet);
                let branch = self.push(Branch { element, ..plain(from, to) }, thermal, open);
                self.plants.push(Plant { branch, owner: Owner::Link(id.index() as u32) });
                if let Some(flow) = mass_flow_kg_s {
                    self.given(branch, *flow);
                }
            }
            HeatLinkKind::Exchanger { diameter_m, loss_coefficient, heat_w, .. } => {
                let exchanger = Branch { diameter_m: *diameter_m, zeta: *loss_coefficient, ..plain(from, to) };
                self.push(exchanger, Thermal::Heat(*heat_w), open);
            }
            HeatLinkKind::Consumer { heat_w, mass_flow_kg_s, cooling_k, return_k, .. } => {
                let thermal = match (heat_w, mass_flow_kg_s, cooling_k, return_k) {
                    (_, _, _, Some(k)) => Thermal::Outlet(*k),
                    (_, _, Some(k), None) => Thermal::Cooling(*k),
                    (Some(heat_w), ..) => Thermal::Heat(*heat_w),
                    _ => Thermal::Same,
                };
                let station = Branch { element: Element::GivenFlow, ..plain(from, to) };
                let branch = self.push(station, thermal, open);
                let owner = Owner::Link(id.index() as u32);
                self.stations.push(Station { branch, owner, flow_kg_s: *mass_flow_kg_s, heat_w: *heat_w });
            }
            HeatLinkKind::FlowControl { mass_flow_kg_s, active, .. } => {
                let element = if *active { Element::GivenFlow } else { Element::Resistance };
                let branch = self.push(Branch { element, ..plain(from, to) }, Thermal::Same, open);
                if *active {
                    self.given(branch, *mass_flow_kg_s);
                }
            }
            HeatLinkKind::PressureControl { pressure_bar, controlled_key, loss_coefficient, active, .. } => {
                let node = match controlled_key {
                    None => Some(to),
                    Some(key) => {
                        network.nodes().find(|(_, node)| node.key == *key).map(|(node, _)| node.index() as u32)
                    }
                };
                if node.is_none() {
                    let message =
                        format!("{} keeps the pressure at a node that does not exist; it is taken as shut.", link.key);
                    let finding = Finding::warning("unknown-node", message);
                    self.findings.push(finding.with_key(link.key.clone()).with_field("controlled_key"));
                }
                let element = match node.filter(|_| *active) {
                    Some(node) => Element::PressureControl { node, pressure_bar: *pressure_bar },
                    None => Element::Resistance,
                };
                let control = Branch { element, zeta: *loss_coefficient, ..plain(from, to) };
                self.push(control, Thermal::Same, open && node.is_some());
            }
        }
    }

    /// A flow that is given once and for all: a station that takes no heat.
    fn given(&mut self, branch: u32, flow_kg_s: f64) {
        let owner = Owner::Link(u32::MAX);
        self.stations.push(Station { branch, owner, flow_kg_s: Some(flow_kg_s), heat_w: None });
    }

    fn divide(&mut self, pipe: &Branch, thermal: Thermal, sections: u32, open: bool) {
        // More sections than this tell nothing new.
        let sections = sections.clamp(1, 1000);
        let share = 1.0 / f64::from(sections);
        let thermal = match thermal {
            Thermal::Pipe { loss_w_k, ground_k } => Thermal::Pipe { loss_w_k: loss_w_k * share, ground_k },
            other => other,
        };
        let mut from = pipe.from;
        for section in 1..=sections {
            let to = if section == sections {
                pipe.to
            } else {
                let at = f64::from(section) * share;
                let between = |values: [f64; 2]| values[0] + at * (values[1] - values[0]);
                let ends = [pipe.from as usize, pipe.to as usize];
                let height_m = between(ends.map(|end| self.nodes[end].height_m));
                let start_k = between(ends.map(|end| self.start_k[end]));
                self.push_node(Node { height_m, feed_bar: None }, start_k, true);
                self.nodes.len() as u32 - 1
            };
            // Single losses count in every section, as in the reference models.
            self.push(Branch { from, to, length_m: pipe.length_m * share, ..pipe.clone() }, thermal, open);
            from = to;
        }
    }

    /// Plants and house stations of a network of trenches.
    fn add_stations_of_nodes(&mut self, network: &HeatNetwork, return_bar: f64) {
        for (id, node) in network.nodes() {
            let supply = id.index() as u32;
            let owner = Owner::Node(supply);
            let Some(back) = self.return_node[id.index()] else { continue };
            match node.kind {
                HeatNodeKind::Junction => {}
                HeatNodeKind::Producer { supply_c, lift_bar, .. } => {
                    let supply_k =
                        self.sane(&node.key, "supply_c", supply_c + CELSIUS_K, supply_c > 1.0 - CELSIUS_K, 363.15);
                    let lift_bar = self.sane(&node.key, "lift_bar", lift_bar, true, 1.0);
                    let supply_bar = Some(return_bar + lift_bar);
                    let element = Element::Circulation { supply_bar, lift_bar: Some(lift_bar) };
                    let pump = Branch { element, ..plain(back, supply) };
                    let branch = self.push(pump, Thermal::Outlet(supply_k), true);
                    self.plants.push(Plant { branch, owner });
                }
                HeatNodeKind::Consumer { load_w, return_c } => {
                    let load_w = self.sane(&node.key, "load_w", load_w, load_w >= 0.0, 0.0);
                    let return_k =
                        self.sane(&node.key, "return_c", return_c + CELSIUS_K, return_c > 1.0 - CELSIUS_K, 328.15);
                    let station = Branch { element: Element::GivenFlow, ..plain(supply, back) };
                    let branch = self.push(station, Thermal::Outlet(return_k), true);
                    self.stations.push(Station { branch, owner, flow_kg_s: None, heat_w: Some(load_w) });
                }
            }
        }
    }
}

const fn plain(from: u32, to: u32) -> Branch {
    Branch { from, to, element: Element::Resistance, length_m: 0.0, diameter_m: 0.1, roughness_m: 1e-3, zeta: 0.0 }
}

/// Fields of a link whose values cannot be used.
fn wrong_values(kind: &HeatLinkKind) -> Vec<(&'static str, f64)> {
    let mut wrong = Vec::new();
    let mut check = |field: &'static str, value: f64, fits: bool| {
        if !(fits && value.abs() <= GREATEST) {
            wrong.push((field, value));
        }
    };
    match kind {
        HeatLinkKind::PipePair { length_m, diameter_m, roughness_mm, loss_w_m_k, .. } => {
            check("length_m", *length_m, *length_m >= 0.0);
            check("diameter_m", *diameter_m, *diameter_m >= THINNEST_M);
            check("roughness_mm", *roughness_mm, *roughness_mm >= 0.0);
            check("loss_w_m_k", *loss_w_m_k, *loss_w_m_k >= 0.0);
        }
        HeatLinkKind::Pipe { length_m, diameter_m, roughness_mm, loss_coefficient, loss_w_m_k, ground_k, .. } => {
            check("length_m", *length_m, *length_m >= 0.0);
            check("diameter_m", *diameter_m, *diameter_m >= THINNEST_M);
            check("roughness_mm", *roughness_mm, *roughness_mm >= 0.0);
            check("loss_coefficient", *loss_coefficient, *loss_coefficient >= 0.0);
            check("loss_w_m_k", *loss_w_m_k, *loss_w_m_k >= 0.0);
            if let Some(ground_k) = ground_k {
                check("ground_k", *ground_k, *ground_k > 1.0);
            }
        }
        HeatLinkKind::Valve { diameter_m, loss_coefficient, .. } => {
            check("loss_coefficient", *loss_coefficient, *loss_coefficient >= 0.0);
            check("diameter_m", *diameter_m, *diameter_m >= THINNEST_M || *loss_coefficient == 0.0);
        }
        HeatLinkKind::Pump { curve, .. } => curve.iter().for_each(|value| check("curve", *value, true)),
        HeatLinkKind::CirculationPump { supply_pressure_bar, supply_k, lift_bar, mass_flow_kg_s, .. } => {
            supply_pressure_bar.iter().for_each(|value| check("supply_pressure_bar", *value, true));
            supply_k.iter().for_each(|value| check("supply_k", *value, *value > 1.0));
            lift_bar.iter().for_each(|value| check("lift_bar", *value, true));
            mass_flow_kg_s.iter().for_each(|value| check("mass_flow_kg_s", *value, true));
        }
        HeatLinkKind::Exchanger { diameter_m, loss_coefficient, heat_w, .. } => {
            check("loss_coefficient", *loss_coefficient, *loss_coefficient >= 0.0);
            check("diameter_m", *diameter_m, *diameter_m >= THINNEST_M || *loss_coefficient == 0.0);
            check("heat_w", *heat_w, true);
        }
        HeatLinkKind::Consumer { heat_w, mass_flow_kg_s, cooling_k, return_k, .. } => {
            heat_w.iter().for_each(|value| check("heat_w", *value, true));
            mass_flow_kg_s.iter().for_each(|value| check("mass_flow_kg_s", *value, true));
            cooling_k.iter().for_each(|value| check("cooling_k", *value, value.abs() >= 1e-3));
            return_k.iter().for_each(|value| check("return_k", *value, *value > 1.0));
        }
        HeatLinkKind::FlowControl { mass_flow_kg_s, .. } => check("mass_flow_kg_s", *mass_flow_kg_s, true),
        HeatLinkKind::PressureControl { pressure_bar, loss_coefficient, .. } => {
            check("pressure_bar", *pressure_bar, true);
            check("loss_coefficient", *loss_coefficient, *loss_coefficient >= 0.0);
        }
    }
    wrong
}
