//! What holds for every network: Kirchhoff's laws, the same bits for any number of threads, no panic and no silent number.

use proptest::prelude::*;
use twin::{
    Crs, Findings, Id, Key, Silent, Twin,
    geo_types::{Coord, LineString},
    outcome::Status,
    utility::{Burial, PowerBranch, PowerBranchKind, PowerBus, PowerUnit, PowerUnitKind},
};
use twin_power::{
    Model,
    complex::Complex,
    model::power_flow,
    n1::{self, Each},
    net::{Net, NodeKind, TwoPort},
    solve::{End, Method, Options, Solver},
};

/// A tree with chords: node i hangs on an earlier one.
fn net(parents: &[usize], chords: &[(usize, usize)], loads: &[(f64, f64)], shift_deg: f64) -> Net {
    let mut net = Net::new(1.0);
    net.add_node(NodeKind::Slack, Complex::from_polar_deg(1.02, 10.0));
    for (node, &parent) in (1u32..).zip(parents) {
        net.add_node(NodeKind::Pq, Complex::ONE);
        let ratio = if node % 5 == 0 { Complex::from_polar_deg(1.03, shift_deg) } else { Complex::ONE };
        let above = (parent % node as usize) as u32;
        net.branches.push(TwoPort::pi(above, node, Complex::new(0.01, 0.02), Complex::new(0.0, 0.002), ratio));
    }
    let n = net.n_nodes();
    for &(a, b) in chords {
        let (a, b) = (a % n, b % n);
        if a != b {
            net.branches.push(TwoPort::pi(a as u32, b as u32, Complex::new(0.05, 0.1), Complex::ZERO, Complex::ONE));
        }
    }
    for (node, &(p, q)) in (1..).zip(loads) {
        if node < n {
            net.demand[node] = Complex::new(p, q);
        }
    }
    net
}

fn nets() -> impl Strategy<Value = Net> {
    (
        prop::collection::vec(0usize..40, 1..30),
        prop::collection::vec((0usize..40, 0usize..40), 0..4),
        prop::collection::vec((-0.02..0.04f64, -0.01..0.02f64), 30),
    )
        .prop_map(|(parents, chords, loads)| net(&parents, &chords, &loads, 0.0))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn kirchhoff_holds_at_every_node(net in nets()) {
        let solver = Solver::new(net.clone(), Options::default());
        prop_assert!(solver.base().end.is_converged());
        prop_assert!(net.mismatch(&solver.base().voltage).0 <= 1e-8);
        let newton = Solver::new(net, Options { method: Method::Newton, ..Options::default() });
        for (a, b) in solver.base().voltage.iter().zip(&newton.base().voltage) {
            prop_assert!((*a - *b).abs() < 1e-6, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_batch_is_what_single_solves_are(net in nets(), factors in prop::collection::vec(0.2..1.8f64, 1..9)) {
        let solver = Solver::new(net.clone(), Options::default());
        let found = solver.batch(
            factors.len(),
            |scenario, demand| demand.iter_mut().for_each(|s| *s = s.scale(factors[scenario])),
            |_, solution| (solution.end.is_converged(), solution.voltage.clone()),
        );
        for (factor, (converged, voltage)) in factors.iter().zip(found) {
            prop_assert!(converged);
            let mut scaled = net.clone();
            scaled.demand.iter_mut().for_each(|s| *s = s.scale(*factor));
            prop_assert!(scaled.mismatch(&voltage).0 <= 1e-7, "{}", scaled.mismatch(&voltage).0);
        }
    }

    #[test]
    fn mutated_networks_give_a_status_and_no_nonsense(
        values in prop::collection::vec(prop_oneof![
            Just(0.0), Just(-1.0), Just(1e-12), Just(1e12), Just(f64::NAN), Just(f64::INFINITY), 0.01..10.0f64
        ], 24),
        closed in any::<bool>(),
    ) {
        let twin = odd_town(&values, closed);
        let (model, mut findings) = Model::of(&twin);
        let (state, status) = power_flow(&model, &model.state(), &Options::default(), true, &mut findings);
        let all = state.vm_pu.iter().chain(&state.va_deg).chain(&state.p_mw).chain(&state.q_mvar).flatten();
        prop_assert!(all.into_iter().all(|value| value.is_finite()), "{status:?}");
        if !status.is_fine() {
            prop_assert!(findings.iter().any(|finding| finding.code == "power-not-converged"));
        }
        let assets = n1::assets(&twin, Each::Line);
        let failures = n1::n1(&model, &assets, &n1::Options::default(), &Silent);
        prop_assert_eq!(failures.map(|failures| failures.len()), Some(assets.len()));
    }
}

/// A line of four buses with a transformer, a switch, a generator and odd numbers everywhere.
fn odd_town(values: &[f64], closed: bool) -> Twin {
    let mut twin = Twin::empty("odd", Crs::NOWHERE);
    let mut next = values.iter().copied().cycle();
    let mut odd = || next.next().unwrap_or(1.0);
    let at = |x: f64| Coord { x, y: 0.0 };
    let buses: Vec<Id<PowerBus>> = (0..5)
        .map(|number| {
            twin.power.add_node(PowerBus {
                key: Key::new(format!("power_bus/{number}")),
                name: None,
                position: at(f64::from(number)),
                vn_kv: if number == 3 { odd() } else { 20.0 },
                min_vm_pu: None,
                max_vm_pu: None,
                slack_vm_pu: (number == 0).then_some(1.0),
                start_vm_pu: None,
                start_va_deg: None,
                load_mw: 0.1,
                load_mvar: 0.0,
                generation_mw: 0.0,
                in_service: true,
                building: None,
            })
        })
        .collect();
    let kinds = [
        PowerBranchKind::Line {
            length_km: odd(),
            r_ohm_per_km: odd(),
            x_ohm_per_km: odd(),
            c_nf_per_km: odd(),
            g_us_per_km: 0.0,
            max_i_ka: odd(),
            parallel: 1,
            derating: 1.0,
            overhead: false,
            in_service: true,
        },
        PowerBranchKind::Switch { closed, z_ohm: odd() },
        PowerBranchKind::Transformer {
            sn_mva: odd(),
            vn_hv_kv: odd(),
            vn_lv_kv: 20.0,
            vk_percent: odd(),
            vkr_percent: odd(),
            pfe_kw: 1.0,
            i0_percent: 0.1,
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
        },
        PowerBranchKind::Impedance {
            sn_mva: odd(),
            r_ft_pu: odd(),
            x_ft_pu: odd(),
            r_tf_pu: odd(),
            x_tf_pu: odd(),
            g_f_pu: 0.0,
            b_f_pu: 0.0,
            g_t_pu: 0.0,
            b_t_pu: 0.0,
            ratio: odd(),
            shift_deg: 0.0,
            rating_mva: None,
            in_service: true,
        },
    ];
    for (number, kind) in kinds.into_iter().enumerate() {
        let geometry = LineString(vec![at(number as f64), at(number as f64 + 1.0)]);
        let key = Key::new(format!("power_branch/{number}"));
        let branch = PowerBranch { key, name: None, geometry, kind, burial: Burial::default() };
        twin.power.add_link(buses[number], buses[number + 1], branch);
    }
    let units = [
        PowerUnitKind::Load {
            p_mw: odd(),
            q_mvar: odd(),
            scaling: 1.0,
            const_z_p_percent: 30.0,
            const_i_p_percent: 30.0,
            const_z_q_percent: 0.0,
            const_i_q_percent: 0.0,
        },
        PowerUnitKind::Generator {
            p_mw: odd(),
            scaling: 1.0,
            vm_pu: odd(),
            min_q_mvar: Some(-1.0),
            max_q_mvar: Some(1.0),
            slack: false,
        },
    ];
    for (number, kind) in units.into_iter().enumerate() {
        twin.power_units.push(PowerUnit {
            key: Key::new(format!("power_unit/{number}")),
            name: None,
            position: at(0.0),
            bus: buses[number + 1],
            kind,
            profile: None,
            in_service: true,
            building: None,
        });
    }
    twin
}

#[test]
fn a_shift_of_150_degrees_needs_no_special_start() {
    let parents: Vec<usize> = (0..20).collect();
    let loads = vec![(0.01, 0.003); 20];
    for method in [Method::Auto, Method::Newton] {
        let solver = Solver::new(net(&parents, &[], &loads, 150.0), Options { method, ..Options::default() });
        assert!(solver.base().end.is_converged(), "{method:?}");
    }
}

#[test]
fn a_collapse_is_a_status_with_its_node() {
    let net = net(&[0, 1, 2], &[], &[(0.0, 0.0), (0.0, 0.0), (30.0, 10.0)], 0.0);
    let solver = Solver::new(net, Options::default());
    assert!(matches!(solver.base().end, End::NotConverged { node, .. } if node > 0), "{:?}", solver.base().end);
}

#[test]
fn threads_change_no_bit() {
    let net = net(&(0..25).collect::<Vec<_>>(), &[(3, 9)], &[(0.02, 0.01); 25], 0.0);
    let solver = Solver::new(net, Options::default());
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            solver.batch(
                101,
                |scenario, demand| demand.iter_mut().for_each(|s| *s = s.scale(scenario as f64 / 60.0)),
                |_, solution| solution.voltage.clone(),
            )
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn a_network_without_feed_is_told() {
    let mut twin = odd_town(&[1.0, 2.0, 3.0], true);
    let mut power = twin::utility::PowerNetwork::new();
    for (_, bus) in twin.power.nodes() {
        power.add_node(PowerBus { slack_vm_pu: None, ..bus.clone() });
    }
    twin.power = power;
    twin.power_units = twin::Table::new();
    let (model, mut findings) = Model::of(&twin);
    let (state, status) = power_flow(&model, &model.state(), &Options::default(), false, &mut findings);
    assert_eq!(status, Status::Empty);
    assert!(state.vm_pu.iter().all(Option::is_none));
    assert!(findings.iter().any(|finding| finding.code == "power-without-feed"));
    let _: Findings = findings;
}
