//! One way through a network, by any cost.

use std::collections::BTreeMap;

use super::{Closings, ModeNetwork};
use crate::heap::Heap;

/// No state.
const NONE: u32 = u32::MAX;

/// A way from the end of one arc to the begin of another.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The start, as a position in the list of starts.
    pub start: usize,
    /// The goal, as a position in the list of goals.
    pub goal: usize,
    /// Rows of the arcs between them, in driving order.
    pub arcs: Vec<usize>,
    /// Cost, with what start and goal count.
    pub cost: f64,
}

/// The cheapest way from the end of any start arc to the begin of any goal arc, each with what it counts besides; nothing where
/// there is none. Turns are those of the network; nobody turns back at dead ends. What is closed or has no finite cost is
/// not used, start and goal arcs excepted.
#[must_use]
pub fn route(
    network: &ModeNetwork,
    cost: &[f64],
    closings: &Closings,
    starts: &[(usize, f64)],
    goals: &[(usize, f64)],
) -> Option<Route> {
    let n = network.n_states();
    let (mut best, mut by, mut from) = (vec![f64::INFINITY; n], vec![NONE; n], vec![NONE; n]);
    let mut heap = Heap::new(n);
    let mut goal_of: BTreeMap<usize, (usize, f64)> = BTreeMap::new();
    for (index, &(arc, counts)) in goals.iter().enumerate() {
        let known = goal_of.entry(arc).or_insert((index, counts));
        if counts < known.1 {
            *known = (index, counts);
        }
    }
    // Goal, state, total.
    let mut found: Option<(usize, u32, f64)> = None;
    let mut enter = |state: u32, at: f64, by_state: u32, start: u32, heap: &mut Heap, found: &mut Option<_>| {
        let arc = network.arc[state as usize] as usize;
        if at >= best[state as usize] {
            return;
        }
        (best[state as usize], by[state as usize], from[state as usize]) = (at, by_state, start);
        if let Some(&(goal, counts)) = goal_of.get(&arc)
            && found.is_none_or(|(_, _, total)| at + counts < total)
        {
            *found = Some((goal, state, at + counts));
        }
        if cost[arc].is_finite() && !closings.shuts(arc) {
            heap.push_or_decrease(state, at);
        }
    };
    for (index, &(arc, counts)) in starts.iter().enumerate() {
        let state = network.state[arc];
        if state == NONE || !counts.is_finite() {
            continue;
        }
        for &next in network.next.of(state as usize) {
            enter(next, counts, NONE, index as u32, &mut heap, &mut found);
        }
    }
    while let Some((state, at)) = heap.pop() {
        if found.is_some_and(|(_, _, total)| at >= total) {
            break;
        }
        let there = at + cost[network.arc[state as usize] as usize];
        for &next in network.next.of(state as usize) {
            enter(next, there, state, NONE, &mut heap, &mut found);
        }
    }
    let (goal, last, cost) = found?;
    let mut arcs = Vec::new();
    let mut state = last;
    while by[state as usize] != NONE {
        state = by[state as usize];
        arcs.push(network.arc[state as usize] as usize);
    }
    arcs.reverse();
    Some(Route { start: from[state as usize] as usize, goal, arcs, cost })
}
