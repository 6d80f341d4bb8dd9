//! The ground: heights on a square grid of triangles, and everything that lies on it draped exactly over them.
//!
//! Each cell is two triangles, parted from its south-west to its north-east corner. Without terrain the ground is one plane.

use geo_types::Coord;
use twin::Terrain;

use super::mesh::{Brush, MeshData, split};

/// Heights of the drawn ground, and the way from the twin's coordinates into the view frame.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The point of the twin's CRS that is x = z = 0.
    pub origin: Coord<f64>,
    /// The height that is y = 0, metres.
    pub origin_height_m: f64,
    /// South-west and north-east corner of the drawn ground.
    pub bounds: (Coord<f64>, Coord<f64>),
    /// Edge of a tile, metres.
    pub tile_m: f64,
    grid: Option<Grid>,
}

#[derive(Clone, Debug)]
struct Grid {
    cell_m: f64,
    n_columns: i64,
    n_rows: i64,
    height_m: Vec<f32>,
}

impl Ground {
    /// Ground over `bounds`, tiles of about `tile_m`; heights from `terrain` sampled no finer than 10 m and no more than about a
    /// million posts.
    pub(super) fn new(terrain: Option<&Terrain>, bounds: (Coord<f64>, Coord<f64>), tile_m: f64) -> Self {
        let origin = Coord {
            x: (bounds.0.x / 2.0 + bounds.1.x / 2.0).round(),
            y: (bounds.0.y / 2.0 + bounds.1.y / 2.0).round(),
        };
        let span = bounds.1 - bounds.0;
        let sampled = terrain.filter(|t| t.height_at(origin).is_some()).map(|terrain| {
            let cells_per_tile =
                (tile_m / terrain.cell_m.max(10.0).max((span.x * span.y / 1e6).sqrt())).round().max(1.0);
            let cell_m = tile_m / cells_per_tile;
            let (n_columns, n_rows) = ((span.x / cell_m).ceil() as i64 + 1, (span.y / cell_m).ceil() as i64 + 1);
            let at = |index: i64| {
                let post = Coord { x: (index % n_columns) as f64, y: (index / n_columns) as f64 } * cell_m;
                terrain.height_at(bounds.0 + post).unwrap_or(0.0) as f32
            };
            Grid { cell_m, n_columns, n_rows, height_m: (0..n_columns * n_rows).map(at).collect() }
        });
        let mut ground = Self { origin, origin_height_m: 0.0, bounds, tile_m, grid: sampled };
        ground.origin_height_m = ground.height_m(origin);
        ground
    }

    /// Height of the drawn ground, metres.
    #[must_use]
    pub fn height_m(&self, at: Coord<f64>) -> f64 {
        let Some(grid) = &self.grid else { return 0.0 };
        let x = ((at.x - self.bounds.0.x) / grid.cell_m).clamp(0.0, (grid.n_columns - 1) as f64);
        let y = ((at.y - self.bounds.0.y) / grid.cell_m).clamp(0.0, (grid.n_rows - 1) as f64);
        let (column, row) = ((x as i64).min(grid.n_columns - 2).max(0), (y as i64).min(grid.n_rows - 2).max(0));
        let (fx, fy) = (x - column as f64, y - row as f64);
        let post = |c: i64, r: i64| {
            f64::from(grid.height_m[(r.min(grid.n_rows - 1) * grid.n_columns + c.min(grid.n_columns - 1)) as usize])
        };
        let (south_west, north_east) = (post(column, row), post(column + 1, row + 1));
        if fx >= fy {
            let south_east = post(column + 1, row);
            south_west + fx * (south_east - south_west) + fy * (north_east - south_east)
        } else {
            let north_west = post(column, row + 1);
            south_west + fy * (north_west - south_west) + fx * (north_east - north_west)
        }
    }

    /// The position in the view frame, `lift_m` above height `height_m`.
    #[must_use]
    pub fn view_from_local(&self, at: Coord<f64>, height_m: f64) -> [f64; 3] {
        [at.x - self.origin.x, height_m - self.origin_height_m, self.origin.y - at.y]
    }

    /// The point of the twin's CRS beneath a position in the view frame.
    #[must_use]
    pub fn local_from_view(&self, view: [f32; 3]) -> Coord<f64> {
        Coord { x: self.origin.x + f64::from(view[0]), y: self.origin.y - f64::from(view[2]) }
    }

    /// Where a ray (view frame) meets the ground; marches in steps that shrink near it.
    ///
    /// Returns none where the ray misses the ground within 100 km.
    #[must_use]
    pub fn hit(&self, start: [f32; 3], direction: [f32; 3]) -> Option<Coord<f64>> {
        let [dx, dy, dz] = direction.map(f64::from);
        let start = start.map(f64::from);
        let above = |t: f64| {
            let at = [start[0] + dx * t, start[1] + dy * t, start[2] + dz * t];
            let local = Coord { x: self.origin.x + at[0], y: self.origin.y - at[2] };
            (at[1] + self.origin_height_m - self.height_m(local), local)
        };
        let (mut t, mut last) = (0.0, 0.0);
        while t < 100_000.0 {
            let (gap, local) = above(t);
            if gap <= 0.01 {
                let (mut low, mut high) = (last, t);
                for _ in 0..30 {
                    let middle = f64::midpoint(low, high);
                    if above(middle).0 > 0.0 { low = middle } else { high = middle }
                }
                return Some(if t == 0.0 { local } else { above(high).1 });
            }
            last = t;
            // Flat ground: go straight to it. Terrain: never overshoot a slope of 1:1 by more than a cell.
            t += if self.grid.is_none() {
                if dy >= -1e-9 {
                    return None;
                }
                gap / -dy
            } else {
                (gap * 0.5).max(1.0)
            };
        }
        None
    }

    /// The tile of a point, column from the west, row from the south.
    pub(super) fn tile(&self, at: Coord<f64>) -> (i32, i32) {
        let tile = (at - self.bounds.0) / self.tile_m;
        (tile.x.floor() as i32, tile.y.floor() as i32)
    }

    /// Normal of the ground in the view frame.
    pub(super) fn normal(&self, at: Coord<f64>) -> [f64; 3] {
        let Some(grid) = &self.grid else { return [0.0, 1.0, 0.0] };
        let step = grid.cell_m;
        let east = self.height_m(at + Coord { x: step, y: 0.0 }) - self.height_m(at - Coord { x: step, y: 0.0 });
        let north = self.height_m(at + Coord { x: 0.0, y: step }) - self.height_m(at - Coord { x: 0.0, y: step });
        normalized([-east, 2.0 * step, north])
    }

    /// Parts a convex polygon so that each part lies in one triangle of the ground; on a plane the polygon itself.
    pub(super) fn parts(&self, polygon: Vec<Coord<f64>>) -> Vec<Vec<Coord<f64>>> {
        let Some(grid) = &self.grid else { return vec![polygon] };
        let cells = slices(vec![polygon], self.bounds.0, grid.cell_m);
        let mut parts = Vec::with_capacity(cells.len() * 2);
        for cell in cells {
            let middle = mean(&cell);
            let corner = (middle - self.bounds.0) / grid.cell_m;
            let south_west = self.bounds.0 + Coord { x: corner.x.floor(), y: corner.y.floor() } * grid.cell_m;
            parts.extend(split(vec![cell], |c| (c.x - south_west.x) - (c.y - south_west.y)));
        }
        parts
    }

    /// Parts convex polygons along the borders of the tiles.
    pub(super) fn tiles(&self, polygon: Vec<Coord<f64>>) -> Vec<Vec<Coord<f64>>> {
        slices(vec![polygon], self.bounds.0, self.tile_m)
    }

    /// Lays a convex polygon (counter-clockwise) on the ground, `lift_m` above it.
    pub(super) fn lay(&self, mesh: &mut MeshData, polygon: Vec<Coord<f64>>, lift_m: f64, paint: Brush) {
        for part in self.parts(polygon) {
            if part.len() < 3 {
                continue;
            }
            let first = mesh.positions.len() as u32;
            for corner in &part {
                let view = self.view_from_local(*corner, self.height_m(*corner) + lift_m);
                mesh.vertex(view, self.normal(*corner), paint);
            }
            for step in 2..part.len() as u32 {
                mesh.indices.extend([first, first + step - 1, first + step]);
            }
        }
    }

    /// Edge of the cells in which the ground is drawn, metres: a cell of the terrain, or a tile.
    pub(super) fn cell_m(&self) -> f64 {
        self.grid.as_ref().map_or(self.tile_m, |grid| grid.cell_m)
    }
}

/// Parts convex polygons along all lines of a square lattice.
fn slices(polygons: Vec<Vec<Coord<f64>>>, origin: Coord<f64>, step: f64) -> Vec<Vec<Coord<f64>>> {
    let columns = cut(polygons, |c| (c.x - origin.x) / step);
    cut(columns, |c| (c.y - origin.y) / step)
}

/// Parts convex polygons wherever the affine `lattice` is a whole number.
fn cut(polygons: Vec<Vec<Coord<f64>>>, lattice: impl Fn(Coord<f64>) -> f64 + Copy) -> Vec<Vec<Coord<f64>>> {
    let mut out = Vec::with_capacity(polygons.len());
    for polygon in polygons {
        let (low, high) = polygon
            .iter()
            .map(|c| lattice(*c))
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        let mut rest = polygon;
        let mut line = low.floor() + 1.0;
        while line < high - 1e-9 {
            let below = super::mesh::clip(&rest, |c| line - lattice(c));
            rest = super::mesh::clip(&rest, |c| lattice(c) - line);
            if below.len() >= 3 {
                out.push(below);
            }
            line += 1.0;
        }
        if rest.len() >= 3 {
            out.push(rest);
        }
    }
    out
}

/// Mean of the corners.
pub(super) fn mean(corners: &[Coord<f64>]) -> Coord<f64> {
    corners.iter().fold(Coord { x: 0.0, y: 0.0 }, |sum, corner| sum + *corner) / corners.len().max(1) as f64
}

/// The vector at length one; up where it has none.
pub(super) fn normalized(v: [f64; 3]) -> [f64; 3] {
    let length = (v[0] * v[0] + v[1] * v[1] + v[2] * v[2]).sqrt();
    if length > 1e-12 { v.map(|value| value / length) } else { [0.0, 1.0, 0.0] }
}

#[cfg(test)]
mod tests {
    use geo_types::coord;

    use super::*;

    fn hill() -> Ground {
        let terrain = Terrain {
            origin: coord! { x: 0.0, y: 0.0 },
            cell_m: 10.0,
            n_columns: 11,
            n_rows: 11,
            height_m: (0..121).map(|i| 100.0 + ((i % 11) as f32 - 5.0).abs() * 2.0).collect(),
        };
        Ground::new(Some(&terrain), (coord! { x: 0.0, y: 0.0 }, coord! { x: 100.0, y: 100.0 }), 50.0)
    }

    #[test]
    fn what_is_laid_on_a_hill_touches_it_everywhere() {
        let ground = hill();
        let mut mesh = MeshData::default();
        let square = vec![
            coord! { x: 13.0, y: 12.0 },
            coord! { x: 88.0, y: 17.0 },
            coord! { x: 80.0, y: 77.0 },
            coord! { x: 11.0, y: 70.0 },
        ];
        ground.lay(&mut mesh, square, 0.5, Brush { color: [0; 3], feature: 0 });
        for triangle in mesh.indices.chunks_exact(3) {
            let middle: [f32; 3] = std::array::from_fn(|axis| {
                triangle.iter().map(|i| mesh.positions[*i as usize][axis]).sum::<f32>() / 3.0
            });
            let height = ground.height_m(ground.local_from_view(middle)) - ground.origin_height_m;
            assert!((f64::from(middle[1]) - height - 0.5).abs() < 1e-3, "{middle:?}: {height}");
        }
    }

    #[test]
    fn a_ray_meets_the_ground_where_it_points() {
        for ground in [hill(), Ground::new(None, (coord! { x: 0.0, y: 0.0 }, coord! { x: 100.0, y: 100.0 }), 50.0)] {
            let target = coord! { x: 70.0, y: 40.0 };
            let aim = ground.view_from_local(target, ground.height_m(target));
            let start = [200.0_f64, 300.0, 100.0];
            let direction = normalized(std::array::from_fn(|axis| aim[axis] - start[axis]));
            let hit = ground.hit(start.map(|v| v as f32), direction.map(|v| v as f32)).expect("the ray points down");
            assert!((hit.x - target.x).abs() < 0.1 && (hit.y - target.y).abs() < 0.1, "{hit:?}");
        }
    }
}
