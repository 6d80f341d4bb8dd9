//! Fuel and carbon dioxide by mean speed.
//!
//! # Model
//! Litres per kilometre at the mean speed v of a stretch, in km/h: `a/v + b + c·v + d·v²`. Over a stretch of L km that takes t
//! hours these are `a·t + (b + c·v + d·v²)·L` litres: `a` is the fuel that an hour costs, also at a standstill, so that waiting at
//! signals and in queues is in it. What is burnt while held up is `a` times the delay over the empty street.
//! Cars are a mix of petrol, diesel and electricity (which burns nothing), lorries one of such with and without trailer;
//! carbon dioxide is a fixed mass per litre.
//!
//! # Assumptions
//! Fleets of the United Kingdom of 2010 at their mean; no gradient, no cold engine, no driver's style. Good for differences between
//! two states of a town, not for a balance of its fleet. What power stations emit for electric cars is left out, and so is
//! the time on the connectors of zones.
//!
//! # Units
//! Kilometres, hours, litres, kilograms; results per hour of traffic.
//!
//! # References
//! Transport Analysis Guidance, unit A1.3, and TAG data book, table A1.3.8, Department for Transport, 2014: form and
//! parameters. IPCC Guidelines for National Greenhouse Gas Inventories 2006, volume 2, table 3.2.1: carbon dioxide of fuels.

use twin::{Assumptions, demand::VehicleClass, outcome::environment::Burnt};

use crate::{
    equilibrium::Equilibrium,
    query,
    street::{N_CLASSES, Streets},
};

/// Fuel by mean speed: litres per kilometre are `a/v + b + c·v + d·v²`, v in km/h.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Curve {
    /// Litres per hour.
    pub a: f64,
    /// Litres per kilometre.
    pub b: f64,
    /// Litres per kilometre and km/h.
    pub c: f64,
    /// Litres per kilometre and (km/h)².
    pub d: f64,
}

impl Curve {
    /// Litres over a stretch that takes some time; above `speed_max_kmh` the curve goes on as it is there.
    ///
    /// # Example
    /// A petrol car at 50 km/h: 0.96402/50 + 0.04145 − 0.00227 + 0.00503 = 0.063491 l/km.
    /// ```
    /// use twin::Assumptions;
    /// use twin_traffic::environment::fuel::Factors;
    /// let car = Factors::of(&Assumptions::default()).petrol_car;
    /// assert!((car.litres(1.0, 1.0 / 50.0, 120.0) - 0.063491).abs() < 1e-6);
    /// // Standing for an hour.
    /// assert!((car.litres(0.0, 1.0, 120.0) - 0.964).abs() < 1e-3);
    /// ```
    #[must_use]
    pub fn litres(&self, length_km: f64, time_h: f64, speed_max_kmh: f64) -> f64 {
        if !(time_h > 0.0 && length_km >= 0.0) {
            return 0.0;
        }
        let speed_kmh = (length_km / time_h).min(speed_max_kmh);
        let rolling_l = (self.b + (self.c + self.d * speed_kmh) * speed_kmh) * length_km;
        (self.a * time_h + rolling_l).max(0.0)
    }
}

/// Curves and mix of a fleet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factors {
    /// Petrol cars.
    pub petrol_car: Curve,
    /// Diesel cars.
    pub diesel_car: Curve,
    /// Lorries without trailer.
    pub light_lorry: Curve,
    /// Lorries with trailer, tractors.
    pub heavy_lorry: Curve,
    /// Part of the distance of cars with diesel.
    pub car_diesel_share: f64,
    /// Part of the distance of cars with electricity.
    pub car_electric_share: f64,
    /// Part of the lorries that are heavy.
    pub lorry_heavy_share: f64,
    /// Kilograms of carbon dioxide per litre of petrol.
    pub co2_petrol_kg_l: f64,
    /// Kilograms of carbon dioxide per litre of diesel.
    pub co2_diesel_kg_l: f64,
    /// Greatest speed for which the curves are used.
    pub speed_max_kmh: f64,
}

impl Factors {
    /// As the table of assumptions says; where diesel and electricity are more than all, electricity gives way.
    #[must_use]
    pub fn of(a: &Assumptions) -> Self {
        Self {
            petrol_car: Curve {
                a: a.fuel_petrol_car_a,
                b: a.fuel_petrol_car_b,
                c: a.fuel_petrol_car_c,
                d: a.fuel_petrol_car_d,
            },
            diesel_car: Curve {
                a: a.fuel_diesel_car_a,
                b: a.fuel_diesel_car_b,
                c: a.fuel_diesel_car_c,
                d: a.fuel_diesel_car_d,
            },
            light_lorry: Curve {
                a: a.fuel_light_lorry_a,
                b: a.fuel_light_lorry_b,
                c: a.fuel_light_lorry_c,
                d: a.fuel_light_lorry_d,
            },
            heavy_lorry: Curve {
                a: a.fuel_heavy_lorry_a,
                b: a.fuel_heavy_lorry_b,
                c: a.fuel_heavy_lorry_c,
                d: a.fuel_heavy_lorry_d,
            },
            car_diesel_share: a.car_diesel_share,
            car_electric_share: a.car_electric_share.min(1.0 - a.car_diesel_share),
            lorry_heavy_share: a.lorry_heavy_share,
            co2_petrol_kg_l: a.co2_petrol_kg_l,
            co2_diesel_kg_l: a.co2_diesel_kg_l,
            speed_max_kmh: a.fuel_speed_max_kmh,
        }
    }

    /// What a vehicle of a class burns on the mean over a stretch of which `held_up_h` are delay.
    #[must_use]
    pub fn burnt(&self, class: VehicleClass, length_km: f64, time_h: f64, held_up_h: f64) -> Burnt {
        let litres = |curve: &Curve| curve.litres(length_km, time_h, self.speed_max_kmh);
        let standing = |curve: &Curve| curve.a * held_up_h.clamp(0.0, time_h.max(0.0));
        // Petrol and diesel, all and while held up.
        let of = |litres: &dyn Fn(&Curve) -> f64| match class {
            VehicleClass::Car => {
                let petrol_share = 1.0 - self.car_diesel_share - self.car_electric_share;
                (petrol_share * litres(&self.petrol_car), self.car_diesel_share * litres(&self.diesel_car))
            }
            VehicleClass::Truck => {
                let heavy = self.lorry_heavy_share;
                (0.0, (1.0 - heavy) * litres(&self.light_lorry) + heavy * litres(&self.heavy_lorry))
            }
        };
        let co2_kg =
            |(petrol_l, diesel_l): (f64, f64)| petrol_l * self.co2_petrol_kg_l + diesel_l * self.co2_diesel_kg_l;
        let (petrol_l, diesel_l) = of(&litres);
        Burnt { petrol_l, diesel_l, co2_kg: co2_kg((petrol_l, diesel_l)), held_up_co2_kg: co2_kg(of(&standing)) }
    }
}

/// What an equilibrium burns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fuel {
    /// Sums by class.
    pub totals: [Burnt; N_CLASSES],
    /// Fuel on each arc of [`Streets`], litres per hour.
    pub arc_l: Vec<f64>,
    /// Carbon dioxide on each arc, kilograms per hour.
    pub arc_co2_kg: Vec<f64>,
}

/// Fuel and carbon dioxide of all vehicles of an equilibrium, street by street. Streets in metres and seconds.
#[must_use]
pub fn of(streets: &Streets, factors: &Factors, solved: &Equilibrium) -> Fuel {
    let n = streets.n_arcs();
    let mut fuel = Fuel { totals: Default::default(), arc_l: vec![0.0; n], arc_co2_kg: vec![0.0; n] };
    for (class, &vehicle_class) in VehicleClass::ALL.iter().enumerate() {
        for arc in 0..n {
            let volume_veh_h = solved.volume_veh_h[class][arc];
            if volume_veh_h <= 0.0 {
                continue;
            }
            let one = per_vehicle(streets, factors, solved, vehicle_class, arc);
            let all = times(one, volume_veh_h);
            fuel.totals[class] = fuel.totals[class].plus(all);
            fuel.arc_l[arc] += all.fuel_l();
            fuel.arc_co2_kg[arc] += all.co2_kg;
        }
    }
    fuel
}

/// What the trips burn in `base` that have no path in `with`.
#[must_use]
pub fn of_cut_off(streets: &Streets, factors: &Factors, base: &Equilibrium, with: &Equilibrium) -> Burnt {
    query::paths_of_cut_off(base, with).into_iter().fold(Burnt::default(), |sum, path| {
        let one = path.arcs.iter().fold(Burnt::default(), |sum, &arc| {
            sum.plus(per_vehicle(streets, factors, base, path.class, arc as usize))
        });
        sum.plus(times(one, path.trips_veh_h))
    })
}

fn per_vehicle(streets: &Streets, factors: &Factors, solved: &Equilibrium, class: VehicleClass, arc: usize) -> Burnt {
    let time_s = solved.time_s[class as usize][arc];
    let held_up_s = time_s - streets.free_time_s[class as usize][arc];
    factors.burnt(class, streets.length_m[arc] / 1000.0, time_s / 3600.0, held_up_s / 3600.0)
}

fn times(one: Burnt, n: f64) -> Burnt {
    Burnt {
        petrol_l: one.petrol_l * n,
        diesel_l: one.diesel_l * n,
        co2_kg: one.co2_kg * n,
        held_up_co2_kg: one.held_up_co2_kg * n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64, tolerance: f64) {
        assert!((found - expected).abs() <= tolerance, "{found} against {expected}");
    }

    /// By hand, litres per 100 km: petrol car at 50 km/h 0.0192805 + 0.0414480 − 0.0022708 + 0.0050337 = 0.0634914; diesel car
    /// 0.0087419 + 0.0586165 − 0.0262440 + 0.0103177 = 0.0514321; OGV2 at 50 km/h 0.0678141 + 0.3943791 − 0.2321143 + 0.0898060 = 0.3198849.
    #[test]
    fn litres_at_fifty() {
        let factors = Factors::of(&Assumptions::default());
        let at_50 = |curve: Curve| 100.0 * curve.litres(1.0, 0.02, 120.0);
        near(at_50(factors.petrol_car), 6.34914, 2e-4);
        near(at_50(factors.diesel_car), 5.14321, 2e-4);
        near(at_50(factors.heavy_lorry), 31.98849, 2e-4);
    }

    /// 100 cars over 1 km in 72 s and 30 s of waiting before: the waiting alone costs a·30 s.
    #[test]
    fn waiting_costs_what_an_engine_burns_at_rest() {
        let factors = Factors::of(&Assumptions::default());
        let driving = factors.burnt(VehicleClass::Car, 1.0, 72.0 / 3600.0, 0.0);
        let held_up = factors.burnt(VehicleClass::Car, 1.0, 102.0 / 3600.0, 30.0 / 3600.0);
        assert_eq!(driving.held_up_co2_kg, 0.0);
        // (0.53 · 0.96402 l/h · 2.31 + 0.45 · 0.43709 l/h · 2.64) / 120 = 0.014163 kg.
        near(held_up.held_up_co2_kg, 0.014163, 2e-6);
        assert!(held_up.co2_kg > driving.co2_kg);
        near(held_up.fuel_l(), held_up.petrol_l + held_up.diesel_l, 1e-15);
    }

    #[test]
    fn nothing_impossible_comes_out() {
        let factors = Factors::of(&Assumptions::default());
        for class in VehicleClass::ALL.iter().copied() {
            for length_km in [0.0, 0.01, 10.0] {
                for time_h in [0.0, 1e-9, 0.5, 100.0, f64::NAN] {
                    let burnt = factors.burnt(class, length_km, time_h, 1.0);
                    for value in [burnt.petrol_l, burnt.diesel_l, burnt.co2_kg, burnt.held_up_co2_kg] {
                        assert!(value.is_finite() && value >= 0.0, "{class:?} {length_km} {time_h}: {burnt:?}");
                    }
                }
            }
        }
    }
}
