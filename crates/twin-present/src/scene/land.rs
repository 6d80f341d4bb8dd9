//! The land: ground by tiles, areas of use draped on it, water, streams, railways, walls.

use geo::Area as _;
use geo_types::Coord;
use rayon::prelude::*;
use twin::{
    Id, Twin,
    area::{Area, AreaKind, GroundLine, GroundLineKind},
    road::Structure,
};

use super::{
    FeatureIds, color,
    ground::{Ground, mean, normalized},
    mesh::{Brush, Layer, Sheets, left, triangles, unit},
    ribbon,
    street::{LIFT_SIDEWALK_M, lay_ribbon},
};

/// The bare ground, one grid per tile.
pub(super) fn ground_sheets(ground: &Ground) -> Sheets {
    let span = ground.bounds.1 - ground.bounds.0;
    let (columns, rows) = ((span.x / ground.tile_m).ceil() as i32, (span.y / ground.tile_m).ceil() as i32);
    let cells = (ground.tile_m / ground.cell_m()).round().max(1.0) as u32;
    let tiles: Vec<(i32, i32)> = (0..rows).flat_map(|row| (0..columns).map(move |column| (column, row))).collect();
    let meshes: Vec<_> = tiles
        .par_iter()
        .map(|&tile| {
            let mut mesh = super::MeshData::default();
            let corner = ground.bounds.0 + Coord { x: f64::from(tile.0), y: f64::from(tile.1) } * ground.tile_m;
            let paint = Brush { color: color::GROUND, feature: 0 };
            for row in 0..=cells {
                for column in 0..=cells {
                    let at = corner + Coord { x: f64::from(column), y: f64::from(row) } * ground.cell_m();
                    mesh.vertex(ground.view_from_local(at, ground.height_m(at)), ground.normal(at), paint);
                }
            }
            for row in 0..cells {
                for column in 0..cells {
                    let south_west = row * (cells + 1) + column;
                    let (south_east, north_west, north_east) =
                        (south_west + 1, south_west + cells + 1, south_west + cells + 2);
                    mesh.indices.extend([south_west, south_east, north_east, south_west, north_east, north_west]);
                }
            }
            mesh
        })
        .collect();
    let mut sheets = Sheets::default();
    for (tile, mesh) in tiles.into_iter().zip(meshes) {
        sheets.mesh(Layer::Ground, tile).append(&mesh);
    }
    sheets
}

/// Areas and lines on the ground.
pub(super) fn sheets(twin: &Twin, ground: &Ground, ids: FeatureIds) -> Sheets {
    let areas: Vec<Sheets> = twin
        .areas
        .rows()
        .par_iter()
        .enumerate()
        .map(|(index, area)| area_sheets(area, ground, ids.area(Id::new(index))))
        .collect();
    let lines: Vec<Sheets> = twin.ground_lines.rows().par_iter().map(|line| line_sheets(line, ground)).collect();
    let mut all = Sheets::default();
    for sheets in areas.iter().chain(&lines) {
        all.append(sheets);
    }
    all
}

/// Height above the bare ground: uses of land lowest, then green, then water; the small above the large.
fn area_lift_m(area: &Area) -> f64 {
    let floor = match area.kind {
        AreaKind::Residential
        | AreaKind::Retail
        | AreaKind::Commercial
        | AreaKind::Industrial
        | AreaKind::Institutional
        | AreaKind::Railway
        | AreaKind::Farmland => 0.02,
        AreaKind::Forest
        | AreaKind::Grass
        | AreaKind::Scrub
        | AreaKind::Orchard
        | AreaKind::Bare
        | AreaKind::Farmyard => 0.07,
        AreaKind::Park | AreaKind::Cemetery | AreaKind::Wetland => 0.11,
        AreaKind::Sports | AreaKind::Parking | AreaKind::Paved => 0.15,
        AreaKind::Water => 0.20,
    };
    let doublings = area.polygon.unsigned_area().max(1.0).log2();
    floor + 0.04 * (1.0 - doublings / 30.0).clamp(0.0, 1.0)
}

fn area_sheets(area: &Area, ground: &Ground, feature: u32) -> Sheets {
    let mut sheets = Sheets::default();
    let lift = area_lift_m(area);
    let layer = if area.kind == AreaKind::Water { Layer::Water } else { Layer::Ground };
    let paint = Brush { color: color::of_area(area.kind), feature };
    for polygon in &area.polygon.0 {
        for triangle in triangles(polygon) {
            for part in ground.tiles(triangle.to_vec()) {
                let tile = ground.tile(mean(&part));
                ground.lay(sheets.mesh(layer, tile), part, lift, paint);
            }
        }
    }
    sheets
}

fn line_sheets(ground_line: &GroundLine, ground: &Ground) -> Sheets {
    let mut sheets = Sheets::default();
    let line = ribbon::clean(&ground_line.geometry.0);
    if line.len() < 2 || ground_line.structure == Structure::Tunnel {
        return sheets;
    }
    let known = ground_line.width_m.filter(|width| (0.2..500.0).contains(width));
    match ground_line.kind {
        GroundLineKind::River | GroundLineKind::Stream | GroundLineKind::Canal | GroundLineKind::Ditch => {
            let width = known.unwrap_or(match ground_line.kind {
                GroundLineKind::River => 8.0,
                GroundLineKind::Canal => 7.0,
                GroundLineKind::Stream => 2.2,
                _ => 1.0,
            });
            let paint = Brush { color: color::WATER, feature: 0 };
            for quad in ribbon::quads(&line, width / 2.0, width / 2.0) {
                let tile = ground.tile((quad[0] + quad[2]) / 2.0);
                ground.lay(sheets.mesh(Layer::Water, tile), quad.to_vec(), 0.21, paint);
            }
        }
        GroundLineKind::Rail | GroundLineKind::Tram => {
            let ballast = Brush { color: color::BALLAST, feature: 0 };
            lay_ribbon(ground, &mut sheets, &line, [1.7; 2], LIFT_SIDEWALK_M + 0.02, ballast);
            let steel = Brush { color: color::RAIL, feature: 0 };
            for side in [-0.75, 0.75] {
                lay_ribbon(ground, &mut sheets, &line, [0.12 - side, side + 0.12], LIFT_SIDEWALK_M + 0.4, steel);
            }
        }
        GroundLineKind::Wall => wall(ground, &mut sheets, &line, known.unwrap_or(1.0)),
    }
    sheets
}

/// A wall of three metres.
fn wall(ground: &Ground, sheets: &mut Sheets, line: &[Coord<f64>], width_m: f64) {
    const HEIGHT_M: f64 = 3.0;
    let paint = Brush { color: color::CITY_WALL, feature: 0 };
    for quad in ribbon::quads(line, width_m / 2.0, width_m / 2.0) {
        let mesh = sheets.mesh(Layer::Building, ground.tile(quad[0]));
        let view = |at: Coord<f64>, lift: f64| ground.view_from_local(at, ground.height_m(at) + lift);
        mesh.fan(&quad.map(|corner| view(corner, HEIGHT_M)), [0.0, 1.0, 0.0], paint);
        for k in 0..4 {
            let (a, b) = (quad[k], quad[(k + 1) % 4]);
            let Some(along) = unit(b - a) else { continue };
            let out = left(along) * -1.0;
            mesh.fan(
                &[view(a, -0.3), view(b, -0.3), view(b, HEIGHT_M), view(a, HEIGHT_M)],
                normalized([out.x, 0.0, -out.y]),
                paint,
            );
        }
    }
}
