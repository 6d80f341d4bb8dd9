//! Gas and heat networks: compiling, one cold solve, all single failures.
//!
//! `cargo bench -p stadtwin --bench gas_heat` (nets through `STADTWIN_DATA`, default `../shared/data`; without them nothing is
//! measured, and said so).

mod support;

use criterion::{Criterion, criterion_group, criterion_main};
use twin::{Silent, Twin, utility::Medium};
use twin_io::ImportOptions;
use twin_pipes::{
    gas::{Gas, GasOptions},
    heat::{Heat, HeatOptions},
};

fn imported(path: &str) -> Option<Twin> {
    let file = support::data(path)?;
    Some(twin_io::import(&[file], &ImportOptions::default(), &Silent).expect("the file imports").twin)
}

fn one_thread(work: impl FnOnce() + Send) {
    rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread").install(work);
}

fn gas(criterion: &mut Criterion) {
    for name in ["schutterwald_gas_1bar", "schutterwald_gas_1bar_colebrook"] {
        let Some(twin) = imported(&format!("gas/{name}/{name}.json")) else { continue };
        let mut operation = twin.operation(Medium::Gas);
        if name.ends_with("colebrook") {
            operation.friction = twin::utility::Friction::Colebrook;
        }
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        group.bench_function("compile", |b| b.iter(|| Gas::new(&twin.gas, &operation)));
        let gas = Gas::new(&twin.gas, &operation);
        group.bench_function("solve", |b| b.iter(|| gas.solve(&[], &GasOptions::default())));
        group.bench_function("cut off by topology", |b| b.iter(|| gas.customers_behind()));
        group.sample_size(10);
        group.bench_function("single failures", |b| {
            b.iter(|| one_thread(|| drop(gas.single_failures(&GasOptions::default(), &Silent))));
        });
    }
}

fn heat(criterion: &mut Criterion) {
    for name in ["schutterwald_heat", "schutterwald_heat_tret50"] {
        let Some(twin) = imported(&format!("heat/{name}/{name}.json")) else { continue };
        let operation = twin.operation(Medium::Heat);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(20);
        let heat = Heat::new(&twin.heat, &operation);
        group.bench_function("solve", |b| b.iter(|| heat.solve(&[], &HeatOptions::default())));
        group.sample_size(10);
        group.bench_function("single failures", |b| {
            b.iter(|| one_thread(|| drop(heat.single_failures(&HeatOptions::default(), &Silent))));
        });
    }
}

criterion_group!(benches, gas, heat);
criterion_main!(benches);
