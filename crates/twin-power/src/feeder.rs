//! Power flow of what hangs on one feeding bus, one position of the switches at a time.
//!
//! # Model
//! A tree of buses under a slack bus: two-ports, closed switches (joints without impedance), lines that are charged from one end.
//! Anything else (loops, a second slack bus, a bus that keeps its voltage) is left to the solvers of the whole network.
//!
//! # Method
//! Backward–forward sweep in the buses' own voltages and currents, from the voltages before the fault. Nothing is compiled but the tree
//! itself, so that a switch that moves costs no more than growing the tree again: restoration tries many.
//!
//! # References
//! Kersting 2012, chapter 10 (ladder iteration). Tests compare it with [`crate::solve`] on every state that restoration proposes.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "what is no number counts as not converged")]

use twin::utility::BranchEnd;

use crate::{
    complex::Complex,
    model::{Kind, Model, State},
    n1::RowGauge,
    net::TwoPort,
    restore::Before,
    sweep::Arms,
};

/// Mark of a bus without a feeding one, and of a place without a place above it.
pub(crate) const NONE: u32 = u32::MAX;
/// Most iterations of a sweep; what needs more is close to voltage collapse.
const MOST_ITERATIONS: u32 = 60;
/// Greatest move of a voltage at which a sweep ends, per unit, where figures are told.
pub(crate) const TIGHT_PU: f64 = 1e-9;
/// The same where it only matters whether limits are kept.
pub(crate) const LOOSE_PU: f64 = 1e-3;
/// Squares of voltages and loadings closer to a limit than this many moves of a voltage are computed more exactly: a sweep moves
/// voltages by some percent of what the one before did.
const CLOSE: f64 = 20.0;

/// Which ends of a branch are connected to its buses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    None,
    Both,
    From,
    To,
}

impl Contact {
    /// As [`Model::energize`] sees it: a line stays charged from the end that is connected, a transformer at a dead bus is out.
    pub(crate) fn of(model: &Model, state: &State, branch: u32) -> Self {
        let record = &model.branches[branch as usize];
        if !state.branch[branch as usize] || record.kind == Kind::Unusable {
            return Self::None;
        }
        let live = [state.bus[record.from as usize], state.bus[record.to as usize]];
        let mut parted = live.map(|live| !live);
        for &switch in model.end_switches_of(branch) {
            if !state.end_switch[switch as usize] {
                parted[usize::from(model.end_switches[switch as usize].end == BranchEnd::To)] = true;
            }
        }
        let stays_charged = record.kind != Kind::Joint && (record.is_line || live == [true; 2]);
        match parted {
            [false, false] => Self::Both,
            [true, false] if stays_charged => Self::To,
            [false, true] if stays_charged => Self::From,
            _ => Self::None,
        }
    }
}

/// What is joined to what, whatever is switched, and what every branch does to a sweep.
#[derive(Clone, Debug)]
pub(crate) struct Wiring {
    begin: Vec<u32>,
    near: Vec<(u32, u32)>,
    branches: Vec<Wire>,
    /// Voltage of the buses that grids feed.
    feed: Vec<Option<Complex>>,
    keeps_voltage: Vec<bool>,
    /// Square of the voltage band.
    band: Vec<[f64; 2]>,
}

#[derive(Clone, Debug)]
struct Wire {
    from: u32,
    two_port: Option<TwoPort>,
    /// Seen from its beginning and from its end.
    arms: [Option<Arms>; 2],
    gauge: RowGauge,
}

impl Wiring {
    pub(crate) fn of(model: &Model) -> Self {
        let n = model.n_buses();
        let usable = |kind: Kind| kind != Kind::Unusable;
        let mut begin = vec![0u32; n + 1];
        for branch in model.branches.iter().filter(|branch| usable(branch.kind)) {
            begin[branch.from as usize + 1] += 1;
            begin[branch.to as usize + 1] += 1;
        }
        for bus in 0..n {
            begin[bus + 1] += begin[bus];
        }
        let mut next = begin.clone();
        let mut near = vec![(0, 0); begin[n] as usize];
        for (branch, number) in model.branches.iter().zip(0u32..).filter(|(branch, _)| usable(branch.kind)) {
            for (at, other) in [(branch.from, branch.to), (branch.to, branch.from)] {
                near[next[at as usize] as usize] = (other, number);
                next[at as usize] += 1;
            }
        }
        let branches = model.branches.iter().map(|branch| {
            let (two_port, arms) = match branch.kind {
                Kind::TwoPort(two_port) => {
                    (Some(two_port), [Arms::seen(&two_port, true), Arms::seen(&two_port, false)])
                }
                Kind::Joint => (None, [Some(Arms::JOINT), Some(Arms::JOINT)]),
                Kind::Unusable => (None, [None, None]),
            };
            Wire { from: branch.from, two_port, arms, gauge: RowGauge::of(model, branch) }
        });
        let branches = branches.collect();
        let (mut feed, mut keeps_voltage) = (vec![None; n], vec![false; n]);
        for &(bus, set) in &model.slacks {
            feed[bus as usize].get_or_insert(set);
        }
        for generator in &model.generators {
            keeps_voltage[generator.bus as usize] = true;
        }
        let band = model.buses.iter().map(|bus| bus.band()).map(|(low, high)| [low * low, high * high]).collect();
        Self { begin, near, branches, feed, keeps_voltage, band }
    }

    /// Buses beside a bus, with the branch to each.
    pub(crate) fn near(&self, bus: u32) -> &[(u32, u32)] {
        &self.near[self.begin[bus as usize] as usize..self.begin[bus as usize + 1] as usize]
    }

    /// The buses that grids feed, by rising number.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = u32> {
        (0u32..).zip(&self.feed).filter(|(_, feed)| feed.is_some()).map(|(bus, _)| bus)
    }

    /// The feeding bus of every bus; `NONE` where no grid feeds it.
    pub(crate) fn roots(&self, contact: &[Contact], state: &State) -> Vec<u32> {
        let mut root = vec![NONE; self.feed.len()];
        let mut stack = Vec::new();
        for feed in self.feeds().filter(|&bus| state.bus[bus as usize]) {
            if root[feed as usize] != NONE {
                continue;
            }
            root[feed as usize] = feed;
            stack.push(feed);
            while let Some(bus) = stack.pop() {
                for &(other, branch) in self.near(bus) {
                    if contact[branch as usize] == Contact::Both && root[other as usize] == NONE {
                        root[other as usize] = feed;
                        stack.push(other);
                    }
                }
            }
        }
        root
    }
}

/// Voltages and loadings of what hangs on a feeding bus, or of several such parts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extremes {
    /// Whether no bus leaves its band and nothing is overloaded that was not before.
    pub(crate) fine: bool,
    /// Square of the lowest voltage.
    pub(crate) lowest: f64,
    /// Square of the greatest loading, 1 is full.
    pub(crate) greatest: f64,
    /// Distance of the squares from the limits: of the one that breaks its limit most (less than 0), else of the one next to it.
    margin: f64,
}

impl Extremes {
    pub(crate) const NOTHING: Self = Self { fine: true, lowest: f64::INFINITY, greatest: 0.0, margin: f64::INFINITY };

    /// Without a power flow that converges.
    pub(crate) const UNKNOWN: Self = Self { fine: false, ..Self::NOTHING };

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            fine: self.fine && other.fine,
            lowest: self.lowest.min(other.lowest),
            greatest: self.greatest.max(other.greatest),
            margin: self.margin.min(other.margin),
        }
    }
}

/// Why a part is not solved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsolved {
    NotRadial,
    NotConverged,
}

#[derive(Clone, Copy, Debug)]
struct Place {
    bus: u32,
    above: u32,
    branch: u32,
    arms: Arms,
    demand: Complex,
    demand_current: Complex,
    /// Admittance to earth: shunts, lines charged from here, what the two-ports below draw at this end.
    earth: Complex,
    voltage: Complex,
    current: Complex,
}

/// Memory of one thread.
#[derive(Debug, Default)]
pub(crate) struct Feeder {
    places: Vec<Place>,
    /// Lines charged from one end: branch and place.
    charged: Vec<(u32, u32)>,
    is_placed: Vec<bool>,
}

impl Feeder {
    /// Solves what hangs on a feeding bus. `start` are voltages of the buses to begin with, where they are known.
    pub(crate) fn solve(
        &mut self,
        model: &Model,
        (wiring, before): (&Wiring, &Before),
        contact: &[Contact],
        root: u32,
        start: Option<&[Complex]>,
        tolerance_pu: f64,
    ) -> Result<Extremes, Unsolved> {
        self.is_placed.resize(model.n_buses(), false);
        let grown = self.grow(model, wiring, contact, root, start);
        for place in &self.places {
            self.is_placed[place.bus as usize] = false;
        }
        grown?;
        let mut tolerance_pu = tolerance_pu;
        for _ in 0..MOST_ITERATIONS {
            let moved = self.sweep();
            if moved <= tolerance_pu * tolerance_pu {
                let extremes = self.extremes(wiring, before);
                // Whether a limit is broken does not change any more.
                let decides = extremes.margin.abs() / CLOSE;
                if tolerance_pu <= TIGHT_PU || decides * decides > moved {
                    return Ok(extremes);
                }
                tolerance_pu = decides.clamp(TIGHT_PU, 0.5 * tolerance_pu);
            }
            if !(moved < 1e6) {
                break;
            }
        }
        Err(Unsolved::NotConverged)
    }

    /// The tree under a feeding bus.
    fn grow(
        &mut self,
        model: &Model,
        wiring: &Wiring,
        contact: &[Contact],
        root: u32,
        start: Option<&[Complex]>,
    ) -> Result<(), Unsolved> {
        self.places.clear();
        self.charged.clear();
        let feed = wiring.feed[root as usize].ok_or(Unsolved::NotRadial)?;
        self.place(model, (root, NONE, NONE), Arms::JOINT, feed)?;
        // Level by level: buses side by side do not wait for each other's sums in a sweep.
        let mut here = 0;
        while let Some(&Place { bus, branch, voltage, .. }) = self.places.get(here) {
            for &(other, by) in wiring.near(bus) {
                match contact[by as usize] {
                    Contact::Both if by != branch => {
                        if wiring.feed[other as usize].is_some() || wiring.keeps_voltage[other as usize] {
                            return Err(Unsolved::NotRadial);
                        }
                        let wire = &wiring.branches[by as usize];
                        let arms = wire.arms[usize::from(wire.from != bus)].ok_or(Unsolved::NotRadial)?;
                        self.places[here].earth += arms.earth;
                        let start = start.map_or(arms.voltage * voltage, |start| start[other as usize]);
                        self.place(model, (other, here as u32, by), arms, start)?;
                    }
                    Contact::None | Contact::Both => {}
                    end => {
                        let wire = &wiring.branches[by as usize];
                        if let (true, Some(two_port)) = ((end == Contact::From) == (wire.from == bus), wire.two_port) {
                            self.places[here].earth += charging(&two_port, end == Contact::From).0;
                            self.charged.push((by, here as u32));
                        }
                    }
                }
            }
            here += 1;
        }
        Ok(())
    }

    /// Appends a bus, with the place above it and the branch to there.
    fn place(
        &mut self,
        model: &Model,
        (bus, above, branch): (u32, u32, u32),
        arms: Arms,
        voltage: Complex,
    ) -> Result<(), Unsolved> {
        if std::mem::replace(&mut self.is_placed[bus as usize], true) {
            return Err(Unsolved::NotRadial);
        }
        let record = &model.buses[bus as usize];
        self.places.push(Place {
            bus,
            above,
            branch,
            arms,
            demand: record.demand,
            demand_current: record.current,
            earth: record.shunt,
            voltage,
            current: Complex::ZERO,
        });
        Ok(())
    }

    /// One sweep; the square of the greatest move.
    fn sweep(&mut self) -> f64 {
        for place in &mut self.places {
            let v = place.voltage;
            let squared = v.norm_squared();
            let mut s = place.demand;
            if place.demand_current != Complex::ZERO {
                s += place.demand_current.scale(squared.sqrt());
            }
            place.current = (s.conj() * v).scale(1.0 / squared) + place.earth * v;
        }
        for place in (1..self.places.len()).rev() {
            let Place { above, arms, current, .. } = self.places[place];
            self.places[above as usize].current += arms.current * current;
        }
        let mut moved = 0.0;
        for place in 1..self.places.len() {
            let Place { above, arms, current, voltage, .. } = self.places[place];
            let new = arms.voltage * self.places[above as usize].voltage - arms.impedance * current;
            let step = (new - voltage).norm_squared();
            // What is no number shows itself in all that hangs on it, and in its extremes.
            moved = if moved > step { moved } else { step };
            self.places[place].voltage = new;
        }
        moved
    }

    /// Voltages and loadings of the part solved last.
    fn extremes(&self, wiring: &Wiring, before: &Before) -> Extremes {
        let mut extremes = Extremes::NOTHING;
        let mut load = |branch: u32, two_port: &TwoPort, v_from: Complex, v_to: Complex| {
            let squared = wiring.branches[branch as usize].gauge.loading_squared(two_port, v_from, v_to);
            extremes.greatest = extremes.greatest.max(squared);
            if !before.is_overloaded(branch) {
                extremes.fine &= squared <= 1.0;
                extremes.margin = extremes.margin.min(1.0 - squared);
            }
        };
        for place in &self.places {
            let Some(above) = self.places.get(place.above as usize) else { continue };
            let wire = &wiring.branches[place.branch as usize];
            let Some(two_port) = wire.two_port.as_ref().filter(|_| wire.gauge.weight != [0.0; 2]) else { continue };
            if wire.from == above.bus {
                load(place.branch, two_port, above.voltage, place.voltage);
            } else {
                load(place.branch, two_port, place.voltage, above.voltage);
            }
        }
        for &(branch, at) in &self.charged {
            let Some(two_port) = wiring.branches[branch as usize].two_port else { continue };
            let is_from = wiring.branches[branch as usize].from == self.places[at as usize].bus;
            let v = self.places[at as usize].voltage;
            let open = charging(&two_port, is_from).1 * v;
            if is_from {
                load(branch, &two_port, v, open);
            } else {
                load(branch, &two_port, open, v);
            }
        }
        for place in &self.places {
            let squared = place.voltage.norm_squared();
            let [low, high] = wiring.band[place.bus as usize];
            extremes.lowest = extremes.lowest.min(squared);
            if !before.is_out_of_band(place.bus) {
                extremes.fine &= squared >= low && squared <= high;
                extremes.margin = extremes.margin.min(squared - low).min(high - squared);
            }
        }
        extremes
    }
}

/// Admittance of a two-port whose other end is open, and the voltage there for one at this end.
fn charging(two_port: &TwoPort, from: bool) -> (Complex, Complex) {
    let (own, transfer, back, far) = if from {
        (two_port.ff, two_port.ft, two_port.tf, two_port.tt)
    } else {
        (two_port.tt, two_port.tf, two_port.ft, two_port.ff)
    };
    let open = -(back / far);
    (own + transfer * open, open)
}
