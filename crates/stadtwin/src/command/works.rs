//! `stadtwin works`: calendars of works: their conflicts, better dates, made-up ones, feeds in and out.

mod check;
mod demo;
mod export;
mod import;
mod place;
mod plan;

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use twin::{
    Finding, Findings, Scenario, Twin,
    jiff::{
        Span,
        civil::{Date, date},
    },
    works::Calendar,
};
use twin_run::Prepared;

use super::{base, load};
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Does what is asked with a calendar.
pub(crate) fn works(arguments: &arguments::Works, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    match &arguments.task {
        arguments::WorksTask::Check(arguments) => check::check(arguments, output, progress),
        arguments::WorksTask::Plan(arguments) => plan::plan(arguments, output, progress),
        arguments::WorksTask::Demo(arguments) => demo::demo(arguments, output, progress),
        arguments::WorksTask::Import(arguments) => import::import(arguments, output, progress),
        arguments::WorksTask::Export(arguments) => export::export(arguments, output, progress),
    }
}

/// A town, a calendar, and the base case.
struct Opened {
    twin: Twin,
    calendar: Calendar,
    scenario: Scenario,
    prepared: Prepared,
    findings: Findings,
}

fn open(twin: &Path, calendar: &Path, set: &[String], progress: &Progress) -> Result<Opened, Findings> {
    let file = twin;
    let (twin, mut findings) = load(&[file.to_owned()], progress)?;
    let scenario = twin_io::scenario::base(set);
    let calendar = twin_io::works::read(calendar, &twin);
    let (scenario, calendar) = match (scenario, calendar) {
        (Ok(scenario), Ok(calendar)) => (scenario, calendar),
        (scenario, calendar) => {
            let wrong = [scenario.err(), calendar.err()].into_iter().flatten().flatten();
            return Err(Findings(wrong.collect()));
        }
    };
    if twin.roads.n_links() == 0 {
        return Err(Finding::error("no-streets", "the twin has no streets on which works could be").into());
    }
    let prepared = base::prepared(file, &twin, &scenario, &mut findings, progress);
    Ok(Opened { twin, calendar, scenario, prepared, findings })
}

/// The day given, else today (in UTC).
fn today(given: Option<Date>) -> Date {
    given.unwrap_or_else(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        date(1970, 1, 1).saturating_add(Span::new().days(i64::try_from(since / 86_400).unwrap_or(0)))
    })
}
