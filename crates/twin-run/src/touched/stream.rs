//! The way of those who pass a closure, followed before and behind it: what a signed detour has to lead around.

use std::collections::BTreeSet;

use twin::{
    Id,
    road::{Arc, Direction, RoadClass, RoadLink, RoadNode},
};
use twin_traffic::{modal::Closings, query};

use super::Case;

/// Most sections that are followed.
const N_FOLLOWED: usize = 200;
/// Cosine of the sharpest bend in which a street still goes on (60°).
const STRAIGHT_COS: f64 = 0.5;
/// A street is kept to where this part of the strongest stream keeps to it.
const STREET_SHARE: f64 = 0.5;
/// Those who pass the closure are followed as long as this part of them drives together.
const STREAM_SHARE: f64 = 0.15;

/// The part of a closed line through which most drive, and the sections by which they come to it and go on from it up to a distance in
/// metres, the nearest first.
///
/// Both ways are followed at the same pace and by the same drivers: at each junction the street of the same name or number if many of
/// them keep to it, else the way of most of them. Where these part, each way is followed by those of its own side alone; where they part
/// too, and where nobody passes in the computed hours: the same street, else the only one there is, else the only one of the same class
/// or the one that goes straightest on. Nothing without closed arcs.
pub(super) fn followed(
    case: &Case<'_>,
    closed: &[Arc],
    closings: &Closings,
    follow_m: f64,
) -> Option<(Vec<Arc>, [Vec<Arc>; 2])> {
    let roads = &case.twin.roads;
    let (line, mut stream) = Stream::through(case, closed);
    let nodes = |arc: &Arc| <[Id<RoadNode>; 2]>::from(arc.ends(roads));
    let mut met: BTreeSet<Id<RoadNode>> = line.iter().flat_map(nodes).collect();
    // Before, behind: where it stands, metres passed, the sections.
    let mut ways = [(*line.first()?, 0.0, Vec::new()), (*line.last()?, 0.0, Vec::new())];
    let (mut ended, mut parted) = ([false; 2], [false; 2]);
    let mut alone = [stream.clone(), stream.clone()];
    loop {
        let side = match ended {
            [true, true] => break,
            [false, false] => usize::from(ways[1].1 <= ways[0].1),
            [first, _] => usize::from(first),
        };
        let (ahead, (at, passed_m, sections)) = (side == 1, &mut ways[side]);
        let others = if *passed_m < follow_m && sections.len() < N_FOLLOWED {
            others(case, *at, ahead, closings)
        } else {
            Vec::new()
        };
        let together = if parted[side] { None } else { with_stream(case, *at, ahead, &others, &stream) };
        parted[side] |= together.is_none();
        let next = together
            .or_else(|| with_stream(case, *at, ahead, &others, &alone[side]))
            .or_else(|| along_street(case, *at, ahead, &others));
        let next = next.filter(|next| {
            // A street that comes back to itself is followed no farther.
            let (tail, head) = next.ends(roads);
            met.insert(if ahead { head } else { tail })
        });
        let Some(next) = next else {
            ended[side] = true;
            continue;
        };
        if !parted[side] {
            stream.keep(case, next, ahead);
        }
        alone[side].keep(case, next, ahead);
        *passed_m += roads.link(next.link).length_m;
        sections.push(next);
        *at = next;
    }
    let [(_, _, before), (_, _, behind)] = ways;
    Some((line, [before, behind]))
}

/// The open arcs by which one may go on from an arc, or come to it.
fn others(case: &Case<'_>, at: Arc, ahead: bool, closings: &Closings) -> Vec<Arc> {
    let car = &case.ground.car;
    let (tail, head) = at.ends(&case.twin.roads);
    let rows = if ahead { car.leaving(head.index()) } else { car.coming(tail.index()) };
    let arcs = rows.iter().map(|&row| Arc::from_index(row as usize));
    arcs.filter(|arc| arc.link != at.link && !closings.shuts(arc.index())).collect()
}

/// The arc that goes straightest on, of those that fit.
fn straightest(
    case: &Case<'_>,
    at: Arc,
    ahead: bool,
    others: &[Arc],
    fits: impl Fn(&RoadLink) -> bool,
) -> Option<(f64, Arc)> {
    let turn = |next: Arc| if ahead { turn_cos(case, at, next) } else { turn_cos(case, next, at) };
    let fitting = others.iter().copied().filter(|arc| fits(case.twin.roads.link(arc.link)));
    fitting.map(|arc| (turn(arc), arc)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))
}

/// Where the stream goes on together; nothing where it parts.
fn with_stream(case: &Case<'_>, at: Arc, ahead: bool, others: &[Arc], stream: &Stream<'_>) -> Option<Arc> {
    let link = case.twin.roads.link(at.link);
    let same = straightest(case, at, ahead, others, |other| same_street(link, other)).map(|(_, arc)| arc);
    let flow: Vec<(f64, Arc)> = others.iter().map(|&arc| (stream.at(case, arc, ahead), arc)).collect();
    let strongest = flow.iter().copied().max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    let many = (STREAM_SHARE * stream.all_veh_h).max(f64::MIN_POSITIVE);
    let (most, strongest) = strongest.filter(|(veh_h, _)| *veh_h >= many)?;
    let kept = flow.iter().find(|(veh_h, arc)| Some(*arc) == same && *veh_h >= STREET_SHARE * most);
    Some(kept.map_or(strongest, |(_, arc)| *arc))
}

/// Where the street goes on by its name, or by its looks.
fn along_street(case: &Case<'_>, at: Arc, ahead: bool, others: &[Arc]) -> Option<Arc> {
    let link = case.twin.roads.link(at.link);
    let same = straightest(case, at, ahead, others, |other| same_street(link, other)).map(|(_, arc)| arc);
    let only = if let [only] = others { Some(*only) } else { None };
    let same_class = || {
        let fits = |other: &RoadLink| other.class == link.class && link.class != RoadClass::Residential;
        let alone = others.iter().filter(|arc| fits(case.twin.roads.link(arc.link))).count() == 1;
        straightest(case, at, ahead, others, fits).filter(|(cos, _)| alone || *cos >= STRAIGHT_COS).map(|(_, arc)| arc)
    };
    same.or(only).or_else(same_class)
}

/// Cosine of the turn from one arc into the next; 1 is straight on, -1 back. Straight on where a line has no direction.
fn turn_cos(case: &Case<'_>, from: Arc, to: Arc) -> f64 {
    let heading = |arc: Arc, at_end: bool| {
        let line = &case.twin.roads.link(arc.link).geometry.0;
        let forward = arc.direction == Direction::Forward;
        // The last leg of the arc, or its first one.
        let (a, b) = match (line.as_slice(), forward == at_end) {
            ([.., a, b], true) | ([a, b, ..], false) => (*a, *b),
            _ => return None,
        };
        let (dx, dy) = if forward { (b.x - a.x, b.y - a.y) } else { (a.x - b.x, a.y - b.y) };
        let length = dx.hypot(dy);
        (length > 0.0).then(|| (dx / length, dy / length))
    };
    heading(from, true).zip(heading(to, false)).map_or(1.0, |(a, b)| a.0 * b.0 + a.1 * b.1)
}

fn same_street(a: &RoadLink, b: &RoadLink) -> bool {
    let same = |a: &Option<String>, b: &Option<String>| a.is_some() && a == b;
    same(&a.name, &b.name) || same(&a.route, &b.route)
}

/// Those who drive through a closed line before it is closed, and are still together where they are followed.
#[derive(Clone)]
struct Stream<'a> {
    /// Their arcs by position, the positions of the first and the last arc that is followed among them, and vehicles per hour.
    paths: Vec<(&'a [u32], [usize; 2], f64)>,
    /// Vehicles per hour through the closed line.
    all_veh_h: f64,
}

impl<'a> Stream<'a> {
    /// The part of a closed line around its strongest arc that many drive through from end to end, and they. The whole line where nobody
    /// drives on it.
    fn through(case: &Case<'a>, closed: &[Arc]) -> (Vec<Arc>, Self) {
        let streets = &case.prepared.streets;
        let nobody = Self { paths: Vec::new(), all_veh_h: 0.0 };
        let Some(base) = case.shown.map(|shown| case.hours[shown].base) else { return (closed.to_vec(), nobody) };
        let volume_veh_h = |arc: Arc| {
            let at = streets.position(arc);
            at.map_or(0.0, |at| base.volume_veh_h.iter().map(|volume| volume[at]).sum::<f64>())
        };
        let volumes = closed.iter().map(|&arc| volume_veh_h(arc)).enumerate();
        let strongest = volumes.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
        let Some((core, position)) = strongest.and_then(|(core, _)| Some((core, streets.position(closed[core])?)))
        else {
            return (closed.to_vec(), nobody);
        };
        let paths: Vec<_> = query::through(streets, base, &[position])
            .into_iter()
            .filter_map(|path| {
                let at = path.arcs.iter().position(|&arc| arc as usize == position)?;
                Some((path.arcs, [at; 2], path.trips_veh_h))
            })
            .collect();
        let all_veh_h = paths.iter().map(|(_, _, trips)| trips).sum::<f64>();
        if all_veh_h <= 0.0 {
            return (closed.to_vec(), nobody);
        }
        let mut stream = Self { paths, all_veh_h };
        let (mut first, mut last) = (core, core);
        while first > 0 && stream.at(case, closed[first - 1], false) >= STREAM_SHARE * all_veh_h {
            first -= 1;
            stream.keep(case, closed[first], false);
        }
        while last + 1 < closed.len() && stream.at(case, closed[last + 1], true) >= STREAM_SHARE * all_veh_h {
            last += 1;
            stream.keep(case, closed[last], true);
        }
        stream.all_veh_h = stream.paths.iter().map(|(_, _, trips)| trips).sum();
        (closed[first..=last].to_vec(), stream)
    }

    /// The arc by which a path goes on.
    fn next((arcs, [first, last], _): &(&[u32], [usize; 2], f64), ahead: bool) -> Option<u32> {
        if ahead { arcs.get(last + 1).copied() } else { first.checked_sub(1).map(|before| arcs[before]) }
    }

    /// Vehicles per hour of the stream that go on by an arc.
    fn at(&self, case: &Case<'_>, arc: Arc, ahead: bool) -> f64 {
        let Some(position) = case.prepared.streets.position(arc) else { return 0.0 };
        let by_it = self.paths.iter().filter(|path| Self::next(path, ahead) == Some(position as u32));
        by_it.map(|(_, _, trips)| trips).sum()
    }

    /// Keeps those who go on by an arc.
    fn keep(&mut self, case: &Case<'_>, arc: Arc, ahead: bool) {
        let position = case.prepared.streets.position(arc).map(|position| position as u32);
        self.paths.retain_mut(|path| {
            let keeps = Self::next(path, ahead).is_some_and(|next| Some(next) == position);
            let [first, last] = &mut path.1;
            if keeps && ahead {
                *last += 1;
            } else if keeps {
                *first -= 1;
            }
            keeps
        });
    }
}
