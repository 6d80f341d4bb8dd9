//! Keys: what they say on the keyboard counts, not where they lie, as Z and Y change places between keyboards.

use bevy::{
    input::keyboard::{Key, KeyboardFocusLost, KeyboardInput},
    prelude::*,
};
use bevy_egui::input::EguiWantsInput;
use twin_present::scene::Measure;

use super::{Desk, card, save, step, timeline, view};
use crate::{camera::Orbit, history::History, session::Session, solve::Solver, town::Town};

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stroke {
    Undo,
    Redo,
    Save,
    /// Before and after in turn.
    Turn,
    Change,
    RemoveLast,
    Close,
    /// The routes over the selected section, or all traffic again.
    Routes,
    /// The computed hour before or after.
    Hour {
        back: bool,
    },
    /// The day before or after.
    Day {
        back: bool,
    },
    /// A view that was kept, or is kept now.
    View {
        number: u8,
        keep: bool,
    },
}

const VIEWS: [Key; 9] = [Key::F1, Key::F2, Key::F3, Key::F4, Key::F5, Key::F6, Key::F7, Key::F8, Key::F9];

impl Stroke {
    fn of(key: &Key, control: bool, shift: bool) -> Option<Self> {
        match key {
            Key::Delete => Some(Self::RemoveLast),
            Key::Enter => Some(Self::Close),
            Key::PageUp => Some(Self::Day { back: true }),
            Key::PageDown => Some(Self::Day { back: false }),
            Key::Character(letter) => match (letter.to_lowercase().as_str(), control, shift) {
                ("z", true, false) => Some(Self::Undo),
                ("z", true, true) | ("y", true, _) => Some(Self::Redo),
                ("s", true, _) => Some(Self::Save),
                ("b", false, _) => Some(Self::Turn),
                ("c", false, _) => Some(Self::Change),
                ("v", false, _) => Some(Self::Routes),
                (",", false, _) => Some(Self::Hour { back: true }),
                (".", false, _) => Some(Self::Hour { back: false }),
                _ => None,
            },
            other => {
                let number = VIEWS.iter().position(|key| key == other)? as u8 + 1;
                Some(Self::View { number, keep: shift })
            }
        }
    }
}

/// Keys that are held while others are pressed. They are followed from message to message: on a slow machine a key is held and let
/// go again within a frame.
#[derive(Debug, Default)]
pub(super) struct Held {
    control: bool,
    shift: bool,
}

impl Held {
    /// What a key that goes down or up does.
    fn stroke(&mut self, key: &Key, down: bool, repeated: bool) -> Option<Stroke> {
        match key {
            // On a Mac the command key, which is called super here, stands for control.
            Key::Control | Key::Super => self.control = down,
            Key::Shift => self.shift = down,
            _ if down && !repeated => return Stroke::of(key, self.control, self.shift),
            _ => {}
        }
        None
    }
}

#[expect(clippy::too_many_arguments, reason = "a system names everything it reads")]
pub(super) fn shortcuts(
    mut held: Local<Held>,
    mut inputs: MessageReader<KeyboardInput>,
    mut lost: MessageReader<KeyboardFocusLost>,
    egui: Res<EguiWantsInput>,
    mut session: ResMut<Session>,
    mut solver: ResMut<Solver>,
    mut orbit: ResMut<Orbit>,
    town: Res<Town>,
) {
    if lost.read().count() > 0 {
        *held = Held::default();
    }
    let strokes: Vec<Stroke> = inputs
        .read()
        .filter_map(|input| held.stroke(&input.logical_key, input.state.is_pressed(), input.repeat))
        .collect();
    if strokes.is_empty() || egui.wants_any_keyboard_input() || session.telling.is_some() {
        return;
    }
    let mut moved = *orbit;
    let mut desk = Desk { session: &mut session, solver: &mut solver, orbit: &mut moved, town: &town };
    for stroke in strokes {
        perform(&mut desk, stroke);
    }
    if moved != *orbit {
        *orbit = moved;
    }
}

fn perform(desk: &mut Desk<'_>, stroke: Stroke) {
    match stroke {
        Stroke::Undo => step(desk, History::undo),
        Stroke::Redo => step(desk, History::redo),
        Stroke::Save => save(desk),
        Stroke::Turn => {
            let before = desk.session.measure == Measure::VolumeBefore;
            paint(desk.session, if before { Measure::VolumeWith } else { Measure::VolumeBefore });
        }
        Stroke::Change => paint(desk.session, Measure::Change),
        Stroke::RemoveLast => {
            if let Some(last) = desk.session.edit.scenario.closures.len().checked_sub(1) {
                desk.session.edit.remove_closure(last);
                desk.compute();
            }
        }
        Stroke::Close => card::add_closure(desk),
        Stroke::Routes => desk.session.routes.switch(),
        Stroke::Hour { back } => timeline::step_hour(desk, back),
        Stroke::Day { back } => timeline::step_day(desk, back),
        Stroke::View { number, keep } => view(desk, number, keep),
    }
}

fn paint(session: &mut Session, measure: Measure) {
    session.swipe = None;
    session.measure = measure;
    session.repaint = true;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_count_whatever_key_they_lie_on() {
        let stroke = |letter: &str, control, shift| Stroke::of(&Key::Character(letter.into()), control, shift);
        assert_eq!(stroke("z", true, false), Some(Stroke::Undo));
        assert_eq!(stroke("Z", true, true), Some(Stroke::Redo));
        assert_eq!(stroke("y", true, false), Some(Stroke::Redo));
        assert_eq!(stroke("s", true, false), Some(Stroke::Save));
        assert_eq!((stroke("z", false, false), stroke("s", false, false)), (None, None));
        assert_eq!((stroke("b", false, false), stroke("b", true, false)), (Some(Stroke::Turn), None));
        assert_eq!(Stroke::of(&Key::Delete, false, false), Some(Stroke::RemoveLast));
        assert_eq!(stroke("v", false, false), Some(Stroke::Routes));
        assert_eq!(stroke(",", false, false), Some(Stroke::Hour { back: true }));
        assert_eq!(Stroke::of(&Key::F2, false, true), Some(Stroke::View { number: 2, keep: true }));
        assert_eq!(Stroke::of(&Key::F12, false, false), None);
    }

    #[test]
    fn keys_that_are_held_count_for_those_pressed_meanwhile_alone() {
        let mut held = Held::default();
        let z = Key::Character("z".into());
        assert_eq!(held.stroke(&Key::Control, true, false), None);
        assert_eq!(held.stroke(&z, true, false), Some(Stroke::Undo));
        assert_eq!(held.stroke(&z, true, true), None);
        assert_eq!(held.stroke(&z, false, false), None);
        held.stroke(&Key::Shift, true, false);
        assert_eq!(held.stroke(&Key::Character("Z".into()), true, false), Some(Stroke::Redo));
        held.stroke(&Key::Control, false, false);
        held.stroke(&Key::Shift, false, false);
        assert_eq!(held.stroke(&z, true, false), None);
    }
}
