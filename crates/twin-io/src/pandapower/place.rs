//! Where the buses are: longitude and latitude, coordinates of a drawing, or nothing.

use std::{collections::BTreeMap, f64::consts::TAU};

use serde_json::Value;
use twin::{
    Crs, Finding,
    geo_types::{Coord, LineString},
};

use super::{
    ImportOptions,
    table::{Rows, Tables},
};
use crate::{
    pandas,
    project::{self, Projector},
};

/// A unit of a drawing, metres.
const UNIT_M: f64 = 100.0;
/// Length of a degree of latitude, kilometres.
const DEGREE_KM: f64 = 111.2;

/// How coordinates of the file become those of the twin.
pub(super) enum Placing {
    /// Longitude and latitude.
    Earth(Projector),
    /// Metres already, or a drawing times a factor.
    Plane(f64),
}

impl Placing {
    pub(super) fn line(&self, points: &[Coord<f64>]) -> Option<LineString<f64>> {
        let placed: Option<Vec<Coord<f64>>> = points.iter().map(|point| self.point(*point)).collect();
        placed.filter(|points| points.len() >= 2).map(LineString)
    }

    fn point(&self, point: Coord<f64>) -> Option<Coord<f64>> {
        match self {
            Self::Earth(projector) => projector.local_from_wgs84(point).ok(),
            Self::Plane(factor) => Some(Coord { x: point.x * factor, y: point.y * factor }),
        }
    }
}

/// The position of every bus; the reference system is set where the network has a place on earth.
pub(super) fn positions(buses: &Rows, options: &ImportOptions, crs: &mut Crs, tables: &mut Tables) -> Vec<Coord<f64>> {
    let geodata = tables.take("bus_geodata");
    let raw = raw_positions(buses, geodata.as_ref());
    let known: Vec<Coord<f64>> = raw.iter().flatten().copied().collect();
    if known.is_empty() {
        tables.push(
            Finding::note("no-coordinates", "There are no coordinates: the buses are laid out on a circle.")
                .with_help("Results do not depend on positions, pictures do."),
        );
        return circle(buses.n());
    }
    let is_earth = known.iter().all(|c| c.x.abs() <= 180.0 && c.y.abs() <= 90.0) && lengths_agree(buses, &raw, tables);
    let placing = if is_earth {
        earth(&known, options, crs, tables)
    } else {
        let is_metres = known.iter().any(|c| c.x.abs() > 10_000.0);
        let (factor, words) = match (options.epsg, is_metres) {
            (Some(epsg), true) => {
                *crs = Crs { epsg };
                (1.0, format!("The coordinates are taken as metres in EPSG:{epsg}."))
            }
            (None, true) => (1.0, "The coordinates are metres in an unknown reference system: the network has no place on earth; name it with --crs.".to_owned()),
            (_, false) => (UNIT_M, "The coordinates are those of a drawing (line lengths do not agree with them): the network has no place on earth.".to_owned()),
        };
        tables.push(Finding::note("coordinates-of-a-drawing", words).with_field("bus.geo"));
        Placing::Plane(factor)
    };
    let placed: Vec<Option<Coord<f64>>> = raw.iter().map(|at| at.and_then(|at| placing.point(at))).collect();
    let there: Vec<Coord<f64>> = placed.iter().flatten().copied().collect();
    let n = there.len().max(1) as f64;
    let center = Coord { x: there.iter().map(|c| c.x).sum::<f64>() / n, y: there.iter().map(|c| c.y).sum::<f64>() / n };
    let missing = placed.len() - there.len();
    if missing > 0 {
        tables.push(
            Finding::note("no-coordinates", format!("{missing} buses have no position; they are put amid the others."))
                .with_field("bus.geo"),
        );
    }
    tables.placing = Some(placing);
    placed.into_iter().map(|at| at.unwrap_or(center)).collect()
}

fn earth(known: &[Coord<f64>], options: &ImportOptions, crs: &mut Crs, tables: &mut Tables) -> Placing {
    let n = known.len() as f64;
    let (lon, lat) = (known.iter().map(|c| c.x).sum::<f64>() / n, known.iter().map(|c| c.y).sum::<f64>() / n);
    let epsg = options.epsg.unwrap_or_else(|| project::utm_epsg_at(lon, lat));
    match Projector::new(epsg) {
        Ok(projector) => {
            *crs = Crs { epsg };
            Placing::Earth(projector)
        }
        Err(findings) => {
            findings.into_iter().for_each(|finding| tables.push(finding));
            Placing::Plane(UNIT_M)
        }
    }
}

/// Coordinates as they stand in the file.
fn raw_positions(buses: &Rows, geodata: Option<&Rows>) -> Vec<Option<Coord<f64>>> {
    let mut old: BTreeMap<i64, Coord<f64>> = BTreeMap::new();
    if let Some(geodata) = geodata {
        for row in 0..geodata.n() {
            if let (Some(index), Some(x), Some(y)) =
                (geodata.index(row), geodata.number(row, "x"), geodata.number(row, "y"))
            {
                old.insert(index, Coord { x, y });
            }
        }
    }
    (0..buses.n())
        .map(|row| {
            let new =
                buses.text(row, "geo").and_then(|text| geo_json(&text)).and_then(|points| points.first().copied());
            new.or_else(|| old.get(&buses.index(row)?).copied())
        })
        .collect()
}

/// The coordinates of a GeoJSON point or line.
pub(super) fn geo_json(text: &str) -> Option<Vec<Coord<f64>>> {
    let value = pandas::parse(text).ok()?;
    let coordinates = value.get("coordinates")?;
    match value.get("type")?.as_str()? {
        "Point" => point(coordinates).map(|point| vec![point]),
        "LineString" => points(coordinates),
        "MultiLineString" => Some(coordinates.as_array()?.iter().filter_map(points).flatten().collect()),
        _ => None,
    }
}

/// A list of points: pairs of numbers.
pub(super) fn points(value: &Value) -> Option<Vec<Coord<f64>>> {
    match value {
        Value::String(text) => points(&pandas::parse(text).ok()?),
        Value::Object(_) => points(value.get("_object")?),
        _ => value.as_array()?.iter().map(point).collect(),
    }
}

fn point(value: &Value) -> Option<Coord<f64>> {
    let pair = pandas::numbers(value)?;
    let [x, y, ..] = pair[..] else { return None };
    (x.is_finite() && y.is_finite()).then_some(Coord { x, y })
}

/// Whether the lengths of the lines are about those between longitudes and latitudes.
fn lengths_agree(buses: &Rows, raw: &[Option<Coord<f64>>], tables: &Tables) -> bool {
    let at: BTreeMap<i64, Coord<f64>> = (0..buses.n()).filter_map(|row| Some((buses.index(row)?, raw[row]?))).collect();
    let Some(lines) = tables.peek("line") else { return true };
    let mut ratios: Vec<f64> = (0..lines.n())
        .filter_map(|row| {
            let end = |column: &str| at.get(&(lines.number(row, column)? as i64));
            let (a, b, km) = (end("from_bus")?, end("to_bus")?, lines.number(row, "length_km").filter(|km| *km > 0.0)?);
            let east = (b.x - a.x) * a.y.to_radians().cos();
            Some(east.hypot(b.y - a.y) * DEGREE_KM / km)
        })
        .collect();
    if ratios.is_empty() {
        return true;
    }
    let middle = ratios.len() / 2;
    let (_, median, _) = ratios.select_nth_unstable_by(middle, f64::total_cmp);
    (0.05..20.0).contains(median)
}

fn circle(n: usize) -> Vec<Coord<f64>> {
    let count = n.max(1) as f64;
    let radius_m = (UNIT_M * count / TAU).max(UNIT_M);
    (0..n)
        .map(|bus| {
            let (sin, cos) = (TAU * bus as f64 / count).sin_cos();
            Coord { x: radius_m * sin, y: radius_m * cos }
        })
        .collect()
}
