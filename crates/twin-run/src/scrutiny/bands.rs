//! How far figures move when what is assumed is varied: demand, and what the signal is planned with. One at a time.
//!
//! Ranges: demand ±20 %, the usual tolerance of a model of a town without counts; saturation flow ±10 %, one vehicle in 1.64 to 2.0 s
//! (HBS 2015: 1.8 s before corrections for width, gradient and lorries); clearing speed 7 to 12 m/s (RiLSA: 7 m/s for turning, 10 m/s for
//! going straight on; 12 m/s is 43 km/h); the part of the counted volume for which a signal keeps green from a half to all of it.
//! A band is the range of these runs. It is no interval of confidence: what is wrong in the data is not in it.

use rayon::prelude::*;
use twin::{Outcome, Scenario, Twin, Watch, criteria, outcome::Band};
use twin_traffic::{equilibrium, street::Overlay, trips::Trips};

use super::{BAND_CRITERIA, value};
use crate::{
    prepare::{Prepared, PreparedHour},
    resolve::Resolved,
    run::figures_at,
    sweep::OnlyStop,
};

/// What is varied.
#[derive(Clone, Copy)]
enum Varied {
    /// Demand times a factor.
    Demand(f64),
    /// Assumptions times a factor.
    Times(&'static [&'static str], f64),
    /// An assumption instead of its value.
    Set(&'static str, f64),
}

/// Saturation flows of signals and flaggers.
const SATURATION: &[&str] = &["alternation_saturation_pce_h", "flagger_saturation_pce_h"];

/// Variants of demand.
const OF_DEMAND: [(&str, Varied); 2] = [("demand_low", Varied::Demand(0.8)), ("demand_high", Varied::Demand(1.2))];
/// Variants of signals and flaggers.
const OF_SIGNALS: [(&str, Varied); 6] = [
    ("saturation_low", Varied::Times(SATURATION, 0.9)),
    ("saturation_high", Varied::Times(SATURATION, 1.1)),
    ("clearing_slow", Varied::Set("alternation_clearing_m_s", 7.0)),
    ("clearing_fast", Varied::Set("alternation_clearing_m_s", 12.0)),
    ("green_share_low", Varied::Set("alternation_counted_share", 0.5)),
    ("green_share_high", Varied::Set("alternation_counted_share", 1.0)),
];

/// The bands of an outcome's main figures.
pub(super) fn bands(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    outcome: &Outcome,
    watch: &dyn Watch,
) -> Vec<Band> {
    watch.progress("bands", 0, 0);
    let alternates = outcome.traffic.iter().flat_map(|t| &t.closures).any(|closure| !closure.alternation.is_empty());
    let variants = OF_DEMAND.iter().chain(OF_SIGNALS.iter().filter(|_| alternates));
    let variants: Vec<(&str, Varied)> = variants.copied().collect();
    let found: Vec<(&str, Vec<(&'static str, f64)>)> = variants
        .into_par_iter()
        .filter_map(|(name, varied)| {
            let figures = vary(twin, prepared, resolved, varied, &OnlyStop(watch))?;
            Some((name, criteria::values(&figures)))
        })
        .collect();
    if watch.is_cancelled() || found.is_empty() {
        return Vec::new();
    }
    let values = criteria::values(outcome);
    let band = |criterion: &'static str| {
        let as_computed = value(&values, criterion)?;
        let (mut low, mut high) = ((as_computed, String::new()), (as_computed, String::new()));
        for (name, values) in &found {
            let varied = value(values, criterion)?;
            if varied < low.0 {
                low = (varied, (*name).to_owned());
            }
            if varied > high.0 {
                high = (varied, (*name).to_owned());
            }
        }
        Some(Band { criterion, value: as_computed, low, high })
    };
    BAND_CRITERIA.into_iter().filter_map(band).collect()
}

fn vary(twin: &Twin, prepared: &Prepared, resolved: &Resolved, varied: Varied, watch: &dyn Watch) -> Option<Outcome> {
    let mut scenario: Scenario = resolved.scenario.clone();
    match varied {
        Varied::Demand(factor) => {
            let hours: Option<Vec<PreparedHour>> =
                prepared.hours.par_iter().map(|hour| with_demand(prepared, hour, factor, watch)).collect();
            return Some(figures_at(twin, (prepared, &hours?), resolved, watch));
        }
        Varied::Times(keys, factor) => {
            for key in keys {
                let value = scenario.assumptions.get(key)? * factor;
                if !scenario.assumptions.set(key, value) {
                    return None;
                }
            }
        }
        Varied::Set(key, value) => {
            if !scenario.assumptions.set(key, value) {
                return None;
            }
        }
    }
    let varied = Resolved { scenario, closures: resolved.closures.clone(), findings: twin::Findings::default() };
    Some(figures_at(twin, (prepared, &prepared.hours), &varied, watch))
}

/// An hour with other demand, from its own equilibrium.
fn with_demand(prepared: &Prepared, hour: &PreparedHour, factor: f64, watch: &dyn Watch) -> Option<PreparedHour> {
    let trips = Trips::at_hour(&prepared.demand, hour.hour, prepared.demand_factor * factor).ok()?;
    let (streets, options) = (&prepared.streets, &prepared.options);
    let base = equilibrium::solve(streets, &trips, &Overlay::default(), options, Some(&hour.base), watch);
    Some(PreparedHour { hour: hour.hour, trips, base })
}
