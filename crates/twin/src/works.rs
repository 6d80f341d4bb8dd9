//! Works: closures planned over a year, as a municipality keeps them in its calendar; their conflicts, and better plans.

mod conflict;
mod plan;

pub use conflict::{Conflict, ConflictKind, Conflicts};
pub use plan::{Plan, PlanOptions, PlannedWork, Schedule};

use jiff::civil::Date;

use crate::{
    Key,
    scenario::{Closure, Origin, RoadTarget},
};

/// The works of a year or of a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calendar {
    /// Name shown to people.
    pub name: String,
    /// The works, in the order of the file.
    pub works: Vec<Work>,
    /// Days on which works on some streets are unwelcome, or works are welcome: fairs, school holidays.
    pub events: Vec<Event>,
    /// Who carries out works, where the number of their crews is known.
    pub owners: Vec<Owner>,
    /// What holds for all works together.
    pub rules: Rules,
    /// The file it came from, and where each field stands in it (`work[3].street`).
    pub origin: Origin,
}

/// One work: a closure with its dates and the room to shift it.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Key, stable between versions of the file: `2026-017`, `wzdx/…`, `datex2/…`.
    pub key: Key,
    /// Name or description shown to people.
    pub name: Option<String>,
    /// What is closed; its dates are the plan as given. A work without both of them is not scheduled yet.
    pub closure: Closure,
    /// Earliest day on which it may begin; the plan's begin where absent.
    pub earliest: Option<Date>,
    /// Latest day on which it may end; the plan's end where absent.
    pub latest: Option<Date>,
    /// Works that must have ended before it begins.
    pub after: Vec<Key>,
    /// Whether its dates may not be changed.
    pub fixed: bool,
    /// Whether it should lie within favorable events (school holidays).
    pub in_holidays: bool,
    /// Day on which the surface of the street was renewed last: within the protection period nobody digs it up again.
    pub renewed: Option<Date>,
}

impl Work {
    /// A work of this key that may not be shifted beyond its own dates.
    #[must_use]
    pub fn new(key: impl Into<Key>, closure: Closure) -> Self {
        Self {
            key: key.into(),
            name: None,
            closure,
            earliest: None,
            latest: None,
            after: Vec::new(),
            fixed: false,
            in_holidays: false,
            renewed: None,
        }
    }

    /// First and last day, where both are known and in this order.
    #[must_use]
    pub fn days(&self) -> Option<(Date, Date)> {
        self.closure.from.zip(self.closure.to).filter(|(from, to)| from <= to)
    }

    /// What people call it: its name, else its street, else its key.
    #[must_use]
    pub fn label(&self) -> &str {
        match (&self.name, &self.closure.target) {
            (Some(name), _) => name,
            (None, RoadTarget::Street { name, .. }) => name,
            (None, RoadTarget::Key(_) | RoadTarget::Line(_)) => self.key.as_str(),
        }
    }
}

/// Days that matter to works.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Name: `Sommerferien`, `Altstadtfest`.
    pub name: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Names of the streets it needs; everywhere where empty.
    pub streets: Vec<String>,
    /// Whether works are welcome in it (school holidays) or not (a fair).
    pub favorable: bool,
}

/// Who carries out works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Name, as the works give it.
    pub name: String,
    /// Works that its crews can carry out at once.
    pub at_once: u32,
}

/// What holds for all works together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    /// Least distance as the crow flies between work sites that are open at once, metres; any where absent.
    pub distance_m: Option<f64>,
    /// Years after a renewal or a work in which the same stretch is not dug up again; as assumed (`works_protection_years`) where absent.
    pub protection_years: Option<f64>,
    /// Works that may be open at once in the whole town; any number where absent.
    pub at_once: Option<u32>,
    /// Whether works that are shifted begin on Mondays.
    pub begin_on_mondays: bool,
}
