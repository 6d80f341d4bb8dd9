//! Trips of one hour, checked and sorted: what an equilibrium is asked to carry.

use twin::{
    Finding, Findings,
    demand::{Demand, OdMatrix, VehicleClass},
};

use crate::street::N_CLASSES;

/// Trips between zones, sorted by class, origin and destination, each pair once, all finite and above zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trips {
    /// Zones.
    pub n_zones: usize,
    /// Trips of one class from one origin: a slice of the pairs.
    pub rows: Vec<Row>,
    /// Destination zone of each pair.
    pub destination: Vec<u32>,
    /// Trips of each pair, vehicles per hour.
    pub trips_veh_h: Vec<f64>,
    /// Trips that begin and end in the same zone and never reach the network's links, vehicles per hour, by class.
    pub intrazonal_veh_h: [f64; N_CLASSES],
}

/// Trips of one class from one origin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Class of vehicles, as a position in [`VehicleClass::ALL`].
    pub class: usize,
    /// Origin zone.
    pub origin: u32,
    /// First pair.
    pub begin: u32,
    /// One past the last pair.
    pub end: u32,
}

impl Row {
    /// Its pairs.
    #[must_use]
    pub fn pairs(&self) -> std::ops::Range<usize> {
        self.begin as usize..self.end as usize
    }
}

impl Trips {
    /// The trips of an hour of the day, times a factor.
    ///
    /// # Errors
    /// A number of trips that is NaN, infinite or negative, a zone that does not exist, a factor that is no number: all
    /// such findings at once (at most 20 of each matrix are told one by one).
    pub fn at_hour(demand: &Demand, hour: u8, factor: f64) -> Result<Self, Findings> {
        let matrices: Vec<_> = demand.at_hour(hour).collect();
        Self::of(&matrices, demand.zones.len(), factor)
    }

    /// The trips of some matrices together, times a factor.
    ///
    /// # Errors
    /// As [`Trips::at_hour`].
    pub fn of(matrices: &[&OdMatrix], n_zones: usize, factor: f64) -> Result<Self, Findings> {
        let mut findings = Findings::default();
        if !(0.0..f64::INFINITY).contains(&factor) {
            findings.push(
                Finding::error("bad-demand-factor", format!("the factor on demand is {factor}"))
                    .with_field("demand_factor")
                    .with_help("give a number of 0 or more"),
            );
        }
        for matrix in matrices {
            check(matrix, n_zones, &mut findings);
        }
        if findings.has_errors() {
            return Err(findings);
        }
        let mut trips = Self { n_zones, ..Self::default() };
        for (class, &vehicle_class) in VehicleClass::ALL.iter().enumerate() {
            let of_class: Vec<_> = matrices.iter().filter(|matrix| matrix.class == vehicle_class).collect();
            let mut row = Vec::new();
            for origin in 0..n_zones {
                row.clear();
                for matrix in &of_class {
                    row.extend(matrix.row(origin));
                }
                row.sort_by_key(|&(destination, _)| destination);
                trips.push_row(class, origin as u32, &row, factor);
            }
        }
        Ok(trips)
    }

    /// All trips between different zones, vehicles per hour, by class.
    #[must_use]
    pub fn total_veh_h(&self) -> [f64; N_CLASSES] {
        let mut total_veh_h = [0.0; N_CLASSES];
        for row in &self.rows {
            total_veh_h[row.class] += self.trips_veh_h[row.pairs()].iter().sum::<f64>();
        }
        total_veh_h
    }

    fn push_row(&mut self, class: usize, origin: u32, entries: &[(u32, f64)], factor: f64) {
        let begin = self.destination.len();
        for &(destination, trips_veh_h) in entries {
            let trips_veh_h = trips_veh_h * factor;
            if destination == origin {
                self.intrazonal_veh_h[class] += trips_veh_h;
            } else if trips_veh_h > 0.0 {
                if self.destination.len() > begin && self.destination.last() == Some(&destination) {
                    *self.trips_veh_h.last_mut().expect("because an entry precedes") += trips_veh_h;
                } else {
                    self.destination.push(destination);
                    self.trips_veh_h.push(trips_veh_h);
                }
            }
        }
        if self.destination.len() > begin {
            self.rows.push(Row { class, origin, begin: begin as u32, end: self.destination.len() as u32 });
        }
    }
}

fn check(matrix: &OdMatrix, n_zones: usize, findings: &mut Findings) {
    let n = matrix.destinations.len();
    let rising = matrix.offsets.windows(2).all(|pair| pair[0] <= pair[1]);
    if matrix.offsets.len() != n_zones + 1
        || !rising
        || matrix.offsets.last() != Some(&(n as u32))
        || matrix.trips_veh_h.len() != n
    {
        findings.push(
            Finding::error("matrix-shape", format!("the {} matrix does not fit {n_zones} zones", matrix.class.name()))
                .with_help("a matrix needs one row per zone"),
        );
        return;
    }
    let mut told = 0;
    for origin in 0..n_zones {
        for (destination, trips) in matrix.row(origin) {
            let message = if destination as usize >= n_zones {
                format!("trips go from zone {} to zone {}, but there are {n_zones} zones", origin + 1, destination + 1)
            } else if !(0.0..f64::INFINITY).contains(&trips) {
                format!(
                    "{trips} trips go from zone {} to zone {} ({})",
                    origin + 1,
                    destination + 1,
                    matrix.class.name()
                )
            } else {
                continue;
            };
            told += 1;
            if told <= 20 {
                findings.push(
                    Finding::error("bad-trips", message)
                        .with_help("give a finite number of 0 or more for existing zones"),
                );
            }
        }
    }
    if told > 20 {
        findings.push(Finding::error("bad-trips", format!("and {} more such entries", told - 20)));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may end there")]
mod tests {
    use super::*;

    #[test]
    fn matrices_of_a_class_add_up_and_trips_within_a_zone_stand_apart() {
        let a = OdMatrix::from_entries(VehicleClass::Car, None, 3, &[(0, 1, 2.0), (0, 0, 5.0), (2, 1, 1.0)]);
        let b = OdMatrix::from_entries(VehicleClass::Car, Some(7), 3, &[(0, 1, 1.0), (0, 2, 4.0)]);
        let trips = Trips::of(&[&a, &b], 3, 2.0).unwrap();
        assert_eq!(trips.destination, [1, 2, 1]);
        assert_eq!(trips.trips_veh_h, [6.0, 8.0, 2.0]);
        assert_eq!(trips.intrazonal_veh_h, [10.0, 0.0]);
        assert_eq!(trips.total_veh_h(), [16.0, 0.0]);
    }

    #[test]
    fn impossible_numbers_are_all_named_at_the_door() {
        let mut matrix = OdMatrix::from_entries(VehicleClass::Car, None, 2, &[(0, 1, 1.0), (1, 0, 2.0)]);
        matrix.trips_veh_h = vec![f64::NAN, -3.0];
        let findings = Trips::of(&[&matrix], 2, 1.0).unwrap_err();
        assert_eq!(findings.0.len(), 2);
        assert!(findings.iter().all(|finding| finding.code == "bad-trips"));
        assert!(Trips::of(&[], 2, f64::NAN).unwrap_err().has_errors());
        assert!(Trips::of(&[&matrix], 3, 1.0).unwrap_err().iter().any(|finding| finding.code == "matrix-shape"));
    }
}
