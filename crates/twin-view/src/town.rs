//! The town in the world: tiles, trees and signals, sun and haze.

use std::{collections::BTreeMap, sync::Arc};

use bevy::{
    light::{CascadeShadowConfigBuilder, DirectionalLightShadowMap},
    pbr::{DistanceFog, FogFalloff},
    prelude::*,
    render::storage::ShaderBuffer,
};
use twin::{Twin, utility::Medium};
use twin_present::scene::{self, Layer, Prop, PropKind, Scene};

use crate::{
    camera::Orbit,
    layers::MapLayer,
    lines::Lines,
    model,
    surface::{self, PaintBuffers, Surface},
};

/// The town that is shown.
#[derive(Resource, Clone)]
pub struct Town {
    /// What is known about it.
    pub twin: Arc<Twin>,
    /// Its triangles; the meshes of the tiles have moved to the graphics card.
    pub scene: Arc<Scene>,
    /// Where its base case is kept, for a twin in a GeoPackage.
    pub kept: Option<twin_io::beside::Place>,
}

/// How good the picture is.
#[derive(Resource, Clone, Copy, Debug)]
pub struct Quality {
    /// Whether the sun casts shadows.
    pub shadows: bool,
    /// Whether edges are smoothed.
    pub smooth: bool,
}

/// Surfaces that other plugins draw with.
#[derive(Resource, Clone)]
pub struct Surfaces {
    /// Lit, both sides of triangles shown.
    pub lit: Handle<Surface>,
    /// Exactly the colors of the legend, without light.
    pub exact: Handle<Surface>,
}

/// Models by kind, ready to be placed.
#[derive(Resource)]
pub struct Models(BTreeMap<PropKind, Parts>);

type Parts = Vec<(Handle<Mesh>, Handle<StandardMaterial>)>;

impl Models {
    /// Places an instance; what belongs to it is returned.
    pub fn place(&self, commands: &mut Commands, prop: &Prop) -> Vec<Entity> {
        let transform = Transform {
            translation: Vec3::from_array(prop.position),
            rotation: Quat::from_rotation_y(prop.turn_rad),
            scale: Vec3::splat(prop.scale),
        };
        let parts = self.0.get(&prop.kind).map_or(&[][..], Vec::as_slice);
        parts
            .iter()
            .map(|(mesh, material)| {
                commands.spawn((Mesh3d(mesh.clone()), MeshMaterial3d(material.clone()), transform)).id()
            })
            .collect()
    }
}

/// The color of the sky and of the haze before it.
pub const SKY: Color = Color::srgb(0.80, 0.87, 0.93);

/// Edge of the land around the map, metres.
const APRON_M: f32 = 80_000.0;

/// Puts the town into the world.
pub struct TownPlugin;

impl Plugin for TownPlugin {
    fn build(&self, app: &mut App) {
        app.insert_resource(ClearColor(SKY))
            .insert_resource(DirectionalLightShadowMap { size: 4096 })
            .add_systems(PreStartup, (prepare, (raise_tiles, spread_apron, shine)).chain());
    }
}

fn prepare(
    mut commands: Commands,
    town: Res<Town>,
    mut buffers: ResMut<Assets<ShaderBuffer>>,
    mut surfaces: ResMut<Assets<Surface>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
) {
    let paint = PaintBuffers::new(town.scene.ids.n_features() as usize, &mut buffers);
    let matte = StandardMaterial { perceptual_roughness: 1.0, reflectance: 0.1, cull_mode: None, ..default() };
    commands.insert_resource(Surfaces {
        lit: surfaces.add(paint.surface(matte.clone())),
        exact: surfaces.add(paint.surface(StandardMaterial { unlit: true, ..matte })),
    });
    commands.insert_resource(paint);
    let mut models = BTreeMap::new();
    for kind in [PropKind::Tree, PropKind::Signal, PropKind::Barrier] {
        let parts: Parts = model::of(kind)
            .into_iter()
            .map(|(mesh, base_color)| {
                (
                    meshes.add(mesh),
                    materials.add(StandardMaterial {
                        base_color,
                        perceptual_roughness: 1.0,
                        reflectance: 0.1,
                        ..default()
                    }),
                )
            })
            .collect();
        models.insert(kind, parts);
    }
    commands.insert_resource(Models(models));
}

fn raise_tiles(
    mut commands: Commands,
    town: Res<Town>,
    paint: Res<PaintBuffers>,
    models: Res<Models>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut surfaces: ResMut<Assets<Surface>>,
    mut lines: ResMut<Assets<Lines>>,
) {
    let matte = StandardMaterial { perceptual_roughness: 0.95, reflectance: 0.15, ..default() };
    let solid = surfaces.add(paint.surface(matte.clone()));
    let water = surfaces.add(paint.surface(StandardMaterial {
        perceptual_roughness: 0.35,
        reflectance: 0.35,
        ..matte.clone()
    }));
    let thin = surfaces.add(paint.surface(StandardMaterial { cull_mode: None, ..matte }));
    let passes: BTreeMap<Medium, [Handle<Lines>; 2]> = Medium::ALL
        .iter()
        .map(|&medium| (medium, [false, true].map(|hidden| lines.add(paint.lines(medium, hidden)))))
        .collect();
    for tile in &town.scene.tiles {
        let mesh = Mesh3d(meshes.add(surface::mesh(tile.mesh.clone())));
        match tile.layer {
            Layer::Ground => commands.spawn((mesh, MeshMaterial3d(solid.clone()))),
            Layer::Building => commands.spawn((mesh, MeshMaterial3d(solid.clone()), MapLayer::Buildings)),
            Layer::Water => commands.spawn((mesh, MeshMaterial3d(water.clone()))),
            Layer::Street => commands.spawn((mesh, MeshMaterial3d(thin.clone()))),
            Layer::Supply(medium) => {
                let layer = MapLayer::Supply(medium);
                let [seen, hidden] = &passes[&medium];
                commands.spawn((mesh.clone(), MeshMaterial3d(hidden.clone()), layer));
                commands.spawn((mesh, MeshMaterial3d(seen.clone()), layer))
            }
        };
    }
    for prop in &town.scene.props {
        for entity in models.place(&mut commands, prop) {
            commands.entity(entity).insert(MapLayer::Trees);
        }
    }
}

/// Plain land around the map and a little below it, so that the town does not end at an edge above the sky.
fn spread_apron(
    mut commands: Commands,
    town: Res<Town>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
) {
    let ground = town.scene.tiles.iter().filter(|tile| tile.layer == Layer::Ground);
    let lowest_m = ground.flat_map(|tile| &tile.mesh.positions).map(|position| position[1]).fold(0.0_f32, f32::min);
    let [red, green, blue] = scene::GROUND;
    commands.spawn((
        Mesh3d(meshes.add(Plane3d::default().mesh().size(APRON_M, APRON_M))),
        MeshMaterial3d(materials.add(StandardMaterial {
            base_color: Color::srgb_u8(red, green, blue),
            perceptual_roughness: 0.95,
            reflectance: 0.15,
            ..default()
        })),
        Transform::from_xyz(0.0, lowest_m - 3.0, 0.0),
    ));
}

fn shine(mut commands: Commands, quality: Res<Quality>, orbit: Res<Orbit>) {
    // The sun of a spring afternoon in the south-west.
    let shadow_reach_m = (orbit.distance_m * 2.2).clamp(400.0, 6000.0);
    commands.spawn((
        DirectionalLight {
            color: Color::srgb(1.0, 0.965, 0.90),
            illuminance: 3_500.0,
            shadow_maps_enabled: quality.shadows,
            shadow_depth_bias: 0.3,
            shadow_normal_bias: 1.2,
            ..default()
        },
        Transform::from_xyz(-0.62, 0.85, 0.55).looking_at(Vec3::ZERO, Vec3::Y),
        CascadeShadowConfigBuilder {
            num_cascades: 3,
            minimum_distance: 5.0,
            first_cascade_far_bound: shadow_reach_m * 0.25,
            maximum_distance: shadow_reach_m,
            ..default()
        }
        .build(),
    ));
    commands.insert_resource(GlobalAmbientLight {
        color: Color::srgb(0.86, 0.92, 1.0),
        brightness: 390.0,
        ..default()
    });
}

/// What every camera on the town carries.
pub fn camera(orbit: &Orbit, quality: Quality) -> impl Bundle + use<> {
    (
        Camera3d::default(),
        bevy::core_pipeline::tonemapping::Tonemapping::None,
        if quality.smooth { Msaa::Sample4 } else { Msaa::Off },
        orbit.transform(),
        orbit.projection(),
        DistanceFog {
            color: SKY,
            falloff: FogFalloff::Linear {
                start: 3500.0_f32.max(orbit.distance_m * 1.8),
                end: 16_000.0_f32.max(orbit.distance_m * 6.0),
            },
            ..default()
        },
    )
}
