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

#[cfg(test)]
mod tests {
    use twin::{
        Crs, Silent,
        geo_types::{LineString, coord},
        scenario::{HeatOptions as Asked, Outage},
        utility::{Burial, HeatLinkKind, HeatNodeKind},
    };

    use super::*;

    /// plant ──0── a ──1── b, trenches of 100 m; a and b take 50 kW each.
    fn town() -> Twin {
        let mut twin = Twin::empty("town", Crs::NOWHERE);
        let mut nodes = Vec::new();
        for (number, name) in ["plant", "a", "b"].into_iter().enumerate() {
            let kind = if number == 0 {
                HeatNodeKind::Producer { power_w: 1e6, supply_c: 90.0, lift_bar: 2.0 }
            } else {
                HeatNodeKind::Consumer { load_w: 50_000.0, return_c: 50.0 }
            };
            let key = Key::new(format!("heat_junction/{name}"));
            nodes.push(twin.heat.add_node(HeatNode::new(key, coord! { x: number as f64, y: 0.0 }, kind)));
        }
        for (number, ends) in nodes.windows(2).enumerate() {
            let kind = HeatLinkKind::PipePair {
                length_m: 100.0,
                diameter_m: 0.05,
                roughness_mm: 0.05,
                loss_w_m_k: 0.3,
                open: true,
            };
            let key = Key::new(format!("heat_pipe/{number}"));
            let link = HeatLink { key, geometry: LineString(Vec::new()), kind, burial: Burial::default() };
            twin.heat.add_link(ends[0], ends[1], link);
        }
        twin
    }

    fn outcome(scenario: &Scenario) -> HeatOutcome {
        run(&town(), scenario, &mut Vec::new(), &mut Findings::default(), &Silent).unwrap()
    }

    /// b lacks 50 kW for two hours.
    #[test]
    fn an_outage_with_an_end_sums_up() {
        let outages = vec![Outage { end_s: Some(7200), ..Outage::of(Key::new("heat_pipe/1")) }];
        let scenario = Scenario { outages, ..Scenario::default() };
        let heat = outcome(&scenario);
        assert_eq!(heat.cut_off, [Id::new(2)]);
        let sum = heat.interruption.unwrap();
        assert_eq!((sum.begin_s, sum.end_s, sum.customers, sum.customer_hours), (0, 7200, 1, 2.0));
        assert!((sum.not_served - 100.0).abs() < 1e-9, "{sum:?}");
    }

    #[test]
    fn what_a_scenario_says_of_heat_is_computed() {
        let plain = outcome(&Scenario::default()).base;
        assert!(plain.status.is_fine());
        let with = |asked: Asked| outcome(&Scenario { heat: asked, ..Scenario::default() }).base;
        let none = Asked::default;
        let double = with(Asked { demand_factor: Some(2.0), ..none() }).totals.consumed_w;
        assert!((double / plain.totals.consumed_w - 2.0).abs() < 1e-6, "{double}");
        assert!(with(Asked { ground_c: Some(-5.0), ..none() }).totals.lost_w > 1.1 * plain.totals.lost_w);
        let cooler = with(Asked { supply_c: Some(70.0), ..none() });
        assert!((cooler.temperature_k[0].unwrap() - 343.15).abs() < 1e-6);
        let lift =
            |state: &twin::outcome::HeatState| state.pressure_bar[0].unwrap() - state.return_pressure_bar[0].unwrap();
        assert!((lift(&with(Asked { lift_bar: Some(3.5), ..none() })) - 3.5).abs() < 1e-9);
        let worst = with(Asked { worst_point_bar: Some(0.7), ..none() }).totals.worst_point_bar.unwrap();
        assert!((worst - 0.7).abs() < 1e-6, "{worst}");
        let law = with(Asked { friction: Some(twin::utility::Friction::Nikuradse), ..none() }).totals.worst_point_bar;
        assert!((law.unwrap() - plain.totals.worst_point_bar.unwrap()).abs() > 1e-6);
        assert_eq!(with(Asked { closed: vec![Key::new("heat_pipe/1")], ..none() }).totals.consumers_served, 1);
        // The return pressure is an assumption.
        let mut scenario = Scenario::default();
        assert!((plain.return_pressure_bar[0].unwrap() - 3.0).abs() < 1e-9);
        assert!(scenario.assumptions.set("heat_return_pressure_bar", 4.5));
        assert!((outcome(&scenario).base.return_pressure_bar[0].unwrap() - 4.5).abs() < 1e-9);
    }
}
