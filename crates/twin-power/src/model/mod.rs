//! From the twin's power network to per unit: every branch as a two-port, what is drawn and fed at every bus.
//!
//! # Model
//! Balanced three-phase operation, one phase in per unit. The element models are those of pandapower 3 (Thurner et al. 2018,
//! doi:10.1109/TPWRS.2018.2829021, and its documentation): lines as π with capacitance and conductance at 50 Hz;
//! transformers as T equivalents turned into π, ratio and shift from rated voltages and taps; impedances seen differently
//! from both ends; shunts; loads with parts of constant impedance and current, each load by its own percentages.
//!
//! # Units and shapes
//! One entry per bus and per branch of the twin, in its order.

mod energize;
mod flow;
mod two_port;

use twin::{
    Finding, Findings, Id, Key, Twin,
    utility::{BranchEnd, PowerBranchKind, PowerUnit, PowerUnitKind},
};

use crate::{complex::Complex, net::TwoPort};

pub(crate) use energize::Sets;
pub use energize::{BusState, Grid};
pub use flow::{power_flow, state_of};

/// Rated voltages of the buses of a line or switch that are more times apart are told: lines of 20 kV end at buses of 21 kV, not of 10 kV.
const MOST_APART: f64 = 1.2;

/// The power network of a twin in per unit, whatever is switched.
#[derive(Clone, Debug)]
pub struct Model {
    /// Power base, MVA.
    pub base_mva: f64,
    pub(crate) buses: Vec<Bus>,
    pub(crate) branches: Vec<Branch>,
    pub(crate) end_switches: Vec<EndSwitch>,
    end_switches_of: Vec<Vec<u32>>,
    pub(crate) slacks: Vec<(u32, Complex)>,
    pub(crate) generators: Vec<Generator>,
    /// What the units and buses draw, one by one.
    pub(crate) loads: Vec<Load>,
}

#[derive(Clone, Debug)]
pub(crate) struct Bus {
    pub(crate) key: Key,
    pub(crate) vn_kv: f64,
    pub(crate) in_service: bool,
    pub(crate) band_pu: (Option<f64>, Option<f64>),
    /// Voltage with which a power flow begins.
    pub(crate) start: Option<Complex>,
    pub(crate) demand: Complex,
    pub(crate) current: Complex,
    pub(crate) shunt: Complex,
}

#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) key: Key,
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) kind: Kind,
    pub(crate) is_line: bool,
    pub(crate) is_switch: bool,
    pub(crate) in_service: bool,
    pub(crate) rating: Rating,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Conducts as a two-port (its ends are not set).
    TwoPort(TwoPort),
    /// Joins its buses into one node.
    Joint,
    /// Its data makes no sense: it never conducts.
    Unusable,
}

/// What a branch can carry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Rating {
    None,
    /// Current, kA.
    Current(f64),
    /// Power, MVA, at the rated voltages of both sides, kV.
    Power {
        sn_mva: f64,
        vn_kv: [f64; 2],
    },
    /// Apparent power, MVA.
    Apparent(f64),
}

#[derive(Clone, Debug)]
pub(crate) struct EndSwitch {
    pub(crate) key: Key,
    pub(crate) branch: u32,
    pub(crate) end: BranchEnd,
    pub(crate) closed: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Generator {
    pub(crate) bus: u32,
    pub(crate) p_pu: f64,
    pub(crate) vm_pu: f64,
    pub(crate) q_limits_pu: (f64, f64),
}

/// A customer: something that draws power.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    pub(crate) bus: u32,
    /// Power drawn at rated voltage, per unit.
    pub(crate) power: Complex,
    pub(crate) unit: Option<u32>,
}

/// What a scenario changes of loads and units.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    /// Units that draw and feed nothing.
    pub out: Vec<Id<PowerUnit>>,
    /// Factor on what every load draws.
    pub demand_factor: f64,
    /// Part of loads of constant impedance, where the data says nothing else of a load.
    pub constant_impedance: f64,
    /// Part of loads of constant current, likewise.
    pub constant_current: f64,
}

impl Default for Changes {
    fn default() -> Self {
        Self { out: Vec::new(), demand_factor: 1.0, constant_impedance: 0.0, constant_current: 0.0 }
    }
}

impl Changes {
    /// A load as constant power, constant current and constant impedance.
    fn parts(&self, power: Complex) -> [Complex; 3] {
        let [current, earth] = [self.constant_current, self.constant_impedance].map(|part| power.scale(part));
        [power - current - earth, current, earth]
    }
}

/// What is in service and which switches conduct: a scenario changes a copy of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// By bus.
    pub bus: Vec<bool>,
    /// By branch; for a switch whether it is closed.
    pub branch: Vec<bool>,
    /// By switch at the end of a branch, whether it is closed.
    pub end_switch: Vec<bool>,
}

impl Model {
    /// The network of a twin, and what is wrong with it. Branches whose data makes no sense never conduct; each is told.
    #[must_use]
    pub fn of(twin: &Twin) -> (Self, Findings) {
        Self::without(twin, &[])
    }

    /// As [`Model::of`], but these units draw and feed nothing.
    #[must_use]
    pub fn without(twin: &Twin, out: &[Id<PowerUnit>]) -> (Self, Findings) {
        Self::with(twin, &Changes { out: out.to_vec(), ..Changes::default() })
    }

    /// As [`Model::of`], with units out and loads changed.
    #[must_use]
    pub fn with(twin: &Twin, changes: &Changes) -> (Self, Findings) {
        let mut findings = Findings::default();
        let total_mw: f64 = twin.power.nodes().map(|(_, bus)| bus.load_mw.abs()).sum::<f64>()
            + twin
                .power_units
                .rows()
                .iter()
                .map(|unit| match unit.kind {
                    PowerUnitKind::Load { p_mw, scaling, .. } => (p_mw * scaling).abs(),
                    _ => 0.0,
                })
                .sum::<f64>();
        // One MVA is what a street draws, 100 MVA what a region's nodes exchange.
        let base_mva = if total_mw > 1000.0 { 100.0 } else { 1.0 };
        let mut model = Self {
            base_mva,
            buses: Vec::with_capacity(twin.power.n_nodes()),
            branches: Vec::with_capacity(twin.power.n_links()),
            end_switches: Vec::new(),
            end_switches_of: vec![Vec::new(); twin.power.n_links()],
            slacks: Vec::new(),
            generators: Vec::new(),
            loads: Vec::new(),
        };
        model.add_buses(twin, changes, &mut findings);
        for (id, branch) in twin.power.links() {
            let (from, to) = twin.power.ends(id);
            let vn_kv = [twin.power[from].vn_kv, twin.power[to].vn_kv];
            let (kind, rating) = two_port::of(&branch.kind, vn_kv, base_mva).unwrap_or_else(|wrong| {
                let what = format!("it is left out: {wrong}");
                findings.push(
                    Finding::warning("power-branch-unusable", what)
                        .with_key(branch.key.clone())
                        .with_help("Correct the value in the source file or in the layer of the twin."),
                );
                (Kind::Unusable, Rating::None)
            });
            if let PowerBranchKind::Line { length_km, r_ohm_per_km, x_ohm_per_km, .. } = branch.kind
                && length_km * r_ohm_per_km.hypot(x_ohm_per_km) == 0.0
            {
                findings.push(
                    Finding::warning("zero-impedance", "it has no impedance; it joins its buses like a closed switch")
                        .with_key(branch.key.clone())
                        .with_help("Give its length, resistance and reactance, or make it a switch."),
                );
            }
            if !matches!(branch.kind, PowerBranchKind::Transformer { .. } | PowerBranchKind::Impedance { .. })
                && vn_kv[0].max(vn_kv[1]) > MOST_APART * vn_kv[0].min(vn_kv[1])
            {
                findings.push(
                    Finding::warning(
                        "rated-voltages-differ",
                        format!("it joins buses of {} kV and {} kV without a transformer", vn_kv[0], vn_kv[1]),
                    )
                    .with_key(branch.key.clone())
                    .with_help("Correct the rated voltage of a bus, or make it a transformer."),
                );
            }
            model.branches.push(Branch {
                key: branch.key.clone(),
                from: from.index() as u32,
                to: to.index() as u32,
                kind,
                is_line: matches!(branch.kind, PowerBranchKind::Line { .. }),
                is_switch: matches!(branch.kind, PowerBranchKind::Switch { .. }),
                in_service: branch.kind.is_in_service(),
                rating,
            });
        }
        for switch in twin.power_end_switches.rows() {
            model.end_switches_of[switch.branch.index()].push(model.end_switches.len() as u32);
            model.end_switches.push(EndSwitch {
                key: switch.key.clone(),
                branch: switch.branch.index() as u32,
                end: switch.end,
                closed: switch.closed,
            });
        }
        model.add_units(twin, changes, &mut findings);
        (model, findings)
    }

    fn add_buses(&mut self, twin: &Twin, changes: &Changes, findings: &mut Findings) {
        let base = self.base_mva;
        for (id, bus) in twin.power.nodes() {
            let number = id.index() as u32;
            let usable = bus.vn_kv.is_finite() && bus.vn_kv > 0.0;
            if !usable {
                findings.push(
                    Finding::warning(
                        "power-bus-unusable",
                        format!("its rated voltage is {} kV; it is left out", bus.vn_kv),
                    )
                    .with_key(bus.key.clone())
                    .with_field("vn_kv"),
                );
            }
            let drawn = Complex::new(bus.load_mw, bus.load_mvar).scale(changes.demand_factor / base);
            let drawn = if drawn.is_finite() { drawn } else { Complex::ZERO };
            let [constant, current, earth] = changes.parts(drawn);
            if drawn != Complex::ZERO {
                self.loads.push(Load { bus: number, power: drawn, unit: None });
            }
            if let Some(vm_pu) = bus.slack_vm_pu.filter(|vm_pu| vm_pu.is_finite() && *vm_pu > 0.0) {
                self.slacks.push((number, Complex::new(vm_pu, 0.0)));
            }
            self.buses.push(Bus {
                key: bus.key.clone(),
                vn_kv: bus.vn_kv,
                in_service: bus.in_service && usable,
                band_pu: (bus.min_vm_pu, bus.max_vm_pu),
                start: bus
                    .start_vm_pu
                    .filter(|vm_pu| (0.1..10.0).contains(vm_pu))
                    .zip(Some(bus.start_va_deg.unwrap_or(0.0)).filter(|va_deg| va_deg.is_finite()))
                    .map(|(vm_pu, va_deg)| Complex::from_polar_deg(vm_pu, va_deg)),
                demand: constant - Complex::new(bus.generation_mw / base, 0.0),
                current,
                shunt: earth.conj(),
            });
        }
    }

    fn add_units(&mut self, twin: &Twin, changes: &Changes, findings: &mut Findings) {
        let base = 1.0 / self.base_mva;
        for (id, unit) in twin.power_units.iter() {
            if !unit.in_service || changes.out.contains(&id) {
                continue;
            }
            if !is_finite(&unit.kind) {
                findings.push(
                    Finding::warning("power-unit-unusable", "a value of it is not finite; it is left out")
                        .with_key(unit.key.clone()),
                );
                continue;
            }
            let number = unit.bus.index() as u32;
            let Some(bus) = self.buses.get_mut(unit.bus.index()) else { continue };
            match unit.kind {
                PowerUnitKind::Load {
                    p_mw,
                    q_mvar,
                    scaling,
                    const_z_p_percent,
                    const_i_p_percent,
                    const_z_q_percent,
                    const_i_q_percent,
                } => {
                    let power = Complex::new(p_mw, q_mvar).scale(scaling * changes.demand_factor * base);
                    let part = |p: f64, q: f64| Complex::new(power.re * p / 100.0, power.im * q / 100.0);
                    let current = part(const_i_p_percent, const_i_q_percent);
                    let earth = part(const_z_p_percent, const_z_q_percent);
                    let says_nothing =
                        [const_z_p_percent, const_i_p_percent, const_z_q_percent, const_i_q_percent] == [0.0; 4];
                    let [constant, current, earth] =
                        if says_nothing { changes.parts(power) } else { [power - current - earth, current, earth] };
                    bus.demand += constant;
                    bus.current += current;
                    bus.shunt += earth.conj();
                    if power != Complex::ZERO {
                        self.loads.push(Load { bus: number, power, unit: Some(id.index() as u32) });
                    }
                }
                PowerUnitKind::StaticGenerator { p_mw, q_mvar, scaling } => {
                    bus.demand -= Complex::new(p_mw, q_mvar).scale(scaling * base);
                }
                PowerUnitKind::Generator { p_mw, scaling, vm_pu, min_q_mvar, max_q_mvar, slack } => {
                    if !(vm_pu.is_finite() && vm_pu > 0.0) {
                        findings.push(
                            Finding::warning(
                                "power-unit-unusable",
                                format!("it keeps a voltage of {vm_pu} p.u.; it is left out"),
                            )
                            .with_key(unit.key.clone())
                            .with_field("vm_pu"),
                        );
                    } else if slack {
                        self.slacks.push((number, Complex::new(vm_pu, 0.0)));
                    } else {
                        let limit = |limit: Option<f64>, none: f64| limit.map_or(none, |mvar| mvar * base);
                        self.generators.push(Generator {
                            bus: number,
                            p_pu: p_mw * scaling * base,
                            vm_pu,
                            q_limits_pu: (limit(min_q_mvar, f64::NEG_INFINITY), limit(max_q_mvar, f64::INFINITY)),
                        });
                    }
                }
                PowerUnitKind::ExternalGrid { vm_pu, va_deg } => {
                    if vm_pu.is_finite() && vm_pu > 0.0 {
                        self.slacks.push((number, Complex::from_polar_deg(vm_pu, va_deg)));
                    } else {
                        findings.push(
                            Finding::warning(
                                "power-unit-unusable",
                                format!("it keeps a voltage of {vm_pu} p.u.; it is left out"),
                            )
                            .with_key(unit.key.clone())
                            .with_field("vm_pu"),
                        );
                    }
                }
                PowerUnitKind::Shunt { p_mw, q_mvar } => bus.shunt += Complex::new(p_mw, -q_mvar).scale(base),
            }
        }
    }

    /// The state as the data has it.
    #[must_use]
    pub fn state(&self) -> State {
        State {
            bus: self.buses.iter().map(|bus| bus.in_service).collect(),
            branch: self.branches.iter().map(|branch| branch.in_service).collect(),
            end_switch: self.end_switches.iter().map(|switch| switch.closed).collect(),
        }
    }

    /// The switches at the ends of a branch.
    pub(crate) fn end_switches_of(&self, branch: u32) -> &[u32] {
        &self.end_switches_of[branch as usize]
    }

    /// What draws power, one by one: its bus and unit (nothing for the load of a bus itself), and its power, MW.
    pub fn customers(&self) -> impl Iterator<Item = (u32, Option<Id<PowerUnit>>, f64)> {
        self.loads
            .iter()
            .map(|load| (load.bus, load.unit.map(|unit| Id::new(unit as usize)), load.power.re * self.base_mva))
    }

    /// The number of buses.
    #[must_use]
    pub fn n_buses(&self) -> usize {
        self.buses.len()
    }

    /// The number of branches, switches between buses among them.
    #[must_use]
    pub fn n_branches(&self) -> usize {
        self.branches.len()
    }
}

/// Whether the power and parts of a unit are numbers.
fn is_finite(kind: &PowerUnitKind) -> bool {
    match *kind {
        PowerUnitKind::Load {
            p_mw,
            q_mvar,
            scaling,
            const_z_p_percent,
            const_i_p_percent,
            const_z_q_percent,
            const_i_q_percent,
        } => [p_mw, q_mvar, scaling, const_z_p_percent, const_i_p_percent, const_z_q_percent, const_i_q_percent]
            .iter()
            .all(|value| value.is_finite()),
        PowerUnitKind::StaticGenerator { p_mw, q_mvar, scaling } => {
            p_mw.is_finite() && q_mvar.is_finite() && scaling.is_finite()
        }
        PowerUnitKind::Generator { p_mw, scaling, .. } => p_mw.is_finite() && scaling.is_finite(),
        PowerUnitKind::ExternalGrid { va_deg, .. } => va_deg.is_finite(),
        PowerUnitKind::Shunt { p_mw, q_mvar } => p_mw.is_finite() && q_mvar.is_finite(),
    }
}
