//! The day: queues before closures as they grow and clear, hour by hour.

use twin::{
    Twin,
    outcome::{
        TrafficOutcome,
        day::{Approach, DayOutcome, LongestQueue, N_SLICES, QueueElsewhere, begin_of, end_of},
    },
    road::Arc,
};

use super::{Grid, Page, closures::directions, street_label};
use crate::{
    Language,
    words::{say, word},
};

/// Fewer waiting vehicles are not shown.
const SHOWN_VEH: f64 = 0.5;
/// Queues elsewhere that are shown.
const N_ELSEWHERE: usize = 5;

pub(super) fn day(page: &mut Page, twin: &Twin, traffic: &TrafficOutcome) {
    let Some(day) = &traffic.day else { return };
    totals(page, day, !traffic.closures.is_empty());
    for approach in &day.approaches {
        queue(page, twin, traffic, approach);
    }
    if !day.elsewhere.is_empty() {
        elsewhere(page, twin, &day.elsewhere);
    }
}

fn totals(page: &mut Page, day: &DayOutcome, changed: bool) {
    let language = page.language;
    page.heading(&word(language, "day"));
    let mut grid = Grid::new(if changed { 5 } else { 2 });
    if changed {
        let [before, after, change] = ["before", "after", "change"].map(|name| word(language, name));
        grid.row([String::new(), before, after, change, String::new()]);
    }
    let (base, with) = (&day.base_totals, &day.totals);
    for (name, before, after) in [
        ("day-vehicles", base.entered_veh, with.entered_veh),
        ("day-vehicle-hours", base.vehicle_hours, with.vehicle_hours),
        ("day-delay", base.delay_veh_h, with.delay_veh_h),
        ("day-queue", base.queue_veh_h, with.queue_veh_h),
        ("day-queue-max", base.queue_max_veh, with.queue_max_veh),
    ] {
        let label = word(language, name);
        if changed {
            grid.row([
                label,
                language.number(before, 0),
                language.number(after, 0),
                language.signed(after - before, 0),
                language.percent_change(before, after),
            ]);
        } else {
            grid.row([label, language.number(after, 0)]);
        }
    }
    page.grid(&grid);
}

/// What the way to a closure from one side is called: `Bergweg, Richtung Markt`, or `Bergweg vorwärts` where its ends have no other name.
#[must_use]
pub fn approach_label(twin: &Twin, traffic: &TrafficOutcome, approach: &Approach, language: Language) -> String {
    let street = street_label(twin, approach.arc.link, language);
    let Some(closure) = traffic.closures.get(approach.closure) else { return street };
    let [along, against] = directions(language, twin, closure);
    let towards = if approach.direction == 0 { along } else { against };
    if towards.is_empty() {
        return street;
    }
    if towards.starts_with(&street) { towards } else { format!("{street}, {towards}") }
}

/// One direction of a closure: its hours with a queue, then the longest queue in words.
fn queue(page: &mut Page, twin: &Twin, traffic: &TrafficOutcome, approach: &Approach) {
    let language = page.language;
    page.heading(&say(language, "day-queue-at", &[("approach", &approach_label(twin, traffic, approach, language))]));
    let waiting = |slice: usize| approach.slices[slice].queue_veh + approach.slices[slice].red_queue_veh;
    let mut grid = Grid::new(7);
    let head = ["day-hour", "day-15", "day-30", "day-45", "day-60", "day-tailback", "wait"];
    grid.row(head.map(|name| word(language, name)));
    for hour in 0..N_SLICES / 4 {
        let slices = &approach.slices[4 * hour..4 * hour + 4];
        if (4 * hour..4 * hour + 4).all(|slice| waiting(slice) < SHOWN_VEH) {
            continue;
        }
        let most = |of: fn(&twin::outcome::day::ApproachSlice) -> f64| slices.iter().map(of).fold(0.0, f64::max);
        let count = |slice: usize| language.number(waiting(4 * hour + slice), 0);
        grid.row([
            language.hour(hour as u8),
            count(0),
            count(1),
            count(2),
            count(3),
            language.number(most(|slice| slice.tailback_m), 0),
            language.number(most(|slice| slice.wait_s), 0),
        ]);
    }
    page.grid(&grid);
    match &approach.longest {
        Some(longest) => page.line(&in_words(language, twin, longest)),
        None => {
            let most = (0..N_SLICES).max_by(|&a, &b| waiting(a).total_cmp(&waiting(b)).then(b.cmp(&a))).unwrap_or(0);
            let vehicles = language.number(waiting(most), 0);
            let at = clock(begin_of(most));
            page.line(&say(language, "day-queue-none", &[("vehicles", &vehicles), ("time", &at)]));
        }
    }
}

/// `Längster Rückstau 07:45: 58 Fz auf 410 m, zurück bis Bahnhofstraße; beginnt 07:00, aufgelöst 09:15.`
fn in_words(language: Language, twin: &Twin, longest: &LongestQueue) -> String {
    let vehicles = language.number(longest.queue_veh, 0);
    let length = language.number(longest.tailback_m, 0);
    let (at, begin) = (clock(end_of(longest.slice)), clock(begin_of(longest.begin)));
    let values = [("time", at.as_str()), ("vehicles", &vehicles), ("length", &length), ("begin", &begin)];
    let mut text = say(language, "day-longest", &values);
    let streets = names(language, twin, &longest.arcs);
    if !streets.is_empty() {
        text.push_str(&say(
            language,
            "day-back-to",
            &[("streets", &streets.join(", ")), ("n", &longest.junctions.len().to_string())],
        ));
    }
    match longest.cleared {
        Some(slice) => text.push_str(&say(language, "day-cleared", &[("time", &clock(end_of(slice)))])),
        None => text.push_str(&word(language, "day-not-cleared")),
    }
    text
}

/// The streets of arcs, each once, in their order.
pub(super) fn names(language: Language, twin: &Twin, arcs: &[Arc]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for arc in arcs {
        let name = street_label(twin, arc.link, language);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn elsewhere(page: &mut Page, twin: &Twin, queues: &[QueueElsewhere]) {
    let language = page.language;
    page.heading(&word(language, "day-elsewhere"));
    let mut grid = Grid::new(4);
    grid.row(["street", "day-time", "before", "after"].map(|name| word(language, name)));
    let mut shown: Vec<String> = Vec::new();
    for queue in queues {
        let street = street_label(twin, queue.arc.link, language);
        if shown.contains(&street) || shown.len() >= N_ELSEWHERE {
            continue;
        }
        grid.row([
            street.clone(),
            clock(end_of(queue.slice)),
            language.number(queue.base_veh, 0),
            language.number(queue.queue_veh, 0),
        ]);
        shown.push(street);
    }
    page.grid(&grid);
}

pub(super) fn clock((hour, minute): (usize, usize)) -> String {
    format!("{hour:02}:{minute:02}")
}
