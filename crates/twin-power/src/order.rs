//! Elimination order: minimum degree on the graph of the nodes.
//!
//! # References
//! Tinney and Walker 1967, scheme 2; George and Liu 1989 (the evolution of the minimum degree ordering algorithm).

use std::collections::BTreeSet;

/// An order of elimination that keeps the fill small, and the pattern of the factors.
#[derive(Clone, Debug, Default)]
pub(crate) struct Order {
    /// Node at each place of the order.
    pub(crate) node: Vec<u32>,
    /// For each place: the later places that its row of U reaches, ascending.
    pub(crate) upper: Vec<Vec<u32>>,
}

/// Minimum degree with ties to the smaller node; `adjacent` are the neighbours of each node, without itself.
pub(crate) fn minimum_degree(adjacent: &[Vec<u32>]) -> Order {
    let n = adjacent.len();
    let mut near: Vec<Vec<u32>> = adjacent
        .iter()
        .map(|nodes| {
            let mut nodes = nodes.clone();
            nodes.sort_unstable();
            nodes.dedup();
            nodes
        })
        .collect();
    let mut queue: BTreeSet<(u32, u32)> =
        near.iter().zip(0u32..).map(|(nodes, node)| (nodes.len() as u32, node)).collect();
    let mut place = vec![u32::MAX; n];
    let mut order = Order { node: Vec::with_capacity(n), upper: Vec::with_capacity(n) };
    let mut merged = Vec::new();
    while let Some((_, pivot)) = queue.pop_first() {
        place[pivot as usize] = order.node.len() as u32;
        order.node.push(pivot);
        let front = std::mem::take(&mut near[pivot as usize]);
        for &node in &front {
            let of = &mut near[node as usize];
            queue.remove(&(of.len() as u32, node));
            merge(of, &front, node, pivot, &mut merged);
            std::mem::swap(of, &mut merged);
            queue.insert((of.len() as u32, node));
        }
        order.upper.push(front);
    }
    for row in &mut order.upper {
        for node in row.iter_mut() {
            *node = place[*node as usize];
        }
        row.sort_unstable();
    }
    order
}

/// The union of two ascending lists without `own` and `gone`.
fn merge(a: &[u32], b: &[u32], own: u32, gone: u32, out: &mut Vec<u32>) {
    out.clear();
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(&x), Some(&y)) if x == y => {
                (i, j) = (i + 1, j + 1);
                x
            }
            (Some(&x), Some(&y)) if x < y => {
                i += 1;
                x
            }
            (_, Some(&y)) => {
                j += 1;
                y
            }
            (Some(&x), None) => {
                i += 1;
                x
            }
            (None, None) => break,
        };
        if next != own && next != gone {
            out.push(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_has_no_fill() {
        // A star of four leaves with a tail.
        let order = minimum_degree(&[vec![1, 2, 3, 4], vec![0], vec![0], vec![0], vec![0, 5], vec![4]]);
        assert_eq!(order.upper.iter().map(Vec::len).sum::<usize>(), 5);
        assert_eq!(order.node.len(), 6);
    }
}
