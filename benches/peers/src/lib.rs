//! What the programs beside Stadtwin share: CPU time, a library's version, and the power network that two of them solve.

#![warn(missing_docs, unreachable_pub)]

pub mod case;

#[path = "../../support/stopwatch.rs"]
pub mod stopwatch;

use std::process::ExitCode;

pub use stopwatch::fastest_ms;

/// How a program ends: what went wrong is told.
#[must_use]
pub fn ended(outcome: Result<(), String>) -> ExitCode {
    outcome.map_or_else(
        |error| {
            eprintln!("{error}");
            ExitCode::FAILURE
        },
        |()| ExitCode::SUCCESS,
    )
}

/// One thread for every library that asks the common pool.
///
/// # Errors
/// Where the pool does not start.
pub fn one_thread() -> Result<(), String> {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().map_err(|error| error.to_string())
}

/// Says name and version of a library as this program was built with it; whether that was all that was asked (`--version`).
pub fn version_only(name: &str) -> bool {
    let lock = include_str!("../Cargo.lock");
    let version = lock
        .split_once(&format!("name = \"{name}\"\nversion = \""))
        .and_then(|(_, rest)| rest.split_once('"'))
        .map_or("of unknown version", |(version, _)| version);
    println!("{name} {version}");
    std::env::args().nth(1).is_some_and(|argument| argument == "--version")
}
