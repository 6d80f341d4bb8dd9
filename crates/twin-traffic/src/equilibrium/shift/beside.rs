//! Some of the trips beside the others, which stay on their paths: only they are looked at again.

use std::ops::Range;

use rayon::prelude::*;
use twin::outcome::Status;

use super::{Columns, Equilibrium, Known, Law, Paths, Row, Unreachable};
use crate::{
    street::Streets,
    trips::{self, Trips},
};

/// The pairs of an equilibrium of which any path passes any of some arcs, rising; all of them where it is of other streets.
pub(in super::super) fn passing(streets: &Streets, base: &Equilibrium, arcs: &[usize]) -> Vec<u32> {
    if base.volume_veh_h[0].len() == streets.n_arcs() {
        base.paths.passing(arcs)
    } else {
        (0..base.paths.n_pairs() as u32).collect()
    }
}

impl Columns {
    /// The pairs that pass, with their paths that are still open, and those that have none in `base`; all others are background.
    pub(in super::super) fn beside(
        streets: &Streets,
        trips: &Trips,
        law: &Law<'_>,
        base: &Equilibrium,
        passing: &[u32],
    ) -> Self {
        if base.volume_veh_h[0].len() != streets.n_arcs() {
            return Self::new(streets, trips, law, None);
        }
        let mut columns = Self { background_veh_h: base.volume_veh_h.clone(), ..Self::empty(streets) };
        passing.iter().for_each(|&pair| columns.take_out(base, pair as usize));
        let row = |of: &trips::Row| {
            let mut row = Row::new(of.class, of.origin);
            let mut known = Known::at(&base.paths, of.class, of.origin);
            let mut moving = passing[passing.partition_point(|&pair| (pair as usize) < known.next)..].iter().peekable();
            for pair in of.pairs() {
                let destination = trips.destination[pair];
                let known = known.pair_to(destination);
                if known.is_some_and(|known| moving.next_if_eq(&&(known as u32)).is_none()) {
                    continue;
                }
                let known = known.map(|known| (&base.paths, known));
                row.push_pair(law, (destination, trips.trips_veh_h[pair]), known);
            }
            row
        };
        columns.rows = trips.rows.par_iter().map(row).filter(|row| !row.destination.is_empty()).collect();
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
        (base, passing): (&Equilibrium, &[u32]),
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
        let stays = runs_between(passing, base.paths.n_pairs());
        for pair in stays.iter().flat_map(Clone::clone) {
            for path in base.paths.of_pair(pair) {
                solved.beckmann += streets.pce[path.class as usize] * path.trips_veh_h * path.connector_s;
            }
        }
        solved.paths = together(&base.paths, &stays, &solved.paths);
        solved
    }
}

/// The runs of positions below `n` without some of them (rising).
fn runs_between(without: &[u32], n: usize) -> Vec<Range<usize>> {
    let mut begin = 0;
    let ends = without.iter().map(|&pair| pair as usize).chain([n]);
    let runs = ends.map(|end| std::mem::replace(&mut begin, end + 1)..end);
    runs.filter(|run| !run.is_empty()).collect()
}

/// Some runs of pairs of `base`, and the pairs of others between and among them, in order.
fn together(base: &Paths, stays: &[Range<usize>], others: &Paths) -> Paths {
    let mut paths = Paths::beside(base, others);
    let mut other = 0;
    for run in stays {
        let mut begin = run.start;
        while begin < run.end {
            let before = other;
            while others.pair.get(other).is_some_and(|name| *name < base.pair[begin]) {
                other += 1;
            }
            paths.push_pairs(others, before..other);
            let next = others.pair.get(other);
            let end =
                next.map_or(run.end, |next| begin + base.pair[begin..run.end].partition_point(|name| name < next));
            paths.push_pairs(base, begin..end);
            begin = end;
        }
    }
    paths.push_pairs(others, other..others.n_pairs());
    paths
}
