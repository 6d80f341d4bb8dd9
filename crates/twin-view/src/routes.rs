//! The routes over the selected section, before and with the scenario: asked of the last result in the background, and shown on the map
//! instead of all traffic.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, TryRecvError, channel},
    },
    thread,
};

use bevy::prelude::*;
use twin::{Id, demand::VehicleClass, road::RoadLink};
use twin_present::scene::RouteVolumes;
use twin_run::SelectedLink;

use crate::{
    session::Session,
    solve::{Known, Solver},
};

/// Class, origin and destination: one relation among those of a section.
pub type Pair = (VehicleClass, u32, u32);

/// What the planner wants to see of the routes, and what is shown.
#[derive(Debug, Default)]
pub struct Routes {
    /// Whether the map shows the routes over the selected section alone.
    pub on: bool,
    /// The one relation whose routes are shown; all of them where absent.
    pub only: Option<Pair>,
    /// What is shown.
    pub shown: Option<Arc<Shown>>,
    /// Raised with everything shown anew.
    pub stamp: u64,
}

impl Routes {
    /// Where the trips drive that are shown.
    #[must_use]
    pub fn volumes(&self) -> Option<RouteVolumes<'_>> {
        let map = &self.shown.as_ref()?.map;
        Some(RouteVolumes { base: &map.base_volume_veh_h, with: &map.volume_veh_h })
    }

    /// Switches them on or off; all relations are shown again.
    pub fn switch(&mut self) {
        self.on = !self.on;
        self.only = None;
    }
}

/// What was asked: an answer to another question is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The section.
    pub link: Id<RoadLink>,
    /// The result.
    pub outcome: u64,
    /// The computed hour.
    pub hour_index: usize,
    /// The one relation that is drawn.
    pub only: Option<Pair>,
}

/// An answer.
#[derive(Debug)]
pub struct Shown {
    /// The question.
    pub asked: Asked,
    /// All relations of the section.
    pub all: SelectedLink,
    /// What is drawn: all of them, or one.
    pub map: SelectedLink,
}

/// Finds the answer; nothing where the hour was not computed.
fn find(known: &Known, asked: Asked) -> Option<Shown> {
    let select = |only| twin_run::select_link(&known.prepared, &known.equilibria, asked.hour_index, asked.link, only);
    let all = select(None)?;
    let map = if asked.only.is_some() { select(asked.only)? } else { all.clone() };
    Some(Shown { asked, all, map })
}

/// What is wanted now; nothing while nothing is selected or the result is not there yet.
#[must_use]
pub fn wanted(session: &Session, known: Option<&Known>) -> Option<Asked> {
    let link = session.selected.filter(|_| session.routes.on)?;
    let outcome = known.map(|known| known.version).filter(|version| *version == session.version.outcome)?;
    Some(Asked { link, outcome, hour_index: session.hour_index, only: session.routes.only })
}

/// The question under way.
#[derive(Resource, Default)]
struct Asking(Option<(Asked, Mutex<Receiver<Option<Shown>>>)>);

/// Asks for routes and takes the answers into the session.
pub struct RoutesPlugin;

impl Plugin for RoutesPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Asking>().add_systems(Update, ask);
    }
}

fn ask(mut asking: ResMut<Asking>, mut session: ResMut<Session>, solver: Res<Solver>) {
    let known = solver.known();
    let Some(wanted) = wanted(&session, known.map(Arc::as_ref)) else {
        asking.0 = None;
        let waits = session.routes.on && session.selected.is_some();
        if session.routes.shown.is_some() && !waits {
            show(&mut session, None);
        }
        return;
    };
    if session.routes.shown.as_ref().is_some_and(|shown| shown.asked == wanted) {
        return;
    }
    if let Some((asked, answer)) = &asking.0
        && *asked == wanted
    {
        match answer.lock().unwrap_or_else(PoisonError::into_inner).try_recv() {
            Ok(found) => show(&mut session, found.map(Arc::new)),
            Err(TryRecvError::Empty) => return,
            Err(TryRecvError::Disconnected) => {}
        }
        asking.0 = None;
        return;
    }
    let Some(known) = known.cloned() else { return };
    let (sender, receiver) = channel();
    thread::spawn(move || {
        // Nobody listens any more where something else was asked meanwhile.
        let _ = sender.send(find(&known, wanted));
    });
    asking.0 = Some((wanted, Mutex::new(receiver)));
}

fn show(session: &mut Session, shown: Option<Arc<Shown>>) {
    session.routes.shown = shown;
    session.routes.stamp += 1;
    session.repaint = true;
    session.redraw = true;
}

#[cfg(test)]
mod tests {
    use twin::{Scenario, Silent};
    use twin_present::Language;

    use super::*;
    use crate::{render::town_of, session::look_up};

    #[test]
    fn routes_are_asked_of_the_result_that_is_shown_and_found_on_the_map() {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let town = town_of(twin_musterstadt::generate(&options, &Silent).expect("it can be made"));
        let mut session = Session::new(Language::De, Scenario::default());
        let resolved = look_up(&town.twin, &session.edit.active()).expect("the base case is right");
        let base = Arc::new(twin_run::prepare(&town.twin, &resolved.scenario, &Silent));
        let scenario = Arc::new(resolved.scenario.clone());
        let equilibria = twin_run::run_in_stages(&town.twin, &base, &resolved, &Silent, &mut |_, outcome| {
            session.take(&town.twin, outcome, Arc::clone(&scenario));
        });
        let known = Known::of(base, equilibria.expect("nobody cancelled"));
        let known = Known { version: session.version.outcome, ..known };
        let busiest = |session: &Session| {
            let hours = &session.outcome.as_ref().and_then(|outcome| outcome.traffic.as_ref()).expect("streets").hours;
            let volume = &hours[0].base.volume_veh_h;
            let arc = (0..volume.len()).max_by(|&a, &b| volume[a].total_cmp(&volume[b])).expect("there are arcs");
            Id::new(arc / 2)
        };
        let link = busiest(&session);
        assert_eq!(wanted(&session, Some(&known)), None, "nothing is selected");
        session.select(&town.twin, Some(link));
        session.routes.switch();
        let asked = wanted(&session, Some(&known)).expect("a section is selected");
        let shown = find(&known, asked).expect("the hour was computed");
        assert!(shown.all.base_trips_veh_h > 0.0 && shown.all.relations.len() > 1);
        let first = shown.all.relations[0];
        let one = Asked { only: Some((first.class, first.origin, first.destination)), ..asked };
        let one = find(&known, one).expect("the hour was computed");
        assert_eq!(one.map.relations, [first]);
        assert!(one.map.base_trips_veh_h < shown.map.base_trips_veh_h);
        show(&mut session, Some(Arc::new(shown)));
        let volumes = session.routes.volumes().expect("they are shown");
        assert!(volumes.base[2 * link.index()] + volumes.base[2 * link.index() + 1] > 0.0);
        session.version.outcome += 1;
        assert_eq!(wanted(&session, Some(&known)), None, "the result is another one");
    }
}
