//! The small models of `assets/`, which are part of the program.

use bevy::{asset::RenderAssetUsages, mesh::PrimitiveTopology, prelude::*};
use twin_present::scene::PropKind;

const TREE: &[u8] = include_bytes!("../../../assets/tree.glb");
const SIGNAL: &[u8] = include_bytes!("../../../assets/signal.glb");
const BARRIER: &[u8] = include_bytes!("../../../assets/barrier.glb");

/// The parts of a model: a mesh and its color.
pub fn of(kind: PropKind) -> Vec<(Mesh, Color)> {
    let bytes = match kind {
        PropKind::Tree => TREE,
        PropKind::Signal => SIGNAL,
        PropKind::Barrier => BARRIER,
    };
    twin_io::gltf::read_model(bytes)
        .expect("because the models in assets/ are valid glTF: a test of twin-io reads them")
        .into_iter()
        .map(|part| {
            let mesh = Mesh::new(PrimitiveTopology::TriangleList, RenderAssetUsages::RENDER_WORLD)
                .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, part.positions)
                .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, part.normals);
            (mesh, Color::linear_rgb(part.color[0], part.color[1], part.color[2]))
        })
        .collect()
}
