//! A picture without a window: the town is drawn into an image, read back and written as PNG.
//!
//! Works on a machine without graphics card and display through Mesa's software Vulkan (lavapipe).

use std::{
    io::Cursor,
    path::{Path, PathBuf},
    sync::Arc,
};

use bevy::{
    app::SubApps,
    asset::RenderAssetUsages,
    camera::RenderTarget,
    log::LogPlugin,
    prelude::*,
    render::{
        RenderPlugin,
        pipelined_rendering::PipelinedRenderingPlugin,
        render_resource::{Extent3d, PollType, TextureDimension, TextureFormat, TextureUsages},
        renderer::RenderDevice,
        view::screenshot::{Screenshot, ScreenshotCaptured},
    },
    window::ExitCondition,
    winit::WinitPlugin,
};
use bevy_egui::{EguiContexts, EguiPlugin, EguiPrimaryContextPass, egui};
use image::{ImageEncoder as _, codecs::png};
use twin::Finding;
use twin_present::{
    page::{PageChapter, PageFrame, page},
    supply::SupplyPart,
};

use crate::{
    camera::Orbit,
    caption, gpu,
    layers::LayersPlugin,
    lines::LinesPlugin,
    session::Session,
    show::ShowPlugin,
    story,
    surface::SurfacePlugin,
    town::{self, Quality, Town, TownPlugin},
};

/// How a picture is made.
#[derive(Clone, Copy, Debug)]
pub struct Picture {
    /// Width and height, pixels.
    pub size: (u32, u32),
    /// Where it is seen from.
    pub orbit: Orbit,
    /// Shadows and smooth edges.
    pub quality: Quality,
    /// Whether title, legend and attribution are drawn onto it.
    pub captions: bool,
}

/// Draws a town and writes the picture.
///
/// # Errors
/// A finding where the picture cannot be drawn or written.
pub fn render(town: Town, session: Session, picture: Picture, path: &Path) -> Result<(), Finding> {
    let mut stage = Stage::new(town, session, picture);
    stage.begin();
    let drawn = stage.shot();
    // The program ends after its picture: taking software Vulkan apart has crashed programs that were done.
    std::mem::forget(stage);
    write(path, &encode(&drawn?)?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Finding> {
    crate::files::replace(path, bytes).map_err(|error| {
        Finding::error("picture-not-written", format!("{}: {error}", path.display()))
            .with_help("choose a place where files can be written, with -o")
    })
}

/// Draws every chapter of the story of a session with its text, writes the pictures as `name-01.png`, …, and one page with the text
/// beside the pictures as `name.html`; where `path` ends in `.png`, the pictures alone. Tells each file as it is there.
///
/// # Errors
/// A finding where a picture cannot be drawn or written.
pub fn render_story(
    town: &Town,
    mut session: Session,
    picture: Picture,
    path: &Path,
    told: &mut dyn FnMut(&Path, usize),
) -> Result<(), Finding> {
    let language = session.language;
    let orbit = story::apply(&mut session, town).unwrap_or(picture.orbit);
    let Some(telling) = &session.telling else { return Ok(()) };
    let (told_story, n_chapters) = (telling.story.clone(), telling.story.chapters.len());
    let mut stage = Stage::new(town.clone(), session, Picture { orbit, captions: true, ..picture });
    stage.begin();
    let with_page = path.extension().is_none_or(|ending| !ending.eq_ignore_ascii_case("png"));
    let drawn = (|| {
        let mut chapters = Vec::new();
        for index in 0..n_chapters {
            let figures = stage.turn_to(town, index, true);
            let file = numbered(path, index + 1);
            write(&file, &encode(&stage.shot()?)?)?;
            told(&file, index + 1);
            if with_page {
                stage.turn_to(town, index, false);
                let chapter = &told_story.chapters[index];
                let (title, text) = (chapter.title.clone(), chapter.text.clone());
                chapters.push(PageChapter { title, text, figures, picture: encode(&stage.shot()?)? });
            }
        }
        if with_page {
            let frame = frame(town, &told_story, language);
            let file = path.with_extension("html");
            write(&file, page(&frame, &chapters, language).as_bytes())?;
            told(&file, 0);
        }
        Ok(())
    })();
    std::mem::forget(stage);
    drawn
}

/// `story.html` is `story-03.png` with its number.
fn numbered(path: &Path, number: usize) -> PathBuf {
    let stem = path.file_stem().map_or_else(|| "story".into(), |stem| stem.to_string_lossy());
    path.with_file_name(format!("{stem}-{number:02}.png"))
}

/// What stands around the chapters on the page.
fn frame(town: &Town, told: &twin_io::scenario::story::Story, language: twin_present::Language) -> PageFrame {
    let day = told.date.map(|day| language.date(day));
    let parts = [Some(town.twin.name.clone()), told.author.clone(), day];
    PageFrame {
        title: told.title.clone(),
        subtitle: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
        attribution: caption::attribution(&town.twin, language, town.scene.n_assumed_roofs),
    }
}

fn encode(picture: &image::RgbImage) -> Result<Vec<u8>, Finding> {
    let mut bytes = Cursor::new(Vec::new());
    png::PngEncoder::new_with_quality(&mut bytes, png::CompressionType::Best, png::FilterType::Adaptive)
        .write_image(picture.as_raw(), picture.width(), picture.height(), image::ExtendedColorType::Rgb8)
        .map_err(|error| Finding::error("picture-not-encoded", error.to_string()))?;
    Ok(bytes.into_inner())
}

/// Frames before anything is drawn: text is measured in the first, fonts arrive in the second.
const WARM_UP: usize = 3;
/// Frames waited for the picture after it was asked for.
const PATIENCE: usize = 30;

/// The picture, once it has been read back.
#[derive(Resource, Default)]
struct Taken(Option<Image>);

/// The image that is drawn into.
#[derive(Resource)]
struct Canvas(Handle<Image>);

/// How much larger than on a screen of 900 lines text is drawn.
#[derive(Resource)]
struct Zoom(f32);

struct Stage(SubApps);

impl Stage {
    fn new(town: Town, session: Session, picture: Picture) -> Self {
        let mut app = App::new();
        app.add_plugins(
            DefaultPlugins
                .set(WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() })
                .set(RenderPlugin {
                    render_creation: gpu::settings().into(),
                    synchronous_pipeline_compilation: true,
                    ..default()
                })
                .set(quiet_log())
                .disable::<WinitPlugin>()
                .disable::<PipelinedRenderingPlugin>(),
        );
        if picture.captions {
            app.add_plugins(EguiPlugin::default()).add_systems(EguiPrimaryContextPass, captions);
        }
        app.add_plugins((SurfacePlugin, LinesPlugin, LayersPlugin, TownPlugin, ShowPlugin))
            .insert_resource(town)
            .insert_resource(session)
            .insert_resource(picture.orbit)
            .insert_resource(picture.quality)
            .insert_resource(Zoom((picture.size.1 as f32 / 800.0).clamp(0.45, 4.0)))
            .init_resource::<Taken>();
        let canvas = canvas(&mut app, picture.size);
        app.world_mut().spawn((
            town::camera(&picture.orbit, picture.quality),
            RenderTarget::from(canvas.clone()),
            Camera { is_active: false, ..default() },
        ));
        app.insert_resource(Canvas(canvas));
        app.finish();
        app.cleanup();
        Self(std::mem::take(app.sub_apps_mut()))
    }

    /// The first frames: text is measured, then all is drawn.
    fn begin(&mut self) {
        for _ in 0..WARM_UP {
            self.update();
        }
        self.begin_to_draw();
        self.update();
    }

    /// A picture of what is shown.
    fn shot(&mut self) -> Result<image::RgbImage, Finding> {
        self.ask();
        for _ in 0..PATIENCE {
            self.update();
            if let Some(taken) = self.taken() {
                return taken;
            }
        }
        Err(Finding::error("picture-not-drawn", "the graphics driver gave no picture back")
            .with_help("update the driver, or install Mesa's software Vulkan (Debian, Ubuntu: mesa-vulkan-drivers)"))
    }

    /// Shows a chapter of the story, with or without its text on the picture; returns its figures.
    fn turn_to(&mut self, town: &Town, chapter: usize, with_text: bool) -> Vec<[String; 2]> {
        let world = self.0.main.world_mut();
        let mut session = world.resource_mut::<Session>();
        let mut figures = Vec::new();
        if let Some(telling) = &mut session.telling {
            telling.at = chapter;
            telling.with_text = with_text;
            figures = telling.figures().to_vec();
        }
        if let Some(orbit) = story::apply(&mut session, town) {
            for (mut transform, mut projection) in world.query::<(&mut Transform, &mut Projection)>().iter_mut(world) {
                *transform = orbit.transform();
                *projection = orbit.projection();
            }
        }
        for _ in 0..WARM_UP {
            self.update();
        }
        figures
    }

    /// One frame, drawn to its end.
    fn update(&mut self) {
        self.0.update();
        let device = self.0.main.world().resource::<RenderDevice>();
        // A device that cannot wait gives no picture back, which is reported then.
        let _ = device.wgpu_device().poll(PollType::Wait { submission_index: None, timeout: None });
    }

    fn begin_to_draw(&mut self) {
        let world = self.0.main.world_mut();
        for mut camera in world.query::<&mut Camera>().iter_mut(world) {
            camera.is_active = true;
        }
    }

    fn ask(&mut self) {
        let world = self.0.main.world_mut();
        let canvas = world.resource::<Canvas>().0.clone();
        world.spawn(Screenshot::image(canvas)).observe(|captured: On<ScreenshotCaptured>, mut taken: ResMut<Taken>| {
            taken.0 = Some(captured.image.clone());
        });
    }

    fn taken(&mut self) -> Option<Result<image::RgbImage, Finding>> {
        let image = self.0.main.world_mut().resource_mut::<Taken>().0.take()?;
        let size = (image.width(), image.height());
        let rgb: Option<Vec<u8>> =
            image.data.map(|data| data.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect());
        Some(
            rgb.and_then(|rgb| image::RgbImage::from_raw(size.0, size.1, rgb)).ok_or_else(|| {
                Finding::error("picture-not-drawn", "the graphics driver gave an incomplete picture back")
            }),
        )
    }
}

fn canvas(app: &mut App, size: (u32, u32)) -> Handle<Image> {
    let mut target = Image::new_uninit(
        Extent3d { width: size.0, height: size.1, depth_or_array_layers: 1 },
        TextureDimension::D2,
        TextureFormat::Rgba8UnormSrgb,
        RenderAssetUsages::RENDER_WORLD,
    );
    target.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT;
    app.world_mut().resource_mut::<Assets<Image>>().add(target)
}

/// Only what is wrong is told.
pub fn quiet_log() -> LogPlugin {
    LogPlugin { filter: "error,wgpu=error,naga=error".to_owned(), level: bevy::log::Level::ERROR, ..default() }
}

fn captions(
    mut contexts: EguiContexts,
    session: Res<Session>,
    town: Res<Town>,
    zoom: Res<Zoom>,
    camera: Single<(&Camera, &GlobalTransform), With<Camera3d>>,
) -> Result {
    let ctx = contexts.ctx_mut()?;
    ctx.set_visuals(egui::Visuals::light());
    ctx.set_zoom_factor(zoom.0);
    if session.telling.is_some() {
        story::picture(ctx, &session, &town);
    } else {
        caption::draw(ctx, &town.twin, &session, town.scene.n_assumed_roofs);
    }
    let (zoom, whole) = (ctx.zoom_factor(), ctx.viewport_rect());
    caption::pins(ctx, &session, &town, *camera, (zoom, whole));
    Ok(())
}

/// Where a picture is seen from when nobody says: the whole town, or the works or what is out of service, with the streets around them.
pub fn default_orbit(town: &Town, session: &Session) -> Orbit {
    let lines = session.sites.iter().map(|site| &town.twin.roads.link(site.section.link).geometry.0);
    let points: Vec<_> = lines.flatten().copied().collect();
    let outages = &session.edit.scenario.outages;
    let mut places = outages.iter().filter_map(|o| SupplyPart::of_key(&town.twin, &o.asset)?.place(&town.twin));
    if let Some(place) = places.next().filter(|_| points.is_empty()) {
        let whole = Orbit::of_town(&town.scene);
        let distance_m = whole.distance_m.min(1100.0);
        return Orbit { pitch_rad: 0.85, ..Orbit::at(&town.scene.ground, place, distance_m) };
    }
    if points.is_empty() {
        return Orbit::of_town(&town.scene);
    }
    let sum = points.iter().fold(twin::geo_types::Coord { x: 0.0, y: 0.0 }, |sum, point| sum + *point);
    let whole = Orbit::of_town(&town.scene);
    Orbit { pitch_rad: 0.85, ..Orbit::at(&town.scene.ground, sum / points.len() as f64, whole.distance_m.min(1500.0)) }
}

/// A town and its scene, ready to be drawn.
pub fn town_of(twin: twin::Twin) -> Town {
    let scene = twin_present::scene::build(&twin, &twin_present::scene::SceneOptions::default());
    Town { twin: Arc::new(twin), scene: Arc::new(scene), kept: None }
}
