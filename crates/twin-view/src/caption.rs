//! Title, legend and attribution: the same on the screen and on a picture.

use bevy::prelude::{Camera, GlobalTransform, Vec3};
use bevy_egui::egui::{
    self, Align2, Color32, CornerRadius, FontId, Pos2, Rect, RichText, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
};
use twin::{Twin, utility::Medium};
use twin_present::{
    Language,
    scene::{self, Class, Legend, Measure},
    supply::{network_name, part_name},
    words::{say, word},
};

use crate::{
    layers::MapLayer,
    session::Session,
    show::{shown_legend, shown_measure},
    town::Town,
};

/// The text of both that fits the language.
pub fn pick(language: Language, text: &twin_present::scene::Bilingual) -> &str {
    match language {
        Language::De => &text.de,
        Language::En => &text.en,
    }
}

/// Sizes in which text is written.
const SIZES: [f32; 10] = [10.0, 11.0, 11.5, 12.0, 12.5, 13.0, 13.5, 14.5, 16.0, 18.0];
/// Letters that are written.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzäöüß ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÜ 0123456789 .,:;–−+±%/()[]|·…„“²³₂&";

/// Dark text on light ground; what is less important in a gray that is still read easily (contrast of 5.7 to 1). Letters that are
/// first written in a frame are missing in it: those of all sizes are made beforehand.
pub fn dress(ctx: &egui::Context) {
    let mut visuals = egui::Visuals::light();
    visuals.weak_text_color = Some(Color32::from_gray(100));
    visuals.hyperlink_color = Color32::from_rgb(0, 90, 168);
    ctx.set_visuals(visuals);
    let styled: Vec<FontId> = ctx.global_style().text_styles.values().cloned().collect();
    ctx.fonts_mut(|fonts| {
        for font in SIZES.map(FontId::proportional).into_iter().chain(styled) {
            // A letter is drawn at four offsets within a pixel: behind different letters it lies at each of them.
            for before in ["", ".", "i", "m", "W", "1a", "rt", "fj"] {
                fonts.layout_no_wrap(format!("{before}{LETTERS}"), font.clone(), Color32::BLACK);
            }
        }
    });
}

/// Paper under text.
pub fn paper() -> egui::Frame {
    egui::Frame::new()
        .fill(Color32::from_rgba_unmultiplied(252, 251, 248, 236))
        .corner_radius(CornerRadius::same(5))
        .inner_margin(egui::Margin::symmetric(12, 8))
}

/// Title, legend and attribution over a whole picture of this height in points.
pub fn draw(ctx: &egui::Context, twin: &Twin, session: &Session, n_assumed_roofs: u32) {
    anchored("title", Align2::LEFT_TOP, [18.0, 18.0]).show(ctx, |ui| {
        paper().show(ui, |ui| title(ui, twin, session));
    });
    legends(ctx, session);
    signature(ctx, twin, session.language, n_assumed_roofs);
}

fn anchored(id: &str, align: Align2, offset: [f32; 2]) -> egui::Area {
    egui::Area::new(egui::Id::new(id)).anchor(align, offset).interactable(false)
}

/// The legends of a whole picture, and the edge between before and with.
pub fn legends(ctx: &egui::Context, session: &Session) {
    if session.paints_traffic() {
        anchored("legend", Align2::LEFT_BOTTOM, [18.0, -18.0]).show(ctx, |ui| {
            paper().show(ui, |ui| draw_legend(ui, session));
        });
    }
    if has_supply_legend(session) {
        anchored("legend-supply", Align2::RIGHT_TOP, [-18.0, 18.0]).show(ctx, |ui| {
            paper().show(ui, |ui| draw_supply_legend(ui, session));
        });
    }
    if let Some(share) = session.swipe {
        let whole = ctx.viewport_rect();
        draw_swipe(ctx, session, whole.left() + share * whole.width(), whole);
    }
}

/// Whose data it is, in the corner of a whole picture.
pub fn signature(ctx: &egui::Context, twin: &Twin, language: Language, n_assumed_roofs: u32) {
    anchored("attribution", Align2::RIGHT_BOTTOM, [-10.0, -8.0]).show(ctx, |ui| {
        paper().inner_margin(egui::Margin::symmetric(8, 3)).show(ui, |ui| {
            let text = attribution(twin, language, n_assumed_roofs);
            ui.label(RichText::new(text).size(11.5).color(Color32::from_gray(50)));
        });
    });
}

fn title(ui: &mut Ui, twin: &Twin, session: &Session) {
    let language = session.language;
    ui.label(RichText::new(&twin.name).size(25.0).strong().color(Color32::from_gray(20)));
    let changed = !session.edit.scenario.closures.is_empty() || !session.edit.scenario.outages.is_empty();
    let scenario = if !changed || session.edit.scenario.name.is_empty() {
        word(language, "view-base-case")
    } else {
        session.edit.scenario.name.clone()
    };
    if session.outcome.is_some() || changed {
        ui.label(RichText::new(scenario).size(16.0).color(Color32::from_gray(40)));
    }
    if let Some(hour) = shown_hour(session).filter(|_| session.paints_traffic()) {
        let (from, to) = (hour.to_string(), ((hour + 1) % 25).to_string());
        ui.label(
            RichText::new(say(language, "view-hour", &[("from", &from), ("to", &to)]))
                .size(13.5)
                .color(Color32::from_gray(70)),
        );
    }
}

/// The hour of the day that is shown.
pub fn shown_hour(session: &Session) -> Option<u8> {
    session.outcome.as_ref()?.traffic.as_ref()?.hours.get(session.hour_index).map(|hour| hour.hour)
}

/// The legend of what is painted.
pub fn draw_legend(ui: &mut Ui, session: &Session) {
    let language = session.language;
    let legend = shown_legend(session);
    let routes = session.routes.shown.is_some();
    let title = match session.swipe {
        Some(_) if !routes => word(language, "view-legend-volume"),
        _ => pick(language, &legend.title).to_owned(),
    };
    ui.label(RichText::new(title).size(14.5).strong().color(Color32::from_gray(20)));
    ui.label(RichText::new(pick(language, &legend.unit)).size(12.0).color(Color32::from_gray(70)));
    ui.add_space(3.0);
    ui.spacing_mut().item_spacing.y = 2.0;
    for class in legend.classes.iter().rev() {
        ui.horizontal(|ui| {
            swatch(ui, class);
            ui.label(RichText::new(pick(language, &class.label)).size(12.5).color(Color32::from_gray(30)));
        });
    }
    let small = |text: String| RichText::new(text).size(11.5).color(Color32::from_gray(70));
    if routes || shown_measure(session) == Measure::Change {
        ui.label(small(word(language, "view-hatched")));
    }
    if routes || session.layers.shows(MapLayer::Volume) {
        ui.label(small(word(language, "view-width-is-volume")));
    }
}

/// Whether there is something to explain about supply lines or buildings.
pub fn has_supply_legend(session: &Session) -> bool {
    session.layers.networks().next().is_some() || shows_consequences(session)
}

fn shows_consequences(session: &Session) -> bool {
    let edit = &session.edit.scenario;
    session.consequences && !session.met.is_empty() && !(edit.closures.is_empty() && edit.outages.is_empty())
}

/// The legend of supply lines and of the colors of buildings.
pub fn draw_supply_legend(ui: &mut Ui, session: &Session) {
    let language = session.language;
    let title = |text: String| RichText::new(text).size(13.5).strong().color(Color32::from_gray(20));
    let label = |text: String| RichText::new(text).size(12.5).color(Color32::from_gray(30));
    let small = |text: String| RichText::new(text).size(11.5).color(Color32::from_gray(70));
    ui.spacing_mut().item_spacing.y = 2.0;
    let networks: Vec<Medium> = session.layers.networks().collect();
    if !networks.is_empty() {
        ui.label(title(word(language, "view-legend-lines")));
    }
    for medium in networks {
        ui.horizontal(|ui| {
            line_swatch(ui, medium);
            ui.label(label(network_name(language, medium)));
        });
        let Some(legend) = scene::supply_legend(medium).filter(|_| session.states && session.outcome.is_some()) else {
            continue;
        };
        ui.label(small(format!("{} ({})", pick(language, &legend.title), pick(language, &legend.unit))));
        strip(ui, &legend, language);
    }
    if session.outcome.is_some() && !session.edit.scenario.outages.is_empty() {
        for (name, dark) in [("view-legend-out", false), ("view-legend-without", true)] {
            ui.horizontal(|ui| {
                striped(ui, dark);
                ui.label(label(word(language, name)));
            });
        }
    }
    if shows_consequences(session) {
        ui.add_space(3.0);
        ui.label(title(word(language, "view-legend-buildings")));
        for consequence in session.met_kinds().into_iter().rev() {
            ui.horizontal(|ui| {
                let [red, green, blue] = consequence.color();
                let (rect, _) = ui.allocate_exact_size(Vec2::new(18.0, 13.0), Sense::hover());
                ui.painter().rect_filled(rect, CornerRadius::ZERO, Color32::from_rgb(red, green, blue));
                ui.label(label(consequence.label(language)));
            });
        }
    }
}

/// The classes of a network side by side, with the bounds between them below.
fn strip(ui: &mut Ui, legend: &Legend, language: Language) {
    const WIDTH: f32 = 29.0;
    let n = legend.classes.len() as f32;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(n * WIDTH, 26.0), Sense::hover());
    for (step, class) in legend.classes.iter().enumerate() {
        let [red, green, blue] = class.color;
        let left = rect.left() + step as f32 * WIDTH;
        let piece = Rect::from_min_size(Pos2::new(left, rect.top()), Vec2::new(WIDTH, 11.0));
        ui.painter().rect_filled(piece, CornerRadius::ZERO, Color32::from_rgb(red, green, blue));
    }
    for (step, bound) in scene::supply_breaks(legend).into_iter().enumerate() {
        let at = Pos2::new(rect.left() + (step + 1) as f32 * WIDTH, rect.top() + 12.0);
        let decimals = if bound.fract() == 0.0 { 0 } else { 1 };
        let text = language.number(f64::from(bound), decimals);
        ui.painter().text(at, Align2::CENTER_TOP, text, FontId::proportional(11.0), Color32::from_gray(60));
    }
}

/// A piece of a line in the color of its network.
pub fn line_swatch(ui: &mut Ui, medium: Medium) {
    let [red, green, blue] = scene::network_color(medium);
    let (rect, _) = ui.allocate_exact_size(Vec2::new(24.0, 13.0), Sense::hover());
    let ends = [rect.left_center(), rect.right_center()];
    ui.painter().line_segment(ends, Stroke::new(5.5, Color32::from_gray(60)));
    ui.painter().line_segment(ends, Stroke::new(3.8, Color32::from_rgb(red, green, blue)));
}

/// A piece of a line without supply (dark) or out of service (black and white).
fn striped(ui: &mut Ui, dark: bool) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(24.0, 13.0), Sense::hover());
    let (first, second) =
        if dark { (Color32::from_gray(25), Color32::from_gray(150)) } else { (Color32::BLACK, Color32::WHITE) };
    for step in 0..4_u8 {
        let x = rect.left() + 6.0 * f32::from(step);
        let piece = Rect::from_min_max(Pos2::new(x, rect.center().y - 2.5), Pos2::new(x + 6.0, rect.center().y + 2.5));
        ui.painter().rect_filled(piece, CornerRadius::ZERO, if step % 2 == 0 { first } else { second });
    }
}

/// The edge between before and with, and which side is which.
pub fn draw_swipe(ctx: &egui::Context, session: &Session, x: f32, map: Rect) {
    let painter = ctx.layer_painter(egui::LayerId::background());
    painter.line_segment([Pos2::new(x, map.top()), Pos2::new(x, map.bottom())], Stroke::new(4.0, Color32::WHITE));
    painter
        .line_segment([Pos2::new(x, map.top()), Pos2::new(x, map.bottom())], Stroke::new(1.6, Color32::from_gray(40)));
    for (name, align, offset) in [("view-before", Align2::RIGHT_TOP, -12.0), ("view-after", Align2::LEFT_TOP, 12.0)] {
        let at = Pos2::new(x + offset, map.top() + 14.0);
        let galley =
            painter.layout_no_wrap(word(session.language, name), FontId::proportional(16.0), Color32::from_gray(20));
        let rect = align.anchor_size(at, galley.size());
        painter.rect_filled(rect.expand2(Vec2::new(7.0, 4.0)), CornerRadius::same(4), Color32::from_white_alpha(235));
        painter.galley(rect.min, galley, Color32::from_gray(20));
    }
}

/// What the edge is dragged by: two arrowheads.
pub fn draw_swipe_handle(painter: &egui::Painter, rect: Rect) {
    painter.rect_filled(rect, CornerRadius::same(8), Color32::from_gray(40));
    for side in [-1.0, 1.0] {
        let tip = rect.center() + Vec2::new(side * 10.0, 0.0);
        let foot = rect.center().x + side * 3.0;
        let corners = vec![tip, Pos2::new(foot, tip.y - 7.0), Pos2::new(foot, tip.y + 7.0)];
        painter.add(Shape::convex_polygon(corners, Color32::WHITE, Stroke::NONE));
    }
}

/// A patch of the color of a class, hatched where the class is.
fn swatch(ui: &mut Ui, class: &Class) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(30.0, 13.0), Sense::hover());
    let [red, green, blue] = class.color;
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, CornerRadius::ZERO, Color32::from_rgb(red, green, blue));
    if class.hatched {
        let stroke = Stroke::new(1.6, Color32::from_white_alpha(190));
        let mut x = rect.left() - rect.height();
        while x < rect.right() {
            painter.add(Shape::line_segment(
                [Pos2::new(x, rect.bottom()), Pos2::new(x + rect.height(), rect.top())],
                stroke,
            ));
            x += 7.0;
        }
    }
    painter.rect_stroke(rect, CornerRadius::ZERO, Stroke::new(0.7, Color32::from_gray(90)), StrokeKind::Inside);
}

/// Where the data came from, and what was assumed for the picture.
pub fn attribution(twin: &Twin, language: Language, n_assumed_roofs: u32) -> String {
    let mut parts: Vec<String> = Vec::new();
    for source in &twin.sources {
        let mut text = source.attribution.clone().unwrap_or_else(|| source.name.clone());
        if let Some(licence) = &source.licence {
            text = format!("{text} ({licence})");
        }
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    if n_assumed_roofs > 0 {
        parts.push(say(language, "view-assumed-roofs", &[("n", &language.number(f64::from(n_assumed_roofs), 0))]));
    }
    parts.push("Stadtwin".to_owned());
    parts.join(" · ")
}

/// Labels over the works and over what is out of service; `zoom` is how much larger than in points
/// the picture is drawn, `map` the part of it that is not covered by panels.
pub fn pins(
    ctx: &egui::Context,
    session: &Session,
    town: &Town,
    (camera, transform): (&Camera, &GlobalTransform),
    (zoom, map): (f32, Rect),
) {
    let language = session.language;
    let mut labels: Vec<([f32; 3], String)> = Vec::new();
    for (site, named) in session.signs.iter().take(N_PINS) {
        if let Some(label) = session.labels.get(*site).copied().flatten() {
            labels.push((label, named.label(language)));
        }
    }
    for (index, _) in session.edit.outages_on().take(N_PINS) {
        let part = session.places.outages.get(index).copied().flatten();
        if let Some((part, at)) = part.and_then(|part| Some((part, part.place(&town.twin)?))) {
            let ground = &town.scene.ground;
            let at = ground.view_from_local(at, ground.height_m(at)).map(|value| value as f32);
            let name = part_name(&town.twin, part, language);
            labels.push((at, format!("{name}: {}", word(language, "view-legend-out"))));
        }
    }
    for (at, text) in labels {
        if let Ok(at) = camera.world_to_viewport(transform, Vec3::from_array(at)) {
            let at = at / zoom;
            let at = Pos2::new(at.x, at.y);
            if map.contains(at) {
                pin(ctx, map, at, &text);
            }
        }
    }
}

/// Closures, and outages, that are labelled on the map.
const N_PINS: usize = 6;

/// A label at a place of the picture, with a line down to it.
fn pin(ctx: &egui::Context, map: Rect, at: Pos2, text: &str) {
    let painter = ctx.layer_painter(egui::LayerId::background()).with_clip_rect(map);
    let ink = Color32::from_rgb(150, 20, 16);
    let galley = painter.layout_no_wrap(text.to_owned(), FontId::proportional(13.5), Color32::WHITE);
    let size = galley.size() + Vec2::new(14.0, 8.0);
    let rect = Rect::from_min_size(Pos2::new(at.x - size.x / 2.0, at.y - 46.0 - size.y), size);
    painter.line_segment([at, Pos2::new(at.x, rect.bottom())], Stroke::new(2.0, ink));
    painter.rect_filled(rect, CornerRadius::same(4), ink);
    painter.galley(rect.min + Vec2::new(7.0, 4.0), galley, Color32::WHITE);
}
