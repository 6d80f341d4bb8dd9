//! Chains: the sections of a street in order along it, measured in metres from its begin.
//!
//! A street that forks or has two carriageways is measured along its longest way through (its trunk); a carriageway
//! that runs beside the trunk is measured by its projection onto it, and a stub that leaves it belongs to the street
//! as a whole but to no stretch of it.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap},
};

use geo::{Closest, ClosestPoint as _, Coord, Distance as _, Euclidean, Length as _, LineString, Point};
use twin::{
    Id, Twin,
    outcome::ClosedSection,
    road::{RoadLink, RoadNode},
};

/// Farthest that a parallel carriageway runs from the trunk, metres.
const PARALLEL_M: f64 = 40.0;
/// Widest gap in a street that is bridged (an unnamed roundabout, a square), metres as the crow flies.
const GAP_M: f64 = 80.0;
/// Shortest part of a section that is closed, metres: shorter ends come from rounding.
const SLIVER_M: f64 = 0.5;

/// Sections in order along a street.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Chain {
    /// The trunk.
    pub(crate) sections: Vec<ChainSection>,
    /// Carriageways beside the trunk.
    pub(crate) parallels: Vec<ChainSection>,
    /// Parts that leave the trunk.
    pub(crate) stubs: Vec<Id<RoadLink>>,
    /// Length of the trunk, metres.
    pub(crate) length_m: f64,
}

/// A section, or a part of one, at its place in a chain.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ChainSection {
    pub(crate) part: ClosedSection,
    /// Where it begins and ends along the chain, metres.
    pub(crate) start_m: f64,
    pub(crate) end_m: f64,
}

impl Chain {
    /// A chain of whole sections, in the order and direction in which a path takes them.
    pub(crate) fn of_path(twin: &Twin, path: &[(Id<RoadLink>, bool)]) -> Self {
        Self::of_parts(path.iter().map(|&(link, along)| ClosedSection {
            link,
            from_m: 0.0,
            to_m: twin.roads.link(link).length_m,
            along,
        }))
    }

    /// A chain of parts of sections.
    pub(crate) fn of_parts(parts: impl Iterator<Item = ClosedSection>) -> Self {
        let mut length_m = 0.0;
        let sections = parts
            .map(|part| {
                let start_m = length_m;
                length_m += part.to_m - part.from_m;
                ChainSection { part, start_m, end_m: length_m }
            })
            .collect();
        Self { sections, parallels: Vec::new(), stubs: Vec::new(), length_m }
    }

    /// Sorts the links that are not on the trunk into parallels and stubs.
    pub(crate) fn with_others(mut self, twin: &Twin, links: &[Id<RoadLink>]) -> Self {
        let on_trunk: BTreeSet<_> = self.sections.iter().map(|section| section.part.link).collect();
        for &link in links.iter().filter(|link| !on_trunk.contains(link)) {
            match self.beside(twin, link) {
                Some(section) => self.parallels.push(section),
                None => self.stubs.push(link),
            }
        }
        self.parallels.sort_by(|a, b| a.start_m.total_cmp(&b.start_m).then(a.part.link.cmp(&b.part.link)));
        self
    }

    /// The place of a link that runs beside the trunk.
    fn beside(&self, twin: &Twin, link: Id<RoadLink>) -> Option<ChainSection> {
        let road = twin.roads.link(link);
        let (first, last) = (*road.geometry.0.first()?, *road.geometry.0.last()?);
        let ((a_m, a_far), (b_m, b_far)) = (self.project(twin, first)?, self.project(twin, last)?);
        let middle_far = self.project(twin, road.geometry.0[road.geometry.0.len() / 2])?.1;
        let runs_along = (b_m - a_m).abs() >= 0.5 * road.length_m;
        (runs_along && a_far.max(b_far).max(middle_far) <= PARALLEL_M).then(|| ChainSection {
            part: ClosedSection { link, from_m: 0.0, to_m: road.length_m, along: a_m <= b_m },
            start_m: a_m.min(b_m),
            end_m: a_m.max(b_m),
        })
    }

    /// The place along the chain nearest to a position, and how far away it is, metres.
    fn project(&self, twin: &Twin, position: Coord<f64>) -> Option<(f64, f64)> {
        self.sections
            .iter()
            .filter_map(|section| {
                let (at_m, far_m) = place_on(twin.roads.link(section.part.link), position)?;
                let clamped_m = at_m.clamp(section.part.from_m, section.part.to_m);
                let into_m =
                    if section.part.along { clamped_m - section.part.from_m } else { section.part.to_m - clamped_m };
                Some((section.start_m + into_m, far_m))
            })
            .min_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The parts of sections between two places of the chain, in order, parallels last.
    pub(crate) fn between(&self, from_m: f64, to_m: f64) -> Vec<ClosedSection> {
        let clip = |section: &ChainSection| {
            let (begin_m, end_m) = (from_m.max(section.start_m), to_m.min(section.end_m));
            let span_m = section.end_m - section.start_m;
            if end_m - begin_m < SLIVER_M.min(0.5 * span_m) || span_m <= 0.0 {
                return None;
            }
            let length_m = section.part.to_m - section.part.from_m;
            let (mut low, mut high) = ((begin_m - section.start_m) / span_m, (end_m - section.start_m) / span_m);
            if !section.part.along {
                (low, high) = (1.0 - high, 1.0 - low);
            }
            Some(ClosedSection {
                from_m: section.part.from_m + low * length_m,
                to_m: section.part.from_m + high * length_m,
                ..section.part
            })
        };
        self.sections.iter().chain(&self.parallels).filter_map(clip).collect()
    }

    /// The trunk and what runs beside it.
    pub(crate) fn without_stubs(&self) -> Vec<ClosedSection> {
        self.sections.iter().chain(&self.parallels).map(|section| section.part).collect()
    }

    /// Every section whole, stubs and parallels included.
    pub(crate) fn whole(&self, twin: &Twin) -> Vec<ClosedSection> {
        let stubs = self.stubs.iter().map(|&link| ClosedSection {
            link,
            from_m: 0.0,
            to_m: twin.roads.link(link).length_m,
            along: true,
        });
        self.without_stubs().into_iter().chain(stubs).collect()
    }

    /// The same chain seen from its other end.
    pub(crate) fn reversed(mut self) -> Self {
        let length_m = self.length_m;
        let turn = |section: &mut ChainSection| {
            (section.start_m, section.end_m) = (length_m - section.end_m, length_m - section.start_m);
            section.part.along = !section.part.along;
        };
        self.sections.iter_mut().for_each(turn);
        self.parallels.iter_mut().for_each(turn);
        self.sections.reverse();
        self.parallels.reverse();
        self
    }
}

/// Where along a link (metres from its begin, on the ellipsoid's scale) a position lies, and how far from it, metres.
pub(crate) fn place_on(link: &RoadLink, position: Coord<f64>) -> Option<(f64, f64)> {
    let point = Point::from(position);
    let nearest = match link.geometry.closest_point(&point) {
        Closest::Intersection(at) | Closest::SinglePoint(at) => at,
        Closest::Indeterminate => return None,
    };
    let planar_m = Euclidean.length(&link.geometry);
    if planar_m <= 0.0 {
        return Some((0.0, Euclidean.distance(point, nearest)));
    }
    let (mut passed_m, mut best) = (0.0, (f64::INFINITY, 0.0));
    for line in link.geometry.lines() {
        let length_m = Euclidean.length(&line);
        let off_m = Euclidean.distance(&line, &nearest);
        if off_m < best.0 {
            best = (off_m, passed_m + Euclidean.distance(Point::from(line.start), nearest).min(length_m));
        }
        passed_m += length_m;
    }
    Some((best.1 / planar_m * link.length_m, Euclidean.distance(point, nearest)))
}

/// A link, the node at its other end, its length in metres.
type Step = (Id<RoadLink>, Id<RoadNode>, f64);
/// Distance of each node, metres, with the link and node before it.
type Tree = BTreeMap<Id<RoadNode>, (f64, Option<(Id<RoadLink>, Id<RoadNode>)>)>;

/// The graph of some links, undirected.
pub(crate) struct Web {
    at: BTreeMap<Id<RoadNode>, Vec<Step>>,
}

/// A path through a web: links with whether they are taken along their digitized direction.
pub(crate) type WebPath = Vec<(Id<RoadLink>, bool)>;

impl Web {
    pub(crate) fn of(twin: &Twin, links: &[Id<RoadLink>]) -> Self {
        let mut at: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for &link in links {
            let (from, to) = twin.roads.ends(link);
            let length_m = twin.roads.link(link).length_m;
            at.entry(from).or_default().push((link, to, length_m));
            at.entry(to).or_default().push((link, from, length_m));
        }
        Self { at }
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = Id<RoadNode>> {
        self.at.keys().copied()
    }

    /// Distances and last links from one node.
    fn tree(&self, root: Id<RoadNode>) -> Tree {
        let mut reached: Tree = BTreeMap::new();
        let mut heap = BinaryHeap::from([(Reverse(Metres(0.0)), Reverse(root))]);
        reached.insert(root, (0.0, None));
        while let Some((Reverse(Metres(distance_m)), Reverse(node))) = heap.pop() {
            if distance_m > reached[&node].0 {
                continue;
            }
            for &(link, next, length_m) in self.at.get(&node).into_iter().flatten() {
                let next_m = distance_m + length_m;
                if reached.get(&next).is_none_or(|(known_m, _)| next_m < *known_m) {
                    reached.insert(next, (next_m, Some((link, node))));
                    heap.push((Reverse(Metres(next_m)), Reverse(next)));
                }
            }
        }
        reached
    }

    /// The shortest path between any of `from` and any of `to` that is longer than nothing.
    pub(crate) fn shortest(
        &self,
        twin: &Twin,
        from: &BTreeSet<Id<RoadNode>>,
        to: &BTreeSet<Id<RoadNode>>,
    ) -> Option<WebPath> {
        let mut best: Option<(f64, WebPath)> = None;
        for &root in from {
            let tree = self.tree(root);
            for target in to.iter().filter(|&&target| target != root) {
                if let Some((distance_m, _)) = tree.get(target)
                    && best.as_ref().is_none_or(|(known_m, _)| distance_m < known_m)
                {
                    best = Some((*distance_m, path_to(twin, &tree, *target)));
                }
            }
        }
        best.map(|(_, path)| path)
    }

    /// The longest shortest path: the way through a street from end to end.
    pub(crate) fn trunk(&self, twin: &Twin) -> WebPath {
        let nodes: Vec<_> = self.nodes().collect();
        let roots = if nodes.len() <= 400 { nodes } else { self.far_ends(nodes[0]) };
        let mut best: (f64, WebPath) = (-1.0, Vec::new());
        for root in roots {
            let tree = self.tree(root);
            let farthest = tree.iter().max_by(|a, b| a.1.0.total_cmp(&b.1.0).then(b.0.cmp(a.0)));
            if let Some((&node, &(distance_m, _))) = farthest
                && distance_m > best.0 + 1e-9
            {
                best = (distance_m, path_to(twin, &tree, node));
            }
        }
        if best.1.is_empty() {
            // A street that is one loop: both ends are the same node.
            return self.at.values().flatten().map(|&(link, ..)| (link, true)).take(1).collect();
        }
        best.1
    }

    fn far_ends(&self, root: Id<RoadNode>) -> Vec<Id<RoadNode>> {
        let tree = self.tree(root);
        tree.iter().max_by(|a, b| a.1.0.total_cmp(&b.1.0)).map(|(&node, _)| node).into_iter().collect()
    }
}

fn path_to(twin: &Twin, tree: &Tree, target: Id<RoadNode>) -> WebPath {
    let (mut path, mut node) = (Vec::new(), target);
    while let Some((_, Some((link, before)))) = tree.get(&node) {
        path.push((*link, twin.roads.ends(*link).0 == *before));
        node = *before;
    }
    path.reverse();
    path
}

#[derive(PartialEq, PartialOrd)]
struct Metres(f64);
impl Eq for Metres {}
#[expect(clippy::derive_ord_xor_partial_ord, reason = "lengths are finite, so both orders agree")]
impl Ord for Metres {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// The connected parts of a set of links, each sorted, the longest first.
pub(crate) fn parts(twin: &Twin, links: &[Id<RoadLink>]) -> Vec<Vec<Id<RoadLink>>> {
    let mut label: Vec<usize> = (0..links.len()).collect();
    let mut first_at: BTreeMap<Id<RoadNode>, usize> = BTreeMap::new();
    for (index, &link) in links.iter().enumerate() {
        let (from, to) = twin.roads.ends(link);
        for node in [from, to] {
            let other = *first_at.entry(node).or_insert(index);
            unite(&mut label, index, other);
        }
    }
    let mut grouped: BTreeMap<usize, Vec<Id<RoadLink>>> = BTreeMap::new();
    for (index, &link) in links.iter().enumerate() {
        grouped.entry(root(&label, index)).or_default().push(link);
    }
    let mut parts: Vec<_> = grouped.into_values().collect();
    parts.sort_by(|a, b| total_m(twin, b).total_cmp(&total_m(twin, a)).then(a[0].cmp(&b[0])));
    parts
}

fn unite(label: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(label, a), root(label, b));
    label[a.max(b)] = a.min(b);
}
fn root(label: &[usize], mut index: usize) -> usize {
    while label[index] != index {
        index = label[index];
    }
    index
}

/// Length of all these links, metres.
pub(crate) fn total_m(twin: &Twin, links: &[Id<RoadLink>]) -> f64 {
    links.iter().map(|&link| twin.roads.link(link).length_m).sum()
}

/// The chain of a connected part of a street, from the end from which most of it is digitized.
pub(crate) fn chain_of_part(twin: &Twin, part: &[Id<RoadLink>]) -> Chain {
    let path = Web::of(twin, part).trunk(twin);
    let along_m: f64 =
        path.iter().map(|&(link, along)| twin.roads.link(link).length_m * if along { 1.0 } else { -1.0 }).sum();
    let chain = Chain::of_path(twin, &path);
    let chain = if along_m < 0.0 { chain.reversed() } else { chain };
    chain.with_others(twin, part)
}

/// Joins the chains of parts that lie end to end with a small gap between them (an unnamed roundabout, a square).
/// Returns the chain that holds the first part and the indices of the parts in it.
pub(crate) fn joined(twin: &Twin, parts: &[Vec<Id<RoadLink>>]) -> (Chain, Vec<usize>) {
    let mut chain = chain_of_part(twin, &parts[0]);
    let mut used = vec![0];
    loop {
        let mut grown = false;
        for (index, part) in parts.iter().enumerate() {
            if used.contains(&index) {
                continue;
            }
            let beside: Option<Vec<_>> = part.iter().map(|&link| chain.beside(twin, link)).collect();
            if let Some(beside) = beside {
                chain.parallels.extend(beside);
            } else if let Some(longer) = append(twin, &chain, &chain_of_part(twin, part)) {
                chain = longer;
            } else {
                continue;
            }
            used.push(index);
            grown = true;
        }
        if !grown {
            return (chain, used);
        }
    }
}

/// The second chain put before or behind the first, turned if need be, where an end of one is near an end of the other.
fn append(twin: &Twin, first: &Chain, second: &Chain) -> Option<Chain> {
    let (first_begin, first_end) = chain_ends(twin, first)?;
    let (second_begin, second_end) = chain_ends(twin, second)?;
    let gap = |a: Coord<f64>, b: Coord<f64>| Euclidean.distance(Point::from(a), Point::from(b));
    let (gap_m, behind, turned) = [
        (gap(first_end, second_begin), true, false),
        (gap(first_end, second_end), true, true),
        (gap(first_begin, second_end), false, false),
        (gap(first_begin, second_begin), false, true),
    ]
    .into_iter()
    .min_by(|a, b| a.0.total_cmp(&b.0))?;
    if gap_m > GAP_M {
        return None;
    }
    let second = if turned { second.clone().reversed() } else { second.clone() };
    let (head, tail) = if behind { (first.clone(), second) } else { (second, first.clone()) };
    let shift = |mut section: ChainSection| {
        section.start_m += head.length_m;
        section.end_m += head.length_m;
        section
    };
    Some(Chain {
        length_m: head.length_m + tail.length_m,
        sections: head.sections.iter().copied().chain(tail.sections.into_iter().map(shift)).collect(),
        parallels: head.parallels.iter().copied().chain(tail.parallels.into_iter().map(shift)).collect(),
        stubs: head.stubs.iter().copied().chain(tail.stubs).collect(),
    })
}

fn chain_ends(twin: &Twin, chain: &Chain) -> Option<(Coord<f64>, Coord<f64>)> {
    let end = |section: &ChainSection, at_end: bool| {
        let geometry: &LineString<f64> = &twin.roads.link(section.part.link).geometry;
        if section.part.along == at_end { geometry.0.last().copied() } else { geometry.0.first().copied() }
    };
    Some((end(chain.sections.first()?, false)?, end(chain.sections.last()?, true)?))
}
