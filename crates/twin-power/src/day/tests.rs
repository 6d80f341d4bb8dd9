//! Shapes of the day, who has what, and what feeders host.

use twin::{
    Id, Key, Silent, Table, Twin,
    utility::{PowerUnit, PowerUnitKind},
};

use super::*;
use crate::restore::fixture::network;

#[test]
fn shapes_of_the_day() {
    let sun = shape(Technology::Photovoltaic, Season::Summer, 50.0);
    let best = (0..QUARTERS).max_by(|&a, &b| sun[a].total_cmp(&sun[b])).unwrap();
    assert!((46..=49).contains(&best) && sun[0] == 0.0 && sun[best] > 0.8, "{best} {}", sun[best]);
    let winter = shape(Technology::Photovoltaic, Season::Winter, 50.0);
    assert!(winter.iter().sum::<f64>() < 0.3 * sun.iter().sum::<f64>());
    let evening = shape(Technology::Wallbox, Season::Winter, 50.0);
    assert_eq!((0..QUARTERS).max_by(|&a, &b| evening[a].total_cmp(&evening[b])).unwrap(), 76);
    for shape in [drawn(Season::Winter, false), drawn(Season::Winter, true)] {
        assert!((shape.iter().copied().fold(0.0, f64::max) - 1.0).abs() < 1e-12);
    }
}

#[test]
fn flexible_energy_is_kept_and_lowers_the_peak() {
    let mut demand = vec![vec![Complex::new(0.0, 0.0), Complex::new(1.0, 0.0)]; QUARTERS];
    demand[70][1].re = 5.0;
    fill_valleys(&mut demand, &[9.5, 0.0]);
    let total: f64 = demand.iter().flatten().map(|s| s.re).sum();
    assert!((total - (95.0 + 5.0 + 9.5)).abs() < 1e-9);
    assert!((demand[70][0].re).abs() < 1e-12 && (demand[3][0].re - 0.1).abs() < 1e-9);
}

#[test]
fn more_share_keeps_who_had_it() {
    let has = |share: f64| (0..500).filter(|&c| chance(7, c, Technology::HeatPump) < share).collect::<Vec<_>>();
    let (few, many) = (has(0.1), has(0.3));
    assert!(few.iter().all(|customer| many.contains(customer)));
    assert!((30..70).contains(&few.len()) && (110..190).contains(&many.len()), "{} {}", few.len(), many.len());
}

/// Bus 0 is fed with 1.02 p.u.; a line goes to 1 with forty customers and one to 2 with sixty, each of which draws as much.
fn two_feeders(ratings_ka: [f64; 2], drawn_mw: f64) -> (Twin, Areas) {
    let mut twin = network(1, &[0.0, 0.0, 0.0], &[(0, 1, ratings_ka[0], false), (0, 2, ratings_ka[1], false)]);
    for (bus, n) in [(1, 40), (2, 60)] {
        for number in 0..n {
            twin.power_units.push(PowerUnit {
                key: Key::new(format!("power_load/{bus}-{number}")),
                name: None,
                position: twin.power[Id::new(bus)].position,
                bus: Id::new(bus),
                kind: PowerUnitKind::Load {
                    p_mw: drawn_mw,
                    q_mvar: 0.0,
                    scaling: 1.0,
                    const_z_p_percent: 0.0,
                    const_i_p_percent: 0.0,
                    const_z_q_percent: 0.0,
                    const_i_q_percent: 0.0,
                },
                profile: None,
                in_service: true,
                building: None,
            });
        }
    }
    // The busbar is an area of its own.
    let areas = Areas { of_bus: vec![2, 0, 1], of_branch: vec![0, 1], on_way: vec![vec![0, 2], vec![1, 2], vec![2]] };
    (twin, areas)
}

/// The greatest share up to which a line of 1 + j0.8 Ω and 1 µF from 20.4 kV keeps its rating in every quarter of an hour: the quadratic of one
/// load on one line, half of the charging at each end.
fn by_hand(customers: std::ops::Range<usize>, drawn_mw: f64, options: &DayOptions, max_ka: f64) -> f64 {
    let heat = shape(Technology::HeatPump, options.season, options.latitude_deg);
    let draws = drawn(options.season, false);
    let (r, x, source_kv, half_s) = (1.0, 0.8, 20.4_f64, 100.0 * std::f64::consts::PI * 0.5e-6);
    let fits = |share: f64| {
        let has = |customer: &usize| chance(options.seed, *customer, Technology::HeatPump) < share;
        let pumps_mw = customers.clone().filter(has).count() as f64 * 1e-3 * options.heat_pump_kw;
        (0..QUARTERS).all(|quarter| {
            let p_mw = customers.len() as f64 * drawn_mw * draws[quarter] + pumps_mw * heat[quarter];
            let mut squared_kv = source_kv * source_kv;
            for _ in 0..60 {
                let q_mvar = -half_s * squared_kv;
                let b = 2.0 * (r * p_mw + x * q_mvar) - source_kv * source_kv;
                let c = (r * r + x * x) * (p_mw * p_mw + q_mvar * q_mvar);
                squared_kv = (-b + (b * b - 4.0 * c).sqrt()) / 2.0;
            }
            // Into the line at its beginning: what is drawn and lost, less what its own half makes.
            let q_mvar = -half_s * squared_kv;
            let lost = (p_mw * p_mw + q_mvar * q_mvar) / squared_kv;
            let (p_in, q_in) = (p_mw + r * lost, q_mvar + x * lost - half_s * source_kv * source_kv);
            let begin_ka = p_in.hypot(q_in) / (3f64.sqrt() * source_kv);
            let end_ka = p_mw / (3.0 * squared_kv).sqrt();
            begin_ka.max(end_ka) <= max_ka
        })
    };
    let steps = (0..=STEPS).take_while(|&step| fits(f64::from(step) / f64::from(STEPS))).last();
    f64::from(steps.expect("without heat pumps it fits")) / f64::from(STEPS)
}

#[test]
fn each_feeder_hosts_what_its_own_line_carries() {
    let ratings_ka = [0.1, 0.16];
    let (twin, areas) = two_feeders(ratings_ka, 0.02);
    let (model, _) = Model::of(&twin);
    let options = DayOptions { heat_pump_kw: 100.0, seed: 5, ..DayOptions::default() };
    let day = Day::new(&model, &model.state(), |_| false, &options.solve);
    let of = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| day.hosting(Technology::HeatPump, &options, &areas, 6, &Silent))
    };
    let drawn = of(1);
    assert_eq!(drawn, of(2), "any number of threads finds the same");
    assert_eq!(drawn.len(), 6);
    let mut all = Vec::new();
    for (seed, feeders) in (5u64..).zip(&drawn) {
        let options = DayOptions { seed, ..options.clone() };
        let wanted = [by_hand(0..40, 0.02, &options, ratings_ka[0]), by_hand(40..100, 0.02, &options, ratings_ka[1])];
        assert_eq!([feeders[0].share, feeders[1].share], wanted, "seed {seed}");
        assert!(wanted.iter().all(|&share| share > 0.0 && share < 1.0), "{wanted:?}");
        assert_eq!((&feeders[0].overloaded, &feeders[1].overloaded), (&vec![0], &vec![1]));
        assert!(feeders[0].out_of_band.is_empty() && feeders[0].residual_pu <= 1e-7, "{feeders:?}");
        // The busbar itself has no limit that breaks.
        assert_eq!((feeders[2].share, feeders[2].overloaded.len()), (1.0, 0));
        all.extend(wanted);
    }
    all.sort_by(f64::total_cmp);
    all.dedup();
    assert!(all.len() > 2, "draws and feeders differ: {all:?}");
}

#[test]
fn a_feeder_that_would_collapse_does_not_end_its_neighbor() {
    // Forty heat pumps of 3 MW are more than the some 80 MW that one such line carries; one beside them is not.
    let (mut twin, areas) = two_feeders([10.0, 10.0], 0.02);
    let rows = twin.power_units.rows().iter().take(41).cloned();
    twin.power_units = rows.fold(Table::new(), |mut table, unit| {
        table.push(unit);
        table
    });
    let (model, _) = Model::of(&twin);
    let options = DayOptions { heat_pump_kw: 3000.0, ..DayOptions::default() };
    let day = Day::new(&model, &model.state(), |_| false, &options.solve);
    let everybody = day.run(&DayOptions { heat_pumps: 1.0, ..options.clone() });
    assert!(everybody.iter().any(|quarter| !quarter.converged));
    for feeders in day.hosting(Technology::HeatPump, &options, &areas, 3, &Silent) {
        assert!(feeders[0].share < 0.5 && feeders[0].out_of_band == [1], "{feeders:?}");
        assert_eq!((feeders[1].share, feeders[1].out_of_band.len()), (1.0, 0), "{feeders:?}");
    }
}
