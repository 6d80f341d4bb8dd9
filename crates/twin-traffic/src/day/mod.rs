//! A working day in 15-minute slices: queues grow, spill back over junctions and clear.
//!
//! # Model
//! Quasi-dynamic network loading. Every hour has the paths of its static equilibrium; the day's vehicles are loaded onto
//! them with what a static model leaves out: a link lets out no more than its capacity, takes in no more than it has room
//! for, and who cannot leave waits and is still there in the next slice.
//!
//! *Links* follow the link transmission model (kinematic waves with a triangular fundamental diagram, Yperman 2007): with
//! the cumulated counts `N_in` and `N_out` of a link, its running time τ and the time ω in which a gap travels back along it,
//!
//! * it can send `min(N_in(t + Δt − τ) − N_out(t), C·Δt)`,
//! * it can receive `min(N_out(t + Δt − ω) + K − N_in(t), Q·Δt)`, with storage `K = lanes · length / space of a waiting car`.
//!
//! `C` is the capacity of its end under the scenario in that hour: junction, lanes left by a closure, the green of an
//! alternating section. With `K` infinite this is Vickrey's point queue. τ is the time of the hour's equilibrium, with the
//! volume-delay function at no more than its capacity; what exceeds capacity waits in the queue instead.
//!
//! *Junctions* share scarce room out in proportion to the capacities of the approaches, first in first out: a vehicle whose
//! street ahead is full holds up those behind it (oriented capacity proportional node model, Tampère et al. 2011). Who
//! begins a trip there gives way to those on the streets (a tenth of the weight).
//!
//! *Turns*: each link hands its vehicles on in the shares of the hour's paths, movement by movement (from link to link), so
//! that no forbidden turn is made, and in a steady hour below capacity the volumes are those of the equilibrium.
//!
//! *Demand* of a slice is interpolated between the hours, by class and origin, with slopes that keep every hour's sum exact
//! and nothing negative (van Leer 1977). Who finds the first street full waits before it, on a plot or beyond the map.
//!
//! # Method
//! Steps of 5 s over flat arrays; streets shorter than a step are passed in one step, and have room for what passes in it.
//! Junctions at which everything fits (nearly all) are settled in one sweep over the links, the others one by one.
//! Should streets block each other in a ring (gridlock), a full street takes in 20 % of its capacity after two minutes,
//! from other streets only; the vehicles forced in so are counted. The number of steps is fixed: nothing can run forever.
//!
//! *Routes* know of queues through [`see_queues`]: an hour whose equilibrium has volumes over capacity is solved again with the
//! mean wait of an hour's queue as the delay of those streets, so that nobody drives into a queue that a static
//! volume-delay function does not show.
//!
//! # Assumptions
//! Route choice is that of the static equilibrium of each hour: it knows the queue that the hour itself lets grow, not what
//! earlier hours left over, nor spillback. Drivers do not leave a queue, except that who comes to a
//! junction when a closure has begun follows the new routes. Streets that a closure has just emptied of routes are driven
//! to their end. Shares of turns belong to a link, not to single vehicles: over a long queue the mix of destinations behind
//! it is that of the hour, not of the hour in which they left. Left out: single cycles of signals (their mean wait is in τ),
//! turning lanes (one queue per link), departures at other times because of queues. The day begins with empty streets at
//! midnight.
//!
//! # Units and shapes
//! Columns have one entry per arc of [`Streets`](crate::street::Streets). Counts are vehicles; capacities, which are
//! passenger-car equivalents, are divided by the mean equivalents of the arc's vehicles in that hour. Metres and seconds:
//! networks with units of their own (TNTP) cannot be loaded.
//!
//! # Errors
//! None: every input gives a day. Cancelling is a [`Status`].
//!
//! # Conservation and determinism
//! Vehicles that entered have arrived, are on a link or wait, to rounding ([`DayTotals::lost_share`]); no count is
//! negative. Steps run in a fixed order on one thread: the same bits for any number of threads. Independent days run beside
//! each other.
//!
//! # References
//! W. S. Vickrey, Congestion theory and transport investment, American Economic Review 59(2), 1969. B. van Leer, Towards the
//! ultimate conservative difference scheme IV, J. Comput. Phys. 23(3), 1977, doi:10.1016/0021-9991(77)90095-X. I. Yperman,
//! The link transmission model for dynamic network loading, PhD thesis, KU Leuven, 2007. C. M. J. Tampère, R. Corthout,
//! D. Cattrysse, L. H. Immers, A generic class of first order node models for dynamic macroscopic simulation of traffic flows,
//! Transportation Research B 45(1), 2011, doi:10.1016/j.trb.2010.06.004. L. Brederode, A. Pel, L. Wismans, E. de Romph,
//! S. Hoogendoorn, Static traffic assignment with queuing: model properties and applications, Transportmetrica A 15(2), 2019,
//! doi:10.1080/23249935.2018.1453561. Tests: `tests/day.rs` (deterministic queue, spillback, conservation).

mod feedback;
mod ground;
mod junction;
mod load;
mod regime;
mod shares;
mod tail;

use twin::{
    Watch,
    outcome::{
        Status,
        day::{DayState, DayTotals, N_SLICES},
    },
};

pub use feedback::{over_capacity, see_queues};
pub use ground::Ground;
pub use load::load;
pub use regime::{Regime, StopLine};
pub use shares::Shares;
pub use tail::{Town, approach, elsewhere};

/// How a day is loaded.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Length of a step, seconds; a slice must be a multiple of it.
    pub step_s: f64,
    /// After how long without any room a full street lets vehicles creep in, seconds.
    pub stuck_s: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { step_s: 5.0, stuck_s: 120.0 }
    }
}

/// What a day is loaded from.
#[derive(Clone, Copy)]
pub struct Plan<'a> {
    /// Routes, times and capacities; as many as differ.
    pub regimes: &'a [&'a Regime],
    /// Which of them holds in each slice.
    pub of_slice: &'a [usize; N_SLICES],
    /// How the hours' demand falls into slices.
    pub shares: &'a Shares,
}

/// A loaded day.
#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    /// How it ended; the residual is the part of the vehicles lost by rounding.
    pub status: Status,
    /// Sums.
    pub totals: DayTotals,
    /// What happened on the arcs.
    pub state: DayState,
}

/// Stage told to a [`Watch`].
const STAGE: &str = "day";

fn tell(watch: &dyn Watch, slice: usize) {
    watch.progress(STAGE, slice as u64, N_SLICES as u64);
}
