//! Switches and what they part: which are closed, which a fault leaves, what is dark then.

use crate::{
    feeder::Contact,
    model::{Kind, Model, Sets, State},
    n1::Asset,
};

/// A switch: between buses, or at the end of a branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Switch {
    Branch(u32),
    End(u32),
}

impl Switch {
    pub(super) fn set(self, state: &mut State, closed: bool) {
        match self {
            Self::Branch(branch) => state.branch[branch as usize] = closed,
            Self::End(switch) => state.end_switch[switch as usize] = closed,
        }
    }

    pub(super) fn branch(self, model: &Model) -> u32 {
        match self {
            Self::Branch(branch) => branch,
            Self::End(switch) => model.end_switches[switch as usize].branch,
        }
    }

    pub(super) fn key(self, model: &Model) -> twin::Key {
        match self {
            Self::Branch(branch) => model.branches[branch as usize].key.clone(),
            Self::End(switch) => model.end_switches[switch as usize].key.clone(),
        }
    }
}

/// A state with an asset out.
pub(crate) fn state_without(state: &State, failed: &Asset) -> State {
    let mut state = state.clone();
    failed.branches.iter().for_each(|&branch| state.branch[branch as usize] = false);
    failed.buses.iter().for_each(|&bus| state.bus[bus as usize] = false);
    failed.switches.iter().for_each(|&switch| state.end_switch[switch as usize] = false);
    state
}

/// The single open switch whose closing brings back most load, by topology alone: its key, load and buses still dark. The
/// first one among equals.
pub fn best_tie_by_topology(model: &Model, failed: &Asset) -> Option<(twin::Key, f64, u32)> {
    let mut state = state_without(&model.state(), failed);
    let dark = model.dark(&state);
    let dark_mw = |dark: &[bool]| -> f64 {
        let loads = model.loads.iter().filter(|load| dark[load.bus as usize]);
        loads.map(|load| load.power.re * model.base_mva).sum()
    };
    let mut ties: Vec<Switch> = (0..model.n_branches() as u32)
        .filter(|&branch| {
            let record = &model.branches[branch as usize];
            dark[record.from as usize] != dark[record.to as usize]
        })
        .filter_map(|branch| match closings(model, &state, failed, branch).as_slice() {
            [switch] => Some(*switch),
            _ => None,
        })
        .collect();
    // The number at the end of a key, for an order as in the source.
    ties.sort_by_key(|tie| {
        let key = tie.key(model);
        (key.as_str().rsplit('/').next().and_then(|number| number.parse().ok()).unwrap_or(u64::MAX), *tie)
    });
    let mut least = dark_mw(&dark);
    let mut best = None;
    for tie in ties {
        tie.set(&mut state, true);
        let now = model.dark(&state);
        tie.set(&mut state, false);
        if dark_mw(&now) < least - 1e-9 {
            least = dark_mw(&now);
            best = Some((tie.key(model), least, now.iter().filter(|dark| **dark).count() as u32));
        }
    }
    best
}

/// The switches that must be closed for a branch to conduct; nothing where that cannot be.
pub(super) fn closings(model: &Model, state: &State, failed: &Asset, branch: u32) -> Vec<Switch> {
    let record = &model.branches[branch as usize];
    let usable = record.kind != Kind::Unusable
        && !failed.branches.contains(&branch)
        && state.bus[record.from as usize]
        && state.bus[record.to as usize];
    if !usable || (!state.branch[branch as usize] && !record.is_switch) {
        return Vec::new();
    }
    let mut closings = Vec::new();
    if !state.branch[branch as usize] {
        closings.push(Switch::Branch(branch));
    }
    for &switch in model.end_switches_of(branch) {
        if failed.switches.contains(&switch) {
            return Vec::new();
        }
        if !state.end_switch[switch as usize] {
            closings.push(Switch::End(switch));
        }
    }
    closings
}

impl Model {
    /// Which buses in service no grid feeds.
    #[must_use]
    pub fn dark(&self, state: &State) -> Vec<bool> {
        let mut sets = Sets::new(self.buses.len());
        for branch in 0..self.n_branches() as u32 {
            if Contact::of(self, state, branch) == Contact::Both {
                let record = &self.branches[branch as usize];
                sets.join(record.from, record.to);
            }
        }
        let mut fed = vec![false; self.buses.len()];
        for &(bus, _) in self.slacks.iter().filter(|(bus, _)| state.bus[*bus as usize]) {
            fed[sets.find(bus) as usize] = true;
        }
        (0..self.buses.len() as u32).map(|bus| state.bus[bus as usize] && !fed[sets.find(bus) as usize]).collect()
    }
}
