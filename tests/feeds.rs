//! Feeds of works through the command line: out of a scenario, back into a calendar, out of that again.

mod common;

use std::fs;

use common::{folder, musterstadt, stadtwin, text};

/// Names of two streets of the small town.
fn streets() -> Vec<String> {
    let twin = twin_io::gpkg::read_twin(musterstadt()).expect("because it was just written");
    let mut by_length = std::collections::BTreeMap::<String, f64>::new();
    for (_, link) in twin.roads.links() {
        if let (Some(name), true) = (&link.name, link.forward.lanes >= 1 && link.backward.lanes >= 1) {
            *by_length.entry(name.clone()).or_default() += link.length_m;
        }
    }
    let mut sorted: Vec<(String, f64)> = by_length.into_iter().collect();
    sorted.sort_by(|a, b| b.1.total_cmp(&a.1));
    sorted.into_iter().take(2).map(|(name, _)| name).collect()
}

#[test]
fn works_go_out_and_come_back() {
    let folder = folder("feeds");
    let town = text(musterstadt());
    let streets = streets();
    let scenario = folder.join("plan.toml");
    fs::write(
        &scenario,
        format!(
            "version = 1\nname = \"Fernwärme\"\nfrom = 2026-05-04\nto = 2026-06-12\n\
             [[closure]]\nstreet = \"{}\"\nkind = \"half\"\ncontrol = \"signal\"\nlength_m = 60\nowner = \"Stadtwerke\"\n\
             [[closure]]\nstreet = \"{}\"\nkind = \"full\"\nlength_m = 40\nhours = \"07:00-17:00\"\n",
            streets[0], streets[1]
        ),
    )
    .expect("because the folder is writable");
    for (format, version) in [("wzdx", "3"), ("datex2", "3"), ("datex2", "2")] {
        let feed = folder.join(format!("feed-{format}-{version}"));
        let told = stadtwin(&[
            "works",
            "export",
            town,
            text(&scenario),
            "-o",
            text(&feed),
            "--format",
            format,
            "--datex-version",
            version,
            "--json",
        ]);
        assert_eq!(told.expect(0).json()["works"], 2);
        let calendar = folder.join("calendar.toml");
        let told =
            stadtwin(&["works", "import", town, text(&feed), "-o", text(&calendar), "--today", "2026-05-01", "--json"]);
        let told = told.expect(0).json();
        assert_eq!(told["works"], 2, "{told:#}");
        let written = fs::read_to_string(&calendar).expect("because it was written");
        for words in [
            "kind = \"half\"",
            "control = \"signal\"",
            "kind = \"full\"",
            "hours = \"07:00-17:00\"",
            "owner = \"Stadtwerke\"",
            "2026-05-04",
            "2026-06-12",
        ] {
            assert!(written.contains(words), "{format} {version}: {words}\n{written}");
        }
        // The calendar goes out as the scenario did.
        let again = folder.join("again");
        assert_eq!(
            stadtwin(&["works", "export", town, text(&calendar), "-o", text(&again), "--json"]).expect(0).json()["works"],
            2
        );
        let ended =
            stadtwin(&["works", "import", town, text(&feed), "-o", text(&calendar), "--today", "2026-07-01", "--json"]);
        assert_eq!(ended.expect(0).json()["works"], 0);
        let kept = stadtwin(&[
            "works",
            "import",
            town,
            text(&feed),
            "-o",
            text(&calendar),
            "--today",
            "2026-07-01",
            "--expired",
            "--json",
        ]);
        assert_eq!(kept.expect(0).json()["works"], 2);
    }
}

#[test]
fn wrong_files_end_with_status_2() {
    let folder = folder("wrong-feeds");
    let town = text(musterstadt());
    let wrong = folder.join("wrong.xml");
    fs::write(&wrong, "<?xml version=\"1.0\"?><kml xmlns=\"http://www.opengis.net/kml/2.2\"/>")
        .expect("because the folder is writable");
    let told = stadtwin(&["works", "import", town, text(&wrong), "-o", text(&folder.join("c.toml"))]).expect(2);
    assert!(told.err.contains("wrong-namespace"), "{}", told.err);
    let empty = folder.join("empty.toml");
    fs::write(&empty, "version = 1\nname = \"leer\"\n").expect("because the folder is writable");
    let told = stadtwin(&["works", "export", town, text(&empty), "-o", text(&folder.join("f"))]).expect(2);
    assert!(told.err.contains("nothing-to-export"), "{}", told.err);
}
