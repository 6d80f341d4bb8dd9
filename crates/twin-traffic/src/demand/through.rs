//! Through traffic between the roads at the border of the map.
//!
//! # Model
//! What a road carries at the border beyond the town's own traffic passes through, at least the share by class. It is
//! distributed between stations by Furness' iteration over weights that prefer opposite sides of the map, one road and
//! one class, and exclude turning back and detours.

use twin::{Assumptions, Finding, Findings, demand::VehicleClass, road::RoadClass};

use super::{
    gravity::furness,
    layers::{Layer, Sums},
    profile,
    stations::Station,
};

/// Airline speed against which a detour is measured, m/min (50 km/h).
const AIRLINE_M_PER_MIN: f64 = 50_000.0 / 60.0;

/// Through traffic of a class; `exchange` is what each station carries of the town's own traffic, both ways per day.
pub(super) fn layer(
    class: VehicleClass,
    stations: &[Station],
    exchange: &[f64],
    time_min: &dyn Fn(usize, usize) -> f64,
    n_zones: usize,
    a: &Assumptions,
    findings: &mut Findings,
) -> Layer {
    let n_stations = stations.len();
    let volume: Vec<f64> = stations
        .iter()
        .zip(exchange)
        .map(|(station, &own)| {
            let all = match class {
                VehicleClass::Car => station.cars_veh_d,
                VehicleClass::Truck => station.trucks_veh_d,
            };
            (all * station.through_share).max(all - own)
        })
        .collect();
    let mut weights = weights(stations, &volume, time_min, a);
    let one_way = |open: bool, both: bool, volume: f64| match (open, both) {
        (false, _) => 0.0,
        (true, true) => 0.5 * volume,
        (true, false) => volume,
    };
    let both = |station: &Station| station.inward && station.outward;
    let mut inward: Vec<f64> =
        stations.iter().zip(&volume).map(|(s, &volume)| one_way(s.inward, both(s), volume)).collect();
    let mut outward: Vec<f64> =
        stations.iter().zip(&volume).map(|(s, &volume)| one_way(s.outward, both(s), volume)).collect();
    let wanted: f64 = inward.iter().sum();
    fit_to_partners(&weights, &mut inward, &mut outward);
    let _ = furness(&mut weights, &inward, &outward);
    let n = n_zones + n_stations;
    let mut out = vec![0.0; n * n];
    for (from, row) in weights.chunks_exact(n_stations.max(1)).enumerate() {
        for (to, &trips) in row.iter().enumerate() {
            out[(n_zones + from) * n + n_zones + to] = trips;
        }
    }
    let through: f64 = weights.iter().sum();
    if class == VehicleClass::Car && n_stations > 1 && through < 0.8 * wanted {
        findings.push(
            Finding::note(
                "through-traffic-short",
                format!(
                    "Of {wanted:.0} cars per day that the classes of the roads at the border suggest as through traffic, {through:.0} have a plausible way through the map; the rest was left out."
                ),
            )
            .with_help("Change aadt_…_veh_d or through_… under [assumptions], or give the demand as matrices."),
        );
    }
    let name = if class == VehicleClass::Car { "through" } else { "truck_through" };
    let out_profile = if class == VehicleClass::Car { profile::through(a) } else { profile::truck(a) };
    let sums = Sums { through, ..Sums::default() };
    Layer { name, class, out, out_profile, back_profile: [0.0; 24], sums }
}

/// How likely a trip from one station to another is.
fn weights(stations: &[Station], volume: &[f64], time_min: &dyn Fn(usize, usize) -> f64, a: &Assumptions) -> Vec<f64> {
    let n = stations.len();
    let mean = |axis: fn(&Station) -> f64| stations.iter().map(axis).sum::<f64>() / n.max(1) as f64;
    let centre = (mean(|s| s.zone.position.x), mean(|s| s.zone.position.y));
    let from_centre = |s: &Station| (s.zone.position.x - centre.0, s.zone.position.y - centre.1);
    let radius_m = stations.iter().map(|s| from_centre(s).0.hypot(from_centre(s).1)).fold(0.0, f64::max);
    let mut weights = vec![0.0; n * n];
    for (from, origin) in stations.iter().enumerate() {
        for (to, destination) in stations.iter().enumerate() {
            let (p, q) = (from_centre(origin), from_centre(destination));
            let apart_m = (p.0 - q.0).hypot(p.1 - q.1);
            let detour = time_min(from, to) / (apart_m / AIRLINE_M_PER_MIN);
            if from == to
                || !origin.inward
                || !destination.outward
                || apart_m < 0.3 * radius_m
                || !detour.is_finite()
                || detour > a.through_detour_max
            {
                continue;
            }
            let cosine = (p.0 * q.0 + p.1 * q.1) / (p.0.hypot(p.1) * q.0.hypot(q.1)).max(1.0);
            let opposite = 0.5 * (1.0 - cosine);
            let steps = (rank(origin.class) - rank(destination.class)).abs();
            let same_road = origin.zone.name.is_some() && origin.zone.name == destination.zone.name;
            weights[from * n + to] = volume[to]
                * (0.02 + opposite * opposite)
                * a.through_class_affinity.powi(steps)
                * if same_road { a.through_same_road } else { 1.0 };
        }
    }
    weights
}

fn rank(class: RoadClass) -> i32 {
    match class {
        RoadClass::Motorway => 5,
        RoadClass::Trunk => 4,
        RoadClass::Primary => 3,
        RoadClass::Secondary => 2,
        RoadClass::Tertiary => 1,
        _ => 0,
    }
}

/// Lowers totals that have too few partners, and makes both sides equal.
fn fit_to_partners(weights: &[f64], inward: &mut [f64], outward: &mut [f64]) {
    let n = inward.len();
    for _ in 0..20 {
        for e in 0..n {
            let partners: f64 = (0..n).filter(|&f| weights[e * n + f] > 0.0).map(|f| outward[f]).sum();
            inward[e] = inward[e].min(0.9 * partners);
            let partners: f64 = (0..n).filter(|&f| weights[f * n + e] > 0.0).map(|f| inward[f]).sum();
            outward[e] = outward[e].min(0.9 * partners);
        }
    }
    let (all_in, all_out): (f64, f64) = (inward.iter().sum(), outward.iter().sum());
    let both = all_in.min(all_out);
    for (side, all) in [(inward, all_in), (outward, all_out)] {
        if all > 0.0 {
            side.iter_mut().for_each(|trips| *trips *= both / all);
        }
    }
}
