//! The name of the town, and the count of what is not used.

use std::path::Path;

use geo::Contains;
use geo_types::{Coord, Point};

use super::{
    asset,
    element::{Osm, Tags},
    ground, place, restriction, ring, transit, value,
};
use crate::{ImportOptions, Tally, project};

/// The name of the town: as told; else of the municipality around the middle of the data; else of the greatest place near
/// it; else of the file.
pub(crate) fn name(osm: &Osm, center: Coord<f64>, path: &Path, options: &ImportOptions) -> String {
    let told = options.name.as_deref().and_then(value::text);
    told.or_else(|| municipality(osm, center)).or_else(|| place_name(osm, center)).unwrap_or_else(|| file_name(path))
}

fn file_name(path: &Path) -> String {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end_matches("-latest").replace(['_', '-'], " ");
    if stem.trim().is_empty() { "Town".to_owned() } else { stem.trim().to_owned() }
}

/// The municipality whose boundary, if it is whole in the file, holds the middle of the data.
fn municipality(osm: &Osm, center: Coord<f64>) -> Option<String> {
    let at = nearest_local(osm, center)?;
    for level in ["8", "6"] {
        for relation in osm.relations() {
            if !relation.tags.is("boundary", "administrative") || !relation.tags.is("admin_level", level) {
                continue;
            }
            let Some(name) = relation.tags.get("name").and_then(value::text) else { continue };
            if let Ok(outline) = ring::of_relation(osm, relation)
                && outline.n_missing == 0
                && outline.polygon.contains(&Point(at))
            {
                return Some(name);
            }
        }
    }
    None
}

fn nearest_local(osm: &Osm, center: Coord<f64>) -> Option<Coord<f64>> {
    let distance = |index: &usize| {
        let position = osm.nodes.wgs84[*index];
        (position.x - center.x).powi(2) + (position.y - center.y).powi(2)
    };
    let nearest = (0..osm.nodes.ids.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)))?;
    osm.local(nearest as u32)
}

/// The greatest place; of equal ones that after which a municipality is named, then the nearest to the middle.
fn place_name(osm: &Osm, center: Coord<f64>) -> Option<String> {
    let rank = |tags: Tags<'_>| match tags.get("place") {
        Some("city") => Some(0),
        Some("town") => Some(1),
        Some("village") => Some(2),
        Some("hamlet") => Some(3),
        Some("suburb" | "quarter" | "neighbourhood") => Some(4),
        _ => None,
    };
    let is_municipality = |name: &str| {
        osm.relations().any(|relation| relation.tags.is("admin_level", "8") && relation.tags.is("name", name))
    };
    let mut best: Option<((i32, bool, f64), String)> = None;
    for node in osm.tagged_nodes() {
        let (Some(rank), Some(name)) = (rank(node.tags), node.tags.get("name").and_then(value::text)) else { continue };
        let distance_m = project::geodesic_length_m(&[center, osm.nodes.wgs84[node.index as usize]]);
        let order = (rank, !is_municipality(&name), distance_m);
        if best.as_ref().is_none_or(|(known, _)| order < *known) {
            best = Some((order, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Keys that tell what an object is, in the order in which they are asked.
const MAIN_KEYS: [&str; 30] = [
    "highway",
    "building",
    "railway",
    "waterway",
    "amenity",
    "shop",
    "office",
    "leisure",
    "tourism",
    "historic",
    "landuse",
    "natural",
    "man_made",
    "power",
    "barrier",
    "boundary",
    "place",
    "public_transport",
    "route",
    "emergency",
    "aeroway",
    "aerialway",
    "craft",
    "military",
    "traffic_sign",
    "entrance",
    "noexit",
    "playground",
    "sport",
    "type",
];

/// Counts the objects that nothing was read from, by their main tag.
pub(crate) fn count_unused(osm: &Osm, tally: &mut Tally) {
    for node in osm.tagged_nodes() {
        if !is_used(node.tags) && !is_street_node(node.tags) {
            tally.not_used(main_tag(node.tags));
        }
    }
    for (_, way) in osm.ways() {
        let used = is_used(way.tags) || is_used_area(way.tags) || way.tags.get("addr:interpolation").is_some();
        if !used {
            tally.not_used(main_tag(way.tags));
        }
    }
    for relation in osm.relations() {
        let is_multipolygon = relation.tags.is("type", "multipolygon") || relation.tags.is("type", "building");
        let used = restriction::is_restriction(&relation)
            || transit::is_route(relation.tags)
            || matches!(relation.tags.get("type"), Some("associatedStreet" | "street"))
            || (is_multipolygon && (is_used(relation.tags) || is_used_area(relation.tags)));
        if !used {
            tally.not_used(main_tag(relation.tags));
        }
    }
}

fn is_used(tags: Tags<'_>) -> bool {
    tags.get("addr:housenumber").is_some()
        || place::is_place(tags)
        || asset::asset_kind(tags).is_some()
        || transit::is_stop(tags)
}

fn is_used_area(tags: Tags<'_>) -> bool {
    tags.get("highway").is_some()
        || tags.has("building")
        || tags.has("building:part")
        || ground::area_kind(tags).is_some()
        || ground::is_line(tags)
        || tags.is("route", "ferry")
}

/// Whether tags of a node tell something about the street that it lies on.
fn is_street_node(tags: Tags<'_>) -> bool {
    matches!(
        tags.get("highway"),
        Some(
            "traffic_signals"
                | "crossing"
                | "stop"
                | "give_way"
                | "mini_roundabout"
                | "turning_circle"
                | "turning_loop"
        )
    ) || tags.get("barrier").is_some()
        || tags.get("place").is_some()
}

fn main_tag(tags: Tags<'_>) -> String {
    for key in MAIN_KEYS {
        if let Some(value) = tags.get(key) {
            return format!("{key}={value}");
        }
    }
    tags.iter().map(|(key, _)| key).min().map_or_else(|| "no tags".to_owned(), |key| format!("{key}=*"))
}
