//! Writing a WZDx 4.2 work zone feed.
//!
//! Each direction of a street is an event of its own, as the format has it: a full closure, an alternation and lanes that
//! are taken from both directions are two events that name each other (`related-work-zone`). Hours that recur over several
//! days are one event per day (`first-occurrence`, `next-occurrence`).

use std::collections::BTreeMap;

use geo_types::Coord;
use jiff::civil::{Date, DateTime};
use serde_json::{Map, Value, json};
use twin::{
    Findings, Twin,
    scenario::{ClosureKind, Control, OpenDirection},
};

use super::{
    super::{
        Publication,
        time::{self, Clock},
        write::{Exported, Means, Part, PlacedWork, parts},
    },
    UNATTRIBUTED,
};
use crate::project::Projector;

const MEANS: Means = Means { prefix: "wzdx", name: "WZDx", open_end: false, residents: true };

/// The text of a WZDx 4.2 work zone feed of some works. What it reads back as differs in what the findings name, and in
/// that works of several lines become several works.
///
/// # Errors
/// The twin has no reference system that leads to longitude and latitude.
pub fn write(works: &[PlacedWork], twin: &Twin, publication: &Publication) -> Result<Exported, Findings> {
    let projector = Projector::new(twin.crs.epsg)?;
    let clock = Clock::of(&twin.crs);
    let mut findings = Findings::default();
    let parts = parts(works, &MEANS, &projector, &mut findings);
    let sources = sources(&parts);
    let now = time::universal(publication.time);
    let features: Vec<Value> = parts.iter().flat_map(|part| events(part, &sources, &clock, &now)).collect();
    let mut data_sources: Vec<Value> = sources
        .iter()
        .map(|(owner, id)| json!({ "data_source_id": id, "organization_name": owner, "update_date": now }))
        .collect();
    if parts.iter().any(|part| part.work.closure.owner.is_none()) || data_sources.is_empty() {
        data_sources.push(
            json!({ "data_source_id": UNATTRIBUTED, "organization_name": publication.publisher, "update_date": now }),
        );
    }
    let root = json!({
        "feed_info": {
            "update_date": now,
            "publisher": publication.publisher,
            "version": "4.2",
            "data_sources": data_sources,
        },
        "type": "FeatureCollection",
        "features": features,
    });
    let mut keys: Vec<_> = parts.iter().map(|part| &part.work.key).collect();
    keys.dedup();
    Ok(Exported { text: format!("{root:#}\n"), n_works: keys.len(), findings })
}

/// Identifiers of the owners.
fn sources(parts: &[Part<'_>]) -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    for owner in parts.iter().filter_map(|part| part.work.closure.owner.as_ref()) {
        let next = (sources.len() + 1).to_string();
        sources.entry(owner.clone()).or_insert(next);
    }
    sources
}

/// One direction of a work.
struct Side {
    id: String,
    line: Vec<Coord<f64>>,
    other: Option<String>,
}

fn events(part: &Part<'_>, sources: &BTreeMap<String, String>, clock: &Clock, now: &str) -> Vec<Value> {
    let reversed = || part.line_wgs84.iter().rev().copied().collect::<Vec<_>>();
    let closure = &part.work.closure;
    let opposite = format!("{}/opposite", part.id);
    let sides = match closure.kind {
        ClosureKind::OneWay => {
            let along_closed = closure.open_direction == Some(OpenDirection::Against);
            let line = if along_closed { part.line_wgs84.clone() } else { reversed() };
            vec![Side { id: part.id.clone(), line, other: None }]
        }
        _ if closure.direction == Some(OpenDirection::Against) => {
            vec![Side { id: part.id.clone(), line: reversed(), other: None }]
        }
        _ if closure.direction.is_some() => {
            vec![Side { id: part.id.clone(), line: part.line_wgs84.clone(), other: None }]
        }
        _ if part.one_way => vec![Side { id: part.id.clone(), line: part.line_wgs84.clone(), other: None }],
        _ => vec![
            Side { id: part.id.clone(), line: part.line_wgs84.clone(), other: Some(opposite.clone()) },
            Side { id: opposite, line: reversed(), other: Some(part.id.clone()) },
        ],
    };
    let last = part.to.unwrap_or(part.from);
    let spans: Vec<(DateTime, DateTime)> = match closure.hours {
        Some(_) if last > part.from => days(part.from, last).map(|day| time::bounds(day, day, closure.hours)).collect(),
        hours => vec![time::bounds(part.from, last, hours)],
    };
    let mut events = Vec::new();
    for side in &sides {
        for (index, span) in spans.iter().enumerate() {
            events.push(event(part, side, (index, &spans), *span, sources, clock, now));
        }
    }
    events
}

fn days(from: Date, to: Date) -> impl Iterator<Item = Date> {
    std::iter::successors(Some(from), move |day| (*day < to).then(|| time::next_day(*day)))
}

/// Identifier of one day of a recurring event.
fn occurrence(id: &str, index: usize, spans: &[(DateTime, DateTime)]) -> String {
    match spans.get(index) {
        Some((begin, _)) if index > 0 => format!("{id}/{}", begin.date()),
        _ => id.to_owned(),
    }
}

fn event(
    part: &Part<'_>,
    side: &Side,
    (index, spans): (usize, &[(DateTime, DateTime)]),
    (begin, end): (DateTime, DateTime),
    sources: &BTreeMap<String, String>,
    clock: &Clock,
    now: &str,
) -> Value {
    let closure = &part.work.closure;
    let mut relations: Vec<Value> = Vec::new();
    let mut relate = |kind: &str, id: String| relations.push(json!({ "type": kind, "id": id }));
    if let Some(other) = &side.other {
        relate("related-work-zone", occurrence(other, index, spans));
    }
    if index > 0 {
        relate("first-occurrence", occurrence(&side.id, 0, spans));
    }
    if index + 1 < spans.len() {
        relate("next-occurrence", occurrence(&side.id, index + 1, spans));
    }
    let street = part.street.or(part.work.name.as_deref()).unwrap_or(part.work.key.as_str());
    let source = closure.owner.as_ref().and_then(|owner| sources.get(owner)).map_or(UNATTRIBUTED, String::as_str);
    let mut core = object(json!({
        "event_type": "work-zone",
        "data_source_id": source,
        "road_names": [street],
        "direction": direction(&side.line),
        "update_date": now,
    }));
    put(&mut core, "name", part.work.name.as_deref().map(Value::from));
    put(&mut core, "description", closure.cause.as_deref().map(Value::from));
    put(&mut core, "related_road_events", (!relations.is_empty()).then_some(Value::Array(relations)));
    let mut properties = object(json!({
        "core_details": core,
        "start_date": clock.written(begin),
        "end_date": clock.written(end),
        "is_start_date_verified": false,
        "is_end_date_verified": false,
        "is_start_position_verified": false,
        "is_end_position_verified": false,
        "location_method": "unknown",
        "work_zone_type": "static",
        "vehicle_impact": impact(closure.kind, closure.control),
    }));
    put(&mut properties, "restrictions", closure.exempt_residents.then(|| json!([{ "type": "local-access-only" }])));
    put(&mut properties, "lanes", closure.lanes.filter(|_| closure.kind == ClosureKind::Lanes).map(lanes));
    let coordinates: Vec<[f64; 2]> = side.line.iter().map(|at| [at.x, at.y]).collect();
    json!({
        "id": occurrence(&side.id, index, spans),
        "type": "Feature",
        "properties": properties,
        "geometry": { "type": "LineString", "coordinates": coordinates },
    })
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn put(map: &mut Map<String, Value>, key: &str, value: Option<Value>) {
    if let Some(value) = value {
        map.insert(key.to_owned(), value);
    }
}

const fn impact(kind: ClosureKind, control: Control) -> &'static str {
    match (kind, control) {
        (ClosureKind::Full | ClosureKind::OneWay, _) => "all-lanes-closed",
        (ClosureKind::Half, Control::Signal) => "temporary-traffic-signal",
        (ClosureKind::Half, Control::Priority) => "alternating-one-way",
        (ClosureKind::Half, Control::Flagger) => "flagging",
        (ClosureKind::Lanes, _) => "some-lanes-closed",
        (ClosureKind::Narrowed, _) => "all-lanes-open",
    }
}

/// The lanes that stay, and one on their right that is closed.
fn lanes(stay: u8) -> Value {
    let lane = |order: u8, status: &str| json!({ "order": order, "status": status, "type": "general" });
    let mut lanes: Vec<Value> = (1..=stay).map(|order| lane(order, "open")).collect();
    lanes.push(lane(stay.saturating_add(1), "closed"));
    Value::Array(lanes)
}

/// The nearest of the four directions that the format knows.
fn direction(line: &[Coord<f64>]) -> &'static str {
    let (Some(begin), Some(end)) = (line.first(), line.last()) else { return "unknown" };
    let north = end.y - begin.y;
    let east = (end.x - begin.x) * begin.y.to_radians().cos();
    if north.abs() >= east.abs() {
        if north >= 0.0 { "northbound" } else { "southbound" }
    } else if east >= 0.0 {
        "eastbound"
    } else {
        "westbound"
    }
}
