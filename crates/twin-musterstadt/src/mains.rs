//! Mains: supply lines along streets, with taps for houses, common to all media.
//!
//! A main runs beside the axis of its street; where streets meet, mains of one medium meet in one node. Houses are
//! tapped at the point of the main nearest to their door; doors close together share a tap.

use std::{cmp::Reverse, collections::BinaryHeap};

use geo_types::{Coord, LineString, coord};
use twin::{
    Id,
    road::{RoadClass, RoadLink, RoadNetwork},
};

use crate::{
    draft::{Draft, normal},
    houses::House,
    quarter::Quarter,
    site::{Site, distance_m, ellipsoid_length_m, lerp},
    streets::Streets,
    yard::share_on,
};

/// A house to be supplied.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Customer {
    pub(crate) house: u32,
    /// Distance of the door along the street section, metres on the grid.
    pub(crate) along_m: f64,
    pub(crate) door: Coord<f64>,
    pub(crate) quarter: Quarter,
}

/// Streets with their customers.
pub(crate) struct Ground<'a> {
    pub(crate) site: &'a Site,
    pub(crate) roads: &'a RoadNetwork,
    /// Customers by street section, in order along it.
    pub(crate) customers: Vec<Vec<Customer>>,
    /// Quarter of each section.
    pub(crate) quarters: Vec<Quarter>,
    /// Year in which the lines of a section were laid.
    pub(crate) years: Vec<i32>,
}

/// What a node of the mains stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spot {
    /// A junction of streets.
    Junction(u32),
    /// A tap or a point between.
    Between,
    /// A mark asked for at regular distances (hydrants, manholes).
    Mark,
    /// A house.
    House(u32),
}

/// A node of the mains.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node {
    pub(crate) at: Coord<f64>,
    pub(crate) spot: Spot,
    pub(crate) ground_m: f64,
}

/// A piece of main or a house connection.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) ends: (u32, u32),
    pub(crate) link: Id<RoadLink>,
    pub(crate) geometry: LineString<f64>,
    pub(crate) length_m: f64,
    pub(crate) service: bool,
}

/// Mains of one medium.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mains {
    pub(crate) nodes: Vec<Node>,
    pub(crate) pieces: Vec<Piece>,
    /// Node of each street junction, where there is one.
    pub(crate) junctions: Vec<Option<u32>>,
}

/// How mains are laid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Course {
    /// Left of the axis, metres.
    pub(crate) aside_m: f64,
    /// Distance of marks, metres.
    pub(crate) mark_m: Option<f64>,
}

/// Doors closer than this along the street share a tap, metres.
const TAP_M: f64 = 18.0;

impl<'a> Ground<'a> {
    pub(crate) fn new(site: &'a Site, draft: &Draft, streets: &'a Streets, houses: &[House]) -> Self {
        let roads = &streets.roads;
        let n = roads.n_links();
        let mut ground = Self {
            site,
            roads,
            customers: vec![Vec::new(); n],
            quarters: vec![Quarter::Open; n],
            years: vec![1975; n],
        };
        for (line, sections) in streets.sections.iter().enumerate() {
            for (_, id) in sections {
                ground.quarters[id.index()] = draft.lines[line].quarter;
            }
        }
        let mut years = vec![(0i64, 0i64); n];
        for (index, house) in houses.iter().enumerate() {
            let Some((line, share, _, door)) = house.door else { continue };
            let Some(link) = streets.section_at(line, share) else { continue };
            let along_m = along_m(&roads.link(link).geometry, door);
            let customer = Customer { house: index as u32, along_m, door, quarter: house.quarter };
            ground.customers[link.index()].push(customer);
            years[link.index()].0 += i64::from(house.year);
            years[link.index()].1 += 1;
        }
        for (i, (sum, count)) in years.into_iter().enumerate() {
            if count > 0 {
                // Lines are as old as the houses, but none older than the first networks, and some renewed since.
                let built = (sum / count) as i32;
                ground.years[i] =
                    if built < 1890 { 1962 + (i as i32 * 7) % 50 } else { built.max(1905) + (i as i32 * 3) % 8 };
            }
        }
        for customers in &mut ground.customers {
            customers.sort_by(|a, b| a.along_m.total_cmp(&b.along_m).then(a.house.cmp(&b.house)));
        }
        ground
    }

    /// Whether lines may lie in a section.
    pub(crate) fn is_built_up(&self, link: Id<RoadLink>) -> bool {
        let road = self.roads.link(link);
        road.built_up == Some(true)
            && !matches!(
                road.class,
                RoadClass::Motorway | RoadClass::MotorwayLink | RoadClass::Track | RoadClass::Path | RoadClass::Footway
            )
    }

    /// Lays mains in the sections that are wanted, and connects the houses that are wanted.
    pub(crate) fn lay(
        &self,
        course: Course,
        wanted: impl Fn(Id<RoadLink>) -> bool,
        serves: impl Fn(&Customer) -> bool,
    ) -> Mains {
        let mut mains = Mains { junctions: vec![None; self.roads.n_nodes()], ..Mains::default() };
        for (link, road) in self.roads.links() {
            if !self.is_built_up(link) || !wanted(link) {
                continue;
            }
            let (from, to) = self.roads.ends(link);
            let from = self.junction(&mut mains, from.index(), course);
            let to = self.junction(&mut mains, to.index(), course);
            let total_m: f64 = road.geometry.0.windows(2).map(|pair| distance_m(pair[0], pair[1])).sum();
            let served: Vec<&Customer> =
                self.customers[link.index()].iter().filter(|customer| serves(customer)).collect();
            let stops = stops(&served, total_m, course.mark_m);
            let (mut last, mut last_m) = (from, 0.0);
            for stop in &stops {
                let at = beside(&road.geometry, stop.along_m, course.aside_m);
                let spot = if stop.mark { Spot::Mark } else { Spot::Between };
                let here = mains.add(at, spot, self.ground_m(at));
                mains.join(last, here, link, stretch(&road.geometry, last_m, stop.along_m, course.aside_m), false);
                for &index in &stop.customers {
                    let customer = served[index];
                    let house = mains.add(customer.door, Spot::House(customer.house), self.ground_m(customer.door));
                    mains.join(here, house, link, Vec::new(), true);
                }
                (last, last_m) = (here, stop.along_m);
            }
            mains.join(last, to, link, stretch(&road.geometry, last_m, total_m, course.aside_m), false);
        }
        mains
    }

    fn junction(&self, mains: &mut Mains, road_node: usize, course: Course) -> u32 {
        if let Some(node) = mains.junctions[road_node] {
            return node;
        }
        let p = self.roads[Id::new(road_node)].position;
        let at = coord! { x: p.x + 0.6 * course.aside_m, y: p.y + 0.8 * course.aside_m };
        let node =
            mains.add(at, Spot::Junction(road_node as u32), self.roads[Id::new(road_node)].elevation_m.unwrap_or(0.0));
        mains.junctions[road_node] = Some(node);
        node
    }

    pub(crate) fn ground_m(&self, at: Coord<f64>) -> f64 {
        crate::streets::round(self.site.height_m(self.site.plan(at)), 2)
    }
}

impl Mains {
    pub(crate) fn add(&mut self, at: Coord<f64>, spot: Spot, ground_m: f64) -> u32 {
        self.nodes.push(Node { at, spot, ground_m });
        (self.nodes.len() - 1) as u32
    }

    pub(crate) fn join(&mut self, from: u32, to: u32, link: Id<RoadLink>, between: Vec<Coord<f64>>, service: bool) {
        let mut points = vec![self.nodes[from as usize].at];
        points.extend(between);
        points.push(self.nodes[to as usize].at);
        let geometry = LineString(points);
        let length_m = ellipsoid_length_m(&geometry).max(0.1);
        self.pieces.push(Piece { ends: (from, to), link, geometry, length_m, service });
    }

    /// Pieces at each node: (piece, node at its other end).
    pub(crate) fn incident(&self) -> Vec<Vec<(u32, u32)>> {
        let mut incident = vec![Vec::new(); self.nodes.len()];
        for (index, piece) in self.pieces.iter().enumerate() {
            incident[piece.ends.0 as usize].push((index as u32, piece.ends.1));
            incident[piece.ends.1 as usize].push((index as u32, piece.ends.0));
        }
        incident
    }

    /// Cheapest tree from the roots.
    pub(crate) fn tree(&self, roots: &[u32], cost: impl Fn(u32, u32, &Piece) -> f64) -> Tree {
        let incident = self.incident();
        let n = self.nodes.len();
        let mut tree = Tree { parent: vec![None; n], order: Vec::with_capacity(n), cost: vec![f64::INFINITY; n] };
        let mut heap = BinaryHeap::new();
        for &root in roots {
            tree.cost[root as usize] = 0.0;
            heap.push((Reverse(0u64), Reverse(root)));
        }
        let mut done = vec![false; n];
        while let Some((_, Reverse(at))) = heap.pop() {
            if std::mem::replace(&mut done[at as usize], true) {
                continue;
            }
            tree.order.push(at);
            for &(piece, to) in &incident[at as usize] {
                let reach = tree.cost[at as usize] + cost(at, to, &self.pieces[piece as usize]);
                if reach < tree.cost[to as usize] {
                    tree.cost[to as usize] = reach;
                    tree.parent[to as usize] = Some((piece, at));
                    heap.push((Reverse((reach * 1000.0) as u64), Reverse(to)));
                }
            }
        }
        tree
    }
}

/// A tree over the mains.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Piece and node toward the root.
    pub(crate) parent: Vec<Option<(u32, u32)>>,
    /// Nodes from the roots outward.
    pub(crate) order: Vec<u32>,
    pub(crate) cost: Vec<f64>,
}

impl Tree {
    /// What flows through each piece when every node draws so much.
    pub(crate) fn flows(&self, draw: &[f64], n_pieces: usize) -> Vec<f64> {
        let mut sum = draw.to_vec();
        let mut flow = vec![0.0; n_pieces];
        for &node in self.order.iter().rev() {
            if let Some((piece, parent)) = self.parent[node as usize] {
                flow[piece as usize] = sum[node as usize];
                sum[parent as usize] += sum[node as usize];
            }
        }
        flow
    }

    /// Whether a piece belongs to the tree.
    pub(crate) fn pieces(&self, n_pieces: usize) -> Vec<bool> {
        let mut used = vec![false; n_pieces];
        self.parent.iter().flatten().for_each(|(piece, _)| used[*piece as usize] = true);
        used
    }
}

struct Stop {
    along_m: f64,
    mark: bool,
    customers: Vec<usize>,
}

/// Taps and marks along a section, at least two metres from its ends and from each other.
fn stops(served: &[&Customer], total_m: f64, mark_m: Option<f64>) -> Vec<Stop> {
    let inside = |along_m: f64| along_m.clamp((0.3 * total_m).min(3.0), total_m - (0.3 * total_m).min(3.0));
    let mut stops: Vec<Stop> = Vec::new();
    for (index, customer) in served.iter().enumerate() {
        match stops.last_mut() {
            Some(last) if customer.along_m - last.along_m < TAP_M => last.customers.push(index),
            _ => stops.push(Stop {
                along_m: inside(customer.along_m + 0.35 * TAP_M),
                mark: false,
                customers: vec![index],
            }),
        }
    }
    if let Some(mark_m) = mark_m {
        let n = (total_m / mark_m).round() as usize;
        for i in 0..n {
            let along_m = inside((i as f64 + 0.5) * total_m / n as f64);
            stops.push(Stop { along_m, mark: true, customers: Vec::new() });
        }
    }
    stops.sort_by(|a, b| a.along_m.total_cmp(&b.along_m).then(a.mark.cmp(&b.mark)));
    // Points closer than two metres are one.
    let mut merged: Vec<Stop> = Vec::new();
    for stop in stops {
        match merged.last_mut() {
            Some(last) if stop.along_m - last.along_m < 2.0 => {
                last.mark |= stop.mark;
                last.customers.extend(stop.customers);
            }
            _ => merged.push(stop),
        }
    }
    merged
}

fn along_m(line: &LineString<f64>, p: Coord<f64>) -> f64 {
    let (mut best, mut run_m) = ((f64::MAX, 0.0), 0.0);
    for pair in line.0.windows(2) {
        let share = share_on(pair[0], pair[1], p);
        let length_m = distance_m(pair[0], pair[1]);
        let away_m = distance_m(lerp(pair[0], pair[1], share), p);
        if away_m < best.0 {
            best = (away_m, run_m + share * length_m);
        }
        run_m += length_m;
    }
    best.1
}

/// The point beside a line at a distance along it.
pub(crate) fn beside(line: &LineString<f64>, along_m: f64, aside_m: f64) -> Coord<f64> {
    let mut run_m = 0.0;
    let last = line.0.len() - 2;
    for (i, pair) in line.0.windows(2).enumerate() {
        let length_m = distance_m(pair[0], pair[1]).max(1e-9);
        if run_m + length_m >= along_m || i == last {
            let p = lerp(pair[0], pair[1], ((along_m - run_m) / length_m).clamp(0.0, 1.0));
            let n = normal(coord! { x: (pair[1].x - pair[0].x) / length_m, y: (pair[1].y - pair[0].y) / length_m });
            return coord! { x: p.x + n.x * aside_m, y: p.y + n.y * aside_m };
        }
        run_m += length_m;
    }
    line.0[last]
}

/// Vertices beside a line strictly between two distances.
fn stretch(line: &LineString<f64>, from_m: f64, to_m: f64, aside_m: f64) -> Vec<Coord<f64>> {
    let mut run_m = 0.0;
    let mut points = Vec::new();
    for pair in line.0.windows(2) {
        run_m += distance_m(pair[0], pair[1]);
        if run_m > from_m + 1.0 && run_m < to_m - 1.0 {
            points.push(beside(line, run_m, aside_m));
        }
    }
    points
}
