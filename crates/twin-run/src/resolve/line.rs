//! From the sections of a closure back to lines on the map.

use geo::{Coord, Euclidean, Length as _, LineString};
use twin::{
    Twin,
    outcome::ClosedSection,
    road::{Direction, Modes, RoadLink},
};

use super::ResolvedClosure;

/// Ends of sections that follow each other lie within this, metres.
const JOINT_M: f64 = 0.5;

/// A line along the sections of a closure.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosureLine {
    /// Along the axes of the sections, in the twin's CRS.
    pub line: LineString<f64>,
    /// Whether vehicles may drive there in the direction of the line only.
    pub one_way: bool,
}

impl ResolvedClosure {
    /// Lines along its sections, in the direction of the closure: one, or several where carriageways lie apart.
    #[must_use]
    pub fn lines(&self, twin: &Twin) -> Vec<ClosureLine> {
        let mut lines: Vec<ClosureLine> = Vec::new();
        for section in &self.sections {
            let mut axis = axis(twin.roads.link(section.part.link), section.part);
            let one_way = is_one_way(twin.roads.link(section.part.link), section.part.along);
            if axis.is_empty() {
                continue;
            }
            match lines.last_mut() {
                Some(last) if goes_on(&last.line.0, &axis) => {
                    axis.remove(0);
                    last.line.0.append(&mut axis);
                    last.one_way &= one_way;
                }
                _ => lines.push(ClosureLine { line: LineString(axis), one_way }),
            }
        }
        lines.retain(|line| line.line.0.len() > 1);
        lines
    }
}

/// Whether a section begins where a line ends, and does not lead back beside it, as another carriageway does.
fn goes_on(line: &[Coord<f64>], axis: &[Coord<f64>]) -> bool {
    let ([.., before, end], [begin, after, ..]) = (line, axis) else { return false };
    let (into, out) = (*end - *before, *after - *begin);
    let cosine = (into.x * out.x + into.y * out.y) / (into.x.hypot(into.y) * out.x.hypot(out.y));
    (end.x - begin.x).hypot(end.y - begin.y) <= JOINT_M && cosine > -0.7
}

fn is_one_way(link: &RoadLink, along: bool) -> bool {
    let drives =
        |direction| link.carriageway(direction).modes.intersects(Modes::CAR.union(Modes::TRUCK).union(Modes::BUS));
    let direction = if along { Direction::Forward } else { Direction::Backward };
    drives(direction) && !drives(direction.reversed())
}

/// The part of an axis, in the direction of the closure.
fn axis(link: &RoadLink, part: ClosedSection) -> Vec<Coord<f64>> {
    let planar_m = Euclidean.length(&link.geometry);
    let scale = if link.length_m > 0.0 { planar_m / link.length_m } else { 1.0 };
    let (from, to) = (part.from_m * scale, part.to_m * scale);
    let mut line: Vec<Coord<f64>> = Vec::new();
    let mut passed = 0.0;
    for segment in link.geometry.lines() {
        let step = Euclidean.length(&segment);
        let (low, high) = ((from - passed).max(0.0), (to - passed).min(step));
        if step > 0.0 && high >= low {
            for at in [low, high] {
                let place = if at <= 0.0 {
                    segment.start
                } else if at >= step {
                    segment.end
                } else {
                    segment.start + segment.delta() * (at / step)
                };
                if line.last() != Some(&place) {
                    line.push(place);
                }
            }
        }
        passed += step;
    }
    if !part.along {
        line.reverse();
    }
    line
}
