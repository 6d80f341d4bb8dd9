//! The result in figures: what is painted, totals before and after, detours, who is cut off; the whole table in a window.

use bevy_egui::egui::{self, RichText, Ui};
use twin::outcome::{HourOutcome, TrafficOutcome};
use twin_present::{
    balance,
    brief::Tab,
    scene::Measure,
    table,
    words::{say, word},
};

use twin_run::TIME_BREAKS_MIN;

use super::{Desk, tabs};

pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>) {
    let Some(outcome) = desk.session.outcome.clone() else { return };
    if let Some(traffic) = &outcome.traffic {
        ui.heading(desk.word("view-show"));
        shown(ui, desk, traffic);
        ui.separator();
    }
    ui.heading(desk.word("view-result"));
    if desk.session.stale {
        ui.colored_label(egui::Color32::from_rgb(120, 80, 0), desk.word("view-stale"));
    }
    tabs::choose(ui, desk);
    if desk.session.tab != Tab::Traffic {
        return tabs::draw(ui, desk);
    }
    let Some(traffic) = &outcome.traffic else { return };
    let Some(hour) = traffic.hours.get(desk.session.hour_index) else { return };
    if !hour.status.is_fine() || !hour.base_status.is_fine() {
        ui.colored_label(egui::Color32::from_rgb(170, 20, 20), desk.word("view-not-converged"));
    }
    totals(ui, desk, hour);
    who(ui, desk, traffic, hour);
    detours(ui, desk, hour);
    winners(ui, desk);
    tabs::queues(ui, desk);
    let open = ui.ctx().data(|data| data.get_temp::<bool>("table".into()).unwrap_or(false));
    if ui.selectable_label(open, desk.word("view-table")).clicked() {
        ui.ctx().data_mut(|data| data.insert_temp("table".into(), !open));
    }
}

/// What is painted, and of which hour.
fn shown(ui: &mut Ui, desk: &mut Desk<'_>, traffic: &TrafficOutcome) {
    let language = desk.session.language;
    ui.horizontal_wrapped(|ui| {
        for measure in Measure::ALL {
            let name = match measure {
                Measure::Change => "view-measure-change",
                Measure::VolumeBefore => "view-measure-before",
                Measure::VolumeWith => "view-measure-with",
                Measure::Slowdown => "view-measure-slowdown",
            };
            let chosen = desk.session.measure == measure && desk.session.swipe.is_none();
            if ui.selectable_label(chosen, word(language, name)).clicked() {
                desk.session.measure = measure;
                desk.session.swipe = None;
                desk.session.repaint = true;
            }
        }
    });
    if traffic.hours.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            for (index, hour) in traffic.hours.iter().enumerate() {
                let (from, to) = (hour.hour.to_string(), (hour.hour + 1).to_string());
                let name = say(language, "view-hour", &[("from", &from), ("to", &to)]);
                if ui.selectable_label(desk.session.hour_index == index, name).clicked() {
                    desk.session.hour_index = index;
                    desk.session.wanted_hour = None;
                    desk.session.repaint = true;
                    desk.session.redraw = true;
                }
            }
        });
    }
}

fn totals(ui: &mut Ui, desk: &Desk<'_>, hour: &HourOutcome) {
    let language = desk.session.language;
    egui::Grid::new("totals").num_columns(4).spacing([12.0, 3.0]).show(ui, |ui| {
        ui.label("");
        ui.weak(word(language, "view-before"));
        ui.weak(word(language, "view-after"));
        ui.weak("±");
        ui.end_row();
        let (base, with) = (&hour.base_totals, &hour.totals);
        for (name, unit, before, after) in [
            ("view-vehicle-hours", "Fz·h", base.vehicle_hours, with.vehicle_hours),
            ("view-delay", "Fz·h", base.delay_veh_h, with.delay_veh_h),
            ("view-vehicle-km", "Fz·km", base.vehicle_km, with.vehicle_km),
        ] {
            let unit = if language == twin_present::Language::De { unit.to_owned() } else { unit.replace("Fz", "veh") };
            ui.label(format!("{} ({unit})", word(language, name)));
            ui.label(language.number(before, 1));
            ui.label(language.number(after, 1));
            ui.label(RichText::new(language.signed(after - before, 1)).strong());
            ui.end_row();
        }
    });
}

/// Who is cut off.
fn who(ui: &mut Ui, desk: &Desk<'_>, traffic: &TrafficOutcome, hour: &HourOutcome) {
    let language = desk.session.language;
    let trips: f64 = hour.cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum();
    for (figure, name) in [
        (traffic.cut_off_addresses.len() as f64, "view-cut-off-addresses"),
        (trips, "view-cut-off-trips"),
        (traffic.affected_bus_routes.len() as f64, "view-buses"),
    ] {
        if figure > 0.0 {
            ui.label(RichText::new(format!("{} {}", language.number(figure, 0), word(language, name))).strong());
        }
    }
}

fn detours(ui: &mut Ui, desk: &Desk<'_>, hour: &HourOutcome) {
    let language = desk.session.language;
    if desk.session.edit.scenario.closures.is_empty() {
        return;
    }
    ui.label(RichText::new(word(language, "view-detours")).strong());
    if hour.detours.is_empty() {
        ui.label(word(language, "view-no-detours"));
    }
    for detour in hour.detours.iter().take(5) {
        let mut streets: Vec<&str> = Vec::new();
        for arc in &detour.arcs {
            if let Some(name) = desk.town.twin.roads.link(arc.link).name.as_deref()
                && !streets.contains(&name)
            {
                streets.push(name);
            }
        }
        streets.truncate(6);
        ui.label(format!(
            "{} {}  ({} m, {} s)",
            language.number(detour.trips_veh_h, 0),
            word(language, "view-veh-h"),
            language.signed(detour.added_distance_m, 0),
            language.signed(detour.added_time_s, 0)
        ));
        ui.weak(streets.join(" · "));
    }
}

/// Whose trips take longer or shorter, as bars.
fn winners(ui: &mut Ui, desk: &Desk<'_>) {
    let language = desk.session.language;
    let known = desk.solver.known().filter(|known| known.version == desk.session.version.outcome);
    let Some(changes) = known.and_then(|known| known.changes.get(desk.session.hour_index)?.as_ref()) else { return };
    let bars = balance::time_bars(&TIME_BREAKS_MIN, &changes.trips_veh_h, language);
    // Nobody wins or loses in the base case.
    if desk.session.edit.scenario.closures.is_empty() || bars.is_empty() {
        return;
    }
    ui.add_space(4.0);
    ui.label(RichText::new(word(language, "view-winners")).strong());
    for bar in &bars {
        ui.horizontal(|ui| {
            let size = egui::vec2(128.0, 13.0);
            let (name, _) = ui.allocate_exact_size(size, egui::Sense::hover());
            let font = egui::FontId::proportional(11.5);
            ui.painter().text(
                name.left_center(),
                egui::Align2::LEFT_CENTER,
                &bar.label,
                font,
                egui::Color32::from_gray(50),
            );
            let color = match bar.side {
                -1 => egui::Color32::from_rgb(8, 81, 156),
                0 => egui::Color32::from_gray(190),
                _ => egui::Color32::from_rgb(217, 72, 1),
            };
            let (rect, _) = ui.allocate_exact_size(egui::vec2(116.0, 13.0), egui::Sense::hover());
            let filled =
                egui::Rect::from_min_size(rect.min, egui::vec2((rect.width() * bar.share as f32).max(1.0), 12.0));
            ui.painter().rect_filled(filled, egui::CornerRadius::same(1), color);
            ui.label(RichText::new(&bar.figure).size(11.5));
        });
    }
    let (lost, won) = (language.number(changes.lost_min, 0), language.number(changes.won_min, 0));
    let sum = say(language, "view-winners-sum", &[("lost", &lost), ("won", &won)]);
    ui.add(egui::Label::new(RichText::new(sum).size(11.5)).wrap());
    if changes.cut_off_veh_h >= 0.5 {
        let n = language.number(changes.cut_off_veh_h, 0);
        ui.add(egui::Label::new(RichText::new(say(language, "view-winners-cut-off", &[("n", &n)])).size(11.5)).wrap());
    }
    ui.weak(RichText::new(word(language, "view-winners-scale")).size(11.0));
}

/// The whole table, as on the command line.
pub(super) fn table_window(ctx: &egui::Context, desk: &mut Desk<'_>) {
    let mut open = ctx.data(|data| data.get_temp::<bool>("table".into()).unwrap_or(false));
    let Some(outcome) = desk.session.outcome.clone().filter(|_| open) else { return };
    let language = desk.session.language;
    egui::Window::new(word(language, "view-result"))
        .id("result".into())
        .open(&mut open)
        .default_size([820.0, 560.0])
        .show(ctx, |ui| {
            egui::ScrollArea::both().show(ui, |ui| {
                let (twin, scenario) = (&desk.town.twin, std::sync::Arc::clone(&desk.session.computed));
                let made = (desk.session.version.outcome, language);
                let text =
                    desk.session.said.table.get(made, |_| table::outcome_table(twin, &scenario, &outcome, language));
                ui.add(egui::Label::new(RichText::new(text.as_str()).monospace().size(12.0)).extend());
            });
        });
    ctx.data_mut(|data| data.insert_temp("table".into(), open));
}
