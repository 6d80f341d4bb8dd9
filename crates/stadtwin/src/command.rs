//! One module per command.

pub(crate) mod assumptions;
pub(crate) mod base;
pub(crate) mod check;
pub(crate) mod demo;
pub(crate) mod import;
pub(crate) mod query;
pub(crate) mod run;
pub(crate) mod sweep;
pub(crate) mod view;
pub(crate) mod works;

use std::{
    fs,
    io::Read as _,
    path::{Path, PathBuf},
};

use twin::{Finding, Findings, Twin, Watch};

/// Loads a twin, or makes one of geodata files.
pub(crate) fn load(files: &[PathBuf], watch: &dyn Watch) -> Result<(Twin, Findings), Findings> {
    match files {
        [file] if is_sqlite(file)? => Ok((twin_io::gpkg::read_twin(file)?, Findings::default())),
        files => {
            let imported = twin_io::import(files, &twin_io::ImportOptions::default(), watch)?;
            Ok((imported.twin, imported.findings))
        }
    }
}

/// Whether a file is a GeoPackage by its content.
pub(crate) fn is_sqlite(file: &Path) -> Result<bool, Findings> {
    let mut head = [0; 16];
    let unreadable = |error: std::io::Error| cannot("cannot-read", "read", file, &error);
    let mut opened = fs::File::open(file).map_err(unreadable)?;
    let n = opened.read(&mut head).map_err(unreadable)?;
    Ok(head[..n].starts_with(b"SQLite format 3"))
}

/// A finding about a file or folder that the system refuses.
pub(crate) fn cannot(code: &'static str, verb: &str, path: &Path, error: &std::io::Error) -> Findings {
    let finding = Finding::error(code, format!("cannot {verb} {}: {error}", path.display()));
    let help = match error.kind() {
        std::io::ErrorKind::NotFound => Some("check the name: there is no such file or folder"),
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
            Some("choose a folder in which you may write")
        }
        std::io::ErrorKind::StorageFull => Some("make room on the disk, or choose another folder"),
        _ => None,
    };
    Findings::from(match help {
        Some(help) => finding.with_help(help),
        None => finding,
    })
}
