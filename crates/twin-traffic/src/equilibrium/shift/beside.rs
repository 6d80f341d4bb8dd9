//! Some of the trips beside the others, which stay on their paths: only they are looked at again.

use rayon::prelude::*;
use twin::outcome::Status;

use super::{Columns, Equilibrium, Known, Law, Paths, Row, Unreachable};
use crate::{street::Streets, trips::Trips};

/// For each pair of an equilibrium whether any of its paths passes any of some arcs; all of them where it is of other streets.
pub(in super::super) fn passing(streets: &Streets, base: &Equilibrium, arcs: &[usize]) -> Vec<bool> {
    if base.volume_veh_h[0].len() != streets.n_arcs() {
        return vec![true; base.paths.n_pairs()];
    }
    let mut selected = vec![false; streets.n_arcs()];
    arcs.iter().for_each(|&arc| selected[arc] = true);
    let paths = &base.paths;
    let passes = |pair: usize| paths.of_pair(pair).any(|path| path.arcs.iter().any(|&arc| selected[arc as usize]));
    (0..paths.n_pairs()).into_par_iter().with_min_len(1024).map(passes).collect()
}

impl Columns {
    /// The pairs that pass, with their paths that are still open, and those that have none in `base`; all others are background.
    pub(in super::super) fn beside(
        streets: &Streets,
        trips: &Trips,
        law: &Law<'_>,
        base: &Equilibrium,
        passing: &[bool],
    ) -> Self {
        if base.volume_veh_h[0].len() != streets.n_arcs() {
            return Self::new(streets, trips, law, None);
        }
        let mut columns = Self { background_veh_h: base.volume_veh_h.clone(), ..Self::empty(streets) };
        for of in &trips.rows {
            let mut row = Row::new(of.class, of.origin);
            let mut known = Known::at(&base.paths, of.class, of.origin);
            for pair in of.pairs() {
                let destination = trips.destination[pair];
                let known = known.pair_to(destination);
                if known.is_some_and(|known| !passing[known]) {
                    continue;
                }
                if let Some(known) = known {
                    columns.take_out(base, known);
                }
                let known = known.map(|known| (&base.paths, known));
                row.push_pair(law, (destination, trips.trips_veh_h[pair]), known);
            }
            if !row.destination.is_empty() {
                columns.rows.push(row);
            }
        }
        columns
    }

    /// Takes a pair out of the background.
    fn take_out(&mut self, base: &Equilibrium, pair: usize) {
        for path in base.paths.of_pair(pair) {
            let background_veh_h = &mut self.background_veh_h[path.class as usize];
            for &arc in path.arcs {
                let left = &mut background_veh_h[arc as usize];
                // What is left of the volume is a sum of others' trips: below that it is rounding.
                *left = if *left - path.trips_veh_h > 1e-9 { *left - path.trips_veh_h } else { 0.0 };
            }
        }
    }

    /// As [`Columns::finish`], with the trips of the background.
    pub(in super::super) fn finish_beside(
        mut self,
        streets: &Streets,
        law: &Law<'_>,
        (base, passing): (&Equilibrium, &[bool]),
        status: Status,
        unreachable: Vec<Unreachable>,
    ) -> Equilibrium {
        self.measure(streets, law);
        let background_veh_h = std::mem::take(&mut self.background_veh_h);
        let mut solved = self.finish(streets, law, status, unreachable);
        for (class, background_veh_h) in background_veh_h.iter().enumerate() {
            for (arc, &veh_h) in background_veh_h.iter().enumerate() {
                solved.volume_veh_h[class][arc] += veh_h;
                solved.beckmann += streets.pce[class] * veh_h * law.fixed[class][arc];
            }
        }
        solved.paths = together(&base.paths, passing, &solved.paths, |class, path| {
            solved.beckmann += streets.pce[class] * base.paths.trips_veh_h[path] * base.paths.connector_s[path];
        });
        solved
    }
}

/// The paths of pairs that do not pass, and those of the others, in order; `kept` is told of each path of the former.
fn together(base: &Paths, passing: &[bool], others: &Paths, mut kept: impl FnMut(usize, usize)) -> Paths {
    let mut paths = Paths::none();
    paths.arcs.reserve(base.arcs.len());
    let mut other = 0;
    for (pair, name) in base.pair.iter().enumerate().filter(|(pair, _)| !passing[*pair]) {
        while others.pair.get(other).is_some_and(|known| known < name) {
            paths.push_pair(others, other);
            other += 1;
        }
        for path in base.first_path[pair] as usize..base.first_path[pair + 1] as usize {
            kept(name.0 as usize, path);
        }
        paths.push_pair(base, pair);
    }
    for pair in other..others.n_pairs() {
        paths.push_pair(others, pair);
    }
    paths
}

impl Paths {
    /// Adds a pair of others with its paths; pairs come in order.
    fn push_pair(&mut self, from: &Self, pair: usize) {
        let paths = from.first_path[pair] as usize..from.first_path[pair + 1] as usize;
        let arcs = from.first_arc[paths.start]..from.first_arc[paths.end];
        let before = self.arcs.len();
        self.pair.push(from.pair[pair]);
        self.trips_veh_h.extend_from_slice(&from.trips_veh_h[paths.clone()]);
        self.connector_s.extend_from_slice(&from.connector_s[paths.clone()]);
        self.first_arc.extend(paths.map(|path| before + from.first_arc[path + 1] - arcs.start));
        self.arcs.extend_from_slice(&from.arcs[arcs]);
        self.first_path.push(self.trips_veh_h.len() as u32);
    }
}
