//! What route choice must know of queues: streets over capacity get the mean wait of an hour's queue as their delay.

use twin::road::{Arc, VolumeDelay};

use crate::{
    equilibrium::Equilibrium,
    street::{ArcChange, N_CLASSES, Overlay, Streets},
};

/// Delay of a street with a queue, Akçelik's function: beyond capacity it is the mean wait `½·(x − 1)·T` in a queue that grows
/// for an hour; j = 0.1, for steady arrivals, adds little below.
const QUEUE: VolumeDelay = VolumeDelay::Akcelik { j: 0.1, period_h: 1.0 };
/// Part of the capacity by which a volume may exceed it by the accuracy of the equilibrium.
const TOLERANCE: f64 = 1e-3;

/// Arcs whose volume exceeds their capacity, in order.
#[must_use]
pub fn over_capacity(streets: &Streets, solved: &Equilibrium) -> Vec<Arc> {
    let volume_pce_h =
        |arc: usize| -> f64 { (0..N_CLASSES).map(|class| streets.pce[class] * solved.volume_veh_h[class][arc]).sum() };
    (0..streets.n_arcs())
        .filter(|&arc| volume_pce_h(arc) > solved.capacity_pce_h[arc] * (1.0 + TOLERANCE))
        .map(|arc| streets.arc(arc))
        .collect()
}

/// Lets the equilibrium see the queue on these arcs: a volume-delay function that is the queue's mean wait beyond capacity.
/// Arcs that have a function of their own in the overlay keep it.
pub fn see_queues(arcs: &[Arc], overlay: &mut Overlay) {
    for &arc in arcs {
        let has_own = overlay.changes.iter().any(|change| change.arc == arc && change.delay.is_some());
        if !has_own {
            overlay.changes.push(ArcChange { delay: Some(QUEUE), ..ArcChange::none(arc) });
        }
    }
}
