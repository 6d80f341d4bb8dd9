//! `result.gpkg`: results as layers that color themselves in QGIS.

use std::path::Path;

use rusqlite::types::Value;
use twin::{
    Findings, Outcome, Scenario, Twin,
    geo_types::{Coord, LineString},
    outcome::{ClosedSection, Detour, TrafficOutcome},
    road::RoadLink,
};

use super::{
    rows::{driven_links, label_of},
    table::{Cell, Cells, Table},
};
use crate::gpkg::{
    column::{Column, GEOMETRY_COLUMN, RowOut},
    last_change, line_string, multi_line_string,
    package::{Layer, Package},
    point,
    style::{self, Color, Symbol},
    write_sources,
};

/// Writes the package into the (existing, empty) file `temporary`.
pub(super) fn write(
    twin: &Twin,
    scenario: &Scenario,
    outcome: &Outcome,
    tables: &[Table; 3],
    provenance: &[(&'static str, String)],
    temporary: &Path,
    shown: &Path,
) -> Result<(), Findings> {
    let mut package = Package::create(temporary, shown, &twin.crs, &last_change(twin))?;
    write_links(twin, outcome, &tables[0], &mut package)?;
    write_closures(twin, scenario, outcome, &mut package)?;
    write_addresses(twin, outcome, &mut package)?;
    write_detours(twin, outcome, &mut package)?;
    super::touched::layers(twin, outcome, &mut package)?;
    super::supply_layers::layers(twin, outcome, &mut package)?;
    write_sources(twin, &mut package)?;
    let columns = [Column::new("name", "TEXT"), Column::new("value", "TEXT")];
    let mut rows = provenance.iter().zip(1..);
    package.layer(Layer { name: "about", title: "Where these results come from" }, &columns, |out| {
        let ((name, value), fid) = rows.next()?;
        out.push(Value::Text((*name).to_owned()));
        out.push(Value::Text(value.clone()));
        Some(fid)
    })?;
    package.finish()
}

/// The table `links` with geometry: one layer, or one per hour where there are several.
fn write_links(twin: &Twin, outcome: &Outcome, table: &Table, package: &mut Package<'_>) -> Result<(), Findings> {
    let mut columns = vec![Column::new(GEOMETRY_COLUMN, "LINESTRING")];
    columns.extend(table.columns.iter().map(|column| {
        let sql = match column.cells {
            Cells::Text(_) => "TEXT",
            Cells::Number(_) => "DOUBLE",
            Cells::Integer(_) => "INTEGER",
        };
        Column::new(column.name, sql)
    }));
    let hours: Vec<u8> = outcome.traffic.iter().flat_map(|traffic| &traffic.hours).map(|hour| hour.hour).collect();
    let layers: Vec<(String, String, Option<u8>)> = match hours.as_slice() {
        [] | [_] => vec![("road_link_result".to_owned(), "Change of traffic".to_owned(), None)],
        hours => hours
            .iter()
            .map(|hour| (format!("road_link_result_{hour:02}"), format!("Change of traffic at {hour}:00"), Some(*hour)))
            .collect(),
    };
    // Rows stand by hour, then by section.
    let sections = driven_links(twin);
    for (name, title, hour) in &layers {
        let wanted = hour.map(|hour| Cell::Integer(Some(i64::from(hour))));
        let mut rows =
            (0..table.n_rows()).filter(|row| wanted.is_none() || table.cell("hour", *row) == wanted).zip(1..);
        package.layer(Layer { name, title }, &columns, |out| {
            let (row, fid) = rows.next()?;
            out.geometry(line_string(&sections[row % sections.len()].1.geometry, out.srs_id));
            table.columns.iter().for_each(|column| put(column.cells.get(row), out));
            Some(fid)
        })?;
        package.style(name, "Stadtwin change", change_style());
    }
    Ok(())
}

fn put(cell: Cell, out: &mut RowOut<'_>) {
    out.push(match cell {
        Cell::Text(text) => text.map_or(Value::Null, Value::Text),
        Cell::Number(number) => number.map_or(Value::Null, Value::Real),
        Cell::Integer(number) => number.map_or(Value::Null, Value::Integer),
    });
}

/// The work sites: the closed part of every section.
fn write_closures(
    twin: &Twin,
    scenario: &Scenario,
    outcome: &Outcome,
    package: &mut Package<'_>,
) -> Result<(), Findings> {
    let columns = [
        (GEOMETRY_COLUMN, "LINESTRING"),
        ("closure", "INTEGER"),
        ("key", "TEXT"),
        ("street", "TEXT"),
        ("kind", "TEXT"),
        ("control", "TEXT"),
        ("from_m", "DOUBLE"),
        ("to_m", "DOUBLE"),
        ("site_length_m", "DOUBLE"),
        ("from", "DATE"),
        ("to", "DATE"),
        ("cause", "TEXT"),
        ("owner", "TEXT"),
    ]
    .map(|(name, sql)| Column::new(name, sql));
    let closures = outcome.traffic.iter().flat_map(|traffic| traffic.closures.iter().enumerate());
    let sections =
        closures.flat_map(|(number, closure)| closure.sections.iter().map(move |section| (number, closure, section)));
    let mut rows = sections.filter_map(|row| twin.roads.get_link(row.2.link).map(|link| (row, link))).zip(1..);
    package.layer(Layer { name: "closure", title: "Work sites" }, &columns, |out| {
        let (((number, closure, section), link), fid) = rows.next()?;
        let planned = scenario.closures.get(number);
        let text = |text: Option<&str>| Value::from(text.map(str::to_owned));
        out.geometry(line_string(&part(link, section), out.srs_id));
        out.push(Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)));
        out.push(text(Some(link.key.as_str())));
        out.push(text(link.name.as_deref()));
        out.push(text(Some(closure.kind.name())));
        out.push(text(closure.control.map(|control| control.name())));
        out.push(Value::Real(section.from_m));
        out.push(Value::Real(section.to_m));
        out.push(Value::Real(closure.length_m));
        let from = planned.and_then(|planned| planned.from).or(scenario.from);
        let to = planned.and_then(|planned| planned.to).or(scenario.to);
        out.push(Value::from(from.map(|day| day.to_string())));
        out.push(Value::from(to.map(|day| day.to_string())));
        out.push(text(planned.and_then(|planned| planned.cause.as_deref())));
        out.push(text(planned.and_then(|planned| planned.owner.as_deref())));
        Some(fid)
    })?;
    let line = |dashed: bool| Symbol::Line { color: RED, width_mm: 2.2, width_expression: None, dashed };
    let kinds = [
        ("full", "Vollsperrung / full closure", line(false)),
        ("half", "Halbseitig / one lane alternating", line(true)),
        ("one-way", "Eine Richtung / one direction", line(true)),
        ("lanes", "Fahrstreifen / lanes", line(true)),
    ];
    package.style("closure", "Stadtwin closure", style::categorized("kind", &kinds, &line(true)));
    Ok(())
}

/// The part of a section between two distances, which are metres on the ellipsoid along its digitized direction.
pub(super) fn part(link: &RoadLink, section: &ClosedSection) -> LineString<f64> {
    let points = &link.geometry.0;
    let steps: Vec<f64> = points.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).collect();
    let drawn_m: f64 = steps.iter().sum();
    let scale = if link.length_m > 0.0 { drawn_m / link.length_m } else { 1.0 };
    let (from, to) = ((section.from_m * scale).clamp(0.0, drawn_m), (section.to_m * scale).clamp(0.0, drawn_m));
    let mut line: Vec<Coord<f64>> = Vec::new();
    let mut passed = 0.0;
    for (pair, step) in points.windows(2).zip(&steps) {
        let at = |distance: f64| {
            let share = if *step > 0.0 { ((distance - passed) / step).clamp(0.0, 1.0) } else { 0.0 };
            Coord { x: pair[0].x + share * (pair[1].x - pair[0].x), y: pair[0].y + share * (pair[1].y - pair[0].y) }
        };
        if passed + step >= from && passed <= to {
            if line.is_empty() {
                line.push(at(from));
            }
            line.push(at(to.min(passed + step)));
        }
        passed += step;
    }
    line.dedup();
    match line.as_slice() {
        [only] => LineString(vec![*only, *only]),
        _ => LineString(line),
    }
}

fn write_addresses(twin: &Twin, outcome: &Outcome, package: &mut Package<'_>) -> Result<(), Findings> {
    let columns = [(GEOMETRY_COLUMN, "POINT"), ("key", "TEXT"), ("what", "TEXT"), ("address", "TEXT")]
        .map(|(name, sql)| Column::new(name, sql));
    let of = |traffic: &TrafficOutcome| {
        let cut_off = traffic.cut_off_addresses.iter().map(|id| (*id, "cut_off"));
        cut_off.chain(traffic.unreachable_before.iter().map(|id| (*id, "unreachable_before"))).collect::<Vec<_>>()
    };
    let rows: Vec<_> = outcome.traffic.iter().flat_map(of).collect();
    let mut rows =
        rows.into_iter().filter_map(|(id, what)| twin.addresses.get(id).map(|address| (address, what))).zip(1..);
    package.layer(Layer { name: "affected_address", title: "Affected addresses" }, &columns, |out| {
        let ((address, what), fid) = rows.next()?;
        out.geometry(point(address.position, out.srs_id));
        out.push(Value::Text(address.key.as_str().to_owned()));
        out.push(Value::Text(what.to_owned()));
        out.push(Value::Text(label_of(address)));
        Some(fid)
    })?;
    let kinds = [("cut_off", "Abgeschnitten / cut off", Symbol::marker(RED, 2.0))];
    package.style(
        "affected_address",
        "Stadtwin addresses",
        style::categorized("what", &kinds, &Symbol::marker([150, 150, 150], 1.2)),
    );
    Ok(())
}

fn write_detours(twin: &Twin, outcome: &Outcome, package: &mut Package<'_>) -> Result<(), Findings> {
    let columns = [
        (GEOMETRY_COLUMN, "MULTILINESTRING"),
        ("hour", "INTEGER"),
        ("rank", "INTEGER"),
        ("trips_veh_h", "DOUBLE"),
        ("added_distance_m", "DOUBLE"),
        ("added_time_s", "DOUBLE"),
        ("streets", "TEXT"),
    ]
    .map(|(name, sql)| Column::new(name, sql));
    let hours = outcome.traffic.iter().flat_map(|traffic| &traffic.hours);
    let mut rows = hours
        .flat_map(|hour| hour.detours.iter().zip(1..).map(move |(detour, rank)| (hour.hour, rank, detour)))
        .zip(1..);
    package.layer(Layer { name: "detour", title: "Detours" }, &columns, |out| {
        let ((hour, rank, detour), fid) = rows.next()?;
        let lines: Vec<&LineString<f64>> =
            detour.arcs.iter().filter_map(|arc| twin.roads.get_link(arc.link)).map(|link| &link.geometry).collect();
        out.geometry(multi_line_string(&lines, out.srs_id));
        out.push(Value::Integer(i64::from(hour)));
        out.push(Value::Integer(rank));
        out.push(finite(detour.trips_veh_h));
        out.push(finite(detour.added_distance_m));
        out.push(finite(detour.added_time_s));
        out.push(Value::Text(streets(twin, detour)));
        Some(fid)
    })?;
    let width = "0.4 + 2.2 * sqrt(min(\"trips_veh_h\", 400) / 400)".to_owned();
    let symbol = Symbol::Line { color: ORANGE, width_mm: 1.0, width_expression: Some(width), dashed: true };
    package.style("detour", "Stadtwin detours", style::single(&symbol));
    Ok(())
}

/// The streets of a detour in order, each once in a row.
fn streets(twin: &Twin, detour: &Detour) -> String {
    let mut names: Vec<&str> = detour
        .arcs
        .iter()
        .filter_map(|arc| twin.roads.get_link(arc.link))
        .filter_map(|link| link.name.as_deref().or(link.route.as_deref()))
        .collect();
    names.dedup();
    names.join(" – ")
}

fn finite(number: f64) -> Value {
    if number.is_finite() { Value::Real(number) } else { Value::Null }
}

const RED: Color = [200, 30, 40];
const ORANGE: Color = [217, 120, 30];

/// Change in volume: symmetric classes from blue (less) over gray to orange (more), readable for the color-blind; the width
/// shows the volume before.
fn change_style() -> String {
    let width = "0.25 + 2.5 * sqrt(min(max(\"base_volume_veh_h\", \"volume_veh_h\"), 1500) / 1500)".to_owned();
    let symbol =
        |color: Color| Symbol::Line { color, width_mm: 0.6, width_expression: Some(width.clone()), dashed: false };
    let class = |lower: f64, upper: f64, label: &str, color: Color| (lower, upper, label.to_owned(), symbol(color));
    style::graduated(
        "change_veh_h",
        &[
            class(-1e9, -250.0, "< −250 Kfz/h", [5, 80, 160]),
            class(-250.0, -100.0, "−250 … −100", [65, 135, 195]),
            class(-100.0, -25.0, "−100 … −25", [150, 195, 225]),
            class(-25.0, 25.0, "−25 … +25", [190, 190, 190]),
            class(25.0, 100.0, "+25 … +100", [250, 190, 125]),
            class(100.0, 250.0, "+100 … +250", [235, 130, 45]),
            class(250.0, 1e9, "> +250 Kfz/h", [180, 70, 5]),
        ],
    )
}
