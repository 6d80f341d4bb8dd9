//! The publishers' own samples, on towns whose streets run where the samples do.

use std::{collections::BTreeMap, fmt::Write as _, fs, path::Path};

use serde_json::Value;
use twin::{Twin, geo_types::Coord};
use twin_io::feed::{self, Feed, ReadOptions};

use super::{
    codes, length_m, line, read,
    town::{along, data, town},
};

/// Lines of all features.
fn lines_of_geojson(text: &str) -> Vec<Vec<Coord<f64>>> {
    let root: Value = serde_json::from_str(text).unwrap();
    let features = root["features"].as_array().unwrap();
    let coord = |at: &Value| Coord { x: at[0].as_f64().unwrap(), y: at[1].as_f64().unwrap() };
    features
        .iter()
        .map(|feature| feature["geometry"]["coordinates"].as_array().unwrap().iter().map(coord).collect())
        .collect()
}

/// Lines of all position lists, latitude first, each once.
fn lines_of_datex2(text: &str) -> Vec<Vec<Coord<f64>>> {
    let lists = text.split("posList>").skip(1).step_by(2);
    let mut lines: Vec<Vec<Coord<f64>>> = Vec::new();
    for list in lists {
        let numbers: Vec<f64> =
            list.split('<').next().unwrap().split_whitespace().map(|n| n.parse().unwrap()).collect();
        let line: Vec<_> = numbers.chunks(2).map(|pair| Coord { x: pair[1], y: pair[0] }).collect();
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines
}

/// What became of a feed, for people.
fn shown(feed: &Feed) -> String {
    let mut text = format!("{}\n", feed.format);
    for (kind, count) in &feed.tally.kinds {
        writeln!(text, "{} {kind}: {} works, left out {:?}", count.source, count.kept, count.dropped).unwrap();
    }
    for work in &feed.works {
        let closure = &work.closure;
        let hours = closure.hours.map_or_else(|| "all day".to_owned(), |(low, high)| format!("{low}-{high}"));
        let date = |day: Option<twin::jiff::civil::Date>| day.map_or_else(|| "open".to_owned(), |day| day.to_string());
        let direction = closure.direction.map_or_else(String::new, |way| format!(" direction {}", way.name()));
        writeln!(
            text,
            "{} | {} | {} lanes {:?} open {:?}{} exempt {:?} residents {} | {} to {}, {hours} | {:.0} m | {:?}",
            work.key,
            work.name.as_deref().unwrap_or("-"),
            closure.kind.name(),
            closure.lanes,
            closure.open_direction,
            direction,
            closure.exempt,
            closure.exempt_residents,
            date(closure.from),
            date(closure.to),
            length_m(line(work)),
            closure.owner,
        )
        .unwrap();
    }
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for code in codes(feed) {
        *found.entry(code).or_default() += 1;
    }
    writeln!(text, "{found:?}").unwrap();
    text
}

fn file(path: &Path, twin: &Twin) -> Feed {
    let feed = feed::read(path, twin, ReadOptions::default()).unwrap();
    assert!(feed.tally.adds_up());
    assert!(
        feed.findings.iter().all(|finding| finding.help.is_some() && finding.file.is_some()),
        "{:?}",
        feed.findings
    );
    feed
}

#[test]
fn all_work_zone_examples_are_read() {
    let Some(data) = data() else { return };
    let mut paths: Vec<_> =
        fs::read_dir(data.join("wzdx/examples/WorkZoneFeed")).unwrap().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    assert!(paths.len() >= 9);
    let mut text = String::new();
    for path in paths {
        let lines = lines_of_geojson(&fs::read_to_string(&path).unwrap());
        let feed = file(&path, &along(32615, &lines, true));
        assert_eq!(feed.tally.kinds.values().map(|count| count.source).sum::<u64>(), lines.len() as u64);
        writeln!(text, "{}: {}", path.file_name().unwrap().to_string_lossy(), shown(&feed)).unwrap();
        // Far from everything each record is a finding.
        let far = file(&path, &town());
        assert!(far.works.is_empty());
        assert!(far.findings.0.len() >= lines.len());
    }
    insta::assert_snapshot!("work_zone_examples", text);
}

#[test]
fn device_feeds_are_told() {
    let Some(data) = data() else { return };
    for entry in fs::read_dir(data.join("wzdx/examples/DeviceFeed")).unwrap().flatten() {
        let findings = feed::read(&entry.path(), &town(), ReadOptions::default()).unwrap_err();
        assert_eq!(findings.0[0].code, "device-feed");
    }
}

#[test]
fn situations_of_three_countries_are_read() {
    let Some(data) = data() else { return };
    let data = data.join("datex2");
    let situations = data.join("netherlands/situations.xml");
    let lines = lines_of_datex2(&fs::read_to_string(&situations).unwrap());
    let mut text = String::new();
    for (path, twin) in [
        (situations, along(25832, &lines, true)),
        (data.join("netherlands/srti.xml"), town()),
        (data.join("finland/roadworks.xml"), town()),
        (data.join("france/events.xml"), town()),
    ] {
        let n = fs::read_to_string(&path).unwrap().matches("situationRecord xsi:type").count();
        let n_with_prefix = fs::read_to_string(&path).unwrap().matches("<sit:situationRecord ").count();
        let feed = file(&path, &twin);
        assert_eq!(feed.tally.kinds["situation records"].source, n.max(n_with_prefix) as u64);
        writeln!(text, "{}: {}", path.file_name().unwrap().to_string_lossy(), shown(&feed)).unwrap();
    }
    insta::assert_snapshot!("situations", text);
}

#[test]
fn regulations_of_france_are_closures_for_lorries() {
    let Some(data) = data() else { return };
    let path = data.join("datex2/france/dialog-regulations.xml");
    let text = fs::read_to_string(&path).unwrap();
    let mut lines = Vec::new();
    for geometry in text.split("<dx:geoJsonGeometry>").skip(1) {
        let geometry = geometry.split('<').next().unwrap().replace("&quot;", "\"");
        let value: Value = serde_json::from_str(&geometry).unwrap();
        for part in value["coordinates"].as_array().unwrap() {
            let line: Vec<Coord<f64>> = part
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|at| Some(Coord { x: at.get(0)?.as_f64()?, y: at.get(1)?.as_f64()? }))
                .collect();
            if line.len() > 1 && !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let feed = file(&path, &along(25831, &lines, false));
    assert_eq!(feed.tally.kinds["situation records"].source, text.matches("<trafficRegulation>").count() as u64);
    insta::assert_snapshot!("regulations", shown(&feed));
}

#[test]
fn half_closures_of_a_drawn_publication() {
    // Version 2 with prefixes, in an envelope, in ISO-8859-1, by TPEG ends; the lights make it a signal.
    let ends = super::wgs84(&[super::at(20.0, 203.0), super::at(180.0, 198.0)]);
    let point = |name: &str, at: Coord<f64>| {
        format!(
            "<d:{name} xsi:type=\"d:TpegNonJunctionPoint\"><d:pointCoordinates><d:latitude>{}</d:latitude><d:longitude>{}</d:longitude></d:pointCoordinates></d:{name}>",
            at.y, at.x
        )
    };
    let location = format!(
        "<d:groupOfLocations xsi:type=\"d:Linear\"><d:tpegLinearLocation>{}{}</d:tpegLinearLocation></d:groupOfLocations>",
        point("to", ends[1]),
        point("from", ends[0])
    );
    let validity = "<d:validity><d:validityStatus>definedByValidityTimeSpec</d:validityStatus><d:validityTimeSpecification><d:overallStartTime>2026-05-04T00:00:00+02:00</d:overallStartTime><d:overallEndTime>2026-05-09T00:00:00+02:00</d:overallEndTime></d:validityTimeSpecification></d:validity>";
    let record = |kind: &str, id: &str, inner: &str| {
        format!("<d:situationRecord xsi:type=\"d:{kind}\" id=\"{id}\">{validity}{location}{inner}</d:situationRecord>")
    };
    let xml = format!(
        "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><d:d2LogicalModel xmlns:d=\"http://datex2.eu/schema/2/2_0\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><d:payloadPublication xsi:type=\"d:SituationPublication\"><d:situation id=\"s\">{}{}{}</d:situation></d:payloadPublication></d:d2LogicalModel></s:Body></s:Envelope>",
        record(
            "MaintenanceWorks",
            "w",
            "<d:generalPublicComment><d:comment><d:values><d:value>Baugrube Höhe Nº 5\nmehr</d:value></d:values></d:comment></d:generalPublicComment>"
        ),
        record(
            "RoadOrCarriagewayOrLaneManagement",
            "m",
            "<d:roadOrCarriagewayOrLaneManagementType>singleAlternateLineTraffic</d:roadOrCarriagewayOrLaneManagementType>"
        ),
        record(
            "GeneralNetworkManagement",
            "l",
            "<d:generalNetworkManagementType>temporaryTrafficLights</d:generalNetworkManagementType>"
        ),
    );
    let latin1: Vec<u8> = xml.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap()).collect();
    let feed = feed::parse(&latin1, "feed", &town(), ReadOptions::default()).unwrap();
    assert_eq!(feed.works.len(), 1, "{:?}", feed.findings);
    let work = &feed.works[0];
    assert_eq!((work.key.as_str(), work.name.as_deref()), ("datex2/m", Some("Baugrube Höhe Nº 5")));
    assert_eq!((work.closure.kind.name(), work.closure.control.name()), ("half", "signal"));
    assert!((length_m(line(work)) - 160.0).abs() < 1.0);
    assert_eq!(codes(&feed), ["record-joined", "record-joined"]);
    let _ = read(&xml.replace("ISO-8859-1", "UTF-8"), &town());
}
