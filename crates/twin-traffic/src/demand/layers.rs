//! A day's trips, layer by layer: purposes, trips between other places, lorries, through traffic.

use rayon::prelude::*;
use twin::{Assumptions, Finding, Findings, demand::VehicleClass};

use super::{
    gravity::{Deterrence, Fit, furness},
    profile::{self, Profile},
    purpose::{Purpose, car_persons_per_trip, car_trips_per_resident},
    stations::Station,
    stock::Activity,
    zones::Part,
};
use crate::street::N_CLASSES;

/// Trips of one kind: a matrix of one direction of a day, and its hours there and back.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) name: &'static str,
    pub(super) class: VehicleClass,
    /// Trips out per day, row by row, origin by destination; the way back is the transpose.
    pub(super) out: Vec<f64>,
    pub(super) out_profile: Profile,
    /// All zero where the way back is a trip of its own (through traffic).
    pub(super) back_profile: Profile,
    /// Trips per day, both ways: within the map, out of it, into it.
    pub(super) sums: Sums,
}

/// Trips per day, both ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Sums {
    /// Within the map.
    pub internal: f64,
    /// Of residents to places outside and back.
    pub leaving: f64,
    /// Of outsiders to places inside and back.
    pub entering: f64,
    /// From border to border.
    pub through: f64,
}

impl Sums {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.internal + self.leaving + self.entering + self.through
    }
}

/// What the layers are made from.
pub(super) struct Ground<'a> {
    pub(super) parts: &'a [Part],
    pub(super) stations: &'a [Station],
    /// Time between zones by class, stations last, row by row, minutes; mean of both directions; infinite without a way.
    pub(super) time_min: [Vec<f64>; N_CLASSES],
    pub(super) a: &'a Assumptions,
    pub(super) residents: f64,
}

/// What a layer is to be.
struct Recipe {
    name: &'static str,
    class: VehicleClass,
    beta_per_min: f64,
    /// Trips at the home end by zone, both ways per day.
    produced: Vec<f64>,
    /// How strongly each zone attracts.
    attraction: Vec<f64>,
    /// Part that leaves the map.
    leaving: f64,
    /// Trips of outsiders, both ways per day.
    entering: f64,
    out_profile: Profile,
    back_profile: Profile,
}

impl Ground<'_> {
    fn n_zones(&self) -> usize {
        self.parts.len()
    }

    fn n(&self) -> usize {
        self.parts.len() + self.stations.len()
    }

    /// Stations by their share of the exchange traffic of a class; zero where one cannot both leave and come back.
    fn station_weights(&self, class: VehicleClass) -> Vec<f64> {
        let (n, n_zones) = (self.n(), self.n_zones());
        (0..self.stations.len())
            .map(|index| {
                let station = &self.stations[index];
                let column = n_zones + index;
                let reached = (0..n_zones).any(|zone| self.time_min[class as usize][zone * n + column].is_finite());
                let volume = match class {
                    VehicleClass::Car => station.cars_veh_d,
                    VehicleClass::Truck => station.trucks_veh_d,
                };
                if station.inward && station.outward && reached { volume * (1.0 - station.through_share) } else { 0.0 }
            })
            .collect()
    }

    /// Layers of cars and lorries that begin or end in town.
    pub(super) fn layers(&self, findings: &mut Findings) -> Vec<Layer> {
        let weights = VehicleClass::ALL.iter().map(|&class| self.station_weights(class)).collect::<Vec<_>>();
        let is_open = weights[0].iter().sum::<f64>() > 0.0;
        let mut recipes: Vec<Recipe> =
            Purpose::ALL.iter().map(|&purpose| self.recipe(purpose, is_open, findings)).collect();
        recipes.push(self.between(is_open));
        recipes.push(self.trucks(weights[1].iter().sum::<f64>() > 0.0));
        let made: Vec<(Layer, Vec<Fit>)> =
            recipes.par_iter().map(|recipe| self.layer(recipe, &weights[recipe.class as usize])).collect();
        for ((layer, fits), recipe) in made.iter().zip(&recipes) {
            let residual = fits.iter().map(|fit| fit.residual).fold(0.0, f64::max);
            self.tell_lost(recipe, fits.iter().map(|fit| 2.0 * fit.lost).sum(), findings);
            if fits.iter().any(|fit| !fit.converged()) {
                findings.push(Finding::note(
                    "distribution-unbalanced",
                    format!(
                        "Trips of kind {} cannot meet all their destinations (greatest deviation {:.1} %): parts of the street network do not hang together.",
                        layer.name,
                        100.0 * residual
                    ),
                ));
            }
        }
        made.into_iter().map(|(layer, _)| layer).collect()
    }

    /// Trips that found no destination, but for those of zones without any street, which have a finding of their own.
    fn tell_lost(&self, recipe: &Recipe, lost: f64, findings: &mut Findings) {
        let told: f64 = self
            .parts
            .iter()
            .zip(&recipe.produced)
            .filter(|(part, _)| part.zone.connectors.is_empty())
            .map(|(_, trips)| trips)
            .sum();
        if lost > told + 1.0 {
            let help = match recipe.class {
                VehicleClass::Car => "Look for islands in the findings of the import.",
                VehicleClass::Truck => "Streets may be barred to lorries without their exception for deliveries.",
            };
            findings.push(
                Finding::warning(
                    "trips-without-destination",
                    format!(
                        "{:.0} trips per day of kind {} have no destination that they can reach.",
                        lost - told,
                        recipe.name
                    ),
                )
                .with_help(help),
            );
        }
    }

    fn recipe(&self, purpose: Purpose, is_open: bool, findings: &mut Findings) -> Recipe {
        let (a, habits) = (self.a, purpose.habits(self.a));
        let at_home = 1.0 - habits.between_share;
        let rate = car_trips_per_resident(purpose, self.residents, a) * at_home;
        let produced: Vec<f64> = self.parts.iter().map(|part| part.activity.residents * rate).collect();
        let all: f64 = produced.iter().sum();
        let mut attraction: Vec<f64> = self.parts.iter().map(|part| attraction(purpose, &part.activity)).collect();
        let mut leaving = if is_open { self.leaving(habits.leaving) } else { 0.0 };
        let mut entering = if is_open { habits.entering * leaving * all } else { 0.0 };
        if attraction.iter().sum::<f64>() <= 0.0 && all > 0.0 {
            findings.push(Finding::note(
                "no-destination",
                format!("Nothing in town is known to attract trips of purpose {}.", purpose.name()),
            ));
            attraction = produced.clone();
            (leaving, entering) = if is_open { (1.0, 0.0) } else { (0.0, 0.0) };
        } else if purpose == Purpose::Work && is_open {
            let jobs: f64 = self.parts.iter().map(|part| part.activity.jobs).sum();
            let per_job = a.work_trips_per_job * a.weekday_factor * car_persons_per_trip(purpose, self.residents, a);
            let to_jobs = jobs * per_job * at_home;
            let filled = (all * (1.0 - leaving)).min(0.95 * to_jobs);
            leaving = if all > 0.0 { 1.0 - filled / all } else { 0.0 };
            entering = to_jobs - filled;
        }
        let (out_profile, back_profile) = profile::of_purpose(purpose, a);
        Recipe {
            name: purpose.name(),
            class: VehicleClass::Car,
            beta_per_min: habits.beta_per_min,
            produced,
            attraction,
            leaving,
            entering,
            out_profile,
            back_profile,
        }
    }

    /// Part that leaves the map: smaller in larger towns.
    fn leaving(&self, in_a_town_of_25000: f64) -> f64 {
        (in_a_town_of_25000 * (25_000.0 / self.residents.max(1.0)).powf(self.a.leaving_exponent)).clamp(0.0, 0.95)
    }

    /// Trips between places that are nobody's home.
    fn between(&self, is_open: bool) -> Recipe {
        let a = self.a;
        let per_purpose: Vec<f64> = Purpose::ALL
            .iter()
            .map(|&purpose| {
                self.residents * car_trips_per_resident(purpose, self.residents, a) * purpose.habits(a).between_share
            })
            .collect();
        let mut produced = vec![0.0; self.n_zones()];
        for (&purpose, &trips) in Purpose::ALL.iter().zip(&per_purpose) {
            let draw: Vec<f64> = self.parts.iter().map(|part| attraction(purpose, &part.activity)).collect();
            let total: f64 = draw.iter().sum();
            if total > 0.0 {
                produced.iter_mut().zip(&draw).for_each(|(sum, draw)| *sum += trips * draw / total);
            } else {
                let residents = self.residents.max(f64::MIN_POSITIVE);
                produced
                    .iter_mut()
                    .zip(self.parts)
                    .for_each(|(sum, part)| *sum += trips * part.activity.residents / residents);
            }
        }
        let leaving = if is_open { self.leaving(a.leaving_between) } else { 0.0 };
        let entering = if is_open { a.entering_between * leaving * per_purpose.iter().sum::<f64>() } else { 0.0 };
        Recipe {
            name: "between",
            class: VehicleClass::Car,
            beta_per_min: a.deterrence_between_per_min,
            attraction: produced.clone(),
            produced,
            leaving,
            entering,
            out_profile: profile::between(a),
            back_profile: profile::between(a),
        }
    }

    /// Lorries that begin or end in town. A trip within town has both its ends there and is counted at both.
    fn trucks(&self, is_open: bool) -> Recipe {
        let a = self.a;
        let across = if is_open { a.leaving_truck } else { 0.0 };
        let trips_per_end = 0.5 * (1.0 - across) + across;
        let ends: Vec<f64> = self.parts.iter().map(|part| part.activity.truck_trips).collect();
        Recipe {
            name: "truck",
            class: VehicleClass::Truck,
            beta_per_min: a.deterrence_truck_per_min,
            produced: ends.iter().map(|ends| ends * trips_per_end).collect(),
            attraction: ends,
            leaving: across / trips_per_end,
            entering: 0.0,
            out_profile: profile::truck(a),
            back_profile: profile::truck(a),
        }
    }

    /// Part that leaves the map by zone: all or nothing where a zone has a way to only one side.
    fn leaving_by_zone(&self, recipe: &Recipe, station_weights: &[f64]) -> Vec<f64> {
        let (n, n_zones) = (self.n(), self.n_zones());
        let time_min = &self.time_min[recipe.class as usize];
        let has_way = |zone: usize, first: usize, weights: &[f64]| {
            weights.iter().zip(first..).any(|(&weight, other)| weight > 0.0 && time_min[zone * n + other].is_finite())
        };
        (0..n_zones)
            .map(|zone| match (has_way(zone, 0, &recipe.attraction), has_way(zone, n_zones, station_weights)) {
                (false, true) => 1.0,
                (_, false) => 0.0,
                (true, true) => recipe.leaving,
            })
            .collect()
    }

    /// Distributes the trips of a recipe: within the map, out of it, into it, each by a gravity model of its own.
    fn layer(&self, recipe: &Recipe, station_weights: &[f64]) -> (Layer, Vec<Fit>) {
        let (n, n_zones) = (self.n(), self.n_zones());
        let time_min = &self.time_min[recipe.class as usize];
        let mut out = vec![0.0; n * n];
        let mut fits = Vec::new();
        let inside: Vec<usize> = (0..n_zones).collect();
        let outside: Vec<usize> = (n_zones..n).collect();
        let near = Deterrence { power: self.a.deterrence_power, beta_per_min: recipe.beta_per_min };
        let far = Deterrence { power: 0.0, beta_per_min: self.a.deterrence_external_per_min };
        let leaving = self.leaving_by_zone(recipe, station_weights);
        let rows = |share: &dyn Fn(f64) -> f64| {
            recipe
                .produced
                .iter()
                .zip(&leaving)
                .map(|(trips, &leaving)| 0.5 * share(leaving) * trips)
                .collect::<Vec<f64>>()
        };
        let mut distribute = |from: &[usize], to: &[usize], rows: &[f64], columns: &[f64], deterrence: Deterrence| {
            let mut block: Vec<f64> = from
                .iter()
                .flat_map(|&origin| to.iter().map(move |&destination| (origin, destination)))
                .zip(columns.iter().cycle())
                .map(|((origin, destination), attraction)| {
                    attraction * deterrence.at(time_min[origin * n + destination])
                })
                .collect();
            fits.push(furness(&mut block, rows, columns));
            for (row, &origin) in block.chunks_exact(to.len().max(1)).zip(from) {
                for (&trips, &destination) in row.iter().zip(to) {
                    out[origin * n + destination] = trips;
                }
            }
            2.0 * block.iter().sum::<f64>()
        };
        let internal = distribute(&inside, &inside, &rows(&|leaving| 1.0 - leaving), &recipe.attraction, near);
        let leaving = distribute(&inside, &outside, &rows(&|leaving| leaving), station_weights, far);
        let all_weights: f64 = station_weights.iter().sum();
        let arriving: Vec<f64> = station_weights
            .iter()
            .map(|weight| if all_weights > 0.0 { 0.5 * recipe.entering * weight / all_weights } else { 0.0 })
            .collect();
        let entering = distribute(&outside, &inside, &arriving, &recipe.attraction, far);
        let layer = Layer {
            name: recipe.name,
            class: recipe.class,
            out,
            out_profile: recipe.out_profile,
            back_profile: recipe.back_profile,
            sums: Sums { internal, leaving, entering, through: 0.0 },
        };
        (layer, fits)
    }
}

/// How strongly a place attracts trips of a purpose.
fn attraction(purpose: Purpose, activity: &Activity) -> f64 {
    match purpose {
        Purpose::Work => activity.jobs,
        Purpose::Business => activity.jobs + 0.1 * activity.residents,
        Purpose::Education => activity.pupils,
        Purpose::Shopping => activity.customers,
        Purpose::Errands => activity.visitors + 0.3 * activity.customers + 0.02 * activity.residents,
        Purpose::Leisure => activity.guests + 0.05 * activity.customers,
        Purpose::Escort => activity.pupils + 0.1 * activity.residents + 0.1 * activity.guests,
    }
}
