//! The panels under a pointer: frames are run without a window, with what a mouse would tell.

use bevy_egui::egui::{Context, Event, Modifiers, PointerButton, Pos2, RawInput, Rect, Ui, Vec2};
use twin::{
    Scenario, Silent,
    jiff::civil::date,
    scenario::{Closure, RoadTarget},
};

use super::*;
use crate::render::town_of;

const SCREEN: Vec2 = Vec2::new(1280.0, 60.0);

/// A town, and a sitting with one closure in May.
struct Sitting {
    town: Town,
    session: Session,
    solver: Solver,
    orbit: Orbit,
    ctx: Context,
    time_s: f64,
}

impl Sitting {
    fn new() -> Self {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let town = town_of(twin_musterstadt::generate(&options, &Silent).expect("it can be made"));
        let (_, link) = town.twin.roads.links().next().expect("it has streets");
        let closure = Closure {
            from: Some(date(2026, 5, 4)),
            to: Some(date(2026, 5, 8)),
            ..Closure::on(RoadTarget::Key(link.key.clone()))
        };
        let scenario = Scenario { closures: vec![closure], ..Scenario::default() };
        let orbit = Orbit::of_town(&town.scene);
        let mut session = Session::new(Language::De, scenario);
        session.computed = std::sync::Arc::new(session.edit.active());
        Self { town, session, solver: Solver::default(), orbit, ctx: Context::default(), time_s: 0.0 }
    }

    fn desk(&mut self) -> Desk<'_> {
        Desk { session: &mut self.session, solver: &mut self.solver, orbit: &mut self.orbit, town: &self.town }
    }

    /// One frame with these events, a sixtieth of a second after the one before.
    fn frame(&mut self, events: Vec<Event>, draw: fn(&mut Ui, &mut Desk<'_>)) {
        self.time_s += 1.0 / 60.0;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, SCREEN)),
            time: Some(self.time_s),
            events,
            ..RawInput::default()
        };
        let ctx = self.ctx.clone();
        let mut output = ctx.run_ui(input, |ui| draw(ui, &mut self.desk()));
        // Nothing is drawn.
        output.textures_delta.clear();
    }

    /// Presses at a place, moves to another, and lets go there.
    fn drag(&mut self, from: Pos2, to: Pos2, button: PointerButton) {
        let press = |pos, pressed| Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE };
        for events in [
            vec![],
            vec![Event::PointerMoved(from)],
            vec![press(from, true)],
            vec![Event::PointerMoved(to)],
            vec![press(to, false)],
            vec![],
        ] {
            self.frame(events, timeline::draw);
        }
    }
}

#[test]
fn a_click_on_the_days_looks_at_one_and_a_drag_at_the_one_where_it_ends() {
    let mut sitting = Sitting::new();
    // 11 days from 1 May between 78 points from the left and the hours on the right.
    let place = |day: f32| Pos2::new(90.0 + (1280.0 - 480.0 - 90.0) * (day - 0.5) / 11.0, 12.0);
    sitting.drag(place(5.0), place(5.0), PointerButton::Primary);
    assert_eq!(sitting.session.edit.scenario.date, Some(date(2026, 5, 5)));
    sitting.drag(place(5.0), place(8.0), PointerButton::Primary);
    assert_eq!(sitting.session.edit.scenario.date, Some(date(2026, 5, 8)));
    step(&mut sitting.desk(), History::undo);
    assert_eq!(sitting.session.edit.scenario.date, Some(date(2026, 5, 5)));
    timeline::step_day(&mut sitting.desk(), true);
    assert_eq!(sitting.session.edit.scenario.date, Some(date(2026, 5, 4)));
}

#[test]
fn a_click_on_an_hour_computes_it_too_and_a_right_click_no_more() {
    let mut sitting = Sitting::new();
    let mut seen = std::collections::BTreeSet::new();
    // Somewhere on the right lie 24 cells: each of them is an hour.
    for step in 0..48 {
        let at = Pos2::new(1280.0 - 4.0 - 9.5 * step as f32, 30.0);
        sitting.drag(at, at, PointerButton::Primary);
        seen.extend(sitting.session.wanted_hour);
    }
    assert_eq!(seen.len(), 24, "{seen:?}");
    assert_eq!(sitting.session.edit.scenario.traffic.hours.len(), 24);
    let last = Pos2::new(1280.0 - 20.0, 30.0);
    sitting.drag(last, last, PointerButton::Secondary);
    assert_eq!(sitting.session.edit.scenario.traffic.hours.len(), 23);
    step(&mut sitting.desk(), History::undo);
    assert_eq!(sitting.session.edit.scenario.traffic.hours.len(), 24);
}

#[test]
fn a_handle_is_dragged_along_the_street_by_metres() {
    use bevy::camera::{ComputedCameraValues, RenderTargetInfo};

    let mut sitting = Sitting::new();
    let roads = &sitting.town.twin.roads;
    let (link, road) = roads.links().max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m)).expect("it has streets");
    let length_m = road.length_m;
    let twin = std::sync::Arc::clone(&sitting.town.twin);
    sitting.session.select(&twin, Some(link));
    // Straight above the middle of the section, so that all of it is seen.
    let at = |m: f64| twin_present::scene::place_along(&twin, link, m).expect("it has a length");
    let ground = &sitting.town.scene.ground;
    let orbit = Orbit { plan: true, ..Orbit::at(ground, at(length_m / 2.0), length_m as f32 * 2.5) };
    let size = bevy::math::UVec2::new(1000, 800);
    let mut projection = orbit.projection();
    projection.update(size.x as f32, size.y as f32);
    let target_info = Some(RenderTargetInfo { physical_size: size, scale_factor: 1.0 });
    let computed = ComputedCameraValues { clip_from_view: projection.get_clip_from_view(), target_info, ..default() };
    let camera = Camera { computed, ..default() };
    let transform = GlobalTransform::from(orbit.transform());
    let screen = |m: f64| {
        let place = at(m);
        let view = ground.view_from_local(place, ground.height_m(place)).map(|value| value as f32);
        let place = camera.world_to_viewport(&transform, Vec3::from_array(view)).expect("it is seen");
        Pos2::new(place.x, place.y)
    };
    let (from, to) = (screen(0.0), screen(length_m * 0.4));
    let whole = Rect::from_min_size(Pos2::ZERO, Vec2::new(1000.0, 800.0));
    let press = |pos, pressed| Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let steps = [
        vec![],
        vec![Event::PointerMoved(from)],
        vec![press(from, true)],
        vec![Event::PointerMoved(to)],
        vec![press(to, false)],
    ];
    for (step, events) in steps.into_iter().enumerate() {
        let input = RawInput { screen_rect: Some(whole), time: Some(0.1 * step as f64), events, ..RawInput::default() };
        let (ctx, town) = (sitting.ctx.clone(), sitting.town.clone());
        let mut output =
            ctx.run_ui(input, |_| handles::draw(&ctx, whole, &mut sitting.session, &town, (&camera, &transform)));
        output.textures_delta.clear();
    }
    let draft = sitting.session.draft.as_ref().expect("a section is selected");
    assert!((draft.from_m - length_m * 0.4).abs() < 2.0, "{} of {length_m}", draft.from_m);
    assert!((draft.to_m - length_m).abs() < 1e-9);
}
