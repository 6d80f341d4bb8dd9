//! Small towns: which way a trip takes, equilibria solved by hand, and what must hold at the edges.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use support::{Town, town};
use twin::{
    Assumptions, Silent, Watch,
    demand::{OdMatrix, VehicleClass, ZoneKind},
    outcome::Status,
    road::{Modes, TurnKind},
    scenario::{Control, TrafficOptions},
};
use twin_traffic::{
    alternation,
    equilibrium::{self, Equilibrium},
    query, reach,
    street::{self, ArcChange, Overlay, Streets},
    trips::Trips,
};

const EXACT: f64 = 1e-12;

fn streets(town: &Town) -> Streets {
    street::derive(&town.twin, &town.zones(), &Assumptions::default(), &TrafficOptions::default()).0
}

fn solve(town: &Town, matrices: &[OdMatrix], overlay: &Overlay) -> (Streets, Equilibrium) {
    let streets = streets(town);
    let trips = Trips::of(&matrices.iter().collect::<Vec<_>>(), town.names.len(), 1.0).unwrap();
    let options = TrafficOptions { relative_gap: EXACT, ..TrafficOptions::default() };
    let solved = equilibrium::solve(&streets, &trips, overlay, &options, None, &Silent);
    (streets, solved)
}

/// The way a lone trip takes, as letters; empty where there is none.
fn way(town: &Town, class: VehicleClass, pair: &str, overlay: &Overlay) -> String {
    let (streets, solved) = solve(town, &[town.matrix(class, &[(pair, 1e-6)])], overlay);
    let Some(path) = solved.paths.iter().next() else {
        assert_eq!(solved.unreachable.len(), 1);
        return String::new();
    };
    let mut letters = pair[..1].to_owned();
    letters.extend(path.arcs.iter().map(|&arc| town.names[streets.to_node[arc as usize] as usize]));
    letters
}

fn car_way(town: &Town, pair: &str) -> String {
    way(town, VehicleClass::Car, pair, &Overlay::default())
}

fn closed(town: &Town, arcs: &[&str]) -> Overlay {
    let changes = arcs.iter().map(|arc| ArcChange::closed(town.arc(arc), Modes::CAR.union(Modes::TRUCK))).collect();
    Overlay { changes }
}

const BLOCK: &str = "
A---B---C
    |   |
    D---E";

#[test]
fn a_forbidden_turn_is_driven_around() {
    let mut town = town(BLOCK);
    assert_eq!(car_way(&town, "AD"), "ABD");
    town.restrict(&["AB", "BD"], TurnKind::No, Modes::NONE);
    assert_eq!(car_way(&town, "AD"), "ABCED");
    assert_eq!(car_way(&town, "CB"), "CB");
    assert_eq!(car_way(&town, "BD"), "BD", "who begins at the junction does not turn");
    assert_eq!(car_way(&town, "DA"), "DBA");
}

#[test]
fn the_only_turn_allowed_is_taken() {
    let mut town = town(BLOCK);
    town.restrict(&["AB", "BC"], TurnKind::Only, Modes::NONE);
    assert_eq!(car_way(&town, "AD"), "ABCED");
}

#[test]
fn restrictions_hold_for_the_classes_they_name() {
    let mut town = town(BLOCK);
    town.restrict(&["AB", "BD"], TurnKind::No, Modes::CAR);
    assert_eq!(way(&town, VehicleClass::Car, "AD", &Overlay::default()), "ABD");
    assert_eq!(way(&town, VehicleClass::Truck, "AD", &Overlay::default()), "ABCED");
}

#[test]
fn nobody_turns_back_beside_a_restriction_but_at_dead_ends() {
    let drawing = "
A--B--C--E
   |  |
   D  F";
    let mut crossing = town(drawing);
    crossing.restrict(&["AB", "BD"], TurnKind::No, Modes::NONE);
    // At C there are other ways than back, so one drives on to a dead end, the nearest, and turns there.
    assert!(["ABCFCBD", "ABCECBD"].contains(&car_way(&crossing, "AD").as_str()), "{}", car_way(&crossing, "AD"));
    let mut ends = town(
        "
A--B--C
   |
   D",
    );
    ends.restrict(&["AB", "BD"], TurnKind::No, Modes::NONE);
    assert_eq!(car_way(&ends, "AD"), "ABCBD");
}

#[test]
fn a_restriction_via_a_street_holds_for_the_whole_movement_only() {
    let drawing = "
A---B---C---H
    |   |   |
F---D---E---G";
    let mut free = town(drawing);
    free.restrict(&["AB", "BD", "DF"], TurnKind::No, Modes::NONE);
    assert_eq!(car_way(&free, "AD"), "ABD");
    assert_eq!(car_way(&free, "BF"), "BDF", "who begins in the middle has not come from A");
    assert_eq!(car_way(&free, "AF"), "ABCEDF");
}

#[test]
fn streets_for_residents_carry_no_through_trips() {
    let town = town(
        "
A--B==C--D
|        |
E--------F",
    );
    assert_eq!(car_way(&town, "AD"), "AEFD");
    assert_eq!(car_way(&town, "AC"), "ABC", "a trip may end there");
    assert_eq!(car_way(&town, "BD"), "BCD", "and begin there");
}

#[test]
fn what_lies_behind_a_residents_street_is_reached_through_it() {
    let town = town(
        "
A--B==C--D--G
|        !
E--F-----H--I",
    );
    // C, D, G are reached over residents' streets only: trips there and from there are fine, trips through are not.
    assert_eq!(car_way(&town, "AG"), "ABCDG");
    assert_eq!(car_way(&town, "GI"), "GDHI");
    assert_eq!(car_way(&town, "AI"), "AEFHI");
    assert_eq!(car_way(&town, "CG"), "CDG");
}

/// The way a lone trip takes while arcs are closed to all but residents; zones at `external` nodes lie outside of the map.
fn way_past(town: &Town, pair: &str, closed_arcs: &[&str], external: &str) -> String {
    let mut zones = town.zones();
    for name in external.chars() {
        zones[town.node(name).index()].kind = ZoneKind::External;
    }
    let arcs: Vec<_> = closed_arcs.iter().map(|arc| (town.arc(arc), Modes::CAR.union(Modes::TRUCK))).collect();
    let residents = streets(town).for_residents(&town.twin, &zones, &Overlay::default(), &arcs).unwrap();
    let trips = Trips::of(&[&town.matrix(VehicleClass::Car, &[(pair, 1e-6)])], zones.len(), 1.0).unwrap();
    let overlay = Overlay { changes: residents.closed.clone() };
    let solved = equilibrium::solve(&residents.streets, &trips, &overlay, &TrafficOptions::default(), None, &Silent);
    let Some(path) = solved.paths.iter().next() else {
        assert_eq!(solved.unreachable.len(), 1);
        return String::new();
    };
    let mut letters = pair[..1].to_owned();
    letters.extend(path.arcs.iter().map(|&arc| town.names[residents.streets.to_node[arc as usize] as usize]));
    letters
}

#[test]
fn residents_enter_a_closed_dead_end_and_what_lies_behind() {
    let town = town(
        "
A--B--C
   |
   D--E",
    );
    let shut = ["BD", "DB"];
    for (pair, expected) in [("AE", "ABDE"), ("EC", "EDBC"), ("DE", "DE"), ("AC", "ABC"), ("DA", "DBA")] {
        assert_eq!(way_past(&town, pair, &shut, ""), expected);
    }
    assert_eq!(way(&town, VehicleClass::Car, "AE", &closed(&town, &shut)), "", "without the exemption it is cut off");
}

#[test]
fn residents_enter_from_either_end_and_nobody_drives_through() {
    let town = town(
        "
A--B--C--D
|        |
E--------F",
    );
    let shut = ["BC", "CB", "CD", "DC"];
    let ways = [("AC", "ABC"), ("CA", "CBA"), ("CF", "CDF"), ("BD", "BAEFD"), ("DB", "DFEAB"), ("AD", "AEFD")];
    for (pair, expected) in ways {
        assert_eq!(way_past(&town, pair, &shut, ""), expected);
    }
    // A section between two open junctions is closed to all: nobody depends on it.
    let one = [(town.arc("BC"), Modes::CAR), (town.arc("CB"), Modes::CAR)];
    assert!(streets(&town).for_residents(&town.twin, &town.zones(), &Overlay::default(), &one).is_none());
}

#[test]
fn who_comes_from_outside_the_map_is_no_resident() {
    let town = town("A--B--C--D");
    let shut = ["BC", "CB"];
    assert_eq!(way_past(&town, "AC", &shut, "D"), "ABC");
    for (pair, expected) in [("AD", ""), ("DA", ""), ("DC", "DC"), ("CD", "CD"), ("CA", "CBA")] {
        assert_eq!(way_past(&town, pair, &shut, "D"), expected, "{pair}");
    }
    assert_eq!(way_past(&town, "AD", &shut, ""), "ABCD", "a village behind the works has no other way");
}

#[test]
fn a_known_base_is_followed_by_residents_only() {
    let town = town(
        "
A--B--C--D
|        |
E--------F",
    );
    let base = streets(&town);
    let pairs = [("AD", 30.0), ("AC", 20.0), ("CF", 10.0), ("DA", 5.0)];
    let matrix = town.matrix(VehicleClass::Car, &pairs);
    let trips = Trips::of(&[&matrix], town.names.len(), 1.0).unwrap();
    let options = TrafficOptions { relative_gap: EXACT, ..TrafficOptions::default() };
    let known = equilibrium::solve(&base, &trips, &Overlay::default(), &options, None, &Silent);
    let shut: Vec<_> = ["BC", "CB", "CD", "DC"].map(|arc| (town.arc(arc), Modes::CAR)).to_vec();
    let residents = base.for_residents(&town.twin, &town.zones(), &Overlay::default(), &shut).unwrap();
    let overlay = Overlay { changes: residents.closed.clone() };
    let solve = |warm| equilibrium::solve(&residents.streets, &trips, &overlay, &options, warm, &Silent);
    let (warm, cold) = (solve(Some(&known)), solve(None));
    assert!(warm.unreachable.is_empty() && cold.unreachable.is_empty());
    let volume = |solved: &Equilibrium, arc: &str| solved.volume_veh_h[0][base.position(town.arc(arc)).unwrap()];
    assert!((volume(&known, "BC") - 50.0).abs() < 1e-9, "before, all of them pass");
    for solved in [&warm, &cold] {
        for (arc, expected) in [("BC", 20.0), ("CD", 10.0), ("DC", 0.0), ("CB", 0.0), ("EF", 30.0), ("FE", 5.0)] {
            assert!((volume(solved, arc) - expected).abs() < 1e-9, "{arc}");
        }
    }
}

#[test]
fn a_first_answer_moves_those_who_passed_and_leaves_the_others() {
    let town = town(
        "
A--B--C--D
|  |  |  |
E--F--G--H",
    );
    let streets = streets(&town);
    let matrices = [
        town.matrix(VehicleClass::Car, &[("AD", 30.0), ("BC", 20.0), ("EF", 10.0), ("HE", 5.0), ("CB", 7.0)]),
        town.matrix(VehicleClass::Truck, &[("AD", 3.0), ("EH", 2.0)]),
    ];
    let trips = Trips::of(&matrices.iter().collect::<Vec<_>>(), town.names.len(), 1.0).unwrap();
    let options = TrafficOptions { relative_gap: EXACT, ..TrafficOptions::default() };
    let base = equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &Silent);
    let overlay = closed(&town, &["BC", "CB"]);
    let arcs = ["BC", "CB"].map(|arc| streets.position(town.arc(arc)).unwrap());
    let first = equilibrium::reroute(&streets, &trips, &overlay, &arcs, &base, &Silent);
    let last = equilibrium::solve(&streets, &trips, &overlay, &options, Some(&base), &Silent);
    for solved in [&first, &last] {
        for (class, volumes) in solved.volume_veh_h.iter().enumerate() {
            let mut of_paths = vec![0.0; streets.n_arcs()];
            for path in solved.paths.iter().filter(|path| path.class as usize == class) {
                path.arcs.iter().for_each(|&arc| of_paths[arc as usize] += path.trips_veh_h);
            }
            assert!(of_paths.iter().zip(volumes).all(|(a, b)| (a - b).abs() < 1e-9));
        }
        let driven: f64 = solved.paths.iter().map(|path| path.trips_veh_h).sum();
        assert!((driven - 77.0).abs() < 1e-9, "{driven}");
        assert!(arcs.iter().all(|&arc| solved.volume_veh_h.iter().all(|volume| volume[arc] == 0.0)));
    }
    let of = |solved: &Equilibrium, pair: &str| -> Vec<(Vec<u32>, f64)> {
        let ends: Vec<u32> = pair.chars().map(|name| town.node(name).index() as u32).collect();
        solved.paths.between(ends[0], ends[1]).map(|path| (path.arcs.to_vec(), path.trips_veh_h)).collect()
    };
    for pair in ["EF", "HE", "EH"] {
        assert_eq!(of(&first, pair), of(&base, pair), "{pair} did not pass");
    }
    assert!(!of(&first, "BC").is_empty() && of(&first, "BC") != of(&base, "BC"));
    // Streets are empty enough that the first answer is nearly the last one.
    assert!((first.beckmann / last.beckmann - 1.0).abs() < 1e-3, "{} {}", first.beckmann, last.beckmann);
}

#[test]
fn one_way_streets_are_one_way() {
    let town = town(
        "
A>>B
|  |
C--D",
    );
    assert_eq!(car_way(&town, "AB"), "AB");
    assert_eq!(car_way(&town, "BA"), "BDCA");
}

#[test]
fn nothing_drives_through_a_node_without_passage() {
    let mut town = town(
        "
A-B-C
|   |
D---E",
    );
    let mut roads = twin::road::RoadNetwork::new();
    for (_, node) in town.twin.roads.nodes() {
        let mut node = node.clone();
        node.through = node.key.as_str() != "node/B";
        roads.add_node(node);
    }
    for (id, link) in town.twin.roads.links() {
        let (from, to) = town.twin.roads.ends(id);
        roads.add_link(from, to, link.clone());
    }
    town.twin.roads = roads;
    assert_eq!(car_way(&town, "AC"), "ADEC");
    assert_eq!(car_way(&town, "AB"), "AB");
    assert_eq!(car_way(&town, "BC"), "BC");
}

#[test]
fn closing_the_only_bridge_lists_the_trips_that_it_cuts_off() {
    let town = town(
        "
A--B---C--D
|  |   |  |
E--F   G--H",
    );
    let cars = town.matrix(VehicleClass::Car, &[("AD", 100.0), ("AE", 50.0), ("GH", 20.0), ("HA", 30.0)]);
    let overlay = closed(&town, &["BC", "CB"]);
    let (streets, solved) = solve(&town, &[cars], &overlay);
    let cut = query::cut_off_trips(&solved, &town.zones());
    assert_eq!(cut.len(), 1);
    assert_eq!(cut[0].trips_veh_h, 130.0);
    assert_eq!(cut[0].pairs.len(), 2);
    let bridge = streets.position(town.arc("BC")).unwrap();
    assert_eq!(solved.volume_veh_h[0][bridge], 0.0);
    assert_eq!(solved.totals(&streets).trips_veh_h, 70.0);
    assert!(solved.status.is_fine());
    let west = reach::reachable_from(&streets, &overlay, VehicleClass::Car, &[town.node('A').index()]);
    assert_eq!(
        town.names.iter().zip(&west).filter(|(_, in_west)| **in_west).map(|(name, _)| *name).collect::<String>(),
        "ABEF"
    );
    let part = reach::main_part(&streets, &Overlay::default(), VehicleClass::Car);
    assert!(part.iter().all(|member| *member));
}

#[test]
fn a_closure_that_spares_cars_turns_lorries_away() {
    let town = town(BLOCK);
    let overlay = Overlay { changes: vec![ArcChange::closed(town.arc("BD"), Modes::TRUCK)] };
    assert_eq!(way(&town, VehicleClass::Car, "AD", &overlay), "ABD");
    assert_eq!(way(&town, VehicleClass::Truck, "AD", &overlay), "ABCED");
}

/// Two routes: 10 + v/2 and 15 + v/4 (over two streets of 7.5 + v/8). 30 trips: v = 16 2/3 on the first, all take 18 1/3.
fn two_routes() -> Town {
    let mut town = town(
        "
A--B
|  |
C--D",
    );
    town.impede("AB", 10.0, 20.0);
    town.impede("BD", 0.0, 20.0);
    town.impede("AC", 7.5, 60.0);
    town.impede("CD", 7.5, 60.0);
    town
}

#[test]
fn two_routes_by_hand() {
    let town = two_routes();
    let (streets, solved) = solve(&town, &[town.matrix(VehicleClass::Car, &[("AD", 30.0)])], &Overlay::default());
    let at = |arc: &str| streets.position(town.arc(arc)).unwrap();
    assert!((solved.volume_veh_h[0][at("AB")] - 50.0 / 3.0).abs() < 1e-9);
    assert!((solved.volume_veh_h[0][at("CD")] - 40.0 / 3.0).abs() < 1e-9);
    assert!((solved.time_s[0][at("AB")] - 55.0 / 3.0).abs() < 1e-9);
    assert!((solved.tstt - 550.0).abs() < 1e-6);
    assert!((solved.sptt - 550.0).abs() < 1e-6);
}

/// 20 cars and 5 lorries that count double; lorries may not use the first route: cars split as if there were 30.
#[test]
fn two_classes_by_hand() {
    let town = two_routes();
    let matrices = [town.matrix(VehicleClass::Car, &[("AD", 20.0)]), town.matrix(VehicleClass::Truck, &[("AD", 5.0)])];
    let overlay = Overlay { changes: vec![ArcChange::closed(town.arc("AB"), Modes::TRUCK)] };
    let (streets, solved) = solve(&town, &matrices, &overlay);
    let at = |arc: &str| streets.position(town.arc(arc)).unwrap();
    assert!((solved.volume_veh_h[0][at("AB")] - 50.0 / 3.0).abs() < 1e-9);
    assert!((solved.volume_veh_h[0][at("AC")] - 10.0 / 3.0).abs() < 1e-9);
    assert_eq!(solved.volume_veh_h[1][at("AB")], 0.0);
    assert!((solved.volume_veh_h[1][at("AC")] - 5.0).abs() < 1e-12);
    let state = solved.arc_state(&streets);
    assert!((state.volume_veh_h[town.arc("AC").index()] - 25.0 / 3.0).abs() < 1e-9);
    assert!((state.volume_hgv_h[town.arc("AC").index()] - 5.0).abs() < 1e-9);
}

/// A fixed delay of 5 on the first route: 15 + v/2 = 15 + (30 − v)/4, v = 10.
#[test]
fn changes_of_an_overlay_are_felt() {
    let town = two_routes();
    let cars = [town.matrix(VehicleClass::Car, &[("AD", 30.0)])];
    let volume = |change: ArcChange| {
        let (streets, solved) = solve(&town, &cars, &Overlay { changes: vec![change] });
        solved.volume_veh_h[0][streets.position(town.arc("AB")).unwrap()]
    };
    let none = ArcChange::none(town.arc("AB"));
    assert!((volume(ArcChange { added_delay_s: 5.0, ..none }) - 10.0).abs() < 1e-9);
    // Capacity 10: 10 + v = 15 + (30 − v)/4.
    assert!((volume(ArcChange { capacity_pce_h: Some(10.0), ..none }) - 10.0).abs() < 1e-9);
    // Free time 15: 15·(1 + v/20) = 15 + (30 − v)/4, v = 7.5.
    assert!((volume(ArcChange { free_time_s: Some(15.0), ..none }) - 7.5).abs() < 1e-9);
    // 200 m at 48 km/h are 15 s.
    assert!((volume(ArcChange { speed_max_kmh: Some(48.0), ..none }) - 7.5).abs() < 1e-9);
    assert_eq!(volume(ArcChange { capacity_pce_h: Some(0.0), ..none }), 0.0);
    assert!((volume(none) - 50.0 / 3.0).abs() < 1e-9);
}

#[test]
fn detours_tell_where_trips_went_and_what_it_costs_them() {
    let town = town(
        "
X--A---B--Y
   |   |
   C---D",
    );
    let cars = [town.matrix(VehicleClass::Car, &[("XY", 100.0), ("AB", 40.0), ("CD", 7.0)])];
    let (streets, base) = solve(&town, &cars, &Overlay::default());
    let (_, with) = solve(&town, &cars, &closed(&town, &["AB", "BA"]));
    let bridge = streets.position(town.arc("AB")).unwrap();
    let detours = query::detours(&streets, &base, &with, &[bridge], 10);
    assert_eq!(detours.len(), 1, "{detours:?}");
    let letters: String = detours[0]
        .arcs
        .iter()
        .map(|&arc| town.names[streets.to_node[streets.position(arc).unwrap()] as usize])
        .collect();
    assert_eq!(letters, "CDB");
    assert!((detours[0].trips_veh_h - 140.0).abs() < 1e-9);
    assert!((detours[0].added_distance_m - 400.0 + 200.0).abs() < 1e-6, "{}", detours[0].added_distance_m);
    assert!(detours[0].added_time_s > 0.0);
    let selected = query::select_link(&streets, &base, &[bridge]);
    assert!((selected[streets.position(town.arc("XA")).unwrap()] - 100.0).abs() < 1e-9);
    assert_eq!(query::through(&streets, &base, &[bridge]).len(), 2);
    let bundle = query::bundle(&streets, &base, &with, &[bridge]);
    let at = |name: &str| streets.position(town.arc(name)).unwrap();
    // Before, 140 drive over the bridge, 100 of them from X to Y; afterwards all of them take the other one, 7 others are not among them.
    assert_eq!(bundle.base_volume_veh_h, selected);
    for (name, volume) in [("AB", 0.0), ("AC", 140.0), ("CD", 140.0), ("DB", 140.0), ("XA", 100.0), ("BY", 100.0)] {
        assert!((bundle.volume_veh_h[at(name)] - volume).abs() < 1e-9, "{name}: {}", bundle.volume_veh_h[at(name)]);
    }
    let trips: Vec<[f64; 2]> = bundle.trips_veh_h.values().copied().collect();
    assert_eq!(trips.len(), 2);
    assert!(trips.iter().all(|trips| trips[0] > 39.0 && trips[1] == 0.0), "{trips:?}");
    let known = |path: &twin_traffic::equilibrium::Path<'_>| {
        base.paths.between(path.origin, path.destination).any(|o| o == *path)
    };
    assert!(base.paths.len() >= 3 && base.paths.iter().all(|path| known(&path)));
    let skim = query::skim(&streets, &Overlay::default(), &base, VehicleClass::Car);
    let route = query::route(
        &streets,
        &Overlay::default(),
        &base,
        VehicleClass::Car,
        town.node('X').index(),
        town.node('Y').index(),
    );
    let route = route.unwrap();
    let cost = skim.cost(town.node('X').index(), town.node('Y').index()).unwrap();
    assert!((route.time_s - cost).abs() < 1e-9);
    assert_eq!(route.length_m, 700.0);
}

#[test]
fn a_half_closed_street_splits_its_green_by_the_volumes_that_come_of_it() {
    let mut town = town(
        "
A---B---C
|       |
D-------E",
    );
    for street in ["AB", "BC"] {
        town.impede(street, 20.0, 1500.0);
    }
    for street in ["AD", "DE", "EC"] {
        town.impede(street, 40.0, 1500.0);
    }
    let matrix = town.matrix(VehicleClass::Car, &[("AC", 1000.0), ("CA", 700.0)]);
    let streets = streets(&town);
    let trips = Trips::of(&[&matrix], town.names.len(), 1.0).unwrap();
    let options = TrafficOptions { relative_gap: 1e-8, ..TrafficOptions::default() };
    let base = equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &Silent);
    let section = alternation::Section {
        arcs: [vec![town.arc("AB")], vec![town.arc("BA")]],
        length_m: 80.0,
        control: Control::Signal,
        cycle_s: Some(90.0),
        waits: 1,
        bicycles: None,
        practice: alternation::Practice::default(),
    };
    let (with, alternations) = alternation::solve(
        &streets,
        &trips,
        &Overlay::default(),
        std::slice::from_ref(&section),
        &options,
        Some(&base),
        &Silent,
    );
    assert!(with.status.is_fine(), "{:?}", with.status);
    let found = alternations[0];
    let (along, against) = (streets.position(town.arc("AB")).unwrap(), streets.position(town.arc("BA")).unwrap());
    assert!((found.volume_veh_h[0] - with.volume_veh_h[0][along]).abs() < 1e-9);
    assert!((found.green_s[0] + found.green_s[1] + 2.0 * found.clearance_s - 90.0).abs() < 1e-9);
    // The split follows the volumes, and the time on the street is its own and the wait of the formulas.
    let share = found.volume_veh_h[0] / (found.volume_veh_h[0] + found.volume_veh_h[1]);
    assert!((found.green_s[0] / (found.green_s[0] + found.green_s[1]) - share).abs() < 0.01, "{found:?}");
    assert!((with.time_s[0][along] - 20.0 - found.delay_s[0]).abs() < 0.5, "{} {found:?}", with.time_s[0][along]);
    assert!((with.time_s[0][against] - 20.0 - found.delay_s[1]).abs() < 0.5);
    let both = |solved: &Equilibrium| solved.volume_veh_h[0][along] + solved.volume_veh_h[0][against];
    assert!(both(&with) < both(&base) - 50.0, "some drive around: {found:?}");
    let again = alternation::signal(80.0, found.volume_veh_h, Some(90.0));
    assert!((again.capacity_veh_h[0] - found.capacity_veh_h[0]).abs() < 0.01 * found.capacity_veh_h[0]);
    let sign = alternation::Section { control: Control::Priority, ..section };
    let (_, alternations) = alternation::solve(
        &streets,
        &trips,
        &Overlay::default(),
        std::slice::from_ref(&sign),
        &options,
        Some(&base),
        &Silent,
    );
    let codes: Vec<_> = alternation::warnings(&sign, &alternations[0]).iter().map(|finding| finding.code).collect();
    assert!(codes.contains(&"priority-too-long"), "{codes:?}");
}

#[test]
fn nothing_to_do_is_a_status() {
    let drawn = town(BLOCK);
    let (streets, solved) = solve(&drawn, &[], &Overlay::default());
    assert_eq!(solved.status, Status::Empty);
    assert_eq!(solved.arc_state(&streets).volume_veh_h.len(), streets.n_rows);
    let nowhere = Town { twin: twin::Twin::empty("", twin::Crs::NOWHERE), names: vec![] };
    assert_eq!(solve(&nowhere, &[], &Overlay::default()).1.status, Status::Empty);
    let (_, cut) = solve(&drawn, &[drawn.matrix(VehicleClass::Car, &[("AD", 5.0)])], &closed(&drawn, &["AB"]));
    assert_eq!(cut.status, Status::Empty);
    assert_eq!(cut.unreachable.len(), 1);
}

#[test]
fn a_million_vehicles_on_one_street_are_slow_but_finite() {
    let town = town("A--B");
    let (streets, solved) = solve(&town, &[town.matrix(VehicleClass::Car, &[("AB", 1e6)])], &Overlay::default());
    assert!(solved.status.is_fine());
    let totals = solved.totals(&streets);
    for value in [totals.vehicle_hours, totals.beckmann, totals.delay_veh_h, solved.relative_gap] {
        assert!(value.is_finite());
    }
    assert!(solved.arc_state(&streets).queue_veh.iter().any(|queue| *queue > 9e5));
}

#[test]
fn a_million_vehicles_on_a_choice_of_streets_stay_finite_too() {
    let town = town(
        "
A--B--C--D
|  |  |  |
E--F--G--H
|  |  |  |
I--J--K--L",
    );
    let cars = town.matrix(VehicleClass::Car, &[("AL", 1e6), ("ID", 1e6), ("LA", 5e5)]);
    let lorries = town.matrix(VehicleClass::Truck, &[("AL", 1e5), ("EH", 1.0)]);
    let (_, solved) = solve(&town, &[cars, lorries], &Overlay::default());
    assert!(solved.relative_gap < 1e-6, "{:?}", solved.status);
    assert!(solved.beckmann.is_finite() && solved.tstt.is_finite());
    assert!(solved.volume_veh_h.iter().flatten().all(|volume| volume.is_finite() && *volume >= 0.0));
}

#[test]
fn streets_of_no_capacity_carry_nobody_and_are_named() {
    let mut town = town(BLOCK);
    town.impede("BD", 5.0, 0.0);
    town.impede("CE", 5.0, f64::NAN);
    let (streets, findings) =
        street::derive(&town.twin, &town.zones(), &Assumptions::default(), &TrafficOptions::default());
    let named: Vec<_> = findings.iter().map(|finding| (finding.code, finding.key.clone().unwrap())).collect();
    assert_eq!(named.len(), 4, "both directions of both: {named:?}");
    assert!(named.iter().all(|(code, _)| *code == "zero-capacity"));
    assert_eq!(streets.position(town.arc("BD")), None);
    assert_eq!(car_way(&town, "AD"), "");
}

#[test]
fn a_solve_can_be_cancelled_at_once() {
    struct Impatient;
    impl Watch for Impatient {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let town = town(BLOCK);
    let streets = streets(&town);
    let trips = Trips::of(&[&town.matrix(VehicleClass::Car, &[("AD", 5.0)])], town.names.len(), 1.0).unwrap();
    let options = TrafficOptions::default();
    let solved = equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &Impatient);
    assert_eq!(solved.status, Status::Cancelled { iterations: 0, residual: 1.0 });
    assert_eq!(solved.relative_gap, 1.0);
}
