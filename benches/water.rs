//! Water networks: one cold solve, and every pipe closed once on one thread.
//!
//! `cargo bench -p stadtwin --bench water` (networks through `STADTWIN_DATA`, default `../shared/data`). The time of
//! `every_pipe` is that of all cases; the number of pipes stands in its name.

mod support;

use std::fs;

use criterion::{Criterion, criterion_group, criterion_main};
use twin::{Silent, scenario::WaterDemandModel};
use twin_pipes::water::{
    Net, SolveOptions, State, Workspace,
    n1::{self, N1Options},
    simulate,
};

fn networks(criterion: &mut Criterion) {
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread starts");
    for name in ["Net3", "Modena", "L-TOWN", "ky4", "KL"] {
        let Some(file) = support::data(&format!("water/{name}/{name}.inp")) else { continue };
        let bytes = fs::read(&file).expect("the file is readable");
        let (model, _) = twin_io::inp::parse(&String::from_utf8_lossy(&bytes), name).expect("the file is sound");
        let (net, _) = Net::new(&model.network, &model.operation);
        let solve = SolveOptions {
            demand_model: WaterDemandModel::Pda,
            minimum_pressure_m: 0.0,
            required_pressure_m: 20.0,
            pressure_exponent: 0.5,
            accuracy: 1e-6,
            ..SolveOptions::of(&net)
        };
        let initial = State::initial(&net);
        let mut work = Workspace::new(&net);
        criterion.bench_function(&format!("water/{name}/cold"), |bencher| {
            bencher.iter(|| {
                let mut state = initial.clone();
                simulate(&net, &solve, 0, &mut state, &mut work, &Silent, |_| {});
                state
            });
        });
        let options = N1Options { solve, threshold_m: 20.0, time_s: 0 };
        let base = n1::base(&net, &options);
        let n_pipes = (0..net.n_links()).filter(|&link| net.is_pipe(link)).count();
        criterion.bench_function(&format!("water/{name}/every_pipe_{n_pipes}"), |bencher| {
            bencher.iter(|| one_thread.install(|| n1::every_pipe(&net, &base, &options, &Silent)));
        });
    }
}

criterion_group!(benches, networks);
criterion_main!(benches);
