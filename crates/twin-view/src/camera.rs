//! The camera: it turns about a point on the ground, moves over it and comes nearer. It never rolls.
//!
//! Left or middle button: turn; right button or shift: move; wheel: nearer. Keys: arrows move, Q and E turn, R and F tilt, + and − come
//! nearer, `3` switches plan and 3D, Home shows the whole town, N turns north up.

use bevy::{
    camera::ScalingMode,
    input::mouse::{AccumulatedMouseMotion, AccumulatedMouseScroll, MouseScrollUnit},
    prelude::*,
};
use bevy_egui::input::EguiWantsInput;
use twin::geo_types::Coord;
use twin_present::scene::{Ground, Scene};

use crate::{session::Session, town::Town};

const FIELD_OF_VIEW_RAD: f32 = 0.60;

/// Where the camera stands: about which point, from which side, how far.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Orbit {
    /// The point looked at, view frame.
    pub focus: Vec3,
    /// Direction looked to, radians clockwise from north.
    pub azimuth_rad: f32,
    /// Angle below the horizon, radians.
    pub pitch_rad: f32,
    /// Distance from the focus, metres.
    pub distance_m: f32,
    /// Whether it is a plan: from straight above, north up, no perspective.
    pub plan: bool,
}

impl Orbit {
    /// The built-up part of the town, from the south.
    pub fn of_town(scene: &Scene) -> Self {
        let (low, high) = scene.core;
        let size = ((high.x - low.x).max((high.y - low.y) * 1.15) as f32).clamp(250.0, 2600.0);
        Self::at(&scene.ground, (low + high) / 2.0, size * 1.05)
    }

    /// A point of the town from the south, at a distance.
    pub fn at(ground: &Ground, at: Coord<f64>, distance_m: f32) -> Self {
        let focus = Vec3::from_array(ground.view_from_local(at, ground.height_m(at)).map(|value| value as f32));
        Self { focus, azimuth_rad: -0.45, pitch_rad: 0.62, distance_m, plan: false }
    }

    /// The transform of the camera.
    pub fn transform(&self) -> Transform {
        let pitch = if self.plan { std::f32::consts::FRAC_PI_2 } else { self.pitch_rad };
        let azimuth = if self.plan { 0.0 } else { self.azimuth_rad };
        let rotation = Quat::from_rotation_y(-azimuth) * Quat::from_rotation_x(-pitch);
        let distance = if self.plan { self.distance_m + 1500.0 } else { self.distance_m };
        Transform { translation: self.focus + rotation * Vec3::new(0.0, 0.0, distance), rotation, scale: Vec3::ONE }
    }

    /// The projection of the camera.
    pub fn projection(&self) -> Projection {
        if self.plan {
            return Projection::Orthographic(OrthographicProjection {
                scaling_mode: ScalingMode::FixedVertical { viewport_height: self.height_m() },
                near: 1.0,
                far: self.distance_m + 8000.0,
                ..OrthographicProjection::default_3d()
            });
        }
        Projection::Perspective(PerspectiveProjection { fov: FIELD_OF_VIEW_RAD, near: 2.0, far: 60_000.0, ..default() })
    }

    /// Height of what is seen at the focus, metres.
    pub fn height_m(&self) -> f32 {
        2.0 * self.distance_m * (FIELD_OF_VIEW_RAD / 2.0).tan()
    }

    fn pan(&mut self, right_m: f32, ahead_m: f32) {
        let azimuth = if self.plan { 0.0 } else { self.azimuth_rad };
        let (sin, cos) = azimuth.sin_cos();
        self.focus += Vec3::new(cos, 0.0, sin) * right_m + Vec3::new(sin, 0.0, -cos) * ahead_m;
    }

    fn turn(&mut self, azimuth_rad: f32, pitch_rad: f32) {
        self.azimuth_rad = (self.azimuth_rad + azimuth_rad).rem_euclid(std::f32::consts::TAU);
        self.pitch_rad = (self.pitch_rad + pitch_rad).clamp(0.12, 1.5);
    }

    fn zoom(&mut self, factor: f32) {
        self.distance_m = (self.distance_m * factor).clamp(25.0, 40_000.0);
    }
}

/// Moves the camera by mouse and keys.
pub struct CameraPlugin;

impl Plugin for CameraPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<MapArea>().add_systems(Update, (by_mouse, by_keys, place).chain());
    }
}

/// The part of the window that panels leave to the map; all of it where there are none.
#[derive(Resource, Default)]
pub struct MapArea(pub Option<Rect>);

impl MapArea {
    /// Whether a position of the window is on the map.
    #[must_use]
    pub fn holds(&self, cursor: Vec2) -> bool {
        self.0.is_none_or(|area| area.contains(cursor))
    }
}

#[expect(clippy::too_many_arguments, reason = "a system names everything it reads")]
fn by_mouse(
    mut orbit: ResMut<Orbit>,
    buttons: Res<ButtonInput<MouseButton>>,
    keys: Res<ButtonInput<KeyCode>>,
    motion: Res<AccumulatedMouseMotion>,
    scroll: Res<AccumulatedMouseScroll>,
    egui: Res<EguiWantsInput>,
    window: Single<&Window>,
    map: Res<MapArea>,
) {
    if egui.wants_any_pointer_input() || window.cursor_position().is_some_and(|cursor| !map.holds(cursor)) {
        return;
    }
    let shift = keys.any_pressed([KeyCode::ShiftLeft, KeyCode::ShiftRight]);
    let turning = buttons.pressed(MouseButton::Left) || buttons.pressed(MouseButton::Middle);
    let moving = buttons.pressed(MouseButton::Right) || (turning && (shift || orbit.plan));
    if motion.delta != Vec2::ZERO && moving {
        let metres = orbit.height_m() / window.height().max(1.0);
        orbit.pan(-motion.delta.x * metres, motion.delta.y * metres);
    } else if motion.delta != Vec2::ZERO && turning {
        orbit.turn(motion.delta.x * 0.005, motion.delta.y * 0.005);
    }
    if scroll.delta.y != 0.0 {
        let lines = if scroll.unit == MouseScrollUnit::Pixel { scroll.delta.y / 50.0 } else { scroll.delta.y };
        orbit.zoom(0.86_f32.powf(lines));
    }
}

fn by_keys(
    mut orbit: ResMut<Orbit>,
    keys: Res<ButtonInput<KeyCode>>,
    time: Res<Time>,
    egui: Res<EguiWantsInput>,
    session: Res<Session>,
    town: Res<Town>,
) {
    // The keys of a story turn its chapters.
    if egui.wants_any_keyboard_input() || session.telling.is_some() {
        return;
    }
    let held = |more: &[KeyCode], less: &[KeyCode]| {
        f32::from(i8::from(keys.any_pressed(more.iter().copied())) - i8::from(keys.any_pressed(less.iter().copied())))
    };
    let seconds = time.delta_secs().min(0.2);
    let right = held(&[KeyCode::ArrowRight, KeyCode::KeyD], &[KeyCode::ArrowLeft, KeyCode::KeyA]);
    let ahead = held(&[KeyCode::ArrowUp, KeyCode::KeyW], &[KeyCode::ArrowDown, KeyCode::KeyS]);
    if right != 0.0 || ahead != 0.0 {
        let step = orbit.height_m() * 0.6 * seconds;
        orbit.pan(right * step, ahead * step);
    }
    let (turn, tilt) = (held(&[KeyCode::KeyE], &[KeyCode::KeyQ]), held(&[KeyCode::KeyR], &[KeyCode::KeyF]));
    if turn != 0.0 || tilt != 0.0 {
        orbit.turn(turn * seconds, tilt * 0.6 * seconds);
    }
    let farther =
        // On a German keyboard the minus lies where others have the slash, and the plus where they have the bracket.
        held(&[KeyCode::Minus, KeyCode::Slash, KeyCode::NumpadSubtract], &[KeyCode::Equal, KeyCode::NumpadAdd, KeyCode::BracketRight]);
    if farther != 0.0 {
        orbit.zoom((farther * seconds).exp());
    }
    if keys.any_just_pressed([KeyCode::Digit3, KeyCode::Numpad3]) {
        orbit.plan = !orbit.plan;
    }
    if keys.just_pressed(KeyCode::KeyN) {
        orbit.azimuth_rad = 0.0;
    }
    if keys.just_pressed(KeyCode::Home) {
        *orbit = Orbit { plan: orbit.plan, ..Orbit::of_town(&town.scene) };
    }
}

fn place(orbit: Res<Orbit>, mut camera: Single<(&mut Transform, &mut Projection), With<Camera3d>>) {
    if orbit.is_changed() {
        let (transform, projection) = &mut *camera;
        **transform = orbit.transform();
        **projection = orbit.projection();
    }
}
