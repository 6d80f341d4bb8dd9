//! No car may be trapped: one-way streets and pedestrian zones leave every street within reach and out of it.

use std::collections::BTreeMap;

use twin::road::{Modes, RoadClass};

use super::Section;
use crate::dressing::Dressing;

/// No car may be trapped: streets that cars reach only through the pedestrian zone join it, and one-way streets that lead
/// where nothing leads back from become two-way.
pub(super) fn close_traps(sections: &mut [Section], n_points: usize) {
    let drives = |section: &Section| section.dressing.modes.contains(Modes::CAR);
    let mut root: Vec<u32> = (0..n_points as u32).collect();
    for section in sections.iter().filter(|section| drives(section)) {
        let (a, b) = (find(&mut root, section.ends.0), find(&mut root, section.ends.1));
        root[a.max(b) as usize] = a.min(b);
    }
    let mut size: BTreeMap<u32, u32> = BTreeMap::new();
    for section in sections.iter().filter(|section| drives(section)) {
        *size.entry(find(&mut root, section.ends.0)).or_default() += 1;
    }
    let main = size.iter().max_by_key(|(r, n)| (**n, std::cmp::Reverse(**r))).map(|(r, _)| *r);
    for section in sections.iter_mut() {
        if drives(section) && Some(find(&mut root, section.ends.0)) != main {
            section.class = RoadClass::Pedestrian;
            section.one_way = false;
            section.dressing = Dressing {
                lanes: 0,
                shared_lane: false,
                speed_kmh: 0.0,
                modes: Modes::FOOT.union(Modes::BICYCLE).union(Modes::EMERGENCY),
                surface: "paving_stones",
                ..section.dressing
            };
        }
    }
    let component = strong_components(sections, n_points);
    for section in sections.iter_mut().filter(|section| section.one_way) {
        if component[section.ends.0 as usize] != component[section.ends.1 as usize]
            && section.class != RoadClass::Motorway
        {
            section.one_way = false;
        }
    }
}

pub(super) fn find(root: &mut [u32], mut i: u32) -> u32 {
    while root[i as usize] != i {
        root[i as usize] = root[root[i as usize] as usize];
        i = root[i as usize];
    }
    i
}

/// Strongly connected components for cars (Kosaraju, with explicit stacks).
fn strong_components(sections: &[Section], n_points: usize) -> Vec<u32> {
    let mut out: Vec<Vec<u32>> = vec![Vec::new(); n_points];
    let mut into: Vec<Vec<u32>> = vec![Vec::new(); n_points];
    for section in sections.iter().filter(|section| section.dressing.modes.contains(Modes::CAR)) {
        let (a, b) = section.ends;
        out[a as usize].push(b);
        into[b as usize].push(a);
        if !section.one_way {
            out[b as usize].push(a);
            into[a as usize].push(b);
        }
    }
    let mut order = Vec::with_capacity(n_points);
    let mut seen = vec![false; n_points];
    for start in 0..n_points {
        if seen[start] {
            continue;
        }
        seen[start] = true;
        let mut stack = vec![(start, 0usize)];
        while let Some((at, next)) = stack.pop() {
            if let Some(&to) = out[at].get(next) {
                stack.push((at, next + 1));
                if !seen[to as usize] {
                    seen[to as usize] = true;
                    stack.push((to as usize, 0));
                }
            } else {
                order.push(at);
            }
        }
    }
    let mut component = vec![u32::MAX; n_points];
    for &start in order.iter().rev() {
        if component[start] != u32::MAX {
            continue;
        }
        component[start] = start as u32;
        let mut stack = vec![start];
        while let Some(at) = stack.pop() {
            for &from in &into[at] {
                if component[from as usize] == u32::MAX {
                    component[from as usize] = start as u32;
                    stack.push(from as usize);
                }
            }
        }
    }
    component
}
