//! Moments of a feed as days and hours of the town.
//!
//! A closure has a first day, a last day and hours of the day; a feed has moments with an offset from universal time.
//! They are read on the town's own clock: Central European time for twins in UTM zones 31 to 34 and in Gauß-Krüger
//! coordinates, Eastern European time in zone 35, British and Portuguese time in zones 29 and 30 (summer time after
//! directive 2000/84/EC). Elsewhere the offset stands as the feed writes it.
//!
//! A closure of less than a day keeps its hours; a longer one counts from its first to its last day, whole.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    fmt::temporal::Pieces,
    tz::{Offset, TimeZone},
};
use twin::Crs;

/// The clock of a town.
#[derive(Clone, Debug)]
pub(super) struct Clock(Option<TimeZone>);

impl Clock {
    pub(super) fn of(crs: &Crs) -> Self {
        let rule = match crs.epsg {
            25829 | 25830 => "GMT0BST,M3.5.0/1,M10.5.0",
            25831..=25834 | 31466..=31469 | 5676..=5679 | 2056 | 31254..=31259 | 31287 => "CET-1CEST,M3.5.0,M10.5.0/3",
            25835 | 3067 => "EET-2EEST,M3.5.0/3,M10.5.0/4",
            _ => return Self(None),
        };
        Self(TimeZone::posix(rule).ok())
    }

    /// Whether moments keep the offset with which they are written.
    pub(super) const fn is_as_written(&self) -> bool {
        self.0.is_none()
    }

    /// The town's day and time of a moment.
    fn local(&self, written: DateTime, offset: Option<Offset>) -> DateTime {
        match (&self.0, offset.and_then(|offset| offset.to_timestamp(written).ok())) {
            (Some(zone), Some(moment)) => zone.to_datetime(moment),
            _ => written,
        }
    }

    /// A local day and time with its offset, as RFC 3339 has it; universal time where the town's clock is not known.
    pub(super) fn written(&self, local: DateTime) -> String {
        let zone = self.0.clone().unwrap_or(TimeZone::UTC);
        let offset =
            zone.to_ambiguous_timestamp(local).compatible().map_or(Offset::UTC, |moment| zone.to_offset(moment));
        let seconds = offset.seconds();
        let sign = if seconds < 0 { '-' } else { '+' };
        let minutes = seconds.abs() / 60;
        let shown = local.strftime("%Y-%m-%dT%H:%M:%S");
        if seconds == 0 { format!("{shown}Z") } else { format!("{shown}{sign}{:02}:{:02}", minutes / 60, minutes % 60) }
    }
}

/// A moment as it was read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Moment {
    /// On the town's clock.
    pub(super) local: DateTime,
    /// Whether the text gave no offset.
    pub(super) without_zone: bool,
    /// Whether the text gave a day only.
    pub(super) day_only: bool,
}

/// Reads `2026-07-24T08:06:04.879+02:00`, with or without time and offset.
pub(super) fn moment(text: &str, clock: &Clock) -> Option<Moment> {
    let text = text.trim();
    let pieces = Pieces::parse(text).ok()?;
    let offset = pieces.to_numeric_offset();
    let written = DateTime::from_parts(pieces.date(), pieces.time().unwrap_or_else(Time::midnight));
    Some(Moment {
        local: clock.local(written, offset),
        without_zone: offset.is_none() && pieces.time().is_some(),
        day_only: pieces.time().is_none(),
    })
}

/// Reads `07:00:00`, `07:00:00+02:00` or `24:00:00` on a day.
pub(super) fn time_of_day(text: &str, day: Option<Date>, clock: &Clock) -> Option<Time> {
    let text = text.trim();
    if text.starts_with("24:00") {
        return Some(Time::midnight());
    }
    let bare = text.get(..8).or_else(|| text.get(..5))?;
    let time: Time = bare.parse().ok()?;
    let rest = text.get(bare.len()..).unwrap_or_default();
    let zone = rest.trim_start_matches(|letter: char| letter == '.' || letter.is_ascii_digit());
    match (zone.is_empty(), day) {
        (false, Some(day)) => moment(&format!("{day}T{time}{zone}"), clock).map(|moment| moment.local.time()),
        _ => Some(time),
    }
}

/// Days and hours in which a closure holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub(super) from: Option<Date>,
    pub(super) to: Option<Date>,
    pub(super) hours: Option<(Time, Time)>,
}

/// What is wrong with begin and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Backwards,
    Empty,
}

/// Days and hours from begin and end, and from hours that recur every day.
pub(super) fn span(begin: Option<Moment>, end: Option<Moment>, daily: Option<(Time, Time)>) -> Result<Span, Wrong> {
    let from = begin.map(|moment| moment.local);
    // The end of a day that is given as such, or as its last minute, is midnight.
    let to = end.map(|moment| {
        let at = moment.local;
        let last_minute = at.hour() == 23 && at.minute() == 59;
        if moment.day_only || last_minute { next_day(at.date()).to_datetime(Time::midnight()) } else { at }
    });
    if let (Some(from), Some(to)) = (from, to) {
        match from.cmp(&to) {
            std::cmp::Ordering::Greater => return Err(Wrong::Backwards),
            std::cmp::Ordering::Equal => return Err(Wrong::Empty),
            std::cmp::Ordering::Less => {}
        }
    }
    let last_day = |to: DateTime| if to.time() == Time::midnight() { day_before(to.date()) } else { to.date() };
    let daily = daily.filter(|(low, high)| low != high);
    if let Some((low, high)) = daily {
        // A night belongs to the day on which it begins.
        let over_midnight = high <= low;
        let last = to.map(|to| {
            let of_the_night_before = over_midnight && to.time() <= high && to.time() != Time::midnight();
            if of_the_night_before { day_before(to.date()) } else { last_day(to) }
        });
        let first = from.map(|from| from.date());
        let last = last.map(|last| first.map_or(last, |first| last.max(first)));
        return Ok(Span { from: first, to: last, hours: Some((low, high)) });
    }
    match (from, to) {
        (Some(from), Some(to)) if is_short(from, to) => {
            Ok(Span { from: Some(from.date()), to: Some(from.date()), hours: Some((seconds(from), seconds(to))) })
        }
        (from, to) => Ok(Span { from: from.map(|from| from.date()), to: to.map(last_day), hours: None }),
    }
}

/// Less than a day.
fn is_short(from: DateTime, to: DateTime) -> bool {
    let same = from.date() == to.date();
    same || (next_day(from.date()) == to.date() && to.time() < from.time())
}

fn seconds(at: DateTime) -> Time {
    Time::new(at.hour(), at.minute(), at.second(), 0).unwrap_or_else(|_| at.time())
}

pub(super) fn day_before(day: Date) -> Date {
    day.yesterday().unwrap_or(day)
}

pub(super) fn next_day(day: Date) -> Date {
    day.tomorrow().unwrap_or(day)
}

/// Begin and end of a closure on one day, or over all its days where it has no hours.
pub(super) fn bounds(first: Date, last: Date, hours: Option<(Time, Time)>) -> (DateTime, DateTime) {
    match hours {
        Some((low, high)) => {
            let end_day = if high <= low { next_day(last) } else { last };
            (first.to_datetime(low), end_day.to_datetime(high))
        }
        None => (first.to_datetime(Time::midnight()), next_day(last).to_datetime(Time::midnight())),
    }
}

/// Universal time, RFC 3339, whole seconds.
pub(super) fn universal(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use jiff::civil::{date, time};

    use super::*;

    fn read(begin: &str, end: &str) -> Span {
        let clock = Clock::of(&Crs::etrs89_utm(32));
        span(moment(begin, &clock), moment(end, &clock), None).unwrap()
    }

    #[test]
    fn moments_become_days_of_the_town() {
        // Summer: 22:00 universal time is midnight.
        let whole = read("2026-05-03T22:00:00Z", "2026-06-12T22:00:00Z");
        assert_eq!(whole, Span { from: Some(date(2026, 5, 4)), to: Some(date(2026, 6, 12)), hours: None });
        // Winter, with the last millisecond of the day.
        let whole = read("2026-01-04T23:00:00Z", "2026-01-31T22:59:59.999Z");
        assert_eq!(whole, Span { from: Some(date(2026, 1, 5)), to: Some(date(2026, 1, 31)), hours: None });
        let night = read("2026-07-24T22:13:31+02:00", "2026-07-25T06:00:00+02:00");
        assert_eq!((night.from, night.to), (Some(date(2026, 7, 24)), Some(date(2026, 7, 24))));
        assert_eq!(night.hours, Some((time(22, 13, 31, 0), time(6, 0, 0, 0))));
        let days = read("2026-07-24", "2026-07-25");
        assert_eq!(days, Span { from: Some(date(2026, 7, 24)), to: Some(date(2026, 7, 25)), hours: None });
    }

    #[test]
    fn what_is_written_reads_back() {
        for epsg in [25832, 25830, 25835, 32618] {
            let clock = Clock::of(&Crs { epsg });
            for day in [date(2026, 1, 31), date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25), date(2028, 2, 29)] {
                for hours in
                    [None, Some((time(7, 30, 0, 0), time(17, 0, 0, 0))), Some((time(22, 0, 0, 0), time(5, 0, 0, 0)))]
                {
                    let (begin, end) = bounds(day, day, hours);
                    let back = span(moment(&clock.written(begin), &clock), moment(&clock.written(end), &clock), None);
                    assert_eq!(back, Ok(Span { from: Some(day), to: Some(day), hours }), "{epsg} {day} {hours:?}");
                }
            }
        }
    }

    #[test]
    fn wrong_spans_and_texts_are_told() {
        let clock = Clock::of(&Crs::etrs89_utm(32));
        let at = |text| moment(text, &clock);
        assert_eq!(span(at("2026-01-02T00:00:00Z"), at("2026-01-01T00:00:00Z"), None), Err(Wrong::Backwards));
        assert_eq!(span(at("2026-01-02T00:00:00Z"), at("2026-01-02T00:00:00Z"), None), Err(Wrong::Empty));
        for text in ["", "soon", "2026-13-01", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z"] {
            assert_eq!(at(text), None, "{text}");
        }
        assert!(at("2026-01-02T00:00:00").unwrap().without_zone);
        assert_eq!(time_of_day("07:00:00+00:00", Some(date(2026, 7, 1)), &clock), Some(time(9, 0, 0, 0)));
        assert_eq!(time_of_day("24:00:00", None, &clock), Some(Time::midnight()));
        assert_eq!(time_of_day("später", None, &clock), None);
    }
}
