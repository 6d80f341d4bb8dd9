//! Every single failure of a heat network, and who loses heat.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use twin::{Id, Watch, outcome::Status, utility::HeatLink};

use super::{Heat, HeatOptions, Room};

/// What one failed link does.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeatFailure {
    /// The link.
    pub link: Id<HeatLink>,
    /// House stations that lose their heat.
    pub consumers_cut_off: u32,
    /// Heat that they lack, watts, where it is known.
    pub unserved_w: f64,
    /// Least pressure difference at a house station that keeps heat, bar.
    pub worst_point_bar: Option<f64>,
    /// Lowest temperature at the inlet of a house station that keeps heat, K.
    pub coldest_k: Option<f64>,
    /// How the solve of what is left ended.
    pub status: Status,
}

impl Heat {
    /// Shuts every link that stands open, one at a time. Rows by rising id; the same bits for any number of threads; what
    /// was not done when somebody stops it has the status [`Status::Cancelled`].
    ///
    /// Every case is solved from the base state; where that does not converge, from rest.
    #[must_use]
    pub fn single_failures(&self, options: &HeatOptions, watch: &dyn Watch) -> Vec<HeatFailure> {
        let mut base = Room::new(self);
        let end = base.solve_cold(self, &[], options);
        let before = self.state(&base, end);
        let links: Vec<usize> = (0..self.n_links()).filter(|&link| self.open[self.branches[link].0 as usize]).collect();
        let done = AtomicU64::new(0);
        let total = links.len() as u64;
        let one = |room: &mut Room, link: usize| {
            let id = Id::new(link);
            if watch.is_cancelled() {
                return HeatFailure {
                    link: id,
                    consumers_cut_off: 0,
                    unserved_w: 0.0,
                    worst_point_bar: None,
                    coldest_k: None,
                    status: Status::Cancelled { iterations: 0, residual: f64::MAX },
                };
            }
            room.clone_from(&base);
            let mut end = room.solve_warm(self, &[id], options);
            if !end.converged {
                end = room.solve_cold(self, &[id], options);
            }
            let after = self.state(room, end);
            watch.progress("heat-failures", done.fetch_add(1, Ordering::Relaxed) + 1, total);
            HeatFailure {
                link: id,
                consumers_cut_off: after.totals.consumers_cut_off.saturating_sub(before.totals.consumers_cut_off),
                unserved_w: (after.totals.unserved_w - before.totals.unserved_w).max(0.0),
                worst_point_bar: after.totals.worst_point_bar,
                coldest_k: after.totals.coldest_k,
                status: after.status,
            }
        };
        links.par_iter().map_init(|| Room::new(self), |room, &link| one(room, link)).collect()
    }
}
