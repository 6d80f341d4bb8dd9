//! `stadtwin works`: calendars of works: their conflicts, better dates, made-up ones, feeds.

mod check;
mod demo;
mod export;
mod import;
mod plan;

use std::{
    path::Path,
    time::{SystemTime, UNIX_EPOCH},
};

use twin::{
    Finding, Findings, Scenario, Severity, Twin,
    jiff::{
        Span,
        civil::{Date, date},
    },
    works::{Calendar, Work},
};
use twin_run::{Prepared, ResolvedClosure, resolve};

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

/// A work on the sections of the town, and what there is to say about it; nothing where it cannot be placed.
fn placed(twin: &Twin, work: &Work) -> (Option<ResolvedClosure>, Vec<Finding>) {
    let scenario = Scenario { closures: vec![work.closure.clone()], ..Scenario::default() };
    // Hours are checked against those that are computed, dates against other closures: neither concerns a single work.
    let about_run = |finding: &Finding| finding.code != "closure-not-at-computed-hours";
    let own =
        |findings: Findings| findings.into_iter().filter(about_run).map(|finding| of_work(finding, work)).collect();
    match resolve(twin, &scenario) {
        Ok(resolved) => (resolved.closures.into_iter().next(), own(resolved.findings)),
        Err(findings) => (None, own(findings)),
    }
}

/// A finding about the only closure of a scenario as one about a work.
fn of_work(mut finding: Finding, work: &Work) -> Finding {
    finding.field = finding.field.map(|field| field.trim_start_matches("closure[0].").to_owned());
    finding.with_key(work.key.clone())
}

/// An error as a warning: the rest goes on without the thing concerned.
fn softened(mut finding: Finding) -> Finding {
    finding.severity = finding.severity.min(Severity::Warning);
    finding
}
