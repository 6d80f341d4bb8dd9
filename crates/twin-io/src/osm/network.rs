//! From ways to the street network: ways are cut into pieces at junctions, signals and barriers, and pieces that agree in
//! all attributes are joined into sections.
//!
//! Where a way is cut: at every node that does not have exactly two ends of streets at it, at signals in mid-street
//! (see [`super::junction`]), and a metre before and after a barrier that stops somebody: the piece between is closed to
//! those whom it stops, so that both sides stay reachable. Pieces are joined across ways where nothing changes.

use std::collections::BTreeMap;

use geo_types::{Coord, LineString};
use rayon::prelude::*;
use twin::{
    Id, Key,
    road::{Assumed, Carriageway, Modes, NodeControl, RoadClass, RoadLink, RoadNetwork, RoadNode},
};

use super::{
    element::Osm,
    junction::Junctions,
    notes::Notes,
    speed::{self, Law, Setting},
    street::Street,
};
use crate::project;

/// A way that is a street.
#[derive(Debug)]
pub(crate) struct StreetWay {
    /// Row of the way.
    pub(crate) row: usize,
    pub(crate) street: Street,
    /// Stretches of nodes that are in the file, as ranges of positions in the way.
    pub(crate) runs: Vec<(usize, usize)>,
}

/// The street network and how ways lie in it.
pub(crate) struct Streets {
    pub(crate) roads: RoadNetwork,
    /// By row of the way: the sections that it passes, in its direction.
    pub(crate) passages: Vec<Vec<Passage>>,
    /// By index of the node: its junction, if it is one.
    pub(crate) junctions: Vec<Option<Id<RoadNode>>>,
}

/// A stretch of a way in a section.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Passage {
    pub(crate) link: Id<RoadLink>,
    /// Whether the section is digitized against the way.
    pub(crate) reversed: bool,
    /// The stretch runs from this position in the way …
    pub(crate) first: usize,
    /// … to this one.
    pub(crate) last: usize,
}

/// Greatest distance of the ends of a closed piece from its barrier, metres.
const STUB_M: f64 = 1.0;
/// Shortest length of a section, metres.
const SHORTEST_M: f64 = 0.1;

/// Positions of nodes, and of points that were put beside barriers.
struct Points<'a> {
    osm: &'a Osm,
    extra: Vec<Extra>,
    /// How many points lie beside a node already.
    n_beside: BTreeMap<u32, u32>,
}

struct Extra {
    wgs84: Coord<f64>,
    local: Coord<f64>,
    key: Key,
}

impl Points<'_> {
    fn local(&self, point: u32) -> Coord<f64> {
        let n = self.osm.nodes.ids.len();
        match self.extra.get((point as usize).wrapping_sub(n)) {
            Some(extra) => extra.local,
            None => self.osm.local(point).expect("because runs hold only nodes with positions"),
        }
    }

    fn wgs84(&self, point: u32) -> Coord<f64> {
        let n = self.osm.nodes.ids.len();
        self.extra
            .get((point as usize).wrapping_sub(n))
            .map_or_else(|| self.osm.nodes.wgs84[point as usize], |extra| extra.wgs84)
    }

    fn key(&self, point: u32) -> Key {
        let n = self.osm.nodes.ids.len();
        match self.extra.get((point as usize).wrapping_sub(n)) {
            Some(extra) => extra.key.clone(),
            None => Key::new(format!("node/{}", self.osm.nodes.ids[point as usize])),
        }
    }

    /// A point beside the node `at`, towards the node `towards`.
    fn beside(&mut self, at: u32, towards: u32) -> Option<u32> {
        let (a, b) = (self.local(at), self.local(towards));
        let length_m = (b.x - a.x).hypot(b.y - a.y);
        if length_m < 1e-3 {
            return None;
        }
        let part = (STUB_M / length_m).min(0.4);
        let between = |a: Coord<f64>, b: Coord<f64>| Coord { x: a.x + (b.x - a.x) * part, y: a.y + (b.y - a.y) * part };
        let (wa, wb) = (self.wgs84(at), self.wgs84(towards));
        let id = self.osm.nodes.ids[at as usize];
        let number = self.n_beside.entry(at).or_default();
        *number += 1;
        let key = Key::new(format!("node/{id}#{number}"));
        self.extra.push(Extra { wgs84: between(wa, wb), local: between(a, b), key });
        u32::try_from(self.osm.nodes.ids.len() + self.extra.len() - 1).ok()
    }
}

/// A stretch of a way between two cuts.
struct Piece {
    way: usize,
    points: Vec<u32>,
    first: usize,
    last: usize,
    /// Closed to these, by a barrier.
    stops: Modes,
    /// The attributes, with neither key nor geometry.
    link: Option<RoadLink>,
}

/// Builds the network.
pub(crate) fn build(
    osm: &Osm,
    ways: &[StreetWay],
    junctions: &Junctions,
    law: Law,
    built_up: impl Fn(&[Coord<f64>]) -> Option<bool> + Sync,
    notes: &mut Notes,
) -> Streets {
    let mut points = Points { osm, extra: Vec::new(), n_beside: BTreeMap::new() };
    let mut pieces = Vec::new();
    for (index, way) in ways.iter().enumerate() {
        cut(osm, index, way, junctions, &mut points, &mut pieces);
    }
    let blank = Key::new("");
    pieces.par_iter_mut().for_each(|piece| {
        let line: Vec<Coord<f64>> = piece.points.iter().map(|point| points.local(*point)).collect();
        piece.link = Some(attributes(&ways[piece.way].street, piece.stops, law, || built_up(&line), &blank));
    });
    let chains = join(osm, &pieces, junctions, points.extra.len());
    assemble(osm, ways, junctions, &points, &pieces, &chains, notes)
}

/// Cuts a way into pieces.
fn cut(
    osm: &Osm,
    index: usize,
    way: &StreetWay,
    junctions: &Junctions,
    points: &mut Points<'_>,
    pieces: &mut Vec<Piece>,
) {
    let nodes = osm.way(way.row).nodes;
    let modes = way.street.modes[0].union(way.street.modes[1]);
    for &(start, end) in &way.runs {
        let mut current =
            Piece { way: index, points: vec![nodes[start]], first: start, last: start, stops: Modes::NONE, link: None };
        let mut at = start;
        while at < end {
            let (here, next) = (nodes[at], nodes[at + 1]);
            if here == next {
                at += 1;
                current.last = at;
                continue;
            }
            let stops_here = junctions.stops(here).filter(|stops| stops.intersects(modes));
            let stops_next = junctions.stops(next).filter(|stops| stops.intersects(modes));
            if let Some((stops, beside)) = stops_here.and_then(|stops| Some((stops, points.beside(here, next)?))) {
                // `current` holds just `here`: the node of a barrier ends every piece.
                current.points.push(beside);
                current.last = at + 1;
                current.stops = stops;
                finish(&mut current, pieces, beside, at);
            }
            if let Some((stops, beside)) = stops_next.and_then(|stops| Some((stops, points.beside(next, here)?))) {
                current.points.push(beside);
                current.last = at + 1;
                finish(&mut current, pieces, beside, at);
                current.stops = stops;
            }
            current.points.push(next);
            at += 1;
            current.last = at;
            if junctions.is_cut(next) || stops_next.is_some() {
                finish(&mut current, pieces, next, at);
            }
        }
        finish(&mut current, pieces, nodes[end], end);
    }
}

/// Ends the current piece and begins the next at `point`.
fn finish(current: &mut Piece, pieces: &mut Vec<Piece>, point: u32, position: usize) {
    let next = Piece {
        way: current.way,
        points: vec![point],
        first: position,
        last: position,
        stops: Modes::NONE,
        link: None,
    };
    let piece = std::mem::replace(current, next);
    if piece.points.len() > 1 {
        pieces.push(piece);
    }
}

/// The attributes of a piece, with neither key nor geometry.
fn attributes(street: &Street, stops: Modes, law: Law, built_up: impl Fn() -> Option<bool>, blank: &Key) -> RoadLink {
    let one_way = !(street.modes[0].contains(Modes::CAR) && street.modes[1].contains(Modes::CAR));
    let dual = one_way && street.lanes[0].max(street.lanes[1]) >= 2;
    let built_up = street.built_up.or_else(built_up);
    let setting = Setting { class: street.class, dual, built_up };
    let mut assumed = Assumed::default();
    let mut directions = [0, 1].map(|direction| {
        let modes = street.modes[direction].without(stops);
        if !modes.intersects(Modes(Modes::CAR.0 | Modes::TRUCK.0 | Modes::BUS.0)) {
            return Carriageway { modes, lanes: 0, speed_limit_kmh: 0.0, impedance: None };
        }
        let (speed_limit_kmh, by_rule) = speed::limit_kmh(street.limit[direction], law, setting);
        if by_rule {
            assumed = assumed.union(Assumed::SPEED);
        }
        if street.lanes_assumed {
            assumed = assumed.union(Assumed::LANES);
        }
        Carriageway { modes, lanes: street.lanes[direction].max(1), speed_limit_kmh, impedance: None }
    });
    let shared_lane = street.shared_lane && directions.iter().all(|direction| direction.lanes > 0);
    if shared_lane {
        directions.iter_mut().for_each(|direction| direction.lanes = 1);
    }
    let [forward, backward] = directions;
    RoadLink {
        key: blank.clone(),
        source_keys: Vec::new(),
        name: street.name.clone(),
        route: street.route.clone(),
        class: street.class,
        geometry: LineString(Vec::new()),
        length_m: 0.0,
        forward,
        backward,
        shared_lane,
        width_m: street.width_m,
        surface: street.surface.clone(),
        structure: street.structure,
        layer: street.layer,
        roundabout: street.roundabout,
        destination_only: street.destination_only,
        built_up,
        max_weight_t: street.max_weight_t,
        max_height_m: street.max_height_m,
        max_width_m: street.max_width_m,
        assumed,
    }
}

/// A piece in a chain, with its direction in it.
#[derive(Clone, Copy)]
struct Part {
    piece: usize,
    reversed: bool,
}

/// Joins pieces that meet end to end and agree in everything.
fn join(osm: &Osm, pieces: &[Piece], junctions: &Junctions, n_extra: usize) -> Vec<Vec<Part>> {
    // For each end (2·piece for its start, 2·piece + 1 for its end) the end that it is joined to.
    let n_points = osm.nodes.ids.len() + n_extra;
    let mut joint = vec![usize::MAX; 2 * pieces.len()];
    let mut first_end = vec![usize::MAX; n_points];
    let mut n_ends = vec![0_u8; n_points];
    for (index, piece) in pieces.iter().enumerate() {
        for (side, point) in [(0, piece.points[0]), (1, piece.points[piece.points.len() - 1])] {
            let (point, end) = (point as usize, 2 * index + side);
            n_ends[point] = n_ends[point].saturating_add(1);
            if n_ends[point] == 1 {
                first_end[point] = end;
            } else if n_ends[point] == 2 {
                joint[end] = first_end[point];
            } else {
                joint[end] = usize::MAX;
            }
        }
    }
    for end in 0..joint.len() {
        let other = joint[end];
        if other == usize::MAX || other > end {
            continue;
        }
        let piece = &pieces[end / 2];
        let point = if end.is_multiple_of(2) { piece.points[0] } else { piece.points[piece.points.len() - 1] };
        let agree = n_ends[point as usize] == 2 && !junctions.stays(point) && agree(pieces, other, end);
        joint[other] = if agree { end } else { usize::MAX };
        joint[end] = if agree { other } else { usize::MAX };
    }
    let mut used = vec![false; pieces.len()];
    let mut chains = Vec::new();
    for start in 0..pieces.len() {
        if !used[start] {
            chains.push(chain_of(start, &joint, &mut used));
        }
    }
    chains
}

/// Whether the pieces at two ends agree when they are driven through.
fn agree(pieces: &[Piece], a: usize, b: usize) -> bool {
    let (Some(left), Some(right)) = (&pieces[a / 2].link, &pieces[b / 2].link) else { return false };
    // A start meets an end: digitized alike. Two starts or two ends meet: one of them runs backwards.
    if a % 2 == b % 2 {
        let mut turned = right.clone();
        std::mem::swap(&mut turned.forward, &mut turned.backward);
        *left == turned
    } else {
        left == right
    }
}

/// The whole chain that a piece belongs to, in the direction of that piece.
fn chain_of(start: usize, joint: &[usize], used: &mut [bool]) -> Vec<Part> {
    // Back to the beginning of the chain, or once around a ring.
    let mut head = Part { piece: start, reversed: false };
    loop {
        let entry = joint[2 * head.piece + usize::from(head.reversed)];
        if entry == usize::MAX || entry / 2 == start {
            break;
        }
        head = Part { piece: entry / 2, reversed: entry.is_multiple_of(2) };
    }
    if joint[2 * head.piece + usize::from(head.reversed)] != usize::MAX {
        head = Part { piece: start, reversed: false };
    }
    let mut chain = Vec::new();
    let mut part = head;
    loop {
        used[part.piece] = true;
        chain.push(part);
        let exit = joint[2 * part.piece + usize::from(!part.reversed)];
        if exit == usize::MAX || used[exit / 2] {
            return chain;
        }
        part = Part { piece: exit / 2, reversed: !exit.is_multiple_of(2) };
    }
}

/// Puts chains into a network.
fn assemble(
    osm: &Osm,
    ways: &[StreetWay],
    junctions: &Junctions,
    points: &Points<'_>,
    pieces: &[Piece],
    chains: &[Vec<Part>],
    notes: &mut Notes,
) -> Streets {
    let lines: Vec<(Vec<u32>, LineString<f64>, f64)> = chains
        .par_iter()
        .map(|chain| {
            let line = line_of(pieces, chain);
            let local = LineString(line.iter().map(|point| points.local(*point)).collect());
            let wgs84: Vec<Coord<f64>> = line.iter().map(|point| points.wgs84(*point)).collect();
            let length_m = project::geodesic_length_m(&wgs84);
            (line, local, length_m)
        })
        .collect();
    let n_points = osm.nodes.ids.len() + points.extra.len();
    let mut is_end = vec![false; n_points];
    for (line, ..) in &lines {
        is_end[line[0] as usize] = true;
        is_end[line[line.len() - 1] as usize] = true;
    }
    let n_nodes = is_end.iter().filter(|is_end| **is_end).count();
    let mut roads = RoadNetwork::with_capacity(n_nodes, chains.len());
    let mut node_ids = vec![None; n_points];
    for point in (0..n_points).filter(|point| is_end[*point]) {
        let at = point as u32;
        node_ids[point] = Some(roads.add_node(RoadNode {
            key: points.key(at),
            position: points.local(at),
            elevation_m: None,
            control: junctions.control(at),
            border: junctions.is_border(at),
            through: true,
        }));
    }
    let keys = keys_of(osm, ways, pieces, chains);
    let mut passages = vec![Vec::new(); osm.ways.len()];
    for (((line, geometry, length_m), chain), key) in lines.into_iter().zip(chains).zip(keys) {
        let ends =
            [line[0], line[line.len() - 1]].map(|point| node_ids[point as usize].expect("because every end is a node"));
        let mut link = pieces[chain[0].piece].link.clone().expect("because every piece has attributes");
        if chain[0].reversed {
            std::mem::swap(&mut link.forward, &mut link.backward);
        }
        link.source_keys = source_keys(osm, ways, pieces, chain);
        if length_m < SHORTEST_M {
            notes.group(
                "street-without-length",
                key.clone(),
                Some("length_m"),
                format!("sections of street whose ends lie upon each other, taken as {SHORTEST_M} m long"),
                "Merge the nodes in the map.",
            );
        }
        link.key = key;
        link.geometry = geometry;
        link.length_m = length_m.max(SHORTEST_M);
        let id = roads.add_link(ends[0], ends[1], link);
        for part in chain {
            let piece = &pieces[part.piece];
            passages[ways[piece.way].row].push(Passage {
                link: id,
                reversed: part.reversed,
                first: piece.first,
                last: piece.last,
            });
        }
    }
    for passages in &mut passages {
        passages.sort_by_key(|passage| (passage.first, passage.last));
    }
    node_ids.truncate(osm.nodes.ids.len());
    Streets { roads, passages, junctions: node_ids }
}

/// The points along a chain.
fn line_of(pieces: &[Piece], chain: &[Part]) -> Vec<u32> {
    let mut line: Vec<u32> = Vec::new();
    for part in chain {
        let points = &pieces[part.piece].points;
        let skip = usize::from(!line.is_empty());
        if part.reversed {
            line.extend(points.iter().rev().skip(skip));
        } else {
            line.extend(points.iter().skip(skip));
        }
    }
    line
}

fn source_keys(osm: &Osm, ways: &[StreetWay], pieces: &[Piece], chain: &[Part]) -> Vec<Key> {
    let mut ids: Vec<i64> = chain.iter().map(|part| osm.ways[ways[pieces[part.piece].way].row].id).collect();
    ids.dedup();
    ids.into_iter().map(|id| Key::new(format!("way/{id}"))).collect()
}

/// `way/4711` where the first way of the section lies in no other section, else `way/4711#2` for the second section that
/// the way passes.
fn keys_of(osm: &Osm, ways: &[StreetWay], pieces: &[Piece], chains: &[Vec<Part>]) -> Vec<Key> {
    let mut chain_of_piece = vec![0; pieces.len()];
    for (chain, parts) in chains.iter().enumerate() {
        parts.iter().for_each(|part| chain_of_piece[part.piece] = chain);
    }
    // Pieces are sorted by way and position: number the different chains of each way.
    let mut by_way: Vec<Vec<usize>> = vec![Vec::new(); ways.len()];
    for (piece, chain) in pieces.iter().zip(&chain_of_piece) {
        if !by_way[piece.way].contains(chain) {
            by_way[piece.way].push(*chain);
        }
    }
    let key = |chain: usize, parts: &Vec<Part>| {
        let way = pieces[parts[0].piece].way;
        let id = osm.ways[ways[way].row].id;
        match by_way[way].as_slice() {
            [_] => Key::new(format!("way/{id}")),
            chains => {
                let number = 1 + chains.iter().position(|other| *other == chain).unwrap_or(0);
                Key::new(format!("way/{id}#{number}"))
            }
        }
    };
    chains.iter().enumerate().map(|(chain, parts)| key(chain, parts)).collect()
}

/// Whether a class is for motor traffic of all kinds.
pub(crate) const fn is_public(class: RoadClass) -> bool {
    !matches!(
        class,
        RoadClass::Service
            | RoadClass::Track
            | RoadClass::Pedestrian
            | RoadClass::Cycleway
            | RoadClass::Footway
            | RoadClass::Path
            | RoadClass::Bridleway
            | RoadClass::Steps
            | RoadClass::Busway
    )
}

/// The stronger of two rules of right of way.
pub(crate) const fn stronger(a: NodeControl, b: NodeControl) -> NodeControl {
    const fn rank(control: NodeControl) -> u8 {
        match control {
            NodeControl::Signal => 5,
            NodeControl::MiniRoundabout => 4,
            NodeControl::Stop => 3,
            NodeControl::GiveWay => 2,
            NodeControl::TurningCircle => 1,
            NodeControl::None => 0,
        }
    }
    if rank(a) >= rank(b) { a } else { b }
}
