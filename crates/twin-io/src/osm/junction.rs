//! Nodes of the street network: how many streets meet, signals, signs, barriers, and where the map ends.
//!
//! Signals and signs are mapped on the junction or on the stop line of an approach. One on a stop line counts for the
//! junction ahead (35 m for signals, 50 m for signs); a signal with no junction near (a pedestrian crossing in mid-street) is
//! kept as a node of its own.

use geo_types::Coord;
use twin::{
    Key,
    road::{Modes, NodeControl},
};

use super::{
    access::{self, Barrier},
    element::{CLIPPED_EDGE_M, MISSING, Osm, TaggedNode},
    network::{StreetWay, stronger},
    notes::Notes,
};

const SIGNAL_REACH_M: f64 = 35.0;
const SIGN_REACH_M: f64 = 50.0;
/// How near to the edge of the extract a classified road that ends counts as cut, metres.
const EDGE_M: f64 = 60.0;

/// What is known of the nodes before ways are cut.
pub(crate) struct Junctions {
    /// Ends of streets at each node (two for a street that passes).
    degree: Vec<u8>,
    control: Vec<NodeControl>,
    stays: Vec<bool>,
    border: Vec<bool>,
    /// Barriers and whom they stop, by node.
    barriers: Vec<(u32, Modes)>,
}

impl Junctions {
    /// Whether streets are cut here.
    pub(crate) fn is_cut(&self, node: u32) -> bool {
        self.degree[node as usize] != 2 || self.stays[node as usize]
    }
    /// Whether the node stays a node although nothing changes there.
    pub(crate) fn stays(&self, point: u32) -> bool {
        self.stays.get(point as usize).copied().unwrap_or(false) || self.is_border(point)
    }
    pub(crate) fn control(&self, point: u32) -> NodeControl {
        self.control.get(point as usize).copied().unwrap_or_default()
    }
    pub(crate) fn is_border(&self, point: u32) -> bool {
        self.border.get(point as usize).copied().unwrap_or(false)
    }
    /// Whom a barrier on this node stops.
    pub(crate) fn stops(&self, node: u32) -> Option<Modes> {
        self.barriers.binary_search_by_key(&node, |(known, _)| *known).ok().map(|at| self.barriers[at].1)
    }
}

/// Reads the nodes of all streets.
pub(crate) fn junctions(osm: &Osm, ways: &[StreetWay], notes: &mut Notes) -> Junctions {
    let n_nodes = osm.nodes.ids.len();
    let mut degree = vec![0_u8; n_nodes];
    let mut car_degree = vec![0_u8; n_nodes];
    for way in ways {
        let nodes = osm.way(way.row).nodes;
        let is_car = way.street.modes[0].union(way.street.modes[1]).contains(Modes::CAR);
        for &(start, end) in &way.runs {
            for (position, node) in nodes.iter().enumerate().take(end + 1).skip(start) {
                let node = *node as usize;
                let ends = if position == start || position == end { 1 } else { 2 };
                degree[node] = degree[node].saturating_add(ends);
                if is_car {
                    car_degree[node] = car_degree[node].saturating_add(ends);
                }
            }
        }
    }
    let mut junctions = Junctions {
        degree,
        control: vec![NodeControl::None; n_nodes],
        stays: vec![false; n_nodes],
        border: vec![false; n_nodes],
        barriers: Vec::new(),
    };
    let net = CarNet::new(osm, ways, car_degree);
    set_signals(osm, &net, &mut junctions, notes);
    set_signs(osm, &net, &mut junctions, notes);
    set_barriers(osm, ways, &mut junctions, notes);
    set_borders(osm, ways, &mut junctions, notes);
    junctions
}

/// The streets that cars may use, node by node.
struct CarNet<'a> {
    osm: &'a Osm,
    degree: Vec<u8>,
    /// From node, to node, whether that is along the way, whether cars may drive so; sorted.
    steps: Vec<(u32, u32, bool, bool)>,
}

impl<'a> CarNet<'a> {
    fn new(osm: &'a Osm, ways: &[StreetWay], degree: Vec<u8>) -> Self {
        let mut steps = Vec::new();
        for way in ways {
            let [forward, backward] = way.street.modes.map(|modes| modes.contains(Modes::CAR));
            if !forward && !backward {
                continue;
            }
            let nodes = osm.way(way.row).nodes;
            for &(start, end) in &way.runs {
                for pair in nodes[start..=end].windows(2).filter(|pair| pair[0] != pair[1]) {
                    steps.push((pair[0], pair[1], true, forward));
                    steps.push((pair[1], pair[0], false, backward));
                }
            }
        }
        steps.sort_unstable();
        Self { osm, degree, steps }
    }

    fn steps_from(&self, node: u32) -> &[(u32, u32, bool, bool)] {
        let start = self.steps.partition_point(|step| step.0 < node);
        let end = start + self.steps[start..].partition_point(|step| step.0 == node);
        &self.steps[start..end]
    }

    /// The nearest junction within reach, in the direction of travel that the sign is for.
    fn junction_ahead(&self, node: u32, side: Side, reach_m: f64) -> Option<u32> {
        let candidates = self.steps_from(node).iter().filter(|(_, _, along, drivable)| match side {
            Side::Forward => *along,
            Side::Backward => !*along,
            Side::Either => *drivable,
        });
        let mut best: Option<(f64, u32)> = None;
        for (_, first, ..) in candidates {
            if let Some(found) = self.walk(node, *first, reach_m)
                && best.is_none_or(|best| found.0 < best.0)
            {
                best = Some(found);
            }
        }
        best.map(|(_, node)| node)
    }

    fn walk(&self, from: u32, first: u32, reach_m: f64) -> Option<(f64, u32)> {
        let (mut before, mut here) = (from, first);
        let mut walked_m = self.distance_m(before, here);
        while walked_m <= reach_m {
            if self.degree[here as usize] > 2 {
                return Some((walked_m, here));
            }
            let next = self.steps_from(here).iter().map(|step| step.1).find(|next| *next != before)?;
            (before, here) = (here, next);
            walked_m += self.distance_m(before, here).max(1e-3);
        }
        None
    }

    fn distance_m(&self, a: u32, b: u32) -> f64 {
        match (self.osm.local(a), self.osm.local(b)) {
            (Some(a), Some(b)) => distance_m(a, b),
            _ => f64::INFINITY,
        }
    }
}

fn distance_m(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}

/// Which direction of travel a sign is for.
#[derive(Clone, Copy)]
enum Side {
    Forward,
    Backward,
    Either,
}

fn side(node: TaggedNode<'_>, keys: &[&str]) -> Side {
    match node.tags.first(keys) {
        Some("forward") => Side::Forward,
        Some("backward") => Side::Backward,
        _ => Side::Either,
    }
}

fn key(node: TaggedNode<'_>) -> Key {
    Key::new(format!("node/{}", node.id))
}

fn set_signals(osm: &Osm, net: &CarNet<'_>, junctions: &mut Junctions, notes: &mut Notes) {
    let is_signal = |node: &TaggedNode<'_>| node.tags.is("highway", "traffic_signals");
    let is_crossing = |node: &TaggedNode<'_>| {
        node.tags.is("highway", "crossing")
            && (node.tags.is("crossing", "traffic_signals") || node.tags.is("crossing:signals", "yes"))
    };
    for node in osm.tagged_nodes().filter(is_signal) {
        let at = node.index as usize;
        let target = match net.degree[at] {
            0 => continue,
            1 | 2 => {
                let side = side(node, &["traffic_signals:direction", "direction"]);
                net.junction_ahead(node.index, side, SIGNAL_REACH_M).unwrap_or(node.index)
            }
            _ => node.index,
        };
        if target == node.index {
            junctions.stays[at] = true;
        } else {
            notes.group(
                "signal-on-approach",
                key(node),
                None,
                "traffic signals on the stop line of an approach, counted for the junction ahead",
                "Nothing to do.",
            );
        }
        junctions.control[target as usize] = NodeControl::Signal;
    }
    // Signals of a crossing near a junction with signals belong to it.
    let crossings: Vec<u32> = osm
        .tagged_nodes()
        .filter(|node| is_crossing(node) && net.degree[node.index as usize] > 0)
        .filter(|node| {
            let ahead = net.junction_ahead(node.index, Side::Forward, SIGNAL_REACH_M);
            let behind = net.junction_ahead(node.index, Side::Backward, SIGNAL_REACH_M);
            ![ahead, behind].into_iter().flatten().any(|near| junctions.control[near as usize] == NodeControl::Signal)
        })
        .map(|node| node.index)
        .collect();
    for node in crossings {
        junctions.control[node as usize] = NodeControl::Signal;
        junctions.stays[node as usize] = true;
    }
}

fn set_signs(osm: &Osm, net: &CarNet<'_>, junctions: &mut Junctions, notes: &mut Notes) {
    for node in osm.tagged_nodes() {
        let at = node.index as usize;
        let control = match node.tags.get("highway") {
            Some("stop") => NodeControl::Stop,
            Some("give_way") => NodeControl::GiveWay,
            Some("mini_roundabout") => NodeControl::MiniRoundabout,
            Some("turning_circle" | "turning_loop") => NodeControl::TurningCircle,
            _ => continue,
        };
        if net.degree[at] == 0 {
            continue;
        }
        let is_sign = matches!(control, NodeControl::Stop | NodeControl::GiveWay);
        let target = if is_sign && net.degree[at] <= 2 {
            net.junction_ahead(node.index, side(node, &["direction"]), SIGN_REACH_M)
        } else {
            Some(node.index)
        };
        match target {
            Some(target) => {
                let control = stronger(junctions.control[target as usize], control);
                junctions.control[target as usize] = control;
                if control == NodeControl::MiniRoundabout {
                    junctions.stays[target as usize] = true;
                }
            }
            None => notes.group(
                "sign-without-junction",
                key(node),
                Some("highway"),
                "stop or give-way signs with no junction within 50 m ahead, not used",
                "Check the node's direction=forward or backward.",
            ),
        }
    }
}

fn set_barriers(osm: &Osm, ways: &[StreetWay], junctions: &mut Junctions, notes: &mut Notes) {
    let mut found: Vec<(u32, Modes)> = Vec::new();
    for node in osm.tagged_nodes() {
        let Some(kind) = node.tags.get("barrier") else { continue };
        if junctions.degree[node.index as usize] < 2 {
            continue;
        }
        match access::barrier(kind, node.tags) {
            Barrier::Stops(modes) => found.push((node.index, modes)),
            Barrier::Open => {}
            Barrier::AssumedOpen => notes.group(
                "barrier-assumed-open",
                key(node),
                Some("barrier"),
                "gates on streets without access tags, taken as open",
                "Map access=private or locked=yes where a gate is shut.",
            ),
            Barrier::Unknown => notes.group(
                "barrier-unknown",
                key(node),
                Some("barrier"),
                format!("barriers of the unknown kind “{kind}” on streets, taken as open"),
                "Use a documented value of barrier=*.",
            ),
        }
    }
    if found.is_empty() {
        return;
    }
    // Streets with the modes that are stopped, counted by their ends at the barrier.
    let mut n_stopped = vec![0_u32; found.len()];
    for way in ways {
        let modes = way.street.modes[0].union(way.street.modes[1]);
        let nodes = osm.way(way.row).nodes;
        for &(start, end) in &way.runs {
            for (position, node) in nodes.iter().enumerate().take(end + 1).skip(start) {
                if let Ok(at) = found.binary_search_by_key(node, |(known, _)| *known)
                    && modes.intersects(found[at].1)
                {
                    n_stopped[at] += if position == start || position == end { 1 } else { 2 };
                }
            }
        }
    }
    for ((node, modes), n_stopped) in found.into_iter().zip(n_stopped) {
        if n_stopped <= 2 {
            junctions.barriers.push((node, modes));
            continue;
        }
        let id = osm.nodes.ids[node as usize];
        notes.warn(
            "barrier-at-junction",
            Key::new(format!("node/{id}")),
            Some("barrier"),
            format!("The barrier stands on a junction of {n_stopped} streets, so that it is not clear which it closes; it was left out."),
            "Put the barrier on the street that it closes, beside the junction.",
        );
    }
}

/// Where streets leave the map: the next node is not in the file, or the street ends outside the extract.
fn set_borders(osm: &Osm, ways: &[StreetWay], junctions: &mut Junctions, notes: &mut Notes) {
    let bounds = osm.bounds.or_else(|| estimated_bounds(osm));
    for way in ways {
        let raw = osm.way(way.row);
        let mut cut = false;
        for &(start, end) in &way.runs {
            let before = start.checked_sub(1).map(|before| raw.nodes[before]);
            let after = raw.nodes.get(end + 1).copied();
            for (node, beyond) in [(raw.nodes[start], before), (raw.nodes[end], after)] {
                let at = node as usize;
                let torn = beyond.is_some_and(|beyond| beyond == MISSING || osm.local(beyond).is_none());
                let ends = beyond.is_none() && junctions.degree[at] == 1;
                let outside = ends && is_at_edge(osm, node, bounds, way);
                if torn || outside {
                    junctions.border[at] = true;
                    cut = true;
                }
            }
        }
        if cut {
            let class = way.street.class.name();
            notes.group_all(
                "street-cut-at-border",
                Key::new(format!("way/{}", raw.id)),
                format!("streets of class {class} that leave the map at the border of the extract"),
                "Nothing to do; take a larger extract if the street matters.",
            );
        }
    }
}

/// Outside the extract, or, for a classified road, so near to its edge that nobody would end a road there.
fn is_at_edge(osm: &Osm, node: u32, bounds: Option<[f64; 4]>, way: &StreetWay) -> bool {
    use twin::road::RoadClass as C;
    let classified = matches!(
        way.street.class,
        C::Motorway
            | C::MotorwayLink
            | C::Trunk
            | C::TrunkLink
            | C::Primary
            | C::PrimaryLink
            | C::Secondary
            | C::Tertiary
    );
    let edge_m = match (classified, osm.is_clipped) {
        (true, true) => CLIPPED_EDGE_M,
        (true, false) => EDGE_M,
        (false, _) => 0.0,
    };
    osm.inside_m(node, bounds) < edge_m
}

/// The extract's bounds where the file does not tell: those of the tagged nodes that lie on no way, since the nodes of ways
/// that are kept whole reach beyond.
fn estimated_bounds(osm: &Osm) -> Option<[f64; 4]> {
    let mut on_way = vec![false; osm.nodes.ids.len()];
    for node in osm.way_nodes.iter().filter(|node| **node != MISSING) {
        on_way[*node as usize] = true;
    }
    let mut bounds = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    let mut n_nodes = 0;
    for node in osm.tagged_nodes().filter(|node| !on_way[node.index as usize]) {
        // Stops and signs are members of relations that are kept whole as well.
        if node.tags.first(&["public_transport", "highway", "railway", "traffic_sign", "place"]).is_some() {
            continue;
        }
        let position = osm.nodes.wgs84[node.index as usize];
        bounds = [
            bounds[0].min(position.x),
            bounds[1].min(position.y),
            bounds[2].max(position.x),
            bounds[3].max(position.y),
        ];
        n_nodes += 1;
    }
    (n_nodes >= 50).then_some(bounds)
}
