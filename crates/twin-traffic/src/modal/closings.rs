//! Closed stretches of arcs for one mode.

use std::collections::BTreeMap;

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
pub struct Closings(BTreeMap<usize, Vec<Stretch>>);

impl Closings {
    /// Closes a stretch of an arc.
    pub fn add(&mut self, arc: Arc, stretch: Stretch) {
        self.0.entry(arc.index()).or_default().push(stretch);
    }

    /// Whether nothing is closed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Rows of the arcs that one cannot pass, rising.
    pub fn arcs(&self) -> impl Iterator<Item = usize> {
        self.0.keys().copied()
    }

    /// Whether one cannot pass an arc.
    #[must_use]
    pub fn shuts(&self, arc: usize) -> bool {
        self.0.contains_key(&arc)
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
        let stretches = self.0.get(&arc).map_or(&[][..], Vec::as_slice);
        stretches.iter().filter(|s| s.from_m <= high_m && s.to_m >= low_m).all(|stretch| stretch.residents)
    }

    fn all(&self, arc: usize, in_the_way: impl Fn(&Stretch) -> bool, at_m: f64) -> bool {
        let stretches = self.0.get(&arc).map_or(&[][..], Vec::as_slice);
        stretches.iter().filter(|s| in_the_way(s)).all(|stretch| stretch.residents && stretch.contains(at_m))
    }
}

const fn is_forward(arc: usize) -> bool {
    arc.is_multiple_of(2)
}
