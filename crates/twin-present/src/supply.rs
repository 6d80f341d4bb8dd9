//! Supply lines seen alike: every line and node of water, gas, heat, sewer and power with the same few attributes, in words.
//!
//! What the networks have in common (key, course, material, year, cover) is read by one view each, [`LineView`] and
//! [`NodeView`]; what is particular to a kind is told by [`attributes`], and what a run found there by [`results`].

mod told;

use geo_types::{Coord, Geometry, LineString};
use twin::{
    Id, Key, Twin,
    building::Building,
    utility::{Asset, Burial, HeatNodeKind, Medium, PowerBranchKind, PowerUnitKind, WaterLinkKind, WaterNodeKind},
};

pub(crate) use told::shown_time;
pub use told::{attributes, network_name, part_name, results};

/// Metres of water in a bar: 10⁵ Pa by 1000 kg/m³ and 9.80665 m/s².
pub(crate) const M_PER_BAR: f64 = 1e5 / (1000.0 * 9.806_65);

/// The networks that are drawn, in the order in which they are offered.
pub const NETWORKS: [Medium; 5] = [Medium::Water, Medium::Power, Medium::Gas, Medium::Heat, Medium::Sewer];

/// A line or node of a network, or a mapped asset that belongs to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupplyPart {
    /// A line: the row of its network's links.
    Line(Medium, usize),
    /// A node: the row of its network's nodes.
    Node(Medium, usize),
    /// A mapped asset.
    Asset(Id<Asset>),
}

impl SupplyPart {
    /// The network that it belongs to.
    #[must_use]
    pub fn medium(self, twin: &Twin) -> Medium {
        match self {
            Self::Line(medium, _) | Self::Node(medium, _) => medium,
            Self::Asset(id) => twin.assets[id].medium,
        }
    }

    /// Its key.
    #[must_use]
    pub fn key(self, twin: &Twin) -> Option<&Key> {
        match self {
            Self::Line(medium, row) => line(twin, medium, row).map(|line| line.key),
            Self::Node(medium, row) => node(twin, medium, row).map(|node| node.key),
            Self::Asset(id) => twin.assets.get(id).map(|asset| &asset.key),
        }
    }

    /// The part of this key; nothing where the twin has none. Of parts with the same key, a line before a node, and a node
    /// before an asset.
    #[must_use]
    pub fn of_key(twin: &Twin, key: &Key) -> Option<Self> {
        let lines = NETWORKS.iter().flat_map(|&medium| {
            let rows = 0..n_lines(twin, medium);
            rows.filter_map(move |row| line(twin, medium, row))
                .map(move |line| (line.key, Self::Line(medium, line.row)))
        });
        let nodes = NETWORKS.iter().flat_map(|&medium| {
            let rows = 0..n_nodes(twin, medium);
            rows.filter_map(move |row| node(twin, medium, row))
                .map(move |node| (node.key, Self::Node(medium, node.row)))
        });
        let assets = twin.assets.iter().map(|(id, asset)| (&asset.key, Self::Asset(id)));
        lines.chain(nodes).chain(assets).find(|(known, _)| *known == key).map(|(_, part)| part)
    }

    /// Where it is: the middle of a line, the place of a node.
    #[must_use]
    pub fn place(self, twin: &Twin) -> Option<Coord<f64>> {
        match self {
            Self::Line(medium, row) => middle(&line(twin, medium, row)?.geometry.0),
            Self::Node(medium, row) => Some(node(twin, medium, row)?.position),
            Self::Asset(id) => place_of(&twin.assets.get(id)?.geometry),
        }
    }
}

/// A place of a geometry: a point, the middle of a line, a corner of an area.
pub(crate) fn place_of(geometry: &Geometry<f64>) -> Option<Coord<f64>> {
    match geometry {
        Geometry::Point(point) => Some(point.0),
        Geometry::LineString(line) => middle(&line.0),
        Geometry::Polygon(polygon) => polygon.exterior().0.first().copied(),
        Geometry::MultiPolygon(polygons) => polygons.0.first()?.exterior().0.first().copied(),
        _ => None,
    }
}

/// The point halfway along a line.
fn middle(points: &[Coord<f64>]) -> Option<Coord<f64>> {
    let length = |pair: &[Coord<f64>]| (pair[1].x - pair[0].x).hypot(pair[1].y - pair[0].y);
    let mut rest = points.windows(2).map(length).sum::<f64>() / 2.0;
    for pair in points.windows(2) {
        let step = length(pair);
        if rest <= step && step > 0.0 {
            return Some(pair[0] + (pair[1] - pair[0]) * (rest / step));
        }
        rest -= step;
    }
    points.first().copied()
}

/// What all lines have in common.
#[derive(Clone, Copy, Debug)]
pub struct LineView<'a> {
    /// Its row.
    pub row: usize,
    /// Key.
    pub key: &'a Key,
    /// Name.
    pub name: Option<&'a str>,
    /// What it is, as its word is called: `pipe`, `pump`, `transformer`.
    pub kind: &'static str,
    /// Its course.
    pub geometry: &'a LineString<f64>,
    /// Material, year, cover.
    pub burial: &'a Burial,
    /// Inner diameter, metres, where it has one.
    pub diameter_m: Option<f64>,
    /// Whether it is in use as the data has it: open, running, closed switch.
    pub in_use: bool,
    /// Whether it leads to a building: a house connection.
    pub service: bool,
}

impl LineView<'_> {
    /// Whether it is a pump, valve, regulator, transformer or switch: a place rather than a line.
    #[must_use]
    pub fn is_device(&self) -> bool {
        !matches!(
            self.kind,
            "pipe" | "pipe_pair" | "line" | "overhead_line" | "impedance" | "combined" | "sanitary" | "storm"
        )
    }
}

/// What all nodes have in common.
#[derive(Clone, Copy, Debug)]
pub struct NodeView<'a> {
    /// Its row.
    pub row: usize,
    /// Key.
    pub key: &'a Key,
    /// Name.
    pub name: Option<&'a str>,
    /// What it is, as its word is called: `junction`, `hydrant`, `tank`.
    pub kind: &'static str,
    /// Where it is.
    pub position: Coord<f64>,
    /// The building that it supplies.
    pub building: Option<Id<Building>>,
}

/// The number of lines of a network; 0 for what is no network.
#[must_use]
pub fn n_lines(twin: &Twin, medium: Medium) -> usize {
    match medium {
        Medium::Water => twin.water.n_links(),
        Medium::Gas => twin.gas.n_links(),
        Medium::Heat => twin.heat.n_links(),
        Medium::Sewer => twin.sewer.n_links(),
        Medium::Power => twin.power.n_links(),
        Medium::Telecom | Medium::Other => 0,
    }
}

/// The number of nodes of a network; 0 for what is no network.
#[must_use]
pub fn n_nodes(twin: &Twin, medium: Medium) -> usize {
    match medium {
        Medium::Water => twin.water.n_nodes(),
        Medium::Gas => twin.gas.n_nodes(),
        Medium::Heat => twin.heat.n_nodes(),
        Medium::Sewer => twin.sewer.n_nodes(),
        Medium::Power => twin.power.n_nodes(),
        Medium::Telecom | Medium::Other => 0,
    }
}

/// A line by its row.
#[must_use]
pub fn line(twin: &Twin, medium: Medium, row: usize) -> Option<LineView<'_>> {
    match medium {
        Medium::Water => {
            let link = twin.water.get_link(Id::new(row))?;
            let (kind, diameter_m, in_use) = match link.kind {
                WaterLinkKind::Pipe { diameter_m, open, .. } => ("pipe", Some(diameter_m), open),
                WaterLinkKind::Pump { on, .. } => ("pump", None, on),
                WaterLinkKind::Valve { diameter_m, open } => ("valve", Some(diameter_m), open),
                WaterLinkKind::PressureReducer { diameter_m, .. } => ("pressure_reducer", Some(diameter_m), true),
                WaterLinkKind::ControlValve { diameter_m, .. } => ("control_valve", Some(diameter_m), true),
            };
            let (from, to) = twin.water.ends(Id::new(row));
            let ends = [twin.water[from].building, twin.water[to].building];
            Some(pipe(row, (&link.key, &link.geometry, &link.burial), (kind, diameter_m, in_use), ends))
        }
        Medium::Gas => {
            let link = twin.gas.get_link(Id::new(row))?;
            let (from, to) = twin.gas.ends(Id::new(row));
            let ends = [twin.gas[from].building, twin.gas[to].building];
            let kind = (link.kind.name(), link.kind.diameter_m(), link.kind.is_open());
            Some(pipe(row, (&link.key, &link.geometry, &link.burial), kind, ends))
        }
        Medium::Heat => {
            let link = twin.heat.get_link(Id::new(row))?;
            let (from, to) = twin.heat.ends(Id::new(row));
            let ends = [twin.heat[from].building, twin.heat[to].building];
            let kind = (link.kind.name(), link.kind.diameter_m(), link.kind.is_open());
            Some(pipe(row, (&link.key, &link.geometry, &link.burial), kind, ends))
        }
        Medium::Sewer => {
            let pipe = twin.sewer.get_link(Id::new(row))?;
            Some(LineView {
                row,
                key: &pipe.key,
                name: None,
                kind: pipe.kind.name(),
                geometry: &pipe.geometry,
                burial: &pipe.burial,
                diameter_m: Some(pipe.diameter_m),
                in_use: true,
                service: false,
            })
        }
        Medium::Power => {
            let branch = twin.power.get_link(Id::new(row))?;
            let kind = match branch.kind {
                PowerBranchKind::Line { overhead: true, .. } => "overhead_line",
                PowerBranchKind::Line { .. } => "line",
                PowerBranchKind::Transformer { .. } => "transformer",
                PowerBranchKind::Impedance { .. } => "impedance",
                PowerBranchKind::Switch { .. } => "switch",
            };
            let (from, to) = twin.power.ends(Id::new(row));
            Some(LineView {
                row,
                key: &branch.key,
                name: branch.name.as_deref(),
                kind,
                geometry: &branch.geometry,
                burial: &branch.burial,
                diameter_m: None,
                in_use: branch.kind.is_in_service(),
                service: twin.power[from].building.is_some() || twin.power[to].building.is_some(),
            })
        }
        Medium::Telecom | Medium::Other => None,
    }
}

/// A line of water, gas or heat: its key, course and burial; what it is, how wide, whether in use; the buildings at its ends.
fn pipe<'a>(
    row: usize,
    (key, geometry, burial): (&'a Key, &'a LineString<f64>, &'a Burial),
    (kind, diameter_m, in_use): (&'static str, Option<f64>, bool),
    ends: [Option<Id<Building>>; 2],
) -> LineView<'a> {
    let service = ends.iter().any(Option::is_some);
    LineView { row, key, name: None, kind, geometry, burial, diameter_m, in_use, service }
}

/// A node by its row.
#[must_use]
pub fn node(twin: &Twin, medium: Medium, row: usize) -> Option<NodeView<'_>> {
    match medium {
        Medium::Water => {
            let node = twin.water.get_node(Id::new(row))?;
            let kind = match node.kind {
                WaterNodeKind::Junction { .. } => "junction",
                WaterNodeKind::Hydrant => "hydrant",
                WaterNodeKind::Reservoir { .. } => "reservoir",
                WaterNodeKind::Tank { .. } => "tank",
            };
            let (position, building) = (node.position, node.building);
            Some(NodeView { row, key: &node.key, name: None, kind, position, building })
        }
        Medium::Gas => {
            let node = twin.gas.get_node(Id::new(row))?;
            let kind = if node.feed_pressure_bar.is_some() { "feed" } else { "junction" };
            let (position, building) = (node.position, node.building);
            Some(NodeView { row, key: &node.key, name: None, kind, position, building })
        }
        Medium::Heat => {
            let node = twin.heat.get_node(Id::new(row))?;
            let kind = match node.kind {
                HeatNodeKind::Producer { .. } => "producer",
                HeatNodeKind::Consumer { .. } => "consumer",
                HeatNodeKind::Junction if node.feed_pressure_bar.is_some() => "producer",
                HeatNodeKind::Junction => "junction",
            };
            let (position, building) = (node.position, node.building);
            Some(NodeView { row, key: &node.key, name: None, kind, position, building })
        }
        Medium::Sewer => {
            let manhole = twin.sewer.get_node(Id::new(row))?;
            let kind = if manhole.outfall { "outfall" } else { "manhole" };
            Some(NodeView { row, key: &manhole.key, name: None, kind, position: manhole.position, building: None })
        }
        Medium::Power => {
            let bus = twin.power.get_node(Id::new(row))?;
            let kind = if bus.slack_vm_pu.is_some() { "feed" } else { "bus" };
            let (name, position, building) = (bus.name.as_deref(), bus.position, bus.building);
            Some(NodeView { row, key: &bus.key, name, kind, position, building })
        }
        Medium::Telecom | Medium::Other => None,
    }
}

/// Whether grids above feed at a bus through a unit of their own.
pub(crate) fn fed_from_above(twin: &Twin) -> Vec<bool> {
    let mut fed = vec![false; twin.power.n_nodes()];
    for unit in twin.power_units.rows() {
        if matches!(unit.kind, PowerUnitKind::ExternalGrid { .. }) {
            fed[unit.bus.index()] = true;
        }
    }
    fed
}

#[cfg(test)]
mod tests;
