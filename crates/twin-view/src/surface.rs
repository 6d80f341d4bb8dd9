//! The surface of the town: one material for every tile, whose colors come from a buffer of values per feature.

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
use twin_present::scene::{Legend, MeshData};

/// The feature id of each vertex.
const ATTRIBUTE_FEATURE: MeshVertexAttribute = MeshVertexAttribute::new("Feature", 719_033_141, VertexFormat::Uint32);

const SHADER: Handle<Shader> = uuid_handle!("6c1b1f0e-3f0d-4b58-9c6a-5b7a4f1f7c11");

/// The material of all tiles.
pub type Surface = ExtendedMaterial<StandardMaterial, Painted>;

/// The part of the material that looks up values.
#[derive(Asset, AsBindGroup, Reflect, Clone, Debug)]
pub struct Painted {
    /// One row per feature.
    #[storage(100, read_only)]
    values: Handle<ShaderBuffer>,
    /// Two rows per class.
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

/// The two buffers behind all surfaces.
#[derive(Resource)]
pub struct PaintBuffers {
    values: Handle<ShaderBuffer>,
    palette: Handle<ShaderBuffer>,
}

/// Most classes that a legend may have.
const MAX_CLASSES: usize = 16;

impl PaintBuffers {
    /// Buffers for this many features, all without a value.
    pub fn new(n_features: usize, buffers: &mut Assets<ShaderBuffer>) -> Self {
        let values = vec![[0.0_f32; 4]; n_features.max(1)];
        let palette = vec![[0.0_f32; 4]; 2 * MAX_CLASSES];
        Self { values: buffers.add(ShaderBuffer::from(values)), palette: buffers.add(ShaderBuffer::from(palette)) }
    }

    /// A surface that shows them.
    pub fn surface(&self, base: StandardMaterial) -> Surface {
        Surface { base, extension: Painted { values: self.values.clone(), palette: self.palette.clone() } }
    }

    /// Writes new rows: value, whether there is one, mark, nothing.
    pub fn write(&self, rows: Vec<[f32; 4]>, legend: &Legend, buffers: &mut Assets<ShaderBuffer>) {
        if let Some(mut values) = buffers.get_mut(&self.values) {
            values.set_data(rows);
        }
        let mut palette: Vec<[f32; 4]> = Vec::with_capacity(2 * MAX_CLASSES);
        for class in legend.classes.iter().take(MAX_CLASSES) {
            let linear = Color::srgb_u8(class.color[0], class.color[1], class.color[2]).to_linear();
            palette.push([linear.red, linear.green, linear.blue, if class.hatched { 1.0 } else { 0.0 }]);
            palette.push([class.from, 0.0, 0.0, 0.0]);
        }
        while palette.len() < 2 * MAX_CLASSES {
            palette.push([0.0; 4]);
            palette.push([f32::MAX, 0.0, 0.0, 0.0]);
        }
        if let Some(mut buffer) = buffers.get_mut(&self.palette) {
            buffer.set_data(palette);
        }
    }
}

/// A mesh for the graphics card alone.
pub fn mesh(data: MeshData) -> Mesh {
    let linear: Vec<[f32; 4]> = data
        .colors
        .iter()
        .map(|color| Color::srgb_u8(color[0], color[1], color[2]).to_linear().to_f32_array())
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
