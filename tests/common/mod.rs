//! Running the built program as a user does.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// How a run of the program ended.
pub(crate) struct Ended {
    /// Exit status.
    pub(crate) status: i32,
    /// Standard output.
    pub(crate) out: String,
    /// Standard error.
    pub(crate) err: String,
}

impl Ended {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("no JSON ({error}):\n{}\n{}", self.out, self.err))
    }

    /// Panics with all that was printed unless the status is this.
    #[track_caller]
    pub(crate) fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }
}

/// Runs `stadtwin` with these arguments, in German, without colors.
pub(crate) fn stadtwin<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ended {
    let output = Command::new(env!("CARGO_BIN_EXE_stadtwin"))
        .args(arguments)
        .env("LANG", "de_DE.UTF-8")
        .env_remove("LC_ALL")
        .env_remove("LC_MESSAGES")
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .output()
        .expect("because the program was built");
    Ended {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder that is emptied before the test.
pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("because the target folder is writable");
    folder
}

/// A small generated town, built once per test program.
pub(crate) fn musterstadt() -> &'static Path {
    static TOWN: OnceLock<PathBuf> = OnceLock::new();
    TOWN.get_or_init(|| {
        let file = folder(&format!("musterstadt-{}", std::process::id())).join("musterstadt.gpkg");
        stadtwin(&[
            "import".as_ref(),
            "musterstadt".as_ref(),
            "--population".as_ref(),
            "1500".as_ref(),
            "--seed".as_ref(),
            "1".as_ref(),
            "-o".as_ref(),
            file.as_os_str(),
        ])
        .expect(0);
        file
    })
}

/// The folder of real data; nothing, said aloud, where there is none.
pub(crate) fn data() -> Option<PathBuf> {
    let folder = std::env::var_os("STADTWIN_DATA")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("SKIPPED: no real data: STADTWIN_DATA is absent and {} is no folder", folder.display());
    None
}

/// A scenario file in a folder.
pub(crate) fn scenario(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("because the target folder is writable");
    file
}

/// The text of a path.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().expect("because test paths are UTF-8")
}
