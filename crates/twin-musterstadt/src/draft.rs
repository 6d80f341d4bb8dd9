//! The draft: streets as straight lines of the plan, cells between them, and the splitting of cells by new streets.
//!
//! All cells are convex polygons of the plan, and a split keeps them so: the draft is a planar subdivision by construction.

use geo_types::{Coord, coord};
use twin::road::RoadClass;

use crate::{
    dice::Dice,
    quarter::Quarter,
    site::{distance_m, lerp},
};

/// Index of a point of the draft.
pub(crate) type Point = u32;
/// Index of a straight street line of the draft.
pub(crate) type Line = u32;
/// Index of a street that bears one name.
pub(crate) type Strand = u32;

/// What a street line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Main road from the old town outward; the number tells which.
    Radial(u16),
    /// Secondary road from a ring outward.
    Spoke,
    /// Ring road; the number counts from the old town.
    Ring(u16),
    /// Along the river.
    Bank,
    /// Across the river.
    Bridge,
    /// Around the market square.
    Market,
    /// From the market to a gate of the old town.
    Gate,
    /// Street within a quarter.
    Inner,
    /// Dead end into a block.
    Stub,
    /// Around the edge of the built-up area.
    Edge,
    /// Outside the town.
    Rural,
    /// Farm track.
    Track,
    /// Foot or cycle path.
    Path,
    /// Motorway, one direction.
    Motorway,
    /// Motorway ramp.
    Ramp,
}

/// A straight street line.
#[derive(Clone, Debug)]
pub(crate) struct StreetLine {
    pub(crate) ends: (Point, Point),
    pub(crate) class: RoadClass,
    pub(crate) role: Role,
    pub(crate) quarter: Quarter,
    pub(crate) strand: Strand,
    /// Junctions along it, with the share of its length; sorted only by [`Draft::junctions`].
    pub(crate) on: Vec<(f64, Point)>,
}

/// What bounds a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Side {
    /// Open land, or another cell without a street between.
    Open,
    /// A street.
    Street(Line),
}

/// Corner of a cell and the side from it to the next one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Corner {
    pub(crate) point: Point,
    pub(crate) side: Side,
}

/// A convex piece of the plan, counter-clockwise.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) corners: Vec<Corner>,
    pub(crate) quarter: Quarter,
    /// Dead ends that reach into it.
    pub(crate) stubs: Vec<Line>,
}

/// Streets and points of the plan.
#[derive(Clone, Debug, Default)]
pub(crate) struct Draft {
    pub(crate) points: Vec<Coord<f64>>,
    pub(crate) lines: Vec<StreetLine>,
    pub(crate) n_strands: u32,
}

/// How a split makes its street.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Split {
    /// Class of the new street, or none for a boundary without one.
    pub(crate) class: Option<RoadClass>,
    pub(crate) role: Role,
    /// Distance within which the new street bends to an existing junction, metres.
    pub(crate) snap_m: f64,
    /// Smallest distance from a corner, metres.
    pub(crate) corner_m: f64,
}

impl Draft {
    pub(crate) fn at(&self, point: Point) -> Coord<f64> {
        self.points[point as usize]
    }

    pub(crate) fn add_point(&mut self, at: Coord<f64>) -> Point {
        self.points.push(at);
        (self.points.len() - 1) as Point
    }

    pub(crate) fn new_strand(&mut self) -> Strand {
        self.n_strands += 1;
        self.n_strands - 1
    }

    /// A street between two points, with junctions at both.
    pub(crate) fn add_line(
        &mut self,
        ends: (Point, Point),
        class: RoadClass,
        role: Role,
        quarter: Quarter,
        strand: Strand,
    ) -> Line {
        let on = vec![(0.0, ends.0), (1.0, ends.1)];
        self.lines.push(StreetLine { ends, class, role, quarter, strand, on });
        (self.lines.len() - 1) as Line
    }

    /// Makes a point a junction of a line.
    pub(crate) fn join(&mut self, line: Line, point: Point) {
        let share = self.share(line, self.at(point));
        let on = &mut self.lines[line as usize].on;
        if !on.iter().any(|&(_, p)| p == point) {
            on.push((share, point));
        }
    }

    pub(crate) fn share(&self, line: Line, at: Coord<f64>) -> f64 {
        let (a, b) = self.line_ends(line);
        let (dx, dy) = (b.x - a.x, b.y - a.y);
        (((at.x - a.x) * dx + (at.y - a.y) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0)
    }

    pub(crate) fn line_ends(&self, line: Line) -> (Coord<f64>, Coord<f64>) {
        let (a, b) = self.lines[line as usize].ends;
        (self.at(a), self.at(b))
    }

    /// Junctions along a line in order.
    pub(crate) fn junctions(&self, line: Line) -> Vec<Point> {
        let mut on = self.lines[line as usize].on.clone();
        on.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        on.into_iter().map(|(_, point)| point).collect()
    }

    pub(crate) fn outline(&self, cell: &Cell) -> Vec<Coord<f64>> {
        cell.corners.iter().map(|corner| self.at(corner.point)).collect()
    }

    /// Splits a cell by a line through a point; the new street (if any) and both pieces. Nothing where the line misses
    /// the cell, comes too near to its corners, or would touch no street.
    pub(crate) fn split(
        &mut self,
        cell: &Cell,
        through: Coord<f64>,
        toward: Coord<f64>,
        how: Split,
    ) -> Option<(Cell, Cell, Option<Line>)> {
        let n = cell.corners.len();
        let offset = |p: Coord<f64>| (p.x - through.x) * toward.y - (p.y - through.y) * toward.x;
        let mut hits: Vec<(usize, f64)> = Vec::new();
        for i in 0..n {
            let (a, b) = (offset(self.at(cell.corners[i].point)), offset(self.at(cell.corners[(i + 1) % n].point)));
            if (a < 0.0) != (b < 0.0) {
                hits.push((i, a / (a - b)));
            }
        }
        let [first, second] = hits[..] else { return None };
        let touches = |hit: (usize, f64)| matches!(cell.corners[hit.0].side, Side::Street(_));
        if how.class.is_some() && !touches(first) && !touches(second) {
            return None;
        }
        let p = self.hit(cell, first, how)?;
        let q = self.hit(cell, second, how)?;
        let (p, q) = (self.place(p, how.class.is_some()), self.place(q, how.class.is_some()));
        let line = how.class.map(|class| {
            let strand = self.new_strand();
            self.add_line((p, q), class, how.role, cell.quarter, strand)
        });
        let side = line.map_or(Side::Open, Side::Street);
        let (i, j) = (first.0, second.0);
        let mut near = vec![Corner { point: p, side: cell.corners[i].side }];
        near.extend_from_slice(&cell.corners[i + 1..=j]);
        near.push(Corner { point: q, side });
        let mut far = vec![Corner { point: q, side: cell.corners[j].side }];
        far.extend_from_slice(&cell.corners[j + 1..]);
        far.extend_from_slice(&cell.corners[..=i]);
        far.push(Corner { point: p, side });
        let piece = |mut corners: Vec<Corner>| {
            corners.dedup_by_key(|corner| corner.point);
            if corners.len() > 1 && corners[0].point == corners[corners.len() - 1].point {
                corners.pop();
            }
            Cell { corners, quarter: cell.quarter, stubs: Vec::new() }
        };
        Some((piece(near), piece(far), line))
    }

    /// Where a split meets a side: an existing junction nearby, or a new point kept off the corners.
    fn hit(&self, cell: &Cell, (i, share): (usize, f64), how: Split) -> Option<Hit> {
        let n = cell.corners.len();
        let (a, b) = (self.at(cell.corners[i].point), self.at(cell.corners[(i + 1) % n].point));
        let length_m = distance_m(a, b);
        if how.class.is_none() && how.corner_m == 0.0 {
            return Some(Hit::New(lerp(a, b, share), cell.corners[i].side));
        }
        if length_m < 2.0 * how.corner_m {
            return None;
        }
        let along_m = (share * length_m).clamp(how.corner_m, length_m - how.corner_m);
        let at = lerp(a, b, along_m / length_m);
        if let Side::Street(line) = cell.corners[i].side {
            let nearest = self.lines[line as usize]
                .on
                .iter()
                .map(|&(_, point)| (distance_m(self.at(point), at), point))
                .filter(|&(_, point)| {
                    let p = self.at(point);
                    distance_m(p, a) >= how.corner_m * 0.8 && distance_m(p, b) >= how.corner_m * 0.8
                        // between the corners, not beyond
                        && distance_m(p, a) < length_m && distance_m(p, b) < length_m
                })
                .min_by(|x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
            if let Some((away_m, point)) = nearest
                && away_m < how.snap_m
            {
                return Some(Hit::Old(point));
            }
        }
        Some(Hit::New(at, cell.corners[i].side))
    }

    fn place(&mut self, hit: Hit, junction: bool) -> Point {
        match hit {
            Hit::Old(point) => point,
            Hit::New(at, side) => {
                let point = self.add_point(at);
                if let (Side::Street(line), true) = (side, junction) {
                    self.join(line, point);
                }
                point
            }
        }
    }
}

enum Hit {
    Old(Point),
    New(Coord<f64>, Side),
}

/// Signed area, positive for counter-clockwise.
pub(crate) fn area_m2(outline: &[Coord<f64>]) -> f64 {
    let n = outline.len();
    0.5 * (0..n).map(|i| outline[i].x * outline[(i + 1) % n].y - outline[(i + 1) % n].x * outline[i].y).sum::<f64>()
}

/// Mean of the corners.
pub(crate) fn middle(outline: &[Coord<f64>]) -> Coord<f64> {
    let n = outline.len() as f64;
    coord! { x: outline.iter().map(|p| p.x).sum::<f64>() / n, y: outline.iter().map(|p| p.y).sum::<f64>() / n }
}

/// The smallest box around an outline that is parallel to one of its sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hull {
    pub(crate) middle: Coord<f64>,
    /// Unit vector along the longer side.
    pub(crate) along: Coord<f64>,
    pub(crate) length_m: f64,
    pub(crate) depth_m: f64,
}

/// The smallest box around an outline.
pub(crate) fn hull(outline: &[Coord<f64>]) -> Hull {
    let n = outline.len();
    let mut best: Option<(f64, Hull)> = None;
    for i in 0..n {
        let (a, b) = (outline[i], outline[(i + 1) % n]);
        let length_m = distance_m(a, b);
        if length_m < 1.0 {
            continue;
        }
        let e = coord! { x: (b.x - a.x) / length_m, y: (b.y - a.y) / length_m };
        let (mut lo, mut hi) = ((f64::MAX, f64::MAX), (f64::MIN, f64::MIN));
        for p in outline {
            let (u, v) = (p.x * e.x + p.y * e.y, p.y * e.x - p.x * e.y);
            lo = (lo.0.min(u), lo.1.min(v));
            hi = (hi.0.max(u), hi.1.max(v));
        }
        let (w, d) = (hi.0 - lo.0, hi.1 - lo.1);
        if best.as_ref().is_none_or(|(area, _)| w * d < *area - 1e-6) {
            let (u, v) = (0.5 * (lo.0 + hi.0), 0.5 * (lo.1 + hi.1));
            let middle = coord! { x: u * e.x - v * e.y, y: u * e.y + v * e.x };
            let along = if w >= d {
                e
            } else {
                coord! { x: -e.y, y: e.x }
            };
            best = Some((w * d, Hull { middle, along, length_m: w.max(d), depth_m: w.min(d) }));
        }
    }
    best.map_or_else(
        || Hull { middle: middle(outline), along: coord! { x: 1.0, y: 0.0 }, length_m: 0.0, depth_m: 0.0 },
        |(_, hull)| hull,
    )
}

/// Splits a cell into blocks of its quarter; new streets are added to the draft.
pub(crate) fn subdivide(draft: &mut Draft, cell: Cell, dice: &mut Dice, blocks: &mut Vec<Cell>) {
    let manner = cell.quarter.manner();
    let mut open = vec![(cell, 0u32)];
    while let Some((cell, depth)) = open.pop() {
        let outline = draft.outline(&cell);
        let hull = hull(&outline);
        let (by_length, by_depth) = (hull.length_m / manner.length_m, hull.depth_m / manner.depth_m);
        if by_length.max(by_depth) <= dice.range(1.0, 1.22) || area_m2(&outline) < 1.3 * manner.depth_m * manner.depth_m
        {
            blocks.push(cell);
            continue;
        }
        let mut halves = None;
        for attempt in 0..4 {
            let across = (by_length >= by_depth) == (attempt % 2 == 0);
            let ratio = if across { by_length } else { by_depth };
            if ratio < 0.9 {
                continue;
            }
            let n = ratio.ceil().max(2.0);
            let share = (n / 2.0).floor() / n - 0.5 + dice.range(-1.0, 1.0) * manner.jitter * 0.35;
            let (axis, size_m) = if across { (hull.along, hull.length_m) } else { (normal(hull.along), hull.depth_m) };
            let through =
                coord! { x: hull.middle.x + axis.x * size_m * share, y: hull.middle.y + axis.y * size_m * share };
            let turn = dice.range(-1.0, 1.0) * manner.jitter;
            let n = normal(axis);
            let toward = coord! { x: n.x * turn.cos() - n.y * turn.sin(), y: n.x * turn.sin() + n.y * turn.cos() };
            let class = if depth == 0 && ratio > 2.6 { manner.collector } else { manner.street };
            let how = Split { class: Some(class), role: Role::Inner, snap_m: manner.snap_m, corner_m: manner.corner_m };
            halves = draft.split(&cell, through, toward, how);
            if halves.is_some() {
                break;
            }
        }
        match halves {
            Some((a, b, _)) => open.extend([(a, depth + 1), (b, depth + 1)]),
            None => blocks.push(cell),
        }
    }
}

/// A quarter turn to the left.
pub(crate) fn normal(v: Coord<f64>) -> Coord<f64> {
    coord! { x: -v.y, y: v.x }
}
