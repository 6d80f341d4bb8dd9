//! Findings in German: sentences, clauses, numbers, and what stays as it is.

use twin::Finding;

use super::*;

fn german(text: &str) -> String {
    phrase(Language::De, text).into_owned()
}

#[test]
fn every_catalogue_is_read_and_keeps_its_placeholders() {
    for (name, text) in GERMAN {
        let entries = po::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(!entries.is_empty(), "{name}");
        for entry in entries {
            let template = Template::new(&entry.id, &entry.text);
            let mut used: Vec<usize> = template
                .german
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Slot { index, .. } => Some(*index),
                    Piece::Text(_) => None,
                })
                .collect();
            used.sort_unstable();
            let given: Vec<usize> = (0..template.literals.len() - 1).collect();
            assert_eq!(used, given, "{name}: {}", entry.id);
            assert!(!entry.text.is_empty(), "{name}: {} is not translated", entry.id);
        }
    }
}

#[test]
fn a_sentence_has_one_translation() {
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for (name, text) in GERMAN {
        for entry in po::parse(text).expect("read by the test above") {
            let earlier = known.insert(entry.id.clone(), entry.text.clone());
            assert_eq!(earlier, None, "{name}: {} stands twice", entry.id);
        }
    }
}

#[test]
fn message_and_help_are_said_in_german() {
    let finding =
        Finding::error("no-such-file", "There is no file `lauf.pbf`.").with_help("Check the name and the folder.");
    let (message, help) = translated(&finding, Language::De);
    assert_eq!(message, "Die Datei `lauf.pbf` gibt es nicht.");
    assert_eq!(help.as_deref(), Some("Bitte Namen und Ordner prüfen."));
    let (message, help) = translated(&finding, Language::En);
    assert_eq!((message.as_ref(), help.as_deref()), (finding.message.as_str(), finding.help.as_deref()));
}

#[test]
fn numbers_and_days_are_written_as_in_german() {
    assert_eq!(
        german("the work site is 80.5 m long, but Hauptstraße has only 62 m there"),
        "Die Baustelle ist 80,5 m lang, Hauptstraße hat dort aber nur 62 m"
    );
    assert_eq!(
        german("the scenario ends (2026-05-04) before it begins (2026-06-12)"),
        "Das Szenario endet (4.5.2026), bevor es beginnt (12.6.2026)"
    );
    assert_eq!(number("-1.5").as_deref(), Some("−1,5"));
    assert_eq!(number("+3.25e-7").as_deref(), Some("+3,25e-7"));
    for text in ["", "-", "1.2.3", "--1", "1,5", "way/1", "inf", "0x1", "1 m", "e3"] {
        assert_eq!(number(text), None, "{text}");
    }
    assert_eq!(date("2026-13-04"), None);
    assert_eq!(date("1234567890"), None);
}

#[test]
fn keys_versions_and_what_stands_in_quotes_stay() {
    assert_eq!(german("there is no street named \"the street\" in the twin").matches("the street").count(), 0);
    assert_eq!(
        german("there is no street named \"first\" in the twin"),
        "Eine Straße „first“ gibt es im Zwilling nicht"
    );
    assert_eq!(
        german("The feed is WZDx 3.1; versions 4.0 to 4.2 are read."),
        "Der Feed ist WZDx 3.1; gelesen werden die Versionen 4.0 bis 4.2."
    );
    assert_eq!(german("`a.b` is `1.5`, not a number."), "`a.b` ist `1.5`, keine Zahl.");
    assert_eq!(german("Give a number from 0.5 to 2."), "Eine Zahl von 0.5 bis 2 angeben.");
}

#[test]
fn clauses_kinds_and_lists_are_translated_inside_sentences() {
    assert_eq!(
        german(
            "Turn restrictions for vehicles that are not told apart here, left out (12): relation/1, relation/2, and 10 more."
        ),
        "Abbiegeverbote für Fahrzeuge, die hier nicht unterschieden werden, ausgelassen (12): relation/1, relation/2 und 10 weitere."
    );
    assert_eq!(
        german("Turn restrictions for vehicles that are not told apart here, left out (1): relation/1."),
        "Abbiegeverbote für Fahrzeuge, die hier nicht unterschieden werden, ausgelassen (1): relation/1."
    );
    assert_eq!(
        german("did you mean \"Am Markt\" or \"Markt and Tor\"?"),
        "War \"Am Markt\" oder \"Markt and Tor\" gemeint?"
    );
    assert_eq!(
        german("cannot write into demo: Permission denied (os error 13)"),
        "In demo kann nicht geschrieben werden: keine Berechtigung (Systemfehler 13)"
    );
    assert_eq!(
        german("The block at byte 12 is damaged: its numbers are out of range."),
        "Der Block bei Byte 12 ist beschädigt: seine Zahlen liegen außerhalb des zulässigen Bereichs."
    );
    assert_eq!(
        german("`length_m` must be a number, not the text \"80\"."),
        "`length_m` muss eine Zahl sein, nicht der Text \"80\"."
    );
    assert_eq!(
        german("`outage[0].active` must be true or false, not the text \"ja\"."),
        "`outage[0].active` muss wahr oder falsch (true, false) sein, nicht der Text \"ja\"."
    );
    assert!(german("Unpack it first. Formats that are read: OpenStreetMap PBF (*.osm.pbf), TNTP (*_net.tntp, *_trips.tntp), EPANET (*.inp), pandapower (*.json, *.json.gz), pandapipes (*.json), MATPOWER (*.m), twins (*.gpkg), and beside streets GTFS timetables (*.zip or a folder).").starts_with("Bitte erst entpacken. Gelesen werden: "));
}

#[test]
fn unknown_sentences_stay_english() {
    for text in ["Nobody has translated this.", "this and that at 5 s", "", "x", "{1}", "Nobody knows: this."] {
        assert_eq!(german(text), text);
    }
}

#[test]
fn tails_and_heads_of_street_lists_are_told_apart() {
    assert_eq!(
        german("way/7#2 and 3 more has 4 lanes: a lane per direction stays and nobody has to wait"),
        "way/7#2 und 3 weitere: 4 Fahrstreifen; je Richtung bleibt einer, und niemand muss warten"
    );
    assert_eq!(
        german("way/7 has 4 lanes: a lane per direction stays and nobody has to wait"),
        "way/7: 4 Fahrstreifen; je Richtung bleibt einer, und niemand muss warten"
    );
}
