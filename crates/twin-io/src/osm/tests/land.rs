//! Buildings, addresses, places, areas, lines, buses, assets.

use geo::Area;
use twin::{
    area::{AreaKind, GroundLineKind},
    building::{BuildingUse, PlaceKind, RoofShape},
    utility::Medium,
};

use super::{RESIDENTIAL, arc_name, codes};
use crate::osm::draw::{ROW_M, STEP_M, Town};

/// Two squares, one within the other, and a street.
fn yard() -> Town {
    Town::new(
        "a--------b
  e---f
  h---g
d--------c
x--------y",
    )
    .way(1, "xy", &RESIDENTIAL)
}

const OUTER_M2: f64 = 9.0 * STEP_M * 3.0 * ROW_M;
const INNER_M2: f64 = 4.0 * STEP_M * ROW_M;

#[test]
fn a_building_with_its_attributes() {
    let imported = yard()
        .way(
            2,
            "abcda",
            &[
                ("building", "apartments"),
                ("building:levels", "4"),
                ("roof:shape", "half-hipped"),
                ("roof:height", "3 m"),
                ("height", "15,5 m"),
                ("start_date", "C19"),
                ("building:flats", "8"),
                ("addr:street", "Hauptstraße"),
                ("addr:housenumber", "12a"),
                ("addr:postcode", "91207"),
            ],
        )
        .import();
    let building = &imported.twin.buildings.rows()[0];
    assert_eq!(building.key.as_str(), "way/2");
    assert_eq!(building.usage, BuildingUse::Apartments);
    assert_eq!((building.levels, building.height_m, building.roof_height_m), (Some(4.0), Some(15.5), Some(3.0)));
    assert_eq!(
        (building.roof, building.year_built, building.dwellings),
        (Some(RoofShape::HalfHipped), Some(1850), Some(8.0))
    );
    // The grid of the drawing is true to about two parts in a thousand.
    assert!((building.footprint.unsigned_area() / OUTER_M2 - 1.0).abs() < 4e-3);
    let address = &imported.twin.addresses.rows()[0];
    assert_eq!((address.street.as_deref(), address.house_number.as_str()), (Some("Hauptstraße"), "12a"));
    assert_eq!(address.building.map(twin::Id::index), Some(0));
}

#[test]
fn multipolygons_with_holes_new_and_old_style() {
    let plain: [(&str, &str); 0] = [];
    let multipolygon = [("type", "multipolygon"), ("building", "school")];
    let new = yard()
        .way(2, "abcda", &plain)
        .way(3, "efghe", &plain)
        .relation(5, &["w2 outer", "w3 inner"], &multipolygon)
        .import();
    assert_eq!(new.twin.buildings.len(), 1);
    let area_m2 = new.twin.buildings.rows()[0].footprint.unsigned_area();
    assert!((area_m2 / (OUTER_M2 - INNER_M2) - 1.0).abs() < 4e-3, "{area_m2}");
    let old = yard()
        .way(2, "abcda", &[("building", "school")])
        .way(3, "efghe", &plain)
        .relation(5, &["w2 outer", "w3 inner"], &[("type", "multipolygon")])
        .import();
    assert_eq!(old.twin.buildings.len(), 1);
    assert_eq!(old.twin.buildings.rows()[0].key.as_str(), "relation/5");
    assert_eq!(old.tally.kinds["buildings"].dropped["outer ring of a multipolygon"], 1);
    // In pieces.
    let pieces = yard()
        .way(2, "abc", &plain)
        .way(4, "adc", &plain)
        .way(3, "efghe", &plain)
        .relation(5, &["w2 outer", "w4 outer", "w3 inner"], &multipolygon)
        .import();
    assert!((pieces.twin.buildings.rows()[0].footprint.unsigned_area() / area_m2 - 1.0).abs() < 1e-12);
}

#[test]
fn broken_rings_are_told_with_their_ids() {
    let building = [("building", "yes")];
    let tell = |town: Town| {
        let imported = town.import();
        let finding = imported.findings.iter().find(|f| {
            f.code.starts_with("ring") || f.code.starts_with("multipolygon") || f.code == "area-cut-at-border"
        });
        let finding = finding.unwrap_or_else(|| panic!("{:?}", imported.findings));
        (
            finding.code,
            finding.message.clone() + finding.key.as_ref().map_or("", twin::Key::as_str),
            imported.twin.buildings.len(),
        )
    };
    let (code, text, n) = tell(yard().way(2, "abcd", &building));
    assert_eq!((code, n), ("ring-not-closed", 0));
    assert!(text.contains("way/2"));
    assert_eq!(tell(yard().way(2, "abza", &building)).0, "area-cut-at-border");
    assert_eq!(tell(yard().way(2, "xyx", &building)).0, "ring-without-area");
    let (code, _, n) = tell(yard().way(2, "acbda", &building));
    assert_eq!((code, n), ("ring-repaired", 1));
    let none: [(&str, &str); 0] = [];
    let open = yard().way(2, "abc", &none).relation(5, &["w2 outer"], &[("type", "multipolygon"), ("building", "yes")]);
    assert_eq!(tell(open).0, "multipolygon-broken");
    let cut = yard().way(2, "abc", &none).relation(
        5,
        &["w2 outer", "w77 outer"],
        &[("type", "multipolygon"), ("building", "yes")],
    );
    assert_eq!(tell(cut).0, "area-cut-at-border");
}

#[test]
fn parts_belong_to_their_building() {
    let imported = yard()
        .way(2, "abcda", &[("building", "yes")])
        .way(3, "efghe", &[("building:part", "yes"), ("height", "20")])
        .import();
    let buildings = imported.twin.buildings.rows();
    assert_eq!(buildings[0].part_of, None);
    assert_eq!(buildings[1].part_of.as_ref().map(twin::Key::as_str), Some("way/2"));
}

#[test]
fn use_by_land_size_and_what_is_inside() {
    let at = |drawing: &str, tags: &[(&str, &str)], land: &str, node: &[(&str, &str)]| {
        let imported = Town::new(drawing)
            .way(1, "ABCDA", &[("landuse", land)])
            .way(2, "abcda", tags)
            .way(3, "AB", &RESIDENTIAL)
            .node('p', node)
            .import();
        imported.twin.buildings.rows()[0].usage
    };
    let plain = [("building", "yes")];
    let none: [(&str, &str); 0] = [];
    let medium = "A--------------B\n a-b\n p\n d-c\nD--------------C"; // 20 m by 40 m
    let wide = "A--------------B\n a----b\n  p\n\n d----c\nD--------------C"; // 50 m by 60 m
    assert_eq!(at(medium, &plain, "residential", &none), BuildingUse::Apartments);
    assert_eq!(at("A------B\nab\ndc\nD------C", &plain, "residential", &none), BuildingUse::House); // 10 m by 20 m
    assert_eq!(at(medium, &plain, "industrial", &none), BuildingUse::Industrial);
    assert_eq!(at(medium, &plain, "farmyard", &none), BuildingUse::Farm);
    assert_eq!(
        at(medium, &[("building", "yes"), ("amenity", "fire_station")], "residential", &none),
        BuildingUse::FireStation
    );
    assert_eq!(at(wide, &plain, "residential", &[("shop", "supermarket")]), BuildingUse::Retail);
    assert_eq!(at(wide, &plain, "residential", &[("amenity", "school")]), BuildingUse::School);
    assert_eq!(at(medium, &[("building", "garages")], "residential", &none), BuildingUse::Garage);
}

#[test]
fn places_and_their_buildings() {
    let imported = yard()
        .way(2, "abcda", &[("amenity", "school"), ("name", "Grundschule")])
        .way(3, "efghe", &[("building", "yes")])
        .node('x', &[("emergency", "ambulance_station")])
        .node('y', &[("shop", "bakery"), ("name", "Bäcker")])
        .import();
    let kinds: Vec<PlaceKind> = imported.twin.places.rows().iter().map(|place| place.kind).collect();
    assert_eq!(kinds, [PlaceKind::RescueStation, PlaceKind::Shop, PlaceKind::School]);
    assert_eq!(imported.twin.places.rows()[2].building.map(twin::Id::index), Some(0), "the building on the grounds");
    assert_eq!(imported.twin.buildings.rows()[0].usage, BuildingUse::School);
}

#[test]
fn interpolated_addresses() {
    let imported = yard()
        .node('x', &[("addr:housenumber", "2"), ("addr:street", "Am Bach")])
        .node('y', &[("addr:housenumber", "10"), ("addr:street", "Am Bach")])
        .way(2, "xy", &[("addr:interpolation", "even")])
        .import();
    let numbers: Vec<&str> =
        imported.twin.addresses.rows().iter().map(|address| address.house_number.as_str()).collect();
    assert_eq!(numbers, ["2", "10", "4", "6", "8"]);
    let four = &imported.twin.addresses.rows()[2];
    assert_eq!((four.key.as_str(), four.street.as_deref()), ("way/2#1", Some("Am Bach")));
    let (x, y) = (imported.twin.addresses.rows()[0].position, imported.twin.addresses.rows()[1].position);
    assert!((four.position.x - (x.x + (y.x - x.x) * 0.25)).abs() < 1e-6);
    let several = yard().node('x', &[("addr:housenumber", "1;3"), ("addr:place", "Weiler")]).import();
    assert_eq!(several.twin.addresses.len(), 2);
}

#[test]
fn ground_and_assets() {
    let imported = yard()
        .way(2, "abcda", &[("natural", "water"), ("name", "Weiher")])
        .way(3, "efghe", &[("landuse", "forest")])
        .way(4, "xd", &[("waterway", "stream")])
        .way(5, "ya", &[("power", "minor_line"), ("voltage", "20000")])
        .node('x', &[("emergency", "fire_hydrant"), ("fire_hydrant:type", "underground")])
        .node('y', &[("manhole", "drain")])
        .node('e', &[("natural", "tree")])
        .import();
    let kinds: Vec<AreaKind> = imported.twin.areas.rows().iter().map(|area| area.kind).collect();
    assert_eq!(kinds, [AreaKind::Water, AreaKind::Forest]);
    assert_eq!(imported.twin.ground_lines.rows()[0].kind, GroundLineKind::Stream);
    let assets = imported.twin.assets.rows();
    let media: Vec<(Medium, &str)> = assets.iter().map(|asset| (asset.medium, asset.kind.as_str())).collect();
    assert_eq!(media, [(Medium::Water, "fire_hydrant"), (Medium::Sewer, "manhole"), (Medium::Power, "minor_line")]);
    assert_eq!(assets[2].attributes["voltage"], "20000");
    assert_eq!(imported.tally.not_used["natural=tree"], 1);
}

#[test]
fn bus_routes_follow_the_streets() {
    let town = Town::new(
        "a--b--c--d
   |  |
   e--f",
    );
    let imported = town
        .node('a', &[("highway", "bus_stop"), ("name", "Anfang")])
        .node('d', &[("highway", "bus_stop"), ("name", "Ende")])
        .way(1, "ab", &RESIDENTIAL)
        .way(2, "cb", &RESIDENTIAL)
        .way(3, "cd", &RESIDENTIAL)
        .way(4, "be", &RESIDENTIAL)
        .way(5, "efc", &RESIDENTIAL)
        .relation(
            9,
            &["na stop", "nd stop", "w1", "w2", "w3"],
            &[("type", "route"), ("route", "bus"), ("ref", "351"), ("public_transport:version", "2")],
        )
        .import();
    let route = &imported.twin.bus_routes.rows()[0];
    let roads = &imported.twin.roads;
    let arcs: Vec<String> = route.arcs.iter().map(|arc| arc_name(roads, *arc)).collect();
    assert_eq!(arcs, ["way/1>", "way/2<", "way/3>"]);
    assert_eq!(route.line.as_deref(), Some("351"));
    let names: Vec<_> = route.stops.iter().filter_map(|stop| imported.twin.bus_stops[*stop].name.as_deref()).collect();
    assert_eq!(names, ["Anfang", "Ende"]);
    assert!(!codes(&imported).contains(&"bus-route-gap"));
}

#[test]
fn an_old_route_with_roles_becomes_two_lines() {
    let town = Town::new(
        "a--b--c--d
   |  |
   e--f",
    );
    let one_way = [("highway", "residential"), ("oneway", "yes")];
    let town =
        town.way(1, "ab", &RESIDENTIAL).way(2, "bc", &one_way).way(3, "cd", &RESIDENTIAL).way(4, "cfeb", &one_way);
    let tags = [("type", "route"), ("route", "bus")];
    let with_roles = town.clone().relation(9, &["w1", "w2 forward", "w4 backward", "w3"], &tags).import();
    let without = town.relation(9, &["w1", "w2", "w3", "w4"], &tags).import();
    let arcs = |imported: &crate::Imported, row: usize| -> Vec<String> {
        imported.twin.bus_routes.rows()[row].arcs.iter().map(|arc| arc_name(&imported.twin.roads, *arc)).collect()
    };
    assert_eq!(arcs(&with_roles, 0), ["way/1>", "way/2>", "way/3>"]);
    assert_eq!(arcs(&with_roles, 1), ["way/3<", "way/4>", "way/1<"]);
    assert_eq!(without.twin.bus_routes.rows()[0].key.as_str(), "relation/9");
}
