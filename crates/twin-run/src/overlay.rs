//! From closures on the ground to changes of arcs, for one time.

use twin::{
    Scenario, Twin,
    road::{Arc, Direction, Modes},
    scenario::{Closure, ClosureKind, Control},
};
use twin_traffic::{
    alternation::{Practice, Section},
    street::{ArcChange, Overlay, Streets},
};

use crate::{
    prepare::Prepared,
    resolve::{Resolved, ResolvedClosure, ResolvedSection, holds_at},
};

/// What the closures that hold at one time do to the streets.
pub(crate) struct Measures {
    pub(crate) overlay: Overlay,
    /// Alternating sections, and the closure that each belongs to.
    pub(crate) sections: Vec<(usize, Section)>,
    /// Arcs that are closed or slowed.
    pub(crate) arcs: Vec<Arc>,
    /// Whether each closure holds.
    pub(crate) active: Vec<bool>,
}

/// The measures of the closures that hold in this hour.
pub(crate) fn at_hour(twin: &Twin, prepared: &Prepared, resolved: &Resolved, hour: u8) -> Measures {
    at(twin, prepared, resolved, resolved.scenario.closures.iter().map(|closure| holds_at(closure, hour)).collect())
}

/// The measures of these closures.
pub(crate) fn at(twin: &Twin, prepared: &Prepared, resolved: &Resolved, active: Vec<bool>) -> Measures {
    let scenario: &Scenario = &resolved.scenario;
    let mut measures = Measures { overlay: Overlay::default(), sections: Vec::new(), arcs: Vec::new(), active };
    for (index, (closure, on_ground)) in scenario.closures.iter().zip(&resolved.closures).enumerate() {
        if !measures.active[index] {
            continue;
        }
        for section in &on_ground.sections {
            changes(twin, prepared, section, &mut measures);
        }
        if let Some(section) = alternating(closure, on_ground, Practice::of(&scenario.assumptions)) {
            measures.sections.push((index, section));
        }
    }
    measures.arcs.sort_unstable();
    measures.arcs.dedup();
    measures
}

fn changes(twin: &Twin, prepared: &Prepared, section: &ResolvedSection, measures: &mut Measures) {
    for direction in Direction::BOTH {
        let arc = Arc::new(section.part.link, direction);
        let Some(position) = prepared.streets.position(arc) else { continue };
        let closed = Modes(section.blocked[direction as usize].0 & Modes::CAR.union(Modes::TRUCK).0);
        if !closed.is_empty() {
            measures.overlay.changes.push(ArcChange::closed(arc, closed));
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
