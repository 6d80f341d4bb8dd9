//! From a target as a person names it (street, key, drawn line) to a chain of sections.

use std::collections::{BTreeMap, BTreeSet};

use geo::{BoundingRect as _, Coord, Distance as _, Euclidean, InterpolateLine as _, Length as _, LineString, Point};
use rstar::{AABB, RTree, primitives::GeomWithData, primitives::Rectangle};
use twin::{
    Id, Key, Twin,
    outcome::ClosedSection,
    road::{RoadLink, RoadNode},
    scenario::RoadTarget,
};

use super::At;
use crate::{
    chain::{Chain, Web, joined, parts, place_on, total_m},
    names::{StreetNames, did_you_mean, is_motor, nearest},
};

/// Farthest that a drawn line runs beside the street that it means, metres.
const DRAWN_M: f64 = 15.0;
/// Distance of the points at which a drawn line is compared with the streets, metres.
const STEP_M: f64 = 4.0;
/// Farthest that a cross street begins from the street it crosses (across a roundabout, a second carriageway), metres.
const CROSSING_M: f64 = 60.0;

/// What a target means on the ground.
pub(crate) struct Target {
    pub(crate) chain: Chain,
    /// Name of the street, where it has one.
    pub(crate) street: Option<String>,
    /// Whether only a stretch was named, so that stubs do not belong to it.
    pub(crate) stretch: bool,
}

pub(crate) fn find(twin: &Twin, names: &StreetNames, target: &RoadTarget, at: &mut At) -> Option<Target> {
    match target {
        RoadTarget::Street { name, between } => by_name(twin, names, name, between.as_ref(), at),
        RoadTarget::Key(key) => by_key(twin, key, at),
        RoadTarget::Line(line) => by_line(twin, line, at),
    }
}

fn by_name(twin: &Twin, names: &StreetNames, name: &str, between: Option<&[String; 2]>, at: &mut At) -> Option<Target> {
    let Some((known, links)) = names.sections(twin, name) else {
        let mut finding =
            at.error("unknown-street", "street", format!("there is no street named \"{name}\" in the twin"));
        finding.help = did_you_mean(&names.nearest(name))
            .or_else(|| Some("`stadtwin query` lists the streets around a place".to_owned()));
        at.push(finding);
        return None;
    };
    let street = Some(known.to_owned());
    if let Some(between) = between {
        let chain = stretch(twin, names, known, &links, between, at)?;
        return Some(Target { chain, street, stretch: true });
    }
    let parts = parts(twin, &links);
    let (chain, used) = joined(twin, &parts);
    if used.len() < parts.len() {
        let places: Vec<String> = (0..parts.len())
            .filter(|index| !used.contains(index))
            .take(4)
            .map(|index| place_of(twin, &parts[index]))
            .collect();
        let finding = at
            .warning(
                "several-streets-of-that-name",
                "street",
                format!(
                    "\"{known}\" is the name of several streets that do not meet; the longest is closed ({}), not {}",
                    place_of(twin, &parts[0]),
                    places.join("; ")
                ),
            )
            .with_help("say which one: between = [\"…\", \"…\"], or road = with the key of a section");
        at.push(finding);
    }
    Some(Target { chain, street, stretch: false })
}

/// `412 m, way/17, at Bahnhofstraße`.
fn place_of(twin: &Twin, part: &[Id<RoadLink>]) -> String {
    let crossing = crossings(twin, part).into_keys().next();
    let at = crossing.map_or_else(String::new, |name| format!(", at \"{name}\""));
    format!("{:.0} m, {}{at}", total_m(twin, part), twin.roads.link(part[0]).key)
}

/// Names of the streets that meet some links, with the nodes where they do.
fn crossings(twin: &Twin, links: &[Id<RoadLink>]) -> BTreeMap<String, BTreeSet<Id<RoadNode>>> {
    let own: BTreeSet<_> = links.iter().copied().collect();
    let mut found: BTreeMap<String, BTreeSet<_>> = BTreeMap::new();
    for &link in links {
        let (from, to) = twin.roads.ends(link);
        for node in [from, to] {
            for (other, _) in twin.roads.incident(node) {
                if !own.contains(&other)
                    && let Some(name) = &twin.roads.link(other).name
                {
                    found.entry(name.clone()).or_default().insert(node);
                }
            }
        }
    }
    found
}

/// The stretch of a street between two cross streets.
fn stretch(
    twin: &Twin,
    names: &StreetNames,
    name: &str,
    links: &[Id<RoadLink>],
    between: &[String; 2],
    at: &mut At,
) -> Option<Chain> {
    let web = Web::of(twin, links);
    let mut meetings = Vec::new();
    for (index, cross) in between.iter().enumerate() {
        let field = format!("between[{index}]");
        let Some((known, cross_links)) = names.sections(twin, cross) else {
            let crossing: Vec<String> = crossings(twin, links).into_keys().collect();
            let mut near = nearest(cross, crossing.iter().map(String::as_str));
            near.extend(names.nearest(cross).into_iter().filter(|other| !crossing.contains(other)));
            near.truncate(3);
            let mut finding =
                at.error("unknown-street", &field, format!("there is no street named \"{cross}\" in the twin"));
            finding.help = did_you_mean(&near).or_else(|| meets(name, &crossing));
            at.push(finding);
            continue;
        };
        let nodes = meeting(twin, &web, &cross_links);
        if nodes.is_empty() {
            let crossing: Vec<String> = crossings(twin, links).into_keys().collect();
            let mut finding = at.error("streets-do-not-meet", &field, format!("\"{known}\" does not meet \"{name}\""));
            finding.help = meets(name, &crossing);
            at.push(finding);
            continue;
        }
        meetings.push(nodes);
    }
    let [from, to] = <[BTreeSet<_>; 2]>::try_from(meetings).ok()?;
    let Some(path) = web.shortest(twin, &from, &to) else {
        let finding = at
            .error(
                "no-stretch-between",
                "between",
                format!("\"{name}\" has no continuous stretch between \"{}\" and \"{}\"", between[0], between[1]),
            )
            .with_help("both cross streets meet it at the same junction, or in parts of it that do not connect; name other cross streets or a road key");
        at.push(finding);
        return None;
    };
    let on_path: BTreeSet<_> = path.iter().map(|&(link, _)| link).collect();
    let beside: Vec<_> = links.iter().copied().filter(|link| !on_path.contains(link)).collect();
    let mut chain = Chain::of_path(twin, &path).with_others(twin, &beside);
    // Beyond the ends of the stretch everything projects onto its ends and has no length there.
    chain.parallels.retain(|section| {
        let road_m = section.part.to_m - section.part.from_m;
        section.end_m - section.start_m >= 0.5 * road_m
    });
    chain.stubs.clear();
    Some(chain)
}

fn meets(name: &str, crossing: &[String]) -> Option<String> {
    (!crossing.is_empty()).then(|| {
        let shown: Vec<&str> = crossing.iter().take(12).map(String::as_str).collect();
        let more = if crossing.len() > shown.len() { ", …" } else { "" };
        format!("\"{name}\" meets: {}{more}", shown.join(", "))
    })
}

/// The nodes of a street where a cross street meets it, directly or across a short unnamed connection.
fn meeting(twin: &Twin, street: &Web, cross: &[Id<RoadLink>]) -> BTreeSet<Id<RoadNode>> {
    let nodes: BTreeSet<_> = street.nodes().collect();
    let cross_nodes: BTreeSet<_> = cross
        .iter()
        .flat_map(|&link| {
            let (from, to) = twin.roads.ends(link);
            [from, to]
        })
        .collect();
    let shared: BTreeSet<_> = nodes.intersection(&cross_nodes).copied().collect();
    if !shared.is_empty() {
        return shared;
    }
    let mut best: Vec<(f64, Id<RoadNode>)> = Vec::new();
    let mut reached: BTreeMap<Id<RoadNode>, f64> = cross_nodes.iter().map(|&node| (node, 0.0)).collect();
    let mut queue: Vec<(Id<RoadNode>, f64)> = reached.iter().map(|(&node, &m)| (node, m)).collect();
    while let Some((node, passed_m)) = queue.pop() {
        if nodes.contains(&node) {
            best.push((passed_m, node));
            continue;
        }
        for (link, next) in twin.roads.incident(node) {
            let road = twin.roads.link(link);
            let next_m = passed_m + road.length_m;
            if is_motor(road) && next_m <= CROSSING_M && reached.get(&next).is_none_or(|&known_m| next_m < known_m) {
                reached.insert(next, next_m);
                queue.push((next, next_m));
            }
        }
    }
    best.into_iter().map(|(_, node)| node).collect()
}

fn by_key(twin: &Twin, key: &Key, at: &mut At) -> Option<Target> {
    let exact: Vec<_> = twin.roads.links().filter(|(_, link)| link.key == *key).map(|(id, _)| id).collect();
    let links = if exact.is_empty() {
        twin.roads
            .links()
            .filter(|(_, link)| {
                link.source_keys.contains(key) || link.key.as_str().split('#').next() == Some(key.as_str())
            })
            .map(|(id, _)| id)
            .collect()
    } else {
        exact
    };
    if links.is_empty() {
        let candidates: Vec<String> = nearest_keys(twin, key);
        let mut finding = at.error("unknown-road", "road", format!("there is no street section \"{key}\" in the twin"));
        finding.help = did_you_mean(&candidates)
            .or_else(|| Some("keys look like way/4711, or way/4711#2 for the second section of that way".to_owned()));
        at.push(finding);
        return None;
    }
    let street = twin.roads.link(links[0]).name.clone();
    let parts = parts(twin, &links);
    let stretch = false;
    let (chain, used) = joined(twin, &parts);
    if used.len() < parts.len() {
        let finding = at.warning(
            "road-in-parts",
            "road",
            format!("\"{key}\" consists of {} parts that do not meet; the longest is closed", parts.len()),
        );
        at.push(finding);
    }
    Some(Target { chain, street, stretch })
}

fn nearest_keys(twin: &Twin, key: &Key) -> Vec<String> {
    let mut scored: Vec<(usize, &str)> = twin
        .roads
        .links()
        .map(|(_, link)| (strsim::levenshtein(key.as_str(), link.key.as_str()), link.key.as_str()))
        .filter(|(distance, _)| *distance <= 2)
        .collect();
    scored.sort_unstable();
    scored.into_iter().take(3).map(|(_, known)| known.to_owned()).collect()
}

/// The sections beside a drawn line, trimmed to the part beside which it runs.
fn by_line(twin: &Twin, line: &LineString<f64>, at: &mut At) -> Option<Target> {
    let tree = segments(twin);
    let drawn_m = Euclidean.length(line);
    let n_steps = (drawn_m / STEP_M).ceil().max(1.0);
    let mut runs: Vec<Run> = Vec::new();
    let mut missed = 0;
    for step in 0..=n_steps as usize {
        let ratio = step as f64 / n_steps;
        let Some(point) = Euclidean.point_at_ratio_from_start(line, ratio) else { continue };
        let ahead = Euclidean.point_at_ratio_from_start(line, (ratio + 0.5 / n_steps).min(1.0)).unwrap_or(point);
        let behind = Euclidean.point_at_ratio_from_start(line, (ratio - 0.5 / n_steps).max(0.0)).unwrap_or(point);
        let heading = ahead.0 - behind.0;
        match beside(twin, &tree, point.0, heading, runs.last().map(|run| run.link)) {
            Some((link, place_m)) => match runs.last_mut() {
                Some(run) if run.link == link => run.places_m.push(place_m),
                _ => runs.push(Run { link, places_m: vec![place_m] }),
            },
            None => missed += 1,
        }
    }
    let sections: Vec<ClosedSection> = trimmed(twin, &runs);
    if sections.is_empty() {
        let finding = no_street_there(twin, line, &tree, at);
        at.push(finding);
        return None;
    }
    if missed > 0 {
        let share = 100.0 * f64::from(missed) / (n_steps + 1.0);
        if share > 20.0 {
            let finding = at.warning(
                "line-beside-streets",
                "line",
                format!("{share:.0} % of the drawn line run along no street (more than {DRAWN_M} m away)"),
            );
            at.push(finding);
        }
    }
    let street = twin.roads.link(sections[0].link).name.clone();
    Some(Target { chain: Chain::of_parts(sections.into_iter()), street, stretch: true })
}

struct Run {
    link: Id<RoadLink>,
    places_m: Vec<f64>,
}

/// Runs become parts of sections: between two other sections whole, at the ends trimmed.
fn trimmed(twin: &Twin, runs: &[Run]) -> Vec<ClosedSection> {
    let mut sections: Vec<ClosedSection> = Vec::new();
    for (index, run) in runs.iter().enumerate() {
        let length_m = twin.roads.link(run.link).length_m;
        let (first_m, last_m) = (run.places_m[0], run.places_m[run.places_m.len() - 1]);
        let (mut low_m, mut high_m) = (first_m.min(last_m), first_m.max(last_m));
        let along = last_m >= first_m;
        // Where the line goes on into a neighbour the section is left through its end.
        if index > 0 {
            if along {
                low_m = if low_m < 2.0 * STEP_M { 0.0 } else { low_m }
            } else if length_m - high_m < 2.0 * STEP_M {
                high_m = length_m
            }
        }
        if index + 1 < runs.len() {
            if along {
                high_m = if length_m - high_m < 2.0 * STEP_M { length_m } else { high_m }
            } else if low_m < 2.0 * STEP_M {
                low_m = 0.0
            }
        }
        if high_m - low_m < 1.0 && runs.len() > 1 {
            continue;
        }
        if sections.iter().any(|known| known.link == run.link) {
            if let Some(known) = sections.iter_mut().find(|known| known.link == run.link) {
                known.from_m = known.from_m.min(low_m);
                known.to_m = known.to_m.max(high_m);
            }
            continue;
        }
        sections.push(ClosedSection { link: run.link, from_m: low_m, to_m: high_m, along });
    }
    sections
}

type Segments = RTree<GeomWithData<Rectangle<[f64; 2]>, Id<RoadLink>>>;

/// Bounding boxes of all sections that vehicles use.
fn segments(twin: &Twin) -> Segments {
    RTree::bulk_load(
        twin.roads
            .links()
            .filter(|(_, link)| is_motor(link))
            .filter_map(|(id, link)| {
                let rect = link.geometry.bounding_rect()?;
                Some(GeomWithData::new(
                    Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]),
                    id,
                ))
            })
            .collect(),
    )
}

/// The section that a point of a drawn line runs along: near, in its direction, the one before if it still fits.
fn beside(
    twin: &Twin,
    tree: &Segments,
    point: Coord<f64>,
    heading: Coord<f64>,
    before: Option<Id<RoadLink>>,
) -> Option<(Id<RoadLink>, f64)> {
    let around = AABB::from_corners([point.x - DRAWN_M, point.y - DRAWN_M], [point.x + DRAWN_M, point.y + DRAWN_M]);
    tree.locate_in_envelope_intersecting(&around)
        .filter_map(|candidate| {
            let link = twin.roads.link(candidate.data);
            let (place_m, far_m) = place_on(link, point)?;
            let turn = 1.0 - direction_at(link, place_m, heading).abs();
            let kept = if before == Some(candidate.data) { 0.0 } else { 2.0 };
            (far_m <= DRAWN_M).then_some((far_m + 12.0 * turn + kept, candidate.data, place_m))
        })
        .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
        .map(|(_, link, place_m)| (link, place_m))
}

/// Cosine between a heading and the section at a place.
fn direction_at(link: &RoadLink, place_m: f64, heading: Coord<f64>) -> f64 {
    let planar_m = Euclidean.length(&link.geometry);
    let target_m = place_m / link.length_m.max(1e-9) * planar_m;
    let mut passed_m = 0.0;
    for line in link.geometry.lines() {
        let length_m = Euclidean.length(&line);
        passed_m += length_m;
        if passed_m + 1e-6 >= target_m && length_m > 0.0 {
            let delta = line.delta();
            let norm = length_m * heading.x.hypot(heading.y);
            return if norm > 0.0 { (delta.x * heading.x + delta.y * heading.y) / norm } else { 1.0 };
        }
    }
    1.0
}

fn no_street_there(twin: &Twin, line: &LineString<f64>, tree: &Segments, at: &At) -> twin::Finding {
    let Some(middle) = Euclidean.point_at_ratio_from_start(line, 0.5) else {
        return at.error("empty-line", "line", "the drawn line has no length".to_owned());
    };
    let nearest = tree
        .nearest_neighbor_iter(&[middle.x(), middle.y()])
        .take(32)
        .map(|candidate| {
            let link = twin.roads.link(candidate.data);
            (Euclidean.distance(&link.geometry, &Point::from(middle.0)), link)
        })
        .min_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((far_m, link)) if far_m <= 2000.0 => at
            .error("no-street-at-line", "line", format!("no street runs within {DRAWN_M} m of the drawn line"))
            .with_help(format!(
                "the nearest is {} ({}), {far_m:.0} m away",
                link.name.as_deref().unwrap_or("a street without name"),
                link.key
            )),
        _ => at
            .error("closure-outside-map", "line", "the drawn line lies outside the twin's streets".to_owned())
            .with_help("positions are [longitude, latitude] in degrees: are they the wrong way round?"),
    }
}
