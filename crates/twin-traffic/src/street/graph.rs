//! The routing graph: vertices are states of a trip, edges are arcs driven in a state, or connectors of zones.
//!
//! A state is a node, a layer and, near turn restrictions, the arc by which the trip came with the restrictions that are
//! half matched. Layers keep through trips out of destination-only streets: a trip that begins in one is in `DEPART` until it
//! reaches an ordinary street; one that turns into one from there is in `ARRIVE` and stays in it. Without such streets
//! there is one layer. A node that nothing may pass has one state for trips that begin and one for trips that end.
//!
//! Under closures that residents may enter ([`Depending`]) trips that begin at a node which depends on them are in `DEPART`, trips that
//! came to one are in `ARRIVE`; trips of external zones that begin there are in `STRANGER` and may not pass the closed arcs outward.

use std::collections::{BTreeMap, HashMap};

use twin::{
    Finding, Findings, Twin,
    road::{NodeControl, TurnKind},
};

use super::{NONE, Streets, class_bits, residents::Depending};

/// How far from a turn restriction turning back at a junction is forbidden, metres along the streets.
const NO_TURNING_BACK_M: f64 = 500.0;

const THROUGH: u8 = 0;
const DEPART: u8 = 1;
const ARRIVE: u8 = 2;
const STRANGER: u8 = 3;
/// "Came by": came by nothing (begins here, or it does not matter), or ends here.
const BY_ANY: u32 = u32::MAX;
const BY_END: u32 = u32::MAX - 1;

/// States and transitions in compressed rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    /// Edges of vertex v: `first[v]..first[v + 1]`.
    pub(crate) first: Vec<u32>,
    /// Vertex where each edge ends.
    pub(crate) head: Vec<u32>,
    /// Vertex where each edge begins.
    pub(crate) tail: Vec<u32>,
    /// Position of the arc driven; [`NONE`] for a connector.
    pub(crate) arc: Vec<u32>,
    /// Classes that may pass: bit 0 cars, bit 1 lorries.
    pub(crate) classes: Vec<u8>,
    /// Cost besides that of the arc: time of the connector.
    pub(crate) extra: Vec<f64>,
    /// Vertex where trips of each zone begin.
    pub(crate) source: Vec<u32>,
    /// Vertex where trips to each zone end.
    pub(crate) sink: Vec<u32>,
}

impl Graph {
    /// Whether trips end at a vertex: then nothing leads on from it.
    #[inline]
    pub(crate) fn is_sink(&self, vertex: u32) -> bool {
        let n_zones = self.sink.len() as u32;
        vertex.wrapping_sub(n_zones) < n_zones
    }

    pub(crate) fn n_vertices(&self) -> usize {
        self.first.len().saturating_sub(1)
    }
}

/// A restriction as positions of arcs: approach, arcs between, exit.
struct Chain {
    arcs: Vec<u32>,
    only: bool,
    classes: u8,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    node: u32,
    layer: u8,
    by: u32,
    /// Half-matched restrictions with the number of arcs matched, beyond those that `by` alone begins.
    matched: Vec<(u32, u32)>,
}

pub(crate) fn build(
    twin: &Twin,
    streets: &Streets,
    connectors: &[Vec<(u32, f64)>],
    depending: Option<&Depending>,
    findings: &mut Findings,
) -> Graph {
    let chains = chains(twin, streets, findings);
    let mut chains_by_first: HashMap<u32, Vec<u32>> = HashMap::new();
    for (index, chain) in chains.iter().enumerate() {
        chains_by_first.entry(chain.arcs[0]).or_default().push(index as u32);
    }
    let private = private_arcs(twin, streets);
    let builder = Builder {
        twin,
        streets,
        expanded: expanded_nodes(streets, &chains),
        chains,
        chains_by_first,
        layered: private.iter().any(|&classes| classes != 0),
        private,
        depending,
    };
    builder.explore(connectors)
}

struct Builder<'a> {
    twin: &'a Twin,
    streets: &'a Streets,
    chains: Vec<Chain>,
    chains_by_first: HashMap<u32, Vec<u32>>,
    expanded: Vec<bool>,
    /// Classes for which an arc may only begin or end a trip.
    private: Vec<u8>,
    layered: bool,
    /// What only residents get to for the while.
    depending: Option<&'a Depending>,
}

/// A vertex's way out: arc, classes, next state.
type Step = (u32, u8, State);

impl Builder<'_> {
    fn explore(&self, connectors: &[Vec<(u32, f64)>]) -> Graph {
        let n_zones = connectors.len();
        // Vertices: sources of the zones, sinks of the zones, states as they are found.
        let mut graph = Graph {
            source: (0..n_zones as u32).collect(),
            sink: (n_zones as u32..2 * n_zones as u32).collect(),
            ..Graph::default()
        };
        let mut zones_at: Vec<Vec<(u32, f64)>> = vec![Vec::new(); self.streets.n_nodes];
        let mut states: Vec<State> = Vec::new();
        let mut known: HashMap<State, u32> = HashMap::new();
        let mut vertex = |state: State, states: &mut Vec<State>| -> u32 {
            *known.entry(state).or_insert_with_key(|state| {
                states.push(state.clone());
                (2 * n_zones + states.len() - 1) as u32
            })
        };
        graph.first.push(0);
        for (zone, connectors) in connectors.iter().enumerate() {
            for &(node, time_s) in connectors {
                zones_at[node as usize].push((zone as u32, time_s));
                let head = vertex(self.beginning(zone, node), &mut states);
                graph.push(zone as u32, head, NONE, u8::MAX, time_s);
            }
            graph.first.push(graph.head.len() as u32);
        }
        graph.first.extend(std::iter::repeat_n(graph.head.len() as u32, n_zones));
        let mut next = 0;
        let mut steps = Vec::new();
        while next < states.len() {
            let state = states[next].clone();
            let tail = (2 * n_zones + next) as u32;
            next += 1;
            for &(zone, time_s) in &zones_at[state.node as usize] {
                // Who came in over a closed section has come to stay, not to leave the map.
                if state.layer == ARRIVE && self.inside(state.node) != 0 && self.is_external(zone as usize) {
                    continue;
                }
                graph.push(tail, graph.sink[zone as usize], NONE, u8::MAX, time_s);
            }
            self.steps(&state, &mut steps);
            for (arc, classes, state) in steps.drain(..) {
                let head = vertex(state, &mut states);
                graph.push(tail, head, arc, classes, 0.0);
            }
            graph.first.push(graph.head.len() as u32);
        }
        graph
    }

    /// State of a trip of a zone that begins at a node.
    fn beginning(&self, zone: usize, node: u32) -> State {
        let layer = match (self.inside(node) != 0, self.layered) {
            (true, _) if self.is_external(zone) => STRANGER,
            (true, _) | (false, true) => DEPART,
            (false, false) => THROUGH,
        };
        State { node, layer, by: BY_ANY, matched: Vec::new() }
    }

    /// Classes that get to a node over sections closed to all but residents alone.
    fn inside(&self, node: u32) -> u8 {
        self.depending.map_or(0, |depending| depending.inside[node as usize])
    }

    fn is_external(&self, zone: usize) -> bool {
        self.depending.is_some_and(|depending| depending.external[zone])
    }

    fn steps(&self, state: &State, steps: &mut Vec<Step>) {
        if state.by == BY_END {
            return;
        }
        let allowed = self.allowed(state);
        for (arc, turn_classes) in allowed {
            let mut push = |layer: u8, layer_classes: u8| {
                let classes = turn_classes & layer_classes;
                if classes != 0 {
                    steps.push((arc, classes, self.after(state, arc, layer)));
                }
            };
            let Some(depending) = self.depending else {
                self.ordinary_layers(state.layer, arc).into_iter().for_each(|(layer, classes)| push(layer, classes));
                continue;
            };
            let (tail, head) = (self.inside(state.node), self.inside(self.streets.to_node[arc as usize]));
            let closed = depending.closed[arc as usize];
            let leaves = match state.layer {
                DEPART => u8::MAX,
                STRANGER => !closed,
                _ => 0,
            };
            let outside = !tail & !head | tail & !head & leaves;
            for (layer, classes) in self.ordinary_layers(state.layer, arc) {
                push(layer, classes & outside);
            }
            let mut arrives = !tail & head;
            match state.layer {
                DEPART => push(DEPART, tail & head),
                ARRIVE => arrives |= tail & head,
                STRANGER => {
                    arrives |= tail & head & closed;
                    push(STRANGER, tail & head & !closed);
                }
                _ => {}
            }
            push(ARRIVE, arrives);
        }
    }

    /// Layers into which an arc leads, with the classes for which it does, as far as destination-only streets go.
    fn ordinary_layers(&self, layer: u8, arc: u32) -> [(u8, u8); 2] {
        let private = self.private[arc as usize];
        match layer {
            _ if !self.layered && layer != ARRIVE => [(THROUGH, u8::MAX), (THROUGH, 0)],
            DEPART | STRANGER => [(DEPART, private), (THROUGH, !private)],
            THROUGH => [(ARRIVE, private), (THROUGH, !private)],
            _ => [(ARRIVE, private), (THROUGH, 0)],
        }
    }

    /// State after driving an arc.
    fn after(&self, state: &State, arc: u32, layer: u8) -> State {
        let node = self.streets.to_node[arc as usize];
        if !self.twin.roads[twin::Id::new(node as usize)].through {
            return State { node, layer, by: BY_END, matched: Vec::new() };
        }
        if !self.expanded[node as usize] {
            return State { node, layer, by: BY_ANY, matched: Vec::new() };
        }
        let mut matched: Vec<(u32, u32)> = self
            .half_matched(state)
            .filter(|&(chain, n)| {
                let arcs = &self.chains[chain as usize].arcs;
                (n as usize) + 1 < arcs.len() && arcs[n as usize] == arc
            })
            .map(|(chain, n)| (chain, n + 1))
            .collect();
        matched.sort_unstable();
        State { node, layer, by: arc, matched }
    }

    /// Restrictions of which the arcs driven last are the beginning, with how many.
    fn half_matched<'s>(&'s self, state: &'s State) -> impl Iterator<Item = (u32, u32)> + 's {
        let begun = self.chains_by_first.get(&state.by).map_or(&[][..], Vec::as_slice);
        begun.iter().map(|&chain| (chain, 1)).chain(state.matched.iter().copied())
    }

    /// Arcs that may be driven from a state, with the classes that may.
    fn allowed(&self, state: &State) -> Vec<(u32, u8)> {
        let streets = self.streets;
        let mut out: Vec<(u32, u8)> =
            streets.arcs_from(state.node as usize).map(|arc| (arc as u32, streets.admits[arc])).collect();
        if state.by == BY_ANY {
            return out;
        }
        let n_out = out.len();
        // By length of the approach: several "only" after one approach allow each of their exits, those after a longer and a shorter
        // approach hold both.
        let mut bound: BTreeMap<u32, (u8, Vec<u8>)> = BTreeMap::new();
        for (chain, n) in self.half_matched(state) {
            let chain = &self.chains[chain as usize];
            if n as usize + 1 != chain.arcs.len() {
                continue;
            }
            let exit = chain.arcs[n as usize];
            for (index, (arc, classes)) in out.iter_mut().enumerate() {
                if *arc != exit {
                    continue;
                }
                if chain.only {
                    let may = chain.classes & streets.admits[*arc as usize];
                    let (bound, bidden) = bound.entry(n).or_insert_with(|| (0, vec![0; n_out]));
                    *bound |= may;
                    bidden[index] |= may;
                } else {
                    *classes &= !chain.classes;
                }
            }
        }
        for (bound, bidden) in bound.values() {
            for ((_, classes), bidden) in out.iter_mut().zip(bidden) {
                *classes &= !bound | bidden;
            }
        }
        self.forbid_turning_back(state, &mut out);
        out.retain(|&(_, classes)| classes != 0);
        out
    }

    /// Turning back into the street one came from only where there is no other way.
    fn forbid_turning_back(&self, state: &State, out: &mut [(u32, u8)]) {
        if self.twin.roads[twin::Id::new(state.node as usize)].control == NodeControl::TurningCircle {
            return;
        }
        let link = self.streets.row[state.by as usize] / 2;
        let others = out
            .iter()
            .filter(|(arc, _)| self.streets.row[*arc as usize] / 2 != link)
            .fold(0, |classes, (_, more)| classes | more);
        for (arc, classes) in out {
            let back = self.streets.row[*arc as usize] / 2 == link && *arc != state.by;
            if back {
                *classes &= !others;
            }
        }
    }
}

impl Graph {
    fn push(&mut self, tail: u32, head: u32, arc: u32, classes: u8, extra: f64) {
        self.tail.push(tail);
        self.head.push(head);
        self.arc.push(arc);
        self.classes.push(classes);
        self.extra.push(extra);
    }
}

/// Restrictions over arcs that can be driven.
fn chains(twin: &Twin, streets: &Streets, findings: &mut Findings) -> Vec<Chain> {
    let mut chains = Vec::new();
    for restriction in &twin.restrictions {
        let arcs: Vec<_> =
            std::iter::once(restriction.from).chain(restriction.via.iter().copied()).chain([restriction.to]).collect();
        let positions: Vec<_> = arcs.iter().filter_map(|&arc| streets.position(arc)).collect();
        let joined = positions.windows(2).all(|pair| streets.to_node[pair[0]] == streets.from_node[pair[1]]);
        let only = restriction.kind == TurnKind::Only;
        if positions.len() < arcs.len() {
            // A movement that nobody can drive needs no ban; a command to drive it cannot be obeyed.
            if only {
                findings.push(
                    Finding::note(
                        "restriction-not-applicable",
                        "the only turn allowed leads to where no motor vehicle may drive; it is ignored",
                    )
                    .with_key(restriction.key.clone()),
                );
            }
            continue;
        }
        if !joined {
            findings.push(
                Finding::warning(
                    "restriction-not-joined",
                    "the streets of the turn restriction do not meet; it is ignored",
                )
                .with_key(restriction.key.clone())
                .with_help("correct from, via and to in the source"),
            );
            continue;
        }
        chains.push(Chain {
            arcs: positions.into_iter().map(|position| position as u32).collect(),
            only,
            classes: !class_bits(restriction.except),
        });
    }
    chains
}

/// Nodes where it matters by which arc a trip came: in restrictions, and near them.
fn expanded_nodes(streets: &Streets, chains: &[Chain]) -> Vec<bool> {
    let mut distance_m = vec![f64::INFINITY; streets.n_nodes];
    let mut heap = super::super::heap::Heap::new(streets.n_nodes);
    for chain in chains {
        for &arc in &chain.arcs[..chain.arcs.len() - 1] {
            let node = streets.to_node[arc as usize];
            distance_m[node as usize] = 0.0;
            heap.push_or_decrease(node, 0.0);
        }
    }
    let mut in_arcs: Vec<Vec<u32>> = vec![Vec::new(); if chains.is_empty() { 0 } else { streets.n_nodes }];
    for arc in 0..if chains.is_empty() { 0 } else { streets.n_arcs() } {
        in_arcs[streets.to_node[arc] as usize].push(arc as u32);
    }
    while let Some((node, at_m)) = heap.pop() {
        let out = streets.arcs_from(node as usize).map(|arc| (streets.to_node[arc], arc));
        let back = in_arcs[node as usize].iter().map(|&arc| (streets.from_node[arc as usize], arc as usize));
        for (other, arc) in out.chain(back) {
            let there_m = at_m + streets.length_m[arc];
            if there_m <= NO_TURNING_BACK_M && there_m < distance_m[other as usize] {
                distance_m[other as usize] = there_m;
                heap.push_or_decrease(other, there_m);
            }
        }
    }
    distance_m.iter().map(|distance_m| distance_m.is_finite()).collect()
}

/// For each arc the classes for which it may only begin or end a trip: destination-only streets, and what lies behind them
/// (outside the largest part of the network that one can drive all over without them).
fn private_arcs(twin: &Twin, streets: &Streets) -> Vec<u8> {
    let signed: Vec<bool> =
        (0..streets.n_arcs()).map(|arc| twin.roads.link(streets.arc(arc).link).destination_only).collect();
    let mut private = vec![0u8; streets.n_arcs()];
    if !signed.contains(&true) {
        return private;
    }
    for class in 0..super::N_CLASSES {
        let bit = 1u8 << class;
        let ordinary = |arc: usize| streets.admits[arc] & bit != 0 && !signed[arc];
        let part = super::super::reach::largest_strong_part(streets, &ordinary);
        for (arc, private) in private.iter_mut().enumerate() {
            let (from, to) = (streets.from_node[arc] as usize, streets.to_node[arc] as usize);
            if !(ordinary(arc) && part[from] && part[to]) {
                *private |= bit;
            }
        }
    }
    private
}
