//! Calendars on drawn towns: every kind of conflict, and plans that avoid them.

use std::sync::atomic::{AtomicU32, Ordering};

use geo::{LineString, coord};
use twin::{
    Scenario, Silent, Twin, Watch,
    area::{GroundLine, GroundLineKind},
    building::Address,
    jiff::civil::{Date, date, time},
    road::{Arc, Direction, Modes, RoadNetwork, Structure},
    scenario::{Closure, ClosureKind},
    transit::BusRoute,
    works::{Calendar, Conflict, ConflictKind, Conflicts, Event, Owner, Plan, PlanOptions, Work},
};

use super::*;
use crate::{
    Prepared,
    fixture::{closure, street, testheim, town, with_trips},
    prepare,
};

/// A work on a street, fully closed, from a day to a day of 2026.
fn work(key: &str, name: &str, from: (i8, i8), to: (i8, i8)) -> Work {
    let closure = Closure {
        from: Some(date(2026, from.0, from.1)),
        to: Some(date(2026, to.0, to.1)),
        ..closure(street(name, None), ClosureKind::Full)
    };
    Work::new(key, closure)
}

fn window(mut work: Work, earliest: (i8, i8), latest: (i8, i8)) -> Work {
    work.earliest = Some(date(2026, earliest.0, earliest.1));
    work.latest = Some(date(2026, latest.0, latest.1));
    work
}

fn calendar(works: Vec<Work>) -> Calendar {
    Calendar { name: "2026".to_owned(), works, ..Calendar::default() }
}

fn checked(twin: &Twin, calendar: &Calendar) -> Conflicts {
    let scenario = Scenario::default();
    let prepared = prepare(twin, &scenario, &Silent);
    check(twin, &prepared, &scenario, calendar, None, &Silent)
}

/// Kind, works, first and last day.
fn told(conflicts: &Conflicts) -> Vec<(ConflictKind, Vec<usize>, Date, Date)> {
    conflicts.conflicts.iter().map(|found| (found.kind, found.works.clone(), found.from, found.to)).collect()
}

fn of_kind(conflicts: &Conflicts, kind: ConflictKind) -> Vec<Conflict> {
    conflicts.conflicts.iter().filter(|found| found.kind == kind).cloned().collect()
}

fn planned(twin: &Twin, calendar: &Calendar) -> Plan {
    let scenario = Scenario::default();
    let prepared = prepare(twin, &scenario, &Silent);
    planned_on(twin, &prepared, calendar, &Silent)
}

fn planned_on(twin: &Twin, prepared: &Prepared, calendar: &Calendar, watch: &dyn Watch) -> Plan {
    let options = PlanOptions { seed: 7, rounds: 3, thousand_shifts: 2 };
    plan(twin, prepared, &Scenario::default(), calendar, (None, options), watch)
}

fn shared(a: (Date, Date), b: (Date, Date)) -> bool {
    a.0 <= b.1 && b.0 <= a.1
}

/// ```text
///  A ── Nordufer ── B ── Nordufer ── E
///  │                │
///  Westbrücke       Ostbrücke          the river runs between
///  │                │
///  C ── Südufer ─── D
/// ```
fn two_bridges() -> Twin {
    let mut twin = town(
        &[("A", 0.0, 100.0), ("B", 300.0, 100.0), ("E", 400.0, 100.0), ("C", 0.0, 0.0), ("D", 300.0, 0.0)],
        &[
            ("A", "B", "Nordufer", 1, 1),
            ("B", "E", "Nordufer", 1, 1),
            ("A", "C", "Westbrücke", 1, 1),
            ("B", "D", "Ostbrücke", 1, 1),
            ("C", "D", "Südufer", 1, 1),
        ],
    );
    let mut roads = RoadNetwork::new();
    for (_, node) in twin.roads.nodes() {
        roads.add_node(node.clone());
    }
    for (id, link) in twin.roads.links() {
        let (from, to) = twin.roads.ends(id);
        let mut link = link.clone();
        if link.name.as_deref().is_some_and(|name| name.ends_with("brücke")) {
            link.structure = Structure::Bridge;
        }
        roads.add_link(from, to, link);
    }
    twin.roads = roads;
    twin.ground_lines.push(GroundLine {
        key: "way/900".into(),
        kind: GroundLineKind::River,
        name: Some("Pegnitz".to_owned()),
        width_m: None,
        structure: Structure::Ground,
        geometry: LineString(vec![coord! { x: -100.0, y: 50.0 }, coord! { x: 500.0, y: 50.0 }]),
    });
    for (number, x, y) in [("1", 100.0, 5.0), ("2", 200.0, 5.0)] {
        twin.addresses.push(Address {
            key: format!("node/{number}").into(),
            position: coord! { x: x, y: y },
            street: Some("Südufer".to_owned()),
            house_number: number.to_owned(),
            postcode: None,
            city: None,
            building: None,
        });
    }
    with_trips(twin, &[0, 3, 2], &[(0, 1, 200.0), (1, 0, 200.0), (2, 1, 100.0)])
}

#[test]
fn two_works_harmless_alone_are_fatal_together() {
    let twin = two_bridges();
    let both = calendar(vec![
        window(work("west", "Westbrücke", (5, 4), (5, 15)), (5, 4), (6, 30)),
        work("ost", "Ostbrücke", (5, 11), (5, 22)),
    ]);
    let conflicts = checked(&twin, &both);
    let emergency = of_kind(&conflicts, ConflictKind::Emergency);
    assert_eq!(emergency.len(), 1, "{:?}", told(&conflicts));
    assert_eq!(emergency[0].works, [0, 1]);
    assert_eq!((emergency[0].from, emergency[0].to), (date(2026, 5, 11), date(2026, 5, 15)));
    assert_eq!(emergency[0].amount, Some(2.0));
    assert_eq!(emergency[0].free_from, Some(date(2026, 5, 23)));
    let bridges = of_kind(&conflicts, ConflictKind::Bridges);
    assert_eq!((bridges.len(), bridges[0].amount, bridges[0].subject.as_deref()), (1, Some(0.0), Some("Pegnitz")));
    // Whom ambulances do not reach is not told twice.
    assert!(of_kind(&conflicts, ConflictKind::CutOff).is_empty());
    let detour = of_kind(&conflicts, ConflictKind::OnDetour);
    assert_eq!(detour.len(), 1);
    assert!(detour[0].amount.is_some_and(|veh_h| veh_h > 150.0), "{:?}", detour[0]);
    // Alone each is harmless.
    let alone = checked(&twin, &calendar(vec![work("west", "Westbrücke", (5, 4), (5, 15))]));
    assert!(alone.conflicts.is_empty());
    // With ambulances let through, cars are still cut off.
    let mut exempt = both.clone();
    exempt.works[0].closure.exempt = Modes::EMERGENCY;
    let conflicts = checked(&twin, &exempt);
    assert_eq!(of_kind(&conflicts, ConflictKind::CutOff).len(), 1);
    assert!(of_kind(&conflicts, ConflictKind::Emergency).is_empty());
}

#[test]
fn the_optimizer_finds_the_order_that_avoids_it() {
    let twin = two_bridges();
    let both = calendar(vec![
        window(work("west", "Westbrücke", (5, 4), (5, 15)), (5, 4), (6, 30)),
        window(work("ost", "Ostbrücke", (5, 4), (5, 22)), (5, 4), (6, 30)),
    ]);
    let plan = planned(&twin, &both);
    assert!(plan.complete);
    let [Some(west), Some(ost)] = plan.improved.days[..] else { panic!("both are planned") };
    assert!(!shared(west, ost), "{west:?} {ost:?}");
    assert_eq!(plan.improved.violations_d, 0);
    assert!(plan.given.violations_d >= 24, "twelve days without ambulances and without a bridge");
    // Closed together, 500 vehicles an hour lose an hour each.
    let [Some(before), Some(after)] = [&plan.given, &plan.improved].map(|schedule| schedule.added_vehicle_h) else {
        panic!("both are evaluated")
    };
    assert!(after < 0.2 * before, "{after} of {before}");
    // Durations stay.
    assert_eq!((west.1 - west.0).get_days(), 11);
    let again = checked(&twin, &rescheduled(&both, &plan.improved));
    assert!(again.conflicts.is_empty(), "{:?}", told(&again));
}

#[test]
fn works_that_do_not_act_on_each_other_add_up_though_one_holds_for_hours() {
    // Hauptstraße beyond the junction is closed all day, Bergweg, a dead end, for two hours.
    let twin = with_trips(testheim(), &[0, 3, 5], &[(0, 1, 20.0), (1, 0, 20.0), (0, 2, 10.0)]);
    let mut main = work("haupt", "Hauptstraße", (5, 4), (5, 29));
    (main.closure.from_m, main.closure.to_m) = (Some(150.0), Some(250.0));
    let mut hill = work("berg", "Bergweg", (5, 4), (5, 29));
    hill.closure.hours = Some((time(15, 0, 0, 0), time(17, 0, 0, 0)));
    let plan = planned(&twin, &calendar(vec![main, hill]));
    let together = plan.given.added_vehicle_h.unwrap();
    let alone = plan.given.added_alone_vehicle_h;
    assert!(alone > 100.0 && (together - alone).abs() < 0.02 * alone, "{together} {alone}");
}

#[test]
fn works_on_each_others_detour_are_put_apart() {
    // Hauptstraße closed sends everybody over Ringstraße, where half of the lanes are gone.
    let twin = with_trips(testheim(), &[0, 3], &[(0, 1, 500.0), (1, 0, 450.0)]);
    let mut half = window(work("ring", "Ringstraße", (5, 4), (5, 29)), (5, 4), (8, 28));
    half.closure.kind = ClosureKind::Half;
    let mut main = window(work("haupt", "Hauptstraße", (5, 4), (5, 29)), (5, 4), (8, 28));
    (main.closure.from_m, main.closure.to_m) = (Some(150.0), Some(250.0));
    let both = calendar(vec![main, half]);
    let conflicts = checked(&twin, &both);
    let detour = of_kind(&conflicts, ConflictKind::OnDetour);
    assert_eq!((detour.len(), &detour[0].works[..]), (1, &[0, 1][..]), "{:?}", told(&conflicts));
    assert_eq!(detour[0].subject.as_deref(), Some("Ringstraße"));
    let plan = planned(&twin, &both);
    let [Some(a), Some(b)] = plan.improved.days[..] else { panic!("both are planned") };
    assert!(!shared(a, b), "{a:?} {b:?}");
    assert!(plan.improved.added_vehicle_h < plan.given.added_vehicle_h);
    assert_eq!(plan.n_interacting, 1);
}

#[test]
fn rules_are_conflicts_where_they_are_broken() {
    let twin = testheim();
    let mut first = work("a", "Hauptstraße", (3, 2), (3, 13));
    let mut second = work("b", "Hauptstraße", (3, 9), (3, 20));
    (first.closure.from_m, first.closure.to_m) = (Some(110.0), Some(190.0));
    (second.closure.from_m, second.closure.to_m) = (Some(150.0), Some(250.0));
    let third = work("c", "Hauptstraße", (6, 1), (6, 5));
    let mut plan = calendar(vec![first, second, third]);
    let kinds = |conflicts: &Conflicts| {
        let mut kinds: Vec<_> = conflicts.conflicts.iter().map(|found| (found.kind, found.works.clone())).collect();
        kinds.sort();
        kinds
    };
    use ConflictKind::{ProtectionPeriod, SameSection};
    let found = kinds(&checked(&twin, &plan));
    assert_eq!(found, [(SameSection, vec![0, 1]), (ProtectionPeriod, vec![2, 0]), (ProtectionPeriod, vec![2, 1])]);
    plan.rules.protection_years = Some(0.0);
    assert_eq!(kinds(&checked(&twin, &plan)), [(SameSection, vec![0, 1])]);
    plan.works[2].renewed = Some(date(2026, 1, 1));
    plan.rules.protection_years = Some(2.0);
    assert!(kinds(&checked(&twin, &plan)).contains(&(ProtectionPeriod, vec![2])));
}

#[test]
fn distance_crews_order_events_and_holidays_are_told() {
    use ConflictKind::{AtOnce, Crews, Order, OutsideHolidays, TooClose};
    let twin = testheim();
    let mut bergweg = window(work("berg", "Bergweg", (7, 1), (7, 10)), (7, 1), (7, 31));
    bergweg.closure.owner = Some("Stadtwerke".to_owned());
    let mut ring = work("ring", "Ringstraße", (7, 6), (7, 17));
    ring.closure.owner = Some("Stadtwerke".to_owned());
    ring.after = vec!["berg".into()];
    ring.in_holidays = true;
    let mut plan = calendar(vec![bergweg, ring]);
    plan.owners = vec![Owner { name: "Stadtwerke".to_owned(), at_once: 1 }];
    plan.rules.at_once = Some(1);
    plan.rules.distance_m = Some(120.0);
    let event = |name: &str, from, to, streets: &[&str], favorable| Event {
        name: name.to_owned(),
        from: date(2026, 7, from),
        to: date(2026, 7, to),
        streets: streets.iter().map(|&street| street.to_owned()).collect(),
        favorable,
    };
    plan.events = vec![
        event("Fest", 3, 5, &["Bergweg"], false),
        event("Markt", 3, 5, &["Hauptstraße"], false),
        event("Ferien", 13, 31, &[], true),
    ];
    let conflicts = checked(&twin, &plan);
    let kinds: Vec<_> = conflicts.conflicts.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [TooClose, ConflictKind::Event, OutsideHolidays, Crews, AtOnce, Order]);
    let event = of_kind(&conflicts, ConflictKind::Event);
    assert_eq!((event[0].subject.as_deref(), event[0].from), (Some("Fest"), date(2026, 7, 3)));
    assert_eq!(event[0].free_from, Some(date(2026, 7, 6)));
    let crews = of_kind(&conflicts, Crews);
    assert_eq!((crews[0].amount, crews[0].subject.as_deref()), (Some(2.0), Some("Stadtwerke")));
    assert_eq!((crews[0].from, crews[0].to), (date(2026, 7, 6), date(2026, 7, 10)));
    assert_eq!(of_kind(&conflicts, Order)[0].works, [1, 0]);
    assert!(of_kind(&conflicts, TooClose)[0].amount.is_some_and(|m| (m - 100.0).abs() < 1.0));
}

#[test]
fn a_bus_line_hit_twice_is_told() {
    let mut twin = testheim();
    let arcs = [0, 1, 2].map(|link| Arc::new(twin::Id::new(link), Direction::Forward));
    twin.bus_routes.push(BusRoute {
        key: "relation/1".into(),
        line: Some("351".to_owned()),
        name: None,
        operator: None,
        arcs: arcs.to_vec(),
        stops: Vec::new(),
        departures_per_day: None,
    });
    let on = |key: &str, from_m, to_m| {
        let mut work = work(key, "Hauptstraße", (5, 4), (5, 8));
        (work.closure.kind, work.closure.from_m, work.closure.to_m) = (ClosureKind::Half, Some(from_m), Some(to_m));
        work
    };
    let conflicts = checked(&twin, &calendar(vec![on("a", 10.0, 60.0), on("b", 310.0, 360.0)]));
    let bus = of_kind(&conflicts, ConflictKind::BusLine);
    assert_eq!((bus.len(), bus[0].subject.as_deref()), (1, Some("351")));
}

#[test]
fn works_at_hours_that_are_not_computed_are_told_by_check_and_plan() {
    let twin = testheim();
    let mut night = window(work("night", "Hauptstraße", (5, 4), (5, 8)), (5, 4), (5, 29));
    night.closure.hours = Some((time(20, 0, 0, 0), time(5, 0, 0, 0)));
    let calendar = calendar(vec![night, work("day", "Bergweg", (5, 4), (5, 8))]);
    let told = |findings: &twin::Findings| -> Vec<String> {
        let ours = findings.iter().filter(|finding| finding.code == "closure-not-at-computed-hours");
        ours.filter_map(|finding| finding.field.clone()).collect()
    };
    assert_eq!(told(&checked(&twin, &calendar).findings), ["work[0].hours"]);
    assert_eq!(told(&planned(&twin, &calendar).findings), ["work[0].hours"]);
}

#[test]
fn works_that_cannot_be_looked_at_are_findings() {
    let twin = testheim();
    let mut backwards = work("back", "Bergweg", (5, 8), (5, 4));
    backwards.name = Some("Kanal".to_owned());
    let mut dateless = work("open", "Bergweg", (5, 4), (5, 8));
    dateless.closure.to = None;
    let mut zero = work("zero", "Bergweg", (5, 4), (5, 8));
    zero.closure.length_m = Some(0.0);
    let works = vec![
        work("far", "Domplatz", (5, 4), (5, 8)),
        work("old", "Bergweg", (1, 5), (1, 9)),
        backwards,
        dateless,
        zero,
    ];
    let scenario = Scenario::default();
    let prepared = prepare(&twin, &scenario, &Silent);
    let conflicts = check(&twin, &prepared, &scenario, &calendar(works), Some(date(2026, 2, 1)), &Silent);
    let mut codes: Vec<_> = conflicts
        .findings
        .iter()
        .filter(|finding| finding.field.as_deref().is_some_and(|field| field.starts_with("work[")))
        .map(|finding| finding.code)
        .collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, ["dates-reversed", "impossible-length", "unknown-street", "work-expired", "work-without-dates"]);
    assert!(conflicts.conflicts.is_empty());
    assert!(conflicts.added_vehicle_h_d.iter().all(Option::is_none));
}

#[test]
fn plans_keep_every_rule() {
    let twin = with_trips(testheim(), &[0, 3, 5], &[(0, 1, 200.0), (1, 0, 200.0), (0, 2, 20.0)]);
    let owned = |mut work: Work| {
        work.closure.owner = Some("Stadtwerke".to_owned());
        window(work, (6, 1), (8, 28))
    };
    let mut fixed = work("fixed", "Bergweg", (6, 8), (6, 19));
    (fixed.fixed, fixed.closure.owner) = (true, Some("Stadtwerke".to_owned()));
    let mut last = owned(work("last", "Ringstraße", (6, 8), (6, 19)));
    last.after = vec!["main".into()];
    last.closure.kind = ClosureKind::Half;
    let mut holiday = owned(work("holiday", "Hauptstraße", (6, 8), (6, 12)));
    holiday.in_holidays = true;
    (holiday.closure.from_m, holiday.closure.to_m) = (Some(10.0), Some(60.0));
    let mut main = owned(work("main", "Hauptstraße", (6, 8), (6, 19)));
    (main.closure.from_m, main.closure.to_m) = (Some(150.0), Some(250.0));
    let mut plan = calendar(vec![fixed, owned(main), last, holiday]);
    plan.owners = vec![Owner { name: "Stadtwerke".to_owned(), at_once: 1 }];
    plan.rules.begin_on_mondays = true;
    plan.events = vec![
        Event {
            name: "Ferien".to_owned(),
            from: date(2026, 8, 3),
            to: date(2026, 8, 31),
            streets: Vec::new(),
            favorable: true,
        },
        Event {
            name: "Fest".to_owned(),
            from: date(2026, 6, 26),
            to: date(2026, 7, 6),
            streets: vec!["Ringstraße".to_owned()],
            favorable: false,
        },
    ];
    let found = planned(&twin, &plan);
    assert_eq!(found.improved.violations_d, 0, "{:?}", found.improved.days);
    assert_eq!(found.greedy.violations_d, 0, "{:?}", found.greedy.days);
    let days: Vec<(Date, Date)> = found.improved.days.iter().flatten().copied().collect();
    assert_eq!(days[0], (date(2026, 6, 8), date(2026, 6, 19)));
    assert!(days[1].1 < days[2].0, "the order is kept");
    assert!(days[3].0 >= date(2026, 8, 3) && days[3].1 <= date(2026, 8, 31));
    assert!(days[1..].iter().all(|(from, _)| from.weekday() == twin::jiff::civil::Weekday::Monday));
    let again = checked(&twin, &rescheduled(&plan, &found.improved));
    let kinds: Vec<_> = again.conflicts.iter().map(|found| found.kind).collect();
    assert!(kinds.is_empty(), "{kinds:?}");
}

#[test]
fn any_number_of_threads_finds_the_same_plan() {
    let twin = two_bridges();
    let mut works = Vec::new();
    for (at, name) in ["Westbrücke", "Ostbrücke", "Nordufer", "Südufer"].into_iter().enumerate() {
        let from = 4 + at as i8;
        let mut work = window(work(name, name, (5, from), (5, from + 9)), (5, 4), (7, 31));
        if at > 1 {
            work.closure.kind = ClosureKind::Half;
            work.closure.length_m = Some(40.0);
        }
        works.push(work);
    }
    let calendar = calendar(works);
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| (planned(&twin, &calendar), checked(&twin, &calendar)))
    };
    let (one, four) = (of(1), of(4));
    assert_eq!(one, four);
    assert!(one.0.complete && one.0.improved.added_vehicle_h <= one.0.given.added_vehicle_h);
}

/// Cancels after so many questions.
struct StopsAfter(AtomicU32);

impl Watch for StopsAfter {
    fn is_cancelled(&self) -> bool {
        self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    }
}

#[test]
fn a_stopped_search_says_so_and_breaks_nothing() {
    let twin = two_bridges();
    let both = calendar(vec![
        window(work("west", "Westbrücke", (5, 4), (5, 15)), (5, 4), (6, 30)),
        window(work("ost", "Ostbrücke", (5, 4), (5, 22)), (5, 4), (6, 30)),
    ]);
    let prepared = prepare(&twin, &Scenario::default(), &Silent);
    for questions in [0, 3, 10, 30, 60] {
        let plan = planned_on(&twin, &prepared, &both, &StopsAfter(AtomicU32::new(questions)));
        assert_eq!(plan.improved.days.len(), 2);
        if !plan.complete {
            assert!(plan.findings.iter().any(|finding| finding.code == "plan-stopped"));
        }
    }
    let stopped = planned_on(&twin, &prepared, &both, &StopsAfter(AtomicU32::new(0)));
    assert!(!stopped.complete && stopped.improved.days == stopped.given.days);
}

#[test]
fn a_made_up_calendar_is_the_same_for_the_same_seed_and_keeps_its_windows() {
    let twin = twin_musterstadt::generate(&twin_musterstadt::Options { population: 1500, seed: 1 }, &Silent).unwrap();
    let options = DemoOptions { works: 60, seed: 3, year: 2026 };
    let made_up = demo(&twin, options).unwrap();
    assert_eq!(made_up, demo(&twin, options).unwrap());
    assert_ne!(made_up.works, demo(&twin, DemoOptions { seed: 4, ..options }).unwrap().works);
    assert_eq!(made_up.works.len(), 60);
    for work in &made_up.works {
        let (from, to) = work.days().unwrap();
        assert!(work.earliest.is_none_or(|earliest| earliest <= from) && work.latest.is_none_or(|latest| to <= latest));
    }
    let nowhere = Twin::empty("Leer", twin::Crs::etrs89_utm(32));
    assert_eq!(demo(&nowhere, options).unwrap_err().0[0].code, "no-streets");
}
