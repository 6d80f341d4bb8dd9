//! The timetable as its tables say it.

use std::collections::{BTreeMap, BTreeSet};

use geo_types::Coord;
use jiff::civil::Date;
use twin::{Finding, Findings, Severity};

use super::{
    archive::Tables,
    table::{Notes, Row, rows},
};

/// A timetable.
#[derive(Debug, Default)]
pub(super) struct Feed {
    pub(super) publisher: Option<String>,
    pub(super) start: Option<Date>,
    pub(super) routes: BTreeMap<String, Route>,
    pub(super) stops: BTreeMap<String, Stop>,
    pub(super) trips: BTreeMap<String, Trip>,
    pub(super) services: BTreeMap<String, Service>,
    /// Positions of shapes in order, longitude and latitude.
    pub(super) shapes: BTreeMap<String, Vec<Coord<f64>>>,
}

/// A line.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) line: Option<String>,
    pub(super) name: Option<String>,
    pub(super) operator: Option<String>,
    pub(super) is_bus: bool,
}

#[derive(Debug)]
pub(super) struct Stop {
    pub(super) name: Option<String>,
    pub(super) position_wgs84: Option<Coord<f64>>,
    /// Whether vehicles stop there: no station, entrance or node.
    pub(super) is_platform: bool,
}

#[derive(Debug)]
pub(super) struct Trip {
    pub(super) route: String,
    pub(super) service: String,
    pub(super) shape: Option<String>,
    pub(super) headsign: Option<String>,
    pub(super) direction: Option<String>,
    /// Stops by sequence.
    pub(super) stops: Vec<(u32, String)>,
    /// Departures by headway; once where nothing.
    pub(super) departures: Option<f64>,
}

/// Days on which trips run.
#[derive(Debug, Default)]
pub(super) struct Service {
    /// Monday to Sunday, first and last day.
    pub(super) weekly: Option<([bool; 7], Date, Date)>,
    pub(super) added: BTreeSet<Date>,
    pub(super) removed: BTreeSet<Date>,
}

const HELP: &str = "Tell the publisher of the timetable.";

/// Reads all tables.
pub(super) fn read(tables: &Tables, notes: &mut Notes) -> Result<Feed, Findings> {
    let mut feed = Feed::default();
    let mut wrong = Findings::default();
    let mut agencies: BTreeMap<String, String> = BTreeMap::new();
    let agency = rows(tables, "agency.txt", &["agency_name"], notes, |row, _| {
        if let Some(name) = row.owned("agency_name") {
            agencies.insert(row.owned("agency_id").unwrap_or_default(), name);
        }
    });
    keep(agency, &mut wrong);
    let info = rows(tables, "feed_info.txt", &[], notes, |row, _| {
        feed.publisher = row.owned("feed_publisher_name").or_else(|| feed.publisher.take());
        feed.start = row.get("feed_start_date").and_then(date).or(feed.start);
    });
    keep(info, &mut wrong);
    if feed.publisher.is_none() {
        feed.publisher = agencies.values().next().cloned();
    }
    required(tables, "routes.txt", &["route_id", "route_type"], notes, &mut wrong, |row, notes| {
        route(row, &agencies, &mut feed.routes, notes)
    });
    required(tables, "stops.txt", &["stop_id"], notes, &mut wrong, |row, notes| stop(row, &mut feed.stops, notes));
    required(tables, "trips.txt", &["route_id", "service_id", "trip_id"], notes, &mut wrong, |row, notes| {
        trip(row, &feed.routes, &mut feed.trips, notes)
    });
    required(tables, "stop_times.txt", &["trip_id", "stop_id", "stop_sequence"], notes, &mut wrong, |row, notes| {
        stop_time(row, &feed.stops, &mut feed.trips, notes);
    });
    for trip in feed.trips.values_mut() {
        trip.stops.sort();
        trip.stops.dedup_by(|a, b| a.0 == b.0);
    }
    let weekly = rows(tables, "calendar.txt", &["service_id", "start_date", "end_date"], notes, |row, notes| {
        calendar(row, &mut feed.services, notes)
    });
    let dates = rows(tables, "calendar_dates.txt", &["service_id", "date", "exception_type"], notes, |row, notes| {
        exception(row, &mut feed.services, notes)
    });
    if let (Ok(false), Ok(false)) = (&weekly, &dates) {
        wrong.push(
            Finding::error("missing-table", "The timetable has neither `calendar.txt` nor `calendar_dates.txt`.")
                .with_help("Fetch it again."),
        );
    }
    keep(weekly, &mut wrong);
    keep(dates, &mut wrong);
    keep(
        rows(tables, "frequencies.txt", &["trip_id", "start_time", "end_time", "headway_secs"], notes, |row, notes| {
            frequency(row, &mut feed.trips, notes)
        }),
        &mut wrong,
    );
    let mut shapes: BTreeMap<String, Vec<(u32, Coord<f64>)>> = BTreeMap::new();
    let used: BTreeSet<String> = feed.trips.values().filter_map(|trip| trip.shape.clone()).collect();
    let read = rows(
        tables,
        "shapes.txt",
        &["shape_id", "shape_pt_lat", "shape_pt_lon", "shape_pt_sequence"],
        notes,
        |row, notes| shape(row, &used, &mut shapes, notes),
    );
    keep(read, &mut wrong);
    for (id, mut points) in shapes {
        points.sort_by_key(|(sequence, _)| *sequence);
        feed.shapes.insert(id, points.into_iter().map(|(_, at)| at).collect());
    }
    if wrong.has_errors() { Err(wrong) } else { Ok(feed) }
}

fn keep(read: Result<bool, Findings>, wrong: &mut Findings) {
    if let Err(findings) = read {
        wrong.extend(findings);
    }
}

fn required(
    tables: &Tables,
    name: &'static str,
    columns: &[&str],
    notes: &mut Notes,
    wrong: &mut Findings,
    each: impl FnMut(&Row<'_>, &mut Notes),
) {
    match rows(tables, name, columns, notes, each) {
        Ok(true) => {}
        Ok(false) => wrong.push(
            Finding::error("missing-table", format!("The timetable has no `{name}`.")).with_help("Fetch it again."),
        ),
        Err(findings) => wrong.extend(findings),
    }
}

/// `20260504`.
pub(super) fn date(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

/// Seconds of `25:10:00`: hours go beyond 24.
fn clock_s(text: &str) -> Option<u32> {
    let mut parts = text.trim().split(':');
    let mut part = || parts.next()?.trim().parse::<u32>().ok();
    let (hours, minutes, seconds) = (part()?, part()?, part()?);
    (hours < 1000 && minutes < 60 && seconds < 60).then_some(3600 * hours + 60 * minutes + seconds)
}

fn route(row: &Row<'_>, agencies: &BTreeMap<String, String>, routes: &mut BTreeMap<String, Route>, notes: &mut Notes) {
    let (Some(id), Some(kind)) = (row.owned("route_id"), row.number::<u32>("route_type")) else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "routes without identifier or type, left out",
            &row.place,
            HELP,
        );
    };
    let operator = match row.get("agency_id") {
        Some(agency) => agencies.get(agency).cloned(),
        None if agencies.len() == 1 => agencies.values().next().cloned(),
        None => None,
    };
    // Bus, trolleybus; coaches and buses of the extended types.
    let is_bus = matches!(kind, 3 | 11 | 200..=299 | 700..=799 | 800);
    let route = Route { line: row.owned("route_short_name"), name: row.owned("route_long_name"), operator, is_bus };
    if routes.insert(id, route).is_some() {
        notes.group(
            Severity::Warning,
            "duplicate-id",
            "routes whose identifier stands more than once; the last counts",
            &row.place,
            HELP,
        );
    }
}

fn stop(row: &Row<'_>, stops: &mut BTreeMap<String, Stop>, notes: &mut Notes) {
    let Some(id) = row.owned("stop_id") else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "stops without identifier, left out",
            &row.place,
            HELP,
        );
    };
    let place = row.number::<f64>("stop_lon").zip(row.number::<f64>("stop_lat"));
    let position_wgs84 = place
        .map(|(x, y)| Coord { x, y })
        .filter(|at| at.x.abs() <= 180.0 && at.y.abs() <= 90.0 && (at.x, at.y) != (0.0, 0.0));
    let is_platform = matches!(row.get("location_type"), None | Some("0" | "4"));
    if is_platform && position_wgs84.is_none() {
        notes.group(Severity::Warning, "stop-without-position", "stops without a usable position", &row.place, HELP);
    }
    if stops.insert(id, Stop { name: row.owned("stop_name"), position_wgs84, is_platform }).is_some() {
        notes.group(
            Severity::Warning,
            "duplicate-id",
            "stops whose identifier stands more than once; the last counts",
            &row.place,
            HELP,
        );
    }
}

fn trip(row: &Row<'_>, routes: &BTreeMap<String, Route>, trips: &mut BTreeMap<String, Trip>, notes: &mut Notes) {
    let (Some(route), Some(service), Some(id)) = (row.owned("route_id"), row.owned("service_id"), row.owned("trip_id"))
    else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "trips without route, service or identifier, left out",
            &row.place,
            HELP,
        );
    };
    if !routes.contains_key(&route) {
        return notes.group(
            Severity::Warning,
            "unknown-reference",
            "trips of routes that are not in the timetable, left out",
            &row.place,
            HELP,
        );
    }
    let trip = Trip {
        route,
        service,
        shape: row.owned("shape_id"),
        headsign: row.owned("trip_headsign"),
        direction: row.owned("direction_id"),
        stops: Vec::new(),
        departures: None,
    };
    if trips.insert(id, trip).is_some() {
        notes.group(
            Severity::Warning,
            "duplicate-id",
            "trips whose identifier stands more than once; the last counts",
            &row.place,
            HELP,
        );
    }
}

fn stop_time(row: &Row<'_>, stops: &BTreeMap<String, Stop>, trips: &mut BTreeMap<String, Trip>, notes: &mut Notes) {
    let (Some(trip), Some(stop), Some(sequence)) =
        (row.get("trip_id"), row.get("stop_id"), row.number::<u32>("stop_sequence"))
    else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "stop times without trip, stop or sequence, left out",
            &row.place,
            HELP,
        );
    };
    if !stops.contains_key(stop) {
        return notes.group(
            Severity::Warning,
            "unknown-reference",
            "stop times at stops that are not in the timetable, left out",
            &row.place,
            HELP,
        );
    }
    match trips.get_mut(trip) {
        Some(trip) => trip.stops.push((sequence, stop.to_owned())),
        None => notes.group(
            Severity::Warning,
            "unknown-reference",
            "stop times of trips that are not in the timetable, left out",
            &row.place,
            HELP,
        ),
    }
}

fn calendar(row: &Row<'_>, services: &mut BTreeMap<String, Service>, notes: &mut Notes) {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let span = row.get("start_date").and_then(date).zip(row.get("end_date").and_then(date));
    let (Some(id), Some((from, to))) = (row.owned("service_id"), span) else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "services without identifier or dates, left out",
            &row.place,
            HELP,
        );
    };
    services.entry(id).or_default().weekly = Some((DAYS.map(|day| row.get(day) == Some("1")), from, to));
}

fn exception(row: &Row<'_>, services: &mut BTreeMap<String, Service>, notes: &mut Notes) {
    let (Some(id), Some(day), Some(kind @ ("1" | "2"))) =
        (row.owned("service_id"), row.get("date").and_then(date), row.get("exception_type"))
    else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "exceptions without service, date or type, left out",
            &row.place,
            HELP,
        );
    };
    let service = services.entry(id).or_default();
    if kind == "1" {
        service.added.insert(day)
    } else {
        service.removed.insert(day)
    };
}

fn frequency(row: &Row<'_>, trips: &mut BTreeMap<String, Trip>, notes: &mut Notes) {
    let span = row.get("start_time").and_then(clock_s).zip(row.get("end_time").and_then(clock_s));
    let headway_s = row.number::<u32>("headway_secs").filter(|headway_s| *headway_s > 0);
    let trip = row.get("trip_id").and_then(|id| trips.get_mut(id));
    let (Some(trip), Some((from_s, to_s)), Some(headway_s)) =
        (trip, span.filter(|(from_s, to_s)| from_s <= to_s), headway_s)
    else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "frequencies without trip, times or headway, left out",
            &row.place,
            HELP,
        );
    };
    // A departure at the begin, and one per headway before the end.
    let departures = f64::from((to_s - from_s).div_ceil(headway_s).max(1));
    trip.departures = Some(trip.departures.unwrap_or(0.0) + departures);
}

fn shape(
    row: &Row<'_>,
    used: &BTreeSet<String>,
    shapes: &mut BTreeMap<String, Vec<(u32, Coord<f64>)>>,
    notes: &mut Notes,
) {
    let place = row.number::<f64>("shape_pt_lon").zip(row.number::<f64>("shape_pt_lat"));
    let place = place.filter(|(x, y)| x.abs() <= 180.0 && y.abs() <= 90.0);
    let (Some(id), Some((x, y)), Some(sequence)) = (row.get("shape_id"), place, row.number("shape_pt_sequence")) else {
        return notes.group(
            Severity::Warning,
            "unreadable-row",
            "points of shapes without shape, position or sequence, left out",
            &row.place,
            HELP,
        );
    };
    if used.contains(id) {
        shapes.entry(id.to_owned()).or_default().push((sequence, Coord { x, y }));
    }
}
