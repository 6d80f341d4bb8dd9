//! Handles at the ends of the work site that is being prepared: dragging one along the street trims it by metres.

use bevy::prelude::{Camera, GlobalTransform, Vec2 as ViewVec2, Vec3};
use bevy_egui::egui::{self, Color32, Pos2, Rect, Sense, Stroke, Vec2};
use twin_present::{
    scene::{along_at, place_along},
    words::word,
};

use crate::{draft::Draft, session::Session, town::Town};

/// Size of a handle that a finger or mouse can take, points.
const SIZE: f32 = 22.0;

/// Draws the handles and takes what is dragged.
pub(super) fn draw(
    ctx: &egui::Context,
    map: Rect,
    session: &mut Session,
    town: &Town,
    (camera, transform): (&Camera, &GlobalTransform),
) {
    let Some(draft) = session.draft.clone() else { return };
    let ground = &town.scene.ground;
    let mut trimmed = draft.clone();
    for (name, end) in [("from", End::From), ("to", End::To)] {
        let along_m = if end == End::From { draft.from_m } else { draft.to_m };
        let Some(at) = place_along(&town.twin, draft.link, along_m) else { continue };
        let view = ground.view_from_local(at, ground.height_m(at) + 1.0).map(|value| value as f32);
        let Ok(screen) = camera.world_to_viewport(transform, Vec3::from_array(view)) else { continue };
        let center = Pos2::new(screen.x, screen.y);
        if !map.contains(center) {
            continue;
        }
        let place = Rect::from_center_size(center, Vec2::splat(SIZE));
        let area = egui::Area::new(egui::Id::new(("handle", name))).fixed_pos(place.min).order(egui::Order::Middle);
        let pulled = area.show(ctx, |ui| {
            let (rect, response) = ui.allocate_exact_size(place.size(), Sense::drag());
            let active = response.dragged() || response.hovered();
            let color = if active { Color32::from_rgb(250, 200, 0) } else { Color32::WHITE };
            ui.painter().circle(
                rect.center(),
                SIZE / 2.0 - 4.0,
                color,
                Stroke::new(3.0, Color32::from_rgb(150, 20, 16)),
            );
            let pulled = response.interact_pointer_pos().filter(|_| response.dragged());
            response.on_hover_text(word(session.language, "view-handle"));
            pulled
        });
        let ray = pulled.inner.and_then(|at| camera.viewport_to_world(transform, ViewVec2::new(at.x, at.y)).ok());
        if let Some(at) = ray.and_then(|ray| ground.hit(ray.origin.to_array(), ray.direction.to_array())) {
            trim(&mut trimmed, end, along_at(&town.twin, draft.link, at));
        }
    }
    if trimmed != draft {
        session.draft = Some(trimmed);
        session.redraw = true;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    From,
    To,
}

/// Moves an end of a work site to whole metres; the other end stays, at least a metre away.
fn trim(draft: &mut Draft, end: End, along_m: f64) {
    let least_m = draft.length_m.min(1.0);
    // The end of a section is rarely a whole metre.
    let whole = |m: f64| if m >= draft.length_m - 0.5 { draft.length_m } else { m.round() };
    match end {
        End::From => draft.from_m = whole(along_m).clamp(0.0, draft.to_m - least_m),
        End::To => draft.to_m = whole(along_m).clamp(draft.from_m + least_m, draft.length_m),
    }
}

#[cfg(test)]
mod tests {
    use twin::Silent;

    use super::*;

    #[test]
    fn handles_move_by_metres_and_never_pass_each_other() {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let twin = twin_musterstadt::generate(&options, &Silent).expect("it can be made");
        let (link, road) =
            twin.roads.links().max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m)).expect("it has streets");
        let mut draft = Draft::new(&twin, link);
        trim(&mut draft, End::From, 12.4);
        trim(&mut draft, End::To, 40.6);
        assert_eq!((draft.from_m, draft.to_m), (12.0, 41.0));
        trim(&mut draft, End::From, 90.0);
        assert_eq!(draft.from_m, 40.0);
        trim(&mut draft, End::To, -5.0);
        assert_eq!(draft.to_m, 41.0);
        trim(&mut draft, End::To, road.length_m - 0.2);
        assert_eq!(draft.to_m, road.length_m);
        let closure = draft.closure(&twin);
        assert_eq!(closure.from_m, Some(40.0));
    }
}
