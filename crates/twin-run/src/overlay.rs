//! From closures on the ground to changes of arcs, for one time.

use std::sync::Arc as Shared;

use twin::{
    Scenario, Twin,
    road::{Arc, Direction, Modes},
    scenario::{Closure, ClosureKind, Control},
};
use twin_traffic::{
    alternation::{Practice, Section},
    street::{ArcChange, ForResidents, Overlay, Streets},
};

use crate::{
    prepare::Prepared,
    resolve::{Resolved, ResolvedClosure, ResolvedSection, holds_at},
};

/// What the closures that hold at one time do to the streets.
#[derive(Clone)]
pub(crate) struct Measures {
    pub(crate) overlay: Overlay,
    /// Alternating sections, and the closure that each belongs to.
    pub(crate) sections: Vec<(usize, Section)>,
    /// Arcs that are closed or slowed.
    pub(crate) arcs: Vec<Arc>,
    /// Whether each closure holds.
    pub(crate) active: Vec<bool>,
    /// The streets for residents and others, where residents depend on closed sections that they may enter.
    pub(crate) residents: Option<Shared<ForResidents>>,
}

impl Measures {
    /// The streets to solve on.
    pub(crate) fn streets<'a>(&'a self, prepared: &'a Prepared) -> &'a Streets {
        self.residents.as_ref().map_or(&prepared.streets, |residents| &residents.streets)
    }
}

/// The measures of every hour; hours in which the same closures hold share them.
pub(crate) fn at_hours(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    hours: impl Iterator<Item = u8>,
) -> Vec<Shared<Measures>> {
    let mut known: Vec<Shared<Measures>> = Vec::new();
    hours
        .map(|hour| {
            let active: Vec<bool> = resolved.scenario.closures.iter().map(|closure| holds_at(closure, hour)).collect();
            shared(twin, prepared, resolved, active, &mut known)
        })
        .collect()
}

/// The measures of these closures, from those that are known or new among them.
pub(crate) fn shared(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    active: Vec<bool>,
    known: &mut Vec<Shared<Measures>>,
) -> Shared<Measures> {
    if let Some(measures) = known.iter().find(|measures| measures.active == active) {
        return Shared::clone(measures);
    }
    let measures = Shared::new(at(twin, prepared, resolved, active));
    known.push(Shared::clone(&measures));
    measures
}

/// The measures of these closures.
pub(crate) fn at(twin: &Twin, prepared: &Prepared, resolved: &Resolved, active: Vec<bool>) -> Measures {
    let mut for_residents = Vec::new();
    let mut measures = without_exemptions(twin, prepared, resolved, active, &mut for_residents);
    if for_residents.is_empty() {
        return measures;
    }
    let zones = &prepared.demand.zones;
    let closed: Vec<(Arc, Modes)> = for_residents.iter().map(|&(arc, modes, _)| (arc, modes)).collect();
    let residents = prepared.streets.for_residents(twin, zones, &measures.overlay, &closed);
    let changes = &mut measures.overlay.changes;
    match residents {
        None => changes.extend(closed.iter().map(|&(arc, modes)| ArcChange::closed(arc, modes))),
        Some(residents) => {
            changes.extend(residents.closed.iter().copied());
            let passed = for_residents.iter().filter(|(arc, ..)| residents.passed.contains(arc));
            changes.extend(passed.map(|&(arc, _, added_delay_s)| ArcChange { added_delay_s, ..ArcChange::none(arc) }));
            measures.residents = Some(Shared::new(residents));
        }
    }
    measures
}

/// Arcs that these closures close or slow.
pub(crate) fn arcs(twin: &Twin, prepared: &Prepared, resolved: &Resolved, active: Vec<bool>) -> Vec<Arc> {
    without_exemptions(twin, prepared, resolved, active, &mut Vec::new()).arcs
}

/// The measures but for the arcs that residents may enter, which are put on a list with the modes closed out and the time lost past the works.
fn without_exemptions(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    active: Vec<bool>,
    for_residents: &mut Vec<(Arc, Modes, f64)>,
) -> Measures {
    let scenario: &Scenario = &resolved.scenario;
    let mut measures =
        Measures { overlay: Overlay::default(), sections: Vec::new(), arcs: Vec::new(), active, residents: None };
    for (index, (closure, on_ground)) in scenario.closures.iter().zip(&resolved.closures).enumerate() {
        if !measures.active[index] {
            continue;
        }
        let residents = residents_pass(closure).then_some(&mut *for_residents);
        changes(twin, prepared, &on_ground.sections, residents, &mut measures);
        if let Some(section) = alternating(closure, on_ground, Practice::of(&scenario.assumptions)) {
            measures.sections.push((index, section));
        }
    }
    // Whom another closure of the same section keeps out though he is a resident is no matter of exemptions any more.
    for (arc, modes, _) in &mut *for_residents {
        let kept_out = measures.overlay.changes.iter().filter(|change| change.arc == *arc);
        *modes = kept_out.fold(*modes, |modes, change| modes.without(change.closed));
    }
    for_residents.retain(|(_, modes, _)| !modes.is_empty());
    measures.arcs.sort_unstable();
    measures.arcs.dedup();
    measures
}

/// Whether residents may enter what a closure closes. A lane too narrow for lorries is so for those who deliver too.
pub(crate) fn residents_pass(closure: &Closure) -> bool {
    closure.exempt_residents && closure.kind != ClosureKind::Narrowed
}

fn changes(
    twin: &Twin,
    prepared: &Prepared,
    sections: &[ResolvedSection],
    mut residents: Option<&mut Vec<(Arc, Modes, f64)>>,
    measures: &mut Measures,
) {
    for (section, direction) in sections.iter().flat_map(|section| Direction::BOTH.map(|way| (section, way))) {
        let arc = Arc::new(section.part.link, direction);
        let Some(position) = prepared.streets.position(arc) else { continue };
        let closed = Modes(section.blocked[direction as usize].0 & Modes::CAR.union(Modes::TRUCK).0);
        if !closed.is_empty() {
            match &mut residents {
                Some(list) => list.push((arc, closed, slower_s(prepared, section, position))),
                None => measures.overlay.changes.push(ArcChange::closed(arc, closed)),
            }
            measures.arcs.push(arc);
        }
        if let Some(stay) = section.lanes[direction as usize] {
            let lanes = f64::from(twin.roads.link(arc.link).carriageway(direction).lanes.max(1));
            let capacity = prepared.streets.capacity_pce_h[position] * f64::from(stay) / lanes;
            measures.overlay.changes.push(ArcChange {
                capacity_pce_h: Some(capacity),
                added_delay_s: slower_s(prepared, section, position),
                ..ArcChange::none(arc)
            });
            measures.arcs.push(arc);
        }
        if let Some(kept) = section.kept[direction as usize] {
            measures.overlay.changes.push(ArcChange {
                capacity_pce_h: Some(prepared.streets.capacity_pce_h[position] * kept),
                added_delay_s: slower_s(prepared, section, position),
                ..ArcChange::none(arc)
            });
            measures.arcs.push(arc);
        }
        if section.alternates {
            measures
                .overlay
                .changes
                .push(ArcChange { added_delay_s: slower_s(prepared, section, position), ..ArcChange::none(arc) });
            measures.arcs.push(arc);
        }
    }
}

/// Time lost by driving past the work site at its speed limit instead of the free speed.
fn slower_s(prepared: &Prepared, section: &ResolvedSection, position: usize) -> f64 {
    let streets: &Streets = &prepared.streets;
    let (length_m, free_s) = (streets.length_m[position], streets.free_time_s[0][position]);
    let share =
        if length_m > 0.0 { ((section.part.to_m - section.part.from_m) / length_m).clamp(0.0, 1.0) } else { 0.0 };
    let slow_s = length_m / (prepared.assumptions.work_site_speed_kmh / 3.6);
    ((slow_s - free_s) * share).max(0.0)
}

/// The one-lane section of a half closure.
fn alternating(closure: &Closure, on_ground: &ResolvedClosure, practice: Practice) -> Option<Section> {
    if closure.kind != ClosureKind::Half {
        return None;
    }
    let sections: Vec<_> = on_ground.sections.iter().filter(|section| section.alternates).collect();
    if sections.is_empty() {
        return None;
    }
    let along: Vec<Arc> = sections
        .iter()
        .map(|section| {
            let direction = if section.part.along { Direction::Forward } else { Direction::Backward };
            Arc::new(section.part.link, direction)
        })
        .collect();
    let against = along.iter().rev().map(|arc| Arc::new(arc.link, arc.direction.reversed())).collect();
    Some(Section {
        arcs: [along, against],
        length_m: on_ground.length_m,
        control: closure.control,
        cycle_s: closure.cycle_s.filter(|_| closure.control == Control::Signal),
        waits: waits(closure),
        bicycles: closure.bicycles,
        practice,
    })
}

/// Who waits at a priority sign: the direction on whose side the work site is, against the section if not said.
pub(crate) fn waits(closure: &Closure) -> usize {
    match closure.side {
        Some(twin::scenario::Side::Right) => 0,
        Some(twin::scenario::Side::Left) | None => 1,
    }
}
