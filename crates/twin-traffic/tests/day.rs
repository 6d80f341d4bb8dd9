//! A day in slices: the queue at a bottleneck by hand, spillback, half closures, conservation, threads.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use proptest::prelude::*;
use twin::{
    Assumptions, Crs, Id, Key, Silent, Twin,
    demand::{OdMatrix, VehicleClass},
    geo_types::coord,
    outcome::day::{DayState, N_SLICES},
    road::{Arc, Direction, Impedance, Modes, NodeControl, RoadNode, VolumeDelay},
    scenario::{Control, TrafficOptions},
};
use twin_traffic::{
    alternation::{self, Section, deterministic_queue},
    day::{self, Ground, Loaded, Options, Plan, Regime, Shares, StopLine},
    equilibrium,
    street::{self, ArcChange, Overlay, Streets},
    trips::Trips,
};

/// From, to, length, time, capacity. Time does not grow with volume.
type Street = (usize, usize, f64, f64, f64);

struct Town {
    twin: Twin,
    streets: Streets,
    ground: Ground,
    n_nodes: usize,
}

fn town(streets: &[Street]) -> Town {
    let n_nodes = streets.iter().map(|street| street.0.max(street.1)).max().unwrap() + 1;
    let mut twin = Twin::empty("", Crs::etrs89_utm(32));
    for node in 0..n_nodes {
        twin.roads.add_node(RoadNode {
            key: Key::new(format!("node/{node}")),
            position: coord! { x: 0.0, y: 0.0 },
            elevation_m: None,
            control: NodeControl::None,
            border: false,
            through: true,
        });
    }
    for (row, &(from, to, length_m, free_flow_time, capacity_veh_h)) in streets.iter().enumerate() {
        let delay = VolumeDelay::Bpr { alpha: 0.0, beta: 1.0 };
        let impedance = Impedance { free_flow_time, capacity_veh_h, delay, toll: 0.0, distance: 0.0 };
        twin.roads.add_link(
            Id::new(from),
            Id::new(to),
            support::link(&format!("way/{row}"), length_m, Some(impedance)),
        );
    }
    let zones: Vec<_> = (0..n_nodes).map(|zone| support::zone_at(zone, &[Id::new(zone)])).collect();
    let assumptions = Assumptions::default();
    let (streets, _) = street::derive(&twin, &zones, &assumptions, &TrafficOptions::default());
    let ground = Ground::new(&twin, &streets, &assumptions);
    Town { twin, streets, ground, n_nodes }
}

fn arc(link: usize) -> Arc {
    Arc::new(Id::new(link), Direction::Forward)
}

fn capacity(link: usize, capacity_veh_h: f64) -> Overlay {
    Overlay { changes: vec![ArcChange { capacity_pce_h: Some(capacity_veh_h), ..ArcChange::none(arc(link)) }] }
}

impl Town {
    /// Trips of an hour.
    fn trips(&self, cars: &[(u32, u32, f64)]) -> Trips {
        Trips::of(&[&OdMatrix::from_entries(VehicleClass::Car, None, self.n_nodes, cars)], self.n_nodes, 1.0).unwrap()
    }

    fn regime(&self, trips: &Trips, overlay: &Overlay) -> Regime {
        let options = TrafficOptions { relative_gap: 1e-6, ..TrafficOptions::default() };
        let solved = equilibrium::solve(&self.streets, trips, overlay, &options, None, &Silent);
        Regime::new(&self.streets, &self.ground, &solved, overlay, &[])
    }

    /// A day of hours with trips and measures.
    fn day(&self, hour: impl Fn(usize) -> (Trips, Overlay)) -> Loaded {
        let hours: [(Trips, Overlay); 24] = std::array::from_fn(hour);
        let regimes: Vec<Regime> = hours.iter().map(|(trips, overlay)| self.regime(trips, overlay)).collect();
        let trips = hours.map(|(trips, _)| trips);
        self.load(&regimes, &trips)
    }

    fn load(&self, regimes: &[Regime], trips: &[Trips; 24]) -> Loaded {
        let shares = Shares::new(trips);
        let of_slice = std::array::from_fn(|slice| slice / 4);
        let regimes: Vec<&Regime> = regimes.iter().collect();
        let plan = Plan { regimes: &regimes, of_slice: &of_slice, shares: &shares };
        day::load(&self.streets, &self.ground, &plan, Options::default(), &Silent)
    }
}

static NOTHING: DayState = DayState {
    arcs: Vec::new(),
    inflow_veh: Vec::new(),
    outflow_veh: Vec::new(),
    queue_veh: Vec::new(),
    waiting_veh: Vec::new(),
    queue_veh_h: Vec::new(),
    full_share: Vec::new(),
};

impl Town {
    fn seen<'a>(&'a self, loaded: &'a Loaded) -> day::Town<'a> {
        day::Town { streets: &self.streets, ground: &self.ground, loaded, base: &NOTHING }
    }
}

fn queue(loaded: &Loaded, link: usize, slice: usize) -> f64 {
    loaded.state.at(&loaded.state.queue_veh, arc(link), slice)
        + loaded.state.at(&loaded.state.waiting_veh, arc(link), slice)
}

fn outflow(loaded: &Loaded, link: usize, slice: usize) -> f64 {
    loaded.state.at(&loaded.state.outflow_veh, arc(link), slice)
}

fn check(loaded: &Loaded) {
    assert!(loaded.status.is_fine(), "{:?}", loaded.status);
    assert!(loaded.totals.lost_share() < 1e-9, "{:?}", loaded.totals);
    let state = &loaded.state;
    for column in [
        &state.inflow_veh,
        &state.outflow_veh,
        &state.queue_veh,
        &state.waiting_veh,
        &state.queue_veh_h,
        &state.full_share,
    ] {
        assert_eq!(column.len(), state.arcs.len() * N_SLICES);
        assert!(column.iter().all(|value| *value >= 0.0 && value.is_finite()));
    }
}

/// Volume 800, capacity 666.67 veh/h from 7 to 9, 1800 before and after: 266.7 vehicles wait at 9, 302.2 veh·h are lost, and
/// 0.267 h later the queue has gone.
#[test]
fn a_bottleneck_has_the_deterministic_queue() {
    let town = town(&[(0, 1, 4000.0, 288.0, 1800.0), (1, 2, 500.0, 36.0, 1800.0)]);
    let trips = town.trips(&[(0, 2, 800.0)]);
    let narrow = capacity(0, 2000.0 / 3.0);
    let loaded =
        town.day(|hour| (trips.clone(), if (7..9).contains(&hour) { narrow.clone() } else { Overlay::default() }));
    check(&loaded);
    let expected = deterministic_queue(800.0, 2000.0 / 3.0, 2.0, 1800.0);
    for slice in 28..36 {
        let hours = 0.25 * (slice - 27) as f64;
        let found = queue(&loaded, 0, slice);
        assert!((found - (800.0 - 2000.0 / 3.0) * hours).abs() < 0.2, "{hours} h: {found}");
    }
    assert!((queue(&loaded, 0, 35) - expected.queue_veh).abs() < 0.2);
    assert!((loaded.totals.queue_veh_h - expected.delay_veh_h).abs() < 0.5, "{:?}", loaded.totals);
    // It clears 0.267 h after nine: in the second slice.
    assert!(queue(&loaded, 0, 36) > 1.0 && queue(&loaded, 0, 37) < 1e-6);
    assert!((queue(&loaded, 0, 36) - (expected.queue_veh - 250.0)).abs() < 0.2);
}

/// ```text
///   0 ──▶ 1 ──▶ 2 ──▶ 3      the end of 2–3 lets out 300 veh/h, 600 want to pass
///         │                  1–2 has room for 20 vehicles
///         4                  half of those on 0–1 want to 4
/// ```
#[test]
fn a_queue_over_a_junction_holds_up_the_cross_street() {
    let town = town(&[
        (0, 1, 3000.0, 216.0, 1800.0),
        (1, 2, 120.0, 10.0, 1800.0),
        (2, 3, 120.0, 10.0, 1800.0),
        (1, 4, 500.0, 36.0, 1800.0),
    ]);
    let trips = town.trips(&[(0, 3, 600.0), (0, 4, 600.0)]);
    let quiet = town.trips(&[]);
    let narrow = capacity(2, 300.0);
    let loaded = town.day(|hour| {
        let trips = if (6..12).contains(&hour) { &trips } else { &quiet };
        (trips.clone(), if (7..8).contains(&hour) { narrow.clone() } else { Overlay::default() })
    });
    check(&loaded);
    // Before the closure 150 vehicles in 15 minutes turn off to 4; once the queue stands over the junction no more than pass
    // the bottleneck: they stand behind the others.
    assert!((outflow(&loaded, 3, 26) - 150.0).abs() < 0.5, "{}", outflow(&loaded, 3, 26));
    assert!((outflow(&loaded, 3, 31) - 75.0).abs() < 1.0, "{}", outflow(&loaded, 3, 31));
    assert!(outflow(&loaded, 3, 33) > 200.0, "the queue clears with both");
    assert!(queue(&loaded, 0, 31) > 250.0);
    assert!(queue(&loaded, 2, 31) + queue(&loaded, 1, 31) < 40.0 + 1e-6, "no more than there is room");
    let shares = Shares::new(&std::array::from_fn(|_| trips.clone()));
    let regime = town.regime(&trips, &narrow);
    let plan = Plan { regimes: &[&regime], of_slice: &[0; N_SLICES], shares: &shares };
    let line = StopLine { arc: arc(2), stop_m: 120.0, delay: None };
    let approach = day::approach(town.seen(&loaded), &plan, (0, 0), line, &[true; N_SLICES]);
    let longest = approach.longest.unwrap();
    assert_eq!((longest.slice, longest.begin, longest.cleared), (31, 28, Some(35)));
    assert_eq!(longest.junctions, [Id::new(2), Id::new(1)]);
    assert_eq!(longest.arcs, [arc(1), arc(0)]);
    assert!(longest.tailback_m > 240.0 + 250.0 * 6.0, "{longest:?}");
    assert!((approach.slices[31].queue_veh - longest.queue_veh).abs() < 1e-9);
}

#[test]
fn below_capacity_the_volumes_are_those_of_the_equilibrium() {
    let town = town(&[
        (0, 1, 400.0, 30.0, 1800.0),
        (1, 2, 400.0, 33.3, 1800.0),
        (1, 3, 20.0, 1.7, 1800.0),
        (3, 2, 700.0, 51.0, 1800.0),
        (2, 0, 900.0, 66.0, 1800.0),
        (4, 0, 5.0, 0.0, 900.0),
    ]);
    let trips = town.trips(&[(0, 2, 300.0), (1, 3, 100.0), (3, 1, 50.0), (4, 2, 200.0), (2, 4, 70.0), (0, 0, 9.0)]);
    let loaded = town.day(|_| (trips.clone(), Overlay::default()));
    check(&loaded);
    let options = TrafficOptions { relative_gap: 1e-6, ..TrafficOptions::default() };
    let solved = equilibrium::solve(&town.streets, &trips, &Overlay::default(), &options, None, &Silent);
    for (position, volume) in solved.volume_veh_h[0].iter().enumerate() {
        let found = 4.0 * loaded.state.at(&loaded.state.inflow_veh, town.streets.arc(position), 40);
        assert!((found - volume).abs() < 1e-3 * volume.max(1.0), "arc {position}: {found} against {volume}");
    }
    assert!(loaded.totals.queue_veh_h < 1e-6 && loaded.totals.forced_veh == 0.0, "{:?}", loaded.totals);
    // 70 veh/h have no way from 2 to 4.
    assert!((loaded.totals.without_way_veh - 24.0 * 70.0).abs() < 1e-6);
    assert!((loaded.totals.entered_veh - 24.0 * 650.0).abs() < 1e-6);
}

/// A signal past 100 m of works has a capacity of 667 veh/h in each direction; in the peak 800 want to pass.
#[test]
fn a_half_closure_fills_in_the_morning_and_clears() {
    let town = town(&[
        (0, 1, 1500.0, 108.0, 1800.0),
        (1, 2, 800.0, 58.0, 1800.0),
        (2, 1, 800.0, 58.0, 1800.0),
        (1, 0, 1500.0, 108.0, 1800.0),
    ]);
    let section = Section {
        arcs: [vec![arc(1)], vec![arc(2)]],
        length_m: 100.0,
        control: Control::Signal,
        cycle_s: Some(90.0),
        waits: 1,
        bicycles: None,
        practice: alternation::Practice::default(),
    };
    let peak = |hour: usize| match hour {
        6 | 8 => 500.0,
        7 => 800.0,
        5 | 9..20 => 300.0,
        _ => 50.0,
    };
    let options = TrafficOptions::default();
    let trips: [Trips; 24] = std::array::from_fn(|hour| town.trips(&[(0, 2, peak(hour)), (2, 0, peak(hour))]));
    let lines = |works: &Section| {
        [0, 1].map(|direction| StopLine {
            arc: works.arcs[direction][0],
            stop_m: 350.0,
            delay: Some(VolumeDelay::Akcelik { j: 0.5, period_h: 1.0 }),
        })
    };
    let regimes: Vec<Regime> = trips
        .iter()
        .map(|trips| {
            let base = equilibrium::solve(&town.streets, trips, &Overlay::default(), &options, None, &Silent);
            let (with, alternations) = alternation::solve(
                &town.streets,
                trips,
                &Overlay::default(),
                std::slice::from_ref(&section),
                &options,
                Some(&base),
                &Silent,
            );
            assert!((alternations[0].capacity_veh_h[0] - 2000.0 / 3.0).abs() < 1.0);
            Regime::new(&town.streets, &town.ground, &with, &Overlay::default(), &lines(&section))
        })
        .collect();
    let loaded = town.load(&regimes, &trips);
    check(&loaded);
    let shares = Shares::new(&trips);
    let regimes: Vec<&Regime> = regimes.iter().collect();
    let of_slice = std::array::from_fn(|slice| slice / 4);
    let plan = Plan { regimes: &regimes, of_slice: &of_slice, shares: &shares };
    let approach = day::approach(town.seen(&loaded), &plan, (0, 0), lines(&section)[0], &[true; N_SLICES]);
    let longest = approach.longest.clone().unwrap();
    // 133 veh/h too many for an hour; those who come late arrive in the next one.
    assert_eq!(longest.slice, 31, "at eight");
    assert!((longest.queue_veh - 133.3).abs() < 6.0, "{longest:?}");
    assert!(longest.cleared.unwrap() > 33 && longest.cleared.unwrap() < 37, "{longest:?}");
    assert_eq!(longest.junctions, [Id::new(1)], "350 m are too short for it");
    assert!(longest.tailback_m > 800.0, "{longest:?}");
    assert!(approach.slices[20].queue_veh < 0.5 && approach.slices[60].queue_veh < 0.5);
}

/// A street is closed at nine: who is on it drives to its end, the others take the way around; at three it opens again.
#[test]
fn closures_begin_and_end_within_the_day() {
    let town = town(&[
        (0, 1, 600.0, 43.0, 1500.0),
        (1, 2, 600.0, 43.0, 1500.0),
        (1, 3, 900.0, 65.0, 1500.0),
        (3, 2, 900.0, 65.0, 1500.0),
    ]);
    let trips = town.trips(&[(0, 2, 400.0)]);
    let closed = Overlay { changes: vec![ArcChange::closed(arc(1), Modes::CAR.union(Modes::TRUCK))] };
    let loaded =
        town.day(|hour| (trips.clone(), if (9..15).contains(&hour) { closed.clone() } else { Overlay::default() }));
    check(&loaded);
    let inflow = |link: usize, slice: usize| loaded.state.at(&loaded.state.inflow_veh, arc(link), slice);
    assert!((inflow(1, 35) - 100.0).abs() < 1e-3 && inflow(1, 36) < 1e-9 && inflow(1, 59) < 1e-9);
    assert!((inflow(1, 60) - 100.0).abs() < 6.0 && inflow(2, 62) < 1e-9);
    assert!((outflow(&loaded, 1, 36) - 400.0 * 43.0 / 3600.0).abs() < 0.2, "those on it leave it");
    assert!((inflow(3, 50) - 100.0).abs() < 1e-3);
    assert!(loaded.totals.queue_veh_h < 1e-6, "{:?}", loaded.totals);
}

/// A ring of four streets of 60 m, each junction fed by a street of the same capacity; all drive three quarters round.
fn ring() -> Town {
    let side = |n: usize| (n, (n + 1) % 4, 60.0, 5.0, 600.0);
    let feeder = |n: usize| (4 + n, n, 500.0, 36.0, 600.0);
    town(&(0..4).map(side).chain((0..4).map(feeder)).collect::<Vec<_>>())
}

/// Full, the ring would stand still for ever.
#[test]
fn a_gridlock_creeps_and_is_told() {
    let town = ring();
    let busy = town.trips(&[(4, 3, 400.0), (5, 0, 400.0), (6, 1, 400.0), (7, 2, 400.0)]);
    let quiet = town.trips(&[]);
    let loaded =
        town.day(|hour| (if (6..8).contains(&hour) { busy.clone() } else { quiet.clone() }, Overlay::default()));
    check(&loaded);
    assert!((loaded.totals.entered_veh - 3200.0).abs() < 1e-6);
    assert!(loaded.totals.queue_max_veh > 500.0, "{:?}", loaded.totals);
    assert!(loaded.totals.forced_veh > 10.0, "{:?}", loaded.totals);
    assert!(loaded.totals.arrived_veh > 3199.0, "in the end all arrive: {:?}", loaded.totals);
}

/// Who leaves a plot gives way to those in the ring, so that it does not fill up.
#[test]
fn who_leaves_a_plot_gives_way() {
    let town = ring();
    let busy = town.trips(&[(0, 3, 500.0), (1, 0, 500.0), (2, 1, 500.0), (3, 2, 500.0)]);
    let quiet = town.trips(&[]);
    let loaded =
        town.day(|hour| (if (6..8).contains(&hour) { busy.clone() } else { quiet.clone() }, Overlay::default()));
    check(&loaded);
    assert!(loaded.totals.queue_max_veh > 1000.0 && loaded.totals.forced_veh == 0.0, "{:?}", loaded.totals);
    // Each of the four sides carries 600 veh/h, three per vehicle: 4000 vehicles need five hours.
    assert!(loaded.totals.arrived_veh > 3999.0, "{:?}", loaded.totals);
}

/// 700 veh/h can choose between a street of 500 veh/h and one that takes 90 s longer. A static function that does not grow sends
/// all into the queue; knowing of it, so many go around that the mean wait of the queue is 90 s: 50 of 500 too many.
#[test]
fn routes_know_of_queues() {
    let town = town(&[(0, 1, 800.0, 60.0, 500.0), (0, 1, 2000.0, 150.0, 1500.0)]);
    let trips = town.trips(&[(0, 1, 700.0)]);
    let options = TrafficOptions { relative_gap: 1e-9, ..TrafficOptions::default() };
    let solve = |overlay: &Overlay| equilibrium::solve(&town.streets, &trips, overlay, &options, None, &Silent);
    let blind = solve(&Overlay::default());
    assert_eq!(day::over_capacity(&town.streets, &blind), [arc(0)]);
    let mut seen = Overlay::default();
    day::see_queues(&[arc(0)], &mut seen);
    let solved = solve(&seen);
    // ½ (x − 1) · 3600 s = 90 s for x = 1.05, and a little of the randomness below capacity.
    assert!((solved.volume_veh_h[0][0] - 520.0).abs() < 6.0, "{}", solved.volume_veh_h[0][0]);
}

#[test]
fn cancelling_is_a_status() {
    struct Impatient;
    impl twin::Watch for Impatient {
        fn is_cancelled(&self) -> bool {
            true
        }
    }
    let town = town(&[(0, 1, 60.0, 5.0, 600.0)]);
    let trips = town.trips(&[(0, 1, 50.0)]);
    let regime = town.regime(&trips, &Overlay::default());
    let shares = Shares::new(&std::array::from_fn(|_| trips.clone()));
    let plan = Plan { regimes: &[&regime], of_slice: &[0; N_SLICES], shares: &shares };
    let loaded = day::load(&town.streets, &town.ground, &plan, Options::default(), &Impatient);
    assert!(matches!(loaded.status, twin::outcome::Status::Cancelled { .. }));
    assert_eq!(town.twin.roads.n_links(), 1);
}

const N_NODES: usize = 8;

prop_compose! {
    fn streets()(
        ring in prop::collection::vec((1.0..400.0f64, 0.5..60.0f64, 20.0..1500.0f64), N_NODES),
        more in prop::collection::vec((0..N_NODES, 0..N_NODES, 0.0..400.0f64, 0.0..60.0f64, 20.0..1500.0f64), 1..14),
    ) -> Vec<Street> {
        let mut streets: Vec<Street> = ring
            .into_iter()
            .enumerate()
            .map(|(n, (length, time, capacity))| (n, (n + 1) % N_NODES, length, time, capacity))
            .collect();
        streets.extend(more.into_iter().filter(|street| street.0 != street.1));
        streets
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn vehicles_are_conserved_and_have_room(
        streets in streets(),
        morning in prop::collection::vec((0..N_NODES as u32, 0..N_NODES as u32, 1.0..900.0f64), 1..10),
        evening in prop::collection::vec((0..N_NODES as u32, 0..N_NODES as u32, 1.0..400.0f64), 1..10),
        closed in N_NODES..N_NODES + 10,
        narrow in 0..N_NODES,
    ) {
        let town = town(&streets);
        let (morning, evening, quiet) = (town.trips(&morning), town.trips(&evening), town.trips(&[(0, 3, 1.0)]));
        let mut measures = capacity(narrow, 0.3 * streets[narrow].4);
        if closed < streets.len() {
            measures.changes.push(ArcChange::closed(arc(closed), Modes::CAR));
        }
        let loaded = town.day(|hour| {
            let trips = match hour { 6..10 => &morning, 15..18 => &evening, _ => &quiet };
            (trips.clone(), if (8..16).contains(&hour) { measures.clone() } else { Overlay::default() })
        });
        check(&loaded);
        let sums = |of: &[f32]| of.iter().map(|&veh| f64::from(veh)).sum::<f64>();
        let state = &loaded.state;
        let on_streets = sums(&state.inflow_veh) - sums(&state.outflow_veh);
        prop_assert!((on_streets - loaded.totals.on_streets_veh).abs() < 1e-2 * loaded.totals.entered_veh.max(1.0));
        if loaded.totals.forced_veh == 0.0 {
            // Nobody is on a street for whom it has no room: storage, or what passes it at capacity with the wave back.
            for (row, known) in state.arcs.iter().enumerate() {
                let street = streets[known.link.index()];
                let mut on_arc = 0.0;
                let run_s = street.3.max(5.0) + (street.2 / 4.3).max(5.0);
                let room = (street.2 / 6.0).max(street.4 / 3600.0 * run_s) + 1.0;
                for slice in 0..N_SLICES {
                    let at = slice * state.arcs.len() + row;
                    on_arc += f64::from(state.inflow_veh[at]) - f64::from(state.outflow_veh[at]);
                    prop_assert!(on_arc <= room + 1e-2 && on_arc > -1e-2, "{on_arc} in room for {room}: {street:?}");
                }
            }
        }
    }
}

#[test]
fn one_thread_and_eight_give_the_same_bits() {
    let streets: Vec<Street> = (0..N_NODES)
        .flat_map(|n| {
            [
                (n, (n + 1) % N_NODES, 150.0, 11.0, 300.0),
                ((n + 1) % N_NODES, n, 150.0, 11.0, 300.0),
                (n, (n + 3) % N_NODES, 400.0, 30.0, 200.0),
            ]
        })
        .collect();
    let town = town(&streets);
    let busy: Vec<(u32, u32, f64)> = (0..N_NODES as u32)
        .flat_map(|o| (0..N_NODES as u32).map(move |d| (o, d, f64::from(5 + 3 * o + 2 * d))))
        .collect();
    let (busy, quiet) = (town.trips(&busy), town.trips(&[(0, 4, 10.0)]));
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            town.day(|hour| (if (7..10).contains(&hour) { busy.clone() } else { quiet.clone() }, capacity(0, 30.0)))
        })
    };
    let one = with(1);
    check(&one);
    assert!(one.totals.queue_veh_h > 1.0, "{:?}", one.totals);
    assert!(with(8) == one, "8 threads differ from one");
}
