//! Zones: parts of the town that hang together by their own streets, each with a few connectors.
//!
//! # Method
//! Every building and place belongs to the nearer end of the street section it stands at. The nodes of the streets are
//! bisected across their longer side until each piece holds about as many residents and jobs as a zone should; pieces that
//! do not hang together without a bridge or tunnel are parted, and scraps join a neighbor. So no zone lies on
//! both banks of a river, and a closed bridge cuts what it cuts in reality. A zone is joined to the nodes where most of its
//! people live and work.

use geo::Coord;
use twin::{
    Assumptions, Id, Key, Twin,
    demand::{Connector, Zone, ZoneKind},
    road::{RoadLink, RoadNode},
};

use super::{
    drive::{Access, Doorsteps, Drive, is_doorstep},
    stock::{Activity, Stock},
};

/// A zone and all that happens in it.
pub(super) struct Part {
    pub(super) zone: Zone,
    pub(super) activity: Activity,
}

/// Zones of a town, those that no car can reach last, without connectors.
pub(super) fn make(twin: &Twin, drive: &Drive, lorries: &Drive, stock: &Stock, a: &Assumptions) -> Vec<Part> {
    let doorsteps = Doorsteps::new(twin, drive);
    let mut spots = Vec::new();
    let mut remote = Vec::new();
    for activity in stock.buildings.iter().chain(&stock.places).filter(|activity| !activity.is_idle()) {
        match doorsteps.of(activity.position, a.connector_reach_m) {
            Some(access) => spots.push(Spot { access, activity }),
            None => remote.push(activity),
        }
    }
    spots.sort_by_key(|spot| spot.access.node);
    let total: f64 = spots.iter().map(|spot| weight(spot.activity)).sum();
    let pieces = Plan::new(twin, drive, &spots).pieces(n_zones(total, a), total);
    let mut parts: Vec<Part> = pieces
        .iter()
        .enumerate()
        .map(|(index, piece)| part(twin, lorries, format!("zone/{}", index + 1), piece, &spots, a))
        .collect();
    for (index, activities) in by_cell(&remote).into_iter().enumerate() {
        parts.push(remote_part(format!("zone/{}", pieces.len() + index + 1), &activities));
    }
    parts
}

/// How many zones a town of so many residents and jobs should have.
fn n_zones(total: f64, a: &Assumptions) -> usize {
    let aimed = (total / a.zone_size_persons).round();
    aimed.clamp(a.zones_min.min(a.zones_max), a.zones_max).max(1.0) as usize
}

/// What counts when zones are made equally large.
fn weight(activity: &Activity) -> f64 {
    activity.residents + activity.jobs + 0.2 * activity.pupils + 0.02 * (activity.customers + activity.guests) + 0.1
}

/// A building or place at its street.
struct Spot<'a> {
    access: Access,
    activity: &'a Activity,
}

/// The nodes of the streets with what happens at them.
struct Plan<'a> {
    position: Vec<Coord<f64>>,
    weight: Vec<f64>,
    /// Nodes that zones are made of.
    nodes: Vec<u32>,
    links: Vec<(u32, u32)>,
    spots: &'a [Spot<'a>],
}

impl<'a> Plan<'a> {
    fn new(twin: &Twin, drive: &Drive, spots: &'a [Spot<'a>]) -> Self {
        let position = twin.roads.nodes().map(|(_, node)| node.position).collect();
        let mut weights = vec![0.0; twin.roads.n_nodes()];
        for spot in spots {
            weights[spot.access.node.index()] += weight(spot.activity);
        }
        let mut links = Vec::new();
        let mut nodes = Vec::new();
        for (id, link) in twin.roads.links() {
            let (from, to) = twin.roads.ends(id);
            if is_doorstep(link) && drive.is_served(from) && drive.is_served(to) {
                links.push((from.index() as u32, to.index() as u32));
                nodes.extend([from.index() as u32, to.index() as u32]);
            }
        }
        nodes.sort_unstable();
        nodes.dedup();
        Self { position, weight: weights, nodes, links, spots }
    }

    /// Sets of spots (positions in `spots`), one per zone, neighbors near each other in the order.
    fn pieces(&self, n_zones: usize, total: f64) -> Vec<Vec<usize>> {
        const OUTSIDE: u32 = u32::MAX;
        let mut leaf_of = vec![OUTSIDE; self.position.len()];
        let mut n_leaves = 0;
        let mut stack = vec![(self.nodes.clone(), n_zones)];
        while let Some((mut nodes, n)) = stack.pop() {
            if n < 2 || nodes.len() < 2 {
                for node in nodes {
                    leaf_of[node as usize] = n_leaves;
                }
                n_leaves += 1;
                continue;
            }
            let cut = self.bisect(&mut nodes, n);
            let second = nodes.split_off(cut);
            stack.push((second, n - n / 2));
            stack.push((nodes, n / 2));
        }
        let mut component_of = self.components(&leaf_of);
        self.join_scraps(&mut component_of, 0.4 * total / n_zones as f64);
        let mut pieces: Vec<((u32, u32), Vec<usize>)> = Vec::new();
        let mut piece_of = vec![usize::MAX; self.position.len()];
        for (index, spot) in self.spots.iter().enumerate() {
            let component = component_of[spot.access.node.index()] as usize;
            if piece_of[component] == usize::MAX {
                piece_of[component] = pieces.len();
                pieces.push(((leaf_of[component], component as u32), Vec::new()));
            }
            pieces[piece_of[component]].1.push(index);
        }
        pieces.sort_by_key(|(order, _)| *order);
        pieces.into_iter().map(|(_, spots)| spots).collect()
    }

    /// Sorts nodes along their longer side and says where the first `n / 2` of `n` equal shares end.
    fn bisect(&self, nodes: &mut [u32], n: usize) -> usize {
        let extent = |axis: fn(Coord<f64>) -> f64| {
            let values = nodes.iter().map(|&node| axis(self.position[node as usize]));
            let (low, high) =
                values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
            high - low
        };
        let along: fn(Coord<f64>) -> f64 = if extent(|c| c.x) >= extent(|c| c.y) { |c| c.x } else { |c| c.y };
        nodes.sort_by(|&p, &q| {
            along(self.position[p as usize]).total_cmp(&along(self.position[q as usize])).then(p.cmp(&q))
        });
        let total: f64 = nodes.iter().map(|&node| self.weight[node as usize]).sum();
        let wanted = total * (n / 2) as f64 / n as f64;
        let mut before = 0.0;
        for (index, &node) in nodes.iter().enumerate() {
            before += self.weight[node as usize];
            if before >= wanted {
                return (index + 1).clamp(1, nodes.len() - 1);
            }
        }
        nodes.len() / 2
    }

    /// For every node the smallest node of the connected part of its piece.
    fn components(&self, leaf_of: &[u32]) -> Vec<u32> {
        let mut parent: Vec<u32> = (0..self.position.len() as u32).collect();
        for &(from, to) in &self.links {
            if leaf_of[from as usize] == leaf_of[to as usize] {
                join(&mut parent, from, to);
            }
        }
        (0..self.position.len() as u32).map(|node| root(&mut parent, node)).collect()
    }

    /// Joins components of less than `least` to the lightest neighbor, lightest first.
    fn join_scraps(&self, component_of: &mut [u32], least: f64) {
        let mut weights = vec![0.0; component_of.len()];
        for &node in &self.nodes {
            weights[component_of[node as usize] as usize] += self.weight[node as usize];
        }
        let mut neighbors: Vec<(u32, u32)> = self
            .links
            .iter()
            .map(|&(from, to)| (component_of[from as usize], component_of[to as usize]))
            .filter(|(from, to)| from != to)
            .flat_map(|(from, to)| [(from, to), (to, from)])
            .collect();
        neighbors.sort_unstable();
        neighbors.dedup();
        let mut order: Vec<u32> =
            (0..weights.len() as u32).filter(|&c| weights[c as usize] > 0.0 && weights[c as usize] < least).collect();
        order.sort_by(|&p, &q| weights[p as usize].total_cmp(&weights[q as usize]).then(p.cmp(&q)));
        let mut parent: Vec<u32> = (0..weights.len() as u32).collect();
        for scrap in order {
            let own = root(&mut parent, scrap);
            if weights[own as usize] >= least {
                continue;
            }
            let first = neighbors.partition_point(|&(from, _)| from < scrap);
            let lightest = neighbors[first..]
                .iter()
                .take_while(|&&(from, _)| from == scrap)
                .map(|&(_, to)| root(&mut parent, to))
                .filter(|&to| to != own && weights[to as usize] > 0.0)
                .min_by(|&p, &q| weights[p as usize].total_cmp(&weights[q as usize]).then(p.cmp(&q)));
            if let Some(neighbor) = lightest {
                let both = weights[own as usize] + weights[neighbor as usize];
                // The heavier one lends its name, so that a zone keeps its place in the order.
                let (kept, gone) =
                    if weights[own as usize] > weights[neighbor as usize] { (own, neighbor) } else { (neighbor, own) };
                parent[gone as usize] = kept;
                weights[kept as usize] = both;
            }
        }
        for component in component_of {
            *component = root(&mut parent, *component);
        }
    }
}

fn root(parent: &mut [u32], node: u32) -> u32 {
    let mut top = node;
    while parent[top as usize] != top {
        top = parent[top as usize];
    }
    let mut next = node;
    while parent[next as usize] != top {
        next = std::mem::replace(&mut parent[next as usize], top);
    }
    top
}

/// The smaller root becomes the root of both.
fn join(parent: &mut [u32], a: u32, b: u32) {
    let (a, b) = (root(parent, a), root(parent, b));
    parent[a.max(b) as usize] = a.min(b);
}

fn part(twin: &Twin, lorries: &Drive, key: String, piece: &[usize], spots: &[Spot], a: &Assumptions) -> Part {
    let mut activity = gather(piece.iter().map(|&index| spots[index].activity));
    let mut nodes: Vec<(Id<RoadNode>, f64)> = Vec::new();
    let mut links: Vec<(Id<RoadLink>, f64)> = Vec::new();
    for &index in piece {
        let (access, weight) = (spots[index].access, weight(spots[index].activity));
        nodes.push((access.node, weight * (1.0 - access.other_share)));
        nodes.push((access.other, weight * access.other_share));
        links.push((access.link, weight));
    }
    let mut nodes = sums(nodes);
    nodes.sort_by(|p, q| q.1.total_cmp(&p.1).then(p.0.cmp(&q.0)));
    let n_connectors = (a.connectors_per_zone.round() as usize).max(1);
    // One of the connectors must be open to lorries, if any node of the zone is.
    if let Some(best) = nodes.iter().position(|&(node, _)| lorries.is_served(node)).filter(|&best| best >= n_connectors)
    {
        nodes.swap(n_connectors - 1, best);
    }
    nodes.truncate(n_connectors);
    nodes.sort_by_key(|(node, _)| *node);
    let connectors = nodes
        .iter()
        .map(|&(node, _)| {
            let to = twin.roads[node].position;
            let distance_m = (to.x - activity.position.x).hypot(to.y - activity.position.y);
            Connector { node, time_s: distance_m / (a.access_speed_kmh / 3.6) }
        })
        .collect();
    let zone = Zone {
        key: Key::new(key),
        name: main_street(twin, &links),
        position: activity.position,
        kind: ZoneKind::Internal,
        residents: activity.residents,
        jobs: activity.jobs,
        connectors,
    };
    activity.position = zone.position;
    Part { zone, activity }
}

/// One row per key with the sum of its weights, by rising key.
fn sums<T: Ord + Copy>(mut rows: Vec<(T, f64)>) -> Vec<(T, f64)> {
    rows.sort_by_key(|row| row.0);
    rows.chunk_by(|p, q| p.0 == q.0).map(|same| (same[0].0, same.iter().map(|row| row.1).sum())).collect()
}

/// Name of the street where most of the zone happens.
fn main_street(twin: &Twin, links: &[(Id<RoadLink>, f64)]) -> Option<String> {
    let names = links.iter().filter_map(|&(link, weight)| Some((twin.roads.link(link).name.as_deref()?, weight)));
    let names = sums(names.collect());
    names.iter().max_by(|p, q| p.1.total_cmp(&q.1).then(q.0.cmp(p.0))).map(|(name, _)| (*name).to_owned())
}

fn gather<'a>(activities: impl Iterator<Item = &'a Activity>) -> Activity {
    let mut sum = Activity::default();
    let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
    for activity in activities {
        sum.add(activity);
        let weight = weight(activity);
        x += weight * activity.position.x;
        y += weight * activity.position.y;
        total += weight;
    }
    sum.position = Coord { x: x / total, y: y / total };
    sum
}

/// Activities far from any street, by squares of 3 km.
fn by_cell<'a>(remote: &[&'a Activity]) -> Vec<Vec<&'a Activity>> {
    let cell = |activity: &Activity| {
        ((activity.position.y / 3000.0).floor() as i64, (activity.position.x / 3000.0).floor() as i64)
    };
    let mut sorted = remote.to_vec();
    sorted.sort_by_key(|activity| cell(activity));
    sorted.chunk_by(|p, q| cell(p) == cell(q)).map(<[_]>::to_vec).collect()
}

fn remote_part(key: String, activities: &[&Activity]) -> Part {
    let activity = gather(activities.iter().copied());
    let zone = Zone {
        key: Key::new(key),
        name: None,
        position: activity.position,
        kind: ZoneKind::Internal,
        residents: activity.residents,
        jobs: activity.jobs,
        connectors: Vec::new(),
    };
    Part { zone, activity }
}
