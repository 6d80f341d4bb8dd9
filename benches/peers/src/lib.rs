//! What the programs beside Stadtwin share: CPU time, a library's version, and the power network that two of them solve.

#![warn(missing_docs, unreachable_pub)]

pub mod case;

use std::{fs, time::Instant};

/// Measured this often; the fastest counts.
const REPEATS: usize = 3;

/// Shorter than this the system's clock of CPU time is too coarse, milliseconds.
const LEAST_MS: f64 = 200.0;

/// CPU time of all threads of this program, milliseconds; wall time where the system does not tell it. A library that keeps a thread of
/// its own works there, not on the one that asks.
fn cpu_ms(start: Instant) -> f64 {
    let told = || -> Option<f64> {
        let mut nanoseconds = 0.0;
        for task in fs::read_dir("/proc/self/task").ok()? {
            let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            nanoseconds += text.split_whitespace().next()?.parse::<f64>().ok()?;
        }
        Some(nanoseconds / 1e6)
    };
    told().unwrap_or_else(|| start.elapsed().as_secs_f64() * 1e3)
}

/// The least CPU time of one run among several series, milliseconds.
pub fn fastest_ms(mut work: impl FnMut()) -> f64 {
    let start = Instant::now();
    work();
    let once_ms = start.elapsed().as_secs_f64() * 1e3;
    let n = (LEAST_MS / once_ms.max(1e-3)).ceil().clamp(1.0, 1e5) as u32;
    let mut best = f64::MAX;
    for _ in 0..REPEATS {
        let before = cpu_ms(start);
        (0..n).for_each(|_| work());
        best = best.min((cpu_ms(start) - before) / f64::from(n));
    }
    best
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
