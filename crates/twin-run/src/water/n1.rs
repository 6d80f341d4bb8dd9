//! Every single failure of the water network.

use twin::{
    Finding, Findings, Id, Key, Scenario, Twin, Watch,
    outcome::Status,
    utility::{WaterLinkKind, WaterNetwork, WaterNodeKind},
};
use twin_pipes::water::{
    Net, SolveOptions,
    n1::{self, N1Options},
    segment::{Segments, Valve},
};

use super::options;
use crate::adjusted;

/// What fails in a sweep of the water network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaterN1 {
    /// Every pipe by itself.
    Pipe,
    /// Every segment between valves, with the valves that shut it.
    Segment,
}

/// One failure and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterN1Row {
    /// What failed: `water_pipe/P-12`, or the first pipe of a segment.
    pub key: Key,
    /// What people call it: diameter and material of a pipe, or the valves that shut a segment.
    pub name: String,
    /// Every criterion by its name, unit at the end.
    pub criteria: Vec<(&'static str, f64)>,
    /// How the solve ended.
    pub status: Status,
}

/// Every single failure of the water network, in the order of its pipes or segments: whom each takes water and pressure
/// from. Rows that a cancellation left out are missing.
#[must_use]
pub fn water_n1(twin: &Twin, scenario: &Scenario, what: WaterN1, watch: &dyn Watch) -> (Vec<WaterN1Row>, Findings) {
    let (network, operation) = adjusted::water(twin, scenario);
    let (net, mut findings) = Net::new(&network, &operation);
    let solve = SolveOptions { accuracy: 1e-6, ..options(&net, scenario) };
    let n1_options = N1Options { solve, threshold_m: solve.required_pressure_m, time_s: 0 };
    let base = n1::base(&net, &n1_options);
    if !base.solved.status.is_fine() {
        findings.push(Finding::warning("water-not-converged", "the network without any failure is not solved"));
    }
    let failures = match what {
        WaterN1::Pipe => pipes(&network, &net),
        WaterN1::Segment => segments(&network, &net),
    };
    let closures: Vec<Vec<u32>> = failures.iter().map(|failure| failure.links.clone()).collect();
    let cases = n1::cases(&net, &base, &n1_options, &closures, watch);
    let rows = failures
        .into_iter()
        .zip(cases)
        .filter_map(|(failure, case)| {
            let case = case?;
            let mut criteria = vec![
                ("water.customers_below_pressure", f64::from(case.n_junctions_below)),
                ("water.demand_not_served_m3_s", case.not_served_m3_s),
                ("water.junctions_cut_off", f64::from(case.n_junctions_cut_off)),
            ];
            criteria.extend(case.min_pressure_m.map(|pressure_m| ("water.min_pressure_m", pressure_m)));
            if what == WaterN1::Segment {
                criteria.push(("water.valves_to_close", failure.n_valves as f64));
                criteria.push(("water.length_m", failure.length_m));
            }
            Some(WaterN1Row { key: failure.key, name: failure.name, criteria, status: case.solved.status })
        })
        .collect();
    (rows, findings)
}

struct Failure {
    key: Key,
    name: String,
    links: Vec<u32>,
    n_valves: usize,
    length_m: f64,
}

fn pipes(network: &WaterNetwork, net: &Net) -> Vec<Failure> {
    network
        .links()
        .filter(|(id, _)| net.is_pipe(id.index()))
        .map(|(id, link)| {
            let (length_m, diameter_m) = match link.kind {
                WaterLinkKind::Pipe { length_m, diameter_m, .. } => (length_m, diameter_m),
                _ => (0.0, 0.0),
            };
            let material = link.burial.material.as_deref().map_or_else(String::new, |material| format!(" {material}"));
            Failure {
                key: link.key.clone(),
                name: format!("DN {:.0}{material}", diameter_m * 1000.0),
                links: vec![id.index() as u32],
                n_valves: 0,
                length_m,
            }
        })
        .collect()
}

/// Segments by the valves of the network, control valves too; all links of a segment and at its nodes are closed together.
fn segments(network: &WaterNetwork, net: &Net) -> Vec<Failure> {
    let valves: Vec<Valve> = network
        .links()
        .filter(|(_, link)| !matches!(link.kind, WaterLinkKind::Pipe { .. } | WaterLinkKind::Pump { .. }))
        .map(|(id, _)| Valve::Link(id.index() as u32))
        .collect();
    let ends: Vec<(u32, u32)> =
        (0..net.n_links()).map(|link| (net.ends(link).0 as u32, net.ends(link).1 as u32)).collect();
    let found = Segments::new(net.n_nodes(), &ends, &valves);
    let mut failures = Vec::new();
    for segment in 0..found.len() {
        let nodes = found.nodes(segment);
        let is_source = nodes.iter().any(|&node| {
            !matches!(network[Id::new(node as usize)].kind, WaterNodeKind::Junction { .. } | WaterNodeKind::Hydrant)
        });
        let pipes: Vec<u32> = found.links(segment).iter().copied().filter(|&link| net.is_pipe(link as usize)).collect();
        let Some(&first) = pipes.first().filter(|_| !is_source) else { continue };
        let mut links: Vec<u32> = nodes.iter().flat_map(|&node| net.links_at(node as usize)).copied().collect();
        links.extend(found.links(segment));
        links.sort_unstable();
        links.dedup();
        let names: Vec<&str> = found
            .valves(segment)
            .iter()
            .map(|&valve| match valves[valve as usize] {
                Valve::Link(link) | Valve::At { link, .. } => {
                    network.link(Id::new(link as usize)).key.as_str().split_once('/').map_or("", |(_, id)| id)
                }
            })
            .collect();
        let length_m = pipes
            .iter()
            .map(|&link| match network.link(Id::new(link as usize)).kind {
                WaterLinkKind::Pipe { length_m, .. } => length_m,
                _ => 0.0,
            })
            .sum();
        failures.push(Failure {
            key: network.link(Id::new(first as usize)).key.clone(),
            name: names.join(", "),
            links,
            n_valves: names.len(),
            length_m,
        });
    }
    failures
}
