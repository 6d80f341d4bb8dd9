//! Fuel, carbon dioxide and noise before and with a scenario.

use serde::Serialize;

use crate::{Id, building::Address, demand::VehicleClass, road::RoadLink};

/// What traffic burns and how loud it is, before and with the scenario.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// Fuel and carbon dioxide of each computed hour, in the order of the scenario.
    pub hours: Vec<FuelHour>,
    /// Street sections on which motor vehicles drive, by rising id; empty where only sums were asked for.
    pub links: Vec<LinkEnvironment>,
    /// Noise by day and by night; nothing where only sums were asked for.
    pub noise: Option<NoiseOutcome>,
}

impl Environment {
    /// Sum of a figure over the computed hours and classes, before and with the scenario, without those whose trips have no way left.
    #[must_use]
    pub fn sums(&self, of: impl Fn(&Burnt) -> f64) -> (f64, f64) {
        self.hours.iter().fold((0.0, 0.0), |(before, after), hour| {
            let sum = |classes: &[Burnt]| classes.iter().map(&of).sum::<f64>();
            (before + sum(&hour.base) - of(&hour.base_of_cut_off), after + sum(&hour.with))
        })
    }
}

/// Fuel of one computed hour, by class in the order of [`VehicleClass::ALL`].
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FuelHour {
    /// Hour of the day.
    pub hour: u8,
    /// Before.
    pub base: [Burnt; VehicleClass::ALL.len()],
    /// With the scenario.
    pub with: [Burnt; VehicleClass::ALL.len()],
    /// What the trips that have no way left burnt before.
    pub base_of_cut_off: Burnt,
}

/// What vehicles burn in an hour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Burnt {
    /// Petrol, litres per hour.
    pub petrol_l: f64,
    /// Diesel, litres per hour.
    pub diesel_l: f64,
    /// Carbon dioxide from the exhaust, kilograms per hour.
    pub co2_kg: f64,
    /// Part of it while held up: waiting at signals, in queues, behind others.
    pub held_up_co2_kg: f64,
}

impl Burnt {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            petrol_l: self.petrol_l + other.petrol_l,
            diesel_l: self.diesel_l + other.diesel_l,
            co2_kg: self.co2_kg + other.co2_kg,
            held_up_co2_kg: self.held_up_co2_kg + other.held_up_co2_kg,
        }
    }

    /// Fuel of both kinds, litres.
    #[must_use]
    pub fn fuel_l(&self) -> f64 {
        self.petrol_l + self.diesel_l
    }
}

/// A street section, both directions together; fuel and carbon dioxide as sums over the computed hours.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkEnvironment {
    /// The section.
    pub link: Id<RoadLink>,
    /// Fuel before, litres.
    pub base_fuel_l: f64,
    /// Fuel with the scenario, litres.
    pub fuel_l: f64,
    /// Carbon dioxide before, kilograms.
    pub base_co2_kg: f64,
    /// Carbon dioxide with the scenario, kilograms.
    pub co2_kg: f64,
    /// Noise by day and by night; nothing where no hour of that time was computed.
    pub noise: [Option<LinkNoise>; 2],
    /// Addresses along it.
    pub n_addresses: u32,
    /// Those of them before which it becomes louder by 1 dB or more, by day or by night.
    pub n_louder_1db: u32,
    /// Those of them before which it becomes louder by 3 dB or more.
    pub n_louder_3db: u32,
}

/// Emission of a section: length-related sound power level L_W', dB(A) per metre; nothing where nobody drives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LinkNoise {
    /// Before.
    pub base_db: Option<f64>,
    /// With the scenario.
    pub with_db: Option<f64>,
}

/// Noise by day (06 to 22) and by night (22 to 06).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NoiseOutcome {
    /// What day and night are computed from; nothing where no hour of that time was computed.
    pub basis: [Option<NoiseBasis>; 2],
    /// Addresses before which the street becomes louder by 1 dB or more, by rising id: the rise by day and by night, dB.
    pub louder: Vec<(Id<Address>, [Option<f64>; 2])>,
}

impl NoiseOutcome {
    /// Addresses before which the street becomes louder by as much, by day or by night.
    #[must_use]
    pub fn n_louder(&self, rise_db: f64) -> usize {
        let rises = |(_, rise): &&(Id<Address>, [Option<f64>; 2])| rise.iter().flatten().any(|&db| db >= rise_db);
        self.louder.iter().filter(rises).count()
    }
}

/// The hours from which a mean hour of the day or of the night is computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum NoiseBasis {
    /// All of them: the whole day was computed.
    #[serde(rename = "whole_day")]
    WholeDay,
    /// Those that were computed.
    #[serde(rename = "hours")]
    Hours(Vec<u8>),
}
