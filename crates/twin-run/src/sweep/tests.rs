//! Sweeps over a drawn town.

use std::sync::{Mutex, atomic};

use twin::{Silent, criteria, scenario::ClosureKind};

use super::*;
use crate::{
    fixture::{closure, scenario, testheim, with_trips},
    prepare, resolve, run,
};

/// A to F over Hauptstraße is 400 m, over Ringstraße 600 m; E lies at the end of Bergweg, a dead end.
fn busy() -> Twin {
    with_trips(testheim(), &[0, 3, 5], &[(0, 1, 200.0), (1, 0, 200.0), (0, 2, 10.0)])
}

fn swept(twin: &Twin, known: &BTreeMap<Key, SweepRow>, watch: &dyn Watch) -> (Sweep, Vec<SweepRow>) {
    let scenario = scenario(Vec::new());
    let prepared = prepare(twin, &scenario, &Silent);
    let told = Mutex::new(Vec::new());
    let sweep = sweep_roads(twin, &prepared, &scenario, known, watch, &|row| told.lock().unwrap().push(row.clone()));
    (sweep, told.into_inner().unwrap())
}

#[test]
fn every_row_is_what_a_run_of_that_closure_gives() {
    let twin = busy();
    let (sweep, told) = swept(&twin, &BTreeMap::new(), &Silent);
    assert!(sweep.complete);
    assert_eq!(sweep.rows.len(), twin.roads.n_links());
    assert_eq!(told.len(), sweep.rows.len());
    for row in &sweep.rows {
        let alone = scenario(vec![closure(RoadTarget::Key(row.key.clone()), ClosureKind::Full)]);
        let prepared = prepare(&twin, &alone, &Silent);
        let outcome = run(&twin, &prepared, &resolve(&twin, &alone).unwrap(), &Silent);
        let values = criteria::values(&outcome);
        for (name, value) in sweep.criteria.iter().zip(&row.values) {
            let expected = values.iter().find(|(known, _)| known == name).unwrap().1;
            assert_eq!(*value, Some(expected), "{} of {}", name, row.key);
        }
    }
}

#[test]
fn the_main_street_ranks_before_the_dead_end_and_the_dead_end_cuts_off() {
    let (sweep, _) = swept(&busy(), &BTreeMap::new(), &Silent);
    let row = |key: &str| sweep.rows.iter().find(|row| row.key.as_str() == key).unwrap();
    let value = |key: &str, name: &str| {
        row(key).values[sweep.criteria.iter().position(|known| *known == name).unwrap()].unwrap()
    };
    // way/2 is Hauptstraße between B and C, way/5 the end of Bergweg.
    assert!(value("way/2", "traffic.added_vehicle_hours") > 0.5);
    assert!(row("way/2").rank < row("way/5").rank);
    assert_eq!(value("way/5", "traffic.cut_off_trips"), 10.0);
    assert!(value("way/5", "traffic.cut_off_addresses") > 0.0);
    // Whoever still arrives loses nothing; ten vehicles less make it a little easier for the others.
    let added = value("way/5", "traffic.added_vehicle_hours");
    assert!(added <= 1e-6 && added > -0.2, "{added}");
}

#[test]
fn a_stopped_sweep_resumes_with_the_same_bits() {
    let twin = busy();
    let (whole, _) = swept(&twin, &BTreeMap::new(), &Silent);
    let after = StopsAfter(atomic::AtomicU32::new(12));
    let (part, told) = swept(&twin, &BTreeMap::new(), &after);
    assert!(!part.complete && part.rows.len() < whole.rows.len());
    assert!(part.findings.iter().any(|finding| finding.code == "sweep-stopped"));
    let known = told.into_iter().map(|row| (row.key.clone(), row)).collect();
    let (resumed, new) = swept(&twin, &known, &Silent);
    assert_eq!(resumed, whole);
    assert_eq!(new.len() + known.len(), whole.rows.len());
}

/// Cancels after so many questions.
struct StopsAfter(atomic::AtomicU32);

impl Watch for StopsAfter {
    fn is_cancelled(&self) -> bool {
        self.0.fetch_update(atomic::Ordering::SeqCst, atomic::Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    }
}
