//! `stadtwin sweep`: every single failure of a kind, ranked.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Mutex, PoisonError},
};

use serde_json::{Value, json};
use twin::{Finding, Findings, Key, Scenario, Sweep, SweepRow, Twin};
use twin_io::{
    beside,
    results::{Journal, write_sweep},
};
use twin_present::table;

use super::{base, load};
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Computes every failure, resuming what an earlier sweep into the same folder has done.
pub(crate) fn sweep(arguments: &arguments::Sweep, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let each = kind(&arguments.each)?;
    let (twin, mut findings) = load(std::slice::from_ref(&arguments.twin), progress)?;
    let scenario = twin_io::scenario::base(&arguments.set)?;
    let inputs = inputs(&arguments.twin, each, &scenario);
    let (journal, known) = Journal::open(&arguments.output, &inputs)?;
    let resumed = known.len();
    let journal = Mutex::new((journal, None::<Findings>));
    let keep = |row: &SweepRow| {
        let mut journal = journal.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(refused) = journal.0.push(row) {
            journal.1.get_or_insert(refused);
        }
    };
    let mut swept = compute(&arguments.twin, &twin, each, &scenario, &known, &mut findings, progress, &keep);
    progress.finish();
    let (journal, refused) = journal.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(refused) = refused {
        return Err(refused);
    }
    swept.findings.extend(findings);
    if resumed > 0 {
        let message =
            format!("{resumed} of {} rows were computed by an earlier sweep into this folder", swept.rows.len());
        swept.findings.push(Finding::note("sweep-resumed", message));
    }
    if !swept.complete {
        let left = "run the same command again: it goes on where it stopped";
        let message =
            format!("stopped by ctrl-C; {} rows are kept in {}", swept.rows.len(), arguments.output.display());
        output.failure(&Finding::warning("interrupted", message).with_help(left).into());
        return Ok(Ending::Interrupted);
    }
    let summary = summary(&twin, &swept, &scenario, &inputs);
    write_sweep(&twin, &swept, &summary, &arguments.output, arguments.csv)?;
    journal.remove();
    output.text(&table::sweep_table(&twin, &swept, arguments.top, output.language));
    output.findings(&swept.findings);
    output.value(&summary);
    let converged = swept.rows.iter().all(|row| row.status != "not_converged");
    Ok(if converged { Ending::Fine } else { Ending::NotFine })
}

#[expect(clippy::too_many_arguments, reason = "one call, and each argument is another thing")]
fn compute(
    file: &Path,
    twin: &Twin,
    each: &str,
    scenario: &Scenario,
    known: &BTreeMap<Key, SweepRow>,
    findings: &mut Findings,
    progress: &Progress,
    keep: &(dyn Fn(&SweepRow) + Sync),
) -> Sweep {
    if let Some(swept) = twin_run::sweep_supply(twin, scenario, each, progress) {
        return swept;
    }
    let prepared = base::prepared(file, twin, scenario, findings, progress);
    twin_run::sweep_roads(twin, &prepared, scenario, known, progress, keep)
}

fn kind(each: &str) -> Result<&'static str, Findings> {
    let kinds = twin_run::SUPPLY_KINDS;
    let known = kinds.iter().find(|(name, short)| *name == each || *short == each).map(|(name, _)| *name);
    known.or((each == "road").then_some("road")).ok_or_else(|| {
        let names: Vec<&str> = std::iter::once("road").chain(kinds.iter().map(|(name, _)| *name)).collect();
        Finding::error("unknown-kind", format!("\"{each}\" is nothing that can fail one at a time"))
            .with_field("--each")
            .with_help(format!("known are: {}", names.join(", ")))
            .into()
    })
}

/// Names everything that the rows depend on.
fn inputs(file: &Path, each: &str, scenario: &Scenario) -> String {
    let hash = beside::content_hash(file).unwrap_or_default();
    format!("{each} {:016x}", twin_run::saved::fingerprint(&hash, scenario))
}

fn summary(twin: &Twin, swept: &Sweep, scenario: &Scenario, inputs: &str) -> Value {
    let mut statuses: BTreeMap<&str, usize> = BTreeMap::new();
    for row in &swept.rows {
        *statuses.entry(&row.status).or_default() += 1;
    }
    let worst: Vec<Value> = swept
        .rows
        .iter()
        .take(10)
        .map(|row| {
            let values: serde_json::Map<_, _> =
                swept.criteria.iter().zip(&row.values).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
            json!({ "key": row.key.as_str(), "name": row.name, "rank": row.rank, "status": row.status, "measure": row.measure, "values": values })
        })
        .collect();
    json!({
        "program": "stadtwin",
        "version": env!("CARGO_PKG_VERSION"),
        "twin": twin.name,
        "each": swept.each,
        "inputs": inputs,
        "seed": scenario.seed,
        "relative_gap": scenario.traffic.relative_gap,
        "hours": scenario.traffic.hours,
        "elements": swept.rows.len(),
        "statuses": statuses,
        "criteria": swept.criteria,
        "worst": worst,
        "findings": swept.findings,
    })
}
