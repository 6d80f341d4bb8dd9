//! `bench peers water [PEERS [PYTHON]]`: water, gas and heat beside EPANET and pandapipes.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode},
};

/// Folder of the peers' scripts (default: `peers` beside the folder of the test data), and an interpreter that has their packages
/// (default: that of the environment which the scripts' own set-up makes there).
pub(super) fn run(arguments: &[String]) -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data: PathBuf = std::env::var_os("STADTWIN_DATA").map_or_else(|| root.join("../shared/data"), Into::into);
    let peers: PathBuf = arguments.first().map_or_else(|| data.join("../peers"), Into::into);
    let python: PathBuf = arguments.get(1).map_or_else(|| peers.join(".venv-peers/utilities/bin/python"), Into::into);
    if !python.is_file() {
        let setup = peers.join("setup.sh");
        println!("{} is absent: run {} first, or name the interpreter", python.display(), setup.display());
        return ExitCode::from(2);
    }
    // The dev profile compiles the crates that compute fully; nothing is built twice.
    let bench = ["bench", "--profile", "dev", "--locked", "--workspace", "--bench", "pipes_peers", "--"];
    match Command::new(env!("CARGO")).args(bench).arg(python).arg(peers).current_dir(root).status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            println!("cargo does not start: {error}");
            ExitCode::FAILURE
        }
    }
}
