//! CPU time of repeated work, the same for Stadtwin and for the libraries beside it.

use std::{fs, time::Instant};

/// Measured this often; the fastest counts. Many short series rather than few long ones: what disturbs a machine comes in bursts.
pub const REPEATS: usize = 12;

/// Shorter than this the system's clock of CPU time is too coarse, milliseconds.
const LEAST_MS: f64 = 100.0;

/// CPU time of all threads of this program, milliseconds; wall time where the system does not tell it. Work may run on a thread of its
/// own, not on the one that asks.
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
