//! A hand-made network: a main, a service pipe to a house, a hydrant.

use geo_types::{LineString, coord};
use twin::{
    Crs, Id, Key, Twin,
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
    for part in [
        SupplyPart::Line(Medium::Water, 0),
        SupplyPart::Node(Medium::Water, 0),
        SupplyPart::Node(Medium::Water, 1),
    ] {
        let feature = ids.supply(part);
        assert!(feature < ids.n_features());
        assert_eq!(ids.feature(feature), crate::scene::Feature::Supply(part));
    }
}
