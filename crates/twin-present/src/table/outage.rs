//! Outages of pipe networks: valves to close, who is cut off by that, and what it takes over time.

use serde_json::{Value, json};
use twin::{
    Outcome, Twin,
    outcome::{CutOff, Inflow, Interruption, Isolation, WaterOutcome},
};

use super::Page;
use crate::{
    Language,
    words::{say, word},
};

/// Hydrants and tanks that are named.
const N_SHOWN: usize = 6;

/// How outages are shut off; nothing where none asks for it.
pub(super) fn isolations(page: &mut Page, outcome: &Outcome) {
    if outcome.isolations.is_empty() {
        return;
    }
    page.heading(&word(page.language, "isolation"));
    for isolation in &outcome.isolations {
        shut_off(page, isolation);
    }
}

fn shut_off(page: &mut Page, isolation: &Isolation) {
    let language = page.language;
    let (n, pipes) = (isolation.valves.len(), isolation.n_pipes);
    let length = language.number(isolation.length_m, 0);
    let values = [
        ("asset", isolation.asset.as_str()),
        ("n", &language.number(n as f64, 0)),
        ("pipes", &language.number(f64::from(pipes), 0)),
        ("length", &length),
    ];
    page.line(&say(language, "isolation-of", &values));
    for (step, valve) in isolation.valves.iter().enumerate() {
        let step = language.number((step + 1) as f64, 0);
        let flow = match valve.inflow {
            None => String::new(),
            Some(Inflow::Water(m3_s)) => format!("{} l/s", language.signed(1000.0 * m3_s, 2)),
            Some(Inflow::Mass(kg_s)) => format!("{} kg/s", language.signed(kg_s, 4)),
        };
        let text = if flow.is_empty() { "isolation-valve-only" } else { "isolation-valve" };
        let values = [("step", step.as_str()), ("key", valve.key.as_str()), ("flow", &flow)];
        page.line(&format!("  {}", say(language, text, &values)));
    }
    if !isolation.stuck.is_empty() {
        let keys = listed(isolation.stuck.iter().map(twin::Key::as_str));
        page.line(&format!("  {}", say(language, "isolation-stuck", &[("keys", &keys)])));
    }
    page.line(&format!("  {}", cut_off(language, "isolation-inside", &isolation.inside)));
    let behind = &isolation.behind;
    if behind.customers > 0 || !behind.hydrants.is_empty() {
        page.line(&format!("  {}", cut_off(language, "isolation-behind", behind)));
    }
    if !isolation.sources.is_empty() {
        let keys = listed(isolation.sources.iter().map(twin::Key::as_str));
        page.line(&format!("  {}", say(language, "isolation-sources", &[("keys", &keys)])));
    }
}

fn cut_off(language: Language, text: &str, cut_off: &CutOff) -> String {
    let customers = language.number(f64::from(cut_off.customers), 0);
    let residents = residents(language, cut_off.residents);
    let values = [("customers", customers.as_str()), ("residents", residents.as_str())];
    let mut line = say(language, text, &values);
    if !cut_off.hydrants.is_empty() {
        let n = language.number(cut_off.hydrants.len() as f64, 0);
        let keys = listed(cut_off.hydrants.iter().map(twin::Key::as_str));
        line.push_str(&say(language, "isolation-hydrants", &[("n", &n), ("keys", &keys)]));
    }
    line
}

/// The first names, and a mark where there are more.
fn listed<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = keys.take(N_SHOWN + 1).collect();
    if names.len() > N_SHOWN {
        names[N_SHOWN] = "…";
    }
    names.join(", ")
}

/// Residents, or that nobody knows how many.
fn residents(language: Language, known: Option<f64>) -> String {
    known.map_or_else(|| word(language, "residents-unknown"), |residents| language.number(residents, 0))
}

/// `6:30 h`.
pub(super) fn clock(seconds: u64) -> String {
    format!("{}:{:02} h", seconds / 3600, seconds % 3600 / 60)
}

/// What outages take over time; `text` is the line for the medium.
pub(super) fn interruption(page: &mut Page, text: &str, sum: Option<Interruption>, decimals: usize) {
    let Some(sum) = sum else { return };
    let language = page.language;
    let number = |value: f64, decimals: usize| language.number(value, decimals);
    let values = [
        ("from", clock(sum.begin_s)),
        ("to", clock(sum.end_s)),
        ("customers", number(f64::from(sum.customers), 0)),
        ("residents", residents(language, sum.residents)),
        ("hours", number(sum.customer_hours, 1)),
        ("low", number(sum.low_pressure_customer_hours, 1)),
        ("amount", number(sum.not_served.value(), decimals)),
    ];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    page.line(&say(language, text, &values));
}

/// Tanks that the outages drain further, the lowest first.
pub(super) fn tanks(page: &mut Page, twin: &Twin, water: &WaterOutcome) {
    let language = page.language;
    let mut lower: Vec<_> = water.tanks.iter().filter(|tank| tank.reserve_m < tank.base_reserve_m - 0.005).collect();
    lower.sort_by(|a, b| a.reserve_m.total_cmp(&b.reserve_m).then(a.node.cmp(&b.node)));
    for tank in lower.iter().take(N_SHOWN) {
        let key = &twin.water[tank.node].key;
        let (reserve, before) = (language.number(tank.reserve_m, 2), language.number(tank.base_reserve_m, 2));
        let at = clock(tank.empty_at_s.unwrap_or(tank.at_s));
        let text = if tank.empty_at_s.is_some() { "water-tank-empty" } else { "water-tank-low" };
        let values = [("key", key.as_str()), ("reserve", &reserve), ("before", &before), ("at", &at)];
        page.line(&say(language, text, &values));
    }
}

/// The part of `summary.json` about tanks.
pub(super) fn tanks_summary(twin: &Twin, water: &WaterOutcome) -> Value {
    let rows = water.tanks.iter().map(|tank| {
        json!({
            "key": twin.water[tank.node].key,
            "base_min_reserve_m": tank.base_reserve_m,
            "min_reserve_m": tank.reserve_m,
            "at_s": tank.at_s,
            "empty_at_s": tank.empty_at_s,
        })
    });
    Value::Array(rows.collect())
}
