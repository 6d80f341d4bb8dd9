//! A hand-made network: a main, a service pipe to a house, a hydrant.

use geo_types::{LineString, coord};
use twin::{
    Crs, Id, Key, Twin,
    outcome::{Interruption, NotServed, Supply, WaterOutcome, WaterTime, WaterTotals},
    utility::{Burial, Medium, WaterLink, WaterLinkDetail, WaterLinkKind, WaterNode, WaterNodeDetail, WaterNodeKind},
};

use super::*;
use crate::Language;

fn node(twin: &mut Twin, x: f64, kind: WaterNodeKind) -> Id<WaterNode> {
    let key = Key::new(format!("water_junction/{x}"));
    let detail = WaterNodeDetail::default();
    let position = coord! { x: x, y: 0.0 };
    twin.water.add_node(WaterNode { key, position, elevation_m: 300.0, kind, building: None, detail })
}

fn town() -> Twin {
    let mut twin = Twin::empty("Testheim", Crs { epsg: 25832 });
    let from = node(&mut twin, 0.0, WaterNodeKind::Junction { base_demand_m3_s: 0.001 });
    let to = node(&mut twin, 100.0, WaterNodeKind::Hydrant);
    twin.water.add_link(
        from,
        to,
        WaterLink {
            key: Key::new("water_pipe/P-1"),
            geometry: LineString(vec![coord! { x: 0.0, y: 0.0 }, coord! { x: 100.0, y: 0.0 }]),
            kind: WaterLinkKind::Pipe { length_m: 100.0, diameter_m: 0.15, roughness: 0.4, open: true },
            burial: Burial {
                material: Some("GGG".into()),
                year_laid: Some(1984),
                cover_m: Some(1.3),
                position_accuracy_m: Some(0.1),
                operator: Some("Stadtwerke".into()),
            },
            detail: WaterLinkDetail::default(),
        },
    );
    twin
}

#[test]
fn a_pipe_tells_material_year_and_depth_in_both_languages() {
    let twin = town();
    let pipe = SupplyPart::Line(Medium::Water, 0);
    assert_eq!(part_name(&twin, pipe, Language::De), "Wasserleitung");
    assert_eq!(part_name(&twin, pipe, Language::En), "Water main");
    let value = |language: Language, label: &str| {
        let rows = attributes(&twin, pipe, language);
        rows.iter().find(|(name, _)| name == label).map(|(_, value)| value.clone())
    };
    assert_eq!(value(Language::De, "Werkstoff").as_deref(), Some("GGG (duktiles Gusseisen)"));
    assert_eq!(value(Language::De, "Innendurchmesser").as_deref(), Some("150 mm"));
    assert_eq!(value(Language::De, "Überdeckung").as_deref(), Some("1,30 m"));
    assert_eq!(value(Language::De, "Lagegenauigkeit").as_deref(), Some("± 0,10 m"));
    assert_eq!(value(Language::En, "Material").as_deref(), Some("GGG (ductile cast iron)"));
    assert_eq!(value(Language::En, "Laid in").as_deref(), Some("1984"));
}

#[test]
fn cables_and_unknown_materials_keep_their_code() {
    let cable = told::material_in_words(Language::De, "2x NAYY 4x150");
    assert_eq!(cable, "2x NAYY 4x150 (Kabel mit Aluminiumleitern)");
    let copper = told::material_in_words(Language::De, "NYY-J 4x35");
    assert_eq!(copper, "NYY-J 4x35 (Kabel mit Kupferleitern)");
    assert_eq!(
        told::material_in_words(Language::En, "NA2XS2Y 1x150"),
        "NA2XS2Y 1x150 (cable with aluminium conductors)"
    );
    assert_eq!(told::material_in_words(Language::De, "Xyz"), "Xyz");
    assert_eq!(told::material_in_words(Language::En, "PE 100"), "PE 100 (polyethylene)");
}

#[test]
fn parts_are_found_by_key_and_lie_where_they_are() {
    let twin = town();
    assert_eq!(SupplyPart::of_key(&twin, &Key::new("water_pipe/P-1")), Some(SupplyPart::Line(Medium::Water, 0)));
    assert_eq!(SupplyPart::of_key(&twin, &Key::new("water_junction/100")), Some(SupplyPart::Node(Medium::Water, 1)));
    assert_eq!(SupplyPart::of_key(&twin, &Key::new("gas_pipe/1")), None);
    assert_eq!(SupplyPart::Line(Medium::Water, 0).place(&twin), Some(coord! { x: 50.0, y: 0.0 }));
}

#[test]
fn features_and_parts_stand_for_each_other() {
    let twin = town();
    let ids = crate::scene::FeatureIds::of(&twin);
    for part in
        [SupplyPart::Line(Medium::Water, 0), SupplyPart::Node(Medium::Water, 0), SupplyPart::Node(Medium::Water, 1)]
    {
        let feature = ids.supply(part);
        assert!(feature < ids.n_features());
        assert_eq!(ids.feature(feature), crate::scene::Feature::Supply(part));
    }
}

#[test]
fn a_pipe_is_a_band_with_two_edges_and_a_hydrant_a_symbol_and_both_are_found() {
    let twin = town();
    let scene = crate::scene::build(&twin, &crate::scene::SceneOptions::default());
    let layer = crate::scene::Layer::Supply(Medium::Water);
    let pipe = scene.ids.supply(SupplyPart::Line(Medium::Water, 0));
    let hydrant = scene.ids.supply(SupplyPart::Node(Medium::Water, 1));
    let of = |feature: u32| -> Vec<[f32; 3]> {
        let meshes = scene.tiles.iter().filter(|tile| tile.layer == layer).map(|tile| &tile.mesh);
        meshes
            .flat_map(|mesh| mesh.features.iter().zip(&mesh.normals))
            .filter(|(f, _)| **f == feature)
            .map(|(_, n)| *n)
            .collect()
    };
    let (left, right) = (of(pipe), of(pipe | 1 << 31));
    assert!(left.len() == right.len() && left.len() >= 11, "a point every ten metres: {}", left.len());
    // The pipe runs east: its left edge is in the north, which is -z.
    assert!(left.iter().all(|n| (n[2] + 1.0).abs() < 1e-6) && right.iter().all(|n| (n[2] - 1.0).abs() < 1e-6));
    assert_eq!(of(hydrant).len(), 4);
    assert!(of(hydrant).iter().all(|n| n[2] >= 2.0));
    assert!(of(scene.ids.supply(SupplyPart::Node(Medium::Water, 0))).is_empty(), "junctions are not drawn");

    let at = |x: f64, y: f64| scene.lines.nearest(&twin, coord! { x: x, y: y }, 5.0, |medium| medium == Medium::Water);
    assert_eq!(at(50.0, 3.0), Some(SupplyPart::Line(Medium::Water, 0)));
    assert_eq!(at(99.0, 1.0), Some(SupplyPart::Node(Medium::Water, 1)));
    assert_eq!(at(50.0, 6.0), None);
    assert_eq!(scene.lines.nearest(&twin, coord! { x: 50.0, y: 0.0 }, 5.0, |_| false), None);
}

fn at(time_s: u64, demand_m3_s: f64, link_status: &'static str) -> WaterTime {
    WaterTime {
        time_s,
        status: twin::outcome::Status::Converged { iterations: 1, residual: 0.0 },
        head_m: vec![340.0; 2],
        pressure_m: vec![40.0; 2],
        demand_m3_s: vec![demand_m3_s, 0.0],
        served_m3_s: vec![demand_m3_s, 0.0],
        supply: vec![Supply::Supplied; 2],
        flow_m3_s: vec![0.0],
        velocity_m_s: vec![0.0],
        headloss_m: vec![0.0],
        link_status: vec![link_status],
    }
}

#[test]
fn the_time_shown_is_one_of_an_outage_even_where_more_is_drawn_between_two() {
    let times = vec![
        at(0, 0.004, "open"),
        at(3600, 0.001, "out_of_service"),
        at(7200, 0.003, "open"),
        at(10_800, 0.002, "out_of_service"),
        at(14_400, 0.005, "open"),
    ];
    let outcome = |times: Vec<WaterTime>| WaterOutcome {
        demand_model: twin::scenario::WaterDemandModel::Pda,
        required_pressure_m: 15.0,
        times,
        base_totals: WaterTotals::default(),
        totals: WaterTotals::default(),
        affected: Vec::new(),
        interruption: Some(Interruption::of_nobody(3600, 14_400, NotServed::Water(0.0))),
        simulated_s: 14_400,
        tanks: Vec::new(),
    };
    assert_eq!(shown_time(&outcome(times.clone())).map(|time| time.time_s), Some(10_800));
    let whole: Vec<WaterTime> = times.into_iter().filter(|time| time.link_status == ["open"]).collect();
    assert_eq!(shown_time(&outcome(whole)).map(|time| time.time_s), Some(14_400));
    assert!(shown_time(&outcome(Vec::new())).is_none());
}
