//! The planner's panels: on the left the scenario and its result, on the right the selected street and its closure, below the help.

mod card;
mod layers;
mod part;
mod result;
mod tabs;

use std::collections::BTreeSet;

use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiPrimaryContextPass,
    egui::{self, LayerId, RichText, Ui, UiBuilder},
    input::EguiWantsInput,
};
use twin::{Finding, Severity};
use twin_present::{
    Language,
    findings::translated,
    scene::Measure,
    supply::{self, SupplyPart},
    words::{say, word},
};

use crate::{
    camera::{MapArea, Orbit},
    caption,
    history::{Edit, History},
    layers::MapLayer,
    session::{Choice, Session},
    solve::Solver,
    town::Town,
};

/// Draws the panels.
pub struct PanelPlugin;

impl Plugin for PanelPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(EguiPrimaryContextPass, draw).add_systems(Update, shortcuts);
    }
}

/// Everything that the panels read and change.
pub(crate) struct Desk<'a> {
    pub(crate) session: &'a mut Session,
    pub(crate) solver: &'a mut Solver,
    pub(crate) orbit: &'a mut Orbit,
    pub(crate) town: &'a Town,
}

impl Desk<'_> {
    pub(crate) fn word(&self, name: &str) -> String {
        word(self.session.language, name)
    }

    /// Takes a change of the scenario: looks it up and computes it; what is under way is cancelled.
    pub(crate) fn compute(&mut self) {
        self.session.history.record(&self.session.edit);
        self.session.scenario_changed(&self.town.twin);
        if self.session.findings.has_errors() {
            self.solver.cancel();
        } else {
            self.solver.start(self.town, &self.session.edit.active());
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "a system names everything it reads")]
fn draw(
    mut contexts: EguiContexts,
    mut session: ResMut<Session>,
    mut solver: ResMut<Solver>,
    mut orbit: ResMut<Orbit>,
    town: Res<Town>,
    mut map: ResMut<MapArea>,
    camera: Single<(&Camera, &GlobalTransform), With<Camera3d>>,
    mut dressed: Local<bool>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    if !*dressed {
        ctx.set_visuals(egui::Visuals::light());
        *dressed = true;
    }
    // The camera is told of a change only where one happened.
    let mut moved = *orbit;
    let mut desk = Desk { session: &mut session, solver: &mut solver, orbit: &mut moved, town: &town };
    let whole = UiBuilder::new().layer_id(LayerId::background()).max_rect(ctx.viewport_rect());
    let mut root = Ui::new(ctx.clone(), "desk".into(), whole);
    egui::Panel::top("bar").show(&mut root, |ui| bar(ui, &mut desk));
    egui::Panel::bottom("foot").show(&mut root, |ui| foot(ui, &desk));
    egui::Panel::left("scenario").default_size(330.0).show(&mut root, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            layers::draw(ui, &mut desk);
            ui.separator();
            scenario(ui, &mut desk);
            ui.separator();
            result::draw(ui, &mut desk);
        });
    });
    egui::Panel::right("street").default_size(290.0).show(&mut root, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| match desk.session.part {
            Some(part) => part::draw(ui, &mut desk, part),
            None => card::draw(ui, &mut desk),
        });
    });
    let left = root.available_rect_before_wrap();
    map.0 = Some(Rect::new(left.min.x, left.min.y, left.max.x, left.max.y));
    legends(ctx, left, desk.session);
    swipe(ctx, left, desk.session);
    result::table_window(ctx, &mut desk);
    if moved != *orbit {
        *orbit = moved;
    }
    caption::pins(ctx, &session, &town, *camera, (1.0, left));
    Ok(())
}

/// The legends over the corners of the map.
fn legends(ctx: &egui::Context, map: egui::Rect, session: &Session) {
    let area = |id: &'static str, align: egui::Align2, place: egui::Pos2| {
        egui::Area::new(id.into()).pivot(align).fixed_pos(place).interactable(false)
    };
    if session.paints_traffic() {
        let place = map.left_bottom() + egui::vec2(12.0, -12.0);
        area("legend", egui::Align2::LEFT_BOTTOM, place).show(ctx, |ui| {
            caption::paper().show(ui, |ui| caption::draw_legend(ui, session));
        });
    }
    if caption::has_supply_legend(session) {
        let place = map.right_bottom() + egui::vec2(-12.0, -12.0);
        area("legend-supply", egui::Align2::RIGHT_BOTTOM, place).show(ctx, |ui| {
            caption::paper().show(ui, |ui| caption::draw_supply_legend(ui, session));
        });
    }
}

/// The edge between before and with, which can be dragged.
fn swipe(ctx: &egui::Context, map: egui::Rect, session: &mut Session) {
    let Some(share) = session.swipe else { return };
    let width = ctx.viewport_rect().width().max(1.0);
    let x = (share * width).clamp(map.left() + 8.0, map.right() - 8.0);
    let handle = egui::Rect::from_center_size(egui::pos2(x, map.center().y), egui::vec2(26.0, 60.0));
    let pulled = egui::Area::new("swipe".into()).fixed_pos(handle.min).order(egui::Order::Foreground).show(ctx, |ui| {
        let (rect, response) = ui.allocate_exact_size(handle.size(), egui::Sense::drag());
        caption::draw_swipe_handle(ui.painter(), rect);
        // Where the pointer is, not how far it went: frames may be slow.
        response.interact_pointer_pos().map(|at| at.x)
    });
    let x = pulled.inner.unwrap_or(x).clamp(map.left() + 8.0, map.right() - 8.0);
    caption::draw_swipe(ctx, session, x, map);
    session.swipe = Some((x / width).clamp(0.02, 0.98));
}

/// Name of the town, search, view buttons, language.
fn bar(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(&desk.town.twin.name).size(18.0).strong());
        ui.separator();
        search(ui, desk);
        ui.separator();
        if ui.button(desk.word("view-home")).clicked() {
            *desk.orbit = Orbit { plan: desk.orbit.plan, ..Orbit::of_town(&desk.town.scene) };
        }
        let other = if desk.orbit.plan { "view-3d" } else { "view-plan" };
        if ui.button(format!("{} (3)", desk.word(other))).clicked() {
            desk.orbit.plan = !desk.orbit.plan;
        }
        ui.separator();
        for (language, name) in [(Language::De, "Deutsch"), (Language::En, "English")] {
            if ui.selectable_label(desk.session.language == language, name).clicked() {
                desk.session.language = language;
            }
        }
    });
}

/// Search by name: what fits is offered, choosing it goes there.
fn search(ui: &mut Ui, desk: &mut Desk<'_>) {
    let hint = desk.word("view-search");
    let field = ui.add(egui::TextEdit::singleline(&mut desk.session.search).hint_text(hint).desired_width(190.0));
    let wanted = twin_run::names::folded(desk.session.search.trim());
    if wanted.chars().count() < 2 {
        return;
    }
    let mut found: Vec<(String, twin::Id<twin::road::RoadLink>)> = desk
        .town
        .twin
        .roads
        .links()
        .filter_map(|(id, link)| Some((link.name.clone()?, id)))
        .filter(|(name, _)| twin_run::names::folded(name).contains(&wanted))
        .collect();
    // Of a street its longest section: that is where one looks for it.
    let length_m = |link: twin::Id<twin::road::RoadLink>| desk.town.twin.roads.link(link).length_m;
    found.sort_by(|a, b| a.0.cmp(&b.0).then(length_m(b.1).total_cmp(&length_m(a.1))).then(a.1.cmp(&b.1)));
    found.dedup_by(|a, b| a.0 == b.0);
    let enter = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let mut chosen = found.first().filter(|_| enter).cloned();
    if !enter {
        egui::Area::new("found".into())
            .fixed_pos(field.rect.left_bottom() + egui::vec2(0.0, 4.0))
            .order(egui::Order::Foreground)
            .show(ui.ctx(), |ui| {
                egui::Frame::popup(ui.style()).show(ui, |ui| {
                    for entry in found.iter().take(8) {
                        if ui.button(&entry.0).clicked() {
                            chosen = Some(entry.clone());
                        }
                    }
                });
            });
    }
    if let Some((_, link)) = chosen {
        desk.session.search.clear();
        go_to(desk, link);
    }
}

/// Selects a section and flies to its middle.
pub(crate) fn go_to(desk: &mut Desk<'_>, link: twin::Id<twin::road::RoadLink>) {
    let line = &desk.town.twin.roads.link(link).geometry.0;
    if let Some(middle) = line.get(line.len() / 2) {
        let distance_m = desk.orbit.distance_m.min(700.0);
        let near = Orbit::at(&desk.town.scene.ground, *middle, distance_m);
        desk.orbit.focus = near.focus;
        desk.orbit.distance_m = near.distance_m;
    }
    desk.session.select(&desk.town.twin, Some(link));
}

/// Help and attribution.
fn foot(ui: &mut Ui, desk: &Desk<'_>) {
    let small = |text: String| RichText::new(text).size(11.5);
    ui.horizontal_wrapped(|ui| {
        ui.label(small(desk.word("view-help")));
        ui.separator();
        let roofs = desk.town.scene.n_assumed_roofs;
        ui.label(small(caption::attribution(&desk.town.twin, desk.session.language, roofs)));
    });
}

/// The scenario: its name, its closures, what is wrong with it.
fn scenario(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.heading(desk.word("view-scenario"));
    ui.horizontal(|ui| {
        ui.label(desk.word("view-name"));
        ui.text_edit_singleline(&mut desk.session.edit.scenario.name);
    });
    if desk.session.edit.scenario.closures.is_empty() && desk.session.edit.scenario.outages.is_empty() {
        ui.weak(desk.word("view-nothing-closed"));
    }
    measures(ui, desk);
    days(ui, desk);
    findings(ui, desk);
    ui.horizontal(|ui| {
        if let Some(state) = desk.solver.state() {
            ui.spinner();
            if ui.button(desk.word("view-cancel")).clicked() {
                desk.solver.cancel();
                desk.session.message = desk.word("view-cancelled");
            }
            let stage = if state.stage == "equilibrium" { "view-stage-equilibrium" } else { "view-stage-prepare" };
            ui.label(desk.word(stage));
            if let Some(gap) = state.gap {
                ui.label(format!("{} {gap:.0e}", desk.word("view-gap")));
            }
        } else {
            if ui.button(desk.word("view-run")).clicked() {
                desk.compute();
            }
            if ui.button(desk.word("view-save")).clicked() {
                save(desk);
            }
        }
    });
    ui.horizontal(|ui| {
        let [undo, redo] = desk.session.history.can();
        for (can, name, keys, way) in [
            (undo, "view-undo", "Ctrl+Z", History::undo as fn(&mut History) -> Option<Edit>),
            (redo, "view-redo", "Ctrl+Y", History::redo),
        ] {
            if ui.add_enabled(can, egui::Button::new(desk.word(name))).on_hover_text(keys).clicked() {
                step(desk, way);
            }
        }
    });
    if let Some(state) = desk.solver.state().filter(|state| state.total > 0) {
        ui.add(egui::ProgressBar::new(state.done as f32 / state.total as f32).desired_height(6.0));
    }
    if !desk.session.message.is_empty() {
        ui.weak(&desk.session.message);
    }
}

/// Every closure and outage with its switch.
fn measures(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.session.language;
    let before = desk.session.edit.clone();
    let edit = &mut desk.session.edit;
    let (mut closure_gone, mut outage_gone, mut shown) = (None, None, None);
    for (index, closure) in before.scenario.closures.iter().enumerate() {
        let street = card::target_name(&desk.town.twin, &closure.target, language);
        let text = format!("{street}: {}", word(language, Choice::of(closure).word()));
        match measure(ui, language, &text, &mut edit.closures_off, index) {
            Clicked::Remove => closure_gone = Some(index),
            Clicked::Name | Clicked::Nothing => {}
        }
    }
    for (index, outage) in before.scenario.outages.iter().enumerate() {
        let part = SupplyPart::of_key(&desk.town.twin, &outage.asset);
        let name = part.map_or_else(String::new, |part| supply::part_name(&desk.town.twin, part, language));
        let text = format!("{} {name} {}", word(language, "view-legend-out"), outage.asset);
        match measure(ui, language, &text, &mut edit.outages_off, index) {
            Clicked::Remove => outage_gone = Some(index),
            Clicked::Name => shown = part,
            Clicked::Nothing => {}
        }
    }
    if let Some(index) = closure_gone {
        edit.remove_closure(index);
    }
    if let Some(index) = outage_gone {
        edit.remove_outage(index);
    }
    if *edit != before {
        desk.compute();
    }
    if let Some(part) = shown {
        desk.session.layers.set(MapLayer::Supply(part.medium(&desk.town.twin)), true);
        desk.session.select_part(part);
        if let Some(at) = part.place(&desk.town.twin) {
            tabs::fly(desk, at);
        }
    }
}

/// What was clicked of a measure.
enum Clicked {
    Nothing,
    Name,
    Remove,
}

fn measure(ui: &mut Ui, language: Language, text: &str, off: &mut BTreeSet<usize>, index: usize) -> Clicked {
    let mut clicked = Clicked::Nothing;
    ui.horizontal(|ui| {
        let mut on = !off.contains(&index);
        if ui.checkbox(&mut on, "").on_hover_text(word(language, "view-switch")).changed() {
            if on {
                off.remove(&index);
            } else {
                off.insert(index);
            }
        }
        if ui.small_button("✖").on_hover_text(word(language, "view-remove")).clicked() {
            clicked = Clicked::Remove;
        }
        let text = if on { RichText::new(text) } else { RichText::new(text).strikethrough().weak() };
        if ui.add(egui::Label::new(text).truncate().sense(egui::Sense::click())).clicked() {
            clicked = Clicked::Name;
        }
    });
    clicked
}

/// The day that is looked at, where closures hold on different days or in phases.
fn days(ui: &mut Ui, desk: &mut Desk<'_>) {
    let language = desk.session.language;
    let scenario = &desk.session.edit.scenario;
    let dated = |closure: &twin::scenario::Closure| !closure.phases.is_empty() || closure.from.is_some();
    if !scenario.closures.iter().any(dated) {
        return;
    }
    let whole = twin::Scenario { date: None, ..scenario.clone() };
    let Ok(stages) = twin_run::stages(&desk.town.twin, &whole) else { return };
    let choices: Vec<(twin::jiff::civil::Date, String)> = stages
        .iter()
        .flat_map(|staged| staged.stage.spans.iter().map(move |span| (staged, *span)))
        .filter_map(|(staged, (from, to))| {
            let from = from?;
            let until = to.map_or_else(|| "…".to_owned(), |to| language.date(to));
            let (begin, n) = (language.date(from), staged.stage.closures.len().to_string());
            Some((from, say(language, "view-stage-days", &[("from", &begin), ("to", &until), ("n", &n)])))
        })
        .collect();
    let before = desk.session.edit.date;
    let mut date = before;
    ui.horizontal(|ui| {
        ui.label(desk.word("view-date"));
        let all = desk.word("view-all-days");
        let shown = choices.iter().find(|(day, _)| Some(*day) == date).map_or(all.clone(), |(_, text)| text.clone());
        egui::ComboBox::from_id_salt("days").selected_text(shown).width(220.0).show_ui(ui, |ui| {
            ui.selectable_value(&mut date, None, all);
            for (day, text) in &choices {
                ui.selectable_value(&mut date, Some(*day), text);
            }
        });
    });
    if date != before {
        desk.session.edit.date = date;
        desk.compute();
    }
}

/// Goes a step back or forth in what was edited, and computes it.
fn step(desk: &mut Desk<'_>, way: fn(&mut History) -> Option<Edit>) {
    if let Some(edit) = way(&mut desk.session.history) {
        desk.session.edit = edit;
        desk.compute();
    }
}

fn findings(ui: &mut Ui, desk: &Desk<'_>) {
    let serious = |finding: &&Finding| finding.severity != Severity::Note;
    for finding in desk.session.findings.iter().filter(serious).take(6) {
        let color = if finding.severity == Severity::Error {
            egui::Color32::from_rgb(170, 20, 20)
        } else {
            egui::Color32::from_rgb(120, 80, 0)
        };
        let (message, help) = translated(finding, desk.session.language);
        ui.label(RichText::new(message.into_owned()).color(color));
        if let Some(help) = help {
            ui.weak(help.into_owned());
        }
    }
}

/// Writes the scenario as the file that the command line reads.
fn save(desk: &mut Desk<'_>) {
    let language = desk.session.language;
    let path = desk.session.file.clone().unwrap_or_else(|| "szenario.toml".into());
    let text = twin_io::scenario::write(&desk.session.edit.active(), &desk.town.twin);
    desk.session.message = match crate::files::replace(&path, text.as_bytes()) {
        Ok(()) => say(language, "view-saved", &[("file", &path.display().to_string())]),
        Err(error) => say(language, "view-not-saved", &[("why", &format!("{}: {error}", path.display()))]),
    };
}

fn shortcuts(
    keys: Res<ButtonInput<KeyCode>>,
    egui: Res<EguiWantsInput>,
    mut session: ResMut<Session>,
    mut solver: ResMut<Solver>,
    mut orbit: ResMut<Orbit>,
    town: Res<Town>,
) {
    if egui.wants_any_keyboard_input() {
        return;
    }
    if keys.just_pressed(KeyCode::KeyB) {
        session.swipe = None;
        session.measure =
            if session.measure == Measure::VolumeBefore { Measure::VolumeWith } else { Measure::VolumeBefore };
        session.repaint = true;
    }
    if keys.just_pressed(KeyCode::KeyC) {
        session.swipe = None;
        session.measure = Measure::Change;
        session.repaint = true;
    }
    let mut moved = *orbit;
    let mut desk = Desk { session: &mut session, solver: &mut solver, orbit: &mut moved, town: &town };
    if keys.just_pressed(KeyCode::Delete) && !desk.session.edit.scenario.closures.is_empty() {
        desk.session.edit.remove_closure(desk.session.edit.scenario.closures.len() - 1);
        desk.compute();
    }
    if keys.any_pressed([KeyCode::ControlLeft, KeyCode::ControlRight]) {
        if keys.just_pressed(KeyCode::KeyZ) {
            step(&mut desk, History::undo);
        } else if keys.just_pressed(KeyCode::KeyY) {
            step(&mut desk, History::redo);
        }
    }
    if keys.just_pressed(KeyCode::Enter) {
        card::add_closure(&mut desk);
    }
    if moved != *orbit {
        *orbit = moved;
    }
}
