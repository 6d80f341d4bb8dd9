//! Files: the town and the scenario that are opened, and writing so that a file is either the old or the new one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use twin::{Findings, Scenario, Silent, Twin};

/// Opens a town: a twin's GeoPackage, any geodata that can be imported, or the generated town where it is called `musterstadt`.
///
/// # Errors
/// The findings of the door, where the file cannot be used.
pub fn open_town(path: &Path) -> Result<Twin, Findings> {
    if path.as_os_str() == "musterstadt" && !path.exists() {
        return twin_musterstadt::generate(&twin_musterstadt::Options::default(), &Silent);
    }
    let options = twin_io::ImportOptions { epsg: None, name: None };
    Ok(twin_io::import(&[path.to_path_buf()], &options, &Silent)?.twin)
}

/// Opens a scenario, or the base case where none is given.
///
/// # Errors
/// All findings of the file.
pub fn open_scenario(path: Option<&Path>, twin: &Twin) -> Result<Scenario, Findings> {
    path.map_or_else(|| Ok(Scenario::default()), |path| twin_io::scenario::read(path, twin, &[]))
}

/// Whether a file is a calendar of works: it has works where a scenario has closures.
#[must_use]
pub fn is_calendar(path: &Path) -> bool {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().any(|line| line.split('#').next().is_some_and(|line| line.trim() == "[[work]]"))
}

/// Opens a calendar of works as a scenario of its closures on their planned days, looked at on the first of them.
///
/// # Errors
/// All findings of the file.
pub fn open_calendar(path: &Path, twin: &Twin) -> Result<Scenario, Findings> {
    let calendar = twin_io::works::read(path, twin)?;
    let planned = calendar.works.into_iter().filter(|work| work.days().is_some());
    let closures: Vec<_> = planned
        .map(|work| {
            let cause = work.closure.cause.clone().or(work.name);
            twin::scenario::Closure { cause, ..work.closure }
        })
        .collect();
    let date = closures.iter().filter_map(|closure| closure.from).min();
    Ok(Scenario { name: calendar.name, closures, date, ..Scenario::default() })
}

/// Writes a file beside its place and moves it there when it is whole.
///
/// # Errors
/// What the operating system says.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path)).inspect_err(|_| {
        // What was written of it is of no use; that it cannot be deleted either adds nothing to the error.
        let _ = fs::remove_file(&beside);
    })
}

/// A file in the current folder that is not there yet: `szenario.toml`, `szenario-2.toml`, …
#[must_use]
pub fn unused(stem: &str, ending: &str) -> PathBuf {
    let first = PathBuf::from(format!("{stem}.{ending}"));
    let others = (2_u32..).map(|number| PathBuf::from(format!("{stem}-{number}.{ending}")));
    std::iter::once(first).chain(others).find(|path| !path.exists()).unwrap_or_else(|| PathBuf::from(stem))
}

/// Keeps a file that has comments, which are not written again, beside itself under another name, which it returns.
#[must_use]
pub fn keep_comments(path: &Path) -> Option<PathBuf> {
    let old = fs::read_to_string(path).ok().filter(|text| has_comments(text))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(".bak");
    let beside = PathBuf::from(beside);
    replace(&beside, old.as_bytes()).is_ok().then_some(beside)
}

/// Whether a text of TOML has comments; a mark behind a blank in quotes is taken for one too.
fn has_comments(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with('#') || line.contains(" #") || line.contains("\t#"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_calendar_is_opened_on_the_first_day_of_its_works() {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        let twin = twin_musterstadt::generate(&options, &Silent).expect("it can be made");
        let mut keys = twin.roads.links().map(|(_, link)| link.key.clone());
        let mut key = || keys.next().expect("it has streets");
        let text = format!(
            "version = 1\nname = \"Jahr\"\n[[work]] # eins\nid = \"1\"\nname = \"Kanal\"\nroad = \"{}\"\nkind = \"full\"\n\
             from = 2026-05-04\nto = 2026-05-08\n[[work]]\nid = \"2\"\nroad = \"{}\"\nkind = \"full\"\nfrom = 2026-04-07\nto = 2026-04-08\n",
            key(),
            key()
        );
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("year.toml");
        fs::write(&path, &text).expect("the folder can be written to");
        assert!(is_calendar(&path));
        let scenario = open_calendar(&path, &twin).expect("it is right");
        assert_eq!(scenario.date, Some(twin::jiff::civil::date(2026, 4, 7)));
        let causes: Vec<_> = scenario.closures.iter().map(|closure| closure.cause.as_deref()).collect();
        assert_eq!(causes, [Some("Kanal"), None]);
        fs::write(&path, "version = 1\n# [[work]]\n[[closure]]\n").expect("the folder can be written to");
        assert!(!is_calendar(&path));
    }

    #[test]
    fn a_file_with_comments_is_kept_beside_and_one_without_is_not() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("plan.toml");
        assert_eq!(keep_comments(&path), None);
        fs::write(&path, "road = \"way/4711#2\"\n").expect("the folder can be written to");
        assert_eq!(keep_comments(&path), None);
        fs::write(&path, "version = 1 # of the planner\n").expect("the folder can be written to");
        let kept = keep_comments(&path).expect("it has comments");
        assert_eq!(kept, folder.path().join("plan.toml.bak"));
        assert_eq!(fs::read_to_string(kept).expect("it was written"), "version = 1 # of the planner\n");
    }
}
