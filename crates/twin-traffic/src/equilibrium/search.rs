//! Cheapest paths from one zone to others through the routing graph (Dijkstra with a 4-ary heap, stopped early).

use crate::{
    heap::Heap,
    street::{NONE, graph::Graph},
};

use super::Law;

/// Room for searches on one graph, used again and again by one thread.
pub(crate) struct Search {
    heap: Heap,
    cost: Vec<f64>,
    by: Vec<u32>,
    /// Vertices whose cost is set.
    touched: Vec<u32>,
    wanted: Vec<bool>,
}

impl Search {
    pub(crate) fn new(graph: &Graph) -> Self {
        let n = graph.n_vertices();
        Self {
            heap: Heap::new(n),
            cost: vec![f64::INFINITY; n],
            by: vec![NONE; n],
            touched: Vec::new(),
            wanted: vec![false; n],
        }
    }

    /// Finds the cheapest paths from a vertex to the wanted ones at these costs of edges.
    pub(crate) fn run(&mut self, graph: &Graph, edge_cost: &[f64], from: u32, wanted: impl Iterator<Item = u32>) {
        for vertex in self.touched.drain(..) {
            self.cost[vertex as usize] = f64::INFINITY;
        }
        self.heap.clear();
        let targets: Vec<u32> = wanted.collect();
        let mut left = 0;
        for &vertex in &targets {
            if !std::mem::replace(&mut self.wanted[vertex as usize], true) {
                left += 1;
            }
        }
        self.cost[from as usize] = 0.0;
        self.by[from as usize] = NONE;
        self.touched.push(from);
        self.heap.push_or_decrease(from, 0.0);
        while left > 0 {
            let Some((vertex, cost)) = self.heap.pop() else { break };
            if self.wanted[vertex as usize] {
                left -= 1;
            }
            let edges = graph.first[vertex as usize] as usize..graph.first[vertex as usize + 1] as usize;
            for (edge, (&head, &step)) in edges.clone().zip(graph.head[edges.clone()].iter().zip(&edge_cost[edges])) {
                let next = cost + step;
                let known = &mut self.cost[head as usize];
                if next < *known {
                    if *known == f64::INFINITY {
                        self.touched.push(head);
                    }
                    *known = next;
                    self.by[head as usize] = edge as u32;
                    self.heap.push_or_decrease(head, next);
                }
            }
        }
        for vertex in targets {
            self.wanted[vertex as usize] = false;
        }
    }

    /// Cost of the cheapest path to a wanted vertex; infinite where there is none.
    pub(crate) fn cost(&self, vertex: u32) -> f64 {
        self.cost[vertex as usize]
    }

    /// Appends the arcs of the cheapest path to a reached vertex, in driving order, and gives what its connectors cost.
    pub(crate) fn path(&self, graph: &Graph, to: u32, arcs: &mut Vec<u32>) -> f64 {
        let begin = arcs.len();
        let mut connector = 0.0;
        let mut vertex = to;
        while self.by[vertex as usize] != NONE {
            let edge = self.by[vertex as usize] as usize;
            if graph.arc[edge] != NONE {
                arcs.push(graph.arc[edge]);
            }
            connector += graph.extra[edge];
            vertex = graph.tail[edge];
        }
        arcs[begin..].reverse();
        connector
    }
}

/// Cost of every edge of the graph for a class; infinite where it may not pass.
pub(crate) fn edge_costs(law: &Law<'_>, class: usize, delay: &[f64]) -> Vec<f64> {
    let fixed = &law.fixed[class];
    costs(law, class, |arc| fixed[arc] + delay[arc])
}

impl Law<'_> {
    /// Cost of every edge for a class at given times of the arcs.
    pub(crate) fn edge_costs_at(&self, class: usize, time_s: &[f64]) -> Vec<f64> {
        costs(self, class, |arc| time_s[arc] + self.streets.fixed_cost[arc])
    }
}

fn costs(law: &Law<'_>, class: usize, cost_of: impl Fn(usize) -> f64) -> Vec<f64> {
    let graph = &law.streets.graph;
    let bit = 1u8 << class;
    (0..graph.head.len())
        .map(|edge| {
            let arc = graph.arc[edge];
            if arc == NONE {
                return graph.extra[edge];
            }
            if graph.classes[edge] & law.open[arc as usize] & bit == 0 {
                return f64::INFINITY;
            }
            cost_of(arc as usize) + graph.extra[edge]
        })
        .collect()
}
