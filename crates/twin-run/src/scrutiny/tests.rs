//! Bands and shares on drawn towns.

use twin::{
    Scenario, Silent, Twin,
    outcome::{Band, Share},
    scenario::{Closure, ClosureKind, Scrutiny},
};

use crate::{
    fixture::{closure, scenario, street, testheim, with_trips},
    prepare, resolve, run,
};

/// A to F over Hauptstraße is 400 m, over Ringstraße 600 m.
fn busy() -> Twin {
    with_trips(testheim(), &[0, 3, 5], &[(0, 1, 200.0), (1, 0, 200.0), (0, 2, 10.0)])
}

fn outcome(twin: &Twin, scenario: &Scenario) -> twin::Outcome {
    let resolved = resolve(twin, scenario).unwrap();
    let prepared = prepare(twin, scenario, &Silent);
    run(twin, &prepared, &resolved, &Silent)
}

fn site(name: &str, kind: ClosureKind, from_m: f64, to_m: f64) -> Closure {
    Closure { from_m: Some(from_m), to_m: Some(to_m), ..closure(street(name, None), kind) }
}

fn share<'a>(shares: &'a [Share], closure: usize, criterion: &str) -> &'a Share {
    shares.iter().find(|share| share.closure == closure && share.criterion == criterion).unwrap()
}

fn band<'a>(bands: &'a [Band], criterion: &str) -> &'a Band {
    bands.iter().find(|band| band.criterion == criterion).unwrap()
}

/// Either way alone suffices; without both nobody comes from A to F.
#[test]
fn two_works_that_are_harmless_alone_and_fatal_together() {
    let both = scenario(vec![
        site("Hauptstraße", ClosureKind::Full, 120.0, 180.0),
        site("Ringstraße", ClosureKind::Full, 120.0, 180.0),
    ]);
    let outcome = outcome(&busy(), &both);
    let joint: f64 = outcome.traffic.as_ref().unwrap().hours[0].cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum();
    assert!((joint - 400.0).abs() < 11.0, "{joint}");
    for closure in 0..2 {
        let share = share(&outcome.shares, closure, "traffic.cut_off_trips");
        assert!(share.alone.abs() < 1e-9 && (share.marginal - joint).abs() < 1e-9, "{share:?}");
    }
}

/// Streets that have nothing to do with each other: the joint effect is the sum, and each adds what it does alone.
#[test]
fn works_without_a_common_trip_add_up() {
    let both = scenario(vec![
        site("Hauptstraße", ClosureKind::Half, 120.0, 180.0),
        site("Bergweg", ClosureKind::Half, 20.0, 60.0),
    ]);
    let outcome = outcome(&busy(), &both);
    let main = share(&outcome.shares, 0, "traffic.added_vehicle_hours");
    assert!(main.alone > 0.0 && (main.marginal - main.alone).abs() < 0.02 * main.alone, "{main:?}");
    // One closure alone has no shares; nor has a scenario that does not want them.
    let mut one = scenario(vec![site("Hauptstraße", ClosureKind::Half, 120.0, 180.0)]);
    assert!(self::outcome(&busy(), &one).shares.is_empty());
    one.closures.push(site("Bergweg", ClosureKind::Half, 20.0, 60.0));
    one.scrutiny = Scrutiny { shares: false, bands: false };
    let without = self::outcome(&busy(), &one);
    assert!(without.shares.is_empty() && without.bands.is_empty());
}

#[test]
fn bands_hold_the_figure_and_name_what_moves_it() {
    let one = scenario(vec![site("Hauptstraße", ClosureKind::Half, 120.0, 180.0)]);
    let first = outcome(&busy(), &one);
    for band in &first.bands {
        assert!(band.low.0 <= band.value && band.value <= band.high.0, "{band:?}");
        assert_eq!(band.low.0 < band.value, !band.low.1.is_empty(), "{band:?}");
    }
    let hours = band(&first.bands, "traffic.added_vehicle_hours");
    assert!(hours.low.0 < hours.value && hours.value < hours.high.0, "{hours:?}");
    assert!(band(&first.bands, "environment.added_co2_kg").high.0 > 0.0);
    let wait = band(&first.bands, "traffic.alternation_delay_s");
    assert!(wait.high.0 > wait.low.0);
    // The same bits again, whatever the threads did.
    assert_eq!(first.bands, outcome(&busy(), &one).bands);
    assert!(outcome(&busy(), &scenario(Vec::new())).bands.is_empty());
}
