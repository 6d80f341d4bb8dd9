//! Columns of text, aligned.

/// Rows of cells; the first `n_left` columns and the last ones that are marked run left, figures run right.
pub(crate) struct Grid {
    left: Vec<bool>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    /// The first column left, the others right.
    pub(crate) fn new(n_columns: usize) -> Self {
        Self { left: (0..n_columns).map(|column| column == 0).collect(), rows: Vec::new() }
    }

    /// The first columns left, the others right.
    pub(crate) fn left_of(n_left: usize, n_columns: usize) -> Self {
        Self { left: (0..n_columns).map(|column| column < n_left).collect(), rows: Vec::new() }
    }

    /// All columns left but one.
    pub(crate) fn left(n_columns: usize, right: usize) -> Self {
        Self { left: (0..n_columns).map(|column| column != right).collect(), rows: Vec::new() }
    }

    /// The last column left, the others right.
    pub(crate) fn text_last(n_columns: usize) -> Self {
        Self { left: (0..n_columns).map(|column| column + 1 == n_columns).collect(), rows: Vec::new() }
    }

    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        debug_assert_eq!(N, self.left.len(), "because a grid's rows have its columns");
        self.rows.push(cells.into());
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let width = |column: usize| {
            self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.left.len()).map(width).collect();
        self.rows
            .iter()
            .map(|row| {
                let mut line = String::new();
                for (column, cell) in row.iter().enumerate() {
                    let pad = " ".repeat(widths[column] - cell.chars().count());
                    if column > 0 {
                        line.push_str("  ");
                    }
                    if self.left[column] {
                        line.push_str(cell);
                        line.push_str(&pad);
                    } else {
                        line.push_str(&pad);
                        line.push_str(cell);
                    }
                }
                line.trim_end().to_owned()
            })
            .collect()
    }
}
