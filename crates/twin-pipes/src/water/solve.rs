//! One solve: Todini and Pilati's global gradient algorithm with EPANET's status checks.

use twin::{outcome::Status, scenario::WaterDemandModel, water::CUBIC_FOOT_M3};

use super::{
    law::{self, Linear},
    net::{BIG_M2_S, BIG_S_M2, Kind, NONE, Net, PumpLaw},
    state::{LinkState, State, mark_isolated},
    status,
};
use crate::sparse::Factor;

/// How one solve is done.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SolveOptions {
    /// What junctions draw.
    pub demand_model: WaterDemandModel,
    /// Pressure below which a junction draws nothing, metres.
    pub minimum_pressure_m: f64,
    /// Pressure from which it draws all, metres.
    pub required_pressure_m: f64,
    /// Exponent between the two.
    pub pressure_exponent: f64,
    /// Sum of flow changes over sum of flows at which a solve ends.
    pub accuracy: f64,
    /// Accuracy that is good enough where the finer one is not reached.
    pub acceptable: f64,
    /// Most iterations.
    pub max_iterations: u32,
}

impl SolveOptions {
    /// Required pressure where neither model nor scenario says one, metres: two storeys (DVGW W 400-1 asks for 2.0 bar
    /// in the main for buildings of ground floor and one above it).
    pub const REQUIRED_PRESSURE_M: f64 = 20.0;

    /// The options of a network.
    #[must_use]
    pub fn of(net: &Net) -> Self {
        let settings = net.settings();
        Self {
            demand_model: settings.demand_model,
            minimum_pressure_m: settings.minimum_pressure_m,
            required_pressure_m: settings.required_pressure_m.unwrap_or(Self::REQUIRED_PRESSURE_M),
            pressure_exponent: settings.pressure_exponent,
            accuracy: 1e-8,
            acceptable: settings.accuracy.clamp(1e-6, 1e-3),
            max_iterations: settings.max_iterations.max(200),
        }
    }
}

/// Room for solves on one network, reused from solve to solve.
#[derive(Clone, Debug)]
pub struct Workspace {
    factor: Factor,
    p: Vec<f64>,
    y: Vec<f64>,
    rhs: Vec<f64>,
    balance: Vec<f64>,
    stack: Vec<u32>,
    any_isolated: bool,
}

impl Workspace {
    /// Room for a network.
    #[must_use]
    pub fn new(net: &Net) -> Self {
        Self {
            factor: Factor::new(&net.symbolic),
            p: vec![0.0; net.n_links()],
            y: vec![0.0; net.n_links()],
            rhs: vec![0.0; net.node_of_row.len()],
            balance: vec![0.0; net.n_nodes()],
            stack: Vec::new(),
            any_isolated: false,
        }
    }
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Solved {
    /// Iterations and relative flow change.
    pub status: Status,
    /// The node where the equations have no solution.
    pub singular_at: Option<usize>,
}

/// Solves for the heads and flows at the demands, sources and states of `state`.
///
/// # Method
/// Newton on flows and heads together (global gradient algorithm); every iteration refills and factors one matrix whose
/// pattern never changes. Statuses of valves are checked in every iteration, those of pumps, check valves and links at
/// tanks every few iterations and at convergence, as EPANET 2.3 does. Parts without a source are left out: they have
/// no pressure, and nothing is drawn there.
///
/// Where the accuracy is not reached within the iterations, the solve is repeated from the start with a tenth of the
/// accuracy, down to the acceptable one.
///
/// # References
/// - E. Todini, S. Pilati (1988): A gradient algorithm for the analysis of pipe networks.
/// - L. A. Rossman et al. (2020): EPANET 2.2 User Manual, EPA/600/R-20/133, chapter 12 and appendix.
pub fn solve(net: &Net, options: &SolveOptions, state: &mut State, work: &mut Workspace) -> Solved {
    let first = attempt(net, options, options.accuracy, Start::Search, state, work);
    if first.status.is_fine() || first.singular_at.is_some() {
        return first;
    }
    let mut iterations = first.status.iterations();
    let mut accuracy = options.accuracy * 10.0;
    let mut last = first;
    // The statuses of the failed attempt are kept: they are nearer to the solution than those of the start.
    while accuracy <= options.acceptable * 1.000_001 {
        if first.status.residual() > options.acceptable {
            state.reset_flows(net);
        }
        last = attempt(net, options, accuracy, Start::Search, state, work);
        iterations += last.status.iterations();
        if last.status.is_fine() || last.singular_at.is_some() {
            break;
        }
        accuracy *= 10.0;
    }
    let residual = last.status.residual();
    let status = if last.status.is_fine() {
        Status::Converged { iterations, residual }
    } else {
        Status::NotConverged { iterations, residual }
    };
    Solved { status, ..last }
}

/// What is known before a solve about nodes that nothing supplies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// They are looked for.
    Search,
    /// They are those that the state names.
    AsBefore,
}

/// One attempt from a state that is near to the solution.
pub(crate) fn solve_from(
    net: &Net,
    options: &SolveOptions,
    start: Start,
    state: &mut State,
    work: &mut Workspace,
) -> Solved {
    attempt(net, options, options.accuracy, start, state, work)
}

/// One run of the iteration at one accuracy.
fn attempt(
    net: &Net,
    options: &SolveOptions,
    accuracy: f64,
    start: Start,
    state: &mut State,
    work: &mut Workspace,
) -> Solved {
    work.any_isolated = match start {
        Start::Search => mark_isolated(net, state, &mut work.stack),
        Start::AsBefore => state.isolated.contains(&true),
    };
    empty_isolated(net, state, work);
    let pda = options.demand_model == WaterDemandModel::Pda;
    if !pda {
        for node in 0..net.n_nodes() {
            state.drawn_m3_s[node] = if state.isolated[node] { 0.0 } else { state.full_m3_s[node] };
        }
    }
    let settings = net.settings();
    let mut next_check = settings.check_frequency;
    let mut residual = f64::INFINITY;
    let mut relax = 1.0;
    let limit = options.max_iterations;
    let extra = settings.extra_iterations.unwrap_or(0).min(1000);
    let mut iteration = 1;
    let mut bad_valves = 0;
    let mut floor = Floor::default();
    while iteration <= limit + extra {
        assemble(net, options, state, work);
        if let Err(row) = work.factor.factorize(&net.symbolic) {
            let node = net.node_of_row[row] as usize;
            if bad_valves < net.automatic.len() && status::fix_bad_valve(net, state, node) {
                bad_valves += 1;
                continue;
            }
            let status = Status::NotConverged { iterations: iteration, residual };
            return Solved { status, singular_at: Some(node) };
        }
        work.factor.solve(&net.symbolic, &mut work.rhs);
        for (&node, &head) in net.node_of_row.iter().zip(&work.rhs) {
            state.head_m[node as usize] = head;
        }
        let change = update_flows(net, options, state, work, relax);
        residual = change.relative(accuracy);
        relax = 1.0;
        let mut valve_changed = false;
        if settings.damping_limit > 0.0 {
            if residual <= settings.damping_limit {
                relax = 0.6;
                valve_changed = status::valves(net, state);
            }
        } else if !net.automatic.is_empty() {
            valve_changed = status::valves(net, state);
        }
        let reached = residual <= accuracy || floor.reached(residual, iteration, options.acceptable);
        if reached && converged(net, options, state, change.greatest) {
            if iteration > limit {
                break;
            }
            let mut changed = valve_changed;
            changed |= status::links(net, state);
            changed |= status::pressure_controls(net, state);
            if !changed {
                return Solved { status: Status::Converged { iterations: iteration, residual }, singular_at: None };
            }
            next_check = iteration + settings.check_frequency;
        } else if iteration <= settings.max_check && iteration == next_check {
            status::links(net, state);
            next_check += settings.check_frequency;
        }
        iteration += 1;
    }
    Solved { status: Status::NotConverged { iterations: iteration.min(limit + extra), residual }, singular_at: None }
}

/// Whether rounding is all that still moves the flows: links that hardly carry anything are so conductive that the last
/// digit of a head moves their flow.
#[derive(Clone, Copy, Debug, Default)]
struct Floor {
    best: f64,
    since: u32,
}

impl Floor {
    /// Iterations without halving after which what moves is rounding.
    const PATIENCE: u32 = 8;
    /// Above this, more patience is due.
    const SMALL: f64 = 1e-6;

    fn reached(&mut self, residual: f64, iteration: u32, acceptable: f64) -> bool {
        if iteration == 1 || residual < 0.5 * self.best || !self.best.is_finite() {
            (self.best, self.since) = (residual, iteration);
            return false;
        }
        let waited = iteration - self.since;
        (residual <= Self::SMALL && waited >= Self::PATIENCE)
            || (residual <= acceptable && waited >= 8 * Self::PATIENCE)
    }
}

/// Parts without a source: no pressure, no flow.
fn empty_isolated(net: &Net, state: &mut State, work: &Workspace) {
    if !work.any_isolated {
        return;
    }
    for node in 0..net.n_nodes() {
        if state.isolated[node] {
            state.head_m[node] = net.elevation_m[node];
            state.drawn_m3_s[node] = 0.0;
        }
    }
    for link in 0..net.n_links() {
        if state.isolated[net.from[link] as usize] || state.isolated[net.to[link] as usize] {
            state.flow_m3_s[link] = 0.0;
        }
    }
    for (index, &(node, _)) in net.emitters.iter().enumerate() {
        if state.isolated[node as usize] {
            state.emitter_m3_s[index] = 0.0;
        }
    }
}

/// Matrix and right-hand side of one iteration.
fn assemble(net: &Net, options: &SolveOptions, state: &mut State, work: &mut Workspace) {
    let Workspace { factor, p, y, rhs, balance, any_isolated, .. } = work;
    let values = factor.values_mut();
    values.fill(0.0);
    rhs.fill(0.0);
    balance.fill(0.0);
    let any_isolated = *any_isolated;
    for link in 0..net.n_links() {
        let (from, to) = (net.from[link] as usize, net.to[link] as usize);
        if any_isolated && (state.isolated[from] || state.isolated[to]) {
            (p[link], y[link]) = (0.0, 0.0);
            continue;
        }
        let kind = net.kind[link];
        if kind.is_automatic() && state.setting[link].is_some() {
            continue;
        }
        let linear = law::linear(net, state, link);
        (p[link], y[link]) = (linear.p, linear.y);
        stamp(net, state, link, linear, values, rhs, balance);
    }
    for (&(node, ke), &flow) in net.emitters.iter().zip(&state.emitter_m3_s) {
        let node = node as usize;
        if state.isolated[node] {
            continue;
        }
        let (gradient, loss) = law::emitter(net, ke, flow);
        let row = net.row[node] as usize;
        values[net.diagonal[row] as usize] += 1.0 / gradient;
        rhs[row] += (loss + net.elevation_m[node]) / gradient;
        rhs[row] -= flow;
        balance[node] -= flow;
    }
    if options.demand_model == WaterDemandModel::Pda {
        let dp_m = (options.required_pressure_m - options.minimum_pressure_m).max(0.01);
        let n = 1.0 / options.pressure_exponent;
        for (row, &node) in net.node_of_row.iter().enumerate() {
            let node = node as usize;
            let full = state.full_m3_s[node];
            if full <= 0.0 || state.isolated[node] {
                continue;
            }
            let (gradient, loss) = law::demand(dp_m, n, state.drawn_m3_s[node], full);
            values[net.diagonal[row] as usize] += 1.0 / gradient;
            rhs[row] += (loss + net.elevation_m[node] + options.minimum_pressure_m) / gradient;
        }
    }
    for (row, &node) in net.node_of_row.iter().enumerate() {
        let node = node as usize;
        rhs[row] -= state.drawn_m3_s[node];
        balance[node] -= state.drawn_m3_s[node];
        if any_isolated && state.isolated[node] {
            values[net.diagonal[row] as usize] = 1.0;
            rhs[row] = net.elevation_m[node];
        }
    }
    automatic_valves(net, state, work);
}

/// Adds a link to matrix, right-hand side and node balances.
#[inline]
fn stamp(net: &Net, state: &State, link: usize, linear: Linear, values: &mut [f64], rhs: &mut [f64], balance: &mut [f64]) {
    let (from, to) = (net.from[link] as usize, net.to[link] as usize);
    let (a, b) = (net.row[from], net.row[to]);
    let flow = state.flow_m3_s[link];
    let push = linear.y - flow;
    balance[from] -= flow;
    balance[to] += flow;
    if a != NONE {
        values[net.diagonal[a as usize] as usize] += linear.p;
        rhs[a as usize] += push;
        if b == NONE {
            rhs[a as usize] += linear.p * state.head_m[to];
        }
    }
    if b != NONE {
        values[net.diagonal[b as usize] as usize] += linear.p;
        rhs[b as usize] -= push;
        if a == NONE {
            rhs[b as usize] += linear.p * state.head_m[from];
        }
    }
    if a != NONE && b != NONE {
        values[net.slot[link] as usize] -= linear.p;
    }
}

/// Valves that hold a pressure or a flow: first those that just stand open or shut, then those that hold.
fn automatic_valves(net: &Net, state: &State, work: &mut Workspace) {
    for holding in [false, true] {
        for &link in &net.automatic {
            let link = link as usize;
            let Some(setting) = state.setting[link] else { continue };
            let (from, to) = (net.from[link] as usize, net.to[link] as usize);
            if state.isolated[from] || state.isolated[to] {
                continue;
            }
            let active = state.link[link] == LinkState::Active;
            let holds_pressure = active && net.kind[link] != Kind::Fcv;
            if holds_pressure != holding {
                continue;
            }
            let Workspace { factor, p, y, rhs, balance, .. } = work;
            let values = factor.values_mut();
            if !active {
                let linear = law::open_valve(net, state.link[link], state.flow_m3_s[link], net.minor[link]);
                (p[link], y[link]) = (linear.p, linear.y);
                stamp(net, state, link, linear, values, rhs, balance);
                continue;
            }
            let (a, b) = (net.row[from], net.row[to]);
            let add = |rhs: &mut [f64], row: u32, value: f64| {
                if row != NONE {
                    rhs[row as usize] += value;
                }
            };
            let weak = 1.0 / BIG_S_M2;
            match net.kind[link] {
                Kind::Fcv => {
                    balance[from] -= setting;
                    balance[to] += setting;
                    (p[link], y[link]) = (weak, state.flow_m3_s[link] - setting);
                    add(rhs, a, -setting);
                    add(rhs, b, setting);
                    couple(net, state, link, weak, values, rhs);
                }
                Kind::Prv => {
                    (p[link], y[link]) = (0.0, state.flow_m3_s[link] + balance[to]);
                    hold(net, b, net.elevation_m[to] + setting, values, rhs);
                    add(rhs, a, balance[to].min(0.0));
                }
                _ => {
                    (p[link], y[link]) = (0.0, state.flow_m3_s[link] - balance[from]);
                    hold(net, a, net.elevation_m[from] + setting, values, rhs);
                    add(rhs, b, balance[from].max(0.0));
                    // The nodes stay connected.
                    if a != NONE && b != NONE {
                        values[net.slot[link] as usize] -= weak;
                    }
                    if b != NONE {
                        values[net.diagonal[b as usize] as usize] += weak;
                    }
                }
            }
        }
    }
}

fn hold(net: &Net, row: u32, head_m: f64, values: &mut [f64], rhs: &mut [f64]) {
    if row != NONE {
        values[net.diagonal[row as usize] as usize] += BIG_M2_S;
        rhs[row as usize] += head_m * BIG_M2_S;
    }
}

/// Joins the ends of a link by a conductance.
fn couple(net: &Net, state: &State, link: usize, p: f64, values: &mut [f64], rhs: &mut [f64]) {
    let (from, to) = (net.from[link] as usize, net.to[link] as usize);
    let (a, b) = (net.row[from], net.row[to]);
    for (row, other, other_node) in [(a, b, to), (b, a, from)] {
        if row != NONE {
            values[net.diagonal[row as usize] as usize] += p;
            if other == NONE {
                rhs[row as usize] += p * state.head_m[other_node];
            }
        }
    }
    if a != NONE && b != NONE {
        values[net.slot[link] as usize] -= p;
    }
}

/// How much the flows changed in an iteration.
#[derive(Clone, Copy, Debug, Default)]
struct Change {
    sum: f64,
    of: f64,
    greatest: f64,
}

impl Change {
    fn add(&mut self, flow: f64, change: f64) {
        self.of += flow.abs();
        self.sum += change.abs();
        self.greatest = self.greatest.max(change.abs());
    }

    /// Relative to all flows, unless these are next to nothing.
    fn relative(&self, least: f64) -> f64 {
        if self.of / CUBIC_FOOT_M3 > least { self.sum / self.of } else { self.sum / CUBIC_FOOT_M3 }
    }
}

fn update_flows(net: &Net, options: &SolveOptions, state: &mut State, work: &Workspace, relax: f64) -> Change {
    let mut change = Change::default();
    for source in &net.sources {
        state.drawn_m3_s[source.node as usize] = 0.0;
    }
    for link in 0..net.n_links() {
        let (from, to) = (net.from[link] as usize, net.to[link] as usize);
        let mut dq = (work.y[link] - work.p[link] * (state.head_m[from] - state.head_m[to])) * relax;
        let flow = state.flow_m3_s[link];
        if net.kind[link] == Kind::Pump && dq > flow && is_constant_power(net, link) {
            dq = flow / 2.0;
        }
        let flow = flow - dq;
        state.flow_m3_s[link] = flow;
        change.add(flow, dq);
        if state.link[link] > LinkState::Closed {
            if net.row[from] == NONE {
                state.drawn_m3_s[from] -= flow;
            }
            if net.row[to] == NONE {
                state.drawn_m3_s[to] += flow;
            }
        }
    }
    for (&(node, ke), flow) in net.emitters.iter().zip(&mut state.emitter_m3_s) {
        let node = node as usize;
        if state.isolated[node] {
            continue;
        }
        let (gradient, loss) = law::emitter(net, ke, *flow);
        let dq = (loss - (state.head_m[node] - net.elevation_m[node])) / gradient * relax;
        *flow -= dq;
        change.add(*flow, dq);
    }
    if options.demand_model == WaterDemandModel::Pda {
        let dp_m = (options.required_pressure_m - options.minimum_pressure_m).max(0.01);
        let n = 1.0 / options.pressure_exponent;
        for &node in &net.node_of_row {
            let node = node as usize;
            let full = state.full_m3_s[node];
            if full <= 0.0 || state.isolated[node] {
                continue;
            }
            let drawn = state.drawn_m3_s[node];
            let (gradient, loss) = law::demand(dp_m, n, drawn, full);
            let pressure_m = state.head_m[node] - net.elevation_m[node] - options.minimum_pressure_m;
            let dq = ((loss - pressure_m) / gradient * relax).clamp(-0.4 * full, 0.4 * full);
            state.drawn_m3_s[node] = drawn - dq;
            change.add(drawn - dq, dq);
        }
    }
    change
}

fn is_constant_power(net: &Net, link: usize) -> bool {
    matches!(net.pumps[net.part[link] as usize].law, PumpLaw::ConstantPower { .. })
}

/// The criteria besides the flow change.
fn converged(net: &Net, options: &SolveOptions, state: &State, greatest: f64) -> bool {
    let settings = net.settings();
    if settings.flow_change_m3_s > 0.0 && greatest > settings.flow_change_m3_s {
        return false;
    }
    if settings.head_error_m > 0.0 && head_error_m(net, state) > settings.head_error_m {
        return false;
    }
    if options.demand_model == WaterDemandModel::Dda {
        return true;
    }
    let dp_m = (options.required_pressure_m - options.minimum_pressure_m).max(0.01);
    net.node_of_row.iter().all(|&node| {
        let node = node as usize;
        let full = state.full_m3_s[node];
        if full <= 0.0 || state.isolated[node] {
            return true;
        }
        let share = (state.head_m[node] - net.elevation_m[node] - options.minimum_pressure_m) / dp_m;
        let due = if share <= 0.0 {
            0.0
        } else if share >= 1.0 {
            full
        } else {
            full * share.powf(options.pressure_exponent)
        };
        (due - state.drawn_m3_s[node]).abs() <= 1e-4 * CUBIC_FOOT_M3
    })
}

/// Greatest difference of a link's head loss at its flow and the heads at its ends, metres.
fn head_error_m(net: &Net, state: &State) -> f64 {
    (0..net.n_links())
        .filter(|&link| {
            state.link[link] > LinkState::Closed
                && !(net.kind[link].is_automatic() && state.link[link] == LinkState::Active)
        })
        .map(|link| {
            let linear = law::linear(net, state, link);
            let dh = state.head_m[net.from[link] as usize] - state.head_m[net.to[link] as usize];
            (dh - linear.y / linear.p).abs()
        })
        .fold(0.0, f64::max)
}
