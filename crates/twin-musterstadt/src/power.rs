//! Electricity: 110/20 kV substations, open 20 kV rings, 20/0.4 kV stations, low-voltage cables to every house.
//!
//! # Sizing
//! Diversified peak of 1.3 kW per dwelling and 0.7 kW per job, cos φ 0.95. Stations feed at most 380 kW within 330 m of
//! cable. Types and their values are the standard types of pandapower 2.14 (`NAYY 4x150 SE`, `NA2XS2Y 1x240 RM/25
//! 12/20 kV`, `0.63 MVA 20/0.4 kV`, `40 MVA 110/20 kV`, …), after manufacturers' data sheets; parallel systems divide
//! resistance and reactance and multiply capacitance and rating.

use std::{cmp::Reverse, collections::BinaryHeap};

use geo_types::{Coord, LineString, coord};
use twin::{
    Id, Key,
    road::RoadLink,
    utility::{Burial, PowerBranch, PowerBranchKind, PowerBus, PowerNetwork},
};

use crate::{
    houses::House,
    mains::{Course, Ground, Mains, Spot},
    site::{distance_m, ellipsoid_length_m},
    streets::round,
    water::burial,
};

/// A cable: name, Ω/km, Ω/km, nF/km, kA.
type Cable = (&'static str, f64, f64, f64, f64);

const NAYY_50: Cable = ("NAYY 4x50", 0.642, 0.083, 210.0, 0.142);
const NAYY_120: Cable = ("NAYY 4x120", 0.225, 0.080, 264.0, 0.242);
const NAYY_150: Cable = ("NAYY 4x150", 0.208, 0.080, 261.0, 0.270);
const NA2XS2Y_150: Cable = ("NA2XS2Y 1x150", 0.206, 0.116, 250.0, 0.319);
const NA2XS2Y_240: Cable = ("NA2XS2Y 1x240", 0.122, 0.112, 304.0, 0.421);

/// Transformers: MVA, vk, vkr, iron kW, no-load %.
const STATIONS: &[[f64; 5]] = &[
    [0.25, 6.0, 1.44, 0.8, 0.32],
    [0.4, 6.0, 1.425, 1.35, 0.3375],
    [0.63, 6.0, 1.206, 1.65, 0.2619],
    [1.0, 6.0, 1.05, 2.1, 0.23],
];
const SUBSTATIONS: &[[f64; 5]] =
    &[[25.0, 12.0, 0.41, 14.0, 0.07], [40.0, 16.2, 0.34, 18.0, 0.05], [63.0, 18.0, 0.322, 22.0, 0.04]];

const STATION_MW: f64 = 0.38;
const REACH_M: f64 = 330.0;
const RING_STATIONS: usize = 10;
const PEOPLE_PER_SUBSTATION: u32 = 70_000;
const OPERATOR: &str = "Stadtwerke Musterstadt Netz";

struct Station {
    node: u32,
    load_mw: f64,
    bus: Id<PowerBus>,
    at: Coord<f64>,
}

/// The whole network.
pub(crate) fn lay(ground: &Ground<'_>, houses: &[House], population: u32) -> PowerNetwork {
    let mains = ground.lay(Course { aside_m: -2.6, mark_m: None }, |_| true, |_| true);
    let load: Vec<f64> = mains
        .nodes
        .iter()
        .map(|node| match node.spot {
            Spot::House(house) => {
                (1.3 * houses[house as usize].dwellings + 0.7 * houses[house as usize].jobs + 0.1) / 1000.0
            }
            _ => 0.0,
        })
        .collect();
    let mut grid = Grid { network: PowerNetwork::new(), ground, n_lines: 0, n_transformers: 0, n_switches: 0 };
    let stations = grid.low_voltage(&mains, &load);
    grid.medium_voltage(&mains, &stations, population);
    grid.network
}

struct Grid<'a> {
    network: PowerNetwork,
    ground: &'a Ground<'a>,
    n_lines: usize,
    n_transformers: usize,
    n_switches: usize,
}

impl Grid<'_> {
    fn bus(
        &mut self,
        at: Coord<f64>,
        vn_kv: f64,
        name: Option<String>,
        load_mw: f64,
        house: Option<u32>,
    ) -> Id<PowerBus> {
        let key = Key::new(format!("power_bus/{}", self.network.n_nodes() + 1));
        self.network.add_node(PowerBus {
            key,
            name,
            position: at,
            vn_kv,
            min_vm_pu: None,
            max_vm_pu: None,
            slack_vm_pu: None,
            start_vm_pu: None,
            start_va_deg: None,
            load_mw: round(load_mw, 6),
            load_mvar: round(load_mw * 0.329, 6),
            generation_mw: 0.0,
            in_service: true,
            building: house.map(|house| Id::new(house as usize)),
        })
    }

    /// Stations and their feeders; every house hangs on exactly one.
    fn low_voltage(&mut self, mains: &Mains, load: &[f64]) -> Vec<Station> {
        let districts = districts(mains, load);
        let mut bus_of: Vec<Option<Id<PowerBus>>> = vec![None; mains.nodes.len()];
        let mut stations = Vec::new();
        for district in &districts {
            let total_mw: f64 = district.members.iter().map(|&(node, _)| load[node as usize]).sum();
            let seed = mains.nodes[district.seed as usize].at;
            let name = format!("Station {}", stations.len() + 1);
            let high = self.bus(coord! { x: seed.x - 2.0, y: seed.y + 2.0 }, 20.0, Some(name), 0.0, None);
            let low = self.bus(seed, 0.4, None, load[district.seed as usize], None);
            bus_of[district.seed as usize] = Some(low);
            let year = ground_year(self.ground, mains, district.members.get(1).and_then(|&(_, parent)| parent));
            self.station_transformer(high, low, total_mw, year);
            self.feeders(mains, load, district, &mut bus_of);
            stations.push(Station { node: district.seed, load_mw: total_mw, bus: high, at: seed });
        }
        stations
    }

    fn station_transformer(&mut self, high: Id<PowerBus>, low: Id<PowerBus>, load_mw: f64, year: i32) {
        let apparent_mva = load_mw / 0.95 / 0.8;
        let n = (apparent_mva / 1.0).ceil().max(1.0);
        let kind = STATIONS.iter().find(|kind| kind[0] >= apparent_mva / n).unwrap_or(&STATIONS[STATIONS.len() - 1]);
        for _ in 0..n as usize {
            self.transformer(high, low, kind, (20.0, 0.4), year);
        }
    }

    fn transformer(
        &mut self,
        high: Id<PowerBus>,
        low: Id<PowerBus>,
        kind: &[f64; 5],
        (vn_hv_kv, vn_lv_kv): (f64, f64),
        year: i32,
    ) {
        self.n_transformers += 1;
        let geometry = LineString(vec![self.network[high].position, self.network[low].position]);
        let kind = PowerBranchKind::Transformer {
            sn_mva: kind[0],
            vn_hv_kv,
            vn_lv_kv,
            vk_percent: kind[1],
            vkr_percent: kind[2],
            pfe_kw: kind[3],
            i0_percent: kind[4],
            shift_deg: 150.0,
            parallel: 1,
            derating: 1.0,
            tap_side: None,
            tap_changer: None,
            tap_pos: None,
            tap_neutral: None,
            tap_min: None,
            tap_max: None,
            tap_step_percent: None,
            tap_step_deg: None,
            in_service: true,
        };
        let burial = Burial { year_laid: Some(year), operator: Some(OPERATOR.to_owned()), ..Burial::default() };
        let key = Key::new(format!("power_transformer/{}", self.n_transformers));
        self.network.add_link(high, low, PowerBranch { key, name: None, geometry, kind, burial });
    }

    fn feeders(&mut self, mains: &Mains, load: &[f64], district: &District, bus_of: &mut [Option<Id<PowerBus>>]) {
        // Load beyond each member, leaves first.
        let mut beyond: std::collections::BTreeMap<u32, f64> =
            district.members.iter().map(|&(node, _)| (node, load[node as usize])).collect();
        for &(node, parent) in district.members.iter().rev() {
            if let Some((_, parent)) = parent {
                let mw = beyond[&node];
                *beyond.entry(parent).or_default() += mw;
            }
        }
        for &(node, parent) in &district.members {
            let Some((piece, parent)) = parent else { continue };
            let piece = &mains.pieces[piece as usize];
            let house = match mains.nodes[node as usize].spot {
                Spot::House(house) => Some(house),
                _ => None,
            };
            let bus = self.bus(mains.nodes[node as usize].at, 0.4, None, load[node as usize], house);
            bus_of[node as usize] = Some(bus);
            let current_ka = beyond[&node] / 0.95 / (3f64.sqrt() * 0.4);
            let cable = if house.is_some() && current_ka < 0.12 {
                NAYY_50
            } else if current_ka < 0.11 {
                NAYY_120
            } else {
                NAYY_150
            };
            let n = if house.is_some() {
                (current_ka / (0.8 * cable.4)).ceil()
            } else {
                (current_ka / (0.45 * cable.4)).ceil()
            }
            .max(1.0);
            let from = bus_of[parent as usize].expect("because parents come before children");
            let mut geometry = piece.geometry.clone();
            if piece.ends.0 != parent {
                geometry.0.reverse();
            }
            self.cable((from, bus), geometry, piece.length_m, cable, n, Some(piece.link));
        }
    }

    fn cable(
        &mut self,
        ends: (Id<PowerBus>, Id<PowerBus>),
        geometry: LineString<f64>,
        length_m: f64,
        cable: Cable,
        n: f64,
        link: Option<Id<RoadLink>>,
    ) {
        self.n_lines += 1;
        let material = if n > 1.0 { format!("{n:.0}x {}", cable.0) } else { cable.0.to_owned() };
        let year = link.map_or(1985, |link| self.ground.years[link.index()].max(1955));
        let kind = PowerBranchKind::Line {
            length_km: length_m / 1000.0,
            r_ohm_per_km: cable.1 / n,
            x_ohm_per_km: cable.2 / n,
            c_nf_per_km: cable.3 * n,
            g_us_per_km: 0.0,
            max_i_ka: cable.4 * n,
            parallel: 1,
            derating: 1.0,
            overhead: false,
            in_service: true,
        };
        let cover_m = if self.network[ends.0].vn_kv > 1.0 { 0.9 } else { 0.7 };
        let key = Key::new(format!("power_line/{}", self.n_lines));
        self.network.add_link(
            ends.0,
            ends.1,
            PowerBranch { key, name: None, geometry, kind, burial: burial(&material, year, cover_m, OPERATOR) },
        );
    }

    fn switch(&mut self, from: Id<PowerBus>, to: Id<PowerBus>, closed: bool) {
        self.n_switches += 1;
        let geometry = LineString(vec![self.network[from].position, self.network[to].position]);
        let burial = Burial { operator: Some(OPERATOR.to_owned()), ..Burial::default() };
        let key = Key::new(format!("power_switch/{}", self.n_switches));
        self.network.add_link(
            from,
            to,
            PowerBranch { key, name: None, geometry, kind: PowerBranchKind::Switch { closed, z_ohm: 0.0 }, burial },
        );
    }

    /// Substations, and rings through the stations around each.
    fn medium_voltage(&mut self, mains: &Mains, stations: &[Station], population: u32) {
        if stations.is_empty() {
            return;
        }
        let n = 1 + (population / PEOPLE_PER_SUBSTATION) as usize;
        let sites = substation_sites(stations, n);
        let routes = Routes::new(mains);
        for (number, &site) in sites.iter().enumerate() {
            let around: Vec<usize> = (0..stations.len()).filter(|&i| nearest(&sites, stations, i) == number).collect();
            let total_mw: f64 = around.iter().map(|&i| stations[i].load_mw).sum();
            let at = stations[site].at;
            let busbar = self.substation(coord! { x: at.x + 9.0, y: at.y - 7.0 }, number + 1, total_mw);
            for ring in petals(stations, &around, at) {
                self.ring(mains, stations, &routes, busbar, stations[site].node, &ring);
            }
        }
    }

    fn substation(&mut self, at: Coord<f64>, number: usize, total_mw: f64) -> Id<PowerBus> {
        let key = Key::new(format!("power_bus/{}", self.network.n_nodes() + 1));
        let grid = self.network.add_node(PowerBus {
            key,
            name: Some(format!("Umspannwerk {number} (110 kV)")),
            position: coord! { x: at.x + 14.0, y: at.y },
            vn_kv: 110.0,
            min_vm_pu: None,
            max_vm_pu: None,
            slack_vm_pu: Some(1.02),
            start_vm_pu: None,
            start_va_deg: None,
            load_mw: 0.0,
            load_mvar: 0.0,
            generation_mw: 0.0,
            in_service: true,
            building: None,
        });
        let busbar = self.bus(at, 20.0, Some(format!("Umspannwerk {number} (20 kV)")), 0.0, None);
        // Two transformers, each able to carry nearly all of it.
        let half_mva = total_mw / 0.95 * 0.75;
        let n = (half_mva / 63.0).ceil().max(1.0) as usize + 1;
        let kind = SUBSTATIONS.iter().find(|kind| kind[0] >= half_mva).unwrap_or(&SUBSTATIONS[SUBSTATIONS.len() - 1]);
        for _ in 0..n {
            self.transformer(grid, busbar, kind, (110.0, 20.0), 1988);
        }
        busbar
    }

    /// An open ring: breakers at the busbar, a tie switch, normally open, in the middle.
    fn ring(
        &mut self,
        mains: &Mains,
        stations: &[Station],
        routes: &Routes,
        busbar: Id<PowerBus>,
        home: u32,
        ring: &[usize],
    ) {
        let mut last = self.breaker(busbar);
        let mut last_node = home;
        let tie = ring.len().div_ceil(2);
        for (i, &station) in ring.iter().enumerate() {
            let station = &stations[station];
            let here = if i == tie {
                let open = self.bus(offset(self.network[station.bus].position, 1.5), 20.0, None, 0.0, None);
                self.switch(open, station.bus, false);
                open
            } else {
                station.bus
            };
            self.medium_cable(mains, routes, (last, last_node), (here, station.node));
            (last, last_node) = (station.bus, station.node);
        }
        let back = self.breaker(busbar);
        if ring.len() > 1 {
            self.medium_cable(mains, routes, (last, last_node), (back, home));
        } else {
            // A single station is fed by both halves of its ring, one of them open.
            let open = self.bus(offset(self.network[last].position, 1.5), 20.0, None, 0.0, None);
            self.switch(last, open, false);
            self.medium_cable(mains, routes, (open, last_node), (back, home));
        }
    }

    fn breaker(&mut self, busbar: Id<PowerBus>) -> Id<PowerBus> {
        let at = offset(self.network[busbar].position, -1.5 - 0.1 * (self.n_switches % 20) as f64);
        let bay = self.bus(at, 20.0, None, 0.0, None);
        self.switch(busbar, bay, true);
        bay
    }

    fn medium_cable(&mut self, mains: &Mains, routes: &Routes, from: (Id<PowerBus>, u32), to: (Id<PowerBus>, u32)) {
        let mut points = vec![self.network[from.0].position];
        points.extend(routes.between(mains, from.1, to.1));
        points.push(self.network[to.0].position);
        points.dedup_by(|a, b| distance_m(*a, *b) < 0.01);
        let geometry = LineString(points);
        let length_m = ellipsoid_length_m(&geometry).max(1.0);
        let cable = if self.n_lines.is_multiple_of(3) { NA2XS2Y_240 } else { NA2XS2Y_150 };
        let cable = if length_m > 900.0 { NA2XS2Y_240 } else { cable };
        self.cable((from.0, to.0), geometry, length_m, cable, 1.0, None);
    }
}

fn offset(at: Coord<f64>, by_m: f64) -> Coord<f64> {
    coord! { x: at.x + by_m, y: at.y + 0.4 * by_m }
}

fn ground_year(ground: &Ground<'_>, mains: &Mains, parent: Option<(u32, u32)>) -> i32 {
    parent.map_or(1985, |(piece, _)| ground.years[mains.pieces[piece as usize].link.index()].max(1955))
}

struct District {
    seed: u32,
    /// Node and (piece, node) toward the station, the station first.
    members: Vec<(u32, Option<(u32, u32)>)>,
}

/// Grows districts over the mains, each from a node nobody feeds yet, up to the load and reach of a station.
fn districts(mains: &Mains, load: &[f64]) -> Vec<District> {
    let incident = mains.incident();
    let mut taken = vec![false; mains.nodes.len()];
    let mut districts = Vec::new();
    for start in 0..mains.nodes.len() as u32 {
        if taken[start as usize] || matches!(mains.nodes[start as usize].spot, Spot::House(_)) {
            continue;
        }
        // The station stands well inside: half its reach from the first free node, along free mains.
        let seed = walk_in(mains, &incident, &taken, start);
        let mut members = Vec::new();
        let mut total_mw = 0.0;
        let mut heap = BinaryHeap::from([(Reverse(0u64), Reverse(seed), None::<(u32, u32)>)]);
        while let Some((Reverse(reach_mm), Reverse(node), parent)) = heap.pop() {
            if taken[node as usize] {
                continue;
            }
            // A house always belongs to the district of its tap.
            let house = matches!(mains.nodes[node as usize].spot, Spot::House(_));
            let houses_mw: f64 = if house {
                0.0
            } else {
                incident[node as usize]
                    .iter()
                    .filter(|(piece, _)| mains.pieces[*piece as usize].service)
                    .map(|&(_, to)| load[to as usize])
                    .sum()
            };
            if !house && !members.is_empty() && total_mw + houses_mw > STATION_MW {
                continue;
            }
            taken[node as usize] = true;
            total_mw += houses_mw;
            members.push((node, parent));
            for &(piece, to) in &incident[node as usize] {
                let next_mm = reach_mm + (mains.pieces[piece as usize].length_m * 1000.0) as u64;
                if !taken[to as usize] && (next_mm < (REACH_M * 1000.0) as u64 || mains.pieces[piece as usize].service)
                {
                    heap.push((Reverse(next_mm), Reverse(to), Some((piece, node))));
                }
            }
        }
        districts.push(District { seed, members });
    }
    districts
}

fn walk_in(mains: &Mains, incident: &[Vec<(u32, u32)>], taken: &[bool], start: u32) -> u32 {
    let (mut at, mut before, mut run_m) = (start, u32::MAX, 0.0);
    while run_m < 0.4 * REACH_M {
        let next = incident[at as usize]
            .iter()
            .filter(|(piece, to)| !mains.pieces[*piece as usize].service && !taken[*to as usize] && *to != before)
            .max_by_key(|(piece, _)| (mains.pieces[*piece as usize].length_m * 1000.0) as u64);
        let Some(&(piece, to)) = next else { break };
        run_m += mains.pieces[piece as usize].length_m;
        (before, at) = (at, to);
    }
    at
}

/// Stations spread over the town: each as far as can be from the others.
fn substation_sites(stations: &[Station], n: usize) -> Vec<usize> {
    let n_stations = stations.len() as f64;
    let middle = stations.iter().fold(
        coord! { x: 0.0, y: 0.0 },
        |sum, s| coord! { x: sum.x + s.at.x / n_stations, y: sum.y + s.at.y / n_stations },
    );
    // The first at the edge of the town where it is alone, else in the middle of its share.
    let radius_m = stations.iter().map(|s| distance_m(s.at, middle)).fold(0.0, f64::max);
    let wanted_m = if n == 1 { 0.7 * radius_m } else { 0.45 * radius_m };
    let first = (0..stations.len())
        .min_by(|&a, &b| {
            let off =
                |i: usize| (distance_m(stations[i].at, middle) - wanted_m).abs() + 0.2 * (middle.x - stations[i].at.x);
            off(a).total_cmp(&off(b)).then(a.cmp(&b))
        })
        .unwrap_or(0);
    let mut sites = vec![first];
    let mut away: Vec<f64> = stations.iter().map(|s| distance_m(s.at, stations[first].at)).collect();
    while sites.len() < n.min(stations.len()) {
        let next = (0..stations.len())
            .filter(|&i| distance_m(stations[i].at, middle) < 0.75 * radius_m)
            .max_by(|&a, &b| away[a].total_cmp(&away[b]).then(b.cmp(&a)))
            .unwrap_or(0);
        sites.push(next);
        for (i, station) in stations.iter().enumerate() {
            away[i] = away[i].min(distance_m(station.at, stations[next].at));
        }
    }
    sites
}

fn nearest(sites: &[usize], stations: &[Station], i: usize) -> usize {
    (0..sites.len())
        .min_by(|&a, &b| {
            distance_m(stations[sites[a]].at, stations[i].at)
                .total_cmp(&distance_m(stations[sites[b]].at, stations[i].at))
                .then(a.cmp(&b))
        })
        .unwrap_or(0)
}

/// Rings as petals around the substation: stations by direction, outward on one side and back on the other.
fn petals(stations: &[Station], around: &[usize], home: Coord<f64>) -> Vec<Vec<usize>> {
    let angle = |i: usize| (stations[i].at.y - home.y).atan2(stations[i].at.x - home.x);
    let mut sorted = around.to_vec();
    sorted.sort_by(|&a, &b| angle(a).total_cmp(&angle(b)).then(a.cmp(&b)));
    let n_rings = sorted.len().div_ceil(RING_STATIONS).max(1);
    let size = sorted.len().div_ceil(n_rings);
    sorted
        .chunks(size.max(1))
        .map(|petal| {
            let reach = |i: usize| distance_m(stations[i].at, home);
            let (mut there, mut back) = petal.split_at(petal.len().div_ceil(2));
            let (mut out, mut home_ward) = (there.to_vec(), back.to_vec());
            out.sort_by(|&a, &b| reach(a).total_cmp(&reach(b)).then(a.cmp(&b)));
            home_ward.sort_by(|&a, &b| reach(b).total_cmp(&reach(a)).then(a.cmp(&b)));
            (there, back) = (&out, &home_ward);
            [there, back].concat()
        })
        .collect()
}

/// Shortest ways along the mains.
struct Routes {
    incident: Vec<Vec<(u32, u32)>>,
}

impl Routes {
    fn new(mains: &Mains) -> Self {
        Self { incident: mains.incident() }
    }

    /// Points of the shortest way (A* with the straight distance); the straight line where there is none.
    fn between(&self, mains: &Mains, from: u32, to: u32) -> Vec<Coord<f64>> {
        let goal = mains.nodes[to as usize].at;
        let guess = |node: u32| (distance_m(mains.nodes[node as usize].at, goal) * 999.0) as u64;
        let mut best: std::collections::BTreeMap<u32, (u64, Option<(u32, u32)>)> = [(from, (0, None))].into();
        let mut heap = BinaryHeap::from([(Reverse(guess(from)), Reverse(from), 0u64)]);
        while let Some((_, Reverse(at), reach)) = heap.pop() {
            if at == to {
                break;
            }
            if best[&at].0 < reach {
                continue;
            }
            for &(piece, next) in &self.incident[at as usize] {
                let piece_ref = &mains.pieces[piece as usize];
                if piece_ref.service {
                    continue;
                }
                let next_reach = reach + (piece_ref.length_m * 1000.0) as u64;
                if best.get(&next).is_none_or(|(old, _)| next_reach < *old) {
                    best.insert(next, (next_reach, Some((piece, at))));
                    heap.push((Reverse(next_reach + guess(next)), Reverse(next), next_reach));
                }
            }
        }
        let mut points = Vec::new();
        let mut at = to;
        while let Some(&(_, Some((piece, before)))) = best.get(&at) {
            let piece = &mains.pieces[piece as usize];
            let mut line = piece.geometry.0.clone();
            if piece.ends.0 == before {
                line.reverse();
            }
            // A hand's breadth beside the low-voltage cables.
            points.extend(line.into_iter().map(|p| coord! { x: p.x + 0.3, y: p.y + 0.3 }));
            at = before;
        }
        points.reverse();
        points
    }
}
