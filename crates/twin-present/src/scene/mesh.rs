//! Triangle meshes, sheets of them by tile, and the plane geometry they are made with.

use std::collections::BTreeMap;

use geo::TriangulateEarcut as _;
use geo_types::{Coord, Polygon};
use twin::utility::Medium;

/// What a mesh shows; each layer has its own surface in the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// Ground, land use, green.
    Ground,
    /// Rivers and lakes.
    Water,
    /// Streets, paths, railways, bridges.
    Street,
    /// Buildings.
    Building,
    /// Lines and symbols of a supply network. Drawn with a width in pixels at least; see the module of lines.
    Supply(Medium),
}

/// A triangle mesh in the view frame: x east, y up, z south, metres from the scene's origin.
///
/// # Units and shapes
/// `positions`, `normals`, `colors` and `features` have one row per vertex; `indices` three per triangle, counter-clockwise seen from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MeshData {
    /// Positions, metres.
    pub positions: Vec<[f32; 3]>,
    /// Unit normals.
    pub normals: Vec<[f32; 3]>,
    /// Base color, sRGB with alpha.
    pub colors: Vec<[u8; 4]>,
    /// Feature of each vertex: a row of [`Scene::features`](super::Scene::features).
    pub features: Vec<u32>,
    /// Triangles.
    pub indices: Vec<u32>,
}

impl MeshData {
    /// Whether there is no triangle.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.indices.is_empty()
    }

    /// The number of triangles.
    #[must_use]
    pub fn n_triangles(&self) -> usize {
        self.indices.len() / 3
    }

    /// Appends another mesh.
    pub fn append(&mut self, other: &Self) {
        let base = self.next_index();
        self.positions.extend_from_slice(&other.positions);
        self.normals.extend_from_slice(&other.normals);
        self.colors.extend_from_slice(&other.colors);
        self.features.extend_from_slice(&other.features);
        self.indices.extend(other.indices.iter().map(|index| index + base));
    }

    /// Adds a vertex and returns its index.
    pub(super) fn vertex(&mut self, position: [f64; 3], normal: [f64; 3], paint: Brush) -> u32 {
        let index = self.next_index();
        self.positions.push(position.map(|value| value as f32));
        self.normals.push(normal.map(|value| value as f32));
        self.colors.push([paint.color[0], paint.color[1], paint.color[2], 255]);
        self.features.push(paint.feature);
        index
    }

    /// Adds a convex polygon with one normal for all of it, as a fan; its corners counter-clockwise seen from outside.
    pub(super) fn fan(&mut self, corners: &[[f64; 3]], normal: [f64; 3], paint: Brush) {
        let first = self.next_index();
        for corner in corners {
            self.vertex(*corner, normal, paint);
        }
        for step in 2..corners.len() as u32 {
            self.indices.extend([first, first + step - 1, first + step]);
        }
    }

    fn next_index(&self) -> u32 {
        u32::try_from(self.positions.len()).expect("because a tile has fewer than 2^32 vertices")
    }
}

/// What is painted: a base color (sRGB) for a feature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brush {
    pub(super) color: [u8; 3],
    pub(super) feature: u32,
}

/// Meshes by layer and tile (column from the west, row from the south), in that order.
#[derive(Debug, Default)]
pub(super) struct Sheets(pub(super) BTreeMap<(Layer, i32, i32), MeshData>);

impl Sheets {
    pub(super) fn mesh(&mut self, layer: Layer, tile: (i32, i32)) -> &mut MeshData {
        self.0.entry((layer, tile.0, tile.1)).or_default()
    }

    /// Appends sheets; the order of calls is the order of triangles.
    pub(super) fn append(&mut self, other: &Self) {
        for (place, mesh) in &other.0 {
            self.0.entry(*place).or_default().append(mesh);
        }
    }
}

/// Triangles of a polygon with holes, counter-clockwise, without those of no area.
pub(super) fn triangles(polygon: &Polygon<f64>) -> Vec<[Coord<f64>; 3]> {
    if polygon.exterior().0.len() < 4 || polygon.exterior().0.iter().any(|c| !c.x.is_finite() || !c.y.is_finite()) {
        return Vec::new();
    }
    // Earcut computes on differences of coordinates: near the origin it keeps its digits.
    let origin = polygon.exterior().0[0];
    let near = geo::MapCoords::map_coords(polygon, |c| c - origin);
    let raw = near.earcut_triangles_raw();
    let corner = |index: usize| Coord { x: raw.vertices[index][0], y: raw.vertices[index][1] } + origin;
    raw.triangle_indices
        .chunks_exact(3)
        .map(|three| [corner(three[0]), corner(three[1]), corner(three[2])])
        .filter_map(|[a, b, c]| {
            let area = cross(b - a, c - a);
            if area.abs() < 1e-6 {
                None
            } else if area > 0.0 {
                Some([a, b, c])
            } else {
                Some([a, c, b])
            }
        })
        .collect()
}

/// The part of a convex polygon where `side` is not negative; `side` is affine.
pub(super) fn clip(polygon: &[Coord<f64>], side: impl Fn(Coord<f64>) -> f64) -> Vec<Coord<f64>> {
    let mut out = Vec::with_capacity(polygon.len() + 2);
    for (index, &here) in polygon.iter().enumerate() {
        let next = polygon[(index + 1) % polygon.len()];
        let (a, b) = (side(here), side(next));
        if a >= 0.0 {
            out.push(here);
        }
        if (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0) {
            out.push(here + (next - here) * (a / (a - b)));
        }
    }
    out
}

/// Both parts of a convex polygon, left and right of the line where `side` is zero; parts without area are left out.
pub(super) fn split(
    pieces: Vec<Vec<Coord<f64>>>,
    side: impl Fn(Coord<f64>) -> f64 + Copy,
) -> impl Iterator<Item = Vec<Coord<f64>>> {
    pieces.into_iter().flat_map(move |piece| {
        let (mut left, mut right) = (false, false);
        for corner in &piece {
            let value = side(*corner);
            left |= value > 1e-9;
            right |= value < -1e-9;
        }
        if left && right { vec![clip(&piece, side), clip(&piece, |c| -side(c))] } else { vec![piece] }
    })
}

/// z of the cross product.
pub(super) fn cross(a: Coord<f64>, b: Coord<f64>) -> f64 {
    a.x * b.y - a.y * b.x
}

/// Length of a vector.
pub(super) fn length(a: Coord<f64>) -> f64 {
    a.x.hypot(a.y)
}

/// Unit vector, or none where there is no length.
pub(super) fn unit(a: Coord<f64>) -> Option<Coord<f64>> {
    let length = length(a);
    (length > 1e-9).then(|| a / length)
}

/// The vector turned left by a right angle.
pub(super) fn left(a: Coord<f64>) -> Coord<f64> {
    Coord { x: -a.y, y: a.x }
}

#[cfg(test)]
mod tests {
    use geo_types::{coord, polygon};

    use super::*;

    fn area(corners: &[Coord<f64>]) -> f64 {
        (0..corners.len()).map(|i| cross(corners[i], corners[(i + 1) % corners.len()])).sum::<f64>() / 2.0
    }

    #[test]
    fn triangles_of_a_square_with_a_hole_cover_its_area_far_from_the_origin() {
        let (x, y) = (650_000.0, 5_480_000.0);
        let polygon = polygon![
            exterior: [(x: x, y: y), (x: x + 10.0, y: y), (x: x + 10.0, y: y + 10.0), (x: x, y: y + 10.0), (x: x, y: y)],
            interiors: [[(x: x + 2.0, y: y + 2.0), (x: x + 2.0, y: y + 4.0), (x: x + 4.0, y: y + 4.0), (x: x + 4.0, y: y + 2.0), (x: x + 2.0, y: y + 2.0)]],
        ];
        let total: f64 = triangles(&polygon).iter().map(|t| cross(t[1] - t[0], t[2] - t[0]) / 2.0).sum();
        assert!((total - 96.0).abs() < 1e-6, "{total}");
    }

    #[test]
    fn a_split_square_keeps_its_area_in_two_parts() {
        let square = vec![
            coord! { x: 0.0, y: 0.0 },
            coord! { x: 4.0, y: 0.0 },
            coord! { x: 4.0, y: 4.0 },
            coord! { x: 0.0, y: 4.0 },
        ];
        let parts: Vec<_> = split(vec![square], |c| c.x - 1.0).collect();
        let areas: Vec<f64> = parts.iter().map(|part| area(part)).collect();
        assert_eq!(areas, vec![12.0, 4.0]);
    }
}
