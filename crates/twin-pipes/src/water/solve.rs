//! One solve: Todini and Pilati's global gradient algorithm with EPANET's status checks.

use twin::{outcome::Status, scenario::WaterDemandModel, water::CUBIC_FOOT_M3};

use super::{
    assemble::{self, Loss},
    law,
    net::{Kind, Net, PumpLaw},
    pipes::{self, Block},
    stall::{Hold, is_absurd, stalled},
    state::{LinkState, State, mark_isolated},
    status,
    stop::{Change, Floor, foretold, nearly},
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
    /// Sum of flow changes over sum of flows that one more step may still make.
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
    pub(super) factor: Factor,
    /// Conductance to given heads by row; what falls on the rows of sources is not read.
    pub(super) ground: Vec<f64>,
    /// Right-hand side by row; below it the heads of the sources.
    pub(super) rhs: Vec<f64>,
    /// Heads by row.
    pub(super) heads: Vec<f64>,
    /// P and Y by link.
    pub(super) p: Vec<f64>,
    pub(super) y: Vec<f64>,
    /// P and Y of demands by node.
    pub(super) demand_p: Vec<f64>,
    pub(super) demand_y: Vec<f64>,
    /// Whether a link lies in a part without a source.
    pub(super) idle: Vec<bool>,
    /// Powers of the flows of some pipes.
    pub(super) power: [f64; Block::MOST],
    stack: Vec<u32>,
    pub(super) any_isolated: bool,
}

impl Workspace {
    /// Room for a network.
    #[must_use]
    pub fn new(net: &Net) -> Self {
        let n_rows = net.node_of_row.len();
        Self {
            factor: Factor::new(&net.symbolic),
            ground: vec![0.0; n_rows],
            rhs: vec![0.0; n_rows],
            heads: vec![0.0; n_rows],
            p: vec![0.0; net.n_links()],
            y: vec![0.0; net.n_links()],
            demand_p: vec![0.0; net.n_nodes()],
            demand_y: vec![0.0; net.n_nodes()],
            idle: vec![false; net.n_links()],
            power: [0.0; Block::MOST],
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
/// From rest, where no valve holds a pressure or a flow, the first step takes the losses as proportional to the flows (linear theory,
/// Wood and Charles 1972), and the second starts from the flows that belong to the heads of the first.
///
/// Where the accuracy is not reached within the iterations, the solve is repeated from the start with a tenth of the
/// accuracy, down to the acceptable one.
///
/// A pump of constant power lifts any height, but Newton's step may take all of its flow, and with EPANET's rule the last
/// digit decides whether the pump then stands still for good. Where one stands still after a solve from rest, and heads are
/// absurd, the solve is repeated with pumps that keep a part of their flow in every step, and the solution in which
/// fewer stand still is kept.
///
/// # References
/// - E. Todini, S. Pilati (1988): A gradient algorithm for the analysis of pipe networks.
/// - D. J. Wood, C. O. A. Charles (1972): Hydraulic network analysis using linear theory. J. Hydraul. Div. 98(7).
/// - L. A. Rossman et al. (2020): EPANET 2.2 User Manual, EPA/600/R-20/133, chapter 12 and appendix.
pub fn solve(net: &Net, options: &SolveOptions, state: &mut State, work: &mut Workspace) -> Solved {
    let may_stall = net.pumps.iter().any(|pump| matches!(pump.law, PumpLaw::ConstantPower { .. }));
    if !(state.at_rest && may_stall) {
        return solve_plainly(net, options, state, work);
    }
    let rest = state.clone();
    let mut solved = solve_plainly(net, options, state, work);
    let mut n_stalled = stalled(net, state);
    if n_stalled == 0 || !solved.status.is_fine() || !is_absurd(net, state) {
        return solved;
    }
    let patience = 40.max(2 * solved.status.iterations());
    let options = SolveOptions { max_iterations: options.max_iterations.min(patience), ..*options };
    for hold in [Hold::Digits, Hold::Thousandth] {
        let mut other = rest.clone();
        let course = Course { accuracy: options.accuracy, start: Start::Search, from: From::Anywhere, hold };
        let again = attempt(net, &options, course, &mut other, work);
        let n_still = stalled(net, &other);
        if again.status.is_fine() && n_still < n_stalled {
            (*state, solved, n_stalled) = (other, again, n_still);
            if n_still == 0 || !is_absurd(net, state) {
                break;
            }
        }
    }
    solved
}

/// A solve by EPANET's rules alone.
fn solve_plainly(net: &Net, options: &SolveOptions, state: &mut State, work: &mut Workspace) -> Solved {
    let was_at_rest = state.at_rest;
    let (start, from, hold) = (Start::Search, From::Anywhere, Hold::Nothing);
    let mut course = Course { accuracy: options.accuracy, start, from, hold };
    let mut first = attempt(net, options, course, state, work);
    let mut iterations = first.status.iterations();
    if was_at_rest && !first.status.is_fine() && net.automatic.is_empty() {
        state.reset_flows(net);
        first = attempt(net, options, course, state, work);
        iterations += first.status.iterations();
    }
    if first.status.is_fine() || first.singular_at.is_some() {
        return first;
    }
    course.accuracy *= 10.0;
    let mut last = first;
    // The statuses of the failed attempt are kept: they are nearer to the solution than those of the start.
    while course.accuracy <= options.acceptable * 1.000_001 {
        if first.status.residual() > options.acceptable {
            state.reset_flows(net);
        }
        last = attempt(net, options, course, state, work);
        iterations += last.status.iterations();
        if last.status.is_fine() || last.singular_at.is_some() {
            break;
        }
        course.accuracy *= 10.0;
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

/// Whence an attempt starts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum From {
    Anywhere,
    /// From the solution of nearly the same network and a step from there.
    Nearby {
        /// The relative change of flows in that step.
        change: f64,
    },
}

/// One attempt from a state that is near to the solution: a step away from that of nearly the same network, in which flows changed by
/// `change`.
pub(crate) fn solve_from(
    net: &Net,
    options: &SolveOptions,
    start: Start,
    change: f64,
    state: &mut State,
    work: &mut Workspace,
) -> Solved {
    let course = Course { accuracy: options.accuracy, start, from: From::Nearby { change }, hold: Hold::Nothing };
    attempt(net, options, course, state, work)
}

/// How one run of the iteration goes.
#[derive(Clone, Copy, Debug)]
struct Course {
    accuracy: f64,
    start: Start,
    from: From,
    hold: Hold,
}

/// One run of the iteration at one accuracy.
fn attempt(
    net: &Net,
    options: &SolveOptions,
    Course { accuracy, start, from, hold }: Course,
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
    let mut held_again = false;
    let mut floor = Floor::default();
    let mut before = match from {
        From::Anywhere => f64::INFINITY,
        From::Nearby { change } => change,
    };
    // Valves that hold something may do so in several ways: theirs is EPANET's way.
    let mut loss = if state.at_rest && net.automatic.is_empty() { Loss::Proportional } else { Loss::Tangent };
    state.at_rest = false;
    // Whether the state given may be a solution already: after a small step from one.
    let mut may_rest = before * before <= accuracy && settings.damping_limit <= 0.0;
    if may_rest {
        for (head, &node) in work.heads.iter_mut().zip(&net.node_of_row) {
            *head = state.head_m[node as usize];
        }
    }
    while iteration <= limit + extra {
        assemble::assemble(net, options, loss, state, work);
        if std::mem::take(&mut may_rest) {
            let left = lack(net, options, state, work).relative(accuracy);
            if left <= 0.1 * accuracy && converged(net, options, state, f64::INFINITY) {
                if !(status::valves(net, state) | status::links(net, state) | status::pressure_controls(net, state)) {
                    status::dead_ends(net, state);
                    let status = Status::Converged { iterations: 0, residual: left };
                    return Solved { status, singular_at: None };
                }
                continue;
            }
        }
        let heads = &mut work.rhs[..net.n_unknown];
        let factored = work.factor.factorize_grounded(&net.symbolic, &work.ground, heads);
        if let Ok(Some(original)) | Err(original) = factored {
            let node = net.node_of_row[net.symbolic.diagonal(original)] as usize;
            if bad_valves < net.automatic.len() && status::fix_bad_valve(net, state, node) {
                bad_valves += 1;
                continue;
            }
        }
        if let Err(original) = factored {
            let node = net.node_of_row[net.symbolic.diagonal(original)] as usize;
            let status = Status::NotConverged { iterations: iteration, residual };
            return Solved { status, singular_at: Some(node) };
        }
        std::mem::swap(&mut work.rhs, &mut work.heads);
        for (head_m, &row) in state.head_m.iter_mut().zip(&net.row) {
            *head_m = work.heads[row as usize];
        }
        let change = update_flows(net, options, state, work, (relax, hold.greatest_part()));
        residual = change.relative(accuracy);
        if loss == Loss::Proportional {
            pipes::bend(net, state, work);
            loss = Loss::Tangent;
            residual = f64::INFINITY;
        }
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
        let reached = residual <= accuracy
            || floor.reached(residual, iteration, options.acceptable)
            || nearly(residual, before, accuracy);
        let last = std::mem::replace(&mut before, residual);
        if reached && converged(net, options, state, change.greatest) {
            if iteration > limit {
                break;
            }
            let mut changed = valve_changed;
            changed |= status::links(net, state);
            changed |= status::pressure_controls(net, state);
            if !changed && bad_valves > 0 && !held_again {
                held_again = true;
                changed = status::hold_again(net, state);
            }
            if !changed {
                status::dead_ends(net, state);
                let residual = if nearly(residual, last, accuracy) { foretold(residual) } else { residual };
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

/// Parts without a source: no pressure, no flow.
pub(super) fn empty_isolated(net: &Net, state: &mut State, work: &mut Workspace) {
    for (source, head) in net.sources.iter().zip(&mut work.rhs[net.n_unknown..]) {
        *head = state.head_m[source.node as usize];
    }
    work.idle.fill(false);
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
            work.idle[link] = true;
        }
    }
    for (index, &(node, _)) in net.emitters.iter().enumerate() {
        if state.isolated[node as usize] {
            state.emitter_m3_s[index] = 0.0;
        }
    }
}

/// Takes the step; `relax` is the part of it that is taken, `greatest_part` that of its flow which a pump of constant power may lose.
fn update_flows(
    net: &Net,
    options: &SolveOptions,
    state: &mut State,
    work: &Workspace,
    (relax, greatest_part): (f64, f64),
) -> Change {
    let mut change = Change::default();
    pipes::update(net, relax, state, work, &mut change);
    let heads = work.heads.as_slice();
    for &link in &net.others {
        let link = link as usize;
        let dh = heads[net.row_from[link] as usize] - heads[net.row_to[link] as usize];
        let mut dq = (work.y[link] - work.p[link] * dh) * relax;
        let flow = state.flow_m3_s[link];
        if net.kind[link] == Kind::Pump && dq > flow * greatest_part && is_constant_power(net, link) {
            dq = flow / 2.0;
        }
        state.flow_m3_s[link] = flow - dq;
        change.add(flow - dq, dq);
    }
    for source in &net.sources {
        let node = source.node as usize;
        state.drawn_m3_s[node] = net
            .links_at(node)
            .iter()
            .map(|&link| link as usize)
            .filter(|&link| state.link[link] > LinkState::Closed)
            .map(|link| if net.to[link] as usize == node { state.flow_m3_s[link] } else { -state.flow_m3_s[link] })
            .sum();
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
        let nodes = net.row.iter().zip(&state.isolated).zip(&net.elevation_m).zip(&state.full_m3_s);
        let demands = work.demand_p.iter().zip(&work.demand_y).zip(&mut state.drawn_m3_s);
        for ((((&row, &isolated), elevation_m), &full), ((p, y), drawn)) in nodes.zip(demands) {
            if full <= 0.0 || isolated || row as usize >= net.n_unknown {
                continue;
            }
            let pressure_m = heads[row as usize] - elevation_m - options.minimum_pressure_m;
            let dq = ((y - p * pressure_m) * relax).clamp(-0.4 * full, 0.4 * full);
            *drawn -= dq;
            change.add(*drawn, dq);
        }
    }
    change
}

/// What the laws of links, emitters and demands still lack at the present flows and heads, as changes of flow that would make up for it.
/// Flows balance at every node after a step, so that this is all that is wrong with a state.
fn lack(net: &Net, options: &SolveOptions, state: &State, work: &Workspace) -> Change {
    let mut change = Change::default();
    pipes::lack(net, state, work, &mut change);
    for &link in &net.others {
        let link = link as usize;
        let dh = work.heads[net.row_from[link] as usize] - work.heads[net.row_to[link] as usize];
        change.add(state.flow_m3_s[link], work.y[link] - work.p[link] * dh);
    }
    for (&(node, ke), &flow) in net.emitters.iter().zip(&state.emitter_m3_s) {
        let node = node as usize;
        if !state.isolated[node] {
            let (gradient, loss) = law::emitter(net, ke, flow);
            change.add(flow, (loss - (state.head_m[node] - net.elevation_m[node])) / gradient);
        }
    }
    if options.demand_model == WaterDemandModel::Pda {
        let nodes = net.row.iter().zip(&state.isolated).zip(&net.elevation_m).zip(&state.full_m3_s);
        let demands = work.demand_p.iter().zip(&work.demand_y).zip(&state.drawn_m3_s);
        for ((((&row, &isolated), elevation_m), &full), ((p, y), &drawn)) in nodes.zip(demands) {
            if full > 0.0 && !isolated && (row as usize) < net.n_unknown {
                let pressure_m = work.heads[row as usize] - elevation_m - options.minimum_pressure_m;
                change.add(drawn, y - p * pressure_m);
            }
        }
    }
    change
}

pub(super) fn is_constant_power(net: &Net, link: usize) -> bool {
    matches!(net.pumps[net.part[link] as usize].law, PumpLaw::ConstantPower { .. })
}

/// x^e, where most often e is ½.
fn root(x: f64, e: f64) -> f64 {
    if e == 0.5 { x.sqrt() } else { x.powf(e) }
}

/// Part of a node's demand that pressure-dependent demand may be off.
const DEMAND_SHARE: f64 = 1e-4;

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
    net.node_of_row[..net.n_unknown].iter().all(|&node| {
        let node = node as usize;
        let full = state.full_m3_s[node];
        if full <= 0.0 || state.isolated[node] {
            return true;
        }
        let pressure_m = state.head_m[node] - net.elevation_m[node] - options.minimum_pressure_m;
        // Beyond its bounds a demand gives way by what the walls do.
        let due = if pressure_m <= 0.0 {
            pressure_m * law::demand_wall(full)
        } else if pressure_m >= dp_m {
            full + (pressure_m - dp_m) * law::demand_wall(full)
        } else {
            full * root(pressure_m / dp_m, options.pressure_exponent)
        };
        // EPANET's bound is the whole demand of a house: where nodes are houses, a part of it counts.
        (due - state.drawn_m3_s[node]).abs() <= (1e-4 * CUBIC_FOOT_M3).min(DEMAND_SHARE * full)
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
