//! Mapped assets of supply networks: power, pipelines, manholes, hydrants, cabinets, masts.

use geo_types::{Geometry, LineString, Point};
use twin::{
    Key,
    utility::{Asset, Medium},
};

use super::{
    element::{MISSING, Osm, Tags},
    ground::Outlines,
    notes::Notes,
};
use crate::Tally;

const KIND: &str = "assets";

/// What kind of asset tags tell of, and what it belongs to.
pub(crate) fn asset_kind(tags: Tags<'_>) -> Option<(Medium, String)> {
    if let Some(power) = tags.get("power").filter(|kind| *kind != "no") {
        return Some((Medium::Power, power.to_owned()));
    }
    if tags.is("emergency", "fire_hydrant") || tags.is("amenity", "fire_hydrant") {
        return Some((Medium::Water, "fire_hydrant".to_owned()));
    }
    if tags.is("emergency", "suction_point") || tags.is("emergency", "water_tank") {
        return Some((Medium::Water, tags.get("emergency").unwrap_or_default().to_owned()));
    }
    if let Some(kind) =
        tags.get("manhole").filter(|kind| *kind != "no").or_else(|| tags.is("man_made", "manhole").then_some("manhole"))
    {
        let medium = match kind {
            "drain" | "sewer" => Medium::Sewer,
            "water" => Medium::Water,
            "gas" => Medium::Gas,
            "telecom" => Medium::Telecom,
            "power" | "electric" => Medium::Power,
            "heating" | "heat" => Medium::Heat,
            _ => medium(tags).unwrap_or(Medium::Other),
        };
        return Some((medium, "manhole".to_owned()));
    }
    if tags.has("telecom") {
        return Some((Medium::Telecom, tags.get("telecom").unwrap_or_default().to_owned()));
    }
    if let Some(pipeline) = tags.get("pipeline").filter(|kind| *kind != "no") {
        return Some((medium(tags).unwrap_or(Medium::Other), pipeline.to_owned()));
    }
    let man_made = tags.get("man_made")?;
    let by_kind = match man_made {
        "pipeline" => Some(medium(tags).unwrap_or(Medium::Other)),
        "water_works" | "water_tower" | "water_well" | "water_tap" | "reservoir_covered" => Some(Medium::Water),
        "wastewater_plant" => Some(Medium::Sewer),
        "gasometer" => Some(Medium::Gas),
        "pumping_station" | "storage_tank" => Some(medium(tags).unwrap_or(Medium::Water)),
        "street_cabinet" | "utility_pole" | "mast" | "communications_tower" | "telephone_exchange" => {
            Some(medium(tags).unwrap_or(if man_made == "street_cabinet" { Medium::Other } else { Medium::Telecom }))
        }
        _ => None,
    };
    by_kind.map(|medium| (medium, man_made.to_owned()))
}

fn medium(tags: Tags<'_>) -> Option<Medium> {
    let text = tags.first(&["substance", "utility", "street_cabinet", "content", "type"])?;
    match text {
        "water" | "drinking_water" | "cold_water" => Some(Medium::Water),
        "gas" | "natural_gas" | "cng" => Some(Medium::Gas),
        "heat" | "hot_water" | "steam" | "heating" | "district_heating" => Some(Medium::Heat),
        "sewage" | "wastewater" | "rainwater" | "sewerage" | "waste_water" => Some(Medium::Sewer),
        "power" | "electricity" => Some(Medium::Power),
        "telecom" | "telecommunications" | "cable_tv" | "communication" => Some(Medium::Telecom),
        "oil" | "fuel" | "hydrogen" | "ethylene" => Some(Medium::Other),
        _ => None,
    }
}

/// Reads all assets: nodes, ways, relations, each by id, with all their tags.
pub(crate) fn assets(osm: &Osm, outlines: &Outlines<'_>, notes: &mut Notes, tally: &mut Tally) -> Vec<Asset> {
    let mut assets = Vec::new();
    let mut add = |key: Key, tags: Tags<'_>, geometry: Option<Geometry<f64>>| {
        let Some((medium, kind)) = asset_kind(tags) else { return };
        match geometry {
            Some(geometry) => {
                tally.keep(KIND);
                let attributes = tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
                assets.push(Asset { key, medium, kind, geometry, attributes });
            }
            None => {
                tally.drop(KIND, "without a position in the extract");
                notes.group_all(
                    "object-without-position",
                    key,
                    format!("{KIND} without a usable position in the extract, left out"),
                    "Nothing to do where they lie beyond the border; else mend their geometry.",
                );
            }
        }
    };
    for node in osm.tagged_nodes() {
        add(
            Key::new(format!("node/{}", node.id)),
            node.tags,
            osm.local(node.index).map(|position| Geometry::Point(Point(position))),
        );
    }
    for (row, way) in osm.ways() {
        if asset_kind(way.tags).is_none() {
            continue;
        }
        let is_line = matches!(way.tags.get("power"), Some("line" | "minor_line" | "cable"))
            || way.tags.is("man_made", "pipeline")
            || matches!(way.tags.get("telecom"), Some("line" | "cable"));
        let polygon = if is_line { None } else { outlines.way(row).and_then(|outline| outline.as_ref().ok()) };
        let geometry = match polygon {
            Some(outline) => Some(Geometry::MultiPolygon(outline.polygon.clone())),
            None => lines(osm, way.nodes),
        };
        add(Key::new(format!("way/{}", way.id)), way.tags, geometry);
    }
    for area in outlines.relations() {
        let geometry = area.outline.as_ref().ok().map(|outline| Geometry::MultiPolygon(outline.polygon.clone()));
        add(Key::new(format!("relation/{}", area.relation.id)), area.tags, geometry);
    }
    assets
}

/// The stretches of a line that are in the file.
fn lines(osm: &Osm, nodes: &[u32]) -> Option<Geometry<f64>> {
    let mut runs: Vec<LineString<f64>> = nodes
        .split(|node| *node == MISSING || osm.local(*node).is_none())
        .map(|run| LineString(run.iter().filter_map(|node| osm.local(*node)).collect()))
        .filter(|run| run.0.len() > 1)
        .collect();
    if runs.len() == 1 {
        runs.pop().map(Geometry::LineString)
    } else {
        (!runs.is_empty()).then_some(Geometry::MultiLineString(geo_types::MultiLineString(runs)))
    }
}
