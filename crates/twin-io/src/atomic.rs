//! Files that appear whole or not at all: written under a temporary name in the same folder, flushed to the disk, renamed.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use twin::{Finding, Findings};

/// Writes one file: `fill` gets the path of a temporary file in the same folder; when it is done the file is flushed and
/// takes its name, when it fails nothing is left behind and an older file of that name stands as it was.
pub(crate) fn write_file<F>(path: &Path, fill: F) -> Result<(), Findings>
where
    F: FnOnce(&Path) -> Result<(), Findings>,
{
    let mut pending = Pending::default();
    pending.write(path, fill)?;
    pending.commit().map(|_| ())
}

/// Files that belong together: all are written under temporary names first, and take their names only when every one of
/// them is complete. Dropped without [`Pending::commit`], nothing is left behind.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    files: Vec<(NamedTempFile, PathBuf)>,
}

impl Pending {
    /// Writes one more file under a temporary name.
    pub(crate) fn write<F>(&mut self, path: &Path, fill: F) -> Result<(), Findings>
    where
        F: FnOnce(&Path) -> Result<(), Findings>,
    {
        let folder = folder_of(path);
        if path.is_dir() {
            return Err(Finding::error("not-a-file", format!("`{}` is a folder.", path.display()))
                .with_help("Name a file.")
                .with_file(path.display().to_string())
                .into());
        }
        check_writable(&folder, path)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".stadtwin-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            builder.permissions(fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(&folder).map_err(|error| write_finding(path, &error))?;
        fill(file.path())?;
        // Opened again: `fill` may have replaced the file.
        fs::OpenOptions::new()
            .append(true)
            .open(file.path())
            .and_then(|file| file.sync_all())
            .map_err(|error| write_finding(path, &error))?;
        self.files.push((file, path.to_owned()));
        Ok(())
    }

    /// Gives all files their names. The paths, in the order of writing.
    pub(crate) fn commit(self) -> Result<Vec<PathBuf>, Findings> {
        let mut written: Vec<PathBuf> = Vec::with_capacity(self.files.len());
        for (file, path) in self.files {
            if let Err(error) = file.persist(&path) {
                // Those that have their names already are of no use without the others.
                written.iter().for_each(|path| drop(fs::remove_file(path)));
                return Err(write_finding(&path, &error.error).into());
            }
            written.push(path);
        }
        #[cfg(unix)]
        for path in &written {
            // The rename itself reaches the disk with its folder; a file system that cannot do this has still renamed.
            let _ = fs::File::open(folder_of(path)).and_then(|folder| folder.sync_all());
        }
        Ok(written)
    }
}

/// Refuses a folder that nobody may write into, for an administrator too: whoever made it read-only meant it.
pub(crate) fn check_writable(folder: &Path, path: &Path) -> Result<(), Findings> {
    match fs::metadata(folder) {
        Ok(metadata) if metadata.is_dir() && metadata.permissions().readonly() => {
            Err(write_finding(path, &io::Error::from(io::ErrorKind::PermissionDenied)).into())
        }
        _ => Ok(()),
    }
}

/// What went wrong when writing `path`, in words.
pub(crate) fn write_finding(path: &Path, error: &io::Error) -> Finding {
    let shown = path.display();
    let folder = folder_of(path);
    let finding = match error.kind() {
        io::ErrorKind::NotFound => Finding::error(
            "missing-folder",
            format!("`{shown}` cannot be written: there is no folder `{}`.", folder.display()),
        )
        .with_help("Create the folder first, or name another one."),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => Finding::error(
            "read-only-folder",
            format!("`{shown}` cannot be written: the folder `{}` is read-only.", folder.display()),
        )
        .with_help("Choose a folder in which you may write, or ask for the right to."),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => disk_full(path),
        io::ErrorKind::NotADirectory => Finding::error(
            "missing-folder",
            format!("`{shown}` cannot be written: `{}` is not a folder.", folder.display()),
        )
        .with_help("Name another folder."),
        _ => Finding::error("cannot-write", format!("`{shown}` cannot be written: {error}.")),
    };
    finding.with_file(shown.to_string())
}

/// The disk is full.
pub(crate) fn disk_full(path: &Path) -> Finding {
    Finding::error("disk-full", format!("`{}` cannot be written: the disk is full.", path.display()))
        .with_help("Make room on the disk or choose another one; nothing was left half-written.")
        .with_file(path.display().to_string())
}

/// What went wrong when reading `path`, in words.
pub(crate) fn read_finding(path: &Path, error: &io::Error) -> Finding {
    let shown = path.display();
    let finding = match error.kind() {
        io::ErrorKind::NotFound => Finding::error("missing-file", format!("There is no file `{shown}`."))
            .with_help("Check the name and the folder."),
        io::ErrorKind::PermissionDenied => {
            Finding::error("unreadable-file", format!("`{shown}` may not be read by you."))
                .with_help("Ask for the right to read it.")
        }
        io::ErrorKind::IsADirectory => Finding::error("not-a-file", format!("`{shown}` is a folder, not a file.")),
        _ => Finding::error("unreadable-file", format!("`{shown}` cannot be read: {error}.")),
    };
    finding.with_file(shown.to_string())
}

/// The folder of a file; `.` for a bare name.
fn folder_of(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(findings: &Findings) -> Vec<&str> {
        findings.iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("town.gpkg");
        fs::write(&path, "old").unwrap();
        let failed = write_file(&path, |temporary| {
            fs::write(temporary, "half").unwrap();
            Err(Finding::error("cannot-write", "broken").into())
        });
        assert!(failed.is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn several_files_appear_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let mut pending = Pending::default();
        pending
            .write(&folder.path().join("a"), |path| {
                fs::write(path, "a").unwrap();
                Ok(())
            })
            .unwrap();
        assert!(pending.write(&folder.path().join("b"), |path| Err(disk_full(path).into())).is_err());
        drop(pending);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn a_read_only_folder_is_left_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let refused = write_file(&folder.path().join("town.gpkg"), |_| Ok(())).unwrap_err();
        assert_eq!(codes(&refused), ["read-only-folder"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn a_missing_folder_and_a_folder_in_place_of_a_file_are_said() {
        let folder = tempfile::tempdir().unwrap();
        let missing = write_file(&folder.path().join("no/such/town.gpkg"), |_| Ok(())).unwrap_err();
        assert_eq!(codes(&missing), ["missing-folder"]);
        let taken = write_file(folder.path(), |_| Ok(())).unwrap_err();
        assert_eq!(codes(&taken), ["not-a-file"]);
    }
}
