//! District heat: a plant, and supply and return pipes to the old town, the blocks and the estates.
//!
//! # Sizing
//! Design load of 5 kW per dwelling and 1.5 kW per job; 105 °C supply and 55 °C return; velocity below 1.6 m/s; loss
//! coefficients of preinsulated pipes, series 2, 0.13 to 0.45 W/(m·K) by size (EN 13941).

use twin::{
    Id, Key,
    utility::{HeatLink, HeatLinkKind, HeatNetwork, HeatNode, HeatNodeKind},
};

use crate::{
    houses::House,
    mains::{Course, Ground, Spot},
    quarter::Quarter,
    site::{distance_m, ellipsoid_length_m},
    streets::round,
    water::burial,
};

const SIZES: &[f64] =
    &[0.025, 0.032, 0.04, 0.05, 0.065, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0, 1.2];
/// Least population with district heat.
const POPULATION: u32 = 3_000;

/// The network; `is_heated` is set for every house that it reaches.
pub(crate) fn lay(ground: &Ground<'_>, houses: &[House], population: u32, is_heated: &mut [bool]) -> HeatNetwork {
    let mut network = HeatNetwork::new();
    if population < POPULATION {
        return network;
    }
    let wants = |house: u32, quarter: Quarter| {
        let h = &houses[house as usize];
        let dice = house.wrapping_mul(2_246_822_519) >> 24;
        h.dwellings + h.jobs > 0.0
            && match quarter {
                Quarter::OldTown => dice < 190,
                Quarter::Estate => true,
                Quarter::Rows | Quarter::Gruenderzeit => dice < 150,
                _ => false,
            }
    };
    let mains =
        ground.lay(Course { aside_m: 0.5, mark_m: None }, |_| true, |customer| wants(customer.house, customer.quarter));
    let load: Vec<f64> = mains
        .nodes
        .iter()
        .map(|node| match node.spot {
            Spot::House(house) => {
                round(5_000.0 * houses[house as usize].dwellings + 1_500.0 * houses[house as usize].jobs, 0)
                    .max(3_000.0)
            }
            _ => 0.0,
        })
        .collect();
    let Some(home) = plant_site(ground, &mains, &load) else { return network };
    let tree = mains.tree(&[home], |_, _, piece| piece.length_m);
    let flows = tree.flows(&load, mains.pieces.len());
    let total_w: f64 = load.iter().sum();
    if total_w == 0.0 {
        return network;
    }
    let at = mains.nodes[home as usize].at;
    // Supply and return at full load, and what a house station needs, to the next tenth.
    let mut loss_bar = vec![0.0; mains.nodes.len()];
    let mut worst_bar: f64 = 0.0;
    for &node in &tree.order {
        if let Some((piece, parent)) = tree.parent[node as usize] {
            let length_m = mains.pieces[piece as usize].length_m;
            loss_bar[node as usize] = loss_bar[parent as usize] + friction_bar(length_m, flows[piece as usize]);
            worst_bar = worst_bar.max(loss_bar[node as usize]);
        }
    }
    let lift_bar = (10.0 * (2.0 * worst_bar + 0.6)).ceil() / 10.0;
    let plant = network.add_node(HeatNode::new(
        Key::new("heat_junction/plant"),
        geo_types::coord! { x: at.x + 16.0, y: at.y - 12.0 },
        HeatNodeKind::Producer { power_w: round(total_w * 0.75, 0), supply_c: 105.0, lift_bar },
    ));
    let mut ids: Vec<Option<Id<HeatNode>>> = vec![None; mains.nodes.len()];
    for &node in &tree.order {
        let parent = tree.parent[node as usize];
        let carries = parent.is_none_or(|(piece, _)| flows[piece as usize] > 0.0);
        if !carries {
            continue;
        }
        let place = &mains.nodes[node as usize];
        let (kind, building) = match place.spot {
            Spot::House(house) => {
                is_heated[house as usize] = true;
                (HeatNodeKind::Consumer { load_w: load[node as usize], return_c: 55.0 }, Some(Id::new(house as usize)))
            }
            _ => (HeatNodeKind::Junction, None),
        };
        let key = Key::new(format!("heat_junction/{}", network.n_nodes()));
        let id = network.add_node(HeatNode { building, ..HeatNode::new(key, place.at, kind) });
        ids[node as usize] = Some(id);
        let (from, geometry, flow_w, year) = match parent {
            Some((piece, parent)) => {
                let piece_ref = &mains.pieces[piece as usize];
                let mut geometry = piece_ref.geometry.clone();
                if piece_ref.ends.0 != parent {
                    geometry.0.reverse();
                }
                let from = ids[parent as usize].expect("because whatever carries heat hangs on what carries heat");
                (from, geometry, flows[piece as usize], ground.years[piece_ref.link.index()].max(1966))
            }
            None => (plant, geo_types::LineString(vec![network[plant].position, place.at]), total_w, 1968),
        };
        let pipe = pipe(geometry, flow_w, year, network.n_links() + 1);
        network.add_link(from, id, pipe);
    }
    network
}

/// Flow and inner diameter of a pipe for a load: water at 80 °C (4.19 kJ/(kg·K), 972 kg/m³), 50 K between supply and return.
fn sized(flow_w: f64) -> (f64, f64) {
    let flow_m3_s = flow_w / (4190.0 * 50.0 * 972.0);
    let velocity_m_s = if flow_m3_s > 0.02 { 1.6 } else { 0.8 };
    let wanted_m = (flow_m3_s / velocity_m_s / std::f64::consts::FRAC_PI_4).sqrt();
    (flow_m3_s, SIZES.iter().copied().find(|s| *s >= wanted_m).unwrap_or(1.4))
}

/// Pressure loss of one pipe, with a friction factor on the safe side.
fn friction_bar(length_m: f64, flow_w: f64) -> f64 {
    let (flow_m3_s, diameter_m) = sized(flow_w);
    let velocity_m_s = flow_m3_s / (std::f64::consts::FRAC_PI_4 * diameter_m * diameter_m);
    0.03 * length_m / diameter_m * 972.0 / 2.0 * velocity_m_s * velocity_m_s / 1e5
}

fn pipe(geometry: geo_types::LineString<f64>, flow_w: f64, year: i32, number: usize) -> HeatLink {
    let (_, diameter_m) = sized(flow_w);
    HeatLink {
        key: Key::new(format!("heat_pipe/{number}")),
        kind: HeatLinkKind::PipePair {
            length_m: ellipsoid_length_m(&geometry).max(0.1),
            diameter_m,
            roughness_mm: 0.1,
            loss_w_m_k: round(0.13 + 0.42 * diameter_m.min(0.8).powf(0.8), 3),
            open: true,
        },
        geometry,
        burial: burial(if year < 1980 { "St (Haubenkanal)" } else { "KMR" }, year, 0.8, "Stadtwerke Musterstadt"),
    }
}

/// A junction in an industrial street near the load, else the junction nearest to it.
fn plant_site(ground: &Ground<'_>, mains: &crate::mains::Mains, load: &[f64]) -> Option<u32> {
    let total: f64 = load.iter().sum::<f64>().max(1.0);
    let center = mains
        .nodes
        .iter()
        .zip(load)
        .fold((0.0, 0.0), |(x, y), (node, load)| (x + node.at.x * load / total, y + node.at.y * load / total));
    let center = geo_types::coord! { x: center.0, y: center.1 };
    let mut industrial = vec![false; mains.nodes.len()];
    for piece in &mains.pieces {
        if ground.quarters[piece.link.index()] == Quarter::Industrial {
            industrial[piece.ends.0 as usize] = true;
            industrial[piece.ends.1 as usize] = true;
        }
    }
    let any = industrial.iter().any(|is| *is);
    (0..mains.nodes.len() as u32)
        .filter(|&i| matches!(mains.nodes[i as usize].spot, Spot::Junction(_)) && (industrial[i as usize] || !any))
        .min_by(|&a, &b| {
            let away = |i: u32| distance_m(mains.nodes[i as usize].at, center);
            away(a).total_cmp(&away(b)).then(a.cmp(&b))
        })
}
