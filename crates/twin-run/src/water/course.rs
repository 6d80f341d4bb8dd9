//! How every junction and tank fares from step to step: kept as changes, because a simulation has many steps and few changes.

use twin::outcome::Supply;
use twin_pipes::water::{Net, SolveOptions, Step};

use super::{NO_DEMAND_M3_S, NOTICEABLE, supply_of};

/// Less than this in a tank is nothing, metres.
const EMPTY_M: f64 = 1e-3;

/// How a junction is supplied from a time on.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Change {
    time_s: u64,
    supply: Supply,
    /// Whether it gets no water.
    without: bool,
    /// What it asks for and does not get when this begins, m³/s.
    lacking_m3_s: f64,
    pressure_m: f64,
}

impl Change {
    const fn grade(&self) -> u8 {
        match (self.without, self.supply) {
            (true, _) => 2,
            (_, Supply::Supplied) => 0,
            _ => 1,
        }
    }
}

/// How low a tank falls from the first outage on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Tank {
    pub(super) node: usize,
    /// Lowest level above the lowest admissible one, metres.
    pub(super) least_m: f64,
    /// First time of it.
    pub(super) at_s: u64,
    /// First time at which it is empty.
    pub(super) empty_at_s: Option<u64>,
}

/// The course of a simulation.
#[derive(Clone, Debug)]
pub(super) struct Course {
    changes: Vec<Vec<Change>>,
    /// Asked for and not served, m³.
    lacking_m3: Vec<f64>,
    lacking_m3_s: Vec<f64>,
    tanks: Vec<Tank>,
    /// Since when tanks are looked at.
    tanks_from_s: u64,
    now_s: u64,
}

impl Course {
    /// Nothing yet; tanks are looked at from a time on.
    pub(super) fn new(net: &Net, tanks_from_s: u64) -> Self {
        let n = net.n_nodes();
        Self {
            changes: vec![Vec::new(); n],
            lacking_m3: vec![0.0; n],
            lacking_m3_s: vec![0.0; n],
            tanks: Vec::new(),
            tanks_from_s,
            now_s: 0,
        }
    }

    pub(super) fn step(&mut self, net: &Net, options: &SolveOptions, step: &Step<'_>) {
        let seconds = step.time_s.saturating_sub(self.now_s) as f64;
        self.now_s = step.time_s;
        let mut n_tanks = 0;
        for node in 0..net.n_nodes() {
            if net.is_source(node) {
                let looked_at = step.time_s >= self.tanks_from_s;
                if let Some(reserve_m) = net.tank_reserve_m(node, step.state).filter(|_| looked_at) {
                    self.tank(n_tanks, node, reserve_m, step.time_s);
                    n_tanks += 1;
                }
                continue;
            }
            self.lacking_m3[node] += self.lacking_m3_s[node] * seconds;
            let change = change(net, options, step, node);
            self.lacking_m3_s[node] = change.lacking_m3_s;
            let same = |last: &Change| last.supply == change.supply && last.without == change.without;
            if !self.changes[node].last().is_some_and(same) {
                self.changes[node].push(change);
            }
        }
    }

    fn tank(&mut self, index: usize, node: usize, reserve_m: f64, time_s: u64) {
        if self.tanks.len() <= index {
            self.tanks.push(Tank { node, least_m: reserve_m, at_s: time_s, empty_at_s: None });
        }
        let tank = &mut self.tanks[index];
        if reserve_m < tank.least_m {
            (tank.least_m, tank.at_s) = (reserve_m, time_s);
        }
        if reserve_m <= EMPTY_M && tank.empty_at_s.is_none() {
            tank.empty_at_s = Some(time_s);
        }
    }

    pub(super) fn lacking_m3(&self, node: usize) -> f64 {
        self.lacking_m3[node]
    }

    pub(super) fn tanks(&self) -> &[Tank] {
        &self.tanks
    }
}

fn change(net: &Net, options: &SolveOptions, step: &Step<'_>, node: usize) -> Change {
    let state = step.state;
    let full_m3_s = state.full_m3_s[node];
    let draws = full_m3_s > NO_DEMAND_M3_S;
    let supply = supply_of(net, options, state, node);
    let served_m3_s = state.served_m3_s(net, options, node);
    let nothing = served_m3_s <= NOTICEABLE * full_m3_s;
    let pressure_m = state.head_m[node] - net.elevation_m(node);
    Change {
        time_s: step.time_s,
        // Where nobody draws nobody lacks anything.
        supply: if draws { supply } else { Supply::Supplied },
        without: draws && (matches!(supply, Supply::CutOff | Supply::NegativePressure) || nothing),
        lacking_m3_s: if draws { (full_m3_s - served_m3_s).max(0.0) } else { 0.0 },
        pressure_m,
    }
}

/// When and how long a junction is worse off in one course than in another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Worse {
    /// Since when.
    pub(super) from_s: u64,
    /// Until when; nothing where it lasts to the end.
    pub(super) to_s: Option<u64>,
    /// Seconds without water that has it in the other course.
    pub(super) without_s: u64,
    /// Seconds below the required pressure that is above it in the other course.
    pub(super) low_pressure_s: u64,
    /// The worst of it.
    pub(super) supply: Supply,
    pub(super) not_served_m3_s: f64,
    pub(super) pressure_m: f64,
}

impl Worse {
    /// Nothing where a junction is never worse off.
    pub(super) fn between(base: &Course, with: &Course, node: usize) -> Option<Self> {
        let (base_changes, with_changes) = (&base.changes[node], &with.changes[node]);
        let end_s = base.now_s.min(with.now_s);
        let mut times_s: Vec<u64> = base_changes.iter().chain(with_changes).map(|change| change.time_s).collect();
        times_s.sort_unstable();
        times_s.dedup();
        let mut found: Option<Self> = None;
        for (index, &time_s) in times_s.iter().enumerate() {
            let next_s = times_s.get(index + 1).copied().filter(|next_s| *next_s <= end_s);
            let (Some(before), Some(after)) = (at(base_changes, time_s), at(with_changes, time_s)) else { continue };
            if after.grade() <= before.grade() {
                continue;
            }
            let lost_m3_s = (after.lacking_m3_s - before.lacking_m3_s).max(0.0);
            let worse = found.get_or_insert(Self {
                from_s: time_s,
                to_s: None,
                without_s: 0,
                low_pressure_s: 0,
                supply: after.supply,
                not_served_m3_s: lost_m3_s,
                pressure_m: after.pressure_m,
            });
            worse.supply = worse.supply.max(after.supply);
            worse.not_served_m3_s = worse.not_served_m3_s.max(lost_m3_s);
            worse.pressure_m = worse.pressure_m.min(after.pressure_m);
            let seconds = next_s.unwrap_or(end_s).saturating_sub(time_s);
            if after.without {
                worse.without_s += seconds;
            } else {
                worse.low_pressure_s += seconds;
            }
            worse.to_s = next_s;
        }
        found
    }
}

/// The last change up to a time.
fn at(changes: &[Change], time_s: u64) -> Option<&Change> {
    changes[..changes.partition_point(|change| change.time_s <= time_s)].last()
}
