//! `stadtwin run`: one or many scenarios on a twin.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use serde_json::{Value, json};
use twin::{Finding, Findings, Outcome, Scenario, Twin, Watch as _, criteria, outcome::Status};
use twin_present::table::{self, StageRow};
use twin_run::{Prepared, Staged};

use super::{base, cannot_write_into, load};
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Runs the scenarios in their order. All of them are read and resolved before the first one is computed.
pub(crate) fn run(arguments: &arguments::Run, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let (twin, imported) = load(std::slice::from_ref(&arguments.twin), progress)?;
    let jobs = read_all(&twin, arguments)?;
    if let Some(folder) = &arguments.output {
        probe(folder)?;
    }
    let mut bench = Bench { arguments, twin: &twin, imported: &imported, output, progress, prepared: None };
    let (mut ending, mut values) = (Ending::Fine, Vec::new());
    for (index, job) in jobs.iter().enumerate() {
        let Some((ended, value)) = bench.job(job)? else {
            progress.finish();
            interrupted(index, arguments.output.as_deref(), output);
            return Ok(Ending::Interrupted);
        };
        if index + 1 < jobs.len() {
            output.text("\n\n");
        }
        ending = ending.worse(ended);
        values.push(value);
    }
    output.value(&if values.len() == 1 { values.remove(0) } else { json!(values) });
    Ok(ending)
}

/// What all jobs share.
struct Bench<'a> {
    arguments: &'a arguments::Run,
    twin: &'a Twin,
    imported: &'a Findings,
    output: &'a Output,
    progress: &'a Progress,
    /// The base case of the last job.
    prepared: Option<Prepared>,
}

impl Bench<'_> {
    /// Runs a scenario, stage by stage: how it ended and what machines read. Nothing if it was stopped.
    fn job(&mut self, job: &Job) -> Result<Option<(Ending, Value)>, Findings> {
        let mut ending = Ending::Fine;
        let (mut outcomes, mut summaries) = (Vec::new(), Vec::new());
        let several = job.stages.len() > 1;
        for (index, staged) in job.stages.iter().enumerate() {
            let Some(outcome) = self.stage(staged) else { return Ok(None) };
            let scenario = &staged.resolved.scenario;
            let summary = table::summary(self.twin, scenario, &outcome);
            if let Some(root) = &self.arguments.output {
                let folder = job.folder(root, several.then_some(index + 1));
                make(folder.parent())?;
                write(self.twin, scenario, &outcome, &summary, &folder, self.arguments.csv)?;
            }
            self.progress.finish();
            self.output.text(&table::outcome_table(self.twin, scenario, &outcome, self.output.language));
            if several {
                self.output.text("\n\n");
            }
            ending = ending.worse(judged(scenario, &outcome));
            summaries.push(summary);
            let sums = twin_run::stage_sums(staged, &outcome);
            outcomes.push((sums, outcome));
        }
        if !several {
            return Ok(Some((ending, summaries.pop().unwrap_or(Value::Null))));
        }
        let rows: Vec<StageRow<'_>> = job
            .stages
            .iter()
            .zip(&outcomes)
            .map(|(staged, (sums, outcome))| StageRow { stage: &staged.stage, outcome, sums })
            .collect();
        let mut value = table::stages_summary(self.twin, &job.name, &rows);
        if let Some(root) = &self.arguments.output {
            twin_io::results::write_json(&value, &job.folder(root, None), "stages.json")?;
        }
        self.output.text(&table::stages_table(self.twin, &job.name, &rows, self.output.language));
        value["summaries"] = json!(summaries);
        Ok(Some((ending, value)))
    }

    /// Runs one stage; nothing if it was stopped.
    fn stage(&mut self, staged: &Staged) -> Option<Outcome> {
        let scenario = &staged.resolved.scenario;
        let mut about_base = Findings::default();
        let ready = self.prepared.take().filter(|ready| ready.fits(scenario));
        let ready = ready.unwrap_or_else(|| {
            base::prepared(&self.arguments.twin, self.twin, scenario, &mut about_base, self.progress)
        });
        let mut outcome = twin_run::run(self.twin, &ready, &staged.resolved, self.progress);
        outcome.findings.extend(self.imported.iter().cloned());
        outcome.findings.extend(about_base);
        self.prepared = Some(ready);
        (!self.progress.is_cancelled()).then_some(outcome)
    }
}

/// Makes a folder where it is missing.
fn make(folder: Option<&Path>) -> Result<(), Findings> {
    let Some(folder) = folder.filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| cannot_write_into(folder, &error))
}

/// A scenario to be run, and the folder for its results among several.
struct Job {
    name: String,
    stages: Vec<Staged>,
    subfolder: Option<String>,
}

impl Job {
    fn folder(&self, root: &Path, stage: Option<usize>) -> PathBuf {
        let own = self.subfolder.as_ref().map_or_else(|| root.to_owned(), |name| root.join(name));
        stage.map_or_else(|| own.clone(), |stage| own.join(format!("stage-{stage}")))
    }
}

/// Reads and resolves every scenario; the findings of all of them come together.
fn read_all(twin: &Twin, arguments: &arguments::Run) -> Result<Vec<Job>, Findings> {
    if arguments.scenarios.is_empty() {
        let scenario = twin_io::scenario::base(&arguments.set)?;
        let stages = twin_run::stages(twin, &scenario)?;
        return Ok(vec![Job { name: scenario.name, stages, subfolder: None }]);
    }
    let several = arguments.scenarios.len() > 1;
    let (mut jobs, mut wrong, mut taken) = (Vec::new(), Findings::default(), BTreeSet::new());
    for path in &arguments.scenarios {
        let staged = twin_io::scenario::read(path, twin, &arguments.set)
            .and_then(|scenario| Ok((twin_run::stages(twin, &scenario)?, scenario.name)));
        match staged {
            Ok((stages, name)) => {
                let subfolder = several.then(|| free_name(path, &mut taken));
                jobs.push(Job { name, stages, subfolder });
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
    std::fs::create_dir_all(folder).map_err(|error| cannot_write_into(folder, &error))?;
    tempfile::Builder::new()
        .prefix(".stadtwin-probe")
        .tempfile_in(folder)
        .map(drop)
        .map_err(|error| cannot_write_into(folder, &error))
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

fn interrupted(n_done: usize, folder: Option<&Path>, output: &Output) {
    if let Some(folder) = folder {
        // Only where it is empty.
        let _ = std::fs::remove_dir(folder);
    }
    let kept = folder.filter(|_| n_done > 0).map_or_else(
        || "nothing was finished".to_owned(),
        |folder| format!("the results of {n_done} finished scenarios are in {}", folder.display()),
    );
    output.failure(&Finding::warning("interrupted", format!("stopped by ctrl-C; {kept}")).into());
}
