//! From the timetable to bus stops and lines of the twin.

use std::collections::{BTreeMap, BTreeSet};

use geo_types::{Coord, LineString};
use rayon::prelude::*;
use rstar::{RTree, primitives::GeomWithData};
use twin::{
    Findings, Id, Key, Severity, Table, Twin, Watch,
    road::{Arc, Modes},
    transit::{BusRoute, BusStop},
};

use super::{ROUTES, STOPS, TRIPS, day::Day, feed::Feed, table::Notes};
use crate::{
    Tally,
    course::{Follower, Options, sampled},
    project,
};

/// A stop this near to one of the twin is that one, metres; farther where the names are equal.
const SAME_STOP_M: f64 = 30.0;
/// As far, where the names are equal, metres.
const SAME_NAME_M: f64 = 80.0;
/// Beyond this distance from every street for buses a stop is outside the town, metres.
const NEAR_M: f64 = 150.0;

/// Following a shape: drawn along the street, on another map.
const ALONG_SHAPE: Options =
    Options { modes: Modes::BUS, directed: true, radius_m: 40.0, sigma_m: 10.0, beta_m: 5.0, quickest: false };
/// Following stops: beside the street, and the way between them is longer than the crow's.
const ALONG_STOPS: Options =
    Options { modes: Modes::BUS, directed: true, radius_m: 60.0, sigma_m: 20.0, beta_m: 100.0, quickest: true };
/// Distance of the positions at which a shape is compared with the streets, metres.
const STEP_M: f64 = 25.0;

/// Route, direction, stops and shape of a trip.
type Way<'f> = (&'f str, Option<&'f str>, Vec<&'f str>, Option<&'f str>);

/// Trips that take the same way.
struct Pattern<'f> {
    route: &'f str,
    direction: Option<&'f str>,
    shape: Option<&'f str>,
    stops: Vec<&'f str>,
    headsign: Option<&'f str>,
    departures: f64,
}

/// Adds stops and lines of a timetable to a twin.
pub(super) fn join(
    twin: &mut Twin,
    feed: &Feed,
    day: &Day,
    notes: &mut Notes,
    tally: &mut Tally,
    watch: &dyn Watch,
) -> Result<(), Findings> {
    let patterns = patterns(feed, day, tally);
    let positions = positions(feed, twin)?;
    let served: BTreeSet<&str> = patterns.iter().flat_map(|pattern| pattern.stops.iter().copied()).collect();
    let along_shape = Follower::new(twin, ALONG_SHAPE);
    let mut stops = Stops::of(twin);
    let mut ids: BTreeMap<&str, Id<BusStop>> = BTreeMap::new();
    for (id, stop) in &feed.stops {
        match positions.stops.get(id.as_str()) {
            _ if !stop.is_platform => tally.drop(STOPS, "station, entrance or node"),
            _ if !served.contains(id.as_str()) => tally.drop(STOPS, "not served by buses that day"),
            None => tally.drop(STOPS, "without a position"),
            Some(&at) if along_shape.distance_m(at).is_none_or(|far_m| far_m > NEAR_M) => {
                tally.drop(STOPS, "outside the map");
                notes.group(
                    Severity::Note,
                    "stop-outside-map",
                    "stops outside the streets of the town, left out",
                    id,
                    "Nothing to do.",
                );
            }
            Some(&at) => {
                tally.keep(STOPS);
                ids.insert(id, stops.joined(id, stop.name.as_deref(), at));
            }
        }
    }
    let along_stops = Follower::new(twin, ALONG_STOPS);
    let courses: Vec<Vec<Vec<Arc>>> = patterns
        .par_iter()
        .map(|pattern| {
            let shape = pattern.shape.and_then(|shape| positions.shapes.get(shape)).filter(|shape| shape.len() > 1);
            let stretches = match shape {
                Some(shape) => along_shape.follow(&sampled(&LineString(shape.clone()), STEP_M)),
                None => {
                    let at: Vec<Coord<f64>> =
                        pattern.stops.iter().filter_map(|stop| positions.stops.get(stop).copied()).collect();
                    along_stops.follow(&at)
                }
            };
            // One position alone is no way.
            stretches
                .into_iter()
                .filter(|stretch| stretch.positions.0 < stretch.positions.1)
                .map(|stretch| stretch.arcs)
                .collect()
        })
        .collect();
    watch.progress("import-buses", 1, 1);
    drop((along_shape, along_stops));
    let routes = lines(feed, &patterns, courses, &ids, notes, tally);
    twin.bus_stops = stops.table;
    replace(twin, routes, notes);
    Ok(())
}

/// Patterns of the day in the order of routes; every trip is counted.
fn patterns<'f>(feed: &'f Feed, day: &Day, tally: &mut Tally) -> Vec<Pattern<'f>> {
    let mut patterns: BTreeMap<Way<'_>, Pattern<'f>> = BTreeMap::new();
    for trip in feed.trips.values() {
        if !feed.routes.get(&trip.route).is_some_and(|route| route.is_bus) {
            tally.drop(TRIPS, "no bus");
        } else if !day.services.contains(&trip.service) {
            tally.drop(TRIPS, "not on the day");
        } else if trip.stops.len() < 2 {
            tally.drop(TRIPS, "fewer than two stops");
        } else {
            tally.keep(TRIPS);
            let stops: Vec<&str> = trip.stops.iter().map(|(_, stop)| stop.as_str()).collect();
            let key = (trip.route.as_str(), trip.direction.as_deref(), stops.clone(), trip.shape.as_deref());
            let pattern = patterns.entry(key).or_insert_with(|| Pattern {
                route: &trip.route,
                direction: trip.direction.as_deref(),
                shape: trip.shape.as_deref(),
                stops,
                headsign: trip.headsign.as_deref(),
                departures: 0.0,
            });
            pattern.departures += trip.departures.unwrap_or(1.0);
        }
    }
    patterns.into_values().collect()
}

/// Positions in the twin's CRS.
struct Positions<'f> {
    stops: BTreeMap<&'f str, Coord<f64>>,
    shapes: BTreeMap<&'f str, Vec<Coord<f64>>>,
}

fn positions<'f>(feed: &'f Feed, twin: &Twin) -> Result<Positions<'f>, Findings> {
    let (ids, wgs84): (Vec<&str>, Vec<Coord<f64>>) =
        feed.stops.iter().filter_map(|(id, stop)| Some((id.as_str(), stop.position_wgs84?))).unzip();
    let local = project::local_from_wgs84_many(twin.crs.epsg, &wgs84)?;
    let stops = ids.into_iter().zip(local).filter_map(|(id, at)| Some((id, at?))).collect();
    let all: Vec<Coord<f64>> = feed.shapes.values().flatten().copied().collect();
    let mut local = project::local_from_wgs84_many(twin.crs.epsg, &all)?.into_iter();
    let shapes = feed
        .shapes
        .iter()
        .map(|(id, points)| (id.as_str(), local.by_ref().take(points.len()).flatten().collect()))
        .collect();
    Ok(Positions { stops, shapes })
}

/// Stops of the twin, with those that are added.
struct Stops {
    table: Table<BusStop>,
    tree: RTree<GeomWithData<[f64; 2], Id<BusStop>>>,
}

impl Stops {
    fn of(twin: &Twin) -> Self {
        let table = twin.bus_stops.clone();
        let tree = RTree::bulk_load(
            table.iter().map(|(id, stop)| GeomWithData::new([stop.position.x, stop.position.y], id)).collect(),
        );
        Self { table, tree }
    }

    /// The stop of the twin at a place, or a new one.
    fn joined(&mut self, id: &str, name: Option<&str>, at: Coord<f64>) -> Id<BusStop> {
        let same_name = |stop: &BusStop| {
            let folded = |name: &str| {
                name.to_lowercase().replace(['-', ',', '.'], " ").split_whitespace().collect::<Vec<_>>().join(" ")
            };
            stop.name.as_deref().zip(name).is_some_and(|(a, b)| {
                let (a, b) = (folded(a), folded(b));
                a == b || b.ends_with(&format!(" {a}"))
            })
        };
        let near = self.tree.locate_within_distance([at.x, at.y], SAME_NAME_M * SAME_NAME_M).map(|found| {
            let far_m = (found.geom()[0] - at.x).hypot(found.geom()[1] - at.y);
            (!same_name(&self.table[found.data]), far_m, found.data)
        });
        let best = near
            .filter(|(other_name, far_m, _)| !other_name || *far_m <= SAME_STOP_M)
            .min_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.cmp(&b.2)));
        if let Some((_, _, found)) = best {
            return found;
        }
        self.table.push(BusStop {
            key: Key::new(format!("gtfs/stop/{id}")),
            name: name.map(str::to_owned),
            position: at,
        })
    }
}

/// The lines of the timetable; every route is counted.
fn lines(
    feed: &Feed,
    patterns: &[Pattern<'_>],
    courses: Vec<Vec<Vec<Arc>>>,
    ids: &BTreeMap<&str, Id<BusStop>>,
    notes: &mut Notes,
    tally: &mut Tally,
) -> Vec<BusRoute> {
    let mut routes = Vec::new();
    let mut kept: BTreeMap<&str, usize> = BTreeMap::new();
    for (pattern, course) in patterns.iter().zip(courses) {
        let stops: Vec<Id<BusStop>> = pattern.stops.iter().filter_map(|stop| ids.get(stop).copied()).collect();
        if stops.is_empty() && course.is_empty() {
            continue;
        }
        let number = kept.entry(pattern.route).or_default();
        *number += 1;
        let Some(route) = feed.routes.get(pattern.route) else { continue };
        let key = Key::new(format!("gtfs/{}#{number}", pattern.route));
        if course.len() > 1 {
            notes.group(
                Severity::Note,
                "bus-route-gap",
                "bus lines that leave the streets of the town on the way",
                key.as_str(),
                "Nothing to do where they leave the map; else check which streets are open to buses.",
            );
        }
        if course.is_empty() {
            notes.group(
                Severity::Warning,
                "bus-route-without-street",
                "bus lines that serve stops here, but follow no street open to buses",
                key.as_str(),
                "Check one-way and bus tags of the streets.",
            );
        }
        let arcs: Vec<Arc> = course.into_iter().flatten().collect();
        let name_of =
            |stop: Option<&&str>| stop.and_then(|stop| feed.stops.get(*stop)).and_then(|stop| stop.name.clone());
        let ends = name_of(pattern.stops.first())
            .zip(name_of(pattern.stops.last()))
            .map(|(from, to)| format!("{from} – {to}"));
        let name = ends.or_else(|| route.name.clone()).or_else(|| pattern.headsign.map(str::to_owned));
        let line = route.line.clone().or_else(|| route.name.clone()).or_else(|| pattern.direction.map(str::to_owned));
        routes.push(BusRoute {
            key,
            line,
            name,
            operator: route.operator.clone(),
            arcs,
            stops,
            departures_per_day: Some(pattern.departures),
        });
    }
    let runs: BTreeSet<&str> = patterns.iter().map(|pattern| pattern.route).collect();
    for (id, route) in &feed.routes {
        if !route.is_bus {
            tally.drop(ROUTES, "no bus");
        } else if !runs.contains(id.as_str()) {
            tally.drop(ROUTES, "no departure on the day");
        } else if kept.contains_key(id.as_str()) {
            tally.keep(ROUTES);
        } else {
            tally.drop(ROUTES, "outside the map");
            notes.group(
                Severity::Note,
                "bus-route-outside-map",
                "bus lines outside the streets of the town, left out",
                id,
                "Nothing to do.",
            );
        }
    }
    routes
}

/// Puts lines into the twin; what it has of the same lines goes.
fn replace(twin: &mut Twin, routes: Vec<BusRoute>, notes: &mut Notes) {
    let number =
        |route: &BusRoute| route.line.as_deref().map(|line| line.to_lowercase().split_whitespace().collect::<String>());
    let mut by_line: BTreeMap<String, Vec<&BusRoute>> = BTreeMap::new();
    for route in &routes {
        by_line.entry(number(route).unwrap_or_default()).or_default().push(route);
    }
    let same = |old: &BusRoute, new: &BusRoute| {
        let streets: BTreeSet<_> = new.arcs.iter().map(|arc| arc.link).collect();
        old.arcs.iter().any(|arc| streets.contains(&arc.link)) || old.stops.iter().any(|stop| new.stops.contains(stop))
    };
    let mut kept = Vec::new();
    for old in twin.bus_routes.rows() {
        let line = number(old).unwrap_or_default();
        let replaced = !line.is_empty() && by_line.get(&line).is_some_and(|new| new.iter().any(|new| same(old, new)));
        if replaced {
            notes.group(
                Severity::Note,
                "bus-line-replaced",
                "lines of the map that the timetable replaces",
                old.key.as_str(),
                "Nothing to do.",
            );
        } else {
            kept.push(old.clone());
        }
    }
    kept.extend(routes);
    twin.bus_routes = Table::from(kept);
}
