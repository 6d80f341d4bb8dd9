//! Results in the world: colors written to the buffer, bands and work sites drawn when they change.

use bevy::{prelude::*, render::storage::ShaderBuffer};
use twin_present::scene::{self, Consequence, Legend, Measure, legend};

use crate::{
    kept::Kept,
    layers::MapLayer,
    session::{Session, Version},
    surface::{self, FIRST_CONSEQUENCE, PaintBuffers, Settings},
    town::{Models, Surfaces, Town},
};

/// Keeps the picture in step with the session.
pub struct ShowPlugin;

impl Plugin for ShowPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(PostUpdate, (repaint, repalette, redraw));
    }
}

/// What is drawn for the scenario and its result, and thrown away at the next change.
#[derive(Component)]
struct Passing;

/// What the colors of features depend on, but for what is selected and pointed at.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Painted {
    version: Version,
    hour_index: usize,
    measure: Measure,
    with_traffic: bool,
    swiping: bool,
    states: bool,
    consequences: bool,
    routes: u64,
}

fn repaint(
    mut kept: Local<Kept<Painted, Vec<[f32; 4]>>>,
    mut session: ResMut<Session>,
    town: Res<Town>,
    paint: Res<PaintBuffers>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    if !session.repaint {
        return;
    }
    session.repaint = false;
    let painted = Painted {
        version: session.version,
        hour_index: session.hour_index,
        measure: shown_measure(&session),
        with_traffic: session.paints_traffic(),
        swiping: session.swipe.is_some(),
        states: session.states,
        consequences: session.consequences,
        routes: session.routes.stamp,
    };
    let mut rows = kept.get(painted, |_| rows(&session, &town)).to_vec();
    mark(&mut rows, &session, &town);
    paint.write(rows, &mut buffers);
}

/// Writes the legends and settings where they have changed; moving the swipe is no more than that.
fn repalette(
    session: Res<Session>,
    mut known: Local<Option<(Measure, bool, bool, Settings)>>,
    paint: Res<PaintBuffers>,
    camera: Single<&Camera, With<Camera3d>>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    let width_px = camera.physical_target_size().map_or(0.0, |size| size.x as f32);
    let faded = if session.layers.networks().next().is_some() { 0.6 } else { 0.0 };
    let settings = Settings { swipe_px: session.swipe.map_or(0.0, |share| (share * width_px).max(1.0)), faded };
    let routes = session.routes.shown.is_some();
    let state = (shown_measure(&session), session.states, routes, settings);
    if *known == Some(state) {
        return;
    }
    *known = Some(state);
    let of_network = |medium| if session.states { scene::supply_legend(medium) } else { None };
    paint.write_palettes(&shown_legend(&session), of_network, settings, &mut buffers);
}

/// The legend of what is painted on the streets.
pub(crate) fn shown_legend(session: &Session) -> Legend {
    if session.routes.shown.is_some() { scene::routes_legend() } else { legend(shown_measure(session)) }
}

/// What is painted on the streets: with the swipe, volumes on both sides.
pub(crate) fn shown_measure(session: &Session) -> Measure {
    if session.swipe.is_some() { Measure::VolumeWith } else { session.measure }
}

const OUT_OF_SERVICE: f32 = 3.0;
const WITHOUT_SUPPLY: f32 = 4.0;

/// A row per feature, as the shaders read it.
fn rows(session: &Session, town: &Town) -> Vec<[f32; 4]> {
    let (twin, ids) = (town.twin.as_ref(), town.scene.ids);
    let mut rows = vec![[0.0_f32; 4]; ids.n_features() as usize];
    let routes = session.routes.volumes().filter(|_| session.paints_traffic());
    if let Some(routes) = routes {
        let painted = scene::paint_routes(twin, ids, routes);
        for (row, (&value, &shown)) in rows.iter_mut().zip(painted.values.iter().zip(&painted.shown)) {
            // The same on both sides of the swipe.
            *row = [value, if shown { 3.0 } else { 0.0 }, 0.0, value];
        }
    } else if let Some(outcome) = session.outcome.as_ref().filter(|_| session.paints_traffic()) {
        let with = scene::paint(twin, ids, outcome, session.hour_index, shown_measure(session));
        let before = session
            .swipe
            .map(|_| scene::paint(twin, ids, outcome, session.hour_index, Measure::VolumeBefore))
            .unwrap_or_default();
        for (index, row) in rows.iter_mut().enumerate() {
            let shown_before = before.shown.get(index).copied().unwrap_or(false);
            let flags = u8::from(with.shown[index]) + 2 * u8::from(shown_before);
            *row = [with.values[index], f32::from(flags), 0.0, before.values.get(index).copied().unwrap_or(0.0)];
        }
    }
    if let Some(outcome) = &session.outcome {
        if session.states {
            let state = scene::paint_supply(twin, ids, outcome);
            for (row, (value, shown)) in rows.iter_mut().zip(state.values.iter().zip(&state.shown)) {
                if *shown {
                    *row = [*value, 1.0, 0.0, 0.0];
                }
            }
        }
        for part in scene::without_supply(twin, outcome) {
            rows[ids.supply(part) as usize][2] = WITHOUT_SUPPLY;
        }
        if session.consequences {
            for (&building, consequence) in &session.met {
                let step = Consequence::ALL.iter().position(|known| known == consequence).unwrap_or(0);
                rows[ids.building(building) as usize][2] = FIRST_CONSEQUENCE + step as f32;
            }
        }
    }
    for (index, _) in session.edit.outages_on() {
        if let Some(part) = session.places.outages.get(index).copied().flatten() {
            rows[ids.supply(part) as usize][2] = OUT_OF_SERVICE;
        }
    }
    rows
}

/// Marks what is selected and what the pointer is over.
fn mark(rows: &mut [[f32; 4]], session: &Session, town: &Town) {
    let ids = town.scene.ids;
    let mut mark = |feature: u32, mark: f32| {
        let row = &mut rows[feature as usize];
        if row[2] == 0.0 {
            row[2] = mark;
        }
    };
    if let Some(selected) = session.selected {
        mark(ids.road(selected), 1.0);
    }
    if let Some(part) = session.part {
        mark(ids.supply(part), 1.0);
    }
    if let Some(pointed) = session.pointed {
        mark(ids.road(pointed), 2.0);
    }
    if let Some(part) = session.pointed_part {
        mark(ids.supply(part), 2.0);
    }
}

fn redraw(
    mut commands: Commands,
    mut session: ResMut<Session>,
    town: Res<Town>,
    models: Res<Models>,
    surfaces: Res<Surfaces>,
    mut meshes: ResMut<Assets<Mesh>>,
    passing: Query<Entity, With<Passing>>,
) {
    if !session.redraw {
        return;
    }
    session.redraw = false;
    for entity in &passing {
        commands.entity(entity).despawn();
    }
    let mut sites = session.sites.clone();
    sites.extend(session.draft.as_ref().map(|draft| draft.site()));
    let works = scene::work_sites(&town.twin, &town.scene.ground, &sites);
    session.labels = works.labels;
    if !works.mesh.is_empty() {
        commands.spawn((Passing, Mesh3d(meshes.add(surface::mesh(works.mesh))), MeshMaterial3d(surfaces.lit.clone())));
    }
    for prop in &works.props {
        for entity in models.place(&mut commands, prop) {
            commands.entity(entity).insert(Passing);
        }
    }
    let painted = session.outcome.as_ref().filter(|_| session.paints_traffic());
    let (twin, ground, ids) = (&town.twin, &town.scene.ground, town.scene.ids);
    let bands = match (session.routes.volumes(), painted) {
        (Some(routes), Some(_)) => scene::route_bands(twin, ground, ids, routes),
        (None, Some(outcome)) if session.layers.shows(MapLayer::Volume) => {
            scene::volume_bands(twin, ground, ids, outcome, session.hour_index)
        }
        _ => return,
    };
    if !bands.is_empty() {
        let material = MeshMaterial3d(surfaces.exact.clone());
        commands.spawn((Passing, Mesh3d(meshes.add(surface::mesh(bands))), material));
    }
}
