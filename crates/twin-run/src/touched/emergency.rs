//! How soon fire brigade and ambulance are at every address, by computed hour.
//!
//! # Model
//! A crew leaves its station after the turn-out time and takes the fastest way that is open to emergency vehicles; signs and turn
//! restrictions do not bind it. It drives in the traffic of the hour's equilibrium, faster by a factor for blue light and
//! horn; where others may not drive, and past a work site that is kept open for it, it goes at a low speed. The first crew
//! at an address counts. Brigades whose name does not say that they are full-time are taken for volunteers, who come to the
//! station first. Brigades of plants are left out.

use rayon::prelude::*;
use twin::{
    Id,
    building::{Place, PlaceKind},
    outcome::touched::{AddressResponse, Arrival, Response, Service},
    road::{Arc, Direction, Modes},
};
use twin_traffic::{
    equilibrium::Equilibrium,
    modal::{Closings, Found, Search, Start, Toward},
};

use super::{Case, HourView};

/// Least part of the arcs reached before from all stations that each must still reach.
const SHUT_IN_SHARE: f64 = 0.5;
/// Shorter changes of a time are noise of the equilibrium, seconds.
const NOISE_S: f64 = 3.0;
/// Parts of names of stations with a crew on duty.
const FULL_TIME: [&str; 4] = ["berufsfeuerwehr", "feuerwache", "rettungswache", "hauptwache"];
/// Parts of names of brigades that serve a plant or an airfield alone.
const OWN_PLANT: [&str; 3] = ["werkfeuerwehr", "werksfeuerwehr", "betriebsfeuerwehr"];

/// Stations of a service, with their turn-out times, seconds.
struct Stations {
    service: Service,
    ids: Vec<Id<Place>>,
    starts: Vec<Start>,
    n_volunteer: usize,
}

/// Response by hour and service.
pub(super) fn responses(case: &Case<'_>) -> Vec<Response> {
    let stations: Vec<Stations> =
        Service::ALL.iter().map(|&service| stations(case, service)).filter(|s| !s.ids.is_empty()).collect();
    let jobs: Vec<(&HourView<'_>, &Stations)> =
        case.hours.iter().flat_map(|view| stations.iter().map(move |stations| (view, stations))).collect();
    jobs.into_par_iter().map(|(view, stations)| response(case, view, stations)).collect()
}

fn stations(case: &Case<'_>, service: Service) -> Stations {
    let a = &case.prepared.assumptions;
    let kind = match service {
        Service::Fire => PlaceKind::FireStation,
        Service::Rescue => PlaceKind::RescueStation,
    };
    let mut stations = Stations { service, ids: Vec::new(), starts: Vec::new(), n_volunteer: 0 };
    for (id, place) in case.twin.places.iter().filter(|(_, place)| place.kind == kind) {
        let name = place.name.as_deref().unwrap_or_default().to_lowercase();
        let own_plant = OWN_PLANT.iter().any(|part| name.contains(part));
        let Some(at) = case.ground.place(&case.ground.on_streets, id).filter(|_| !own_plant) else { continue };
        let turnout_min = match service {
            Service::Rescue => a.turnout_rescue_min,
            Service::Fire if is_full_time(&name) => a.turnout_full_time_min,
            Service::Fire => {
                stations.n_volunteer += 1;
                a.turnout_volunteer_min
            }
        };
        stations.ids.push(id);
        stations.starts.push(Start::Place(at.link, at.at_m, 60.0 * turnout_min));
    }
    stations
}

/// Whether the name of a fire station, in small letters, says that a crew is on duty in it.
fn is_full_time(name: &str) -> bool {
    !name.contains("freiwillig") && FULL_TIME.iter().any(|part| name.contains(part))
}

fn response(case: &Case<'_>, view: &HourView<'_>, stations: &Stations) -> Response {
    let ground = case.ground;
    let open = Closings::default();
    let closings = case.closings(Modes::EMERGENCY, Some(&view.measures.active));
    let base_s = times_s(case, view.base, None);
    let changed = view.measures.active.contains(&true);
    let search = |time_s, closings| Search {
        network: &ground.emergency,
        time_s,
        closings,
        toward: Toward::Places,
        keeps_out: false,
    };
    let base = ground.of_addresses(search(&base_s, &open), &stations.starts, &ground.on_streets);
    let with_s = if changed { times_s(case, view.with, Some(view)) } else { Vec::new() };
    let with = if changed {
        ground.of_addresses(search(&with_s, &closings), &stations.starts, &ground.on_streets)
    } else {
        base.clone()
    };
    let arrival = |found: Found| Arrival { station: stations.ids[found.start], time_s: found.time_s };
    let addresses = base
        .into_iter()
        .zip(with)
        .enumerate()
        .filter_map(|(index, (base, with))| {
            let base = arrival(base?);
            let with = with.map(arrival);
            let with = with.map(|with| if (with.time_s - base.time_s).abs() < NOISE_S { base } else { with });
            Some(AddressResponse { address: Id::new(index), base, with })
        })
        .collect();
    let n_before = if closings.is_empty() { 0 } else { search(&base_s, &open).run(&stations.starts).n_reached() };
    let shut_in = stations
        .ids
        .iter()
        .zip(&stations.starts)
        .filter(|&(_, &start)| {
            n_before > 0 && {
                let n = search(&with_s, &closings).run(&[start]).n_reached();
                (n as f64) < SHUT_IN_SHARE * n_before as f64
            }
        })
        .map(|(&id, _)| id)
        .collect();
    Response {
        hour: view.hour,
        service: stations.service,
        limit_s: 60.0 * case.prepared.assumptions.response_limit_min,
        addresses,
        shut_in,
        n_volunteer: stations.n_volunteer,
        n_stations: stations.ids.len(),
    }
}

/// Driving times with blue light at the volumes of an equilibrium, seconds by arc.
fn times_s(case: &Case<'_>, solved: &Equilibrium, with: Option<&HourView<'_>>) -> Vec<f64> {
    let (streets, a) = (&case.prepared.streets, &case.prepared.assumptions);
    let slow_m_s = a.emergency_off_road_kmh / 3.6;
    let mut time_s: Vec<f64> = case.ground.emergency.length_m.iter().map(|length_m| length_m / slow_m_s).collect();
    for (position, &row) in streets.row.iter().enumerate() {
        let class = usize::from(streets.admits[position] & 1 == 0);
        let driven_s = solved.time_s[class][position];
        let driven_s = if driven_s.is_finite() { driven_s } else { streets.free_time_s[class][position] };
        time_s[row as usize] = a.emergency_time_factor * driven_s;
    }
    let Some(view) = with else { return time_s };
    // Past a work site that is closed to others it goes slowly.
    for (closure, _) in case.resolved.closures.iter().zip(&view.measures.active).filter(|(_, active)| **active) {
        for section in &closure.sections {
            for direction in Direction::BOTH {
                let arc = Arc::new(section.part.link, direction);
                let row = arc.index();
                let length_m = case.ground.emergency.length_m[row];
                if section.blocks(direction, Modes::CAR) && length_m > 0.0 {
                    let part_m = (section.part.to_m - section.part.from_m).clamp(0.0, length_m);
                    let free_s = streets.position(arc).map_or(length_m / slow_m_s, |position| {
                        a.emergency_time_factor * streets.free_time_s[0][position]
                    });
                    time_s[row] = free_s * (1.0 - part_m / length_m) + part_m / slow_m_s;
                }
            }
        }
    }
    time_s
}

#[cfg(test)]
mod tests {
    use super::is_full_time;

    #[test]
    fn the_name_tells_who_is_on_duty() {
        for (name, full_time) in [
            ("Freiwillige Feuerwehr Lauf", false),
            ("Feuerwehr Heuchling", false),
            ("Berufsfeuerwehr Nürnberg, Wache 3", true),
            ("Feuerwache 1", true),
            ("Freiwillige Feuerwehr, Feuerwache Ost", false),
        ] {
            assert_eq!(is_full_time(&name.to_lowercase()), full_time, "{name}");
        }
    }
}
