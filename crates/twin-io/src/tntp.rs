//! TNTP: the text files of the Transportation Networks for Research collection, for verification against others' results.
//!
//! `*_net.tntp` holds metadata in `<ANGLE BRACKETS>`, then one link per row (init node, term node, capacity, length, free
//! flow time, b, power, speed, toll, type, `;`); `*_trips.tntp` holds `Origin` blocks of `destination : trips;`;
//! `*_node.tntp`, where there is one, coordinates. Each row becomes a one-way section `tntp/ROW` with a BPR function in the
//! file's own units; zones are the nodes 1 to NUMBER OF ZONES, joined to the node of the same number at no cost. Nodes below
//! FIRST THRU NODE are centroids: no trip passes through them.
//!
//! # Errors
//! Numbers that are none, counts that do not match the head, nodes out of range, negative demand, a link without capacity
//! whose time depends on it: each with its line, all at once.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use twin::{
    Crs, Finding, Findings, Id, Source, Twin, Watch,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    geo_types::{Coord, LineString},
    road::{
        Assumed, Carriageway, Impedance, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure, VolumeDelay,
    },
};

use crate::{ImportOptions, Imported, Tally, atomic};

/// Whether a text looks like the links of a TNTP network.
#[must_use]
pub fn looks_like_net(text: &str) -> bool {
    head_of(text).contains("<NUMBER OF LINKS>")
}

/// Whether a text looks like the trips of a TNTP network.
#[must_use]
pub fn looks_like_trips(text: &str) -> bool {
    let head = head_of(text);
    let is_origin = |line: &str| {
        let number = line.trim_start().strip_prefix("ORIGIN").map(str::trim_start);
        number.is_some_and(|number| number.starts_with(|letter: char| letter.is_ascii_digit()))
    };
    head.contains("<TOTAL OD FLOW>") || head.lines().any(is_origin)
}

/// Whether a text looks like the coordinates of a TNTP network.
#[must_use]
pub fn looks_like_nodes(text: &str) -> bool {
    let head = head_of(text);
    let mut words = head.lines().find(|line| !line.trim().is_empty()).unwrap_or("").split_whitespace();
    words.next() == Some("NODE") && words.next() == Some("X") && words.next() == Some("Y")
}

/// Reads a network from its net file, with its trips and node files where they are given or stand beside it.
///
/// # Errors
/// All that is wrong in any of the files, with its line.
pub fn read(files: &[PathBuf], options: &ImportOptions, watch: &dyn Watch) -> Result<Imported, Findings> {
    watch.progress("read", 0, 0);
    let mut findings = Findings::default();
    let mut texts = Texts::default();
    for path in files {
        let text = text_of(path)?;
        if looks_like_net(&text) {
            texts.put(Part::Net, path, text, &mut findings);
        } else if looks_like_nodes(&text) {
            texts.put(Part::Nodes, path, text, &mut findings);
        } else if looks_like_trips(&text) {
            texts.put(Part::Trips, path, text, &mut findings);
        } else {
            findings.push(
                Finding::error("not-tntp", format!("`{}` is no part of a TNTP network.", path.display()))
                    .with_help("Give the *_net.tntp file, and if you like the *_trips.tntp and *_node.tntp files.")
                    .with_file(path.display().to_string()),
            );
        }
    }
    if texts.0.contains_key(&Part::Net) {
        texts.look_beside(&mut findings);
    } else if findings.0.is_empty() {
        let shown = files.first().map_or_else(String::new, |path| path.display().to_string());
        findings.push(
            Finding::error("missing-net", format!("`{shown}` has the trips of a network, but its links are missing."))
                .with_help("Give the *_net.tntp file; the trips beside it are found by themselves.")
                .with_file(shown),
        );
    }
    if findings.has_errors() {
        return Err(findings);
    }
    build(&texts, options, findings, watch)
}

/// The entries (origin, destination, trips) of a trips file, nodes numbered as in the file; what is wrong goes to `findings`.
pub(crate) fn read_trips_text(text: &str, file: &str, findings: &mut Findings) -> Vec<(u32, u32, f64)> {
    let mut lines = Lines::of(text, file);
    let trips = parse_trips(&mut lines, None);
    lines.finish(findings);
    trips.entries
}

/// Most findings of one file; the rest are counted.
const MOST_FINDINGS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Net,
    Trips,
    Nodes,
}

#[derive(Debug, Default)]
struct Texts(BTreeMap<Part, (PathBuf, String)>);

impl Texts {
    fn put(&mut self, part: Part, path: &Path, text: String, findings: &mut Findings) {
        if let Some((first, _)) = self.0.get(&part) {
            let message = format!("`{}` and `{}` are the same part of a network.", first.display(), path.display());
            findings.push(
                Finding::error("two-networks", message)
                    .with_help("Import one network at a time.")
                    .with_file(path.display().to_string()),
            );
        }
        self.0.insert(part, (path.to_owned(), text));
    }

    /// Adds `X_trips.tntp` and `X_node.tntp` that stand beside `X_net.tntp`.
    fn look_beside(&mut self, findings: &mut Findings) {
        let Some((net, _)) = self.0.get(&Part::Net) else { return };
        let name = net.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
        let Some(stem) = name.strip_suffix("_net.tntp").or_else(|| name.strip_suffix("_net.txt")) else { return };
        let folder = match net.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
            _ => PathBuf::from("."),
        };
        let mut beside: Vec<PathBuf> = fs::read_dir(&folder)
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        beside.sort();
        for (part, suffix) in [(Part::Trips, "trips"), (Part::Nodes, "node")] {
            let wanted = [format!("{stem}_{suffix}.tntp"), format!("{stem}_{suffix}.txt")];
            let found = beside.iter().find(|path| {
                path.file_name().is_some_and(|name| wanted.contains(&name.to_string_lossy().to_lowercase()))
            });
            let Some(path) = found.filter(|_| !self.0.contains_key(&part)) else { continue };
            match text_of(path) {
                Ok(text) => {
                    let file_name =
                        path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                    findings.push(
                        Finding::note("file-beside", format!("`{file_name}` beside the network was read too."))
                            .with_file(path.display().to_string()),
                    );
                    self.0.insert(part, (path.clone(), text));
                }
                Err(wrong) => findings.extend(wrong),
            }
        }
    }
}

fn head_of(text: &str) -> String {
    let end = (0..=text.len().min(4096)).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text[..end].to_uppercase()
}

fn text_of(path: &Path) -> Result<String, Findings> {
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    // Names in comments may be of any encoding; numbers are ASCII.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A file as lines, with what was found in them.
struct Lines<'t> {
    file: String,
    lines: std::iter::Peekable<std::iter::Enumerate<std::str::Lines<'t>>>,
    findings: Vec<Finding>,
    n_left_out: usize,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str, file: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self { file: file.to_owned(), lines: text.lines().enumerate().peekable(), findings: Vec::new(), n_left_out: 0 }
    }

    /// The next line that says something, with its number.
    fn next(&mut self) -> Option<(u32, &'t str)> {
        self.lines
            .by_ref()
            .map(|(index, line)| (line_number(index), line.trim()))
            .find(|(_, line)| !line.is_empty() && !line.starts_with('~'))
    }

    fn push(&mut self, line: u32, finding: Finding) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(finding.with_position(line, 1).with_file(self.file.clone()));
        } else {
            self.n_left_out += 1;
        }
    }

    fn error(&mut self, line: u32, code: &'static str, field: &str, message: String) {
        self.push(line, Finding::error(code, message).with_field(field));
    }

    fn finish(mut self, findings: &mut Findings) {
        if self.n_left_out > 0 {
            let message = format!("{} more findings of this file are not shown.", self.n_left_out);
            self.findings.push(Finding::warning("more-findings", message).with_file(self.file.clone()));
        }
        findings.extend(self.findings);
    }
}

fn line_number(index: usize) -> u32 {
    u32::try_from(index + 1).unwrap_or(u32::MAX)
}

/// The values in `<ANGLE BRACKETS>` at the head of a file: name in capitals, line, value.
fn parse_head(lines: &mut Lines<'_>) -> BTreeMap<String, (u32, String)> {
    let mut head = BTreeMap::new();
    while let Some((_, line)) = lines.lines.peek() {
        let trimmed = line.trim();
        if !trimmed.is_empty() && !trimmed.starts_with(['<', '~']) {
            break;
        }
        let Some((index, line)) = lines.lines.next() else { break };
        let Some((name, value)) = line.trim().strip_prefix('<').and_then(|rest| rest.split_once('>')) else { continue };
        let name = name.trim().to_uppercase();
        if name == "END OF METADATA" {
            break;
        }
        let value = value.split('~').next().unwrap_or("").trim().to_owned();
        head.insert(name, (line_number(index), value));
    }
    head
}

fn head_number<T: std::str::FromStr>(
    head: &BTreeMap<String, (u32, String)>,
    name: &str,
    lines: &mut Lines<'_>,
) -> Option<T> {
    let Some((line, text)) = head.get(name) else {
        lines.error(1, "missing-metadata", name, format!("The head of the file does not give <{name}>."));
        return None;
    };
    let number = text.split_whitespace().next().and_then(|word| word.parse().ok());
    if number.is_none() {
        lines.error(*line, "not-a-number", name, format!("<{name}> is `{text}`, not a number."));
    }
    number
}

struct Net {
    n_zones: u32,
    n_nodes: u32,
    first_through: u32,
    rows: Vec<Row>,
}

struct Row {
    from: u32,
    to: u32,
    impedance: Impedance,
    speed: f64,
}

/// Most nodes of a network: more is a wrong head, not a city.
const MOST_NODES: u32 = 50_000_000;

fn parse_net(lines: &mut Lines<'_>) -> Option<Net> {
    let head = parse_head(lines);
    let n_zones: Option<u32> = head_number(&head, "NUMBER OF ZONES", lines);
    let n_nodes: Option<u32> = head_number(&head, "NUMBER OF NODES", lines);
    let n_links: Option<usize> = head_number(&head, "NUMBER OF LINKS", lines);
    let first_through = if head.contains_key("FIRST THRU NODE") {
        head_number(&head, "FIRST THRU NODE", lines)
    } else {
        let message = "The head of the file does not give <FIRST THRU NODE>; trips may pass through every node.";
        lines.push(1, Finding::note("missing-metadata", message).with_field("FIRST THRU NODE"));
        Some(1)
    };
    let mut rows = Vec::new();
    let mut n_rows = 0;
    let mut last_line = 1;
    while let Some((line, text)) = lines.next() {
        last_line = line;
        n_rows += 1;
        rows.extend(parse_row(line, text, n_nodes, lines));
    }
    if let Some(n_links) = n_links.filter(|n_links| *n_links != n_rows) {
        let message = format!("The head announces {n_links} links, but there are {n_rows} rows.");
        lines.error(last_line, "wrong-count", "NUMBER OF LINKS", message);
    }
    let (n_zones, n_nodes) = (n_zones?, n_nodes?);
    if n_zones > n_nodes || n_nodes > MOST_NODES {
        let message = format!("The head announces {n_zones} zones and {n_nodes} nodes.");
        lines.error(1, "wrong-count", "NUMBER OF NODES", message);
        return None;
    }
    Some(Net { n_zones, n_nodes, first_through: first_through?, rows })
}

const COLUMNS: [&str; 10] =
    ["init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll", "link_type"];

fn parse_row(line: u32, text: &str, n_nodes: Option<u32>, lines: &mut Lines<'_>) -> Option<Row> {
    let words: Vec<&str> = text.split(';').next().unwrap_or("").split_whitespace().collect();
    if words.len() < 7 {
        let message =
            format!("The row has {} values; a link has {}: {}.", words.len(), COLUMNS.len(), COLUMNS.join(", "));
        lines.error(line, "missing-value", COLUMNS[words.len()], message);
        return None;
    }
    let n_before = lines.findings.len() + lines.n_left_out;
    let mut node = |column: usize| {
        let number = words[column].parse::<u32>().ok();
        match number {
            None => {
                lines.error(line, "not-a-number", COLUMNS[column], format!("`{}` is no node number.", words[column]))
            }
            Some(number) if number == 0 || n_nodes.is_some_and(|n_nodes| number > n_nodes) => {
                let message = format!("There is no node {number}; nodes are 1 to {}.", n_nodes.unwrap_or(0));
                lines.error(line, "node-out-of-range", COLUMNS[column], message);
            }
            Some(_) => {}
        }
        number.unwrap_or(1)
    };
    let (from, to) = (node(0), node(1));
    let mut number = |column: usize| {
        let Some(word) = words.get(column) else { return 0.0 };
        match word.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => return number,
            Ok(number) if number.is_finite() => {
                lines.error(
                    line,
                    "negative-value",
                    COLUMNS[column],
                    format!("`{}` is negative: {word}.", COLUMNS[column]),
                );
            }
            _ => lines.error(
                line,
                "not-a-number",
                COLUMNS[column],
                format!("`{}` is no number: `{word}`.", COLUMNS[column]),
            ),
        }
        0.0
    };
    let (mut capacity_veh_h, distance, free_flow_time) = (number(2), number(3), number(4));
    let (alpha, beta, speed, toll) = (number(5), number(6), number(7), number(8));
    if lines.findings.len() + lines.n_left_out > n_before {
        return None;
    }
    if capacity_veh_h == 0.0 && alpha > 0.0 {
        let message =
            format!("The link from {from} to {to} has no capacity, but its time depends on it (b = {alpha}).");
        lines.error(line, "zero-capacity", "capacity", message);
        return None;
    }
    if capacity_veh_h == 0.0 {
        let message =
            format!("The link from {from} to {to} has no capacity; its time is constant, so 1 was put for it.");
        lines.push(line, Finding::note("zero-capacity", message).with_field("capacity"));
        capacity_veh_h = 1.0;
    }
    let delay = VolumeDelay::Bpr { alpha, beta };
    Some(Row { from, to, impedance: Impedance { free_flow_time, capacity_veh_h, delay, toll, distance }, speed })
}

#[derive(Debug, Default)]
struct Trips {
    n_zones: Option<u32>,
    entries: Vec<(u32, u32, f64)>,
}

/// Trips; zones are 1 to `n_zones`, or as the file's own head says.
fn parse_trips(lines: &mut Lines<'_>, n_zones: Option<u32>) -> Trips {
    let head = parse_head(lines);
    let own: Option<u32> =
        head.contains_key("NUMBER OF ZONES").then(|| head_number(&head, "NUMBER OF ZONES", lines)).flatten();
    let total: Option<f64> =
        head.contains_key("TOTAL OD FLOW").then(|| head_number(&head, "TOTAL OD FLOW", lines)).flatten();
    if let (Some(own), Some(n_zones)) = (own, n_zones)
        && own != n_zones
    {
        lines.error(
            1,
            "wrong-count",
            "NUMBER OF ZONES",
            format!("The trips are of {own} zones, the links of {n_zones}."),
        );
    }
    let most = n_zones.or(own).unwrap_or(u32::MAX);
    let mut trips = Trips { n_zones: own, entries: Vec::new() };
    let mut origin = None;
    let mut last_line = 1;
    while let Some((line, text)) = lines.next() {
        last_line = line;
        if text.get(..6).is_some_and(|word| word.eq_ignore_ascii_case("origin")) {
            origin = zone_number(text[6..].trim_matches([':', ';', ' ', '\t']), most, line, "origin", lines);
            continue;
        }
        for item in text.split(';').map(str::trim).filter(|item| !item.is_empty()) {
            let Some((destination, amount)) = item.split_once(':') else {
                lines.error(line, "not-a-trip", "trips", format!("`{item}` is not of the form `destination : trips`."));
                continue;
            };
            let destination = zone_number(destination.trim(), most, line, "destination", lines);
            let amount = match amount.trim().parse::<f64>() {
                Ok(amount) if amount.is_finite() && amount >= 0.0 => Some(amount),
                Ok(amount) if amount.is_finite() => {
                    lines.error(line, "negative-demand", "trips", format!("The demand is negative: `{item}`."));
                    None
                }
                _ => {
                    lines.error(line, "not-a-number", "trips", format!("The demand is no number: `{item}`."));
                    None
                }
            };
            match (origin, destination, amount) {
                (Some(origin), Some(destination), Some(amount)) => trips.entries.push((origin, destination, amount)),
                (None, Some(_), Some(_)) if lines.findings.is_empty() => {
                    lines.error(line, "missing-origin", "origin", format!("No `Origin` stands before `{item}`."));
                }
                _ => {}
            }
        }
    }
    let sum: f64 = trips.entries.iter().map(|(_, _, amount)| amount).sum();
    if let Some(total) =
        total.filter(|total| (total - sum).abs() > 1e-3 * total.abs().max(1.0) && lines.findings.is_empty())
    {
        let message = format!("The head announces {total} trips, but there are {sum}.");
        lines.push(last_line, Finding::warning("wrong-count", message).with_field("TOTAL OD FLOW"));
    }
    trips
}

fn zone_number(text: &str, most: u32, line: u32, field: &str, lines: &mut Lines<'_>) -> Option<u32> {
    match text.split_whitespace().next().unwrap_or("").parse::<u32>() {
        Ok(zone) if (1..=most).contains(&zone) => return Some(zone),
        Ok(zone) => {
            lines.error(line, "zone-out-of-range", field, format!("There is no zone {zone}; zones are 1 to {most}."))
        }
        Err(_) => lines.error(line, "not-a-number", field, format!("`{text}` is no zone number.")),
    }
    None
}

/// Coordinates by node number.
fn parse_nodes(lines: &mut Lines<'_>, n_nodes: u32) -> BTreeMap<u32, Coord<f64>> {
    let mut positions = BTreeMap::new();
    let mut is_head = true;
    while let Some((line, text)) = lines.next() {
        let words: Vec<&str> = text.split(';').next().unwrap_or("").split_whitespace().collect();
        let head =
            std::mem::replace(&mut is_head, false) && words.first().is_some_and(|word| word.parse::<f64>().is_err());
        if head {
            continue;
        }
        let number = |index: usize| {
            words.get(index).and_then(|word| word.parse::<f64>().ok()).filter(|number| number.is_finite())
        };
        let node = words.first().and_then(|word| word.parse::<u32>().ok());
        match (node, number(1), number(2)) {
            (Some(node), Some(x), Some(y)) if (1..=n_nodes).contains(&node) => {
                positions.insert(node, Coord { x, y });
            }
            (Some(node), Some(_), Some(_)) => {
                lines.error(
                    line,
                    "node-out-of-range",
                    "node",
                    format!("There is no node {node}; nodes are 1 to {n_nodes}."),
                );
            }
            _ => lines.error(line, "not-a-number", "node", format!("`{text}` is not a node with two coordinates.")),
        }
    }
    positions
}

fn build(
    texts: &Texts,
    options: &ImportOptions,
    mut findings: Findings,
    watch: &dyn Watch,
) -> Result<Imported, Findings> {
    let part = |part: Part| texts.0.get(&part).map(|(path, text)| (path.display().to_string(), text.as_str()));
    let (net_file, net_text) = part(Part::Net).expect("because the caller has made sure of it");
    let mut lines = Lines::of(net_text, &net_file);
    let net = parse_net(&mut lines);
    lines.finish(&mut findings);
    let n_zones = net.as_ref().map(|net| net.n_zones);
    let mut trips = None;
    if let Some((file, text)) = part(Part::Trips) {
        let mut lines = Lines::of(text, &file);
        trips = Some(parse_trips(&mut lines, n_zones));
        lines.finish(&mut findings);
    }
    let mut positions = BTreeMap::new();
    if let (Some((file, text)), Some(net)) = (part(Part::Nodes), &net) {
        let mut lines = Lines::of(text, &file);
        positions = parse_nodes(&mut lines, net.n_nodes);
        lines.finish(&mut findings);
    }
    let Some(net) = net.filter(|_| !findings.has_errors()) else { return Err(findings) };
    watch.progress("read", 1, 1);
    let name = options.name.clone().unwrap_or_else(|| {
        let stem =
            Path::new(&net_file).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        stem.strip_suffix("_net").map_or_else(|| stem.clone(), str::to_owned)
    });
    let mut twin = Twin::empty(name, Crs::NOWHERE);
    twin.sources = texts.0.values().map(|(path, text)| source(path, text)).collect();
    let mut tally = Tally::default();
    add_streets(&net, &positions, &net_file, &mut twin, &mut tally, &mut findings);
    if trips.is_none() {
        findings.push(
            Finding::warning("no-trips", "There are no trips: the network has no demand.".to_owned())
                .with_help("Put the *_trips.tntp file beside it, or give it too.")
                .with_file(net_file),
        );
    }
    twin.demand = Some(demand(&net, trips, &twin, &mut tally));
    Ok(Imported { twin, findings, tally })
}

fn source(path: &Path, text: &str) -> Source {
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    Source {
        name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        format: "TNTP".to_owned(),
        licence: None,
        attribution: None,
        date: None,
        hash: Some(format!("{hash:016x}")),
    }
}

fn add_streets(
    net: &Net,
    positions: &BTreeMap<u32, Coord<f64>>,
    file: &str,
    twin: &mut Twin,
    tally: &mut Tally,
    findings: &mut Findings,
) {
    let places = places(net.n_nodes, positions, file, findings);
    for (number, position) in (1..=net.n_nodes).zip(&places) {
        twin.roads.add_node(RoadNode {
            key: format!("tntp_node/{number}").into(),
            position: *position,
            elevation_m: None,
            control: NodeControl::None,
            border: false,
            through: number >= net.first_through,
        });
        tally.keep("nodes");
    }
    for (row, number) in net.rows.iter().zip(1..) {
        let (from, to) = (row.from as usize - 1, row.to as usize - 1);
        let link = road_link(number, row, LineString(vec![places[from], places[to]]));
        twin.roads.add_link(Id::new(from), Id::new(to), link);
        tally.keep("links");
    }
}

fn road_link(number: usize, row: &Row, geometry: LineString<f64>) -> RoadLink {
    RoadLink {
        key: format!("tntp/{number}").into(),
        source_keys: Vec::new(),
        name: None,
        route: None,
        class: RoadClass::Road,
        geometry,
        length_m: row.impedance.distance,
        forward: Carriageway {
            modes: Modes::MOTOR,
            lanes: 1,
            speed_limit_kmh: if row.speed > 0.0 { row.speed } else { 50.0 },
            impedance: Some(row.impedance),
        },
        backward: Carriageway::default(),
        shared_lane: false,
        width_m: None,
        surface: None,
        structure: Structure::Ground,
        layer: 0,
        roundabout: false,
        destination_only: false,
        built_up: None,
        max_weight_t: None,
        max_height_m: None,
        max_width_m: None,
        assumed: Assumed::LANES.union(Assumed::SPEED),
    }
}

/// A place for every node: its own, or one on a circle.
fn places(n_nodes: u32, positions: &BTreeMap<u32, Coord<f64>>, file: &str, findings: &mut Findings) -> Vec<Coord<f64>> {
    let n_missing = n_nodes as usize - positions.len();
    if n_missing > 0 {
        let message = format!("{n_missing} of {n_nodes} nodes have no coordinates; they were put on a circle.");
        findings.push(
            Finding::note("no-coordinates", message)
                .with_help("The picture does not show where they are; results do not depend on it.")
                .with_file(file.to_owned()),
        );
    }
    let bounds = positions.values().fold(None, |bounds: Option<[f64; 4]>, p| {
        let [west, east, south, north] = bounds.unwrap_or([p.x, p.x, p.y, p.y]);
        Some([west.min(p.x), east.max(p.x), south.min(p.y), north.max(p.y)])
    });
    let (center, radius) = match bounds {
        Some([west, east, south, north]) => (
            Coord { x: west + (east - west) / 2.0, y: south + (north - south) / 2.0 },
            ((east - west) / 2.0).hypot((north - south) / 2.0),
        ),
        None => (Coord { x: 0.0, y: 0.0 }, 100.0 * f64::from(n_nodes) / std::f64::consts::TAU),
    };
    let place = |number: u32| {
        positions.get(&number).copied().unwrap_or_else(|| {
            let angle = std::f64::consts::TAU * f64::from(number - 1) / f64::from(n_nodes);
            Coord { x: center.x + radius * angle.sin(), y: center.y + radius * angle.cos() }
        })
    };
    (1..=n_nodes).map(place).collect()
}

fn demand(net: &Net, trips: Option<Trips>, twin: &Twin, tally: &mut Tally) -> Demand {
    let zones = (1..=net.n_zones).map(|number| {
        let node = Id::new(number as usize - 1);
        Zone {
            key: format!("zone/{number}").into(),
            name: None,
            position: twin.roads[node].position,
            kind: ZoneKind::Internal,
            residents: 0.0,
            jobs: 0.0,
            connectors: vec![Connector { node, time_s: 0.0 }],
        }
    });
    let zones: Vec<Zone> = zones.collect();
    let matrices = trips.map(|trips| {
        debug_assert!(trips.n_zones.is_none_or(|n_zones| n_zones == net.n_zones));
        let entries: Vec<_> = trips.entries.iter().map(|(from, to, amount)| (from - 1, to - 1, *amount)).collect();
        entries.iter().for_each(|_| tally.keep("pairs of zones"));
        OdMatrix::from_entries(VehicleClass::Car, None, zones.len(), &entries)
    });
    Demand { zones, matrices: matrices.into_iter().collect() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use twin::{Severity, Silent};

    use super::*;

    const NET: &str = "<NUMBER OF ZONES> 2\n<Number of Nodes> 3\t\t\n<FIRST THRU NODE> 3\n<NUMBER OF LINKS> 3 ~ and no more\n<END OF METADATA>\n\n\
        ~ \tinit\tterm\tcapacity\t;\n\t1\t3\t100\t5\t2\t0.15\t4\t0\t7\t1\t; trailing words\n 3 2 200 6 3 0 0 0 0 1;\n3\t2\t0\t6\t3\t0\t0\t0\t0\t1\t;\n";
    const TRIPS: &str = "<NUMBER OF ZONES> 2\n<TOTAL OD FLOW> 10.5\n<END OF METADATA>\n\nOrigin \t1 \n 1 : 0.5;  2 :  10.0; \n\norigin 2\n";

    fn read_texts(net: &str, trips: &str) -> Result<Imported, Findings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Tiny_net.tntp");
        fs::write(&path, net).unwrap();
        fs::write(folder.path().join("tiny_TRIPS.tntp"), trips).unwrap();
        read(&[path], &ImportOptions::default(), &Silent)
    }

    fn told(findings: &Findings) -> Vec<String> {
        let errors = findings.iter().filter(|finding| finding.severity == Severity::Error);
        errors
            .map(|finding| {
                format!(
                    "{} {}:{}",
                    finding.code,
                    finding.field.as_deref().unwrap_or("-"),
                    finding.position.unwrap_or((0, 0)).0
                )
            })
            .collect()
    }

    #[test]
    fn a_tiny_network_is_read_with_the_trips_beside_it() {
        let Imported { twin, findings, tally } = read_texts(NET, TRIPS).unwrap();
        assert!(tally.adds_up());
        assert_eq!(twin.name, "Tiny");
        assert_eq!((twin.roads.n_nodes(), twin.roads.n_links()), (3, 3));
        let through: Vec<bool> = twin.roads.nodes().map(|(_, node)| node.through).collect();
        assert_eq!(through, [false, false, true]);
        let link = twin.roads.link(Id::new(0));
        assert_eq!(link.key.as_str(), "tntp/1");
        let impedance = link.forward.impedance.unwrap();
        assert_eq!(
            (impedance.free_flow_time, impedance.capacity_veh_h, impedance.toll, impedance.distance),
            (2.0, 100.0, 7.0, 5.0)
        );
        assert_eq!(impedance.delay, VolumeDelay::Bpr { alpha: 0.15, beta: 4.0 });
        assert!(link.backward.modes.is_empty());
        let demand = twin.demand.unwrap();
        assert_eq!(demand.matrices[0].row(0).collect::<Vec<_>>(), [(0, 0.5), (1, 10.0)]);
        let codes: Vec<&str> = findings.iter().map(|finding| finding.code).collect();
        assert_eq!(codes, ["file-beside", "zero-capacity", "no-coordinates"]);
    }

    #[test]
    fn every_mistake_is_told_with_its_line() {
        let net = "<NUMBER OF ZONES> 2\n<NUMBER OF NODES> 3\n<NUMBER OF LINKS> 9\n<END OF METADATA>\n\
            1 9 100 5 2 0.15 4 0 0 1;\n1 x NaN 5 -2 0.15 4 0 0 1;\n1 2 0 5 2 0.15 4 0 0 1;\n1 2 3;\n";
        let trips = "<NUMBER OF ZONES> 2\n<END OF METADATA>\n 1 : 3;\nOrigin 1\n 2 : -4; 3 : 1; 1 : inf; hello;\n";
        assert_eq!(
            told(&read_texts(net, trips).unwrap_err()),
            [
                "node-out-of-range term_node:5",
                "not-a-number term_node:6",
                "not-a-number capacity:6",
                "negative-value free_flow_time:6",
                "zero-capacity capacity:7",
                "missing-value length:8",
                "wrong-count NUMBER OF LINKS:8",
                "missing-origin origin:3",
                "negative-demand trips:5",
                "zone-out-of-range destination:5",
                "not-a-number trips:5",
                "not-a-trip trips:5",
            ]
        );
    }

    #[test]
    fn published_networks_are_read_as_their_heads_say() {
        let data = std::env::var("STADTWIN_DATA")
            .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data").to_owned());
        let folder = Path::new(&data).join("tntp");
        if !folder.is_dir() {
            eprintln!("skipped: STADTWIN_DATA is absent");
            return;
        }
        // Links and trips as the files' heads and their README files give them.
        for (net, n_links, n_zones, total) in [
            ("SiouxFalls/SiouxFalls_net.tntp", 76, 24, 360_600.0),
            ("Anaheim/Anaheim_net.tntp", 914, 38, 104_694.4),
            ("Braess-Example/Braess_net.tntp", 5, 2, 6.0),
            ("Barcelona/Barcelona_net.tntp", 2522, 110, 184_679.561),
            ("Chicago-Sketch/ChicagoSketch_net.tntp", 2950, 387, 1_260_907.44),
            ("Eastern-Massachusetts/EMA_net.tntp", 258, 74, 65_576.375_43),
            ("Berlin-Friedrichshain/friedrichshain-center_net.tntp", 523, 23, 11_205.1),
            ("Berlin-Tiergarten/berlin-tiergarten_net.tntp", 766, 26, 10_754.87),
        ] {
            let imported = read(&[folder.join(net)], &ImportOptions::default(), &Silent)
                .unwrap_or_else(|findings| panic!("{net}: {findings}"));
            let demand = imported.twin.demand.as_ref().unwrap();
            assert_eq!((imported.twin.roads.n_links(), demand.zones.len()), (n_links, n_zones), "{net}");
            let found = demand.matrices[0].total_veh_h();
            assert!((found - total).abs() < 1e-6 * total, "{net}: {found}");
            assert!(
                imported.findings.iter().all(|finding| finding.severity == Severity::Note),
                "{net}: {}",
                imported.findings
            );
        }
    }

    proptest! {
        #[test]
        fn any_damage_gives_a_network_or_findings(places in proptest::collection::vec((any::<usize>(), any::<u8>()), 0..10), cut in any::<usize>()) {
            let damage = |text: &str| {
                let mut bytes = text.as_bytes().to_vec();
                let n = bytes.len();
                for (place, byte) in &places {
                    bytes[place % n] = *byte;
                }
                bytes.truncate(if cut % 3 == 0 { cut % n } else { n });
                String::from_utf8_lossy(&bytes).into_owned()
            };
            if let Err(findings) = read_texts(&damage(NET), &damage(TRIPS)) {
                prop_assert!(findings.has_errors());
            }
        }
    }
}
