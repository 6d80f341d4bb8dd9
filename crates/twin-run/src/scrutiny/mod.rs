//! What a run computes besides, to be honest: how far its figures move when what is assumed is varied ([`bands`]), and which of
//! several closures causes how much ([`shares`]).
//!
//! Both are runs of their own, from the same base case to the same relative gap, beside each other on all threads.

mod bands;
mod shares;

use twin::{Finding, Outcome, Twin, Watch, criteria};

use crate::{prepare::Prepared, resolve::Resolved};

/// Figures that are told with a band.
const BAND_CRITERIA: [&str; 7] = [
    "traffic.added_vehicle_hours",
    "traffic.added_vehicle_km",
    "traffic.added_delay_veh_h",
    "traffic.cut_off_trips",
    "traffic.alternation_delay_s",
    "traffic.queue_veh",
    "environment.added_co2_kg",
];
/// Figures that are shared out among closures: sums, not greatest values.
const SHARE_CRITERIA: [&str; 6] = [
    "traffic.added_vehicle_hours",
    "traffic.added_vehicle_km",
    "traffic.added_delay_veh_h",
    "traffic.cut_off_trips",
    "traffic.cut_off_addresses",
    "environment.added_co2_kg",
];
/// Fewest and most closures whose shares are computed.
const N_CLOSURES: std::ops::RangeInclusive<usize> = 2..=6;

/// Adds bands and shares to an outcome, as the scenario asks for them.
pub(crate) fn scrutinize(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    outcome: &mut Outcome,
    watch: &dyn Watch,
) {
    let scrutiny = resolved.scenario.scrutiny;
    let holds = |index: usize| {
        let traffic = outcome.traffic.as_ref();
        traffic.is_some_and(|t| t.closures.get(index).is_some_and(|closure| closure.active.contains(&true)))
    };
    let active: Vec<usize> = (0..resolved.closures.len()).filter(|&index| holds(index)).collect();
    if active.is_empty() || watch.is_cancelled() {
        return;
    }
    if scrutiny.shares && active.len() >= 2 {
        if N_CLOSURES.contains(&active.len()) {
            outcome.shares = shares::shares(twin, prepared, resolved, &active, &criteria::values(outcome), watch);
        } else {
            outcome.findings.push(
                Finding::note(
                    "shares-not-computed",
                    format!(
                        "{} closures hold at once: which of them causes how much is computed for {} at most",
                        active.len(),
                        N_CLOSURES.end()
                    ),
                )
                .with_help("split the scenario, or leave closures out one by one"),
            );
        }
    }
    if scrutiny.bands {
        outcome.bands = bands::bands(twin, prepared, resolved, outcome, watch);
    }
}

/// The value of a criterion among some.
fn value(values: &[(&'static str, f64)], name: &str) -> Option<f64> {
    values.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
}

#[cfg(test)]
mod tests;
