//! Picking: the section of street nearest to a point, from an R-tree of all its pieces.

use geo_types::Coord;
use rstar::{PointDistance as _, RTree, primitives::GeomWithData, primitives::Line};
use twin::{
    Id, Twin,
    road::{RoadLink, Structure},
};

use super::street::{half_width_m, is_street};

/// Pieces of streets and paths, for "which section is here?".
#[derive(Debug)]
pub struct SectionIndex {
    pieces: RTree<GeomWithData<Line<[f64; 2]>, u32>>,
    half_width_m: Vec<f32>,
    is_street: Vec<bool>,
}

/// A section found, and where along it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Picked {
    /// The section.
    pub link: Id<RoadLink>,
    /// Distance from the point asked for to the edge of the carriageway, metres; 0 on it.
    pub distance_m: f64,
    /// Distance along the section's axis from its begin, metres.
    pub along_m: f64,
}

impl SectionIndex {
    /// Indexes all sections of a twin but tunnels that only people on foot use.
    #[must_use]
    pub fn new(twin: &Twin) -> Self {
        let mut pieces = Vec::new();
        for (id, link) in twin.roads.links() {
            if link.structure == Structure::Tunnel && !is_street(link) {
                continue;
            }
            for pair in link.geometry.0.windows(2) {
                if pair.iter().all(|c| c.x.is_finite() && c.y.is_finite()) {
                    let piece = Line::new([pair[0].x, pair[0].y], [pair[1].x, pair[1].y]);
                    pieces.push(GeomWithData::new(piece, id.index() as u32));
                }
            }
        }
        Self {
            pieces: RTree::bulk_load(pieces),
            half_width_m: twin.roads.links().map(|(_, link)| half_width_m(link) as f32).collect(),
            is_street: twin.roads.links().map(|(_, link)| is_street(link)).collect(),
        }
    }

    /// The section at a point, not further than `within_m` from its carriageway. Streets win over paths of the same distance.
    #[must_use]
    pub fn nearest(&self, twin: &Twin, at: Coord<f64>, within_m: f64) -> Option<Picked> {
        let reach = within_m + 20.0;
        let mut best: Option<(f64, u32)> = None;
        for piece in self.pieces.locate_within_distance([at.x, at.y], reach * reach) {
            let link = piece.data as usize;
            let to_axis = piece.geom().distance_2(&[at.x, at.y]).sqrt();
            let to_edge = (to_axis - f64::from(self.half_width_m[link])).max(0.0);
            let cost = to_edge + 0.01 * to_axis + if self.is_street[link] { 0.0 } else { 4.0 };
            if to_edge <= within_m && best.is_none_or(|(least, id)| (cost, piece.data) < (least, id)) {
                best = Some((cost, piece.data));
            }
        }
        let link = Id::new(best?.1 as usize);
        let (to_axis, along_m) = project(&twin.roads.link(link).geometry.0, at);
        let distance_m = (to_axis - f64::from(self.half_width_m[link.index()])).max(0.0);
        Some(Picked { link, distance_m, along_m })
    }

    /// Distance from a point to the nearest edge of a street or path, metres; `reach_m` where none is that near.
    pub(super) fn clearance_m(&self, at: Coord<f64>, reach_m: f64) -> f64 {
        let reach = reach_m + 12.0;
        self.pieces
            .locate_within_distance([at.x, at.y], reach * reach)
            .map(|piece| {
                piece.geom().distance_2(&[at.x, at.y]).sqrt() - f64::from(self.half_width_m[piece.data as usize])
            })
            .fold(reach_m, f64::min)
    }
}

/// Metres on the map per metre of a section's length: lengths are measured on the ellipsoid, lines drawn on the map.
fn map_scale(link: &RoadLink) -> f64 {
    super::ribbon::line_length(&link.geometry.0) / link.length_m.max(1e-6)
}

/// The place on a section's axis so many metres from its begin; nothing for a section without length.
#[must_use]
pub fn place_along(twin: &Twin, link: Id<RoadLink>, along_m: f64) -> Option<Coord<f64>> {
    let link = twin.roads.link(link);
    let (line, to_m) = (&link.geometry.0, along_m.clamp(0.0, link.length_m) * map_scale(link));
    let mut done_m = 0.0;
    for pair in line.windows(2) {
        let step = pair[1] - pair[0];
        let step_m = step.x.hypot(step.y);
        if done_m + step_m >= to_m && step_m > 0.0 {
            return Some(pair[0] + step * ((to_m - done_m) / step_m));
        }
        done_m += step_m;
    }
    line.last().copied().filter(|_| done_m > 0.0)
}

/// How far along a section's axis the point of it lies that is nearest to a place, metres from its begin.
#[must_use]
pub fn along_at(twin: &Twin, link: Id<RoadLink>, at: Coord<f64>) -> f64 {
    let link = twin.roads.link(link);
    (project(&link.geometry.0, at).1 / map_scale(link).max(1e-9)).clamp(0.0, link.length_m)
}

/// Distance from a point to a line, and how far along the line its foot lies.
fn project(line: &[Coord<f64>], at: Coord<f64>) -> (f64, f64) {
    let (mut best, mut along, mut done) = (f64::INFINITY, 0.0, 0.0);
    for pair in line.windows(2) {
        let edge = pair[1] - pair[0];
        let from = at - pair[0];
        let squared = edge.x * edge.x + edge.y * edge.y;
        let share = if squared > 0.0 { ((from.x * edge.x + from.y * edge.y) / squared).clamp(0.0, 1.0) } else { 0.0 };
        let foot = pair[0] + edge * share;
        let distance = (at.x - foot.x).hypot(at.y - foot.y);
        if distance < best {
            (best, along) = (distance, done + squared.sqrt() * share);
        }
        done += squared.sqrt();
    }
    (best, along)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_along_a_section_are_found_again_from_beside_it() {
        let twin = super::super::tests::town(false);
        for (id, link) in twin.roads.links() {
            for share in [0.0, 0.3, 0.99, 1.0] {
                let along_m = share * link.length_m;
                let place = place_along(&twin, id, along_m).expect("streets have a length");
                assert!((along_at(&twin, id, place) - along_m).abs() < 1e-6, "{} {share}", link.key);
            }
        }
    }
}
