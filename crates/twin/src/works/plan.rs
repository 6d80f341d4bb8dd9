//! Better plans for a calendar of works.

use jiff::civil::Date;

use crate::{Findings, Key};

/// How a plan is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// Seed of the search.
    pub seed: u64,
    /// Rounds of search and real evaluation, at most.
    pub rounds: u32,
    /// Shifts tried in each round.
    pub shifts: u32,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { seed: 1, rounds: 8, shifts: 40_000 }
    }
}

/// A calendar with better dates, and how it compares.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The plan as given.
    pub given: Schedule,
    /// By the sums of single effects alone, without looking at how works act together.
    pub greedy: Schedule,
    /// The best plan that was found.
    pub improved: Schedule,
    /// The works, in the order of the calendar.
    pub works: Vec<PlannedWork>,
    /// Equilibria that were computed.
    pub n_equilibria: u64,
    /// Pairs of works that act on each other and could be open at once.
    pub n_interacting: u64,
    /// What was noticed on the way.
    pub findings: Findings,
    /// Whether the search went on to its end; else the plan is the best one so far.
    pub complete: bool,
}

/// A plan under full evaluation: every period between two changes with the joint equilibrium of all works that are open in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// First and last day of each work, in the order of the calendar; nothing for works without dates.
    pub days: Vec<Option<(Date, Date)>>,
    /// Added vehicle-hours over the whole calendar.
    pub added_vehicle_h: f64,
    /// The same if the effects of single works simply added up.
    pub added_alone_vehicle_h: f64,
    /// Constraints that are broken, weighted by days.
    pub violations: u64,
    /// Whether it was evaluated.
    pub evaluated: bool,
}

/// One work in the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedWork {
    /// Key.
    pub key: Key,
    /// Added vehicle-hours of a day in which it is open alone.
    pub added_vehicle_h_d: Option<f64>,
    /// Days by which it was shifted: later is positive.
    pub shifted_d: i32,
}
