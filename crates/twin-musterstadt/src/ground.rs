//! The ground: heights, river, railway, land use.

use geo_types::{Coord, LineString, MultiPolygon, Polygon, coord};
use twin::{
    Key, Table, Terrain,
    area::{Area, AreaKind, GroundLine, GroundLineKind},
    road::Structure,
};

use crate::{
    draft::{Cell, area_m2, middle},
    plan::Plan,
    programme::{BlockUse, Programme},
    quarter::Quarter,
    site::{Site, distance_m},
};

/// Half the width of the railway's land, metres.
const RAIL_HALF_M: f64 = 9.0;

/// Land use, river and railway.
pub(crate) fn cover(site: &Site, plan: &Plan, programme: &Programme) -> (Table<Area>, Table<GroundLine>) {
    let mut areas = Table::new();
    let mut lines = Table::new();
    let add = |areas: &mut Table<Area>, kind, name: Option<&str>, polygon: Polygon<f64>| {
        let key = Key::new(format!("area/{}", areas.len() + 1));
        areas.push(Area { key, kind, name: name.map(str::to_owned), polygon: MultiPolygon(vec![polygon]) });
    };
    let reach_m = plan.border_m + 400.0;
    for field in &plan.fields {
        let kind = field_kind(site, plan, &plan.draft.outline(field));
        add(&mut areas, kind, None, outline(site, plan, field));
    }
    for side in [1.0, -1.0] {
        let strip = ribbon(site, reach_m, (side * site.river_half_m * 0.98, side * (plan.bank_m - 4.0)));
        add(&mut areas, AreaKind::Grass, None, strip);
    }
    for (block, usage) in plan.blocks.iter().zip(&programme.uses) {
        add(&mut areas, block_kind(block.quarter, *usage), None, outline(site, plan, block));
    }
    let market: Vec<Coord<f64>> = plan.market.iter().map(|&point| plan.draft.at(point)).collect();
    if market.len() >= 3 {
        add(&mut areas, AreaKind::Paved, Some("Marktplatz"), closed(site, &market));
    }
    let water = ribbon(site, reach_m, (-site.river_half_m, site.river_half_m));
    add(&mut areas, AreaKind::Water, Some("Muster"), water);
    lines.push(GroundLine {
        key: Key::new("line/river"),
        kind: GroundLineKind::River,
        name: Some("Muster".to_owned()),
        width_m: Some(2.0 * site.river_half_m),
        structure: Structure::Ground,
        geometry: LineString(site.course(coord! { x: -reach_m, y: 0.0 }, coord! { x: reach_m, y: 0.0 }, 25.0)),
    });
    if let Some(y) = plan.rail_y {
        let band = ribbon(site, reach_m, (y - RAIL_HALF_M, y + RAIL_HALF_M));
        add(&mut areas, AreaKind::Railway, None, band);
        for (n, off_m) in [(1, -2.0), (2, 2.0)] {
            let ends = [-reach_m, reach_m].map(|x| coord! { x: x, y: y + off_m });
            lines.push(GroundLine {
                key: Key::new(format!("line/rail/{n}")),
                kind: GroundLineKind::Rail,
                name: Some("Mustertalbahn".to_owned()),
                width_m: Some(3.0),
                structure: Structure::Ground,
                geometry: LineString(site.course(ends[0], ends[1], 25.0)),
            });
        }
    }
    (areas, lines)
}

fn block_kind(quarter: Quarter, usage: BlockUse) -> AreaKind {
    use twin::building::BuildingUse;
    match usage {
        BlockUse::Green(kind) => kind,
        BlockUse::Field => AreaKind::Grass,
        BlockUse::Landmark(BuildingUse::Retail) => AreaKind::Retail,
        BlockUse::Landmark(BuildingUse::Church) => AreaKind::Paved,
        BlockUse::Landmark(BuildingUse::Residential) => AreaKind::Residential,
        BlockUse::Landmark(_) => AreaKind::Institutional,
        BlockUse::Built | BlockUse::Mixed(_) => match quarter {
            Quarter::Industrial => AreaKind::Industrial,
            Quarter::RetailPark => AreaKind::Retail,
            Quarter::Open => AreaKind::Grass,
            _ => AreaKind::Residential,
        },
    }
}

/// Woods on the slopes, meadows by the river, fields between.
fn field_kind(site: &Site, plan: &Plan, outline: &[Coord<f64>]) -> AreaKind {
    let center = middle(outline);
    let relief_m = site.height_m(center) - site.height_m(coord! { x: center.x, y: site.river_half_m + 30.0 });
    let dice = (center.x * 12.9898 + center.y * 78.233).sin() * 43_758.547;
    let dice = dice - dice.floor();
    let near_river = center.y.abs() < plan.bank_m + 130.0;
    let patch = (center.x / 700.0).sin() + (center.y / 560.0 + 1.3).cos();
    match () {
        () if near_river && dice < 0.65 => AreaKind::Grass,
        () if relief_m > 24.0 && 0.7 * patch + dice > 0.85 => AreaKind::Forest,
        () if patch > 1.55 => AreaKind::Forest,
        () if dice < 0.17 => AreaKind::Grass,
        () if dice < 0.21 => AreaKind::Orchard,
        () if dice < 0.24 => AreaKind::Scrub,
        () => AreaKind::Farmland,
    }
}

/// The outline of a cell on earth.
pub(crate) fn outline(site: &Site, plan: &Plan, cell: &Cell) -> Polygon<f64> {
    closed(site, &plan.draft.outline(cell))
}

fn closed(site: &Site, corners: &[Coord<f64>]) -> Polygon<f64> {
    let n = corners.len();
    let mut ring = Vec::new();
    for i in 0..n {
        let side = site.course(corners[i], corners[(i + 1) % n], 16.0);
        ring.extend_from_slice(&side[..side.len() - 1]);
    }
    if area_m2(&ring) < 0.0 {
        ring.reverse();
    }
    Polygon::new(LineString(ring), Vec::new())
}

/// A band along the river between two plan heights.
fn ribbon(site: &Site, reach_m: f64, (from, to): (f64, f64)) -> Polygon<f64> {
    let mut ring = site.course(coord! { x: -reach_m, y: from }, coord! { x: reach_m, y: from }, 20.0);
    ring.extend(site.course(coord! { x: reach_m, y: to }, coord! { x: -reach_m, y: to }, 20.0));
    if area_m2(&ring) < 0.0 {
        ring.reverse();
    }
    Polygon::new(LineString(ring), Vec::new())
}

/// Heights on a grid around the map.
pub(crate) fn terrain(site: &Site, plan: &Plan) -> Terrain {
    use rayon::prelude::*;
    let reach_m = plan.border_m + 400.0;
    let corners: Vec<Coord<f64>> = (0..48)
        .map(|i| {
            let angle = f64::from(i) / 48.0 * std::f64::consts::TAU;
            site.position(coord! { x: reach_m * angle.cos(), y: reach_m * angle.sin() })
        })
        .collect();
    let low = corners.iter().fold((f64::MAX, f64::MAX), |low, c| (low.0.min(c.x), low.1.min(c.y)));
    let high = corners.iter().fold((f64::MIN, f64::MIN), |high, c| (high.0.max(c.x), high.1.max(c.y)));
    let extent_m = distance_m(coord! { x: low.0, y: low.1 }, coord! { x: high.0, y: high.1 });
    let cell_m = (extent_m / 700.0).ceil().clamp(8.0, 60.0);
    let origin = coord! { x: (low.0 / cell_m).floor() * cell_m, y: (low.1 / cell_m).floor() * cell_m };
    let n_columns = ((high.0 - origin.x) / cell_m).ceil() as u32 + 1;
    let n_rows = ((high.1 - origin.y) / cell_m).ceil() as u32 + 1;
    let height_m = (0..n_rows)
        .into_par_iter()
        .flat_map_iter(|row| {
            (0..n_columns).map(move |column| {
                let at = coord! { x: origin.x + f64::from(column) * cell_m, y: origin.y + f64::from(row) * cell_m };
                let height_m = site.height_m(site.plan(at));
                ((height_m * 100.0).round() / 100.0) as f32
            })
        })
        .collect();
    Terrain { origin, cell_m, n_columns, n_rows, height_m }
}
