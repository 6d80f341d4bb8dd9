//! Benchmarks beside other software: the same instances, the same machine, one run.

mod power;
mod water;

use std::{
    path::Path,
    process::{Command, ExitCode},
};

/// `bench peers [PEERS [PYTHON]]`: folder of the peers' scripts (default: `peers` beside the folder of the test data), and an
/// interpreter that has their packages (default: that of the environment which the scripts' own set-up makes there). `bench peers power …`
/// measures power flow instead of assignment.
pub(crate) fn run(arguments: &[String]) -> ExitCode {
    if arguments.first().map(String::as_str) != Some("peers") {
        println!("usage: cargo run -p xtask -- bench peers [power|water] [PEERS [PYTHON]]");
        return ExitCode::from(2);
    }
    if arguments.get(1).is_some_and(|word| word == "water") {
        return water::run(&arguments[2..]);
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = std::env::var_os("STADTWIN_DATA").map_or_else(|| root.join("../shared/data"), Into::into);
    let is_power = arguments.get(1).is_some_and(|name| name == "power");
    let arguments = if is_power { &arguments[1..] } else { arguments };
    let peers = arguments.get(1).map_or_else(|| data.join("../peers"), Into::into);
    let environment = if is_power { ".venv-peers/utilities/bin/python" } else { ".venv-peers/traffic/bin/python" };
    let python: std::path::PathBuf = arguments.get(2).map_or_else(|| peers.join(environment), Into::into);
    if !python.is_file() {
        println!(
            "{} is absent: run {} first, or name the interpreter",
            python.display(),
            peers.join("setup.sh").display()
        );
        return ExitCode::from(2);
    }
    if is_power {
        return power::run(&root, &peers, &python);
    }
    // The dev profile compiles the crates that compute fully; nothing is built twice.
    let run = Command::new(env!("CARGO"))
        .args([
            "bench",
            "--profile",
            "dev",
            "--locked",
            "--workspace",
            "--bench",
            "assignment",
            "--",
            "tntp",
            "--peers",
        ])
        .arg(python)
        .arg(peers)
        .current_dir(root)
        .status();
    match run {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("cargo does not start: {error}");
            ExitCode::FAILURE
        }
    }
}
