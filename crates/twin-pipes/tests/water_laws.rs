//! Cases solved by hand, conservation, and networks that make no sense.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use proptest::prelude::*;
use support::inp;
use twin::{Silent, scenario::WaterDemandModel};
use twin_pipes::water::{
    Net, SolveOptions, Solved, State, Workspace,
    fire::{FireOptions, fire_flows},
    n1::{self, N1Options},
    simulate,
};

fn net(text: &str) -> Net {
    let (model, _) = inp::parse(text, "test").unwrap_or_else(|findings| panic!("{findings}\n{text}"));
    Net::new(&model.network, &model.operation).0
}

fn solved(net: &Net, model: WaterDemandModel) -> (State, Solved) {
    let options = SolveOptions { demand_model: model, ..SolveOptions::of(net) };
    let mut state = State::initial(net);
    let mut last = None;
    simulate(net, &options, 0, &mut state, &mut Workspace::new(net), &Silent, |step| last = Some(step.solved));
    (state, last.unwrap())
}

/// A reservoir at 50 m, 1000 m of DN 200 with C 100, 20 l/s drawn at its end. Hazen–Williams in SI units loses
/// 10.667 · 1000 · 0.02^1.852 / (100^1.852 · 0.2^4.871) = 3.82 m.
#[test]
fn one_pipe_by_hand() {
    let net = net("[JUNCTIONS]\nA 0 20\n[RESERVOIRS]\nR 50\n[PIPES]\nP R A 1000 200 100\n[OPTIONS]\nUNITS LPS\n");
    let (state, solved) = solved(&net, WaterDemandModel::Dda);
    assert!(solved.status.is_fine());
    let loss = 10.667 * 1000.0 * 0.02_f64.powf(1.852) / (100.0_f64.powf(1.852) * 0.2_f64.powf(4.871));
    assert!((50.0 - state.head_m[0] - loss).abs() < 2e-3, "{} {loss}", state.head_m[0]);
    assert!((state.flow_m3_s[0] - 0.02).abs() < 1e-6);
}

/// Half of the required pressure gives √½ of the demand.
#[test]
fn pressure_gives_its_share_of_the_demand() {
    let net = net(
        "[JUNCTIONS]\nA 0 10\n[RESERVOIRS]\nR 10\n[PIPES]\nP R A 1 2000 140\n[OPTIONS]\nUNITS LPS\nDEMAND MODEL PDA\nREQUIRED PRESSURE 20\n",
    );
    let (state, solved) = solved(&net, WaterDemandModel::Pda);
    assert!(solved.status.is_fine());
    assert!((state.drawn_m3_s[0] / state.full_m3_s[0] - 0.5_f64.sqrt()).abs() < 1e-5);
}

#[test]
fn a_reducing_valve_holds_its_pressure_and_a_shut_pipe_cuts_off() {
    let text = "[JUNCTIONS]\nA 0 0\nB 0 5\nC 0 1\n[RESERVOIRS]\nR 80\n[PIPES]\nP R A 100 200 130\nQ B C 50 100 130\n\
                [VALVES]\nV A B 200 PRV 30 0\n[OPTIONS]\nUNITS LPS\n";
    let net = net(text);
    let (state, solved) = solved(&net, WaterDemandModel::Dda);
    assert!(solved.status.is_fine());
    assert!((state.head_m[1] - 30.0).abs() < 1e-6, "{}", state.head_m[1]);
    let options = N1Options::of(&net);
    let base = n1::base(&net, &options);
    let cases = n1::every_pipe(&net, &base, &options, &Silent);
    let [(_, Some(first)), (_, Some(second))] = cases[..] else { panic!("{cases:?}") };
    assert_eq!((first.n_junctions_cut_off, second.n_junctions_cut_off), (3, 1));
    assert!((first.not_served_m3_s - 0.006).abs() < 1e-6 && (second.not_served_m3_s - 0.001).abs() < 1e-6);
}

#[test]
fn a_hydrant_gives_what_its_pressure_allows() {
    let net = net("[JUNCTIONS]\nA 0 0\n[RESERVOIRS]\nR 40\n[PIPES]\nP R A 1000 100 120\n[OPTIONS]\nUNITS LPS\n");
    let (state, _) = solved(&net, WaterDemandModel::Dda);
    let fire = FireOptions::default();
    let found = fire_flows(&net, &state, &SolveOptions::of(&net), &fire, &[0], &Silent)[0].unwrap();
    let k = 10.667 * 1000.0 / (120.0_f64.powf(1.852) * 0.1_f64.powf(4.871));
    let by_hand = ((40.0 - fire.residual_m) / k).powf(1.0 / 1.852);
    assert!((found.available_m3_s / by_hand - 1.0).abs() < 1e-3, "{found:?} {by_hand}");
    assert!((found.pressure_m - fire.residual_m).abs() < 1e-2);
}

/// A tank of 10 m² that gives 10 l/s falls by 3.6 m in an hour, and is empty after 83 minutes 20 seconds.
#[test]
fn a_tank_runs_dry_when_its_water_is_drawn() {
    let net = net(
        "[JUNCTIONS]\nA 0 10\n[TANKS]\nT 50 5 0 6 3.5682482\n[PIPES]\nP T A 100 300 130\n[OPTIONS]\nUNITS LPS\n[TIMES]\nDURATION 3\n",
    );
    let mut seen = Vec::new();
    let options = SolveOptions::of(&net);
    let mut state = State::initial(&net);
    simulate(&net, &options, 3 * 3600, &mut state, &mut Workspace::new(&net), &Silent, |step| {
        seen.push((step.time_s, step.state.head_m[1]));
    });
    let at = |time_s: u64| seen.iter().find(|(time, _)| *time == time_s).map(|(_, head)| *head);
    assert!((at(3600).unwrap() - 51.4).abs() < 1e-3, "{seen:?}");
    assert!(at(5000).is_some_and(|head| (head - 50.0).abs() < 1e-3), "{seen:?}");
}

#[test]
fn what_makes_no_sense_is_told_and_ends() {
    for (text, ok) in [
        ("", false),
        ("[JUNCTIONS]\nA 0 1\n", false),
        ("[JUNCTIONS]\nA 0 1\nA 0 2\n[RESERVOIRS]\nR 10\n[PIPES]\nP A R 1 1 1\n", false),
        ("[JUNCTIONS]\nA 0 1\n[RESERVOIRS]\nR 10\n[PUMPS]\nU R A HEAD none\n", false),
        ("[JUNCTIONS]\nA 0 1\nB 0 5\n[RESERVOIRS]\nR 10\n[PIPES]\nP A R 1e6 300 100\n", true),
        ("[JUNCTIONS]\nA 0 0\n[RESERVOIRS]\nR 10\n[PIPES]\nP A R 100 300 100 0 CLOSED\n", true),
        ("[JUNCTIONS]\nA 90 1\n[RESERVOIRS]\nR 10\n[PUMPS]\nU R A POWER 10\n[STATUS]\nU CLOSED\n", true),
    ] {
        match inp::parse(text, "test") {
            Ok((model, _)) => {
                assert!(ok, "{text}");
                let (net, _) = Net::new(&model.network, &model.operation);
                for model in [WaterDemandModel::Dda, WaterDemandModel::Pda] {
                    let (state, _) = solved(&net, model);
                    assert!(state.head_m.iter().chain(&state.flow_m3_s).all(|value| value.is_finite()), "{text}");
                }
            }
            Err(findings) => assert!(!ok && findings.has_errors(), "{text}: {findings}"),
        }
    }
}

/// A grid of pipes with demands, a reservoir at a corner, a tank at another.
fn grid() -> impl Strategy<Value = String> {
    (2_usize..6, 2_usize..6).prop_flat_map(|(columns, rows)| {
        let n = columns * rows;
        let pipes = prop::collection::vec(
            (10.0..2000.0_f64, 40.0..600.0_f64, 60.0..150.0_f64, prop::bool::weighted(0.9)),
            2 * n,
        );
        let nodes = prop::collection::vec((0.0..60.0_f64, 0.0..8.0_f64), n);
        (Just((columns, rows)), pipes, nodes, prop::sample::select(vec!["H-W", "D-W"])).prop_map(
            |((columns, rows), pipes, nodes, formula)| {
                let mut text = format!("[OPTIONS]\nUNITS LPS\nHEADLOSS {formula}\n[JUNCTIONS]\n");
                for (index, (elevation, demand)) in nodes.iter().enumerate() {
                    text += &format!("J{index} {elevation} {demand}\n");
                }
                text += &format!(
                    "[RESERVOIRS]\nR 90\n[TANKS]\nT 80 3 0 6 10\n[PIPES]\nPR R J0 50 500 120\nPT T J{} 50 400 120\n",
                    nodes.len() - 1
                );
                let mut pipes = pipes.iter().enumerate();
                for row in 0..rows {
                    for column in 0..columns {
                        let at = row * columns + column;
                        for other in [(column + 1 < columns).then(|| at + 1), (row + 1 < rows).then(|| at + columns)] {
                            let (Some(other), Some((index, (length, diameter, roughness, open)))) =
                                (other, pipes.next())
                            else {
                                continue;
                            };
                            let roughness = if formula == "D-W" { roughness / 100.0 } else { *roughness };
                            let state = if *open { "OPEN" } else { "CLOSED" };
                            text += &format!("P{index} J{at} J{other} {length} {diameter} {roughness} 0 {state}\n");
                        }
                    }
                }
                text
            },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn what_flows_in_flows_out(text in grid(), pda in any::<bool>()) {
        let net = net(&text);
        let (state, solved) = solved(&net, if pda { WaterDemandModel::Pda } else { WaterDemandModel::Dda });
        prop_assert!(solved.status.is_fine(), "{:?}", solved);
        let mut balance: Vec<f64> = state.drawn_m3_s.iter().map(|drawn| -drawn).collect();
        for link in 0..net.n_links() {
            let (from, to) = net.ends(link);
            balance[from] -= state.flow_m3_s[link];
            balance[to] += state.flow_m3_s[link];
        }
        let inflow: f64 = state.drawn_m3_s.iter().map(|drawn| drawn.abs()).sum::<f64>().max(1e-3);
        for node in (0..net.n_nodes()).filter(|&node| !net.is_source(node)) {
            prop_assert!(balance[node].abs() <= 1e-6 * inflow, "node {node}: {} of {inflow}", balance[node]);
        }
    }

    #[test]
    fn threads_change_no_bit(text in grid()) {
        let net = net(&text);
        let options = N1Options::of(&net);
        let base = n1::base(&net, &options);
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| n1::every_pipe(&net, &base, &options, &Silent))
        };
        prop_assert_eq!(run(1), run(3));
    }

    #[test]
    fn mutated_files_give_findings_or_a_result(
        text in grid(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), "[A-Z0-9.\\-\\[\\] ]{0,6}"), 0..6),
    ) {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (line, word, new) in edits {
            let line = line.index(lines.len());
            let mut words: Vec<String> = lines[line].split(' ').map(str::to_owned).collect();
            let at = word.index(words.len());
            words[at] = new;
            lines[line] = words.join(" ");
        }
        if let Ok((model, _)) = inp::parse(&lines.join("\n"), "test") {
            let (net, _) = Net::new(&model.network, &model.operation);
            let (state, _) = solved(&net, WaterDemandModel::Dda);
            prop_assert_eq!(state.head_m.len(), net.n_nodes());
        }
    }

    #[test]
    fn what_is_written_reads_back_to_the_same_network(text in grid()) {
        let (model, _) = inp::parse(&text, "test").unwrap();
        let (again, _) = inp::parse(&inp::write(&model), "test").unwrap();
        let (one, two) = (Net::new(&model.network, &model.operation).0, Net::new(&again.network, &again.operation).0);
        let (a, b) = (solved(&one, WaterDemandModel::Dda).0, solved(&two, WaterDemandModel::Dda).0);
        for (x, y) in a.head_m.iter().zip(&b.head_m) {
            prop_assert!((x - y).abs() < 1e-6);
        }
    }
}
