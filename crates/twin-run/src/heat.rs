//! District heat in a run: which links a scenario shuts, the state before and after, who loses heat; every single failure.

use std::collections::BTreeSet;

use twin::{
    Findings, Id, Key, Scenario, Twin, Watch,
    building::Building,
    outcome::{HeatOutcome, Interruption, Isolation, Status},
    utility::{HeatLink, HeatNode},
};
use twin_pipes::heat::{Heat, HeatOptions};

use crate::{
    adjusted,
    gas::{SupplyN1Row, name_of},
    isolation::Pipes,
    outage,
};

/// Whether a key names a node or link of the heat network.
pub(crate) fn has_asset(twin: &Twin, key: &Key) -> bool {
    twin.heat.nodes().any(|(_, node)| node.key == *key) || twin.heat.links().any(|(_, link)| link.key == *key)
}

/// The heat network of a scenario, ready to be computed, and how its plants are controlled.
fn compiled(twin: &Twin, scenario: &Scenario) -> (Heat, HeatOptions) {
    let (network, operation) = adjusted::heat(twin, scenario);
    let heat = Heat::with_return_pressure(&network, &operation, scenario.assumptions.heat_return_pressure_bar);
    (heat, HeatOptions { worst_point_bar: scenario.heat.worst_point_bar, ..HeatOptions::default() })
}

/// The heat network before and with the outages of a scenario; nothing where there is none.
pub(crate) fn run(
    twin: &Twin,
    scenario: &Scenario,
    isolations: &mut Vec<Isolation>,
    findings: &mut Findings,
    watch: &dyn Watch,
) -> Option<HeatOutcome> {
    if twin.heat.is_empty() {
        return None;
    }
    watch.progress("heat", 0, 0);
    let (heat, options) = compiled(twin, scenario);
    let base = heat.solve(&[], &options);
    let outages = Pipes::heat(twin).shut(&scenario.outages, |_| Some(&base.mass_flow_kg_s), findings);
    let shut: Vec<Id<HeatLink>> = outage::all_shut(&outages);
    let before: BTreeSet<Id<HeatNode>> =
        if shut.is_empty() { BTreeSet::new() } else { heat.without_heat(&[], &options).into_iter().collect() };
    let solved = |shut: &[Id<HeatLink>]| {
        let mut lost = heat.without_heat(shut, &options);
        lost.retain(|node| !before.contains(node));
        (heat.solve(shut, &options), lost)
    };
    let (with, cut_off) = if shut.is_empty() { (base.clone(), Vec::new()) } else { solved(&shut) };
    let interruption = outage::stretches(&scenario.outages, &outages).map(|stretches| {
        let mut sum = Interruption {
            begin_s: stretches.first().map_or(0, |stretch| stretch.begin_s),
            end_s: stretches.last().map_or(0, |stretch| stretch.end_s),
            ..Interruption::default()
        };
        let mut without = BTreeSet::new();
        for stretch in &stretches {
            let (state, lost) =
                if stretch.shut == shut { (with.clone(), cut_off.clone()) } else { solved(&stretch.shut) };
            sum.customer_hours += lost.len() as f64 * stretch.hours();
            let unserved_w = (state.totals.unserved_w - base.totals.unserved_w).max(0.0);
            sum.not_served += unserved_w / 1000.0 * stretch.hours();
            without.extend(lost);
        }
        sum.customers = without.len() as u32;
        let buildings: BTreeSet<_> = without.iter().filter_map(|&id| twin.heat[id].building).collect();
        sum.residents = buildings.iter().filter_map(|&id| twin.buildings.get(id)?.residents).sum();
        sum
    });
    let buildings: BTreeSet<Id<Building>> = cut_off.iter().filter_map(|&id| twin.heat[id].building).collect();
    let mut own = heat.findings().clone();
    own.extend(heat.explain(&twin.heat, &with));
    findings.extend(own.iter().cloned());
    isolations.extend(outages.isolations);
    let cut_off_buildings = buildings.into_iter().collect();
    Some(HeatOutcome { base, with, shut, cut_off, cut_off_buildings, interruption, findings: own })
}

/// Every single failure of the heat network, in the order of its links: house stations that lose their heat, the heat that
/// they lack, and the worst point that is left. Rows that a cancellation left out are missing.
#[must_use]
pub fn heat_n1(twin: &Twin, scenario: &Scenario, watch: &dyn Watch) -> (Vec<SupplyN1Row>, Findings) {
    let (heat, options) = compiled(twin, scenario);
    let rows = heat
        .single_failures(&options, watch)
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
