//! Every pipe closed once: what each closure takes from whom.

use rayon::prelude::*;
use twin::{Watch, outcome::Status};

use super::{
    bridge::Bridges,
    net::Net,
    operate,
    simulate::demands,
    solve::{SolveOptions, Solved, Start, Workspace, solve, solve_from},
    state::State,
    tangent::Tangent,
};

/// How single closures are looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct N1Options {
    /// How each case is solved.
    pub solve: SolveOptions,
    /// Pressure below which a junction with demand counts as affected, metres.
    pub threshold_m: f64,
    /// Time of day whose demands hold, seconds since the start.
    pub time_s: u64,
}

impl N1Options {
    /// The options of a network: its demand model, the required pressure as threshold, demands at the start.
    #[must_use]
    pub fn of(net: &Net) -> Self {
        let solve = SolveOptions { accuracy: 1e-6, ..SolveOptions::of(net) };
        Self { solve, threshold_m: solve.required_pressure_m, time_s: 0 }
    }
}

/// The network before any closure: solved once, shared by all cases.
#[derive(Clone, Debug)]
pub struct Base {
    /// Heads, flows, states.
    pub state: State,
    /// How the solve ended.
    pub solved: Solved,
    /// The state before the first iteration: a cold start of a case begins here.
    initial: State,
    bridges: Bridges,
    tangent: Option<Tangent>,
    /// Nodes with demand whose pressure is above the threshold.
    well: Vec<bool>,
    served_m3_s: f64,
}

/// What one closure does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Case {
    /// Junctions with demand whose pressure falls below the threshold because of it.
    pub n_junctions_below: u32,
    /// Junctions that lose every connection to a source.
    pub n_junctions_cut_off: u32,
    /// Demand that is no longer served, m³/s; below zero pressure none is.
    pub not_served_m3_s: f64,
    /// Lowest pressure at a junction with demand that is not cut off, metres; nothing where there is none.
    pub min_pressure_m: Option<f64>,
    /// How the solve ended.
    pub solved: Solved,
    /// How the case was found.
    pub way: Way,
}

/// How a case was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nothing flows there: the base result.
    Unchanged,
    /// Iterated from the base result.
    Warm,
    /// Iterated from the start, because the warm start ended in other statuses or did not end.
    Cold,
}

/// Solves the network before any closure.
#[must_use]
pub fn base(net: &Net, options: &N1Options) -> Base {
    let mut work = Workspace::new(net);
    let mut initial = State::initial(net);
    prepare(net, &mut initial, options.time_s);
    let mut state = initial.clone();
    // What the base lacks, every case lacks: one more step, taken once.
    let accuracy = (0.01 * options.solve.accuracy).max(1e-8_f64.min(options.solve.accuracy));
    let solved = solve(net, &SolveOptions { accuracy, ..options.solve }, &mut state, &mut work);
    let well = (0..net.n_nodes())
        .map(|node| {
            !net.is_source(node)
                && state.full_m3_s[node] > 1e-12
                && !state.isolated[node]
                && state.head_m[node] - net.elevation_m(node) >= options.threshold_m
        })
        .collect();
    let served_m3_s = served_m3_s(net, &options.solve, &state);
    let bridges = Bridges::new(net, &state);
    let tangent = Tangent::new(net, &options.solve, &state).filter(|_| solved.status.is_fine());
    Base { state, solved, initial, bridges, tangent, well, served_m3_s }
}

fn prepare(net: &Net, state: &mut State, time_s: u64) {
    demands(net, state, time_s);
    operate::pump_patterns(net, state, time_s);
    operate::controls(net, state, time_s);
}

/// What junctions with demand get altogether.
fn served_m3_s(net: &Net, options: &SolveOptions, state: &State) -> f64 {
    (0..net.n_nodes())
        .filter(|&node| !net.is_source(node) && state.full_m3_s[node] > 1e-12)
        .map(|node| state.served_m3_s(net, options, node))
        .sum()
}

/// Every case of a list, each a set of links that are closed together; in the order of the list, the same for any number
/// of threads. Cases that a cancellation left out are missing at the end of the list.
///
/// # Method
/// A link without flow changes nothing. Otherwise the network is solved again from the base result, for a single pipe from the
/// first step that the factors of the base result give; where that ends in
/// other link statuses than the base, or not at all, from the start: a warm start may end in another of several
/// solutions, and the cold one is that of EPANET. What a bridge cuts off is known beforehand and left out.
#[must_use]
pub fn cases(
    net: &Net,
    base: &Base,
    options: &N1Options,
    closures: &[Vec<u32>],
    watch: &dyn Watch,
) -> Vec<Option<Case>> {
    let done = std::sync::atomic::AtomicU64::new(0);
    closures
        .par_iter()
        .map_init(
            || Room::new(net, base),
            |room, links| {
                if watch.is_cancelled() {
                    return None;
                }
                let case = room.case(net, base, options, links);
                let n = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                if n.is_multiple_of(64) || n == closures.len() as u64 {
                    watch.progress("water_n1", n, closures.len() as u64);
                }
                Some(case)
            },
        )
        .collect()
}

/// Every pipe closed once, by itself.
#[must_use]
pub fn every_pipe(net: &Net, base: &Base, options: &N1Options, watch: &dyn Watch) -> Vec<(usize, Option<Case>)> {
    let pipes: Vec<usize> = (0..net.n_links()).filter(|&link| net.is_pipe(link)).collect();
    let closures: Vec<Vec<u32>> = pipes.iter().map(|&link| vec![link as u32]).collect();
    pipes.into_iter().zip(cases(net, base, options, &closures, watch)).collect()
}

/// One worker's room.
struct Room {
    state: State,
    work: Workspace,
}

impl Room {
    fn new(net: &Net, base: &Base) -> Self {
        Self { state: base.state.clone(), work: Workspace::new(net) }
    }

    fn case(&mut self, net: &Net, base: &Base, options: &N1Options, links: &[u32]) -> Case {
        const NOTHING_M3_S: f64 = 1e-9;
        let single = if let [link] = links { Some(*link as usize) } else { None };
        let cuts_off = single.is_none_or(|link| base.bridges.cuts_off(link));
        let flows = links.iter().any(|&link| base.state.flow_m3_s[link as usize].abs() > NOTHING_M3_S);
        if !flows && !cuts_off && base.solved.status.is_fine() {
            return summary(net, base, &base.state, base.solved, options, Way::Unchanged);
        }
        let closed = || links.iter().map(|&link| link as usize);
        self.state.copy_from(&base.state);
        let change = match (single, &base.tangent) {
            (Some(link), Some(tangent)) if net.is_pipe(link) => {
                let beyond = base.bridges.beyond(link);
                tangent.shut(net, &options.solve, (link, beyond), &mut self.state, &mut self.work)
            }
            _ => {
                self.state.close(closed());
                None
            }
        };
        let start = if cuts_off { Start::Search } else { Start::AsBefore };
        let solved =
            solve_from(net, &options.solve, start, change.unwrap_or(f64::INFINITY), &mut self.state, &mut self.work);
        let same = solved.status.is_fine()
            && base.solved.status.is_fine()
            && (0..net.n_links()).all(|link| {
                self.state.link[link] == base.state.link[link]
                    || self.state.out_of_service[link]
                    || self.idle(net, link)
            });
        if same {
            return summary(net, base, &self.state, solved, options, Way::Warm);
        }
        self.state.copy_from(&base.initial);
        self.state.close(closed());
        let solved = solve(net, &options.solve, &mut self.state, &mut self.work);
        summary(net, base, &self.state, solved, options, Way::Cold)
    }

    /// Whether a link stands in a part without a source, where statuses mean nothing.
    fn idle(&self, net: &Net, link: usize) -> bool {
        let (from, to) = net.ends(link);
        self.state.isolated[from] && self.state.isolated[to]
    }
}

fn summary(net: &Net, base: &Base, state: &State, solved: Solved, options: &N1Options, way: Way) -> Case {
    let (mut n_junctions_below, mut n_junctions_cut_off) = (0, 0);
    let mut served_m3_s = 0.0;
    let mut min_pressure_m: Option<f64> = None;
    for node in 0..net.n_nodes() {
        if net.is_source(node) {
            continue;
        }
        let isolated = state.isolated[node];
        n_junctions_cut_off += u32::from(isolated && !base.state.isolated[node]);
        if state.full_m3_s[node] <= 1e-12 {
            continue;
        }
        if isolated {
            n_junctions_below += u32::from(base.well[node]);
            continue;
        }
        let pressure_m = state.head_m[node] - net.elevation_m(node);
        served_m3_s += state.served_m3_s(net, &options.solve, node);
        n_junctions_below += u32::from(base.well[node] && pressure_m < options.threshold_m);
        min_pressure_m = Some(min_pressure_m.map_or(pressure_m, |known: f64| known.min(pressure_m)));
    }
    let lost = base.served_m3_s - served_m3_s;
    let noise = 1e-9 * base.served_m3_s.abs();
    Case {
        n_junctions_below,
        n_junctions_cut_off,
        not_served_m3_s: if lost.abs() <= noise { 0.0 } else { lost },
        min_pressure_m,
        solved,
        way,
    }
}

/// Whether a status is that of a solved case.
#[must_use]
pub fn is_solved(case: &Case) -> bool {
    matches!(case.solved.status, Status::Converged { .. }) || case.way == Way::Unchanged
}
