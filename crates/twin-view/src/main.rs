//! `stadtwin-view`: the desktop viewer and the maker of pictures, started by `stadtwin view` and `stadtwin render`.

// Help and refusals in German, as the command line tells them.
#[path = "../../stadtwin/src/german.rs"]
mod german;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand, ValueEnum};
use twin::{Finding, Findings, Severity, Silent, geo_types::Coord};
use twin_present::{
    Language,
    findings::translated,
    scene::Measure,
    words::{say, word},
};
use twin_view::{
    camera::Orbit,
    files, gpu,
    journal::Journal,
    layers::Layers,
    render::{self, Picture},
    session::{OpenList, Session},
    solve, story,
    town::{Quality, Town},
    views::Views,
    window,
};

/// Shows a town of Stadtwin in three dimensions.
#[derive(Parser)]
#[command(name = "stadtwin-view", version)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Opens the interactive viewer.
    View(ViewArguments),
    /// Draws a picture and writes it as PNG; works without graphics card and display.
    Render(RenderArguments),
}

#[derive(Args)]
struct TownArguments {
    /// The twin (.gpkg), geodata as for import, or musterstadt.
    #[arg(value_name = "TWIN")]
    town: PathBuf,
    /// The scenario, or a calendar of works, whose works are then closures on their days.
    #[arg(value_name = "SCENARIO.toml")]
    scenario: Option<PathBuf>,
    /// Language of the picture and of messages: de or en [default: from LANG, else de].
    #[arg(long, value_name = "LANGUAGE", value_parser = language)]
    lang: Option<Language>,
    /// Draws without shadows.
    #[arg(long)]
    no_shadows: bool,
    /// Draws without smoothing edges.
    #[arg(long)]
    no_smoothing: bool,
    /// Seen from straight above, north up.
    #[arg(long)]
    from_above: bool,
    /// Where it is seen from: azimuth and pitch in degrees, distance in metres, and the point looked at in the twin's coordinates.
    #[arg(long, value_name = "AZIMUTH,PITCH,DISTANCE[,X,Y]", value_parser = camera, allow_hyphen_values = true)]
    camera: Option<Camera>,
    /// Layers to show or, with a minus before, to hide: water, power, gas, heat, sewer, telecom, other, volume, buildings, trees.
    #[arg(long, value_parser = layers, allow_hyphen_values = true, value_name = "LAYER,…")]
    layers: Option<Layers>,
    /// Lines colored by pressure, temperature and loading instead of by network.
    #[arg(long)]
    states: bool,
    /// Left of this percentage of the width the town is shown as before the scenario.
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..100))]
    swipe: Option<u8>,
    /// Results to open as a list beside the map, each row a place: a table with a column key (.parquet, .csv), or the folder of a sweep.
    #[arg(long, value_name = "RESULTS")]
    results: Vec<PathBuf>,
    /// Tells a story: chapters of text, camera and scenario (TOML, see scenarios/story.schema.json).
    #[arg(long, value_name = "STORY.toml", conflicts_with_all = ["scenario", "camera", "swipe", "layers", "from_above"])]
    story: Option<PathBuf>,
}

impl TownArguments {
    fn language(&self) -> Language {
        self.lang.unwrap_or_else(german::system_language)
    }
}

#[derive(Args)]
struct ViewArguments {
    #[command(flatten)]
    town: TownArguments,
}

#[derive(Args)]
struct RenderArguments {
    #[command(flatten)]
    town: TownArguments,
    /// The picture to write [default: view.png]; of a story the page, with a picture per chapter beside it [default: the story's name with .html].
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Width and height in pixels.
    #[arg(long, value_name = "WIDTHxHEIGHT", default_value = "1920x1080", value_parser = size)]
    size: (u32, u32),
    /// What is painted on the streets: nothing (town), the change in volume, the volume before or with the scenario, or the travel
    /// time over that of the empty street (slowdown) [default: the change where a scenario is given, else nothing].
    #[arg(long, value_name = "WHAT")]
    show: Option<Show>,
    /// Draws without title, legend and attribution.
    #[arg(long)]
    no_captions: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Show {
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

#[derive(Clone, Copy)]
struct Camera {
    azimuth_deg: f32,
    pitch_deg: f32,
    distance_m: f32,
    at: Option<Coord<f64>>,
}

fn main() -> ExitCode {
    let task = german::read::<Arguments>().task;
    let town = match &task {
        Task::View(arguments) => &arguments.town,
        Task::Render(arguments) => &arguments.town,
    };
    let language = town.language();
    let done = match task {
        Task::View(arguments) => view(&arguments),
        Task::Render(arguments) => draw(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(findings) => {
            findings.iter().for_each(|finding| tell(finding, language));
            ExitCode::from(2)
        }
    }
}

fn view(arguments: &ViewArguments) -> Result<(), Findings> {
    gpu::check()?;
    let (town, mut session) = open(&arguments.town)?;
    let (file, opened) = (arguments.town.scenario.as_deref(), session.edit.active());
    session.journal = Journal::open(file, &arguments.town.town, &town.twin, &opened);
    if let Some(file) = &arguments.town.story {
        session.telling = Some(story::open(file, &town, session.language)?);
    }
    let orbit = orbit(&arguments.town, &town, &session);
    window::open(town, session, orbit, quality(&arguments.town)).map_err(Findings::from)
}

fn draw(arguments: &RenderArguments) -> Result<(), Findings> {
    gpu::check()?;
    let (town, mut session) = open(&arguments.town)?;
    if let Some(file) = &arguments.town.story {
        session.telling = Some(story::open(file, &town, session.language)?);
        return draw_story(arguments, file, &town, session);
    }
    let show = arguments.show.unwrap_or(if arguments.town.scenario.is_some() { Show::Change } else { Show::Town });
    session.measure = match show {
        Show::Town | Show::Change => Measure::Change,
        Show::Before => Measure::VolumeBefore,
        Show::With => Measure::VolumeWith,
        Show::Slowdown => Measure::Slowdown,
    };
    if show != Show::Town || session.states || session.swipe.is_some() {
        solve::compute_now(&town, &mut session, &Silent)?;
    }
    let picture = Picture {
        size: arguments.size,
        orbit: orbit(&arguments.town, &town, &session),
        quality: quality(&arguments.town),
        captions: !arguments.no_captions,
    };
    let output = arguments.output.as_deref().unwrap_or(Path::new("view.png"));
    render::render(town, session, picture, output).map_err(Findings::from)
}

fn draw_story(arguments: &RenderArguments, file: &Path, town: &Town, session: Session) -> Result<(), Findings> {
    let language = session.language;
    let all = session.telling.as_ref().map_or(0, |telling| telling.story.chapters.len()).to_string();
    let picture = Picture {
        size: arguments.size,
        orbit: render::default_orbit(town, &session),
        quality: quality(&arguments.town),
        captions: true,
    };
    let output = arguments.output.clone().unwrap_or_else(|| file.with_extension("html"));
    let mut told = |path: &Path, number: usize| {
        let (n, file) = (number.to_string(), path.display().to_string());
        let name = if number == 0 { "story-written" } else { "story-drawn" };
        eprintln!("{}", say(language, name, &[("n", &n), ("all", &all), ("file", &file)]));
    };
    render::render_story(town, session, picture, &output, &mut told).map_err(Findings::from)
}

fn open(arguments: &TownArguments) -> Result<(Town, Session), Findings> {
    let twin = files::open_town(&arguments.town)?;
    let calendar = arguments.scenario.as_deref().filter(|path| files::is_calendar(path));
    let scenario = match calendar {
        Some(path) => files::open_calendar(path, &twin)?,
        None => files::open_scenario(arguments.scenario.as_deref(), &twin)?,
    };
    let mut session = Session::new(arguments.language(), scenario);
    // A calendar is not written over by a scenario.
    session.file = arguments.scenario.clone().filter(|_| calendar.is_none());
    for path in &arguments.results {
        let list = twin_io::list::read(path)?;
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        session.lists.push(OpenList { name, list, open: true });
    }
    if let Some(layers) = &arguments.layers {
        session.layers = layers.clone();
    }
    if arguments.layers.is_none() {
        session.show_outages(&twin);
    }
    session.states |= arguments.states;
    session.swipe = arguments.swipe.map(|percent| f32::from(percent) / 100.0);
    session.views = Views::beside(&arguments.town)?;
    session.scenario_changed(&twin);
    if session.findings.has_errors() {
        return Err(session.findings);
    }
    let kept = twin_io::beside::place(&arguments.town);
    Ok((Town { kept, ..render::town_of(twin) }, session))
}

fn orbit(arguments: &TownArguments, town: &Town, session: &Session) -> Orbit {
    let mut orbit = render::default_orbit(town, session);
    if let Some(camera) = arguments.camera {
        if let Some(at) = camera.at {
            orbit = Orbit::at(&town.scene.ground, at, camera.distance_m);
        }
        orbit.azimuth_rad = camera.azimuth_deg.to_radians();
        orbit.pitch_rad = camera.pitch_deg.to_radians();
        orbit.distance_m = camera.distance_m;
    }
    Orbit { plan: arguments.from_above, ..orbit }
}

const fn quality(arguments: &TownArguments) -> Quality {
    Quality { shadows: !arguments.no_shadows, smooth: !arguments.no_smoothing }
}

fn tell(finding: &Finding, language: Language) {
    let severity = word(
        language,
        match finding.severity {
            Severity::Error => "severity-error",
            Severity::Warning => "severity-warning",
            Severity::Note => "severity-note",
        },
    );
    let place = match (&finding.file, finding.position) {
        (Some(file), Some((line, column))) => format!("{file}:{line}:{column}: "),
        (Some(file), None) => format!("{file}: "),
        _ => String::new(),
    };
    let (message, help) = translated(finding, language);
    eprintln!("{place}{severity}: {message} [{}]", finding.code);
    if let Some(help) = help {
        eprintln!("  → {help}");
    }
}

fn layers(text: &str) -> Result<Layers, String> {
    Layers::default().with(text)
}

fn language(text: &str) -> Result<Language, String> {
    Language::from_locale(text).ok_or_else(|| "known languages are de and en".to_owned())
}

fn size(text: &str) -> Result<(u32, u32), String> {
    let wrong = || "two numbers from 64 to 8192, as in 1920x1080".to_owned();
    let (width, height) = text.split_once(['x', '×']).ok_or_else(wrong)?;
    let parse = |text: &str| text.parse::<u32>().ok().filter(|n| (64..=8192).contains(n)).ok_or_else(wrong);
    Ok((parse(width)?, parse(height)?))
}

fn camera(text: &str) -> Result<Camera, String> {
    let wrong = || "AZIMUTH,PITCH,DISTANCE or AZIMUTH,PITCH,DISTANCE,X,Y, as in -30,35,1500".to_owned();
    let numbers: Vec<f64> = text
        .split(',')
        .map(|part| part.trim().parse::<f64>().ok().filter(|n| n.is_finite()).ok_or_else(wrong))
        .collect::<Result<_, _>>()?;
    let (first, at) = match numbers.as_slice() {
        [a, p, d] => ([*a, *p, *d], None),
        [a, p, d, x, y] => ([*a, *p, *d], Some(Coord { x: *x, y: *y })),
        _ => return Err(wrong()),
    };
    if !(5.0..=89.0).contains(&first[1]) || !(20.0..=100_000.0).contains(&first[2]) {
        return Err("a pitch of 5 to 89 degrees and a distance of 20 to 100,000 metres".to_owned());
    }
    Ok(Camera { azimuth_deg: first[0] as f32, pitch_deg: first[1] as f32, distance_m: first[2] as f32, at })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::{Command, CommandFactory as _};
    use twin_present::command_line::{self, Program};

    use super::*;

    fn texts(command: &Command, found: &mut BTreeSet<String>) {
        found.extend([command.get_about(), command.get_long_about()].into_iter().flatten().map(ToString::to_string));
        for argument in command.get_arguments() {
            let helps = [argument.get_help(), argument.get_long_help()];
            found.extend(helps.into_iter().flatten().map(ToString::to_string));
            if german::takes_value(argument) {
                found.extend(argument.get_value_names().unwrap_or_default().iter().map(ToString::to_string));
            }
        }
        command.get_subcommands().for_each(|command| texts(command, found));
    }

    #[test]
    fn every_text_of_the_help_is_translated_and_nothing_else() {
        let mut used = BTreeSet::new();
        texts(&Arguments::command(), &mut used);
        let missing: Vec<&String> = used.iter().filter(|text| command_line::german(text).is_none()).collect();
        assert!(
            missing.is_empty(),
            "translate these in crates/twin-present/locales/de/command-line-view.po: {missing:#?}"
        );
        let stale: Vec<String> =
            command_line::known(Program::Viewer).into_iter().filter(|text| !used.contains(text)).collect();
        assert!(stale.is_empty(), "the help does not say these any more; delete them: {stale:#?}");
    }

    #[test]
    fn help_and_refusals_are_german() {
        let refused = |text: &str| {
            let error = german::spoken(Arguments::command()).try_get_matches_from(text.split(' ')).expect_err(text);
            (error.to_string(), german::refusal(&error))
        };
        let (help, refusal) = refused("stadtwin-view render --help");
        assert!(help.contains("Aufruf: stadtwin-view render [OPTIONEN] <ZWILLING> [SZENARIO.toml]"), "{help}");
        assert!(help.contains("[möglich: town, change, before, with, slowdown]"), "{help}");
        assert_eq!(refusal, None);
        let (_, refusal) = refused("stadtwin-view render a --size large");
        assert!(refusal.is_some_and(|text| text.contains("zwei Zahlen von 64 bis 8192")));
    }
}
