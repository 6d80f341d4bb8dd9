//! The working day whose departures count.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use twin::Finding;

use super::{
    feed::{Feed, Service},
    table::Notes,
};

/// A day and the services that run on it.
#[derive(Debug)]
pub(super) struct Day {
    pub(super) services: BTreeSet<String>,
}

/// Longest timetable that is searched, days.
const MOST_DAYS: usize = 1500;

impl Service {
    fn runs_on(&self, day: Date) -> bool {
        let weekly = self.weekly.is_some_and(|(days, from, to)| {
            (from..=to).contains(&day) && days[usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or(0)]
        });
        (weekly && !self.removed.contains(&day)) || self.added.contains(&day)
    }
}

/// The Tuesday to Thursday with the most trips by bus; another working day, then any day, where there is none.
pub(super) fn choose(feed: &Feed, notes: &mut Notes) -> Result<Day, Finding> {
    let mut trips: BTreeMap<&str, f64> = BTreeMap::new();
    for trip in feed.trips.values() {
        if feed.routes.get(&trip.route).is_some_and(|route| route.is_bus) {
            *trips.entry(trip.service.as_str()).or_default() += trip.departures.unwrap_or(1.0);
        }
    }
    let spans = feed.services.values().filter_map(|service| service.weekly).map(|(_, from, to)| (from, to));
    let singles = feed.services.values().flat_map(|service| &service.added).map(|day| (*day, *day));
    let span = spans.chain(singles).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let Some((first, last)) = span else {
        return Err(Finding::error("no-service", "The timetable has no day on which anything runs.")
            .with_help("Fetch a valid timetable."));
    };
    let rank = |day: Date| match day.weekday() {
        Weekday::Tuesday | Weekday::Wednesday | Weekday::Thursday => 2_u8,
        Weekday::Monday | Weekday::Friday => 1,
        Weekday::Saturday | Weekday::Sunday => 0,
    };
    let mut best: Option<(u8, f64, Date)> = None;
    let days =
        std::iter::successors(Some(first), |day| day.tomorrow().ok()).take_while(|day| *day <= last).take(MOST_DAYS);
    for day in days {
        let n: f64 = trips
            .iter()
            .filter(|(id, _)| feed.services.get(**id).is_some_and(|service| service.runs_on(day)))
            .map(|(_, n)| n)
            .sum();
        if n > 0.0 && best.is_none_or(|(known_rank, known_n, _)| (rank(day), n) > (known_rank, known_n)) {
            best = Some((rank(day), n, day));
        }
    }
    let Some((rank, n, day)) = best else {
        let finding = Finding::warning("no-bus-service", "No bus runs on any day of the timetable.");
        notes.push(finding.with_help("Nothing to do where the town has no buses."));
        return Ok(Day { services: BTreeSet::new() });
    };
    let kind = if rank > 0 { "the working day" } else { "no working day, but the day" };
    let finding = Finding::note(
        "timetable-day",
        format!("Departures are those of {day}, {kind} with the most trips by bus ({n:.0})."),
    );
    notes.push(finding.with_help("Nothing to do."));
    let services = feed.services.iter().filter(|(_, service)| service.runs_on(day)).map(|(id, _)| id.clone()).collect();
    Ok(Day { services })
}
