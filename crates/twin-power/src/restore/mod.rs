//! Restoration: the best switching after a fault, checked by power flow against voltage band and loading.
//!
//! # Model
//! What is dark after the fault falls into parts that closed switches hold together. A part is fed again through ties: open switches (or
//! lines with open switches) between it and what is live. It may be divided by opening switches of its own, so that several ties share it
//! or that only what fits is fed. No two ties feed the same piece: what was radial stays radial. The failed asset and its switches stay as
//! they are.
//!
//! Best is, in this order: the least load that stays dark, the fewest customers that do, the fewest switchings, the least
//! loaded branch (of some combinations that are equal else). Looked through are up to three ties with up to two divisions per part,
//! all combinations of them up to the bounds under "Left out"; the parts one after the other, the greatest load first, again as long as
//! anything is gained, at most `MOST_ROUNDS` times. Limits: where ties are closed, no bus leaves its band that kept it before the fault,
//! and nothing is overloaded that was not. At the end all that hangs on feeding buses is judged, also what no tie touches.
//!
//! # Method
//! Every combination's pieces and loads follow from a depth-first order of the part (bridges with a switch are what may be opened), without
//! any power flow. Combinations are then probed by halves in the order of what they leave dark: one within limits bounds the search, one
//! that breaks them at a feeding bus also rules out whatever feeds more there through the same ties; each tie is looked at alone first.
//! That conclusion needs loads that only draw: where something feeds in, combinations are checked one by one, and also after every single
//! closing. A check is the power flow of the parts that the ties touch ([`crate::feeder`]), or of the whole network where it is not radial.
//!
//! # Left out
//! Ties of a part beyond the first `MOST_TIES`; places to divide it beyond `MOST_SECTIONS` (thinned evenly by load); combinations of a class
//! (one, two, three ties; one or two divisions) beyond `MOST_COMBINATIONS` (thinned evenly) and beyond `MOST_CHECKS` that were checked.
//! Where one of these bounds cuts, [`Restoration::is_thinned`] says so: what is proposed keeps the limits, but may not be the best. What
//! three ties and two divisions do not bring back is tried again as parts of their own, so that longer sequences are found, though not
//! surely the best. Lines are opened at the end that is fed (at their beginning where both are): what only the charging of an open end would
//! keep within its band is not found. Nothing that is live is switched off to make room, and no live feeder is reconfigured.
//!
//! # References
//! Chow, Taylor and Chow 1996, doi:10.1109/61.544291, on tie-based service restoration of distribution feeders. The choice by
//! topology alone is checked against `ref_n1_tie_restoration.csv`, the choice by power flow against an exhaustive search.

mod limits;
mod part;
mod switch;

pub use self::switch::best_tie_by_topology;
pub(crate) use self::{
    limits::Before,
    switch::{Switch, state_without},
};

use twin::{
    Findings, Id,
    outcome::{Restoration, SwitchStep},
    utility::BranchEnd,
};

use self::{
    limits::{extremes_by_area, whole},
    part::{Combinations, Config, Known, Opening, Part, Piece, Tie},
    switch::closings,
};
use crate::{
    complex::Complex,
    feeder::{Contact, Extremes, Feeder, LOOSE_PU, NONE, TIGHT_PU, Unsolved, Wiring},
    model::{Grid, Model, State},
    n1::Asset,
    solve::{Options, Solution, Solver},
};

/// Most rounds over the dark parts.
const MOST_ROUNDS: usize = 6;
/// Most places of a part where it may be divided.
const MOST_SECTIONS: usize = 128;
/// Most ties of a part.
const MOST_TIES: usize = 24;
/// Most combinations of a class (one, two, three ties; one, two divisions) of a part.
const MOST_COMBINATIONS: usize = 1 << 16;
/// Most combinations of equal worth whose loadings are compared besides the one found first.
const MOST_EQUALS: usize = 8;
/// Squares of loadings that differ by less than this part are equal.
const EQUAL: f64 = 1e-3;
/// Most combinations of a class of a part that are checked: each is some power flows.
const MOST_CHECKS: usize = 1000;

/// What the restorations of all faults of a state share.
#[derive(Debug)]
pub(crate) struct Switching<'m> {
    model: &'m Model,
    state: State,
    options: Options,
    before: Before,
    wiring: Wiring,
    contact: Vec<Contact>,
    root: Vec<u32>,
    /// Voltage of every bus before the fault, where the power flow converges.
    start: Option<Vec<Complex>>,
    /// What hangs on each feeding bus, before the fault.
    areas: Vec<(u32, Extremes)>,
    /// Load, MW, and customers of every bus.
    load: Vec<(f64, u32)>,
}

impl<'m> Switching<'m> {
    pub(crate) fn of(
        model: &'m Model,
        state: &State,
        grid: &Grid,
        base: &Solution,
        before: Before,
        options: &Options,
    ) -> Self {
        let wiring = Wiring::of(model);
        let contact: Vec<Contact> =
            (0..model.n_branches() as u32).map(|branch| Contact::of(model, state, branch)).collect();
        let root = wiring.roots(&contact, state);
        let start = base.end.is_converged().then(|| {
            (0..model.n_buses())
                .map(|bus| grid.node(bus).map_or(Complex::ONE, |node| base.voltage[node as usize]))
                .collect::<Vec<_>>()
        });
        // Every feed: one that another one joins may feed alone after a fault between them.
        let mut areas: Vec<(u32, Extremes)> = wiring.feeds().map(|bus| (bus, Extremes::NOTHING)).collect();
        if base.end.is_converged() {
            extremes_by_area(model, grid, base, &root, &before, &mut areas);
        } else {
            areas.iter_mut().for_each(|(_, extremes)| *extremes = Extremes::UNKNOWN);
        }
        let mut load = vec![(0.0, 0); model.n_buses()];
        for customer in &model.loads {
            let of = &mut load[customer.bus as usize];
            (of.0, of.1) = (of.0 + customer.power.re * model.base_mva, of.1 + 1);
        }
        Self { model, state: state.clone(), options: *options, before, wiring, contact, root, start, areas, load }
    }

    /// What switching brings back after a fault. Without any step the state after the fault stays, whose voltages and loadings
    /// the caller knows.
    pub(crate) fn restore(&self, failed: &Asset, feeder: &mut Feeder) -> Restoration {
        let mut crew = Crew::new(self, failed, feeder);
        let before_mw = crew.dark().0;
        for _ in 0..MOST_ROUNDS {
            let mut parts = crew.parts();
            parts.retain(|part| part.customers() > 0 && !part.ties.is_empty());
            parts.sort_by(|a, b| b.load_mw().total_cmp(&a.load_mw()).then(a.buses[0].cmp(&b.buses[0])));
            let mut any = false;
            for part in parts {
                // What a part before it took away may be gone.
                any |= crew.feed(&part);
            }
            if !any {
                break;
            }
        }
        let (dark_mw, customers_dark, dark_buses) = crew.dark();
        let steps = std::mem::take(&mut crew.steps);
        let checked = (!steps.is_empty()).then(|| crew.overall(&[]));
        let is_thinned = crew.is_thinned;
        Restoration {
            steps: steps
                .into_iter()
                .map(|(switch, close)| SwitchStep { switch: switch.key(self.model), close })
                .collect(),
            restored_mw: before_mw - dark_mw,
            dark_mw,
            customers_dark,
            dark_buses,
            min_vm_pu: checked
                .filter(|checked| checked.lowest.is_finite())
                .map_or(0.0, |checked| checked.lowest.sqrt()),
            max_loading_percent: checked.map_or(0.0, |checked| 100.0 * checked.greatest.sqrt()),
            within_limits: checked.is_some_and(|checked| checked.fine),
            is_thinned,
        }
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
    let switching = Switching::of(model, &state, &grid, solver.base(), before, options);
    let after = state_without(&state, failed);
    let (dark, was_dark) = (model.dark(&after), model.dark(&state));
    let any = dark.iter().zip(&was_dark).any(|(dark, was)| *dark && !was);
    any.then(|| switching.restore(failed, &mut Feeder::default()))
}

/// One fault and what is switched after it.
struct Crew<'a, 'm> {
    of: &'a Switching<'m>,
    failed: &'a Asset,
    feeder: &'a mut Feeder,
    state: State,
    contact: Vec<Contact>,
    root: Vec<u32>,
    /// What hangs on feeding buses where that is not as before the fault; not yet computed where nothing stands.
    changed: Vec<(u32, Option<Extremes>)>,
    steps: Vec<(Switch, bool)>,
    /// Whether bounds of the search cut anything off.
    is_thinned: bool,
}

/// The feeding buses that a combination touches, with what hangs on them then.
type Touched = Vec<(u32, Extremes)>;

impl<'a, 'm> Crew<'a, 'm> {
    fn new(of: &'a Switching<'m>, failed: &'a Asset, feeder: &'a mut Feeder) -> Self {
        let state = state_without(&of.state, failed);
        let mut contact = of.contact.clone();
        let mut renew = |branch: u32| contact[branch as usize] = Contact::of(of.model, &state, branch);
        failed.branches.iter().for_each(|&branch| renew(branch));
        failed.switches.iter().for_each(|&switch| renew(of.model.end_switches[switch as usize].branch));
        for &bus in &failed.buses {
            of.wiring.near(bus).iter().for_each(|&(_, branch)| renew(branch));
        }
        let root = of.wiring.roots(&contact, &state);
        // Also a fault that leaves every bus its feed changes what hangs there: a ring is open, a line behind an open switch is not charged.
        let mut touched: Vec<u32> = failed.buses.clone();
        let branches = failed.branches.iter().copied();
        let at_switches = failed.switches.iter().map(|&switch| of.model.end_switches[switch as usize].branch);
        for branch in branches.chain(at_switches) {
            let record = &of.model.branches[branch as usize];
            touched.extend([record.from, record.to]);
        }
        let moved = (0..root.len()).filter(|&bus| root[bus] != of.root[bus]);
        let mut is_changed = vec![false; root.len()];
        for bus in moved.chain(touched.into_iter().map(|bus| bus as usize)) {
            for at in [of.root[bus], root[bus]].into_iter().filter(|&at| at != NONE) {
                is_changed[at as usize] = true;
            }
        }
        let changed = of.areas.iter().filter(|(at, _)| is_changed[*at as usize]).map(|&(at, _)| (at, None)).collect();
        Self { of, failed, feeder, state, contact, root, changed, steps: Vec::new(), is_thinned: false }
    }

    /// Whether a bus lost its supply and has not got it back.
    fn is_dark(&self, bus: usize) -> bool {
        self.root[bus] == NONE && self.of.root[bus] != NONE && self.state.bus[bus]
    }

    /// Load, customers and buses that are dark.
    fn dark(&self) -> (f64, u32, Vec<Id<twin::utility::PowerBus>>) {
        let (mut mw, mut customers, mut buses) = (0.0, 0, Vec::new());
        for bus in (0..self.root.len()).filter(|&bus| self.is_dark(bus)) {
            mw += self.of.load[bus].0;
            customers += self.of.load[bus].1;
            buses.push(Id::new(bus));
        }
        (mw, customers, buses)
    }

    fn parts(&self) -> Vec<Part> {
        let mut seen = vec![NONE; self.root.len()];
        let mut parts = Vec::new();
        for bus in 0..self.root.len() {
            if seen[bus] == NONE && self.is_dark(bus) {
                parts.push(self.part(bus as u32, &mut seen));
            }
        }
        parts
    }

    fn part(&self, first: u32, seen: &mut [u32]) -> Part {
        let (of, model) = (self.of, self.of.model);
        let operated = |switch: &Switch| self.steps.iter().any(|(known, _)| known == switch);
        let opening = |branch: u32| {
            let record = &model.branches[branch as usize];
            if record.is_switch {
                let switch = Some(Switch::Branch(branch)).filter(|switch| !operated(switch));
                return switch.map(|switch| Opening { at: [Some(switch); 2], from: record.from });
            }
            let mut at = [None; 2];
            for &number in model.end_switches_of(branch) {
                let switch = Switch::End(number);
                if !self.failed.switches.contains(&number) && !operated(&switch) {
                    at[usize::from(model.end_switches[number as usize].end == BranchEnd::To)].get_or_insert(switch);
                }
            }
            (at != [None; 2]).then_some(Opening { at, from: record.from })
        };
        let mut part = Part::grown(first, &of.wiring, &self.contact, &of.load, seen, opening);
        for (place, &bus) in part.buses.iter().enumerate() {
            for &(other, branch) in of.wiring.near(bus) {
                let live = self.root[other as usize] != NONE && self.state.bus[other as usize];
                if !live || self.contact[branch as usize] == Contact::Both {
                    continue;
                }
                let switches = closings(model, &self.state, self.failed, branch);
                if switches.is_empty() || switches.iter().any(operated) {
                    continue;
                }
                if part.ties.len() == MOST_TIES {
                    part.is_thinned = true;
                } else {
                    part.ties.push(Tie { place: place as u32, live: other, switches });
                }
            }
        }
        part.is_passive = part.buses.iter().all(|&bus| {
            let bus = &model.buses[bus as usize];
            bus.demand.re >= 0.0 && bus.demand.im >= 0.0 && bus.current.re >= 0.0
        });
        part.divide();
        part
    }

    /// Feeds a part in the best way; whether anything comes back.
    fn feed(&mut self, part: &Part) -> bool {
        if part.buses.iter().any(|&bus| self.root[bus as usize] != NONE) {
            return false;
        }
        self.is_thinned |= part.is_thinned;
        let mut known = Known::default();
        let mut best = None;
        for class in [Part::by_one_tie, Part::by_two_ties, Part::by_three_ties, Part::in_two] {
            best = self.best(part, class(part), &mut known);
            if best.is_some() {
                break;
            }
        }
        if best.as_ref().is_none_or(|(config, _)| config.dark() > (0, 0)) {
            let dark = best.as_ref().map_or((i64::MAX, u32::MAX), |(config, _)| config.dark());
            best = self.best(part, part.in_three(dark), &mut known).or(best);
        }
        let Some((config, _)) = best else { return false };
        self.commit(part, &config);
        true
    }

    /// The best combination of those that keep the limits.
    fn best(&mut self, part: &Part, class: Combinations, known: &mut Known) -> Option<(Config, Touched)> {
        self.is_thinned |= class.is_thinned();
        let mut rest = class.configs;
        rest.retain(|config| known.allows(part, config));
        rest.sort_unstable();
        let mut best: Option<(Config, Touched)> = None;
        let mut n_checks = 0;
        loop {
            let better = best
                .as_ref()
                .map_or(rest.len(), |(known, _)| rest.partition_point(|config| config.worth() < known.worth()));
            if better == 0 {
                break;
            }
            if n_checks == MOST_CHECKS {
                self.is_thinned = true;
                break;
            }
            n_checks += 1;
            let config = rest.remove(if part.is_passive { better / 2 } else { 0 });
            let found = self.check(part, &config, known);
            match found {
                Some((config, touched)) => {
                    rest.retain(|other| other.worth() <= config.worth());
                    best = Some((config, touched));
                }
                None => known.rule_out(part, &mut rest),
            }
        }
        // Among equals the least loaded.
        let (mut best, mut touched) = best?;
        let mut least = self.overall(&touched).greatest;
        rest.retain(|other| other.worth() == best.worth());
        let n = rest.len();
        let spread: Vec<Config> = if n > MOST_EQUALS {
            (0..MOST_EQUALS).map(|at| rest[(2 * at + 1) * n / (2 * MOST_EQUALS)]).collect()
        } else {
            rest
        };
        for config in spread {
            if !known.allows(part, &config) {
                continue;
            }
            let found = self.check(part, &config, known);
            let Some((config, other)) = found else { continue };
            let greatest = self.overall(&other).greatest;
            if greatest < least * (1.0 - EQUAL) || (greatest <= least * (1.0 + EQUAL) && config < best) {
                (best, touched, least) = (config, other, greatest);
            }
        }
        Some((best, touched))
    }

    /// A combination in an order of closing that keeps the limits, and what hangs on the feeding buses then.
    fn check(&mut self, part: &Part, config: &Config, known: &mut Known) -> Option<(Config, Touched)> {
        if !part.is_passive {
            let mut orders = std::iter::once(*config).chain(config.orders());
            return orders.find_map(|order| Some((order, self.closed_one_by_one(part, &order)?)));
        }
        // Of what only draws, less is fed on the way than at the end: the order does not matter.
        let opens = config.openings(part);
        opens.iter().for_each(|&switch| self.switch(switch, false));
        let found = self.closed_together(part, config, known);
        opens.iter().for_each(|&switch| self.switch(switch, true));
        found.map(|touched| (*config, touched))
    }

    /// Each tie alone, then all of them.
    fn closed_together(&mut self, part: &Part, config: &Config, known: &mut Known) -> Option<Touched> {
        let pieces: Vec<(u16, Piece)> = config.ties().iter().map(|&tie| (tie, config.piece(part, tie))).collect();
        for &(tie, piece) in pieces.iter().filter(|_| pieces.len() > 1) {
            if known.fine.iter().any(|(other, more)| *other == tie && more.includes(&piece)) {
                continue;
            }
            self.close(part, tie, true);
            let alone = self.solved(self.root_of(part, tie), LOOSE_PU);
            self.close(part, tie, false);
            if !alone.is_some_and(|extremes| extremes.fine) {
                known.broken.push(vec![(tie, piece)]);
                return None;
            }
            known.fine.push((tie, piece));
        }
        config.ties().iter().for_each(|&tie| self.close(part, tie, true));
        let touched = self.touched(part, config.ties());
        config.ties().iter().for_each(|&tie| self.close(part, tie, false));
        match touched {
            Ok(touched) => {
                known.fine.extend(pieces.iter().filter(|_| pieces.len() == 1));
                Some(touched)
            }
            Err(root) => {
                known.broken.push(pieces.into_iter().filter(|&(tie, _)| self.root_of(part, tie) == root).collect());
                None
            }
        }
    }

    /// Every state on the way keeps the limits.
    fn closed_one_by_one(&mut self, part: &Part, config: &Config) -> Option<Touched> {
        let opens = config.openings(part);
        opens.iter().for_each(|&switch| self.switch(switch, false));
        let (mut touched, mut n_closed) = (Ok(Vec::new()), 0);
        for &tie in config.ties() {
            n_closed += 1;
            self.close(part, tie, true);
            touched = self.touched(part, &config.ties()[..n_closed]);
            if touched.is_err() {
                break;
            }
        }
        config.ties()[..n_closed].iter().for_each(|&tie| self.close(part, tie, false));
        opens.iter().for_each(|&switch| self.switch(switch, true));
        touched.ok()
    }

    /// What hangs on the feeding buses of ties that are closed; the first one where limits are broken.
    fn touched(&mut self, part: &Part, ties: &[u16]) -> Result<Touched, u32> {
        let mut touched: Touched = Vec::new();
        for &tie in ties {
            let root = self.root_of(part, tie);
            if touched.iter().any(|(known, _)| *known == root) {
                continue;
            }
            match self.solved(root, LOOSE_PU) {
                Some(extremes) if extremes.fine => touched.push((root, extremes)),
                _ => return Err(root),
            }
        }
        Ok(touched)
    }

    fn root_of(&self, part: &Part, tie: u16) -> u32 {
        self.root[part.ties[tie as usize].live as usize]
    }

    /// What hangs on a feeding bus as the switches are now; of the whole network where it is not radial.
    fn solved(&mut self, root: u32, tolerance_pu: f64) -> Option<Extremes> {
        let of = self.of;
        let start = of.start.as_deref();
        match self.feeder.solve(of.model, (&of.wiring, &of.before), &self.contact, root, start, tolerance_pu) {
            Ok(extremes) => Some(extremes),
            Err(Unsolved::NotConverged) => None,
            Err(Unsolved::NotRadial) => whole(of.model, &self.state, &of.before, &of.options),
        }
    }

    /// The whole network where what hangs on these feeding buses is as given. Not fine where something has no power flow.
    fn overall(&mut self, touched: &[(u32, Extremes)]) -> Extremes {
        let mut all = Extremes::NOTHING;
        for number in 0..self.of.areas.len() {
            let (root, before) = self.of.areas[number];
            let here = match touched.iter().find(|(known, _)| *known == root) {
                Some((_, extremes)) => *extremes,
                None => self.area(root, before),
            };
            all = all.and(here);
        }
        all
    }

    /// What hangs on a feeding bus as all that was committed leaves it.
    fn area(&mut self, root: u32, before: Extremes) -> Extremes {
        let Some(at) = self.changed.iter().position(|(known, _)| *known == root) else { return before };
        if self.root[root as usize] != root {
            // Out of service, or another feed has it.
            return Extremes::NOTHING;
        }
        if let Some(known) = self.changed[at].1 {
            return known;
        }
        let extremes = self.solved(root, TIGHT_PU).unwrap_or(Extremes::UNKNOWN);
        self.changed[at].1 = Some(extremes);
        extremes
    }

    fn switch(&mut self, switch: Switch, closed: bool) {
        switch.set(&mut self.state, closed);
        let branch = switch.branch(self.of.model);
        self.contact[branch as usize] = Contact::of(self.of.model, &self.state, branch);
    }

    fn close(&mut self, part: &Part, tie: u16, closed: bool) {
        for number in 0..part.ties[tie as usize].switches.len() {
            self.switch(part.ties[tie as usize].switches[number], closed);
        }
    }

    fn commit(&mut self, part: &Part, config: &Config) {
        for switch in config.openings(part) {
            self.switch(switch, false);
            self.steps.push((switch, false));
        }
        for &tie in config.ties() {
            self.close(part, tie, true);
            self.steps.extend(part.ties[tie as usize].switches.iter().map(|&switch| (switch, true)));
            let root = self.root_of(part, tie);
            let piece = config.piece(part, tie);
            for place in piece.places() {
                self.root[part.buses[place as usize] as usize] = root;
            }
            self.changed.retain(|(known, _)| *known != root);
            self.changed.push((root, None));
        }
    }
}

#[cfg(test)]
pub(crate) mod fixture;
#[cfg(test)]
mod tests;
