//! Paths in use, pair by pair.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use rayon::prelude::*;
use twin::demand::VehicleClass;

/// Paths in use, sorted by class, origin and destination.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// Class, origin and destination zone of each pair with trips on the streets.
    pub(crate) pair: Vec<(u8, u32, u32)>,
    /// Paths of pair i: `first_path[i]..first_path[i + 1]`.
    pub(crate) first_path: Vec<u32>,
    /// Trips on each path, vehicles per hour.
    pub(crate) trips_veh_h: Vec<f64>,
    /// Cost of each path's connectors.
    pub(crate) connector_s: Vec<f64>,
    /// Where the arcs of each path lie in the room of all.
    spans: Vec<Span>,
    /// The beginning of the room: arcs that equilibria share which were made from each other.
    shared: Arc<Vec<u32>>,
    /// The rest of it.
    own: Vec<u32>,
    pub(super) index: Index,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    begin: usize,
    len: u32,
}

/// The same paths, wherever their arcs lie.
impl PartialEq for Paths {
    fn eq(&self, other: &Self) -> bool {
        self.pair == other.pair
            && self.first_path == other.first_path
            && self.trips_veh_h == other.trips_veh_h
            && self.connector_s == other.connector_s
            && self.spans.iter().map(|&span| self.arcs(span)).eq(other.spans.iter().map(|&span| other.arcs(span)))
    }
}

/// The pairs of every arc, once somebody has asked for them; no part of what the paths are.
#[derive(Debug, Default)]
pub(super) struct Index(OnceLock<Inverted>);

#[derive(Debug)]
struct Inverted {
    /// Pairs of arc i: `first[i]..first[i + 1]`.
    first: Vec<u32>,
    pair: Vec<u32>,
}

/// A copy is without: it is mostly of paths that change.
impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// A path in use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path<'a> {
    /// Class of the vehicles on it.
    pub class: VehicleClass,
    /// Origin zone.
    pub origin: u32,
    /// Destination zone.
    pub destination: u32,
    /// Trips, vehicles per hour.
    pub trips_veh_h: f64,
    /// Time on the connectors at both ends.
    pub connector_s: f64,
    /// Positions of its arcs, in driving order.
    pub arcs: &'a [u32],
}

impl Paths {
    /// No paths.
    pub(super) fn none() -> Self {
        Self { first_path: vec![0], ..Self::default() }
    }

    /// No paths, with room for some; those of `base` need none for their arcs.
    pub(super) fn beside(base: &Self, others: &Self) -> Self {
        let (n_pairs, n_paths) = (base.n_pairs() + others.n_pairs(), base.len() + others.len());
        let mut first_path = Vec::with_capacity(n_pairs + 1);
        first_path.push(0);
        Self {
            pair: Vec::with_capacity(n_pairs),
            first_path,
            trips_veh_h: Vec::with_capacity(n_paths),
            connector_s: Vec::with_capacity(n_paths),
            spans: Vec::with_capacity(n_paths),
            shared: Arc::clone(&base.shared),
            own: Vec::with_capacity(others.own.len() + others.shared.len()),
            index: Index::default(),
        }
    }

    /// From plain columns; the arcs of path i are `arcs[first_arc[i]..first_arc[i + 1]]`.
    pub(super) fn from_columns(
        pair: Vec<(u8, u32, u32)>,
        first_path: Vec<u32>,
        (trips_veh_h, connector_s): (Vec<f64>, Vec<f64>),
        (first_arc, arcs): (&[usize], Vec<u32>),
    ) -> Self {
        let spans = first_arc.windows(2).map(|ends| Span { begin: ends[0], len: (ends[1] - ends[0]) as u32 }).collect();
        let shared = Arc::new(arcs);
        Self { pair, first_path, trips_veh_h, connector_s, spans, shared, ..Self::default() }
    }

    /// The other way round: where the arcs of each path begin, and those of all.
    pub(super) fn arc_columns(&self) -> (Vec<usize>, Vec<u32>) {
        let mut first_arc = vec![0];
        let mut arcs = Vec::with_capacity(self.n_arcs());
        for &span in &self.spans {
            arcs.extend_from_slice(self.arcs(span));
            first_arc.push(arcs.len());
        }
        (first_arc, arcs)
    }

    fn n_arcs(&self) -> usize {
        self.spans.iter().map(|span| span.len as usize).sum()
    }

    fn arcs(&self, Span { begin, len }: Span) -> &[u32] {
        let (room, begin) = match begin.checked_sub(self.shared.len()) {
            Some(begin) => (&self.own, begin),
            None => (&*self.shared, begin),
        };
        &room[begin..begin + len as usize]
    }

    /// Adds a path of the pair that [`Paths::close_pair`] will name.
    pub(super) fn push(&mut self, trips_veh_h: f64, connector_s: f64, arcs: &[u32]) {
        self.trips_veh_h.push(trips_veh_h);
        self.connector_s.push(connector_s);
        self.spans.push(Span { begin: self.shared.len() + self.own.len(), len: arcs.len() as u32 });
        self.own.extend_from_slice(arcs);
    }

    /// Says whose paths those are that were pushed since the last pair; without any there is no such pair.
    pub(super) fn close_pair(&mut self, pair: (u8, u32, u32)) {
        let n_paths = self.len() as u32;
        if self.first_path.last() != Some(&n_paths) {
            self.pair.push(pair);
            self.first_path.push(n_paths);
        }
    }

    /// Adds some consecutive pairs of others with their paths; pairs come in order.
    pub(super) fn push_pairs(&mut self, from: &Self, pairs: Range<usize>) {
        let paths = from.first_path[pairs.start] as usize..from.first_path[pairs.end] as usize;
        let n_paths = self.len();
        self.pair.extend_from_slice(&from.pair[pairs.clone()]);
        let first_path = from.first_path[pairs.start + 1..=pairs.end].iter();
        self.first_path.extend(first_path.map(|&path| (n_paths + path as usize - paths.start) as u32));
        self.trips_veh_h.extend_from_slice(&from.trips_veh_h[paths.clone()]);
        self.connector_s.extend_from_slice(&from.connector_s[paths.clone()]);
        if Arc::ptr_eq(&self.shared, &from.shared) && from.own.is_empty() {
            self.spans.extend_from_slice(&from.spans[paths]);
            return;
        }
        for &span in &from.spans[paths] {
            self.spans.push(Span { begin: self.shared.len() + self.own.len(), len: span.len });
            self.own.extend_from_slice(from.arcs(span));
        }
    }

    /// Room for so many more arcs.
    pub(super) fn reserve_arcs(&mut self, n_arcs: usize) {
        self.own.reserve_exact(n_arcs);
    }

    /// Arcs that lie in the own part of the room.
    pub(super) fn n_own_arcs(&self) -> usize {
        self.own.len()
    }

    /// Lets others share the arcs.
    pub(super) fn share(&mut self) {
        if self.shared.is_empty() {
            self.shared = Arc::new(std::mem::take(&mut self.own));
        }
    }

    /// The number of paths.
    #[must_use]
    pub fn len(&self) -> usize {
        self.trips_veh_h.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trips_veh_h.is_empty()
    }

    /// Pairs of zones with trips on the streets.
    #[must_use]
    pub fn n_pairs(&self) -> usize {
        self.pair.len()
    }

    /// The paths of a pair.
    pub fn of_pair(&self, pair: usize) -> impl ExactSizeIterator<Item = Path<'_>> {
        let (class, origin, destination) = self.pair[pair];
        (self.first_path[pair] as usize..self.first_path[pair + 1] as usize).map(move |path| Path {
            class: VehicleClass::ALL[class as usize],
            origin,
            destination,
            trips_veh_h: self.trips_veh_h[path],
            connector_s: self.connector_s[path],
            arcs: self.arcs(self.spans[path]),
        })
    }

    /// The paths from a zone to another, of all classes.
    pub fn between(&self, origin: u32, destination: u32) -> impl Iterator<Item = Path<'_>> {
        VehicleClass::ALL
            .iter()
            .filter_map(move |&class| self.pair.binary_search(&(class as u8, origin, destination)).ok())
            .flat_map(|pair| self.of_pair(pair))
    }

    /// All paths in order.
    pub fn iter(&self) -> impl Iterator<Item = Path<'_>> {
        (0..self.n_pairs()).flat_map(|pair| self.of_pair(pair))
    }

    /// Prepares [`Paths::passing`] for paths that will be asked often: as many numbers again as the paths have arcs.
    pub(super) fn invert(&self, n_arcs: usize) {
        self.index.0.get_or_init(|| {
            let mut first = vec![0u32; n_arcs + 2];
            let mut last = vec![u32::MAX; n_arcs];
            let mut each = |told: &mut dyn FnMut(usize, u32)| {
                last.fill(u32::MAX);
                for pair in 0..self.n_pairs() {
                    for &arc in self.of_pair(pair).flat_map(|path| path.arcs) {
                        if std::mem::replace(&mut last[arc as usize], pair as u32) != pair as u32 {
                            told(arc as usize, pair as u32);
                        }
                    }
                }
            };
            each(&mut |arc, _| first[arc + 2] += 1);
            (0..n_arcs).for_each(|arc| first[arc + 2] += first[arc + 1]);
            let mut pairs = vec![0; first[n_arcs + 1] as usize];
            each(&mut |arc, pair| {
                pairs[first[arc + 1] as usize] = pair;
                first[arc + 1] += 1;
            });
            first.pop();
            Inverted { first, pair: pairs }
        });
    }

    /// Positions of the pairs that have a path over any of some arcs, rising.
    #[must_use]
    pub fn passing(&self, arcs: &[usize]) -> Vec<u32> {
        if let Some(index) = self.index.0.get() {
            let of_arc = |&arc: &usize| match index.first.get(arc..arc + 2) {
                Some(&[begin, end]) => &index.pair[begin as usize..end as usize],
                _ => &[],
            };
            let mut pairs: Vec<u32> = arcs.iter().flat_map(of_arc).copied().collect();
            pairs.sort_unstable();
            pairs.dedup();
            return pairs;
        }
        let mut selected = vec![false; arcs.iter().max().map_or(0, |arc| arc + 1)];
        arcs.iter().for_each(|&arc| selected[arc] = true);
        let chosen = |arc: &u32| selected.get(*arc as usize).copied().unwrap_or(false);
        let passes = |&pair: &usize| self.of_pair(pair).any(|path| path.arcs.iter().any(chosen));
        (0..self.n_pairs()).into_par_iter().with_min_len(1024).filter(passes).map(|pair| pair as u32).collect()
    }

    /// Bytes that the paths take.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let index = self.index.0.get().map_or(0, |index| 4 * (index.first.len() + index.pair.len()));
        4 * self.n_arcs() + 32 * self.len() + 16 * self.n_pairs() + index
    }
}
