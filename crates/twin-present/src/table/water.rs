//! Water: what is asked for and served, who lacks pressure, and how good the figures are.

use serde_json::{Value, json};
use twin::{
    Outcome, Twin,
    outcome::{Status, Supply, WaterOutcome, WaterTotals},
};

use super::{Grid, Page};
use crate::words::{say, word};

/// Junctions that are named.
const N_SHOWN: usize = 8;

const fn supply_word(supply: Supply) -> &'static str {
    match supply {
        Supply::Supplied => "supply-supplied",
        Supply::LowPressure => "supply-low-pressure",
        Supply::NegativePressure => "supply-negative-pressure",
        Supply::CutOff => "supply-cut-off",
    }
}

/// The part of the table about water; nothing where there is no water network.
pub(super) fn water(page: &mut Page, twin: &Twin, outcome: &Outcome) {
    let Some(water) = &outcome.water else { return };
    let language = page.language;
    page.heading(&word(language, "water"));
    let model = word(language, &format!("water-model-{}", water.demand_model.name()));
    let end_s = water.times.last().map_or(0, |time| time.time_s);
    page.line(&if end_s == 0 {
        say(language, "water-steady", &[("model", &model)])
    } else {
        let values = [
            ("n", language.number(water.times.len() as f64, 0)),
            ("end", language.number(end_s as f64 / 3600.0, 1)),
            ("model", model),
        ];
        say(language, "water-times", &[("n", &values[0].1), ("end", &values[1].1), ("model", &values[2].1)])
    });
    totals(page, water, end_s > 0);
    affected(page, twin, water);
}

fn totals(page: &mut Page, water: &WaterOutcome, over_time: bool) {
    let language = page.language;
    let pressure = language.number(water.required_pressure_m, 1);
    let below = say(language, "water-below", &[("pressure", &pressure)]);
    // At a single time the volume is that of one second.
    let (demand, served, factor) = if over_time {
        (word(language, "water-demand-volume"), word(language, "water-served-volume"), 1.0)
    } else {
        (word(language, "water-demand"), word(language, "water-served"), 1000.0)
    };
    type Figure = fn(&WaterTotals) -> Option<f64>;
    let rows: [(String, Figure, f64, usize); 7] = [
        (demand, |t| Some(t.demand_m3), factor, 1),
        (served, |t| Some(t.served_m3), factor, 1),
        (word(language, "water-not-served"), |t| Some(t.not_served_m3_s), 1000.0, 2),
        (below, |t| Some(f64::from(t.junctions_below_pressure)), 1.0, 0),
        (word(language, "water-cut-off"), |t| Some(f64::from(t.junctions_cut_off)), 1.0, 0),
        (word(language, "water-min-pressure"), |t| t.min_pressure_m, 1.0, 1),
        (word(language, "water-min-reserve"), |t| t.min_tank_reserve_m, 1.0, 2),
    ];
    let changed = water.base_totals != water.totals || !water.affected.is_empty();
    let mut grid = Grid::new(if changed { 4 } else { 2 });
    if changed {
        let head = ["before", "after", "change"].map(|name| word(language, name));
        grid.row([String::new(), head[0].clone(), head[1].clone(), head[2].clone()]);
    }
    for (label, figure, factor, decimals) in rows {
        let Some(after) = figure(&water.totals).map(|value| value * factor) else { continue };
        if changed {
            let before = figure(&water.base_totals).map(|value| value * factor);
            let shown =
                |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| language.number(value, decimals));
            let change = before.map_or_else(String::new, |before| language.signed(after - before, decimals));
            grid.row([label, shown(before), shown(Some(after)), change]);
        } else {
            grid.row([label, language.number(after, decimals)]);
        }
    }
    page.grid(&grid);
}

fn affected(page: &mut Page, twin: &Twin, water: &WaterOutcome) {
    super::outage::interruption(page, "water-interruption", water.interruption, 1);
    super::outage::tanks(page, twin, water);
    if water.affected.is_empty() {
        return;
    }
    let language = page.language;
    let lost: f64 = water.affected.iter().map(|affected| affected.not_served_m3_s).sum();
    let values = [language.number(water.affected.len() as f64, 0), language.number(1000.0 * lost, 2)];
    page.line(&say(language, "water-affected", &[("n", &values[0]), ("lost", &values[1])]));
    let mut worst: Vec<_> = water.affected.iter().collect();
    worst.sort_by(|a, b| {
        b.without_s.cmp(&a.without_s).then(b.not_served_m3_s.total_cmp(&a.not_served_m3_s)).then(a.node.cmp(&b.node))
    });
    for affected in worst.iter().take(N_SHOWN) {
        let node = &twin.water[affected.node];
        let key = node.building.and_then(|id| twin.buildings.get(id)).map_or(&node.key, |building| &building.key);
        let what = word(language, supply_word(affected.supply));
        let lost = language.number(1000.0 * affected.not_served_m3_s, 3);
        let pressure = affected.pressure_m.map(|pressure_m| language.number(pressure_m, 1));
        let text = if pressure.is_some() { "water-affected-row" } else { "water-affected-row-no-pressure" };
        let pressure = pressure.unwrap_or_default();
        let values = [("key", key.as_str()), ("what", &what), ("lost", &lost), ("pressure", &pressure)];
        page.line(&format!("  {}", say(language, text, &values)));
        if affected.without_s + affected.low_pressure_s > 0 {
            let begin = super::outage::clock(affected.from_s);
            let end = affected.to_s.map_or_else(|| "…".to_owned(), super::outage::clock);
            let hours = language.number(affected.without_s as f64 / 3600.0, 1);
            let low = language.number(affected.low_pressure_s as f64 / 3600.0, 1);
            let values = [("from", begin.as_str()), ("to", &end), ("hours", &hours), ("low", &low)];
            page.line(&format!("    {}", say(language, "water-affected-time", &values)));
        }
    }
    if worst.len() > N_SHOWN {
        let more = language.number((worst.len() - N_SHOWN) as f64, 0);
        page.line(&format!("  {}", say(language, "water-affected-more", &[("n", &more)])));
    }
}

/// How well the water network was solved.
pub(super) fn quality(page: &mut Page, outcome: &Outcome) {
    let Some(water) = &outcome.water else { return };
    let language = page.language;
    let residual = water.times.iter().map(|time| time.status.residual()).fold(0.0, f64::max);
    let residual = language.scientific(residual);
    let unsolved = water.times.iter().filter(|time| !time.status.is_fine()).count();
    if unsolved == 0 {
        let iterations = water.times.iter().map(|time| time.status.iterations()).max().unwrap_or(0);
        let iterations = language.number(f64::from(iterations), 0);
        page.line(&say(language, "water-converged", &[("residual", &residual), ("iterations", &iterations)]));
    } else {
        let (n, of) = (language.number(unsolved as f64, 0), language.number(water.times.len() as f64, 0));
        page.line(&say(language, "water-not-converged", &[("n", &n), ("of", &of), ("residual", &residual)]));
    }
}

/// The part of `summary.json` about water; null where there is no water network.
pub(super) fn summary(twin: &Twin, outcome: &Outcome) -> Value {
    let Some(water) = &outcome.water else { return Value::Null };
    let worst = water
        .times
        .iter()
        .map(|time| time.status)
        .max_by(|a, b| (!a.is_fine()).cmp(&!b.is_fine()).then(a.residual().total_cmp(&b.residual())))
        .unwrap_or(Status::Empty);
    json!({
        "simulated_s": water.simulated_s,
        "demand_model": water.demand_model,
        "required_pressure_m": water.required_pressure_m,
        "n_times": water.times.len(),
        "end_s": water.times.last().map_or(0, |time| time.time_s),
        "worst_status": worst,
        "times": water.times.iter().map(|time| json!({ "time_s": time.time_s, "status": time.status })).collect::<Vec<_>>(),
        "base_totals": water.base_totals,
        "totals": water.totals,
        "affected": {
            "n": water.affected.len(),
            "not_served_m3_s": water.affected.iter().map(|affected| affected.not_served_m3_s).sum::<f64>(),
            "junctions": water.affected.iter().map(|affected| json!({
                "key": twin.water[affected.node].key,
                "building": twin.water[affected.node].building.and_then(|id| twin.buildings.get(id)).map(|building| &building.key),
                "supply": affected.supply,
                "from_s": affected.from_s,
                "not_served_m3_s": affected.not_served_m3_s,
                "pressure_m": affected.pressure_m,
                "to_s": affected.to_s,
                "customers": affected.customers,
                "without_s": affected.without_s,
                "low_pressure_s": affected.low_pressure_s,
                "not_served_m3": affected.not_served_m3,
            })).collect::<Vec<_>>(),
        },
        "interruption": water.interruption,
        "tanks": super::outage::tanks_summary(twin, water),
    })
}
