//! Outages of the generated town's power network.

use twin::{Scenario, Silent, scenario::Outage, utility::PowerBranchKind};

use super::*;
use crate::{prepare, resolve, run as run_all};

fn musterstadt() -> Twin {
    let options = twin_musterstadt::Options { population: 2_000, seed: 3 };
    let mut twin = twin_musterstadt::generate(&options, &Silent).unwrap();
    twin.roads = twin::road::RoadNetwork::new();
    twin.restrictions.clear();
    twin.demand = None;
    twin.bus_routes = twin::Table::new();
    twin
}

fn with_outage(twin: &Twin, key: &str) -> twin::Outcome {
    let scenario = Scenario { outages: vec![Outage::of(Key::new(key))], ..Scenario::default() };
    let resolved = resolve(twin, &scenario).unwrap();
    run_all(twin, &prepare(twin, &scenario, &Silent), &resolved, &Silent)
}

#[test]
fn the_generated_town_has_power_and_loses_it_with_its_cable() {
    let twin = musterstadt();
    let (_, first) = twin
        .power
        .links()
        .find(|(id, branch)| {
            let (_, to) = twin.power.ends(*id);
            matches!(branch.kind, PowerBranchKind::Line { .. }) && twin.power[to].building.is_some()
        })
        .unwrap();
    let outcome = with_outage(&twin, first.key.as_str());
    let power = outcome.power.unwrap();
    assert!(power.base_status.is_fine() && power.status.is_fine());
    assert!(power.dark_before.is_empty(), "{:?}", power.dark_before);
    assert!(power.base_totals.supplied_mw > 0.5 && power.base_totals.min_vm_pu > 0.9);
    assert!(!power.dark_buses.is_empty() && !power.dark_buildings.is_empty());
    let lost = power.totals.unsupplied_mw;
    assert!(lost > 0.0 && (lost + power.totals.supplied_mw - power.base_totals.supplied_mw).abs() < 1e-9);
    // What feeds is what is drawn and lost on the way.
    let totals = power.totals;
    assert!((totals.feed_mw - totals.supplied_mw - totals.losses_mw).abs() < 1e-6, "{totals:?}");
}

#[test]
fn every_single_failure_of_the_generated_town_is_told() {
    let twin = musterstadt();
    let (rows, findings) = power_n1(&twin, &Scenario::default(), PowerN1::Transformer, &Silent);
    let rows = rows.unwrap();
    assert!(!rows.is_empty() && !findings.has_errors());
    assert!(rows.iter().all(|row| row.status.is_fine()));
}

#[test]
fn an_unknown_asset_is_still_an_error() {
    let twin = musterstadt();
    let scenario = Scenario { outages: vec![Outage::of(Key::new("power_line/none"))], ..Scenario::default() };
    assert_eq!(resolve(&twin, &scenario).unwrap_err().0[0].code, "unknown-asset");
}

#[test]
fn heat_pumps_overload_what_the_day_without_them_carries() {
    let twin = musterstadt();
    let day_with = |share: f64, flexible: f64| {
        let mut scenario = Scenario::default();
        scenario.power.day = true;
        (scenario.power.heat_pumps, scenario.power.flexible) = (share, flexible);
        scenario.assumptions.power_heat_pump_kw = 8.0;
        let power = run(&twin, &scenario, &mut Findings::default()).unwrap();
        power.day.unwrap()
    };
    let (none, all, moved) = (day_with(0.0, 0.0), day_with(1.0, 0.0), day_with(1.0, 1.0));
    assert_eq!((none.owners[0], all.owners[0]), (0, all.n_customers));
    assert_eq!(none.quarters.len(), 96);
    let peak = |day: &twin::outcome::PowerDay| day.quarters.iter().map(|q| q.net_load_mw).fold(0.0, f64::max);
    let energy = |day: &twin::outcome::PowerDay| day.quarters.iter().map(|q| q.net_load_mw).sum::<f64>();
    assert!(peak(&all) > peak(&moved) && peak(&moved) > peak(&none));
    assert!((energy(&all) - energy(&moved)).abs() < 1e-6 * energy(&all));
    let most = |day: &twin::outcome::PowerDay| day.quarters.iter().map(|q| q.max_loading_percent).fold(0.0, f64::max);
    assert!(all.quarters.iter().all(|quarter| quarter.converged), "most {} kW", 1e3 * peak(&all));
    assert!(
        all.overloaded.len() > none.overloaded.len(),
        "{} % {} %, {} kW",
        most(&all),
        most(&none),
        1e3 * peak(&all)
    );
    assert!(all.overloaded.windows(2).all(|pair| pair[0].max_loading_percent >= pair[1].max_loading_percent));
    assert!(all.overloaded.iter().all(|entry| entry.max_loading_percent > 100.0 && entry.n_quarters > 0));
}

#[test]
fn what_a_part_hosts_is_told_for_every_transformer_with_customers() {
    let twin = musterstadt();
    let mut scenario = Scenario::default();
    scenario.assumptions.power_hosting_draws = 2.0;
    scenario.assumptions.power_heat_pump_kw = 30.0;
    let (rows, _) = hosting(&twin, &scenario, &Silent);
    let rows = rows.unwrap();
    let transformers =
        twin.power.links().filter(|(_, b)| matches!(b.kind, PowerBranchKind::Transformer { .. })).count();
    assert!(rows.len() >= 3 && rows.len() <= 3 * (transformers + 1), "{} {transformers}", rows.len());
    for row in &rows {
        let value = |name: &str| row.criteria.iter().find(|(known, _)| *known == name).unwrap().1;
        assert!((value("power.not_hosted_percent") + value("power.hosted_95_percent") - 100.0).abs() < 1e-9);
        assert!(value("power.hosted_median_percent") >= value("power.hosted_95_percent"));
        assert!(value("power.customers") > 0.0);
        assert!(row.status.residual() > 0.0 && row.status.residual() <= 1e-7, "{:?}", row.status);
    }
    // Thirty kilowatts for everybody are too much somewhere, and that is named.
    assert!(
        rows.iter().any(|row| row.name.ends_with("heat_pumps") && row.criteria[0].1 > 0.0 && !row.switching.is_empty())
    );
}
