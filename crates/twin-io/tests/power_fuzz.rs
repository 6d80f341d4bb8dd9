//! Power networks with something wrong in them: whatever a value becomes, a file is refused with a finding, or its power flow has a status
//! and finite numbers. Nothing panics.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may end there, and says what it tried")]

mod support;

use std::{fs, path::Path};

use serde_json::Value;
use support::{Dice, odd};
use twin::{Silent, outcome::Status};
use twin_io::{ImportOptions, import};
use twin_power::{
    Model,
    model::power_flow,
    n1::{self, Each},
    solve::Options,
};

/// Changes of one network.
const N_CHANGES: u64 = 150;

/// What becomes of a network in the twin's hands: refused, solved, or dark with a word.
fn tried(path: &Path, what: &str) -> &'static str {
    let imported = match import(&[path.to_owned()], &ImportOptions::default(), &Silent) {
        Err(findings) => {
            assert!(findings.has_errors(), "{what}: refused without an error");
            return "refused";
        }
        Ok(imported) => imported,
    };
    assert!(imported.tally.adds_up(), "{what}");
    let (model, mut findings) = Model::of(&imported.twin);
    findings.extend(imported.findings);
    let (state, status) = power_flow(&model, &model.state(), &Options::default(), true, &mut findings);
    assert!(state.vm_pu.iter().chain(&state.va_deg).flatten().all(|value| value.is_finite()), "{what}");
    let totals = model.totals(&model.state(), &state);
    assert!(totals.losses_mw.is_finite() && totals.feed_mw.is_finite(), "{what}: {totals:?}");
    let options = n1::Options { restore: false, ..n1::Options::default() };
    let failures = n1::n1(&model, &n1::assets(&imported.twin, Each::Line), &options, &Silent).unwrap();
    assert!(failures.iter().all(|failure| failure.min_vm_pu.is_finite()), "{what}");
    match status {
        Status::Converged { .. } => "solved",
        _ => {
            let is_told = findings.iter().any(|finding| finding.code.starts_with("power-"));
            assert!(is_told, "{what}: {status:?} without a word: {findings}");
            "not solved"
        }
    }
}

/// One to three changes of cells, rows, columns, labels or tables of a pandapower network.
fn changed(net: &Value, dice: &mut Dice) -> (String, Value) {
    let mut net = net.clone();
    let mut what = Vec::new();
    for _ in 0..=dice.below(3) {
        let object = net["_object"].as_object_mut().unwrap();
        let read = [
            "bus",
            "line",
            "trafo",
            "trafo3w",
            "switch",
            "load",
            "sgen",
            "gen",
            "ext_grid",
            "shunt",
            "xward",
            "impedance",
        ];
        let names: Vec<&str> = read.into_iter().filter(|name| object.contains_key(*name)).collect();
        let name = names[dice.below(names.len())];
        // A table that a change before destroyed stays so.
        let Some(text) = object[name].get("_object").and_then(Value::as_str) else { continue };
        let mut frame: Value = serde_json::from_str(text).unwrap();
        let n = |part: &Value| part.as_array().map_or(0, Vec::len);
        let (n_rows, n_columns) = (n(&frame["data"]), n(&frame["columns"]));
        let (row, column, which) = (dice.below(n_rows), dice.below(n_columns), dice.below(20));
        if n_rows == 0 || frame["data"].as_array().into_iter().flatten().any(|row| !row.is_array()) {
            continue;
        }
        let title = frame["columns"][column].clone();
        match which {
            0 => frame["columns"][column] = Value::from("other"),
            1 => frame["index"][row] = frame["index"][dice.below(n_rows)].clone(),
            2 => frame["index"][row] = odd(dice, &Value::Null),
            3 => frame["data"][row] = odd(dice, &Value::Null),
            4 => {
                frame["data"].as_array_mut().unwrap().remove(row);
            }
            5 => frame["data"] = odd(dice, &Value::Null),
            6..8 => {
                // A whole column.
                for row in 0..n_rows {
                    frame["data"][row][column] = odd(&mut Dice(which as u64), &frame["data"][row][column]);
                }
            }
            _ => frame["data"][row][column] = odd(dice, &frame["data"][row][column]),
        }
        what.push(format!("{name} row {row} column {title} way {which}: {}", frame["data"][row]));
        if which == 9 {
            object[name] = odd(dice, &Value::Null);
        } else {
            object[name]["_object"] = Value::from(frame.to_string());
        }
    }
    (what.join("; "), net)
}

#[test]
fn pandapower_networks_with_wrong_values_are_told_or_solved() {
    let Some(root) = std::env::var_os("STADTWIN_DATA") else {
        println!("STADTWIN_DATA is not set: nothing is tried");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.json");
    for name in ["cigre_mv", "case33bw", "kerber_dorfnetz"] {
        let file = Path::new(&root).join(format!("power/{name}/{name}.json"));
        // Python's `NaN` is no JSON.
        let text = fs::read_to_string(file).unwrap().replace("NaN", "null");
        let net: Value = serde_json::from_str(&text).unwrap();
        let mut ends = std::collections::BTreeMap::new();
        for number in 0..N_CHANGES {
            let (what, changed) = changed(&net, &mut Dice(number.wrapping_mul(7919) + 1));
            fs::write(&path, changed.to_string()).unwrap();
            *ends.entry(tried(&path, &format!("{name} {number}: {what}"))).or_insert(0) += 1;
        }
        println!("{name}: {ends:?}");
        // Both ways of ending are tried.
        assert!(ends["refused"] > 10 && ends["solved"] > 10, "{name}: {ends:?}");
    }
}

#[test]
fn matpower_cases_with_wrong_values_are_told_or_solved() {
    let Some(root) = std::env::var_os("STADTWIN_DATA") else {
        println!("STADTWIN_DATA is not set: nothing is tried");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.m");
    for name in ["case33bw", "case118"] {
        let text = fs::read_to_string(Path::new(&root).join(format!("power/matpower/{name}.m"))).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let mut ends = std::collections::BTreeMap::new();
        for number in 0..N_CHANGES {
            let mut dice = Dice(number.wrapping_mul(104_729) + 1);
            let at = dice.below(lines.len());
            let words: Vec<&str> = lines[at].split_whitespace().collect();
            let odd = ["NaN", "-1", "0", "1e300", "Inf", "x", "", "];", "[", "7777", "1/0", "(", "'", "%"];
            let (which, new) = (dice.below(words.len()), odd[dice.below(odd.len())]);
            let line: Vec<&str> =
                words.iter().enumerate().map(|(place, word)| if place == which { new } else { *word }).collect();
            let mut damaged = lines.clone();
            let line = line.join(" ");
            damaged[at] = &line;
            let text = if number % 10 == 0 { damaged[..at].join("\n") } else { damaged.join("\n") };
            fs::write(&path, format!("function mpc = case\n{text}")).unwrap();
            *ends.entry(tried(&path, &format!("{name} {number} line {at}: {line}"))).or_insert(0) += 1;
        }
        println!("{name}: {ends:?}");
        assert!(ends["refused"] > 10 && ends["solved"] > 10, "{name}: {ends:?}");
    }
}
