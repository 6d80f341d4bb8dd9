//! The whole way of a town through Stadtwin: import, load, base equilibrium, half closure.
//!
//! `cargo bench -p stadtwin` (data of real towns through `STADTWIN_DATA`, default `../shared/data`; without it only
//! Musterstadt is measured, and said so).

mod support;

use std::path::Path;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use twin::{
    Scenario, Silent, Twin,
    road::{Arc, Direction, Modes},
    scenario::{Closure, ClosureKind, RoadTarget},
};
use twin_io::ImportOptions;

fn imported(file: &Path) -> Twin {
    twin_io::import(&[file.to_owned()], &ImportOptions::default(), &Silent).expect("the file imports").twin
}

/// Half of the busiest two-way street with a name.
fn half_closure(twin: &Twin) -> Scenario {
    let base = Scenario::default();
    let prepared = twin_run::prepare(twin, &base, &Silent);
    let resolved = twin_run::resolve(twin, &base).expect("the base case resolves");
    let outcome = twin_run::run(twin, &prepared, &resolved, &Silent);
    let volume = &outcome.traffic.expect("there are streets").hours[0].base.volume_veh_h;
    let both = |id| Direction::BOTH.map(|direction| volume[Arc::new(id, direction).index()]).iter().sum::<f64>();
    let (_, busiest) = twin
        .roads
        .links()
        .filter(|(_, link)| link.name.is_some() && link.length_m > 80.0)
        .filter(|(_, link)| link.forward.modes.contains(Modes::CAR) && link.backward.modes.contains(Modes::CAR))
        .max_by(|a, b| both(a.0).total_cmp(&both(b.0)))
        .expect("there is a two-way street");
    let closure =
        Closure { kind: ClosureKind::Half, length_m: Some(60.0), ..Closure::on(RoadTarget::Key(busiest.key.clone())) };
    Scenario { closures: vec![closure], ..base }
}

fn town(criterion: &mut Criterion, name: &str, twin: &Twin) {
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("town.gpkg");
    group.bench_function("write", |b| b.iter(|| twin_io::gpkg::write_twin(twin, &file).expect("it is written")));
    twin_io::gpkg::write_twin(twin, &file).expect("it is written");
    group.bench_function("load", |b| b.iter(|| twin_io::gpkg::read_twin(&file).expect("it is read")));
    let base = Scenario::default();
    group.bench_function("prepare", |b| b.iter(|| twin_run::prepare(twin, &base, &Silent)));
    let scenario = half_closure(twin);
    let prepared = twin_run::prepare(twin, &scenario, &Silent);
    group.bench_function("closure", |b| {
        b.iter_batched(
            || twin_run::resolve(twin, &scenario).expect("the closure resolves"),
            |resolved| twin_run::run(twin, &prepared, &resolved, &Silent),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

fn pipeline(criterion: &mut Criterion) {
    let options = twin_musterstadt::Options { population: 10_000, seed: 1 };
    let musterstadt = twin_musterstadt::generate(&options, &Silent).expect("it is generated");
    town(criterion, "musterstadt-10000", &musterstadt);
    for (name, file) in [("lauf", "osm/lauf_pegnitz_2020.osm.pbf"), ("bad-hersfeld", "osm/bad_hersfeld.osm.pbf")] {
        let Some(file) = support::data(file) else { continue };
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        group.bench_function("import", |b| b.iter(|| imported(&file)));
        group.finish();
        town(criterion, name, &imported(&file));
    }
    if let Some(file) = support::data("osm/rhein_neckar_roads_2016.osm.pbf") {
        let mut group = criterion.benchmark_group("rhein-neckar");
        group.sample_size(10);
        group.bench_function("import", |b| b.iter(|| imported(&file)));
        group.finish();
    }
}

criterion_group!(benches, pipeline);
criterion_main!(benches);
