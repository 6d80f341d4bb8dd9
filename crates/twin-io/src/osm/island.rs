//! Parts of the street network that cars cannot reach or leave.
//!
//! # References
//! R. Tarjan: Depth-first search and linear graph algorithms. SIAM J. Comput. 1 (1972). doi:10.1137/0201010 (the components
//! are found here by forward and backward reach from the main one).

use twin::{
    Finding, Key,
    road::{Arc, Direction, Modes, RoadNetwork},
};

use super::{network::is_public, notes::Notes};

/// How many keys a finding lists.
const LISTED: usize = 200;

/// Reports islands of the car network, one finding each.
pub(crate) fn report(roads: &RoadNetwork, notes: &mut Notes) {
    let net = CarGraph::new(roads);
    let Some(main) = net.main_component() else { return };
    // The world outside joins all streets that leave the map.
    let reached = net.reach(&main, &net.out, roads);
    let leaving = net.reach(&main, &net.into, roads);
    let strong: Vec<bool> = reached.iter().zip(&leaving).map(|(a, b)| *a && *b).collect();
    let mut seen = vec![false; roads.n_nodes()];
    for start in 0..roads.n_nodes() {
        if seen[start] || strong[start] || !net.has_cars(start) {
            continue;
        }
        let pocket = net.pocket(start, &strong, &mut seen);
        let touches_main = pocket.iter().any(|node| net.neighbors(*node).any(|next| strong[next]));
        let (enters, leaves) = (pocket.iter().any(|n| reached[*n]), pocket.iter().any(|n| leaving[*n]));
        notes.push(finding(roads, &net, &pocket, touches_main, enters, leaves));
    }
}

fn finding(
    roads: &RoadNetwork,
    net: &CarGraph,
    pocket: &[usize],
    touches_main: bool,
    enters: bool,
    leaves: bool,
) -> Finding {
    let mut links: Vec<usize> = pocket.iter().flat_map(|node| net.links_at(*node)).collect();
    links.sort_unstable();
    links.dedup();
    let mut keys: Vec<Key> = Vec::new();
    let (mut length_m, mut public) = (0.0, false);
    let mut name = None;
    for link in &links {
        let link = roads.link(twin::Id::new(*link));
        keys.extend(link.source_keys.iter().cloned());
        length_m += link.length_m;
        public |= is_public(link.class);
        name = name.or_else(|| link.name.clone());
    }
    keys.sort();
    keys.dedup();
    let first = keys.first().cloned();
    let listed: Vec<&str> = keys.iter().take(LISTED).map(Key::as_str).collect();
    let more = if keys.len() > LISTED { format!(", and {} more", keys.len() - LISTED) } else { String::new() };
    let (code, what, help) = match (touches_main, enters, leaves) {
        (false, ..) => (
            "street-island",
            "has no connection to the rest of the street network",
            "Join the streets at a common node in the map, or check access tags between them.",
        ),
        (true, true, false) => {
            ("street-trap", "can be entered by car but not left", "Check one-way streets and access tags there.")
        }
        (true, false, true) => {
            ("street-trap", "can be left by car but not entered", "Check one-way streets and access tags there.")
        }
        (true, ..) => {
            ("street-trap", "can be neither entered nor left by car", "Check one-way streets and access tags there.")
        }
    };
    let named = name.map(|name| format!(" around {name}")).unwrap_or_default();
    let message = format!(
        "A part of the street network{named}, {length_m:.0} m long, {what} ({}): {}{more}.",
        keys.len(),
        listed.join(", ")
    );
    let finding = if public { Finding::warning(code, message) } else { Finding::note(code, message) };
    match first {
        Some(key) => finding.with_key(key).with_help(help),
        None => finding.with_help(help),
    }
}

/// Streets for cars as adjacency lists.
struct CarGraph {
    /// Nodes that can be driven to from a node, with the section.
    out: Vec<Vec<(usize, usize)>>,
    /// Nodes from which a node can be driven to, with the section.
    into: Vec<Vec<(usize, usize)>>,
}

impl CarGraph {
    fn new(roads: &RoadNetwork) -> Self {
        let mut out = vec![Vec::new(); roads.n_nodes()];
        let mut into = vec![Vec::new(); roads.n_nodes()];
        for (id, link) in roads.links() {
            for direction in Direction::BOTH {
                if link.carriageway(direction).modes.contains(Modes::CAR) {
                    let (from, to) = Arc::new(id, direction).ends(roads);
                    out[from.index()].push((to.index(), id.index()));
                    into[to.index()].push((from.index(), id.index()));
                }
            }
        }
        Self { out, into }
    }

    fn has_cars(&self, node: usize) -> bool {
        !self.out[node].is_empty() || !self.into[node].is_empty()
    }

    fn neighbors(&self, node: usize) -> impl Iterator<Item = usize> {
        self.out[node].iter().chain(&self.into[node]).map(|(next, _)| *next)
    }

    fn links_at(&self, node: usize) -> impl Iterator<Item = usize> {
        self.out[node].iter().chain(&self.into[node]).map(|(_, link)| *link)
    }

    /// Nodes that are joined to `start` without passing through the main component.
    fn pocket(&self, start: usize, strong: &[bool], seen: &mut [bool]) -> Vec<usize> {
        let mut pocket = vec![start];
        seen[start] = true;
        let mut at = 0;
        while at < pocket.len() {
            for next in self.neighbors(pocket[at]) {
                if !seen[next] && !strong[next] {
                    seen[next] = true;
                    pocket.push(next);
                }
            }
            at += 1;
        }
        pocket
    }

    /// The greatest set of nodes that all reach each other.
    fn main_component(&self) -> Option<Vec<usize>> {
        let n = self.out.len();
        let mut done = vec![false; n];
        let mut best: Vec<usize> = Vec::new();
        for start in 0..n {
            if done[start] || !self.has_cars(start) {
                continue;
            }
            let forward = reach_plain(start, &self.out, &done);
            let backward = reach_plain(start, &self.into, &done);
            let component: Vec<usize> = (0..n).filter(|node| forward[*node] && backward[*node]).collect();
            component.iter().for_each(|node| done[*node] = true);
            let n_left = (0..n).filter(|node| !done[*node] && self.has_cars(*node)).count();
            if component.len() > best.len() {
                best = component;
            }
            if best.len() >= n_left {
                break;
            }
        }
        (!best.is_empty()).then_some(best)
    }

    /// Nodes reached from the main component; whoever leaves the map may come back wherever a street leaves it.
    fn reach(&self, main: &[usize], steps: &[Vec<(usize, usize)>], roads: &RoadNetwork) -> Vec<bool> {
        let borders: Vec<usize> = roads.nodes().filter(|(_, node)| node.border).map(|(id, _)| id.index()).collect();
        let mut reached = vec![false; steps.len()];
        let mut open: Vec<usize> = main.to_vec();
        main.iter().for_each(|node| reached[*node] = true);
        let mut outside = false;
        while let Some(node) = open.pop() {
            let beyond: &[usize] = if !outside && borders.binary_search(&node).is_ok() { &borders } else { &[] };
            outside |= !beyond.is_empty();
            for next in steps[node].iter().map(|(next, _)| *next).chain(beyond.iter().copied()) {
                if !reached[next] {
                    reached[next] = true;
                    open.push(next);
                }
            }
        }
        reached
    }
}

fn reach_plain(start: usize, steps: &[Vec<(usize, usize)>], done: &[bool]) -> Vec<bool> {
    let mut reached = vec![false; steps.len()];
    reached[start] = true;
    let mut open = vec![start];
    while let Some(node) = open.pop() {
        for (next, _) in &steps[node] {
            if !reached[*next] && !done[*next] {
                reached[*next] = true;
                open.push(*next);
            }
        }
    }
    reached
}
