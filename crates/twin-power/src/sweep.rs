//! Backward–forward sweep on radial and weakly meshed networks, several scenarios side by side.
//!
//! # Model
//! A tree of two-ports under every slack node, and a few links that close loops. The two-ports may be anything, off-nominal
//! transformers with phase shift among them.
//!
//! # Method
//! Every node's voltage is written as V = A·U with the no-load factor A of the two-ports above it, every current as D = J/B
//! with the product B of their current ratios. In these variables each step of the sweep is one complex division and two
//! complex products: J = B·(conj(S/V) + Y·V) + Σ J(below) upwards, U = U(above) − ζ·J downwards; a 150° shift needs no
//! special start. Loops are opened at one link each; the currents across the cuts follow from the differences of voltage
//! there by the impedances of the loops (compensation).
//!
//! # References
//! Shirmohammadi, Hong, Semlyen and Luo 1988, doi:10.1109/59.192932 (compensation); Kersting 2012, chapter 10 (ladder
//! iteration). Checked against pandapower 3.3.3 on every network of the golden tests without PV nodes.

#![expect(clippy::neg_cmp_op_on_partial_ord, reason = "what is no number counts as not converged")]

use crate::{
    complex::{Complex, Lanes},
    net::{Net, NodeKind, TwoPort},
};

/// Mark of a place without a place above it.
const NONE: u32 = u32::MAX;
/// Loops beyond this many are left to Newton's method.
pub(crate) const MOST_LOOPS: usize = 24;

/// The tree of a network: found once, used by every scenario.
#[derive(Clone, Debug)]
pub(crate) struct Tree {
    /// Node at each place; places above come first.
    pub(crate) node: Vec<u32>,
    above: Vec<u32>,
    zeta: Vec<Complex>,
    earth: Vec<Complex>,
    /// Factor on the power of a node in the sweep's variables.
    pub(crate) weight: Vec<Complex>,
    /// No-load factor of the voltage.
    pub(crate) factor: Vec<Complex>,
    current: Option<Vec<Complex>>,
    loops: Vec<Loop>,
    /// Inverse of the loops' impedances, row by row.
    admittance: Vec<Complex>,
    slack: Vec<Complex>,
    /// Place below each branch; nothing for branches that close loops.
    pub(crate) below: Vec<u32>,
    /// What the two-port above a place draws at its upper end, in the sweep's variables.
    earth_above: Vec<Complex>,
    /// End (excluded) of the places below each place.
    end: Vec<u32>,
}

/// A loop: its cut lies between a place made for it and the place where the loop closes.
#[derive(Clone, Copy, Debug)]
struct Loop {
    cut: u32,
    closes: u32,
    /// Effect of a current across the cut at both ends, in the sweep's variables.
    at_cut: Complex,
    at_close: Complex,
}

impl Tree {
    /// The tree of a network whose nodes are all joined to a slack node; nothing where it has PV nodes, too many loops, or a
    /// two-port that does not couple its ends.
    pub(crate) fn of(net: &Net) -> Option<Self> {
        if net.kind.contains(&NodeKind::Pv) {
            return None;
        }
        let n = net.n_nodes();
        let adjacent = Adjacent::of(net);
        let mut tree = Self {
            node: Vec::with_capacity(n),
            above: Vec::with_capacity(n),
            zeta: Vec::with_capacity(n),
            earth: Vec::new(),
            weight: Vec::new(),
            factor: Vec::with_capacity(n),
            current: None,
            loops: Vec::new(),
            admittance: Vec::new(),
            slack: Vec::new(),
            below: vec![NONE; net.branches.len()],
            earth_above: Vec::with_capacity(n),
            end: Vec::new(),
        };
        let mut current_factor: Vec<Complex> = Vec::with_capacity(n);
        let mut own: Vec<Complex> = Vec::with_capacity(n);
        let mut place = vec![NONE; n];
        let mut used = vec![false; net.branches.len()];
        let mut cuts = Vec::new();
        let mut stack: Vec<(u32, u32, u32)> = Vec::new();
        for root in (0..n as u32).filter(|&node| net.kind[node as usize] == NodeKind::Slack) {
            if place[root as usize] != NONE {
                return None;
            }
            stack.push((root, NONE, NONE));
            while let Some((node, above, branch)) = stack.pop() {
                if branch != NONE && used[branch as usize] {
                    continue;
                }
                let here = tree.node.len() as u32;
                if branch == NONE {
                    tree.push(node, NONE, Complex::ZERO, Complex::ONE);
                    tree.earth_above.push(Complex::ZERO);
                    current_factor.push(Complex::ONE);
                    own.push(net.shunt[node as usize]);
                } else {
                    used[branch as usize] = true;
                    let arms = Arms::of(net, branch, tree.node[above as usize])?;
                    let is_cut = place[node as usize] != NONE;
                    let factor = tree.factor[above as usize] * arms.voltage;
                    let ratio = current_factor[above as usize] * arms.current;
                    tree.push(if is_cut { NONE } else { node }, above, arms.impedance / (factor * ratio), factor);
                    current_factor.push(ratio);
                    own[above as usize] += arms.earth;
                    tree.earth_above.push(arms.earth * tree.factor[above as usize] * current_factor[above as usize]);
                    if !is_cut {
                        tree.below[branch as usize] = here;
                    }
                    own.push(if is_cut { Complex::ZERO } else { net.shunt[node as usize] });
                    if is_cut {
                        cuts.push((here, node));
                        continue;
                    }
                }
                place[node as usize] = here;
                // Slack nodes below another slack node stay roots of their own: the link between them is a loop.
                let below = adjacent.of_node(node).iter().rev().filter(|(_, branch)| !used[*branch as usize]);
                stack.extend(below.map(|&(other, branch)| (other, here, branch)));
            }
            // Depth first: a link to a place already there is popped as a cut.
        }
        if place.contains(&NONE) || cuts.len() > MOST_LOOPS {
            return None;
        }
        tree.weight = tree.factor.iter().zip(&current_factor).map(|(factor, ratio)| ratio.conj() / *factor).collect();
        tree.earth = own.iter().zip(tree.factor.iter().zip(&current_factor)).map(|(y, (a, b))| *y * *a * *b).collect();
        tree.slack = tree
            .above
            .iter()
            .zip(&tree.node)
            .map(|(&above, &node)| if above == NONE { net.set[node as usize] } else { Complex::ZERO })
            .collect();
        tree.current = net.demand_current.iter().any(|s| *s != Complex::ZERO).then(|| {
            let of = |(&node, weight): (&u32, &Complex)| {
                if node == NONE { Complex::ZERO } else { net.demand_current[node as usize] * *weight }
            };
            tree.node.iter().zip(&tree.weight).map(of).collect()
        });
        tree.loops = cuts
            .into_iter()
            .map(|(cut, node)| {
                let closes = place[node as usize];
                Loop { cut, closes, at_cut: current_factor[cut as usize], at_close: -current_factor[closes as usize] }
            })
            .collect();
        tree.admittance = tree.loop_admittance()?;
        tree.end = (1..=tree.node.len() as u32).collect();
        for place in (0..tree.node.len()).rev() {
            if tree.above[place] != NONE {
                let above = tree.above[place] as usize;
                tree.end[above] = tree.end[above].max(tree.end[place]);
            }
        }
        Some(tree)
    }

    fn push(&mut self, node: u32, above: u32, zeta: Complex, factor: Complex) {
        self.node.push(node);
        self.above.push(above);
        self.zeta.push(zeta);
        self.factor.push(factor);
    }

    /// The inverse of the matrix of the loops: voltage across each cut by current across each.
    fn loop_admittance(&self) -> Option<Vec<Complex>> {
        let k = self.loops.len();
        let mut matrix = vec![Complex::ZERO; k * k];
        for (column, of) in self.loops.iter().enumerate() {
            // Currents along the ways up, in the sweep's variables.
            let mut current = vec![Complex::ZERO; self.node.len()];
            current[of.cut as usize] += of.at_cut;
            current[of.closes as usize] += of.at_close;
            for place in (0..self.node.len()).rev() {
                if self.above[place] != NONE {
                    let below = current[place];
                    current[self.above[place] as usize] += below;
                }
            }
            let mut u = vec![Complex::ZERO; self.node.len()];
            for place in 0..self.node.len() {
                if self.above[place] != NONE {
                    u[place] = u[self.above[place] as usize] - self.zeta[place] * current[place];
                }
            }
            for (row, at) in self.loops.iter().enumerate() {
                matrix[row * k + column] = self.across(at, &u);
            }
        }
        inverse(&mut matrix, k)
    }

    fn across(&self, of: &Loop, u: &[Complex]) -> Complex {
        self.factor[of.cut as usize] * u[of.cut as usize] - self.factor[of.closes as usize] * u[of.closes as usize]
    }

    /// Whether a load goes with the voltage.
    pub(crate) fn has_currents(&self) -> bool {
        self.current.is_some()
    }

    /// A place and all below it.
    pub(crate) fn below_place(&self, place: u32) -> std::ops::Range<usize> {
        place as usize..self.end[place as usize] as usize
    }

    /// The place below a branch, where it is no part of a loop's cut.
    pub(crate) fn place_below(&self, branch: usize) -> Option<u32> {
        Some(self.below[branch]).filter(|&place| place != NONE)
    }
}

/// A two-port seen from above: V_below = voltage·V_above − impedance·D, I_above = earth·V_above + current·D.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arms {
    pub(crate) voltage: Complex,
    pub(crate) impedance: Complex,
    pub(crate) current: Complex,
    pub(crate) earth: Complex,
}

impl Arms {
    /// A closed switch.
    pub(crate) const JOINT: Self =
        Self { voltage: Complex::ONE, impedance: Complex::ZERO, current: Complex::ONE, earth: Complex::ZERO };

    fn of(net: &Net, branch: u32, above: u32) -> Option<Self> {
        let two_port = &net.branches[branch as usize];
        Self::seen(two_port, two_port.from == above)
    }

    /// Seen from its beginning or its end; nothing where it does not couple its ends.
    pub(crate) fn seen(two_port: &TwoPort, from_is_above: bool) -> Option<Self> {
        let (pp, pc, cp, cc) = if from_is_above {
            (two_port.ff, two_port.ft, two_port.tf, two_port.tt)
        } else {
            (two_port.tt, two_port.tf, two_port.ft, two_port.ff)
        };
        let impedance = cc.inverse();
        let arms =
            Self { voltage: -(cp * impedance), impedance, current: -(pc * impedance), earth: pp - pc * cp * impedance };
        let fine = arms.voltage.is_finite() && arms.voltage != Complex::ZERO && arms.current != Complex::ZERO;
        fine.then_some(arms)
    }
}

/// Neighbours of every node by branch.
struct Adjacent {
    begin: Vec<u32>,
    entry: Vec<(u32, u32)>,
}

impl Adjacent {
    fn of(net: &Net) -> Self {
        let mut begin = vec![0u32; net.n_nodes() + 1];
        for branch in &net.branches {
            begin[branch.from as usize + 1] += 1;
            begin[branch.to as usize + 1] += 1;
        }
        for node in 0..net.n_nodes() {
            begin[node + 1] += begin[node];
        }
        let mut next = begin.clone();
        let mut entry = vec![(0, 0); net.branches.len() * 2];
        for (branch, number) in net.branches.iter().zip(0u32..) {
            for (at, other) in [(branch.from, branch.to), (branch.to, branch.from)] {
                entry[next[at as usize] as usize] = (other, number);
                next[at as usize] += 1;
            }
        }
        Self { begin, entry }
    }

    fn of_node(&self, node: u32) -> &[(u32, u32)] {
        &self.entry[self.begin[node as usize] as usize..self.begin[node as usize + 1] as usize]
    }
}

/// Inverts a small dense matrix by Gauss–Jordan elimination with column pivots.
fn inverse(matrix: &mut [Complex], k: usize) -> Option<Vec<Complex>> {
    let mut out = vec![Complex::ZERO; k * k];
    for i in 0..k {
        out[i * k + i] = Complex::ONE;
    }
    for column in 0..k {
        let pivot = (column..k)
            .max_by(|&a, &b| matrix[a * k + column].norm_squared().total_cmp(&matrix[b * k + column].norm_squared()))?;
        for j in 0..k {
            matrix.swap(column * k + j, pivot * k + j);
            out.swap(column * k + j, pivot * k + j);
        }
        let w = matrix[column * k + column].inverse();
        if !w.is_finite() {
            return None;
        }
        for j in 0..k {
            matrix[column * k + j] = matrix[column * k + j] * w;
            out[column * k + j] = out[column * k + j] * w;
        }
        for row in (0..k).filter(|&row| row != column) {
            let factor = matrix[row * k + column];
            for j in 0..k {
                let (m, o) = (matrix[column * k + j], out[column * k + j]);
                matrix[row * k + j] -= factor * m;
                out[row * k + j] -= factor * o;
            }
        }
    }
    Some(out)
}

/// A complex number of every lane.
#[derive(Clone, Copy, Debug)]
struct Wide<const L: usize> {
    re: Lanes<L>,
    im: Lanes<L>,
}

impl<const L: usize> Wide<L> {
    const ZERO: Self = Self { re: Lanes::ZERO, im: Lanes::ZERO };

    fn all(value: Complex) -> Self {
        Self { re: Lanes::all(value.re), im: Lanes::all(value.im) }
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self { re: self.re + other.re, im: self.im + other.im }
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self { re: self.re - other.re, im: self.im - other.im }
    }
    #[inline(always)]
    fn times(self, factor: Complex) -> Self {
        Self { re: self.re * factor.re - self.im * factor.im, im: self.re * factor.im + self.im * factor.re }
    }
}

/// Memory of one worker.
#[derive(Clone, Debug)]
pub(crate) struct Workspace<const L: usize> {
    u: Vec<Wide<L>>,
    j: Vec<Wide<L>>,
    /// Power drawn, times the weight of its place.
    s: Vec<Wide<L>>,
    across: Vec<Wide<L>>,
    /// Places whose two-port above is out, with the lane, from the last place to the first.
    out: Vec<(u32, usize)>,
}

/// How the lanes of a sweep ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct SweepEnd {
    pub(crate) converged: bool,
    pub(crate) iterations: u32,
}

impl<const L: usize> Workspace<L> {
    pub(crate) fn new(tree: &Tree) -> Self {
        let zero = vec![Wide::ZERO; tree.node.len()];
        Self { u: zero.clone(), j: zero.clone(), s: zero, across: vec![Wide::ZERO; tree.loops.len()], out: Vec::new() }
    }

    /// Starts every lane at the no-load voltages.
    pub(crate) fn start(&mut self, tree: &Tree) {
        for place in 0..tree.node.len() {
            self.u[place] = match tree.above[place] {
                NONE => Wide::all(tree.slack[place]),
                above => self.u[above as usize],
            };
        }
        self.across.fill(Wide::ZERO);
    }

    /// Starts every lane at the state of a lane of another workspace.
    pub(crate) fn start_from(&mut self, other: &Workspace<1>) {
        let wide = |from: &Wide<1>| Wide { re: Lanes::all(from.re.0[0]), im: Lanes::all(from.im.0[0]) };
        self.u.iter_mut().zip(&other.u).for_each(|(u, from)| *u = wide(from));
        self.across.iter_mut().zip(&other.across).for_each(|(across, from)| *across = wide(from));
    }

    /// Lets every lane draw what a lane of another workspace draws.
    pub(crate) fn set_demand_of_all(&mut self, other: &Workspace<1>) {
        for (s, from) in self.s.iter_mut().zip(&other.s) {
            *s = Wide { re: Lanes::all(from.re.0[0]), im: Lanes::all(from.im.0[0]) };
        }
    }

    /// Sets the power that a lane draws at each node.
    pub(crate) fn set_demand(&mut self, tree: &Tree, lane: usize, demand: &[Complex]) {
        for ((s, &node), weight) in self.s.iter_mut().zip(&tree.node).zip(&tree.weight) {
            let of = if node == NONE { Complex::ZERO } else { demand[node as usize] * *weight };
            (s.re.0[lane], s.im.0[lane]) = (of.re, of.im);
        }
    }

    /// Takes the two-ports above these places out, each in one lane. What is behind them must draw nothing there.
    pub(crate) fn take_out(&mut self, out: impl Iterator<Item = (u32, usize)>) {
        self.out.clear();
        self.out.extend(out);
        self.out.sort_unstable_by(|a, b| b.cmp(a));
    }

    /// Lets nothing be drawn at places of a lane.
    pub(crate) fn darken(&mut self, places: std::ops::Range<usize>, lane: usize) {
        for s in &mut self.s[places] {
            (s.re.0[lane], s.im.0[lane]) = (0.0, 0.0);
        }
    }

    /// The voltage of a lane by node.
    pub(crate) fn voltage(&self, tree: &Tree, lane: usize, voltage: &mut [Complex]) {
        for ((u, &node), factor) in self.u.iter().zip(&tree.node).zip(&tree.factor) {
            if node != NONE {
                voltage[node as usize] = *factor * Complex::new(u.re.0[lane], u.im.0[lane]);
            }
        }
    }

    /// Sweeps until no voltage of any lane moves by more than the tolerance, per unit.
    pub(crate) fn solve(&mut self, tree: &Tree, tolerance_pu: f64, max_iterations: u32) -> SweepEnd {
        let limit = tolerance_pu * tolerance_pu;
        for iteration in 1..=max_iterations {
            self.upward(tree);
            let moved = self.downward(tree);
            let moved = if self.across.is_empty() { moved } else { moved.max(self.compensate(tree)) };
            let moved = moved.greatest();
            if moved <= limit {
                return SweepEnd { converged: true, iterations: iteration };
            }
            if !(moved < 1e6) {
                return SweepEnd { converged: false, iterations: iteration };
            }
        }
        SweepEnd { converged: false, iterations: max_iterations }
    }

    /// Currents from the leaves to the roots.
    fn upward(&mut self, tree: &Tree) {
        let n = tree.node.len();
        let j = &mut self.j[..n];
        j.fill(Wide::ZERO);
        for (of, across) in tree.loops.iter().zip(&self.across) {
            j[of.cut as usize] = j[of.cut as usize].plus(across.times(of.at_cut));
            j[of.closes as usize] = j[of.closes as usize].plus(across.times(of.at_close));
        }
        let mut last = n;
        for at in 0..self.out.len() {
            let (place, lane) = self.out[at];
            let first = place as usize;
            if first < last {
                self.upward_in(tree, first..last);
                last = first;
            }
            // In this lane what the two-port carried and drew above goes away.
            let above = tree.above[first] as usize;
            let carried = Complex::new(self.j[first].re.0[lane], self.j[first].im.0[lane]);
            let u = Complex::new(self.u[above].re.0[lane], self.u[above].im.0[lane]);
            let gone = tree.earth_above[first] * u;
            self.j[above].re.0[lane] -= carried.re + gone.re;
            self.j[above].im.0[lane] -= carried.im + gone.im;
            (self.j[first].re.0[lane], self.j[first].im.0[lane]) = (0.0, 0.0);
        }
        self.upward_in(tree, 0..last);
    }

    #[inline]
    fn upward_in(&mut self, tree: &Tree, places: std::ops::Range<usize>) {
        let n = tree.node.len();
        let (u, s, j) = (&self.u[..n], &self.s[..n], &mut self.j[..n]);
        let (earth, above) = (&tree.earth[..n], &tree.above[..n]);
        for place in places.rev() {
            let (u, mut s, y) = (&u[place], s[place], earth[place]);
            let squared = u.re * u.re + u.im * u.im;
            if let Some(current) = &tree.current {
                // In proportion to the voltage itself, whose factor's magnitude is taken in.
                let magnitude = tree.factor[place].abs();
                for lane in 0..L {
                    let v = squared.0[lane].sqrt() * magnitude;
                    s.re.0[lane] += current[place].re * v;
                    s.im.0[lane] += current[place].im * v;
                }
            }
            let w = Lanes::ONE / squared;
            let re = (s.re * u.re + s.im * u.im) * w + u.re * y.re - u.im * y.im;
            let im = (s.re * u.im - s.im * u.re) * w + u.re * y.im + u.im * y.re;
            let sum = Wide { re: j[place].re + re, im: j[place].im + im };
            j[place] = sum;
            let above = above[place];
            if above != NONE {
                let up = &mut j[above as usize];
                *up = up.plus(sum);
            }
        }
    }

    /// Voltages from the roots to the leaves; the square of the greatest move of each lane.
    fn downward(&mut self, tree: &Tree) -> Lanes<L> {
        let n = tree.node.len();
        let (u, j, above, zeta) = (&mut self.u[..n], &self.j[..n], &tree.above[..n], &tree.zeta[..n]);
        let mut moved = Lanes::ZERO;
        for place in 0..n {
            let up = above[place];
            if up == NONE {
                continue;
            }
            let new = u[up as usize].minus(j[place].times(zeta[place]));
            let (re, im) = (new.re - u[place].re, new.im - u[place].im);
            moved = moved.max(re * re + im * im);
            u[place] = new;
        }
        moved
    }

    /// New currents across the cuts; the square of the greatest voltage across a cut.
    fn compensate(&mut self, tree: &Tree) -> Lanes<L> {
        let k = tree.loops.len();
        let mut greatest = Lanes::ZERO;
        let gaps: Vec<Wide<L>> = tree
            .loops
            .iter()
            .map(|of| {
                let cut = self.u[of.cut as usize].times(tree.factor[of.cut as usize]);
                cut.minus(self.u[of.closes as usize].times(tree.factor[of.closes as usize]))
            })
            .collect();
        for gap in &gaps {
            greatest = greatest.max(gap.re * gap.re + gap.im * gap.im);
        }
        for row in 0..k {
            let mut step = Wide::ZERO;
            for (column, gap) in gaps.iter().enumerate() {
                step = step.plus(gap.times(tree.admittance[row * k + column]));
            }
            // The current that is missing at the cut is what Kirchhoff's law lacks there.
            greatest = greatest.max(step.re * step.re + step.im * step.im);
            self.across[row] = self.across[row].minus(step);
        }
        greatest
    }
}
