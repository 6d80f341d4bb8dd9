//! The working set of the solver: columns (paths with flow) per pair, volumes and delays, and the two phases on them.

mod beside;
mod worst;

use rayon::prelude::*;
use twin::{Watch, demand::VehicleClass, outcome::Status};

pub(super) use beside::passing;

use super::{Equilibrium, Law, Paths, Unreachable, edge_costs, marks::Marks};
use crate::{
    hierarchy::{LANES, Metric, Sweep},
    street::{N_CLASSES, Streets},
    trips::Trips,
};

/// Most sweeps between two rounds of shortest paths.
const SWEEPS_MAX: usize = 30;
/// Origins whose first paths are searched at the same costs, at least; many origins are loaded in so many blocks at the most.
const BLOCK: usize = 2 * LANES;
/// Sweeps end when what is left to shift between the known paths is this part of the gap found.
const INNER_PART: f64 = 0.02;
/// Pairs whose paths differ by less than this part of the accuracy wanted are left alone for a round.
const QUIET_PART: f64 = 0.01;

/// A path with its flow.
#[derive(Clone, Copy, Debug)]
struct Column {
    begin: usize,
    len: u32,
    flow_veh_h: f64,
    /// Cost without the delays by volume.
    fixed: f64,
    connector: f64,
}

/// What a round of shortest paths found.
pub(super) struct Found {
    pub(super) relative_gap: f64,
    /// Total cost of all trips.
    tstt: f64,
}

pub(super) struct Columns {
    /// Class, origin, destination, trips of each pair that has a path.
    pair: Vec<(u8, u32, u32)>,
    trips_veh_h: Vec<f64>,
    /// Rows of pairs with the same class and origin: (class, origin, begin, end).
    rows: Vec<(usize, u32, usize, usize)>,
    /// Columns of pair i: `first[i]..first[i + 1]`.
    first: Vec<u32>,
    columns: Vec<Column>,
    arcs: Vec<u32>,
    volume_pce_h: Vec<f64>,
    delay: Vec<f64>,
    slope: Vec<f64>,
    /// Whether volumes and delays are those of the columns.
    measured: bool,
    /// Cost that each row could have saved when it was last searched with all others.
    row_excess: Vec<f64>,
    /// Vehicles per hour of trips that stay where they are, by class; empty where all trips take part.
    background_veh_h: [Vec<f64>; N_CLASSES],
    /// Costs of the hierarchy's links, by class.
    metric: [Metric; N_CLASSES],
    tstt: f64,
    sptt: f64,
    gap: f64,
}

/// New paths of one row, found by one search.
#[derive(Default)]
struct NewPaths {
    /// (pair, number of arcs, connector cost).
    entries: Vec<(u32, u32, f64)>,
    arcs: Vec<u32>,
    excess: f64,
    tstt: f64,
    sptt: f64,
    unreachable: Vec<u32>,
}

impl Columns {
    fn empty(streets: &Streets) -> Self {
        Self {
            pair: Vec::new(),
            trips_veh_h: Vec::new(),
            rows: Vec::new(),
            first: vec![0],
            columns: Vec::new(),
            arcs: Vec::new(),
            volume_pce_h: vec![0.0; streets.n_arcs()],
            delay: vec![0.0; streets.n_arcs()],
            slope: vec![0.0; streets.n_arcs()],
            measured: false,
            row_excess: Vec::new(),
            background_veh_h: Default::default(),
            metric: Default::default(),
            tstt: 0.0,
            sptt: 0.0,
            gap: 1.0,
        }
    }

    /// All pairs of the trips, with the paths of `warm` that are still open.
    pub(super) fn new(streets: &Streets, trips: &Trips, law: &Law<'_>, warm: Option<&Equilibrium>) -> Self {
        let mut columns = Self {
            pair: Vec::with_capacity(trips.destination.len()),
            trips_veh_h: trips.trips_veh_h.clone(),
            ..Self::empty(streets)
        };
        let usable = warm.filter(|warm| warm.volume_veh_h[0].len() == streets.n_arcs());
        let mut next_warm = 0;
        for row in &trips.rows {
            for pair in row.pairs() {
                let name = (row.class as u8, row.origin, trips.destination[pair]);
                columns.pair.push(name);
                if let Some(warm) = usable {
                    while warm.paths.pair.get(next_warm).is_some_and(|known| *known < name) {
                        next_warm += 1;
                    }
                    if warm.paths.pair.get(next_warm) == Some(&name) {
                        columns.adopt(law, &warm.paths, next_warm, trips.trips_veh_h[pair]);
                    }
                }
                columns.first.push(columns.columns.len() as u32);
            }
        }
        columns.index_rows();
        columns
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pair.is_empty()
    }

    /// Takes over the open paths of a pair, their flows scaled to the trips of today.
    fn adopt(&mut self, law: &Law<'_>, paths: &Paths, pair: usize, trips_veh_h: f64) {
        let begin = self.columns.len();
        let mut kept_veh_h = 0.0;
        for path in paths.of_pair(pair) {
            let class = path.class as usize;
            let lawful = law.streets.depending.as_ref().is_none_or(|d| d.admits(law.streets, &path));
            if !lawful || !path.arcs.iter().all(|&arc| law.is_open(arc, class)) {
                continue;
            }
            let flow_veh_h = path.trips_veh_h;
            kept_veh_h += flow_veh_h;
            self.push_column(law, class, path.arcs, path.connector_s, flow_veh_h);
        }
        if kept_veh_h > 0.0 {
            let scale = trips_veh_h / kept_veh_h;
            self.columns[begin..].iter_mut().for_each(|column| column.flow_veh_h *= scale);
        } else {
            self.columns.truncate(begin);
        }
    }

    fn push_column(&mut self, law: &Law<'_>, class: usize, arcs: &[u32], connector: f64, flow_veh_h: f64) {
        let fixed = connector + arcs.iter().map(|&arc| law.fixed[class][arc as usize]).sum::<f64>();
        let begin = self.arcs.len();
        self.arcs.extend_from_slice(arcs);
        self.columns.push(Column { begin, len: arcs.len() as u32, flow_veh_h, fixed, connector });
    }

    fn index_rows(&mut self) {
        self.rows.clear();
        for (pair, &(class, origin, _)) in self.pair.iter().enumerate() {
            match self.rows.last_mut() {
                Some(row) if (row.0, row.1) == (class as usize, origin) => row.3 = pair + 1,
                _ => self.rows.push((class as usize, origin, pair, pair + 1)),
            }
        }
    }

    /// Finds a path for every pair that has none, in at most so many blocks of origins; pairs that cannot have one are moved to `unreachable`. False if cancelled.
    pub(super) fn found(
        &mut self,
        streets: &Streets,
        law: &Law<'_>,
        blocks: usize,
        unreachable: &mut Vec<Unreachable>,
        watch: &dyn Watch,
    ) -> bool {
        // Loaded origin by origin, so that later ones avoid what earlier ones fill.
        self.measure(streets, law);
        let lacking: Vec<usize> = (0..self.rows.len())
            .filter(|&row| (self.rows[row].2..self.rows[row].3).any(|pair| self.first[pair] == self.first[pair + 1]))
            .collect();
        if lacking.is_empty() {
            return true;
        }
        self.measured = false;
        let mut cut_off: Vec<u32> = Vec::new();
        let mut new: Vec<NewPaths> = Vec::with_capacity(lacking.len());
        for block in lacking.chunks(BLOCK.max(lacking.len().div_ceil(blocks)).next_multiple_of(BLOCK)) {
            let Some(found) = self.search(streets, law, block, true, watch) else { return false };
            for mut paths in found {
                self.load(streets, &paths);
                cut_off.append(&mut paths.unreachable);
                new.push(paths);
            }
            self.delay_all(law);
        }
        self.merge(law, &new);
        for &pair in &cut_off {
            let (class, origin, destination) = self.pair[pair as usize];
            unreachable.push(Unreachable {
                class: VehicleClass::ALL[class as usize],
                origin,
                destination,
                trips_veh_h: self.trips_veh_h[pair as usize],
            });
        }
        self.drop_pairs(&cut_off);
        true
    }

    /// Puts the trips of pairs on their first paths, as far as volumes go.
    fn load(&mut self, streets: &Streets, new: &NewPaths) {
        let mut begin = 0;
        for &(pair, len, _) in &new.entries {
            let pce = streets.pce[self.pair[pair as usize].0 as usize];
            let arcs = &new.arcs[begin..begin + len as usize];
            begin += len as usize;
            for &arc in arcs {
                self.volume_pce_h[arc as usize] += pce * self.trips_veh_h[pair as usize];
            }
        }
    }

    /// Delays and slopes at the present volumes.
    fn delay_all(&mut self, law: &Law<'_>) {
        for arc in 0..self.delay.len() {
            (self.delay[arc], self.slope[arc]) = law.delay_and_slope(arc, self.volume_pce_h[arc]);
        }
    }

    /// Phase A: shortest paths from every origin; adds cheaper paths and measures the gap. Nothing if cancelled.
    pub(super) fn extend(&mut self, streets: &Streets, law: &Law<'_>, watch: &dyn Watch) -> Option<Found> {
        self.measure(streets, law);
        let rows: Vec<usize> = (0..self.rows.len()).collect();
        let new = self.search(streets, law, &rows, false, watch)?;
        let (mut excess, mut tstt, mut sptt) = (0.0, 0.0, 0.0);
        self.row_excess.clear();
        for paths in &new {
            self.row_excess.push(paths.excess);
            excess += paths.excess;
            tstt += paths.tstt;
            sptt += paths.sptt;
        }
        (self.tstt, self.sptt) = (tstt, sptt);
        self.gap = if tstt > 0.0 { (excess / tstt).max(0.0) } else { 0.0 };
        self.merge(law, &new);
        Some(Found { relative_gap: self.gap, tstt })
    }

    /// Cheapest paths for some rows (rising) at the present costs. Nothing if cancelled.
    fn search(
        &mut self,
        streets: &Streets,
        law: &Law<'_>,
        rows: &[usize],
        only_lacking: bool,
        watch: &dyn Watch,
    ) -> Option<Vec<NewPaths>> {
        let mut metric = std::mem::take(&mut self.metric);
        let used: Vec<bool> = (0..N_CLASSES).map(|class| rows.iter().any(|&row| self.rows[row].0 == class)).collect();
        metric.par_iter_mut().enumerate().filter(|(class, _)| used[*class]).for_each(|(class, metric)| {
            metric.customize(&streets.hierarchy, &edge_costs(law, class, &self.delay));
        });
        let batches: Vec<&[usize]> = rows
            .chunk_by(|&a, &b| self.rows[a].0 == self.rows[b].0)
            .flat_map(|of_class| of_class.chunks(LANES))
            .collect();
        let found: Option<Vec<Vec<NewPaths>>> = batches
            .par_iter()
            .map_init(
                || Sweep::new(&streets.hierarchy),
                |sweep, batch| {
                    if watch.is_cancelled() {
                        return None;
                    }
                    let metric = &metric[self.rows[batch[0]].0];
                    let origins: Vec<u32> = batch.iter().map(|&row| self.rows[row].1).collect();
                    sweep.run(&streets.hierarchy, metric, &origins);
                    let row = |(lane, &row): (usize, &usize)| {
                        self.search_row(streets, metric, sweep, (lane, row), only_lacking)
                    };
                    Some(batch.iter().enumerate().map(row).collect())
                },
            )
            .collect();
        self.metric = metric;
        found.map(|found| found.into_iter().flatten().collect())
    }

    fn search_row(
        &self,
        streets: &Streets,
        metric: &Metric,
        sweep: &mut Sweep,
        (lane, row): (usize, usize),
        only_lacking: bool,
    ) -> NewPaths {
        let hierarchy = &streets.hierarchy;
        let (.., begin, end) = self.rows[row];
        let lacks = |pair: usize| self.first[pair] == self.first[pair + 1];
        let mut new = NewPaths::default();
        for pair in (begin..end).filter(|&pair| !only_lacking || lacks(pair)) {
            let zone = self.pair[pair].2 as usize;
            let cost = sweep.cost(hierarchy, lane, zone);
            if cost == f64::INFINITY {
                new.unreachable.push(pair as u32);
                continue;
            }
            let mut best = f64::INFINITY;
            for column in &self.columns[self.first[pair] as usize..self.first[pair + 1] as usize] {
                let present = self.cost(column);
                best = best.min(present);
                new.excess += column.flow_veh_h * (present - cost).max(0.0);
                new.tstt += column.flow_veh_h * present;
            }
            new.sptt += self.trips_veh_h[pair] * cost;
            // Equal but for rounding: sums along a path and over shortcuts are formed in different orders.
            if best > cost * (1.0 + 1e-13) {
                let at = new.arcs.len();
                let connector = sweep.path(hierarchy, metric, &streets.graph, (lane, zone), &mut new.arcs);
                let known = self.columns[self.first[pair] as usize..self.first[pair + 1] as usize]
                    .iter()
                    .any(|column| self.arcs_of(column) == &new.arcs[at..] && column.connector == connector);
                if known {
                    new.arcs.truncate(at);
                } else {
                    new.entries.push((pair as u32, (new.arcs.len() - at) as u32, connector));
                }
            }
        }
        new
    }

    fn arcs_of(&self, column: &Column) -> &[u32] {
        &self.arcs[column.begin..column.begin + column.len as usize]
    }

    fn cost(&self, column: &Column) -> f64 {
        column.fixed + self.arcs_of(column).iter().map(|&arc| self.delay[arc as usize]).sum::<f64>()
    }

    /// Puts new paths (in the order of pairs) among the columns and leaves out those without flow. A pair's first path
    /// gets all its trips.
    fn merge(&mut self, law: &Law<'_>, new: &[NewPaths]) {
        let old = std::mem::take(&mut self.columns);
        let old_first = std::mem::take(&mut self.first);
        self.columns.reserve(old.len() + new.iter().map(|paths| paths.entries.len()).sum::<usize>());
        self.arcs.reserve(new.iter().map(|paths| paths.arcs.len()).sum::<usize>());
        self.first.reserve(old_first.len());
        self.first.push(0);
        let mut entries = new.iter().flat_map(|paths| {
            let mut at = 0usize;
            paths.entries.iter().map(move |&(pair, len, connector)| {
                let arcs = &paths.arcs[at..at + len as usize];
                at += len as usize;
                (pair, arcs, connector)
            })
        });
        let mut next = entries.next();
        for pair in 0..self.pair.len() {
            let begin = self.columns.len();
            let used = &old[old_first[pair] as usize..old_first[pair + 1] as usize];
            self.columns.extend(used.iter().filter(|column| column.flow_veh_h > 0.0));
            while let Some((_, arcs, connector)) = next.filter(|entry| entry.0 as usize == pair) {
                let flow_veh_h = if self.columns.len() == begin { self.trips_veh_h[pair] } else { 0.0 };
                self.push_column(law, self.pair[pair].0 as usize, arcs, connector, flow_veh_h);
                next = entries.next();
            }
            self.first.push(self.columns.len() as u32);
        }
        let n_used: usize = self.columns.iter().map(|column| column.len as usize).sum();
        if self.arcs.len() > 2 * n_used {
            self.compact(n_used);
        }
    }

    /// Frees the room of paths that were left out.
    fn compact(&mut self, n_used: usize) {
        let old = std::mem::replace(&mut self.arcs, Vec::with_capacity(n_used));
        for column in &mut self.columns {
            let begin = self.arcs.len();
            self.arcs.extend_from_slice(&old[column.begin..column.begin + column.len as usize]);
            column.begin = begin;
        }
    }

    /// Leaves out pairs (rising) that have no column.
    fn drop_pairs(&mut self, pairs: &[u32]) {
        if pairs.is_empty() {
            return;
        }
        let mut gone = vec![false; self.pair.len()];
        pairs.iter().for_each(|&pair| gone[pair as usize] = true);
        let mut kept = 0;
        for (pair, &gone) in gone.iter().enumerate() {
            if !gone {
                self.pair[kept] = self.pair[pair];
                self.trips_veh_h[kept] = self.trips_veh_h[pair];
                self.first[kept] = self.first[pair];
                kept += 1;
            }
        }
        self.first[kept] = self.columns.len() as u32;
        self.pair.truncate(kept);
        self.trips_veh_h.truncate(kept);
        self.first.truncate(kept + 1);
        self.index_rows();
    }

    /// Volumes from the columns, and delays from the volumes.
    fn measure(&mut self, streets: &Streets, law: &Law<'_>) {
        if std::mem::replace(&mut self.measured, true) {
            return;
        }
        self.volume_pce_h.fill(0.0);
        for (pce, background_veh_h) in streets.pce.iter().zip(&self.background_veh_h) {
            self.volume_pce_h.iter_mut().zip(background_veh_h).for_each(|(volume, veh_h)| *volume += pce * veh_h);
        }
        for pair in 0..self.pair.len() {
            let pce = streets.pce[self.pair[pair].0 as usize];
            for column in &self.columns[self.first[pair] as usize..self.first[pair + 1] as usize] {
                for &arc in &self.arcs[column.begin..column.begin + column.len as usize] {
                    self.volume_pce_h[arc as usize] += pce * column.flow_veh_h;
                }
            }
        }
        self.delay_all(law);
    }

    /// Phase B: sweeps of Newton shifts between the paths of each pair. False if cancelled.
    pub(super) fn shift(&mut self, law: &Law<'_>, found: &Found, target: f64, watch: &dyn Watch) -> bool {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        self.shift_from(law, &all, found, target, watch)
    }

    /// The same, with the pairs of some rows (rising) first.
    fn shift_from(&mut self, law: &Law<'_>, rows: &[usize], found: &Found, target: f64, watch: &dyn Watch) -> bool {
        self.measured = false;
        let mut marks = Marks::new(self.delay.len());
        let wanted = (found.relative_gap * INNER_PART).max(0.25 * target);
        let enough = wanted * found.tstt;
        let trips: f64 = self.trips_veh_h.iter().sum();
        let mean_cost = found.tstt / trips;
        let quiet = QUIET_PART * wanted * mean_cost;
        let all: Vec<usize> = (0..self.rows.len()).collect();
        let mut active = self.pairs_with_choice(rows);
        for sweep in 0..SWEEPS_MAX {
            let mut excess = 0.0;
            let mut next = Vec::with_capacity(active.len());
            for (count, &pair) in active.iter().enumerate() {
                if count % 4096 == 0 && watch.is_cancelled() {
                    return false;
                }
                let (spread, pair_excess) = self.shift_pair(law, pair as usize, &mut marks);
                excess += pair_excess;
                if spread > quiet {
                    next.push(pair);
                }
            }
            if excess <= enough {
                break;
            }
            // Every third sweep looks at all pairs again.
            active = if sweep % 3 == 2 { self.pairs_with_choice(&all) } else { next };
        }
        true
    }

    /// Pairs of some rows that have more than one path.
    fn pairs_with_choice(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter()
            .flat_map(|&row| self.rows[row].2..self.rows[row].3)
            .filter(|&pair| self.first[pair + 1] - self.first[pair] > 1)
            .map(|pair| pair as u32)
            .collect()
    }

    /// Shifts the flows of one pair towards its cheapest path. Gives the greatest difference of cost among used paths
    /// before, and the cost that could be saved.
    fn shift_pair(&mut self, law: &Law<'_>, pair: usize, marks: &mut Marks) -> (f64, f64) {
        let range = self.first[pair] as usize..self.first[pair + 1] as usize;
        let pce = law.streets.pce[self.pair[pair].0 as usize];
        let mut best = range.start;
        let mut best_cost = f64::INFINITY;
        for index in range.clone() {
            let cost = self.cost(&self.columns[index]);
            if cost < best_cost {
                (best, best_cost) = (index, cost);
            }
        }
        let (mut spread, mut excess) = (0.0f64, 0.0);
        for index in range {
            let flow_veh_h = self.columns[index].flow_veh_h;
            if index == best || flow_veh_h <= 0.0 {
                continue;
            }
            let (difference, slope) = {
                let (this, cheapest) = (&self.columns[index], &self.columns[best]);
                let (by_volume, slope) =
                    marks.compare(self.arcs_of(this), self.arcs_of(cheapest), &self.delay, &self.slope);
                (by_volume + (this.fixed - cheapest.fixed), slope)
            };
            if difference <= 0.0 {
                // The cheapest path has become dearer than this one by shifts from others: next sweep.
                spread = spread.max(-difference);
                continue;
            }
            spread = spread.max(difference);
            excess += flow_veh_h * difference;
            let newton = difference / (pce * slope);
            let shift_veh_h = if newton.is_finite() { newton.min(flow_veh_h) } else { flow_veh_h };
            if shift_veh_h <= 0.0 {
                continue;
            }
            self.columns[index].flow_veh_h = if shift_veh_h == flow_veh_h { 0.0 } else { flow_veh_h - shift_veh_h };
            self.columns[best].flow_veh_h += shift_veh_h;
            for (arcs, sign) in [(&marks.left, -1.0), (&marks.right, 1.0)] {
                for &arc in arcs {
                    let arc = arc as usize;
                    self.volume_pce_h[arc] = (self.volume_pce_h[arc] + sign * pce * shift_veh_h).max(0.0);
                    (self.delay[arc], self.slope[arc]) = law.delay_and_slope(arc, self.volume_pce_h[arc]);
                }
            }
        }
        (spread, excess)
    }

    pub(super) fn finish(
        mut self,
        streets: &Streets,
        law: &Law<'_>,
        status: Status,
        unreachable: Vec<Unreachable>,
    ) -> Equilibrium {
        self.measure(streets, law);
        let n = streets.n_arcs();
        let mut paths = Paths { first_path: vec![0], first_arc: vec![0], ..Paths::default() };
        let mut volume_veh_h: [Vec<f64>; N_CLASSES] = std::array::from_fn(|_| vec![0.0; n]);
        let mut beckmann = 0.0;
        for pair in 0..self.pair.len() {
            let class = self.pair[pair].0 as usize;
            for column in &self.columns[self.first[pair] as usize..self.first[pair + 1] as usize] {
                if column.flow_veh_h <= 0.0 {
                    continue;
                }
                for &arc in self.arcs_of(column) {
                    volume_veh_h[class][arc as usize] += column.flow_veh_h;
                }
                beckmann += streets.pce[class] * column.flow_veh_h * column.connector;
                paths.trips_veh_h.push(column.flow_veh_h);
                paths.connector_s.push(column.connector);
                paths.arcs.extend_from_slice(self.arcs_of(column));
                paths.first_arc.push(paths.arcs.len());
            }
            if paths.trips_veh_h.len() > *paths.first_path.last().expect("because it begins with 0") as usize {
                paths.pair.push(self.pair[pair]);
                paths.first_path.push(paths.trips_veh_h.len() as u32);
            }
        }
        for arc in 0..n {
            if law.capacity_pce_h[arc] > 0.0 {
                beckmann += crate::street::delay::delay_integral(
                    law.delay[arc],
                    law.delay_time_s[arc],
                    law.capacity_pce_h[arc],
                    self.volume_pce_h[arc],
                );
            }
        }
        for (class, volume_veh_h) in volume_veh_h.iter().enumerate() {
            let cost: f64 = volume_veh_h.iter().zip(&law.fixed[class]).map(|(volume, fixed)| volume * fixed).sum();
            beckmann += streets.pce[class] * cost;
        }
        let time_s = std::array::from_fn(|class| {
            (0..n).map(|arc| law.fixed[class][arc] - streets.fixed_cost[arc] + self.delay[arc]).collect()
        });
        Equilibrium {
            status,
            relative_gap: if status == Status::Empty { 0.0 } else { self.gap },
            tstt: self.tstt,
            sptt: self.sptt,
            beckmann,
            volume_veh_h,
            time_s,
            capacity_pce_h: law.capacity_pce_h.clone(),
            paths,
            unreachable,
        }
    }
}
