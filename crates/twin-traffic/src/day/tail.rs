//! How far queues reach back, and where else they grow.

use twin::{
    Id,
    outcome::day::{Approach, ApproachSlice, DayState, LongestQueue, N_SLICES, QueueElsewhere},
    road::{Arc, RoadNode},
};

use super::{Ground, Loaded, Plan, Regime, StopLine};
use crate::street::Streets;

/// Fewer waiting vehicles are no queue.
const QUEUE_VEH: f64 = 0.5;
/// A street that is full for this part of a slice holds up those before it.
const FULL_SHARE: f64 = 0.5;
/// Slices in an hour.
const PER_HOUR: f64 = 4.0;

/// The queue before a stop line through the day: on its arc and, where that is full, on the arcs that lead to it, and so
/// on; an arc belongs to it until its own queue has gone. On those other arcs only what exceeds the queue of the day without
/// measures (`base`) is counted. `active` says in which slices the closure holds.
#[must_use]
pub fn approach(
    town: Town<'_>,
    plan: &Plan<'_>,
    (closure, direction): (usize, usize),
    line: StopLine,
    active: &[bool; N_SLICES],
) -> Approach {
    let Town { streets, loaded, .. } = town;
    let mut tails: Vec<Tail> = Vec::with_capacity(N_SLICES);
    for slice in 0..N_SLICES {
        let tail = town.tail(plan.regimes[plan.of_slice[slice]], line, slice, tails.last());
        tails.push(tail);
    }
    let slices: Vec<ApproachSlice> = tails
        .iter()
        .enumerate()
        .map(|(slice, tail)| {
            let at = |column: &[f32]| loaded.state.at(column, line.arc, slice);
            let outflow_veh = at(&loaded.state.outflow_veh);
            let regime = plan.regimes[plan.of_slice[slice]];
            ApproachSlice {
                active: active[slice],
                inflow_veh: at(&loaded.state.inflow_veh),
                capacity_veh_h: streets.position(line.arc).map_or(0.0, |arc| regime.capacity_veh_h[arc]),
                queue_veh: tail.queue_veh,
                red_queue_veh: 0.0,
                tailback_m: tail.length_m,
                wait_s: if outflow_veh > 0.0 { tail.queue_veh_h * 3600.0 / outflow_veh } else { 0.0 },
            }
        })
        .collect();
    Approach {
        closure,
        direction,
        arc: line.arc,
        stop_m: line.stop_m,
        longest: longest(&slices, &tails, streets),
        queue_veh_h: tails.iter().map(|tail| tail.queue_veh_h).sum(),
        slices,
    }
}

fn longest(slices: &[ApproachSlice], tails: &[Tail], streets: &Streets) -> Option<LongestQueue> {
    let mut longest: Option<usize> = None;
    for (slice, row) in slices.iter().enumerate() {
        if row.queue_veh >= QUEUE_VEH && longest.is_none_or(|known| row.queue_veh > slices[known].queue_veh) {
            longest = Some(slice);
        }
    }
    let slice = longest?;
    let is_queue = |slice: usize| slices[slice].queue_veh >= QUEUE_VEH;
    let begin = (0..=slice).rev().take_while(|&slice| is_queue(slice)).last().unwrap_or(slice);
    let tail = &tails[slice];
    let before: Vec<usize> = tail.arcs.iter().skip(1).map(|&(arc, _)| arc).collect();
    Some(LongestQueue {
        slice,
        queue_veh: slices[slice].queue_veh,
        tailback_m: slices[slice].tailback_m,
        begin,
        cleared: (slice..N_SLICES).find(|&slice| !is_queue(slice)),
        junctions: before.iter().map(|&arc| Id::<RoadNode>::new(streets.to_node[arc] as usize)).collect(),
        arcs: before.iter().map(|&arc| streets.arc(arc)).collect(),
    })
}

/// A queue over several arcs at the end of a slice.
#[derive(Default)]
struct Tail {
    queue_veh: f64,
    queue_veh_h: f64,
    length_m: f64,
    /// Arcs on which it stands, that of the stop line first, then as it comes to them, and how far before the stop line each
    /// ends.
    arcs: Vec<(usize, f64)>,
}

/// A loaded day and what it was loaded from.
#[derive(Clone, Copy)]
pub struct Town<'a> {
    /// The streets.
    pub streets: &'a Streets,
    /// Their room.
    pub ground: &'a Ground,
    /// The day with measures.
    pub loaded: &'a Loaded,
    /// The day without.
    pub base: &'a DayState,
}

impl Town<'_> {
    fn tail(&self, regime: &Regime, line: StopLine, slice: usize, before: Option<&Tail>) -> Tail {
        let mut tail = Tail::default();
        let Some(first) = self.streets.position(line.arc) else { return tail };
        let state = &self.loaded.state;
        // Nearest begin first, so that junctions come in the order in which the queue comes to them.
        let mut next: Vec<(f64, usize)> = before.map_or_else(
            || vec![(0.0, first)],
            |tail| tail.arcs.iter().map(|&(arc, begin_m)| (begin_m, arc)).collect(),
        );
        while let Some(nearest) =
            (0..next.len()).min_by(|&a, &b| next[a].0.total_cmp(&next[b].0).then(next[a].1.cmp(&next[b].1)))
        {
            let (begin_m, arc) = next.swap_remove(nearest);
            if tail.arcs.iter().any(|&(known, _)| known == arc) {
                continue;
            }
            let id = self.streets.arc(arc);
            let at = |column: &[f32]| state.at(column, id, slice);
            let above = |of: fn(&DayState) -> &[f32]| {
                let base = if arc == first { 0.0 } else { self.base.at(of(self.base), id, slice) };
                (state.at(of(state), id, slice) - base).max(0.0)
            };
            let queue_veh = above(|state| &state.queue_veh);
            if arc != first && queue_veh < QUEUE_VEH {
                continue;
            }
            tail.arcs.push((arc, begin_m));
            let waiting_veh = above(|state| &state.waiting_veh);
            tail.queue_veh += queue_veh + waiting_veh;
            tail.queue_veh_h += above(|state| &state.queue_veh_h) + waiting_veh / PER_HOUR;
            let room_m = if arc == first { line.stop_m } else { self.streets.length_m[arc] };
            let is_full = at(&state.full_share) >= FULL_SHARE;
            let pce = regime.pce[arc];
            let length_m = if is_full {
                room_m
            } else {
                let outflow_pce_h = at(&state.outflow_veh) * PER_HOUR * pce;
                self.ground.queue_m(arc, at(&state.queue_veh) * pce, outflow_pce_h).min(room_m)
            };
            if queue_veh >= QUEUE_VEH {
                tail.length_m = tail.length_m.max(begin_m + length_m);
            }
            if is_full {
                let node = self.streets.from_node[arc] as usize;
                let arcs = self.ground.arcs_to(node).iter().map(|&before| before as usize);
                next.extend(
                    arcs.filter(|&before| self.leads_to(regime, before, arc)).map(|before| (begin_m + room_m, before)),
                );
            }
        }
        tail
    }

    fn leads_to(&self, regime: &Regime, before: usize, arc: usize) -> bool {
        self.ground.turns(before).any(|turn| self.ground.turn_to[turn] as usize == arc && regime.turn_veh_h[turn] > 0.0)
    }
}

/// Arcs on which more vehicles wait with the scenario than without, away from the queues of `approaches`; the greatest
/// growth first, at most `n`, and only from a vehicle on.
#[must_use]
pub fn elsewhere(base: &DayState, with: &DayState, approaches: &[Approach], n: usize) -> Vec<QueueElsewhere> {
    let known: Vec<Arc> = approaches
        .iter()
        .flat_map(|approach| {
            std::iter::once(approach.arc)
                .chain(approach.longest.iter().flat_map(|longest| longest.arcs.iter().copied()))
        })
        .collect();
    let mut found: Vec<QueueElsewhere> = Vec::new();
    for &arc in with.arcs.iter().filter(|arc| !known.contains(arc)) {
        let of = |state: &DayState, slice: usize| {
            state.at(&state.queue_veh, arc, slice) + state.at(&state.waiting_veh, arc, slice)
        };
        let mut worst: Option<QueueElsewhere> = None;
        for slice in 0..N_SLICES {
            let (base_veh, queue_veh) = (of(base, slice), of(with, slice));
            let grown = queue_veh - base_veh;
            if grown >= 1.0 && worst.is_none_or(|known| grown > known.queue_veh - known.base_veh) {
                worst = Some(QueueElsewhere { arc, slice, base_veh, queue_veh });
            }
        }
        found.extend(worst);
    }
    let grown = |queue: &QueueElsewhere| queue.queue_veh - queue.base_veh;
    found.sort_by(|a, b| grown(b).total_cmp(&grown(a)).then(a.arc.cmp(&b.arc)));
    found.truncate(n);
    found
}
