//! The town as triangles: what a window or a picture draws, without knowing any window.
//!
//! [`build`] turns a twin into meshes merged by layer and tile, with a feature id at every vertex; [`paint`] turns an outcome into a
//! value per feature, [`legend`] into classes and colors. A new result is new values, never new triangles.
//!
//! # Units and frame
//! The view frame is metres from [`Ground::origin`], x east, y up, z south (north is −z): f64 in the twin, f32 here, about 2 mm at
//! 20 km. Colors are sRGB.
//!
//! # Assumptions, for the picture only
//! Roofs whose form is not in the data are drawn pitched on small compact dwellings ([`SceneOptions::assume_roofs`];
//! [`Scene::n_assumed_roofs`] says how many), flat elsewhere. Trees are scattered over green areas and gardens, they are not mapped
//! ones. A bridge without terrain under it is arched.

mod building;
mod color;
mod consequence;
mod ground;
mod land;
mod lines;
mod mesh;
mod paint;
mod pick;
mod props;
mod ribbon;
mod roof;
mod routes;
mod state;
mod street;
#[cfg(test)]
mod tests;
mod works;

use geo_types::Coord;
use twin::{Id, Twin, area::Area, building::Building, road::RoadLink, utility::Medium};

use crate::supply::{self, SupplyPart};

pub use color::GROUND;
pub use consequence::{Consequence, LONGER_M, consequences, unsupplied};
pub use ground::Ground;
pub use lines::{LineIndex, network_color};
pub use mesh::{Layer, MeshData};
pub use paint::{Bilingual, Class, Legend, Measure, Paint, legend, paint, volume_bands};
pub use pick::{Picked, SectionIndex, along_at, place_along};
pub use props::{Prop, PropKind};
pub use routes::{RouteVolumes, paint_routes, route_bands, routes_legend};
pub use state::{paint_supply, supply_breaks, supply_legend, without_supply};
pub use works::{WorkSite, WorkSites, work_sites};

/// How a scene is built.
#[derive(Clone, Debug, PartialEq)]
pub struct SceneOptions {
    /// Edge of a tile, metres.
    pub tile_m: f64,
    /// Whether roofs of unknown form are drawn pitched where that is likely.
    pub assume_roofs: bool,
    /// At most about this many trees.
    pub max_trees: u32,
}

impl Default for SceneOptions {
    fn default() -> Self {
        Self { tile_m: 400.0, assume_roofs: true, max_trees: 12_000 }
    }
}

/// A town ready to be drawn.
#[derive(Debug)]
pub struct Scene {
    /// The ground and the frame.
    pub ground: Ground,
    /// Meshes by layer, then tile.
    pub tiles: Vec<Tile>,
    /// What each feature id is.
    pub ids: FeatureIds,
    /// Trees and signals.
    pub props: Vec<Prop>,
    /// Finds the street at a point.
    pub sections: SectionIndex,
    /// Finds the supply line or node at a point.
    pub lines: LineIndex,
    /// South-west and north-east corner of the built-up part: where most streets and buildings are.
    pub core: (Coord<f64>, Coord<f64>),
    /// Buildings whose roof's form is assumed.
    pub n_assumed_roofs: u32,
}

/// A merged mesh of one layer in one tile.
#[derive(Clone, Debug, PartialEq)]
pub struct Tile {
    /// Layer.
    pub layer: Layer,
    /// Column from the west and row from the south.
    pub place: (i32, i32),
    /// Triangles.
    pub mesh: MeshData,
}

/// What a feature id stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    /// Nothing that can be asked about.
    Nothing,
    /// A section of street.
    Road(Id<RoadLink>),
    /// A building.
    Building(Id<Building>),
    /// An area of land.
    Area(Id<Area>),
    /// A line or node of a supply network.
    Supply(SupplyPart),
}

/// The numbering of features: 0 is nothing, then all sections, all buildings, all areas, the lines and the nodes of each supply
/// network, mapped assets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeatureIds {
    n_roads: u32,
    n_buildings: u32,
    n_areas: u32,
    /// Lines and nodes of each network of [`Medium::ALL`].
    n_supply: [[u32; 2]; Medium::ALL.len()],
    n_assets: u32,
}

impl FeatureIds {
    /// The numbering for a twin.
    #[must_use]
    pub fn of(twin: &Twin) -> Self {
        let count = |n: usize| u32::try_from(n).expect("because no table has 2^32 rows");
        Self {
            n_roads: count(twin.roads.n_links()),
            n_buildings: count(twin.buildings.len()),
            n_areas: count(twin.areas.len()),
            n_supply: std::array::from_fn(|at| {
                let medium = Medium::ALL[at];
                [supply::n_lines(twin, medium), supply::n_nodes(twin, medium)].map(count)
            }),
            n_assets: count(twin.assets.len()),
        }
    }
    /// Feature id of a section.
    #[must_use]
    pub const fn road(self, id: Id<RoadLink>) -> u32 {
        1 + id.index() as u32
    }
    /// Feature id of a building.
    #[must_use]
    pub const fn building(self, id: Id<Building>) -> u32 {
        1 + self.n_roads + id.index() as u32
    }
    /// Feature id of an area.
    #[must_use]
    pub const fn area(self, id: Id<Area>) -> u32 {
        1 + self.n_roads + self.n_buildings + id.index() as u32
    }
    /// Feature id of a line or node of a supply network, or of a mapped asset.
    #[must_use]
    pub fn supply(self, part: SupplyPart) -> u32 {
        let first = 1 + self.n_roads + self.n_buildings + self.n_areas;
        let before = |at: usize| self.n_supply[..at].iter().flatten().sum::<u32>();
        let place = |medium: Medium| Medium::ALL.iter().position(|known| *known == medium).unwrap_or(0);
        match part {
            SupplyPart::Line(medium, row) => first + before(place(medium)) + row as u32,
            SupplyPart::Node(medium, row) => {
                first + before(place(medium)) + self.n_supply[place(medium)][0] + row as u32
            }
            SupplyPart::Asset(id) => first + before(Medium::ALL.len()) + id.index() as u32,
        }
    }
    /// How many feature ids there are, nothing included.
    #[must_use]
    pub fn n_features(self) -> u32 {
        let supply: u32 = self.n_supply.iter().flatten().sum();
        1 + self.n_roads + self.n_buildings + self.n_areas + supply + self.n_assets
    }
    /// What a feature id stands for.
    #[must_use]
    pub fn feature(self, id: u32) -> Feature {
        let Some(mut row) = id.checked_sub(1) else { return Feature::Nothing };
        if row < self.n_roads {
            return Feature::Road(Id::new(row as usize));
        }
        row -= self.n_roads;
        if row < self.n_buildings {
            return Feature::Building(Id::new(row as usize));
        }
        row -= self.n_buildings;
        if row < self.n_areas {
            return Feature::Area(Id::new(row as usize));
        }
        row -= self.n_areas;
        for (&medium, [n_lines, n_nodes]) in Medium::ALL.iter().zip(self.n_supply) {
            if row < n_lines {
                return Feature::Supply(SupplyPart::Line(medium, row as usize));
            }
            row -= n_lines;
            if row < n_nodes {
                return Feature::Supply(SupplyPart::Node(medium, row as usize));
            }
            row -= n_nodes;
        }
        if row < self.n_assets {
            return Feature::Supply(SupplyPart::Asset(Id::new(row as usize)));
        }
        Feature::Nothing
    }
}

/// Builds the scene of a twin; the same bits for any number of threads.
#[must_use]
pub fn build(twin: &Twin, options: &SceneOptions) -> Scene {
    let wished_m = options.tile_m.clamp(100.0, 2000.0);
    // A region has larger tiles than a town: no more than 64 along each side.
    let (rough, _) = extent(twin, wished_m);
    let tile_m = wished_m.max((rough.1 - rough.0).x / 64.0).max((rough.1 - rough.0).y / 64.0);
    let (bounds, core) = extent(twin, tile_m);
    let ground = Ground::new(twin.terrain.as_ref(), bounds, tile_m);
    let ids = FeatureIds::of(twin);
    let sections = SectionIndex::new(twin);
    let mut sheets = land::ground_sheets(&ground);
    sheets.append(&land::sheets(twin, &ground, ids));
    sheets.append(&street::sheets(twin, &ground, ids));
    let (buildings, n_assumed_roofs) = building::sheets(twin, &ground, ids, options);
    sheets.append(&buildings);
    sheets.append(&lines::sheets(twin, &ground, ids));
    let props = props::place(twin, &ground, &sections, options);
    let tiles = sheets
        .0
        .into_iter()
        .filter(|(_, mesh)| !mesh.is_empty())
        .map(|((layer, column, row), mesh)| Tile { layer, place: (column, row), mesh })
        .collect();
    let lines = LineIndex::new(twin);
    Scene { ground, tiles, ids, props, sections, lines, core, n_assumed_roofs }
}

type Corners = (Coord<f64>, Coord<f64>);

/// The drawn ground, rounded up to whole tiles around all streets and buildings, and the corners between which nine tenths of
/// buildings (or street nodes, where there are none) lie.
fn extent(twin: &Twin, tile_m: f64) -> (Corners, Corners) {
    let finite = |c: &Coord<f64>| c.x.is_finite() && c.y.is_finite();
    let nodes: Vec<_> = twin.roads.nodes().map(|(_, node)| node.position).filter(finite).collect();
    let houses: Vec<_> = twin
        .buildings
        .rows()
        .iter()
        .filter_map(|b| Some(*b.footprint.0.first()?.exterior().0.first()?))
        .filter(finite)
        .collect();
    let all = |pick: fn(&Coord<f64>) -> f64| -> Vec<f64> { nodes.iter().chain(&houses).map(pick).collect() };
    let of = |points: &[Coord<f64>], pick: fn(&Coord<f64>) -> f64| -> Vec<f64> { points.iter().map(pick).collect() };
    let (west, east) = quantiles(all(|c| c.x), 0.0);
    let (south, north) = quantiles(all(|c| c.y), 0.0);
    let dense = if houses.len() >= 20 { &houses } else { &nodes };
    let (core_west, core_east) = quantiles(of(dense, |c| c.x), 0.05);
    let (core_south, core_north) = quantiles(of(dense, |c| c.y), 0.05);
    let margin = 250.0;
    let corner = Coord { x: ((west - margin) / tile_m).floor(), y: ((south - margin) / tile_m).floor() } * tile_m;
    let columns = ((east + margin - corner.x) / tile_m).ceil().max(1.0);
    let rows = ((north + margin - corner.y) / tile_m).ceil().max(1.0);
    let bounds = (corner, corner + Coord { x: columns, y: rows } * tile_m);
    (bounds, (Coord { x: core_west, y: core_south }, Coord { x: core_east, y: core_north }))
}

/// The values below and above which this share of all values lies; 0 and 0 where there is none.
fn quantiles(mut values: Vec<f64>, share: f64) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let Some(last) = values.len().checked_sub(1) else { return (0.0, 0.0) };
    let skip = (share * last as f64) as usize;
    (values[skip], values[last - skip])
}
