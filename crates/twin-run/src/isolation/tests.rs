//! Outages shut off by valves: which ones, stuck ones, sources that no valve parts.

use twin::{
    Crs, Id, Silent,
    geo_types::{LineString, coord},
    outcome::Outcome,
    utility::{Burial, WaterLink, WaterLinkDetail, WaterLinkKind, WaterNode, WaterNodeDetail},
};

use super::*;

/// Demand of every customer, m³/s.
const DRAW_M3_S: f64 = 0.001;

/// ```text
/// R ─V1─ a ──p1── b ─V2─ c ──p2── d
///                 │
///                 V3
///                 │
///                 e ──p3── f (hydrant)
/// ```
/// All but f draw 1 l/s; the head at R is 60 m, everything lies at 0 m.
pub(crate) fn town() -> Twin {
    let mut twin = Twin::empty("town", Crs::NOWHERE);
    let mut ids: BTreeMap<&str, Id<WaterNode>> = BTreeMap::new();
    for (number, name) in ["R", "a", "b", "c", "d", "e", "f"].into_iter().enumerate() {
        let (kind, prefix) = match name {
            "R" => (WaterNodeKind::Reservoir { head_m: 60.0 }, "reservoir"),
            "f" => (WaterNodeKind::Hydrant, "hydrant"),
            _ => (WaterNodeKind::Junction { base_demand_m3_s: DRAW_M3_S }, "junction"),
        };
        let node = WaterNode {
            key: Key::new(format!("water_{prefix}/{name}")),
            position: coord! { x: number as f64, y: 0.0 },
            elevation_m: 0.0,
            kind,
            building: None,
            detail: WaterNodeDetail::default(),
        };
        ids.insert(name, twin.water.add_node(node));
    }
    let pipe = WaterLinkKind::Pipe { length_m: 100.0, diameter_m: 0.15, roughness: 0.1, open: true };
    let valve = WaterLinkKind::Valve { diameter_m: 0.15, open: true };
    for (key, from, to, kind) in [
        ("water_valve/V1", "R", "a", valve),
        ("water_pipe/p1", "a", "b", pipe),
        ("water_valve/V2", "b", "c", valve),
        ("water_pipe/p2", "c", "d", pipe),
        // Drawn against the flow.
        ("water_valve/V3", "e", "b", valve),
        ("water_pipe/p3", "e", "f", pipe),
    ] {
        let link = WaterLink {
            key: key.into(),
            geometry: LineString(Vec::new()),
            kind,
            burial: Burial::default(),
            detail: WaterLinkDetail::default(),
        };
        twin.water.add_link(ids[from], ids[to], link);
    }
    twin
}

fn outage(asset: &str, stuck: &[&str]) -> Outage {
    let stuck = stuck.iter().map(|&key| key.into()).collect();
    Outage { isolate: true, stuck, ..Outage::of(asset.into()) }
}

fn run(outages: Vec<Outage>) -> (Outcome, Findings) {
    let mut findings = Findings::default();
    let scenario = twin::Scenario { outages, ..twin::Scenario::default() };
    let outcome = crate::supply::run(&town(), &scenario, &mut findings, &Silent);
    (outcome, findings)
}

fn change_node(twin: &mut Twin, at: usize, change: impl Fn(&mut WaterNode)) {
    let mut index = 0;
    twin.water = twin.water.mapped(
        |node| {
            let mut node = node.clone();
            if index == at {
                change(&mut node);
            }
            index += 1;
            node
        },
        Clone::clone,
    );
}

fn litres(inflow: Option<Inflow>) -> f64 {
    match inflow {
        Some(Inflow::Water(m3_s)) => 1000.0 * m3_s,
        other => panic!("no water: {other:?}"),
    }
}

fn codes(findings: &Findings) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn valves_are_closed_by_falling_inflow_and_what_lies_behind_is_told() {
    let (outcome, findings) = run(vec![outage("water_pipe/p1", &[])]);
    let [isolation] = &outcome.isolations[..] else { panic!("{findings}") };
    let valves: Vec<(&str, f64)> =
        isolation.valves.iter().map(|valve| (valve.key.as_str(), litres(valve.inflow).round())).collect();
    // Five litres come in; one leaves to e, two to c and d.
    assert_eq!(valves, [("water_valve/V1", 5.0), ("water_valve/V3", -1.0), ("water_valve/V2", -2.0)]);
    assert_eq!((isolation.n_pipes, isolation.length_m, isolation.inside.customers), (1, 100.0, 2));
    assert_eq!(isolation.behind.customers, 3);
    assert_eq!(isolation.behind.hydrants, ["water_hydrant/f".into()]);
    assert!(isolation.sources.is_empty() && isolation.stuck.is_empty());
    assert_eq!(outcome.water.unwrap().affected.len(), 5);
}

#[test]
fn a_stuck_valve_makes_the_part_grow() {
    let (outcome, _) = run(vec![outage("water_pipe/p2", &[])]);
    let alone = &outcome.isolations[0];
    assert_eq!(alone.valves.iter().map(|valve| valve.key.as_str()).collect::<Vec<_>>(), ["water_valve/V2"]);
    assert_eq!((alone.inside.customers, alone.behind.customers), (2, 0));
    assert_eq!(outcome.water.unwrap().affected.len(), 2);

    let (outcome, findings) = run(vec![outage("water_pipe/p2", &["water_valve/V2", "water_valve/V3"])]);
    let grown = &outcome.isolations[0];
    assert_eq!(grown.valves.iter().map(|valve| valve.key.as_str()).collect::<Vec<_>>(), ["water_valve/V1"]);
    assert_eq!(grown.stuck, ["water_valve/V2".into(), "water_valve/V3".into()]);
    assert_eq!((grown.inside.customers, grown.behind.customers, grown.n_pipes), (5, 0, 3));
    assert!(!codes(&findings).contains(&"stuck-valve-elsewhere"));

    let (_, findings) = run(vec![outage("water_pipe/p2", &["water_valve/V1"])]);
    assert!(codes(&findings).contains(&"stuck-valve-elsewhere"));
}

#[test]
fn without_a_valve_towards_the_source_the_pipe_alone_is_out() {
    let (outcome, findings) = run(vec![outage("water_pipe/p1", &["water_valve/V1"])]);
    assert!(outcome.isolations.is_empty());
    assert!(codes(&findings).contains(&"isolation-impossible"));
    let water = outcome.water.unwrap();
    // a keeps its water.
    assert_eq!(water.affected.len(), 4);
    assert!(water.times[0].served_m3_s[1] > 0.0);
}

#[test]
fn a_valve_that_breaks_is_shut_off_on_both_sides() {
    let (outcome, _) = run(vec![outage("water_valve/V2", &[])]);
    let isolation = &outcome.isolations[0];
    let valves: Vec<&str> = isolation.valves.iter().map(|valve| valve.key.as_str()).collect();
    assert_eq!((valves, isolation.inside.customers), (vec!["water_valve/V1", "water_valve/V3"], 4));
}

/// c and d are without water for two hours; 2 · 1 l/s · 7200 s = 14.4 m³.
#[test]
fn a_steady_outage_with_an_end_is_told_in_customer_hours() {
    let timed = Outage { begin_s: Some(3600), end_s: Some(10_800), ..outage("water_pipe/p2", &[]) };
    let (outcome, findings) = run(vec![timed]);
    assert!(codes(&findings).contains(&"outage-steady"));
    let water = outcome.water.unwrap();
    let sum = water.interruption.unwrap();
    assert_eq!((sum.begin_s, sum.end_s, sum.customers, sum.customer_hours), (3600, 10_800, 2, 4.0));
    assert!((sum.not_served.value() - 14.4).abs() < 1e-9, "{sum:?}");
    for row in &water.affected {
        assert_eq!((row.from_s, row.to_s, row.without_s), (3600, Some(10_800), 7200), "{row:?}");
        assert_eq!(row.pressure_m, None);
    }
    assert_eq!(water.times.iter().map(|time| time.time_s).collect::<Vec<_>>(), [3600, 10_800]);
    assert_eq!(water.times[1].supply[3], twin::outcome::Supply::Supplied);
}

/// Over six hours, out from the second to the fourth; an outage that begins later changes nothing and is told.
#[test]
fn a_simulated_outage_ends_and_the_water_comes_back() {
    let timed = Outage { begin_s: Some(5400), end_s: Some(12_600), ..outage("water_pipe/p2", &[]) };
    let late = Outage { begin_s: Some(30_000), ..outage("water_pipe/p1", &[]) };
    let mut scenario = twin::Scenario { outages: vec![timed, late], ..twin::Scenario::default() };
    scenario.water.duration_s = Some(21_600.0);
    let mut findings = Findings::default();
    let outcome = crate::supply::run(&town(), &scenario, &mut findings, &Silent);
    assert!(codes(&findings).contains(&"outage-after-end"));
    let water = outcome.water.unwrap();
    let sum = water.interruption.unwrap();
    assert_eq!((sum.begin_s, sum.customers, sum.customer_hours), (5400, 2, 4.0));
    assert!((sum.not_served.value() - 14.4).abs() < 1e-9, "{sum:?}");
    let row = water.affected[0];
    assert_eq!((row.from_s, row.to_s, row.without_s, row.low_pressure_s), (5400, Some(12_600), 7200, 0));
    let (base, with) = (water.base_totals, water.totals);
    assert!((base.served_m3 - with.served_m3 - 14.4).abs() < 1e-6, "{base:?} {with:?}");
}

#[test]
fn what_a_scenario_says_of_water_is_computed() {
    let mut scenario = twin::Scenario::default();
    scenario.water.demand_factor = Some(0.5);
    let mut findings = Findings::default();
    let outcome = crate::supply::run(&town(), &scenario, &mut findings, &Silent);
    assert!((outcome.water.unwrap().totals.demand_m3 - 2.5 * DRAW_M3_S).abs() < 1e-12);
    scenario.water = twin::scenario::WaterOptions { closed: vec!["water_valve/V2".into()], ..Default::default() };
    let water = crate::supply::run(&town(), &scenario, &mut findings, &Silent).water.unwrap();
    assert_eq!(water.totals.junctions_cut_off, 2);
}

#[test]
fn keys_that_do_not_exist_are_told() {
    let mut scenario = twin::Scenario::default();
    scenario.outages.push(outage("water_pipe/p1", &["water_valve/V9"]));
    scenario.outages.push(Outage { stuck: vec!["water_valve/V1".into()], ..Outage::of("water_pipe/p1".into()) });
    scenario.water.closed = vec!["water_valve/V1".into(), "gas_valve/1".into()];
    let findings = crate::resolve(&town(), &scenario).unwrap_err();
    let told: Vec<(&str, &str)> =
        findings.iter().map(|finding| (finding.code, finding.field.as_deref().unwrap_or_default())).collect();
    let expected = [
        ("unknown-asset", "outage[0].stuck[0]"),
        ("stuck-without-isolate", "outage[1].stuck"),
        ("unknown-asset", "water.closed[1]"),
    ];
    assert_eq!(told, expected);
}

/// What the scenario shuts parts the network already: V3 is not to be closed, nothing lies behind it, and a pump that is shut is
/// no way.
#[test]
fn what_the_scenario_shuts_counts_as_shut() {
    let isolated = |twin: &Twin, closed: &str| {
        let mut scenario = twin::Scenario { outages: vec![outage("water_pipe/p1", &[])], ..twin::Scenario::default() };
        scenario.water.closed = vec![closed.into()];
        let mut findings = Findings::default();
        crate::supply::run(twin, &scenario, &mut findings, &Silent).isolations.swap_remove(0)
    };
    let told = isolated(&town(), "water_valve/V3");
    let valves: Vec<&str> = told.valves.iter().map(|valve| valve.key.as_str()).collect();
    assert_eq!(valves, ["water_valve/V1", "water_valve/V2"]);
    // c and d alone: e lost its water when V3 was shut.
    assert_eq!((told.behind.customers, told.behind.hydrants.len()), (2, 0));
    // A pump from a second source to d keeps c and d unless it is shut.
    let mut twin = town();
    let source = WaterNode { key: "water_reservoir/S".into(), ..twin.water[Id::new(0)].clone() };
    let source = twin.water.add_node(source);
    let pump = WaterLink {
        key: "water_pump/P".into(),
        kind: WaterLinkKind::Pump { design_flow_m3_s: 0.01, design_head_m: 20.0, power_w: 0.0, on: true },
        ..twin.water.link(Id::new(0)).clone()
    };
    twin.water.add_link(source, Id::new(4), pump);
    assert_eq!(isolated(&twin, "water_valve/V3").behind.customers, 0);
    assert_eq!(isolated(&twin, "water_pump/P").behind.customers, 3);
}

/// A house with five addresses and two connections, one of thirty residents, one of nobody knows how many; an address nowhere.
#[test]
fn addresses_go_round_the_connections_and_none_is_lost() {
    let mut twin = town();
    let building = |key: &str, residents| twin::building::Building {
        key: key.into(),
        footprint: twin::geo_types::MultiPolygon(Vec::new()),
        usage: twin::building::BuildingUse::Apartments,
        name: None,
        levels: None,
        height_m: None,
        min_height_m: None,
        roof: None,
        roof_height_m: None,
        year_built: None,
        dwellings: None,
        residents,
        jobs: None,
        part_of: None,
    };
    let big = twin.buildings.push(building("building/big", Some(30.0)));
    let other = twin.buildings.push(building("building/other", None));
    // The hydrant (6) draws nothing and takes no share.
    for (at, building) in [(2, big), (3, big), (4, other), (6, big)] {
        change_node(&mut twin, at, |node| node.building = Some(building));
    }
    for number in 0..6 {
        twin.addresses.push(twin::building::Address {
            key: Key::new(format!("node/{number}")),
            position: coord! { x: 0.0, y: 0.0 },
            street: None,
            house_number: number.to_string(),
            postcode: None,
            city: None,
            building: (number < 5).then_some(big),
        });
    }
    let customers = water_customers(&twin);
    let told: Vec<(u32, Option<f64>)> = customers[1..].to_vec();
    let expected = [(1, None), (3, Some(15.0)), (2, Some(15.0)), (1, None), (1, None), (0, None)];
    assert_eq!(told, expected);
    let outages = vec![outage("water_pipe/p2", &[])];
    let scenario = twin::Scenario { outages, ..twin::Scenario::default() };
    let mut findings = Findings::default();
    let outcome = crate::supply::run(&twin, &scenario, &mut findings, &Silent);
    assert_eq!((outcome.isolations[0].inside.customers, outcome.isolations[0].inside.residents), (3, Some(15.0)));
    let left_out = findings.iter().find(|finding| finding.code == "addresses-without-water-node");
    assert!(left_out.is_some_and(|finding| finding.message.starts_with("1 addresses")), "{findings}");
}

/// The demand-driven model draws all at any pressure. Below zero nothing leaves a tap: tables, sums and the outcome say so.
#[test]
fn below_zero_pressure_nothing_is_served() {
    let mut twin = town();
    // d lies above the head of the reservoir.
    change_node(&mut twin, 4, |node| node.elevation_m = 70.0);
    let mut findings = Findings::default();
    let outcome = crate::supply::run(&twin, &twin::Scenario::default(), &mut findings, &Silent);
    assert!(codes(&findings).contains(&"negative-pressure"));
    let water = outcome.water.unwrap();
    let time = &water.times[0];
    assert_eq!((time.supply[4], time.served_m3_s[4]), (twin::outcome::Supply::NegativePressure, 0.0));
    assert!((water.totals.not_served_m3_s - DRAW_M3_S).abs() < 1e-12);
    assert!((water.totals.served_m3 - 4.0 * DRAW_M3_S).abs() < 1e-12);
    // An outage that brings the pressure below zero takes the whole demand for its hours.
    let mut twin = town();
    change_node(&mut twin, 4, |node| node.elevation_m = 59.0);
    let wide = twin.water.link(Id::new(1)).clone();
    twin.water.add_link(Id::new(3), Id::new(4), WaterLink { key: "water_pipe/p4".into(), ..wide });
    let narrow = WaterLinkKind::Pipe { length_m: 100.0, diameter_m: 0.03, roughness: 0.1, open: true };
    let is_narrow = |link: &WaterLink| link.key.as_str() == "water_pipe/p2";
    twin.water = twin.water.mapped(Clone::clone, |link| {
        let kind = if is_narrow(link) { narrow } else { link.kind };
        WaterLink { kind, ..link.clone() }
    });
    let timed = Outage { end_s: Some(3600), ..Outage::of("water_pipe/p4".into()) };
    let scenario = twin::Scenario { outages: vec![timed], ..twin::Scenario::default() };
    let outcome = crate::supply::run(&twin, &scenario, &mut findings, &Silent).water.unwrap();
    let [row] = &outcome.affected[..] else { panic!("{:?}", outcome.affected) };
    assert_eq!((row.supply, row.without_s), (twin::outcome::Supply::NegativePressure, 3600));
    assert!((row.not_served_m3 - 3.6).abs() < 1e-9 && (row.not_served_m3_s - 0.001).abs() < 1e-12, "{row:?}");
    assert!((outcome.interruption.unwrap().not_served.value() - 3.6).abs() < 1e-9);
}

/// A tank falls in steps: an outage that touches nobody, with times between the steps, changes no level.
#[test]
fn with_and_without_outages_the_same_steps_are_taken() {
    let mut twin = town();
    let tank = WaterNodeKind::Tank { min_level_m: 0.0, initial_level_m: 3.0, max_level_m: 8.0, diameter_m: 6.0 };
    let tank =
        WaterNode { key: "water_tank/T".into(), elevation_m: 52.0, kind: tank, ..twin.water[Id::new(0)].clone() };
    let tank = twin.water.add_node(tank);
    let pipe = twin.water.link(Id::new(1)).clone();
    twin.water.add_link(tank, Id::new(4), WaterLink { key: "water_pipe/t".into(), ..pipe.clone() });
    let end = WaterNode { key: "water_hydrant/g".into(), ..twin.water[Id::new(6)].clone() };
    let end = twin.water.add_node(end);
    twin.water.add_link(Id::new(4), end, WaterLink { key: "water_pipe/g".into(), ..pipe });
    let timed = Outage { begin_s: Some(1234), end_s: Some(9876), ..Outage::of("water_pipe/g".into()) };
    let mut scenario = twin::Scenario { outages: vec![timed], ..twin::Scenario::default() };
    scenario.water.duration_s = Some(36_000.0);
    let mut findings = Findings::default();
    let water = crate::supply::run(&twin, &scenario, &mut findings, &Silent).water.unwrap();
    let level = water.tanks[0];
    assert!((level.base_reserve_m - 3.0).abs() > 0.01, "the tank moves: {level:?}");
    assert!((level.base_reserve_m - level.reserve_m).abs() < 1e-7, "{level:?}");
    assert_eq!(water.simulated_s, 36_000);
}
