//! Calendars of works: conflicts between them, better dates for them, and made-up ones to try.
//!
//! [`check`] finds works that hinder each other, [`plan`] shifts them within their windows, [`demo`] makes a plausible calendar for a town.
//! Whatever is said about several works at once rests on their joint equilibrium, never on the sum of single effects.

mod check;
mod combination;
mod demo;
mod dice;
mod effect;
mod ground;
mod judge;
mod plan;
mod rules;
mod search;
#[cfg(test)]
mod tests;
mod time;

pub use check::check;
pub use demo::{DemoOptions, demo};
pub use plan::{plan, rescheduled};

use twin::Finding;

use crate::Prepared;

/// Says how hours and days were weighted.
fn days_by_kind(prepared: &Prepared) -> Finding {
    let a = &prepared.assumptions;
    let hours: Vec<String> = prepared.hours.iter().map(|hour| hour.hour.to_string()).collect();
    Finding::note(
        "days-by-kind",
        format!(
            "traffic is computed for hour {}; other hours count by their part of a working day's traffic, a Saturday for {}, a Sunday or public holiday for {} of a working day",
            hours.join(", "),
            a.saturday_factor,
            a.sunday_factor
        ),
    )
    .with_help("compute more hours (--set traffic.hours=[7,12,16,20]), or change saturday_factor and sunday_factor")
}
