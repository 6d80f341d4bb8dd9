//! Better plans for a calendar of works.

use jiff::civil::Date;

use crate::{Findings, Key, outcome::ClosedSection};

/// How a plan is sought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanOptions {
    /// Seed of the search.
    pub seed: u64,
    /// Rounds of search and real evaluation, at most.
    pub rounds: u32,
    /// Shifts tried in each round, in thousands.
    pub thousand_shifts: u32,
}

impl Default for PlanOptions {
    fn default() -> Self {
        Self { seed: 1, rounds: 6, thousand_shifts: 200 }
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

/// A plan, and what it costs.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schedule {
    /// First and last day of each work, in the order of the calendar; nothing for works that are not looked at.
    pub days: Vec<Option<(Date, Date)>>,
    /// Added vehicle-hours over all days by full evaluation: every period between two changes with the joint equilibrium of all works that
    /// are open in it. Nothing where the evaluation was stopped.
    pub added_vehicle_h: Option<f64>,
    /// The same if the effects of single works simply added up.
    pub added_alone_vehicle_h: f64,
    /// Days on which rules are broken, counted once per rule and pair of works.
    pub violations_d: u64,
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
    /// What is closed on the ground.
    pub sections: Vec<ClosedSection>,
}
