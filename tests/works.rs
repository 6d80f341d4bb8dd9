//! Calendars of works from end to end: on the generated town, and on Lauf an der Pegnitz (`STADTWIN_DATA`).

mod common;

use std::{fs, path::Path};

use common::{data, folder, musterstadt, scenario, stadtwin, text};

/// A made-up calendar of the generated town.
fn made_up(folder: &Path, works: &str) -> std::path::PathBuf {
    let file = folder.join("calendar.toml");
    let arguments = ["works", "demo", text(musterstadt()), "--works", works, "--seed", "2", "-o", text(&file)];
    stadtwin(&arguments).expect(0);
    file
}

#[test]
fn a_made_up_calendar_is_checked_and_written() {
    let folder = folder("works-check");
    let calendar = made_up(&folder, "30");
    let out = folder.join("out");
    let on = ["--on", "2026-01-01"];
    let mut arguments = vec!["works", "check", text(musterstadt()), text(&calendar), "-o", text(&out), "--csv"];
    arguments.extend(on);
    let checked = stadtwin(&arguments);
    assert!(checked.status == 0 || checked.status == 1, "{}\n{}", checked.out, checked.err);
    assert!(checked.out.contains("Baustellenkalender") && checked.out.contains("█"), "{}", checked.out);
    for name in
        ["conflict.parquet", "conflict.csv", "work.csv", "works.gpkg", "gantt.html", "gantt.txt", "summary.json"]
    {
        assert!(out.join(name).is_file(), "{name} is missing");
    }
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!((summary["works"].as_u64(), summary["checked"].as_u64()), (Some(30), Some(30)));
    let n = summary["conflicts"].as_array().map_or(0, Vec::len);
    assert_eq!(fs::read_to_string(out.join("conflict.csv")).unwrap().lines().count(), n + 1);
    assert_eq!(checked.status, i32::from(n > 0));
    let english = stadtwin(&[&arguments[..4], &on[..], &["--lang", "en"][..]].concat());
    assert!(english.out.contains("Calendar of works"), "{}", english.out);
}

#[test]
fn a_better_plan_is_found_written_and_keeps_the_rules() {
    let folder = folder("works-plan");
    let calendar = made_up(&folder, "30");
    let plan = |name: &str, threads: &str| {
        let out = folder.join(name);
        let arguments = [
            "works",
            "plan",
            text(musterstadt()),
            text(&calendar),
            "-o",
            text(&out),
            "--on",
            "2026-01-01",
            "--rounds",
            "2",
            "--threads",
            threads,
            "--json",
        ];
        let planned = stadtwin(&arguments);
        assert!(planned.status == 0 || planned.status == 1, "{}\n{}", planned.out, planned.err);
        (planned.json(), fs::read_to_string(out.join("plan.toml")).unwrap())
    };
    let (one, plan_of_one) = plan("one", "1");
    let (two, plan_of_two) = plan("two", "2");
    assert_eq!((&one, &plan_of_one), (&two, &plan_of_two), "any number of threads finds the same plan");
    let added = |name: &str| one[name]["added_vehicle_h"].as_f64().unwrap();
    let broken = |name: &str| one[name]["violations_d"].as_u64().unwrap();
    for other in ["given", "greedy"] {
        assert!(broken("improved") <= broken(other), "{other}");
        assert!(broken("improved") < broken(other) || added("improved") <= added(other), "{other}");
    }
    assert_eq!(one["status"], "ok");
    // The plan is a calendar again.
    let file = folder.join("one").join("plan.toml");
    let checked = stadtwin(&["works", "check", text(musterstadt()), text(&file), "--on", "2026-01-01", "--json"]);
    assert_eq!(checked.json()["checked"], 30);
}

#[test]
fn what_is_wrong_in_a_calendar_is_told_with_its_place() {
    let folder = folder("works-errors");
    let file = scenario(
        &folder,
        "calendar.toml",
        "version = 1\n[[work]]\nid = \"a\"\nstreet = \"Nirgendwo\"\nkind = \"ful\"\nfrom = 2026-05-04\nto = 2026-05-01\nafter = [\"b\"]\n",
    );
    let ended = stadtwin(&["works", "check", text(musterstadt()), text(&file)]).expect(2);
    for code in ["unknown-value", "dates-reversed", "unknown-work"] {
        assert!(ended.err.contains(code), "{code} is missing in\n{}", ended.err);
    }
    let file = scenario(
        &folder,
        "far.toml",
        "version = 1\n[[work]]\nid = \"a\"\nstreet = \"Nirgendwo\"\nkind = \"full\"\nfrom = 2026-05-04\nto = 2026-05-08\n",
    );
    let ended = stadtwin(&["works", "check", text(musterstadt()), text(&file), "--on", "2026-01-01"]).expect(1);
    assert!(ended.out.contains("Nirgendwo"), "{}", ended.out);
}

#[test]
fn the_calendar_of_lauf_resolves_and_its_conflicts_are_found() {
    let Some(data) = data() else { return };
    let town = folder("works-lauf").join("lauf.gpkg");
    stadtwin(&["import", text(&data.join("osm/lauf_pegnitz_2020.osm.pbf")), "-o", text(&town)]).expect(0);
    let calendar = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/lauf-calendar.toml");
    let checked =
        stadtwin(&["works", "check", text(&town), text(&calendar), "--on", "2026-01-01", "--json"]).expect(1).json();
    assert_eq!(checked["works"], checked["checked"], "every work is found: {}", checked["findings"]);
    let kinds: Vec<&str> = checked["counts"].as_object().into_iter().flatten().map(|(kind, _)| kind.as_str()).collect();
    for kind in ["on-detour", "event", "crews", "bus-line"] {
        assert!(kinds.contains(&kind), "{kind} is missing in {kinds:?}");
    }
    let out = town.with_file_name("plan");
    let arguments = ["works", "plan", text(&town), text(&calendar), "-o", text(&out), "--on", "2026-01-01", "--json"];
    let planned = stadtwin(&arguments).expect(0).json();
    let figure = |name: &str, what: &str| planned[name][what].as_f64().unwrap_or(f64::NAN);
    assert!(figure("given", "violations_d") > 0.0);
    assert_eq!(figure("improved", "violations_d"), 0.0);
    assert!(figure("improved", "added_vehicle_h") < figure("given", "added_vehicle_h"));
}
