//! Gas and heat networks of pandapipes (JSON, `pandapipes.to_json`).
//!
//! # What becomes of it
//! A net whose fluid is a gas becomes the twin's gas network, any other its heat network, pipe by pipe. Junction 33 is
//! `heat_junction/33`, pipe 248 `heat_pipe/248`, and so on with the names of pandapipes' tables (`gas_valve/0`,
//! `heat_consumer/7`, `heat_circ_pump_pressure/0`). Sinks and sources are added up at their junctions; sinks of a gas net are
//! customers. Standard types, fluid properties (tables, lines, polynomials, Sutherland), the friction law and the ambient
//! temperature of `user_pf_options` are kept. Results in the file, controllers and tables of other programs are not used.
//!
//! # Coordinates
//! Those of `junction_geodata` (x, y) or of the columns `geo`. The file does not say in which system: Gauß-Krüger zones are
//! told by their false easting, longitude and latitude by their size; GeoJSON written as latitude, longitude is turned where
//! that puts it in Central Europe. Coordinates of another kind are in the system of [`ImportOptions::epsg`], or in a plane
//! without a place on earth; nets without coordinates lie on a circle. Each of these is a finding.
//!
//! # References
//! D. Lohmeier et al.: pandapipes. Sustainability 12(23), 9899 (2020). <https://pandapipes.readthedocs.io>

mod build;
mod fluid;
mod links;
mod place;
mod rows;
#[cfg(test)]
mod tests;

use std::{fs, path::Path};

use serde_json::Value;
use twin::{Finding, Findings, Twin, Watch};

use crate::{ImportOptions, Imported, atomic, pandas};

/// Whether the begin of a file is that of a pandapipes net.
#[must_use]
pub fn looks_like(head: &str) -> bool {
    head.trim_start().starts_with('{')
        && (head.contains("\"pandapipesNet\"") || head.contains("pandapipes.pandapipes_net"))
}

/// Reads a net.
///
/// # Errors
/// All at once, each with its element and field: what is no number, junctions that do not exist, missing columns, unknown
/// fluid properties; or the file is no JSON and no net.
pub fn read(path: &Path, options: &ImportOptions, _watch: &dyn Watch) -> Result<Imported, Findings> {
    let shown = path.display().to_string();
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Finding::error("not-text", format!("`{shown}` is no text in UTF-8.")).with_file(shown.clone()))?;
    let name = path.file_stem().map_or_else(|| "net".to_owned(), |stem| stem.to_string_lossy().into_owned());
    let with_file =
        |findings: Findings| Findings(findings.into_iter().map(|finding| finding.with_file(shown.clone())).collect());
    let mut imported = read_text(&text, &name, options).map_err(with_file)?;
    imported.findings = with_file(imported.findings);
    for source in &mut imported.twin.sources {
        source.name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        source.hash = Some(crate::fingerprint::fingerprint(text.as_bytes()));
    }
    Ok(imported)
}

/// Reads a net from its text.
fn read_text(text: &str, name: &str, options: &ImportOptions) -> Result<Imported, Findings> {
    let root = pandas::parse(text).map_err(|error| broken(&error))?;
    if pandas::class(&root) != Some("pandapipesNet") {
        return Err(Finding::error("not-pandapipes", "The file is JSON, but no net of pandapipes.")
            .with_help("Write it with `pandapipes.to_json(net, \"net.json\")`.")
            .into());
    }
    let net = pandas::inner(&root).map_err(|error| broken(&error))?;
    let Value::Object(net) = net.as_ref() else {
        return Err(Finding::error("not-pandapipes", "The net in the file is no JSON object.").into());
    };
    let name = options.name.clone().unwrap_or_else(|| {
        let own = net.get("name").and_then(Value::as_str).filter(|own| !own.is_empty() && *own != "net");
        own.unwrap_or(name).to_owned()
    });
    let mut twin = Twin::empty(name, twin::Crs::NOWHERE);
    let mut findings = Findings::default();
    let tally = build::build(net, options, &mut twin, &mut findings)?;
    if findings.has_errors() {
        return Err(findings);
    }
    twin.sources.push(twin::Source {
        name: "net".to_owned(),
        format: "pandapipes".to_owned(),
        licence: None,
        attribution: None,
        date: None,
        hash: None,
    });
    Ok(Imported { twin, findings, tally })
}

fn broken(error: &serde_json::Error) -> Findings {
    let (line, column) = (error.line() as u32, error.column() as u32);
    Finding::error("not-json", format!("The file is no valid JSON: {error}."))
        .with_position(line, column)
        .with_help("Write it again with `pandapipes.to_json(net, \"net.json\")`.")
        .into()
}
