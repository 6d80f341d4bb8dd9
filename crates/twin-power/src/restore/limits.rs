//! Limits: what breaks them before a fault, and how far a solution of the whole network is from them.

use twin::Findings;

use crate::{
    feeder::{Extremes, NONE},
    model::{Grid, Model, State},
    n1::Gauge,
    solve::{Options, Solution, Solver},
};

/// Violations before the fault: they do not count against restoration.
#[derive(Clone, Debug)]
pub(crate) struct Before {
    out_of_band: Vec<bool>,
    overloaded: Vec<bool>,
}

impl Before {
    pub(crate) fn of(model: &Model, grid: &Grid, base: &Solution) -> Self {
        let mut before =
            Self { out_of_band: vec![false; model.n_buses()], overloaded: vec![false; model.n_branches()] };
        if !base.end.is_converged() {
            return before;
        }
        for bus in 0..model.n_buses() {
            if let Some(node) = grid.node(bus) {
                let (low, high) = model.buses[bus].band();
                let vm = base.voltage[node as usize].abs();
                before.out_of_band[bus] = vm < low || vm > high;
            }
        }
        for (row, gauge) in Gauge::of(model, grid).rows.iter().enumerate() {
            let two_port = &grid.net.branches[row];
            let (from, to) = (base.voltage[two_port.from as usize], base.voltage[two_port.to as usize]);
            before.overloaded[grid.branch_of_row[row] as usize] = gauge.loading_squared(two_port, from, to) > 1.0;
        }
        before
    }

    pub(crate) fn is_out_of_band(&self, bus: u32) -> bool {
        self.out_of_band[bus as usize]
    }

    pub(crate) fn is_overloaded(&self, branch: u32) -> bool {
        self.overloaded[branch as usize]
    }
}

/// Voltages and loadings of a solution by feeding bus.
pub(super) fn extremes_by_area(
    model: &Model,
    grid: &Grid,
    solution: &Solution,
    root: &[u32],
    before: &Before,
    areas: &mut [(u32, Extremes)],
) {
    let at = |root: u32, areas: &[(u32, Extremes)]| areas.iter().position(|(known, _)| *known == root);
    for (bus, &fed_by) in root.iter().enumerate() {
        let (Some(node), Some(at)) = (grid.node(bus), at(fed_by, areas)) else { continue };
        let squared = solution.voltage[node as usize].norm_squared();
        let extremes = &mut areas[at].1;
        extremes.lowest = extremes.lowest.min(squared);
    }
    for (row, gauge) in Gauge::of(model, grid).rows.iter().enumerate() {
        let branch = grid.branch_of_row[row];
        let record = &model.branches[branch as usize];
        let of = [record.from, record.to].map(|bus| root[bus as usize]);
        let Some(at) = at(if of[0] == NONE { of[1] } else { of[0] }, areas) else { continue };
        let two_port = &grid.net.branches[row];
        let (from, to) = (solution.voltage[two_port.from as usize], solution.voltage[two_port.to as usize]);
        let squared = gauge.loading_squared(two_port, from, to);
        let extremes = &mut areas[at].1;
        extremes.greatest = extremes.greatest.max(squared);
        debug_assert!(squared <= 1.0 || before.is_overloaded(branch), "because both come from the same solution");
    }
}

/// The power flow of a whole state; nothing where it does not converge.
pub(super) fn whole(model: &Model, state: &State, before: &Before, options: &Options) -> Option<Extremes> {
    let grid = model.energize(state, &mut Findings::default());
    if grid.net.n_nodes() == 0 {
        return None;
    }
    let solver = Solver::new(grid.net.clone(), *options);
    let solution = solver.base();
    if !solution.end.is_converged() {
        return None;
    }
    let mut extremes = Extremes::NOTHING;
    for bus in 0..model.n_buses() {
        let Some(node) = grid.node(bus) else { continue };
        let vm = solution.voltage[node as usize].abs();
        let (low, high) = model.buses[bus].band();
        extremes.lowest = extremes.lowest.min(vm * vm);
        extremes.fine &= before.out_of_band[bus] || (vm >= low && vm <= high);
    }
    for (row, gauge) in Gauge::of(model, &grid).rows.iter().enumerate() {
        let two_port = &grid.net.branches[row];
        let (from, to) = (solution.voltage[two_port.from as usize], solution.voltage[two_port.to as usize]);
        let squared = gauge.loading_squared(two_port, from, to);
        extremes.greatest = extremes.greatest.max(squared);
        extremes.fine &= squared <= 1.0 || before.overloaded[grid.branch_of_row[row] as usize];
    }
    Some(extremes)
}
