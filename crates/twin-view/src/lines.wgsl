// Supply lines: bands of a least width in pixels along their course, and symbols of about constant size, both pulled towards the
// camera so that the ground and the street above them do not hide them; buildings do.

#import bevy_pbr::{
    mesh_functions,
    mesh_view_bindings::view,
    view_transformations::position_world_to_clip,
}

struct Vertex {
    @builtin(instance_index) instance_index: u32,
    @location(0) position: vec3<f32>,
    // Of a band the way to this edge; of a symbol its corner, and 2 plus its form.
    @location(1) normal: vec3<f32>,
    // Alpha: half the width of a band in centimetres, or the size of a symbol, over 255.
    @location(5) color: vec4<f32>,
    // The highest bit marks the right edge of a band.
    @location(8) feature: u32,
};

struct Between {
    @builtin(position) position: vec4<f32>,
    // Of a band: from -1 to 1 across, 0, half the width in pixels, 0. Of a symbol: the place in it, its radius in pixels, 2 plus its form.
    @location(0) place: vec4<f32>,
    @location(1) color: vec3<f32>,
    @location(2) @interpolate(flat) feature: u32,
};

// x: value; y: 1 there is one, 2 there is one before, 3 both; z: 1 selected, 2 pointed at, 3 out of service, 4 without supply; w: value before.
@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<storage, read> values: array<vec4<f32>>;
// Per class: linear rgb and 1 where hatched; then x: lower bound. Then x: edge of the swipe in pixels.
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var<storage, read> palette: array<vec4<f32>>;
// x: 1 where the part that buildings hide is drawn.
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var<uniform> drawn: vec4<f32>;

const N_CLASSES: u32 = 16u;
const RIGHT: u32 = 0x80000000u;

fn class_of(value: f32) -> u32 {
    var class_index = 0u;
    for (var k = 1u; k < N_CLASSES; k = k + 1u) {
        if value >= palette[2u * k + 1u].x {
            class_index = k;
        }
    }
    return class_index;
}

// The same place on the screen, nearer than it is.
fn pulled(world: vec3<f32>) -> vec4<f32> {
    let clip = position_world_to_clip(world);
    let is_plan = view.clip_from_view[3][3] > 0.5;
    let to_camera = select(normalize(view.world_position - world), normalize(view.world_from_view[2].xyz), is_plan);
    let near = position_world_to_clip(world + to_camera * min(3.0 / max(to_camera.y, 0.2), 12.0));
    return vec4<f32>(clip.xy, near.z / near.w * clip.w, clip.w);
}

@vertex
fn vertex(in: Vertex) -> Between {
    let world_from_local = mesh_functions::get_world_from_local(in.instance_index);
    let world = mesh_functions::mesh_position_local_to_world(world_from_local, vec4<f32>(in.position, 1.0)).xyz;
    let feature = in.feature & ~RIGHT;
    let mark = values[feature].z;
    let zoom = clamp(view.viewport.w / 900.0, 0.7, 4.0);
    var clip = pulled(world);
    // Metres that a pixel of the smallest screen covers here.
    let metres = 2.0 * clip.w / (view.clip_from_view[1][1] * view.viewport.w);
    let seen_m = metres * zoom;
    var out: Between;
    out.color = in.color.rgb;
    out.feature = feature;
    if in.normal.z > 1.5 {
        var radius = clamp(0.9 / seen_m, 2.2, 5.5);
        if in.color.a > 0.9 {
            radius = clamp(4.0 / seen_m, 6.5, 12.0);
        } else if in.color.a > 0.4 {
            radius = clamp(2.2 / seen_m, 3.6, 9.0);
        }
        let hidden = (in.color.a < 0.4 && seen_m > 0.85) || (in.color.a < 0.9 && seen_m > 3.5);
        if hidden && mark == 0.0 {
            radius = 0.0;
        } else if mark > 0.5 {
            radius = max(radius * 1.35, 5.0);
        }
        let pixels = radius * zoom;
        clip = vec4<f32>(clip.xy + in.normal.xy * pixels * 2.0 / view.viewport.zw * clip.w, clip.zw);
        out.place = vec4<f32>(in.normal.xy, pixels, in.normal.z);
        out.position = clip;
        return out;
    }
    let half_m = in.color.a * 2.55;
    let is_service = half_m < 0.15;
    var least = 1.3 + 2.0 * clamp((half_m - 0.2) / 0.5, 0.0, 1.0);
    if is_service {
        least = select(0.75, 0.0, seen_m > 0.75);
    }
    var pixels = max(half_m / metres, least * zoom);
    if is_service && least == 0.0 && mark == 0.0 {
        pixels = 0.0;
    }
    if mark == 1.0 || mark == 3.0 {
        pixels = pixels * 1.4 + 1.2 * zoom;
    }
    let across = mesh_functions::mesh_normal_local_to_world(normalize(in.normal), in.instance_index) * length(in.normal);
    out.position = pulled(world + across * pixels * metres);
    out.place = vec4<f32>(select(-1.0, 1.0, (in.feature & RIGHT) != 0u), 0.0, pixels, 0.0);
    return out;
}

@fragment
fn fragment(in: Between) -> @location(0) vec4<f32> {
    let row = values[in.feature];
    let flags = u32(row.y);
    let edge = palette[2u * N_CLASSES].x;
    let before = edge > 0.0 && in.position.x < edge;
    var color = in.color;
    if before && (flags & 2u) != 0u {
        color = palette[2u * class_of(row.w)].rgb;
    } else if !before && (flags & 1u) != 0u {
        color = palette[2u * class_of(row.x)].rgb;
    }
    // Stripes in pixels, the same at every distance.
    let stripe = fract((in.position.x + in.position.y) / 9.0) < 0.5;
    if row.z > 3.5 && !before {
        color = select(vec3<f32>(0.012, 0.008, 0.012), color, stripe);
    } else if row.z > 2.5 && !before {
        color = select(vec3<f32>(0.0), vec3<f32>(1.0), stripe);
    } else if row.z > 1.5 && row.z < 2.5 {
        color = mix(color, vec3<f32>(1.0), 0.45);
    } else if row.z > 0.5 && row.z < 1.5 {
        color = vec3<f32>(0.05, 0.95, 0.2);
    }
    if in.place.w > 1.5 {
        let form = u32(in.place.w - 1.5);
        let p = in.place.xy;
        var reach = length(p);
        if form == 1u {
            reach = max(abs(p.x), abs(p.y)) / 0.86;
        } else if form == 2u {
            reach = max(0.866 * abs(p.x) + 0.5 * p.y, -p.y) / 0.56;
        } else if form == 3u {
            reach = abs(p.x) + abs(p.y);
        }
        if reach > 1.0 {
            discard;
        }
        let rim = min(0.45, 1.6 / max(in.place.z, 1.0));
        if reach > 1.0 - rim {
            color = color * 0.22;
        }
    } else if in.place.z > 1.7 && (1.0 - abs(in.place.x)) * in.place.z < 0.8 {
        color = color * 0.35;
    }
    return vec4<f32>(color, select(1.0, 0.2, drawn.x > 0.5));
}
