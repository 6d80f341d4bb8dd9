//! How supply lines are drawn: one material per network, in two passes: what is seen, and faintly what buildings hide.

use bevy::{
    asset::{load_internal_asset, uuid_handle},
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::{
        render_resource::{AsBindGroup, CompareFunction, RenderPipelineDescriptor, SpecializedMeshPipelineError},
        storage::ShaderBuffer,
    },
    shader::ShaderRef,
};

use crate::surface::ATTRIBUTE_FEATURE;

const SHADER: Handle<Shader> = uuid_handle!("9f1d3c52-41f4-4bd0-8a3d-3f8b6d0c2e57");

/// The material of the lines of a network.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug)]
#[bind_group_data(Pass)]
pub struct Lines {
    /// One row per feature.
    #[storage(0, read_only)]
    pub values: Handle<ShaderBuffer>,
    /// Two rows per class, then settings.
    #[storage(1, read_only)]
    pub palette: Handle<ShaderBuffer>,
    /// x: 1 where the hidden part is drawn.
    #[uniform(2)]
    pub drawn: Vec4,
    /// Networks of a higher rank lie on top.
    pub rank: u8,
}

/// Which part of the lines is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pass {
    hidden: bool,
}

impl From<&Lines> for Pass {
    fn from(lines: &Lines) -> Self {
        Self { hidden: lines.drawn.x > 0.5 }
    }
}

impl Material for Lines {
    fn vertex_shader() -> ShaderRef {
        ShaderRef::Handle(SHADER)
    }
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(SHADER)
    }
    fn alpha_mode(&self) -> AlphaMode {
        AlphaMode::Blend
    }
    fn depth_bias(&self) -> f32 {
        f32::from(self.rank)
    }
    fn enable_prepass() -> bool {
        false
    }
    fn enable_shadows() -> bool {
        false
    }
    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        layout: &MeshVertexBufferLayoutRef,
        key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        let feature = layout.0.get_layout(&[ATTRIBUTE_FEATURE.at_shader_location(8)])?;
        if let Some(buffer) = descriptor.vertex.buffers.first_mut() {
            buffer.attributes.extend(feature.attributes);
        }
        descriptor.primitive.cull_mode = None;
        if let Some(depth) = &mut descriptor.depth_stencil {
            depth.depth_write_enabled = Some(false);
            if key.bind_group_data.hidden {
                depth.depth_compare = Some(CompareFunction::Less);
            }
        }
        Ok(())
    }
}

/// Registers the material and its shader.
pub struct LinesPlugin;

impl Plugin for LinesPlugin {
    fn build(&self, app: &mut App) {
        load_internal_asset!(app, SHADER, "lines.wgsl", Shader::from_wgsl);
        app.add_plugins(MaterialPlugin::<Lines>::default());
    }
}
