//! `stadtwin check`: what is missing, disconnected or implausible in a twin.

use serde_json::json;
use twin::Findings;

use super::load;
use crate::{Ending, arguments, command::import::contents, output::Output, progress::Progress};

/// Checks a twin; for geodata files what the import found comes too.
pub(crate) fn check(arguments: &arguments::Check, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let (twin, mut findings) = load(&arguments.files, progress)?;
    findings.extend(twin_run::check(&twin));
    progress.finish();
    output.value(&json!({
        "status": if findings.has_errors() { "errors" } else { "ok" },
        "name": twin.name,
        "crs": twin.crs.name(),
        "contents": contents(&twin).into_iter().collect::<serde_json::Map<_, _>>(),
        "findings": findings,
    }));
    output.text(&format!("{}\n\n", twin.name));
    output.findings(&findings);
    Ok(if findings.has_errors() { Ending::NotFine } else { Ending::Fine })
}
