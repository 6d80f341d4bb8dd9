//! From what was solved to columns over the network.

use std::collections::BTreeMap;

use twin::{
    Finding, Findings, Id,
    outcome::{HeatState, HeatTotals},
    utility::{HeatNetwork, HeatNode},
};

use super::{Heat, Owner, Room, Thermal, solve::LEAST_COOLING_K, thermal::REST_KG_S};
use crate::{
    gas::status,
    hydraulics::{Element, End, THINNEST_M, area_m2},
};

impl Heat {
    pub(super) fn state(&self, room: &Room, end: End) -> HeatState {
        let n = self.n_nodes;
        let supplied = |node: u32| room.supply.node[node as usize];
        let pressure = |node: u32| supplied(node).then(|| room.newton.potential[node as usize]);
        let temperature = |node: u32| supplied(node).then(|| room.node_k[node as usize]);
        let back = |node: usize| self.return_node[node];
        let flow = |branch: u32| room.newton.flow_kg_s[branch as usize];
        let mut state = HeatState {
            status: status(end, 0.0, false, self.grid.n_nodes() == 0),
            pressure_bar: (0..n as u32).map(pressure).collect(),
            temperature_k: (0..n as u32).map(temperature).collect(),
            return_pressure_bar: (0..n).map(|node| back(node).and_then(pressure)).collect(),
            return_temperature_k: (0..n).map(|node| back(node).and_then(temperature)).collect(),
            mass_flow_kg_s: self.branches.iter().map(|&(first, _)| flow(first)).collect(),
            velocity_m_s: self.branches.iter().map(|&(first, _)| self.velocity_m_s(room, first)).collect(),
            outlet_k: Vec::new(),
            heat_loss_w: Vec::new(),
            heat_w: vec![0.0; self.branches.len()],
            node_heat_w: vec![0.0; n],
            without_heat: Vec::new(),
            n_without_heat: Vec::new(),
            totals: HeatTotals::default(),
        };
        for &(first, count) in &self.branches {
            // A trench leaves with its supply pipe; a pipe in sections with the last one the water passes.
            let is_pair = count == 2 && self.grid.from[first as usize + 1] != self.grid.to[first as usize];
            let last = if is_pair || flow(first) < 0.0 { first } else { first + count - 1 };
            let takes_part = room.supply.branch[first as usize];
            state.outlet_k.push(takes_part.then(|| room.outlet_k[last as usize]));
            state.heat_loss_w.push((first..first + count).map(|branch| self.lost_w(room, branch as usize)).sum());
        }
        (state.without_heat, state.n_without_heat) = self.cold_nodes(room).into_iter().unzip();
        self.add_stations(room, &mut state);
        self.add_totals(room, &mut state);
        state
    }

    fn velocity_m_s(&self, room: &Room, branch: u32) -> f64 {
        let branch = branch as usize;
        let is_tube =
            self.grid.diameter_m[branch] >= THINNEST_M && matches!(self.grid.element[branch], Element::Resistance);
        if !is_tube {
            return 0.0;
        }
        room.newton.flow_kg_s[branch] / room.density_kg_m3[branch] / area_m2(self.grid.diameter_m[branch])
    }

    /// Heat that a branch takes from the water.
    fn taken_w(&self, room: &Room, branch: usize) -> f64 {
        let flow = room.newton.flow_kg_s[branch].abs();
        if flow <= REST_KG_S {
            return 0.0;
        }
        let inlet_k = room.node_k[room.flow_ends(self, branch).0];
        let outlet_k = room.outlet_k[branch];
        let capacity = 0.5 * (self.capacity_j_kg_k(inlet_k) + self.capacity_j_kg_k(outlet_k));
        flow * capacity * (inlet_k - outlet_k)
    }

    fn lost_w(&self, room: &Room, branch: usize) -> f64 {
        if matches!(self.thermal[branch], Thermal::Pipe { .. }) { self.taken_w(room, branch) } else { 0.0 }
    }

    /// Heat of plants, stations and exchangers, by link or node.
    fn add_stations(&self, room: &Room, state: &mut HeatState) {
        for (link, &(first, _)) in self.branches.iter().enumerate() {
            if !matches!(self.thermal[first as usize], Thermal::Pipe { .. } | Thermal::Same) {
                state.heat_w[link] = self.taken_w(room, first as usize);
            }
        }
        let of_nodes = self.stations.iter().map(|station| (station.branch, station.owner));
        let of_nodes = of_nodes.chain(self.plants.iter().map(|plant| (plant.branch, plant.owner)));
        for (branch, owner) in of_nodes {
            if let Owner::Node(node) = owner {
                state.node_heat_w[node as usize] += self.taken_w(room, branch as usize);
            }
        }
    }

    fn add_totals(&self, room: &Room, state: &mut HeatState) {
        let totals = &mut state.totals;
        totals.lost_w = state.heat_loss_w.iter().sum();
        for heat_w in state.heat_w.iter().chain(&state.node_heat_w) {
            if *heat_w < 0.0 {
                totals.produced_w -= heat_w;
            } else {
                totals.consumed_w += heat_w;
            }
        }
        self.add_open_ends(room, totals);
        let least = |known: Option<f64>, value: f64| Some(known.map_or(value, |known: f64| known.min(value)));
        for station in self.stations.iter().filter(|station| station.owner != Owner::Link(u32::MAX)) {
            let branch = station.branch as usize;
            if !self.open[branch] {
                continue;
            }
            let served = self.is_served(room, station);
            if served {
                totals.consumers_served += 1;
                let (begin, end) = room.flow_ends(self, branch);
                let difference_bar = room.newton.potential[begin] - room.newton.potential[end];
                totals.worst_point_bar = least(totals.worst_point_bar, difference_bar);
                if room.newton.flow_kg_s[branch].abs() > REST_KG_S {
                    totals.coldest_k = least(totals.coldest_k, room.node_k[begin]);
                }
            } else {
                totals.consumers_cut_off += 1;
                let taken_w = self.taken_w(room, branch);
                totals.unserved_w += (station.heat_w.unwrap_or(0.0) - taken_w).max(0.0);
            }
        }
    }

    /// Feeds and draws of open networks: heat above the ambient temperature.
    fn add_open_ends(&self, room: &Room, totals: &mut HeatTotals) {
        let ambient = self.capacity_j_kg_k(self.ambient_k);
        for node in 0..self.grid.n_nodes() {
            let draw = self.draw_kg_s[node];
            if !room.supply.node[node] || (draw == 0.0 && self.grid.feed_bar[node].is_none()) {
                continue;
            }
            let t_k = room.node_k[node];
            let capacity = 0.5 * (self.capacity_j_kg_k(t_k) + ambient);
            let drawn_w = draw * capacity * (t_k - self.ambient_k);
            if drawn_w >= 0.0 {
                totals.consumed_w += drawn_w
            } else {
                totals.produced_w -= drawn_w
            }
            if self.grid.feed_bar[node].is_some() {
                let t_k = self.feed_k[node].unwrap_or(t_k);
                let capacity = 0.5 * (self.capacity_j_kg_k(t_k) + ambient);
                let fed_w = self.fed_kg_s(room, node) * capacity * (t_k - self.ambient_k);
                if fed_w >= 0.0 { totals.produced_w += fed_w } else { totals.consumed_w -= fed_w }
            }
        }
    }

    /// What leaves a node beyond what comes in: the flow of its feed.
    fn fed_kg_s(&self, room: &Room, node: usize) -> f64 {
        let leaves = |&branch: &u32| {
            let branch = branch as usize;
            let (from, to) = (self.grid.from[branch] as usize, self.grid.to[branch] as usize);
            let flow = room.newton.flow_kg_s[branch];
            if from == to {
                0.0
            } else if from == node {
                flow
            } else {
                -flow
            }
        };
        self.draw_kg_s[node] + self.grid.incident(node).iter().map(leaves).sum::<f64>()
    }

    /// Whether a station gets its heat.
    fn is_served(&self, room: &Room, station: &super::Station) -> bool {
        let branch = station.branch as usize;
        if !room.supply.branch[branch] {
            return false;
        }
        let flow = room.newton.flow_kg_s[branch];
        let inlet_k = room.node_k[room.flow_ends(self, branch).0];
        match (self.thermal[branch], station.heat_w) {
            (_, Some(0.0)) => true,
            (Thermal::Outlet(outlet_k), Some(_)) => flow.abs() > REST_KG_S && inlet_k - outlet_k > LEAST_COOLING_K,
            (_, Some(_)) => flow.abs() > REST_KG_S && room.outlet_k[branch] > 1.0,
            _ => true,
        }
    }

    /// Nodes of house stations and draws without heat, by rising id, and how many stations lack it there.
    fn cold_nodes(&self, room: &Room) -> Vec<(Id<HeatNode>, u32)> {
        let stations = self.stations.iter().filter(|station| {
            station.owner != Owner::Link(u32::MAX)
                && self.open[station.branch as usize]
                && !self.is_served(room, station)
        });
        let mut cold: BTreeMap<u32, u32> = BTreeMap::new();
        for station in stations {
            let node = match station.owner {
                Owner::Node(node) => node,
                Owner::Link(_) => self.grid.from[station.branch as usize],
            };
            *cold.entry(node).or_default() += 1;
        }
        for node in 0..self.n_nodes {
            if self.draw_kg_s[node] > 0.0 && self.in_service[node] && !room.supply.node[node] {
                cold.entry(node as u32).or_insert(1);
            }
        }
        cold.into_iter().map(|(node, n)| (Id::new(node as usize), n)).collect()
    }

    /// What keeps a state from being trusted, with the keys of nodes and links.
    #[must_use]
    pub fn explain(&self, network: &HeatNetwork, state: &HeatState) -> Findings {
        let mut findings = Findings::default();
        if state.totals.consumers_cut_off > 0 {
            let message = format!("{} house stations get no or too little heat.", state.totals.consumers_cut_off);
            findings.push(Finding::warning("heat-not-supplied", message).with_help(
                "No open way leads to them from a plant and back, or the water that arrives is no warmer than their return temperature.",
            ));
        }
        if let Some(worst_bar) = state.totals.worst_point_bar.filter(|bar| *bar < 0.0) {
            let message = format!(
                "The lift of the plants does not suffice: at the worst point supply lies {:.3} bar below return.",
                -worst_bar
            );
            findings.push(
                Finding::warning("heat-lift-too-low", message)
                    .with_help("The flows that are drawn need more lift, wider pipes, or a colder return."),
            );
        }
        let is_dry = |(id, node): &(twin::Id<HeatNode>, &HeatNode)| {
            node.in_service && node.draw_kg_s != 0.0 && state.pressure_bar[id.index()].is_none()
        };
        let dry: Vec<_> = network.nodes().filter(is_dry).collect();
        if let Some((_, first)) = dry.first() {
            let message =
                format!("{} nodes with draw or infeed have no pressure, the first is {}.", dry.len(), first.key);
            findings.push(Finding::warning("heat-no-pressure", message).with_key(first.key.clone()));
        }
        // Water at rest has the temperature around it, which may lie below.
        let least_k = self.ambient_k.min(273.15) - 0.01;
        let is_cold = |k: &Option<f64>| k.is_some_and(|k| k < least_k);
        let cold: Vec<_> = network
            .nodes()
            .filter(|(id, _)| {
                is_cold(&state.temperature_k[id.index()]) || is_cold(&state.return_temperature_k[id.index()])
            })
            .collect();
        if let Some((_, first)) = cold.first() {
            let message = format!(
                "{} nodes are colder than 0 °C and than their surroundings, the first is {}.",
                cold.len(),
                first.key
            );
            findings.push(
                Finding::warning("heat-below-freezing", message)
                    .with_key(first.key.clone())
                    .with_help("Stations or exchangers before them take more heat than their water carries: look for given flows that are too small."),
            );
        }
        for plant in &self.plants {
            let anchored =
                matches!(self.grid.element[plant.branch as usize], Element::Circulation { supply_bar: Some(_), .. });
            if anchored && self.plants.len() > 1 && plant.branch != self.plants[0].branch {
                let key = match plant.owner {
                    Owner::Link(link) => network.links().nth(link as usize).map(|(_, link)| link.key.clone()),
                    Owner::Node(node) => network.nodes().nth(node as usize).map(|(_, node)| node.key.clone()),
                };
                if let Some(key) = key {
                    let message = format!(
                        "{key}: another plant keeps the pressure of its part already; this one keeps its supply pressure by its speed, and its lift follows."
                    );
                    findings.push(Finding::note("second-plant", message).with_key(key));
                }
            }
        }
        if !state.status.is_fine() {
            let message = format!(
                "The heat network has no steady state that was found: the largest error of a pressure loss is {:.3e} bar after {} iterations.",
                state.status.residual(),
                state.status.iterations()
            );
            findings.push(Finding::warning("heat-not-converged", message).with_help(
                "Look for stations far from the plant whose water arrives too cold, and for pumps that contradict each other.",
            ));
        }
        findings
    }

    /// Raises the lift of all plants that keep one; whether there is any.
    pub(super) fn raise_lifts(&mut self, by_bar: f64) -> bool {
        let mut any = false;
        for plant in &self.plants {
            if let Element::Circulation { lift_bar: Some(lift_bar), .. } = &mut self.grid.element[plant.branch as usize]
            {
                *lift_bar = (*lift_bar + by_bar).max(0.0);
                any = true;
            }
        }
        any
    }
}
