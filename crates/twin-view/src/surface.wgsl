// The surface of the town: base color from the vertex, value of its feature from a storage buffer, color of the value's class
// from a palette. A new result is a new buffer, never a new mesh.

#import bevy_pbr::{
    mesh_functions,
    forward_io::{VertexOutput, FragmentOutput},
    view_transformations::position_world_to_clip,
    pbr_fragment::pbr_input_from_standard_material,
    pbr_functions::{apply_pbr_lighting, main_pass_post_lighting_processing},
    pbr_types::STANDARD_MATERIAL_FLAGS_UNLIT_BIT,
}

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    @location(1) normal: vec3<f32>,
    @location(5) color: vec4<f32>,
    @location(8) feature: u32,
};

struct Between {
    @builtin(position) position: vec4<f32>,
    @location(0) world_position: vec4<f32>,
    @location(1) world_normal: vec3<f32>,
    @location(5) color: vec4<f32>,
    @location(6) @interpolate(flat) instance_index: u32,
    @location(9) @interpolate(flat) feature: u32,
};

// x: value in the unit of the legend; y: 1 there is one, 2 there is one before, 3 both; z: 1 selected, 2 pointed at, from 10 on a
// consequence; w: value before.
@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<storage, read> values: array<vec4<f32>>;
// Per class: linear rgb and 1 where hatched; then x: lower bound, the first being open below. Then x: edge of the swipe in pixels,
// y: how far the town is faded. Then the colors of consequences.
@group(#{MATERIAL_BIND_GROUP}) @binding(101) var<storage, read> palette: array<vec4<f32>>;

const N_CLASSES: u32 = 16u;

fn class_of(value: f32) -> u32 {
    var class_index = 0u;
    for (var k = 1u; k < N_CLASSES; k = k + 1u) {
        if value >= palette[2u * k + 1u].x {
            class_index = k;
        }
    }
    return class_index;
}

// The alpha channel carries the hatching: 1 is plain.
fn painted(base: vec3<f32>, feature: u32, column: f32) -> vec4<f32> {
    let settings = palette[2u * N_CLASSES];
    let pale = mix(base, vec3<f32>(0.42 + 0.45 * dot(base, vec3<f32>(0.25, 0.55, 0.2))), settings.y);
    if feature == 0u || feature >= arrayLength(&values) {
        return vec4<f32>(pale, 1.0);
    }
    let row = values[feature];
    let flags = u32(row.y);
    let before = settings.x > 0.0 && column < settings.x;
    var color = vec4<f32>(pale, 1.0);
    if before && (flags & 2u) != 0u {
        let entry = palette[2u * class_of(row.w)];
        color = vec4<f32>(entry.rgb, 1.0 - 0.5 * entry.a);
    } else if !before && (flags & 1u) != 0u {
        let entry = palette[2u * class_of(row.x)];
        color = vec4<f32>(entry.rgb, 1.0 - 0.5 * entry.a);
    }
    if row.z > 9.5 {
        if !before {
            color = vec4<f32>(palette[2u * N_CLASSES + 1u + u32(row.z - 9.5)].rgb, 1.0);
        }
    } else if row.z > 1.5 {
        color = vec4<f32>(mix(color.rgb, vec3<f32>(1.0, 1.0, 0.6), 0.35), color.a);
    } else if row.z > 0.5 {
        color = vec4<f32>(0.75, 0.02, 0.5, 1.0);
    }
    return color;
}

@vertex
fn vertex(in: Vertex) -> Between {
    var out: Between;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    out.world_normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
    out.world_position = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0));
    out.position = position_world_to_clip(out.world_position.xyz);
    out.color = in.color;
    out.instance_index = in.instance_index;
    out.feature = in.feature;
    return out;
}

@fragment
fn fragment(in: Between, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    let color = painted(in.color.rgb, in.feature, in.position.x);
    var lit: VertexOutput;
    lit.position = in.position;
    lit.world_position = in.world_position;
    lit.world_normal = in.world_normal;
    lit.color = vec4<f32>(color.rgb, 1.0);
#ifdef VERTEX_OUTPUT_INSTANCE_INDEX
    lit.instance_index = in.instance_index;
#endif
    var pbr_input = pbr_input_from_standard_material(lit, is_front);
    if color.a < 0.9 {
        // Hatching in pixels, as on a map: the same at every distance.
        let stripe = fract((in.position.x + in.position.y) / 7.0);
        if stripe < 0.35 {
            pbr_input.material.base_color = vec4<f32>(mix(pbr_input.material.base_color.rgb, vec3<f32>(1.0), 0.75), 1.0);
        }
    }
    pbr_input.material.base_color.a = 1.0;
    var out: FragmentOutput;
    if (pbr_input.material.flags & STANDARD_MATERIAL_FLAGS_UNLIT_BIT) == 0u {
        out.color = apply_pbr_lighting(pbr_input);
    } else {
        out.color = pbr_input.material.base_color;
    }
    out.color = main_pass_post_lighting_processing(pbr_input, out.color);
    return out;
}
