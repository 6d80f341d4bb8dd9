//! The timeline of a scenario: on which days its closures hold, and in which hours, as spans that a window draws.

use twin::{
    Scenario,
    jiff::{
        ToSpan as _,
        civil::{Date, Time},
    },
    scenario::Closure,
};

/// Days shown before the first and after the last date that a scenario names.
const MARGIN_D: i32 = 3;
/// Most days that are shown.
const MOST_D: i32 = 3 * 366;

/// The days that a scenario names, and the closures on them.
#[derive(Clone, Debug, PartialEq)]
pub struct Timeline {
    /// The first day shown.
    pub first: Date,
    /// How many days are shown.
    pub n_days: i32,
    /// One per closure, in the order of the scenario.
    pub rows: Vec<Vec<DaySpan>>,
}

/// Days on which a closure holds, counted from the first one shown; the end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySpan {
    /// First day.
    pub from: i32,
    /// The day after the last one.
    pub to: i32,
    /// Whether it begins before what is shown, and ends after it.
    pub open: [bool; 2],
}

/// First and last day of a closure, or of each of its phases; nothing where they are open.
fn dates(scenario: &Scenario, closure: &Closure) -> Vec<[Option<Date>; 2]> {
    if closure.phases.is_empty() {
        return vec![[closure.from.or(scenario.from), closure.to.or(scenario.to)]];
    }
    closure.phases.iter().map(|phase| [Some(phase.from), Some(phase.to)]).collect()
}

fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days())
}

impl Timeline {
    /// The timeline of a scenario with all its measures; nothing where no closure has a date.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Option<Self> {
        let spans: Vec<Vec<[Option<Date>; 2]>> =
            scenario.closures.iter().map(|closure| dates(scenario, closure)).collect();
        let named = || spans.iter().flatten().flatten().flatten().copied().chain(scenario.date);
        // A day alone is looked at, not planned.
        spans.iter().flatten().flatten().flatten().next()?;
        let first = named().min()?.checked_sub(MARGIN_D.days()).ok()?;
        let n_days = (days_between(first, named().max()?) + 1 + MARGIN_D).min(MOST_D);
        let rows = spans
            .into_iter()
            .map(|spans| {
                let span = |[from, to]: [Option<Date>; 2]| DaySpan {
                    from: from.map_or(0, |day| days_between(first, day)).clamp(0, n_days),
                    to: to.map_or(n_days, |day| days_between(first, day) + 1).clamp(0, n_days),
                    open: [from.is_none(), to.is_none()],
                };
                spans.into_iter().map(span).filter(|span| span.from < span.to).collect()
            })
            .collect();
        Some(Self { first, n_days, rows })
    }

    /// The day at a share of the width.
    #[must_use]
    pub fn day_at(&self, share: f32) -> Date {
        let day = (share.clamp(0.0, 1.0) * self.n_days as f32).floor() as i32;
        self.first.checked_add(day.min(self.n_days - 1).days()).unwrap_or(self.first)
    }

    /// The share of the width at which a day begins; beyond 0 to 1 where it is not shown.
    #[must_use]
    pub fn share_of(&self, day: Date) -> f32 {
        days_between(self.first, day) as f32 / self.n_days as f32
    }

    /// Days under which a mark is written: every day, Mondays, or the first of each month, whichever are not more than `most`.
    #[must_use]
    pub fn marks(&self, most: usize) -> Vec<Date> {
        let days: Vec<Date> = (0..self.n_days).filter_map(|day| self.first.checked_add(day.days()).ok()).collect();
        let monday = |day: &Date| day.weekday() == twin::jiff::civil::Weekday::Monday;
        let mondays: Vec<Date> = days.iter().copied().filter(monday).collect();
        if days.len() <= most {
            return days;
        }
        if mondays.len() <= most {
            return mondays;
        }
        let firsts: Vec<Date> = days.into_iter().filter(|day| day.day() == 1).collect();
        let step = firsts.len().div_ceil(most.max(1)).max(1);
        firsts.into_iter().step_by(step).collect()
    }
}

/// The day after or before another within a timeline; without one, the first day on which something is closed.
#[must_use]
pub fn next_day(timeline: &Timeline, day: Option<Date>, back: bool) -> Date {
    let Some(day) = day else {
        let from = timeline.rows.iter().flatten().map(|span| span.from).min().unwrap_or(0);
        return timeline.first.checked_add(from.days()).unwrap_or(timeline.first);
    };
    let moved = if back { day.checked_sub(1.day()) } else { day.checked_add(1.day()) };
    let last = timeline.day_at(1.0);
    moved.unwrap_or(day).clamp(timeline.first, last)
}

/// When a closure holds within the day, in hours: one span, or two over midnight.
#[must_use]
pub fn hour_spans(closure: &Closure) -> Vec<[f32; 2]> {
    let hour = |time: Time| f32::from(time.hour()) + f32::from(time.minute()) / 60.0;
    match closure.hours {
        None => vec![[0.0, 24.0]],
        Some((from, to)) if hour(to) > hour(from) => vec![[hour(from), hour(to)]],
        Some((from, to)) => [[0.0, hour(to)], [hour(from), 24.0]].into_iter().filter(|[a, b]| a < b).collect(),
    }
}

#[cfg(test)]
mod tests {
    use twin::{
        Key,
        jiff::civil::{date, time},
        scenario::{ClosurePhase, RoadTarget},
    };

    use super::*;

    fn closing(from: Option<Date>, to: Option<Date>) -> Closure {
        Closure { from, to, ..Closure::on(RoadTarget::Key(Key::new("way/1"))) }
    }

    #[test]
    fn closures_are_spans_of_days_and_days_are_found_again_by_their_place() {
        let mut phased = closing(None, None);
        let phase = |from, to| ClosurePhase {
            from,
            to,
            length_m: None,
            from_m: None,
            to_m: None,
            kind: None,
            control: None,
            side: None,
        };
        phased.phases = vec![phase(date(2026, 5, 4), date(2026, 5, 5)), phase(date(2026, 5, 8), date(2026, 5, 8))];
        let closures = vec![closing(Some(date(2026, 5, 6)), None), phased];
        let scenario = Scenario { closures, ..Scenario::default() };
        let timeline = Timeline::of(&scenario).expect("there are dates");
        assert_eq!((timeline.first, timeline.n_days), (date(2026, 5, 1), 11));
        assert_eq!(timeline.rows[0], [DaySpan { from: 5, to: 11, open: [false, true] }]);
        assert_eq!(timeline.rows[1].iter().map(|span| (span.from, span.to)).collect::<Vec<_>>(), [(3, 5), (7, 8)]);
        for day in [date(2026, 5, 1), date(2026, 5, 6), date(2026, 5, 11)] {
            assert_eq!(timeline.day_at(timeline.share_of(day) + 0.01), day);
        }
        assert_eq!((timeline.day_at(-1.0), timeline.day_at(2.0)), (date(2026, 5, 1), date(2026, 5, 11)));
        assert_eq!(timeline.marks(31).len(), 11);
        assert_eq!(timeline.marks(5), [date(2026, 5, 4), date(2026, 5, 11)]);
        assert_eq!(next_day(&timeline, None, false), date(2026, 5, 4));
        assert_eq!(next_day(&timeline, Some(date(2026, 5, 11)), false), date(2026, 5, 11));
        assert_eq!(next_day(&timeline, Some(date(2026, 5, 5)), true), date(2026, 5, 4));
    }

    #[test]
    fn without_dates_there_is_no_timeline_of_days_and_a_long_one_is_marked_by_months() {
        let mut scenario = Scenario { closures: vec![closing(None, None)], ..Scenario::default() };
        assert_eq!(Timeline::of(&scenario), None);
        scenario.from = Some(date(2026, 1, 15));
        scenario.to = Some(date(2026, 12, 15));
        let marks = Timeline::of(&scenario).expect("there are dates").marks(14);
        assert_eq!((marks.len(), marks[0]), (11, date(2026, 2, 1)));
    }

    #[test]
    fn hours_over_midnight_are_two_spans() {
        let at = |from, to| Closure { hours: Some((time(from, 0, 0, 0), time(to, 30, 0, 0))), ..closing(None, None) };
        assert_eq!(hour_spans(&closing(None, None)), [[0.0, 24.0]]);
        assert_eq!(hour_spans(&at(9, 15)), [[9.0, 15.5]]);
        assert_eq!(hour_spans(&at(20, 5)), [[0.0, 5.5], [20.0, 24.0]]);
    }
}
