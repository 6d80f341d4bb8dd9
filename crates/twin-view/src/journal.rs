//! The journal: every edit that is not saved yet stands in a file beside the scenario, and is offered again after a crash.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bevy::prelude::*;
use twin::{Scenario, Twin};
use twin_present::words::say;

use crate::{files, history::Edit, session::Session, town::Town};

/// Where unsaved edits are kept, and what was found there.
#[derive(Debug, Default)]
pub struct Journal {
    /// The file; nothing where a picture is drawn.
    file: Option<PathBuf>,
    /// The state of the history that it holds.
    written: u64,
    /// What was left there the last time.
    pub offered: Option<Box<Scenario>>,
}

/// The journal of a scenario lies beside it; that of a new one beside the town.
fn place(scenario: Option<&Path>, town: &Path) -> PathBuf {
    let mut name = scenario.unwrap_or(town).as_os_str().to_owned();
    name.push(".journal");
    PathBuf::from(name)
}

impl Journal {
    /// Opens the journal of a scenario. What it holds is offered where it is another scenario than the one opened.
    #[must_use]
    pub fn open(scenario: Option<&Path>, town: &Path, twin: &Twin, opened: &Scenario) -> Self {
        let file = place(scenario, town);
        let left = fs::read_to_string(&file).ok().filter(|text| *text != twin_io::scenario::write(opened, twin));
        let offered = left.and_then(|_| twin_io::scenario::read(&file, twin, &[]).ok()).map(Box::new);
        Self { file: Some(file), written: 0, offered }
    }

    /// Writes the edit where it has changed since.
    fn keep(&mut self, revision: u64, edit: &Edit, twin: &Twin) -> io::Result<()> {
        let Some(file) = self.file.as_deref().filter(|_| self.written != revision) else { return Ok(()) };
        self.written = revision;
        files::replace(file, twin_io::scenario::write(&edit.active(), twin).as_bytes())
    }

    /// Forgets what was kept: it is saved now, or not wanted. Later edits are kept beside the scenario.
    pub fn clear(&mut self, revision: u64, scenario: Option<&Path>) {
        self.written = revision;
        if let Some(file) = &mut self.file {
            // Where there is none, nothing was kept.
            let _ = fs::remove_file(&*file);
            if let Some(scenario) = scenario {
                *file = place(Some(scenario), scenario);
            }
        }
    }
}

/// Writes the journal.
pub struct JournalPlugin;

impl Plugin for JournalPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Last, write);
    }
}

fn write(mut session: ResMut<Session>, town: Res<Town>) {
    let revision = session.history.revision();
    if revision == session.journal.written {
        return;
    }
    let Session { journal, edit, message, language, .. } = &mut *session;
    if let Err(error) = journal.keep(revision, edit, &town.twin) {
        *message = say(*language, "view-journal-failed", &[("why", &error.to_string())]);
    }
}

#[cfg(test)]
mod tests {
    use twin::{
        Silent,
        scenario::{Closure, RoadTarget},
    };

    use super::*;

    #[test]
    fn edits_are_offered_again_until_they_are_saved() {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let twin = twin_musterstadt::generate(&options, &Silent).expect("it can be made");
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let (town, file) = (folder.path().join("town.gpkg"), folder.path().join("plan.toml"));
        let opened = Scenario { name: "Plan".to_owned(), ..Scenario::default() };
        let mut journal = Journal::open(Some(&file), &town, &twin, &opened);
        assert!(journal.offered.is_none());
        let mut edited = opened.clone();
        let (_, link) = twin.roads.links().next().expect("it has streets");
        edited.closures.push(Closure::on(RoadTarget::Key(link.key.clone())));
        journal.keep(1, &Edit::of(edited), &twin).expect("the folder can be written to");
        let again = Journal::open(Some(&file), &town, &twin, &opened);
        let offered = again.offered.expect("it was not saved");
        assert_eq!((offered.name.as_str(), offered.closures.len()), ("Plan", 1));
        // As saved it is not offered, whether or not the file is still there.
        let saved = Scenario { origin: twin::scenario::Origin::default(), ..*offered };
        assert!(Journal::open(Some(&file), &town, &twin, &saved).offered.is_none());
        journal.clear(1, Some(&file));
        assert!(Journal::open(Some(&file), &town, &twin, &opened).offered.is_none());
        assert_eq!(place(None, &town), folder.path().join("town.gpkg.journal"));
    }
}
