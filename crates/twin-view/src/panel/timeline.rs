//! The timeline below the map: a bar per closure over the days, and the hours of the day; a click or drag chooses.

use bevy_egui::egui::{Align2, Color32, CornerRadius, FontId, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2};
use twin::jiff::civil::Date;
use twin_present::{
    timeline::{Timeline, hour_spans, next_day},
    words::{say, word},
};

use super::Desk;

/// Closures that have a bar of their own.
const N_BARS: usize = 5;
/// Height of a bar with the room above it, points.
const BAR: f32 = 8.0;
/// Width of the hours, points.
const HOURS: f32 = 24.0 * 19.0;
/// Room for a date below the days, points.
const DATE: f32 = 62.0;

const INK: Color32 = Color32::from_gray(60);
const WORKS: Color32 = Color32::from_rgb(200, 60, 30);
const CHOSEN: Color32 = Color32::from_rgb(0, 90, 168);

pub(super) fn draw(ui: &mut Ui, desk: &mut Desk<'_>) {
    if desk.town.twin.roads.n_links() == 0 {
        return;
    }
    let n_bars = desk.session.edit.scenario.closures.len().min(N_BARS) as f32;
    let height = 30.0 + BAR * n_bars;
    ui.horizontal(|ui| {
        let width = (ui.available_width() - HOURS - 24.0).max(180.0);
        days(ui, desk, Vec2::new(width, height));
        ui.separator();
        hours(ui, desk, Vec2::new(HOURS, height));
    });
}

/// Whether a closure is switched on.
fn is_on(desk: &Desk<'_>, closure: usize) -> bool {
    !desk.session.edit.closures_off.contains(&closure)
}

fn days(ui: &mut Ui, desk: &mut Desk<'_>, size: Vec2) {
    let language = desk.session.language;
    let (rect, response) = ui.allocate_exact_size(size, Sense::click_and_drag());
    let painter = ui.painter_at(rect);
    let font = FontId::proportional(11.0);
    let Some(timeline) = Timeline::of(&desk.session.edit.scenario) else {
        let text = word(language, "view-timeline-undated");
        painter.text(rect.left_center(), Align2::LEFT_CENTER, text, FontId::proportional(12.0), INK);
        return;
    };
    let plot = Rect::from_min_max(rect.min + Vec2::new(78.0, 0.0), rect.max - Vec2::new(4.0, 15.0));
    let at = |day: f32| plot.left() + plot.width() * day / timeline.n_days as f32;
    painter.rect_filled(plot, CornerRadius::same(2), Color32::from_gray(236));
    for day in timeline.marks((plot.width() / DATE) as usize) {
        let x = plot.left() + plot.width() * timeline.share_of(day);
        // A date that would be cut off is left out.
        if x + DATE > rect.right() {
            continue;
        }
        painter.line_segment(
            [Pos2::new(x, plot.top()), Pos2::new(x, plot.bottom() + 3.0)],
            Stroke::new(0.7, Color32::from_gray(190)),
        );
        painter.text(Pos2::new(x, plot.bottom() + 3.0), Align2::LEFT_TOP, language.date(day), font.clone(), INK);
    }
    for (index, spans) in timeline.rows.iter().take(N_BARS).enumerate() {
        let top = plot.top() + 4.0 + BAR * index as f32;
        let color = if is_on(desk, index) { WORKS } else { Color32::from_gray(170) };
        for span in spans {
            let bar = Rect::from_min_max(
                Pos2::new(at(span.from as f32), top),
                Pos2::new(at(span.to as f32), top + BAR - 2.0),
            );
            painter.rect_filled(bar, CornerRadius::same(1), color);
        }
    }
    // A press shows the day at once; it is computed where the button is let go.
    let pressed = response.interact_pointer_pos().filter(|at| at.x >= plot.left());
    let shown = pressed.map(|at| timeline.day_at((at.x - plot.left()) / plot.width()));
    let chosen = shown.or(desk.session.edit.scenario.date);
    if let Some(day) = chosen {
        let from = plot.left() + plot.width() * timeline.share_of(day);
        let width = (plot.width() / timeline.n_days as f32).max(3.0);
        let cell = Rect::from_min_size(Pos2::new(from, plot.top()), Vec2::new(width, plot.height()));
        painter.rect_filled(cell, CornerRadius::ZERO, CHOSEN.gamma_multiply(0.25));
        painter.rect_stroke(cell, CornerRadius::ZERO, Stroke::new(1.5, CHOSEN), StrokeKind::Inside);
    }
    let label = chosen.map_or_else(|| word(language, "view-timeline-all"), |day| language.date(day));
    let font = FontId::proportional(12.0);
    painter.text(
        rect.left_top() + Vec2::new(0.0, 2.0),
        Align2::LEFT_TOP,
        word(language, "view-timeline-day"),
        font.clone(),
        INK,
    );
    painter.text(rect.left_top() + Vec2::new(0.0, 17.0), Align2::LEFT_TOP, label, font, CHOSEN);
    let ended = response.clicked() || response.drag_stopped();
    response.on_hover_text(word(language, "view-timeline-day-hint"));
    if ended && shown.is_some() {
        choose_day(desk, shown);
    }
}

/// Looks at one day, or at all of them at once, and computes that.
fn choose_day(desk: &mut Desk<'_>, day: Option<Date>) {
    if desk.session.edit.scenario.date != day {
        desk.session.edit.scenario.date = day;
        desk.compute();
    }
}

/// The day before or after the one that is looked at.
pub(super) fn step_day(desk: &mut Desk<'_>, back: bool) {
    if let Some(timeline) = Timeline::of(&desk.session.edit.scenario) {
        let day = next_day(&timeline, desk.session.edit.scenario.date, back);
        choose_day(desk, Some(day));
    }
}

fn hours(ui: &mut Ui, desk: &mut Desk<'_>, size: Vec2) {
    let language = desk.session.language;
    let (rect, _) = ui.allocate_exact_size(size, Sense::hover());
    let painter = ui.painter_at(rect);
    let cells = Rect::from_min_max(Pos2::new(rect.left(), rect.bottom() - 24.0), rect.max);
    let width = cells.width() / 24.0;
    for (index, closure) in desk.session.edit.scenario.closures.iter().take(N_BARS).enumerate() {
        let top = rect.top() + 2.0 + BAR * index as f32;
        let color = if is_on(desk, index) { WORKS } else { Color32::from_gray(170) };
        for [from, to] in hour_spans(closure) {
            let ends = [from, to].map(|hour| cells.left() + width * hour);
            let bar = Rect::from_min_max(Pos2::new(ends[0], top), Pos2::new(ends[1], top + BAR - 2.0));
            painter.rect_filled(bar, CornerRadius::same(1), color);
        }
    }
    let computed = desk.session.computed.traffic.hours.clone();
    let asked = desk.session.edit.scenario.traffic.hours.clone();
    let (mut chosen, mut dropped) = (None, None);
    for hour in 0..24_u8 {
        let cell = Rect::from_min_size(
            Pos2::new(cells.left() + width * f32::from(hour), cells.top() + 2.0),
            Vec2::new(width - 2.0, 20.0),
        );
        let known = asked.contains(&hour);
        let shown = computed.get(desk.session.hour_index) == Some(&hour);
        let response = ui.interact(cell, ui.id().with(("hour", hour)), Sense::click());
        let (ground, ink) = match (shown, known) {
            (true, _) => (CHOSEN, Color32::WHITE),
            (false, true) => (Color32::from_rgb(188, 214, 236), Color32::from_gray(20)),
            (false, false) => (Color32::from_gray(236), Color32::from_gray(90)),
        };
        painter.rect_filled(cell, CornerRadius::same(2), ground);
        if response.has_focus() || response.hovered() {
            painter.rect_stroke(cell, CornerRadius::same(2), Stroke::new(1.5, INK), StrokeKind::Inside);
        }
        painter.text(cell.center(), Align2::CENTER_CENTER, hour.to_string(), FontId::proportional(11.0), ink);
        if response.clicked() {
            chosen = Some(hour);
        }
        if response.secondary_clicked() {
            dropped = Some(hour);
        }
        let hint = word(language, if known { "view-timeline-hour-hint" } else { "view-timeline-hour-new" });
        let (from, to) = (hour.to_string(), (hour + 1).to_string());
        response.on_hover_text(format!("{}: {hint}", say(language, "view-hour", &[("from", &from), ("to", &to)])));
    }
    if let Some(hour) = chosen {
        choose_hour(desk, hour);
    }
    if let Some(hour) = dropped.filter(|_| asked.len() > 1 && asked.contains(&dropped.unwrap_or(24))) {
        desk.session.edit.scenario.traffic.hours.retain(|known| *known != hour);
        desk.compute();
    }
}

/// Shows an hour; where it is not computed, computes it besides the others.
fn choose_hour(desk: &mut Desk<'_>, hour: u8) {
    desk.session.wanted_hour = Some(hour);
    let hours = &mut desk.session.edit.scenario.traffic.hours;
    if !hours.contains(&hour) {
        hours.push(hour);
        hours.sort_unstable();
        desk.compute();
    }
    desk.session.show_wanted_hour();
}

/// The computed hour before or after the one that is shown.
pub(super) fn step_hour(desk: &mut Desk<'_>, back: bool) {
    let hours = &desk.session.computed.traffic.hours;
    if let Some(hour) = neighbor(hours, desk.session.hour_index, back) {
        choose_hour(desk, hour);
    }
}

/// The hour before or after one of these by the clock; round at midnight.
fn neighbor(hours: &[u8], index: usize, back: bool) -> Option<u8> {
    let mut sorted = hours.to_vec();
    sorted.sort_unstable();
    let at = sorted.iter().position(|hour| hours.get(index) == Some(hour))?;
    let next = if back { at + sorted.len() - 1 } else { at + 1 } % sorted.len();
    sorted.get(next).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_hour_is_the_next_by_the_clock_and_after_the_last_comes_the_first() {
        let hours = [16, 7, 11];
        assert_eq!(neighbor(&hours, 1, false), Some(11));
        assert_eq!(neighbor(&hours, 0, false), Some(7));
        assert_eq!(neighbor(&hours, 1, true), Some(16));
        assert_eq!(neighbor(&[], 0, true), None);
    }
}
