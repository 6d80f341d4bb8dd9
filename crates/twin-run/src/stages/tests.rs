//! Scenarios split by days.

use twin::{
    jiff::civil::{date, time},
    scenario::{ClosureKind, Control},
};

use super::*;
use crate::fixture::{closure, scenario, street, testheim};

fn half(name: &str, from: Option<Date>, to: Option<Date>) -> Closure {
    Closure { from, to, length_m: Some(50.0), ..closure(street(name, None), ClosureKind::Half) }
}

fn phase(from: Date, to: Date, from_m: f64, to_m: f64) -> ClosurePhase {
    ClosurePhase {
        from,
        to,
        length_m: None,
        from_m: Some(from_m),
        to_m: Some(to_m),
        kind: None,
        control: None,
        side: None,
    }
}

fn codes(findings: &Findings) -> Vec<&'static str> {
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn what_holds_all_the_time_is_one_stage_and_the_same_scenario() {
    let twin = testheim();
    let mut all = scenario(vec![half("Hauptstraße", None, None), half("Bergweg", None, None)]);
    (all.from, all.to) = (Some(date(2026, 5, 4)), Some(date(2026, 6, 12)));
    let staged = stages(&twin, &all).unwrap();
    assert_eq!(staged.len(), 1);
    assert_eq!(staged[0].resolved.scenario, all);
    assert_eq!(staged[0].stage.days(), Some(40));
    let base = stages(&twin, &scenario(Vec::new())).unwrap();
    assert_eq!((base.len(), base[0].stage.days()), (1, None));
}

#[test]
fn stages_whose_hours_are_not_computed_are_told() {
    let twin = testheim();
    let night = |from, to| Closure {
        hours: Some((time(20, 0, 0, 0), time(5, 0, 0, 0))),
        ..half("Hauptstraße", Some(from), Some(to))
    };
    let all = scenario(vec![
        night(date(2026, 5, 1), date(2026, 5, 31)),
        half("Bergweg", Some(date(2026, 5, 15)), Some(date(2026, 6, 10))),
    ]);
    let staged = stages(&twin, &all).unwrap();
    let told: Vec<_> = staged.iter().map(|staged| codes(&staged.resolved.findings)).collect();
    let code = "closure-not-at-computed-hours";
    assert_eq!(told.iter().map(|codes| codes.contains(&code)).collect::<Vec<_>>(), [true, true, false], "{told:?}");
    // What a run of the stage says begins with them, and its sums over the day are nothing for that reason.
    let of = |stage: &Staged| {
        let prepared = crate::prepare(&twin, &stage.resolved.scenario, &twin::Silent);
        crate::run(&twin, &prepared, &stage.resolved, &twin::Silent)
    };
    let outcome = of(&staged[0]);
    assert!(codes(&outcome.findings).contains(&code));
    assert_eq!(stage_sums(&staged[0], &outcome).day_factor, Some(0.0));
}

/// ```text
/// May   1 ─────── 31           Hauptstraße
///           15 ───── June 10   Bergweg
/// ```
#[test]
fn days_are_cut_where_a_closure_begins_or_ends() {
    let twin = testheim();
    let all = scenario(vec![
        half("Hauptstraße", Some(date(2026, 5, 1)), Some(date(2026, 5, 31))),
        half("Bergweg", Some(date(2026, 5, 15)), Some(date(2026, 6, 10))),
    ]);
    let staged = stages(&twin, &all).unwrap();
    let found: Vec<_> = staged
        .iter()
        .map(|s| (s.stage.days().unwrap(), s.resolved.closures.len(), s.resolved.scenario.name.clone()))
        .collect();
    assert_eq!(
        found,
        [(14, 1, "test (1/3)".to_owned()), (17, 2, "test (2/3)".to_owned()), (10, 1, "test (3/3)".to_owned())]
    );
    assert_eq!(staged[2].resolved.scenario.from, Some(date(2026, 6, 1)));
    assert_eq!(staged[2].resolved.closures[0].street.as_deref(), Some("Bergweg"));
}

#[test]
fn the_same_closures_again_are_the_same_stage() {
    let twin = testheim();
    let all = scenario(vec![
        half("Hauptstraße", Some(date(2026, 5, 1)), Some(date(2026, 5, 31))),
        half("Bergweg", Some(date(2026, 5, 10)), Some(date(2026, 5, 12))),
    ]);
    let staged = stages(&twin, &all).unwrap();
    assert_eq!(staged.len(), 2);
    assert_eq!(staged[0].stage.spans.len(), 2);
    assert_eq!((staged[0].stage.days(), staged[1].stage.days()), (Some(28), Some(3)));
}

#[test]
fn closures_that_never_meet_are_stages_of_their_own() {
    let twin = testheim();
    let all = scenario(vec![
        half("Hauptstraße", Some(date(2026, 5, 1)), Some(date(2026, 5, 31))),
        half("Bergweg", Some(date(2026, 7, 1)), Some(date(2026, 7, 31))),
    ]);
    let staged = stages(&twin, &all).unwrap();
    assert_eq!(staged.iter().map(|s| s.stage.days()).collect::<Vec<_>>(), [Some(31), Some(31)]);
    assert!(staged.iter().all(|s| s.resolved.findings.0.is_empty()), "{:?}", staged[0].resolved.findings);
}

#[test]
fn a_work_site_moves_with_its_phases() {
    let twin = testheim();
    let mut moving = half("Hauptstraße", Some(date(2026, 5, 4)), Some(date(2026, 5, 31)));
    moving.phases = vec![
        phase(date(2026, 5, 4), date(2026, 5, 10), 0.0, 80.0),
        ClosurePhase {
            kind: Some(ClosureKind::Full),
            control: Some(Control::Flagger),
            ..phase(date(2026, 5, 11), date(2026, 5, 20), 120.0, 200.0)
        },
    ];
    let staged = stages(&twin, &scenario(vec![moving.clone()])).unwrap();
    assert_eq!(staged.len(), 2);
    let first = &staged[0].resolved;
    assert_eq!((first.closures[0].length_m, first.scenario.closures[0].kind), (80.0, ClosureKind::Half));
    let second = &staged[1].resolved;
    assert_eq!(second.scenario.closures[0].kind, ClosureKind::Full);
    assert_eq!(second.closures[0].sections[0].part.from_m, 20.0);
    assert!(second.scenario.closures[0].phases.is_empty());
    // One day alone.
    let mut on = scenario(vec![moving]);
    on.date = Some(date(2026, 5, 12));
    let staged = stages(&twin, &on).unwrap();
    assert_eq!((staged.len(), staged[0].resolved.scenario.closures[0].kind), (1, ClosureKind::Full));
    on.date = Some(date(2026, 5, 25));
    let staged = stages(&twin, &on).unwrap();
    assert!(staged[0].resolved.closures.is_empty());
    assert_eq!(codes(&staged[0].resolved.findings), ["nothing-closed-on-date"]);
}

#[test]
fn impossible_phases_are_all_told() {
    let twin = testheim();
    let mut moving = half("Hauptstraße", Some(date(2026, 5, 4)), Some(date(2026, 5, 31)));
    moving.phases = vec![
        phase(date(2026, 5, 10), date(2026, 5, 4), 0.0, 80.0),
        phase(date(2026, 5, 1), date(2026, 5, 12), 0.0, 80.0),
        phase(date(2026, 5, 12), date(2026, 5, 20), 80.0, 160.0),
    ];
    let mut all = scenario(vec![half("Bergweg", None, None), moving]);
    all.origin.positions.insert("closure[1].phase[2].from".to_owned(), (31, 8));
    let findings = stages(&twin, &all).unwrap_err();
    assert_eq!(codes(&findings), ["dates-reversed", "phase-outside-closure", "phases-overlap"]);
    assert_eq!(findings.0[2].position, Some((31, 8)));
    // What does not fit the street is told with its place, once, although two stages have it.
    let mut long = half("Bergweg", None, None);
    long.length_m = Some(900.0);
    let mut all = scenario(vec![half("Hauptstraße", Some(date(2026, 5, 4)), Some(date(2026, 5, 31))), long]);
    all.origin.positions.insert("closure[1].length_m".to_owned(), (12, 3));
    let findings = stages(&twin, &all).unwrap_err();
    assert_eq!(codes(&findings), ["closure-longer-than-street"]);
    assert_eq!(findings.0[0].position, Some((12, 3)));
    assert_eq!(findings.0[0].field.as_deref(), Some("closure[1].length_m"));
}

/// Half of Hauptstraße from Friday 1 May (a holiday) to Sunday 10 May 2026: five working days, two Saturdays, three Sundays and holidays.
#[test]
fn days_count_by_their_kind_and_hours_by_their_traffic() {
    let twin = crate::fixture::with_trips(testheim(), &[0, 3], &[(0, 1, 300.0), (1, 0, 300.0)]);
    let sums = |hours: Option<(i8, i8)>, day: bool| {
        let mut site = half("Hauptstraße", Some(date(2026, 5, 1)), Some(date(2026, 5, 10)));
        let time = |hour: i8| twin::jiff::civil::time(hour, 0, 0, 0);
        site.hours = hours.map(|(begin, end)| (time(begin), time(end)));
        let mut all = scenario(vec![site]);
        all.traffic.day = day;
        let staged = stages(&twin, &all).unwrap().remove(0);
        let prepared = crate::prepare(&twin, &all, &twin::Silent);
        let outcome = crate::run(&twin, &prepared, &staged.resolved, &twin::Silent);
        let hourly =
            criteria::values(&outcome).iter().find(|(name, _)| *name == "traffic.added_vehicle_hours").unwrap().1;
        (stage_sums(&staged, &outcome), hourly)
    };
    let (all_day, hourly) = sums(None, false);
    let counts = all_day.counts.unwrap();
    assert_eq!((counts.working, counts.saturdays, counts.sundays), (5, 2, 3));
    assert!((all_day.working_days().unwrap() - (5.0 + 2.0 * 0.8 + 3.0 * 0.6)).abs() < 1e-9);
    let factor = all_day.day_factor.unwrap();
    assert!((8.0..13.0).contains(&factor) && hourly > 0.0, "{factor} {hourly}");
    assert!((all_day.vehicle_hours_d - factor * hourly).abs() < 1e-9);
    // From three to five in the afternoon: two of the busiest hours of a working day, a smaller part of a Sunday.
    let (afternoon, _) = sums(Some((15, 17)), false);
    assert!((1.8..2.2).contains(&afternoon.day_factor.unwrap()), "{:?}", afternoon.day_factor);
    assert!(afternoon.day_parts[2] < 1.0 && afternoon.day_parts[2] > 0.6, "{:?}", afternoon.day_parts);
    // Where the whole day is computed nothing is multiplied, but Sundays still count for less.
    let (computed, _) = sums(None, true);
    assert_eq!((computed.day_factor, computed.working_days()), (None, all_day.working_days()));
    // At night nothing of the computed hour holds.
    let (night, _) = sums(Some((20, 5)), false);
    assert_eq!((night.day_factor, night.vehicle_hours_d), (Some(0.0), 0.0));
}
