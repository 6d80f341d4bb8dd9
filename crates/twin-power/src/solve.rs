//! Power flow of a network in per unit: the method that fits, one case or many.

use crate::{
    complex::{Complex, Lanes},
    lu::Factors,
    net::Net,
    newton::{self, LaneEnd, Mesh},
    spread::spread,
    sweep::{self, Tree},
};

/// Scenarios side by side, in a sweep and in Newton's method.
const LANES: usize = 4;

/// How many times more iterations steps may take that are shortened.
const SHORTENED_ITERATIONS: u32 = 5;

/// Whether Newton's steps are taken as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Steps {
    Full,
    Shortened,
}

/// How a power flow is solved.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Greatest mismatch of power at a node, per unit of the base.
    pub tolerance_pu: f64,
    /// Most iterations of Newton's method.
    pub max_iterations: u32,
    /// Which method.
    pub method: Method,
}

impl Default for Options {
    fn default() -> Self {
        Self { tolerance_pu: 1e-8, max_iterations: 20, method: Method::Auto }
    }
}

/// Which method solves a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Sweeps on trees with a few loops, Newton's method elsewhere and where sweeps do not converge.
    Auto,
    /// Newton's method.
    Newton,
}

/// How a solve ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum End {
    /// The balance holds at every node.
    Converged {
        /// Iterations used.
        iterations: u32,
        /// Greatest mismatch, per unit.
        residual_pu: f64,
    },
    /// It does not: the voltages are not to be used.
    NotConverged {
        /// Iterations used.
        iterations: u32,
        /// Greatest mismatch, per unit.
        residual_pu: f64,
        /// The node where it is.
        node: u32,
        /// Whether the equations had no unique solution there.
        singular: bool,
    },
}

impl End {
    /// Whether the balance holds.
    #[must_use]
    pub const fn is_converged(self) -> bool {
        matches!(self, Self::Converged { .. })
    }

    /// Greatest mismatch, per unit; infinite where it is no number.
    fn residual_pu(self) -> f64 {
        let (Self::Converged { residual_pu, .. } | Self::NotConverged { residual_pu, .. }) = self;
        if residual_pu.is_nan() { f64::INFINITY } else { residual_pu }
    }
}

impl From<LaneEnd> for End {
    fn from(end: LaneEnd) -> Self {
        if end.converged {
            Self::Converged { iterations: end.iterations, residual_pu: end.residual }
        } else {
            Self::NotConverged {
                iterations: end.iterations,
                residual_pu: end.residual,
                node: end.singular.unwrap_or(end.worst),
                singular: end.singular.is_some(),
            }
        }
    }
}

/// Voltages of one case.
#[derive(Clone, Debug, PartialEq)]
pub struct Solution {
    /// Complex voltage of every node, per unit.
    pub voltage: Vec<Complex>,
    /// How the solve ended.
    pub end: End,
}

/// What all scenarios of a network share: tree or ordering, the solution of the base case, its factors.
#[derive(Clone, Debug)]
pub struct Solver {
    net: Net,
    options: Options,
    tree: Option<Tree>,
    mesh: std::sync::OnceLock<Mesh>,
    base: Solution,
    base_sweep: Option<sweep::Workspace<1>>,
    chord: std::sync::OnceLock<Option<Factors<1>>>,
}

impl Solver {
    /// Analyzes a network and solves it as it is. Every node must be joined to a slack node.
    ///
    /// # Example
    /// A line of 0.01 + j0.02 p.u. with a load of 1 + j0.5 p.u. behind it: V² − (2·(r·p + x·q) − 1)·… is solved by hand as
    /// V = 0.979 p.u.
    /// ```
    /// use twin_power::{complex::Complex, net::{Net, NodeKind, TwoPort}, solve::{Options, Solver}};
    /// let mut net = Net::new(1.0);
    /// let grid = net.add_node(NodeKind::Slack, Complex::ONE);
    /// let town = net.add_node(NodeKind::Pq, Complex::ONE);
    /// net.branches.push(TwoPort::pi(grid, town, Complex::new(0.01, 0.02), Complex::ZERO, Complex::ONE));
    /// net.demand[1] = Complex::new(1.0, 0.5);
    /// let solver = Solver::new(net, Options::default());
    /// // |V|² is the greater root of V⁴ + (2·(r·p + x·q) − 1)·V² + (r² + x²)·(p² + q²) = 0.
    /// let b: f64 = 2.0 * (0.01 + 0.02 * 0.5) - 1.0;
    /// let squared = (-b + (b * b - 4.0 * 5e-4 * 1.25).sqrt()) / 2.0;
    /// assert!((solver.base().voltage[1].norm_squared() - squared).abs() < 1e-9);
    /// ```
    #[must_use]
    pub fn new(net: Net, options: Options) -> Self {
        let tree = if options.method == Method::Auto { Tree::of(&net) } else { None };
        let flat = Solution { voltage: Vec::new(), end: End::Converged { iterations: 0, residual_pu: 0.0 } };
        let mut solver = Self {
            tree,
            options,
            mesh: std::sync::OnceLock::new(),
            base: flat,
            base_sweep: None,
            chord: std::sync::OnceLock::new(),
            net,
        };
        if let Some(tree) = &solver.tree {
            let mut sweep = sweep::Workspace::<1>::new(tree);
            sweep.start(tree);
            sweep.set_demand(tree, 0, &solver.net.demand);
            if let Some(solution) = solver.swept(tree, &mut sweep) {
                (solver.base, solver.base_sweep) = (solution, Some(sweep));
                return solver;
            }
        }
        solver.tree = None;
        solver.base = solver.solved_from_afar();
        solver
    }

    /// Newton's method from voltages that the data gives, from angles of the direct-current approximation and from voltages without load, then from both with shortened
    /// steps. The power flow equations have solutions that no network has: one that can be is preferred. Where no start arrives, the one
    /// that came nearest.
    fn solved_from_afar(&self) -> Solution {
        let given = self.net.has_start();
        let mut starts: Vec<Vec<Complex>> = given.then(|| self.net.set.clone()).into_iter().collect();
        let flat = given.then(|| self.net.without_start());
        for net in [&self.net].into_iter().chain(&flat) {
            starts.extend(self.mesh().direct_current_start(net));
            starts.push(no_load(net));
        }
        let (mut arrived, mut nearest): (Option<Solution>, Option<Solution>) = (None, None);
        for steps in [Steps::Full, Steps::Shortened] {
            for start in &starts {
                let solution = self.newton_from(start, steps);
                if solution.end.is_converged() {
                    if self.is_plausible(&solution.voltage) {
                        return solution;
                    }
                    arrived.get_or_insert(solution);
                } else if nearest.as_ref().is_none_or(|best| solution.end.residual_pu() < best.end.residual_pu()) {
                    nearest = Some(solution);
                }
            }
        }
        arrived.or(nearest).expect("because there is a start at least")
    }

    /// Whether no voltage has collapsed and no branch turns it by more than a right angle.
    fn is_plausible(&self, voltage: &[Complex]) -> bool {
        let is_high = voltage.iter().all(|v| (0.5..2.0).contains(&v.abs()));
        is_high
            && self.net.branches.iter().all(|branch| {
                let (from, to) = (voltage[branch.from as usize], voltage[branch.to as usize]);
                let carried = -(from * branch.tf / branch.tt);
                (carried * to.conj()).re > 0.0 || !carried.is_finite()
            })
    }

    /// The same nodes and two-ports with other demands, and other nodes among those that are no slack keeping their voltage: solved from
    /// the solution of this one.
    pub(crate) fn again(&self, net: Net) -> Self {
        let mut solver = Self {
            tree: None,
            options: self.options,
            mesh: self.mesh().with_kinds(&net).into(),
            base: self.base.clone(),
            base_sweep: None,
            chord: std::sync::OnceLock::new(),
            net,
        };
        let start = &self.base.voltage;
        let full = solver.newton_from(start, Steps::Full);
        solver.base = if full.end.is_converged() { full } else { solver.newton_from(start, Steps::Shortened) };
        solver
    }

    fn swept(&self, tree: &Tree, sweep: &mut sweep::Workspace<1>) -> Option<Solution> {
        let mut voltage = self.net.set.clone();
        for tolerance in [1e-9, 1e-12] {
            let end = sweep.solve(tree, tolerance, 60);
            if !end.converged {
                return None;
            }
            sweep.voltage(tree, 0, &mut voltage);
            let (residual_pu, _) = self.net.mismatch(&voltage);
            if residual_pu <= self.options.tolerance_pu {
                return Some(Solution { voltage, end: End::Converged { iterations: end.iterations, residual_pu } });
            }
        }
        None
    }

    /// The tree and the sweep of the base case, where sweeps solve this network.
    pub(crate) fn swept_base(&self) -> Option<(&Tree, &sweep::Workspace<1>)> {
        self.tree.as_ref().zip(self.base_sweep.as_ref())
    }

    pub(crate) fn mesh(&self) -> &Mesh {
        self.mesh.get_or_init(|| Mesh::of(&self.net))
    }

    fn newton_from(&self, start: &[Complex], steps: Steps) -> Solution {
        let mesh = self.mesh();
        let mut work = newton::Workspace::<1>::new(mesh);
        work.start(mesh, start);
        for (place, &node) in mesh.node.iter().enumerate() {
            let demand = self.net.demand[node as usize];
            (work.p[place], work.q[place]) = (Lanes([demand.re]), Lanes([demand.im]));
        }
        let Options { tolerance_pu, max_iterations, .. } = self.options;
        let end = match steps {
            Steps::Full => work.solve(mesh, tolerance_pu, max_iterations, None)[0],
            Steps::Shortened => work.solve_damped(mesh, tolerance_pu, SHORTENED_ITERATIONS * max_iterations),
        };
        let mut voltage = start.to_vec();
        work.voltage(mesh, 0, &mut voltage);
        Solution { voltage, end: end.into() }
    }

    /// The network.
    #[must_use]
    pub fn net(&self) -> &Net {
        &self.net
    }

    /// The solution of the network as it is.
    #[must_use]
    pub fn base(&self) -> &Solution {
        &self.base
    }

    /// Whether sweeps solve this network.
    #[must_use]
    pub fn sweeps(&self) -> bool {
        self.tree.is_some()
    }

    /// Solves many scenarios of demand in parallel.
    ///
    /// `fill` writes the power drawn at every node in a scenario (it is given that of the base case), `take` makes of the
    /// solution what is wanted. Results come in the order of the scenarios and are the same bits for any number of threads.
    pub fn batch<T: Send>(
        &self,
        n_scenarios: usize,
        fill: impl Fn(usize, &mut [Complex]) + Sync,
        take: impl Fn(usize, &Solution) -> T + Sync,
    ) -> Vec<T> {
        let n_sets = n_scenarios.div_ceil(LANES);
        let sets = spread(
            n_sets,
            || Worker::new(self),
            |worker, set| {
                let mut out = Vec::with_capacity(LANES);
                let scenarios = set * LANES..n_scenarios.min((set + 1) * LANES);
                worker.run(self, scenarios, &fill, &mut |scenario, solution| out.push(take(scenario, solution)));
                out
            },
        );
        sets.into_iter().flatten().collect()
    }
}

/// Writes the power drawn at every node in a scenario.
type Fill<'f> = &'f dyn Fn(usize, &mut [Complex]);
/// Takes the solution of a scenario.
type Take<'f> = &'f mut dyn FnMut(usize, &Solution);

/// Voltages without any load, as a start: magnitudes and angles carried from the slack nodes through the two-ports.
fn no_load(net: &Net) -> Vec<Complex> {
    let mut voltage = net.set.clone();
    let mut seen: Vec<bool> = net.kind.iter().map(|kind| *kind == crate::net::NodeKind::Slack).collect();
    let mut near = vec![Vec::new(); net.n_nodes()];
    for (branch, two_port) in net.branches.iter().enumerate() {
        near[two_port.from as usize].push(branch);
        near[two_port.to as usize].push(branch);
    }
    let mut queue: std::collections::VecDeque<usize> = (0..net.n_nodes()).filter(|&node| seen[node]).collect();
    while let Some(node) = queue.pop_front() {
        for &branch in &near[node] {
            let branch = &net.branches[branch];
            let (other, transfer, own) = if branch.from as usize == node {
                (branch.to as usize, branch.tf, branch.tt)
            } else {
                (branch.from as usize, branch.ft, branch.ff)
            };
            if seen[other] {
                continue;
            }
            seen[other] = true;
            let carried = -(voltage[node] * transfer / own);
            let angle = if carried.is_finite() && carried != Complex::ZERO { carried } else { voltage[node] };
            // The magnitude that is kept or given for the start, with the angle that arrives.
            voltage[other] = angle.scale(net.set[other].abs() / angle.abs());
            queue.push_back(other);
        }
    }
    voltage
}

/// Memory of one thread.
struct Worker {
    sweep: Option<sweep::Workspace<LANES>>,
    newton: Option<newton::Workspace<LANES>>,
    demand: Vec<Complex>,
    solution: Solution,
}

impl Worker {
    fn new(solver: &Solver) -> Self {
        Self { sweep: None, newton: None, demand: solver.net.demand.clone(), solution: solver.base.clone() }
    }

    /// Solves a set of scenarios. It does not depend on what callers fill in and take, so that it is compiled here, as fast as the rest of
    /// the law whatever builds the caller.
    fn run(&mut self, solver: &Solver, scenarios: std::ops::Range<usize>, fill: Fill<'_>, take: Take<'_>) {
        let (first, n) = (scenarios.start, scenarios.len());
        if !(solver.tree.is_some() && self.sweep_lanes(solver, first, n, fill, take)) {
            self.newton_lanes(solver, first, n, fill, take);
        }
    }

    fn sweep_lanes(&mut self, solver: &Solver, first: usize, n: usize, fill: Fill<'_>, take: Take<'_>) -> bool {
        let (Some(tree), Some(base)) = (&solver.tree, &solver.base_sweep) else { return false };
        let sweep = self.sweep.get_or_insert_with(|| sweep::Workspace::new(tree));
        sweep.start_from(base);
        for lane in 0..LANES {
            if lane < n {
                self.demand.copy_from_slice(&solver.net.demand);
                fill(first + lane, &mut self.demand);
            }
            // Lanes without a scenario repeat the last one.
            sweep.set_demand(tree, lane, &self.demand);
        }
        let end = sweep.solve(tree, sweep_tolerance(&solver.options), 40);
        if !end.converged {
            return false;
        }
        for lane in 0..n {
            sweep.voltage(tree, lane, &mut self.solution.voltage);
            self.solution.end = End::Converged { iterations: end.iterations, residual_pu: solver.options.tolerance_pu };
            take(first + lane, &self.solution);
        }
        true
    }

    fn newton_lanes(&mut self, solver: &Solver, first: usize, n: usize, fill: Fill<'_>, take: Take<'_>) {
        let mesh = solver.mesh();
        let chord = solver.chord.get_or_init(|| {
            let mut work = newton::Workspace::<1>::new(mesh);
            work.start(mesh, &solver.base.voltage);
            for (place, &node) in mesh.node.iter().enumerate() {
                let demand = solver.net.demand[node as usize];
                (work.p[place], work.q[place]) = (Lanes([demand.re]), Lanes([demand.im]));
            }
            if solver.base.end.is_converged() { work.chord(mesh) } else { None }
        });
        let work = self.newton.get_or_insert_with(|| newton::Workspace::new(mesh));
        work.start(mesh, &solver.base.voltage);
        for lane in 0..LANES {
            if lane < n {
                self.demand.copy_from_slice(&solver.net.demand);
                fill(first + lane, &mut self.demand);
            }
            for (place, &node) in mesh.node.iter().enumerate() {
                let demand = self.demand[node as usize];
                (work.p[place].0[lane], work.q[place].0[lane]) = (demand.re, demand.im);
            }
        }
        let ends = work.solve(mesh, solver.options.tolerance_pu, solver.options.max_iterations, chord.as_ref());
        for (lane, end) in ends.iter().enumerate().take(n) {
            work.voltage(mesh, lane, &mut self.solution.voltage);
            self.solution.end = (*end).into();
            take(first + lane, &self.solution);
        }
    }
}

/// Greatest move of a voltage at which a sweep ends. The mismatch that is left is the drawn power times the move.
fn sweep_tolerance(options: &Options) -> f64 {
    // What still moves is small against what is missing in the balances: short lines have admittances of many per unit.
    0.05 * options.tolerance_pu.clamp(1e-11, 1e-6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{NodeKind, TwoPort};

    /// A grid, a line of this impedance, and a load at its end.
    fn line(z: Complex, load: Complex) -> Net {
        let mut net = Net::new(1.0);
        let (grid, town) = (net.add_node(NodeKind::Slack, Complex::ONE), net.add_node(NodeKind::Pq, Complex::ONE));
        net.branches.push(TwoPort::pi(grid, town, z, Complex::ZERO, Complex::ONE));
        net.demand[1] = load;
        net
    }

    fn solved(net: &Net) -> Solution {
        Solver::new(net.clone(), Options { method: Method::Newton, ..Options::default() }).base().clone()
    }

    #[test]
    fn of_two_solutions_the_one_that_a_network_has_is_given() {
        // A line of j0.1 with a load of 2: |V|⁴ − |V|² + 0.04 = 0 has the roots 0.0417 and 0.9583.
        let mut net = line(Complex::new(0.0, 0.1), Complex::new(2.0, 0.0));
        let low = Complex::from_polar_deg(0.2042, -77.0);
        net.set[1] = low;
        let options = Options { method: Method::Newton, ..Options::default() };
        let solver = Solver::new(net.clone(), options);
        // The start lies at the low solution and Newton's method finds it from there; it is not taken.
        let there = solver.newton_from(&net.set, Steps::Full);
        assert!(there.end.is_converged() && (there.voltage[1].abs() - 0.0417f64.sqrt()).abs() < 1e-3);
        assert!((solver.base().voltage[1].norm_squared() - (1.0 + 0.84f64.sqrt()) / 2.0).abs() < 1e-7);
    }

    #[test]
    fn a_negative_resistance_is_no_phase_shift() {
        // Branches of equivalents have such; the start by active power alone must not turn them by 180°.
        let net = line(Complex::new(-0.01, 0.1), Complex::new(1.0, 0.0));
        let start = solved_start(&net);
        assert!((start[1].angle_deg().to_radians() + 0.1).abs() < 0.01, "{start:?}");
        let shifted = TwoPort::pi(0, 1, Complex::new(0.01, 0.1), Complex::ZERO, Complex::from_polar_deg(1.0, 150.0));
        let net = Net { branches: vec![shifted], ..net };
        assert!((solved_start(&net)[1].angle_deg() + 150.0 + 0.1f64.to_degrees()).abs() < 0.5);
    }

    fn solved_start(net: &Net) -> Vec<Complex> {
        Mesh::of(net).direct_current_start(net).expect("because the reactance is not 0")
    }

    #[test]
    fn shortened_steps_arrive_where_full_ones_do_and_tell_a_collapse() {
        let net = line(Complex::new(0.02, 0.1), Complex::new(1.5, 0.5));
        let solver = Solver::new(net.clone(), Options { method: Method::Newton, ..Options::default() });
        let far = [Complex::ONE, Complex::from_polar_deg(0.9, -40.0)];
        let shortened = solver.newton_from(&far, Steps::Shortened);
        assert!(shortened.end.is_converged());
        assert!((shortened.voltage[1] - solver.base().voltage[1]).abs() < 1e-7);
        // The line carries 1/(2·(r + z)) at most with a load of this kind; ten times as much has no solution.
        let net = line(Complex::new(0.02, 0.1), Complex::new(15.0, 5.0));
        let End::NotConverged { residual_pu, node, .. } = solved(&net).end else { panic!("it has no solution") };
        assert!(residual_pu.is_finite() && node == 1);
    }

    #[test]
    fn a_network_solved_again_from_its_solution_is_as_if_solved_anew() {
        let mut net = line(Complex::new(0.02, 0.1), Complex::new(1.0, 0.2));
        net.kind[1] = NodeKind::Pv;
        let solver = Solver::new(net.clone(), Options { method: Method::Newton, ..Options::default() });
        net.kind[1] = NodeKind::Pq;
        let again = solver.again(net.clone());
        assert!(again.base().end.is_converged());
        assert!((again.base().voltage[1] - solved(&net).voltage[1]).abs() < 1e-8);
    }
}
