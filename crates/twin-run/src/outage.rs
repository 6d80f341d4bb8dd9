//! Outages over time in networks that are computed steady: stretches over which the same links are out.

use std::collections::BTreeSet;

use twin::{Id, scenario::Outage};

use crate::isolation::Shut;

/// A stretch of time over which the same links are out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stretch<L> {
    pub(crate) begin_s: u64,
    pub(crate) end_s: u64,
    /// Links that are out, rising.
    pub(crate) shut: Vec<Id<L>>,
}

impl<L> Stretch<L> {
    pub(crate) fn hours(&self) -> f64 {
        (self.end_s - self.begin_s) as f64 / 3600.0
    }
}

/// All links that any outage takes out, rising.
pub(crate) fn all_shut<L>(shut: &Shut) -> Vec<Id<L>> {
    let links: BTreeSet<u32> = shut.links.iter().flatten().copied().collect();
    links.into_iter().map(|link| Id::new(link as usize)).collect()
}

/// The stretches of the outages of a network, in order; nothing where one of them has no end, or where there is none.
pub(crate) fn stretches<L>(outages: &[Outage], shut: &Shut) -> Option<Vec<Stretch<L>>> {
    let ours: Vec<(&Outage, &Vec<u32>)> =
        outages.iter().zip(&shut.links).filter(|(_, links)| !links.is_empty()).collect();
    let mut times_s = BTreeSet::new();
    for (outage, _) in &ours {
        times_s.extend([outage.begin_s.unwrap_or(0), outage.end_s?]);
    }
    let times_s: Vec<u64> = times_s.into_iter().collect();
    let stretches = times_s.windows(2).map(|pair| {
        let held = ours.iter().filter(|(outage, _)| outage.holds_at(pair[0])).flat_map(|(_, links)| links.iter());
        let links: BTreeSet<u32> = held.copied().collect();
        let shut = links.into_iter().map(|link| Id::new(link as usize)).collect();
        Stretch { begin_s: pair[0], end_s: pair[1], shut }
    });
    Some(stretches.filter(|stretch| !stretch.shut.is_empty()).collect()).filter(|list: &Vec<_>| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_that_overlap_make_three_stretches() {
        let outage = |begin_s, end_s| Outage { begin_s: Some(begin_s), end_s, ..Outage::of("a".into()) };
        let shut = Shut { links: vec![vec![1, 2], vec![2, 5], Vec::new()], isolations: Vec::new() };
        let outages = [outage(10, Some(30)), outage(20, Some(50)), outage(0, None)];
        let found: Vec<Stretch<()>> = stretches(&outages, &shut).unwrap();
        let told: Vec<(u64, u64, Vec<usize>)> = found
            .iter()
            .map(|stretch| (stretch.begin_s, stretch.end_s, stretch.shut.iter().map(|id| id.index()).collect()))
            .collect();
        assert_eq!(told, [(10, 20, vec![1, 2]), (20, 30, vec![1, 2, 5]), (30, 50, vec![2, 5])]);
        // An outage without end, and none at all.
        let endless = [outage(10, Some(30)), outage(20, None), outage(0, None)];
        assert!(stretches::<()>(&endless, &shut).is_none());
        assert!(stretches::<()>(&[], &Shut::default()).is_none());
        assert_eq!(all_shut::<()>(&shut).len(), 3);
    }
}
