//! What holds in every generated town.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::LazyLock,
};

use geo_types::Coord;
use twin::{
    Id, Silent, Twin,
    building::BuildingUse,
    road::{Arc, Direction, Modes, NodeControl, RoadNode, Structure},
};
use twin_musterstadt::{Options, generate};

fn town(population: u32, seed: u64) -> Twin {
    generate(&Options { population, seed }, &Silent).expect("because the population is in range")
}

/// Small towns under several seeds, larger ones under one; generated once for all tests.
static TOWNS: LazyLock<Vec<(u32, u64, Twin)>> = LazyLock::new(|| {
    [(500, 1), (500, 2), (700, 3), (1_500, 4), (2_000, 1), (2_000, 5), (5_000, 6), (8_000, 1), (8_000, 2), (30_000, 1)]
        .into_iter()
        .map(|(population, seed)| (population, seed, town(population, seed)))
        .collect()
});

fn towns() -> impl Iterator<Item = &'static (u32, u64, Twin)> {
    TOWNS.iter()
}

fn distance_m(a: Coord<f64>, b: Coord<f64>) -> f64 {
    (a.x - b.x).hypot(a.y - b.y)
}

fn drives(twin: &Twin, arc: Arc) -> bool {
    twin.roads.link(arc.link).carriageway(arc.direction).modes.contains(Modes::CAR)
}

/// Nodes that cars reach from a node, over arcs that `open` lets pass, forward or backward in time.
fn reached(twin: &Twin, start: Id<RoadNode>, backward: bool, open: &dyn Fn(Arc) -> bool) -> BTreeSet<Id<RoadNode>> {
    let mut next: BTreeMap<Id<RoadNode>, Vec<Id<RoadNode>>> = BTreeMap::new();
    for (link, _) in twin.roads.links() {
        for direction in Direction::BOTH {
            let arc = Arc::new(link, direction);
            if drives(twin, arc) && open(arc) {
                let (from, to) = arc.ends(&twin.roads);
                let (from, to) = if backward { (to, from) } else { (from, to) };
                next.entry(from).or_default().push(to);
            }
        }
    }
    let mut seen = BTreeSet::from([start]);
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &to in next.get(&node).into_iter().flatten() {
            if seen.insert(to) {
                queue.push_back(to);
            }
        }
    }
    seen
}

fn car_nodes(twin: &Twin) -> BTreeSet<Id<RoadNode>> {
    let mut nodes = BTreeSet::new();
    for (link, _) in twin.roads.links() {
        for direction in Direction::BOTH {
            let arc = Arc::new(link, direction);
            if drives(twin, arc) {
                let (from, to) = arc.ends(&twin.roads);
                nodes.extend([from, to]);
            }
        }
    }
    nodes
}

#[test]
fn population_out_of_range_is_an_error() {
    for population in [0, 499, 1_000_001] {
        let findings = generate(&Options { population, seed: 1 }, &Silent).expect_err("because it is out of range");
        assert!(findings.has_errors());
        assert_eq!(findings.0[0].code, "population-out-of-range");
    }
}

#[test]
fn every_seed_gives_a_town() {
    for seed in [0, 1 << 40, u64::MAX] {
        assert!(town(3_000, seed).buildings.len() > 300);
    }
}

#[test]
fn same_parameters_same_town() {
    let once = town(2_000, 9);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("because one thread can be had");
    let again = pool.install(|| town(2_000, 9));
    assert!(once == again, "the town depends on the number of threads");
    assert!(once != town(2_000, 10), "the town does not depend on the seed");
}

#[test]
fn streets_end_at_their_nodes_and_have_sane_attributes() {
    for &(population, seed, ref twin) in towns() {
        for (id, link) in twin.roads.links() {
            let (from, to) = twin.roads.ends(id);
            let ends = [link.geometry.0[0], link.geometry.0[link.geometry.0.len() - 1]];
            assert_eq!(ends, [twin.roads[from].position, twin.roads[to].position], "{population}/{seed} {}", link.key);
            let grid_m: f64 = link.geometry.0.windows(2).map(|pair| distance_m(pair[0], pair[1])).sum();
            assert!(grid_m > 3.0, "{population}/{seed} {} is {grid_m} m long", link.key);
            // 63 km east of the central meridian the grid is 0.9996·(1 + 4.9e-5) of the ellipsoid.
            assert!((link.length_m * 0.999_65 / grid_m - 1.0).abs() < 2e-5, "{} {} {grid_m}", link.key, link.length_m);
            for side in [&link.forward, &link.backward] {
                assert_eq!(side.lanes == 0, !side.modes.contains(Modes::CAR), "{}", link.key);
                assert!(side.speed_limit_kmh.is_finite() && (side.speed_limit_kmh > 0.0) == (side.lanes > 0));
            }
        }
    }
}

#[test]
fn every_car_gets_everywhere_and_back() {
    for &(population, seed, ref twin) in towns() {
        let nodes = car_nodes(twin);
        let start = *nodes.first().expect("because there are streets");
        for backward in [false, true] {
            let seen = reached(twin, start, backward, &|_| true);
            assert_eq!(seen.len(), nodes.len(), "{population}/{seed} backward {backward}");
        }
        assert!(twin.roads.nodes().filter(|(_, node)| node.border).count() >= 3, "{population}/{seed}");
    }
}

#[test]
fn a_city_has_a_motorway_and_nobody_is_trapped() {
    use twin::road::RoadClass;
    let twin = town(60_000, 2);
    let count = |class| twin.roads.links().filter(|(_, link)| link.class == class).count();
    assert!(count(RoadClass::Motorway) >= 6 && count(RoadClass::MotorwayLink) >= 4);
    assert!(twin.roads.links().any(|(_, link)| link.roundabout));
    assert!(!twin.restrictions.is_empty());
    // The ends of the motorway lead off the map, one way each; everything else is joined both ways.
    let inside: BTreeSet<_> = twin
        .roads
        .links()
        .filter(|(_, link)| {
            link.forward.lanes > 0 && !matches!(link.class, RoadClass::Motorway | RoadClass::MotorwayLink)
        })
        .flat_map(|(id, _)| <[_; 2]>::from(twin.roads.ends(id)))
        .collect();
    let start = *inside.first().expect("because there are streets");
    for backward in [false, true] {
        let seen = reached(&twin, start, backward, &|_| true);
        assert!(inside.is_subset(&seen), "backward {backward}");
    }
}

#[test]
fn the_only_bridge_of_a_small_town_splits_it() {
    for (population, seed) in [(500, 1), (2_000, 3), (5_000, 1)] {
        let twin = town(population, seed);
        let river = twin.ground_lines.rows().iter().find(|line| line.key.as_str() == "line/river").expect("a river");
        let over: Vec<_> = twin
            .roads
            .links()
            .filter(|(_, link)| link.structure == Structure::Bridge && crosses(&link.geometry.0, &river.geometry.0))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(over.len(), 1, "{population}/{seed}");
        let nodes = car_nodes(&twin);
        let start = *nodes.first().expect("because there are streets");
        let seen = reached(&twin, start, false, &|arc| arc.link != over[0]);
        let share = seen.len() as f64 / nodes.len() as f64;
        assert!((0.15..0.85).contains(&share), "{population}/{seed}: {share} stay together");
    }
}

fn crosses(a: &[Coord<f64>], b: &[Coord<f64>]) -> bool {
    let side =
        |p: Coord<f64>, q: Coord<f64>, r: Coord<f64>| (q.x - p.x) * (r.y - p.y) - (q.y - p.y) * (r.x - p.x) > 0.0;
    a.windows(2).any(|s| {
        b.windows(2).any(|t| {
            side(s[0], s[1], t[0]) != side(s[0], s[1], t[1]) && side(t[0], t[1], s[0]) != side(t[0], t[1], s[1])
        })
    })
}

#[test]
fn residents_add_up_and_numbers_are_finite() {
    for &(population, seed, ref twin) in towns() {
        let residents: f64 = twin.buildings.rows().iter().filter_map(|building| building.residents).sum();
        assert!((residents - f64::from(population)).abs() < 1.5, "{population}/{seed}: {residents}");
        let jobs: f64 = twin.buildings.rows().iter().filter_map(|building| building.jobs).sum();
        let per_resident = jobs / residents;
        assert!((0.03..1.0).contains(&per_resident), "{population}/{seed}: {per_resident} jobs per resident");
        for building in twin.buildings.rows() {
            assert!(building.height_or_assumed_m().is_finite() && building.height_or_assumed_m() > 2.0);
            assert!(building.footprint.0[0].exterior().0.iter().all(|c| c.x.is_finite() && c.y.is_finite()));
        }
        let terrain = twin.terrain.as_ref().expect("because the town has heights");
        assert!(terrain.height_m.iter().all(|height| height.is_finite()));
    }
}

#[test]
fn addresses_lie_at_the_street_that_they_name() {
    for &(population, seed, ref twin) in towns() {
        let mut by_name: BTreeMap<&str, Vec<&[Coord<f64>]>> = BTreeMap::new();
        for (_, link) in twin.roads.links() {
            if let Some(name) = &link.name {
                by_name.entry(name).or_default().push(&link.geometry.0);
            }
        }
        let near = twin.addresses.rows().iter().filter(|address| {
            address.street.as_deref().and_then(|name| by_name.get(name)).is_some_and(|lines| {
                lines.iter().flat_map(|line| line.windows(2)).any(|pair| from_segment_m(address.position, pair) < 50.0)
            })
        });
        let share = near.count() as f64 / twin.addresses.len() as f64;
        assert!(share > 0.93, "{population}/{seed}: {share}");
        let distinct: BTreeSet<_> =
            twin.addresses.rows().iter().map(|a| (a.street.clone(), a.house_number.clone())).collect();
        assert_eq!(distinct.len(), twin.addresses.len(), "{population}/{seed}: an address is given twice");
        let homes = twin.buildings.rows().iter().filter(|b| b.usage == BuildingUse::House).count();
        assert!(twin.addresses.len() > homes, "{population}/{seed}");
    }
}

fn from_segment_m(p: Coord<f64>, pair: &[Coord<f64>]) -> f64 {
    let (a, b) = (pair[0], pair[1]);
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    let share = (((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    distance_m(p, Coord { x: a.x + share * dx, y: a.y + share * dy })
}

#[test]
fn every_street_is_in_one_piece() {
    for &(population, seed, ref twin) in towns() {
        let mut of_name: BTreeMap<&str, Vec<(usize, usize)>> = BTreeMap::new();
        for (id, link) in twin.roads.links() {
            if let Some(name) = &link.name {
                let (a, b) = twin.roads.ends(id);
                of_name.entry(name).or_default().push((a.index(), b.index()));
            }
        }
        for (name, links) in of_name {
            let mut seen: BTreeSet<usize> = BTreeSet::from([links[0].0]);
            loop {
                let before = seen.len();
                for &(a, b) in &links {
                    if seen.contains(&a) || seen.contains(&b) {
                        seen.extend([a, b]);
                    }
                }
                if seen.len() == before {
                    break;
                }
            }
            assert!(links.iter().all(|(a, _)| seen.contains(a)), "{population}/{seed}: {name} is in several pieces");
        }
    }
}

#[test]
fn keys_are_unique() {
    for &(population, seed, ref twin) in towns() {
        let keys: Vec<&str> = twin
            .roads
            .links()
            .map(|(_, link)| link.key.as_str())
            .chain(twin.roads.nodes().map(|(_, node)| node.key.as_str()))
            .chain(twin.buildings.rows().iter().map(|row| row.key.as_str()))
            .chain(twin.addresses.rows().iter().map(|row| row.key.as_str()))
            .chain(twin.areas.rows().iter().map(|row| row.key.as_str()))
            .chain(twin.places.rows().iter().map(|row| row.key.as_str()))
            .collect();
        let distinct: BTreeSet<&str> = keys.iter().copied().collect();
        assert_eq!(distinct.len(), keys.len(), "{population}/{seed}");
    }
}

#[test]
fn main_junctions_have_signals() {
    for &(population, seed, ref twin) in towns().filter(|(population, _, _)| *population >= 5_000) {
        let n = twin.roads.nodes().filter(|(_, node)| node.control == NodeControl::Signal).count();
        assert!(n >= 2, "{population}/{seed}: {n} signals");
    }
}
