//! `stadtwin works demo`: a made-up calendar for a town.

use serde_json::json;
use twin::Findings;
use twin_run::works::DemoOptions;

use super::load;
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Makes a calendar up and writes it.
pub(super) fn demo(arguments: &arguments::WorksDemo, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let (twin, _) = load(std::slice::from_ref(&arguments.twin), progress)?;
    let options = DemoOptions { works: arguments.works, seed: arguments.seed, year: arguments.year };
    let calendar = twin_run::works::demo(&twin, options)?;
    twin_io::works::write_file(&calendar, &twin, &arguments.output)?;
    progress.finish();
    output.text(&format!("{}\n{}\n", calendar.name, arguments.output.display()));
    output.value(&json!({
        "status": "ok", "calendar": arguments.output.display().to_string(), "works": calendar.works.len(),
    }));
    Ok(Ending::Fine)
}
