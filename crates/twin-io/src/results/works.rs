//! What a calendar of works writes: conflicts and plans as tables, the works on the map, the drawing, the summary.

use std::path::{Path, PathBuf};

use rusqlite::types::Value as Sql;
use serde_json::Value;
use twin::{
    Findings, Twin,
    geo_types::LineString,
    jiff::civil::Date,
    outcome::ClosedSection,
    works::{Calendar, Conflict, Conflicts, Plan, Schedule},
};

use super::{
    make_folder,
    package::part,
    put,
    table::{Cells, Column, Table},
};
use crate::{
    atomic::Pending,
    gpkg::{
        column::{Column as LayerColumn, GEOMETRY_COLUMN},
        last_change, multi_line_string,
        package::{Layer, Package},
        style::{self, Symbol},
        write_sources,
    },
};

/// Drawings that go with the tables, made by the picture.
#[derive(Clone, Copy, Debug)]
pub struct Drawings<'a> {
    /// The page `gantt.html`.
    pub html: &'a str,
    /// The text `gantt.txt`.
    pub text: &'a str,
}

/// Writes the conflicts of a calendar into a folder, which is made if its parent exists. The paths of the files.
///
/// # Errors
/// The folder is read-only, cannot be made, or the disk is full: then no file of this check is there.
pub fn write_conflicts(
    twin: &Twin,
    calendar: &Calendar,
    found: &Conflicts,
    (summary, drawings): (&Value, Drawings<'_>),
    folder: &Path,
    csv: bool,
) -> Result<Vec<PathBuf>, Findings> {
    let days: Vec<Option<(Date, Date)>> = calendar.works.iter().map(twin::works::Work::days).collect();
    let n_conflicts =
        |work: usize| found.conflicts.iter().filter(|conflict| conflict.works.contains(&work)).count() as i64;
    let mut works = base(calendar);
    works.extend(dates(["from", "to"], &days));
    works.push(number("added_vehicle_h_d", found.added_vehicle_h_d.clone()));
    let counts = (0..calendar.works.len()).map(|work| Some(n_conflicts(work))).collect();
    works.push(Column { name: "conflicts", cells: Cells::Integer(counts) });
    let tables = [conflicts(calendar, &found.conflicts), Table { name: "work", columns: works }];
    write(twin, calendar, (&tables, &found.sections), (summary, drawings), folder, csv)
}

/// Writes a plan into a folder, which is made if its parent exists. The paths of the files.
///
/// # Errors
/// As [`write_conflicts`].
pub fn write_plan(
    twin: &Twin,
    calendar: &Calendar,
    plan: &Plan,
    (summary, drawings): (&Value, Drawings<'_>),
    folder: &Path,
    csv: bool,
) -> Result<Vec<PathBuf>, Findings> {
    let of = |schedule: &Schedule| schedule.days.clone();
    let mut columns = base(calendar);
    columns.extend(dates(["from", "to"], &of(&plan.improved)));
    columns.extend(dates(["given_from", "given_to"], &of(&plan.given)));
    columns.extend(dates(["greedy_from", "greedy_to"], &of(&plan.greedy)));
    let shifted = plan.works.iter().map(|work| Some(i64::from(work.shifted_d))).collect();
    columns.push(Column { name: "shifted_d", cells: Cells::Integer(shifted) });
    columns.push(number("added_vehicle_h_d", plan.works.iter().map(|work| work.added_vehicle_h_d).collect()));
    let sections: Vec<Vec<ClosedSection>> = plan.works.iter().map(|work| work.sections.clone()).collect();
    let tables = [Table { name: "plan", columns }];
    write(twin, calendar, (&tables, &sections), (summary, drawings), folder, csv)
}

fn write(
    twin: &Twin,
    calendar: &Calendar,
    (tables, sections): (&[Table], &[Vec<ClosedSection>]),
    (summary, drawings): (&Value, Drawings<'_>),
    folder: &Path,
    csv: bool,
) -> Result<Vec<PathBuf>, Findings> {
    make_folder(folder)?;
    let mut pending = Pending::default();
    let mut text = serde_json::to_string_pretty(summary).expect("because a JSON value is JSON");
    text.push('\n');
    put(&mut pending, &folder.join("summary.json"), text.as_bytes())?;
    let about = [("program", format!("Stadtwin {}", env!("CARGO_PKG_VERSION"))), ("calendar", calendar.name.clone())];
    for table in tables {
        put(&mut pending, &folder.join(format!("{}.parquet", table.name)), &table.parquet(&about))?;
        if csv {
            put(&mut pending, &folder.join(format!("{}.csv", table.name)), &table.csv())?;
        }
    }
    put(&mut pending, &folder.join("gantt.html"), drawings.html.as_bytes())?;
    put(&mut pending, &folder.join("gantt.txt"), drawings.text.as_bytes())?;
    if let Some(table) = tables.last() {
        let path = folder.join("works.gpkg");
        pending.write(&path, |temporary| write_map(twin, (table, sections), temporary, &path))?;
    }
    pending.commit()
}

/// One row per conflict; several works are joined by semicolons.
fn conflicts(calendar: &Calendar, conflicts: &[Conflict]) -> Table {
    let text = |of: &dyn Fn(&Conflict) -> Option<String>| Cells::Text(conflicts.iter().map(of).collect());
    let key = |work: &usize| calendar.works.get(*work).map(|work| work.key.to_string());
    let label = |work: &usize| calendar.works.get(*work).map(|work| work.label().to_owned());
    let joined = |keys: &[usize]| keys.iter().filter_map(key).collect::<Vec<_>>().join(";");
    let columns = vec![
        Column { name: "kind", cells: text(&|c| Some(c.kind.name().to_owned())) },
        Column { name: "work", cells: text(&|c| c.works.first().and_then(key)) },
        Column { name: "others", cells: text(&|c| c.works.get(1..).map(joined).filter(|others| !others.is_empty())) },
        Column { name: "name", cells: text(&|c| c.works.first().and_then(label)) },
        Column { name: "from", cells: text(&|c| Some(c.from.to_string())) },
        Column { name: "to", cells: text(&|c| Some(c.to.to_string())) },
        number("amount", conflicts.iter().map(|conflict| conflict.amount).collect()),
        Column { name: "subject", cells: text(&|c| c.subject.clone()) },
        Column { name: "free_from", cells: text(&|c| c.free_from.map(|date| date.to_string())) },
    ];
    Table { name: "conflict", columns }
}

/// What every table of works begins with.
fn base(calendar: &Calendar) -> Vec<Column> {
    let works = &calendar.works;
    vec![
        Column { name: "key", cells: Cells::Text(works.iter().map(|work| Some(work.key.to_string())).collect()) },
        Column { name: "name", cells: Cells::Text(works.iter().map(|work| work.name.clone()).collect()) },
        Column {
            name: "kind",
            cells: Cells::Text(works.iter().map(|work| Some(work.closure.kind.name().to_owned())).collect()),
        },
        Column { name: "owner", cells: Cells::Text(works.iter().map(|work| work.closure.owner.clone()).collect()) },
        Column { name: "cause", cells: Cells::Text(works.iter().map(|work| work.closure.cause.clone()).collect()) },
    ]
}

fn dates(names: [&'static str; 2], days: &[Option<(Date, Date)>]) -> [Column; 2] {
    let [from, to] = names;
    let cells = |of: fn(&(Date, Date)) -> Date| {
        Cells::Text(days.iter().map(|days| days.as_ref().map(|days| of(days).to_string())).collect())
    };
    [Column { name: from, cells: cells(|days| days.0) }, Column { name: to, cells: cells(|days| days.1) }]
}

fn number(name: &'static str, values: Vec<Option<f64>>) -> Column {
    let finite = |value: Option<f64>| value.filter(|value| value.is_finite());
    Column { name, cells: Cells::Number(values.into_iter().map(finite).collect()) }
}

/// The closed parts of every work that is on the map, with the columns of the table.
fn write_map(
    twin: &Twin,
    (table, sections): (&Table, &[Vec<ClosedSection>]),
    temporary: &Path,
    shown: &Path,
) -> Result<(), Findings> {
    let lines: Vec<Vec<LineString<f64>>> = sections
        .iter()
        .map(|parts| parts.iter().filter_map(|closed| Some(part(twin.roads.get_link(closed.link)?, closed))).collect())
        .collect();
    let mut package = Package::create(temporary, shown, &twin.crs, &last_change(twin))?;
    let mut columns = vec![LayerColumn::new(GEOMETRY_COLUMN, "MULTILINESTRING")];
    columns.extend(table.columns.iter().map(|column| {
        let sql = match column.cells {
            Cells::Text(_) => "TEXT",
            Cells::Number(_) => "DOUBLE",
            Cells::Integer(_) => "INTEGER",
        };
        LayerColumn::new(column.name, sql)
    }));
    let mut rows = lines.iter().enumerate().filter(|(_, lines)| !lines.is_empty()).zip(1..);
    package.layer(Layer { name: "work", title: "Works" }, &columns, |out| {
        let ((work, lines), fid) = rows.next()?;
        let lines: Vec<&LineString<f64>> = lines.iter().collect();
        out.geometry(multi_line_string(&lines, out.srs_id));
        for column in &table.columns {
            out.push(match column.cells.get(work) {
                super::table::Cell::Text(text) => text.map_or(Sql::Null, Sql::Text),
                super::table::Cell::Number(number) => number.map_or(Sql::Null, Sql::Real),
                super::table::Cell::Integer(number) => number.map_or(Sql::Null, Sql::Integer),
            });
        }
        Some(fid)
    })?;
    let line = |color| Symbol::Line { color, width_mm: 1.4, width_expression: None, dashed: false };
    let kinds = [
        ("full", "Vollsperrung / full", line([192, 57, 43])),
        ("half", "Halbseitig / half", line([224, 142, 43])),
        ("one-way", "Einbahn / one-way", line([125, 107, 176])),
        ("lanes", "Fahrstreifen / lanes", line([59, 125, 216])),
    ];
    package.style("work", "Stadtwin works", style::categorized("kind", &kinds, &line([120, 120, 120])));
    write_sources(twin, &mut package)?;
    package.finish()
}
