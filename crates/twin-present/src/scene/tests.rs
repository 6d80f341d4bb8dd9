//! A hand-made town: two streets, a bridge, a lake in a park, a house, a hill.

use geo_types::{Coord, LineString, MultiPolygon, Polygon, coord};
use twin::{
    Crs, Id, Key, Terrain, Twin,
    area::{Area, AreaKind},
    building::{Building, BuildingUse, RoofShape},
    outcome::ClosedSection,
    road::{Assumed, Carriageway, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure},
    scenario::ClosureKind,
};

use super::*;

fn node(twin: &mut Twin, x: f64, y: f64) -> Id<RoadNode> {
    let key = Key::new(format!("node/{x}-{y}"));
    twin.roads.add_node(RoadNode {
        key,
        position: coord! { x: x, y: y },
        elevation_m: None,
        control: NodeControl::Signal,
        border: false,
        through: true,
    })
}

fn street(
    twin: &mut Twin,
    from: Id<RoadNode>,
    to: Id<RoadNode>,
    class: RoadClass,
    structure: Structure,
) -> Id<RoadLink> {
    let (a, b) = (twin.roads[from].position, twin.roads[to].position);
    let way = Carriageway { modes: Modes::ALL, lanes: 1, speed_limit_kmh: 50.0, impedance: None };
    let link = RoadLink {
        key: Key::new(format!("way/{}", twin.roads.n_links())),
        source_keys: Vec::new(),
        name: Some("Hauptstraße".into()),
        route: None,
        class,
        geometry: LineString(vec![a, b]),
        length_m: (b.x - a.x).hypot(b.y - a.y),
        forward: way.clone(),
        backward: way,
        shared_lane: false,
        width_m: Some(6.5),
        surface: None,
        structure,
        layer: i8::from(structure == Structure::Bridge),
        roundabout: false,
        destination_only: false,
        built_up: Some(true),
        max_weight_t: None,
        max_height_m: None,
        max_width_m: None,
        assumed: Assumed::default(),
    };
    twin.roads.add_link(from, to, link)
}

fn rectangle(x: f64, y: f64, width: f64, height: f64) -> Polygon<f64> {
    let corner = |dx, dy| Coord { x: x + dx, y: y + dy };
    Polygon::new(
        LineString(vec![corner(0.0, 0.0), corner(width, 0.0), corner(width, height), corner(0.0, height)]),
        vec![],
    )
}

fn house(x: f64, y: f64, roof: Option<RoofShape>) -> Building {
    Building {
        key: Key::new(format!("way/b{x}")),
        footprint: MultiPolygon(vec![rectangle(x, y, 14.0, 10.0)]),
        usage: BuildingUse::House,
        name: None,
        levels: Some(2.0),
        height_m: Some(9.0),
        min_height_m: None,
        roof,
        roof_height_m: Some(3.0),
        year_built: None,
        dwellings: None,
        residents: None,
        jobs: None,
        part_of: None,
    }
}

pub(super) fn town(hilly: bool) -> Twin {
    let mut twin = Twin::empty("Probstadt", Crs::etrs89_utm(32));
    let (x, y) = (650_000.0, 5_480_000.0);
    let nodes =
        [(0.0, 0.0), (300.0, 0.0), (300.0, 200.0), (420.0, 0.0)].map(|(dx, dy)| node(&mut twin, x + dx, y + dy));
    street(&mut twin, nodes[0], nodes[1], RoadClass::Secondary, Structure::Ground);
    street(&mut twin, nodes[1], nodes[2], RoadClass::Residential, Structure::Ground);
    street(&mut twin, nodes[1], nodes[3], RoadClass::Secondary, Structure::Bridge);
    for (index, shape) in RoofShape::ALL.iter().enumerate() {
        twin.buildings.push(house(x + 20.0 * index as f64, y + 30.0, Some(*shape)));
    }
    twin.areas.push(Area {
        key: Key::new("way/park"),
        kind: AreaKind::Park,
        name: None,
        polygon: MultiPolygon(vec![rectangle(x, y + 60.0, 250.0, 200.0)]),
    });
    twin.areas.push(Area {
        key: Key::new("way/river"),
        kind: AreaKind::Water,
        name: None,
        polygon: MultiPolygon(vec![rectangle(x + 340.0, y - 150.0, 40.0, 400.0)]),
    });
    if hilly {
        twin.terrain = Some(Terrain {
            origin: coord! { x: x - 500.0, y: y - 500.0 },
            cell_m: 25.0,
            n_columns: 60,
            n_rows: 60,
            height_m: (0..3600).map(|i| 200.0 + 8.0 * ((i % 60) as f32 * 0.4).sin()).collect(),
        });
    }
    twin
}

#[test]
fn a_scene_is_whole_finite_and_within_bounds() {
    for hilly in [false, true] {
        let twin = town(hilly);
        let scene = build(&twin, &SceneOptions::default());
        for layer in [Layer::Ground, Layer::Water, Layer::Street, Layer::Building] {
            assert!(scene.tiles.iter().any(|tile| tile.layer == layer), "{layer:?}");
        }
        let span = scene.ground.bounds.1 - scene.ground.bounds.0;
        for tile in &scene.tiles {
            let mesh = &tile.mesh;
            let n = mesh.positions.len();
            assert!(mesh.normals.len() == n && mesh.colors.len() == n && mesh.features.len() == n);
            assert!(mesh.indices.len() % 3 == 0 && mesh.indices.iter().all(|index| (*index as usize) < n));
            for (position, normal) in mesh.positions.iter().zip(&mesh.normals) {
                assert!(position.iter().chain(normal).all(|value| value.is_finite()));
                assert!(f64::from(position[0].abs()) <= span.x && f64::from(position[2].abs()) <= span.y);
                let length = normal.iter().map(|v| v * v).sum::<f32>().sqrt();
                assert!((length - 1.0).abs() < 1e-3, "{normal:?}");
            }
            assert!(mesh.features.iter().all(|feature| *feature < scene.ids.n_features()));
        }
        assert!(scene.props.iter().any(|prop| prop.kind == PropKind::Tree));
        assert!(scene.props.iter().any(|prop| prop.kind == PropKind::Signal));
    }
}

#[test]
fn threads_do_not_change_a_bit() {
    let twin = town(true);
    let with_threads = |n| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n).build().expect("two pools can be made");
        pool.install(|| build(&twin, &SceneOptions::default()))
    };
    let (one, eight) = (with_threads(1), with_threads(8));
    assert_eq!(one.tiles, eight.tiles);
    assert_eq!(one.props, eight.props);
}

#[test]
fn triangles_face_up_and_out() {
    let twin = town(false);
    let scene = build(&twin, &SceneOptions::default());
    for tile in scene.tiles.iter().filter(|tile| tile.layer != Layer::Street) {
        for triangle in tile.mesh.indices.chunks_exact(3) {
            let [a, b, c] = [0, 1, 2].map(|k| tile.mesh.positions[triangle[k] as usize]);
            let (u, v): ([f32; 3], [f32; 3]) =
                (std::array::from_fn(|k| b[k] - a[k]), std::array::from_fn(|k| c[k] - a[k]));
            let face = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
            let normal = tile.mesh.normals[triangle[0] as usize];
            let agree: f32 = (0..3).map(|k| face[k] * normal[k]).sum();
            assert!(agree > -1e-3, "{:?} {:?}: {face:?} against {normal:?}", tile.layer, tile.place);
        }
    }
}

#[test]
fn a_roof_covers_the_footprint_and_reaches_the_ridge() {
    let twin = town(false);
    let scene = build(&twin, &SceneOptions::default());
    for (id, building) in twin.buildings.iter() {
        let feature = scene.ids.building(id);
        let (mut top, mut covered) = (f32::MIN, 0.0);
        for tile in scene.tiles.iter().filter(|tile| tile.layer == Layer::Building) {
            let mesh = &tile.mesh;
            for triangle in mesh.indices.chunks_exact(3).filter(|t| mesh.features[t[0] as usize] == feature) {
                let [a, b, c] = [0, 1, 2].map(|k| mesh.positions[triangle[k] as usize]);
                top = top.max(a[1]).max(b[1]).max(c[1]);
                if mesh.normals[triangle[0] as usize][1] > 0.01 {
                    covered += ((b[0] - a[0]) * (c[2] - a[2]) - (b[2] - a[2]) * (c[0] - a[0])).abs() / 2.0;
                }
            }
        }
        assert!((covered - 140.0).abs() < 0.1, "{:?} covers {covered} m² of 140", building.roof);
        assert!((top - 9.0).abs() < 0.35, "{:?} reaches {top} m of 9", building.roof);
    }
}

#[test]
fn a_bridge_hangs_over_the_water() {
    let twin = town(false);
    let scene = build(&twin, &SceneOptions::default());
    let feature = scene.ids.road(Id::new(2));
    let highest = |feature: u32| {
        scene
            .tiles
            .iter()
            .flat_map(|tile| tile.mesh.positions.iter().zip(&tile.mesh.features))
            .filter(|(_, found)| **found == feature)
            .map(|(position, _)| {
                f64::from(position[1]) + scene.ground.origin_height_m
                    - scene.ground.height_m(scene.ground.local_from_view(*position))
            })
            .fold(f64::MIN, f64::max)
    };
    assert!(highest(feature) > 2.5);
    assert!(highest(scene.ids.road(Id::new(0))) < 0.7);
}

#[test]
fn the_street_under_the_pointer_is_found() {
    let twin = town(false);
    let sections = SectionIndex::new(&twin);
    let at = coord! { x: 650_120.0, y: 5_480_004.0 };
    let picked = sections.nearest(&twin, at, 5.0).expect("four metres from the axis of a street of 6.5 m");
    assert_eq!(picked.link, Id::new(0));
    assert!((picked.along_m - 120.0).abs() < 1e-6 && (picked.distance_m - 0.75).abs() < 1e-6);
    assert_eq!(sections.nearest(&twin, coord! { x: 650_120.0, y: 5_480_400.0 }, 5.0), None);
}

#[test]
fn a_half_closure_covers_half_of_the_street() {
    let twin = town(false);
    let scene = build(&twin, &SceneOptions::default());
    let section = ClosedSection { link: Id::new(0), from_m: 100.0, to_m: 180.0, along: true };
    let works = work_sites(&twin, &scene.ground, &[WorkSite { section, kind: ClosureKind::Half, side: None }]);
    assert_eq!(works.props.len(), 2);
    let axis_z = (scene.ground.origin.y - 5_480_000.0) as f32;
    assert!(works.mesh.positions.iter().all(|p| p[2] >= axis_z), "the right side of an eastward street is south");
    let xs = works.mesh.positions.iter().map(|p| f64::from(p[0]) + scene.ground.origin.x - 650_000.0);
    let (west, east) = xs.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)));
    assert!((west - 100.0).abs() < 0.1 && (east - 180.0).abs() < 0.1, "{west} {east}");
}

#[test]
fn an_empty_twin_is_an_empty_scene() {
    let scene = build(&Twin::empty("Nirgends", Crs::NOWHERE), &SceneOptions::default());
    assert!(scene.tiles.iter().all(|tile| tile.layer == Layer::Ground));
}

#[test]
fn feature_ids_lead_back() {
    let twin = town(false);
    let ids = FeatureIds::of(&twin);
    assert_eq!(ids.feature(0), Feature::Nothing);
    assert_eq!(ids.feature(ids.road(Id::new(2))), Feature::Road(Id::new(2)));
    assert_eq!(ids.feature(ids.building(Id::new(1))), Feature::Building(Id::new(1)));
    assert_eq!(ids.feature(ids.area(Id::new(1))), Feature::Area(Id::new(1)));
    assert_eq!(ids.feature(ids.n_features()), Feature::Nothing);
}
