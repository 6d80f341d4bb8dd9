//! Ribbons: a line given a width, with mitred joins.

use geo_types::Coord;

use super::mesh::{left, length, unit};

/// A line without repeated points.
pub(super) fn clean(points: &[Coord<f64>]) -> Vec<Coord<f64>> {
    let mut out: Vec<Coord<f64>> = Vec::with_capacity(points.len());
    for &point in points {
        if point.x.is_finite() && point.y.is_finite() && out.last().is_none_or(|last| length(point - *last) > 1e-3) {
            out.push(point);
        }
    }
    out
}

/// The line moved to its left by `distance_m` (to its right where negative), joins mitred up to three times the distance.
pub(super) fn offset(line: &[Coord<f64>], distance_m: f64) -> Vec<Coord<f64>> {
    let n = line.len();
    let along = |index: usize| unit(line[index + 1] - line[index]).unwrap_or(Coord { x: 1.0, y: 0.0 });
    (0..n)
        .map(|index| {
            let before = if index == 0 { along(0) } else { along(index - 1) };
            let after = if index + 1 == n { along(n - 2) } else { along(index) };
            let normal = unit(left(before) + left(after)).unwrap_or_else(|| left(before));
            let cosine = normal.x * left(after).x + normal.y * left(after).y;
            line[index] + normal * (distance_m / cosine.max(0.34))
        })
        .collect()
}

/// The quads (counter-clockwise) between the line moved to its right and to its left.
pub(super) fn quads(line: &[Coord<f64>], right_m: f64, left_m: f64) -> Vec<[Coord<f64>; 4]> {
    if line.len() < 2 {
        return Vec::new();
    }
    let (right, left) = (offset(line, -right_m), offset(line, left_m));
    (1..line.len()).map(|i| [right[i - 1], right[i], left[i], left[i - 1]]).collect()
}

/// The length of a line, metres.
pub(super) fn line_length(line: &[Coord<f64>]) -> f64 {
    line.windows(2).map(|pair| length(pair[1] - pair[0])).sum()
}

/// The part of a line between two distances from its begin; empty where they do not follow each other.
pub(super) fn part(line: &[Coord<f64>], from_m: f64, to_m: f64) -> Vec<Coord<f64>> {
    let mut out = Vec::new();
    let mut done = 0.0;
    for pair in line.windows(2) {
        let step = length(pair[1] - pair[0]);
        let (begin, end) = (from_m.max(done), to_m.min(done + step));
        if begin < end && step > 0.0 {
            let at = |distance: f64| pair[0] + (pair[1] - pair[0]) * ((distance - done) / step);
            out.push(at(begin));
            out.push(at(end));
        }
        done += step;
    }
    clean(&out)
}

/// The line with points no further apart than `step_m`, and the distance of each from its begin.
pub(super) fn dense(line: &[Coord<f64>], step_m: f64) -> (Vec<Coord<f64>>, Vec<f64>) {
    let (mut points, mut distances) = (vec![line[0]], vec![0.0]);
    let mut done = 0.0;
    for pair in line.windows(2) {
        let step = length(pair[1] - pair[0]);
        let n = (step / step_m).ceil().max(1.0) as usize;
        for k in 1..=n {
            let share = k as f64 / n as f64;
            points.push(pair[0] + (pair[1] - pair[0]) * share);
            distances.push(done + step * share);
        }
        done += step;
    }
    (points, distances)
}

#[cfg(test)]
mod tests {
    use geo_types::coord;

    use super::*;

    #[test]
    fn a_right_angle_is_mitred() {
        let line = [coord! { x: 0.0, y: 0.0 }, coord! { x: 10.0, y: 0.0 }, coord! { x: 10.0, y: 10.0 }];
        let moved = offset(&line, 2.0);
        for (found, wanted) in moved.iter().zip([(0.0, 2.0), (8.0, 2.0), (8.0, 10.0)]) {
            assert!((found.x - wanted.0).abs() < 1e-9 && (found.y - wanted.1).abs() < 1e-9, "{moved:?}");
        }
    }

    #[test]
    fn a_part_is_cut_at_both_ends() {
        let line = [coord! { x: 0.0, y: 0.0 }, coord! { x: 10.0, y: 0.0 }, coord! { x: 10.0, y: 10.0 }];
        assert_eq!(
            part(&line, 4.0, 12.0),
            vec![coord! { x: 4.0, y: 0.0 }, coord! { x: 10.0, y: 0.0 }, coord! { x: 10.0, y: 2.0 }]
        );
        assert!(part(&line, 12.0, 4.0).is_empty());
    }
}
