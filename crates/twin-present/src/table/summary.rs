//! `summary.json`: totals, statuses, closures, criteria, input hashes, seeds and versions, for machines.

use serde_json::{Map, Value, json};
use twin::{
    Assumptions, Outcome, Scenario, Twin, criteria,
    outcome::{
        Alternation, ClosureOutcome, HourOutcome, Status, Totals,
        day::{DayOutcome, SLICE_S, begin_of, end_of},
        signal::Phase,
    },
    road::Arc,
    scenario::Control,
};

use super::{
    closures::{by_street, via},
    day::{clock, names},
};
use crate::Language;

/// Version of the layout of `summary.json`.
const LAYOUT: u32 = 1;

/// The summary of a run. Units stand in the names, criteria have the names that `[expect]` uses.
#[must_use]
pub fn summary(twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Value {
    let traffic = outcome.traffic.as_ref();
    let parts = scenario_part(scenario);
    json!({
        "summary_version": LAYOUT,
        "stadtwin_version": env!("CARGO_PKG_VERSION"),
        "twin": twin_part(twin),
        "figures": super::figures::figures(twin, scenario, outcome, &parts["changed_assumptions"]),
        "scenario": parts,
        "status": overall(outcome),
        "criteria": Value::Object(criteria::values(outcome).into_iter().map(|(k, v)| (k.to_owned(), number(v))).collect()),
        "expect": expect_part(scenario, outcome),
        "hours": traffic.map_or_else(Vec::new, |t| t.hours.iter().map(|hour| hour_part(twin, hour)).collect()),
        "day": traffic.and_then(|t| t.day.as_ref()).map_or(Value::Null, |day| day_part(twin, traffic.map_or(&[][..], |t| &t.closures[..]), day)),
        "closures": traffic.map_or_else(Vec::new, |t| t.closures.iter().map(|c| closure_part(twin, c)).collect()),
        "cut_off_addresses": traffic.map_or(Value::Null, |t| {
            let keys: Vec<_> = t.cut_off_addresses.iter().map(|&id| &twin.addresses[id].key).collect();
            json!({ "n": keys.len(), "keys": keys, "by_street": by_street(twin, &t.cut_off_addresses) })
        }),
        "addresses_unreachable_before": traffic.map_or(0, |t| t.unreachable_before.len()),
        "answers": super::query::summary(outcome),
        "touched": super::touched::summary(twin, outcome),
        "power": super::power::summary(twin, outcome),
        "gas": super::gas::summary(twin, outcome),
        "heat": super::heat::summary(twin, outcome),
        "water": super::water::summary(twin, outcome),
        "isolations": outcome.isolations,
        "environment": super::environment::summary(twin, outcome),
        "bands": super::certainty::bands_part(outcome),
        "shares": super::certainty::shares_part(outcome),
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
    let hours = outcome.traffic.iter().flat_map(|t| &t.hours).flat_map(|hour| [hour.base_status, hour.status]);
    let day = outcome.traffic.iter().filter_map(|t| t.day.as_ref());
    let day = day.flat_map(|day| [day.base_status, day.status, day.routes_status]);
    let power = outcome.power.iter().flat_map(|power| [power.base_status, power.status]);
    let gas = outcome.gas.iter().flat_map(|gas| [gas.base.status, gas.with.status]);
    let heat = outcome.heat.iter().flat_map(|heat| [heat.base.status, heat.with.status]);
    let water = outcome.water.iter().flat_map(|water| &water.times).map(|time| time.status);
    for status in hours.chain(day).chain(power).chain(gas).chain(heat).chain(water) {
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
        "date": scenario.date,
        "seed": scenario.seed,
        "demand_factor": scenario.demand_factor,
        "n_closures": scenario.closures.len(),
        "traffic": {
            "relative_gap": scenario.traffic.relative_gap,
            "max_iterations": scenario.traffic.max_iterations,
            "toll_weight": scenario.traffic.toll_weight,
            "distance_weight": scenario.traffic.distance_weight,
            "hours": scenario.traffic.hours,
            "day": scenario.traffic.day,
            "bands": scenario.scrutiny.bands,
            "shares": scenario.scrutiny.shares,
        },
        "power": { "tolerance_pu": scenario.power.tolerance_pu },
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

/// The day: sums, queues before closures, signal plans, queues elsewhere. Times are ends of slices unless they are called begins.
fn day_part(twin: &Twin, closures: &[ClosureOutcome], day: &DayOutcome) -> Value {
    let key = |arc: Arc| &twin.roads.link(arc.link).key;
    json!({
        "slice_s": SLICE_S,
        "base_status": day.base_status,
        "status": day.status,
        "routes_status": day.routes_status,
        "base_totals": day.base_totals,
        "totals": day.totals,
        "added_delay_veh_h": day.totals.delay_veh_h - day.base_totals.delay_veh_h,
        "added_vehicle_hours": day.totals.vehicle_hours - day.base_totals.vehicle_hours,
        "lost_share": day.totals.lost_share(),
        "approaches": day.approaches.iter().map(|approach| json!({
            "closure": approach.closure + 1,
            "towards": if approach.direction == 0 { "along" } else { "against" },
            "key": key(approach.arc),
            "direction": approach.arc.direction,
            "street": twin.roads.link(approach.arc.link).name,
            "stop_m": approach.stop_m,
            "queue_veh_h": approach.queue_veh_h,
            "longest": approach.longest.as_ref().map(|longest| json!({
                "at": clock(end_of(longest.slice)),
                "queue_veh": longest.queue_veh,
                "tailback_m": longest.tailback_m,
                "begins": clock(begin_of(longest.begin)),
                "cleared": longest.cleared.map(|slice| clock(end_of(slice))),
                "junctions": longest.junctions.iter().map(|&node| &twin.roads[node].key).collect::<Vec<_>>(),
                "streets": names(Language::En, twin, &longest.arcs),
                "links": longest.arcs.iter().map(|&arc| key(arc)).collect::<Vec<_>>(),
            })),
            "queue_veh": approach.slices.iter().map(|slice| slice.queue_veh).collect::<Vec<_>>(),
            "red_queue_veh": approach.slices.iter().map(|slice| slice.red_queue_veh).collect::<Vec<_>>(),
            "tailback_m": approach.slices.iter().map(|slice| slice.tailback_m).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "signal_plans": day.plans.iter().map(|plan| json!({
            "closure": plan.closure + 1,
            "begin": clock(begin_of(plan.begin)),
            "end": clock(begin_of(plan.end)),
            "alternation": plan.alternation,
            "phases": phases(closures.get(plan.closure), &plan.alternation),
            "level": std::array::from_fn::<char, 2, _>(|direction| plan.alternation.level(direction)),
        })).collect::<Vec<_>>(),
        "elsewhere": day.elsewhere.iter().map(|queue| json!({
            "key": key(queue.arc),
            "direction": queue.arc.direction,
            "street": twin.roads.link(queue.arc.link).name,
            "at": clock(end_of(queue.slice)),
            "base_veh": queue.base_veh,
            "queue_veh": queue.queue_veh,
        })).collect::<Vec<_>>(),
    })
}

/// The phases of a signal; flaggers have no plan.
fn phases(closure: Option<&ClosureOutcome>, plan: &Alternation) -> Option<[Phase; 2]> {
    let with_signal = closure.is_some_and(|closure| closure.control == Some(Control::Signal));
    plan.phases().filter(|_| with_signal)
}

fn closure_part(twin: &Twin, closure: &ClosureOutcome) -> Value {
    json!({
        "kind": closure.kind,
        "control": closure.control,
        "length_m": closure.length_m,
        "active": closure.active,
        "base_volume_veh_h": closure.base_volume_veh_h,
        "alternation": closure.alternation,
        "level": closure.alternation.iter().map(|plan| std::array::from_fn::<char, 2, _>(|direction| plan.level(direction))).collect::<Vec<_>>(),
        "queue_95_veh": closure.alternation.iter().map(|plan| std::array::from_fn::<f64, 2, _>(|direction| plan.queue_95_veh(direction))).collect::<Vec<_>>(),
        "phases": closure.alternation.iter().map(|plan| phases(Some(closure), plan)).collect::<Vec<_>>(),
        "rooms": closure.rooms.map(|room| room.map(|room| json!({
            "length_m": room.length_m,
            "vehicles": room.vehicles,
            "junction": room.junction.map(|node| &twin.roads[node].key),
            "cross_street": room.cross.and_then(|link| twin.roads.link(link).name.as_deref()),
        }))),
        "sections": closure.sections.iter().map(|section| {
            let link = twin.roads.link(section.link);
            json!({ "key": link.key, "street": link.name, "from_m": section.from_m, "to_m": section.to_m, "along": section.along })
        }).collect::<Vec<_>>(),
    })
}

/// A finite number; null for what is not one.
pub(super) fn number(value: f64) -> Value {
    serde_json::Number::from_f64(value).map_or(Value::Null, Value::Number)
}
