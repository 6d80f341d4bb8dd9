//! Calendars of works: TOML in, [`Calendar`](twin::works::Calendar) out, and back.
//!
//! A calendar has the closures of scenarios, with dates and the room to shift them; the format is described by
//! `scenarios/calendar.schema.json`, which a test keeps true to [`schema`].

pub use crate::scenario::calendar::{parse, read, schema, write, write_file};
