//! WZDx work zone feeds: GeoJSON with one feature per road event.
//!
//! # What becomes what
//! | `vehicle_impact` | closure |
//! |---|---|
//! | `all-lanes-closed` | the direction of the line; the street, where the feed closes the other direction too or names none |
//! | `some-lanes-closed…` | `lanes`: the open general lanes stay, in the direction of the line (both where the feed has both) |
//! | `alternating-one-way` | `half`; signal or priority sign by length, as the format does not tell |
//! | `temporary-traffic-signal` | `half` with signal |
//! | `flagging` | `half` with flaggers |
//! | `all-lanes-open…` | none (a finding), unless `local-access-only`: closed but for residents and emergency |
//! | `unknown` | none (a finding) |
//!
//! Events for both directions of a street and recurring events (`first-occurrence`, `next-occurrence`) become one work.
//! `core_details.name` is the name, `description` the cause, the organization of the data source the owner.

mod merge;
mod read;
mod write;

pub(super) use read::{read, wrong_span};
pub use write::write;

/// Data source of works whose owner is not known.
const UNATTRIBUTED: &str = "unattributed";
