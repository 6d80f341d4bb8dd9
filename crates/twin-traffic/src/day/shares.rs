//! How the demand of the hours falls into slices.

use twin::outcome::day::N_SLICES;

use crate::{street::N_CLASSES, trips::Trips};

/// Demand of each slice as a factor on that of its hour, by class and origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Shares {
    n_zones: usize,
    /// By class, origin and slice.
    factor: Vec<f64>,
    /// Vehicles in the day.
    pub(super) total_veh: f64,
}

impl Shares {
    /// From the trips of the 24 hours: within each hour demand changes linearly with the slope of its neighbours, limited so that
    /// it does not overshoot them; the mean of an hour's four factors is 1.
    #[must_use]
    pub fn new(trips: &[Trips; 24]) -> Self {
        let n_zones = trips.iter().map(|trips| trips.n_zones).max().unwrap_or(0);
        let mut total = vec![[0.0; 24]; N_CLASSES * n_zones];
        for (hour, trips) in trips.iter().enumerate() {
            for row in &trips.rows {
                total[row.class * n_zones + row.origin as usize][hour] +=
                    trips.trips_veh_h[row.pairs()].iter().sum::<f64>();
            }
        }
        let factor = total.iter().flat_map(slices).collect();
        Self { n_zones, factor, total_veh: total.iter().flatten().sum() }
    }

    /// The factor of a slice on the demand of its hour.
    pub(super) fn at(&self, class: usize, origin: usize, slice: usize) -> f64 {
        self.factor[(class * self.n_zones + origin) * N_SLICES + slice]
    }
}

/// Factors of the 96 slices of a day with these hours.
fn slices(hours: &[f64; 24]) -> [f64; N_SLICES] {
    std::array::from_fn(|slice| {
        let hour = slice / 4;
        let here = hours[hour];
        if here <= 0.0 {
            return 1.0;
        }
        let (rise, next) = (here - hours[(hour + 23) % 24], hours[(hour + 1) % 24] - here);
        let slope = if rise * next > 0.0 { 2.0 * rise * next / (rise + next) } else { 0.0 };
        1.0 + slope / here * ((slice % 4) as f64 - 1.5) / 4.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_keep_the_sums_of_the_hours() {
        let hours: [f64; 24] = std::array::from_fn(|hour| match hour {
            0..5 => 3.0,
            5 => 40.0,
            6 => 300.0,
            7 => 900.0,
            8 => 500.0,
            9..15 => 400.0 - 20.0 * hour as f64,
            15..19 => 700.0,
            19 => 0.0,
            _ => 10.0,
        });
        let factors = slices(&hours);
        for hour in 0..24 {
            let of_hour = &factors[4 * hour..4 * hour + 4];
            assert!((of_hour.iter().sum::<f64>() - 4.0).abs() < 1e-12, "{hour}: {of_hour:?}");
            assert!(of_hour.iter().all(|&factor| factor > 0.0), "{hour}: {of_hour:?}");
        }
        assert_eq!(factors[28..32], [1.0; 4], "nothing overshoots a peak");
        assert!(factors[24] < factors[27], "the morning rises");
    }
}
