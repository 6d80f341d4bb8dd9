//! Public transport by road.

use geo_types::Coord;

use crate::{Id, Key, road::Arc};

/// A bus stop.
#[derive(Clone, Debug, PartialEq)]
pub struct BusStop {
    /// Key of the source object.
    pub key: Key,
    /// Name.
    pub name: Option<String>,
    /// Position in the twin's CRS, metres.
    pub position: Coord<f64>,
}

/// One direction or variant of a bus line.
#[derive(Clone, Debug, PartialEq)]
pub struct BusRoute {
    /// Key of the source object.
    pub key: Key,
    /// Line number: `351`.
    pub line: Option<String>,
    /// Name: `Lauf – Eschenau`.
    pub name: Option<String>,
    /// Operator.
    pub operator: Option<String>,
    /// The streets it takes, in order, as far as the source tells.
    pub arcs: Vec<Arc>,
    /// The stops it serves, in order.
    pub stops: Vec<Id<BusStop>>,
    /// Departures on a working day, where known.
    pub departures_per_day: Option<f64>,
}
