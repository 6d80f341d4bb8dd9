//! The site: where the town lies, how plan coordinates become positions on earth, and how high the ground is.
//!
//! The town is drawn in *plan* coordinates: `x` along the river (downstream positive), `y` across it, both metres, with
//! straight lines. A smooth one-to-one bending carries the plan onto the earth: the river meanders, streets curve, and
//! nothing that does not cross in the plan can cross on earth (each step of the bending moves neighboring points by less
//! than their distance).
//!
//! # Lengths
//! Lengths on the ellipsoid are lengths on the grid divided by the scale factor of the UTM projection,
//! k ≈ k₀·(1 + ΔE²/(2·k₀²·R²)) with k₀ = 0.9996, ΔE the distance from the central meridian (easting 500 km) and R the mean
//! radius of the GRS80 ellipsoid at 51° N; the next term is below 1e-9 within 200 km of the meridian
//! (Snyder 1987, Map Projections – A Working Manual, USGS PP 1395, eq. 8-11).

use std::f64::consts::TAU;

use geo_types::{Coord, LineString, coord};

use crate::dice::Dice;

/// Scale of UTM on the central meridian.
const K0: f64 = 0.9996;
/// √(M·N) of GRS80 at 51° N, metres.
const MEAN_RADIUS_M: f64 = 6_382_000.0;

/// One wave of the bending.
#[derive(Clone, Debug)]
struct Wave {
    shift: Coord<f64>,
    wave_number: Coord<f64>,
    phase: f64,
}

/// A place on earth with its river and its hills.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    origin: Coord<f64>,
    turn: (f64, f64),
    waves: Vec<Wave>,
    meander: Vec<(f64, f64, f64)>,
    meander_reach_m: f64,
    valley_m: f64,
    hills: Vec<Wave>,
    /// Half the width of the river, metres.
    pub(crate) river_half_m: f64,
    base_m: f64,
}

impl Site {
    /// A site for a town of this radius.
    pub(crate) fn new(seed: u64, radius_m: f64, river_half_m: f64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let angle = dice.range(-0.3, 0.3);
        let mut waves = Vec::new();
        for (wavelength_m, amplitude_m, n) in [(1900.0, 26.0, 4), (560.0, 4.6, 4), (190.0, 0.8, 3)] {
            for _ in 0..n {
                waves.push(wave(&mut dice, wavelength_m, amplitude_m));
            }
        }
        let long_m = (radius_m * 1.7).clamp(900.0, 5200.0);
        let meander = vec![
            (long_m * 0.085, long_m, dice.range(-0.5, 0.5)),
            (long_m * 0.028, long_m * 0.43, dice.range(0.0, TAU)),
        ];
        let meander_reach_m = long_m * 0.34 + 60.0;
        let hills = (0..7).map(|i| wave(&mut dice, 900.0 + 260.0 * f64::from(i), 1.0)).collect();
        Self {
            origin: coord! { x: 561_000.0, y: 5_642_000.0 },
            turn: (angle.cos(), angle.sin()),
            waves,
            meander,
            meander_reach_m,
            valley_m: (radius_m * 1.9).max(1500.0),
            hills,
            river_half_m,
            base_m: dice.range(215.0, 330.0),
        }
    }

    fn meander_m(&self, x: f64) -> f64 {
        self.meander
            .iter()
            .map(|&(amplitude, wavelength, phase)| amplitude * (TAU * x / wavelength + phase).sin())
            .sum()
    }

    /// The position on earth of a plan point.
    pub(crate) fn position(&self, plan: Coord<f64>) -> Coord<f64> {
        let fade = (-(plan.y / self.meander_reach_m).powi(2)).exp();
        let bent = coord! { x: plan.x, y: plan.y + self.meander_m(plan.x) * fade };
        let shift = displacement(&self.waves, bent);
        let p = coord! { x: bent.x + shift.x, y: bent.y + shift.y };
        let (cos, sin) = self.turn;
        coord! { x: self.origin.x + p.x * cos - p.y * sin, y: self.origin.y + p.x * sin + p.y * cos }
    }

    /// The plan point of a position on earth (fixed-point iteration; the bending is a contraction).
    pub(crate) fn plan(&self, position: Coord<f64>) -> Coord<f64> {
        let (cos, sin) = self.turn;
        let d = coord! { x: position.x - self.origin.x, y: position.y - self.origin.y };
        let p = coord! { x: d.x * cos + d.y * sin, y: d.y * cos - d.x * sin };
        let mut bent = p;
        for _ in 0..12 {
            let shift = displacement(&self.waves, bent);
            bent = coord! { x: p.x - shift.x, y: p.y - shift.y };
        }
        let meander_m = self.meander_m(bent.x);
        let mut y = bent.y;
        for _ in 0..12 {
            y = bent.y - meander_m * (-(y / self.meander_reach_m).powi(2)).exp();
        }
        coord! { x: bent.x, y: y }
    }

    /// Height of the ground at a plan point, metres.
    pub(crate) fn height_m(&self, plan: Coord<f64>) -> f64 {
        let from_bank_m = plan.y.abs() - self.river_half_m;
        let valley_floor_m = self.base_m - 0.0009 * plan.x;
        let bed_m = -3.2 * smooth_step((8.0 - from_bank_m) / 14.0);
        let away_m = (from_bank_m - 30.0).max(0.0);
        let slope = smooth_step(away_m / self.valley_m);
        let hill = displacement(&self.hills, plan).x;
        let rolling_m =
            hill * 3.2 * smooth_step(away_m / 700.0) + 9.0 * hill * smooth_step(away_m / (2.0 * self.valley_m));
        valley_floor_m + bed_m + 0.006 * away_m.min(600.0) + 85.0 * slope + rolling_m
    }

    /// Points on earth along a straight line of the plan, about every `step_m`.
    pub(crate) fn course(&self, from: Coord<f64>, to: Coord<f64>, step_m: f64) -> Vec<Coord<f64>> {
        let length_m = distance_m(from, to);
        let n = (length_m / step_m).ceil().max(1.0) as usize;
        (0..=n).map(|i| self.position(lerp(from, to, i as f64 / n as f64))).collect()
    }
}

/// Length on the ellipsoid of a line in EPSG:25832, metres.
pub(crate) fn ellipsoid_length_m(line: &LineString<f64>) -> f64 {
    line.0.windows(2).map(|pair| distance_m(pair[0], pair[1]) / scale(lerp(pair[0], pair[1], 0.5).x)).sum()
}

fn scale(easting_m: f64) -> f64 {
    let relative = (easting_m - 500_000.0) / (K0 * MEAN_RADIUS_M);
    K0 * (1.0 + 0.5 * relative * relative)
}

fn wave(dice: &mut Dice, wavelength_m: f64, amplitude_m: f64) -> Wave {
    let (toward, along) = (dice.range(0.0, TAU), dice.range(0.0, TAU));
    let number = TAU / (wavelength_m * dice.range(0.85, 1.25));
    Wave {
        shift: coord! { x: along.cos() * amplitude_m, y: along.sin() * amplitude_m },
        wave_number: coord! { x: toward.cos() * number, y: toward.sin() * number },
        phase: dice.range(0.0, TAU),
    }
}

fn displacement(waves: &[Wave], at: Coord<f64>) -> Coord<f64> {
    waves.iter().fold(coord! { x: 0.0, y: 0.0 }, |sum, wave| {
        let s = (wave.wave_number.x * at.x + wave.wave_number.y * at.y + wave.phase).sin();
        coord! { x: sum.x + wave.shift.x * s, y: sum.y + wave.shift.y * s }
    })
}

/// 0 below 0, 1 above 1, smooth between.
pub(crate) fn smooth_step(x: f64) -> f64 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}

/// The point a share of the way from `a` to `b`.
pub(crate) fn lerp(a: Coord<f64>, b: Coord<f64>, share: f64) -> Coord<f64> {
    coord! { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share }
}

/// Distance on the grid, metres.
pub(crate) fn distance_m(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bending_is_one_to_one() {
        let site = Site::new(7, 900.0, 12.0);
        for i in 0..400 {
            let plan = coord! { x: f64::from(i % 20) * 97.0 - 970.0, y: f64::from(i / 20) * 83.0 - 830.0 };
            let back = site.plan(site.position(plan));
            assert!(distance_m(plan, back) < 0.05, "{plan:?} came back as {back:?}");
        }
    }

    #[test]
    fn scale_agrees_with_published_values() {
        // Central meridian 0.9996; at 180 km from it the projection is true to scale (Snyder 1987, p. 58).
        assert!((scale(500_000.0) - 0.9996).abs() < 1e-12);
        assert!((scale(500_000.0 + 180_400.0) - 1.0).abs() < 2e-6);
    }
}
