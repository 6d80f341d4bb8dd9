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

use crate::Prepared;

/// Added vehicle-hours of a day for one added vehicle-hour per hour, summed over the computed hours: each of them stands for its share of the
/// day (assumption `works_peak_hour_share`).
#[must_use]
pub fn day_factor(prepared: &Prepared) -> f64 {
    let hours = prepared.hours.len().max(1) as f64;
    1.0 / (hours * prepared.assumptions.works_peak_hour_share)
}
