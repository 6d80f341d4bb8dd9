//! Where a record is: lines and points in longitude and latitude.

use geo_types::Coord;
use serde_json::Value;
use twin::Finding;

use super::{super::event::Shape, xml::Element};

/// Ends of two lines within this belong together, degrees (about a metre).
const SAME_DEG: f64 = 1e-5;

/// The places of a record, and what is to be told about them; several where lines do not join.
pub(super) fn shapes(location: &Element) -> Result<(Vec<Shape>, Option<Finding>), Finding> {
    let areas = ["areaLocation", "gmlMultiPolygon", "openlrAreaLocationReference"];
    let is_area = location.kind().is_some_and(|kind| kind.contains("Area"))
        || areas.iter().any(|name| !location.beneath(name).is_empty());
    if is_area {
        return Err(Finding::warning(
            "area-location",
            "The record lies on an area, not along a street: it is left out.",
        )
        .with_help("Add what is closed in it to the calendar by hand."));
    }
    let mut lines: Vec<Vec<Coord<f64>>> =
        location.beneath("posList").into_iter().filter_map(|list| positions(location, list)).collect();
    if lines.is_empty() {
        lines = location.beneath("geoJsonGeometry").into_iter().flat_map(|element| geojson(&element.text)).collect();
    }
    if !lines.is_empty() {
        return Ok((joined(lines).into_iter().map(Shape::Line).collect(), None));
    }
    if let Some(positions) = itinerary(location) {
        return Ok((vec![Shape::Line(positions)], None));
    }
    let of_ends: Vec<Coord<f64>> = ["from", "to"]
        .into_iter()
        .filter_map(|name| location.beneath(name).into_iter().find_map(first_point))
        .collect();
    if of_ends.len() == 2 {
        return Ok((vec![Shape::Points(of_ends)], None));
    }
    let point = ["pointByCoordinates", "tpegPointLocation", "tpegLinearLocation"]
        .into_iter()
        .find_map(|name| location.beneath(name).into_iter().find_map(first_point));
    if let Some(point) = point {
        return Ok((vec![Shape::Points(vec![point])], None));
    }
    let display = ["coordinatesForDisplay", "locationForDisplay"]
        .into_iter()
        .find_map(|name| location.beneath(name).into_iter().find_map(point_of));
    if let Some(point) = display {
        let finding =
            Finding::note("display-position", "Only the position for display is given: the street there is taken.")
                .with_help("Check the work in the calendar.");
        return Ok((vec![Shape::Points(vec![point])], Some(finding)));
    }
    Err(nothing_usable(location))
}

fn nothing_usable(location: &Element) -> Finding {
    let mut methods: Vec<&str> = Vec::new();
    for (begin, method) in [
        ("alertC", "Alert-C"),
        ("openlr", "OpenLR"),
        ("linearWithin", "a linear referencing system"),
        ("pointAlong", "a linear referencing system"),
    ] {
        if has_beginning(location, begin) && !methods.contains(&method) {
            methods.push(method);
        }
    }
    if methods.is_empty() {
        return Finding::warning("geometry-missing", "The record has no usable position: it is left out.")
            .with_help("Tell the publisher of the feed.");
    }
    Finding::warning(
        "location-by-code",
        format!(
            "The record is located by {} only, which needs tables that a feed does not carry: it is left out.",
            methods.join(" and ")
        ),
    )
    .with_help("Ask the publisher for coordinates, or add the work to the calendar by hand.")
}

fn has_beginning(element: &Element, begin: &str) -> bool {
    let mut stack = vec![element];
    while let Some(element) = stack.pop() {
        if element.name.starts_with(begin) {
            return true;
        }
        stack.extend(&element.children);
    }
    false
}

/// Positions of a list: latitude first, unless the reference system is CRS84.
fn positions(location: &Element, list: &Element) -> Option<Vec<Coord<f64>>> {
    let parent = location
        .beneath("gmlLineString")
        .into_iter()
        .find(|line| line.children.iter().any(|child| std::ptr::eq(child, list)));
    let attribute = |name: &str| list.attribute(name).or_else(|| parent.and_then(|parent| parent.attribute(name)));
    let dimension: usize = attribute("srsDimension").and_then(|text| text.parse().ok()).unwrap_or(2);
    let longitude_first = attribute("srsName").is_some_and(|name| name.contains("CRS84"));
    let numbers: Vec<f64> = list.text.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    if !(2..=3).contains(&dimension)
        || numbers.is_empty()
        || !numbers.len().is_multiple_of(dimension)
        || numbers.iter().any(|n| !n.is_finite())
    {
        return None;
    }
    let coord = |pair: &[f64]| {
        if longitude_first { Coord { x: pair[0], y: pair[1] } } else { Coord { x: pair[1], y: pair[0] } }
    };
    Some(numbers.chunks(dimension).map(coord).collect())
}

/// Lines of a GeoJSON geometry.
fn geojson(text: &str) -> Vec<Vec<Coord<f64>>> {
    let Ok(geometry) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let line = |value: &Value| -> Option<Vec<Coord<f64>>> {
        value.as_array()?.iter().map(|at| Some(Coord { x: at.get(0)?.as_f64()?, y: at.get(1)?.as_f64()? })).collect()
    };
    let coordinates = &geometry["coordinates"];
    match geometry["type"].as_str() {
        Some("LineString") => line(coordinates).into_iter().collect(),
        Some("MultiLineString") => coordinates.as_array().into_iter().flatten().filter_map(line).collect(),
        _ => Vec::new(),
    }
}

/// Points of an itinerary in order.
fn itinerary(location: &Element) -> Option<Vec<Coord<f64>>> {
    let mut stops: Vec<(i64, Coord<f64>)> = location
        .all("locationContainedInItinerary")
        .filter_map(|stop| Some((stop.attribute("index")?.trim().parse().ok()?, first_point(stop)?)))
        .collect();
    stops.sort_by_key(|(index, _)| *index);
    (stops.len() > 1).then(|| stops.into_iter().map(|(_, at)| at).collect())
}

fn first_point(element: &Element) -> Option<Coord<f64>> {
    element.beneath("pointCoordinates").into_iter().find_map(point_of)
}

fn point_of(element: &Element) -> Option<Coord<f64>> {
    let number =
        |name| element.value(name).and_then(|text| text.parse::<f64>().ok()).filter(|number| number.is_finite());
    Some(Coord { x: number("longitude")?, y: number("latitude")? })
}

/// Lines joined where their ends meet, in whatever order and direction they come; the first keeps its direction.
fn joined(lines: Vec<Vec<Coord<f64>>>) -> Vec<Vec<Coord<f64>>> {
    let same = |a: Option<&Coord<f64>>, b: Option<&Coord<f64>>| {
        a.zip(b).is_some_and(|(a, b)| (a.x - b.x).abs() <= SAME_DEG && (a.y - b.y).abs() <= SAME_DEG)
    };
    let mut rest: Vec<Vec<Coord<f64>>> = Vec::new();
    for line in lines {
        if !rest.contains(&line) {
            rest.push(line);
        }
    }
    let mut done = Vec::new();
    while !rest.is_empty() {
        let mut line = rest.remove(0);
        while let Some(index) = rest.iter().position(|other| {
            [other.first(), other.last()].into_iter().any(|end| same(end, line.first()) || same(end, line.last()))
        }) {
            let mut other = rest.remove(index);
            if same(line.last(), other.last()) || same(line.first(), other.first()) {
                other.reverse();
            }
            if same(line.last(), other.first()) {
                line.extend(other.into_iter().skip(1));
            } else {
                other.pop();
                other.append(&mut line);
                line = other;
            }
        }
        done.push(line);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(xs: &[f64]) -> Vec<Coord<f64>> {
        xs.iter().map(|&x| Coord { x, y: 0.0 }).collect()
    }

    #[test]
    fn pieces_join_in_any_order() {
        assert_eq!(
            joined(vec![line(&[1.0, 2.0]), line(&[3.0, 2.0]), line(&[0.0, 1.0])]),
            [line(&[0.0, 1.0, 2.0, 3.0])]
        );
        assert_eq!(joined(vec![line(&[0.0, 1.0]), line(&[5.0, 6.0])]).len(), 2);
        assert_eq!(joined(vec![line(&[0.0, 1.0]), line(&[0.0, 1.0])]).len(), 1);
    }
}
