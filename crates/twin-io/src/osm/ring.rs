//! Areas from closed ways and multipolygon relations, every defect named.
//!
//! Member ways are joined to rings by their common nodes; which ring is a hole follows from how the rings lie in each other,
//! whatever the roles say. Rings that cross or touch themselves are repaired by the even-odd rule.
//!
//! # References
//! <https://wiki.openstreetmap.org/wiki/Relation:multipolygon>

use std::collections::BTreeMap;

use geo::{Area, BoundingRect, Contains, InteriorPoint, MakeValid};
use geo_types::{Coord, LineString, MultiPolygon, Point, Polygon};

use super::element::{Kind, MISSING, Osm, Relation, Way};

/// Smallest area that is kept, m².
const SMALLEST_M2: f64 = 0.01;

/// An area, perhaps with remarks.
#[derive(Clone, Debug)]
pub(crate) struct Outline {
    pub(crate) polygon: MultiPolygon<f64>,
    /// The ring crossed or touched itself and was repaired.
    pub(crate) repaired: bool,
    /// Defects that cost a part of the area.
    pub(crate) defects: Vec<String>,
    /// Member ways that are not in the file.
    pub(crate) n_missing: usize,
}

/// Why there is no area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoOutline {
    /// Nodes or member ways lie beyond the border of the extract.
    Cut,
    /// The way does not end where it begins.
    NotClosed,
    /// Fewer than three different corners, or no area.
    Degenerate,
    /// No ring could be closed, for this reason.
    NoRing(String),
}

impl NoOutline {
    /// The reason, for the tally.
    pub(crate) const fn reason(&self) -> &'static str {
        match self {
            Self::Cut => "cut at the border of the extract",
            Self::NotClosed => "ring not closed",
            Self::Degenerate => "without area",
            Self::NoRing(_) => "broken multipolygon",
        }
    }
}

/// The area of a closed way.
pub(crate) fn of_way(osm: &Osm, way: Way<'_>) -> Result<Outline, NoOutline> {
    if way.nodes.iter().any(|node| *node == MISSING || osm.local(*node).is_none()) {
        return Err(NoOutline::Cut);
    }
    let closed = way.refs.first() == way.refs.last();
    if !way.is_closed() {
        return Err(match (osm.may_be_clipped(way.nodes), closed) {
            (true, _) => NoOutline::Cut,
            (false, false) => NoOutline::NotClosed,
            (false, true) => NoOutline::Degenerate,
        });
    }
    let ring = line(osm, way.nodes);
    finish(MultiPolygon(vec![Polygon::new(ring, Vec::new())]), Vec::new(), 0)
}

/// The area of a multipolygon relation.
pub(crate) fn of_relation(osm: &Osm, relation: Relation<'_>) -> Result<Outline, NoOutline> {
    let mut members: Vec<&[u32]> = Vec::new();
    let mut n_missing = 0;
    let mut cut_nodes = false;
    for (_, id, _) in relation.members().filter(|(kind, _, role)| *kind == Kind::Way && is_ring_role(role)) {
        match osm.way_row(id) {
            None => n_missing += 1,
            Some(row) => {
                let nodes = osm.way(row).nodes;
                if nodes.iter().any(|node| *node == MISSING || osm.local(*node).is_none()) {
                    cut_nodes = true;
                    n_missing += 1;
                } else if nodes.len() > 1 {
                    members.push(nodes);
                }
            }
        }
    }
    members.sort_by_key(|nodes| (nodes[0], nodes[nodes.len() - 1], nodes.len()));
    let n_before = members.len();
    members.dedup();
    let mut defects = Vec::new();
    if members.len() < n_before {
        defects.push("a way is a member twice".to_owned());
    }
    let (rings, n_open) = join(&members);
    if n_open > 0 && members.iter().any(|nodes| osm.may_be_clipped(nodes)) {
        n_missing += 1;
    }
    if n_open > 0 && n_missing == 0 {
        defects.push(format!("{n_open} of its rings are not closed"));
    }
    let rings: Vec<LineString<f64>> =
        rings.iter().map(|ring| line(osm, ring)).filter(|ring| signed_area(ring).abs() > SMALLEST_M2).collect();
    if rings.is_empty() {
        return Err(match (n_missing > 0 || cut_nodes, n_before) {
            (true, _) => NoOutline::Cut,
            (false, 0) => NoOutline::NoRing("it has no member ways".to_owned()),
            (false, _) => NoOutline::NoRing(defects.pop().unwrap_or_else(|| "its rings enclose no area".to_owned())),
        });
    }
    finish(nest(rings), defects, n_missing)
}

fn is_ring_role(role: &str) -> bool {
    matches!(role, "outer" | "inner" | "" | "exclave" | "enclave" | "outline")
}

/// Joins lines to closed rings; also tells how many loose ends remained.
fn join(members: &[&[u32]]) -> (Vec<Vec<u32>>, usize) {
    let mut rings: Vec<Vec<u32>> = Vec::new();
    let mut at_node: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    let mut used = vec![false; members.len()];
    for (index, nodes) in members.iter().enumerate() {
        let (first, last) = (nodes[0], nodes[nodes.len() - 1]);
        if first == last {
            rings.push(nodes.to_vec());
            used[index] = true;
        } else {
            at_node.entry(first).or_default().push(index);
            at_node.entry(last).or_default().push(index);
        }
    }
    let mut n_open = 0;
    for start in 0..members.len() {
        if used[start] {
            continue;
        }
        used[start] = true;
        // A path of members; wherever it comes back to one of its joints, the loop is a ring of its own.
        let mut path: Vec<Vec<u32>> = vec![members[start].to_vec()];
        loop {
            let end = path[path.len() - 1][path[path.len() - 1].len() - 1];
            if let Some(at) = path.iter().position(|part| part[0] == end) {
                let parts = path.split_off(at);
                rings.push(concatenate(&parts));
                if path.is_empty() {
                    break;
                }
                continue;
            }
            let next = at_node.get(&end).and_then(|indices| indices.iter().copied().find(|index| !used[*index]));
            match next {
                Some(index) => {
                    used[index] = true;
                    let mut nodes = members[index].to_vec();
                    if nodes[0] != end {
                        nodes.reverse();
                    }
                    path.push(nodes);
                }
                None => {
                    n_open += 1;
                    break;
                }
            }
        }
    }
    (rings, n_open)
}

fn concatenate(parts: &[Vec<u32>]) -> Vec<u32> {
    let mut ring: Vec<u32> = Vec::new();
    for part in parts {
        ring.extend(part.iter().skip(usize::from(!ring.is_empty())));
    }
    ring
}

fn line(osm: &Osm, nodes: &[u32]) -> LineString<f64> {
    let mut coords: Vec<Coord<f64>> = nodes.iter().filter_map(|node| osm.local(*node)).collect();
    coords.dedup();
    LineString(coords)
}

fn signed_area(ring: &LineString<f64>) -> f64 {
    Polygon::new(ring.clone(), Vec::new()).signed_area()
}

/// Outer rings with their holes: a ring within an odd number of others is a hole of the smallest of them.
fn nest(mut rings: Vec<LineString<f64>>) -> MultiPolygon<f64> {
    rings.sort_by(|a, b| signed_area(b).abs().total_cmp(&signed_area(a).abs()));
    let solids: Vec<Polygon<f64>> = rings.iter().map(|ring| Polygon::new(ring.clone(), Vec::new())).collect();
    let boxes: Vec<_> = solids.iter().map(BoundingRect::bounding_rect).collect();
    let inner_points: Vec<Option<Point<f64>>> = solids.iter().map(InteriorPoint::interior_point).collect();
    let mut outer: Vec<Option<usize>> = Vec::with_capacity(rings.len());
    let mut depths: Vec<usize> = Vec::with_capacity(rings.len());
    for index in 0..rings.len() {
        // Larger rings that hold this one; the last is the smallest.
        let holders: Vec<usize> = (0..index)
            .filter(|larger| {
                let within = match (boxes[*larger], boxes[index]) {
                    (Some(large), Some(small)) => {
                        large.min().x <= small.min().x
                            && large.min().y <= small.min().y
                            && large.max().x >= small.max().x
                            && large.max().y >= small.max().y
                    }
                    _ => false,
                };
                within && inner_points[index].is_some_and(|point| solids[*larger].contains(&point))
            })
            .collect();
        depths.push(holders.len());
        outer.push(if holders.len() % 2 == 1 { holders.last().copied() } else { None });
    }
    let mut polygons: Vec<(usize, Polygon<f64>)> = Vec::new();
    for (index, ring) in rings.iter().enumerate() {
        if depths[index].is_multiple_of(2) {
            polygons.push((index, Polygon::new(ring.clone(), Vec::new())));
        }
    }
    for (index, ring) in rings.iter().enumerate() {
        if let Some(holder) = outer[index]
            && let Some((_, polygon)) = polygons.iter_mut().find(|(ring, _)| *ring == holder)
        {
            polygon.interiors_push(ring.clone());
        }
    }
    MultiPolygon(polygons.into_iter().map(|(_, polygon)| polygon).collect())
}

/// Repairs rings that cross or touch themselves and refuses areas of nothing.
fn finish(polygon: MultiPolygon<f64>, defects: Vec<String>, n_missing: usize) -> Result<Outline, NoOutline> {
    let repaired = !is_simple(&polygon);
    let polygon = if repaired { polygon.make_valid().unwrap_or_else(|_| MultiPolygon(Vec::new())) } else { polygon };
    if polygon.unsigned_area() < SMALLEST_M2 || !polygon.unsigned_area().is_finite() {
        return Err(NoOutline::Degenerate);
    }
    Ok(Outline { polygon, repaired, defects, n_missing })
}

/// Whether no two edges meet but neighbors at their common corner.
fn is_simple(polygon: &MultiPolygon<f64>) -> bool {
    struct Edge {
        a: Coord<f64>,
        b: Coord<f64>,
        ring: usize,
        index: usize,
        n_edges: usize,
    }
    let mut edges: Vec<Edge> = Vec::new();
    let rings = polygon.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    for (ring, line) in rings.enumerate() {
        let n_edges = line.0.len().saturating_sub(1);
        edges.extend(line.lines().enumerate().map(|(index, edge)| Edge {
            a: edge.start,
            b: edge.end,
            ring,
            index,
            n_edges,
        }));
    }
    edges.sort_by(|left, right| left.a.x.min(left.b.x).total_cmp(&right.a.x.min(right.b.x)));
    for (index, edge) in edges.iter().enumerate() {
        let reach = edge.a.x.max(edge.b.x);
        for other in edges[index + 1..].iter().take_while(|other| other.a.x.min(other.b.x) <= reach) {
            let apart =
                edge.a.y.max(edge.b.y) < other.a.y.min(other.b.y) || other.a.y.max(other.b.y) < edge.a.y.min(edge.b.y);
            if apart {
                continue;
            }
            let follows = edge.ring == other.ring
                && ((edge.index + 1) % edge.n_edges == other.index || (other.index + 1) % edge.n_edges == edge.index);
            if if follows {
                folds_back(edge.a, edge.b, other.a, other.b)
            } else {
                meet(edge.a, edge.b, other.a, other.b)
            } {
                // Rings of different parts may touch in a corner: that is how multipolygons meet.
                let corner = edge.ring != other.ring && touch_in_corner(edge.a, edge.b, other.a, other.b);
                if !corner {
                    return false;
                }
            }
        }
    }
    true
}

fn cross(o: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x)
}

/// Whether two neighboring edges lie upon each other.
fn folds_back(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>, d: Coord<f64>) -> bool {
    let (shared, p, q) = if b == c {
        (b, a, d)
    } else if a == d {
        (a, b, c)
    } else {
        return meet(a, b, c, d);
    };
    let along = (p.x - shared.x) * (q.x - shared.x) + (p.y - shared.y) * (q.y - shared.y);
    cross(shared, p, q) == 0.0 && along > 0.0
}

fn touch_in_corner(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>, d: Coord<f64>) -> bool {
    let shared = [a, b].iter().filter(|corner| **corner == c || **corner == d).count();
    shared == 1
}

/// Whether two edges have a point in common.
fn meet(a: Coord<f64>, b: Coord<f64>, c: Coord<f64>, d: Coord<f64>) -> bool {
    let (d1, d2, d3, d4) = (cross(a, b, c), cross(a, b, d), cross(c, d, a), cross(c, d, b));
    if ((d1 > 0.0 && d2 < 0.0) || (d1 < 0.0 && d2 > 0.0)) && ((d3 > 0.0 && d4 < 0.0) || (d3 < 0.0 && d4 > 0.0)) {
        return true;
    }
    let on = |a: Coord<f64>, b: Coord<f64>, p: Coord<f64>| {
        p.x >= a.x.min(b.x) && p.x <= a.x.max(b.x) && p.y >= a.y.min(b.y) && p.y <= a.y.max(b.y)
    };
    (d1 == 0.0 && on(a, b, c)) || (d2 == 0.0 && on(a, b, d)) || (d3 == 0.0 && on(c, d, a)) || (d4 == 0.0 && on(c, d, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(corners: &[(f64, f64)]) -> LineString<f64> {
        let mut coords: Vec<Coord<f64>> = corners.iter().map(|(x, y)| Coord { x: *x, y: *y }).collect();
        coords.push(coords[0]);
        LineString(coords)
    }

    fn square(x: f64, y: f64, side: f64) -> LineString<f64> {
        ring(&[(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
    }

    #[test]
    fn lines_are_joined_whatever_their_direction() {
        let (rings, n_open) = join(&[&[1, 2, 3], &[5, 4, 3], &[5, 1], &[7, 8]]);
        assert_eq!(rings, vec![vec![1, 2, 3, 4, 5, 1]]);
        assert_eq!(n_open, 1);
    }

    #[test]
    fn rings_that_touch_in_a_node_come_apart() {
        let (rings, n_open) = join(&[&[1, 2, 3], &[3, 4, 1], &[3, 5, 6], &[6, 7, 3]]);
        assert_eq!(n_open, 0);
        assert_eq!(rings.len(), 2);
    }

    #[test]
    fn holes_and_islands_in_holes() {
        let nested =
            nest(vec![square(0.0, 0.0, 10.0), square(2.0, 2.0, 6.0), square(4.0, 4.0, 2.0), square(20.0, 0.0, 5.0)]);
        assert_eq!(nested.0.len(), 3);
        assert!((nested.unsigned_area() - (100.0 - 36.0 + 4.0 + 25.0)).abs() < 1e-9);
    }

    #[test]
    fn a_bow_tie_is_repaired_and_a_line_has_no_area() {
        let bow_tie =
            MultiPolygon(vec![Polygon::new(ring(&[(0.0, 0.0), (10.0, 10.0), (10.0, 0.0), (0.0, 10.0)]), Vec::new())]);
        assert!(!is_simple(&bow_tie));
        let outline = finish(bow_tie, Vec::new(), 0).expect("repaired");
        assert!(outline.repaired);
        assert!((outline.polygon.unsigned_area() - 50.0).abs() < 1e-9);
        let flat = MultiPolygon(vec![Polygon::new(ring(&[(0.0, 0.0), (10.0, 0.0), (5.0, 0.0)]), Vec::new())]);
        assert_eq!(finish(flat, Vec::new(), 0).err(), Some(NoOutline::Degenerate));
        assert!(is_simple(&MultiPolygon(vec![Polygon::new(square(0.0, 0.0, 1.0), vec![square(0.2, 0.2, 0.2)])])));
    }
}
