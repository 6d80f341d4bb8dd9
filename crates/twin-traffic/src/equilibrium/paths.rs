//! Paths in use, pair by pair.

use std::{ops::Range, sync::OnceLock};

use rayon::prelude::*;
use twin::demand::VehicleClass;

/// Paths in use, sorted by class, origin and destination.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paths {
    /// Class, origin and destination zone of each pair with trips on the streets.
    pub(crate) pair: Vec<(u8, u32, u32)>,
    /// Paths of pair i: `first_path[i]..first_path[i + 1]`.
    pub(crate) first_path: Vec<u32>,
    /// Trips on each path, vehicles per hour.
    pub(crate) trips_veh_h: Vec<f64>,
    /// Cost of each path's connectors.
    pub(crate) connector_s: Vec<f64>,
    /// Arcs of path i: `first_arc[i]..first_arc[i + 1]`.
    pub(crate) first_arc: Vec<usize>,
    pub(crate) arcs: Vec<u32>,
    pub(super) index: Index,
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
        Self { first_path: vec![0], first_arc: vec![0], ..Self::default() }
    }

    /// Adds some consecutive pairs of others with their paths; pairs come in order.
    pub(super) fn push_pairs(&mut self, from: &Self, pairs: Range<usize>) {
        let arcs = self.push_without_arcs(from, pairs);
        self.arcs.extend_from_slice(arcs);
    }

    /// The same but for their arcs, which are to be put behind those before.
    pub(super) fn push_without_arcs<'a>(&mut self, from: &'a Self, pairs: Range<usize>) -> &'a [u32] {
        let paths = from.first_path[pairs.start] as usize..from.first_path[pairs.end] as usize;
        let arcs = from.first_arc[paths.start]..from.first_arc[paths.end];
        let n_paths = self.trips_veh_h.len();
        let n_arcs = self.first_arc.last().copied().unwrap_or_default();
        self.pair.extend_from_slice(&from.pair[pairs.clone()]);
        let first_path = from.first_path[pairs.start + 1..=pairs.end].iter();
        self.first_path.extend(first_path.map(|&path| (n_paths + path as usize - paths.start) as u32));
        self.trips_veh_h.extend_from_slice(&from.trips_veh_h[paths.clone()]);
        self.connector_s.extend_from_slice(&from.connector_s[paths.clone()]);
        let first_arc = from.first_arc[paths.start + 1..=paths.end].iter();
        self.first_arc.extend(first_arc.map(|arc| n_arcs + arc - arcs.start));
        &from.arcs[arcs]
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
            arcs: &self.arcs[self.first_arc[path]..self.first_arc[path + 1]],
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
                    let paths = self.first_path[pair] as usize..self.first_path[pair + 1] as usize;
                    for &arc in &self.arcs[self.first_arc[paths.start]..self.first_arc[paths.end]] {
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
        4 * self.arcs.len() + 24 * self.len() + 16 * self.n_pairs() + index
    }
}
