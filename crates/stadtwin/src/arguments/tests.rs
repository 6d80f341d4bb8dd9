//! Every text of the help is translated, and refusals are told in German.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};

use twin_present::{Language, command_line};

use super::Arguments;
use crate::german::{asked, refusal, spoken, takes_value};

/// Every text of the help, as clap has it.
fn texts(command: &Command, found: &mut BTreeSet<String>) {
    found.extend([command.get_about(), command.get_long_about()].into_iter().flatten().map(ToString::to_string));
    for argument in command.get_arguments() {
        found.extend([argument.get_help(), argument.get_long_help()].into_iter().flatten().map(ToString::to_string));
        if takes_value(argument) {
            found.extend(argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string));
        }
    }
    for command in command.get_subcommands() {
        texts(command, found);
    }
}

/// Value names that are the same in both languages.
const SAME: [&str; 7] = ["EPSG", "M", "N", "NAME", "S", "FEED", "FORMAT"];
/// What clap says by itself, and what stands around its texts.
const OWN: [&str; 11] = [
    "Arguments",
    "COMMAND",
    "Commands",
    "OPTIONS",
    "Options",
    "Print this message or the help of the given subcommand(s)",
    "Prints help",
    "Prints the version",
    "Usage",
    "default",
    "possible",
];

#[test]
fn every_text_of_the_help_is_translated_and_nothing_else() {
    let mut used: BTreeSet<String> = BTreeSet::new();
    texts(&Arguments::command(), &mut used);
    used.extend(OWN.map(str::to_owned));
    let known: BTreeSet<String> = command_line::known(command_line::Program::Stadtwin).into_iter().collect();
    let quoted = |text: &String| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let missing: String = used
        .iter()
        .filter(|text| !known.contains(*text) && !SAME.contains(&text.as_str()))
        .map(|text| format!("\nmsgid \"{}\"\nmsgstr \"\"\n", quoted(text)))
        .collect();
    assert!(missing.is_empty(), "translate these in crates/twin-present/locales/de/command-line.po:\n{missing}");
    let stale: Vec<&String> = known.difference(&used).collect();
    assert!(stale.is_empty(), "the help does not say these any more; delete them: {stale:#?}");
}

#[test]
fn the_language_is_seen_before_the_arguments_are_read() {
    let asked = |text: &str| asked(text.split(' '));
    assert_eq!(asked("stadtwin run --lang en"), Some(Language::En));
    assert_eq!(asked("stadtwin --lang=en_GB --lang=de --help"), Some(Language::De));
    assert_eq!(asked("stadtwin --lang"), None);
    assert_eq!(asked("stadtwin --lang xx run"), None);
}

#[test]
fn refusals_are_told_in_german() {
    let refused = |text: &str| {
        let error = spoken(Arguments::command()).try_get_matches_from(text.split(' ')).expect_err(text);
        refusal(&error)
    };
    for (arguments, expected) in [
        ("stadtwin fly", "Den Befehl „fly“ gibt es nicht."),
        ("stadtwin run", "Es fehlt: <ZWILLING>."),
        ("stadtwin chek x", "Gemeint ist vielleicht: check"),
        ("stadtwin run a --csw", "Gemeint ist vielleicht: --csv"),
        ("stadtwin run a --output", "Für „--output <ORDNER>“ fehlt der Wert."),
        ("stadtwin query a --at north", "„north“ ist kein Ort; Länge,Breite in Grad schreiben"),
        ("stadtwin demo --population many", "das ist keine ganze Zahl"),
        ("stadtwin works export a b -o c --format x", "Möglich sind: wzdx, datex2"),
    ] {
        let text = refused(arguments).unwrap_or_default();
        assert!(text.contains(expected), "{arguments}: {text}");
    }
    assert_eq!(refused("stadtwin --help"), None);
    assert_eq!(refused("stadtwin help run"), None);
}
