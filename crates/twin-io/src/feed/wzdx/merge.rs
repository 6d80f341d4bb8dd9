//! Events that are one work: both directions of a street, and days on which it recurs.

use std::collections::BTreeMap;

use geo_types::Coord;
use twin::Finding;

use super::super::{
    event::{Collector, Effect, Event},
    time::next_day,
};
use crate::project::geodesic_length_m;

/// Ends of the lines of two directions lie within this, metres.
const ENDS_M: f64 = 60.0;

/// An event with the events that it names.
pub(super) struct Draft {
    pub(super) event: Event,
    /// Type of relation, identifier.
    pub(super) relations: Vec<(String, String)>,
}

impl Draft {
    fn related<'d>(&'d self, kind: &'d str) -> impl Iterator<Item = &'d str> {
        self.relations.iter().filter(move |(known, _)| known == kind).map(|(_, id)| id.as_str())
    }
}

/// The events, with those joined that are one work; what was joined is told.
pub(super) fn merged(mut drafts: Vec<Draft>, collector: &mut Collector<'_>) -> Vec<Event> {
    let mut gone = vec![false; drafts.len()];
    join_occurrences(&mut drafts, &mut gone, collector);
    join_directions(&mut drafts, &mut gone, collector);
    drafts.into_iter().zip(gone).filter(|(_, gone)| !gone).map(|(draft, _)| draft.event).collect()
}

fn absorb(draft: &Draft, into: &str, what: &str, collector: &mut Collector<'_>) {
    let finding =
        Finding::note("event-joined", format!("{what} of the work {}/{into}: both are one work.", collector.prefix));
    collector.leave_out(
        &draft.event.id,
        draft.event.position,
        "part of another work",
        finding.with_help("Nothing to do."),
    );
}

/// Days of a recurring event that follow each other and are alike.
fn join_occurrences(drafts: &mut [Draft], gone: &mut [bool], collector: &mut Collector<'_>) {
    let mut series: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate() {
        if let Some(first) = draft.related("first-occurrence").next() {
            series.entry(first.to_owned()).or_default().push(index);
        }
    }
    let heads: Vec<usize> =
        (0..drafts.len()).filter(|&index| drafts[index].related("first-occurrence").next().is_none()).collect();
    for head in heads {
        let Some(mut members) = series.remove(&drafts[head].event.id) else { continue };
        members.sort_by_key(|&index| drafts[index].event.span);
        let mut last = drafts[head].event.span.to;
        let like = |index: usize| {
            let (a, b) = (&drafts[head].event, &drafts[index].event);
            a.effect == b.effect
                && a.shape == b.shape
                && a.span.hours == b.span.hours
                && a.exempt == b.exempt
                && a.residents == b.residents
        };
        let follows = members.iter().all(|&index| {
            let next = drafts[index].event.span.from;
            let fits = like(index) && next.is_some() && last.map(next_day) == next;
            last = drafts[index].event.span.to;
            fits
        });
        if !follows {
            continue;
        }
        let id = drafts[head].event.id.clone();
        for &index in &members {
            absorb(&drafts[index], &id, "Another day", collector);
            gone[index] = true;
        }
        drafts[head].event.span.to = last;
    }
}

/// Events of the two directions of a street.
fn join_directions(drafts: &mut [Draft], gone: &mut [bool], collector: &mut Collector<'_>) {
    let mut alike: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (index, draft) in drafts.iter().enumerate().filter(|(index, _)| !gone[*index]) {
        alike.entry((draft.event.span, draft.event.road.clone())).or_default().push(index);
    }
    let places: BTreeMap<String, usize> =
        drafts.iter().enumerate().rev().map(|(index, draft)| (draft.event.id.clone(), index)).collect();
    for index in 0..drafts.len() {
        if gone[index] {
            continue;
        }
        let named = drafts[index].related("related-work-zone").filter_map(|id| places.get(id).copied());
        let same =
            alike.get(&(drafts[index].event.span, drafts[index].event.road.clone())).into_iter().flatten().copied();
        let other = named.chain(same).find(|&other| {
            other != index && !gone[other] && joint(&drafts[index].event, &drafts[other].event).is_some()
        });
        let Some(other) = other else { continue };
        let id = drafts[index].event.id.clone();
        absorb(&drafts[other], &id, "The other direction", collector);
        gone[other] = true;
        if let Some(effect) = joint(&drafts[index].event, &drafts[other].event) {
            let event = &mut drafts[index].event;
            (event.effect, event.both) = (effect, true);
        }
    }
}

/// What two events are together, where they are the directions of one work.
fn joint(a: &Event, b: &Event) -> Option<Effect> {
    let (p, q) = (a.shape.positions(), b.shape.positions());
    let apart_m = |a: Option<&Coord<f64>>, b: Option<&Coord<f64>>| {
        a.zip(b).map_or(f64::INFINITY, |(a, b)| geodesic_length_m(&[*a, *b]))
    };
    let within_m = ENDS_M.min(0.4 * apart_m(p.first(), p.last()));
    let opposite = apart_m(p.first(), q.last()) <= within_m && apart_m(p.last(), q.first()) <= within_m;
    if !(opposite && within_m.is_finite() && a.span == b.span && a.exempt == b.exempt && a.residents == b.residents) {
        return None;
    }
    match (a.effect, b.effect) {
        (Effect::Direction, Effect::Direction) => Some(Effect::Full),
        (Effect::Half(one), Effect::Half(other)) => Some(Effect::Half(one.or(other))),
        (Effect::Lanes(one), Effect::Lanes(other)) if one == other => Some(Effect::Lanes(one)),
        _ => None,
    }
}
