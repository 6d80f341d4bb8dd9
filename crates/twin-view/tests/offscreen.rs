//! The picture of a small Musterstadt, drawn by the program in a process of its own: it is a town, and a closure colors streets.

use std::{path::Path, process::Command};

use image::RgbImage;
use twin::{Silent, Twin};

const PROGRAM: &str = env!("CARGO_BIN_EXE_stadtwin-view");

fn small_town(folder: &Path) -> Twin {
    let options = twin_musterstadt::Options { population: 500, seed: 7 };
    let twin = twin_musterstadt::generate(&options, &Silent).expect("a small Musterstadt can be generated");
    twin_io::gpkg::write_twin(&twin, &folder.join("town.gpkg")).expect("the folder can be written to");
    twin
}

/// Runs the program and opens what it drew.
fn picture(folder: &Path, name: &str, arguments: &[&str]) -> RgbImage {
    let path = folder.join(name);
    let output = Command::new(PROGRAM)
        .args(["render", "town.gpkg"])
        .args(arguments)
        .args(["--size", "640x360", "--no-shadows", "--no-smoothing", "--no-captions", "--lang", "de", "-o", name])
        .current_dir(folder)
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let picture = image::open(&path).expect("a PNG was written");
    assert_eq!((picture.width(), picture.height()), (640, 360));
    picture.to_rgb8()
}

/// The share of pixels that look like this.
fn share(picture: &RgbImage, looks: impl Fn(i32, i32, i32) -> bool) -> f64 {
    let hits = picture.pixels().filter(|pixel| {
        let [red, green, blue] = pixel.0.map(i32::from);
        looks(red, green, blue)
    });
    hits.count() as f64 / f64::from(picture.width() * picture.height())
}

#[test]
fn the_picture_is_a_town_and_a_closure_colors_its_streets() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let twin = small_town(folder.path());

    let town = picture(folder.path(), "town.png", &[]);
    let mut colors: Vec<[u8; 3]> = town.pixels().map(|pixel| pixel.0).collect();
    colors.sort_unstable();
    colors.dedup();
    assert!(colors.len() > 300, "only {} colors", colors.len());
    let green = share(&town, |r, g, b| g > r && g > b + 15);
    let roofs = share(&town, |r, g, b| r > g + 25 && g > b);
    let gray = share(&town, |r, g, b| (r - g).abs() < 12 && (g - b).abs() < 14 && r < 190);
    assert!(green > 0.02, "green: {green}");
    assert!(roofs > 0.002, "roofs: {roofs}");
    assert!(gray > 0.005, "streets and shade: {gray}");

    // The longest section of a street for cars is closed.
    let (_, link) = twin
        .roads
        .links()
        .filter(|(_, link)| link.forward.lanes > 0 && link.backward.lanes > 0)
        .max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m))
        .expect("Musterstadt has streets");
    let scenario = format!("version = 1\nname = \"Probe\"\n\n[[closure]]\nroad = \"{}\"\nkind = \"full\"\n", link.key);
    std::fs::write(folder.path().join("closed.toml"), scenario).expect("the folder can be written to");
    // Both from the same place: the middle of the closed section.
    let middle = link.geometry.0[link.geometry.0.len() / 2];
    let camera = format!("0,50,600,{},{}", middle.x, middle.y);
    let before = picture(folder.path(), "before.png", &["--camera", &camera]);
    let after = picture(folder.path(), "after.png", &["closed.toml", "--camera", &camera]);
    let changed =
        before.pixels().zip(after.pixels()).filter(|(a, b)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 24));
    let changed = changed.count() as f64 / f64::from(640 * 360);
    assert!((0.002..0.6).contains(&changed), "changed: {changed}");
    let works = |picture: &RgbImage| share(picture, |r, g, b| r > 150 && g < 90 && b < 90);
    assert!(works(&after) > works(&before), "the red of the fence is seen");
}

/// The share of pixels of two pictures that differ, over columns `from` to `to`.
fn differing(a: &RgbImage, b: &RgbImage, columns: std::ops::Range<u32>) -> f64 {
    let pairs = columns.clone().flat_map(|x| (0..a.height()).map(move |y| (a.get_pixel(x, y), b.get_pixel(x, y))));
    let differ = pairs.filter(|(a, b)| a.0.iter().zip(b.0).any(|(a, b)| a.abs_diff(b) > 24)).count();
    differ as f64 / f64::from(columns.len() as u32 * a.height())
}

/// The camera straight over the middle of a street section.
fn over(twin: &Twin, distance_m: f64) -> (String, twin::Key) {
    let (_, link) = twin
        .roads
        .links()
        .filter(|(_, link)| link.forward.lanes > 0 && link.backward.lanes > 0)
        .max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m))
        .expect("Musterstadt has streets");
    let middle = link.geometry.0[link.geometry.0.len() / 2];
    (format!("0,60,{distance_m},{},{}", middle.x, middle.y), link.key.clone())
}

#[test]
fn supply_lines_are_seen_in_their_colors_over_streets_and_ground() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let twin = small_town(folder.path());
    // A place where there is water, and power beside it.
    let pipe =
        twin.water.links().max_by(|a, b| a.1.geometry.0.len().cmp(&b.1.geometry.0.len())).expect("it has pipes").1;
    let at = pipe.geometry.0[pipe.geometry.0.len() / 2];
    let camera = format!("0,60,350,{},{}", at.x, at.y);
    let plain = picture(folder.path(), "plain.png", &["--camera", &camera]);
    let lines = picture(folder.path(), "lines.png", &["--camera", &camera, "--layers", "water,power,-trees"]);
    let blue = |picture: &RgbImage| share(picture, |r, g, b| b > 150 && r < 60 && g < 140);
    let red = |picture: &RgbImage| share(picture, |r, g, b| r > 170 && g < 60 && b < 70);
    assert!(blue(&lines) > blue(&plain) + 0.002, "water: {} of {}", blue(&lines), blue(&plain));
    assert!(red(&lines) > red(&plain) + 0.002, "power: {} of {}", red(&lines), red(&plain));
    let yellow = share(&lines, |r, g, b| r > 200 && (140..215).contains(&g) && b < 40);
    assert!(yellow < 0.001, "gas is off: {yellow}");
}

#[test]
fn buildings_without_water_are_marked_when_the_waterworks_is_out_of_service() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let twin = small_town(folder.path());
    let (source, _) = twin
        .water
        .nodes()
        .find(|(_, node)| matches!(node.kind, twin::utility::WaterNodeKind::Reservoir { .. }))
        .expect("Musterstadt has a waterworks");
    let tanks = twin.water.nodes().filter(|(_, node)| matches!(node.kind, twin::utility::WaterNodeKind::Tank { .. }));
    let mut scenario = "version = 1\nname = \"Probe\"\n".to_owned();
    for id in std::iter::once(source).chain(tanks.map(|(id, _)| id)) {
        scenario.push_str(&format!("\n[[outage]]\nasset = \"{}\"\n", twin.water[id].key));
    }
    std::fs::write(folder.path().join("dry.toml"), scenario).expect("the folder can be written to");
    let (camera, _) = over(&twin, 700.0);
    let dry = picture(folder.path(), "dry.png", &["dry.toml", "--camera", &camera, "--layers", "-trees"]);
    let wet = picture(folder.path(), "wet.png", &["--camera", &camera, "--layers", "-trees"]);
    let purple = |picture: &RgbImage| share(picture, |r, g, b| r > g + 50 && b > g + 35 && r > 70);
    assert!(purple(&dry) > purple(&wet) + 0.004, "purple: {} of {}", purple(&dry), purple(&wet));
}

#[test]
fn left_of_the_swipe_the_town_is_as_before_and_right_of_it_as_with_the_closure() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let twin = small_town(folder.path());
    let (camera, key) = over(&twin, 600.0);
    let scenario = format!("version = 1\nname = \"Probe\"\n\n[[closure]]\nroad = \"{key}\"\nkind = \"full\"\n");
    std::fs::write(folder.path().join("closed.toml"), scenario).expect("the folder can be written to");
    let of = |name: &str, more: &[&str]| {
        let mut arguments = vec!["closed.toml", "--camera", &camera, "--layers", "-buildings,-trees"];
        arguments.extend(more);
        picture(folder.path(), name, &arguments)
    };
    let (before, with) = (of("before.png", &["--show", "before"]), of("with.png", &["--show", "with"]));
    let swipe = of("swipe.png", &["--swipe", "50"]);
    assert!(
        differing(&before, &with, 0..640) > 0.004,
        "the closure changes volumes: {}",
        differing(&before, &with, 0..640)
    );
    assert!(differing(&swipe, &before, 0..318) < 0.001, "{}", differing(&swipe, &before, 0..318));
    assert!(differing(&swipe, &with, 322..640) < 0.001, "{}", differing(&swipe, &with, 322..640));
}

#[test]
fn a_story_becomes_a_picture_per_chapter_and_one_page() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let twin = small_town(folder.path());
    let (_, key) = over(&twin, 600.0);
    let plan = format!("version = 1\nname = \"Probe\"\n\n[[closure]]\nroad = \"{key}\"\nkind = \"full\"\n");
    let story = "version = 1\ntitle = \"Probe & mehr\"\n\n[[chapter]]\ntitle = \"Heute\"\ntext = \"Wie es ist.\"\n\n[[chapter]]\n\
                 title = \"Gesperrt\"\nscenario = \"closed.toml\"\nfigures = [\"traffic.added_vehicle_hours\"]\n";
    std::fs::write(folder.path().join("closed.toml"), plan).expect("the folder can be written to");
    std::fs::write(folder.path().join("story.toml"), story).expect("the folder can be written to");
    let output = Command::new(PROGRAM)
        .args(["render", "town.gpkg", "--story", "story.toml", "--size", "640x360", "--no-shadows", "--no-smoothing"])
        .args(["--lang", "de"])
        .current_dir(folder.path())
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let drawn = ["story-01.png", "story-02.png"]
        .map(|name| image::open(folder.path().join(name)).expect("a PNG was written").to_rgb8());
    assert!(differing(&drawn[0], &drawn[1], 0..640) > 0.01, "the chapters show different things");
    let page = std::fs::read_to_string(folder.path().join("story.html")).expect("a page was written");
    assert!(page.contains("<title>Probe &amp; mehr</title>") && page.contains("<p>Wie es ist.</p>"));
    assert_eq!(page.matches("data:image/png;base64,iVBOR").count(), 2);
    assert!(page.contains("mehr Fahrzeit (Fz·h)"), "figures are told in words");
}

#[test]
fn wrong_arguments_and_files_end_with_status_2_and_a_sentence() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    std::fs::write(folder.path().join("no.gpkg"), "this is no town").expect("the folder can be written to");
    for arguments in [
        &["render", "absent.gpkg", "-o", "x.png"][..],
        &["render", "no.gpkg", "-o", "x.png"],
        &["render", "no.gpkg", "--size", "1x1"],
        &["render", "no.gpkg", "--camera", "1,2"],
        &["render", "no.gpkg", "--layers", "water,pipes"],
    ] {
        let output =
            Command::new(PROGRAM).args(arguments).current_dir(folder.path()).output().expect("the program starts");
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
        assert!(!folder.path().join("x.png").exists());
    }
}

#[test]
fn without_a_driver_it_says_what_to_install() {
    let output = Command::new(PROGRAM)
        .args(["render", "absent.gpkg", "-o", "x.png"])
        .env("WGPU_BACKEND", "metal")
        .output()
        .expect("the program starts");
    if cfg!(target_os = "macos") {
        return;
    }
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("mesa-vulkan-drivers"), "{said}");
}
