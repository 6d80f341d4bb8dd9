//! Rounds for the few origins that hold nearly all of the gap.

use twin::Watch;

use super::{Columns, Found, INNER_PART};
use crate::{equilibrium::Law, street::Streets};

/// Origins that together hold this part of the gap are searched again alone, so many times at the most, if they are at most one of so many.
const WORST_PART: f64 = 0.9;
const WORST_ROUNDS: usize = 8;
const WORST_MANY: usize = 4;

impl Columns {
    /// Phases A and B once more, but only for the few origins that hold most of the gap, until the others hold more of it. False if
    /// cancelled.
    pub(in crate::equilibrium) fn extend_worst(
        &mut self,
        streets: &Streets,
        law: &Law<'_>,
        found: &Found,
        target: f64,
        watch: &dyn Watch,
    ) -> bool {
        let mut rows: Vec<usize> = (0..self.rows.len()).collect();
        rows.sort_by(|&a, &b| self.row_excess[b].total_cmp(&self.row_excess[a]));
        let all: f64 = rows.iter().map(|&row| self.row_excess[row]).sum();
        let mut held = 0.0;
        let most = rows
            .iter()
            .position(|&row| {
                held += self.row_excess[row];
                held >= WORST_PART * all
            })
            .map_or(rows.len(), |at| at + 1);
        if most * WORST_MANY > rows.len() {
            return true;
        }
        rows.truncate(most);
        rows.sort_unstable();
        let enough = (all - held).max(INNER_PART * all).max(0.25 * target * found.tstt);
        for _ in 0..WORST_ROUNDS {
            let Some(seen) = self.search(streets, law, &rows, false, watch) else { return false };
            let excess: f64 = seen.iter().map(|row| row.excess).sum();
            let part = Found { relative_gap: excess / found.tstt, tstt: found.tstt };
            if !self.shift_from(law, &rows, &part, target, watch) {
                return false;
            }
            if excess <= enough {
                break;
            }
        }
        true
    }
}
