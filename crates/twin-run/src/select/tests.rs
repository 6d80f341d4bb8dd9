//! Testheim with trips from A to F along the main street and from A to E up the dead end.

use twin::{
    Silent, Twin,
    scenario::{Closure, ClosureKind, RoadTarget},
};

use super::*;
use crate::{
    fixture::{closure, scenario, testheim, with_trips},
    prepare, resolve, run_in_stages,
};

/// The third section of a key such as `way/2` is link 1.
const MAIN: usize = 1;
const RING: usize = 6;

fn solved(closures: Vec<Closure>) -> (Twin, Prepared, Equilibria) {
    let twin = with_trips(testheim(), &[0, 3, 5], &[(0, 1, 100.0), (0, 2, 40.0)]);
    let scenario = scenario(closures);
    let resolved = resolve(&twin, &scenario).unwrap();
    let prepared = prepare(&twin, &scenario, &Silent);
    let equilibria = run_in_stages(&twin, &prepared, &resolved, &Silent, &mut |_, _| {});
    (twin, prepared, equilibria.expect("nobody cancelled"))
}

fn full(key: &str) -> Closure {
    closure(RoadTarget::Key(key.into()), ClosureKind::Full)
}

fn volume(column: &[f64], link: usize) -> f64 {
    column[2 * link] + column[2 * link + 1]
}

#[test]
fn the_trips_of_a_closed_section_are_found_again_on_their_detour() {
    let (_, prepared, equilibria) = solved(vec![full("way/2")]);
    let selected = select_link(&prepared, &equilibria, 0, Id::new(MAIN), None).expect("the hour was computed");
    assert!((selected.base_trips_veh_h - 100.0).abs() < 1e-6 && selected.trips_veh_h == 0.0, "{selected:?}");
    assert!((volume(&selected.base_volume_veh_h, MAIN) - 100.0).abs() < 1e-6);
    assert!((volume(&selected.volume_veh_h, RING) - 100.0).abs() < 1e-6);
    // Those to E drive on, but not over this section.
    assert!((volume(&selected.base_volume_veh_h, 0) - 100.0).abs() < 1e-6);
    let [relation] = selected.relations[..] else { panic!("{:?}", selected.relations) };
    assert_eq!((relation.origin, relation.destination), (0, 1));
    // 600 m instead of 400 m.
    assert!((relation.added_m.expect("there is a way") - 200.0).abs() < 1e-6);
    assert!(relation.added_s.expect("there is a way") > 10.0);
}

#[test]
fn who_has_come_to_a_section_is_asked_where_they_drove_before() {
    let (_, prepared, equilibria) = solved(vec![full("way/2")]);
    let selected = select_link(&prepared, &equilibria, 0, Id::new(RING), None).expect("the hour was computed");
    assert!(selected.base_trips_veh_h == 0.0 && (selected.trips_veh_h - 100.0).abs() < 1e-6, "{selected:?}");
    assert!((volume(&selected.base_volume_veh_h, MAIN) - 100.0).abs() < 1e-6);
    assert!((volume(&selected.volume_veh_h, RING) - 100.0).abs() < 1e-6);
    assert!((selected.relations[0].added_m.expect("there is a way") - 200.0).abs() < 1e-6);
    let other = select_link(&prepared, &equilibria, 0, Id::new(RING), Some((VehicleClass::Car, 0, 2)));
    assert!(other.expect("the hour was computed").relations.is_empty());
}

#[test]
fn trips_without_a_way_have_no_detour_and_are_counted_apart() {
    let (_, prepared, equilibria) = solved(vec![full("way/5")]);
    let selected = select_link(&prepared, &equilibria, 0, Id::new(4), None).expect("the hour was computed");
    assert_eq!(selected.relations.len(), 1);
    assert_eq!((selected.relations[0].added_m, selected.relations[0].added_s), (None, None));
    let changes = time_changes(&prepared, &equilibria, 0).expect("the hour was computed");
    assert!((changes.cut_off_veh_h - 40.0).abs() < 1e-6);
    assert!((changes.trips_veh_h.iter().sum::<f64>() - 100.0).abs() < 1e-6, "{changes:?}");
    assert_eq!(select_link(&prepared, &equilibria, 7, Id::new(4), None), None);
}

#[test]
fn whoever_drives_around_loses_as_much_time_as_the_totals_say() {
    let (_, prepared, equilibria) = solved(vec![full("way/2")]);
    let changes = time_changes(&prepared, &equilibria, 0).expect("the hour was computed");
    let with = equilibria.with[0].as_ref().expect("the closure changes paths");
    let hours =
        with.totals(&prepared.streets).vehicle_hours - prepared.hours[0].base.totals(&prepared.streets).vehicle_hours;
    assert!((changes.lost_min - changes.won_min - 60.0 * hours).abs() < 1e-6, "{changes:?} {hours}");
    // 200 m more are 14 s: hardly anybody notices that; with a signal on the way around all do.
    assert!((changes.trips_veh_h[5] - 140.0).abs() < 1e-6, "{changes:?}");
    let half = closure(RoadTarget::Key("way/7".into()), ClosureKind::Half);
    let (_, prepared, equilibria) = solved(vec![full("way/2"), Closure { length_m: Some(80.0), ..half }]);
    let changes = time_changes(&prepared, &equilibria, 0).expect("the hour was computed");
    assert!(
        (changes.trips_veh_h[6] - 100.0).abs() < 1e-6 && (changes.trips_veh_h[5] - 40.0).abs() < 1e-6,
        "{changes:?}"
    );
    let (_, prepared, equilibria) = solved(Vec::new());
    let unchanged = time_changes(&prepared, &equilibria, 0).expect("the hour was computed");
    assert!((unchanged.trips_veh_h[5] - 140.0).abs() < 1e-6);
}
