//! Damaged, wrong and hostile files: findings, never a panic.

use std::sync::LazyLock;

use proptest::prelude::*;
use twin::{
    Finding, Twin,
    geo_types::LineString,
    jiff::{Timestamp, civil::date},
    scenario::{Closure, RoadTarget},
    works::Work,
};
use twin_io::feed::{self, PlacedLine, PlacedWork, Publication, ReadOptions, datex2, wzdx};

use super::town::{at, town};

static TOWN: LazyLock<Twin> = LazyLock::new(town);

/// One feed of each format.
static FEEDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let line = LineString(vec![at(50.0, 200.0), at(390.0, 200.0)]);
    let mut closure = Closure::on(RoadTarget::Line(line.clone()));
    (closure.from, closure.to) = (Some(date(2026, 5, 4)), Some(date(2026, 5, 8)));
    let work = Work { name: Some("Straße".to_owned()), ..Work::new("w", closure) };
    let works = [PlacedWork { work, street: None, lines: vec![PlacedLine { line, one_way: false }] }];
    let publication = Publication { publisher: "P".to_owned(), country: "de".to_owned(), time: Timestamp::UNIX_EPOCH };
    vec![
        wzdx::write(&works, &TOWN, &publication).unwrap().text,
        datex2::write(&works, &TOWN, &publication, datex2::Version::V2).unwrap().text,
        datex2::write(&works, &TOWN, &publication, datex2::Version::V3).unwrap().text,
    ]
});

fn wrong(bytes: &[u8]) -> Finding {
    let findings = feed::parse(bytes, "feed.xml", &TOWN, ReadOptions::default()).unwrap_err();
    assert!(findings.has_errors());
    let finding = findings.0[0].clone();
    assert!(finding.help.is_some() && finding.file.is_some(), "{finding:?}");
    finding
}

#[test]
fn what_is_wrong_with_a_file_is_told() {
    let json = FEEDS[0].as_bytes();
    let (v2, v3) = (FEEDS[1].as_str(), FEEDS[2].as_str());
    let half = |text: &str| text.as_bytes()[..text.len() / 2].to_vec();
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (Vec::new(), "empty-file"),
        (b"  \n".to_vec(), "empty-file"),
        (b"hello".to_vec(), "unknown-format"),
        (vec![0x1f, 0x8b, 8, 0], "unknown-format"),
        (json[..json.len() / 2].to_vec(), "file-truncated"),
        (b"{\"type\": }".to_vec(), "invalid-json"),
        (b"{\"a\": \"\xfc\"}".to_vec(), "not-utf8"),
        (b"{\"type\": \"FeatureCollection\", \"features\": []}".to_vec(), "not-wzdx"),
        (FEEDS[0].replace("\"4.2\"", "\"3.1\"").into_bytes(), "wrong-version"),
        (half(v2), "file-truncated"),
        (half(v3), "file-truncated"),
        (v3.replace("</sit:validity>", "</sit:valid>").into_bytes(), "invalid-xml"),
        (v3.replace("http://datex2.eu/schema/3/", "http://example.org/").into_bytes(), "wrong-namespace"),
        (v2.replace("schema/2/2_0", "schema/1/1_0").into_bytes(), "wrong-version"),
        (v2.replace("SituationPublication", "MeasuredDataPublication").into_bytes(), "other-publication"),
        (v2.replace("UTF-8", "UTF-16").into_bytes(), "unknown-encoding"),
        (v2.replace("ß", "\u{1}").bytes().map(|byte| if byte == 1 { 0xdf } else { byte }).collect(), "not-utf8"),
        (format!("<a xmlns=\"http://datex2.eu/schema/3/common\">{}", "<b>".repeat(5000)).into_bytes(), "xml-too-deep"),
    ];
    for (bytes, code) in cases {
        assert_eq!(wrong(&bytes).code, code, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(80)]));
    }
    let cut = wrong(&half(v3));
    assert!(cut.position.is_some_and(|(line, _)| line > 3), "{cut:?}");
}

#[test]
fn windows_letters_are_read() {
    let bytes: Vec<u8> = FEEDS[2]
        .replace("UTF-8", "windows-1252")
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    let feed = feed::parse(&bytes, "feed", &TOWN, ReadOptions::default()).unwrap();
    assert_eq!(feed.works[0].name.as_deref(), Some("Straße"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_panics(which in 0_usize..3, cut in 0.0..1.0_f64, flips in proptest::collection::vec((0.0..1.0_f64, any::<u8>()), 0..6), truncate in any::<bool>()) {
        let mut bytes = FEEDS[which].clone().into_bytes();
        for (place, byte) in flips {
            let index = (place * bytes.len() as f64) as usize;
            bytes[index] = byte;
        }
        if truncate {
            bytes.truncate((cut * bytes.len() as f64) as usize);
        }
        match feed::parse(&bytes, "feed", &TOWN, ReadOptions::default()) {
            Ok(feed) => {
                prop_assert!(feed.tally.adds_up());
                prop_assert!(!feed.findings.has_errors());
            }
            Err(findings) => prop_assert!(findings.has_errors()),
        }
    }
}
