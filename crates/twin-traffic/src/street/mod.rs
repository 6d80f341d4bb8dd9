//! Streets as arrays: what the solver needs of a town's roads, derived once.
//!
//! [`Streets`] holds one row per *arc* (one direction of one section) that a car or a lorry may use, and a routing graph
//! in which turn restrictions, destination-only streets and zones are expressed by states, so that every path through the
//! graph is a legal trip:
//!
//! * **Turn restrictions**, also those via other streets and the `only_…` kind, hold for the classes they name. Around
//!   them (within 500 m along the streets) turning back at a junction is forbidden too, otherwise a driver would drive past
//!   the junction, turn round and undo the restriction; dead ends and turning circles excepted. Farther away nothing is
//!   gained by turning round, because no shortest path comes to a node twice.
//! * **Destination-only streets** (Anlieger frei) may be used at the beginning and at the end of a trip, not between. What
//!   lies behind them and is reached no other way counts as a part of them.
//! * **Zones** are left and entered by connectors; nothing passes through them, nor through a node with `through = false`.
//!
//! Lorries do not use streets signed for at most 7.5 t, lower than 3.8 m or narrower than 2.5 m.
//!
//! # Units
//! Seconds, metres, passenger-car equivalents per hour; a TNTP twin: the file's own units throughout.

mod cost;
pub mod delay;
pub(crate) mod graph;
mod residents;

use twin::{
    Assumptions, Finding, Findings, Twin,
    demand::{VehicleClass, Zone},
    road::{Arc, Direction, Modes, VolumeDelay},
    scenario::TrafficOptions,
};

use graph::Graph;
pub use residents::{Depending, ForResidents};

use crate::hierarchy::Hierarchy;

/// How many classes of vehicles there are; columns by class are arrays of this length in the order of
/// [`VehicleClass::ALL`].
pub const N_CLASSES: usize = VehicleClass::ALL.len();

/// No arc.
pub(crate) const NONE: u32 = u32::MAX;

/// A town's streets as the solver sees them. Columns have one entry per arc that a motor vehicle may use.
#[derive(Clone, Debug)]
pub struct Streets {
    /// Row of each arc in result columns: [`Arc::index`].
    pub row: Vec<u32>,
    /// Node where each arc begins.
    pub from_node: Vec<u32>,
    /// Node where each arc ends.
    pub to_node: Vec<u32>,
    /// Length, metres.
    pub length_m: Vec<f64>,
    /// Classes that may use it: bit 0 cars, bit 1 lorries.
    pub admits: Vec<u8>,
    /// Time on the empty street by class, with the delay at the junction at its end, seconds.
    pub free_time_s: [Vec<f64>; N_CLASSES],
    /// Cost besides time: weighted toll and distance, in units of time.
    pub fixed_cost: Vec<f64>,
    /// Time that the volume-delay function is a multiple of, seconds: the free time of a car without junction delay.
    pub delay_time_s: Vec<f64>,
    /// Capacity, passenger-car equivalents per hour.
    pub capacity_pce_h: Vec<f64>,
    /// How time grows with volume.
    pub delay: Vec<VolumeDelay>,
    /// Passenger-car equivalents of a vehicle, by class.
    pub pce: [f64; N_CLASSES],
    /// Rows of result columns: two per section.
    pub n_rows: usize,
    /// Nodes of the network.
    pub n_nodes: usize,
    /// Zones.
    pub n_zones: usize,
    arc_of_row: Vec<u32>,
    out_first: Vec<u32>,
    out_arc: Vec<u32>,
    pub(crate) graph: Graph,
    pub(crate) hierarchy: Hierarchy,
    /// What only residents get to for the while; nothing without such closures.
    pub(crate) depending: Option<Depending>,
}

impl Streets {
    /// The number of arcs.
    #[must_use]
    pub fn n_arcs(&self) -> usize {
        self.row.len()
    }

    /// States and transitions of the routing graph: a measure of its size.
    #[must_use]
    pub fn graph_size(&self) -> (usize, usize) {
        (self.graph.n_vertices(), self.graph.head.len())
    }

    /// Position of a direction of a section among the arcs; nothing where no motor vehicle may drive.
    #[must_use]
    pub fn position(&self, arc: Arc) -> Option<usize> {
        self.arc_of_row.get(arc.index()).filter(|&&position| position != NONE).map(|&position| position as usize)
    }

    /// The direction of a section at a position among the arcs.
    #[must_use]
    pub fn arc(&self, position: usize) -> Arc {
        Arc::from_index(self.row[position] as usize)
    }

    /// Spreads a column over arcs to one over all rows, zero where no motor vehicle may drive.
    #[must_use]
    pub fn rows(&self, column: &[f64]) -> Vec<f64> {
        let mut rows = vec![0.0; self.n_rows];
        for (&row, &value) in self.row.iter().zip(column) {
            rows[row as usize] = value;
        }
        rows
    }

    /// Arcs that begin at a node.
    pub fn arcs_from(&self, node: usize) -> impl ExactSizeIterator<Item = usize> {
        self.out_arc[self.out_first[node] as usize..self.out_first[node + 1] as usize].iter().map(|&arc| arc as usize)
    }
}

/// Changes to arcs for the length of a scenario. Nothing is removed: a closure is a mask.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    /// Changes in any order; several on one arc add up (closures unite, the smallest capacity and the longest free time
    /// hold, delays add).
    pub changes: Vec<ArcChange>,
}

/// What changes on one arc.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ArcChange {
    /// The arc.
    pub arc: Arc,
    /// Who may not drive here (of cars and lorries; other modes are not modelled here).
    pub closed: Modes,
    /// Capacity instead of the street's own, passenger-car equivalents per hour. Zero or less closes the arc.
    pub capacity_pce_h: Option<f64>,
    /// Time on the empty street for all classes instead of their own, seconds.
    pub free_time_s: Option<f64>,
    /// Greatest speed, km/h: lengthens the time on the empty street where that is shorter.
    pub speed_max_kmh: Option<f64>,
    /// Delay besides, whatever the volume: waiting at a temporary signal, seconds.
    pub added_delay_s: f64,
    /// Volume-delay function instead of the street's own.
    pub delay: Option<VolumeDelay>,
}

impl ArcChange {
    /// No change on this arc, to be filled in with `..`.
    #[must_use]
    pub const fn none(arc: Arc) -> Self {
        Self {
            arc,
            closed: Modes::NONE,
            capacity_pce_h: None,
            free_time_s: None,
            speed_max_kmh: None,
            added_delay_s: 0.0,
            delay: None,
        }
    }

    /// Closed for these modes.
    #[must_use]
    pub const fn closed(arc: Arc, modes: Modes) -> Self {
        Self { closed: modes, ..Self::none(arc) }
    }
}

/// Mode of a class.
#[must_use]
pub const fn mode_of(class: VehicleClass) -> Modes {
    match class {
        VehicleClass::Car => Modes::CAR,
        VehicleClass::Truck => Modes::TRUCK,
    }
}

/// Bits of the classes among modes: bit 0 cars, bit 1 lorries.
#[must_use]
pub fn class_bits(modes: Modes) -> u8 {
    VehicleClass::ALL
        .iter()
        .enumerate()
        .filter(|&(_, &class)| modes.contains(mode_of(class)))
        .fold(0, |bits, (index, _)| bits | 1 << index)
}

/// Derives the streets of a twin.
///
/// `zones` are those of the demand that will be assigned (`twin.demand` or a generated one); they may be empty where only
/// columns and reachability are asked for.
///
/// # Errors
/// There are none: what cannot be used (a capacity of zero, a negative time, a restriction that does not fit together)
/// is left out and named in the findings.
#[must_use]
pub fn derive(twin: &Twin, zones: &[Zone], assumptions: &Assumptions, options: &TrafficOptions) -> (Streets, Findings) {
    let mut findings = Findings::default();
    let n_rows = 2 * twin.roads.n_links();
    let n_nodes = twin.roads.n_nodes();
    let rules = cost::Rules::new(twin, assumptions, options);
    let mut streets = Streets {
        row: Vec::new(),
        from_node: Vec::new(),
        to_node: Vec::new(),
        length_m: Vec::new(),
        admits: Vec::new(),
        free_time_s: Default::default(),
        fixed_cost: Vec::new(),
        delay_time_s: Vec::new(),
        capacity_pce_h: Vec::new(),
        delay: Vec::new(),
        pce: [1.0, assumptions.truck_pce],
        n_rows,
        n_nodes,
        n_zones: zones.len(),
        arc_of_row: vec![NONE; n_rows],
        out_first: Vec::new(),
        out_arc: Vec::new(),
        graph: Graph::default(),
        hierarchy: Hierarchy::default(),
        depending: None,
    };
    for (id, link) in twin.roads.links() {
        for direction in Direction::BOTH {
            let arc = Arc::new(id, direction);
            let admits = class_bits(cost::admitted(link, direction));
            if admits == 0 {
                continue;
            }
            match rules.cost(link, arc) {
                Ok(cost) => streets.push(twin, arc, admits, link.length_m, &cost),
                Err(finding) => findings.push(finding.with_key(link.key.clone())),
            }
        }
    }
    streets.index_nodes();
    let connectors = usable_connectors(&streets, zones, &mut findings);
    streets.graph = graph::build(twin, &streets, &connectors, None, &mut findings);
    streets.hierarchy = Hierarchy::new(&streets.graph);
    (streets, findings)
}

impl Streets {
    fn push(&mut self, twin: &Twin, arc: Arc, admits: u8, length_m: f64, cost: &cost::ArcCost) {
        let (from, to) = arc.ends(&twin.roads);
        self.arc_of_row[arc.index()] = u32::try_from(self.row.len()).expect("because ids fit 32 bits");
        self.row.push(u32::try_from(arc.index()).expect("because ids fit 32 bits"));
        self.from_node.push(u32::try_from(from.index()).expect("because ids fit 32 bits"));
        self.to_node.push(u32::try_from(to.index()).expect("because ids fit 32 bits"));
        self.length_m.push(if length_m.is_finite() { length_m.max(0.0) } else { 0.0 });
        self.admits.push(admits);
        for (column, time_s) in self.free_time_s.iter_mut().zip(cost.free_time_s) {
            column.push(time_s);
        }
        self.fixed_cost.push(cost.fixed_cost);
        self.delay_time_s.push(cost.delay_time_s);
        self.capacity_pce_h.push(cost.capacity_pce_h);
        self.delay.push(cost.delay);
    }

    fn index_nodes(&mut self) {
        let mut first = vec![0u32; self.n_nodes + 1];
        for &node in &self.from_node {
            first[node as usize + 1] += 1;
        }
        for node in 0..self.n_nodes {
            first[node + 1] += first[node];
        }
        let mut next = first.clone();
        self.out_arc = vec![0; self.row.len()];
        for (arc, &node) in self.from_node.iter().enumerate() {
            self.out_arc[next[node as usize] as usize] = u32::try_from(arc).expect("because ids fit 32 bits");
            next[node as usize] += 1;
        }
        self.out_first = first;
    }
}

/// Connectors (node, time) of each zone; those with an impossible time or node are left out with a finding.
fn usable_connectors(streets: &Streets, zones: &[Zone], findings: &mut Findings) -> Vec<Vec<(u32, f64)>> {
    zones
        .iter()
        .map(|zone| {
            let mut usable: Vec<(u32, f64)> = Vec::with_capacity(zone.connectors.len());
            for connector in &zone.connectors {
                if connector.node.index() >= streets.n_nodes || !(0.0..f64::INFINITY).contains(&connector.time_s) {
                    findings.push(
                        Finding::warning(
                            "bad-connector",
                            format!(
                                "zone {} has a connector of {} s to node {:?}; it is left out",
                                zone.key, connector.time_s, connector.node
                            ),
                        )
                        .with_key(zone.key.clone())
                        .with_help("give a time of 0 s or more and a node of the network"),
                    );
                    continue;
                }
                usable
                    .push((u32::try_from(connector.node.index()).expect("because ids fit 32 bits"), connector.time_s));
            }
            usable.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            usable.dedup_by_key(|connector| connector.0);
            usable
        })
        .collect()
}
