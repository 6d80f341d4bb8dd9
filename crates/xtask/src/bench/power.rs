//! Power flow beside pandapower, power-grid-model and lightsim2grid.

use std::{
    path::Path,
    process::{Command, ExitCode},
};

/// `bench peers power [PEERS [PYTHON]]`: folder of the peers' scripts, and an interpreter that has their packages.
pub(super) fn run(root: &Path, peers: &Path, python: &Path) -> ExitCode {
    let run = Command::new(env!("CARGO"))
        // Optimized throughout: a batch is generic over what the caller fills in, so the bench itself compiles its kernels.
        .args(["bench", "--locked", "--workspace", "--bench", "power", "--", "--peers"])
        .arg(python)
        .arg(peers.join("utilities/c_power_batch.py"))
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
