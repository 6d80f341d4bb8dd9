//! Runs on drawn towns.

use twin::{Id, Key, Silent, road::Arc, scenario::ClosureKind, transit::BusRoute};

use super::*;
use crate::{
    fixture::{closure, scenario, street, testheim, town, with_trips},
    prepare, resolve,
};

fn outcome(twin: &Twin, closures: Vec<twin::scenario::Closure>) -> Outcome {
    let scenario = scenario(closures);
    let resolved = resolve(twin, &scenario).unwrap();
    let prepared = prepare(twin, &scenario, &Silent);
    assert!(prepared.fits(&scenario));
    run(twin, &prepared, &resolved, &Silent)
}

/// A to F over Hauptstraße is 400 m, over Ringstraße 600 m.
fn busy() -> Twin {
    with_trips(testheim(), &[0, 3, 5], &[(0, 1, 200.0), (1, 0, 200.0), (0, 2, 10.0)])
}

#[test]
fn the_base_case_changes_nothing() {
    let outcome = outcome(&busy(), Vec::new());
    let traffic = outcome.traffic.unwrap();
    let hour = &traffic.hours[0];
    assert!(hour.status.is_fine());
    assert_eq!(hour.base, hour.with);
    assert_eq!(hour.totals, hour.base_totals);
    assert!((hour.totals.trips_veh_h - 410.0).abs() < 1e-6);
    assert!(traffic.closures.is_empty() && traffic.cut_off_addresses.is_empty() && hour.detours.is_empty());
}

#[test]
fn a_full_closure_sends_everybody_around() {
    let twin = busy();
    let outcome =
        outcome(&twin, vec![closure(street("Hauptstraße", Some(["Bergweg", "Ringstraße"])), ClosureKind::Full)]);
    let traffic = outcome.traffic.unwrap();
    // From Bergweg to Ringstraße the shorter stretch is A–B.
    assert_eq!(traffic.closures[0].sections.len(), 1);
    let hour = &traffic.hours[0];
    assert!(
        (traffic.closures[0].base_volume_veh_h[0] - 410.0).abs() < 1.0,
        "{:?}",
        traffic.closures[0].base_volume_veh_h
    );
    for direction in Direction::BOTH {
        assert!(hour.with.volume_veh_h[Arc::new(Id::new(0), direction).index()] < 1e-9);
        assert!((hour.with.volume_veh_h[Arc::new(Id::new(6), direction).index()] - 200.0).abs() < 10.1);
    }
    assert!((hour.totals.vehicle_km - hour.base_totals.vehicle_km - (400.0 * 0.2 + 10.0 * 0.6)).abs() < 0.5);
    let detoured: f64 = hour.detours.iter().map(|detour| detour.trips_veh_h).sum();
    assert!((detoured - 410.0).abs() < 1.0, "{detoured}");
    assert!((hour.detours[0].added_distance_m - 200.0).abs() < 1.0);
    assert_eq!(twin.roads.link(hour.detours[0].arcs[0].link).name.as_deref(), Some("Ringstraße"));
}

#[test]
fn a_half_closure_alternates_and_keeps_the_trips() {
    let twin = busy();
    let mut half = closure(street("Hauptstraße", None), ClosureKind::Half);
    half.length_m = Some(80.0);
    let outcome = outcome(&twin, vec![half]);
    let traffic = outcome.traffic.unwrap();
    let alternation = traffic.closures[0].alternation[0];
    assert!(alternation.capacity_veh_h.iter().all(|&capacity| capacity > 100.0));
    assert!(alternation.clearance_s >= 12.0 && alternation.cycle_s > 0.0);
    let hour = &traffic.hours[0];
    assert!((hour.totals.trips_veh_h - hour.base_totals.trips_veh_h).abs() < 1e-6);
    assert!(hour.totals.vehicle_hours > hour.base_totals.vehicle_hours);
    assert!(traffic.cut_off_addresses.is_empty() && hour.cut_off_trips.is_empty());
}

/// ```text
///  A ─ B ──Brücke── C ─ D
/// ```
#[test]
fn the_only_bridge_splits_the_town_and_counts_the_trips() {
    let twin = with_trips(
        town(
            &[("A", 0.0, 0.0), ("B", 100.0, 0.0), ("C", 200.0, 0.0), ("D", 300.0, 0.0), ("E", 0.0, 80.0)],
            &[
                ("A", "B", "Altstadt", 1, 1),
                ("B", "C", "Brücke", 1, 1),
                ("C", "D", "Neustadt", 1, 1),
                ("A", "E", "Gasse", 1, 1),
            ],
        ),
        &[0, 3],
        &[(0, 1, 30.0), (1, 0, 20.0)],
    );
    let outcome = outcome(&twin, vec![closure(street("Brücke", None), ClosureKind::Full)]);
    let traffic = outcome.traffic.unwrap();
    assert_eq!(traffic.hours[0].cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum::<f64>(), 50.0);
    assert!(traffic.hours[0].totals.trips_veh_h.abs() < 1e-9);
    let split = outcome.findings.iter().find(|finding| finding.code == "network-split").unwrap();
    assert!(split.message.contains("50.0 veh/h have no way left"), "{}", split.message);
}

#[test]
fn bus_lines_on_a_closed_street_are_named() {
    let mut twin = busy();
    twin.bus_routes.push(BusRoute {
        key: Key::new("relation/1"),
        line: Some("351".to_owned()),
        name: None,
        operator: None,
        arcs: vec![Arc::new(Id::new(0), Direction::Forward), Arc::new(Id::new(1), Direction::Forward)],
        stops: Vec::new(),
        departures_per_day: None,
    });
    let full = closure(street("Hauptstraße", None), ClosureKind::Full);
    let mut exempt = full.clone();
    exempt.exempt = Modes::BUS;
    let blocked = outcome(&twin, vec![full]);
    assert!(blocked.findings.iter().any(|f| f.code == "bus-line-blocked" && f.message.contains("351")));
    assert_eq!(blocked.traffic.unwrap().affected_bus_routes.len(), 1);
    assert!(!outcome(&twin, vec![exempt]).findings.iter().any(|f| f.code == "bus-line-blocked"));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let twin = busy();
    let mut half = closure(street("Hauptstraße", None), ClosureKind::Half);
    half.length_m = Some(80.0);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| outcome(&twin, vec![half.clone()]))
    };
    assert_eq!(with(1), with(7));
}
