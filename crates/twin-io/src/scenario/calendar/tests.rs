//! Calendar files: an example, every kind of mistake, round trips.

use proptest::{collection::vec, option::of, prelude::*};
use twin::{
    jiff::{Span, civil::date},
    scenario::{Closure, ClosureKind, Origin},
    works::{Event, Owner, Rules, Work},
};

use super::{
    super::tests::{closure, name, told, town},
    *,
};

const EXAMPLE: &str = r#"version = 1
name = "Bauprogramm 2026"

[rules]
distance_m = 100
protection_years = 5
at_once = 6
begin_on_mondays = true

[[owner]]
name = "Stadtwerke"
at_once = 2

[[event]]
name = "Altstadtfest"
from = 2026-07-03
to = 2026-07-06
streets = ["Marktplatz"]

[[event]]
name = "Sommerferien"
from = 2026-08-03
to = 2026-09-14
favorable = true

[[work]]
id = "2026-001"
name = "Fernwärme, erster Abschnitt"
street = "Hauptstraße"
kind = "half"
length_m = 80
owner = "Stadtwerke"
from = 2026-03-02
to = 2026-04-10
earliest = 2026-02-02
latest = 2026-06-30

[[work]]
id = "2026-002"
road = "way/17"
kind = "full"
from = 2026-08-10
to = 2026-08-28
after = ["2026-001"]
fixed = true
in_holidays = true
renewed = 2023-05-12
"#;

fn read_text(text: &str) -> Result<Calendar, Findings> {
    parse(text, "calendar.toml", &town())
}

fn wrong(text: &str) -> Vec<String> {
    told(&read_text(text).unwrap_err())
}

#[test]
fn the_example_of_the_format_is_read() {
    let calendar = read_text(EXAMPLE).unwrap();
    assert_eq!(calendar.rules.distance_m, Some(100.0));
    assert_eq!(calendar.owners, [Owner { name: "Stadtwerke".to_owned(), at_once: 2 }]);
    assert!(!calendar.events[0].favorable && calendar.events[1].favorable);
    let [first, second] = &calendar.works[..] else { panic!("two works") };
    assert_eq!((first.closure.kind, first.closure.length_m), (ClosureKind::Half, Some(80.0)));
    assert_eq!(first.days(), Some((date(2026, 3, 2), date(2026, 4, 10))));
    assert_eq!((first.earliest, first.latest), (Some(date(2026, 2, 2)), Some(date(2026, 6, 30))));
    assert_eq!((second.after.as_slice(), second.fixed), (&["2026-001".into()][..], true));
    assert_eq!(calendar.origin.positions["work[1].road"], (40, 1));
    let back = parse(&write(&calendar, &town()), "again.toml", &town()).unwrap();
    assert_eq!(Calendar { origin: Origin::default(), ..back }, Calendar { origin: Origin::default(), ..calendar });
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let found = wrong(
        "version = 1\nnmae = \"x\"\n[rules]\nat_once = 0\n\
         [[owner]]\nname = \"A\"\n\
         [[event]]\nname = \"Fest\"\nfrom = 2026-07-06\nto = 2026-07-03\n\
         [[work]]\nstreet = \"Hauptstraße\"\nkind = \"halb\"\n\
         [[work]]\nid = \"b\"\nroad = \"way/1\"\nkind = \"full\"\nfrom = 2026-05-04\nto = 2026-05-01\nearliest = 2026-05-06\nafter = [\"c\"]\n\
         [[work]]\nid = \"b\"\nroad = \"way/1\"\nkind = \"full\"\nfrom = 2026-05-04\nlatest = 2026-07-06\nlength_m = 0\n",
    );
    assert_eq!(
        found,
        [
            "unknown-key nmae 2:1",
            "impossible-value rules.at_once 4:11",
            "missing-key owner[0].at_once 5:1",
            "dates-reversed event[0].to 10:6",
            "missing-key work[0].id 11:1",
            "unknown-value work[0].kind 13:8",
            "dates-reversed work[1].to 19:6",
            "plan-outside-window work[1].earliest 20:12",
            "unknown-work work[1].after[0] 21:10",
            "missing-key work[2].to 22:1",
            "duplicate-id work[2].id 23:6",
            "impossible-value work[2].length_m 28:12",
        ]
    );
}

#[test]
fn works_do_not_wait_for_each_other_in_circles() {
    let work = |id: &str, after: &str| {
        format!("[[work]]\nid = \"{id}\"\nroad = \"way/1\"\nkind = \"full\"\nafter = [\"{after}\"]\n")
    };
    let found = wrong(&format!("version = 1\n{}{}{}", work("a", "b"), work("b", "a"), work("c", "a")));
    assert_eq!(found, ["circular-order work[0].after[0] 6:10", "circular-order work[1].after[0] 11:10"]);
    assert_eq!(wrong(&format!("version = 1\n{}", work("a", "a"))), ["circular-order work[0].after[0] 6:10"]);
}

#[test]
fn the_nearest_work_is_offered_and_a_window_is_no_fixed_date() {
    let text = "version = 1\n[[work]]\nid = \"2026-001\"\nroad = \"way/1\"\nkind = \"full\"\nafter = [\"2026-01\"]\n\
                [[work]]\nid = \"x\"\nroad = \"way/1\"\nkind = \"full\"\nfixed = true\nfrom = 2026-01-01\nto = 2026-01-01\nlatest = 2026-02-01\n";
    let found = read_text(text).unwrap_err();
    assert_eq!(told(&found), ["unknown-work work[0].after[0] 6:10", "contradiction work[1].latest 14:10"]);
    assert_eq!(found.0[0].help.as_deref(), Some("Did you mean `2026-001`?"));
}

#[test]
fn the_published_schema_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/calendar.schema.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("STADTWIN_UPDATE").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).is_ok_and(|published| published == text),
        "run the tests with STADTWIN_UPDATE=1 and commit {path}"
    );
}

#[test]
fn the_schema_knows_the_keys_that_the_reader_knows() {
    let schema = schema();
    for (pointer, table) in [
        ("", ""),
        ("/properties/rules", "[rules]"),
        ("/properties/owner/items", "[[owner]]"),
        ("/properties/event/items", "[[event]]"),
        (concat!("/properties", "/work", "/items"), "[[work]]"),
    ] {
        // A key far from all others makes the reader list all that it knows.
        let text = format!("version = 1\n{table}\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq = 1\n");
        let found = read_text(&text).unwrap_err();
        let list = found.iter().filter(|finding| finding.code == "unknown-key").find_map(|f| f.help.clone()).unwrap();
        let list = list.strip_prefix("Possible are: ").unwrap().strip_suffix('.').unwrap().to_owned();
        let mut known: Vec<&str> = list.split(", ").collect();
        known.sort_unstable();
        known.dedup();
        let properties = schema.pointer(&format!("{pointer}/properties")).unwrap().as_object().unwrap();
        let mut described: Vec<&str> = properties.keys().map(String::as_str).collect();
        described.sort_unstable();
        assert_eq!(known, described, "{pointer}");
    }
}

fn calendars() -> BoxedStrategy<Calendar> {
    let day = |n: i64| date(2026, 1, 1).saturating_add(Span::new().days(n));
    let works = vec((closure(), of(name()), 0..90i64, 0..90i64, any::<[bool; 4]>(), of(0..400i64)), 0..5);
    let works = works.prop_map(move |works| {
        let mut out: Vec<Work> = Vec::new();
        for (index, (closure, name, before, behind, [window, fixed, in_holidays, after], renewed)) in
            works.into_iter().enumerate()
        {
            let mut work = Work::new(format!("work/{index}"), closure);
            if let (Some((from, to)), true, false) = (work.days(), window, fixed) {
                work.earliest = Some(from.saturating_sub(Span::new().days(before)));
                work.latest = Some(to.saturating_add(Span::new().days(behind)));
            }
            work.fixed = fixed && work.days().is_some();
            work.after = if after && index > 0 { vec![out[index - 1].key.clone()] } else { Vec::new() };
            (work.name, work.in_holidays, work.renewed) = (name, in_holidays, renewed.map(day));
            out.push(work);
        }
        out
    });
    let event = (name(), 0..300i64, 0..40i64, vec(name(), 0..3), any::<bool>()).prop_map(
        move |(name, from, length, streets, favorable)| Event {
            name,
            from: day(from),
            to: day(from + length),
            streets,
            favorable,
        },
    );
    let rules = (of(0.0..1e4f64), of(0.0..30.0f64), of(1..50u32), any::<bool>()).prop_map(
        |(distance_m, protection_years, at_once, begin_on_mondays)| Rules {
            distance_m,
            protection_years,
            at_once,
            begin_on_mondays,
        },
    );
    let owners = proptest::collection::btree_map(name(), 1..20u32, 0..3)
        .prop_map(|owners| owners.into_iter().map(|(name, at_once)| Owner { name, at_once }).collect::<Vec<_>>());
    (any::<String>(), works, vec(event, 0..3), rules, owners)
        .prop_map(|(name, works, events, rules, owners)| Calendar {
            name,
            works,
            events,
            owners,
            rules,
            origin: Origin::default(),
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_equal(calendar in calendars()) {
        let text = write(&calendar, &town());
        let back = read_text(&text).map_err(|findings| TestCaseError::fail(format!("{findings}\n{text}")))?;
        prop_assert_eq!(Calendar { origin: Origin::default(), ..back }, calendar);
    }

    #[test]
    fn any_bytes_give_a_calendar_or_findings(edits in vec((any::<usize>(), any::<char>()), 0..8), cut in of(any::<usize>())) {
        let mut letters: Vec<char> = EXAMPLE.chars().collect();
        let n = letters.len();
        for (place, letter) in edits {
            letters[place % n] = letter;
        }
        letters.truncate(cut.map_or(n, |cut| cut % n));
        let text: String = letters.into_iter().collect();
        if let Err(findings) = read_text(&text) {
            prop_assert!(findings.has_errors());
        }
    }
}

/// The fields of a closure are those of scenarios: one spelling everywhere.
#[test]
fn a_work_is_a_closure_of_a_scenario() {
    let fields = "street = \"A\"\nkind = \"one-way\"\nopen_direction = \"against\"\nhours = \"20:00-05:00\"\nexempt = [\"bus\"]\n";
    let scenario =
        crate::scenario::parse(&format!("version = 1\n[[closure]]\n{fields}"), "s.toml", &town(), &[]).unwrap();
    let calendar = read_text(&format!("version = 1\n[[work]]\nid = \"a\"\n{fields}")).unwrap();
    let closure: &Closure = &calendar.works[0].closure;
    assert_eq!(*closure, scenario.closures[0]);
}
