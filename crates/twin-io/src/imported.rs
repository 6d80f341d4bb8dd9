//! What every import gives: the twin, what was found, and a tally of source objects that adds up.

use std::collections::BTreeMap;

use twin::{Findings, Twin};

/// The result of a door: a twin and all that there is to say about the data.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The town.
    pub twin: Twin,
    /// What is missing, was assumed, dropped or is implausible; no errors among them.
    pub findings: Findings,
    /// How many source objects there were, and what became of them.
    pub tally: Tally,
}

/// Choices of an import.
#[derive(Clone, Debug, Default)]
pub struct ImportOptions {
    /// EPSG code of the projected reference system of the twin (`--crs`); else the ETRS89/UTM zone of the data.
    pub epsg: Option<u32>,
    /// Name of the town (`--name`); else from the data.
    pub name: Option<String>,
}

/// Counts of source objects by kind: each object in the file is kept, dropped for a reason, or not used at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// By kind of source object (`ways of streets`, `buildings`, `turn restrictions`, …).
    pub kinds: BTreeMap<&'static str, Count>,
    /// Objects that say nothing to this program, by their main tag (`natural=tree`), or `no tags`.
    pub not_used: BTreeMap<String, u64>,
}

/// What became of the source objects of one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Objects in the file.
    pub source: u64,
    /// Objects that are in the twin.
    pub kept: u64,
    /// Objects that are not, by reason; each reason is a finding too.
    pub dropped: BTreeMap<&'static str, u64>,
}

impl Count {
    /// Objects dropped for any reason.
    #[must_use]
    pub fn n_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }
}

impl Tally {
    /// Counts an object that is in the twin.
    pub fn keep(&mut self, kind: &'static str) {
        let count = self.kinds.entry(kind).or_default();
        count.source += 1;
        count.kept += 1;
    }

    /// Counts an object that is left out.
    pub fn drop(&mut self, kind: &'static str, reason: &'static str) {
        let count = self.kinds.entry(kind).or_default();
        count.source += 1;
        *count.dropped.entry(reason).or_default() += 1;
    }

    /// Counts an object that says nothing to this program.
    pub fn not_used(&mut self, main_tag: impl Into<String>) {
        *self.not_used.entry(main_tag.into()).or_default() += 1;
    }

    /// Whether, for every kind, the objects in the file are those kept and those dropped.
    #[must_use]
    pub fn adds_up(&self) -> bool {
        self.kinds.values().all(|count| count.source == count.kept + count.n_dropped())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tally_adds_up() {
        let mut tally = Tally::default();
        tally.keep("buildings");
        tally.drop("buildings", "ring not closed");
        assert!(tally.adds_up());
        assert_eq!(tally.kinds["buildings"].source, 2);
        assert_eq!(tally.kinds["buildings"].n_dropped(), 1);
    }
}
