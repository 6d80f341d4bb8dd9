//! Walks to school that lead past the work sites, and how far one must walk or ride around them.

use rayon::prelude::*;
use twin::{
    Id,
    outcome::touched::{Around, AroundMode, SchoolWalk},
    road::{Arc, Direction, Modes, RoadNode},
    scenario::ClosureKind,
};
use twin_traffic::modal::{Closings, Found, Search, Start, Stretch, Toward};

use super::{Case, ground::Ways};
use crate::resolve::ResolvedClosure;

/// Ways that differ by less are equal, metres.
const SAME_M: f64 = 1.0;

/// Addresses in the catchment of a school whose shortest walk to the nearest one leads past a work site: it would be longer, or there
/// would be none, if nobody could pass there.
pub(super) fn walks(case: &Case<'_>, with: &Ways) -> Vec<SchoolWalk> {
    let ground = case.ground;
    let catchment_m = case.prepared.assumptions.school_catchment_m;
    let near = |found: &Option<Found>| found.filter(|found| found.length_m <= catchment_m);
    let schools: Vec<_> =
        ground.schools.iter().copied().filter(|&id| ground.place(&ground.on_foot, id).is_some()).collect();
    if schools.is_empty() || ground.base.school.iter().all(|found| near(found).is_none()) {
        return Vec::new();
    }
    let sites = case.sites();
    let search = Search {
        network: &ground.foot,
        time_s: &ground.foot_s,
        closings: &sites,
        toward: Toward::Starts,
        keeps_out: false,
    };
    let clear = ground.of_addresses(search, &ground.starts(&ground.on_foot, &schools), &ground.on_foot);
    let base = &ground.base.school;
    (0..ground.n_addresses())
        .filter_map(|index| {
            let walk = near(&base[index])?;
            let clear_m = clear[index].map(|found| found.length_m);
            let passes = clear_m.is_none_or(|clear_m| clear_m > walk.length_m + SAME_M);
            passes.then(|| SchoolWalk {
                address: Id::new(index),
                school: schools[walk.start],
                base_m: walk.length_m,
                with_m: with.school[index].map(|found| found.length_m),
                clear_m,
            })
        })
        .collect()
}

/// How far it is from one end of each closure of the whole street to the other, on foot and by bicycle.
pub(super) fn around(case: &Case<'_>) -> Vec<Around> {
    let closures = case.resolved.closures.iter().zip(&case.resolved.scenario.closures).enumerate();
    let full: Vec<_> = closures
        .filter(|(_, (_, source))| source.kind == ClosureKind::Full)
        .map(|(index, (closure, _))| (index, closure))
        .collect();
    let jobs: Vec<_> = full.into_iter().flat_map(|job| AroundMode::ALL.iter().map(move |&mode| (job, mode))).collect();
    jobs.into_par_iter().filter_map(|((index, closure), mode)| around_one(case, index, closure, mode)).collect()
}

fn around_one(case: &Case<'_>, index: usize, closure: &ResolvedClosure, mode: AroundMode) -> Option<Around> {
    let ground = case.ground;
    let (network, time_s, modes) = match mode {
        AroundMode::Foot => (&ground.foot, &ground.foot_s, Modes::FOOT),
        AroundMode::Bicycle => (&ground.bicycle, &ground.bicycle_s, Modes::BICYCLE),
    };
    let [first, last] = ends(case, closure)?;
    let mut sites = Closings::default();
    for section in &closure.sections {
        for direction in Direction::BOTH {
            let stretch = Stretch { from_m: section.part.from_m, to_m: section.part.to_m, residents: false };
            sites.add(Arc::new(section.part.link, direction), stretch);
        }
    }
    let start = match first {
        End::Node(node) => Start::Node(node, 0.0),
        End::Place(arc, at_m) => Start::Place(arc.link, at_m, 0.0),
    };
    let search = Search { network, time_s, closings: &sites, toward: Toward::Places, keeps_out: false };
    let reached = search.run(&[start]);
    let found = match last {
        End::Node(node) => reached.at_node(node),
        End::Place(arc, at_m) => reached.at(arc.link, at_m),
    };
    let open = !closure.sections.iter().any(|section| {
        Direction::BOTH.into_iter().any(|direction| {
            let admits = network.admits[Arc::new(section.part.link, direction).index()];
            admits && section.blocks(direction, modes)
        })
    });
    let admitted = closure
        .sections
        .iter()
        .all(|section| Direction::BOTH.into_iter().any(|d| network.admits[Arc::new(section.part.link, d).index()]));
    admitted.then_some(Around {
        closure: index,
        mode,
        open,
        through_m: closure.length_m,
        around_m: found.map(|found| found.length_m),
    })
}

/// Where one stands before a work site: at a junction, or on the section.
enum End {
    Node(Id<RoadNode>),
    Place(Arc, f64),
}

/// Before and behind the work site, along the closure. Nothing where its sections are no line.
fn ends(case: &Case<'_>, closure: &ResolvedClosure) -> Option<[End; 2]> {
    let line = closure.sections.iter().scan(None, |node: &mut Option<Id<RoadNode>>, section| {
        let arc =
            Arc::new(section.part.link, if section.part.along { Direction::Forward } else { Direction::Backward });
        let (from, to) = arc.ends(&case.twin.roads);
        // Parallel carriageways and stubs come last and do not join.
        if node.is_some_and(|node| node != from) {
            return None;
        }
        *node = Some(to);
        Some((arc, section.part))
    });
    let line: Vec<_> = line.collect();
    let (first, last) = (line.first()?, line.last()?);
    let end = |(arc, part): &(Arc, twin::outcome::ClosedSection), begin: bool| {
        let length_m = case.twin.roads.link(arc.link).length_m;
        let at_begin = begin == (arc.direction == Direction::Forward);
        let at_m = if at_begin { part.from_m - 0.1 } else { part.to_m + 0.1 };
        if (0.0..=length_m).contains(&at_m) {
            return End::Place(*arc, at_m);
        }
        let (from, to) = arc.ends(&case.twin.roads);
        End::Node(if begin { from } else { to })
    };
    Some([end(first, true), end(last, false)])
}
