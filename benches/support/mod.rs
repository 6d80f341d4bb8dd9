//! What the benches share: the folder of test data.

use std::path::{Path, PathBuf};

/// A file of the test data (`STADTWIN_DATA`, default `../shared/data`); nothing, and said so, where it is absent.
pub(crate) fn data(path: &str) -> Option<PathBuf> {
    let root = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    let file = root.join(path);
    if !file.exists() {
        eprintln!("{} is absent: set STADTWIN_DATA to measure it", file.display());
    }
    file.exists().then_some(file)
}
