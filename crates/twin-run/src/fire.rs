//! Fire flow: what every hydrant gives, one at a time.

use twin::{Finding, Findings, Id, Scenario, Twin, Watch, outcome::Status, utility::WaterNodeKind};
use twin_pipes::water::{
    Net, SolveOptions,
    fire::{FireOptions, fire_flows},
    n1::{self, N1Options},
};

use crate::water::{WaterN1Row, options};

/// What is looked for beyond what is needed: a hydrant that gives more than twice as much is good enough.
const MOST_OF_NEEDED: f64 = 2.0;

/// What every hydrant gives with the residual pressure of `fire_flow_residual_m` kept there and no junction with demand below zero, in
/// the order of the nodes: what is missing of `fire_flow_needed_m3_h`, what it gives (at most twice that), its pressure before and at
/// that flow. Where the network has no hydrants, every junction with demand is taken for one. Rows that a cancellation left out are
/// missing.
#[must_use]
pub fn fire_flow(twin: &Twin, scenario: &Scenario, watch: &dyn Watch) -> (Vec<WaterN1Row>, Findings) {
    let (network, operation) = crate::adjusted::water(twin, scenario);
    let (net, mut findings) = Net::new(&network, &operation);
    let solve = SolveOptions { accuracy: 1e-6, ..options(&net, scenario) };
    let base = n1::base(&net, &N1Options { solve, threshold_m: solve.required_pressure_m, time_s: 0 });
    if !base.solved.status.is_fine() {
        findings.push(Finding::warning("water-not-converged", "the network without any fire is not solved"));
    }
    let needed_m3_s = scenario.assumptions.fire_flow_needed_m3_h / 3600.0;
    let fire = FireOptions {
        residual_m: scenario.assumptions.fire_flow_residual_m,
        most_m3_s: MOST_OF_NEEDED * needed_m3_s,
        ..FireOptions::default()
    };
    let nodes = hydrants(twin, &net, &base.state.full_m3_s, &mut findings);
    let flows = fire_flows(&net, &base.state, &solve, &fire, &nodes, watch);
    let rows = nodes
        .iter()
        .zip(flows)
        .filter_map(|(&node, flow)| {
            let row = &twin.water[Id::new(node)];
            let name = row.key.as_str().split_once('/').map_or(row.key.as_str(), |(_, id)| id).to_owned();
            let Some(flow) = flow else {
                // Cut off before, or not computed any more.
                return (base.state.isolated[node] && !watch.is_cancelled()).then(|| WaterN1Row {
                    key: row.key.clone(),
                    name,
                    criteria: vec![
                        ("water.fire_flow_missing_m3_h", 3600.0 * needed_m3_s),
                        ("water.fire_flow_m3_h", 0.0),
                    ],
                    status: Status::Empty,
                });
            };
            // Twenty solves lie behind a row: only whether all of them were found is told.
            let status = if flow.solved {
                Status::Converged { iterations: 0, residual: 0.0 }
            } else {
                Status::NotConverged { iterations: 0, residual: 0.0 }
            };
            Some(WaterN1Row {
                key: row.key.clone(),
                name,
                criteria: vec![
                    ("water.fire_flow_missing_m3_h", 3600.0 * (needed_m3_s - flow.available_m3_s).max(0.0)),
                    ("water.fire_flow_m3_h", 3600.0 * flow.available_m3_s),
                    ("water.static_pressure_m", flow.static_pressure_m),
                    ("water.fire_pressure_m", flow.pressure_m),
                ],
                status,
            })
        })
        .collect();
    (rows, findings)
}

/// The hydrants, or all junctions with demand where none is known.
fn hydrants(twin: &Twin, net: &Net, full_m3_s: &[f64], findings: &mut Findings) -> Vec<usize> {
    let known: Vec<usize> = twin
        .water
        .nodes()
        .filter(|(_, node)| matches!(node.kind, WaterNodeKind::Hydrant))
        .map(|(id, _)| id.index())
        .collect();
    if !known.is_empty() {
        return known;
    }
    findings
        .push(Finding::note("no-hydrants", "the network has no hydrants: every junction with demand is taken for one"));
    (0..net.n_nodes()).filter(|&node| !net.is_source(node) && full_m3_s[node] > 0.0).collect()
}
