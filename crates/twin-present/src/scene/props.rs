//! Props: trees, traffic signals, barriers, each an instance of a small model.

use geo::{Area as _, BoundingRect as _, Contains as _};
use geo_types::{Coord, Point};
use rayon::prelude::*;
use rstar::{AABB, RTree, primitives::GeomWithData, primitives::Rectangle};
use twin::{
    Twin,
    area::{Area, AreaKind},
    road::{NodeControl, RoadClass, Structure},
};

use super::{
    SceneOptions, SectionIndex,
    color::unit_from_seed,
    ground::Ground,
    mesh::{left, unit},
    street::{half_width_m, is_street},
};

/// Which model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PropKind {
    /// A broad-leaved tree, about 8 m high.
    Tree,
    /// A traffic signal on its post.
    Signal,
    /// A red-and-white barrier board (Absperrschranke), 2 m long.
    Barrier,
}

/// One instance of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prop {
    /// Which model.
    pub kind: PropKind,
    /// Its foot in the view frame, metres.
    pub position: [f32; 3],
    /// Turned about the vertical, radians, counter-clockwise from above; 0 faces south (+z).
    pub turn_rad: f32,
    /// Size relative to the model.
    pub scale: f32,
}

/// Trees and signals of the town.
pub(super) fn place(twin: &Twin, ground: &Ground, sections: &SectionIndex, options: &SceneOptions) -> Vec<Prop> {
    let mut props = signals(twin, ground);
    props.extend(trees(twin, ground, sections, options.max_trees));
    props
}

/// A signal to the right of each approach of a signalled junction.
fn signals(twin: &Twin, ground: &Ground) -> Vec<Prop> {
    let mut props = Vec::new();
    for (id, node) in twin.roads.nodes().filter(|(_, node)| node.control == NodeControl::Signal) {
        for (link_id, _) in twin.roads.incident(id) {
            let link = twin.roads.link(link_id);
            let points = &link.geometry.0;
            if !is_street(link) || link.structure != Structure::Ground || points.len() < 2 {
                continue;
            }
            let next = if twin.roads.ends(link_id).0 == id { points[1] } else { points[points.len() - 2] };
            let Some(away) = unit(next - node.position) else { continue };
            // Seen by who drives towards the node, the right-hand kerb is to the left of "away".
            let foot = node.position + away * (half_width_m(link) + 4.0) + left(away) * (half_width_m(link) + 0.8);
            props.push(prop(PropKind::Signal, ground, foot, away.x.atan2(-away.y), 1.0));
        }
    }
    props
}

/// Area per tree, m², where trees stand.
const fn tree_area_m2(kind: AreaKind) -> Option<f64> {
    match kind {
        AreaKind::Forest => Some(90.0),
        AreaKind::Park | AreaKind::Cemetery => Some(260.0),
        AreaKind::Orchard => Some(240.0),
        AreaKind::Scrub => Some(400.0),
        AreaKind::Residential => Some(480.0),
        AreaKind::Institutional => Some(700.0),
        AreaKind::Grass => Some(1600.0),
        _ => None,
    }
}

/// Trees in green areas and gardens, clear of buildings and streets; no more than about `max_trees`, thinned alike everywhere.
fn trees(twin: &Twin, ground: &Ground, sections: &SectionIndex, max_trees: u32) -> Vec<Prop> {
    let buildings = RTree::bulk_load(
        twin.buildings
            .rows()
            .iter()
            .filter_map(|building| building.footprint.bounding_rect())
            .map(|r| GeomWithData::new(Rectangle::from_corners([r.min().x, r.min().y], [r.max().x, r.max().y]), ()))
            .collect(),
    );
    let wished: f64 =
        twin.areas.rows().iter().filter_map(|a| Some(a.polygon.unsigned_area() / tree_area_m2(a.kind)?)).sum();
    let thinning = (wished / f64::from(max_trees.max(1))).max(1.0);
    let per_area: Vec<Vec<Prop>> = twin
        .areas
        .rows()
        .par_iter()
        .enumerate()
        .map(|(index, area)| {
            let Some(square_m2) = tree_area_m2(area.kind) else { return Vec::new() };
            candidates(area, (square_m2 * thinning).sqrt(), index as u32)
                .filter(|(at, _)| {
                    let envelope = AABB::from_corners([at.x - 2.0, at.y - 2.0], [at.x + 2.0, at.y + 2.0]);
                    area.polygon.contains(&Point(*at))
                        && buildings.locate_in_envelope_intersecting(&envelope).next().is_none()
                        && sections.clearance_m(*at, 3.5) >= 3.5
                })
                .map(|(at, seed)| {
                    let scale = 0.65 + 0.75 * unit_from_seed(seed ^ 0x33);
                    prop(PropKind::Tree, ground, at, unit_from_seed(seed ^ 0x44) * std::f64::consts::TAU, scale)
                })
                .collect()
        })
        .collect();
    let mut all: Vec<Prop> = per_area.into_iter().flatten().collect();
    if max_trees > 0 {
        all.extend(street_trees(twin, ground, &buildings));
    } else {
        all.clear();
    }
    all
}

/// Trees along the wide streets of the town, behind the sidewalk.
fn street_trees(twin: &Twin, ground: &Ground, buildings: &RTree<GeomWithData<Rectangle<[f64; 2]>, ()>>) -> Vec<Prop> {
    let mut props = Vec::new();
    for (id, link) in twin.roads.links() {
        let avenue = matches!(link.class, RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary);
        if !avenue || link.built_up != Some(true) || link.structure != Structure::Ground {
            continue;
        }
        let line = super::ribbon::clean(&link.geometry.0);
        if line.len() < 2 || unit_from_seed(id.index() as u32) < 0.35 {
            continue;
        }
        let (points, distances) = super::ribbon::dense(&line, 17.0);
        let total = distances[distances.len() - 1];
        for (index, pair) in points.windows(2).enumerate() {
            let Some(along) = unit(pair[1] - pair[0]) else { continue };
            if distances[index] < 14.0 || distances[index] > total - 14.0 {
                continue;
            }
            for side in [-1.0, 1.0] {
                let at = pair[0] + left(along) * (side * (half_width_m(link) + 3.0));
                let envelope = AABB::from_corners([at.x - 2.0, at.y - 2.0], [at.x + 2.0, at.y + 2.0]);
                if buildings.locate_in_envelope_intersecting(&envelope).next().is_none() {
                    let seed = (id.index() as u32).wrapping_mul(977).wrapping_add(index as u32);
                    props.push(prop(
                        PropKind::Tree,
                        ground,
                        at,
                        unit_from_seed(seed),
                        0.6 + 0.2 * unit_from_seed(seed ^ 1),
                    ));
                }
            }
        }
    }
    props
}

/// Jittered lattice points over the bounding box of an area, each with its seed.
fn candidates(area: &Area, step_m: f64, seed: u32) -> impl Iterator<Item = (Coord<f64>, u32)> {
    let rect = area.polygon.bounding_rect();
    let (columns, rows, min) = rect.map_or((0, 0, Coord { x: 0.0, y: 0.0 }), |r| {
        ((r.width() / step_m).ceil() as u32, (r.height() / step_m).ceil() as u32, r.min())
    });
    (0..rows).flat_map(move |row| {
        (0..columns).map(move |column| {
            let seed = seed.wrapping_mul(7919) ^ row.wrapping_mul(104_729) ^ column.wrapping_mul(1_299_709);
            let jitter = Coord { x: unit_from_seed(seed ^ 0x11), y: unit_from_seed(seed ^ 0x22) };
            (min + (Coord { x: f64::from(column), y: f64::from(row) } + jitter) * step_m, seed)
        })
    })
}

/// An instance standing on the ground.
pub(super) fn prop(kind: PropKind, ground: &Ground, at: Coord<f64>, turn_rad: f64, scale: f64) -> Prop {
    let position = ground.view_from_local(at, ground.height_m(at)).map(|value| value as f32);
    Prop { kind, position, turn_rad: turn_rad as f32, scale: scale as f32 }
}
