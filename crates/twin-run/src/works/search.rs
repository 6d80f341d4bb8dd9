//! The search for dates: works as periods of days, a cost per day that two are open at once, rules that weigh more than any cost.
//!
//! # Method
//! [`greedy`] puts the works into the calendar one by one, the heaviest first, each where the sum of single effects of those that are open
//! already is smallest: what a planner would do who knows what every work does alone. [`anneal`] is simulated annealing (Kirkpatrick et al.
//! 1983) over single shifts with geometric cooling, on the pairwise model of the effects.
//!
//! # References
//! Kirkpatrick, Gelatt, Vecchi, Optimization by simulated annealing, Science 220, 1983, doi:10.1126/science.220.4598.671.

use super::{dice::Dice, rules::Rules, time::Days};

/// What works do alone and to each other, vehicle-hours on a working day.
#[derive(Clone, Debug, Default)]
pub(super) struct Pairs {
    /// Added by each work alone.
    pub(super) alone: Vec<f64>,
    /// By which two works open at once differ from the sum of both.
    pub(super) of: Vec<Vec<(usize, f64)>>,
}

/// A plan while it is changed.
pub(super) struct State<'a> {
    rules: &'a Rules,
    pairs: &'a Pairs,
    /// Sets of works that may not be open at once.
    never: &'a [Vec<usize>],
    never_of: Vec<Vec<usize>>,
    bound: Vec<Vec<usize>>,
    pub(super) plan: Vec<Option<Days>>,
    /// By group: works open on each day from the first one on.
    counts: Vec<Vec<u32>>,
    first: i32,
}

/// Cost of a work at its place among the others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// Days on which rules are broken.
    pub(super) broken_d: u64,
    /// Added vehicle-hours.
    pub(super) added: f64,
}

impl<'a> State<'a> {
    /// A plan of no work yet.
    pub(super) fn empty(rules: &'a Rules, pairs: &'a Pairs, never: &'a [Vec<usize>]) -> Self {
        let n = rules.n();
        let mut never_of = vec![Vec::new(); n];
        for (index, set) in never.iter().enumerate() {
            set.iter().for_each(|&work| never_of[work].push(index));
        }
        let days =
            |work: usize, begin: Option<&i32>| rules.given[work].zip(begin).map(|(given, begin)| given.begun(*begin));
        let firsts = (0..n).filter_map(|work| days(work, rules.begins[work].first())).map(|days| days.first);
        let lasts = (0..n).filter_map(|work| days(work, rules.begins[work].last())).map(|days| days.last);
        let (first, last) = (firsts.min().unwrap_or(0), lasts.max().unwrap_or(0));
        Self {
            rules,
            pairs,
            never,
            never_of,
            bound: (0..n).map(|work| rules.bound_to(work)).collect(),
            plan: vec![None; n],
            counts: vec![vec![0; (last - first + 1).max(0) as usize]; rules.groups.len()],
            first,
        }
    }

    /// This plan.
    pub(super) fn of(rules: &'a Rules, pairs: &'a Pairs, never: &'a [Vec<usize>], plan: &[Option<Days>]) -> Self {
        let mut state = Self::empty(rules, pairs, never);
        for (work, days) in plan.iter().enumerate() {
            state.put(work, *days);
        }
        state
    }

    /// Puts a work somewhere, or takes it out.
    pub(super) fn put(&mut self, work: usize, days: Option<Days>) {
        let change = |counts: &mut Vec<u32>, days: Days, up: bool, first: i32| {
            for day in days.first..=days.last {
                if let Some(count) = usize::try_from(day - first).ok().and_then(|at| counts.get_mut(at)) {
                    *count = if up { *count + 1 } else { count.saturating_sub(1) };
                }
            }
        };
        for &group in &self.rules.groups_of[work] {
            for (days, up) in [(self.plan[work], false), (days, true)] {
                if let Some(days) = days {
                    change(&mut self.counts[group], days, up, self.first);
                }
            }
        }
        self.plan[work] = days;
    }

    /// What a work would cost on these days, the others being where they are.
    pub(super) fn cost(&self, work: usize, days: Days) -> Cost {
        let alone = self.pairs.alone[work] * self.rules.weights.of(days);
        let mut cost = Cost { broken_d: self.rules.alone_d(work, days), added: alone };
        for &other in &self.bound[work] {
            if let Some(other_days) = self.plan[other] {
                cost.broken_d += self.rules.pair_d((work, days), (other, other_days));
            }
        }
        for set in self.never_of[work].iter().map(|&set| &self.never[set]) {
            let shared = set
                .iter()
                .filter(|other| **other != work)
                .try_fold(days, |shared, &other| self.plan[other].and_then(|other| shared.shared(other)));
            cost.broken_d += shared.map_or(0, |shared| shared.n() as u64);
        }
        for &group in &self.rules.groups_of[work] {
            cost.broken_d += self.crowded_d(work, group, days);
        }
        for &(other, per_day) in &self.pairs.of[work] {
            if let Some(shared) = self.plan[other].and_then(|other_days| days.shared(other_days)) {
                cost.added += per_day * self.rules.weights.of(shared);
            }
        }
        cost
    }

    /// Days on which a group is full without this work.
    fn crowded_d(&self, work: usize, group: usize, days: Days) -> u64 {
        let own = self.plan[work];
        let limit = self.rules.groups[group].at_once;
        let full = |day: &i32| {
            let at = usize::try_from(*day - self.first).ok();
            let count = at.and_then(|at| self.counts[group].get(at)).copied().unwrap_or(0);
            let mine = u32::from(own.is_some_and(|own| (own.first..=own.last).contains(day)));
            count.saturating_sub(mine) >= limit
        };
        (days.first..=days.last).filter(full).count() as u64
    }
}

/// Puts the works into the calendar one by one by what they do alone (`alone`, added vehicle-hours on a working day).
pub(super) fn greedy(rules: &Rules, alone: &[f64], never: &[Vec<usize>]) -> Vec<Option<Days>> {
    let none = Pairs { alone: vec![0.0; rules.n()], of: vec![Vec::new(); rules.n()] };
    let mut state = State::empty(rules, &none, never);
    let mut load = vec![0.0; state.counts_len()];
    let weight = |work: usize| rules.given[work].map_or(0.0, |days| alone[work].max(0.0) * rules.weights.of(days));
    let mut waiting: Vec<usize> = (0..rules.n()).filter(|&work| rules.given[work].is_some()).collect();
    // Those that cannot be shifted first; then the heaviest of those whose predecessors are placed.
    waiting.sort_by(|&a, &b| {
        rules.is_free(a).cmp(&rules.is_free(b)).then(weight(b).total_cmp(&weight(a))).then(a.cmp(&b))
    });
    while !waiting.is_empty() {
        let placed = |work: &usize| state.plan[*work].is_some();
        let ready = |&work: &usize| !rules.is_free(work) || rules.before[work].iter().all(placed);
        let at = waiting.iter().position(ready).unwrap_or(0);
        let work = waiting.remove(at);
        let Some(given) = rules.given[work] else { continue };
        let best = rules.begins[work].iter().map(|&begin| given.begun(begin)).min_by(|&a, &b| {
            let key = |days: Days| {
                let load = state.load(&load, days) + alone[work].max(0.0) * rules.weights.of(days);
                // To a millionth of a vehicle-hour: sums in different orders are not told apart.
                (state.cost(work, days).broken_d, (1e6 * load).round(), (days.first - given.first).abs())
            };
            let (a, b) = (key(a), key(b));
            a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2))
        });
        let days = best.unwrap_or(given);
        state.put(work, Some(days));
        state.add(&mut load, days, alone[work].max(0.0));
    }
    state.plan
}

impl State<'_> {
    /// Days from the first to the last on which anything can be open.
    fn counts_len(&self) -> usize {
        let all = (0..self.rules.n())
            .filter_map(|work| Some(self.rules.given[work]?.begun(*self.rules.begins[work].last()?)));
        all.map(|days| (days.last - self.first + 1).max(0) as usize).max().unwrap_or(0)
    }

    fn load(&self, load: &[f64], days: Days) -> f64 {
        let at = |day: i32| usize::try_from(day - self.first).ok().and_then(|at| load.get(at)).copied().unwrap_or(0.0);
        (days.first..=days.last).map(at).sum()
    }

    fn add(&self, load: &mut [f64], days: Days, effect: f64) {
        for day in days.first..=days.last {
            if let Some(load) = usize::try_from(day - self.first).ok().and_then(|at| load.get_mut(at)) {
                *load += effect * self.rules.weights.of(Days { first: day, last: day });
            }
        }
    }
}

/// Shifts works one by one, downhill and at first sometimes uphill, and gives the best plan that was met.
pub(super) fn anneal(
    rules: &Rules,
    (pairs, never): (&Pairs, &[Vec<usize>]),
    from: &[Option<Days>],
    (n_shifts, warmth): (u64, f64),
    dice: &mut Dice,
) -> Vec<Option<Days>> {
    let free: Vec<usize> = (0..rules.n()).filter(|&work| rules.is_free(work)).collect();
    let mut state = State::of(rules, pairs, never, from);
    if free.is_empty() {
        return state.plan;
    }
    let acts = |work: usize| pairs.alone[work].abs() + pairs.of[work].iter().map(|(_, g)| g.abs()).sum::<f64>();
    let strongest = free.iter().map(|&work| acts(work)).fold(0.0, f64::max);
    // A broken day weighs more than all that a work can do to the others in a year.
    let broken_weight = 366.0 * strongest + 1.0;
    let (warm, cold) = (warmth * (strongest + 1e-9), 1e-4 * warmth * (strongest + 1e-9));
    let (mut now, mut best_at) = (0.0, 0.0);
    let mut best = state.plan.clone();
    for shift in 0..n_shifts {
        let temperature = warm * (cold / warm).powf(shift as f64 / n_shifts as f64);
        let work = free[dice.below(free.len())];
        let Some(days) = state.plan[work] else { continue };
        let begins = &rules.begins[work];
        let begin = if dice.share() < 0.5 {
            begins[dice.below(begins.len())]
        } else {
            let at = begins.partition_point(|&begin| begin < days.first);
            let step = 1 + dice.below(3);
            let to = if dice.share() < 0.5 { at.saturating_sub(step) } else { at + step };
            begins[to.min(begins.len() - 1)]
        };
        let new = days.begun(begin);
        if new == days {
            continue;
        }
        let (before, after) = (state.cost(work, days), state.cost(work, new));
        let change = (after.broken_d as f64 - before.broken_d as f64) * broken_weight + after.added - before.added;
        if change <= 0.0 || dice.share() < (-change / temperature).exp() {
            state.put(work, Some(new));
            now += change;
            if now < best_at - 1e-9 {
                best_at = now;
                best.clone_from(&state.plan);
            }
        }
    }
    best
}
