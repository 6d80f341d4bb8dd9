//! A day of the power network with new technologies on its customers, and how much of them each part of it hosts.

use std::collections::BTreeMap;

use twin::{
    Crs, Finding, Findings, Id, Scenario, Twin, Watch,
    building::BuildingUse,
    outcome::{OverloadedBranch, PowerDay, PowerQuarter, Status},
    scenario::Season,
    utility::PowerBus,
};
use twin_power::{
    Model, State,
    day::{self, Day, DayOptions, Hosting, STEPS, Technology},
};

use super::{
    PowerN1Row,
    feeders::{Feeder, feeders},
    options,
};

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

/// How much of each technology the customers of each feeder may have before the first voltage leaves its band or the first line or
/// transformer on their way from the grid is overloaded. Draws of who has it: `power_hosting_draws`; the rows tell the share that 95 of
/// 100 draws reach, the median, and what breaks first, most often. Busbars have a row where customers hang on them directly.
#[must_use]
pub(crate) fn hosting(twin: &Twin, scenario: &Scenario, watch: &dyn Watch) -> (Option<Vec<PowerN1Row>>, Findings) {
    let (model, mut findings) = super::model(twin, scenario, &[]);
    let state = model.state();
    let (areas, feeders) = feeders(twin, &model, &state);
    let day = prepared(twin, &model, &state, scenario);
    if day.n_customers() == 0 {
        findings.push(Finding::warning("power-no-customers", "the network has no customers that could have anything"));
        return (Some(Vec::new()), findings);
    }
    let n_draws = scenario.assumptions.power_hosting_draws.round().max(1.0) as u64;
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
        for (area, feeder) in feeders.iter().enumerate() {
            if feeder.n_own > 0 || (feeder.n_customers > 0 && !feeder.is_busbar) {
                rows.push(row(twin, feeder, name, &drawn.iter().map(|areas| &areas[area]).collect::<Vec<_>>()));
            }
        }
    }
    (Some(rows), findings)
}

/// The row of a feeder by its draws.
fn row(twin: &Twin, feeder: &Feeder, technology: &str, drawn: &[&Hosting]) -> PowerN1Row {
    let mut shares: Vec<f64> = drawn.iter().map(|hosting| hosting.share).collect();
    shares.sort_by(f64::total_cmp);
    // The share that 95 of 100 draws reach: the 5 % quantile from below.
    let sure = shares.get(shares.len() / 20).copied().unwrap_or(1.0);
    let median = shares.get(shares.len() / 2).copied().unwrap_or(1.0);
    let residual_pu = drawn.iter().map(|hosting| hosting.residual_pu).fold(0.0, f64::max);
    PowerN1Row {
        key: feeder.key.clone(),
        name: format!("{}: {technology}", feeder.name),
        criteria: vec![
            ("power.not_hosted_percent", 100.0 * (1.0 - sure)),
            ("power.hosted_95_percent", 100.0 * sure),
            ("power.hosted_median_percent", 100.0 * median),
            ("power.customers", f64::from(feeder.n_customers)),
        ],
        switching: first_limit(twin, drawn),
        status: Status::Converged { iterations: STEPS, residual: residual_pu },
    }
}

/// What breaks first in most of the draws: a branch or, where more of them have a voltage only, a bus. Nothing where nothing breaks.
fn first_limit(twin: &Twin, drawn: &[&Hosting]) -> String {
    let most = |of: fn(&Hosting) -> &[u32]| -> Option<u32> {
        let mut often: BTreeMap<u32, u32> = BTreeMap::new();
        drawn.iter().flat_map(|hosting| of(hosting)).for_each(|&number| *often.entry(number).or_default() += 1);
        often.into_iter().max_by_key(|&(number, count)| (count, std::cmp::Reverse(number))).map(|(number, _)| number)
    };
    let overloaded = drawn.iter().filter(|hosting| !hosting.overloaded.is_empty()).count();
    let out_of_band = drawn.iter().filter(|hosting| !hosting.out_of_band.is_empty()).count();
    let (branch, bus) = (most(|hosting| &hosting.overloaded), most(|hosting| &hosting.out_of_band));
    match (branch, bus) {
        (Some(branch), _) if overloaded >= out_of_band => {
            format!("overloaded {}", twin.power.link(Id::new(branch as usize)).key)
        }
        (_, Some(bus)) => format!("out_of_band {}", twin.power[Id::<PowerBus>::new(bus as usize)].key),
        _ if drawn.iter().any(|hosting| hosting.share < 1.0) => "not_converged".to_owned(),
        _ => String::new(),
    }
}
