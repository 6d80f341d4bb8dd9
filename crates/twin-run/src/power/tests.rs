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
    let scenario = Scenario { outages: vec![Outage { asset: Key::new(key) }], ..Scenario::default() };
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
    let scenario = Scenario { outages: vec![Outage { asset: Key::new("power_line/none") }], ..Scenario::default() };
    assert_eq!(resolve(&twin, &scenario).unwrap_err().0[0].code, "unknown-asset");
}
