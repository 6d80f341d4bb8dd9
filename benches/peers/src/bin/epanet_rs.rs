//! One network with epanet-rs, on one thread: `epanet_rs NET.inp [pda|dda] [warm|cold]`. A cold solve at t = 0, then every pipe closed once,
//! from the solved state or from the start.
//!
//! Prints the heads of all nodes, so that the caller can compare, and what all closures together leave unserved. Options as in the script
//! that measures EPANET: accuracy 1e-4 or the file's, 200 trials; pressure-dependent with 20 m required. The library leaves rules out, and
//! computes Chezy-Manning not at all (it panics, which ends this program).

use std::process::ExitCode;

use epanet_rs::{
    model::{
        link::{LinkStatus, LinkType},
        network::Network,
        node::NodeType,
        options::DemandModel,
    },
    solver::{hydraulicsolver::HydraulicSolver, state::SolverState},
};
use stadtwin_peers::{ended, fastest_ms, one_thread, version_only};

const M_PER_FT: f64 = 0.3048;
/// Cubic metres in a cubic foot.
const M3_PER_FT3: f64 = M_PER_FT * M_PER_FT * M_PER_FT;
/// Pressure from which a junction gets all its demand, metres.
const REQUIRED_M: f64 = 20.0;
/// More than this through a closed pipe (0.3 l/s), and the closure did not hold, ft³/s. The library closes by a head loss of 1e8 s/ft² times the
/// flow, as EPANET does, so something always leaks to what is cut off.
const LEAK_CFS: f64 = 1e-2;

const USAGE: &str = "usage: NET.inp [pda|dda] [warm|cold]";

fn main() -> ExitCode {
    ended(run())
}

/// The state before the first iteration: demands and controls at t = 0.
fn initial(network: &Network) -> SolverState {
    let mut state = SolverState::new_with_initial_values(network);
    state.apply_patterns(network, 0);
    state.apply_controls(network, 0);
    state
}

/// The network solved with one pipe closed, from a given state; why not, where it does not converge or the pipe still lets water through.
fn closed(
    network: &Network,
    solver: &HydraulicSolver,
    from: &SolverState,
    demands: &[f64],
    pipe: usize,
) -> Result<SolverState, String> {
    let mut state = from.clone();
    // A solved state has the water that was got in the place of what is wanted.
    state.demands.copy_from_slice(demands);
    state.statuses[pipe] = LinkStatus::Closed;
    let solved = solver.solve(network, &state).map_err(|error| error.to_string())?;
    let flow_cfs = solved.flows[pipe];
    if flow_cfs.abs() <= LEAK_CFS { Ok(solved) } else { Err(format!("closed, and {flow_cfs:.1e} ft3/s flow")) }
}

fn run() -> Result<(), String> {
    if version_only("epanet-rs") {
        return Ok(());
    }
    one_thread()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, options @ ..] = &arguments[..] else { return Err(USAGE.into()) };
    let (mut model, mut warm) = (DemandModel::PDA, true);
    for option in options {
        match option.as_str() {
            "pda" => model = DemandModel::PDA,
            "dda" => model = DemandModel::DDA,
            "warm" => warm = true,
            "cold" => warm = false,
            _ => return Err(USAGE.into()),
        }
    }
    let mut network = Network::from_file(file).map_err(|error| format!("cannot read: {error}"))?;
    let options = &mut network.options;
    options.demand_model = model;
    options.minimum_pressure = 0.0;
    options.required_pressure = REQUIRED_M / M_PER_FT;
    options.pressure_exponent = 0.5;
    options.accuracy = options.accuracy.min(1e-4);
    options.max_trials = 200;
    let network = network;

    let solver = HydraulicSolver::new(&network).map_err(|error| error.to_string())?;
    let wanted = initial(&network).demands;
    let base = solver.solve(&network, &initial(&network)).map_err(|error| format!("base: {error}"))?;
    let cold_ms = fastest_ms(|| {
        let solved = solver.solve(&network, &initial(&network));
        assert!(solved.is_ok(), "it was solved before");
    });
    println!("cold {cold_ms:.5} ms");

    let junctions: Vec<usize> = (0..network.nodes.len())
        .filter(|&node| matches!(network.nodes[node].node_type, NodeType::Junction(_)) && wanted[node] > 0.0)
        .collect();
    // What leaks through the closed pipe is no supply: below zero pressure nothing is served.
    let fed = |state: &SolverState, node: usize| state.heads[node] > network.nodes[node].elevation;
    let served = |state: &SolverState| match model {
        DemandModel::PDA => {
            junctions.iter().filter(|&&node| fed(state, node)).map(|&node| state.demand_flows[node]).sum()
        }
        DemandModel::DDA => junctions.iter().map(|&node| wanted[node]).sum::<f64>(),
    };
    let pipes: Vec<usize> =
        (0..network.links.len()).filter(|&link| matches!(network.links[link].link_type, LinkType::Pipe(_))).collect();
    let start = initial(&network);
    let (from, said) = if warm { (&base, "warm") } else { (&start, "cold") };
    let mut n_failed = 0;
    let mut first_failure = None;
    let mut lost_cfs = 0.0;
    let closures_ms = fastest_ms(|| {
        let cases = pipes.iter().map(|&pipe| closed(&network, &solver, from, &wanted, pipe));
        (n_failed, lost_cfs) = cases.fold((0, 0.0), |(n_failed, lost), case| match case {
            Ok(state) => (n_failed, lost + served(&base) - served(&state)),
            Err(error) => {
                first_failure.get_or_insert(error);
                (n_failed + 1, lost)
            }
        });
    });
    let n = pipes.len();
    println!("closure {:.5} ms, {said}, {n_failed} of {n} failed", closures_ms / n.max(1) as f64);
    if let Some(error) = first_failure {
        println!("first failure: {error}");
    }
    println!("lost {:.9} m3/s", lost_cfs * M3_PER_FT3);
    for (node, head_ft) in network.nodes.iter().zip(&base.heads) {
        println!("head {} {:.6}", node.id, head_ft * M_PER_FT);
    }
    Ok(())
}
