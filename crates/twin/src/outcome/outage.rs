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
    /// Flow through it before towards what is shut off, negative out of it: m³/s of water, kg/s of gas and heat; nothing
    /// where the flow is not known.
    pub inflow: Option<f64>,
}

/// Who is cut off.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CutOff {
    /// Customers.
    pub customers: u32,
    /// Residents of their buildings, where they are known.
    pub residents: f64,
    /// Hydrants.
    pub hydrants: Vec<Key>,
}

/// What outages take from customers over time, beyond what they lacked without them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Interruption {
    /// When the first outage begins, seconds.
    pub begin_s: u64,
    /// When the last one ends or the simulated time is over, seconds.
    pub end_s: u64,
    /// Customers without supply at some time.
    pub customers: u32,
    /// Residents of their buildings, where they are known.
    pub residents: f64,
    /// Sum over customers of the hours without supply.
    pub customer_hours: f64,
    /// Sum over customers of the hours with supply below the required pressure.
    pub low_pressure_customer_hours: f64,
    /// What is asked for and not served: m³ of water, kg of gas, kWh of heat.
    pub not_served: f64,
}
