//! Every single failure of a gas network.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use twin::{Id, Watch, outcome::Status, utility::GasLink};

use super::{Gas, GasOptions, Room};
use crate::hydraulics::{Supply, bridges};

/// What one failed link does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GasFailure {
    /// The link.
    pub link: Id<GasLink>,
    /// Customers that lose their gas.
    pub customers_cut_off: u32,
    /// Their draw, kg/s.
    pub unserved_kg_s: f64,
    /// Lowest gauge pressure at a customer that keeps gas, bar.
    pub lowest_bar: Option<f64>,
    /// How the solve of what is left ended.
    pub status: Status,
}

impl Gas {
    /// Shuts every link that stands open, one at a time. Rows by rising id; the same bits for any number of threads; what
    /// was not done when somebody stops it has the status [`Status::Cancelled`].
    ///
    /// A link without flow changes nothing. Every other case is solved from the base state; where that does not converge,
    /// from rest.
    #[must_use]
    pub fn single_failures(&self, options: &GasOptions, watch: &dyn Watch) -> Vec<GasFailure> {
        let mut base = Room::new(self);
        let end = base.solve_cold(self, &[], options);
        let before = self.state(&base, end, options);
        let links: Vec<usize> = (0..self.n_links()).filter(|&link| self.open[self.branches[link].0 as usize]).collect();
        let done = AtomicU64::new(0);
        let total = links.len() as u64;
        let one = |room: &mut Room, link: usize| {
            let id = Id::new(link);
            if watch.is_cancelled() {
                let status = Status::Cancelled { iterations: 0, residual: f64::MAX };
                return GasFailure { link: id, customers_cut_off: 0, unserved_kg_s: 0.0, lowest_bar: None, status };
            }
            let idle = before.status.is_fine() && before.mass_flow_kg_s[link] == 0.0 && self.branches[link].1 == 1;
            let after = if idle {
                None
            } else {
                room.newton.clone_from(&base.newton);
                let mut end = room.solve_warm(self, &[id], options);
                if !end.converged {
                    end = room.solve_cold(self, &[id], options);
                }
                Some(self.state(room, end, options))
            };
            let after = after.as_ref().unwrap_or(&before);
            watch.progress("gas-failures", done.fetch_add(1, Ordering::Relaxed) + 1, total);
            GasFailure {
                link: id,
                customers_cut_off: after.totals.customers_cut_off.saturating_sub(before.totals.customers_cut_off),
                unserved_kg_s: (after.totals.unserved_kg_s - before.totals.unserved_kg_s).max(0.0),
                lowest_bar: after.totals.lowest_bar,
                status: after.status,
            }
        };
        links.par_iter().map_init(|| Room::new(self), |room, &link| one(room, link)).collect()
    }

    /// Customers that every link alone keeps supplied, and their draw in kg/s: by topology, in one pass over the network.
    #[must_use]
    pub fn customers_behind(&self) -> Vec<(u32, f64)> {
        let mut supply = Supply::default();
        supply.find(&self.grid, &self.open, &self.in_service);
        let found = bridges(&self.grid, &supply);
        let (mut customers, mut draw) = (vec![0_u32], vec![0.0]);
        for &node in &found.order {
            let node = node as usize;
            let own = if node < self.n_nodes() { (self.customers[node], self.demand_kg_s[node]) } else { (0, 0.0) };
            customers.push(customers[customers.len() - 1] + own.0);
            draw.push(draw[draw.len() - 1] + own.1);
        }
        self.branches
            .iter()
            .map(|&(first, count)| {
                let behind = |branch: u32| {
                    let (begin, end) = found.behind[branch as usize];
                    let (begin, end) = (begin as usize, end as usize);
                    (customers[end] - customers[begin], draw[end] - draw[begin])
                };
                let cases = (first..first + count).map(behind);
                cases.fold((0, 0.0), |most, case| if case.0 > most.0 || case.1 > most.1 { case } else { most })
            })
            .collect()
    }
}
