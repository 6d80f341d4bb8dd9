//! The generated town without electricity at its pumps.

use twin::{Key, Silent, outcome::Coupling, utility::PowerBranchKind};

use super::*;
use crate::{prepare, resolve, run};

fn musterstadt() -> Twin {
    let options = twin_musterstadt::Options { population: 2_000, seed: 3 };
    let mut twin = twin_musterstadt::generate(&options, &Silent).unwrap();
    twin.roads = twin::road::RoadNetwork::new();
    twin.restrictions.clear();
    twin.demand = None;
    twin.bus_routes = twin::Table::new();
    twin
}

fn without(twin: &Twin, assets: &[Key], duration_s: f64) -> (Option<Coupling>, twin::Outcome) {
    let outages = assets.iter().map(|asset| Outage::of(asset.clone())).collect();
    let mut scenario = Scenario { outages, ..Scenario::default() };
    scenario.water.duration_s = Some(duration_s);
    let resolved = resolve(twin, &scenario).unwrap();
    let outcome = run(twin, &prepare(twin, &scenario, &Silent), &resolved, &Silent);
    (outcome.coupling.clone(), outcome)
}

fn transformers(twin: &Twin) -> Vec<Key> {
    let is_transformer = |kind: &PowerBranchKind| matches!(kind, PowerBranchKind::Transformer { .. });
    twin.power
        .links()
        .filter(|(_, branch)| is_transformer(&branch.kind))
        .map(|(_, branch)| branch.key.clone())
        .collect()
}

#[test]
fn a_dark_substation_stops_its_pumps_until_the_tank_is_empty() {
    let twin = musterstadt();
    let n_pumps = twin.water.links().filter(|(_, link)| matches!(link.kind, WaterLinkKind::Pump { .. })).count();
    assert!(n_pumps > 0);
    let all = transformers(&twin);
    let three_days_s = 3.0 * 86_400.0;
    let (coupling, outcome) = without(&twin, &all, three_days_s);
    let coupling = coupling.unwrap();
    assert_eq!(coupling.pumps.len(), n_pumps);
    assert_eq!(coupling.simulated_h, 72.0);
    // A tank holds a day's demand, not three.
    assert!(coupling.customers_without_water > 0, "{coupling:?}");
    let customers = f64::from(coupling.customers_without_water);
    assert!(coupling.customer_hours_without_water > 0.0 && coupling.customer_hours_without_water <= 72.0 * customers);
    assert!(outcome.findings.iter().any(|finding| finding.code == "pump-without-power"));
    let water = outcome.water.unwrap();
    assert!(water.affected.len() >= coupling.customers_without_water as usize);
    // Behind the empty tank there is no pressure to tell of, and nothing is served.
    let last = water.times.last().unwrap();
    assert!(last.pressure_m.iter().all(|pressure_m| *pressure_m > -100.0));
    let cut_off = last.supply.iter().zip(&last.served_m3_s).filter(|(supply, _)| **supply == Supply::CutOff);
    assert!(cut_off.clone().count() > 0 && cut_off.clone().all(|(_, served)| *served == 0.0));
    // Only the substations that pumps hang on stop them: with all the others dark, pumps go on.
    let mut n_stopping = 0;
    for transformer in &all {
        let (coupling, _) = without(&twin, std::slice::from_ref(transformer), 0.0);
        n_stopping += usize::from(coupling.is_some());
    }
    assert!(n_stopping >= 1 && n_stopping <= n_pumps && (all.len() == 1 || n_stopping < all.len()), "{n_stopping}");
}

#[test]
fn without_dark_buses_or_beyond_reach_nothing_is_coupled() {
    let twin = musterstadt();
    assert_eq!(without(&twin, &[], 0.0).0, None);
    let mut scenario = Scenario::default();
    scenario.assumptions.power_pump_reach_m = 0.0;
    scenario.outages = transformers(&twin).into_iter().map(Outage::of).collect();
    let power = crate::power::run(&twin, &scenario, &mut Findings::default());
    assert!(!power.as_ref().unwrap().dark_buses.is_empty());
    assert!(pumps_without_power(&twin, &scenario, power.as_ref()).is_empty());
}

/// Two outages for three hours, water steady: nothing is simulated, and the outcome says so. A day later than simulated, the
/// findings name the pump and what fed it, not an outage that no file has.
#[test]
fn pumps_without_power_are_told_by_name() {
    let twin = musterstadt();
    let timed = |begin_s: u64, duration_s: f64| {
        let outage = |asset: Key| Outage { begin_s: Some(begin_s), end_s: Some(begin_s + 10_800), ..Outage::of(asset) };
        let mut scenario =
            Scenario { outages: transformers(&twin).into_iter().map(outage).collect(), ..Scenario::default() };
        scenario.water.duration_s = Some(duration_s);
        let resolved = resolve(&twin, &scenario).unwrap();
        run(&twin, &prepare(&twin, &scenario, &Silent), &resolved, &Silent)
    };
    let outcome = timed(0, 0.0);
    assert_eq!((outcome.water.unwrap().simulated_s, outcome.coupling.unwrap().simulated_h), (0, 0.0));
    let outcome = timed(90_000, 7200.0);
    let late: Vec<_> = outcome.findings.iter().filter(|finding| finding.code == "outage-after-end").collect();
    assert_eq!(late.len(), outcome.coupling.unwrap().pumps.len());
    for finding in late {
        assert!(finding.field.is_none() && finding.message.starts_with("power_bus/"), "{finding:?}");
        assert!(finding.key.as_ref().is_some_and(|key| key.as_str().starts_with("water_pump/")), "{finding:?}");
    }
}
