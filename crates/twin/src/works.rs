//! Works: closures planned over a year, as a municipality keeps them in its calendar.

use jiff::civil::Date;

use crate::{
    Key,
    scenario::{Closure, Origin},
};

/// The works of a year or of a feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Calendar {
    /// Name shown to people.
    pub name: String,
    /// The works, in the order of the file.
    pub works: Vec<Work>,
    /// Days on which works on some streets are unwelcome: school holidays, fairs.
    pub events: Vec<Event>,
    /// The file it came from, and where each field stands in it (`work[3].street`).
    pub origin: Origin,
}

/// One work: a closure with its dates and the room to shift it.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Key, stable between versions of the file: `work/2026-017`, `wzdx/…`, `datex2/…`.
    pub key: Key,
    /// Name or description shown to people.
    pub name: Option<String>,
    /// What is closed; its dates are the plan as given.
    pub closure: Closure,
    /// Earliest day on which it may begin; the plan's begin where absent.
    pub earliest: Option<Date>,
    /// Latest day on which it may end; the plan's end where absent.
    pub latest: Option<Date>,
    /// Works that must have ended before it begins.
    pub after: Vec<Key>,
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
