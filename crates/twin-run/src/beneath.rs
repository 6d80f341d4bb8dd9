//! What lies beneath a work site: the supply lines in the corridor of the closed sections.
//!
//! # Model
//! The corridor is the strip of the street's width, and [`MARGIN_M`] more on each side, along the closed part of its axis, with
//! round ends. Of each line the length within it is measured in steps of [`STEP_M`]. Depth is not looked at: who digs meets all
//! of them. Overhead lines are none that he meets.

use geo::{BoundingRect as _, Coord, Distance as _, Euclidean, Geometry, LineString, Point, Rect};
use twin::{
    Key, Network, Twin,
    outcome::ClosedSection,
    road::RoadLink,
    utility::{Asset, Burial, Medium, PowerBranchKind},
};

/// Beyond the kerb: sidewalks, where most lines lie, and half a metre of room to dig, metres.
pub const MARGIN_M: f64 = 2.5;
/// Distance of the points at which a line is looked at, metres.
const STEP_M: f64 = 0.5;

/// A supply line in the corridor of a work site.
#[derive(Clone, Debug, PartialEq)]
pub struct Beneath {
    /// What it carries.
    pub medium: Medium,
    /// Its key.
    pub key: Key,
    /// Length of it within the corridor, metres.
    pub length_m: f64,
    /// Material, year, cover.
    pub burial: Burial,
}

/// The supply lines in the corridor of closed parts of sections, by medium, the longest first. Devices without length and
/// overhead lines are left out.
#[must_use]
pub fn beneath(twin: &Twin, parts: &[ClosedSection]) -> Vec<Beneath> {
    let corridors: Vec<Corridor> =
        parts.iter().filter_map(|part| Corridor::of(twin.roads.link(part.link), part)).collect();
    if corridors.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    lines(&twin.water, &corridors, Medium::Water, &mut found, |link| Some((&link.key, &link.geometry, &link.burial)));
    lines(&twin.power, &corridors, Medium::Power, &mut found, |link| {
        let overhead = matches!(link.kind, PowerBranchKind::Line { overhead: true, .. });
        (!overhead).then_some((&link.key, &link.geometry, &link.burial))
    });
    lines(&twin.gas, &corridors, Medium::Gas, &mut found, |link| Some((&link.key, &link.geometry, &link.burial)));
    lines(&twin.heat, &corridors, Medium::Heat, &mut found, |link| Some((&link.key, &link.geometry, &link.burial)));
    lines(&twin.sewer, &corridors, Medium::Sewer, &mut found, |link| Some((&link.key, &link.geometry, &link.burial)));
    for asset in twin.assets.rows().iter().filter(|asset| !is_overhead(asset)) {
        if let Geometry::LineString(line) = &asset.geometry {
            let length_m = within_m(line, &corridors);
            if length_m > 0.0 {
                let burial = Burial::default();
                found.push(Beneath { medium: asset.medium, key: asset.key.clone(), length_m, burial });
            }
        }
    }
    found.sort_by(|a, b| {
        (a.medium.cmp(&b.medium)).then(b.length_m.total_cmp(&a.length_m)).then_with(|| a.key.cmp(&b.key))
    });
    found
}

/// Whether a mapped line hangs on poles: lines of electricity and telecommunication, as OpenStreetMap tells them from cables, and
/// what is said to lie overhead.
fn is_overhead(asset: &Asset) -> bool {
    let says =
        |key: &str, values: &[&str]| asset.attributes.get(key).is_some_and(|value| values.contains(&value.as_str()));
    if asset.attributes.contains_key("location") {
        return says("location", &["overhead", "overground", "indoor", "bridge"]);
    }
    matches!(asset.medium, Medium::Power | Medium::Telecom) && matches!(asset.kind.as_str(), "line" | "minor_line")
}

struct Corridor {
    axis: LineString<f64>,
    half_m: f64,
    reach: Rect<f64>,
}

impl Corridor {
    /// The strip along the closed part of a street; nothing where that has no length.
    fn of(link: &RoadLink, part: &ClosedSection) -> Option<Self> {
        let axis = part_of(&link.geometry, link.length_m, part)?;
        let half_m = (link.width_or_assumed_m() / 2.0).clamp(0.6, 20.0) + MARGIN_M;
        let rect = axis.bounding_rect()?;
        let margin = Coord { x: half_m, y: half_m };
        Some(Self { axis, half_m, reach: Rect::new(rect.min() - margin, rect.max() + margin) })
    }

    fn holds(&self, at: Coord<f64>) -> bool {
        let (low, high) = (self.reach.min(), self.reach.max());
        (low.x..=high.x).contains(&at.x)
            && (low.y..=high.y).contains(&at.y)
            && Euclidean.distance(&Point(at), &self.axis) <= self.half_m
    }
}

/// The closed part of an axis whose length is told in the section's own metres.
fn part_of(line: &LineString<f64>, length_m: f64, part: &ClosedSection) -> Option<LineString<f64>> {
    let planar_m: f64 = line.lines().map(|l| Euclidean.distance(l.start, l.end)).sum();
    if planar_m <= 0.0 || length_m <= 0.0 {
        return None;
    }
    let scale = planar_m / length_m;
    let (from_m, to_m) = (part.from_m * scale, part.to_m * scale);
    let mut points: Vec<Coord<f64>> = Vec::new();
    let mut done_m = 0.0;
    for step in line.lines() {
        let step_m = Euclidean.distance(step.start, step.end);
        let (begin, end) = (from_m.max(done_m), to_m.min(done_m + step_m));
        if begin < end {
            let at = |m: f64| step.start + (step.end - step.start) * ((m - done_m) / step_m);
            if points.is_empty() {
                points.push(at(begin));
            }
            points.push(at(end));
        }
        done_m += step_m;
    }
    (points.len() >= 2).then_some(LineString(points))
}

/// The length of a line within any of the corridors, metres.
fn within_m(line: &LineString<f64>, corridors: &[Corridor]) -> f64 {
    let Some(rect) = line.bounding_rect() else { return 0.0 };
    let apart = |a: &Rect<f64>, b: &Rect<f64>| {
        a.max().x < b.min().x || b.max().x < a.min().x || a.max().y < b.min().y || b.max().y < a.min().y
    };
    let near: Vec<&Corridor> = corridors.iter().filter(|corridor| !apart(&corridor.reach, &rect)).collect();
    if near.is_empty() {
        return 0.0;
    }
    let mut sum_m = 0.0;
    for step in line.lines() {
        let step_m = Euclidean.distance(step.start, step.end);
        let n = (step_m / STEP_M).ceil().max(1.0) as usize;
        let hits = (0..n).filter(|&k| {
            let at = step.start + (step.end - step.start) * ((k as f64 + 0.5) / n as f64);
            near.iter().any(|corridor| corridor.holds(at))
        });
        sum_m += step_m * hits.count() as f64 / n as f64;
    }
    sum_m
}

type Line<'a> = (&'a Key, &'a LineString<f64>, &'a Burial);

fn lines<N, L>(
    network: &Network<N, L>,
    corridors: &[Corridor],
    medium: Medium,
    found: &mut Vec<Beneath>,
    of: impl Fn(&L) -> Option<Line<'_>>,
) {
    for (_, link) in network.links() {
        let Some((key, geometry, burial)) = of(link) else { continue };
        let length_m = within_m(geometry, corridors);
        if length_m > 0.0 {
            found.push(Beneath { medium, key: key.clone(), length_m, burial: burial.clone() });
        }
    }
}

#[cfg(test)]
mod tests {
    use geo::coord;
    use twin::utility::{Manhole, SewerKind, SewerPipe};

    use super::*;
    use crate::fixture::testheim;

    #[test]
    fn of_a_sewer_that_crosses_a_street_the_part_within_the_corridor_counts() {
        let mut twin = testheim();
        let (id, link) =
            twin.roads.links().max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m)).expect("it has streets");
        let (a, b) = (link.geometry.0[0], link.geometry.0[1]);
        let (middle, along) = ((a + b) / 2.0, b - a);
        let length = along.x.hypot(along.y);
        let across = coord! { x: -along.y / length, y: along.x / length };
        let half_m = link.width_or_assumed_m() / 2.0 + MARGIN_M;
        let whole = ClosedSection { link: id, from_m: 0.0, to_m: link.length_m, along: true };
        let line = LineString(vec![middle - across * 40.0, middle + across * 40.0]);
        let manhole = |at: Coord<f64>, key: &str| Manhole {
            key: Key::new(key),
            position: at,
            cover_elevation_m: 300.0,
            invert_elevation_m: 297.0,
            outfall: false,
        };
        let from = twin.sewer.add_node(manhole(line.0[0], "sewer_manhole/1"));
        let to = twin.sewer.add_node(manhole(line.0[1], "sewer_manhole/2"));
        twin.sewer.add_link(
            from,
            to,
            SewerPipe {
                key: Key::new("sewer_pipe/1"),
                geometry: line,
                length_m: 80.0,
                diameter_m: 0.3,
                kind: SewerKind::Combined,
                burial: Burial { year_laid: Some(1955), ..Burial::default() },
            },
        );
        let found = beneath(&twin, &[whole]);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].medium, found[0].key.as_str(), found[0].burial.year_laid),
            (Medium::Sewer, "sewer_pipe/1", Some(1955))
        );
        assert!((found[0].length_m - 2.0 * half_m).abs() <= 2.0 * STEP_M, "{} of {}", found[0].length_m, 2.0 * half_m);
        // A site that ends before the crossing has nothing beneath it.
        let short = ClosedSection { to_m: 1.0, ..whole };
        assert!(beneath(&twin, &[short]).is_empty());
    }

    #[test]
    fn what_hangs_on_poles_is_not_beneath_and_all_are_sorted_the_longest_first() {
        let mut twin = testheim();
        let (id, link) =
            twin.roads.links().max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m)).expect("it has streets");
        let (a, b) = (link.geometry.0[0], link.geometry.0[1]);
        let whole = ClosedSection { link: id, from_m: 0.0, to_m: link.length_m, along: true };
        let mut asset = |key: &str, medium: Medium, kind: &str, share: f64, location: Option<&str>| {
            twin.assets.push(Asset {
                key: Key::new(key),
                medium,
                kind: kind.to_owned(),
                geometry: Geometry::LineString(LineString(vec![a, a + (b - a) * share])),
                attributes: location.map(|location| ("location".to_owned(), location.to_owned())).into_iter().collect(),
            });
        };
        asset("way/1", Medium::Telecom, "cable", 0.5, None);
        asset("way/2", Medium::Power, "minor_line", 1.0, None);
        asset("way/3", Medium::Power, "cable", 0.4, None);
        asset("way/4", Medium::Power, "line", 0.8, Some("underground"));
        asset("way/5", Medium::Heat, "pipeline", 1.0, Some("overground"));
        asset("way/6", Medium::Heat, "pipeline", 0.3, None);
        let keys: Vec<String> = beneath(&twin, &[whole]).iter().map(|line| line.key.to_string()).collect();
        let media =
            [Medium::Heat, Medium::Power, Medium::Telecom].map(|medium| Medium::ALL.iter().position(|&m| m == medium));
        assert!(media.is_sorted(), "the keys below stand in the order of the media");
        assert_eq!(keys, ["way/6", "way/4", "way/3", "way/1"]);
    }
}
