//! `summary.json`: totals, statuses, closures, criteria, input hashes, seeds and versions, for machines.

use serde_json::{Map, Value, json};
use twin::{
    Assumptions, Outcome, Scenario, Twin, criteria,
    outcome::{ClosureOutcome, HourOutcome, Status, Totals},
};

use super::closures::{by_street, via};
use crate::Language;

/// Version of the layout of `summary.json`.
const LAYOUT: u32 = 1;

/// The summary of a run. Units stand in the names, criteria have the names that `[expect]` uses.
#[must_use]
pub fn summary(twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Value {
    let traffic = outcome.traffic.as_ref();
    json!({
        "summary_version": LAYOUT,
        "stadtwin_version": env!("CARGO_PKG_VERSION"),
        "twin": twin_part(twin),
        "scenario": scenario_part(scenario),
        "status": overall(outcome),
        "criteria": Value::Object(criteria::values(outcome).into_iter().map(|(k, v)| (k.to_owned(), number(v))).collect()),
        "expect": expect_part(scenario, outcome),
        "hours": traffic.map_or_else(Vec::new, |t| t.hours.iter().map(|hour| hour_part(twin, hour)).collect()),
        "closures": traffic.map_or_else(Vec::new, |t| t.closures.iter().map(|c| closure_part(twin, c)).collect()),
        "cut_off_addresses": traffic.map_or(Value::Null, |t| {
            let keys: Vec<_> = t.cut_off_addresses.iter().map(|&id| &twin.addresses[id].key).collect();
            json!({ "n": keys.len(), "keys": keys, "by_street": by_street(twin, &t.cut_off_addresses) })
        }),
        "addresses_unreachable_before": traffic.map_or(0, |t| t.unreachable_before.len()),
        "water": super::water::summary(twin, outcome),
        "affected_bus_routes": traffic.map_or_else(Vec::new, |t| {
            t.affected_bus_routes
                .iter()
                .map(|&id| {
                    let route = &twin.bus_routes[id];
                    json!({ "key": route.key, "line": route.line, "name": route.name })
                })
                .collect::<Vec<_>>()
        }),
        "findings": outcome.findings,
    })
}

/// `converged`, `not_converged`, `cancelled` or `empty`: the worst of all solves.
fn overall(outcome: &Outcome) -> &'static str {
    let mut worst = (0, "empty");
    let statuses = outcome.traffic.iter().flat_map(|t| &t.hours).flat_map(|hour| [hour.base_status, hour.status]);
    let water = outcome.water.iter().flat_map(|water| &water.times).map(|time| time.status);
    for status in statuses.chain(water) {
        let ranked = match status {
            Status::Empty => (0, "empty"),
            Status::Converged { .. } => (1, "converged"),
            Status::NotConverged { .. } => (2, "not_converged"),
            Status::Cancelled { .. } => (3, "cancelled"),
        };
        worst = worst.max(ranked);
    }
    worst.1
}

fn twin_part(twin: &Twin) -> Value {
    json!({
        "name": twin.name,
        "crs": twin.crs.name(),
        "sources": twin.sources.iter().map(|source| json!({
            "name": source.name,
            "format": source.format,
            "licence": source.licence,
            "attribution": source.attribution,
            "date": source.date,
            "hash": source.hash,
        })).collect::<Vec<_>>(),
    })
}

fn scenario_part(scenario: &Scenario) -> Value {
    let defaults = Assumptions::default();
    let changed: Map<String, Value> = Assumptions::TABLE
        .iter()
        .filter(|row| scenario.assumptions.get(row.key) != defaults.get(row.key))
        .filter_map(|row| Some((row.key.to_owned(), number(scenario.assumptions.get(row.key)?))))
        .collect();
    json!({
        "name": scenario.name,
        "from": scenario.from,
        "to": scenario.to,
        "seed": scenario.seed,
        "demand_factor": scenario.demand_factor,
        "n_closures": scenario.closures.len(),
        "traffic": {
            "relative_gap": scenario.traffic.relative_gap,
            "max_iterations": scenario.traffic.max_iterations,
            "toll_weight": scenario.traffic.toll_weight,
            "distance_weight": scenario.traffic.distance_weight,
            "hours": scenario.traffic.hours,
        },
        "water": {
            "duration_s": scenario.water.duration_s,
            "demand_model": scenario.water.demand_model,
            "minimum_pressure_m": scenario.water.minimum_pressure_m,
            "required_pressure_m": scenario.water.required_pressure_m,
            "pressure_exponent": scenario.water.pressure_exponent,
        },
        "changed_assumptions": changed,
    })
}

fn expect_part(scenario: &Scenario, outcome: &Outcome) -> Vec<Value> {
    let values = criteria::values(outcome);
    let violations = criteria::violations(&scenario.expect, outcome);
    scenario
        .expect
        .iter()
        .map(|(name, bound)| {
            json!({
                "criterion": name,
                "min": bound.min,
                "max": bound.max,
                "value": values.iter().find(|(known, _)| known == name).map(|&(_, value)| number(value)),
                "kept": !violations.iter().any(|violation| violation.name == *name),
            })
        })
        .collect()
}

fn hour_part(twin: &Twin, hour: &HourOutcome) -> Value {
    let (base, with) = (&hour.base_totals, &hour.totals);
    json!({
        "hour": hour.hour,
        "base_status": hour.base_status,
        "status": hour.status,
        "base_totals": base,
        "totals": with,
        "added": added(base, with),
        "cut_off_trips": hour.cut_off_trips.iter().map(|cut| json!({
            "class": cut.class,
            "trips_veh_h": cut.trips_veh_h,
            "n_pairs": cut.pairs.len(),
            "pairs": cut.pairs.iter().map(|(origin, destination, trips)| json!({
                "origin": origin, "destination": destination, "trips_veh_h": trips,
            })).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "detours": hour.detours.iter().map(|detour| json!({
            "trips_veh_h": detour.trips_veh_h,
            "added_distance_m": detour.added_distance_m,
            "added_time_s": detour.added_time_s,
            "streets": via(Language::En, twin, detour),
            "links": detour.arcs.iter().map(|arc| &twin.roads.link(arc.link).key).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
    })
}

fn added(base: &Totals, with: &Totals) -> Value {
    let percent = |before: f64, after: f64| {
        if before.abs() < 1e-9 { Value::Null } else { number(100.0 * (after - before) / before) }
    };
    json!({
        "vehicle_hours": with.vehicle_hours - base.vehicle_hours,
        "vehicle_hours_percent": percent(base.vehicle_hours, with.vehicle_hours),
        "vehicle_km": with.vehicle_km - base.vehicle_km,
        "vehicle_km_percent": percent(base.vehicle_km, with.vehicle_km),
        "delay_veh_h": with.delay_veh_h - base.delay_veh_h,
        "trips_veh_h": with.trips_veh_h - base.trips_veh_h,
    })
}

fn closure_part(twin: &Twin, closure: &ClosureOutcome) -> Value {
    json!({
        "kind": closure.kind,
        "control": closure.control,
        "length_m": closure.length_m,
        "active": closure.active,
        "base_volume_veh_h": closure.base_volume_veh_h,
        "alternation": closure.alternation,
        "sections": closure.sections.iter().map(|section| {
            let link = twin.roads.link(section.link);
            json!({ "key": link.key, "street": link.name, "from_m": section.from_m, "to_m": section.to_m, "along": section.along })
        }).collect::<Vec<_>>(),
    })
}

/// A finite number; null for what is not one.
fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)
}
