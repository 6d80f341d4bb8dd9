//! Newton–Raphson in polar coordinates on a network of any shape, several scenarios side by side.
//!
//! # Model
//! Power balance at every node: V_i·conj(Σ Y_ij V_j) + S_i = 0 with the drawn power S; at nodes of given voltage magnitude
//! the balance of reactive power gives way to that magnitude.
//!
//! # Method
//! The Jacobian matrix has a 2×2 block (active and reactive power by angle and relative magnitude) for every pair of joined
//! nodes; its pattern never changes, so that ordering and pattern are found once and the numbers are factored in place.
//! Batches begin with the factors of the base case (chord method, no factoring at all) and factor anew only where the
//! mismatch does not fall fast enough. Where a single case does not converge from any start, steps are shortened until the
//! mismatch falls (Armijo's rule).
//!
//! # References
//! Tinney and Hart 1967 (Power flow solution by Newton's method), doi:10.1109/TPAS.1967.291823; Zimmerman, Murillo-Sánchez
//! and Thomas 2011 (MATPOWER), doi:10.1109/TPWRS.2010.2051168, for the derivatives. Checked against pandapower 3.3.3 on
//! every network of the golden tests.

#![expect(
    clippy::needless_range_loop,
    clippy::neg_cmp_op_on_partial_ord,
    reason = "several columns at one index; what is no number counts as not converged"
)]

use crate::{
    complex::{Complex, Lanes},
    lu::{Block, Factors, Pattern},
    net::{Net, NodeKind, TwoPort},
    order::minimum_degree,
};

/// Mark of a node whose voltage is given.
const GIVEN: u32 = u32::MAX;

/// Ordering, pattern and admittances of a network: found once, used by every scenario.
#[derive(Clone, Debug)]
pub(crate) struct Mesh {
    /// Node at each place; the last ones are the slack nodes.
    pub(crate) node: Vec<u32>,
    /// Place of each node.
    pub(crate) place: Vec<u32>,
    /// Places below this are unknown.
    n_unknown: usize,
    pattern: Pattern,
    is_pv: Vec<bool>,
    begin: Vec<u32>,
    column: Vec<u32>,
    admittance: Vec<Complex>,
    own: Vec<Complex>,
    current: Option<Vec<Complex>>,
}

/// How the solve of one lane ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LaneEnd {
    pub(crate) converged: bool,
    pub(crate) residual: f64,
    pub(crate) worst: u32,
    pub(crate) iterations: u32,
    pub(crate) singular: Option<u32>,
}

impl Mesh {
    pub(crate) fn of(net: &Net) -> Self {
        let n = net.n_nodes();
        let unknown: Vec<usize> = (0..n).filter(|&node| net.kind[node] != NodeKind::Slack).collect();
        let mut compact = vec![GIVEN; n];
        for (at, &node) in unknown.iter().enumerate() {
            compact[node] = at as u32;
        }
        let mut adjacent = vec![Vec::new(); unknown.len()];
        for branch in &net.branches {
            let (a, b) = (compact[branch.from as usize], compact[branch.to as usize]);
            if a != b && a != GIVEN && b != GIVEN {
                adjacent[a as usize].push(b);
                adjacent[b as usize].push(a);
            }
        }
        let order = minimum_degree(&adjacent);
        let mut node: Vec<u32> = order.node.iter().map(|&at| unknown[at as usize] as u32).collect();
        node.extend((0..n as u32).filter(|&node| net.kind[node as usize] == NodeKind::Slack));
        let mut place = vec![0; n];
        for (at, &node) in node.iter().enumerate() {
            place[node as usize] = at as u32;
        }
        let mut mesh = Self {
            n_unknown: unknown.len(),
            pattern: Pattern::of(&order),
            is_pv: node.iter().map(|&node| net.kind[node as usize] == NodeKind::Pv).collect(),
            begin: Vec::new(),
            column: Vec::new(),
            admittance: Vec::new(),
            own: Vec::new(),
            current: None,
            node,
            place,
        };
        mesh.set_admittances(net);
        mesh
    }

    fn set_admittances(&mut self, net: &Net) {
        let n = self.node.len();
        let mut rows: Vec<Vec<(u32, Complex)>> = vec![Vec::new(); n];
        self.own = self.node.iter().map(|&node| net.shunt[node as usize]).collect();
        for branch in &net.branches {
            let (from, to) = (self.place[branch.from as usize], self.place[branch.to as usize]);
            self.own[from as usize] += branch.ff;
            self.own[to as usize] += branch.tt;
            if from == to {
                self.own[from as usize] += branch.ft + branch.tf;
            } else {
                rows[from as usize].push((to, branch.ft));
                rows[to as usize].push((from, branch.tf));
            }
        }
        (self.begin, self.column, self.admittance) = (vec![0], Vec::new(), Vec::new());
        for mut row in rows {
            row.sort_by_key(|entry| entry.0);
            let first = self.column.len();
            for (column, y) in row {
                if self.column.len() > first && self.column.last() == Some(&column) {
                    let last = self.admittance.len() - 1;
                    self.admittance[last] += y;
                } else {
                    self.column.push(column);
                    self.admittance.push(y);
                }
            }
            self.begin.push(self.column.len() as u32);
        }
        self.current = net
            .demand_current
            .iter()
            .any(|s| *s != Complex::ZERO)
            .then(|| self.node.iter().map(|&node| net.demand_current[node as usize]).collect());
    }

    /// The same nodes and two-ports where other nodes keep their voltage magnitude.
    pub(crate) fn with_kinds(&self, net: &Net) -> Self {
        let is_pv = self.node.iter().map(|&node| net.kind[node as usize] == NodeKind::Pv).collect();
        Self { is_pv, ..self.clone() }
    }

    /// Voltages as a start for Newton's method: angles of the direct-current approximation (active power over reactances),
    /// kept or given magnitudes. Nothing where that has no solution.
    pub(crate) fn direct_current_start(&self, net: &Net) -> Option<Vec<Complex>> {
        let n = self.node.len();
        let mut rows: Vec<Vec<(usize, f64)>> = vec![Vec::new(); n];
        let mut own = vec![0.0; n];
        let mut fed: Vec<f64> = self.node.iter().map(|&node| -net.demand[node as usize].re).collect();
        for branch in &net.branches {
            let (from, to) = (self.place[branch.from as usize] as usize, self.place[branch.to as usize] as usize);
            let shift_deg = branch.shift_deg;
            let series = -(branch.ft * Complex::from_polar_deg(1.0, -shift_deg));
            let b = 1.0 / series.inverse().im;
            if from == to || !b.is_finite() {
                continue;
            }
            rows[from].push((to, -b));
            rows[to].push((from, -b));
            (own[from], own[to]) = (own[from] + b, own[to] + b);
            let shifted = b * shift_deg.to_radians();
            (fed[from], fed[to]) = (fed[from] + shifted, fed[to] - shifted);
        }
        let given: Vec<f64> = self.node.iter().map(|&node| net.set[node as usize].angle_deg().to_radians()).collect();
        for (place, row) in rows.iter().enumerate() {
            fed[place] -= row.iter().filter(|(at, _)| *at >= self.n_unknown).map(|(at, b)| b * given[*at]).sum::<f64>();
        }
        let mut factors = Factors::<1>::new(&self.pattern);
        let singular = factors.factor(&self.pattern, |place, work| {
            for &(column, b) in rows[place].iter().filter(|(column, _)| *column < self.n_unknown) {
                work[column][0] = work[column][0] + Lanes([b]);
            }
            work[place] = [Lanes([own[place]]), Lanes::ZERO, Lanes::ZERO, Lanes::ONE];
        });
        let mut x: Vec<[Lanes<1>; 2]> = fed[..self.n_unknown].iter().map(|p| [Lanes([*p]), Lanes::ZERO]).collect();
        factors.solve(&self.pattern, &mut x);
        let mut voltage = net.set.clone();
        for (place, x) in x.iter().enumerate() {
            let node = self.node[place] as usize;
            voltage[node] = Complex::from_polar_deg(net.set[node].abs(), x[0].0[0].to_degrees());
        }
        (singular[0].is_none() && voltage.iter().all(|v| v.is_finite())).then_some(voltage)
    }

    fn row(&self, place: usize) -> impl Iterator<Item = (usize, Complex)> {
        let range = self.begin[place] as usize..self.begin[place + 1] as usize;
        self.column[range.clone()].iter().zip(&self.admittance[range]).map(|(&column, &y)| (column as usize, y))
    }
}

/// Memory of one worker.
#[derive(Clone, Debug)]
pub(crate) struct Workspace<const L: usize> {
    factors: Option<Factors<L>>,
    x: Vec<[Lanes<L>; 2]>,
    pub(crate) re: Vec<Lanes<L>>,
    pub(crate) im: Vec<Lanes<L>>,
    /// Power drawn whatever the voltage, by place.
    pub(crate) p: Vec<Lanes<L>>,
    pub(crate) q: Vec<Lanes<L>>,
    out_p: Vec<Lanes<L>>,
    out_q: Vec<Lanes<L>>,
    /// The two-port that is out in each lane, by place.
    out: [Option<TwoPort>; L],
    /// Lanes in which each place is dark, as bits; empty where none is.
    dark: Vec<u8>,
}

impl<const L: usize> Workspace<L> {
    pub(crate) fn new(mesh: &Mesh) -> Self {
        let zero = vec![Lanes::ZERO; mesh.node.len()];
        Self {
            factors: None,
            x: vec![[Lanes::ZERO; 2]; mesh.n_unknown],
            re: zero.clone(),
            im: zero.clone(),
            p: zero.clone(),
            q: zero.clone(),
            out_p: zero.clone(),
            out_q: zero,
            out: [None; L],
            dark: Vec::new(),
        }
    }

    /// Makes nodes dark in a lane: nothing is balanced there.
    pub(crate) fn darken(&mut self, mesh: &Mesh, lane: usize, nodes: &[u32]) {
        if !nodes.is_empty() && self.dark.is_empty() {
            self.dark = vec![0; mesh.node.len()];
        }
        for &node in nodes {
            self.dark[mesh.place[node as usize] as usize] |= 1 << lane;
        }
    }

    /// Everything is live again.
    pub(crate) fn relight(&mut self) {
        self.dark.clear();
        self.out = [None; L];
    }

    /// Sets the voltage of every lane.
    pub(crate) fn start(&mut self, mesh: &Mesh, voltage: &[Complex]) {
        for (place, &node) in mesh.node.iter().enumerate() {
            let v = voltage[node as usize];
            (self.re[place], self.im[place]) = (Lanes::all(v.re), Lanes::all(v.im));
        }
    }

    /// Takes a two-port out of service in a lane (its ends are nodes).
    pub(crate) fn take_out(&mut self, mesh: &Mesh, lane: usize, branch: Option<&TwoPort>) {
        self.out[lane] = branch.map(|branch| TwoPort {
            from: mesh.place[branch.from as usize],
            to: mesh.place[branch.to as usize],
            ..*branch
        });
    }

    /// The voltage of a lane by node.
    pub(crate) fn voltage(&self, mesh: &Mesh, lane: usize, voltage: &mut [Complex]) {
        for (place, &node) in mesh.node.iter().enumerate() {
            voltage[node as usize] = Complex::new(self.re[place].0[lane], self.im[place].0[lane]);
        }
    }

    /// Power balance into `x` (negative), power out of each node, and the worst node of each lane.
    fn balance(&mut self, mesh: &Mesh, worst: &mut [(f64, u32); L]) {
        *worst = [(0.0, 0); L];
        let mut greatest = Lanes::<L>::ZERO;
        for place in 0..mesh.n_unknown {
            let own = mesh.own[place];
            let (re, im) = (self.re[place], self.im[place]);
            let mut i_re = re * own.re - im * own.im;
            let mut i_im = re * own.im + im * own.re;
            for (column, y) in mesh.row(place) {
                let (re, im) = (self.re[column], self.im[column]);
                i_re = i_re + re * y.re - im * y.im;
                i_im = i_im + re * y.im + im * y.re;
            }
            for (lane, out) in self.out.iter().enumerate() {
                if let Some(out) = out
                    && (out.from as usize == place || out.to as usize == place)
                {
                    let at =
                        |place: u32| Complex::new(self.re[place as usize].0[lane], self.im[place as usize].0[lane]);
                    let (from, to) = out.current(at(out.from), at(out.to));
                    let less = if out.from as usize == place { from } else { to };
                    i_re.0[lane] -= less.re;
                    i_im.0[lane] -= less.im;
                }
            }
            let (p, q) = (re * i_re + im * i_im, im * i_re - re * i_im);
            (self.out_p[place], self.out_q[place]) = (p, q);
            let (mut missing_p, mut missing_q) = (p + self.p[place], q + self.q[place]);
            if let Some(current) = &mesh.current
                && current[place] != Complex::ZERO
            {
                let magnitude = magnitude(re, im);
                missing_p = missing_p + magnitude * current[place].re;
                missing_q = missing_q + magnitude * current[place].im;
            }
            if mesh.is_pv[place] {
                missing_q = Lanes::ZERO;
            }
            if let Some(&dark) = self.dark.get(place)
                && dark != 0
            {
                for lane in (0..L).filter(|lane| dark >> lane & 1 == 1) {
                    (missing_p.0[lane], missing_q.0[lane]) = (0.0, 0.0);
                }
            }
            self.x[place] = [Lanes::ZERO - missing_p, Lanes::ZERO - missing_q];
            let size = absolute(missing_p).max(absolute(missing_q));
            for lane in 0..L {
                let is_number = (missing_p.0[lane] + missing_q.0[lane]).is_finite();
                let size = if is_number { size.0[lane] } else { f64::INFINITY };
                if size > greatest.0[lane] {
                    greatest.0[lane] = size;
                    worst[lane] = (size, mesh.node[place]);
                }
            }
        }
    }

    fn refactor(&mut self, mesh: &Mesh) -> [Option<usize>; L] {
        let mut factors = self.factors.take().unwrap_or_else(|| Factors::new(&mesh.pattern));
        let singular = factors.factor(&mesh.pattern, |place, row| self.fill(mesh, place, row));
        self.factors = Some(factors);
        singular
    }

    /// The row of the Jacobian matrix of a place.
    #[inline]
    fn fill(&self, mesh: &Mesh, place: usize, row: &mut [Block<L>]) {
        let (re, im) = (self.re[place], self.im[place]);
        let squared = re * re + im * im;
        let own = mesh.own[place];
        // T_ij = V_i·conj(Y_ij V_j) = a + jb.
        let (mut a_own, mut b_own) = (squared * own.re, squared * -own.im);
        for (column, y) in mesh.row(place) {
            if column >= mesh.n_unknown {
                continue;
            }
            let (re_j, im_j) = (self.re[column], self.im[column]);
            let (i_re, i_im) = (re_j * y.re - im_j * y.im, re_j * y.im + im_j * y.re);
            let (a, b) = (re * i_re + im * i_im, im * i_re - re * i_im);
            let off = &mut row[column];
            let is_pv_j = mesh.is_pv[column];
            *off = [b, if is_pv_j { Lanes::ZERO } else { a }, Lanes::ZERO - a, if is_pv_j { Lanes::ZERO } else { b }];
        }
        for (lane, out) in self.out.iter().enumerate() {
            let Some(out) = out else { continue };
            let (other, own, across) = if out.from as usize == place {
                (out.to as usize, out.ff, out.ft)
            } else if out.to as usize == place {
                (out.from as usize, out.tt, out.tf)
            } else {
                continue;
            };
            a_own.0[lane] -= squared.0[lane] * own.re;
            b_own.0[lane] += squared.0[lane] * own.im;
            if other < mesh.n_unknown && other != place {
                let v_i = Complex::new(re.0[lane], im.0[lane]);
                let v_j = Complex::new(self.re[other].0[lane], self.im[other].0[lane]);
                let t = v_i * (across * v_j).conj();
                let off = &mut row[other];
                off[0].0[lane] -= t.im;
                off[2].0[lane] += t.re;
                if !mesh.is_pv[other] {
                    off[1].0[lane] -= t.re;
                    off[3].0[lane] -= t.im;
                }
            }
        }
        let (p, q) = (self.out_p[place], self.out_q[place]);
        let (mut by_magnitude_p, mut by_magnitude_q) = (p + a_own, q + b_own);
        if let Some(current) = &mesh.current
            && current[place] != Complex::ZERO
        {
            let magnitude = magnitude(re, im);
            by_magnitude_p = by_magnitude_p + magnitude * current[place].re;
            by_magnitude_q = by_magnitude_q + magnitude * current[place].im;
        }
        row[place] = [b_own - q, by_magnitude_p, p - a_own, by_magnitude_q];
        if mesh.is_pv[place] {
            row[place][1] = Lanes::ZERO;
            row[place][2] = Lanes::ZERO;
            row[place][3] = Lanes::ONE;
            for (column, _) in mesh.row(place) {
                if column < mesh.n_unknown {
                    row[column][2] = Lanes::ZERO;
                    row[column][3] = Lanes::ZERO;
                }
            }
        }
        if let Some(&dark) = self.dark.get(place)
            && dark != 0
        {
            for lane in (0..L).filter(|lane| dark >> lane & 1 == 1) {
                for (column, _) in mesh.row(place).filter(|(column, _)| *column < mesh.n_unknown) {
                    row[column].iter_mut().for_each(|part| part.0[lane] = 0.0);
                }
                for (part, value) in row[place].iter_mut().zip([1.0, 0.0, 0.0, 1.0]) {
                    part.0[lane] = value;
                }
            }
        }
    }

    /// Adds the step in `x` to the voltages: angles by rotation, magnitudes in proportion.
    fn step(&mut self, mesh: &Mesh) {
        for place in 0..mesh.n_unknown {
            let [angle, relative] = self.x[place];
            let (re, im) = (self.re[place], self.im[place]);
            for lane in 0..L {
                let (sin, cos) = angle.0[lane].sin_cos();
                let factor = 1.0 + relative.0[lane];
                let (re, im) = (re.0[lane], im.0[lane]);
                self.re[place].0[lane] = factor * (re * cos - im * sin);
                self.im[place].0[lane] = factor * (re * sin + im * cos);
            }
        }
    }

    /// Solves all lanes from the voltages that are set.
    ///
    /// `chord` are factors of a case nearby that serve as long as the mismatch falls by a quarter per step.
    pub(crate) fn solve(
        &mut self,
        mesh: &Mesh,
        tolerance_pu: f64,
        max_iterations: u32,
        chord: Option<&Factors<1>>,
    ) -> [LaneEnd; L] {
        let mut worst = [(0.0, 0); L];
        let mut singular = [None; L];
        let (mut chord, mut last) = (chord, f64::INFINITY);
        let mut newton_steps = 0;
        for iteration in 0.. {
            self.balance(mesh, &mut worst);
            let residual = worst.iter().map(|worst| worst.0).fold(0.0, f64::max);
            let hopeless = worst.iter().all(|worst| worst.0 <= tolerance_pu || worst.0 > 1e12);
            if residual <= tolerance_pu || hopeless || newton_steps >= max_iterations || mesh.n_unknown == 0 {
                let singular = |lane: usize| singular[lane].map(|place: usize| mesh.node[place]);
                return std::array::from_fn(|lane| LaneEnd {
                    converged: worst[lane].0 <= tolerance_pu,
                    residual: worst[lane].0,
                    worst: worst[lane].1,
                    iterations: iteration,
                    singular: singular(lane),
                });
            }
            if chord.is_some() && !(residual < 0.25 * last) {
                chord = None;
            }
            last = residual;
            match chord {
                Some(factors) => factors.solve_many(&mesh.pattern, &mut self.x),
                None => {
                    newton_steps += 1;
                    singular = self.refactor(mesh);
                    let factors = self.factors.as_ref().expect("because it was factored a line before");
                    factors.solve(&mesh.pattern, &mut self.x);
                }
            }
            self.step(mesh);
        }
        unreachable!("the loop ends at the limit of iterations")
    }
}

/// Shortest part of a Newton step that is tried.
const LEAST_STEP: f64 = 1.0 / 1024.0;

impl Workspace<1> {
    /// As [`Workspace::solve`], but every step is halved until the sum of the squared mismatches falls: slower, and it arrives from
    /// starts that are farther away. Where it does not, it stays where the mismatch is least.
    pub(crate) fn solve_damped(&mut self, mesh: &Mesh, tolerance_pu: f64, max_iterations: u32) -> LaneEnd {
        let mut worst = [(0.0, 0); 1];
        self.balance(mesh, &mut worst);
        let mut size = self.squared();
        let mut singular = None;
        let mut iterations = 0;
        while worst[0].0 > tolerance_pu && size.is_finite() && iterations < max_iterations && singular.is_none() {
            iterations += 1;
            [singular] = self.refactor(mesh);
            let factors = self.factors.as_ref().expect("because it was factored a line before");
            factors.solve(&mesh.pattern, &mut self.x);
            let (step, re, im) = (self.x.clone(), self.re.clone(), self.im.clone());
            let mut part = 1.0;
            let is_less = loop {
                for (x, step) in self.x.iter_mut().zip(&step) {
                    *x = [step[0] * part, step[1] * part];
                }
                self.step(mesh);
                self.balance(mesh, &mut worst);
                let new = self.squared();
                if new < (1.0 - 1e-4 * part) * size {
                    size = new;
                    break true;
                }
                self.re.clone_from(&re);
                self.im.clone_from(&im);
                part *= 0.5;
                if part < LEAST_STEP {
                    break false;
                }
            };
            if !is_less {
                self.balance(mesh, &mut worst);
                break;
            }
        }
        let (residual, worst) = worst[0];
        let singular = singular.map(|place| mesh.node[place]);
        LaneEnd { converged: residual <= tolerance_pu, residual, worst, iterations, singular }
    }

    /// The sum of the squared mismatches, which [`Workspace::balance`] left in `x`.
    fn squared(&self) -> f64 {
        self.x.iter().flatten().map(|part| part.0[0] * part.0[0]).sum()
    }

    /// The factors of the last Newton step anew at the present voltages, for a chord.
    pub(crate) fn chord(&mut self, mesh: &Mesh) -> Option<Factors<1>> {
        let mut worst = [(0.0, 0); 1];
        self.balance(mesh, &mut worst);
        let singular = self.refactor(mesh);
        if singular[0].is_some() { None } else { self.factors.clone() }
    }
}

fn magnitude<const L: usize>(re: Lanes<L>, im: Lanes<L>) -> Lanes<L> {
    Lanes(std::array::from_fn(|lane| (re.0[lane] * re.0[lane] + im.0[lane] * im.0[lane]).sqrt()))
}

#[inline(always)]
fn absolute<const L: usize>(value: Lanes<L>) -> Lanes<L> {
    Lanes(value.0.map(f64::abs))
}
