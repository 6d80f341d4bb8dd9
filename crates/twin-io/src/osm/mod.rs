//! OpenStreetMap files in the PBF format become a twin.

use std::path::Path;

use twin::{Finding, Findings, Watch};

use crate::{ImportOptions, Imported};

/// Reads an OpenStreetMap PBF file.
///
/// # Errors
/// Findings, at least one of them an error, where the file cannot be used.
pub fn read_pbf(path: &Path, options: &ImportOptions, watch: &dyn Watch) -> Result<Imported, Findings> {
    let _ = (options, watch);
    Err(Finding::error("pbf-not-readable", "Not yet.").with_file(path.display().to_string()).into())
}
