//! Half-sided closures: one lane stays and is used alternately, by a temporary signal, by flaggers or by a priority sign.
//!
//! # Model
//! *Signal*: the clearance time per change is the yellow time and the drive of the last vehicle through the work site; the
//! rest of the cycle is green and is split by volume; the cycle is given or after Webster. Mean delay after the Highway
//! Capacity Manual: `d1` for a regular flow plus `d2` for its scatter and for what exceeds capacity.
//! *Flaggers* with stop and go boards work like a signal whose cycle follows the traffic: two-way capacity
//! `q = 1800·G / (G + 3.5 + L/6.8)` with a green of at most G = 70 s in each direction, so that each change takes
//! 3.5 s + L / 6.8 m/s; below that the mean cycle is Webster's. They have no signal plan.
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
//! Traffic Signs Manual, chapter 8, Department for Transport: two-way capacity of stop and go boards. Richtlinien für Lichtsignalanlagen (RiLSA), FGSV: clearance. F. V. Webster, Traffic signal settings, Road Research Technical
//! Paper 39, 1958: cycle. Highway Capacity Manual 2000, eq. 16-9 to 16-12 (signal), 17-38 (sign): delay. W. Siegloch, Die
//! Leistungsermittlung an Knotenpunkten ohne Lichtsignalsteuerung, Straßenbau und Straßenverkehrstechnik 154, 1973.

mod balance;

use twin::{
    Assumptions, Finding, Findings,
    outcome::{Alternation, signal::AMBER_S},
    road::Arc,
    scenario::{Bicycles, Control},
};

pub use balance::{reroute, solve, solve_from};

/// Length of the vehicle that clears.
const VEHICLE_M: f64 = 6.0;
/// Speed at which a bicycle clears.
const BICYCLE_M_S: f64 = 4.0;
/// Time after the end of green in which a bicycle still enters (RiLSA).
const BICYCLE_ENTERS_S: f64 = 1.0;
/// Time that each change of flaggers takes besides the drive through the work site.
const FLAGGER_CHANGE_S: f64 = 3.5;
/// Speed at which the last vehicle drives past flaggers.
const FLAGGER_M_S: f64 = 6.8;
/// Shortest green time.
const GREEN_MIN_S: f64 = 5.0;
/// Bounds of a cycle that nobody gave.
const CYCLE_S: (f64, f64) = (30.0, 300.0);
/// Flow of those who go first at a priority sign: one vehicle in 1.8 s.
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
    /// Signal, flaggers or sign.
    pub control: Control,
    /// Cycle time, seconds; by Webster where absent.
    pub cycle_s: Option<f64>,
    /// Which direction must wait at a priority sign: 0 along, 1 against. That whose lane is closed.
    pub waits: usize,
    /// Where bicycles ride past a signal; not planned for where absent.
    pub bicycles: Option<Bicycles>,
    /// What it is planned with.
    pub practice: Practice,
}

/// Figures of practice that signals and flaggers are planned with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Practice {
    /// Saturation flow at a signal, passenger-car equivalents per hour.
    pub saturation_pce_h: f64,
    /// Speed at which the last vehicle clears a signal's section.
    pub clearing_m_s: f64,
    /// Part of the volume before the closure for which a signal keeps green in each direction. A signal is planned with counts:
    /// were the green split by what still comes alone, a direction that finds a way around would lose its green, so that nobody
    /// could come back to it, and which direction that is would be chance.
    pub counted_share: f64,
    /// Saturation flow past flaggers, passenger-car equivalents per hour.
    pub flagger_saturation_pce_h: f64,
    /// Longest green that flaggers show.
    pub flagger_green_max_s: f64,
}

impl Practice {
    /// As the table of assumptions says.
    #[must_use]
    pub const fn of(assumptions: &Assumptions) -> Self {
        Self {
            saturation_pce_h: assumptions.alternation_saturation_pce_h,
            clearing_m_s: assumptions.alternation_clearing_m_s,
            counted_share: assumptions.alternation_counted_share,
            flagger_saturation_pce_h: assumptions.flagger_saturation_pce_h,
            flagger_green_max_s: assumptions.flagger_green_max_s,
        }
    }
}

impl Default for Practice {
    fn default() -> Self {
        Self::of(&Assumptions::default())
    }
}

/// What greens and cycle of a section are made of.
#[derive(Clone, Copy, Debug)]
struct Timing {
    clearance_s: f64,
    saturation_pce_h: f64,
    /// Bounds of a cycle that nobody gave.
    cycle_s: (f64, f64),
}

impl Timing {
    /// Of a signal or of flaggers; a sign has none and is timed like a signal.
    fn of(section: &Section) -> Self {
        let practice = &section.practice;
        if section.control == Control::Flagger {
            let clearance_s = flagger_clearance_s(section.length_m);
            let longest_s = 2.0 * (clearance_s + practice.flagger_green_max_s);
            return Self {
                clearance_s,
                saturation_pce_h: practice.flagger_saturation_pce_h,
                cycle_s: (0.0, longest_s),
            };
        }
        let vehicles_s = vehicle_clearance_s(section.length_m, practice.clearing_m_s);
        let clearance_s = match section.bicycles {
            Some(Bicycles::With) => vehicles_s.max(bicycle_planned_s(section.length_m)),
            Some(Bicycles::Aside) | None => vehicles_s,
        };
        Self { clearance_s, saturation_pce_h: practice.saturation_pce_h, cycle_s: CYCLE_S }
    }

    /// Of a signal as practice has it.
    fn signal(length_m: f64) -> Self {
        let practice = Practice::default();
        Self {
            clearance_s: vehicle_clearance_s(length_m, practice.clearing_m_s),
            saturation_pce_h: practice.saturation_pce_h,
            cycle_s: CYCLE_S,
        }
    }

    /// Webster's cycle within its bounds, with room for two shortest greens.
    fn webster_s(&self, volume_pce_h: [f64; 2]) -> f64 {
        let lost_s = 2.0 * self.clearance_s;
        let ratio = (volume_pce_h[0] + volume_pce_h[1]) / self.saturation_pce_h;
        let cycle_s = if ratio < 1.0 { (1.5 * lost_s + 5.0) / (1.0 - ratio) } else { f64::INFINITY };
        cycle_s.clamp(self.cycle_s.0, self.cycle_s.1).max(lost_s + 2.0 * GREEN_MIN_S)
    }

    /// Cycle and greens for volumes.
    fn plan(&self, volume_pce_h: [f64; 2], cycle_s: Option<f64>) -> (f64, [f64; 2]) {
        let lost_s = 2.0 * self.clearance_s;
        let cycle_s = cycle_s
            .filter(|cycle_s| cycle_s.is_finite())
            .map_or_else(|| self.webster_s(volume_pce_h), |cycle_s| cycle_s.max(lost_s + 2.0 * GREEN_MIN_S));
        let green_s = cycle_s - lost_s;
        let total = volume_pce_h[0] + volume_pce_h[1];
        let share = if total > 0.0 { volume_pce_h[0] / total } else { 0.5 };
        let first_s = (green_s * share).clamp(GREEN_MIN_S, green_s - GREEN_MIN_S);
        (cycle_s, [first_s, green_s - first_s])
    }

    /// Capacity of both directions under a plan.
    fn capacity_pce_h(&self, cycle_s: f64, green_s: [f64; 2]) -> [f64; 2] {
        green_s.map(|green_s| self.saturation_pce_h * green_s / cycle_s)
    }

    /// What a plan does at these volumes.
    fn at(&self, volume_veh_h: [f64; 2], cycle_s: f64, green_s: [f64; 2]) -> Alternation {
        let capacity_veh_h = self.capacity_pce_h(cycle_s, green_s);
        let delay_s = std::array::from_fn(|i| {
            let x = volume_veh_h[i] / capacity_veh_h[i];
            uniform_delay_s(cycle_s, green_s[i], x) + random_delay_s(x, capacity_veh_h[i])
        });
        Alternation {
            cycle_s,
            green_s,
            clearance_s: self.clearance_s,
            capacity_veh_h,
            volume_veh_h,
            delay_s,
            queue_veh: std::array::from_fn(|i| ((volume_veh_h[i] - capacity_veh_h[i]) * PERIOD_H).max(0.0)),
        }
    }
}

/// Clearance time per change of the signal: ⌈4 + (L + 6) / 10⌉ seconds.
#[must_use]
pub fn clearance_s(length_m: f64) -> f64 {
    Timing::signal(length_m).clearance_s
}

fn vehicle_clearance_s(length_m: f64, clearing_m_s: f64) -> f64 {
    (AMBER_S + (length_m.max(0.0) + VEHICLE_M) / clearing_m_s).ceil()
}

/// Time per change of flaggers: 3.5 + L / 6.8 seconds.
#[must_use]
pub fn flagger_clearance_s(length_m: f64) -> f64 {
    FLAGGER_CHANGE_S + length_m.max(0.0) / FLAGGER_M_S
}

/// Clearance time that is planned where bicycles ride with the motor vehicles: ⌈1 + L / 4⌉ seconds.
fn bicycle_planned_s(length_m: f64) -> f64 {
    (BICYCLE_ENTERS_S + bicycle_clearance_s(length_m)).ceil()
}

/// Time in which a bicycle leaves the work site: L / 4 m/s.
#[must_use]
pub fn bicycle_clearance_s(length_m: f64) -> f64 {
    length_m.max(0.0) / BICYCLE_M_S
}

/// Webster's cycle, (1.5 · lost + 5) / (1 − Y) seconds, between 30 and 300 s and with room for two shortest greens.
#[must_use]
pub fn webster_cycle_s(lost_s: f64, volume_veh_h: [f64; 2]) -> f64 {
    Timing { clearance_s: 0.5 * lost_s, ..Timing::signal(0.0) }.webster_s(volume_veh_h)
}

/// Signal plan for volumes: cycle and green times. A given cycle that is too short is lengthened to its losses and two
/// shortest greens.
#[must_use]
pub fn signal_plan(length_m: f64, volume_veh_h: [f64; 2], cycle_s: Option<f64>) -> (f64, [f64; 2]) {
    Timing::signal(length_m).plan(volume_veh_h, cycle_s)
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
    let timing = Timing::signal(length_m);
    let (cycle_s, green_s) = timing.plan(volume_veh_h, cycle_s);
    timing.at(volume_veh_h, cycle_s, green_s)
}

/// A section with flaggers at these volumes.
///
/// # Example
/// 100 m: each change takes 3.5 + 100/6.8 = 18.2 s. When more come than can pass, both directions have 70 s of 176.4 s:
/// together 1800 · 70 / 88.21 = 1428.5 veh/h.
/// ```
/// let busy = twin_traffic::alternation::flagger(100.0, [2000.0, 2000.0]);
/// assert!((busy.green_s[0] - 70.0).abs() < 1e-9);
/// assert!((busy.capacity_veh_h[0] + busy.capacity_veh_h[1] - 1428.5).abs() < 0.1);
/// ```
#[must_use]
pub fn flagger(length_m: f64, volume_veh_h: [f64; 2]) -> Alternation {
    let practice = Practice::default();
    let clearance_s = flagger_clearance_s(length_m);
    let timing = Timing {
        clearance_s,
        saturation_pce_h: practice.flagger_saturation_pce_h,
        cycle_s: (0.0, 2.0 * (clearance_s + practice.flagger_green_max_s)),
    };
    let (cycle_s, green_s) = timing.plan(volume_veh_h, None);
    timing.at(volume_veh_h, cycle_s, green_s)
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
    } else if section.control == Control::Signal {
        let planned_s = Timing::of(section).clearance_s;
        let lost_s = 2.0 * planned_s;
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
        if section.bicycles.is_none() && bicycle_s > planned_s {
            findings.push(
                Finding::note(
                    "bicycle-clearance",
                    format!(
                        "bicycles need {bicycle_s:.0} s to leave the work site, the clearance time is {:.0} s",
                        alternation.clearance_s
                    ),
                )
                .with_help(
                    "lead bicycles another way (bicycles = \"aside\"), or plan the clearance time for them (bicycles = \"with\")",
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
mod tests;
