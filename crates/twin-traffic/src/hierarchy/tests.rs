//! Sweeps against a search edge by edge, on random graphs.

use proptest::prelude::*;

use super::*;
use crate::street::graph::Graph;

/// A random graph: two zones' worth of connectors, states, edges; costs by edge, some infinite.
fn town() -> impl Strategy<Value = (Graph, Vec<f64>)> {
    (1usize..5, 1usize..30).prop_flat_map(|(n_zones, n)| {
        let connectors = prop::collection::vec((0..n_zones, 0..n, 0u32..20, any::<bool>()), n_zones..4 * n_zones);
        let edges = prop::collection::vec((0..n, 0..n, prop::option::weighted(0.9, 0u32..50)), 0..4 * n);
        (connectors, edges).prop_map(move |(connectors, edges)| {
            let first_state = 2 * n_zones;
            let mut all: Vec<(usize, usize, u32, f64, f64)> = Vec::new();
            for &(zone, state, cost, leaves) in &connectors {
                let (tail, head) =
                    if leaves { (first_state + state, n_zones + zone) } else { (zone, first_state + state) };
                all.push((tail, head, NONE, f64::from(cost), f64::from(cost)));
            }
            for (arc, &(tail, head, cost)) in edges.iter().enumerate() {
                let cost = cost.map_or(f64::INFINITY, f64::from);
                all.push((first_state + tail, first_state + head, arc as u32, 0.0, cost));
            }
            all.sort_by_key(|edge| edge.0);
            let mut graph = Graph {
                source: (0..n_zones as u32).collect(),
                sink: (n_zones as u32..first_state as u32).collect(),
                first: vec![0; first_state + n + 1],
                ..Graph::default()
            };
            for &(tail, head, arc, extra, _) in &all {
                graph.first[tail + 1] += 1;
                graph.tail.push(tail as u32);
                graph.head.push(head as u32);
                graph.arc.push(arc);
                graph.classes.push(u8::MAX);
                graph.extra.push(extra);
            }
            for vertex in 0..first_state + n {
                graph.first[vertex + 1] += graph.first[vertex];
            }
            (graph, all.iter().map(|edge| edge.4).collect())
        })
    })
}

/// Costs from a vertex to all others, edge by edge until nothing changes.
fn bellman_ford(graph: &Graph, edge_cost: &[f64], from: u32) -> Vec<f64> {
    let mut cost = vec![f64::INFINITY; graph.n_vertices()];
    cost[from as usize] = 0.0;
    loop {
        let before = cost.clone();
        for (edge, (&tail, &head)) in graph.tail.iter().zip(&graph.head).enumerate() {
            cost[head as usize] = cost[head as usize].min(cost[tail as usize] + edge_cost[edge]);
        }
        if cost == before {
            return cost;
        }
    }
}

proptest! {
    #[test]
    fn sweeps_agree_with_dijkstra((graph, edge_cost) in town()) {
        let hierarchy = Hierarchy::new(&graph);
        let metric = Metric::new(&hierarchy, &edge_cost);
        let mut sweep = Sweep::new(&hierarchy);
        let n_zones = graph.sink.len();
        let origins: Vec<u32> = (0..n_zones as u32).collect();
        for batch in origins.chunks(LANES) {
            sweep.run(&hierarchy, &metric, batch);
            for (lane, &origin) in batch.iter().enumerate() {
                let known = bellman_ford(&graph, &edge_cost, graph.source[origin as usize]);
                for zone in 0..n_zones {
                    let cost = sweep.cost(&hierarchy, lane, zone);
                    prop_assert_eq!(cost, known[graph.sink[zone] as usize]);
                    if cost == f64::INFINITY {
                        continue;
                    }
                    let mut arcs = Vec::new();
                    let connectors = sweep.path(&hierarchy, &metric, &graph, (lane, zone), &mut arcs);
                    let driven: f64 = arcs
                        .iter()
                        .map(|&arc| edge_cost[graph.arc.iter().position(|&known| known == arc).unwrap()])
                        .sum();
                    prop_assert_eq!(connectors + driven, cost);
                    let ends = |arc: u32| {
                        let edge = graph.arc.iter().position(|&known| known == arc).unwrap();
                        (graph.tail[edge], graph.head[edge])
                    };
                    prop_assert!(arcs.windows(2).all(|pair| ends(pair[0]).1 == ends(pair[1]).0));
                }
            }
            // To every second zone alone the costs are the same.
            let all: Vec<f64> = (0..n_zones).map(|zone| sweep.cost(&hierarchy, 0, zone)).collect();
            sweep.run_to(&hierarchy, &metric, batch, (0..n_zones as u32).step_by(2));
            for zone in (0..n_zones).step_by(2) {
                prop_assert_eq!(sweep.cost(&hierarchy, 0, zone), all[zone]);
            }
        }
    }
}
