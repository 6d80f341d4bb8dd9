//! The network as the solver sees it: structure of arrays, names resolved, units SI, pattern of the matrix.

use twin::{
    Findings,
    utility::WaterNetwork,
    water::{CUBIC_FOOT_M3, FOOT_M, WaterOperation, WaterSettings},
};

use super::{
    build::Builder,
    operate::{Control, Rule},
    pipes::Block,
    state::State,
};
use crate::sparse::Symbolic;

/// No row, no slot, no pattern.
pub(crate) const NONE: u32 = u32::MAX;

/// Resistance of a closed link and of a valve that holds a pressure, s/m² (EPANET's 10⁸ ft/cfs).
pub(crate) const BIG_S_M2: f64 = 1e8 * FOOT_M / CUBIC_FOOT_M3;
/// Conductance by which an active valve holds a pressure, m²/s.
pub(crate) const BIG_M2_S: f64 = 1e8 * CUBIC_FOOT_M3 / FOOT_M;
/// Resistance of an open valve without minor loss, s/m².
pub(crate) const SMALL_S_M2: f64 = 1e-6 * FOOT_M / CUBIC_FOOT_M3;
/// Flow of a closed link at the start, m³/s.
pub(crate) const ZERO_FLOW_M3_S: f64 = 1e-6 * CUBIC_FOOT_M3;
/// What the solver does with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A pipe, by the exponent formula of Hazen–Williams or Chezy–Manning, or a pipe by Darcy–Weisbach.
    Pipe,
    /// A pipe with a check valve.
    CheckValve,
    /// A pump: index in `pumps`.
    Pump,
    /// A gate valve: open or shut.
    Gate,
    Prv,
    Psv,
    Pbv,
    Fcv,
    Tcv,
    Gpv,
    Pcv,
}

impl Kind {
    /// Whether it is a valve with a setting.
    pub(crate) const fn is_valve(self) -> bool {
        matches!(self, Self::Prv | Self::Psv | Self::Pbv | Self::Fcv | Self::Tcv | Self::Gpv | Self::Pcv)
    }
    /// Whether it is a valve whose equation depends on the flows around it.
    pub(crate) const fn is_automatic(self) -> bool {
        matches!(self, Self::Prv | Self::Psv | Self::Fcv)
    }
}

/// How a pump lifts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PumpLaw {
    /// h = −(h0 + r qⁿ), h0 and r negative as head losses.
    Power { h0_m: f64, r: f64, n: f64 },
    /// Points in `curves`.
    Curve(u32),
    /// Constant power: h = r/q.
    ConstantPower { r: f64 },
    /// Nothing is known: an open pipe.
    None,
}

#[derive(Clone, Debug)]
pub(crate) struct Pump {
    pub(crate) law: PumpLaw,
    /// Flow at the start, m³/s.
    pub(crate) initial_flow_m3_s: f64,
    /// Greatest head, metres.
    pub(crate) max_head_m: f64,
    /// Pattern of its speed.
    pub(crate) pattern: u32,
    /// Speed at the start.
    pub(crate) speed: f64,
}

/// Where a pipe stands in the system.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pipe {
    pub(crate) link: u32,
    /// Rows of its ends.
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// Slot of its off-diagonal value.
    pub(crate) slot: u32,
    /// h = m |q| q.
    pub(crate) minor: f64,
}

/// A reservoir or a tank.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) node: u32,
    /// Cross section, m²; nothing for a reservoir.
    pub(crate) tank: Option<Tank>,
    /// Head without pattern, metres.
    pub(crate) head_m: f64,
    pub(crate) pattern: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Tank {
    pub(crate) area_m2: f64,
    pub(crate) min_head_m: f64,
    pub(crate) max_head_m: f64,
    pub(crate) min_volume_m3: f64,
    pub(crate) max_volume_m3: f64,
    pub(crate) initial_volume_m3: f64,
    /// Volume over level.
    pub(crate) curve: u32,
    pub(crate) bottom_m: f64,
    pub(crate) overflow: bool,
}

/// A demand: base, pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Demand {
    pub(crate) base_m3_s: f64,
    pub(crate) pattern: u32,
}

/// The compiled network.
#[derive(Clone, Debug)]
pub struct Net {
    pub(crate) settings: WaterSettings,
    /// Row of each node: unknown heads in the order of elimination, then the sources.
    pub(crate) row: Vec<u32>,
    /// Node of each row.
    pub(crate) node_of_row: Vec<u32>,
    /// How many heads are unknown.
    pub(crate) n_unknown: usize,
    /// Rows of the ends of each link.
    pub(crate) row_from: Vec<u32>,
    pub(crate) row_to: Vec<u32>,
    /// Links that are pipes, and those that are not.
    pub(crate) pipes: Vec<Pipe>,
    /// Conductance of each pipe at a flow of 1 m³/s without minor loss, m²/s: dq/dh = c |q|^(1−n).
    pub(crate) conductance: Vec<f64>,
    /// Pipes whose links follow each other.
    pub(crate) blocks: Vec<Block>,
    pub(crate) others: Vec<u32>,
    /// Links with one end at a source.
    pub(crate) at_sources: Vec<u32>,
    pub(crate) elevation_m: Vec<f64>,
    pub(crate) from: Vec<u32>,
    pub(crate) to: Vec<u32>,
    pub(crate) kind: Vec<Kind>,
    /// Resistance: h = r |q|^(n−1) q for pipes (r of friction factor 1 for Darcy–Weisbach).
    pub(crate) resistance: Vec<f64>,
    /// h = m |q| q.
    pub(crate) minor: Vec<f64>,
    /// Relative roughness and viscosity times diameter (Darcy–Weisbach).
    pub(crate) relative_roughness: Vec<f64>,
    pub(crate) viscous_m3_s: Vec<f64>,
    pub(crate) diameter_m: Vec<f64>,
    /// Index in `pumps`, or curve of a valve.
    pub(crate) part: Vec<u32>,
    /// Slot of the off-diagonal value; one that nobody reads where an end is a source.
    pub(crate) slot: Vec<u32>,
    /// Whether it is open at the start, and its setting.
    pub(crate) open: Vec<bool>,
    pub(crate) setting: Vec<Option<f64>>,
    pub(crate) pumps: Vec<Pump>,
    /// Links that are automatic valves.
    pub(crate) automatic: Vec<u32>,
    /// Links whose status the solver itself changes.
    pub(crate) checked: Vec<u32>,
    pub(crate) sources: Vec<Source>,
    /// Source of a node; `NONE` for junctions.
    pub(crate) source_of: Vec<u32>,
    pub(crate) curves: Vec<Vec<[f64; 2]>>,
    pub(crate) patterns: Vec<Vec<f64>>,
    /// Demands of nodes: begin in `demands`.
    pub(crate) demand_begin: Vec<u32>,
    pub(crate) demands: Vec<Demand>,
    /// Nodes with emitters and their head-loss coefficients.
    pub(crate) emitters: Vec<(u32, f64)>,
    pub(crate) controls: Vec<Control>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) symbolic: Symbolic,
    /// Links that nothing opens as the network is built, and the nodes that they cut off from every source.
    pub(crate) barred: Vec<u32>,
    pub(crate) cut_off: Vec<bool>,
    /// Links at each node (begin, then links).
    pub(crate) at_begin: Vec<u32>,
    pub(crate) at: Vec<u32>,
    /// Exponent of the formula.
    pub(crate) exponent: f64,
    pub(crate) reciprocal_exponent: f64,
}

impl Net {
    /// Compiles a network and how it is run.
    ///
    /// Total: what a network cannot mean (a pattern or curve that does not exist, a pump without anything) is a finding,
    /// and the solver goes on with what remains.
    #[must_use]
    pub fn new(network: &WaterNetwork, operation: &WaterOperation) -> (Self, Findings) {
        Builder::new(network, operation).build()
    }

    /// The number of nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.row.len()
    }

    /// The number of links.
    #[must_use]
    pub fn n_links(&self) -> usize {
        self.from.len()
    }

    /// Whether a node is a reservoir or tank.
    #[must_use]
    pub fn is_source(&self, node: usize) -> bool {
        self.source_of[node] != NONE
    }

    /// Options of the computation.
    #[must_use]
    pub const fn settings(&self) -> &WaterSettings {
        &self.settings
    }

    /// Height of a node, metres.
    #[must_use]
    pub fn elevation_m(&self, node: usize) -> f64 {
        self.elevation_m[node]
    }

    /// Ends of a link.
    #[must_use]
    pub fn ends(&self, link: usize) -> (usize, usize) {
        (self.from[link] as usize, self.to[link] as usize)
    }

    /// Whether a link is a pipe, with or without check valve.
    #[must_use]
    pub fn is_pipe(&self, link: usize) -> bool {
        matches!(self.kind[link], Kind::Pipe | Kind::CheckValve)
    }

    /// Links at a node.
    #[must_use]
    pub fn links_at(&self, node: usize) -> &[u32] {
        &self.at[self.at_begin[node] as usize..self.at_begin[node + 1] as usize]
    }

    /// Pressure at a node, metres: of a tank its level, of a reservoir 0.
    #[must_use]
    pub fn pressure_m(&self, node: usize, state: &State) -> f64 {
        match self.sources.get(self.source_of[node] as usize) {
            Some(source) if source.tank.is_none() => 0.0,
            _ => state.head_m[node] - self.elevation_m[node],
        }
    }

    /// Level of a tank above its lowest one, metres; nothing for other nodes.
    #[must_use]
    pub fn tank_reserve_m(&self, node: usize, state: &State) -> Option<f64> {
        let tank = self.sources.get(self.source_of[node] as usize)?.tank.as_ref()?;
        Some(state.head_m[node] - tank.min_head_m)
    }

    /// Outflow of the emitter at every node, m³/s.
    #[must_use]
    pub fn emitter_outflow_m3_s(&self, state: &State) -> Vec<f64> {
        let mut outflow = vec![0.0; self.n_nodes()];
        for (&(node, _), flow) in self.emitters.iter().zip(&state.emitter_m3_s) {
            outflow[node as usize] = *flow;
        }
        outflow
    }

    /// Velocity in a link at a flow, m/s; 0 for a pump.
    #[must_use]
    pub fn velocity_m_s(&self, link: usize, flow_m3_s: f64) -> f64 {
        self.area_m2(link).map_or(0.0, |area| flow_m3_s.abs() / area)
    }

    /// Inner cross section, m²; nothing for a pump.
    pub(crate) fn area_m2(&self, link: usize) -> Option<f64> {
        let diameter_m = self.diameter_m[link];
        (diameter_m > 0.0).then(|| std::f64::consts::PI * diameter_m * diameter_m / 4.0)
    }

    /// The multiplier of a pattern at a time.
    pub(crate) fn multiplier(&self, pattern: u32, time_s: u64) -> f64 {
        let Some(multipliers) = self.patterns.get(pattern as usize).filter(|list| !list.is_empty()) else { return 1.0 };
        let step = (time_s + self.settings.pattern_start_s) / self.settings.pattern_step_s.max(1);
        multipliers[(step % multipliers.len() as u64) as usize]
    }

    /// Demand of a node at a time, m³/s.
    #[must_use]
    pub fn demand_m3_s(&self, node: usize, time_s: u64) -> f64 {
        let list = &self.demands[self.demand_begin[node] as usize..self.demand_begin[node + 1] as usize];
        list.iter()
            .map(|demand| demand.base_m3_s * self.multiplier(demand.pattern, time_s) * self.settings.demand_multiplier)
            .sum()
    }
}
