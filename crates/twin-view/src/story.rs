//! A story told on the map: chapters with their text, camera, scenario and layers, turned by click, key or by themselves.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::{
    input::keyboard::{Key, KeyboardInput},
    prelude::*,
};
use bevy_egui::{
    EguiContexts, EguiPrimaryContextPass,
    egui::{self, Align2, RichText, Ui},
};
use twin::{Finding, Findings, Outcome, Scenario, Silent, criteria};
use twin_io::scenario::story::{Chapter, Shown, Story};
use twin_present::{
    Language,
    page::{criterion_figure, paragraphs},
    scene::Measure,
    words::word,
};

use crate::{
    camera::{MapArea, Orbit},
    caption, files,
    history::Edit,
    layers::Layers,
    render,
    session::Session,
    solve::{self, Solver},
    town::Town,
    views,
};

/// Seconds for which a chapter is shown that does not say.
const SECONDS: f32 = 12.0;
/// Seconds that the camera takes from one chapter to the next.
const FLIGHT_S: f32 = 1.8;

/// A story that is told.
#[derive(Debug)]
pub struct Telling {
    /// The story.
    pub story: Story,
    /// The chapter that is shown.
    pub at: usize,
    /// Whether chapters turn by themselves.
    pub playing: bool,
    /// Whether the text stands on the picture.
    pub with_text: bool,
    slides: Vec<Slide>,
    laid: Vec<Laid>,
    /// The chapter that the session shows.
    applied: Option<usize>,
    shown_for_s: f32,
    flight: Option<(Orbit, f32)>,
}

/// A scenario with its result.
#[derive(Debug)]
struct Laid {
    file: Option<PathBuf>,
    edit: Edit,
    outcome: Arc<Outcome>,
    computed: Arc<Scenario>,
    /// From where it is seen where no chapter says.
    orbit: Orbit,
}

/// What a chapter shows, with what it has from those before.
#[derive(Clone, Debug, PartialEq)]
struct Slide {
    laid: usize,
    orbit: Orbit,
    layers: Layers,
    shown: Shown,
    hour: Option<u8>,
    swipe: Option<f32>,
    seconds: f32,
    figures: Vec<[String; 2]>,
}

impl Telling {
    /// Prepares a story: reads and computes its scenarios, once each.
    ///
    /// # Errors
    /// What is wrong with a scenario, with the layers of a chapter, or an hour that its scenario does not compute.
    pub fn new(story: Story, town: &Town, language: Language) -> Result<Self, Findings> {
        let (mut laid, mut slides): (Vec<Laid>, Vec<Slide>) = (Vec::new(), Vec::new());
        let mut wrong = Findings::default();
        let mut file: Option<PathBuf> = None;
        for (index, chapter) in story.chapters.iter().enumerate() {
            if let Some(scenario) = &chapter.scenario {
                file = Some(scenario.clone()).filter(|path| !path.as_os_str().is_empty());
            }
            let at = match laid.iter().position(|known| known.file == file) {
                Some(at) => at,
                None => {
                    laid.push(lay(file.clone(), town, language)?);
                    laid.len() - 1
                }
            };
            match slide(chapter, index, (at, &laid[at]), slides.last(), town, language) {
                Ok(slide) => slides.push(slide),
                Err(findings) => wrong.extend(findings),
            }
        }
        if !wrong.0.is_empty() {
            return Err(wrong);
        }
        Ok(Self {
            story,
            at: 0,
            playing: false,
            with_text: true,
            slides,
            laid,
            applied: None,
            shown_for_s: 0.0,
            flight: None,
        })
    }

    /// The chapter that is shown.
    #[must_use]
    pub fn chapter(&self) -> Option<&Chapter> {
        self.story.chapters.get(self.at)
    }

    /// Its figures: value and what it says.
    #[must_use]
    pub fn figures(&self) -> &[[String; 2]] {
        self.slides.get(self.at).map_or(&[], |slide| &slide.figures)
    }

    /// Turns to the next chapter or back; stays at both ends.
    pub fn turn(&mut self, back: bool) {
        let last = self.slides.len().saturating_sub(1);
        self.at = if back { self.at.saturating_sub(1) } else { (self.at + 1).min(last) };
        self.shown_for_s = 0.0;
        if self.at == last && !back {
            self.playing &= self.slides.len() > 1;
        }
    }

    /// Lets time pass: where it plays, chapters turn after their time; after the last one it stops.
    pub fn pass(&mut self, seconds: f32) {
        if !self.playing {
            return;
        }
        self.shown_for_s += seconds;
        let lasts_s = self.slides.get(self.at).map_or(SECONDS, |slide| slide.seconds);
        if self.shown_for_s < lasts_s {
            return;
        }
        if self.at + 1 >= self.slides.len() {
            self.playing = false;
            self.shown_for_s = 0.0;
        } else {
            self.turn(false);
        }
    }
}

/// Reads and computes a scenario; the town as it is where there is no file.
fn lay(file: Option<PathBuf>, town: &Town, language: Language) -> Result<Laid, Findings> {
    let scenario = files::open_scenario(file.as_deref(), &town.twin)?;
    let mut session = Session::new(language, scenario);
    session.scenario_changed(&town.twin);
    if session.findings.has_errors() {
        return Err(session.findings);
    }
    solve::compute_now(town, &mut session, &Silent)?;
    let orbit = render::default_orbit(town, &session);
    let outcome = session.outcome.clone().unwrap_or_else(|| Arc::new(Outcome::empty("")));
    Ok(Laid { file, orbit, outcome, computed: session.computed, edit: session.edit })
}

fn slide(
    chapter: &Chapter,
    index: usize,
    (at, laid): (usize, &Laid),
    before: Option<&Slide>,
    town: &Town,
    language: Language,
) -> Result<Slide, Findings> {
    let field = |name: &str| format!("chapter[{index}].{name}");
    let mut wrong = Findings::default();
    let known = before.map_or_else(Layers::default, |slide| slide.layers.clone());
    let layers = chapter.layers.as_deref().map_or(Ok(known), |names| Layers::default().with(names));
    let layers = layers.unwrap_or_else(|message| {
        wrong.push(Finding::error("unknown-layer", message).with_field(field("layers")));
        Layers::default()
    });
    let computed = &laid.computed.traffic.hours;
    if let Some(hour) = chapter.hour.filter(|hour| !computed.contains(hour)) {
        wrong.push(
            Finding::error("hour-not-computed", format!("hour {hour} is not computed by the scenario of this chapter"))
                .with_field(field("hour"))
                .with_help("write it under traffic.hours in the scenario"),
        );
    }
    let same_scenario = before.filter(|slide| slide.laid == at);
    let ground = &town.scene.ground;
    let orbit = match (&chapter.camera, same_scenario) {
        (Some(view), _) => views::orbit(view, ground, &laid.orbit),
        (None, Some(slide)) => slide.orbit,
        (None, None) => before.filter(|_| laid.file.is_none()).map_or(laid.orbit, |slide| slide.orbit),
    };
    let default = if laid.file.is_some() { Shown::Change } else { Shown::Town };
    let shown = chapter.show.or(same_scenario.map(|slide| slide.shown)).unwrap_or(default);
    let swipe = match chapter.swipe {
        Some(0) => None,
        Some(percent) => Some(f32::from(percent) / 100.0),
        None => same_scenario.and_then(|slide| slide.swipe),
    };
    let values = criteria::values(&laid.outcome);
    let figures = chapter.figures.iter().filter_map(|name| {
        let (_, value) = values.iter().find(|(known, _)| known == name)?;
        Some(criterion_figure(name, *value, language))
    });
    if !wrong.0.is_empty() {
        return Err(wrong);
    }
    Ok(Slide {
        laid: at,
        orbit,
        layers,
        shown,
        hour: chapter.hour.or(same_scenario.and_then(|slide| slide.hour)),
        swipe,
        seconds: chapter.seconds.map_or_else(|| before.map_or(SECONDS, |slide| slide.seconds), |s| s as f32),
        figures: figures.collect(),
    })
}

/// Puts the chapter that is told onto the map; returns from where it is seen, where it has just begun.
pub fn apply(session: &mut Session, town: &Town) -> Option<Orbit> {
    let telling = session.telling.as_mut()?;
    if telling.applied == Some(telling.at) {
        return None;
    }
    let slide = telling.slides.get(telling.at)?.clone();
    let laid = &telling.laid[slide.laid];
    let (edit, outcome, computed) = (laid.edit.clone(), Arc::clone(&laid.outcome), Arc::clone(&laid.computed));
    telling.applied = Some(telling.at);
    session.edit = edit;
    session.scenario_changed(&town.twin);
    session.take(&town.twin, outcome, computed);
    session.layers = slide.layers;
    session.traffic_hidden = slide.shown == Shown::Town && slide.swipe.is_none();
    session.measure = match slide.shown {
        Shown::Town | Shown::Change => Measure::Change,
        Shown::Before => Measure::VolumeBefore,
        Shown::With => Measure::VolumeWith,
        Shown::Slowdown => Measure::Slowdown,
    };
    session.consequences = !session.traffic_hidden;
    session.swipe = slide.swipe;
    session.hour_index = 0;
    session.wanted_hour = slide.hour;
    session.show_wanted_hour();
    Some(slide.orbit)
}

/// Ends the story: the planner goes on with the scenario of the chapter.
pub fn end(session: &mut Session) {
    session.telling = None;
    session.traffic_hidden = false;
    session.consequences = true;
    session.history = crate::history::History::of(&session.edit);
    session.repaint = true;
    session.redraw = true;
}

/// Ends the story in the window, where questions to the result need its equilibria.
fn leave(session: &mut Session, solver: &mut Solver, town: &Town) {
    end(session);
    solver.start(town, &session.edit.active());
}

/// Tells a story in the window.
pub struct StoryPlugin;

impl Plugin for StoryPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(Update, (keys, go_on).chain()).add_systems(EguiPrimaryContextPass, draw);
    }
}

fn keys(
    mut inputs: MessageReader<KeyboardInput>,
    mut session: ResMut<Session>,
    mut solver: ResMut<Solver>,
    town: Res<Town>,
) {
    let pressed: Vec<Key> = inputs
        .read()
        .filter(|input| input.state.is_pressed() && !input.repeat)
        .map(|input| input.logical_key.clone())
        .collect();
    if session.telling.is_none() || pressed.is_empty() {
        return;
    }
    for key in pressed {
        if key == Key::Escape {
            return leave(&mut session, &mut solver, &town);
        }
        let Some(telling) = &mut session.telling else { return };
        match &key {
            Key::ArrowRight | Key::PageDown | Key::Space | Key::Enter => telling.turn(false),
            Key::ArrowLeft | Key::PageUp | Key::Backspace => telling.turn(true),
            Key::Character(letter) if letter.eq_ignore_ascii_case("p") => telling.playing = !telling.playing,
            Key::Character(letter) if letter.eq_ignore_ascii_case("t") => telling.with_text = !telling.with_text,
            _ => {}
        }
    }
}

/// Turns chapters that play by themselves and flies the camera to the one that has begun.
fn go_on(mut session: ResMut<Session>, mut orbit: ResMut<Orbit>, town: Res<Town>, time: Res<Time>) {
    if session.telling.is_none() {
        return;
    }
    let seconds = time.delta_secs();
    if let Some(telling) = &mut session.telling {
        telling.pass(seconds);
    }
    if let Some(target) = apply(&mut session, &town) {
        let from = *orbit;
        let cut = from.plan != target.plan;
        if let Some(telling) = &mut session.telling {
            telling.flight = Some((from, if cut { FLIGHT_S } else { 0.0 }));
        }
    }
    let Some(telling) = &mut session.telling else { return };
    let Some((from, flown_s)) = telling.flight else { return };
    let Some(target) = telling.slides.get(telling.at).map(|slide| slide.orbit) else { return };
    let flown_s = flown_s + seconds;
    *orbit = between(&from, &target, flown_s / FLIGHT_S);
    telling.flight = (flown_s < FLIGHT_S).then_some((from, flown_s));
}

/// The camera on its way: gently off and gently there, the shorter way round.
fn between(from: &Orbit, to: &Orbit, share: f32) -> Orbit {
    if share >= 1.0 {
        return *to;
    }
    let share = share.max(0.0);
    let eased = share * share * (3.0 - 2.0 * share);
    let turn = (to.azimuth_rad - from.azimuth_rad + std::f32::consts::PI).rem_euclid(std::f32::consts::TAU)
        - std::f32::consts::PI;
    Orbit {
        focus: from.focus.lerp(to.focus, eased),
        azimuth_rad: from.azimuth_rad + turn * eased,
        pitch_rad: from.pitch_rad + (to.pitch_rad - from.pitch_rad) * eased,
        distance_m: from.distance_m * (to.distance_m / from.distance_m).powf(eased),
        plan: to.plan,
    }
}

fn draw(
    mut contexts: EguiContexts,
    mut session: ResMut<Session>,
    mut solver: ResMut<Solver>,
    town: Res<Town>,
    mut map: ResMut<MapArea>,
    camera: Single<(&Camera, &GlobalTransform), With<Camera3d>>,
    mut dressed: Local<bool>,
) -> Result {
    if session.telling.is_none() {
        return Ok(());
    }
    let ctx = contexts.ctx_mut()?;
    if !*dressed {
        caption::dress(ctx);
        *dressed = true;
    }
    let whole = ctx.viewport_rect();
    map.0 = Some(Rect::new(whole.min.x, whole.min.y, whole.max.x, whole.max.y));
    picture(ctx, &session, &town);
    caption::pins(ctx, &session, &town, *camera, (1.0, whole));
    let mut ended = false;
    egui::Area::new("story-bar".into()).anchor(Align2::CENTER_BOTTOM, [0.0, -34.0]).show(ctx, |ui| {
        caption::paper().show(ui, |ui| ended = bar(ui, &mut session));
    });
    if ended {
        leave(&mut session, &mut solver, &town);
    }
    Ok(())
}

/// The buttons below; true where the story is to end.
fn bar(ui: &mut Ui, session: &mut Session) -> bool {
    let language = session.language;
    let Some(telling) = &mut session.telling else { return false };
    let mut ended = false;
    let big = |text: String| egui::Button::new(RichText::new(text).size(17.0));
    ui.horizontal(|ui| {
        if ui.add_enabled(telling.at > 0, big(format!("⏴ {}", word(language, "story-back")))).clicked() {
            telling.turn(true);
        }
        ui.label(RichText::new(format!("{} / {}", telling.at + 1, telling.slides.len())).size(17.0));
        let more = telling.at + 1 < telling.slides.len();
        if ui.add_enabled(more, big(format!("{} ⏵", word(language, "story-next")))).clicked() {
            telling.turn(false);
        }
        ui.separator();
        let name = if telling.playing { "story-stop" } else { "story-play" };
        if ui.add(big(format!("{} (P)", word(language, name)))).clicked() {
            telling.playing = !telling.playing;
        }
        if ui.add(big(word(language, "story-text"))).clicked() {
            telling.with_text = !telling.with_text;
        }
        ended = ui.add(big(word(language, "story-plan"))).clicked();
    })
    .response
    .on_hover_text(word(language, "story-keys"));
    ended
}

/// Text, figures, legends and attribution of the chapter over the whole picture.
pub fn picture(ctx: &egui::Context, session: &Session, town: &Town) {
    let Some(telling) = &session.telling else { return };
    if telling.with_text {
        let width = (ctx.viewport_rect().width() * 0.36).clamp(240.0, 620.0);
        egui::Area::new("story-text".into()).default_pos([22.0, 22.0]).movable(true).show(ctx, |ui| {
            caption::paper().inner_margin(egui::Margin::symmetric(20, 14)).show(ui, |ui| {
                ui.set_max_width(width);
                text(ui, telling);
            });
        });
    }
    caption::legends(ctx, session);
    caption::signature(ctx, &town.twin, session.language, town.scene.n_assumed_roofs);
}

fn text(ui: &mut Ui, telling: &Telling) {
    let ink = egui::Color32::from_gray(20);
    ui.label(RichText::new(&telling.story.title).size(16.0).color(egui::Color32::from_gray(80)));
    let Some(chapter) = telling.chapter() else { return };
    ui.label(RichText::new(&chapter.title).size(27.0).strong().color(ink));
    for paragraph in paragraphs(&chapter.text) {
        ui.add_space(5.0);
        ui.label(RichText::new(paragraph).size(18.0).color(ink));
    }
    for [value, meaning] in telling.figures() {
        ui.add_space(7.0);
        ui.label(RichText::new(value).size(32.0).strong().color(ink));
        ui.label(RichText::new(meaning).size(16.0).color(egui::Color32::from_gray(60)));
    }
}

/// Opens the story of a file.
///
/// # Errors
/// What is wrong with the file or with what it names.
pub fn open(file: &Path, town: &Town, language: Language) -> Result<Telling, Findings> {
    let story = twin_io::scenario::story::read(file)?;
    Telling::new(story, town, language).map_err(|findings| {
        let shown = file.display().to_string();
        Findings(findings.into_iter().map(|f| if f.file.is_some() { f } else { f.with_file(shown.clone()) }).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn town() -> Town {
        let options = twin_musterstadt::Options { population: 500, seed: 7 };
        render::town_of(twin_musterstadt::generate(&options, &Silent).expect("it can be made"))
    }

    fn chapter(title: &str) -> Chapter {
        Chapter { title: title.to_owned(), ..Chapter::default() }
    }

    /// A scenario that closes the longest street, in a folder.
    fn closing(town: &Town, folder: &Path) -> PathBuf {
        let links = town.twin.roads.links().filter(|(_, link)| link.forward.lanes > 0 && link.backward.lanes > 0);
        let (_, link) = links.max_by(|a, b| a.1.length_m.total_cmp(&b.1.length_m)).expect("it has streets");
        let path = folder.join("plan.toml");
        std::fs::write(&path, format!("version = 1\n[[closure]]\nroad = \"{}\"\nkind = \"full\"\n", link.key))
            .expect("it can be written");
        path
    }

    #[test]
    fn a_chapter_has_what_it_does_not_say_from_the_one_before() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let town = town();
        let plan = closing(&town, folder.path());
        let chapters = vec![
            Chapter { layers: Some("-trees".to_owned()), seconds: Some(3.0), ..chapter("Heute") },
            Chapter {
                scenario: Some(plan),
                swipe: Some(40),
                figures: vec!["traffic.cut_off_addresses".to_owned()],
                ..chapter("Baustelle")
            },
            chapter("Weiter"),
            Chapter { scenario: Some(PathBuf::new()), ..chapter("Danach") },
        ];
        let story = Story { title: "Probe".to_owned(), chapters, ..Story::default() };
        let mut telling = Telling::new(story, &town, Language::De).expect("it is right");
        assert_eq!(telling.laid.len(), 2, "each scenario is computed once");
        let slides = &telling.slides;
        assert_eq!([0, 1, 2, 3].map(|at| slides[at].shown), [Shown::Town, Shown::Change, Shown::Change, Shown::Town]);
        assert_eq!([0, 1, 2, 3].map(|at| slides[at].swipe.is_some()), [false, true, true, false]);
        assert!(slides.iter().all(|slide| slide.layers == slides[0].layers && (slide.seconds - 3.0).abs() < 1e-6));
        assert_eq!(slides[1].figures.len(), 1);
        assert_eq!(slides[2].orbit, slides[1].orbit);
        telling.turn(true);
        assert_eq!(telling.at, 0);
        telling.playing = true;
        for _ in 0..4 {
            telling.pass(2.9);
            telling.pass(0.2);
        }
        assert_eq!((telling.at, telling.playing), (3, false), "it stops after the last chapter");
        let mut session = Session::new(Language::De, Scenario::default());
        telling.at = 1;
        session.telling = Some(telling);
        assert!(apply(&mut session, &town).is_some() && apply(&mut session, &town).is_none());
        assert_eq!((session.edit.scenario.closures.len(), session.swipe), (1, Some(0.4)));
        assert!(session.paints_traffic() && !session.stale);
        if let Some(telling) = &mut session.telling {
            telling.turn(true);
        }
        apply(&mut session, &town);
        assert!(!session.paints_traffic() && session.edit.scenario.closures.is_empty());
        end(&mut session);
        assert!(session.telling.is_none() && session.paints_traffic());
    }

    #[test]
    fn layers_and_hours_that_there_are_not_are_told_with_their_chapter() {
        let town = town();
        let chapters = vec![
            Chapter { layers: Some("pipes".to_owned()), ..chapter("A") },
            Chapter { hour: Some(3), ..chapter("B") },
        ];
        let story = Story { title: "Probe".to_owned(), chapters, ..Story::default() };
        let wrong = Telling::new(story, &town, Language::De).expect_err("two things are wrong");
        let told: Vec<_> = wrong.iter().map(|finding| (finding.code, finding.field.as_deref())).collect();
        assert_eq!(
            told,
            [("unknown-layer", Some("chapter[0].layers")), ("hour-not-computed", Some("chapter[1].hour"))]
        );
    }

    #[test]
    fn the_camera_turns_the_shorter_way_and_arrives() {
        let from = Orbit { focus: Vec3::ZERO, azimuth_rad: 0.2, pitch_rad: 0.5, distance_m: 100.0, plan: false };
        let to = Orbit { focus: Vec3::X * 10.0, azimuth_rad: 6.1, distance_m: 400.0, ..from };
        let half = between(&from, &to, 0.5);
        assert!((half.focus.x - 5.0).abs() < 1e-4 && (half.distance_m - 200.0).abs() < 1e-2);
        assert!(half.azimuth_rad < 0.2, "{}", half.azimuth_rad);
        assert_eq!((between(&from, &to, 1.2), between(&from, &to, -1.0).distance_m), (to, 100.0));
    }
}
