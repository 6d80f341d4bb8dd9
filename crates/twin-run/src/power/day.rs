//! A day of the power network with new technologies on its customers, and how much of them each part of it hosts.

use std::collections::BTreeMap;

use twin::{
    Crs, Finding, Findings, Id, Key, Scenario, Twin, Watch,
    building::BuildingUse,
    outcome::{OverloadedBranch, PowerDay, PowerQuarter, Status},
    scenario::Season,
    utility::PowerBranchKind,
};
use twin_power::{
    Model, State,
    day::{self, Areas, Day, DayOptions, Hosting, STEPS, Technology},
};

use super::{PowerN1Row, options};

/// Latitude where the network has no place on earth, degrees.
const LATITUDE_DEG: f64 = 50.0;
/// Metres of northing per degree of latitude on a transverse Mercator map, near enough for the height of the sun.
const DEGREE_M: f64 = 111_090.0;

/// The day that a scenario asks for.
pub(super) fn run(twin: &Twin, model: &Model, state: &State, scenario: &Scenario) -> PowerDay {
    let day = prepared(twin, model, state, scenario);
    let options = day_options(twin, scenario);
    let quarters = day.run(&options);
    let mut overloaded: BTreeMap<u32, OverloadedBranch> = BTreeMap::new();
    let mut out_of_band: Vec<u32> = Vec::new();
    for (at, quarter) in quarters.iter().enumerate() {
        for &(branch, loading) in &quarter.overloaded {
            let entry = overloaded.entry(branch).or_insert(OverloadedBranch {
                branch: Id::new(branch as usize),
                max_loading_percent: 0.0,
                worst_quarter: 0,
                n_quarters: 0,
            });
            entry.n_quarters += 1;
            if loading > entry.max_loading_percent {
                (entry.max_loading_percent, entry.worst_quarter) = (loading, at as u32);
            }
        }
        out_of_band.extend(&quarter.out_of_band);
    }
    out_of_band.sort_unstable();
    out_of_band.dedup();
    let mut overloaded: Vec<OverloadedBranch> = overloaded.into_values().collect();
    overloaded.sort_by(|a, b| b.max_loading_percent.total_cmp(&a.max_loading_percent).then(a.branch.cmp(&b.branch)));
    PowerDay {
        n_customers: day.n_customers() as u32,
        owners: day.owners(&options),
        quarters: quarters.iter().map(told).collect(),
        overloaded,
        out_of_band: out_of_band.into_iter().map(|bus| Id::new(bus as usize)).collect(),
    }
}

fn told(quarter: &day::Quarter) -> PowerQuarter {
    PowerQuarter {
        converged: quarter.converged,
        net_load_mw: quarter.net_load_mw,
        min_vm_pu: quarter.min_vm_pu,
        max_vm_pu: quarter.max_vm_pu,
        max_loading_percent: quarter.max_loading_percent,
        n_overloaded: quarter.overloaded.len() as u32,
        n_out_of_band: quarter.out_of_band.len() as u32,
    }
}

fn prepared<'m>(twin: &Twin, model: &'m Model, state: &State, scenario: &Scenario) -> Day<'m> {
    let commerce: Vec<bool> = model
        .customers()
        .map(|(bus, unit, _)| {
            let building =
                unit.and_then(|unit| twin.power_units[unit].building).or(twin.power[Id::new(bus as usize)].building);
            building.is_some_and(|building| !is_home(twin.buildings[building].usage))
        })
        .collect();
    Day::new(model, state, |customer| commerce[customer], &options(scenario))
}

const fn is_home(usage: BuildingUse) -> bool {
    matches!(
        usage,
        BuildingUse::House
            | BuildingUse::Terrace
            | BuildingUse::Apartments
            | BuildingUse::Residential
            | BuildingUse::Garage
            | BuildingUse::Shed
            | BuildingUse::Unknown
    )
}

fn day_options(twin: &Twin, scenario: &Scenario) -> DayOptions {
    let (power, assumed) = (&scenario.power, &scenario.assumptions);
    DayOptions {
        season: match power.season {
            Season::Winter => day::Season::Winter,
            Season::Summer => day::Season::Summer,
        },
        heat_pumps: power.heat_pumps,
        wallboxes: power.wallboxes,
        photovoltaics: power.photovoltaics,
        heat_pump_kw: assumed.power_heat_pump_kw,
        wallbox_kw: assumed.power_wallbox_kw,
        photovoltaic_kw: assumed.power_photovoltaic_kw,
        latitude_deg: latitude_deg(twin),
        flexible: power.flexible,
        seed: scenario.seed,
        solve: options(scenario),
    }
}

/// Latitude of the network by its northing.
fn latitude_deg(twin: &Twin) -> f64 {
    let first = twin.power.nodes().next().map(|(_, bus)| bus.position.y);
    match first {
        Some(north_m) if twin.crs != Crs::NOWHERE && (1e6..9.3e6).contains(&north_m) => north_m / DEGREE_M,
        _ => LATITUDE_DEG,
    }
}

/// How much of each technology the customers may have, in each part of the network that hangs on the same transformers, before the first
/// voltage leaves its band or the first line or transformer is overloaded. Draws of who has it: `power_hosting_draws`; the rows tell
/// the share that 95 of 100 draws reach, the median, and what breaks first.
#[must_use]
pub(crate) fn hosting(twin: &Twin, scenario: &Scenario, watch: &dyn Watch) -> (Option<Vec<PowerN1Row>>, Findings) {
    let (model, mut findings) = super::model(twin, scenario, &[]);
    let state = model.state();
    let (areas, keys) = areas(twin, &state);
    let day = prepared(twin, &model, &state, scenario);
    if day.n_customers() == 0 {
        findings.push(Finding::warning("power-no-customers", "the network has no customers that could have anything"));
        return (Some(Vec::new()), findings);
    }
    let n_draws = scenario.assumptions.power_hosting_draws.round().max(1.0) as u64;
    let customers = customers_by_area(&model, &areas);
    let mut rows = Vec::new();
    for (number, (technology, season, name)) in [
        (Technology::HeatPump, day::Season::Winter, "heat_pumps"),
        (Technology::Wallbox, day::Season::Winter, "wallboxes"),
        (Technology::Photovoltaic, day::Season::Summer, "photovoltaics"),
    ]
    .into_iter()
    .enumerate()
    {
        watch.progress("hosting", number as u64, 3);
        let options = DayOptions { season, ..day_options(twin, scenario) };
        let drawn = day.hosting(technology, &options, &areas, n_draws, watch);
        if watch.is_cancelled() {
            return (None, findings);
        }
        for (area, (key, feeders)) in keys.iter().enumerate().filter(|&(area, _)| customers[area] > 0) {
            rows.push(row(twin, key, &format!("{feeders}: {name}"), customers[area], area, &drawn));
        }
    }
    (Some(rows), findings)
}

fn row(twin: &Twin, key: &Key, name: &str, customers: u32, area: usize, drawn: &[Vec<Hosting>]) -> PowerN1Row {
    let mut shares: Vec<f64> = drawn.iter().map(|areas| areas[area].share).collect();
    shares.sort_by(f64::total_cmp);
    // The share that 95 of 100 draws reach: the 5 % quantile from below.
    let sure = shares.get(shares.len() / 20).copied().unwrap_or(1.0);
    let median = shares.get(shares.len() / 2).copied().unwrap_or(1.0);
    let broken = drawn.iter().filter(|areas| areas[area].share < 1.0).count();
    let by_voltage = drawn.iter().filter(|areas| areas[area].share < 1.0 && areas[area].by_voltage).count();
    let residual_pu = drawn.iter().map(|areas| areas[area].residual_pu).fold(0.0, f64::max);
    let mut often: BTreeMap<u32, u32> = BTreeMap::new();
    for &branch in drawn.iter().flat_map(|areas| &areas[area].overloaded) {
        *often.entry(branch).or_default() += 1;
    }
    let most = often.into_iter().max_by_key(|&(branch, count)| (count, std::cmp::Reverse(branch)));
    let first = match most {
        Some((branch, count)) if count as usize >= by_voltage => {
            format!("overloaded {}", twin.power.link(Id::new(branch as usize)).key)
        }
        _ if by_voltage > 0 => "out_of_band".to_owned(),
        _ if broken > 0 => "not_converged".to_owned(),
        _ => String::new(),
    };
    PowerN1Row {
        key: key.clone(),
        name: name.to_owned(),
        criteria: vec![
            ("power.not_hosted_percent", 100.0 * (1.0 - sure)),
            ("power.hosted_95_percent", 100.0 * sure),
            ("power.hosted_median_percent", 100.0 * median),
            ("power.customers", f64::from(customers)),
        ],
        switching: first,
        status: Status::Converged { iterations: STEPS, residual: residual_pu },
    }
}

fn customers_by_area(model: &Model, areas: &Areas) -> Vec<u32> {
    let mut customers = vec![0; areas.n];
    for (bus, _, _) in model.customers() {
        customers[areas.of_bus[bus as usize] as usize] += 1;
    }
    customers
}

/// Parts of the network that lines and closed switches join, each with the key of an element and the names of the transformers that
/// feed it.
fn areas(twin: &Twin, state: &State) -> (Areas, Vec<(Key, String)>) {
    let n_buses = twin.power.n_nodes();
    let parted: Vec<bool> = {
        let mut parted = vec![false; twin.power.n_links()];
        for (id, switch) in twin.power_end_switches.iter() {
            parted[switch.branch.index()] |= !state.end_switch.get(id.index()).copied().unwrap_or(switch.closed);
        }
        parted
    };
    let is_transformer = |kind: &PowerBranchKind| matches!(kind, PowerBranchKind::Transformer { .. });
    // The smallest bus of a part stands for it.
    let mut root: Vec<usize> = (0..n_buses).collect();
    let find = |root: &mut Vec<usize>, mut bus: usize| {
        while root[bus] != bus {
            root[bus] = root[root[bus]];
            bus = root[bus];
        }
        bus
    };
    for (id, branch) in twin.power.links() {
        let live = state.branch.get(id.index()).copied().unwrap_or(false) && !parted[id.index()];
        if live && !is_transformer(&branch.kind) {
            let (from, to) = twin.power.ends(id);
            let (a, b) = (find(&mut root, from.index()), find(&mut root, to.index()));
            root[a.max(b)] = a.min(b);
        }
    }
    let mut number: BTreeMap<usize, u32> = BTreeMap::new();
    let of_bus: Vec<u32> = (0..n_buses)
        .map(|bus| {
            let part = find(&mut root, bus);
            let next = number.len() as u32;
            *number.entry(part).or_insert(next)
        })
        .collect();
    let mut feeders: Vec<Vec<Key>> = vec![Vec::new(); number.len()];
    let mut of_branch = vec![0; twin.power.n_links()];
    for (id, branch) in twin.power.links() {
        let (_, to) = twin.power.ends(id);
        of_branch[id.index()] = of_bus[to.index()];
        if is_transformer(&branch.kind) && state.branch.get(id.index()).copied().unwrap_or(false) {
            feeders[of_bus[to.index()] as usize].push(branch.key.clone());
        }
    }
    let keys = number
        .keys()
        .zip(feeders)
        .map(|(&bus, feeders)| {
            let own = twin.power[Id::new(bus)].key.clone();
            let names: Vec<String> = feeders.iter().map(ToString::to_string).collect();
            let name = if names.is_empty() { own.to_string() } else { names.join(", ") };
            (feeders.into_iter().next().unwrap_or(own), name)
        })
        .collect();
    (Areas { n: number.len(), of_bus, of_branch }, keys)
}
