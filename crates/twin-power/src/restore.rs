//! Restoration: which switches bring supply back, checked by power flow against voltage band and loading.
//!
//! # Method
//! What is dark after the fault is fed again through switches that are open between dark and live (ties). One tie at a time
//! is closed, the one that brings back most within limits (no bus leaves its band that kept it before, nothing is overloaded
//! that was not), until nothing more comes back. Where a single tie would carry too much, the dark part is split at one of
//! its closed switches between two ties, or only the part that fits is fed. Every state that is proposed has a converged
//! power flow.
//!
//! # References
//! Chow, Taylor and Chow 1996, doi:10.1109/61.544291, on tie-based service restoration of distribution feeders. The choice by
//! topology alone is checked against `ref_n1_tie_restoration.csv`.

#![expect(clippy::type_complexity, reason = "pairs of lists that live for one line")]

use twin::{
    Findings,
    outcome::{Restoration, SwitchStep},
    utility::BranchEnd,
};

use crate::{
    model::{Grid, Kind, Model, State},
    n1::{Asset, Gauge},
    solve::{Options, Solution, Solver},
};

/// Most switching rounds.
const MOST_ROUNDS: usize = 6;
/// Most states that are tried within one round beyond single ties.
const MOST_TRIALS: usize = 120;
/// Most closed switches of the dark part that are tried as its division.
const MOST_DIVISIONS: usize = 24;
/// Most ties that are tried in pairs.
const MOST_PAIRED: usize = 4;

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
}

/// A switch: between buses, or at the end of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Switch {
    Branch(u32),
    End(u32),
}

impl Switch {
    fn set(self, state: &mut State, closed: bool) {
        match self {
            Self::Branch(branch) => state.branch[branch as usize] = closed,
            Self::End(switch) => state.end_switch[switch as usize] = closed,
        }
    }
}

/// Who is dark in a state, and what the live rest looks like.
struct Trial {
    state: State,
    dark: Vec<bool>,
    dark_mw: f64,
    customers_dark: u32,
}

/// A checked trial.
struct Checked {
    within_limits: bool,
    min_vm_pu: f64,
    max_loading_percent: f64,
}

struct Crew<'m> {
    model: &'m Model,
    before: &'m Before,
    options: &'m Options,
    /// Branches and buses of the failed asset: they stay out.
    failed: &'m Asset,
}

/// What switching brings back after a fault. Without any step the state after the fault stays, whose voltages and loadings
/// the caller knows.
pub(crate) fn restore(model: &Model, state: &State, before: &Before, options: &Options, failed: &Asset) -> Restoration {
    let crew = Crew { model, before, options, failed };
    let mut now = crew.trial(state.clone());
    let (dark_mw, mut steps) = (now.dark_mw, Vec::new());
    let (mut last, mut is_split): (Option<Checked>, bool) = (None, false);
    for _ in 0..MOST_ROUNDS {
        if now.customers_dark == 0 {
            break;
        }
        let ties = crew.ties(&now);
        if ties.is_empty() {
            break;
        }
        let tied = crew.best_tie(&now, &ties);
        // One division per fault: crews have one night.
        let found = if tied.is_some() || is_split { tied } else { crew.split(&now, &ties) };
        is_split |= found.as_ref().is_some_and(|(_, _, taken)| taken.len() > 1);
        let Some((next, checked, taken)) = found else {
            break;
        };
        now = next;
        last = Some(checked);
        steps.extend(taken);
    }
    let checked = last;
    Restoration {
        steps: steps.into_iter().map(|(switch, close)| SwitchStep { switch: crew.key(switch), close }).collect(),
        restored_mw: dark_mw - now.dark_mw,
        dark_mw: now.dark_mw,
        customers_dark: now.customers_dark,
        min_vm_pu: checked.as_ref().map_or(0.0, |checked| checked.min_vm_pu),
        max_loading_percent: checked.as_ref().map_or(0.0, |checked| checked.max_loading_percent),
        within_limits: checked.is_some_and(|checked| checked.within_limits),
    }
}

/// What switching brings back after the failure of an asset; nothing where nothing is dark.
#[must_use]
pub fn restoration(model: &Model, failed: &Asset, options: &Options) -> Option<Restoration> {
    let state = model.state();
    let grid = model.energize(&state, &mut Findings::default());
    if grid.net.n_nodes() == 0 {
        return None;
    }
    let solver = Solver::new(grid.net.clone(), *options);
    let before = Before::of(model, &grid, solver.base());
    let mut after = state.clone();
    failed.branches.iter().for_each(|&branch| after.branch[branch as usize] = false);
    failed.buses.iter().for_each(|&bus| after.bus[bus as usize] = false);
    let dark = model.dark(&after);
    let was_dark = model.dark(&state);
    let any = dark.iter().zip(&was_dark).any(|(dark, was)| *dark && !was);
    any.then(|| restore(model, &after, &before, options, failed))
}

/// The single open switch whose closing brings back most load, by topology alone: its key, load and buses still dark. The
/// first one among equals.
pub fn best_tie_by_topology(model: &Model, failed: &Asset) -> Option<(twin::Key, f64, u32)> {
    let mut state = model.state();
    failed.branches.iter().for_each(|&branch| state.branch[branch as usize] = false);
    failed.buses.iter().for_each(|&bus| state.bus[bus as usize] = false);
    let before = Before { out_of_band: Vec::new(), overloaded: Vec::new() };
    let options = Options::default();
    let crew = Crew { model, before: &before, options: &options, failed };
    let now = crew.trial(state);
    let mut best: Option<(Switch, f64, u32)> = None;
    let mut ties = crew.ties(&now);
    ties.sort_by_key(|tie| crew.number(*tie));
    for tie in ties {
        let mut state = now.state.clone();
        tie.set(&mut state, true);
        let trial = crew.trial(state);
        let n_dark = trial.dark.iter().filter(|dark| **dark).count() as u32;
        let known_mw = best.map_or(now.dark_mw, |(_, mw, _)| mw);
        if trial.dark_mw < known_mw - 1e-9 {
            best = Some((tie, trial.dark_mw, n_dark));
        }
    }
    best.map(|(tie, mw, n)| (crew.key(tie), mw, n))
}

impl Crew<'_> {
    fn key(&self, switch: Switch) -> twin::Key {
        match switch {
            Switch::Branch(branch) => self.model.branches[branch as usize].key.clone(),
            Switch::End(switch) => self.model.end_switches[switch as usize].key.clone(),
        }
    }

    /// The number at the end of a key, for an order as in the source.
    fn number(&self, switch: Switch) -> (u64, Switch) {
        let key = self.key(switch);
        (key.as_str().rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or(u64::MAX), switch)
    }

    fn trial(&self, state: State) -> Trial {
        let dark = self.model.dark(&state);
        let (mut dark_mw, mut customers_dark) = (0.0, 0);
        for load in self.model.loads.iter().filter(|load| dark[load.bus as usize]) {
            dark_mw += load.power.re * self.model.base_mva;
            customers_dark += 1;
        }
        Trial { state, dark, dark_mw, customers_dark }
    }

    /// Whether a branch may be used at all.
    fn is_sound(&self, branch: u32) -> bool {
        !self.failed.branches.contains(&branch)
            && self.model.branches[branch as usize].kind != Kind::Unusable
            && [self.model.branches[branch as usize].from, self.model.branches[branch as usize].to]
                .iter()
                .all(|bus| !self.failed.buses.contains(bus))
    }

    /// Open switches between dark and live.
    fn ties(&self, now: &Trial) -> Vec<Switch> {
        let parts = |a: u32, b: u32| now.dark[a as usize] != now.dark[b as usize];
        let on = |bus: u32| now.state.bus[bus as usize];
        let mut ties = Vec::new();
        for (number, branch) in self.model.branches.iter().enumerate() {
            let is_switch = branch.is_switch;
            if is_switch
                && !now.state.branch[number]
                && self.is_sound(number as u32)
                && on(branch.from)
                && on(branch.to)
                && parts(branch.from, branch.to)
            {
                ties.push(Switch::Branch(number as u32));
            }
        }
        for (number, switch) in self.model.end_switches.iter().enumerate() {
            let branch = &self.model.branches[switch.branch as usize];
            if !now.state.end_switch[number]
                && now.state.branch[switch.branch as usize]
                && self.is_sound(switch.branch)
                && on(branch.from)
                && on(branch.to)
                && parts(branch.from, branch.to)
                && self.is_only_open(now, number)
            {
                ties.push(Switch::End(number as u32));
            }
        }
        ties
    }

    /// Whether no other switch of the same branch is open.
    fn is_only_open(&self, now: &Trial, number: usize) -> bool {
        let branch = self.model.end_switches[number].branch;
        self.model
            .end_switches_of(branch)
            .iter()
            .all(|&other| other as usize == number || now.state.end_switch[other as usize])
    }

    /// The tie that brings back most within limits.
    fn best_tie(&self, now: &Trial, ties: &[Switch]) -> Option<(Trial, Checked, Vec<(Switch, bool)>)> {
        let mut best: Option<(Trial, Checked, Vec<(Switch, bool)>)> = None;
        for &tie in ties {
            let mut state = now.state.clone();
            tie.set(&mut state, true);
            let trial = self.trial(state);
            if trial.dark_mw >= now.dark_mw - 1e-9 && trial.customers_dark >= now.customers_dark {
                continue;
            }
            if best.as_ref().is_some_and(|(known, ..)| known.dark_mw < trial.dark_mw - 1e-9) {
                continue;
            }
            let Some(checked) = self.check(&trial).filter(|checked| checked.within_limits) else { continue };
            let is_better = best.as_ref().is_none_or(|(known, known_checked, _)| {
                trial.dark_mw < known.dark_mw - 1e-9
                    || checked.max_loading_percent < known_checked.max_loading_percent - 1e-9
            });
            if is_better {
                best = Some((trial, checked, vec![(tie, true)]));
            }
        }
        best
    }

    /// Closes ties with a closed switch of the dark part opened first: two ties that share it, or one that feeds a part.
    fn split(&self, now: &Trial, ties: &[Switch]) -> Option<(Trial, Checked, Vec<(Switch, bool)>)> {
        let inside = self.inside(now);
        let mut trials: Vec<(f64, Vec<(Switch, bool)>)> = Vec::new();
        for &open in &inside {
            let mut parted = now.state.clone();
            open.set(&mut parted, false);
            for (first, &tie) in ties.iter().enumerate() {
                let mut state = parted.clone();
                tie.set(&mut state, true);
                let trial = self.trial(state.clone());
                if trial.dark_mw < now.dark_mw - 1e-9 {
                    trials.push((trial.dark_mw, vec![(open, false), (tie, true)]));
                }
                let others = if ties.len() <= MOST_PAIRED { &ties[first + 1..] } else { &[] };
                for &other in others {
                    let mut state = state.clone();
                    other.set(&mut state, true);
                    let both = self.trial(state);
                    if both.dark_mw < trial.dark_mw - 1e-9 {
                        trials.push((both.dark_mw, vec![(open, false), (tie, true), (other, true)]));
                    }
                }
            }
            if trials.len() > MOST_TRIALS {
                break;
            }
        }
        trials.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        // The less is fed, the less is overloaded: the first state within limits is looked for by halves.
        let mut found = None;
        let (mut low, mut high) = (0, trials.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match self.proposed(now, &trials[middle].1) {
                Some(fine) => (found, high) = (Some(fine), middle),
                None => low = middle + 1,
            }
        }
        found
    }

    /// A state by these steps, where it is within limits.
    fn proposed(&self, now: &Trial, steps: &[(Switch, bool)]) -> Option<(Trial, Checked, Vec<(Switch, bool)>)> {
        let mut state = now.state.clone();
        steps.iter().for_each(|&(switch, close)| switch.set(&mut state, close));
        let trial = self.trial(state);
        let checked = self.check(&trial).filter(|checked| checked.within_limits)?;
        Some((trial, checked, steps.to_vec()))
    }

    /// Closed switches of the dark part.
    fn inside(&self, now: &Trial) -> Vec<Switch> {
        let mut out = Vec::new();
        let is_dark = |bus: u32| now.dark[bus as usize];
        for (number, branch) in self.model.branches.iter().enumerate() {
            if branch.is_switch && now.state.branch[number] && is_dark(branch.from) && is_dark(branch.to) {
                out.push(Switch::Branch(number as u32));
            }
        }
        for (number, switch) in self.model.end_switches.iter().enumerate() {
            let branch = &self.model.branches[switch.branch as usize];
            let bus = if switch.end == BranchEnd::From { branch.from } else { branch.to };
            if now.state.end_switch[number] && now.state.branch[switch.branch as usize] && is_dark(bus) {
                out.push(Switch::End(number as u32));
            }
        }
        // Evenly over the dark part.
        let step = out.len().div_ceil(MOST_DIVISIONS).max(1);
        out.into_iter().step_by(step).collect()
    }

    /// Solves the power flow of a trial; nothing where it does not converge.
    fn check(&self, trial: &Trial) -> Option<Checked> {
        let model = self.model;
        let grid = model.energize(&trial.state, &mut Findings::default());
        if grid.net.n_nodes() == 0 {
            return None;
        }
        let solver = Solver::new(grid.net.clone(), *self.options);
        let solution = solver.base();
        if !solution.end.is_converged() {
            return None;
        }
        let (mut lowest, mut fine) = (f64::INFINITY, true);
        for bus in 0..model.n_buses() {
            let Some(node) = grid.node(bus) else { continue };
            let vm = solution.voltage[node as usize].abs();
            let (low, high) = model.buses[bus].band();
            lowest = lowest.min(vm);
            fine &= self.before.out_of_band[bus] || (vm >= low && vm <= high);
        }
        let mut greatest: f64 = 0.0;
        for (row, gauge) in Gauge::of(model, &grid).rows.iter().enumerate() {
            let two_port = &grid.net.branches[row];
            let (from, to) = (solution.voltage[two_port.from as usize], solution.voltage[two_port.to as usize]);
            let squared = gauge.loading_squared(two_port, from, to);
            greatest = greatest.max(squared);
            fine &= squared <= 1.0 || self.before.overloaded[grid.branch_of_row[row] as usize];
        }
        Some(Checked { within_limits: fine, min_vm_pu: lowest, max_loading_percent: 100.0 * greatest.sqrt() })
    }
}

impl Model {
    /// Which buses in service no grid feeds.
    #[must_use]
    pub fn dark(&self, state: &State) -> Vec<bool> {
        let mut sets = crate::model::Sets::new(self.buses.len());
        let mut open = vec![false; self.branches.len()];
        for (switch, closed) in self.end_switches.iter().zip(&state.end_switch) {
            open[switch.branch as usize] |= !closed;
        }
        for ((branch, &on), &open) in self.branches.iter().zip(&state.branch).zip(&open) {
            let live = state.bus[branch.from as usize] && state.bus[branch.to as usize];
            if on && live && !open && branch.kind != Kind::Unusable {
                sets.join(branch.from, branch.to);
            }
        }
        let mut fed = vec![false; self.buses.len()];
        for &(bus, _) in self.slacks.iter().filter(|(bus, _)| state.bus[*bus as usize]) {
            fed[sets.find(bus) as usize] = true;
        }
        (0..self.buses.len() as u32).map(|bus| state.bus[bus as usize] && !fed[sets.find(bus) as usize]).collect()
    }
}
