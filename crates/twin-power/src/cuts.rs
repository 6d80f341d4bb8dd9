//! Bridges: which two-ports are the only way of supply, and what lies behind them.
//!
//! # References
//! Tarjan 1974 (bridges by depth-first search), doi:10.1016/0020-0190(74)90003-9. All feeding nodes count as one.

use crate::net::{Net, NodeKind};

const NONE: u32 = u32::MAX;

/// Nodes in the order of a depth-first search from the feeding ones, and what each bridge cuts off.
#[derive(Clone, Debug)]
pub(crate) struct Cuts {
    /// Node at each place.
    pub(crate) node: Vec<u32>,
    /// Place of each node.
    pub(crate) place: Vec<u32>,
    /// For each two-port the places that lose their supply without it: from, to (excluded). Empty where none do.
    pub(crate) behind: Vec<(u32, u32)>,
}

impl Cuts {
    pub(crate) fn of(net: &Net) -> Self {
        let n = net.n_nodes();
        let mut begin = vec![0u32; n + 1];
        for branch in &net.branches {
            begin[branch.from as usize + 1] += 1;
            begin[branch.to as usize + 1] += 1;
        }
        for node in 0..n {
            begin[node + 1] += begin[node];
        }
        let mut next = begin.clone();
        let mut near = vec![(0u32, 0u32); net.branches.len() * 2];
        for (branch, number) in net.branches.iter().zip(0u32..) {
            for (at, other) in [(branch.from, branch.to), (branch.to, branch.from)] {
                near[next[at as usize] as usize] = (other, number);
                next[at as usize] += 1;
            }
        }
        let mut cuts =
            Self { node: Vec::with_capacity(n), place: vec![NONE; n], behind: vec![(0, 0); net.branches.len()] };
        let mut low = vec![0u32; n];
        let mut at = begin.clone();
        // Node and the branch by which it was reached.
        let mut stack: Vec<(u32, u32)> = Vec::new();
        let is_feed = |node: u32| net.kind[node as usize] == NodeKind::Slack;
        for root in (0..n as u32).filter(|&node| is_feed(node)) {
            if cuts.place[root as usize] != NONE {
                continue;
            }
            cuts.enter(root, &mut low, true);
            stack.push((root, NONE));
            while let Some(&(node, by)) = stack.last() {
                let here = node as usize;
                if at[here] < begin[here + 1] {
                    let (other, branch) = near[at[here] as usize];
                    at[here] += 1;
                    if branch == by {
                        continue;
                    }
                    let there = other as usize;
                    if cuts.place[there] == NONE {
                        cuts.enter(other, &mut low, is_feed(other));
                        stack.push((other, branch));
                    } else {
                        low[here] = low[here].min(cuts.place[there]);
                    }
                    continue;
                }
                stack.pop();
                if let Some(&(above, _)) = stack.last() {
                    let above = above as usize;
                    low[above] = low[above].min(low[here]);
                    if low[here] > cuts.place[above] {
                        cuts.behind[by as usize] = (cuts.place[here], cuts.node.len() as u32);
                    }
                }
            }
        }
        cuts
    }

    /// A feeding node reaches back to the common root, so that no bridge lies between feeds.
    fn enter(&mut self, node: u32, low: &mut [u32], is_feed: bool) {
        let place = self.node.len() as u32;
        self.place[node as usize] = place;
        low[node as usize] = if is_feed { 0 } else { place };
        self.node.push(node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{complex::Complex, net::TwoPort};

    #[test]
    fn bridges_of_a_ring_with_a_tail() {
        // 0 feeds the ring 0–1–2; 3–4 hang on 2; 5 is fed by itself and joined to 4.
        let build = |with_second_feed: bool| {
            let mut net = Net::new(1.0);
            for node in 0..6 {
                let kind = if node == 0 || (node == 5 && with_second_feed) { NodeKind::Slack } else { NodeKind::Pq };
                net.add_node(kind, Complex::ONE);
            }
            for (from, to) in [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 5)] {
                net.branches.push(TwoPort::pi(from, to, Complex::new(0.1, 0.1), Complex::ZERO, Complex::ONE));
            }
            Cuts::of(&net)
        };
        let sizes = |cuts: &Cuts| cuts.behind.iter().map(|(a, b)| b - a).collect::<Vec<_>>();
        assert_eq!(sizes(&build(false)), [0, 0, 0, 3, 2, 1]);
        assert_eq!(sizes(&build(true)), [0; 6]);
    }
}
