//! Scenarios resolved on drawn towns.

use geo::line_string;
use twin::{
    Key,
    jiff::civil::{date, time},
    scenario::{Bound, OpenDirection, Outage, RoadTarget},
};

use super::*;
use crate::fixture::{closure, scenario, street, testheim, town};

fn parts(resolved: &Resolved) -> Vec<(usize, f64, f64, bool)> {
    resolved.closures[0]
        .sections
        .iter()
        .map(|s| (s.part.link.index(), s.part.from_m.round(), s.part.to_m.round(), s.part.along))
        .collect()
}

fn codes(findings: &Findings) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_street_is_its_sections_in_order() {
    let twin = testheim();
    for name in ["Hauptstraße", "hauptstr.", "HAUPTSTRASSE", " Hauptstr. "] {
        let resolved = resolve(&twin, &scenario(vec![closure(street(name, None), ClosureKind::Full)])).unwrap();
        assert_eq!(parts(&resolved), vec![(0, 0.0, 100.0, true), (1, 0.0, 200.0, true), (2, 0.0, 100.0, false)]);
        assert_eq!(resolved.closures[0].length_m, 400.0);
        assert_eq!(resolved.closures[0].street.as_deref(), Some("Hauptstraße"));
    }
}

#[test]
fn between_runs_from_the_first_to_the_second_cross_street() {
    let twin = testheim();
    let of = |a: &str, b: &str| {
        parts(
            &resolve(&twin, &scenario(vec![closure(street("Hauptstraße", Some([a, b])), ClosureKind::Full)])).unwrap(),
        )
    };
    // Ringstraße meets Hauptstraße twice (A and C): the shorter stretch is meant.
    assert_eq!(of("Bergweg", "Ringstraße"), vec![(0, 0.0, 100.0, false)]);
    assert_eq!(of("Ringstraße", "Bergweg"), vec![(0, 0.0, 100.0, true)]);
}

#[test]
fn metres_run_along_the_chain() {
    let twin = testheim();
    let mut site = closure(street("Hauptstraße", None), ClosureKind::Full);
    site.length_m = Some(100.0);
    assert_eq!(parts(&resolve(&twin, &scenario(vec![site.clone()])).unwrap()), vec![(1, 50.0, 150.0, true)]);
    (site.from_m, site.to_m, site.length_m) = (Some(280.0), Some(350.0), None);
    assert_eq!(
        parts(&resolve(&twin, &scenario(vec![site.clone()])).unwrap()),
        vec![(1, 180.0, 200.0, true), (2, 50.0, 100.0, false)]
    );
    (site.from_m, site.to_m, site.length_m) = (Some(90.0), None, Some(30.0));
    assert_eq!(
        parts(&resolve(&twin, &scenario(vec![site])).unwrap()),
        vec![(0, 90.0, 100.0, true), (1, 0.0, 20.0, true)]
    );
}

#[test]
fn keys_name_a_section_or_all_of_a_source_object() {
    let twin = testheim();
    let by_key =
        |key: &str| resolve(&twin, &scenario(vec![closure(RoadTarget::Key(Key::new(key)), ClosureKind::Full)]));
    assert_eq!(parts(&by_key("way/2").unwrap()), vec![(1, 0.0, 200.0, true)]);
    let findings = by_key("way/99").unwrap_err();
    assert_eq!(codes(&findings), vec!["unknown-road"]);
}

#[test]
fn a_drawn_line_is_trimmed_to_what_it_covers() {
    let twin = testheim();
    let line = line_string![(x: 60.0, y: 5.0), (x: 350.0, y: -4.0)];
    let resolved = resolve(&twin, &scenario(vec![closure(RoadTarget::Line(line), ClosureKind::Full)])).unwrap();
    assert_eq!(parts(&resolved), vec![(0, 60.0, 100.0, true), (1, 0.0, 200.0, true), (2, 50.0, 100.0, false)]);
    let outside = line_string![(x: 90_000.0, y: 5.0), (x: 90_010.0, y: -4.0)];
    let findings = resolve(&twin, &scenario(vec![closure(RoadTarget::Line(outside), ClosureKind::Full)])).unwrap_err();
    assert_eq!(codes(&findings), vec!["closure-outside-map"]);
}

#[test]
fn all_findings_come_at_once_with_their_place_in_the_file() {
    let twin = testheim();
    let mut long = closure(street("Bergweg", None), ClosureKind::Full);
    long.length_m = Some(5000.0);
    let mut reversed = closure(street("Hauptstraße", None), ClosureKind::Full);
    (reversed.from, reversed.to) = (Some(date(2026, 6, 12)), Some(date(2026, 5, 4)));
    let mut lanes = closure(street("Hauptstraße", None), ClosureKind::Lanes);
    lanes.lanes = Some(3);
    let mut all = scenario(vec![
        closure(street("Haubtstraße", None), ClosureKind::Full),
        closure(street("Hauptstraße", Some(["Bergwg", "Ringstraße"])), ClosureKind::Full),
        long,
        reversed,
        lanes,
    ]);
    all.outages.push(Outage::of(Key::new("water_pipe/P-12")));
    all.expect.insert("traffic.added_delay".to_owned(), Bound::default());
    all.origin.file = Some("all.toml".to_owned());
    all.origin.positions.insert("closure[0].street".to_owned(), (7, 10));
    all.origin.positions.insert("closure[2]".to_owned(), (12, 1));
    let findings = resolve(&twin, &all).unwrap_err();
    assert_eq!(
        codes(&findings),
        vec![
            "unknown-criterion",
            "unknown-asset",
            "unknown-street",
            "unknown-street",
            "closure-longer-than-street",
            "dates-reversed",
            "more-lanes-than-there-are",
        ]
    );
    let street = &findings.0[2];
    assert_eq!((street.position, street.file.as_deref()), (Some((7, 10)), Some("all.toml")));
    assert_eq!(street.help.as_deref(), Some("did you mean \"Hauptstraße\"?"));
    assert_eq!(findings.0[3].help.as_deref(), Some("did you mean \"Bergweg\"?"));
    let long = &findings.0[4];
    assert_eq!(long.position, Some((12, 1)));
    assert_eq!(long.message, "the work site is 5000 m long, but \"Bergweg\" has only 200 m there");
}

#[test]
fn streets_that_do_not_meet_are_named_with_those_that_do() {
    let twin = testheim();
    let of = closure(street("Bergweg", Some(["Hauptstraße", "Ringstraße"])), ClosureKind::Full);
    let findings = resolve(&twin, &scenario(vec![of])).unwrap_err();
    assert_eq!(codes(&findings), vec!["streets-do-not-meet"]);
    assert_eq!(findings.0[0].help.as_deref(), Some("\"Bergweg\" meets: Hauptstraße"));
}

#[test]
fn closures_that_never_hold_together_are_told() {
    let twin = testheim();
    let mut first = closure(street("Hauptstraße", None), ClosureKind::Half);
    (first.from, first.to) = (Some(date(2026, 5, 1)), Some(date(2026, 5, 31)));
    let mut second = closure(street("Bergweg", None), ClosureKind::Half);
    (second.from, second.to) = (Some(date(2026, 7, 1)), Some(date(2026, 7, 31)));
    let resolved = resolve(&twin, &scenario(vec![first, second])).unwrap();
    assert_eq!(codes(&resolved.findings), vec!["closures-never-together"]);
}

#[test]
fn hours_hold_over_midnight_and_are_compared_with_those_computed() {
    let twin = testheim();
    let mut night = closure(street("Hauptstraße", None), ClosureKind::Full);
    night.hours = Some((time(20, 0, 0, 0), time(5, 0, 0, 0)));
    assert!(holds_at(&night, 23) && holds_at(&night, 4) && !holds_at(&night, 5) && !holds_at(&night, 19));
    let resolved = resolve(&twin, &scenario(vec![night])).unwrap();
    assert_eq!(codes(&resolved.findings), vec!["closure-not-at-computed-hours"]);
}

#[test]
fn a_half_closure_means_what_the_street_allows() {
    let twin = town(
        &[("A", 0.0, 0.0), ("B", 100.0, 0.0), ("C", 200.0, 0.0), ("D", 300.0, 0.0), ("E", 400.0, 0.0)],
        &[
            ("A", "B", "Zweistreifig", 1, 1),
            ("B", "C", "Einbahnstraße", 2, 0),
            ("C", "D", "Engstelle", 1, 0),
            ("D", "E", "Vierstreifig", 2, 2),
        ],
    );
    let half = |name: &str| resolve(&twin, &scenario(vec![closure(street(name, None), ClosureKind::Half)])).unwrap();
    let two = half("Zweistreifig");
    assert!(two.closures[0].sections[0].alternates);
    assert_eq!(two.closures[0].sections[0].blocked, [Modes::NONE; 2]);
    let one_way = half("Einbahnstraße");
    assert_eq!(one_way.closures[0].sections[0].lanes, [Some(1), None]);
    assert_eq!(codes(&one_way.findings), vec!["half-closure-of-one-way"]);
    let narrow = half("Engstelle");
    assert!(narrow.closures[0].sections[0].blocks(Direction::Forward, Modes::CAR));
    assert_eq!(codes(&narrow.findings), vec!["half-closure-too-narrow"]);
    let four = half("Vierstreifig");
    assert_eq!(four.closures[0].sections[0].lanes, [Some(1), Some(1)]);
}

#[test]
fn one_way_leaves_the_direction_that_was_named() {
    let twin = testheim();
    let mut one = closure(street("Hauptstraße", None), ClosureKind::OneWay);
    one.open_direction = Some(OpenDirection::Along);
    let sections = resolve(&twin, &scenario(vec![one])).unwrap().closures.remove(0).sections;
    assert!(sections[0].blocks(Direction::Backward, Modes::CAR) && !sections[0].blocks(Direction::Forward, Modes::CAR));
    // The last section is digitized against the street.
    assert!(sections[2].blocks(Direction::Forward, Modes::CAR) && !sections[2].blocks(Direction::Backward, Modes::CAR));
}

#[test]
fn lanes_are_taken_in_the_direction_that_was_named() {
    let twin = town(
        &[("A", 0.0, 0.0), ("B", 100.0, 0.0), ("C", 200.0, 0.0), ("D", 300.0, 0.0)],
        &[("A", "B", "Ring", 2, 2), ("C", "B", "Ring", 2, 2), ("C", "D", "Ring", 2, 0)],
    );
    let lanes = |direction, kind| {
        let mut site = closure(street("Ring", None), kind);
        site.direction = direction;
        match kind {
            ClosureKind::Lanes => site.lanes = Some(1),
            _ => site.lane_width_m = Some(2.5),
        }
        let mut resolved = resolve(&twin, &scenario(vec![site])).unwrap();
        (resolved.closures.remove(0).sections, codes(&resolved.findings).contains(&"direction-not-driven"))
    };
    let taken = |direction| {
        let (sections, told) = lanes(direction, ClosureKind::Lanes);
        (sections.iter().map(|section| section.lanes).collect::<Vec<_>>(), told)
    };
    // The second section is digitized against the street, the third carries one direction only.
    assert_eq!(taken(None), (vec![[Some(1); 2], [Some(1); 2], [Some(1), None]], false));
    let along = taken(Some(OpenDirection::Along));
    assert_eq!(along, (vec![[Some(1), None], [None, Some(1)], [Some(1), None]], false));
    let against = taken(Some(OpenDirection::Against));
    assert_eq!(against, (vec![[None, Some(1)], [Some(1), None], [None, None]], true));
    let (narrowed, _) = lanes(Some(OpenDirection::Against), ClosureKind::Narrowed);
    assert!(narrowed[0].kept[0].is_none() && narrowed[0].kept[1].is_some());
    assert!(
        narrowed[0].blocks(Direction::Backward, Modes::TRUCK) && !narrowed[0].blocks(Direction::Forward, Modes::TRUCK)
    );
}

#[test]
fn several_streets_of_one_name_are_told_apart() {
    let twin = town(
        &[("A", 0.0, 0.0), ("B", 300.0, 0.0), ("C", 5000.0, 0.0), ("D", 5100.0, 0.0), ("E", 5100.0, 90.0)],
        &[("A", "B", "Dorfstraße", 1, 1), ("C", "D", "Dorfstraße", 1, 1), ("D", "E", "Angerweg", 1, 1)],
    );
    let resolved = resolve(&twin, &scenario(vec![closure(street("Dorfstraße", None), ClosureKind::Full)])).unwrap();
    assert_eq!(parts(&resolved), vec![(0, 0.0, 300.0, true)]);
    assert_eq!(codes(&resolved.findings), vec!["several-streets-of-that-name"]);
    assert!(resolved.findings.0[0].message.contains("100 m, way/2, at \"Angerweg\""));
}

#[test]
fn both_carriageways_of_a_divided_street_belong_to_it() {
    let twin = town(
        &[("A", 0.0, 0.0), ("B", 200.0, 0.0), ("C", 200.0, 15.0), ("D", 0.0, 15.0), ("E", 400.0, 0.0)],
        &[("A", "B", "Allee", 2, 0), ("C", "D", "Allee", 2, 0), ("B", "E", "Allee", 1, 1)],
    );
    let mut site = closure(street("Allee", None), ClosureKind::Full);
    (site.from_m, site.to_m) = (Some(50.0), Some(100.0));
    let resolved = resolve(&twin, &scenario(vec![site])).unwrap();
    assert_eq!(parts(&resolved), vec![(0, 50.0, 100.0, true), (1, 100.0, 150.0, false)]);
}

#[test]
fn closures_on_the_same_stretch_at_the_same_time_are_told() {
    let twin = testheim();
    let site = |from_m: f64, to_m: f64| {
        let mut site = closure(street("Hauptstraße", None), ClosureKind::Half);
        (site.from_m, site.to_m) = (Some(from_m), Some(to_m));
        site
    };
    let told = |a: Closure, b: Closure| codes(&resolve(&twin, &scenario(vec![a, b])).unwrap().findings);
    assert_eq!(told(site(110.0, 150.0), site(140.0, 190.0)), vec!["closures-overlap"]);
    assert_eq!(told(site(110.0, 150.0), site(150.0, 190.0)), vec!["half-closures-on-one-street"]);
    let (mut by_day, mut by_night) = (site(110.0, 150.0), site(110.0, 150.0));
    by_day.hours = Some((time(7, 0, 0, 0), time(18, 0, 0, 0)));
    by_night.hours = Some((time(20, 0, 0, 0), time(5, 0, 0, 0)));
    assert!(told(by_day.clone(), by_night.clone()).iter().all(|code| *code != "closures-overlap"));
    (by_night.from, by_night.to) = (Some(date(2026, 5, 1)), Some(date(2026, 5, 31)));
    (by_day.from, by_day.to, by_night.hours) = (Some(date(2026, 6, 1)), Some(date(2026, 6, 2)), None);
    assert!(told(by_day, by_night).iter().all(|code| *code != "closures-overlap"));
}

#[test]
fn a_closure_older_than_the_data_is_noted() {
    let mut twin = testheim();
    twin.sources.push(twin::Source {
        name: "testheim.osm.pbf".to_owned(),
        format: "OpenStreetMap PBF".to_owned(),
        licence: None,
        attribution: None,
        date: Some(date(2026, 3, 1)),
        hash: None,
    });
    let mut old = closure(street("Bergweg", None), ClosureKind::Half);
    (old.from, old.to) = (Some(date(2025, 5, 1)), Some(date(2025, 5, 31)));
    assert_eq!(codes(&resolve(&twin, &scenario(vec![old])).unwrap().findings), vec!["closure-expired"]);
}

#[test]
fn narrowed_lanes_keep_both_directions_and_less_capacity() {
    let twin = testheim();
    let mut narrow = closure(street("Hauptstraße", None), ClosureKind::Narrowed);
    assert_eq!(codes(&resolve(&twin, &scenario(vec![narrow.clone()])).unwrap_err()), vec!["lane-width-missing"]);
    // Lanes of a residential street are 2.75 m wide where nothing is known: (1 − 1.1/9) / (1 − 0.85/9) = 0.9693.
    narrow.lane_width_m = Some(2.5);
    let resolved = resolve(&twin, &scenario(vec![narrow.clone()])).unwrap();
    let section = &resolved.closures[0].sections[0];
    assert!(section.kept.iter().all(|kept| (kept.unwrap() - 0.9693).abs() < 1e-4), "{section:?}");
    assert!(!section.alternates && section.blocks(Direction::Forward, Modes::TRUCK));
    assert!(section.blocks(Direction::Backward, Modes::BUS) && !section.blocks(Direction::Forward, Modes::CAR));
    assert_eq!(codes(&resolved.findings), vec!["lane-too-narrow-for-lorries"]);
    narrow.exempt = Modes::BUS;
    let resolved = resolve(&twin, &scenario(vec![narrow.clone()])).unwrap();
    assert!(!resolved.closures[0].sections[0].blocks(Direction::Forward, Modes::BUS));
    narrow.lane_width_m = Some(3.5);
    let resolved = resolve(&twin, &scenario(vec![narrow])).unwrap();
    assert_eq!(codes(&resolved.findings), vec!["lane-not-narrower"]);
    assert_eq!(resolved.closures[0].sections[0].kept, [Some(1.0); 2]);
}
