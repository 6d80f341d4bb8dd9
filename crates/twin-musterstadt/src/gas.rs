//! Gas: 50 mbar in the old quarters, 0.7 bar elsewhere, city gates and regulator stations between.
//!
//! # Sizing
//! Diversified peak of 0.9 m³/h per dwelling and 0.25 m³/h per job (DVGW G 2000, natural gas H), velocity below 8 m/s at
//! operating pressure.

use std::collections::BTreeMap;

use twin::{
    Id, Key,
    road::RoadClass,
    utility::{GasLink, GasLinkKind, GasNetwork, GasNode},
};

use crate::{
    houses::House,
    mains::{Course, Ground, Mains, Spot},
    quarter::Quarter,
    streets::round,
    water::burial,
};

const SIZES: &[f64] = &[0.05, 0.08, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8];
const HOUSES_PER_REGULATOR: usize = 350;
const PEOPLE_PER_GATE: usize = 40_000;

/// The network; houses heated otherwise are left out.
pub(crate) fn lay(ground: &Ground<'_>, houses: &[House], is_heated: &[bool], population: u32) -> GasNetwork {
    let low = |link: Id<_>| {
        let road = ground.roads.link(link);
        matches!(ground.quarters[link.index()], Quarter::OldTown | Quarter::Village | Quarter::Gruenderzeit)
            && !matches!(road.class, RoadClass::Primary | RoadClass::Secondary | RoadClass::Tertiary)
    };
    // Two of three houses burn gas, none that district heat reaches, none built since 2010.
    let burns = |house: u32| {
        let h = &houses[house as usize];
        !is_heated[house as usize]
            && h.year < 2010
            && h.dwellings + h.jobs > 0.0
            && (house.wrapping_mul(2_654_435_761) >> 24) < 178
    };
    let low_mains = ground.lay(Course { aside_m: -1.5, mark_m: None }, low, |customer| burns(customer.house));
    let high_mains =
        ground.lay(Course { aside_m: -1.5, mark_m: None }, |link| !low(link), |customer| burns(customer.house));
    let draw = |mains: &Mains| -> Vec<f64> {
        mains
            .nodes
            .iter()
            .map(|node| match node.spot {
                Spot::House(house) => 0.9 * houses[house as usize].dwellings + 0.25 * houses[house as usize].jobs,
                _ => 0.0,
            })
            .collect()
    };
    let mut network = GasNetwork::new();
    let low_draw = draw(&low_mains);
    let mut high_draw = draw(&high_mains);
    // Each low-pressure district is fed where it meets the higher pressure.
    let mut feeds = BTreeMap::new();
    for district in components(&low_mains) {
        let total_m3_h: f64 = district.iter().map(|&node| low_draw[node as usize]).sum();
        let n_houses = district.iter().filter(|&&node| low_draw[node as usize] > 0.0).count();
        let meeting: Vec<(u32, Option<u32>)> = district
            .iter()
            .filter_map(|&node| match low_mains.nodes[node as usize].spot {
                Spot::Junction(junction) => Some((node, high_mains.junctions[junction as usize])),
                _ => None,
            })
            .filter(|(_, high)| high.is_some())
            .collect();
        let n = (1 + n_houses / HOUSES_PER_REGULATOR).min(meeting.len().max(1));
        for i in 0..n {
            // Without a meeting point the district has a gate of its own.
            let (node, high) = meeting.get(i * meeting.len() / n).copied().unwrap_or((district[0], None));
            feeds.insert(node, 0.05);
            if let Some(high) = high {
                high_draw[high as usize] += total_m3_h / n as f64;
            }
        }
    }
    let mut laying = Laying { network: &mut network, ground };
    laying.level(&low_mains, &low_draw, &feeds, 0.05);
    let mut gates = BTreeMap::new();
    for district in components(&high_mains) {
        let n = 1 + if district.len() > 500 { population as usize / PEOPLE_PER_GATE } else { 0 };
        for i in 0..n {
            gates.insert(district[i * district.len() / n], 0.7);
        }
    }
    laying.level(&high_mains, &high_draw, &gates, 0.7);
    network
}

struct Laying<'a> {
    network: &'a mut GasNetwork,
    ground: &'a Ground<'a>,
}

impl Laying<'_> {
    fn level(&mut self, mains: &Mains, draw: &[f64], feeds: &BTreeMap<u32, f64>, pressure_bar: f64) {
        let ids: Vec<Id<GasNode>> = mains
            .nodes
            .iter()
            .enumerate()
            .map(|(i, node)| {
                let key = Key::new(format!("gas_junction/{}", self.network.n_nodes() + 1));
                let building = match node.spot {
                    Spot::House(house) => Some(Id::new(house as usize)),
                    _ => None,
                };
                self.network.add_node(GasNode {
                    feed_pressure_bar: feeds.get(&(i as u32)).copied(),
                    demand_m3_h: round(draw[i], 3),
                    customers: u32::from(building.is_some()),
                    building,
                    ..GasNode::junction(key, node.at)
                })
            })
            .collect();
        let roots: Vec<u32> = feeds.keys().copied().collect();
        let tree = mains.tree(&roots, |_, _, piece| piece.length_m);
        let flows = tree.flows(draw, mains.pieces.len());
        let in_tree = tree.pieces(mains.pieces.len());
        let velocity_m_s = if pressure_bar > 0.3 { 8.0 } else { 3.5 };
        for (i, piece) in mains.pieces.iter().enumerate() {
            let actual_m3_s = flows[i] / 3600.0 / (1.0 + pressure_bar);
            let wanted_m = (actual_m3_s / velocity_m_s / std::f64::consts::FRAC_PI_4).sqrt();
            let least_m = if piece.service {
                0.04
            } else if pressure_bar < 0.3 {
                0.1
            } else {
                0.08
            };
            let wanted_m = if in_tree[i] { wanted_m } else { 0.0 };
            let diameter_m = if piece.service && wanted_m <= 0.04 {
                0.04
            } else {
                SIZES.iter().copied().find(|s| *s >= wanted_m.max(least_m)).unwrap_or(1.0)
            };
            let year = self.ground.years[piece.link.index()].max(1958);
            let (material, roughness_mm) = if year < 1978 || diameter_m > 0.3 { ("St", 0.1) } else { ("PE 100", 0.02) };
            let key = Key::new(format!("gas_pipe/{}", self.network.n_links() + 1));
            let burial = burial(material, year, 0.9, "Stadtwerke Musterstadt");
            let kind = GasLinkKind::Pipe {
                length_m: piece.length_m,
                diameter_m,
                roughness_mm,
                loss_coefficient: 0.0,
                sections: 1,
                open: true,
            };
            let pipe = GasLink { key, geometry: piece.geometry.clone(), kind, burial };
            self.network.add_link(ids[piece.ends.0 as usize], ids[piece.ends.1 as usize], pipe);
        }
    }
}

/// Nodes of each connected part, in order.
fn components(mains: &Mains) -> Vec<Vec<u32>> {
    let incident = mains.incident();
    let mut seen = vec![false; mains.nodes.len()];
    let mut parts = Vec::new();
    for start in 0..mains.nodes.len() {
        if std::mem::replace(&mut seen[start], true) {
            continue;
        }
        let mut part = vec![start as u32];
        let mut next = 0;
        while let Some(&at) = part.get(next) {
            next += 1;
            for &(_, to) in &incident[at as usize] {
                if !std::mem::replace(&mut seen[to as usize], true) {
                    part.push(to);
                }
            }
        }
        part.sort_unstable();
        parts.push(part);
    }
    parts
}
