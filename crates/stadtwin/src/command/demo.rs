//! `stadtwin demo`: the generated town, half a main street closed.

use std::{fs, path::Path};

use serde_json::json;
use twin::{
    Findings, Id, Scenario, Twin, Watch as _,
    road::{Arc, Direction, RoadClass, RoadLink},
};
use twin_present::{table, words::say};
use twin_run::{Prepared, Resolved};

use super::{
    cannot_write_into,
    run::{judged, write},
    view,
};
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Builds the town, closes half of the main street that carries most, prints the table, writes everything.
pub(crate) fn demo(arguments: &arguments::Demo, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let folder = &arguments.output;
    fs::create_dir_all(folder).map_err(|error| cannot_write_into(folder, &error))?;
    let options = twin_musterstadt::Options { population: arguments.population, seed: arguments.seed };
    let twin = twin_musterstadt::generate(&options, progress)?;
    let town = folder.join("musterstadt.gpkg");
    twin_io::gpkg::write_twin(&twin, &town)?;

    let base = twin_io::scenario::base(&[])?;
    let prepared = twin_run::prepare(&twin, &base, progress);
    let text = half_closed_main_street(&twin, &prepared);
    let file = folder.join("half-closed.toml");
    twin_io::beside::write(&file, text.as_bytes())?;
    let scenario = twin_io::scenario::read(&file, &twin, &[])?;
    let resolved = twin_run::resolve(&twin, &scenario)?;
    let outcome = twin_run::run(&twin, &prepared, &resolved, progress);
    if progress.is_cancelled() {
        return Ok(Ending::Interrupted);
    }
    let summary = table::summary(&twin, &scenario, &outcome);
    let report = folder.join("report");
    write(&twin, &scenario, &outcome, &summary, &report, true)?;
    progress.finish();
    output.text(&table::outcome_table(&twin, &scenario, &outcome, output.language));
    let picture = folder.join("musterstadt.png");
    let drawn = !arguments.no_picture && draw(&town, &file, &picture, output)?;
    output.text(&written(output, folder, drawn));
    output.value(&json!({
        "status": "ok",
        "twin": town.display().to_string(),
        "scenario": file.display().to_string(),
        "report": report.display().to_string(),
        "picture": drawn.then(|| picture.display().to_string()),
        "summary": summary,
    }));
    Ok(judged(&scenario, &outcome))
}

fn written(output: &Output, folder: &Path, drawn: bool) -> String {
    let shown = folder.display().to_string();
    let name = if drawn { "demo-written" } else { "demo-written-no-picture" };
    format!("\n{}\n", say(output.language, name, &[("folder", &shown)]))
}

/// Has the viewer draw the picture, where there is one.
fn draw(town: &Path, scenario: &Path, picture: &Path, output: &Output) -> Result<bool, Findings> {
    let Some(program) = view::find() else { return Ok(false) };
    let language = format!("--lang={}", output.language.code());
    let arguments = [town.as_os_str(), scenario.as_os_str(), "-o".as_ref(), picture.as_os_str(), language.as_ref()];
    let status = view::launch(&program, "render", arguments.into_iter())?;
    Ok(status.success() && picture.is_file())
}

/// A scenario that half-closes the busiest two-lane main street of the town for 80 metres.
fn half_closed_main_street(twin: &Twin, prepared: &Prepared) -> String {
    let target = busiest(twin, prepared).map(|link| named_stretch(twin, link));
    let target = target.unwrap_or_else(|| "street = \"Hauptstraße\"".to_owned());
    format!(
        "# Half of a main street is closed for a new district heating pipe.\n\
         version = 1\n\
         name = \"Fernwärme, halbseitig\"\n\
         from = 2026-05-04\n\
         to = 2026-06-12\n\n\
         [[closure]]\n\
         {target}\n\
         kind = \"half\"\n\
         control = \"signal\"\n\
         length_m = 80\n\
         cause = \"Fernwärme\"\n"
    )
}

/// The section with most traffic among streets with one lane per direction, no bridge, long enough for the works.
fn busiest(twin: &Twin, prepared: &Prepared) -> Option<Id<RoadLink>> {
    let volume = prepared.hours.first()?.base.arc_state(&prepared.streets).volume_veh_h;
    let both = |link: Id<RoadLink>| -> f64 {
        Direction::BOTH.iter().filter_map(|&direction| volume.get(Arc::new(link, direction).index())).sum()
    };
    twin.roads
        .links()
        .filter(|(_, road)| {
            matches!(
                road.class,
                RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary | RoadClass::Residential
            ) && road.name.is_some()
                && road.structure == twin::road::Structure::Ground
                && road.length_m >= 90.0
                && road.forward.lanes == 1
                && road.backward.lanes == 1
        })
        .max_by(|a, b| both(a.0).total_cmp(&both(b.0)).then(b.0.cmp(&a.0)))
        .map(|(link, _)| link)
}

/// The section as a planner would name it, where that names this section; else by its key.
fn named_stretch(twin: &Twin, link: Id<RoadLink>) -> String {
    let road = twin.roads.link(link);
    let by_key = format!("road = \"{}\"", road.key);
    let Some(name) = &road.name else { return by_key };
    let (from, to) = twin.roads.ends(link);
    let cross = |node| {
        twin.roads
            .incident(node)
            .into_iter()
            .filter_map(|(other, _)| twin.roads.link(other).name.clone())
            .find(|other| other != name)
    };
    let (Some(from), Some(to)) = (cross(from), cross(to)) else { return by_key };
    let by_name = format!("street = \"{name}\"\nbetween = [\"{from}\", \"{to}\"]");
    let sections = resolved_sections(twin, &by_name);
    if from != to && sections == [link] { by_name } else { by_key }
}

fn resolved_sections(twin: &Twin, target: &str) -> Vec<Id<RoadLink>> {
    let text = format!("version = 1\nname = \"\"\n[[closure]]\n{target}\nkind = \"full\"\n");
    let parsed: Option<Scenario> = twin_io::scenario::parse(&text, "demo", twin, &[]).ok();
    let resolved: Option<Resolved> = parsed.and_then(|scenario| twin_run::resolve(twin, &scenario).ok());
    resolved.map_or_else(Vec::new, |resolved| {
        resolved.closures.iter().flat_map(|closure| &closure.sections).map(|section| section.part.link).collect()
    })
}
