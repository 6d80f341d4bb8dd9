//! What lies around a place: streets, buildings, addresses, places, bus stops, supply lines.

use geo::{Coord, Distance as _, Euclidean, Geometry, LineString, Point};
use twin::{
    Key, Network, Twin,
    road::Direction,
    utility::{Burial, PowerBranchKind, WaterLinkKind},
};

/// One thing near a place.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// `road_link`, `building`, `address`, `place`, `bus_stop`, `bus_route`, `water_link`, `area`, …: the layer it is in.
    pub layer: &'static str,
    /// Its key.
    pub key: Key,
    /// Its name as people know it.
    pub name: Option<String>,
    /// Distance from the place, metres; 0 inside an area.
    pub distance_m: f64,
    /// Attributes by column name, with the unit in the name.
    pub attributes: Vec<(&'static str, String)>,
}

/// Everything within `radius_m` metres of a position in the twin's CRS, by layer, the nearest first.
#[must_use]
pub fn around(twin: &Twin, position: Coord<f64>, radius_m: f64) -> Vec<Near> {
    let here = Around { point: Point::from(position), radius_m };
    let mut found = Vec::new();
    streets(twin, &here, &mut found);
    buildings(twin, &here, &mut found);
    transit(twin, &here, &mut found);
    supply(twin, &here, &mut found);
    for area in twin.areas.rows() {
        if let Some(distance_m) = here.reaches(Euclidean.distance(&here.point, &area.polygon)) {
            found.push(near(
                "area",
                &area.key,
                area.name.clone(),
                distance_m,
                vec![("kind", area.kind.name().to_owned())],
            ));
        }
    }
    let layers: Vec<&str> = {
        let mut layers = Vec::new();
        for near in &found {
            if !layers.contains(&near.layer) {
                layers.push(near.layer);
            }
        }
        layers
    };
    let rank = |layer: &str| layers.iter().position(|known| *known == layer);
    found.sort_by(|a, b| {
        rank(a.layer).cmp(&rank(b.layer)).then(a.distance_m.total_cmp(&b.distance_m)).then_with(|| a.key.cmp(&b.key))
    });
    found
}

struct Around {
    point: Point<f64>,
    radius_m: f64,
}

impl Around {
    fn reaches(&self, distance_m: f64) -> Option<f64> {
        (distance_m <= self.radius_m).then_some(distance_m)
    }
    fn line(&self, line: &LineString<f64>) -> Option<f64> {
        if line.0.is_empty() { None } else { self.reaches(Euclidean.distance(&self.point, line)) }
    }
    fn position(&self, position: Coord<f64>) -> Option<f64> {
        self.reaches(Euclidean.distance(self.point, Point::from(position)))
    }
}

fn near(
    layer: &'static str,
    key: &Key,
    name: Option<String>,
    distance_m: f64,
    attributes: Vec<(&'static str, String)>,
) -> Near {
    Near { layer, key: key.clone(), name, distance_m, attributes }
}

fn streets(twin: &Twin, here: &Around, found: &mut Vec<Near>) {
    for (_, link) in twin.roads.links() {
        let Some(distance_m) = here.line(&link.geometry) else { continue };
        let mut attributes =
            vec![("class", link.class.name().to_owned()), ("length_m", format!("{:.1}", link.length_m))];
        for (direction, lanes, speed) in [
            (Direction::Forward, "lanes_forward", "speed_forward_kmh"),
            (Direction::Backward, "lanes_backward", "speed_backward_kmh"),
        ] {
            let way = link.carriageway(direction);
            if way.lanes > 0 {
                attributes.push((lanes, way.lanes.to_string()));
                attributes.push((speed, format!("{:.0}", way.speed_limit_kmh)));
            }
        }
        attributes.extend(link.width_m.map(|width_m| ("width_m", format!("{width_m:.1}"))));
        attributes.extend(link.surface.clone().map(|surface| ("surface", surface)));
        attributes.extend(link.route.clone().map(|route| ("route", route)));
        found.push(near("road_link", &link.key, link.name.clone(), distance_m, attributes));
    }
}

fn buildings(twin: &Twin, here: &Around, found: &mut Vec<Near>) {
    for building in twin.buildings.rows().iter().filter(|building| building.part_of.is_none()) {
        let Some(distance_m) = here.reaches(Euclidean.distance(&here.point, &building.footprint)) else { continue };
        let mut attributes = vec![("use", building.usage.name().to_owned())];
        attributes.extend(building.levels.map(|levels| ("levels", levels.to_string())));
        attributes.extend(building.height_m.map(|height_m| ("height_m", format!("{height_m:.1}"))));
        attributes.extend(building.year_built.map(|year| ("year_built", year.to_string())));
        attributes.extend(building.residents.map(|residents| ("residents", format!("{residents:.0}"))));
        found.push(near("building", &building.key, building.name.clone(), distance_m, attributes));
    }
    for address in twin.addresses.rows() {
        if let Some(distance_m) = here.position(address.position) {
            let name = format!("{} {}", address.street.as_deref().unwrap_or_default(), address.house_number);
            found.push(near("address", &address.key, Some(name.trim().to_owned()), distance_m, Vec::new()));
        }
    }
    for place in twin.places.rows() {
        if let Some(distance_m) = here.position(place.position) {
            let attributes = vec![("kind", place.kind.name().to_owned())];
            found.push(near("place", &place.key, place.name.clone(), distance_m, attributes));
        }
    }
}

fn transit(twin: &Twin, here: &Around, found: &mut Vec<Near>) {
    for stop in twin.bus_stops.rows() {
        if let Some(distance_m) = here.position(stop.position) {
            found.push(near("bus_stop", &stop.key, stop.name.clone(), distance_m, Vec::new()));
        }
    }
    for route in twin.bus_routes.rows() {
        let nearest =
            route.arcs.iter().filter_map(|arc| here.line(&twin.roads.link(arc.link).geometry)).min_by(f64::total_cmp);
        if let Some(distance_m) = nearest {
            let attributes = route.line.clone().map(|line| ("line", line)).into_iter().collect();
            found.push(near("bus_route", &route.key, route.name.clone(), distance_m, attributes));
        }
    }
}

fn kind_and_diameter(kind: &str, diameter_m: Option<f64>) -> Vec<(&'static str, String)> {
    let diameter = diameter_m.map(|diameter_m| ("diameter_mm", format!("{:.0}", 1000.0 * diameter_m)));
    std::iter::once(("kind", kind.to_owned())).chain(diameter).collect()
}

fn supply(twin: &Twin, here: &Around, found: &mut Vec<Near>) {
    lines(&twin.water, here, "water_link", found, |link| {
        let mut attributes = Vec::new();
        let kind = match &link.kind {
            WaterLinkKind::Pipe { diameter_m, .. } => {
                attributes.push(("diameter_mm", format!("{:.0}", 1000.0 * diameter_m)));
                "pipe"
            }
            WaterLinkKind::Pump { .. } => "pump",
            WaterLinkKind::Valve { .. } => "valve",
            WaterLinkKind::PressureReducer { .. } => "pressure_reducer",
            WaterLinkKind::ControlValve { valve, .. } => valve.name(),
        };
        attributes.insert(0, ("kind", kind.to_owned()));
        (&link.key, &link.geometry, &link.burial, attributes)
    });
    lines(&twin.gas, here, "gas_pipe", found, |pipe| {
        (&pipe.key, &pipe.geometry, &pipe.burial, kind_and_diameter(pipe.kind.name(), pipe.kind.diameter_m()))
    });
    lines(&twin.heat, here, "heat_pipe", found, |pipe| {
        (&pipe.key, &pipe.geometry, &pipe.burial, kind_and_diameter(pipe.kind.name(), pipe.kind.diameter_m()))
    });
    lines(&twin.sewer, here, "sewer_pipe", found, |pipe| {
        let attributes =
            vec![("kind", pipe.kind.name().to_owned()), ("diameter_mm", format!("{:.0}", 1000.0 * pipe.diameter_m))];
        (&pipe.key, &pipe.geometry, &pipe.burial, attributes)
    });
    lines(&twin.power, here, "power_branch", found, |branch| {
        let kind = match branch.kind {
            PowerBranchKind::Line { .. } => "line",
            PowerBranchKind::Transformer { .. } => "transformer",
            PowerBranchKind::Impedance { .. } => "impedance",
            PowerBranchKind::Switch { .. } => "switch",
        };
        (&branch.key, &branch.geometry, &branch.burial, vec![("kind", kind.to_owned())])
    });
    let nodes = twin.water.nodes().map(|(_, node)| ("water_node", &node.key, node.position));
    let nodes = nodes.chain(twin.sewer.nodes().map(|(_, node)| ("manhole", &node.key, node.position)));
    let nodes = nodes.chain(twin.power.nodes().map(|(_, node)| ("power_bus", &node.key, node.position)));
    for (layer, key, position) in nodes {
        if let Some(distance_m) = here.position(position) {
            found.push(near(layer, key, None, distance_m, Vec::new()));
        }
    }
    for asset in twin.assets.rows() {
        let distance_m = match &asset.geometry {
            Geometry::Point(point) => Some(Euclidean.distance(here.point, *point)),
            Geometry::LineString(line) if !line.0.is_empty() => Some(Euclidean.distance(&here.point, line)),
            Geometry::Polygon(polygon) => Some(Euclidean.distance(&here.point, polygon)),
            Geometry::MultiPolygon(polygons) => Some(Euclidean.distance(&here.point, polygons)),
            _ => None,
        };
        if let Some(distance_m) = distance_m.and_then(|distance_m| here.reaches(distance_m)) {
            let attributes = vec![("medium", asset.medium.name().to_owned()), ("kind", asset.kind.clone())];
            found.push(near("asset", &asset.key, asset.attributes.get("name").cloned(), distance_m, attributes));
        }
    }
}

type Line<'a> = (&'a Key, &'a LineString<f64>, &'a Burial, Vec<(&'static str, String)>);

fn lines<N, L>(
    network: &Network<N, L>,
    here: &Around,
    layer: &'static str,
    found: &mut Vec<Near>,
    of: impl Fn(&L) -> Line<'_>,
) {
    for (_, link) in network.links() {
        let (key, geometry, burial, mut attributes) = of(link);
        let Some(distance_m) = here.line(geometry) else { continue };
        attributes.extend(burial.material.clone().map(|material| ("material", material)));
        attributes.extend(burial.year_laid.map(|year| ("year_laid", year.to_string())));
        attributes.extend(burial.cover_m.map(|cover_m| ("cover_m", format!("{cover_m:.2}"))));
        attributes.extend(burial.operator.clone().map(|operator| ("operator", operator)));
        found.push(near(layer, key, None, distance_m, attributes));
    }
}

#[cfg(test)]
mod tests {
    use geo::coord;

    use super::*;
    use crate::fixture::testheim;

    #[test]
    fn what_lies_at_a_junction_is_found_nearest_first() {
        let found = around(&testheim(), coord! { x: 101.0, y: 10.0 }, 15.0);
        let shown: Vec<(&str, &str)> = found.iter().map(|near| (near.layer, near.key.as_str())).collect();
        assert_eq!(
            shown,
            // 1 m from Bergweg, 10 m from the street ahead, √101 m from the end of the one behind.
            vec![("road_link", "way/4"), ("road_link", "way/2"), ("road_link", "way/1"), ("address", "node/Bergweg 2")]
        );
    }
}
