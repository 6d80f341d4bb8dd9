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

// x: value in the unit of the legend; y: 0 no value, 1 value; z: 1 selected, 2 pointed at.
@group(#{MATERIAL_BIND_GROUP}) @binding(100) var<storage, read> values: array<vec4<f32>>;
// Per class: linear rgb and 1 where hatched; then x: lower bound. The first is open below.
@group(#{MATERIAL_BIND_GROUP}) @binding(101) var<storage, read> palette: array<vec4<f32>>;

fn class_of(value: f32) -> u32 {
    let n = arrayLength(&palette) / 2u;
    var class_index = 0u;
    for (var k = 1u; k < n; k = k + 1u) {
        if value >= palette[2u * k + 1u].x {
            class_index = k;
        }
    }
    return class_index;
}

// The alpha channel carries the hatching to the fragments: 1 is plain.
fn painted(base: vec4<f32>, feature: u32) -> vec4<f32> {
    if feature == 0u || feature >= arrayLength(&values) {
        return vec4<f32>(base.rgb, 1.0);
    }
    let row = values[feature];
    var color = vec4<f32>(base.rgb, 1.0);
    if row.y > 0.5 {
        let entry = palette[2u * class_of(row.x)];
        color = vec4<f32>(entry.rgb, 1.0 - 0.5 * entry.a);
    }
    if row.z > 1.5 {
        color = vec4<f32>(mix(color.rgb, vec3<f32>(1.0, 1.0, 0.6), 0.35), color.a);
    } else if row.z > 0.5 {
        color = vec4<f32>(0.95, 0.78, 0.05, 1.0);
    }
    return color;
}

@vertex
fn vertex(in: Vertex) -> VertexOutput {
    var out: VertexOutput;
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    out.world_normal = mesh_functions::mesh_normal_local_to_world(in.normal, in.instance_index);
    out.world_position = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0));
    out.position = position_world_to_clip(out.world_position.xyz);
    out.color = painted(in.color, in.feature);
#ifdef VERTEX_OUTPUT_INSTANCE_INDEX
    out.instance_index = in.instance_index;
#endif
    return out;
}

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) is_front: bool) -> FragmentOutput {
    var pbr_input = pbr_input_from_standard_material(in, is_front);
    if in.color.a < 0.9 {
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
