//! Feeds of works, in and out, on drawn towns and with the samples of their publishers.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod gtfs;
mod harm;
mod round_trip;
mod samples;
mod town;

use serde_json::{Value, json};
use twin::{
    Twin,
    geo_types::Coord,
    jiff::civil::{date, time},
    road::Modes,
    scenario::{ClosureKind, Control, OpenDirection, RoadTarget},
    works::Work,
};
use twin_io::feed::{self, Feed, ReadOptions};

use town::{at, town, wgs84};

pub(crate) fn read(text: &str, twin: &Twin) -> Feed {
    let feed = feed::parse(text.as_bytes(), "feed", twin, ReadOptions::default()).unwrap();
    assert!(feed.tally.adds_up());
    let (works, kept): (u64, u64) = (feed.works.len() as u64, feed.tally.kinds.values().map(|count| count.kept).sum());
    assert_eq!(works, kept);
    feed
}

pub(crate) fn codes(feed: &Feed) -> Vec<&str> {
    feed.findings.iter().map(|finding| finding.code).collect()
}

pub(crate) fn line(work: &Work) -> &[Coord<f64>] {
    match &work.closure.target {
        RoadTarget::Line(line) => &line.0,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn length_m(line: &[Coord<f64>]) -> f64 {
    line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).sum()
}

/// A work zone along places of the drawn town.
fn event(id: &str, places: &[Coord<f64>], changes: Value) -> Value {
    let coordinates: Vec<[f64; 2]> = wgs84(places).iter().map(|at| [at.x, at.y]).collect();
    let mut event = json!({
        "id": id, "type": "Feature",
        "properties": {
            "core_details": { "event_type": "work-zone", "data_source_id": "1", "direction": "eastbound", "road_names": ["Hauptstraße"] },
            "start_date": "2026-05-04T06:00:00Z", "end_date": "2026-06-12T16:00:00Z", "vehicle_impact": "all-lanes-closed",
            "location_method": "unknown"
        },
        "geometry": { "type": "LineString", "coordinates": coordinates }
    });
    merge(&mut event, changes);
    event
}

fn merge(into: &mut Value, from: Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from,
    }
}

fn feed_of(events: &[Value]) -> String {
    json!({
        "feed_info": { "version": "4.2", "publisher": "P", "update_date": "2026-05-01T00:00:00Z",
                       "data_sources": [{ "data_source_id": "1", "organization_name": "Stadtwerke" }] },
        "type": "FeatureCollection", "features": events,
    })
    .to_string()
}

fn impact(impact: &str) -> Value {
    json!({ "properties": { "vehicle_impact": impact } })
}

#[test]
fn vehicle_impacts_become_closures() {
    let street = [at(20.0, 200.0), at(180.0, 200.0)];
    let lanes = json!({ "properties": { "vehicle_impact": "some-lanes-closed", "lanes": [
        { "order": 1, "type": "general", "status": "open" }, { "order": 2, "type": "general", "status": "closed" },
        { "order": 3, "type": "shoulder", "status": "open" }] } });
    let feed = read(
        &feed_of(&[
            event("a", &street, impact("all-lanes-closed")),
            event("b", &street, impact("alternating-one-way")),
            event("c", &street, impact("temporary-traffic-signal")),
            event("d", &street, impact("flagging")),
            event("e", &street, lanes),
            event("f", &street, impact("all-lanes-open-shift-left")),
            event("g", &street, impact("unknown")),
            event("h", &street, json!({ "properties": { "core_details": { "direction": "unknown" } } })),
            event(
                "i",
                &street,
                json!({ "properties": { "vehicle_impact": "all-lanes-open", "restrictions": [{ "type": "local-access-only" }] } }),
            ),
        ]),
        &town(),
    );
    let kinds: Vec<_> = feed.works.iter().map(|work| (work.key.as_str(), work.closure.kind)).collect();
    assert_eq!(
        kinds,
        [
            ("wzdx/a", ClosureKind::OneWay),
            ("wzdx/b", ClosureKind::Half),
            ("wzdx/c", ClosureKind::Half),
            ("wzdx/d", ClosureKind::Half),
            ("wzdx/e", ClosureKind::Lanes),
            ("wzdx/h", ClosureKind::Full),
            ("wzdx/i", ClosureKind::OneWay),
        ]
    );
    let closure = &feed.works[0].closure;
    assert_eq!(closure.open_direction, Some(OpenDirection::Against));
    assert_eq!((closure.from, closure.to, closure.hours), (Some(date(2026, 5, 4)), Some(date(2026, 6, 12)), None));
    assert_eq!(closure.owner.as_deref(), Some("Stadtwerke"));
    assert_eq!(feed.works[0].name.as_deref(), Some("Hauptstraße"));
    assert_eq!(feed.works[1].closure.control, Control::Signal, "longer than a priority sign is for");
    assert_eq!(feed.works[3].closure.control, Control::Flagger);
    assert_eq!(feed.works[4].closure.lanes, Some(1));
    assert_eq!(feed.works[6].closure.exempt, Modes::EMERGENCY);
    assert!(feed.works[6].closure.exempt_residents);
    assert_eq!(feed.works[4].closure.direction, Some(OpenDirection::Along), "the line's direction");
    for code in ["control-assumed", "nothing-closed", "impact-unknown"] {
        assert!(codes(&feed).contains(&code), "{code}");
    }
}

#[test]
fn both_directions_and_recurring_days_are_one_work() {
    let there = [at(20.0, 200.0), at(180.0, 200.0)];
    let back = [at(180.0, 200.0), at(20.0, 200.0)];
    let day = |id: &str, line: &[Coord<f64>], day: u8, relations: Value| {
        event(
            id,
            line,
            json!({ "properties": {
            "start_date": format!("2026-05-{day:02}T05:00:00Z"), "end_date": format!("2026-05-{day:02}T14:30:00Z"),
            "core_details": { "related_road_events": relations } } }),
        )
    };
    let next = |id: &str| json!([{ "type": "next-occurrence", "id": id }]);
    let first = |id: &str| json!([{ "type": "first-occurrence", "id": id }]);
    let feed = read(
        &feed_of(&[
            day("a", &there, 4, next("a2")),
            day("a2", &there, 5, first("a")),
            day("b", &back, 4, next("b2")),
            day("b2", &back, 5, first("b")),
            day("c", &there, 8, json!([])),
        ]),
        &town(),
    );
    assert_eq!(feed.works.len(), 2);
    let closure = &feed.works[0].closure;
    assert_eq!(closure.kind, ClosureKind::Full);
    assert_eq!((closure.from, closure.to), (Some(date(2026, 5, 4)), Some(date(2026, 5, 5))));
    assert_eq!(closure.hours, Some((time(7, 0, 0, 0), time(16, 30, 0, 0))), "universal time is two hours behind");
    assert_eq!(codes(&feed).iter().filter(|code| **code == "event-joined").count(), 3);
}

#[test]
fn noisy_lines_lie_on_their_street() {
    let twin = town();
    // Along Hauptstraße from A to E, 12 m beside it, with a zigzag of 8 m and a wrong point.
    let mut places: Vec<Coord<f64>> = Vec::new();
    for step in 0..=28_u32 {
        let x = 25.0 * f64::from(step);
        let y = if x < 400.0 { 200.0 } else { 200.0 - (x - 400.0) * 80.0 / 300.0 };
        places.push(at(x, y + 12.0 + if step % 2 == 0 { 8.0 } else { -8.0 }));
    }
    places[8] = at(205.0, 230.0);
    let feed = read(
        &feed_of(&[event("n", &places, json!({})), event("r", &[at(390.0, 205.0), at(20.0, 195.0)], json!({}))]),
        &twin,
    );
    assert_eq!(feed.works.len(), 2, "{:?}", feed.findings);
    let placed = line(&feed.works[0]);
    let on_street = |at: &Coord<f64>| {
        twin.roads.links().filter(|(_, link)| link.name.as_deref() == Some("Hauptstraße")).any(|(_, link)| {
            link.geometry.lines().any(|part| {
                let (d, r) = (part.delta(), *at - part.start);
                let t = ((r.x * d.x + r.y * d.y) / (d.x * d.x + d.y * d.y)).clamp(0.0, 1.0);
                (r.x - t * d.x).hypot(r.y - t * d.y) < 0.01
            })
        })
    };
    assert!(placed.iter().all(on_street), "{placed:?}");
    assert!((length_m(placed) - 720.0).abs() < 20.0, "{}", length_m(placed));
    assert!(placed[0].x < placed[placed.len() - 1].x);
    let back = line(&feed.works[1]);
    assert!(back[0].x > back[back.len() - 1].x, "the line keeps its direction");
    assert!((length_m(back) - 370.0).abs() < 1.0);
}

#[test]
fn points_take_the_way_between_them() {
    let twin = town();
    let points = json!({ "geometry": { "type": "MultiPoint" } });
    let feed = read(
        &feed_of(&[
            event("p", &[at(300.0, 205.0), at(800.0, 118.0)], points.clone()),
            event("one", &[at(100.0, 203.0)], points),
        ]),
        &twin,
    );
    let placed = line(&feed.works[0]);
    assert_eq!(placed.len(), 7, "along the curve: {placed:?}");
    assert!((length_m(line(&feed.works[1])) - 20.0).abs() < 1e-6);
    assert!(codes(&feed).contains(&"point-without-length"));
}

#[test]
fn what_does_not_fit_is_told_with_its_record() {
    let twin = town();
    let street = [at(20.0, 200.0), at(180.0, 200.0)];
    let dates = |from: &str, to: &str| json!({ "properties": { "start_date": from, "end_date": to } });
    let feed = read(
        &feed_of(&[
            event("far", &[at(5000.0, 200.0), at(5200.0, 200.0)], json!({})),
            event("field", &[at(450.0, 330.0), at(600.0, 330.0)], json!({})),
            event("point", &[at(20.0, 200.0), at(20.0, 200.0)], json!({})),
            event("back", &street, dates("2026-06-01T00:00:00Z", "2026-05-01T00:00:00Z")),
            event("empty", &street, dates("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z")),
            event("soon", &street, dates("soon", "2026-06-01T00:00:00Z")),
            event("local", &street, dates("2026-05-01T00:00:00", "2026-06-01T00:00:00")),
            event("same", &street, json!({})),
            event("same", &[at(20.0, 200.0), at(100.0, 200.0)], json!({})),
            event("none", &street, json!({ "geometry": null })),
            event(
                "swap",
                &street,
                json!({ "geometry": { "coordinates": wgs84(&street).iter().map(|at| [at.y, at.x]).collect::<Vec<_>>() } }),
            ),
        ]),
        &twin,
    );
    let found: Vec<(String, &str)> =
        feed.findings.iter().filter_map(|finding| Some((finding.key.clone()?.to_string(), finding.code))).collect();
    for (key, code) in [
        ("wzdx/far", "work-outside-map"),
        ("wzdx/field", "work-along-no-street"),
        ("wzdx/point", "geometry-without-length"),
        ("wzdx/back", "dates-reversed"),
        ("wzdx/empty", "zero-duration"),
        ("wzdx/soon", "date-unreadable"),
        ("wzdx/local", "date-without-zone"),
        ("wzdx/same", "duplicate-id"),
        ("wzdx/none", "geometry-missing"),
        ("wzdx/swap", "axes-swapped"),
    ] {
        assert!(found.contains(&(key.to_owned(), code)), "{key} {code}: {found:?}");
    }
    let keys: Vec<&str> = feed.works.iter().map(|work| work.key.as_str()).collect();
    assert_eq!(keys, ["wzdx/local", "wzdx/same", "wzdx/same#2", "wzdx/swap"]);
    let far = feed.findings.iter().find(|finding| finding.code == "work-outside-map").unwrap();
    assert!(far.message.contains("4 km"), "{}", far.message);
    assert!(feed.findings.iter().filter(|finding| finding.key.is_some()).all(|finding| finding.position.is_some()));
    let today = ReadOptions { today: Some(date(2026, 6, 13)) };
    let text = feed_of(&[event("old", &street, json!({}))]);
    let feed = feed::parse(text.as_bytes(), "feed", &twin, today).unwrap();
    assert!(feed.works.is_empty() && codes(&feed) == ["work-expired"]);
}
