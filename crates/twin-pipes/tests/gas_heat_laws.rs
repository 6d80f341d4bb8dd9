//! Laws that gas and heat networks keep whatever they look like: balances close, nothing becomes not-a-number, nothing
//! panics or runs on.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

use proptest::prelude::*;
use twin::{
    Id, Key, Silent,
    geo_types::{LineString, coord},
    outcome::Status,
    utility::{
        Burial, Friction, GasLink, GasLinkKind, GasNetwork, GasNode, HeatLink, HeatLinkKind, HeatNetwork, HeatNode,
        HeatNodeKind, Operation, Property,
    },
};
use twin_pipes::{
    gas::{Gas, GasOptions},
    heat::{Heat, HeatOptions},
};

const PLACE: twin::geo_types::Coord<f64> = coord! { x: 0.0, y: 0.0 };

/// A number that data may hold: mostly sane, sometimes zero, negative, huge, or no number.
fn wild(low: f64, high: f64) -> BoxedStrategy<f64> {
    prop_oneof![
        12 => low..high,
        1 => Just(0.0),
        1 => Just(-1.0),
        1 => prop::sample::select(vec![1e300, -1e300, 1e-300, f64::NAN, f64::INFINITY, f64::NEG_INFINITY]),
    ]
    .boxed()
}

fn gas_link_kind() -> BoxedStrategy<GasLinkKind> {
    let open = || prop::bool::weighted(0.9);
    prop_oneof![
        6 => (wild(0.1, 2000.0), wild(0.02, 0.6), wild(0.01, 1.0), wild(0.0, 10.0), 0_u32..4, open()).prop_map(
            |(length_m, diameter_m, roughness_mm, loss_coefficient, sections, open)| GasLinkKind::Pipe {
                length_m, diameter_m, roughness_mm, loss_coefficient, sections, open
            }
        ),
        2 => (wild(0.02, 0.6), wild(0.0, 10.0), open())
            .prop_map(|(diameter_m, loss_coefficient, open)| GasLinkKind::Valve { diameter_m, loss_coefficient, open }),
        1 => (prop::collection::vec(wild(-1.0, 1.0), 0..4), open()).prop_map(|(curve, open)| GasLinkKind::Pump { curve, open }),
        1 => (wild(0.5, 3.0), open()).prop_map(|(pressure_ratio, open)| GasLinkKind::Compressor { pressure_ratio, open }),
        1 => (wild(-50.0, 50.0), any::<bool>(), open())
            .prop_map(|(flow_m3_h, active, open)| GasLinkKind::FlowControl { flow_m3_h, active, open }),
        1 => (wild(0.0, 4.0), prop::option::of(0_usize..12), any::<bool>(), open()).prop_map(
            |(pressure_bar, node, active, open)| GasLinkKind::PressureControl {
                pressure_bar,
                controlled_key: node.map(|node| Key::new(format!("gas_junction/{node}"))),
                loss_coefficient: 0.0,
                active,
                open,
            }
        ),
    ]
    .boxed()
}

/// Any network: disconnected, fed nowhere or everywhere, with loops, parallel links, links onto themselves, equal names.
fn gas_network() -> BoxedStrategy<GasNetwork> {
    let node =
        (wild(-100.0, 900.0), wild(250.0, 330.0), prop::option::weighted(0.2, wild(0.02, 16.0)), wild(0.0, 300.0));
    let nodes = prop::collection::vec((node, prop::bool::weighted(0.95)), 1..12);
    let links = prop::collection::vec((any::<(u16, u16)>(), gas_link_kind()), 0..20);
    (nodes, links)
        .prop_map(|(nodes, links)| {
            let mut network = GasNetwork::new();
            let n = nodes.len();
            for (number, ((height_m, temperature_k, feed_pressure_bar, demand_m3_h), in_service)) in
                nodes.into_iter().enumerate()
            {
                network.add_node(GasNode {
                    height_m,
                    temperature_k,
                    feed_pressure_bar,
                    demand_m3_h,
                    customers: 1,
                    in_service,
                    ..GasNode::junction(Key::new(format!("gas_junction/{number}")), PLACE)
                });
            }
            for (number, ((from, to), kind)) in links.into_iter().enumerate() {
                let key = Key::new(format!("gas_pipe/{}", number / 2));
                let link = GasLink { key, geometry: LineString(Vec::new()), kind, burial: Burial::default() };
                network.add_link(Id::new(usize::from(from) % n), Id::new(usize::from(to) % n), link);
            }
            network
        })
        .boxed()
}

fn heat_link_kind() -> BoxedStrategy<HeatLinkKind> {
    let open = || prop::bool::weighted(0.9);
    prop_oneof![
        6 => (wild(0.1, 2000.0), wild(0.02, 0.6), wild(0.01, 1.0), wild(0.0, 2.0), 0_u32..4, open()).prop_map(
            |(length_m, diameter_m, roughness_mm, loss_w_m_k, sections, open)| HeatLinkKind::Pipe {
                length_m, diameter_m, roughness_mm, loss_coefficient: 0.0, loss_w_m_k, ground_k: None, sections, open
            }
        ),
        3 => (wild(0.1, 2000.0), wild(0.02, 0.6), wild(0.01, 1.0), wild(0.0, 2.0), open()).prop_map(
            |(length_m, diameter_m, roughness_mm, loss_w_m_k, open)| HeatLinkKind::PipePair {
                length_m, diameter_m, roughness_mm, loss_w_m_k, open
            }
        ),
        1 => (wild(0.02, 0.6), wild(0.0, 10.0), open())
            .prop_map(|(diameter_m, loss_coefficient, open)| HeatLinkKind::Valve { diameter_m, loss_coefficient, open }),
        1 => (prop::collection::vec(wild(-1.0, 1.0), 0..4), open()).prop_map(|(curve, open)| HeatLinkKind::Pump { curve, open }),
        2 => (prop::option::of(wild(2.0, 12.0)), prop::option::of(wild(320.0, 400.0)), prop::option::of(wild(0.0, 6.0)), open())
            .prop_map(|(supply_pressure_bar, supply_k, lift_bar, open)| HeatLinkKind::CirculationPump {
                supply_pressure_bar, supply_k, lift_bar, mass_flow_kg_s: None, open
            }),
        1 => (wild(0.0, 5.0), open()).prop_map(|(mass_flow_kg_s, open)| HeatLinkKind::CirculationPump {
            supply_pressure_bar: Some(5.0), supply_k: Some(360.0), lift_bar: None, mass_flow_kg_s: Some(mass_flow_kg_s), open
        }),
        1 => (wild(0.02, 0.6), wild(0.0, 10.0), wild(-1e5, 1e5), open()).prop_map(
            |(diameter_m, loss_coefficient, heat_w, open)| HeatLinkKind::Exchanger { diameter_m, loss_coefficient, heat_w, open }
        ),
        3 => (
            prop::option::of(wild(-1e4, 1e6)), prop::option::of(wild(0.0, 5.0)), prop::option::of(wild(-5.0, 60.0)),
            prop::option::of(wild(280.0, 370.0)), open()
        )
            .prop_map(|(heat_w, mass_flow_kg_s, cooling_k, return_k, open)| HeatLinkKind::Consumer {
                heat_w, mass_flow_kg_s, cooling_k, return_k, open
            }),
        1 => (wild(-5.0, 5.0), any::<bool>(), open())
            .prop_map(|(mass_flow_kg_s, active, open)| HeatLinkKind::FlowControl { mass_flow_kg_s, active, open }),
        1 => (wild(0.0, 8.0), any::<bool>(), open()).prop_map(|(pressure_bar, active, open)| HeatLinkKind::PressureControl {
            pressure_bar, controlled_key: None, loss_coefficient: 0.0, active, open
        }),
    ]
    .boxed()
}

fn heat_network() -> BoxedStrategy<HeatNetwork> {
    let kind = prop_oneof![
        6 => Just(HeatNodeKind::Junction),
        1 => (wild(60.0, 130.0), wild(0.1, 5.0))
            .prop_map(|(supply_c, lift_bar)| HeatNodeKind::Producer { power_w: 1e6, supply_c, lift_bar }),
        2 => (wild(0.0, 1e5), wild(20.0, 80.0)).prop_map(|(load_w, return_c)| HeatNodeKind::Consumer { load_w, return_c }),
    ];
    let feed = (prop::option::weighted(0.1, wild(1.0, 8.0)), prop::option::weighted(0.2, wild(300.0, 400.0)));
    let nodes =
        prop::collection::vec((wild(-100.0, 900.0), feed, wild(-0.5, 0.5), kind, prop::bool::weighted(0.95)), 1..12);
    let links = prop::collection::vec((any::<(u16, u16)>(), heat_link_kind()), 0..20);
    (nodes, links)
        .prop_map(|(nodes, links)| {
            let mut network = HeatNetwork::new();
            let n = nodes.len();
            for (number, (height_m, feed, draw_kg_s, kind, in_service)) in nodes.into_iter().enumerate() {
                network.add_node(HeatNode {
                    height_m,
                    feed_pressure_bar: feed.0,
                    feed_temperature_k: feed.1,
                    draw_kg_s,
                    in_service,
                    ..HeatNode::new(Key::new(format!("heat_junction/{number}")), PLACE, kind)
                });
            }
            for (number, ((from, to), kind)) in links.into_iter().enumerate() {
                let key = Key::new(format!("heat_pipe/{}", number / 2));
                let link = HeatLink { key, geometry: LineString(Vec::new()), kind, burial: Burial::default() };
                network.add_link(Id::new(usize::from(from) % n), Id::new(usize::from(to) % n), link);
            }
            network
        })
        .boxed()
}

fn frictions() -> impl Strategy<Value = Friction> {
    prop::sample::select(Friction::ALL)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_gas_network_ends_with_numbers(network in gas_network(), friction in frictions()) {
        let gas = Gas::new(&network, &Operation { friction, ..Operation::gas() });
        let state = gas.solve(&[], &GasOptions::default());
        prop_assert!(state.pressure_bar.iter().flatten().all(|value| value.is_finite()), "{:?}", state);
        let columns = state.mass_flow_kg_s.iter().chain(&state.velocity_m_s).chain(&state.feed_kg_s);
        prop_assert!(columns.chain([&state.totals.served_kg_s, &state.totals.unserved_kg_s]).all(|value| value.is_finite()));
        prop_assert!(state.status.residual().is_finite());
        let _ = gas.explain(&network, &state);
        for failure in gas.single_failures(&GasOptions::default(), &Silent) {
            prop_assert!(failure.unserved_kg_s.is_finite() && failure.status.residual().is_finite());
        }
        prop_assert_eq!(gas.customers_behind().len(), network.n_links());
    }

    #[test]
    fn any_heat_network_ends_with_numbers(network in heat_network(), friction in frictions()) {
        let heat = Heat::new(&network, &Operation { friction, ..Operation::heat() });
        let options = HeatOptions { max_rounds: 30, ..HeatOptions::default() };
        let state = heat.solve(&[], &options);
        let optional = state.pressure_bar.iter().chain(&state.temperature_k).chain(&state.outlet_k);
        let optional = optional.chain(&state.return_pressure_bar).chain(&state.return_temperature_k);
        prop_assert!(optional.flatten().all(|value| value.is_finite()), "{:?}", state);
        let columns = state.mass_flow_kg_s.iter().chain(&state.velocity_m_s).chain(&state.heat_loss_w).chain(&state.heat_w);
        prop_assert!(columns.chain(&state.node_heat_w).all(|value| value.is_finite()), "{:?}", state);
        prop_assert!(state.status.residual().is_finite());
        let _ = heat.explain(&network, &state);
    }
}

/// A tree or meshed grid of sane pipes with one feed: everything is supplied.
fn sane_gas() -> BoxedStrategy<GasNetwork> {
    let node = (0.0..30.0_f64, 0.0..60.0_f64, any::<u16>());
    let nodes = prop::collection::vec(node, 2..40);
    let extra = prop::collection::vec(any::<(u16, u16)>(), 0..8);
    (nodes, extra, prop::collection::vec((5.0..200.0_f64, 0.1..0.3_f64), 48))
        .prop_map(|(nodes, extra, pipes)| {
            let mut network = GasNetwork::new();
            let n = nodes.len();
            let mut ends = Vec::new();
            for (number, (height_m, demand_m3_h, up)) in nodes.into_iter().enumerate() {
                network.add_node(GasNode {
                    height_m,
                    demand_m3_h: if number == 0 { 0.0 } else { demand_m3_h },
                    customers: u32::from(number > 0),
                    feed_pressure_bar: (number == 0).then_some(4.0),
                    ..GasNode::junction(Key::new(format!("gas_junction/{number}")), PLACE)
                });
                if number > 0 {
                    ends.push((usize::from(up) % number, number));
                }
            }
            ends.extend(extra.into_iter().map(|(a, b)| (usize::from(a) % n, usize::from(b) % n)));
            for (number, ((from, to), (length_m, diameter_m))) in ends.into_iter().zip(pipes).enumerate() {
                let kind = GasLinkKind::Pipe {
                    length_m,
                    diameter_m,
                    roughness_mm: 0.1,
                    loss_coefficient: 0.0,
                    sections: 1,
                    open: true,
                };
                let key = Key::new(format!("gas_pipe/{number}"));
                let link = GasLink { key, geometry: LineString(Vec::new()), kind, burial: Burial::default() };
                network.add_link(Id::new(from), Id::new(to), link);
            }
            network
        })
        .boxed()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn gas_is_conserved_at_every_node(network in sane_gas(), friction in frictions()) {
        let operation = Operation { friction, ..Operation::gas() };
        let density = operation.fluid.normal_density_kg_m3();
        let gas = Gas::new(&network, &operation);
        let state = gas.solve(&[], &GasOptions::default());
        prop_assert!(state.status.is_fine(), "{:?}", state.status);
        let total: f64 = network.nodes().map(|(_, node)| node.demand_m3_h * density / 3600.0).sum();
        for (id, node) in network.nodes() {
            let mut balance = state.feed_kg_s[id.index()] - node.demand_m3_h * density / 3600.0;
            for (link, flow) in state.mass_flow_kg_s.iter().enumerate() {
                let (from, to) = network.ends(Id::new(link));
                if from != to {
                    balance += if to == id { *flow } else if from == id { -flow } else { 0.0 };
                }
            }
            prop_assert!(balance.abs() <= 1e-9 * total.max(1e-3), "{} {}", node.key, balance);
        }
        prop_assert!((state.feed_kg_s.iter().sum::<f64>() - total).abs() <= 1e-9 * total.max(1e-3));
    }

    /// The state that is told, not the one before its last step, keeps the law of the pressure: Nikuradse's friction, written out here.
    #[test]
    fn every_pipe_of_the_state_keeps_its_law(network in sane_gas()) {
        const AREA_BY_D2: f64 = std::f64::consts::FRAC_PI_4;
        let operation = Operation { friction: Friction::Nikuradse, ..Operation::gas() };
        let fluid = &operation.fluid;
        let state = Gas::new(&network, &operation).solve(&[], &GasOptions::default());
        prop_assert!(state.status.is_fine());
        let absolute = |id: Id<GasNode>| {
            let air = 1.01325 * (1.0 - network[id].height_m * 0.0065 / 288.15).powf(5.255);
            state.pressure_bar[id.index()].unwrap() + air
        };
        let normal = fluid.normal_density_kg_m3() * 273.15 / 1.01325;
        for (id, link) in network.links() {
            let GasLinkKind::Pipe { length_m, diameter_m, roughness_mm, .. } = link.kind else { continue };
            let (from, to) = network.ends(id);
            if from == to {
                continue;
            }
            let (p1, p2) = (absolute(from), absolute(to));
            let flow = state.mass_flow_kg_s[id.index()];
            let area = AREA_BY_D2 * diameter_m * diameter_m;
            let density = |bar: f64| normal * bar / (283.15 * fluid.compressibility.at(bar));
            let mean = 2.0 / 3.0 * (p1 * p1 + p1 * p2 + p2 * p2) / (p1 + p2);
            let reynolds = flow.abs() * diameter_m / (fluid.viscosity.at(283.15) * area);
            let lambda = 64.0 / reynolds.max(1e-30) + (2.0 * (diameter_m / (roughness_mm / 1000.0)).log10() + 1.14).powi(-2);
            let loss = if flow == 0.0 { 0.0 } else {
                lambda * length_m / diameter_m * flow * flow.abs() / (area * area) / normal * 283.15
                    * fluid.compressibility.at(mean) / (p1 + p2) / 1e5
            };
            let weight = 0.5 * (density(p1) + density(p2)) * 9.81 * (network[from].height_m - network[to].height_m) / 1e5;
            prop_assert!((p1 - p2 + weight - loss).abs() <= 2e-9, "{}: {} bar", link.key, p1 - p2 + weight - loss);
        }
    }

    #[test]
    fn who_is_cut_off_by_topology_is_cut_off_by_the_solve(network in sane_gas()) {
        let gas = Gas::new(&network, &Operation::gas());
        let behind = gas.customers_behind();
        for failure in gas.single_failures(&GasOptions::default(), &Silent) {
            prop_assert_eq!(failure.customers_cut_off, behind[failure.link.index()].0);
            prop_assert!((failure.unserved_kg_s - behind[failure.link.index()].1).abs() < 1e-9);
        }
    }

    #[test]
    fn heat_is_conserved(
        loads in prop::collection::vec((1e3..5e4_f64, any::<u16>(), 5.0..150.0_f64), 1..20),
        supply_c in 80.0..120.0_f64,
    ) {
        let mut network = HeatNetwork::new();
        let key = |number: usize| Key::new(format!("heat_junction/{number}"));
        let plant = HeatNodeKind::Producer { power_w: 1e7, supply_c, lift_bar: 2.0 };
        network.add_node(HeatNode::new(key(0), PLACE, plant));
        for (number, (load_w, up, length_m)) in loads.iter().enumerate() {
            let kind = HeatNodeKind::Consumer { load_w: *load_w, return_c: 50.0 };
            network.add_node(HeatNode::new(key(number + 1), PLACE, kind));
            let kind = HeatLinkKind::PipePair {
                length_m: *length_m, diameter_m: 0.1, roughness_mm: 0.1, loss_w_m_k: 0.3, open: true,
            };
            let link = HeatLink { key: Key::new(format!("heat_pipe/{number}")), geometry: LineString(Vec::new()), kind, burial: Burial::default() };
            network.add_link(Id::new(usize::from(*up) % (number + 1)), Id::new(number + 1), link);
        }
        let mut operation = Operation::heat();
        // With a capacity that follows the temperature, means of the ends close to parts in a thousand only.
        operation.fluid.heat_capacity = Property::Constant { value: 4190.0 };
        let state = Heat::new(&network, &operation).solve(&[], &HeatOptions::default());
        prop_assert!(state.status.is_fine(), "{:?}", state.status);
        let totals = state.totals;
        prop_assert_eq!(totals.consumers_cut_off, 0);
        let wanted: f64 = loads.iter().map(|(load_w, ..)| load_w).sum();
        prop_assert!((totals.consumed_w - wanted).abs() <= 1e-5 * wanted, "{:?} {}", totals, wanted);
        let balance = totals.produced_w - totals.consumed_w - totals.lost_w;
        prop_assert!(balance.abs() <= 1e-6 * totals.produced_w, "{:?}", totals);
    }

    /// Two or three plants at random places of a meshed network whose pipes are drawn one by one; all keep the same lift, or all follow
    /// the worst point.
    #[test]
    fn plants_give_what_stations_take_and_the_ground_gets(
        loads in prop::collection::vec((5e3..5e4_f64, any::<u16>(), 20.0..200.0_f64), 3..16),
        plants in prop::collection::vec(any::<u16>(), 1..3),
        meshes in prop::collection::vec(any::<(u16, u16)>(), 0..4),
        worst_point_bar in prop::option::of(0.2..1.0_f64),
    ) {
        let mut network = HeatNetwork::new();
        let n = loads.len() + 1;
        for number in 0..2 * n {
            network.add_node(HeatNode::new(Key::new(format!("heat_junction/{number}")), PLACE, HeatNodeKind::Junction));
        }
        let mut add = |from: usize, to: usize, kind: HeatLinkKind| {
            let key = Key::new(format!("heat_link/{}", network.n_links()));
            let link = HeatLink { key, geometry: LineString(Vec::new()), kind, burial: Burial::default() };
            network.add_link(Id::new(from), Id::new(to), link)
        };
        let pipe = |length_m: f64| HeatLinkKind::Pipe {
            length_m, diameter_m: 0.125, roughness_mm: 0.1, loss_coefficient: 0.0, loss_w_m_k: 0.3, ground_k: None, sections: 2,
            open: true,
        };
        let trench = |from: usize, to: usize, length_m: f64| [(from, to, pipe(length_m)), (n + to, n + from, pipe(length_m))];
        for (number, (load_w, up, length_m)) in loads.iter().enumerate() {
            for (from, to, kind) in trench(usize::from(*up) % (number + 1), number + 1, *length_m) {
                add(from, to, kind);
            }
            let station = HeatLinkKind::Consumer {
                heat_w: Some(*load_w), mass_flow_kg_s: None, cooling_k: None, return_k: Some(323.15), open: true,
            };
            add(number + 1, n + number + 1, station);
        }
        for (a, b) in &meshes {
            for (from, to, kind) in trench(usize::from(*a) % n, usize::from(*b) % n, 150.0) {
                add(from, to, kind);
            }
        }
        for at in std::iter::once(0).chain(plants.iter().map(|at| usize::from(*at) % n)) {
            add(n + at, at, HeatLinkKind::CirculationPump {
                supply_pressure_bar: (at == 0).then_some(6.0), supply_k: Some(363.15), lift_bar: Some(2.0), mass_flow_kg_s: None,
                open: true,
            });
        }
        let mut operation = Operation::heat();
        operation.fluid.heat_capacity = Property::Constant { value: 4190.0 };
        let heat = Heat::new(&network, &operation);
        let state = heat.solve(&[], &HeatOptions { worst_point_bar, ..HeatOptions::default() });
        // Two plants at one place contradict each other only in how they share: that is a singular system, which is told.
        let mut places: Vec<usize> = std::iter::once(0).chain(plants.iter().map(|at| usize::from(*at) % n)).collect();
        places.sort_unstable();
        places.dedup();
        prop_assume!(places.len() == plants.len() + 1);
        // About one such net in ten thousand swings without end: warm water that rises turns a flow around, and with it what is warm. Its flows
        // keep their laws, and it is told that temperatures do not rest.
        if let Status::NotConverged { residual, .. } = state.status {
            prop_assert!(residual <= 1e-9, "{:?}", state.status);
            return Ok(());
        }
        prop_assert!(state.status.is_fine(), "{:?}", state.status);
        for node in 0..2 * n {
            let balance: f64 = network
                .links()
                .map(|(id, _)| {
                    let (from, to) = network.ends(id);
                    let flow = state.mass_flow_kg_s[id.index()];
                    if from == to { 0.0 } else if to.index() == node { flow } else if from.index() == node { -flow } else { 0.0 }
                })
                .sum();
            prop_assert!(balance.abs() <= 1e-6 * state.totals.consumed_w / 4190.0 / 40.0, "{} {}", node, balance);
        }
        let wanted: f64 = loads.iter().map(|(load_w, ..)| load_w).sum();
        let totals = state.totals;
        prop_assert!((totals.consumed_w - wanted).abs() <= 1e-6 * wanted || totals.consumers_cut_off > 0, "{:?} {}", totals, wanted);
        let balance = totals.produced_w - totals.consumed_w - totals.lost_w;
        prop_assert!(balance.abs() <= 1e-6 * totals.produced_w, "{:?} {}", totals, balance);
        if let Some(least_bar) = worst_point_bar {
            prop_assert!((totals.worst_point_bar.unwrap() - least_bar).abs() <= 1e-7, "{:?}", totals);
        }
    }
}
