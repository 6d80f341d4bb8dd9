//! The planner's panels: on the left the scenario and its result, on the right the selected street and its closure, below the help.

mod card;
mod result;

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
    words::{say, word},
};

use crate::{
    camera::{MapArea, Orbit},
    caption,
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
        self.session.scenario_changed(&self.town.twin);
        if self.session.findings.has_errors() {
            self.solver.cancel();
        } else {
            self.solver.start(self.town, &self.session.scenario);
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
            scenario(ui, &mut desk);
            ui.separator();
            result::draw(ui, &mut desk);
        });
    });
    egui::Panel::right("street").default_size(290.0).show(&mut root, |ui| {
        egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| card::draw(ui, &mut desk));
    });
    let left = root.available_rect_before_wrap();
    map.0 = Some(Rect::new(left.min.x, left.min.y, left.max.x, left.max.y));
    if desk.session.outcome.is_some() {
        let place = root.available_rect_before_wrap().left_bottom() + egui::vec2(12.0, -12.0);
        egui::Area::new("legend".into()).pivot(egui::Align2::LEFT_BOTTOM).fixed_pos(place).interactable(false).show(
            ctx,
            |ui| {
                caption::paper().show(ui, |ui| caption::draw_legend(ui, desk.session));
            },
        );
    }
    result::table_window(ctx, &mut desk);
    if moved != *orbit {
        *orbit = moved;
    }
    pin(ctx, &session, &camera);
    Ok(())
}

/// The kind of the first closure, over the works.
fn pin(ctx: &egui::Context, session: &Session, (camera, transform): &(&Camera, &GlobalTransform)) {
    let Some(label) = session.labels.get(session.sites.len() / 2) else { return };
    if session.sites.is_empty() {
        return;
    }
    if let Ok(at) = camera.world_to_viewport(transform, Vec3::from_array(*label)) {
        let text = session
            .scenario
            .closures
            .first()
            .map_or_else(String::new, |c| word(session.language, Choice::of(c).word()));
        caption::pin(ctx, egui::pos2(at.x, at.y), &text);
    }
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
        ui.text_edit_singleline(&mut desk.session.scenario.name);
    });
    if desk.session.scenario.closures.is_empty() {
        ui.weak(desk.word("view-nothing-closed"));
    }
    let mut removed = None;
    for (index, closure) in desk.session.scenario.closures.iter().enumerate() {
        ui.horizontal(|ui| {
            let street = card::target_name(&desk.town.twin, &closure.target, desk.session.language);
            ui.label(format!("{street}: {}", desk.word(Choice::of(closure).word())));
            if ui.small_button("✖").on_hover_text(desk.word("view-remove")).clicked() {
                removed = Some(index);
            }
        });
    }
    if let Some(index) = removed {
        desk.session.scenario.closures.remove(index);
        desk.compute();
    }
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
    if let Some(state) = desk.solver.state().filter(|state| state.total > 0) {
        ui.add(egui::ProgressBar::new(state.done as f32 / state.total as f32).desired_height(6.0));
    }
    if !desk.session.message.is_empty() {
        ui.weak(&desk.session.message);
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
    let text = twin_io::scenario::write(&desk.session.scenario, &desk.town.twin);
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
        session.measure =
            if session.measure == Measure::VolumeBefore { Measure::VolumeWith } else { Measure::VolumeBefore };
        session.repaint = true;
    }
    if keys.just_pressed(KeyCode::KeyC) {
        session.measure = Measure::Change;
        session.repaint = true;
    }
    let mut moved = *orbit;
    let mut desk = Desk { session: &mut session, solver: &mut solver, orbit: &mut moved, town: &town };
    if keys.just_pressed(KeyCode::Delete) && desk.session.scenario.closures.pop().is_some() {
        desk.compute();
    }
    if keys.just_pressed(KeyCode::Enter) {
        card::add_closure(&mut desk);
    }
    if moved != *orbit {
        *orbit = moved;
    }
}
