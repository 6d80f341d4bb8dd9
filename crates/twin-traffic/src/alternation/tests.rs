//! Formulas of alternating sections against figures worked out beforehand.

use super::*;

fn near(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
}

#[test]
fn clearance_times_of_practice() {
    assert_eq!([50.0, 100.0, 200.0, 300.0].map(clearance_s), [10.0, 15.0, 25.0, 35.0]);
    assert_eq!(bicycle_clearance_s(100.0), 25.0);
}

/// Length, volumes, cycle, greens, capacities, delays, worked out beforehand.
#[test]
fn six_signal_plans() {
    type Row = (f64, [f64; 2], Option<f64>, [f64; 2], [f64; 2], [f64; 2]);
    let rows: [Row; 6] = [
        (50.0, [300.0, 300.0], Some(60.0), [20.0, 20.0], [666.7, 666.7], [17.89, 17.89]),
        (100.0, [300.0, 300.0], Some(90.0), [30.0, 30.0], [666.7, 666.7], [25.73, 25.73]),
        (100.0, [400.0, 200.0], Some(90.0), [40.0, 20.0], [888.9, 444.4], [19.02, 33.55]),
        (100.0, [300.0, 300.0], None, [20.7, 20.7], [580.0, 580.0], [24.49, 24.49]),
        (200.0, [300.0, 300.0], Some(120.0), [35.0, 35.0], [583.3, 583.3], [38.67, 38.67]),
        (300.0, [300.0, 300.0], Some(180.0), [55.0, 55.0], [611.1, 611.1], [53.89, 53.89]),
    ];
    for (length_m, volume, cycle, green, capacity, delay) in rows {
        let found = signal(length_m, volume, cycle);
        for i in 0..2 {
            near(found.green_s[i], green[i], 0.05);
            near(found.capacity_veh_h[i], capacity[i], 0.05);
            near(found.delay_s[i], delay[i], 0.005);
        }
    }
    near(signal(100.0, [300.0, 300.0], None).cycle_s, 71.43, 0.005);
}

fn section(length_m: f64, control: Control, bicycles: Option<Bicycles>) -> Section {
    Section {
        arcs: [Vec::new(), Vec::new()],
        length_m,
        control,
        cycle_s: None,
        waits: 1,
        bicycles,
        practice: Practice::default(),
    }
}

/// The law of flaggers meets the published table when more come than can pass.
#[test]
fn stop_go_boards_of_the_uk_within_2_1_percent() {
    for (length_m, published) in [(100.0, 1400.0), (200.0, 1250.0), (300.0, 1050.0), (400.0, 950.0), (500.0, 850.0)] {
        let busy = flagger(length_m, [published, published]);
        let found: f64 = busy.capacity_veh_h.iter().sum();
        near(found, uk_stop_go_veh_h(length_m), 1e-9);
        let off = (found - published).abs() / published;
        assert!(off <= 0.0215, "{length_m} m: {off}");
        let (_, green_s) = Timing::of(&section(length_m, Control::Flagger, None)).plan([published; 2], None);
        near(green_s[0], 70.0, 1e-9);
    }
}

/// By hand: 80 m, 3.5 + 11.76 = 15.26 s per change; 200 + 200 of 1800: (1.5 · 30.53 + 5) / (1 − 0.2222) = 65.3 s.
#[test]
fn flaggers_change_more_often_when_little_comes() {
    let calm = flagger(80.0, [200.0, 200.0]);
    near(calm.cycle_s, 65.31, 0.02);
    near(calm.green_s[0], 17.39, 0.02);
    assert!(calm.delay_s[0] < flagger(80.0, [600.0, 600.0]).delay_s[0]);
    let uneven = flagger(80.0, [3000.0, 1000.0]);
    near(uneven.green_s[0], 105.0, 1e-9);
}

#[test]
fn bicycles_that_ride_along_lengthen_the_clearance() {
    let clearance = |length_m, bicycles| Timing::of(&section(length_m, Control::Signal, bicycles)).clearance_s;
    assert_eq!(clearance(100.0, None), 15.0);
    assert_eq!(clearance(100.0, Some(Bicycles::Aside)), 15.0);
    assert_eq!(clearance(100.0, Some(Bicycles::With)), 26.0);
    assert_eq!(clearance(10.0, Some(Bicycles::With)), 6.0);
    let told = |bicycles| {
        let section = section(100.0, Control::Signal, bicycles);
        let found = signal(100.0, [100.0, 100.0], None);
        warnings(&section, &found).iter().any(|finding| finding.code == "bicycle-clearance")
    };
    assert!(told(None) && !told(Some(Bicycles::Aside)) && !told(Some(Bicycles::With)));
}

#[test]
fn webster_stays_within_bounds() {
    assert_eq!(webster_cycle_s(20.0, [0.0, 0.0]), 35.0);
    assert_eq!(webster_cycle_s(8.0, [0.0, 0.0]), 30.0);
    assert_eq!(webster_cycle_s(20.0, [900.0, 900.0]), 300.0);
    assert_eq!(webster_cycle_s(20.0, [5000.0, 0.0]), 300.0);
    assert_eq!(webster_cycle_s(400.0, [0.0, 0.0]), 410.0);
}

#[test]
fn a_priority_sign_is_admissible_where_short_and_calm() {
    let codes = |length_m, volume| {
        let section = section(length_m, Control::Priority, None);
        warnings(&section, &priority(length_m, volume, 1)).iter().map(|finding| finding.code).collect::<Vec<_>>()
    };
    assert!(codes(30.0, [250.0, 250.0]).is_empty());
    assert_eq!(codes(50.0, [100.0, 100.0]), ["priority-too-long"]);
    assert_eq!(codes(30.0, [300.0, 201.0]), ["priority-too-busy"]);
}

#[test]
fn worked_example_of_a_queue() {
    let queue = deterministic_queue(800.0, 2000.0 / 3.0, 2.0, 1800.0);
    near(queue.queue_veh, 266.7, 0.05);
    near(queue.delay_veh_h, 302.2, 0.05);
    near(queue.clearing_h, 0.267, 0.0005);
    assert_eq!(deterministic_queue(500.0, 600.0, 2.0, 1800.0).queue_veh, 0.0);
    assert_eq!(deterministic_queue(800.0, 600.0, 1.0, 800.0).clearing_h, f64::INFINITY);
}

#[test]
fn plans_stay_possible_at_any_volume() {
    for volume in [[0.0, 0.0], [5000.0, 5000.0], [1e6, 0.0], [0.0, 1.0]] {
        for length_m in [0.0, 10.0, 500.0, 5000.0] {
            for cycle_s in [None, Some(1.0), Some(f64::NAN), Some(90.0)] {
                let found = signal(length_m, volume, cycle_s);
                assert!(found.green_s.iter().all(|green_s| *green_s >= GREEN_MIN_S - 1e-9), "{found:?}");
                assert!(found.delay_s.iter().chain(&found.queue_veh).all(|value| value.is_finite() && *value >= 0.0));
                let boards = flagger(length_m, volume);
                assert!(boards.delay_s.iter().all(|value| value.is_finite() && *value >= 0.0), "{boards:?}");
                let sign = priority(length_m, volume, 1);
                assert!(sign.delay_s.iter().all(|value| value.is_finite() && *value >= 0.0), "{sign:?}");
            }
        }
    }
}

/// By hand: 30 m, 36 m at 8.33 m/s = 4.32 s, critical gap 11.64 s; 200 veh/h oncoming: 1440 · exp(−200/3600 · 10.39) = 808.5 veh/h.
#[test]
fn who_waits_at_a_sign_passes_in_gaps() {
    let sign = priority(30.0, [200.0, 150.0], 1);
    near(sign.capacity_veh_h[1], 808.5, 0.5);
    assert!(sign.delay_s[1] > sign.delay_s[0]);
    let busy = priority(30.0, [600.0, 150.0], 1);
    assert!(busy.capacity_veh_h[1] < sign.capacity_veh_h[1]);
}
