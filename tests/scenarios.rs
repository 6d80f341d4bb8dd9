//! Every scenario that is shipped keeps its own bounds.

mod common;

use std::path::{Path, PathBuf};

use common::{data, folder, stadtwin, text};

/// The shipped scenarios whose names begin so.
fn shipped(town: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("because scenarios are shipped")
        .map(|entry| entry.expect("because the folder is readable").path())
        .filter(|path| path.extension().is_some_and(|end| end == "toml"))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(town)))
        // Calendars of works and stories have tests of their own.
        .filter(|path| {
            let stem = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            !stem.ends_with("calendar") && !stem.ends_with("story")
        })
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no scenario of {town} in {}", folder.display());
    files
}

fn run_all(town: &Path, scenarios: &[PathBuf]) {
    let mut arguments = vec!["run", text(town)];
    arguments.extend(scenarios.iter().map(|path| text(path)));
    stadtwin(&arguments).expect(0);
}

#[test]
fn those_of_musterstadt() {
    let town = folder("shipped-musterstadt").join("musterstadt.gpkg");
    stadtwin(&["import", "musterstadt", "-o", text(&town)]).expect(0);
    run_all(&town, &shipped("musterstadt"));
}

#[test]
fn those_of_lauf() {
    let Some(data) = data() else { return };
    let town = folder("shipped-lauf").join("lauf.gpkg");
    stadtwin(&["import", text(&data.join("osm/lauf_pegnitz_2020.osm.pbf")), "-o", text(&town)]).expect(0);
    run_all(&town, &shipped("lauf"));
}
