//! Streets: from lines of the draft to a network of sections with names, lanes, limits and right of way.

mod naming;
mod traps;

use std::collections::BTreeMap;

use geo_types::{Coord, LineString, coord};
use twin::{
    Id, Key,
    road::{
        Arc, Assumed, Carriageway, Direction, Modes, NodeControl, RoadClass, RoadLink, RoadNetwork, RoadNode,
        Structure, TurnKind, TurnRestriction,
    },
};

use crate::{
    dice::Dice,
    draft::{Draft, Line, Point, Role},
    dressing::{Dressing, dressing},
    plan::Plan,
    quarter::Quarter,
    site::{Site, distance_m, ellipsoid_length_m},
};

/// Streets with the way back to the draft.
#[derive(Clone, Debug)]
pub(crate) struct Streets {
    pub(crate) roads: RoadNetwork,
    /// Sections of each line in order: (share at the end, section).
    pub(crate) sections: Vec<Vec<(f64, Id<RoadLink>)>>,
    /// Name of each line's street.
    pub(crate) names: Vec<Option<String>>,
    /// Street of each line and the distance along the street at which the line begins; negative length where it runs
    /// against the street.
    pub(crate) strands: Vec<u32>,
    /// Border nodes.
    pub(crate) borders: Vec<Id<RoadNode>>,
}

/// One section before it is a link.
struct Section {
    line: Line,
    ends: (Point, Point),
    share: (f64, f64),
    dressing: Dressing,
    class: RoadClass,
    structure: Structure,
    one_way: bool,
    /// Plan points between its ends.
    via: Vec<Coord<f64>>,
    roundabout: bool,
}

/// Builds the network.
pub(crate) fn lay(site: &Site, plan: &Plan, population: u32, seed: u64) -> Streets {
    let mut draft = plan.draft.clone();
    pedestrian_zone(&mut draft, plan, population);
    let bridges = cross_lines(&mut draft, plan);
    let strands = naming::strands(&draft, &plan.roundabouts);
    let (names, routes) = naming::name(&draft, &strands, plan, seed);
    let mut sections = sections(&draft, population, &bridges);
    for &center in &plan.roundabouts {
        roundabout(&mut draft, &mut sections, center);
    }
    traps::close_traps(&mut sections, draft.points.len());
    let mut roads = RoadNetwork::with_capacity(draft.points.len(), sections.len());
    let mut node_of: BTreeMap<Point, Id<RoadNode>> = BTreeMap::new();
    let controls = controls(&draft, &sections, population);
    let is_border: Vec<bool> = {
        let mut flags = vec![false; draft.points.len()];
        plan.borders.iter().for_each(|&(point, _)| flags[point as usize] = true);
        plan.motorways.iter().flat_map(|(_, ends)| ends).for_each(|&point| flags[point as usize] = true);
        flags
    };
    for section in &sections {
        for point in [section.ends.0, section.ends.1] {
            node_of.entry(point).or_insert_with(|| {
                let key = Key::new(format!("node/{}", roads.n_nodes() + 1));
                let at = draft.at(point);
                roads.add_node(RoadNode {
                    key,
                    position: site.position(at),
                    elevation_m: Some(round(site.height_m(at), 2)),
                    control: controls[point as usize],
                    border: is_border[point as usize],
                    through: true,
                })
            });
        }
    }
    let mut of_line: Vec<Vec<(f64, Id<RoadLink>)>> = vec![Vec::new(); draft.lines.len()];
    for section in &sections {
        let (from, to) = section.ends;
        let geometry = course(site, draft.at(from), &section.via, draft.at(to));
        let key = Key::new(format!("road/{}", roads.n_links() + 1));
        let link = link(
            section,
            &draft,
            key,
            geometry,
            names[section.line as usize].clone(),
            routes[section.line as usize].clone(),
        );
        let id = roads.add_link(node_of[&from], node_of[&to], link);
        if !section.roundabout {
            of_line[section.line as usize].push((section.share.1, id));
        }
    }
    let borders = plan.borders.iter().map(|(point, _)| node_of[point]).collect();
    Streets { roads, sections: of_line, names, strands, borders }
}

impl Streets {
    /// The section at a share of a line.
    pub(crate) fn section_at(&self, line: Line, share: f64) -> Option<Id<RoadLink>> {
        let sections = &self.sections[line as usize];
        sections.iter().find(|(end, _)| share <= *end + 1e-9).or(sections.last()).map(|&(_, id)| id)
    }
}

impl Section {
    /// The same section without its points between.
    fn clone_plain(&self) -> Self {
        Self { via: Vec::new(), ..*self }
    }
}

fn course(site: &Site, from: Coord<f64>, via: &[Coord<f64>], to: Coord<f64>) -> LineString<f64> {
    if via.is_empty() {
        return LineString(site.course(from, to, 16.0));
    }
    let points = std::iter::once(from).chain(via.iter().copied()).chain(std::iter::once(to));
    LineString(points.map(|p| site.position(p)).collect())
}

/// The market and one shopping street belong to people on foot.
fn pedestrian_zone(draft: &mut Draft, plan: &Plan, population: u32) {
    if population < 3_000 {
        return;
    }
    let m = plan.market.len() as u32;
    let market: Vec<usize> = (0..draft.lines.len()).filter(|&i| draft.lines[i].role == Role::Market).collect();
    let gates: Vec<usize> = (0..draft.lines.len()).filter(|&i| draft.lines[i].role == Role::Gate).collect();
    if m < 4 || market.len() < 4 || gates.len() < 3 {
        return;
    }
    for index in [market[0], market[1], gates[1]] {
        draft.lines[index].class = RoadClass::Pedestrian;
    }
}

/// Bridges over railway and motorways: shares of the line between which it is a bridge.
type Bridges = BTreeMap<Line, Vec<(f64, f64)>>;

/// Junctions on both sides of railway and motorways, so that the section between is a bridge.
fn cross_lines(draft: &mut Draft, plan: &Plan) -> Bridges {
    let mut bridges = Bridges::new();
    let rail = plan.rail_y.map(|y| (y, 13.0));
    for (y, half_m) in rail.into_iter().chain(plan.motorways.iter().map(|&(y, _)| (y, 30.0))) {
        for line in 0..draft.lines.len() as Line {
            let (a, b) = draft.line_ends(line);
            let motorway = half_m > 20.0;
            let class = draft.lines[line as usize].class;
            let wanted = matches!(class, RoadClass::Primary | RoadClass::Secondary)
                || (motorway && draft.lines[line as usize].role != Role::Ramp);
            if (a.y < y) == (b.y < y) || !wanted {
                continue;
            }
            let length_m = distance_m(a, b);
            let center = (y - a.y) / (b.y - a.y);
            let half = half_m / (b.y - a.y).abs().max(0.35 * length_m) + 6.0 / length_m;
            let (from, to) = (center - half, center + half);
            let (low, high) = (from - 6.0 / length_m, to + 6.0 / length_m);
            let crowded = draft.lines[line as usize].on.iter().any(|&(share, _)| share > low && share < high);
            if crowded || low < 0.0 || high > 1.0 {
                continue;
            }
            for share in [from, to] {
                let point = draft.add_point(crate::site::lerp(a, b, share));
                draft.lines[line as usize].on.push((share, point));
            }
            bridges.entry(line).or_default().push((from, to));
        }
    }
    bridges
}

/// Replaces a junction by a circle, driven counter-clockwise.
fn roundabout(draft: &mut Draft, sections: &mut Vec<Section>, center: Point) {
    const RADIUS_M: f64 = 13.0;
    let at = draft.at(center);
    let mut arms: Vec<(f64, Point)> = Vec::new();
    let mut crossing: Option<Section> = None;
    for section in sections.iter_mut().filter(|section| section.ends.0 == center || section.ends.1 == center) {
        let out = section.ends.0 == center;
        let far = draft.at(if out { section.ends.1 } else { section.ends.0 });
        let away_m = distance_m(at, far).max(1e-9);
        let here = crate::site::lerp(at, far, RADIUS_M / away_m);
        let point = draft.add_point(here);
        arms.push(((here.y - at.y).atan2(here.x - at.x), point));
        if out {
            section.ends.0 = point;
        } else {
            section.ends.1 = point;
        }
        if crossing.as_ref().is_none_or(|other| section.class < other.class) {
            crossing = Some(Section { via: Vec::new(), roundabout: true, one_way: true, ..*section });
        }
    }
    let Some(model) = crossing else { return };
    arms.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let dressing = Dressing {
        lanes: 1,
        shared_lane: false,
        width_m: 7.0,
        speed_kmh: 30.0,
        modes: Modes::ALL,
        built_up: true,
        ..model.dressing
    };
    for (i, &(from_angle, from)) in arms.iter().enumerate() {
        let (mut to_angle, to) = arms[(i + 1) % arms.len()];
        if to_angle <= from_angle {
            to_angle += std::f64::consts::TAU;
        }
        let n = ((to_angle - from_angle) / 0.35).ceil() as usize;
        let via = (1..n)
            .map(|k| {
                let angle = from_angle + (to_angle - from_angle) * k as f64 / n as f64;
                coord! { x: at.x + RADIUS_M * angle.cos(), y: at.y + RADIUS_M * angle.sin() }
            })
            .collect();
        sections.push(Section { ends: (from, to), dressing, via, structure: Structure::Ground, ..model.clone_plain() });
    }
}

fn sections(draft: &Draft, population: u32, bridges: &Bridges) -> Vec<Section> {
    let mut all = Vec::new();
    for (i, line) in draft.lines.iter().enumerate() {
        let junctions = draft.junctions(i as Line);
        let how = dressing(line, population);
        for pair in junctions.windows(2) {
            let share = (draft.share(i as Line, draft.at(pair[0])), draft.share(i as Line, draft.at(pair[1])));
            let over = bridges
                .get(&(i as Line))
                .is_some_and(|spans| spans.iter().any(|&(from, to)| share.0 > from - 1e-6 && share.1 < to + 1e-6));
            let structure = if line.role == Role::Bridge || over { Structure::Bridge } else { Structure::Ground };
            all.push(Section {
                line: i as Line,
                ends: (pair[0], pair[1]),
                share,
                dressing: how,
                class: line.class,
                structure,
                one_way: matches!(line.class, RoadClass::Motorway | RoadClass::MotorwayLink),
                via: Vec::new(),
                roundabout: false,
            });
        }
    }
    let core = |section: &Section| {
        let line = &draft.lines[section.line as usize];
        line.role == Role::Inner && line.quarter == Quarter::OldTown
    };
    for section in &mut all {
        // One street in three of the old town, whole streets.
        if core(section) && draft.lines[section.line as usize].strand.is_multiple_of(3) {
            section.one_way = true;
        }
    }
    all
}

/// No turning left from the lesser street at some signals, where another exit stays.
pub(crate) fn restrictions(roads: &RoadNetwork) -> Vec<TurnRestriction> {
    let mut restrictions = Vec::new();
    for (node, junction) in roads.nodes() {
        if junction.control != NodeControl::Signal || node.index() % 3 != 0 {
            continue;
        }
        let arms = roads.incident(node);
        let drives = |arc: Arc| roads.link(arc.link).carriageway(arc.direction).modes.contains(Modes::CAR);
        let arcs = |inward: bool| -> Vec<Arc> {
            let both = arms.iter().flat_map(|&(link, _)| Direction::BOTH.map(|direction| Arc::new(link, direction)));
            both.filter(|&arc| {
                drives(arc) && if inward { arc.ends(roads).1 == node } else { arc.ends(roads).0 == node }
            })
            .collect()
        };
        let (approaches, exits) = (arcs(true), arcs(false));
        if approaches.len() < 4 || exits.len() < 4 {
            continue;
        }
        let from = approaches.iter().max_by_key(|arc| (roads.link(arc.link).class, arc.link)).copied();
        let Some(from) = from else { continue };
        let heading = heading(roads, from, true);
        let left = exits.iter().copied().filter(|arc| arc.link != from.link).find(|&arc| {
            let turn = (self::heading(roads, arc, false) - heading).rem_euclid(std::f64::consts::TAU);
            (0.8..2.4).contains(&turn)
        });
        if let Some(to) = left {
            restrictions.push(TurnRestriction {
                key: Key::new(format!("restriction/{}", restrictions.len() + 1)),
                from,
                via: Vec::new(),
                to,
                kind: TurnKind::No,
                except: Modes::BUS.union(Modes::BICYCLE).union(Modes::EMERGENCY),
            });
        }
    }
    restrictions
}

/// Direction of travel at the end or the beginning of an arc, radians.
fn heading(roads: &RoadNetwork, arc: Arc, at_end: bool) -> f64 {
    let points = &roads.link(arc.link).geometry.0;
    let last = points.len() - 1;
    let (a, b) = match (arc.direction, at_end) {
        (Direction::Forward, true) => (points[last - 1], points[last]),
        (Direction::Forward, false) => (points[0], points[1]),
        (Direction::Backward, true) => (points[1], points[0]),
        (Direction::Backward, false) => (points[last], points[last - 1]),
    };
    (b.y - a.y).atan2(b.x - a.x)
}

/// Right of way by the classes that meet.
fn controls(draft: &Draft, sections: &[Section], population: u32) -> Vec<NodeControl> {
    let mut arms: Vec<[u8; 3]> = vec![[0; 3]; draft.points.len()];
    for section in sections.iter().filter(|section| section.dressing.modes.contains(Modes::CAR)) {
        let rank = match section.class {
            RoadClass::Primary | RoadClass::Secondary => 0,
            RoadClass::Tertiary | RoadClass::Unclassified => 1,
            _ => 2,
        };
        for point in [section.ends.0, section.ends.1] {
            arms[point as usize][rank] += 1;
        }
    }
    let mut on_circle = vec![false; draft.points.len()];
    for section in sections.iter().filter(|section| section.roundabout) {
        on_circle[section.ends.0 as usize] = true;
    }
    let mut dice = Dice::new(u64::from(population), 5);
    arms.into_iter()
        .zip(on_circle)
        .map(|([major, middle, minor], on_circle)| {
            let total = major + middle + minor;
            match (major, middle, minor) {
                _ if on_circle => NodeControl::GiveWay,
                _ if total == 1 && minor == 1 => NodeControl::TurningCircle,
                _ if total < 3 => NodeControl::None,
                _ if major >= 3 && population >= 1_500 => NodeControl::Signal,
                _ if major == 2 && middle >= 1 && population >= 5_000 && dice.chance(0.6) => NodeControl::Signal,
                _ if major == 2 => NodeControl::GiveWay,
                _ if middle >= 2 && minor >= 1 && population >= 20_000 && dice.chance(0.05) => {
                    NodeControl::MiniRoundabout
                }
                _ if middle == 2 && minor >= 1 && dice.chance(0.5) => NodeControl::GiveWay,
                _ => NodeControl::None,
            }
        })
        .collect()
}

fn link(
    section: &Section,
    draft: &Draft,
    key: Key,
    geometry: LineString<f64>,
    name: Option<String>,
    route: Option<String>,
) -> RoadLink {
    let how = &section.dressing;
    let line = &draft.lines[section.line as usize];
    let forward = Carriageway { modes: how.modes, lanes: how.lanes, speed_limit_kmh: how.speed_kmh, impedance: None };
    let backward = if section.one_way {
        let modes = if matches!(section.class, RoadClass::Motorway | RoadClass::MotorwayLink) || section.roundabout {
            Modes::NONE
        } else {
            Modes::FOOT.union(Modes::BICYCLE)
        };
        Carriageway { modes, ..Carriageway::default() }
    } else {
        forward.clone()
    };
    RoadLink {
        source_keys: vec![key.clone()],
        key,
        name,
        route,
        class: section.class,
        length_m: ellipsoid_length_m(&geometry),
        geometry,
        forward,
        backward,
        shared_lane: how.shared_lane && !section.one_way && how.lanes > 0,
        width_m: Some(how.width_m),
        surface: Some(how.surface.to_owned()),
        structure: section.structure,
        layer: i8::from(section.structure == Structure::Bridge),
        roundabout: section.roundabout,
        destination_only: false,
        built_up: Some(how.built_up),
        max_weight_t: (line.quarter == Quarter::OldTown && line.role == Role::Inner).then_some(7.5),
        max_height_m: None,
        max_width_m: None,
        assumed: Assumed::default(),
    }
}

/// Rounded to so many decimals.
pub(crate) fn round(value: f64, decimals: i32) -> f64 {
    let factor = 10f64.powi(decimals);
    (value * factor).round() / factor
}
