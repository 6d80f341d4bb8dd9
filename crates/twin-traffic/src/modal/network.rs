//! The arcs that a traveler may use, and the turns between them.

use std::collections::{BTreeMap, HashMap};

use twin::{
    Id, Twin,
    network::largest_strong_part,
    road::{Arc, Direction, Modes, NodeControl, RoadLink, TurnKind},
};

/// Where somebody may turn back into the street they came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turning {
    /// At turning circles alone: buses.
    Circles,
    /// At turning circles, and where nothing else leads on: cars, lorries.
    DeadEnds,
    /// Anywhere: people on foot, bicycles, emergency services.
    Anywhere,
}

/// Who is on the way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Traveler {
    /// The mode whose streets and restrictions hold.
    pub mode: Modes,
    /// Mass, tonnes; 0 where limits do not matter.
    pub weight_t: f64,
    /// Height, metres; 0 where limits do not matter.
    pub height_m: f64,
    /// Width, metres; 0 where limits do not matter.
    pub width_m: f64,
    /// Width of carriageway needed, metres, where the width is known.
    pub clear_width_m: f64,
    /// Where they may turn back.
    pub turning: Turning,
    /// Whether turn restrictions bind them (not emergency services: § 35 StVO; not people on foot).
    pub bound: bool,
}

impl Traveler {
    /// Somebody of this mode without size.
    #[must_use]
    pub const fn of(mode: Modes, turning: Turning, bound: bool) -> Self {
        Self { mode, weight_t: 0.0, height_m: 0.0, width_m: 0.0, clear_width_m: 0.0, turning, bound }
    }

    /// Whether a direction of a section is open to them.
    #[must_use]
    pub fn may_use(&self, link: &RoadLink, direction: Direction) -> bool {
        link.carriageway(direction).modes.contains(self.mode)
            && link.max_weight_t.is_none_or(|limit| limit >= self.weight_t)
            && link.max_height_m.is_none_or(|limit| limit >= self.height_m)
            && link.max_width_m.is_none_or(|limit| limit >= self.width_m)
            && link.width_m.is_none_or(|width| width >= self.clear_width_m)
    }
}

/// Rows of a compressed matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Rows {
    first: Vec<u32>,
    entries: Vec<u32>,
}

impl Rows {
    pub(super) fn of(&self, row: usize) -> &[u32] {
        &self.entries[self.first[row] as usize..self.first[row + 1] as usize]
    }

    /// Rows from pairs (row, entry) in the order of the pairs.
    fn from_pairs(n_rows: usize, pairs: &[(u32, u32)]) -> Self {
        let mut first = vec![0u32; n_rows + 1];
        for &(row, _) in pairs {
            first[row as usize + 1] += 1;
        }
        for row in 0..n_rows {
            first[row + 1] += first[row];
        }
        let mut next = first.clone();
        let mut entries = vec![0; pairs.len()];
        for &(row, entry) in pairs {
            entries[next[row as usize] as usize] = entry;
            next[row as usize] += 1;
        }
        Self { first, entries }
    }
}

/// The arcs that a traveler may use, with their turns. States are arcs, and arcs after the beginning of a restriction via others.
#[derive(Clone, Debug, PartialEq)]
pub struct ModeNetwork {
    /// Who it is for.
    pub traveler: Traveler,
    /// Whether each arc is open to them.
    pub admits: Vec<bool>,
    /// Length of each arc, metres.
    pub length_m: Vec<f64>,
    /// Node where each arc begins.
    pub tail: Vec<u32>,
    /// Node where each arc ends.
    pub head: Vec<u32>,
    /// Whether each arc may only begin or end a way of those who keep out of streets for residents.
    pub private: Vec<bool>,
    /// The arc of each state.
    pub(super) arc: Vec<u32>,
    /// State of each arc alone, or `u32::MAX` where it is not open.
    pub(super) state: Vec<u32>,
    /// All states of each arc.
    pub(super) states: Rows,
    pub(super) next: Rows,
    pub(super) before: Rows,
    out: Rows,
    into: Rows,
}

impl ModeNetwork {
    /// The network of a traveler.
    #[must_use]
    pub fn new(twin: &Twin, traveler: Traveler) -> Self {
        let n_arcs = 2 * twin.roads.n_links();
        let mut network = Self {
            traveler,
            admits: Vec::with_capacity(n_arcs),
            length_m: Vec::with_capacity(n_arcs),
            tail: Vec::with_capacity(n_arcs),
            head: Vec::with_capacity(n_arcs),
            private: vec![false; n_arcs],
            arc: Vec::new(),
            state: vec![u32::MAX; n_arcs],
            states: Rows::default(),
            next: Rows::default(),
            before: Rows::default(),
            out: Rows::default(),
            into: Rows::default(),
        };
        for (id, link) in twin.roads.links() {
            let length_m = if link.length_m.is_finite() { link.length_m.max(0.0) } else { 0.0 };
            for direction in Direction::BOTH {
                let (from, to) = Arc::new(id, direction).ends(&twin.roads);
                network.admits.push(traveler.may_use(link, direction));
                network.length_m.push(length_m);
                network.tail.push(from.index() as u32);
                network.head.push(to.index() as u32);
            }
        }
        let open = || (0..n_arcs as u32).filter(|&arc| network.admits[arc as usize]);
        let pairs = |node: &[u32]| -> Vec<(u32, u32)> { open().map(|arc| (node[arc as usize], arc)).collect() };
        let (leaving, coming) = (pairs(&network.tail), pairs(&network.head));
        network.out = Rows::from_pairs(twin.roads.n_nodes(), &leaving);
        network.into = Rows::from_pairs(twin.roads.n_nodes(), &coming);
        network.private = private(twin, &network);
        turns(twin, &mut network);
        network
    }

    /// The number of arcs of the twin, open or not.
    #[must_use]
    pub fn n_arcs(&self) -> usize {
        self.admits.len()
    }

    /// Open arcs that begin at a node.
    #[must_use]
    pub fn leaving(&self, node: usize) -> &[u32] {
        self.out.of(node)
    }

    /// Open arcs that end at a node.
    #[must_use]
    pub fn coming(&self, node: usize) -> &[u32] {
        self.into.of(node)
    }

    pub(super) fn n_states(&self) -> usize {
        self.arc.len()
    }

    /// Junctions from which one comes everywhere and back, on streets that are not private; the largest such part.
    #[must_use]
    pub fn main_part(&self, n_nodes: usize, open: impl Fn(usize) -> bool) -> Vec<bool> {
        let arcs = (0..self.n_arcs()).filter(|&arc| self.admits[arc] && !self.private[arc] && open(arc));
        largest_strong_part(n_nodes, arcs.map(|arc| (self.tail[arc] as usize, self.head[arc] as usize)))
    }
}

/// Streets for residents, and what lies behind them.
fn private(twin: &Twin, network: &ModeNetwork) -> Vec<bool> {
    let signed = |arc: usize| twin.roads.link(Id::new(arc / 2)).destination_only;
    if !(0..network.n_arcs()).any(|arc| network.admits[arc] && signed(arc)) {
        return vec![false; network.n_arcs()];
    }
    let ordinary = |arc: usize| network.admits[arc] && !signed(arc);
    let ends = |arc: usize| (network.tail[arc] as usize, network.head[arc] as usize);
    let part = largest_strong_part(twin.roads.n_nodes(), (0..network.n_arcs()).filter(|&a| ordinary(a)).map(ends));
    (0..network.n_arcs()).map(|arc| !(ordinary(arc) && part[ends(arc).0] && part[ends(arc).1])).collect()
}

/// A restriction as rows of arcs: approach, arcs between, exit.
struct Chain {
    arcs: Vec<u32>,
    only: bool,
}

/// An arc with the restrictions via other arcs that are half driven: chain and arcs driven, two at least.
type State = (u32, Vec<(u32, u32)>);

fn turns(twin: &Twin, network: &mut ModeNetwork) {
    let chains = if network.traveler.bound { chains(twin, network) } else { Vec::new() };
    let mut begun: HashMap<u32, Vec<u32>> = HashMap::new();
    for (index, chain) in chains.iter().enumerate() {
        begun.entry(chain.arcs[0]).or_default().push(index as u32);
    }
    let mut states: Vec<State> = Vec::new();
    let mut known: HashMap<State, u32> = HashMap::new();
    for arc in 0..network.n_arcs() {
        if network.admits[arc] {
            network.state[arc] = states.len() as u32;
            states.push((arc as u32, Vec::new()));
        }
    }
    let mut pairs: Vec<(u32, u32)> = Vec::with_capacity(3 * states.len());
    let mut at = 0;
    let mut exits: Vec<u32> = Vec::new();
    while at < states.len() {
        let (arc, matched) = states[at].clone();
        let node = network.head[arc as usize] as usize;
        exits.clear();
        if twin.roads[Id::new(node)].through {
            exits.extend_from_slice(network.leaving(node));
        }
        let circle = twin.roads[Id::<twin::road::RoadNode>::new(node)].control == NodeControl::TurningCircle;
        let back = network.traveler.turning == Turning::Anywhere || circle;
        exits.retain(|&exit| back || exit != arc ^ 1);
        let half: Vec<(u32, u32)> =
            begun.get(&arc).map_or(&[][..], Vec::as_slice).iter().map(|&chain| (chain, 1)).chain(matched).collect();
        bind(&chains, &half, &mut exits);
        for &exit in &exits {
            let mut matched: Vec<(u32, u32)> = half
                .iter()
                .filter(|&&(chain, n)| {
                    let arcs = &chains[chain as usize].arcs;
                    n as usize + 1 < arcs.len() && arcs[n as usize] == exit
                })
                .map(|&(chain, n)| (chain, n + 1))
                .collect();
            let to = if matched.is_empty() {
                network.state[exit as usize]
            } else {
                matched.sort_unstable();
                *known.entry((exit, matched)).or_insert_with_key(|state| {
                    states.push(state.clone());
                    (states.len() - 1) as u32
                })
            };
            pairs.push((at as u32, to));
        }
        at += 1;
    }
    let reversed: Vec<(u32, u32)> = pairs.iter().map(|&(from, to)| (to, from)).collect();
    network.next = Rows::from_pairs(states.len(), &pairs);
    network.before = Rows::from_pairs(states.len(), &reversed);
    network.arc = states.into_iter().map(|(arc, _)| arc).collect();
    let by_arc: Vec<(u32, u32)> = network.arc.iter().zip(0..).map(|(&arc, state)| (arc, state)).collect();
    network.states = Rows::from_pairs(network.n_arcs(), &by_arc);
}

/// Takes out the exits that restrictions forbid. Several "only" after one approach allow each of their exits, those after a longer
/// and a shorter approach hold both.
fn bind(chains: &[Chain], half: &[(u32, u32)], exits: &mut Vec<u32>) {
    if half.is_empty() {
        return;
    }
    let mut bidden: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &(chain, n) in half {
        let Chain { arcs, only } = &chains[chain as usize];
        if n as usize + 1 != arcs.len() {
            continue;
        }
        let exit = arcs[n as usize];
        if *only {
            bidden.entry(n).or_default().push(exit);
        } else {
            exits.retain(|&open| open != exit);
        }
    }
    for only in bidden.values() {
        exits.retain(|exit| only.contains(exit));
    }
}

fn chains(twin: &Twin, network: &ModeNetwork) -> Vec<Chain> {
    let binding = twin.restrictions.iter().filter(|restriction| !restriction.except.contains(network.traveler.mode));
    binding
        .map(|restriction| {
            let arcs = std::iter::once(restriction.from).chain(restriction.via.iter().copied()).chain([restriction.to]);
            let arcs = arcs.map(|arc| arc.index() as u32).collect();
            Chain { arcs, only: restriction.kind == TurnKind::Only }
        })
        .filter(|chain| {
            let joined = |pair: &[u32]| network.head[pair[0] as usize] == network.tail[pair[1] as usize];
            chain.arcs.iter().all(|&arc| network.admits[arc as usize]) && chain.arcs.windows(2).all(joined)
        })
        .collect()
}
