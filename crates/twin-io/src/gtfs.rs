//! GTFS timetables: bus lines with their stops, the streets that they take, and their departures on a working day.
//!
//! Joined to a twin that has streets. Each pattern of a route (direction, shape, sequence of stops) is a line of the twin.
//! Its streets are those along its shape, else along its stops, open to buses in that direction ([`crate::course`]).
//! Departures are those of one day: of the Tuesdays to Thursdays of the timetable the one with the most trips (the first
//! of several; another weekday, then any day, where there is none). `frequencies.txt` counts a trip once per headway.
//!
//! Where the twin has the line already (same number, a street or stop in common), the timetable replaces it. Stops that lie
//! beside one of the twin become that one.
//!
//! # Left out
//! Rail, tram, ferry. Transfers, fares, pathways. What lies beyond the streets of the town.
//!
//! # References
//! General Transit Feed Specification, Schedule reference, <https://gtfs.org/documentation/schedule/reference/>.

mod archive;
mod build;
mod day;
mod feed;
mod table;

use std::path::Path;

use twin::{Finding, Findings, Source, Watch};

use crate::{Imported, atomic, fingerprint};

/// What the tally calls things of a timetable.
const ROUTES: &str = "GTFS routes";
const STOPS: &str = "GTFS stops";
const TRIPS: &str = "GTFS trips";

/// Whether a path is a timetable: a folder or an archive with `stops.txt` and `stop_times.txt`.
pub(crate) fn is_feed(path: &Path) -> bool {
    archive::names(path).is_some_and(|names| {
        ["stops.txt", "stop_times.txt", "trips.txt"].iter().all(|name| names.iter().any(|known| known == name))
    })
}

/// Joins a timetable to a twin.
///
/// # Errors
/// The archive is damaged, a table or a column is missing, the twin has no streets.
pub(crate) fn join(path: &Path, mut imported: Imported, watch: &dyn Watch) -> Result<Imported, Findings> {
    let file = path.display().to_string();
    let with_file = |findings: Findings| {
        Findings(findings.into_iter().map(|f| if f.file.is_some() { f } else { f.with_file(&file) }).collect())
    };
    if imported.twin.roads.is_empty() {
        let finding = Finding::error("no-streets", "The timetable needs streets, and the twin has none.");
        return Err(finding
            .with_help("Import it together with a street map: stadtwin import town.osm.pbf gtfs.zip -o town.gpkg")
            .with_file(&file)
            .into());
    }
    let tables = archive::read(path).map_err(with_file)?;
    let mut notes = table::Notes::default();
    let feed = feed::read(&tables, &mut notes).map_err(with_file)?;
    let day = day::choose(&feed, &mut notes).map_err(|finding| with_file(finding.into()))?;
    let joined = build::join(&mut imported.twin, &feed, &day, &mut notes, &mut imported.tally, watch);
    joined.map_err(with_file)?;
    let bytes: Vec<u8> = tables.values().flatten().copied().collect();
    imported.twin.sources.push(Source {
        name: path.file_name().map_or_else(|| file.clone(), |name| name.to_string_lossy().into_owned()),
        format: "GTFS".to_owned(),
        licence: None,
        attribution: feed.publisher.clone(),
        date: feed.start,
        hash: Some(fingerprint::fingerprint(&bytes)),
    });
    imported.findings.extend(with_file(notes.into_findings()));
    Ok(imported)
}

/// A finding about a file that the system refuses.
fn unreadable(path: &Path, error: &std::io::Error) -> Findings {
    atomic::read_finding(path, error).into()
}
