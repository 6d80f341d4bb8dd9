//! The card of the selected street: what is known about it, and the closure that is being prepared on it.

use bevy_egui::egui::{self, RichText, Ui};
use twin::{
    Twin,
    road::{Arc, Assumed, Direction, RoadLink, Structure},
    scenario::{ClosureKind, OpenDirection, RoadTarget, Side},
};
use twin_present::{
    Language,
    words::{find_word, word},
};

use super::Desk;
use crate::draft::{Choice, Named};

pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.session.language;
    let Some(id) = desk.session.selected else {
        ui.heading(desk.word("view-street"));
        ui.label(desk.word("view-no-street"));
        return;
    };
    let town = desk.town.clone();
    let link = town.twin.roads.link(id);
    ui.heading(street_name(link, language));
    attributes(ui, link, language);
    volumes(ui, desk, id);
    super::routes::draw(ui, desk);
    ui.separator();
    ui.heading(desk.word("view-closure"));
    closure(ui, desk, link);
    ui.add_space(6.0);
    let (fits, changes) =
        desk.session.draft.as_ref().map_or((false, false), |draft| (draft.days().is_some(), draft.changes_one()));
    let name = desk.word(if changes { "view-change" } else { "view-add" });
    let button = egui::Button::new(RichText::new(name).strong()).min_size(egui::vec2(200.0, 30.0));
    if ui.add_enabled(fits, button).on_disabled_hover_text(desk.word("view-days-wrong")).clicked() {
        add_closure(desk);
    }
}

/// Puts the prepared closure into the scenario and computes it.
pub(super) fn add_closure(desk: &mut Desk<'_>) {
    let Some(draft) = desk.session.draft.clone().filter(|draft| draft.days().is_some()) else { return };
    let closure = draft.closure(&desk.town.twin);
    let language = desk.session.language;
    // A section has one closure: the new one takes the place of an old one.
    let old = desk.session.edit.scenario.closures.iter().position(|old| old.target == closure.target);
    if desk.session.edit.scenario.name.is_empty() {
        let street = target_name(&desk.town.twin, &closure.target, Some(draft.link), language);
        desk.session.edit.scenario.name = format!("{street}, {}", Named::of(&closure).label(language));
    }
    match old {
        Some(old) => desk.session.edit.scenario.closures[old] = closure,
        None => desk.session.edit.scenario.closures.push(closure),
    }
    desk.compute();
    // From now on the card changes the closure that there is.
    let link = desk.session.selected;
    desk.session.select(&desk.town.twin, link);
}

fn attributes(ui: &mut Ui, link: &RoadLink, language: Language) {
    let assumed = |is: bool| if is { format!(" ({})", word(language, "view-assumed")) } else { String::new() };
    egui::Grid::new("attributes").num_columns(2).spacing([14.0, 3.0]).show(ui, |ui| {
        let mut row = |name: &str, value: String| {
            ui.weak(word(language, name));
            ui.label(value);
            ui.end_row();
        };
        let class =
            find_word(language, &format!("road-{}", link.class.name())).unwrap_or_else(|| link.class.name().to_owned());
        let route = link.route.as_ref().map(|route| format!(" {route}")).unwrap_or_default();
        row("view-class", format!("{class}{route}"));
        row("view-length", format!("{} m", language.number(link.length_m, 0)));
        row(
            "view-width",
            format!("{} m{}", language.number(link.width_or_assumed_m(), 1), assumed(link.width_m.is_none())),
        );
        let lanes =
            if link.shared_lane { "1".to_owned() } else { format!("{} + {}", link.forward.lanes, link.backward.lanes) };
        row("view-lanes", format!("{lanes}{}", assumed(link.assumed.contains(Assumed::LANES))));
        let speed = link.forward.speed_limit_kmh.max(link.backward.speed_limit_kmh);
        row(
            "view-speed",
            format!("{} km/h{}", language.number(speed, 0), assumed(link.assumed.contains(Assumed::SPEED))),
        );
        if (link.forward.lanes == 0) != (link.backward.lanes == 0) {
            row("view-oneway", "✔".to_owned());
        }
        if link.structure == Structure::Bridge {
            row("view-bridge", "✔".to_owned());
        }
    });
    ui.weak(RichText::new(link.key.as_str()).size(11.0));
}

fn volumes(ui: &mut Ui, desk: &Desk<'_>, id: twin::Id<RoadLink>) {
    let language = desk.session.language;
    let Some(hour) = desk.session.outcome.as_ref().and_then(|o| o.traffic.as_ref()?.hours.get(desk.session.hour_index))
    else {
        return;
    };
    let sum =
        |column: &[f64]| -> f64 { Direction::BOTH.iter().filter_map(|d| column.get(Arc::new(id, *d).index())).sum() };
    let (before, with) = (sum(&hour.base.volume_veh_h), sum(&hour.with.volume_veh_h));
    ui.label(format!(
        "{}: {} / {} {}  ({})",
        word(language, "view-volume"),
        language.number(before, 0),
        language.number(with, 0),
        word(language, "view-veh-h"),
        language.signed(with - before, 0)
    ));
}

fn closure(ui: &mut Ui, desk: &mut Desk<'_>, link: &RoadLink) {
    let language = desk.session.language;
    let text = |name: &str| word(language, name);
    let Some(draft) = desk.session.draft.as_mut() else { return };
    let before = draft.clone();
    for choice in Choice::ALL {
        ui.radio_value(&mut draft.choice, choice, Named::choice(choice).label(language));
    }
    ui.add_space(4.0);
    let length_m = draft.length_m;
    ui.add(egui::Slider::new(&mut draft.from_m, 0.0..=length_m).text(text("view-from")).suffix(" m").fixed_decimals(0));
    ui.add(egui::Slider::new(&mut draft.to_m, 0.0..=length_m).text(text("view-to")).suffix(" m").fixed_decimals(0));
    // A work site has some length: the other handle gives way.
    let least = length_m.min(1.0);
    if draft.to_m - draft.from_m < least {
        if draft.from_m == before.from_m {
            draft.from_m = (draft.to_m - least).max(0.0);
            draft.to_m = draft.from_m + least;
        } else {
            draft.to_m = (draft.from_m + least).min(length_m);
            draft.from_m = draft.to_m - least;
        }
    }
    match draft.site().kind {
        ClosureKind::OneWay => {
            ui.horizontal(|ui| {
                ui.label(text("view-open"));
                ui.radio_value(&mut draft.open, OpenDirection::Along, text("view-along"));
                ui.radio_value(&mut draft.open, OpenDirection::Against, text("view-against"));
            });
        }
        ClosureKind::Lanes => {
            let most = link.forward.lanes.max(link.backward.lanes).max(2) - 1;
            ui.add(egui::Slider::new(&mut draft.lanes, 1..=most).text(text("view-lanes-stay")));
        }
        ClosureKind::Half => {
            ui.horizontal(|ui| {
                ui.label(text("view-side"));
                ui.radio_value(&mut draft.side, Side::Right, text("view-right"));
                ui.radio_value(&mut draft.side, Side::Left, text("view-left"));
            });
        }
        ClosureKind::Full | ClosureKind::Narrowed => {}
    }
    ui.horizontal(|ui| {
        ui.label(text("view-hours"));
        ui.add(egui::DragValue::new(&mut draft.hours.0).range(0..=23).suffix(":00"));
        ui.label("–");
        ui.add(egui::DragValue::new(&mut draft.hours.1).range(0..=23).suffix(":00"));
        if draft.hours.0 == draft.hours.1 {
            ui.weak(text("view-all-day"));
        }
    });
    let wrong = draft.days().is_none();
    ui.horizontal(|ui| {
        for (name, day) in [("view-first-day", &mut draft.from), ("view-last-day", &mut draft.to)] {
            ui.label(text(name));
            let color = if wrong { egui::Color32::from_rgb(170, 20, 20) } else { ui.visuals().text_color() };
            let hint = text("view-open-day");
            ui.add(egui::TextEdit::singleline(day).desired_width(74.0).hint_text(hint).text_color(color));
        }
    });
    ui.horizontal(|ui| {
        ui.label(text("view-cause"));
        ui.add(egui::TextEdit::singleline(&mut draft.cause).desired_width(190.0));
    });
    ui.checkbox(&mut draft.emergency, text("view-emergency"));
    ui.checkbox(&mut draft.buses, text("view-exempt-buses"));
    ui.checkbox(&mut draft.residents, text("view-exempt-residents"));
    if *draft != before {
        desk.session.redraw = true;
    }
}

/// What a section is called.
pub(super) fn street_name(link: &RoadLink, language: Language) -> String {
    link.name.clone().or_else(|| link.route.clone()).unwrap_or_else(|| word(language, "view-no-name"))
}

/// What the street of a closure is called; `place` is a section of it, where it is known.
pub(super) fn target_name(
    twin: &Twin,
    target: &RoadTarget,
    place: Option<twin::Id<RoadLink>>,
    language: Language,
) -> String {
    match (target, place) {
        (RoadTarget::Street { name, .. }, _) => name.clone(),
        (_, Some(link)) => street_name(twin.roads.link(link), language),
        (RoadTarget::Key(key), None) => key.to_string(),
        (RoadTarget::Line(_), None) => word(language, "view-closed-here"),
    }
}
