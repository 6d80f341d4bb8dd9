//! Scenarios of demand with gridoxide, in series on one thread: `gridoxide FOLDER SCENARIOS LOW HIGH`.
//!
//! Its batch solver with a thread of its own, every scenario from the solved base case; linear algebra by its translation of KLU, which it
//! takes by default. With the feature `klu` SuiteSparse's own is measured, too.

use std::process::ExitCode;

use gridoxide::{
    batch::{BatchSolver, BatchStart, BusOverride, Scenario},
    network::{ShuntAdm, YBusSparse, build_ybus, stamp_shunts},
    solver::{JacobianBackend, PersistentSolver, SolveStatus},
    types::{Bus, BusType, Transformer},
};
use num_complex::Complex64;
use stadtwin_peers::{
    case::{Case, Kind, Task, factor},
    ended, fastest_ms, one_thread, version_only,
};

const TOLERANCE_PU: f64 = 1e-8;
const MAX_ITERATIONS: usize = 20;

fn main() -> ExitCode {
    ended(run())
}

/// The network in the library's own nouns. A line is a transformer of ratio 1: the admittances are the same.
fn model(case: &Case) -> (Vec<Bus>, YBusSparse) {
    let start = case.start();
    let buses: Vec<Bus> = case
        .injection(|_| 1.0)
        .into_iter()
        .enumerate()
        .map(|(idx, power)| Bus {
            idx,
            bus_type: match case.kind[idx] {
                Kind::Slack => BusType::Slack,
                Kind::Pv => BusType::PV,
                Kind::Pq => BusType::PQ,
            },
            voltage_mag: start[idx].norm(),
            voltage_ang: start[idx].arg(),
            p_spec: power.re,
            q_spec: power.im,
            q_min: f64::NEG_INFINITY,
            q_max: f64::INFINITY,
            u_rated: 0.0,
            zip_terms: Vec::new(),
        })
        .collect();
    let branches: Vec<Transformer> = case
        .branches
        .iter()
        .map(|branch| Transformer {
            from: branch.from,
            to: branch.to,
            from_status: 1,
            to_status: 1,
            y_series: branch.impedance.inv(),
            y_shunt: branch.shunt,
            tap: branch.ratio,
        })
        .collect();
    let shunts: Vec<ShuntAdm> = case
        .shunt
        .iter()
        .enumerate()
        .filter(|(_, y)| **y != Complex64::ZERO)
        .map(|(at, &y)| ShuntAdm { at, y })
        .collect();
    let mut admittances = build_ybus(buses.len(), &[], &branches);
    stamp_shunts(&mut admittances, &shunts);
    (buses, admittances.finish())
}

fn run() -> Result<(), String> {
    if version_only("gridoxide") {
        return Ok(());
    }
    one_thread()?;
    let Task { case, n_scenarios, low, high } = Task::of(std::env::args())?;
    let (mut buses, admittances) = model(&case);
    let mut solver = PersistentSolver::new(JacobianBackend::default());
    let (_, stats) = solver.solve_with_stats(&mut buses, &admittances, TOLERANCE_PU, MAX_ITERATIONS);
    if stats.status != SolveStatus::Converged {
        let mismatch = stats.final_mismatch();
        return Err(format!("does not converge: {:?}, mismatch {mismatch:.1e} p.u.", stats.status));
    }
    let voltages: Vec<Complex64> =
        buses.iter().map(|bus| Complex64::from_polar(bus.voltage_mag, bus.voltage_ang)).collect();
    // The first entry of the trace is the mismatch at the start.
    let n_iterations = stats.iterations().saturating_sub(1);
    println!("base {n_iterations} iterations, {:.1e} p.u. from the reference", case.apart(&voltages));

    let scenarios: Vec<Scenario> = (0..n_scenarios)
        .map(|scenario| {
            let injection = case.injection(|bus| factor(scenario, bus, low, high));
            let changed = (0..buses.len()).filter(|&bus| case.demand[bus] != Complex64::ZERO);
            Scenario::new(changed.map(|bus| BusOverride::new(bus).p(injection[bus].re).q(injection[bus].im)).collect())
        })
        .collect();
    series("scenario", JacobianBackend::KluNative, &buses, &admittances, &scenarios)?;
    #[cfg(feature = "klu")]
    series("scenario with SuiteSparse's KLU", JacobianBackend::Klu, &buses, &admittances, &scenarios)?;
    Ok(())
}

fn series(
    what: &str,
    backend: JacobianBackend,
    buses: &[Bus],
    admittances: &YBusSparse,
    scenarios: &[Scenario],
) -> Result<(), String> {
    let mut batch = BatchSolver::with_threads(backend, 1).map_err(|error| format!("{error:?}"))?;
    batch.set_start(BatchStart::Template);
    let mut n_failed = 0;
    let mut lowest = f64::MAX;
    let mut wrong = None;
    let ms = fastest_ms(|| match batch.solve_voltages(buses, admittances, scenarios, TOLERANCE_PU, MAX_ITERATIONS) {
        Ok(solved) => {
            n_failed = solved.iter().filter(|one| one.stats.status != SolveStatus::Converged).count();
            lowest = solved.iter().flat_map(|one| &one.voltage_mag).copied().fold(f64::MAX, f64::min);
        }
        Err(error) => wrong = Some(format!("{error:?}")),
    });
    if let Some(wrong) = wrong {
        return Err(wrong);
    }
    let n = scenarios.len();
    println!("{what} {:.5} ms, {n_failed} of {n} failed, lowest voltage {lowest:.9} p.u.", ms / n as f64);
    Ok(())
}
