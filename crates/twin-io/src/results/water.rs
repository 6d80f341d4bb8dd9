//! The rows of the water tables: one per node or link and time.

use std::collections::BTreeMap;

use twin::{
    Id, Key, Outcome, Twin,
    building::{Address, Building},
    outcome::{WaterOutcome, WaterTime},
    utility::WaterLink,
};

use super::table::{Cell, Kind, Table, number, seconds, text};

/// Both tables; none where the twin has no water network.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    outcome.water.as_ref().map_or_else(Vec::new, |water| vec![junctions(twin, water), links(twin, water)])
}

/// Whom the outages take water or pressure from: addresses, else buildings, else junctions; the amount is the demand
/// that is not served, m³/s.
pub(super) fn affected(twin: &Twin, outcome: &Outcome, mut put: impl FnMut(&Key, &str, f64, Option<&str>)) {
    let Some(water) = outcome.water.as_ref().filter(|water| !water.affected.is_empty()) else { return };
    let mut addresses: BTreeMap<Id<Building>, Vec<&Address>> = BTreeMap::new();
    for (_, address) in twin.addresses.iter() {
        if let Some(building) = address.building {
            addresses.entry(building).or_default().push(address);
        }
    }
    for affected in &water.affected {
        let node = &twin.water[affected.node];
        let what = affected.supply.name();
        let Some(building) = node.building else {
            put(&node.key, what, affected.not_served_m3_s, None);
            continue;
        };
        match addresses.get(&building) {
            None => put(&twin.buildings[building].key, what, affected.not_served_m3_s, None),
            Some(list) => {
                for address in list {
                    let share = affected.not_served_m3_s / list.len() as f64;
                    put(&address.key, what, share, Some(&super::rows::label_of(address)));
                }
            }
        }
    }
}

fn junctions(twin: &Twin, water: &WaterOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "water_junction",
        &[
            ("key", Text),
            ("time_s", Integer),
            ("head_m", Number),
            ("pressure_m", Number),
            ("demand_m3_s", Number),
            ("served_m3_s", Number),
            ("status", Text),
        ],
    );
    for time in &water.times {
        for (id, node) in twin.water.nodes() {
            let at = id.index();
            table.push([
                text(node.key.as_str()),
                seconds(time.time_s),
                Cell::Number(time.head_m_at(at)),
                Cell::Number(time.pressure_m_at(at)),
                number(time.demand_m3_s[at]),
                number(time.served_m3_s[at]),
                text(time.supply[at].name()),
            ]);
        }
    }
    table
}

/// A table of links, without rows.
pub(super) fn link_table() -> Table {
    use Kind::{Integer, Number, Text};
    Table::new(
        "water_link",
        &[
            ("key", Text),
            ("time_s", Integer),
            ("flow_m3_s", Number),
            ("velocity_m_s", Number),
            ("headloss_m", Number),
            ("status", Text),
        ],
    )
}

/// A row of it: a link at a time.
pub(super) fn push_link(table: &mut Table, link: &WaterLink, at: usize, time: &WaterTime) {
    table.push([
        text(link.key.as_str()),
        seconds(time.time_s),
        number(time.flow_m3_s[at]),
        number(time.velocity_m_s[at]),
        number(time.headloss_m[at]),
        text(time.link_status[at]),
    ]);
}

fn links(twin: &Twin, water: &WaterOutcome) -> Table {
    let mut table = link_table();
    for time in &water.times {
        for (id, link) in twin.water.links() {
            push_link(&mut table, link, id.index(), time);
        }
    }
    table
}
