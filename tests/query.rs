//! Questions to a run: who drives on a street, which ways are used, how long everything takes.

mod common;

use common::{folder, musterstadt, scenario, stadtwin, text};

/// The rows of a CSV file as columns by name.
fn rows(path: &std::path::Path) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = std::fs::read_to_string(path).expect("because the run wrote it");
    let mut lines = text.lines();
    let head: Vec<&str> = lines.next().expect("because a table has a head").split(',').collect();
    lines.map(|line| head.iter().zip(line.split(',')).map(|(k, v)| ((*k).to_owned(), v.to_owned())).collect()).collect()
}

#[test]
fn a_run_answers_who_drives_on_a_street_and_how_long_it_takes() {
    let folder = folder("query");
    let file = scenario(
        &folder,
        "frage.toml",
        "version = 1\nname = \"Frage\"\n[[closure]]\nstreet = \"Weimarer Straße\"\nkind = \"half\"\nlength_m = 60\n\
         [query]\nselect = [\"Weimarer Straße\"]\nskim = true\n",
    );
    let out = folder.join("out");
    let ended = stadtwin(&["run", text(musterstadt()), text(&file), "-o", text(&out), "--csv"]).expect(0);
    assert!(ended.out.contains("Wer fährt hier: Weimarer Straße"), "{}", ended.out);
    assert!(ended.out.contains("Durchgangsverkehr"), "{}", ended.out);
    let number = |row: &std::collections::BTreeMap<String, String>, key: &str| row[key].parse::<f64>().unwrap();
    // What is asked of a street is a part of its volume, and all of it on the street itself.
    let all = rows(&out.join("road_link.csv"));
    let of_them = rows(&out.join("select_link.csv"));
    assert!(!of_them.is_empty());
    for row in &of_them {
        let same = |other: &&std::collections::BTreeMap<String, String>| {
            other["key"] == row["key"] && other["direction"] == row["direction"] && other["hour"] == row["hour"]
        };
        let whole = all.iter().find(same).unwrap();
        assert!(number(row, "base_volume_veh_h") <= number(whole, "base_volume_veh_h") + 1e-6, "{row:?} {whole:?}");
        if row["name"] == "Weimarer Straße" {
            let missing = number(whole, "base_volume_veh_h") - number(row, "base_volume_veh_h");
            assert!(missing.abs() < 1e-6, "{row:?} {whole:?}");
        }
    }
    let trips: f64 = rows(&out.join("select_pair.csv")).iter().map(|row| number(row, "base_trips_veh_h")).sum();
    assert!(trips > 1.0);
    let skim = rows(&out.join("skim.csv"));
    assert!(skim.iter().all(|row| row["origin"] != row["destination"] || number(row, "base_cost_s") == 0.0));
    assert!(skim.iter().any(|row| number(row, "cost_s") > number(row, "base_cost_s") + 0.1));
}

#[test]
fn an_unknown_street_is_told_with_its_nearest_name() {
    let ended = stadtwin(&["run", text(musterstadt()), "--set", "query.select=[\"Weimarer Strase\"]"]).expect(2);
    assert!(ended.err.contains("Weimarer Straße"), "{}", ended.err);
}
