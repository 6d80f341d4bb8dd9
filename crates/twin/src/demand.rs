//! Travel demand: zones, how they join the network, and matrices of trips between them.

use geo_types::Coord;

use crate::{Id, Key, road::RoadNode, road::named_enum};

/// Demand for car and lorry trips.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand {
    /// Where trips begin and end.
    pub zones: Vec<Zone>,
    /// Trips, one matrix per class and hour.
    pub matrices: Vec<OdMatrix>,
}

impl Demand {
    /// The matrices that hold in an hour of the day: those of the hour, and those of any hour.
    pub fn at_hour(&self, hour: u8) -> impl Iterator<Item = &OdMatrix> {
        self.matrices.iter().filter(move |matrix| matrix.hour.is_none_or(|h| h == hour))
    }
}

/// A zone: an origin and destination of trips. Trips never pass through a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// `zone/12`; for an external station the key of its border node.
    pub key: Key,
    /// Name, for an external station the road and the place it leads to.
    pub name: Option<String>,
    /// Centre in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// Inside the town, or where a road leaves the map.
    pub kind: ZoneKind,
    /// Residents.
    pub residents: f64,
    /// Jobs.
    pub jobs: f64,
    /// Where trips enter and leave the network: each trip chooses the best; at least one unless the zone is cut off.
    pub connectors: Vec<Connector>,
}

/// A way from a zone's centre into the network and back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Connector {
    /// Node of the network.
    pub node: Id<RoadNode>,
    /// Time between centre and node, seconds (same unit as the network's costs).
    pub time_s: f64,
}

named_enum! {
    /// Kind of zone.
    ZoneKind {
        /// Part of the town.
        Internal = "internal",
        /// A road at the border of the map.
        External = "external",
    }
}

named_enum! {
    /// Class of vehicles, with paths and costs of its own.
    VehicleClass {
        /// Passenger cars and vans.
        Car = "car",
        /// Heavy goods vehicles.
        Truck = "truck",
    }
}

/// Trips between zones, sparse by row: origin `o` has the entries `offsets[o]..offsets[o + 1]`.
#[derive(Clone, Debug, PartialEq)]
pub struct OdMatrix {
    /// Class of vehicles.
    pub class: VehicleClass,
    /// Hour of the day (16 is 16:00 to 17:00), or any hour.
    pub hour: Option<u8>,
    /// `n_zones + 1` row offsets.
    pub offsets: Vec<u32>,
    /// Destination zone of each entry, rising within a row.
    pub destinations: Vec<u32>,
    /// Trips of each entry, vehicles per hour, finite and > 0.
    pub trips_veh_h: Vec<f64>,
}

impl OdMatrix {
    /// A matrix of these entries (origin, destination, trips); entries of one pair add up, zeros are left out.
    #[must_use]
    pub fn from_entries(class: VehicleClass, hour: Option<u8>, n_zones: usize, entries: &[(u32, u32, f64)]) -> Self {
        let mut sorted = entries.to_vec();
        sorted.sort_by_key(|&(origin, destination, _)| (origin, destination));
        let mut offsets = vec![0u32; n_zones + 1];
        let (mut destinations, mut trips_veh_h): (Vec<u32>, Vec<f64>) = (Vec::new(), Vec::new());
        let mut last = None;
        for (origin, destination, trips) in sorted {
            if trips == 0.0 {
                continue;
            }
            if last == Some((origin, destination)) {
                *trips_veh_h.last_mut().expect("because an entry precedes") += trips;
                continue;
            }
            last = Some((origin, destination));
            offsets[origin as usize + 1] += 1;
            destinations.push(destination);
            trips_veh_h.push(trips);
        }
        for zone in 0..n_zones {
            offsets[zone + 1] += offsets[zone];
        }
        Self { class, hour, offsets, destinations, trips_veh_h }
    }

    /// Entries (destination, trips) of one origin.
    pub fn row(&self, origin: usize) -> impl ExactSizeIterator<Item = (u32, f64)> {
        let range = self.offsets[origin] as usize..self.offsets[origin + 1] as usize;
        self.destinations[range.clone()].iter().copied().zip(self.trips_veh_h[range].iter().copied())
    }

    /// All trips, vehicles per hour.
    #[must_use]
    pub fn total_veh_h(&self) -> f64 {
        self.trips_veh_h.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_one_pair_add_up_and_rows_are_sorted() {
        let matrix = OdMatrix::from_entries(
            VehicleClass::Car,
            None,
            3,
            &[(2, 0, 1.0), (0, 2, 3.0), (0, 1, 2.0), (0, 2, 4.0), (1, 1, 0.0)],
        );
        assert_eq!(matrix.row(0).collect::<Vec<_>>(), vec![(1, 2.0), (2, 7.0)]);
        assert_eq!(matrix.row(1).len(), 0);
        assert_eq!(matrix.row(2).collect::<Vec<_>>(), vec![(0, 1.0)]);
    }
}
