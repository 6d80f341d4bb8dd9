//! The working set of the solver: columns (paths with flow) per pair, volumes and delays, and the two phases on them.

mod beside;
mod row;
mod worst;

use std::sync::Mutex;

use rayon::prelude::*;
use twin::{Watch, demand::VehicleClass, outcome::Status};

pub(super) use beside::passing;
use row::{Row, Searched, Seen, Spare};

use super::{Equilibrium, Law, Paths, Unreachable, edge_costs, marks::Marks};
use crate::{
    hierarchy::{LANES, Metric, Sweep},
    street::{N_CLASSES, Streets},
    trips::{self, Trips},
};

/// Most sweeps between two rounds of shortest paths.
const SWEEPS_MAX: usize = 30;
/// Origins whose first paths are searched at the same costs, at least; many origins are loaded in so many blocks at the most.
const BLOCK: usize = 12 * LANES;
/// Sweeps end when what is left to shift between the known paths is this part of the gap found.
const INNER_PART: f64 = 0.02;
/// Pairs whose paths differ by less than this part of the accuracy wanted are left alone for a round.
const QUIET_PART: f64 = 0.01;
/// Steps back from a shift that went too far, at the most.
const CHORDS_MAX: usize = 5;
/// Parts of the rows whose volumes are summed up on their own; their number must not depend on that of the threads.
const PARTS: usize = 8;

/// What a round of shortest paths found.
pub(super) struct Found {
    pub(super) relative_gap: f64,
    /// Total cost of all trips.
    tstt: f64,
}

pub(super) struct Columns {
    /// Pairs with a path, by class and origin, rising.
    rows: Vec<Row>,
    volumes: Volumes,
    /// Whether volumes and delays are those of the columns.
    measured: bool,
    /// Cost that each row could have saved when it was last searched with all others.
    row_excess: Vec<f64>,
    /// Vehicles per hour of trips that stay where they are, by class; empty where all trips take part.
    background_veh_h: [Vec<f64>; N_CLASSES],
    /// Costs of the hierarchy's links, by class.
    metric: [Metric; N_CLASSES],
    /// Room for searches that is free.
    rooms: Mutex<Vec<(Sweep, Spare)>>,
    tstt: f64,
    sptt: f64,
    gap: f64,
}

impl Columns {
    fn empty(streets: &Streets) -> Self {
        Self {
            rows: Vec::new(),
            volumes: Volumes::none(streets.n_arcs()),
            measured: false,
            row_excess: Vec::new(),
            background_veh_h: Default::default(),
            metric: Default::default(),
            rooms: Mutex::default(),
            tstt: 0.0,
            sptt: 0.0,
            gap: 1.0,
        }
    }

    /// All pairs of the trips, with the paths of `warm` that are still open.
    pub(super) fn new(streets: &Streets, trips: &Trips, law: &Law<'_>, warm: Option<&Equilibrium>) -> Self {
        let usable = warm.filter(|warm| warm.volume_veh_h[0].len() == streets.n_arcs()).map(|warm| &warm.paths);
        let row = |of: &trips::Row| {
            let mut row = Row::new(of.class, of.origin);
            let mut known = usable.map(|paths| Known::at(paths, of.class, of.origin));
            for pair in of.pairs() {
                let destination = trips.destination[pair];
                let known = known.as_mut().and_then(|known| known.pair_to(destination).map(|pair| (known.paths, pair)));
                row.push_pair(law, (destination, trips.trips_veh_h[pair]), known);
            }
            row
        };
        let rows = trips.rows.par_iter().map(row).filter(|row| !row.destination.is_empty()).collect();
        Self { rows, ..Self::empty(streets) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
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
            .filter(|&row| (0..self.rows[row].destination.len()).any(|pair| self.rows[row].lacks(pair)))
            .collect();
        if lacking.is_empty() {
            return true;
        }
        self.measured = false;
        let mut cut_off: Vec<(usize, Vec<u32>)> = Vec::new();
        for block in lacking.chunks(BLOCK.max(lacking.len().div_ceil(blocks)).next_multiple_of(LANES)) {
            let Some(seen) = self.search(streets, law, block, true, watch) else { return false };
            for (&row, seen) in block.iter().zip(seen) {
                self.load(streets, row, &seen.fresh);
                if !seen.unreachable.is_empty() {
                    cut_off.push((row, seen.unreachable));
                }
            }
            self.volumes.delay_all(law);
        }
        for (row, pairs) in &cut_off {
            let row = &mut self.rows[*row];
            unreachable.extend(pairs.iter().map(|&pair| Unreachable {
                class: VehicleClass::ALL[row.class],
                origin: row.origin,
                destination: row.destination[pair as usize],
                trips_veh_h: row.trips_veh_h[pair as usize],
            }));
            row.drop_pairs(pairs);
        }
        self.rows.retain(|row| !row.destination.is_empty());
        true
    }

    /// Adds the trips on some columns of a row to the volumes.
    fn load(&mut self, streets: &Streets, row: usize, columns: &[u32]) {
        let row = &self.rows[row];
        for &column in columns {
            let column = &row.columns[column as usize];
            for &arc in row.arcs_of(column) {
                self.volumes.pce_h[arc as usize] += streets.pce[row.class] * column.flow_veh_h;
            }
        }
    }

    /// Phase A: shortest paths from every origin; adds cheaper paths and measures the gap. Nothing if cancelled.
    pub(super) fn extend(&mut self, streets: &Streets, law: &Law<'_>, watch: &dyn Watch) -> Option<Found> {
        self.measure(streets, law);
        let rows: Vec<usize> = (0..self.rows.len()).collect();
        let seen = self.search(streets, law, &rows, false, watch)?;
        let (mut excess, mut tstt, mut sptt) = (0.0, 0.0, 0.0);
        self.row_excess.clear();
        for row in &seen {
            self.row_excess.push(row.excess);
            excess += row.excess;
            tstt += row.tstt;
            sptt += row.sptt;
        }
        (self.tstt, self.sptt) = (tstt, sptt);
        self.gap = if tstt > 0.0 { (excess / tstt).max(0.0) } else { 0.0 };
        Some(Found { relative_gap: self.gap, tstt })
    }

    /// Cheapest paths for some rows (rising) at the present costs, put among their columns; those without flow are left out. Nothing if
    /// cancelled.
    fn search(
        &mut self,
        streets: &Streets,
        law: &Law<'_>,
        rows: &[usize],
        only_lacking: bool,
        watch: &dyn Watch,
    ) -> Option<Vec<Seen>> {
        let used: [bool; N_CLASSES] =
            std::array::from_fn(|class| rows.iter().any(|&row| self.rows[row].class == class));
        let Self { rows: all, volumes: Volumes { delay, .. }, metric, rooms, .. } = self;
        let rooms: &Mutex<_> = rooms;
        metric.par_iter_mut().enumerate().filter(|(class, _)| used[*class]).for_each(|(class, metric)| {
            metric.customize(&streets.hierarchy, &edge_costs(law, class, delay));
        });
        let mut wanted = rows.iter().copied().peekable();
        let mut chosen: Vec<&mut Row> =
            all.iter_mut().enumerate().filter_map(|(index, row)| wanted.next_if_eq(&index).map(|_| row)).collect();
        let batches: Vec<&mut [&mut Row]> =
            chosen.chunk_by_mut(|a, b| a.class == b.class).flat_map(|of_class| of_class.chunks_mut(LANES)).collect();
        let one = |batch: &mut [&mut Row]| {
            if watch.is_cancelled() {
                return None;
            }
            let free = rooms.lock().expect("because no search panics").pop();
            let (mut sweep, mut spare) = free.unwrap_or_else(|| (Sweep::new(&streets.hierarchy), Spare::default()));
            let metric = &metric[batch[0].class];
            let origins: Vec<u32> = batch.iter().map(|row| row.origin).collect();
            let n_pairs: usize = batch.iter().map(|row| row.destination.len()).sum();
            if n_pairs < streets.n_zones {
                let zones = batch.iter().flat_map(|row| row.destinations(only_lacking));
                sweep.run_to(&streets.hierarchy, metric, &origins, zones);
            } else {
                sweep.run(&streets.hierarchy, metric, &origins);
            }
            let seen = batch.iter_mut().enumerate().map(|(lane, row)| {
                let at = Searched { streets, law, delay, metric, lane, only_lacking };
                row.search(&at, &mut sweep, &mut spare)
            });
            let seen: Vec<Seen> = seen.collect();
            rooms.lock().expect("because no search panics").push((sweep, spare));
            Some(seen)
        };
        let seen: Option<Vec<Vec<Seen>>> = batches.into_par_iter().map(one).collect();
        seen.map(|seen| seen.into_iter().flatten().collect())
    }

    /// Volumes from the columns, and delays from the volumes.
    fn measure(&mut self, streets: &Streets, law: &Law<'_>) {
        if std::mem::replace(&mut self.measured, true) {
            return;
        }
        self.volumes.pce_h.fill(0.0);
        for (pce, background_veh_h) in streets.pce.iter().zip(&self.background_veh_h) {
            self.volumes.pce_h.iter_mut().zip(background_veh_h).for_each(|(volume, veh_h)| *volume += pce * veh_h);
        }
        let n = self.volumes.pce_h.len();
        let of_part = |rows: &[Row]| {
            let mut volume_pce_h = vec![0.0; n];
            for row in rows {
                let pce = streets.pce[row.class];
                for column in &row.columns {
                    for &arc in row.arcs_of(column) {
                        volume_pce_h[arc as usize] += pce * column.flow_veh_h;
                    }
                }
            }
            volume_pce_h
        };
        let parts: Vec<Vec<f64>> = self.rows.par_chunks(part_len(self.rows.len())).map(of_part).collect();
        for part in parts {
            self.volumes.pce_h.iter_mut().zip(part).for_each(|(volume, pce_h)| *volume += pce_h);
        }
        self.volumes.delay_all(law);
    }

    /// Phase B: sweeps of Newton shifts between the paths of each pair. False if cancelled.
    pub(super) fn shift(&mut self, law: &Law<'_>, found: &Found, target: f64, watch: &dyn Watch) -> bool {
        let all: Vec<usize> = (0..self.rows.len()).collect();
        self.shift_from(law, &all, found, target, watch)
    }

    /// The same, with the pairs of some rows (rising) first.
    fn shift_from(&mut self, law: &Law<'_>, rows: &[usize], found: &Found, target: f64, watch: &dyn Watch) -> bool {
        self.measured = false;
        let mut marks = Marks::new(self.volumes.delay.len());
        let wanted = (found.relative_gap * INNER_PART).max(0.25 * target);
        let enough = wanted * found.tstt;
        let trips: f64 = self.rows.iter().flat_map(|row| &row.trips_veh_h).sum();
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
                let (spread, pair_excess) = self.shift_pair(law, pair, &mut marks);
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

    /// Pairs of some rows that have more than one path: row, and which of its pairs.
    fn pairs_with_choice(&self, rows: &[usize]) -> Vec<(u32, u32)> {
        let of_row = |&index: &usize| {
            let row = &self.rows[index];
            (0..row.destination.len())
                .filter(|&pair| row.of_pair(pair).len() > 1)
                .map(move |pair| (index as u32, pair as u32))
        };
        rows.iter().flat_map(of_row).collect()
    }

    /// Shifts the flows of one pair towards its cheapest path. Gives the greatest difference of cost among used paths
    /// before, and the cost that could be saved.
    fn shift_pair(&mut self, law: &Law<'_>, (row, pair): (u32, u32), marks: &mut Marks) -> (f64, f64) {
        let row = &mut self.rows[row as usize];
        let range = row.of_pair(pair as usize);
        let pce = law.streets.pce[row.class];
        // Of two paths, the usual case, only the arcs by which they differ need be looked at.
        let (best, of_two) = if range.len() == 2 {
            let (difference, slope) =
                compare(marks, row, [range.start, range.start + 1], (&self.volumes.delay, &self.volumes.slope));
            if difference < 0.0 {
                marks.turn();
                (range.start, Some((-difference, slope)))
            } else {
                (range.start + 1, Some((difference, slope)))
            }
        } else {
            let cost = |index: usize| row.cost(&row.columns[index], &self.volumes.delay);
            let costs = range.clone().map(|index| (cost(index), index));
            let best = costs.reduce(|best, next| if next.0 < best.0 { next } else { best });
            (best.map_or(range.start, |best| best.1), None)
        };
        let (mut spread, mut excess) = (0.0f64, 0.0);
        for index in range {
            let flow_veh_h = row.columns[index].flow_veh_h;
            if index == best || flow_veh_h <= 0.0 {
                continue;
            }
            let (difference, slope) = of_two
                .unwrap_or_else(|| compare(marks, row, [index, best], (&self.volumes.delay, &self.volumes.slope)));
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
            let fixed = row.columns[index].fixed - row.columns[best].fixed;
            let mut moved_veh_h = shift_veh_h;
            let mut left = fixed + self.volumes.shift(law, marks, pce * moved_veh_h);
            // Where delays bend much, as on nearly empty arcs with small exponents, Newton goes too far; back along the chord.
            for _ in 0..CHORDS_MAX {
                if left >= -0.5 * difference {
                    break;
                }
                let back_veh_h = moved_veh_h * left / (left - difference);
                moved_veh_h -= back_veh_h;
                left = fixed + self.volumes.shift(law, marks, -pce * back_veh_h);
            }
            row.columns[index].flow_veh_h = if moved_veh_h == flow_veh_h { 0.0 } else { flow_veh_h - moved_veh_h };
            row.columns[best].flow_veh_h += moved_veh_h;
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
        let (paths, volume_veh_h) = self.hand_over(n);
        let mut beckmann = 0.0;
        for path in paths.iter() {
            beckmann += streets.pce[path.class as usize] * path.trips_veh_h * path.connector_s;
        }
        for arc in 0..n {
            if law.capacity_pce_h[arc] > 0.0 {
                beckmann += crate::street::delay::delay_integral(
                    law.delay[arc],
                    law.delay_time_s[arc],
                    law.capacity_pce_h[arc],
                    self.volumes.pce_h[arc],
                );
            }
        }
        for (class, volume_veh_h) in volume_veh_h.iter().enumerate() {
            let cost: f64 = volume_veh_h.iter().zip(&law.fixed[class]).map(|(volume, fixed)| volume * fixed).sum();
            beckmann += streets.pce[class] * cost;
        }
        let time_s = std::array::from_fn(|class| {
            (0..n).map(|arc| law.fixed[class][arc] - streets.fixed_cost[arc] + self.volumes.delay[arc]).collect()
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

    /// The paths with flow, and the volumes that they add up to, by class; the columns are empty afterwards.
    fn hand_over(&mut self, n_arcs: usize) -> (Paths, [Vec<f64>; N_CLASSES]) {
        let of_part = |rows: &mut [Row]| {
            let mut paths = Paths::none();
            let mut volume_veh_h: [Vec<f64>; N_CLASSES] = Default::default();
            for row in rows {
                let volume_veh_h = &mut volume_veh_h[row.class];
                volume_veh_h.resize(n_arcs, 0.0);
                for column in &row.columns {
                    for &arc in row.arcs_of(column) {
                        volume_veh_h[arc as usize] += column.flow_veh_h;
                    }
                }
                row.hand_over(&mut paths);
            }
            (paths, volume_veh_h)
        };
        let part_len = part_len(self.rows.len());
        let parts: Vec<(Paths, [Vec<f64>; N_CLASSES])> = self.rows.par_chunks_mut(part_len).map(of_part).collect();
        let mut volume_veh_h: [Vec<f64>; N_CLASSES] = std::array::from_fn(|_| vec![0.0; n_arcs]);
        let mut paths = Paths::none();
        paths.reserve_arcs(parts.iter().map(|(part, _)| part.n_own_arcs()).sum());
        for (part, part_veh_h) in parts {
            paths.push_pairs(&part, 0..part.n_pairs());
            for (volume, part) in volume_veh_h.iter_mut().zip(part_veh_h) {
                volume.iter_mut().zip(part).for_each(|(volume, veh_h)| *volume += veh_h);
            }
        }
        paths.share();
        (paths, volume_veh_h)
    }
}

/// What the arcs carry, and what follows from it.
struct Volumes {
    pce_h: Vec<f64>,
    delay: Vec<f64>,
    slope: Vec<f64>,
}

impl Volumes {
    fn none(n_arcs: usize) -> Self {
        Self { pce_h: vec![0.0; n_arcs], delay: vec![0.0; n_arcs], slope: vec![0.0; n_arcs] }
    }

    /// Delays and slopes at the present volumes.
    fn delay_all(&mut self, law: &Law<'_>) {
        let arcs = self.delay.par_iter_mut().zip(&mut self.slope).zip(&self.pce_h).enumerate();
        arcs.with_min_len(4096).for_each(|(arc, ((delay, slope), pce_h))| {
            (*delay, *slope) = law.delay_and_slope(arc, *pce_h);
        });
    }

    /// Moves volume from the arcs of the first path of a comparison alone to those of the second alone; gives by how much the delay along
    /// the former is greater afterwards.
    fn shift(&mut self, law: &Law<'_>, marks: &Marks, pce_h: f64) -> f64 {
        let mut difference = 0.0;
        for (arcs, sign) in [(&marks.left, -1.0), (&marks.right, 1.0)] {
            for &arc in arcs {
                let arc = arc as usize;
                self.pce_h[arc] = (self.pce_h[arc] + sign * pce_h).max(0.0);
                (self.delay[arc], self.slope[arc]) = law.delay_and_slope(arc, self.pce_h[arc]);
                difference -= sign * self.delay[arc];
            }
        }
        difference
    }
}

/// By how much a column of a row is dearer than another, and the sum of slopes by which that changes.
fn compare(marks: &mut Marks, row: &Row, columns: [usize; 2], (delay, slope): (&[f64], &[f64])) -> (f64, f64) {
    let [this, other] = columns.map(|column| &row.columns[column]);
    let (by_volume, slope) = marks.compare(row.arcs_of(this), row.arcs_of(other), delay, slope);
    (by_volume + (this.fixed - other.fixed), slope)
}

/// Rows of each part.
fn part_len(n_rows: usize) -> usize {
    n_rows.div_ceil(PARTS).max(1)
}

/// The pairs of an equilibrium with the same class and origin, gone through by rising destination.
struct Known<'a> {
    paths: &'a Paths,
    next: usize,
    class: u8,
    origin: u32,
}

impl<'a> Known<'a> {
    fn at(paths: &'a Paths, class: usize, origin: u32) -> Self {
        let class = class as u8;
        Self { paths, next: paths.pair.partition_point(|known| *known < (class, origin, 0)), class, origin }
    }

    /// The pair to a destination above all those asked for before.
    fn pair_to(&mut self, destination: u32) -> Option<usize> {
        let name = (self.class, self.origin, destination);
        while self.paths.pair.get(self.next).is_some_and(|known| *known < name) {
            self.next += 1;
        }
        (self.paths.pair.get(self.next) == Some(&name)).then_some(self.next)
    }
}
