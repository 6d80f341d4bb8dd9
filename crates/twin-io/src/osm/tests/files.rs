//! Files that cannot be used, and bytes that nobody wrote.

use std::path::Path;

use proptest::prelude::*;
use twin::{Findings, Silent};

use super::RESIDENTIAL;
use crate::{
    ImportOptions, osm,
    osm::draw::{Town, import},
};

fn town() -> Town {
    Town::new(
        "a--b--c--d
   |     s
   e--f--g",
    )
    .node('s', &[("highway", "traffic_signals")])
    .node('f', &[("barrier", "bollard")])
    .way(1, "abcd", &RESIDENTIAL)
    .way(2, "befgsd", &[("highway", "secondary"), ("name", "Ring"), ("lanes", "3"), ("maxspeed", "50")])
    .way(3, "bceb", &[("building", "yes"), ("height", "12 m")])
    .relation(4, &["w1 from", "nb via", "w2 to"], &[("type", "restriction"), ("restriction", "no_left_turn")])
    .relation(5, &["w1", "w2"], &[("type", "route"), ("route", "bus")])
    .relation(6, &["w3 outer"], &[("type", "multipolygon"), ("landuse", "forest")])
}

fn code(result: Result<crate::Imported, Findings>) -> &'static str {
    let findings = result.expect_err("the file is refused");
    assert!(findings.has_errors());
    assert!(findings.iter().all(|finding| finding.help.is_some()), "{findings}");
    assert!(findings.iter().all(|finding| finding.file.is_some() || finding.field.is_some()), "{findings}");
    findings.0[0].code
}

#[test]
fn a_file_cut_off_anywhere_is_refused() {
    let bytes = town().bytes();
    assert!(import(&bytes).is_ok());
    for length in 0..bytes.len() {
        let found = code(import(&bytes[..length]));
        assert!(["pbf-empty", "pbf-truncated", "pbf-no-data", "pbf-not-a-pbf"].contains(&found), "{length}: {found}");
    }
    assert_eq!(code(import(&bytes[..bytes.len() - 1])), "pbf-truncated");
}

#[test]
fn other_formats_are_named() {
    for (bytes, word) in [
        (&b"Guten Tag, dies ist kein PBF."[..], "a text file"),
        (b"<?xml version='1.0'?><osm version='0.6'></osm>", "OpenStreetMap XML"),
        (b"<!doctype html><html>404</html>", "a web page"),
        (b"PK\x03\x04abcdefgh", "a zip archive"),
        (b"\x1f\x8b\x08\x00abcdefgh", "a gzip archive"),
        (b"SQLite format 3\0abcdefgh", "a GeoPackage"),
        (&[0, 0, 0, 13, 255, 255, 255], "not in the PBF format"),
    ] {
        let findings = import(bytes).expect_err("no PBF file");
        assert_eq!(findings.0[0].code, "pbf-not-a-pbf");
        assert!(findings.0[0].message.contains(word), "{}", findings.0[0].message);
        assert_eq!(findings.0[0].file.as_deref(), Some("drawn.osm.pbf"));
    }
}

#[test]
fn extracts_without_a_town_in_them_are_refused() {
    assert_eq!(code(import(&Town::new("").bytes())), "osm-empty");
    assert_eq!(code(import(&Town::new("a b").way(1, "ab", &[("natural", "tree_row")]).bytes())), "osm-empty");
    assert_eq!(code(import(&town().feature("HistoricalInformation").bytes())), "pbf-history");
    assert_eq!(code(import(&town().feature("LocationsOnMars").bytes())), "pbf-feature");
}

#[test]
fn a_missing_file_and_unsuitable_reference_systems() {
    let missing = osm::read_pbf(Path::new("no/such/file.osm.pbf"), &ImportOptions::default(), &Silent);
    assert_eq!(code(missing), "file-not-readable");
    for epsg in [4326, 999_999, 2277] {
        let options = ImportOptions { epsg: Some(epsg), name: None };
        let refused = osm::import_bytes(&town().bytes(), Path::new("drawn.osm.pbf"), &options, &Silent);
        assert_eq!(code(refused), "crs-not-usable", "{epsg}");
    }
    let options = ImportOptions { epsg: Some(25833), name: Some("Anderswo".to_owned()) };
    let imported = osm::import_bytes(&town().bytes(), Path::new("drawn.osm.pbf"), &options, &Silent).expect("zone 33");
    assert_eq!((imported.twin.crs.epsg, imported.twin.name.as_str()), (25833, "Anderswo"));
    assert_eq!(imported.twin.sources[0].attribution.as_deref(), Some("© OpenStreetMap contributors"));
}

#[test]
fn duplicate_objects_are_told() {
    let twice = town().way(1, "ab", &RESIDENTIAL).import();
    let finding = twice.findings.iter().find(|finding| finding.code == "duplicate-id").expect("told");
    assert_eq!(finding.key.as_ref().map(twin::Key::as_str), Some("way/1"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the bytes, the import answers: with a twin whose counts add up, or with a finding.
    #[test]
    fn no_bytes_bring_it_down(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let mut bytes = town().bytes();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        match import(&bytes) {
            Ok(imported) => {
                prop_assert!(imported.tally.adds_up());
                prop_assert!(imported.twin.roads.links().all(|(_, link)| link.length_m.is_finite() && link.length_m > 0.0));
            }
            Err(findings) => prop_assert!(findings.has_errors()),
        }
    }

    #[test]
    fn no_noise_brings_it_down(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(import(&bytes).is_err());
    }
}
