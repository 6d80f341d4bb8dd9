//! Places and parts of axes.

use geo::{BoundingRect as _, Closest, ClosestPoint as _, Coord, Distance as _, Euclidean, Length as _, Point};
use geo_types::LineString;
use rstar::primitives::Rectangle;
use twin::{
    Twin,
    road::{Direction, RoadLink},
};

use super::Stretch;

/// The box around a line.
pub(super) fn bounds(line: &LineString<f64>) -> Option<Rectangle<[f64; 2]>> {
    let rect = line.bounding_rect()?;
    Some(Rectangle::from_corners([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]))
}

/// Where a position lies along a section, metres of its length, and how far from it, metres.
pub(crate) fn place_on(link: &RoadLink, position: Coord<f64>) -> Option<(f64, f64)> {
    let point = Point::from(position);
    let nearest = match link.geometry.closest_point(&point) {
        Closest::Intersection(at) | Closest::SinglePoint(at) => at,
        Closest::Indeterminate => return None,
    };
    let far_m = Euclidean.distance(point, nearest);
    let planar_m = Euclidean.length(&link.geometry);
    if planar_m <= 0.0 {
        return Some((0.0, far_m));
    }
    let (mut passed_m, mut best) = (0.0, (f64::INFINITY, 0.0));
    for line in link.geometry.lines() {
        let length_m = Euclidean.length(&line);
        let off_m = Euclidean.distance(&line, &nearest);
        if off_m < best.0 {
            best = (off_m, passed_m + Euclidean.distance(Point::from(line.start), nearest).min(length_m));
        }
        passed_m += length_m;
    }
    Some((best.1 / planar_m * link.length_m, far_m))
}

/// The axis of a stretch, trimmed at its ends.
pub(super) fn axis(twin: &Twin, stretch: &Stretch) -> LineString<f64> {
    let mut line: Vec<Coord<f64>> = Vec::new();
    let last = stretch.arcs.len().saturating_sub(1);
    for (index, arc) in stretch.arcs.iter().enumerate() {
        let link = twin.roads.link(arc.link);
        let from_m = if index == 0 { stretch.from_m } else { 0.0 };
        let to_m = if index == last { stretch.to_m } else { link.length_m };
        let mut part = if arc.direction == Direction::Forward {
            part(&link.geometry, link.length_m, from_m, to_m)
        } else {
            let mut part = part(&link.geometry, link.length_m, link.length_m - to_m, link.length_m - from_m);
            part.reverse();
            part
        };
        if line.last() == part.first() && !part.is_empty() {
            part.remove(0);
        }
        line.append(&mut part);
    }
    LineString(line)
}

/// The part of a line between two places; its length is given, as it differs from that in the plane.
fn part(line: &LineString<f64>, length_m: f64, from_m: f64, to_m: f64) -> Vec<Coord<f64>> {
    let planar_m = Euclidean.length(line);
    if planar_m <= 0.0 || length_m <= 0.0 {
        return line.0.clone();
    }
    let scale = planar_m / length_m;
    let (from, to) = (from_m.min(to_m) * scale, from_m.max(to_m) * scale);
    let mut out: Vec<Coord<f64>> = Vec::new();
    let mut passed = 0.0;
    let mut push = |at: Coord<f64>| {
        if out.last() != Some(&at) {
            out.push(at);
        }
    };
    for segment in line.lines() {
        let step = Euclidean.length(&segment);
        let (low, high) = ((from - passed).max(0.0), (to - passed).min(step));
        if step > 0.0 && high >= low {
            for along in [low, high] {
                push(if along <= 0.0 {
                    segment.start
                } else if along >= step {
                    segment.end
                } else {
                    segment.start + segment.delta() * (along / step)
                });
            }
        }
        passed += step;
    }
    out
}

/// Positions along a line, its ends among them: about `step_m` apart, and nowhere nearer than half of it.
pub(crate) fn sampled(line: &LineString<f64>, step_m: f64) -> Vec<Coord<f64>> {
    let mut out: Vec<Coord<f64>> = line.0.first().copied().into_iter().collect();
    let far = |a: &Coord<f64>, b: &Coord<f64>| (a.x - b.x).hypot(a.y - b.y) >= 0.5 * step_m;
    for segment in line.lines() {
        let length_m = Euclidean.length(&segment);
        let n_steps = (length_m / step_m).ceil().clamp(1.0, 100_000.0);
        for step in 1..=n_steps as usize {
            let at = segment.start + segment.delta() * (step as f64 / n_steps);
            if out.last().is_none_or(|last| far(last, &at)) {
                out.push(at);
            }
        }
    }
    if let Some(end) = line.0.last().filter(|end| out.last() != Some(end)) {
        if out.len() > 1 && out.last().is_some_and(|last| !far(last, end)) {
            out.pop();
        }
        out.push(*end);
    }
    out
}

#[cfg(test)]
mod tests {
    use geo_types::coord;

    use super::*;

    #[test]
    fn samples_hold_the_ends_and_their_distance() {
        let line = LineString(vec![
            coord! { x: 0.0, y: 0.0 },
            coord! { x: 1.0, y: 0.0 },
            coord! { x: 45.0, y: 0.0 },
            coord! { x: 46.0, y: 0.0 },
        ]);
        let places: Vec<f64> = sampled(&line, 20.0).iter().map(|at| at.x).collect();
        assert_eq!((places[0], places[places.len() - 1]), (0.0, 46.0));
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= 10.0), "{places:?}");
        assert_eq!(sampled(&LineString(vec![coord! { x: 3.0, y: 0.0 }]), 20.0).len(), 1);
        assert_eq!(sampled(&LineString(vec![coord! { x: 0.0, y: 0.0 }, coord! { x: 2.0, y: 0.0 }]), 20.0).len(), 2);
    }
}
