//! Power flow: a thousand scenarios of demand on each network, every single line failure with and without restoration.
//!
//! `cargo bench -p stadtwin --bench power` (networks through `STADTWIN_DATA`; without it nothing is measured, and said so).
//! One thread: `RAYON_NUM_THREADS=1`. The time of `demand` and `lines` is that of all scenarios; their number is in the name.

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group, criterion_main};
use twin::{Findings, Silent};
use twin_io::ImportOptions;
use twin_power::{
    Model,
    n1::{self, Each},
    solve::{Options, Solver},
};

fn data(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let files = ["json", "json.gz"].map(|end| root.join(format!("power/{name}/{name}.{end}")));
    let found = files.into_iter().find(|file| file.exists());
    if found.is_none() {
        eprintln!("{name} is absent: set STADTWIN_DATA to measure it");
    }
    found
}

/// A factor for a scenario and node, the same in every run.
fn factor(scenario: usize, node: usize, low: f64, high: f64) -> f64 {
    let mut x =
        (scenario as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ (node as u64).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x ^= x >> 29;
    x = x.wrapping_mul(0x94D0_49BB_1331_11EB);
    low + (high - low) * ((x >> 11) as f64 / (1u64 << 53) as f64)
}

fn networks(criterion: &mut Criterion) {
    // Transmission keeps its dispatch: demand moves little, as in the comparison with other programs.
    for (name, n_scenarios, low, high) in [
        ("mv_oberrhein", 1000, 0.5, 1.2),
        ("lv_schutterwald", 400, 0.5, 1.2),
        ("sb_1-MVLV-urban-all-0-sw", 100, 0.5, 1.2),
        ("case1354pegase", 200, 0.98, 1.02),
        ("case9241pegase", 40, 0.98, 1.02),
    ] {
        let Some(file) = data(name) else { continue };
        let twin = twin_io::import(&[file], &ImportOptions::default(), &Silent).expect("the file imports").twin;
        let (model, _) = Model::of(&twin);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        let grid = model.energize(&model.state(), &mut Findings::default());
        let solver = Solver::new(grid.net, Options::default());
        group.bench_function(format!("demand_{n_scenarios}"), |b| {
            b.iter(|| {
                solver.batch(
                    n_scenarios,
                    |scenario, demand| {
                        for (node, s) in demand.iter_mut().enumerate() {
                            *s = s.scale(factor(scenario, node, low, high));
                        }
                    },
                    |_, solution| solution.end.is_converged(),
                )
            });
        });
        if twin.power.n_links() > 4000 {
            continue;
        }
        let assets = n1::assets(&twin, Each::Line);
        for restore in [false, true] {
            let options = n1::Options { restore, ..n1::Options::default() };
            let what = if restore { "lines_restored" } else { "lines" };
            group.bench_function(format!("{what}_{}", assets.len()), |b| {
                b.iter(|| n1::n1(&model, &assets, &options, &Silent));
            });
        }
    }
}

criterion_group!(benches, networks);
criterion_main!(benches);
