//! District heat in a run: which links a scenario shuts, the state before and after, who loses heat; every single failure.

use std::collections::BTreeSet;

use twin::{
    Findings, Id, Key, Scenario, Twin, Watch,
    building::Building,
    outcome::{HeatOutcome, Status},
    utility::{HeatLink, Medium},
};
use twin_pipes::heat::{Heat, HeatOptions};

use crate::gas::{SupplyN1Row, name_of};

/// Whether a key names a node or link of the heat network.
pub(crate) fn has_asset(twin: &Twin, key: &Key) -> bool {
    twin.heat.nodes().any(|(_, node)| node.key == *key) || twin.heat.links().any(|(_, link)| link.key == *key)
}

/// The heat network before and with the outages of a scenario; nothing where there is none.
pub(crate) fn run(twin: &Twin, scenario: &Scenario, findings: &mut Findings, watch: &dyn Watch) -> Option<HeatOutcome> {
    if twin.heat.is_empty() {
        return None;
    }
    watch.progress("heat", 0, 0);
    let heat = Heat::new(&twin.heat, &twin.operation(Medium::Heat));
    let options = HeatOptions::default();
    let base = heat.solve(&[], &options);
    let shut = shut_links(twin, scenario);
    let (with, cut_off) = if shut.is_empty() {
        (base.clone(), Vec::new())
    } else {
        let before: BTreeSet<_> = heat.without_heat(&[], &options).into_iter().collect();
        let mut after = heat.without_heat(&shut, &options);
        after.retain(|node| !before.contains(node));
        (heat.solve(&shut, &options), after)
    };
    let buildings: BTreeSet<Id<Building>> = cut_off.iter().filter_map(|&id| twin.heat[id].building).collect();
    let mut own = heat.findings().clone();
    own.extend(heat.explain(&twin.heat, &with));
    findings.extend(own.iter().cloned());
    Some(HeatOutcome { base, with, shut, cut_off, cut_off_buildings: buildings.into_iter().collect(), findings: own })
}

/// Links that the outages of a scenario shut; the outage of a node shuts all links at it.
fn shut_links(twin: &Twin, scenario: &Scenario) -> Vec<Id<HeatLink>> {
    let keys: BTreeSet<&Key> = scenario.outages.iter().map(|outage| &outage.asset).collect();
    let mut shut: BTreeSet<Id<HeatLink>> =
        twin.heat.links().filter(|(_, link)| keys.contains(&link.key)).map(|(id, _)| id).collect();
    for (id, _) in twin.heat.nodes().filter(|(_, node)| keys.contains(&node.key)) {
        shut.extend(twin.heat.incident(id).into_iter().map(|(link, _)| link));
    }
    shut.into_iter().collect()
}

/// Every single failure of the heat network, in the order of its links: house stations that lose their heat, the heat that
/// they lack, and the worst point that is left. Rows that a cancellation left out are missing.
#[must_use]
pub fn heat_n1(twin: &Twin, _scenario: &Scenario, watch: &dyn Watch) -> (Vec<SupplyN1Row>, Findings) {
    let heat = Heat::new(&twin.heat, &twin.operation(Medium::Heat));
    let rows = heat
        .single_failures(&HeatOptions::default(), watch)
        .into_iter()
        .filter(|failure| !matches!(failure.status, Status::Cancelled { .. }))
        .map(|failure| {
            let link = twin.heat.get_link(failure.link).expect("because failures are of this network");
            let mut criteria = vec![
                ("heat.consumers_cut_off", f64::from(failure.consumers_cut_off)),
                ("heat.unserved_w", failure.unserved_w),
            ];
            criteria.extend(failure.worst_point_bar.map(|bar| ("heat.worst_point_bar", bar)));
            criteria.extend(failure.coldest_k.map(|k| ("heat.coldest_k", k)));
            let name = name_of(link.kind.name(), link.kind.diameter_m(), link.burial.material.as_deref());
            SupplyN1Row { key: link.key.clone(), name, criteria, status: failure.status }
        })
        .collect();
    (rows, heat.findings().clone())
}
