//! Sweeps: every street section closed once, each as a scenario of its own; every asset of a supply network out once.
//!
//! # Model
//! A section is fully closed for all modes on its carriageway, in both directions; everything else is as in a run of that
//! scenario, from the same base case, to the same relative gap. A section without any vehicle in the base case changes no
//! volume: removing what nobody uses leaves the equilibrium where it is, so only access is looked at.
//!
//! # Determinism
//! Sections are independent scenarios; which thread computes which one, and what was resumed from an earlier sweep, changes no bit.

use std::collections::BTreeMap;

use rayon::prelude::*;
use twin::{
    Finding, Findings, Id, Key, Scenario, Sweep, SweepRow, Twin, Watch, criteria,
    outcome::{ClosedSection, Status},
    road::{Arc, Direction, RoadLink},
    scenario::{Closure, RoadTarget},
};

use crate::{Prepared, Resolved, ResolvedClosure, resolve::closed_whole, run::figures};

/// The criteria of a sweep over streets, the one that ranks first.
pub const ROAD_CRITERIA: [&str; 8] = [
    "traffic.added_vehicle_hours",
    "traffic.cut_off_addresses",
    "traffic.cut_off_trips",
    "traffic.added_vehicle_km",
    "traffic.added_delay_veh_h",
    "traffic.closure_base_volume_veh_h",
    "traffic.affected_bus_routes",
    "traffic.relative_gap",
];

/// Closes every section that motor vehicles may use, one at a time.
///
/// `known` are rows of an earlier sweep of the same twin and options that was stopped; they are not computed again. `done` is
/// told of every new row as soon as it is there, from any thread. Stops when cancelled: then the sweep is not complete.
#[must_use]
pub fn sweep_roads(
    twin: &Twin,
    prepared: &Prepared,
    scenario: &Scenario,
    known: &BTreeMap<Key, SweepRow>,
    watch: &dyn Watch,
    done: &(dyn Fn(&SweepRow) + Sync),
) -> Sweep {
    let sections: Vec<Id<RoadLink>> = twin
        .roads
        .links()
        .map(|(id, _)| id)
        .filter(|&id| Direction::BOTH.iter().any(|&d| prepared.streets.position(Arc::new(id, d)).is_some()))
        .collect();
    let n_done = std::sync::atomic::AtomicU64::new(0);
    let rows: Vec<Option<SweepRow>> = sections
        .par_iter()
        .map(|&id| {
            let count = n_done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let link = twin.roads.link(id);
            if let Some(row) = known.get(&link.key) {
                return Some(row.clone());
            }
            if watch.is_cancelled() {
                return None;
            }
            let row = close(twin, prepared, scenario, id, &OnlyStop(watch))?;
            watch.progress("sweep", count + 1, sections.len() as u64);
            done(&row);
            Some(row)
        })
        .collect();
    let complete = rows.iter().all(Option::is_some);
    let mut findings: Findings = prepared.findings.clone();
    if !complete {
        findings.push(Finding::warning("sweep-stopped", "the sweep was stopped before every section was computed"));
    }
    let rows = rows.into_iter().flatten().collect();
    Sweep { each: "road".to_owned(), criteria: ROAD_CRITERIA.to_vec(), rows, findings, complete }.ranked()
}

/// What can fail in a supply network, one at a time: name and what it is called for short.
pub const SUPPLY_KINDS: [(&str, &str); 7] = [
    ("water_pipe", "pipe"),
    ("water_segment", "segment"),
    ("gas_pipe", "gas"),
    ("heat_pipe", "heat"),
    ("power_line", "line"),
    ("power_transformer", "transformer"),
    ("power_substation", "substation"),
];

/// Lets every asset of a kind fail, one at a time; nothing for a kind that is not one of [`SUPPLY_KINDS`].
#[must_use]
pub fn sweep_supply(twin: &Twin, scenario: &Scenario, each: &str, watch: &dyn Watch) -> Option<Sweep> {
    let (each, _) = *SUPPLY_KINDS.iter().find(|(name, short)| *name == each || *short == each)?;
    let (rows, findings) = match each {
        "water_pipe" => of_water(crate::water_n1(twin, scenario, crate::WaterN1::Pipe, watch)),
        "water_segment" => of_water(crate::water_n1(twin, scenario, crate::WaterN1::Segment, watch)),
        "gas_pipe" => of_pipes(crate::gas_n1(twin, scenario, watch)),
        "heat_pipe" => of_pipes(crate::heat_n1(twin, scenario, watch)),
        "power_line" => of_power(crate::power_n1(twin, scenario, crate::PowerN1::Line, watch)),
        "power_transformer" => of_power(crate::power_n1(twin, scenario, crate::PowerN1::Transformer, watch)),
        _ => of_power(crate::power_n1(twin, scenario, crate::PowerN1::Substation, watch)),
    };
    let mut criteria: Vec<&'static str> = Vec::new();
    for (name, _) in rows.iter().flat_map(|row| &row.criteria) {
        if !criteria.contains(name) {
            criteria.push(name);
        }
    }
    let rows = rows
        .into_iter()
        .map(|row| SweepRow {
            values: criteria
                .iter()
                .map(|name| row.criteria.iter().find(|(known, _)| known == name).map(|&(_, value)| value))
                .collect(),
            key: row.key,
            name: Some(row.name),
            rank: 0,
            status: status_word(row.status).to_owned(),
            measure: row.measure,
        })
        .collect();
    Some(Sweep { each: each.to_owned(), criteria, rows, findings, complete: !watch.is_cancelled() }.ranked())
}

/// A single failure of any supply network.
struct Failure {
    key: Key,
    name: String,
    criteria: Vec<(&'static str, f64)>,
    measure: Option<String>,
    status: Status,
}

fn of_water((rows, findings): (Vec<crate::WaterN1Row>, Findings)) -> (Vec<Failure>, Findings) {
    let failure = |row: crate::WaterN1Row| {
        let crate::WaterN1Row { key, name, criteria, status } = row;
        Failure { key, name, criteria, measure: None, status }
    };
    (rows.into_iter().map(failure).collect(), findings)
}

fn of_pipes((rows, findings): (Vec<crate::SupplyN1Row>, Findings)) -> (Vec<Failure>, Findings) {
    let failure = |row: crate::SupplyN1Row| {
        let crate::SupplyN1Row { key, name, criteria, status } = row;
        Failure { key, name, criteria, measure: None, status }
    };
    (rows.into_iter().map(failure).collect(), findings)
}

fn of_power((rows, findings): (Option<Vec<crate::PowerN1Row>>, Findings)) -> (Vec<Failure>, Findings) {
    let failure = |row: crate::PowerN1Row| {
        let crate::PowerN1Row { key, name, criteria, switching, status } = row;
        Failure { key, name, criteria, measure: (!switching.is_empty()).then_some(switching), status }
    };
    (rows.unwrap_or_default().into_iter().map(failure).collect(), findings)
}

const fn status_word(status: Status) -> &'static str {
    match status {
        Status::Converged { .. } => "converged",
        Status::NotConverged { .. } => "not_converged",
        Status::Cancelled { .. } => "cancelled",
        Status::Empty => "empty",
    }
}

/// The scenario that closes a section: the same as `[[closure]] road = "…", kind = "full"`.
fn scenario_of(twin: &Twin, scenario: &Scenario, id: Id<RoadLink>) -> Resolved {
    let link = twin.roads.link(id);
    let closure = Closure::on(RoadTarget::Key(link.key.clone()));
    let part = ClosedSection { link: id, from_m: 0.0, to_m: link.length_m, along: true };
    let closed = ResolvedClosure {
        street: link.name.clone(),
        sections: vec![closed_whole(part, link)],
        length_m: link.length_m,
    };
    let scenario = Scenario { closures: vec![closure], ..scenario.clone() };
    Resolved { scenario, closures: vec![closed], findings: Findings::default() }
}

fn close(
    twin: &Twin,
    prepared: &Prepared,
    scenario: &Scenario,
    id: Id<RoadLink>,
    watch: &dyn Watch,
) -> Option<SweepRow> {
    let link = twin.roads.link(id);
    let outcome = figures(twin, prepared, &scenario_of(twin, scenario, id), watch);
    if watch.is_cancelled() {
        return None;
    }
    let values = criteria::values(&outcome);
    let value = |name: &str| values.iter().find(|(known, _)| *known == name).map_or(0.0, |&(_, value)| value);
    let statuses = outcome.traffic.iter().flat_map(|traffic| &traffic.hours).map(|hour| hour.status);
    let status = if !statuses.clone().all(Status::is_fine) {
        "not_converged"
    } else if value("traffic.closure_base_volume_veh_h") == 0.0 {
        "unchanged"
    } else {
        "converged"
    };
    Some(SweepRow {
        key: link.key.clone(),
        name: link.name.clone(),
        rank: 0,
        status: status.to_owned(),
        measure: None,
        values: ROAD_CRITERIA.iter().map(|name| Some(value(name))).collect(),
    })
}

/// Lets a solver be stopped, without its own progress.
pub(crate) struct OnlyStop<'a>(pub(crate) &'a dyn Watch);

impl Watch for OnlyStop<'_> {
    fn is_cancelled(&self) -> bool {
        self.0.is_cancelled()
    }
}

#[cfg(test)]
mod tests;
