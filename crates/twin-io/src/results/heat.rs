//! The rows of the heat tables: one per node or link. Of a trench the supply pipe; columns `return_` hold the other one.

use twin::{Key, Outcome, Twin, outcome::HeatOutcome, utility::HeatNodeKind};

use super::table::{Cell, Kind, Table, integer, number, text};

/// Both tables; none where the twin has no heat network.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    outcome.heat.as_ref().map_or_else(Vec::new, |heat| vec![junctions(twin, heat), pipes(twin, heat)])
}

/// Whom the outages take heat from: buildings, else junctions; the amount is the design load in watts where it is known.
pub(super) fn affected(twin: &Twin, outcome: &Outcome, mut put: impl FnMut(&Key, &str, f64, Option<&str>)) {
    let Some(heat) = &outcome.heat else { return };
    for &id in &heat.cut_off {
        let node = &twin.heat[id];
        let key = node.building.and_then(|id| twin.buildings.get(id)).map_or(&node.key, |building| &building.key);
        let load_w = if let HeatNodeKind::Consumer { load_w, .. } = node.kind { load_w } else { 0.0 };
        put(key, "cut_off", load_w, None);
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
        let cut_off = with.pressure_bar[at].is_none() || heat.cut_off.binary_search(&id).is_ok();
        table.push([
            text(node.key.as_str()),
            integer(0),
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
        let open = link.kind.is_open() && heat.shut.binary_search(&id).is_err();
        table.push([
            text(link.key.as_str()),
            integer(0),
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
