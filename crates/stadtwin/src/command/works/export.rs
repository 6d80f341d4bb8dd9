//! `stadtwin works export`: a calendar or the closures of a scenario become a feed.

use std::{fs, path::Path};

use serde_json::json;
use twin::{Finding, Findings, Twin, jiff::Timestamp, works::Work};
use twin_io::feed::{self, PlacedLine, PlacedWork, Publication, datex2};
use twin_present::words::say;

use super::place::placed;
use crate::{
    Ending,
    arguments::{self, DatexVersion, FeedFormat},
    command::{cannot_read, load},
    output::Output,
    progress::Progress,
};

/// Writes the works of a calendar, or the closures of a scenario, as WZDx or DATEX II.
pub(crate) fn export(
    arguments: &arguments::WorksExport,
    output: &Output,
    progress: &Progress,
) -> Result<Ending, Findings> {
    let (twin, _) = load(std::slice::from_ref(&arguments.twin), progress)?;
    let works = read(&arguments.works, &twin)?;
    let mut findings = Findings::default();
    let mut on_the_ground: Vec<PlacedWork> = Vec::new();
    for work in works {
        let (closure, told) = placed(&twin, &work);
        findings.extend(told);
        let Some(closure) = closure else { continue };
        let lines = closure.lines(&twin).into_iter().map(|line| PlacedLine { line: line.line, one_way: line.one_way });
        on_the_ground.push(PlacedWork { lines: lines.collect(), street: closure.street.clone(), work });
    }
    if findings.has_errors() {
        return Err(findings);
    }
    let publication = Publication {
        publisher: arguments.publisher.clone().unwrap_or_else(|| twin.name.clone()),
        country: arguments.country.clone(),
        time: Timestamp::now(),
    };
    let exported = match arguments.format {
        FeedFormat::Wzdx => feed::wzdx::write(&on_the_ground, &twin, &publication)?,
        FeedFormat::Datex2 => {
            let version = match arguments.datex_version {
                DatexVersion::Three => datex2::Version::V3,
                DatexVersion::Two => datex2::Version::V2,
            };
            datex2::write(&on_the_ground, &twin, &publication, version)?
        }
    };
    feed::write_file(&exported.text, &arguments.output)?;
    findings.extend(exported.findings);
    progress.finish();
    let file = arguments.output.display().to_string();
    output.value(&json!({ "status": "ok", "feed": file, "works": exported.n_works, "findings": findings }));
    let n = output.language.number(exported.n_works as f64, 0);
    output.text(&format!("{}\n\n", say(output.language, "works-exported", &[("n", &n), ("file", &file)])));
    output.findings(&findings);
    Ok(Ending::Fine)
}

/// The works of a calendar, or the closures of a scenario as works.
fn read(path: &Path, twin: &Twin) -> Result<Vec<Work>, Findings> {
    let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
    let is_calendar =
        text.lines().map(str::trim_start).any(|line| line.starts_with("[[work]]") || line.starts_with("work ="));
    if is_calendar {
        return Ok(twin_io::works::read(path, twin)?.works);
    }
    let scenario = twin_io::scenario::read(path, twin, &[])?;
    let stem = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    if scenario.closures.is_empty() {
        let finding = Finding::error("nothing-to-export", format!("{} has neither works nor closures", path.display()));
        return Err(finding.with_help("a calendar has [[work]], a scenario [[closure]]").into());
    }
    let several = scenario.closures.len() > 1;
    Ok(scenario
        .closures
        .into_iter()
        .enumerate()
        .map(|(index, mut closure)| {
            closure.from = closure.from.or(scenario.from);
            closure.to = closure.to.or(scenario.to);
            let key = if several { format!("{stem}-{}", index + 1) } else { stem.clone() };
            Work { name: Some(scenario.name.clone()), ..Work::new(key.as_str(), closure) }
        })
        .collect())
}
