//! From the tree of a file to a [`Calendar`].

use std::collections::{BTreeMap, BTreeSet};

use twin::{
    Key, Twin,
    jiff::civil::Date,
    scenario::RoadTarget,
    works::{Calendar, Event, Owner, Rules, Work},
};

use super::super::{
    closure::closure,
    fields::{Fields, Notes, nearest},
    parse::{LENGTH, check_dates, require, table, tables, version},
    tree::{Node, Position, Value},
};

/// Greatest number of works at once that is not a slip of the pen.
const MANY: u64 = 100_000;

/// The calendar of a tree; what is wrong goes to `notes`.
pub(super) fn calendar(root: &Node, twin: &Twin, notes: &mut Notes) -> Calendar {
    let mut calendar = Calendar::default();
    let Some(mut top) = Fields::of(root, "", notes) else { return calendar };
    version(&mut top, notes);
    calendar.name = top.text("name", notes).unwrap_or_default();
    if let Some(mut fields) = table(&mut top, "rules", notes) {
        calendar.rules = Rules {
            distance_m: fields.number("distance_m", LENGTH, notes),
            protection_years: fields.number("protection_years", (0.0, 100.0), notes),
            at_once: count(&mut fields, "at_once", notes),
            begin_on_mondays: fields.flag("begin_on_mondays", notes).unwrap_or(false),
        };
        fields.finish(notes);
    }
    calendar.owners = tables(&mut top, "owner", notes, owner);
    calendar.events = tables(&mut top, "event", notes, event);
    let mut places = Vec::new();
    calendar.works = tables(&mut top, "work", notes, |fields, notes| work(fields, twin, &mut places, notes));
    top.finish(notes);
    check_ids(&places, notes);
    check_twice(&calendar.owners, notes);
    calendar
}

/// The fields of a work that name works, whether or not the others are right.
struct Place {
    key: Option<Key>,
    id: (String, Position),
    after: Vec<(Key, String, Position)>,
}

fn count(fields: &mut Fields<'_>, key: &'static str, notes: &mut Notes) -> Option<u32> {
    fields.whole(key, (1, MANY), notes).and_then(|count| u32::try_from(count).ok())
}

fn owner(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<Owner> {
    let name = fields.name("name", notes);
    require(name.is_some(), fields, "name", "the name of the owner, for example name = \"Stadtwerke\"", notes);
    let at_once = count(fields, "at_once", notes);
    require(at_once.is_some(), fields, "at_once", "the number of works its crews can carry out at once", notes);
    Some(Owner { name: name?, at_once: at_once? })
}

fn event(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<Event> {
    let name = fields.name("name", notes);
    require(name.is_some(), fields, "name", "the name of the event, for example name = \"Altstadtfest\"", notes);
    let (from, to) = (fields.date("from", notes), fields.date("to", notes));
    require(from.is_some(), fields, "from", "its first day, for example from = 2026-07-03", notes);
    require(to.is_some(), fields, "to", "its last day, for example to = 2026-07-06", notes);
    check_dates((from, to), &fields.path("to"), fields.position("to"), notes);
    let streets = texts(fields, "streets", "a list of street names", "streets = [\"Marktplatz\"]", notes);
    let favorable = fields.flag("favorable", notes).unwrap_or(false);
    Some(Event { name: name?, from: from?, to: to?, streets, favorable })
}

/// A list of texts that are not empty.
fn texts(fields: &mut Fields<'_>, key: &'static str, what: &str, example: &str, notes: &mut Notes) -> Vec<String> {
    let Some((items, path)) = fields.list(key, what, example, notes) else { return Vec::new() };
    let mut texts = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match &item.value {
            Value::Text(text) if !text.trim().is_empty() => texts.push(text.clone()),
            other => {
                let path = format!("{path}[{index}]");
                let message = format!("`{path}` must be a name in quotes, not {}.", other.shown());
                notes.error("wrong-type", &path, item.position, message, format!("Write, for example, {example}."));
            }
        }
    }
    texts
}

fn work(fields: &mut Fields<'_>, twin: &Twin, places: &mut Vec<Place>, notes: &mut Notes) -> Option<Work> {
    let id = fields.name("id", notes).map(Key::new);
    require(id.is_some(), fields, "id", "what other works call it, for example id = \"2026-017\"", notes);
    let closure = closure(fields, (None, None), twin, notes);
    let name = fields.text("name", notes);
    let (earliest, latest) = (fields.date("earliest", notes), fields.date("latest", notes));
    let after = texts(fields, "after", "a list of ids of works", "after = [\"2026-016\"]", notes);
    let after: Vec<Key> = after.into_iter().map(Key::new).collect();
    places.push(Place {
        key: id.clone(),
        id: (fields.path("id"), fields.position("id")),
        after: after.iter().cloned().zip(after_places(fields)).map(|(key, (path, at))| (key, path, at)).collect(),
    });
    let fixed = fields.flag("fixed", notes).unwrap_or(false);
    let in_holidays = fields.flag("in_holidays", notes).unwrap_or(false);
    let renewed = fields.date("renewed", notes);
    let closure = closure?;
    check_window((closure.from, closure.to), (earliest, latest), fixed, fields, notes);
    if let RoadTarget::Line(line) = &closure.target
        && line.0.windows(2).all(|pair| pair[0] == pair[1])
    {
        let message = "The drawn line has no length.".to_owned();
        let help = "Draw it along the closed part of the street.";
        notes.error("impossible-value", &fields.path("line"), fields.position("line"), message, help);
    }
    Some(Work { key: id?, name, closure, earliest, latest, after, fixed, in_holidays, renewed })
}

fn check_window(
    (from, to): (Option<Date>, Option<Date>),
    (earliest, latest): (Option<Date>, Option<Date>),
    fixed: bool,
    fields: &Fields<'_>,
    notes: &mut Notes,
) {
    if let (Some(earliest), Some(from)) = (earliest, from)
        && from < earliest
    {
        let message = format!("The plan begins on {from}, before the earliest day, {earliest}.");
        let help = "Give an earlier day as `earliest`, or a later one as `from`.";
        notes.error("plan-outside-window", &fields.path("earliest"), fields.position("earliest"), message, help);
    }
    if let (Some(latest), Some(to)) = (latest, to)
        && latest < to
    {
        let message = format!("The plan ends on {to}, after the latest day, {latest}.");
        let help = "Give a later day as `latest`, or an earlier one as `to`.";
        notes.error("plan-outside-window", &fields.path("latest"), fields.position("latest"), message, help);
    }
    for (key, given) in [("earliest", earliest), ("latest", latest)] {
        if fixed && given.is_some() {
            let message = format!("The dates are fixed, and `{key}` gives room to shift them.");
            let help = format!("Leave `{key}` or `fixed` out.");
            notes.error("contradiction", &fields.path(key), fields.position(key), message, help);
        }
    }
    for (key, given) in [("from", from), ("to", to)] {
        if given.is_none() && (fixed || earliest.is_some() || latest.is_some()) {
            require(false, fields, key, "first and last day of the plan: from = 2026-05-04, to = 2026-06-12", notes);
        }
    }
}

/// Where the entries of `after` stand.
fn after_places(fields: &Fields<'_>) -> Vec<(String, Position)> {
    let entry = fields.entries().iter().find(|entry| entry.key == "after");
    match entry.map(|entry| &entry.node.value) {
        Some(Value::Array(items)) => items
            .iter()
            .enumerate()
            .filter(|(_, item)| matches!(&item.value, Value::Text(text) if !text.trim().is_empty()))
            .map(|(index, item)| (format!("{}[{index}]", fields.path("after")), item.position))
            .collect(),
        _ => Vec::new(),
    }
}

/// Ids are given once; `after` names works that exist, and none waits for itself.
fn check_ids(places: &[Place], notes: &mut Notes) {
    let mut known: BTreeMap<&Key, usize> = BTreeMap::new();
    for (index, place) in places.iter().enumerate() {
        let Some(key) = &place.key else { continue };
        if let Some(first) = known.get(key) {
            let message = format!("Work {} has the id \"{key}\" already.", first + 1);
            notes.error("duplicate-id", &place.id.0, place.id.1, message, "Give every work an id of its own.");
        } else {
            known.insert(key, index);
        }
    }
    let ids: Vec<&str> = known.keys().map(|key| key.as_str()).collect();
    for (after, path, position) in places.iter().flat_map(|place| &place.after) {
        if !known.contains_key(after) {
            let message = format!("There is no work \"{after}\".");
            notes.error("unknown-work", path, *position, message, nearest(after.as_str(), &ids));
        }
    }
    for (index, place) in places.iter().enumerate() {
        if let (Some((_, path, position)), true) = (place.after.first(), waits_for_itself(places, &known, index)) {
            let id = place.key.as_ref().map_or("", Key::as_str);
            let message = format!("\"{id}\" can begin only after itself.");
            notes.error("circular-order", path, *position, message, "Break the circle of `after`.");
        }
    }
}

/// Whether a work is among those that must have ended before it.
fn waits_for_itself(places: &[Place], known: &BTreeMap<&Key, usize>, start: usize) -> bool {
    let (mut seen, mut stack) = (BTreeSet::new(), vec![start]);
    while let Some(work) = stack.pop() {
        for next in places[work].after.iter().filter_map(|(key, ..)| known.get(key)) {
            if *next == start {
                return true;
            }
            if seen.insert(*next) {
                stack.push(*next);
            }
        }
    }
    false
}

fn check_twice(owners: &[Owner], notes: &mut Notes) {
    let mut known = BTreeSet::new();
    for (index, owner) in owners.iter().enumerate() {
        if !known.insert(owner.name.as_str()) {
            let field = format!("owner[{index}].name");
            let position = notes.positions.get(&field).copied();
            let message = format!("The owner \"{}\" is listed twice.", owner.name);
            notes.error("duplicate-id", &field, position, message, "Leave one out.");
        }
    }
}
