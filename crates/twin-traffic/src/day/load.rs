//! The steps of a day.

use twin::{
    Watch,
    outcome::{
        Status,
        day::{DayState, DayTotals, N_SLICES, SLICE_S},
    },
};

use super::{Ground, Loaded, Options, Plan, Regime, junction::Junction, tell};
use crate::street::{NONE, Streets};

/// Part of its capacity that a street takes in although it is full, after nothing moved for long.
const CREEP: f64 = 0.2;
/// Part of a street that must be empty before it counts as no longer jammed.
const CLEARED: f64 = 0.2;
/// Weight of those who leave a plot against those who are on a street of the same capacity, where room is scarce: they give way.
const FROM_PLOT: f64 = 0.1;
/// Part of the room by which a wish may exceed it by rounding.
const ROUNDING: f64 = 1e-9;

/// Loads a day onto the streets.
///
/// # Example
/// `tests/day.rs` holds the queue at a bottleneck of 667 veh/h that 800 veh/h want to pass for two hours, worked out by hand.
#[must_use]
pub fn load(streets: &Streets, ground: &Ground, plan: &Plan<'_>, options: Options, watch: &dyn Watch) -> Loaded {
    let step_s = if options.step_s > 0.0 { options.step_s.min(SLICE_S) } else { SLICE_S };
    let steps_per_slice = (SLICE_S / step_s).round().max(1.0) as usize;
    let step_s = SLICE_S / steps_per_slice as f64;
    let mut day = Day::new(streets, ground, plan, step_s, options.stuck_s);
    let mut cancelled = None;
    let mut regime = usize::MAX;
    for slice in 0..N_SLICES {
        tell(watch, slice);
        if watch.is_cancelled() {
            cancelled = Some(slice);
            break;
        }
        if plan.of_slice[slice] != regime {
            regime = plan.of_slice[slice];
            day.switch(plan.regimes[regime]);
        }
        day.demand(plan, slice);
        for _ in 0..steps_per_slice {
            day.step();
        }
        day.record(slice);
    }
    tell(watch, N_SLICES);
    day.finish(cancelled)
}

/// What a link is in the present regime.
#[derive(Clone, Copy, Debug, Default)]
struct Link {
    /// Whole steps and the rest of a step that vehicles take along it, at least one step.
    run: Lag,
    /// Steps that a gap takes back along it.
    wave: Lag,
    /// What its end lets out in a step, vehicles.
    out: f64,
    /// What its begin takes in in a step, vehicles.
    inward: f64,
    /// Vehicles for which it has room.
    storage: f64,
    /// Turns in the compact list.
    first_turn: u32,
    n_turns: u32,
    /// Node at which it begins.
    from_node: u32,
}

#[derive(Clone, Copy, Debug, Default)]
struct Lag {
    whole: u32,
    rest: f64,
}

impl Lag {
    fn new(time_s: f64, step_s: f64) -> Self {
        let steps = (time_s / step_s).max(1.0);
        Self { whole: steps.floor() as u32, rest: steps - steps.floor() }
    }
    fn steps(self) -> f64 {
        f64::from(self.whole) + self.rest
    }
}

/// A row of cumulated counts over the last steps.
#[derive(Clone, Copy, Debug, Default)]
struct Ring {
    at: u32,
    mask: u32,
}

/// The counts of all links over the last steps.
#[derive(Default)]
struct History {
    ring: Vec<Ring>,
    counts: Vec<f64>,
}

impl History {
    fn new(steps: impl Iterator<Item = usize>) -> Self {
        let mut history = Self::default();
        let mut at = 0;
        for steps in steps {
            let length = (steps + 2).next_power_of_two() as u32;
            history.ring.push(Ring { at, mask: length - 1 });
            at += length;
        }
        history.counts = vec![0.0; at as usize];
        history
    }

    /// The count at the end of step `now + 1`, less the lag.
    #[inline]
    fn before(&self, link: usize, now: u32, lag: Lag) -> f64 {
        let ring = self.ring[link];
        let at = |step: u32| self.counts[(ring.at + (step & ring.mask)) as usize];
        if now < lag.whole {
            // Before the day and at its begin nothing has come.
            return 0.0;
        }
        let (early, late) = (at(now - lag.whole), at(now + 1 - lag.whole));
        late + lag.rest * (early - late)
    }

    #[inline]
    fn put(&mut self, link: usize, step: u32, count: f64) {
        let ring = self.ring[link];
        self.counts[(ring.at + (step & ring.mask)) as usize] = count;
    }
}

struct Day<'a> {
    streets: &'a Streets,
    ground: &'a Ground,
    step_s: f64,
    stuck_steps: u32,
    /// Arcs that carry traffic at any time of the day; links are positions among them.
    arcs: Vec<u32>,
    /// Link of each arc.
    link_of: Vec<u32>,
    links: Vec<Link>,
    /// Compact turns: link (or [`NONE`] at the end of a trip) and share.
    turn_to: Vec<u32>,
    turn_share: Vec<f64>,
    came_in: Vec<f64>,
    went_out: Vec<f64>,
    history_in: History,
    history_out: History,
    /// Vehicles that want to leave each link, and into each link, in the step.
    sending: Vec<f64>,
    wanted: Vec<f64>,
    /// Room of a link in the step; only where somebody wants in.
    room: Vec<f64>,
    /// Vehicles that enter in the step.
    inflow: Vec<f64>,
    /// Steps for which a link had no room.
    blocked: Vec<u32>,
    /// Nodes at which not everything fits, in the step.
    crowded: Vec<bool>,
    crowded_list: Vec<u32>,
    /// Vehicles that come per step to begin on each link, and that wait there.
    arriving: Vec<f64>,
    waiting: Vec<f64>,
    entering: Vec<f64>,
    /// Links at which trips begin in the slice or wait.
    entries: Vec<u32>,
    direct: f64,
    junction: Junction,
    now: u32,
    // Sums of the slice.
    queue_s: Vec<f64>,
    full_steps: Vec<u32>,
    steps_in_slice: u32,
    in_before: Vec<f64>,
    out_before: Vec<f64>,
    waiting_s: f64,
    totals: DayTotals,
    state: DayState,
    regime: Option<&'a Regime>,
    /// Exits of a crowded junction.
    exits: Vec<u32>,
}

impl<'a> Day<'a> {
    fn new(streets: &'a Streets, ground: &'a Ground, plan: &Plan<'a>, step_s: f64, stuck_s: f64) -> Self {
        let n_arcs = streets.n_arcs();
        let mut used = vec![false; n_arcs];
        let mut time_s = vec![0.0f64; n_arcs];
        for regime in plan.regimes {
            for arc in 0..n_arcs {
                used[arc] |= ground.turns(arc).any(|turn| regime.turn_veh_h[turn] > 0.0);
                time_s[arc] = time_s[arc].max(regime.time_s[arc]);
            }
            // Whoever makes a turn comes to the arc it leads to; a path has both, so nothing more is needed.
        }
        // By the rows of results, so that columns rise.
        let mut arcs: Vec<u32> = (0..n_arcs as u32).filter(|&arc| used[arc as usize]).collect();
        arcs.sort_unstable_by_key(|&arc| streets.row[arc as usize]);
        let mut link_of = vec![NONE; n_arcs];
        for (link, &arc) in arcs.iter().enumerate() {
            link_of[arc as usize] = link as u32;
        }
        let n = arcs.len();
        let lag_steps = |time_s: f64| (time_s / step_s).max(1.0).ceil() as usize + 1;
        let history_in = History::new(arcs.iter().map(|&arc| lag_steps(time_s[arc as usize])));
        let history_out = History::new(arcs.iter().map(|&arc| lag_steps(ground.wave_s[arc as usize])));
        let column = vec![0.0f32; n * N_SLICES];
        Self {
            streets,
            ground,
            step_s,
            stuck_steps: if stuck_s > 0.0 { (stuck_s / step_s).ceil().min(1e9) as u32 } else { u32::MAX },
            link_of,
            links: arcs
                .iter()
                .map(|&arc| Link { from_node: streets.from_node[arc as usize], ..Link::default() })
                .collect(),
            turn_to: Vec::new(),
            turn_share: Vec::new(),
            came_in: vec![0.0; n],
            went_out: vec![0.0; n],
            history_in,
            history_out,
            sending: vec![0.0; n],
            wanted: vec![0.0; n],
            room: vec![0.0; n],
            inflow: vec![0.0; n],
            blocked: vec![0; n],
            crowded: vec![false; streets.n_nodes],
            crowded_list: Vec::new(),
            arriving: vec![0.0; n],
            waiting: vec![0.0; n],
            entering: vec![0.0; n],
            entries: Vec::new(),
            direct: 0.0,
            junction: Junction::default(),
            now: 0,
            queue_s: vec![0.0; n],
            full_steps: vec![0; n],
            steps_in_slice: 0,
            in_before: vec![0.0; n],
            out_before: vec![0.0; n],
            waiting_s: 0.0,
            totals: DayTotals::default(),
            state: DayState {
                arcs: arcs.iter().map(|&arc| streets.arc(arc as usize)).collect(),
                inflow_veh: column.clone(),
                outflow_veh: column.clone(),
                queue_veh: column.clone(),
                waiting_veh: column.clone(),
                queue_veh_h: column.clone(),
                full_share: column,
            },
            arcs,
            regime: None,
            exits: Vec::new(),
        }
    }

    /// From now on this regime holds. A link that has no routes in it keeps those that it had.
    fn switch(&mut self, regime: &'a Regime) {
        let old_to = std::mem::take(&mut self.turn_to);
        let old_share = std::mem::take(&mut self.turn_share);
        let per_step = self.step_s / 3600.0;
        for link in 0..self.arcs.len() {
            let arc = self.arcs[link] as usize;
            let turns = self.ground.turns(arc);
            let total: f64 = regime.turn_veh_h[turns.clone()].iter().sum();
            let first = self.turn_to.len();
            if total > 0.0 {
                for turn in turns {
                    let veh_h = regime.turn_veh_h[turn];
                    if veh_h > 0.0 {
                        let to = self.ground.turn_to[turn];
                        self.turn_to.push(if to == NONE { NONE } else { self.link_of[to as usize] });
                        self.turn_share.push(veh_h / total);
                    }
                }
            } else {
                let old = self.links[link];
                let range = old.first_turn as usize..(old.first_turn + old.n_turns) as usize;
                self.turn_to.extend_from_slice(&old_to[range.clone()]);
                self.turn_share.extend_from_slice(&old_share[range]);
            }
            let pce = regime.pce[arc];
            let closed_is_drained = self.streets.capacity_pce_h[arc] / pce;
            let capacity_veh_h =
                if regime.capacity_veh_h[arc] > 0.0 { regime.capacity_veh_h[arc] } else { closed_is_drained };
            let tip_veh_h = (self.ground.tip_pce_h[arc] / pce).max(capacity_veh_h);
            let mut length_m = self.streets.length_m[arc];
            if let Some(&(_, stop_m)) = regime.stop_m.iter().find(|(position, _)| *position as usize == arc) {
                length_m = stop_m;
            }
            let run = Lag::new(regime.time_s[arc], self.step_s);
            let wave = Lag::new(length_m / self.ground.wave_m_s, self.step_s);
            let out = capacity_veh_h * per_step;
            // Room for what is on its way at capacity, so that short links and long waits do not throttle it.
            let moving = out * (run.steps() + wave.steps());
            let row = &mut self.links[link];
            row.run = run;
            row.wave = wave;
            row.out = out;
            row.inward = tip_veh_h * per_step;
            row.storage = (length_m * self.ground.density_pce_m[arc] / pce).max(moving);
            row.first_turn = first as u32;
            row.n_turns = (self.turn_to.len() - first) as u32;
        }
        self.regime = Some(regime);
    }

    /// The trips that begin in a slice.
    fn demand(&mut self, plan: &Plan<'_>, slice: usize) {
        let Some(regime) = self.regime else { return };
        for &link in &self.entries {
            self.arriving[link as usize] = 0.0;
        }
        self.entries.retain(|&link| self.waiting[link as usize] > 0.0);
        self.direct = 0.0;
        let per_step = self.step_s / 3600.0;
        for entry in &regime.entries {
            let veh = entry.trips_veh_h * plan.shares.at(entry.class as usize, entry.origin as usize, slice) * per_step;
            if entry.arc == NONE {
                self.direct += veh;
            } else {
                let link = self.link_of[entry.arc as usize] as usize;
                self.entries.push(link as u32);
                self.arriving[link] += veh;
            }
        }
        self.entries.sort_unstable();
        self.entries.dedup();
        self.totals.without_way_veh += regime.without_way_veh_h * SLICE_S / 3600.0;
    }

    fn step(&mut self) {
        self.send();
        self.find_room();
        self.settle_crowded();
        self.advance();
    }

    /// What wants to leave every link, and where to.
    fn send(&mut self) {
        for link in 0..self.links.len() {
            self.sending[link] = 0.0;
            if self.came_in[link] <= self.went_out[link] {
                continue;
            }
            let row = self.links[link];
            let ready = self.history_in.before(link, self.now, row.run) - self.went_out[link];
            let sending = ready.min(row.out);
            if sending <= 0.0 || row.n_turns == 0 {
                continue;
            }
            self.sending[link] = sending;
            let turns = row.first_turn as usize..(row.first_turn + row.n_turns) as usize;
            for (&to, &share) in self.turn_to[turns.clone()].iter().zip(&self.turn_share[turns]) {
                if to != NONE {
                    self.wanted[to as usize] += sending * share;
                }
            }
        }
        for &link in &self.entries {
            let link = link as usize;
            let entering = (self.waiting[link] + self.arriving[link]).min(self.links[link].inward);
            self.entering[link] = entering;
            self.wanted[link] += entering;
        }
    }

    /// Where more want in than there is room.
    fn find_room(&mut self) {
        for link in 0..self.links.len() {
            let mut wanted = self.wanted[link];
            if wanted <= 0.0 {
                self.blocked[link] = 0;
                continue;
            }
            let row = self.links[link];
            let free = self.history_out.before(link, self.now, row.wave) + row.storage - self.came_in[link];
            let mut room = free.min(row.inward).max(0.0);
            self.blocked[link] = match self.blocked[link] {
                known if room <= 1e-12 => known.saturating_add(1),
                // Once jammed it stays so until a part of it is empty, so that a ring empties instead of filling up at once.
                known if known > self.stuck_steps + row.wave.whole && free < CLEARED * row.storage => known,
                _ => 0,
            };
            if self.blocked[link] > self.stuck_steps + row.wave.whole {
                // Who is on the streets goes before those who are not yet.
                wanted -= std::mem::take(&mut self.entering[link]);
                self.wanted[link] = wanted;
                room = room.max(CREEP * row.inward);
                if free < room {
                    self.totals.forced_veh += room.min(wanted).max(0.0);
                }
            }
            self.room[link] = room;
            if wanted > room * (1.0 + ROUNDING) {
                if free < row.inward {
                    self.full_steps[link] += 1;
                }
                let node = row.from_node;
                if !self.crowded[node as usize] {
                    self.crowded[node as usize] = true;
                    self.crowded_list.push(node);
                }
            }
        }
    }

    /// Junctions at which not everything fits.
    fn settle_crowded(&mut self) {
        for index in 0..self.crowded_list.len() {
            let node = self.crowded_list[index] as usize;
            self.settle_one(node);
        }
    }

    fn settle_one(&mut self, node: usize) {
        let Self { streets, ground, links, link_of, room, wanted, sending, junction, .. } = self;
        let exits: &mut Vec<u32> = &mut self.exits;
        exits.clear();
        exits.extend(
            streets.arcs_from(node).map(|arc| link_of[arc]).filter(|&link| link != NONE && wanted[link as usize] > 0.0),
        );
        let exit_of = |link: u32| exits.iter().position(|&known| known == link);
        junction.begin(exits.iter().map(|&link| room[link as usize]));
        let approaches = || {
            ground
                .arcs_to(node)
                .iter()
                .map(|&arc| link_of[arc as usize])
                .filter(|&link| link != NONE)
                .map(|link| link as usize)
        };
        for link in approaches() {
            if sending[link] <= 0.0 {
                continue;
            }
            let row = links[link];
            let turns = row.first_turn as usize..(row.first_turn + row.n_turns) as usize;
            let shares = self.turn_to[turns.clone()]
                .iter()
                .zip(&self.turn_share[turns])
                .filter_map(|(&to, &share)| Some((exit_of(to)?, share)));
            junction.approach(sending[link], row.out, shares);
        }
        for (exit, &link) in exits.iter().enumerate() {
            let entering = self.entering[link as usize];
            if entering > 0.0 {
                let weight = FROM_PLOT * links[link as usize].inward;
                junction.approach(entering, weight, std::iter::once((exit, 1.0)));
            }
        }
        let mut flows = junction.settle().iter();
        let mut next = || flows.next().copied().expect("because every approach has a flow");
        for link in approaches() {
            if sending[link] > 0.0 {
                sending[link] = next();
            }
        }
        for &link in exits.iter() {
            let entering = &mut self.entering[link as usize];
            if *entering > 0.0 {
                *entering = next();
            }
        }
    }

    /// Moves the vehicles.
    fn advance(&mut self) {
        for node in self.crowded_list.drain(..) {
            self.crowded[node as usize] = false;
        }
        let mut arrived = self.direct;
        self.totals.entered_veh += self.direct;
        for link in 0..self.links.len() {
            let flow = self.sending[link];
            if flow <= 0.0 {
                continue;
            }
            let row = self.links[link];
            self.went_out[link] += flow;
            let turns = row.first_turn as usize..(row.first_turn + row.n_turns) as usize;
            // The last turn takes what the others leave, so that nothing is lost by rounding.
            let mut rest = flow;
            let last = turns.end - 1;
            for turn in turns {
                let part = if turn == last { rest } else { flow * self.turn_share[turn] };
                rest -= part;
                match self.turn_to[turn] {
                    NONE => arrived += part,
                    to => self.inflow[to as usize] += part,
                }
            }
        }
        self.totals.arrived_veh += arrived;
        for &link in &self.entries {
            let link = link as usize;
            self.totals.entered_veh += self.arriving[link];
            let waiting = &mut self.waiting[link];
            *waiting = (*waiting + self.arriving[link] - self.entering[link]).max(0.0);
            self.waiting_s += *waiting * self.step_s;
            self.inflow[link] += self.entering[link];
            self.entering[link] = 0.0;
        }
        let next = self.now + 1;
        for link in 0..self.links.len() {
            self.came_in[link] += self.inflow[link];
            self.inflow[link] = 0.0;
            self.wanted[link] = 0.0;
            self.history_in.put(link, next, self.came_in[link]);
            self.history_out.put(link, next, self.went_out[link]);
            if self.came_in[link] > self.went_out[link] {
                self.queue_s[link] += self.queue(link, self.now) * self.step_s;
            }
        }
        self.now = next;
        self.steps_in_slice += 1;
    }

    /// Vehicles that would have left by the end of a step if the way ahead were free.
    fn queue(&self, link: usize, step: u32) -> f64 {
        (self.history_in.before(link, step, self.links[link].run) - self.went_out[link]).max(0.0)
    }

    /// Puts down a slice.
    fn record(&mut self, slice: usize) {
        let Some(regime) = self.regime else { return };
        let n = self.links.len();
        let mut queues = 0.0;
        for link in 0..n {
            let at = slice * n + link;
            let arc = self.arcs[link] as usize;
            let queue = self.queue(link, self.now - 1);
            let outflow = self.went_out[link] - self.out_before[link];
            let queue_veh_h = self.queue_s[link] / 3600.0;
            queues += queue + self.waiting[link];
            self.state.inflow_veh[at] = (self.came_in[link] - self.in_before[link]) as f32;
            self.state.outflow_veh[at] = outflow as f32;
            self.state.queue_veh[at] = queue as f32;
            self.state.waiting_veh[at] = self.waiting[link] as f32;
            self.state.queue_veh_h[at] = queue_veh_h as f32;
            self.state.full_share[at] =
                (f64::from(self.full_steps[link]) / f64::from(self.steps_in_slice.max(1))) as f32;
            self.totals.vehicle_hours += outflow * regime.time_s[arc] / 3600.0 + queue_veh_h;
            self.totals.delay_veh_h += outflow * (regime.time_s[arc] - regime.empty_s[arc]) / 3600.0 + queue_veh_h;
            self.totals.vehicle_km += outflow * self.streets.length_m[arc] / 1000.0;
            self.totals.queue_veh_h += queue_veh_h;
            self.in_before[link] = self.came_in[link];
            self.out_before[link] = self.went_out[link];
            self.queue_s[link] = 0.0;
            self.full_steps[link] = 0;
        }
        let waited = self.waiting_s / 3600.0;
        self.totals.vehicle_hours += waited;
        self.totals.delay_veh_h += waited;
        self.totals.queue_veh_h += waited;
        self.waiting_s = 0.0;
        self.steps_in_slice = 0;
        self.totals.queue_max_veh = self.totals.queue_max_veh.max(queues);
    }

    fn finish(mut self, cancelled: Option<usize>) -> Loaded {
        self.totals.on_streets_veh = self.came_in.iter().zip(&self.went_out).map(|(came, went)| came - went).sum();
        self.totals.waiting_veh = self.waiting.iter().sum();
        let (iterations, residual) = (self.now, self.totals.lost_share());
        let status = match cancelled {
            Some(_) => Status::Cancelled { iterations, residual },
            None if self.links.is_empty() => Status::Empty,
            None => Status::Converged { iterations, residual },
        };
        Loaded { status, totals: self.totals, state: self.state }
    }
}
