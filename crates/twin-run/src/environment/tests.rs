//! Fuel and noise of runs on drawn towns.

use twin::{
    Scenario, Silent, Twin, criteria,
    outcome::{Environment, environment::NoiseBasis},
    scenario::{Closure, ClosureKind, Scrutiny},
};

use super::*;
use crate::{
    fixture::{closure, scenario, street, testheim, with_trips},
    prepare, resolve, run,
};

/// A to F over Hauptstraße is 400 m, over Ringstraße 600 m.
fn busy() -> Twin {
    with_trips(testheim(), &[0, 3], &[(0, 1, 200.0), (1, 0, 200.0)])
}

fn environment(twin: &Twin, closures: Vec<Closure>, hours: Vec<u8>) -> (Environment, Vec<(&'static str, f64)>) {
    let mut scenario = Scenario { scrutiny: Scrutiny { bands: false, shares: false }, ..scenario(closures) };
    scenario.traffic.hours = hours;
    let resolved = resolve(twin, &scenario).unwrap();
    let outcome = run(twin, &prepare(twin, &scenario, &Silent), &resolved, &Silent);
    let values = criteria::values(&outcome);
    (outcome.environment.unwrap(), values)
}

fn value(values: &[(&'static str, f64)], name: &str) -> f64 {
    values.iter().find(|(known, _)| *known == name).unwrap().1
}

fn site(kind: ClosureKind, from_m: f64, to_m: f64) -> Closure {
    Closure { from_m: Some(from_m), to_m: Some(to_m), ..closure(street("Hauptstraße", None), kind) }
}

#[test]
fn a_longer_way_costs_fuel_and_brings_noise_to_another_street() {
    let twin = busy();
    let (with, values) = environment(&twin, vec![site(ClosureKind::Full, 120.0, 180.0)], vec![16]);
    // 400 cars drive 200 m more: 80 km at some 0.06 l/km and 2.4 kg/l.
    let added = value(&values, "environment.added_co2_kg");
    assert!((5.0..25.0).contains(&added), "{added}");
    let (before, after) = with.sums(|burnt| burnt.fuel_l());
    assert!((after - before - value(&values, "environment.added_fuel_l")).abs() < 1e-12);
    let row = |link: usize| with.links.iter().find(|row| row.link.index() == link).unwrap();
    // Sums over streets are the sums over classes.
    let by_street: f64 = with.links.iter().map(|row| row.co2_kg).sum();
    assert!((by_street - with.sums(|burnt| burnt.co2_kg).1).abs() < 1e-9);
    // Hauptstraße between B and C falls silent, Ringstraße begins to sound.
    let noise = |link: usize| row(link).noise[0].unwrap();
    assert!(noise(1).base_db.is_some() && noise(1).with_db.is_none());
    assert!(noise(6).base_db.is_none() && noise(6).with_db.is_some());
    assert!(row(6).noise[1].is_none());
    let noise = with.noise.as_ref().unwrap();
    assert_eq!(noise.basis, [Some(NoiseBasis::Hours(vec![16])), None]);
    // 400 cars at 50 km/h: 83.44 − 3.98 dB(A) per metre, from the quiet 60 on. The address on Ringstraße alone.
    assert_eq!((noise.louder.len(), row(6).n_louder_3db), (1, 1));
    assert!((noise.louder[0].1[0].unwrap() - 19.46).abs() < 0.05, "{:?}", noise.louder);
    assert_eq!(value(&values, "environment.addresses_louder_3db"), 1.0);
}

#[test]
fn nothing_closed_changes_nothing() {
    let (with, values) = environment(&busy(), Vec::new(), vec![3, 16]);
    assert_eq!(value(&values, "environment.added_co2_kg"), 0.0);
    assert_eq!(value(&values, "environment.addresses_louder_1db"), 0.0);
    assert!(with.links.iter().all(|row| row.noise.iter().flatten().all(|noise| noise.base_db == noise.with_db)));
    assert_eq!(with.noise.unwrap().basis, [Some(NoiseBasis::Hours(vec![16])), Some(NoiseBasis::Hours(vec![3]))]);
    assert_eq!(with.hours.len(), 2);
}

/// Bergweg is a dead end, so that volumes stay. Its second section alternates from 20 m on; on the first one, 100 m long, the stop line is
/// 92, 73, 54, 36 and 22 m away: 0.7, 1.2, 1.7, 2.1 and 2.4 dB louder, 1.66 dB on the mean.
#[test]
fn a_signal_is_heard_before_its_stop_line() {
    let twin = with_trips(testheim(), &[0, 5], &[(0, 1, 100.0), (1, 0, 100.0)]);
    let rise = |control| {
        let half = Closure {
            control,
            from_m: Some(120.0),
            to_m: Some(180.0),
            ..closure(street("Bergweg", None), ClosureKind::Half)
        };
        let (found, _) = environment(&twin, vec![half], vec![16]);
        let noise = found.links.iter().find(|row| row.link.index() == 3).unwrap().noise[0].unwrap();
        noise.with_db.unwrap() - noise.base_db.unwrap()
    };
    for control in [Control::Signal, Control::Flagger] {
        assert!((rise(control) - 1.66).abs() < 0.01, "{}", rise(control));
    }
    assert!(rise(Control::Priority).abs() < 1e-6);
}

#[test]
fn whoever_has_no_way_left_is_not_counted_as_saved() {
    let twin = with_trips(testheim(), &[0, 4], &[(0, 1, 100.0), (1, 0, 100.0)]);
    // Bergweg is a dead end: nobody comes to D any more.
    let shut = Closure { from_m: Some(20.0), to_m: Some(60.0), ..closure(street("Bergweg", None), ClosureKind::Full) };
    let (with, values) = environment(&twin, vec![shut], vec![16]);
    assert!(with.hours[0].base[0].co2_kg > 1.0 && with.hours[0].with[0].co2_kg.abs() < 1e-9);
    assert!(value(&values, "environment.added_co2_kg").abs() < 1e-9);
}

#[test]
fn places_on_an_axis() {
    let twin = testheim();
    let at = point_at(twin.roads.link(Id::new(1)), 50.0);
    assert_eq!((at.x, at.y), (150.0, 0.0));
    let end = point_at(twin.roads.link(Id::new(2)), 900.0);
    assert_eq!((end.x, end.y), (300.0, 0.0));
}
