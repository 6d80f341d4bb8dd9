//! Bridges: links whose closure cuts nodes off from every source.

use super::{
    net::{NONE, Net},
    state::{LinkState, State},
};

/// Bridges of a network in a state, all sources taken as one node.
#[derive(Clone, Debug)]
pub struct Bridges {
    cuts_off: Vec<bool>,
    n_cut_off: Vec<u32>,
    beyond: Vec<u32>,
}

impl Bridges {
    /// Finds them by one depth-first search (Tarjan 1974) over the links that are open or may open.
    #[must_use]
    pub fn new(net: &Net, state: &State) -> Self {
        let n = net.n_nodes();
        // The node after the last stands for all sources.
        let root = n;
        let of = |node: usize| if net.is_source(node) { root } else { node };
        let mut found = Self {
            cuts_off: vec![false; net.n_links()],
            n_cut_off: vec![0; net.n_links()],
            beyond: vec![NONE; net.n_links()],
        };
        let mut entry = vec![u32::MAX; n + 1];
        let mut low = vec![u32::MAX; n + 1];
        let mut size = vec![1_u32; n + 1];
        let sources: Vec<u32> = net
            .sources
            .iter()
            .flat_map(|source| net.links_at(source.node as usize).iter().copied())
            .filter(|&link| passes(net, state, link as usize))
            .collect();
        let links_of = |node: usize| if node == root { &sources[..] } else { net.links_at(node) };
        let mut clock = 0;
        // Node, link that led there, next link to follow.
        let mut stack: Vec<(usize, u32, usize)> = vec![(root, u32::MAX, 0)];
        entry[root] = 0;
        low[root] = 0;
        while let Some(&mut (node, by, ref mut next)) = stack.last_mut() {
            if let Some(&link) = links_of(node).get(*next) {
                *next += 1;
                if link == by || !passes(net, state, link as usize) {
                    continue;
                }
                let (from, to) = net.ends(link as usize);
                let other = if of(from) == node { of(to) } else { of(from) };
                if entry[other] == u32::MAX {
                    clock += 1;
                    entry[other] = clock;
                    low[other] = clock;
                    stack.push((other, link, 0));
                } else {
                    low[node] = low[node].min(entry[other]);
                }
                continue;
            }
            stack.pop();
            if let Some(&(above, ..)) = stack.last() {
                low[above] = low[above].min(low[node]);
                size[above] += size[node];
                if low[node] > entry[above] {
                    found.cuts_off[by as usize] = true;
                    found.n_cut_off[by as usize] = size[node];
                    found.beyond[by as usize] = node as u32;
                }
            }
        }
        found
    }

    /// Whether closing a link cuts nodes off.
    #[must_use]
    pub fn cuts_off(&self, link: usize) -> bool {
        self.cuts_off[link]
    }

    /// The end of a link that closing it cuts off.
    pub(super) fn beyond(&self, link: usize) -> Option<usize> {
        Some(self.beyond[link]).filter(|&node| node != NONE).map(|node| node as usize)
    }

    /// How many nodes it cuts off.
    #[must_use]
    pub fn n_cut_off(&self, link: usize) -> u32 {
        self.n_cut_off[link]
    }
}

fn passes(net: &Net, state: &State, link: usize) -> bool {
    state.link[link] != LinkState::Closed || super::state::may_open(net, state, link)
}
