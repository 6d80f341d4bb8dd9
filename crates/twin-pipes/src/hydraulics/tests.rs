//! The kernel on networks solved by hand.

use twin::utility::Property;

use super::*;

fn node(height_m: f64, feed_bar: Option<f64>) -> Node {
    Node { height_m, feed_bar }
}

fn pipe(from: u32, to: u32) -> Branch {
    branch(from, to, Element::Resistance)
}

fn branch(from: u32, to: u32, element: Element) -> Branch {
    Branch { from, to, element, length_m: 100.0, diameter_m: 0.1, roughness_m: 1e-4, zeta: 0.0 }
}

struct Case {
    grid: Grid,
    draw_kg_s: Vec<f64>,
    given_kg_s: Vec<f64>,
    is_gas: bool,
}

impl Case {
    fn new(nodes: &[Node], branches: Vec<Branch>, draw_kg_s: &[f64], is_gas: bool) -> Self {
        let given_kg_s = vec![0.0; branches.len()];
        let grid = Grid::new(nodes, branches, Friction::Nikuradse, is_gas);
        Self { grid, draw_kg_s: draw_kg_s.to_vec(), given_kg_s, is_gas }
    }

    fn solve(&self) -> (End, Vec<Option<f64>>, Vec<f64>, Supply) {
        let grid = &self.grid;
        let mut supply = Supply::default();
        supply.find(grid, &vec![true; grid.n_branches()], &vec![true; grid.n_nodes()]);
        let (ones, warm) = (vec![1000.0; grid.n_branches()], vec![283.15; grid.n_nodes().max(grid.n_branches())]);
        let viscosity = vec![if self.is_gas { 1.1e-5 } else { 1e-3 }; grid.n_branches()];
        let law = Property::Linear { slope: -0.0022, offset: 1.0 };
        let scene = Scene {
            grid,
            supply: &supply,
            draw_kg_s: &self.draw_kg_s,
            given_kg_s: &self.given_kg_s,
            viscosity_pa_s: &viscosity,
            normal_density_kg_m3: if self.is_gas { 0.8 } else { 1000.0 },
            medium: if self.is_gas {
                Medium::Gas { compressibility: &law, temperature_k: &warm, outlet_k: &warm }
            } else {
                Medium::Liquid { density_kg_m3: &ones }
            },
        };
        let mut newton = Newton::new(grid);
        newton.start(&scene);
        let end = newton.solve(&scene, 1e-10, 100);
        let pressures = (0..grid.n_nodes()).map(|n| scene.pressure_bar(n, newton.potential[n])).collect();
        (end, pressures, newton.flow_kg_s, supply)
    }
}

#[test]
fn one_pipe_by_hand() {
    // 0 ──100 m, DN 100── 1: λ = 64/Re + rough part, Δp = λ·L/d·ρ/2·v².
    let case = Case::new(&[node(0.0, Some(5.0)), node(10.0, None)], vec![pipe(0, 1)], &[0.0, 8.0], false);
    let (end, pressures, flow, _) = case.solve();
    assert!(end.converged, "{end:?}");
    let v = 8.0 / 1000.0 / area_m2(0.1);
    let lambda = 64.0 / (v * 0.1 / 1e-6) + (2.0 * (3.71e3_f64).log10()).powi(-2);
    let friction = lambda * 1000.0 * 500.0 * v * v / 1e5;
    let weight = 1000.0 * GRAVITY_M_S2 * 10.0 / 1e5;
    let air = air_pressure_bar(0.0) - air_pressure_bar(10.0);
    assert!((pressures[1].unwrap() - (5.0 - friction - weight + air)).abs() < 1e-9, "{pressures:?}");
    assert!((flow[0] - 8.0).abs() < 1e-12);
}

#[test]
fn gas_pipe_by_hand() {
    let case = Case::new(&[node(0.0, Some(4.0)), node(0.0, None)], vec![pipe(0, 1)], &[0.0, 0.3], true);
    let (end, pressures, _, _) = case.solve();
    assert!(end.converged, "{end:?}");
    let (p1, p2) = (4.0 + NORMAL_PRESSURE_BAR, pressures[1].unwrap() + NORMAL_PRESSURE_BAR);
    // p1² − p2² = λ·L/d·(m/A)²·R·T·K with R·T·K of the mean pressure.
    let mean = 2.0 / 3.0 * (p1 * p1 + p1 * p2 + p2 * p2) / (p1 + p2);
    let g = 0.3 / area_m2(0.1);
    let lambda = 64.0 / (g * 0.1 / 1.1e-5) + (2.0 * 1e3_f64.log10() + 1.14).powi(-2);
    let rt = 1.01325e5 / (0.8 * 273.15) * 283.15 * (1.0 - 0.0022 * mean);
    let expected = lambda * 1000.0 * g * g * rt / 1e10;
    assert!((p1 * p1 - p2 * p2 - expected).abs() < 1e-8, "{} {expected}", p1 * p1 - p2 * p2);
}

#[test]
fn special_branches_keep_what_they_keep() {
    // 0 ──pipe── 1 ──regulator── 2 ──pipe── 3
    let regulator = Element::PressureControl { node: 2, pressure_bar: 1.5 };
    let nodes = [node(0.0, Some(4.0)), node(0.0, None), node(0.0, None), node(0.0, None)];
    let branches = || vec![pipe(0, 1), branch(1, 2, regulator.clone()), pipe(2, 3)];
    for is_gas in [false, true] {
        let case = Case::new(&nodes, branches(), &[0.0, 0.0, 0.0, 0.2], is_gas);
        let (end, pressures, flow, _) = case.solve();
        assert!(end.converged, "{end:?}");
        assert!((pressures[2].unwrap() - 1.5).abs() < 1e-9);
        assert!((flow[1] - 0.2).abs() < 1e-9 && pressures[3].unwrap() < 1.5);
    }
    // A compressor multiplies the absolute pressure.
    let branches = vec![pipe(0, 1), branch(1, 2, Element::Compressor(1.7)), pipe(2, 3)];
    let case = Case::new(&nodes, branches, &[0.0, 0.0, 0.0, 0.2], true);
    let (end, pressures, ..) = case.solve();
    assert!(end.converged, "{end:?}");
    let absolute = |node: usize| pressures[node].unwrap() + NORMAL_PRESSURE_BAR;
    assert!((absolute(2) - 1.7 * absolute(1)).abs() < 1e-8);
}

#[test]
fn two_regulators_of_one_node_contradict() {
    let regulator = |bar| Element::PressureControl { node: 1, pressure_bar: bar };
    let branches = vec![branch(0, 1, regulator(1.0)), branch(0, 1, regulator(2.0))];
    let case = Case::new(&[node(0.0, Some(4.0)), node(0.0, None)], branches, &[0.0, 0.2], true);
    let (end, ..) = case.solve();
    assert!(!end.converged && end.singular.is_some(), "{end:?}");
}

#[test]
fn a_circulation_pump_drives_a_loop() {
    // return 0 ──pump── 1 ──pipe── 2 ──station (given)── 3 ──pipe── 0
    let pump = Element::Circulation { supply_bar: Some(9.0), lift_bar: Some(5.0) };
    let nodes = [node(0.0, None); 4];
    let branches = vec![branch(0, 1, pump), pipe(1, 2), branch(2, 3, Element::GivenFlow), pipe(3, 0)];
    let mut case = Case::new(&nodes, branches, &[0.0; 4], false);
    case.given_kg_s[2] = 2.0;
    let (end, pressures, flow, supply) = case.solve();
    assert!(end.converged, "{end:?}");
    assert_eq!(supply.kept_bar[1], Some(9.0));
    assert!((pressures[0].unwrap() - 4.0).abs() < 1e-9);
    assert!(flow.iter().all(|flow| (flow - 2.0).abs() < 1e-9), "{flow:?}");
    let drop = pressures[1].unwrap() - pressures[2].unwrap();
    assert!((pressures[3].unwrap() - 4.0 - drop).abs() < 1e-9 && drop > 0.0);
}

#[test]
fn bridges_and_what_hangs_on_them() {
    //      feed 0 ──0── 1 ──1── 2 ──2── 3     2 ──3── 4, 1 ──4── 4: a triangle
    let nodes: Vec<Node> = (0..5).map(|i| node(0.0, (i == 0).then_some(1.0))).collect();
    let case = Case::new(&nodes, vec![pipe(0, 1), pipe(1, 2), pipe(2, 3), pipe(2, 4), pipe(1, 4)], &[0.0; 5], true);
    let mut supply = Supply::default();
    supply.find(&case.grid, &[true; 5], &[true; 5]);
    let found = bridges(&case.grid, &supply);
    let behind = |branch: usize| {
        let (begin, end) = found.behind[branch];
        let mut nodes = found.order[begin as usize..end as usize].to_vec();
        nodes.sort_unstable();
        nodes
    };
    assert_eq!(behind(0), [1, 2, 3, 4]);
    assert_eq!(behind(2), [3]);
    assert!(behind(1).is_empty() && behind(3).is_empty() && behind(4).is_empty());
}

/// Lift falls from 2 bar at rest to nothing at 20 m³/h of water of 1000 kg/m³, which is 5.556 kg/s.
fn pump() -> Element {
    Element::Pump(vec![-0.1, 2.0])
}

/// A machine without friction of its own.
fn machine(from: u32, to: u32, element: Element) -> Branch {
    Branch { length_m: 0.0, ..branch(from, to, element) }
}

#[test]
fn a_pump_that_is_driven_beyond_its_curve_lifts_nothing() {
    // feed 0 ──pump── 1 ──pipe── 2 draws more than the curve reaches; then nearly as much, then nothing.
    let nodes = [node(0.0, Some(4.0)), node(0.0, None), node(0.0, None)];
    let branches = || vec![machine(0, 1, pump()), pipe(1, 2)];
    for is_gas in [false, true] {
        let per_kg_s = if is_gas { None } else { Some(3.6) };
        for draw_kg_s in [20.0, 5.0, 0.5, 0.0] {
            let draw_kg_s = if is_gas { 0.02 * draw_kg_s } else { draw_kg_s };
            let case = Case::new(&nodes, branches(), &[0.0, 0.0, draw_kg_s], is_gas);
            let (end, pressures, ..) = case.solve();
            assert!(end.converged, "{is_gas} {draw_kg_s} {end:?}");
            // Actual volume of gas at the inlet: 4 bar above the air, compressed by 1 %, at 10 °C.
            let absolute = 4.0 + NORMAL_PRESSURE_BAR;
            let gas = 3600.0 / 0.8 * NORMAL_PRESSURE_BAR / absolute * 283.15 / 273.15 * (1.0 - 0.0022 * absolute);
            let flow_m3_h = draw_kg_s * per_kg_s.unwrap_or(gas);
            let lift = (2.0 - 0.1 * flow_m3_h).max(0.0);
            let found = pressures[1].unwrap() - 4.0;
            assert!((found - lift).abs() < 1e-8, "{is_gas} {draw_kg_s}: {found} {lift}");
        }
    }
}

#[test]
fn a_pump_beside_an_open_pipe_drives_a_ring() {
    // feed 0 ──pump── 1, 0 ──pipe── 1, 1 draws: the water that the pump lifts comes back through the pipe.
    let nodes = [node(0.0, Some(4.0)), node(0.0, None)];
    for is_gas in [false, true] {
        let draw_kg_s = if is_gas { 0.01 } else { 1.0 };
        let case = Case::new(&nodes, vec![machine(0, 1, pump()), pipe(0, 1)], &[0.0, draw_kg_s], is_gas);
        let (end, pressures, flow, _) = case.solve();
        assert!(end.converged, "{is_gas} {end:?}");
        assert!(flow[0] > draw_kg_s && flow[1] < 0.0 && (flow[0] + flow[1] - draw_kg_s).abs() < 1e-9, "{flow:?}");
        assert!(pressures[1].unwrap() > 4.0);
    }
}

#[test]
fn machines_keep_their_lift_at_rest_and_lose_it_when_driven_backward() {
    // feed 0 ──machine── 1 ──pipe── 2: nothing is drawn at 2, then a feed there presses back.
    for is_gas in [false, true] {
        let mut machines = vec![(pump(), 6.0)];
        if is_gas {
            machines.push((Element::Compressor(1.4), 1.4 * (4.0 + NORMAL_PRESSURE_BAR) - NORMAL_PRESSURE_BAR));
        }
        for (element, lifted_bar) in machines {
            let solve = |far_bar: Option<f64>| {
                let nodes = [node(0.0, Some(4.0)), node(0.0, None), node(0.0, far_bar)];
                Case::new(&nodes, vec![machine(0, 1, element.clone()), pipe(1, 2)], &[0.0; 3], is_gas).solve()
            };
            let (end, pressures, ..) = solve(None);
            assert!(end.converged, "{end:?}");
            assert!(pressures[1..].iter().all(|bar| (bar.unwrap() - lifted_bar).abs() < 1e-8), "{pressures:?}");
            let (end, pressures, flow, _) = solve(Some(9.0));
            assert!(end.converged && flow[0] < 0.0, "{end:?} {flow:?}");
            assert!((pressures[1].unwrap() - 4.0).abs() < 1e-6, "{pressures:?}");
        }
    }
}

#[test]
fn a_valve_without_loss_leaves_nothing_to_the_pipe_beside_it() {
    let valve = Branch { length_m: 0.0, ..pipe(0, 1) };
    for is_gas in [false, true] {
        let nodes = [node(0.0, Some(60.0)), node(0.0, None)];
        let case = Case::new(&nodes, vec![valve.clone(), pipe(0, 1)], &[0.0, 3.0], is_gas);
        let (end, _, flow, _) = case.solve();
        assert!(end.converged, "{end:?}");
        assert!((flow[0] + flow[1] - 3.0).abs() < 1e-9 && flow[1].abs() < 3e-5, "{flow:?}");
    }
}
