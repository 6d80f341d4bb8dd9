//! The order of elimination: minimum degree.

use std::collections::BTreeSet;

/// The graph after elimination.
pub(super) struct Eliminated {
    /// Rank of each vertex.
    pub(super) rank: Vec<u32>,
    /// Links from rank r to higher ranks: `first[r]..first[r + 1]`.
    pub(super) first: Vec<u32>,
    /// Higher end of each link, rising within a rank.
    pub(super) head: Vec<u32>,
}

/// Eliminates all vertices, the one with the fewest neighbors first; among equals the one that stands on the fewest levels of
/// shortcuts, so that the elimination tree stays flat, and then the smallest number.
pub(super) fn eliminate(mut neighbors: Vec<Vec<u32>>) -> Eliminated {
    let n = neighbors.len();
    for list in &mut neighbors {
        list.sort_unstable();
        list.dedup();
    }
    let mut level = vec![0u32; n];
    let mut queue: BTreeSet<(u32, u32, u32)> =
        neighbors.iter().enumerate().map(|(vertex, list)| (list.len() as u32, 0, vertex as u32)).collect();
    let mut rank = vec![0u32; n];
    let mut above: Vec<Vec<u32>> = Vec::with_capacity(n);
    let mut merged = Vec::new();
    while let Some((_, at, vertex)) = queue.pop_first() {
        rank[vertex as usize] = above.len() as u32;
        let around = std::mem::take(&mut neighbors[vertex as usize]);
        for &other in &around {
            let list = &mut neighbors[other as usize];
            let known = (list.len() as u32, level[other as usize], other);
            merged.clear();
            unite(list, &around, vertex, other, &mut merged);
            std::mem::swap(list, &mut merged);
            level[other as usize] = level[other as usize].max(at + 1);
            let now = (list.len() as u32, level[other as usize], other);
            if now != known {
                queue.remove(&known);
                queue.insert(now);
            }
        }
        above.push(around);
    }
    let mut first = Vec::with_capacity(n + 1);
    let mut head = Vec::with_capacity(above.iter().map(Vec::len).sum());
    first.push(0);
    for list in above {
        let begin = head.len();
        head.extend(list.iter().map(|&vertex| rank[vertex as usize]));
        head[begin..].sort_unstable();
        first.push(head.len() as u32);
    }
    Eliminated { rank, first, head }
}

/// The union of two rising lists without two vertices.
fn unite(a: &[u32], b: &[u32], without: u32, and: u32, into: &mut Vec<u32>) {
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        let next = match (a.get(i), b.get(j)) {
            (Some(&x), Some(&y)) => x.min(y),
            (Some(&x), None) | (None, Some(&x)) => x,
            (None, None) => break,
        };
        i += usize::from(a.get(i) == Some(&next));
        j += usize::from(b.get(j) == Some(&next));
        if next != without && next != and {
            into.push(next);
        }
    }
}
