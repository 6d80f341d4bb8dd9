//! Gas in a run: which links a scenario shuts, the state before and after, who loses gas; every single failure.

use std::collections::BTreeSet;

use twin::{
    Finding, Findings, Id, Key, Scenario, Twin, Watch,
    building::Building,
    outcome::{GasOutcome, GasState, Isolation, NotServed, Status},
    utility::{GasLink, GasNetwork, GasNode},
};
use twin_pipes::gas::{Gas, GasOptions};

use crate::{
    adjusted,
    isolation::Pipes,
    outage::{self, Lost, Steady},
};

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

/// How gas is solved in a scenario.
pub(crate) fn compiled(twin: &Twin, scenario: &Scenario) -> Gas {
    let (network, operation) = adjusted::gas(twin, scenario);
    Gas::new(&network, &operation)
}

/// Gas as outages see it.
struct Outages<'a> {
    twin: &'a Twin,
    network: &'a GasNetwork,
    gas: &'a Gas,
    base: &'a GasState,
}

impl Steady for Outages<'_> {
    type State = GasState;
    type Node = GasNode;
    type Link = GasLink;

    fn solve(&self, shut: &[Id<GasLink>]) -> (GasState, Lost<GasNode>) {
        let with = self.gas.solve(shut, &GasOptions::default());
        let loses = |(id, node): &(Id<GasNode>, &GasNode)| {
            let draws = node.customers > 0 || node.demand_m3_h > 0.0;
            draws && self.base.pressure_bar[id.index()].is_some() && with.pressure_bar[id.index()].is_none()
        };
        let lost = self.network.nodes().filter(loses).map(|(id, node)| (id, node.customers)).collect();
        (with, lost)
    }

    fn house(&self, node: Id<GasNode>) -> Option<(usize, Option<f64>)> {
        let building = self.network[node].building?;
        Some((building.index(), self.twin.buildings.get(building)?.residents))
    }

    fn not_served_per_h(&self, state: &GasState) -> f64 {
        3600.0 * (state.totals.unserved_kg_s - self.base.totals.unserved_kg_s).max(0.0)
    }

    fn sum(&self, not_served: f64) -> NotServed {
        NotServed::Gas(not_served)
    }
}

/// The gas network before and with the outages of a scenario; nothing where there is none.
pub(crate) fn run(
    twin: &Twin,
    scenario: &Scenario,
    isolations: &mut Vec<Isolation>,
    findings: &mut Findings,
    watch: &dyn Watch,
) -> Option<GasOutcome> {
    if twin.gas.is_empty() {
        return None;
    }
    watch.progress("gas", 0, 0);
    let (network, operation) = adjusted::gas(twin, scenario);
    let gas = Gas::new(&network, &operation);
    let base = gas.solve(&[], &GasOptions::default());
    let shut = Pipes::gas(twin, &network).shut(&scenario.outages, |_| Some(&base.mass_flow_kg_s), findings);
    let outages = Outages { twin, network: &network, gas: &gas, base: &base };
    let told = outage::worst(&outages, &base, &scenario.outages, &shut);
    let buildings: BTreeSet<Id<Building>> = told.cut_off.iter().filter_map(|&id| network[id].building).collect();
    let mut own = gas.findings().clone();
    own.extend(gas.explain(&network, &told.with));
    if told.differs {
        let message = format!(
            "the outages of gas do not all hold at once: pressures and flows are told from {} s on, while most customers are without gas",
            told.at_s
        );
        own.push(Finding::note("outages-not-together", message));
    }
    findings.extend(own.iter().cloned());
    isolations.extend(shut.isolations);
    Some(GasOutcome {
        with: told.with,
        at_s: told.at_s,
        shut: told.shut,
        standing_shut: network.links().filter(|(_, link)| !link.kind.is_open()).map(|(id, _)| id).collect(),
        demand_m3_h: network.nodes().map(|(_, node)| node.demand_m3_h).collect(),
        temperature_k: network.nodes().map(|(_, node)| node.temperature_k).collect(),
        cut_off: told.cut_off,
        cut_off_buildings: buildings.into_iter().collect(),
        interruption: told.interruption,
        findings: own,
        base,
    })
}

/// Every single failure of the gas network, in the order of its links: customers that lose their gas, their draw, and the
/// lowest pressure that is left. Rows that a cancellation left out are missing.
#[must_use]
pub fn gas_n1(twin: &Twin, scenario: &Scenario, watch: &dyn Watch) -> (Vec<SupplyN1Row>, Findings) {
    let gas = compiled(twin, scenario);
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
        utility::{Burial, GasLink, GasLinkKind},
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
        scenario.outages.push(Outage::of(Key::new("gas_pipe/1")));
        let mut findings = Findings::default();
        let outcome = run(&twin, &scenario, &mut Vec::new(), &mut findings, &Silent).unwrap();
        assert!(outcome.base.status.is_fine() && outcome.with.status.is_fine());
        assert_eq!(outcome.cut_off, [Id::new(2)]);
        assert_eq!((outcome.base.totals.customers_cut_off, outcome.with.totals.customers_cut_off), (0, 1));
        assert_eq!(outcome.with.mass_flow_kg_s[1], 0.0);
        assert!(findings.iter().any(|finding| finding.code == "gas-not-supplied"));
        // The outage of a node shuts its links.
        scenario.outages[0].asset = Key::new("gas_junction/a");
        assert_eq!(run(&twin, &scenario, &mut Vec::new(), &mut findings, &Silent).unwrap().shut.len(), 2);
        let none = Twin::empty("none", Crs::NOWHERE);
        assert!(run(&none, &scenario, &mut Vec::new(), &mut findings, &Silent).is_none());
    }

    #[test]
    fn an_outage_with_an_end_sums_up() {
        let twin = town();
        let mut scenario = Scenario::default();
        // b is out for two hours, in the second of them a too.
        let outage = |key: &str, begin_s, end_s| Outage {
            begin_s: Some(begin_s),
            end_s: Some(end_s),
            ..Outage::of(Key::new(key))
        };
        scenario.outages = vec![outage("gas_pipe/1", 0, 7200), outage("gas_pipe/0", 3600, 7200)];
        let mut findings = Findings::default();
        let sum = run(&twin, &scenario, &mut Vec::new(), &mut findings, &Silent).unwrap().interruption.unwrap();
        assert_eq!((sum.begin_s, sum.end_s, sum.customers, sum.customer_hours), (0, 7200, 2, 3.0));
        let density = twin.operation(twin::utility::Medium::Gas).fluid.normal_density_kg_m3();
        assert!((sum.not_served.value() - 30.0 * density).abs() < 1e-9, "{sum:?}");
        // Nobody knows who lives there.
        assert_eq!(sum.residents, None);
    }

    /// The two pipes are out one after the other: never both, and the first one takes more.
    #[test]
    fn outages_one_after_the_other_are_told_at_the_worse_time() {
        let twin = town();
        let outage = |key: &str, begin_s, end_s| Outage { begin_s: Some(begin_s), end_s, ..Outage::of(Key::new(key)) };
        let outages = vec![outage("gas_pipe/1", 0, Some(3600)), outage("gas_pipe/0", 7200, Some(10_800))];
        let scenario = Scenario { outages, ..Scenario::default() };
        let mut findings = Findings::default();
        let outcome = run(&twin, &scenario, &mut Vec::new(), &mut findings, &Silent).unwrap();
        assert_eq!((outcome.at_s, outcome.shut.as_slice()), (7200, &[Id::new(0)][..]));
        assert_eq!(outcome.with.totals.customers_cut_off, 2);
        assert_eq!(outcome.interruption.unwrap().customer_hours, 3.0);
        assert_eq!(findings.iter().filter(|finding| finding.code == "outages-not-together").count(), 1);
        // With an outage without end there is no sum, but a worst time.
        let outages = vec![outage("gas_pipe/1", 0, None), outage("gas_pipe/0", 7200, Some(10_800))];
        let scenario = Scenario { outages, ..Scenario::default() };
        let outcome = run(&twin, &scenario, &mut Vec::new(), &mut findings, &Silent).unwrap();
        assert_eq!((outcome.at_s, outcome.shut.len(), outcome.interruption), (7200, 2, None));
    }

    #[test]
    fn the_outcome_tells_what_was_computed() {
        let twin = town();
        let mut scenario = Scenario::default();
        scenario.gas = twin::scenario::GasOptions {
            demand_factor: Some(0.5),
            temperature_c: Some(20.0),
            closed: vec![Key::new("gas_pipe/1")],
            ..Default::default()
        };
        let outcome = run(&twin, &scenario, &mut Vec::new(), &mut Findings::default(), &Silent).unwrap();
        assert_eq!(outcome.demand_m3_h, [0.0, 5.0, 5.0]);
        assert_eq!(outcome.temperature_k, [293.15; 3]);
        assert_eq!((outcome.standing_shut, outcome.shut), (vec![Id::new(1)], Vec::new()));
    }

    #[test]
    fn what_a_scenario_says_of_gas_is_computed() {
        let twin = town();
        let mut scenario = Scenario::default();
        let lowest = |scenario: &Scenario| {
            let outcome = run(&twin, scenario, &mut Vec::new(), &mut Findings::default(), &Silent).unwrap();
            (outcome.base.totals.lowest_bar.unwrap(), outcome.base.totals.customers_served)
        };
        let (plain, _) = lowest(&scenario);
        scenario.gas.feed_pressure_bar = Some(1.8);
        assert!(lowest(&scenario).0 > plain + 0.9);
        scenario.gas = twin::scenario::GasOptions { demand_factor: Some(2.0), ..Default::default() };
        let double = lowest(&scenario).0;
        assert!(double < plain);
        scenario.gas.friction = Some(twin::utility::Friction::Nikuradse);
        assert!((lowest(&scenario).0 - double).abs() > 1e-9);
        scenario.gas = twin::scenario::GasOptions { closed: vec![Key::new("gas_pipe/1")], ..Default::default() };
        assert_eq!(lowest(&scenario).1, 1);
    }

    #[test]
    fn every_failure_is_a_row() {
        let (rows, _) = gas_n1(&town(), &Scenario::default(), &Silent);
        let lost: Vec<f64> = rows.iter().map(|row| row.criteria[0].1).collect();
        assert_eq!(lost, [2.0, 1.0]);
        assert_eq!(rows[1].name, "pipe 100 mm");
    }
}
