//! Electricity: what is supplied, who is dark, what is loaded most, what switching brings back.

use serde_json::{Value, json};
use twin::{
    Id, Outcome, Twin,
    geo_types::Coord,
    outcome::{LostSupply, PowerDay, PowerOutcome, PowerTotals, Status},
    utility::PowerBus,
};

use super::{Grid, Page};
use crate::{
    Language,
    words::{say, word},
};

/// Things that are named in a list.
const N_SHOWN: usize = 6;

/// The part of the table about electricity; nothing where there is no power network.
pub(super) fn power(page: &mut Page, twin: &Twin, outcome: &Outcome) {
    let Some(power) = &outcome.power else { return };
    let language = page.language;
    page.heading(&word(language, "power"));
    totals(page, power);
    let loaded = worst_loaded(twin, power);
    if !loaded.is_empty() {
        let list: Vec<String> =
            loaded.iter().map(|(name, loading)| format!("{name} {} %", language.number(*loading, 1))).collect();
        page.line(&say(language, "power-worst-loading", &[("list", list.join(", ").as_str())]));
    }
    let low = lowest(twin, power);
    if !low.is_empty() {
        let list: Vec<String> = low.iter().map(|(name, vm)| format!("{name} {}", language.number(*vm, 4))).collect();
        page.line(&say(language, "power-lowest-voltage", &[("list", list.join(", ").as_str())]));
    }
    dark(page, twin, power);
    restored(page, twin, power);
    pumps(page, twin, outcome);
    if let Some(told) = &power.day {
        day(page, twin, told);
    }
}

/// Pumps that stand still, and whom that leaves without water.
fn pumps(page: &mut Page, twin: &Twin, outcome: &Outcome) {
    let Some(coupling) = &outcome.coupling else { return };
    let language = page.language;
    let list: Vec<String> = coupling
        .pumps
        .iter()
        .map(|&(pump, bus)| format!("{} ({})", twin.water.link(pump).key, twin.power[bus].key))
        .collect();
    page.line(&say(language, "power-pumps", &[("list", list.join(", ").as_str())]));
    let values = [
        ("n", language.number(f64::from(coupling.customers_without_water), 0)),
        ("hours", language.number(coupling.customer_hours_without_water, 0)),
        ("simulated", language.number(coupling.simulated_h, 0)),
    ];
    let name = if coupling.simulated_h > 0.0 { "power-pumps-water" } else { "power-pumps-water-now" };
    page.line(&format!("  {}", say(language, name, &borrowed(&values))));
}

/// A day: its peak and its valley, and what carries more than it can.
fn day(page: &mut Page, twin: &Twin, day: &PowerDay) {
    let language = page.language;
    let clock = |quarter: usize| format!("{:02}:{:02}", quarter / 4, 15 * (quarter % 4));
    let n = |count: usize| language.number(count as f64, 0);
    let owners = day.owners.map(|count| n(count as usize));
    page.heading(&word(language, "power-day"));
    let values = [
        ("n", n(day.n_customers as usize)),
        ("heat_pumps", owners[0].clone()),
        ("wallboxes", owners[1].clone()),
        ("photovoltaics", owners[2].clone()),
    ];
    page.line(&say(language, "power-day-owners", &borrowed(&values)));
    let loads = || day.quarters.iter().map(|quarter| quarter.net_load_mw).enumerate();
    let peak = loads().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    let valley = loads().min_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    if let (Some((at, most)), Some((when, least))) = (peak, valley) {
        let values = [
            ("peak", language.number(most, 3)),
            ("peak_time", clock(at)),
            ("valley", language.number(least, 3)),
            ("valley_time", clock(when)),
        ];
        page.line(&say(language, "power-day-load", &borrowed(&values)));
    }
    if day.quarters.iter().any(|quarter| !quarter.converged) {
        let failed = day.quarters.iter().filter(|quarter| !quarter.converged).count();
        page.line(&say(language, "power-day-not-converged", &[("n", n(failed).as_str())]));
    }
    page.line(&say(language, "power-day-out-of-band", &[("n", n(day.out_of_band.len()).as_str())]));
    if day.overloaded.is_empty() {
        page.line(&word(language, "power-day-fine"));
        return;
    }
    page.line(&say(language, "power-day-overloaded", &[("n", n(day.overloaded.len()).as_str())]));
    for entry in day.overloaded.iter().take(N_SHOWN) {
        let branch = twin.power.link(entry.branch);
        let values = [
            ("name", named(branch.key.as_str(), branch.name.as_deref())),
            ("loading", language.number(entry.max_loading_percent, 0)),
            ("time", clock(entry.worst_quarter as usize)),
            ("hours", language.number(f64::from(entry.n_quarters) / 4.0, 2)),
        ];
        page.line(&format!("  {}", say(language, "power-day-overload", &borrowed(&values))));
    }
}

fn borrowed<'a, const N: usize>(values: &'a [(&'static str, String); N]) -> [(&'static str, &'a str); N] {
    std::array::from_fn(|at| (values[at].0, values[at].1.as_str()))
}

fn totals(page: &mut Page, power: &PowerOutcome) {
    let language = page.language;
    type Figure = fn(&PowerTotals) -> f64;
    let rows: [(&str, Figure, usize); 10] = [
        ("power-supplied", |t| t.supplied_mw, 3),
        ("power-unsupplied", |t| t.unsupplied_mw, 3),
        ("power-customers", |t| f64::from(t.customers_supplied), 0),
        ("power-customers-dark", |t| f64::from(t.customers_unsupplied), 0),
        ("power-losses", |t| t.losses_mw, 3),
        ("power-min-voltage", |t| t.min_vm_pu, 4),
        ("power-max-voltage", |t| t.max_vm_pu, 4),
        ("power-max-loading", |t| t.max_loading_percent, 1),
        ("power-overloaded", |t| f64::from(t.n_overloaded), 0),
        ("power-out-of-band", |t| f64::from(t.n_out_of_band), 0),
    ];
    let changed = power.base_totals != power.totals;
    let mut grid = Grid::new(if changed { 4 } else { 2 });
    if changed {
        let head = ["before", "after", "change"].map(|name| word(language, name));
        grid.row([String::new(), head[0].clone(), head[1].clone(), head[2].clone()]);
    }
    for (name, figure, decimals) in rows {
        let (before, after) = (figure(&power.base_totals), figure(&power.totals));
        let label = word(language, name);
        if changed {
            grid.row([
                label,
                language.number(before, decimals),
                language.number(after, decimals),
                language.signed(after - before, decimals),
            ]);
        } else {
            grid.row([label, language.number(after, decimals)]);
        }
    }
    page.grid(&grid);
}

/// The most loaded branches.
fn worst_loaded(twin: &Twin, power: &PowerOutcome) -> Vec<(String, f64)> {
    let mut loaded: Vec<(usize, f64)> = power
        .with
        .flow
        .iter()
        .enumerate()
        .filter_map(|(index, flow)| Some((index, flow.as_ref()?.loading_percent?)))
        .collect();
    loaded.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    loaded
        .into_iter()
        .take(3)
        .map(|(index, loading)| {
            let branch = twin.power.link(Id::new(index));
            (named(branch.key.as_str(), branch.name.as_deref()), loading)
        })
        .collect()
}

/// The buses of the lowest voltage.
fn lowest(twin: &Twin, power: &PowerOutcome) -> Vec<(String, f64)> {
    let mut low: Vec<(usize, f64)> =
        power.with.vm_pu.iter().enumerate().filter_map(|(index, vm)| Some((index, (*vm)?))).collect();
    low.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    low.into_iter()
        .take(3)
        .map(|(index, vm)| {
            let bus = &twin.power[Id::new(index)];
            (named(bus.key.as_str(), bus.name.as_deref()), vm)
        })
        .collect()
}

fn named(key: &str, name: Option<&str>) -> String {
    name.map_or_else(|| key.to_owned(), |name| format!("{key} ({name})"))
}

fn dark(page: &mut Page, twin: &Twin, power: &PowerOutcome) {
    let language = page.language;
    if !power.dark_before.is_empty() {
        let n = language.number(power.dark_before.len() as f64, 0);
        page.line(&say(language, "power-dark-before", &[("n", n.as_str())]));
    }
    if power.dark_buses.is_empty() {
        return;
    }
    let lost_mw = power.totals.unsupplied_mw - power.base_totals.unsupplied_mw;
    let customers = f64::from(power.totals.customers_unsupplied) - f64::from(power.base_totals.customers_unsupplied);
    let values = [
        language.number(power.dark_buses.len() as f64, 0),
        language.number(customers, 0),
        language.number(power.dark_buildings.len() as f64, 0),
        language.number(lost_mw, 3),
    ];
    let values = [
        ("buses", values[0].as_str()),
        ("customers", values[1].as_str()),
        ("buildings", values[2].as_str()),
        ("mw", values[3].as_str()),
    ];
    page.line(&say(language, "power-dark", &values));
    let list = keys(page, twin, &power.dark_buses);
    page.line(&say(language, "power-dark-keys", &[("list", list.as_str())]));
    supply_points(page, twin, power);
}

/// The supply points that lose their supply, those that draw most first.
fn supply_points(page: &mut Page, twin: &Twin, power: &PowerOutcome) {
    let language = page.language;
    let mut lost: Vec<&LostSupply> = power.lost.iter().collect();
    lost.sort_by(|a, b| b.load_mw.total_cmp(&a.load_mw));
    if lost.is_empty() {
        return;
    }
    page.line(&word(language, "power-supply-points"));
    for point in lost.iter().take(N_SHOWN) {
        let (name, position) = place(twin, point);
        let values = [
            ("name", name),
            ("kw", language.number(1e3 * point.load_mw, 1)),
            ("x", format!("{:.0}", position.x)),
            ("y", format!("{:.0}", position.y)),
            ("after", word(language, if point.comes_back { "power-comes-back" } else { "power-stays" })),
        ];
        page.line(&format!("  {}", say(language, "power-supply-point", &borrowed(&values))));
    }
    if lost.len() > N_SHOWN {
        let n = language.number((lost.len() - N_SHOWN) as f64, 0);
        page.line(&format!("  {}", say(language, "and-more", &[("n", n.as_str())])));
    }
}

/// What a supply point is called, and where it is.
fn place(twin: &Twin, point: &LostSupply) -> (String, Coord<f64>) {
    let bus = &twin.power[point.bus];
    point.unit.map(|unit| &twin.power_units[unit]).map_or_else(
        || (named(bus.key.as_str(), bus.name.as_deref()), bus.position),
        |unit| (named(unit.key.as_str(), unit.name.as_deref()), unit.position),
    )
}

/// The first buses of a list, and how many more there are.
fn keys(page: &Page, twin: &Twin, buses: &[Id<PowerBus>]) -> String {
    let mut list: Vec<String> = buses
        .iter()
        .take(N_SHOWN)
        .map(|&id| named(twin.power[id].key.as_str(), twin.power[id].name.as_deref()))
        .collect();
    if buses.len() > N_SHOWN {
        let n = page.language.number((buses.len() - N_SHOWN) as f64, 0);
        list.push(say(page.language, "and-more", &[("n", n.as_str())]));
    }
    list.join(", ")
}

fn restored(page: &mut Page, twin: &Twin, power: &PowerOutcome) {
    let Some(restoration) = &power.restoration else { return };
    let language = page.language;
    let stays = [language.number(restoration.dark_mw, 3), language.number(f64::from(restoration.customers_dark), 0)];
    let stays = [("mw", stays[0].as_str()), ("customers", stays[1].as_str())];
    if restoration.steps.is_empty() {
        page.line(&say(language, "power-no-way", &stays));
        return;
    }
    let steps: Vec<String> = restoration
        .steps
        .iter()
        .map(|step| {
            let name = if step.close { "power-close" } else { "power-open" };
            say(language, name, &[("switch", step.switch.as_str())])
        })
        .collect();
    let mw = language.number(restoration.restored_mw, 3);
    page.line(&say(language, "power-restored", &[("mw", mw.as_str()), ("steps", steps.join(", ").as_str())]));
    let limits = if restoration.within_limits { "power-within-limits" } else { "power-not-within-limits" };
    let values = [
        language.number(restoration.min_vm_pu, 4),
        language.number(restoration.max_loading_percent, 1),
        word(language, limits),
    ];
    let values = [("vm", values[0].as_str()), ("loading", values[1].as_str()), ("limits", values[2].as_str())];
    page.line(&format!("  {}", say(language, "power-restored-limits", &values)));
    if restoration.customers_dark > 0 {
        page.line(&format!("  {}", say(language, "power-stays-dark", &stays)));
        let list = keys(page, twin, &restoration.dark_buses);
        page.line(&format!("  {}", say(language, "power-dark-keys", &[("list", list.as_str())])));
    }
}

/// How well the power flow was solved.
pub(super) fn quality(page: &mut Page, outcome: &Outcome) {
    let Some(power) = &outcome.power else { return };
    let language: Language = page.language;
    let worse = [power.base_status, power.status];
    let worst = worse.iter().find(|status| !status.is_fine()).unwrap_or(&power.status);
    let name = match worst {
        Status::Converged { .. } => "power-converged",
        Status::Empty => "power-empty",
        Status::NotConverged { .. } | Status::Cancelled { .. } => "power-not-converged",
    };
    let (residual, iterations) = (language.scientific(worst.residual()), worst.iterations().to_string());
    page.line(&say(language, name, &[("residual", residual.as_str()), ("iterations", iterations.as_str())]));
}

/// Electricity for machines; null where there is no power network.
pub(super) fn summary(twin: &Twin, outcome: &Outcome) -> Value {
    let Some(power) = &outcome.power else { return Value::Null };
    let named = |list: Vec<(String, f64)>, unit: &str| -> Vec<Value> {
        list.into_iter().map(|(name, value)| json!({ "name": name, unit: value })).collect()
    };
    json!({
        "base_status": power.base_status,
        "status": power.status,
        "base_totals": power.base_totals,
        "totals": power.totals,
        "most_loaded": named(worst_loaded(twin, power), "loading_percent"),
        "lowest_voltage": named(lowest(twin, power), "vm_pu"),
        "buses_unsupplied_before": power.dark_before.iter().map(|&id| &twin.power[id].key).collect::<Vec<_>>(),
        "buses_unsupplied": power.dark_buses.iter().map(|&id| &twin.power[id].key).collect::<Vec<_>>(),
        "loads_unsupplied": power.dark_units.iter().map(|&id| &twin.power_units[id].key).collect::<Vec<_>>(),
        "supply_points_unsupplied": power.lost.iter().map(|point| {
            let (key, position) = point.unit.map(|unit| &twin.power_units[unit]).map_or_else(
                || (&twin.power[point.bus].key, twin.power[point.bus].position),
                |unit| (&unit.key, unit.position),
            );
            json!({
                "key": key, "bus": twin.power[point.bus].key, "load_kw": 1e3 * point.load_mw,
                "x_m": position.x, "y_m": position.y, "supplied_after_switching": point.comes_back,
            })
        }).collect::<Vec<_>>(),
        "buildings_unsupplied": power.dark_buildings.iter().map(|&id| &twin.buildings[id].key).collect::<Vec<_>>(),
        "restoration": power.restoration,
        "buses_unsupplied_after_switching": power.restoration.as_ref().map(|restoration| {
            restoration.dark_buses.iter().map(|&id| &twin.power[id].key).collect::<Vec<_>>()
        }),
        "pumps_without_power": outcome.coupling.iter().flat_map(|coupling| &coupling.pumps)
            .map(|&(pump, bus)| json!({ "pump": twin.water.link(pump).key, "bus": twin.power[bus].key }))
            .collect::<Vec<_>>(),
        "customers_without_water": outcome.coupling.as_ref().map(|coupling| coupling.customers_without_water),
        "customer_hours_without_water": outcome.coupling.as_ref().map(|coupling| coupling.customer_hours_without_water),
    })
}
