//! The rows of the heat tables: one per node or link. Of a trench the supply pipe; columns `return_` hold the other one.

use twin::{Key, Outcome, Twin, outcome::HeatOutcome};

use super::table::{Cell, Kind, Table, number, seconds, text};

/// Both tables; none where the twin has no heat network.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    outcome.heat.as_ref().map_or_else(Vec::new, |heat| vec![junctions(twin, heat), pipes(twin, heat)])
}

/// Whom the outages take heat from: buildings, else junctions; the amount is the load that the scenario asks for, watts, where it is known.
pub(super) fn affected(twin: &Twin, outcome: &Outcome, mut put: impl FnMut(&Key, &str, f64, Option<&str>)) {
    let Some(heat) = &outcome.heat else { return };
    for &id in &heat.cut_off {
        let node = &twin.heat[id];
        let key = node.building.and_then(|id| twin.buildings.get(id)).map_or(&node.key, |building| &building.key);
        put(key, "cut_off", heat.load_w.get(id.index()).copied().unwrap_or(0.0), None);
    }
}

fn junctions(twin: &Twin, heat: &HeatOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "heat_junction",
        &[
            ("key", Text),
            ("time_s", Integer),
            ("pressure_bar", Number),
            ("temperature_k", Number),
            ("return_pressure_bar", Number),
            ("return_temperature_k", Number),
            ("heat_w", Number),
            ("base_pressure_bar", Number),
            ("base_temperature_k", Number),
            ("status", Text),
        ],
    );
    for (id, node) in twin.heat.nodes() {
        let at = id.index();
        let (with, base) = (&heat.with, &heat.base);
        let cut_off = with.pressure_bar[at].is_none() || with.without_heat.binary_search(&id).is_ok();
        table.push([
            text(node.key.as_str()),
            seconds(heat.at_s),
            Cell::Number(with.pressure_bar[at]),
            Cell::Number(with.temperature_k[at]),
            Cell::Number(with.return_pressure_bar[at]),
            Cell::Number(with.return_temperature_k[at]),
            number(with.node_heat_w[at]),
            Cell::Number(base.pressure_bar[at]),
            Cell::Number(base.temperature_k[at]),
            text(if cut_off { "cut_off" } else { "supplied" }),
        ]);
    }
    table
}

fn pipes(twin: &Twin, heat: &HeatOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "heat_pipe",
        &[
            ("key", Text),
            ("time_s", Integer),
            ("mass_flow_kg_s", Number),
            ("velocity_m_s", Number),
            ("outlet_temperature_k", Number),
            ("heat_loss_w", Number),
            ("heat_w", Number),
            ("base_mass_flow_kg_s", Number),
            ("base_heat_loss_w", Number),
            ("status", Text),
        ],
    );
    for (id, link) in twin.heat.links() {
        let at = id.index();
        let open = heat.standing_shut.binary_search(&id).is_err() && heat.shut.binary_search(&id).is_err();
        table.push([
            text(link.key.as_str()),
            seconds(heat.at_s),
            number(heat.with.mass_flow_kg_s[at]),
            number(heat.with.velocity_m_s[at]),
            Cell::Number(heat.with.outlet_k[at]),
            number(heat.with.heat_loss_w[at]),
            number(heat.with.heat_w[at]),
            number(heat.base.mass_flow_kg_s[at]),
            number(heat.base.heat_loss_w[at]),
            text(if open { "open" } else { "shut" }),
        ]);
    }
    table
}
