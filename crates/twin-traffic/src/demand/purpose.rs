//! Purposes of trips and what the table of assumptions says about each.

use twin::Assumptions;

/// Why somebody travels (the purposes of the survey Mobilität in Deutschland).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To and from work.
    Work,
    /// In the course of work.
    Business,
    /// School, training, university.
    Education,
    /// Shops.
    Shopping,
    /// Doctor, office, bank.
    Errands,
    /// Everything else.
    Leisure,
    /// Taking somebody there.
    Escort,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Work, Self::Business, Self::Education, Self::Shopping, Self::Errands, Self::Leisure, Self::Escort];

    /// Name in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Work => "work",
            Self::Business => "business",
            Self::Education => "education",
            Self::Shopping => "shopping",
            Self::Errands => "errands",
            Self::Leisure => "leisure",
            Self::Escort => "escort",
        }
    }

    /// What the table says about it.
    #[must_use]
    pub fn habits(self, a: &Assumptions) -> Habits {
        let [share, car_share, occupancy, between_share, beta_per_min, leaving, entering] = match self {
            Self::Work => [
                a.share_work,
                a.car_share_work,
                a.car_occupancy_work,
                a.between_share_work,
                a.deterrence_work_per_min,
                a.leaving_work,
                0.0,
            ],
            Self::Business => [
                a.share_business,
                a.car_share_business,
                a.car_occupancy_business,
                a.between_share_business,
                a.deterrence_business_per_min,
                a.leaving_business,
                a.entering_business,
            ],
            Self::Education => [
                a.share_education,
                a.car_share_education,
                a.car_occupancy_education,
                a.between_share_education,
                a.deterrence_education_per_min,
                a.leaving_education,
                a.entering_education,
            ],
            Self::Shopping => [
                a.share_shopping,
                a.car_share_shopping,
                a.car_occupancy_shopping,
                a.between_share_shopping,
                a.deterrence_shopping_per_min,
                a.leaving_shopping,
                a.entering_shopping,
            ],
            Self::Errands => [
                a.share_errands,
                a.car_share_errands,
                a.car_occupancy_errands,
                a.between_share_errands,
                a.deterrence_errands_per_min,
                a.leaving_errands,
                a.entering_errands,
            ],
            Self::Leisure => [
                a.share_leisure,
                a.car_share_leisure,
                a.car_occupancy_leisure,
                a.between_share_leisure,
                a.deterrence_leisure_per_min,
                a.leaving_leisure,
                a.entering_leisure,
            ],
            Self::Escort => [
                a.share_escort,
                a.car_share_escort,
                a.car_occupancy_escort,
                a.between_share_escort,
                a.deterrence_escort_per_min,
                a.leaving_escort,
                a.entering_escort,
            ],
        };
        Habits { share, car_share, occupancy, between_share, beta_per_min, leaving, entering }
    }
}

/// How people travel for a purpose.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Habits {
    /// Part of all trips.
    pub share: f64,
    /// Part of these by car, in the nation.
    pub car_share: f64,
    /// Persons in a car.
    pub occupancy: f64,
    /// Part of these that neither begin nor end at home.
    pub between_share: f64,
    /// Decay of the willingness to travel, 1/min.
    pub beta_per_min: f64,
    /// Part of the car trips that leave the map, in a town of 25,000.
    pub leaving: f64,
    /// Trips of outsiders into town by trips out of it (work: by jobs instead).
    pub entering: f64,
}

/// Use of cars by the national mean, for the kind of town.
#[must_use]
pub fn car_factor(residents: f64, a: &Assumptions) -> f64 {
    let region_type = match a.region_type.round() {
        chosen if chosen >= 1.0 => chosen,
        _ if residents >= 500_000.0 => 1.0,
        _ if residents >= 100_000.0 => 2.0,
        _ if residents >= 20_000.0 => 3.0,
        _ => 4.0,
    };
    match region_type {
        1.0 => a.car_factor_metropolis,
        2.0 => a.car_factor_city,
        3.0 => a.car_factor_medium_town,
        _ => a.car_factor_small_town,
    }
}

/// Car trips of a resident on a working day for a purpose, both ways together.
#[must_use]
pub fn car_trips_per_resident(purpose: Purpose, residents: f64, a: &Assumptions) -> f64 {
    let habits = purpose.habits(a);
    a.trips_per_person * a.weekday_factor * habits.share * car_persons_per_trip(purpose, residents, a)
}

/// Cars by trips of persons of a purpose, all modes.
#[must_use]
pub fn car_persons_per_trip(purpose: Purpose, residents: f64, a: &Assumptions) -> f64 {
    let habits = purpose.habits(a);
    (habits.car_share * car_factor(residents, a)).min(1.0) / habits.occupancy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_that_of_the_survey() {
        let a = Assumptions::default();
        let habits: Vec<Habits> = Purpose::ALL.iter().map(|purpose| purpose.habits(&a)).collect();
        let all: f64 = habits.iter().map(|h| h.share).sum();
        assert!((all - 1.0).abs() < 1e-12, "purposes are all trips");
        let by_car: f64 = habits.iter().map(|h| h.share * h.car_share).sum();
        assert!((by_car - 0.57).abs() < 0.02, "57 % of trips by car, found {by_car}");
        let driven: f64 = habits.iter().map(|h| h.share * h.car_share / h.occupancy).sum();
        assert!((driven - 0.43).abs() < 0.02, "43 % of trips as driver, found {driven}");
    }

    #[test]
    fn the_kind_of_town_follows_its_residents_unless_chosen() {
        let mut a = Assumptions::default();
        assert_eq!(car_factor(5_000.0, &a), a.car_factor_small_town);
        assert_eq!(car_factor(25_000.0, &a), a.car_factor_medium_town);
        assert_eq!(car_factor(600_000.0, &a), a.car_factor_metropolis);
        assert!(a.set("region_type", 2.0));
        assert_eq!(car_factor(5_000.0, &a), a.car_factor_city);
    }
}
