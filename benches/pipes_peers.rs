//! Water, gas and heat beside EPANET, epanet-rs and pandapipes: the same networks, one thread, CPU time, one run.
//!
//! `cargo run -p xtask -- bench peers water` gives `--peers PYTHON FOLDER` (interpreter and folder of the peers' scripts) and `--rust FOLDER`
//! (programs of `benches/peers`); without them Stadtwin is measured alone. Networks through `STADTWIN_DATA` (default `../shared/data`).
//! The EPANET library of the peers' environment is compiled without optimization for speed; `EPANET_LIB` names another one. epanet-rs
//! starts closures from the solved state, as EPANET does; its answers are compared with ours head by head.

#![expect(clippy::print_stdout, reason = "a bench prints what it measures")]

#[path = "support/rust_peers.rs"]
mod rust_peers;
#[expect(unreachable_pub, reason = "the library of the peers shares it")]
#[path = "support/stopwatch.rs"]
mod stopwatch;
mod support;

use std::{
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use stopwatch::{REPEATS, fastest_ms};
use twin::{Silent, Twin, scenario::WaterDemandModel, utility::Friction};
use twin_io::ImportOptions;
use twin_pipes::{
    gas::{Gas, GasOptions},
    heat::{Heat, HeatOptions},
    water::{
        Net, SolveOptions, State, Workspace,
        n1::{self, N1Options},
        simulate,
    },
};

const NETWORKS: [&str; 5] = ["Net3", "Modena", "L-TOWN", "ky4", "KL"];
/// Interpreter that has the peers, folder of their scripts.
struct Peers {
    python: PathBuf,
    folder: PathBuf,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let peers = arguments
        .iter()
        .position(|argument| argument == "--peers")
        .and_then(|at| Some(Peers { python: arguments.get(at + 1)?.into(), folder: arguments.get(at + 2)?.into() }));
    let rust = rust_peers::folder(&arguments);
    if let Some(peers) = &peers {
        println!("peers: {}", peers.versions());
        let library = std::env::var("EPANET_LIB").unwrap_or_default();
        let library = Path::new(&library).file_name().map(|name| name.to_string_lossy().into_owned());
        println!(
            "EPANET: {}",
            library.map_or_else(|| "of epyt".to_owned(), |name| format!("{name}, named by EPANET_LIB"))
        );
    }
    if let Some(folder) = &rust {
        println!("peer in Rust: {}", rust_peers::version(folder, "epanet_rs"));
    }
    println!("stadtwin {}; ms of CPU, one thread, the fastest of {REPEATS}", env!("CARGO_PKG_VERSION"));
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread starts");
    one.install(|| {
        cold(peers.as_ref());
        water(peers.as_ref(), rust.as_deref());
        gas_and_heat(peers.as_ref());
    });
    scaling();
}

/// A network and the names of its nodes.
fn net_of(name: &str) -> Option<(Net, Vec<String>)> {
    let bytes = fs::read(support::data(&format!("water/{name}/{name}.inp"))?).expect("the file is readable");
    let (model, _) = twin_io::inp::parse(&String::from_utf8_lossy(&bytes), name).expect("the file is sound");
    let bare = |key: String| key.split_once('/').map_or(key.clone(), |(_, bare)| bare.to_owned());
    let names = model.network.nodes().map(|(_, node)| bare(node.key.to_string())).collect();
    Some((Net::new(&model.network, &model.operation).0, names))
}

/// As the peers' script: pressure-dependent, 20 m required.
fn n1_options(net: &Net) -> N1Options {
    let solve = SolveOptions {
        demand_model: WaterDemandModel::Pda,
        minimum_pressure_m: 0.0,
        required_pressure_m: 20.0,
        pressure_exponent: 0.5,
        accuracy: 1e-6,
        ..SolveOptions::of(net)
    };
    N1Options { solve, threshold_m: 20.0, time_s: 0 }
}

/// The network itself from rest, both at the same accuracy: what a peer takes for closures, between which its script writes and reads in
/// Python, does not count here.
fn cold(peers: Option<&Peers>) {
    println!(
        "\nwater, pressure-dependent at t = 0: one solve from rest at the same accuracy, without reading and analyzing"
    );
    println!("network     accuracy  iterations  cold solve  EPANET iterations  cold solve  ratio");
    for name in NETWORKS {
        let Some((net, _)) = net_of(name) else { continue };
        let initial = State::initial(&net);
        let mut work = Workspace::new(&net);
        for accuracy in [1e-4, 1e-6] {
            let options = SolveOptions { accuracy, ..n1_options(&net).solve };
            let mut iterations = 0;
            let ours_ms = fastest_ms(|| {
                let mut state = initial.clone();
                simulate(&net, &options, 0, &mut state, &mut work, &Silent, |step| {
                    iterations = step.solved.status.iterations();
                });
            });
            let peer = peers.and_then(|peers| peers.epanet_from_rest(name, accuracy));
            println!(
                "{name:10} {accuracy:9.0e}  {iterations:10}  {ours_ms:10.3}  {:>17}  {:>10}  {:>5}",
                shown(peer.map(|peer| peer.0), 0),
                shown(peer.map(|peer| peer.1), 3),
                shown(peer.map(|peer| peer.1 / ours_ms), 1),
            );
        }
    }
}

fn water(peers: Option<&Peers>, rust: Option<&Path>) {
    println!(
        "\nwater, pressure-dependent at t = 0, accuracy 1e-6 (EPANET 1e-4 or the file's): per solve, every pipe closed once"
    );
    println!("network     pipes  cold solve  EPANET cold  ratio  closure  EPANET warm  ratio");
    let mut in_rust = Vec::new();
    for name in NETWORKS {
        let Some((net, names)) = net_of(name) else { continue };
        let options = n1_options(&net);
        let initial = State::initial(&net);
        let mut work = Workspace::new(&net);
        let cold_ms = fastest_ms(|| {
            let mut state = initial.clone();
            simulate(&net, &options.solve, 0, &mut state, &mut work, &Silent, |_| {});
        });
        let base = n1::base(&net, &options);
        let n_pipes = (0..net.n_links()).filter(|&link| net.is_pipe(link)).count();
        let closure_ms = fastest_ms(|| {
            let cases = n1::every_pipe(&net, &base, &options, &Silent);
            assert_eq!(cases.len(), n_pipes);
        }) / n_pipes as f64;
        let peer = |start: &str| peers.and_then(|peers| peers.epanet(name, start));
        let (cold, warm) = (peer("cold"), peer("warm"));
        println!(
            "{name:10} {n_pipes:6}  {cold_ms:10.3}  {:>11}  {:>5}  {closure_ms:7.3}  {:>11}  {:>5}",
            shown(cold, 3),
            shown(cold.map(|ms| ms / cold_ms), 1),
            shown(warm, 3),
            shown(warm.map(|ms| ms / closure_ms), 1),
        );
        let Some(folder) = rust else { continue };
        let lost_m3_s = n1::every_pipe(&net, &base, &options, &Silent).into_iter().filter_map(|(_, case)| case);
        let ours = Ours {
            cold_ms,
            closure_ms,
            lost_m3_s: lost_m3_s.map(|case| case.not_served_m3_s).sum(),
            heads_m: names.into_iter().zip(base.state.head_m).collect(),
        };
        in_rust.push(format!("{name:10} {}", ours.beside_epanet_rs(folder, name)));
    }
    if !in_rust.is_empty() {
        println!(
            "\nepanet-rs on the same: how far its heads are from ours, and what all closures leave unserved, ours and its own"
        );
        println!(
            "network     cold solve  ratio  warm closure  ratio  heads apart m  unserved m³/s        closures failed"
        );
        in_rust.iter().for_each(|line| println!("{line}"));
    }
}

/// What we computed of a network, and how fast.
struct Ours {
    cold_ms: f64,
    closure_ms: f64,
    lost_m3_s: f64,
    heads_m: HashMap<String, f64>,
}

impl Ours {
    /// Times and answers of epanet-rs, or why there are none.
    fn beside_epanet_rs(&self, folder: &Path, name: &str) -> String {
        let Some(file) = support::data(&format!("water/{name}/{name}.inp")) else { return "no file".to_owned() };
        let text = match rust_peers::run(folder, "epanet_rs", &[&file.to_string_lossy(), "pda"]) {
            Ok(text) => text,
            Err(error) => return format!("  {error}"),
        };
        let (cold, warm) = (rust_peers::number(&text, "cold"), rust_peers::number(&text, "closure"));
        let heads = text.lines().filter_map(|line| line.strip_prefix("head ")?.split_once(' '));
        let apart = |(node, head): (&str, &str)| Some((self.heads_m.get(node)? - head.parse::<f64>().ok()?).abs());
        // A node that one of the two does not know would hide what is apart there.
        let apart: Option<Vec<f64>> = heads.map(apart).collect();
        let apart = apart.filter(|apart| apart.len() == self.heads_m.len());
        format!(
            " {:>10}  {:>5}  {:>12}  {:>5}  {:>13}  {:9.4} {:>9}  {:>16}",
            shown(cold, 3),
            shown(cold.map(|ms| ms / self.cold_ms), 1),
            shown(warm, 3),
            shown(warm.map(|ms| ms / self.closure_ms), 1),
            shown(apart.map(|apart| apart.into_iter().fold(0.0, f64::max)), 4),
            self.lost_m3_s,
            shown(rust_peers::number(&text, "lost"), 4),
            rust_peers::failed(&text, "closure").unwrap_or_default(),
        )
    }
}

fn shown(value: Option<f64>, decimals: usize) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.decimals$}"))
}

fn imported(path: &str) -> Option<Twin> {
    let file = support::data(path)?;
    Some(twin_io::import(&[file], &ImportOptions::default(), &Silent).expect("the file imports").twin)
}

fn gas_and_heat(peers: Option<&Peers>) {
    println!("\ngas and heat of Schutterwald: per steady state");
    println!("case                 ours  pandapipes  ratio");
    let told = peers.map(Peers::pandapipes).unwrap_or_default();
    let line = |name: &str, ours_ms: f64| {
        let peer = told.iter().find(|(known, _)| known == name).map(|&(_, ms)| ms);
        println!("{name:16} {ours_ms:8.3}  {:>10}  {:>5}", shown(peer, 1), shown(peer.map(|ms| ms / ours_ms), 0));
    };
    for (name, friction) in [("gas", None), ("gas colebrook", Some(Friction::Colebrook))] {
        let file = "gas/schutterwald_gas_1bar/schutterwald_gas_1bar.json";
        let Some(twin) = imported(file) else { continue };
        let mut operation = twin.operation(twin::utility::Medium::Gas);
        operation.friction = friction.unwrap_or(operation.friction);
        let gas = Gas::new(&twin.gas, &operation);
        line(name, fastest_ms(|| assert!(gas.solve(&[], &GasOptions::default()).status.is_fine())));
    }
    for (name, folder) in [("heat", "schutterwald_heat"), ("heat return 50 °C", "schutterwald_heat_tret50")] {
        let Some(twin) = imported(&format!("heat/{folder}/{folder}.json")) else { continue };
        let heat = Heat::new(&twin.heat, &twin.operation(twin::utility::Medium::Heat));
        line(name, fastest_ms(|| assert!(heat.solve(&[], &HeatOptions::default()).status.is_fine())));
    }
}

/// Wall time of every pipe closed once on one and on two threads.
fn scaling() {
    println!("\nevery pipe closed once, wall ms: one thread, two threads, ratio (idle machine only)");
    for name in ["L-TOWN", "KL"] {
        let Some((net, _)) = net_of(name) else { continue };
        let options = n1_options(&net);
        let base = n1::base(&net, &options);
        let wall_ms = |n: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("threads start");
            let runs = (0..REPEATS).map(|_| {
                let start = Instant::now();
                let cases = pool.install(|| n1::every_pipe(&net, &base, &options, &Silent));
                assert!(!cases.is_empty());
                start.elapsed().as_secs_f64() * 1e3
            });
            runs.fold(f64::MAX, f64::min)
        };
        let (one_ms, two_ms) = (wall_ms(1), wall_ms(2));
        println!("{name:10} {one_ms:9.1}  {two_ms:9.1}  {:5.2}", one_ms / two_ms);
    }
}

impl Peers {
    fn output(&self, script: &str, arguments: &[&str]) -> Option<String> {
        let output = Command::new(&self.python).arg(self.folder.join(script)).args(arguments).output();
        match output {
            Ok(output) if output.status.success() => Some(String::from_utf8_lossy(&output.stdout).into_owned()),
            Ok(output) => {
                let error = String::from_utf8_lossy(&output.stderr);
                println!("{script} fails: {}", error.lines().last().unwrap_or_default());
                None
            }
            Err(error) => {
                println!("{script} does not start: {error}");
                None
            }
        }
    }

    fn versions(&self) -> String {
        let code =
            "import importlib.metadata as m; print(', '.join(f'{p} {m.version(p)}' for p in ('epyt', 'pandapipes')))";
        let output = Command::new(&self.python).args(["-c", code]).output();
        output
            .map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Milliseconds of CPU per solve of EPANET, every pipe closed once.
    fn epanet(&self, name: &str, start: &str) -> Option<f64> {
        let file = support::data(&format!("water/{name}/{name}.inp"))?;
        let text = self.output("utilities/a_epanet_n1.py", &[&file.to_string_lossy(), "pda", start])?;
        before(&text, " ms/solve")
    }

    /// Iterations and milliseconds of CPU of EPANET's solve from rest, called so often that its clock can tell.
    fn epanet_from_rest(&self, name: &str, accuracy: f64) -> Option<(f64, f64)> {
        const CODE: &str = "
import sys, time
sys.path.insert(0, sys.argv[1])
from _en import *
e = EN(sys.argv[2])
us = e.flowunits() in {'CFS', 'GPM', 'MGD', 'IMGD', 'AFD'}
e.opt(EN_ACCURACY, float(sys.argv[3])); e.opt(EN_TRIALS, 200); e.demandmodel(EN_PDA, 0., 28.4 if us else 20., .5)
e.openH()
def once(): e.initH(EN_INITFLOW); e.runH()
once(); t = time.process_time(); once(); n = max(1, int(.1 / max(time.process_time() - t, 1e-5))); best = 1e9
for _ in range(12):
    t = time.process_time()
    for _ in range(n): once()
    best = min(best, (time.process_time() - t) / n * 1e3)
print(e.stat(EN_ITERATIONS), best)
";
        let file = support::data(&format!("water/{name}/{name}.inp"))?;
        let folder = self.folder.join("utilities");
        let mut command = Command::new(&self.python);
        command.args(["-c", CODE]).arg(folder).arg(file).arg(accuracy.to_string());
        let output = command.output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let (iterations, ms) = text.trim().split_once(' ')?;
        Some((iterations.parse().ok()?, ms.parse().ok()?))
    }

    /// Case and milliseconds of CPU per steady state of pandapipes.
    fn pandapipes(&self) -> Vec<(String, f64)> {
        let text = self.output("utilities/d_pandapipes_schutterwald.py", &[]).unwrap_or_default();
        let of = |line: &str| Some((line.split_once(':')?.0.to_owned(), before(line, " ms CPU ")?));
        text.lines().filter_map(of).collect()
    }
}

/// The number that stands before a text.
fn before(text: &str, unit: &str) -> Option<f64> {
    text.split_once(unit)?.0.rsplit(char::is_whitespace).next()?.parse().ok()
}
