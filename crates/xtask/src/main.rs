//! Tasks of the workspace: `cargo run -p xtask -- tidy` checks the rules that ARCHITECTURE.md states, `… -- bench peers` measures Stadtwin
//! beside other software.

#![expect(clippy::print_stdout, reason = "a window: it speaks to people")]

mod assets;
mod bench;
mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    match task.as_str() {
        "assets" => assets::run(),
        "bench" => bench::run(&std::env::args().skip(2).collect::<Vec<_>>()),
        "tidy" => tidy::run(),
        _ => {
            println!("usage: cargo run -p xtask -- tidy|assets|{}", bench::USAGE);
            ExitCode::from(2)
        }
    }
}
