//! The conflicts of a calendar as planned.

use std::collections::{BTreeMap, BTreeSet};

use twin::{
    Findings, Scenario, Twin, Watch,
    jiff::civil::Date,
    works::{Calendar, Conflict, ConflictKind, Conflicts},
};

use super::{
    combination::{Combination, Combinations},
    effect::{Alone, Effects},
    ground::Ground,
    rules::Rules,
    time::{Days, Period, day, periods},
};
use crate::{Prepared, resolve::holds_at};

/// Finds what is wrong with a calendar as planned.
///
/// # Model
/// Works are compared in pairs where their days overlap. Every work is computed once alone, from the equilibrium before; where the vehicles
/// that it sends elsewhere pass the site of another one that is open at the same time, its detour is blocked. What only several works
/// together cut off is looked at for every period in which the same works are open.
///
/// `scenario` says how traffic is computed; its closures play no part. Works that ended before `today` are left out.
///
/// # Left out
/// Signed detours: it is the ways drivers really take that are compared. What a work adds is that of a working day.
#[must_use]
pub fn check(
    twin: &Twin,
    prepared: &Prepared,
    scenario: &Scenario,
    calendar: &Calendar,
    today: Option<Date>,
    watch: &dyn Watch,
) -> Conflicts {
    let ground = Ground::of(twin, prepared, scenario, calendar, today);
    let rules = Rules::of(&ground);
    let mut effects = Effects::new(&ground);
    let alone = effects.alone(watch);
    let periods = periods(&rules.given);
    let mut combinations = Combinations::new(&ground);
    let looked_at = combinations.compute(periods.iter().map(|period| period.open.clone()), watch);
    let mut finder = Finder { ground: &ground, rules: &rules, found: Vec::new() };
    finder.pairs(alone.as_deref());
    finder.single();
    finder.crowds(&periods);
    finder.buses(&periods);
    finder.combined(&periods, &combinations);
    let mut conflicts = finder.found;
    conflicts.sort_by(|a, b| (a.kind, a.from, &a.works).cmp(&(b.kind, b.from, &b.works)));
    let added = |work: usize| {
        let alone = alone.as_ref()?;
        ground.given[work].map(|_| alone[work].effect.added_vehicle_h_d)
    };
    let mut findings: Findings = prepared.findings.clone();
    findings.extend(ground.findings.iter().cloned());
    findings.extend(effects.inexact());
    Conflicts {
        conflicts,
        added_vehicle_h_d: (0..ground.n()).map(added).collect(),
        findings,
        complete: alone.is_some() && looked_at,
        sections: ground.parts.clone(),
    }
}

/// Gathers conflicts.
struct Finder<'a> {
    ground: &'a Ground<'a>,
    rules: &'a Rules,
    found: Vec<Conflict>,
}

impl Finder<'_> {
    /// Adds a conflict between works; the one that can give way comes first.
    fn push(&mut self, kind: ConflictKind, works: &[usize], days: Days, amount: Option<f64>, subject: Option<String>) {
        let given = &self.rules.given;
        let free = |work: usize| {
            let others: Vec<Days> =
                works.iter().filter(|other| **other != work).filter_map(|&other| given[other]).collect();
            self.rules.nearest_free(work, |days| match kind {
                ConflictKind::ProtectionPeriod => {
                    others.iter().any(|&o| days.shared(o).is_some() || self.rules.digs_again(days, o))
                }
                ConflictKind::Order => others.iter().any(|other| days.first <= other.last),
                _ => others.iter().any(|&other| days.shared(other).is_some()),
            })
        };
        let shift = |work: &usize| {
            let given = given[*work].map_or(0, |days| days.first);
            free(*work).map(|begin| ((begin - given).abs(), begin, *work))
        };
        let movable: &[usize] = if kind == ConflictKind::Order { &works[..1] } else { works };
        let best = movable.iter().filter_map(shift).min();
        let first = best.map_or(works[0], |(_, _, work)| work);
        let mut ordered = vec![first];
        ordered.extend(works.iter().copied().filter(|work| *work != first));
        let (from, to) = days.dates();
        let free_from = best.map(|(_, begin, _)| day(begin));
        self.found.push(Conflict { kind, works: ordered, from, to, amount, subject, free_from });
    }

    /// Conflicts of two works.
    fn pairs(&mut self, alone: Option<&[Alone]>) {
        let n = self.rules.n();
        for a in 0..n {
            for b in a + 1..n {
                let (Some(days_a), Some(days_b)) = (self.rules.given[a], self.rules.given[b]) else { continue };
                self.rules_of_pair(a, b, days_a, days_b);
                let Some(days) = days_a.shared(days_b) else { continue };
                if let Some(alone) = alone {
                    self.detours(a, b, days, alone);
                }
            }
        }
    }

    fn rules_of_pair(&mut self, a: usize, b: usize, days_a: Days, days_b: Days) {
        let rules = self.rules;
        if let Some(days) = days_a.shared(days_b).filter(|_| rules.apart[a].contains(&b)) {
            match rules.close_m.get(&(a, b)) {
                Some(&distance_m) => self.push(ConflictKind::TooClose, &[a, b], days, Some(distance_m), None),
                None => self.push(ConflictKind::SameSection, &[a, b], days, None, self.ground.shared_street(a, b)),
            }
        }
        if rules.dug_twice[a].contains(&b) && rules.digs_again(days_a, days_b) {
            let later = if days_a.first <= days_b.first { [b, a] } else { [a, b] };
            let days = if later[0] == a { days_a } else { days_b };
            self.push(ConflictKind::ProtectionPeriod, &later, days, None, self.ground.shared_street(a, b));
        }
        for (later, first, days_later, days_first) in [(a, b, days_a, days_b), (b, a, days_b, days_a)] {
            if rules.before[later].contains(&first) && days_later.first <= days_first.last {
                let days = Days { first: days_later.first, last: days_first.last };
                self.push(ConflictKind::Order, &[later, first], days, None, None);
            }
        }
    }

    /// Whether the vehicles that one sends elsewhere pass the site of the other.
    fn detours(&mut self, a: usize, b: usize, days: Days, alone: &[Alone]) {
        let closures = &self.ground.resolved.scenario.closures;
        let together = self
            .ground
            .prepared
            .hours
            .iter()
            .any(|hour| holds_at(&closures[a], hour.hour) && holds_at(&closures[b], hour.hour));
        if !together || self.ground.share_section(a, b) {
            return;
        }
        let arcs = &self.ground.arcs;
        let (over_b, over_a) = (alone[a].sent_over_pce_h(&arcs[b]), alone[b].sent_over_pce_h(&arcs[a]));
        let (works, amount) = if over_b >= over_a { ([a, b], over_b) } else { ([b, a], over_a) };
        if amount >= self.ground.prepared.assumptions.works_detour_veh_h {
            let subject = self.ground.street(works[1]);
            let n = self.found.len();
            self.push(ConflictKind::OnDetour, &works, days, Some(amount), subject);
            // The work whose detour is blocked comes first, whoever gives way: the site is the subject.
            if self.found[n].works != works {
                self.found[n].works = works.to_vec();
                self.found[n].free_from = self.free_of(works[0], works[1]);
            }
        }
    }

    /// The nearest day on which a work could begin without meeting another one.
    fn free_of(&self, work: usize, other: usize) -> Option<Date> {
        let other = self.rules.given[other]?;
        self.rules.nearest_free(work, |days| days.shared(other).is_some()).map(day)
    }

    /// Bus lines that a work hits, by number or name.
    fn bus_lines(&self, work: usize) -> Vec<String> {
        let parts = &self.ground.parts[work];
        let routes = self.ground.twin.bus_routes.rows().iter();
        let hit = routes.filter(|route| route.arcs.iter().any(|arc| parts.iter().any(|part| part.link == arc.link)));
        let mut lines: Vec<String> =
            hit.filter_map(|route| route.line.clone().or_else(|| route.name.clone())).collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// Conflicts of a work with days, not with other works.
    fn single(&mut self) {
        let rules = self.rules;
        for work in 0..rules.n() {
            let Some(days) = rules.given[work] else { continue };
            for &(event, event_days) in &rules.unwelcome[work] {
                if let Some(shared) = days.shared(event_days) {
                    let name = self.ground.calendar.events[event].name.clone();
                    let hinders =
                        |days: Days| rules.unwelcome[work].iter().any(|(_, event)| days.shared(*event).is_some());
                    self.one(ConflictKind::Event, work, shared, Some(name), hinders);
                }
            }
            if let Some(within) = &rules.holidays[work] {
                let outside = |days: Days| days.n() > within.iter().map(|holiday| days.n_shared(*holiday)).sum::<i32>();
                if outside(days) {
                    self.one(ConflictKind::OutsideHolidays, work, days, None, outside);
                }
            }
            if let Some(until) = rules.protected_until[work].filter(|until| days.first < *until) {
                let street = self.ground.street(work);
                self.one(ConflictKind::ProtectionPeriod, work, days, street, |days| days.first < until);
            }
        }
    }

    fn one(
        &mut self,
        kind: ConflictKind,
        work: usize,
        days: Days,
        subject: Option<String>,
        hinders: impl Fn(Days) -> bool,
    ) {
        let (from, to) = days.dates();
        let free_from = self.rules.nearest_free(work, hinders).map(day);
        self.found.push(Conflict { kind, works: vec![work], from, to, amount: None, subject, free_from });
    }

    /// More works at once than crews, or than the rules allow.
    fn crowds(&mut self, periods: &[Period]) {
        for (index, group) in self.rules.groups.iter().enumerate() {
            let kind = if group.owner.is_some() { ConflictKind::Crews } else { ConflictKind::AtOnce };
            let of_group = |work: usize| self.rules.groups_of[work].contains(&index);
            for (days, works, most) in runs(periods, of_group, group.at_once as usize) {
                let (from, to) = days.dates();
                let (amount, subject) = (Some(most as f64), group.owner.clone());
                self.found.push(Conflict { kind, works, from, to, amount, subject, free_from: None });
            }
        }
    }

    /// Bus lines that several works hit at once.
    fn buses(&mut self, periods: &[Period]) {
        let mut hit_by: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        for work in 0..self.rules.n() {
            for line in self.bus_lines(work) {
                hit_by.entry(line).or_default().insert(work);
            }
        }
        for (line, hitting) in hit_by {
            for (days, works, most) in runs(periods, |work| hitting.contains(&work), 1) {
                let (from, to) = days.dates();
                let (amount, subject) = (Some(most as f64), Some(line.clone()));
                self.found.push(Conflict {
                    kind: ConflictKind::BusLine,
                    works,
                    from,
                    to,
                    amount,
                    subject,
                    free_from: None,
                });
            }
        }
    }

    /// What only works together do, in each run of periods in which they do it.
    fn combined(&mut self, periods: &[Period], combinations: &Combinations<'_>) {
        let mut runs: Vec<(Combination, Days)> = Vec::new();
        for period in periods {
            for found in combinations.of(&period.open) {
                let run = runs.iter_mut().rev().find(|(known, days)| {
                    (known.kind, &known.works) == (found.kind, &found.works) && days.last + 1 == period.days.first
                });
                match run {
                    Some((known, days)) => {
                        days.last = period.days.last;
                        known.amount = known.amount.max(found.amount);
                    }
                    None => runs.push((found, period.days)),
                }
            }
        }
        for (found, days) in runs {
            self.push(found.kind, &found.works, days, Some(found.amount), found.subject);
        }
    }
}

/// Runs of periods in which more than so many works of a kind are open at once: days, the works, the most at once.
fn runs(periods: &[Period], of_kind: impl Fn(usize) -> bool, limit: usize) -> Vec<(Days, Vec<usize>, usize)> {
    let mut runs: Vec<(Days, Vec<usize>, usize)> = Vec::new();
    for period in periods {
        let works: Vec<usize> = period.open.iter().copied().filter(|&work| of_kind(work)).collect();
        if works.len() <= limit {
            continue;
        }
        match runs.last_mut() {
            Some((days, known, most)) if days.last + 1 == period.days.first => {
                days.last = period.days.last;
                *most = works.len().max(*most);
                known.extend(works);
            }
            _ => runs.push((period.days, works.clone(), works.len())),
        }
    }
    for (_, works, _) in &mut runs {
        works.sort_unstable();
        works.dedup();
    }
    runs
}
