//! The network as the solvers see it: nodes and two-ports in per unit on one power base.

use crate::complex::Complex;

/// What is given at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// Voltage magnitude and angle.
    Slack,
    /// Active power and voltage magnitude.
    Pv,
    /// Active and reactive power.
    Pq,
}

/// A two-port between two nodes: currents into it are I_from = ff·V_from + ft·V_to and I_to = tf·V_from + tt·V_to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TwoPort {
    /// Node at its beginning.
    pub from: u32,
    /// Node at its end.
    pub to: u32,
    /// Admittances, per unit.
    pub ff: Complex,
    /// See `ff`.
    pub ft: Complex,
    /// See `ff`.
    pub tf: Complex,
    /// See `ff`.
    pub tt: Complex,
    /// Phase shift of its ideal transformer, degrees: the end lags by it. The admittances hold it already; alone they do not tell it from a
    /// negative resistance.
    pub shift_deg: f64,
}

impl TwoPort {
    /// A π equivalent: series impedance, half of the charging admittance at each end, and an ideal transformer of the
    /// complex ratio `ratio` at its beginning (Zimmerman et al. 2011, equation 3.2).
    #[must_use]
    pub fn pi(from: u32, to: u32, z: Complex, charging: Complex, ratio: Complex) -> Self {
        let series = z.inverse();
        let own = series + charging.scale(0.5);
        Self {
            from,
            to,
            ff: own.scale(1.0 / ratio.norm_squared()),
            ft: -(series / ratio.conj()),
            tf: -(series / ratio),
            tt: own,
            shift_deg: ratio.angle_deg(),
        }
    }

    /// Power into the two-port at its beginning and end, per unit.
    #[must_use]
    pub fn power(&self, v_from: Complex, v_to: Complex) -> (Complex, Complex) {
        let (i_from, i_to) = self.current(v_from, v_to);
        (v_from * i_from.conj(), v_to * i_to.conj())
    }

    /// Current into the two-port at its beginning and end, per unit.
    #[must_use]
    pub fn current(&self, v_from: Complex, v_to: Complex) -> (Complex, Complex) {
        (self.ff * v_from + self.ft * v_to, self.tf * v_from + self.tt * v_to)
    }
}

/// Nodes and two-ports, per unit.
///
/// # Units and shapes
/// One entry per node in `kind`, `set`, `shunt`, `demand` and `demand_current`; angles in radians within complex numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Net {
    /// Power base, MVA.
    pub base_mva: f64,
    /// What is given at each node.
    pub kind: Vec<NodeKind>,
    /// Voltage that is kept: of slack nodes with its angle, of others (PV) its magnitude; a start value elsewhere.
    pub set: Vec<Complex>,
    /// Admittance to earth at each node.
    pub shunt: Vec<Complex>,
    /// Power drawn whatever the voltage (generation is negative).
    pub demand: Vec<Complex>,
    /// Power drawn at 1 p.u. in proportion to the voltage.
    pub demand_current: Vec<Complex>,
    /// The two-ports in service.
    pub branches: Vec<TwoPort>,
}

impl Net {
    /// An empty network on a power base.
    #[must_use]
    pub fn new(base_mva: f64) -> Self {
        Self { base_mva, ..Self::default() }
    }

    /// Appends a node without demand.
    pub fn add_node(&mut self, kind: NodeKind, set: Complex) -> u32 {
        self.kind.push(kind);
        self.set.push(set);
        self.shunt.push(Complex::ZERO);
        self.demand.push(Complex::ZERO);
        self.demand_current.push(Complex::ZERO);
        u32::try_from(self.kind.len() - 1).expect("because no network has 2^32 nodes")
    }

    /// Whether voltages are given with which a power flow begins: something else than 1 p.u. without an angle.
    pub(crate) fn has_start(&self) -> bool {
        self.kind.iter().zip(&self.set).any(|(kind, set)| match kind {
            NodeKind::Slack => false,
            NodeKind::Pv => set.im != 0.0,
            NodeKind::Pq => *set != Complex::ONE,
        })
    }

    /// The network as if no voltages were given to begin with.
    pub(crate) fn without_start(&self) -> Self {
        let set = self.kind.iter().zip(&self.set).map(|(kind, set)| match kind {
            NodeKind::Slack => *set,
            NodeKind::Pv => Complex::new(set.abs(), 0.0),
            NodeKind::Pq => Complex::ONE,
        });
        Self { set: set.collect(), ..self.clone() }
    }

    /// The number of nodes.
    #[must_use]
    pub fn n_nodes(&self) -> usize {
        self.kind.len()
    }

    /// Power that a node draws at this voltage by its loads (shunts are not among them).
    #[must_use]
    pub fn drawn(&self, node: usize, voltage: Complex) -> Complex {
        let current = self.demand_current[node];
        if current == Complex::ZERO { self.demand[node] } else { self.demand[node] + current.scale(voltage.abs()) }
    }

    /// Power that flows out of each node into branches and shunts.
    #[must_use]
    pub fn outflow(&self, voltage: &[Complex]) -> Vec<Complex> {
        let mut out: Vec<Complex> =
            voltage.iter().zip(&self.shunt).map(|(v, y)| y.conj().scale(v.norm_squared())).collect();
        for branch in &self.branches {
            let (from, to) = (branch.from as usize, branch.to as usize);
            let (s_from, s_to) = branch.power(voltage[from], voltage[to]);
            out[from] += s_from;
            out[to] += s_to;
        }
        out
    }

    /// The greatest violation of Kirchhoff's law at nodes whose power is given, per unit, and where.
    #[must_use]
    pub fn mismatch(&self, voltage: &[Complex]) -> (f64, usize) {
        self.mismatch_of(voltage, &self.demand)
    }

    /// As [`Net::mismatch`], where this power is drawn instead of the network's own.
    #[must_use]
    pub fn mismatch_of(&self, voltage: &[Complex], demand: &[Complex]) -> (f64, usize) {
        let mut worst = (0.0, 0);
        for (node, out) in self.outflow(voltage).into_iter().enumerate() {
            let missing = out + demand[node] + self.demand_current[node].scale(voltage[node].abs());
            let size = match self.kind[node] {
                NodeKind::Slack => 0.0,
                NodeKind::Pv => missing.re.abs(),
                NodeKind::Pq => missing.re.abs().max(missing.im.abs()),
            };
            let size = if missing.is_finite() { size } else { f64::INFINITY };
            if size > worst.0 {
                worst = (size, node);
            }
        }
        worst
    }
}
