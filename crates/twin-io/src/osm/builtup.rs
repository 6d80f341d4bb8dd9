//! Where towns and villages are built up, for the speed limits of streets without signs.
//!
//! Built up is what lies on residential, commercial, industrial or retail land (and 25 m beside it), where at least twelve
//! buildings stand within about 150 m, and along residential and living streets. Town signs would be better, but few are mapped.

use geo::{Area, BoundingRect};
use geo_types::{Coord, MultiPolygon, Rect};

/// A raster of built-up land.
pub(crate) struct BuiltUp {
    origin: Coord<f64>,
    cell_m: f64,
    n_columns: usize,
    n_rows: usize,
    cells: Vec<bool>,
}

const CELL_M: f64 = 25.0;
const MOST_CELLS: f64 = 1e7;
/// Fine cells along the side of a coarse one, in which buildings are counted.
const COARSE: usize = 4;
const MANY_BUILDINGS: u32 = 12;

/// What shows that land is built up.
pub(crate) struct Evidence<'a> {
    pub(crate) land: Vec<&'a MultiPolygon<f64>>,
    pub(crate) buildings: Vec<&'a MultiPolygon<f64>>,
    pub(crate) streets: Vec<Vec<Coord<f64>>>,
}

impl BuiltUp {
    /// Paints the raster; `None` where there is no evidence at all.
    pub(crate) fn new(evidence: &Evidence<'_>) -> Option<Self> {
        let bounds = bounds(evidence)?;
        let (width_m, height_m) = (bounds.width() + 4.0 * CELL_M, bounds.height() + 4.0 * CELL_M);
        let cell_m = CELL_M.max((width_m * height_m / MOST_CELLS).sqrt());
        let origin = Coord { x: bounds.min().x - 2.0 * CELL_M, y: bounds.min().y - 2.0 * CELL_M };
        let (n_columns, n_rows) = ((width_m / cell_m).ceil() as usize + 1, (height_m / cell_m).ceil() as usize + 1);
        let mut raster = Self { origin, cell_m, n_columns, n_rows, cells: vec![false; n_columns * n_rows] };
        for polygon in &evidence.land {
            raster.fill(polygon);
        }
        for line in &evidence.streets {
            raster.stroke(line);
        }
        raster.dilate();
        raster.add_buildings(&evidence.buildings);
        Some(raster)
    }

    /// Whether most of a line lies in built-up land.
    pub(crate) fn holds(&self, line: &[Coord<f64>]) -> bool {
        let (mut inside, mut all) = (0_u32, 0_u32);
        each_step(line, 15.0, |point| {
            all += 1;
            inside += u32::from(self.cell(point).is_some_and(|cell| self.cells[cell]));
        });
        2 * inside > all
    }

    fn column_row(&self, point: Coord<f64>) -> Option<(usize, usize)> {
        let (x, y) = ((point.x - self.origin.x) / self.cell_m, (point.y - self.origin.y) / self.cell_m);
        let inside = x >= 0.0 && y >= 0.0 && x < self.n_columns as f64 && y < self.n_rows as f64;
        inside.then_some((x as usize, y as usize))
    }

    fn cell(&self, point: Coord<f64>) -> Option<usize> {
        self.column_row(point).map(|(column, row)| row * self.n_columns + column)
    }

    /// Fills the cells whose centers lie in a polygon (even-odd rule).
    fn fill(&mut self, polygon: &MultiPolygon<f64>) {
        let Some(bounds) = polygon.bounding_rect() else { return };
        let row_of = |y: f64| ((y - self.origin.y) / self.cell_m - 0.5).clamp(0.0, self.n_rows as f64);
        let (first, last) = (row_of(bounds.min().y).floor() as usize, row_of(bounds.max().y).ceil() as usize);
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); last.saturating_sub(first) + 1];
        let rings = polygon.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        for line in rings.flat_map(|ring| ring.lines()) {
            let (low, high) = if line.start.y <= line.end.y { (line.start, line.end) } else { (line.end, line.start) };
            for row in row_of(low.y).floor() as usize..=row_of(high.y).ceil() as usize {
                let y = self.origin.y + (row as f64 + 0.5) * self.cell_m;
                if low.y <= y && y < high.y {
                    let x = low.x + (high.x - low.x) * (y - low.y) / (high.y - low.y);
                    if let Some(row) = crossings.get_mut(row - first) {
                        row.push(x);
                    }
                }
            }
        }
        for (row, mut xs) in crossings.into_iter().enumerate() {
            let row = first + row;
            if row >= self.n_rows {
                break;
            }
            xs.sort_by(f64::total_cmp);
            for pair in xs.chunks_exact(2) {
                let column_of = |x: f64| {
                    ((x - self.origin.x) / self.cell_m - 0.5).ceil().clamp(0.0, self.n_columns as f64) as usize
                };
                let (from, to) = (column_of(pair[0]), column_of(pair[1]));
                self.cells[row * self.n_columns + from..row * self.n_columns + to].fill(true);
            }
        }
    }

    fn stroke(&mut self, line: &[Coord<f64>]) {
        each_step(line, self.cell_m / 2.0, |point| {
            if let Some(cell) = self.cell(point) {
                self.cells[cell] = true;
            }
        });
    }

    /// Grows the built-up land by one cell on all sides.
    fn dilate(&mut self) {
        let before = self.cells.clone();
        for row in 0..self.n_rows {
            for column in 0..self.n_columns {
                if before[row * self.n_columns + column] {
                    self.mark(column.saturating_sub(1)..=column + 1, row.saturating_sub(1)..=row + 1);
                }
            }
        }
    }

    fn mark(&mut self, columns: std::ops::RangeInclusive<usize>, rows: std::ops::RangeInclusive<usize>) {
        for row in rows.filter(|row| *row < self.n_rows) {
            for column in columns.clone().filter(|column| *column < self.n_columns) {
                self.cells[row * self.n_columns + column] = true;
            }
        }
    }

    fn add_buildings(&mut self, buildings: &[&MultiPolygon<f64>]) {
        let (columns, rows) = (self.n_columns.div_ceil(COARSE), self.n_rows.div_ceil(COARSE));
        let mut counts = vec![0_u32; columns * rows];
        for building in buildings.iter().filter(|building| building.unsigned_area() >= 40.0) {
            if let Some((column, row)) = building.bounding_rect().and_then(|bounds| self.column_row(bounds.center())) {
                counts[(row / COARSE) * columns + column / COARSE] += 1;
            }
        }
        for row in 0..rows {
            for column in 0..columns {
                if counts[row * columns + column] == 0 {
                    continue;
                }
                let mut near = 0;
                for r in row.saturating_sub(1)..=(row + 1).min(rows - 1) {
                    near += counts
                        [r * columns + column.saturating_sub(1)..=r * columns + (column + 1).min(columns - 1)]
                        .iter()
                        .sum::<u32>();
                }
                if near >= MANY_BUILDINGS {
                    let (c, r) = (column * COARSE, row * COARSE);
                    self.mark(c..=c + COARSE - 1, r..=r + COARSE - 1);
                }
            }
        }
    }
}

/// Calls `visit` along a line, at both ends and at least every `step_m`.
fn each_step(line: &[Coord<f64>], step_m: f64, mut visit: impl FnMut(Coord<f64>)) {
    for pair in line.windows(2) {
        let length_m = (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y);
        let n_steps = (length_m / step_m).ceil().clamp(1.0, 1e6) as u32;
        for step in 0..n_steps {
            let part = (f64::from(step) + 0.5) / f64::from(n_steps);
            visit(Coord {
                x: pair[0].x + (pair[1].x - pair[0].x) * part,
                y: pair[0].y + (pair[1].y - pair[0].y) * part,
            });
        }
    }
}

fn bounds(evidence: &Evidence<'_>) -> Option<Rect<f64>> {
    let polygons = evidence.land.iter().chain(&evidence.buildings).filter_map(|polygon| polygon.bounding_rect());
    let corners = polygons.flat_map(|rect| [rect.min(), rect.max()]);
    let points = corners.chain(evidence.streets.iter().flatten().copied());
    points.map(|point| Rect::new(point, point)).reduce(|a, b| {
        Rect::new(
            Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) },
            Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) },
        )
    })
}

#[cfg(test)]
mod tests {
    use geo_types::{coord, polygon};

    use super::*;

    #[test]
    fn land_is_built_up_and_a_field_beside_it_is_not() {
        let land = MultiPolygon(vec![
            polygon![(x: 0.0, y: 0.0), (x: 500.0, y: 0.0), (x: 500.0, y: 300.0), (x: 0.0, y: 300.0)],
        ]);
        let evidence = Evidence {
            land: vec![&land],
            buildings: Vec::new(),
            streets: vec![vec![coord! { x: 2000.0, y: 0.0 }, coord! { x: 2200.0, y: 0.0 }]],
        };
        let raster = BuiltUp::new(&evidence).expect("evidence");
        assert!(raster.holds(&[coord! { x: 10.0, y: 150.0 }, coord! { x: 490.0, y: 150.0 }]));
        assert!(!raster.holds(&[coord! { x: 600.0, y: 150.0 }, coord! { x: 900.0, y: 150.0 }]));
        assert!(raster.holds(&[coord! { x: 2050.0, y: 5.0 }, coord! { x: 2150.0, y: 5.0 }]));
        assert!(!raster.holds(&[coord! { x: -9000.0, y: 0.0 }, coord! { x: -8000.0, y: 0.0 }]));
    }
}
