//! What is written reads back equal.

use proptest::prelude::*;
use twin::{
    geo_types::LineString,
    jiff::{
        Timestamp,
        civil::{Date, Time, date, time},
    },
    road::Modes,
    scenario::{Closure, ClosureKind, Control, OpenDirection, RoadTarget},
    works::Work,
};
use twin_io::feed::{Exported, PlacedLine, PlacedWork, Publication, datex2, wzdx};

use super::{
    line, read,
    town::{at, town},
};

fn publication() -> Publication {
    Publication {
        publisher: "Probestadt".to_owned(),
        country: "de".to_owned(),
        time: Timestamp::from_second(1_777_600_000).unwrap(),
    }
}

/// A day that many works begin on.
fn day() -> impl Strategy<Value = Date> {
    (2025_i16..2029, 1_i8..=12, 1_i8..=28).prop_map(|(year, month, day)| date(year, month, day))
}

fn hours() -> impl Strategy<Value = Option<(Time, Time)>> {
    // Clocks are set forward and back between two and three.
    let clock = (3_i8..24, 0_i8..12).prop_map(|(hour, five)| time(hour, 5 * five, 0, 0));
    proptest::option::of((clock.clone(), clock).prop_filter("hours differ", |(low, high)| low != high))
}

fn words() -> impl Strategy<Value = String> {
    "[A-Za-zäöüß&<>\"'€]([A-Za-zäöüß&<>\"'€ ./-]{0,20}[A-Za-z0-9ß])?"
}

/// Works that all formats can say, on Hauptstraße, which is for both directions.
fn work() -> impl Strategy<Value = Work> {
    let kind = prop_oneof![
        Just((ClosureKind::Full, Control::Signal, None, None)),
        Just((ClosureKind::Half, Control::Signal, None, None)),
        Just((ClosureKind::OneWay, Control::Signal, None, Some(OpenDirection::Against))),
        Just((ClosureKind::Lanes, Control::Signal, Some(1), None)),
        Just((ClosureKind::Lanes, Control::Signal, Some(2), None)),
        Just((ClosureKind::Lanes, Control::Signal, Some(1), Some(OpenDirection::Along))),
    ];
    let place = (0.0..200.0, 210.0..390.0, any::<bool>());
    let texts = (words(), proptest::option::of(words()), proptest::option::of(words()));
    (kind, place, day(), 0_i64..40, hours(), texts, any::<bool>()).prop_map(
        |(kind, place, from, days, hours, texts, residents)| {
            let mut ends = [at(place.0, 200.0), at(200.0, 200.0), at(place.1, 200.0)].to_vec();
            if place.2 {
                ends.reverse();
            }
            let mut closure = Closure::on(RoadTarget::Line(LineString(ends)));
            (closure.kind, closure.control, closure.lanes) = (kind.0, kind.1, kind.2);
            match closure.kind {
                ClosureKind::Lanes => closure.direction = kind.3,
                _ => closure.open_direction = kind.3,
            }
            closure.from = Some(from);
            closure.to = from.checked_add(twin::jiff::Span::new().days(days)).ok();
            closure.hours = hours;
            closure.exempt_residents = residents && closure.kind != ClosureKind::Half;
            if closure.exempt_residents {
                closure.exempt = Modes::EMERGENCY;
            }
            (closure.cause, closure.owner) = (texts.1, texts.2);
            Work { name: Some(texts.0), ..Work::new("x/1", closure) }
        },
    )
}

fn placed(work: &Work) -> PlacedWork {
    let line = PlacedLine { line: LineString(line(work).to_vec()), one_way: false };
    PlacedWork { work: work.clone(), street: Some("Hauptstraße".to_owned()), lines: vec![line] }
}

/// Equal, but for a centimetre of the line and the prefix of the key.
fn assert_same(work: &Work, exported: &Exported, prefix: &str) {
    let back = read(&exported.text, &town());
    assert_eq!(back.works.len(), 1, "{:?}\n{}", back.findings, exported.text);
    let mut back = back.works[0].clone();
    let (given, found) = (line(work).to_vec(), line(&back).to_vec());
    let near = |a: usize, b: usize| (given[a].x - found[b].x).hypot(given[a].y - found[b].y) < 0.01;
    assert!(near(0, 0) && near(given.len() - 1, found.len() - 1), "{given:?} {found:?}");
    assert_eq!(back.key.as_str(), format!("{prefix}/{}", work.key));
    back.key = work.key.clone();
    back.closure.target = work.closure.target.clone();
    assert_eq!(&back, work, "{}", exported.text);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn works_survive_wzdx(work in work()) {
        let exported = wzdx::write(&[placed(&work)], &town(), &publication()).unwrap();
        prop_assert!(exported.findings.0.is_empty(), "{}", exported.findings);
        assert_same(&work, &exported, "wzdx");
    }

    #[test]
    fn works_survive_datex2(mut work in work()) {
        (work.closure.exempt, work.closure.exempt_residents) = (Modes::NONE, false);
        for version in [datex2::Version::V2, datex2::Version::V3] {
            let exported = datex2::write(&[placed(&work)], &town(), &publication(), version).unwrap();
            prop_assert!(exported.findings.0.is_empty(), "{}", exported.findings);
            assert_same(&work, &exported, "datex2");
        }
    }
}

#[test]
fn a_short_priority_sign_survives_and_a_direction_is_turned() {
    let mut closure = Closure::on(RoadTarget::Line(LineString(vec![at(50.0, 200.0), at(90.0, 200.0)])));
    (closure.kind, closure.control) = (ClosureKind::Half, Control::Priority);
    (closure.from, closure.to) = (Some(date(2026, 5, 4)), Some(date(2026, 5, 8)));
    let mut work = Work { name: Some("Fernwärme".to_owned()), ..Work::new("x/1", closure) };
    assert_same(&work, &wzdx::write(&[placed(&work)], &town(), &publication()).unwrap(), "wzdx");
    assert_same(
        &work,
        &datex2::write(&[placed(&work)], &town(), &publication(), datex2::Version::V3).unwrap(),
        "datex2",
    );
    // Open along the line: the closed direction is drawn, and the line turns round.
    (work.closure.kind, work.closure.control) = (ClosureKind::OneWay, Control::Signal);
    work.closure.open_direction = Some(OpenDirection::Along);
    let exported = wzdx::write(&[placed(&work)], &town(), &publication()).unwrap();
    let back = read(&exported.text, &town());
    assert_eq!(back.works[0].closure.open_direction, Some(OpenDirection::Against));
    assert!(line(&back.works[0])[0].x > line(&back.works[0])[1].x);
}

#[test]
fn what_a_format_cannot_say_is_told() {
    let closure = Closure::on(RoadTarget::Line(LineString(vec![at(50.0, 200.0), at(90.0, 200.0)])));
    let mut open = Work::new("open", closure.clone());
    open.closure.from = Some(date(2026, 5, 4));
    let mut rich = open.clone();
    rich.key = "rich".into();
    (rich.closure.to, rich.closure.exempt, rich.earliest) =
        (Some(date(2026, 5, 8)), Modes::BUS, Some(date(2026, 4, 1)));
    let works = [placed(&Work::new("never", closure)), placed(&open), placed(&rich)];
    let exported = wzdx::write(&works, &town(), &publication()).unwrap();
    let told: Vec<(String, &str)> =
        exported.findings.iter().map(|f| (f.key.clone().unwrap().to_string(), f.code)).collect();
    let told: Vec<(&str, &str)> = told.iter().map(|(key, code)| (key.as_str(), *code)).collect();
    assert_eq!(told, [("never", "dates-missing"), ("open", "dates-missing"), ("rich", "not-said-in-format")]);
    assert!(exported.findings.0[2].message.contains("exempt bus, earliest"));
    assert_eq!(exported.n_works, 1);
    let exported = datex2::write(&works, &town(), &publication(), datex2::Version::V3).unwrap();
    assert_eq!(exported.n_works, 2, "DATEX II may leave the end open");
}
