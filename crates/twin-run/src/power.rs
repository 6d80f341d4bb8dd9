//! Electricity in a run: outages of lines, transformers, switches, buses and units; power flow with and without them; who
//! is dark and what switching brings back; single failures.

mod day;
mod feeders;

use std::collections::BTreeSet;

use twin::{
    Finding, Findings, Id, Key, Scenario, Twin, Watch,
    building::Building,
    outcome::{LostSupply, PowerOutcome, Restoration, Status},
    utility::{PowerBus, PowerUnit},
};
use twin_power::{
    Changes, Model, State,
    model::power_flow,
    n1::{self, Asset, Each},
    restoration,
    solve::{End, Options},
};

/// Whether the power network has this asset.
pub(crate) fn has_asset(twin: &Twin, key: &Key) -> bool {
    twin.power.nodes().any(|(_, node)| node.key == *key)
        || twin.power.links().any(|(_, link)| is_of(&link.key, key))
        || twin.power_end_switches.rows().iter().any(|switch| switch.key == *key)
        || twin.power_units.rows().iter().any(|unit| unit.key == *key)
}

/// Whether a branch belongs to an asset: itself, or an arm of a three-winding transformer.
fn is_of(branch: &Key, asset: &Key) -> bool {
    branch == asset
        || (asset.as_str().starts_with("power_transformer3w/")
            && branch.as_str().strip_prefix(asset.as_str()).is_some_and(|rest| rest.starts_with('/')))
}

/// The power flow of a scenario; nothing where the twin has no power network.
pub(crate) fn run(twin: &Twin, scenario: &Scenario, findings: &mut Findings) -> Option<PowerOutcome> {
    if twin.power.is_empty() {
        return None;
    }
    let options = options(scenario);
    let within_limits = scenario.power.reactive_limits;
    let (model, told) = model(twin, scenario, &[]);
    findings.extend(told);
    let state = model.state();
    let (base, base_status) = power_flow(&model, &state, &options, within_limits, findings);
    let base_totals = model.totals(&state, &base);
    let before = model.dark(&state);
    let out = Out::of(twin, scenario);
    let mut outcome = PowerOutcome {
        base_status,
        status: base_status,
        with: base.clone(),
        base,
        base_totals,
        totals: base_totals,
        dark_before: ids(&before),
        dark_buses: Vec::new(),
        dark_units: Vec::new(),
        dark_buildings: Vec::new(),
        lost: Vec::new(),
        restoration: None,
        day: None,
    };
    check_times(twin, scenario, findings);
    if out.is_empty() {
        outcome.day = scenario.power.day.then(|| day::run(twin, &model, &state, scenario));
    } else {
        let (changed, _) =
            if out.units.is_empty() { (model, Findings::default()) } else { self::model(twin, scenario, &out.units) };
        let after = out.applied(&changed.state());
        (outcome.with, outcome.status) = power_flow(&changed, &after, &options, within_limits, findings);
        outcome.totals = changed.totals(&after, &outcome.with);
        who_is_dark(twin, &changed, &state, &before, &after, &mut outcome);
        let failed = Asset {
            key: String::new(),
            name: None,
            branches: out.branches,
            buses: out.buses,
            switches: out.end_switches,
        };
        if !outcome.dark_buses.is_empty() {
            outcome.restoration = restoration(&changed, &failed, &options);
            outcome.lost = lost(&changed, &after, &outcome);
        }
        outcome.day = scenario.power.day.then(|| day::run(twin, &changed, &after, scenario));
    }
    tell(twin, &outcome, findings);
    Some(outcome)
}

pub(crate) use day::hosting;

/// The network with the loads that a scenario asks for, without these units.
fn model(twin: &Twin, scenario: &Scenario, out: &[Id<PowerUnit>]) -> (Model, Findings) {
    let power = &scenario.power;
    let mut changes = Changes {
        out: out.to_vec(),
        demand_factor: power.demand_factor,
        constant_impedance: power.constant_impedance,
        constant_current: power.constant_current,
    };
    let parts = changes.constant_impedance + changes.constant_current;
    if parts > 1.0 {
        changes.constant_impedance /= parts;
        changes.constant_current /= parts;
    }
    let (model, mut findings) = Model::with(twin, &changes);
    if parts > 1.0 {
        findings.push(
            Finding::warning(
                "load-parts-over-one",
                format!(
                    "parts of constant impedance and current make {parts} of a load; both are reduced to 1 together"
                ),
            )
            .with_field("power.constant_impedance"),
        );
    }
    (model, findings)
}

fn options(scenario: &Scenario) -> Options {
    Options { tolerance_pu: scenario.power.tolerance_pu.clamp(1e-12, 1e-2), ..Options::default() }
}

fn ids(dark: &[bool]) -> Vec<Id<PowerBus>> {
    (0..dark.len()).filter(|&bus| dark[bus]).map(Id::new).collect()
}

/// What a scenario takes out.
struct Out {
    branches: Vec<u32>,
    buses: Vec<u32>,
    end_switches: Vec<u32>,
    units: Vec<Id<PowerUnit>>,
}

impl Out {
    fn of(twin: &Twin, scenario: &Scenario) -> Self {
        let mut out = Self { branches: Vec::new(), buses: Vec::new(), end_switches: Vec::new(), units: Vec::new() };
        for outage in &scenario.outages {
            let key = &outage.asset;
            let number = |index: usize| index as u32;
            out.branches
                .extend(twin.power.links().filter(|(_, link)| is_of(&link.key, key)).map(|(id, _)| number(id.index())));
            out.buses.extend(twin.power.nodes().filter(|(_, bus)| bus.key == *key).map(|(id, _)| number(id.index())));
            out.end_switches.extend(
                twin.power_end_switches
                    .iter()
                    .filter(|(_, switch)| switch.key == *key)
                    .map(|(id, _)| number(id.index())),
            );
            out.units.extend(twin.power_units.iter().filter(|(_, unit)| unit.key == *key).map(|(id, _)| id));
        }
        out
    }

    fn is_empty(&self) -> bool {
        self.branches.is_empty() && self.buses.is_empty() && self.end_switches.is_empty() && self.units.is_empty()
    }

    fn applied(&self, state: &State) -> State {
        let mut state = state.clone();
        self.branches.iter().for_each(|&branch| state.branch[branch as usize] = false);
        self.buses.iter().for_each(|&bus| state.bus[bus as usize] = false);
        self.end_switches.iter().for_each(|&switch| state.end_switch[switch as usize] = false);
        state
    }
}

/// Buses, loads and buildings that lose their supply.
fn who_is_dark(twin: &Twin, model: &Model, state: &State, before: &[bool], after: &State, outcome: &mut PowerOutcome) {
    let now = model.dark(after);
    let lost: Vec<bool> = (0..now.len())
        .map(|bus| {
            let was_live = state.bus[bus] && !before[bus];
            was_live && (now[bus] || !after.bus[bus])
        })
        .collect();
    outcome.dark_buses = ids(&lost);
    let mut buildings: BTreeSet<Id<Building>> =
        outcome.dark_buses.iter().filter_map(|&bus| twin.power[bus].building).collect();
    for (bus, unit, _) in model.customers() {
        if let (true, Some(unit)) = (lost[bus as usize], unit) {
            outcome.dark_units.push(unit);
            buildings.extend(twin.power_units[unit].building);
        }
    }
    outcome.dark_buildings = buildings.into_iter().collect();
}

/// The supply points at dark buses. What hangs on a bus that is out itself does not come back by switching.
fn lost(model: &Model, after: &State, outcome: &PowerOutcome) -> Vec<LostSupply> {
    let comes_back = |bus: Id<PowerBus>| {
        let restored = |found: &Restoration| found.dark_buses.binary_search(&bus).is_err();
        after.bus[bus.index()] && outcome.restoration.as_ref().is_some_and(restored)
    };
    let customers = model.customers().map(|(bus, unit, load_mw)| (Id::new(bus as usize), unit, load_mw));
    customers
        .filter(|(bus, ..)| outcome.dark_buses.binary_search(bus).is_ok())
        .map(|(bus, unit, load_mw)| LostSupply { bus, unit, load_mw, comes_back: comes_back(bus) })
        .collect()
}

/// Tells outages of the power network that never hold together: one state of it is computed, with all of them.
fn check_times(twin: &Twin, scenario: &Scenario, findings: &mut Findings) {
    let ours: Vec<(usize, u64, u64)> = scenario
        .outages
        .iter()
        .enumerate()
        .filter(|(_, outage)| has_asset(twin, &outage.asset))
        .map(|(index, outage)| (index, outage.begin_s.unwrap_or(0), outage.end_s.unwrap_or(u64::MAX)))
        .collect();
    let last = ours.iter().max_by_key(|&&(index, begin_s, _)| (begin_s, std::cmp::Reverse(index)));
    let first_end_s = ours.iter().map(|&(_, _, end_s)| end_s).min();
    if let (Some(&(index, begin_s, _)), Some(end_s)) = (last, first_end_s)
        && begin_s >= end_s
    {
        findings.push(
            Finding::warning(
                "outage-times-not-used",
                "the power network is computed with all of its outages at once, though not all of them hold at the same time",
            )
            .with_field(format!("outage[{index}].begin_s"))
            .with_help("write a scenario for each time"),
        );
    }
}

fn tell(twin: &Twin, outcome: &PowerOutcome, findings: &mut Findings) {
    if let (Some(&first), false) = (outcome.dark_before.first(), matches!(outcome.base_status, Status::Empty)) {
        findings.push(
            Finding::warning(
                "power-island",
                format!("{} buses are joined to no feeding grid even without any outage", outcome.dark_before.len()),
            )
            .with_key(twin.power[first].key.clone())
            .with_help("Close a switch to them, or give them an external grid."),
        );
    }
    if let Some(restoration) = outcome.restoration.as_ref().filter(|restoration| restoration.customers_dark > 0) {
        findings.push(Finding::warning(
            "power-not-restored",
            format!(
                "{} customers with {:.3} MW stay without power after switching",
                restoration.customers_dark, restoration.dark_mw
            ),
        ));
    }
    if outcome.restoration.as_ref().is_some_and(|restoration| restoration.is_thinned) {
        findings.push(Finding::note(
            "restoration-thinned",
            "there are more ways of switching than are looked through; one of the others may be better",
        ));
    }
}

/// What fails one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerN1 {
    /// Every line, cable and impedance.
    Line,
    /// Every transformer.
    Transformer,
    /// Every substation.
    Substation,
}

/// One single failure.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerN1Row {
    /// What failed: `power_line/12`, `power_transformer/114`, `power_substation/31`.
    pub key: Key,
    /// What people call it.
    pub name: String,
    /// Every criterion by its name, unit at the end.
    pub criteria: Vec<(&'static str, f64)>,
    /// The switching that brings supply back: `close power_switch/107`.
    pub switching: String,
    /// How the solve ended.
    pub status: Status,
}

/// Every single failure of the power network, in the order of its assets: whom each takes power from, what the rest carries,
/// and what stays dark after switching. Nothing where somebody stopped it.
#[must_use]
pub fn power_n1(
    twin: &Twin,
    scenario: &Scenario,
    what: PowerN1,
    watch: &dyn Watch,
) -> (Option<Vec<PowerN1Row>>, Findings) {
    let (model, mut findings) = model(twin, scenario, &[]);
    let each = match what {
        PowerN1::Line => Each::Line,
        PowerN1::Transformer => Each::Transformer,
        PowerN1::Substation => Each::Substation,
    };
    let assets = n1::assets(twin, each);
    let options = n1::Options { solve: options(scenario), restore: true };
    let Some(failures) = n1::n1(&model, &assets, &options, watch) else { return (None, findings) };
    let not_solved = failures.iter().filter(|failure| !failure.end.is_converged()).count();
    if not_solved > 0 {
        findings.push(Finding::warning(
            "power-not-converged",
            format!("{not_solved} of {} single failures have no power flow that converges", failures.len()),
        ));
    }
    let is_thinned = |failure: &&n1::Failure| failure.restoration.as_ref().is_some_and(|found| found.is_thinned);
    let thinned = failures.iter().filter(is_thinned).count();
    if thinned > 0 {
        findings.push(Finding::note(
            "restoration-thinned",
            format!(
                "after {thinned} of {} single failures there are more ways of switching than are looked through; one of the others may be better",
                failures.len()
            ),
        ));
    }
    let rows = assets
        .into_iter()
        .zip(failures)
        .map(|(asset, failure)| {
            let restoration = failure.restoration.as_ref();
            let stays = restoration.map_or((failure.lost_mw, f64::from(failure.customers_lost)), |restoration| {
                (restoration.dark_mw, f64::from(restoration.customers_dark))
            });
            let switching: Vec<String> = restoration
                .iter()
                .flat_map(|restoration| &restoration.steps)
                .map(|step| format!("{} {}", if step.close { "close" } else { "open" }, step.switch))
                .collect();
            PowerN1Row {
                name: asset.name.unwrap_or_else(|| asset.key.clone()),
                key: Key::new(asset.key),
                criteria: vec![
                    ("power.unsupplied_mw", failure.lost_mw),
                    ("power.customers_unsupplied", f64::from(failure.customers_lost)),
                    ("power.dark_buses", f64::from(failure.dark_buses)),
                    ("power.unsupplied_after_switching_mw", stays.0),
                    ("power.customers_after_switching", stays.1),
                    ("power.min_vm_pu", failure.min_vm_pu),
                    ("power.max_loading_percent", failure.max_loading_percent),
                ],
                switching: switching.join(", "),
                status: match failure.end {
                    End::Converged { iterations, residual_pu } => {
                        Status::Converged { iterations, residual: residual_pu }
                    }
                    End::NotConverged { iterations, residual_pu, .. } => {
                        Status::NotConverged { iterations, residual: residual_pu.min(f64::MAX) }
                    }
                },
            }
        })
        .collect();
    (Some(rows), findings)
}

#[cfg(test)]
mod tests;
