//! glTF 2.0 models (binary, `.glb`): props for the picture in, scenes of a town out.
//!
//! y is up, one unit is a metre, colors are linear. Read are triangles with positions, normals and the base color of their
//! material, flattened through the tree of nodes; textures, animations and buffers in other files are not.

use std::{fs, path::Path};

use gltf_json::{
    Accessor, Asset, Buffer, Index, Material, Mesh, Node, Root, Scene,
    accessor::{ComponentType, GenericComponentType, Type},
    buffer::{Target, View},
    material::{PbrBaseColorFactor, PbrMetallicRoughness, StrengthFactor},
    mesh::{Mode, Primitive, Semantic},
    validation::{Checked, USize64},
};
use twin::{Finding, Findings};

use crate::atomic;

/// Triangles of one color.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Part {
    /// Name of the node.
    pub name: String,
    /// Linear red, green, blue, opacity.
    pub color: [f32; 4],
    /// Corners, three for each triangle.
    pub positions: Vec<[f32; 3]>,
    /// Normal of each corner, of length 1.
    pub normals: Vec<[f32; 3]>,
}

/// Reads the parts of a model.
///
/// # Errors
/// The bytes are no binary glTF, are cut off, or use what is not read.
pub fn read_model(bytes: &[u8]) -> Result<Vec<Part>, Findings> {
    check_positions(bytes)?;
    let model = ::gltf::Gltf::from_slice(bytes).map_err(|error| wrong(format!("it cannot be read: {error}")))?;
    let blob = model.blob.as_deref().unwrap_or(&[]);
    check_accessors(&model.document, blob)?;
    let mut parts = Vec::new();
    let scene = model.default_scene().or_else(|| model.scenes().next());
    for node in scene.iter().flat_map(::gltf::Scene::nodes) {
        collect(&node, IDENTITY, blob, 0, &mut parts)?;
    }
    Ok(parts)
}

/// Reads the parts of a model from a file.
///
/// # Errors
/// As [`read_model`], or the file cannot be read.
pub fn read_model_file(path: &Path) -> Result<Vec<Part>, Findings> {
    let bytes = fs::read(path).map_err(|error| atomic::read_finding(path, &error))?;
    let shown = path.display().to_string();
    read_model(&bytes)
        .map_err(|findings| Findings(findings.into_iter().map(|finding| finding.with_file(shown.clone())).collect()))
}

/// Writes parts as one model, for other programs such as Blender: whole or not at all.
///
/// # Errors
/// The folder is missing or read-only, or the disk is full.
pub fn write_model(name: &str, parts: &[Part], path: &Path) -> Result<(), Findings> {
    let bytes = model_bytes(name, parts)?;
    atomic::write_file(path, |temporary| {
        fs::write(temporary, bytes).map_err(|error| atomic::write_finding(path, &error).into())
    })
}

/// The bytes of a binary glTF file of these parts.
///
/// # Errors
/// No part at all, a part whose corners and normals do not match, or more than 4 GiB.
pub fn model_bytes(name: &str, parts: &[Part]) -> Result<Vec<u8>, Findings> {
    for part in parts {
        let finite = part.positions.iter().chain(&part.normals).flatten().all(|number| number.is_finite());
        if part.positions.len() != part.normals.len() || !part.positions.len().is_multiple_of(3) || !finite {
            return Err(wrong(format!(
                "part `{}` has {} corners and {} normals, or numbers that are not finite",
                part.name,
                part.positions.len(),
                part.normals.len()
            )));
        }
    }
    if parts.iter().all(|part| part.positions.is_empty()) {
        return Err(wrong("it would be empty".to_owned()));
    }
    let mut root =
        Root { asset: Asset { generator: Some("Stadtwin".to_owned()), ..Asset::default() }, ..Root::default() };
    let mut blob: Vec<u8> = Vec::new();
    let mut nodes = Vec::new();
    for part in parts.iter().filter(|part| !part.positions.is_empty()) {
        let positions = push_vectors(&mut root, &mut blob, &part.positions, true);
        let normals = push_vectors(&mut root, &mut blob, &part.normals, false);
        let material = root.push(Material {
            pbr_metallic_roughness: PbrMetallicRoughness {
                base_color_factor: PbrBaseColorFactor(part.color),
                metallic_factor: StrengthFactor(0.0),
                roughness_factor: StrengthFactor(0.9),
                ..PbrMetallicRoughness::default()
            },
            ..Material::default()
        });
        let primitive = Primitive {
            attributes: [
                (Checked::Valid(Semantic::Positions), positions),
                (Checked::Valid(Semantic::Normals), normals),
            ]
            .into_iter()
            .collect(),
            extensions: None,
            extras: Default::default(),
            indices: None,
            material: Some(material),
            mode: Checked::Valid(Mode::Triangles),
            targets: None,
        };
        let mesh = root.push(Mesh {
            extensions: None,
            extras: Default::default(),
            name: Some(part.name.clone()),
            primitives: vec![primitive],
            weights: None,
        });
        nodes.push(root.push(Node { mesh: Some(mesh), name: Some(part.name.clone()), ..Node::default() }));
    }
    root.buffers.push(Buffer {
        byte_length: USize64::from(blob.len()),
        uri: None,
        name: None,
        extensions: None,
        extras: Default::default(),
    });
    let scene = root.push(Scene { extensions: None, extras: Default::default(), name: Some(name.to_owned()), nodes });
    root.scene = Some(scene);
    container(&root, &blob)
}

/// Header, JSON chunk and binary chunk, each padded to four bytes.
fn container(root: &Root, blob: &[u8]) -> Result<Vec<u8>, Findings> {
    let mut json = root.to_vec().expect("because a glTF root is JSON");
    json.resize(json.len().next_multiple_of(4), b' ');
    let padded = blob.len().next_multiple_of(4);
    let total = 12 + 8 + json.len() + 8 + padded;
    let length = |bytes: usize| u32::try_from(bytes).map_err(|_| wrong("it would be larger than 4 GiB".to_owned()));
    let mut out = Vec::with_capacity(total);
    out.extend_from_slice(b"glTF");
    out.extend_from_slice(&2u32.to_le_bytes());
    out.extend_from_slice(&length(total)?.to_le_bytes());
    out.extend_from_slice(&length(json.len())?.to_le_bytes());
    out.extend_from_slice(b"JSON");
    out.extend_from_slice(&json);
    out.extend_from_slice(&length(padded)?.to_le_bytes());
    out.extend_from_slice(b"BIN\0");
    out.extend_from_slice(blob);
    out.resize(total, 0);
    Ok(out)
}

fn push_vectors(root: &mut Root, blob: &mut Vec<u8>, vectors: &[[f32; 3]], with_bounds: bool) -> Index<Accessor> {
    let offset = blob.len();
    blob.extend(vectors.iter().flatten().flat_map(|number| number.to_le_bytes()));
    let view = root.push(View {
        buffer: Index::new(0),
        byte_length: USize64::from(blob.len() - offset),
        byte_offset: Some(USize64::from(offset)),
        byte_stride: None,
        name: None,
        target: Some(Checked::Valid(Target::ArrayBuffer)),
        extensions: None,
        extras: Default::default(),
    });
    let bound = |choose: fn(f32, f32) -> f32| {
        let first = vectors.first().copied().unwrap_or_default();
        let bound = vectors
            .iter()
            .fold(first, |bound, at| [choose(bound[0], at[0]), choose(bound[1], at[1]), choose(bound[2], at[2])]);
        gltf_json::Value::from(bound.to_vec())
    };
    root.push(Accessor {
        buffer_view: Some(view),
        byte_offset: Some(USize64(0)),
        count: USize64::from(vectors.len()),
        component_type: Checked::Valid(GenericComponentType(ComponentType::F32)),
        type_: Checked::Valid(Type::Vec3),
        min: with_bounds.then(|| bound(f32::min)),
        max: with_bounds.then(|| bound(f32::max)),
        name: None,
        normalized: false,
        sparse: None,
        extensions: None,
        extras: Default::default(),
    })
}

type Matrix = [[f32; 4]; 4];
const IDENTITY: Matrix = [[1., 0., 0., 0.], [0., 1., 0., 0.], [0., 0., 1., 0.], [0., 0., 0., 1.]];

fn collect(
    node: &::gltf::Node<'_>,
    above: Matrix,
    blob: &[u8],
    depth: u32,
    parts: &mut Vec<Part>,
) -> Result<(), Findings> {
    if depth > 32 {
        return Err(wrong("its nodes are nested too deep".to_owned()));
    }
    let matrix = product(above, node.transform().matrix());
    for primitive in node.mesh().iter().flat_map(::gltf::Mesh::primitives) {
        if primitive.mode() != ::gltf::mesh::Mode::Triangles {
            return Err(wrong(format!("it has {:?}; only triangles are read", primitive.mode())));
        }
        let reader = primitive.reader(|buffer| (buffer.index() == 0).then_some(blob));
        let positions: Vec<[f32; 3]> = reader.read_positions().map(Iterator::collect).unwrap_or_default();
        let corners: Vec<usize> = match reader.read_indices() {
            Some(indices) => indices.into_u32().map(|index| index as usize).collect(),
            None => (0..positions.len()).collect(),
        };
        if corners.iter().any(|corner| *corner >= positions.len()) || !corners.len().is_multiple_of(3) {
            return Err(wrong("a triangle has a corner that does not exist".to_owned()));
        }
        let normals: Option<Vec<[f32; 3]>> = reader.read_normals().map(Iterator::collect);
        let normals = normals.filter(|normals| normals.len() == positions.len());
        let mut part = Part {
            name: node.name().unwrap_or("").to_owned(),
            color: primitive.material().pbr_metallic_roughness().base_color_factor(),
            ..Part::default()
        };
        for triangle in corners.chunks_exact(3) {
            let at = [0, 1, 2].map(|corner| moved(matrix, positions[triangle[corner]], 1.0));
            let flat = unit(cross(difference(at[1], at[0]), difference(at[2], at[0])));
            part.positions.extend(at);
            part.normals.extend([0, 1, 2].map(|corner| match &normals {
                Some(normals) => unit(moved(matrix, normals[triangle[corner]], 0.0)),
                None => flat,
            }));
        }
        if !part.positions.iter().flatten().all(|number| number.is_finite()) {
            return Err(wrong("a coordinate is not a number".to_owned()));
        }
        parts.push(part);
    }
    node.children().try_for_each(|child| collect(&child, matrix, blob, depth + 1, parts))
}

/// Whether every accessor lies within the binary chunk: the reader takes this for granted.
/// The library's own check panics where the corners of a part are said to stand in an accessor that is not there.
fn check_positions(bytes: &[u8]) -> Result<(), Findings> {
    let glb = ::gltf::binary::Glb::from_slice(bytes);
    let json = glb.as_ref().map_or(bytes, |glb| &*glb.json);
    // What cannot be parsed is told by the library.
    let Ok(root) = gltf_json::deserialize::from_slice::<Root>(json) else { return Ok(()) };
    let primitives = root.meshes.iter().flat_map(|mesh| &mesh.primitives);
    let mut positions = primitives.filter_map(|part| part.attributes.get(&Checked::Valid(Semantic::Positions)));
    if positions.any(|accessor| accessor.value() >= root.accessors.len()) {
        return Err(wrong("a triangle has a corner that does not exist".to_owned()));
    }
    Ok(())
}

fn check_accessors(document: &::gltf::Document, blob: &[u8]) -> Result<(), Findings> {
    for accessor in document.accessors() {
        let Some(view) = accessor.view().filter(|_| accessor.sparse().is_none()) else {
            return Err(wrong("it has sparse or empty accessors, which are not read".to_owned()));
        };
        if view.buffer().index() != 0 || !matches!(view.buffer().source(), ::gltf::buffer::Source::Bin) {
            return Err(wrong("its data stands in another file; only self-contained .glb files are read".to_owned()));
        }
        let stride = view.stride().unwrap_or(accessor.size());
        let last = accessor.count().checked_sub(1).and_then(|last| last.checked_mul(stride));
        let end =
            last.and_then(|last| last.checked_add(accessor.size())).and_then(|end| end.checked_add(accessor.offset()));
        let view_end = view.offset().checked_add(view.length());
        if stride < accessor.size()
            || end.is_none_or(|end| end > view.length())
            || view_end.is_none_or(|end| end > blob.len())
        {
            return Err(wrong("it ends within its data".to_owned()));
        }
    }
    Ok(())
}

fn wrong(reason: String) -> Findings {
    Finding::error("invalid-gltf", format!("The model is not usable: {reason}."))
        .with_help("Export it as binary glTF 2.0 (.glb) with its data inside.")
        .into()
}

fn product(a: Matrix, b: Matrix) -> Matrix {
    let mut out = [[0.0; 4]; 4];
    for (column, b) in out.iter_mut().zip(b) {
        for (row, cell) in column.iter_mut().enumerate() {
            *cell = (0..4).map(|k| a[k][row] * b[k]).sum();
        }
    }
    out
}

fn moved(matrix: Matrix, at: [f32; 3], w: f32) -> [f32; 3] {
    [0, 1, 2].map(|row| matrix[0][row] * at[0] + matrix[1][row] * at[1] + matrix[2][row] * at[2] + matrix[3][row] * w)
}

fn difference(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Of length 1; up for a vector without length.
fn unit(vector: [f32; 3]) -> [f32; 3] {
    let length = vector.iter().map(|part| part * part).sum::<f32>().sqrt();
    if length > 0.0 && length.is_finite() { vector.map(|part| part / length) } else { [0.0, 1.0, 0.0] }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Vec<Part> {
        let triangle = [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
        ["Dach", "Wände"]
            .map(|name| Part {
                name: name.to_owned(),
                color: [0.5, 0.25, 0.125, 1.0],
                positions: triangle.repeat(2),
                normals: vec![[0.0, 1.0, 0.0]; 6],
            })
            .to_vec()
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("town.glb");
        write_model("Musterstadt", &sample(), &path).unwrap();
        assert_eq!(read_model_file(&path).unwrap(), sample());
        assert!(model_bytes("nothing", &[]).is_err());
        assert!(model_bytes("a", &[Part { positions: vec![[0.0; 3]], ..Part::default() }]).is_err());
    }

    #[test]
    fn the_models_in_assets_are_read() {
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets"));
        let mut n_models = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "glb") {
                let parts = read_model_file(&path).unwrap();
                assert!(!parts.is_empty() && parts.iter().all(|part| !part.positions.is_empty()), "{}", path.display());
                n_models += 1;
            }
        }
        assert!(n_models > 0, "there are no models in assets/");
    }

    proptest! {
        #[test]
        fn any_damage_gives_parts_or_findings(places in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..12), cut in any::<usize>()) {
            let mut bytes = model_bytes("a", &sample()).unwrap();
            let n = bytes.len();
            for (place, byte) in places {
                bytes[place % n] = byte;
            }
            bytes.truncate(if cut % 2 == 0 { n } else { cut % n });
            if let Err(findings) = read_model(&bytes) {
                prop_assert!(findings.has_errors());
            }
        }
    }
}
