//! Better dates for a calendar of works.

use std::collections::BTreeSet;

use twin::{
    Finding, Findings, Scenario, Twin, Watch,
    jiff::civil::Date,
    works::{Calendar, Plan, PlanOptions, PlannedWork, Schedule},
};

use super::{
    days_by_kind,
    dice::Dice,
    ground::Ground,
    judge::{Judge, Score},
    rules::Rules,
    search::{anneal, greedy},
    time::Days,
};
use crate::Prepared;

/// Temperature of the search at its begin, in parts of the strongest action of a work on all others: from the plan as given, and later.
const WARMTH: [f64; 2] = [1.0, 0.2];

/// Shifts works within their windows so that all of them together delay traffic least, keeping the rules of the calendar.
///
/// # Model
/// What a plan costs is the added time of all vehicles over all days, in periods in which the same works are open, each with its own joint
/// equilibrium. The computed hours stand for all in which any of the works holds, by the hours of the day; Saturdays, Sundays and public
/// holidays count for a part of a working day. Durations stay as they are, so that what can be gained is days with less traffic and how works
/// act on each other: two works on each other's detour, or two on one route whose detours are driven anyway. Rules come first: a plan that breaks fewer days of rules is better, whatever it delays.
///
/// # Method
/// (1) Every work alone, and every pair that acts on each other and could be open at once, as joint equilibria. Works act on each other where
/// the arcs whose volumes they change have a mixed second difference of volume × time, or one sends vehicles over the site of the other, of
/// more than the solver's relative gap. (2) Simulated annealing on the pairwise model. (3) The plan found is computed with the joint
/// equilibria of groups that act on each other; what these do beyond their pairs corrects the pairwise model, what is fatal together is
/// forbidden, and (2) begins again from the best plan. (4) The plan given, the greedy one (by single effects alone) and the best one found are
/// computed in full, without any grouping; the best of the three is the improved plan.
///
/// # Determinism
/// One seed, no clock; sets of works are independent tasks: the same plan for any number of threads.
#[must_use]
pub fn plan(
    twin: &Twin,
    prepared: &Prepared,
    scenario: &Scenario,
    calendar: &Calendar,
    (today, options): (Option<Date>, PlanOptions),
    watch: &dyn Watch,
) -> Plan {
    let ground = Ground::of(twin, prepared, scenario, calendar, today);
    let rules = Rules::of(&ground);
    let mut findings: Findings = prepared.findings.clone();
    findings.extend(ground.findings.iter().cloned());
    let given = rules.given.clone();
    let Some(mut judge) = Judge::new(&ground, &rules, watch) else {
        return unplanned(calendar, &given, findings);
    };
    let searched = search(&mut judge, &given, options, watch);
    let mut complete = searched.complete;
    let mut scores = [None; 3];
    let plans = [&given, &searched.greedy, &searched.best];
    for (score, plan) in scores.iter_mut().zip(plans) {
        *score = judge.full(plan, watch);
        complete &= score.is_some();
    }
    // Where all three are known, the improved plan is the best of them.
    let mut improved = 2;
    if let [Some(a), Some(b), Some(c)] = scores {
        improved = if a.beats(c) && !b.beats(a) {
            0
        } else if b.beats(c) {
            1
        } else {
            2
        };
    }
    let schedule = |index: usize, judge: &Judge<'_>| Schedule {
        days: plans[index].iter().map(|days| days.map(Days::dates)).collect(),
        added_vehicle_h: scores[index].map(|score| score.added),
        added_alone_vehicle_h: judge.added_alone(plans[index]),
        violations_d: judge.broken_d(plans[index]),
    };
    let shift =
        |work: usize| given[work].zip(plans[improved][work]).map_or(0, |(before, after)| after.first - before.first);
    let works = calendar.works.iter().enumerate().map(|(work, planned)| PlannedWork {
        key: planned.key.clone(),
        added_vehicle_h_d: given[work].map(|_| judge.alone[work].effect.added_vehicle_h_d),
        shifted_d: shift(work),
        sections: ground.parts[work].clone(),
    });
    findings.extend(judge.effects.inexact());
    findings.push(days_by_kind(prepared));
    if !complete {
        findings.push(stopped());
    }
    Plan {
        given: schedule(0, &judge),
        greedy: schedule(1, &judge),
        improved: schedule(improved, &judge),
        works: works.collect(),
        n_equilibria: judge.effects.n_solved,
        n_interacting: judge.pairs().len() as u64,
        findings,
        complete,
    }
}

/// What the search came to.
struct Searched {
    greedy: Vec<Option<Days>>,
    best: Vec<Option<Days>>,
    complete: bool,
}

fn search(judge: &mut Judge<'_>, given: &[Option<Days>], options: PlanOptions, watch: &dyn Watch) -> Searched {
    let alone: Vec<f64> = judge.alone.iter().map(|alone| alone.effect.added_vehicle_h_d).collect();
    let mut seen = BTreeSet::new();
    let mut searched = Searched { greedy: given.to_vec(), best: given.to_vec(), complete: false };
    if !judge.compute_pairs(watch) {
        searched.greedy = greedy(judge.rules, &alone, &judge.never);
        return searched;
    }
    let Some(mut best): Option<Score> = judge.quick(given, &mut seen, watch) else { return searched };
    searched.greedy = greedy(judge.rules, &alone, &judge.never);
    let Some(score) = judge.quick(&searched.greedy, &mut seen, watch) else { return searched };
    if score.beats(best) {
        (best, searched.best) = (score, searched.greedy.clone());
    }
    let mut dice = Dice::new(options.seed);
    let shifts = u64::from(options.thousand_shifts) * 1000;
    let mut in_vain = 0;
    for round in 0..options.rounds {
        let pairs = judge.surrogate(&seen);
        let warmth = WARMTH[usize::from(round > 0)];
        let found = anneal(judge.rules, (&pairs, &judge.never), &searched.best, (shifts, warmth), &mut dice);
        let n_never = judge.never.len();
        let Some(score) = judge.quick(&found, &mut seen, watch) else { return searched };
        if score.beats(best) {
            (best, searched.best, in_vain) = (score, found, 0);
        } else if judge.never.len() == n_never {
            in_vain += 1;
        }
        if in_vain >= 2 {
            break;
        }
    }
    searched.complete = true;
    searched
}

fn stopped() -> Finding {
    Finding::warning("plan-stopped", "the search was stopped: the plan is the best one found until then")
}

/// Nothing was computed.
fn unplanned(calendar: &Calendar, given: &[Option<Days>], mut findings: Findings) -> Plan {
    let days: Vec<_> = given.iter().map(|days| days.map(Days::dates)).collect();
    let schedule = Schedule { days, ..Schedule::default() };
    findings.push(stopped());
    Plan {
        given: schedule.clone(),
        greedy: schedule.clone(),
        improved: schedule,
        works: calendar
            .works
            .iter()
            .map(|work| PlannedWork {
                key: work.key.clone(),
                added_vehicle_h_d: None,
                shifted_d: 0,
                sections: Vec::new(),
            })
            .collect(),
        n_equilibria: 0,
        n_interacting: 0,
        findings,
        complete: false,
    }
}

/// The calendar with the dates of a schedule.
#[must_use]
pub fn rescheduled(calendar: &Calendar, schedule: &Schedule) -> Calendar {
    let mut planned = calendar.clone();
    for (work, days) in planned.works.iter_mut().zip(&schedule.days) {
        if let Some((from, to)) = *days {
            // The window stays what it was, also where it was left out.
            if !work.fixed && (work.closure.from, work.closure.to) != (Some(from), Some(to)) {
                work.earliest = work.earliest.or(work.closure.from);
                work.latest = work.latest.or(work.closure.to);
            }
            (work.closure.from, work.closure.to) = (Some(from), Some(to));
        }
    }
    planned
}
