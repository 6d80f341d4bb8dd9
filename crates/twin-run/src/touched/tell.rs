//! What is worth saying about whom the closures touch.

use std::collections::BTreeSet;

use twin::{
    Finding, Findings, Id, Key, Twin,
    building::{Address, Place},
    outcome::{
        Touched,
        touched::{BusEffect, Response, RouteQuality, Service, SignedDetour, SignedRoute},
    },
    road::Arc,
};

use super::Case;

/// Saturation of a signed route from which it is told.
const FULL: f64 = 1.0;
/// Share of trips on the signed route below which drivers are said to go elsewhere.
const FEW: f64 = 0.3;
/// Streets named of a route.
const N_NAMED: usize = 6;

pub(super) fn tell(case: &Case<'_>, touched: &Touched, findings: &mut Findings) {
    for response in &touched.responses {
        response_told(case.twin, response, findings);
    }
    volunteers(touched, findings);
    // A way around is told instead of the need for one.
    let diverted: BTreeSet<&Key> = touched
        .buses
        .iter()
        .filter(|bus| bus.blocked && bus.added_m().is_some())
        .map(|bus| &case.twin.bus_routes[bus.route].key)
        .collect();
    let is_told = |key: &Option<Key>| key.as_ref().is_some_and(|key| diverted.contains(key));
    findings.0.retain(|finding| finding.code != "bus-line-blocked" || !is_told(&finding.key));
    for bus in &touched.buses {
        bus_told(case.twin, bus, findings);
    }
    for detour in &touched.signed {
        signed_told(case.twin, detour, findings);
    }
    if !touched.lorry_cut_off.is_empty() {
        findings.push(
            Finding::warning(
                "lorry-cut-off",
                format!(
                    "a lorry of {:.0} t does not reach {} addresses any more although cars do: {}",
                    case.prepared.assumptions.lorry_weight_t,
                    touched.lorry_cut_off.len(),
                    streets_of(case.twin, &touched.lorry_cut_off),
                ),
            )
            .with_help("agree on deliveries, refuse collection and removals beforehand"),
        );
    }
    school(case.twin, touched, findings);
}

fn name(service: Service) -> &'static str {
    match service {
        Service::Fire => "the fire brigade",
        Service::Rescue => "the ambulance",
    }
}

fn response_told(twin: &Twin, response: &Response, findings: &mut Findings) {
    let (who, hour) = (name(response.service), response.hour);
    let beyond: Vec<Id<Address>> = response.beyond_limit().map(|row| row.address).collect();
    if !beyond.is_empty() {
        let worst = response.worst().and_then(|row| Some((row.address, row.with?.time_s - row.base.time_s)));
        let worst = worst.map_or_else(String::new, |(address, added_s)| {
            format!("; {} waits {:.1} min longer", address_name(twin, address), added_s / 60.0)
        });
        findings.push(
            Finding::warning(
                "emergency-beyond-limit",
                format!(
                    "in hour {hour} {who} is later than {:.0} min at {} addresses that it reached in time before ({}){worst}",
                    response.limit_s / 60.0,
                    beyond.len(),
                    streets_of(twin, &beyond),
                ),
            )
            .with_help("keep a lane for emergency vehicles (exempt = [\"emergency\"]), or agree with them on another base"),
        );
    }
    let lost: Vec<Id<Address>> = response.lost().map(|row| row.address).collect();
    if !lost.is_empty() {
        findings.push(Finding::warning(
            "emergency-lost",
            format!("in hour {hour} {who} does not reach {} addresses at all: {}", lost.len(), streets_of(twin, &lost)),
        ));
    }
    for &station in &response.shut_in {
        findings.push(
            Finding::warning(
                "station-shut-in",
                format!("in hour {hour} {who} cannot leave {}", place_name(twin, station)),
            )
            .with_key(twin.places[station].key.clone())
            .with_help("keep the way out of the station free, or move the vehicles for the time of the works"),
        );
    }
}

/// Volunteers are an assumption: say so once.
fn volunteers(touched: &Touched, findings: &mut Findings) {
    let fire = touched.responses.iter().find(|response| response.service == Service::Fire);
    if let Some(fire) = fire.filter(|fire| fire.n_volunteer > 0) {
        findings.push(
            Finding::note(
                "volunteer-brigades",
                format!(
                    "{} of {} fire stations are taken for volunteer brigades, as their names do not say that a crew is on duty",
                    fire.n_volunteer, fire.n_stations
                ),
            )
            .with_help("set turnout_volunteer_min and turnout_full_time_min under [assumptions] to what the brigades reach"),
        );
    }
}

fn bus_told(twin: &Twin, bus: &BusEffect, findings: &mut Findings) {
    if !bus.blocked {
        return;
    }
    let route = &twin.bus_routes[bus.route];
    let line = match (&route.line, &route.name) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(name)) => name.clone(),
        (None, None) => route.key.to_string(),
    };
    let stops: Vec<&str> = bus.stops_lost.iter().filter_map(|&stop| twin.bus_stops[stop].name.as_deref()).collect();
    let lost = match (bus.stops_lost.len(), stops.as_slice()) {
        (0, _) => "no stop is lost".to_owned(),
        (n, []) => format!("{n} stops are lost"),
        (n, names) => format!("{n} stops are lost: {}", names.join(", ")),
    };
    match (bus.added_m(), bus.added_s()) {
        (Some(added_m), Some(added_s)) => {
            let arcs = bus.diversions.iter().flat_map(|diversion| diversion.arcs.iter().copied());
            let via = streets(twin, arcs);
            let last_resort = bus.diversions.iter().any(|diversion| diversion.last_resort);
            let severity = if last_resort { Finding::warning } else { Finding::note };
            let small = if last_resort { ", on streets too small for buses" } else { "" };
            findings.push(
                severity(
                    "bus-diversion",
                    format!(
                        "{line} goes around by {via}{small}: {:+.0} m and {:+.1} min a run; {lost}",
                        added_m,
                        added_s / 60.0
                    ),
                )
                .with_key(route.key.clone()),
            );
        }
        _ => findings.push(
            Finding::warning("bus-no-diversion", format!("{line} has no way around that a bus may take; {lost}"))
                .with_key(route.key.clone())
                .with_help("let buses pass (exempt = [\"bus\"]), break the line in two, or permit a street on trial"),
        ),
    }
}

fn signed_told(twin: &Twin, detour: &SignedDetour, findings: &mut Findings) {
    let field = format!("closure[{}]", detour.closure);
    let towards = if detour.along { "along the closure" } else { "against the closure" };
    let Some(route) = &detour.route else {
        findings.push(
            Finding::warning("signed-detour-none", format!("there is no way around for traffic {towards}"))
                .with_field(field)
                .with_help("leave one direction or one lane open, or let the works move in stages"),
        );
        return;
    };
    let via = streets(twin, route.arcs.iter().copied());
    if route.quality == RouteQuality::CarsOnly {
        findings.push(
            Finding::warning(
                "signed-detour-cars-only",
                format!("the only way around for traffic {towards} ({via}) is closed to heavy lorries"),
            )
            .with_field(field.clone())
            .with_help("sign lorries around widely, with the districts around"),
        );
    }
    if route.quality == RouteQuality::LastResort {
        findings.push(
            Finding::warning(
                "signed-detour-last-resort",
                format!(
                    "the only way around for traffic {towards} leads over {:.0} m of residential streets or past other works: {via}",
                    route.residential_m
                ),
            )
            .with_field(field.clone()),
        );
    }
    overloaded(twin, route, &field, findings);
    if let Some(share) = route.followed.filter(|&share| share < FEW) {
        findings.push(
            Finding::note(
                "signed-detour-not-followed",
                format!(
                    "only {:.0} % of the trips around the closure take the signed detour {towards} ({via}); the others know shorter ways",
                    100.0 * share
                ),
            )
            .with_field(field)
            .with_help("expect them on the streets listed as detours: keep through traffic out where it must not go"),
        );
    }
}

fn overloaded(twin: &Twin, route: &SignedRoute, field: &str, findings: &mut Findings) {
    let Some(load) = route.load.filter(|load| load.saturation() > FULL) else { return };
    let link = twin.roads.link(load.arc.link);
    findings.push(
        Finding::warning(
            "signed-detour-overloaded",
            format!(
                "if everybody follows the signs, {} carries {:.0} of {:.0} pce/h in hour {}",
                link.name.as_deref().or(link.route.as_deref()).unwrap_or(link.key.as_str()),
                load.base_pce_h + load.diverted_pce_h,
                load.capacity_pce_h,
                load.hour,
            ),
        )
        .with_field(field)
        .with_key(link.key.clone())
        .with_help("sign a second detour, adapt the signals on it, or work outside the peak"),
    );
}

fn school(twin: &Twin, touched: &Touched, findings: &mut Findings) {
    if touched.school_walks.is_empty() {
        return;
    }
    let schools: BTreeSet<Id<Place>> = touched.school_walks.iter().map(|walk| walk.school).collect();
    let names: Vec<String> = schools.into_iter().map(|school| place_name(twin, school)).collect();
    let added_m = touched.school_walks.iter().filter_map(|walk| Some(walk.with_m? - walk.base_m)).fold(0.0, f64::max);
    let n_lost = touched.school_walks.iter().filter(|walk| walk.with_m.is_none()).count();
    let longer = match (added_m >= 1.0, n_lost) {
        (_, n) if n > 0 => format!("{n} of them have no other way"),
        (true, _) => format!("the way around is up to {added_m:.0} m longer"),
        (false, _) => "the footway past the works must stay safe for children".to_owned(),
    };
    findings.push(Finding::warning(
        "school-route",
        format!(
            "the shortest walk to school leads past the works for {} addresses ({}); {longer}",
            touched.school_walks.len(),
            names.join(", ")
        ),
    ));
}

fn address_name(twin: &Twin, id: Id<Address>) -> String {
    let address = &twin.addresses[id];
    let street = address.street.as_deref().or(address.city.as_deref()).unwrap_or_default();
    format!("{street} {}", address.house_number).trim().to_owned()
}

fn place_name(twin: &Twin, id: Id<Place>) -> String {
    let place = &twin.places[id];
    place.name.clone().unwrap_or_else(|| place.key.to_string())
}

/// The streets of some addresses, the first ones.
fn streets_of(twin: &Twin, addresses: &[Id<Address>]) -> String {
    let names: BTreeSet<&str> = addresses
        .iter()
        .filter_map(|&id| twin.addresses[id].street.as_deref().or(twin.addresses[id].city.as_deref()))
        .collect();
    shortened(names.into_iter().collect())
}

/// The streets of a way, each once in a row.
fn streets(twin: &Twin, arcs: impl Iterator<Item = Arc>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for arc in arcs {
        let link = twin.roads.link(arc.link);
        if let Some(name) = link.name.as_deref().or(link.route.as_deref())
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    shortened(names)
}

fn shortened(mut names: Vec<&str>) -> String {
    if names.is_empty() {
        return "streets without names".to_owned();
    }
    if names.len() > N_NAMED {
        names.truncate(N_NAMED);
        names.push("…");
    }
    names.join(", ")
}
