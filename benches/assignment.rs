//! Traffic assignment: seconds to a relative gap on published instances, on a region of 55,000 street sections and on generated
//! towns of growing size; side by side with other software where that is at hand.
//!
//! `cargo bench -p stadtwin --bench assignment` measures Stadtwin alone. `cargo run -p xtask -- bench peers` adds AequilibraE
//! on the same instances in the same run, and a neutral judge that computes the gap again from the volumes. Data through
//! `STADTWIN_DATA` (default `../shared/data`); what is absent is said.
//!
//! Arguments: names of groups (`tntp`, `closure`, `region`, `scaling`), `--peers PYTHON FOLDER` (interpreter that has the peers, folder
//! of their scripts).

#![expect(clippy::print_stdout, reason = "a bench prints what it measures")]

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use twin::{
    Assumptions, Id, Key, Scenario, Silent, Twin, Watch,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    outcome::Status,
    road::{Modes, RoadLink},
    scenario::{Closure, ClosureKind, RoadTarget, TrafficOptions},
};
use twin_io::ImportOptions;
use twin_run::saved;
use twin_traffic::{
    demand,
    equilibrium::{self, Equilibrium},
    street::{self, Overlay, Streets},
    trips::Trips,
};

/// Name among the peers, net file, weights of toll and distance.
const TNTP: [(&str, &str, f64, f64); 8] = [
    ("sioux", "SiouxFalls/SiouxFalls_net.tntp", 0.0, 0.0),
    ("ema", "Eastern-Massachusetts/EMA_net.tntp", 0.0, 0.0),
    ("anaheim", "Anaheim/Anaheim_net.tntp", 0.0, 0.0),
    ("barcelona", "Barcelona/Barcelona_net.tntp", 0.0, 0.0),
    ("chisketch", "Chicago-Sketch/ChicagoSketch_net.tntp", 0.02, 0.04),
    ("friedrichshain", "Berlin-Friedrichshain/friedrichshain-center_net.tntp", 0.0, 0.0),
    ("tiergarten", "Berlin-Tiergarten/berlin-tiergarten_net.tntp", 0.0, 0.0),
    (
        "mpf",
        "Berlin-Mitte-Prenzlauerberg-Friedrichshain-Center/berlin-mitte-prenzlauerberg-friedrichshain-center_net.tntp",
        0.0,
        0.0,
    ),
];
const GAPS: [f64; 3] = [1e-4, 1e-6, 1e-10];
/// Instances and gaps on which the peer is run: beyond these it takes minutes or does not arrive.
const PEER: [(&str, [f64; 2]); 4] =
    [("sioux", [1e-4, 1e-6]), ("anaheim", [1e-4, 1e-6]), ("barcelona", [1e-4, 1e-5]), ("chisketch", [1e-4, 1e-6])];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let peers = arguments.iter().position(|argument| argument == "--peers").map(|at| Peers {
        python: arguments.get(at + 1).expect("--peers PYTHON FOLDER").clone(),
        folder: PathBuf::from(arguments.get(at + 2).expect("--peers PYTHON FOLDER")),
    });
    let groups: Vec<&str> =
        ["tntp", "closure", "region", "scaling"].into_iter().filter(|g| arguments.iter().any(|a| a == g)).collect();
    let wanted = |group: &str| groups.is_empty() || groups.contains(&group);
    println!("{} threads", std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    if wanted("tntp") {
        tntp(peers.as_ref());
    }
    if wanted("closure") {
        closures();
    }
    if wanted("region") {
        region();
    }
    if wanted("scaling") {
        scaling();
    }
}

fn imported(file: &Path) -> Twin {
    twin_io::import(&[file.to_owned()], &ImportOptions::default(), &Silent).expect("the file imports").twin
}

fn options(relative_gap: f64) -> TrafficOptions {
    TrafficOptions { relative_gap, max_iterations: 1000, ..TrafficOptions::default() }
}

/// The shortest of several runs, seconds; long ones are run once.
fn shortest(mut run: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    let begun = Instant::now();
    for _ in 0..20 {
        let start = Instant::now();
        run();
        best = best.min(start.elapsed().as_secs_f64());
        if begun.elapsed().as_secs_f64() > 3.0 {
            break;
        }
    }
    best
}

fn solved(streets: &Streets, trips: &Trips, options: &TrafficOptions) -> Equilibrium {
    equilibrium::solve(streets, trips, &Overlay::default(), options, None, &Silent)
}

fn tntp(peers: Option<&Peers>) {
    println!("\n## Seconds to a relative gap (shortest of several runs; streets prepared once, as given)\n");
    println!(
        "| instance | links | zones | prepare | 1e-4 | 1e-6 | 1e-10 | Beckmann |\n|---|---|---|---|---|---|---|---|"
    );
    let mut judged = Vec::new();
    let mut seconds: Vec<(&str, f64, f64)> = Vec::new();
    for (name, net, toll_weight, distance_weight) in TNTP {
        let Some(file) = support::data(&format!("tntp/{net}")) else { continue };
        let twin = imported(&file);
        let weighted = |gap| TrafficOptions { toll_weight, distance_weight, ..options(gap) };
        let zones = &twin.demand.as_ref().expect("a TNTP twin has demand").zones;
        let derive = || street::derive(&twin, zones, &Assumptions::default(), &weighted(1e-4)).0;
        let prepare_s = shortest(|| drop(derive()));
        let streets = derive();
        let trips = Trips::at_hour(twin.demand.as_ref().expect("as above"), 16, 1.0).expect("the trips are sound");
        let mut cells = Vec::new();
        for gap in GAPS {
            let time_s = shortest(|| drop(solved(&streets, &trips, &weighted(gap))));
            seconds.push((name, gap, time_s));
            cells.push(format!("{time_s:.4}"));
        }
        let best = solved(&streets, &trips, &weighted(1e-12));
        let (n, z, t) = (twin.roads.n_links(), zones.len(), cells.join(" | "));
        println!(
            "| {name} | {n} | {z} | {prepare_s:.4} | {t} | {:.8} (gap {:.1e}) |",
            best.beckmann, best.relative_gap
        );
        if let Some(peers) = peers {
            judged.push(peers.judge(name, &volumes(&twin, &streets, &best)));
        }
    }
    let Some(peers) = peers else { return };
    println!("\n## The judge's figures from our volumes\n");
    judged.iter().for_each(|line| println!("{line}"));
    println!("\n## Beside AequilibraE, bi-conjugate Frank–Wolfe, two cores (seconds, in this run)\n");
    println!("| instance | gap | AequilibraE | Stadtwin | ratio |\n|---|---|---|---|---|");
    for (name, gaps) in PEER {
        for gap in gaps {
            let Some(peer_s) = peers.aequilibrae(name, gap) else {
                println!("| {name} | {gap:.0e} | not reached | – | – |");
                continue;
            };
            // A gap between those measured counts as the finer one.
            let ours = seconds.iter().find(|(known, reached, _)| *known == name && *reached <= gap * 1.01);
            let own_s = ours.map_or(f64::NAN, |row| row.2);
            println!("| {name} | {gap:.0e} | {peer_s:.3} | {own_s:.4} | {:.0} |", peer_s / own_s);
        }
    }
}

/// Volume of every link in the order of the file.
fn volumes(twin: &Twin, streets: &Streets, solved: &Equilibrium) -> Vec<f64> {
    let rows = solved.arc_state(streets).volume_veh_h;
    (0..twin.roads.n_links()).map(|link| rows[2 * link] + rows[2 * link + 1]).collect()
}

/// Other software.
struct Peers {
    python: String,
    folder: PathBuf,
}

impl Peers {
    /// Seconds that AequilibraE says it took to reach a gap; nothing if it did not.
    fn aequilibrae(&self, name: &str, gap: f64) -> Option<f64> {
        let script = self.folder.join("traffic/peer_aequilibrae.py");
        let run = Command::new(&self.python)
            .arg(script)
            .args([name, "bfw", &format!("{gap:e}"), "2", "5000"])
            .output()
            .expect("the peer starts");
        let text = String::from_utf8_lossy(&run.stdout).into_owned();
        let line = text.lines().find(|line| line.starts_with("aequilibrae"))?;
        let after = |mark: &str| line.split(mark).nth(1)?.split_whitespace().next()?.trim_end_matches('s').parse().ok();
        let own_gap: f64 = after("own rgap=")?;
        (own_gap <= gap * 1.05).then(|| after(": ")).flatten()
    }

    /// What the neutral judge computes from our volumes.
    fn judge(&self, name: &str, volumes: &[f64]) -> String {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("volumes.txt");
        let text: String = volumes.iter().map(|volume| format!("{volume:?}\n")).collect();
        fs::write(&file, text).expect("the volumes are written");
        let program = "import sys; sys.path.insert(0, sys.argv[1]); import tntp, numpy; \
             tntp.report(tntp.load(sys.argv[2]), numpy.loadtxt(sys.argv[3]), '')";
        let run = Command::new(&self.python)
            .args(["-c", program])
            .arg(self.folder.join("traffic"))
            .arg(name)
            .arg(&file)
            .output()
            .expect("the judge starts");
        let text = String::from_utf8_lossy(&run.stdout).trim().to_owned();
        if text.is_empty() { String::from_utf8_lossy(&run.stderr).trim().to_owned() } else { text }
    }
}

/// A closure of the busiest street of a town, full and half, stage by stage from the base case.
fn closures() {
    println!("\n## Closures of the busiest street at 16:00, seconds after the click (shortest of several)\n");
    println!(
        "| town | base | keep | reload | closure | detours | 1e-3 | 1e-4 | 1e-5 |\n|---|---|---|---|---|---|---|---|---|"
    );
    for (name, file) in [("Lauf", "osm/lauf_pegnitz_2020.osm.pbf"), ("Bad Hersfeld", "osm/bad_hersfeld.osm.pbf")] {
        let Some(file) = support::data(file) else { continue };
        let twin = imported(&file);
        let base = Scenario::default();
        let base_s = shortest(|| drop(twin_run::prepare(&twin, &base, &Silent)));
        let prepared = twin_run::prepare(&twin, &base, &Silent);
        let keep_s = shortest(|| drop(saved::to_bytes(&prepared, 1)));
        let bytes = saved::to_bytes(&prepared, 1);
        let reload_s = shortest(|| drop(saved::from_bytes(&twin, &base, 1, &bytes).expect("it fits")));
        let volume = prepared.hours[0].base.arc_state(&prepared.streets).volume_veh_h;
        let both = |id: Id<RoadLink>| volume[2 * id.index()] + volume[2 * id.index() + 1];
        let (_, busiest) = twin
            .roads
            .links()
            .filter(|(_, link)| link.name.is_some() && link.length_m > 80.0)
            .filter(|(_, link)| link.forward.modes.contains(Modes::CAR) && link.backward.modes.contains(Modes::CAR))
            .max_by(|a, b| both(a.0).total_cmp(&both(b.0)))
            .expect("there is a street for both directions");
        for (kind, length_m) in [(ClosureKind::Full, None), (ClosureKind::Half, Some(80.0))] {
            let closure = Closure { kind, length_m, ..Closure::on(RoadTarget::Key(busiest.key.clone())) };
            let scenario = Scenario { closures: vec![closure], ..base.clone() };
            let mut best = [f64::INFINITY; 4];
            let _ = shortest(|| {
                let start = Instant::now();
                let resolved = twin_run::resolve(&twin, &scenario).expect("it resolves");
                let mut stage = 0;
                twin_run::run_in_stages(&twin, &prepared, &resolved, &Silent, &mut |_, _| {
                    best[stage] = best[stage].min(start.elapsed().as_secs_f64());
                    stage += 1;
                });
            });
            let stages = best.map(|time_s| format!("{time_s:.3}")).join(" | ");
            let street = busiest.name.as_deref().unwrap_or_default();
            println!("| {name} | {base_s:.3} | {keep_s:.3} | {reload_s:.3} | {} {street} | {stages} |", kind.name());
        }
    }
}

/// 300,000 pairs from 1,000 origins on the streets of Rhein-Neckar: a seeded demand, falling with distance.
fn region() {
    let Some(file) = support::data("osm/rhein_neckar_roads_2016.osm.pbf") else { return };
    let twin = imported(&file);
    let demand = seeded_demand(&twin, 1000, 300, 100_000.0);
    let start = Instant::now();
    let (streets, _) = street::derive(&twin, &demand.zones, &Assumptions::default(), &options(1e-4));
    let prepare_s = start.elapsed().as_secs_f64();
    let trips = Trips::at_hour(&demand, 16, 1.0).expect("the trips are sound");
    let (n_states, n_edges) = streets.graph_size();
    println!(
        "\n## Rhein-Neckar: {} arcs, {n_states} states, {n_edges} edges, {} pairs; prepared in {prepare_s:.2} s\n",
        streets.n_arcs(),
        trips.destination.len()
    );
    let watch = Told(Instant::now());
    let solved = equilibrium::solve(&streets, &trips, &Overlay::default(), &options(1e-4), None, &watch);
    let over = (0..streets.n_arcs())
        .map(|a| solved.volume_veh_h[0][a] / solved.capacity_pce_h[a].max(1.0))
        .fold(0.0, f64::max);
    let n_over = (0..streets.n_arcs()).filter(|&a| solved.volume_veh_h[0][a] > solved.capacity_pce_h[a]).count();
    println!("volume/capacity up to {over:.2}, {n_over} arcs over capacity");
    println!(
        "gap {:.2e} after {:.2} s, {} paths, {} pairs without way",
        solved.relative_gap,
        watch.0.elapsed().as_secs_f64(),
        solved.paths.len(),
        solved.unreachable.len()
    );
}

struct Told(Instant);

impl Watch for Told {
    fn figure(&self, name: &'static str, value: f64) {
        println!("  {name} {value:.2e} after {:.2} s", self.0.elapsed().as_secs_f64());
    }
}

/// Zones at every so many-th junction of the main part, each with trips to others, `total` vehicles in all.
fn seeded_demand(twin: &Twin, n_zones: usize, n_destinations: usize, total: f64) -> Demand {
    let (streets, _) = street::derive(twin, &[], &Assumptions::default(), &options(1e-4));
    let main = twin_traffic::reach::main_part(&streets, &Overlay::default(), VehicleClass::Car);
    let nodes: Vec<usize> = (0..main.len()).filter(|&node| main[node]).collect();
    let chosen: Vec<usize> = (0..n_zones).map(|zone| nodes[zone * nodes.len() / n_zones]).collect();
    let zones: Vec<Zone> = chosen
        .iter()
        .enumerate()
        .map(|(index, &node)| Zone {
            key: Key::new(format!("zone/{index}")),
            name: None,
            position: twin.roads[Id::new(node)].position,
            kind: ZoneKind::Internal,
            residents: 0.0,
            jobs: 0.0,
            connectors: vec![Connector { node: Id::new(node), time_s: 0.0 }],
        })
        .collect();
    let mut state = 42u64;
    let mut random = || {
        // Xorshift* of Marsaglia and Vigna.
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut entries = Vec::new();
    for origin in 0..n_zones {
        for _ in 0..n_destinations {
            let destination = ((random() * n_zones as f64) as usize).min(n_zones - 1);
            let (a, b) = (zones[origin].position, zones[destination].position);
            let distance_m = (a.x - b.x).hypot(a.y - b.y);
            if destination != origin {
                entries.push((origin as u32, destination as u32, (-distance_m / 8000.0).exp() * (0.5 + random())));
            }
        }
    }
    let sum: f64 = entries.iter().map(|entry| entry.2).sum();
    entries.iter_mut().for_each(|entry| entry.2 *= total / sum);
    Demand { zones, matrices: vec![OdMatrix::from_entries(VehicleClass::Car, None, n_zones, &entries)] }
}

/// Musterstadt from 5,000 to 500,000 inhabitants with its own demand.
fn scaling() {
    println!("\n## Musterstadt at 16:00 to a relative gap of 1e-4\n");
    println!(
        "| inhabitants | arcs | origins | pairs | demand s | prepare s | solve s | gap | rounds | arcs over capacity | ns per arc, origin and round |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|");
    for population in [5_000, 20_000, 100_000, 500_000] {
        let options_of = twin_musterstadt::Options { population, seed: 1 };
        let twin = twin_musterstadt::generate(&options_of, &Silent).expect("it is generated");
        let start = Instant::now();
        let demand = demand::generate_hours(&twin, &Assumptions::default(), &[16]).demand;
        let demand_s = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let (streets, _) = street::derive(&twin, &demand.zones, &Assumptions::default(), &options(1e-4));
        let prepare_s = start.elapsed().as_secs_f64();
        let trips = Trips::at_hour(&demand, 16, 1.0).expect("the trips are sound");
        let start = Instant::now();
        let solved = solved(&streets, &trips, &options(1e-4));
        let time_s = start.elapsed().as_secs_f64();
        let (arcs, origins) = (streets.n_arcs(), trips.rows.len());
        let rounds = match solved.status {
            Status::Converged { iterations, .. } | Status::NotConverged { iterations, .. } => iterations,
            Status::Cancelled { .. } | Status::Empty => 0,
        };
        let pce_h = |arc: usize| (0..2).map(|class| streets.pce[class] * solved.volume_veh_h[class][arc]).sum::<f64>();
        let n_over = (0..arcs).filter(|&arc| pce_h(arc) > solved.capacity_pce_h[arc]).count();
        println!(
            "| {population} | {arcs} | {origins} | {} | {demand_s:.2} | {prepare_s:.2} | {time_s:.3} | {:.1e} | {rounds} | {n_over} | {:.1} |",
            trips.destination.len(),
            solved.relative_gap,
            time_s * 1e9 / (arcs as f64 * origins as f64 * f64::from(rounds.max(1))),
        );
    }
}
