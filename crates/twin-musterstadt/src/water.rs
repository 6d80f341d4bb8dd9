//! Drinking water: a well by the river, a pump, a tank on the hill, pressure zones, mains, valves, hydrants.
//!
//! # Sizing
//! 125 l per resident and day (BDEW 2022) and 50 l per job; peak hour factor 2 to 6 by size of the town (DVGW W 410);
//! 48 m³/h for fire fighting on top (DVGW W 405), v ≤ 1 m/s at that flow. A zone spans at most 45 m of height above a
//! static pressure of 25 m (DVGW W 400-1: 2.0 to 8 bar).

use geo_types::{Coord, LineString, coord};
use twin::{
    Id, Key,
    road::RoadLink,
    utility::{
        Burial, WaterLink, WaterLinkDetail, WaterLinkKind, WaterNetwork, WaterNode, WaterNodeDetail, WaterNodeKind,
    },
};

use crate::{
    houses::House,
    mains::{Course, Ground, Mains, Spot, Tree},
    site::lerp,
    streets::round,
};

/// Inner diameters, metres, with the material of the pipe.
const SIZES: &[f64] = &[0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.6, 2.0];
const ZONE_M: f64 = 45.0;
const LEAST_M: f64 = 25.0;

/// The network, and where the well and the tank stand.
pub(crate) fn lay(ground: &Ground<'_>, houses: &[House], residents: &[f64]) -> WaterNetwork {
    let mains = ground.lay(Course { aside_m: 1.8, mark_m: Some(105.0) }, |_| true, |_| true);
    let draw = draw(&mains, houses, residents);
    let total_m3_s: f64 = draw.iter().sum();
    let Some((top, well)) = ends(ground, &mains) else { return WaterNetwork::new() };
    let top_m = mains.nodes.iter().map(|node| node.ground_m).fold(f64::MIN, f64::max);
    let tank_head_m = top_m + LEAST_M + 4.0;
    let zone =
        |node: u32| ((tank_head_m - LEAST_M - mains.nodes[node as usize].ground_m) / ZONE_M).floor().max(0.0) as u32;
    // Going up a zone costs dearly: mains then follow the hill and few boosters are needed.
    let tree = mains.tree(&[top], |from, to, piece| piece.length_m * if zone(to) < zone(from) { 40.0 } else { 1.0 });
    let mut network = WaterNetwork::with_capacity(mains.nodes.len() * 2, mains.pieces.len() * 2);
    let mut laying = Laying { network: &mut network, ground, n_pipes: 0, n_valves: 0, n_pumps: 0, n_junctions: 0 };
    let ids: Vec<Id<WaterNode>> = mains
        .nodes
        .iter()
        .zip(&draw)
        .map(|(node, draw)| laying.node(node.at, node.ground_m, node.spot, *draw))
        .collect();
    let peak = (6.0 - (total_m3_s * 1000.0).max(1.0).log10()).clamp(2.0, 6.0);
    laying.mains(&mains, &tree, &draw, &ids, peak, (tank_head_m, &zone));
    laying.works(
        (ids[top as usize], mains.nodes[top as usize].at),
        (ids[well as usize], mains.nodes[well as usize].at, mains.nodes[well as usize].ground_m),
        total_m3_s,
        tank_head_m,
    );
    network
}

fn draw(mains: &Mains, houses: &[House], residents: &[f64]) -> Vec<f64> {
    mains
        .nodes
        .iter()
        .map(|node| match node.spot {
            Spot::House(house) => {
                let liters_d = residents[house as usize] * 125.0 + houses[house as usize].jobs * 50.0;
                liters_d / 1000.0 / 86_400.0
            }
            _ => 0.0,
        })
        .collect()
}

/// The highest junction, and a low one upstream for the well.
fn ends(ground: &Ground<'_>, mains: &Mains) -> Option<(u32, u32)> {
    let junctions =
        || (0..mains.nodes.len() as u32).filter(|&i| matches!(mains.nodes[i as usize].spot, Spot::Junction(_)));
    let height = |i: u32| mains.nodes[i as usize].ground_m;
    let top = junctions().max_by(|a, b| height(*a).total_cmp(&height(*b)).then(b.cmp(a)))?;
    let upstream = |i: u32| {
        let plan = ground.site.plan(mains.nodes[i as usize].at);
        plan.x + 3.0 * plan.y.abs()
    };
    let well = junctions().filter(|&i| i != top).min_by(|a, b| upstream(*a).total_cmp(&upstream(*b)).then(a.cmp(b)))?;
    Some((top, well))
}

struct Laying<'a> {
    network: &'a mut WaterNetwork,
    ground: &'a Ground<'a>,
    n_pipes: usize,
    n_valves: usize,
    n_pumps: usize,
    n_junctions: usize,
}

impl Laying<'_> {
    fn node(&mut self, at: Coord<f64>, ground_m: f64, spot: Spot, base_demand_m3_s: f64) -> Id<WaterNode> {
        self.n_junctions += 1;
        let (kind, name, building) = match spot {
            Spot::Mark => (WaterNodeKind::Hydrant, "hydrant", None),
            Spot::House(house) => {
                (WaterNodeKind::Junction { base_demand_m3_s }, "junction", Some(Id::new(house as usize)))
            }
            _ => (WaterNodeKind::Junction { base_demand_m3_s }, "junction", None),
        };
        let key = Key::new(format!("water_{name}/J-{}", self.n_junctions));
        self.network.add_node(WaterNode {
            key,
            position: at,
            elevation_m: round(ground_m - 1.3, 2),
            kind,
            building,
            detail: WaterNodeDetail::default(),
        })
    }

    fn mains(
        &mut self,
        mains: &Mains,
        tree: &Tree,
        draw: &[f64],
        ids: &[Id<WaterNode>],
        peak: f64,
        (tank_head_m, zone): (f64, &dyn Fn(u32) -> u32),
    ) {
        let flows = tree.flows(draw, mains.pieces.len());
        let in_tree = tree.pieces(mains.pieces.len());
        let mut last_link = None;
        // The zone in which a node is fed: as its parent's, changed by reducers and boosters.
        for (index, piece) in mains.pieces.iter().enumerate() {
            let (a, b) = piece.ends;
            if piece.service {
                let size_m = if flows[index] > 1e-4 {
                    0.08
                } else if flows[index] > 2e-5 {
                    0.05
                } else {
                    0.04
                };
                self.pipe(
                    (ids[a as usize], ids[b as usize]),
                    piece.geometry.clone(),
                    piece.length_m,
                    size_m,
                    piece.link,
                    true,
                );
                continue;
            }
            let flow_m3_s = flows[index] * peak + 48.0 / 3600.0;
            let size_m = sized(if in_tree[index] { flow_m3_s } else { 0.4 * flow_m3_s }, 1.75);
            let (zone_a, zone_b) = (zone(a), zone(b));
            let mut from = ids[a as usize];
            let first_of_link = last_link != Some(piece.link);
            last_link = Some(piece.link);
            if zone_a != zone_b {
                let toward_b = tree.parent[b as usize].is_some_and(|(p, _)| p as usize == index);
                let crossing = Crossing { ends: (a, b), zones: (zone_a, zone_b), in_tree: in_tree[index], toward_b };
                from = self.zone_change(mains, ids, &crossing, size_m, tank_head_m, flow_m3_s);
            } else if first_of_link && piece.length_m > 6.0 {
                from = self.valve(mains, ids, a, b, size_m, piece.link);
            }
            let mut geometry = piece.geometry.clone();
            geometry.0[0] = self.network[from].position;
            self.pipe((from, ids[b as usize]), geometry, piece.length_m, size_m, piece.link, true);
        }
    }

    /// A node a metre or two into the piece.
    fn stub(&mut self, mains: &Mains, a: u32, b: u32, share: f64) -> Id<WaterNode> {
        let (p, q) = (mains.nodes[a as usize], mains.nodes[b as usize]);
        self.node(lerp(p.at, q.at, share), p.ground_m, Spot::Between, 0.0)
    }

    fn valve(
        &mut self,
        mains: &Mains,
        ids: &[Id<WaterNode>],
        a: u32,
        b: u32,
        diameter_m: f64,
        link: Id<RoadLink>,
    ) -> Id<WaterNode> {
        let behind = self.stub(mains, a, b, 0.08);
        self.n_valves += 1;
        let geometry = LineString(vec![mains.nodes[a as usize].at, self.network[behind].position]);
        let key = Key::new(format!("water_valve/V-{}", self.n_valves));
        let kind = WaterLinkKind::Valve { diameter_m, open: true };
        let burial = Burial { year_laid: Some(self.ground.years[link.index()]), ..Burial::default() };
        self.network.add_link(
            ids[a as usize],
            behind,
            WaterLink { key, geometry, kind, burial, detail: WaterLinkDetail::default() },
        );
        behind
    }

    /// A reducer downhill, a booster uphill, a shut valve where the tree does not pass. The node where the pipe begins.
    fn zone_change(
        &mut self,
        mains: &Mains,
        ids: &[Id<WaterNode>],
        crossing: &Crossing,
        diameter_m: f64,
        tank_head_m: f64,
        flow_m3_s: f64,
    ) -> Id<WaterNode> {
        let (a, b) = crossing.ends;
        let behind = self.stub(mains, a, b, 0.08);
        let line = LineString(vec![mains.nodes[a as usize].at, self.network[behind].position]);
        // Water flows from the parent's side: reducers and pumps point that way.
        let (upper, lower) =
            if crossing.toward_b { (crossing.zones.0, crossing.zones.1) } else { (crossing.zones.1, crossing.zones.0) };
        let zone_head_m = tank_head_m - f64::from(lower) * ZONE_M;
        let elevation_m = self.network[behind].elevation_m;
        let (key, kind) = if !crossing.in_tree {
            self.n_valves += 1;
            (format!("water_valve/V-{}", self.n_valves), WaterLinkKind::Valve { diameter_m, open: false })
        } else if lower > upper {
            self.n_valves += 1;
            let setting_m = round((zone_head_m - elevation_m).max(5.0), 1);
            (format!("water_valve/PRV-{}", self.n_valves), WaterLinkKind::PressureReducer { diameter_m, setting_m })
        } else {
            self.n_pumps += 1;
            let design_head_m = ZONE_M * f64::from(upper - lower);
            (format!("water_pump/B-{}", self.n_pumps), pump(flow_m3_s, design_head_m))
        };
        let (from, to, geometry) = if crossing.toward_b || !crossing.in_tree {
            (ids[a as usize], behind, line)
        } else {
            (behind, ids[a as usize], LineString(line.0.into_iter().rev().collect()))
        };
        self.network.add_link(
            from,
            to,
            WaterLink {
                key: Key::new(key),
                geometry,
                kind,
                burial: Burial::default(),
                detail: WaterLinkDetail::default(),
            },
        );
        behind
    }

    fn pipe(
        &mut self,
        ends: (Id<WaterNode>, Id<WaterNode>),
        geometry: LineString<f64>,
        length_m: f64,
        diameter_m: f64,
        link: Id<RoadLink>,
        open: bool,
    ) {
        self.n_pipes += 1;
        let year = self.ground.years[link.index()];
        let (material, roughness) = match (diameter_m, year) {
            (d, _) if d < 0.09 => ("PE", 0.1),
            (_, y) if y < 1965 => ("GG", 1.0),
            (d, y) if y < 1990 || d > 0.3 => ("GGG", 0.4),
            (d, _) if d > 0.2 => ("GGG", 0.2),
            _ => ("PE", 0.1),
        };
        let burial = burial(material, year, 1.3, "Stadtwerke Musterstadt");
        let key = Key::new(format!("water_pipe/P-{}", self.n_pipes));
        let kind = WaterLinkKind::Pipe { length_m, diameter_m, roughness, open };
        self.network.add_link(
            ends.0,
            ends.1,
            WaterLink { key, geometry, kind, burial, detail: WaterLinkDetail::default() },
        );
    }

    /// Well and pump by the river, tank above the highest street.
    fn works(
        &mut self,
        top: (Id<WaterNode>, Coord<f64>),
        well: (Id<WaterNode>, Coord<f64>, f64),
        total_m3_s: f64,
        tank_head_m: f64,
    ) {
        let tank_m3 = (total_m3_s * 86_400.0 * 0.75).max(200.0) + 100.0;
        let diameter_m = round((tank_m3 / 4.0 / std::f64::consts::FRAC_PI_4).sqrt(), 1);
        let at = coord! { x: top.1.x + 18.0, y: top.1.y + 24.0 };
        let tank = self.network.add_node(WaterNode {
            key: Key::new("water_tank/T-1"),
            position: at,
            elevation_m: round(tank_head_m - 3.0, 2),
            kind: WaterNodeKind::Tank { initial_level_m: 3.0, min_level_m: 0.5, max_level_m: 4.5, diameter_m },
            building: None,
            detail: WaterNodeDetail::default(),
        });
        let main_m = sized(total_m3_s * 2.0 + 0.0134, 1.0);
        let link = Id::new(0);
        let line = |a: Coord<f64>, b: Coord<f64>| LineString(vec![a, b]);
        let tank_line = line(at, top.1);
        let length_m = crate::site::ellipsoid_length_m(&tank_line);
        self.pipe((tank, top.0), tank_line, length_m, main_m, link, true);
        // The well pumps straight to the tank through a rising main of its own.
        let source_at = coord! { x: well.1.x - 42.0, y: well.1.y - 8.0 };
        let water_m = well.2 - 6.0;
        let source = self.network.add_node(WaterNode {
            key: Key::new("water_reservoir/R-1"),
            position: source_at,
            elevation_m: round(water_m, 2),
            kind: WaterNodeKind::Reservoir { head_m: round(water_m, 2) },
            building: None,
            detail: WaterNodeDetail::default(),
        });
        let behind_at = coord! { x: well.1.x - 34.0, y: well.1.y - 6.0 };
        let behind = self.node(behind_at, well.2, Spot::Between, 0.0);
        let flow_m3_s = (total_m3_s * 1.5).max(0.002);
        let rising = line(behind_at, at);
        let length_m = crate::site::ellipsoid_length_m(&rising);
        let size_m = sized(flow_m3_s, 1.0);
        let loss_m =
            0.02 * length_m / size_m * (flow_m3_s / (std::f64::consts::FRAC_PI_4 * size_m * size_m)).powi(2) / 19.62;
        self.n_pumps += 1;
        let key = Key::new(format!("water_pump/P-{}", self.n_pumps));
        let kind = pump(flow_m3_s, tank_head_m + 1.5 - water_m + loss_m);
        self.network.add_link(
            source,
            behind,
            WaterLink {
                key,
                geometry: line(source_at, behind_at),
                kind,
                burial: Burial::default(),
                detail: WaterLinkDetail::default(),
            },
        );
        self.pipe((behind, tank), rising, length_m, size_m, link, true);
    }
}

struct Crossing {
    ends: (u32, u32),
    zones: (u32, u32),
    in_tree: bool,
    toward_b: bool,
}

/// A pump of 70 % efficiency.
fn pump(design_flow_m3_s: f64, design_head_m: f64) -> WaterLinkKind {
    let power_w = round(1000.0 * 9.81 * design_flow_m3_s * design_head_m / 0.7, 0);
    WaterLinkKind::Pump {
        design_flow_m3_s: round(design_flow_m3_s, 5),
        design_head_m: round(design_head_m, 1),
        power_w,
        on: true,
    }
}

/// The smallest size that carries a flow below a velocity.
fn sized(flow_m3_s: f64, velocity_m_s: f64) -> f64 {
    let wanted_m = (flow_m3_s / velocity_m_s / std::f64::consts::FRAC_PI_4).sqrt();
    SIZES.iter().copied().find(|size| *size >= wanted_m).unwrap_or(2.4)
}

/// Attributes of a buried line.
pub(crate) fn burial(material: &str, year: i32, cover_m: f64, operator: &str) -> Burial {
    Burial {
        material: Some(material.to_owned()),
        year_laid: Some(year),
        cover_m: Some(cover_m),
        position_accuracy_m: Some(if year < 1970 {
            1.0
        } else if year < 1995 {
            0.4
        } else {
            0.1
        }),
        operator: Some(operator.to_owned()),
    }
}
