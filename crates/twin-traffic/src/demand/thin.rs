//! From a full matrix of an hour to the flows that are kept.

use twin::demand::{OdMatrix, VehicleClass};

/// A sparse matrix of an hour, without flows below `smallest` vehicles per hour and with at most `n_max` entries.
///
/// Origins keep their totals exactly: small flows of one origin are gathered over neighboring destinations (zones are
/// numbered so that neighbors are near) until they make up the smallest flow, which then goes to the greatest of them;
/// what is left at the end of a row goes to the row's last kept flow, or stays as one flow however small. Trips are
/// neither lost nor made; a destination's total moves by less than the smallest flow per origin.
#[must_use]
pub fn thin(class: VehicleClass, hour: u8, full: &[f64], n_zones: usize, smallest: f64, n_max: f64) -> OdMatrix {
    let total: f64 = full.iter().sum();
    let smallest = smallest.max(total / n_max.max(1.0));
    let mut matrix = OdMatrix {
        class,
        hour: Some(hour),
        offsets: Vec::with_capacity(n_zones + 1),
        destinations: Vec::new(),
        trips_veh_h: Vec::new(),
    };
    matrix.offsets.push(0);
    for row in full.chunks_exact(n_zones.max(1)) {
        let first = matrix.destinations.len();
        let mut group = Group::default();
        for (destination, &trips) in row.iter().enumerate() {
            if trips >= smallest && trips > 0.0 {
                push(&mut matrix, destination, trips);
            } else if trips > 0.0 {
                group.add(destination, trips);
                if group.trips >= smallest {
                    push(&mut matrix, group.greatest, group.trips);
                    group = Group::default();
                }
            }
        }
        if group.trips > 0.0 {
            match matrix.trips_veh_h[first..].last_mut() {
                Some(last) => *last += group.trips,
                None => push(&mut matrix, group.greatest, group.trips),
            }
        }
        sort_row(&mut matrix, first);
        matrix.offsets.push(u32::try_from(matrix.destinations.len()).expect("because flows_max is far below 2^32"));
    }
    matrix
}

fn push(matrix: &mut OdMatrix, destination: usize, trips: f64) {
    matrix.destinations.push(destination as u32);
    matrix.trips_veh_h.push(trips);
}

/// A gathered flow is kept at the end of its group: put the row in order again.
fn sort_row(matrix: &mut OdMatrix, first: usize) {
    let mut row: Vec<(u32, f64)> =
        matrix.destinations[first..].iter().copied().zip(matrix.trips_veh_h[first..].iter().copied()).collect();
    row.sort_by_key(|(destination, _)| *destination);
    for (index, (destination, trips)) in row.into_iter().enumerate() {
        matrix.destinations[first + index] = destination;
        matrix.trips_veh_h[first + index] = trips;
    }
}

#[derive(Default)]
struct Group {
    trips: f64,
    greatest: usize,
    greatest_trips: f64,
}

impl Group {
    fn add(&mut self, destination: usize, trips: f64) {
        self.trips += trips;
        if trips > self.greatest_trips {
            (self.greatest, self.greatest_trips) = (destination, trips);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_flows_gather_at_the_greatest_of_their_neighbors() {
        let full = [0.0, 0.4, 0.5, 0.2, 3.0, 0.1];
        let matrix = thin(VehicleClass::Car, 7, &full[..6], 6, 1.0, 1e9);
        assert_eq!(matrix.offsets, [0, 2]);
        assert_eq!(matrix.row(0).map(|entry| entry.0).collect::<Vec<_>>(), [2, 4]);
        assert!((matrix.total_veh_h() - 4.2).abs() < 1e-12);
        assert_eq!(matrix.hour, Some(7));
    }

    #[test]
    fn nothing_stays_nothing() {
        let matrix = thin(VehicleClass::Truck, 0, &[0.0; 4], 2, 0.01, 100.0);
        assert_eq!(matrix.offsets, [0, 0, 0]);
        assert_eq!(thin(VehicleClass::Truck, 0, &[], 0, 0.01, 100.0).offsets, [0]);
    }

    proptest! {
        #[test]
        fn origins_keep_their_totals(full in proptest::collection::vec(0.0f64..0.3, 64), smallest in 0.0f64..2.0) {
            let matrix = thin(VehicleClass::Car, 0, &full, 8, smallest, 20.0);
            for (origin, row) in full.chunks(8).enumerate() {
                let kept: f64 = matrix.row(origin).map(|entry| entry.1).sum();
                prop_assert!((kept - row.iter().sum::<f64>()).abs() < 1e-12);
                let destinations: Vec<u32> = matrix.row(origin).map(|entry| entry.0).collect();
                prop_assert!(destinations.is_sorted_by(|a, b| a < b));
            }
            prop_assert!(matrix.destinations.len() <= 20 + 8);
        }
    }
}
