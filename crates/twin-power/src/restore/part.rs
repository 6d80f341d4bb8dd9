//! A dark part: its ties, where it may be divided, and the combinations of both.

use super::{MOST_COMBINATIONS, MOST_SECTIONS, Switch};
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

/// A place to divide a part: its edge, what lies behind it, and the ties there, one bit each.
#[derive(Clone, Copy, Debug)]
struct Division {
    edge: u16,
    interval: (u32, u32),
    load: (i64, u32),
    ties: u64,
}

/// What two divisions make of a part: load and customers, and ties of each of the three pieces.
type Thirds = [((i64, u32), u64); 3];

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
    /// Whether ties or places to divide it were left out.
    pub(super) is_thinned: bool,
    divisions: Vec<Division>,
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
    pub(super) fn includes(&self, other: &Self) -> bool {
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

    /// Load, watts, and customers that stay dark.
    pub(super) const fn dark(&self) -> (i64, u32) {
        (self.dark_w, self.dark_customers)
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
        // As by the piece of each tie, without making it: what is opened lies around the whole piece or beside all of it.
        pieces.iter().all(|(tie, piece)| {
            let place = part.ties[*tie as usize].place;
            self.ties().contains(tie)
                && self.opens().iter().all(|&open| {
                    let edge = &part.edges[open as usize];
                    let cut = (edge.first, edge.last);
                    if (cut.0..cut.1).contains(&place) {
                        within(piece.outer, cut)
                    } else {
                        let apart = cut.1 <= piece.outer.0 || piece.outer.1 <= cut.0;
                        apart || piece.holes.iter().any(|&hole| hole.0 < hole.1 && within(cut, hole))
                    }
                })
        })
    }
}

/// What is known of the ties of a part, each with a piece that it feeds.
#[derive(Default)]
pub(super) struct Known {
    /// Within limits alone.
    pub(super) fine: Vec<(u16, Piece)>,
    /// Not within limits together.
    pub(super) broken: Vec<Vec<(u16, Piece)>>,
}

impl Known {
    /// Whether nothing that is known speaks against a combination.
    pub(super) fn allows(&self, part: &Part, config: &Config) -> bool {
        !self.broken.iter().any(|pieces| config.includes(part, pieces))
    }

    /// Leaves away what the last thing found speaks against.
    pub(super) fn rule_out(&self, part: &Part, rest: &mut Vec<Config>) {
        if let (true, Some(pieces)) = (part.is_passive, self.broken.last()) {
            rest.retain(|config| !config.includes(part, pieces));
        }
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
        Self { buses, edges, ties: Vec::new(), is_passive: true, is_thinned: false, divisions: Vec::new(), sums }
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

    /// A combination by what its ties feed.
    fn config(&self, fed: &mut [(i64, u16)], dark: (i64, u32), opens: &[u16]) -> Config {
        // The tie that brings back most comes first.
        fed.sort_unstable_by_key(|&(load, tie)| (-load, tie));
        let n_closings: usize = fed.iter().map(|&(_, tie)| self.ties[tie as usize].switches.len()).sum();
        let mut config = Config {
            dark_w: dark.0,
            dark_customers: dark.1,
            n_switchings: u8::try_from(n_closings + opens.len()).unwrap_or(u8::MAX),
            n_ties: fed.len() as u8,
            n_opens: opens.len() as u8,
            ties: [0; 3],
            opens: [0; 2],
        };
        config.ties.iter_mut().zip(fed).for_each(|(to, from)| *to = from.1);
        config.opens[..opens.len()].copy_from_slice(opens);
        config
    }

    /// Finds the places to divide it that differ in what they part, thinned evenly by load; its ties are known.
    pub(super) fn divide(&mut self) {
        let mut known = std::collections::BTreeSet::new();
        let mut divisions: Vec<Division> = Vec::new();
        for (edge, number) in self.edges.iter().zip(0u16..) {
            let interval = (edge.first, edge.last);
            let load = self.sum(interval);
            let behind = |tie: &Tie| (interval.0..interval.1).contains(&tie.place);
            let ties =
                self.ties.iter().enumerate().filter(|(_, tie)| behind(tie)).fold(0, |set, (at, _)| set | 1 << at);
            // What lies between two such edges draws nothing: the upper one stands for both.
            let parts_customers = load.1 > 0 && load.1 < self.customers();
            if (parts_customers || (ties != 0 && ties != self.all_ties()))
                && known.insert((self.sums[edge.first as usize], load, ties))
            {
                divisions.push(Division { edge: number, interval, load, ties });
            }
        }
        if divisions.len() > MOST_SECTIONS {
            divisions.sort_unstable_by_key(|division| (division.load, division.edge));
            let n = divisions.len();
            divisions = (0..MOST_SECTIONS).map(|at| divisions[at * n / MOST_SECTIONS]).collect();
            divisions.sort_unstable_by_key(|division| division.edge);
            self.is_thinned = true;
        }
        self.divisions = divisions;
    }

    fn all_ties(&self) -> u64 {
        (1 << self.ties.len()) - 1
    }

    /// What is on both sides of a division.
    fn halves(&self, division: &Division) -> [((i64, u32), u64); 2] {
        let all = self.sum((0, self.buses.len() as u32));
        [(less(all, division.load), self.all_ties() & !division.ties), (division.load, division.ties)]
    }

    /// The three pieces of two divisions, `a` before `b`; the one between them, where they lie one behind the other, is the second.
    fn thirds(&self, a: &Division, b: &Division) -> Thirds {
        let [above, behind] = self.halves(a);
        if within(b.interval, a.interval) {
            [above, (less(behind.0, b.load), behind.1 & !b.ties), (b.load, b.ties)]
        } else {
            [behind, (less(above.0, b.load), above.1 & !b.ties), (b.load, b.ties)]
        }
    }

    /// One tie for all of it.
    pub(super) fn by_one_tie(&self) -> Combinations {
        let mut found = Combinations::default();
        for tie in bits(self.all_ties()) {
            found.push(|| self.config(&mut [(0, tie)], (0, 0), &[]));
        }
        found
    }

    /// Two ties and a division between them.
    pub(super) fn by_two_ties(&self) -> Combinations {
        let mut found = Combinations::default();
        for division in &self.divisions {
            let [a, b] = self.halves(division);
            for (first, second) in bits(a.1).flat_map(|first| bits(b.1).map(move |second| (first, second))) {
                found.push(|| self.config(&mut [(a.0.0, first), (b.0.0, second)], (0, 0), &[division.edge]));
            }
        }
        found
    }

    /// Three ties and two divisions between them.
    pub(super) fn by_three_ties(&self) -> Combinations {
        let mut found = Combinations::default();
        if self.ties.len() < 3 {
            return found;
        }
        let parts_ties = |division: &&Division| division.ties != 0 && division.ties != self.all_ties();
        let divisions: Vec<&Division> = self.divisions.iter().filter(parts_ties).collect();
        for (a, b) in pairs(&divisions) {
            let [x, y, z] = self.thirds(a, b);
            for first in bits(x.1) {
                for second in bits(y.1) {
                    for third in bits(z.1) {
                        found.push(|| {
                            let mut fed = [(x.0.0, first), (y.0.0, second), (z.0.0, third)];
                            self.config(&mut fed, (0, 0), &[a.edge, b.edge])
                        });
                    }
                }
            }
        }
        found
    }

    /// Only some of it: one tie and one division.
    pub(super) fn in_two(&self) -> Combinations {
        let mut found = Combinations::default();
        for division in &self.divisions {
            let [a, b] = self.halves(division);
            for (fed, dark) in [(a, b), (b, a)] {
                // What brings nobody back is no restoration.
                let ties = if fed.0.1 > 0 { fed.1 } else { 0 };
                for tie in bits(ties) {
                    found.push(|| self.config(&mut [(fed.0.0, tie)], dark.0, &[division.edge]));
                }
            }
        }
        found
    }

    /// Only some of it: two divisions and one tie between them, or two ties; what leaves less dark than is known.
    pub(super) fn in_three(&self, known: (i64, u32)) -> Combinations {
        let mut found = Combinations::default();
        for (a, b) in pairs(&self.divisions) {
            let thirds = self.thirds(a, b);
            let opens = [a.edge, b.edge];
            // The second piece is bounded by both divisions.
            let (ends, middle) = ([thirds[0], thirds[2]], thirds[1]);
            let dark = (ends[0].0.0 + ends[1].0.0, ends[0].0.1 + ends[1].0.1);
            if dark < known && middle.0.1 > 0 {
                for tie in bits(middle.1) {
                    found.push(|| self.config(&mut [(middle.0.0, tie)], dark, &opens));
                }
            }
            for (x, y, dark) in [
                (thirds[0], thirds[1], thirds[2]),
                (thirds[1], thirds[2], thirds[0]),
                (thirds[0], thirds[2], thirds[1]),
            ] {
                if dark.0 < known {
                    for (first, second) in bits(x.1).flat_map(|first| bits(y.1).map(move |second| (first, second))) {
                        found.push(|| self.config(&mut [(x.0.0, first), (y.0.0, second)], dark.0, &opens));
                    }
                }
            }
        }
        found
    }
}

/// Combinations of a class. Of more than `MOST_COMBINATIONS` every second, fourth, … is kept.
#[derive(Debug, Default)]
pub(super) struct Combinations {
    pub(super) configs: Vec<Config>,
    n_offered: u64,
    halvings: u32,
}

impl Combinations {
    fn push(&mut self, config: impl FnOnce() -> Config) {
        if self.n_offered & ((1 << self.halvings) - 1) == 0 {
            if self.configs.len() == MOST_COMBINATIONS {
                self.halvings += 1;
                let mut number = 0;
                self.configs.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                if self.n_offered & ((1 << self.halvings) - 1) == 0 {
                    self.configs.push(config());
                }
            } else {
                self.configs.push(config());
            }
        }
        self.n_offered += 1;
    }

    /// Whether some were left out.
    pub(super) const fn is_thinned(&self) -> bool {
        self.halvings > 0
    }
}

fn less(all: (i64, u32), part: (i64, u32)) -> (i64, u32) {
    (all.0 - part.0, all.1 - part.1)
}

/// The numbers of the bits that are set.
fn bits(mut set: u64) -> impl Iterator<Item = u16> {
    std::iter::from_fn(move || {
        let next = (set != 0).then(|| set.trailing_zeros() as u16)?;
        set &= set - 1;
        Some(next)
    })
}

/// All pairs, the first before the second.
fn pairs<T>(of: &[T]) -> impl Iterator<Item = (&T, &T)> {
    of.iter().enumerate().flat_map(move |(at, a)| of[at + 1..].iter().map(move |b| (a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn combinations_beyond_the_bound_are_thinned_evenly() {
        let config = |dark_w: i64| Config {
            dark_w,
            dark_customers: 0,
            n_switchings: 1,
            n_ties: 0,
            n_opens: 0,
            ties: [0; 3],
            opens: [0; 2],
        };
        for (n, step) in [(MOST_COMBINATIONS, 1), (MOST_COMBINATIONS + 1, 2), (5 * MOST_COMBINATIONS, 8)] {
            let mut found = Combinations::default();
            (0..n).for_each(|number| found.push(|| config(number as i64)));
            assert_eq!(found.is_thinned(), step > 1);
            assert_eq!(found.configs.len(), n.div_ceil(step));
            assert!((0i64..).zip(&found.configs).all(|(at, config)| config.dark_w == at * step as i64));
        }
    }
}
