//! The base case kept beside the twin.

use std::path::Path;

use twin::{Finding, Findings, Scenario, Twin};
use twin_io::beside;
use twin_run::{Prepared, saved};

use crate::progress::Progress;

/// The base of a scenario: as it was kept beside the twin, else computed and kept. Only a GeoPackage has something beside it.
pub(crate) fn prepared(
    file: &Path,
    twin: &Twin,
    scenario: &Scenario,
    findings: &mut Findings,
    progress: &Progress,
) -> Prepared {
    let Some(kept) = beside::place(file) else { return twin_run::prepare(twin, scenario, progress) };
    let fingerprint = saved::fingerprint(&kept.hash, scenario);
    let known = beside::read(&kept.file).and_then(|bytes| saved::from_bytes(twin, scenario, fingerprint, &bytes));
    known.unwrap_or_else(|| {
        let prepared = twin_run::prepare(twin, scenario, progress);
        if prepared.is_exact()
            && prepared.day.is_none()
            && let Err(refused) = beside::write(&kept.file, &saved::to_bytes(&prepared, fingerprint))
        {
            let why = refused.iter().map(|finding| finding.message.clone()).collect::<Vec<_>>().join("; ");
            findings.push(
                Finding::note("base-not-kept", format!("the base case is computed anew each time: {why}"))
                    .with_help("put the twin into a folder in which you may write"),
            );
        }
        prepared
    })
}
