//! The net file: counts and links.

use twin::{Finding, Findings};

use super::text::{Complaints, File, Parts, Word, words};

/// A row of the net file; all numbers finite and, the toll too, not negative.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    /// Node where it begins, from 0.
    pub(super) from: usize,
    /// Node where it ends, from 0.
    pub(super) to: usize,
    pub(super) capacity: f64,
    pub(super) length: f64,
    pub(super) free_flow_time: f64,
    pub(super) b: f64,
    pub(super) power: f64,
    pub(super) speed: f64,
    pub(super) toll: f64,
}

/// A net file.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Net {
    pub(super) n_zones: usize,
    pub(super) n_nodes: usize,
    /// First node that trips may pass, from 0.
    pub(super) first_through: usize,
    pub(super) rows: Vec<Row>,
    /// Whether the rows have types of links, which a twin has no field for.
    pub(super) has_types: bool,
}

const FIELDS: [&str; 10] =
    ["init_node", "term_node", "capacity", "length", "free_flow_time", "b", "power", "speed", "toll", "link_type"];
/// Fields that a row must have.
const N_NEEDED: usize = 7;

/// Parses a net file. With an error among the findings the result is incomplete.
pub(super) fn parse(file: &File, findings: &mut Findings) -> Net {
    let mut complaints = Complaints::of(file, findings);
    let parts = Parts::of(file, &mut complaints);
    let mut net = Net::default();
    let rows: Vec<Vec<Word<'_>>> = parts
        .rows
        .iter()
        .map(|&(line, row)| fields(line, row, &mut complaints))
        .filter(|fields| !fields.is_empty())
        .collect();
    let Some(n_nodes) = n_nodes(&parts, &rows, &mut complaints) else { return net };
    net.n_nodes = n_nodes;
    net.n_zones = n_zones(&parts, n_nodes, &mut complaints).unwrap_or_default();
    net.first_through = first_through(&parts, n_nodes, &mut complaints).unwrap_or_default();
    let n_rows = rows.len();
    net.has_types = rows.iter().any(|row| row.len() >= FIELDS.len());
    net.rows = rows.into_iter().filter_map(|row| parse_row(&row, n_nodes, &mut complaints)).collect();
    check_n_links(&parts, n_rows, &mut complaints);
    if net.rows.len() == n_rows {
        check_isolated(&net, &parts, &mut complaints);
    }
    net
}

/// The words of a row up to its semicolon.
fn fields<'a>(line: u32, row: &'a str, complaints: &mut Complaints<'_>) -> Vec<Word<'a>> {
    let mut words = words(line, row);
    let mut fields: Vec<Word<'a>> = words.by_ref().take_while(|word| word.text != ";").collect();
    if let Some(word) = fields.get(FIELDS.len()).copied().or_else(|| words.find(|word| word.text != ";")) {
        complaints.push(
            Finding::note("trailing-text", format!("The text from `{}` on is ignored.", word.text))
                .with_position(line, word.column),
        );
        fields.truncate(FIELDS.len());
    }
    fields
}

fn n_nodes(parts: &Parts<'_>, rows: &[Vec<Word<'_>>], complaints: &mut Complaints<'_>) -> Option<usize> {
    const NAME: &str = "NUMBER OF NODES";
    let greatest = rows
        .iter()
        .flat_map(|row| row.iter().take(2))
        .filter_map(|word| super::text::whole(word.text))
        .max()
        .unwrap_or(0);
    // Every link joins two nodes: many more nodes than that are a mistake.
    let bound = 2 * rows.len() + 100_000;
    let n_nodes = if parts.has(NAME) {
        parts.count(NAME, complaints)?
    } else {
        complaints.push(
            Finding::warning(
                "missing-header",
                format!("<{NAME}> is missing; the greatest node number, {greatest}, is used."),
            )
            .with_field(NAME),
        );
        greatest
    };
    if n_nodes == 0 || n_nodes > bound {
        complaints.push(
            Finding::error("wrong-count", format!("<{NAME}> is {n_nodes}, which does not fit {} links.", rows.len()))
                .with_help("Correct the number of nodes, or add the links.")
                .with_field(NAME)
                .with_position(parts.line(NAME), 1),
        );
        return None;
    }
    Some(n_nodes)
}

fn n_zones(parts: &Parts<'_>, n_nodes: usize, complaints: &mut Complaints<'_>) -> Option<usize> {
    const NAME: &str = "NUMBER OF ZONES";
    if !parts.has(NAME) {
        complaints.push(
            Finding::error("missing-header", format!("<{NAME}> is missing."))
                .with_help("Add a line such as `<NUMBER OF ZONES> 24`: zones are the nodes from 1 to this number.")
                .with_field(NAME),
        );
        return None;
    }
    let n_zones = parts.count(NAME, complaints)?;
    if n_zones > n_nodes {
        complaints.push(
            Finding::error("wrong-count", format!("<{NAME}> is {n_zones}, but there are only {n_nodes} nodes."))
                .with_help("Each zone is the node of its number; correct one of the two.")
                .with_field(NAME)
                .with_position(parts.line(NAME), 1),
        );
        return None;
    }
    Some(n_zones)
}

fn first_through(parts: &Parts<'_>, n_nodes: usize, complaints: &mut Complaints<'_>) -> Option<usize> {
    const NAME: &str = "FIRST THRU NODE";
    if !parts.has(NAME) {
        complaints.push(
            Finding::note("missing-header", format!("<{NAME}> is missing: trips may pass through every node."))
                .with_field(NAME),
        );
        return Some(0);
    }
    let first = parts.count(NAME, complaints)?;
    if !(1..=n_nodes + 1).contains(&first) {
        complaints.push(
            Finding::error(
                "out-of-range",
                format!("<{NAME}> is {first}, but the nodes are numbered from 1 to {n_nodes}."),
            )
            .with_field(NAME)
            .with_position(parts.line(NAME), 1),
        );
        return None;
    }
    Some(first - 1)
}

fn parse_row(row: &[Word<'_>], n_nodes: usize, complaints: &mut Complaints<'_>) -> Option<Row> {
    let line = row.first().map_or(0, |word| word.line);
    if row.len() < N_NEEDED {
        complaints.push(
            Finding::error(
                "missing-field",
                format!("The link has {} numbers; `{}` is missing.", row.len(), FIELDS[row.len()]),
            )
            .with_help(format!("Each link needs {}.", FIELDS[..N_NEEDED].join(", ")))
            .with_field(FIELDS[row.len()])
            .with_position(line, 1),
        );
        return None;
    }
    if row.len() < FIELDS.len() - 1 {
        complaints.push(
            Finding::warning("missing-field", format!("The link has no `{}`; 0 is used.", FIELDS[row.len()]))
                .with_field(FIELDS[row.len()])
                .with_position(line, 1),
        );
    }
    // Every field is looked at, so that all that is wrong is told at once.
    let from = complaints.numbered(row[0], FIELDS[0], "node", n_nodes);
    let to = complaints.numbered(row[1], FIELDS[1], "node", n_nodes);
    let mut values = [Some(0.0); FIELDS.len()];
    for (index, &word) in row.iter().enumerate().take(FIELDS.len() - 1).skip(2) {
        values[index] = complaints.positive(word, FIELDS[index]);
    }
    let [_, _, capacity, length, free_flow_time, b, power, speed, toll, _] = values;
    let row = Row {
        from: from?,
        to: to?,
        capacity: capacity?,
        length: length?,
        free_flow_time: free_flow_time?,
        b: b?,
        power: power?,
        speed: speed?,
        toll: toll?,
    };
    check_row(&row, line, complaints);
    Some(row)
}

fn check_row(row: &Row, line: u32, complaints: &mut Complaints<'_>) {
    if row.capacity == 0.0 && row.b * row.power * row.free_flow_time > 0.0 {
        complaints.push(
            Finding::warning(
                "zero-capacity",
                "The capacity is 0, but the time depends on it; nobody can drive here in the model.",
            )
            .with_help("Give a capacity above zero, or b = 0 for a link without congestion.")
            .with_field("capacity")
            .with_position(line, 1),
        );
    }
    if row.from == row.to {
        complaints.push(
            Finding::warning("loop", format!("The link begins and ends at node {}; no trip uses it.", row.from + 1))
                .with_position(line, 1),
        );
    }
}

fn check_n_links(parts: &Parts<'_>, n_rows: usize, complaints: &mut Complaints<'_>) {
    const NAME: &str = "NUMBER OF LINKS";
    if !parts.has(NAME) {
        complaints.push(
            Finding::warning(
                "missing-header",
                format!("<{NAME}> is missing; the file has {n_rows} links, it cannot be seen whether that is all."),
            )
            .with_field(NAME),
        );
        return;
    }
    let Some(n_links) = parts.count(NAME, complaints) else { return };
    if n_links != n_rows {
        complaints.push(
            Finding::error("wrong-count", format!("<{NAME}> is {n_links}, but the file has {n_rows} links."))
                .with_help("The file may be cut off; take a complete one or correct the number.")
                .with_field(NAME)
                .with_position(parts.line(NAME), 1),
        );
    }
}

fn check_isolated(net: &Net, parts: &Parts<'_>, complaints: &mut Complaints<'_>) {
    let mut joined = vec![false; net.n_nodes];
    for row in &net.rows {
        joined[row.from] = true;
        joined[row.to] = true;
    }
    let isolated: Vec<String> =
        joined.iter().enumerate().filter(|(_, joined)| !**joined).map(|(node, _)| (node + 1).to_string()).collect();
    if isolated.is_empty() {
        return;
    }
    let shown = isolated[..isolated.len().min(10)].join(", ");
    complaints.push(
        Finding::warning(
            "isolated-node",
            format!(
                "{} of {} nodes have no link: {shown}{}",
                isolated.len(),
                net.n_nodes,
                if isolated.len() > 10 { ", …" } else { "." }
            ),
        )
        .with_help("Check the number of nodes, or add their links.")
        .with_position(parts.line("NUMBER OF NODES"), 1),
    );
}
