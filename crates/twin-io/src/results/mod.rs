//! What a run writes: tables for analysis, a styled GeoPackage for QGIS, and the summary.
//!
//! | file | one row per |
//! |---|---|
//! | `summary.json` | – : totals, statuses, seeds, versions, as given by the caller |
//! | `links.parquet` | street section and hour, both directions together: for planners |
//! | `road_link.parquet` | direction in which motor vehicles may drive, and hour: for machines |
//! | `day.parquet` | direction in which motor vehicles drive at any time, and slice of 15 minutes; with `traffic.day` |
//! | `day_closure.parquet` | direction of a closure that narrows a street, and slice; with `traffic.day` |
//! | `signal_plan.parquet`, `signal_plan.csv` | phase of the signal of a half closure, and hour: to be handed over |
//! | `environment.parquet` | street section on which motor vehicles drive: fuel, carbon dioxide, noise |
//! | `band.parquet` | main figure: its range when what is assumed is varied; with `traffic.bands` |
//! | `share.parquet` | main figure and closure: alone, and what is missing without it; with `traffic.shares` |
//! | `affected.parquet` | address cut off, bus route touched, zone with trips that have no way left |
//! | `select_pair.parquet`, `select_link.parquet` | pair of zones with trips on a street asked for (`query.select`), direction of a section that these trips use |
//! | `path.parquet` | way between two zones asked for (`query.paths`), with `+` and `-` for driving along and against a section |
//! | `skim.parquet` | pair of zones, with the travel time (`query.skim`) |
//! | `emergency.parquet`, `reach.parquet`, `school.parquet`, `frontage.parquet`, `bus.parquet`, `detour_signed.parquet` | whom closures touch: see the tables' own columns; only with closures |
//! | `power_bus.parquet`, `power_branch.parquet` | bus or branch of the power network; only with a power network |
//! | `power_day.parquet`, `power_overload.parquet` | quarter of an hour, line or transformer that is overloaded in any of them; with `power.day` |
//! | `power_outage.parquet` | supply point that outages leave without electricity: load, place, and whether switching brings it back |
//! | `gas_junction.parquet`, `gas_pipe.parquet` | node or link of the gas network as the scenario has it, at the worst time of its outages; only with a gas network |
//! | `heat_junction.parquet`, `heat_pipe.parquet` | node or link of the heat network, likewise; only with a heat network |
//! | `water_junction.parquet`, `water_link.parquet` | node or link of the water network and time: no pressure where it is cut off, nothing served below zero pressure; only with a water network |
//! | `water_outage.parquet` | junction that outages leave worse off: since when, until when, how long without water; only where time passes |
//! | `isolation_valve.parquet` | valve to close for an outage with `isolate`, in order; stuck valves |
//! | `result.gpkg` | layers `road_link_result` (with several hours one per hour: `road_link_result_07`), `closure`, `affected_address`, `detour`, with closures `detour_signed` and `bus_diversion`, per supply network `water_junction_result`, `water_link_result`, `gas_junction_result`, `gas_pipe_result`, `heat_junction_result`, `heat_pipe_result`, `power_bus_result`, `power_branch_result`, each with its style; tables `source`, `about` |
//!
//! A sweep writes `sweep.parquet`, one row per failed element, `sweep.gpkg` with the same on the map, and `summary.json`.
//!
//! The check of a calendar of works writes `conflict.parquet`, `work.parquet`, `works.gpkg`, `gantt.html`, `gantt.txt` and `summary.json`;
//! a better plan writes `plan.parquet`, `works.gpkg`, `gantt.html`, `gantt.txt` and `summary.json`.
//!
//! With [`Options::csv`] every table also as CSV, with [`Options::geojson`] the sections as `links.geojson`.
//!
//! All files are written under temporary names first and take their names together; when one fails, none appears. Equal
//! outcomes give equal bytes.
//!
//! # Units
//! As the column names say; a TNTP network keeps its own unit of time. Where no value exists (a direction without motor
//! vehicles, a change in percent of nothing) the cell is empty.

mod certainty;
mod day;
mod environment;
mod gas;
mod geojson;
mod heat;
mod outage;
mod package;
mod power;
mod query;
mod rows;
mod signal;
mod supply_layers;
mod sweep;
mod table;
#[cfg(test)]
mod tests;
mod touched;
mod water;
mod works;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;
use twin::{Findings, Outcome, Scenario, Twin};

pub use self::sweep::{Journal, write_sweep};
use self::table::Table;
pub use self::works::{Drawings, write_conflicts, write_plan};
use crate::atomic::{self, Pending};

/// What is written beside the tables that are always written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Every table also as CSV.
    pub csv: bool,
    /// The street sections also as GeoJSON (not for a network without a place on earth).
    pub geojson: bool,
}

/// How the numbers came about, as every result file says.
pub(crate) const MODEL: &str = "Stadtwin: static deterministic user equilibrium of cars and heavy goods vehicles with \
     volume-delay functions, before (base_*) and with the scenario; half closures as one lane used alternately";

/// Writes the results of a run into a folder, which is made if its parent exists. The paths of the files.
///
/// # Errors
/// The folder is read-only, cannot be made, or the disk is full: then no file of this run is there.
pub fn write(
    twin: &Twin,
    scenario: &Scenario,
    outcome: &Outcome,
    summary: &Value,
    folder: &Path,
    options: Options,
) -> Result<Vec<PathBuf>, Findings> {
    let is_new = make_folder(folder)?;
    let written = write_into(twin, scenario, outcome, summary, folder, options);
    if written.is_err() && is_new {
        // Only where it is empty: nothing of others is removed.
        let _ = fs::remove_dir(folder);
    }
    written
}

fn write_into(
    twin: &Twin,
    scenario: &Scenario,
    outcome: &Outcome,
    summary: &Value,
    folder: &Path,
    options: Options,
) -> Result<Vec<PathBuf>, Findings> {
    let mut pending = Pending::default();
    let mut text = serde_json::to_string_pretty(summary).expect("because a JSON value is JSON");
    text.push('\n');
    put(&mut pending, &folder.join("summary.json"), text.as_bytes())?;
    let provenance = provenance(twin, outcome);
    let tables = [
        rows::links(twin, scenario, outcome),
        rows::road_link(twin, scenario, outcome),
        power::with_affected(rows::affected(twin, scenario, outcome), twin, scenario, outcome),
    ];
    let tables_of_supply = [
        power::tables(twin, outcome).into_iter().collect::<Vec<_>>(),
        power::outage(twin, outcome)?.into_iter().collect(),
        gas::tables(twin, outcome).into_iter().collect(),
        heat::tables(twin, outcome).into_iter().collect(),
        water::tables(twin, outcome).into_iter().collect(),
        outage::tables(twin, outcome),
        query::tables(twin, outcome),
        environment::table(twin, outcome).into_iter().collect(),
        certainty::bands(outcome).into_iter().collect(),
        certainty::shares(twin, scenario, outcome).into_iter().collect(),
        touched::tables(twin, outcome),
    ];
    for table in tables.iter().chain(tables_of_supply.iter().flatten()) {
        put(&mut pending, &folder.join(format!("{}.parquet", table.name)), &table.parquet(&provenance))?;
        if options.csv {
            put(&mut pending, &folder.join(format!("{}.csv", table.name)), &table.csv())?;
        }
    }
    if let Some(day) = outcome.traffic.as_ref().and_then(|traffic| traffic.day.as_ref()) {
        put(&mut pending, &folder.join("day.parquet"), &day::parquet(twin, day, &provenance))?;
        if options.csv {
            put(&mut pending, &folder.join("day.csv"), &day::csv(twin, day))?;
        }
        let table = day::closures(twin, day);
        put(&mut pending, &folder.join("day_closure.parquet"), &table.parquet(&provenance))?;
        if options.csv {
            put(&mut pending, &folder.join("day_closure.csv"), &table.csv())?;
        }
    }
    let plan = signal::plan(twin, scenario, outcome);
    if plan.n_rows() > 0 {
        put(&mut pending, &folder.join("signal_plan.parquet"), &plan.parquet(&provenance))?;
        put(&mut pending, &folder.join("signal_plan.csv"), &plan.csv())?;
    }
    if options.geojson
        && let Some(text) = geojson::links(twin, &tables[0], &provenance)?
    {
        put(&mut pending, &folder.join("links.geojson"), text.as_bytes())?;
    }
    let path = folder.join("result.gpkg");
    pending
        .write(&path, |temporary| package::write(twin, scenario, outcome, &tables, &provenance, temporary, &path))?;
    pending.commit()
}

/// Makes the folder where it is missing; whether it was.
fn make_folder(folder: &Path) -> Result<bool, Findings> {
    if folder.is_dir() {
        return Ok(false);
    }
    atomic::check_writable(folder.parent().unwrap_or_else(|| Path::new("")), folder)?;
    match fs::create_dir(folder) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(twin::Finding::error(
            "not-a-folder",
            format!("`{}` is a file, not a folder for results.", folder.display()),
        )
        .with_help("Name another folder.")
        .with_file(folder.display().to_string())
        .into()),
        Err(error) => Err(atomic::write_finding(folder, &error).into()),
    }
}

/// Writes a JSON document under a name in a folder, which is made if its parent exists. Its path.
///
/// # Errors
/// The folder is read-only, cannot be made, or the disk is full.
pub fn write_json(value: &Value, folder: &Path, name: &str) -> Result<PathBuf, Findings> {
    make_folder(folder)?;
    let path = folder.join(name);
    let mut text = serde_json::to_string_pretty(value).expect("because a JSON value is JSON");
    text.push('\n');
    let mut pending = Pending::default();
    put(&mut pending, &path, text.as_bytes())?;
    pending.commit()?;
    Ok(path)
}

fn put(pending: &mut Pending, path: &Path, bytes: &[u8]) -> Result<(), Findings> {
    pending.write(path, |temporary| {
        fs::write(temporary, bytes).map_err(|error| atomic::write_finding(path, &error).into())
    })
}

/// Names and values that say where results come from.
fn provenance(twin: &Twin, outcome: &Outcome) -> Vec<(&'static str, String)> {
    let sources: Vec<Value> = twin
        .sources
        .iter()
        .map(|source| {
            serde_json::json!({
                "name": source.name, "format": source.format, "licence": source.licence,
                "attribution": source.attribution, "date": source.date, "hash": source.hash,
            })
        })
        .collect();
    vec![
        ("stadtwin_version", env!("CARGO_PKG_VERSION").to_owned()),
        ("twin", twin.name.clone()),
        ("crs", twin.crs.name()),
        ("scenario", outcome.scenario.clone()),
        ("model", MODEL.to_owned()),
        ("sources", Value::Array(sources).to_string()),
    ]
}

/// The names of the tables that are always written, for those who read them.
pub const TABLES: [&str; 3] = [Table::LINKS, Table::ROAD_LINK, Table::AFFECTED];
