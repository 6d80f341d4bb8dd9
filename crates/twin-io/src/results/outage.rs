//! The rows of the tables about outages of pipe networks: whom they leave without water since when and how long, and which
//! valves shut them off.

use twin::{Outcome, Twin, outcome::Inflow};

use super::table::{Cell, Kind, Table, integer, number, seconds, text};

/// Both tables; none where nothing is out, or nothing is shut off by valves.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    let mut tables = Vec::new();
    if outcome.water.as_ref().is_some_and(|water| water.interruption.is_some()) {
        tables.push(water(twin, outcome));
    }
    if !outcome.isolations.is_empty() {
        tables.push(isolations(outcome));
    }
    tables
}

/// One row per junction that is worse off.
fn water(twin: &Twin, outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "water_outage",
        &[
            ("key", Text),
            ("building_key", Text),
            ("customers", Integer),
            ("status", Text),
            ("from_s", Integer),
            ("to_s", Integer),
            ("without_s", Integer),
            ("low_pressure_s", Integer),
            ("not_served_m3", Number),
            ("not_served_m3_s", Number),
            ("pressure_m", Number),
        ],
    );
    for affected in outcome.water.iter().flat_map(|water| &water.affected) {
        let node = &twin.water[affected.node];
        let building = node.building.and_then(|id| twin.buildings.get(id)).map(|building| building.key.as_str());
        table.push([
            text(node.key.as_str()),
            Cell::Text(building.map(str::to_owned)),
            integer(affected.customers),
            text(affected.supply.name()),
            seconds(affected.from_s),
            Cell::Integer(affected.to_s.and_then(|to_s| i64::try_from(to_s).ok())),
            seconds(affected.without_s),
            seconds(affected.low_pressure_s),
            number(affected.not_served_m3),
            number(affected.not_served_m3_s),
            Cell::Number(affected.pressure_m),
        ]);
    }
    table
}

/// One row per valve to close, in order.
fn isolations(outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "isolation_valve",
        &[
            ("outage", Integer),
            ("asset_key", Text),
            ("network", Text),
            ("step", Integer),
            ("valve_key", Text),
            ("action", Text),
            ("inflow_m3_s", Number),
            ("inflow_kg_s", Number),
        ],
    );
    for isolation in &outcome.isolations {
        let outage = || Cell::Integer(i64::try_from(isolation.outage).ok());
        let (asset, network) = (isolation.asset.as_str(), isolation.medium.name());
        for (valve, step) in isolation.valves.iter().zip(1_i64..) {
            let (inflow_m3_s, inflow_kg_s) = match valve.inflow {
                Some(Inflow::Water(flow)) => (Some(flow), None),
                Some(Inflow::Mass(flow)) => (None, Some(flow)),
                None => (None, None),
            };
            table.push([
                outage(),
                text(asset),
                text(network),
                integer(step),
                text(valve.key.as_str()),
                text("close"),
                Cell::Number(inflow_m3_s),
                Cell::Number(inflow_kg_s),
            ]);
        }
        for key in &isolation.stuck {
            table.push([
                outage(),
                text(asset),
                text(network),
                Cell::Integer(None),
                text(key.as_str()),
                text("stuck"),
                Cell::Number(None),
                Cell::Number(None),
            ]);
        }
    }
    table
}
