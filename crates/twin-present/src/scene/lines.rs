//! Supply lines as bands on the ground, nodes and devices as symbols, and the way to find them at a point.
//!
//! # Shape
//! The meshes of supply layers are no surfaces: a window widens them so that they are seen at every distance.
//! - A band has two vertices per point, both on its axis. `normals` is the way to its left edge (mitred, view frame), turned
//!   for the right edge; the highest bit of `features` marks the right edge; alpha is half its drawn width in centimetres.
//! - A symbol has four vertices at its place. `normals` is its corner, x to the right and y up on the screen, and z is 2 plus its
//!   [`Symbol`]; alpha is its size: 255 for stations, 150 for devices, 60 for what there is one of every few metres.
//!
//! Bands are drawn wider than what they stand for, in proportion to the diameter or voltage.

use geo_types::{Coord, Geometry};
use rstar::{PointDistance as _, RTree, primitives::GeomWithData, primitives::Line};
use twin::{Twin, utility::Medium};

use super::{
    FeatureIds, Ground,
    mesh::{Brush, Layer, MeshData, Sheets, left, unit},
    ribbon,
};
use crate::supply::{self, LineView, NodeView, SupplyPart};

/// The bit of a feature that marks the right edge of a band.
const RIGHT: u32 = 1 << 31;
/// Distance of points along a band, metres: it follows the ground.
const STEP_M: f64 = 10.0;

/// Forms of symbols, told apart without their color.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol {
    /// Hydrants, manholes, house stations.
    Disc = 0,
    /// Stations, switches.
    Square = 1,
    /// Pumps, feeds, plants.
    Triangle = 2,
    /// Valves and regulators.
    Diamond = 3,
}

/// Sizes of symbols.
const STATION: u8 = 255;
const DEVICE: u8 = 150;
const SMALL: u8 = 60;

/// Color of a network, sRGB, as plans of lines have it in Germany: water blue, power red, gas yellow, heat violet, sewer brown.
#[must_use]
pub const fn network_color(medium: Medium) -> [u8; 3] {
    match medium {
        Medium::Water => [0, 104, 208],
        Medium::Power => [214, 24, 36],
        Medium::Gas => [244, 186, 0],
        Medium::Heat => [142, 40, 170],
        Medium::Sewer => [122, 74, 32],
        Medium::Telecom => [0, 140, 90],
        Medium::Other => [96, 96, 96],
    }
}

/// Rain water alone is drawn lighter than sewage.
const STORM: [u8; 3] = [172, 126, 78];

/// All supply lines and their symbols, by network and tile.
pub(super) fn sheets(twin: &Twin, ground: &Ground, ids: FeatureIds) -> Sheets {
    let mut sheets = Sheets::default();
    let fed = supply::fed_from_above(twin);
    for medium in supply::NETWORKS {
        for view in (0..supply::n_lines(twin, medium)).filter_map(|row| supply::line(twin, medium, row)) {
            let feature = ids.supply(SupplyPart::Line(medium, view.row));
            let color = if view.kind == "storm" { STORM } else { network_color(medium) };
            let points = ribbon::clean(&view.geometry.0);
            if points.len() >= 2 {
                let mesh = sheets.mesh(Layer::Supply(medium), ground.tile(points[points.len() / 2]));
                band(mesh, ground, &points, half_width_cm(twin, medium, &view), Brush { color, feature });
            }
        }
        // Symbols come after all lines: they lie on top.
        for view in (0..supply::n_lines(twin, medium)).filter_map(|row| supply::line(twin, medium, row)) {
            let part = SupplyPart::Line(medium, view.row);
            if let (Some((symbol, size)), Some(at)) = (symbol_of_line(medium, &view), part.place(twin)) {
                let brush = Brush { color: network_color(medium), feature: ids.supply(part) };
                stamp(sheets.mesh(Layer::Supply(medium), ground.tile(at)), ground, at, symbol, size, brush);
            }
        }
        for view in (0..supply::n_nodes(twin, medium)).filter_map(|row| supply::node(twin, medium, row)) {
            let feeds = medium == Medium::Power && fed.get(view.row).copied().unwrap_or(false);
            if let Some((symbol, size)) = symbol_of_node(twin, medium, &view, feeds) {
                let brush =
                    Brush { color: network_color(medium), feature: ids.supply(SupplyPart::Node(medium, view.row)) };
                let mesh = sheets.mesh(Layer::Supply(medium), ground.tile(view.position));
                stamp(mesh, ground, view.position, symbol, size, brush);
            }
        }
    }
    assets(twin, ground, ids, &mut sheets);
    sheets
}

fn assets(twin: &Twin, ground: &Ground, ids: FeatureIds, sheets: &mut Sheets) {
    for (id, asset) in twin.assets.iter() {
        let brush = Brush { color: network_color(asset.medium), feature: ids.supply(SupplyPart::Asset(id)) };
        match &asset.geometry {
            Geometry::LineString(line) => {
                let points = ribbon::clean(&line.0);
                if points.len() >= 2 {
                    let mesh = sheets.mesh(Layer::Supply(asset.medium), ground.tile(points[points.len() / 2]));
                    band(mesh, ground, &points, 30, brush);
                }
            }
            geometry => {
                if let Some(at) = supply::place_of(geometry).filter(|at| at.x.is_finite() && at.y.is_finite()) {
                    let (symbol, size) = match asset.kind.as_str() {
                        "substation" | "plant" | "transformer" | "water_works" | "wastewater_plant" | "water_tower" => {
                            (Symbol::Square, DEVICE)
                        }
                        _ => (Symbol::Disc, SMALL),
                    };
                    stamp(sheets.mesh(Layer::Supply(asset.medium), ground.tile(at)), ground, at, symbol, size, brush);
                }
            }
        }
    }
}

/// Half the drawn width, centimetres. House connections have 12 and are left out of sight from afar.
fn half_width_cm(twin: &Twin, medium: Medium, view: &LineView<'_>) -> u8 {
    if view.service {
        return 12;
    }
    if medium == Medium::Power {
        let (from, _) = twin.power.ends(twin::Id::new(view.row));
        return if twin.power[from].vn_kv > 1.0 { 45 } else { 22 };
    }
    let diameter_m = view.diameter_m.unwrap_or(0.15).clamp(0.05, 2.0);
    (14.0 + 80.0 * diameter_m).min(110.0) as u8
}

fn symbol_of_line(medium: Medium, view: &LineView<'_>) -> Option<(Symbol, u8)> {
    Some(match (medium, view.kind) {
        (_, "pump" | "circulation_pump" | "compressor") => (Symbol::Triangle, DEVICE),
        (_, "pressure_reducer" | "control_valve" | "pressure_control" | "flow_control") => (Symbol::Diamond, DEVICE),
        (_, "valve") => (Symbol::Diamond, SMALL),
        (_, "transformer") => (Symbol::Square, DEVICE),
        (_, "switch") => (Symbol::Square, SMALL),
        (_, "exchanger" | "consumer") => (Symbol::Disc, SMALL),
        _ => return None,
    })
}

fn symbol_of_node(twin: &Twin, medium: Medium, view: &NodeView<'_>, feeds: bool) -> Option<(Symbol, u8)> {
    Some(match (medium, view.kind) {
        (_, "reservoir" | "tank") => (Symbol::Square, STATION),
        (_, "feed" | "producer") => (Symbol::Triangle, STATION),
        (Medium::Power, _) if feeds => (Symbol::Triangle, STATION),
        (Medium::Power, _) => {
            // The high side of a transformer stands for its station.
            let links = twin.power.incident(twin::Id::new(view.row));
            let busbar = view.name.is_some() && view.building.is_none() && links.len() > 1;
            return busbar.then_some((Symbol::Square, DEVICE));
        }
        (_, "hydrant" | "manhole" | "consumer") => (Symbol::Disc, SMALL),
        (_, "outfall") => (Symbol::Triangle, STATION),
        _ => return None,
    })
}

/// A band along a line.
fn band(mesh: &mut MeshData, ground: &Ground, points: &[Coord<f64>], half_width_cm: u8, brush: Brush) {
    let (dense, _) = ribbon::dense(points, STEP_M);
    let first = mesh.positions.len() as u32;
    let n = dense.len();
    let along = |index: usize| unit(dense[index + 1] - dense[index]).unwrap_or(Coord { x: 1.0, y: 0.0 });
    for (index, &at) in dense.iter().enumerate() {
        let before = along(index.max(1) - 1);
        let after = along(index.min(n - 2));
        let normal = unit(left(before) + left(after)).unwrap_or_else(|| left(before));
        let cosine = (normal.x * left(after).x + normal.y * left(after).y).max(0.5);
        let out = normal / cosine;
        let view = ground.view_from_local(at, ground.height_m(at));
        for (side, bit) in [(1.0, 0), (-1.0, RIGHT)] {
            mesh.vertex(view, [out.x * side, 0.0, -out.y * side], Brush { feature: brush.feature | bit, ..brush });
            if let Some(color) = mesh.colors.last_mut() {
                color[3] = half_width_cm;
            }
        }
    }
    for step in 0..n as u32 - 1 {
        let (a, b) = (first + 2 * step, first + 2 * step + 2);
        mesh.indices.extend([a, a + 1, b + 1, a, b + 1, b]);
    }
}

/// A symbol at a place.
fn stamp(mesh: &mut MeshData, ground: &Ground, at: Coord<f64>, symbol: Symbol, size: u8, brush: Brush) {
    if !at.x.is_finite() || !at.y.is_finite() {
        return;
    }
    let first = mesh.positions.len() as u32;
    let view = ground.view_from_local(at, ground.height_m(at));
    for (x, y) in [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)] {
        mesh.vertex(view, [x, y, 2.0 + f64::from(symbol as u8)], brush);
        if let Some(color) = mesh.colors.last_mut() {
            color[3] = size;
        }
    }
    mesh.indices.extend([first, first + 1, first + 2, first, first + 2, first + 3]);
}

/// A piece of a part of a network.
type Piece = GeomWithData<Line<[f64; 2]>, (Medium, SupplyPart)>;

/// Pieces of supply lines and places of nodes, for "which line is here?".
#[derive(Debug)]
pub struct LineIndex {
    pieces: RTree<Piece>,
}

impl LineIndex {
    /// Indexes all that is drawn of the supply networks.
    pub(super) fn new(twin: &Twin) -> Self {
        let mut pieces = Vec::new();
        let fed = supply::fed_from_above(twin);
        let mut add = |a: Coord<f64>, b: Coord<f64>, medium: Medium, part: SupplyPart| {
            if [a, b].iter().all(|c| c.x.is_finite() && c.y.is_finite()) {
                pieces.push(Piece::new(Line::new([a.x, a.y], [b.x, b.y]), (medium, part)));
            }
        };
        for medium in supply::NETWORKS {
            for view in (0..supply::n_lines(twin, medium)).filter_map(|row| supply::line(twin, medium, row)) {
                let part = SupplyPart::Line(medium, view.row);
                for pair in view.geometry.0.windows(2) {
                    add(pair[0], pair[1], medium, part);
                }
            }
            for view in (0..supply::n_nodes(twin, medium)).filter_map(|row| supply::node(twin, medium, row)) {
                let feeds = medium == Medium::Power && fed.get(view.row).copied().unwrap_or(false);
                if symbol_of_node(twin, medium, &view, feeds).is_some() {
                    add(view.position, view.position, medium, SupplyPart::Node(medium, view.row));
                }
            }
        }
        for (id, asset) in twin.assets.iter() {
            let part = SupplyPart::Asset(id);
            match &asset.geometry {
                Geometry::LineString(line) => {
                    line.0.windows(2).for_each(|pair| add(pair[0], pair[1], asset.medium, part));
                }
                geometry => {
                    if let Some(at) = supply::place_of(geometry) {
                        add(at, at, asset.medium, part);
                    }
                }
            }
        }
        Self { pieces: RTree::bulk_load(pieces) }
    }

    /// The part nearest to a point of the networks that are shown, not further than `within_m`. A symbol wins over the line
    /// beneath it, and a device over the pipe that it joins.
    #[must_use]
    pub fn nearest(
        &self,
        twin: &Twin,
        at: Coord<f64>,
        within_m: f64,
        shown: impl Fn(Medium) -> bool,
    ) -> Option<SupplyPart> {
        let mut best: Option<(f64, SupplyPart)> = None;
        for piece in self.pieces.locate_within_distance([at.x, at.y], within_m * within_m) {
            let (medium, part) = piece.data;
            if !shown(medium) {
                continue;
            }
            let ahead = match part {
                SupplyPart::Line(medium, row) => {
                    supply::line(twin, medium, row).is_some_and(|view| symbol_of_line(medium, &view).is_some())
                }
                SupplyPart::Node(..) => true,
                SupplyPart::Asset(id) => matches!(twin.assets[id].geometry, Geometry::Point(_)),
            };
            let cost = piece.geom().distance_2(&[at.x, at.y]).sqrt() - if ahead { 0.5 * within_m } else { 0.0 };
            if best.is_none_or(|(least, known)| (cost, part) < (least, known)) {
                best = Some((cost, part));
            }
        }
        best.map(|(_, part)| part)
    }
}
