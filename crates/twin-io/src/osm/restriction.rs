//! Turn restrictions from relations.
//!
//! # References
//! <https://wiki.openstreetmap.org/wiki/Relation:restriction>

use twin::{
    Id, Key,
    road::{Arc, Direction, Modes, RoadNode, TurnKind, TurnRestriction},
};

use super::{
    element::{Kind, Osm, Relation},
    network::Streets,
    notes::Notes,
    value,
};
use crate::Tally;

/// Kind of source object in the tally.
const KIND: &str = "turn restrictions";

/// Why a restriction is not in the twin.
enum Refused {
    /// It cannot be used: reason, message, what to do.
    Broken(&'static str, String, &'static str),
    /// Members lie beyond the border of the extract.
    Cut,
    /// It forbids what nobody could drive.
    Idle,
    /// It holds at some times only.
    Conditional(String),
    /// It does not concern the modes of the twin.
    OtherModes,
}

/// Reads all restriction relations.
pub(crate) fn restrictions(osm: &Osm, streets: &Streets, notes: &mut Notes, tally: &mut Tally) -> Vec<TurnRestriction> {
    let mut restrictions = Vec::new();
    for relation in osm.relations().filter(|relation| is_restriction(relation)) {
        let key = Key::new(format!("relation/{}", relation.id));
        match read(osm, streets, relation, &key) {
            Ok(found) => {
                tally.keep(KIND);
                restrictions.extend(found);
            }
            Err(refused) => refuse(refused, key, notes, tally),
        }
    }
    restrictions
}

/// Whether a relation is a turn restriction.
pub(crate) fn is_restriction(relation: &Relation<'_>) -> bool {
    relation.tags.get("type").is_some_and(|kind| kind == "restriction" || kind.starts_with("restriction:"))
}

fn refuse(refused: Refused, key: Key, notes: &mut Notes, tally: &mut Tally) {
    match refused {
        Refused::Broken(reason, message, help) => {
            tally.drop(KIND, reason);
            notes.warn("restriction-not-applied", key, None, message, help);
        }
        Refused::Cut => {
            tally.drop(KIND, "members outside the extract");
            notes.group_all(
                "restriction-cut-at-border",
                key,
                "turn restrictions with members outside the extract, left out",
                "Nothing to do; take a larger extract if the junction matters.",
            );
        }
        Refused::Idle => {
            tally.drop(KIND, "forbids what cannot be driven");
            notes.group_all(
                "restriction-idle",
                key,
                "turn restrictions on a movement that one-way rules or access tags rule out anyway, left out",
                "Check the restriction's members and the one-way tags there.",
            );
        }
        Refused::Conditional(text) => {
            tally.drop(KIND, "conditional");
            notes.group_all(
                "restriction-conditional",
                key,
                format!("turn restrictions that hold under a condition only (“{text}”), left out"),
                "Decide for the hours you study; add the turn to the map without condition if it holds then.",
            );
        }
        Refused::OtherModes => {
            tally.drop(KIND, "for other vehicles");
            notes.group_all(
                "restriction-other-modes",
                key,
                "turn restrictions for vehicles that are not told apart here, left out",
                "Nothing to do.",
            );
        }
    }
}

fn read(osm: &Osm, streets: &Streets, relation: Relation<'_>, key: &Key) -> Result<Vec<TurnRestriction>, Refused> {
    let (text, except) = sense(relation)?;
    let broken = |reason, message: String, help| Refused::Broken(reason, message, help);
    let kind = match text.as_str() {
        "no_left_turn" | "no_right_turn" | "no_straight_on" | "no_u_turn" | "no_entry" | "no_exit" => {
            Some(TurnKind::No)
        }
        "only_left_turn" | "only_right_turn" | "only_straight_on" | "only_u_turn" => Some(TurnKind::Only),
        _ => None,
    };
    let Some(kind) = kind else {
        return Err(broken(
            "unknown kind",
            format!("The kind “{text}” is not known; the restriction was left out."),
            "Use a documented value such as no_left_turn.",
        ));
    };
    let mut from = Vec::new();
    let mut via = Vec::new();
    let mut to = Vec::new();
    for (member, id, role) in relation.members() {
        match role {
            "from" if member == Kind::Way => from.push(id),
            "to" if member == Kind::Way => to.push(id),
            "via" => via.push((member, id)),
            _ => {}
        }
    }
    if from.is_empty() || to.is_empty() || via.is_empty() {
        return Err(broken(
            "members missing",
            format!(
                "The restriction has {} from, {} via and {} to members; it needs one of each.",
                from.len(),
                via.len(),
                to.len()
            ),
            "Complete the members of the relation.",
        ));
    }
    let ways = from.iter().chain(&to).chain(via.iter().filter(|(kind, _)| *kind == Kind::Way).map(|(_, id)| id));
    if ways.clone().any(|id| osm.way_row(*id).is_none())
        || via.iter().any(|(kind, id)| *kind == Kind::Node && osm.nodes.index_of(*id).is_none())
    {
        return Err(Refused::Cut);
    }
    if let Some(id) = ways.clone().find(|id| osm.way_row(**id).is_none_or(|row| streets.passages[row].is_empty())) {
        return Err(broken(
            "member is no street",
            format!("way/{id} is a member but no street of the twin; the restriction was left out."),
            "Check the members of the relation.",
        ));
    }
    let mut found = Vec::new();
    let mut idle = false;
    for from in &from {
        for to in &to {
            let movement = if via.len() == 1 && via[0].0 == Kind::Node {
                through_node(osm, streets, *from, via[0].1, *to)
            } else {
                through_ways(osm, streets, *from, &via, *to)
            };
            match movement {
                Ok((from, via, to)) => {
                    found.push(TurnRestriction { key: key.clone(), from, via, to, kind, except });
                }
                Err(Refused::Idle) => idle = true,
                Err(refused) => return Err(refused),
            }
        }
    }
    if found.is_empty() && idle { Err(Refused::Idle) } else { Ok(found) }
}

/// The kind of restriction, and who may ignore it.
fn sense(relation: Relation<'_>) -> Result<(String, Modes), Refused> {
    let tags = relation.tags;
    let mut except = Modes::FOOT;
    for vehicle in tags.get("except").into_iter().flat_map(value::list) {
        except = except.union(modes_of(vehicle));
    }
    if let Some(text) = tags.get("restriction") {
        return Ok((text.to_owned(), except));
    }
    // `restriction:hgv=no_left_turn` binds lorries alone.
    let mut bound = Modes::NONE;
    let mut text = None;
    let mut any = false;
    for (key, value) in tags.iter() {
        let Some(vehicle) = key.strip_prefix("restriction:") else { continue };
        any = true;
        if let Some(condition) = vehicle.strip_suffix("conditional") {
            if condition.is_empty() || !modes_of(condition.trim_end_matches(':')).is_empty() {
                return Err(Refused::Conditional(value.to_owned()));
            }
            continue;
        }
        let modes = modes_of(vehicle);
        if !modes.is_empty() {
            bound = bound.union(modes);
            text = Some(value.to_owned());
        }
    }
    match text {
        Some(text) => Ok((text, except.union(Modes::ALL.without(bound)))),
        None if any => Err(Refused::OtherModes),
        None => Err(Refused::Broken(
            "no restriction tag",
            "The relation does not say what it forbids.".to_owned(),
            "Add a restriction=* tag.",
        )),
    }
}

fn modes_of(vehicle: &str) -> Modes {
    match vehicle {
        "motorcar" => Modes::CAR,
        "hgv" | "goods" => Modes::TRUCK,
        "bus" | "psv" => Modes::BUS,
        "bicycle" => Modes::BICYCLE,
        "foot" => Modes::FOOT,
        "emergency" => Modes::EMERGENCY,
        "motor_vehicle" => Modes::MOTOR,
        "vehicle" => Modes(Modes::MOTOR.0 | Modes::BICYCLE.0),
        _ => Modes::NONE,
    }
}

type Movement = (Arc, Vec<Arc>, Arc);

fn through_node(osm: &Osm, streets: &Streets, from: i64, via: i64, to: i64) -> Result<Movement, Refused> {
    let Some(node) = osm.nodes.index_of(via).and_then(|index| streets.junctions[index as usize]) else {
        return Err(Refused::Broken(
            "via is no junction",
            format!("node/{via} is no junction of streets; the restriction was left out."),
            "Split the streets at that node, or mend the members.",
        ));
    };
    let into = one(arcs_at(osm, streets, from, node, End::Into), from, "from")?;
    let out = if from == to {
        // A turn back on the same way leaves by the section that it came by.
        Arc::new(into.link, into.direction.reversed())
    } else {
        one(arcs_at(osm, streets, to, node, End::Out), to, "to")?
    };
    if drivable(streets, into) && drivable(streets, out) { Ok((into, Vec::new(), out)) } else { Err(Refused::Idle) }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Into,
    Out,
}

/// The arcs of a way that lead into or out of a junction.
fn arcs_at(osm: &Osm, streets: &Streets, way: i64, node: Id<RoadNode>, end: End) -> Vec<Arc> {
    let Some(row) = osm.way_row(way) else { return Vec::new() };
    let mut arcs: Vec<Arc> = streets.passages[row]
        .iter()
        .flat_map(|passage| Direction::BOTH.map(|direction| Arc::new(passage.link, direction)))
        .filter(|arc| {
            let (from, to) = arc.ends(&streets.roads);
            touches(streets, osm, row, *arc, end) && (if end == End::Into { to } else { from }) == node
        })
        .collect();
    arcs.sort_unstable();
    arcs.dedup();
    arcs
}

/// Whether the way lies at that end of the arc: a section may be made of several ways.
fn touches(streets: &Streets, osm: &Osm, row: usize, arc: Arc, end: End) -> bool {
    let keys = &streets.roads.link(arc.link).source_keys;
    let at_head = (arc.direction == Direction::Forward) == (end == End::Into);
    let key = if at_head { keys.last() } else { keys.first() };
    let id = osm.ways[row].id;
    key.is_some_and(|key| key.as_str().strip_prefix("way/").is_some_and(|text| text.parse() == Ok(id)))
}

fn one(arcs: Vec<Arc>, way: i64, role: &str) -> Result<Arc, Refused> {
    match arcs.as_slice() {
        [arc] => Ok(*arc),
        [] => Err(Refused::Broken(
            "members do not meet",
            format!("way/{way} ({role}) does not reach the via member; the restriction was left out."),
            "Check the members of the relation.",
        )),
        _ => Err(Refused::Broken(
            "ambiguous",
            format!("way/{way} ({role}) passes the via member instead of ending there; the restriction was left out."),
            "Split the way at the via member.",
        )),
    }
}

fn drivable(streets: &Streets, arc: Arc) -> bool {
    const VEHICLES: Modes = Modes(Modes::MOTOR.0 | Modes::BICYCLE.0);
    streets.roads.link(arc.link).carriageway(arc.direction).modes.intersects(VEHICLES)
}

/// Searches the way along the via ways from a `from` arc to a `to` arc.
fn through_ways(osm: &Osm, streets: &Streets, from: i64, via: &[(Kind, i64)], to: i64) -> Result<Movement, Refused> {
    let rows: Vec<usize> =
        via.iter().filter(|(kind, _)| *kind == Kind::Way).filter_map(|(_, id)| osm.way_row(*id)).collect();
    let mut links: Vec<_> =
        rows.iter().flat_map(|row| streets.passages[*row].iter().map(|passage| passage.link)).collect();
    links.sort_unstable();
    links.dedup();
    let mut nodes: Vec<Id<RoadNode>> =
        links.iter().flat_map(|link| <[_; 2]>::from(streets.roads.ends(*link))).collect();
    nodes.sort_unstable();
    nodes.dedup();
    let mut found: Vec<Movement> = Vec::new();
    let mut closed = false;
    for entry in &nodes {
        for into in arcs_at(osm, streets, from, *entry, End::Into) {
            for exit in &nodes {
                for out in arcs_at(osm, streets, to, *exit, End::Out) {
                    if links.contains(&into.link) && links.contains(&out.link) {
                        continue;
                    }
                    match path(streets, &links, *entry, *exit) {
                        Some(between) if drivable(streets, into) && drivable(streets, out) => {
                            found.push((into, between, out))
                        }
                        _ => closed = true,
                    }
                }
            }
        }
    }
    // The shortest way is meant; longer ones run along the via ways and back.
    found.sort_by_key(|(_, between, _)| between.len());
    match found.into_iter().next() {
        Some(movement) => Ok(movement),
        None if closed => Err(Refused::Idle),
        None => Err(Refused::Broken(
            "members do not meet",
            "The via ways do not lead from the from member to the to member; the restriction was left out.".to_owned(),
            "Check the members of the relation.",
        )),
    }
}

/// The shortest sequence of at least one drivable arc over these links.
fn path(
    streets: &Streets,
    links: &[Id<twin::road::RoadLink>],
    entry: Id<RoadNode>,
    exit: Id<RoadNode>,
) -> Option<Vec<Arc>> {
    if entry == exit {
        return None;
    }
    let mut open: Vec<(Id<RoadNode>, Vec<Arc>)> = vec![(entry, Vec::new())];
    let mut seen = vec![entry];
    let mut at = 0;
    while at < open.len() {
        let (node, arcs) = open[at].clone();
        for arc in links.iter().flat_map(|link| Direction::BOTH.map(|direction| Arc::new(*link, direction))) {
            let (from, to) = arc.ends(&streets.roads);
            if from != node || seen.contains(&to) || !drivable(streets, arc) {
                continue;
            }
            let mut longer = arcs.clone();
            longer.push(arc);
            if to == exit {
                return Some(longer);
            }
            seen.push(to);
            open.push((to, longer));
        }
        at += 1;
    }
    None
}
