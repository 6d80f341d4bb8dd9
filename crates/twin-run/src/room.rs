//! Room for waiting vehicles between the stop lines of a half closure and the junctions before them.

use twin::{
    Id, Twin,
    outcome::QueueRoom,
    road::{Direction, Modes, RoadLink, RoadNode},
    scenario::Closure,
};

use crate::{day, overlay, prepare::Prepared, resolve::ResolvedClosure};

/// Farthest that a junction is looked for, metres.
const FAR_M: f64 = 2000.0;
/// Most sections that are looked at.
const N_SECTIONS: usize = 200;

/// The room before each direction of a half closure on which traffic alternates.
pub(crate) fn before(
    twin: &Twin,
    prepared: &Prepared,
    on_ground: &ResolvedClosure,
    closure: &Closure,
) -> [Option<QueueRoom>; 2] {
    let mut rooms = [None; 2];
    if !on_ground.sections.iter().any(|section| section.alternates) {
        return rooms;
    }
    for (direction, line) in day::stop_lines(twin, prepared, on_ground, closure.control, overlay::waits(closure)) {
        let carriageway = twin.roads.link(line.arc.link).carriageway(line.arc.direction);
        let (from, _) = line.arc.ends(&twin.roads);
        let (length_m, junction) = back(twin, line.arc.link, from, line.stop_m);
        let name = twin.roads.link(line.arc.link).name.as_deref();
        rooms[direction] = Some(QueueRoom {
            length_m,
            vehicles: length_m * f64::from(carriageway.lanes.max(1)) / prepared.assumptions.queue_space_m,
            junction,
            cross: junction.and_then(|node| {
                let arms = arms(twin, node);
                let other = arms.iter().find(|(link, _)| {
                    let other = twin.roads.link(*link).name.as_deref();
                    other.is_some() && other != name
                });
                other.map(|&(link, _)| link)
            }),
        });
    }
    rooms
}

/// Length from a stop line back to the next junction, and that junction.
fn back(twin: &Twin, mut link: Id<RoadLink>, mut node: Id<RoadNode>, stop_m: f64) -> (f64, Option<Id<RoadNode>>) {
    let mut length_m = stop_m;
    for _ in 0..N_SECTIONS {
        let arms = arms(twin, node);
        if arms.len() > 2 {
            return (length_m, Some(node));
        }
        let Some(&(next, other)) = arms.iter().find(|(next, _)| *next != link) else { break };
        if length_m > FAR_M {
            break;
        }
        length_m += twin.roads.link(next).length_m;
        (link, node) = (next, other);
    }
    (length_m, None)
}

/// Streets for cars at a node, with their other ends.
fn arms(twin: &Twin, node: Id<RoadNode>) -> Vec<(Id<RoadLink>, Id<RoadNode>)> {
    let drives = |link: Id<RoadLink>| {
        Direction::BOTH.iter().any(|&way| twin.roads.link(link).carriageway(way).modes.contains(Modes::CAR))
    };
    twin.roads.incident(node).into_iter().filter(|&(link, _)| drives(link)).collect()
}
