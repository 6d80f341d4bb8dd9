//! Every single failure: who loses supply, what the rest carries, and what switching brings back.
//!
//! # Model
//! One asset at a time is out of service: a line, a transformer (all arms of one with three windings together), an
//! impedance, or a substation (the buses that transformers and switches join, with all that is connected there). What lies
//! behind a bridge is dark; the power flow of the rest is computed anew, and so is every switching state that restoration
//! tries.
//!
//! # Method
//! On trees, failures are lanes of one sweep with the branch cut; elsewhere, lanes of Newton's method with the branch taken
//! out of the admittances, the pattern and ordering kept. What is dark is an interval of a depth-first order, its loads
//! prefix sums. The method of the base case decides; substations are built anew.
//!
//! # References
//! Golden tests: `ref_n1_lines.csv` and `ref_n1_tie_restoration.csv` of pandapower 3.3.3.

use std::sync::atomic::{AtomicU64, Ordering};

use twin::{Findings, Twin, Watch, outcome::Restoration, utility::PowerBranchKind};

use crate::{
    complex::{Complex, Lanes},
    cuts::Cuts,
    feeder::Feeder,
    model::{Branch, Grid, Kind, Model, Rating, State},
    net::Net,
    newton,
    restore::{Before, Switching, state_without},
    solve::{End, Options as SolveOptions, Solver},
    spread::spread,
    sweep,
};

/// Failures side by side.
const LANES: usize = 4;

/// Which assets fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Each {
    /// Lines, cables and impedances.
    Line,
    /// Transformers.
    Transformer,
    /// Substations.
    Substation,
}

/// How failures are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Power flow.
    pub solve: SolveOptions,
    /// Whether switching is tried where something is dark.
    pub restore: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { solve: SolveOptions::default(), restore: true }
    }
}

/// Something that can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asset {
    /// Key: `power_line/12`, `power_transformer/114`, `power_transformer3w/0`, `power_substation/31` (its lowest bus).
    pub key: String,
    /// Name.
    pub name: Option<String>,
    /// Branches that are out.
    pub branches: Vec<u32>,
    /// Buses that are out.
    pub buses: Vec<u32>,
    /// Switches at ends of branches that stay open.
    pub switches: Vec<u32>,
}

/// What one failure does.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Whether the power flow of what stays live converges.
    pub end: End,
    /// Buses that lose their supply.
    pub dark_buses: u32,
    /// Customers (loads) that lose it.
    pub customers_lost: u32,
    /// Load that loses it, MW.
    pub lost_mw: f64,
    /// Lowest voltage of what stays live, per unit; 0 where nothing is live or it does not converge.
    pub min_vm_pu: f64,
    /// Greatest loading of a line.
    pub max_line_loading_percent: f64,
    /// The line of the greatest loading, by branch.
    pub worst_line: Option<u32>,
    /// Greatest loading of any branch.
    pub max_loading_percent: f64,
    /// What switching brings back, where something is dark and it was asked for.
    pub restoration: Option<Restoration>,
}

/// The assets of a kind, in the order of the twin.
#[must_use]
pub fn assets(twin: &Twin, each: Each) -> Vec<Asset> {
    match each {
        Each::Substation => substations(twin),
        Each::Line | Each::Transformer => {
            let mut assets: Vec<Asset> = Vec::new();
            for (id, branch) in twin.power.links() {
                let wanted = match branch.kind {
                    PowerBranchKind::Line { .. } | PowerBranchKind::Impedance { .. } => each == Each::Line,
                    PowerBranchKind::Transformer { .. } => each == Each::Transformer,
                    PowerBranchKind::Switch { .. } => false,
                };
                if !wanted {
                    continue;
                }
                let number = id.index() as u32;
                let key = branch.key.as_str();
                // The arms of a three-winding transformer stand together.
                let whole = key.strip_prefix("power_transformer3w/").and_then(|rest| rest.split_once('/'));
                let key = whole.map_or_else(|| key.to_owned(), |(label, _)| format!("power_transformer3w/{label}"));
                match assets.last_mut() {
                    Some(last) if whole.is_some() && last.key == key => last.branches.push(number),
                    _ => {
                        let name = branch.name.clone();
                        assets.push(Asset {
                            key,
                            name,
                            branches: vec![number],
                            buses: Vec::new(),
                            switches: Vec::new(),
                        })
                    }
                }
            }
            assets
        }
    }
}

/// Buses that transformers and switches join, where a transformer is among them.
fn substations(twin: &Twin) -> Vec<Asset> {
    let n = twin.power.n_nodes();
    let mut sets = crate::model::Sets::new(n);
    let mut has_transformer = vec![false; n];
    for (id, branch) in twin.power.links() {
        let (from, to) = twin.power.ends(id);
        match branch.kind {
            PowerBranchKind::Transformer { .. } => {
                sets.join(from.index() as u32, to.index() as u32);
                has_transformer[from.index()] = true;
            }
            PowerBranchKind::Switch { closed: true, .. } => sets.join(from.index() as u32, to.index() as u32),
            _ => {}
        }
    }
    let mut members: std::collections::BTreeMap<u32, (Vec<u32>, bool)> = std::collections::BTreeMap::new();
    for bus in 0..n as u32 {
        let entry = members.entry(sets.find(bus)).or_default();
        entry.0.push(bus);
        entry.1 |= has_transformer[bus as usize];
    }
    members
        .into_values()
        .filter(|(_, is_station)| *is_station)
        .map(|(buses, _)| {
            let label = |bus: u32| {
                let key = &twin.power[twin::Id::new(bus as usize)].key;
                key.as_str().rsplit('/').next().unwrap_or_default().to_owned()
            };
            let name = buses.iter().find_map(|bus| twin.power[twin::Id::new(*bus as usize)].name.clone());
            let key = format!("power_substation/{}", label(buses[0]));
            Asset { key, name, branches: Vec::new(), buses, switches: Vec::new() }
        })
        .collect()
}

/// Every failure of a list of assets, in its order. Nothing where somebody stopped it.
#[must_use]
pub fn n1(model: &Model, assets: &[Asset], options: &Options, watch: &dyn Watch) -> Option<Vec<Failure>> {
    let state = model.state();
    let study = Study::of(model, &state, options);
    let done = AtomicU64::new(0);
    let total = assets.len() as u64;
    // What the base network can do with one branch out goes in lanes, the rest is built anew.
    let mut quick: Vec<(usize, u32)> = Vec::new();
    let mut slow: Vec<usize> = Vec::new();
    let mut rows: Vec<Option<Failure>> = vec![None; assets.len()];
    for (number, asset) in assets.iter().enumerate() {
        match study.row_of(asset) {
            Way::Idle => rows[number] = Some(study.unchanged()),
            Way::Row(row) => quick.push((number, row)),
            Way::Anew => slow.push(number),
        }
    }
    // Failures of the same method side by side.
    quick.sort_by_key(|&(number, row)| (!study.is_swept(row), number));
    let split = quick.iter().position(|&(_, row)| !study.is_swept(row)).unwrap_or(quick.len());
    let chunks: Vec<&[(usize, u32)]> = quick[..split].chunks(LANES).chain(quick[split..].chunks(LANES)).collect();
    let told = |n: usize| {
        let now = done.fetch_add(n as u64, Ordering::Relaxed) + n as u64;
        watch.progress("power-n1", now, total);
    };
    let solved: Vec<Vec<(usize, Failure)>> = spread(
        chunks.len(),
        || Worker::new(&study),
        |worker, chunk| {
            if watch.is_cancelled() {
                return Vec::new();
            }
            let chunk = chunks[chunk];
            let mut failures = worker.lanes(&study, chunk);
            for (number, failure) in &mut failures {
                study.restore(&assets[*number], failure, &mut worker.feeder);
            }
            told(chunk.len());
            failures
        },
    );
    for (number, failure) in solved.into_iter().flatten() {
        rows[number] = Some(failure);
    }
    let anew: Vec<(usize, Option<Failure>)> = spread(slow.len(), Feeder::default, |feeder, place| {
        let number = slow[place];
        if watch.is_cancelled() {
            return (number, None);
        }
        let mut failure = study.anew(&assets[number]);
        study.restore(&assets[number], &mut failure, feeder);
        told(1);
        (number, Some(failure))
    });
    for (number, failure) in anew {
        rows[number] = failure;
    }
    rows.into_iter().collect()
}

/// How a failure is computed.
enum Way {
    /// Nothing of it is in service.
    Idle,
    /// One two-port of the base network is out.
    Row(u32),
    Anew,
}

/// What all failures share.
struct Study<'m> {
    model: &'m Model,
    state: &'m State,
    options: &'m Options,
    grid: Grid,
    solver: Solver,
    cuts: Cuts,
    gauge: Gauge,
    switching: Option<Switching<'m>>,
    /// Buses, customers and load (MW) at the places before each place.
    sums: Vec<(u32, u32, f64)>,
    has_bus: Vec<bool>,
}

impl<'m> Study<'m> {
    fn of(model: &'m Model, state: &'m State, options: &'m Options) -> Self {
        let grid = model.energize(state, &mut Findings::default());
        let cuts = Cuts::of(&grid.net);
        let solver = Solver::new(grid.net.clone(), options.solve);
        let mut at = vec![(0u32, 0u32, 0.0); grid.net.n_nodes()];
        let mut has_bus = vec![false; grid.net.n_nodes()];
        for bus in 0..model.n_buses() {
            if let Some(node) = grid.node(bus) {
                at[node as usize].0 += 1;
                has_bus[node as usize] = true;
            }
        }
        for load in &model.loads {
            if let Some(node) = grid.node(load.bus as usize) {
                let of = &mut at[node as usize];
                (of.1, of.2) = (of.1 + 1, of.2 + load.power.re * model.base_mva);
            }
        }
        let mut sums = vec![(0, 0, 0.0)];
        for &node in &cuts.node {
            let (last, here) = (sums[sums.len() - 1], at[node as usize]);
            sums.push((last.0 + here.0, last.1 + here.1, last.2 + here.2));
        }
        let gauge = Gauge::of(model, &grid);
        let switching = options.restore.then(|| {
            let before = Before::of(model, &grid, solver.base());
            Switching::of(model, state, &grid, solver.base(), before, &options.solve)
        });
        Self { model, state, options, grid, solver, cuts, gauge, switching, sums, has_bus }
    }

    fn row_of(&self, asset: &Asset) -> Way {
        if !asset.buses.is_empty() {
            return Way::Anew;
        }
        let live: Vec<u32> = asset.branches.iter().filter_map(|&branch| self.grid.row(branch as usize)).collect();
        let joints = asset.branches.iter().any(|&branch| {
            self.model.branches[branch as usize].kind == Kind::Joint && self.state.branch[branch as usize]
        });
        match live.as_slice() {
            _ if joints || !self.solver.base().end.is_converged() => Way::Anew,
            [] => Way::Idle,
            [row] => Way::Row(*row),
            _ => Way::Anew,
        }
    }

    /// Whether sweeps solve the failure of a row: a bridge of a network that is swept.
    fn is_swept(&self, row: u32) -> bool {
        let (from, to) = self.cuts.behind[row as usize];
        let Some((tree, _)) = self.solver.swept_base() else { return false };
        from < to && !tree.has_currents() && tree.place_below(row as usize).is_some()
    }

    fn unchanged(&self) -> Failure {
        self.measured(&self.solver.base().voltage, self.solver.base().end, None, (0, 0))
    }

    fn behind(&self, row: u32) -> (u32, u32) {
        self.cuts.behind[row as usize]
    }

    /// Reads off what matters.
    fn measured(&self, voltage: &[Complex], end: End, out: Option<u32>, behind: (u32, u32)) -> Failure {
        let (first, last) = (self.sums[behind.0 as usize], self.sums[behind.1 as usize]);
        let mut failure = Failure {
            end,
            dark_buses: last.0 - first.0,
            customers_lost: last.1 - first.1,
            lost_mw: if behind.0 < behind.1 { last.2 - first.2 } else { 0.0 },
            min_vm_pu: 0.0,
            max_line_loading_percent: 0.0,
            worst_line: None,
            max_loading_percent: 0.0,
            restoration: None,
        };
        if !end.is_converged() {
            return failure;
        }
        let is_dark = |node: usize| (behind.0..behind.1).contains(&self.cuts.place[node]);
        let mut lowest = f64::INFINITY;
        for (node, v) in voltage.iter().enumerate() {
            let squared = v.norm_squared();
            if squared < lowest && self.has_bus[node] && !is_dark(node) {
                lowest = squared;
            }
        }
        failure.min_vm_pu = if lowest.is_finite() { lowest.sqrt() } else { 0.0 };
        let (mut worst, mut worst_line, mut worst_row) = (0.0, 0.0, None);
        for (row, of) in self.gauge.rows.iter().enumerate() {
            if of.weight == [0.0; 2] {
                continue;
            }
            let two_port = &self.grid.net.branches[row];
            let (from, to) = (two_port.from as usize, two_port.to as usize);
            let squared = of.loading_squared(two_port, voltage[from], voltage[to]);
            if squared > worst || (of.is_line && squared > worst_line) {
                if Some(row as u32) == out || is_dark(from) || is_dark(to) {
                    continue;
                }
                worst = squared.max(worst);
                if of.is_line && squared > worst_line {
                    (worst_line, worst_row) = (squared, Some(row));
                }
            }
        }
        failure.max_loading_percent = 100.0 * f64::sqrt(worst);
        failure.max_line_loading_percent = 100.0 * f64::sqrt(worst_line);
        failure.worst_line = worst_row.map(|row| self.grid.branch_of_row[row]);
        failure
    }

    fn anew(&self, asset: &Asset) -> Failure {
        let state = state_without(self.state, asset);
        let grid = self.model.energize(&state, &mut Findings::default());
        if grid.net.n_nodes() == 0 {
            let mut failure = self.unchanged();
            let all = self.sums[self.sums.len() - 1];
            (failure.dark_buses, failure.customers_lost, failure.lost_mw) = all;
            (failure.min_vm_pu, failure.max_loading_percent, failure.max_line_loading_percent) = (0.0, 0.0, 0.0);
            failure.worst_line = None;
            failure.end = End::Converged { iterations: 0, residual_pu: 0.0 };
            return failure;
        }
        let solver = Solver::new(grid.net.clone(), self.options.solve);
        let mut has_bus = vec![false; grid.net.n_nodes()];
        (0..self.model.n_buses()).filter_map(|bus| grid.node(bus)).for_each(|node| has_bus[node as usize] = true);
        let study = Self {
            model: self.model,
            state: self.state,
            options: self.options,
            cuts: Cuts::of(&grid.net),
            gauge: Gauge::of(self.model, &grid),
            switching: None,
            sums: vec![(0, 0, 0.0)],
            has_bus,
            grid,
            solver,
        };
        let mut failure = study.unchanged();
        for bus in 0..self.model.n_buses() {
            failure.dark_buses += u32::from(self.grid.node(bus).is_some() && study.grid.node(bus).is_none());
        }
        for load in &self.model.loads {
            let bus = load.bus as usize;
            if self.grid.node(bus).is_some() && study.grid.node(bus).is_none() {
                failure.customers_lost += 1;
                failure.lost_mw += load.power.re * self.model.base_mva;
            }
        }
        failure
    }

    fn restore(&self, asset: &Asset, failure: &mut Failure, feeder: &mut Feeder) {
        if let (Some(switching), true) = (&self.switching, failure.dark_buses > 0) {
            let mut restoration = switching.restore(asset, feeder);
            if restoration.steps.is_empty() {
                restoration.min_vm_pu = failure.min_vm_pu;
                restoration.max_loading_percent = failure.max_loading_percent;
            }
            failure.restoration = Some(restoration);
        }
    }
}

/// Memory of one thread.
struct Worker {
    sweep: Option<sweep::Workspace<LANES>>,
    newton: Option<newton::Workspace<LANES>>,
    voltage: Vec<Complex>,
    feeder: Feeder,
}

impl Worker {
    fn new(study: &Study<'_>) -> Self {
        let voltage = study.solver.base().voltage.clone();
        Self { sweep: None, newton: None, voltage, feeder: Feeder::default() }
    }

    fn lanes(&mut self, study: &Study<'_>, chunk: &[(usize, u32)]) -> Vec<(usize, Failure)> {
        if study.is_swept(chunk[0].1)
            && let Some(failures) = self.swept(study, chunk)
        {
            return failures;
        }
        self.newton(study, chunk)
    }

    fn swept(&mut self, study: &Study<'_>, chunk: &[(usize, u32)]) -> Option<Vec<(usize, Failure)>> {
        let (tree, base) = study.solver.swept_base()?;
        let work = self.sweep.get_or_insert_with(|| {
            let mut work = sweep::Workspace::new(tree);
            work.start(tree);
            work
        });
        work.start_from(base);
        work.set_demand_of_all(base);
        let mut out = Vec::new();
        for (lane, &(_, row)) in chunk.iter().enumerate() {
            let place = tree.place_below(row as usize)?;
            work.darken(tree.below_place(place), lane);
            out.push((place, lane));
        }
        work.take_out(out.into_iter());
        let end = work.solve(tree, 0.05 * study.options.solve.tolerance_pu.clamp(1e-11, 1e-6), 40);
        if !end.converged {
            return None;
        }
        let end = End::Converged { iterations: end.iterations, residual_pu: study.options.solve.tolerance_pu };
        let mut failures = Vec::with_capacity(chunk.len());
        for (lane, &(number, row)) in chunk.iter().enumerate() {
            work.voltage(tree, lane, &mut self.voltage);
            failures.push((number, study.measured(&self.voltage, end, Some(row), study.behind(row))));
        }
        Some(failures)
    }

    fn newton(&mut self, study: &Study<'_>, chunk: &[(usize, u32)]) -> Vec<(usize, Failure)> {
        let (mesh, net): (_, &Net) = (study.solver.mesh(), study.solver.net());
        let work = self.newton.get_or_insert_with(|| newton::Workspace::new(mesh));
        work.relight();
        work.start(mesh, &study.solver.base().voltage);
        for (place, &node) in mesh.node.iter().enumerate() {
            let demand = net.demand[node as usize];
            (work.p[place], work.q[place]) = (Lanes::all(demand.re), Lanes::all(demand.im));
        }
        for (lane, &(_, row)) in chunk.iter().enumerate() {
            work.take_out(mesh, lane, Some(&net.branches[row as usize]));
            let (from, to) = study.behind(row);
            work.darken(mesh, lane, &study.cuts.node[from as usize..to as usize]);
        }
        let options = &study.options.solve;
        let ends = work.solve(mesh, options.tolerance_pu, options.max_iterations, None);
        let mut failures = Vec::with_capacity(chunk.len());
        for ((lane, &(number, row)), end) in chunk.iter().enumerate().zip(ends) {
            work.voltage(mesh, lane, &mut self.voltage);
            failures.push((number, study.measured(&self.voltage, end.into(), Some(row), study.behind(row))));
        }
        failures
    }
}

/// How currents become loadings.
#[derive(Clone, Debug)]
pub(crate) struct Gauge {
    pub(crate) rows: Vec<RowGauge>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct RowGauge {
    /// Loading per current in per unit at both ends, squared; zero where no rating is known.
    pub(crate) weight: [f64; 2],
    is_line: bool,
    /// Whether it is the power that counts, not the current.
    by_power: bool,
}

impl RowGauge {
    pub(crate) fn of(model: &Model, branch: &Branch) -> Self {
        let base_ka =
            [branch.from, branch.to].map(|bus| model.base_mva / (3f64.sqrt() * model.buses[bus as usize].vn_kv));
        let (weight, by_power) = match branch.rating {
            Rating::None => ([0.0; 2], false),
            Rating::Current(ka) => (base_ka.map(|base| (base / ka).powi(2)), false),
            Rating::Power { sn_mva, vn_kv } => {
                ([0, 1].map(|side| (base_ka[side] * vn_kv[side] * 3f64.sqrt() / sn_mva).powi(2)), false)
            }
            Rating::Apparent(mva) => ([(model.base_mva / mva).powi(2); 2], true),
        };
        Self { weight, is_line: branch.is_line, by_power }
    }

    /// Square of the loading, 1 is full.
    pub(crate) fn loading_squared(&self, two_port: &crate::net::TwoPort, v_from: Complex, v_to: Complex) -> f64 {
        let (i_from, i_to) = two_port.current(v_from, v_to);
        let (mut a, mut b) = (i_from.norm_squared() * self.weight[0], i_to.norm_squared() * self.weight[1]);
        if self.by_power {
            a *= v_from.norm_squared();
            b *= v_to.norm_squared();
        }
        if a > b { a } else { b }
    }
}

impl Gauge {
    pub(crate) fn of(model: &Model, grid: &Grid) -> Self {
        let rows =
            grid.branch_of_row.iter().map(|&number| RowGauge::of(model, &model.branches[number as usize])).collect();
        Self { rows }
    }
}
