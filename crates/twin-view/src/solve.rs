//! Computing in the background: the frame never waits, every edit cancels what is under way.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, TryRecvError, channel},
    },
    thread,
};

use bevy::prelude::*;
use twin::{Findings, Outcome, Scenario, Watch};
use twin_io::beside;
use twin_present::scene::Measure;
use twin_run::{Equilibria, Prepared, TimeChanges, saved};

use crate::{
    session::{Session, look_up},
    town::Town,
};

/// The computation under way, and what can be used again by the next.
#[derive(Resource, Default)]
pub struct Solver {
    running: Option<Running>,
    prepared: Option<Arc<Prepared>>,
    known: Option<Arc<Known>>,
}

/// The equilibria of the result that is shown, for questions to them.
pub struct Known {
    /// The base case.
    pub prepared: Arc<Prepared>,
    /// The equilibria of the scenario.
    pub equilibria: Equilibria,
    /// How much longer trips take, by computed hour.
    pub changes: Vec<Option<TimeChanges>>,
    /// The result that they belong to.
    pub version: u64,
}

impl Known {
    pub(crate) fn of(prepared: Arc<Prepared>, equilibria: Equilibria) -> Self {
        let hours = 0..prepared.hours.len();
        let changes = hours.map(|hour| twin_run::time_changes(&prepared, &equilibria, hour)).collect();
        Self { prepared, equilibria, changes, version: 0 }
    }
}

struct Running {
    progress: Arc<Progress>,
    answer: Mutex<Receiver<Answer>>,
}

/// What a computation says: better and better outcomes, the base case in between, and that it has ended.
enum Answer {
    Base(Arc<Prepared>),
    Outcome(Box<Outcome>, Arc<Scenario>),
    Known(Box<Known>),
    Refused(Findings),
    Done,
}

/// What a computation tells on its way.
#[derive(Default)]
pub struct Progress {
    cancelled: AtomicBool,
    state: Mutex<State>,
}

/// The step that a computation has reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct State {
    /// Stage.
    pub stage: &'static str,
    /// Steps done.
    pub done: u64,
    /// Steps in all; 0 where not known.
    pub total: u64,
    /// Relative gap.
    pub gap: Option<f64>,
}

impl Progress {
    fn update(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Watch for Progress {
    fn progress(&self, stage: &'static str, done: u64, total: u64) {
        self.update(|state| *state = State { stage, done, total, gap: state.gap });
    }
    fn figure(&self, name: &'static str, value: f64) {
        if name.contains("gap") {
            self.update(|state| state.gap = Some(value));
        }
    }
    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl Solver {
    /// Computes a scenario; what is under way is cancelled.
    pub fn start(&mut self, town: &Town, scenario: &Scenario) {
        self.cancel();
        let (sender, receiver) = channel();
        let progress = Arc::new(Progress::default());
        let base = self.prepared.clone().filter(|base| base.fits(scenario));
        let (town, scenario, watch) = (town.clone(), scenario.clone(), progress.clone());
        thread::spawn(move || {
            compute(&town, &scenario, base, watch.as_ref(), &|answer| {
                // Nobody listens any more where it was cancelled.
                let _ = sender.send(answer);
            });
        });
        self.running = Some(Running { progress, answer: Mutex::new(receiver) });
    }

    /// Stops what is under way; its answer is thrown away.
    pub fn cancel(&mut self) -> bool {
        self.running.take().is_some_and(|running| {
            running.progress.cancelled.store(true, Ordering::Relaxed);
            true
        })
    }

    /// The equilibria of the last result; nothing while a better one is computed.
    pub const fn known(&self) -> Option<&Arc<Known>> {
        self.known.as_ref()
    }

    /// How far the computation under way has come.
    pub fn state(&self) -> Option<State> {
        self.running.as_ref().map(|running| *running.progress.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn compute(town: &Town, scenario: &Scenario, base: Option<Arc<Prepared>>, watch: &dyn Watch, tell: &dyn Fn(Answer)) {
    let resolved = match look_up(&town.twin, scenario) {
        Ok(resolved) => resolved,
        Err(findings) => return tell(Answer::Refused(findings)),
    };
    let base = base.unwrap_or_else(|| Arc::new(prepared(town, scenario, watch)));
    if watch.is_cancelled() {
        // A base case that was cancelled half-way is not used again.
        return;
    }
    tell(Answer::Base(Arc::clone(&base)));
    // Detours at once, then more and more exact: the map is painted again each time.
    let computed = Arc::new(resolved.scenario.clone());
    let equilibria = twin_run::run_in_stages(&town.twin, &base, &resolved, watch, &mut |_, outcome| {
        tell(Answer::Outcome(Box::new(outcome), Arc::clone(&computed)));
    });
    if let Some(equilibria) = equilibria {
        tell(Answer::Known(Box::new(Known::of(base, equilibria))));
    }
    tell(Answer::Done);
}

/// The base case: as it is kept beside the twin, else computed and kept where that is possible.
fn prepared(town: &Town, scenario: &Scenario, watch: &dyn Watch) -> Prepared {
    let Some(kept) = &town.kept else { return twin_run::prepare(&town.twin, scenario, watch) };
    let fingerprint = saved::fingerprint(&kept.hash, scenario);
    let known = beside::read(&kept.file).and_then(|bytes| saved::from_bytes(&town.twin, scenario, fingerprint, &bytes));
    known.unwrap_or_else(|| {
        let prepared = twin_run::prepare(&town.twin, scenario, watch);
        if prepared.is_exact() && prepared.day.is_none() && !watch.is_cancelled() {
            // Where nothing can be written it is computed again the next time; the map does not depend on it.
            let _ = beside::write(&kept.file, &saved::to_bytes(&prepared, fingerprint));
        }
        prepared
    })
}

/// Computes the scenario of a session while the caller waits.
///
/// # Errors
/// The findings of a scenario that does not fit the twin.
pub fn compute_now(town: &Town, session: &mut Session, watch: &dyn Watch) -> Result<(), Findings> {
    let scenario = session.edit.active();
    let resolved = look_up(&town.twin, &scenario)?;
    let base = prepared(town, &scenario, watch);
    let outcome = twin_run::run(&town.twin, &base, &resolved, watch);
    session.take(&town.twin, outcome, Arc::new(resolved.scenario));
    Ok(())
}

/// Takes answers into the session.
pub struct SolvePlugin;

impl Plugin for SolvePlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Solver>().add_systems(Startup, begin).add_systems(Update, take);
    }
}

fn begin(mut session: ResMut<Session>, mut solver: ResMut<Solver>, town: Res<Town>) {
    // The scenarios of a story are computed already.
    if session.telling.is_none() {
        session.scenario_changed(&town.twin);
        solver.start(&town, &session.edit.active());
    }
}

fn take(mut session: ResMut<Session>, mut solver: ResMut<Solver>, town: Res<Town>) {
    loop {
        let Some(running) = &solver.running else { return };
        let received = running.answer.lock().unwrap_or_else(PoisonError::into_inner).try_recv();
        match received {
            Ok(Answer::Base(base)) => solver.prepared = Some(base),
            Ok(Answer::Outcome(outcome, scenario)) => {
                solver.known = None;
                show(&mut session, &town, *outcome, scenario);
            }
            Ok(Answer::Known(known)) => {
                solver.known = Some(Arc::new(Known { version: session.version.outcome, ..*known }));
            }
            Ok(Answer::Refused(findings)) => {
                session.findings = findings;
                session.repaint = true;
                session.redraw = true;
            }
            Ok(Answer::Done) | Err(TryRecvError::Disconnected) => {
                solver.running = None;
                session.redraw = true;
            }
            Err(TryRecvError::Empty) => return,
        }
    }
}

/// Takes an outcome onto the map.
fn show(session: &mut Session, town: &Town, outcome: Outcome, scenario: Arc<Scenario>) {
    // Without a measure there is no change to show.
    session.measure = match (scenario.closures.is_empty(), session.measure) {
        (true, Measure::Change) => Measure::VolumeBefore,
        (false, Measure::VolumeBefore) => Measure::Change,
        (_, measure) => measure,
    };
    session.take(&town.twin, outcome, scenario);
}
