//! The sweep over streets on a real town: its rows are those of runs from nothing. Needs the data folder (`STADTWIN_DATA`).

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::data;
use twin::{
    Id, Key, Scenario, Silent, SweepRow, Twin,
    road::{Arc, Direction, Modes, RoadLink},
};
use twin_run::{Prepared, ROAD_CRITERIA};
use twin_traffic::{
    equilibrium, query,
    street::{ArcChange, Overlay},
};

const GAP: f64 = 1e-7;

/// Volume of both directions before.
fn volume_veh_h(prepared: &Prepared, link: Id<RoadLink>) -> f64 {
    let base = &prepared.hours[0].base;
    Direction::BOTH
        .iter()
        .filter_map(|&direction| prepared.streets.position(Arc::new(link, direction)))
        .map(|arc| base.volume_veh_h.iter().map(|volume| volume[arc]).sum::<f64>())
        .sum()
}

/// Ten of the sections that more than 30 vehicles use, drawn by a seed.
fn drawn(twin: &Twin, prepared: &Prepared) -> Vec<Id<RoadLink>> {
    let used: Vec<Id<RoadLink>> =
        twin.roads.links().map(|(id, _)| id).filter(|&id| volume_veh_h(prepared, id) > 30.0).collect();
    assert!(used.len() > 100, "a town has streets with traffic: {}", used.len());
    let mut state = 20_261_122_u64;
    let mut chosen = BTreeSet::new();
    while chosen.len() < 10 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        chosen.insert(used[(state >> 33) as usize % used.len()]);
    }
    chosen.into_iter().collect()
}

/// Added vehicle-hours of those who still arrive, with the section closed, solved from empty streets.
fn cold_added_vehicle_hours(prepared: &Prepared, scenario: &Scenario, link: Id<RoadLink>) -> f64 {
    let hour = &prepared.hours[0];
    let closed = Direction::BOTH.map(|direction| Arc::new(link, direction));
    let overlay = Overlay {
        changes: closed
            .into_iter()
            .filter(|&arc| prepared.streets.position(arc).is_some())
            .map(|arc| ArcChange::closed(arc, Modes::CAR.union(Modes::TRUCK)))
            .collect(),
    };
    let cold = equilibrium::solve(&prepared.streets, &hour.trips, &overlay, &scenario.traffic, None, &Silent);
    assert!(cold.status.is_fine());
    let of_cut_off = query::totals_of_cut_off(&prepared.streets, &hour.base, &cold).vehicle_hours;
    cold.totals(&prepared.streets).vehicle_hours - (hour.base.totals(&prepared.streets).vehicle_hours - of_cut_off)
}

#[test]
fn ten_rows_of_the_sweep_over_lauf_equal_ten_cold_runs() {
    let Some(data) = data() else { return };
    let options = twin_io::ImportOptions { epsg: None, name: None };
    let twin = twin_io::import(&[data.join("osm/lauf_pegnitz_2020.osm.pbf")], &options, &Silent)
        .unwrap_or_else(|findings| panic!("{findings}"))
        .twin;
    let mut scenario = Scenario::default();
    scenario.traffic.relative_gap = GAP;
    let prepared = twin_run::prepare(&twin, &scenario, &Silent);
    assert!(prepared.is_exact());
    let chosen = drawn(&twin, &prepared);
    // All other rows count as known, as in a sweep that goes on.
    let known: BTreeMap<Key, SweepRow> = twin
        .roads
        .links()
        .filter(|(id, _)| !chosen.contains(id))
        .map(|(_, link)| {
            let values = vec![Some(0.0); ROAD_CRITERIA.len()];
            let (key, status) = (link.key.clone(), "unchanged".to_owned());
            (link.key.clone(), SweepRow { key, name: None, rank: 0, status, measure: None, values })
        })
        .collect();
    let sweep = twin_run::sweep_roads(&twin, &prepared, &scenario, &known, &Silent, &|_| ());
    assert_eq!(ROAD_CRITERIA[0], "traffic.added_vehicle_hours");
    let driven_veh_h = prepared.hours[0].base.totals(&prepared.streets).vehicle_hours;
    for &link in &chosen {
        let key = &twin.roads.link(link).key;
        let row = sweep.rows.iter().find(|row| row.key == *key).expect("because every section has a row");
        assert_eq!(row.status, "converged", "{key}");
        let warm = row.values[0].expect("because every criterion of a street is known");
        let cold = cold_added_vehicle_hours(&prepared, &scenario, link);
        // Two equilibria of one gap may differ by more than the gap of what is driven: volumes move by its root.
        assert!(
            (warm - cold).abs() <= 100.0 * GAP * driven_veh_h,
            "{key}: {warm} in the sweep, {cold} from nothing, of {driven_veh_h}"
        );
    }
}
