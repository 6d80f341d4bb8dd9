//! Scenarios of demand with rustpower, in series on one thread: `rustpower FOLDER SCENARIOS LOW HIGH`.
//!
//! Its solver without the entity-component system around it, which keeps pattern and ordering between solves; linear algebra by faer.
//! Its fastest linear solver, SuiteSparse's KLU, it takes from an installed library only.

use std::process::ExitCode;

use num_complex::Complex64;
use rustpower::prelude::NewtonSolver;
use stadtwin_peers::{
    case::{Kind, Task, factor},
    ended, fastest_ms, one_thread, version_only,
};

const TOLERANCE_PU: f64 = 1e-8;
const MAX_ITERATIONS: usize = 20;

fn main() -> ExitCode {
    ended(run())
}

fn run() -> Result<(), String> {
    if version_only("rustpower") {
        return Ok(());
    }
    one_thread()?;
    let Task { case, n_scenarios, low, high } = Task::of(std::env::args())?;
    let of_kind = |kind| (0..case.kind.len()).filter(|&bus| case.kind[bus] == kind).collect::<Vec<_>>();
    let (starts, columns, values) = case.admittances();
    let mut solver = NewtonSolver::new();
    solver.setup_from_nodes(
        case.kind.len(),
        &starts,
        &columns,
        &values,
        &case.injection(|_| 1.0),
        &case.start(),
        &of_kind(Kind::Pq),
        &of_kind(Kind::Pv),
        &of_kind(Kind::Slack),
    )?;
    let (converged, residual) = solver.solve(MAX_ITERATIONS, TOLERANCE_PU)?;
    if !converged {
        return Err(format!("does not converge: mismatch {residual:.1e} p.u. after {MAX_ITERATIONS} iterations"));
    }
    let base = solver.voltage()?;
    println!("base {} iterations, {:.1e} p.u. from the reference", solver.iterations()?, case.apart(&base));

    solver.set_v_init(&base)?;
    let scenarios: Vec<Vec<Complex64>> =
        (0..n_scenarios).map(|scenario| case.injection(|bus| factor(scenario, bus, low, high))).collect();
    let mut n_failed = 0;
    let mut lowest = f64::MAX;
    let ms = fastest_ms(|| {
        n_failed = 0;
        for injection in &scenarios {
            let end = solver.set_s_bus(injection).and_then(|()| solver.solve(MAX_ITERATIONS, TOLERANCE_PU));
            n_failed += usize::from(!end.is_ok_and(|(converged, _)| converged));
            let magnitudes = solver.vm().unwrap_or_default();
            lowest = magnitudes.into_iter().fold(lowest, f64::min);
        }
    });
    println!(
        "scenario {:.5} ms, {n_failed} of {n_scenarios} failed, lowest voltage {lowest:.9} p.u.",
        ms / n_scenarios as f64
    );
    Ok(())
}
