//! Bus lines: regional lines along the main roads, town lines through the quarters, all by way of the bridgehead.

use std::{cmp::Reverse, collections::BTreeMap, collections::BinaryHeap};

use twin::{
    Id, Key, Table,
    road::{Arc, Direction, Modes, RoadClass, RoadLink, RoadNetwork, RoadNode},
    transit::{BusRoute, BusStop},
};

use crate::{dice::Dice, mains::beside, site::distance_m, streets::Streets};

/// Distance between stops, metres.
const STOP_M: f64 = 380.0;

/// Stops and routes, one route for each direction of a line.
pub(crate) fn lines(streets: &Streets, population: u32, seed: u64) -> (Table<BusStop>, Table<BusRoute>) {
    let roads = &streets.roads;
    let mut net = Net { roads, stops: Table::new(), routes: Table::new(), stop_of: BTreeMap::new() };
    if roads.n_nodes() == 0 {
        return (net.stops, net.routes);
    }
    // The first node is the northern bridgehead.
    let center = Id::new(0);
    let outward = tree(roads, center, false);
    let inward = tree(roads, center, true);
    let mut dice = Dice::new(seed, 7);
    let position = roads[center].position;
    let angle = |node: Id<RoadNode>| {
        let p = roads[node].position;
        (p.y - position.y).atan2(p.x - position.x)
    };
    let mut borders = streets.borders.clone();
    borders.sort_by(|a, b| angle(*a).total_cmp(&angle(*b)));
    let half = borders.len() / 2;
    for i in 0..half.max(usize::from(borders.len() == 1)) {
        let ends = (borders[i], borders[(i + half.max(1)) % borders.len()]);
        if ends.0 != ends.1 {
            net.line(
                &format!("{}", 300 + 11 * (i + 1)),
                ends,
                (&inward, &outward),
                14.0 + dice.range(0.0, 14.0).round(),
            );
        }
    }
    let n_town = if population < 5_000 { 0 } else { (1 + population as usize / 9_000).min(64) };
    let ends = outskirts(roads, &outward, n_town * 2, position);
    for i in 0..n_town.min(ends.len() / 2) {
        let pair = (ends[i], ends[i + ends.len() / 2]);
        let departures = (24.0 + f64::from(population).log10() * 9.0 + dice.range(-8.0, 12.0)).round();
        net.line(&format!("{}", i + 1), pair, (&inward, &outward), departures);
    }
    (net.stops, net.routes)
}

type Tree = Vec<Option<Arc>>;

struct Net<'a> {
    roads: &'a RoadNetwork,
    stops: Table<BusStop>,
    routes: Table<BusRoute>,
    stop_of: BTreeMap<Arc, Id<BusStop>>,
}

impl Net<'_> {
    /// Both directions of a line between two ends.
    fn line(&mut self, number: &str, ends: (Id<RoadNode>, Id<RoadNode>), trees: (&Tree, &Tree), departures: f64) {
        for (from, to) in [ends, (ends.1, ends.0)] {
            let Some(arcs) = self.way(from, to, trees) else { continue };
            let stops = self.serve(&arcs);
            if stops.len() < 2 {
                continue;
            }
            let title = |id: Id<BusStop>, stops: &Table<BusStop>| stops[id].name.clone().unwrap_or_default();
            let name = format!("{} – {}", title(stops[0], &self.stops), title(stops[stops.len() - 1], &self.stops));
            self.routes.push(BusRoute {
                key: Key::new(format!("bus_route/{}", self.routes.len() + 1)),
                line: Some(number.to_owned()),
                name: Some(name),
                operator: Some("Stadtverkehr Musterstadt".to_owned()),
                arcs,
                stops,
                departures_per_day: Some(departures),
            });
        }
    }

    /// To the center and out again, without driving the same street to and fro.
    fn way(&self, from: Id<RoadNode>, to: Id<RoadNode>, (inward, outward): (&Tree, &Tree)) -> Option<Vec<Arc>> {
        let mut arcs = Vec::new();
        let mut at = from;
        while let Some(arc) = inward[at.index()] {
            arcs.push(arc);
            at = arc.ends(self.roads).1;
        }
        let mut out = Vec::new();
        let mut at = to;
        while let Some(arc) = outward[at.index()] {
            out.push(arc);
            at = arc.ends(self.roads).0;
        }
        for arc in out.into_iter().rev() {
            match arcs.last() {
                Some(last) if last.link == arc.link => {
                    arcs.pop();
                }
                _ => arcs.push(arc),
            }
        }
        (arcs.len() > 1).then_some(arcs)
    }

    fn serve(&mut self, arcs: &[Arc]) -> Vec<Id<BusStop>> {
        let mut stops = Vec::new();
        let mut since_m = STOP_M;
        for &arc in arcs {
            let link = self.roads.link(arc.link);
            let wanted_m = if link.built_up == Some(true) { STOP_M } else { 4.0 * STOP_M };
            if since_m + 0.5 * link.length_m >= wanted_m && link.length_m > 24.0 {
                stops.push(self.stop(arc));
                since_m = 0.5 * link.length_m;
            } else {
                since_m += link.length_m;
            }
        }
        stops.dedup();
        stops
    }

    /// The stop at the middle of a section, on the right.
    fn stop(&mut self, arc: Arc) -> Id<BusStop> {
        if let Some(&id) = self.stop_of.get(&arc) {
            return id;
        }
        let link = self.roads.link(arc.link);
        let total_m: f64 = link.geometry.0.windows(2).map(|pair| distance_m(pair[0], pair[1])).sum();
        let aside_m = 0.5 * link.width_or_assumed_m() + 1.0;
        let aside_m = if arc.direction == Direction::Forward { -aside_m } else { aside_m };
        let id = self.stops.push(BusStop {
            key: Key::new(format!("bus_stop/{}", self.stops.len() + 1)),
            name: Some(self.stop_name(arc, link)),
            position: beside(&link.geometry, 0.5 * total_m, aside_m),
        });
        self.stop_of.insert(arc, id);
        id
    }

    fn stop_name(&self, arc: Arc, link: &RoadLink) -> String {
        let own = link.name.as_deref();
        let (_, to) = arc.ends(self.roads);
        let crossing = self
            .roads
            .incident(to)
            .into_iter()
            .filter_map(|(id, _)| self.roads.link(id).name.as_deref())
            .find(|name| Some(*name) != own);
        match (own, crossing, &link.route) {
            (Some(own), Some(crossing), _) => format!("{own}/{crossing}"),
            (Some(own), None, _) => own.to_owned(),
            (None, Some(crossing), _) => crossing.to_owned(),
            (None, None, Some(route)) => format!("Abzweig {route}"),
            (None, None, None) => "Abzweig".to_owned(),
        }
    }
}

/// Cheapest arcs from the center (`backward`: to it); main streets are cheap, residential ones dear.
fn tree(roads: &RoadNetwork, center: Id<RoadNode>, backward: bool) -> Tree {
    let mut next: Vec<Vec<Arc>> = vec![Vec::new(); roads.n_nodes()];
    for (id, link) in roads.links() {
        for direction in Direction::BOTH {
            if link.carriageway(direction).modes.contains(Modes::BUS) {
                let arc = Arc::new(id, direction);
                let (from, to) = arc.ends(roads);
                next[if backward { to } else { from }.index()].push(arc);
            }
        }
    }
    let cost = |arc: Arc| {
        let link = roads.link(arc.link);
        let dear = match link.class {
            RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary => 1.0,
            RoadClass::Unclassified => 1.2,
            RoadClass::Residential => 2.2,
            _ => 7.0,
        };
        (link.length_m * dear * 1000.0) as u64
    };
    let mut reach = vec![u64::MAX; roads.n_nodes()];
    let mut arc_of: Tree = vec![None; roads.n_nodes()];
    reach[center.index()] = 0;
    let mut heap = BinaryHeap::from([(Reverse(0u64), Reverse(center))]);
    while let Some((Reverse(here), Reverse(node))) = heap.pop() {
        if here > reach[node.index()] {
            continue;
        }
        for &arc in &next[node.index()] {
            let (from, to) = arc.ends(roads);
            let other = if backward { from } else { to };
            let there = here + cost(arc);
            if there < reach[other.index()] {
                reach[other.index()] = there;
                arc_of[other.index()] = Some(arc);
                heap.push((Reverse(there), Reverse(other)));
            }
        }
    }
    arc_of
}

/// Junctions at the edge of the built-up area, spread around the center.
fn outskirts(roads: &RoadNetwork, outward: &Tree, n: usize, center: geo_types::Coord<f64>) -> Vec<Id<RoadNode>> {
    if n == 0 {
        return Vec::new();
    }
    let mut best: Vec<Option<(f64, Id<RoadNode>)>> = vec![None; n];
    for (id, node) in roads.nodes() {
        let Some(arc) = outward[id.index()] else { continue };
        let link = roads.link(arc.link);
        if link.built_up != Some(true)
            || !matches!(
                link.class,
                RoadClass::Residential | RoadClass::Tertiary | RoadClass::Unclassified | RoadClass::Secondary
            )
        {
            continue;
        }
        let angle = (node.position.y - center.y).atan2(node.position.x - center.x) / std::f64::consts::TAU + 0.5;
        let sector = ((angle * n as f64) as usize).min(n - 1);
        // Every other line ends halfway out, so that inner quarters are served too.
        let away_m = distance_m(node.position, center);
        if best[sector].is_none_or(|(other, _)| away_m > other) {
            best[sector] = Some((away_m, id));
        }
    }
    best.into_iter().flatten().map(|(_, id)| id).collect()
}
