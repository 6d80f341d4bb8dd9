//! `stadtwin import`: geodata files, or the generated town, become a twin on disk.

use std::path::Path;

use serde_json::json;
use twin::{Findings, Twin};
use twin_io::{ImportOptions, Tally};
use twin_present::{
    findings::phrase,
    words::{find_word, say, word},
};

use crate::{Ending, arguments, output::Output, progress::Progress};

/// Imports, says what was found, and writes the twin.
pub(crate) fn import(arguments: &arguments::Import, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let generated = matches!(arguments.files.as_slice(), [only] if only.as_os_str() == "musterstadt" && !only.exists());
    let (twin, findings, tally) = if generated {
        let options = twin_musterstadt::Options { population: arguments.population, seed: arguments.seed };
        (twin_musterstadt::generate(&options, progress)?, Findings::default(), Tally::default())
    } else {
        let options = ImportOptions { epsg: arguments.crs, name: arguments.name.clone() };
        let imported = twin_io::import(&arguments.files, &options, progress)?;
        (imported.twin, imported.findings, imported.tally)
    };
    if twin::Watch::is_cancelled(progress) {
        return Ok(Ending::Interrupted);
    }
    if arguments.output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("inp")) {
        twin_io::epanet::write_inp(&twin, &arguments.output)?;
    } else {
        twin_io::gpkg::write_twin(&twin, &arguments.output)?;
    }
    progress.finish();
    output.value(&json!({
        "status": "ok",
        "twin": arguments.output.display().to_string(),
        "name": twin.name,
        "crs": twin.crs.name(),
        "contents": contents(&twin).into_iter().collect::<serde_json::Map<_, _>>(),
        "tally": tally_json(&tally),
        "findings": findings,
    }));
    output.text(&report(&twin, &tally, &arguments.output, output));
    output.findings(&findings);
    Ok(Ending::Fine)
}

/// What a twin holds, by kind.
pub(crate) fn contents(twin: &Twin) -> Vec<(String, serde_json::Value)> {
    let length_km = twin.roads.links().map(|(_, link)| link.length_m).sum::<f64>() / 1000.0;
    [
        ("road_links", json!(twin.roads.n_links())),
        ("road_nodes", json!(twin.roads.n_nodes())),
        ("road_km", json!((length_km * 10.0).round() / 10.0)),
        ("turn_restrictions", json!(twin.restrictions.len())),
        ("buildings", json!(twin.buildings.len())),
        ("addresses", json!(twin.addresses.len())),
        ("places", json!(twin.places.len())),
        ("areas", json!(twin.areas.len())),
        ("bus_stops", json!(twin.bus_stops.len())),
        ("bus_routes", json!(twin.bus_routes.len())),
        ("water_links", json!(twin.water.n_links())),
        ("gas_links", json!(twin.gas.n_links())),
        ("heat_links", json!(twin.heat.n_links())),
        ("sewer_links", json!(twin.sewer.n_links())),
        ("power_links", json!(twin.power.n_links())),
        ("assets", json!(twin.assets.len())),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

fn tally_json(tally: &Tally) -> serde_json::Value {
    let kinds: serde_json::Map<_, _> = tally
        .kinds
        .iter()
        .map(|(kind, count)| {
            ((*kind).to_owned(), json!({ "source": count.source, "kept": count.kept, "dropped": count.dropped }))
        })
        .collect();
    json!({ "kinds": kinds, "not_used": tally.not_used })
}

fn report(twin: &Twin, tally: &Tally, file: &Path, output: &Output) -> String {
    let language = output.language;
    let mut text = say(
        language,
        "import-done",
        &[("name", &twin.name), ("file", &file.display().to_string()), ("crs", &twin.crs.name())],
    );
    text.push('\n');
    for (name, value) in contents(twin) {
        let number = value.as_f64().unwrap_or_default();
        if number > 0.0 {
            let decimals = usize::from(name == "road_km");
            let label = word(language, &format!("contents-{}", name.replace('_', "-")));
            text.push_str(&format!("  {:>12}  {label}\n", language.number(number, decimals)));
        }
    }
    if !tally.kinds.is_empty() {
        text.push_str(&format!("\n{}\n", word(language, "tally-title")));
        let head = ["tally-source", "tally-kept", "tally-dropped"].map(|name| word(language, name));
        text.push_str(&format!("  {:>12}  {:>12}  {:>12}\n", head[0], head[1], head[2]));
    }
    for (kind, count) in &tally.kinds {
        let figures = [count.source, count.kept, count.n_dropped()].map(|n| language.number(n as f64, 0));
        let label = find_word(language, &format!("tally-{}", kind.replace(' ', "-")))
            .unwrap_or_else(|| phrase(language, kind).into_owned());
        text.push_str(&format!("  {:>12}  {:>12}  {:>12}  {label}", figures[0], figures[1], figures[2]));
        let reasons: Vec<String> = count
            .dropped
            .iter()
            .map(|(reason, n)| format!("{}: {}", phrase(language, reason), language.number(*n as f64, 0)))
            .collect();
        if !reasons.is_empty() {
            text.push_str(&format!(" ({})", reasons.join(", ")));
        }
        text.push('\n');
    }
    text.push('\n');
    text
}
