//! `stadtwin view` and `stadtwin render`: start the viewer, which is a program of its own.

use std::{
    env,
    ffi::OsStr,
    path::PathBuf,
    process::{Command, ExitStatus},
};

use twin::{Finding, Findings};
use twin_present::Language;

use crate::{Ending, arguments::Passed};

const PROGRAM: &str = "stadtwin-view";

/// Starts the viewer with these arguments, in the language of this program, and ends as it does.
pub(crate) fn start(task: &str, passed: &Passed, language: Language) -> Result<Ending, Findings> {
    let program = find().ok_or_else(absent)?;
    let given = passed.arguments.iter().map(AsRef::as_ref);
    let says = |argument: &OsStr| argument == "--lang" || argument.to_string_lossy().starts_with("--lang=");
    let language = (!given.clone().any(says)).then(|| format!("--lang={}", language.code()));
    let status = launch(&program, task, language.iter().map(AsRef::as_ref).chain(given))?;
    match status.code() {
        Some(0) => Ok(Ending::Fine),
        Some(130) => Ok(Ending::Interrupted),
        // The viewer has said what is wrong.
        Some(code) => std::process::exit(code),
        None => Err(Finding::error("viewer-died", format!("{PROGRAM} was killed ({status})"))
            .with_help("start it again with RUST_BACKTRACE=1 to see why")
            .into()),
    }
}

/// The viewer beside this program, or in PATH.
pub(crate) fn find() -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().ok().and_then(|program| program.parent().map(|folder| folder.join(&name)));
    let in_path =
        env::var_os("PATH").map(|path| env::split_paths(&path).map(|folder| folder.join(&name)).collect::<Vec<_>>());
    beside.into_iter().chain(in_path.into_iter().flatten()).find(|candidate| candidate.is_file())
}

/// Runs the viewer and waits for it.
pub(crate) fn launch<'a>(
    program: &PathBuf,
    task: &str,
    arguments: impl Iterator<Item = &'a OsStr>,
) -> Result<ExitStatus, Findings> {
    let mut command = Command::new(program);
    command.arg(task).args(arguments);
    if env::var_os("XDG_RUNTIME_DIR").is_none() {
        // Mesa's drivers complain on the standard error where there is none, as on servers.
        command.env("XDG_RUNTIME_DIR", env::temp_dir());
    }
    command.status().map_err(|error| {
        Finding::error("viewer-not-started", format!("cannot start {}: {error}", program.display())).into()
    })
}

fn absent() -> Findings {
    Finding::error("viewer-absent", format!("{PROGRAM} is neither beside stadtwin nor in PATH"))
        .with_help("build it: cargo build -p twin-view (about 15 minutes the first time), or make build")
        .into()
}
