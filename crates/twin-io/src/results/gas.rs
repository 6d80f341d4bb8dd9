//! The rows of the gas tables: one per node or link, as the scenario has them.

use twin::{Key, Outcome, Twin, outcome::GasOutcome};

use super::table::{Cell, Kind, Table, integer, number, seconds, text};

/// Both tables; none where the twin has no gas network.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    outcome.gas.as_ref().map_or_else(Vec::new, |gas| vec![junctions(twin, gas), pipes(twin, gas)])
}

/// Whom the outages take gas from: buildings, else junctions; the amount is the draw that is not served, kg/s.
pub(super) fn affected(twin: &Twin, outcome: &Outcome, mut put: impl FnMut(&Key, &str, f64, Option<&str>)) {
    let Some(gas) = &outcome.gas else { return };
    let density = twin.operation(twin::utility::Medium::Gas).fluid.normal_density_kg_m3();
    for &id in &gas.cut_off {
        let node = &twin.gas[id];
        let demand_m3_h = gas.demand_m3_h.get(id.index()).copied().unwrap_or(0.0);
        let key = node.building.and_then(|id| twin.buildings.get(id)).map_or(&node.key, |building| &building.key);
        put(key, "cut_off", demand_m3_h * density / 3600.0, None);
    }
}

fn junctions(twin: &Twin, gas: &GasOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "gas_junction",
        &[
            ("key", Text),
            ("time_s", Integer),
            ("pressure_bar", Number),
            ("temperature_k", Number),
            ("demand_m3_h", Number),
            ("feed_kg_s", Number),
            ("customers", Integer),
            ("base_pressure_bar", Number),
            ("status", Text),
        ],
    );
    for (id, node) in twin.gas.nodes() {
        let at = id.index();
        let pressure = gas.with.pressure_bar[at];
        table.push([
            text(node.key.as_str()),
            seconds(gas.at_s),
            Cell::Number(pressure),
            Cell::Number(gas.temperature_k.get(at).copied()),
            Cell::Number(gas.demand_m3_h.get(at).copied()),
            number(gas.with.feed_kg_s[at]),
            integer(node.customers),
            Cell::Number(gas.base.pressure_bar[at]),
            text(if pressure.is_some() { "supplied" } else { "cut_off" }),
        ]);
    }
    table
}

fn pipes(twin: &Twin, gas: &GasOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "gas_pipe",
        &[
            ("key", Text),
            ("time_s", Integer),
            ("mass_flow_kg_s", Number),
            ("velocity_m_s", Number),
            ("base_mass_flow_kg_s", Number),
            ("base_velocity_m_s", Number),
            ("status", Text),
        ],
    );
    for (id, link) in twin.gas.links() {
        let at = id.index();
        let open = gas.standing_shut.binary_search(&id).is_err() && gas.shut.binary_search(&id).is_err();
        table.push([
            text(link.key.as_str()),
            seconds(gas.at_s),
            number(gas.with.mass_flow_kg_s[at]),
            number(gas.with.velocity_m_s[at]),
            number(gas.base.mass_flow_kg_s[at]),
            number(gas.base.velocity_m_s[at]),
            text(if open { "open" } else { "shut" }),
        ]);
    }
    table
}
