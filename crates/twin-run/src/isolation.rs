//! Shutting off what is out: which links an outage takes out of service, which valves are closed for it and in which order,
//! who is cut off by that, and who besides.
//!
//! # Model
//! Every valve of the network can be closed by hand, control valves and regulators too, unless the outage says that it is
//! stuck. What the scenario shuts stands shut already. What no valve parts from the asset is shut off with it ([`twin_pipes::water::segment`]). Behind it lies what loses
//! its last way of open links to a source; a pump at rest counts as a way. A house station of district heat needs a way to
//! the plant on its supply and on its return side: what lies between the two is no way. Valves are closed by falling flow towards the part
//! that is shut off.

use std::collections::BTreeMap;

use twin::{
    Finding, Findings, Key, Twin,
    outcome::{CutOff, Inflow, Isolation, ValveToClose, residents_of},
    scenario::Outage,
    utility::{
        GasLinkKind, GasNetwork, HeatLinkKind, HeatNetwork, HeatNodeKind, Medium, WaterLinkKind, WaterNetwork,
        WaterNode, WaterNodeKind,
    },
};
use twin_pipes::water::segment::{Segments, Valve};

/// A node as isolation sees it.
struct Node<'a> {
    key: &'a Key,
    is_source: bool,
    is_hydrant: bool,
}

/// Customers who need a way to a source from two nodes: supply and return of a house station, else twice the same node.
struct Customers {
    ends: (u32, u32),
    n: u32,
    /// Residents of their building, where they are known.
    residents: Option<f64>,
}

/// A link as isolation sees it.
struct Link<'a> {
    key: &'a Key,
    ends: (u32, u32),
    is_valve: bool,
    is_open: bool,
    /// Whether it leads on from a source: a house station stands between supply and return and does not.
    leads: bool,
    /// Length of a pipe, metres; nothing for what is none.
    length_m: Option<f64>,
}

/// A pipe network of any medium.
pub(crate) struct Pipes<'a> {
    medium: Medium,
    nodes: Vec<Node<'a>>,
    links: Vec<Link<'a>>,
    customers: Vec<Customers>,
}

/// What outages take out of service.
#[derive(Debug, Default)]
pub(crate) struct Shut {
    /// Links of each outage of the scenario, rising; none for what is not of this network.
    pub(crate) links: Vec<Vec<u32>>,
    /// How they are shut off, where the scenario asks for it.
    pub(crate) isolations: Vec<Isolation>,
}

/// Addresses and residents of buildings, by their index.
struct Houses {
    addresses: BTreeMap<usize, u32>,
    /// Nodes at which each building draws, and how many of them have got their share.
    nodes: BTreeMap<usize, (u32, u32)>,
}

impl Houses {
    /// `supplied` are the buildings of the nodes that draw, one entry per node.
    fn new(twin: &Twin, supplied: impl Iterator<Item = usize>) -> Self {
        let (mut addresses, mut nodes) = (BTreeMap::new(), BTreeMap::new());
        for (_, address) in twin.addresses.iter() {
            if let Some(building) = address.building {
                *addresses.entry(building.index()).or_insert(0) += 1;
            }
        }
        for building in supplied {
            nodes.entry(building).or_insert((0, 0)).0 += 1;
        }
        Self { addresses, nodes }
    }

    /// Customers and residents behind the next node of a building: its addresses go round its nodes, none is left over, and
    /// every node has at least one.
    fn share(&mut self, twin: &Twin, building: usize) -> (u32, Option<f64>) {
        let (n_nodes, place) = self.nodes.entry(building).or_insert((1, 0));
        let addresses = self.addresses.get(&building).copied().unwrap_or(1);
        let share = addresses / *n_nodes + u32::from(*place < addresses % *n_nodes);
        *place += 1;
        let residents = twin.buildings.rows().get(building).and_then(|building| building.residents);
        (share.max(1), residents.map(|residents| residents / f64::from(*n_nodes)))
    }

    /// Addresses of buildings at which nothing is drawn, and addresses without a building.
    fn n_left_out(&self, twin: &Twin) -> usize {
        let left_out = |building: Option<usize>| building.is_none_or(|building| !self.nodes.contains_key(&building));
        twin.addresses.iter().filter(|(_, address)| left_out(address.building.map(twin::Id::index))).count()
    }
}

fn draws_water(node: &WaterNode) -> bool {
    let demand_m3_s = match node.kind {
        WaterNodeKind::Junction { base_demand_m3_s } => base_demand_m3_s,
        _ => 0.0,
    };
    demand_m3_s > 0.0 || node.detail.further_demands.iter().any(|demand| demand.base_m3_s > 0.0)
}

/// Customers and residents at every node of the water network: addresses of its building, at least one where water is drawn.
/// Residents are missing where they are not known.
pub(crate) fn water_customers(twin: &Twin) -> Vec<(u32, Option<f64>)> {
    let mut houses = houses_with_water(twin);
    let customers = twin.water.nodes().map(|(_, node)| match (draws_water(node), node.building) {
        (true, Some(building)) => houses.share(twin, building.index()),
        (draws, _) => (u32::from(draws), None),
    });
    customers.collect()
}

fn houses_with_water(twin: &Twin) -> Houses {
    let supplied = twin.water.nodes().filter(|(_, node)| draws_water(node)).filter_map(|(_, node)| node.building);
    Houses::new(twin, supplied.map(twin::Id::index))
}

/// Addresses that are nobody's customers in a water network whose nodes know their buildings; none where none does.
pub(crate) fn n_addresses_without_water_node(twin: &Twin) -> usize {
    let houses = houses_with_water(twin);
    if houses.nodes.is_empty() { 0 } else { houses.n_left_out(twin) }
}

impl<'a> Pipes<'a> {
    /// The water network of a scenario; `closed` is what it shuts, pumps too.
    pub(crate) fn water(twin: &Twin, network: &'a WaterNetwork, closed: &[Key]) -> Self {
        let nodes = network.nodes().map(|(_, node)| Node {
            key: &node.key,
            is_source: matches!(node.kind, WaterNodeKind::Reservoir { .. } | WaterNodeKind::Tank { .. }),
            is_hydrant: matches!(node.kind, WaterNodeKind::Hydrant),
        });
        let customers = water_customers(twin).into_iter().zip(0_u32..);
        let customers = customers.map(|((n, residents), at)| Customers { ends: (at, at), n, residents });
        let links = network.links().map(|(id, link)| {
            let (from, to) = network.ends(id);
            let (is_valve, is_open, length_m) = match link.kind {
                WaterLinkKind::Pipe { length_m, open, .. } => (false, open, Some(length_m)),
                WaterLinkKind::Pump { .. } => (false, !closed.contains(&link.key), None),
                WaterLinkKind::Valve { open, .. } => (true, open, None),
                WaterLinkKind::PressureReducer { .. } => (true, true, None),
                WaterLinkKind::ControlValve { state, .. } => (true, state != twin::utility::ValveState::Closed, None),
            };
            let ends = (from.index() as u32, to.index() as u32);
            Link { key: &link.key, ends, is_valve, is_open, leads: true, length_m }
        });
        let customers = customers.filter(|customers| customers.n > 0).collect();
        Self { medium: Medium::Water, nodes: nodes.collect(), links: links.collect(), customers }
    }

    /// The gas network of a scenario.
    pub(crate) fn gas(twin: &Twin, network: &'a GasNetwork) -> Self {
        let supplied = || network.nodes().filter(|(_, node)| node.customers > 0);
        let mut houses = Houses::new(twin, supplied().filter_map(|(_, node)| node.building).map(twin::Id::index));
        let nodes = network.nodes().map(|(_, node)| Node {
            key: &node.key,
            is_source: node.feed_pressure_bar.is_some() || node.infeed_m3_h > 0.0,
            is_hydrant: false,
        });
        let customers = supplied()
            .map(|(id, node)| Customers {
                ends: (id.index() as u32, id.index() as u32),
                n: node.customers,
                residents: node.building.and_then(|building| houses.share(twin, building.index()).1),
            })
            .collect();
        let links = network.links().map(|(id, link)| {
            let (from, to) = network.ends(id);
            let length_m = match link.kind {
                GasLinkKind::Pipe { length_m, .. } => Some(length_m),
                _ => None,
            };
            let is_valve = matches!(
                link.kind,
                GasLinkKind::Valve { .. } | GasLinkKind::FlowControl { .. } | GasLinkKind::PressureControl { .. }
            );
            let ends = (from.index() as u32, to.index() as u32);
            Link { key: &link.key, ends, is_valve, is_open: link.kind.is_open(), leads: true, length_m }
        });
        Self { medium: Medium::Gas, nodes: nodes.collect(), links: links.collect(), customers }
    }

    /// The heat network of a scenario.
    pub(crate) fn heat(twin: &Twin, network: &'a HeatNetwork) -> Self {
        let mut is_source = vec![false; network.n_nodes()];
        let mut ends = Vec::new();
        for (id, node) in network.nodes() {
            let at = id.index();
            is_source[at] = node.feed_pressure_bar.is_some() || matches!(node.kind, HeatNodeKind::Producer { .. });
            if matches!(node.kind, HeatNodeKind::Consumer { .. }) || node.draw_kg_s > 0.0 {
                ends.push((at as u32, at as u32));
            }
        }
        for (id, link) in network.links() {
            let (from, to) = network.ends(id);
            match link.kind {
                HeatLinkKind::CirculationPump { open: true, .. } => {
                    is_source[from.index()] = true;
                    is_source[to.index()] = true;
                }
                HeatLinkKind::Consumer { open: true, .. } => ends.push((from.index() as u32, to.index() as u32)),
                _ => {}
            }
        }
        let building_of = |end: u32| network[twin::Id::new(end as usize)].building;
        let building = |ends: &(u32, u32)| building_of(ends.0).or_else(|| building_of(ends.1)).map(twin::Id::index);
        let mut houses = Houses::new(twin, ends.iter().filter_map(building));
        let customers = ends
            .iter()
            .map(|ends| {
                let residents = building(ends).and_then(|building| houses.share(twin, building).1);
                Customers { ends: *ends, n: 1, residents }
            })
            .collect();
        let nodes = network.nodes().map(|(id, node)| Node {
            key: &node.key,
            is_source: is_source[id.index()],
            is_hydrant: false,
        });
        let links = network.links().map(|(id, link)| {
            let (from, to) = network.ends(id);
            let length_m = match link.kind {
                HeatLinkKind::Pipe { length_m, .. } | HeatLinkKind::PipePair { length_m, .. } => Some(length_m),
                _ => None,
            };
            // A house station or plant can be shut at itself: it parts supply and return.
            let is_valve = !matches!(
                link.kind,
                HeatLinkKind::Pipe { .. } | HeatLinkKind::PipePair { .. } | HeatLinkKind::Pump { .. }
            );
            let leads = !matches!(
                link.kind,
                HeatLinkKind::Consumer { .. }
                    | HeatLinkKind::CirculationPump { .. }
                    | HeatLinkKind::FlowControl { active: true, .. }
            );
            let ends = (from.index() as u32, to.index() as u32);
            Link { key: &link.key, ends, is_valve, is_open: link.kind.is_open(), leads, length_m }
        });
        Self { medium: Medium::Heat, nodes: nodes.collect(), links: links.collect(), customers }
    }

    /// What the outages of a scenario shut. `flow_at` is the flow of all links before an outage, by its begin.
    pub(crate) fn shut<'f>(
        &self,
        outages: &[Outage],
        flow_at: impl Fn(u64) -> Option<&'f [f64]>,
        findings: &mut Findings,
    ) -> Shut {
        let mut shut = Shut::default();
        let mut segments = None;
        for (index, outage) in outages.iter().enumerate() {
            let alone = self.alone(&outage.asset);
            if alone.is_empty() || !outage.isolate {
                shut.links.push(alone);
                continue;
            }
            let (segments, valves) = segments.get_or_insert_with(|| self.segments());
            let flow = flow_at(outage.begin_s.unwrap_or(0));
            match self.isolate((index, outage), (segments, valves), flow, findings) {
                Some((links, isolation)) => {
                    shut.links.push(links);
                    shut.isolations.push(isolation);
                }
                None => shut.links.push(alone),
            }
        }
        shut
    }

    /// The link of a key, or the links at the node of a key.
    fn alone(&self, asset: &Key) -> Vec<u32> {
        if let Some(link) = self.links.iter().position(|link| link.key == asset) {
            return vec![link as u32];
        }
        let Some(node) = self.nodes.iter().position(|node| node.key == asset) else { return Vec::new() };
        let touches = |link: &Link<'_>| link.ends.0 as usize == node || link.ends.1 as usize == node;
        (0_u32..).zip(&self.links).filter(|(_, link)| touches(link)).map(|(id, _)| id).collect()
    }

    fn segments(&self) -> (Segments, Vec<Valve>) {
        let valves: Vec<Valve> =
            (0_u32..).zip(&self.links).filter(|(_, link)| link.is_valve).map(|(id, _)| Valve::Link(id)).collect();
        let ends: Vec<(u32, u32)> = self.links.iter().map(|link| link.ends).collect();
        (Segments::new(self.nodes.len(), &ends, &valves), valves)
    }

    fn isolate(
        &self,
        (index, outage): (usize, &Outage),
        (segments, valves): (&Segments, &[Valve]),
        flow: Option<&[f64]>,
        findings: &mut Findings,
    ) -> Option<(Vec<u32>, Isolation)> {
        let field = |name: &str| format!("outage[{index}].{name}");
        let link_of = |valve: u32| match valves[valve as usize] {
            Valve::Link(link) | Valve::At { link, .. } => link,
        };
        let key_of = |valve: u32| self.links[link_of(valve) as usize].key;
        // A valve that is out itself parts nothing: both its sides are shut.
        let broken = |valve: u32| *key_of(valve) == outage.asset || outage.stuck.contains(key_of(valve));
        let stuck: Vec<u32> = (0..valves.len() as u32).filter(|&valve| broken(valve)).collect();
        let segment = match self.links.iter().position(|link| *link.key == outage.asset) {
            Some(link) => segments.of_link(link),
            None => segments.of_node(self.nodes.iter().position(|node| *node.key == outage.asset)?),
        };
        let isolation = segments.isolate(segment, &stuck, &[]);
        let mut is_shut = vec![false; self.nodes.len()];
        let mut links: Vec<u32> = Vec::new();
        for &part in &isolation.shut {
            links.extend(segments.links(part as usize));
            segments.nodes(part as usize).iter().for_each(|&node| is_shut[node as usize] = true);
        }
        let touches = |link: &Link<'_>| is_shut[link.ends.0 as usize] || is_shut[link.ends.1 as usize];
        links.extend((0_u32..).zip(&self.links).filter(|(_, link)| touches(link)).map(|(id, _)| id));
        links.sort_unstable();
        links.dedup();
        let sources = |shut: bool| {
            let of = self.nodes.iter().zip(&is_shut).filter(move |(node, is_shut)| node.is_source && **is_shut == shut);
            of.map(|(node, _)| node.key.clone()).collect::<Vec<_>>()
        };
        if sources(false).is_empty() {
            findings.push(
                Finding::warning(
                    "isolation-impossible",
                    format!("no valve parts {} from every source: it is taken out by itself", outage.asset),
                )
                .with_field(field("isolate"))
                .with_key(outage.asset.clone())
                .with_help("the data lacks valves; leave isolate out, or bring the valves into the network"),
            );
            return None;
        }
        let shut_sources = sources(true);
        if let Some(first) = shut_sources.first() {
            findings.push(
                Finding::warning(
                    "isolation-shuts-source",
                    format!(
                        "no valve parts {} from {} sources, the first is {first}",
                        outage.asset,
                        shut_sources.len()
                    ),
                )
                .with_field(field("isolate"))
                .with_key(first.clone()),
            );
        }
        let beside: Vec<u32> =
            stuck.iter().copied().filter(|&valve| touches(&self.links[link_of(valve) as usize])).collect();
        for (number, key) in outage.stuck.iter().enumerate() {
            if !beside.iter().any(|&valve| key_of(valve) == key) {
                findings.push(
                    Finding::note(
                        "stuck-valve-elsewhere",
                        format!("{key} does not stand at what is shut off: it changes nothing"),
                    )
                    .with_field(format!("outage[{index}].stuck[{number}]"))
                    .with_key(key.clone()),
                );
            }
        }
        let mut to_close: Vec<(Option<f64>, Key)> = isolation
            .valves
            .iter()
            .map(|&valve| link_of(valve))
            .filter(|&link| self.links[link as usize].is_open)
            .map(|link| {
                let towards = if is_shut[self.links[link as usize].ends.1 as usize] { 1.0 } else { -1.0 };
                let inflow = flow.and_then(|flow| flow.get(link as usize)).map(|flow| towards * flow);
                (inflow, self.links[link as usize].key.clone())
            })
            .collect();
        let rank = |valve: &(Option<f64>, Key)| valve.0.unwrap_or(0.0);
        to_close.sort_by(|a, b| rank(b).total_cmp(&rank(a)).then_with(|| a.1.cmp(&b.1)));
        let unit = if self.medium == Medium::Water { Inflow::Water } else { Inflow::Mass };
        let valves = to_close.into_iter().map(|(inflow, key)| ValveToClose { key, inflow: inflow.map(unit) });
        let pipes = links.iter().filter_map(|&link| self.links[link as usize].length_m);
        let behind = self.behind(&is_shut, &links);
        let is_inside = |ends: (u32, u32)| is_shut[ends.0 as usize] || is_shut[ends.1 as usize];
        let is_behind = |ends: (u32, u32)| !is_inside(ends) && (behind[ends.0 as usize] || behind[ends.1 as usize]);
        let isolation = Isolation {
            outage: index,
            asset: outage.asset.clone(),
            medium: self.medium,
            valves: valves.collect(),
            stuck: beside.iter().map(|&valve| key_of(valve)).filter(|key| **key != outage.asset).cloned().collect(),
            n_pipes: pipes.clone().count() as u32,
            length_m: pipes.sum(),
            inside: self.cut_off(is_inside),
            behind: self.cut_off(is_behind),
            sources: shut_sources,
        };
        Some((links, isolation))
    }

    /// Nodes that lose their last way to a source though they are not shut off.
    fn behind(&self, is_shut: &[bool], links: &[u32]) -> Vec<bool> {
        let before = self.reached(|_| true);
        let with = self.reached(|link| links.binary_search(&link).is_err());
        (0..self.nodes.len()).map(|node| before[node] && !with[node] && !is_shut[node]).collect()
    }

    /// Nodes that open links join to a source.
    fn reached(&self, is_there: impl Fn(u32) -> bool) -> Vec<bool> {
        let mut at: Vec<Vec<u32>> = vec![Vec::new(); self.nodes.len()];
        for (id, link) in (0_u32..).zip(&self.links) {
            if link.is_open && link.leads && is_there(id) {
                at[link.ends.0 as usize].push(link.ends.1);
                at[link.ends.1 as usize].push(link.ends.0);
            }
        }
        let mut reached: Vec<bool> = self.nodes.iter().map(|node| node.is_source).collect();
        let mut stack: Vec<usize> = (0..reached.len()).filter(|&node| reached[node]).collect();
        while let Some(node) = stack.pop() {
            for &other in &at[node] {
                if !std::mem::replace(&mut reached[other as usize], true) {
                    stack.push(other as usize);
                }
            }
        }
        reached
    }

    /// Customers and hydrants between whose ends something is cut off.
    fn cut_off(&self, is_cut_off: impl Fn((u32, u32)) -> bool) -> CutOff {
        let customers = || self.customers.iter().filter(|customers| is_cut_off(customers.ends));
        let nodes = self.nodes.iter().zip(0_u32..);
        let hydrants = nodes.filter(|(node, at)| node.is_hydrant && is_cut_off((*at, *at)));
        CutOff {
            customers: customers().map(|customers| customers.n).sum(),
            residents: residents_of(customers().map(|customers| customers.residents)),
            hydrants: hydrants.map(|(node, _)| node.key.clone()).collect(),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
