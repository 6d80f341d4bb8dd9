//! An equilibrium as plain numbers that can be written and read: its volumes and paths; what follows from them is computed again.

use serde::{Deserialize, Serialize};
use twin::{demand::VehicleClass, outcome::Status};

use super::{Equilibrium, Paths, Unreachable};
use crate::street::{N_CLASSES, Streets};

/// An equilibrium to be kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SavedEquilibrium {
    /// Kind, iterations, residual.
    status: (u8, u32, f64),
    /// Gap, TSTT, SPTT, Beckmann.
    figures: [f64; 4],
    volume_veh_h: [Vec<f64>; N_CLASSES],
    time_s: [Vec<f64>; N_CLASSES],
    capacity_pce_h: Vec<f64>,
    pair: Vec<(u8, u32, u32)>,
    first_path: Vec<u32>,
    trips_veh_h: Vec<f64>,
    connector_s: Vec<f64>,
    first_arc: Vec<usize>,
    arcs: Vec<u32>,
    unreachable: Vec<(u8, u32, u32, f64)>,
}

impl SavedEquilibrium {
    /// All of an equilibrium.
    #[must_use]
    pub fn of(solved: &Equilibrium) -> Self {
        let status = match solved.status {
            Status::Converged { iterations, residual } => (0, iterations, residual),
            Status::NotConverged { iterations, residual } => (1, iterations, residual),
            Status::Cancelled { iterations, residual } => (2, iterations, residual),
            Status::Empty => (3, 0, 0.0),
        };
        let paths = &solved.paths;
        let (first_arc, arcs) = paths.arc_columns();
        Self {
            status,
            figures: [solved.relative_gap, solved.tstt, solved.sptt, solved.beckmann],
            volume_veh_h: solved.volume_veh_h.clone(),
            time_s: solved.time_s.clone(),
            capacity_pce_h: solved.capacity_pce_h.clone(),
            pair: paths.pair.clone(),
            first_path: paths.first_path.clone(),
            trips_veh_h: paths.trips_veh_h.clone(),
            connector_s: paths.connector_s.clone(),
            first_arc,
            arcs,
            unreachable: solved
                .unreachable
                .iter()
                .map(|pair| (pair.class as u8, pair.origin, pair.destination, pair.trips_veh_h))
                .collect(),
        }
    }

    /// The equilibrium; nothing if it cannot be one of these streets.
    #[must_use]
    pub fn equilibrium(self, streets: &Streets) -> Option<Equilibrium> {
        let (kind, iterations, residual) = self.status;
        let status = match kind {
            0 => Status::Converged { iterations, residual },
            1 => Status::NotConverged { iterations, residual },
            2 => Status::Cancelled { iterations, residual },
            3 => Status::Empty,
            _ => return None,
        };
        let n = streets.n_arcs();
        let columns = self.volume_veh_h.iter().chain(&self.time_s).chain([&self.capacity_pce_h]);
        let rising = |first: &[u32], n: usize| {
            first.first() == Some(&0) && first.last() == Some(&(n as u32)) && first.is_sorted()
        };
        let fits = columns.into_iter().all(|column| column.len() == n)
            && self.arcs.iter().all(|&arc| (arc as usize) < n)
            && self.first_path.len() == self.pair.len() + 1
            && rising(&self.first_path, self.trips_veh_h.len())
            && self.connector_s.len() == self.trips_veh_h.len()
            && self.first_arc.len() == self.trips_veh_h.len() + 1
            && self.first_arc.first() == Some(&0)
            && self.first_arc.last() == Some(&self.arcs.len())
            && self.first_arc.is_sorted()
            && self.pair.iter().all(|&(class, origin, destination)| {
                (class as usize) < N_CLASSES
                    && (origin as usize) < streets.n_zones
                    && (destination as usize) < streets.n_zones
            });
        if !fits {
            return None;
        }
        let unreachable = self.unreachable.into_iter().map(|(class, origin, destination, trips_veh_h)| {
            let class = *VehicleClass::ALL.get(class as usize)?;
            Some(Unreachable { class, origin, destination, trips_veh_h })
        });
        let [relative_gap, tstt, sptt, beckmann] = self.figures;
        Some(Equilibrium {
            status,
            relative_gap,
            tstt,
            sptt,
            beckmann,
            volume_veh_h: self.volume_veh_h,
            time_s: self.time_s,
            capacity_pce_h: self.capacity_pce_h,
            paths: Paths::from_columns(
                self.pair,
                self.first_path,
                (self.trips_veh_h, self.connector_s),
                (&self.first_arc, self.arcs),
            ),
            unreachable: unreachable.collect::<Option<_>>()?,
        })
    }
}
