//! Outages in pipe networks: how what is out is shut off, and what those behind it lack over time.

use serde::Serialize;

use crate::{Key, utility::Medium};

/// How an outage is shut off by the valves around it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Isolation {
    /// Which outage of the scenario, from 0.
    pub outage: usize,
    /// What is out.
    pub asset: Key,
    /// The network.
    pub medium: Medium,
    /// Valves to close, in this order: the one that most flows in through first, so that least is lost on the way; those
    /// that stand shut already are left out.
    pub valves: Vec<ValveToClose>,
    /// Valves beside what is shut off that cannot be closed.
    pub stuck: Vec<Key>,
    /// Pipes that are shut off.
    pub n_pipes: u32,
    /// Their length, metres.
    pub length_m: f64,
    /// What is shut off between the valves.
    pub inside: CutOff,
    /// What loses its last way to a source besides (unintended isolation).
    pub behind: CutOff,
    /// Sources (reservoirs, tanks, feeds, plants) that are shut off with it.
    pub sources: Vec<Key>,
}

/// A valve to close.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ValveToClose {
    /// Its key.
    pub key: Key,
    /// Flow through it before towards what is shut off, negative out of it; nothing where the flow is not known.
    #[serde(flatten)]
    pub inflow: Option<Inflow>,
}

/// Flow into what is shut off, in the unit of its medium.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum Inflow {
    /// Water, m³/s.
    #[serde(rename = "inflow_m3_s")]
    Water(f64),
    /// Gas or water of a heat network, kg/s.
    #[serde(rename = "inflow_kg_s")]
    Mass(f64),
}

/// Who is cut off.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CutOff {
    /// Customers.
    pub customers: u32,
    /// Residents of their buildings, as far as they are known; nothing where those of no building are.
    pub residents: Option<f64>,
    /// Hydrants.
    pub hydrants: Vec<Key>,
}

/// What outages take from customers over time, beyond what they lacked without them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interruption {
    /// When the first outage begins, seconds.
    pub begin_s: u64,
    /// When the last one ends or the simulated time is over, seconds.
    pub end_s: u64,
    /// Customers without supply at some time.
    pub customers: u32,
    /// Residents of their buildings, as far as they are known; nothing where those of no building are.
    pub residents: Option<f64>,
    /// Sum over customers of the hours without supply.
    pub customer_hours: f64,
    /// Sum over customers of the hours with supply below the required pressure.
    pub low_pressure_customer_hours: f64,
    /// What is asked for and not served.
    #[serde(flatten)]
    pub not_served: NotServed,
}

/// What is asked for and not served, in the unit of its medium.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub enum NotServed {
    /// Water, m³.
    #[serde(rename = "not_served_m3")]
    Water(f64),
    /// Gas, kg.
    #[serde(rename = "not_served_kg")]
    Gas(f64),
    /// Heat, kWh.
    #[serde(rename = "not_served_kwh")]
    Heat(f64),
}

impl NotServed {
    /// The number: m³ of water, kg of gas, kWh of heat.
    #[must_use]
    pub const fn value(self) -> f64 {
        match self {
            Self::Water(value) | Self::Gas(value) | Self::Heat(value) => value,
        }
    }
}

impl Interruption {
    /// One that takes nothing from anybody: from a time to a time, seconds.
    #[must_use]
    pub const fn of_nobody(begin_s: u64, end_s: u64, not_served: NotServed) -> Self {
        Self {
            begin_s,
            end_s,
            customers: 0,
            residents: Some(0.0),
            customer_hours: 0.0,
            low_pressure_customer_hours: 0.0,
            not_served,
        }
    }
}

/// Residents of several buildings, as far as they are known; nothing where those of no building are. Nobody has no residents.
#[must_use]
pub fn residents_of(buildings: impl IntoIterator<Item = Option<f64>>) -> Option<f64> {
    let (mut any, mut known) = (false, None);
    for residents in buildings {
        any = true;
        if let Some(residents) = residents {
            known = Some(known.unwrap_or(0.0) + residents);
        }
    }
    if any { known } else { Some(0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_residents_are_not_nobody() {
        assert_eq!(residents_of([]), Some(0.0));
        assert_eq!(residents_of([None, None]), None);
        assert_eq!(residents_of([None, Some(2.0), Some(3.5)]), Some(5.5));
    }
}
