//! Power flow: a thousand scenarios of demand on each network, every single line failure with and without restoration.
//!
//! `cargo bench -p stadtwin --bench power` (networks through `STADTWIN_DATA`; without it nothing is measured, and said so).
//! `… -- --peers PYTHON SCRIPT` (or `cargo run -p xtask -- bench peers power`) prints one table beside pandapower, power-grid-model and
//! lightsim2grid instead. One thread: `RAYON_NUM_THREADS=1`. The time of `demand` and `lines` is that of all scenarios; their number is in the name.

#![expect(clippy::print_stdout, reason = "a bench prints what it measures")]

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group};
use twin::{Findings, Silent};
use twin_io::ImportOptions;
use twin_power::{
    Model,
    n1::{self, Each},
    solve::{Options, Solver},
};

/// Networks, scenarios, and the range of the factor on demand. Transmission keeps its dispatch: demand moves little there, as in the peers'
/// script.
const NETWORKS: [(&str, usize, f64, f64); 5] = [
    ("mv_oberrhein", 1000, 0.5, 1.2),
    ("lv_schutterwald", 400, 0.5, 1.2),
    ("sb_1-MVLV-urban-all-0-sw", 100, 0.5, 1.2),
    ("case1354pegase", 200, 0.98, 1.02),
    ("case9241pegase", 40, 0.98, 1.02),
];

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
    for (name, n_scenarios, low, high) in NETWORKS {
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

/// What another program says of its times: milliseconds per case, and its version.
struct Peers {
    lines: Vec<String>,
}

impl Peers {
    /// Runs the peers' script on a network.
    fn run(python: &str, script: &str, name: &str, n_scenarios: usize) -> Self {
        let output = std::process::Command::new(python).args([script, name, &n_scenarios.to_string()]).output();
        let lines = match output {
            Ok(output) => String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect(),
            Err(error) => {
                eprintln!("{python} does not start: {error}");
                Vec::new()
            }
        };
        Self { lines }
    }

    /// The number before ` ms` in the line that has all of these words.
    fn ms(&self, words: &[&str]) -> Option<f64> {
        let line = self.lines.iter().find(|line| words.iter().all(|word| line.contains(word)))?;
        let before = line.rsplit_once(" ms")?.0;
        before.rsplit([' ', '=']).next()?.parse().ok()
    }

    /// Versions as the programs print them.
    fn versions(&self) -> String {
        let version = |name: &str| {
            let line = self.lines.iter().find(|line| line.trim_start().starts_with(name))?;
            let rest = line.trim_start().strip_prefix(name)?.trim_start();
            Some(format!("{name} {}", rest.split([':', ' ']).next()?))
        };
        ["lightsim2grid", "power-grid-model"].iter().filter_map(|name| version(name)).collect::<Vec<_>>().join(", ")
    }
}

/// The least wall time of three runs, milliseconds per case, with this many threads.
fn least_ms(threads: usize, n_cases: usize, run: &(dyn Fn() + Sync)) -> f64 {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads start");
    let once = || {
        let start = std::time::Instant::now();
        pool.install(run);
        start.elapsed().as_secs_f64()
    };
    1e3 * (0..3).map(|_| once()).fold(f64::INFINITY, f64::min) / n_cases.max(1) as f64
}

/// Processor time of this program so far, seconds; nothing where the system does not tell it (`/proc`).
fn processor_s() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    // After the name in brackets: user and system time are the 12th and 13th field, in hundredths of a second.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    Some((fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?) / 100.0)
}

/// Processor time on one thread, milliseconds per case, over a second at least: that is what the peers' script prints, too. Wall time
/// where the system does not tell it.
fn processor_ms(n_cases: usize, run: &(dyn Fn() + Sync)) -> f64 {
    let Some(start) = processor_s() else { return least_ms(1, n_cases, run) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("threads start");
    let mut n = 0;
    loop {
        pool.install(run);
        n += n_cases;
        let spent = processor_s().unwrap_or(start) - start;
        if spent >= 1.0 {
            return 1e3 * spent / n.max(1) as f64;
        }
    }
}

/// Ours beside the others: milliseconds per scenario and core, and how many times faster.
fn table(python: &str, script: &str) {
    println!("milliseconds of processor time per scenario on one core (in brackets: how many times ours)");
    let mut versions = String::new();
    for (name, n_scenarios, low, high) in NETWORKS {
        let Some(file) = data(name) else { continue };
        let twin = twin_io::import(&[file], &ImportOptions::default(), &Silent).expect("the file imports").twin;
        let (model, _) = Model::of(&twin);
        let grid = model.energize(&model.state(), &mut Findings::default());
        let solver = Solver::new(grid.net, Options::default());
        let batch = || {
            let fill = |scenario: usize, demand: &mut [twin_power::complex::Complex]| {
                for (node, s) in demand.iter_mut().enumerate() {
                    *s = s.scale(factor(scenario, node, low, high));
                }
            };
            assert!(
                solver.batch(n_scenarios, fill, |_, solution| solution.end.is_converged()).iter().all(|fine| *fine)
            );
        };
        let one = processor_ms(n_scenarios, &batch);
        let speedup = least_ms(1, n_scenarios, &batch) / least_ms(2, n_scenarios, &batch);
        let mut assets = n1::assets(&twin, Each::Line);
        // Large networks by every n-th line, as the others' script does.
        let step = assets.len().div_ceil(2000).max(1);
        assets = assets.into_iter().step_by(step).collect();
        let failures = |restore: bool| {
            let options = n1::Options { restore, ..n1::Options::default() };
            processor_ms(assets.len(), &|| {
                assert!(n1::n1(&model, &assets, &options, &Silent).is_some());
            })
        };
        let (plain, restored) = (failures(false), failures(true));
        let peers = Peers::run(python, script, name, n_scenarios);
        versions = peers.versions();
        println!("{name}: {} buses", twin.power.n_nodes());
        println!("  demand: {one:.4}; two threads {speedup:.2} times one (wall time)");
        let beside = |what: &str, ours: f64, ms: Option<f64>| match ms {
            Some(ms) => println!("  {what}: {ms:.4} ({:.1})", ms / ours),
            None => println!("  {what}: –"),
        };
        beside("pandapower, one power flow", one, peers.ms(&["pandapower runpp"]));
        beside("power-grid-model, Newton", one, peers.ms(&["PGM batch", "newton_raphson threads=1"]));
        beside("power-grid-model, iterative current", one, peers.ms(&["PGM batch", "iterative_current threads=1"]));
        beside("lightsim2grid, series", one, peers.ms(&["lightsim2grid TimeSeries", "status 1"]));
        println!("  every line out: {plain:.4}; with restoration: {restored:.4}");
        beside("power-grid-model, every branch out, beside ours with restoration", restored, peers.ms(&["PGM N-1"]));
        beside("lightsim2grid, every line out, beside ours without", plain, peers.ms(&["lightsim2grid N-1"]));
    }
    println!("{versions}");
}

criterion_group!(benches, networks);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--peers") {
        Some(at) => match (arguments.get(at + 1), arguments.get(at + 2)) {
            (Some(python), Some(script)) => table(python, script),
            _ => eprintln!("usage: … -- --peers PYTHON SCRIPT"),
        },
        None => {
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
    }
}
