//! Streets: cutting and joining, attributes, junctions, restrictions, borders, islands.

use twin::road::{Modes, NodeControl, RoadClass, Structure, TurnKind};

use super::{RESIDENTIAL, arc_name, codes, keys, link, reaches};
use crate::osm::draw::{ROW_M, STEP_M, Town, id};

fn node_key(letter: char) -> String {
    format!("node/{}", id(letter))
}

#[test]
fn a_street_is_cut_at_junctions_and_nowhere_else() {
    let town = Town::new(
        "a---b---c---d
                |
                e",
    );
    let imported = town.way(1, "abcd", &RESIDENTIAL).way(2, "ce", &RESIDENTIAL).import();
    assert_eq!(keys(&imported.twin.roads), ["way/1#1", "way/1#2", "way/2"]);
    assert_eq!(imported.twin.roads.n_nodes(), 4);
    let long = link(&imported, "way/1#1");
    assert_eq!(long.geometry.0.len(), 3);
    assert!((long.length_m - 8.0 * STEP_M).abs() < 0.2, "{}", long.length_m);
    // c lies 8 columns from a, e two columns further right and a row below.
    assert!((link(&imported, "way/2").length_m - (64.0 * STEP_M * STEP_M + ROW_M * ROW_M).sqrt()).abs() < 20.0);
    assert_eq!(imported.tally.kinds["ways of streets"].kept, 2);
}

#[test]
fn ways_that_agree_are_joined_whatever_their_direction() {
    let town = Town::new("a--b--c--d");
    let imported = town.way(1, "ab", &RESIDENTIAL).way(2, "cb", &RESIDENTIAL).way(3, "cd", &RESIDENTIAL).import();
    assert_eq!(keys(&imported.twin.roads), ["way/1"]);
    let joined = link(&imported, "way/1");
    let sources: Vec<&str> = joined.source_keys.iter().map(twin::Key::as_str).collect();
    assert_eq!(sources, ["way/1", "way/2", "way/3"]);
    assert!((joined.length_m - 9.0 * STEP_M).abs() < 0.2);
}

#[test]
fn ways_that_differ_stay_apart() {
    let town = Town::new("a--b--c");
    let slow = [("highway", "residential"), ("maxspeed", "30")];
    let imported = town.way(1, "ab", &RESIDENTIAL).way(2, "bc", &slow).import();
    assert_eq!(keys(&imported.twin.roads), ["way/1", "way/2"]);
    // One-way streets join only where they follow each other.
    let one_way = [("highway", "residential"), ("oneway", "yes")];
    let follow = Town::new("a--b--c").way(1, "ab", &one_way).way(2, "bc", &one_way).import();
    assert_eq!(keys(&follow.twin.roads), ["way/1"]);
    let meet = Town::new("a--b--c").way(1, "ab", &one_way).way(2, "cb", &one_way).import();
    assert_eq!(keys(&meet.twin.roads), ["way/1", "way/2"]);
}

#[test]
fn rings_and_loops() {
    let ring = Town::new(
        "a--b
d--c",
    );
    let circle = [("highway", "residential"), ("junction", "roundabout")];
    let alone = ring.clone().way(1, "abcda", &circle).import();
    assert_eq!(keys(&alone.twin.roads), ["way/1"]);
    let only = link(&alone, "way/1");
    assert!(only.roundabout && only.backward.modes == Modes::FOOT, "{:?}", only.backward);
    assert_eq!(only.geometry.0.first(), only.geometry.0.last());
    // A street that ends in a loop: the loop is one section from the junction to itself.
    let noose = Town::new(
        "x--a--b
   d--c",
    );
    let imported = noose.way(1, "xa", &RESIDENTIAL).way(2, "bcdab", &RESIDENTIAL).import();
    assert_eq!(keys(&imported.twin.roads).len(), 2);
    assert_eq!(imported.twin.roads.n_nodes(), 2);
}

#[test]
fn one_way_rules() {
    let at = |tags: &[(&str, &str)]| {
        let imported = Town::new("a--b").way(1, "ab", tags).import();
        let link = link(&imported, "way/1");
        (link.forward.modes, link.backward.modes)
    };
    let base = ("highway", "residential");
    assert_eq!(at(&[base]), (Modes::ALL, Modes::ALL));
    assert_eq!(at(&[base, ("oneway", "yes")]), (Modes::ALL, Modes::FOOT));
    assert_eq!(at(&[base, ("oneway", "-1")]), (Modes::FOOT, Modes::ALL));
    let with_bicycle = Modes::FOOT.union(Modes::BICYCLE);
    assert_eq!(at(&[base, ("oneway", "yes"), ("oneway:bicycle", "no")]), (Modes::ALL, with_bicycle));
    assert_eq!(at(&[base, ("oneway", "yes"), ("cycleway", "opposite")]), (Modes::ALL, with_bicycle));
    assert_eq!(at(&[base, ("oneway", "yes"), ("busway:left", "opposite_lane")]).1, Modes::FOOT.union(Modes::BUS));
    assert_eq!(at(&[("highway", "motorway")]), (Modes::MOTOR, Modes::NONE));
    assert_eq!(at(&[("highway", "motorway_link")]), (Modes::MOTOR, Modes::MOTOR));
}

#[test]
fn access_by_hierarchy() {
    let at = |tags: &[(&str, &str)]| {
        let imported = Town::new("a--b").way(1, "ab", tags).import();
        let link = link(&imported, "way/1");
        (link.forward.modes, link.destination_only)
    };
    let base = ("highway", "residential");
    let quiet = Modes::BICYCLE.union(Modes::FOOT).union(Modes::EMERGENCY);
    assert_eq!(at(&[base, ("motor_vehicle", "no")]), (quiet, false));
    assert_eq!(at(&[base, ("motor_vehicle", "no"), ("bus", "yes")]).0, quiet.union(Modes::BUS));
    assert_eq!(at(&[base, ("motor_vehicle", "destination")]), (Modes::ALL, true));
    assert_eq!(at(&[base, ("access", "no"), ("foot", "yes")]).0, Modes::FOOT.union(Modes::EMERGENCY));
    assert_eq!(at(&[base, ("hgv", "no")]).0, Modes::ALL.without(Modes::TRUCK));
    assert_eq!(at(&[base, ("motor_vehicle", "agricultural;forestry")]).0, quiet);
    assert_eq!(at(&[base, ("maxweight", "3.5")]).0, Modes::ALL.without(Modes::TRUCK));
    assert_eq!(at(&[base, ("maxweight", "7.5 t")]).0, Modes::ALL);
    assert_eq!(at(&[("highway", "service"), ("access", "private")]), (Modes::ALL, true));
    assert_eq!(at(&[("highway", "pedestrian")]).0, Modes::FOOT.union(Modes::EMERGENCY));
    assert_eq!(at(&[("highway", "pedestrian"), ("motor_vehicle", "delivery")]).0, Modes(2 | 4 | 16 | 32));
    assert_eq!(at(&[("highway", "primary"), ("motorroad", "yes")]).0, Modes::MOTOR);
    assert_eq!(at(&[("highway", "track")]).0, quiet);
    assert_eq!(at(&[("highway", "footway"), ("bicycle", "yes")]).0, Modes::FOOT.union(Modes::BICYCLE));
    assert_eq!(at(&[("highway", "residential"), ("emergency", "no")]).0, Modes::ALL.without(Modes::EMERGENCY));
}

#[test]
fn lanes_per_direction() {
    let at = |tags: &[(&str, &str)]| {
        let imported = Town::new("a--b").way(1, "ab", tags).import();
        let link = link(&imported, "way/1");
        (link.forward.lanes, link.backward.lanes, link.shared_lane)
    };
    let base = ("highway", "secondary");
    assert_eq!(at(&[base]), (1, 1, false));
    assert_eq!(at(&[base, ("lanes", "4")]), (2, 2, false));
    assert_eq!(at(&[base, ("lanes", "3")]), (2, 1, false));
    assert_eq!(at(&[base, ("lanes", "3"), ("lanes:backward", "2")]), (1, 2, false));
    assert_eq!(at(&[base, ("lanes", "3"), ("lanes:both_ways", "1")]), (1, 1, false));
    assert_eq!(at(&[base, ("lanes", "1")]), (1, 1, true));
    assert_eq!(at(&[base, ("lanes", "2"), ("oneway", "yes")]), (2, 0, false));
    assert_eq!(at(&[base, ("oneway", "-1"), ("lanes", "2")]), (0, 2, false));
    assert_eq!(at(&[base, ("oneway", "yes"), ("turn:lanes", "left|through|right")]), (3, 0, false));
    assert_eq!(at(&[base, ("oneway", "yes"), ("lanes", "3"), ("lanes:bus", "1")]), (2, 0, false));
    assert_eq!(at(&[("highway", "motorway")]), (2, 0, false));
    assert_eq!(at(&[("highway", "service")]), (1, 1, true));
    assert_eq!(at(&[("highway", "footway")]), (0, 0, false));
    assert_eq!(at(&[base, ("width", "3,5 m")]), (1, 1, true));
}

#[test]
fn unusable_and_contradictory_values_are_told() {
    let tell = |tags: &[(&str, &str)]| {
        let mut all = vec![("highway", "residential")];
        all.extend_from_slice(tags);
        codes(&Town::new("a--b").way(1, "ab", &all).import())
    };
    for tags in [
        [("maxspeed", "abc")],
        [("lanes", "0")],
        [("lanes", "viele")],
        [("width", "breit")],
        [("oneway", "vielleicht")],
        [("layer", "oben")],
        [("maxweight", "schwer")],
        [("motor_vehicle", "manchmal")],
    ] {
        assert!(tell(&tags).contains(&"tag-unusable"), "{tags:?}");
    }
    assert!(tell(&[("bridge", "yes"), ("tunnel", "yes")]).contains(&"tags-contradict"));
    assert!(tell(&[("junction", "roundabout"), ("oneway", "no")]).contains(&"tags-contradict"));
    assert!(tell(&[("lanes", "2"), ("lanes:forward", "2"), ("lanes:backward", "2")]).contains(&"tags-contradict"));
    assert!(tell(&[("oneway", "yes"), ("lanes:backward", "1")]).contains(&"tags-contradict"));
    assert!(tell(&[("hgv:conditional", "no @ (22:00-06:00)")]).contains(&"tag-conditional"));
    assert!(!tell(&[("width", "3,5 m"), ("maxspeed", "30")]).contains(&"tag-unusable"));
}

#[test]
fn speeds_inside_and_outside() {
    let town = Town::new(
        "a---------b---------c
p---q
s---r",
    );
    let primary = [("highway", "primary")];
    let alone = town.clone().way(1, "abc", &primary).import();
    assert_eq!(link(&alone, "way/1").forward.speed_limit_kmh, 100.0);
    let land = town.clone().way(1, "abc", &primary).way(9, "acrsa", &[("landuse", "residential")]).import();
    assert_eq!(link(&land, "way/1").forward.speed_limit_kmh, 50.0);
    assert_eq!(link(&land, "way/1").built_up, Some(true));
    let signed = town
        .way(1, "abc", &[("highway", "primary"), ("maxspeed:forward", "70"), ("maxspeed:backward", "DE:rural")])
        .import();
    assert_eq!(link(&signed, "way/1").forward.speed_limit_kmh, 70.0);
    assert_eq!(link(&signed, "way/1").backward.speed_limit_kmh, 100.0);
    assert_eq!(link(&signed, "way/1").built_up, Some(false));
}

#[test]
fn bridges_and_layers() {
    let at = |tags: &[(&str, &str)]| {
        let mut all = vec![("highway", "residential")];
        all.extend_from_slice(tags);
        let imported = Town::new("a--b").way(1, "ab", &all).import();
        let link = link(&imported, "way/1");
        (link.structure, link.layer)
    };
    assert_eq!(at(&[("bridge", "yes")]), (Structure::Bridge, 1));
    assert_eq!(at(&[("bridge", "viaduct"), ("layer", "2")]), (Structure::Bridge, 2));
    assert_eq!(at(&[("tunnel", "yes"), ("layer", "-1")]), (Structure::Tunnel, -1));
    assert_eq!(at(&[("tunnel", "building_passage")]), (Structure::Ground, 0));
    assert_eq!(at(&[("bridge", "no")]), (Structure::Ground, 0));
}

#[test]
fn signals_on_the_stop_line_count_for_the_junction_and_others_stay() {
    let town = Town::new(
        "a------s-b-------m-------c
         |
         d",
    );
    let signal = [("highway", "traffic_signals")];
    let crossing = [("highway", "crossing"), ("crossing", "traffic_signals")];
    let imported = town
        .node('s', &[("highway", "traffic_signals"), ("traffic_signals:direction", "forward")])
        .node('m', &crossing)
        .way(1, "asbmc", &RESIDENTIAL)
        .way(2, "bd", &RESIDENTIAL)
        .import();
    let control = |letter| {
        imported
            .twin
            .roads
            .nodes()
            .find(|(_, node)| node.key.as_str() == node_key(letter))
            .map(|(_, node)| node.control)
    };
    assert_eq!(control('b'), Some(NodeControl::Signal));
    assert_eq!(control('s'), None, "the stop line is no junction");
    assert_eq!(control('m'), Some(NodeControl::Signal), "a pedestrian signal in mid-street stays");
    let at_node = Town::new("a--b--c").node('b', &signal).way(1, "abc", &RESIDENTIAL).import();
    assert_eq!(at_node.twin.roads.n_links(), 2);
}

#[test]
fn signs_count_for_the_junction_ahead() {
    let town = Town::new(
        "a------g-b-------c
         |
         d",
    );
    let imported =
        town.node('g', &[("highway", "give_way")]).way(1, "agbc", &RESIDENTIAL).way(2, "bd", &RESIDENTIAL).import();
    let (_, node) = imported.twin.roads.nodes().find(|(_, node)| node.key.as_str() == node_key('b')).expect("b");
    assert_eq!(node.control, NodeControl::GiveWay);
}

#[test]
fn a_bollard_closes_the_street_to_those_whom_it_stops() {
    let town = Town::new("a-----b-----c").way(1, "abc", &RESIDENTIAL);
    let (a, c) = (node_key('a'), node_key('c'));
    let fixed = town.clone().node('b', &[("barrier", "bollard")]).import();
    assert_eq!(fixed.twin.roads.n_links(), 3);
    assert!(!reaches(&fixed, &a, &c, Modes::CAR) && !reaches(&fixed, &a, &c, Modes::EMERGENCY));
    assert!(reaches(&fixed, &a, &c, Modes::BICYCLE));
    let length_m: f64 = fixed.twin.roads.links().map(|(_, link)| link.length_m).sum();
    assert!((length_m - 12.0 * STEP_M).abs() < 0.2);
    let removable = town.clone().node('b', &[("barrier", "bollard"), ("bollard", "removable")]).import();
    assert!(!reaches(&removable, &a, &c, Modes::CAR) && reaches(&removable, &a, &c, Modes::EMERGENCY));
    let gate = town.clone().node('b', &[("barrier", "gate")]).import();
    assert!(reaches(&gate, &a, &c, Modes::CAR) && codes(&gate).contains(&"barrier-assumed-open"));
    let shut = town.node('b', &[("barrier", "gate"), ("motor_vehicle", "no")]).import();
    assert!(!reaches(&shut, &a, &c, Modes::CAR));
    // Between two ways.
    let two = Town::new("a-----b-----c")
        .node('b', &[("barrier", "bollard")])
        .way(1, "ab", &RESIDENTIAL)
        .way(2, "bc", &RESIDENTIAL)
        .import();
    assert!(!reaches(&two, &a, &c, Modes::CAR) && reaches(&two, &a, &c, Modes::FOOT));
    let mut names: Vec<String> = two.twin.roads.nodes().map(|(_, node)| node.key.to_string()).collect();
    let n_nodes = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), n_nodes, "node keys are unique");
}

#[test]
fn a_barrier_on_a_junction_is_told_and_left_out() {
    let town = Town::new(
        "a--b--c
   |
   d",
    );
    let imported =
        town.node('b', &[("barrier", "bollard")]).way(1, "abc", &RESIDENTIAL).way(2, "bd", &RESIDENTIAL).import();
    assert!(codes(&imported).contains(&"barrier-at-junction"));
    assert!(reaches(&imported, &node_key('a'), &node_key('d'), Modes::CAR));
}

fn crossing() -> Town {
    Town::new(
        "   n
   |
w--x--e
   |
   s",
    )
    .way(1, "wx", &RESIDENTIAL)
    .way(2, "xe", &RESIDENTIAL)
    .way(3, "nx", &RESIDENTIAL)
    .way(4, "xs", &RESIDENTIAL)
}

const NO_LEFT: [(&str, &str); 2] = [("type", "restriction"), ("restriction", "no_left_turn")];

#[test]
fn turn_restrictions_via_a_node() {
    let imported = crossing().relation(7, &["w1 from", "nx via", "w3 to"], &NO_LEFT).import();
    let [restriction] = imported.twin.restrictions.as_slice() else { panic!("one restriction") };
    assert_eq!(restriction.key.as_str(), "relation/7");
    assert_eq!(restriction.kind, TurnKind::No);
    assert_eq!(restriction.except, Modes::FOOT);
    let roads = &imported.twin.roads;
    assert_eq!(arc_name(roads, restriction.from), "way/1>");
    assert_eq!(arc_name(roads, restriction.to), "way/3<");
    assert!(restriction.via.is_empty());
    let except = crossing()
        .relation(
            7,
            &["w1 from", "nx via", "w2 to"],
            &[("type", "restriction"), ("restriction", "only_straight_on"), ("except", "bus;bicycle")],
        )
        .import();
    assert_eq!(except.twin.restrictions[0].kind, TurnKind::Only);
    assert_eq!(except.twin.restrictions[0].except, Modes::FOOT.union(Modes::BUS).union(Modes::BICYCLE));
    let lorries = crossing()
        .relation(7, &["w1 from", "nx via", "w3 to"], &[("type", "restriction"), ("restriction:hgv", "no_left_turn")])
        .import();
    assert_eq!(lorries.twin.restrictions[0].except, Modes::ALL.without(Modes::TRUCK));
    let back = crossing()
        .relation(7, &["w1 from", "nx via", "w1 to"], &[("type", "restriction"), ("restriction", "no_u_turn")])
        .import();
    assert_eq!(arc_name(&back.twin.roads, back.twin.restrictions[0].to), "way/1<");
}

#[test]
fn turn_restrictions_via_ways() {
    // A dual carriageway: no U-turn from the upper to the lower one over the link between them.
    let town = Town::new(
        "a--b--c
   |
d--e--f",
    );
    let one_way = [("highway", "primary"), ("oneway", "yes")];
    let imported = town
        .way(1, "ba", &one_way)
        .way(2, "cb", &one_way)
        .way(3, "de", &one_way)
        .way(4, "ef", &one_way)
        .way(5, "be", &RESIDENTIAL)
        .relation(7, &["w2 from", "w5 via", "w4 to"], &[("type", "restriction"), ("restriction", "no_u_turn")])
        .import();
    let [restriction] = imported.twin.restrictions.as_slice() else { panic!("{:?}", imported.findings) };
    let roads = &imported.twin.roads;
    assert_eq!(arc_name(roads, restriction.from), "way/2>");
    assert_eq!(restriction.via.iter().map(|arc| arc_name(roads, *arc)).collect::<Vec<_>>(), ["way/5>"]);
    assert_eq!(arc_name(roads, restriction.to), "way/4>");
}

#[test]
fn restrictions_that_cannot_be_applied_are_told() {
    let tell = |members: &[&str], tags: &[(&str, &str)]| {
        let imported = crossing().relation(7, members, tags).import();
        assert!(imported.twin.restrictions.is_empty());
        assert_eq!(imported.tally.kinds["turn restrictions"].n_dropped(), 1);
        let codes = codes(&imported);
        codes.into_iter().find(|code| code.starts_with("restriction-")).unwrap_or("nothing")
    };
    assert_eq!(tell(&["w1 from", "nx via", "w99 to"], &NO_LEFT), "restriction-cut-at-border");
    assert_eq!(tell(&["w1 from", "nx via"], &NO_LEFT), "restriction-not-applied");
    assert_eq!(tell(&["w1 from", "nw via", "w2 to"], &NO_LEFT), "restriction-not-applied");
    assert_eq!(
        tell(&["w1 from", "nx via", "w3 to"], &[("type", "restriction"), ("restriction", "no_dancing")]),
        "restriction-not-applied"
    );
    assert_eq!(tell(&["w1 from", "nx via", "w3 to"], &[("type", "restriction")]), "restriction-not-applied");
    assert_eq!(
        tell(
            &["w1 from", "nx via", "w3 to"],
            &[("type", "restriction"), ("restriction:conditional", "no_left_turn @ (Mo-Fr 07:00-09:00)")]
        ),
        "restriction-conditional"
    );
}

#[test]
fn streets_that_leave_the_map_end_at_a_border_node() {
    // Node z is not in the file.
    let imported = Town::new("a--b--c").way(1, "abcz", &RESIDENTIAL).import();
    let border: Vec<&str> =
        imported.twin.roads.nodes().filter(|(_, node)| node.border).map(|(_, node)| node.key.as_str()).collect();
    assert_eq!(border, [node_key('c')]);
    assert!(codes(&imported).contains(&"street-cut-at-border"));
    let lost = Town::new("a--b").way(1, "ab", &RESIDENTIAL).way(2, "zay", &RESIDENTIAL).import();
    assert_eq!(lost.tally.kinds["ways of streets"].dropped["nodes outside the extract"], 1);
    assert!(codes(&lost).contains(&"street-outside-extract"));
}

#[test]
fn islands_and_traps_are_told_with_their_ways() {
    let town = Town::new(
        "a--b--c
   |
   d--e--f     x--y",
    );
    let imported = town
        .way(1, "abc", &RESIDENTIAL)
        .way(2, "bde", &RESIDENTIAL)
        .way(3, "ef", &[("highway", "residential"), ("oneway", "yes"), ("name", "Sackgasse")])
        .way(4, "xy", &RESIDENTIAL)
        .import();
    let find = |code: &str| {
        imported.findings.iter().find(|finding| finding.code == code).map(|finding| finding.message.clone())
    };
    assert!(find("street-island").expect("island").contains("way/4"));
    let trap = find("street-trap").expect("trap");
    assert!(
        trap.contains("way/3") && trap.contains("entered by car but not left") && trap.contains("Sackgasse"),
        "{trap}"
    );
}

#[test]
fn what_is_no_street_is_counted() {
    let imported = Town::new("a--b--c--d")
        .way(1, "ab", &RESIDENTIAL)
        .way(2, "bc", &[("highway", "construction")])
        .way(3, "cd", &[("highway", "platform")])
        .way(4, "ad", &[("highway", "wormhole")])
        .way(5, "abcda", &[("highway", "pedestrian"), ("area", "yes")])
        .way(6, "b", &RESIDENTIAL)
        .import();
    let count = &imported.tally.kinds["ways of streets"];
    assert_eq!((count.source, count.kept, count.n_dropped()), (6, 1, 5));
    for code in ["street-not-built", "street-not-a-way", "street-unknown-class", "street-area", "street-without-course"]
    {
        assert!(codes(&imported).contains(&code), "{code}");
    }
    assert_eq!(link(&imported, "way/1").class, RoadClass::Residential);
}
