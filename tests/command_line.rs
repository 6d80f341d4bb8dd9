//! The command line from end to end, as a user types it.

mod common;

use std::fs;

use common::{data, folder, musterstadt, scenario, stadtwin, text};

/// The busiest named main street of the small town.
fn main_street() -> String {
    let found = stadtwin(&["run", text(musterstadt()), "--json"]).expect(0);
    assert_eq!(found.json()["status"], "converged");
    let twin = twin_io::gpkg::read_twin(musterstadt()).expect("because it was just written");
    let mut by_length = std::collections::BTreeMap::<String, f64>::new();
    for (_, link) in twin.roads.links() {
        if let (Some(name), true) = (&link.name, link.forward.lanes == 1 && link.backward.lanes == 1) {
            *by_length.entry(name.clone()).or_default() += link.length_m;
        }
    }
    let longest = by_length.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).expect("because the town has streets");
    longest.0
}

fn half(street: &str) -> String {
    format!(
        "version = 1\nname = \"Probe\"\n[[closure]]\nstreet = \"{street}\"\nkind = \"half\"\ncontrol = \"signal\"\nlength_m = 60\n"
    )
}

#[test]
fn help_tells_every_command() {
    let help = stadtwin(&["--help"]).expect(0);
    insta::assert_snapshot!("help", help.out);
    let english = stadtwin(&["--lang", "en", "--help"]).expect(0);
    insta::assert_snapshot!("help_english", english.out);
    let run = stadtwin(&["help", "run"]).expect(0);
    assert!(run.out.contains("Aufruf: stadtwin run [OPTIONEN] <ZWILLING> [SZENARIO.toml]..."), "{}", run.out);
}

#[test]
fn arguments_that_nobody_knows_end_with_status_2() {
    assert!(stadtwin(&["fly"]).expect(2).err.contains("fly"));
    assert!(stadtwin(&["query", "x.gpkg", "--at", "north"]).expect(2).err.contains("Länge,Breite in Grad"));
    let english = stadtwin(&["query", "x.gpkg", "--at", "north", "--lang=en"]).expect(2);
    assert!(english.err.contains("longitude,latitude"), "{}", english.err);
}

#[test]
fn assumptions_are_listed_with_their_sources() {
    let shown = stadtwin(&["assumptions", "trips_per_person"]).expect(0);
    assert!(shown.out.contains("trips_per_person = 3.1 1/d"), "{}", shown.out);
    let all = stadtwin(&["assumptions", "--json"]).expect(0).json();
    assert!(all.as_array().is_some_and(|rows| rows.len() > 10 && rows.iter().all(|row| row["source"].is_string())));
}

#[test]
fn a_generated_town_is_checked_and_asked() {
    let town = text(musterstadt());
    let checked = stadtwin(&["check", town, "--json"]).expect(0).json();
    assert_eq!(checked["name"], "Musterstadt");
    assert!(checked["contents"]["buildings"].as_u64().is_some_and(|n| n > 50));
    let twin = twin_io::gpkg::read_twin(musterstadt()).expect("because it was just written");
    let address = &twin.addresses.rows()[0];
    let projector = twin_io::project::Projector::new(twin.crs.epsg).expect("because it is a UTM zone");
    let place = projector.wgs84_from_local(address.position).expect("because it lies in the zone");
    let at = format!("{:.7},{:.7}", place.x, place.y);
    let found = stadtwin(&["query", town, "--at", &at, "--radius", "60", "--json"]).expect(0).json();
    let layers: Vec<&str> =
        found["found"].as_array().into_iter().flatten().filter_map(|near| near["layer"].as_str()).collect();
    assert!(layers.contains(&"address") && layers.contains(&"building") && layers.contains(&"road_link"), "{layers:?}");
    assert!(stadtwin(&["query", town, "--at", &at]).expect(0).out.contains("Adressen"));
}

#[test]
fn a_half_closed_street_is_run_and_written() {
    let folder = folder("half");
    let file = scenario(&folder, "half.toml", &half(&main_street()));
    let out = folder.join("out");
    let ended = stadtwin(&["run", text(musterstadt()), text(&file), "-o", text(&out), "--csv"]).expect(0);
    for heading in ["Gesperrt", "Verkehr 16–17 Uhr", "Engstelle", "Umleitungen", "Erreichbarkeit", "Güte"] {
        assert!(ended.out.contains(heading), "{heading} is missing in\n{}", ended.out);
    }
    for name in ["summary.json", "road_link.parquet", "road_link.csv", "result.gpkg"] {
        assert!(out.join(name).is_file(), "{name} is missing");
    }
    let summary: serde_json::Value = serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap();
    assert_eq!(summary["status"], "converged");
    assert!(summary["criteria"]["traffic.added_vehicle_hours"].is_number());
    assert!(summary["closures"][0]["alternation"][0]["cycle_s"].as_f64().is_some_and(|cycle_s| cycle_s > 0.0));
    let english = stadtwin(&["run", text(musterstadt()), text(&file), "--lang", "en"]).expect(0);
    assert!(english.out.contains("Alternating one-lane section"), "{}", english.out);
}

#[test]
fn the_table_has_its_parts_in_order() {
    let folder = folder("table");
    let file = scenario(&folder, "half.toml", &half(&main_street()));
    let table = stadtwin(&["run", text(musterstadt()), text(&file), "--threads", "1"]).expect(0);
    // Headings only: the figures are those of the town, which the table does not make.
    let headings: Vec<&str> = table.out.lines().filter(|line| !line.is_empty() && !line.starts_with(' ')).collect();
    insta::assert_snapshot!("table", headings.join("\n"));
}

#[test]
fn any_number_of_threads_writes_the_same_bytes() {
    let folder = folder("threads");
    let file = scenario(&folder, "half.toml", &half(&main_street()));
    let of = |threads: &str| {
        let out = folder.join(threads);
        stadtwin(&["run", text(musterstadt()), text(&file), "-o", text(&out), "--csv", "--threads", threads]).expect(0);
        ["summary.json", "road_link.csv", "road_link.parquet"].map(|name| fs::read(out.join(name)).unwrap())
    };
    assert!(of("1") == of("8"), "results differ between 1 and 8 threads");
}

#[test]
fn several_scenarios_get_a_folder_each() {
    let folder = folder("several");
    let street = main_street();
    let first = scenario(&folder, "first.toml", &half(&street));
    let second = scenario(&folder, "second.toml", &half(&street).replace("60", "40"));
    let out = folder.join("out");
    let ended =
        stadtwin(&["run", text(musterstadt()), text(&first), text(&second), "-o", text(&out), "--json"]).expect(0);
    assert_eq!(ended.json().as_array().map(Vec::len), Some(2));
    assert!(out.join("first/summary.json").is_file() && out.join("second/summary.json").is_file());
}

#[test]
fn works_that_move_are_run_stage_by_stage() {
    let folder = folder("stages");
    let street = main_street();
    let moving = format!(
        "version = 1\nname = \"Wanderbaustelle\"\n[[closure]]\nstreet = \"{street}\"\nkind = \"half\"\n\
         [[closure.phase]]\nfrom = 2026-05-04\nto = 2026-05-10\nfrom_m = 10\nto_m = 60\n\
         [[closure.phase]]\nfrom = 2026-05-11\nto = 2026-05-13\nfrom_m = 60\nto_m = 110\ncontrol = \"flagger\"\n"
    );
    let file = scenario(&folder, "moving.toml", &moving);
    let out = folder.join("out");
    let ended = stadtwin(&["run", text(musterstadt()), text(&file), "-o", text(&out)]).expect(0);
    for words in ["Wanderbaustelle (1/2)", "mit Posten", "Zeitabschnitte", "Zusammen 10 Tage"] {
        assert!(ended.out.contains(words), "{words} is missing in\n{}", ended.out);
    }
    for name in ["stage-1/summary.json", "stage-1/signal_plan.csv", "stage-2/environment.parquet", "stages.json"] {
        assert!(out.join(name).is_file(), "{name} is missing");
    }
    assert!(!out.join("stage-2/signal_plan.csv").exists(), "flaggers have no signal plan");
    let stages: serde_json::Value = serde_json::from_slice(&fs::read(out.join("stages.json")).unwrap()).unwrap();
    assert_eq!((&stages["days"], &stages["stages"][1]["days"]), (&serde_json::json!(10), &serde_json::json!(3)));
    // One day alone is a run like any other.
    let one = ["run", text(musterstadt()), text(&file), "--set", "date=2026-05-12", "--json"];
    let one = stadtwin(&one).expect(0).json();
    assert_eq!(one["closures"][0]["control"], "flagger");
    let none = ["run", text(musterstadt()), text(&file), "--set", "date=2026-06-12"];
    assert!(stadtwin(&none).expect(0).out.contains("nothing-closed-on-date"));
}

#[test]
fn figures_say_what_they_rest_on_and_how_far_they_move() {
    let folder = folder("figures");
    let file = scenario(&folder, "half.toml", &half(&main_street()));
    let run = ["run", text(musterstadt()), text(&file), "--json", "--set", "assumptions.truck_pce=2.5"];
    let summary = stadtwin(&run).expect(0).json();
    let figure = &summary["figures"]["traffic.added_vehicle_hours"];
    assert!(figure["model"].as_str().is_some_and(|model| model.contains("equilibrium")));
    assert_eq!(figure["changed_assumptions"]["truck_pce"], 2.5);
    let band = |end: usize| figure["band"][end].as_f64().expect("because bands are computed");
    let value = figure["value"].as_f64().expect("because it was computed");
    assert!(band(0) <= value && value <= band(1) && band(0) < band(1), "{figure}");
    assert!(summary["environment"]["hours"][0]["with"][0]["co2_kg"].as_f64().is_some_and(|kg| kg > 0.0));
    let without = stadtwin(&["run", text(musterstadt()), text(&file), "--json", "--set", "traffic.bands=false"]);
    assert_eq!(without.expect(0).json()["bands"], serde_json::json!([]));
}

#[test]
fn a_violated_bound_and_a_missed_accuracy_end_with_status_1() {
    let folder = folder("bounds");
    let kept = format!("{}[expect]\n\"traffic.cut_off_addresses\" = {{ max = 0 }}\n", half(&main_street()));
    let file = scenario(&folder, "kept.toml", &kept);
    assert!(stadtwin(&["run", text(musterstadt()), text(&file)]).expect(0).out.contains("eingehalten"));
    let violated = kept.replace("\"traffic.cut_off_addresses\" = { max = 0 }", "\"traffic.trips\" = { max = 1 }");
    let file = scenario(&folder, "violated.toml", &violated);
    assert!(stadtwin(&["run", text(musterstadt()), text(&file)]).expect(1).out.contains("VERLETZT"));
    let missed =
        ["run", text(musterstadt()), "--set", "traffic.relative_gap=1e-12", "--set", "traffic.max_iterations=1"];
    assert!(stadtwin(&missed).expect(1).out.contains("GLEICHGEWICHT NICHT ERREICHT"));
}

#[test]
fn a_network_without_a_place_on_earth_runs_too() {
    let Some(data) = data() else { return };
    let folder = folder("tntp");
    let twin = folder.join("sioux-falls.gpkg");
    let find = |end: &str| {
        let mut stack = vec![data.join("tntp")];
        while let Some(path) = stack.pop() {
            if path.is_dir() {
                stack.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            } else if path.ends_with(end) || text(&path).ends_with(end) {
                return path;
            }
        }
        panic!("{end} is not among the data");
    };
    let (net, trips) = (find("SiouxFalls_net.tntp"), find("SiouxFalls_trips.tntp"));
    stadtwin(&["import", text(&net), text(&trips), "-o", text(&twin)]).expect(0);
    let closed = scenario(
        &folder,
        "closed.toml",
        "version = 1\nname = \"Sioux Falls\"\n[[closure]]\nroad = \"tntp/1\"\nkind = \"full\"\n",
    );
    let base = stadtwin(&["run", text(&twin), "--json"]).expect(0).json();
    assert_eq!(base["status"], "converged");
    let with = stadtwin(&["run", text(&twin), text(&closed), "--json"]).expect(0).json();
    assert!(with["criteria"]["traffic.added_vehicle_hours"].as_f64().is_some_and(|added| added > 0.0));
}

#[test]
fn a_viewer_that_is_not_there_is_missed_clearly() {
    let beside = std::path::Path::new(env!("CARGO_BIN_EXE_stadtwin")).with_file_name("stadtwin-view");
    if beside.is_file() {
        eprintln!("SKIPPED: stadtwin-view is built, so it cannot be missed");
        return;
    }
    let ended = stadtwin(&["render", text(musterstadt()), "-o", "view.png"]).expect(2);
    assert!(ended.err.contains("cargo build -p twin-view"), "{}", ended.err);
}

#[test]
fn the_demo_writes_everything() {
    let folder = folder("demo").join("demo");
    let ended = stadtwin(&["demo", "--population", "1000", "--no-picture", "-o", text(&folder)]).expect(0);
    assert!(ended.out.contains("halbseitig gesperrt"), "{}", ended.out);
    for name in ["musterstadt.gpkg", "half-closed.toml", "report/summary.json", "report/road_link.csv"] {
        assert!(folder.join(name).is_file(), "{name} is missing");
    }
}
