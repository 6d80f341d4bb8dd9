//! How well addresses are mapped: where most buildings have one, those without are barns and garages.

use geo::{Area as _, Centroid, Coord};
use twin::{Twin, building::BuildingUse};

use super::stock::is_home;

/// How many of the larger buildings have an address, by square cell.
pub(super) struct Coverage {
    origin: Coord<f64>,
    n_columns: usize,
    share: Vec<f64>,
}

const CELL_M: f64 = 400.0;

impl Coverage {
    pub(super) fn new(twin: &Twin, addressed: &[bool], min_m2: f64) -> Self {
        let spots: Vec<(Coord<f64>, bool)> = twin
            .buildings
            .iter()
            .filter(|(_, b)| {
                b.part_of.is_none()
                    && (is_home(b.usage) || b.usage == BuildingUse::Unknown)
                    && b.footprint.unsigned_area() >= min_m2
            })
            .filter_map(|(id, b)| b.footprint.centroid().map(|centre| (centre.into(), addressed[id.index()])))
            .filter(|(at, _): &(Coord<f64>, bool)| at.x.is_finite() && at.y.is_finite())
            .collect();
        let low = |axis: fn(&Coord<f64>) -> f64| spots.iter().map(|(at, _)| axis(at)).fold(f64::INFINITY, f64::min);
        let high =
            |axis: fn(&Coord<f64>) -> f64| spots.iter().map(|(at, _)| axis(at)).fold(f64::NEG_INFINITY, f64::max);
        let origin = Coord { x: low(|c| c.x), y: low(|c| c.y) };
        let cells = |extent: f64| if extent.is_finite() { (extent / CELL_M) as usize + 1 } else { 1 };
        let n_columns = cells(high(|c| c.x) - origin.x);
        let n_rows = cells(high(|c| c.y) - origin.y);
        // A grid over a few far points would be huge: then the town is one cell.
        if n_columns.saturating_mul(n_rows) > 4_000_000 {
            let share = spots.iter().filter(|(_, has)| *has).count() as f64 / spots.len().max(1) as f64;
            return Self { origin, n_columns: 0, share: vec![share] };
        }
        let mut counts = vec![(0.0, 0.0); n_columns * n_rows];
        for (at, has) in &spots {
            let cell = ((at.y - origin.y) / CELL_M) as usize * n_columns + ((at.x - origin.x) / CELL_M) as usize;
            counts[cell].0 += f64::from(u8::from(*has));
            counts[cell].1 += 1.0;
        }
        let share = counts.iter().map(|&(has, all)| if all > 0.0 { has / all } else { 0.0 }).collect();
        Self { origin, n_columns, share }
    }

    pub(super) fn at(&self, position: Coord<f64>) -> f64 {
        if self.n_columns == 0 {
            return self.share[0];
        }
        let column = ((position.x - self.origin.x) / CELL_M).max(0.0) as usize;
        let row = ((position.y - self.origin.y) / CELL_M).max(0.0) as usize;
        if column >= self.n_columns {
            return 0.0;
        }
        self.share.get(row * self.n_columns + column).copied().unwrap_or(0.0)
    }
}
