//! What holds for every network and demand: conservation, no negative flow, Beckmann's objective never falls when a street
//! is closed, names do not matter, threads do not matter, a warm start comes to the same equilibrium.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use proptest::prelude::*;
use twin::{
    Assumptions, Crs, Id, Key, Silent, Twin,
    demand::{OdMatrix, VehicleClass},
    geo_types::coord,
    road::{Arc, Direction, Impedance, Modes, NodeControl, RoadNode, TurnKind, TurnRestriction, VolumeDelay},
    scenario::TrafficOptions,
};
use twin_traffic::{
    equilibrium::{self, Equilibrium},
    street::{self, ArcChange, Overlay, Streets},
    trips::Trips,
};

/// From, to, free time, capacity, kind of delay.
type Street = (usize, usize, f64, f64, u8);

const N_NODES: usize = 9;

fn network(streets: &[Street], restrictions: &[(usize, usize)]) -> Twin {
    let mut twin = Twin::empty("", Crs::NOWHERE);
    for node in 0..N_NODES {
        twin.roads.add_node(RoadNode {
            key: Key::new(format!("node/{node}")),
            position: coord! { x: 0.0, y: 0.0 },
            elevation_m: None,
            control: NodeControl::None,
            border: false,
            through: true,
        });
    }
    for (row, &(from, to, free_flow_time, capacity_veh_h, kind)) in streets.iter().enumerate() {
        let delay = match kind % 3 {
            0 => VolumeDelay::Bpr { alpha: 0.5, beta: 4.0 },
            1 => VolumeDelay::Conical { alpha: 5.0 },
            _ => VolumeDelay::Akcelik { j: 0.5, period_h: 1.0 },
        };
        let impedance = Impedance { free_flow_time, capacity_veh_h, delay, toll: 0.0, distance: 0.0 };
        twin.roads.add_link(Id::new(from), Id::new(to), support::link(&format!("way/{row}"), 100.0, Some(impedance)));
    }
    for &(from, to) in restrictions {
        twin.restrictions.push(TurnRestriction {
            key: "relation/1".into(),
            from: Arc::new(Id::new(from), Direction::Forward),
            via: vec![],
            to: Arc::new(Id::new(to), Direction::Forward),
            kind: TurnKind::No,
            except: Modes::TRUCK,
        });
    }
    twin
}

fn solve(twin: &Twin, trips: &[(u32, u32, f64)], overlay: &Overlay, gap: f64) -> (Streets, Equilibrium) {
    let zones: Vec<_> = (0..N_NODES).map(|zone| support::zone_at(zone, &[Id::new(zone)])).collect();
    let options = TrafficOptions { relative_gap: gap, max_iterations: 500, ..TrafficOptions::default() };
    let (streets, _) = street::derive(twin, &zones, &Assumptions::default(), &options);
    let lorries: Vec<_> = trips.iter().map(|&(o, d, trips)| (d, o, 0.1 * trips)).collect();
    let cars = OdMatrix::from_entries(VehicleClass::Car, None, N_NODES, trips);
    let lorries = OdMatrix::from_entries(VehicleClass::Truck, None, N_NODES, &lorries);
    let trips = Trips::of(&[&cars, &lorries], N_NODES, 1.0).unwrap();
    let solved = equilibrium::solve(&streets, &trips, overlay, &options, None, &Silent);
    (streets, solved)
}

prop_compose! {
    /// A ring through all nodes and some more streets, so that every trip has a way.
    fn streets()(
        ring in prop::collection::vec((1.0..60.0f64, 100.0..2000.0f64, 0u8..3), N_NODES),
        more in prop::collection::vec((0..N_NODES, 0..N_NODES, 1.0..60.0f64, 100.0..2000.0f64, 0u8..3), 1..16),
    ) -> Vec<Street> {
        let mut streets: Vec<Street> =
            ring.into_iter().enumerate().map(|(n, (time, capacity, kind))| (n, (n + 1) % N_NODES, time, capacity, kind)).collect();
        streets.extend(more.into_iter().filter(|street| street.0 != street.1));
        streets
    }
}

fn trips() -> impl Strategy<Value = Vec<(u32, u32, f64)>> {
    prop::collection::vec((0..N_NODES as u32, 0..N_NODES as u32, 1.0..800.0f64), 1..12)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn flow_is_conserved_and_never_negative(streets in streets(), trips in trips(), turns in prop::collection::vec((0usize..9, 0usize..9), 0..4)) {
        let twin = network(&streets, &turns);
        let (streets, solved) = solve(&twin, &trips, &Overlay::default(), 1e-7);
        prop_assert!(solved.status.is_fine(), "{:?}", solved.status);
        let mut balance = [[0.0f64; 2]; N_NODES];
        for (class, volumes) in solved.volume_veh_h.iter().enumerate() {
            for (arc, &volume) in volumes.iter().enumerate() {
                prop_assert!(volume >= 0.0 && volume.is_finite());
                balance[streets.from_node[arc] as usize][class] += volume;
                balance[streets.to_node[arc] as usize][class] -= volume;
            }
        }
        let mut expected = [[0.0f64; 2]; N_NODES];
        for &(o, d, trips) in trips.iter().filter(|(o, d, _)| o != d) {
            expected[o as usize][0] += trips;
            expected[d as usize][0] -= trips;
            expected[d as usize][1] += 0.1 * trips;
            expected[o as usize][1] -= 0.1 * trips;
        }
        for lost in &solved.unreachable {
            expected[lost.origin as usize][lost.class as usize] -= lost.trips_veh_h;
            expected[lost.destination as usize][lost.class as usize] += lost.trips_veh_h;
        }
        for (found, expected) in balance.iter().flatten().zip(expected.iter().flatten()) {
            prop_assert!((found - expected).abs() < 1e-6, "{found} against {expected}");
        }
    }

    #[test]
    fn no_path_makes_a_forbidden_movement(
        streets in streets(),
        trips in trips(),
        starts in prop::collection::vec((0usize..25, any::<bool>(), 1usize..4, 0usize..4), 1..10),
    ) {
        let mut twin = network(&streets, &[]);
        for &(first, only, n, pick) in &starts {
            // A restriction along streets that meet: from one to the next by what begins where it ends.
            let mut chain = vec![first % streets.len()];
            for _ in 0..n {
                let at = streets[chain[chain.len() - 1]].1;
                let out: Vec<usize> = (0..streets.len()).filter(|&street| streets[street].0 == at).collect();
                chain.push(out[pick % out.len()]);
            }
            let arcs: Vec<_> = chain.iter().map(|&link| Arc::new(Id::new(link), Direction::Forward)).collect();
            twin.restrictions.push(TurnRestriction {
                key: "relation/1".into(),
                from: arcs[0],
                via: arcs[1..arcs.len() - 1].to_vec(),
                to: arcs[arcs.len() - 1],
                kind: if only { TurnKind::Only } else { TurnKind::No },
                except: Modes::TRUCK,
            });
        }
        let (arcs, solved) = solve(&twin, &trips, &Overlay::default(), 1e-6);
        for path in solved.paths.iter().filter(|path| path.class == VehicleClass::Car) {
            let driven: Vec<Arc> = path.arcs.iter().map(|&arc| arcs.arc(arc as usize)).collect();
            for restriction in &twin.restrictions {
                let approach: Vec<Arc> = std::iter::once(restriction.from).chain(restriction.via.iter().copied()).collect();
                let others: Vec<_> = twin.restrictions.iter().filter(|other| {
                    other.kind == TurnKind::Only && other.from == restriction.from && other.via == restriction.via
                }).map(|other| other.to).collect();
                for window in driven.windows(approach.len() + 1).filter(|window| window[..approach.len()] == approach) {
                    let exit = window[approach.len()];
                    match restriction.kind {
                        TurnKind::No => prop_assert!(exit != restriction.to, "{driven:?} makes {restriction:?}"),
                        TurnKind::Only => prop_assert!(others.contains(&exit), "{driven:?} leaves {restriction:?}"),
                    }
                }
            }
        }
    }

    #[test]
    fn beckmann_never_falls_when_a_street_is_closed(streets in streets(), trips in trips(), closed in 0usize..25) {
        let twin = network(&streets, &[]);
        let closed = closed % streets.len();
        let arc = Arc::new(Id::new(closed), Direction::Forward);
        let overlay = Overlay { changes: vec![ArcChange::closed(arc, Modes::CAR.union(Modes::TRUCK))] };
        let (_, before) = solve(&twin, &trips, &Overlay::default(), 1e-8);
        let (_, after) = solve(&twin, &trips, &overlay, 1e-8);
        if after.unreachable.is_empty() {
            prop_assert!(after.beckmann >= before.beckmann * (1.0 - 1e-7), "{} {}", before.beckmann, after.beckmann);
        } else {
            prop_assert!(closed < N_NODES, "only a street of the ring can cut off");
        }
    }

    #[test]
    fn the_order_of_streets_does_not_matter(streets in streets(), trips in trips(), turn in 1usize..8) {
        let twin = network(&streets, &[]);
        let mut rotated = streets.clone();
        let turn = turn % streets.len();
        rotated.rotate_left(turn);
        let other = network(&rotated, &[]);
        let (_, first) = solve(&twin, &trips, &Overlay::default(), 1e-11);
        let (_, second) = solve(&other, &trips, &Overlay::default(), 1e-11);
        prop_assert!((first.beckmann - second.beckmann).abs() <= 1e-9 * first.beckmann);
        for row in 0..streets.len() {
            let moved = (row + streets.len() - turn) % streets.len();
            let total = |solved: &Equilibrium, arc: usize| solved.volume_veh_h[0][arc] + 2.0 * solved.volume_veh_h[1][arc];
            let (a, b) = (total(&first, row), total(&second, moved));
            prop_assert!((a - b).abs() < 0.5, "street {row}: {a} against {b}");
        }
    }

    #[test]
    fn a_warm_start_comes_to_the_same_equilibrium(streets in streets(), trips in trips(), closed in 0usize..25) {
        let twin = network(&streets, &[]);
        let arc = Arc::new(Id::new(closed % streets.len()), Direction::Forward);
        let overlay = Overlay { changes: vec![ArcChange::closed(arc, Modes::CAR)] };
        let (arcs, base) = solve(&twin, &trips, &Overlay::default(), 1e-9);
        let (_, cold) = solve(&twin, &trips, &overlay, 1e-9);
        let cars = OdMatrix::from_entries(VehicleClass::Car, None, N_NODES, &trips);
        let lorries: Vec<_> = trips.iter().map(|&(o, d, trips)| (d, o, 0.1 * trips)).collect();
        let lorries = OdMatrix::from_entries(VehicleClass::Truck, None, N_NODES, &lorries);
        let both = Trips::of(&[&cars, &lorries], N_NODES, 1.0).unwrap();
        let options = TrafficOptions { relative_gap: 1e-9, max_iterations: 500, ..TrafficOptions::default() };
        let warm = equilibrium::solve(&arcs, &both, &overlay, &options, Some(&base), &Silent);
        prop_assert!(warm.status.is_fine());
        prop_assert_eq!(&warm.unreachable, &cold.unreachable);
        prop_assert!((warm.beckmann - cold.beckmann).abs() <= 2e-8 * cold.beckmann.abs().max(1.0));
    }
}

#[test]
fn one_thread_and_eight_give_the_same_bits() {
    let streets: Vec<Street> = (0..N_NODES)
        .flat_map(|n| {
            [
                (n, (n + 1) % N_NODES, 10.0 + n as f64, 300.0, 0),
                ((n + 1) % N_NODES, n, 12.0, 250.0, 1),
                (n, (n + 4) % N_NODES, 31.0, 400.0, 2),
            ]
        })
        .collect();
    let twin = network(&streets, &[(0, 3), (4, 2), (2, 5)]);
    let trips: Vec<(u32, u32, f64)> = (0..N_NODES as u32)
        .flat_map(|o| (0..N_NODES as u32).map(move |d| (o, d, f64::from(20 + 7 * o + 3 * d))))
        .collect();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| solve(&twin, &trips, &Overlay::default(), 1e-10).1)
    };
    let one = with(1);
    assert!(one.status.is_fine(), "{:?}", one.status);
    assert!(one.paths.len() > N_NODES * (N_NODES - 1), "several paths per pair");
    for threads in [2, 8] {
        assert!(with(threads) == one, "{threads} threads differ from one");
    }
}
