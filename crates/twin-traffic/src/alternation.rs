//! Half-sided closures: one lane stays and is used alternately, by a temporary signal or by a priority sign.
//!
//! # Model
//! *Signal*: the clearance time per change is the yellow time and the drive of the last vehicle through the work site; the
//! rest of the cycle is green and is split by volume; the cycle is given or after Webster. Mean delay after the Highway
//! Capacity Manual: `d1` for a regular flow plus `d2` for its scatter and for what exceeds capacity.
//! *Priority sign*: who must wait enters in gaps of the oncoming flow that are long enough for the last oncoming vehicle to
//! leave and for oneself to pass (Siegloch's capacity of a gap-acceptance process).
//!
//! Inside the equilibrium the waiting is the cost of the first arc of the work site in each direction: `d1` as a fixed delay and
//! `d2` as a volume-delay function of the same form (Akçelik's with j = 1/2 is `d2` exactly). [`solve`] alternates between
//! splitting the green by the volumes and solving for the volumes, from outside.
//!
//! # Assumptions
//! Vehicles arrive at random and steadily for an hour. Traffic that joins between the two ends of the work site does not wait.
//!
//! # Units
//! Metres, seconds, vehicles per hour; inside an equilibrium passenger-car equivalents per hour.
//!
//! # References
//! Richtlinien für Lichtsignalanlagen (RiLSA), FGSV: clearance. F. V. Webster, Traffic signal settings, Road Research Technical
//! Paper 39, 1958: cycle. Highway Capacity Manual 2000, eq. 16-9 to 16-12 (signal), 17-38 (sign): delay. W. Siegloch, Die
//! Leistungsermittlung an Knotenpunkten ohne Lichtsignalsteuerung, Straßenbau und Straßenverkehrstechnik 154, 1973.

mod balance;

use twin::{
    Finding, Findings,
    outcome::{Alternation, signal::AMBER_S},
    road::Arc,
    scenario::Control,
};

pub use balance::{reroute, solve, solve_from};

/// Length of the vehicle that clears.
const VEHICLE_M: f64 = 6.0;
/// Speed at which it clears.
const CLEARING_M_S: f64 = 10.0;
/// Speed at which a bicycle clears.
const BICYCLE_M_S: f64 = 4.0;
/// Shortest green time.
const GREEN_MIN_S: f64 = 5.0;
/// Bounds of a cycle that nobody gave.
const CYCLE_S: (f64, f64) = (30.0, 300.0);
/// Saturation flow: one vehicle in 1.8 s.
const SATURATION_VEH_H: f64 = 2000.0;
/// Period of the delay formulas.
const PERIOD_H: f64 = 1.0;
/// Speed past a priority sign.
const SIGN_M_S: f64 = 30.0 / 3.6;
/// Margin that a waiting driver wants beyond the time of driving through both ways.
const SIGN_MARGIN_S: f64 = 3.0;
/// Time between two vehicles that use the same gap.
const SIGN_FOLLOW_S: f64 = 2.5;
/// Longest work site that practice leaves to a priority sign.
const SIGN_LENGTH_MAX_M: f64 = 50.0;
/// Greatest volume of both directions that practice leaves to a priority sign.
const SIGN_VOLUME_MAX_VEH_H: f64 = 500.0;

/// A section used alternately.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    /// Arcs of the work site in driving order: along the closure's section, and against it.
    pub arcs: [Vec<Arc>; 2],
    /// Length between the stop lines, metres.
    pub length_m: f64,
    /// Signal or sign.
    pub control: Control,
    /// Cycle time, seconds; by Webster where absent.
    pub cycle_s: Option<f64>,
    /// Which direction must wait at a priority sign: 0 along, 1 against. That whose lane is closed.
    pub waits: usize,
}

/// Clearance time per change of the signal: ⌈4 + (L + 6) / 10⌉ seconds.
#[must_use]
pub fn clearance_s(length_m: f64) -> f64 {
    (AMBER_S + (length_m.max(0.0) + VEHICLE_M) / CLEARING_M_S).ceil()
}

/// Time in which a bicycle leaves the work site: L / 4 m/s.
#[must_use]
pub fn bicycle_clearance_s(length_m: f64) -> f64 {
    length_m.max(0.0) / BICYCLE_M_S
}

/// Webster's cycle, (1.5 · lost + 5) / (1 − Y) seconds, between 30 and 300 s and with room for two shortest greens.
#[must_use]
pub fn webster_cycle_s(lost_s: f64, volume_veh_h: [f64; 2]) -> f64 {
    let ratio = (volume_veh_h[0] + volume_veh_h[1]) / SATURATION_VEH_H;
    let cycle_s = if ratio < 1.0 { (1.5 * lost_s + 5.0) / (1.0 - ratio) } else { f64::INFINITY };
    cycle_s.clamp(CYCLE_S.0, CYCLE_S.1).max(lost_s + 2.0 * GREEN_MIN_S)
}

/// Signal plan for volumes: cycle and green times. A given cycle that is too short is lengthened to its losses and two
/// shortest greens.
#[must_use]
pub fn signal_plan(length_m: f64, volume_veh_h: [f64; 2], cycle_s: Option<f64>) -> (f64, [f64; 2]) {
    let lost_s = 2.0 * clearance_s(length_m);
    let cycle_s = cycle_s
        .filter(|cycle_s| cycle_s.is_finite())
        .map_or_else(|| webster_cycle_s(lost_s, volume_veh_h), |cycle_s| cycle_s.max(lost_s + 2.0 * GREEN_MIN_S));
    let green_s = cycle_s - lost_s;
    let total = volume_veh_h[0] + volume_veh_h[1];
    let share = if total > 0.0 { volume_veh_h[0] / total } else { 0.5 };
    let first_s = (green_s * share).clamp(GREEN_MIN_S, green_s - GREEN_MIN_S);
    (cycle_s, [first_s, green_s - first_s])
}

/// A signal-controlled section at these volumes.
///
/// # Example
/// 100 m take 15 s to clear, twice in a cycle of 90 s; the other 60 s are halved.
/// ```
/// let plan = twin_traffic::alternation::signal(100.0, [300.0, 300.0], Some(90.0));
/// assert_eq!(plan.green_s, [30.0, 30.0]);
/// assert!((plan.capacity_veh_h[0] - 2000.0 / 3.0).abs() < 1e-9);
/// ```
#[must_use]
pub fn signal(length_m: f64, volume_veh_h: [f64; 2], cycle_s: Option<f64>) -> Alternation {
    let (cycle_s, green_s) = signal_plan(length_m, volume_veh_h, cycle_s);
    signal_at(length_m, volume_veh_h, cycle_s, green_s)
}

fn signal_at(length_m: f64, volume_veh_h: [f64; 2], cycle_s: f64, green_s: [f64; 2]) -> Alternation {
    let capacity_veh_h = green_s.map(|green_s| SATURATION_VEH_H * green_s / cycle_s);
    let delay_s = std::array::from_fn(|i| {
        let x = volume_veh_h[i] / capacity_veh_h[i];
        uniform_delay_s(cycle_s, green_s[i], x) + random_delay_s(x, capacity_veh_h[i])
    });
    Alternation {
        cycle_s,
        green_s,
        clearance_s: clearance_s(length_m),
        capacity_veh_h,
        volume_veh_h,
        delay_s,
        queue_veh: std::array::from_fn(|i| ((volume_veh_h[i] - capacity_veh_h[i]) * PERIOD_H).max(0.0)),
    }
}

/// d1: mean wait of a regular flow at a signal, x = volume / capacity.
#[must_use]
pub fn uniform_delay_s(cycle_s: f64, green_s: f64, x: f64) -> f64 {
    let share = green_s / cycle_s;
    0.5 * cycle_s * (1.0 - share) * (1.0 - share) / (1.0 - x.clamp(0.0, 1.0) * share).max(1e-9)
}

/// d2: mean wait by scatter and by what exceeds capacity, over an hour.
#[must_use]
pub fn random_delay_s(x: f64, capacity_veh_h: f64) -> f64 {
    900.0 * PERIOD_H * ((x - 1.0) + ((x - 1.0) * (x - 1.0) + 4.0 * x / (capacity_veh_h * PERIOD_H)).sqrt())
}

/// A section with a priority sign at these volumes; `waits` is the direction that must wait.
#[must_use]
pub fn priority(length_m: f64, volume_veh_h: [f64; 2], waits: usize) -> Alternation {
    let waits = waits.min(1);
    let first = 1 - waits;
    let capacity_veh_h = sign_capacity_veh_h(length_m, volume_veh_h, waits);
    let mut delay_s = [0.0; 2];
    let x = volume_veh_h[waits] / capacity_veh_h[waits];
    let k = 8.0 * x / (capacity_veh_h[waits] * PERIOD_H);
    delay_s[waits] = 3600.0 / capacity_veh_h[waits] - 3600.0 / SATURATION_VEH_H
        + 900.0 * PERIOD_H * ((x - 1.0) + ((x - 1.0) * (x - 1.0) + k).sqrt());
    let x = volume_veh_h[first] / capacity_veh_h[first];
    delay_s[first] = random_delay_s(x, capacity_veh_h[first]);
    Alternation {
        cycle_s: 0.0,
        green_s: [0.0; 2],
        clearance_s: 0.0,
        capacity_veh_h,
        volume_veh_h,
        delay_s,
        queue_veh: std::array::from_fn(|i| ((volume_veh_h[i] - capacity_veh_h[i]) * PERIOD_H).max(0.0)),
    }
}

/// Capacity of both directions at a priority sign. Siegloch: 3600/t_f · exp(−q/3600 · (t_c − t_f/2)) for who waits, with a critical
/// gap of driving through twice and a margin; who goes first loses the time in which others are inside.
fn sign_capacity_veh_h(length_m: f64, volume_veh_h: [f64; 2], waits: usize) -> [f64; 2] {
    let through_s = (length_m.max(0.0) + VEHICLE_M) / SIGN_M_S;
    let critical_s = 2.0 * through_s + SIGN_MARGIN_S;
    let first = 1 - waits;
    let mut capacity_veh_h = [0.0; 2];
    let blocked_s = volume_veh_h[first] / 3600.0 * (critical_s - 0.5 * SIGN_FOLLOW_S);
    capacity_veh_h[waits] = (3600.0 / SIGN_FOLLOW_S * (-blocked_s).exp()).max(1.0);
    let inside = volume_veh_h[waits].min(capacity_veh_h[waits]) / 3600.0 * SIGN_FOLLOW_S;
    capacity_veh_h[first] = SATURATION_VEH_H * (1.0 - inside).max(0.1);
    capacity_veh_h
}

/// Two-way maximum with UK Stop/Go boards: 1800 · G / (G + 3.5 + L / 6.8) veh/h with G = 70 s.
#[must_use]
pub fn uk_stop_go_veh_h(length_m: f64) -> f64 {
    1800.0 * 70.0 / (70.0 + 3.5 + length_m / 6.8)
}

/// A queue that grows while a bottleneck holds and clears afterwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Queue {
    /// Vehicles at the end of the bottleneck.
    pub queue_veh: f64,
    /// Delay of all vehicles until the queue has gone, vehicle-hours; infinite if it never goes.
    pub delay_veh_h: f64,
    /// Time until it has gone, hours after the bottleneck ended; infinite if it never goes.
    pub clearing_h: f64,
}

/// Deterministic queue of `volume_veh_h` at a bottleneck of `capacity_veh_h` for `period_h` hours, with `capacity_after_veh_h` afterwards:
/// N = (q − c)·T, delay = ½(q − c)·T²·(1 + (q − c)/(c0 − q)).
#[must_use]
pub fn deterministic_queue(volume_veh_h: f64, capacity_veh_h: f64, period_h: f64, capacity_after_veh_h: f64) -> Queue {
    let over = volume_veh_h - capacity_veh_h;
    if over <= 0.0 || period_h <= 0.0 {
        return Queue { queue_veh: 0.0, delay_veh_h: 0.0, clearing_h: 0.0 };
    }
    let queue_veh = over * period_h;
    let spare = capacity_after_veh_h - volume_veh_h;
    if spare <= 0.0 {
        return Queue { queue_veh, delay_veh_h: f64::INFINITY, clearing_h: f64::INFINITY };
    }
    Queue {
        queue_veh,
        delay_veh_h: 0.5 * over * period_h * period_h * (1.0 + over / spare),
        clearing_h: queue_veh / spare,
    }
}

/// What a planner must be warned of at such a section.
#[must_use]
pub fn warnings(section: &Section, alternation: &Alternation) -> Findings {
    let mut findings = Findings::default();
    let volume: f64 = alternation.volume_veh_h.iter().sum();
    if section.control == Control::Priority {
        if section.length_m >= SIGN_LENGTH_MAX_M {
            findings.push(
                Finding::warning(
                    "priority-too-long",
                    format!(
                        "a priority sign over {:.0} m: practice allows less than {SIGN_LENGTH_MAX_M} m",
                        section.length_m
                    ),
                )
                .with_field("control")
                .with_help("use a signal"),
            );
        }
        if volume > SIGN_VOLUME_MAX_VEH_H {
            findings.push(
                Finding::warning(
                    "priority-too-busy",
                    format!("a priority sign with {volume:.0} veh/h: practice allows {SIGN_VOLUME_MAX_VEH_H} veh/h in both directions"),
                )
                .with_field("control")
                .with_help("use a signal"),
            );
        }
    } else {
        let lost_s = 2.0 * clearance_s(section.length_m);
        if section.cycle_s.is_some_and(|cycle_s| cycle_s < lost_s + 2.0 * GREEN_MIN_S) {
            findings.push(
                Finding::warning(
                    "cycle-too-short",
                    format!(
                        "a cycle of {:.0} s leaves no green beside {lost_s:.0} s of clearance; {:.0} s are used",
                        section.cycle_s.unwrap_or(0.0),
                        alternation.cycle_s
                    ),
                )
                .with_field("cycle_s")
                .with_help("lengthen the cycle or shorten the work site"),
            );
        }
        let bicycle_s = bicycle_clearance_s(section.length_m);
        if bicycle_s > clearance_s(section.length_m) {
            findings.push(
                Finding::note(
                    "bicycle-clearance",
                    format!(
                        "bicycles need {bicycle_s:.0} s to leave the work site, the clearance time is {:.0} s",
                        alternation.clearance_s
                    ),
                )
                .with_help(
                    "lead bicycles another way, or lengthen the clearance time where they ride on the carriageway",
                ),
            );
        }
    }
    for (volume, capacity) in alternation.volume_veh_h.iter().zip(alternation.capacity_veh_h) {
        if *volume > capacity {
            findings.push(
                Finding::warning(
                    "closure-over-capacity",
                    format!("{volume:.0} veh/h want to pass, {capacity:.0} veh/h can: the queue grows all hour"),
                )
                .with_help("shorten the work site, sign a detour, or close one direction"),
            );
        }
    }
    findings
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn stop_go_boards_of_the_uk_within_2_1_percent() {
        for (length_m, published) in [(100.0, 1400.0), (200.0, 1250.0), (300.0, 1050.0), (400.0, 950.0), (500.0, 850.0)]
        {
            let off = (uk_stop_go_veh_h(length_m) - published).abs() / published;
            assert!(off <= 0.0215, "{length_m} m: {off}");
        }
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
                    assert!(
                        found.delay_s.iter().chain(&found.queue_veh).all(|value| value.is_finite() && *value >= 0.0)
                    );
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
}
