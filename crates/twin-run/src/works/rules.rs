//! What a plan must keep: who may not be open with whom, crews, order, events, windows.

use std::collections::BTreeMap;

use twin::works::Owner;
use twin_traffic::demand::profile;

use super::{
    ground::Ground,
    time::{DayWeights, Days, is_monday, number},
};

/// Days of a year, for the protection period.
const YEAR_D: f64 = 365.25;

/// The rules of a calendar, by work.
pub(super) struct Rules {
    /// For how much of a working day each day counts.
    pub(super) weights: DayWeights,
    /// The plan as given.
    pub(super) given: Vec<Option<Days>>,
    /// Days on which each work may begin, in order; the given one among them.
    pub(super) begins: Vec<Vec<i32>>,
    /// Works that may not be open at once: on one section, or too close.
    pub(super) apart: Vec<Vec<usize>>,
    /// Distance of those that are too close, metres.
    pub(super) close_m: BTreeMap<(usize, usize), f64>,
    /// Works that dig up a common stretch.
    pub(super) dug_twice: Vec<Vec<usize>>,
    /// Days during which a stretch is not dug up again.
    pub(super) protection_d: i32,
    /// First day after the protection of a renewed surface.
    pub(super) protected_until: Vec<Option<i32>>,
    /// Events that need the streets of each work: number of the event, days.
    pub(super) unwelcome: Vec<Vec<(usize, Days)>>,
    /// Favorable days, where a work should lie within them.
    pub(super) holidays: Vec<Option<Vec<Days>>>,
    /// Works that must have ended before, and those that must wait.
    pub(super) before: Vec<Vec<usize>>,
    pub(super) behind: Vec<Vec<usize>>,
    /// Groups of works of which only so many may be open at once: owners with crews, then all works.
    pub(super) groups: Vec<Group>,
    /// Groups of each work.
    pub(super) groups_of: Vec<Vec<usize>>,
}

/// Works of which only so many may be open at once.
pub(super) struct Group {
    /// The owner; all works where there is none.
    pub(super) owner: Option<String>,
    pub(super) at_once: u32,
}

impl Rules {
    pub(super) fn of(ground: &Ground<'_>) -> Self {
        let (calendar, given, n) = (ground.calendar, ground.given.clone(), ground.n());
        let is_planned = |work: usize| given[work].is_some();
        let limit_m = calendar.rules.distance_m.unwrap_or(0.0);
        let (mut apart, mut dug_twice, mut close_m) = (vec![Vec::new(); n], vec![Vec::new(); n], BTreeMap::new());
        for a in (0..n).filter(|&a| is_planned(a)) {
            for b in (a + 1..n).filter(|&b| is_planned(b)) {
                let same = ground.share_section(a, b);
                let close = if same { None } else { ground.distance_below_m(a, b, limit_m) };
                if same || close.is_some() {
                    apart[a].push(b);
                    apart[b].push(a);
                }
                if let Some(distance_m) = close {
                    close_m.insert((a, b), distance_m);
                }
                if same && ground.overlap(a, b) {
                    dug_twice[a].push(b);
                    dug_twice[b].push(a);
                }
            }
        }
        let years = calendar.rules.protection_years.unwrap_or(ground.prepared.assumptions.works_protection_years);
        let protection_d = (years * YEAR_D).ceil() as i32;
        let (before, behind) = order(ground);
        let (groups, groups_of) = groups(ground);
        let begins: Vec<Vec<i32>> = (0..n).map(|work| begins(ground, work)).collect();
        Self {
            weights: weights(ground, &given, &begins),
            begins,
            given,
            apart,
            close_m,
            dug_twice,
            protection_d,
            protected_until: calendar.works.iter().map(|work| Some(number(work.renewed?) + protection_d)).collect(),
            unwelcome: (0..n).map(|work| unwelcome(ground, work)).collect(),
            holidays: (0..n).map(|work| holidays(ground, work)).collect(),
            before,
            behind,
            groups,
            groups_of,
        }
    }

    pub(super) fn n(&self) -> usize {
        self.given.len()
    }

    /// Whether a work may be shifted.
    pub(super) fn is_free(&self, work: usize) -> bool {
        self.begins[work].len() > 1
    }

    /// Days on which a work alone breaks a rule: events, holidays, a protected surface.
    pub(super) fn alone_d(&self, work: usize, days: Days) -> u64 {
        let events: i32 = self.unwelcome[work].iter().map(|(_, event)| days.n_shared(*event)).sum();
        let outside = self.holidays[work]
            .as_ref()
            .map_or(0, |within| days.n() - within.iter().map(|h| days.n_shared(*h)).sum::<i32>());
        let protected = i32::from(self.protected_until[work].is_some_and(|until| days.first < until));
        (events + outside + protected).max(0) as u64
    }

    /// Days on which two works break a rule together; those that combinations and crews break are counted elsewhere.
    pub(super) fn pair_d(&self, (a, days_a): (usize, Days), (b, days_b): (usize, Days)) -> u64 {
        let mut broken = 0;
        if self.apart[a].contains(&b) {
            broken += days_a.n_shared(days_b);
        }
        if self.dug_twice[a].contains(&b) && self.digs_again(days_a, days_b) {
            broken += 1;
        }
        if self.before[a].contains(&b) {
            broken += (days_b.last - days_a.first + 1).max(0);
        }
        if self.before[b].contains(&a) {
            broken += (days_a.last - days_b.first + 1).max(0);
        }
        broken.max(0) as u64
    }

    /// Whether the later of two works on one stretch comes within the protection period of the other.
    pub(super) fn digs_again(&self, a: Days, b: Days) -> bool {
        let (first, second) = if a.first <= b.first { (a, b) } else { (b, a) };
        second.first > first.last && second.first - first.last <= self.protection_d
    }

    /// Works that any rule on pairs binds to this one, by rising number.
    pub(super) fn bound_to(&self, work: usize) -> Vec<usize> {
        let lists = [&self.apart, &self.dug_twice, &self.before, &self.behind];
        let mut bound: Vec<usize> = lists.iter().flat_map(|list| list[work].iter().copied()).collect();
        bound.sort_unstable();
        bound.dedup();
        bound
    }

    /// The nearest day on which a work could begin so that nothing of `hinders` is so.
    pub(super) fn nearest_free(&self, work: usize, hinders: impl Fn(Days) -> bool) -> Option<i32> {
        let given = self.given[work]?;
        let free = self.begins[work].iter().copied().filter(|&begin| !hinders(given.begun(begin)));
        free.min_by_key(|&begin| ((begin - given.first).abs(), begin))
    }
}

/// For how much each day counts on which anything can be open.
fn weights(ground: &Ground<'_>, given: &[Option<Days>], begins: &[Vec<i32>]) -> DayWeights {
    let all_hours: Vec<u8> = (0..24).collect();
    let parts = profile::day_factors(&ground.prepared.assumptions, &all_hours, |_| true);
    let places = given.iter().zip(begins).filter_map(|(given, begins)| {
        Some(Days {
            first: given.as_ref()?.first.min(*begins.first()?),
            last: given.as_ref()?.begun(*begins.last()?).last,
        })
    });
    let all = places.reduce(|a, b| Days { first: a.first.min(b.first), last: a.last.max(b.last) });
    all.map_or_else(DayWeights::default, |all| DayWeights::new(all, parts))
}

/// Days on which a work may begin.
fn begins(ground: &Ground<'_>, work: usize) -> Vec<i32> {
    let Some(given) = ground.given[work] else { return Vec::new() };
    let planned = &ground.calendar.works[work];
    if planned.fixed {
        return vec![given.first];
    }
    let earliest = planned.earliest.map_or(given.first, number).min(given.first);
    let latest = planned.latest.map_or(given.last, number).max(given.last) - given.n() + 1;
    let mondays = ground.calendar.rules.begin_on_mondays;
    (earliest..=latest).filter(|&begin| begin == given.first || !mondays || is_monday(begin)).collect()
}

/// Events that need the streets of a work.
fn unwelcome(ground: &Ground<'_>, work: usize) -> Vec<(usize, Days)> {
    let events = ground.calendar.events.iter().enumerate();
    let needed =
        events.filter(|(_, event)| !event.favorable && event.from <= event.to && ground.is_on(work, &event.streets));
    needed.map(|(index, event)| (index, Days::of((event.from, event.to)))).collect()
}

/// Favorable days on the streets of a work, where it should lie within them; days that several events share once.
fn holidays(ground: &Ground<'_>, work: usize) -> Option<Vec<Days>> {
    if !ground.calendar.works[work].in_holidays {
        return None;
    }
    let events = ground.calendar.events.iter().filter(|event| event.favorable && event.from <= event.to);
    let mut days: Vec<Days> = events
        .filter(|event| ground.is_on(work, &event.streets))
        .map(|event| Days::of((event.from, event.to)))
        .collect();
    days.sort_unstable();
    let mut merged: Vec<Days> = Vec::new();
    for next in days {
        match merged.last_mut() {
            Some(before) if next.first <= before.last + 1 => before.last = before.last.max(next.last),
            _ => merged.push(next),
        }
    }
    Some(merged)
}

fn order(ground: &Ground<'_>) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let works = &ground.calendar.works;
    let at: BTreeMap<_, usize> = works.iter().enumerate().map(|(index, work)| (&work.key, index)).collect();
    let planned = |work: &usize| ground.given[*work].is_some();
    let (mut before, mut behind) = (vec![Vec::new(); works.len()], vec![Vec::new(); works.len()]);
    for (work, planned_work) in works.iter().enumerate().filter(|(work, _)| planned(work)) {
        for first in planned_work.after.iter().filter_map(|key| at.get(key)).filter(|first| planned(first)) {
            before[work].push(*first);
            behind[*first].push(work);
        }
    }
    (before, behind)
}

fn groups(ground: &Ground<'_>) -> (Vec<Group>, Vec<Vec<usize>>) {
    let calendar = ground.calendar;
    let named = |owner: &Owner| Group { owner: Some(owner.name.trim().to_owned()), at_once: owner.at_once };
    let mut groups: Vec<Group> = calendar.owners.iter().map(named).collect();
    groups.extend(calendar.rules.at_once.map(|at_once| Group { owner: None, at_once }));
    let groups_of = calendar.works.iter().map(|work| {
        let owner = work.closure.owner.as_deref().map(str::trim);
        let of = |group: &Group| group.owner.as_deref().is_none_or(|name| owner == Some(name));
        (0..groups.len()).filter(|&group| of(&groups[group])).collect()
    });
    let groups_of = groups_of.collect();
    (groups, groups_of)
}
