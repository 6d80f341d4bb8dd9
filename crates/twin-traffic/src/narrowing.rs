//! Narrowed lanes: how much capacity a lane keeps when it becomes narrower.
//!
//! # Model
//! Adjustment of the saturation flow for lane width, `f = 1 + (W − 3.6) / 9` with the width W in metres from 2.4 to 4.8. A street
//! keeps the ratio of the factors after and before; its own capacity already stands for its own width.
//!
//! # References
//! Highway Capacity Manual 2000, Transportation Research Board, exhibit 16-7 (f_w, metric).

/// Narrowest lane in the formula, metres.
const NARROWEST_M: f64 = 2.4;
/// Widest lane in the formula, metres; beyond it two vehicles drive side by side.
const WIDEST_M: f64 = 4.8;

/// Part of the capacity that lanes of a width of `lane_m` keep where they were `before_m` wide; 1 at most.
///
/// # Example
/// From 3.25 m to 2.75 m: (1 − 0.85/9) / (1 − 0.35/9) = 0.942.
/// ```
/// let kept = twin_traffic::narrowing::capacity_kept(2.75, 3.25);
/// assert!((kept - 0.9422).abs() < 1e-4);
/// assert_eq!(twin_traffic::narrowing::capacity_kept(3.5, 3.25), 1.0);
/// ```
#[must_use]
pub fn capacity_kept(lane_m: f64, before_m: f64) -> f64 {
    (lane_width_factor(lane_m) / lane_width_factor(before_m)).min(1.0)
}

/// f_w: capacity by lane width, 1 at 3.6 m.
#[must_use]
pub fn lane_width_factor(lane_m: f64) -> f64 {
    let lane_m = if lane_m.is_finite() { lane_m.clamp(NARROWEST_M, WIDEST_M) } else { 3.6 };
    1.0 + (lane_m - 3.6) / 9.0
}
