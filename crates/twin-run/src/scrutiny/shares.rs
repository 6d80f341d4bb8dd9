//! Which of several closures causes how much: each alone, and what is missing without it.
//!
//! The joint effect of closures is rarely the sum of the single ones: two on ways that replace each other are worse together,
//! two in a row stop the same vehicles once. Cost: two runs per closure, one where there are two of them.

use std::collections::BTreeMap;

use rayon::prelude::*;
use twin::{Scenario, Twin, Watch, outcome::Share};

use super::{SHARE_CRITERIA, value};
use crate::{prepare::Prepared, resolve::Resolved, run::figures_at, sweep::OnlyStop};

/// The shares of the closures that hold, in the order of the scenario; `joint` are the figures of all together.
pub(super) fn shares(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    active: &[usize],
    joint: &[(&'static str, f64)],
    watch: &dyn Watch,
) -> Vec<Share> {
    watch.progress("shares", 0, 0);
    let others = |left_out: usize| active.iter().copied().filter(|&index| index != left_out).collect::<Vec<_>>();
    let mut wanted: Vec<Vec<usize>> = active.iter().map(|&index| vec![index]).collect();
    wanted.extend(active.iter().map(|&index| others(index)));
    wanted.sort();
    wanted.dedup();
    let found: BTreeMap<Vec<usize>, Vec<(&'static str, f64)>> = wanted
        .into_par_iter()
        .map(|closures| {
            let part = only(resolved, &closures);
            let figures = figures_at(twin, (prepared, &prepared.hours), &part, &OnlyStop(watch));
            (closures, twin::criteria::values(&figures))
        })
        .collect();
    if watch.is_cancelled() {
        return Vec::new();
    }
    let mut shares = Vec::new();
    for criterion in SHARE_CRITERIA {
        let Some(together) = value(joint, criterion) else { continue };
        for &closure in active {
            let of = |closures: &[usize]| found.get(closures).and_then(|values| value(values, criterion));
            if let (Some(alone), Some(without)) = (of(&[closure]), of(&others(closure))) {
                shares.push(Share { closure, criterion, alone, marginal: together - without });
            }
        }
    }
    shares
}

/// The scenario with some of its closures.
fn only(resolved: &Resolved, closures: &[usize]) -> Resolved {
    let scenario = &resolved.scenario;
    Resolved {
        scenario: Scenario {
            closures: closures.iter().map(|&index| scenario.closures[index].clone()).collect(),
            ..scenario.clone()
        },
        closures: closures.iter().map(|&index| resolved.closures[index].clone()).collect(),
        findings: twin::Findings::default(),
    }
}
