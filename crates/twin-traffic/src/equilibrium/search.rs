//! Costs of the edges of the routing graph.

use crate::street::NONE;

use super::Law;

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
