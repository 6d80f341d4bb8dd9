//! Whom closures touch besides the drivers: emergency services, addresses, children, deliveries, buses; the signed detour.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use twin::{
    Id, Outcome, Twin,
    building::Address,
    outcome::{
        Touched,
        touched::{BusEffect, Errand, Response, SignedDetour, Way},
    },
    road::Arc,
};

use super::{
    Grid, Page,
    closures::{by_street, directions},
    street_label,
};
use crate::{
    Language,
    scene::LONGER_M,
    words::{say, word},
};

/// Streets named of a list of addresses.
const N_STREETS: usize = 8;
/// Shortest part of a way whose street is named, metres.
const NAMED_M: f64 = 40.0;

/// The part of the table about them; nothing where there are no closures.
pub(super) fn touched(page: &mut Page, twin: &Twin, outcome: &Outcome) {
    let Some(touched) = &outcome.touched else { return };
    emergency(page, twin, touched);
    ways(page, twin, touched);
    buses(page, twin, touched);
    walks(page, touched);
    deliveries(page, twin, touched);
    signed(page, twin, outcome, touched);
}

fn emergency(page: &mut Page, twin: &Twin, touched: &Touched) {
    if touched.responses.is_empty() {
        return;
    }
    let language = page.language;
    page.heading(&word(language, "touched-emergency"));
    let mut grid = Grid::new(7);
    let head = ["service", "day-hour", "within-before", "within-after", "beyond", "worst-address", "added-min"];
    grid.row(head.map(|name| word(language, &format!("touched-{name}"))));
    for response in &touched.responses {
        let [before, after] = response.within();
        let percent = |share: f64| format!("{} %", language.number(100.0 * share, 1));
        let worst = response.worst();
        let added_min = worst.and_then(|row| Some((row.with?.time_s - row.base.time_s) / 60.0));
        grid.row([
            word(language, &format!("service-{}", response.service.name())),
            language.hour(response.hour),
            percent(before),
            percent(after),
            language.number(response.beyond_limit().count() as f64, 0),
            worst.map_or_else(|| "–".to_owned(), |row| address_label(twin, row.address)),
            added_min.map_or_else(|| "–".to_owned(), |added_min| language.signed(added_min, 1)),
        ]);
    }
    page.grid(&grid);
    let limit = touched.responses.first().map_or(0.0, |response| response.limit_s / 60.0);
    page.line(&say(language, "touched-limit", &[("limit", &language.number(limit, 0))]));
    for response in &touched.responses {
        lost(page, twin, response);
    }
}

fn lost(page: &mut Page, twin: &Twin, response: &Response) {
    let language = page.language;
    let lost: Vec<Id<Address>> = response.lost().map(|row| row.address).collect();
    if !lost.is_empty() {
        let service = word(language, &format!("service-{}", response.service.name()));
        let n = language.number(lost.len() as f64, 0);
        let (hour, streets) = (language.hour(response.hour), streets_of(twin, &lost));
        let values = [("service", service.as_str()), ("hour", &hour), ("n", &n), ("streets", &streets)];
        page.line(&say(language, "touched-lost", &values));
    }
    for &station in &response.shut_in {
        let place = &twin.places[station];
        page.line(&say(
            language,
            "touched-shut-in",
            &[("station", place.name.as_deref().unwrap_or(place.key.as_str()))],
        ));
    }
}

fn ways(page: &mut Page, twin: &Twin, touched: &Touched) {
    let language = page.language;
    page.heading(&word(language, "touched-ways"));
    let mut grid = Grid::new(5);
    grid.row(
        ["errand", "longer", "mean-m", "mean-min", "most-m"].map(|name| word(language, &format!("touched-{name}"))),
    );
    let mut shown = false;
    for &errand in Errand::ALL {
        let longer: Vec<_> = touched
            .ways
            .iter()
            .filter(|way| way.errand == errand && way.added_m().is_some_and(|added_m| added_m >= LONGER_M))
            .collect();
        if longer.is_empty() {
            continue;
        }
        shown = true;
        let n = longer.len() as f64;
        let mean_m = longer.iter().filter_map(|way| way.added_m()).sum::<f64>() / n;
        let mean_s = longer.iter().filter_map(|way| way.added_s()).sum::<f64>() / n;
        let most_m = longer.iter().filter_map(|way| way.added_m()).fold(0.0, f64::max);
        grid.row([
            word(language, &format!("errand-{}", errand.name().replace('_', "-"))),
            language.number(n, 0),
            language.signed(mean_m, 0),
            language.signed(mean_s / 60.0, 1),
            language.signed(most_m, 0),
        ]);
    }
    if shown {
        page.grid(&grid);
    } else {
        page.line(&say(language, "touched-ways-none", &[("m", &language.number(LONGER_M, 0))]));
    }
    let most = touched
        .ways
        .iter()
        .filter(|way| matches!(way.errand, Errand::CarIn | Errand::CarOut))
        .filter_map(|way| way.added_m().map(|added_m| (added_m, way)))
        .filter(|(added_m, _)| *added_m >= LONGER_M)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.address.cmp(&a.1.address)));
    if let Some((added_m, way)) = most {
        let (address, metres) = (address_label(twin, way.address), language.number(added_m, 0));
        page.line(&say(language, "touched-farthest", &[("address", &address), ("m", &metres)]));
    }
}

fn buses(page: &mut Page, twin: &Twin, touched: &Touched) {
    if touched.buses.is_empty() {
        return;
    }
    let language = page.language;
    page.heading(&word(language, "touched-buses"));
    let mut grid = Grid::left_of(2, 5);
    grid.row(["line", "what", "added-m", "added-min", "stops"].map(|name| word(language, &format!("touched-{name}"))));
    let mut notes: Vec<String> = Vec::new();
    let mut shown: Vec<[String; 5]> = Vec::new();
    for bus in &touched.buses {
        let what = word(language, bus_status(bus));
        let dash = || "–".to_owned();
        let label = bus_label(twin, bus);
        let row = [
            label.clone(),
            what,
            bus.added_m().map_or_else(dash, |added_m| language.signed(added_m, 0)),
            bus.added_s().map_or_else(dash, |added_s| language.signed(added_s / 60.0, 1)),
            language.number(bus.stops_lost.len() as f64, 0),
        ];
        if !shown.contains(&row) {
            shown.push(row);
        }
        let via = via(language, twin, bus.diversions.iter().flat_map(|diversion| &diversion.arcs).copied());
        if !via.is_empty() {
            notes.push(say(language, "touched-bus-via", &[("line", &label), ("streets", &via.join(" – "))]));
        }
        let mut stops: Vec<&str> =
            bus.stops_lost.iter().map(|&stop| twin.bus_stops[stop].name.as_deref().unwrap_or("?")).collect();
        stops.dedup();
        if !stops.is_empty() {
            notes.push(say(language, "touched-bus-stops", &[("line", &label), ("stops", &stops.join(", "))]));
        }
    }
    for row in shown {
        grid.row(row);
    }
    page.grid(&grid);
    notes.sort();
    notes.dedup();
    for note in notes {
        page.line(&note);
    }
}

/// The name of the word for what happens to a bus line.
pub(crate) fn bus_status(bus: &BusEffect) -> &'static str {
    match (bus.blocked, bus.added_m()) {
        (false, _) => "bus-delayed",
        (true, Some(_)) => "bus-diverted",
        (true, None) => "bus-broken",
    }
}

/// What a bus line is called.
pub(crate) fn bus_label(twin: &Twin, bus: &BusEffect) -> String {
    let route = &twin.bus_routes[bus.route];
    route.line.clone().or_else(|| route.name.clone()).unwrap_or_else(|| route.key.to_string())
}

fn walks(page: &mut Page, touched: &Touched) {
    let language = page.language;
    let any = !touched.school_walks.is_empty() || touched.around.iter().any(|around| !around.open);
    if !any {
        return;
    }
    page.heading(&word(language, "touched-walks"));
    if !touched.school_walks.is_empty() {
        let n = language.number(touched.school_walks.len() as f64, 0);
        let added = touched.school_walks.iter().filter_map(|walk| Some(walk.with_m? - walk.base_m)).fold(0.0, f64::max);
        let name = if added >= 1.0 { "touched-school-longer" } else { "touched-school" };
        page.line(&say(language, name, &[("n", &n), ("m", &language.number(added, 0))]));
    }
    for around in touched.around.iter().filter(|around| !around.open) {
        let closure = (around.closure + 1).to_string();
        let mode = word(language, &format!("mode-{}", around.mode.name()));
        let through = language.number(around.through_m, 0);
        match around.around_m {
            Some(around_m) => {
                let metres = language.number(around_m, 0);
                let values = [("closure", closure.as_str()), ("mode", &mode), ("through", &through), ("m", &metres)];
                page.line(&say(language, "touched-around", &values));
            }
            None => {
                page.line(&say(language, "touched-no-way-around", &[("closure", &closure), ("mode", &mode)]));
            }
        }
    }
}

fn deliveries(page: &mut Page, twin: &Twin, touched: &Touched) {
    let language = page.language;
    let any = touched.frontages.iter().any(|frontage| !frontage.addresses.is_empty());
    if !any && touched.lorries.is_empty() && touched.lorry_cut_off.is_empty() {
        return;
    }
    page.heading(&word(language, "touched-deliveries"));
    for frontage in touched.frontages.iter().filter(|frontage| !frontage.addresses.is_empty()) {
        let closure = (frontage.closure + 1).to_string();
        let n = language.number(frontage.addresses.len() as f64, 0);
        let without = language.number(frontage.without_delivery.len() as f64, 0);
        let roadside = language.number(frontage.roadside_m, 0);
        let values = [("closure", closure.as_str()), ("n", &n), ("without", &without), ("roadside", &roadside)];
        page.line(&say(language, "touched-frontage", &values));
    }
    for trips in &touched.lorries {
        let (hour, n) = (language.hour(trips.hour), language.number(trips.trips_veh_h, 1));
        let added = language.signed(trips.added_distance_m, 0);
        page.line(&say(language, "touched-lorries", &[("hour", &hour), ("n", &n), ("m", &added)]));
    }
    if !touched.lorry_cut_off.is_empty() {
        let n = language.number(touched.lorry_cut_off.len() as f64, 0);
        let streets = streets_of(twin, &touched.lorry_cut_off);
        page.line(&say(language, "touched-lorry-cut-off", &[("n", &n), ("streets", &streets)]));
    }
}

fn signed(page: &mut Page, twin: &Twin, outcome: &Outcome, touched: &Touched) {
    if touched.signed.is_empty() {
        return;
    }
    let language = page.language;
    page.heading(&word(language, "touched-signed"));
    for detour in &touched.signed {
        let closure = outcome.traffic.as_ref().and_then(|traffic| traffic.closures.get(detour.closure));
        let towards = closure.map(|closure| directions(language, twin, closure));
        let towards = towards.map_or_else(String::new, |[along, against]| if detour.along { along } else { against });
        page.line(&signed_in_words(language, twin, detour, &towards));
    }
}

/// `Sperrung 1 Richtung Markt: Ringstraße – Bahnhofstraße, 1,4 km (+0,9 km, +1,2 min); 35 % der Fahrten nehmen sie von selbst`
fn signed_in_words(language: Language, twin: &Twin, detour: &SignedDetour, towards: &str) -> String {
    let closure = (detour.closure + 1).to_string();
    let Some(route) = &detour.route else {
        return say(language, "touched-signed-none", &[("closure", &closure), ("towards", towards)]);
    };
    let via = via(language, twin, route.arcs.iter().copied()).join(" – ");
    let (length, added) = (language.number(route.way.length_m / 1000.0, 1), language.signed(route.added_m / 1000.0, 1));
    let minutes = language.signed(route.added_s / 60.0, 1);
    let values = [
        ("closure", closure.as_str()),
        ("towards", towards),
        ("streets", &via),
        ("length", &length),
        ("added", &added),
        ("minutes", &minutes),
    ];
    let mut text = say(language, "touched-signed-route", &values);
    let mut add = |more: String| {
        text.push_str("; ");
        text.push_str(&more);
    };
    if route.quality != twin::outcome::touched::RouteQuality::Fit {
        add(word(language, &format!("quality-{}", route.quality.name().replace('_', "-"))));
    }
    if let Some(load) = &route.load {
        let street = street_label(twin, load.arc.link, language);
        let percent = language.number(100.0 * load.saturation(), 0);
        add(say(language, "touched-signed-load", &[("street", &street), ("percent", &percent)]));
    }
    if let Some(share) = route.followed {
        add(say(language, "touched-signed-followed", &[("percent", &language.number(100.0 * share, 0))]));
    }
    text
}

/// The streets of a way in order, short connections left out unless there is nothing else.
fn via(language: Language, twin: &Twin, arcs: impl Iterator<Item = Arc>) -> Vec<String> {
    let mut runs: Vec<(String, f64, bool)> = Vec::new();
    for arc in arcs {
        let road = twin.roads.link(arc.link);
        let label = street_label(twin, arc.link, language);
        let is_named = road.name.is_some() || road.route.is_some();
        match runs.last_mut() {
            Some((known, length_m, _)) if *known == label => *length_m += road.length_m,
            _ => runs.push((label, road.length_m, is_named)),
        }
    }
    let long: Vec<String> = runs.iter().filter(|run| run.2 && run.1 >= NAMED_M).map(|run| run.0.clone()).collect();
    let mut names = if long.is_empty() { runs.into_iter().map(|run| run.0).collect() } else { long };
    names.dedup();
    names
}

pub(crate) fn address_label(twin: &Twin, id: Id<Address>) -> String {
    let address = &twin.addresses[id];
    let street = address.street.as_deref().or(address.city.as_deref()).unwrap_or_default();
    format!("{street} {}", address.house_number).trim().to_owned()
}

/// Streets of addresses with how many each has, the first ones.
fn streets_of(twin: &Twin, addresses: &[Id<Address>]) -> String {
    let streets: BTreeMap<String, Vec<String>> = by_street(twin, addresses);
    let mut names: Vec<String> =
        streets.iter().map(|(street, numbers)| format!("{street} ({})", numbers.len())).collect();
    if names.len() > N_STREETS {
        names.truncate(N_STREETS);
        names.push("…".to_owned());
    }
    names.join(", ")
}

/// The part of `summary.json` about them; null where there are no closures.
pub(super) fn summary(twin: &Twin, outcome: &Outcome) -> Value {
    let Some(touched) = &outcome.touched else { return Value::Null };
    let node = |id: Id<twin::road::RoadNode>| &twin.roads[id].key;
    let links = |arcs: &[Arc]| arcs.iter().map(|arc| twin.roads.link(arc.link).key.clone()).collect::<Vec<_>>();
    let way = |way: &Way| json!({ "length_m": way.length_m, "time_s": way.time_s });
    json!({
        "emergency": touched.responses.iter().map(|r| response_part(twin, r)).collect::<Vec<_>>(),
        "ways": Errand::ALL.iter().map(|&errand| errand_part(touched, errand)).collect::<Vec<_>>(),
        "school_walks": touched.school_walks.len(),
        "around": touched.around.iter().map(|around| json!({
            "closure": around.closure + 1,
            "mode": around.mode,
            "open": around.open,
            "through_m": around.through_m,
            "around_m": around.around_m,
        })).collect::<Vec<_>>(),
        "frontages": touched.frontages.iter().map(|frontage| json!({
            "closure": frontage.closure + 1,
            "addresses": frontage.addresses.len(),
            "without_delivery": frontage.without_delivery.len(),
            "roadside_m": frontage.roadside_m,
        })).collect::<Vec<_>>(),
        "buses": touched.buses.iter().map(|bus| {
            let route = &twin.bus_routes[bus.route];
            json!({
                "key": route.key,
                "line": route.line,
                "name": route.name,
                "blocked": bus.blocked,
                "delay_s": bus.delay_s,
                "added_m": bus.added_m(),
                "added_s": bus.added_s(),
                "departures_per_day": bus.departures_per_day,
                "stops_lost": bus.stops_lost.iter().map(|&stop| json!({
                    "key": twin.bus_stops[stop].key,
                    "name": twin.bus_stops[stop].name,
                })).collect::<Vec<_>>(),
                "diversions": bus.diversions.iter().map(|diversion| json!({
                    "from": node(diversion.from),
                    "to": node(diversion.to),
                    "way": diversion.way.as_ref().map(way),
                    "added_m": diversion.added_m,
                    "added_s": diversion.added_s,
                    "last_resort": diversion.last_resort,
                    "streets": via(Language::En, twin, diversion.arcs.iter().copied()),
                    "links": links(&diversion.arcs),
                })).collect::<Vec<_>>(),
            })
        }).collect::<Vec<_>>(),
        "signed_detours": touched.signed.iter().map(|detour| json!({
            "closure": detour.closure + 1,
            "towards": if detour.along { "along" } else { "against" },
            "route": detour.route.as_ref().map(|route| json!({
                "from": node(route.from),
                "to": node(route.to),
                "way": way(&route.way),
                "added_m": route.added_m,
                "added_s": route.added_s,
                "quality": route.quality,
                "residential_m": route.residential_m,
                "load": route.load.as_ref().map(|load| json!({
                    "key": twin.roads.link(load.arc.link).key,
                    "hour": load.hour,
                    "base_pce_h": load.base_pce_h,
                    "diverted_pce_h": load.diverted_pce_h,
                    "capacity_pce_h": load.capacity_pce_h,
                    "saturation": load.saturation(),
                })),
                "followed_share": route.followed,
                "streets": via(Language::En, twin, route.arcs.iter().copied()),
                "links": links(&route.arcs),
            })),
        })).collect::<Vec<_>>(),
        "lorries": touched.lorries.iter().map(|trips| json!({
            "hour": trips.hour,
            "trips_veh_h": trips.trips_veh_h,
            "cut_off_veh_h": trips.cut_off_veh_h,
            "added_distance_m": trips.added_distance_m,
            "added_time_s": trips.added_time_s,
        })).collect::<Vec<_>>(),
        "lorry_cut_off": touched.lorry_cut_off.iter().map(|&id| &twin.addresses[id].key).collect::<Vec<_>>(),
    })
}

fn response_part(twin: &Twin, response: &Response) -> Value {
    let [base, with] = response.within();
    let keys = |rows: Vec<Id<Address>>| rows.into_iter().map(|id| twin.addresses[id].key.clone()).collect::<Vec<_>>();
    json!({
        "hour": response.hour,
        "service": response.service,
        "limit_min": response.limit_s / 60.0,
        "stations": response.n_stations,
        "volunteer_stations": response.n_volunteer,
        "addresses": response.addresses.len(),
        "base_share_within_limit": base,
        "share_within_limit": with,
        "beyond_limit": keys(response.beyond_limit().map(|row| row.address).collect()),
        "lost": keys(response.lost().map(|row| row.address).collect()),
        "worst": response.worst().and_then(|row| Some(json!({
            "key": twin.addresses[row.address].key,
            "base_time_min": row.base.time_s / 60.0,
            "time_min": row.with?.time_s / 60.0,
        }))),
        "shut_in": response.shut_in.iter().map(|&station| &twin.places[station].key).collect::<Vec<_>>(),
    })
}

fn errand_part(touched: &Touched, errand: Errand) -> Value {
    let rows: Vec<_> = touched.ways.iter().filter(|way| way.errand == errand).collect();
    let longer = rows.iter().filter(|way| way.added_m().is_some_and(|added_m| added_m >= LONGER_M)).count();
    json!({
        "errand": errand,
        "changed": rows.len(),
        "longer_100_m": longer,
        "lost": rows.iter().filter(|way| way.with.is_none()).count(),
        "most_added_m": rows.iter().filter_map(|way| way.added_m()).reduce(f64::max),
        "most_added_s": rows.iter().filter_map(|way| way.added_s()).reduce(f64::max),
    })
}
