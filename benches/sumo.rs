//! Traffic of a real town beside SUMO: its own map of Bad Hersfeld, 15,000 trips in an hour, the same trips for both.
//!
//! `cargo run -p xtask -- bench peers sumo` runs SUMO (one-shot routing, incremental assignment, stochastic user equilibrium), then
//! Stadtwin on the same edges, connections and trips with marouter's own travel times, and lets a neutral judge compute the relative gap of
//! both from their volumes. Takes about ten minutes, nearly all of them SUMO's.
//!
//! Arguments: `--peers PYTHON FOLDER` (interpreter of the environment that has SUMO, folder of the peers' scripts), `--kept FOLDER` (trips
//! and routes of an earlier run, which is not repeated).

#![expect(clippy::print_stdout, reason = "a bench prints what it measures")]

mod support;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use flate2::read::MultiGzDecoder;
use quick_xml::{
    Reader, XmlVersion,
    events::{BytesStart, Event},
};
use twin::{Assumptions, Silent, scenario::TrafficOptions};
use twin_io::ImportOptions;
use twin_traffic::{
    equilibrium,
    street::{self, Overlay},
    trips::Trips,
};

const NET: &str = "feeds/sumo_badhersfeld/osm_edited.net.xml.gz";
const GAPS: [f64; 4] = [1e-3, 1e-4, 1e-6, 1e-8];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let after = |word: &str, n: usize| {
        arguments.iter().position(|argument| argument == word).and_then(|at| arguments.get(at + n)).map(PathBuf::from)
    };
    let (Some(python), Some(folder)) = (after("--peers", 1), after("--peers", 2)) else {
        println!("the trips are SUMO's: --peers PYTHON FOLDER, as `cargo run -p xtask -- bench peers sumo` gives them");
        return;
    };
    let Some(net) = support::data(NET) else { return };
    let own = tempfile::tempdir().expect("a temporary folder");
    let output = after("--kept", 1).unwrap_or_else(|| own.path().to_owned());
    if !output.join("trips.xml").is_file() {
        let environment = python.ancestors().nth(2).expect("an interpreter lies in the bin of its environment");
        let script = folder.join("traffic/peer_marouter_hersfeld.sh");
        let run = Command::new("bash").arg(script).arg(&output).arg(environment).output().expect("the peer starts");
        print!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    }
    let map = Map::read(&net);
    let trips = read_trips(&output.join("trips.xml"), &map);
    let instance = Instance::new(&map, &trips);
    let tntp = tempfile::tempdir().expect("a temporary folder");
    instance.write(tntp.path());
    println!(
        "{} edges and {} connections open to cars, {} trips of {} pairs",
        map.edges.len(),
        map.connections.len(),
        trips.values().sum::<u32>(),
        trips.len()
    );
    let judge = |name: &str, volumes: &[f64]| println!("{name}: {}", judged(&python, &folder, tntp.path(), volumes));
    println!("\n| gap | seconds, file read and streets prepared included | of these the equilibrium |\n|---|---|---|");
    for gap in GAPS {
        let start = Instant::now();
        let file = tntp.path().join("hersfeld_net.tntp");
        let twin = twin_io::import(&[file], &ImportOptions::default(), &Silent).expect("the file imports").twin;
        let demand = twin.demand.as_ref().expect("a TNTP twin has demand");
        let options = TrafficOptions { relative_gap: gap, max_iterations: 1000, ..TrafficOptions::default() };
        let streets = street::derive(&twin, &demand.zones, &Assumptions::default(), &options).0;
        let trips = Trips::at_hour(demand, 16, 1.0).expect("the trips are sound");
        let begun = Instant::now();
        let solved = equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &Silent);
        println!("| {gap:.0e} | {:.2} | {:.2} |", start.elapsed().as_secs_f64(), begun.elapsed().as_secs_f64());
        if gap == GAPS[GAPS.len() - 1] {
            println!("\n{} pairs without a way\n", solved.unreachable.len());
            let rows = solved.arc_state(&streets).volume_veh_h;
            let volumes: Vec<f64> = (0..twin.roads.n_links()).map(|row| rows[2 * row] + rows[2 * row + 1]).collect();
            judge("Stadtwin", &volumes);
        }
    }
    for (name, file) in [("marouter, incremental", "ma.xml"), ("marouter, SUE", "ma2.xml")] {
        match instance.volumes(&output.join(file)) {
            Some((volumes, n)) => judge(&format!("{name} ({n:.0} trips)"), &volumes),
            None => println!("{name}: no routes"),
        }
    }
}

/// An edge of SUMO that cars may use.
struct Edge {
    time_s: f64,
    length_m: f64,
    capacity_veh_h: f64,
    /// Part by which the time rises at capacity; it rises linearly.
    slope: f64,
}

/// The streets of SUMO for cars.
#[derive(Default)]
struct Map {
    edges: Vec<Edge>,
    index: BTreeMap<String, usize>,
    connections: BTreeSet<(usize, usize)>,
}

/// What an edge is read into before its class says how long it takes.
struct Open {
    id: String,
    priority: i32,
    n_lanes: u32,
    speed_m_s: f64,
    length_m: f64,
    for_cars: bool,
}

impl Map {
    fn read(file: &Path) -> Self {
        let bytes = fs::File::open(file).expect("the map is readable");
        let mut map = Self::default();
        let mut open: Option<Open> = None;
        for_each(std::io::BufReader::new(MultiGzDecoder::new(bytes)), |name, tag| match (name, tag) {
            ("edge", Some(tag)) if text(tag, "function").is_none() => {
                open = Some(Open {
                    id: text(tag, "id").expect("an edge has an id"),
                    priority: number(tag, "priority").map_or(-1, |priority| priority as i32),
                    n_lanes: 0,
                    speed_m_s: 0.0,
                    length_m: 0.0,
                    for_cars: false,
                });
            }
            ("lane", Some(tag)) => {
                let Some(open) = &mut open else { return };
                let lists = |name: &str| {
                    text(tag, name)
                        .map(|list| list.split_whitespace().any(|class| matches!(class, "passenger" | "all")))
                };
                open.for_cars |= lists("allow").unwrap_or_else(|| !lists("disallow").unwrap_or(false));
                open.n_lanes += 1;
                open.speed_m_s = number(tag, "speed").map_or(open.speed_m_s, |speed| open.speed_m_s.max(speed));
                open.length_m = number(tag, "length").unwrap_or(open.length_m);
            }
            ("edge", None) => {
                if let Some(open) = open.take().filter(|open| open.for_cars) {
                    map.index.insert(open.id.clone(), map.edges.len());
                    map.edges.push(edge(&open));
                }
            }
            ("connection", Some(tag)) => {
                let end = |name: &str| map.index.get(&text(tag, name)?).copied();
                if let (Some(from), Some(to)) = (end("from"), end("to")) {
                    map.connections.insert((from, to));
                }
            }
            _ => {}
        });
        map
    }
}

/// Travel time as marouter has it, by the priority of the edge (its road class with the sign turned) and its speed: a straight line in the
/// volume. All lanes count, those for walking too. Numbers: `ROMAAssignments::getCapacity` and `capacityConstraintFunction`, the same in the
/// sources of 2019 and of SUMO 1.7.
fn edge(open: &Open) -> Edge {
    let v = open.speed_m_s;
    // Vehicles an hour and lane, factor on them, slope.
    let (lane, factor, slope) = match open.priority {
        0 => (2000.0, 1.3, 2.0),
        1 if v <= 5.0 => (200.0, 0.5, 3.0),
        1 if v <= 7.0 => (412.5, 0.5, 3.0),
        1 if v <= 9.0 => (600.0, 0.8, 3.0),
        1 if v > 11.0 && v <= 13.0 => (1125.0, 0.9, 3.0),
        1 if v > 13.0 && v <= 16.0 => (1583.0, 1.0, 3.4),
        1 if v > 16.0 && v <= 18.0 => (1100.0, 1.0, 2.0),
        1 if v > 18.0 && v <= 22.0 => (1200.0, 1.0, 2.0),
        1 if v > 22.0 && v <= 26.0 => (1300.0, 1.0, 2.0),
        1 if v > 26.0 => (1400.0, 1.0, 2.0),
        _ => (800.0, 0.9, 3.0),
    };
    let capacity_veh_h = lane * factor * f64::from(open.n_lanes);
    Edge { time_s: open.length_m / v, length_m: open.length_m, capacity_veh_h, slope }
}

/// How many trips go from which edge to which.
fn read_trips(file: &Path, map: &Map) -> BTreeMap<(usize, usize), u32> {
    let mut trips = BTreeMap::new();
    for_each(reader(file), |name, tag| {
        let ("trip", Some(tag)) = (name, tag) else { return };
        let end = |name: &str| map.index.get(&text(tag, name)?).copied();
        if let (Some(from), Some(to)) = (end("from"), end("to")) {
            *trips.entry((from, to)).or_default() += 1;
        }
    });
    trips
}

/// The map and the trips as a network of nodes and links: a link from the beginning of every edge to its end, a link without time for every
/// connection, a zone at every edge where trips begin (before it) or end (after it).
struct Instance<'a> {
    map: &'a Map,
    trips: &'a BTreeMap<(usize, usize), u32>,
    /// Edges with a zone, by the number of the zone less one.
    zones: Vec<usize>,
    /// Links in the order of the file.
    links: Vec<(Link, usize, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Link {
    Edge(usize),
    Connection(usize, usize),
    Begins(usize),
    Ends(usize),
}

impl<'a> Instance<'a> {
    fn new(map: &'a Map, trips: &'a BTreeMap<(usize, usize), u32>) -> Self {
        let begins: BTreeSet<usize> = trips.keys().map(|pair| pair.0).collect();
        let ends: BTreeSet<usize> = trips.keys().map(|pair| pair.1).collect();
        let zones: Vec<usize> = begins.union(&ends).copied().collect();
        let zone = |edge: usize| zones.binary_search(&edge).expect("it has a zone") + 1;
        let (first, last) = (|edge: usize| zones.len() + 2 * edge + 1, |edge: usize| zones.len() + 2 * edge + 2);
        let mut links: Vec<(Link, usize, usize)> = Vec::new();
        links.extend((0..map.edges.len()).map(|edge| (Link::Edge(edge), first(edge), last(edge))));
        links.extend(map.connections.iter().map(|&(from, to)| (Link::Connection(from, to), last(from), first(to))));
        links.extend(begins.iter().map(|&edge| (Link::Begins(edge), zone(edge), first(edge))));
        links.extend(ends.iter().map(|&edge| (Link::Ends(edge), last(edge), zone(edge))));
        Self { map, trips, zones, links }
    }

    fn write(&self, folder: &Path) {
        let n_zones = self.zones.len();
        let mut net = format!(
            "<NUMBER OF ZONES> {n_zones}\n<NUMBER OF NODES> {}\n<FIRST THRU NODE> {}\n<NUMBER OF LINKS> {}\n<END OF METADATA>\n\n\
             ~ init term capacity length time b power speed toll type ;\n",
            n_zones + 2 * self.map.edges.len(),
            n_zones + 1,
            self.links.len()
        );
        for &(link, from, to) in &self.links {
            let (capacity, length, time, slope) = match link {
                Link::Edge(edge) => {
                    let edge = &self.map.edges[edge];
                    (edge.capacity_veh_h, edge.length_m, edge.time_s, edge.slope)
                }
                _ => (1e6, 0.0, 0.0, 0.0),
            };
            writeln!(net, "{from} {to} {capacity} {length} {time:?} {slope} 1 0 0 1 ;").expect("a text takes lines");
        }
        let total: u32 = self.trips.values().sum();
        let mut table = format!("<NUMBER OF ZONES> {n_zones}\n<TOTAL OD FLOW> {total}.0\n<END OF METADATA>\n");
        let mut origin = None;
        for (&(from, to), n) in self.trips {
            let zone = |edge: usize| self.zones.binary_search(&edge).expect("it has a zone") + 1;
            if origin != Some(from) {
                write!(table, "\nOrigin {}\n", zone(from)).expect("a text takes lines");
                origin = Some(from);
            }
            write!(table, "{} : {n}.0; ", zone(to)).expect("a text takes lines");
        }
        table.push('\n');
        fs::write(folder.join("hersfeld_net.tntp"), net).expect("the network is written");
        fs::write(folder.join("hersfeld_trips.tntp"), table).expect("the trips are written");
    }

    /// Volumes by link of the routes that SUMO wrote, and of how many trips; nothing where it wrote none.
    fn volumes(&self, file: &Path) -> Option<(Vec<f64>, f64)> {
        let known: BTreeMap<Link, usize> = self.links.iter().enumerate().map(|(row, link)| (link.0, row)).collect();
        let mut volumes = vec![0.0; self.links.len()];
        let mut n = 0.0;
        if !file.is_file() {
            return None;
        }
        for_each(reader(file), |name, tag| {
            let ("route", Some(tag)) = (name, tag) else { return };
            let edges = text(tag, "edges").unwrap_or_default();
            let ids: Vec<usize> = edges.split_whitespace().filter_map(|id| self.map.index.get(id).copied()).collect();
            let (Some(&first), Some(&last)) = (ids.first(), ids.last()) else { return };
            let share = number(tag, "probability").unwrap_or(1.0);
            let passed = ids.iter().map(|&edge| Link::Edge(edge));
            let turned = ids.windows(2).map(|pair| Link::Connection(pair[0], pair[1]));
            for link in passed.chain(turned).chain([Link::Begins(first), Link::Ends(last)]) {
                if let Some(&row) = known.get(&link) {
                    volumes[row] += share;
                }
            }
            n += share;
        });
        (n > 0.0).then_some((volumes, n))
    }
}

/// What the neutral judge computes from volumes.
fn judged(python: &Path, folder: &Path, instance: &Path, volumes: &[f64]) -> String {
    let file = instance.join("volumes.txt");
    let lines: String = volumes.iter().map(|volume| format!("{volume:?}\n")).collect();
    fs::write(&file, lines).expect("the volumes are written");
    let program = "import sys; sys.path.insert(0, sys.argv[1]); import tntp, numpy; \
         tntp.INST['hersfeld'] = (sys.argv[2], 'hersfeld_net.tntp', 'hersfeld_trips.tntp', None, 0, 0, None); \
         tntp.report(tntp.load('hersfeld'), numpy.loadtxt(sys.argv[3]), '')";
    let run = Command::new(python)
        .args(["-c", program])
        .arg(folder.join("traffic"))
        .args([instance, &file])
        .output()
        .expect("the judge starts");
    let text = String::from_utf8_lossy(&run.stdout).trim().to_owned();
    if text.is_empty() { String::from_utf8_lossy(&run.stderr).trim().to_owned() } else { text }
}

fn reader(file: &Path) -> std::io::BufReader<fs::File> {
    std::io::BufReader::new(fs::File::open(file).expect("the file is readable"))
}

/// Every element with its tag, where it begins, and without, where it ends.
fn for_each(source: impl std::io::BufRead, mut each: impl FnMut(&str, Option<&BytesStart<'_>>)) {
    let mut reader = Reader::from_reader(source);
    let mut buffer = Vec::new();
    loop {
        match reader.read_event_into(&mut buffer).expect("the XML is sound") {
            Event::Start(tag) => each(tag.name().as_ref(), Some(&tag)),
            Event::Empty(tag) => {
                each(tag.name().as_ref(), Some(&tag));
                each(tag.name().as_ref(), None);
            }
            Event::End(tag) => each(tag.name().as_ref(), None),
            Event::Eof => return,
            _ => {}
        }
        buffer.clear();
    }
}

fn text(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let value = tag.try_get_attribute(name).expect("the attributes are sound")?;
    Some(value.normalized_value(XmlVersion::Implicit1_0).expect("the value is sound").into_owned())
}

fn number(tag: &BytesStart<'_>, name: &str) -> Option<f64> {
    text(tag, name)?.parse().ok()
}
