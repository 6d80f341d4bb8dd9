//! Scenario files: TOML in, [`Scenario`] out, and back.
//!
//! A file says what is closed, when, and how it is computed; every wrong key, type or value is a finding with line and
//! column and the nearest valid name, all at once. Any key can be overridden from the shell: `closure[0].length_m=80`,
//! `traffic.relative_gap=1e-8`, `expect."traffic.added_delay_veh_h".max=120`. Street names are not looked up here: that is
//! done against the town when the scenario is run; [`Origin::positions`](twin::scenario::Origin) carries where each stands.
//!
//! The format is described by `scenarios/scenario.schema.json`, which a test keeps true to [`schema`].

pub(crate) mod calendar;
mod closure;
mod demand;
mod fields;
mod parse;
mod schema;
pub mod story;
mod supply;
#[cfg(test)]
mod tests;
mod tree;
mod write;

use std::{fs, path::Path};

use twin::{Crs, Finding, Findings, Scenario, Twin};

pub use schema::schema;
pub use write::write;

use crate::atomic;

/// Version of the format that is read and written.
pub const FORMAT_VERSION: u64 = 1;

/// Reads a scenario file for a twin (lines on the map are projected into its coordinates, matrices joined to its zones)
/// and puts `overrides` (`key=value`) over it.
///
/// # Errors
/// All that is wrong, each with its place.
pub fn read(path: &Path, twin: &Twin, overrides: &[String]) -> Result<Scenario, Findings> {
    let (text, shown) = text_of(path)?;
    let mut scenario = parse_in(&text, &shown, path.parent(), twin, overrides)?;
    if scenario.name.is_empty() {
        scenario.name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    }
    Ok(scenario)
}

/// The text of a file, and the file's name in findings.
fn text_of(path: &Path) -> Result<(String, String), Findings> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.iter().filter(|byte| **byte == b'\n').count() + 1;
        Finding::error("not-utf8", format!("`{shown}` is not UTF-8 text (line {line})."))
            .with_help("Save the file as UTF-8.")
            .with_file(shown.clone())
            .with_position(u32::try_from(line).unwrap_or(u32::MAX), 1)
    })?;
    Ok((text, shown))
}

/// Parses the text of a scenario file; `file` is its name in findings. Files that it names are looked for in the current
/// folder.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str, file: &str, twin: &Twin, overrides: &[String]) -> Result<Scenario, Findings> {
    parse_in(text, file, None, twin, overrides)
}

/// The base case with `overrides` put over it.
///
/// # Errors
/// As [`read`].
pub fn base(overrides: &[String]) -> Result<Scenario, Findings> {
    let nowhere = Twin::empty("", Crs::NOWHERE);
    let mut scenario = parse_in("version = 1\n", "--set", None, &nowhere, overrides)?;
    scenario.origin = twin::scenario::Origin::default();
    Ok(scenario)
}

fn parse_in(
    text: &str,
    file: &str,
    folder: Option<&Path>,
    twin: &Twin,
    overrides: &[String],
) -> Result<Scenario, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let with_file = |findings: Findings| {
        Findings(findings.into_iter().map(|f| if f.file.is_some() { f } else { f.with_file(file) }).collect())
    };
    let mut root = tree::parse(text).map_err(with_file)?;
    let wrong: Vec<Finding> =
        overrides.iter().filter_map(|text| tree::put_override(&mut root, text).err()).flatten().collect();
    let mut notes = fields::Notes { findings: Findings(wrong), ..fields::Notes::default() };
    let mut scenario = parse::scenario(&root, twin, folder, &mut notes);
    if notes.findings.has_errors() {
        // As they stand in the file; what is wrong in other files after it.
        let is_other = |finding: &Finding| finding.file.as_deref().is_some_and(|file| file != "--set");
        notes.findings.0.sort_by_key(|finding| (is_other(finding), finding.position.unwrap_or((u32::MAX, 0))));
        return Err(with_file(notes.findings));
    }
    scenario.origin.file = Some(file.to_owned());
    scenario.origin.positions = notes.positions;
    Ok(scenario)
}
