//! Makes the small models in `assets/`: a tree, a traffic signal, a barrier board, as binary glTF 2.0.
//!
//! Shapes are solids of revolution and boxes with flat colors; y is up, one unit is a metre, the foot stands in the origin.

use std::{fs, io, path::Path, process::ExitCode};

use gltf_json::{
    Accessor, Asset, Buffer, Index, Material, Mesh, Node, Root, Scene,
    accessor::{ComponentType, GenericComponentType, Type},
    buffer::{Target, View},
    material::{PbrBaseColorFactor, PbrMetallicRoughness, StrengthFactor},
    mesh::{Mode, Primitive, Semantic},
    validation::{Checked, USize64},
};

/// Writes all models; exit status 2 where a file cannot be written.
pub(crate) fn run() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets");
    for (name, parts) in [("tree", tree()), ("signal", signal()), ("barrier", barrier())] {
        let path = folder.join(format!("{name}.glb"));
        if let Err(error) = binary(name, &parts).and_then(|bytes| fs::write(&path, bytes)) {
            println!("{}: {error}", path.display());
            return ExitCode::from(2);
        }
        println!("assets/{name}.glb");
    }
    ExitCode::SUCCESS
}

/// Triangles of one color (linear RGB).
struct Part {
    color: [f32; 3],
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
}

fn tree() -> Vec<Part> {
    let trunk = turned([0.16, 0.10, 0.06], 6, &[[0.22, 0.0], [0.16, 2.6]]);
    let crown =
        turned([0.24, 0.38, 0.13], 9, &[[0.0, 1.9], [1.7, 2.6], [2.4, 4.3], [1.9, 6.2], [0.9, 7.6], [0.0, 8.2]]);
    vec![trunk, crown]
}

fn signal() -> Vec<Part> {
    let mut parts = vec![turned([0.30, 0.31, 0.32], 6, &[[0.07, 0.0], [0.07, 3.4], [0.0, 3.4]])];
    parts.push(cuboid([0.03, 0.03, 0.03], [0.0, 2.85, 0.12], [0.34, 1.0, 0.22]));
    for (height, color) in [(3.16, [0.75, 0.03, 0.02]), (2.85, [0.80, 0.42, 0.02]), (2.54, [0.03, 0.55, 0.15])] {
        parts.push(cuboid(color, [0.0, height, 0.24], [0.22, 0.22, 0.04]));
    }
    parts
}

fn barrier() -> Vec<Part> {
    let mut parts = Vec::new();
    for k in 0..8_u8 {
        let color = if k % 2 == 0 { [0.72, 0.02, 0.02] } else { [0.92, 0.92, 0.90] };
        parts.push(cuboid(color, [-0.875 + 0.25 * f32::from(k), 1.0, 0.0], [0.25, 0.30, 0.05]));
    }
    for side in [-0.8, 0.8] {
        parts.push(cuboid([0.25, 0.25, 0.26], [side, 0.5, 0.0], [0.06, 1.0, 0.06]));
        parts.push(cuboid([0.10, 0.10, 0.10], [side, 0.06, 0.0], [0.30, 0.12, 0.70]));
    }
    parts
}

/// A solid of revolution: radius and height of its rings from below, `n` corners around.
fn turned(color: [f32; 3], n: usize, rings: &[[f32; 2]]) -> Part {
    let mut part = Part { color, positions: Vec::new(), normals: Vec::new() };
    let at = |ring: [f32; 2], k: usize| {
        let angle = k as f32 * std::f32::consts::TAU / n as f32;
        [ring[0] * angle.sin(), ring[1], ring[0] * angle.cos()]
    };
    for pair in rings.windows(2) {
        for k in 0..n {
            let quad = [at(pair[0], k), at(pair[0], k + 1), at(pair[1], k + 1), at(pair[1], k)];
            part.triangle([quad[0], quad[1], quad[2]]);
            part.triangle([quad[0], quad[2], quad[3]]);
        }
    }
    part
}

/// A box by its center and its edges.
fn cuboid(color: [f32; 3], center: [f32; 3], edges: [f32; 3]) -> Part {
    let mut part = Part { color, positions: Vec::new(), normals: Vec::new() };
    for axis in 0..3 {
        for sign in [-1.0, 1.0] {
            let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
            let corner = |su: f32, sv: f32| {
                let mut at = center;
                at[axis] += sign * edges[axis] / 2.0;
                at[u] += su * sign * edges[u] / 2.0;
                at[v] += sv * edges[v] / 2.0;
                at
            };
            let quad = [corner(-1.0, -1.0), corner(1.0, -1.0), corner(1.0, 1.0), corner(-1.0, 1.0)];
            part.triangle([quad[0], quad[1], quad[2]]);
            part.triangle([quad[0], quad[2], quad[3]]);
        }
    }
    part
}

impl Part {
    /// Adds a flat triangle, counter-clockwise seen from outside; none where it has no area.
    fn triangle(&mut self, [a, b, c]: [[f32; 3]; 3]) {
        let (u, v): ([f32; 3], [f32; 3]) = (std::array::from_fn(|k| b[k] - a[k]), std::array::from_fn(|k| c[k] - a[k]));
        let normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
        let length = normal.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 1e-6 {
            self.positions.extend([a, b, c]);
            self.normals.extend([normal.map(|value| value / length); 3]);
        }
    }
}

/// The bytes of a `.glb` file.
fn binary(name: &str, parts: &[Part]) -> io::Result<Vec<u8>> {
    let mut root = Root {
        asset: Asset { generator: Some("Stadtwin xtask assets".into()), ..Asset::default() },
        ..Root::default()
    };
    let mut bytes: Vec<u8> = Vec::new();
    let mut primitives = Vec::new();
    for part in parts {
        let positions = column(&mut root, &mut bytes, &part.positions, true);
        let normals = column(&mut root, &mut bytes, &part.normals, false);
        let material = root.push(Material {
            pbr_metallic_roughness: PbrMetallicRoughness {
                base_color_factor: PbrBaseColorFactor([part.color[0], part.color[1], part.color[2], 1.0]),
                metallic_factor: StrengthFactor(0.0),
                roughness_factor: StrengthFactor(1.0),
                ..PbrMetallicRoughness::default()
            },
            ..Material::default()
        });
        primitives.push(Primitive {
            attributes: [
                (Checked::Valid(Semantic::Positions), positions),
                (Checked::Valid(Semantic::Normals), normals),
            ]
            .into(),
            extensions: None,
            extras: Default::default(),
            indices: None,
            material: Some(material),
            mode: Checked::Valid(Mode::Triangles),
            targets: None,
        });
    }
    root.push(Buffer {
        byte_length: USize64::from(bytes.len()),
        name: None,
        uri: None,
        extensions: None,
        extras: Default::default(),
    });
    let mesh = root.push(Mesh {
        extensions: None,
        extras: Default::default(),
        name: Some(name.into()),
        primitives,
        weights: None,
    });
    let node = root.push(Node { mesh: Some(mesh), name: Some(name.into()), ..Node::default() });
    let scene = root.push(Scene { extensions: None, extras: Default::default(), name: None, nodes: vec![node] });
    root.scene = Some(scene);
    let mut json = root.to_vec().map_err(io::Error::other)?;
    json.resize(json.len().next_multiple_of(4), b' ');
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    let word = |length: usize| u32::try_from(length).map(u32::to_le_bytes).map_err(io::Error::other);
    let mut file = b"glTF\x02\0\0\0".to_vec();
    file.extend(word(12 + 8 + json.len() + 8 + bytes.len())?);
    file.extend(word(json.len())?);
    file.extend(b"JSON");
    file.extend(json);
    file.extend(word(bytes.len())?);
    file.extend(b"BIN\0");
    file.extend(bytes);
    Ok(file)
}

/// Appends a column of vectors and returns its accessor; positions tell their bounds.
fn column(root: &mut Root, bytes: &mut Vec<u8>, rows: &[[f32; 3]], bounded: bool) -> Index<Accessor> {
    let offset = bytes.len();
    for row in rows {
        for value in row {
            bytes.extend(value.to_le_bytes());
        }
    }
    let view = root.push(View {
        buffer: Index::new(0),
        byte_length: USize64::from(bytes.len() - offset),
        byte_offset: Some(USize64::from(offset)),
        byte_stride: None,
        name: None,
        target: Some(Checked::Valid(Target::ArrayBuffer)),
        extensions: None,
        extras: Default::default(),
    });
    let bound = |choose: fn(f32, f32) -> f32| {
        let corner = rows.iter().copied().reduce(|a, b| std::array::from_fn(|k| choose(a[k], b[k])));
        corner.filter(|_| bounded).map(|corner| corner.to_vec().into())
    };
    root.push(Accessor {
        buffer_view: Some(view),
        byte_offset: Some(USize64(0)),
        count: USize64::from(rows.len()),
        component_type: Checked::Valid(GenericComponentType(ComponentType::F32)),
        extensions: None,
        extras: Default::default(),
        type_: Checked::Valid(Type::Vec3),
        min: bound(f32::min),
        max: bound(f32::max),
        name: None,
        normalized: false,
        sparse: None,
    })
}
