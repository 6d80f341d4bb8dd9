//! Hours of the day: which part of a day's trips falls into each hour.

use twin::{Assumptions, day_type::DayType};

use super::purpose::{Purpose, car_trips_per_resident};

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

/// Vehicles by hour on a day of a kind, in parts of those of a working day: 1 altogether on a working day. A working day has the hours of the
/// residents' car trips of all purposes; the other kinds are spread about one mean hour.
#[must_use]
pub fn of_day(kind: DayType, a: &Assumptions) -> Profile {
    match kind {
        DayType::Working => of_working_day(a),
        DayType::Saturday => around(a.saturday_hour, a.saturday_spread_h).map(|part| part * a.saturday_factor),
        DayType::Sunday => around(a.sunday_hour, a.sunday_spread_h).map(|part| part * a.sunday_factor),
    }
}

fn of_working_day(a: &Assumptions) -> Profile {
    let mut profile = [0.0; 24];
    let mut all = 0.0;
    for purpose in Purpose::ALL {
        let trips = car_trips_per_resident(purpose, a.day_residents, a);
        let elsewhere = trips * purpose.habits(a).between_share;
        let ((out, home), between) = (of_purpose(purpose, a), between(a));
        for (hour, part) in profile.iter_mut().enumerate() {
            *part += 0.5 * (trips - elsewhere) * (out[hour] + home[hour]) + elsewhere * between[hour];
        }
        all += trips;
    }
    // Assumptions may leave no trips by car; a day has its hours all the same.
    if all > 0.0 { profile.map(|part| part / all) } else { between(a) }
}

/// What the sum over computed hours of a working day is multiplied by for a day of each kind (in the order of [`DayType::ALL`]): the vehicles in
/// all hours in which something holds by those in the computed ones among them. 0 where it holds in none of these.
///
/// # Assumptions
/// What happens in an hour is in proportion to its vehicles. That overstates hours with less traffic than the computed ones, in which
/// nobody waits long, and understates busier ones.
#[must_use]
pub fn day_factors(a: &Assumptions, computed: &[u8], holds: impl Fn(u8) -> bool) -> [f64; 3] {
    let working = of_day(DayType::Working, a);
    let known: f64 =
        (0..24).filter(|&hour| computed.contains(&hour) && holds(hour)).map(|hour| working[hour as usize]).sum();
    [DayType::Working, DayType::Saturday, DayType::Sunday].map(|kind| {
        let profile = of_day(kind, a);
        let all: f64 = (0..24).filter(|&hour| holds(hour)).map(|hour| profile[hour as usize]).sum();
        if known > 0.0 { all / known } else { 0.0 }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_counts_for_little_and_a_sunday_for_less_than_a_working_day() {
        let a = Assumptions::default();
        let working = of_day(DayType::Working, &a);
        assert!((working.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        let peak = working.iter().copied().fold(0.0, f64::max);
        assert!((0.08..=0.12).contains(&peak), "the peak hour carries 8 to 12 % of a working day: {peak}");
        let all_day = day_factors(&a, &[16], |_| true);
        assert!((all_day[0] - 1.0 / working[16]).abs() < 1e-12 && (8.0..13.0).contains(&all_day[0]), "{all_day:?}");
        assert!((all_day[1] / all_day[0] - 0.8).abs() < 1e-12 && (all_day[2] / all_day[0] - 0.6).abs() < 1e-12);
        // From eight in the evening to five: less than a fifth of the day, and all computed hours but those of the night play no part.
        let night = |hour: u8| !(5..20).contains(&hour);
        let at_night = day_factors(&a, &[16, 22], night);
        let part: f64 = (0..24u8).filter(|&hour| night(hour)).map(|hour| working[hour as usize]).sum();
        assert!(part < 0.2 && (at_night[0] - part / working[22]).abs() < 1e-12, "{at_night:?}");
        assert_eq!(day_factors(&a, &[16], night), [0.0; 3]);
        assert_eq!(day_factors(&a, &[7, 16], |hour| hour == 16)[0], 1.0);
    }

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
