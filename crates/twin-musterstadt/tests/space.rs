//! Buildings stand apart: from each other, from streets, from the river, from the railway.

use geo::{Area as _, BooleanOps as _, Distance as _, Euclidean, Intersects as _};
use geo_types::{Coord, LineString, MultiPolygon};
use rstar::{AABB, RTree, RTreeObject};
use twin::{
    Silent,
    area::{AreaKind, GroundLineKind},
};
use twin_musterstadt::{Options, generate};

struct Boxed(usize, AABB<[f64; 2]>);
impl RTreeObject for Boxed {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.1
    }
}

fn bounds(points: &[Coord<f64>]) -> AABB<[f64; 2]> {
    AABB::from_points(points.iter().map(|c| [c.x, c.y]).collect::<Vec<_>>().iter())
}

#[test]
fn nothing_overlaps() {
    for (population, seed) in [(500, 1), (2_000, 2), (8_000, 1), (12_000, 4)] {
        let twin = generate(&Options { population, seed }, &Silent).expect("because the population is in range");
        let plans: Vec<&MultiPolygon<f64>> = twin.buildings.rows().iter().map(|building| &building.footprint).collect();
        let tree = RTree::bulk_load(
            plans.iter().enumerate().map(|(i, plan)| Boxed(i, bounds(&plan.0[0].exterior().0))).collect::<Vec<_>>(),
        );
        for (i, plan) in plans.iter().enumerate() {
            assert!(plan.unsigned_area() > 4.0);
            for other in tree.locate_in_envelope_intersecting(&bounds(&plan.0[0].exterior().0)) {
                if other.0 > i && plan.intersects(plans[other.0]) {
                    let shared_m2 = plan.intersection(plans[other.0]).unsigned_area();
                    assert!(shared_m2 < 0.5, "{population}/{seed}: buildings {i} and {} share {shared_m2} m²", other.0);
                }
            }
        }
        let near = |line: &LineString<f64>, reach_m: f64, what: &str| {
            let mut box_ = bounds(&line.0);
            let (low, high) = (box_.lower(), box_.upper());
            box_ = AABB::from_corners([low[0] - reach_m, low[1] - reach_m], [high[0] + reach_m, high[1] + reach_m]);
            for building in tree.locate_in_envelope_intersecting(&box_) {
                let away_m = Euclidean.distance(line, plans[building.0]);
                assert!(
                    away_m >= reach_m,
                    "{population}/{seed}: building {} is {away_m} m from {what}, not {reach_m}",
                    building.0
                );
            }
        };
        for (_, link) in twin.roads.links() {
            near(&link.geometry, 0.5 * link.width_or_assumed_m() + 0.3, link.key.as_str());
        }
        for line in twin.ground_lines.rows() {
            let reach_m = if line.kind == GroundLineKind::Rail { 4.0 } else { 0.5 * line.width_m.unwrap_or(2.0) };
            near(&line.geometry, reach_m, line.key.as_str());
        }
        for water in twin.areas.rows().iter().filter(|area| area.kind == AreaKind::Water) {
            for plan in &plans {
                assert!(!water.polygon.intersects(*plan), "{population}/{seed}: a building in the water");
            }
        }
    }
}
