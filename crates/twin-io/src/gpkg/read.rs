//! Reading a twin back.

use std::{collections::BTreeMap, fs, io::Read as _, path::Path};

use rusqlite::{Connection, OpenFlags};
use twin::{
    Crs, Finding, Findings, Id, Network, Severity, Table, Terrain, Twin,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone},
    geo_types::Coord,
    utility::{GasLinkKind, HeatLinkKind, PowerBranchKind, WaterLinkKind, WaterNetwork},
    water::WaterOperation,
};

use super::{
    APPLICATION_ID, FORMAT_VERSION, GAS_LINKS, HEAT_LINKS, POWER_BRANCHES, WATER_LINKS, belongs,
    column::{Column, Fids, Field, Problem, RowIn, columns_of},
    link_columns,
    package::{corrupt, quoted, sqlite_finding},
};
use crate::atomic;

/// Reads a twin from its GeoPackage file.
///
/// # Errors
/// The file is missing, unreadable, no GeoPackage, no twin, of a newer version, damaged, or was edited so that it makes
/// no sense (a value of the wrong type, a reference to a deleted feature): then every such place is one finding.
pub fn read_twin(path: &Path) -> Result<Twin, Findings> {
    check_header(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| sqlite_finding(path, &error))?;
    connection
        .execute_batch("PRAGMA cache_size = -65536; PRAGMA cell_size_check = ON;")
        .map_err(|error| sqlite_finding(path, &error))?;
    let mut reader =
        Reader { connection, path, fids: Fids::default(), findings: Findings::default(), broken: None, n_left_out: 0 };
    let about = reader.about()?;
    let twin = reader.twin(&about);
    reader.finish(twin)
}

/// Most findings that one file gives; the rest are counted.
const MOST_FINDINGS: usize = 100;
/// Columns that came later and may be absent: nothing is known of them then.
const ADDED: [&str; 2] = ["start_vm_pu", "start_va_deg"];

struct Reader<'p> {
    connection: Connection,
    path: &'p Path,
    fids: Fids,
    findings: Findings,
    /// The file itself is damaged: nothing more can be read.
    broken: Option<Finding>,
    n_left_out: usize,
}

struct About {
    name: String,
    crs: Crs,
    has_demand: bool,
}

/// Whether the first bytes are those of a GeoPackage.
fn check_header(path: &Path) -> Result<(), Findings> {
    let mut header = Vec::with_capacity(100);
    let mut file = fs::File::open(path).map_err(|error| atomic::read_finding(path, &error))?;
    file.by_ref().take(100).read_to_end(&mut header).map_err(|error| atomic::read_finding(path, &error))?;
    let shown = path.display();
    let wrong = |message: String| {
        Findings::from(
            Finding::error("not-a-geopackage", message)
                .with_help("Import geodata with `stadtwin import FILE -o town.gpkg` and use that file.")
                .with_file(shown.to_string()),
        )
    };
    if header.is_empty() {
        return Err(wrong(format!("`{shown}` is empty.")));
    }
    if !header.starts_with(b"SQLite format 3\0") {
        return Err(wrong(format!("`{shown}` is not a GeoPackage.")));
    }
    if header.len() < 100 {
        return Err(corrupt(path, "it ends within its header").into());
    }
    // `GP10` and `GP11` mark GeoPackages of the first two versions.
    if ![&APPLICATION_ID.to_be_bytes(), b"GP10", b"GP11"].contains(&&[header[68], header[69], header[70], header[71]]) {
        return Err(wrong(format!("`{shown}` is an SQLite file, but not a GeoPackage.")));
    }
    let page_size = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    let length = file.metadata().map_err(|error| atomic::read_finding(path, &error))?.len();
    if length < pages * page_size {
        let missing = pages * page_size - length;
        return Err(corrupt(path, &format!("{missing} of {} bytes are missing at its end", pages * page_size)).into());
    }
    Ok(())
}

impl Reader<'_> {
    /// What the file says about itself.
    fn about(&self) -> Result<About, Findings> {
        let shown = self.path.display().to_string();
        if !self.has_table("twin").map_err(|error| sqlite_finding(self.path, &error))? {
            return Err(Finding::error(
                "not-a-twin",
                format!("`{shown}` is a GeoPackage, but not a twin: it has no table `twin`."),
            )
            .with_help("Use a file that `stadtwin import` wrote; other GeoPackages cannot be opened as a twin.")
            .with_file(shown)
            .into());
        }
        let read = || -> rusqlite::Result<BTreeMap<String, String>> {
            let mut statement = self.connection.prepare("SELECT name, value FROM twin ORDER BY fid")?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        };
        let values = read().map_err(|error| sqlite_finding(self.path, &error))?;
        let invalid = |name: &str| {
            let found = values.get(name).map_or("nothing", String::as_str);
            Findings::from(
                Finding::error(
                    "not-a-twin",
                    format!("Table `twin` of `{shown}` says nothing usable about `{name}`: {found}."),
                )
                .with_help("Take a backup copy, or import the source files again.")
                .with_file(shown.clone())
                .with_field(name),
            )
        };
        let version: u32 =
            values.get("format_version").and_then(|text| text.parse().ok()).ok_or_else(|| invalid("format_version"))?;
        if version > FORMAT_VERSION {
            return Err(Finding::error(
                "newer-version",
                format!("`{shown}` has the format version {version}; this program reads up to {FORMAT_VERSION}."),
            )
            .with_help("Use a newer Stadtwin.")
            .with_file(shown)
            .into());
        }
        if version < FORMAT_VERSION {
            return Err(Finding::error(
                "older-version",
                format!("`{shown}` has the format version {version}; this program reads version {FORMAT_VERSION}."),
            )
            .with_help("Import its source files again.")
            .with_file(shown)
            .into());
        }
        Ok(About {
            name: values.get("name").cloned().ok_or_else(|| invalid("name"))?,
            crs: Crs {
                epsg: values.get("crs_epsg").and_then(|text| text.parse().ok()).ok_or_else(|| invalid("crs_epsg"))?,
            },
            has_demand: values
                .get("has_demand")
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| invalid("has_demand"))?,
        })
    }

    fn has_table(&self, name: &str) -> rusqlite::Result<bool> {
        self.connection.query_row(
            "SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = ?",
            [name],
            |row| row.get(0),
        )
    }

    fn twin(&mut self, about: &About) -> Twin {
        let mut twin = Twin::empty(about.name.clone(), about.crs.clone());
        twin.sources = self.rows("source");
        twin.areas = self.table("area");
        twin.ground_lines = self.table("ground_line");
        twin.buildings = self.table("building");
        twin.roads = self.network("road_node", "road_link");
        twin.restrictions = self.rows("turn_restriction");
        twin.addresses = self.table("address");
        twin.places = self.table("place");
        twin.bus_stops = self.table("bus_stop");
        twin.bus_routes = self.table("bus_route");
        let demand = self.demand();
        twin.demand = about.has_demand.then_some(demand);
        twin.terrain = self.terrain();
        twin.water = self.divided("water_junction", &WATER_LINKS, belongs::<WaterLinkKind>);
        twin.water_operation = self.water_operation(&twin.water);
        twin.gas = self.divided("gas_junction", &GAS_LINKS, belongs::<GasLinkKind>);
        twin.heat = self.divided("heat_junction", &HEAT_LINKS, belongs::<HeatLinkKind>);
        twin.operations = self.table("pipe_operation");
        twin.sewer = self.network("sewer_manhole", "sewer_pipe");
        twin.power = self.divided("power_bus", &POWER_BRANCHES, belongs::<PowerBranchKind>);
        twin.power_units = self.table("power_unit");
        twin.power_end_switches = self.table("power_end_switch");
        twin.assets = self.table("asset");
        twin
    }

    fn finish(mut self, twin: Twin) -> Result<Twin, Findings> {
        if let Some(broken) = self.broken {
            return Err(broken.into());
        }
        if self.n_left_out > 0 {
            let message = format!("{} more findings of this file are not shown.", self.n_left_out);
            self.findings.push(Finding::new(Severity::Error, "more-findings", message));
        }
        if self.findings.has_errors() {
            let shown = self.path.display().to_string();
            return Err(Findings(self.findings.into_iter().map(|finding| finding.with_file(shown.clone())).collect()));
        }
        Ok(twin)
    }

    fn table<T: Field>(&mut self, layer: &'static str) -> Table<T> {
        Table::from(self.rows(layer))
    }

    fn rows<T: Field>(&mut self, layer: &'static str) -> Vec<T> {
        let rows = self.layer(layer, &columns_of::<T>(), |_| true, T::take);
        let (fids, rows): (Vec<i64>, Vec<T>) = rows.into_iter().unzip();
        self.fids.layers.insert(layer, fids);
        rows
    }

    fn network<N: Field, L: Field>(&mut self, nodes: &'static str, links: &'static str) -> Network<N, L> {
        self.divided(nodes, &[(links, "", &[])], |_, _| true)
    }

    /// A network whose links stand in one or several layers.
    fn divided<N: Field, L: Field>(
        &mut self,
        nodes_layer: &'static str,
        layers: &[(&'static str, &'static str, &[&str])],
        belongs: impl Fn(&str, &[&str]) -> bool,
    ) -> Network<N, L> {
        let nodes: Vec<N> = self.rows(nodes_layer);
        let n_nodes = nodes.len();
        let columns = link_columns::<L>();
        let mut links: Vec<(i64, (usize, usize, L))> = Vec::new();
        for (layer, _, kinds) in layers {
            links.extend(self.layer(
                layer,
                &columns,
                |column| belongs(column, kinds),
                |row| {
                    let end = |row: &mut RowIn<'_>| {
                        let column = row.next;
                        row.reference(nodes_layer)?.ok_or_else(|| Problem {
                            column,
                            message: format!("it must name a feature of layer {nodes_layer}"),
                        })
                    };
                    Ok((end(row)?, end(row)?, L::take(row)?))
                },
            ));
        }
        links.sort_by_key(|(fid, _)| *fid);
        let mut network = Network::with_capacity(n_nodes, links.len());
        for node in nodes {
            network.add_node(node);
        }
        let mut fids = Vec::with_capacity(links.len());
        for (fid, (from, to, link)) in links {
            fids.push(fid);
            network.add_link(Id::new(from), Id::new(to), link);
        }
        // The links of several layers count their fids together, under one name.
        let layer = match layers {
            [(layer, ..)] => layer,
            _ if nodes_layer == "power_bus" => "power_branch",
            _ => return network,
        };
        self.fids.layers.insert(layer, fids);
        network
    }

    /// All rows of a layer in the order of their fids; a row that cannot be used is a finding.
    fn layer<T>(
        &mut self,
        layer: &'static str,
        columns: &[Column],
        wanted: impl Fn(&str) -> bool,
        mut take: impl FnMut(&mut RowIn<'_>) -> Result<T, Problem>,
    ) -> Vec<(i64, T)> {
        if self.broken.is_some() {
            return Vec::new();
        }
        match self.read_layer(layer, columns, &wanted, &mut take) {
            Ok(rows) => rows,
            Err(error) => {
                self.broken = Some(sqlite_finding(self.path, &error));
                Vec::new()
            }
        }
    }

    fn read_layer<T>(
        &mut self,
        layer: &'static str,
        columns: &[Column],
        wanted: &dyn Fn(&str) -> bool,
        take: &mut dyn FnMut(&mut RowIn<'_>) -> Result<T, Problem>,
    ) -> rusqlite::Result<Vec<(i64, T)>> {
        let present = self.present_columns(layer)?;
        if present.is_empty() {
            self.finding(Finding::error("layer-missing", format!("There is no layer {layer}.")));
            return Ok(Vec::new());
        }
        let mut selected = vec!["fid".to_owned()];
        let mut places = Vec::with_capacity(columns.len());
        let mut missing = false;
        for column in columns {
            let exists = present.contains(&column.name);
            if wanted(&column.name) && !exists && !ADDED.contains(&column.name.as_str()) {
                missing = true;
                let message = format!("Layer {layer} has no column `{}`.", column.name);
                self.finding(Finding::error("column-missing", message).with_field(column.name.clone()));
            }
            places.push((wanted(&column.name) && exists).then(|| {
                selected.push(quoted(&column.name));
                selected.len() - 1
            }));
        }
        if missing {
            return Ok(Vec::new());
        }
        let key_place = columns.iter().position(|column| column.name == "key").and_then(|column| places[column]);
        let fids = std::mem::take(&mut self.fids);
        let mut problems = Vec::new();
        let mut rows = Vec::new();
        let result = (|| {
            let sql = format!("SELECT {} FROM {} ORDER BY fid", selected.join(", "), quoted(layer));
            let mut statement = self.connection.prepare(&sql)?;
            let mut cursor = statement.query([])?;
            while let Some(row) = cursor.next()? {
                let fid: i64 = row.get(0)?;
                let mut input = RowIn { row, places: &places, next: 0, fids: &fids };
                match take(&mut input) {
                    Ok(record) => rows.push((fid, record)),
                    Err(problem) => {
                        let key: Option<String> = key_place.and_then(|place| row.get(place).ok());
                        problems.push((fid, key, problem));
                    }
                }
            }
            Ok(())
        })();
        self.fids = fids;
        for (fid, key, problem) in problems {
            let column = columns.get(problem.column).map_or("", |column| column.name.as_str());
            let message = format!("Feature {fid} of layer {layer}: `{column}` cannot be used: {}.", problem.message);
            let finding = Finding::error("invalid-value", message)
                .with_field(column)
                .with_help("Correct the value in the layer (in QGIS, say), or import the source files again.");
            self.finding(match key {
                Some(key) => finding.with_key(key),
                None => finding,
            });
        }
        result.map(|()| rows)
    }

    fn present_columns(&self, layer: &str) -> rusqlite::Result<Vec<String>> {
        let mut statement = self.connection.prepare("SELECT name FROM pragma_table_info(?)")?;
        let names = statement.query_map([layer], |row| row.get(0))?;
        names.collect()
    }

    fn finding(&mut self, finding: Finding) {
        if self.findings.0.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.n_left_out += 1;
        }
    }

    /// How the water network is run.
    fn water_operation(&mut self, network: &WaterNetwork) -> WaterOperation {
        let columns = [Column::new("section", "TEXT"), Column::new("line", "TEXT")];
        let lines: Vec<(String, String)> = self
            .layer("water_operation", &columns, |_| true, |row| Ok((row.cell()?, row.cell()?)))
            .into_iter()
            .map(|(_, line)| line)
            .collect();
        if lines.is_empty() {
            return WaterOperation::default();
        }
        let (operation, findings) = crate::inp::parse_operation(&lines, network);
        for finding in findings {
            if finding.severity == Severity::Error {
                self.finding(finding);
            }
        }
        operation
    }

    fn demand(&mut self) -> Demand {
        let mut zones: Vec<Zone> = self.rows("zone");
        let columns = [
            Column::new("zone_fid", "INTEGER"),
            Column::new("road_node_fid", "INTEGER"),
            Column::new("time_s", "DOUBLE"),
        ];
        let connectors = self.layer(
            "zone_connector",
            &columns,
            |_| true,
            |row| {
                let zone = required(row, "zone")?;
                Ok((zone, Connector { node: Id::new(required(row, "road_node")?), time_s: row.cell()? }))
            },
        );
        for (_, (zone, connector)) in connectors {
            zones[zone].connectors.push(connector);
        }
        let columns = [Column::new("class", "TEXT"), Column::new("hour", "SMALLINT")];
        let matrices = self.layer(
            "demand_matrix",
            &columns,
            |_| true,
            |row| Ok((row.cell::<VehicleClass>()?, row.cell::<Option<u8>>()?)),
        );
        let (fids, matrices): (Vec<i64>, Vec<_>) = matrices.into_iter().unzip();
        self.fids.layers.insert("demand_matrix", fids);
        let columns = [
            Column::new("demand_matrix_fid", "INTEGER"),
            Column::new("origin_zone_fid", "INTEGER"),
            Column::new("destination_zone_fid", "INTEGER"),
            Column::new("trips_veh_h", "DOUBLE"),
        ];
        let trips = self.layer(
            "demand_trip",
            &columns,
            |_| true,
            |row| {
                let place = (required(row, "demand_matrix")?, required(row, "zone")?, required(row, "zone")?);
                let column = row.next;
                let trips: f64 = row.cell()?;
                if trips > 0.0 {
                    Ok((place, trips))
                } else {
                    Err(Problem { column, message: format!("it must be greater than 0, not {trips}") })
                }
            },
        );
        let mut entries: Vec<Vec<(u32, u32, f64)>> = vec![Vec::new(); matrices.len()];
        for (_, ((matrix, origin, destination), trips)) in trips {
            entries[matrix].push((row_number(origin), row_number(destination), trips));
        }
        let n_zones = zones.len();
        let matrices = matrices
            .into_iter()
            .zip(entries)
            .map(|((class, hour), entries)| OdMatrix::from_entries(class, hour, n_zones, &entries))
            .collect();
        Demand { zones, matrices }
    }

    fn terrain(&mut self) -> Option<Terrain> {
        let columns = ["origin_x_m", "origin_y_m", "cell_m", "n_columns", "n_rows", "height_m"];
        let columns = columns.map(|name| Column::new(name, ""));
        let rows = self.layer(
            "terrain",
            &columns,
            |_| true,
            |row| {
                let mut terrain = Terrain {
                    origin: Coord { x: row.cell()?, y: row.cell()? },
                    cell_m: row.cell()?,
                    n_columns: row.cell()?,
                    n_rows: row.cell()?,
                    height_m: Vec::new(),
                };
                let heights: Heights = row.cell()?;
                let expected = u64::from(terrain.n_columns) * u64::from(terrain.n_rows);
                if heights.0.len() as u64 != expected {
                    let message = format!("it has {} heights for {expected} posts", heights.0.len());
                    return Err(Problem { column: 5, message });
                }
                terrain.height_m = heights.0;
                Ok(terrain)
            },
        );
        rows.into_iter().next().map(|(_, terrain)| terrain)
    }
}

fn required(row: &mut RowIn<'_>, layer: &'static str) -> Result<usize, Problem> {
    let column = row.next;
    row.reference(layer)?.ok_or_else(|| Problem { column, message: format!("it must name a feature of layer {layer}") })
}

fn row_number(index: usize) -> u32 {
    u32::try_from(index).expect("because no layer has 2^32 rows")
}

/// Heights as 32-bit little-endian floats.
struct Heights(Vec<f32>);

impl super::column::Cell for Heights {
    const SQL: &'static str = "BLOB";
    fn to_value(&self) -> rusqlite::types::Value {
        rusqlite::types::Value::Blob(self.0.iter().flat_map(|height| height.to_le_bytes()).collect())
    }
    fn from_value(value: rusqlite::types::ValueRef<'_>) -> Result<Self, String> {
        match value {
            rusqlite::types::ValueRef::Blob(bytes) if bytes.len().is_multiple_of(4) => {
                let heights =
                    bytes.chunks_exact(4).map(|chunk| f32::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]));
                Ok(Self(heights.collect()))
            }
            other => Err(format!("it must be 32-bit numbers, not {}", super::column::shown(other))),
        }
    }
}
