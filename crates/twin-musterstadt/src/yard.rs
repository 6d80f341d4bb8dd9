//! A block as a builder sees it: fronts along its streets, and room for buildings that keep off streets and each other.

use geo_types::{Coord, coord};

use crate::{
    draft::{Line, middle, normal},
    site::{distance_m, lerp},
};

/// One side of a block.
#[derive(Clone, Debug)]
pub(crate) struct Front {
    /// Axis of the street, counter-clockwise around the block, metres.
    pub(crate) axis: Vec<Coord<f64>>,
    run_m: Vec<f64>,
    /// From the axis to the building line, metres.
    pub(crate) clear_m: f64,
    /// The street, and the shares of its line at both ends of the front.
    pub(crate) street: Option<(Line, f64, f64)>,
    /// Whether buildings stand here: false for the far side of a stub and for open land.
    pub(crate) built: bool,
}

impl Front {
    pub(crate) fn new(axis: Vec<Coord<f64>>, clear_m: f64, street: Option<(Line, f64, f64)>) -> Self {
        let mut run_m = vec![0.0];
        for pair in axis.windows(2) {
            run_m.push(run_m[run_m.len() - 1] + distance_m(pair[0], pair[1]));
        }
        Self { axis, run_m, clear_m, street, built: street.is_some() }
    }

    pub(crate) fn length_m(&self) -> f64 {
        self.run_m[self.run_m.len() - 1]
    }

    /// Point of the axis and unit vector along it.
    pub(crate) fn at(&self, along_m: f64) -> (Coord<f64>, Coord<f64>) {
        let last = self.axis.len() - 2;
        let i = self.run_m.partition_point(|&run| run <= along_m).saturating_sub(1).min(last);
        let (a, b) = (self.axis[i], self.axis[i + 1]);
        let length_m = (self.run_m[i + 1] - self.run_m[i]).max(1e-9);
        let point = lerp(a, b, ((along_m - self.run_m[i]) / length_m).clamp(0.0, 1.0));
        (point, coord! { x: (b.x - a.x) / length_m, y: (b.y - a.y) / length_m })
    }

    /// Share of the street's line at a distance along the front.
    pub(crate) fn share(&self, along_m: f64) -> Option<(Line, f64)> {
        self.street.map(|(line, from, to)| (line, from + (to - from) * (along_m / self.length_m()).clamp(0.0, 1.0)))
    }

    /// Whether the block lies left of the street's line.
    pub(crate) fn is_left(&self) -> bool {
        self.street.is_some_and(|(_, from, to)| to > from)
    }

    /// The distance along the front nearest to a point, and how far off it is.
    pub(crate) fn nearest(&self, p: Coord<f64>) -> (f64, f64) {
        let mut best = (0.0, f64::MAX);
        for (i, pair) in self.axis.windows(2).enumerate() {
            let share = share_on(pair[0], pair[1], p);
            let away_m = distance_m(lerp(pair[0], pair[1], share), p);
            if away_m < best.1 {
                best = (self.run_m[i] + share * (self.run_m[i + 1] - self.run_m[i]), away_m);
            }
        }
        best
    }
}

/// A convex ground plan, counter-clockwise.
pub(crate) type Ground = [Coord<f64>; 4];

/// A block with what was built on it.
#[derive(Clone, Debug)]
pub(crate) struct Yard {
    pub(crate) fronts: Vec<Front>,
    pub(crate) outline: Vec<Coord<f64>>,
    /// Places to keep off: center and radius.
    pub(crate) kept_free: Vec<(Coord<f64>, f64)>,
    placed: Vec<Ground>,
}

impl Yard {
    pub(crate) fn new(fronts: Vec<Front>, n_around: usize) -> Self {
        let outline =
            fronts[..n_around].iter().flat_map(|front| front.axis[..front.axis.len() - 1].iter().copied()).collect();
        Self { fronts, outline, kept_free: Vec::new(), placed: Vec::new() }
    }

    /// A rectangle on a front: `width_m` centered at `along_m`, its face `setback_m` behind the building line.
    pub(crate) fn rectangle(&self, front: usize, along_m: f64, width_m: f64, depth_m: f64, setback_m: f64) -> Ground {
        let front = &self.fronts[front];
        let (a, _) = front.at(along_m - 0.5 * width_m);
        let (b, _) = front.at(along_m + 0.5 * width_m);
        let chord_m = distance_m(a, b).max(1e-9);
        let e = coord! { x: (b.x - a.x) / chord_m, y: (b.y - a.y) / chord_m };
        let n = normal(e);
        let (axis, _) = front.at(along_m);
        let off_m = front.clear_m + setback_m;
        oriented(
            coord! { x: axis.x + n.x * (off_m + 0.5 * depth_m), y: axis.y + n.y * (off_m + 0.5 * depth_m) },
            e,
            width_m,
            depth_m,
        )
    }

    /// A slice of a closed row: its side walls stand across the street, so that neighbors share them.
    pub(crate) fn slice(&self, front: usize, from_m: f64, to_m: f64, depth_m: f64, setback_m: f64) -> Ground {
        let front = &self.fronts[front];
        let wall = |along_m: f64| {
            let (before, _) = front.at((along_m - 7.0).max(0.0));
            let (after, _) = front.at((along_m + 7.0).min(front.length_m()));
            let d = distance_m(before, after).max(1e-9);
            let n = normal(coord! { x: (after.x - before.x) / d, y: (after.y - before.y) / d });
            let (p, _) = front.at(along_m);
            let (near_m, far_m) = (front.clear_m + setback_m, front.clear_m + setback_m + depth_m);
            (
                coord! { x: p.x + n.x * near_m, y: p.y + n.y * near_m },
                coord! { x: p.x + n.x * far_m, y: p.y + n.y * far_m },
            )
        };
        let (a, b) = (wall(from_m), wall(to_m));
        [a.0, b.0, b.1, a.1]
    }

    /// Whether a ground plan fits: inside the block, off every street, `gap_m` off every building.
    pub(crate) fn fits(&self, ground: &Ground, gap_m: f64, off_m: f64) -> bool {
        let center = middle(ground);
        if !contains(&self.outline, center) {
            return false;
        }
        let radius_m = ground.iter().map(|p| distance_m(*p, center)).fold(0.0, f64::max);
        for (free, reach_m) in &self.kept_free {
            if distance_m(*free, center) < reach_m + radius_m {
                return false;
            }
        }
        for front in &self.fronts {
            let clear_m = front.clear_m + off_m - 0.02;
            for pair in front.axis.windows(2) {
                let near_m = distance_m(lerp(pair[0], pair[1], share_on(pair[0], pair[1], center)), center);
                if near_m > clear_m + radius_m {
                    continue;
                }
                for i in 0..4 {
                    let (a, b) = (ground[i], ground[(i + 1) % 4]);
                    let nearest = |p: Coord<f64>| distance_m(lerp(pair[0], pair[1], share_on(pair[0], pair[1], p)), p);
                    let back = |p: Coord<f64>| distance_m(lerp(a, b, share_on(a, b, p)), p);
                    if nearest(a) < clear_m || back(pair[0]) < clear_m || back(pair[1]) < clear_m {
                        return false;
                    }
                }
            }
        }
        self.placed.iter().all(|other| separation_m(ground, other) >= gap_m)
    }

    /// Builds where it fits.
    pub(crate) fn place(&mut self, ground: Ground, gap_m: f64, off_m: f64) -> bool {
        let fits = self.fits(&ground, gap_m, off_m);
        if fits {
            self.placed.push(ground);
        }
        fits
    }

    /// The built front nearest to a point, with the distance along it.
    pub(crate) fn nearest_front(&self, p: Coord<f64>) -> Option<(usize, f64)> {
        self.fronts
            .iter()
            .enumerate()
            .filter(|(_, front)| front.street.is_some())
            .map(|(i, front)| (front.nearest(p), i))
            .min_by(|a, b| a.0.1.total_cmp(&b.0.1).then(a.1.cmp(&b.1)))
            .map(|((along_m, _), i)| (i, along_m))
    }
}

/// A rectangle around a center.
pub(crate) fn oriented(center: Coord<f64>, e: Coord<f64>, width_m: f64, depth_m: f64) -> Ground {
    let n = normal(e);
    let corner = |u: f64, v: f64| {
        coord! { x: center.x + e.x * u * width_m + n.x * v * depth_m, y: center.y + e.y * u * width_m + n.y * v * depth_m }
    };
    [corner(-0.5, -0.5), corner(0.5, -0.5), corner(0.5, 0.5), corner(-0.5, 0.5)]
}

/// The share of the way from `a` to `b` that is nearest to `p`.
pub(crate) fn share_on(a: Coord<f64>, b: Coord<f64>, p: Coord<f64>) -> f64 {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let square = dx * dx + dy * dy;
    if square == 0.0 { 0.0 } else { (((p.x - a.x) * dx + (p.y - a.y) * dy) / square).clamp(0.0, 1.0) }
}

/// Whether a point is inside an outline.
pub(crate) fn contains(outline: &[Coord<f64>], p: Coord<f64>) -> bool {
    let mut inside = false;
    let n = outline.len();
    for i in 0..n {
        let (a, b) = (outline[i], outline[(i + 1) % n]);
        if (a.y > p.y) != (b.y > p.y) && p.x < a.x + (p.y - a.y) / (b.y - a.y) * (b.x - a.x) {
            inside = !inside;
        }
    }
    inside
}

/// Distance of two convex plans along the best separating side; negative where they overlap.
fn separation_m(a: &Ground, b: &Ground) -> f64 {
    let one_way = |a: &Ground, b: &Ground| {
        let mut best = f64::MIN;
        for i in 0..4 {
            let (p, q) = (a[i], a[(i + 1) % 4]);
            let length_m = distance_m(p, q).max(1e-9);
            let outward = coord! { x: (q.y - p.y) / length_m, y: (p.x - q.x) / length_m };
            let gap = b.iter().map(|c| (c.x - p.x) * outward.x + (c.y - p.y) * outward.y).fold(f64::MAX, f64::min);
            best = best.max(gap);
        }
        best
    };
    one_way(a, b).max(one_way(b, a))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_that_share_a_wall_do_not_overlap() {
        let e = coord! { x: 1.0, y: 0.0 };
        let a = oriented(coord! { x: 0.0, y: 0.0 }, e, 10.0, 10.0);
        let b = oriented(coord! { x: 10.0, y: 0.0 }, e, 10.0, 10.0);
        let c = oriented(coord! { x: 6.0, y: 3.0 }, e, 10.0, 10.0);
        assert!(separation_m(&a, &b).abs() < 1e-9);
        assert!(separation_m(&a, &c) < -3.9);
    }
}
