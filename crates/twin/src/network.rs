//! Networks: nodes of `N` joined by links of `L`, kept as a petgraph graph.

use std::ops::Index;

use petgraph::{
    algo::tarjan_scc,
    graph::{DiGraph, EdgeIndex, NodeIndex},
};

use crate::Id;

/// A network of nodes `N` and links `L`. A link points from one node to another; what the direction means (digitization,
/// flow, feeding side) is said by `L`. Nothing is ever removed: an outage or closure is a mask in a scenario.
#[derive(Clone, Debug)]
pub struct Network<N, L> {
    graph: DiGraph<N, L, u32>,
}

impl<N, L> Network<N, L> {
    /// An empty network.
    #[must_use]
    pub fn new() -> Self {
        Self { graph: DiGraph::default() }
    }

    /// An empty network with room for this many nodes and links.
    #[must_use]
    pub fn with_capacity(n_nodes: usize, n_links: usize) -> Self {
        Self { graph: DiGraph::with_capacity(n_nodes, n_links) }
    }

    /// Appends a node.
    pub fn add_node(&mut self, node: N) -> Id<N> {
        Id::new(self.graph.add_node(node).index())
    }

    /// Appends a link. Parallel links and loops are allowed.
    ///
    /// # Panics
    /// If an end is not a node of this network.
    pub fn add_link(&mut self, from: Id<N>, to: Id<N>, link: L) -> Id<L> {
        Id::new(self.graph.add_edge(node_index(from), node_index(to), link).index())
    }

    /// The number of nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.graph.node_count()
    }

    /// The number of links.
    #[must_use]
    pub fn n_links(&self) -> usize {
        self.graph.edge_count()
    }

    /// Whether there is neither node nor link.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.graph.node_count() == 0
    }

    /// The node, or `None` where the id is of another network.
    #[must_use]
    pub fn get_node(&self, id: Id<N>) -> Option<&N> {
        self.graph.node_weight(node_index(id))
    }

    /// The link, or `None` where the id is of another network.
    #[must_use]
    pub fn get_link(&self, id: Id<L>) -> Option<&L> {
        self.graph.edge_weight(EdgeIndex::new(id.index()))
    }

    /// The nodes that a link joins: (from, to).
    ///
    /// # Panics
    /// If the link is not of this network.
    #[must_use]
    pub fn ends(&self, id: Id<L>) -> (Id<N>, Id<N>) {
        let (from, to) =
            self.graph.edge_endpoints(EdgeIndex::new(id.index())).expect("because link ids come from this network");
        (Id::new(from.index()), Id::new(to.index()))
    }

    /// Ids and nodes in order.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (Id<N>, &N)> {
        self.graph.raw_nodes().iter().enumerate().map(|(index, node)| (Id::new(index), &node.weight))
    }

    /// Ids and links in order.
    pub fn links(&self) -> impl ExactSizeIterator<Item = (Id<L>, &L)> {
        self.graph.raw_edges().iter().enumerate().map(|(index, link)| (Id::new(index), &link.weight))
    }

    /// Every link that touches a node, with the node at its other end (the node itself for a loop), by rising link id.
    #[must_use]
    pub fn incident(&self, id: Id<N>) -> Vec<(Id<L>, Id<N>)> {
        let mut links: Vec<_> = self
            .graph
            .edge_indices_at(node_index(id))
            .map(|edge| {
                let (from, to) = self.ends(edge);
                (edge, if from == id { to } else { from })
            })
            .collect();
        links.sort_unstable();
        links.dedup();
        links
    }

    /// The same network with every node and link as given; ids stay.
    #[must_use]
    pub fn mapped<M, K>(&self, mut node: impl FnMut(&N) -> M, mut link: impl FnMut(&L) -> K) -> Network<M, K> {
        Network { graph: self.graph.map(|_, weight| node(weight), |_, weight| link(weight)) }
    }

    /// The petgraph graph, for petgraph's own algorithms; node and edge indices equal the ids' indices.
    #[must_use]
    pub const fn graph(&self) -> &DiGraph<N, L, u32> {
        &self.graph
    }
}

/// The largest set of nodes that reach each other along directed edges (from, to) between `n_nodes` nodes; the one with the
/// smallest node among equals (Tarjan's algorithm). One flag per node.
#[must_use]
pub fn largest_strong_part(n_nodes: usize, edges: impl Iterator<Item = (usize, usize)>) -> Vec<bool> {
    let mut graph: DiGraph<(), (), u32> = DiGraph::with_capacity(n_nodes, edges.size_hint().0);
    for _ in 0..n_nodes {
        graph.add_node(());
    }
    for (from, to) in edges {
        graph.add_edge(NodeIndex::new(from), NodeIndex::new(to), ());
    }
    let first = |part: &Vec<NodeIndex<u32>>| part.iter().map(|node| node.index()).min();
    let largest = tarjan_scc(&graph)
        .into_iter()
        .max_by(|a, b| a.len().cmp(&b.len()).then_with(|| first(b).cmp(&first(a))))
        .unwrap_or_default();
    let mut part = vec![false; n_nodes];
    for node in largest {
        part[node.index()] = true;
    }
    part
}

trait EdgesAt<L> {
    fn edge_indices_at(&self, node: NodeIndex<u32>) -> impl Iterator<Item = Id<L>>;
}

impl<N, L> EdgesAt<L> for DiGraph<N, L, u32> {
    fn edge_indices_at(&self, node: NodeIndex<u32>) -> impl Iterator<Item = Id<L>> {
        use petgraph::{Direction, visit::EdgeRef as _};
        self.edges_directed(node, Direction::Outgoing)
            .chain(self.edges_directed(node, Direction::Incoming))
            .map(|edge| Id::new(edge.id().index()))
    }
}

fn node_index<N>(id: Id<N>) -> NodeIndex<u32> {
    NodeIndex::new(id.index())
}

impl<N, L> Default for Network<N, L> {
    fn default() -> Self {
        Self::new()
    }
}
impl<N, L> Index<Id<N>> for Network<N, L> {
    type Output = N;
    fn index(&self, id: Id<N>) -> &N {
        &self.graph[node_index(id)]
    }
}
impl<N: PartialEq, L: PartialEq> PartialEq for Network<N, L> {
    fn eq(&self, other: &Self) -> bool {
        self.n_nodes() == other.n_nodes()
            && self.n_links() == other.n_links()
            && self.nodes().zip(other.nodes()).all(|(a, b)| a == b)
            && self.links().zip(other.links()).all(|(a, b)| a == b && self.ends(a.0) == other.ends(b.0))
    }
}

impl<N, L> Network<N, L> {
    /// The link of this id.
    ///
    /// # Panics
    /// If the link is not of this network.
    #[must_use]
    pub fn link(&self, id: Id<L>) -> &L {
        &self.graph[EdgeIndex::new(id.index())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_strong_part_is_a_circle_not_a_longer_one_way_chain() {
        let edges = [(0, 1), (1, 2), (2, 3), (3, 4), (5, 6), (6, 5), (4, 5)];
        assert_eq!(largest_strong_part(7, edges.into_iter()), [false, false, false, false, false, true, true]);
        assert_eq!(largest_strong_part(2, std::iter::empty()), [true, false]);
        assert_eq!(largest_strong_part(0, std::iter::empty()), [false; 0]);
    }

    #[test]
    fn incident_lists_each_link_once_and_a_loop_as_itself() {
        let mut network: Network<&str, u8> = Network::new();
        let a = network.add_node("a");
        let b = network.add_node("b");
        let ab = network.add_link(a, b, 1);
        let ba = network.add_link(b, a, 2);
        let aa = network.add_link(a, a, 3);
        assert_eq!(network.incident(a), vec![(ab, b), (ba, b), (aa, a)]);
        assert_eq!(network.incident(b), vec![(ab, a), (ba, a)]);
        assert_eq!(network.ends(ba), (b, a));
    }
}
