//! Story files: what is told to a council, chapter by chapter, and the views that a planner keeps.
//!
//! A story is TOML like a scenario. Each chapter is a text over a picture of the town: from where it is seen, which scenario is laid over
//! it, what is painted, which layers are shown. What a chapter leaves out is as in the chapter before it.

use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};
use twin::{Finding, Findings, jiff::civil::Date};

use super::{
    FORMAT_VERSION,
    fields::{Fields, Notes, number},
    parse::{require, tables, version},
    schema as scenario_schema, text_of,
    tree::{self, Value},
};
use crate::atomic;

/// From where a town is seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Viewpoint {
    /// Direction looked to, degrees clockwise from north.
    pub azimuth_deg: f64,
    /// Angle below the horizon, degrees.
    pub pitch_deg: f64,
    /// Distance from the point looked at, metres.
    pub distance_m: f64,
    /// The point looked at, in the twin's coordinates; the middle of the works where absent.
    pub at: Option<[f64; 2]>,
    /// Whether it is a plan: from straight above, north up.
    pub plan: bool,
}

/// A story.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// Title.
    pub title: String,
    /// Who tells it: `Tiefbauamt`.
    pub author: Option<String>,
    /// Of which day it is.
    pub date: Option<Date>,
    /// The chapters, in order.
    pub chapters: Vec<Chapter>,
}

/// A chapter: what differs from the one before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chapter {
    /// Heading.
    pub title: String,
    /// What is told; paragraphs are parted by empty lines.
    pub text: String,
    /// From where the town is seen.
    pub camera: Option<Viewpoint>,
    /// The file of the scenario that is laid over the town; an empty path is the town as it is.
    pub scenario: Option<PathBuf>,
    /// Layers to show and, with a minus, to hide, as in the arguments of the viewer.
    pub layers: Option<String>,
    /// What is painted.
    pub show: Option<Shown>,
    /// The hour that is shown.
    pub hour: Option<u8>,
    /// Left of this percentage of the width the town is shown as before the scenario; 0 for nowhere.
    pub swipe: Option<u8>,
    /// Seconds for which it is shown when the story plays by itself.
    pub seconds: Option<f64>,
    /// Figures of the result that stand in the picture, at most three, by the names of the criteria.
    pub figures: Vec<String>,
}

/// What is painted on the streets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Only the town.
    Town,
    /// Change in volume.
    Change,
    /// Volume without the scenario.
    Before,
    /// Volume with the scenario.
    With,
    /// Travel time over that of the empty street.
    Slowdown,
}

impl Shown {
    const NAMES: [(&'static str, Self); 5] = [
        ("town", Self::Town),
        ("change", Self::Change),
        ("before", Self::Before),
        ("with", Self::With),
        ("slowdown", Self::Slowdown),
    ];
}

/// Most figures that a chapter may show.
pub const MOST_FIGURES: usize = 3;
/// How long a chapter may be shown, seconds.
const SECONDS: (f64, f64) = (0.5, 600.0);
/// Numbers of a camera and their bounds.
const CAMERA: [(&str, (f64, f64)); 5] = [
    ("azimuth", (-360.0, 360.0)),
    ("pitch", (5.0, 89.0)),
    ("distance", (20.0, 100_000.0)),
    ("x", (-1e8, 1e8)),
    ("y", (-1e8, 1e8)),
];

/// Reads a story file; scenarios are looked for beside it.
///
/// # Errors
/// All that is wrong, each with its place.
pub fn read(path: &Path) -> Result<Story, Findings> {
    let (text, shown) = text_of(path)?;
    let mut story = parse(&text, &shown)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    for scenario in story.chapters.iter_mut().filter_map(|chapter| chapter.scenario.as_mut()) {
        if !scenario.as_os_str().is_empty() {
            *scenario = folder.join(&*scenario);
        }
    }
    Ok(story)
}

/// Parses the text of a story file; `file` is its name in findings.
///
/// # Errors
/// As [`read`].
pub fn parse(text: &str, file: &str) -> Result<Story, Findings> {
    read_with(text, file, "a story", |top, notes| {
        let title = top.name("title", notes);
        require(title.is_some(), top, "title", "the title, for example title = \"Bergweg im Mai\"", notes);
        let story = Story {
            title: title.unwrap_or_default(),
            author: top.name("author", notes),
            date: top.date("date", notes),
            chapters: tables(top, "chapter", notes, chapter),
        };
        let has_chapters = !story.chapters.is_empty() || notes.findings.has_errors();
        require(has_chapters, top, "chapter", "at least one chapter, begun with [[chapter]]", notes);
        story
    })
}

/// Reads a file of this kind with its version, and says what is wrong with it.
fn read_with<T>(
    text: &str,
    file: &str,
    kind: &'static str,
    of: impl FnOnce(&mut Fields<'_>, &mut Notes) -> T,
) -> Result<T, Findings> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let with_file = |findings: Findings| -> Findings {
        Findings(findings.into_iter().map(|f: Finding| if f.file.is_some() { f } else { f.with_file(file) }).collect())
    };
    let root = tree::parse(text).map_err(with_file)?;
    let mut notes = Notes { file: Some(kind), ..Notes::default() };
    let value = Fields::of(&root, "", &mut notes).map(|mut top| {
        version(&mut top, &mut notes);
        let value = of(&mut top, &mut notes);
        top.finish(&mut notes);
        value
    });
    notes.findings.0.sort_by_key(|finding| finding.position.unwrap_or((u32::MAX, 0)));
    value.filter(|_| !notes.findings.has_errors()).ok_or_else(|| with_file(notes.findings))
}

fn chapter(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<Chapter> {
    let title = fields.name("title", notes);
    require(title.is_some(), fields, "title", "its heading, for example title = \"Was wird gebaut?\"", notes);
    let byte = |value: u64| u8::try_from(value).ok();
    Some(Chapter {
        title: title.unwrap_or_default(),
        text: fields.text("text", notes).unwrap_or_default(),
        camera: camera(fields, "camera", notes),
        scenario: fields.text("scenario", notes).map(PathBuf::from),
        layers: fields.text("layers", notes),
        show: fields.choice("show", &Shown::NAMES, notes),
        hour: fields.whole("hour", (0, 23), notes).and_then(byte),
        swipe: fields.whole("swipe", (0, 99), notes).and_then(byte),
        seconds: fields.number("seconds", SECONDS, notes),
        figures: figures(fields, notes),
    })
}

/// `[azimuth, pitch, distance]` or with the place looked at behind them: `[azimuth, pitch, distance, x, y]`; and `plan = true`.
fn camera(fields: &mut Fields<'_>, key: &'static str, notes: &mut Notes) -> Option<Viewpoint> {
    let plan = fields.flag("plan", notes);
    let example = "camera = [-30, 35, 1500]";
    let Some((items, path)) = fields.list(key, "a list of numbers", example, notes) else {
        if plan == Some(true) && fields.position(key).is_none() {
            let (field, position) = (fields.path("plan"), fields.position("plan"));
            notes.error(
                "missing-key",
                &field,
                position,
                format!("`{field}` needs a camera."),
                format!("Write, for example, {example}."),
            );
        }
        return None;
    };
    if !matches!(items.len(), 3 | 5) {
        let message = format!("`{path}` has {} numbers.", items.len());
        let help = "Give azimuth, pitch (degrees), distance (metres) and, where it is not the works, x and y in the twin's coordinates.";
        notes.error("impossible-value", &path, fields.position(key), message, help);
        return None;
    }
    let values: Vec<Option<f64>> = items
        .iter()
        .zip(CAMERA)
        .map(|(item, (name, bounds))| number(item, &format!("{path} ({name})"), bounds, notes))
        .collect();
    let value = |at: usize| values.get(at).copied().flatten();
    let at = if items.len() == 5 { Some([value(3)?, value(4)?]) } else { None };
    Some(Viewpoint {
        azimuth_deg: value(0)?,
        pitch_deg: value(1)?,
        distance_m: value(2)?,
        at,
        plan: plan.unwrap_or(false),
    })
}

fn figures(fields: &mut Fields<'_>, notes: &mut Notes) -> Vec<String> {
    let example = "figures = [\"traffic.added_delay_veh_h\"]";
    let Some((items, path)) = fields.list("figures", "a list of names of criteria", example, notes) else {
        return Vec::new();
    };
    if items.len() > MOST_FIGURES {
        let message = format!("`{path}` names {} figures.", items.len());
        notes.error(
            "impossible-value",
            &path,
            fields.position("figures"),
            message,
            format!("Nobody reads more than {MOST_FIGURES} in a picture: leave the others to the table."),
        );
    }
    let known: Vec<&str> = twin::criteria::TABLE.iter().map(|criterion| criterion.name).collect();
    let mut names = Vec::new();
    for item in items {
        match &item.value {
            Value::Text(name) if known.contains(&name.as_str()) => names.push(name.clone()),
            Value::Text(name) => {
                let message = format!("`{path}` cannot be \"{name}\".");
                notes.error("unknown-value", &path, item.position, message, super::fields::nearest(name, &known));
            }
            other => {
                let message = format!("`{path}` must be a list of names of criteria, not {}.", other.shown());
                notes.error("wrong-type", &path, item.position, message, format!("Write, for example, {example}."));
            }
        }
    }
    names
}

/// Reads the views kept in a file, by their number from 1 to 9; none where there is no file.
///
/// # Errors
/// All that is wrong in it.
pub fn read_views(path: &Path) -> Result<Vec<(u8, Viewpoint)>, Findings> {
    if !path.exists() {
        return Ok(Vec::new());
    }
    let (text, shown) = text_of(path)?;
    read_with(&text, &shown, "a file of views", |top, notes| {
        tables(top, "view", notes, |fields, notes| {
            let number = fields.whole("number", (1, 9), notes).and_then(|number| u8::try_from(number).ok());
            require(number.is_some(), fields, "number", "its number, from 1 to 9", notes);
            let camera = camera(fields, "camera", notes);
            require(
                camera.is_some(),
                fields,
                "camera",
                "from where it is seen: camera = [-30, 35, 1500, 650000, 5480000]",
                notes,
            );
            Some((number?, camera?))
        })
    })
}

/// Writes the views of a town.
///
/// # Errors
/// Where the system refuses; an older file stands as it was then.
pub fn write_views(views: &[(u8, Viewpoint)], path: &Path) -> Result<(), Findings> {
    let mut text = format!("version = {FORMAT_VERSION}\n");
    for (number, view) in views {
        let [x, y] = view.at.unwrap_or_default();
        let numbers = [view.azimuth_deg, view.pitch_deg, view.distance_m, x, y].map(|value| format!("{value:.2}"));
        let n = if view.at.is_some() { 5 } else { 3 };
        text.push_str(&format!("\n[[view]]\nnumber = {number}\ncamera = [{}]\n", numbers[..n].join(", ")));
        if view.plan {
            text.push_str("plan = true\n");
        }
    }
    atomic::write_file(path, |temporary| {
        std::fs::write(temporary, &text).map_err(|error| atomic::write_finding(path, &error).into())
    })
}

/// The JSON Schema of story files, as published in `scenarios/story.schema.json`.
#[must_use]
pub fn schema() -> Json {
    use scenario_schema::{date, object, text};
    let names: Vec<&str> = Shown::NAMES.iter().map(|(name, _)| *name).collect();
    let criteria: Vec<&str> = twin::criteria::TABLE.iter().map(|criterion| criterion.name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stadtwin story",
        "description": "What is told to a council, chapter by chapter. Files are TOML; what a chapter leaves out is as in the one before.",
        "type": "object",
        "required": ["version", "title", "chapter"],
        "additionalProperties": false,
        "properties": {
            "version": { "const": FORMAT_VERSION, "description": "Version of the format." },
            "title": text("Title."),
            "author": text("Who tells it: Tiefbauamt."),
            "date": date("Of which day it is."),
            "chapter": {
                "type": "array",
                "minItems": 1,
                "description": "The chapters, in order.",
                "items": object(&["title"], json!({
                    "title": text("Heading."),
                    "text": text("What is told; paragraphs are parted by empty lines."),
                    "camera": { "type": "array", "items": { "type": "number" }, "minItems": 3, "maxItems": 5, "description": "Azimuth and pitch in degrees, distance in metres and, where it is not the works, the point looked at in the twin's coordinates." },
                    "plan": { "type": "boolean", "default": false, "description": "From straight above, north up; needs a camera." },
                    "scenario": text("File of the scenario, beside the story; an empty text is the town as it is."),
                    "layers": text("Layers to show or, with a minus before, to hide: water,power,-trees."),
                    "show": { "enum": names, "description": "What is painted on the streets." },
                    "hour": { "type": "integer", "minimum": 0, "maximum": 23, "description": "Hour that is shown; one that the scenario computes." },
                    "swipe": { "type": "integer", "minimum": 0, "maximum": 99, "description": "Left of this percentage of the width the town is shown as before; 0 for nowhere." },
                    "seconds": { "type": "number", "minimum": SECONDS.0, "maximum": SECONDS.1, "description": "For how long it is shown when the story plays by itself." },
                    "figures": { "type": "array", "maxItems": MOST_FIGURES, "items": { "enum": criteria }, "description": "Figures of the result that stand in the picture." },
                })),
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STORY: &str = r#"
version = 1
title = "Bergweg im Mai"
date = 2026-05-04

[[chapter]]
title = "Heute"
text = """Der Bergweg.

Zweiter Absatz."""
camera = [-30, 35, 1500, 650000.5, 5480000]
show = "before"

[[chapter]]
title = "Mit der Baustelle"
scenario = "plan.toml"
show = "change"
hour = 16
swipe = 50
seconds = 8
figures = ["traffic.cut_off_addresses"]
"#;

    #[test]
    fn a_story_is_read_with_its_chapters() {
        let story = parse(STORY, "story.toml").expect("it is right");
        assert_eq!((story.title.as_str(), story.chapters.len()), ("Bergweg im Mai", 2));
        let [first, second] = &story.chapters[..] else { panic!("two chapters") };
        assert_eq!(first.camera.and_then(|camera| camera.at), Some([650_000.5, 5_480_000.0]));
        assert_eq!((first.show, first.scenario.as_ref()), (Some(Shown::Before), None));
        assert_eq!((second.camera, second.swipe, second.hour), (None, Some(50), Some(16)));
        assert_eq!(second.scenario, Some(PathBuf::from("plan.toml")));
    }

    #[test]
    fn scenarios_are_looked_for_beside_the_story() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("story.toml");
        std::fs::write(&path, STORY).expect("the folder can be written to");
        let story = read(&path).expect("it is right");
        assert_eq!(story.chapters[1].scenario, Some(folder.path().join("plan.toml")));
    }

    #[test]
    fn everything_that_is_wrong_is_told_with_its_line() {
        let wrong = "version = 1\ntitle = \"\"\n[[chapter]]\ntitle = \"A\"\ncamera = [1, 2]\nshow = \"afer\"\n[[chapter]]\nswype = 5\nhour = 24\ncamera = [0, 91, 500]\nfigures = [\"traffic.cut_off_adresses\"]\n";
        let findings = parse(wrong, "story.toml").expect_err("much is wrong");
        let lines: Vec<Option<u32>> = findings.iter().map(|f| f.position.map(|(line, _)| line)).collect();
        for line in [2, 5, 6, 8, 9, 10, 11] {
            assert!(lines.contains(&Some(line)), "line {line}: {findings:?}");
        }
        assert!(findings.iter().all(|finding| finding.file.as_deref() == Some("story.toml")));
        assert!(parse("version = 1\ntitle = \"A\"\n", "story.toml").is_err(), "a story has chapters");
    }

    #[test]
    fn the_story_that_is_shipped_is_right_and_finds_its_scenarios() {
        let story = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/lauf-story.toml"));
        let chapters = story.expect("it is right").chapters;
        assert!(chapters.iter().filter_map(|chapter| chapter.scenario.as_ref()).all(|scenario| scenario.is_file()));
        assert!(chapters.iter().any(|chapter| !chapter.figures.is_empty()));
    }

    #[test]
    fn views_are_kept_and_found_again() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("town.views.toml");
        assert_eq!(read_views(&path), Ok(Vec::new()));
        let view =
            Viewpoint { azimuth_deg: -30.5, pitch_deg: 35.0, distance_m: 900.0, at: Some([1.25, 2.0]), plan: true };
        let views = vec![(2, view), (7, Viewpoint { at: None, plan: false, ..view })];
        write_views(&views, &path).expect("the folder can be written to");
        assert_eq!(read_views(&path), Ok(views));
        std::fs::write(&path, "version = 1\n[[view]]\nnumber = 10\n").expect("the folder can be written to");
        assert!(read_views(&path).is_err());
    }

    #[test]
    fn the_schema_is_the_published_one() {
        let published = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/story.schema.json");
        let wanted = format!("{}\n", serde_json::to_string_pretty(&schema()).expect("it is JSON"));
        if std::env::var_os("STADTWIN_UPDATE").is_some() {
            std::fs::write(&published, &wanted).expect("the folder can be written to");
        }
        assert_eq!(
            std::fs::read_to_string(&published).unwrap_or_default(),
            wanted,
            "set STADTWIN_UPDATE=1 to write it"
        );
    }
}
