//! Pumps of constant power that stand still: a solution in which one does may be an accident of Newton's method.

use super::{
    net::{Kind, Net},
    solve::is_constant_power,
    state::{LinkState, State},
};

/// Pumps of constant power that the solver stopped.
fn stopped<'a>(net: &'a Net, state: &'a State) -> impl Iterator<Item = usize> + 'a {
    net.others.iter().map(|&link| link as usize).filter(|&link| {
        net.kind[link] == Kind::Pump && state.link[link] == LinkState::TemporarilyClosed && is_constant_power(net, link)
    })
}

/// How many they are.
pub(super) fn stalled(net: &Net, state: &State) -> usize {
    stopped(net, state).count()
}

/// Whether a stopped pump leaves those behind it without pressure, or a head is above all sources by what no network bears.
pub(super) fn is_absurd(net: &Net, state: &State) -> bool {
    /// Ten times the pressure for which pipes of water supply are made (PN 10).
    const UNBEARABLE_M: f64 = 1000.0;
    let without_pressure = |link: usize| {
        let node = net.to[link] as usize;
        !net.is_source(node) && state.head_m[node] - net.elevation_m[node] < net.settings.head_tolerance_m
    };
    let highest_m = net.sources.iter().map(|source| state.head_m[source.node as usize]).fold(f64::MIN, f64::max);
    stopped(net, state).any(without_pressure) || state.head_m.iter().any(|&head_m| head_m > highest_m + UNBEARABLE_M)
}

/// What a pump of constant power keeps of its flow in a step; where a step would take more, it takes half.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// No step reverses the flow: EPANET's rule.
    Nothing,
    /// More than what rounding leaves.
    Digits,
    /// A thousandth.
    Thousandth,
}

impl Hold {
    /// The greatest part of the flow that a step may take.
    pub(super) const fn greatest_part(self) -> f64 {
        match self {
            Self::Nothing => 1.0,
            Self::Digits => 1.0 - 1e-9,
            Self::Thousandth => 0.999,
        }
    }
}
