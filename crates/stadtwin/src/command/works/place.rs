//! Works on the sections of a town.

use twin::{Finding, Findings, Scenario, Severity, Twin, works::Work};
use twin_run::{ResolvedClosure, resolve};

/// A work on the sections of the town, and what there is to say about it; nothing where it cannot be placed.
pub(super) fn placed(twin: &Twin, work: &Work) -> (Option<ResolvedClosure>, Vec<Finding>) {
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
pub(super) fn softened(mut finding: Finding) -> Finding {
    finding.severity = finding.severity.min(Severity::Warning);
    finding
}
