//! Land use, water, green, and lines on the ground.

use rayon::prelude::*;
use twin::{
    Key,
    area::{Area, AreaKind, GroundLine, GroundLineKind},
    road::Structure,
};

use super::{
    element::{Kind, MISSING, Osm, Relation, Tags},
    notes::Notes,
    ring::{self, NoOutline, Outline},
    value,
};
use crate::Tally;

/// The areas of closed ways and multipolygons, each built once.
pub(crate) struct Outlines<'a> {
    /// By row of the way; `None` where nobody asks for an area.
    ways: Vec<Option<Result<Outline, NoOutline>>>,
    relations: Vec<RelationArea<'a>>,
    /// Ways whose area is that of a relation with the same tags.
    absorbed: Vec<bool>,
}

/// A multipolygon with the tags that describe it.
pub(crate) struct RelationArea<'a> {
    pub(crate) relation: Relation<'a>,
    /// The relation's own tags, or, mapped in the old style, those of its outer way.
    pub(crate) tags: Tags<'a>,
    pub(crate) outline: Result<Outline, NoOutline>,
}

impl<'a> Outlines<'a> {
    pub(crate) fn new(osm: &'a Osm) -> Self {
        let ways = (0..osm.ways.len())
            .into_par_iter()
            .map(|row| {
                let way = osm.way(row);
                wants_area(way.tags, way.refs.first() == way.refs.last()).then(|| ring::of_way(osm, way))
            })
            .collect();
        let candidates: Vec<Relation<'a>> = osm
            .relations()
            .filter(|relation| {
                relation.tags.is("type", "multipolygon")
                    || (relation.tags.is("type", "building") && relation.tags.has("building"))
            })
            .collect();
        let mut absorbed = vec![false; osm.ways.len()];
        let mut described = Vec::new();
        for relation in candidates {
            let outer: Vec<usize> = relation
                .members()
                .filter(|(kind, _, role)| *kind == Kind::Way && matches!(*role, "outer" | "" | "outline"))
                .filter_map(|(_, id, _)| osm.way_row(id))
                .collect();
            if relation.tags.is("type", "building") && outer.iter().any(|row| osm.way(*row).tags.has("building")) {
                continue;
            }
            let own = says_something(relation.tags);
            let tags = if own {
                relation.tags
            } else {
                outer.iter().map(|row| osm.way(*row).tags).find(|tags| says_something(*tags)).unwrap_or(relation.tags)
            };
            for row in outer {
                absorbed[row] |= !own || is_same_thing(osm.way(row).tags, tags);
            }
            described.push((relation, tags));
        }
        let relations = described
            .into_par_iter()
            .map(|(relation, tags)| RelationArea { relation, tags, outline: ring::of_relation(osm, relation) })
            .collect();
        Self { ways, relations, absorbed }
    }

    /// The area of a way, where it may have one.
    pub(crate) fn way(&self, row: usize) -> Option<&Result<Outline, NoOutline>> {
        self.ways[row].as_ref()
    }

    /// All multipolygons.
    pub(crate) fn relations(&self) -> &[RelationArea<'a>] {
        &self.relations
    }

    /// Whether the way is the outer ring of a relation that stands for it.
    pub(crate) fn is_absorbed(&self, row: usize) -> bool {
        self.absorbed[row]
    }
}

fn wants_area(tags: Tags<'_>, closed: bool) -> bool {
    tags.has("building") || tags.has("building:part") || (closed && !tags.is_empty())
}

/// Whether tags tell of a thing on the ground.
fn says_something(tags: Tags<'_>) -> bool {
    const KEYS: [&str; 22] = [
        "building",
        "building:part",
        "landuse",
        "natural",
        "water",
        "waterway",
        "leisure",
        "amenity",
        "shop",
        "office",
        "tourism",
        "man_made",
        "power",
        "place",
        "highway",
        "area:highway",
        "railway",
        "public_transport",
        "historic",
        "healthcare",
        "craft",
        "boundary",
    ];
    tags.first(&KEYS).is_some()
}

fn is_same_thing(a: Tags<'_>, b: Tags<'_>) -> bool {
    (a.has("building") && b.has("building"))
        || (a.has("building:part") && b.has("building:part") && !b.has("building"))
        || {
            let (a, b) = (area_kind(a), area_kind(b));
            a.is_some() && a == b
        }
}

/// The use or cover that tags tell of.
pub(crate) fn area_kind(tags: Tags<'_>) -> Option<AreaKind> {
    use AreaKind as K;
    if tags.has("building") || tags.has("building:part") {
        return None;
    }
    if tags.is("natural", "water") || matches!(tags.get("waterway"), Some("riverbank" | "dock")) {
        return Some(K::Water);
    }
    let amenity = match tags.get("amenity") {
        Some("grave_yard") => Some(K::Cemetery),
        Some(
            "school" | "university" | "college" | "kindergarten" | "hospital" | "clinic" | "social_facility" | "prison"
            | "monastery",
        ) => Some(K::Institutional),
        Some("parking" | "bicycle_parking" | "motorcycle_parking" | "bus_station" | "fuel") => Some(K::Parking),
        Some("marketplace") => Some(K::Paved),
        Some("fountain") => Some(K::Water),
        _ => None,
    };
    let leisure = match tags.get("leisure") {
        Some("park" | "garden" | "dog_park" | "common" | "recreation_ground") => Some(K::Park),
        Some(
            "pitch" | "playground" | "sports_centre" | "stadium" | "track" | "golf_course" | "miniature_golf"
            | "horse_riding" | "water_park",
        ) => Some(K::Sports),
        Some("swimming_pool") => Some(K::Water),
        _ => None,
    };
    let landuse = match tags.get("landuse") {
        Some("forest") => Some(K::Forest),
        Some("meadow" | "grass" | "village_green" | "flowerbed" | "greenery" | "grassland") => Some(K::Grass),
        Some("recreation_ground") => Some(K::Park),
        Some("farmland" | "field") => Some(K::Farmland),
        Some("farmyard" | "animal_keeping") => Some(K::Farmyard),
        Some("orchard" | "vineyard" | "allotments" | "plant_nursery" | "greenhouse_horticulture") => Some(K::Orchard),
        Some("cemetery") => Some(K::Cemetery),
        Some("residential") => Some(K::Residential),
        Some("retail") => Some(K::Retail),
        Some("commercial") => Some(K::Commercial),
        Some("industrial" | "depot" | "port") => Some(K::Industrial),
        Some("railway") => Some(K::Railway),
        Some("reservoir" | "basin" | "salt_pond" | "pond") => Some(K::Water),
        Some("garages") => Some(K::Parking),
        Some("quarry" | "landfill" | "construction" | "brownfield" | "greenfield") => Some(K::Bare),
        Some("military" | "religious" | "education" | "institutional" | "civic_admin") => Some(K::Institutional),
        _ => None,
    };
    let natural = match tags.get("natural") {
        Some("wood" | "tree_group") => Some(K::Forest),
        Some("scrub" | "heath" | "shrubbery") => Some(K::Scrub),
        Some("grassland" | "fell" | "tundra") => Some(K::Grass),
        Some("wetland") => Some(K::Wetland),
        Some("sand" | "beach" | "bare_rock" | "scree" | "shingle" | "glacier" | "rock" | "mud") => Some(K::Bare),
        _ => None,
    };
    let paved = tags.is("place", "square")
        || tags.has("area:highway")
        || (tags.is("area", "yes") && tags.first(&["highway", "public_transport", "railway"]).is_some());
    amenity.or(leisure).or(landuse).or(natural).or(paved.then_some(K::Paved))
}

/// Whether land of this use is built up.
pub(crate) const fn is_built_up_land(kind: AreaKind) -> bool {
    matches!(kind, AreaKind::Residential | AreaKind::Retail | AreaKind::Commercial | AreaKind::Industrial)
}

const KIND: &str = "areas";

/// Reads all areas: ways by id, then relations by id.
pub(crate) fn areas(osm: &Osm, outlines: &Outlines<'_>, notes: &mut Notes, tally: &mut Tally) -> Vec<Area> {
    let mut areas = Vec::new();
    for (row, way) in osm.ways() {
        let Some(kind) = area_kind(way.tags) else { continue };
        let key = Key::new(format!("way/{}", way.id));
        if outlines.is_absorbed(row) {
            note_absorbed(KIND, key, notes, tally);
            continue;
        }
        let Some(outline) = outlines.way(row) else {
            // `natural=wood` on an open way and the like.
            no_outline(KIND, &NoOutline::NotClosed, key, notes, tally);
            continue;
        };
        add(kind, key, way.tags, outline, &mut areas, notes, tally);
    }
    for area in outlines.relations() {
        let Some(kind) = area_kind(area.tags) else { continue };
        let key = Key::new(format!("relation/{}", area.relation.id));
        add(kind, key, area.tags, &area.outline, &mut areas, notes, tally);
    }
    areas
}

fn add(
    kind: AreaKind,
    key: Key,
    tags: Tags<'_>,
    outline: &Result<Outline, NoOutline>,
    areas: &mut Vec<Area>,
    notes: &mut Notes,
    tally: &mut Tally,
) {
    match outline {
        Ok(outline) => {
            tally.keep(KIND);
            note_outline(KIND, outline, &key, notes);
            areas.push(Area {
                key,
                kind,
                name: tags.get("name").and_then(value::text),
                polygon: outline.polygon.clone(),
            });
        }
        Err(why) => no_outline(KIND, why, key, notes, tally),
    }
}

/// Counts and tells of a way that its relation stands for.
pub(crate) fn note_absorbed(kind: &'static str, key: Key, notes: &mut Notes, tally: &mut Tally) {
    tally.drop(kind, "outer ring of a multipolygon");
    notes.group_all(
        "outer-ring",
        key,
        format!("{kind}: ways that are outer rings of multipolygons with the same tags; the multipolygon was taken"),
        "Keep the tags on the relation only.",
    );
}

/// Counts and tells of an object without a usable area.
pub(crate) fn no_outline(kind: &'static str, why: &NoOutline, key: Key, notes: &mut Notes, tally: &mut Tally) {
    tally.drop(kind, why.reason());
    match why {
        NoOutline::Cut => notes.group_all(
            "area-cut-at-border",
            key,
            format!("{kind} that reach beyond the border of the extract, left out"),
            "Nothing to do; take a larger extract, with whole relations, if they matter.",
        ),
        NoOutline::NotClosed => notes.warn(
            "ring-not-closed",
            key,
            None,
            format!("The outline does not end where it begins; the object ({kind}) was left out."),
            "Close the ring in the map.",
        ),
        NoOutline::Degenerate => notes.warn(
            "ring-without-area",
            key,
            None,
            format!("The outline encloses no area; the object ({kind}) was left out."),
            "Mend or delete it in the map.",
        ),
        NoOutline::NoRing(what) => notes.warn(
            "multipolygon-broken",
            key,
            None,
            format!("The multipolygon is broken: {what}; it was left out ({kind})."),
            "Mend the relation's members.",
        ),
    }
}

/// Tells of defects that were mended or cost a part.
pub(crate) fn note_outline(kind: &'static str, outline: &Outline, key: &Key, notes: &mut Notes) {
    if outline.repaired {
        notes.warn(
            "ring-repaired",
            key.clone(),
            None,
            format!("The outline crosses or touches itself; it was repaired by the even-odd rule ({kind})."),
            "Mend the ring in the map.",
        );
    }
    for defect in &outline.defects {
        notes.warn(
            "multipolygon-broken",
            key.clone(),
            None,
            format!("The multipolygon is broken: {defect}; the rest of it was taken ({kind})."),
            "Mend the relation's members.",
        );
    }
    if outline.n_missing > 0 {
        notes.group_all(
            "multipolygon-cut-at-border",
            key.clone(),
            format!("{kind}: multipolygons with members outside the extract; their other rings were taken"),
            "Nothing to do; take an extract with whole relations if they matter.",
        );
    }
}

const LINES: &str = "ground lines";

fn line_kind(tags: Tags<'_>) -> Option<GroundLineKind> {
    use GroundLineKind as K;
    match tags.get("waterway") {
        Some("river" | "tidal_channel") => return Some(K::River),
        Some("stream" | "brook") => return Some(K::Stream),
        Some("canal" | "fairway") => return Some(K::Canal),
        Some("ditch" | "drain") => return Some(K::Ditch),
        _ => {}
    }
    match tags.get("railway") {
        Some("rail" | "narrow_gauge" | "preserved" | "monorail" | "funicular") => return Some(K::Rail),
        Some("tram" | "light_rail" | "subway" | "miniature") => return Some(K::Tram),
        _ => {}
    }
    matches!(tags.get("barrier"), Some("wall" | "city_wall" | "retaining_wall")).then_some(K::Wall)
}

/// Whether tags tell of a line on the ground.
pub(crate) fn is_line(tags: Tags<'_>) -> bool {
    line_kind(tags).is_some()
}

/// Reads waterways, railways and walls; a line that the border cuts keeps the stretches that are in the file.
pub(crate) fn lines(osm: &Osm, notes: &mut Notes, tally: &mut Tally) -> Vec<GroundLine> {
    let mut lines = Vec::new();
    for (_, way) in osm.ways() {
        if way.tags.has("building") {
            continue;
        }
        let Some(kind) = line_kind(way.tags) else { continue };
        let runs: Vec<Vec<_>> = way
            .nodes
            .split(|node| *node == MISSING || osm.local(*node).is_none())
            .map(|run| run.iter().filter_map(|node| osm.local(*node)).collect())
            .filter(|run: &Vec<_>| run.len() > 1)
            .collect();
        let base = Key::new(format!("way/{}", way.id));
        if runs.is_empty() {
            tally.drop(LINES, "nodes outside the extract");
            notes.group_all(
                "area-cut-at-border",
                base,
                format!("{LINES} that reach beyond the border of the extract, left out"),
                "Nothing to do; take a larger extract, with whole relations, if they matter.",
            );
            continue;
        }
        tally.keep(LINES);
        let structure = match (way.tags.has("bridge"), way.tags.has("tunnel")) {
            (true, _) => Structure::Bridge,
            (false, true) => Structure::Tunnel,
            (false, false) => Structure::Ground,
        };
        let single = runs.len() == 1;
        for (number, run) in runs.into_iter().enumerate() {
            let key = if single { base.clone() } else { Key::new(format!("{base}#{}", number + 1)) };
            lines.push(GroundLine {
                key,
                kind,
                name: way.tags.get("name").and_then(value::text),
                width_m: way.tags.first(&["width", "est_width"]).and_then(value::positive_length_m),
                structure,
                geometry: geo_types::LineString(run),
            });
        }
    }
    lines
}
