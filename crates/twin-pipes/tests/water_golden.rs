//! Every network with EPANET 2.3.5's results: heads, flows, statuses.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use std::path::Path;

use support::{Case, case, data, name, networks, number, table};
use twin::{Silent, scenario::WaterDemandModel};
use twin_pipes::water::{SolveOptions, Solved, State, Workspace, simulate};

/// Tolerance of heads: that of the reference's own accuracy.
fn head_tolerance_m(case: &Case, part: &str) -> f64 {
    if case.meta[part]["accuracy"].as_f64().unwrap_or(1e-6) > 1e-7 { 1e-2 } else { 1e-3 }
}

fn steady(case: &Case, model: WaterDemandModel) -> (State, Solved) {
    let mut options = SolveOptions { demand_model: model, ..SolveOptions::of(&case.net) };
    if model == WaterDemandModel::Pda {
        options.minimum_pressure_m = 0.0;
        options.required_pressure_m = case.threshold_m();
        options.pressure_exponent = 0.5;
    }
    let mut state = State::initial(&case.net);
    let mut work = Workspace::new(&case.net);
    let mut solved = None;
    simulate(&case.net, &options, 0, &mut state, &mut work, &Silent, |step| solved = Some(step.solved));
    (state, solved.unwrap())
}

/// What differs from a reference, or nothing.
fn differences(case: &Case, folder: &Path, state: &State, infix: &str, part: &str) -> Vec<String> {
    let mut told = Vec::new();
    let (head, flow) = (case.head_m(), case.flow_m3_s());
    let nodes = table(&folder.join(format!("ref_t0_{infix}nodes.csv"))).unwrap();
    let links = table(&folder.join(format!("ref_t0_{infix}links.csv"))).unwrap();
    assert_eq!((nodes.len(), links.len()), (case.net.n_nodes(), case.net.n_links()), "{}", folder.display());
    let greatest = links.iter().map(|row| number(row, "flow").abs()).fold(1e-12, f64::max) * flow;
    // Below a litre per second in the whole network only noise is left.
    let greatest = greatest.max(1e-3);
    let mut worst = (0.0_f64, String::new());
    for row in &nodes {
        let node = case.node[&row["id"]];
        let due = number(row, "head") * head;
        // Nodes that nothing supplies have heads of -1e5 m in EPANET: there the digits of the file count, and what EPANET loses of
        // pivots that are differences of conductances sixteen digits apart. Of the case 2fcvs, solved with fifty digits (10.5 gpm
        // leak through a valve and a shut pump of 1e8 ft/cfs each), node 38 is at -1,169,617.64105 ft; EPANET's is 0.165 ft off
        // (1.4e-7 of it), ours 3e-5 ft (2e-11).
        let difference = ((state.head_m[node] - due).abs() - 2e-7 * (due.abs() - 1e4).max(0.0)).max(0.0);
        if difference > worst.0 {
            worst = (
                difference,
                format!("head of {}: {} m, EPANET {} m", row["id"], state.head_m[node], number(row, "head") * head),
            );
        }
    }
    if worst.0 > head_tolerance_m(case, part) {
        told.push(worst.1);
    }
    let mut worst = (0.0_f64, String::new());
    for row in &links {
        let link = case.link[&row["id"]];
        let shown = if state.link[link].is_open() { state.flow_m3_s[link] } else { 0.0 };
        let difference = (shown - number(row, "flow") * flow).abs() / greatest;
        if difference > worst.0 {
            worst = (
                difference,
                format!(
                    "flow of {}: {} of the greatest off ({shown} m³/s, EPANET {})",
                    row["id"],
                    difference,
                    number(row, "flow") * flow
                ),
            );
        }
        let open = number(row, "status") != 0.0;
        if open != state.link[link].is_open() {
            told.push(format!("status of {}: {:?}, EPANET {}", row["id"], state.link[link], row["status"]));
        }
    }
    if worst.0 > 1e-4 {
        told.push(worst.1);
    }
    told
}

fn compare(model: WaterDemandModel, infix: &str, part: &str) {
    let Some(data) = data() else { return };
    let mut failures = Vec::new();
    let mut n = 0;
    for folder in networks(&data) {
        let case = case(&folder);
        if !folder.join(format!("ref_t0_{infix}nodes.csv")).is_file() {
            continue;
        }
        n += 1;
        let (state, solved) = steady(&case, model);
        if !solved.status.is_fine() {
            failures.push(format!("{}: {:?}", name(&folder), solved));
        }
        eprintln!("{}: {:?}", name(&folder), solved.status);
        failures.extend(
            differences(&case, &folder, &state, infix, part)
                .into_iter()
                .map(|told| format!("{}: {told}", name(&folder))),
        );
    }
    assert!(n >= 30, "only {n} networks");
    assert!(failures.is_empty(), "{n} networks\n{}", failures.join("\n"));
}

#[test]
fn steady_demand_driven_solves_are_those_of_epanet() {
    compare(WaterDemandModel::Dda, "", "t0");
}

#[test]
fn steady_pressure_dependent_solves_are_those_of_epanet() {
    compare(WaterDemandModel::Pda, "pda_", "t0_pda");
}

#[test]
fn simulations_over_hours_are_those_of_epanet() {
    let Some(data) = data() else { return };
    let mut failures = Vec::new();
    let mut n = 0;
    for folder in networks(&data) {
        let Some(heads) = table(&folder.join("ref_eps_head.csv")) else { continue };
        let flows = table(&folder.join("ref_eps_flow.csv")).unwrap();
        n += 1;
        let case = case(&folder);
        let (head, flow) = (case.head_m(), case.flow_m3_s());
        let hours = case.meta["eps"]["hours"].as_u64().unwrap();
        let options = SolveOptions { demand_model: WaterDemandModel::Dda, ..SolveOptions::of(&case.net) };
        let mut state = State::initial(&case.net);
        let mut work = Workspace::new(&case.net);
        let greatest = flows
            .iter()
            .flat_map(|row| {
                row.iter().filter(|(id, _)| *id != "time_s").map(|(_, flow)| flow.parse::<f64>().unwrap().abs())
            })
            .fold(0.0, f64::max)
            * flow;
        let mut worst_head = (0.0_f64, String::new());
        let mut worst_flow = (0.0_f64, String::new());
        let mut seen = 0;
        simulate(&case.net, &options, hours * 3600, &mut state, &mut work, &Silent, |step| {
            let Some(at) = heads.iter().position(|row| number(row, "time_s") as u64 == step.time_s) else { return };
            seen += 1;
            for (id, &node) in &case.node {
                let difference = (step.state.head_m[node] - number(&heads[at], id) * head).abs();
                if difference > worst_head.0 {
                    worst_head = (
                        difference,
                        format!("head of {id} at {} s: {difference} m off, {:?}", step.time_s, step.solved.status),
                    );
                }
            }
            for (id, &link) in &case.link {
                let shown = if step.state.link[link].is_open() { step.state.flow_m3_s[link] } else { 0.0 };
                let difference = (shown - number(&flows[at], id) * flow).abs() / greatest;
                if difference > worst_flow.0 {
                    worst_flow =
                        (difference, format!("flow of {id} at {} s: {difference} of the greatest off", step.time_s));
                }
            }
        });
        eprintln!("{}: {} times, head {} m, flow {}", name(&folder), seen, worst_head.0, worst_flow.0);
        if seen != heads.len() {
            failures.push(format!("{}: {seen} of {} times", name(&folder), heads.len()));
        }
        // The references are solved to 1e-6 and written with seven digits.
        if worst_head.0 > 1e-2 {
            failures.push(format!("{}: {}", name(&folder), worst_head.1));
        }
        if worst_flow.0 > 1e-3 {
            failures.push(format!("{}: {}", name(&folder), worst_flow.1));
        }
    }
    assert!(n > 5, "only {n} simulations");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn what_is_written_gives_the_same_heads() {
    let Some(data) = data() else { return };
    let mut n = 0;
    for folder in networks(&data) {
        let case = case(&folder);
        let text = support::inp::write(&case.model);
        let (again, _) =
            support::inp::parse(&text, "again").unwrap_or_else(|findings| panic!("{}: {findings}", name(&folder)));
        assert_eq!(again.network.n_links(), case.model.network.n_links());
        assert_eq!(again.operation.rules.len(), case.model.operation.rules.len());
        assert_eq!(again.operation.controls, case.model.operation.controls, "{}", name(&folder));
        let (net, _) = twin_pipes::water::Net::new(&again.network, &again.operation);
        let other =
            Case { net, model: again, node: case.node.clone(), link: case.link.clone(), meta: case.meta.clone() };
        let (one, two) = (steady(&case, WaterDemandModel::Dda).0, steady(&other, WaterDemandModel::Dda).0);
        for (node, (a, b)) in one.head_m.iter().zip(&two.head_m).enumerate() {
            assert!((a - b).abs() <= 1e-4 + 1e-7 * a.abs(), "{} node {node}: {a} {b}", name(&folder));
        }
        // The twin's own lines lose no digit.
        let lines = support::inp::write_operation(&case.model.network, &case.model.operation);
        let (operation, findings) = support::inp::parse_operation(&lines, &case.model.network);
        assert!(!findings.has_errors(), "{}: {findings}", name(&folder));
        assert_eq!(operation, case.model.operation, "{}", name(&folder));
        n += 1;
    }
    assert!(n >= 30, "only {n} networks");
}
