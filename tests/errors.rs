//! Bad input and bad places: a clear message, exit status 2, nothing half-written.

mod common;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use common::{data, folder, musterstadt, scenario, stadtwin, text};

/// A street of the town with its length, the shortest one whose name occurs once.
fn short_street() -> (String, f64) {
    let twin = twin_io::gpkg::read_twin(musterstadt()).expect("because it was just written");
    let mut streets = std::collections::BTreeMap::<String, (usize, f64)>::new();
    for (_, link) in twin.roads.links() {
        if let (Some(name), true) = (&link.name, link.forward.lanes > 0) {
            let street = streets.entry(name.clone()).or_default();
            *street = (street.0 + 1, street.1 + link.length_m);
        }
    }
    let (name, (_, length_m)) = streets
        .into_iter()
        .filter(|(_, (_, length_m))| *length_m < 1000.0)
        .min_by(|a, b| a.1.1.total_cmp(&b.1.1))
        .expect("because the town has short streets");
    (name, length_m)
}

fn fails(arguments: &[&str], says: &[&str]) -> String {
    let ended = stadtwin(arguments).expect(2);
    let flat = ended.err.split_whitespace().collect::<Vec<_>>().join(" ").replace(" │ ", " ");
    for part in says {
        assert!(flat.contains(part), "\"{part}\" is missing in\n{}", ended.err);
    }
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    ended.err
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("because the folder was made")
        .map(|entry| entry.expect("because the folder is readable").path())
        .collect();
    entries.sort();
    entries
}

#[test]
fn files_that_are_no_extract_are_refused() {
    let folder = folder("no-extract");
    let out = folder.join("town.gpkg");
    let cases: [(&str, &[u8]); 2] = [("text.osm.pbf", b"This is a text and no extract.\n"), ("empty.osm.pbf", b"")];
    for (name, bytes) in cases {
        let file = folder.join(name);
        fs::write(&file, bytes).unwrap();
        fails(&["import", text(&file), "-o", text(&out)], &[name]);
        assert!(!out.exists());
    }
    fails(&["import", text(&folder.join("absent.osm.pbf")), "-o", text(&out)], &["absent.osm.pbf"]);
    fails(&["run", text(&folder.join("absent.gpkg"))], &["absent.gpkg"]);
    assert_eq!(entries(&folder).len(), 2, "something was left behind: {:?}", entries(&folder));
}

#[test]
fn a_truncated_extract_is_refused() {
    let Some(data) = data() else { return };
    let folder = folder("truncated");
    let whole = fs::read(data.join("osm/harsdorf.osm.pbf")).unwrap();
    let file = folder.join("truncated.osm.pbf");
    fs::write(&file, &whole[..whole.len() * 2 / 3]).unwrap();
    let out = folder.join("town.gpkg");
    fails(&["import", text(&file), "-o", text(&out)], &["truncated.osm.pbf"]);
    assert_eq!(entries(&folder), vec![file]);
}

#[test]
fn an_unknown_street_is_shown_in_its_line_with_its_like() {
    let folder = folder("unknown-street");
    let (name, _) = short_street();
    let wrong = format!("{name}x");
    let file = scenario(
        &folder,
        "wrong.toml",
        &format!("version = 1\nname = \"x\"\n\n[[closure]]\nstreet = \"{wrong}\"\nkind = \"full\"\n"),
    );
    let out = folder.join("out");
    let quoted = format!("\"{name}\"");
    let err = fails(
        &["run", text(musterstadt()), text(&file), "-o", text(&out)],
        &["unknown-street", "Tipp: War", &quoted, "wrong.toml:5:"],
    );
    assert!(err.contains(&format!("street = \"{wrong}\"")), "{err}");
    assert!(!out.exists());
}

#[test]
fn a_closure_longer_than_its_street_names_both_lengths() {
    let folder = folder("too-long");
    let (name, length_m) = short_street();
    let file = scenario(
        &folder,
        "long.toml",
        &format!("version = 1\nname = \"x\"\n[[closure]]\nstreet = \"{name}\"\nkind = \"full\"\nlength_m = 5000\n"),
    );
    let has = format!("{length_m:.0} m");
    fails(&["run", text(musterstadt()), text(&file)], &["closure-longer-than-street", "5000 m", &has]);
}

#[test]
fn dates_the_wrong_way_round_are_refused() {
    let folder = folder("dates");
    let (name, _) = short_street();
    let file = scenario(
        &folder,
        "dates.toml",
        &format!(
            "version = 1\nname = \"x\"\nfrom = 2026-06-12\nto = 2026-05-04\n[[closure]]\nstreet = \"{name}\"\nkind = \"half\"\n"
        ),
    );
    fails(&["run", text(musterstadt()), text(&file)], &["2026-06-12", "2026-05-04"]);
}

#[test]
fn unknown_keys_are_told_with_their_like() {
    let folder = folder("unknown-key");
    let (name, _) = short_street();
    let file = scenario(
        &folder,
        "key.toml",
        &format!("version = 1\nname = \"x\"\n[[closure]]\nstreet = \"{name}\"\nkind = \"half\"\nlenght_m = 20\n"),
    );
    fails(&["run", text(musterstadt()), text(&file)], &["lenght_m", "length_m"]);
    fails(&["run", text(musterstadt()), "--set", "traffic.relativ_gap=1e-4"], &["relativ_gap", "relative_gap"]);
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_computing() {
    let folder = folder("read-only");
    let locked = folder.join("locked");
    fs::create_dir(&locked).unwrap();
    let mut permissions = fs::metadata(&locked).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&locked, permissions).unwrap();
    // The superuser writes into read-only folders; for him a folder of the kernel stands in.
    let locked = if fs::write(locked.join("probe"), "").is_ok() {
        eprintln!("NOTE: running as superuser, so /proc stands in for a read-only folder");
        PathBuf::from("/proc")
    } else {
        locked
    };
    fails(&["run", text(musterstadt()), "-o", text(&locked.join("out"))], &["cannot-write"]);
    fails(&["import", "musterstadt", "--population", "500", "-o", text(&locked.join("town.gpkg"))], &["town.gpkg"]);
    assert!(!locked.join("out").exists() && !locked.join("town.gpkg").exists());
}

#[test]
fn a_full_disk_leaves_nothing_half_written() {
    let folder = folder("full-disk");
    let disk = folder.join("disk");
    fs::create_dir(&disk).unwrap();
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"])
        .arg(&disk)
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        eprintln!("SKIPPED: a full disk cannot be tried here: mounting a small tmpfs is not permitted");
        return;
    }
    let tried = std::panic::catch_unwind(|| {
        fails(&["import", "musterstadt", "--population", "500", "-o", text(&disk.join("town.gpkg"))], &["town.gpkg"]);
        assert_eq!(entries(&disk), Vec::<PathBuf>::new());
        fails(&["run", text(musterstadt()), "-o", text(&disk.join("out"))], &["out"]);
        assert!(!disk.join("out/summary.json").exists() && !disk.join("out/result.gpkg").exists());
    });
    let _ = Command::new("umount").arg(&disk).status();
    if let Err(panic) = tried {
        std::panic::resume_unwind(panic);
    }
}
