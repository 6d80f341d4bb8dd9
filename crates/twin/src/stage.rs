//! Stages: times in which the same closures hold, in the same phases.

use jiff::civil::Date;

use crate::day_type::DayCounts;

/// A time in which the same closures hold, in the same phases. It may come back: then it has several spans.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stage {
    /// First and last day of each span, in order; open where the scenario gives no date.
    pub spans: Vec<(Option<Date>, Option<Date>)>,
    /// The closures that hold, as positions in the scenario, each with its phase where it has phases.
    pub closures: Vec<(usize, Option<usize>)>,
}

impl Stage {
    /// Days of all spans together; nothing where one is open.
    #[must_use]
    pub fn days(&self) -> Option<u32> {
        self.spans.iter().try_fold(0_u32, |days, &(from, to)| {
            let days_of_span = (to? - from?).get_days() + 1;
            Some(days + u32::try_from(days_of_span).ok()?)
        })
    }

    /// Days of all spans together by kind; nothing where one is open.
    #[must_use]
    pub fn day_counts(&self) -> Option<DayCounts> {
        self.spans
            .iter()
            .try_fold(DayCounts::default(), |counts, &(from, to)| Some(counts.plus(DayCounts::between(from?, to?))))
    }

    /// Whether it holds on a day.
    #[must_use]
    pub fn holds_on(&self, day: Date) -> bool {
        self.spans.iter().any(|&(from, to)| from.is_none_or(|from| from <= day) && to.is_none_or(|to| day <= to))
    }
}

/// What a stage adds over its days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StageSums {
    /// Days by kind; nothing where the stage has no begin or no end.
    pub counts: Option<DayCounts>,
    /// For how much of a working day a day of each kind counts: working day, Saturday, Sunday or public holiday.
    pub day_parts: [f64; 3],
    /// What the computed hours are multiplied by for a working day; nothing where the whole day was computed.
    pub day_factor: Option<f64>,
    /// Added time on a working day, vehicle-hours.
    pub vehicle_hours_d: f64,
    /// Added distance on a working day, vehicle-kilometres.
    pub vehicle_km_d: f64,
    /// Added carbon dioxide on a working day, kilograms.
    pub co2_kg_d: f64,
}

impl StageSums {
    /// Days; nothing where the stage has no begin or no end.
    #[must_use]
    pub fn days(&self) -> Option<u32> {
        self.counts.map(DayCounts::days)
    }

    /// All days in working days; nothing where the stage has no begin or no end.
    #[must_use]
    pub fn working_days(&self) -> Option<f64> {
        Some(self.counts?.weighted(self.day_parts))
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_count_both_ends_and_open_spans_have_none() {
        let may = (Some(date(2026, 5, 4)), Some(date(2026, 5, 10)));
        let day = (Some(date(2026, 6, 1)), Some(date(2026, 6, 1)));
        let mut stage = Stage { spans: vec![may, day], closures: Vec::new() };
        assert_eq!(stage.days(), Some(8));
        assert!(stage.holds_on(date(2026, 5, 10)) && !stage.holds_on(date(2026, 5, 11)));
        stage.spans.push((Some(date(2026, 7, 1)), None));
        assert_eq!(stage.days(), None);
    }
}
