//! What is closed, how traffic alternates past it, where it goes instead, and who is cut off.

use std::collections::BTreeMap;

use twin::{
    Id, Scenario, Twin,
    building::Address,
    outcome::{ClosureOutcome, Detour, HourOutcome, QueueRoom, TrafficOutcome, signal::Phase},
    road::{Modes, RoadNode},
    scenario::{Closure, ClosureKind, Control, RoadTarget},
};

use super::{Grid, Page, street_label};
use crate::{
    Language,
    words::{say, word},
};

/// Detours shown.
const N_SHOWN: usize = 8;
/// Shortest part of a detour whose street is named, metres.
const NAMED_M: f64 = 40.0;

pub(super) fn closed(page: &mut Page, twin: &Twin, scenario: &Scenario, traffic: &TrafficOutcome) {
    if traffic.closures.is_empty() {
        return;
    }
    let language = page.language;
    page.heading(&word(language, "closures"));
    for (index, outcome) in traffic.closures.iter().enumerate() {
        let closure = scenario.closures.get(index);
        let street = closure
            .and_then(|closure| named(&closure.target))
            .or_else(|| outcome.sections.first().map(|section| street_label(twin, section.link, language)))
            .unwrap_or_else(|| word(language, "no-name"));
        page.line(&format!("{}  {street}: {}", index + 1, kind(language, outcome)));
        let mut details = extent(language, closure, outcome);
        details.extend(closure.map(|closure| times(language, scenario, closure)).unwrap_or_default());
        page.line(&format!("   {}", details.join(" · ")));
        page.line(&format!("   {}", sections(language, twin, outcome)));
        let volume = outcome.base_volume_veh_h.iter().copied().fold(0.0, f64::max);
        page.line(&format!("   {}", say(language, "volume-before", &[("volume", &language.number(volume, 0))])));
        if !outcome.active.iter().any(|&active| active) && !outcome.active.is_empty() {
            page.line(&format!("   {}", word(language, "closure-inactive")));
        }
    }
}

fn named(target: &RoadTarget) -> Option<String> {
    match target {
        RoadTarget::Street { name, .. } => Some(name.clone()),
        RoadTarget::Key(_) | RoadTarget::Line(_) => None,
    }
}

fn kind(language: Language, outcome: &ClosureOutcome) -> String {
    let mut text = word(language, &format!("kind-{}", outcome.kind.name()));
    if let (ClosureKind::Half, Some(control)) = (outcome.kind, outcome.control) {
        text.push(' ');
        text.push_str(&word(language, &format!("control-{}", control.name())));
    }
    text
}

fn extent(language: Language, closure: Option<&Closure>, outcome: &ClosureOutcome) -> Vec<String> {
    let mut details = Vec::new();
    if let Some(RoadTarget::Street { between: Some([from, to]), .. }) = closure.map(|closure| &closure.target) {
        details.push(say(language, "site-between", &[("from", from), ("to", to)]));
    }
    details.push(say(language, "site-length", &[("length", &language.number(outcome.length_m, 0))]));
    if let Some(width_m) = closure.and_then(|closure| closure.lane_width_m) {
        details.push(say(language, "site-lane-width", &[("width", &language.number(width_m, 2))]));
    }
    details
}

fn times(language: Language, scenario: &Scenario, closure: &Closure) -> Vec<String> {
    let mut details = Vec::new();
    if let (Some(from), Some(to)) = (closure.from.or(scenario.from), closure.to.or(scenario.to)) {
        let values = [("from", language.date(from)), ("to", language.date(to))];
        details.push(say(language, "from-to-dates", &[("from", &values[0].1), ("to", &values[1].1)]));
    }
    if let Some((from, to)) = closure.hours {
        let values = [("from", language.time(from)), ("to", language.time(to))];
        details.push(say(language, "hours-of-day", &[("from", &values[0].1), ("to", &values[1].1)]));
    }
    let mut open: Vec<String> = Modes::NAMED
        .into_iter()
        .filter(|(mode, _)| closure.exempt.contains(*mode))
        .map(|(_, name)| word(language, &format!("mode-{name}")))
        .collect();
    if closure.exempt_residents {
        open.push(word(language, "open-to-residents"));
    }
    if !open.is_empty() {
        details.push(say(language, "open-to", &[("modes", &open.join(", "))]));
    }
    details.extend(closure.cause.clone());
    details.extend(closure.owner.clone());
    details
}

fn sections(language: Language, twin: &Twin, outcome: &ClosureOutcome) -> String {
    let text: Vec<String> = outcome
        .sections
        .iter()
        .take(12)
        .map(|section| {
            let link = twin.roads.link(section.link);
            if section.from_m <= 0.5 && section.to_m >= link.length_m - 0.5 {
                link.key.to_string()
            } else {
                let (from, to) = (language.number(section.from_m, 0), language.number(section.to_m, 0));
                format!("{} ({from}–{to} m)", link.key)
            }
        })
        .collect();
    let more = if outcome.sections.len() > text.len() { ", …" } else { "" };
    say(language, "site-sections", &[("sections", &format!("{}{more}", text.join(", ")))])
}

pub(super) fn alternations(page: &mut Page, twin: &Twin, traffic: &TrafficOutcome) {
    let language = page.language;
    for closure in &traffic.closures {
        let hours = traffic.hours.iter().zip(&closure.active).filter(|(_, active)| **active).map(|(hour, _)| hour.hour);
        for (hour, alternation) in hours.zip(&closure.alternation) {
            page.heading(&say(language, "alternation", &[("hour", &language.hour(hour))]));
            let mut grid = Grid::new(8);
            let head = ["direction", "volume", "capacity", "green", "wait", "level", "queue", "queue-95"];
            grid.row(head.map(|name| word(language, name)));
            for (index, label) in directions(language, twin, closure).into_iter().enumerate() {
                grid.row([
                    label,
                    language.number(alternation.volume_veh_h[index], 0),
                    language.number(alternation.capacity_veh_h[index], 0),
                    language.number(alternation.green_s[index], 0),
                    language.number(alternation.delay_s[index], 0),
                    alternation.level(index).to_string(),
                    language.number(alternation.queue_veh[index], 0),
                    language.number(alternation.queue_95_veh(index), 0),
                ]);
            }
            page.grid(&grid);
            let name = match closure.control {
                Some(Control::Priority) => "alternation-priority-cycle",
                Some(Control::Flagger) => "alternation-flagger-cycle",
                _ => "alternation-cycle",
            };
            let cycle = language.number(alternation.cycle_s, 0);
            let clearance = language.number(alternation.clearance_s, 0);
            page.line(&say(language, name, &[("cycle", &cycle), ("clearance", &clearance)]));
            if let Some(phases) = alternation.phases().filter(|_| closure.control != Some(Control::Flagger)) {
                page.line(&phases_in_words(language, &phases));
            }
            for (index, label) in directions(language, twin, closure).iter().enumerate() {
                if let Some(room) = &closure.rooms[index] {
                    page.line(&room_in_words(language, twin, label, room, alternation.queue_95_veh(index)));
                }
            }
        }
    }
}

/// `Signalplan: Grün 0–20 s und 35–55 s, je 4 s Gelb, dann 11 s alle Rot`
fn phases_in_words(language: Language, phases: &[Phase; 2]) -> String {
    let seconds = |value: f64| language.number(value, 0);
    let [first, second] = phases;
    let values = [
        ("first", format!("{}–{}", seconds(first.green_begin_s), seconds(first.green_end_s))),
        ("second", format!("{}–{}", seconds(second.green_begin_s), seconds(second.green_end_s))),
        ("amber", seconds(first.amber_end_s - first.green_end_s)),
        ("red", seconds(first.all_red_s)),
    ];
    let borrowed: Vec<(&'static str, &str)> = values.iter().map(|(key, value)| (*key, value.as_str())).collect();
    say(language, "alternation-phases", &borrowed)
}

/// `Stauraum Richtung X: 120 m bis Bahnhofstraße, Platz für 20 Fz: reicht`
fn room_in_words(language: Language, twin: &Twin, direction: &str, room: &QueueRoom, queue_veh: f64) -> String {
    let (length, vehicles) = (language.number(room.length_m, 0), language.number(room.vehicles.floor(), 0));
    let to = match (room.junction, room.cross) {
        (_, Some(cross)) => street_label(twin, cross, language),
        (Some(_), None) => word(language, "next-junction"),
        (None, None) => word(language, "no-junction"),
    };
    let enough = if room.junction.is_none() || queue_veh <= room.vehicles { "room-enough" } else { "room-short" };
    let enough = word(language, enough);
    let values = [
        ("direction", direction),
        ("length", length.as_str()),
        ("to", to.as_str()),
        ("vehicles", vehicles.as_str()),
        ("enough", enough.as_str()),
    ];
    say(language, "alternation-room", &values)
}

/// The two directions of a closure by the streets to which they lead.
pub(super) fn directions(language: Language, twin: &Twin, closure: &ClosureOutcome) -> [String; 2] {
    let (Some(first), Some(last)) = (closure.sections.first(), closure.sections.last()) else {
        return [String::new(), String::new()];
    };
    let street = street_label(twin, first.link, language);
    let towards = |section: &twin::outcome::ClosedSection, at_end: bool| {
        let (from, to) = twin.roads.ends(section.link);
        next_name(twin, if section.along == at_end { to } else { from }, &street)
    };
    let (ahead, back) = (towards(last, true), towards(first, false));
    let ahead_name = match ahead {
        Some(ref name) if ahead != back => say(language, "direction-to", &[("street", name)]),
        _ => say(language, "direction-along", &[("street", &street)]),
    };
    let back_name = match back {
        Some(ref name) if ahead != back => say(language, "direction-to", &[("street", name)]),
        _ => say(language, "direction-against", &[("street", &street)]),
    };
    [ahead_name, back_name]
}

fn next_name(twin: &Twin, node: Id<RoadNode>, street: &str) -> Option<String> {
    twin.roads
        .incident(node)
        .into_iter()
        .filter_map(|(link, _)| twin.roads.link(link).name.clone())
        .find(|n| n != street)
}

pub(super) fn detours(page: &mut Page, twin: &Twin, hour: &HourOutcome) {
    let language = page.language;
    page.heading(&say(language, "detours", &[("hour", &language.hour(hour.hour))]));
    if hour.detours.is_empty() {
        page.line(&word(language, "detours-none"));
        return;
    }
    let mut grid = Grid::text_last(4);
    grid.row(["detour-trips", "detour-distance", "detour-time", "detour-via"].map(|name| word(language, name)));
    for detour in hour.detours.iter().take(N_SHOWN) {
        grid.row([
            language.number(detour.trips_veh_h, 1),
            language.signed(detour.added_distance_m, 0),
            language.signed(detour.added_time_s, 0),
            shortened(&via(language, twin, detour), 60),
        ]);
    }
    page.grid(&grid);
    if hour.detours.len() > N_SHOWN {
        let trips: f64 = hour.detours[N_SHOWN..].iter().map(|detour| detour.trips_veh_h).sum();
        let n = language.number((hour.detours.len() - N_SHOWN) as f64, 0);
        page.line(&say(language, "detours-more", &[("n", &n), ("trips", &language.number(trips, 1))]));
    }
}

/// The streets of a detour in order; short connections are left out unless there is nothing else.
pub(super) fn via(language: Language, twin: &Twin, detour: &Detour) -> Vec<String> {
    let mut runs: Vec<(String, f64, bool)> = Vec::new();
    for arc in &detour.arcs {
        let road = twin.roads.link(arc.link);
        let label = street_label(twin, arc.link, language);
        let is_named = road.name.is_some() || road.route.is_some();
        match runs.last_mut() {
            Some((known, length_m, _)) if *known == label => *length_m += road.length_m,
            _ => runs.push((label, road.length_m, is_named)),
        }
    }
    let long = |run: &&(String, f64, bool)| run.2 && run.1 >= NAMED_M;
    let mut names: Vec<String> = runs.iter().filter(long).map(|run| run.0.clone()).collect();
    if names.is_empty() {
        names = runs.iter().map(|run| run.0.clone()).collect();
    }
    names.dedup();
    names
}

fn shortened(names: &[String], width: usize) -> String {
    let whole = names.join(" – ");
    if whole.chars().count() <= width || names.len() <= 3 {
        return whole;
    }
    let mut kept = names.len();
    while kept > 3 && names[..kept - 1].iter().map(|name| name.chars().count() + 3).sum::<usize>() > width {
        kept -= 1;
    }
    format!("{} … {}", names[..kept - 1].join(" – "), names[names.len() - 1])
}

pub(super) fn accessibility(page: &mut Page, twin: &Twin, traffic: &TrafficOutcome) {
    if twin.addresses.is_empty() {
        return;
    }
    let language = page.language;
    page.heading(&word(language, "cut-off-title"));
    if traffic.cut_off_addresses.is_empty() {
        page.line(&word(language, "cut-off-none"));
    } else {
        let n = language.number(traffic.cut_off_addresses.len() as f64, 0);
        page.line(&say(language, "cut-off-addresses", &[("n", &n)]));
        for (street, numbers) in by_street(twin, &traffic.cut_off_addresses) {
            page.line(&format!("  {street} {}", numbers.join(", ")));
        }
    }
    if !traffic.unreachable_before.is_empty() {
        let n = language.number(traffic.unreachable_before.len() as f64, 0);
        page.line(&say(language, "unreachable-before", &[("n", &n)]));
    }
}

/// House numbers by street, in the order in which one walks along it.
pub(super) fn by_street(twin: &Twin, addresses: &[Id<Address>]) -> BTreeMap<String, Vec<String>> {
    let mut streets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for &id in addresses {
        let address = &twin.addresses[id];
        let street = address.street.clone().or_else(|| address.city.clone()).unwrap_or_else(|| "?".to_owned());
        streets.entry(street).or_default().push(address.house_number.clone());
    }
    for numbers in streets.values_mut() {
        numbers.sort_by(|a, b| leading(a).cmp(&leading(b)).then_with(|| a.cmp(b)));
    }
    streets
}

fn leading(number: &str) -> u32 {
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(u32::MAX)
}

pub(super) fn bus_routes(page: &mut Page, twin: &Twin, traffic: &TrafficOutcome) {
    if twin.bus_routes.is_empty() {
        return;
    }
    let language = page.language;
    page.heading(&word(language, "bus-routes"));
    let mut lines: Vec<String> = traffic
        .affected_bus_routes
        .iter()
        .map(|&id| {
            let route = &twin.bus_routes[id];
            match (&route.line, &route.name) {
                (Some(line), Some(name)) if !name.contains(line.as_str()) => {
                    format!("{}: {name}", say(language, "line", &[("line", line)]))
                }
                (_, Some(name)) => name.clone(),
                (Some(line), None) => say(language, "line", &[("line", line)]),
                (None, None) => route.key.to_string(),
            }
        })
        .collect();
    lines.sort();
    lines.dedup();
    if lines.is_empty() {
        page.line(&word(language, "bus-none"));
    }
    for line in lines {
        page.line(&line);
    }
}
