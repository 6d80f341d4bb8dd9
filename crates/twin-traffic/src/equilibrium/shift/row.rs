//! The trips of one class from one origin with their paths: what is looked at as one task.

use super::Law;
use crate::{
    equilibrium::Paths,
    hierarchy::{Metric, Sweep},
    street::Streets,
};

/// A path with its flow.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its arcs: so many of the row's, from here.
    begin: usize,
    len: u32,
    pub(super) flow_veh_h: f64,
    /// Cost without the delays by volume.
    pub(super) fixed: f64,
    pub(super) connector: f64,
}

/// Pairs of zones with the same class and origin, and the paths in use.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) class: usize,
    pub(super) origin: u32,
    /// Destination of each pair, rising.
    pub(super) destination: Vec<u32>,
    pub(super) trips_veh_h: Vec<f64>,
    /// Columns of pair i: `first[i]..first[i + 1]`.
    first: Vec<u32>,
    pub(super) columns: Vec<Column>,
    arcs: Vec<u32>,
}

/// What one search saw in a row, at the costs of the search.
#[derive(Default)]
pub(super) struct Seen {
    /// Cost that the trips could save.
    pub(super) excess: f64,
    pub(super) tstt: f64,
    pub(super) sptt: f64,
    /// Columns that are the first of their pair and have all its trips.
    pub(super) fresh: Vec<u32>,
    /// Pairs without any path, rising.
    pub(super) unreachable: Vec<u32>,
}

/// Where a row is searched: the streets, a sweep that has run, and the row's lane in it.
pub(super) struct Searched<'a> {
    pub(super) streets: &'a Streets,
    pub(super) law: &'a Law<'a>,
    pub(super) delay: &'a [f64],
    pub(super) metric: &'a Metric,
    pub(super) lane: usize,
    pub(super) only_lacking: bool,
}

/// Room that searches of rows use in turn.
#[derive(Default)]
pub(super) struct Spare {
    columns: Vec<Column>,
    first: Vec<u32>,
}

impl Row {
    pub(super) fn new(class: usize, origin: u32) -> Self {
        Self {
            class,
            origin,
            destination: Vec::new(),
            trips_veh_h: Vec::new(),
            first: vec![0],
            columns: Vec::new(),
            arcs: Vec::new(),
        }
    }

    /// Adds a pair with those of its paths in an equilibrium that are still open; their flows are scaled to the trips of today.
    pub(super) fn push_pair(
        &mut self,
        law: &Law<'_>,
        (destination, trips_veh_h): (u32, f64),
        known: Option<(&Paths, usize)>,
    ) {
        self.destination.push(destination);
        self.trips_veh_h.push(trips_veh_h);
        if let Some((paths, pair)) = known {
            self.adopt(law, paths, pair, trips_veh_h);
        }
        self.first.push(self.columns.len() as u32);
    }

    fn adopt(&mut self, law: &Law<'_>, paths: &Paths, pair: usize, trips_veh_h: f64) {
        let begin = self.columns.len();
        let mut kept_veh_h = 0.0;
        for path in paths.of_pair(pair) {
            let lawful = law.streets.depending.as_ref().is_none_or(|d| d.admits(law.streets, &path));
            if !lawful || !path.arcs.iter().all(|&arc| law.is_open(arc, self.class)) {
                continue;
            }
            kept_veh_h += path.trips_veh_h;
            let at = self.arcs.len();
            self.arcs.extend_from_slice(path.arcs);
            self.push_column(law, at, path.connector_s, path.trips_veh_h);
        }
        if kept_veh_h > 0.0 {
            let scale = trips_veh_h / kept_veh_h;
            self.columns[begin..].iter_mut().for_each(|column| column.flow_veh_h *= scale);
        } else {
            self.columns.truncate(begin);
        }
    }

    /// A column of the arcs from `begin` on.
    fn push_column(&mut self, law: &Law<'_>, begin: usize, connector: f64, flow_veh_h: f64) {
        let of_class = &law.fixed[self.class];
        let fixed = connector + self.arcs[begin..].iter().map(|&arc| of_class[arc as usize]).sum::<f64>();
        let len = (self.arcs.len() - begin) as u32;
        self.columns.push(Column { begin, len, flow_veh_h, fixed, connector });
    }

    /// Columns of a pair.
    pub(super) fn of_pair(&self, pair: usize) -> std::ops::Range<usize> {
        self.first[pair] as usize..self.first[pair + 1] as usize
    }

    /// Whether a pair has no path.
    pub(super) fn lacks(&self, pair: usize) -> bool {
        self.first[pair] == self.first[pair + 1]
    }

    /// Destinations of the pairs, or of those that have no path.
    pub(super) fn destinations(&self, only_lacking: bool) -> impl Iterator<Item = u32> {
        let wanted = move |&(pair, _): &(usize, &u32)| !only_lacking || self.lacks(pair);
        self.destination.iter().enumerate().filter(wanted).map(|(_, &zone)| zone)
    }

    pub(super) fn arcs_of(&self, column: &Column) -> &[u32] {
        &self.arcs[column.begin..column.begin + column.len as usize]
    }

    pub(super) fn cost(&self, column: &Column, delay: &[f64]) -> f64 {
        column.fixed + self.arcs_of(column).iter().map(|&arc| delay[arc as usize]).sum::<f64>()
    }

    /// Adds to every pair the cheapest path where it is cheaper than those known, and leaves out those without flow. A pair's first path
    /// gets all its trips.
    pub(super) fn search(&mut self, at: &Searched<'_>, sweep: &mut Sweep, spare: &mut Spare) -> Seen {
        let hierarchy = &at.streets.hierarchy;
        let mut seen = Seen::default();
        std::mem::swap(&mut self.columns, &mut spare.columns);
        std::mem::swap(&mut self.first, &mut spare.first);
        self.columns.clear();
        self.first.clear();
        self.first.push(0);
        for pair in 0..self.destination.len() {
            let known = &spare.columns[spare.first[pair] as usize..spare.first[pair + 1] as usize];
            let before = self.columns.len();
            self.columns.extend(known.iter().filter(|column| column.flow_veh_h > 0.0));
            if !at.only_lacking || known.is_empty() {
                let zone = self.destination[pair] as usize;
                let cost = sweep.cost(hierarchy, at.lane, zone);
                if cost == f64::INFINITY {
                    seen.unreachable.push(pair as u32);
                } else {
                    seen.sptt += self.trips_veh_h[pair] * cost;
                    if let Some((begin, connector)) = self.cheaper(at, sweep, (zone, cost), known, &mut seen) {
                        let first = self.columns.len() == before;
                        if first {
                            seen.fresh.push(before as u32);
                        }
                        let flow_veh_h = if first { self.trips_veh_h[pair] } else { 0.0 };
                        self.push_column(at.law, begin, connector, flow_veh_h);
                    }
                }
            }
            self.first.push(self.columns.len() as u32);
        }
        self.compact();
        seen
    }

    /// The cheapest path to a zone, if none of the known ones is as cheap: where its arcs begin, the cost of its connectors.
    fn cheaper(
        &mut self,
        at: &Searched<'_>,
        sweep: &mut Sweep,
        (zone, cost): (usize, f64),
        known: &[Column],
        seen: &mut Seen,
    ) -> Option<(usize, f64)> {
        let mut best = f64::INFINITY;
        for column in known {
            let present = self.cost(column, at.delay);
            best = best.min(present);
            seen.excess += column.flow_veh_h * (present - cost).max(0.0);
            seen.tstt += column.flow_veh_h * present;
        }
        // Equal but for rounding: sums along a path and over shortcuts are formed in different orders.
        if best <= cost * (1.0 + 1e-13) {
            return None;
        }
        let begin = self.arcs.len();
        let (hierarchy, graph) = (&at.streets.hierarchy, &at.streets.graph);
        let connector = sweep.path(hierarchy, at.metric, graph, (at.lane, zone), &mut self.arcs);
        let (before, new) = self.arcs.split_at(begin);
        let same = |column: &Column| {
            &before[column.begin..column.begin + column.len as usize] == new && column.connector == connector
        };
        if known.iter().any(same) {
            self.arcs.truncate(begin);
            return None;
        }
        Some((begin, connector))
    }

    /// Frees the room of paths that were left out, where it is much.
    fn compact(&mut self) {
        let n_used: usize = self.columns.iter().map(|column| column.len as usize).sum();
        if self.arcs.len() <= 2 * n_used {
            return;
        }
        let old = std::mem::replace(&mut self.arcs, Vec::with_capacity(n_used));
        for column in &mut self.columns {
            let begin = self.arcs.len();
            self.arcs.extend_from_slice(&old[column.begin..column.begin + column.len as usize]);
            column.begin = begin;
        }
    }

    /// Leaves out pairs (rising) that have no column.
    pub(super) fn drop_pairs(&mut self, pairs: &[u32]) {
        let mut gone = pairs.iter().copied().peekable();
        let mut kept = 0;
        for pair in 0..self.destination.len() {
            if gone.next_if_eq(&(pair as u32)).is_none() {
                self.destination[kept] = self.destination[pair];
                self.trips_veh_h[kept] = self.trips_veh_h[pair];
                self.first[kept] = self.first[pair];
                kept += 1;
            }
        }
        self.first[kept] = self.columns.len() as u32;
        self.destination.truncate(kept);
        self.trips_veh_h.truncate(kept);
        self.first.truncate(kept + 1);
    }

    /// Moves the paths with flow behind those of others, and forgets them here.
    pub(super) fn hand_over(&mut self, paths: &mut Paths) {
        for pair in 0..self.destination.len() {
            for column in self.columns[self.of_pair(pair)].iter().filter(|column| column.flow_veh_h > 0.0) {
                paths.push(column.flow_veh_h, column.connector, self.arcs_of(column));
            }
            paths.close_pair((self.class as u8, self.origin, self.destination[pair]));
        }
        self.arcs = Vec::new();
    }
}
