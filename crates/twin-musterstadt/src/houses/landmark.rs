//! Landmarks: churches, schools, hospitals and the like, with their annexes.

use geo_types::coord;
use twin::building::{BuildingUse, RoofShape};

use super::{Builder, Form};
use crate::{
    draft::{Hull, hull, middle},
    yard::{Ground, oriented},
};

impl Builder {
    /// One building of public use in the middle of the block or at its street.
    pub(super) fn landmark(&mut self, usage: BuildingUse) {
        let (size_m, levels, roof, roof_m) = match usage {
            BuildingUse::Church => ((24.0, 13.0), 2.0, RoofShape::Gabled, 7.0),
            BuildingUse::Public => ((26.0, 15.0), 3.0, RoofShape::HalfHipped, 5.5),
            BuildingUse::School => ((58.0, 18.0), 3.0, RoofShape::Flat, 0.0),
            BuildingUse::Kindergarten => ((26.0, 14.0), 1.0, RoofShape::Gabled, 2.5),
            BuildingUse::Hospital => ((84.0, 22.0), 5.0, RoofShape::Flat, 0.0),
            BuildingUse::FireStation => ((34.0, 18.0), 2.0, RoofShape::Flat, 0.0),
            BuildingUse::Retail => ((46.0, 30.0), 1.0, RoofShape::Gabled, 2.0),
            BuildingUse::University => ((70.0, 24.0), 4.0, RoofShape::Flat, 0.0),
            BuildingUse::Utility => ((20.0, 12.0), 1.0, RoofShape::Flat, 0.0),
            _ => ((30.0, 14.0), 2.0, RoofShape::Gabled, 3.5),
        };
        let year = match usage {
            BuildingUse::Church => self.dice.range(1250.0, 1760.0),
            BuildingUse::Public => self.dice.range(1540.0, 1910.0),
            _ => self.dice.range(1958.0, 2012.0),
        } as i32;
        let hull = hull(&self.yard.outline);
        let form = Form { usage, levels, roof, roof_m, year };
        for shrink in [1.0, 0.85, 0.7, 0.55, 0.42, 0.3] {
            for attempt in 0..14 {
                let center = if attempt == 0 { hull.middle } else { self.somewhere(&hull, 0.3) };
                let ground = oriented(center, hull.along, size_m.0 * shrink, size_m.1 * shrink);
                if self.yard.place(ground, 3.0, 2.0) {
                    self.raise(&ground, form, None);
                    self.annex(usage, &ground, &hull, year, shrink);
                    return;
                }
            }
        }
    }

    pub(super) fn annex(&mut self, usage: BuildingUse, main: &Ground, hull: &Hull, year: i32, scale: f64) {
        let center = middle(main);
        let length_m = crate::site::distance_m(main[0], main[1]);
        let beside = |u: f64, v: f64| coord! { x: center.x + hull.along.x * u - hull.along.y * v, y: center.y + hull.along.y * u + hull.along.x * v };
        match usage {
            BuildingUse::Church => {
                let side_m = 7.5 * scale.max(0.7);
                for sign in [1.0, -1.0] {
                    let tower = oriented(beside(sign * 0.5 * (length_m + side_m), 0.0), hull.along, side_m, side_m);
                    if self.yard.place(tower, -0.02, 0.5) {
                        let form = Form {
                            usage,
                            levels: 8.0,
                            roof: RoofShape::Pyramidal,
                            roof_m: 14.0 * scale.max(0.7),
                            year,
                        };
                        self.raise(&tower, form, None);
                        return;
                    }
                }
            }
            BuildingUse::School | BuildingUse::Hospital | BuildingUse::University => {
                let (w, d, levels) = if usage == BuildingUse::Hospital { (54.0, 18.0, 4.0) } else { (32.0, 22.0, 2.0) };
                for (u, v) in [
                    (0.0, 42.0),
                    (0.0, -42.0),
                    (0.55 * length_m, 40.0),
                    (-0.55 * length_m, -40.0),
                    (0.9 * length_m, 0.0),
                ] {
                    let wing = oriented(beside(u * scale, v * scale), hull.along, w * scale, d * scale);
                    if self.yard.place(wing, 4.0, 2.0) {
                        let form = Form { usage, levels, roof: RoofShape::Flat, roof_m: 0.0, year: year + 6 };
                        self.raise(&wing, form, None);
                        if usage != BuildingUse::Hospital {
                            return;
                        }
                    }
                }
            }
            _ => {}
        }
    }
}
