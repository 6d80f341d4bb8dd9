//! Power flow of a state: voltages, flows, loadings, totals in the units of the twin.

use twin::{
    Finding, Findings,
    outcome::{BranchFlow, PowerState, PowerTotals, Status},
};

use super::{BusState, Grid, Kind, Model, Rating, State};
use crate::{
    complex::Complex,
    net::NodeKind,
    solve::{End, Options, Solution, Solver},
};

/// Band of voltage where a bus has none of its own: EN 50160, ±10 %.
pub(crate) const BAND_PU: (f64, f64) = (0.9, 1.1);

/// Solves the power flow of a state.
///
/// # Errors
/// None: what does not converge has the status `NotConverged`, its state is dark, and a finding names the bus with the
/// greatest mismatch. A network without a feeding grid is `Empty`.
///
/// # References
/// See [`crate::solve`] and [`Model`]; golden tests against pandapower 3.3.3 in `twin-io`.
#[must_use]
pub fn power_flow(
    model: &Model,
    state: &State,
    options: &Options,
    enforce_q_limits: bool,
    findings: &mut Findings,
) -> (PowerState, Status) {
    let grid = model.energize(state, findings);
    let (n_buses, n_branches) = (model.n_buses(), model.n_branches());
    if grid.net.n_nodes() == 0 {
        if n_buses > 0 {
            findings.push(
                Finding::warning("power-without-feed", "no grid feeds the power network: every bus is dark")
                    .with_help("Give a bus an external grid (a slack voltage)."),
            );
        }
        return (PowerState::dark(n_buses, n_branches), Status::Empty);
    }
    let mut solver = Solver::new(grid.net.clone(), *options);
    if enforce_q_limits {
        solver = within_q_limits(solver, &grid);
    }
    let solution = solver.base();
    match solution.end {
        End::Converged { iterations, residual_pu } => {
            (state_of(model, &grid, solution), Status::Converged { iterations, residual: residual_pu })
        }
        End::NotConverged { iterations, residual_pu, node, singular } => {
            let bus = grid.node_of_bus.iter().position(|of| *of == node);
            let what = if singular { "the equations have no unique solution" } else { "the greatest mismatch is" };
            let finding = Finding::warning(
                "power-not-converged",
                format!(
                    "the power flow does not converge; {what} there ({:.3} MVA after {iterations} iterations)",
                    residual_pu.min(1e12) * model.base_mva
                ),
            )
            .with_help(
                "The loads may be more than the network can carry (voltage collapse), or an impedance is wrong.",
            );
            findings.push(match bus {
                Some(bus) => finding.with_key(model.buses[bus].key.clone()),
                None => finding,
            });
            let residual = if residual_pu.is_finite() { residual_pu } else { f64::MAX };
            (PowerState::dark(n_buses, n_branches), Status::NotConverged { iterations, residual })
        }
    }
}

/// Generators beyond their reactive limits keep the limit instead of the voltage, as in MATPOWER: all of them at once, and, where
/// that has no solution, one after the other beginning with the one that is farthest beyond.
fn within_q_limits(solver: Solver, grid: &Grid) -> Solver {
    match limited(&solver, grid, true) {
        Some(kept) if kept.base().end.is_converged() => kept,
        Some(at_once) => limited(&solver, grid, false).filter(|one| one.base().end.is_converged()).unwrap_or(at_once),
        None => solver,
    }
}

/// The solution with the generators that are beyond their limits at these, or the first one that does not converge; nothing where none is
/// beyond them.
fn limited(first: &Solver, grid: &Grid, at_once: bool) -> Option<Solver> {
    let mut last: Option<Solver> = None;
    // A generator at its limit stays there: every round has one less that keeps its voltage.
    loop {
        let solver = last.as_ref().unwrap_or(first);
        if !solver.base().end.is_converged() {
            return last;
        }
        let out = solver.net().outflow(&solver.base().voltage);
        let mut beyond: Vec<(usize, f64, f64)> = Vec::new();
        for &(node, low, high) in &grid.q_limits_pu {
            let node = node as usize;
            if solver.net().kind[node] != NodeKind::Pv {
                continue;
            }
            let made = out[node].im + solver.net().drawn(node, solver.base().voltage[node]).im;
            let kept = made.clamp(low.min(high), high.max(low));
            if (made - kept).abs() > 1e-9 {
                beyond.push((node, kept, (made - kept).abs()));
            }
        }
        if !at_once {
            beyond.sort_by(|a, b| b.2.total_cmp(&a.2));
            beyond.truncate(1);
        }
        if beyond.is_empty() {
            return last;
        }
        let mut net = solver.net().clone();
        for (node, kept, _) in beyond {
            net.kind[node] = NodeKind::Pq;
            net.demand[node].im -= kept;
        }
        last = Some(solver.again(net));
    }
}

/// Voltages and flows of a solution in the order of the twin.
#[must_use]
pub fn state_of(model: &Model, grid: &Grid, solution: &Solution) -> PowerState {
    let mut state = PowerState::dark(model.n_buses(), model.n_branches());
    let base = model.base_mva;
    let out = grid.net.outflow(&solution.voltage);
    let mut is_told = vec![false; grid.net.n_nodes()];
    for (bus, record) in model.buses.iter().enumerate() {
        let Some(node) = grid.node(bus) else { continue };
        let v = solution.voltage[node as usize];
        state.vm_pu[bus] = Some(v.abs());
        state.va_deg[bus] = Some(v.angle_deg());
        let drawn = record.demand + record.current.scale(v.abs()) + record.shunt.conj().scale(v.norm_squared());
        state.p_mw[bus] = Some(drawn.re * base);
        state.q_mvar[bus] = Some(drawn.im * base);
    }
    // What feeds and generators make stands at their bus, once per node.
    let feeds = model.slacks.iter().map(|slack| slack.0).chain(model.generators.iter().map(|of| of.bus));
    for bus in feeds {
        let Some(node) = grid.node(bus as usize) else { continue };
        let at = node as usize;
        if std::mem::replace(&mut is_told[at], true) {
            continue;
        }
        let v = solution.voltage[at];
        let missing = out[at] + grid.net.drawn(at, v);
        let bus = bus as usize;
        let add = |cell: &mut Option<f64>, value: f64| *cell = cell.map(|known| known - value * base);
        if grid.net.kind[at] == NodeKind::Slack {
            add(&mut state.p_mw[bus], missing.re);
        }
        add(&mut state.q_mvar[bus], missing.im);
    }
    for generator in &model.generators {
        let cell = &mut state.p_mw[generator.bus as usize];
        *cell = cell.map(|known| known - generator.p_pu * base);
    }
    for (number, branch) in model.branches.iter().enumerate() {
        let Some(row) = grid.row(number) else { continue };
        let two_port = &grid.net.branches[row as usize];
        let (v_from, v_to) = (solution.voltage[two_port.from as usize], solution.voltage[two_port.to as usize]);
        state.flow[number] = Some(flow_of(model, branch, two_port, v_from, v_to));
    }
    state
}

fn flow_of(
    model: &Model,
    branch: &super::Branch,
    two_port: &crate::net::TwoPort,
    v_from: Complex,
    v_to: Complex,
) -> BranchFlow {
    let base = model.base_mva;
    let (i_from, i_to) = two_port.current(v_from, v_to);
    let (s_from, s_to) = (v_from * i_from.conj(), v_to * i_to.conj());
    let ka = |i: Complex, bus: u32| i.abs() * base / (3f64.sqrt() * model.buses[bus as usize].vn_kv);
    let (i_from_ka, i_to_ka) = (ka(i_from, branch.from), ka(i_to, branch.to));
    let loading_percent = match branch.rating {
        Rating::None => None,
        Rating::Current(max_ka) => Some(100.0 * i_from_ka.max(i_to_ka) / max_ka),
        Rating::Power { sn_mva, vn_kv } => {
            Some(100.0 * 3f64.sqrt() * (i_from_ka * vn_kv[0]).max(i_to_ka * vn_kv[1]) / sn_mva)
        }
        Rating::Apparent(mva) => Some(100.0 * s_from.abs().max(s_to.abs()) * base / mva),
    };
    BranchFlow {
        p_from_mw: s_from.re * base,
        q_from_mvar: s_from.im * base,
        p_to_mw: s_to.re * base,
        q_to_mvar: s_to.im * base,
        i_from_ka,
        i_to_ka,
        loading_percent,
    }
}

impl Model {
    /// Sums over a solved state; customers and load at dark buses and at buses out of service count as unsupplied.
    #[must_use]
    pub fn totals(&self, state: &State, solved: &PowerState) -> PowerTotals {
        let dark = self.dark(state);
        let mut totals = PowerTotals::default();
        for load in &self.loads {
            let mw = load.power.re * self.base_mva;
            let bus = load.bus as usize;
            if state.bus[bus] && !dark[bus] {
                totals.supplied_mw += mw;
                totals.customers_supplied += 1;
            } else {
                totals.unsupplied_mw += mw;
                totals.customers_unsupplied += 1;
            }
        }
        let mut lowest = f64::INFINITY;
        for (bus, vm_pu) in self.buses.iter().zip(&solved.vm_pu) {
            let Some(vm_pu) = *vm_pu else { continue };
            lowest = lowest.min(vm_pu);
            totals.max_vm_pu = totals.max_vm_pu.max(vm_pu);
            let (low, high) = bus.band();
            totals.n_out_of_band += u32::from(vm_pu < low || vm_pu > high);
        }
        totals.min_vm_pu = if lowest.is_finite() { lowest } else { 0.0 };
        for flow in solved.flow.iter().flatten() {
            totals.losses_mw += flow.p_from_mw + flow.p_to_mw;
            if let Some(loading) = flow.loading_percent {
                totals.max_loading_percent = totals.max_loading_percent.max(loading);
                totals.n_overloaded += u32::from(loading > 100.0);
            }
        }
        let mut seen = vec![false; self.buses.len()];
        for &(bus, _) in &self.slacks {
            let at = bus as usize;
            if let (Some(p_mw), Some(vm_pu), false) = (solved.p_mw[at], solved.vm_pu[at], seen[at]) {
                seen[at] = true;
                let bus = &self.buses[at];
                let drawn = bus.demand.re + bus.current.re * vm_pu + bus.shunt.re * vm_pu * vm_pu;
                let generated: f64 = self.generators.iter().filter(|of| of.bus as usize == at).map(|of| of.p_pu).sum();
                totals.feed_mw += (drawn - generated) * self.base_mva - p_mw;
            }
        }
        totals
    }

    /// Buses in service that no grid feeds in a solved state.
    #[must_use]
    pub fn unsupplied(&self, state: &State, grid: &Grid) -> Vec<u32> {
        (0..self.buses.len() as u32)
            .filter(|&bus| state.bus[bus as usize] && grid.bus[bus as usize] == BusState::Unsupplied)
            .collect()
    }

    /// Whether a branch carries power at all (switches that join buses do not).
    #[must_use]
    pub fn is_two_port(&self, branch: usize) -> bool {
        matches!(self.branches[branch].kind, Kind::TwoPort(_))
    }
}

impl super::Bus {
    /// The band of admissible voltage, per unit.
    pub(crate) fn band(&self) -> (f64, f64) {
        (self.band_pu.0.unwrap_or(BAND_PU.0), self.band_pu.1.unwrap_or(BAND_PU.1))
    }
}
