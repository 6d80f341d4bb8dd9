//! Gas in a run: which links a scenario shuts, the state before and after, who loses gas; every single failure.

use std::collections::BTreeSet;

use twin::{
    Findings, Id, Key, Scenario, Twin, Watch,
    building::Building,
    outcome::{GasOutcome, Status},
    utility::{GasLink, GasNode, Medium},
};
use twin_pipes::gas::{Gas, GasOptions};

/// One failure of a gas or heat network and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct SupplyN1Row {
    /// What failed: `gas_pipe/12`.
    pub key: Key,
    /// What people call it: diameter and material.
    pub name: String,
    /// Every criterion by its name, unit at the end.
    pub criteria: Vec<(&'static str, f64)>,
    /// How the solve ended.
    pub status: Status,
}

/// Whether a key names a node or link of the gas network.
pub(crate) fn has_asset(twin: &Twin, key: &Key) -> bool {
    twin.gas.nodes().any(|(_, node)| node.key == *key) || twin.gas.links().any(|(_, link)| link.key == *key)
}

/// The gas network before and with the outages of a scenario; nothing where there is none.
pub(crate) fn run(twin: &Twin, scenario: &Scenario, findings: &mut Findings, watch: &dyn Watch) -> Option<GasOutcome> {
    if twin.gas.is_empty() {
        return None;
    }
    watch.progress("gas", 0, 0);
    let gas = Gas::new(&twin.gas, &twin.operation(Medium::Gas));
    let options = GasOptions::default();
    let base = gas.solve(&[], &options);
    let shut = shut_links(twin, scenario);
    let with = if shut.is_empty() { base.clone() } else { gas.solve(&shut, &options) };
    let cut_off: Vec<Id<GasNode>> = twin
        .gas
        .nodes()
        .filter(|(id, node)| {
            let draws = node.customers > 0 || node.demand_m3_h > 0.0;
            draws && base.pressure_bar[id.index()].is_some() && with.pressure_bar[id.index()].is_none()
        })
        .map(|(id, _)| id)
        .collect();
    let buildings: BTreeSet<Id<Building>> = cut_off.iter().filter_map(|&id| twin.gas[id].building).collect();
    let mut own = gas.findings().clone();
    own.extend(gas.explain(&twin.gas, &with));
    findings.extend(own.iter().cloned());
    Some(GasOutcome { base, with, shut, cut_off, cut_off_buildings: buildings.into_iter().collect(), findings: own })
}

/// Links that the outages of a scenario shut; the outage of a node shuts all links at it.
fn shut_links(twin: &Twin, scenario: &Scenario) -> Vec<Id<GasLink>> {
    let keys: BTreeSet<&Key> = scenario.outages.iter().map(|outage| &outage.asset).collect();
    let mut shut: BTreeSet<Id<GasLink>> =
        twin.gas.links().filter(|(_, link)| keys.contains(&link.key)).map(|(id, _)| id).collect();
    for (id, _) in twin.gas.nodes().filter(|(_, node)| keys.contains(&node.key)) {
        shut.extend(twin.gas.incident(id).into_iter().map(|(link, _)| link));
    }
    shut.into_iter().collect()
}

/// Every single failure of the gas network, in the order of its links: customers that lose their gas, their draw, and the
/// lowest pressure that is left. Rows that a cancellation left out are missing.
#[must_use]
pub fn gas_n1(twin: &Twin, _scenario: &Scenario, watch: &dyn Watch) -> (Vec<SupplyN1Row>, Findings) {
    let gas = Gas::new(&twin.gas, &twin.operation(Medium::Gas));
    let rows = gas
        .single_failures(&GasOptions::default(), watch)
        .into_iter()
        .filter(|failure| !matches!(failure.status, Status::Cancelled { .. }))
        .map(|failure| {
            let link = twin.gas.get_link(failure.link).expect("because failures are of this network");
            let mut criteria = vec![
                ("gas.customers_cut_off", f64::from(failure.customers_cut_off)),
                ("gas.unserved_kg_s", failure.unserved_kg_s),
            ];
            criteria.extend(failure.lowest_bar.map(|bar| ("gas.lowest_bar", bar)));
            let name = name_of(link.kind.name(), link.kind.diameter_m(), link.burial.material.as_deref());
            SupplyN1Row { key: link.key.clone(), name, criteria, status: failure.status }
        })
        .collect();
    (rows, gas.findings().clone())
}

/// `pipe DN 100 PE 100`.
pub(crate) fn name_of(kind: &str, diameter_m: Option<f64>, material: Option<&str>) -> String {
    let diameter = diameter_m.map(|diameter_m| format!(" {:.0} mm", 1000.0 * diameter_m)).unwrap_or_default();
    let material = material.map(|material| format!(" {material}")).unwrap_or_default();
    format!("{kind}{diameter}{material}")
}

#[cfg(test)]
mod tests {
    use twin::{
        Crs, Silent,
        geo_types::{LineString, coord},
        scenario::Outage,
        utility::{Burial, GasLinkKind},
    };

    use super::*;

    /// feed ──0── a ──1── b, both with a customer.
    fn town() -> Twin {
        let mut twin = Twin::empty("town", Crs::NOWHERE);
        let mut nodes = Vec::new();
        for (number, name) in ["feed", "a", "b"].into_iter().enumerate() {
            let node = GasNode::junction(Key::new(format!("gas_junction/{name}")), coord! { x: number as f64, y: 0.0 });
            let demand_m3_h = if number > 0 { 10.0 } else { 0.0 };
            let feed_pressure_bar = (number == 0).then_some(0.8);
            nodes.push(twin.gas.add_node(GasNode {
                demand_m3_h,
                customers: u32::from(number > 0),
                feed_pressure_bar,
                ..node
            }));
        }
        for (number, ends) in nodes.windows(2).enumerate() {
            let kind = GasLinkKind::Pipe {
                length_m: 100.0,
                diameter_m: 0.1,
                roughness_mm: 0.1,
                loss_coefficient: 0.0,
                sections: 1,
                open: true,
            };
            let key = Key::new(format!("gas_pipe/{number}"));
            let link = GasLink { key, geometry: LineString(Vec::new()), kind, burial: Burial::default() };
            twin.gas.add_link(ends[0], ends[1], link);
        }
        twin
    }

    #[test]
    fn an_outage_cuts_off_what_hangs_on_it() {
        let twin = town();
        let mut scenario = Scenario::default();
        scenario.outages.push(Outage { asset: Key::new("gas_pipe/1") });
        let mut findings = Findings::default();
        let outcome = run(&twin, &scenario, &mut findings, &Silent).unwrap();
        assert!(outcome.base.status.is_fine() && outcome.with.status.is_fine());
        assert_eq!(outcome.cut_off, [Id::new(2)]);
        assert_eq!((outcome.base.totals.customers_cut_off, outcome.with.totals.customers_cut_off), (0, 1));
        assert_eq!(outcome.with.mass_flow_kg_s[1], 0.0);
        assert!(findings.iter().any(|finding| finding.code == "gas-not-supplied"));
        // The outage of a node shuts its links.
        scenario.outages[0].asset = Key::new("gas_junction/a");
        assert_eq!(shut_links(&twin, &scenario).len(), 2);
        assert!(run(&Twin::empty("none", Crs::NOWHERE), &scenario, &mut findings, &Silent).is_none());
    }

    #[test]
    fn every_failure_is_a_row() {
        let (rows, _) = gas_n1(&town(), &Scenario::default(), &Silent);
        let lost: Vec<f64> = rows.iter().map(|row| row.criteria[0].1).collect();
        assert_eq!(lost, [2.0, 1.0]);
        assert_eq!(rows[1].name, "pipe 100 mm");
    }
}
