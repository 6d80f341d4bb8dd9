//! The twin itself, the sources of its data, and the heights of its ground.

use jiff::civil::Date;

use crate::{
    Crs, Table,
    area::{Area, GroundLine},
    building::{Address, Building, Place},
    demand::Demand,
    road::{RoadNetwork, TurnRestriction},
    transit::{BusRoute, BusStop},
    utility::{
        Asset, GasNetwork, HeatNetwork, Medium, Operation, PowerEndSwitch, PowerNetwork, PowerUnit, SewerNetwork,
        WaterNetwork,
    },
    water::WaterOperation,
};

/// A town: everything that was loaded, in one projected coordinate system. Built at a door, never changed afterwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Twin {
    /// Name of the town.
    pub name: String,
    /// Reference system of all coordinates.
    pub crs: Crs,
    /// Where the data came from.
    pub sources: Vec<Source>,
    /// Streets.
    pub roads: RoadNetwork,
    /// Turn restrictions.
    pub restrictions: Vec<TurnRestriction>,
    /// Demand from a file; computed from buildings and border roads where absent.
    pub demand: Option<Demand>,
    /// Buildings.
    pub buildings: Table<Building>,
    /// Addresses.
    pub addresses: Table<Address>,
    /// Places to reach.
    pub places: Table<Place>,
    /// Land use and cover.
    pub areas: Table<Area>,
    /// Streams and railways.
    pub ground_lines: Table<GroundLine>,
    /// Bus stops.
    pub bus_stops: Table<BusStop>,
    /// Bus lines.
    pub bus_routes: Table<BusRoute>,
    /// Heights of the ground.
    pub terrain: Option<Terrain>,
    /// Drinking water.
    pub water: WaterNetwork,
    /// How the water network is run: patterns, curves, controls, options.
    pub water_operation: WaterOperation,
    /// Gas.
    pub gas: GasNetwork,
    /// District heat.
    pub heat: HeatNetwork,
    /// How the gas and heat networks are run: one per network at most, defaults where nothing is said.
    pub operations: Table<Operation>,
    /// Sewers.
    pub sewer: SewerNetwork,
    /// Electricity.
    pub power: PowerNetwork,
    /// Loads, generators and feeds of the power network.
    pub power_units: Table<PowerUnit>,
    /// Switches at the ends of lines and transformers.
    pub power_end_switches: Table<PowerEndSwitch>,
    /// Mapped assets of supply that belong to no modelled network.
    pub assets: Table<Asset>,
}

impl Twin {
    /// A town with nothing in it.
    #[must_use]
    pub fn empty(name: impl Into<String>, crs: Crs) -> Self {
        Self {
            name: name.into(),
            crs,
            sources: Vec::new(),
            roads: RoadNetwork::new(),
            restrictions: Vec::new(),
            demand: None,
            buildings: Table::new(),
            addresses: Table::new(),
            places: Table::new(),
            areas: Table::new(),
            ground_lines: Table::new(),
            bus_stops: Table::new(),
            bus_routes: Table::new(),
            terrain: None,
            water: WaterNetwork::new(),
            water_operation: WaterOperation::default(),
            gas: GasNetwork::new(),
            heat: HeatNetwork::new(),
            operations: Table::new(),
            sewer: SewerNetwork::new(),
            power: PowerNetwork::new(),
            power_units: Table::new(),
            power_end_switches: Table::new(),
            assets: Table::new(),
        }
    }
}

impl Twin {
    /// How its gas or heat network is run.
    #[must_use]
    pub fn operation(&self, medium: Medium) -> Operation {
        let given = self.operations.rows().iter().find(|operation| operation.medium == medium).cloned();
        given.unwrap_or_else(|| if medium == Medium::Gas { Operation::gas() } else { Operation::heat() })
    }
}

/// Where data came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// File name without folders, or `Musterstadt`.
    pub name: String,
    /// Format: `OpenStreetMap PBF`, `TNTP`, `generated`.
    pub format: String,
    /// Licence: `ODbL 1.0`.
    pub licence: Option<String>,
    /// What must be shown beside every picture: `© OpenStreetMap contributors`.
    pub attribution: Option<String>,
    /// Date of the data, where the file tells.
    pub date: Option<Date>,
    /// Hash of the file's bytes or of the generator's parameters, hexadecimal.
    pub hash: Option<String>,
}

/// Heights of the ground on a square grid.
#[derive(Clone, Debug, PartialEq)]
pub struct Terrain {
    /// South-west post in the twin's CRS, metres.
    pub origin: geo_types::Coord<f64>,
    /// Distance of the posts, metres.
    pub cell_m: f64,
    /// Posts from west to east.
    pub n_columns: u32,
    /// Posts from south to north.
    pub n_rows: u32,
    /// Heights, metres, row by row from the south, each from the west.
    pub height_m: Vec<f32>,
}

impl Terrain {
    /// Height at a position, bilinear, clamped to the edge of the grid; nothing where the grid is empty.
    #[must_use]
    pub fn height_at(&self, position: geo_types::Coord<f64>) -> Option<f64> {
        let (columns, rows) = (self.n_columns as usize, self.n_rows as usize);
        if columns == 0 || rows == 0 || self.height_m.len() != columns * rows {
            return None;
        }
        let x = ((position.x - self.origin.x) / self.cell_m).clamp(0.0, (columns - 1) as f64);
        let y = ((position.y - self.origin.y) / self.cell_m).clamp(0.0, (rows - 1) as f64);
        let (column, row) = (x.floor() as usize, y.floor() as usize);
        let (east, north) = ((column + 1).min(columns - 1), (row + 1).min(rows - 1));
        let (fx, fy) = (x - column as f64, y - row as f64);
        let at = |column: usize, row: usize| f64::from(self.height_m[row * columns + column]);
        let south_m = at(column, row) * (1.0 - fx) + at(east, row) * fx;
        let north_m = at(column, north) * (1.0 - fx) + at(east, north) * fx;
        Some(south_m * (1.0 - fy) + north_m * fy)
    }
}

#[cfg(test)]
mod tests {
    use geo_types::coord;

    use super::*;

    #[test]
    fn terrain_is_bilinear_and_clamped() {
        let terrain = Terrain {
            origin: coord! { x: 100.0, y: 200.0 },
            cell_m: 10.0,
            n_columns: 2,
            n_rows: 2,
            height_m: vec![0.0, 10.0, 20.0, 30.0],
        };
        assert_eq!(terrain.height_at(coord! { x: 105.0, y: 205.0 }), Some(15.0));
        assert_eq!(terrain.height_at(coord! { x: 0.0, y: 0.0 }), Some(0.0));
        assert_eq!(terrain.height_at(coord! { x: 999.0, y: 999.0 }), Some(30.0));
    }
}
