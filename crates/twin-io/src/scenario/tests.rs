//! Scenario files: the blueprint's example, every kind of mistake, round trips.
//!
//! Long: one case per mistake.

use std::fs;

use proptest::{collection::vec, option::of, prelude::*, sample::select};
use twin::{
    Assumptions, Crs, Findings, Key, Scenario, Twin,
    demand::VehicleClass,
    geo_types::{Coord, LineString},
    jiff::civil::{date, time},
    road::{Modes, NodeControl, RoadNode},
    scenario::{
        Bicycles, Bound, Closure, ClosureKind, ClosurePhase, Control, GasOptions, HeatOptions, OpenDirection, Origin,
        Outage, PowerOptions, Questions, RoadTarget, Scrutiny, Season, Side, SwitchedOff, TrafficOptions,
        WaterDemandModel, WaterOptions,
    },
    utility::Friction,
};

use super::*;

const EXAMPLE: &str = r#"version = 1
name = "Hauptstraße, halbseitig, Fernwärme"
from = 2026-05-04
to = 2026-06-12

[[closure]]
street = "Hauptstraße"
between = ["Marktplatz", "Bahnhofstraße"]
kind = "half"                          # full | half | one-way | lanes
control = "signal"                     # signal | priority
length_m = 80
exempt = ["emergency"]
hours = "00:00-24:00"

[[outage]]
asset = "water_pipe/P-12"

[expect]                               # a shipped scenario is also a test
"traffic.added_delay_veh_h" = { max = 120 }
"#;

pub(super) fn town() -> Twin {
    let mut twin = Twin::empty("Lauf", Crs::etrs89_utm(32));
    for (x, y) in [(665_000.0, 5_486_000.0), (667_000.0, 5_487_000.0)] {
        twin.roads.add_node(RoadNode {
            key: "node/1".into(),
            position: Coord { x, y },
            elevation_m: None,
            control: NodeControl::None,
            border: false,
            through: true,
        });
    }
    twin
}

fn read_text(text: &str) -> Result<Scenario, Findings> {
    parse(text, "scenario.toml", &town(), &[])
}

/// `code field line:column` of every finding.
pub(super) fn told(findings: &Findings) -> Vec<String> {
    let told = findings.iter().map(|finding| {
        let (line, column) = finding.position.unwrap_or((0, 0));
        format!("{} {} {line}:{column}", finding.code, finding.field.as_deref().unwrap_or("-"))
    });
    told.collect()
}

fn wrong(text: &str) -> Vec<String> {
    told(&read_text(text).unwrap_err())
}

fn help(text: &str) -> String {
    read_text(text).unwrap_err().0[0].help.clone().unwrap()
}

#[test]
fn the_example_of_the_format_is_read() {
    let scenario = read_text(EXAMPLE).unwrap();
    assert_eq!(scenario.from, Some(date(2026, 5, 4)));
    let closure = &scenario.closures[0];
    assert_eq!(closure.kind, ClosureKind::Half);
    assert_eq!(closure.length_m, Some(80.0));
    assert_eq!((closure.exempt, closure.hours), (Modes::EMERGENCY, None));
    assert_eq!(scenario.outages, [Outage::of("water_pipe/P-12".into())]);
    assert_eq!(scenario.expect["traffic.added_delay_veh_h"], Bound { min: None, max: Some(120.0) });
    assert_eq!(scenario.origin.positions["closure[0].street"], (7, 1));
    assert_eq!(scenario.origin.file.as_deref(), Some("scenario.toml"));
}

#[test]
fn an_outage_says_when_and_how_it_is_shut() {
    let text = "version = 1\n[[outage]]\nasset = \"water_pipe/P-12\"\nbegin_s = 7200\nend_s = 21600\nisolate = true\nstuck = [\"water_valve/V-3\"]\n";
    let outage = &read_text(text).unwrap().outages[0];
    assert_eq!((outage.begin_s, outage.end_s, outage.isolate), (Some(7200), Some(21_600), true));
    assert_eq!(outage.stuck, ["water_valve/V-3".into()]);
    assert_eq!(
        [0, 7199, 7200, 21_599, 21_600].map(|time_s| outage.holds_at(time_s)),
        [false, false, true, true, false]
    );
    let found = wrong(
        "version = 1\n[[outage]]\nasset = \"a\"\nbegin_s = 10\nend_s = 10\nstuck = [1]\n[[outage]]\nasset = \"a\"\nbegin_s = -1\nend_s = 0\n[[outage]]\nasset = \"a\"\nbegin_s = 20\nend_s = 10\n[gas]\nfriction = \"colebrok\"\n",
    );
    assert_eq!(
        found,
        [
            "outage-without-duration outage[0].end_s 5:9",
            "wrong-type outage[0].stuck[0] 6:10",
            "impossible-value outage[1].begin_s 9:11",
            "outage-without-duration outage[1].end_s 10:9",
            "times-reversed outage[2].end_s 14:9",
            "unknown-value gas.friction 16:12",
        ]
    );
}

#[test]
fn measures_that_are_switched_off_are_kept_at_their_place_and_not_computed() {
    let text = "version = 1\n[[closure]]\nactive = false\nroad = \"way/1\"\nkind = \"full\"\n[[closure]]\nroad = \"way/2\"\nkind = \"full\"\n\
                [[outage]]\nasset = \"a\"\n[[outage]]\nactive = false\nasset = \"b\"\n";
    let scenario = read_text(text).unwrap();
    let on = |key: &str| Closure::on(RoadTarget::Key(key.into()));
    assert_eq!(scenario.closures, [on("way/2")]);
    assert_eq!(scenario.outages, [Outage::of("a".into())]);
    assert_eq!(scenario.switched_off.closures, [(0, on("way/1"))]);
    assert_eq!(scenario.switched_off.outages, [(1, Outage::of("b".into()))]);
    // Findings of a run count what is computed.
    assert_eq!(scenario.origin.positions["closure[0].road"], (7, 1));
    assert!(!scenario.origin.positions.contains_key("closure[1].road"));
    assert!(!scenario.origin.positions.contains_key("outage[1].asset"));
    let again = read_text(&write(&scenario, &town())).unwrap();
    assert_eq!(again.switched_off, scenario.switched_off);
    let on = parse(text, "a.toml", &town(), &["closure[0].active=true".to_owned()]).unwrap();
    assert_eq!((on.closures.len(), on.switched_off.closures.len()), (2, 0));
    assert_eq!(wrong(&text.replace("active = false\nroad", "active = 0\nroad")), ["wrong-type closure[0].active 3:10"]);
}

#[test]
fn every_mistake_is_told_at_once_with_its_place() {
    let found = wrong(
        "version = 1\nnmae = \"x\"\nfrom = 2026-06-12\nto = 2026-05-04\n\n[[closure]]\nstret = \"Hauptstraße\"\nkind = \"halb\"\nlength_m = -5\n\
         hours = \"25:00-26:00\"\nexempt = [\"emergency\", \"feuerwehr\"]\n\n[[closure]]\nroad = \"way/1\"\nkind = \"lanes\"\nfrom_m = 30\nto_m = 10\n\
         [traffic]\nrelative_gap = \"fine\"\nhours = [16, 24]\n",
    );
    assert_eq!(
        found,
        [
            "unknown-key nmae 2:1",
            "dates-reversed to 4:6",
            "missing-key closure[0].street 6:1",
            "unknown-key closure[0].stret 7:1",
            "unknown-value closure[0].kind 8:8",
            "impossible-value closure[0].length_m 9:12",
            "impossible-value closure[0].hours 10:9",
            "unknown-value closure[0].exempt[1] 11:24",
            "missing-key closure[1].lanes 13:1",
            "impossible-value closure[1].to_m 17:8",
            "wrong-type traffic.relative_gap 19:16",
            "impossible-value traffic.hours[1] 20:14",
        ]
    );
}

#[test]
fn the_nearest_valid_name_is_offered() {
    assert_eq!(help("version = 1\nnmae = \"x\""), "Did you mean `name`?");
    assert_eq!(help("version = 1\n[[closure]]\nstreet = \"A\"\nkind = \"haf\""), "Did you mean `half`?");
    assert_eq!(help("version = 1\n[assumptions]\ntrip_per_person = 3"), "Did you mean `trips_per_person`?");
    assert_eq!(
        help("version = 1\n[expect]\n\"traffic.added_delay\" = { max = 1 }"),
        "Did you mean `traffic.added_delay_veh_h`?"
    );
}

#[test]
fn flaggers_narrowed_lanes_and_phases_are_read() {
    let text = "version = 1
date = 2026-05-10
[[closure]]
road = \"way/1\"
kind = \"half\"
control = \"flagger\"
bicycles = \"with\"
[[closure.phase]]
from = 2026-05-04
to = 2026-05-10
from_m = 0
to_m = 40
[[closure.phase]]
from = 2026-05-11
to = 2026-05-17
length_m = 30
kind = \"full\"
side = \"left\"
[[closure]]
road = \"way/2\"
kind = \"narrowed\"
lane_width_m = 2.6
[traffic]
bands = false
";
    let scenario = read_text(text).unwrap();
    assert_eq!(scenario.date, Some(date(2026, 5, 10)));
    assert_eq!(scenario.scrutiny, Scrutiny { bands: false, shares: true });
    let first = &scenario.closures[0];
    assert_eq!((first.control, first.bicycles), (Control::Flagger, Some(Bicycles::With)));
    assert_eq!(first.phases.len(), 2);
    assert_eq!((first.phases[0].from_m, first.phases[0].to_m), (Some(0.0), Some(40.0)));
    assert_eq!((first.phases[1].kind, first.phases[1].side), (Some(ClosureKind::Full), Some(Side::Left)));
    assert_eq!(scenario.closures[1].lane_width_m, Some(2.6));
    assert_eq!(scenario.origin.positions.get("closure[0].phase[1].kind").map(|place| place.0), Some(17));
    let text = write(&scenario, &town());
    let again = Scenario { origin: Origin::default(), ..read_text(&text).unwrap() };
    assert_eq!(again, Scenario { origin: Origin::default(), ..scenario });
}

#[test]
fn what_new_kinds_need_and_what_does_not_fit_them() {
    let closure = |lines: &str| wrong(&format!("version = 1\n[[closure]]\nroad = \"way/1\"\n{lines}"));
    assert_eq!(closure("kind = \"narrowed\""), ["missing-key closure[0].lane_width_m 2:1"]);
    assert_eq!(closure("kind = \"half\"\nlane_width_m = 3"), ["contradiction closure[0].lane_width_m 5:16"]);
    assert_eq!(
        closure("kind = \"half\"\ncontrol = \"flagger\"\ncycle_s = 60"),
        ["contradiction closure[0].cycle_s 6:11"]
    );
    assert_eq!(
        closure("kind = \"full\"\n[[closure.phase]]\nfrom = 2026-05-04\nto_m = 3\nfrom_m = 9"),
        ["missing-key closure[0].phase[0].to 5:1", "impossible-value closure[0].phase[0].to_m 7:8"]
    );
    assert_eq!(
        closure("kind = \"full\"\n[[closure.phase]]\nfrom = 2026-05-04\nto = 2026-05-01"),
        ["dates-reversed closure[0].phase[0].to 7:6"]
    );
}

#[test]
fn contradictions_are_told() {
    let closure = |lines: &str| wrong(&format!("version = 1\n[[closure]]\n{lines}"));
    assert_eq!(closure("street = \"A\"\nroad = \"way/1\"\nkind = \"full\""), ["contradiction closure[0].road 4:8"]);
    assert_eq!(
        closure("road = \"way/1\"\nkind = \"full\"\ncontrol = \"signal\""),
        ["contradiction closure[0].control 5:11"]
    );
    assert_eq!(
        closure("road = \"way/1\"\nkind = \"full\"\nlength_m = 5\nto_m = 9"),
        ["contradiction closure[0].length_m 5:12"]
    );
    assert_eq!(
        closure("road = \"way/1\"\nbetween = [\"A\", \"B\"]\nkind = \"full\""),
        ["contradiction closure[0].between 4:11"]
    );
    assert_eq!(
        closure("road = \"way/1\"\nkind = \"full\"\nhours = \"08:00-08:00\""),
        ["impossible-value closure[0].hours 5:9"]
    );
    assert_eq!(
        closure("road = \"way/1\"\nkind = \"full\"\nfrom = 2026-02-03\nto = 2026-02-01"),
        ["dates-reversed closure[0].to 6:6"]
    );
    assert_eq!(wrong("name = \"x\""), ["missing-key version 1:1"]);
    assert_eq!(wrong("version = 2"), ["newer-version version 1:11"]);
    assert_eq!(wrong("version = 1\nfrom = yesterday")[0], "not-toml - 2:8");
    assert_eq!(wrong("version = 1\n[closure]\nkind = \"full\""), ["wrong-type closure 2:1"]);
}

#[test]
fn a_line_on_the_map_is_projected_and_must_lie_in_the_town() {
    let text = |line: &str| format!("version = 1\n[[closure]]\nkind = \"full\"\nline = {line}");
    let scenario = read_text(&text("[[11.28, 49.51], [11.29, 49.511]]")).unwrap();
    let RoadTarget::Line(line) = &scenario.closures[0].target else { panic!() };
    assert!((line.0[0].x - 665_000.0).abs() < 2_000.0 && (line.0[0].y - 5_486_500.0).abs() < 2_000.0, "{line:?}");
    assert_eq!(wrong(&text("[[11.28, 49.51]]")), ["impossible-value closure[0].line 4:8"]);
    let swapped = read_text(&text("[[49.51, 11.28], [49.511, 11.29]]")).unwrap_err();
    assert_eq!(told(&swapped), ["outside-town closure[0].line[0] 4:9", "outside-town closure[0].line[1] 4:25"]);
    assert!(swapped.0[0].help.as_deref().unwrap().starts_with("Longitude comes first"));
    let nowhere = Twin::empty("net", Crs::NOWHERE);
    let found = parse(&text("[[11.28, 49.51], [11.29, 49.511]]"), "a.toml", &nowhere, &[]).unwrap_err();
    assert_eq!(told(&found), ["no-place-on-earth closure[0].line 4:8"]);
    let back = parse(&write(&scenario, &town()), "b.toml", &town(), &[]).unwrap();
    let RoadTarget::Line(again) = &back.closures[0].target else { panic!() };
    assert!(line.0.iter().zip(&again.0).all(|(a, b)| (a.x - b.x).hypot(a.y - b.y) < 1e-3), "{line:?} {again:?}");
}

#[test]
fn overrides_reach_every_key() {
    let set = |overrides: &[&str]| {
        let overrides: Vec<String> = overrides.iter().map(|text| (*text).to_owned()).collect();
        parse(EXAMPLE, "a.toml", &town(), &overrides)
    };
    let scenario = set(&[
        "closure[0].length_m=120",
        "closure[0].kind=full",
        "closure[0].exempt=[\"bus\"]",
        "traffic.relative_gap=1e-8",
        "traffic.hours=[7, 16]",
        "water.demand_model=pda",
        "water.duration_s=3600",
        "power.tolerance_pu=1e-6",
        "assumptions.trips_per_person=2.9",
        "demand.factor=1.2",
        "seed=42",
        "expect.traffic.added_delay_veh_h.max=99",
        "expect.\"traffic.trips\".min=1",
        "from=2026-05-05",
    ]);
    // The example's control belongs to a half closure.
    assert_eq!(told(&scenario.unwrap_err()), ["contradiction closure[0].control 10:11"]);
    let scenario = set(&[
        "closure[0].length_m=120",
        "traffic.relative_gap=1e-8",
        "traffic.hours=[7, 16]",
        "traffic.day=true",
        "water.demand_model=pda",
        "assumptions.trips_per_person=2.9",
        "demand.factor=1.2",
        "seed=42",
        "expect.\"traffic.trips\".min=1",
        "from=2026-05-05",
        "closure[1].road=way/5",
        "closure[1].kind=full",
    ])
    .unwrap();
    assert_eq!(scenario.closures[0].length_m, Some(120.0));
    assert_eq!(scenario.closures[1].target, RoadTarget::Key("way/5".into()));
    assert_eq!(scenario.traffic.relative_gap, 1e-8);
    assert_eq!((&scenario.traffic.hours[..], scenario.traffic.day), (&[7, 16][..], true));
    assert_eq!(scenario.water.demand_model, Some(WaterDemandModel::Pda));
    assert_eq!(scenario.assumptions.trips_per_person, 2.9);
    assert_eq!((scenario.demand_factor, scenario.seed, scenario.from), (1.2, 42, Some(date(2026, 5, 5))));
    assert_eq!(scenario.expect["traffic.trips"].min, Some(1.0));
    let found = told(&set(&["closure[7].length_m=1", "traffic.gap=1", "nonsense", "=3"]).unwrap_err());
    assert_eq!(
        found,
        ["invalid-override - 0:0", "invalid-override - 0:0", "invalid-override - 0:0", "unknown-key traffic.gap 0:0"]
    );
    assert_eq!(base(&["traffic.relative_gap=1e-7".to_owned()]).unwrap().traffic.relative_gap, 1e-7);
    assert_eq!(base(&[]).unwrap(), Scenario::default());
}

#[test]
fn matrices_come_from_files_beside_the_scenario() {
    let folder = tempfile::tempdir().unwrap();
    let write_file = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write_file("s.toml", "version = 1\n[demand]\nmatrix = \"od.csv\"\nzones = \"zones.csv\"\n");
    write_file("zones.csv", "zone,lon,lat,name\n1,11.28,49.51,West\n2,11.29,49.511,East\n");
    write_file("od.csv", "origin,destination,class,hour,trips_veh_h\n1,2,car,16,120.5\n2,1,truck,,7\n");
    let scenario = read(&folder.path().join("s.toml"), &town(), &[]).unwrap();
    let demand = scenario.demand.unwrap();
    assert_eq!(scenario.name, "s");
    assert_eq!(demand.zones[0].name.as_deref(), Some("West"));
    assert_eq!(demand.matrices.len(), 2);
    assert_eq!((demand.matrices[0].class, demand.matrices[0].hour), (VehicleClass::Car, Some(16)));
    assert_eq!(demand.matrices[0].row(0).collect::<Vec<_>>(), [(1, 120.5)]);
    assert_eq!(demand.matrices[1].hour, None);
    write_file("od.csv", "origin;destination;class;hour;trips_veh_h\n1;3;car;16;5\n1;2;van;25;-1\n");
    let found = told(&read(&folder.path().join("s.toml"), &town(), &[]).unwrap_err());
    assert_eq!(
        found,
        [
            "unknown-zone destination 2:1",
            "unknown-value class 3:1",
            "impossible-value hour 3:1",
            "impossible-value trips_veh_h 3:1"
        ]
    );
    fs::remove_file(folder.path().join("od.csv")).unwrap();
    assert_eq!(
        told(&read(&folder.path().join("s.toml"), &town(), &[]).unwrap_err()),
        ["missing-file demand.matrix 3:10"]
    );
    write_file("s.toml", "version = 1\n[demand]\nmatrix = \"od.csv\"\n");
    assert_eq!(
        told(&read(&folder.path().join("s.toml"), &town(), &[]).unwrap_err()),
        ["missing-key demand.zones 3:10"]
    );
}

#[test]
fn the_published_schema_is_this_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/scenario.schema.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("STADTWIN_UPDATE").is_some() {
        fs::write(path, &text).unwrap();
    }
    assert!(
        fs::read_to_string(path).is_ok_and(|published| published == text),
        "run the tests with STADTWIN_UPDATE=1 and commit {path}"
    );
}

#[test]
fn the_schema_knows_the_keys_that_the_reader_knows() {
    let schema = schema();
    for (pointer, table) in [
        ("", ""),
        ("/properties/closure/items", "[[closure]]"),
        ("/properties/closure/items/properties/phase/items", "[[closure]]\n[[closure.phase]]"),
        ("/properties/traffic", "[traffic]"),
        ("/properties/demand", "[demand]"),
        ("/properties/water", "[water]"),
        ("/properties/gas", "[gas]"),
        ("/properties/heat", "[heat]"),
        ("/properties/power", "[power]"),
        ("/properties/outage/items", "[[outage]]"),
    ] {
        // A key far from all others makes the reader list all that it knows.
        let found =
            read_text(&format!("version = 1\n{table}\nqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq = 1\n")).unwrap_err();
        let list = found
            .iter()
            .filter(|finding| finding.code == "unknown-key")
            .find_map(|finding| finding.help.clone())
            .unwrap();
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

pub(super) fn name() -> BoxedStrategy<String> {
    prop_oneof![
        "[A-Za-zäöüß][A-Za-zäöüß -]{0,15}",
        any::<String>().prop_filter("a name", |name| !name.trim().is_empty())
    ]
    .boxed()
}

fn positive() -> BoxedStrategy<f64> {
    prop_oneof![1e-3..1e6f64, select(vec![1.0, 80.0, 0.1 + 0.2, 1e-7, 123_456_789.125])].boxed()
}

pub(super) fn closure() -> BoxedStrategy<Closure> {
    let target = prop_oneof![
        (name(), of((name(), name()).prop_filter("two streets", |(a, b)| a != b)))
            .prop_map(|(name, between)| RoadTarget::Street { name, between: between.map(|(a, b)| [a, b]) }),
        name().prop_map(|key| RoadTarget::Key(Key::new(key))),
    ];
    let kind = prop_oneof![
        Just((ClosureKind::Full, Control::Signal, None, None, None)),
        of(20.0..600.0f64).prop_map(|cycle_s| (ClosureKind::Half, Control::Signal, None, None, cycle_s)),
        Just((ClosureKind::Half, Control::Priority, None, None, None)),
        Just((ClosureKind::Half, Control::Flagger, None, None, None)),
        Just((ClosureKind::Narrowed, Control::Signal, None, None, None)),
        of(select(OpenDirection::ALL)).prop_map(|direction| (
            ClosureKind::OneWay,
            Control::Signal,
            None,
            direction,
            None
        )),
        (1..=20u8).prop_map(|lanes| (ClosureKind::Lanes, Control::Signal, Some(lanes), None, None)),
    ];
    let site = prop_oneof![
        Just((None, None, None)),
        positive().prop_map(|length| (Some(length), None, None)),
        (positive(), positive()).prop_map(|(length, from)| (Some(length), Some(from), None)),
        (positive(), positive()).prop_map(|(from, length)| (None, Some(from), Some(from + length))),
    ];
    let days = of((0..300i32, 0..60i32)).prop_map(|days| {
        days.map(|(begin, length)| {
            let day = |n: i32| date(2026, 1, 1).saturating_add(twin::jiff::Span::new().days(n));
            (day(begin), day(begin + length))
        })
    });
    let hours = of((0..24i8, 0..60i8, 0..24i8, 0..60i8)).prop_map(|hours| {
        hours.map(|(h1, m1, h2, m2)| (time(h1, m1, 0, 0), time(h2, m2, 0, 0))).filter(|(begin, end)| begin != end)
    });
    let exempt = ((0..64u8).prop_map(Modes), any::<bool>());
    let more = (2.0..5.0f64, of(select(Bicycles::ALL)), vec(phase(), 0..3), of(select(OpenDirection::ALL)));
    (target, kind, site, of(select(Side::ALL)), exempt, days, hours, of(any::<String>()), of(any::<String>()), more)
        .prop_map(
            |(
                target,
                (kind, control, lanes, open_direction, cycle_s),
                (length_m, from_m, to_m),
                side,
                exempt,
                days,
                hours,
                cause,
                owner,
                (lane_width_m, bicycles, phases, direction),
            )| Closure {
                target,
                kind,
                control,
                lanes,
                open_direction,
                direction: direction.filter(|_| matches!(kind, ClosureKind::Lanes | ClosureKind::Narrowed)),
                length_m,
                from_m,
                to_m,
                side,
                lane_width_m: (kind == ClosureKind::Narrowed).then_some(lane_width_m),
                bicycles: bicycles.filter(|_| kind == ClosureKind::Half),
                exempt: exempt.0,
                exempt_residents: exempt.1,
                footway_closed: exempt.1 && length_m.is_some(),
                from: days.map(|days| days.0),
                to: days.map(|days| days.1),
                hours,
                cycle_s,
                cause,
                owner,
                phases,
            },
        )
        .boxed()
}

fn phase() -> BoxedStrategy<ClosurePhase> {
    let site = of((0.0..1e6f64, positive()));
    (0..300i32, 0..60i32, site, of(select(Control::ALL)), of(select(Side::ALL)))
        .prop_map(|(begin, length, site, control, side)| {
            let day = |n: i32| date(2026, 1, 1).saturating_add(twin::jiff::Span::new().days(n));
            ClosurePhase {
                from: day(begin),
                to: day(begin + length),
                length_m: None,
                from_m: site.map(|(from_m, _)| from_m),
                to_m: site.map(|(from_m, length_m)| from_m + length_m),
                kind: None,
                control,
                side,
            }
        })
        .boxed()
}

fn scenarios() -> BoxedStrategy<Scenario> {
    let traffic = (
        1e-12..1.0f64,
        1..u32::MAX,
        0.0..10.0f64,
        0.0..10.0f64,
        proptest::collection::btree_set(0..24u8, 1..5),
        any::<bool>(),
    )
        .prop_map(|(relative_gap, max_iterations, toll_weight, distance_weight, hours, day)| TrafficOptions {
            relative_gap,
            max_iterations,
            toll_weight,
            distance_weight,
            hours: hours.into_iter().rev().collect(),
            day,
        });
    let expect = proptest::collection::btree_map(
        select(twin::criteria::TABLE).prop_map(|criterion| criterion.name.to_owned()),
        prop_oneof![
            positive().prop_map(|min| Bound { min: Some(min), max: None }),
            positive().prop_map(|max| Bound { min: None, max: Some(max) }),
            (positive(), positive()).prop_map(|(min, more)| Bound { min: Some(-min), max: Some(more) }),
        ],
        0..3,
    );
    let assumed = vec((select(Assumptions::TABLE), 0.0..1.0f64), 0..4).prop_map(|rows| {
        let mut assumptions = Assumptions::default();
        for (row, share) in rows {
            let (least, most) = row.range;
            let value = (least + share * (most - least)).clamp(least, most);
            assert!(assumptions.set(row.key, value));
        }
        assumptions
    });
    let others = (
        any::<u64>(),
        0.0..10.0f64,
        vec(name(), 0..3),
        of(0.0..1e6f64),
        of(select(WaterDemandModel::ALL)),
        1e-12..1.0f64,
        (vec(name(), 0..3), vec((name(), name()), 0..3), any::<bool>(), any::<bool>(), any::<bool>()),
    );
    (any::<String>(), vec(closure(), 0..4), traffic, expect, assumed, others)
        .prop_map(
            |(
                name,
                closures,
                traffic,
                expect,
                assumptions,
                (
                    seed,
                    demand_factor,
                    outages,
                    duration_s,
                    demand_model,
                    tolerance_pu,
                    (select, pairs, skim, bands, shares),
                ),
            )| Scenario {
                switched_off: SwitchedOff {
                    closures: closures
                        .first()
                        .map(|off| (seed as usize % (closures.len() + 1), off.clone()))
                        .into_iter()
                        .collect(),
                    outages: if bands { vec![(0, Outage::of("water_pipe/P-0".into()))] } else { Vec::new() },
                },
                name,
                closures,
                traffic,
                expect,
                assumptions,
                seed,
                demand_factor,
                questions: Questions {
                    select,
                    paths: pairs.into_iter().map(|(from, to)| [Key::new(from), Key::new(to)]).collect(),
                    skim,
                },
                gas: GasOptions {
                    temperature_c: duration_s.map(|s| s / 1e5),
                    friction: skim.then_some(Friction::Colebrook),
                    closed: outages.iter().map(|name| Key::new(name.as_str())).collect(),
                    ..GasOptions::default()
                },
                heat: HeatOptions {
                    lift_bar: duration_s.map(|s| s / 1e5),
                    demand_factor: Some(demand_factor),
                    ..HeatOptions::default()
                },
                outages: outages
                    .into_iter()
                    .map(|asset| Outage {
                        begin_s: duration_s.map(|s| s as u64),
                        end_s: duration_s.map(|s| s as u64 + 1 + seed % 1000),
                        isolate: bands,
                        stuck: if shares { vec![Key::new(asset.as_str())] } else { Vec::new() },
                        ..Outage::of(Key::new(asset))
                    })
                    .collect(),
                water: WaterOptions { duration_s, demand_model, ..WaterOptions::default() },
                power: PowerOptions {
                    tolerance_pu,
                    reactive_limits: skim,
                    demand_factor,
                    constant_impedance: demand_factor / 20.0,
                    constant_current: if skim { 0.25 } else { 0.0 },
                    day: skim,
                    season: if skim { Season::Summer } else { Season::Winter },
                    heat_pumps: demand_factor / 10.0,
                    ..PowerOptions::default()
                },
                from: Some(date(2026, 5, 4)),
                to: Some(date(2026, 6, 12)),
                date: skim.then_some(date(2026, 5, 10)),
                scrutiny: Scrutiny { bands, shares },
                ..Scenario::default()
            },
        )
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_equal(scenario in scenarios()) {
        let text = write(&scenario, &town());
        let back = read_text(&text).map_err(|findings| TestCaseError::fail(format!("{findings}\n{text}")))?;
        prop_assert_eq!(Scenario { origin: Origin::default(), ..back }, scenario);
    }

    #[test]
    fn any_bytes_give_a_scenario_or_findings(edits in vec((any::<usize>(), any::<char>()), 0..8), cut in of(any::<usize>())) {
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

    #[test]
    fn any_override_gives_a_scenario_or_findings(text in any::<String>(), key in "[a-z.\\[\\]0-9\"]{0,20}", value in any::<String>()) {
        let _ = parse(EXAMPLE, "a.toml", &town(), &[text]);
        let _ = parse(EXAMPLE, "a.toml", &town(), &[format!("{key}={value}")]);
    }
}

proptest! {
    // Few cases: every one opens PROJ's data base several times.
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn a_line_of_any_numbers_never_panics(x in any::<f64>(), y in any::<f64>()) {
        let line = LineString(vec![Coord { x, y }, Coord { x: 1.0, y: 2.0 }]);
        let mut scenario = read_text(EXAMPLE).unwrap();
        scenario.closures[0].target = RoadTarget::Line(line);
        let _ = read_text(&write(&scenario, &town()));
    }
}
