//! What links do in small networks where several solutions stand beside each other: each case is one cause for which statuses differed
//! from EPANET 2.3.5, or for which EPANET's own status hangs on the last digit.

#![allow(clippy::unwrap_used, reason = "a test may end there")]

mod support;

use twin::{Silent, scenario::WaterDemandModel};
use twin_pipes::water::{LinkState, Net, SolveOptions, State, Workspace, simulate};

/// A network by the names of its parts.
struct Town {
    model: support::inp::Model,
    net: Net,
}

impl Town {
    fn of(text: &str) -> Self {
        let (model, _) = support::inp::parse(text, "town").unwrap_or_else(|findings| panic!("{findings}"));
        let (net, findings) = Net::new(&model.network, &model.operation);
        assert!(findings.0.is_empty(), "{findings}");
        Self { model, net }
    }

    fn node(&self, name: &str) -> usize {
        let found = self.model.network.nodes().find(|(_, node)| node.key.as_str().ends_with(&format!("/{name}")));
        found.unwrap().0.index()
    }

    fn link(&self, name: &str) -> usize {
        let found = self.model.network.links().find(|(_, link)| link.key.as_str().ends_with(&format!("/{name}")));
        found.unwrap().0.index()
    }

    /// Heads, flows and states after each step; the first one is the steady state.
    fn run(&self, model: WaterDemandModel, duration_s: u64) -> Vec<(u64, State)> {
        let mut options = SolveOptions { demand_model: model, ..SolveOptions::of(&self.net) };
        (options.minimum_pressure_m, options.required_pressure_m, options.pressure_exponent) = (0.0, 20.0, 0.5);
        let mut state = State::initial(&self.net);
        let mut steps = Vec::new();
        simulate(&self.net, &options, duration_s, &mut state, &mut Workspace::new(&self.net), &Silent, |step| {
            assert!(step.solved.status.is_fine(), "{:?}", step.solved);
            steps.push((step.time_s, step.state.clone()));
        });
        steps
    }

    fn steady(&self, model: WaterDemandModel) -> State {
        self.run(model, 0).swap_remove(0).1
    }
}

fn near(value: f64, due: f64, tolerance: f64) {
    assert!((value - due).abs() <= tolerance, "{value}, not {due}");
}

/// R ─ A ─ pump of 5 hp ─ B ─ PRV at 20 psi ─ C ─ D, which draws: in the first step the valve lets nothing through, the pump loses its flow
/// to the last digit, and EPANET 2.3.5 leaves it off (PDA) with D dry. A pump of constant power lifts any height.
#[test]
fn a_pump_of_constant_power_does_not_stand_still_for_a_digit() {
    let town = Town::of(
        "[JUNCTIONS]\nA 0 5\nB 0 0\nC 0 0\nD 0 5\n[RESERVOIRS]\nR 10\n[PIPES]\np1 R A 100 200 130 0 Open\np2 D C 100 200 130 0 Open\n\
         [PUMPS]\nu A B POWER 5\n[VALVES]\nv B C 200 PRV 20 0\n[OPTIONS]\nUnits GPM\nHeadloss H-W\n",
    );
    let (u, v, c, d) = (town.link("u"), town.link("v"), town.node("C"), town.node("D"));
    for model in [WaterDemandModel::Dda, WaterDemandModel::Pda] {
        let state = town.steady(model);
        assert_eq!((state.link[u], state.link[v]), (LinkState::Open, LinkState::Active));
        // 20 psi are 20/0.4333 ft.
        let set_m = 20.0 / 0.4333 * 0.3048;
        near(state.head_m[c], set_m, 1e-6);
        let full = 5.0 * 6.309_02e-5;
        let due = if model == WaterDemandModel::Pda { full * (set_m / 20.0).sqrt() } else { full };
        near(state.drawn_m3_s[d], due, 1e-8);
        // Power: 5 hp of 745.7 W lift due × gain × 9.8 kN/m³.
        let gain_m = state.head_m[town.node("B")] - state.head_m[town.node("A")];
        near(gain_m * state.flow_m3_s[u] * 9.802, 5.0 * 0.7457, 0.01);
    }
}

/// R ─ A ─ PRV at 30 m ─ B ─ C, where nobody draws: shut, with the 30 m behind it, or open where it has less. EPANET 2.3.5 gives C 78.03 m: the
/// 79.93 m before the valve with the noise of a conductance of 1e-8.
#[test]
fn a_reducing_valve_before_a_dead_end_holds_its_pressure() {
    for (reservoir_m, due, head_m) in [(80.0, LinkState::Closed, 30.0), (25.0, LinkState::Open, 24.934_884)] {
        let town = Town::of(&format!(
            "[JUNCTIONS]\nA 0 10\nB 0 0\nC 0 0\n[RESERVOIRS]\nR {reservoir_m}\n[PIPES]\np1 R A 100 200 130 0 Open\n\
             p2 C B 100 200 130 0 Open\n[VALVES]\nv A B 200 PRV 30 0\n[OPTIONS]\nUnits LPS\nHeadloss H-W\n",
        ));
        let state = town.steady(WaterDemandModel::Dda);
        assert_eq!(state.link[town.link("v")], due);
        near(state.head_m[town.node("C")], head_m, 1e-5);
        near(state.flow_m3_s[town.link("v")], 0.0, 1e-9);
    }
}

/// R ─ FCV at 6.5 gpm ─ B ─ shut pipe ─ S, 17 gpm drawn at B: what is missing leaks through the valve and the pipe, 1e8 ft for a cubic foot
/// per second each, so that the head at B is known to the last digit; EPANET's loses some 1e-7 of it (0.165 ft in its own case 2fcvs).
#[test]
fn a_node_that_nothing_supplies_has_the_head_of_its_leaks() {
    let town = Town::of(
        "[JUNCTIONS]\nA 0 0\nB 0 17\nC 0 0\n[RESERVOIRS]\nR 100\nS 60\n[PIPES]\np R A 10 12 130 0 Open\nq C B 10 12 130 0 Closed\n\
         r S C 10 12 130 0 Open\n[VALVES]\nv A B 12 FCV 6.5 0\n[OPTIONS]\nUnits GPM\nHeadloss H-W\n",
    );
    let state = town.steady(WaterDemandModel::Dda);
    let leak_ft = (17.0 - 6.5) / 448.831 * 1e8;
    // (100 − h) + (60 − h), less the 2e-6 ft that the pipes lose, make up for it.
    let due_ft: f64 = (100.0 + 60.0 - leak_ft) / 2.0;
    near(state.head_m[town.node("B")] / 0.3048, due_ft, 1e-10 * due_ft.abs());
    assert_eq!((state.link[town.link("v")], state.link[town.link("q")]), (LinkState::Active, LinkState::Closed));
}

/// R ─ p ─ T, which fills in two hours: from then on nothing flows. In EPANET 2.3.5 it depends on the last digit of the level that it computes
/// from the volume of the full tank; where that is below the highest level, the whole flow runs on into the full tank for good.
#[test]
fn nothing_flows_into_a_full_tank() {
    for tenths in 0..40 {
        let bottom_ft = 100.0 + 0.37 * f64::from(tenths);
        let text = format!(
            "[JUNCTIONS]\nA 0 0\n[RESERVOIRS]\nR 200\n[TANKS]\nT {bottom_ft:.2} 1.7 0.3 {:.1} 31.7 0\n[PIPES]\np R A 1000 12 130 0 Open\n\
             q A T 10 12 130 0 Open\n[TIMES]\nDuration 6\n[OPTIONS]\nUnits GPM\nHeadloss H-W\n",
            12.0 + 0.1 * f64::from(tenths),
        );
        let town = Town::of(&text);
        let (tank, pipe) = (town.node("T"), town.link("q"));
        let steps = town.run(WaterDemandModel::Dda, 6 * 3600);
        let full_m = (bottom_ft + 12.0 + 0.1 * f64::from(tenths)) * 0.3048;
        let filled = steps.iter().position(|(_, state)| state.link[pipe] == LinkState::TemporarilyClosed).unwrap();
        assert!(filled > 0 && filled < steps.len() - 1, "{filled}");
        for (_, state) in &steps[filled..] {
            assert_eq!(state.link[pipe], LinkState::TemporarilyClosed);
            near(state.head_m[tank], full_m, 1e-9);
            near(state.drawn_m3_s[tank], 0.0, 1e-9);
        }
    }
}

/// A pump of 10 kW lifts 10 l/s by 102 m: so says EPANET 2.2 (102.017 m); EPANET 2.3.5 converts kilowatt twice and lifts 136.8 m, which is told.
#[test]
fn a_kilowatt_is_a_kilowatt() {
    let text = "[JUNCTIONS]\nA 0 10\n[RESERVOIRS]\nR 0\n[PUMPS]\nu R A POWER 10\n[OPTIONS]\nUnits LPS\nHeadloss H-W\n";
    let town = Town::of(text);
    let state = town.steady(WaterDemandModel::Dda);
    near(state.head_m[town.node("A")], 102.017, 1e-3);
    let told = |text: &str| {
        support::inp::parse(text, "town").unwrap().1.0.iter().any(|finding| finding.code == "epanet-power")
    };
    assert!(told(text) && !told(&text.replace("LPS", "GPM")));
}

/// R ─ A, and N ─ X ─ PRV ─ A: what the valve is to take stands before it, two pipes from nowhere, so that its equation leaves N without any.
/// As in EPANET, the valve cannot hold its pressure, stands open, and nothing flows.
#[test]
fn a_reducing_valve_behind_a_dead_end_is_no_hole_in_the_equations() {
    let town = Town::of(
        "[JUNCTIONS]\nA 0 10\nX 0 0\nN 0 0\n[RESERVOIRS]\nR 80\n[PIPES]\np R A 100 200 130 0 Open\nq X N 100 200 130 0 Open\n\
         [VALVES]\nv X A 200 PRV 30 0\n[OPTIONS]\nUnits LPS\nHeadloss H-W\n",
    );
    for model in [WaterDemandModel::Dda, WaterDemandModel::Pda] {
        let state = town.steady(model);
        assert_eq!(state.link[town.link("v")], LinkState::CannotHold);
        near(state.head_m[town.node("N")], 79.934_88, 1e-5);
        near(state.flow_m3_s[town.link("v")], 0.0, 1e-7);
    }
}

/// Hourly multipliers 1, 2, 3 that start at 2:30: demands change at 0:30, 1:30 and so on. EPANET 2.3.5 leaves the start out of the time to the
/// next period, solves at 0:00, 1:00, 2:00 only, and changes demands half an hour late, which is told.
#[test]
fn demands_change_with_patterns_that_start_inside_a_period() {
    let text = "[JUNCTIONS]\nA 0 10\n[RESERVOIRS]\nR 80\n[PIPES]\np R A 1000 200 130 0 Open\n[PATTERNS]\n1 1 2 3\n[TIMES]\nDuration 3\n\
                Pattern Start 2:30\n[OPTIONS]\nUnits LPS\nHeadloss H-W\n";
    let town = Town::of(text);
    let steps = town.run(WaterDemandModel::Dda, 3 * 3600);
    let seen: Vec<(u64, i32)> = steps
        .iter()
        .map(|(time_s, state)| (*time_s, (state.drawn_m3_s[town.node("A")] * 1e3).round() as i32))
        .collect();
    let due = [(0, 30), (1800, 10), (3600, 10), (5400, 20), (7200, 20), (9000, 30), (10_800, 30)];
    assert_eq!(seen, due);
    let told = |text: &str| {
        let (_, findings) = support::inp::parse(text, "town").unwrap();
        findings.0.iter().any(|finding| finding.code == "epanet-pattern-start")
    };
    assert!(told(text) && !told(&text.replace("2:30", "2:00")));
}
