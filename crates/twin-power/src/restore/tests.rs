//! Restoration beside an exhaustive search by the solvers of the whole network, on drawn networks small enough for it.

use proptest::prelude::*;
use twin::{Twin, utility::PowerBranchKind};

use super::{
    fixture::{Drawn, network},
    *,
};
use crate::n1::{self, Each};

/// A state by its steps, solved as a whole.
fn after(model: &Model, failed: &Asset, before: &Before, steps: &[(Switch, bool)]) -> (Vec<bool>, Option<Extremes>) {
    let mut state = state_without(&model.state(), failed);
    steps.iter().for_each(|&(switch, closed)| switch.set(&mut state, closed));
    (model.dark(&state), whole(model, &state, before, &Options::default()))
}

fn before(model: &Model) -> Before {
    let grid = model.energize(&model.state(), &mut Findings::default());
    let solver = Solver::new(grid.net.clone(), Options::default());
    Before::of(model, &grid, solver.base())
}

fn dark_load(model: &Model, dark: &[bool]) -> (i64, u32) {
    let loads = model.loads.iter().filter(|load| dark[load.bus as usize]);
    loads.fold((0, 0), |sum, load| (sum.0 + (load.power.re.max(0.0) * model.base_mva * 1e6).round() as i64, sum.1 + 1))
}

/// The best of all sequences of up to two openings and three closings: load and customers that stay dark, switchings. Nothing where none
/// keeps the limits.
fn exhaustive(model: &Model, failed: &Asset) -> Option<(i64, u32, usize)> {
    let known = before(model);
    let start = state_without(&model.state(), failed);
    let dark = model.dark(&start);
    let is_line_dark = |branch: u32, both: bool| {
        let record = &model.branches[branch as usize];
        let ends = [dark[record.from as usize], dark[record.to as usize]];
        if both { ends == [true; 2] } else { ends[0] != ends[1] }
    };
    let switches = |closed: bool, both: bool| -> Vec<Switch> {
        (0..model.end_switches.len() as u32)
            .filter(|&switch| {
                let branch = model.end_switches[switch as usize].branch;
                start.end_switch[switch as usize] == closed
                    && !failed.branches.contains(&branch)
                    && is_line_dark(branch, both)
            })
            .map(Switch::End)
            .collect()
    };
    let ties = switches(false, false);
    // Lines to open, by the switch at their beginning.
    let mut openings = switches(true, true);
    openings.retain(|switch| matches!(switch, Switch::End(number) if number % 2 == 0));
    let subsets = |of: &[Switch], most: usize| -> Vec<Vec<Switch>> {
        (0u32..1 << of.len())
            .filter(|set| set.count_ones() as usize <= most)
            .map(|set| of.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, &switch)| switch).collect())
            .collect()
    };
    let mut best: Option<(i64, u32, usize)> = None;
    for opened in subsets(&openings, 2) {
        for closed in subsets(&ties, 3) {
            let all: Vec<(Switch, bool)> =
                opened.iter().map(|&switch| (switch, false)).chain(closed.iter().map(|&tie| (tie, true))).collect();
            let stays_dark = after(model, failed, &known, &all).0;
            let mut steps: Vec<(Switch, bool)> = opened
                .iter()
                .map(|&switch| {
                    let record = &model.branches[switch.branch(model) as usize];
                    let only_end = stays_dark[record.from as usize] && !stays_dark[record.to as usize];
                    match switch {
                        Switch::End(number) if only_end => (Switch::End(number + 1), false),
                        _ => (switch, false),
                    }
                })
                .collect();
            // Each closing brings something back: the network stays a tree.
            let mut last = after(model, failed, &known, &steps).0;
            let mut grows = !closed.is_empty();
            for &tie in &closed {
                steps.push((tie, true));
                let (now, extremes) = after(model, failed, &known, &steps);
                grows &= now != last && is_tree(model, failed, &steps);
                // At whichever ends lines are opened: the search leaves out what only a charged end keeps within its band.
                grows &=
                    extremes.is_some_and(|extremes| extremes.fine) && fine_at_other_ends(model, failed, &known, &steps);
                last = now;
            }
            if !grows {
                continue;
            }
            let (dark_w, customers) = dark_load(model, &last);
            let worth = (dark_w, customers, steps.len());
            if best.is_none_or(|known| worth < known) {
                best = Some(worth);
            }
        }
    }
    best.filter(|best| (best.0, best.1) < dark_load(model, &dark))
}

/// Whether limits are kept, too, where lines are opened at their other ends.
fn fine_at_other_ends(model: &Model, failed: &Asset, known: &Before, steps: &[(Switch, bool)]) -> bool {
    let turned: Vec<(Switch, bool)> = steps
        .iter()
        .map(|&step| match step {
            (Switch::End(number), false) => (Switch::End(number ^ 1), false),
            step => step,
        })
        .collect();
    after(model, failed, known, &turned).1.is_some_and(|extremes| extremes.fine)
}

/// Whether live buses hang on their feeds without loops and feeds are apart.
fn is_tree(model: &Model, failed: &Asset, steps: &[(Switch, bool)]) -> bool {
    let mut state = state_without(&model.state(), failed);
    steps.iter().for_each(|&(switch, closed)| switch.set(&mut state, closed));
    let dark = model.dark(&state);
    let both = |branch: &u32| Contact::of(model, &state, *branch) == Contact::Both;
    let n_branches = (0..model.n_branches() as u32)
        .filter(both)
        .filter(|&branch| !dark[model.branches[branch as usize].from as usize])
        .count();
    dark.iter().filter(|dark| !**dark).count() == n_branches + model.slacks.len()
}

fn check(twin: &Twin) -> Result<(), TestCaseError> {
    let (model, _) = Model::of(twin);
    let known = before(&model);
    let assets = n1::assets(twin, Each::Line);
    let failures = n1::n1(&model, &assets, &n1::Options::default(), &twin::Silent).expect("nobody stops it");
    for (asset, failure) in assets.iter().zip(failures) {
        let Some(found) = failure.restoration else { continue };
        let steps: Vec<(Switch, bool)> = found
            .steps
            .iter()
            .map(|step| {
                let at = model.end_switches.iter().position(|switch| switch.key == step.switch);
                (Switch::End(at.expect("steps name switches") as u32), step.close)
            })
            .collect();
        // What the fault itself breaks, switching may not mend.
        if !after(&model, asset, &known, &[]).1.is_some_and(|extremes| extremes.fine) {
            continue;
        }
        // Every state on the way keeps the limits, by the solvers of the whole network.
        for n in 1..=steps.len() {
            let (_, extremes) = after(&model, asset, &known, &steps[..n]);
            prop_assert!(extremes.is_some_and(|extremes| extremes.fine), "{} step {n} of {:?}", asset.key, found);
        }
        let (dark, extremes) = after(&model, asset, &known, &steps);
        let (dark_w, customers) = dark_load(&model, &dark);
        prop_assert_eq!(found.customers_dark, customers);
        prop_assert_eq!(found.dark_buses.len(), dark.iter().filter(|dark| **dark).count());
        if let (Some(extremes), false) = (extremes, steps.is_empty()) {
            prop_assert!((found.min_vm_pu - extremes.lowest.sqrt()).abs() < 1e-7, "{} {:?}", asset.key, found);
            let loading = 100.0 * extremes.greatest.sqrt();
            prop_assert!((found.max_loading_percent - loading).abs() < 1e-4, "{} {loading} {:?}", asset.key, found);
        }
        // Found sequences may be longer than what the exhaustive search looks through, then they bring back more; they kept the limits above.
        let wanted = exhaustive(&model, asset);
        let worth = (!steps.is_empty()).then_some((dark_w, customers, steps.len()));
        match (worth, wanted) {
            (_, None) => {}
            (Some(found), Some(wanted)) => {
                prop_assert!(found <= wanted, "{}: {found:?}, the best is {wanted:?}", asset.key);
            }
            (None, Some(wanted)) => prop_assert!(false, "{}: nothing, the best is {wanted:?}", asset.key),
        }
    }
    Ok(())
}

/// Two feeders from two grids, the first one with a branch, and ties between them.
fn town(loads: &[f64], ratings: &[f64]) -> Twin {
    let loads: Vec<f64> = [0.0, 0.0].into_iter().chain(loads.iter().copied()).collect();
    let lines: Vec<Drawn> = [
        (0, 2, false),
        (2, 3, false),
        (3, 4, false),
        (4, 5, false),
        (3, 6, false),
        (1, 7, false),
        (7, 8, false),
        (8, 9, false),
        (9, 5, true),
        (8, 6, true),
        (7, 4, true),
    ]
    .into_iter()
    .zip(ratings)
    .map(|((from, to, open), &rating)| (from, to, rating, open))
    .collect();
    network(2, &loads, &lines)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_best_switching_is_found(
        loads in prop::collection::vec(0.1..1.5f64, 8),
        ratings in prop::collection::vec(0.06..0.2f64, 11),
    ) {
        check(&town(&loads, &ratings))?;
    }

    #[test]
    fn the_best_switching_is_found_where_something_feeds_in(
        loads in prop::collection::vec(-1.2..1.5f64, 8),
        ratings in prop::collection::vec(0.06..0.2f64, 11),
    ) {
        check(&town(&loads, &ratings))?;
    }
}

#[test]
fn a_division_shares_what_no_tie_carries_alone() {
    // Each customer draws 1.0 MW, some 29.5 A at 20.4 kV. Buses 2 to 6 are dark; the tie to 6 carries three of them, those to 4
    // and 5 one each: {6, 3, 2}, {4}, {5}.
    let twin = town(&[1.0; 8], &[0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.035, 0.1, 0.035]);
    let (model, _) = Model::of(&twin);
    let mut asset = n1::assets(&twin, Each::Line).swap_remove(0);
    let found = restoration(&model, &asset, &Options::default()).unwrap();
    let steps: Vec<(&str, bool)> = found.steps.iter().map(|step| (step.switch.as_str(), step.close)).collect();
    assert!(found.within_limits && found.customers_dark == 0, "{found:?}");
    assert_eq!(steps.iter().filter(|(_, close)| !close).count(), 2, "{steps:?}");
    assert_eq!(steps.iter().filter(|(_, close)| *close).count(), 3, "{steps:?}");
    assert!(steps[..2].iter().all(|(_, close)| !close), "openings come first: {steps:?}");
    // A tie whose own switch is out of service stays open.
    asset.switches = vec![17];
    let found = restoration(&model, &asset, &Options::default()).unwrap();
    assert!(found.steps.iter().all(|step| step.switch.as_str() != "power_switch/17"));
    assert!(found.customers_dark > 0 && found.dark_buses.len() == found.customers_dark as usize, "{found:?}");
}

#[test]
fn a_line_without_impedance_is_parted_by_its_open_switch() {
    let mut twin = town(&[1.0; 8], &[0.4; 11]);
    let mut power = twin::utility::PowerNetwork::new();
    for (_, bus) in twin.power.nodes() {
        power.add_node(bus.clone());
    }
    for (id, branch) in twin.power.links() {
        let mut branch = branch.clone();
        if let PowerBranchKind::Line { length_km, .. } = &mut branch.kind {
            *length_km = if id.index() == 8 { 0.0 } else { *length_km };
        }
        let (from, to) = twin.power.ends(id);
        power.add_link(from, to, branch);
    }
    twin.power = power;
    let (model, findings) = Model::of(&twin);
    assert!(findings.iter().any(|finding| finding.code == "zero-impedance"));
    let state = model.state();
    let grid = model.energize(&state, &mut Findings::default());
    assert!(grid.node(9).is_some() && grid.node(9) != grid.node(5), "the switch at its end is open");
}

/// What switching finds after these lines fail together, and the whole network after its steps.
fn restored(twin: &Twin, lines: &[u32]) -> (Restoration, Option<Extremes>) {
    let (model, _) = Model::of(twin);
    let failed =
        Asset { key: String::new(), name: None, branches: lines.to_vec(), buses: Vec::new(), switches: Vec::new() };
    let found = restoration(&model, &failed, &Options::default()).unwrap();
    let steps: Vec<(Switch, bool)> = found
        .steps
        .iter()
        .map(|step| {
            let at = model.end_switches.iter().position(|switch| switch.key == step.switch).unwrap();
            (Switch::End(at as u32), step.close)
        })
        .collect();
    assert!(!steps.is_empty(), "{found:?}");
    let (_, extremes) = after(&model, &failed, &before(&model), &steps);
    (found, extremes)
}

#[test]
fn what_a_fault_changes_without_making_dark_is_computed_anew() {
    // 0 – 3 – 4, 1 – 5, 2 – 6; ties 5 – 4 and 6 – 4. The charging of the tie 6 – 4 raises the voltage of 6; it fails with 0 – 3.
    let twin = network(
        3,
        &[0.0, 0.0, 0.0, 0.5, 0.5, 0.5, 4.0],
        &[
            (0, 3, 0.4, false),
            (3, 4, 0.4, false),
            (1, 5, 0.4, false),
            (2, 6, 0.4, false),
            (5, 4, 0.4, true),
            (6, 4, 0.4, true),
        ],
    );
    let (found, whole) = restored(&twin, &[0, 5]);
    let lowest = whole.unwrap().lowest.sqrt();
    assert!((found.min_vm_pu - lowest).abs() < 1e-8, "{} {lowest}", found.min_vm_pu);
    assert!(found.within_limits && found.customers_dark == 0, "{found:?}");
}

/// Feeds 0 and 1 joined by 0 – 2 – 3 – 1; 4 hangs on 3 and has a tie to 2.
fn joined_feeds(load_mw: f64) -> Twin {
    network(
        2,
        &[0.0, 0.0, 0.5, load_mw, 0.5],
        &[(0, 2, 0.4, false), (2, 3, 0.4, false), (3, 1, 0.4, false), (3, 4, 0.4, false), (4, 2, 0.4, true)],
    )
}

#[test]
fn a_feed_that_a_fault_leaves_alone_is_looked_at() {
    let (found, whole) = restored(&joined_feeds(5.0), &[1, 3]);
    let lowest = whole.unwrap().lowest.sqrt();
    assert!((found.min_vm_pu - lowest).abs() < 1e-8, "{} {lowest}", found.min_vm_pu);
    assert!(found.within_limits);
}

#[test]
fn what_collapses_beside_a_restoration_is_not_within_limits() {
    // One line of 1 + j0.8 Ω carries some 80 MW at most, both ways together some 120 MW.
    let (found, whole) = restored(&joined_feeds(90.0), &[1, 3]);
    assert!(whole.is_none(), "{whole:?}");
    assert!(!found.within_limits && found.min_vm_pu.is_finite(), "{found:?}");
}

#[test]
fn more_ties_than_are_looked_through_are_told() {
    // A dark bus with a tie to each of so many others.
    let town = |n_ties: usize| {
        let loads: Vec<f64> = [0.0, 0.0, 0.5].into_iter().chain(std::iter::repeat_n(0.1, n_ties)).collect();
        let mut lines: Vec<Drawn> = vec![(0, 2, 0.4, false)];
        for other in 3..3 + n_ties {
            lines.extend([(1, other, 0.4, false), (other, 2, 0.4, true)]);
        }
        network(2, &loads, &lines)
    };
    for n_ties in [MOST_TIES, MOST_TIES + 1] {
        let (found, _) = restored(&town(n_ties), &[0]);
        assert_eq!(found.is_thinned, n_ties > MOST_TIES);
        assert!(found.within_limits && found.customers_dark == 0, "{found:?}");
    }
}
