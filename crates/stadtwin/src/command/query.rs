//! `stadtwin query`: what lies at a place.

use serde_json::{Map, json};
use twin::{Finding, Findings, geo_types::Coord};
use twin_io::project::Projector;
use twin_present::words::{find_word, say};
use twin_run::{Near, around};

use super::load;
use crate::{Ending, arguments, output::Output, progress::Progress};

/// Lists everything around a longitude and latitude.
pub(crate) fn query(arguments: &arguments::Query, output: &Output, progress: &Progress) -> Result<Ending, Findings> {
    let (twin, _) = load(std::slice::from_ref(&arguments.twin), progress)?;
    if twin.crs.epsg == 0 {
        let finding = Finding::error(
            "nowhere",
            "this twin has no place on earth (a TNTP file): nothing lies at a longitude and latitude",
        );
        return Err(finding.into());
    }
    let (x, y) = arguments.at;
    let position = Projector::new(twin.crs.epsg)?.local_from_wgs84(Coord { x, y })?;
    let found = around(&twin, position, arguments.radius);
    progress.finish();
    output.value(&json!({
        "at": [x, y],
        "radius_m": arguments.radius,
        "found": found.iter().map(|near| json!({
            "layer": near.layer,
            "key": near.key,
            "name": near.name,
            "distance_m": (near.distance_m * 100.0).round() / 100.0,
            "attributes": near.attributes.iter().map(|(k, v)| ((*k).to_owned(), json!(v))).collect::<Map<_, _>>(),
        })).collect::<Vec<_>>(),
    }));
    output.text(&listed(&found, arguments, output));
    Ok(Ending::Fine)
}

fn listed(found: &[Near], arguments: &arguments::Query, output: &Output) -> String {
    let language = output.language;
    if found.is_empty() {
        let radius = language.number(arguments.radius, 0);
        return format!("{}\n", say(language, "query-nothing", &[("radius", &radius)]));
    }
    let (mut text, mut layer) = (String::new(), "");
    for near in found {
        if near.layer != layer {
            layer = near.layer;
            let title = find_word(language, &format!("layer-{}", layer.replace('_', "-")));
            text.push_str(&format!("{}\n", title.unwrap_or_else(|| layer.to_owned())));
        }
        let attributes: Vec<String> = near.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let name = near.name.as_deref().unwrap_or("–");
        let line =
            format!("{:>8} m  {name}  [{}]  {}", language.number(near.distance_m, 1), near.key, attributes.join(" "));
        text.push_str(&format!("  {}\n", line.trim_end()));
    }
    text
}
