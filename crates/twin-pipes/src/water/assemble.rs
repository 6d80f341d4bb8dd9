//! Matrix and right-hand side of one iteration.

use twin::scenario::WaterDemandModel;

use super::{
    law::{self, Linear},
    net::{BIG_M2_S, BIG_S_M2, Kind, Net},
    pipes,
    solve::{SolveOptions, Workspace},
    state::{LinkState, State},
};

/// How the losses of pipes are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// By their tangent at the flow.
    Tangent,
    /// In proportion to the flow: as much per flow as at the present one.
    Proportional,
}

/// Fills matrix and right-hand side, and P and Y of links and demands.
pub(super) fn assemble(net: &Net, options: &SolveOptions, loss: Loss, state: &State, work: &mut Workspace) {
    work.factor.values_mut().fill(0.0);
    work.ground.fill(0.0);
    work.rhs[..net.n_unknown].fill(0.0);
    pipes::assemble(net, loss, state, work);
    for &link in &net.others {
        let link = link as usize;
        if work.idle[link] {
            (work.p[link], work.y[link]) = (0.0, 0.0);
        } else if !(net.kind[link].is_automatic() && state.setting[link].is_some()) {
            stamp(net, state, link, law::linear(net, state, link), work);
        }
    }
    emitters(net, state, work);
    demands(net, options, state, work);
    automatic_valves(net, state, work);
    for &link in &net.at_sources {
        let link = link as usize;
        let (a, b) = (net.row_from[link] as usize, net.row_to[link] as usize);
        let (row, source) = if a < net.n_unknown { (a, net.to[link]) } else { (b, net.from[link]) };
        work.rhs[row] += work.p[link] * state.head_m[source as usize];
        work.ground[row] += work.p[link];
    }
    for (row, source) in net.sources.iter().enumerate() {
        work.rhs[net.n_unknown + row] = state.head_m[source.node as usize];
    }
}

/// Adds a link. What falls on the rows of sources is not read.
fn stamp(net: &Net, state: &State, link: usize, linear: Linear, work: &mut Workspace) {
    (work.p[link], work.y[link]) = (linear.p, linear.y);
    let (a, b) = (net.row_from[link] as usize, net.row_to[link] as usize);
    let push = linear.y - state.flow_m3_s[link];
    work.rhs[a] += push;
    work.rhs[b] -= push;
    couple(net, link, linear.p, work);
}

/// Joins the ends of a link by a conductance.
fn couple(net: &Net, link: usize, p: f64, work: &mut Workspace) {
    work.factor.values_mut()[net.slot[link] as usize] -= p;
}

fn emitters(net: &Net, state: &State, work: &mut Workspace) {
    for (&(node, ke), &flow) in net.emitters.iter().zip(&state.emitter_m3_s) {
        let node = node as usize;
        if state.isolated[node] {
            continue;
        }
        let (gradient, loss) = law::emitter(net, ke, flow);
        let row = net.row[node] as usize;
        work.ground[row] += 1.0 / gradient;
        work.rhs[row] += (loss + net.elevation_m[node]) / gradient - flow;
    }
}

fn demands(net: &Net, options: &SolveOptions, state: &State, work: &mut Workspace) {
    let pda = options.demand_model == WaterDemandModel::Pda;
    let dp_m = (options.required_pressure_m - options.minimum_pressure_m).max(0.01);
    let n = 1.0 / options.pressure_exponent;
    let Workspace { ground, rhs, demand_p, demand_y, .. } = work;
    let (ground, rhs) = (&mut ground[..net.n_unknown], &mut rhs[..net.n_unknown]);
    let nodes = net.row.iter().zip(&state.isolated).zip(&net.elevation_m).zip(&state.full_m3_s).zip(&state.drawn_m3_s);
    for (((((&row, &isolated), &elevation_m), &full), &drawn), (demand_p, demand_y)) in
        nodes.zip(demand_p.iter_mut().zip(demand_y))
    {
        let row = row as usize;
        let (Some(ground), Some(rhs)) = (ground.get_mut(row), rhs.get_mut(row)) else { continue };
        if isolated {
            (*ground, *rhs) = (1.0, elevation_m);
            continue;
        }
        *rhs -= drawn;
        if pda && full > 0.0 {
            let (p, y) = law::demand(dp_m, n, drawn, full);
            (*demand_p, *demand_y) = (p, y);
            *ground += p;
            *rhs += y + (elevation_m + options.minimum_pressure_m) * p;
        }
    }
}

/// Valves that hold a pressure or a flow: first those that just stand open or shut, then those that hold.
fn automatic_valves(net: &Net, state: &State, work: &mut Workspace) {
    for holding in [false, true] {
        for &link in &net.automatic {
            let link = link as usize;
            let Some(setting) = state.setting[link] else { continue };
            if work.idle[link] {
                continue;
            }
            let active = state.link[link] == LinkState::Active;
            if (active && net.kind[link] != Kind::Fcv) != holding {
                continue;
            }
            if active {
                hold(net, state, link, setting, work);
            } else {
                let flow = state.flow_m3_s[link];
                stamp(net, state, link, law::open_valve(net, state.link[link], flow, net.minor[link]), work);
            }
        }
    }
}

/// A valve that holds its pressure or flow.
fn hold(net: &Net, state: &State, link: usize, setting: f64, work: &mut Workspace) {
    let (from, to) = (net.from[link] as usize, net.to[link] as usize);
    let (a, b) = (net.row_from[link] as usize, net.row_to[link] as usize);
    let flow = state.flow_m3_s[link];
    let weak = 1.0 / BIG_S_M2;
    match net.kind[link] {
        // The flow is drawn on one side and given on the other.
        Kind::Fcv => {
            (work.p[link], work.y[link]) = (weak, flow - setting);
            work.rhs[a] -= setting;
            work.rhs[b] += setting;
            couple(net, link, weak, work);
        }
        // The head behind is fixed; the valve passes what the node behind needs.
        Kind::Prv => {
            let balance = balance(net, state, to);
            (work.p[link], work.y[link]) = (0.0, flow + balance);
            work.ground[b] += BIG_M2_S;
            work.rhs[b] += (net.elevation_m[to] + setting) * BIG_M2_S;
            work.rhs[a] += balance.min(0.0);
        }
        // The head before is fixed; the valve passes what arrives there.
        _ => {
            let balance = balance(net, state, from);
            (work.p[link], work.y[link]) = (0.0, flow - balance);
            work.ground[a] += BIG_M2_S;
            work.rhs[a] += (net.elevation_m[from] + setting) * BIG_M2_S;
            work.rhs[b] += balance.max(0.0);
            // The nodes stay connected.
            work.factor.values_mut()[net.slot[link] as usize] -= weak;
            if a >= net.n_unknown {
                work.ground[b] += weak;
            }
        }
    }
}

/// What a valve that holds a pressure or a flow lets through, m³/s.
pub(super) fn held_flow(net: &Net, state: &State, link: usize) -> f64 {
    match net.kind[link] {
        Kind::Fcv => state.setting[link].unwrap_or(0.0),
        Kind::Prv => -balance(net, state, net.to[link] as usize),
        _ => balance(net, state, net.from[link] as usize),
    }
}

/// What flows into a node and stays, m³/s: without the valves that hold a pressure.
fn balance(net: &Net, state: &State, node: usize) -> f64 {
    let mut sum = -state.drawn_m3_s[node];
    for &link in net.links_at(node) {
        let at = link as usize;
        let active = net.kind[at].is_automatic() && state.setting[at].is_some() && state.link[at] == LinkState::Active;
        let flow = match (active, net.kind[at]) {
            (true, Kind::Fcv) => state.setting[at].unwrap_or(0.0),
            (true, _) => 0.0,
            (false, _) => state.flow_m3_s[at],
        };
        sum += if net.to[at] as usize == node { flow } else { -flow };
    }
    let emitted: f64 = net
        .emitters
        .iter()
        .zip(&state.emitter_m3_s)
        .filter(|((at, _), _)| *at as usize == node)
        .map(|(_, flow)| *flow)
        .sum();
    sum - emitted
}
