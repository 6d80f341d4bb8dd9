//! Links that go out of service for a while, against EPANET 2.3.5 with the same links in controls by time.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use support::inp;
use twin::Silent;
use twin_pipes::water::{LinkOutage, Net, SolveOptions, State, Workspace, simulate_outages};

/// Net3 (US EPA) with `LINK 125 CLOSED AT TIME 6`, `OPEN AT TIME 12.5`, and the same for link 20, accuracy 1e-6: heads in metres
/// of these nodes at these times, by the toolkit of EPANET 2.3.5.
const NODES: [&str; 7] = ["1", "2", "3", "117", "105", "35", "199"];
const HEADS_M: [(u64, [f64; 7]); 6] = [
    (21_600, [46.4723, 43.0722, 49.7197, 36.4337, 39.3971, 34.3160, 33.3582]),
    (25_200, [44.7772, 41.2797, 49.7197, 33.6940, 36.6158, 31.7054, 30.6974]),
    (43_200, [40.2335, 37.4904, 49.7197, -192.4426, -171.7036, -209.1573, -210.8004]),
    (45_000, [40.2335, 37.4904, 49.7197, 49.3859, 50.8910, 44.5655, 42.7328]),
    (46_800, [40.7247, 37.8359, 49.8073, 49.6846, 51.2638, 44.9974, 43.1791]),
    (72_000, [46.0432, 43.0484, 49.8433, 47.0347, 46.3963, 45.9117, 44.3673]),
];

#[test]
fn an_outage_of_some_hours_is_that_of_epanet() {
    let Some(data) = support::data() else { return };
    let text = std::fs::read_to_string(data.join("Net3/Net3.inp")).unwrap();
    let (model, _) = inp::parse(&text, "Net3").unwrap();
    let (net, _) = Net::new(&model.network, &model.operation);
    let node = |name: &str| {
        let named = |key: &str| key.split_once('/').is_some_and(|(_, id)| id == name);
        model.network.nodes().find(|(_, node)| named(node.key.as_str())).unwrap().0.index()
    };
    let outage = |name: &str| {
        let named = |key: &str| key.split_once('/').is_some_and(|(_, id)| id == name);
        let link = model.network.links().find(|(_, link)| named(link.key.as_str())).unwrap().0.index() as u32;
        LinkOutage { link, begin_s: 6 * 3600, end_s: Some(45_000) }
    };
    let outages = [outage("125"), outage("20")];
    let options = SolveOptions { accuracy: 1e-6, ..SolveOptions::of(&net) };
    let mut state = State::initial(&net);
    let mut compared = 0;
    simulate_outages(
        &net,
        &options,
        (20 * 3600, &outages, &[]),
        &mut state,
        &mut Workspace::new(&net),
        &Silent,
        |step| {
            let out = outages.iter().all(|outage| step.state.out_of_service[outage.link as usize]);
            assert_eq!(out, (21_600..45_000).contains(&step.time_s), "{} s", step.time_s);
            let Some((_, heads_m)) = HEADS_M.iter().find(|(time_s, _)| *time_s == step.time_s) else { return };
            for (name, head_m) in NODES.iter().zip(heads_m) {
                let error_m = (step.state.head_m[node(name)] - head_m).abs();
                // At −200 m a flow of 1e-6 of the whole moves the head by millimetres.
                let tolerance_m = if *head_m < 0.0 { 1e-2 } else { 1e-3 };
                assert!(
                    error_m < tolerance_m,
                    "{name} at {} s: {} {head_m}",
                    step.time_s,
                    step.state.head_m[node(name)]
                );
                compared += 1;
            }
        },
    );
    assert_eq!(compared, 42);
}

/// Two outages of one link that overlap are one; what was shut before stays shut after.
#[test]
fn outages_that_overlap_are_one_and_a_shut_pipe_stays_shut() {
    let text = "[JUNCTIONS]\nA 0 5\nB 0 1\n[RESERVOIRS]\nR 50\n[PIPES]\nP R A 100 200 130\nQ R A 100 200 130 0 CLOSED\nS A B 100 200 130\n\
                [OPTIONS]\nUNITS LPS\n[TIMES]\nDURATION 6\n";
    let (model, _) = inp::parse(text, "test").unwrap();
    let (net, _) = Net::new(&model.network, &model.operation);
    let outages = [
        LinkOutage { link: 0, begin_s: 1800, end_s: Some(7200) },
        LinkOutage { link: 0, begin_s: 5400, end_s: Some(9000) },
        LinkOutage { link: 1, begin_s: 3600, end_s: Some(5400) },
    ];
    let mut state = State::initial(&net);
    let mut seen = Vec::new();
    let options = SolveOptions::of(&net);
    simulate_outages(
        &net,
        &options,
        (6 * 3600, &outages, &[7000]),
        &mut state,
        &mut Workspace::new(&net),
        &Silent,
        |step| {
            seen.push((step.time_s, step.state.isolated[1], step.state.drawn_m3_s[1] > 0.0));
            assert!(!step.state.link[1].is_open());
        },
    );
    for (time_s, isolated, served) in &seen {
        assert_eq!(
            (*isolated, *served),
            if (1800..9000).contains(time_s) { (true, false) } else { (false, true) },
            "{seen:?}"
        );
    }
    // A stop changes nothing but ends a step.
    for time_s in [1800, 7000, 9000] {
        assert!(seen.iter().any(|(at, ..)| *at == time_s), "{seen:?}");
    }
}
