//! The surface of the town: one material for every tile, whose colors come from a buffer of values per feature.

use std::collections::BTreeMap;

use bevy::{
    asset::{RenderAssetUsages, load_internal_asset, uuid_handle},
    mesh::{Indices, MeshVertexAttribute, MeshVertexBufferLayoutRef, PrimitiveTopology},
    pbr::{ExtendedMaterial, MaterialExtension, MaterialExtensionKey, MaterialExtensionPipeline},
    prelude::*,
    render::{
        render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError, VertexFormat},
        storage::ShaderBuffer,
    },
    shader::ShaderRef,
};
use twin::utility::Medium;
use twin_present::{
    scene::{Consequence, Legend, MeshData},
    supply::NETWORKS,
};

use crate::lines::Lines;

/// The feature id of each vertex.
pub(crate) const ATTRIBUTE_FEATURE: MeshVertexAttribute =
    MeshVertexAttribute::new("Feature", 719_033_141, VertexFormat::Uint32);

const SHADER: Handle<Shader> = uuid_handle!("6c1b1f0e-3f0d-4b58-9c6a-5b7a4f1f7c11");

/// The material of all tiles.
pub type Surface = ExtendedMaterial<StandardMaterial, Painted>;

/// The part of the material that looks up values.
#[derive(Asset, AsBindGroup, Reflect, Clone, Debug)]
pub struct Painted {
    /// One row per feature.
    #[storage(100, read_only)]
    values: Handle<ShaderBuffer>,
    /// Two rows per class, settings, consequences.
    #[storage(101, read_only)]
    palette: Handle<ShaderBuffer>,
}

impl MaterialExtension for Painted {
    fn vertex_shader() -> ShaderRef {
        ShaderRef::Handle(SHADER)
    }
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(SHADER)
    }
    fn specialize(
        _pipeline: &MaterialExtensionPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        _key: MaterialExtensionKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        // The feature joins whatever the pass reads of the mesh already.
        let feature = layout.0.get_layout(&[ATTRIBUTE_FEATURE.at_shader_location(8)])?;
        if let Some(buffer) = descriptor.vertex.buffers.first_mut() {
            buffer.attributes.extend(feature.attributes);
        }
        Ok(())
    }
}

/// The buffers behind all surfaces and lines.
#[derive(Resource)]
pub struct PaintBuffers {
    values: Handle<ShaderBuffer>,
    palette: Handle<ShaderBuffer>,
    of_networks: BTreeMap<Medium, Handle<ShaderBuffer>>,
}

/// Most classes that a legend may have.
const MAX_CLASSES: usize = 16;
/// Rows of a palette: two per class, one of settings, one per consequence.
const N_ROWS: usize = 2 * MAX_CLASSES + 1 + Consequence::ALL.len();
/// The mark of the first consequence in a row of values.
pub const FIRST_CONSEQUENCE: f32 = 10.0;

/// What holds for all features at once.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Settings {
    /// Left of this column of pixels the town is painted as before; 0 for nowhere.
    pub swipe_px: f32,
    /// How far what carries no value is faded, 0 to 1: lines are seen better on a pale town.
    pub faded: f32,
}

impl PaintBuffers {
    /// Buffers for this many features, all without a value.
    pub fn new(n_features: usize, buffers: &mut Assets<ShaderBuffer>) -> Self {
        let mut palette = || buffers.add(ShaderBuffer::from(rows_of(None, Settings::default())));
        let of_networks = Medium::ALL.iter().map(|&medium| (medium, palette())).collect();
        let palette = palette();
        let values = vec![[0.0_f32; 4]; n_features.max(1)];
        Self { values: buffers.add(ShaderBuffer::from(values)), palette, of_networks }
    }

    /// A surface that shows them.
    pub fn surface(&self, base: StandardMaterial) -> Surface {
        Surface { base, extension: Painted { values: self.values.clone(), palette: self.palette.clone() } }
    }

    /// The lines of a network: what is seen of them, or what buildings hide.
    pub fn lines(&self, medium: Medium, hidden: bool) -> Lines {
        let rank = NETWORKS.iter().rev().position(|known| *known == medium).map_or(0, |rank| rank as u8 + 1);
        Lines {
            values: self.values.clone(),
            palette: self.of_networks.get(&medium).unwrap_or(&self.palette).clone(),
            drawn: Vec4::new(if hidden { 1.0 } else { 0.0 }, 0.0, 0.0, 0.0),
            rank,
        }
    }

    /// Writes new rows: value; 1, 2 or 3 where there is one with the scenario, before, both; mark; value before.
    pub fn write(&self, rows: Vec<[f32; 4]>, buffers: &mut Assets<ShaderBuffer>) {
        if let Some(mut values) = buffers.get_mut(&self.values) {
            values.set_data(rows);
        }
    }

    /// Writes the classes of the streets and of each network, and the settings.
    pub fn write_palettes(
        &self,
        legend: &Legend,
        of_network: impl Fn(Medium) -> Option<Legend>,
        settings: Settings,
        buffers: &mut Assets<ShaderBuffer>,
    ) {
        if let Some(mut buffer) = buffers.get_mut(&self.palette) {
            buffer.set_data(rows_of(Some(legend), settings));
        }
        for (medium, palette) in &self.of_networks {
            if let Some(mut buffer) = buffers.get_mut(palette) {
                buffer.set_data(rows_of(of_network(*medium).as_ref(), settings));
            }
        }
    }
}

/// A palette as the shaders read it; always of the same length.
fn rows_of(legend: Option<&Legend>, settings: Settings) -> Vec<[f32; 4]> {
    let linear = |[red, green, blue]: [u8; 3], alpha: f32| {
        let linear = Color::srgb_u8(red, green, blue).to_linear();
        [linear.red, linear.green, linear.blue, alpha]
    };
    let mut rows: Vec<[f32; 4]> = Vec::with_capacity(N_ROWS);
    for class in legend.iter().flat_map(|legend| &legend.classes).take(MAX_CLASSES) {
        rows.push(linear(class.color, if class.hatched { 1.0 } else { 0.0 }));
        rows.push([class.from, 0.0, 0.0, 0.0]);
    }
    while rows.len() < 2 * MAX_CLASSES {
        rows.push([0.0; 4]);
        rows.push([f32::MAX, 0.0, 0.0, 0.0]);
    }
    rows.push([settings.swipe_px, settings.faded, 0.0, 0.0]);
    rows.extend(Consequence::ALL.iter().map(|consequence| linear(consequence.color(), 1.0)));
    rows
}

/// A mesh for the graphics card alone.
pub fn mesh(data: MeshData) -> Mesh {
    let linear: Vec<[f32; 4]> = data
        .colors
        .iter()
        .map(|color| Color::srgba_u8(color[0], color[1], color[2], color[3]).to_linear().to_f32_array())
        .collect();
    Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, data.positions)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, data.normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, linear)
        .with_inserted_attribute(ATTRIBUTE_FEATURE, data.features)
        .with_inserted_indices(Indices::U32(data.indices))
}

/// Registers the material and its shader.
pub struct SurfacePlugin;

impl Plugin for SurfacePlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(app, SHADER, "surface.wgsl", Shader::from_wgsl);
        app.add_plugins(MaterialPlugin::<Surface>::default());
    }
}
