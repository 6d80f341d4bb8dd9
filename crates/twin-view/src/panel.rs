//! The planner's panels: on the left the scenario and its result, on the right the selected street and its closure, below the timeline
//! and the help.

mod card;
mod handles;
mod keys;
mod layers;
mod lists;
mod measures;
mod part;
mod result;
mod routes;
mod tabs;
#[cfg(test)]
mod tests;
mod timeline;

use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiPrimaryContextPass,
    egui::{self, LayerId, RichText, Ui, UiBuilder},
};
use twin::{Finding, Severity};
use twin_present::{
    Language,
    findings::translated,
    words::{say, word},
};

use crate::{
    camera::{MapArea, Orbit},
    caption,
    history::{Edit, History},
    session::Session,
    solve::Solver,
    town::Town,
};

/// Draws the panels.
pub struct PanelPlugin;

impl Plugin for PanelPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(EguiPrimaryContextPass, draw).add_systems(Update, keys::shortcuts);
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
    if session.telling.is_some() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    if !*dressed {
        caption::dress(ctx);
        *dressed = true;
    }
    // The camera is told of a change only where one happened.
    let mut moved = *orbit;
    let mut desk = Desk { session: &mut session, solver: &mut solver, orbit: &mut moved, town: &town };
    let whole = UiBuilder::new().layer_id(LayerId::background()).max_rect(ctx.viewport_rect());
    let mut root = Ui::new(ctx.clone(), "desk".into(), whole);
    egui::Panel::top("bar").show(&mut root, |ui| bar(ui, &mut desk));
    egui::Panel::bottom("foot").show(&mut root, |ui| foot(ui, &desk));
    egui::Panel::bottom("time").show(&mut root, |ui| timeline::draw(ui, &mut desk));
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
    handles::draw(ctx, left, desk.session, &town, *camera);
    result::table_window(ctx, &mut desk);
    lists::draw(ctx, left, &mut desk);
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
        views(ui, desk);
        for list in &mut desk.session.lists {
            if ui.selectable_label(list.open, &list.name).clicked() {
                list.open = !list.open;
            }
        }
        ui.separator();
        for (language, name) in [(Language::De, "Deutsch"), (Language::En, "English")] {
            if ui.selectable_label(desk.session.language == language, name).clicked() {
                desk.session.language = language;
            }
        }
    });
}

/// Views that were kept: to fly to, and to keep this one.
fn views(ui: &mut Ui, desk: &mut Desk<'_>) {
    let mut chosen = None;
    let menu = ui.menu_button(desk.word("view-views"), |ui| {
        for (number, _) in &desk.session.views.kept {
            let name = say(desk.session.language, "view-views-name", &[("n", &number.to_string())]);
            if ui.button(format!("{name} (F{number})")).clicked() {
                chosen = Some((*number, false));
                ui.close();
            }
        }
        let free = desk.session.views.free();
        let keep = say(desk.session.language, "view-views-keep", &[("n", &free.to_string())]);
        if ui.button(keep).clicked() {
            chosen = Some((free, true));
            ui.close();
        }
        ui.weak(desk.word("view-views-hint"));
    });
    menu.response.on_hover_text(desk.word("view-views-hint"));
    if let Some((number, keep)) = chosen {
        view(desk, number, keep);
    }
}

/// Flies to a view, or keeps this one under its number.
fn view(desk: &mut Desk<'_>, number: u8, keep: bool) {
    let ground = &desk.town.scene.ground;
    if !keep {
        if let Some(view) = desk.session.views.of(number) {
            *desk.orbit = crate::views::orbit(&view, ground, desk.orbit);
        }
        return;
    }
    let language = desk.session.language;
    let kept = desk.session.views.keep(number, crate::views::viewpoint(desk.orbit, ground));
    desk.session.message = match kept {
        Ok(()) => say(language, "view-views-kept", &[("n", &number.to_string())]),
        Err(findings) => {
            let why = findings.iter().next().map(|finding| translated(finding, language).0.into_owned());
            say(language, "view-views-not-kept", &[("why", &why.unwrap_or_default())])
        }
    };
}

/// Search by name: what fits is offered, choosing it goes there.
fn search(ui: &mut Ui, desk: &mut Desk<'_>) {
    let hint = desk.word("view-search");
    let field = ui.add(egui::TextEdit::singleline(&mut desk.session.search).hint_text(hint).desired_width(190.0));
    let wanted = twin_run::names::folded(desk.session.search.trim());
    if wanted.chars().count() < 2 {
        return;
    }
    let twin = &desk.town.twin;
    let found = desk.session.said.found.get(wanted, |wanted| streets(twin, wanted));
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

/// The streets in whose names this stands, each with its longest section: that is where one looks for it.
fn streets(twin: &twin::Twin, wanted: &str) -> Vec<(String, twin::Id<twin::road::RoadLink>)> {
    let mut found: Vec<(String, twin::Id<twin::road::RoadLink>)> = twin
        .roads
        .links()
        .filter_map(|(id, link)| Some((link.name.clone()?, id)))
        .filter(|(name, _)| twin_run::names::folded(name).contains(wanted))
        .collect();
    let length_m = |link: twin::Id<twin::road::RoadLink>| twin.roads.link(link).length_m;
    found.sort_by(|a, b| a.0.cmp(&b.0).then(length_m(b.1).total_cmp(&length_m(a.1))).then(a.1.cmp(&b.1)));
    found.dedup_by(|a, b| a.0 == b.0);
    found
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
    ui.add(egui::Label::new(small(desk.word("view-help"))).wrap());
    let roofs = desk.town.scene.n_assumed_roofs;
    // Whose data it is must never be cut off.
    ui.add(egui::Label::new(small(caption::attribution(&desk.town.twin, desk.session.language, roofs))).wrap());
}

/// The scenario: its name, its closures, what is wrong with it.
fn scenario(ui: &mut Ui, desk: &mut Desk<'_>) {
    ui.heading(desk.word("view-scenario"));
    offered(ui, desk);
    ui.horizontal(|ui| {
        ui.label(desk.word("view-name"));
        if ui.text_edit_singleline(&mut desk.session.edit.scenario.name).lost_focus() {
            desk.session.history.record(&desk.session.edit);
        }
    });
    if desk.session.edit.scenario.closures.is_empty() && desk.session.edit.scenario.outages.is_empty() {
        ui.weak(desk.word("view-nothing-closed"));
    }
    measures::draw(ui, desk);
    measures::days(ui, desk);
    findings(ui, desk);
    ui.horizontal_wrapped(|ui| {
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
            (undo, "view-undo", "view-undo-keys", History::undo as fn(&mut History) -> Option<Edit>),
            (redo, "view-redo", "view-redo-keys", History::redo),
        ] {
            let keys = desk.word(keys);
            let button = ui.add_enabled(can, egui::Button::new(desk.word(name)));
            if button.on_hover_text(&keys).on_disabled_hover_text(&keys).clicked() {
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

/// What was not saved the last time, to be brought back or thrown away.
fn offered(ui: &mut Ui, desk: &mut Desk<'_>) {
    if desk.session.journal.offered.is_none() {
        return;
    }
    egui::Frame::group(ui.style()).fill(egui::Color32::from_rgb(255, 246, 214)).show(ui, |ui| {
        ui.add(egui::Label::new(RichText::new(desk.word("view-journal")).strong()).wrap());
        ui.horizontal(|ui| {
            if ui.button(desk.word("view-journal-take")).clicked()
                && let Some(scenario) = desk.session.journal.offered.take()
            {
                let mut scenario = *scenario;
                scenario.origin.clone_from(&desk.session.edit.scenario.origin);
                desk.session.edit = Edit::of(scenario);
                desk.compute();
            }
            if ui.button(desk.word("view-journal-drop")).clicked() {
                desk.session.journal.offered = None;
                let revision = desk.session.history.revision();
                if revision == 0 {
                    desk.session.journal.clear(revision, None);
                }
            }
        });
    });
}

/// Goes a step back or forth in what was edited, and computes it.
fn step(desk: &mut Desk<'_>, way: fn(&mut History) -> Option<Edit>) {
    // A name that is being typed is a step too.
    desk.session.history.record(&desk.session.edit);
    let Some(edit) = way(&mut desk.session.history) else { return };
    let same_result = desk.session.edit.computes_as(&edit);
    desk.session.edit = edit;
    if !same_result {
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
    let path = desk.session.file.clone().unwrap_or_else(|| crate::files::unused("szenario", "toml"));
    let scenario = desk.session.edit.active();
    let text = twin_io::scenario::write(&scenario, &desk.town.twin);
    let kept = crate::files::keep_comments(&path);
    desk.session.message = match crate::files::replace(&path, text.as_bytes()) {
        Ok(()) => {
            let mut said = say(language, "view-saved", &[("file", &path.display().to_string())]);
            let off = scenario.switched_off.len();
            if off > 0 {
                said = format!("{said}\n{}", say(language, "view-saved-off", &[("n", &off.to_string())]));
            }
            if let Some(day) = scenario.date {
                said = format!("{said}\n{}", say(language, "view-saved-day", &[("day", &language.date(day))]));
            }
            if let Some(kept) = kept {
                said =
                    format!("{said}\n{}", say(language, "view-saved-kept", &[("file", &kept.display().to_string())]));
            }
            desk.session.journal.clear(desk.session.history.revision(), Some(&path));
            desk.session.file = Some(path);
            said
        }
        Err(error) => say(language, "view-not-saved", &[("why", &format!("{}: {error}", path.display()))]),
    };
}
