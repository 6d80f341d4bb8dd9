//! Outages over time in networks that are computed steady: stretches over which the same links are out, the worst of them,
//! and what all take together.

use std::collections::{BTreeMap, BTreeSet};

use twin::{
    Id,
    outcome::{Interruption, NotServed, residents_of},
    scenario::Outage,
};

use crate::isolation::Shut;

/// A stretch of time over which the same links are out.
#[derive(Clone, Debug, PartialEq)]
struct Stretch<L> {
    begin_s: u64,
    /// Nothing where an outage without end lasts.
    end_s: Option<u64>,
    /// Links that are out, rising.
    shut: Vec<Id<L>>,
}

/// The stretches of the outages of a network, in order; none where nothing is out.
fn stretches<L>(outages: &[Outage], shut: &Shut) -> Vec<Stretch<L>> {
    let ours: Vec<(&Outage, &Vec<u32>)> =
        outages.iter().zip(&shut.links).filter(|(_, links)| !links.is_empty()).collect();
    let mut times_s = BTreeSet::new();
    for (outage, _) in &ours {
        times_s.extend([Some(outage.begin_s.unwrap_or(0)), outage.end_s].into_iter().flatten());
    }
    let times_s: Vec<u64> = times_s.into_iter().collect();
    let stretches = times_s.iter().enumerate().map(|(place, &begin_s)| {
        let held = ours.iter().filter(|(outage, _)| outage.holds_at(begin_s)).flat_map(|(_, links)| links.iter());
        let links: BTreeSet<u32> = held.copied().collect();
        let shut = links.into_iter().map(|link| Id::new(link as usize)).collect();
        Stretch { begin_s, end_s: times_s.get(place + 1).copied(), shut }
    });
    stretches.filter(|stretch| !stretch.shut.is_empty()).collect()
}

/// Nodes that lose their supply, rising, with the customers there who lose it.
pub(crate) type Lost<N> = Vec<(Id<N>, u32)>;

/// A network that is computed steady, as outages see it.
pub(crate) trait Steady {
    /// A steady state.
    type State: Clone;
    /// Its nodes.
    type Node;
    /// Its links.
    type Link;

    /// The state with these links out, and who loses supply by it.
    fn solve(&self, shut: &[Id<Self::Link>]) -> (Self::State, Lost<Self::Node>);
    /// The building of a node with its residents, where they are known.
    fn house(&self, node: Id<Self::Node>) -> Option<(usize, Option<f64>)>;
    /// What is not served in an hour of a state beyond the base: kg of gas, kWh of heat.
    fn not_served_per_h(&self, state: &Self::State) -> f64;
    /// The sum of it with its unit.
    fn sum(&self, not_served: f64) -> NotServed;
}

/// A state, and who loses supply in it.
type Solved<S> = (<S as Steady>::State, Lost<<S as Steady>::Node>);

/// What outages do over time.
pub(crate) struct Worst<S: Steady> {
    /// The state in which most customers are without supply.
    pub(crate) with: S::State,
    /// When it begins, seconds.
    pub(crate) at_s: u64,
    /// Links that are out in it, rising.
    pub(crate) shut: Vec<Id<S::Link>>,
    /// Whether others are out at other times.
    pub(crate) differs: bool,
    /// Nodes without supply at some time, rising.
    pub(crate) cut_off: Vec<Id<S::Node>>,
    /// Nothing where an outage has no end.
    pub(crate) interruption: Option<Interruption>,
}

/// What outages do over time; the base state where nothing is out.
pub(crate) fn worst<S: Steady>(steady: &S, base: &S::State, outages: &[Outage], shut: &Shut) -> Worst<S> {
    let stretches = stretches::<S::Link>(outages, shut);
    // The most customers of each node who are without supply at the same time.
    let mut cut_off = BTreeMap::new();
    let mut told: Option<((u32, f64), S::State, usize)> = None;
    let (mut customer_hours, mut not_served) = (0.0, 0.0);
    let mut known: Vec<(usize, Solved<S>)> = Vec::new();
    for (place, stretch) in stretches.iter().enumerate() {
        let (state, lost) = match known.iter().find(|(before, _)| stretches[*before].shut == stretch.shut) {
            Some((_, solved)) => solved.clone(),
            None => {
                let solved = steady.solve(&stretch.shut);
                known.push((place, solved.clone()));
                solved
            }
        };
        let customers: u32 = lost.iter().map(|&(_, customers)| customers).sum();
        let per_h = steady.not_served_per_h(&state);
        let hours = stretch.end_s.map_or(0.0, |end_s| (end_s - stretch.begin_s) as f64 / 3600.0);
        customer_hours += f64::from(customers) * hours;
        not_served += per_h * hours;
        for (node, customers) in lost {
            let most = cut_off.entry(node).or_insert(customers);
            *most = customers.max(*most);
        }
        if told.as_ref().is_none_or(|(most, ..)| (customers, per_h) > *most) {
            told = Some(((customers, per_h), state, place));
        }
    }
    let span = stretches.first().zip(stretches.last()).and_then(|(first, last)| Some((first.begin_s, last.end_s?)));
    let customers = cut_off.values().sum();
    let cut_off: Vec<Id<S::Node>> = cut_off.into_keys().collect();
    let interruption = span.map(|(begin_s, end_s)| Interruption {
        customers,
        residents: residents(steady, &cut_off),
        customer_hours,
        ..Interruption::of_nobody(begin_s, end_s, steady.sum(not_served))
    });
    let differs = known.len() > 1;
    match told {
        None => Worst { with: base.clone(), at_s: 0, shut: Vec::new(), differs, cut_off, interruption },
        Some((_, with, place)) => {
            let stretch = &stretches[place];
            Worst { with, at_s: stretch.begin_s, shut: stretch.shut.clone(), differs, cut_off, interruption }
        }
    }
}

/// Residents of the buildings of nodes, each building once.
fn residents<S: Steady>(steady: &S, nodes: &[Id<S::Node>]) -> Option<f64> {
    let mut seen = BTreeSet::new();
    let houses = nodes.iter().map(|&node| steady.house(node));
    let each_once = houses.filter(|house| house.is_none_or(|(building, _)| seen.insert(building)));
    residents_of(each_once.map(|house| house.and_then(|(_, residents)| residents)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_that_overlap_make_three_stretches() {
        let outage = |begin_s, end_s| Outage { begin_s: Some(begin_s), end_s, ..Outage::of("a".into()) };
        let shut = Shut { links: vec![vec![1, 2], vec![2, 5], Vec::new()], isolations: Vec::new() };
        let told = |outages: &[Outage]| -> Vec<(u64, Option<u64>, Vec<usize>)> {
            let found: Vec<Stretch<()>> = stretches(outages, &shut);
            let shut = |stretch: &Stretch<()>| stretch.shut.iter().map(|id| id.index()).collect();
            found.iter().map(|stretch| (stretch.begin_s, stretch.end_s, shut(stretch))).collect()
        };
        let outages = [outage(10, Some(30)), outage(20, Some(50)), outage(0, None)];
        let expected = [(10, Some(20), vec![1, 2]), (20, Some(30), vec![1, 2, 5]), (30, Some(50), vec![2, 5])];
        assert_eq!(told(&outages), expected);
        // An outage without end, and none at all.
        let endless = [outage(10, Some(30)), outage(20, None), outage(0, None)];
        let expected = [(10, Some(20), vec![1, 2]), (20, Some(30), vec![1, 2, 5]), (30, None, vec![2, 5])];
        assert_eq!(told(&endless), expected);
        assert!(stretches::<()>(&[], &Shut::default()).is_empty());
    }
}
