//! A law's kernel: steady flow of gas or water in a network of branches.
//!
//! Unknowns are the potential of every node (liquids: pressure; gases: square of the absolute pressure) and the mass flow
//! of every branch. Every branch has an equation u_from − u_to + s(m) − R(m) = 0 with lift and weight of the column in s and
//! friction in R; every node balances its mass. Newton's method eliminates the flows: what is left is one symmetric
//! positive definite system of the nodes ([`crate::sparse`]) per step (Todini and Pilati 1988). What bends the equations
//! only slightly (compressibility, weight of gas columns) is taken from the last step.
//!
//! Branches whose equation says nothing about their flow (compressors, regulators, circulation pumps: *special* branches)
//! border the system with one row each; there are few of them. Parts without a given pressure take no part.
//!
//! # References
//!
//! - E. Todini, S. Pilati (1988): A gradient algorithm for the analysis of pipe networks. In: Computer Applications in Water
//!   Supply, vol. 1.
//! - D. Lohmeier et al. (2020): pandapipes. Sustainability 12(23), 9899. <https://doi.org/10.3390/su12239899>

mod friction;
mod newton;
mod supply;

pub(crate) use friction::{Last, Shape, area_m2};
pub(crate) use newton::{End, Medium, Newton, Scene};
pub(crate) use supply::{Supply, bridges};

use twin::utility::Friction;

use crate::sparse::Symbolic;

/// Acceleration of gravity of the reference models, m/s².
pub(crate) const GRAVITY_M_S2: f64 = 9.81;
/// Numbers of networks beyond this are mistakes: nothing on earth is as long, hot or much in any unit used here.
pub(crate) const GREATEST: f64 = 1e9;
/// Thinner than this is no pipe, metres.
pub(crate) const THINNEST_M: f64 = 1e-4;
/// Standard pressure, bar.
pub(crate) const NORMAL_PRESSURE_BAR: f64 = 1.01325;
/// Standard temperature, K.
pub(crate) const NORMAL_TEMPERATURE_K: f64 = 273.15;

/// What a branch does.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Element {
    /// A pipe, valve or heat exchanger: friction only.
    Resistance,
    /// A pump: lift in bar as a polynomial of the actual flow in m³/h, highest power first.
    Pump(Vec<f64>),
    /// Multiplies the absolute pressure while it flows forward.
    Compressor(f64),
    /// Lets a given flow through.
    GivenFlow,
    /// Keeps the gauge pressure of a node, bar.
    PressureControl {
        /// The node.
        node: u32,
        /// Pressure kept.
        pressure_bar: f64,
    },
    /// Keeps a pressure difference from its begin to its end, bar; and the pressure at its end where nothing else in its part
    /// of the network keeps one.
    Circulation {
        /// Gauge pressure kept at its end.
        supply_bar: Option<f64>,
        /// Pressure difference.
        lift_bar: Option<f64>,
    },
}

/// A network ready to be computed: one per topology, columns over nodes and branches.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    /// Begin of every branch.
    pub(crate) from: Vec<u32>,
    /// End of every branch.
    pub(crate) to: Vec<u32>,
    /// What every branch does.
    pub(crate) element: Vec<Element>,
    /// Friction of every branch.
    pub(crate) shape: Vec<Shape>,
    /// Inner diameter of every branch, metres; 0 where it has none.
    pub(crate) diameter_m: Vec<f64>,
    /// Branches whose equation borders the system.
    pub(crate) special: Vec<u32>,
    /// Pumps and compressors.
    pub(crate) machines: Vec<u32>,
    /// Height of every node, metres.
    pub(crate) height_m: Vec<f64>,
    /// Pressure of the air at every node, bar.
    pub(crate) air_bar: Vec<f64>,
    /// Gauge pressure kept at a node, bar.
    pub(crate) feed_bar: Vec<Option<f64>>,
    /// Friction law.
    pub(crate) friction: Friction,
    /// Begin of each node's branches in `incident`.
    pub(crate) incident_begin: Vec<u32>,
    /// Branches at each node.
    pub(crate) incident: Vec<u32>,
    /// Pattern of the system.
    pub(crate) symbolic: Symbolic,
}

/// A branch on its way into a [`Grid`].
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) element: Element,
    pub(crate) length_m: f64,
    pub(crate) diameter_m: f64,
    pub(crate) roughness_m: f64,
    pub(crate) zeta: f64,
}

/// A node on its way into a [`Grid`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) height_m: f64,
    pub(crate) feed_bar: Option<f64>,
}

impl Grid {
    /// Compiles nodes and branches.
    pub(crate) fn new(nodes: &[Node], branches: Vec<Branch>, friction: Friction, is_gas: bool) -> Self {
        let ends: Vec<(u32, u32)> = branches.iter().map(|branch| (branch.from, branch.to)).collect();
        let (incident_begin, incident) = incidence(nodes.len(), &ends);
        let special = |branch: &Branch| match branch.element {
            Element::Compressor(_) | Element::PressureControl { .. } | Element::Circulation { .. } => true,
            // The lift in bar bends the equation of squared pressures too much for the last step's pressures.
            Element::Pump(_) => is_gas,
            Element::Resistance | Element::GivenFlow => false,
        };
        let is_machine = |branch: &Branch| matches!(branch.element, Element::Pump(_) | Element::Compressor(_));
        Self {
            from: ends.iter().map(|ends| ends.0).collect(),
            to: ends.iter().map(|ends| ends.1).collect(),
            shape: branches
                .iter()
                .map(|b| Shape::new(b.length_m, b.diameter_m, b.roughness_m, b.zeta, friction, is_gas))
                .collect(),
            diameter_m: branches.iter().map(|branch| branch.diameter_m).collect(),
            special: (0..branches.len() as u32).filter(|&branch| special(&branches[branch as usize])).collect(),
            machines: (0..branches.len() as u32).filter(|&branch| is_machine(&branches[branch as usize])).collect(),
            element: branches.into_iter().map(|branch| branch.element).collect(),
            height_m: nodes.iter().map(|node| node.height_m).collect(),
            air_bar: nodes.iter().map(|node| air_pressure_bar(node.height_m)).collect(),
            feed_bar: nodes.iter().map(|node| node.feed_bar).collect(),
            friction,
            incident_begin,
            incident,
            symbolic: Symbolic::new(nodes.len(), &ends),
        }
    }

    /// The number of nodes.
    pub(crate) const fn n_nodes(&self) -> usize {
        self.height_m.len()
    }

    /// The number of branches.
    pub(crate) const fn n_branches(&self) -> usize {
        self.from.len()
    }

    /// Branches at a node.
    pub(crate) fn incident(&self, node: usize) -> &[u32] {
        &self.incident[self.incident_begin[node] as usize..self.incident_begin[node + 1] as usize]
    }

    /// The end of a branch that is not this node; the node itself for a loop.
    pub(crate) fn other_end(&self, branch: u32, node: u32) -> u32 {
        let (from, to) = (self.from[branch as usize], self.to[branch as usize]);
        if from == node { to } else { from }
    }
}

fn incidence(n_nodes: usize, ends: &[(u32, u32)]) -> (Vec<u32>, Vec<u32>) {
    let mut begin = vec![0_u32; n_nodes + 1];
    for &(from, to) in ends {
        begin[from as usize + 1] += 1;
        if from != to {
            begin[to as usize + 1] += 1;
        }
    }
    for node in 0..n_nodes {
        begin[node + 1] += begin[node];
    }
    let mut next = begin.clone();
    let mut incident = vec![0; begin[n_nodes] as usize];
    for (branch, &(from, to)) in ends.iter().enumerate() {
        for node in std::iter::once(from).chain((from != to).then_some(to)) {
            incident[next[node as usize] as usize] = branch as u32;
            next[node as usize] += 1;
        }
    }
    (begin, incident)
}

/// Pressure of the air at a height, bar (international barometric formula, as in the reference models). Heights beyond the
/// troposphere count as its end.
pub(crate) fn air_pressure_bar(height_m: f64) -> f64 {
    NORMAL_PRESSURE_BAR * (1.0 - height_m.clamp(-5_000.0, 11_000.0) * 0.0065 / 288.15).powf(5.255)
}

#[cfg(test)]
mod tests;
