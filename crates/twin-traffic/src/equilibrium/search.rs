//! Cheapest paths from one zone to others through the routing graph: Dijkstra with a 4-ary heap, and a repair of an earlier search
//! that goes through the vertices in its order without a heap.

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
    mark: Vec<bool>,
}

impl Search {
    pub(crate) fn new(graph: &Graph) -> Self {
        let n = graph.n_vertices();
        Self { heap: Heap::new(n), cost: vec![f64::INFINITY; n], by: vec![NONE; n], mark: vec![false; n] }
    }

    /// Finds the cheapest paths from a vertex to the wanted sinks at these costs of edges, and no farther.
    pub(crate) fn run(&mut self, graph: &Graph, edge_cost: &[f64], from: u32, wanted: impl Iterator<Item = u32>) {
        self.begin(from);
        let wanted: Vec<u32> = wanted.collect();
        let mut missing = 0;
        for &sink in &wanted {
            missing += usize::from(!std::mem::replace(&mut self.mark[sink as usize], true));
        }
        let mut bound = f64::INFINITY;
        self.heap.push_or_decrease(from, 0.0);
        while let Some((vertex, cost)) = self.heap.pop() {
            if cost >= bound || missing == 0 && bound == f64::INFINITY {
                // Costs of sinks still fall until the heap has passed the greatest of them.
                bound = wanted.iter().map(|&sink| self.cost[sink as usize]).fold(0.0, f64::max);
                if cost >= bound {
                    break;
                }
            }
            self.relax(graph, edge_cost, vertex, cost, |search, head, next, first| {
                if graph.is_sink(head) {
                    missing -= usize::from(first && search.mark[head as usize]);
                } else {
                    search.heap.push_or_decrease(head, next);
                }
            });
        }
        for sink in wanted {
            self.mark[sink as usize] = false;
        }
    }

    /// Finds the cheapest paths from a vertex to everywhere and gives the order in which vertices were settled.
    pub(crate) fn run_everywhere(&mut self, graph: &Graph, edge_cost: &[f64], from: u32) -> Vec<u32> {
        self.begin(from);
        let mut order = Vec::with_capacity(graph.n_vertices());
        self.heap.push_or_decrease(from, 0.0);
        while let Some((vertex, cost)) = self.heap.pop() {
            order.push(vertex);
            self.relax(graph, edge_cost, vertex, cost, |search, head, next, _| {
                if !graph.is_sink(head) {
                    search.heap.push_or_decrease(head, next);
                }
            });
        }
        order
    }

    /// Finds the cheapest paths from a vertex to everywhere, going through the vertices in the order of an earlier search. Where costs have
    /// changed little, little is left to correct. Gives how many vertices had to be looked at again.
    pub(crate) fn run_in_order(&mut self, graph: &Graph, edge_cost: &[f64], from: u32, order: &[u32]) -> usize {
        self.begin(from);
        for &vertex in order {
            // Marked: already passed, so a better cost must be passed on again.
            self.mark[vertex as usize] = true;
            let cost = self.cost[vertex as usize];
            if cost == f64::INFINITY {
                continue;
            }
            self.relax(graph, edge_cost, vertex, cost, |search, head, next, _| {
                if search.mark[head as usize] && !graph.is_sink(head) {
                    search.heap.push_or_decrease(head, next);
                }
            });
        }
        for &vertex in order {
            self.mark[vertex as usize] = false;
        }
        let mut again = 0;
        while let Some((vertex, cost)) = self.heap.pop() {
            again += 1;
            self.relax(graph, edge_cost, vertex, cost, |search, head, next, _| {
                if !graph.is_sink(head) {
                    search.heap.push_or_decrease(head, next);
                }
            });
        }
        again
    }

    fn begin(&mut self, from: u32) {
        self.cost.fill(f64::INFINITY);
        self.heap.clear();
        self.cost[from as usize] = 0.0;
        self.by[from as usize] = NONE;
    }

    /// Looks from a vertex along its edges; `better` is told of every vertex that became cheaper, its cost, and whether it was
    /// reached for the first time.
    #[inline]
    fn relax(
        &mut self,
        graph: &Graph,
        edge_cost: &[f64],
        vertex: u32,
        cost: f64,
        mut better: impl FnMut(&mut Self, u32, f64, bool),
    ) {
        let edges = graph.first[vertex as usize] as usize..graph.first[vertex as usize + 1] as usize;
        for (edge, (&head, &step)) in edges.clone().zip(graph.head[edges.clone()].iter().zip(&edge_cost[edges])) {
            let next = cost + step;
            let known = self.cost[head as usize];
            if next < known {
                self.cost[head as usize] = next;
                self.by[head as usize] = edge as u32;
                better(self, head, next, known == f64::INFINITY);
            }
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
