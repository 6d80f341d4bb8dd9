//! Towns drawn as text, imported, and looked at.

mod files;
mod land;
mod real;
mod streets;

use twin::{
    Id,
    road::{Arc, Direction, Modes, RoadLink, RoadNetwork},
};

use crate::Imported;

pub(crate) const RESIDENTIAL: [(&str, &str); 1] = [("highway", "residential")];

/// The section of a key.
pub(crate) fn link<'a>(imported: &'a Imported, key: &str) -> &'a RoadLink {
    let roads = &imported.twin.roads;
    let found = roads.links().find(|(_, link)| link.key.as_str() == key);
    found.unwrap_or_else(|| panic!("no section {key} among {:?}", keys(roads))).1
}

pub(crate) fn keys(roads: &RoadNetwork) -> Vec<String> {
    let mut keys: Vec<String> = roads.links().map(|(_, link)| link.key.to_string()).collect();
    keys.sort();
    keys
}

/// The codes of all findings.
pub(crate) fn codes(imported: &Imported) -> Vec<&'static str> {
    imported.findings.iter().map(|finding| finding.code).collect()
}

/// Whether somebody of these modes gets from one node to another.
pub(crate) fn reaches(imported: &Imported, from: &str, to: &str, modes: Modes) -> bool {
    let roads = &imported.twin.roads;
    let node =
        |key: &str| roads.nodes().find(|(_, node)| node.key.as_str() == key).unwrap_or_else(|| panic!("no {key}")).0;
    let (start, goal) = (node(from), node(to));
    let mut open = vec![start];
    let mut seen = vec![start];
    while let Some(here) = open.pop() {
        for (link, _) in roads.incident(here) {
            for direction in Direction::BOTH {
                let (a, b) = Arc::new(link, direction).ends(roads);
                if a == here && roads.link(link).carriageway(direction).modes.contains(modes) && !seen.contains(&b) {
                    seen.push(b);
                    open.push(b);
                }
            }
        }
    }
    seen.contains(&goal)
}

/// `way/1>` for an arc along, `way/1<` for one against the section's direction.
pub(crate) fn arc_name(roads: &RoadNetwork, arc: Arc) -> String {
    let sign = if arc.direction == Direction::Forward { '>' } else { '<' };
    format!("{}{sign}", roads.link(Id::new(arc.link.index())).key)
}
