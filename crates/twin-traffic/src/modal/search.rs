//! From some places to everywhere, or from everywhere to some places.

use std::collections::BTreeMap;

use twin::{
    Id,
    road::{RoadLink, RoadNode},
};

use super::{Closings, ModeNetwork, Turning};
use crate::heap::Heap;

/// No start.
const NONE: u32 = u32::MAX;

/// Sense of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// From the starts to every place.
    Places,
    /// From every place to the starts.
    Starts,
}

/// Where a search begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Start {
    /// A junction, and the time it counts already, seconds.
    Node(Id<RoadNode>, f64),
    /// A place on a section, metres from its begin, and the time it counts already, seconds.
    Place(Id<RoadLink>, f64, f64),
}

/// A search: the network, times of its arcs, what is closed, its sense.
#[derive(Clone, Copy, Debug)]
pub struct Search<'a> {
    /// The network.
    pub network: &'a ModeNetwork,
    /// Time on each arc, seconds; what is not finite cannot be used.
    pub time_s: &'a [f64],
    /// What is closed.
    pub closings: &'a Closings,
    /// Its sense.
    pub toward: Toward,
    /// Whether streets for residents are for the end of the way at the places alone.
    pub keeps_out: bool,
}

/// A way that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// Its time, with what its start counted already, seconds.
    pub time_s: f64,
    /// Its length, metres.
    pub length_m: f64,
    /// The start it leads from or to, as a position in the list of starts.
    pub start: usize,
}

/// What a search found: by arc the best way to its begin (to places) or from its end (to starts).
#[derive(Clone, Debug)]
pub struct Reached<'a> {
    search: Search<'a>,
    time_s: Vec<f64>,
    length_m: Vec<f64>,
    start: Vec<u32>,
    /// Starts by section: place, time counted already, position in the list.
    on: BTreeMap<usize, Vec<(f64, f64, usize)>>,
    /// Starts at junctions: junction, time counted already, position in the list.
    nodes: Vec<(usize, f64, usize)>,
}

/// Labels of states while a search goes on.
struct Labels {
    time_s: Vec<f64>,
    length_m: Vec<f64>,
    start: Vec<u32>,
    heap: Heap,
}

impl Labels {
    fn better(&mut self, state: u32, time_s: f64, length_m: f64, start: u32) {
        let at = state as usize;
        if time_s < self.time_s[at] {
            (self.time_s[at], self.length_m[at], self.start[at]) = (time_s, length_m, start);
            self.heap.push_or_decrease(state, time_s);
        }
    }
}

impl<'a> Search<'a> {
    /// The fastest ways.
    #[must_use]
    pub fn run(self, starts: &[Start]) -> Reached<'a> {
        let network = self.network;
        let n = network.n_states();
        let mut labels =
            Labels { time_s: vec![f64::INFINITY; n], length_m: vec![0.0; n], start: vec![NONE; n], heap: Heap::new(n) };
        let mut on: BTreeMap<usize, Vec<(f64, f64, usize)>> = BTreeMap::new();
        let mut nodes = Vec::new();
        for (index, start) in starts.iter().enumerate() {
            match *start {
                Start::Node(node, counted_s) => {
                    nodes.push((node.index(), counted_s, index));
                    self.begin_at(node.index(), counted_s, index as u32, &mut labels);
                }
                Start::Place(link, at_m, counted_s) => {
                    on.entry(link.index()).or_default().push((at_m, counted_s, index));
                    self.begin_on(link.index(), (at_m, counted_s), index as u32, &mut labels);
                }
            }
        }
        while let Some((state, at_s)) = labels.heap.pop() {
            let arc = network.arc[state as usize] as usize;
            if !self.passes(arc) {
                continue;
            }
            let (time_s, length_m) = (at_s + self.time_s[arc], labels.length_m[state as usize] + network.length_m[arc]);
            let start = labels.start[state as usize];
            self.go_on(state, |other| labels.better(other, time_s, length_m, start));
        }
        self.by_arc(labels, on, nodes)
    }

    /// Whether one may drive all along an arc.
    fn passes(&self, arc: usize) -> bool {
        self.network.admits[arc] && self.time_s[arc].is_finite() && !self.closings.shuts(arc)
    }

    fn is_private(&self, arc: usize) -> bool {
        self.network.private[arc] || self.closings.is_for_residents(arc)
    }

    fn begin_at(&self, node: usize, counted_s: f64, start: u32, labels: &mut Labels) {
        let arcs = match self.toward {
            Toward::Places => self.network.leaving(node),
            Toward::Starts => self.network.coming(node),
        };
        for &arc in arcs {
            for &state in self.first_states(arc as usize) {
                labels.better(state, counted_s, 0.0, start);
            }
        }
    }

    /// States in which a way begins on an arc: alone, for it came by nothing; on the way to starts it may have come by anything.
    fn first_states(&self, arc: usize) -> &[u32] {
        match self.toward {
            Toward::Places => std::slice::from_ref(&self.network.state[arc]),
            Toward::Starts => self.network.states.of(arc),
        }
    }

    fn begin_on(&self, link: usize, (at_m, counted_s): (f64, f64), start: u32, labels: &mut Labels) {
        for arc in [2 * link, 2 * link + 1] {
            if !self.network.admits[arc] || !self.time_s[arc].is_finite() {
                continue;
            }
            let behind = self.share(arc, at_m);
            let (open, share) = match self.toward {
                Toward::Places => (self.closings.leaves(arc, at_m), 1.0 - behind),
                Toward::Starts => (self.closings.arrives(arc, at_m), behind),
            };
            if open {
                let time_s = counted_s + share * self.time_s[arc];
                let length_m = share * self.network.length_m[arc];
                for &state in self.first_states(arc) {
                    self.go_on(state, |other| labels.better(other, time_s, length_m, start));
                }
            }
        }
    }

    /// The states after (or, on the way to starts, before) one.
    fn go_on(&self, state: u32, mut put: impl FnMut(u32)) {
        let network = self.network;
        let arc = network.arc[state as usize] as usize;
        let others = match self.toward {
            Toward::Places => network.next.of(state as usize),
            Toward::Starts => network.before.of(state as usize),
        };
        let mut led_on = false;
        for &other in others {
            let there = network.arc[other as usize] as usize;
            led_on |= self.passes(there);
            // Into a street for residents, but not out of it again; on the way to starts the other way round.
            if !(self.keeps_out && self.is_private(arc) && !self.is_private(there)) {
                put(other);
            }
        }
        if network.traveler.turning != Turning::DeadEnds || !network.admits[arc ^ 1] {
            return;
        }
        match self.toward {
            Toward::Places if !led_on => put(network.state[arc ^ 1]),
            // Who has turned back came by nothing that matters.
            Toward::Starts if state == network.state[arc] => {
                let dead = |&&back: &&u32| self.ends_dead(back);
                network.states.of(arc ^ 1).iter().filter(dead).for_each(|&back| put(back));
            }
            _ => {}
        }
    }

    /// Whether nothing but the way back leads on from a state.
    fn ends_dead(&self, state: u32) -> bool {
        let next = self.network.next.of(state as usize);
        !next.iter().any(|&other| self.passes(self.network.arc[other as usize] as usize))
    }

    /// Part of an arc that lies behind somebody at this place.
    fn share(&self, arc: usize, at_m: f64) -> f64 {
        let length_m = self.network.length_m[arc];
        let along = if length_m > 0.0 { (at_m / length_m).clamp(0.0, 1.0) } else { 0.0 };
        if arc.is_multiple_of(2) { along } else { 1.0 - along }
    }

    fn by_arc(
        self,
        labels: Labels,
        on: BTreeMap<usize, Vec<(f64, f64, usize)>>,
        nodes: Vec<(usize, f64, usize)>,
    ) -> Reached<'a> {
        let n = self.network.n_arcs();
        let mut reached = Reached {
            search: self,
            time_s: vec![f64::INFINITY; n],
            length_m: vec![0.0; n],
            start: vec![NONE; n],
            on,
            nodes,
        };
        for (state, &arc) in self.network.arc.iter().enumerate() {
            let arc = arc as usize;
            if labels.time_s[state] < reached.time_s[arc] {
                reached.time_s[arc] = labels.time_s[state];
                reached.length_m[arc] = labels.length_m[state];
                reached.start[arc] = labels.start[state];
            }
        }
        reached
    }
}

impl Reached<'_> {
    /// The best way between the starts and a place on a section; nothing where there is none.
    #[must_use]
    pub fn at(&self, link: Id<RoadLink>, at_m: f64) -> Option<Found> {
        let search = &self.search;
        let mut best: Option<Found> = None;
        let mut better = |found: Found| {
            if best.is_none_or(|known| found.time_s < known.time_s) {
                best = Some(found);
            }
        };
        for arc in [2 * link.index(), 2 * link.index() + 1] {
            if !search.network.admits[arc] || !search.time_s[arc].is_finite() {
                continue;
            }
            let behind = search.share(arc, at_m);
            let (open, share) = match search.toward {
                Toward::Places => (search.closings.arrives(arc, at_m), behind),
                Toward::Starts => (search.closings.leaves(arc, at_m), 1.0 - behind),
            };
            if open && self.time_s[arc].is_finite() {
                better(Found {
                    time_s: self.time_s[arc] + share * search.time_s[arc],
                    length_m: self.length_m[arc] + share * search.network.length_m[arc],
                    start: self.start[arc] as usize,
                });
            }
            for &(start_m, counted_s, start) in self.on.get(&link.index()).map_or(&[][..], Vec::as_slice) {
                let from = search.share(arc, start_m);
                let ahead = match search.toward {
                    Toward::Places => behind - from,
                    Toward::Starts => from - behind,
                };
                if ahead >= 0.0 && search.closings.joins(arc, start_m, at_m) {
                    better(Found {
                        time_s: counted_s + ahead * search.time_s[arc],
                        length_m: ahead * search.network.length_m[arc],
                        start,
                    });
                }
            }
        }
        best
    }

    /// The best way between the starts and a junction; nothing where there is none.
    #[must_use]
    pub fn at_node(&self, node: Id<RoadNode>) -> Option<Found> {
        let search = &self.search;
        let arcs = match search.toward {
            Toward::Places => search.network.coming(node.index()),
            Toward::Starts => search.network.leaving(node.index()),
        };
        let arcs = arcs.iter().map(|&arc| arc as usize);
        let by_arc = arcs.filter(|&arc| self.time_s[arc].is_finite() && search.passes(arc)).map(|arc| Found {
            time_s: self.time_s[arc] + search.time_s[arc],
            length_m: self.length_m[arc] + search.network.length_m[arc],
            start: self.start[arc] as usize,
        });
        let here = self.nodes.iter().filter(|(start, ..)| *start == node.index());
        let here = here.map(|&(_, time_s, start)| Found { time_s, length_m: 0.0, start });
        here.chain(by_arc).min_by(|a, b| a.time_s.total_cmp(&b.time_s))
    }

    /// How many arcs are reached.
    #[must_use]
    pub fn n_reached(&self) -> usize {
        self.time_s.iter().filter(|time_s| time_s.is_finite()).count()
    }
}
