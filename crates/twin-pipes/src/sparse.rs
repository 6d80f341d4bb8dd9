//! A law's kernel: symmetric positive definite systems of node balances, factored as L·D·Lᵀ.
//!
//! The order of elimination and the pattern of L depend on the topology alone: [`Symbolic`] finds both once, [`Factor`]
//! holds the numbers and is refilled and factored again and again without allocation. A closed pipe stays in the pattern
//! with the value 0.
//!
//! Ordering: approximate minimum degree on the quotient graph (Amestoy, Davis, Duff 1996), followed by a postorder of
//! the elimination tree, so that L of a tree has no fill and columns that are used together lie together.
//! Factorization: up-looking, simplicial (Davis 2005), with the row patterns of L stored. Supply networks are close to
//! trees: L has hardly more entries than there are pipes, and blocked (supernodal) methods find no blocks to work on.
//!
//! # References
//!
//! - P. R. Amestoy, T. A. Davis, I. S. Duff (1996): An approximate minimum degree ordering algorithm. SIAM J. Matrix
//!   Anal. Appl. 17(4). <https://doi.org/10.1137/S0895479894278952>
//! - T. A. Davis (2005): Algorithm 849: A concise sparse Cholesky factorization package. ACM TOMS 31(4).
//!   <https://doi.org/10.1145/1114268.1114277>

mod order;

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
    /// Begin of the pattern of each row of L.
    pattern_begin: Vec<u32>,
    /// Columns of each row of L, in rising order.
    pattern: Vec<u32>,
    /// For each entry of `pattern` its place in the column storage of L.
    pattern_place: Vec<u32>,
    /// Begin of each column of L.
    column_begin: Vec<u32>,
    /// Rows of each column of L, in rising order.
    column_row: Vec<u32>,
}

impl Symbolic {
    /// Analyzes a graph of `n` nodes. Parallel edges share a slot; an edge from a node to itself gets a slot that no
    /// factorization reads.
    pub(crate) fn new(n: usize, edges: &[(u32, u32)]) -> Self {
        let neighbors = neighbors(n, edges);
        let mut original = order::minimum_degree(&neighbors);
        let parent = elimination_tree(&neighbors, &original);
        let postorder = order::postorder(&parent);
        original = postorder.iter().map(|&place| original[place as usize]).collect();
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
        let trash = (n + row_column.len()) as u32;
        let slot_of = |&(from, to): &(u32, u32)| {
            let (a, b) = (position[from as usize], position[to as usize]);
            if a == b {
                return trash;
            }
            let row = a.max(b) as usize;
            let columns = &row_column[row_begin[row] as usize..row_begin[row + 1] as usize];
            let place = columns.binary_search(&a.min(b)).expect("because every edge entered the rows above");
            n as u32 + row_begin[row] + place as u32
        };
        let edge_slot = edges.iter().map(slot_of).collect();
        let mut symbolic = Self {
            original,
            position,
            edge_slot,
            row_begin,
            row_column,
            pattern_begin: Vec::new(),
            pattern: Vec::new(),
            pattern_place: Vec::new(),
            column_begin: Vec::new(),
            column_row: Vec::new(),
        };
        symbolic.find_pattern();
        symbolic
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
    #[cfg(test)]
    pub(crate) const fn fill(&self) -> usize {
        self.pattern.len()
    }

    /// Rows of L: from each input value up the elimination tree until a column that this row has already.
    fn find_pattern(&mut self) {
        let n = self.n();
        let mut parent = vec![NONE; n];
        let mut seen = vec![NONE; n];
        let mut count = vec![0_u32; n + 1];
        self.pattern_begin = vec![0; n + 1];
        for row in 0..n {
            let begin = self.pattern.len();
            seen[row] = row as u32;
            for entry in self.row_begin[row] as usize..self.row_begin[row + 1] as usize {
                let mut column = self.row_column[entry] as usize;
                while seen[column] != row as u32 {
                    seen[column] = row as u32;
                    self.pattern.push(column as u32);
                    count[column + 1] += 1;
                    if parent[column] == NONE {
                        parent[column] = row as u32;
                    }
                    column = parent[column] as usize;
                }
            }
            self.pattern[begin..].sort_unstable();
            self.pattern_begin[row + 1] = self.pattern.len() as u32;
        }
        for column in 0..n {
            count[column + 1] += count[column];
        }
        self.column_begin = count;
        self.column_row = vec![0; self.pattern.len()];
        self.pattern_place = vec![0; self.pattern.len()];
        let mut next = self.column_begin.clone();
        for row in 0..n {
            for entry in self.pattern_begin[row] as usize..self.pattern_begin[row + 1] as usize {
                let place = &mut next[self.pattern[entry] as usize];
                self.column_row[*place as usize] = row as u32;
                self.pattern_place[entry] = *place;
                *place += 1;
            }
        }
    }
}

/// The numbers of one factorization; reused from solve to solve.
#[derive(Clone, Debug)]
pub(crate) struct Factor {
    /// Input by slot: diagonal, off-diagonal, and one slot that nobody reads.
    values: Vec<f64>,
    /// Entries of L by column.
    lower: Vec<f64>,
    /// Reciprocals of D.
    pivot_reciprocal: Vec<f64>,
    /// The row in work; zero between rows.
    work: Vec<f64>,
}

impl Factor {
    /// Room for the numbers of a topology.
    pub(crate) fn new(symbolic: &Symbolic) -> Self {
        let n = symbolic.n();
        Self {
            values: vec![0.0; n + symbolic.row_column.len() + 1],
            lower: vec![0.0; symbolic.pattern.len()],
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
        let n = symbolic.n();
        let Self { values, lower, pivot_reciprocal, work } = self;
        let (diagonal, off_diagonal) = values.split_at(n);
        for row in 0..n {
            let input = symbolic.row_begin[row] as usize..symbolic.row_begin[row + 1] as usize;
            for (&column, &value) in symbolic.row_column[input.clone()].iter().zip(&off_diagonal[input]) {
                work[column as usize] = value;
            }
            let mut pivot = diagonal[row];
            let entries = symbolic.pattern_begin[row] as usize..symbolic.pattern_begin[row + 1] as usize;
            let places = &symbolic.pattern_place[entries.clone()];
            for (&column, &place) in symbolic.pattern[entries].iter().zip(places) {
                let (column, place) = (column as usize, place as usize);
                let y = std::mem::take(&mut work[column]);
                let above = symbolic.column_begin[column] as usize..place;
                for (&r, &l) in symbolic.column_row[above.clone()].iter().zip(&lower[above]) {
                    work[r as usize] -= l * y;
                }
                let l = y * pivot_reciprocal[column];
                pivot -= l * y;
                lower[place] = l;
            }
            // Written so that a value that is no number fails too.
            if !(pivot > SINGULAR * diagonal[row].abs() && pivot.is_finite()) {
                work.fill(0.0);
                return Err(symbolic.original[row] as usize);
            }
            pivot_reciprocal[row] = 1.0 / pivot;
        }
        Ok(())
    }

    /// Solves for one right-hand side by original index, in place.
    pub(crate) fn solve(&mut self, symbolic: &Symbolic, rhs: &mut [f64]) {
        let Self { lower, pivot_reciprocal, work, .. } = self;
        for (value, &node) in work.iter_mut().zip(&symbolic.original) {
            *value = rhs[node as usize];
        }
        for column in 0..symbolic.n() {
            let x = work[column];
            if x == 0.0 {
                continue;
            }
            let entries = symbolic.column_begin[column] as usize..symbolic.column_begin[column + 1] as usize;
            for (&row, &l) in symbolic.column_row[entries.clone()].iter().zip(&lower[entries]) {
                work[row as usize] -= l * x;
            }
        }
        for (value, reciprocal) in work.iter_mut().zip(&*pivot_reciprocal) {
            *value *= reciprocal;
        }
        for column in (0..symbolic.n()).rev() {
            let entries = symbolic.column_begin[column] as usize..symbolic.column_begin[column + 1] as usize;
            let mut x = work[column];
            for (&row, &l) in symbolic.column_row[entries.clone()].iter().zip(&lower[entries]) {
                x -= l * work[row as usize];
            }
            work[column] = x;
        }
        for (value, &node) in work.iter_mut().zip(&symbolic.original) {
            rhs[node as usize] = std::mem::take(value);
        }
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

#[cfg(test)]
mod tests;
