//! Couples electricity and water: pumps stand still where the bus that feeds them is dark.
//!
//! # Model
//! A pump hangs on the bus of the building that it stands in, else on the nearest low-voltage bus within reach (on the nearest bus where there
//! is no low voltage). A bus without supply in the state with the outages, before any switching, stops its pumps as long as the outages of
//! electricity last (all of them are taken for one).
//! Water has no effect on electricity, so that one pass from electricity to water is the fixed point.
//!
//! # Left out
//! Emergency generators, the time until switching brings supply back, the load that standing pumps take from the network.

use std::{borrow::Cow, collections::BTreeSet};

use twin::{
    Finding, Findings, Id, Scenario, Twin,
    outcome::{Coupling, PowerOutcome, Supply, WaterAffected, WaterOutcome},
    scenario::Outage,
    utility::{PowerBus, WaterLink, WaterLinkKind},
};

/// Voltage below which a bus is one that customers hang on, kV.
const LOW_VOLTAGE_KV: f64 = 1.0;

/// Pumps that the outages of electricity stop, by rising id, each with its bus.
pub(crate) fn pumps_without_power(
    twin: &Twin,
    scenario: &Scenario,
    power: Option<&PowerOutcome>,
) -> Vec<(Id<WaterLink>, Id<PowerBus>)> {
    let Some(power) = power.filter(|power| !power.dark_buses.is_empty()) else { return Vec::new() };
    let dark: BTreeSet<Id<PowerBus>> = power.dark_buses.iter().copied().collect();
    let was_live = |bus: Id<PowerBus>| power.base.vm_pu_of(bus).is_some();
    let has_low_voltage = twin.power.nodes().any(|(id, bus)| bus.vn_kv < LOW_VOLTAGE_KV && was_live(id));
    let fed_by = |pump: Id<WaterLink>| {
        let (from, to) = twin.water.ends(pump);
        let building = twin.water[from].building.or(twin.water[to].building);
        let own = building.and_then(|building| {
            twin.power.nodes().find(|(id, bus)| bus.building == Some(building) && was_live(*id)).map(|(id, _)| id)
        });
        let at = twin.water[from].position;
        own.or_else(|| {
            twin.power
                .nodes()
                .filter(|(id, bus)| was_live(*id) && (!has_low_voltage || bus.vn_kv < LOW_VOLTAGE_KV))
                .map(|(id, bus)| ((bus.position.x - at.x).hypot(bus.position.y - at.y), id))
                .filter(|(distance_m, _)| *distance_m <= scenario.assumptions.power_pump_reach_m)
                .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
                .map(|(_, id)| id)
        })
    };
    twin.water
        .links()
        .filter(|(_, link)| matches!(link.kind, WaterLinkKind::Pump { .. }))
        .filter_map(|(id, _)| Some((id, fed_by(id)?)))
        .filter(|(_, bus)| dark.contains(bus))
        .collect()
}

/// The scenario with these pumps out, too, behind its own outages, from the first outage of electricity until the last is over.
pub(crate) fn with_pumps_out<'a>(
    twin: &Twin,
    scenario: &'a Scenario,
    pumps: &[(Id<WaterLink>, Id<PowerBus>)],
) -> Cow<'a, Scenario> {
    if pumps.is_empty() {
        return Cow::Borrowed(scenario);
    }
    let electric: Vec<&Outage> =
        scenario.outages.iter().filter(|outage| outage.asset.as_str().starts_with("power_")).collect();
    let begin_s = electric.iter().map(|outage| outage.begin_s).min().flatten();
    let ends: Option<Vec<u64>> = electric.iter().map(|outage| outage.end_s).collect();
    let end_s = ends.and_then(|ends| ends.into_iter().max());
    let mut scenario = scenario.clone();
    scenario.outages.extend(pumps.iter().map(|(pump, _)| Outage {
        begin_s,
        end_s,
        ..Outage::of(twin.water.link(*pump).key.clone())
    }));
    Cow::Owned(scenario)
}

/// Whom the outages leave without water, and for how long; nothing where no pump stands still.
pub(crate) fn consequences(
    twin: &Twin,
    pumps: Vec<(Id<WaterLink>, Id<PowerBus>)>,
    water: Option<&WaterOutcome>,
    findings: &mut Findings,
) -> Option<Coupling> {
    let water = water.filter(|_| !pumps.is_empty())?;
    for &(pump, bus) in &pumps {
        let message = format!("the pump stands still: {} has no electricity", twin.power[bus].key);
        findings.push(Finding::warning("pump-without-power", message).with_key(twin.water.link(pump).key.clone()));
    }
    let is_dry =
        |row: &&WaterAffected| row.without_s > 0 || matches!(row.supply, Supply::CutOff | Supply::NegativePressure);
    let dry = water.affected.iter().filter(is_dry);
    let customers = dry.clone().map(|row| row.customers).sum();
    let hours = dry.map(|row| f64::from(row.customers) * row.without_s as f64 / 3600.0).fold(0.0, |all, h| all + h);
    let simulated_h = water.simulated_s as f64 / 3600.0;
    if water.simulated_s == 0 {
        findings.push(
            Finding::note(
                "coupling-steady",
                "water is computed for one moment: tanks that run empty later are not seen",
            )
            .with_field("water.duration_s")
            .with_help("compute a day: --set water.duration_s=86400"),
        );
    }
    Some(Coupling { pumps, customers_without_water: customers, customer_hours_without_water: hours, simulated_h })
}

#[cfg(test)]
mod tests;
