//! Half closures within an equilibrium: the green follows the volumes, and the volumes the waiting.

use twin::{
    Watch,
    outcome::{Alternation, Status},
    road::{Arc, VolumeDelay},
    scenario::{Control, TrafficOptions},
};

use super::{PERIOD_H, SATURATION_VEH_H, Section, Timing, priority, sign_capacity_veh_h, uniform_delay_s};
use crate::{
    equilibrium::{self, Equilibrium},
    street::{ArcChange, N_CLASSES, Overlay, Streets},
    trips::Trips,
};

/// Relative gap of the rounds before the last ones.
const ROUGH_GAP: f64 = 1e-4;
/// Rounds of splitting the green and solving.
const ROUNDS_MAX: u32 = 25;

/// Solves for the equilibrium with half closures: the green is split by the volumes, the volumes follow from the waiting, until
/// both agree (capacity within 0.2 %, regular wait within 0.2 s). `overlay` holds all other changes of the scenario.
///
/// The alternations come in the order of the sections, at the final volumes. Where one of the directions has no arc for motor
/// vehicles nobody alternates: no cycle, no wait.
#[must_use]
pub fn solve(
    streets: &Streets,
    trips: &Trips,
    overlay: &Overlay,
    sections: &[Section],
    options: &TrafficOptions,
    warm: Option<&Equilibrium>,
    watch: &dyn Watch,
) -> (Equilibrium, Vec<Alternation>) {
    solve_from(streets, trips, (overlay, sections), options, (warm, warm), watch)
}

/// As [`solve`], from an equilibrium `warm` that may already know of the measures; `base` is the one before them, from whose
/// volumes signals are planned.
#[must_use]
pub fn solve_from(
    streets: &Streets,
    trips: &Trips,
    (overlay, sections): (&Overlay, &[Section]),
    options: &TrafficOptions,
    (base, warm): (Option<&Equilibrium>, Option<&Equilibrium>),
    watch: &dyn Watch,
) -> (Equilibrium, Vec<Alternation>) {
    if sections.is_empty() {
        return (equilibrium::solve(streets, trips, overlay, options, warm, watch), Vec::new());
    }
    let mut solved: Option<Equilibrium> = None;
    let volumes_in = |solved: Option<&Equilibrium>| -> Vec<[f64; 2]> {
        sections
            .iter()
            .map(|section| solved.map_or([0.0; 2], |solved| volume_pce_h(streets, solved, section)))
            .collect()
    };
    let before = volumes_in(base);
    let mut volumes = volumes_in(warm);
    let mut plans: Vec<Plan> = sections
        .iter()
        .zip(&volumes)
        .zip(&before)
        .map(|((section, q), before)| Plan::new(section, *q, *before))
        .collect();
    let mut steps = vec![[Secant::default(); 2]; sections.len()];
    // Roughly at first: exact equilibria under plans that will change are of no use.
    let mut rough = TrafficOptions { relative_gap: options.relative_gap.max(ROUGH_GAP), ..options.clone() };
    for round in 0..ROUNDS_MAX {
        let mut changed = overlay.clone();
        for (section, plan) in sections.iter().zip(&plans) {
            plan.apply(streets, section, &mut changed);
        }
        let next = equilibrium::solve(streets, trips, &changed, &rough, solved.as_ref().or(warm), watch);
        let stopped = matches!(next.status, Status::Cancelled { .. });
        let mut agreed = true;
        for (index, section) in sections.iter().enumerate() {
            let wanted = Plan::new(section, volume_pce_h(streets, &next, section), before[index]);
            agreed &= wanted.is_near(&plans[index]);
        }
        if !agreed && !stopped {
            for (index, section) in sections.iter().enumerate() {
                let now = volume_pce_h(streets, &next, section);
                for ((q, now), step) in volumes[index].iter_mut().zip(now).zip(&mut steps[index]) {
                    *q = step.next(*q, now);
                }
                plans[index] = Plan::new(section, volumes[index], before[index]);
            }
        }
        solved = Some(next);
        watch.progress("alternation", u64::from(round) + 1, 0);
        let exact = rough.relative_gap == options.relative_gap;
        if stopped || agreed && exact {
            break;
        }
        if agreed || round + 2 == ROUNDS_MAX {
            rough.relative_gap = options.relative_gap;
        }
        if round + 1 == ROUNDS_MAX {
            let solved = solved.as_mut().expect("because it was just set");
            if let Status::Converged { iterations, residual } = solved.status {
                solved.status = Status::NotConverged { iterations, residual };
            }
        }
    }
    let solved = solved.expect("because at least one round is run");
    let alternations =
        sections.iter().zip(&plans).map(|(section, plan)| plan.outcome(streets, &solved, section)).collect();
    (solved, alternations)
}

/// A first answer to half closures: signals planned for the volumes before, and only the trips that passed `arcs` look for other ways
/// ([`equilibrium::reroute`]).
#[must_use]
pub fn reroute(
    streets: &Streets,
    trips: &Trips,
    (overlay, sections): (&Overlay, &[Section]),
    arcs: &[usize],
    base: &Equilibrium,
    watch: &dyn Watch,
) -> (Equilibrium, Vec<Alternation>) {
    let mut changed = overlay.clone();
    let plans: Vec<Plan> = sections
        .iter()
        .map(|section| {
            let before = volume_pce_h(streets, base, section);
            let plan = Plan::new(section, before, before);
            plan.apply(streets, section, &mut changed);
            plan
        })
        .collect();
    let solved = equilibrium::reroute(streets, trips, &changed, arcs, base, watch);
    let alternations =
        sections.iter().zip(&plans).map(|(section, plan)| plan.outcome(streets, &solved, section)).collect();
    (solved, alternations)
}

/// Search for the volume that its own signal plan brings about: secant steps of bounded size.
#[derive(Clone, Copy, Debug, Default)]
struct Secant {
    /// Volume planned for last and by how much the outcome differed.
    last: Option<(f64, f64)>,
}

impl Secant {
    /// The volume to plan for next, after planning for `volume` brought `outcome`.
    fn next(&mut self, volume: f64, outcome: f64) -> f64 {
        let off = outcome - volume;
        let step = match self.last.replace((volume, off)) {
            // The slope of the difference; where it does not fall, follow the outcome.
            Some((before, off_before)) if (off - off_before) * (volume - before) < 0.0 => {
                ((before - volume) / (off - off_before)).clamp(0.1, 4.0)
            }
            _ => 1.0,
        };
        (volume + step * off).max(0.0)
    }
}

/// How a section is run: what the equilibrium sees of it.
#[derive(Clone, Copy, Debug)]
struct Plan {
    cycle_s: f64,
    green_s: [f64; 2],
    capacity_pce_h: [f64; 2],
    /// Wait that does not depend on the volume within one solve.
    fixed_s: [f64; 2],
}

impl Plan {
    /// The plan for these volumes; a signal keeps green for a share of the volumes `before` the closure too.
    fn new(section: &Section, volume_pce_h: [f64; 2], before: [f64; 2]) -> Self {
        match section.control {
            Control::Signal | Control::Flagger => {
                let timing = Timing::of(section);
                let counted_share = section.practice.counted_share;
                let counted = std::array::from_fn(|i| volume_pce_h[i].max(counted_share * before[i]));
                let (cycle_s, green_s) = timing.plan(counted, section.cycle_s);
                let capacity_pce_h = timing.capacity_pce_h(cycle_s, green_s);
                let fixed_s =
                    std::array::from_fn(|i| uniform_delay_s(cycle_s, green_s[i], volume_pce_h[i] / capacity_pce_h[i]));
                Self { cycle_s, green_s, capacity_pce_h, fixed_s }
            }
            Control::Priority => {
                let waits = section.waits.min(1);
                let capacity_pce_h = sign_capacity_veh_h(section.length_m, volume_pce_h, waits);
                let mut fixed_s = [0.0; 2];
                fixed_s[waits] = 3600.0 / capacity_pce_h[waits] - 3600.0 / SATURATION_VEH_H;
                Self { cycle_s: 0.0, green_s: [0.0; 2], capacity_pce_h, fixed_s }
            }
        }
    }

    fn is_near(&self, other: &Self) -> bool {
        (0..2).all(|i| {
            (self.capacity_pce_h[i] - other.capacity_pce_h[i]).abs() <= 0.002 * other.capacity_pce_h[i]
                && (self.fixed_s[i] - other.fixed_s[i]).abs() <= 0.2
        })
    }

    fn apply(&self, streets: &Streets, section: &Section, overlay: &mut Overlay) {
        let Some(entries) = entries(streets, section) else { return };
        for (i, entry) in entries.into_iter().enumerate() {
            let j = if section.control == Control::Priority && i == section.waits.min(1) { 1.0 } else { 0.5 };
            overlay.changes.push(ArcChange {
                capacity_pce_h: Some(self.capacity_pce_h[i].min(streets.capacity_pce_h[entry])),
                added_delay_s: self.fixed_s[i],
                delay: Some(VolumeDelay::Akcelik { j, period_h: PERIOD_H }),
                ..ArcChange::none(streets.arc(entry))
            });
        }
    }

    /// What the section does at the volumes of an equilibrium, in vehicles.
    fn outcome(&self, streets: &Streets, solved: &Equilibrium, section: &Section) -> Alternation {
        let volume_pce_h = volume_pce_h(streets, solved, section);
        let Some(entries) = entries(streets, section) else {
            return Alternation {
                cycle_s: 0.0,
                green_s: [0.0; 2],
                clearance_s: 0.0,
                capacity_veh_h: std::array::from_fn(|i| {
                    entry(streets, &section.arcs[i]).map_or(0.0, |arc| solved.capacity_pce_h[arc])
                }),
                volume_veh_h: volume_pce_h,
                delay_s: [0.0; 2],
                queue_veh: [0.0; 2],
            };
        };
        let in_pce = match section.control {
            Control::Signal | Control::Flagger => Timing::of(section).at(volume_pce_h, self.cycle_s, self.green_s),
            Control::Priority => priority(section.length_m, volume_pce_h, section.waits),
        };
        let volume_veh_h: [f64; 2] =
            entries.map(|arc| (0..N_CLASSES).map(|class| solved.volume_veh_h[class][arc]).sum::<f64>());
        let per_pce: [f64; 2] =
            std::array::from_fn(|i| if volume_pce_h[i] > 0.0 { volume_veh_h[i] / volume_pce_h[i] } else { 1.0 });
        Alternation {
            volume_veh_h,
            capacity_veh_h: std::array::from_fn(|i| in_pce.capacity_veh_h[i] * per_pce[i]),
            queue_veh: std::array::from_fn(|i| in_pce.queue_veh[i] * per_pce[i]),
            ..in_pce
        }
    }
}

/// The arc where waiting happens: the first one that motor vehicles may use.
fn entry(streets: &Streets, arcs: &[Arc]) -> Option<usize> {
    arcs.iter().find_map(|&arc| streets.position(arc))
}

/// Entry arcs of both directions; nothing where only one direction is driven.
fn entries(streets: &Streets, section: &Section) -> Option<[usize; 2]> {
    Some([entry(streets, &section.arcs[0])?, entry(streets, &section.arcs[1])?])
}

fn volume_pce_h(streets: &Streets, solved: &Equilibrium, section: &Section) -> [f64; 2] {
    [0, 1].map(|i| {
        entry(streets, &section.arcs[i]).map_or(0.0, |arc| {
            (0..N_CLASSES).map(|class| streets.pce[class] * solved.volume_veh_h[class][arc]).sum::<f64>()
        })
    })
}
