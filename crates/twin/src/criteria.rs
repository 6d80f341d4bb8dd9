//! Criteria: the figures of an outcome by name, as scenarios bound them under `[expect]` and `summary.json` lists them.

use crate::{
    Outcome,
    outcome::{
        Environment, GasOutcome, HeatOutcome, HourOutcome, PowerOutcome, Touched, TrafficOutcome, WaterOutcome,
        day::LongestQueue,
        environment::Burnt,
        touched::{BusEffect, ChangedWay, Errand, RouteLoad},
    },
    scenario::Bound,
};

/// A figure of an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Criterion {
    /// Name in scenario files, with the unit at its end where it has one.
    pub name: &'static str,
    /// What it says.
    pub meaning: &'static str,
}

macro_rules! criteria {
    ($($name:literal, $meaning:literal, $part:ident: $type:ty, $value:expr;)+) => {
        /// Every criterion, in the order in which it is shown.
        pub const TABLE: &[Criterion] = &[$(Criterion { name: $name, meaning: $meaning }),+];

        fn value(outcome: &Outcome, name: &str) -> Option<f64> {
            match name {
                $($name => {
                    let value: fn(&$type) -> _ = $value;
                    outcome.$part.as_ref().and_then(|part| value(part).into())
                })+
                _ => None,
            }
        }
    };
}

criteria! {
    "traffic.added_vehicle_hours", "Added time of the vehicles that still arrive, sum over the computed hours", traffic: TrafficOutcome,
        |t| sum(t, |h| h.totals.vehicle_hours - (h.base_totals.vehicle_hours - h.base_of_cut_off.vehicle_hours));
    "traffic.added_vehicle_km", "Added distance of the vehicles that still arrive, sum over the computed hours", traffic: TrafficOutcome,
        |t| sum(t, |h| h.totals.vehicle_km - (h.base_totals.vehicle_km - h.base_of_cut_off.vehicle_km));
    "traffic.added_delay_veh_h", "Added delay over empty streets of the vehicles that still arrive, vehicle-hours, sum over the computed hours", traffic: TrafficOutcome,
        |t| sum(t, |h| h.totals.delay_veh_h - (h.base_totals.delay_veh_h - h.base_of_cut_off.delay_veh_h));
    "traffic.vehicle_hours", "Time of all vehicles, sum over the computed hours", traffic: TrafficOutcome, |t| sum(t, |h| h.totals.vehicle_hours);
    "traffic.vehicle_km", "Distance of all vehicles, sum over the computed hours", traffic: TrafficOutcome, |t| sum(t, |h| h.totals.vehicle_km);
    "traffic.trips", "Trips that arrive, sum over the computed hours", traffic: TrafficOutcome, |t| sum(t, |h| h.totals.trips_veh_h);
    "traffic.cut_off_trips", "Trips that have no way left, sum over the computed hours", traffic: TrafficOutcome,
        |t| sum(t, |h| h.cut_off_trips.iter().map(|c| c.trips_veh_h).sum());
    "traffic.cut_off_addresses", "Addresses that no car can reach", traffic: TrafficOutcome, |t| t.cut_off_addresses.len() as f64;
    "traffic.detoured_trips", "Trips that take another way than before, sum over the computed hours", traffic: TrafficOutcome,
        |t| sum(t, |h| h.detours.iter().map(|d| d.trips_veh_h).sum());
    "traffic.closure_base_volume_veh_h", "Greatest volume through a closed section before, both directions", traffic: TrafficOutcome,
        |t| t.closures.iter().flat_map(|c| &c.base_volume_veh_h).copied().fold(0.0, f64::max);
    "traffic.alternation_delay_s", "Greatest mean wait at a half closure", traffic: TrafficOutcome,
        |t| alternations(t, |a| a.delay_s);
    "traffic.queue_veh", "Longest queue at a half closure at the end of an hour", traffic: TrafficOutcome,
        |t| alternations(t, |a| a.queue_veh);
    "traffic.day_added_delay_veh_h", "Added delay over the whole day in vehicle-hours, queues included (with traffic.day)", traffic: TrafficOutcome,
        |t| t.day.as_ref().map(|d| d.totals.delay_veh_h - d.base_totals.delay_veh_h);
    "traffic.day_queue_veh", "Longest queue before a closure at any time of the day, vehicles (with traffic.day)", traffic: TrafficOutcome,
        |t| t.day.as_ref().map(|_| longest(t, |queue| queue.queue_veh));
    "traffic.day_tailback_m", "How far the longest queues before closures reach back, metres (with traffic.day)", traffic: TrafficOutcome,
        |t| t.day.as_ref().map(|_| longest(t, |queue| queue.tailback_m));
    "traffic.affected_bus_routes", "Bus routes that lead through a closed section", traffic: TrafficOutcome, |t| t.affected_bus_routes.len() as f64;
    "traffic.relative_gap", "Greatest relative gap that was reached", traffic: TrafficOutcome,
        |t| t.hours.iter().flat_map(|h| [h.status.residual(), h.base_status.residual()]).fold(0.0, f64::max);
    "power.unsupplied_mw", "Load without supply that had it before, MW", power: PowerOutcome,
        |p| p.totals.unsupplied_mw - p.base_totals.unsupplied_mw;
    "power.customers_unsupplied", "Customers without supply that had it before", power: PowerOutcome,
        |p| f64::from(p.totals.customers_unsupplied) - f64::from(p.base_totals.customers_unsupplied);
    "power.unsupplied_after_switching_mw", "Load that stays without supply after switching, MW", power: PowerOutcome,
        |p| p.restoration.as_ref().map_or(0.0, |restoration| restoration.dark_mw);
    "power.min_vm_pu", "Lowest voltage, per unit", power: PowerOutcome, |p| p.totals.min_vm_pu;
    "power.max_vm_pu", "Highest voltage, per unit", power: PowerOutcome, |p| p.totals.max_vm_pu;
    "power.max_loading_percent", "Greatest loading of a line or transformer", power: PowerOutcome,
        |p| p.totals.max_loading_percent;
    "power.overloaded", "Lines and transformers that carry more than they can", power: PowerOutcome,
        |p| f64::from(p.totals.n_overloaded);
    "power.buses_out_of_band", "Buses whose voltage is out of the band", power: PowerOutcome,
        |p| f64::from(p.totals.n_out_of_band);
    "power.day_overloaded", "Lines and transformers that carry more than they can at any time of the day (with power.day)", power: PowerOutcome,
        |p| p.day.as_ref().map(|day| day.overloaded.len() as f64);
    "power.day_max_loading_percent", "Greatest loading at any time of the day (with power.day)", power: PowerOutcome,
        |p| p.day.as_ref().map(|day| day.quarters.iter().map(|quarter| quarter.max_loading_percent).fold(0.0, f64::max));
    "power.day_buses_out_of_band", "Buses whose voltage is out of the band at any time of the day (with power.day)", power: PowerOutcome,
        |p| p.day.as_ref().map(|day| day.out_of_band.len() as f64);
    "power.losses_mw", "Losses of lines and transformers, MW", power: PowerOutcome, |p| p.totals.losses_mw;
    "water.demand_not_served_m3_s", "Greatest demand for water that is not served at a time", water: WaterOutcome,
        |w| w.totals.not_served_m3_s;
    "water.demand_not_served_m3", "Water that is asked for and not served, over the simulated time", water: WaterOutcome,
        |w| w.totals.demand_m3 - w.totals.served_m3;
    "water.junctions_below_pressure", "Most junctions with demand below the required pressure at a time",
        water: WaterOutcome, |w| f64::from(w.totals.junctions_below_pressure);
    "water.junctions_cut_off", "Most junctions that no open link joins to a source at a time", water: WaterOutcome,
        |w| f64::from(w.totals.junctions_cut_off);
    "water.affected_junctions", "Junctions that the outages take water or pressure from", water: WaterOutcome,
        |w| w.affected.len() as f64;
    "water.min_pressure_m", "Lowest pressure of a junction with demand", water: WaterOutcome,
        |w| w.totals.min_pressure_m;
    "water.customers_without", "Customers without water at some time because of the outages", water: WaterOutcome,
        |w| w.interruption.map(|i| f64::from(i.customers));
    "water.customer_hours_without", "Hours without water because of the outages, sum over customers", water: WaterOutcome,
        |w| w.interruption.map(|i| i.customer_hours);
    "water.customer_hours_low_pressure", "Hours below the required pressure because of the outages, sum over customers", water: WaterOutcome,
        |w| w.interruption.map(|i| i.low_pressure_customer_hours);
    "water.outage_not_served_m3", "Water not served because of the outages", water: WaterOutcome,
        |w| w.interruption.map(|i| i.not_served.value());
    "gas.customers_cut_off", "Customers without gas that had it before", gas: GasOutcome,
        |g| f64::from(g.with.totals.customers_cut_off) - f64::from(g.base.totals.customers_cut_off);
    "gas.unserved_kg_s", "Gas that is asked for and no longer served", gas: GasOutcome,
        |g| g.with.totals.unserved_kg_s - g.base.totals.unserved_kg_s;
    "gas.customer_hours_without", "Hours without gas because of the outages, sum over customers", gas: GasOutcome,
        |g| g.interruption.map(|i| i.customer_hours);
    "gas.outage_not_served_kg", "Gas not served because of the outages", gas: GasOutcome, |g| g.interruption.map(|i| i.not_served.value());
    "gas.lowest_bar", "Lowest pressure at a customer with gas", gas: GasOutcome, |g| g.with.totals.lowest_bar;
    "gas.fastest_m_s", "Greatest velocity in a gas pipe", gas: GasOutcome, |g| g.with.totals.fastest_m_s;
    "heat.consumers_cut_off", "House stations without heat that had it before", heat: HeatOutcome,
        |h| f64::from(h.with.totals.consumers_cut_off) - f64::from(h.base.totals.consumers_cut_off);
    "heat.unserved_w", "Heat that is asked for and no longer served", heat: HeatOutcome,
        |h| h.with.totals.unserved_w - h.base.totals.unserved_w;
    "heat.customer_hours_without", "Hours without heat because of the outages, sum over house stations", heat: HeatOutcome,
        |h| h.interruption.map(|i| i.customer_hours);
    "heat.outage_not_served_kwh", "Heat not served because of the outages", heat: HeatOutcome, |h| h.interruption.map(|i| i.not_served.value());
    "heat.lost_w", "Heat lost to the ground", heat: HeatOutcome, |h| h.with.totals.lost_w;
    "heat.worst_point_bar", "Least pressure difference at a house station", heat: HeatOutcome, |h| h.with.totals.worst_point_bar;
    "heat.coldest_k", "Lowest temperature at the inlet of a house station", heat: HeatOutcome, |h| h.with.totals.coldest_k;
    // Environment.
    "environment.added_co2_kg", "Added carbon dioxide of the vehicles that still arrive, kilograms, sum over the computed hours", environment: Environment,
        |e| added(e, |burnt| burnt.co2_kg);
    "environment.added_fuel_l", "Added fuel of the vehicles that still arrive, litres, sum over the computed hours", environment: Environment,
        |e| added(e, Burnt::fuel_l);
    "environment.co2_kg", "Carbon dioxide of all vehicles, kilograms, sum over the computed hours", environment: Environment, |e| e.sums(|burnt| burnt.co2_kg).1;
    "environment.addresses_louder_1db", "Addresses before which the street becomes louder by 1 dB or more, by day or by night", environment: Environment,
        |e| e.noise.as_ref().map(|noise| noise.n_louder(1.0) as f64);
    "environment.addresses_louder_3db", "Addresses before which the street becomes louder by 3 dB or more, by day or by night", environment: Environment,
        |e| e.noise.as_ref().map(|noise| noise.n_louder(3.0) as f64);
    // Everybody else whom closures touch.
    "emergency.addresses_beyond_limit", "Most addresses at one hour that a crew does not reach in time any more", touched: Touched,
        |t| t.responses.iter().map(|r| r.beyond_limit().count()).max().unwrap_or(0) as f64;
    "emergency.addresses_lost", "Most addresses at one hour that no crew reaches any more", touched: Touched,
        |t| t.responses.iter().map(|r| r.lost().count()).max().unwrap_or(0) as f64;
    "emergency.worst_added_min", "Most minutes by which the first crew comes later to an address", touched: Touched,
        |t| t.responses.iter().filter_map(|r| r.worst().and_then(|row| Some(row.with?.time_s - row.base.time_s))).fold(0.0, f64::max) / 60.0;
    "access.detour_addresses", "Addresses to or from which most ways by car are at least 100 m longer", touched: Touched,
        |t| t.detour_addresses(100.0).len() as f64;
    "access.worst_added_m", "Most metres added to the ways by car to or from an address, median over the directions", touched: Touched,
        |t| t.ways.iter().filter(|w| matches!(w.errand, Errand::CarIn | Errand::CarOut)).filter_map(ChangedWay::added_m).fold(0.0, f64::max);
    "bus.routes_blocked", "Bus routes that cannot pass", touched: Touched, |t| t.buses.iter().filter(|b| b.blocked).count() as f64;
    "bus.stops_lost", "Bus stops that a route does not serve any more, each once", touched: Touched, |t| t.stops_lost().len() as f64;
    "bus.worst_added_min", "Most minutes added to the run of a bus", touched: Touched,
        |t| t.buses.iter().filter_map(BusEffect::added_s).fold(0.0, f64::max) / 60.0;
    "bus.added_min_per_day", "Minutes added to all runs of a working day, over the routes whose departures are known", touched: Touched,
        Touched::bus_min_per_day;
    "school.affected_addresses", "Addresses near a school whose shortest walk to it leads past a work site", touched: Touched,
        |t| t.school_walks.len() as f64;
    "lorry.cut_off_addresses", "Addresses that a heavy lorry does not reach any more although cars do", touched: Touched,
        |t| t.lorry_cut_off.len() as f64;
    "detour.signed_added_km", "Longest signed detour, kilometres more than straight on", touched: Touched,
        |t| t.signed.iter().filter_map(|s| s.route.as_ref()).map(|r| r.added_m).fold(0.0, f64::max) / 1000.0;
    "detour.signed_saturation", "Greatest volume by capacity on a signed detour if everybody follows it", touched: Touched,
        |t| t.signed.iter().filter_map(|s| s.route.as_ref()?.load.as_ref()).map(RouteLoad::saturation).fold(0.0, f64::max);
}

/// The names and values of all criteria that the outcome knows.
#[must_use]
pub fn values(outcome: &Outcome) -> Vec<(&'static str, f64)> {
    TABLE.iter().filter_map(|criterion| value(outcome, criterion.name).map(|value| (criterion.name, value))).collect()
}

/// A criterion that is out of its bounds, or that the outcome does not know.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Name of the criterion.
    pub name: String,
    /// Its value, where known.
    pub value: Option<f64>,
    /// The bound.
    pub bound: Bound,
}

/// The criteria that are out of their bounds.
#[must_use]
pub fn violations(expect: &std::collections::BTreeMap<String, Bound>, outcome: &Outcome) -> Vec<Violation> {
    let values = values(outcome);
    expect
        .iter()
        .filter_map(|(name, bound)| {
            let value = values.iter().find(|(known, _)| known == name).map(|&(_, value)| value);
            let fine =
                value.is_some_and(|v| bound.min.is_none_or(|min| v >= min) && bound.max.is_none_or(|max| v <= max));
            (!fine).then(|| Violation { name: name.clone(), value, bound: *bound })
        })
        .collect()
}

fn sum(traffic: &TrafficOutcome, of: impl Fn(&HourOutcome) -> f64) -> f64 {
    // The sum of nothing is -0.0.
    0.0 + traffic.hours.iter().map(of).sum::<f64>()
}

fn added(environment: &Environment, of: impl Fn(&Burnt) -> f64) -> f64 {
    let (before, with) = environment.sums(of);
    with - before
}

fn longest(traffic: &TrafficOutcome, of: impl Fn(&LongestQueue) -> f64) -> f64 {
    let approaches = traffic.day.iter().flat_map(|day| &day.approaches);
    approaches.filter_map(|approach| approach.longest.as_ref()).map(of).fold(0.0, f64::max)
}

fn alternations(traffic: &TrafficOutcome, of: impl Fn(&crate::outcome::Alternation) -> [f64; 2]) -> f64 {
    traffic.closures.iter().flat_map(|c| &c.alternation).flat_map(of).fold(0.0, f64::max)
}
