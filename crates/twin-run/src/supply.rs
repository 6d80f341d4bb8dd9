//! The supply networks in a run: each law with the outages of the scenario.

use crate::coupling;
use twin::{Findings, Outcome, Scenario, Twin, Watch};

/// Whether a twin has any supply network that is computed.
pub(crate) fn any(twin: &Twin) -> bool {
    !(twin.water.is_empty() && twin.gas.is_empty() && twin.heat.is_empty() && twin.power.is_empty())
}

/// What the outages of a scenario trigger in each network; traffic is left out.
pub(crate) fn run(twin: &Twin, scenario: &Scenario, findings: &mut Findings, watch: &dyn Watch) -> Outcome {
    let power = crate::power::run(twin, scenario, findings);
    let pumps = coupling::pumps_without_power(twin, scenario, power.as_ref());
    let mut isolations = Vec::new();
    let water = crate::water::run(twin, scenario, &pumps, &mut isolations, findings, watch);
    let coupling = coupling::consequences(twin, pumps, water.as_ref(), findings);
    let gas = crate::gas::run(twin, scenario, &mut isolations, findings, watch);
    let heat = crate::heat::run(twin, scenario, &mut isolations, findings, watch);
    isolations.sort_by_key(|isolation| isolation.outage);
    Outcome { power, water, coupling, gas, heat, isolations, ..Outcome::empty(&scenario.name) }
}
