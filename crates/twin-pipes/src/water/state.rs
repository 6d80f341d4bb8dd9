//! The state of a network during a solve: heads, flows, what each link does.

use super::{
    SolveOptions,
    net::{Kind, Net, ZERO_FLOW_M3_S},
};
use twin::{
    scenario::WaterDemandModel,
    water::{CUBIC_FOOT_M3, FOOT_M},
};

/// What a link does. The order matters: everything up to `Closed` lets nothing through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// A pump that cannot lift high enough.
    CannotLift,
    /// Shut for now: a link into a full tank, out of an empty one.
    TemporarilyClosed,
    /// Shut.
    Closed,
    /// Open.
    Open,
    /// A valve that controls.
    Active,
    /// A flow control valve that cannot reach its flow.
    CannotFlow,
    /// A pressure valve that cannot hold its pressure.
    CannotHold,
}

impl LinkState {
    /// Whether water may pass.
    #[must_use]
    pub fn is_open(self) -> bool {
        self > Self::Closed
    }

    /// Name in results.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::CannotLift => "cannot_lift",
            Self::TemporarilyClosed => "temporarily_closed",
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Active => "active",
            Self::CannotFlow => "cannot_reach_flow",
            Self::CannotHold => "cannot_hold_pressure",
        }
    }
}

/// Heads, flows and states.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Head of every node, metres.
    pub head_m: Vec<f64>,
    /// Flow of every link in its direction, m³/s.
    pub flow_m3_s: Vec<f64>,
    /// Demand of every node at this time, m³/s.
    pub full_m3_s: Vec<f64>,
    /// What is drawn of it, m³/s; of a source, its net inflow.
    pub drawn_m3_s: Vec<f64>,
    /// Outflow of the emitters, in their order, m³/s.
    pub emitter_m3_s: Vec<f64>,
    /// What every link does.
    pub link: Vec<LinkState>,
    /// Speed or setting of every link; nothing where a valve is fixed open or shut.
    pub setting: Vec<Option<f64>>,
    /// Links out of service: nothing opens them.
    pub out_of_service: Vec<bool>,
    /// Nodes that no open link joins to a source.
    pub isolated: Vec<bool>,
    /// Volume of water in tanks, in the order of the sources, m³.
    pub volume_m3: Vec<f64>,
    /// Whether the flows are those before the first solve: they say nothing yet.
    pub(crate) at_rest: bool,
}

impl State {
    /// The state before the first solve: EPANET's.
    #[must_use]
    pub fn initial(net: &Net) -> Self {
        let n_links = net.n_links();
        let mut state = Self {
            head_m: net.elevation_m.clone(),
            flow_m3_s: vec![0.0; n_links],
            full_m3_s: vec![0.0; net.n_nodes()],
            drawn_m3_s: vec![0.0; net.n_nodes()],
            emitter_m3_s: vec![CUBIC_FOOT_M3; net.emitters.len()],
            link: Vec::with_capacity(n_links),
            setting: net.setting.clone(),
            out_of_service: vec![false; n_links],
            isolated: vec![false; net.n_nodes()],
            volume_m3: Vec::with_capacity(net.sources.len()),
            at_rest: true,
        };
        for source in &net.sources {
            state.head_m[source.node as usize] = source.head_m;
            state.volume_m3.push(source.tank.as_ref().map_or(0.0, |tank| tank.initial_volume_m3));
        }
        for link in 0..n_links {
            let link_state = match net.kind[link] {
                kind if kind.is_automatic() && net.setting[link].is_some() => LinkState::Active,
                kind if kind.is_valve() && net.setting[link].is_some() => LinkState::Active,
                _ if net.open[link] => LinkState::Open,
                _ => LinkState::Closed,
            };
            state.link.push(link_state);
            state.flow_m3_s[link] = initial_flow(net, &state, link);
        }
        state
    }

    /// Takes links out of service; what flows in them is forgotten.
    pub fn close(&mut self, links: impl IntoIterator<Item = usize>) {
        for link in links {
            self.out_of_service[link] = true;
            self.link[link] = LinkState::Closed;
            self.flow_m3_s[link] = ZERO_FLOW_M3_S;
        }
    }

    /// Takes a flow back to that before the first solve.
    pub(crate) fn reset_flows(&mut self, net: &Net) {
        for link in 0..net.n_links() {
            self.flow_m3_s[link] = initial_flow(net, self, link);
        }
        self.emitter_m3_s.fill(CUBIC_FOOT_M3);
    }

    /// What a node gets, m³/s. Below zero pressure nothing leaves a tap: what the demand-driven model draws there all the same is
    /// not served.
    #[must_use]
    pub fn served_m3_s(&self, net: &Net, options: &SolveOptions, node: usize) -> f64 {
        let drawn_m3_s = self.drawn_m3_s[node];
        if self.isolated[node] {
            return 0.0;
        }
        let is_fiction = options.demand_model == WaterDemandModel::Dda
            && drawn_m3_s > 0.0
            && !net.is_source(node)
            && self.head_m[node] < net.elevation_m(node);
        if is_fiction { 0.0 } else { drawn_m3_s }
    }

    /// The state as it is told: parts with demand that no open link joins to a source (behind an empty tank, a pump that stands still) are cut
    /// off, without pressure and flow; the heads that the equations give there mean nothing. Nothing where there are no such parts
    /// besides those that are cut off already.
    #[must_use]
    pub fn without_unfed(&self, net: &Net) -> Option<Self> {
        let mut seen: Vec<bool> = (0..net.n_nodes()).map(|node| self.isolated[node] || net.is_source(node)).collect();
        let mut stack: Vec<u32> = net.sources.iter().map(|source| source.node).collect();
        let mut part = Vec::new();
        let fill = |stack: &mut Vec<u32>, seen: &mut Vec<bool>, part: &mut Vec<u32>| {
            while let Some(node) = stack.pop() {
                part.push(node);
                for &link in net.links_at(node as usize) {
                    let at = link as usize;
                    let other = if net.from[at] == node { net.to[at] } else { net.from[at] };
                    if self.link[at].is_open() && !seen[other as usize] {
                        seen[other as usize] = true;
                        stack.push(other);
                    }
                }
            }
        };
        fill(&mut stack, &mut seen, &mut part);
        let mut told: Option<Self> = None;
        for first in 0..net.n_nodes() {
            if seen[first] {
                continue;
            }
            seen[first] = true;
            part.clear();
            stack.push(first as u32);
            fill(&mut stack, &mut seen, &mut part);
            if part.iter().any(|&node| self.full_m3_s[node as usize] > 0.0) {
                told.get_or_insert_with(|| self.clone()).empty(net, &part);
            }
        }
        told
    }

    /// Takes pressure and flow from nodes.
    fn empty(&mut self, net: &Net, nodes: &[u32]) {
        for &node in nodes {
            let at = node as usize;
            self.isolated[at] = true;
            self.head_m[at] = net.elevation_m[at];
            self.drawn_m3_s[at] = 0.0;
            for &link in net.links_at(at) {
                self.flow_m3_s[link as usize] = 0.0;
            }
        }
        for (index, &(node, _)) in net.emitters.iter().enumerate() {
            if self.isolated[node as usize] {
                self.emitter_m3_s[index] = 0.0;
            }
        }
    }

    /// Copies another state without allocation.
    pub(crate) fn copy_from(&mut self, other: &Self) {
        self.head_m.copy_from_slice(&other.head_m);
        self.flow_m3_s.copy_from_slice(&other.flow_m3_s);
        self.full_m3_s.copy_from_slice(&other.full_m3_s);
        self.drawn_m3_s.copy_from_slice(&other.drawn_m3_s);
        self.emitter_m3_s.copy_from_slice(&other.emitter_m3_s);
        self.link.copy_from_slice(&other.link);
        self.setting.copy_from_slice(&other.setting);
        self.out_of_service.copy_from_slice(&other.out_of_service);
        self.isolated.copy_from_slice(&other.isolated);
        self.volume_m3.copy_from_slice(&other.volume_m3);
        self.at_rest = other.at_rest;
    }
}

/// Flow at the start: one foot per second, a pump's design flow, hardly anything in a closed link.
pub(crate) fn initial_flow(net: &Net, state: &State, link: usize) -> f64 {
    if state.link[link] <= LinkState::Closed {
        return ZERO_FLOW_M3_S;
    }
    if net.kind[link] == Kind::Pump {
        let pump = &net.pumps[net.part[link] as usize];
        let flow = state.setting[link].unwrap_or(1.0) * pump.initial_flow_m3_s;
        return if flow.abs() <= ZERO_FLOW_M3_S { ZERO_FLOW_M3_S } else { flow };
    }
    net.area_m2(link).map_or(ZERO_FLOW_M3_S, |area| area * FOOT_M)
}

/// Marks the nodes that links which nothing opens (shut by hand, out of service) cut off from every source; whether there are any.
pub(crate) fn mark_isolated(net: &Net, state: &mut State, stack: &mut Vec<u32>) -> bool {
    if barred(net, state).eq(net.barred.iter().copied()) {
        state.isolated.copy_from_slice(&net.cut_off);
    } else {
        search_isolated(net, state, stack);
    }
    state.isolated.contains(&true)
}

/// Links that are shut and that nothing opens during a solve.
pub(crate) fn barred(net: &Net, state: &State) -> impl Iterator<Item = u32> {
    let is_shut = |link: &usize| state.link[*link] == LinkState::Closed && !may_open(net, state, *link);
    (0..net.n_links()).filter(is_shut).map(|link| link as u32)
}

/// Marks them by a search from the sources.
pub(crate) fn search_isolated(net: &Net, state: &mut State, stack: &mut Vec<u32>) {
    state.isolated.fill(true);
    stack.clear();
    for source in &net.sources {
        state.isolated[source.node as usize] = false;
        stack.push(source.node);
    }
    while let Some(node) = stack.pop() {
        for &link in net.links_at(node as usize) {
            let at = link as usize;
            if state.link[at] == LinkState::Closed && !may_open(net, state, at) {
                continue;
            }
            let other = if net.from[at] == node { net.to[at] } else { net.from[at] };
            if state.isolated[other as usize] {
                state.isolated[other as usize] = false;
                stack.push(other);
            }
        }
    }
}

/// Whether a closed link may open during a solve.
pub(crate) fn may_open(net: &Net, state: &State, link: usize) -> bool {
    !state.out_of_service[link]
        && match net.kind[link] {
            Kind::CheckValve => true,
            Kind::Prv | Kind::Psv | Kind::Fcv => state.setting[link].is_some(),
            _ => net.pressure_controlled(link),
        }
}
