//! A dark part: its ties, where it may be divided, and the combinations of both.

use super::{MOST_SECTIONS, Switch};
use crate::feeder::{Contact, NONE, Wiring};

/// An open way between a part and what is live.
#[derive(Clone, Debug)]
pub(super) struct Tie {
    /// Place in the part where it arrives.
    pub(super) place: u32,
    /// Live bus at its other end.
    pub(super) live: u32,
    /// What must be closed: one switch, or both of a line that is open at both ends.
    pub(super) switches: Vec<Switch>,
}

/// A branch of a part whose opening divides it, and the places behind it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    first: u32,
    last: u32,
    opening: Opening,
}

/// How a branch is opened: the switches at its beginning and end, of which one at least is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opening {
    pub(super) at: [Option<Switch>; 2],
    /// Bus at its beginning.
    pub(super) from: u32,
}

/// Buses that closed switches hold together, in a depth-first order.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) buses: Vec<u32>,
    pub(super) edges: Vec<Edge>,
    pub(super) ties: Vec<Tie>,
    /// Whether everything in it only draws.
    pub(super) is_passive: bool,
    /// Load, watts, and customers at the places before each place.
    sums: Vec<(i64, u32)>,
}

/// A piece of a part: an interval of places without the intervals of what is cut off from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    outer: (u32, u32),
    holes: [(u32, u32); 2],
}

/// Ties to close and edges to open, with what that leaves dark. Ordered by worth: load, customers, switchings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Config {
    dark_w: i64,
    dark_customers: u32,
    n_switchings: u8,
    n_ties: u8,
    n_opens: u8,
    ties: [u16; 3],
    opens: [u16; 2],
}

impl Piece {
    /// Its places.
    pub(super) fn places(self) -> impl Iterator<Item = u32> {
        (self.outer.0..self.outer.1)
            .filter(move |place| !self.holes.iter().any(|hole| (hole.0..hole.1).contains(place)))
    }

    /// Whether all of another piece belongs to it.
    fn includes(&self, other: &Self) -> bool {
        if !within(other.outer, self.outer) {
            return false;
        }
        self.holes.iter().filter(|hole| hole.0 < hole.1).all(|&hole| {
            let apart = hole.1 <= other.outer.0 || other.outer.1 <= hole.0;
            apart || other.holes.iter().any(|&inner| inner.0 < inner.1 && within(hole, inner))
        })
    }
}

/// Whether the first interval lies within the second one.
const fn within(inner: (u32, u32), outer: (u32, u32)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

impl Config {
    /// What counts before the loading.
    pub(super) const fn worth(&self) -> (i64, u32, u8) {
        (self.dark_w, self.dark_customers, self.n_switchings)
    }

    /// The ties to close, in this order.
    pub(super) fn ties(&self) -> &[u16] {
        &self.ties[..self.n_ties as usize]
    }

    /// The same in the other orders of closing.
    pub(super) fn orders(&self) -> impl Iterator<Item = Self> + use<> {
        const OF_TWO: &[[usize; 3]] = &[[1, 0, 2]];
        const OF_THREE: &[[usize; 3]] = &[[0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let config = *self;
        let orders = match self.n_ties {
            2 => OF_TWO,
            3 => OF_THREE,
            _ => &[],
        };
        orders.iter().map(move |order| Self { ties: order.map(|at| config.ties[at]), ..config })
    }

    /// The edges to open.
    pub(super) fn opens(&self) -> &[u16] {
        &self.opens[..self.n_opens as usize]
    }

    /// The switches that are opened: on the side that is fed, so that what is cut off is not charged; at the beginning where both sides are.
    pub(super) fn openings(&self, part: &Part) -> Vec<Switch> {
        let pieces: Vec<Piece> = self.ties().iter().map(|&tie| self.piece(part, tie)).collect();
        self.opens()
            .iter()
            .filter_map(|&open| {
                let edge = part.edges[open as usize];
                let interval = (edge.first, edge.last);
                let below_is_from = part.buses[edge.first as usize] == edge.opening.from;
                let below = pieces.iter().any(|piece| piece.outer == interval);
                let above = pieces.iter().any(|piece| piece.holes.contains(&interval));
                let [from, to] = edge.opening.at;
                if above && below || below == below_is_from { from.or(to) } else { to.or(from) }
            })
            .collect()
    }

    /// The piece that a tie feeds.
    pub(super) fn piece(&self, part: &Part, tie: u16) -> Piece {
        part.piece(self.opens(), part.ties[tie as usize].place)
    }

    /// Whether it feeds all of these pieces through the same ties, or more.
    pub(super) fn includes(&self, part: &Part, pieces: &[(u16, Piece)]) -> bool {
        pieces.iter().all(|(tie, piece)| self.ties().contains(tie) && self.piece(part, *tie).includes(piece))
    }
}

impl Part {
    /// What hangs together with a bus by closed switches and branches. `opening` gives the switches that part a branch.
    pub(super) fn grown(
        first: u32,
        wiring: &Wiring,
        contact: &[Contact],
        load: &[(f64, u32)],
        seen: &mut [u32],
        opening: impl Fn(u32) -> Option<Opening>,
    ) -> Self {
        let mut buses = vec![first];
        let (mut low, mut end, mut by) = (vec![0u32], vec![0u32], vec![NONE]);
        let mut bridges = Vec::new();
        seen[first as usize] = 0;
        // Place and the next of its neighbours.
        let mut stack = vec![(0u32, 0usize)];
        while let Some((here, next)) = stack.last_mut() {
            let (place, bus) = (*here as usize, buses[*here as usize]);
            if let Some(&(other, branch)) = wiring.near(bus).get(*next) {
                *next += 1;
                if contact[branch as usize] != Contact::Both || branch == by[place] {
                    continue;
                }
                if seen[other as usize] == NONE {
                    let there = buses.len() as u32;
                    seen[other as usize] = there;
                    buses.push(other);
                    low.push(there);
                    end.push(0);
                    by.push(branch);
                    stack.push((there, 0));
                } else {
                    low[place] = low[place].min(seen[other as usize]);
                }
                continue;
            }
            stack.pop();
            end[place] = buses.len() as u32;
            if let Some(&(above, _)) = stack.last() {
                low[above as usize] = low[above as usize].min(low[place]);
                if low[place] > above {
                    bridges.push(place as u32);
                }
            }
        }
        let mut sums = vec![(0, 0)];
        for &bus in &buses {
            let (mw, customers) = load[bus as usize];
            let last = sums[sums.len() - 1];
            // What feeds in is no load that is missed.
            sums.push((last.0 + (mw.max(0.0) * 1e6).round() as i64, last.1 + customers));
        }
        bridges.sort_unstable();
        let edges = bridges
            .into_iter()
            .filter_map(|place| {
                let opening = opening(by[place as usize])?;
                Some(Edge { first: place, last: end[place as usize], opening })
            })
            .collect();
        Self { buses, edges, ties: Vec::new(), is_passive: true, sums }
    }

    /// Load of the part, MW.
    pub(super) fn load_mw(&self) -> f64 {
        self.sums[self.buses.len()].0 as f64 * 1e-6
    }

    /// Customers of the part.
    pub(super) fn customers(&self) -> u32 {
        self.sums[self.buses.len()].1
    }

    fn sum(&self, interval: (u32, u32)) -> (i64, u32) {
        let (first, last) = (self.sums[interval.0 as usize], self.sums[interval.1 as usize]);
        (last.0 - first.0, last.1 - first.1)
    }

    /// The piece around a place.
    fn piece(&self, opens: &[u16], place: u32) -> Piece {
        let mut outer = (0, self.buses.len() as u32);
        let interval = |open: u16| (self.edges[open as usize].first, self.edges[open as usize].last);
        for interval in opens.iter().map(|&open| interval(open)) {
            if (interval.0..interval.1).contains(&place) && within(interval, outer) {
                outer = interval;
            }
        }
        let mut holes = [(0, 0); 2];
        let mut n = 0;
        for hole in opens.iter().map(|&open| interval(open)) {
            if hole != outer && within(hole, outer) && !holes[..n].iter().any(|&known| within(hole, known)) {
                holes[n] = hole;
                n += 1;
            }
        }
        Piece { outer, holes }
    }

    /// A combination, where each tie has a piece of its own and each opening parts something that is fed.
    fn config(&self, ties: &[u16], opens: &[u16]) -> Option<Config> {
        let mut pieces = [Piece { outer: (0, 0), holes: [(0, 0); 2] }; 3];
        let (mut dark_w, mut dark_customers) = self.sums[self.buses.len()];
        let mut by_load = [(0i64, 0u16); 3];
        let mut n_switchings = opens.len();
        for (number, &tie) in ties.iter().enumerate() {
            let of = &self.ties[tie as usize];
            let piece = self.piece(opens, of.place);
            if pieces[..number].iter().any(|known| known.outer == piece.outer) {
                return None;
            }
            let mut fed = self.sum(piece.outer);
            for hole in piece.holes {
                let gone = self.sum(hole);
                fed = (fed.0 - gone.0, fed.1 - gone.1);
            }
            (dark_w, dark_customers) = (dark_w - fed.0, dark_customers - fed.1);
            (pieces[number], by_load[number]) = (piece, (-fed.0, tie));
            n_switchings += of.switches.len();
        }
        let is_of_use = |open: u16| {
            let interval = (self.edges[open as usize].first, self.edges[open as usize].last);
            pieces[..ties.len()].iter().any(|piece| piece.outer == interval || piece.holes.contains(&interval))
        };
        if !opens.iter().all(|&open| is_of_use(open)) {
            return None;
        }
        // The tie that brings back most comes first.
        by_load[..ties.len()].sort_unstable();
        let mut config = Config {
            dark_w,
            dark_customers,
            n_switchings: u8::try_from(n_switchings).unwrap_or(u8::MAX),
            n_ties: ties.len() as u8,
            n_opens: opens.len() as u8,
            ties: by_load.map(|(_, tie)| tie),
            opens: [0; 2],
        };
        config.opens[..opens.len()].copy_from_slice(opens);
        Some(config)
    }

    /// Places to divide it that differ in what they part, thinned evenly by load.
    fn divisions(&self) -> Vec<u16> {
        let mut known = std::collections::BTreeSet::new();
        let mut edges: Vec<(i64, u16)> = Vec::new();
        for (number, edge) in self.edges.iter().enumerate() {
            let interval = (edge.first, edge.last);
            let (load, customers) = self.sum(interval);
            let behind: Vec<bool> = self.ties.iter().map(|tie| (interval.0..interval.1).contains(&tie.place)).collect();
            // What lies between two such edges draws nothing: the upper one stands for both.
            if customers > 0 && customers < self.customers() || behind.contains(&true) && behind.contains(&false) {
                let place = self.sums[edge.first as usize];
                if known.insert((place, load, customers, behind)) {
                    edges.push((load, number as u16));
                }
            }
        }
        if edges.len() > MOST_SECTIONS {
            edges.sort_unstable();
            let n = edges.len();
            edges = (0..MOST_SECTIONS).map(|at| edges[at * n / MOST_SECTIONS]).collect();
        }
        let mut edges: Vec<u16> = edges.into_iter().map(|(_, number)| number).collect();
        edges.sort_unstable();
        edges
    }

    fn tie_numbers(&self) -> std::ops::Range<u16> {
        0..self.ties.len() as u16
    }

    /// One tie for all of it.
    pub(super) fn by_one_tie(&self) -> Vec<Config> {
        self.tie_numbers().filter_map(|tie| self.config(&[tie], &[])).collect()
    }

    /// Two ties and a division between them.
    pub(super) fn by_two_ties(&self) -> Vec<Config> {
        let mut configs = Vec::new();
        let edges = if self.ties.len() < 2 { Vec::new() } else { self.divisions() };
        for a in self.tie_numbers() {
            for b in a + 1..self.ties.len() as u16 {
                configs.extend(edges.iter().filter_map(|&edge| self.config(&[a, b], &[edge])));
            }
        }
        configs
    }

    /// Three ties and two divisions between them.
    pub(super) fn by_three_ties(&self) -> Vec<Config> {
        let mut configs = Vec::new();
        let edges = if self.ties.len() < 3 { Vec::new() } else { self.divisions() };
        for a in self.tie_numbers() {
            for b in a + 1..self.ties.len() as u16 {
                for c in b + 1..self.ties.len() as u16 {
                    configs.extend(pairs(&edges).filter_map(|pair| self.config(&[a, b, c], &pair)));
                }
            }
        }
        configs
    }

    /// Only some of it: one tie and one or two divisions, two ties and two divisions.
    pub(super) fn in_pieces(&self) -> Vec<Config> {
        let edges = self.divisions();
        let mut configs = Vec::new();
        for a in self.tie_numbers() {
            configs.extend(edges.iter().filter_map(|&edge| self.config(&[a], &[edge])));
            configs.extend(pairs(&edges).filter_map(|pair| self.config(&[a], &pair)));
            for b in a + 1..self.ties.len() as u16 {
                configs.extend(pairs(&edges).filter_map(|pair| self.config(&[a, b], &pair)));
            }
        }
        // What brings nothing back is no restoration.
        let nothing = self.sums[self.buses.len()];
        configs.retain(|config| (config.dark_w, config.dark_customers) < nothing);
        configs
    }
}

/// All pairs, the first before the second.
fn pairs(of: &[u16]) -> impl Iterator<Item = [u16; 2]> + '_ {
    of.iter().enumerate().flat_map(move |(at, &a)| of[at + 1..].iter().map(move |&b| [a, b]))
}
