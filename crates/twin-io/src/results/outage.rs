//! The rows of the tables about outages of pipe networks: whom they leave without water since when and how long, and which
//! valves shut them off.

use twin::{Outcome, Twin};

use super::table::{Cell, Kind, Table, integer, number, text};

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

fn whole(value: u64) -> Cell {
    Cell::Integer(i64::try_from(value).ok())
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
            whole(affected.from_s),
            Cell::Integer(affected.to_s.and_then(|to_s| i64::try_from(to_s).ok())),
            whole(affected.without_s),
            whole(affected.low_pressure_s),
            number(affected.not_served_m3),
            number(affected.not_served_m3_s),
            number(affected.pressure_m),
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
            ("inflow", Number),
        ],
    );
    for isolation in &outcome.isolations {
        let outage = || Cell::Integer(i64::try_from(isolation.outage).ok());
        let (asset, network) = (isolation.asset.as_str(), isolation.medium.name());
        for (valve, step) in isolation.valves.iter().zip(1_i64..) {
            table.push([
                outage(),
                text(asset),
                text(network),
                integer(step),
                text(valve.key.as_str()),
                text("close"),
                Cell::Number(valve.inflow),
            ]);
        }
        for key in &isolation.stuck {
            let cells = [text(network), Cell::Integer(None), text(key.as_str()), text("stuck"), Cell::Number(None)];
            let [network, step, valve, action, inflow] = cells;
            table.push([outage(), text(asset), network, step, valve, action, inflow]);
        }
    }
    table
}
