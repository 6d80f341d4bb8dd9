//! Answers to questions about an equilibrium: who drives on a street, by which ways, how long it takes.

use crate::{
    Id, Key,
    demand::VehicleClass,
    road::{Arc, RoadLink},
};

/// The answers of one hour, before and with the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct HourAnswers {
    /// Hour of the day.
    pub hour: u8,
    /// Who drives on the streets asked for, in the order of the question.
    pub selected: Vec<Selected>,
    /// The ways between the zones asked for, by question, class and falling trips.
    pub paths: Vec<ListedPath>,
    /// Travel times between all zones, by class.
    pub skims: Vec<SkimMatrix>,
}

/// Who drives on a street (select-link analysis).
#[derive(Clone, Debug, PartialEq)]
pub struct Selected {
    /// The street or key as it was asked for.
    pub name: String,
    /// Its sections.
    pub sections: Vec<Id<RoadLink>>,
    /// Volume on every arc ([`Arc::index`]) of the trips that use it before, vehicles per hour.
    pub base_volume_veh_h: Vec<f64>,
    /// Where the same trips drive with the scenario, vehicles per hour.
    pub volume_veh_h: Vec<f64>,
    /// From where to where they go, by class, origin and destination.
    pub pairs: Vec<SelectedPair>,
    /// What kind of traffic uses it before.
    pub base_kinds: TrafficKinds,
    /// What kind of traffic uses it with the scenario.
    pub kinds: TrafficKinds,
}

/// Traffic on a street by where it begins and ends, vehicles per hour.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TrafficKinds {
    /// Within the map (Binnenverkehr).
    pub internal_veh_h: f64,
    /// From the map to beyond it (Quellverkehr).
    pub outbound_veh_h: f64,
    /// From beyond the map into it (Zielverkehr).
    pub inbound_veh_h: f64,
    /// Through the map (Durchgangsverkehr).
    pub through_veh_h: f64,
}

impl TrafficKinds {
    /// All of it.
    #[must_use]
    pub const fn total_veh_h(&self) -> f64 {
        self.internal_veh_h + self.outbound_veh_h + self.inbound_veh_h + self.through_veh_h
    }
}

/// Trips of one pair of zones on a street.
#[derive(Clone, Debug, PartialEq)]
pub struct SelectedPair {
    /// Class of vehicles.
    pub class: VehicleClass,
    /// Origin zone.
    pub origin: Key,
    /// Destination zone.
    pub destination: Key,
    /// Trips that use the street before, vehicles per hour.
    pub base_trips_veh_h: f64,
    /// Trips that use it with the scenario, vehicles per hour.
    pub trips_veh_h: f64,
}

/// A way between two zones that is used before or with the scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedPath {
    /// Class of vehicles.
    pub class: VehicleClass,
    /// Origin zone.
    pub origin: Key,
    /// Destination zone.
    pub destination: Key,
    /// The streets, in driving order.
    pub arcs: Vec<Arc>,
    /// Trips on it before, vehicles per hour.
    pub base_trips_veh_h: f64,
    /// Trips on it with the scenario, vehicles per hour.
    pub trips_veh_h: f64,
    /// Time on it before, connectors included, seconds.
    pub base_time_s: f64,
    /// Time on it with the scenario, seconds; nothing where it is closed.
    pub time_s: Option<f64>,
    /// Length, metres.
    pub length_m: f64,
}

/// Costs of the cheapest way between all zones: time in seconds, with weighted toll and distance where the scenario weighs them.
#[derive(Clone, Debug, PartialEq)]
pub struct SkimMatrix {
    /// Class of vehicles.
    pub class: VehicleClass,
    /// The zones: rows and columns in this order.
    pub zones: Vec<Key>,
    /// Before, row by row; nothing where there is no way.
    pub base_cost_s: Vec<Option<f64>>,
    /// With the scenario.
    pub cost_s: Vec<Option<f64>>,
}
