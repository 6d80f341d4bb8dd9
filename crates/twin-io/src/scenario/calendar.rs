//! Calendar files: the works of a year with the fields of closures, their windows, owners, events and rules.

mod read;
mod write;

#[cfg(test)]
mod tests;

use std::path::Path;

use serde_json::{Value, json};
use twin::{Findings, Twin, works::Calendar};

use super::{FORMAT_VERSION, fields::Notes, schema as scenario_schema, text_of, tree};
use crate::atomic;

pub use write::write;

/// Reads a calendar file for a twin: lines on the map are projected into its coordinates.
///
/// # Errors
/// All that is wrong, each with its place: unknown keys and values with the nearest valid one, works that end before they begin, two works
/// of one id, plans outside their windows, works that wait for each other.
pub fn read(path: &Path, twin: &Twin) -> Result<Calendar, Findings> {
    let (text, shown) = text_of(path)?;
    let mut calendar = parse(&text, &shown, twin)?;
    if calendar.name.is_empty() {
        calendar.name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    }
    Ok(calendar)
}

/// Parses the text of a calendar file; `file` is its name in findings.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str, file: &str, twin: &Twin) -> Result<Calendar, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let with_file = |findings: Findings| {
        Findings(findings.into_iter().map(|f| if f.file.is_some() { f } else { f.with_file(file) }).collect())
    };
    let root = tree::parse(text).map_err(with_file)?;
    let mut notes = Notes { file: Some("a calendar"), ..Notes::default() };
    let mut calendar = read::calendar(&root, twin, &mut notes);
    if notes.findings.has_errors() {
        notes.findings.0.sort_by_key(|finding| finding.position.unwrap_or((u32::MAX, 0)));
        return Err(with_file(notes.findings));
    }
    calendar.origin.file = Some(file.to_owned());
    calendar.origin.positions = notes.positions;
    Ok(calendar)
}

/// Writes a calendar file.
///
/// # Errors
/// Where the system refuses; an older file stands as it was then.
pub fn write_file(calendar: &Calendar, twin: &Twin, path: &Path) -> Result<(), Findings> {
    atomic::write_file(path, |temporary| {
        std::fs::write(temporary, write(calendar, twin)).map_err(|error| atomic::write_finding(path, &error).into())
    })
}

/// The JSON Schema of calendar files, as published in `scenarios/calendar.schema.json`.
#[must_use]
pub fn schema() -> Value {
    use scenario_schema::{date, number, object, text};
    let mut work = scenario_schema::closure();
    if let Some(properties) = work.pointer_mut("/properties").and_then(Value::as_object_mut) {
        let own = json!({
            "id": text("What other works and later versions of the file call it: 2026-017."),
            "name": text("Name or description shown to people."),
            "from": date("First day of the plan."),
            "to": date("Last day of the plan."),
            "earliest": date("Earliest day on which it may begin; the plan's begin if absent."),
            "latest": date("Latest day on which it may end; the plan's end if absent."),
            "after": { "type": "array", "items": { "type": "string" }, "description": "Ids of works that must have ended before it begins." },
            "fixed": { "type": "boolean", "default": false, "description": "Whether its dates may not be changed." },
            "in_holidays": { "type": "boolean", "default": false, "description": "Whether it should lie within favorable events (school holidays)." },
            "renewed": date("Day on which the surface of the street was renewed last."),
        });
        if let Value::Object(own) = own {
            properties.extend(own);
        }
    }
    if let Some(required) = work.pointer_mut("/required").and_then(Value::as_array_mut) {
        required.insert(0, json!("id"));
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stadtwin calendar of works",
        "description": "The works of a year: what is closed when, and how far it may be shifted. Files are TOML.",
        "type": "object",
        "required": ["version"],
        "additionalProperties": false,
        "properties": {
            "version": { "const": FORMAT_VERSION, "description": "Version of the format." },
            "name": text("Name shown to people; the name of the file if absent."),
            "rules": object(&[], json!({
                "distance_m": number("Least distance as the crow flies between work sites that are open at once, metres.", 0.0),
                "protection_years": number("Years after a renewal or a work in which the same stretch is not dug up again.", 0.0),
                "at_once": { "type": "integer", "minimum": 1, "description": "Works that may be open at once in the whole town." },
                "begin_on_mondays": { "type": "boolean", "default": false, "description": "Whether works that are shifted begin on Mondays." },
            })),
            "owner": {
                "type": "array",
                "description": "Who carries out works.",
                "items": object(&["name", "at_once"], json!({
                    "name": text("Name, as the works give it under owner."),
                    "at_once": { "type": "integer", "minimum": 1, "description": "Works that its crews can carry out at once." },
                }))
            },
            "event": {
                "type": "array",
                "description": "Days that matter to works.",
                "items": object(&["name", "from", "to"], json!({
                    "name": text("Name: Altstadtfest, Sommerferien."),
                    "from": date("First day."),
                    "to": date("Last day."),
                    "streets": { "type": "array", "items": { "type": "string" }, "description": "Names of the streets it needs; everywhere if absent." },
                    "favorable": { "type": "boolean", "default": false, "description": "Whether works are welcome in it (school holidays) or not (a fair)." },
                }))
            },
            "work": { "type": "array", "items": work, "description": "The works: the fields of a scenario's closure, and when they may take place." },
        }
    })
}
