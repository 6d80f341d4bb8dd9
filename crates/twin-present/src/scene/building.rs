//! Buildings: footprints extruded to the eaves, under the roof that is known or assumed.

use std::collections::BTreeSet;

use geo::Area as _;
use geo_types::{Coord, Polygon};
use rayon::prelude::*;
use twin::{
    Id, Twin,
    building::{Building, BuildingUse, RoofShape},
};

use super::{
    FeatureIds, SceneOptions, color,
    ground::{Ground, mean, normalized},
    mesh::{Brush, Layer, MeshData, Sheets, length, split, triangles},
    roof::{Form, Roof, form},
};

/// All buildings, and how many roofs were assumed.
pub(super) fn sheets(twin: &Twin, ground: &Ground, ids: FeatureIds, options: &SceneOptions) -> (Sheets, u32) {
    // A building whose parts are mapped is drawn by its parts.
    let in_parts: BTreeSet<_> = twin.buildings.rows().iter().filter_map(|b| b.part_of.as_ref()).collect();
    let chunks: Vec<(Sheets, u32)> = (0..twin.buildings.len())
        .into_par_iter()
        .chunks(512)
        .map(|chunk| {
            let (mut sheets, mut n_assumed) = (Sheets::default(), 0);
            for index in chunk {
                let building = &twin.buildings.rows()[index];
                if building.part_of.is_none() && in_parts.contains(&building.key) {
                    continue;
                }
                let feature = ids.building(Id::new(index));
                for polygon in &building.footprint.0 {
                    n_assumed += u32::from(extrude(building, polygon, ground, feature, options, &mut sheets));
                }
            }
            (sheets, n_assumed)
        })
        .collect();
    let mut all = Sheets::default();
    for (sheets, _) in &chunks {
        all.append(sheets);
    }
    (all, chunks.iter().map(|chunk| chunk.1).sum())
}

/// Draws one footprint; true where its roof was assumed.
fn extrude(
    building: &Building,
    polygon: &Polygon<f64>,
    ground: &Ground,
    feature: u32,
    options: &SceneOptions,
    sheets: &mut Sheets,
) -> bool {
    let corners = &polygon.exterior().0;
    if polygon.unsigned_area() < 1.0 || corners.iter().any(|c| !c.x.is_finite() || !c.y.is_finite()) {
        return false;
    }
    let form = form(building, polygon, options.assume_roofs, feature);
    let roof = Roof::new(form, polygon, building.roof_height_m.filter(|height| (0.1..60.0).contains(height)));
    let heights = Heights::of(building, corners, ground, roof.as_ref());
    let roof = roof.map(|roof| roof.no_higher_than(heights.ridge_m - heights.eaves_m));
    let mesh = sheets.mesh(Layer::Building, ground.tile(mean(corners)));
    let wall = Brush { color: color::varied(color::of_wall(building.usage), feature, 0.07), feature };
    for (is_hole, ring) in
        std::iter::once((false, polygon.exterior())).chain(polygon.interiors().iter().map(|ring| (true, ring)))
    {
        walls(mesh, ground, &ring.0, is_hole, &heights, roof.as_ref(), wall);
    }
    top(
        mesh,
        ground,
        polygon,
        &heights,
        roof.as_ref(),
        Brush { color: roof_color(building, roof.as_ref(), feature), feature },
    );
    matches!(form, Form::Assumed(_)) && roof.is_some()
}

/// Heights over the sea, metres.
struct Heights {
    base_m: f64,
    eaves_m: f64,
    ridge_m: f64,
}

impl Heights {
    fn of(building: &Building, corners: &[Coord<f64>], ground: &Ground, roof: Option<&Roof>) -> Self {
        let (low, sum) = corners
            .iter()
            .map(|corner| ground.height_m(*corner))
            .fold((f64::INFINITY, 0.0), |(low, sum), height| (low.min(height), sum + height));
        let stands = sum / corners.len() as f64;
        let roof_m = roof.map_or(0.0, |roof| roof.height_m);
        let known = building.height_m.filter(|height| (1.0..600.0).contains(height));
        let total = known.unwrap_or_else(|| {
            (building.height_or_assumed_m() - building.roof_height_or_assumed_m()).clamp(2.2, 400.0) + roof_m
        });
        let raised = building.min_height_m.filter(|min| *min > 0.0 && *min < total);
        let base_m = raised.map_or(low - 0.4, |min| stands + min);
        let ridge_m = (stands + total).max(base_m + 0.5);
        // A roof never reaches below the middle of a building that stands on the ground; parts may be all roof.
        let lowest = if raised.is_some() || building.part_of.is_some() { base_m } else { stands + total * 0.35 };
        Self { base_m, eaves_m: (ridge_m - roof_m).max(lowest), ridge_m }
    }
}

fn roof_color(building: &Building, roof: Option<&Roof>, seed: u32) -> [u8; 3] {
    match roof {
        None => color::varied(color::of_flat_roof(building.usage), seed, 0.08),
        Some(_) if building.usage == BuildingUse::Church && building.roof == Some(RoofShape::Onion) => [112, 140, 128],
        Some(_) if color::unit_from_seed(seed ^ 0x77) < 0.14 => color::varied([122, 112, 108], seed, 0.10),
        Some(_) => color::varied(color::of_pitched_roof(building.usage), seed, 0.16),
    }
}

/// Walls around a ring up to the roof.
fn walls(
    mesh: &mut MeshData,
    ground: &Ground,
    ring: &[Coord<f64>],
    is_hole: bool,
    heights: &Heights,
    roof: Option<&Roof>,
    paint: Brush,
) {
    let twice_area: f64 = ring
        .windows(2)
        .map(|p| (p[0].x - ring[0].x) * (p[1].y - ring[0].y) - (p[1].x - ring[0].x) * (p[0].y - ring[0].y))
        .sum();
    // Outside is to the right of an outer ring that runs counter-clockwise, and of a hole that runs clockwise.
    let forward = (twice_area > 0.0) != is_hole;
    for pair in ring.windows(2) {
        let (a, b) = if forward { (pair[0], pair[1]) } else { (pair[1], pair[0]) };
        let edge = b - a;
        if length(edge) < 0.02 {
            continue;
        }
        let normal = normalized([edge.y, 0.0, edge.x]);
        let mut shares = vec![0.0, 1.0];
        if let Some(roof) = roof {
            for crease in &roof.creases {
                let (at_a, at_b) = (roof.crease(*crease, a), roof.crease(*crease, b));
                if at_a * at_b < 0.0 {
                    shares.push(at_a / (at_a - at_b));
                }
            }
            shares.sort_by(f64::total_cmp);
        }
        for step in shares.windows(2).filter(|step| step[1] - step[0] > 1e-6) {
            let (from, to) = (a + edge * step[0], a + edge * step[1]);
            let top = |at: Coord<f64>| heights.eaves_m + roof.map_or(0.0, |roof| roof.at(at));
            let wall = [
                ground.view_from_local(from, heights.base_m),
                ground.view_from_local(to, heights.base_m),
                ground.view_from_local(to, top(to)),
                ground.view_from_local(from, top(from)),
            ];
            mesh.fan(&wall, normal, paint);
        }
    }
}

/// The roof, and the underside of what hangs in the air.
fn top(
    mesh: &mut MeshData,
    ground: &Ground,
    polygon: &Polygon<f64>,
    heights: &Heights,
    roof: Option<&Roof>,
    paint: Brush,
) {
    for triangle in triangles(polygon) {
        let Some(roof) = roof else {
            mesh.fan(&triangle.map(|corner| ground.view_from_local(corner, heights.eaves_m)), [0.0, 1.0, 0.0], paint);
            continue;
        };
        let mut pieces = vec![triangle.to_vec()];
        for crease in &roof.creases {
            pieces = split(pieces, |position| roof.crease(*crease, position)).collect();
        }
        for piece in pieces.iter().filter(|piece| piece.len() >= 3) {
            let corners: Vec<_> =
                piece.iter().map(|c| ground.view_from_local(*c, heights.eaves_m + roof.at(*c))).collect();
            mesh.fan(&corners, plane_normal(&corners), paint);
        }
    }
}

/// Normal of a plane polygon (Newell's method).
fn plane_normal(corners: &[[f64; 3]]) -> [f64; 3] {
    let mut normal = [0.0; 3];
    for (index, a) in corners.iter().enumerate() {
        let b = corners[(index + 1) % corners.len()];
        normal[0] += (a[1] - b[1]) * (a[2] + b[2]);
        normal[1] += (a[2] - b[2]) * (a[0] + b[0]);
        normal[2] += (a[0] - b[0]) * (a[1] + b[1]);
    }
    normalized(normal)
}
