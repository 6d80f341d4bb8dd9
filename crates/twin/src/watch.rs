//! Watching a long computation: progress out, cancellation in.

/// Somebody who watches a computation. Called from any thread.
pub trait Watch: Sync {
    /// The computation has reached `done` of `total` steps of `stage` (an English identifier such as `equilibrium`;
    /// windows translate it). `total` is 0 where it is not known.
    fn progress(&self, stage: &'static str, done: u64, total: u64) {
        let _ = (stage, done, total);
    }

    /// A figure on the way, such as the relative gap of an iteration.
    fn figure(&self, name: &'static str, value: f64) {
        let _ = (name, value);
    }

    /// Whether the computation should stop as soon as it can.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// Nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Watch for Silent {}
