//! Where a net lies: its coordinates, the system that they are in, and the twin's own.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use twin::{Crs, Finding, Findings, geo_types::Coord};

use super::{build::Junction, links::Link};
use crate::{
    ImportOptions,
    pandas::{self, Frame},
    project::{Projector, local_from_wgs84_many, utm_epsg_at},
};

/// Positions in the twin's system.
pub(super) struct Places {
    pub(super) crs: Crs,
    pub(super) nodes: Vec<Coord<f64>>,
    /// Points between the ends of a link, by its place in the list.
    pub(super) between: BTreeMap<usize, Vec<Coord<f64>>>,
}

/// Distance of neighbors on the circle where there are no coordinates, metres.
const APART_M: f64 = 100.0;

/// What system coordinates are in.
#[derive(Clone, Copy, Debug, PartialEq)]
enum System {
    /// Longitude, latitude.
    Degrees,
    /// Latitude, longitude.
    Turned,
    /// A projected system.
    Epsg(u32),
    /// Not told.
    Unknown,
}

/// Coordinates as the file has them.
struct Raw {
    nodes: Vec<Option<Coord<f64>>>,
    courses: BTreeMap<i64, Vec<Coord<f64>>>,
}

/// Finds positions.
pub(super) fn place(
    net: &Map<String, Value>,
    options: &ImportOptions,
    junctions: &[Junction],
    numbers: &BTreeMap<i64, usize>,
    links: &[Link],
    findings: &mut Findings,
) -> Result<Places, Findings> {
    let candidates = [of_geodata(net, numbers, findings), of_geo(net, numbers)];
    let mut told: Vec<(System, Raw)> =
        candidates.into_iter().flatten().map(|raw| (system_of(&raw.nodes), raw)).collect();
    if told.is_empty() {
        findings
            .push(Finding::note("no-coordinates", "There are no coordinates: the junctions are laid out on a circle."));
        return Ok(circle(junctions.len()));
    }
    // Coordinates whose system is told come before others; x and y before GeoJSON.
    if told.iter().any(|(system, _)| *system != System::Unknown) {
        told.retain(|(system, _)| *system != System::Unknown);
    }
    let mut places = match (told[0].0, options.epsg) {
        (System::Unknown, None) => {
            findings.push(
                Finding::note("crs-unknown", "The file does not tell the reference system of its coordinates: they lie in a plane without a place on earth.")
                    .with_help("Give the EPSG code of the coordinates with --crs."),
            );
            plane(&told[0].1, links)
        }
        (System::Unknown, Some(epsg)) => {
            Projector::new(epsg)?;
            Places { crs: Crs { epsg }, ..plane(&told[0].1, links) }
        }
        (_, wanted) => projected(&told, wanted, links, findings)?,
    };
    complete(&mut places, junctions, links, findings);
    Ok(places)
}

fn tell(system: System, findings: &mut Findings) {
    let message = match system {
        System::Epsg(epsg) => format!("The coordinates are taken as EPSG:{epsg} by their size; the file does not say."),
        System::Turned => {
            "The coordinates `geo` are taken as latitude, longitude: as longitude, latitude (GeoJSON) they would not lie in Central Europe.".to_owned()
        }
        System::Degrees | System::Unknown => return,
    };
    findings.push(Finding::note("crs-guessed", message).with_field("junction"));
}

/// `junction_geodata` and `pipe_geodata`.
fn of_geodata(net: &Map<String, Value>, numbers: &BTreeMap<i64, usize>, findings: &mut Findings) -> Option<Raw> {
    let frame = Frame::decode(net.get("junction_geodata")?).ok().filter(|frame| frame.n_rows() > 0)?;
    let mut nodes = vec![None; numbers.len()];
    for row in 0..frame.n_rows() {
        let place = frame.number_of_row(row).and_then(|number| numbers.get(&number));
        match (place, frame.number(row, "x"), frame.number(row, "y")) {
            (Some(&place), Ok(Some(x)), Ok(Some(y))) => nodes[place] = Some(Coord { x, y }),
            (Some(_), Ok(_), Ok(_)) | (None, ..) => {}
            (Some(_), ..) => {
                let key = format!("junction_geodata/{}", frame.label(row));
                let message = format!("{key}: x and y must be numbers.");
                findings.push(Finding::error("invalid-value", message).with_key(key.as_str()).with_field("x"));
            }
        }
    }
    let mut courses = BTreeMap::new();
    if let Some(frame) = net.get("pipe_geodata").and_then(|value| Frame::decode(value).ok()) {
        for row in 0..frame.n_rows() {
            if let (Some(number), Some(points)) = (frame.number_of_row(row), frame.cell(row, "coords").and_then(line)) {
                courses.insert(number, points);
            }
        }
    }
    nodes.iter().any(Option::is_some).then_some(Raw { nodes, courses })
}

/// The columns `geo` of junctions and pipes.
fn of_geo(net: &Map<String, Value>, numbers: &BTreeMap<i64, usize>) -> Option<Raw> {
    let frame = Frame::decode(net.get("junction")?).ok().filter(|frame| frame.has("geo"))?;
    let mut nodes = vec![None; numbers.len()];
    for row in 0..frame.n_rows() {
        let place = frame.number_of_row(row).and_then(|number| numbers.get(&number));
        let point = frame.cell(row, "geo").and_then(geometry).and_then(|value| point(&value));
        if let (Some(&place), Some(point)) = (place, point) {
            nodes[place] = Some(point);
        }
    }
    let mut courses = BTreeMap::new();
    if let Some(frame) = net.get("pipe").and_then(|value| Frame::decode(value).ok()).filter(|frame| frame.has("geo")) {
        for row in 0..frame.n_rows() {
            let points = frame.cell(row, "geo").and_then(geometry).and_then(|value| line(&value));
            if let (Some(number), Some(points)) = (frame.number_of_row(row), points) {
                courses.insert(number, points);
            }
        }
    }
    nodes.iter().any(Option::is_some).then_some(Raw { nodes, courses })
}

/// The coordinates of a GeoJSON geometry, which may stand in a string.
fn geometry(value: &Value) -> Option<Value> {
    match value {
        Value::String(text) => pandas::parse(text).ok()?.get("coordinates").cloned(),
        other => other.get("coordinates").cloned(),
    }
}

fn point(value: &Value) -> Option<Coord<f64>> {
    match pandas::numbers(value)?.as_slice() {
        [x, y] | [x, y, _] if x.is_finite() && y.is_finite() => Some(Coord { x: *x, y: *y }),
        _ => None,
    }
}

/// Points; some versions wrap them in one list more.
fn line(value: &Value) -> Option<Vec<Coord<f64>>> {
    let values = value.as_array()?;
    let points: Option<Vec<_>> = values.iter().map(point).collect();
    points.or_else(|| if let [only] = values.as_slice() { line(only) } else { None })
}

/// The system by the size of the coordinates.
fn system_of(nodes: &[Option<Coord<f64>>]) -> System {
    let points = || nodes.iter().flatten();
    let range = |of: fn(&Coord<f64>) -> f64| {
        points().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
    };
    let (x, y) = (range(|point| point.x), range(|point| point.y));
    let within = |range: (f64, f64), low: f64, high: f64| range.0 >= low && range.1 <= high;
    let zone = (x.0 / 1e6).floor();
    if within(y, 5.2e6, 6.2e6) && (2.0..=5.0).contains(&zone) && within(x, zone * 1e6 + 2e5, zone * 1e6 + 8e5) {
        return System::Epsg(31464 + zone as u32);
    }
    // ETRS89/UTM, also with the zone before the false easting.
    for utm in [32_u32, 33] {
        let prefix = f64::from(utm) * 1e6;
        if within(y, 5.2e6, 6.2e6) && within(x, prefix + 2e5, prefix + 9e5) {
            return System::Epsg(if utm == 32 { 4647 } else { 5650 });
        }
    }
    if within(y, 5.2e6, 6.2e6) && within(x, 2e5, 9e5) {
        return System::Epsg(25832);
    }
    // Degrees: of one town, and not the small whole numbers of a sketch.
    let is_town = x.1 - x.0 < 3.0 && y.1 - y.0 < 3.0 && points().any(|point| point.x.fract() != 0.0);
    if is_town && within(x, 44.0, 60.0) && within(y, 3.0, 20.0) {
        return System::Turned;
    }
    if is_town && within(x, -180.0, 180.0) && within(y, -85.0, 85.0) && (x.0.abs() > 2.0 || y.0.abs() > 30.0) {
        return System::Degrees;
    }
    System::Unknown
}

/// Longitude and latitude of a point of the file.
fn degrees_of(system: System, from_file: Option<&Projector>, point: Coord<f64>) -> Option<Coord<f64>> {
    match (from_file, system) {
        (Some(projector), _) => projector.wgs84_from_local(point).ok(),
        (None, System::Turned) => Some(Coord { x: point.y, y: point.x }),
        _ => Some(point),
    }
}

fn projected(
    told: &[(System, Raw)],
    wanted: Option<u32>,
    links: &[Link],
    findings: &mut Findings,
) -> Result<Places, Findings> {
    let n_nodes = told.iter().map(|(_, raw)| raw.nodes.len()).max().unwrap_or(0);
    let mut degrees: Vec<Option<Coord<f64>>> = vec![None; n_nodes];
    let mut courses: BTreeMap<i64, Vec<Coord<f64>>> = BTreeMap::new();
    for (system, raw) in told {
        let projector = match system {
            System::Epsg(epsg) => Some(Projector::new(*epsg)?),
            _ => None,
        };
        let convert = |point: &Coord<f64>| degrees_of(*system, projector.as_ref(), *point);
        let mut used = false;
        for (degrees, point) in degrees.iter_mut().zip(&raw.nodes) {
            if degrees.is_none() && point.is_some() {
                *degrees = point.as_ref().and_then(convert);
                used = true;
            }
        }
        for (number, course) in &raw.courses {
            courses.entry(*number).or_insert_with(|| course.iter().filter_map(convert).collect());
        }
        if used {
            tell(*system, findings);
        }
    }
    let n = degrees.iter().flatten().count().max(1) as f64;
    let mean = degrees.iter().flatten().fold((0.0, 0.0), |sum, point| (sum.0 + point.x / n, sum.1 + point.y / n));
    let epsg = wanted.unwrap_or_else(|| utm_epsg_at(mean.0, mean.1));
    let nowhere = Coord { x: f64::NAN, y: f64::NAN };
    let mut all: Vec<Coord<f64>> = degrees.iter().map(|point| point.unwrap_or(nowhere)).collect();
    let mut spans = Vec::new();
    for (place, link) in links.iter().enumerate() {
        if let Some(course) = link.pipe.and_then(|pipe| courses.get(&pipe)) {
            let begin = all.len();
            all.extend_from_slice(course);
            spans.push((place, begin, all.len()));
        }
    }
    let local = local_from_wgs84_many(epsg, &all)?;
    let outside = degrees.iter().zip(&local).filter(|(point, local)| point.is_some() && local.is_none()).count();
    if outside > 0 {
        let message = format!("{outside} junctions cannot be represented in EPSG:{epsg}.");
        findings.push(Finding::warning("position-outside-crs", message));
    }
    let nodes: Vec<Option<Coord<f64>>> = local[..degrees.len()].to_vec();
    let end = |node: usize| nodes.get(node).copied().flatten();
    let between = spans
        .into_iter()
        .map(|(place, begin, last)| {
            let points: Vec<Coord<f64>> = local[begin..last].iter().flatten().copied().collect();
            (place, inner_points(points, end(links[place].from), end(links[place].to)))
        })
        .collect();
    Ok(Places { crs: Crs { epsg }, nodes: gaps(nodes), between })
}

fn plane(raw: &Raw, links: &[Link]) -> Places {
    let between = links
        .iter()
        .enumerate()
        .filter_map(|(place, link)| {
            let course = raw.courses.get(&link.pipe?)?.clone();
            let end = |node: usize| raw.nodes.get(node).copied().flatten();
            Some((place, inner_points(course, end(link.from), end(link.to))))
        })
        .collect();
    Places { crs: Crs::NOWHERE, nodes: gaps(raw.nodes.clone()), between }
}

/// Points of a course without its ends, from the begin to the end of the link.
fn inner_points(mut points: Vec<Coord<f64>>, begin: Option<Coord<f64>>, end: Option<Coord<f64>>) -> Vec<Coord<f64>> {
    let away = |a: Coord<f64>, b: Coord<f64>| (a.x - b.x).hypot(a.y - b.y);
    if let (Some(begin), Some(end), Some(&first)) = (begin, end, points.first()) {
        if away(first, end) < away(first, begin) {
            points.reverse();
        }
        let length: f64 = points.windows(2).map(|pair| away(pair[0], pair[1])).sum();
        let near = (1e-3 * length).max(1e-6);
        if points.first().is_some_and(|&point| away(point, begin) <= near) {
            points.remove(0);
        }
        if points.last().is_some_and(|&point| away(point, end) <= near) {
            points.pop();
        }
    }
    points
}

/// Unknown positions stay not-a-number until [`complete`].
fn gaps(nodes: Vec<Option<Coord<f64>>>) -> Vec<Coord<f64>> {
    nodes.into_iter().map(|node| node.unwrap_or(Coord { x: f64::NAN, y: f64::NAN })).collect()
}

/// Junctions without a position take that of a neighbor, else the first known one.
fn complete(places: &mut Places, junctions: &[Junction], links: &[Link], findings: &mut Findings) {
    places.nodes.resize(junctions.len(), Coord { x: f64::NAN, y: f64::NAN });
    let missing = |nodes: &[Coord<f64>]| nodes.iter().filter(|node| !node.x.is_finite()).count();
    let mut left = missing(&places.nodes);
    if left == 0 {
        return;
    }
    let of_file = places
        .nodes
        .iter()
        .zip(junctions)
        .filter(|(node, junction)| !node.x.is_finite() && !junction.key.contains("/valve-"));
    if let Some((_, junction)) = of_file.clone().next() {
        let message = format!(
            "{} junctions have no coordinates and are drawn at their neighbors, the first is {}.",
            of_file.count(),
            junction.key
        );
        findings.push(Finding::warning("position-missing", message).with_key(junction.key.as_str()));
    }
    loop {
        for link in links {
            for (a, b) in [(link.from, link.to), (link.to, link.from)] {
                if !places.nodes[a].x.is_finite() && places.nodes[b].x.is_finite() {
                    places.nodes[a] = places.nodes[b];
                }
            }
        }
        let now = missing(&places.nodes);
        if now == 0 || now == left {
            break;
        }
        left = now;
    }
    let first = places.nodes.iter().copied().find(|node| node.x.is_finite()).unwrap_or(Coord { x: 0.0, y: 0.0 });
    for node in &mut places.nodes {
        if !node.x.is_finite() {
            *node = first;
        }
    }
}

fn circle(n: usize) -> Places {
    let radius_m = APART_M * n as f64 / std::f64::consts::TAU;
    let at = |place: usize| {
        let angle = std::f64::consts::TAU * place as f64 / n.max(1) as f64;
        Coord { x: radius_m * angle.cos(), y: radius_m * angle.sin() }
    };
    Places { crs: Crs::NOWHERE, nodes: (0..n).map(at).collect(), between: BTreeMap::new() }
}
