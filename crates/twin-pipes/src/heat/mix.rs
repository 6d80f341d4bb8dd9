//! Acceleration of a fixed point: Anderson mixing.
//!
//! # References
//!
//! - D. G. Anderson (1965): Iterative procedures for nonlinear integral equations. J. ACM 12(4).
//!   <https://doi.org/10.1145/321296.321305>
//! - H. F. Walker, P. Ni (2011): Anderson acceleration for fixed-point iterations. SIAM J. Numer. Anal. 49(4).
//!   <https://doi.org/10.1137/10078356X>

/// Rounds that are remembered.
const DEPTH: usize = 6;

/// The last rounds of a fixed point.
#[derive(Clone, Debug, Default)]
pub(super) struct Mixing {
    /// Changes of the point, oldest first.
    moves: Vec<Vec<f64>>,
    /// Changes of what the point lacks, oldest first.
    turns: Vec<Vec<f64>>,
    last: Option<(Vec<f64>, Vec<f64>)>,
}

impl Mixing {
    /// Forgets all rounds.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    /// The next point from a point and the step that the fixed point would take.
    pub(super) fn next(&mut self, point: &[f64], step: &[f64]) -> Vec<f64> {
        if let Some((last_point, last_step)) = self.last.replace((point.to_vec(), step.to_vec())) {
            let difference = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a - b).collect::<Vec<f64>>();
            self.moves.push(difference(point, &last_point));
            self.turns.push(difference(step, &last_step));
            if self.moves.len() > DEPTH {
                self.moves.remove(0);
                self.turns.remove(0);
            }
        }
        let weights = least_squares(&self.turns, step);
        let mut next: Vec<f64> = point.iter().zip(step).map(|(point, step)| point + step).collect();
        for ((moved, turned), weight) in self.moves.iter().zip(&self.turns).zip(weights) {
            for ((next, moved), turned) in next.iter_mut().zip(moved).zip(turned) {
                *next -= weight * (moved + turned);
            }
        }
        next
    }
}

/// Weights of columns whose sum comes nearest to a vector, by modified Gram–Schmidt; columns that say nothing new get none.
fn least_squares(columns: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let k = columns.len();
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut basis: Vec<Vec<f64>> = Vec::with_capacity(k);
    let mut upper = vec![vec![0.0; k]; k];
    let mut left = target.to_vec();
    let mut along = vec![0.0; k];
    for (j, column) in columns.iter().enumerate() {
        let mut direction = column.clone();
        let size = dot(column, column).sqrt();
        for (i, known) in basis.iter().enumerate() {
            let part = dot(known, &direction);
            upper[i][j] = part;
            direction.iter_mut().zip(known).for_each(|(value, known)| *value -= part * known);
        }
        let rest = dot(&direction, &direction).sqrt();
        if rest > 1e-8 * size && rest > 0.0 {
            direction.iter_mut().for_each(|value| *value /= rest);
            upper[j][j] = rest;
        } else {
            direction.fill(0.0);
        }
        along[j] = dot(&direction, &left);
        left.iter_mut().zip(&direction).for_each(|(value, known)| *value -= along[j] * known);
        basis.push(direction);
    }
    let mut weights = vec![0.0; k];
    for j in (0..k).rev() {
        let known: f64 = (j + 1..k).map(|i| upper[j][i] * weights[i]).sum();
        weights[j] = if upper[j][j] > 0.0 { (along[j] - known) / upper[j][j] } else { 0.0 };
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_fixed_point_is_reached_in_as_many_rounds_as_it_has_unknowns() {
        let image = |x: &[f64]| vec![0.9 * x[0] - 0.3 * x[1] + 1.0, 0.2 * x[0] + 0.7 * x[1] - 2.0];
        let mut mixing = Mixing::default();
        let mut point = vec![0.0, 0.0];
        for _ in 0..4 {
            let step: Vec<f64> = image(&point).iter().zip(&point).map(|(a, b)| a - b).collect();
            point = mixing.next(&point, &step);
        }
        let lack: f64 = image(&point).iter().zip(&point).map(|(a, b)| (a - b).abs()).sum();
        assert!(lack < 1e-10, "{lack} {point:?}");
    }
}
