//! Who drives over the selected section: its relations before and after, each of which can be shown alone.

use bevy_egui::egui::{RichText, Ui};
use twin::{
    Twin,
    demand::{VehicleClass, Zone, ZoneKind},
};
use twin_present::{
    Language,
    table::street_label,
    words::{say, word},
};
use twin_run::Relation;

use super::Desk;
use crate::routes::Pair;

/// Relations that are listed.
const N_LISTED: usize = 8;

pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.session.language;
    if !desk.session.paints_traffic() {
        return;
    }
    let mut on = desk.session.routes.on;
    let hint = word(language, "view-routes-keys");
    if ui.checkbox(&mut on, word(language, "view-routes")).on_hover_text(hint).changed() {
        desk.session.routes.switch();
    }
    if !on {
        return;
    }
    let known = desk.solver.known().cloned();
    let shown = desk.session.routes.shown.clone().filter(|shown| Some(shown.asked.link) == desk.session.selected);
    let (Some(known), Some(shown)) = (known, shown) else {
        ui.weak(word(language, "view-routes-busy"));
        return;
    };
    let all = &shown.all;
    if all.relations.is_empty() {
        ui.weak(word(language, "view-routes-none"));
        return;
    }
    let (before, after) = (language.number(all.base_trips_veh_h, 0), language.number(all.trips_veh_h, 0));
    ui.label(say(language, "view-routes-sum", &[("before", &before), ("after", &after)]));
    ui.label(RichText::new(word(language, "view-routes-largest")).strong());
    let zones = &known.prepared.demand.zones;
    for relation in all.relations.iter().take(N_LISTED) {
        let pair: Pair = (relation.class, relation.origin, relation.destination);
        let chosen = desk.session.routes.only == Some(pair);
        if ui
            .selectable_label(chosen, RichText::new(name(relation, &desk.town.twin, zones, language)).size(12.5))
            .clicked()
        {
            desk.session.routes.only = (!chosen).then_some(pair);
        }
        ui.weak(RichText::new(detail(relation, language)).size(11.5));
    }
    if all.relations.len() > N_LISTED {
        let more = language.number((all.relations.len() - N_LISTED) as f64, 0);
        ui.weak(say(language, "view-routes-more", &[("n", &more)]));
    }
    if desk.session.routes.only.is_some() && ui.button(word(language, "view-routes-all")).clicked() {
        desk.session.routes.only = None;
    }
}

/// From where to where: `Bergweg – B 14 (Kartenrand) (Pkw)`.
fn name(relation: &Relation, twin: &Twin, zones: &[Zone], language: Language) -> String {
    let place = |zone: u32| zones.get(zone as usize).map_or_else(String::new, |zone| zone_name(twin, zone, language));
    let class = match relation.class {
        VehicleClass::Car => "view-routes-car",
        VehicleClass::Truck => "view-routes-truck",
    };
    let (from, to) = (place(relation.origin), place(relation.destination));
    say(language, "view-routes-pair", &[("from", &from), ("to", &to), ("class", &word(language, class))])
}

/// What people call a zone: its name, else the street at which its trips enter the network.
fn zone_name(twin: &Twin, zone: &Zone, language: Language) -> String {
    let entered = |node| {
        let mut links = twin.roads.links().filter(|&(id, _)| {
            let (from, to) = twin.roads.ends(id);
            from == node || to == node
        });
        links.next().map(|(id, _)| street_label(twin, id, language))
    };
    let street = || zone.connectors.first().and_then(|connector| entered(connector.node));
    let name = zone.name.clone().or_else(street).unwrap_or_else(|| zone.key.to_string());
    match zone.kind {
        ZoneKind::Internal => name,
        ZoneKind::External => say(language, "view-routes-edge", &[("name", &name)]),
    }
}

/// How many, and how much longer: `vorher 12,3, nachher 0,0 Fz/h · Weg +350 m, +0,8 min`.
fn detail(relation: &Relation, language: Language) -> String {
    let (before, after) = (language.number(relation.base_trips_veh_h, 1), language.number(relation.trips_veh_h, 1));
    let trips = say(language, "view-routes-way", &[("before", &before), ("after", &after)]);
    let way = match (relation.added_m, relation.added_s) {
        (Some(metres), Some(seconds)) => {
            let (m, min) = (language.signed(metres, 0), language.signed(seconds / 60.0, 1));
            say(language, "view-routes-longer", &[("m", &m), ("min", &min)])
        }
        _ => word(language, "view-routes-lost"),
    };
    format!("{trips} · {way}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relation_is_told_with_its_trips_and_its_detour() {
        let relation = Relation {
            class: VehicleClass::Car,
            origin: 0,
            destination: 9,
            base_trips_veh_h: 12.34,
            trips_veh_h: 0.0,
            added_m: Some(350.4),
            added_s: Some(47.0),
        };
        assert_eq!(detail(&relation, Language::De), "vorher 12,3, nachher 0,0 Fz/h · Weg +350 m, +0,8 min");
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let twin = twin_musterstadt::generate(&options, &twin::Silent).expect("it can be made");
        let (node, _) = twin.roads.nodes().next().expect("it has junctions");
        let zone = Zone {
            key: "node/1".into(),
            name: Some("Bergweg".to_owned()),
            position: twin.roads[node].position,
            kind: ZoneKind::Internal,
            residents: 0.0,
            jobs: 0.0,
            connectors: vec![twin::demand::Connector { node, time_s: 0.0 }],
        };
        let edge = Zone { name: None, kind: ZoneKind::External, ..zone.clone() };
        let edge_name = zone_name(&twin, &edge, Language::De);
        assert!(edge_name.ends_with(" (Kartenrand)") && !edge_name.contains("node/"), "{edge_name}");
        let told = name(&Relation { destination: 1, ..relation }, &twin, &[zone, edge], Language::De);
        assert_eq!(told, format!("Bergweg – {edge_name} (Pkw)"));
        let lost = Relation { added_m: None, added_s: None, ..relation };
        assert_eq!(detail(&lost, Language::De), "vorher 12,3, nachher 0,0 Fz/h · kein Weg mehr");
    }
}
