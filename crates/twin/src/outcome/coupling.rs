//! What outages of one network do to another.

use crate::{
    Id,
    utility::{PowerBus, WaterLink},
};

/// Pumps that stand still because nothing feeds them, and whom all outages together leave without water.
#[derive(Clone, Debug, PartialEq)]
pub struct Coupling {
    /// Pumps without power, by rising id, each with the bus that feeds it else.
    pub pumps: Vec<(Id<WaterLink>, Id<PowerBus>)>,
    /// Customers of the water network who have no water at some time.
    pub customers_without_water: u32,
    /// Sum of the hours in which they have none.
    pub customer_hours_without_water: f64,
    /// Time that the water simulation covers, hours; 0 where it is steady.
    pub simulated_h: f64,
}
