//! Streets as ribbons of their true width: joins mitred, junctions filled, sidewalks, lane markings; bridges lifted on decks with piers.

use geo_types::Coord;
use rayon::prelude::*;
use twin::{
    Id, Twin,
    road::{Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure},
};

use super::{
    FeatureIds, color,
    ground::{Ground, normalized},
    mesh::{Brush, Layer, Sheets, left, unit},
    ribbon,
};

/// Heights above the ground, metres: what lies higher hides what lies lower.
pub(super) const LIFT_SIDEWALK_M: f64 = 0.26;
const LIFT_PATH_M: f64 = 0.30;
const LIFT_JUNCTION_M: f64 = 0.34;
const LIFT_ROAD_M: f64 = 0.36;
pub(super) const LIFT_MARKING_M: f64 = 0.52;
const SIDEWALK_M: f64 = 1.9;
/// Rise of a bridge over each layer it crosses.
const LAYER_M: f64 = 5.5;

/// All streets and junctions.
pub(super) fn sheets(twin: &Twin, ground: &Ground, ids: FeatureIds) -> Sheets {
    let lifts = node_lifts(twin);
    let n_links = twin.roads.n_links();
    let chunks: Vec<Sheets> = (0..n_links)
        .into_par_iter()
        .chunks(256)
        .map(|chunk| {
            let mut sheets = Sheets::default();
            for index in chunk {
                link_sheets(twin, ground, ids, &lifts, Id::new(index), &mut sheets);
            }
            sheets
        })
        .collect();
    let mut all = Sheets::default();
    for chunk in &chunks {
        all.append(chunk);
    }
    for (id, _) in twin.roads.nodes() {
        junction(twin, ground, ids, &lifts, id, &mut all);
    }
    all
}

/// How high above the ground each node hangs: where only bridges meet, on the bridge; else on the ground.
pub(super) fn node_lifts(twin: &Twin) -> Vec<f64> {
    twin.roads
        .nodes()
        .map(|(id, _)| {
            let incident = twin.roads.incident(id);
            let drawn = || incident.iter().map(|(link, _)| twin.roads.link(*link));
            if incident.len() > 1 && drawn().all(|link| link.structure == Structure::Bridge) {
                drawn().map(|link| f64::from(link.layer.max(1))).fold(0.0, f64::max) * LAYER_M * 0.6
            } else {
                0.0
            }
        })
        .collect()
}

/// Whether motor vehicles use it as a street.
pub(super) fn is_street(link: &RoadLink) -> bool {
    !matches!(
        link.class,
        RoadClass::Track
            | RoadClass::Cycleway
            | RoadClass::Footway
            | RoadClass::Path
            | RoadClass::Bridleway
            | RoadClass::Steps
            | RoadClass::Pedestrian
    ) || (link.forward.modes.union(link.backward.modes)).intersects(Modes::CAR)
}

fn lift_m(link: &RoadLink, id: Id<RoadLink>) -> f64 {
    // Two streets of one class that cross must not fight for the same depth.
    let own = (id.index() % 8) as f64 * 0.002;
    if !is_street(link) {
        return LIFT_PATH_M + own;
    }
    let rank = match link.class {
        RoadClass::Motorway | RoadClass::Trunk => 6.0,
        RoadClass::MotorwayLink | RoadClass::TrunkLink | RoadClass::Primary => 5.0,
        RoadClass::PrimaryLink | RoadClass::Secondary => 4.0,
        RoadClass::SecondaryLink | RoadClass::Tertiary => 3.0,
        RoadClass::TertiaryLink | RoadClass::Unclassified | RoadClass::Residential => 2.0,
        RoadClass::Service | RoadClass::Track => 0.0,
        _ => 1.0,
    };
    LIFT_ROAD_M + rank * 0.02 + own
}

fn has_sidewalk(link: &RoadLink) -> bool {
    let inside = match link.class {
        RoadClass::Residential | RoadClass::LivingStreet => link.built_up != Some(false),
        RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary | RoadClass::Unclassified => {
            link.built_up == Some(true)
        }
        _ => false,
    };
    inside && link.structure == Structure::Ground
}

/// Half of the width between kerbs, metres.
pub(super) fn half_width_m(link: &RoadLink) -> f64 {
    (link.width_or_assumed_m() / 2.0).clamp(0.6, 20.0)
}

fn link_sheets(twin: &Twin, ground: &Ground, ids: FeatureIds, lifts: &[f64], id: Id<RoadLink>, sheets: &mut Sheets) {
    let link = twin.roads.link(id);
    let line = ribbon::clean(&link.geometry.0);
    if line.len() < 2 {
        return;
    }
    let paint = Brush { color: color::of_road(link.class), feature: ids.road(id) };
    let half = half_width_m(link);
    match link.structure {
        Structure::Ground => {
            let lift = lift_m(link, id);
            lay_ribbon(ground, sheets, &line, [half, half], lift, paint);
            if has_sidewalk(link) {
                let walk = Brush { color: color::SIDEWALK, feature: 0 };
                lay_ribbon(ground, sheets, &line, [half + SIDEWALK_M; 2], LIFT_SIDEWALK_M, walk);
            }
            markings(ground, sheets, link, &line, half);
        }
        Structure::Tunnel => {
            // As maps do: dashes on the ground above it.
            let faint = Brush { color: color::varied([168, 166, 160], 0, 0.0), ..paint };
            let total = ribbon::line_length(&line);
            let mut from = 0.0;
            while from < total {
                let dash = ribbon::part(&line, from, (from + 4.0).min(total));
                lay_ribbon(ground, sheets, &dash, [half * 0.6; 2], LIFT_PATH_M - 0.02, faint);
                from += 7.0;
            }
        }
        Structure::Bridge => {
            let (from, to) = twin.roads.ends(id);
            bridge(ground, sheets, link, &line, [lifts[from.index()], lifts[to.index()]], paint);
        }
    }
}

/// Lays a ribbon on the ground, `[right, left]` metres wide of the line.
pub(super) fn lay_ribbon(
    ground: &Ground,
    sheets: &mut Sheets,
    line: &[Coord<f64>],
    sides_m: [f64; 2],
    lift_m: f64,
    paint: Brush,
) {
    for quad in ribbon::quads(line, sides_m[0], sides_m[1]) {
        let tile = ground.tile((quad[0] + quad[2]) / 2.0);
        ground.lay(sheets.mesh(Layer::Street, tile), quad.to_vec(), lift_m, paint);
    }
}

/// Dashed lines between lanes, solid ones between directions of wide streets; right-hand traffic.
fn markings(ground: &Ground, sheets: &mut Sheets, link: &RoadLink, line: &[Coord<f64>], half_m: f64) {
    let n_lanes = link.forward.lanes + link.backward.lanes;
    let marked = matches!(
        link.class,
        RoadClass::Motorway | RoadClass::Trunk | RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary
    );
    if !marked || link.shared_lane || n_lanes < 2 || half_m < 2.7 {
        return;
    }
    let total = ribbon::line_length(line);
    let paint = Brush { color: color::MARKING, feature: 0 };
    for lane in 1..n_lanes {
        let from_axis = 2.0 * half_m * f64::from(lane) / f64::from(n_lanes) - half_m;
        let solid = lane == link.forward.lanes && n_lanes > 2;
        let (dash, gap) = if solid { (total, 0.0) } else { (4.0, 8.0) };
        let mut from = 7.0;
        while from + 3.0 < total - 7.0 {
            let piece = ribbon::part(line, from, (from + dash).min(total - 7.0));
            lay_ribbon(ground, sheets, &piece, [0.08 - from_axis, from_axis + 0.08], LIFT_MARKING_M, paint);
            from += dash + gap;
        }
    }
}

/// Fills the corners between the streets that meet at a node, and rounds off dead ends.
fn junction(twin: &Twin, ground: &Ground, ids: FeatureIds, lifts: &[f64], id: Id<RoadNode>, sheets: &mut Sheets) {
    let node = &twin.roads[id];
    let incident = twin.roads.incident(id);
    let streets = incident.iter().filter(|(link, _)| {
        let link = twin.roads.link(*link);
        is_street(link) && link.structure != Structure::Tunnel
    });
    let Some((widest, half)) = streets
        .map(|(link, _)| (*link, half_width_m(twin.roads.link(*link))))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
    else {
        return;
    };
    if !node.position.x.is_finite() || !node.position.y.is_finite() {
        return;
    }
    let radius = if node.control == NodeControl::TurningCircle { half.max(7.0) } else { half };
    let paint = Brush { color: color::of_road(twin.roads.link(widest).class), feature: ids.road(widest) };
    let tile = ground.tile(node.position);
    let lifted = lifts[id.index()];
    let mesh = sheets.mesh(Layer::Street, tile);
    if lifted > 0.0 {
        let height = ground.height_m(node.position) + lifted + LIFT_JUNCTION_M;
        let corners: Vec<_> = disc(node.position, radius).iter().map(|c| ground.view_from_local(*c, height)).collect();
        mesh.fan(&corners, [0.0, 1.0, 0.0], paint);
        return;
    }
    ground.lay(mesh, disc(node.position, radius), LIFT_JUNCTION_M, paint);
    if incident.iter().any(|(link, _)| has_sidewalk(twin.roads.link(*link))) {
        let walk = Brush { color: color::SIDEWALK, feature: 0 };
        ground.lay(mesh, disc(node.position, radius + SIDEWALK_M), LIFT_SIDEWALK_M - 0.01, walk);
    }
}

fn disc(center: Coord<f64>, radius_m: f64) -> Vec<Coord<f64>> {
    (0..14)
        .map(|k| {
            let angle = f64::from(k) * std::f64::consts::TAU / 14.0;
            center + Coord { x: angle.cos(), y: angle.sin() } * radius_m
        })
        .collect()
}

/// The axis of a bridge with the height of its deck: from end to end, arched where it starts on the ground.
pub(super) fn deck(
    ground: &Ground,
    link: &RoadLink,
    line: &[Coord<f64>],
    lifts_m: [f64; 2],
) -> (Vec<Coord<f64>>, Vec<f64>) {
    let (points, distances) = ribbon::dense(line, 6.0);
    let total = distances.last().copied().unwrap_or(0.0).max(1e-6);
    let ends = [ground.height_m(line[0]) + lifts_m[0], ground.height_m(line[line.len() - 1]) + lifts_m[1]];
    let rise = (f64::from(link.layer.max(1)) * LAYER_M - lifts_m[0].max(lifts_m[1])).max(0.0).min(0.03 * total);
    let heights = points
        .iter()
        .zip(&distances)
        .map(|(point, distance)| {
            let share = distance / total;
            let height = ends[0] + (ends[1] - ends[0]) * share + rise * 4.0 * share * (1.0 - share);
            height.max(ground.height_m(*point)) + LIFT_ROAD_M
        })
        .collect();
    (points, heights)
}

fn bridge(ground: &Ground, sheets: &mut Sheets, link: &RoadLink, line: &[Coord<f64>], lifts_m: [f64; 2], paint: Brush) {
    const THICK_M: f64 = 0.9;
    const RAIL_M: f64 = 1.0;
    let (points, heights) = deck(ground, link, line, lifts_m);
    let half = half_width_m(link);
    let (right, left_side) = (ribbon::offset(&points, -half - 0.4), ribbon::offset(&points, half + 0.4));
    let concrete = Brush { color: color::CONCRETE, feature: paint.feature };
    for step in 1..points.len() {
        let (a, b) = (step - 1, step);
        let view = |at: Coord<f64>, index: usize, lift: f64| ground.view_from_local(at, heights[index] + lift);
        let mesh = sheets.mesh(Layer::Street, ground.tile(points[a]));
        let top =
            [view(right[a], a, 0.0), view(right[b], b, 0.0), view(left_side[b], b, 0.0), view(left_side[a], a, 0.0)];
        mesh.fan(&top, [0.0, 1.0, 0.0], paint);
        let below = |index: usize, at: Coord<f64>| view(at, index, -THICK_M);
        mesh.fan(
            &[below(a, left_side[a]), below(b, left_side[b]), below(b, right[b]), below(a, right[a])],
            [0.0, -1.0, 0.0],
            concrete,
        );
        let Some(along) = unit(points[b] - points[a]) else { continue };
        let out = left(along);
        let outward = [out.x, 0.0, -out.y];
        for (side, sign) in [(&left_side, 1.0), (&right, -1.0)] {
            let normal = outward.map(|v| v * sign);
            let wall = [
                view(side[a], a, -THICK_M),
                view(side[b], b, -THICK_M),
                view(side[b], b, RAIL_M),
                view(side[a], a, RAIL_M),
            ];
            mesh.fan(&wall, normal, concrete);
        }
    }
    piers(ground, sheets, &points, &heights, half, THICK_M);
}

/// A pier every 24 m where the deck is high enough above the ground to need one.
fn piers(ground: &Ground, sheets: &mut Sheets, points: &[Coord<f64>], heights: &[f64], half_m: f64, thick_m: f64) {
    let paint = Brush { color: color::CONCRETE, feature: 0 };
    for index in (4..points.len().saturating_sub(2)).step_by(4) {
        let base = ground.height_m(points[index]);
        if heights[index] - base < 2.5 {
            continue;
        }
        let Some(along) = unit(points[index + 1] - points[index]) else { continue };
        let (ahead, aside) = (along * 0.5, left(along) * (half_m * 0.7));
        let foot = [
            points[index] - ahead - aside,
            points[index] + ahead - aside,
            points[index] + ahead + aside,
            points[index] - ahead + aside,
        ];
        let mesh = sheets.mesh(Layer::Street, ground.tile(points[index]));
        for k in 0..4 {
            let (a, b) = (foot[k], foot[(k + 1) % 4]);
            let edge = b - a;
            let corner = |at: Coord<f64>, height: f64| ground.view_from_local(at, height);
            let top = heights[index] - thick_m;
            mesh.fan(
                &[corner(a, base - 0.5), corner(b, base - 0.5), corner(b, top), corner(a, top)],
                normalized([edge.y, 0.0, edge.x]),
                paint,
            );
        }
    }
}
