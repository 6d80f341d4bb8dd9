//! Whom closures touch besides the drivers: emergency services, addresses with longer ways, children on their way to school, deliveries,
//! buses, lorries; and the detour that an authority would sign.
//!
//! # Model
//! Every mode has its own network ([`Ground`], built once per twin): streets that the mode may use, turn restrictions that bind it,
//! limits of mass, height and width. Closures shut stretches of it for the modes that they block. People on foot pass beside every
//! work site unless the scenario closes the footways too (`footway_closed`), which holds where nothing of the street stays
//! open; past a half closure the footway of the other side stays.
//!
//! Response times are those of the computed hours, with the closures that hold in them; all other ways are looked at with all closures of the
//! scenario at once and on empty streets, plus the waiting at work sites in the hour in which the closures meet most
//! traffic: so that a change of a way is an effect of the closure and not of a trip somewhere else that took another street.
//!
//! Only computed where the scenario has closures and the twin has addresses, places or bus routes.

mod bus;
mod detour;
mod emergency;
mod freight;
mod ground;
mod school;
mod stream;
mod tell;
#[cfg(test)]
mod tests;
mod ways;

use std::collections::BTreeMap;

use twin::{
    Findings, Twin,
    demand::VehicleClass,
    outcome::Touched,
    road::{Arc, Direction, Modes},
};
use twin_traffic::{
    equilibrium::Equilibrium,
    modal::{Closings, Stretch},
    street::mode_of,
};

use crate::{
    overlay::{Measures, residents_pass},
    prepare::Prepared,
    resolve::Resolved,
};
pub(crate) use ground::Ground;

/// One computed hour without and with the scenario.
#[derive(Clone, Copy)]
pub(crate) struct HourView<'a> {
    pub(crate) hour: u8,
    pub(crate) base: &'a Equilibrium,
    pub(crate) with: &'a Equilibrium,
    pub(crate) measures: &'a Measures,
}

/// What all parts look at.
struct Case<'a> {
    twin: &'a Twin,
    prepared: &'a Prepared,
    resolved: &'a Resolved,
    ground: &'a Ground,
    hours: &'a [HourView<'a>],
    /// The hour in which the closures meet most traffic; nothing where none is computed.
    shown: Option<usize>,
    /// Seconds lost in the narrowed sections in that hour, by arc; empty where nobody loses any.
    waiting_s: Vec<f64>,
}

/// Whom the closures touch; nothing where there are none, or nobody.
pub(crate) fn run(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    hours: &[HourView<'_>],
    findings: &mut Findings,
) -> Option<Touched> {
    let ground = prepared.ground.as_ref().filter(|_| !resolved.closures.is_empty())?;
    let shown = shown(prepared, hours);
    let case = Case { twin, prepared, resolved, ground, hours, shown, waiting_s: waiting_s(prepared, hours, shown) };
    let (responses, (with, (buses, signed))) = rayon::join(
        || emergency::responses(&case),
        || rayon::join(|| ways::with(&case), || rayon::join(|| bus::effects(&case), || detour::signed(&case))),
    );
    let (ways, (school_walks, around)) =
        rayon::join(|| ways::changed(&case, &with), || (school::walks(&case, &with), school::around(&case)));
    let (frontages, lorry_cut_off) = (freight::frontages(&case, &with), freight::cut_off(&case, &with));
    let lorries = freight::trips(&case);
    let touched = Touched { responses, ways, school_walks, around, frontages, buses, signed, lorries, lorry_cut_off };
    tell::tell(&case, &touched, findings);
    Some(touched)
}

/// The hour in which the closures meet most traffic; the first among equals.
fn shown(prepared: &Prepared, hours: &[HourView<'_>]) -> Option<usize> {
    let met = |view: &HourView<'_>| -> f64 {
        let arcs = view.measures.arcs.iter().filter_map(|&arc| prepared.streets.position(arc));
        arcs.map(|arc| view.base.volume_veh_h.iter().map(|volume| volume[arc]).sum::<f64>()).sum()
    };
    let mut best: Option<(usize, f64)> = None;
    for (index, view) in hours.iter().enumerate() {
        let met = met(view);
        if best.is_none_or(|(_, most)| met > most) {
            best = Some((index, met));
        }
    }
    best.map(|(index, _)| index)
}

/// Seconds that cars lose in the narrowed sections of an hour, by arc.
fn waiting_s(prepared: &Prepared, hours: &[HourView<'_>], shown: Option<usize>) -> Vec<f64> {
    let mut waiting_s = vec![0.0; prepared.streets.n_rows];
    if let Some(view) = shown.map(|index| &hours[index]) {
        for &arc in &view.measures.arcs {
            waiting_s[arc.index()] = lost_s(prepared, view, arc);
        }
    }
    waiting_s
}

/// Seconds that cars lose on an arc in an hour because of the closures; 0 where they may not drive.
fn lost_s(prepared: &Prepared, view: &HourView<'_>, arc: Arc) -> f64 {
    let Some(position) = prepared.streets.position(arc) else { return 0.0 };
    let closed = view.measures.overlay.changes.iter().any(|c| c.arc == arc && c.closed.contains(Modes::CAR));
    let lost_s = view.with.time_s[0][position] - view.base.time_s[0][position];
    if closed || !lost_s.is_finite() { 0.0 } else { lost_s.max(0.0) }
}

impl Case<'_> {
    /// What the closures that hold shut for a mode; all of them where nothing is said of which hold.
    fn closings(&self, mode: Modes, active: Option<&[bool]>) -> Closings {
        let mut closings = Closings::default();
        self.close(mode, active, &mut closings, |_| true);
        closings
    }

    fn close(&self, mode: Modes, active: Option<&[bool]>, closings: &mut Closings, holds: impl Fn(Arc) -> bool) {
        for (index, (closure, source)) in
            self.resolved.closures.iter().zip(&self.resolved.scenario.closures).enumerate()
        {
            if active.is_some_and(|active| active.get(index) == Some(&false)) {
                continue;
            }
            for section in &closure.sections {
                for direction in Direction::BOTH.into_iter().filter(|&direction| section.blocks(direction, mode)) {
                    let (part, residents) = (section.part, residents_pass(source));
                    let arc = Arc::new(part.link, direction);
                    if holds(arc) {
                        closings.add(arc, Stretch { from_m: part.from_m, to_m: part.to_m, residents });
                    }
                }
            }
        }
    }

    /// What all closures shut for cars or lorries that go to the addresses or come from there: residents pass where they have no other way.
    fn closings_for_residents(&self, class: VehicleClass) -> Closings {
        let mode = mode_of(class);
        let residents = self.hours.iter().find_map(|view| view.measures.residents.as_deref());
        let left: BTreeMap<Arc, bool> = residents.map_or_else(BTreeMap::new, |all| all.arcs(class).collect());
        let mut closings = Closings::default();
        self.close(mode, None, &mut closings, |arc| left.get(&arc) != Some(&true));
        left.into_keys().for_each(|arc| closings.leave_to_residents(arc));
        closings
    }

    /// All work sites as if nobody could pass them; those who live there may go in and out.
    fn sites(&self) -> Closings {
        let mut closings = Closings::default();
        for section in self.resolved.closures.iter().flat_map(|closure| &closure.sections) {
            for direction in Direction::BOTH {
                let stretch = Stretch { from_m: section.part.from_m, to_m: section.part.to_m, residents: true };
                closings.add(Arc::new(section.part.link, direction), stretch);
            }
        }
        closings
    }

    /// Times with the waiting at the work sites.
    fn with_waiting(&self, time_s: &[f64]) -> Vec<f64> {
        time_s.iter().zip(&self.waiting_s).map(|(time_s, waiting_s)| time_s + waiting_s).collect()
    }
}
