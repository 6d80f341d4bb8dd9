//! Arguments.

#[cfg(test)]
mod tests;

use std::{ffi::OsString, num::NonZeroUsize, path::PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use twin::jiff::civil::Date;
use twin_present::Language;

use crate::german;

/// Urban digital twin: what does a closed street do to the town?
///
/// Exit status: 0 fine, 1 a criterion of a scenario was violated or a solver did not converge, 2 an error.
#[derive(Debug, Parser)]
#[command(name = "stadtwin", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) task: Task,
    /// Language of tables and messages: de or en [default: from LANG, else de].
    #[arg(long, global = true, value_name = "LANGUAGE", value_parser = language)]
    lang: Option<Language>,
    /// Number of threads [default: all]. Results do not depend on it.
    #[arg(long, global = true, value_name = "N")]
    pub(crate) threads: Option<NonZeroUsize>,
    /// Writes JSON for machines to standard output instead of tables.
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl Arguments {
    /// The language asked for: by argument, by locale, else German.
    pub(crate) fn language(&self) -> Language {
        self.lang.unwrap_or_else(german::system_language)
    }
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_locale(text).ok_or_else(|| "known languages are de and en".to_owned())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Builds the generated town Musterstadt, closes half a main street, prints and writes the result.
    Demo(Demo),
    /// Makes a twin of geodata files, or of the generated town: stadtwin import musterstadt -o town.gpkg.
    Import(Import),
    /// Says what is missing, disconnected or implausible in a twin.
    Check(Check),
    /// Says what lies at a place: streets, buildings, addresses, bus stops, supply lines.
    Query(Query),
    /// Runs one or many scenarios, or the base case without any.
    Run(Run),
    /// Lets every street section, pipe, line … fail once and ranks them by what that triggers.
    Sweep(Sweep),
    /// Calendars of works: finds conflicts, looks for better dates, reads and writes feeds (WZDx, DATEX II).
    Works(Works),
    /// Prints the table of assumptions: every number put where data is silent.
    Assumptions(Assumptions),
    /// Draws a picture of a twin, before and after a scenario (starts stadtwin-view).
    Render(Passed),
    /// Opens the 3D viewer (starts stadtwin-view).
    View(Passed),
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Inhabitants of the town.
    #[arg(long, default_value_t = 5000, value_name = "N")]
    pub(crate) population: u32,
    /// Seed: the same seed gives the same town.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
    /// Folder for the twin, the scenario, the report and the picture.
    #[arg(short, long, default_value = "demo", value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// Leaves the picture out.
    #[arg(long)]
    pub(crate) no_picture: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Files (OpenStreetMap PBF, with GTFS beside it; TNTP net and trips …; recognized by content), or musterstadt.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The twin: a GeoPackage.
    #[arg(short, long, value_name = "TWIN.gpkg")]
    pub(crate) output: PathBuf,
    /// Projected reference system of the twin, such as EPSG:25832 [default: the ETRS89/UTM zone of the data].
    #[arg(long, value_name = "EPSG", value_parser = epsg)]
    pub(crate) crs: Option<u32>,
    /// Name of the town [default: from the data].
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Inhabitants (musterstadt only).
    #[arg(long, default_value_t = 5000, value_name = "N")]
    pub(crate) population: u32,
    /// Seed (musterstadt only).
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
}

fn epsg(text: &str) -> Result<u32, String> {
    let digits = text.trim().trim_start_matches(|letter: char| !letter.is_ascii_digit());
    digits.parse().map_err(|_| format!("\"{text}\" is no EPSG code; write 25832 or EPSG:25832"))
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// A twin, or geodata files as for import.
    #[arg(required = true, value_name = "TWIN")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Query {
    /// The twin.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// Longitude and latitude in degrees, such as 11.2790,49.5100.
    #[arg(long, value_name = "LON,LAT", value_parser = lon_lat, allow_hyphen_values = true)]
    pub(crate) at: (f64, f64),
    /// Radius around it, metres.
    #[arg(long, default_value_t = 25.0, value_name = "M", value_parser = radius)]
    pub(crate) radius: f64,
}

fn lon_lat(text: &str) -> Result<(f64, f64), String> {
    let wrong = || format!("\"{text}\" is no place; write longitude,latitude in degrees, such as 11.2790,49.5100");
    let (lon, lat) = text.split_once(',').ok_or_else(wrong)?;
    let (lon, lat): (f64, f64) = (lon.trim().parse().map_err(|_| wrong())?, lat.trim().parse().map_err(|_| wrong())?);
    if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) { Ok((lon, lat)) } else { Err(wrong()) }
}

fn radius(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(radius) if radius > 0.0 && radius <= 100_000.0 => Ok(radius),
        _ => Err("the radius is a number of metres between 0 and 100000".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The twin, or a geodata file as for import.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// Scenarios; without any the base case is computed.
    #[arg(value_name = "SCENARIO.toml")]
    pub(crate) scenarios: Vec<PathBuf>,
    /// Folder for the results, one folder in it per scenario if there are several [default: write nothing].
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Overrides a key of the scenario, such as traffic.relative_gap=1e-8 or traffic.hours=[7,16].
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Writes CSV files beside the Parquet files.
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Sweep {
    /// The twin, or a geodata file as for import.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// What fails, one at a time: road (each street section fully closed), water_pipe, water_segment (between valves),
    /// water_hydrant (opened for a fire), gas_pipe, heat_pipe, power_line, power_transformer, power_substation, power_hosting (heat pumps,
    /// wallboxes, photovoltaics); short: pipe, hydrant, line, transformer, substation, hosting.
    #[arg(long, value_name = "KIND")]
    pub(crate) each: String,
    /// Folder for the results. A sweep that was stopped goes on when it is started again with the same folder.
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// Overrides a key of the scenario, such as traffic.hours=[7,16].
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Writes a CSV file beside the Parquet file.
    #[arg(long)]
    pub(crate) csv: bool,
    /// Rows that are printed, the worst first.
    #[arg(long, default_value_t = 20, value_name = "N")]
    pub(crate) top: usize,
}

#[derive(Debug, Args)]
pub(crate) struct WorksImport {
    /// The twin, or a geodata file as for import.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// Feeds (recognized by content).
    #[arg(required = true, value_name = "FEED")]
    pub(crate) feeds: Vec<PathBuf>,
    /// The calendar.
    #[arg(short, long, value_name = "CALENDAR.toml")]
    pub(crate) output: PathBuf,
    /// Keeps works that have ended.
    #[arg(long)]
    pub(crate) expired: bool,
    /// Day from which works count as ended, such as 2026-05-04 [default: today].
    #[arg(long, value_name = "DATE")]
    pub(crate) today: Option<twin::jiff::civil::Date>,
}

#[derive(Debug, Args)]
pub(crate) struct WorksExport {
    /// The twin, or a geodata file as for import.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// A calendar or a scenario.
    #[arg(value_name = "WORKS.toml")]
    pub(crate) works: PathBuf,
    /// The feed.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Format of the feed.
    #[arg(long, value_enum, default_value_t = FeedFormat::Wzdx)]
    pub(crate) format: FeedFormat,
    /// Version of DATEX II.
    #[arg(long, value_enum, default_value_t = DatexVersion::Three)]
    pub(crate) datex_version: DatexVersion,
    /// Who publishes the feed [default: the town].
    #[arg(long, value_name = "NAME")]
    pub(crate) publisher: Option<String>,
    /// Country of the publisher, two letters.
    #[arg(long, default_value = "de", value_name = "COUNTRY", value_parser = country)]
    pub(crate) country: String,
}

fn country(text: &str) -> Result<String, String> {
    let text = text.trim().to_ascii_lowercase();
    let fits = text.len() == 2 && text.chars().all(|letter| letter.is_ascii_lowercase());
    if fits { Ok(text) } else { Err("a country is two letters, such as de".to_owned()) }
}

/// Formats of feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FeedFormat {
    /// WZDx 4.2 (GeoJSON).
    Wzdx,
    /// DATEX II (XML).
    Datex2,
}

/// Versions of DATEX II.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DatexVersion {
    /// Version 2.
    #[value(name = "2")]
    Two,
    /// Version 3.
    #[value(name = "3")]
    Three,
}

#[derive(Debug, Args)]
pub(crate) struct Assumptions {
    /// Only rows whose key contains this.
    #[arg(value_name = "WORD")]
    pub(crate) word: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Works {
    /// What to do.
    #[command(subcommand)]
    pub(crate) task: WorksTask,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WorksTask {
    /// Finds works that hinder each other, and works at the wrong time.
    Check(WorksCheck),
    /// Shifts works within their windows so that all of them together delay traffic least.
    Plan(WorksPlan),
    /// Makes up a plausible calendar, to try the two others.
    Demo(WorksDemo),
    /// Makes a calendar of feeds of works: WZDx 4, DATEX II 2 and 3.
    Import(WorksImport),
    /// Writes the works of a calendar, or the closures of a scenario, as a feed.
    Export(WorksExport),
}

#[derive(Debug, Args)]
pub(crate) struct WorksCheck {
    /// The twin, or a geodata file as for import.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// The calendar.
    #[arg(value_name = "CALENDAR.toml")]
    pub(crate) calendar: PathBuf,
    /// Folder for the results [default: write nothing].
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: Option<PathBuf>,
    /// Works that ended before this day are left out [default: today].
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<Date>,
    /// Overrides a key of the scenario, such as traffic.hours=[7,16].
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Writes CSV files beside the Parquet files.
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorksPlan {
    /// The twin, or a geodata file as for import.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// The calendar.
    #[arg(value_name = "CALENDAR.toml")]
    pub(crate) calendar: PathBuf,
    /// Folder for the new calendar (plan.toml) and the results.
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// Works that ended before this day are left out [default: today].
    #[arg(long, value_name = "DATE")]
    pub(crate) on: Option<Date>,
    /// Seed of the search: the same seed gives the same plan.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
    /// Rounds of search and evaluation, at most.
    #[arg(long, default_value_t = 6, value_name = "N")]
    pub(crate) rounds: u32,
    /// Overrides a key of the scenario, such as traffic.hours=[7,16].
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Writes a CSV file beside the Parquet file.
    #[arg(long)]
    pub(crate) csv: bool,
}

#[derive(Debug, Args)]
pub(crate) struct WorksDemo {
    /// The twin, or a geodata file as for import.
    #[arg(value_name = "TWIN")]
    pub(crate) twin: PathBuf,
    /// How many works.
    #[arg(long, default_value_t = 200, value_name = "N")]
    pub(crate) works: u32,
    /// Seed: the same seed gives the same calendar.
    #[arg(long, default_value_t = 1, value_name = "S")]
    pub(crate) seed: u64,
    /// Year of the works.
    #[arg(long, default_value_t = 2026, value_name = "YEAR")]
    pub(crate) year: i16,
    /// The calendar.
    #[arg(short, long, value_name = "CALENDAR.toml")]
    pub(crate) output: PathBuf,
}

/// Arguments for stadtwin-view.
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Passed {
    /// The twin, scenarios and options of stadtwin-view (--help shows them).
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGUMENT")]
    pub(crate) arguments: Vec<OsString>,
}
