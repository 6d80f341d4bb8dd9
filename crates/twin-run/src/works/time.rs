//! Days as numbers, periods, and the periods of a plan in which the same works are open.

use twin::{
    day_type::{DayCounts, DayType},
    jiff::{
        Span,
        civil::{Date, Weekday, date},
    },
};

const EPOCH: Date = date(1970, 1, 1);

/// The number of a day.
pub(super) fn number(day: Date) -> i32 {
    (day - EPOCH).get_days()
}

/// The day of a number.
pub(super) fn day(number: i32) -> Date {
    EPOCH.saturating_add(Span::new().days(number))
}

/// Whether a day is a Monday.
pub(super) fn is_monday(number: i32) -> bool {
    day(number).weekday() == Weekday::Monday
}

/// Days from first to last, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Days {
    pub(super) first: i32,
    pub(super) last: i32,
}

impl Days {
    pub(super) fn of((from, to): (Date, Date)) -> Self {
        Self { first: number(from), last: number(to) }
    }
    /// How many.
    pub(super) const fn n(self) -> i32 {
        self.last - self.first + 1
    }
    /// Those that both have.
    pub(super) fn shared(self, other: Self) -> Option<Self> {
        let both = Self { first: self.first.max(other.first), last: self.last.min(other.last) };
        (both.first <= both.last).then_some(both)
    }
    /// How many both have.
    pub(super) fn n_shared(self, other: Self) -> i32 {
        (self.last.min(other.last) - self.first.max(other.first) + 1).max(0)
    }
    /// As many days from another one on.
    pub(super) const fn begun(self, first: i32) -> Self {
        Self { first, last: first + self.last - self.first }
    }
    pub(super) fn dates(self) -> (Date, Date) {
        (day(self.first), day(self.last))
    }
}

/// For how much of a working day each day of a calendar counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DayWeights {
    first: i32,
    /// Days of each kind before each one, from the first one on. As many days of each kind weigh the same to the last bit.
    before: Vec<DayCounts>,
    parts: [f64; 3],
}

impl DayWeights {
    /// Of some days, where a day of each kind (in the order of [`DayType::ALL`]) counts for a part of a working day.
    pub(super) fn new(days: Days, parts: [f64; 3]) -> Self {
        let mut counts = DayCounts::default();
        let mut before = vec![counts];
        for number in days.first..=days.last {
            counts.add(DayType::of(day(number)));
            before.push(counts);
        }
        Self { first: days.first, before, parts }
    }

    /// Some days together, in working days; days out of the calendar count as none.
    pub(super) fn of(&self, days: Days) -> f64 {
        let at = |number: i32| {
            let index = usize::try_from(number - self.first).unwrap_or(0).min(self.before.len().saturating_sub(1));
            self.before.get(index).copied().unwrap_or_default()
        };
        at(days.last + 1).less(at(days.first)).weighted(self.parts)
    }
}

/// A period in which the same works are open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Period {
    pub(super) days: Days,
    /// The works, by rising number.
    pub(super) open: Vec<usize>,
}

/// The periods of a plan, in order; those in which nothing is open are left out.
pub(super) fn periods(plan: &[Option<Days>]) -> Vec<Period> {
    let mut begins: Vec<i32> = plan.iter().flatten().flat_map(|days| [days.first, days.last + 1]).collect();
    begins.sort_unstable();
    begins.dedup();
    let mut periods: Vec<Period> = Vec::new();
    for pair in begins.windows(2) {
        let days = Days { first: pair[0], last: pair[1] - 1 };
        let open: Vec<usize> = (0..plan.len())
            .filter(|&work| plan[work].is_some_and(|open| open.first <= days.first && days.last <= open.last))
            .collect();
        match periods.last_mut() {
            Some(before) if before.open == open && before.days.last + 1 == days.first => before.days.last = days.last,
            _ if open.is_empty() => {}
            _ => periods.push(Period { days, open }),
        }
    }
    periods
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_numbered_and_back() {
        let first = date(2026, 5, 4);
        assert_eq!(day(number(first)), first);
        assert!(is_monday(number(first)) && !is_monday(number(first) + 1));
        assert_eq!(number(date(2027, 1, 1)) - number(date(2026, 1, 1)), 365);
    }

    #[test]
    fn days_count_by_their_kind() {
        // Friday 1 May 2026 is a holiday; a week from the Monday after has five working days.
        let may = Days::of((date(2026, 5, 1), date(2026, 5, 31)));
        let weights = DayWeights::new(may, [1.0, 0.5, 0.25]);
        let of = |from: i8, to: i8| weights.of(Days::of((date(2026, 5, from), date(2026, 5, to))));
        assert_eq!((of(1, 1), of(2, 2), of(4, 10), of(1, 31)), (0.25, 0.5, 5.75, 18.0 + 2.5 + 2.0));
        assert_eq!(weights.of(Days::of((date(2026, 4, 1), date(2026, 5, 1)))), 0.25);
        assert_eq!(weights.of(Days::of((date(2027, 1, 1), date(2027, 1, 9)))), 0.0);
    }

    #[test]
    fn a_plan_falls_into_periods_of_the_same_works() {
        let plan = [
            Some(Days { first: 10, last: 19 }),
            None,
            Some(Days { first: 15, last: 15 }),
            Some(Days { first: 30, last: 31 }),
        ];
        let told: Vec<(i32, i32, Vec<usize>)> =
            periods(&plan).into_iter().map(|period| (period.days.first, period.days.last, period.open)).collect();
        assert_eq!(told, [(10, 14, vec![0]), (15, 15, vec![0, 2]), (16, 19, vec![0]), (30, 31, vec![3])]);
    }
}
