//! Writing a twin.

use std::{collections::BTreeMap, path::Path};

use rusqlite::types::Value;
use twin::{
    Findings, Id, Network, Terrain, Twin,
    demand::Demand,
    geo_types::LineString,
    utility::{GasLinkKind, HeatLinkKind, PowerBranchKind, WaterLinkKind},
};

use super::{
    FORMAT_VERSION, GAS_LINKS, HEAT_LINKS, POWER_BRANCHES, WATER_LINKS, belongs,
    blob::multi_line_string,
    column::{Cell as _, Column, Field, GEOMETRY_COLUMN, columns_of, fid},
    link_columns,
    package::{Layer, Package},
    record::Tagged,
    style,
};
use crate::atomic;

/// Writes a twin as one GeoPackage file, whole or not at all: it is built under a temporary name in the same folder and
/// renamed when it is complete, and a file of that name stays as it was until then.
///
/// # Errors
/// The folder is missing or read-only, the disk is full, or the twin holds what a file cannot (a number that is not
/// finite, a reference to nothing).
pub fn write_twin(twin: &Twin, path: &Path) -> Result<(), Findings> {
    atomic::write_file(path, |temporary| {
        let mut package = Package::create(temporary, path, &twin.crs, &last_change(twin))?;
        fill(twin, &mut package)?;
        package.finish()
    })
}

/// Date of the newest source as GeoPackage writes it; a fixed date where none is known.
pub(crate) fn last_change(twin: &Twin) -> String {
    let date = twin.sources.iter().filter_map(|source| source.date).max();
    format!("{}T00:00:00.000Z", date.map_or_else(|| "1970-01-01".to_owned(), |date| date.to_string()))
}

/// The table of sources.
pub(crate) fn write_sources(twin: &Twin, package: &mut Package<'_>) -> Result<(), Findings> {
    table(package, "source", "Sources and licences", &twin.sources)
}

/// All layers of a twin, those that others refer to first.
pub(super) fn fill(twin: &Twin, package: &mut Package<'_>) -> Result<(), Findings> {
    package.sizes = BTreeMap::from([
        ("road_node", twin.roads.n_nodes()),
        ("road_link", twin.roads.n_links()),
        ("building", twin.buildings.len()),
        ("bus_stop", twin.bus_stops.len()),
        ("power_bus", twin.power.n_nodes()),
        ("power_branch", twin.power.n_links()),
    ]);
    write_about(twin, package)?;
    write_sources(twin, package)?;
    table(package, "area", "Land use and cover", twin.areas.rows())?;
    table(package, "ground_line", "Waterways and railways", twin.ground_lines.rows())?;
    table(package, "building", "Buildings", twin.buildings.rows())?;
    network(package, ["road_node", "Junctions", "road_link", "Streets"], &twin.roads)?;
    table(package, "turn_restriction", "Turn restrictions", &twin.restrictions)?;
    table(package, "address", "Addresses", twin.addresses.rows())?;
    table(package, "place", "Places", twin.places.rows())?;
    table(package, "bus_stop", "Bus stops", twin.bus_stops.rows())?;
    write_bus_routes(twin, package)?;
    let no_demand = Demand::default();
    write_demand(twin.demand.as_ref().unwrap_or(&no_demand), package)?;
    write_terrain(twin.terrain.as_ref(), package)?;
    nodes(package, "water_junction", "Water junctions, tanks, reservoirs, hydrants", &twin.water)?;
    divided_links(
        package,
        &WATER_LINKS,
        &twin.water,
        |link| match link.kind {
            WaterLinkKind::Pipe { .. } => "pipe",
            WaterLinkKind::Pump { .. } => "pump",
            WaterLinkKind::Valve { .. } => "valve",
            WaterLinkKind::PressureReducer { .. } => "pressure_reducer",
            WaterLinkKind::ControlValve { .. } => "control_valve",
        },
        <WaterLinkKind as Tagged>::KINDS.len(),
        belongs::<WaterLinkKind>,
    )?;
    write_water_operation(twin, package)?;
    nodes(package, "gas_junction", "Gas junctions", &twin.gas)?;
    divided_links(
        package,
        &GAS_LINKS,
        &twin.gas,
        |link| link.kind.name(),
        <GasLinkKind as Tagged>::KINDS.len(),
        belongs::<GasLinkKind>,
    )?;
    nodes(package, "heat_junction", "Heat plants, branches, house stations", &twin.heat)?;
    divided_links(
        package,
        &HEAT_LINKS,
        &twin.heat,
        |link| link.kind.name(),
        <HeatLinkKind as Tagged>::KINDS.len(),
        belongs::<HeatLinkKind>,
    )?;
    table(package, "pipe_operation", "How gas and heat networks are run", twin.operations.rows())?;
    network(package, ["sewer_manhole", "Manholes and outfalls", "sewer_pipe", "Sewers"], &twin.sewer)?;
    nodes(package, "power_bus", "Power buses", &twin.power)?;
    divided_links(
        package,
        &POWER_BRANCHES,
        &twin.power,
        |branch| match branch.kind {
            PowerBranchKind::Line { .. } => "line",
            PowerBranchKind::Transformer { .. } => "transformer",
            PowerBranchKind::Impedance { .. } => "impedance",
            PowerBranchKind::Switch { .. } => "switch",
        },
        <PowerBranchKind as Tagged>::KINDS.len(),
        belongs::<PowerBranchKind>,
    )?;
    table(package, "power_unit", "Loads, generators and feeds", twin.power_units.rows())?;
    table(package, "power_end_switch", "Switches at ends of lines", twin.power_end_switches.rows())?;
    table(package, "asset", "Mapped assets of supply", twin.assets.rows())?;
    style::style_twin(package);
    Ok(())
}

/// What the file is: a table of names and values.
fn write_about(twin: &Twin, package: &mut Package<'_>) -> Result<(), Findings> {
    let rows = [
        ("format", "stadtwin".to_owned()),
        ("format_version", FORMAT_VERSION.to_string()),
        ("name", twin.name.clone()),
        ("crs_epsg", twin.crs.epsg.to_string()),
        ("has_demand", twin.demand.is_some().to_string()),
    ];
    let columns = [Column::new("name", "TEXT"), Column::new("value", "TEXT")];
    let mut rows = rows.into_iter().zip(1..);
    package.layer(Layer { name: "twin", title: "About this twin" }, &columns, |out| {
        let ((name, value), fid) = rows.next()?;
        out.cell(&name.to_owned());
        out.cell(&value);
        Some(fid)
    })
}

/// How the water network is run: lines of an EPANET file in SI units. No lines where nothing differs from the defaults.
fn write_water_operation(twin: &Twin, package: &mut Package<'_>) -> Result<(), Findings> {
    let columns = [Column::new("section", "TEXT"), Column::new("line", "TEXT")];
    let lines = if twin.water_operation.is_default() {
        Vec::new()
    } else {
        crate::inp::write_operation(&twin.water, &twin.water_operation)
    };
    let mut rows = lines.into_iter().zip(1..);
    package.layer(Layer { name: "water_operation", title: "Patterns, curves, controls of water" }, &columns, |out| {
        let ((section, line), fid) = rows.next()?;
        out.cell(&section);
        out.cell(&line);
        Some(fid)
    })
}

fn table<T: Field>(package: &mut Package<'_>, name: &str, title: &str, rows: &[T]) -> Result<(), Findings> {
    let mut rows = rows.iter().enumerate();
    package.layer(Layer { name, title }, &columns_of::<T>(), |out| {
        let (index, row) = rows.next()?;
        row.put(out);
        Some(fid(index))
    })
}

fn nodes<N: Field, L>(
    package: &mut Package<'_>,
    name: &str,
    title: &str,
    network: &Network<N, L>,
) -> Result<(), Findings> {
    let mut nodes = network.nodes();
    package.layer(Layer { name, title }, &columns_of::<N>(), |out| {
        let (id, node) = nodes.next()?;
        node.put(out);
        Some(fid(id.index()))
    })
}

fn network<N: Field, L: Field>(
    package: &mut Package<'_>,
    [nodes_name, nodes_title, name, title]: [&str; 4],
    network: &Network<N, L>,
) -> Result<(), Findings> {
    nodes(package, nodes_name, nodes_title, network)?;
    let mut links = network.links();
    package.layer(Layer { name, title }, &link_columns::<L>(), |out| {
        let (id, link) = links.next()?;
        put_link(network, id, link, out);
        Some(fid(id.index()))
    })
}

fn put_link<N, L: Field>(network: &Network<N, L>, id: Id<L>, link: &L, out: &mut super::column::RowOut<'_>) {
    let (from, to) = network.ends(id);
    out.push(Value::Integer(fid(from.index())));
    out.push(Value::Integer(fid(to.index())));
    link.put(out);
}

/// Links in several layers by their kind; each layer has only the columns of its kinds.
fn divided_links<N, L: Field>(
    package: &mut Package<'_>,
    layers: &[(&str, &str, &[&str])],
    network: &Network<N, L>,
    kind_of: impl Fn(&L) -> &'static str,
    n_kinds: usize,
    belongs: impl Fn(&str, &[&str]) -> bool,
) -> Result<(), Findings> {
    debug_assert_eq!(layers.iter().map(|layer| layer.2.len()).sum::<usize>(), n_kinds);
    let all = link_columns::<L>();
    for (name, title, kinds) in layers {
        let kept: Vec<bool> = all.iter().map(|column| belongs(&column.name, kinds)).collect();
        let columns: Vec<Column> =
            all.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(column, _)| column.clone()).collect();
        let mut links = network.links().filter(|(_, link)| kinds.contains(&kind_of(link)));
        package.layer(Layer { name, title }, &columns, |out| {
            let (id, link) = links.next()?;
            put_link(network, id, link, out);
            let mut place = 0;
            out.values.retain(|_| {
                place += 1;
                kept[place - 1]
            });
            Some(fid(id.index()))
        })?;
    }
    Ok(())
}

/// Bus lines with the course of their streets as geometry; the course is derived and not read back.
fn write_bus_routes(twin: &Twin, package: &mut Package<'_>) -> Result<(), Findings> {
    let mut columns = vec![Column::new(GEOMETRY_COLUMN, "MULTILINESTRING")];
    columns.extend(columns_of::<twin::transit::BusRoute>());
    let mut routes = twin.bus_routes.iter();
    package.layer(Layer { name: "bus_route", title: "Bus lines" }, &columns, |out| {
        let (id, route) = routes.next()?;
        let course: Vec<&LineString<f64>> =
            route.arcs.iter().filter_map(|arc| twin.roads.get_link(arc.link)).map(|link| &link.geometry).collect();
        out.geometry(multi_line_string(&course, out.srs_id));
        route.put(out);
        Some(fid(id.index()))
    })
}

fn write_demand(demand: &Demand, package: &mut Package<'_>) -> Result<(), Findings> {
    table(package, "zone", "Zones", &demand.zones)?;
    let connectors =
        demand.zones.iter().enumerate().flat_map(|(zone, record)| record.connectors.iter().map(move |c| (zone, c)));
    let mut connectors = connectors.enumerate();
    let columns =
        [Column::new("zone_fid", "INTEGER"), Column::new("road_node_fid", "INTEGER"), Column::new("time_s", "DOUBLE")];
    package.layer(Layer { name: "zone_connector", title: "Connectors of zones and streets" }, &columns, |out| {
        let (row, (zone, connector)) = connectors.next()?;
        out.push(Value::Integer(fid(zone)));
        out.reference("road_node", Some(connector.node.index()));
        out.cell(&connector.time_s);
        Some(fid(row))
    })?;
    let columns = [Column::new("class", "TEXT"), Column::new("hour", "SMALLINT")];
    let mut matrices = demand.matrices.iter().enumerate();
    package.layer(Layer { name: "demand_matrix", title: "Demand matrices" }, &columns, |out| {
        let (row, matrix) = matrices.next()?;
        out.cell(&matrix.class);
        out.cell(&matrix.hour);
        if matrix.offsets.len() != demand.zones.len() + 1 {
            out.problem = Some((
                0,
                format!(
                    "the matrix has {} rows for {} zones",
                    matrix.offsets.len().saturating_sub(1),
                    demand.zones.len()
                ),
            ));
        }
        Some(fid(row))
    })?;
    let columns = [
        Column::new("demand_matrix_fid", "INTEGER"),
        Column::new("origin_zone_fid", "INTEGER"),
        Column::new("destination_zone_fid", "INTEGER"),
        Column::new("trips_veh_h", "DOUBLE"),
    ];
    let mut trips = demand.matrices.iter().enumerate().flat_map(|(number, matrix)| {
        let n_origins = matrix.offsets.len().saturating_sub(1);
        (0..n_origins).flat_map(move |origin| matrix.row(origin).map(move |(to, trips)| (number, origin, to, trips)))
    });
    let n_zones = demand.zones.len();
    let mut row = 0;
    package.layer(Layer { name: "demand_trip", title: "Trips between zones" }, &columns, |out| {
        let (matrix, origin, destination, trips_veh_h) = trips.next()?;
        out.push(Value::Integer(fid(matrix)));
        out.push(Value::Integer(fid(origin)));
        out.push(Value::Integer(fid(destination as usize)));
        out.cell(&trips_veh_h);
        if destination as usize >= n_zones {
            out.problem = Some((2, format!("layer zone has no row {}", destination + 1)));
        }
        row += 1;
        Some(row)
    })
}

/// The grid of heights: one row, the heights as 32-bit little-endian floats.
fn write_terrain(terrain: Option<&Terrain>, package: &mut Package<'_>) -> Result<(), Findings> {
    let columns = [
        Column::new("origin_x_m", f64::SQL),
        Column::new("origin_y_m", f64::SQL),
        Column::new("cell_m", f64::SQL),
        Column::new("n_columns", u32::SQL),
        Column::new("n_rows", u32::SQL),
        Column::new("height_m", "BLOB"),
    ];
    let mut terrain = terrain;
    package.layer(Layer { name: "terrain", title: "Heights of the ground" }, &columns, |out| {
        let terrain = terrain.take()?;
        out.cell(&terrain.origin.x);
        out.cell(&terrain.origin.y);
        out.cell(&terrain.cell_m);
        out.cell(&terrain.n_columns);
        out.cell(&terrain.n_rows);
        out.push(Value::Blob(terrain.height_m.iter().flat_map(|height| height.to_le_bytes()).collect()));
        Some(1)
    })
}
