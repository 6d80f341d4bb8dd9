//! `stadtwin works check`: the conflicts of a calendar.

use twin::{Finding, Findings, Watch as _, works::Work};
use twin_io::results::{Drawings, write_conflicts};
use twin_present::{gantt, table};

use super::{open, today};
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Prints what hinders what, and what to do; writes it where asked.
pub(super) fn check(
    arguments: &arguments::WorksCheck,
    output: &Output,
    progress: &Progress,
) -> Result<Ending, Findings> {
    let opened = open(&arguments.twin, &arguments.calendar, &arguments.set, progress)?;
    let (twin, calendar) = (&opened.twin, &opened.calendar);
    let day = today(arguments.on);
    let mut found = twin_run::works::check(twin, &opened.prepared, &opened.scenario, calendar, Some(day), progress);
    progress.finish();
    if progress.is_cancelled() {
        output.failure(&Finding::warning("interrupted", "stopped by ctrl-C; nothing was written").into());
        return Ok(Ending::Interrupted);
    }
    found.findings.extend(opened.findings);
    let summary = table::conflicts_summary(twin, calendar, &found);
    let page = table::conflicts_table(twin, calendar, &found, output.language);
    if let Some(folder) = &arguments.output {
        let days: Vec<_> = calendar.works.iter().map(Work::days).collect();
        let title = format!("{} · {}", twin.name, calendar.name);
        let html = gantt::html(&title, calendar, &[(calendar.name.clone(), &days)], &found.conflicts, output.language);
        let drawings = Drawings { html: &html, text: &page };
        write_conflicts(twin, calendar, &found, (&summary, drawings), folder, arguments.csv)?;
    }
    output.text(&page);
    output.findings(&found.findings);
    output.value(&summary);
    let fine = found.conflicts.is_empty() && !found.findings.has_errors();
    Ok(if fine { Ending::Fine } else { Ending::NotFine })
}
