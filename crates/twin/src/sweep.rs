//! Sweeps: every single failure of a kind, ranked by what it triggers.

use crate::{Findings, Key};

/// What single failures trigger.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// What failed, one at a time: `road`, `water_pipe`, `power_line`.
    pub each: String,
    /// Names of the criteria, the one by which rows are ranked first.
    pub criteria: Vec<&'static str>,
    /// One row per element, the worst first.
    pub rows: Vec<SweepRow>,
    /// What was noticed on the way.
    pub findings: Findings,
    /// Whether every element was computed; a sweep that was stopped holds those that were.
    pub complete: bool,
}

/// What the failure of one element triggers.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepRow {
    /// The element.
    pub key: Key,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Place among all, from 1; elements with equal figures share one.
    pub rank: u32,
    /// How the solver ended: `converged`, `not_converged`, `unchanged` (nobody used it), or a word of the law.
    pub status: String,
    /// What would help: the switching that brings supply back, the valves to shut.
    pub measure: Option<String>,
    /// Values of the criteria, in their order; nothing where there is none (the lowest pressure of nobody).
    pub values: Vec<Option<f64>>,
}

impl Sweep {
    /// Puts the rows in order by the first criterion, the next ones deciding between equals, then by key, and numbers them.
    #[must_use]
    pub fn ranked(mut self) -> Self {
        let worse = |a: &SweepRow, b: &SweepRow| {
            a.values
                .iter()
                .zip(&b.values)
                .map(|(a, b)| b.unwrap_or(f64::NEG_INFINITY).total_cmp(&a.unwrap_or(f64::NEG_INFINITY)))
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        };
        self.rows.sort_by(|a, b| worse(a, b).then_with(|| a.key.cmp(&b.key)));
        for at in 0..self.rows.len() {
            let shared = at > 0 && self.rows[at].values == self.rows[at - 1].values;
            self.rows[at].rank = if shared { self.rows[at - 1].rank } else { at as u32 + 1 };
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_comes_first_and_equals_share_a_rank() {
        let row = |key: &str, values: &[f64]| SweepRow {
            key: key.into(),
            name: None,
            rank: 0,
            status: "converged".to_owned(),
            measure: None,
            values: values.iter().copied().map(Some).collect(),
        };
        let sweep = Sweep {
            each: "road".to_owned(),
            criteria: vec!["a", "b"],
            rows: vec![row("x", &[0.0, 1.0]), row("z", &[2.0, 0.0]), row("y", &[2.0, 0.0]), row("w", &[2.0, 3.0])],
            findings: Findings::default(),
            complete: true,
        };
        let ranked: Vec<_> = sweep.ranked().rows.into_iter().map(|row| (row.key.to_string(), row.rank)).collect();
        let expected = [("w", 1), ("y", 2), ("z", 2), ("x", 4)];
        assert_eq!(ranked, expected.map(|(key, rank)| (key.to_owned(), rank)));
    }
}
