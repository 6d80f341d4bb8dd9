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
fn is_sqlite(file: &Path) -> Result<bool, Findings> {
    let mut head = [0; 16];
    let unreadable = |error: std::io::Error| cannot_read(file, &error);
    let mut opened = fs::File::open(file).map_err(unreadable)?;
    let n = opened.read(&mut head).map_err(unreadable)?;
    Ok(head[..n].starts_with(b"SQLite format 3"))
}

/// A finding about a file that the system does not let be read.
pub(crate) fn cannot_read(path: &Path, error: &std::io::Error) -> Findings {
    refused(Finding::error("cannot-read", format!("cannot read {}: {error}", path.display())), error)
}

/// A finding about a folder that the system does not let be written into.
pub(crate) fn cannot_write_into(folder: &Path, error: &std::io::Error) -> Findings {
    refused(Finding::error("cannot-write", format!("cannot write into {}: {error}", folder.display())), error)
}

fn refused(finding: Finding, error: &std::io::Error) -> Findings {
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
