//! Every figure with what it rests on: model, date of the data, assumptions that were changed, band.

use serde_json::{Map, Value, json};
use twin::{Outcome, Scenario, Twin, criteria};

/// The model behind a criterion.
fn model(name: &str) -> &'static str {
    match name {
        "traffic.cut_off_addresses" => "reachability by car along permitted directions and turns",
        "traffic.affected_bus_routes" => "bus routes of the data that lead over closed sections",
        _ if name.starts_with("traffic.day") => {
            "24 user equilibria and point queues with spillback in slices of 15 minutes"
        }
        "traffic.alternation_delay_s" | "traffic.queue_veh" => {
            "alternating section by Webster and HCM delay, within the user equilibrium"
        }
        _ if name.starts_with("environment.addresses") => "RLS-19 emission of noise at volumes of the user equilibrium",
        _ if name.starts_with("environment") => {
            "TAG A1.3 fuel by mean speed at volumes and times of the user equilibrium"
        }
        _ if name.starts_with("traffic") => "static deterministic user equilibrium of cars and lorries",
        _ if name.starts_with("power") => "AC power flow (Newton–Raphson)",
        _ if name.starts_with("water") => "node balance of the water network (Newton)",
        _ => "Stadtwin",
    }
}

/// One entry per figure: value, model, newest date of the data, assumptions that the scenario changed, band where there is one.
pub(super) fn figures(twin: &Twin, scenario: &Scenario, outcome: &Outcome, changed: &Value) -> Value {
    let data_date = twin.sources.iter().filter_map(|source| source.date).max();
    let figures: Map<String, Value> = criteria::values(outcome)
        .into_iter()
        .map(|(name, value)| {
            let band = outcome.bands.iter().find(|band| band.criterion == name);
            let figure = json!({
                "value": super::summary::number(value),
                "model": model(name),
                "data_date": data_date,
                "demand_factor": scenario.demand_factor,
                "changed_assumptions": changed,
                "band": band.map(|band| json!([band.low.0, band.high.0])),
            });
            (name.to_owned(), figure)
        })
        .collect();
    Value::Object(figures)
}
