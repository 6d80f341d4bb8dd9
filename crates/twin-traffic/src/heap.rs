//! A 4-ary heap over vertices with decrease-key.

/// Smallest first; equal keys by vertex, so that the order of settling never depends on the order of insertion.
#[derive(Clone, Debug)]
pub(crate) struct Heap {
    entries: Vec<(f64, u32)>,
    /// Where each vertex stands in the heap, or `ABSENT`.
    position: Vec<u32>,
}

const ABSENT: u32 = u32::MAX;
const ARITY: usize = 4;

impl Heap {
    pub(crate) fn new(n_vertices: usize) -> Self {
        Self { entries: Vec::new(), position: vec![ABSENT; n_vertices] }
    }

    /// Inserts a vertex or lowers its key; a higher key than the present one changes nothing.
    #[inline]
    pub(crate) fn push_or_decrease(&mut self, vertex: u32, key: f64) {
        let at = self.position[vertex as usize];
        if at == ABSENT {
            self.entries.push((key, vertex));
            self.rise(self.entries.len() - 1);
        } else if key < self.entries[at as usize].0 {
            self.entries[at as usize].0 = key;
            self.rise(at as usize);
        }
    }

    #[inline]
    pub(crate) fn pop(&mut self) -> Option<(u32, f64)> {
        let &(key, vertex) = self.entries.first()?;
        self.position[vertex as usize] = ABSENT;
        let last = self.entries.pop().expect("because the heap has a first entry");
        if !self.entries.is_empty() {
            self.entries[0] = last;
            self.sink();
        }
        Some((vertex, key))
    }

    fn rise(&mut self, mut at: usize) {
        let entry = self.entries[at];
        while at > 0 {
            let parent = (at - 1) / ARITY;
            if !before(entry, self.entries[parent]) {
                break;
            }
            self.entries[at] = self.entries[parent];
            self.position[self.entries[at].1 as usize] = at as u32;
            at = parent;
        }
        self.entries[at] = entry;
        self.position[entry.1 as usize] = at as u32;
    }

    fn sink(&mut self) {
        let entry = self.entries[0];
        let mut at = 0;
        loop {
            let first = ARITY * at + 1;
            if first >= self.entries.len() {
                break;
            }
            let mut child = first;
            for other in first + 1..(first + ARITY).min(self.entries.len()) {
                if before(self.entries[other], self.entries[child]) {
                    child = other;
                }
            }
            if !before(self.entries[child], entry) {
                break;
            }
            self.entries[at] = self.entries[child];
            self.position[self.entries[at].1 as usize] = at as u32;
            at = child;
        }
        self.entries[at] = entry;
        self.position[entry.1 as usize] = at as u32;
    }
}

#[inline]
fn before(a: (f64, u32), b: (f64, u32)) -> bool {
    a.0 < b.0 || (a.0 == b.0 && a.1 < b.1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn vertices_leave_in_the_order_of_their_smallest_key(keys in prop::collection::vec((0u32..40, 0u32..100), 0..200)) {
            let mut heap = Heap::new(40);
            let mut smallest = vec![f64::INFINITY; 40];
            for &(vertex, key) in &keys {
                heap.push_or_decrease(vertex, f64::from(key));
                smallest[vertex as usize] = smallest[vertex as usize].min(f64::from(key));
            }
            let mut expected: Vec<_> = (0..40u32).filter(|&v| smallest[v as usize].is_finite()).collect();
            expected.sort_by(|&a, &b| smallest[a as usize].total_cmp(&smallest[b as usize]).then(a.cmp(&b)));
            let left: Vec<_> = std::iter::from_fn(|| heap.pop()).map(|(vertex, _)| vertex).collect();
            prop_assert_eq!(left, expected);
        }
    }
}
