//! Demand from files: trips between zones as CSV or TNTP, zones as CSV; they replace the twin's demand.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use twin::{
    Finding, Id, Key, Twin,
    demand::{Connector, Demand, OdMatrix, VehicleClass, Zone, ZoneKind},
    geo_types::Coord,
    road::{Modes, RoadNode},
    scenario::DemandFiles,
};

use super::{
    fields::{Notes, nearest},
    tree::Position,
};
use crate::{atomic, project::Projector, tntp};

/// Speed of the way from a zone's centre into the network, metres per second (30 km/h).
const CONNECTOR_SPEED_M_S: f64 = 30.0 / 3.6;
/// Junctions that a zone from a file is joined to: the nearest ones.
const N_CONNECTORS: usize = 3;
/// Most findings of one file.
const MOST_FINDINGS: usize = 50;

/// Reads the files of demand; what is wrong goes to `notes`.
pub(super) fn read(
    files: &DemandFiles,
    folder: &Path,
    (matrix_position, zones_position): (Position, Position),
    twin: &Twin,
    notes: &mut Notes,
) -> Option<Demand> {
    let zones = match &files.zones {
        Some(name) => {
            let text = text_of(&folder.join(name), "demand.zones", zones_position, notes)?;
            read_zones(&text, &folder.join(name), twin, notes)?
        }
        None => match &twin.demand {
            Some(demand) => demand.zones.clone(),
            None => {
                let message = "The town has no zones of its own that the matrix could mean.".to_owned();
                notes.error(
                    "missing-key",
                    "demand.zones",
                    matrix_position,
                    message,
                    "Give zones = \"zones.csv\" with the columns zone, lon, lat.",
                );
                return None;
            }
        },
    };
    let path = folder.join(&files.matrix);
    let text = text_of(&path, "demand.matrix", matrix_position, notes)?;
    let matrices = if tntp::looks_like_trips(&text) {
        tntp_matrices(&text, &path, &zones, notes)?
    } else {
        csv_matrices(&text, &path, &zones, notes)?
    };
    Some(Demand { zones, matrices })
}

fn text_of(path: &Path, field: &str, position: Position, notes: &mut Notes) -> Option<String> {
    let finding = match fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => return Some(text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned)),
            Err(_) => Finding::error("not-utf8", format!("`{}` is not UTF-8 text.", path.display()))
                .with_help("Save it as UTF-8."),
        },
        Err(error) => Finding { file: None, ..atomic::read_finding(path, &error) },
    };
    let finding = finding.with_field(field);
    notes.findings.push(match position {
        Some((line, column)) => finding.with_position(line, column),
        None => finding,
    });
    None
}

fn tntp_matrices(text: &str, path: &Path, zones: &[Zone], notes: &mut Notes) -> Option<Vec<OdMatrix>> {
    let n_before = notes.findings.0.len();
    let entries = tntp::read_trips_text(text, &path.display().to_string(), &mut notes.findings);
    let places = by_key(zones);
    let mut kept = Vec::with_capacity(entries.len());
    for (origin, destination, trips) in entries {
        let place =
            |zone: u32| places.get(format!("zone/{zone}").as_str()).or_else(|| places.get(zone.to_string().as_str()));
        match (place(origin), place(destination)) {
            (Some(&origin), Some(&destination)) => kept.push((origin, destination, trips)),
            (from, _) => {
                let missing = if from.is_none() { origin } else { destination };
                let message = format!("There is no zone {missing}, which `{}` names.", path.display());
                if notes.findings.0.len() < n_before + MOST_FINDINGS {
                    notes.findings.push(Finding::error("unknown-zone", message).with_file(path.display().to_string()));
                }
            }
        }
    }
    let clean = notes.findings.0.len() == n_before || !notes.findings.has_errors();
    clean.then(|| vec![OdMatrix::from_entries(VehicleClass::Car, None, zones.len(), &kept)])
}

fn by_key(zones: &[Zone]) -> BTreeMap<&str, u32> {
    (0..).zip(zones).map(|(index, zone)| (zone.key.as_str(), index)).collect()
}

/// Origin, destination and trips of an entry of a matrix.
type Trips = (u32, u32, f64);

/// A CSV file with a head; `,` or `;` between the columns.
struct Csv {
    path: PathBuf,
    head: Vec<String>,
    rows: Vec<(u32, Vec<String>)>,
}

fn csv_of(text: &str, path: &Path, notes: &mut Notes) -> Option<Csv> {
    let first = text.lines().next().unwrap_or("");
    let delimiter = if first.contains(';') {
        b';'
    } else if first.contains('\t') {
        b'\t'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .trim(csv::Trim::All)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes());
    let shown = path.display().to_string();
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(1, |position| u32::try_from(position.line()).unwrap_or(u32::MAX));
        Finding::error("invalid-csv", format!("`{shown}` is not a table: {error}."))
            .with_file(shown.clone())
            .with_position(line, 1)
    };
    let head = match reader.headers() {
        Ok(head) => head.iter().map(str::to_owned).collect(),
        Err(error) => {
            notes.findings.push(broken(&error));
            return None;
        }
    };
    let mut rows = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, |position| u32::try_from(position.line()).unwrap_or(u32::MAX));
                rows.push((line, record.iter().map(str::to_owned).collect()));
            }
            Err(error) => {
                notes.findings.push(broken(&error));
                return None;
            }
        }
    }
    Some(Csv { path: path.to_owned(), head, rows })
}

impl Csv {
    fn column(&self, name: &str, notes: &mut Notes) -> Option<usize> {
        let found = self.head.iter().position(|column| column == name);
        if found.is_none() {
            let known: Vec<&str> = self.head.iter().map(String::as_str).collect();
            let shown = self.path.display().to_string();
            notes.findings.push(
                Finding::error("column-missing", format!("`{shown}` has no column `{name}`."))
                    .with_help(format!("Its columns are: {}.", known.join(", ")))
                    .with_file(shown)
                    .with_position(1, 1)
                    .with_field(name),
            );
        }
        found
    }

    fn error(&self, code: &'static str, line: u32, field: &str, message: String, help: String, notes: &mut Notes) {
        let shown = self.path.display().to_string();
        if notes.findings.0.iter().filter(|finding| finding.file.as_ref() == Some(&shown)).count() >= MOST_FINDINGS {
            return;
        }
        notes.findings.push(
            Finding::error(code, message).with_help(help).with_file(shown).with_position(line, 1).with_field(field),
        );
    }
}

/// `origin,destination,class,hour,trips_veh_h`; class (car) and hour (every hour) may be left out or empty.
fn csv_matrices(text: &str, path: &Path, zones: &[Zone], notes: &mut Notes) -> Option<Vec<OdMatrix>> {
    let csv = csv_of(text, path, notes)?;
    let n_before = notes.findings.0.len();
    let columns = ["origin", "destination", "trips_veh_h"].map(|name| csv.column(name, notes));
    let [Some(origin), Some(destination), Some(trips)] = columns else { return None };
    let class = csv.head.iter().position(|column| column == "class");
    let hour = csv.head.iter().position(|column| column == "hour");
    let places = by_key(zones);
    let mut matrices: BTreeMap<(VehicleClass, Option<u8>), Vec<Trips>> = BTreeMap::new();
    for (line, row) in &csv.rows {
        let mut zone = |column: usize, name: &str| {
            let key = row[column].as_str();
            let place = places.get(key).or_else(|| places.get(format!("zone/{key}").as_str())).copied();
            if place.is_none() {
                let known: Vec<&str> = places.keys().copied().take(1000).collect();
                csv.error(
                    "unknown-zone",
                    *line,
                    name,
                    format!("There is no zone `{key}`."),
                    nearest(key, &known),
                    notes,
                );
            }
            place
        };
        let (from, to) = (zone(origin, "origin"), zone(destination, "destination"));
        let class = match class.map(|column| row[column].as_str()).filter(|text| !text.is_empty()) {
            None => Some(VehicleClass::Car),
            Some(text) => VehicleClass::from_name(text).or_else(|| {
                csv.error(
                    "unknown-value",
                    *line,
                    "class",
                    format!("There is no class `{text}`."),
                    nearest(text, &["car", "truck"]),
                    notes,
                );
                None
            }),
        };
        let hour = match hour.map(|column| row[column].as_str()).filter(|text| !text.is_empty()) {
            None => Some(None),
            Some(text) => match text.parse::<u8>() {
                Ok(hour) if hour < 24 => Some(Some(hour)),
                _ => {
                    csv.error(
                        "impossible-value",
                        *line,
                        "hour",
                        format!("`{text}` is no hour."),
                        "Give 0 to 23, or nothing for every hour.".to_owned(),
                        notes,
                    );
                    None
                }
            },
        };
        let trips = row[trips].replace(',', ".").parse::<f64>().ok().filter(|trips| trips.is_finite() && *trips >= 0.0);
        if trips.is_none() {
            let text = format!("`{}` is no number of trips.", row[columns[2].unwrap_or(0)]);
            csv.error(
                "impossible-value",
                *line,
                "trips_veh_h",
                text,
                "Give a number that is not negative.".to_owned(),
                notes,
            );
        }
        if let (Some(from), Some(to), Some(class), Some(hour), Some(trips)) = (from, to, class, hour, trips) {
            matrices.entry((class, hour)).or_default().push((from, to, trips));
        }
    }
    (notes.findings.0.len() == n_before).then(|| {
        matrices
            .into_iter()
            .map(|((class, hour), entries)| OdMatrix::from_entries(class, hour, zones.len(), &entries))
            .collect()
    })
}

/// `zone,lon,lat`, optional `name`; joined to the nearest junctions that cars reach.
fn read_zones(text: &str, path: &Path, twin: &Twin, notes: &mut Notes) -> Option<Vec<Zone>> {
    let csv = csv_of(text, path, notes)?;
    let n_before = notes.findings.0.len();
    let [Some(zone), Some(lon), Some(lat)] = ["zone", "lon", "lat"].map(|name| csv.column(name, notes)) else {
        return None;
    };
    let name = csv.head.iter().position(|column| column == "name");
    let projector = match Projector::new(twin.crs.epsg) {
        Ok(projector) => projector,
        Err(findings) => {
            notes.findings.extend(findings);
            return None;
        }
    };
    let nodes = car_nodes(twin);
    let mut zones: Vec<Zone> = Vec::with_capacity(csv.rows.len());
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (line, row) in &csv.rows {
        let key = &row[zone];
        if let Some(first) = seen.insert(key.clone(), *line) {
            csv.error(
                "duplicate-key",
                *line,
                "zone",
                format!("Zone `{key}` stands in line {first} already."),
                "Give each zone once.".to_owned(),
                notes,
            );
            continue;
        }
        let number = |column: usize| row[column].parse::<f64>().ok().filter(|number| number.is_finite());
        let position = number(lon).zip(number(lat)).and_then(|(x, y)| projector.local_from_wgs84(Coord { x, y }).ok());
        let Some(position) = position else {
            csv.error(
                "impossible-value",
                *line,
                "lon",
                format!("Zone `{key}` has no usable position."),
                "Give longitude and latitude in degrees.".to_owned(),
                notes,
            );
            continue;
        };
        zones.push(Zone {
            key: Key::new(key),
            name: name.map(|column| row[column].clone()).filter(|name| !name.is_empty()),
            position,
            kind: ZoneKind::Internal,
            residents: 0.0,
            jobs: 0.0,
            connectors: nearest_nodes(position, &nodes),
        });
    }
    (notes.findings.0.len() == n_before).then_some(zones)
}

/// Junctions of streets that cars may use.
fn car_nodes(twin: &Twin) -> Vec<(Id<RoadNode>, Coord<f64>)> {
    let mut used = vec![false; twin.roads.n_nodes()];
    for (id, link) in twin.roads.links() {
        if link.forward.modes.union(link.backward.modes).contains(Modes::CAR) {
            let (from, to) = twin.roads.ends(id);
            used[from.index()] = true;
            used[to.index()] = true;
        }
    }
    twin.roads.nodes().filter(|(id, _)| used[id.index()]).map(|(id, node)| (id, node.position)).collect()
}

fn nearest_nodes(position: Coord<f64>, nodes: &[(Id<RoadNode>, Coord<f64>)]) -> Vec<Connector> {
    let distance_m = |other: Coord<f64>| (other.x - position.x).hypot(other.y - position.y);
    let mut near: Vec<(f64, Id<RoadNode>)> = Vec::with_capacity(N_CONNECTORS + 1);
    for (id, at) in nodes {
        let candidate = (distance_m(*at), *id);
        let place = near.partition_point(|known| known.0 <= candidate.0);
        if place < N_CONNECTORS {
            near.insert(place, candidate);
            near.truncate(N_CONNECTORS);
        }
    }
    near.into_iter().map(|(distance_m, node)| Connector { node, time_s: distance_m / CONNECTOR_SPEED_M_S }).collect()
}
