//! What all scenarios of a twin share: streets, demand, the equilibrium of every computed hour before any measure.

use rayon::prelude::*;
use twin::{Assumptions, Findings, Scenario, Twin, Watch, demand::Demand, scenario::TrafficOptions};
use twin_traffic::{
    demand,
    equilibrium::{self, Equilibrium},
    street::{self, Overlay, Streets},
    trips::Trips,
};

use crate::{
    access::Access,
    day::{self, PreparedDay},
    touched::Ground,
};

/// Streets, demand and base equilibria: built once per twin and options, shared by every run.
pub struct Prepared {
    /// The streets as the solver sees them.
    pub streets: Streets,
    /// Zones and trips: the twin's own, or made from buildings and border roads.
    pub demand: Demand,
    /// The computed hours, in the order of the scenario.
    pub hours: Vec<PreparedHour>,
    /// The whole day, where the scenario asks for it.
    pub day: Option<PreparedDay>,
    /// What was noticed on the way.
    pub findings: Findings,
    pub(crate) access: Access,
    /// Ways of all modes, where the twin has somebody whom closures touch.
    pub(crate) ground: Option<Ground>,
    pub(crate) assumptions: Assumptions,
    pub(crate) options: TrafficOptions,
    pub(crate) demand_factor: f64,
    pub(crate) seed: u64,
    /// Whether the demand came with the scenario.
    pub(crate) own_demand: bool,
    /// Those of the findings that are about demand.
    pub(crate) about_demand: Findings,
}

/// One hour before any measure.
pub struct PreparedHour {
    /// Hour of the day.
    pub hour: u8,
    /// Trips of that hour.
    pub trips: Trips,
    /// The equilibrium without measures.
    pub base: Equilibrium,
}

impl Prepared {
    /// Whether every hour reached the accuracy demanded (or has nothing to solve).
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.hours.iter().all(|hour| hour.base.status.is_fine())
    }

    /// Whether a scenario may be run on it: the same hours, accuracy, assumptions and demand.
    #[must_use]
    pub fn fits(&self, scenario: &Scenario) -> bool {
        self.options == scenario.traffic
            && self.assumptions == scenario.assumptions
            && self.demand_factor == scenario.demand_factor
            && self.seed == scenario.seed
            && scenario.demand.as_ref().is_none_or(|demand| *demand == self.demand)
            && (scenario.demand.is_some() == self.own_demand)
    }
}

/// Computes what scenarios with these options share. The closures of the scenario play no part.
#[must_use]
pub fn prepare(twin: &Twin, scenario: &Scenario, watch: &dyn Watch) -> Prepared {
    let mut findings = Findings::default();
    watch.progress("demand", 0, 0);
    let given = scenario.demand.clone().or_else(|| twin.demand.clone());
    let demand = given.unwrap_or_else(|| {
        let all_hours: Vec<u8> = (0..24).collect();
        let hours = if scenario.traffic.day { &all_hours } else { &scenario.traffic.hours };
        let generated = demand::generate_hours(twin, &scenario.assumptions, hours);
        findings.extend(generated.findings);
        generated.demand
    });
    let about_demand = findings.clone();
    let (streets, about_streets) = street::derive(twin, &demand.zones, &scenario.assumptions, &scenario.traffic);
    findings.extend(about_streets);
    let trips: Vec<(u8, Trips)> = scenario
        .traffic
        .hours
        .iter()
        .map(|&hour| {
            let trips = Trips::at_hour(&demand, hour, scenario.demand_factor).unwrap_or_else(|wrong| {
                findings.extend(wrong);
                Trips::default()
            });
            (hour, trips)
        })
        .collect();
    let hours = trips
        .into_par_iter()
        .map(|(hour, trips)| {
            let base = equilibrium::solve(&streets, &trips, &Overlay::default(), &scenario.traffic, None, watch);
            base.invert();
            PreparedHour { hour, trips, base }
        })
        .collect();
    let day =
        scenario.traffic.day.then(|| day::prepare(twin, &streets, &demand, scenario, &mut findings, watch)).flatten();
    watch.progress("access", 0, 0);
    let access = Access::of(twin);
    Prepared {
        ground: Ground::of(twin, &access, &streets, &scenario.assumptions),
        access,
        streets,
        demand,
        hours,
        day,
        findings,
        assumptions: scenario.assumptions.clone(),
        options: scenario.traffic.clone(),
        demand_factor: scenario.demand_factor,
        seed: scenario.seed,
        own_demand: scenario.demand.is_some(),
        about_demand,
    }
}
