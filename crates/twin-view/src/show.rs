//! Results in the world: colors written to the buffer, bands and work sites drawn when they change.

use bevy::{prelude::*, render::storage::ShaderBuffer};
use twin_present::scene::{self, legend};

use crate::{
    session::Session,
    surface::{self, PaintBuffers},
    town::{Models, Surfaces, Town},
};

/// Keeps the picture in step with the session.
pub struct ShowPlugin;

impl Plugin for ShowPlugin {
    fn build(&self, app: &mut App) {
        app.add_systems(PostUpdate, (repaint, redraw));
    }
}

/// What is drawn for the scenario and its result, and thrown away at the next change.
#[derive(Component)]
struct Passing;

fn repaint(
    mut session: ResMut<Session>,
    town: Res<Town>,
    paint: Res<PaintBuffers>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
) {
    if !session.repaint {
        return;
    }
    session.repaint = false;
    let ids = town.scene.ids;
    let mut rows = vec![[0.0_f32; 4]; ids.n_features() as usize];
    if let Some(outcome) = &session.outcome {
        let painted = scene::paint(&town.twin, ids, outcome, session.hour_index, session.measure);
        for ((row, value), shown) in rows.iter_mut().zip(&painted.values).zip(&painted.shown) {
            *row = [*value, f32::from(u8::from(*shown)), 0.0, 0.0];
        }
    }
    if let Some(pointed) = session.pointed {
        rows[ids.road(pointed) as usize][2] = 2.0;
    }
    if let Some(selected) = session.selected {
        rows[ids.road(selected) as usize][2] = 1.0;
    }
    paint.write(rows, &legend(session.measure), &mut buffers);
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
    if let Some(outcome) = session.outcome.as_ref().filter(|_| session.bands) {
        let bands = scene::volume_bands(&town.twin, &town.scene.ground, town.scene.ids, outcome, session.hour_index);
        if !bands.is_empty() {
            commands.spawn((Passing, Mesh3d(meshes.add(surface::mesh(bands))), MeshMaterial3d(surfaces.exact.clone())));
        }
    }
}
