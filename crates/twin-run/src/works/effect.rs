//! What works open at once do to traffic: their joint equilibrium, computed once per set of works.

use std::{collections::BTreeMap, sync::Arc};

use rayon::prelude::*;
use twin::{Finding, Watch, outcome::Status};
use twin_traffic::{
    alternation,
    demand::profile,
    equilibrium::Equilibrium,
    query,
    street::{N_CLASSES, delay::delay_and_slope},
};

use super::ground::Ground;
use crate::{
    overlay::{self, Measures},
    prepare::PreparedHour,
    resolve::holds_at,
    run::nobody_concerned,
    sweep::OnlyStop,
};

/// Changes of volume below this are noise of the solver, passenger-car equivalents per hour.
const NOISE_PCE_H: f64 = 0.1;

/// The effect of a set of works, in the computed hours together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Effect {
    /// Added time, vehicle-hours per hour, with what impossible trips lose.
    pub(super) added_vehicle_h: f64,
    /// The same on a working day, vehicle-hours: the computed hours stand for all in which any of the works holds.
    pub(super) added_vehicle_h_d: f64,
    /// Whether every equilibrium reached the accuracy demanded.
    pub(super) exact: bool,
}

/// One work alone.
#[derive(Clone, Debug, Default)]
pub(super) struct Alone {
    pub(super) effect: Effect,
    /// By computed hour: arcs whose volume changes, by rising position, and by how much, passenger-car equivalents per hour.
    pub(super) change_pce_h: Vec<Vec<(usize, f64)>>,
    /// Mean time that a vehicle of the street loses, hours.
    lost_per_vehicle_h: f64,
}

/// Effects of sets of works, each computed once.
pub(super) struct Effects<'a> {
    ground: &'a Ground<'a>,
    base_vehicle_h: Vec<f64>,
    known: BTreeMap<Vec<usize>, Effect>,
    /// Sets that were solved for.
    pub(super) n_solved: u64,
    /// Those among them that did not reach the accuracy demanded.
    n_inexact: u64,
}

impl<'a> Effects<'a> {
    pub(super) fn new(ground: &'a Ground<'a>) -> Self {
        let prepared = ground.prepared;
        let base_vehicle_h =
            prepared.hours.iter().map(|hour| hour.base.totals(&prepared.streets).vehicle_hours).collect();
        Self { ground, base_vehicle_h, known: BTreeMap::new(), n_solved: 0, n_inexact: 0 }
    }

    /// Effect below which the solver cannot tell anything, vehicle-hours per hour.
    pub(super) fn noise_vehicle_h(&self) -> f64 {
        self.ground.prepared.options.relative_gap * self.base_vehicle_h.iter().sum::<f64>()
    }

    /// Says where the accuracy demanded was not reached.
    pub(super) fn inexact(&self) -> Option<Finding> {
        let message = format!(
            "{} of {} joint equilibria did not reach the relative gap demanded: figures are less accurate",
            self.n_inexact, self.n_solved
        );
        let finding = Finding::warning("works-not-converged", message);
        (self.n_inexact > 0).then(|| finding.with_help("--set traffic.max_iterations=1000"))
    }

    /// Every scheduled work alone; nothing where stopped. Works without dates have no effect.
    pub(super) fn alone(&mut self, watch: &dyn Watch) -> Option<Vec<Alone>> {
        let (n, done) = (self.ground.n(), std::sync::atomic::AtomicU64::new(0));
        let alone: Vec<Option<Alone>> = (0..n)
            .into_par_iter()
            .map(|work| {
                if self.ground.given[work].is_none() {
                    return Some(Alone::default());
                }
                let alone = self.of_one(work, watch)?;
                watch.progress("works-alone", 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed), n as u64);
                Some(alone)
            })
            .collect();
        let alone: Vec<Alone> = alone.into_iter().collect::<Option<_>>()?;
        for (work, alone) in alone.iter().enumerate() {
            if self.ground.given[work].is_some() {
                self.known.insert(vec![work], alone.effect);
                self.n_solved += 1;
                self.n_inexact += u64::from(!alone.effect.exact);
            }
        }
        Some(alone)
    }

    /// The effect of a set that was computed before.
    pub(super) fn get(&self, works: &[usize]) -> Option<Effect> {
        if works.is_empty() {
            Some(Effect { exact: true, ..Effect::default() })
        } else {
            self.known.get(works).copied()
        }
    }

    /// Computes the sets that are not known yet, in parallel; false where stopped (what was finished is kept).
    pub(super) fn compute(&mut self, sets: Vec<Vec<usize>>, stage: &'static str, watch: &dyn Watch) -> bool {
        let mut missing: Vec<Vec<usize>> = sets.into_iter().filter(|set| self.get(set).is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        let (n, done) = (missing.len() as u64, std::sync::atomic::AtomicU64::new(0));
        let effects: Vec<Option<Effect>> = missing
            .par_iter()
            .map(|set| {
                let (effect, _) = self.solve(set, watch)?;
                watch.progress(stage, 1 + done.fetch_add(1, std::sync::atomic::Ordering::Relaxed), n);
                Some(effect)
            })
            .collect();
        let finished = effects.iter().all(Option::is_some);
        for (set, effect) in missing.into_iter().zip(effects) {
            if let Some(effect) = effect {
                self.known.insert(set, effect);
                self.n_solved += 1;
                self.n_inexact += u64::from(!effect.exact);
            }
        }
        finished
    }

    fn of_one(&self, work: usize, watch: &dyn Watch) -> Option<Alone> {
        let (effect, solved) = self.solve(&[work], watch)?;
        let hours = &self.ground.prepared.hours;
        let change_pce_h: Vec<Vec<(usize, f64)>> = hours
            .iter()
            .zip(&solved)
            .map(|(hour, solved)| solved.as_ref().map_or_else(Vec::new, |with| self.changes(&hour.base, with)))
            .collect();
        let through: f64 = hours
            .iter()
            .map(|hour| {
                let volume = |&arc: &usize| hour.base.volume_veh_h.iter().map(|volume| volume[arc]).sum::<f64>();
                self.ground.arcs[work].iter().map(volume).fold(0.0, f64::max)
            })
            .sum();
        let lost_per_vehicle_h = if through > 0.0 { effect.added_vehicle_h.max(0.0) / through } else { 0.0 };
        Some(Alone { effect, change_pce_h, lost_per_vehicle_h })
    }

    fn changes(&self, base: &Equilibrium, with: &Equilibrium) -> Vec<(usize, f64)> {
        let streets = &self.ground.prepared.streets;
        let change = |arc: usize| -> f64 {
            (0..N_CLASSES).map(|k| streets.pce[k] * (with.volume_veh_h[k][arc] - base.volume_veh_h[k][arc])).sum()
        };
        (0..streets.n_arcs()).map(|arc| (arc, change(arc))).filter(|(_, change)| change.abs() >= NOISE_PCE_H).collect()
    }

    /// The joint equilibrium of a set in every hour (nothing where it is the base one), and its effect; nothing where stopped.
    fn solve(&self, works: &[usize], watch: &dyn Watch) -> Option<(Effect, Vec<Option<Equilibrium>>)> {
        let mut effect = Effect { exact: true, ..Effect::default() };
        let mut solved = Vec::new();
        // Hours in which the same works hold share their measures.
        let mut measures = Vec::new();
        for (index, hour) in self.ground.prepared.hours.iter().enumerate() {
            let with = self.solve_hour(works, hour, &mut measures, watch);
            if watch.is_cancelled() {
                return None;
            }
            if let Some(with) = &with {
                effect.added_vehicle_h += self.added_vehicle_h(index, hour, with);
                effect.exact &= with.status.is_fine();
            }
            solved.push(with);
        }
        effect.added_vehicle_h_d = self.added_on_working_day(works, effect.added_vehicle_h);
        Some((effect, solved))
    }

    /// What works add on a working day, of what they add in the computed hours: what each adds alone, over its own hours, and what is more
    /// (or less) together over the hours in which at least two of them hold. So works that do not act on each other add up.
    fn added_on_working_day(&self, works: &[usize], added_vehicle_h: f64) -> f64 {
        let alone: Option<Vec<Effect>> = works.iter().map(|&work| self.get(&[work])).collect();
        let Some(alone) = alone.filter(|_| works.len() > 1) else {
            return added_vehicle_h * self.day_factor(works, 1);
        };
        let (mut sum_h, mut sum_d) = (0.0, 0.0);
        for effect in alone {
            sum_h += effect.added_vehicle_h;
            sum_d += effect.added_vehicle_h_d;
        }
        sum_d + (added_vehicle_h - sum_h) * self.day_factor(works, 2)
    }

    /// What a sum over the computed hours in which at least `n` of the works hold is multiplied by for a working day.
    fn day_factor(&self, works: &[usize], n: usize) -> f64 {
        let Ground { prepared, resolved, .. } = self.ground;
        let hours: Vec<u8> = prepared.hours.iter().map(|hour| hour.hour).collect();
        let holds =
            |hour: u8| works.iter().filter(|&&work| holds_at(&resolved.scenario.closures[work], hour)).count() >= n;
        profile::day_factors(&prepared.assumptions, &hours, holds)[0]
    }

    fn solve_hour(
        &self,
        works: &[usize],
        hour: &PreparedHour,
        known: &mut Vec<Arc<Measures>>,
        watch: &dyn Watch,
    ) -> Option<Equilibrium> {
        let Ground { twin, prepared, resolved, .. } = self.ground;
        let mut active = vec![false; resolved.closures.len()];
        for &work in works {
            active[work] = holds_at(&resolved.scenario.closures[work], hour.hour);
        }
        let measures = overlay::shared(twin, prepared, resolved, active, known);
        if measures.sections.is_empty() && nobody_concerned(prepared, hour, &measures) {
            return None;
        }
        let sections: Vec<_> = measures.sections.iter().map(|(_, section)| section.clone()).collect();
        let from = (Some(&hour.base), Some(&hour.base));
        let changes = (&measures.overlay, &sections[..]);
        let stop = OnlyStop(watch);
        let streets = measures.streets(prepared);
        let (with, _) = alternation::solve_from(streets, &hour.trips, changes, &prepared.options, from, &stop);
        (!matches!(with.status, Status::Cancelled { .. })).then_some(with)
    }

    /// Added time of the vehicles that still arrive, and what the others lose.
    fn added_vehicle_h(&self, index: usize, hour: &PreparedHour, with: &Equilibrium) -> f64 {
        let prepared = self.ground.prepared;
        let lost = |solved: &Equilibrium| solved.unreachable.iter().map(|pair| pair.trips_veh_h).sum::<f64>();
        let cut_off = (lost(with) - lost(&hour.base)).max(0.0);
        let before = self.base_vehicle_h[index];
        let gone = if cut_off > 0.0 {
            query::totals_of_cut_off(&prepared.streets, &hour.base, with).vehicle_hours
        } else {
            0.0
        };
        let still = with.totals(&prepared.streets).vehicle_hours - (before - gone);
        still + cut_off * prepared.assumptions.works_cut_off_trip_h
    }

    /// How much two works act on each other, vehicle-hours per hour: on the arcs whose volume both change, the added time that is more
    /// (or less) than the sum of both if nobody chose another way because of the combination, which is the mixed second difference of
    /// volume × time; and for the vehicles that one sends over (or keeps off) the site of the other, what a vehicle loses at the worse of both.
    pub(super) fn interaction_vehicle_h(&self, works: (usize, usize), alone: &[Alone]) -> f64 {
        let (a, b) = works;
        let streets = &self.ground.prepared.streets;
        let mut sum = 0.0;
        for (hour, of) in self.ground.prepared.hours.iter().enumerate() {
            let (changes_a, changes_b) = (alone[a].change_pce_h.get(hour), alone[b].change_pce_h.get(hour));
            let (Some(changes_a), Some(changes_b)) = (changes_a, changes_b) else { continue };
            for (arc, by_a, by_b) in shared(changes_a, changes_b) {
                let volume: f64 = (0..N_CLASSES).map(|k| streets.pce[k] * of.base.volume_veh_h[k][arc]).sum();
                let capacity = of.base.capacity_pce_h[arc];
                if capacity <= 0.0 {
                    continue;
                }
                let cost = |pce_h: f64| {
                    let pce_h = pce_h.max(0.0);
                    let time_s = streets.delay_time_s[arc];
                    pce_h * delay_and_slope(streets.delay[arc], time_s, capacity, pce_h).0 / 3600.0
                };
                let mixed = cost(volume + by_a + by_b) - cost(volume + by_a) - cost(volume + by_b) + cost(volume);
                sum += mixed.abs();
            }
            // A site that nobody passed before may bar the way that the other one's vehicles take: they lose as much again.
            let lost_h = alone[a].lost_per_vehicle_h.max(alone[b].lost_per_vehicle_h);
            let over = at_site(changes_a, &self.ground.arcs[b]) + at_site(changes_b, &self.ground.arcs[a]);
            sum += over * lost_h;
        }
        sum
    }
}

/// Arcs that both lists have, with both changes.
fn shared<'c>(a: &'c [(usize, f64)], b: &'c [(usize, f64)]) -> impl Iterator<Item = (usize, f64, f64)> + 'c {
    a.iter().filter_map(|&(arc, by_a)| {
        let at = b.binary_search_by_key(&arc, |&(arc, _)| arc).ok()?;
        Some((arc, by_a, b[at].1))
    })
}

/// Greatest change of volume on any of some arcs.
fn at_site(changes: &[(usize, f64)], arcs: &[usize]) -> f64 {
    let change = |arc: &usize| changes.binary_search_by_key(arc, |&(arc, _)| arc).map_or(0.0, |at| changes[at].1.abs());
    arcs.iter().map(change).fold(0.0, f64::max)
}

impl Alone {
    /// Greatest volume that this work alone adds to any of some arcs in any hour, passenger-car equivalents per hour.
    pub(super) fn sent_over_pce_h(&self, arcs: &[usize]) -> f64 {
        let added = |changes: &Vec<(usize, f64)>, arc: &usize| {
            changes.binary_search_by_key(arc, |&(arc, _)| arc).map_or(0.0, |at| changes[at].1)
        };
        let of_hour = |changes: &Vec<(usize, f64)>| arcs.iter().map(|arc| added(changes, arc)).fold(0.0, f64::max);
        self.change_pce_h.iter().map(of_hour).fold(0.0, f64::max)
    }
}
