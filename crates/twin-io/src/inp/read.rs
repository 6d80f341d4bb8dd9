//! An EPANET file as a whole: its sections in the order in which they need each other.

use std::collections::BTreeMap;

use twin::{
    Finding, Findings, Key,
    utility::{WaterLink, WaterLinkKind, WaterNetwork, WaterNodeKind},
    water::{CarriedLine, WaterOperation, WaterSettings},
};

use super::{
    Model,
    controls::{self, Names},
    network::{Draft, Reader},
    options::{self, Scale},
    table::{Patterns, curves, patterns, scaled_curves},
    text::{Complaints, Sections},
};

/// Sections that are carried through and not computed.
const CARRIED: [&str; 9] =
    ["SOURCES", "LEAKAGE", "QUALITY", "ENERGY", "REACTIONS", "MIXING", "REPORT", "LABELS", "BACKDROP"];

/// Reads a file.
///
/// # Errors
/// Everything that is wrong with the file, all at once: what is missing, no number, out of range, unknown or there twice.
pub fn parse(text: &str, file: &str) -> Result<(Model, Findings), Findings> {
    let mut findings = Findings::default();
    let mut complaints = Complaints::new(file, &mut findings);
    let sections = Sections::of(text, &mut complaints);
    let model = model(&sections, &mut complaints);
    drop(complaints);
    if findings.has_errors() { Err(findings) } else { Ok((model, findings)) }
}

fn model(sections: &Sections<'_>, complaints: &mut Complaints<'_>) -> Model {
    let (mut settings, carried_options) = options::options(sections.of_name("OPTIONS"), false, complaints);
    let carried_times = options::times(sections.of_name("TIMES"), &mut settings, complaints);
    let scale = Scale::of(&settings);
    let mut reader = Reader {
        scale,
        formula: settings.formula,
        draft: Draft::default(),
        nodes: BTreeMap::new(),
        links: BTreeMap::new(),
        patterns: patterns(sections.of_name("PATTERNS"), complaints),
        curves: curves(sections.of_name("CURVES"), complaints),
    };
    reader.nodes(sections, complaints);
    reader.links(sections, complaints);
    reader.demands(sections, complaints);
    reader.emitters(sections.of_name("EMITTERS"), settings.emitter_exponent, complaints);
    reader.status(sections.of_name("STATUS"), complaints);
    let n_placed = reader.coordinates(sections);
    reader.valves_apart(complaints);
    check_pattern(&mut settings, &reader.patterns);
    let curve_list = scaled_curves(std::mem::take(&mut reader.curves), scale, complaints);
    let pattern_list = std::mem::take(&mut reader.patterns).list;
    let (nodes, links) = (reader.nodes, reader.links);
    let network = reader.draft.network();
    check_model(&network, complaints);
    tell_powers(&network, &settings, complaints);
    tell_pattern_start(&settings, complaints);
    let mut operation = WaterOperation {
        title: sections.of_name("TITLE").iter().map(|line| line.raw.trim_end().to_owned()).collect(),
        settings,
        patterns: pattern_list,
        curves: curve_list,
        ..WaterOperation::default()
    };
    let names = Names { network: &network, nodes, links, scale };
    operation.controls =
        sections.of_name("CONTROLS").iter().filter_map(|line| controls::control(line, &names, complaints)).collect();
    operation.rules = controls::rules(sections.of_name("RULES"), &names, complaints);
    drop(names);
    carry(sections, [("OPTIONS", carried_options), ("TIMES", carried_times)], &mut operation, complaints);
    Model { network, operation, n_placed }
}

/// The operation from the twin's own lines: section and line, all in SI units.
pub(super) fn parse_operation(lines: &[(String, String)], network: &WaterNetwork) -> (WaterOperation, Findings) {
    let mut text = String::new();
    let mut current = "";
    for (section, line) in lines {
        if section != current {
            text.push_str(&format!("[{section}]\n"));
            current = section;
        }
        text.push_str(line);
        text.push('\n');
    }
    let mut findings = Findings::default();
    let mut complaints = Complaints::new("water_operation", &mut findings);
    let sections = Sections::of(&text, &mut complaints);
    let (mut settings, _) = options::options(sections.of_name("OPTIONS"), true, &mut complaints);
    options::times(sections.of_name("TIMES"), &mut settings, &mut complaints);
    let curve_map = curves(sections.of_name("CURVES"), &mut complaints);
    let mut operation = WaterOperation {
        title: sections.of_name("TITLE").iter().map(|line| line.raw.trim_end().to_owned()).collect(),
        settings,
        patterns: patterns(sections.of_name("PATTERNS"), &mut complaints).list,
        curves: scaled_curves(curve_map, Scale::SI, &mut complaints),
        ..WaterOperation::default()
    };
    let names = Names {
        network,
        nodes: network.nodes().map(|(id, node)| (node.key.as_str().to_owned(), id)).collect(),
        links: network.links().map(|(id, link)| (link.key.as_str().to_owned(), id)).collect(),
        scale: Scale::SI,
    };
    operation.controls = sections
        .of_name("CONTROLS")
        .iter()
        .filter_map(|line| controls::control(line, &names, &mut complaints))
        .collect();
    operation.rules = controls::rules(sections.of_name("RULES"), &names, &mut complaints);
    drop(complaints);
    // What is carried stands under its own name, so that quality options are not taken for those of hydraulics.
    operation.carried = lines
        .iter()
        .filter_map(|(section, line)| {
            let section = section.strip_prefix("CARRIED ")?;
            Some(CarriedLine { section: section.to_owned(), line: line.clone() })
        })
        .collect();
    findings.0.retain(|finding| finding.code != "unknown-section");
    (operation, findings)
}

/// The name that EPANET knows: what follows the first slash.
pub(super) fn id_of(key: &Key) -> &str {
    key.as_str().split_once('/').map_or(key.as_str(), |(_, id)| id)
}

/// EPANET's default pattern is called `1`; where there is none of that name, demands are constant.
fn check_pattern(settings: &mut WaterSettings, patterns: &Patterns) {
    settings.default_pattern =
        settings.default_pattern.take().filter(|name| patterns.by_name.contains_key(name.as_str()));
}

fn check_model(network: &WaterNetwork, complaints: &mut Complaints<'_>) {
    if network.n_nodes() < 2 {
        complaints.push(
            Finding::error(
                "too-few-nodes",
                format!("The network has {} nodes; it needs two or more.", network.n_nodes()),
            )
            .with_help("The sections [JUNCTIONS], [RESERVOIRS] and [TANKS] hold them."),
        );
    }
    let has_source = network
        .nodes()
        .any(|(_, node)| matches!(node.kind, WaterNodeKind::Reservoir { .. } | WaterNodeKind::Tank { .. }));
    if network.n_nodes() >= 2 && !has_source {
        complaints.push(
            Finding::error("no-source", "The network has neither reservoir nor tank: nothing gives it its pressure.")
                .with_help("Add a line to [RESERVOIRS] or [TANKS]."),
        );
    }
    let mut linked = vec![false; network.n_nodes()];
    for (id, _) in network.links() {
        let (from, to) = network.ends(id);
        linked[from.index()] = true;
        linked[to.index()] = true;
    }
    for (id, node) in network.nodes().filter(|(id, _)| !linked[id.index()]) {
        let _ = id;
        complaints.push(
            Finding::warning("unconnected-node", format!("Node `{}` has no link.", id_of(&node.key)))
                .with_key(node.key.clone()),
        );
    }
}

/// EPANET 2.3 converts the power of pumps from kilowatt twice (2.2 did it once): who compares is to know.
fn tell_powers(network: &WaterNetwork, settings: &WaterSettings, complaints: &mut Complaints<'_>) {
    let is_by_power = |link: &WaterLink| {
        matches!(link.kind, WaterLinkKind::Pump { power_w, .. } if power_w > 0.0) && link.detail.curve.is_none()
    };
    let n = network.links().filter(|(_, link)| is_by_power(link)).count();
    if n > 0 && !settings.flow_units.is_us() {
        complaints.push(
            Finding::note("epanet-power", format!("{n} pumps are given by their power in kilowatt."))
                .with_help("EPANET 2.3 takes a kilowatt for 1.34 there; here it is one, as in EPANET 2.2."),
        );
    }
}

/// EPANET forgets the start of patterns where it looks for the end of their period.
fn tell_pattern_start(settings: &WaterSettings, complaints: &mut Complaints<'_>) {
    if settings.duration_s > 0 && !settings.pattern_start_s.is_multiple_of(settings.pattern_step_s.max(1)) {
        complaints.push(
            Finding::note("epanet-pattern-start", "The patterns start inside one of their periods.").with_help(
                "EPANET changes demands up to a time step late there; here they change when the pattern does.",
            ),
        );
    }
}

fn carry(
    sections: &Sections<'_>,
    options: [(&str, Vec<String>); 2],
    operation: &mut WaterOperation,
    complaints: &mut Complaints<'_>,
) {
    for (section, lines) in options {
        operation.carried.extend(lines.into_iter().map(|line| CarriedLine { section: section.to_owned(), line }));
    }
    let mut named = Vec::new();
    for section in CARRIED.into_iter().chain(["TAGS"]) {
        let lines = sections.of_name(section);
        operation.carried.extend(
            lines.iter().map(|line| CarriedLine { section: section.to_owned(), line: line.raw.trim_end().to_owned() }),
        );
        if !lines.is_empty() && !["LABELS", "BACKDROP", "TAGS", "REPORT"].contains(&section) {
            named.push(format!("[{section}]"));
        }
    }
    if !named.is_empty() {
        complaints.push(
            Finding::note("not-simulated", format!("{} are kept but not computed.", named.join(", "))).with_help(
                "Water quality, leakage and pump energy are not computed; they are written back as they stand.",
            ),
        );
    }
    if !sections.of_name("LEAKAGE").is_empty() {
        complaints
            .push(Finding::warning("leakage-not-simulated", "The leakage of pipes is left out of the hydraulics."));
    }
}
