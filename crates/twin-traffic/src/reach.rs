//! Who can get where at all.

use twin::demand::VehicleClass;

use crate::street::{Overlay, Streets, class_bits};

/// For each node, whether a class of vehicles can drive to it from any of the given nodes under an overlay. Turn restrictions
/// and destination-only signs are not looked at: the question is whether a place is cut off.
#[must_use]
pub fn reachable_from(streets: &Streets, overlay: &Overlay, class: VehicleClass, nodes: &[usize]) -> Vec<bool> {
    let open = open_arcs(streets, overlay, class);
    let mut reached = vec![false; streets.n_nodes];
    let mut stack: Vec<usize> = nodes.iter().copied().filter(|&node| node < streets.n_nodes).collect();
    for &node in &stack {
        reached[node] = true;
    }
    while let Some(node) = stack.pop() {
        for arc in streets.arcs_from(node).filter(|&arc| open[arc]) {
            let to = streets.to_node[arc] as usize;
            if !reached[to] {
                reached[to] = true;
                stack.push(to);
            }
        }
    }
    reached
}

/// For each node, whether it belongs to the largest part of the network in which a class of vehicles can drive from every node to
/// every other under an overlay (ties: the part with the smallest node).
#[must_use]
pub fn main_part(streets: &Streets, overlay: &Overlay, class: VehicleClass) -> Vec<bool> {
    let open = open_arcs(streets, overlay, class);
    largest_strong_part(streets, &|arc| open[arc])
}

/// For each arc, whether a class of vehicles may use it under an overlay.
#[must_use]
pub fn open_arcs(streets: &Streets, overlay: &Overlay, class: VehicleClass) -> Vec<bool> {
    let bit = 1u8 << (class as usize);
    let mut open: Vec<bool> = streets.admits.iter().map(|admits| admits & bit != 0).collect();
    for change in &overlay.changes {
        let closed = class_bits(change.closed) & bit != 0
            || change.capacity_pce_h.is_some_and(|capacity| !(capacity > 0.0 && capacity.is_finite()));
        if let (true, Some(arc)) = (closed, streets.position(change.arc)) {
            open[arc] = false;
        }
    }
    open
}

/// The largest strongly connected part over the usable arcs, by Tarjan's algorithm without recursion.
pub(crate) fn largest_strong_part(streets: &Streets, usable: &dyn Fn(usize) -> bool) -> Vec<bool> {
    const NEW: u32 = u32::MAX;
    let n = streets.n_nodes;
    let (mut number, mut low, mut part) = (vec![NEW; n], vec![0u32; n], vec![NEW; n]);
    let (mut open, mut calls): (Vec<usize>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
    let (mut count, mut sizes) = (0u32, Vec::new());
    for root in 0..n {
        if number[root] != NEW {
            continue;
        }
        calls.push((root, 0));
        while let Some((node, step)) = calls.pop() {
            if number[node] == NEW {
                (number[node], low[node]) = (count, count);
                count += 1;
                open.push(node);
            }
            let mut descended = false;
            for (index, arc) in streets.arcs_from(node).enumerate().skip(step) {
                if !usable(arc) {
                    continue;
                }
                let to = streets.to_node[arc] as usize;
                if number[to] == NEW {
                    // Comes back to the same arc, whose end is numbered then.
                    calls.push((node, index));
                    calls.push((to, 0));
                    descended = true;
                    break;
                }
                if part[to] == NEW {
                    low[node] = low[node].min(low[to]);
                }
            }
            if descended {
                continue;
            }
            if low[node] == number[node] {
                let id = sizes.len() as u32;
                let mut size = 0usize;
                while let Some(member) = open.pop() {
                    part[member] = id;
                    size += 1;
                    if member == node {
                        break;
                    }
                }
                sizes.push(size);
            }
        }
    }
    let mut smallest = vec![usize::MAX; sizes.len()];
    for (node, &id) in part.iter().enumerate().rev() {
        smallest[id as usize] = node;
    }
    let largest = (0..sizes.len()).max_by_key(|&id| (sizes[id], std::cmp::Reverse(smallest[id])));
    part.iter().map(|&id| Some(id as usize) == largest).collect()
}
