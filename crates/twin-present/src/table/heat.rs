//! District heat: what is produced, taken and lost, who is cut off, and how good the figures are.

use serde_json::{Value, json};
use twin::{Outcome, Twin, outcome::HeatTotals};

use super::{Grid, Page, gas::named};
use crate::words::{say, word};

/// Watts in a kilowatt.
const KW: f64 = 1e-3;
/// Zero of the Celsius scale, K.
const CELSIUS_K: f64 = 273.15;

/// The part of the table about heat; nothing where there is no heat network.
pub(super) fn heat(page: &mut Page, twin: &Twin, outcome: &Outcome) {
    let Some(heat) = &outcome.heat else { return };
    let language = page.language;
    page.heading(&word(language, "heat"));
    type Figure = fn(&HeatTotals) -> Option<f64>;
    let rows: [(&str, Figure, usize); 8] = [
        ("heat-produced", |t| Some(KW * t.produced_w), 1),
        ("heat-consumed", |t| Some(KW * t.consumed_w), 1),
        ("heat-lost", |t| Some(KW * t.lost_w), 1),
        ("heat-unserved", |t| Some(KW * t.unserved_w), 1),
        ("heat-consumers", |t| Some(f64::from(t.consumers_served)), 0),
        ("heat-cut-off", |t| Some(f64::from(t.consumers_cut_off)), 0),
        ("heat-worst-point", |t| t.worst_point_bar, 3),
        ("heat-coldest", |t| t.coldest_k.map(|k| k - CELSIUS_K), 2),
    ];
    let changed = !heat.shut.is_empty();
    let mut grid = Grid::new(if changed { 4 } else { 2 });
    if changed {
        let head = ["before", "after", "change"].map(|name| word(language, name));
        grid.row([String::new(), head[0].clone(), head[1].clone(), head[2].clone()]);
    }
    for (name, figure, decimals) in rows {
        let (before, after) = (figure(&heat.base.totals), figure(&heat.with.totals));
        let shown = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), |value| language.number(value, decimals));
        let label = word(language, name);
        if changed {
            let change = before.zip(after).map_or_else(String::new, |(b, a)| language.signed(a - b, decimals));
            grid.row([label, shown(before), shown(after), change]);
        } else {
            grid.row([label, shown(after)]);
        }
    }
    page.grid(&grid);
    if !heat.cut_off.is_empty() {
        let keys = heat.cut_off.iter().map(|&id| {
            let node = &twin.heat[id];
            node.building.and_then(|id| twin.buildings.get(id)).map_or(&node.key, |building| &building.key).as_str()
        });
        named(page, "heat-lose", heat.cut_off.len(), keys);
    }
    super::outage::interruption(page, "heat-interruption", heat.interruption, 1);
}

/// How well the heat network was solved.
pub(super) fn quality(page: &mut Page, outcome: &Outcome) {
    let Some(heat) = &outcome.heat else { return };
    let status = heat.with.status;
    let language = page.language;
    let residual = language.scientific(status.residual());
    let iterations = language.number(f64::from(status.iterations()), 0);
    let text = if status.is_fine() { "heat-converged" } else { "heat-not-converged" };
    page.line(&say(language, text, &[("residual", &residual), ("iterations", &iterations)]));
}

/// The part of `summary.json` about heat; null where there is no heat network.
pub(super) fn summary(twin: &Twin, outcome: &Outcome) -> Value {
    let Some(heat) = &outcome.heat else { return Value::Null };
    json!({
        "base_status": heat.base.status,
        "status": heat.with.status,
        "base_totals": heat.base.totals,
        "totals": heat.with.totals,
        "at_s": heat.at_s,
        "shut": heat.shut.iter().filter_map(|&id| twin.heat.get_link(id)).map(|link| &link.key).collect::<Vec<_>>(),
        "cut_off": {
            "n": heat.cut_off.len(),
            "junctions": heat.cut_off.iter().map(|&id| &twin.heat[id].key).collect::<Vec<_>>(),
            "buildings": heat.cut_off_buildings.iter().map(|&id| &twin.buildings[id].key).collect::<Vec<_>>(),
        },
        "interruption": heat.interruption,
    })
}
