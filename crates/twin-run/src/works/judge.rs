//! What a plan costs: joint equilibria of the works that are open at once, and the rules it breaks.

use std::collections::{BTreeMap, BTreeSet};

use twin::Watch;

use super::{
    combination::Combinations,
    effect::{Alone, Effects},
    ground::Ground,
    rules::Rules,
    search::Pairs,
    time::{Days, periods},
};

/// What a plan costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    /// Days on which rules are broken.
    pub(super) broken_d: u64,
    /// Added vehicle-hours.
    pub(super) added: f64,
}

impl Score {
    /// Whether it is better by more than rounding.
    pub(super) fn beats(self, other: Self) -> bool {
        self.broken_d < other.broken_d
            || (self.broken_d == other.broken_d && self.added < other.added - 1e-9 * other.added.abs())
    }
}

/// Judges plans; every set of works is computed once.
pub(super) struct Judge<'a> {
    pub(super) ground: &'a Ground<'a>,
    pub(super) rules: &'a Rules,
    pub(super) effects: Effects<'a>,
    combinations: Combinations<'a>,
    pub(super) alone: Vec<Alone>,
    /// Works that each work acts on.
    acts_on: Vec<BTreeSet<usize>>,
    /// Sets of works that were found to be fatal together.
    pub(super) never: Vec<Vec<usize>>,
}

impl<'a> Judge<'a> {
    /// Computes every work alone; nothing where stopped.
    pub(super) fn new(ground: &'a Ground<'a>, rules: &'a Rules, watch: &dyn Watch) -> Option<Self> {
        let mut effects = Effects::new(ground);
        let alone = effects.alone(watch)?;
        let combinations = Combinations::new(ground);
        let mut acts_on = vec![BTreeSet::new(); ground.n()];
        // What two works do together is a difference of three equilibria, each as accurate as the relative gap.
        let noise = 3.0 * effects.noise_vehicle_h();
        for a in 0..ground.n() {
            for b in a + 1..ground.n() {
                if effects.interaction_vehicle_h((a, b), &alone) > noise {
                    acts_on[a].insert(b);
                    acts_on[b].insert(a);
                }
            }
        }
        Some(Self { ground, rules, effects, combinations, alone, acts_on, never: Vec::new() })
    }

    /// Pairs of works that act on each other and could be open at once.
    pub(super) fn pairs(&self) -> Vec<(usize, usize)> {
        let window = |work: usize| {
            let (given, begins) = (self.rules.given[work]?, &self.rules.begins[work]);
            Some(Days { first: *begins.first()?, last: begins.last()? + given.n() - 1 })
        };
        let mut pairs = Vec::new();
        for (a, others) in self.acts_on.iter().enumerate() {
            let later = others.iter().filter(|&&b| b > a);
            pairs.extend(
                later
                    .filter(|&&b| window(a).zip(window(b)).is_some_and(|(a, b)| a.shared(b).is_some()))
                    .map(|&b| (a, b)),
            );
        }
        pairs
    }

    /// What works do together beyond the sum of what they do alone, from the joint equilibria of pairs; false where stopped.
    pub(super) fn compute_pairs(&mut self, watch: &dyn Watch) -> bool {
        let sets = self.pairs().into_iter().map(|(a, b)| vec![a, b]).collect();
        self.effects.compute(sets, "works-pairs", watch)
    }

    /// The pairwise model. Where larger sets were computed, what they do beyond their pairs is laid on these in proportion to their strength,
    /// as a mean over those sets.
    pub(super) fn surrogate(&self, seen: &BTreeSet<Vec<usize>>) -> Pairs {
        let mut by_pair: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for (a, b) in self.pairs() {
            if let Some(joint) = self.effects.get(&[a, b]) {
                by_pair.insert((a, b), joint.added_vehicle_h_d - self.of_one(a) - self.of_one(b));
            }
        }
        let mut learned: BTreeMap<(usize, usize), (f64, u32)> = BTreeMap::new();
        for set in seen.iter().filter(|set| set.len() > 2) {
            let Some(joint) = self.effects.get(set) else { continue };
            let inner: Vec<((usize, usize), f64)> = set
                .iter()
                .enumerate()
                .flat_map(|(at, &a)| set[at + 1..].iter().map(move |&b| (a, b)))
                .filter_map(|pair| by_pair.get(&pair).map(|g| (pair, *g)))
                .collect();
            let weight: f64 = inner.iter().map(|(_, g)| g.abs()).sum();
            let singles: f64 = set.iter().map(|&work| self.of_one(work)).sum();
            let beyond = joint.added_vehicle_h_d - singles - inner.iter().map(|(_, g)| g).sum::<f64>();
            for (pair, g) in inner.iter().filter(|_| weight > 0.0) {
                let sum = learned.entry(*pair).or_default();
                *sum = (sum.0 + beyond * g.abs() / weight, sum.1 + 1);
            }
        }
        let alone = (0..self.ground.n()).map(|work| self.of_one(work)).collect();
        let mut pairs = Pairs { alone, of: vec![Vec::new(); self.ground.n()] };
        for ((a, b), g) in by_pair {
            let more = learned.get(&(a, b)).map_or(0.0, |(sum, n)| sum / f64::from(*n));
            pairs.of[a].push((b, g + more));
            pairs.of[b].push((a, g + more));
        }
        pairs
    }

    fn of_one(&self, work: usize) -> f64 {
        self.alone[work].effect.added_vehicle_h_d
    }

    /// The works of a set in groups that do not act on each other.
    pub(super) fn clusters(&self, open: &[usize]) -> Vec<Vec<usize>> {
        let mut left: BTreeSet<usize> = open.iter().copied().collect();
        let mut clusters = Vec::new();
        while let Some(first) = left.pop_first() {
            let (mut cluster, mut stack) = (vec![first], vec![first]);
            while let Some(work) = stack.pop() {
                for other in
                    self.acts_on[work].iter().filter(|other| left.contains(*other)).copied().collect::<Vec<_>>()
                {
                    left.remove(&other);
                    cluster.push(other);
                    stack.push(other);
                }
            }
            cluster.sort_unstable();
            clusters.push(cluster);
        }
        clusters
    }

    /// What a plan costs by the joint equilibria of works that act on each other, others adding up; nothing where stopped.
    pub(super) fn quick(
        &mut self,
        plan: &[Option<Days>],
        seen: &mut BTreeSet<Vec<usize>>,
        watch: &dyn Watch,
    ) -> Option<Score> {
        let periods: Vec<(Days, Vec<Vec<usize>>)> =
            periods(plan).into_iter().map(|period| (period.days, self.clusters(&period.open))).collect();
        let sets: Vec<Vec<usize>> = periods.iter().flat_map(|(_, clusters)| clusters.iter().cloned()).collect();
        seen.extend(sets.iter().cloned());
        self.score(plan, sets, "works-search", watch)?;
        let mut added = 0.0;
        for (days, clusters) in &periods {
            for cluster in clusters {
                added += self.rules.weights.of(*days) * self.effects.get(cluster)?.added_vehicle_h_d;
            }
        }
        Some(Score { broken_d: self.broken_d(plan), added })
    }

    /// What a plan costs by the joint equilibrium of all works that are open in each period; nothing where stopped.
    pub(super) fn full(&mut self, plan: &[Option<Days>], watch: &dyn Watch) -> Option<Score> {
        let periods = periods(plan);
        self.score(plan, periods.iter().map(|period| period.open.clone()).collect(), "works-evaluate", watch)?;
        let mut added = 0.0;
        for period in &periods {
            added += self.rules.weights.of(period.days) * self.effects.get(&period.open)?.added_vehicle_h_d;
        }
        Some(Score { broken_d: self.broken_d(plan), added })
    }

    /// Computes what is missing, and learns which works are fatal together.
    fn score(
        &mut self,
        plan: &[Option<Days>],
        sets: Vec<Vec<usize>>,
        stage: &'static str,
        watch: &dyn Watch,
    ) -> Option<()> {
        let periods = periods(plan);
        let looked_at = self.combinations.compute(periods.iter().map(|period| period.open.clone()), watch);
        let computed = self.effects.compute(sets, stage, watch);
        if !(looked_at && computed) {
            return None;
        }
        for found in periods.iter().flat_map(|period| self.combinations.of(&period.open)) {
            if !self.never.contains(&found.works) {
                self.never.push(found.works);
            }
        }
        Some(())
    }

    /// Days on which a plan breaks rules; combinations as far as they were looked at.
    pub(super) fn broken_d(&self, plan: &[Option<Days>]) -> u64 {
        let rules = self.rules;
        let mut broken = 0;
        for (a, days) in plan.iter().enumerate().filter_map(|(work, days)| Some((work, (*days)?))) {
            broken += rules.alone_d(a, days);
            for b in rules.bound_to(a).into_iter().filter(|&b| b > a) {
                broken += plan[b].map_or(0, |other| rules.pair_d((a, days), (b, other)));
            }
        }
        for period in periods(plan) {
            let n_days = period.days.n() as u64;
            for (index, group) in rules.groups.iter().enumerate() {
                let open = period.open.iter().filter(|&&work| rules.groups_of[work].contains(&index)).count() as u64;
                broken += n_days * open.saturating_sub(u64::from(group.at_once));
            }
            broken += n_days * self.combinations.of(&period.open).len() as u64;
        }
        broken
    }

    /// Added vehicle-hours if effects simply added up.
    pub(super) fn added_alone(&self, plan: &[Option<Days>]) -> f64 {
        plan.iter()
            .zip(&self.alone)
            .filter_map(|(days, alone)| Some(self.rules.weights.of((*days)?) * alone.effect.added_vehicle_h_d))
            .sum()
    }
}
