//! Files that a program keeps beside a twin to be faster the next time. They hold nothing that cannot be computed again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use twin::Findings;

use crate::{atomic, fingerprint::fingerprint};

/// The file beside a twin that keeps its base case: `town.gpkg` has `town.base`.
#[must_use]
pub fn base_file(twin: &Path) -> PathBuf {
    twin.with_extension("base")
}

/// A name for the content of a file.
///
/// # Errors
/// The file cannot be read.
pub fn content_hash(file: &Path) -> io::Result<String> {
    fs::read(file).map(|bytes| fingerprint(&bytes))
}

/// Where the base case of a twin is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file beside the twin.
    pub file: PathBuf,
    /// A name for the content of the twin.
    pub hash: String,
}

/// Where the base case of a twin is kept; nothing for files that are no GeoPackage.
#[must_use]
pub fn place(twin: &Path) -> Option<Place> {
    let bytes = fs::read(twin).ok().filter(|bytes| bytes.starts_with(b"SQLite format 3"))?;
    Some(Place { file: base_file(twin), hash: fingerprint(&bytes) })
}

/// The bytes of a kept file; nothing where there is none or it cannot be read.
#[must_use]
pub fn read(file: &Path) -> Option<Vec<u8>> {
    fs::read(file).ok()
}

/// Keeps bytes in a file, which appears whole or not at all.
///
/// # Errors
/// The folder is read-only or the disk is full; an older file stands as it was.
pub fn write(file: &Path, bytes: &[u8]) -> Result<(), Findings> {
    atomic::write_file(file, |temporary| {
        fs::write(temporary, bytes).map_err(|error| atomic::write_finding(file, &error).into())
    })
}
