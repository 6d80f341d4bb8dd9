//! Everybody else whom closures touch: emergency services, buses, people on foot and by bicycle, lorries, deliveries.
//!
//! Plain data, ids only. Where two figures stand beside each other, `base` is without the closures and `with` is with them;
//! nothing stands where there is no way.

use crate::{
    Id,
    building::{Address, Place},
    road::{Arc, RoadNode, named_enum},
    transit::{BusRoute, BusStop},
};

/// Whom the closures of a scenario touch besides the drivers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Touched {
    /// Emergency response: one per computed hour and service that has a station.
    pub responses: Vec<Response>,
    /// Addresses whose ways get longer or vanish: one row per address and errand, by errand and rising id.
    pub ways: Vec<ChangedWay>,
    /// Walks to school that lead past the work sites, by rising address.
    pub school_walks: Vec<SchoolWalk>,
    /// How far one must walk or ride around each closure.
    pub around: Vec<Around>,
    /// What stands along each closure, in the order of the scenario.
    pub frontages: Vec<Frontage>,
    /// Bus routes through closed sections, by rising id.
    pub buses: Vec<BusEffect>,
    /// The detour that an authority would sign, by closure and direction.
    pub signed: Vec<SignedDetour>,
    /// Trips of lorries that passed the closed sections, one per computed hour in which there are any.
    pub lorries: Vec<LorryTrips>,
    /// Addresses that a heavy lorry reached before and does not any more although cars do, by rising id.
    pub lorry_cut_off: Vec<Id<Address>>,
}

impl Touched {
    /// Addresses that cars reach or leave on ways longer by at least so many metres, by rising id.
    #[must_use]
    pub fn detour_addresses(&self, added_m: f64) -> Vec<Id<Address>> {
        let by_car = self.ways.iter().filter(|way| matches!(way.errand, Errand::CarIn | Errand::CarOut));
        let longer = by_car.filter(|way| way.added_m().is_some_and(|added| added >= added_m));
        let mut addresses: Vec<_> = longer.map(|way| way.address).collect();
        addresses.sort_unstable();
        addresses.dedup();
        addresses
    }

    /// Stops that some route does not serve any more, each once, by rising id.
    #[must_use]
    pub fn stops_lost(&self) -> Vec<Id<BusStop>> {
        let mut stops: Vec<_> = self.buses.iter().flat_map(|bus| &bus.stops_lost).copied().collect();
        stops.sort_unstable();
        stops.dedup();
        stops
    }

    /// Minutes added to all runs of a working day, over the routes whose departures are known; nothing where none are.
    #[must_use]
    pub fn bus_min_per_day(&self) -> Option<f64> {
        let known = self.buses.iter().filter_map(|bus| Some(bus.departures_per_day? * bus.added_s()? / 60.0));
        known.fold(None, |sum, minutes| Some(sum.unwrap_or(0.0) + minutes))
    }
}

/// A way to somebody or something.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// Length, metres.
    pub length_m: f64,
    /// Time, seconds.
    pub time_s: f64,
}

named_enum! {
    /// Who comes in an emergency.
    Service {
        /// Fire brigade.
        Fire = "fire",
        /// Ambulance.
        Rescue = "rescue",
    }
}

/// How soon a service is at every address in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// Hour of the day.
    pub hour: u8,
    /// Service.
    pub service: Service,
    /// Time within which it should be there, from the alarm, seconds.
    pub limit_s: f64,
    /// Addresses that a station reached without the closures, by rising id.
    pub addresses: Vec<AddressResponse>,
    /// Stations from which fewer than half of the junctions can be reached that could be before.
    pub shut_in: Vec<Id<Place>>,
    /// Stations that are taken for volunteer brigades.
    pub n_volunteer: usize,
    /// Stations in all.
    pub n_stations: usize,
}

/// The first crew at an address.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AddressResponse {
    /// The address.
    pub address: Id<Address>,
    /// Without the closures.
    pub base: Arrival,
    /// With them; nothing where no crew gets there.
    pub with: Option<Arrival>,
}

/// The arrival of a crew.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arrival {
    /// Where it comes from.
    pub station: Id<Place>,
    /// Time from the alarm, turn-out included, seconds.
    pub time_s: f64,
}

impl Response {
    /// Addresses that are beyond the limit with the closures and were not before.
    pub fn beyond_limit(&self) -> impl Iterator<Item = &AddressResponse> {
        let limit_s = self.limit_s;
        self.addresses
            .iter()
            .filter(move |row| row.base.time_s <= limit_s && row.with.is_none_or(|with| with.time_s > limit_s))
    }

    /// Addresses that no crew reaches any more.
    pub fn lost(&self) -> impl Iterator<Item = &AddressResponse> {
        self.addresses.iter().filter(|row| row.with.is_none())
    }

    /// The address at which a crew comes latest compared with before; nothing where none comes later.
    #[must_use]
    pub fn worst(&self) -> Option<&AddressResponse> {
        let added_s = |row: &AddressResponse| row.with.map_or(f64::NEG_INFINITY, |with| with.time_s - row.base.time_s);
        let worst =
            self.addresses.iter().max_by(|a, b| added_s(a).total_cmp(&added_s(b)).then(b.address.cmp(&a.address)));
        worst.filter(|row| added_s(row) > 0.0)
    }

    /// The share of addresses that are reached within the limit, without the closures and with them.
    #[must_use]
    pub fn within(&self) -> [f64; 2] {
        let n = self.addresses.len().max(1) as f64;
        let base = self.addresses.iter().filter(|row| row.base.time_s <= self.limit_s).count();
        let with = self.addresses.iter().filter(|row| row.with.is_some_and(|with| with.time_s <= self.limit_s)).count();
        [base as f64 / n, with as f64 / n]
    }
}

named_enum! {
    /// Why somebody is on the way, and how.
    Errand {
        /// By car to the address, from where people come (centre, roads out of town): the direction to which the median is added.
        CarIn = "car_in",
        /// By car from the address to there.
        CarOut = "car_out",
        /// By car to the nearest hospital.
        Hospital = "hospital",
        /// By bicycle to the centre.
        BicycleCentre = "bicycle_centre",
        /// On foot to the nearest supermarket.
        FootShop = "foot_shop",
    }
}

/// A way of an address that closures make longer or take away.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChangedWay {
    /// The address.
    pub address: Id<Address>,
    /// Where to, and how.
    pub errand: Errand,
    /// Without the closures.
    pub base: Way,
    /// With them; nothing where there is no way left.
    pub with: Option<Way>,
    /// Metres added on the way to the place for which most are added.
    pub worst_added_m: Option<f64>,
}

impl ChangedWay {
    /// Metres added.
    #[must_use]
    pub fn added_m(&self) -> Option<f64> {
        self.with.map(|with| with.length_m - self.base.length_m)
    }

    /// Seconds added.
    #[must_use]
    pub fn added_s(&self) -> Option<f64> {
        self.with.map(|with| with.time_s - self.base.time_s)
    }
}

/// The walk from an address to its nearest school, where the shortest one leads past a work site.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SchoolWalk {
    /// The address.
    pub address: Id<Address>,
    /// The nearest school.
    pub school: Id<Place>,
    /// Its length without the closures, metres.
    pub base_m: f64,
    /// Its length with the closures, metres; as before where the footway stays.
    pub with_m: Option<f64>,
    /// The length of the shortest walk that keeps clear of the work sites, to any school, metres.
    pub clear_m: Option<f64>,
}

named_enum! {
    /// Who goes around a work site.
    AroundMode {
        /// On foot.
        Foot = "foot",
        /// By bicycle.
        Bicycle = "bicycle",
    }
}

/// From one end of a closure to the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Around {
    /// The closure, as a position in the scenario.
    pub closure: usize,
    /// On foot or by bicycle.
    pub mode: AroundMode,
    /// Whether one may go through.
    pub open: bool,
    /// Metres through it.
    pub through_m: f64,
    /// Metres around it; nothing where there is no way around.
    pub around_m: Option<f64>,
}

/// What stands along a closure.
#[derive(Clone, Debug, PartialEq)]
pub struct Frontage {
    /// The closure, as a position in the scenario.
    pub closure: usize,
    /// Addresses along the closed part, by rising id.
    pub addresses: Vec<Id<Address>>,
    /// Those of them to whose door no lorry comes while the closure holds.
    pub without_delivery: Vec<Id<Address>>,
    /// Roadside along which nobody can stop: both sides of a full closure, one of a half one, metres. An upper bound of the
    /// parking that is lost, for driveways and bans on stopping are not known.
    pub roadside_m: f64,
}

/// What closures do to a bus route.
#[derive(Clone, Debug, PartialEq)]
pub struct BusEffect {
    /// The route.
    pub route: Id<BusRoute>,
    /// Whether it cannot pass.
    pub blocked: bool,
    /// Time lost in the narrowed sections, seconds per run, by computed hour.
    pub delay_s: Vec<f64>,
    /// Where it must leave its way.
    pub diversions: Vec<BusDiversion>,
    /// Stops that it does not serve any more, in its order.
    pub stops_lost: Vec<Id<BusStop>>,
    /// Departures on a working day, where known.
    pub departures_per_day: Option<f64>,
}

impl BusEffect {
    /// Metres added to a run; nothing where it has no way around.
    #[must_use]
    pub fn added_m(&self) -> Option<f64> {
        self.diversions.iter().map(|diversion| diversion.way.map(|_| diversion.added_m)).sum()
    }

    /// Seconds added to a run in the worst computed hour; nothing where it has no way around.
    #[must_use]
    pub fn added_s(&self) -> Option<f64> {
        let delay_s = self.delay_s.iter().copied().fold(0.0, f64::max);
        let diversions: Option<f64> =
            self.diversions.iter().map(|diversion| diversion.way.map(|_| diversion.added_s)).sum();
        diversions.map(|added_s| added_s + delay_s)
    }
}

/// A bus around a closed stretch of its route.
#[derive(Clone, Debug, PartialEq)]
pub struct BusDiversion {
    /// Where it leaves its route.
    pub from: Id<RoadNode>,
    /// Where it comes back to it.
    pub to: Id<RoadNode>,
    /// The part of its route that it leaves out.
    pub skipped: Vec<Arc>,
    /// The streets it takes instead; empty where there is no way.
    pub arcs: Vec<Arc>,
    /// Length and time of these streets; nothing where there is no way.
    pub way: Option<Way>,
    /// Metres added.
    pub added_m: f64,
    /// Seconds added in the hour of most traffic through the closures.
    pub added_s: f64,
    /// Whether it takes streets that buses should not be sent through: living streets, service ways, streets for residents.
    pub last_resort: bool,
}

/// The detour that an authority would sign for one direction of a closure.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedDetour {
    /// The closure, as a position in the scenario.
    pub closure: usize,
    /// Whether for traffic along the closure's section.
    pub along: bool,
    /// The closed arcs, in driving order.
    pub closed: Vec<Arc>,
    /// The route; nothing where there is none.
    pub route: Option<SignedRoute>,
}

/// A signed route from the junction of decision to the one where drivers are back on their way.
#[derive(Clone, Debug, PartialEq)]
pub struct SignedRoute {
    /// Where drivers leave the street.
    pub from: Id<RoadNode>,
    /// Where they are back on it.
    pub to: Id<RoadNode>,
    /// The streets, in driving order.
    pub arcs: Vec<Arc>,
    /// Its length and its time on empty streets.
    pub way: Way,
    /// Metres more than straight on.
    pub added_m: f64,
    /// Seconds more than straight on, on empty streets.
    pub added_s: f64,
    /// How good it is.
    pub quality: RouteQuality,
    /// Metres of it on residential and lesser streets.
    pub residential_m: f64,
    /// The section that would be loaded most if all who passed the closure took it; nothing without traffic.
    pub load: Option<RouteLoad>,
    /// Share of the trips around the closure that take the signed route for the greater part of their detour, 0 to 1.
    pub followed: Option<f64>,
}

named_enum! {
    /// For whom a signed route is fit.
    RouteQuality {
        /// For all vehicles, clear of residents' streets and other works.
        Fit = "fit",
        /// For all vehicles, but on streets for residents, living streets or past other works.
        LastResort = "last_resort",
        /// Not for heavy lorries.
        CarsOnly = "cars_only",
    }
}

/// The most loaded section of a signed route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouteLoad {
    /// The section.
    pub arc: Arc,
    /// Hour of the day.
    pub hour: u8,
    /// Its volume without the closures, passenger-car equivalents per hour.
    pub base_pce_h: f64,
    /// What is diverted, passenger-car equivalents per hour.
    pub diverted_pce_h: f64,
    /// Its capacity, passenger-car equivalents per hour.
    pub capacity_pce_h: f64,
}

impl RouteLoad {
    /// Volume by capacity when everybody follows the signs.
    #[must_use]
    pub fn saturation(&self) -> f64 {
        (self.base_pce_h + self.diverted_pce_h) / self.capacity_pce_h
    }
}

/// Lorries that passed the closed sections in an hour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LorryTrips {
    /// Hour of the day.
    pub hour: u8,
    /// Trips that passed, vehicles per hour.
    pub trips_veh_h: f64,
    /// Those of them that have no way left.
    pub cut_off_veh_h: f64,
    /// Mean added distance of the others, metres.
    pub added_distance_m: f64,
    /// Mean added time of the others, seconds.
    pub added_time_s: f64,
}
