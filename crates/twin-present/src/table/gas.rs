//! Gas: what is drawn and served, who is cut off, and how good the figures are.

use serde_json::{Value, json};
use twin::{Outcome, Twin, outcome::GasTotals};

use super::{Grid, Page};
use crate::words::{say, word};

/// Customers that are named.
const N_SHOWN: usize = 8;

/// The part of the table about gas; nothing where there is no gas network.
pub(super) fn gas(page: &mut Page, twin: &Twin, outcome: &Outcome) {
    let Some(gas) = &outcome.gas else { return };
    let language = page.language;
    page.heading(&word(language, "gas"));
    type Figure = fn(&GasTotals) -> Option<f64>;
    let rows: [(&str, Figure, usize); 6] = [
        ("gas-served", |t| Some(t.served_kg_s), 4),
        ("gas-unserved", |t| Some(t.unserved_kg_s), 4),
        ("gas-customers", |t| Some(f64::from(t.customers_served)), 0),
        ("gas-cut-off", |t| Some(f64::from(t.customers_cut_off)), 0),
        ("gas-lowest", |t| t.lowest_bar, 4),
        ("gas-fastest", |t| Some(t.fastest_m_s), 2),
    ];
    let changed = !gas.shut.is_empty();
    let mut grid = Grid::new(if changed { 4 } else { 2 });
    if changed {
        let head = ["before", "after", "change"].map(|name| word(language, name));
        grid.row([String::new(), head[0].clone(), head[1].clone(), head[2].clone()]);
    }
    for (name, figure, decimals) in rows {
        let (before, after) = (figure(&gas.base.totals), figure(&gas.with.totals));
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
    if !gas.cut_off.is_empty() {
        let keys = gas.cut_off.iter().map(|&id| {
            let node = &twin.gas[id];
            node.building.and_then(|id| twin.buildings.get(id)).map_or(&node.key, |building| &building.key).as_str()
        });
        named(page, "gas-lose", gas.cut_off.len(), keys);
    }
    super::outage::interruption(page, "gas-interruption", gas.interruption, 1);
}

/// A line with a count and the first names.
pub(super) fn named<'a>(page: &mut Page, text: &str, n: usize, keys: impl Iterator<Item = &'a str>) {
    let language = page.language;
    let mut names: Vec<&str> = keys.take(N_SHOWN + 1).collect();
    if names.len() > N_SHOWN {
        names[N_SHOWN] = "…";
    }
    let n = language.number(n as f64, 0);
    page.line(&say(language, text, &[("n", &n), ("names", &names.join(", "))]));
}

/// How well the gas network was solved.
pub(super) fn quality(page: &mut Page, outcome: &Outcome) {
    let Some(gas) = &outcome.gas else { return };
    let status = gas.with.status;
    let language = page.language;
    let residual = language.scientific(status.residual());
    let iterations = language.number(f64::from(status.iterations()), 0);
    let text = if status.is_fine() { "gas-converged" } else { "gas-not-converged" };
    page.line(&say(language, text, &[("residual", &residual), ("iterations", &iterations)]));
}

/// The part of `summary.json` about gas; null where there is no gas network.
pub(super) fn summary(twin: &Twin, outcome: &Outcome) -> Value {
    let Some(gas) = &outcome.gas else { return Value::Null };
    json!({
        "base_status": gas.base.status,
        "status": gas.with.status,
        "base_totals": gas.base.totals,
        "totals": gas.with.totals,
        "at_s": gas.at_s,
        "shut": gas.shut.iter().filter_map(|&id| twin.gas.get_link(id)).map(|link| &link.key).collect::<Vec<_>>(),
        "cut_off": {
            "n": gas.cut_off.len(),
            "junctions": gas.cut_off.iter().map(|&id| &twin.gas[id].key).collect::<Vec<_>>(),
            "buildings": gas.cut_off_buildings.iter().map(|&id| &twin.buildings[id].key).collect::<Vec<_>>(),
        },
        "interruption": gas.interruption,
    })
}
