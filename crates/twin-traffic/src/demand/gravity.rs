//! Distribution of trips: a doubly constrained gravity model.
//!
//! # Model
//! T_ij = a_i · O_i · b_j · D_j · f(t_ij) with Σ_j T_ij = O_i and Σ_i T_ij = D_j; f is Tanner's combined function
//! t^p · exp(−β·t). The balancing factors come from Furness' iteration: rows and columns are scaled in turn.
//!
//! # Units
//! Trips in any unit, times in minutes.
//!
//! # References
//! K. P. Furness, Time function iteration, Traffic Engineering and Control 7(7), 1965. J. C. Tanner, Factors affecting the
//! amount of travel, Road Research Technical Paper 51, 1961. J. de D. Ortúzar, L. G. Willumsen, Modelling Transport, 4th
//! ed. 2011, sections 5.3 to 5.5. The case of two by two zones in the tests is solved by hand.

/// Greatest relative deviation of a column total when Furness' iteration stops.
pub const TOLERANCE: f64 = 1e-6;

/// Rounds of Furness' iteration at most.
pub const MAX_ROUNDS: u32 = 500;

/// Willingness to travel this long.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deterrence {
    /// Exponent of the time.
    pub power: f64,
    /// Decay, 1/min.
    pub beta_per_min: f64,
}

impl Deterrence {
    /// f(t); 0 where there is no way (infinite time).
    #[must_use]
    pub fn at(&self, time_min: f64) -> f64 {
        if !time_min.is_finite() {
            return 0.0;
        }
        let time_min = time_min.max(0.1);
        (self.power * time_min.ln() - self.beta_per_min * time_min).exp()
    }
}

/// How well a matrix meets its totals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// Rounds of Furness' iteration.
    pub n_rounds: u32,
    /// Greatest relative deviation of a column total; row totals are met exactly.
    pub residual: f64,
    /// Trips of rows that have nowhere to go.
    pub lost: f64,
}

impl Fit {
    /// Whether column totals are met to [`TOLERANCE`].
    #[must_use]
    pub fn converged(&self) -> bool {
        self.residual <= TOLERANCE
    }
}

/// Scales `weights` (row by row, `columns.len()` wide) so that rows sum up to `rows` and columns to `columns`.
///
/// Columns are first scaled to the total of the rows that have anywhere to go, separately for groups of rows and columns
/// that no way joins. Where the totals contradict the zeros of
/// the weights, columns are missed and the fit says by how much; rows are met in any case.
#[must_use]
pub fn furness(weights: &mut [f64], rows: &[f64], columns: &[f64]) -> Fit {
    let width = columns.len();
    let mut fit = Fit { n_rounds: 0, residual: 0.0, lost: 0.0 };
    if width == 0 || rows.is_empty() {
        fit.lost = rows.iter().sum();
        return fit;
    }
    let open: Vec<bool> = columns.iter().map(|&total| total > 0.0).collect();
    let mut rows = rows.to_vec();
    let mut reached = vec![0.0; width];
    for (row, total) in weights.chunks_exact_mut(width).zip(&mut rows) {
        let mut sum = 0.0;
        for ((weight, &open), reached) in row.iter_mut().zip(&open).zip(&mut reached) {
            if !open || *total <= 0.0 {
                *weight = 0.0;
            }
            sum += *weight;
            *reached += *weight;
        }
        if sum <= 0.0 {
            fit.lost += total.max(0.0);
            *total = 0.0;
        }
    }
    let mut columns: Vec<f64> =
        columns.iter().zip(&reached).map(|(&total, &reached)| if reached > 0.0 { total } else { 0.0 }).collect();
    let (all_rows, all_columns): (f64, f64) = (rows.iter().sum(), columns.iter().sum());
    if all_rows <= 0.0 || all_columns <= 0.0 {
        weights.fill(0.0);
        return fit;
    }
    balance_blocks(weights, &rows, &mut columns);
    scale_rows(weights, &rows, width);
    let mut residual_before = f64::INFINITY;
    while fit.n_rounds < MAX_ROUNDS {
        fit.n_rounds += 1;
        let sums = column_sums(weights, width);
        fit.residual = sums
            .iter()
            .zip(&columns)
            .filter(|pair| *pair.1 > 0.0)
            .map(|(s, c)| (s / c - 1.0).abs())
            .fold(0.0, f64::max);
        if fit.converged() {
            break;
        }
        // Where totals contradict the zeros of the weights the residual stands still: stop early.
        if fit.n_rounds.is_multiple_of(50) {
            if fit.residual > 0.9 * residual_before {
                break;
            }
            residual_before = fit.residual;
        }
        let factors: Vec<f64> =
            sums.iter().zip(&columns).map(|(&sum, &total)| if sum > 0.0 { total / sum } else { 0.0 }).collect();
        for row in weights.chunks_exact_mut(width) {
            row.iter_mut().zip(&factors).for_each(|(weight, factor)| *weight *= factor);
        }
        scale_rows(weights, &rows, width);
    }
    fit
}

/// Scales columns to the total of the rows they are joined to, directly or by way of others.
fn balance_blocks(weights: &[f64], rows: &[f64], columns: &mut [f64]) {
    let width = columns.len();
    let mut block_of_row = vec![usize::MAX; rows.len()];
    let mut block_of_column = vec![usize::MAX; width];
    let mut block = 0;
    for start in 0..rows.len() {
        if block_of_row[start] != usize::MAX {
            continue;
        }
        block_of_row[start] = block;
        let mut queue = vec![start];
        while let Some(row) = queue.pop() {
            for column in 0..width {
                if weights[row * width + column] <= 0.0 || block_of_column[column] != usize::MAX {
                    continue;
                }
                block_of_column[column] = block;
                for next in 0..rows.len() {
                    if block_of_row[next] == usize::MAX && weights[next * width + column] > 0.0 {
                        block_of_row[next] = block;
                        queue.push(next);
                    }
                }
            }
        }
        block += 1;
    }
    let (mut of_rows, mut of_columns) = (vec![0.0; block], vec![0.0; block]);
    block_of_row.iter().zip(rows).for_each(|(&block, total)| of_rows[block] += total);
    for (&block, &total) in block_of_column.iter().zip(columns.iter()) {
        if block != usize::MAX {
            of_columns[block] += total;
        }
    }
    for (column, &block) in columns.iter_mut().zip(&block_of_column) {
        if block != usize::MAX && of_columns[block] > 0.0 {
            *column *= of_rows[block] / of_columns[block];
        }
    }
}

fn scale_rows(weights: &mut [f64], rows: &[f64], width: usize) {
    for (row, &total) in weights.chunks_exact_mut(width).zip(rows) {
        let sum: f64 = row.iter().sum();
        let factor = if sum > 0.0 { total / sum } else { 0.0 };
        row.iter_mut().for_each(|weight| *weight *= factor);
    }
}

fn column_sums(weights: &[f64], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    for row in weights.chunks_exact(width) {
        sums.iter_mut().zip(row).for_each(|(sum, weight)| *sum += weight);
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// With weights [[1, q], [q, 1]] and all totals S, symmetry gives T_11 = S/(1+q). For unequal totals the cross product
    /// ratio is kept: T_11·T_22/(T_12·T_21) = 1/q². Rows 60, 40, columns 50, 50 and q = 1/2: with x = T_11,
    /// x·(x − 10)/((60 − x)(50 − x)) = 4, so 3x² − 430x + 12000 = 0, x = (430 − √40900)/6 = 37.96073…
    #[test]
    fn two_by_two_solved_by_hand() {
        let mut weights = [1.0, 0.5, 0.5, 1.0];
        let fit = furness(&mut weights, &[60.0, 40.0], &[50.0, 50.0]);
        assert!(fit.converged(), "{fit:?}");
        let x = (430.0 - 40900.0f64.sqrt()) / 6.0;
        for (found, expected) in weights.iter().zip([x, 60.0 - x, 50.0 - x, x - 10.0]) {
            assert!((found - expected).abs() < 1e-4, "{weights:?}, expected x = {x}");
        }
        let mut even = [1.0, 0.5, 0.5, 1.0];
        let _ = furness(&mut even, &[30.0, 30.0], &[30.0, 30.0]);
        assert!((even[0] - 20.0).abs() < 1e-9);
    }

    #[test]
    fn rows_without_a_way_are_told_and_the_others_are_met() {
        let mut weights = [1.0, 1.0, 0.0, 0.0];
        let fit = furness(&mut weights, &[10.0, 5.0], &[9.0, 6.0]);
        assert_eq!(fit.lost, 5.0);
        assert!((weights[0] - 6.0).abs() < 1e-9 && (weights[1] - 4.0).abs() < 1e-9);
        assert_eq!(&weights[2..], &[0.0, 0.0]);
        assert_eq!(furness(&mut [], &[], &[1.0]).lost, 0.0);
        assert_eq!(furness(&mut [], &[2.0], &[]).lost, 2.0);
    }

    #[test]
    fn groups_without_a_way_between_them_are_balanced_apart() {
        let mut weights = [1.0, 0.0, 0.0, 1.0];
        assert!(furness(&mut weights, &[30.0, 10.0], &[20.0, 20.0]).converged());
        assert_eq!(weights, [30.0, 0.0, 0.0, 10.0]);
    }

    #[test]
    fn totals_that_contradict_zeros_are_told() {
        // The second column may come from the first row alone, which has too little.
        let mut weights = [1.0, 1.0, 1.0, 0.0];
        let fit = furness(&mut weights, &[10.0, 30.0], &[5.0, 35.0]);
        assert!(!fit.converged());
        assert!((weights[0] + weights[1] - 10.0).abs() < 1e-9 && (weights[2] - 30.0).abs() < 1e-9, "{weights:?}");
    }

    proptest! {
        #[test]
        fn totals_are_met(
            weights in proptest::collection::vec(0.01f64..10.0, 20),
            rows in proptest::collection::vec(0.0f64..100.0, 4),
            columns in proptest::collection::vec(0.1f64..100.0, 5),
        ) {
            let mut trips = weights;
            let fit = furness(&mut trips, &rows, &columns);
            prop_assert!(fit.converged());
            let (all_rows, all_columns): (f64, f64) = (rows.iter().sum(), columns.iter().sum());
            for (row, total) in trips.chunks(5).zip(&rows) {
                prop_assert!((row.iter().sum::<f64>() - total).abs() <= 1e-9 * (1.0 + total));
            }
            for (sum, total) in column_sums(&trips, 5).iter().zip(&columns) {
                prop_assert!((sum - total * all_rows / all_columns).abs() <= 2e-6 * (1.0 + all_rows));
            }
            prop_assert!(trips.iter().all(|t| t.is_finite() && *t >= 0.0));
        }
    }
}
