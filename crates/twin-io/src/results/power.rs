//! The rows of the power tables, and who is without power.

use std::collections::BTreeMap;

use twin::{
    Crs, Findings, Id, Outcome, Scenario, Twin,
    building::{Address, Building},
    outcome::{PowerDay, PowerOutcome, PowerState},
    utility::PowerBranchKind,
};

use super::{
    rows,
    table::{Cell, Kind, Table, integer, maybe_text, number, text},
};
use crate::project::Projector;

/// The tables of buses and branches, and those of a day where there is one; none where the twin has no power network.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    let Some(power) = &outcome.power else { return Vec::new() };
    let mut tables = vec![buses(twin, power), branches(twin, power)];
    if let Some(day) = &power.day {
        tables.push(quarters(day));
        tables.push(overloads(twin, day));
    }
    tables
}

/// Supply points that lose their supply, with their load and place; nothing where none does.
///
/// # Errors
/// The twin's coordinate system has no way to longitude and latitude.
pub(super) fn outage(twin: &Twin, outcome: &Outcome) -> Result<Option<Table>, Findings> {
    use Kind::{Number, Text};
    let Some(power) = outcome.power.as_ref().filter(|power| !power.lost.is_empty()) else { return Ok(None) };
    let projector = if twin.crs == Crs::NOWHERE { None } else { Some(Projector::new(twin.crs.epsg)?) };
    let mut table = Table::new(
        "power_outage",
        &[
            ("key", Text),
            ("name", Text),
            ("bus_key", Text),
            ("building_key", Text),
            ("load_kw", Number),
            ("x_m", Number),
            ("y_m", Number),
            ("longitude_deg", Number),
            ("latitude_deg", Number),
            ("after_switching", Text),
        ],
    );
    for lost in &power.lost {
        let bus = &twin.power[lost.bus];
        let unit = lost.unit.map(|unit| &twin.power_units[unit]);
        let (key, name) = unit.map_or((&bus.key, &bus.name), |unit| (&unit.key, &unit.name));
        let position = unit.map_or(bus.position, |unit| unit.position);
        let building = unit.and_then(|unit| unit.building).or(bus.building);
        let on_earth = projector.as_ref().map(|projector| projector.wgs84_from_local(position)).transpose()?;
        table.push([
            text(key.as_str()),
            maybe_text(name.as_deref()),
            text(bus.key.as_str()),
            maybe_text(building.map(|building| twin.buildings[building].key.as_str())),
            number(1e3 * lost.load_mw),
            number(position.x),
            number(position.y),
            Cell::Number(on_earth.map(|at| at.x)),
            Cell::Number(on_earth.map(|at| at.y)),
            text(if lost.comes_back { "supplied" } else { "unsupplied" }),
        ]);
    }
    Ok(Some(table))
}

/// Quarters of an hour of a day.
fn quarters(day: &PowerDay) -> Table {
    use Kind::{Integer, Number};
    let mut table = Table::new(
        "power_day",
        &[
            ("time_s", Integer),
            ("net_load_mw", Number),
            ("min_vm_pu", Number),
            ("max_vm_pu", Number),
            ("max_loading_percent", Number),
            ("n_overloaded", Integer),
            ("n_out_of_band", Integer),
        ],
    );
    for (at, quarter) in day.quarters.iter().enumerate() {
        let figure = |value: f64| Cell::Number(quarter.converged.then_some(value));
        table.push([
            integer(900 * at as i64),
            number(quarter.net_load_mw),
            figure(quarter.min_vm_pu),
            figure(quarter.max_vm_pu),
            figure(quarter.max_loading_percent),
            integer(quarter.n_overloaded),
            integer(quarter.n_out_of_band),
        ]);
    }
    table
}

/// Lines and transformers that carry more than they can at any time of a day.
fn overloads(twin: &Twin, day: &PowerDay) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "power_overload",
        &[
            ("key", Text),
            ("name", Text),
            ("from_key", Text),
            ("to_key", Text),
            ("max_loading_percent", Number),
            ("worst_time_s", Integer),
            ("overloaded_s", Integer),
        ],
    );
    for entry in &day.overloaded {
        let branch = twin.power.link(entry.branch);
        let (from, to) = twin.power.ends(entry.branch);
        table.push([
            text(branch.key.as_str()),
            maybe_text(branch.name.as_deref()),
            text(twin.power[from].key.as_str()),
            text(twin.power[to].key.as_str()),
            number(entry.max_loading_percent),
            integer(900 * i64::from(entry.worst_quarter)),
            integer(900 * i64::from(entry.n_quarters)),
        ]);
    }
    table
}

fn at(column: &[Option<f64>], index: usize) -> Cell {
    Cell::Number(column.get(index).copied().flatten())
}

fn buses(twin: &Twin, power: &PowerOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "power_bus",
        &[
            ("key", Text),
            ("name", Text),
            ("time_s", Integer),
            ("vm_pu", Number),
            ("va_deg", Number),
            ("p_mw", Number),
            ("q_mvar", Number),
            ("base_vm_pu", Number),
            ("base_va_deg", Number),
            ("status", Text),
        ],
    );
    for (id, bus) in twin.power.nodes() {
        let index = id.index();
        let (with, base): (&PowerState, &PowerState) = (&power.with, &power.base);
        let status = if !bus.in_service {
            "out_of_service"
        } else if power.dark_buses.binary_search(&id).is_ok() {
            "unsupplied"
        } else if power.dark_before.binary_search(&id).is_ok() {
            "unsupplied_before"
        } else if with.vm_pu.get(index).copied().flatten().is_some() {
            "supplied"
        } else {
            "not_solved"
        };
        table.push([
            text(bus.key.as_str()),
            maybe_text(bus.name.as_deref()),
            Cell::Integer(Some(0)),
            at(&with.vm_pu, index),
            at(&with.va_deg, index),
            at(&with.p_mw, index),
            at(&with.q_mvar, index),
            at(&base.vm_pu, index),
            at(&base.va_deg, index),
            text(status),
        ]);
    }
    table
}

fn branches(twin: &Twin, power: &PowerOutcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "power_branch",
        &[
            ("key", Text),
            ("name", Text),
            ("from_key", Text),
            ("to_key", Text),
            ("time_s", Integer),
            ("p_from_mw", Number),
            ("q_from_mvar", Number),
            ("p_to_mw", Number),
            ("q_to_mvar", Number),
            ("i_from_ka", Number),
            ("i_to_ka", Number),
            ("loading_percent", Number),
            ("base_loading_percent", Number),
            ("status", Text),
        ],
    );
    for (id, branch) in twin.power.links() {
        let (from, to) = twin.power.ends(id);
        let flow = power.with.flow_of(id).copied();
        let value = |of: fn(&twin::outcome::BranchFlow) -> f64| Cell::Number(flow.as_ref().map(of));
        let status = match (branch.kind, flow) {
            (PowerBranchKind::Switch { closed, .. }, None) => {
                if closed {
                    "closed"
                } else {
                    "open"
                }
            }
            (_, Some(flow)) if flow.loading_percent.is_some_and(|loading| loading > 100.0) => "overloaded",
            (_, Some(_)) => "in_service",
            (kind, None) if !kind.is_in_service() => "out_of_service",
            (_, None) => "not_live",
        };
        table.push([
            text(branch.key.as_str()),
            maybe_text(branch.name.as_deref()),
            text(twin.power[from].key.as_str()),
            text(twin.power[to].key.as_str()),
            Cell::Integer(Some(0)),
            value(|flow| flow.p_from_mw),
            value(|flow| flow.q_from_mvar),
            value(|flow| flow.p_to_mw),
            value(|flow| flow.q_to_mvar),
            value(|flow| flow.i_from_ka),
            value(|flow| flow.i_to_ka),
            Cell::Number(flow.and_then(|flow| flow.loading_percent)),
            Cell::Number(power.base.flow_of(id).and_then(|flow| flow.loading_percent)),
            text(status),
        ]);
    }
    table
}

/// Adds who is without power: addresses of dark buildings, the buildings without address, the supply points of others. The
/// amount is the load, MW, where the supply point tells it.
pub(super) fn with_affected(mut table: Table, twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Table {
    let Some(power) = &outcome.power else { return table };
    let (from, to) = rows::days(scenario);
    let day = |day: Option<twin::jiff::civil::Date>| Cell::Text(day.map(|day| day.to_string()));
    let mut put = |key: &str, amount: f64, label: Option<&str>| {
        table.push([
            text(key),
            text("power"),
            text("unsupplied"),
            day(from),
            day(to),
            number(amount),
            maybe_text(label),
        ]);
    };
    let mut addresses: BTreeMap<Id<Building>, Vec<&Address>> = BTreeMap::new();
    for address in twin.addresses.rows() {
        if let Some(building) = address.building {
            addresses.entry(building).or_default().push(address);
        }
    }
    let mut drawn_mw: BTreeMap<Id<Building>, f64> = BTreeMap::new();
    for &bus in &power.dark_buses {
        let bus = &twin.power[bus];
        match bus.building {
            Some(building) => *drawn_mw.entry(building).or_default() += bus.load_mw,
            None if bus.load_mw != 0.0 => put(bus.key.as_str(), bus.load_mw, bus.name.as_deref()),
            None => {}
        }
    }
    for &unit in &power.dark_units {
        let unit = &twin.power_units[unit];
        let mw = match unit.kind {
            twin::utility::PowerUnitKind::Load { p_mw, scaling, .. } => p_mw * scaling,
            _ => 0.0,
        };
        match unit.building.or(twin.power[unit.bus].building) {
            Some(building) => *drawn_mw.entry(building).or_default() += mw,
            None => put(unit.key.as_str(), mw, unit.name.as_deref()),
        }
    }
    for &building in &power.dark_buildings {
        let mw = drawn_mw.get(&building).copied().unwrap_or(0.0);
        match addresses.get(&building) {
            None => put(twin.buildings[building].key.as_str(), mw, twin.buildings[building].name.as_deref()),
            Some(list) => {
                for address in list {
                    put(address.key.as_str(), mw / list.len() as f64, Some(&rows::label_of(address)));
                }
            }
        }
    }
    table
}
