//! Pointing and clicking: the street under the pointer, found in two dimensions.

use bevy::prelude::*;
use bevy_egui::input::EguiWantsInput;

use crate::{
    camera::{MapArea, Orbit},
    layers::MapLayer,
    session::Session,
    town::Town,
};

/// Selects streets by mouse.
pub struct SelectPlugin;

impl Plugin for SelectPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, point);
    }
}

/// How far the pointer moved since the button went down, pixels; none while it is up.
#[derive(Default)]
struct Press(Option<Vec2>);

#[expect(clippy::too_many_arguments, reason = "a system names everything it reads")]
fn point(
    mut press: Local<Press>,
    mut session: ResMut<Session>,
    town: Res<Town>,
    orbit: Res<Orbit>,
    window: Single<&Window>,
    camera: Single<(&Camera, &GlobalTransform), With<Camera3d>>,
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    egui: Res<EguiWantsInput>,
    map: Res<MapArea>,
) {
    if session.telling.is_some() {
        return;
    }
    if keys.just_pressed(KeyCode::Escape)
        && !egui.wants_any_keyboard_input()
        && (session.selected.is_some() || session.part.is_some())
    {
        session.select(&town.twin, None);
    }
    if egui.wants_any_pointer_input() {
        press.0 = None;
        return;
    }
    let Some(cursor) = window.cursor_position() else { return };
    // The panels stand beside the map: what happens on them is no click on the street behind.
    if !map.holds(cursor) {
        press.0 = None;
        return;
    }
    if buttons.just_pressed(MouseButton::Left) {
        press.0 = Some(cursor);
    }
    let clicked =
        buttons.just_released(MouseButton::Left) && press.0.take().is_some_and(|down| down.distance(cursor) < 5.0);
    if buttons.any_pressed([MouseButton::Left, MouseButton::Right, MouseButton::Middle]) && !clicked {
        return;
    }
    let (camera, transform) = *camera;
    let at = camera
        .viewport_to_world(transform, cursor)
        .ok()
        .and_then(|ray| town.scene.ground.hit(ray.origin.to_array(), ray.direction.to_array()));
    let metres = f64::from(orbit.height_m() / window.height().max(1.0));
    // A supply line that is shown wins over the street above it.
    let part = at.and_then(|at| {
        let shown = |medium| session.layers.shows(MapLayer::Supply(medium));
        town.scene.lines.nearest(&town.twin, at, (metres * 7.0).max(0.8), shown)
    });
    let link = at.filter(|_| part.is_none()).and_then(|at| {
        // Eight pixels, or three metres close by.
        Some(town.scene.sections.nearest(&town.twin, at, (metres * 8.0).max(3.0))?.link)
    });
    if session.pointed != link || session.pointed_part != part {
        session.pointed = link;
        session.pointed_part = part;
        session.repaint = true;
    }
    if clicked {
        match part {
            Some(part) => session.select_part(part),
            None => session.select(&town.twin, link),
        }
    }
}
