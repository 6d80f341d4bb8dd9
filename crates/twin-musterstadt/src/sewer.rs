//! Sewers: combined in the old quarters, sanitary and storm sewers elsewhere, all downhill; foul water to the treatment
//! plant downstream, rain to the river.
//!
//! # Sizing
//! 150 l per resident and day with peak factor 2.5, design storm of 120 l/(s·ha) on 45 % sealed ground (DWA-A 118), full pipe
//! by Manning–Strickler with k_st = 70. Least slope 1 : DN(mm), but not below 0.1 %.

use geo_types::{Coord, LineString, coord};
use twin::{
    Id, Key,
    utility::{Manhole, SewerKind, SewerNetwork, SewerPipe},
};

use crate::{
    mains::{Course, Ground, Mains, Spot, Tree},
    quarter::Quarter,
    site::ellipsoid_length_m,
    streets::round,
    water::burial,
};

const SIZES: &[f64] = &[0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6, 2.0, 2.4, 3.0, 4.0];

/// The network.
pub(crate) fn lay(ground: &Ground<'_>, residents: &[f64]) -> SewerNetwork {
    let mut network = SewerNetwork::new();
    let combined = |quarter: Quarter| matches!(quarter, Quarter::OldTown | Quarter::Village | Quarter::Gruenderzeit);
    let foul = ground.lay(Course { aside_m: 0.0, mark_m: Some(60.0) }, |_| true, |_| false);
    let per_m = people_per_m(ground, &foul, residents);
    let Some(outlet) = lowest_downstream(ground, &foul) else { return network };
    let tree = downhill(&foul, &[outlet]);
    let mut flow = vec![0.0; foul.nodes.len()];
    let mut is_combined = vec![false; foul.pieces.len()];
    for (i, piece) in foul.pieces.iter().enumerate() {
        is_combined[i] = combined(ground.quarters[piece.link.index()]);
        let rain_m3_s = if is_combined[i] { piece.length_m * 30.0 / 10_000.0 * 0.120 * 0.45 } else { 0.0 };
        flow[piece.ends.0 as usize] += rain_m3_s + per_m[i] * piece.length_m * 150.0 * 2.5 / 86_400_000.0;
    }
    let plant_at = coord! { x: foul.nodes[outlet as usize].at.x + 60.0, y: foul.nodes[outlet as usize].at.y };
    let mut laying = Laying { network: &mut network, ground, n_pipes: 0 };
    laying.tree(
        &foul,
        &tree,
        &flow,
        Lead {
            least_cover_m: 2.2,
            kinds: &|i| if is_combined[i] { SewerKind::Combined } else { SewerKind::Sanitary },
            outfall: Some(plant_at),
        },
    );
    // Rain sewers where the foul water is kept apart, to the nearest point of the bank.
    let storm = ground.lay(
        Course { aside_m: 1.1, mark_m: Some(60.0) },
        |link| !combined(ground.quarters[link.index()]),
        |_| false,
    );
    let banks = banks(ground, &storm);
    let tree = downhill(&storm, &banks);
    let mut flow = vec![0.0; storm.nodes.len()];
    for piece in &storm.pieces {
        flow[piece.ends.0 as usize] += piece.length_m * 30.0 / 10_000.0 * 0.120 * 0.45;
    }
    laying.tree(&storm, &tree, &flow, Lead { least_cover_m: 1.5, kinds: &|_| SewerKind::Storm, outfall: None });
    network
}

/// Cheapest ways to the outlets, uphill stretches avoided.
fn downhill(mains: &Mains, roots: &[u32]) -> Tree {
    mains.tree(roots, |down, up, piece| {
        let rise_m = mains.nodes[up as usize].ground_m - mains.nodes[down as usize].ground_m;
        piece.length_m * 0.6 + if rise_m < 0.0 { -rise_m * 400.0 } else { 0.0 }
    })
}

/// How a tree of sewers is laid.
struct Lead<'a> {
    least_cover_m: f64,
    kinds: &'a dyn Fn(usize) -> SewerKind,
    /// Where the root leads, if not into the river beside it.
    outfall: Option<Coord<f64>>,
}

struct Laying<'a> {
    network: &'a mut SewerNetwork,
    ground: &'a Ground<'a>,
    n_pipes: usize,
}

impl Laying<'_> {
    fn tree(&mut self, mains: &Mains, tree: &Tree, flow: &[f64], lead: Lead<'_>) {
        let carried = tree.flows(flow, mains.pieces.len());
        // Kinds: whatever lies below a combined sewer is combined.
        let mut kinds: Vec<SewerKind> = (0..mains.pieces.len()).map(lead.kinds).collect();
        let mut mixed = vec![false; mains.nodes.len()];
        let mut invert_m: Vec<f64> = mains.nodes.iter().map(|node| node.ground_m - lead.least_cover_m).collect();
        let mut size_m = vec![0.0f64; mains.nodes.len()];
        let mut sizes = vec![0.2; mains.pieces.len()];
        for &node in tree.order.iter().rev() {
            let Some((piece, down)) = tree.parent[node as usize] else { continue };
            let index = piece as usize;
            if mixed[node as usize] && kinds[index] == SewerKind::Sanitary {
                kinds[index] = SewerKind::Combined;
            }
            mixed[down as usize] |= kinds[index] == SewerKind::Combined;
            let length_m = mains.pieces[index].length_m;
            let fall = (invert_m[node as usize] - invert_m[down as usize]) / length_m;
            let least_m = match kinds[index] {
                SewerKind::Sanitary => 0.2,
                SewerKind::Combined | SewerKind::Storm => 0.3,
            };
            let sized = size(carried[index], fall.max(0.002)).max(least_m).max(size_m[node as usize]);
            sizes[index] = sized;
            size_m[down as usize] = size_m[down as usize].max(sized);
            let slope = (0.001 / sized).clamp(0.001, 0.005);
            invert_m[down as usize] = invert_m[down as usize].min(invert_m[node as usize] - slope * length_m);
        }
        let reached = |node: u32| tree.cost[node as usize].is_finite();
        let ids: Vec<Option<Id<Manhole>>> = (0..mains.nodes.len() as u32)
            .map(|i| {
                let node = &mains.nodes[i as usize];
                let root = tree.parent[i as usize].is_none();
                reached(i)
                    .then(|| self.manhole(node.at, node.ground_m, invert_m[i as usize], root && lead.outfall.is_none()))
            })
            .collect();
        for (up, parent) in tree.parent.iter().enumerate() {
            let Some((piece, down)) = parent else { continue };
            let piece_ref = &mains.pieces[*piece as usize];
            let mut geometry = piece_ref.geometry.clone();
            if piece_ref.ends.0 as usize != up {
                geometry.0.reverse();
            }
            let ends = (ids[up].expect("because it is reached"), ids[*down as usize].expect("because it is reached"));
            self.pipe(
                ends,
                geometry,
                sizes[*piece as usize],
                kinds[*piece as usize],
                self.ground.years[piece_ref.link.index()],
            );
        }
        if let (Some(at), Some(&root)) = (lead.outfall, tree.order.first()) {
            let root_at = mains.nodes[root as usize].at;
            let plant = self.manhole(at, mains.nodes[root as usize].ground_m, invert_m[root as usize] - 0.3, true);
            let from = ids[root as usize].expect("because it is the root");
            let kind = if mixed[root as usize] { SewerKind::Combined } else { SewerKind::Sanitary };
            self.pipe((from, plant), LineString(vec![root_at, at]), size_m[root as usize].max(0.3), kind, 1978);
        }
    }

    fn manhole(&mut self, at: Coord<f64>, cover_m: f64, invert_m: f64, outfall: bool) -> Id<Manhole> {
        let key = Key::new(format!("sewer_manhole/{}", self.network.n_nodes() + 1));
        self.network.add_node(Manhole {
            key,
            position: at,
            cover_elevation_m: round(cover_m, 2),
            invert_elevation_m: round(invert_m, 4),
            outfall,
        })
    }

    fn pipe(
        &mut self,
        ends: (Id<Manhole>, Id<Manhole>),
        geometry: LineString<f64>,
        diameter_m: f64,
        kind: SewerKind,
        year: i32,
    ) {
        self.n_pipes += 1;
        let material = match (kind, year) {
            (_, y) if y < 1960 && diameter_m <= 0.5 => "Stz",
            (SewerKind::Sanitary, y) if y > 1995 => "PP",
            (SewerKind::Sanitary, _) => "Stz",
            _ => "B",
        };
        let cover_m = self.network[ends.0].cover_elevation_m - self.network[ends.0].invert_elevation_m - diameter_m;
        let burial = burial(material, year, round(cover_m, 2), "Stadtentwässerung Musterstadt");
        let key = Key::new(format!("sewer_pipe/{}", self.n_pipes));
        let length_m = ellipsoid_length_m(&geometry).max(0.1);
        self.network.add_link(ends.0, ends.1, SewerPipe { key, geometry, length_m, diameter_m, kind, burial });
    }
}

/// The smallest full pipe that carries a flow at a slope (Manning–Strickler, k_st = 70).
fn size(flow_m3_s: f64, slope: f64) -> f64 {
    // Q = k_st · A · R^(2/3) · √J with R = D/4.
    let wanted_m =
        (flow_m3_s * 4.0 * 4f64.powf(2.0 / 3.0) / (70.0 * std::f64::consts::PI * slope.sqrt())).powf(3.0 / 8.0);
    SIZES.iter().copied().find(|size| *size >= wanted_m).unwrap_or(5.0)
}

fn people_per_m(ground: &Ground<'_>, mains: &Mains, residents: &[f64]) -> Vec<f64> {
    let mut per_link = vec![0.0; ground.customers.len()];
    for (link, customers) in ground.customers.iter().enumerate() {
        let people: f64 = customers.iter().map(|customer| residents[customer.house as usize]).sum();
        per_link[link] = people / ground.roads.link(Id::new(link)).length_m.max(1.0);
    }
    mains.pieces.iter().map(|piece| per_link[piece.link.index()]).collect()
}

/// The junction farthest downstream among those near the river.
fn lowest_downstream(ground: &Ground<'_>, mains: &Mains) -> Option<u32> {
    (0..mains.nodes.len() as u32).filter(|&i| matches!(mains.nodes[i as usize].spot, Spot::Junction(_))).max_by(
        |&a, &b| {
            let score = |i: u32| {
                let plan = ground.site.plan(mains.nodes[i as usize].at);
                plan.x - 3.0 * plan.y.abs()
            };
            score(a).total_cmp(&score(b)).then(b.cmp(&a))
        },
    )
}

/// Junctions on the bank roads; the lowest junction of a part without one.
fn banks(ground: &Ground<'_>, mains: &Mains) -> Vec<u32> {
    let incident = mains.incident();
    let near = |i: u32| ground.site.plan(mains.nodes[i as usize].at).y.abs() < ground.site.river_half_m * 1.3 + 30.0;
    let mut part = vec![u32::MAX; mains.nodes.len()];
    let mut roots = Vec::new();
    for start in 0..mains.nodes.len() as u32 {
        if part[start as usize] != u32::MAX {
            continue;
        }
        part[start as usize] = start;
        let (mut members, mut next) = (vec![start], 0);
        while let Some(&at) = members.get(next) {
            next += 1;
            for &(_, to) in &incident[at as usize] {
                if part[to as usize] == u32::MAX {
                    part[to as usize] = start;
                    members.push(to);
                }
            }
        }
        let junction = |i: &u32| matches!(mains.nodes[*i as usize].spot, Spot::Junction(_));
        let at_bank: Vec<u32> = members.iter().copied().filter(|i| junction(i) && near(*i)).collect();
        if at_bank.is_empty() {
            let lowest = members.iter().copied().filter(junction).min_by(|&a, &b| {
                mains.nodes[a as usize].ground_m.total_cmp(&mains.nodes[b as usize].ground_m).then(a.cmp(&b))
            });
            roots.extend(lowest);
        } else {
            roots.extend(at_bank);
        }
    }
    roots
}
