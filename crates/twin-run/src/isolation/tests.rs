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

fn codes(findings: &Findings) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn valves_are_closed_by_falling_inflow_and_what_lies_behind_is_told() {
    let (outcome, findings) = run(vec![outage("water_pipe/p1", &[])]);
    let [isolation] = &outcome.isolations[..] else { panic!("{findings}") };
    let valves: Vec<(&str, f64)> =
        isolation.valves.iter().map(|valve| (valve.key.as_str(), (valve.inflow.unwrap() * 1000.0).round())).collect();
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
    assert!((sum.not_served - 14.4).abs() < 1e-9, "{sum:?}");
    for row in &water.affected {
        assert_eq!((row.from_s, row.to_s, row.without_s), (3600, None, 7200), "{row:?}");
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
    assert!((sum.not_served - 14.4).abs() < 1e-9, "{sum:?}");
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
