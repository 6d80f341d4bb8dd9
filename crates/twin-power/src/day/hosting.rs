//! How much of a technology each feeder hosts before the first limit on its way from the grid breaks.

use std::collections::BTreeSet;

use rayon::prelude::*;
use twin::Watch;

use super::{Day, DayOptions, Quarter, Technology};

/// Steps of the share in which hosting is told.
pub const STEPS: u32 = 20;

/// Parts of a network by which hosting is told: feeders, and the busbars that they leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Areas {
    /// The area of each bus of the model.
    pub of_bus: Vec<u32>,
    /// The area of each branch.
    pub of_branch: Vec<u32>,
    /// For each area itself and the areas through which it is fed: their limits are its own.
    pub on_way: Vec<Vec<u32>>,
}

impl Areas {
    /// How many there are.
    #[must_use]
    pub fn n(&self) -> usize {
        self.on_way.len()
    }
}

/// How much of a technology an area hosts, for one draw of who has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Hosting {
    /// Greatest share found without a broken limit, in steps of 1/[`STEPS`].
    pub share: f64,
    /// Buses whose voltage leaves its band where the first limit breaks, by number.
    pub out_of_band: Vec<u32>,
    /// Branches that are overloaded there, by number.
    pub overloaded: Vec<u32>,
    /// Greatest violation of Kirchhoff's law in the days looked at, per unit.
    pub residual_pu: f64,
}

impl Day<'_> {
    /// The share of customers with a technology up to which each area keeps its limits and those on its way from the grid, for each seed: a
    /// Monte Carlo over who has one. Limits that are broken without the technology do not count; 1 where none breaks. Seeds that a
    /// cancellation left out are missing at the end.
    ///
    /// # Method
    /// Shares of 1/[`STEPS`], 2/[`STEPS`], … are computed one after the other in all areas together. Where a limit breaks, the areas fed
    /// through there stay at the share before, while it goes on growing in the others: one weak feeder says nothing about its neighbors.
    /// Customers keep what they have as the share grows. Where the power flow does not converge, all areas that still grow end at the
    /// share before.
    ///
    /// # Left out
    /// What others do to an area that has ended: only what is broken at its own end is told.
    #[must_use]
    pub fn hosting(
        &self,
        technology: Technology,
        options: &DayOptions,
        areas: &Areas,
        seeds: u64,
        watch: &dyn Watch,
    ) -> Vec<Vec<Hosting>> {
        let nobody = vec![0.0; self.n_customers()];
        let before = Limits::of(&self.run_with(options, Some((technology, &nobody))));
        let drawn: Vec<Option<Vec<Hosting>>> = (0..seeds)
            .into_par_iter()
            .map(|seed| {
                let options = DayOptions { seed: options.seed.wrapping_add(seed), ..options.clone() };
                self.draw(technology, &options, areas, &before, watch)
            })
            .collect();
        drawn.into_iter().flatten().collect()
    }

    /// One draw; nothing where it was cancelled.
    fn draw(
        &self,
        technology: Technology,
        options: &DayOptions,
        areas: &Areas,
        before: &Limits,
        watch: &dyn Watch,
    ) -> Option<Vec<Hosting>> {
        let nothing = Hosting { share: 0.0, out_of_band: Vec::new(), overloaded: Vec::new(), residual_pu: 0.0 };
        let mut hosting = vec![nothing; areas.n()];
        let mut grows = vec![true; areas.n()];
        for step in 1..=STEPS {
            if watch.is_cancelled() {
                return None;
            }
            let share = f64::from(step) / f64::from(STEPS);
            let in_area: Vec<f64> =
                hosting.iter().zip(&grows).map(|(of, grows)| if *grows { share } else { of.share }).collect();
            let area_of = |bus: &u32| areas.of_bus[*bus as usize] as usize;
            let shares: Vec<f64> = self.bus_of_customer.iter().map(|bus| in_area[area_of(bus)]).collect();
            let now = Limits::of(&self.run_with(options, Some((technology, &shares))));
            let broken = now.broken(before, areas);
            for area in (0..areas.n()).filter(|&area| grows[area]) {
                let of = &mut hosting[area];
                of.residual_pu = of.residual_pu.max(now.residual_pu);
                for broken in areas.on_way[area].iter().map(|&on_way| &broken[on_way as usize]) {
                    of.out_of_band.extend(&broken.out_of_band);
                    of.overloaded.extend(&broken.overloaded);
                }
                if now.all_converged && of.out_of_band.is_empty() && of.overloaded.is_empty() {
                    of.share = share;
                }
            }
            for (grows, of) in grows.iter_mut().zip(&hosting) {
                *grows &= of.share == share;
            }
            if !grows.contains(&true) {
                break;
            }
        }
        Some(hosting)
    }
}

/// Limits that a day breaks.
struct Limits {
    out_of_band: BTreeSet<u32>,
    overloaded: BTreeSet<u32>,
    all_converged: bool,
    residual_pu: f64,
}

/// Limits of an area that are broken.
#[derive(Clone, Debug, Default)]
struct Broken {
    out_of_band: Vec<u32>,
    overloaded: Vec<u32>,
}

impl Limits {
    fn of(day: &[Quarter]) -> Self {
        Self {
            out_of_band: day.iter().flat_map(|quarter| quarter.out_of_band.iter().copied()).collect(),
            overloaded: day.iter().flat_map(|quarter| quarter.overloaded.iter().map(|&(branch, _)| branch)).collect(),
            all_converged: day.iter().all(|quarter| quarter.converged),
            residual_pu: day.iter().map(|quarter| quarter.residual_pu).fold(0.0, f64::max),
        }
    }

    /// What is broken in each area that was not before.
    fn broken(&self, before: &Self, areas: &Areas) -> Vec<Broken> {
        let mut broken = vec![Broken::default(); areas.n()];
        for &bus in self.out_of_band.difference(&before.out_of_band) {
            broken[areas.of_bus[bus as usize] as usize].out_of_band.push(bus);
        }
        for &branch in self.overloaded.difference(&before.overloaded) {
            broken[areas.of_branch[branch as usize] as usize].overloaded.push(branch);
        }
        broken
    }
}
