//! Whom closures touch: tables of addresses, buses and signed detours, and their layers.
//!
//! | table | one row per |
//! |---|---|
//! | `emergency` | address, service and computed hour |
//! | `reach` | address and errand whose way changes |
//! | `school` | address whose walk to school leads past a work site |
//! | `frontage` | address along a closure |
//! | `bus` | bus route through a closed section |
//! | `detour_signed` | closed direction |

use rusqlite::types::Value;
use twin::{
    Findings, Id, Outcome, Twin,
    building::{Address, Place},
    geo_types::LineString,
    outcome::{Touched, touched::BusEffect},
    road::Arc,
    transit::BusRoute,
};

use super::{
    rows::label_of,
    table::{Cell, Kind, Table, integer, maybe_text, number, text},
};
use crate::gpkg::{
    column::{Column, GEOMETRY_COLUMN},
    multi_line_string,
    package::{Layer, Package},
    style::{self, Symbol},
};

/// The tables; none where no closure was looked at.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    let Some(touched) = &outcome.touched else { return Vec::new() };
    vec![
        emergency(twin, touched),
        reach(twin, touched),
        school(twin, touched),
        frontage(twin, touched),
        bus(twin, touched),
        signed(twin, touched),
    ]
}

fn address(twin: &Twin, id: Id<Address>) -> [Cell; 2] {
    let address = twin.addresses.get(id);
    [maybe_text(address.map(|address| address.key.as_str())), maybe_text(address.map(label_of).as_deref())]
}

fn place(twin: &Twin, id: Option<Id<Place>>) -> Cell {
    maybe_text(id.and_then(|id| twin.places.get(id)).map(|place| place.name.as_deref().unwrap_or(place.key.as_str())))
}

fn emergency(twin: &Twin, touched: &Touched) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "emergency",
        &[
            ("key", Text),
            ("label", Text),
            ("service", Text),
            ("hour", Integer),
            ("base_station", Text),
            ("station", Text),
            ("base_time_min", Number),
            ("time_min", Number),
            ("added_min", Number),
            ("limit_min", Number),
            ("status", Text),
        ],
    );
    for response in &touched.responses {
        for row in &response.addresses {
            let [key, label] = address(twin, row.address);
            let (base_s, with_s) = (row.base.time_s, row.with.map(|with| with.time_s));
            let status = match with_s {
                None => "lost",
                Some(with_s) if with_s <= response.limit_s => "in_time",
                Some(_) if base_s <= response.limit_s => "beyond_limit",
                Some(_) => "beyond_limit_before",
            };
            table.push([
                key,
                label,
                text(response.service.name()),
                integer(response.hour),
                place(twin, Some(row.base.station)),
                place(twin, row.with.map(|with| with.station)),
                number(base_s / 60.0),
                Cell::Number(with_s.map(|with_s| with_s / 60.0)),
                Cell::Number(with_s.map(|with_s| (with_s - base_s) / 60.0)),
                number(response.limit_s / 60.0),
                text(status),
            ]);
        }
    }
    table
}

fn reach(twin: &Twin, touched: &Touched) -> Table {
    use Kind::{Number, Text};
    let mut table = Table::new(
        "reach",
        &[
            ("key", Text),
            ("label", Text),
            ("errand", Text),
            ("base_length_m", Number),
            ("length_m", Number),
            ("added_m", Number),
            ("worst_added_m", Number),
            ("base_time_min", Number),
            ("time_min", Number),
            ("added_min", Number),
        ],
    );
    for way in &touched.ways {
        let [key, label] = address(twin, way.address);
        table.push([
            key,
            label,
            text(way.errand.name()),
            number(way.base.length_m),
            Cell::Number(way.with.map(|with| with.length_m)),
            Cell::Number(way.added_m()),
            Cell::Number(way.worst_added_m),
            number(way.base.time_s / 60.0),
            Cell::Number(way.with.map(|with| with.time_s / 60.0)),
            Cell::Number(way.added_s().map(|added_s| added_s / 60.0)),
        ]);
    }
    table
}

fn school(twin: &Twin, touched: &Touched) -> Table {
    use Kind::{Number, Text};
    let mut table = Table::new(
        "school",
        &[
            ("key", Text),
            ("label", Text),
            ("school", Text),
            ("base_walk_m", Number),
            ("walk_m", Number),
            ("added_m", Number),
            ("clear_walk_m", Number),
        ],
    );
    for walk in &touched.school_walks {
        let [key, label] = address(twin, walk.address);
        table.push([
            key,
            label,
            place(twin, Some(walk.school)),
            number(walk.base_m),
            Cell::Number(walk.with_m),
            Cell::Number(walk.with_m.map(|with_m| with_m - walk.base_m)),
            Cell::Number(walk.clear_m),
        ]);
    }
    table
}

fn frontage(twin: &Twin, touched: &Touched) -> Table {
    use Kind::{Integer, Text};
    let mut table = Table::new("frontage", &[("closure", Integer), ("key", Text), ("label", Text), ("delivery", Text)]);
    for frontage in &touched.frontages {
        for &id in &frontage.addresses {
            let [key, label] = address(twin, id);
            let delivery = if frontage.without_delivery.contains(&id) { "lost" } else { "stays" };
            table.push([integer(frontage.closure as i64 + 1), key, label, text(delivery)]);
        }
    }
    table
}

fn bus(twin: &Twin, touched: &Touched) -> Table {
    use Kind::{Number, Text};
    let mut table = Table::new(
        "bus",
        &[
            ("key", Text),
            ("line", Text),
            ("name", Text),
            ("operator", Text),
            ("status", Text),
            ("delay_s", Number),
            ("added_m", Number),
            ("added_min", Number),
            ("departures_per_day", Number),
            ("added_min_per_day", Number),
            ("streets", Text),
            ("stops_lost", Text),
        ],
    );
    for bus in &touched.buses {
        let Some(route) = twin.bus_routes.get(bus.route) else { continue };
        let stops: Vec<&str> = bus
            .stops_lost
            .iter()
            .filter_map(|&stop| twin.bus_stops.get(stop))
            .map(|stop| stop.name.as_deref().unwrap_or(stop.key.as_str()))
            .collect();
        let arcs: Vec<Arc> = bus.diversions.iter().flat_map(|diversion| diversion.arcs.iter().copied()).collect();
        table.push([
            text(route.key.as_str()),
            maybe_text(route.line.as_deref()),
            maybe_text(route.name.as_deref()),
            maybe_text(route.operator.as_deref()),
            text(status(bus)),
            number(bus.delay_s.iter().copied().fold(0.0, f64::max)),
            Cell::Number(bus.added_m()),
            Cell::Number(bus.added_s().map(|added_s| added_s / 60.0)),
            Cell::Number(bus.departures_per_day),
            Cell::Number(bus.added_s().zip(bus.departures_per_day).map(|(added_s, n)| added_s / 60.0 * n)),
            text(streets(twin, &arcs)),
            text(stops.join("; ")),
        ]);
    }
    table
}

fn status(bus: &BusEffect) -> &'static str {
    match (bus.blocked, bus.added_m()) {
        (false, _) => "delayed",
        (true, Some(_)) => "diverted",
        (true, None) => "broken",
    }
}

fn signed(twin: &Twin, touched: &Touched) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "detour_signed",
        &[
            ("closure", Integer),
            ("towards", Text),
            ("from_key", Text),
            ("to_key", Text),
            ("length_m", Number),
            ("added_m", Number),
            ("added_min", Number),
            ("quality", Text),
            ("residential_m", Number),
            ("saturation", Number),
            ("saturated_key", Text),
            ("saturated_hour", Integer),
            ("followed_percent", Number),
            ("streets", Text),
        ],
    );
    for detour in &touched.signed {
        let route = detour.route.as_ref();
        let load = route.and_then(|route| route.load);
        let of = |value: Option<f64>| Cell::Number(value);
        table.push([
            integer(detour.closure as i64 + 1),
            text(if detour.along { "along" } else { "against" }),
            maybe_text(route.map(|route| twin.roads[route.from].key.as_str())),
            maybe_text(route.map(|route| twin.roads[route.to].key.as_str())),
            of(route.map(|route| route.way.length_m)),
            of(route.map(|route| route.added_m)),
            of(route.map(|route| route.added_s / 60.0)),
            text(route.map_or("none", |route| route.quality.name())),
            of(route.map(|route| route.residential_m)),
            of(load.map(|load| load.saturation())),
            maybe_text(load.map(|load| twin.roads.link(load.arc.link).key.as_str())),
            Cell::Integer(load.map(|load| i64::from(load.hour))),
            of(route.and_then(|route| route.followed).map(|share| 100.0 * share)),
            text(route.map_or_else(String::new, |route| streets(twin, &route.arcs))),
        ]);
    }
    table
}

/// The streets of a way in order, each once in a row.
fn streets(twin: &Twin, arcs: &[Arc]) -> String {
    let links = arcs.iter().filter_map(|arc| twin.roads.get_link(arc.link));
    let mut names: Vec<&str> = links.filter_map(|link| link.name.as_deref().or(link.route.as_deref())).collect();
    names.dedup();
    names.join(" – ")
}

fn lines<'a>(twin: &'a Twin, arcs: &[Arc]) -> Vec<&'a LineString<f64>> {
    arcs.iter().filter_map(|arc| twin.roads.get_link(arc.link)).map(|link| &link.geometry).collect()
}

/// The layers `detour_signed` and `bus_diversion`.
pub(super) fn layers(twin: &Twin, outcome: &Outcome, package: &mut Package<'_>) -> Result<(), Findings> {
    let Some(touched) = &outcome.touched else { return Ok(()) };
    let columns = [
        (GEOMETRY_COLUMN, "MULTILINESTRING"),
        ("closure", "INTEGER"),
        ("towards", "TEXT"),
        ("added_m", "DOUBLE"),
        ("added_min", "DOUBLE"),
        ("quality", "TEXT"),
        ("streets", "TEXT"),
    ]
    .map(|(name, sql)| Column::new(name, sql));
    let routes = touched.signed.iter().filter_map(|detour| detour.route.as_ref().map(|route| (detour, route)));
    let mut rows = routes.zip(1..);
    package.layer(Layer { name: "detour_signed", title: "Signed detours" }, &columns, |out| {
        let ((detour, route), fid) = rows.next()?;
        out.geometry(multi_line_string(&lines(twin, &route.arcs), out.srs_id));
        out.push(Value::Integer(detour.closure as i64 + 1));
        out.push(Value::Text((if detour.along { "along" } else { "against" }).to_owned()));
        out.push(Value::Real(route.added_m));
        out.push(Value::Real(route.added_s / 60.0));
        out.push(Value::Text(route.quality.name().to_owned()));
        out.push(Value::Text(streets(twin, &route.arcs)));
        Some(fid)
    })?;
    let symbol = |color| Symbol::Line { color, width_mm: 1.4, width_expression: None, dashed: false };
    package.style("detour_signed", "Stadtwin signed detours", style::single(&symbol([240, 190, 0])));
    let columns = [
        (GEOMETRY_COLUMN, "MULTILINESTRING"),
        ("key", "TEXT"),
        ("line", "TEXT"),
        ("added_m", "DOUBLE"),
        ("added_min", "DOUBLE"),
        ("streets", "TEXT"),
    ]
    .map(|(name, sql)| Column::new(name, sql));
    let diverted = touched.buses.iter().filter(|bus| bus.blocked && bus.added_m().is_some());
    let diverted: Vec<(&BusEffect, &BusRoute)> =
        diverted.filter_map(|bus| twin.bus_routes.get(bus.route).map(|route| (bus, route))).collect();
    let mut rows = diverted.into_iter().zip(1..);
    package.layer(Layer { name: "bus_diversion", title: "Bus diversions" }, &columns, |out| {
        let ((bus, route), fid) = rows.next()?;
        let arcs: Vec<Arc> = bus.diversions.iter().flat_map(|diversion| diversion.arcs.iter().copied()).collect();
        out.geometry(multi_line_string(&lines(twin, &arcs), out.srs_id));
        out.push(Value::Text(route.key.as_str().to_owned()));
        out.push(Value::from(route.line.clone()));
        out.push(Value::from(bus.added_m()));
        out.push(Value::from(bus.added_s().map(|added_s| added_s / 60.0)));
        out.push(Value::Text(streets(twin, &arcs)));
        Some(fid)
    })?;
    package.style("bus_diversion", "Stadtwin bus diversions", style::single(&symbol([130, 60, 160])));
    Ok(())
}
