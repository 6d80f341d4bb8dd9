//! Travel demand of a town without a traffic model: car and lorry trips from its buildings, land use and border roads.
//!
//! # Model
//! The four classic steps, once for a working day, then by hour:
//!
//! 1. **Stock** ([`stock`]): residents, jobs, pupils, customers, visitors and guests of every building and place.
//! 2. **Zones** of about 200 residents and jobs, each joined to the streets at several nodes, and an **external station**
//!    for every classified road that leaves the map.
//! 3. **Trips** of residents by purpose, by car, with the occupancy of the purpose ([`purpose`]); a part leaves the map; jobs
//!    that residents do not fill draw commuters, shops and schools draw customers and pupils from outside; lorries by jobs.
//! 4. **Distribution** by a doubly constrained gravity model over times on empty streets ([`gravity`]); through traffic
//!    between stations fills the volume that roads of their class usually carry.
//!
//! Each layer has hours of its own there and back ([`profile`]), so that the morning flows to work and the evening home, and
//! over the day as many trips end in a zone as begin there.
//!
//! # Assumptions
//! Every number stands in the table of [`twin::Assumptions`] with unit, range and source, and can be overridden in a
//! scenario. Demand that came with the twin (a TNTP file) replaces everything here. Left out: households and tours, choice of
//! mode by level of service, seasons, public transport, cycling and walking.
//!
//! # Units and shapes
//! Trips per day in between, vehicles per hour in the matrices; times in minutes for the distribution, connectors in
//! seconds.
//!
//! # Errors
//! None: a twin without buildings, streets or border gives findings and little or no demand.
//!
//! # References
//! Mobilität in Deutschland 2017 (infas, DLR, IVT, infas 360 for BMVI, 2018/19); D. Bosserhoff, Abschätzung des
//! Verkehrsaufkommens durch Vorhaben der Bauleitplanung (Ver_Bau); FGSV, Hinweise zur Schätzung des Verkehrsaufkommens
//! von Gebietstypen, 2006; Ortúzar, Willumsen, Modelling Transport, 2011.

mod coverage;
mod drive;
pub mod gravity;
mod layers;
pub mod profile;
pub mod purpose;
mod stations;
pub mod stock;
mod thin;
mod through;
mod zones;

use rayon::prelude::*;
use twin::{
    Assumptions, Finding, Findings, Key, Twin,
    building::BuildingUse,
    demand::{Demand, OdMatrix, VehicleClass, Zone},
    scenario::TrafficOptions,
};

use crate::street;

use drive::Drive;
pub use layers::Sums;
use layers::{Ground, Layer};
use stations::Station;
pub use thin::thin;
use zones::Part;

/// Demand and how it came about.
#[derive(Clone, Debug, PartialEq)]
pub struct Generated {
    /// Zones and matrices.
    pub demand: Demand,
    /// What was assumed, what is implausible, what could not be served.
    pub findings: Findings,
    /// Figures by zone, station and kind of trip; empty where the demand came with the twin.
    pub used: Used,
}

/// Figures behind a demand.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub struct Used {
    /// Residents of the town.
    pub residents: f64,
    /// Jobs.
    pub jobs: f64,
    /// Car trips per working day that begin and end in the same zone: no street carries them.
    pub intrazonal_car_trips_d: f64,
    /// One row per zone of the town.
    pub zones: Vec<ZoneFigures>,
    /// One row per road at the border of the map.
    pub stations: Vec<StationFigures>,
    /// One row per kind of trip.
    pub trips: Vec<TripFigures>,
}

/// A zone of the town.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ZoneFigures {
    /// Key of the zone.
    pub key: Key,
    /// Name: its main street.
    pub name: Option<String>,
    /// Residents.
    pub residents: f64,
    /// Jobs.
    pub jobs: f64,
    /// Places in schools and kindergartens.
    pub pupils: f64,
    /// Car trips that begin there per working day.
    pub car_trips_d: f64,
    /// Lorry trips that begin there per working day.
    pub truck_trips_d: f64,
}

/// A road at the border of the map.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct StationFigures {
    /// Key of the border node.
    pub key: Key,
    /// Route number or name.
    pub name: Option<String>,
    /// Class of the road.
    pub class: twin::road::RoadClass,
    /// Cars per day, both directions.
    pub cars_d: f64,
    /// Lorries per day, both directions.
    pub trucks_d: f64,
    /// Cars of these that pass through the map.
    pub through_cars_d: f64,
}

/// A kind of trip.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct TripFigures {
    /// Purpose, `between` (other places), `through`, `truck`, `truck_through`.
    pub kind: &'static str,
    /// Class of vehicles.
    pub class: VehicleClass,
    /// Trips per working day.
    pub trips_d: Sums,
}

/// Demand of all 24 hours of a working day.
#[must_use]
pub fn generate(twin: &Twin, assumptions: &Assumptions) -> Generated {
    let hours: Vec<u8> = (0..24).collect();
    generate_hours(twin, assumptions, &hours)
}

/// Demand of some hours (16 is 16:00 to 17:00) of a working day; hours above 23 give nothing.
#[must_use]
pub fn generate_hours(twin: &Twin, assumptions: &Assumptions, hours: &[u8]) -> Generated {
    if let Some(demand) = &twin.demand {
        let finding = Finding::note("demand-given", "The demand came with the twin; nothing was assumed about it.");
        return Generated { demand: demand.clone(), findings: finding.into(), used: Used::default() };
    }
    let day = Day::new(twin, assumptions);
    let mut hours: Vec<u8> = hours.iter().copied().filter(|&hour| hour < 24).collect();
    hours.sort_unstable();
    hours.dedup();
    let matrices = hours.par_iter().flat_map_iter(|&hour| day.matrices(hour)).collect();
    Generated { demand: Demand { zones: day.zones, matrices }, findings: day.findings, used: day.used }
}

/// A working day's trips before they are split into hours: ask for any hour at little cost.
#[derive(Clone, Debug)]
pub struct Day {
    /// Zones, those of the town first, then external stations.
    pub zones: Vec<Zone>,
    /// What was assumed and found.
    pub findings: Findings,
    /// Figures behind it.
    pub used: Used,
    layers: Vec<Layer>,
    smallest_flow_veh_h: f64,
    flows_max: f64,
}

impl Day {
    /// The day of a town. Demand that came with the twin is not looked at.
    #[must_use]
    pub fn new(twin: &Twin, a: &Assumptions) -> Self {
        let (streets, _) = street::derive(twin, &[], a, &TrafficOptions::default());
        let drives = [VehicleClass::Car, VehicleClass::Truck].map(|class| Drive::new(&streets, class));
        let stock = stock::occupy(twin, a);
        let mut findings = stock.findings.clone();
        let parts = zones::make(twin, &drives[0], &drives[1], &stock, a);
        let stations = stations::find(twin, a);
        check_ground(twin, &stock, &stations, &mut findings);
        let zones: Vec<Zone> = parts
            .iter()
            .map(|part| part.zone.clone())
            .chain(stations.iter().map(|station| station.zone.clone()))
            .collect();
        let ground = Ground {
            residents: parts.iter().map(|part| part.activity.residents).sum(),
            time_min: drives.each_ref().map(|drive| times_min(drive, &zones, a)),
            parts: &parts,
            stations: &stations,
            a,
        };
        let mut layers = ground.layers(&mut findings);
        for class in VehicleClass::ALL {
            let own = exchange(&layers, *class, parts.len(), stations.len());
            let n = zones.len();
            let time_min =
                |from: usize, to: usize| ground.time_min[*class as usize][(parts.len() + from) * n + parts.len() + to];
            let through = through::layer(*class, &stations, &own, &time_min, parts.len(), a, &mut findings);
            layers.push(through);
        }
        let used = figures(&parts, &stations, &layers);
        check_result(&parts, &stations, &used, a, &mut findings);
        Self { zones, findings, used, layers, smallest_flow_veh_h: a.smallest_flow_veh_h, flows_max: a.flows_max }
    }

    /// The matrices of an hour, cars and lorries.
    #[must_use]
    pub fn matrices(&self, hour: u8) -> [OdMatrix; 2] {
        [VehicleClass::Car, VehicleClass::Truck].map(|class| {
            let full = self.full(class, hour);
            thin(class, hour, &full, self.zones.len(), self.smallest_flow_veh_h, self.flows_max)
        })
    }

    /// All trips of an hour and class, row by row, origin by destination.
    #[must_use]
    pub fn full(&self, class: VehicleClass, hour: u8) -> Vec<f64> {
        let n = self.zones.len();
        let mut full = vec![0.0; n * n];
        for layer in self.layers.iter().filter(|layer| layer.class == class) {
            let (there, back) = (layer.out_profile[usize::from(hour)], layer.back_profile[usize::from(hour)]);
            full.iter_mut().zip(&layer.out).for_each(|(sum, trips)| *sum += there * trips);
            if back > 0.0 {
                for origin in 0..n {
                    for destination in 0..n {
                        full[origin * n + destination] += back * layer.out[destination * n + origin];
                    }
                }
            }
        }
        full
    }
}

/// Times between zones in minutes, the mean of there and back: infinite where either is not possible.
fn times_min(drive: &Drive, zones: &[Zone], a: &Assumptions) -> Vec<f64> {
    let n = zones.len();
    let there: Vec<f64> = zones
        .par_iter()
        .flat_map_iter(|origin| {
            let at_node_s = drive.times_s(&origin.connectors);
            let to_zone = zones.iter().map(move |destination| {
                let arrivals = destination.connectors.iter().map(|c| at_node_s[c.node.index()] + c.time_s);
                arrivals.fold(f64::INFINITY, f64::min) / 60.0
            });
            to_zone.collect::<Vec<f64>>()
        })
        .collect();
    let mut times = vec![f64::INFINITY; n * n];
    for (from, origin) in zones.iter().enumerate() {
        for to in 0..n {
            let one_way =
                origin.kind == twin::demand::ZoneKind::External && zones[to].kind == twin::demand::ZoneKind::External;
            let mean = if one_way { there[from * n + to] } else { 0.5 * (there[from * n + to] + there[to * n + from]) };
            times[from * n + to] = mean + a.terminal_time_min;
        }
        let nearest = (0..n).filter(|&to| to != from).map(|to| times[from * n + to]).fold(f64::INFINITY, f64::min);
        times[from * n + from] = match (origin.connectors.is_empty(), nearest.is_finite()) {
            (true, _) => f64::INFINITY,
            (false, true) => 0.5 * (nearest + a.terminal_time_min),
            (false, false) => 2.0 * a.terminal_time_min,
        };
    }
    times
}

/// What each station carries of the town's own traffic, both ways per day.
fn exchange(layers: &[Layer], class: VehicleClass, n_zones: usize, n_stations: usize) -> Vec<f64> {
    let n = n_zones + n_stations;
    let mut own = vec![0.0; n_stations];
    for layer in layers.iter().filter(|layer| layer.class == class) {
        for zone in 0..n_zones {
            for (station, sum) in own.iter_mut().enumerate() {
                let (out, inward) = (zone * n + n_zones + station, (n_zones + station) * n + zone);
                *sum += 2.0 * (layer.out[out] + layer.out[inward]);
            }
        }
    }
    own
}

fn figures(parts: &[Part], stations: &[Station], layers: &[Layer]) -> Used {
    let n = parts.len() + stations.len();
    // Trips that begin in a zone or at a station, by class; over a day as many end there.
    let mut begin = [vec![0.0; n], vec![0.0; n]];
    let mut end_through = vec![0.0; n];
    let mut intrazonal_car_trips_d = 0.0;
    let mut begin_through = vec![0.0; n];
    for layer in layers {
        let has_back = layer.back_profile.iter().any(|&part| part > 0.0);
        let begin = &mut begin[layer.class as usize];
        for (index, &trips) in layer.out.iter().enumerate() {
            let (origin, destination) = (index / n, index % n);
            begin[origin] += trips;
            if origin == destination && layer.class == VehicleClass::Car {
                intrazonal_car_trips_d += if has_back { 2.0 * trips } else { trips };
            }
            if has_back {
                begin[destination] += trips;
            } else if layer.class == VehicleClass::Car {
                begin_through[origin] += trips;
                end_through[destination] += trips;
            }
        }
    }
    let zones = parts
        .iter()
        .enumerate()
        .map(|(index, part)| ZoneFigures {
            key: part.zone.key.clone(),
            name: part.zone.name.clone(),
            residents: part.activity.residents,
            jobs: part.activity.jobs,
            pupils: part.activity.pupils,
            car_trips_d: begin[0][index],
            truck_trips_d: begin[1][index],
        })
        .collect();
    let stations = stations
        .iter()
        .enumerate()
        .map(|(index, station)| {
            let row = parts.len() + index;
            let own_cars = begin[0][row] - begin_through[row];
            let through_cars_d = begin_through[row] + end_through[row];
            StationFigures {
                key: station.zone.key.clone(),
                name: station.zone.name.clone(),
                class: station.class,
                cars_d: 2.0 * own_cars + through_cars_d,
                trucks_d: 2.0 * begin[1][row],
                through_cars_d,
            }
        })
        .collect();
    Used {
        residents: parts.iter().map(|part| part.activity.residents).sum(),
        jobs: parts.iter().map(|part| part.activity.jobs).sum(),
        intrazonal_car_trips_d,
        zones,
        stations,
        trips: layers
            .iter()
            .map(|layer| TripFigures { kind: layer.name, class: layer.class, trips_d: layer.sums })
            .collect(),
    }
}

/// Findings about what the demand is made from.
fn check_ground(twin: &Twin, stock: &stock::Stock, stations: &[Station], findings: &mut Findings) {
    if twin.roads.is_empty() {
        findings.push(Finding::warning("no-streets", "The twin has no streets: there is no demand for driving."));
    } else if stations.is_empty() {
        findings.push(
            Finding::warning(
                "no-external-stations",
                "No classified road leaves the map: demand has neither commuters nor through traffic.",
            )
            .with_help("Import an extract whose border cuts the main roads, or give the demand as matrices."),
        );
    }
    let one_way = stations.iter().filter(|station| station.inward != station.outward);
    for station in one_way {
        findings.push(
            Finding::note(
                "one-way-at-border",
                "A one-way road leaves the map without its other carriageway: it carries through traffic only.",
            )
            .with_key(station.zone.key.clone()),
        );
    }
    let total = stock.total();
    if total.residents <= 0.0 && !twin.buildings.is_empty() {
        findings.push(
            Finding::warning(
                "no-residents",
                format!("Nobody lives in the {} buildings: there are no trips from home.", twin.buildings.len()),
            )
            .with_help("Check the use of the buildings."),
        );
    }
    let built_m2: f64 = {
        use geo::Area as _;
        let homes = twin.buildings.iter().filter(|(_, b)| b.part_of.is_none() && b.usage != BuildingUse::Garage);
        homes.map(|(_, b)| b.footprint.unsigned_area()).filter(|area| area.is_finite()).sum()
    };
    if total.residents > 0.0 && built_m2 / total.residents < 8.0 {
        findings.push(
            Finding::warning(
                "implausible-residents",
                format!(
                    "{:.0} residents live on {built_m2:.0} m² of buildings: {:.1} m² of ground plan each.",
                    total.residents,
                    built_m2 / total.residents
                ),
            )
            .with_help("Check residents, dwellings and levels of the buildings."),
        );
    }
    if total.residents >= 1000.0 && (total.jobs < 0.1 * total.residents || total.jobs > 1.5 * total.residents) {
        findings.push(
            Finding::warning(
                "implausible-jobs",
                format!(
                    "{:.0} jobs for {:.0} residents (0.54 per resident in Germany): the uses of buildings may be missing.",
                    total.jobs, total.residents
                ),
            )
            .with_help("Give jobs or uses of the large employers' buildings, or change jobs_…_per_100_m2 under [assumptions]."),
        );
    }
}

/// Findings about the demand made.
fn check_result(parts: &[Part], stations: &[Station], used: &Used, a: &Assumptions, findings: &mut Findings) {
    for part in parts.iter().filter(|part| part.zone.connectors.is_empty()) {
        let per_resident: f64 =
            purpose::Purpose::ALL.iter().map(|&p| purpose::car_trips_per_resident(p, used.residents, a)).sum();
        let activity = &part.activity;
        findings.push(
            Finding::warning(
                "zone-unreachable",
                format!(
                    "No street for cars within {:.0} m: {:.0} residents and {:.0} jobs, about {:.0} car trips per day, were left out.",
                    a.connector_reach_m,
                    activity.residents,
                    activity.jobs,
                    activity.residents * per_resident
                ),
            )
            .with_key(part.zone.key.clone()),
        );
    }
    let usual: f64 = stations.iter().map(|station| station.cars_veh_d).sum();
    let found: f64 = used.stations.iter().map(|station| station.cars_d).sum();
    if usual > 0.0 && (found > 1.5 * usual || found < 0.5 * usual) {
        findings.push(
            Finding::note(
                "border-volume",
                format!(
                    "The roads at the border of the map carry {found:.0} cars per day, {:.1} times what is usual for their classes.",
                    found / usual
                ),
            )
            .with_help("Change leaving_…, entering_… or aadt_…_veh_d under [assumptions], or calibrate with counts."),
        );
    }
}
