//! The solvers against the neutral per-unit models of the golden networks: same voltages as pandapower 3.3.3.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::needless_range_loop,
    clippy::ptr_arg,
    reason = "a test may end there, and says what it compared"
)]

mod golden;

use golden::{networks, read};
use twin_power::solve::{End, Method, Options, Solver};

#[test]
fn voltages_are_those_of_pandapower() {
    for folder in networks() {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let (net, wanted) = read(&folder);
        let own = net.mismatch(&wanted).0;
        for method in [Method::Auto, Method::Newton] {
            let solver = Solver::new(net.clone(), Options { method, ..Options::default() });
            let base = solver.base();
            let End::Converged { iterations, residual_pu } = base.end else {
                panic!("{name} {method:?}: {:?}", base.end)
            };
            let worst = base.voltage.iter().zip(&wanted).map(|(a, b)| (*a - *b).abs()).fold(0.0, f64::max);
            println!(
                "{name}: {} nodes, {method:?} {}, {iterations} iterations, residual {residual_pu:.1e} (reference {own:.1e}), worst difference {worst:.1e}",
                net.n_nodes(),
                if solver.sweeps() { "sweep" } else { "Newton" },
            );
            assert!(worst < 1e-7, "{name}: {worst}");
        }
    }
}
