//! The libraries in Rust that are measured beside Stadtwin: programs of `benches/peers`, built by `xtask bench peers`.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

/// The folder of the programs as the arguments name it: `--rust FOLDER`.
pub(crate) fn folder(arguments: &[String]) -> Option<PathBuf> {
    let at = arguments.iter().position(|argument| argument == "--rust")?;
    arguments.get(at + 1).map(PathBuf::from)
}

/// What a program says, or in a few words why it says nothing.
pub(crate) fn run(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, String> {
    let output = Command::new(folder.join(program)).args(arguments).output();
    let output = output.map_err(|error| format!("does not start: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(told.trim().lines().last().map_or_else(|| output.status.to_string(), str::to_owned))
}

/// Name and version of the library that a program was built with, or why it says nothing.
pub(crate) fn version(folder: &Path, program: &str) -> String {
    run(folder, program, &["--version"])
        .map_or_else(|error| format!("{program}: {error}"), |text| text.trim().to_owned())
}

/// The number behind a word at the start of a line.
pub(crate) fn number(text: &str, word: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(word)?.strip_prefix(' '))?;
    line.split_whitespace().next()?.parse().ok()
}

/// How many cases failed, of all: `3 of 117` in the line of a word.
pub(crate) fn failed(text: &str, word: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with(word))?;
    let before = line.split_once(" failed")?.0;
    Some(before.rsplit(", ").next()?.to_owned())
}
