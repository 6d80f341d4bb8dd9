//! Heat networks solved by hand.

use twin::{
    Key, Silent,
    geo_types::{LineString, coord},
    outcome::Status,
    utility::{
        Burial, Fluid, Friction, HeatLink, HeatLinkKind, HeatNetwork, HeatNode, HeatNodeKind, Medium, Operation,
        Property,
    },
};

use super::*;

const CAPACITY: f64 = 4200.0;

/// Water whose properties do not change, in ground of 10 °C.
fn operation() -> Operation {
    let constant = |value| Property::Constant { value };
    Operation {
        medium: Medium::Heat,
        fluid: Fluid {
            name: "water".to_owned(),
            is_gas: false,
            density: constant(1000.0),
            viscosity: constant(1e-3),
            heat_capacity: constant(CAPACITY),
            compressibility: constant(1.0),
        },
        friction: Friction::Nikuradse,
        ambient_k: 283.15,
    }
}

fn node(network: &mut HeatNetwork, name: &str) -> Id<HeatNode> {
    let key = Key::new(format!("heat_junction/{name}"));
    network.add_node(HeatNode::new(key, coord! { x: 0.0, y: 0.0 }, HeatNodeKind::Junction))
}

fn link(network: &mut HeatNetwork, from: Id<HeatNode>, to: Id<HeatNode>, kind: HeatLinkKind) -> Id<HeatLink> {
    let key = Key::new(format!("heat_pipe/{}", network.n_links()));
    network.add_link(from, to, HeatLink { key, geometry: LineString(Vec::new()), kind, burial: Burial::default() })
}

fn pipe(length_m: f64) -> HeatLinkKind {
    HeatLinkKind::Pipe {
        length_m,
        diameter_m: 0.1,
        roughness_mm: 0.1,
        loss_coefficient: 0.0,
        loss_w_m_k: 0.5,
        ground_k: None,
        sections: 1,
        open: true,
    }
}

fn plant(lift_bar: f64) -> HeatLinkKind {
    HeatLinkKind::CirculationPump {
        supply_pressure_bar: Some(6.0),
        supply_k: Some(363.15),
        lift_bar: Some(lift_bar),
        mass_flow_kg_s: None,
        open: true,
    }
}

fn station(heat_w: f64, return_k: f64) -> HeatLinkKind {
    HeatLinkKind::Consumer {
        heat_w: Some(heat_w),
        mass_flow_kg_s: None,
        cooling_k: None,
        return_k: Some(return_k),
        open: true,
    }
}

/// return 0 ──plant── 1 ──pipe── 2 ──station── 3 ──pipe── 0
fn ring(length_m: f64, kind: HeatLinkKind) -> HeatNetwork {
    let mut network = HeatNetwork::new();
    let nodes: Vec<_> = ["back", "plant", "house", "cellar"].into_iter().map(|name| node(&mut network, name)).collect();
    link(&mut network, nodes[0], nodes[1], plant(2.0));
    link(&mut network, nodes[1], nodes[2], pipe(length_m));
    link(&mut network, nodes[2], nodes[3], kind);
    link(&mut network, nodes[3], nodes[0], pipe(length_m));
    network
}

#[test]
fn a_ring_by_hand() {
    let given = HeatLinkKind::Consumer {
        heat_w: Some(50_000.0),
        mass_flow_kg_s: Some(0.5),
        cooling_k: None,
        return_k: None,
        open: true,
    };
    let state = Heat::new(&ring(200.0, given), &operation()).solve(&[], &HeatOptions::default());
    assert!(state.status.is_fine(), "{:?}", state.status);
    let kept = (-0.5 * 200.0 / (CAPACITY * 0.5_f64)).exp();
    let house = 283.15 + 80.0 * kept;
    let cellar = house - 50_000.0 / (CAPACITY * 0.5);
    let back = 283.15 + (cellar - 283.15) * kept;
    for (place, expected) in [(1, 363.15), (2, house), (3, cellar), (0, back)] {
        assert!((state.temperature_k[place].unwrap() - expected).abs() < 1e-8, "{place}");
    }
    assert!((state.pressure_bar[0].unwrap() - 4.0).abs() < 1e-9);
    assert!((state.totals.produced_w - 0.5 * CAPACITY * (363.15 - back)).abs() < 1e-4);
    assert!((state.totals.produced_w - state.totals.consumed_w - state.totals.lost_w).abs() < 1e-4);
}

#[test]
fn a_station_draws_what_its_return_temperature_needs() {
    let heat = Heat::new(&ring(2_000.0, station(30_000.0, 323.15)), &operation());
    let state = heat.solve(&[], &HeatOptions::default());
    assert!(state.status.is_fine(), "{:?}", state.status);
    let (flow, house) = (state.mass_flow_kg_s[2], state.temperature_k[2].unwrap());
    assert!((flow * CAPACITY * (house - 323.15) - 30_000.0).abs() < 1.0, "{flow} {house}");
    assert!((house - (283.15 + 80.0 * (-1000.0 / (CAPACITY * flow)).exp())).abs() < 1e-5);
    assert_eq!((state.totals.consumers_served, state.totals.consumers_cut_off), (1, 0));
}

#[test]
fn water_that_arrives_too_cold_is_told() {
    // The plant gives 90 °C, the station wants to return 95 °C.
    let network = ring(2_000.0, station(30_000.0, 368.15));
    let heat = Heat::new(&network, &operation());
    let state = heat.solve(&[], &HeatOptions::default());
    assert_eq!(state.totals.consumers_cut_off, 1);
    assert!(heat.explain(&network, &state).iter().any(|finding| finding.code == "heat-not-supplied"));
    assert_eq!(heat.solve(&[], &HeatOptions::default()).without_heat, [Id::new(2)]);
}

/// 0.1 kg/s of 90 °C carry 37.8 kW above 0 °C; 30 and then 50 kW are taken.
#[test]
fn water_that_gives_more_than_it_has_is_told() {
    for (heat_w, is_told) in [(30_000.0, false), (50_000.0, true)] {
        let station = HeatLinkKind::Consumer {
            heat_w: Some(heat_w),
            mass_flow_kg_s: Some(0.1),
            cooling_k: None,
            return_k: None,
            open: true,
        };
        let network = ring(1.0, station);
        let heat = Heat::new(&network, &operation());
        let state = heat.solve(&[], &HeatOptions::default());
        let told = heat.explain(&network, &state).iter().any(|finding| finding.code == "heat-below-freezing");
        assert_eq!(told, is_told, "{:?}", state.temperature_k);
    }
}

#[test]
fn branches_at_rest_have_the_ambient_temperature() {
    let mut network = ring(100.0, station(30_000.0, 323.15));
    let end = node(&mut network, "end");
    let dead = link(&mut network, Id::new(1), end, pipe(50.0));
    let state = Heat::new(&network, &operation()).solve(&[], &HeatOptions::default());
    assert!(state.status.is_fine());
    assert_eq!(state.temperature_k[end.index()], Some(283.15));
    assert_eq!((state.outlet_k[dead.index()], state.heat_loss_w[dead.index()]), (Some(283.15), 0.0));
}

#[test]
fn the_worst_point_is_kept() {
    let heat = Heat::new(&ring(3_000.0, station(60_000.0, 323.15)), &operation());
    let options = HeatOptions { worst_point_bar: Some(0.6), ..HeatOptions::default() };
    let state = heat.solve(&[], &options);
    assert!(state.status.is_fine());
    assert!((state.totals.worst_point_bar.unwrap() - 0.6).abs() < 1e-7, "{:?}", state.totals);
}

#[test]
fn two_plants_share_the_load() {
    let mut network = ring(500.0, station(100_000.0, 323.15));
    let (supply, back) = (node(&mut network, "plant 2"), node(&mut network, "back 2"));
    link(&mut network, back, supply, plant(2.0));
    link(&mut network, supply, Id::new(2), pipe(800.0));
    link(&mut network, Id::new(3), back, pipe(800.0));
    let heat = Heat::new(&network, &operation());
    let state = heat.solve(&[], &HeatOptions::default());
    assert!(state.status.is_fine(), "{:?}", state.status);
    let flows = (state.mass_flow_kg_s[0], state.mass_flow_kg_s[4]);
    assert!(flows.0 > 0.0 && flows.1 > 0.0 && (flows.0 + flows.1 - state.mass_flow_kg_s[2]).abs() < 1e-9, "{flows:?}");
    assert!((state.pressure_bar[supply.index()].unwrap() - 6.0).abs() < 1e-9);
    assert!(heat.explain(&network, &state).iter().any(|finding| finding.code == "second-plant"));
    // Without the first plant the second keeps the pressure.
    let alone = heat.solve(&[Id::new(0)], &HeatOptions::default());
    assert!(alone.status.is_fine() && alone.totals.consumers_served == 1, "{alone:?}");
}

/// Trenches: plant ──0── branch ──1── house a, branch ──2── house b.
fn trenches() -> HeatNetwork {
    let mut network = HeatNetwork::new();
    let at = coord! { x: 0.0, y: 0.0 };
    let mut add =
        |name: &str, kind| network.add_node(HeatNode::new(Key::new(format!("heat_junction/{name}")), at, kind));
    let consumer = |load_w| HeatNodeKind::Consumer { load_w, return_c: 50.0 };
    let plant = add("plant", HeatNodeKind::Producer { power_w: 1e6, supply_c: 95.0, lift_bar: 1.5 });
    let branch = add("branch", HeatNodeKind::Junction);
    let (a, b) = (add("a", consumer(40_000.0)), add("b", consumer(20_000.0)));
    for (from, to, length_m) in [(plant, branch, 400.0), (branch, a, 150.0), (branch, b, 300.0)] {
        let kind =
            HeatLinkKind::PipePair { length_m, diameter_m: 0.08, roughness_mm: 0.1, loss_w_m_k: 0.3, open: true };
        link(&mut network, from, to, kind);
    }
    network
}

#[test]
fn trenches_are_supply_and_return() {
    let network = trenches();
    let heat = Heat::new(&network, &Operation::heat());
    let state = heat.solve(&[], &HeatOptions::default());
    assert!(state.status.is_fine(), "{:?}", state.status);
    assert_eq!(state.totals.consumers_served, 2);
    assert!((state.totals.consumed_w - 60_000.0).abs() < 1.0, "{:?}", state.totals);
    assert!((state.node_heat_w[2] - 40_000.0).abs() < 1.0 && state.node_heat_w[0] < -60_000.0);
    let (supply, back) = (state.pressure_bar[2].unwrap(), state.return_pressure_bar[2].unwrap());
    assert!(supply - back < 1.5 && supply > back && state.totals.worst_point_bar.unwrap() < 1.5);
    assert!((state.return_temperature_k[2].unwrap() - 323.15).abs() < 1e-6);
    let lost: f64 = state.heat_loss_w.iter().sum();
    // The heat capacity of water varies by temperature and is taken at the mean of each branch: the balance closes within 0.3 %.
    assert!((state.totals.produced_w - 60_000.0 - lost).abs() < 3e-3 * lost, "{:?}", state.totals);
    // One trench shut.
    let shut = heat.solve(&[Id::new(1)], &HeatOptions::default());
    assert!(shut.status.is_fine());
    assert_eq!((shut.totals.consumers_served, shut.totals.consumers_cut_off), (1, 1));
    assert!((shut.totals.unserved_w - 40_000.0).abs() < 1e-6);
    assert_eq!(heat.solve(&[Id::new(1)], &HeatOptions::default()).without_heat, [Id::new(2)]);
}

#[test]
fn every_failure_is_a_row_and_threads_change_nothing() {
    let heat = Heat::new(&trenches(), &Operation::heat());
    let rows = heat.single_failures(&HeatOptions::default(), &Silent);
    let lost: Vec<u32> = rows.iter().map(|row| row.consumers_cut_off).collect();
    assert_eq!(lost, [2, 1, 1]);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(pool.install(|| heat.single_failures(&HeatOptions::default(), &Silent)), rows);
}

#[test]
fn nothing_and_no_plant() {
    let empty = Heat::new(&HeatNetwork::new(), &operation()).solve(&[], &HeatOptions::default());
    assert_eq!(empty.status, Status::Empty);
    let network = ring(100.0, station(30_000.0, 323.15));
    let heat = Heat::new(&network, &operation());
    let state = heat.solve(&[Id::new(0)], &HeatOptions::default());
    assert!(state.pressure_bar.iter().all(Option::is_none) && state.totals.consumers_cut_off == 1);
}

/// Two ways to a station that takes a little water, one of them over a hill: where the water cools it gets heavier and more viscous, and
/// flows otherwise. Properties that follow at once jump to and fro between two states of such a ring.
#[test]
fn rings_of_cooling_water_come_to_rest() {
    let mut not_at_rest = Vec::new();
    for grams_s in (5..300).step_by(5) {
        let station = HeatLinkKind::Consumer {
            heat_w: None,
            mass_flow_kg_s: Some(1e-3 * f64::from(grams_s)),
            cooling_k: Some(5.0),
            return_k: None,
            open: true,
        };
        let mut network = ring(300.0, station);
        let hill = HeatNode::new(Key::new("heat_junction/hill"), coord! { x: 0.0, y: 0.0 }, HeatNodeKind::Junction);
        let hill = network.add_node(HeatNode { height_m: 20.0, ..hill });
        let lossy = |length_m: f64| match pipe(length_m) {
            HeatLinkKind::Pipe { diameter_m, roughness_mm, .. } => HeatLinkKind::Pipe {
                length_m,
                diameter_m,
                roughness_mm,
                loss_coefficient: 0.0,
                loss_w_m_k: 3.0,
                ground_k: None,
                sections: 3,
                open: true,
            },
            other => other,
        };
        link(&mut network, Id::new(1), hill, lossy(200.0));
        link(&mut network, hill, Id::new(2), lossy(200.0));
        link(&mut network, Id::new(1), Id::new(2), lossy(150.0));
        let operation = Operation { fluid: Fluid::water(), ..operation() };
        let state = Heat::new(&network, &operation).solve(&[], &HeatOptions::default());
        if !state.status.is_fine() {
            not_at_rest.push(grams_s);
        }
    }
    assert!(not_at_rest.is_empty(), "{not_at_rest:?}");
}
