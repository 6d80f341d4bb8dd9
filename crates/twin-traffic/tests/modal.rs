//! Ways by mode of travel in drawn towns: turns, closed stretches, streets for residents, both senses of a search.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use support::{Town, town};
use twin::road::{Modes, TurnKind};
use twin_traffic::modal::{Closings, ModeNetwork, Search, Start, Stretch, Toward, Traveler, Turning, route};

const BLOCK: &str = "
A---B---C
    |   |
    D---E";

const CAR: Traveler = Traveler::of(Modes::CAR, Turning::DeadEnds, true);

fn network(town: &Town, traveler: Traveler) -> ModeNetwork {
    ModeNetwork::new(&town.twin, traveler)
}

/// Metres between two letters at a metre per second.
fn metres(network: &ModeNetwork, closings: &Closings, town: &Town, pair: &str, toward: Toward) -> Option<f64> {
    let ends: Vec<_> = pair.chars().map(|name| town.node(name)).collect();
    let search = Search { network, time_s: &network.length_m, closings, toward, keeps_out: true };
    let (start, end) = if toward == Toward::Places { (ends[0], ends[1]) } else { (ends[1], ends[0]) };
    let found = search.run(&[Start::Node(start, 0.0)]).at_node(end)?;
    assert!((found.time_s - found.length_m).abs() < 1e-9, "a metre a second");
    Some(found.length_m)
}

fn there(network: &ModeNetwork, closings: &Closings, town: &Town, pair: &str) -> Option<f64> {
    metres(network, closings, town, pair, Toward::Places)
}

fn shut(town: &Town, arcs: &[&str], from_m: f64, to_m: f64, residents: bool) -> Closings {
    let mut closings = Closings::default();
    for arc in arcs {
        closings.add(town.arc(arc), Stretch { from_m, to_m, residents });
    }
    closings
}

#[test]
fn a_forbidden_turn_is_gone_around_by_those_whom_it_binds() {
    let mut town = town(BLOCK);
    let open = Closings::default();
    assert_eq!(there(&network(&town, CAR), &open, &town, "AD"), Some(400.0));
    town.restrict(&["AB", "BD"], TurnKind::No, Modes::NONE);
    assert_eq!(there(&network(&town, CAR), &open, &town, "AD"), Some(1000.0));
    let fire = Traveler::of(Modes::EMERGENCY, Turning::Anywhere, false);
    assert_eq!(there(&network(&town, fire), &open, &town, "AD"), Some(400.0));
}

#[test]
fn the_only_turn_allowed_is_taken_and_modes_are_excepted() {
    let mut town = town(BLOCK);
    town.restrict(&["AB", "BC"], TurnKind::Only, Modes::BUS);
    let open = Closings::default();
    assert_eq!(there(&network(&town, CAR), &open, &town, "AD"), Some(1000.0));
    let bus = Traveler::of(Modes::BUS, Turning::Circles, true);
    assert_eq!(there(&network(&town, bus), &open, &town, "AD"), Some(400.0));
}

#[test]
fn a_restriction_via_a_street_holds_for_those_who_come_that_way() {
    let mut town = town(BLOCK);
    let closed = shut(&town, &["BD", "DB"], 40.0, 60.0, false);
    assert_eq!(there(&network(&town, CAR), &closed, &town, "AE"), Some(700.0));
    town.restrict(&["AB", "BC", "CE"], TurnKind::No, Modes::NONE);
    let network = network(&town, CAR);
    assert_eq!(there(&network, &closed, &town, "AE"), None);
    assert_eq!(there(&network, &closed, &town, "BE"), Some(400.0), "who begins at B came by no other street");
}

#[test]
fn both_senses_of_a_search_find_the_same_ways() {
    let mut town = town(BLOCK);
    town.restrict(&["AB", "BD"], TurnKind::No, Modes::NONE);
    town.restrict(&["DE", "EC", "CB"], TurnKind::No, Modes::NONE);
    for closings in [Closings::default(), shut(&town, &["BC", "CB"], 100.0, 120.0, false)] {
        for turning in [Turning::Circles, Turning::DeadEnds, Turning::Anywhere] {
            let network = network(&town, Traveler { turning, ..CAR });
            for a in "ABCDE".chars() {
                for b in "ABCDE".chars().filter(|b| *b != a) {
                    let pair = format!("{a}{b}");
                    let [one, other] = [Toward::Places, Toward::Starts]
                        .map(|toward| metres(&network, &closings, &town, &pair, toward));
                    assert_eq!(one, other, "{pair} {turning:?}");
                }
            }
        }
    }
}

#[test]
fn a_closed_stretch_is_reached_up_to_its_begin() {
    let town = town(BLOCK);
    let network = network(&town, CAR);
    let at = |closings: &Closings, at_m: f64| {
        let search =
            Search { network: &network, time_s: &network.length_m, closings, toward: Toward::Places, keeps_out: true };
        search.run(&[Start::Node(town.node('A'), 0.0)]).at(town.arc("BC").link, at_m).map(|found| found.length_m)
    };
    let closed = shut(&town, &["BC", "CB"], 200.0, 280.0, false);
    assert_eq!(at(&closed, 150.0), Some(450.0));
    assert_eq!(at(&closed, 250.0), None);
    assert_eq!(at(&closed, 290.0), Some(300.0 + 100.0 + 300.0 + 100.0 + 10.0));
    let residents = shut(&town, &["BC", "CB"], 200.0, 280.0, true);
    assert_eq!(at(&residents, 250.0), Some(550.0));
    assert_eq!(at(&residents, 290.0), Some(810.0), "residents pass into it, not through it");
}

#[test]
fn places_on_one_section_are_joined_along_it() {
    let town = town(BLOCK);
    let network = network(&town, CAR);
    let link = town.arc("BC").link;
    let way = |closings: &Closings, toward| {
        let search = Search { network: &network, time_s: &network.length_m, closings, toward, keeps_out: true };
        search
            .run(&[Start::Place(link, 50.0, 7.0)])
            .at(link, 250.0)
            .map(|found| (found.time_s.round(), found.length_m.round()))
    };
    let open = Closings::default();
    assert_eq!(way(&open, Toward::Places), Some((207.0, 200.0)));
    assert_eq!(way(&open, Toward::Starts), Some((207.0, 200.0)));
    let closed = shut(&town, &["BC", "CB"], 100.0, 120.0, false);
    assert_eq!(way(&closed, Toward::Places), Some((607.0, 600.0)), "50 m back, around the block, 50 m in");
}

#[test]
fn streets_for_residents_begin_and_end_ways_only() {
    let town = town(
        "
A---B===C---D
|           |
E-----------F",
    );
    let network = network(&town, CAR);
    let open = Closings::default();
    assert_eq!(there(&network, &open, &town, "AD"), Some(1300.0));
    for toward in [Toward::Places, Toward::Starts] {
        let search = Search { network: &network, time_s: &network.length_m, closings: &open, toward, keeps_out: true };
        let found = search.run(&[Start::Node(town.node('A'), 0.0)]).at(town.arc("BC").link, 150.0).unwrap();
        assert_eq!(found.length_m, 450.0);
    }
    let bus = Traveler::of(Modes::BUS, Turning::Circles, true);
    let search = Search {
        network: &ModeNetwork::new(&town.twin, bus),
        time_s: &network.length_m,
        closings: &open,
        toward: Toward::Places,
        keeps_out: false,
    };
    assert_eq!(search.run(&[Start::Node(town.node('A'), 0.0)]).at_node(town.node('D')).unwrap().length_m, 900.0);
}

#[test]
fn limits_keep_out_what_is_too_large() {
    let mut town = town(BLOCK);
    let mut roads = twin::road::RoadNetwork::new();
    for (_, node) in town.twin.roads.nodes() {
        roads.add_node(node.clone());
    }
    for (id, street) in town.twin.roads.links() {
        let mut street = street.clone();
        if id == town.arc("BD").link {
            street.max_weight_t = Some(7.5);
        }
        let (from, to) = town.twin.roads.ends(id);
        roads.add_link(from, to, street);
    }
    town.twin.roads = roads;
    let lorry = Traveler { weight_t: 40.0, ..Traveler::of(Modes::TRUCK, Turning::DeadEnds, true) };
    let open = Closings::default();
    assert_eq!(there(&network(&town, lorry), &open, &town, "AD"), Some(1000.0));
    assert_eq!(there(&network(&town, Traveler { weight_t: 7.5, ..lorry }), &open, &town, "AD"), Some(400.0));
}

#[test]
fn a_route_weighs_where_it_begins_and_ends() {
    let town = town(BLOCK);
    let network = network(&town, CAR);
    let row = |arc: &str| town.arc(arc).index();
    let open = Closings::default();
    let found = |starts: &[(usize, f64)], goals: &[(usize, f64)], closings: &Closings| {
        route(&network, &network.length_m, closings, starts, goals)
    };
    let way = found(&[(row("AB"), 0.0)], &[(row("EC"), 0.0)], &open).unwrap();
    assert_eq!((way.arcs, way.cost), (vec![row("BD"), row("DE")], 400.0));
    assert_eq!(found(&[(row("AB"), 0.0)], &[(row("BC"), 5.0)], &open).unwrap().cost, 5.0, "the goal is next");
    let two = found(&[(row("AB"), 0.0), (row("BD"), 300.0)], &[(row("EC"), 0.0), (row("BC"), 401.0)], &open).unwrap();
    assert_eq!((two.start, two.goal, two.cost), (0, 0, 400.0));
    let closed = shut(&town, &["BD", "DB"], 0.0, 10.0, false);
    assert_eq!(found(&[(row("AB"), 0.0)], &[(row("EC"), 0.0)], &closed), None, "C is no place to turn");
}
