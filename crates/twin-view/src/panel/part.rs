//! The inspector of a supply line or node: which material lies how deep, what a run found there, and its outage.

use bevy_egui::egui::{self, RichText, Ui};
use twin_present::supply::{self, SupplyPart};

use super::Desk;
use crate::caption;

pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>, part: SupplyPart) {
    let language = desk.session.language;
    let town = desk.town.clone();
    let medium = part.medium(&town.twin);
    ui.horizontal(|ui| {
        caption::line_swatch(ui, medium);
        ui.heading(supply::part_name(&town.twin, part, language));
    });
    let outcome = desk.session.outcome.clone();
    let said = desk.session.said.part.get((desk.session.version.outcome, part, language), |_| {
        let found = outcome.map(|outcome| supply::results(&town.twin, &outcome, part, language));
        [supply::attributes(&town.twin, part, language), found.unwrap_or_default()]
    });
    let [attributes, results] = &*said;
    table(ui, "part", attributes);
    let Some(key) = part.key(&town.twin).cloned() else { return };
    ui.weak(RichText::new(key.as_str()).size(11.0));
    if !results.is_empty() {
        ui.separator();
        ui.label(RichText::new(desk.word("view-state-now")).strong());
        table(ui, "part-results", results);
    }
    if matches!(part, SupplyPart::Asset(_)) || medium == twin::utility::Medium::Sewer {
        return;
    }
    ui.separator();
    let name = if desk.session.outage_of(&key).is_some() { "view-outage-back" } else { "view-outage" };
    let button = egui::Button::new(RichText::new(desk.word(name)).strong()).min_size(egui::vec2(220.0, 30.0));
    if ui.add(button).clicked() {
        desk.session.switch_outage(&town.twin, part);
        desk.session.tab = twin_present::brief::Tab::Supply;
        desk.compute();
    }
}

fn table(ui: &mut Ui, id: &str, rows: &[(String, String)]) {
    egui::Grid::new(id).num_columns(2).spacing([12.0, 3.0]).show(ui, |ui| {
        for (label, value) in rows {
            ui.weak(label);
            ui.add(egui::Label::new(value).wrap());
            ui.end_row();
        }
    });
}
