//! The ways that are streets, and what was remarked on them.

use geo_types::Coord;
use twin::{
    Key,
    road::{Assumed, Direction, RoadClass, RoadNetwork},
};

use super::{
    element::{MISSING, Osm, Way},
    network::StreetWay,
    notes::Notes,
    speed::{self, GERMANY, Law},
    street::{self, NoStreet, Remark},
};
use crate::Tally;

/// Kind of source object in the tally.
const KIND: &str = "ways of streets";

/// Reads all ways with `highway` in the order of their ids; each is kept or dropped for a reason.
pub(crate) fn street_ways(osm: &Osm, notes: &mut Notes, tally: &mut Tally) -> Vec<StreetWay> {
    let mut ways = Vec::new();
    for (row, way) in osm.ways() {
        let Some(highway) = way.tags.get("highway") else {
            if way.tags.is("route", "ferry") {
                notes.group_all(
                    "ferry",
                    Key::new(format!("way/{}", way.id)),
                    "ferries, not part of the street network",
                    "Nothing to do; trips by ferry are not modelled.",
                );
            }
            continue;
        };
        let key = Key::new(format!("way/{}", way.id));
        match read(osm, row, way, highway, &key, notes) {
            Ok(street_way) => {
                tally.keep(KIND);
                ways.push(street_way);
            }
            Err(reason) => tally.drop(KIND, reason),
        }
    }
    ways
}

fn read(
    osm: &Osm,
    row: usize,
    way: Way<'_>,
    highway: &str,
    key: &Key,
    notes: &mut Notes,
) -> Result<StreetWay, &'static str> {
    let class = street::class(highway, way.tags, way.is_closed()).map_err(|why| no_street(why, highway, key, notes))?;
    let runs = runs(osm, way);
    if runs.is_empty() {
        let n_missing = way.nodes.iter().filter(|node| **node == MISSING).count();
        if n_missing > 0 || osm.may_be_clipped(way.nodes) {
            notes.group_all(
                "street-outside-extract",
                key.clone(),
                "streets with fewer than two neighboring nodes in the extract, left out",
                "Nothing to do; take a larger extract if they matter.",
            );
            return Err("nodes outside the extract");
        }
        notes.warn(
            "street-without-course",
            key.clone(),
            None,
            format!("The street has {} nodes, but needs two different ones; it was left out.", way.nodes.len()),
            "Mend or delete the way.",
        );
        return Err("fewer than two nodes");
    }
    let (street, remarks) = street::street(class, way.tags);
    for remark in remarks {
        note(remark, key, notes);
    }
    Ok(StreetWay { row, street, runs })
}

fn no_street(why: NoStreet, highway: &str, key: &Key, notes: &mut Notes) -> &'static str {
    match why {
        NoStreet::NotBuilt => {
            notes.group_all(
                "street-not-built",
                key.clone(),
                format!("ways with highway={highway} that are not there (yet or any more), left out"),
                "Change the map when they open.",
            );
            "not built"
        }
        NoStreet::NotAWay => {
            notes.group_all(
                "street-not-a-way",
                key.clone(),
                format!("ways with highway={highway}, nothing to travel on, left out"),
                "Nothing to do.",
            );
            "nothing to travel on"
        }
        NoStreet::Area => {
            notes.group_all(
                "street-area",
                key.clone(),
                "streets and squares drawn as areas, in the picture but not in the network",
                "Draw ways across the area where people travel.",
            );
            "drawn as an area"
        }
        NoStreet::Unknown => {
            notes.warn(
                "street-unknown-class",
                key.clone(),
                Some("highway"),
                format!("The class highway={highway} is not known; the way was left out."),
                "Use a documented value of highway=*.",
            );
            "class not known"
        }
    }
}

/// Stretches of at least two different nodes that are in the file.
fn runs(osm: &Osm, way: Way<'_>) -> Vec<(usize, usize)> {
    let mut runs = Vec::new();
    let mut start = None;
    for position in 0..=way.nodes.len() {
        let present = way.nodes.get(position).is_some_and(|node| osm.local(*node).is_some());
        match (present, start) {
            (true, None) => start = Some(position),
            (false, Some(first)) => {
                let nodes = &way.nodes[first..position];
                if nodes.iter().any(|node| *node != nodes[0]) {
                    runs.push((first, position - 1));
                }
                start = None;
            }
            _ => {}
        }
    }
    runs
}

fn note(remark: Remark, key: &Key, notes: &mut Notes) {
    match remark {
        Remark::Unusable(field, value) => {
            let mut finding = twin::Finding::warning(
                "tag-unusable",
                format!("The value of {field}={value} cannot be used; it was taken as absent."),
            )
            .with_key(key.clone())
            .with_help("Use a documented value of the tag.");
            finding.field = Some(field);
            notes.push(finding);
        }
        Remark::Contradiction(field, what) => notes.warn(
            "tags-contradict",
            key.clone(),
            Some(field),
            format!("The tags do not fit together: {what}."),
            "Check the tags on the spot or in aerial images.",
        ),
        Remark::Conditional(field, value) => notes.group_all(
            "tag-conditional",
            key.clone(),
            format!("streets with the condition {field}={value}, which is not applied"),
            "If it holds in the hours you study, set it in the scenario as a closure with hours.",
        ),
        Remark::Assumed(code, field, text) => {
            notes.group(code, key.clone(), Some(field), text, "Map the tags that tell it.");
        }
    }
}

/// Lines of residential and living streets: they show where people live.
pub(crate) fn residential_lines(osm: &Osm, ways: &[StreetWay]) -> Vec<Vec<Coord<f64>>> {
    let residential = |way: &&StreetWay| matches!(way.street.class, RoadClass::Residential | RoadClass::LivingStreet);
    ways.iter()
        .filter(residential)
        .flat_map(|way| {
            let nodes = osm.way(way.row).nodes;
            way.runs
                .iter()
                .map(move |(start, end)| nodes[*start..=*end].iter().filter_map(|node| osm.local(*node)).collect())
        })
        .collect()
}

/// The country whose law sets the limits: the one that most values such as `CH:urban` or `addr:country` name.
pub(crate) fn law(osm: &Osm) -> Law {
    let mut votes: std::collections::BTreeMap<&str, u32> = std::collections::BTreeMap::new();
    for (_, way) in osm.ways() {
        for key in ["maxspeed", "maxspeed:type", "source:maxspeed", "zone:traffic", "zone:maxspeed"] {
            if let Some(country) = way.tags.get(key).and_then(speed::country_of) {
                *votes.entry(country).or_default() += 1;
            }
        }
        if let Some(country) = way.tags.get("addr:country") {
            *votes.entry(country).or_default() += 1;
        }
    }
    for node in osm.tagged_nodes() {
        if let Some(country) = node.tags.get("addr:country") {
            *votes.entry(country).or_default() += 1;
        }
    }
    let most = votes.into_iter().filter_map(|(country, n)| Some((n, speed::law_of(country)?))).max_by_key(|(n, _)| *n);
    most.map_or(GERMANY, |(_, law)| law)
}

/// Warns of streets that lie upon each other.
pub(crate) fn note_twins(roads: &RoadNetwork, notes: &mut Notes) {
    let mut rows: Vec<_> = roads
        .links()
        .map(|(id, link)| {
            let (from, to) = roads.ends(id);
            (from.min(to), from.max(to), link.geometry.0.len(), id)
        })
        .collect();
    rows.sort_unstable();
    for pair in rows.windows(2) {
        let (a, b) = (roads.link(pair[0].3), roads.link(pair[1].3));
        let alike = (pair[0].0, pair[0].1, pair[0].2) == (pair[1].0, pair[1].1, pair[1].2);
        if alike && (a.geometry == b.geometry || a.geometry.0.iter().eq(b.geometry.0.iter().rev())) {
            notes.warn(
                "street-twice",
                b.key.clone(),
                None,
                format!("The street lies upon {}: it is mapped twice, and both were taken.", a.key),
                "Delete one of the ways in the map, unless both are there.",
            );
        }
    }
}

/// One note for each thing that was assumed, with the number of sections.
pub(crate) fn note_assumptions(roads: &RoadNetwork, law: Law, notes: &mut Notes) {
    for (_, link) in roads.links() {
        if link.assumed.contains(Assumed::LANES) {
            notes.group(
                "lanes-assumed",
                link.key.clone(),
                Some("lanes"),
                "sections of street without lanes=*, set by class (one per direction; two on motorways; one for both on narrow service roads)",
                "Map lanes=* where it matters: main streets first.",
            );
        }
        if link.assumed.contains(Assumed::SPEED) {
            let limit = Direction::BOTH
                .map(|direction| link.carriageway(direction).speed_limit_kmh)
                .into_iter()
                .fold(0.0, f64::max);
            notes.group(
                "speed-assumed",
                link.key.clone(),
                Some("speed_limit_kmh"),
                format!(
                    "sections of class {} without maxspeed=*, taken as {limit} km/h ({} rules{})",
                    link.class.name(),
                    law.country,
                    place(link.built_up)
                ),
                "Map maxspeed=* where it matters: main streets first.",
            );
        }
    }
}

const fn place(built_up: Option<bool>) -> &'static str {
    match built_up {
        Some(true) => ", built-up area",
        Some(false) => ", outside built-up areas",
        None => "",
    }
}
