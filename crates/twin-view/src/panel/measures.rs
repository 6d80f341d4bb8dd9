//! The measures of the scenario with their switches, and the day that is looked at.

use std::collections::BTreeSet;

use bevy_egui::egui::{self, RichText, Ui};
use twin_present::{
    Language, supply,
    words::{say, word},
};

use super::{Desk, card, go_to, tabs};
use crate::{draft::Named, layers::MapLayer, session::Days};

/// What was clicked of a measure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Clicked {
    #[default]
    Nothing,
    Name,
    Switch,
    Remove,
    Up,
    Down,
}

/// Every closure and outage with its switch.
pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.session.language;
    let (mut closure, mut outage) = ((0, Clicked::Nothing), (0, Clicked::Nothing));
    let (edit, places) = (&desk.session.edit, &desk.session.places);
    for (index, measure) in edit.scenario.closures.iter().enumerate() {
        let place = places.closures.get(index).copied().flatten();
        let street = card::target_name(&desk.town.twin, &measure.target, place, language);
        let text = format!("{street}: {}", Named::of(measure).label(language));
        let ends = [index == 0, index + 1 == edit.scenario.closures.len()];
        match row(ui, language, &text, !edit.closures_off.contains(&index), ends) {
            Clicked::Nothing => {}
            clicked => closure = (index, clicked),
        }
    }
    for (index, measure) in edit.scenario.outages.iter().enumerate() {
        let part = places.outages.get(index).copied().flatten();
        let name = part.map_or_else(String::new, |part| supply::part_name(&desk.town.twin, part, language));
        let text = format!("{} {name} {}", word(language, "view-legend-out"), measure.asset);
        let ends = [index == 0, index + 1 == edit.scenario.outages.len()];
        match row(ui, language, &text, !edit.outages_off.contains(&index), ends) {
            Clicked::Nothing => {}
            clicked => outage = (index, clicked),
        }
    }
    of_closure(desk, closure);
    of_outage(desk, outage);
}

fn of_closure(desk: &mut Desk<'_>, (index, clicked): (usize, Clicked)) {
    match clicked {
        Clicked::Nothing => {}
        Clicked::Name => {
            if let Some(link) = desk.session.places.closures.get(index).copied().flatten() {
                go_to(desk, link);
            }
        }
        Clicked::Switch => {
            turn(&mut desk.session.edit.closures_off, index);
            desk.compute();
        }
        Clicked::Remove => {
            desk.session.edit.remove_closure(index);
            desk.compute();
        }
        Clicked::Up | Clicked::Down => {
            if let Some(to) = neighbor(index, clicked) {
                desk.session.edit.move_closure(index, to);
                desk.compute();
            }
        }
    }
}

fn of_outage(desk: &mut Desk<'_>, (index, clicked): (usize, Clicked)) {
    match clicked {
        Clicked::Nothing => {}
        Clicked::Name => {
            let Some(part) = desk.session.places.outages.get(index).copied().flatten() else { return };
            desk.session.layers.set(MapLayer::Supply(part.medium(&desk.town.twin)), true);
            desk.session.select_part(part);
            if let Some(at) = part.place(&desk.town.twin) {
                tabs::fly(desk, at);
            }
        }
        Clicked::Switch => {
            turn(&mut desk.session.edit.outages_off, index);
            desk.compute();
        }
        Clicked::Remove => {
            desk.session.edit.remove_outage(index);
            desk.compute();
        }
        Clicked::Up | Clicked::Down => {
            if let Some(to) = neighbor(index, clicked) {
                desk.session.edit.move_outage(index, to);
                desk.compute();
            }
        }
    }
}

/// The place above or below.
fn neighbor(index: usize, clicked: Clicked) -> Option<usize> {
    if clicked == Clicked::Up { index.checked_sub(1) } else { Some(index + 1) }
}

fn turn(off: &mut BTreeSet<usize>, index: usize) {
    if !off.remove(&index) {
        off.insert(index);
    }
}

/// A measure with its buttons; `ends` says whether it is the first and whether the last one.
fn row(ui: &mut Ui, language: Language, text: &str, on: bool, ends: [bool; 2]) -> Clicked {
    let mut clicked = Clicked::Nothing;
    ui.horizontal(|ui| {
        let mut ticked = on;
        if ui.checkbox(&mut ticked, "").on_hover_text(word(language, "view-switch")).changed() {
            clicked = Clicked::Switch;
        }
        if ui.small_button("✖").on_hover_text(word(language, "view-remove")).clicked() {
            clicked = Clicked::Remove;
        }
        if ends != [true, true] {
            for (sign, name, end, way) in
                [("⏶", "view-up", ends[0], Clicked::Up), ("⏷", "view-down", ends[1], Clicked::Down)]
            {
                let button = ui.add_enabled(!end, egui::Button::new(sign).small());
                if button.on_hover_text(word(language, name)).clicked() {
                    clicked = way;
                }
            }
        }
        let shown = if on { RichText::new(text) } else { RichText::new(text).strikethrough().weak() };
        let label = ui.add(egui::Label::new(shown).truncate().sense(egui::Sense::click()));
        if label.on_hover_text(format!("{text} · {}", word(language, "view-fly"))).clicked() {
            clicked = Clicked::Name;
        }
    });
    clicked
}

/// The day that is looked at, where closures hold on different days or in phases.
pub(super) fn days(ui: &mut Ui, desk: &mut Desk<'_>) {
    if desk.session.days.is_empty() {
        return;
    }
    let language = desk.session.language;
    let chosen = desk.session.edit.scenario.date;
    let mut date = chosen;
    ui.horizontal(|ui| {
        ui.label(desk.word("view-date"));
        let all = desk.word("view-all-days");
        let holds = |days: &&Days| chosen.is_some_and(|day| days.from <= day && days.to.is_none_or(|to| day <= to));
        let shown = match (chosen, desk.session.days.iter().find(holds)) {
            (_, Some(days)) => in_words(days, language),
            // A day of the scenario on which nothing is closed.
            (Some(day), None) => language.date(day),
            (None, None) => all.clone(),
        };
        egui::ComboBox::from_id_salt("days").selected_text(shown).width(220.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut date, None, all);
            for days in &desk.session.days {
                ui.selectable_value(&mut date, Some(days.from), in_words(days, language));
            }
        });
    });
    if date != chosen {
        desk.session.edit.scenario.date = date;
        desk.compute();
    }
}

fn in_words(days: &Days, language: Language) -> String {
    let until = days.to.map_or_else(|| "…".to_owned(), |to| language.date(to));
    let (from, n) = (language.date(days.from), days.n_closures.to_string());
    say(language, "view-stage-days", &[("from", &from), ("to", &until), ("n", &n)])
}
