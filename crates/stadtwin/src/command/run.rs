//! `stadtwin run`: one or many scenarios on a twin.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use twin::{Finding, Findings, Outcome, Scenario, Twin, Watch as _, criteria, outcome::Status};
use twin_present::table;
use twin_run::Prepared;

use super::{base, cannot, load};
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Runs the scenarios in their order. All of them are read and resolved before the first one is computed.
pub(crate) fn run(arguments: &arguments::Run, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let (twin, imported) = load(std::slice::from_ref(&arguments.twin), progress)?;
    let jobs = read_all(&twin, arguments)?;
    if let Some(folder) = &arguments.output {
        probe(folder)?;
    }
    let mut prepared: Option<Prepared> = None;
    let (mut ending, mut summaries) = (Ending::Fine, Vec::new());
    for (index, job) in jobs.iter().enumerate() {
        let ready = prepared.take().filter(|ready| ready.fits(&job.resolved.scenario));
        let mut about_base = Findings::default();
        let scenario = &job.resolved.scenario;
        let ready =
            ready.unwrap_or_else(|| base::prepared(&arguments.twin, &twin, scenario, &mut about_base, progress));
        let mut outcome = twin_run::run(&twin, &ready, &job.resolved, progress);
        outcome.findings.extend(imported.iter().cloned());
        outcome.findings.extend(about_base);
        prepared = Some(ready);
        if progress.is_cancelled() {
            progress.finish();
            interrupted(&jobs[..index], arguments.output.as_deref(), output);
            return Ok(Ending::Interrupted);
        }
        let summary = table::summary(&twin, &job.resolved.scenario, &outcome);
        if let Some(folder) = &arguments.output {
            write(&twin, &job.resolved.scenario, &outcome, &summary, &job.folder(folder), arguments.csv)?;
        }
        progress.finish();
        output.text(&table::outcome_table(&twin, &job.resolved.scenario, &outcome, output.language));
        if index + 1 < jobs.len() {
            output.text("\n\n");
        }
        ending = ending.worse(judged(&job.resolved.scenario, &outcome));
        summaries.push(summary);
    }
    output.value(&if summaries.len() == 1 { summaries.remove(0) } else { json!(summaries) });
    Ok(ending)
}

/// A scenario to be run, and the folder for its results among several.
struct Job {
    resolved: twin_run::Resolved,
    subfolder: Option<String>,
}

impl Job {
    fn folder(&self, root: &Path) -> PathBuf {
        self.subfolder.as_ref().map_or_else(|| root.to_owned(), |name| root.join(name))
    }
}

/// Reads and resolves every scenario; the findings of all of them come together.
fn read_all(twin: &Twin, arguments: &arguments::Run) -> Result<Vec<Job>, Findings> {
    if arguments.scenarios.is_empty() {
        let scenario = twin_io::scenario::base(&arguments.set)?;
        return Ok(vec![Job { resolved: twin_run::resolve(twin, &scenario)?, subfolder: None }]);
    }
    let several = arguments.scenarios.len() > 1;
    let (mut jobs, mut wrong, mut taken) = (Vec::new(), Findings::default(), BTreeSet::new());
    for path in &arguments.scenarios {
        let resolved = twin_io::scenario::read(path, twin, &arguments.set).and_then(|s| twin_run::resolve(twin, &s));
        match resolved {
            Ok(resolved) => {
                let subfolder = several.then(|| free_name(path, &mut taken));
                jobs.push(Job { resolved, subfolder });
            }
            Err(findings) => wrong.extend(findings),
        }
    }
    if wrong.0.is_empty() { Ok(jobs) } else { Err(wrong) }
}

/// The name of a scenario's file without ending; with a number where two have the same.
fn free_name(path: &Path, taken: &mut BTreeSet<String>) -> String {
    let stem = path.file_stem().map_or_else(|| "scenario".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let name = (1..)
        .map(|number| if number == 1 { stem.clone() } else { format!("{stem}-{number}") })
        .find(|name| !taken.contains(name))
        .unwrap_or(stem);
    taken.insert(name.clone());
    name
}

/// Whether results can be written at all, before minutes are spent on computing them.
pub(crate) fn probe(folder: &Path) -> Result<(), Findings> {
    std::fs::create_dir_all(folder).map_err(|error| cannot("cannot-write", "write into", folder, &error))?;
    tempfile::Builder::new()
        .prefix(".stadtwin-probe")
        .tempfile_in(folder)
        .map(drop)
        .map_err(|error| cannot("cannot-write", "write into", folder, &error))
}

/// Writes the results of one scenario.
pub(crate) fn write(
    twin: &Twin,
    scenario: &Scenario,
    outcome: &Outcome,
    summary: &Value,
    folder: &Path,
    csv: bool,
) -> Result<Vec<PathBuf>, Findings> {
    let options = twin_io::results::Options { csv, geojson: false };
    twin_io::results::write(twin, scenario, outcome, summary, folder, options)
}

/// Whether the outcome keeps the scenario's bounds and is as accurate as demanded.
pub(crate) fn judged(scenario: &Scenario, outcome: &Outcome) -> Ending {
    let hours = outcome.traffic.iter().flat_map(|t| &t.hours).flat_map(|hour| [hour.base_status, hour.status]);
    let day = outcome.traffic.iter().filter_map(|t| t.day.as_ref());
    let day = day.flat_map(|day| [day.base_status, day.status, day.routes_status]);
    let power = outcome.power.iter().flat_map(|power| [power.base_status, power.status]);
    let gas = outcome.gas.iter().flat_map(|gas| [gas.base.status, gas.with.status]);
    let heat = outcome.heat.iter().flat_map(|heat| [heat.base.status, heat.with.status]);
    let water = outcome.water.iter().flat_map(|water| &water.times).map(|time| time.status);
    let converged = hours.chain(day).chain(power).chain(gas).chain(heat).chain(water).all(Status::is_fine);
    let kept = criteria::violations(&scenario.expect, outcome).is_empty();
    if converged && kept { Ending::Fine } else { Ending::NotFine }
}

fn interrupted(done: &[Job], folder: Option<&Path>, output: &Output) {
    if let Some(folder) = folder {
        // Only where it is empty.
        let _ = std::fs::remove_dir(folder);
    }
    let kept = folder.filter(|_| !done.is_empty()).map_or_else(
        || "nothing was finished".to_owned(),
        |folder| format!("the results of {} finished scenarios are in {}", done.len(), folder.display()),
    );
    output.failure(&Finding::warning("interrupted", format!("stopped by ctrl-C; {kept}")).into());
}
