//! Emission of road traffic noise after RLS-19.
//!
//! # Model
//! A vehicle of a group at speed v has the sound power level `L_W(v) = A + 10·lg(1 + (v/B)^C)` plus corrections for the surface, the
//! gradient and a junction nearby. `M` vehicles an hour with the parts p of the groups give the length-related sound power level
//! of a street `L_W' = 10·lg M + 10·lg Σ p/100 · 10^(L_W/10)/v − 30`, dB(A) per metre.
//! What is near a junction with signals or a roundabout at x metres is louder by `K·max(1 − x/120; 0)`.
//!
//! # Assumptions
//! Vehicles drive as fast as permitted, 30 km/h at least, lorries as fast as they may: what RLS-19 wants, so that a change of the
//! level is one of volume, of its parts, of the permitted speed and of signals. Left out: motorcycles (counted as cars),
//! reflections between buildings, and the way of the sound to the façade. A change of the emission is that of the immission
//! where one street dominates.
//!
//! # Units
//! Vehicles per hour, km/h, percent, metres, dB(A).
//!
//! # References
//! Richtlinien für den Lärmschutz an Straßen (RLS-19), FGSV 2019, eq. 4 to 8, tables 2 to 5; § 3 of 16. BImSchV refers to it.

use twin::Assumptions;

/// Groups of vehicles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Passenger cars and vans up to 3.5 t.
    Car,
    /// Lorries without trailer, buses (Lkw1).
    LightLorry,
    /// Lorries with trailer, tractors (Lkw2).
    HeavyLorry,
}

impl Group {
    /// All of them, in the order of [`Flow::veh_h`].
    pub const ALL: [Self; 3] = [Self::Car, Self::LightLorry, Self::HeavyLorry];
}

/// What the road is paved with, as far as the noise goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Surface {
    /// Asphalt or concrete, or not known.
    #[default]
    Asphalt,
    /// Even paving stones.
    EvenPaving,
    /// Setts, cobblestones, other paving.
    Setts,
}

impl Surface {
    /// Of the value of OpenStreetMap's `surface`.
    #[must_use]
    pub fn of(surface: Option<&str>) -> Self {
        match surface.map(|surface| surface.split(':').next().unwrap_or_default()) {
            Some("paving_stones" | "bricks" | "concrete_plates") => Self::EvenPaving,
            Some("sett" | "cobblestone" | "unhewn_cobblestone" | "pebblestone") => Self::Setts,
            _ => Self::Asphalt,
        }
    }
}

/// Factors of the emission.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// A, B and C of each group.
    groups: [(f64, f64, f64); 3],
    speed_kmh: [(f64, f64); 3],
    asphalt_db: f64,
    even_paving_db: f64,
    setts_db: f64,
    lorry_heavy_share: f64,
    /// Correction at a junction with signals.
    pub signal_db: f64,
    /// Correction at a roundabout.
    pub roundabout_db: f64,
    /// Distance over which the correction of a junction falls to nothing.
    pub junction_reach_m: f64,
    /// Emission up to which a street counts as quiet.
    pub counted_from_db: f64,
}

/// Traffic in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Flow {
    /// Vehicles per hour by group.
    pub veh_h: [f64; 3],
    /// Permitted speed, km/h.
    pub speed_kmh: f64,
    /// Surface.
    pub surface: Surface,
    /// Gradient in the direction of driving, percent; upwards above zero.
    pub gradient_percent: f64,
}

impl Factors {
    /// As the table of assumptions says.
    #[must_use]
    pub const fn of(a: &Assumptions) -> Self {
        let lorries = (a.noise_speed_min_kmh, a.noise_lorry_speed_max_kmh);
        Self {
            groups: [
                (a.noise_car_a_db, a.noise_car_b_kmh, a.noise_car_c),
                (a.noise_light_lorry_a_db, a.noise_light_lorry_b_kmh, a.noise_light_lorry_c),
                (a.noise_heavy_lorry_a_db, a.noise_heavy_lorry_b_kmh, a.noise_heavy_lorry_c),
            ],
            speed_kmh: [(a.noise_speed_min_kmh, a.noise_car_speed_max_kmh), lorries, lorries],
            asphalt_db: a.noise_asphalt_db,
            even_paving_db: a.noise_even_paving_db,
            setts_db: a.noise_setts_db,
            lorry_heavy_share: a.lorry_heavy_share,
            signal_db: a.noise_signal_db,
            roundabout_db: a.noise_roundabout_db,
            junction_reach_m: a.noise_junction_reach_m,
            counted_from_db: a.noise_counted_from_db,
        }
    }

    /// Cars, light and heavy lorries of all vehicles and the lorries among them.
    #[must_use]
    pub fn groups_of(&self, all_veh_h: f64, lorries_veh_h: f64) -> [f64; 3] {
        let lorries = lorries_veh_h.clamp(0.0, all_veh_h.max(0.0));
        [all_veh_h.max(0.0) - lorries, lorries * (1.0 - self.lorry_heavy_share), lorries * self.lorry_heavy_share]
    }

    /// Speed of a group where this one is permitted.
    fn speed_of(&self, group: Group, permitted_kmh: f64) -> f64 {
        let (least, most) = self.speed_kmh[group as usize];
        permitted_kmh.min(most).max(least)
    }

    /// Sound power level of a vehicle at a speed, dB(A).
    #[must_use]
    pub fn vehicle_db(&self, group: Group, speed_kmh: f64) -> f64 {
        let (a, b, c) = self.groups[group as usize];
        a + 10.0 * (1.0 + (speed_kmh / b).powf(c)).log10()
    }

    /// Correction for the surface at a speed, dB.
    #[must_use]
    pub const fn surface_db(&self, surface: Surface, speed_kmh: f64) -> f64 {
        let faster_db = if speed_kmh <= 30.0 {
            0.0
        } else if speed_kmh <= 40.0 {
            1.0
        } else {
            2.0
        };
        match surface {
            Surface::Asphalt => self.asphalt_db,
            Surface::EvenPaving => self.even_paving_db + faster_db,
            Surface::Setts => self.setts_db + faster_db,
        }
    }

    /// Energy of a direction: 10^(L_W'/10).
    ///
    /// # Example
    /// 1000 cars an hour at 50 km/h: 88 + 10·lg(1 + 2.5^3.06) = 100.43 dB(A) each, 30 + 100.43 − 17.0 − 30 = 83.4 dB(A) per metre.
    /// ```
    /// use twin::Assumptions;
    /// use twin_traffic::environment::noise::{Factors, Flow, level_db};
    /// let factors = Factors::of(&Assumptions::default());
    /// let flow = Flow { veh_h: [1000.0, 0.0, 0.0], speed_kmh: 50.0, ..Flow::default() };
    /// assert!((level_db(factors.energy(&flow)).unwrap() - 83.44).abs() < 0.01);
    /// ```
    #[must_use]
    pub fn energy(&self, flow: &Flow) -> f64 {
        Group::ALL
            .into_iter()
            .zip(flow.veh_h)
            .filter(|(_, veh_h)| *veh_h > 0.0)
            .map(|(group, veh_h)| {
                let speed_kmh = self.speed_of(group, flow.speed_kmh);
                let level_db = self.vehicle_db(group, speed_kmh)
                    + self.surface_db(flow.surface, speed_kmh)
                    + gradient_db(group, flow.gradient_percent, speed_kmh);
                veh_h / speed_kmh * 10f64.powf(0.1 * level_db - 3.0)
            })
            .sum()
    }

    /// How much louder it is at a distance from a junction whose correction is `correction_db`.
    #[must_use]
    pub fn junction_db(&self, correction_db: f64, distance_m: f64) -> f64 {
        correction_db * (1.0 - distance_m / self.junction_reach_m).max(0.0)
    }
}

/// Correction for the gradient, dB; beyond ±12 % as at 12 %.
#[must_use]
pub fn gradient_db(group: Group, gradient_percent: f64, speed_kmh: f64) -> f64 {
    let g = if gradient_percent.is_finite() { gradient_percent.clamp(-12.0, 12.0) } else { 0.0 };
    match group {
        Group::Car if g < -6.0 => (-g - 6.0) / 6.0 * (90.0 - speed_kmh.min(70.0)) / 20.0,
        Group::Car if g > 2.0 => (g - 2.0) / 10.0 * (speed_kmh + 70.0) / 100.0,
        Group::LightLorry if g < -4.0 => (-g - 4.0) / 8.0 * (speed_kmh - 20.0) / 10.0,
        Group::LightLorry if g > 2.0 => (g - 2.0) / 10.0 * speed_kmh / 10.0,
        Group::HeavyLorry if g < -4.0 => (-g - 4.0) / 8.0 * (speed_kmh - 10.0) / 10.0,
        Group::HeavyLorry if g > 2.0 => (g - 2.0) / 10.0 * (speed_kmh + 10.0) / 10.0,
        _ => 0.0,
    }
}

/// Level of an energy, dB(A) per metre; nothing where nobody drives.
#[must_use]
pub fn level_db(energy: f64) -> Option<f64> {
    (energy > 0.0 && energy.is_finite()).then(|| 10.0 * energy.log10())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may end there")]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
    }

    fn factors() -> Factors {
        Factors::of(&Assumptions::default())
    }

    fn level(veh_h: [f64; 3], speed_kmh: f64) -> f64 {
        level_db(factors().energy(&Flow { veh_h, speed_kmh, ..Flow::default() })).unwrap()
    }

    /// By hand: (50/20)^3.06 = 16.508, 88 + 12.432; (50/40)^4.33 = 2.628, 100.3 + 5.597; 1 + 1, 105.4 + 3.010.
    #[test]
    fn one_vehicle_at_fifty() {
        let factors = factors();
        near(factors.vehicle_db(Group::Car, 50.0), 100.432, 0.001);
        near(factors.vehicle_db(Group::LightLorry, 50.0), 105.897, 0.001);
        near(factors.vehicle_db(Group::HeavyLorry, 50.0), 108.410, 0.001);
    }

    /// By hand, 500 veh/h with 3 % and 4 % at 50 km/h: 465 cars 10^10.0432, 15 at 10^10.5897, 20 at 10^10.8410, over 50 and 1000:
    /// (465 · 1.1046e10 + 15 · 3.8876e10 + 20 · 6.9343e10) / 5e4 = 1.4213e8 → 81.53 dB(A).
    #[test]
    fn a_street_of_a_town() {
        near(level([465.0, 15.0, 20.0], 50.0), 81.53, 0.01);
    }

    #[test]
    fn twice_the_traffic_is_three_decibels_and_thirty_is_quieter_than_fifty() {
        near(level([1000.0, 0.0, 0.0], 50.0) - level([500.0, 0.0, 0.0], 50.0), 3.0103, 1e-3);
        // 94.49 − 14.77 against 100.43 − 16.99.
        near(level([1000.0, 0.0, 0.0], 50.0) - level([1000.0, 0.0, 0.0], 30.0), 3.72, 0.02);
        // Slower than 30 km/h counts as 30, lorries faster than 80 as 80.
        assert_eq!(level([10.0, 0.0, 0.0], 7.0), level([10.0, 0.0, 0.0], 30.0));
        assert_eq!(level([0.0, 10.0, 0.0], 100.0), level([0.0, 10.0, 0.0], 80.0));
    }

    #[test]
    fn surfaces_gradients_and_junctions_add() {
        let factors = factors();
        assert_eq!([30.0, 40.0, 50.0, 100.0].map(|v| factors.surface_db(Surface::Setts, v)), [5.0, 6.0, 7.0, 7.0]);
        assert_eq!([30.0, 40.0, 50.0].map(|v| factors.surface_db(Surface::EvenPaving, v)), [1.0, 2.0, 3.0]);
        assert_eq!(factors.surface_db(Surface::of(Some("asphalt")), 50.0), 0.0);
        assert_eq!(Surface::of(Some("paving_stones:30")), Surface::EvenPaving);
        // 7 % upwards at 50 km/h: 0.5 · 1.2, 0.5 · 5, 0.5 · 6 dB; 8 % downwards: 2/6 · 40/20, 4/8 · 3, 4/8 · 4 dB.
        assert_eq!(Group::ALL.map(|group| gradient_db(group, 7.0, 50.0)), [0.6, 2.5, 3.0]);
        near(gradient_db(Group::Car, -8.0, 50.0), 2.0 / 3.0, 1e-12);
        assert_eq!([Group::LightLorry, Group::HeavyLorry].map(|group| gradient_db(group, -8.0, 50.0)), [1.5, 2.0]);
        assert_eq!(Group::ALL.map(|group| gradient_db(group, 0.0, 50.0)), [0.0; 3]);
        assert_eq!([0.0, 60.0, 120.0, 500.0].map(|x| factors.junction_db(3.0, x)), [3.0, 1.5, 0.0, 0.0]);
    }

    #[test]
    fn nobody_makes_no_noise() {
        assert_eq!(level_db(factors().energy(&Flow { speed_kmh: 50.0, ..Flow::default() })), None);
        near(factors().groups_of(100.0, 10.0).iter().sum::<f64>(), 100.0, 1e-12);
        assert_eq!(factors().groups_of(0.0, 5.0), [0.0; 3]);
    }
}
