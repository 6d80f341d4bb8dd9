//! How traffic runs for a while: routes, times and capacities of one equilibrium.

use twin::road::{Arc, VolumeDelay};

use super::Ground;
use crate::{
    equilibrium::Equilibrium,
    street::{N_CLASSES, NONE, Overlay, Streets, delay},
};

/// A place where a closure narrows an arc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StopLine {
    /// The arc.
    pub arc: Arc,
    /// Where vehicles wait, metres from the begin of the arc.
    pub stop_m: f64,
    /// Volume-delay function that the equilibrium had there, if it was not that of the street.
    pub delay: Option<VolumeDelay>,
}

/// Routes, times and capacities that hold for some slices.
#[derive(Clone, Debug)]
pub struct Regime {
    /// Vehicles that begin on each arc.
    pub(super) entries: Vec<Entry>,
    /// Vehicles per hour that make each turn of [`Ground`].
    pub(super) turn_veh_h: Vec<f64>,
    /// Capacity at the end of each arc, vehicles per hour; 0 where it is closed or was never meant to carry anything.
    pub(super) capacity_veh_h: Vec<f64>,
    /// Passenger-car equivalents of a mean vehicle on each arc.
    pub(super) pce: Vec<f64>,
    /// Time to drive along below capacity, seconds.
    pub(super) time_s: Vec<f64>,
    /// Time to drive along the empty street without measures, seconds.
    pub(super) empty_s: Vec<f64>,
    /// Metres in which vehicles can wait where that is not the whole arc.
    pub(super) stop_m: Vec<(u32, f64)>,
    /// Trips without a way, vehicles per hour.
    pub(super) without_way_veh_h: f64,
}

/// Trips that begin on an arc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Entry {
    /// The arc; [`NONE`] for trips that use no arc.
    pub(super) arc: u32,
    pub(super) class: u8,
    pub(super) origin: u32,
    pub(super) trips_veh_h: f64,
}

impl Regime {
    /// The regime of an equilibrium under an overlay. `stop_lines` are the places where closures narrow a street in it.
    #[must_use]
    pub fn new(
        streets: &Streets,
        ground: &Ground,
        solved: &Equilibrium,
        overlay: &Overlay,
        stop_lines: &[StopLine],
    ) -> Self {
        let n = streets.n_arcs();
        let mut regime = Self {
            entries: Vec::new(),
            turn_veh_h: vec![0.0; ground.turn_to.len()],
            capacity_veh_h: Vec::with_capacity(n),
            pce: Vec::with_capacity(n),
            time_s: Vec::with_capacity(n),
            empty_s: Vec::with_capacity(n),
            stop_m: Vec::new(),
            without_way_veh_h: solved.unreachable.iter().map(|lost| lost.trips_veh_h).sum(),
        };
        regime.follow(ground, solved);
        let mut special: Vec<Option<VolumeDelay>> = vec![None; n];
        for change in &overlay.changes {
            if let (Some(position), Some(_)) = (streets.position(change.arc), change.delay) {
                special[position] = change.delay;
            }
        }
        for line in stop_lines {
            let Some(position) = streets.position(line.arc) else { continue };
            special[position] = line.delay.or(special[position]);
            regime.stop_m.push((position as u32, line.stop_m.clamp(0.0, streets.length_m[position])));
        }
        for (arc, special) in special.into_iter().enumerate() {
            let volume = |class: usize| solved.volume_veh_h[class][arc];
            let total: f64 = (0..N_CLASSES).map(volume).sum();
            let mean = |of: &dyn Fn(usize) -> f64| {
                if total > 0.0 {
                    (0..N_CLASSES).map(|class| volume(class) * of(class)).sum::<f64>() / total
                } else {
                    of(usize::from(streets.admits[arc] & 1 == 0))
                }
            };
            let pce = mean(&|class| streets.pce[class]);
            let (volume_pce_h, capacity_pce_h) = (total * pce, solved.capacity_pce_h[arc]);
            let mut time_s = mean(&|class| solved.time_s[class][arc]);
            if volume_pce_h > capacity_pce_h && capacity_pce_h > 0.0 {
                // What exceeds capacity waits in the queue, not in the volume-delay function.
                let function = special.unwrap_or(streets.delay[arc]);
                let at =
                    |volume: f64| delay::delay_and_slope(function, streets.delay_time_s[arc], capacity_pce_h, volume).0;
                time_s -= at(volume_pce_h) - at(capacity_pce_h);
            }
            let empty_s = mean(&|class| streets.free_time_s[class][arc]);
            regime.pce.push(pce.max(f64::MIN_POSITIVE));
            regime.capacity_veh_h.push((capacity_pce_h / pce).max(0.0));
            regime.time_s.push(if time_s.is_finite() { time_s.max(0.0) } else { empty_s });
            regime.empty_s.push(empty_s);
        }
        regime
    }

    /// Puts the paths onto turns and entries.
    fn follow(&mut self, ground: &Ground, solved: &Equilibrium) {
        let mut of_origin = None;
        let mut begin = 0;
        for path in solved.paths.iter() {
            let key = (path.class as u8, path.origin);
            if of_origin != Some(key) {
                of_origin = Some(key);
                begin = self.entries.len();
            }
            let first = path.arcs.first().copied().unwrap_or(NONE);
            match self.entries[begin..].iter_mut().find(|entry| entry.arc == first) {
                Some(entry) => entry.trips_veh_h += path.trips_veh_h,
                None => {
                    self.entries.push(Entry { arc: first, class: key.0, origin: key.1, trips_veh_h: path.trips_veh_h })
                }
            }
            for (index, &arc) in path.arcs.iter().enumerate() {
                let next = path.arcs.get(index + 1).copied().unwrap_or(NONE);
                let turns = ground.turns(arc as usize);
                let turn = turns
                    .clone()
                    .find(|&turn| ground.turn_to[turn] == next)
                    .expect("because the arcs of a path meet at nodes");
                self.turn_veh_h[turn] += path.trips_veh_h;
            }
        }
    }
}
