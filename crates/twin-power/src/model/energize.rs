//! What is joined to what, and what is live: buses and branches become the nodes and two-ports of a network in per unit.

use twin::{Finding, Findings, utility::BranchEnd};

use super::{Kind, Model, State};
use crate::{
    complex::Complex,
    net::{Net, NodeKind},
};

/// Mark of what has no node.
const NONE: u32 = u32::MAX;

/// Whether a bus is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusState {
    /// Joined to a feeding grid.
    Supplied,
    /// In service, but joined to no feeding grid.
    Unsupplied,
    /// Out of service.
    OutOfService,
}

/// The live network of a state, and where the twin's buses and branches are in it.
#[derive(Clone, Debug)]
pub struct Grid {
    /// The live nodes and two-ports.
    pub net: Net,
    /// Node of each bus; nothing where it is not live.
    pub(crate) node_of_bus: Vec<u32>,
    /// Row of each branch among the two-ports; nothing where it is not live.
    pub(crate) row_of_branch: Vec<u32>,
    /// Branch of each two-port.
    pub(crate) branch_of_row: Vec<u32>,
    /// State of each bus.
    pub bus: Vec<BusState>,
    /// Limits of reactive power of each PV node, per unit.
    pub(crate) q_limits_pu: Vec<(u32, f64, f64)>,
}

impl Grid {
    /// The node of a bus.
    #[must_use]
    pub fn node(&self, bus: usize) -> Option<u32> {
        self.node_of_bus.get(bus).copied().filter(|&node| node != NONE)
    }

    /// The two-port of a branch.
    #[must_use]
    pub fn row(&self, branch: usize) -> Option<u32> {
        self.row_of_branch.get(branch).copied().filter(|&row| row != NONE)
    }
}

/// Disjoint sets by the smallest member.
#[derive(Debug)]
pub(crate) struct Sets(Vec<u32>);

impl Sets {
    pub(crate) fn new(n: usize) -> Self {
        Self((0..n as u32).collect())
    }

    pub(crate) fn find(&mut self, mut of: u32) -> u32 {
        while self.0[of as usize] != of {
            let up = self.0[of as usize];
            self.0[of as usize] = self.0[up as usize];
            of = up;
        }
        of
    }

    pub(crate) fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b) as usize] = a.min(b);
    }
}

impl Model {
    /// The live network of a state. Feeding grids or generators that contradict each other at one node are told.
    #[must_use]
    pub fn energize(&self, state: &State, findings: &mut Findings) -> Grid {
        let n_buses = self.buses.len();
        // Open ends: the branch hangs on a node of its own there, or on nothing where both are open.
        let mut open = vec![[false; 2]; self.branches.len()];
        for (switch, closed) in self.end_switches.iter().zip(&state.end_switch) {
            open[switch.branch as usize][usize::from(switch.end == BranchEnd::To)] |= !closed;
        }
        let mut joined = Sets::new(n_buses);
        for ((branch, on), open) in self.branches.iter().zip(&state.branch).zip(&open) {
            let live = state.bus[branch.from as usize] && state.bus[branch.to as usize];
            if *on && branch.kind == Kind::Joint && live && *open == [false; 2] {
                joined.join(branch.from, branch.to);
            }
        }
        let mut ends: Vec<[u32; 2]> = Vec::with_capacity(self.branches.len());
        let mut n_places = n_buses as u32;
        for ((branch, on), open) in self.branches.iter().zip(&state.branch).zip(&open) {
            let live = [state.bus[branch.from as usize], state.bus[branch.to as usize]];
            let parted = [open[0] || !live[0], open[1] || !live[1]];
            // A transformer at a bus out of service is out too; a line stays charged from its other end.
            let dark = !live[0] || !live[1];
            if !on || !matches!(branch.kind, Kind::TwoPort(_)) || (parted[0] && parted[1]) || (dark && !branch.is_line)
            {
                ends.push([NONE; 2]);
                continue;
            }
            let mut end = |bus: u32, parted: bool| {
                if parted {
                    n_places += 1;
                    n_places - 1
                } else {
                    joined.find(bus)
                }
            };
            ends.push([end(branch.from, parted[0]), end(branch.to, parted[1])]);
        }
        let fed = self.fed(state, &mut joined, findings);
        let live = live(&ends, n_places as usize, &fed);
        self.assemble(state, &mut joined, &ends, &live, &fed, findings)
    }

    /// The kept voltage at each place that a grid feeds.
    fn fed(&self, state: &State, joined: &mut Sets, findings: &mut Findings) -> Vec<(u32, Complex)> {
        let mut fed: Vec<(u32, Complex)> = Vec::new();
        for &(bus, set) in self.slacks.iter().filter(|(bus, _)| state.bus[*bus as usize]) {
            let place = joined.find(bus);
            match fed.iter().find(|(other, _)| *other == place) {
                None => fed.push((place, set)),
                Some((_, known)) if (*known - set).abs() > 1e-9 => findings.push(
                    Finding::warning(
                        "feeds-contradict",
                        format!(
                            "two grids feed here with {:.4} p.u. at {:.2}° and {:.4} p.u. at {:.2}°; the first one counts",
                            known.abs(),
                            known.angle_deg(),
                            set.abs(),
                            set.angle_deg()
                        ),
                    )
                    .with_key(self.buses[bus as usize].key.clone())
                    .with_help("Open the switch between them, or give both the same voltage."),
                ),
                Some(_) => {}
            }
        }
        fed
    }

    fn assemble(
        &self,
        state: &State,
        joined: &mut Sets,
        ends: &[[u32; 2]],
        live: &[bool],
        fed: &[(u32, Complex)],
        findings: &mut Findings,
    ) -> Grid {
        let n_buses = self.buses.len();
        let mut node_of_place = vec![NONE; live.len()];
        let mut net = Net::new(self.base_mva);
        for (place, _) in live.iter().enumerate().filter(|(_, live)| **live) {
            // Places of buses that are joined to another one are not live themselves.
            node_of_place[place] = net.add_node(NodeKind::Pq, Complex::ONE);
        }
        for &(place, set) in fed {
            let node = node_of_place[place as usize] as usize;
            (net.kind[node], net.set[node]) = (NodeKind::Slack, set);
        }
        let mut node_of_bus = vec![NONE; n_buses];
        let mut states = vec![BusState::OutOfService; n_buses];
        for (bus, record) in self.buses.iter().enumerate().filter(|(bus, _)| state.bus[*bus]) {
            let node = node_of_place[joined.find(bus as u32) as usize];
            node_of_bus[bus] = node;
            states[bus] = if node == NONE { BusState::Unsupplied } else { BusState::Supplied };
            if node != NONE {
                net.demand[node as usize] += record.demand;
                net.demand_current[node as usize] += record.current;
                net.shunt[node as usize] += record.shunt;
                let set = &mut net.set[node as usize];
                if net.kind[node as usize] == NodeKind::Pq && *set == Complex::ONE {
                    *set = record.start.unwrap_or(Complex::ONE);
                }
            }
        }
        let q_limits_pu = self.add_generators(&mut net, &node_of_bus, findings);
        let mut row_of_branch = vec![NONE; self.branches.len()];
        let mut branch_of_row = Vec::with_capacity(self.branches.len());
        for (number, (branch, ends)) in self.branches.iter().zip(ends).enumerate() {
            let Kind::TwoPort(two_port) = branch.kind else { continue };
            if ends[0] == NONE || node_of_place[ends[0] as usize] == NONE {
                continue;
            }
            row_of_branch[number] = net.branches.len() as u32;
            branch_of_row.push(number as u32);
            let [from, to] = [node_of_place[ends[0] as usize], node_of_place[ends[1] as usize]];
            net.branches.push(crate::net::TwoPort { from, to, ..two_port });
        }
        Grid { net, node_of_bus, row_of_branch, branch_of_row, bus: states, q_limits_pu }
    }

    fn add_generators(&self, net: &mut Net, node_of_bus: &[u32], findings: &mut Findings) -> Vec<(u32, f64, f64)> {
        let mut limits: Vec<(u32, f64, f64)> = Vec::new();
        let mut seen = vec![NONE; net.n_nodes()];
        for generator in &self.generators {
            let node = node_of_bus[generator.bus as usize];
            if node == NONE {
                continue;
            }
            let at = node as usize;
            net.demand[at] -= Complex::new(generator.p_pu, 0.0);
            let (low, high) = generator.q_limits_pu;
            let (known, is_new) = match net.kind[at] {
                NodeKind::Slack => (net.set[at].abs(), false),
                NodeKind::Pv => (net.set[at].abs(), false),
                NodeKind::Pq => (generator.vm_pu, true),
            };
            if is_new {
                let angle_deg = net.set[at].angle_deg();
                (net.kind[at], net.set[at]) = (NodeKind::Pv, Complex::from_polar_deg(generator.vm_pu, angle_deg));
                seen[at] = limits.len() as u32;
                limits.push((node, low, high));
            } else if seen[at] != NONE {
                let of = &mut limits[seen[at] as usize];
                (of.1, of.2) = (of.1 + low, of.2 + high);
            }
            if (known - generator.vm_pu).abs() > 1e-9 {
                findings.push(
                    Finding::warning(
                        "generators-contradict",
                        format!(
                            "a generator wants {} p.u. where {known} p.u. is kept; the latter counts",
                            generator.vm_pu
                        ),
                    )
                    .with_key(self.buses[generator.bus as usize].key.clone())
                    .with_field("vm_pu"),
                );
            }
        }
        limits
    }
}

/// Which places are joined to a fed one.
fn live(ends: &[[u32; 2]], n_places: usize, fed: &[(u32, Complex)]) -> Vec<bool> {
    let mut sets = Sets::new(n_places);
    for ends in ends.iter().filter(|ends| ends[0] != NONE) {
        sets.join(ends[0], ends[1]);
    }
    let mut is_fed = vec![false; n_places];
    for &(place, _) in fed {
        is_fed[sets.find(place) as usize] = true;
    }
    (0..n_places as u32).map(|place| is_fed[sets.find(place) as usize]).collect()
}
