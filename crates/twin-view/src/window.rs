//! The interactive window.

use bevy::{prelude::*, render::RenderPlugin};
use bevy_egui::EguiPlugin;
use twin::Finding;

use crate::{
    camera::{CameraPlugin, Orbit},
    gpu,
    journal::JournalPlugin,
    layers::LayersPlugin,
    lines::LinesPlugin,
    panel::PanelPlugin,
    render::quiet_log,
    routes::RoutesPlugin,
    select::SelectPlugin,
    session::Session,
    show::ShowPlugin,
    solve::SolvePlugin,
    story::StoryPlugin,
    surface::SurfacePlugin,
    town::{self, Quality, Town, TownPlugin},
};

/// Opens the window and returns when it is closed.
///
/// # Errors
/// A finding where there is no display to open it on.
pub fn open(town: Town, session: Session, orbit: Orbit, quality: Quality) -> Result<(), Finding> {
    check_display()?;
    let title = format!("{} · Stadtwin", town.twin.name);
    let mut app = App::new();
    app.add_plugins(
        DefaultPlugins
            .set(WindowPlugin {
                primary_window: Some(Window { title, resolution: (1280, 800).into(), ..default() }),
                ..default()
            })
            .set(RenderPlugin { render_creation: gpu::settings().into(), ..default() })
            .set(quiet_log()),
    );
    app.add_plugins((
        EguiPlugin::default(),
        SurfacePlugin,
        LinesPlugin,
        LayersPlugin,
        TownPlugin,
        CameraPlugin,
        SelectPlugin,
        ShowPlugin,
        SolvePlugin,
        PanelPlugin,
        (RoutesPlugin, JournalPlugin, StoryPlugin),
    ))
    .insert_resource(town)
    .insert_resource(session)
    .insert_resource(orbit)
    .insert_resource(quality)
    .add_systems(Startup, |mut commands: Commands, orbit: Res<Orbit>, quality: Res<Quality>| {
        commands.spawn(town::camera(&orbit, *quality));
    });
    app.run();
    Ok(())
}

fn check_display() -> Result<(), Finding> {
    let named = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if cfg!(target_os = "linux") && !named("DISPLAY") && !named("WAYLAND_DISPLAY") {
        return Err(Finding::error(
            "no-display",
            "there is no display to open a window on (DISPLAY and WAYLAND_DISPLAY are not set)",
        )
        .with_help("make a picture instead: stadtwin render TOWN.gpkg -o town.png"));
    }
    Ok(())
}
