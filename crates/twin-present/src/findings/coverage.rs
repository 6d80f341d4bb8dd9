//! Whether the catalogues hold the sentences of all crates, as xgettext would find them, and nothing else.
//!
//! What the scan takes for a sentence: every text in the sources (tests left out) with a blank and a word in it, unless it
//! stands where nobody reads it as a finding. A room that makes findings in a new way needs nothing; a text that is no
//! sentence for people is named in [`NOT_TOLD`].

mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::GERMAN;
use crate::po;
use source::{Literal, literals};

/// The crates that make findings.
const CRATES: [&str; 8] =
    ["stadtwin", "twin-io", "twin-musterstadt", "twin-pipes", "twin-power", "twin-run", "twin-traffic", "twin-view"];
/// Files and folders whose texts are formats, names, titles of layers or fluent: only what is given to a finding counts.
const NO_PROSE: [&str; 16] = [
    "stadtwin/src/german.rs",
    "stadtwin/src/output.rs",
    "stadtwin/src/progress.rs",
    "twin-io/src/feed/datex2/write.rs",
    "twin-io/src/gpkg/mod.rs",
    "twin-io/src/gpkg/random.rs",
    "twin-io/src/gpkg/srs.rs",
    "twin-io/src/gpkg/style.rs",
    "twin-io/src/gpkg/write.rs",
    "twin-io/src/inp/write.rs",
    "twin-io/src/results/",
    "twin-io/src/scenario/schema.rs",
    "twin-io/src/scenario/write.rs",
    "twin-musterstadt/src/",
    "twin-view/src/caption.rs",
    "twin-view/src/panel",
];
/// What makes findings in them.
const MAKES_FINDINGS: [&str; 5] = ["error", "note", "warning", "with_help", "new"];
/// Where texts are for programmers, databases and files.
const NOBODY_READS: [&str; 18] = [
    "assert!",
    "assert_eq!",
    "debug_assert!",
    "debug_assert_eq!",
    "eprintln!",
    "execute",
    "execute_batch",
    "expect",
    "json!",
    "panic!",
    "prepare",
    "println!",
    "query_row",
    "starts_with",
    "unreachable!",
    "with_template",
    "write!",
    "writeln!",
];
/// Texts with blanks that are no sentences: examples of TOML and SQL, names, titles.
const NOT_TOLD: &[&str] = &[
    " {1} mm",
    "INSERT OR REPLACE INTO {1} VALUES (NEW.fid, ST_MinX(NEW.{2}), ST_MaxX(NEW.{3}), ST_MinY(NEW.{4}), ST_MaxY(NEW.{5}));",
    "SELECT {1} FROM {2} ORDER BY fid",
    "after = [\"2026-016\"]",
    "between = [\"Marktplatz\", \"Bahnhofstraße\"]",
    "desserte locale",
    "déserte locale",
    "exempt = [\"emergency\", \"bus\"]",
    "function [baseMVA",
    "function mpc",
    "hours = [7, 16]",
    "node/{1} {2}",
    "pandapower JSON",
    "paths = [[\"zone/1\", \"zone/7\"]]",
    "road = \"{1}\"",
    "select = [\"Hauptstraße\", \"way/4711\"]",
    "street = \"Hauptstraße\"",
    "streets = [\"Marktplatz\"]",
    "{1} · Stadtwin",
    "{1}: {2} works of {3}, made up",
    "© OpenStreetMap contributors",
];

#[test]
fn every_sentence_of_the_sources_has_a_translation() {
    let known: BTreeSet<String> = catalogue().into_keys().collect();
    let mut missing: BTreeMap<String, (String, u32)> = BTreeMap::new();
    for (file, literal) in sources() {
        let id = template(&literal.text);
        let told = is_sentence(&id) && is_told(&file, &literal);
        if told && !known.contains(&id) && !NOT_TOLD.contains(&id.as_str()) {
            missing.entry(id).or_insert((file, literal.line));
        }
    }
    let mut stubs = String::new();
    for (id, (file, line)) in &missing {
        stubs.push_str(&format!("\n# line {line}\n#: crates/{file}\nmsgid \"{}\"\nmsgstr \"\"\n", escaped(id)));
    }
    assert!(
        missing.is_empty(),
        "{} sentences are not in crates/twin-present/locales/de/findings/*.po; translate these:\n{stubs}",
        missing.len()
    );
}

#[test]
fn every_translation_is_of_a_sentence_in_the_sources() {
    let written: BTreeSet<String> = sources().iter().map(|(_, literal)| template(&literal.text)).collect();
    let stale: Vec<String> = catalogue()
        .into_iter()
        .filter(|(id, name)| *name != "foreign.po" && !written.contains(id))
        .map(|(id, name)| format!("{name}: {id}"))
        .collect();
    assert!(stale.is_empty(), "these sentences are not said any more; delete them:\n{}", stale.join("\n"));
    let odd: Vec<&&str> = NOT_TOLD.iter().filter(|id| !written.contains(**id)).collect();
    assert!(odd.is_empty(), "these are in no source any more: {odd:?}");
}

#[test]
fn sentences_and_other_texts_are_told_apart() {
    for id in ["there is no {1}", " and {1} more", "Valve `{1}` {2}.", "{1} bytes", "no `{1}`"] {
        assert!(is_sentence(id), "{id}");
    }
    for id in ["closure", "{1} {2}", "`a b` {1}", "EPSG:{1} {2}", "A B", "{1} m", "x\ny zz", "#abc 1"] {
        assert!(!is_sentence(id), "{id}");
    }
    assert_eq!(template("{} of {n_rows:>5} {{ {x:?} }}"), "{1} of {2} { {3} }");
    assert_eq!(template("{\"kind\": 1}"), "{\"kind\": 1}");
}

/// The sentences and the names of their files.
fn catalogue() -> BTreeMap<String, &'static str> {
    let entries = |(name, text)| {
        let entries = po::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        entries.into_iter().map(move |entry| (entry.id, name))
    };
    GERMAN.into_iter().flat_map(entries).collect()
}

/// The texts of all crates that make findings, with their files.
fn sources() -> Vec<(String, Literal)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("this crate has siblings");
    let mut files = Vec::new();
    for name in CRATES {
        collect(&crates.join(name).join("src"), &mut files);
    }
    assert!(files.len() > 200, "only {} sources", files.len());
    let mut texts = Vec::new();
    for file in files {
        let name = file.strip_prefix(crates).expect("it lies in it").to_string_lossy().replace('\\', "/");
        let text = fs::read_to_string(&file).expect("a source of this workspace");
        texts.extend(literals(&text).into_iter().map(|literal| (name.clone(), literal)));
    }
    texts
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder of sources").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() && name != "tests" {
            collect(&path, files);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            files.push(path);
        }
    }
}

/// Whether somebody may read this text as part of a finding.
fn is_told(file: &str, literal: &Literal) -> bool {
    let among = |names: &[&str]| literal.calls.iter().any(|call| names.contains(&call.as_str()));
    !among(&NOBODY_READS) && (!NO_PROSE.iter().any(|part| file.starts_with(part)) || among(&MAKES_FINDINGS))
}

/// Whether a template has a blank and a word outside of code.
fn is_sentence(id: &str) -> bool {
    let mut prose = String::new();
    for (index, part) in id.split('`').enumerate() {
        if index % 2 == 0 {
            prose.push_str(part);
        } else {
            prose.push('`');
        }
    }
    let is_word = |word: &str| {
        let letters = word.as_bytes();
        let begin = usize::from(letters.first().is_some_and(u8::is_ascii_uppercase));
        letters.len() >= begin + 2 && letters[begin..begin + 2].iter().all(u8::is_ascii_lowercase)
    };
    let mut before = ' ';
    let mut word = String::new();
    let mut has_word = false;
    for letter in prose.chars().chain([' ']) {
        if letter.is_alphanumeric() || letter == '_' {
            word.push(letter);
        } else {
            has_word |= !matches!(before, '#' | '<' | '&') && is_word(&word);
            word.clear();
            before = letter;
        }
    }
    id.contains(' ') && has_word && !id.contains(['\n', '\t'])
}

/// The text of a format string with its placeholders numbered.
fn template(text: &str) -> String {
    let mut id = String::new();
    let (mut rest, mut n) = (text, 0);
    while let Some(letter) = rest.chars().next() {
        if let Some(behind) = rest.strip_prefix("{{") {
            id.push('{');
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("}}") {
            id.push('}');
            rest = behind;
        } else if let Some(behind) = behind_placeholder(rest) {
            n += 1;
            id.push_str(&format!("{{{n}}}"));
            rest = behind;
        } else {
            id.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    id
}

fn behind_placeholder(text: &str) -> Option<&str> {
    let (inner, behind) = text.strip_prefix('{')?.split_once('}')?;
    let (name, form) = inner.split_once(':').unwrap_or((inner, ""));
    let named = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    (named && !form.contains(['"', '{'])).then_some(behind)
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
