//! Writes a plan of Musterstadt as SVG to standard output: `cargo run --example plan -- 8000 1 > plan.svg`.
//! A third and fourth argument cut a window: half its width in metres, and `x,y` of its middle from the town's middle.
#![expect(clippy::print_stdout, reason = "the picture is the output")]

use std::fmt::Write as _;

use geo_types::{Coord, LineString, MultiPolygon};
use twin::{
    Silent,
    area::{AreaKind, GroundLineKind},
    building::BuildingUse,
    road::RoadClass,
};
use twin_musterstadt::{Options, generate};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, default: f64| arguments.get(i).and_then(|text| text.parse().ok()).unwrap_or(default);
    let options = Options { population: number(0, 8_000.0) as u32, seed: number(1, 1.0) as u64 };
    let begin = std::time::Instant::now();
    let twin = match generate(&options, &Silent) {
        Ok(twin) => twin,
        Err(findings) => {
            eprint!("{findings}");
            std::process::exit(2);
        }
    };
    eprintln!(
        "{} links, {} nodes, {} buildings, {} addresses in {:.2} s; dwellings {:.0}, residents {:.0}, jobs {:.0}",
        twin.roads.n_links(),
        twin.roads.n_nodes(),
        twin.buildings.len(),
        twin.addresses.len(),
        begin.elapsed().as_secs_f64(),
        twin.buildings.rows().iter().filter_map(|b| b.dwellings).sum::<f64>(),
        twin.buildings.rows().iter().filter_map(|b| b.residents).sum::<f64>(),
        twin.buildings.rows().iter().filter_map(|b| b.jobs).sum::<f64>(),
    );
    let terrain = twin.terrain.as_ref().expect("because the town has heights");
    let (w, h) = (f64::from(terrain.n_columns) * terrain.cell_m, f64::from(terrain.n_rows) * terrain.cell_m);
    let mut middle = (terrain.origin.x + 0.5 * w, terrain.origin.y + 0.5 * h);
    if let Some((x, y)) = arguments.get(3).and_then(|text| text.split_once(',')) {
        middle.0 += x.parse::<f64>().unwrap_or(0.0);
        middle.1 += y.parse::<f64>().unwrap_or(0.0);
    }
    let half = number(2, 0.5 * w.max(h));
    let at = |c: Coord<f64>| (c.x - middle.0 + half, half - (c.y - middle.1));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"1400\" height=\"1400\" viewBox=\"0 0 {0:.0} {0:.0}\"><rect width=\"100%\" height=\"100%\" fill=\"#e8ecd8\"/>\n",
        2.0 * half
    );
    let path = |line: &LineString<f64>| {
        line.0.iter().enumerate().fold(String::new(), |mut d, (i, c)| {
            let (x, y) = at(*c);
            let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
            d
        })
    };
    let fill = |polygon: &MultiPolygon<f64>| polygon.0.iter().map(|p| path(p.exterior()) + "Z").collect::<String>();
    for area in twin.areas.rows() {
        let _ = writeln!(svg, "<path d=\"{}\" fill=\"{}\"/>", fill(&area.polygon), area_color(area.kind));
    }
    for line in twin.ground_lines.rows().iter().filter(|line| line.kind == GroundLineKind::Rail) {
        let _ =
            writeln!(svg, "<path d=\"{}\" fill=\"none\" stroke=\"#555\" stroke-width=\"1.4\"/>", path(&line.geometry));
    }
    for (casing, pass) in [("#9a9a9a", 0), ("", 1)] {
        for (_, link) in twin.roads.links() {
            let width = link.width_or_assumed_m();
            let (color, width) = if pass == 0 { (casing, width + 1.6) } else { (road_color(link.class), width) };
            let _ = writeln!(
                svg,
                "<path d=\"{}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{width:.1}\" stroke-linecap=\"round\"/>",
                path(&link.geometry)
            );
        }
    }
    for building in twin.buildings.rows() {
        let _ = writeln!(
            svg,
            "<path d=\"{}\" fill=\"{}\" stroke=\"#6b5a50\" stroke-width=\"0.4\"/>",
            fill(&building.footprint),
            building_color(building.usage)
        );
    }
    for (_, node) in twin.roads.nodes() {
        if node.control == twin::road::NodeControl::Signal {
            let (x, y) = at(node.position);
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"4\" fill=\"#c00\"/>");
        }
    }
    println!("{svg}</svg>");
}

fn area_color(kind: AreaKind) -> &'static str {
    match kind {
        AreaKind::Water => "#a4c8e8",
        AreaKind::Forest => "#a8c890",
        AreaKind::Park | AreaKind::Cemetery => "#c0dfae",
        AreaKind::Grass => "#d6e8bc",
        AreaKind::Sports => "#b4dcc0",
        AreaKind::Orchard => "#cce0a8",
        AreaKind::Scrub => "#c4d6a8",
        AreaKind::Farmland => "#efe9cf",
        AreaKind::Residential => "#e6e2de",
        AreaKind::Industrial => "#dfd5e2",
        AreaKind::Retail | AreaKind::Commercial => "#f2d8d4",
        AreaKind::Institutional => "#efe6c4",
        AreaKind::Railway => "#cfcbc6",
        _ => "#e4e0dc",
    }
}

fn road_color(class: RoadClass) -> &'static str {
    match class {
        RoadClass::Motorway | RoadClass::MotorwayLink => "#e892a2",
        RoadClass::Primary => "#fcc98a",
        RoadClass::Secondary => "#f7f0a0",
        RoadClass::Tertiary => "#fffde0",
        RoadClass::Pedestrian => "#dddde8",
        RoadClass::LivingStreet => "#f2f2f2",
        RoadClass::Track | RoadClass::Path | RoadClass::Footway | RoadClass::Cycleway => "#c8a878",
        _ => "#ffffff",
    }
}

fn building_color(usage: BuildingUse) -> &'static str {
    match usage {
        BuildingUse::Industrial | BuildingUse::Warehouse | BuildingUse::Commercial => "#b0a0b0",
        BuildingUse::Retail => "#d89a90",
        BuildingUse::School
        | BuildingUse::Hospital
        | BuildingUse::Public
        | BuildingUse::FireStation
        | BuildingUse::Kindergarten => "#c8a050",
        BuildingUse::Church => "#7a4a70",
        BuildingUse::Garage | BuildingUse::Shed => "#c8bcb4",
        _ => "#b8968a",
    }
}
