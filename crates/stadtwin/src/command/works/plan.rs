//! `stadtwin works plan`: better dates for a calendar.

use twin::{Finding, Findings, Watch as _, works::PlanOptions};
use twin_io::results::{Drawings, write_plan};
use twin_present::{gantt, table, words::word};

use super::{open, today};
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Shifts works within their windows, prints the comparison, writes the new calendar. Ctrl-C keeps the best plan so far.
pub(super) fn plan(arguments: &arguments::WorksPlan, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let opened = open(&arguments.twin, &arguments.calendar, &arguments.set, progress)?;
    let (twin, calendar) = (&opened.twin, &opened.calendar);
    super::super::run::probe(&arguments.output)?;
    let options = PlanOptions { seed: arguments.seed, rounds: arguments.rounds, ..PlanOptions::default() };
    let asked = (Some(today(arguments.on)), options);
    let mut plan = twin_run::works::plan(twin, &opened.prepared, &opened.scenario, calendar, asked, progress);
    progress.finish();
    plan.findings.extend(opened.findings);
    let improved = twin_run::works::rescheduled(calendar, &plan.improved);
    let file = arguments.output.join("plan.toml");
    twin_io::works::write_file(&improved, twin, &file)?;
    let summary = table::plan_summary(twin, calendar, &plan);
    let page = table::plan_table(twin, calendar, &plan, output.language);
    let schedules = [
        (word(output.language, "works-gantt-before"), &plan.given.days[..]),
        (word(output.language, "works-gantt-after"), &plan.improved.days[..]),
    ];
    let title = format!("{} · {}", twin.name, calendar.name);
    let html = gantt::html(&title, calendar, &schedules, &[], output.language);
    let drawings = Drawings { html: &html, text: &page };
    write_plan(twin, calendar, &plan, (&summary, drawings), &arguments.output, arguments.csv)?;
    output.text(&page);
    output.findings(&plan.findings);
    output.value(&summary);
    if progress.is_cancelled() {
        let message = format!("stopped by ctrl-C; the best plan so far is in {}", file.display());
        output.failure(&Finding::warning("interrupted", message).into());
        return Ok(Ending::Interrupted);
    }
    Ok(if plan.improved.violations_d == 0 && !plan.findings.has_errors() { Ending::Fine } else { Ending::NotFine })
}
