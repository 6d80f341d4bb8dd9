//! Closed stretches of arcs for one mode.

use std::collections::{BTreeMap, BTreeSet};

use twin::road::Arc;

/// A closed stretch of an arc, metres along the section's digitized direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// Its begin.
    pub from_m: f64,
    /// Its end.
    pub to_m: f64,
    /// Whether one may go to places inside it, though not through.
    pub residents: bool,
}

impl Stretch {
    fn contains(&self, at_m: f64) -> bool {
        (self.from_m..=self.to_m).contains(&at_m)
    }
}

/// What is closed to a mode.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Closings {
    stretches: BTreeMap<usize, Vec<Stretch>>,
    for_residents: BTreeSet<usize>,
}

impl Closings {
    /// Closes a stretch of an arc.
    pub fn add(&mut self, arc: Arc, stretch: Stretch) {
        self.stretches.entry(arc.index()).or_default().push(stretch);
    }

    /// Leaves an arc to those whose way begins or ends on it or behind it, like a street for residents.
    pub fn leave_to_residents(&mut self, arc: Arc) {
        self.for_residents.insert(arc.index());
    }

    /// Whether an arc is left to residents alone.
    pub(super) fn is_for_residents(&self, arc: usize) -> bool {
        self.for_residents.contains(&arc)
    }

    /// Whether nothing is closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stretches.is_empty() && self.for_residents.is_empty()
    }

    /// Rows of the arcs that one cannot pass, rising.
    pub fn arcs(&self) -> impl Iterator<Item = usize> {
        self.stretches.keys().copied()
    }

    /// Whether one cannot pass an arc.
    #[must_use]
    pub fn shuts(&self, arc: usize) -> bool {
        self.stretches.contains_key(&arc)
    }

    /// Whether somebody who enters the arc comes as far as this place.
    pub(super) fn arrives(&self, arc: usize, at_m: f64) -> bool {
        let forward = is_forward(arc);
        self.all(arc, |stretch| if forward { stretch.from_m <= at_m } else { stretch.to_m >= at_m }, at_m)
    }

    /// Whether somebody at this place comes to the end of the arc.
    pub(super) fn leaves(&self, arc: usize, at_m: f64) -> bool {
        let forward = is_forward(arc);
        self.all(arc, |stretch| if forward { stretch.to_m >= at_m } else { stretch.from_m <= at_m }, at_m)
    }

    /// Whether one comes from one place on an arc to another.
    pub(super) fn joins(&self, arc: usize, a_m: f64, b_m: f64) -> bool {
        let (low_m, high_m) = (a_m.min(b_m), a_m.max(b_m));
        let stretches = self.stretches.get(&arc).map_or(&[][..], Vec::as_slice);
        stretches.iter().filter(|s| s.from_m <= high_m && s.to_m >= low_m).all(|stretch| stretch.residents)
    }

    fn all(&self, arc: usize, in_the_way: impl Fn(&Stretch) -> bool, at_m: f64) -> bool {
        let stretches = self.stretches.get(&arc).map_or(&[][..], Vec::as_slice);
        stretches.iter().filter(|s| in_the_way(s)).all(|stretch| stretch.residents && stretch.contains(at_m))
    }
}

const fn is_forward(arc: usize) -> bool {
    arc.is_multiple_of(2)
}
