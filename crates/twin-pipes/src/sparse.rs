//! A law's kernel: symmetric positive definite systems of node balances, factored as L·D·Lᵀ.
//!
//! The order of elimination and the pattern of L depend on the topology alone: [`Symbolic`] finds both once, [`Factor`]
//! holds the numbers and is refilled and factored again and again without allocation. A closed pipe stays in the pattern
//! with the value 0.
//!
//! Ordering: approximate minimum degree on the quotient graph (Amestoy, Davis, Duff 1996), so that L of a tree has no fill;
//! then by level of the elimination tree, leaves first. Neighbors in this order need nothing of each other, so that a
//! processor works on many columns at once where in a postorder each one waits for the division of the one before; and
//! within a level columns with equally many entries follow each other, so that loops over them have a known length.
//! Factorization: right-looking, simplicial, with the place that every product updates stored beforehand: the loops read
//! three streams and search nothing. Supply networks are close to trees: L has hardly more entries than there are pipes,
//! leaves and chains are eliminated first and without fill, and blocked (supernodal) methods find no blocks to work on.
//!
//! # References
//!
//! - P. R. Amestoy, T. A. Davis, I. S. Duff (1996): An approximate minimum degree ordering algorithm. SIAM J. Matrix
//!   Anal. Appl. 17(4). <https://doi.org/10.1137/S0895479894278952>
//! - W. K. Grassmann, M. I. Taksar, D. P. Heyman (1985): Regenerative analysis and steady state distributions for Markov
//!   chains. Oper. Res. 33(5). <https://doi.org/10.1287/opre.33.5.1107>
//! - T. A. Davis (2005): Algorithm 849: A concise sparse Cholesky factorization package. ACM TOMS 31(4).
//!   <https://doi.org/10.1145/1114268.1114277>

mod order;

use std::ops::Range;

/// No parent, no slot: larger than any index.
const NONE: u32 = u32::MAX;

/// A pivot below this part of its diagonal value counts as zero: what is left of it is rounding.
const SINGULAR: f64 = 4.0 * f64::EPSILON;

/// Order of elimination and pattern of L for one topology.
#[derive(Clone, Debug)]
pub(crate) struct Symbolic {
    /// Original index by position in the order of elimination.
    original: Vec<u32>,
    /// Position in the order of elimination by original index.
    position: Vec<u32>,
    /// Slot of the value of every edge.
    edge_slot: Vec<u32>,
    /// Begin of the off-diagonal input values of each row, counted from slot `n`.
    row_begin: Vec<u32>,
    /// Columns of the off-diagonal input values, below the diagonal.
    row_column: Vec<u32>,
    /// Begin of each column of L.
    column_begin: Vec<u32>,
    /// Rows of each column of L, in rising order.
    column_row: Vec<u32>,
    /// For each column and each pair of its entries, in order, the entry that their product updates, counted from the end of the
    /// column.
    target: Vec<u32>,
    /// Columns with equally many entries that follow each other.
    runs: Vec<Run>,
}

/// Columns with equally many entries that follow each other.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// Entries of each.
    n_entries: u32,
    /// The column after the last one.
    end: u32,
}

impl Symbolic {
    /// Analyzes a graph of `n` nodes. Parallel edges share a slot; an edge from a node to itself gets a slot that no
    /// factorization reads.
    pub(crate) fn new(n: usize, edges: &[(u32, u32)]) -> Self {
        let neighbors = neighbors(n, edges);
        let fewest = order::minimum_degree(&neighbors);
        let parent = elimination_tree(&neighbors, &fewest);
        let postorder = order::postorder(&parent).iter().map(|&place| fewest[place as usize]).collect();
        let by_subtree = Self::in_order(&neighbors, postorder);
        let mut symbolic = Self::in_order(&neighbors, by_subtree.by_level());
        symbolic.find_targets();
        symbolic.edge_slot = edges.iter().map(|edge| symbolic.slot_of(edge)).collect();
        symbolic
    }

    /// The pattern for one order of elimination.
    fn in_order(neighbors: &[Vec<u32>], original: Vec<u32>) -> Self {
        let n = original.len();
        let position = inverse(&original);
        let mut row_begin = vec![0_u32; n + 1];
        let mut row_column = Vec::new();
        for (row, &node) in original.iter().enumerate() {
            let begin = row_column.len();
            let below = neighbors[node as usize].iter().map(|&other| position[other as usize]);
            row_column.extend(below.filter(|&column| (column as usize) < row));
            row_column[begin..].sort_unstable();
            row_begin[row + 1] = row_column.len() as u32;
        }
        let mut symbolic = Self {
            original,
            position,
            edge_slot: Vec::new(),
            row_begin,
            row_column,
            column_begin: Vec::new(),
            column_row: Vec::new(),
            target: Vec::new(),
            runs: Vec::new(),
        };
        symbolic.find_pattern();
        symbolic
    }

    /// Nodes in the order of the levels of the elimination tree, in each by the number of entries; fill and tree stay as they are.
    fn by_level(&self) -> Vec<u32> {
        let n = self.n();
        let mut level = vec![0_u32; n];
        for column in 0..n {
            if let Some(&parent) = self.rows(column).first() {
                level[parent as usize] = level[parent as usize].max(level[column] + 1);
            }
        }
        let mut order: Vec<usize> = (0..n).collect();
        order.sort_by_key(|&column| (level[column], self.rows(column).len()));
        order.into_iter().map(|column| self.original[column]).collect()
    }

    /// Rows of a column of L.
    fn rows(&self, column: usize) -> &[u32] {
        &self.column_row[self.column_begin[column] as usize..self.column_begin[column + 1] as usize]
    }

    /// Slot of an edge: its place in L, after the diagonal; the last one for an edge from a node to itself.
    fn slot_of(&self, &(from, to): &(u32, u32)) -> u32 {
        let (a, b) = (self.position[from as usize], self.position[to as usize]);
        if a == b {
            return (self.n() + self.fill()) as u32;
        }
        self.n() as u32 + self.place(a.max(b), a.min(b)).expect("because every edge is an entry of L")
    }

    /// Place of an entry of L in the column storage.
    fn place(&self, row: u32, column: u32) -> Option<u32> {
        let begin = self.column_begin[column as usize];
        let rows = &self.column_row[begin as usize..self.column_begin[column as usize + 1] as usize];
        rows.binary_search(&row).ok().map(|place| begin + place as u32)
    }

    /// Number of unknowns.
    pub(crate) const fn n(&self) -> usize {
        self.original.len()
    }

    /// Slot of the diagonal value of a node.
    pub(crate) fn diagonal(&self, node: usize) -> usize {
        self.position[node] as usize
    }

    /// Slot of the off-diagonal value of an edge, by its place in the list given to [`Symbolic::new`].
    pub(crate) fn off_diagonal(&self, edge: usize) -> usize {
        self.edge_slot[edge] as usize
    }

    /// Entries of L below the diagonal.
    pub(crate) const fn fill(&self) -> usize {
        self.column_row.len()
    }

    /// Original index of each position in the order of elimination.
    pub(crate) fn original(&self) -> &[u32] {
        &self.original
    }

    /// Rows of L: from each input value up the elimination tree until a column that this row has already.
    fn find_pattern(&mut self) {
        let n = self.n();
        let mut parent = vec![NONE; n];
        let mut seen = vec![NONE; n];
        let mut columns: Vec<Vec<u32>> = vec![Vec::new(); n];
        for row in 0..n {
            seen[row] = row as u32;
            for entry in self.row_begin[row] as usize..self.row_begin[row + 1] as usize {
                let mut column = self.row_column[entry] as usize;
                while seen[column] != row as u32 {
                    seen[column] = row as u32;
                    columns[column].push(row as u32);
                    if parent[column] == NONE {
                        parent[column] = row as u32;
                    }
                    column = parent[column] as usize;
                }
            }
        }
        self.column_begin = vec![0; n + 1];
        for (column, rows) in columns.iter().enumerate() {
            self.column_begin[column + 1] = self.column_begin[column] + rows.len() as u32;
            self.column_row.extend(rows);
        }
    }

    /// What products update, and which columns have equally many entries.
    fn find_targets(&mut self) {
        let mut targets = Vec::new();
        for column in 0..self.n() {
            let (rows, end) = (self.rows(column), self.column_begin[column + 1]);
            for (index, &row) in rows.iter().enumerate() {
                for &below in &rows[index + 1..] {
                    let place = self.place(below, row).expect("because two rows of a column are joined by fill");
                    targets.push(place - end);
                }
            }
            let (n_entries, next) = (rows.len() as u32, column as u32 + 1);
            match self.runs.last_mut() {
                Some(run) if run.n_entries == n_entries => run.end = next,
                _ => self.runs.push(Run { n_entries, end: next }),
            }
        }
        self.target = targets;
    }
}

/// The numbers of one factorization; reused from solve to solve.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    /// Input by slot: diagonal, entries of L, and one slot that nobody reads.
    values: Vec<f64>,
    /// Entries of L by column.
    lower: Vec<f64>,
    /// D while it is worked on.
    pivot: Vec<f64>,
    /// The rows of a grounded factorization.
    rows: Vec<Row>,
    /// Reciprocals of D.
    pivot_reciprocal: Vec<f64>,
    /// A right-hand side in the order of elimination.
    work: Vec<f64>,
}

impl Factor {
    /// Room for the numbers of a topology.
    pub(crate) fn new(symbolic: &Symbolic) -> Self {
        let n = symbolic.n();
        Self {
            values: vec![0.0; n + symbolic.fill() + 1],
            lower: vec![0.0; symbolic.fill()],
            pivot: vec![0.0; n],
            rows: vec![Row::default(); n],
            pivot_reciprocal: vec![0.0; n],
            work: vec![0.0; n],
        }
    }

    /// The values of the matrix by slot; [`Factor::factorize`] leaves them as they are.
    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// Factors the values.
    ///
    /// # Errors
    ///
    /// The node whose pivot is not positive: the matrix is not positive definite there (a part of the network without a
    /// given value, or values that are no numbers). The factor is of no use then; the values are as they were.
    pub(crate) fn factorize(&mut self, symbolic: &Symbolic) -> Result<(), usize> {
        self.eliminate(symbolic, &mut [])
    }

    /// Factors the values and solves for one right-hand side by original index, in place: its forward substitution goes along.
    ///
    /// # Errors
    ///
    /// As [`Factor::factorize`]; the right-hand side is as it was then.
    pub(crate) fn factorize_and_solve(&mut self, symbolic: &Symbolic, rhs: &mut [f64]) -> Result<(), usize> {
        let mut work = std::mem::take(&mut self.work);
        for (value, &node) in work.iter_mut().zip(&symbolic.original) {
            *value = rhs[node as usize];
        }
        let factored = self.eliminate(symbolic, &mut work);
        if factored.is_ok() {
            self.substitute_back(symbolic, &mut work);
            for (value, &node) in work.iter().zip(&symbolic.original) {
                rhs[node as usize] = *value;
            }
        }
        self.work = work;
        factored
    }

    /// Factors the values; a right-hand side in the order of elimination, if there is one, is substituted forward.
    fn eliminate(&mut self, symbolic: &Symbolic, rhs: &mut [f64]) -> Result<(), usize> {
        let n = symbolic.n();
        let Self { values, lower, pivot, pivot_reciprocal, .. } = self;
        pivot.copy_from_slice(&values[..n]);
        lower.copy_from_slice(&values[n..n + symbolic.fill()]);
        let mut left = Left::of(symbolic, lower, pivot_reciprocal);
        let given = &values[..n];
        let mut first = 0;
        for &Run { n_entries, end } in &symbolic.runs {
            let columns = first..end as usize;
            match n_entries {
                1 => left.eliminate(1, columns, given, pivot, rhs),
                2 => left.eliminate(2, columns, given, pivot, rhs),
                3 => left.eliminate(3, columns, given, pivot, rhs),
                n_entries => left.eliminate(n_entries as usize, columns, given, pivot, rhs),
            }
            .map_err(|column| symbolic.original[column] as usize)?;
            first = end as usize;
        }
        Ok(())
    }

    /// Factors a matrix given by its off-diagonal values and by what each row's sum is above zero (`ground`: conductance to given
    /// values), and solves for one right-hand side, in place; both in the order of elimination.
    ///
    /// No pivot is a difference: it is the sum of what its row still has to others and to the ground, and elimination only adds to both
    /// (Grassmann, Taksar, Heyman 1985, for Markov chains). So a part that hangs on a closed valve keeps its last digits, however
    /// conductive its pipes are.
    ///
    /// Gives the node, if any, whose pivot is less than rounding would leave of its diagonal value: next to nothing holds the part
    /// that it is the last one of.
    ///
    /// # Errors
    ///
    /// The node of a part without any ground, or of values that are no numbers. Factor and right-hand side are of no use then.
    pub(crate) fn factorize_grounded(
        &mut self,
        symbolic: &Symbolic,
        ground: &[f64],
        rhs: &mut [f64],
    ) -> Result<Option<usize>, usize> {
        let n = symbolic.n();
        let Self { values, lower, rows, pivot_reciprocal, .. } = self;
        lower.copy_from_slice(&values[n..n + symbolic.fill()]);
        for (row, (&ground, &rhs)) in rows.iter_mut().zip(ground.iter().zip(&*rhs)) {
            *row = Row([ground, rhs, 0.0, 0.0]);
        }
        let mut left = Left::of(symbolic, lower, pivot_reciprocal);
        let mut grounded = Grounded { rows, solution: &mut rhs[..n], loose: None };
        let mut first = 0;
        for &Run { n_entries, end } in &symbolic.runs {
            let columns = first..end as usize;
            match n_entries {
                1 => left.eliminate_grounded(1, columns, &mut grounded),
                2 => left.eliminate_grounded(2, columns, &mut grounded),
                3 => left.eliminate_grounded(3, columns, &mut grounded),
                n_entries => left.eliminate_grounded(n_entries as usize, columns, &mut grounded),
            }
            .map_err(|column| symbolic.original[column] as usize)?;
            first = end as usize;
        }
        let loose = grounded.loose.map(|column| symbolic.original[column] as usize);
        self.substitute_back(symbolic, &mut rhs[..n]);
        Ok(loose)
    }

    /// Solves for one right-hand side by original index, in place.
    pub(crate) fn solve(&mut self, symbolic: &Symbolic, rhs: &mut [f64]) {
        let mut work = std::mem::take(&mut self.work);
        for (value, &node) in work.iter_mut().zip(&symbolic.original) {
            *value = rhs[node as usize];
        }
        self.solve_ordered(symbolic, &mut work);
        for (value, &node) in work.iter().zip(&symbolic.original) {
            rhs[node as usize] = *value;
        }
        self.work = work;
    }

    /// Solves for one right-hand side in the order of elimination, in place.
    pub(crate) fn solve_ordered(&self, symbolic: &Symbolic, rhs: &mut [f64]) {
        let Self { lower, pivot_reciprocal, .. } = self;
        let rhs = &mut rhs[..symbolic.n()];
        let (mut first, mut begin) = (0, 0);
        for &Run { n_entries, end } in &symbolic.runs {
            let end = end as usize;
            let after = begin + (end - first) * n_entries as usize;
            let (rows, lower) = (&symbolic.column_row[begin..after], &lower[begin..after]);
            match n_entries {
                0 => {}
                1 => substitute(1, first, rows, lower, rhs),
                2 => substitute(2, first, rows, lower, rhs),
                3 => substitute(3, first, rows, lower, rhs),
                n_entries => substitute(n_entries as usize, first, rows, lower, rhs),
            }
            (first, begin) = (end, after);
        }
        for (x, reciprocal) in rhs.iter_mut().zip(pivot_reciprocal) {
            *x *= reciprocal;
        }
        self.substitute_back(symbolic, rhs);
    }

    fn substitute_back(&self, symbolic: &Symbolic, rhs: &mut [f64]) {
        let lower = self.lower.as_slice();
        let mut after = symbolic.fill();
        for (index, &Run { n_entries, end }) in symbolic.runs.iter().enumerate().rev() {
            let first = index.checked_sub(1).map_or(0, |before| symbolic.runs[before].end as usize);
            let begin = after - (end as usize - first) * n_entries as usize;
            let (rows, lower) = (&symbolic.column_row[begin..after], &lower[begin..after]);
            match n_entries {
                0 => {}
                1 => substitute_back(1, first, rows, lower, rhs),
                2 => substitute_back(2, first, rows, lower, rhs),
                3 => substitute_back(3, first, rows, lower, rhs),
                n_entries => substitute_back(n_entries as usize, first, rows, lower, rhs),
            }
            after = begin;
        }
    }
}

/// What is left to factor.
struct Left<'a> {
    /// Rows and values of the entries of L, and what their products update.
    rows: &'a [u32],
    lower: &'a mut [f64],
    targets: &'a [u32],
    pivot_reciprocal: &'a mut [f64],
}

/// A row of a grounded factorization: conductance to the ground, right-hand side, what elimination took from the diagonal, and
/// what makes a vector of them.
#[derive(Clone, Copy, Debug, Default)]
struct Row([f64; 4]);

/// A grounded factorization on its way.
struct Grounded<'a> {
    rows: &'a mut [Row],
    /// What forward substitution leaves of the right-hand side.
    solution: &'a mut [f64],
    /// The first column whose pivot is no more than rounding.
    loose: Option<usize>,
}

// With the number of entries as a literal, the compiler unrolls the loops over them.
#[expect(clippy::inline_always, reason = "once for every number of entries that is frequent")]
impl<'a> Left<'a> {
    fn of(symbolic: &'a Symbolic, lower: &'a mut [f64], pivot_reciprocal: &'a mut [f64]) -> Self {
        Self { rows: &symbolic.column_row, lower, targets: &symbolic.target, pivot_reciprocal }
    }

    /// Eliminates columns of `n` entries; gives the column that fails.
    #[inline(always)]
    fn eliminate(
        &mut self,
        n: usize,
        columns: Range<usize>,
        given: &[f64],
        pivot: &mut [f64],
        rhs: &mut [f64],
    ) -> Result<(), usize> {
        let Self { rows, lower, targets, pivot_reciprocal } = self;
        for column in columns {
            let d = pivot[column];
            // Written so that a value that is no number fails too.
            if !(d > SINGULAR * given[column].abs() && d.is_finite()) {
                return Err(column);
            }
            let reciprocal = 1.0 / d;
            pivot_reciprocal[column] = reciprocal;
            let x = rhs.get_mut(column).map_or(0.0, |x| std::mem::replace(x, *x * reciprocal));
            let (own_rows, later_rows) = rows.split_at(n);
            let (entries, later) = std::mem::take(lower).split_at_mut(n);
            for index in 0..n {
                let y = entries[index];
                let l = y * reciprocal;
                let row = own_rows[index] as usize;
                pivot[row] -= l * y;
                if let Some(value) = rhs.get_mut(row) {
                    *value -= l * x;
                }
                *targets = subtract(later, l, &entries[index + 1..], targets);
                entries[index] = l;
            }
            (*rows, *lower) = (later_rows, later);
        }
        Ok(())
    }

    /// Eliminates columns of `n` entries whose pivots are sums; gives the column that fails.
    #[inline(always)]
    fn eliminate_grounded(&mut self, n: usize, columns: Range<usize>, all: &mut Grounded<'_>) -> Result<(), usize> {
        let Self { rows, lower, targets, pivot_reciprocal } = self;
        let Grounded { rows: all_rows, solution, loose } = all;
        for column in columns {
            let (own_rows, later_rows) = rows.split_at(n);
            let (entries, later) = std::mem::take(lower).split_at_mut(n);
            let Row([own, x, taken, _]) = all_rows[column];
            let d = own - entries.iter().sum::<f64>();
            if !(d > 0.0 && d.is_finite()) {
                return Err(column);
            }
            if d <= SINGULAR * (d + taken) && loose.is_none() {
                *loose = Some(column);
            }
            let reciprocal = 1.0 / d;
            pivot_reciprocal[column] = reciprocal;
            solution[column] = x * reciprocal;
            for index in 0..n {
                let y = entries[index];
                let l = y * reciprocal;
                let Row(row) = &mut all_rows[own_rows[index] as usize];
                for (value, by) in row.iter_mut().zip([own, x, -y, 0.0]) {
                    *value -= l * by;
                }
                *targets = subtract(later, l, &entries[index + 1..], targets);
                entries[index] = l;
            }
            (*rows, *lower) = (later_rows, later);
        }
        Ok(())
    }
}

/// Forward substitution by columns of `n` entries from `first` on.
#[inline(always)]
#[expect(clippy::inline_always, reason = "once for every number of entries that is frequent")]
fn substitute(n: usize, first: usize, rows: &[u32], lower: &[f64], rhs: &mut [f64]) {
    for (column, (rows, lower)) in rows.chunks_exact(n).zip(lower.chunks_exact(n)).enumerate() {
        let x = rhs[first + column];
        for (&row, &l) in rows.iter().zip(lower) {
            rhs[row as usize] -= l * x;
        }
    }
}

/// Backward substitution by columns of `n` entries from `first` on.
#[inline(always)]
#[expect(clippy::inline_always, reason = "once for every number of entries that is frequent")]
fn substitute_back(n: usize, first: usize, rows: &[u32], lower: &[f64], rhs: &mut [f64]) {
    for (column, (rows, lower)) in rows.chunks_exact(n).zip(lower.chunks_exact(n)).enumerate().rev() {
        let mut x = rhs[first + column];
        for (&row, &l) in rows.iter().zip(lower) {
            x -= l * rhs[row as usize];
        }
        rhs[first + column] = x;
    }
}

/// Neighbors of every node, each once, sorted, without the node itself.
fn neighbors(n: usize, edges: &[(u32, u32)]) -> Vec<Vec<u32>> {
    let mut neighbors = vec![Vec::new(); n];
    for &(from, to) in edges {
        if from != to {
            neighbors[from as usize].push(to);
            neighbors[to as usize].push(from);
        }
    }
    for list in &mut neighbors {
        list.sort_unstable();
        list.dedup();
    }
    neighbors
}

fn inverse(original: &[u32]) -> Vec<u32> {
    let mut position = vec![0; original.len()];
    for (place, &node) in original.iter().enumerate() {
        position[node as usize] = place as u32;
    }
    position
}

/// Parent of every position in the elimination tree (Liu), with path compression.
fn elimination_tree(neighbors: &[Vec<u32>], original: &[u32]) -> Vec<u32> {
    let position = inverse(original);
    let mut parent = vec![NONE; original.len()];
    let mut ancestor = vec![NONE; original.len()];
    for (row, &node) in original.iter().enumerate() {
        for &other in &neighbors[node as usize] {
            let mut column = position[other as usize] as usize;
            while column < row {
                let above = std::mem::replace(&mut ancestor[column], row as u32);
                if above == NONE {
                    parent[column] = row as u32;
                    break;
                }
                column = above as usize;
            }
        }
    }
    parent
}

/// Takes a multiple of some entries from the later ones that `targets` names; gives the targets that are left.
#[inline]
fn subtract<'a>(later: &mut [f64], l: f64, entries: &[f64], targets: &'a [u32]) -> &'a [u32] {
    let (now, rest) = targets.split_at(entries.len());
    for (&target, &other) in now.iter().zip(entries) {
        later[target as usize] -= l * other;
    }
    rest
}

#[cfg(test)]
mod tests;
