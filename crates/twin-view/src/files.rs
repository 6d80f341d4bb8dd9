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
