//! Undo and redo of what is edited in a scenario.

use std::{collections::BTreeSet, sync::Arc};

use twin::{
    Scenario,
    demand::Demand,
    scenario::{Outage, SwitchedOff},
};

/// What the planner edits: the scenario with the day that is looked at, and which of its measures are switched off.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// The scenario with all its measures, without its demand.
    pub scenario: Scenario,
    /// Closures that are switched off, as positions in the scenario.
    pub closures_off: BTreeSet<usize>,
    /// Outages that are switched off.
    pub outages_off: BTreeSet<usize>,
    /// The demand from files, which nobody edits: matrices are large, and an edit is remembered many times.
    demand: Option<Arc<Demand>>,
}

impl Edit {
    /// The begin of an edit: measures that the scenario keeps without computing them come with their switch off.
    #[must_use]
    pub fn of(mut scenario: Scenario) -> Self {
        let off = std::mem::take(&mut scenario.switched_off);
        let demand = scenario.demand.take().map(Arc::new);
        let closures_off = put_back(&mut scenario.closures, off.closures);
        let outages_off = put_back(&mut scenario.outages, off.outages);
        if !(closures_off.is_empty() && outages_off.is_empty()) {
            scenario.origin.positions.clear();
        }
        Self { scenario, closures_off, outages_off, demand }
    }

    /// The scenario as it is computed and saved: what is switched off is kept apart.
    #[must_use]
    pub fn active(&self) -> Scenario {
        let mut scenario = self.scenario.clone();
        scenario.demand = self.demand.as_deref().cloned();
        scenario.switched_off = SwitchedOff {
            closures: take_out(&mut scenario.closures, &self.closures_off),
            outages: take_out(&mut scenario.outages, &self.outages_off),
        };
        if !scenario.switched_off.is_empty() {
            // Findings name fields by position: those of the file do not fit any more.
            scenario.origin.positions.clear();
        }
        scenario
    }

    /// Outages that are switched on, with their positions.
    pub fn outages_on(&self) -> impl Iterator<Item = (usize, &Outage)> {
        self.scenario.outages.iter().enumerate().filter(|(index, _)| !self.outages_off.contains(index))
    }

    /// Takes a closure out; the switches of those behind it move up.
    pub fn remove_closure(&mut self, index: usize) {
        if index < self.scenario.closures.len() {
            self.scenario.closures.remove(index);
            self.closures_off = without(&self.closures_off, index);
            self.scenario.origin.positions.clear();
        }
    }

    /// Moves a closure to another place among them; its switch goes with it.
    pub fn move_closure(&mut self, from: usize, to: usize) {
        moved(&mut self.scenario.closures, &mut self.closures_off, from, to);
        self.scenario.origin.positions.clear();
    }

    /// Moves an outage to another place among them.
    pub fn move_outage(&mut self, from: usize, to: usize) {
        moved(&mut self.scenario.outages, &mut self.outages_off, from, to);
        self.scenario.origin.positions.clear();
    }

    /// Takes an outage out.
    pub fn remove_outage(&mut self, index: usize) {
        if index < self.scenario.outages.len() {
            self.scenario.outages.remove(index);
            self.outages_off = without(&self.outages_off, index);
            self.scenario.origin.positions.clear();
        }
    }

    /// Whether another edit differs from this one by no more than the name, which changes no result.
    #[must_use]
    pub fn computes_as(&self, other: &Self) -> bool {
        let mut named = self.clone();
        named.scenario.name.clone_from(&other.scenario.name);
        named == *other
    }
}

/// Puts measures back to their places; returns these.
fn put_back<T>(measures: &mut Vec<T>, off: Vec<(usize, T)>) -> BTreeSet<usize> {
    let mut places = BTreeSet::new();
    for (place, measure) in off {
        let place = place.min(measures.len());
        measures.insert(place, measure);
        places.insert(place);
    }
    places
}

/// Takes the measures at these places out.
fn take_out<T>(measures: &mut Vec<T>, off: &BTreeSet<usize>) -> Vec<(usize, T)> {
    let all = std::mem::take(measures).into_iter().enumerate();
    let (out, rest): (Vec<_>, Vec<_>) = all.partition(|(place, _)| off.contains(place));
    measures.extend(rest.into_iter().map(|(_, measure)| measure));
    out
}

/// Moves a measure with its switch; nothing happens where there is none at either place.
fn moved<T>(measures: &mut Vec<T>, off: &mut BTreeSet<usize>, from: usize, to: usize) {
    if from >= measures.len() || to >= measures.len() {
        return;
    }
    let is_off = off.contains(&from);
    let measure = measures.remove(from);
    measures.insert(to, measure);
    let gone = without(off, from);
    *off = gone.into_iter().map(|position| if position >= to { position + 1 } else { position }).collect();
    if is_off {
        off.insert(to);
    }
}

fn without(positions: &BTreeSet<usize>, gone: usize) -> BTreeSet<usize> {
    let rest = positions.iter().filter(|&&position| position != gone);
    rest.map(|&position| if position > gone { position - 1 } else { position }).collect()
}

/// What was edited before, and what was undone.
#[derive(Debug, Default)]
pub struct History {
    known: Edit,
    past: Vec<Edit>,
    future: Vec<Edit>,
    revision: u64,
}

/// Steps that can be undone.
const N_STEPS: usize = 200;

impl History {
    /// A history that begins here.
    #[must_use]
    pub fn of(edit: &Edit) -> Self {
        Self { known: edit.clone(), past: Vec::new(), future: Vec::new(), revision: 0 }
    }

    /// Remembers what there was before this edit; what was undone cannot be redone any more.
    pub fn record(&mut self, now: &Edit) {
        if *now != self.known {
            self.past.push(std::mem::replace(&mut self.known, now.clone()));
            self.future.clear();
            self.revision += 1;
            if self.past.len() > N_STEPS {
                self.past.remove(0);
            }
        }
    }

    /// The edit before; nothing at the begin.
    pub fn undo(&mut self) -> Option<Edit> {
        let before = self.past.pop()?;
        self.future.push(std::mem::replace(&mut self.known, before));
        self.revision += 1;
        Some(self.known.clone())
    }

    /// The edit that was undone last; nothing at the end.
    pub fn redo(&mut self) -> Option<Edit> {
        let after = self.future.pop()?;
        self.past.push(std::mem::replace(&mut self.known, after));
        self.revision += 1;
        Some(self.known.clone())
    }

    /// How often something was edited, undone or redone.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Whether there is something to undo, and to redo.
    #[must_use]
    pub fn can(&self) -> [bool; 2] {
        [!self.past.is_empty(), !self.future.is_empty()]
    }
}

#[cfg(test)]
mod tests {
    use twin::{
        Key,
        jiff::civil::date,
        scenario::{Closure, Outage, RoadTarget},
    };

    use super::*;

    fn closing(keys: &[&str]) -> Edit {
        let closures = keys.iter().map(|key| Closure::on(RoadTarget::Key(Key::new(key)))).collect();
        Edit::of(Scenario { closures, ..Scenario::default() })
    }

    #[test]
    fn what_is_undone_comes_back_and_a_new_edit_ends_that() {
        let (none, one, two) = (closing(&[]), closing(&["a"]), closing(&["a", "b"]));
        let mut history = History::of(&none);
        history.record(&one);
        history.record(&one);
        history.record(&two);
        assert_eq!(history.undo(), Some(one.clone()));
        assert_eq!(history.undo(), Some(none.clone()));
        assert_eq!(history.undo(), None);
        assert_eq!(history.redo(), Some(one.clone()));
        assert_eq!(history.can(), [true, true]);
        history.record(&none);
        assert_eq!(history.redo(), None);
        assert_eq!(history.undo(), Some(one));
    }

    #[test]
    fn a_measure_that_is_off_is_not_computed_and_moves_up_with_its_switch() {
        let mut edit = closing(&["a", "b", "c"]);
        edit.scenario.outages.push(Outage::of(Key::new("water_pipe/P-1")));
        edit.closures_off.insert(2);
        edit.outages_off.insert(0);
        let keys = |scenario: &Scenario| -> Vec<String> {
            let of = |closure: &Closure| match &closure.target {
                RoadTarget::Key(key) => key.to_string(),
                other => format!("{other:?}"),
            };
            scenario.closures.iter().map(of).collect()
        };
        assert_eq!(keys(&edit.active()), ["a", "b"]);
        assert!(edit.active().outages.is_empty());
        edit.remove_closure(0);
        assert_eq!(keys(&edit.active()), ["b"]);
        assert_eq!(keys(&edit.scenario), ["b", "c"]);
    }

    #[test]
    fn a_measure_is_moved_with_its_switch_and_that_is_undone() {
        let mut edit = closing(&["a", "b", "c", "d"]);
        edit.closures_off.extend([0, 2]);
        let mut history = History::of(&edit);
        let before = edit.clone();
        let named = |edit: &Edit| -> Vec<(String, bool)> {
            let closures = edit.scenario.closures.iter().enumerate();
            closures.map(|(at, closure)| (format!("{:?}", closure.target), edit.closures_off.contains(&at))).collect()
        };
        let mut sorted = named(&before);
        edit.move_closure(0, 2);
        history.record(&edit);
        let off: Vec<usize> = edit.closures_off.iter().copied().collect();
        assert_eq!(off, [1, 2], "b, c (off), a (off), d");
        let mut moved = named(&edit);
        sorted.sort();
        moved.sort();
        assert_eq!(moved, sorted);
        let mut back = edit.clone();
        back.move_closure(2, 0);
        assert_eq!(back, before);
        edit.move_closure(3, 4);
        assert_eq!(history.undo(), Some(before));
        assert_eq!(history.revision(), 2);
    }

    #[test]
    fn a_day_that_was_chosen_is_undone_too() {
        let all = closing(&["a"]);
        let mut day = all.clone();
        day.scenario.date = Some(date(2026, 5, 4));
        let mut history = History::of(&all);
        history.record(&day);
        assert_eq!(day.active().date, Some(date(2026, 5, 4)));
        let back = history.undo().expect("a day was chosen");
        assert_eq!(back.active().date, None);
        assert_eq!(history.redo(), Some(day));
    }

    #[test]
    fn what_is_switched_off_is_saved_at_its_place_and_comes_back_switched_off() {
        let mut edit = closing(&["a", "b", "c"]);
        edit.scenario.outages.push(Outage::of(Key::new("water_pipe/P-1")));
        edit.closures_off.extend([0, 2]);
        edit.outages_off.insert(0);
        let saved = edit.active();
        assert_eq!(saved.switched_off.closures.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [0, 2]);
        assert_eq!(Edit::of(saved), edit);
    }

    #[test]
    fn a_name_changes_no_result_and_a_switch_does() {
        let edit = closing(&["a"]);
        let mut named = edit.clone();
        named.scenario.name = "Bergweg".to_owned();
        assert!(edit.computes_as(&named));
        named.closures_off.insert(0);
        assert!(!edit.computes_as(&named));
    }
}
