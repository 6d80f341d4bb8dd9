//! District heat in a run: which links a scenario shuts, the state before and after, who loses heat; every single failure.

use std::collections::BTreeSet;

use twin::{
    Finding, Findings, Id, Key, Scenario, Twin, Watch,
    building::Building,
    outcome::{HeatOutcome, HeatState, Isolation, NotServed, Status},
    utility::{HeatLink, HeatLinkKind, HeatNetwork, HeatNode, HeatNodeKind, Operation},
};
use twin_pipes::heat::{Heat, HeatOptions};

use crate::{
    adjusted,
    gas::{SupplyN1Row, name_of},
    isolation::Pipes,
    outage::{self, Lost, Steady},
};

/// Whether a key names a node or link of the heat network.
pub(crate) fn has_asset(twin: &Twin, key: &Key) -> bool {
    twin.heat.nodes().any(|(_, node)| node.key == *key) || twin.heat.links().any(|(_, link)| link.key == *key)
}

/// The heat network of a scenario, ready to be computed, and how its plants are controlled.
fn compiled(twin: &Twin, scenario: &Scenario) -> (Heat, HeatOptions) {
    let (network, operation) = adjusted::heat(twin, scenario);
    compiled_from(&network, &operation, scenario)
}

fn compiled_from(network: &HeatNetwork, operation: &Operation, scenario: &Scenario) -> (Heat, HeatOptions) {
    let heat = Heat::with_return_pressure(network, operation, scenario.assumptions.heat_return_pressure_bar);
    (heat, HeatOptions { worst_point_bar: scenario.heat.worst_point_bar, ..HeatOptions::default() })
}

/// Heat as outages see it.
struct Outages<'a> {
    twin: &'a Twin,
    network: &'a HeatNetwork,
    heat: (&'a Heat, &'a HeatOptions),
    base: &'a HeatState,
}

impl Steady for Outages<'_> {
    type State = HeatState;
    type Node = HeatNode;
    type Link = HeatLink;

    fn solve(&self, shut: &[Id<HeatLink>]) -> (HeatState, Lost<HeatNode>) {
        let (heat, options) = self.heat;
        let with = heat.solve(shut, options);
        let before = |node: &Id<HeatNode>| match self.base.without_heat.binary_search(node) {
            Ok(place) => self.base.n_without_heat[place],
            Err(_) => 0,
        };
        let without = with.without_heat.iter().zip(&with.n_without_heat);
        let lost = without.map(|(node, n)| (*node, n.saturating_sub(before(node)))).filter(|(_, n)| *n > 0).collect();
        (with, lost)
    }

    fn house(&self, node: Id<HeatNode>) -> Option<(usize, Option<f64>)> {
        let building = self.network[node].building?;
        Some((building.index(), self.twin.buildings.get(building)?.residents))
    }

    fn not_served_per_h(&self, state: &HeatState) -> f64 {
        (state.totals.unserved_w - self.base.totals.unserved_w).max(0.0) / 1000.0
    }

    fn sum(&self, not_served: f64) -> NotServed {
        NotServed::Heat(not_served)
    }
}

/// What house stations ask for at every node, watts; stations between supply and return count at their begin.
fn loads_w(network: &HeatNetwork) -> Vec<f64> {
    let mut load_w = vec![0.0; network.n_nodes()];
    for (id, node) in network.nodes() {
        if let HeatNodeKind::Consumer { load_w: own_w, .. } = node.kind {
            load_w[id.index()] += own_w;
        }
    }
    for (id, link) in network.links() {
        if let HeatLinkKind::Consumer { heat_w, open: true, .. } = link.kind {
            let from = network.ends(id).0.index();
            load_w[from] += heat_w.unwrap_or(0.0);
        }
    }
    load_w
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
    let (network, operation) = adjusted::heat(twin, scenario);
    let (heat, options) = compiled_from(&network, &operation, scenario);
    let base = heat.solve(&[], &options);
    let shut = Pipes::heat(twin, &network).shut(&scenario.outages, |_| Some(&base.mass_flow_kg_s), findings);
    let load_w = loads_w(&network);
    let outages = Outages { twin, network: &network, heat: (&heat, &options), base: &base };
    let told = outage::worst(&outages, &base, &scenario.outages, &shut);
    let buildings: BTreeSet<Id<Building>> = told.cut_off.iter().filter_map(|&id| network[id].building).collect();
    let mut own = heat.findings().clone();
    own.extend(heat.explain(&network, &told.with));
    if told.differs {
        let message = format!(
            "the outages of heat do not all hold at once: pressures and temperatures are told from {} s on, while most house stations are without heat",
            told.at_s
        );
        own.push(Finding::note("outages-not-together", message));
    }
    findings.extend(own.iter().cloned());
    isolations.extend(shut.isolations);
    Some(HeatOutcome {
        with: told.with,
        at_s: told.at_s,
        shut: told.shut,
        standing_shut: network.links().filter(|(_, link)| !link.kind.is_open()).map(|(id, _)| id).collect(),
        load_w,
        cut_off: told.cut_off,
        cut_off_buildings: buildings.into_iter().collect(),
        interruption: told.interruption,
        findings: own,
        base,
    })
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
        assert!((sum.not_served.value() - 100.0).abs() < 1e-9, "{sum:?}");
    }

    /// Supply and return drawn apart, the plant between r0 and s0, stations of 50 kW between s1 and r1, s2 and r2; a valve in
    /// the return between r1 and r2.
    ///
    /// ```text
    /// s0 ──s01── s1 ──s12── s2
    /// r0 ──r01── r1 ─V─ r ──r12── r2
    /// ```
    fn two_sides() -> Twin {
        let mut twin = Twin::empty("town", Crs::NOWHERE);
        let mut node = |name: &str| {
            let key = Key::new(format!("heat_junction/{name}"));
            twin.heat.add_node(HeatNode::new(key, coord! { x: 0.0, y: 0.0 }, HeatNodeKind::Junction))
        };
        let [s0, s1, s2, r0, r1, r, r2] = ["s0", "s1", "s2", "r0", "r1", "r", "r2"].map(&mut node);
        let pipe = HeatLinkKind::Pipe {
            length_m: 100.0,
            diameter_m: 0.05,
            roughness_mm: 0.05,
            loss_coefficient: 0.0,
            loss_w_m_k: 0.3,
            ground_k: None,
            sections: 1,
            open: true,
        };
        let valve = HeatLinkKind::Valve { diameter_m: 0.05, loss_coefficient: 0.0, open: true };
        let plant = HeatLinkKind::CirculationPump {
            supply_pressure_bar: Some(6.0),
            supply_k: Some(363.15),
            lift_bar: Some(2.0),
            mass_flow_kg_s: None,
            open: true,
        };
        let station = HeatLinkKind::Consumer {
            heat_w: Some(50_000.0),
            mass_flow_kg_s: None,
            cooling_k: None,
            return_k: Some(323.15),
            open: true,
        };
        for (key, ends, kind) in [
            ("heat_pump/plant", (r0, s0), &plant),
            ("heat_pipe/s01", (s0, s1), &pipe),
            ("heat_pipe/s12", (s1, s2), &pipe),
            ("heat_pipe/r01", (r1, r0), &pipe),
            ("heat_valve/V", (r, r1), &valve),
            ("heat_pipe/r12", (r2, r), &pipe),
            ("heat_consumer/1", (s1, r1), &station),
            ("heat_consumer/2", (s2, r2), &station),
        ] {
            let geometry = LineString(Vec::new());
            let link = HeatLink { key: key.into(), geometry, kind: kind.clone(), burial: Burial::default() };
            twin.heat.add_link(ends.0, ends.1, link);
        }
        twin
    }

    /// Two stations of 50 kW between s2 and r2; one of them is out: it alone is counted, and both when the pipe to them is.
    #[test]
    fn stations_at_one_node_are_counted_one_by_one() {
        let mut twin = two_sides();
        let (id, station) = twin.heat.links().last().map(|(id, link)| (id, link.clone())).unwrap();
        let ends = twin.heat.ends(id);
        twin.heat.add_link(ends.0, ends.1, HeatLink { key: "heat_consumer/3".into(), ..station });
        let customers = |asset: &str| {
            let outages = vec![Outage { end_s: Some(3600), ..Outage::of(asset.into()) }];
            let scenario = Scenario { outages, ..Scenario::default() };
            let heat = run(&twin, &scenario, &mut Vec::new(), &mut Findings::default(), &Silent).unwrap();
            let totals = (heat.base.totals.consumers_cut_off, heat.with.totals.consumers_cut_off);
            let sum = heat.interruption.unwrap();
            (heat.cut_off, totals, sum.customers, sum.customer_hours)
        };
        assert_eq!(customers("heat_consumer/3"), (vec![Id::new(2)], (0, 1), 1, 1.0));
        assert_eq!(customers("heat_pipe/s12"), (vec![Id::new(2)], (0, 2), 2, 2.0));
    }

    #[test]
    fn an_outage_of_the_return_cuts_off_stations_too() {
        let twin = two_sides();
        let run = |outage: Outage| {
            let scenario = Scenario { outages: vec![outage], ..Scenario::default() };
            let mut isolations = Vec::new();
            let heat = run(&twin, &scenario, &mut isolations, &mut Findings::default(), &Silent).unwrap();
            (heat, isolations)
        };
        let (heat, _) = run(Outage::of("heat_pipe/r12".into()));
        assert!(
            heat.base.status.is_fine() && heat.with.status.is_fine(),
            "{:?} {:?}",
            heat.base.status,
            heat.with.status
        );
        assert_eq!(heat.load_w.iter().sum::<f64>(), 100_000.0);
        assert_eq!(heat.cut_off, [Id::new(2)]);
        // Shut off by the valve: the station's return lies inside.
        let isolate = |asset: &str| Outage { isolate: true, ..Outage::of(asset.into()) };
        let (heat, isolations) = run(isolate("heat_pipe/r12"));
        assert_eq!((heat.cut_off.len(), isolations[0].inside.customers, isolations[0].behind.customers), (1, 1, 0));
        assert_eq!(isolations[0].inside.residents, None);
        // The return next to the plant has no valve towards it; supply and return behind are cut off with it.
        let mut stuck = isolate("heat_pipe/r01");
        stuck.stuck = vec!["heat_pump/plant".into()];
        assert_eq!(run(stuck).0.cut_off.len(), 2);
    }

    /// An exchanger that gives heat is a plant: it does not follow the demand.
    #[test]
    fn heat_that_is_fed_in_does_not_follow_the_demand() {
        let mut twin = two_sides();
        let [a, b] = [2, 6].map(Id::new);
        for (key, heat_w) in [("heat_exchanger/gives", -10_000.0), ("heat_exchanger/takes", 10_000.0)] {
            let kind = HeatLinkKind::Exchanger { diameter_m: 0.05, loss_coefficient: 1.0, heat_w, open: true };
            let geometry = LineString(Vec::new());
            twin.heat.add_link(a, b, HeatLink { key: key.into(), geometry, kind, burial: Burial::default() });
        }
        let mut scenario = Scenario::default();
        scenario.heat.demand_factor = Some(0.5);
        let (network, _) = adjusted::heat(&twin, &scenario);
        let heat_w =
            |link: &HeatLink| if let HeatLinkKind::Exchanger { heat_w, .. } = link.kind { heat_w } else { 0.0 };
        let sum: Vec<f64> = network.links().map(|(_, link)| heat_w(link)).filter(|heat_w| *heat_w != 0.0).collect();
        assert_eq!(sum, [-10_000.0, 5_000.0]);
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
