//! Power flow: a thousand scenarios of demand on each network, every single line failure with and without restoration.
//!
//! `cargo bench -p stadtwin --bench power` (networks through `STADTWIN_DATA`; without it nothing is measured, and said so).
//! `… -- --peers PYTHON SCRIPT --rust FOLDER` (or `cargo run -p xtask -- bench peers power`; one of the two is enough) prints one table beside
//! pandapower, power-grid-model and lightsim2grid, and beside gridoxide and rustpower (programs of `benches/peers`, on the admittances and
//! injections that pandapower computed of the same network) instead. One thread: `RAYON_NUM_THREADS=1`. The time of `demand` and `lines` is that of all scenarios; their number is in the name.

#![expect(clippy::print_stdout, reason = "a bench prints what it measures")]

#[path = "support/rust_peers.rs"]
mod rust_peers;
mod support;

use std::path::{Path, PathBuf};

use criterion::{Criterion, criterion_group};
use twin::{Findings, Silent};
use twin_io::ImportOptions;
use twin_power::{
    Model,
    complex::Complex,
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

/// The file of a network; nothing, and said so, where it is absent.
fn network(name: &str) -> Option<PathBuf> {
    let folder = support::data(&format!("power/{name}"))?;
    let files = ["json", "json.gz"].map(|end| folder.join(format!("{name}.{end}")));
    let found = files.into_iter().find(|file| file.is_file());
    if found.is_none() {
        eprintln!("{} has no network", folder.display());
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

/// The power drawn in every scenario, computed before anything is measured: the others' batches are arrays, too.
fn demands(solver: &Solver, n_scenarios: usize, low: f64, high: f64) -> Vec<Vec<Complex>> {
    let drawn = |scenario: usize| {
        let nodes = solver.net().demand.iter().enumerate();
        nodes.map(|(node, s)| s.scale(factor(scenario, node, low, high))).collect()
    };
    (0..n_scenarios).map(drawn).collect()
}

/// Solves all scenarios; whether every one converged.
fn batch(solver: &Solver, demands: &[Vec<Complex>]) -> bool {
    let fill = |scenario: usize, demand: &mut [Complex]| demand.copy_from_slice(&demands[scenario]);
    solver.batch(demands.len(), fill, |_, solution| solution.end.is_converged()).into_iter().all(|fine| fine)
}

fn networks(criterion: &mut Criterion) {
    for (name, n_scenarios, low, high) in NETWORKS {
        let Some(file) = network(name) else { continue };
        let twin = twin_io::import(&[file], &ImportOptions::default(), &Silent).expect("the file imports").twin;
        let (model, _) = Model::of(&twin);
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        let grid = model.energize(&model.state(), &mut Findings::default());
        let solver = Solver::new(grid.net, Options::default());
        let demands = demands(&solver, n_scenarios, low, high);
        group.bench_function(format!("demand_{n_scenarios}"), |b| b.iter(|| batch(&solver, &demands)));
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

/// What other programs say of their times: lines with milliseconds per case.
struct Peers {
    lines: Vec<String>,
}

impl Peers {
    /// Runs the peers' script on a network, every `step`-th line out where it lets them fail. What goes wrong there is shown.
    fn run(python: &str, script: &str, (name, file): (&str, &Path), n_scenarios: usize, step: usize) -> Self {
        let nothing = Self { lines: Vec::new() };
        let mut command = std::process::Command::new(python);
        command.args([script, name, &n_scenarios.to_string()]).env("EVERY", step.to_string());
        let unpacked = tempfile::tempdir();
        if file.extension().is_some_and(|end| end == "gz") {
            // The script reads plain files only.
            let Some(folder) = unpacked.as_ref().ok().filter(|folder| unpack(python, name, file, folder.path())) else {
                eprintln!("{} is not unpacked", file.display());
                return nothing;
            };
            command.env("STADTWIN_DATA", folder.path());
        }
        let output = match command.output() {
            Ok(output) => output,
            Err(error) => {
                eprintln!("{python} does not start: {error}");
                return nothing;
            }
        };
        let lines: Vec<String> = String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect();
        lines.iter().filter(|line| line.contains("FAILED")).for_each(|line| eprintln!("{name}: {}", line.trim()));
        if !output.status.success() {
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let last: Vec<&str> = told.lines().rev().take(12).collect();
            eprintln!("{name}: {script} ends with {}:", output.status);
            last.into_iter().rev().for_each(|line| eprintln!("  {line}"));
        }
        Self { lines }
    }

    /// The number before ` ms` in the line that has all of these words.
    fn ms(&self, words: &[&str]) -> Option<f64> {
        let line = self.lines.iter().find(|line| words.iter().all(|word| line.contains(word)))?;
        let before = line.rsplit_once(" ms")?.0;
        before.rsplit([' ', '=']).next()?.parse().ok()
    }
}

/// Unpacks a network to where the peers' script looks for it; whether that worked.
fn unpack(python: &str, name: &str, file: &Path, folder: &Path) -> bool {
    let to = folder.join("power").join(name);
    if std::fs::create_dir_all(&to).is_err() {
        return false;
    }
    let code = "import gzip, shutil, sys; shutil.copyfileobj(gzip.open(sys.argv[1]), open(sys.argv[2], 'wb'))";
    let mut command = std::process::Command::new(python);
    command.args(["-c", code]).arg(file).arg(to.join(format!("{name}.json")));
    command.status().is_ok_and(|status| status.success())
}

/// Versions of the peers as the interpreter has them installed.
fn versions(python: &str) -> String {
    let code = "import importlib.metadata as m\nfor p in ('pandapower', 'power-grid-model', 'lightsim2grid'):\n    \
                try: print(p, m.version(p))\n    except m.PackageNotFoundError: print(p, 'absent')";
    match std::process::Command::new(python).args(["-c", code]).output() {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).lines().collect::<Vec<_>>().join(", ")
        }
        Ok(output) => format!("versions unknown: {}", String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) => format!("{python} does not start: {error}"),
    }
}

/// How many times faster two threads are than one, wall time: the runs take turns, so that what else the machine does hits both.
fn speedup(run: &(dyn Fn() + Sync)) -> f64 {
    let pools = [1, 2].map(|n| rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads start"));
    let mut least = [f64::INFINITY; 2];
    for _ in 0..7 {
        for (pool, least) in pools.iter().zip(&mut least) {
            let start = std::time::Instant::now();
            pool.install(run);
            *least = least.min(start.elapsed().as_secs_f64());
        }
    }
    least[0] / least[1]
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
fn table(scripts: Option<(&str, &str)>, rust: Option<&Path>) {
    if let Some((python, _)) = scripts {
        println!("{}", versions(python));
    }
    if let Some(folder) = rust {
        println!("{}", IN_RUST.map(|program| rust_peers::version(folder, program)).join(", "));
    }
    println!("milliseconds of processor time per scenario on one core (in brackets: how many times ours)");
    for (name, n_scenarios, low, high) in NETWORKS {
        let Some(file) = network(name) else { continue };
        let twin = twin_io::import(std::slice::from_ref(&file), &ImportOptions::default(), &Silent)
            .expect("the file imports")
            .twin;
        let (model, _) = Model::of(&twin);
        let grid = model.energize(&model.state(), &mut Findings::default());
        let solver = Solver::new(grid.net, Options::default());
        let demands = demands(&solver, n_scenarios, low, high);
        let batch = || assert!(batch(&solver, &demands));
        let one = processor_ms(n_scenarios, &batch);
        let mut assets = n1::assets(&twin, Each::Line);
        // Large networks by every n-th line, as the others' script does.
        let step = assets.len().div_ceil(2000).max(1);
        assets = assets.into_iter().step_by(step).collect();
        let run = |restore: bool| {
            let options = n1::Options { restore, ..n1::Options::default() };
            assert!(n1::n1(&model, &assets, &options, &Silent).is_some());
        };
        let (without, with) = (|| run(false), || run(true));
        let [plain, restored] = [&without as &(dyn Fn() + Sync), &with].map(|run| processor_ms(assets.len(), run));
        let peers = scripts.map_or(Peers { lines: Vec::new() }, |(python, script)| {
            Peers::run(python, script, (name, &file), n_scenarios, step)
        });
        println!("{name}: {} buses", twin.power.n_nodes());
        println!("  demand: {one:.4}");
        let beside = |what: &str, ours: f64, ms: Option<f64>| match ms {
            Some(ms) => println!("  {what}: {ms:.4} ({:.1})", ms / ours),
            None => println!("  {what}: –"),
        };
        beside("pandapower, one power flow", one, peers.ms(&["pandapower runpp"]));
        beside("power-grid-model, Newton", one, peers.ms(&["PGM batch", "newton_raphson threads=1"]));
        beside("power-grid-model, iterative current", one, peers.ms(&["PGM batch", "iterative_current threads=1"]));
        beside("lightsim2grid, series", one, peers.ms(&["lightsim2grid TimeSeries", "status 1"]));
        if let Some(folder) = rust {
            let network = (support::data(&format!("power/{name}")), [n_scenarios as f64, low, high]);
            IN_RUST.iter().for_each(|program| println!("  {program}: {}", in_rust(folder, program, &network, one)));
        }
        println!("  every line out: {plain:.4}; with restoration: {restored:.4}");
        beside("power-grid-model, every branch out, beside ours with restoration", restored, peers.ms(&["PGM N-1"]));
        beside("lightsim2grid, every line out, beside ours without", plain, peers.ms(&["lightsim2grid N-1"]));
        // What happens once before the failures are spread over threads bounds what threads can gain.
        let serial = |restore: bool, all_ms: f64| {
            let options = n1::Options { restore, ..n1::Options::default() };
            let once_ms = processor_ms(1, &|| assert!(n1::n1(&model, &[], &options, &Silent).is_some()));
            100.0 * once_ms / (all_ms * assets.len() as f64)
        };
        println!(
            "  on one thread before the failures: {:.1} % of every line out, {:.1} % with restoration",
            serial(false, plain),
            serial(true, restored)
        );
        let [demand, without, with] = [&batch as &(dyn Fn() + Sync), &without, &with].map(speedup);
        println!(
            "  two threads, times one (wall time, idle machine only): demand {demand:.2}, every line out {without:.2}, with restoration {with:.2}"
        );
    }
}

/// The libraries in Rust, as their programs are called.
const IN_RUST: [&str; 2] = ["gridoxide", "rustpower"];

/// What a library in Rust needs for a scenario, beside ours, and what it says of its answers; or why there are none.
fn in_rust(folder: &Path, program: &str, (network, task): &(Option<PathBuf>, [f64; 3]), ours_ms: f64) -> String {
    let Some(network) = network else { return "no network".to_owned() };
    let [n, low, high] = task.map(|number| number.to_string());
    let text = match rust_peers::run(folder, program, &[&network.to_string_lossy(), &n, &low, &high]) {
        Ok(text) => text,
        Err(error) => return error,
    };
    let base = text.lines().find(|line| line.starts_with("base")).unwrap_or_default();
    match (rust_peers::number(&text, "scenario"), rust_peers::failed(&text, "scenario")) {
        (Some(ms), Some(failed)) => {
            // All libraries in Rust have the same scenarios, so their lowest voltages are the same or one is wrong.
            let lowest = text.split_once("lowest voltage ").map_or("unknown", |(_, rest)| rest.trim());
            format!("{ms:.4} ({:.1}); {failed} failed, lowest voltage {lowest}; {base}", ms / ours_ms)
        }
        _ => format!("says {text}"),
    }
}

criterion_group!(benches, networks);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let scripts = arguments.iter().position(|argument| argument == "--peers").map(|at| {
        let named = arguments.get(at + 1).zip(arguments.get(at + 2));
        named.map(|(python, script)| (python.as_str(), script.as_str()))
    });
    match (scripts, rust_peers::folder(&arguments)) {
        (Some(None), _) => eprintln!("usage: … -- --peers PYTHON SCRIPT --rust FOLDER"),
        (None, None) => {
            benches();
            Criterion::default().configure_from_args().final_summary();
        }
        (scripts, rust) => table(scripts.flatten(), rust.as_deref()),
    }
}
