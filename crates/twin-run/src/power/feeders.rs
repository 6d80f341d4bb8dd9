//! Feeders: what hangs on one branch that leaves the busbar of a transformer or of a feeding grid.
//!
//! # Model
//! Transformers part the network into voltage levels. Within one, the low-voltage ends of transformers and the buses of feeding grids,
//! with all that closed switches join to them, are busbars; what lines and closed switches hold together beyond them is a feeder, with the
//! lines that lead there. Lines that meet again (a ring) are one feeder.

use std::collections::BTreeMap;

use twin::{
    Id, Key, Twin,
    utility::{PowerBranchKind, PowerUnitKind},
};
use twin_power::{Model, State, day::Areas};

/// A feeder or busbar.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Feeder {
    /// The first branch that leaves the busbar; of a busbar its first transformer, of one of a feeding grid and of what nothing feeds its
    /// first bus.
    pub(super) key: Key,
    /// The transformers of its busbars, or the key itself.
    pub(super) name: String,
    /// Whether it is a busbar.
    pub(super) is_busbar: bool,
    /// Customers of its own.
    pub(super) n_own: u32,
    /// Customers that it feeds, its own among them.
    pub(super) n_customers: u32,
}

/// Disjoint sets by the smallest member.
struct Sets(Vec<usize>);

impl Sets {
    fn new(n: usize) -> Self {
        Self((0..n).collect())
    }

    fn find(&mut self, mut of: usize) -> usize {
        while self.0[of] != of {
            self.0[of] = self.0[self.0[of]];
            of = self.0[of];
        }
        of
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// The branches that conduct in a state: ends and what they are.
struct Live {
    ends: Vec<Option<(usize, usize)>>,
    is_transformer: Vec<bool>,
    is_switch: Vec<bool>,
}

impl Live {
    fn of(twin: &Twin, state: &State) -> Self {
        let mut parted = vec![false; twin.power.n_links()];
        for (id, switch) in twin.power_end_switches.iter() {
            parted[switch.branch.index()] |= !state.end_switch.get(id.index()).copied().unwrap_or(switch.closed);
        }
        let is_on = |bus: usize| state.bus.get(bus).copied().unwrap_or(false);
        let mut live = Self { ends: Vec::new(), is_transformer: Vec::new(), is_switch: Vec::new() };
        for (id, branch) in twin.power.links() {
            let (from, to) = twin.power.ends(id);
            let (from, to) = (from.index(), to.index());
            let conducts = state.branch.get(id.index()).copied().unwrap_or(false) && !parted[id.index()];
            live.ends.push((conducts && is_on(from) && is_on(to)).then_some((from, to)));
            live.is_transformer.push(matches!(branch.kind, PowerBranchKind::Transformer { .. }));
            live.is_switch.push(matches!(branch.kind, PowerBranchKind::Switch { .. }));
        }
        live
    }

    /// Numbers and ends of those that conduct and are no transformers, or are.
    fn each(&self, transformers: bool) -> impl Iterator<Item = (usize, (usize, usize))> {
        let ends = self.ends.iter().enumerate().filter_map(|(number, ends)| Some((number, (*ends)?)));
        ends.filter(move |(number, _)| self.is_transformer[*number] == transformers)
    }
}

/// The buses of busbars.
fn busbars(twin: &Twin, live: &Live) -> Vec<bool> {
    let mut is_busbar = vec![false; twin.power.n_nodes()];
    for (id, bus) in twin.power.nodes() {
        is_busbar[id.index()] = bus.slack_vm_pu.is_some();
    }
    for unit in twin.power_units.rows().iter().filter(|unit| unit.in_service) {
        let feeds = match unit.kind {
            PowerUnitKind::ExternalGrid { .. } => true,
            PowerUnitKind::Generator { slack, .. } => slack,
            _ => false,
        };
        is_busbar[unit.bus.index()] |= feeds;
    }
    for (_, (_, to)) in live.each(true) {
        is_busbar[to] = true;
    }
    let mut joined = Sets::new(is_busbar.len());
    for (number, (from, to)) in live.each(false) {
        if live.is_switch[number] {
            joined.join(from, to);
        }
    }
    let mut has_busbar = vec![false; is_busbar.len()];
    for (bus, is_busbar) in is_busbar.iter().enumerate() {
        has_busbar[joined.find(bus)] |= is_busbar;
    }
    (0..is_busbar.len()).map(|bus| has_busbar[joined.find(bus)]).collect()
}

/// The feeders and busbars of a network in a state of its switches, and which bus and branch belongs to which.
pub(super) fn feeders(twin: &Twin, model: &Model, state: &State) -> (Areas, Vec<Feeder>) {
    let live = Live::of(twin, state);
    let is_busbar = busbars(twin, &live);
    let mut sets = Sets::new(is_busbar.len());
    for (number, (from, to)) in live.each(false) {
        if is_busbar[from] == is_busbar[to] && (!is_busbar[from] || live.is_switch[number]) {
            sets.join(from, to);
        }
    }
    let mut number: BTreeMap<usize, u32> = BTreeMap::new();
    let of_bus: Vec<u32> = (0..is_busbar.len())
        .map(|bus| {
            let next = number.len() as u32;
            *number.entry(sets.find(bus)).or_insert(next)
        })
        .collect();
    let n = number.len();
    let mut first_bus = vec![usize::MAX; n];
    for (bus, &area) in of_bus.iter().enumerate() {
        first_bus[area as usize] = first_bus[area as usize].min(bus);
    }
    let of_branch: Vec<u32> = twin
        .power
        .links()
        .map(|(id, _)| {
            let (from, to) = twin.power.ends(id);
            // What leaves a busbar belongs to the feeder.
            let leaves = is_busbar[to.index()] && !is_busbar[from.index()] && !live.is_transformer[id.index()];
            of_bus[if leaves { from } else { to }.index()]
        })
        .collect();
    // Areas that feed each area, and what it is called.
    let mut fed_by: Vec<Vec<u32>> = vec![Vec::new(); n];
    let mut leaving: Vec<Option<usize>> = vec![None; n];
    let mut transformers: Vec<Vec<usize>> = vec![Vec::new(); n];
    for (branch, (from, to)) in live.each(true) {
        fed_by[of_bus[to] as usize].push(of_bus[from]);
        transformers[of_bus[to] as usize].push(branch);
    }
    for (branch, (from, to)) in live.each(false).filter(|(_, (from, to))| is_busbar[*from] != is_busbar[*to]) {
        let (busbar, feeder) = if is_busbar[from] { (from, to) } else { (to, from) };
        let area = of_bus[feeder] as usize;
        fed_by[area].push(of_bus[busbar]);
        leaving[area].get_or_insert(branch);
    }
    let on_way: Vec<Vec<u32>> = (0..n as u32).map(|area| way(area, &fed_by)).collect();
    let mut own = vec![0; n];
    for (bus, ..) in model.customers() {
        own[of_bus[bus as usize] as usize] += 1;
    }
    let mut fed = vec![0; n];
    for (area, on_way) in on_way.iter().enumerate() {
        on_way.iter().for_each(|&on_way| fed[on_way as usize] += own[area]);
    }
    let key_of = |branch: usize| twin.power.link(Id::new(branch)).key.clone();
    let feeders = (0..n).map(|area| {
        let busbars: Vec<usize> = if is_busbar[first_bus[area]] {
            vec![area]
        } else {
            fed_by[area].iter().map(|&busbar| busbar as usize).collect()
        };
        let mut at: Vec<usize> = busbars.iter().flat_map(|&busbar| transformers[busbar].iter().copied()).collect();
        at.sort_unstable();
        at.dedup();
        let branch = leaving[area].or(at.first().copied().filter(|_| is_busbar[first_bus[area]]));
        let key = branch.map_or_else(|| twin.power[Id::new(first_bus[area])].key.clone(), key_of);
        let names: Vec<String> = at.into_iter().map(|branch| key_of(branch).to_string()).collect();
        Feeder {
            name: if names.is_empty() { key.to_string() } else { names.join(", ") },
            key,
            is_busbar: is_busbar[first_bus[area]],
            n_own: own[area],
            n_customers: fed[area],
        }
    });
    let feeders = feeders.collect();
    (Areas { of_bus, of_branch, on_way }, feeders)
}

/// An area and all through which it is fed, by rising number after itself.
fn way(area: u32, fed_by: &[Vec<u32>]) -> Vec<u32> {
    let mut above = std::collections::BTreeSet::new();
    let mut stack = vec![area];
    while let Some(at) = stack.pop() {
        stack.extend(fed_by[at as usize].iter().copied().filter(|&by| above.insert(by)));
    }
    above.remove(&area);
    std::iter::once(area).chain(above).collect()
}
