//! Kinds of days: working days, Saturdays, Sundays and public holidays.
//!
//! Public holidays are those of all of Germany; holidays of single states and school holidays count as the days of the week that they are.

use jiff::{
    Span,
    civil::{Date, Weekday, date},
};

use crate::road::named_enum;

named_enum! {
    /// Kind of a day, as traffic tells them apart.
    DayType {
        /// Monday to Friday, no public holiday.
        Working = "working",
        /// Saturday, no public holiday.
        Saturday = "saturday",
        /// Sunday or public holiday.
        Sunday = "sunday",
    }
}

impl DayType {
    /// The kind of a day.
    ///
    /// # Example
    /// ```
    /// use twin::{day_type::DayType, jiff::civil::date};
    /// assert_eq!(DayType::of(date(2026, 5, 14)), DayType::Sunday); // Ascension Day, a Thursday
    /// assert_eq!(DayType::of(date(2026, 5, 15)), DayType::Working);
    /// ```
    #[must_use]
    pub fn of(day: Date) -> Self {
        match day.weekday() {
            _ if is_public_holiday(day) => Self::Sunday,
            Weekday::Sunday => Self::Sunday,
            Weekday::Saturday => Self::Saturday,
            _ => Self::Working,
        }
    }
}

/// Whether a day is a public holiday in all of Germany: New Year, Good Friday, Easter Monday, Labour Day, Ascension, Whit Monday, German Unity
/// (from 1990), the two days of Christmas. Easter and Whit Sunday are Sundays anyway.
#[must_use]
pub fn is_public_holiday(day: Date) -> bool {
    let fixed = match (day.month(), day.day()) {
        (1 | 5, 1) | (12, 25 | 26) => true,
        (10, 3) => day.year() >= 1990,
        _ => false,
    };
    let after_easter = (day - easter_sunday(day.year())).get_days();
    fixed || matches!(after_easter, -2 | 1 | 39 | 50)
}

/// Easter Sunday of a year of the Gregorian calendar.
///
/// # References
/// J. Meeus, Astronomical Algorithms, 2nd edition, 1998, chapter 8 (the rule of Butcher, 1876).
#[must_use]
pub fn easter_sunday(year: i16) -> Date {
    let y = i32::from(year);
    let (a, b, c) = (y.rem_euclid(19), y.div_euclid(100), y.rem_euclid(100));
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    date(year, 1, 1)
        .with()
        .month((n / 31) as i8)
        .day((n % 31 + 1) as i8)
        .build()
        .expect("because the rule gives a day of March or April")
}

/// How many days of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayCounts {
    /// Working days.
    pub working: u32,
    /// Saturdays.
    pub saturdays: u32,
    /// Sundays and public holidays.
    pub sundays: u32,
}

impl DayCounts {
    /// Those from the first to the last day, both included; none where the last is before the first.
    #[must_use]
    pub fn between(first: Date, last: Date) -> Self {
        let mut counts = Self::default();
        let mut day = first;
        while day <= last {
            counts.add(DayType::of(day));
            match day.checked_add(Span::new().days(1)) {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        counts
    }

    /// One more day of a kind.
    pub const fn add(&mut self, kind: DayType) {
        match kind {
            DayType::Working => self.working += 1,
            DayType::Saturday => self.saturdays += 1,
            DayType::Sunday => self.sundays += 1,
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            working: self.working + other.working,
            saturdays: self.saturdays + other.saturdays,
            sundays: self.sundays + other.sundays,
        }
    }

    /// Those that others do not have.
    #[must_use]
    pub const fn less(self, others: Self) -> Self {
        Self {
            working: self.working.saturating_sub(others.working),
            saturdays: self.saturdays.saturating_sub(others.saturdays),
            sundays: self.sundays.saturating_sub(others.sundays),
        }
    }

    /// All of them.
    #[must_use]
    pub const fn days(self) -> u32 {
        self.working + self.saturdays + self.sundays
    }

    /// All of them in working days, where a day of each kind (in the order of [`DayType::ALL`]) counts for a part of one.
    #[must_use]
    pub fn weighted(self, parts: [f64; 3]) -> f64 {
        f64::from(self.working) * parts[0] + f64::from(self.saturdays) * parts[1] + f64::from(self.sundays) * parts[2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn easter_is_where_the_tables_have_it() {
        // U.S. Naval Observatory, The Date of Easter.
        let known =
            [(1961, 4, 2), (2000, 4, 23), (2008, 3, 23), (2024, 3, 31), (2025, 4, 20), (2026, 4, 5), (2038, 4, 25)];
        for (year, month, day) in known {
            assert_eq!(easter_sunday(year), date(year, month, day));
        }
    }

    #[test]
    fn the_days_of_may_2026_are_counted_by_kind() {
        // Five Saturdays, five Sundays, 1 May (Friday), Ascension on the 14th, Whit Monday on the 25th.
        let may = DayCounts::between(date(2026, 5, 1), date(2026, 5, 31));
        assert_eq!(may, DayCounts { working: 18, saturdays: 5, sundays: 8 });
        assert_eq!((may.days(), may.weighted([1.0, 0.5, 0.25])), (31, 18.0 + 2.5 + 2.0));
        assert_eq!(DayCounts::between(date(2026, 5, 2), date(2026, 5, 1)), DayCounts::default());
    }

    #[test]
    fn nine_holidays_fall_on_a_year_unless_two_coincide() {
        // In 2008 Ascension fell on 1 May.
        for (year, n) in [(1990, 9), (2008, 8), (2026, 9), (2027, 9), (2100, 9)] {
            let days = std::iter::successors(Some(date(year, 1, 1)), |day| day.tomorrow().ok());
            let holidays = days.take_while(|day| day.year() == year).filter(|day| is_public_holiday(*day)).count();
            assert_eq!(holidays, n, "{year}");
        }
    }
}
