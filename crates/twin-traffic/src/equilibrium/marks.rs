//! The arcs by which two paths of a pair differ.

/// Compares two paths: the arcs that only one of them has.
pub(super) struct Marks {
    /// When each arc was last seen, and on which path.
    stamp: Vec<u32>,
    now: u32,
    /// Arcs of the first path alone.
    pub(super) left: Vec<u32>,
    /// Arcs of the second path alone.
    pub(super) right: Vec<u32>,
}

impl Marks {
    pub(super) fn new(n_arcs: usize) -> Self {
        Self { stamp: vec![0; n_arcs], now: 0, left: Vec::new(), right: Vec::new() }
    }

    /// As if the second path had been compared with the first.
    pub(super) fn turn(&mut self) {
        std::mem::swap(&mut self.left, &mut self.right);
    }

    /// Delay along the arcs of the first path alone less that along the arcs of the second alone, and the sum of slopes over both;
    /// the arcs stay in `left` and `right`.
    pub(super) fn compare(&mut self, first: &[u32], second: &[u32], delay: &[f64], slopes: &[f64]) -> (f64, f64) {
        let (mut left, mut right) = (first, second);
        let same = left.iter().zip(right).take_while(|(x, y)| x == y).count();
        (left, right) = (&left[same..], &right[same..]);
        let same = left.iter().rev().zip(right.iter().rev()).take_while(|(x, y)| x == y).count();
        (left, right) = (&left[..left.len() - same], &right[..right.len() - same]);
        if self.now > u32::MAX - 2 {
            self.stamp.fill(0);
            self.now = 0;
        }
        let (in_left, in_both) = (self.now + 1, self.now + 2);
        self.now += 2;
        self.left.clear();
        self.right.clear();
        for &arc in left {
            self.stamp[arc as usize] = in_left;
        }
        let (mut difference, mut slope) = (0.0, 0.0);
        for &arc in right {
            if self.stamp[arc as usize] == in_left {
                self.stamp[arc as usize] = in_both;
            } else if self.stamp[arc as usize] != in_both {
                self.right.push(arc);
                difference -= delay[arc as usize];
                slope += slopes[arc as usize];
            }
        }
        for &arc in left {
            if self.stamp[arc as usize] == in_left {
                self.left.push(arc);
                difference += delay[arc as usize];
                slope += slopes[arc as usize];
            }
        }
        (difference, slope)
    }
}
