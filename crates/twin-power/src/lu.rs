//! Sparse LU of 2×2 blocks with a fixed pattern: analyzed once, factored again in place without allocation, several
//! scenarios side by side.
//!
//! There is no exchange of rows between blocks: the blocks of a power flow's Jacobian matrix are strong on their
//! diagonal; within a diagonal block the inverse is exact. A block that cannot be inverted is told.

#![cfg_attr(test, expect(clippy::needless_range_loop, reason = "several columns at one index"))]

use crate::{complex::Lanes, order::Order};

/// A 2×2 block, row by row.
pub(crate) type Block<const L: usize> = [Lanes<L>; 4];

/// The pattern of the factors.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    /// Rows of L: begin of each row in `lower`, and the earlier places, ascending.
    pub(crate) lower_begin: Vec<u32>,
    pub(crate) lower: Vec<u32>,
    /// Rows of U.
    pub(crate) upper_begin: Vec<u32>,
    pub(crate) upper: Vec<u32>,
}

impl Pattern {
    pub(crate) fn of(order: &Order) -> Self {
        let n = order.node.len();
        let mut lower_rows: Vec<Vec<u32>> = vec![Vec::new(); n];
        let (mut upper_begin, mut upper) = (vec![0], Vec::new());
        for (place, row) in order.upper.iter().enumerate() {
            for &later in row {
                lower_rows[later as usize].push(place as u32);
            }
            upper.extend_from_slice(row);
            upper_begin.push(upper.len() as u32);
        }
        let (mut lower_begin, mut lower) = (vec![0], Vec::new());
        for row in lower_rows {
            lower.extend_from_slice(&row);
            lower_begin.push(lower.len() as u32);
        }
        Self { lower_begin, lower, upper_begin, upper }
    }

    pub(crate) fn n(&self) -> usize {
        self.upper_begin.len() - 1
    }

    fn lower_row(&self, row: usize) -> std::ops::Range<usize> {
        self.lower_begin[row] as usize..self.lower_begin[row + 1] as usize
    }

    fn upper_row(&self, row: usize) -> std::ops::Range<usize> {
        self.upper_begin[row] as usize..self.upper_begin[row + 1] as usize
    }
}

/// The numbers of the factors.
#[derive(Clone, Debug)]
pub(crate) struct Factors<const L: usize> {
    lower: Vec<Block<L>>,
    upper: Vec<Block<L>>,
    inverse: Vec<Block<L>>,
    row: Vec<Block<L>>,
}

impl<const L: usize> Factors<L> {
    const ZERO: Block<L> = [Lanes::ZERO; 4];

    pub(crate) fn new(pattern: &Pattern) -> Self {
        Self {
            lower: vec![Self::ZERO; pattern.lower.len()],
            upper: vec![Self::ZERO; pattern.upper.len()],
            inverse: vec![Self::ZERO; pattern.n()],
            row: vec![Self::ZERO; pattern.n()],
        }
    }

    /// Factors the matrix whose rows `fill` writes (it is given a row that is zero within the pattern).
    ///
    /// Per lane the first place whose diagonal block cannot be inverted; that lane's numbers are of no use then.
    pub(crate) fn factor(
        &mut self,
        pattern: &Pattern,
        mut fill: impl FnMut(usize, &mut [Block<L>]),
    ) -> [Option<usize>; L] {
        let mut singular = [None; L];
        for place in 0..pattern.n() {
            let (lower, upper) = (pattern.lower_row(place), pattern.upper_row(place));
            let work = &mut self.row;
            work[place] = Self::ZERO;
            pattern.lower[lower.clone()].iter().for_each(|&at| work[at as usize] = Self::ZERO);
            pattern.upper[upper.clone()].iter().for_each(|&at| work[at as usize] = Self::ZERO);
            fill(place, work);
            for (&k, out) in pattern.lower[lower.clone()].iter().zip(&mut self.lower[lower]) {
                let factor = times(&work[k as usize], &self.inverse[k as usize]);
                let of = pattern.upper_row(k as usize);
                for (&j, block) in pattern.upper[of.clone()].iter().zip(&self.upper[of]) {
                    subtract(&mut work[j as usize], &factor, block);
                }
                *out = factor;
            }
            for (&j, out) in pattern.upper[upper.clone()].iter().zip(&mut self.upper[upper]) {
                *out = work[j as usize];
            }
            self.inverse[place] = invert(&work[place], place, &mut singular);
        }
        singular
    }

    /// Solves in place; two unknowns per place.
    pub(crate) fn solve(&self, pattern: &Pattern, x: &mut [[Lanes<L>; 2]]) {
        self.solve_with(pattern, x, |block| *block);
    }

    fn solve_with<const M: usize>(
        &self,
        pattern: &Pattern,
        x: &mut [[Lanes<M>; 2]],
        wide: impl Fn(&Block<L>) -> Block<M>,
    ) {
        for place in 0..pattern.n() {
            let row = pattern.lower_row(place);
            let mut sum = x[place];
            for (&k, block) in pattern.lower[row.clone()].iter().zip(&self.lower[row]) {
                let (y, block) = (x[k as usize], wide(block));
                sum[0] = sum[0] - block[0] * y[0] - block[1] * y[1];
                sum[1] = sum[1] - block[2] * y[0] - block[3] * y[1];
            }
            x[place] = sum;
        }
        for place in (0..pattern.n()).rev() {
            let row = pattern.upper_row(place);
            let mut sum = x[place];
            for (&k, block) in pattern.upper[row.clone()].iter().zip(&self.upper[row]) {
                let (y, block) = (x[k as usize], wide(block));
                sum[0] = sum[0] - block[0] * y[0] - block[1] * y[1];
                sum[1] = sum[1] - block[2] * y[0] - block[3] * y[1];
            }
            let inverse = wide(&self.inverse[place]);
            x[place] = [inverse[0] * sum[0] + inverse[1] * sum[1], inverse[2] * sum[0] + inverse[3] * sum[1]];
        }
    }
}

impl Factors<1> {
    /// Solves in place for several right sides that share these factors.
    pub(crate) fn solve_many<const M: usize>(&self, pattern: &Pattern, x: &mut [[Lanes<M>; 2]]) {
        self.solve_with(pattern, x, |block| block.map(|part| Lanes::all(part.0[0])));
    }
}

#[inline(always)]
fn times<const L: usize>(a: &Block<L>, b: &Block<L>) -> Block<L> {
    [a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3]]
}

#[inline(always)]
fn subtract<const L: usize>(to: &mut Block<L>, a: &Block<L>, b: &Block<L>) {
    to[0] = to[0] - (a[0] * b[0] + a[1] * b[2]);
    to[1] = to[1] - (a[0] * b[1] + a[1] * b[3]);
    to[2] = to[2] - (a[2] * b[0] + a[3] * b[2]);
    to[3] = to[3] - (a[2] * b[1] + a[3] * b[3]);
}

#[inline(always)]
fn invert<const L: usize>(a: &Block<L>, place: usize, singular: &mut [Option<usize>; L]) -> Block<L> {
    let determinant = a[0] * a[3] - a[1] * a[2];
    let mut w = Lanes::ONE / determinant;
    for (w, singular) in w.0.iter_mut().zip(singular) {
        if !w.is_finite() {
            singular.get_or_insert(place);
            *w = 0.0;
        }
    }
    let minus = Lanes::ZERO - w;
    [a[3] * w, a[1] * minus, a[2] * minus, a[0] * w]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::minimum_degree;

    #[test]
    fn a_ring_of_blocks_is_solved() {
        let n = 7;
        let adjacent: Vec<Vec<u32>> = (0..n).map(|i| vec![(i + 1) % n, (i + n - 1) % n]).collect();
        let order = minimum_degree(&adjacent);
        let pattern = Pattern::of(&order);
        let value = |i: usize, j: usize, part: usize| ((i * 31 + j * 17 + part * 7) % 11) as f64 / 11.0;
        let mut place = vec![0; n as usize];
        for (at, &node) in order.node.iter().enumerate() {
            place[node as usize] = at;
        }
        let block = |i: usize, j: usize| -> Block<2> {
            let strong = if i == j { 4.0 } else { 0.0 };
            [0, 1, 2, 3].map(|part| {
                let diagonal = if part % 3 == 0 { strong } else { 0.0 };
                Lanes([value(i, j, part) + diagonal, value(j, i, part) + diagonal * 2.0])
            })
        };
        let mut factors = Factors::<2>::new(&pattern);
        let entries = |at: usize| {
            let i = order.node[at] as usize;
            let mut of = adjacent[i].clone();
            of.push(i as u32);
            of
        };
        let singular = factors.factor(&pattern, |at, row| {
            let i = order.node[at] as usize;
            entries(at).iter().for_each(|&j| row[place[j as usize]] = block(i, j as usize));
        });
        assert_eq!(singular, [None; 2]);
        let wanted: Vec<[Lanes<2>; 2]> =
            (0..n as usize).map(|i| [Lanes([i as f64, 1.0]), Lanes([2.0, -(i as f64)])]).collect();
        let mut x = vec![[Lanes::ZERO; 2]; n as usize];
        for at in 0..n as usize {
            let i = order.node[at] as usize;
            for j in entries(at) {
                let (b, w) = (block(i, j as usize), wanted[place[j as usize]]);
                x[at][0] = x[at][0] + b[0] * w[0] + b[1] * w[1];
                x[at][1] = x[at][1] + b[2] * w[0] + b[3] * w[1];
            }
        }
        factors.solve(&pattern, &mut x);
        for (x, wanted) in x.iter().zip(&wanted) {
            for part in 0..2 {
                for lane in 0..2 {
                    assert!((x[part].0[lane] - wanted[part].0[lane]).abs() < 1e-12);
                }
            }
        }
    }
}
