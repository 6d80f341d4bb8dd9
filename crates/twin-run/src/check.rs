//! What is missing, disconnected or implausible in a twin, whatever file it came from.

use std::collections::BTreeMap;

use geo::{Euclidean, Length as _};
use twin::{
    Finding, Findings, Id, Key, Twin,
    road::{Direction, Modes, RoadNode},
};

use crate::access::Access;

/// Streets of one name shown in a finding.
const N_NAMED: usize = 3;

/// Checks a twin: nothing in it, islands of the street network, places that can be entered but not left, lengths and
/// speeds that cannot be, addresses that no car reaches, bus routes with gaps, restrictions that apply to no junction,
/// keys that occur twice.
#[must_use]
pub fn check(twin: &Twin) -> Findings {
    let mut findings = Findings::default();
    missing(twin, &mut findings);
    if twin.roads.n_links() > 0 {
        islands(twin, &mut findings);
        sections(twin, &mut findings);
        addresses(twin, &mut findings);
    }
    restrictions(twin, &mut findings);
    bus_routes(twin, &mut findings);
    duplicates(twin, &mut findings);
    findings
}

fn missing(twin: &Twin, findings: &mut Findings) {
    if twin.roads.n_links() == 0 {
        findings.push(
            Finding::error("no-streets", "the twin has no streets: no traffic can be computed")
                .with_help("import a file that holds streets (highway=* in OpenStreetMap)"),
        );
    }
    // A network without a place on earth has nothing but streets.
    if twin.crs.epsg == 0 {
        return;
    }
    let no_demand = twin.demand.is_none();
    for (empty, code, text) in [
        (
            twin.buildings.is_empty() && no_demand,
            "no-buildings",
            "the twin has no buildings: demand comes from border roads alone",
        ),
        (twin.addresses.is_empty(), "no-addresses", "the twin has no addresses: nobody can be named who is cut off"),
        (
            twin.bus_routes.is_empty(),
            "no-bus-routes",
            "the twin has no bus routes: closures cannot tell which lines they hit",
        ),
        (
            twin.sources.iter().all(|source| source.date.is_none()),
            "no-date",
            "no source tells the date of its data: nobody knows how old the twin is",
        ),
    ] {
        if empty {
            findings.push(Finding::note(code, text));
        }
    }
    let drivable = twin.roads.links().filter(|(_, link)| crate::names::is_motor(link)).count();
    let unnamed = twin
        .roads
        .links()
        .filter(|(_, link)| {
            crate::names::is_motor(link)
                && link.name.is_none()
                && link.route.is_none()
                && !matches!(link.class, twin::road::RoadClass::Service | twin::road::RoadClass::Track)
        })
        .count();
    if unnamed * 5 > drivable && drivable > 0 {
        findings.push(Finding::note(
            "streets-without-name",
            format!(
                "{unnamed} of {drivable} drivable sections have neither name nor number: detours over them have no name"
            ),
        ));
    }
}

/// Junctions that cars reach but that are not connected with the main part of the network.
fn islands(twin: &Twin, findings: &mut Findings) {
    let mut label: Vec<usize> = (0..twin.roads.n_nodes()).collect();
    let root = |label: &mut Vec<usize>, mut node: usize| {
        while label[node] != node {
            label[node] = label[label[node]];
            node = label[node];
        }
        node
    };
    let mut drivable = vec![false; twin.roads.n_nodes()];
    let mut length_m = vec![0.0; twin.roads.n_nodes()];
    for (id, link) in twin.roads.links() {
        if Direction::BOTH.into_iter().any(|d| link.carriageway(d).modes.contains(Modes::CAR)) {
            let (from, to) = twin.roads.ends(id);
            (drivable[from.index()], drivable[to.index()]) = (true, true);
            length_m[from.index()] += link.length_m;
            let (a, b) = (root(&mut label, from.index()), root(&mut label, to.index()));
            label[a.max(b)] = a.min(b);
        }
    }
    let mut parts: BTreeMap<usize, (usize, f64)> = BTreeMap::new();
    for node in (0..twin.roads.n_nodes()).filter(|&node| drivable[node]) {
        let part = parts.entry(root(&mut label, node)).or_default();
        part.0 += 1;
        part.1 += length_m[node];
    }
    let Some((&main, _)) = parts.iter().max_by(|a, b| a.1.0.cmp(&b.1.0).then(b.0.cmp(a.0))) else { return };
    for (&first, &(n_nodes, metres)) in parts.iter().filter(|(first, _)| **first != main) {
        let node: Id<RoadNode> = Id::new(first);
        findings.push(
            Finding::warning(
                "street-island",
                format!(
                    "{n_nodes} junctions with {metres:.0} m of street are not connected with the rest of the network"
                ),
            )
            .with_key(twin.roads[node].key.clone())
            .with_help("join the streets in the data, or give them access for cars"),
        );
    }
    let access = Access::of(twin);
    let trapped = (0..twin.roads.n_nodes())
        .filter(|&node| drivable[node] && root(&mut label, node) == main && !access.main_before[node])
        .count();
    if trapped > 0 {
        findings.push(Finding::note(
            "one-way-traps",
            format!("{trapped} junctions can be entered or left by car, but not both (one-way streets at the border, missing exits)"),
        ));
    }
}

fn sections(twin: &Twin, findings: &mut Findings) {
    for (_, link) in twin.roads.links() {
        let key = || link.key.clone();
        let planar_m = Euclidean.length(&link.geometry);
        if !(link.length_m.is_finite() && link.length_m >= 0.0) || (link.length_m == 0.0 && planar_m > 1.0) {
            findings.push(Finding::error("bad-length", format!("the length is {} m", link.length_m)).with_key(key()));
        } else if twin.crs.epsg != 0 && planar_m > 50.0 && !(0.97..=1.03).contains(&(link.length_m / planar_m)) {
            findings.push(
                Finding::warning(
                    "length-contradicts-geometry",
                    format!("the length is {:.1} m, the axis {planar_m:.1} m", link.length_m),
                )
                .with_key(key()),
            );
        }
        for direction in Direction::BOTH {
            let way = link.carriageway(direction);
            if way.modes.contains(Modes::CAR) && way.impedance.is_none() {
                if way.speed_limit_kmh > 150.0 || way.speed_limit_kmh < 3.0 {
                    findings.push(
                        Finding::warning(
                            "implausible-speed",
                            format!("the speed limit is {} km/h", way.speed_limit_kmh),
                        )
                        .with_key(key())
                        .with_field("maxspeed"),
                    );
                }
                if way.lanes == 0 || way.lanes > 7 {
                    findings.push(
                        Finding::warning("implausible-lanes", format!("cars may drive on {} lanes", way.lanes))
                            .with_key(key())
                            .with_field("lanes"),
                    );
                }
            }
        }
    }
}

fn addresses(twin: &Twin, findings: &mut Findings) {
    let unreachable = Access::of(twin).unreachable();
    if unreachable.is_empty() {
        return;
    }
    let named: Vec<String> = unreachable
        .iter()
        .take(N_NAMED)
        .map(|&id| {
            let address = &twin.addresses[id];
            format!("{} {}", address.street.as_deref().unwrap_or("?"), address.house_number)
        })
        .collect();
    findings.push(
        Finding::note(
            "addresses-out-of-reach",
            format!("no car reaches {} addresses: {}, …", unreachable.len(), named.join(", ")),
        )
        .with_help("they lie on islands of the network or more than 500 m from any street; closures do not count them"),
    );
}

fn restrictions(twin: &Twin, findings: &mut Findings) {
    for restriction in &twin.restrictions {
        let mut chain = vec![restriction.from];
        chain.extend(&restriction.via);
        chain.push(restriction.to);
        if chain.windows(2).any(|pair| pair[0].ends(&twin.roads).1 != pair[1].ends(&twin.roads).0) {
            findings.push(
                Finding::warning("restriction-in-parts", "the turn restriction joins streets that do not meet")
                    .with_key(restriction.key.clone()),
            );
        }
    }
}

fn bus_routes(twin: &Twin, findings: &mut Findings) {
    for (_, route) in twin.bus_routes.iter() {
        let gaps =
            route.arcs.windows(2).filter(|pair| pair[0].ends(&twin.roads).1 != pair[1].ends(&twin.roads).0).count();
        let name = route.line.as_deref().or(route.name.as_deref()).unwrap_or("without name");
        if route.arcs.is_empty() {
            findings.push(
                Finding::note("bus-route-without-way", format!("bus route {name} runs along no known street"))
                    .with_key(route.key.clone()),
            );
        } else if gaps > 0 {
            findings.push(
                Finding::note("bus-route-with-gaps", format!("bus route {name} has {gaps} gaps"))
                    .with_key(route.key.clone()),
            );
        }
    }
}

fn duplicates(twin: &Twin, findings: &mut Findings) {
    let twice = |keys: &mut Vec<&Key>| -> Vec<Key> {
        keys.sort_unstable();
        let mut twice: Vec<Key> =
            keys.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0].clone()).collect();
        twice.dedup();
        twice
    };
    let layers: [(&str, Vec<&Key>); 3] = [
        ("street sections", twin.roads.links().map(|(_, link)| &link.key).collect()),
        ("junctions", twin.roads.nodes().map(|(_, node)| &node.key).collect()),
        ("buildings", twin.buildings.rows().iter().map(|building| &building.key).collect()),
    ];
    for (what, mut keys) in layers {
        for key in twice(&mut keys) {
            findings.push(Finding::error("duplicate-key", format!("several {what} have this key")).with_key(key));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{testheim, town};

    fn codes(twin: &Twin) -> Vec<&'static str> {
        check(twin).iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_sound_town_lacks_only_what_is_not_drawn() {
        assert_eq!(codes(&testheim()), vec!["no-buildings", "no-bus-routes", "no-date"]);
    }

    #[test]
    fn islands_and_traps_are_found() {
        let twin = town(
            &[
                ("A", 0.0, 0.0),
                ("B", 100.0, 0.0),
                ("C", 0.0, 500.0),
                ("D", 100.0, 500.0),
                ("E", 200.0, 0.0),
                ("F", 0.0, 90.0),
            ],
            &[("A", "B", "Weg", 1, 1), ("A", "F", "Gasse", 1, 1), ("C", "D", "Insel", 1, 1), ("B", "E", "Falle", 1, 0)],
        );
        let codes = codes(&twin);
        assert!(codes.contains(&"street-island") && codes.contains(&"one-way-traps"), "{codes:?}");
    }

    #[test]
    fn an_empty_twin_is_an_error() {
        assert!(check(&Twin::empty("Leer", twin::Crs::etrs89_utm(32))).has_errors());
    }
}
