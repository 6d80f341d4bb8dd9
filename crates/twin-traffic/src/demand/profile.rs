//! Hours of the day: which part of a day's trips falls into each hour.

use twin::Assumptions;

use super::purpose::Purpose;

/// Parts of a day's trips by hour; they sum to 1.
pub type Profile = [f64; 24];

/// Departures spread normally about a mean hour, on the clock's circle.
#[must_use]
pub fn around(hour: f64, spread_h: f64) -> Profile {
    let mut profile = [0.0; 24];
    for minute in 0..24 * 60u32 {
        let time_h = (f64::from(minute) + 0.5) / 60.0;
        for turn in [-24.0, 0.0, 24.0] {
            let z = (time_h - hour + turn) / spread_h;
            profile[minute as usize / 60] += (-0.5 * z * z).exp();
        }
    }
    let total: f64 = profile.iter().sum();
    profile.map(|part| part / total)
}

/// Trips from home and back home of a purpose.
#[must_use]
pub fn of_purpose(purpose: Purpose, a: &Assumptions) -> (Profile, Profile) {
    let (out_h, out_spread_h, home_h, home_spread_h) = match purpose {
        Purpose::Work => (a.work_out_hour, a.work_out_spread_h, a.work_home_hour, a.work_home_spread_h),
        Purpose::Business => {
            (a.business_out_hour, a.business_out_spread_h, a.business_home_hour, a.business_home_spread_h)
        }
        Purpose::Education => {
            (a.education_out_hour, a.education_out_spread_h, a.education_home_hour, a.education_home_spread_h)
        }
        Purpose::Shopping => {
            (a.shopping_out_hour, a.shopping_out_spread_h, a.shopping_home_hour, a.shopping_home_spread_h)
        }
        Purpose::Errands => (a.errands_out_hour, a.errands_out_spread_h, a.errands_home_hour, a.errands_home_spread_h),
        Purpose::Leisure => (a.leisure_out_hour, a.leisure_out_spread_h, a.leisure_home_hour, a.leisure_home_spread_h),
        Purpose::Escort => (a.escort_out_hour, a.escort_out_spread_h, a.escort_home_hour, a.escort_home_spread_h),
    };
    (around(out_h, out_spread_h), around(home_h, home_spread_h))
}

/// Trips that neither begin nor end at home.
#[must_use]
pub fn between(a: &Assumptions) -> Profile {
    around(a.between_hour, a.between_spread_h)
}

/// Lorries.
#[must_use]
pub fn truck(a: &Assumptions) -> Profile {
    around(a.truck_hour, a.truck_spread_h)
}

/// Cars that pass through: commuters in the morning and evening, the rest all day.
#[must_use]
pub fn through(a: &Assumptions) -> Profile {
    let morning = around(a.work_out_hour, a.work_out_spread_h);
    let evening = around(a.work_home_hour, a.work_home_spread_h);
    let rest = around(a.between_hour, 1.5 * a.between_spread_h);
    std::array::from_fn(|hour| {
        a.through_morning_share * morning[hour]
            + a.through_evening_share * evening[hour]
            + (1.0 - a.through_morning_share - a.through_evening_share) * rest[hour]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_sum_to_one_and_peak_where_they_should() {
        let a = Assumptions::default();
        let mut all = vec![between(&a), truck(&a), through(&a), around(23.9, 1.0), around(0.0, 0.2)];
        for purpose in Purpose::ALL {
            let (out, home) = of_purpose(purpose, &a);
            all.extend([out, home]);
        }
        for profile in &all {
            assert!((profile.iter().sum::<f64>() - 1.0).abs() < 1e-12);
            assert!(profile.iter().all(|&part| part >= 0.0));
        }
        let (out, home) = of_purpose(Purpose::Work, &a);
        assert!(out[7] > 0.2 && out[16] < 0.001);
        assert!(home[16] > 0.15 && home[7] < 0.001);
        let midnight = around(0.0, 1.0);
        assert!((midnight[0] - midnight[23]).abs() < 1e-12, "the clock is a circle");
    }
}
