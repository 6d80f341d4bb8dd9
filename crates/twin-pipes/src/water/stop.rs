//! When the iteration of a solve may end.

use twin::water::CUBIC_FOOT_M3;

/// How much the flows changed in an iteration.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Change {
    sum: f64,
    of: f64,
    pub(super) greatest: f64,
}

impl Change {
    #[inline]
    pub(super) fn add(&mut self, flow: f64, change: f64) {
        self.of += flow.abs();
        self.sum += change.abs();
        if change.abs() > self.greatest {
            self.greatest = change.abs();
        }
    }

    /// Relative to all flows, unless these are next to nothing.
    pub(super) fn relative(&self, least: f64) -> f64 {
        if self.of / CUBIC_FOOT_M3 > least { self.sum / self.of } else { self.sum / CUBIC_FOOT_M3 }
    }
}

/// How many times the square of a relative change of flows the next one is at most: up to 220 times on the five largest reference
/// networks, 1 to 100 times where changes are small enough for it to matter.
const QUADRATIC: f64 = 100.0;

/// Whether the next change would be within the accuracy: near a solution every step of Newton's is as the square of the last.
pub(super) fn nearly(residual: f64, before: f64, accuracy: f64) -> bool {
    residual < 0.1 * before && foretold(residual) <= accuracy
}

/// What the next change is at most.
pub(super) fn foretold(residual: f64) -> f64 {
    residual.min(QUADRATIC * residual * residual)
}

/// Whether rounding is all that still moves the flows: links that hardly carry anything are so conductive that the last
/// digit of a head moves their flow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Floor {
    best: f64,
    since: u32,
}

impl Floor {
    /// Iterations without halving after which what moves is rounding.
    const PATIENCE: u32 = 8;
    /// Above this, more patience is due.
    const SMALL: f64 = 1e-6;

    pub(super) fn reached(&mut self, residual: f64, iteration: u32, acceptable: f64) -> bool {
        if iteration == 1 || residual < 0.5 * self.best || !self.best.is_finite() {
            (self.best, self.since) = (residual, iteration);
            return false;
        }
        let waited = iteration - self.since;
        (residual <= Self::SMALL && waited >= Self::PATIENCE)
            || (residual <= acceptable && waited >= 3 * Self::PATIENCE)
    }
}
