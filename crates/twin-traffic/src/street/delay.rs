//! Volume-delay functions: what volume adds to the time on an arc, its slope and its integral.
//!
//! # References
//! BPR: Bureau of Public Roads, Traffic Assignment Manual, 1964. Conical: H. Spiess, Conical volume-delay functions,
//! Transportation Science 24(2), 1990, doi:10.1287/trsc.24.2.153. Time-dependent: R. Akçelik, Travel time functions for
//! transport planning purposes, Australian Road Research 21(3), 1991.

use twin::road::VolumeDelay;

/// Greatest delay that is computed, so that a million vehicles on a path still gives numbers.
const DELAY_MAX: f64 = 1e30;

/// Delay added by volume `volume_pce_h` on an arc, in the unit of `time_s`, and its slope.
///
/// `time_s` is the time that BPR and conical functions multiply; it is the unit as well (Akçelik: seconds).
#[must_use]
pub fn delay_and_slope(delay: VolumeDelay, time_s: f64, capacity_pce_h: f64, volume_pce_h: f64) -> (f64, f64) {
    let volume_pce_h = volume_pce_h.max(0.0);
    match delay {
        VolumeDelay::Bpr { alpha, beta } => {
            let factor = time_s * alpha;
            if factor == 0.0 {
                return (0.0, 0.0);
            }
            if beta == 0.0 {
                return (factor, 0.0);
            }
            let x = volume_pce_h / capacity_pce_h;
            let below = power(if beta < 1.0 { x.max(1e-9) } else { x }, beta - 1.0);
            ((factor * below * x).min(DELAY_MAX), (factor * beta * below / capacity_pce_h).min(DELAY_MAX))
        }
        VolumeDelay::Conical { alpha } => {
            let b = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0);
            let x = volume_pce_h / capacity_pce_h;
            let left = alpha * (1.0 - x);
            let root = left.hypot(b);
            (time_s * (1.0 + root - left - b), time_s * alpha / capacity_pce_h * (1.0 - left / root))
        }
        VolumeDelay::Akcelik { j, period_h } => {
            let x = volume_pce_h / capacity_pce_h;
            let k = 8.0 * j / (capacity_pce_h * period_h);
            let root = ((x - 1.0) * (x - 1.0) + k * x).sqrt();
            let scale = 900.0 * period_h;
            let slope = if root > 0.0 { 1.0 + (x - 1.0 + 0.5 * k) / root } else { 1.0 };
            (scale * (x - 1.0 + root).max(0.0), scale * slope / capacity_pce_h)
        }
    }
}

/// Integral of the delay from volume 0 to `volume_pce_h`: the part of the arc in Beckmann's objective.
#[must_use]
pub fn delay_integral(delay: VolumeDelay, time_s: f64, capacity_pce_h: f64, volume_pce_h: f64) -> f64 {
    let volume_pce_h = volume_pce_h.max(0.0);
    let x = volume_pce_h / capacity_pce_h;
    match delay {
        VolumeDelay::Bpr { alpha, beta } => {
            if time_s * alpha == 0.0 {
                return 0.0;
            }
            (time_s * alpha * volume_pce_h * power(x, beta) / (beta + 1.0)).min(DELAY_MAX)
        }
        VolumeDelay::Conical { alpha } => {
            let b = (2.0 * alpha - 1.0) / (2.0 * alpha - 2.0);
            let of_root = |y: f64| 0.5 * (y * y.hypot(b) + b * b * (y / b).asinh());
            let (low, high) = (alpha * (1.0 - x), alpha);
            let linear = 0.5 * (high * high - low * low);
            time_s * capacity_pce_h * ((1.0 - b) * x + (of_root(high) - of_root(low) - linear) / alpha)
        }
        VolumeDelay::Akcelik { j, period_h } => {
            let k = 8.0 * j / (capacity_pce_h * period_h);
            let m = 1.0 - 0.5 * k;
            let c2 = 1.0 - m * m;
            let primitive = |x: f64| {
                let y = x - m;
                let root = (y * y + c2).max(0.0).sqrt();
                let curved = if c2 > 0.0 { c2 * (y / c2.sqrt()).asinh() } else { 0.0 };
                0.5 * x * x - x + 0.5 * (y * root + curved)
            };
            900.0 * period_h * capacity_pce_h * (primitive(x) - primitive(0.0)).max(0.0)
        }
    }
}

/// x to the power y; small whole exponents by multiplication.
fn power(x: f64, y: f64) -> f64 {
    if y == 3.0 {
        x * x * x
    } else if y == 4.0 {
        let square = x * x;
        square * square
    } else if y == 0.0 {
        1.0
    } else {
        x.powf(y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [VolumeDelay; 6] = [
        VolumeDelay::Bpr { alpha: 0.15, beta: 4.0 },
        VolumeDelay::Bpr { alpha: 0.8, beta: 1.0 },
        VolumeDelay::Bpr { alpha: 1.0, beta: 5.5 },
        VolumeDelay::Conical { alpha: 4.0 },
        VolumeDelay::Akcelik { j: 0.4, period_h: 1.0 },
        VolumeDelay::Akcelik { j: 2.0, period_h: 0.25 },
    ];

    #[test]
    fn empty_streets_have_no_delay_and_full_ones_the_published_one() {
        for kind in KINDS {
            assert!(delay_and_slope(kind, 60.0, 1000.0, 0.0).0.abs() < 1e-9, "{kind:?}");
        }
        assert!((delay_and_slope(KINDS[0], 60.0, 1000.0, 1000.0).0 - 9.0).abs() < 1e-12);
        assert!((delay_and_slope(KINDS[3], 60.0, 1000.0, 1000.0).0 - 60.0).abs() < 1e-9, "a cone doubles at capacity");
        let by_hand = 900.0 * (8.0f64 * 0.4 / 1000.0).sqrt();
        assert!((delay_and_slope(KINDS[4], 60.0, 1000.0, 1000.0).0 - by_hand).abs() < 1e-9);
    }

    #[test]
    fn slope_is_the_derivative_and_delay_that_of_the_integral() {
        for kind in KINDS {
            for volume in [10.0, 300.0, 950.0, 1000.0, 1500.0, 4000.0] {
                let h = 1e-3;
                let at = |v: f64| delay_and_slope(kind, 60.0, 1000.0, v).0;
                let slope = (at(volume + h) - at(volume - h)) / (2.0 * h);
                let (delay, exact) = delay_and_slope(kind, 60.0, 1000.0, volume);
                assert!((slope - exact).abs() <= 1e-5 * exact.max(1e-3), "{kind:?} at {volume}: {slope} {exact}");
                let area = |v: f64| delay_integral(kind, 60.0, 1000.0, v);
                let rise = (area(volume + h) - area(volume - h)) / (2.0 * h);
                assert!((rise - delay).abs() <= 1e-4 * delay.max(1.0), "{kind:?} at {volume}: {rise} {delay}");
                assert!(area(0.0).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn a_million_vehicles_on_one_path_stay_finite() {
        for kind in KINDS.into_iter().chain([VolumeDelay::Bpr { alpha: 1.0, beta: 100.0 }]) {
            let (delay, slope) = delay_and_slope(kind, 60.0, 1.0, 1e6);
            assert!(delay.is_finite() && slope.is_finite() && delay_integral(kind, 60.0, 1.0, 1e6).is_finite());
        }
    }
}
