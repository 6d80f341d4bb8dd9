//! What the closure touches besides the drivers: the parts of the result in brief, each entry a place to fly to.

use std::collections::BTreeMap;

use bevy_egui::egui::{self, Color32, CornerRadius, Pos2, RichText, Sense, Stroke, Ui, Vec2};
use twin::{
    geo_types::Coord,
    outcome::day::{Approach, N_SLICES, end_of},
    utility::Medium,
};
use twin_present::{
    balance,
    brief::{Block, Tab, brief},
    scene::Consequence,
    supply::{self, SupplyPart},
    table,
    words::say,
};

use super::Desk;
use crate::{camera::Orbit, caption, layers::MapLayer};

/// The row of tabs.
pub(super) fn choose(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.horizontal_wrapped(|ui| {
        for tab in Tab::ALL {
            let name = desk.word(tab.word());
            if ui.selectable_label(desk.session.tab == tab, name).clicked() {
                desk.session.tab = tab;
            }
        }
    });
}

/// A tab other than the one of traffic.
pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>) {
    let tab = desk.session.tab;
    if tab == Tab::Lines {
        return beneath(ui, desk);
    }
    if desk.session.edit.scenario.closures.is_empty() && tab != Tab::Supply {
        ui.label(desk.word("view-no-closure"));
        return;
    }
    let Some(outcome) = desk.session.outcome.clone() else { return };
    let mut target = None;
    let (language, version) = (desk.session.language, desk.session.version);
    let twin = &desk.town.twin;
    let made = (version.outcome, tab, language);
    let assumptions = &desk.session.computed.assumptions;
    let blocks = desk.session.said.brief.get(made, |_| match tab {
        Tab::Costs => balance::costs(&outcome, assumptions, language),
        _ => brief(twin, &outcome, tab, language),
    });
    for (index, block) in blocks.iter().enumerate() {
        match block {
            Block::Heading(text) => {
                ui.add_space(4.0);
                ui.label(RichText::new(text).strong());
            }
            Block::Text(text) => {
                ui.add(egui::Label::new(text).wrap());
            }
            Block::Grid(rows) => grid(ui, index, rows),
            Block::Entry { text, detail, at, consequence } => {
                if entry(ui, text, detail, *consequence, &desk.word("view-fly")) {
                    target = Some(*at);
                }
            }
        }
    }
    if let Some(at) = target {
        fly(desk, at);
    }
}

fn grid(ui: &mut Ui, id: usize, rows: &[Vec<String>]) {
    egui::Grid::new(("brief", id)).spacing([8.0, 3.0]).show(ui, |ui| {
        for (number, row) in rows.iter().enumerate() {
            for cell in row {
                let text = RichText::new(cell).size(12.0);
                ui.label(if number == 0 { text.weak() } else { text });
            }
            ui.end_row();
        }
    });
}

/// A line that can be clicked; true where it was.
fn entry(ui: &mut Ui, text: &str, detail: &str, consequence: Option<Consequence>, hint: &str) -> bool {
    ui.horizontal_wrapped(|ui| {
        if let Some(consequence) = consequence {
            let [red, green, blue] = consequence.color();
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
            ui.painter().rect_filled(rect, CornerRadius::same(2), Color32::from_rgb(red, green, blue));
        }
        let clicked = ui.link(text).on_hover_text(hint).clicked();
        ui.weak(detail);
        clicked
    })
    .inner
}

/// Brings a place into the middle of the map.
pub(super) fn fly(desk: &mut Desk<'_>, at: Coord<f64>) {
    let near = Orbit::at(&desk.town.scene.ground, at, desk.orbit.distance_m.min(450.0));
    desk.orbit.focus = near.focus;
    desk.orbit.distance_m = near.distance_m;
}

/// The supply lines beneath the work sites.
fn beneath(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.session.language;
    if desk.session.sites.is_empty() {
        ui.label(desk.word("view-no-closure"));
        return;
    }
    if desk.session.beneath.is_empty() {
        ui.label(desk.word("view-beneath-none"));
        return;
    }
    let margin = language.number(twin_run::BENEATH_MARGIN_M, 1);
    ui.weak(say(language, "view-beneath", &[("m", &margin)]));
    let mut networks: BTreeMap<Medium, (usize, f64)> = BTreeMap::new();
    for line in &desk.session.beneath {
        let sum = networks.entry(line.medium).or_default();
        *sum = (sum.0 + 1, sum.1 + line.length_m);
    }
    let mut chosen = None;
    for (medium, (n, length_m)) in networks {
        let network = supply::network_name(language, medium);
        let (n, length) = (language.number(n as f64, 0), language.number(length_m, 0));
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            caption::line_swatch(ui, medium);
            let values = [("network", network.as_str()), ("n", &n), ("length", &length)];
            ui.label(RichText::new(say(language, "view-beneath-sum", &values)).strong());
        });
        egui::Grid::new(("beneath", medium.name())).spacing([10.0, 2.0]).show(ui, |ui| {
            for name in ["view-length", "supply-material", "supply-year", "supply-cover"] {
                ui.label(RichText::new(desk.word(name)).size(11.5).weak());
            }
            ui.end_row();
            for line in desk.session.beneath.iter().filter(|line| line.medium == medium) {
                if ui.link(format!("{} m", language.number(line.length_m, 0))).clicked() {
                    chosen = Some(line.key.clone());
                }
                ui.label(line.burial.material.as_deref().unwrap_or("–"));
                ui.label(line.burial.year_laid.map_or_else(|| "–".to_owned(), |year| year.to_string()));
                let cover = line.burial.cover_m;
                ui.label(cover.map_or_else(|| "–".to_owned(), |m| format!("{} m", language.number(m, 2))));
                ui.end_row();
            }
        });
    }
    if let Some(part) = chosen.and_then(|key| SupplyPart::of_key(&desk.town.twin, &key)) {
        desk.session.layers.set(MapLayer::Supply(part.medium(&desk.town.twin)), true);
        desk.session.select_part(part);
        if let Some(at) = part.place(&desk.town.twin) {
            fly(desk, at);
        }
    }
}

/// Queues over the day before each closure, as curves.
pub(super) fn queues(ui: &mut Ui, desk: &mut Desk<'_>) {
    let Some(outcome) = desk.session.outcome.clone() else { return };
    let Some(traffic) = &outcome.traffic else { return };
    if traffic.closures.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ui.label(RichText::new(desk.word("view-queue")).strong());
    let text = desk.word("view-queue-day");
    if ui.checkbox(&mut desk.session.edit.scenario.traffic.day, text).changed() {
        desk.compute();
    }
    let Some(day) = &traffic.day else { return };
    let language = desk.session.language;
    if day.approaches.iter().all(|approach| waiting(approach).iter().all(|&vehicles| vehicles < 0.5)) {
        ui.add(egui::Label::new(desk.word("view-queue-none")).wrap());
    }
    for approach in &day.approaches {
        let waiting = waiting(approach);
        let most = (0..waiting.len()).max_by(|&a, &b| waiting[a].total_cmp(&waiting[b]).then(b.cmp(&a)));
        // Where nobody waits there is nothing to draw.
        let Some(most) = most.filter(|&most| waiting[most] >= 0.5) else { continue };
        let (hour, minute) = end_of(most);
        let values = [
            ("closure", (approach.closure + 1).to_string()),
            ("street", table::approach_label(&desk.town.twin, traffic, approach, language)),
            ("n", language.number(waiting[most], 0)),
            ("time", format!("{hour:02}:{minute:02}")),
        ];
        let values: Vec<(&'static str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
        ui.label(RichText::new(say(language, "view-queue-at", &values)).size(12.0));
        curve(ui, &waiting);
    }
}

/// Vehicles that wait at the end of each slice.
fn waiting(approach: &Approach) -> Vec<f64> {
    approach.slices.iter().map(|slice| slice.queue_veh + slice.red_queue_veh).collect()
}

/// A curve over the day with its hours below.
fn curve(ui: &mut Ui, values: &[f64]) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width().min(310.0), 74.0), Sense::hover());
    let painter = ui.painter_at(rect);
    let plot = egui::Rect::from_min_max(rect.min + Vec2::new(28.0, 4.0), rect.max - Vec2::new(4.0, 14.0));
    let top = values.iter().copied().fold(1.0, f64::max);
    let at = |slice: usize, value: f64| {
        let x = plot.left() + plot.width() * slice as f32 / N_SLICES as f32;
        Pos2::new(x, plot.bottom() - plot.height() * (value / top) as f32)
    };
    let (gray, font) = (Color32::from_gray(120), egui::FontId::proportional(10.0));
    for hour in [0, 6, 12, 18, 24] {
        let foot = at(4 * hour, 0.0);
        painter.line_segment([foot, Pos2::new(foot.x, plot.top())], Stroke::new(0.5, Color32::from_gray(210)));
        painter.text(foot + Vec2::new(0.0, 1.0), egui::Align2::CENTER_TOP, hour.to_string(), font.clone(), gray);
    }
    painter.line_segment([at(0, 0.0), at(N_SLICES, 0.0)], Stroke::new(1.0, gray));
    painter.text(at(0, top) - Vec2::new(3.0, 0.0), egui::Align2::RIGHT_TOP, format!("{top:.0}"), font, gray);
    let points = values.iter().enumerate().map(|(slice, &value)| at(slice + 1, value)).collect();
    painter.add(egui::Shape::line(points, Stroke::new(1.8, Color32::from_rgb(190, 60, 20))));
}
