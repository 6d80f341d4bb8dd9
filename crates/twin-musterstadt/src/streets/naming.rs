//! Names of streets: which lines are one street, what it is called, and its route number.

use std::collections::BTreeMap;

use geo_types::{Coord, coord};
use twin::road::RoadClass;

use super::traps::find;
use crate::{
    draft::{Draft, Line, Point, Role},
    names::NameBook,
    plan::Plan,
    quarter::Quarter,
    site::distance_m,
};

/// Name and route number of every line.
pub(super) type Labels = (Vec<Option<String>>, Vec<Option<String>>);

/// Streets that go straight on at a junction where both end bear one name: the street of each line.
pub(super) fn strands(draft: &Draft, roundabouts: &[Point]) -> Vec<u32> {
    let n = draft.lines.len();
    let mut root: Vec<u32> = (0..draft.n_strands).collect();
    let mut length_m = vec![0.0; draft.n_strands as usize];
    let mut ends: BTreeMap<Point, Vec<usize>> = BTreeMap::new();
    for i in 0..n {
        let (a, b) = draft.line_ends(i as Line);
        length_m[draft.lines[i].strand as usize] += distance_m(a, b);
        if matches!(draft.lines[i].role, Role::Inner | Role::Edge) {
            let (from, to) = draft.lines[i].ends;
            ends.entry(from).or_default().push(i);
            ends.entry(to).or_default().push(i);
        }
    }
    for (point, lines) in ends.iter().filter(|(point, _)| !roundabouts.contains(point)) {
        let Some((i, j)) = straight_on(draft, *point, lines) else { continue };
        let (a, b) = (find(&mut root, draft.lines[i].strand), find(&mut root, draft.lines[j].strand));
        let total_m = length_m[a as usize] + length_m[b as usize];
        if a != b && total_m < 900.0 {
            root[a.max(b) as usize] = a.min(b);
            length_m[a.min(b) as usize] = total_m;
        }
    }
    draft.lines.iter().map(|line| find(&mut root, line.strand)).collect()
}

/// The two lines that continue each other best at a point where both end.
fn straight_on(draft: &Draft, point: Point, lines: &[usize]) -> Option<(usize, usize)> {
    let at = draft.at(point);
    let away = |i: usize| {
        let (a, b) = draft.line_ends(i as Line);
        let far = if draft.lines[i].ends.0 == point { b } else { a };
        let d = distance_m(at, far).max(1e-9);
        coord! { x: (far.x - at.x) / d, y: (far.y - at.y) / d }
    };
    let mut best: Option<(f64, usize, usize)> = None;
    for (k, &i) in lines.iter().enumerate() {
        for &j in &lines[k + 1..] {
            let (u, v) = (away(i), away(j));
            let dot: f64 = u.x * v.x + u.y * v.y;
            if dot < -0.86 && best.is_none_or(|(other, _, _)| dot < other) {
                best = Some((dot, i, j));
            }
        }
    }
    best.map(|(_, i, j)| (i, j))
}

/// Name and route number of every line.
pub(super) fn name(draft: &Draft, strands: &[u32], plan: &Plan, seed: u64) -> Labels {
    let mut book = NameBook::new(seed);
    for reserved in ["Hauptstraße", "Marktplatz", "Brückenstraße", "Bahnhofstraße", "Uferstraße", "Stadtgraben"] {
        let _ = book.claim(reserved);
    }
    let village = draft.lines.iter().any(|line| line.role == Role::Gate && line.quarter == Quarter::Village);
    let mut of_strand: BTreeMap<u32, Option<String>> = BTreeMap::new();
    let mut towns: BTreeMap<u16, String> = BTreeMap::new();
    let mut routes = vec![None; draft.lines.len()];
    let (mut n_gates, mut n_banks, mut n_bridges) = (0, 0, 0);
    let n_all_gates = draft.lines.iter().filter(|line| line.role == Role::Gate).count();
    for (i, line) in draft.lines.iter().enumerate() {
        let strand = strands[i];
        routes[i] = route(line.class, line.role, seed);
        if of_strand.contains_key(&strand) {
            continue;
        }
        let (a, b) = draft.line_ends(i as Line);
        let theme = theme(a, seed);
        let name = match line.role {
            Role::Market => Some("Marktplatz".to_owned()),
            Role::Gate => {
                n_gates += 1;
                Some(match (n_gates == n_all_gates, line.class) {
                    (true, _) => "Brückenstraße".to_owned(),
                    (_, RoadClass::Primary) => "Hauptstraße".to_owned(),
                    _ => book.first_of(if village {
                        &["Kirchgasse", "Hintergasse", "Pfarrgasse", "Schulgasse"]
                    } else {
                        &["Obere Gasse", "Königstraße", "Spitalgasse", "Klostergasse", "Untere Gasse"]
                    }),
                })
            }
            Role::Radial(radial) => {
                let town = towns.entry(radial).or_insert_with(|| book.next_town()).clone();
                Some(book.radial(&town))
            }
            Role::Ring(0) if line.quarter == Quarter::OldTown => {
                Some(book.first_of(&["Am Stadtgraben", "Wallstraße", "Mauerstraße"]))
            }
            Role::Ring(0) => Some(book.first_of(&["Ringstraße", "Gartenstraße", "Mühlweg", "Am Anger"])),
            Role::Ring(1) => Some(book.first_of(&["Nordring", "Südring", "Westring", "Ostring"])),
            Role::Ring(_) => {
                let name = format!(
                    "{}ring",
                    [
                        "Sachsen",
                        "Franken",
                        "Thüringer",
                        "Hessen",
                        "Schlesier",
                        "Bayern",
                        "Schwaben",
                        "Pfalz",
                        "Rhein",
                        "Main",
                        "Elbe",
                        "Werra"
                    ][book_index(i, 12)]
                );
                Some(book.claim(name).unwrap_or_else(|| book.street(Quarter::Gruenderzeit, theme, false)))
            }
            Role::Bank => {
                n_banks += 1;
                Some(match n_banks {
                    1 => "Uferstraße".to_owned(),
                    _ => book.first_of(&[
                        "Am Flussufer",
                        "Mühlenweg",
                        "Auenweg",
                        "Flößerweg",
                        "Fischerweg",
                        "Schifferstraße",
                    ]),
                })
            }
            Role::Bridge => {
                n_bridges += 1;
                Some(if n_bridges == 1 {
                    book.first_of(&["Alte Brücke"])
                } else {
                    book.first_of(&[
                        "Neue Brücke",
                        "Friedrichsbrücke",
                        "Ludwigsbrücke",
                        "Mühlenbrücke",
                        "Karlsbrücke",
                        "Ostbrücke",
                        "Westbrücke",
                        "Auenbrücke",
                        "Nordbrücke",
                    ])
                })
            }
            Role::Rural | Role::Track | Role::Path | Role::Motorway | Role::Ramp => None,
            Role::Spoke | Role::Inner | Role::Stub | Role::Edge => {
                if Some(i) == station_street(draft, plan) {
                    Some("Bahnhofstraße".to_owned())
                } else {
                    Some(book.street(line.quarter, theme, line.role == Role::Stub || distance_m(a, b) < 70.0))
                }
            }
        };
        of_strand.insert(strand, name);
    }
    let names = (0..draft.lines.len()).map(|i| of_strand.get(&strands[i]).cloned().flatten()).collect();
    (names, routes)
}

fn book_index(i: usize, n: usize) -> usize {
    (i * 7) % n
}

/// The spoke that comes nearest to the station.
fn station_street(draft: &Draft, plan: &Plan) -> Option<usize> {
    let y = plan.rail_y?;
    draft.lines.iter().position(|line| {
        let (a, b) = (draft.at(line.ends.0), draft.at(line.ends.1));
        line.role == Role::Spoke && (a.y < y) != (b.y < y)
    })
}

fn theme(at: Coord<f64>, seed: u64) -> u64 {
    let (x, y) = ((at.x / 520.0).round() as i64, (at.y / 520.0).round() as i64);
    (x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).unsigned_abs().wrapping_add(seed)
}

fn route(class: RoadClass, role: Role, seed: u64) -> Option<String> {
    let number = 10 + seed % 480;
    match (class, role) {
        (RoadClass::Motorway, _) => Some(format!("A {}", 20 + seed % 70)),
        (RoadClass::Primary, Role::Radial(_) | Role::Rural | Role::Gate | Role::Bridge) => Some(format!("B {number}")),
        (RoadClass::Secondary, Role::Radial(radial)) => {
            Some(format!("L {}", 1000 + ((seed % 2400) * 13 + u64::from(radial) * 117) % 2400))
        }
        _ => None,
    }
}
