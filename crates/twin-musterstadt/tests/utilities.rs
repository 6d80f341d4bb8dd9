//! What holds for the lines beneath the streets of every generated town.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::LazyLock,
};

use geo_types::{Coord, LineString};
use twin::{
    Id, Network, Silent, Twin,
    building::BuildingUse,
    utility::{HeatNodeKind, PowerBranchKind, SewerKind, WaterLinkKind, WaterNodeKind},
};
use twin_musterstadt::{Options, generate};

static TOWNS: LazyLock<Vec<(u32, u64, Twin)>> = LazyLock::new(|| {
    [(500, 1), (2_000, 2), (8_000, 1), (8_000, 3), (30_000, 1)]
        .into_iter()
        .map(|(population, seed)| {
            let twin = generate(&Options { population, seed }, &Silent).expect("because the population is in range");
            (population, seed, twin)
        })
        .collect()
});

/// Nodes reached from some nodes over links that `open` lets pass, either way.
fn reached<N, L>(network: &Network<N, L>, starts: &[Id<N>], open: impl Fn(&L) -> bool) -> BTreeSet<Id<N>> {
    let mut next: Vec<Vec<Id<N>>> = vec![Vec::new(); network.n_nodes()];
    for (id, link) in network.links() {
        if open(link) {
            let (a, b) = network.ends(id);
            next[a.index()].push(b);
            next[b.index()].push(a);
        }
    }
    let mut seen: BTreeSet<Id<N>> = starts.iter().copied().collect();
    let mut queue: VecDeque<Id<N>> = starts.iter().copied().collect();
    while let Some(at) = queue.pop_front() {
        for &to in &next[at.index()] {
            if seen.insert(to) {
                queue.push_back(to);
            }
        }
    }
    seen
}

fn check_geometry(what: &str, line: &LineString<f64>, from: Coord<f64>, to: Coord<f64>) {
    assert_eq!(line.0[0], from, "{what} does not begin at its node");
    assert_eq!(line.0[line.0.len() - 1], to, "{what} does not end at its node");
    assert!(line.0.iter().all(|c| c.x.is_finite() && c.y.is_finite()), "{what}");
}

#[test]
fn lines_end_at_their_nodes_and_keys_are_unique() {
    for (_, _, twin) in TOWNS.iter() {
        let mut keys = Vec::new();
        macro_rules! network {
            ($network:expr) => {
                for (id, link) in $network.links() {
                    let (from, to) = $network.ends(id);
                    check_geometry(link.key.as_str(), &link.geometry, $network[from].position, $network[to].position);
                    keys.push(link.key.clone());
                }
                keys.extend($network.nodes().map(|(_, node)| node.key.clone()));
            };
        }
        network!(twin.water);
        network!(twin.gas);
        network!(twin.heat);
        network!(twin.sewer);
        network!(twin.power);
        let distinct: BTreeSet<_> = keys.iter().collect();
        assert_eq!(distinct.len(), keys.len());
    }
}

#[test]
fn water_reaches_every_house_at_sane_pressure_zones() {
    for &(population, seed, ref twin) in TOWNS.iter() {
        let water = &twin.water;
        let sources: Vec<_> = water
            .nodes()
            .filter(|(_, node)| matches!(node.kind, WaterNodeKind::Reservoir { .. } | WaterNodeKind::Tank { .. }))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(sources.len(), 2, "{population}/{seed}");
        let open = |kind: &WaterLinkKind| {
            !matches!(kind, WaterLinkKind::Pipe { open: false, .. } | WaterLinkKind::Valve { open: false, .. })
        };
        let seen = reached(water, &sources, |link| open(&link.kind));
        assert_eq!(seen.len(), water.n_nodes(), "{population}/{seed}: some nodes are dry");
        let mut demand_m3_s = 0.0;
        let (mut hydrants, mut valves, mut pumps) = (0, 0, 0);
        for (_, node) in water.nodes() {
            match node.kind {
                WaterNodeKind::Junction { base_demand_m3_s } => {
                    assert!(base_demand_m3_s >= 0.0 && base_demand_m3_s.is_finite());
                    demand_m3_s += base_demand_m3_s;
                }
                WaterNodeKind::Hydrant => hydrants += 1,
                _ => {}
            }
        }
        let liters_d = demand_m3_s * 86_400_000.0 / f64::from(population);
        assert!((110.0..190.0).contains(&liters_d), "{population}/{seed}: {liters_d} l per resident and day");
        for (_, link) in water.links() {
            match link.kind {
                WaterLinkKind::Pipe { length_m, diameter_m, roughness, .. } => {
                    assert!(length_m > 0.0 && (0.02..=2.5).contains(&diameter_m) && roughness > 0.0);
                }
                WaterLinkKind::Pump { design_flow_m3_s, design_head_m, power_w, .. } => {
                    pumps += 1;
                    assert!(
                        design_flow_m3_s > 0.0 && (10.0..250.0).contains(&design_head_m) && power_w > 0.0,
                        "{design_head_m}"
                    );
                }
                WaterLinkKind::Valve { .. } => valves += 1,
                WaterLinkKind::PressureReducer { setting_m, .. } => {
                    assert!((5.0..120.0).contains(&setting_m), "{setting_m}")
                }
                WaterLinkKind::ControlValve { .. } => panic!("Musterstadt has none"),
            }
        }
        assert!(
            pumps >= 1 && hydrants * 260 > twin.roads.n_links() && valves > twin.roads.n_links() / 4,
            "{pumps} {hydrants} {valves}"
        );
        let inhabited = twin.buildings.rows().iter().filter(|b| b.residents.unwrap_or(0.0) > 0.0).count();
        let supplied: BTreeSet<_> = water.nodes().filter_map(|(_, node)| node.building).collect();
        assert!(
            supplied.len() >= inhabited,
            "{population}/{seed}: {} of {inhabited} houses have water",
            supplied.len()
        );
    }
}

#[test]
fn power_is_radial_with_ties_open_and_feeders_short() {
    for &(population, seed, ref twin) in TOWNS.iter() {
        let power = &twin.power;
        let slacks: Vec<_> = power.nodes().filter(|(_, bus)| bus.slack_vm_pu.is_some()).map(|(id, _)| id).collect();
        assert!(!slacks.is_empty());
        let closed = |kind: &PowerBranchKind| !matches!(kind, PowerBranchKind::Switch { closed: false, .. });
        let seen = reached(power, &slacks, |branch| closed(&branch.kind));
        assert_eq!(seen.len(), power.n_nodes(), "{population}/{seed}: some buses are dark");
        let ties = power.links().filter(|(_, branch)| !closed(&branch.kind)).count();
        assert!(ties >= 1, "{population}/{seed}");
        // Transformers stand in parallel; everything else is a tree.
        let mut joined: BTreeSet<(usize, usize)> = BTreeSet::new();
        for (id, branch) in power.links().filter(|(_, branch)| closed(&branch.kind)) {
            let (a, b) = power.ends(id);
            let parallel = !joined.insert((a.index(), b.index()));
            assert!(!parallel || matches!(branch.kind, PowerBranchKind::Transformer { .. }), "{}", branch.key);
        }
        assert_eq!(joined.len() + slacks.len(), power.n_nodes(), "{population}/{seed}: a closed loop");
        let load_mw: f64 = power.nodes().map(|(_, bus)| bus.load_mw).sum();
        let per_head_kw = load_mw * 1000.0 / f64::from(population);
        assert!((0.5..1.8).contains(&per_head_kw), "{population}/{seed}: {per_head_kw} kW per head");
        check_voltages(twin, &slacks, population);
    }
}

/// Voltage drop by the approximate ΔU = R·P + X·Q along the closed tree, and loading of every cable.
fn check_voltages(twin: &Twin, slacks: &[Id<twin::utility::PowerBus>], population: u32) {
    let power = &twin.power;
    let mut incident: Vec<Vec<(usize, usize)>> = vec![Vec::new(); power.n_nodes()];
    for (id, branch) in power.links() {
        if !matches!(branch.kind, PowerBranchKind::Switch { closed: false, .. }) {
            let (a, b) = power.ends(id);
            incident[a.index()].push((id.index(), b.index()));
            incident[b.index()].push((id.index(), a.index()));
        }
    }
    let mut parent = vec![None; power.n_nodes()];
    let mut order: Vec<usize> = slacks.iter().map(|id| id.index()).collect();
    let mut seen = vec![false; power.n_nodes()];
    order.iter().for_each(|&node| seen[node] = true);
    let mut next = 0;
    while let Some(&at) = order.get(next) {
        next += 1;
        for &(branch, to) in &incident[at] {
            if !std::mem::replace(&mut seen[to], true) {
                parent[to] = Some((branch, at));
                order.push(to);
            }
        }
    }
    let mut load: Vec<f64> = power.nodes().map(|(_, bus)| bus.load_mw).collect();
    for &node in order.iter().rev() {
        if let Some((_, up)) = parent[node] {
            let mw: f64 = load[node];
            load[up] += mw;
        }
    }
    let mut drop_pu = vec![0.0; power.n_nodes()];
    for &node in &order {
        let Some((branch, up)) = parent[node] else { continue };
        let bus = &power[Id::new(node)];
        let (mw, mvar) = (load[node], load[node] * 0.329);
        let step_pu = match power.link(Id::new(branch)).kind {
            PowerBranchKind::Line { length_km, r_ohm_per_km, x_ohm_per_km, max_i_ka, .. } => {
                let current_ka = mw / 0.95 / (3f64.sqrt() * bus.vn_kv);
                assert!(
                    current_ka <= max_i_ka,
                    "{population}: {} carries {current_ka} of {max_i_ka} kA",
                    power.link(Id::new(branch)).key
                );
                length_km * (r_ohm_per_km * mw + x_ohm_per_km * mvar) / (bus.vn_kv * bus.vn_kv)
            }
            PowerBranchKind::Transformer { sn_mva, vk_percent, .. } => {
                // Parallel transformers share; the one in the tree stands for all.
                let (a, b) = power.ends(Id::new(branch));
                let n = power.links().filter(|(id, _)| power.ends(*id) == (a, b)).count() as f64;
                assert!(mw / 0.95 <= sn_mva * n, "{population}: {} is overloaded", power.link(Id::new(branch)).key);
                if bus.vn_kv > 1.0 { 0.0 } else { vk_percent / 100.0 * mvar / (sn_mva * n) }
            }
            PowerBranchKind::Switch { .. } | PowerBranchKind::Impedance { .. } => 0.0,
        };
        drop_pu[node] = drop_pu[up] + step_pu;
    }
    let worst = drop_pu.iter().copied().fold(0.0, f64::max);
    assert!(worst < 0.11, "{population}: the voltage drops by {worst} p.u.");
}

#[test]
fn gas_and_heat_are_fed() {
    for &(population, seed, ref twin) in TOWNS.iter() {
        let feeds: Vec<_> =
            twin.gas.nodes().filter(|(_, node)| node.feed_pressure_bar.is_some()).map(|(id, _)| id).collect();
        assert!(!feeds.is_empty());
        let seen = reached(&twin.gas, &feeds, |pipe| pipe.kind.is_open());
        assert_eq!(seen.len(), twin.gas.n_nodes(), "{population}/{seed}");
        let draw_m3_h: f64 =
            twin.gas.nodes().filter(|(_, node)| node.building.is_some()).map(|(_, node)| node.demand_m3_h).sum();
        assert!(draw_m3_h > 0.0 && draw_m3_h.is_finite());
        let plants: Vec<_> = twin
            .heat
            .nodes()
            .filter(|(_, node)| matches!(node.kind, HeatNodeKind::Producer { .. }))
            .map(|(id, _)| id)
            .collect();
        assert_eq!(plants.len(), usize::from(population >= 3_000), "{population}/{seed}");
        let seen = reached(&twin.heat, &plants, |pipe| pipe.kind.is_open());
        assert_eq!(seen.len(), twin.heat.n_nodes(), "{population}/{seed}");
        // Nobody burns gas beside district heat.
        let heated: BTreeSet<_> = twin.heat.nodes().filter_map(|(_, node)| node.building).collect();
        assert!(twin.gas.nodes().filter_map(|(_, node)| node.building).all(|building| !heated.contains(&building)));
    }
}

#[test]
fn sewers_run_downhill_to_an_outfall() {
    for &(population, seed, ref twin) in TOWNS.iter() {
        let sewer = &twin.sewer;
        let mut down: BTreeMap<usize, usize> = BTreeMap::new();
        for (id, pipe) in sewer.links() {
            let (from, to) = sewer.ends(id);
            assert!(
                sewer[from].invert_elevation_m > sewer[to].invert_elevation_m,
                "{population}/{seed} {} runs uphill",
                pipe.key
            );
            assert!(pipe.length_m > 0.0 && (0.15..=5.0).contains(&pipe.diameter_m));
            assert!(down.insert(from.index(), to.index()).is_none(), "{population}/{seed}: a manhole with two outlets");
        }
        for (id, manhole) in sewer.nodes() {
            assert!(manhole.cover_elevation_m > manhole.invert_elevation_m + 0.9);
            assert_eq!(manhole.outfall, !down.contains_key(&id.index()), "{population}/{seed} {}", manhole.key);
        }
        let deepest_m = sewer
            .nodes()
            .map(|(_, manhole)| manhole.cover_elevation_m - manhole.invert_elevation_m)
            .fold(0.0, f64::max);
        assert!(deepest_m < 25.0, "{population}/{seed}: a manhole {deepest_m} m deep");
        let kinds: BTreeSet<SewerKind> = sewer.links().map(|(_, pipe)| pipe.kind).collect();
        assert_eq!(kinds.len(), 3, "{population}/{seed}");
    }
}

#[test]
fn buses_run_without_gaps_and_places_exist() {
    use twin::building::PlaceKind;
    for &(population, seed, ref twin) in TOWNS.iter() {
        assert!(twin.bus_routes.len() >= 2, "{population}/{seed}");
        for route in twin.bus_routes.rows() {
            for pair in route.arcs.windows(2) {
                assert_eq!(
                    pair[0].ends(&twin.roads).1,
                    pair[1].ends(&twin.roads).0,
                    "{population}/{seed} {}",
                    route.key
                );
            }
            for arc in &route.arcs {
                let carriageway = twin.roads.link(arc.link).carriageway(arc.direction);
                assert!(carriageway.modes.contains(twin::road::Modes::BUS), "{population}/{seed} {}", route.key);
            }
            assert!(route.stops.len() >= 2);
        }
        let has = |kind| twin.places.rows().iter().any(|place| place.kind == kind);
        assert!(has(PlaceKind::FireStation) && has(PlaceKind::TownHall), "{population}/{seed}");
        for (least, kind) in [
            (2_000, PlaceKind::School),
            (2_000, PlaceKind::Kindergarten),
            (2_000, PlaceKind::Supermarket),
            (2_000, PlaceKind::Station),
            (8_000, PlaceKind::RescueStation),
            (30_000, PlaceKind::Hospital),
        ] {
            assert!(population < least || has(kind), "{population}/{seed} has no {}", kind.name());
        }
        assert!(twin.buildings.rows().iter().any(|building| building.usage == BuildingUse::Church));
    }
}
