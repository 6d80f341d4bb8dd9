//! Buildings and parts of buildings.
//!
//! # References
//! <https://wiki.openstreetmap.org/wiki/Simple_3D_Buildings>

use std::collections::BTreeMap;

use geo::{Area, InteriorPoint};
use twin::{
    Key,
    building::{Building, RoofShape},
};

use super::{
    element::{Kind, Osm, Tags},
    ground::{self, Outlines},
    locate::Locator,
    notes::Notes,
    ring::{NoOutline, Outline},
    usage, value,
};
use crate::Tally;

const KIND: &str = "buildings";

/// Reads all buildings and parts: ways by id, then relations by id.
pub(crate) fn buildings(osm: &Osm, outlines: &Outlines<'_>, notes: &mut Notes, tally: &mut Tally) -> Vec<Building> {
    let mut buildings = Vec::new();
    let mut is_part = Vec::new();
    for (row, way) in osm.ways() {
        if !is_building(way.tags) {
            continue;
        }
        let key = Key::new(format!("way/{}", way.id));
        if outlines.is_absorbed(row) {
            ground::note_absorbed(KIND, key, notes, tally);
        } else if let Some(outline) = outlines.way(row) {
            add(key, way.tags, outline, (&mut buildings, &mut is_part), notes, tally);
        }
    }
    for area in outlines.relations() {
        if is_building(area.tags) {
            let key = Key::new(format!("relation/{}", area.relation.id));
            add(key, area.tags, &area.outline, (&mut buildings, &mut is_part), notes, tally);
        }
    }
    for relation in
        osm.relations().filter(|relation| relation.tags.is("type", "building") && is_building(relation.tags))
    {
        if outlines.relations().iter().any(|area| area.relation.id == relation.id) {
            continue;
        }
        tally.drop(KIND, "groups the parts of a building");
        notes.group_all(
            "building-group",
            Key::new(format!("relation/{}", relation.id)),
            "relations that group the parts of a building, whose outline stands for it",
            "Nothing to do.",
        );
    }
    let owners = owners(osm, &buildings, &is_part, notes);
    for (building, owner) in buildings.iter_mut().zip(owners) {
        building.part_of = owner;
    }
    buildings
}

fn is_building(tags: Tags<'_>) -> bool {
    tags.has("building") || tags.has("building:part")
}

fn add(
    key: Key,
    tags: Tags<'_>,
    outline: &Result<Outline, NoOutline>,
    (buildings, is_part): (&mut Vec<Building>, &mut Vec<bool>),
    notes: &mut Notes,
    tally: &mut Tally,
) {
    if let Some(
        state @ ("construction" | "proposed" | "demolished" | "razed" | "planned" | "destroyed" | "collapsed"),
    ) = tags.get("building")
    {
        tally.drop(KIND, "not built");
        notes.group_all(
            "building-not-built",
            key,
            format!("buildings with building={state}, not there (yet or any more), left out"),
            "Change the map when they stand.",
        );
        return;
    }
    match outline {
        Ok(outline) => {
            tally.keep(KIND);
            ground::note_outline(KIND, outline, &key, notes);
            is_part.push(!tags.has("building"));
            buildings.push(building(key, tags, outline, notes));
        }
        Err(why) => ground::no_outline(KIND, why, key, notes, tally),
    }
}

fn building(key: Key, tags: Tags<'_>, outline: &Outline, notes: &mut Notes) -> Building {
    let mut read = |keys: &[&'static str], parse: fn(&str) -> Option<f64>| -> Option<f64> {
        let (field, text) = keys.iter().find_map(|field| Some((*field, tags.get(field)?)))?;
        let number = parse(text);
        if number.is_none() {
            unusable(&key, field, text, notes);
        }
        number
    };
    let levels = read(&["building:levels", "levels"], levels);
    let height_m = read(&["height", "building:height", "est_height"], height_m);
    let min_height_m = read(&["min_height", "building:min_height"], elevation_m)
        .or_else(|| read(&["building:min_level", "min_level"], value::count).map(|level| level * 3.0));
    let roof_height_m = read(&["roof:height", "building:roof:height"], elevation_m)
        .or_else(|| read(&["roof:levels"], value::count).filter(|n| *n > 0.0).map(|n| n * 2.5));
    let dwellings = read(&["building:flats", "building:units"], value::count).filter(|n| *n <= 5000.0);
    let year_text = tags.first(&["start_date", "building:year", "year_of_construction", "building:start_date"]);
    let year_built = year_text.and_then(value::year);
    if let (Some(text), None) = (year_text, year_built) {
        unusable(&key, "start_date", text, notes);
    }
    let shape = ["roof:shape", "building:roof:shape"].iter().find_map(|field| Some((*field, tags.get(field)?)));
    let roof = shape.and_then(|(_, text)| roof(text));
    if let (Some((field, text)), None) = (shape, roof)
        && !UNCOMMON_ROOFS.contains(&text)
    {
        unusable(&key, field, text, notes);
    }
    let (mut height_m, mut roof_height_m) = (height_m, roof_height_m);
    if let (Some(min_m), Some(top_m)) = (min_height_m, height_m)
        && min_m >= top_m
    {
        contradiction(
            &key,
            "min_height",
            format!("the building begins {min_m} m above ground but is {top_m} m high"),
            notes,
        );
        height_m = None;
    }
    if let (Some(roof_m), Some(top_m)) = (roof_height_m, height_m)
        && roof_m > top_m
    {
        contradiction(&key, "roof:height", format!("the roof is {roof_m} m high, the whole building {top_m} m"), notes);
        roof_height_m = None;
    }
    Building {
        footprint: outline.polygon.clone(),
        usage: usage::by_tags(tags),
        name: tags.get("name").and_then(value::text),
        levels,
        height_m,
        min_height_m: min_height_m.filter(|m| *m > 0.0),
        roof,
        roof_height_m,
        year_built,
        dwellings,
        residents: None,
        jobs: None,
        part_of: None,
        key,
    }
}

fn levels(text: &str) -> Option<f64> {
    // `2;3`: parts of different height; the greatest counts.
    let numbers: Option<Vec<f64>> = value::list(text).map(value::count).collect();
    numbers?.into_iter().reduce(f64::max).filter(|levels| *levels <= 200.0)
}

fn height_m(text: &str) -> Option<f64> {
    value::positive_length_m(text).filter(|height_m| *height_m <= 900.0)
}

fn elevation_m(text: &str) -> Option<f64> {
    value::length_m(text).filter(|height_m| (0.0..=900.0).contains(height_m))
}

fn unusable(key: &Key, field: &'static str, text: &str, notes: &mut Notes) {
    notes.warn(
        "tag-unusable",
        key.clone(),
        Some(field),
        format!("The value of {field}={text} cannot be used; it was taken as absent."),
        "Use a documented value of the tag.",
    );
}

fn contradiction(key: &Key, field: &'static str, what: String, notes: &mut Notes) {
    notes.warn(
        "tags-contradict",
        key.clone(),
        Some(field),
        format!("The tags do not fit together: {what}."),
        "Check the tags on the spot or in aerial images.",
    );
}

/// Documented forms of roofs that are drawn as unknown ones: many shapes at once, or too rare.
const UNCOMMON_ROOFS: [&str; 4] = ["many", "complex", "other", "yes"];

fn roof(shape: &str) -> Option<RoofShape> {
    match shape {
        "half-hipped" => Some(RoofShape::HalfHipped),
        "hip" | "side_hipped" | "hipped-and-gabled" => Some(RoofShape::Hipped),
        "gable"
        | "saltbox"
        | "double_saltbox"
        | "pitched"
        | "quadruple_saltbox"
        | "gabled_height_moved"
        | "cross_gabled" => Some(RoofShape::Gabled),
        "lean_to" | "mono_pitched" | "skillion_roof" | "sawtooth" => Some(RoofShape::Skillion),
        "pyramid" | "cone" | "conical" | "spire" => Some(RoofShape::Pyramidal),
        "barrel" | "arched" => Some(RoofShape::Round),
        _ => RoofShape::from_name(shape),
    }
}

/// For each part the building that it is part of: told by a `type=building` relation, or the one it stands in.
fn owners(osm: &Osm, buildings: &[Building], is_part: &[bool], notes: &mut Notes) -> Vec<Option<Key>> {
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for relation in osm.relations().filter(|relation| relation.tags.is("type", "building")) {
        let name = |kind: Kind, id: i64| format!("{}/{id}", kind.name());
        let Some((kind, id, _)) = relation.members().find(|(_, _, role)| *role == "outline") else { continue };
        for (part_kind, part_id, _) in relation.members().filter(|(_, _, role)| *role == "part") {
            told.insert(name(part_kind, part_id), name(kind, id));
        }
    }
    let wholes: BTreeMap<&str, usize> = buildings
        .iter()
        .enumerate()
        .filter(|(index, _)| !is_part[*index])
        .map(|(index, b)| (b.key.as_str(), index))
        .collect();
    let at = Locator::of(buildings.iter().map(|building| &building.footprint).collect(), |index| !is_part[index]);
    buildings
        .iter()
        .zip(is_part)
        .map(|(building, is_part)| {
            if !is_part {
                return None;
            }
            let by_relation = told.get(building.key.as_str()).and_then(|outline| wholes.get(outline.as_str())).copied();
            let owner = by_relation.or_else(|| at.smallest_at(building.footprint.interior_point()?.0));
            if owner.is_none() && building.footprint.unsigned_area() > 0.0 {
                notes.group(
                    "part-without-building",
                    building.key.clone(),
                    Some("building:part"),
                    "parts of buildings that stand in no building, taken as buildings themselves",
                    "Map the outline of the whole building with building=*.",
                );
            }
            owner.map(|owner| buildings[owner].key.clone())
        })
        .collect()
}
