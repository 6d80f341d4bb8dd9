//! Undo and redo of what is edited in a scenario.

use std::collections::BTreeSet;

use twin::{Scenario, jiff::civil::Date};

/// What the planner edits: the scenario, which of its measures are switched off, and the day that is looked at.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// The scenario with all its measures.
    pub scenario: Scenario,
    /// Closures that are switched off, as positions in the scenario.
    pub closures_off: BTreeSet<usize>,
    /// Outages that are switched off.
    pub outages_off: BTreeSet<usize>,
    /// The day whose closures and phases are computed; all of them at once where absent.
    pub date: Option<Date>,
}

impl Edit {
    /// The scenario as it is computed: without what is switched off.
    #[must_use]
    pub fn active(&self) -> Scenario {
        let kept = |off: &BTreeSet<usize>, index: usize| !off.contains(&index);
        let mut scenario = self.scenario.clone();
        let mut index = 0..;
        scenario.closures.retain(|_| kept(&self.closures_off, index.next().unwrap_or_default()));
        let mut index = 0..;
        scenario.outages.retain(|_| kept(&self.outages_off, index.next().unwrap_or_default()));
        scenario.date = self.date.or(scenario.date);
        if !self.closures_off.is_empty() {
            // Findings name fields by position: those of the file do not fit any more.
            scenario.origin.positions.clear();
        }
        scenario
    }

    /// Takes a closure out; the switches of those behind it move up.
    pub fn remove_closure(&mut self, index: usize) {
        if index < self.scenario.closures.len() {
            self.scenario.closures.remove(index);
            self.closures_off = without(&self.closures_off, index);
        }
    }

    /// Takes an outage out.
    pub fn remove_outage(&mut self, index: usize) {
        if index < self.scenario.outages.len() {
            self.scenario.outages.remove(index);
            self.outages_off = without(&self.outages_off, index);
        }
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
}

/// Steps that can be undone.
const N_STEPS: usize = 200;

impl History {
    /// A history that begins here.
    #[must_use]
    pub fn of(edit: &Edit) -> Self {
        Self { known: edit.clone(), past: Vec::new(), future: Vec::new() }
    }

    /// Remembers what there was before this edit; what was undone cannot be redone any more.
    pub fn record(&mut self, now: &Edit) {
        if *now != self.known {
            self.past.push(std::mem::replace(&mut self.known, now.clone()));
            self.future.clear();
            if self.past.len() > N_STEPS {
                self.past.remove(0);
            }
        }
    }

    /// The edit before; nothing at the begin.
    pub fn undo(&mut self) -> Option<Edit> {
        let before = self.past.pop()?;
        self.future.push(std::mem::replace(&mut self.known, before));
        Some(self.known.clone())
    }

    /// The edit that was undone last; nothing at the end.
    pub fn redo(&mut self) -> Option<Edit> {
        let after = self.future.pop()?;
        self.past.push(std::mem::replace(&mut self.known, after));
        Some(self.known.clone())
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
        scenario::{Closure, Outage, RoadTarget},
    };

    use super::*;

    fn closing(keys: &[&str]) -> Edit {
        let closures = keys.iter().map(|key| Closure::on(RoadTarget::Key(Key::new(key)))).collect();
        Edit { scenario: Scenario { closures, ..Scenario::default() }, ..Edit::default() }
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
}
