//! Places to reach, and addresses.

use std::collections::BTreeMap;

use geo::InteriorPoint;
use geo_types::{Coord, MultiPolygon};
use twin::{
    Id, Key,
    building::{Address, Building, Place, PlaceKind},
};

use super::{
    element::{Kind, Osm, Relation, Tags},
    ground::Outlines,
    locate::Locator,
    notes::Notes,
    value,
};
use crate::Tally;

/// The kind of place that tags tell of.
fn place_kind(tags: Tags<'_>) -> Option<PlaceKind> {
    use PlaceKind as K;
    let by_amenity = match tags.get("amenity") {
        Some("fire_station") => Some(K::FireStation),
        Some("ambulance_station" | "rescue_station") => Some(K::RescueStation),
        Some("police") => Some(K::Police),
        Some("hospital" | "clinic") => Some(K::Hospital),
        Some("school") => Some(K::School),
        Some("kindergarten" | "childcare") => Some(K::Kindergarten),
        Some("nursing_home" | "retirement_home") => Some(K::CareHome),
        Some("social_facility") => match (tags.get("social_facility"), tags.get("social_facility:for")) {
            (Some("nursing_home" | "group_home" | "assisted_living" | "hospice"), _)
            | (_, Some("senior" | "elderly" | "disabled")) => Some(K::CareHome),
            _ => None,
        },
        Some("pharmacy") => Some(K::Pharmacy),
        Some("doctors" | "dentist" | "veterinary") => Some(K::Doctor),
        Some("townhall") => Some(K::TownHall),
        Some("restaurant" | "cafe" | "bar" | "pub" | "fast_food" | "biergarten" | "ice_cream" | "nightclub") => {
            Some(K::Gastronomy)
        }
        Some("parking") if !matches!(tags.get("access"), Some("private" | "no" | "residents" | "permit")) => {
            Some(K::Parking)
        }
        _ => None,
    };
    by_amenity
        .or_else(|| matches!(tags.get("emergency"), Some("ambulance_station")).then_some(K::RescueStation))
        .or_else(|| match tags.get("healthcare") {
            Some("hospital" | "clinic" | "rehabilitation") => Some(K::Hospital),
            Some("doctor" | "dentist" | "physiotherapist" | "centre") => Some(K::Doctor),
            Some("pharmacy") => Some(K::Pharmacy),
            _ => None,
        })
        .or_else(|| match tags.get("shop") {
            Some("supermarket") => Some(K::Supermarket),
            Some("vacant" | "no") | None => None,
            Some(_) => Some(K::Shop),
        })
        .or_else(|| matches!(tags.get("railway"), Some("station" | "halt")).then_some(K::Station))
}

/// Whether tags tell of a place to reach.
pub(crate) fn is_place(tags: Tags<'_>) -> bool {
    place_kind(tags).is_some()
}

const PLACES: &str = "places";

/// Reads all places: nodes, ways, relations, each by id.
pub(crate) fn places(
    osm: &Osm,
    outlines: &Outlines<'_>,
    at: &Locator<'_>,
    buildings: &[Building],
    notes: &mut Notes,
    tally: &mut Tally,
) -> Vec<Place> {
    let mut places = Vec::new();
    let spots = spots(osm, outlines, |tags| place_kind(tags).is_some(), |row| outlines.is_absorbed(row));
    let inner: Vec<Option<Coord<f64>>> =
        buildings.iter().map(|building| building.footprint.interior_point().map(|point| point.0)).collect();
    for spot in spots {
        let Some(kind) = place_kind(spot.tags) else { continue };
        let Some(position) = spot.position else {
            lost(PLACES, spot.key, notes, tally);
            continue;
        };
        tally.keep(PLACES);
        let building = at.building_at(position).or_else(|| largest_within(spot.polygon?, at, buildings, &inner));
        places.push(Place {
            key: spot.key,
            kind,
            name: spot.tags.get("name").and_then(value::text),
            position,
            building,
        });
    }
    places
}

fn lost(kind: &'static str, key: Key, notes: &mut Notes, tally: &mut Tally) {
    tally.drop(kind, "without a position in the extract");
    notes.group_all(
        "object-without-position",
        key,
        format!("{kind} without a usable position in the extract, left out"),
        "Nothing to do where they lie beyond the border; else mend their geometry.",
    );
}

/// The largest building that stands on the grounds of a school, a hospital and the like.
fn largest_within(
    grounds: &MultiPolygon<f64>,
    at: &Locator<'_>,
    buildings: &[Building],
    inner: &[Option<Coord<f64>>],
) -> Option<Id<Building>> {
    use geo::{Area, Contains};
    at.near(grounds)
        .into_iter()
        .filter(|index| inner[*index].is_some_and(|point| grounds.contains(&geo_types::Point(point))))
        .map(|index| (buildings[index].footprint.unsigned_area(), index))
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
        .map(|(_, index)| Id::new(index))
}

/// An object with tags and a position.
pub(crate) struct Spot<'a> {
    pub(crate) key: Key,
    pub(crate) tags: Tags<'a>,
    /// Of a node itself, inside an area, or in the middle of a line.
    pub(crate) position: Option<Coord<f64>>,
    pub(crate) polygon: Option<&'a MultiPolygon<f64>>,
}

/// All objects whose tags are wanted: nodes, ways, relations, each by id.
pub(crate) fn spots<'a>(
    osm: &'a Osm,
    outlines: &'a Outlines<'a>,
    wanted: impl Fn(Tags<'_>) -> bool,
    skipped: impl Fn(usize) -> bool,
) -> Vec<Spot<'a>> {
    let mut spots = Vec::new();
    for node in osm.tagged_nodes().filter(|node| wanted(node.tags)) {
        let key = Key::new(format!("node/{}", node.id));
        spots.push(Spot { key, tags: node.tags, position: osm.local(node.index), polygon: None });
    }
    for (row, way) in osm.ways().filter(|(row, way)| wanted(way.tags) && !skipped(*row)) {
        let polygon = outlines.way(row).and_then(|outline| outline.as_ref().ok()).map(|outline| &outline.polygon);
        let inside = polygon.and_then(InteriorPoint::interior_point).map(|point| point.0);
        let on_line = || {
            let present: Vec<Coord<f64>> = way.nodes.iter().filter_map(|node| osm.local(*node)).collect();
            present.get(present.len() / 2).copied()
        };
        spots.push(Spot {
            key: Key::new(format!("way/{}", way.id)),
            tags: way.tags,
            position: inside.or_else(on_line),
            polygon,
        });
    }
    for area in outlines.relations().iter().filter(|area| wanted(area.tags)) {
        let polygon = area.outline.as_ref().ok().map(|outline| &outline.polygon);
        let inside = polygon.and_then(InteriorPoint::interior_point).map(|point| point.0);
        let key = Key::new(format!("relation/{}", area.relation.id));
        spots.push(Spot {
            key,
            tags: area.tags,
            position: inside.or_else(|| member_position(osm, area.relation)),
            polygon,
        });
    }
    spots
}

/// The position of some member that is in the file.
pub(crate) fn member_position(osm: &Osm, relation: Relation<'_>) -> Option<Coord<f64>> {
    relation.members().find_map(|(kind, id, _)| match kind {
        Kind::Node => osm.nodes.index_of(id).and_then(|index| osm.local(index)),
        Kind::Way => osm.way_row(id).and_then(|row| osm.way(row).nodes.iter().find_map(|node| osm.local(*node))),
        Kind::Relation => None,
    })
}

const ADDRESSES: &str = "addresses";
/// House numbers between two nodes up to which they are interpolated.
const MOST_NUMBERS: i64 = 1000;

/// Reads all addresses: of nodes, ways, relations, then those that interpolation lines stand for.
pub(crate) fn addresses(
    osm: &Osm,
    outlines: &Outlines<'_>,
    at: &Locator<'_>,
    notes: &mut Notes,
    tally: &mut Tally,
) -> Vec<Address> {
    let streets = associated_streets(osm);
    let mut addresses = Vec::new();
    let is_address =
        |tags: Tags<'_>| tags.get("addr:housenumber").is_some() && tags.get("addr:interpolation").is_none();
    for spot in spots(osm, outlines, is_address, |_| false) {
        let Some(position) = spot.position else {
            lost(ADDRESSES, spot.key, notes, tally);
            continue;
        };
        let numbers: Vec<&str> = numbers(spot.tags.get("addr:housenumber").unwrap_or_default());
        if numbers.is_empty() {
            tally.drop(ADDRESSES, "house number empty");
            notes.warn(
                "tag-unusable",
                spot.key,
                Some("addr:housenumber"),
                "The house number is empty; the address was left out.".to_owned(),
                "Map the number.",
            );
            continue;
        }
        tally.keep(ADDRESSES);
        let street = street_of(spot.tags).or_else(|| streets.get(spot.key.as_str()).cloned());
        if street.is_none() {
            notes.group(
                "address-without-street",
                spot.key.clone(),
                Some("street"),
                "addresses with a number but neither street nor place",
                "Map addr:street or addr:place.",
            );
        }
        let building = at.building_at(position);
        let single = numbers.len() == 1;
        for (index, number) in numbers.into_iter().enumerate() {
            addresses.push(Address {
                key: if single { spot.key.clone() } else { Key::new(format!("{}#{}", spot.key, index + 1)) },
                position,
                street: street.clone(),
                house_number: number.to_owned(),
                postcode: spot.tags.get("addr:postcode").and_then(value::text),
                city: spot.tags.get("addr:city").and_then(value::text),
                building,
            });
        }
    }
    interpolate(osm, at, &mut addresses, notes, tally);
    addresses
}

fn street_of(tags: Tags<'_>) -> Option<String> {
    tags.first(&["addr:street", "addr:place", "addr:hamlet"]).and_then(value::text)
}

/// `12;14` and `12, 14` are two numbers, `12-14` is one.
fn numbers(text: &str) -> Vec<&str> {
    text.split([';', ',']).map(str::trim).filter(|number| !number.is_empty()).collect()
}

/// Names that `associatedStreet` relations give to their houses, by key.
fn associated_streets(osm: &Osm) -> BTreeMap<String, String> {
    let mut streets = BTreeMap::new();
    for relation in osm.relations().filter(|r| matches!(r.tags.get("type"), Some("associatedStreet" | "street"))) {
        let Some(name) = relation.tags.first(&["name", "addr:street"]).and_then(value::text) else { continue };
        for (kind, id, _) in
            relation.members().filter(|(_, _, role)| matches!(*role, "house" | "address" | "addr:houselink"))
        {
            streets.insert(format!("{}/{id}", kind.name()), name.clone());
        }
    }
    streets
}

/// Numbers between the ends of `addr:interpolation` lines.
fn interpolate(osm: &Osm, at: &Locator<'_>, addresses: &mut Vec<Address>, notes: &mut Notes, tally: &mut Tally) {
    const LINES: &str = "address interpolation lines";
    for (_, way) in osm.ways() {
        let Some(rule) = way.tags.get("addr:interpolation") else { continue };
        let key = Key::new(format!("way/{}", way.id));
        let step = match rule {
            "odd" | "even" => 2,
            "all" => 1,
            other => match other.parse::<i64>() {
                Ok(step) if (1..=100).contains(&step) => step,
                _ => {
                    tally.drop(LINES, "rule not usable");
                    notes.warn(
                        "interpolation-not-usable",
                        key,
                        Some("addr:interpolation"),
                        format!("The rule {other} of the line of addresses is not supported; it was left out."),
                        "Map the addresses themselves.",
                    );
                    continue;
                }
            },
        };
        let mut stops: Vec<(usize, i64, Tags<'_>)> = Vec::new();
        for (position, node) in way.nodes.iter().enumerate() {
            let tags = osm.node_tags(*node);
            let digits: String =
                tags.get("addr:housenumber").unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
            if let Ok(number) = digits.parse::<i64>() {
                stops.push((position, number, tags));
            }
        }
        if stops.len() < 2 {
            tally.drop(LINES, "ends without numbers");
            notes.warn(
                "interpolation-not-usable",
                key,
                Some("addr:interpolation"),
                "Fewer than two nodes of the line have house numbers; no addresses were interpolated.".to_owned(),
                "Map house numbers on its ends.",
            );
            continue;
        }
        tally.keep(LINES);
        let mut index = 0;
        for pair in stops.windows(2) {
            let (first, last) = (pair[0].1, pair[1].1);
            if (last - first).abs() > MOST_NUMBERS {
                notes.warn(
                    "interpolation-not-usable",
                    key.clone(),
                    Some("addr:interpolation"),
                    format!("More than {MOST_NUMBERS} house numbers lie between {first} and {last}; none were interpolated there."),
                    "Check the house numbers on the line's nodes.",
                );
                continue;
            }
            let line: Vec<Coord<f64>> =
                way.nodes[pair[0].0..=pair[1].0].iter().filter_map(|node| osm.local(*node)).collect();
            let (low, high) = (first.min(last), first.max(last));
            for number in (low + step..high).step_by(usize::try_from(step).unwrap_or(1)) {
                let part = (number - first) as f64 / (last - first) as f64;
                let Some(position) = along(&line, part) else { continue };
                index += 1;
                let tags = pair[0].2;
                addresses.push(Address {
                    key: Key::new(format!("{key}#{index}")),
                    position,
                    street: street_of(tags).or_else(|| street_of(way.tags)),
                    house_number: number.to_string(),
                    postcode: tags.get("addr:postcode").and_then(value::text),
                    city: tags.get("addr:city").and_then(value::text),
                    building: at.building_at(position),
                });
            }
        }
    }
}

/// The point at a part (0 to 1) of a line's length.
fn along(line: &[Coord<f64>], part: f64) -> Option<Coord<f64>> {
    let lengths: Vec<f64> = line.windows(2).map(|pair| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y)).collect();
    let mut left = part * lengths.iter().sum::<f64>();
    for (pair, length) in line.windows(2).zip(&lengths) {
        if left <= *length && *length > 0.0 {
            let t = left / length;
            return Some(Coord {
                x: pair[0].x + (pair[1].x - pair[0].x) * t,
                y: pair[0].y + (pair[1].y - pair[0].y) * t,
            });
        }
        left -= length;
    }
    line.last().copied()
}
