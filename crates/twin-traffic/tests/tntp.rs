//! Golden tests against published optima and link flows of the TNTP instances (Transportation Networks for Research Core
//! Team). Optima: README files of the instances, and for Eastern Massachusetts and Berlin two other solvers that agree to 10 digits.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use std::fs;

use twin::{
    Assumptions, Silent, Watch,
    road::{Arc, Modes, VolumeDelay},
    scenario::TrafficOptions,
};
use twin_traffic::{
    equilibrium,
    street::{self, ArcChange, Overlay, Streets},
    trips::Trips,
};

struct Instance {
    net: &'static str,
    trips: &'static str,
    flows: Option<&'static str>,
    /// Beckmann's objective.
    optimum: f64,
    toll_weight: f64,
    distance_weight: f64,
    gap: f64,
}

const PLAIN: Instance =
    Instance { net: "", trips: "", flows: None, optimum: 0.0, toll_weight: 0.0, distance_weight: 0.0, gap: 1e-10 };

struct Timed(std::time::Instant);

impl Watch for Timed {
    fn figure(&self, name: &'static str, value: f64) {
        eprintln!("  {name} {value:.3e} after {:.3} s", self.0.elapsed().as_secs_f64());
    }
}

/// An instance ready to be solved.
struct Ready {
    streets: Streets,
    trips: Trips,
    options: TrafficOptions,
}

fn ready(instance: &Instance) -> Option<Ready> {
    let folder = support::data()?.join("tntp");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let twin = support::read(&text(instance.net), &text(instance.trips));
    let options = TrafficOptions {
        relative_gap: instance.gap,
        toll_weight: instance.toll_weight,
        distance_weight: instance.distance_weight,
        ..TrafficOptions::default()
    };
    let demand = twin.demand.as_ref().unwrap();
    let (streets, findings) = street::derive(&twin, &demand.zones, &Assumptions::default(), &options);
    assert!(findings.0.is_empty(), "{findings}");
    let trips = Trips::at_hour(demand, 16, 1.0).unwrap();
    Some(Ready { streets, trips, options })
}

fn check(instance: &Instance) {
    let Some(Ready { streets, trips, options }) = ready(instance) else { return };
    eprintln!("{}", instance.net);
    let watch = Timed(std::time::Instant::now());
    let solved = equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &watch);
    assert!(solved.status.is_fine(), "{:?}", solved.status);
    assert!(solved.relative_gap <= instance.gap);
    let off = (solved.beckmann - instance.optimum).abs() / instance.optimum;
    eprintln!("  Beckmann {:.8} against {:.8}: off by {off:.1e}", solved.beckmann, instance.optimum);
    assert!(off < 1e-9, "Beckmann {} against {}", solved.beckmann, instance.optimum);
    let Some(flows) = instance.flows else { return };
    let text = fs::read_to_string(support::data().unwrap().join("tntp").join(flows)).unwrap();
    let expected: Vec<f64> =
        text.lines().skip(1).filter_map(|line| line.split_whitespace().nth(2)?.parse().ok()).collect();
    let rows = streets.rows(&solved.volume_veh_h[0]);
    assert_eq!(expected.len() * 2, rows.len());
    let largest = expected.iter().copied().fold(0.0, f64::max);
    for (row, &expected) in expected.iter().enumerate() {
        let found = rows[2 * row];
        let arc = streets.position(Arc::from_index(2 * row)).unwrap();
        let VolumeDelay::Bpr { alpha, beta } = streets.delay[arc] else {
            unreachable!("TNTP files have BPR functions")
        };
        if alpha * beta * streets.delay_time_s[arc] == 0.0 {
            // Where cost does not depend on volume, the equilibrium fixes no volume: parallel connectors of equal cost.
            continue;
        }
        assert!((found - expected).abs() <= 1e-4 * largest, "row {}: {found} against {expected}", row + 1);
    }
}

#[test]
fn braess() {
    check(&Instance {
        net: "Braess-Example/Braess_net.tntp",
        trips: "Braess-Example/Braess_trips.tntp",
        // By hand: 2 on each of the three paths. Beckmann 10/2·(4² + 4²) + 2·50·2 + (2² + 2²)/2 + 10·2 + 2²/2 = 386.
        optimum: 386.0,
        ..PLAIN
    });
}

const SIOUX_FALLS: Instance = Instance {
    net: "SiouxFalls/SiouxFalls_net.tntp",
    trips: "SiouxFalls/SiouxFalls_trips.tntp",
    flows: Some("SiouxFalls/SiouxFalls_flow.tntp"),
    optimum: 4231335.28710744,
    ..PLAIN
};

const ANAHEIM: Instance = Instance {
    net: "Anaheim/Anaheim_net.tntp",
    trips: "Anaheim/Anaheim_trips.tntp",
    flows: Some("Anaheim/Anaheim_flow.tntp"),
    optimum: 1286032.17109603,
    ..PLAIN
};

#[test]
fn sioux_falls() {
    check(&SIOUX_FALLS);
}

#[test]
fn anaheim() {
    check(&ANAHEIM);
}

#[test]
fn threads_do_not_change_a_bit_of_anaheim() {
    let Some(Ready { streets, trips, options }) = ready(&ANAHEIM) else { return };
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &Silent))
    };
    assert!(with(1) == with(8));
}

#[test]
fn every_street_of_sioux_falls_closed_once_warm_equals_cold() {
    let Some(Ready { streets, trips, options }) = ready(&SIOUX_FALLS) else { return };
    let base = equilibrium::solve(&streets, &trips, &Overlay::default(), &options, None, &Silent);
    for arc in 0..streets.n_arcs() {
        let overlay = Overlay { changes: vec![ArcChange::closed(streets.arc(arc), Modes::CAR)] };
        let warm = equilibrium::solve(&streets, &trips, &overlay, &options, Some(&base), &Silent);
        let cold = equilibrium::solve(&streets, &trips, &overlay, &options, None, &Silent);
        assert!(warm.status.is_fine() && cold.status.is_fine());
        assert!((warm.beckmann - cold.beckmann).abs() < 1e-8 * cold.beckmann, "closing {arc}");
        assert!(cold.beckmann >= base.beckmann * (1.0 - 1e-9));
        assert_eq!(warm.volume_veh_h[0][arc], 0.0);
        let largest = cold.volume_veh_h[0].iter().copied().fold(0.0, f64::max);
        for (warm, cold) in warm.volume_veh_h[0].iter().zip(&cold.volume_veh_h[0]) {
            assert!((warm - cold).abs() <= 1e-3 * largest);
        }
    }
}

#[test]
fn barcelona() {
    check(&Instance {
        net: "Barcelona/Barcelona_net.tntp",
        trips: "Barcelona/Barcelona_trips.tntp",
        flows: Some("Barcelona/Barcelona_flow.tntp"),
        optimum: 1265654.92203176,
        ..PLAIN
    });
}

#[test]
fn chicago_sketch() {
    check(&Instance {
        net: "Chicago-Sketch/ChicagoSketch_net.tntp",
        trips: "Chicago-Sketch/ChicagoSketch_trips.tntp",
        flows: Some("Chicago-Sketch/ChicagoSketch_flow.tntp"),
        optimum: 17313018.7387477,
        toll_weight: 0.02,
        distance_weight: 0.04,
        ..PLAIN
    });
}

#[test]
fn eastern_massachusetts() {
    check(&Instance {
        net: "Eastern-Massachusetts/EMA_net.tntp",
        trips: "Eastern-Massachusetts/EMA_trips.tntp",
        flows: Some("reference_flows/ema_flow.tsv"),
        optimum: 26160.34592291,
        ..PLAIN
    });
}

#[test]
fn berlin_friedrichshain() {
    check(&Instance {
        net: "Berlin-Friedrichshain/friedrichshain-center_net.tntp",
        trips: "Berlin-Friedrichshain/friedrichshain-center_trips.tntp",
        flows: Some("reference_flows/friedrichshain_flow.tsv"),
        optimum: 618038.88072801,
        ..PLAIN
    });
}

#[test]
fn berlin_tiergarten() {
    check(&Instance {
        net: "Berlin-Tiergarten/berlin-tiergarten_net.tntp",
        trips: "Berlin-Tiergarten/berlin-tiergarten_trips.tntp",
        flows: Some("reference_flows/tiergarten_flow.tsv"),
        optimum: 683234.56926727,
        ..PLAIN
    });
}

#[test]
fn berlin_mitte_prenzlauer_berg_friedrichshain() {
    check(&Instance {
        net: "Berlin-Mitte-Prenzlauerberg-Friedrichshain-Center/berlin-mitte-prenzlauerberg-friedrichshain-center_net.tntp",
        trips: "Berlin-Mitte-Prenzlauerberg-Friedrichshain-Center/berlin-mitte-prenzlauerberg-friedrichshain-center_trips.tntp",
        flows: Some("reference_flows/mpf_flow.tsv"),
        optimum: 2308257.18058457,
        ..PLAIN
    });
}
