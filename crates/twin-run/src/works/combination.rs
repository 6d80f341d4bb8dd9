//! What only several works together do: addresses that nobody reaches, bridges over one river.
//!
//! # Model
//! For every set of works that are open at once (and at the same time of the day) it is looked at who still comes to which address, by car
//! and as an ambulance (see [`crate::access`]). An address that the set cuts off, but none of its works alone, is a consequence of the
//! combination; the works are then taken out one by one as long as something of that remains: those that are left are to blame.
//! Bridges over one river are told where at most as many stay open for cars as are closed.

use std::collections::{BTreeMap, BTreeSet};

use geo::Intersects as _;
use rayon::prelude::*;
use twin::{
    Id, Twin, Watch,
    area::GroundLineKind,
    building::Address,
    road::{Arc, Direction, Modes, RoadLink, Structure},
    works::ConflictKind,
};

use super::ground::{Ground, links};
use crate::{names::folded, overlay::residents_pass, resolve::holds_at};

/// Something that only the combination of works does.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Combination {
    pub(super) kind: ConflictKind,
    /// The works to blame, by rising number.
    pub(super) works: Vec<usize>,
    /// Addresses cut off, or bridges that stay open.
    pub(super) amount: f64,
    /// The river.
    pub(super) subject: Option<String>,
}

/// What sets of works do together, each looked at once.
pub(super) struct Combinations<'a> {
    ground: &'a Ground<'a>,
    rivers: Vec<River>,
    /// Whether a work stops cars or ambulances anywhere.
    blocks: Vec<bool>,
    /// Addresses that each work cuts off alone, for cars and for ambulances.
    alone: Vec<[BTreeSet<Id<Address>>; 2]>,
    known: BTreeMap<Vec<usize>, Vec<Combination>>,
}

/// A river with its bridges for cars.
struct River {
    name: String,
    bridges: BTreeSet<Id<RoadLink>>,
}

const MODES: [(Modes, ConflictKind); 2] =
    [(Modes::CAR, ConflictKind::CutOff), (Modes::EMERGENCY, ConflictKind::Emergency)];

impl<'a> Combinations<'a> {
    pub(super) fn new(ground: &'a Ground<'a>) -> Self {
        let blocks: Vec<bool> = (0..ground.n())
            .map(|work| {
                let sections = &ground.resolved.closures[work].sections;
                sections.iter().any(|section| {
                    Direction::BOTH.iter().any(|&way| MODES.iter().any(|&(mode, _)| section.blocks(way, mode)))
                })
            })
            .collect();
        let mut combinations =
            Self { ground, rivers: rivers(ground.twin), blocks, alone: Vec::new(), known: BTreeMap::new() };
        combinations.alone = (0..ground.n())
            .into_par_iter()
            .map(|work| {
                let looked_at = combinations.blocks[work] && ground.given[work].is_some();
                MODES.map(|(mode, _)| if looked_at { combinations.lost(&[work], mode) } else { BTreeSet::new() })
            })
            .collect();
        combinations
    }

    /// Looks at sets that are open at once; false where stopped.
    pub(super) fn compute(&mut self, sets: impl Iterator<Item = Vec<usize>>, watch: &dyn Watch) -> bool {
        let missing: BTreeSet<Vec<usize>> = sets
            .flat_map(|open| self.at_hours(&open))
            .filter(|set| set.len() > 1 && !self.known.contains_key(set))
            .collect();
        let missing: Vec<Vec<usize>> = missing.into_iter().collect();
        let found: Vec<Option<Vec<Combination>>> =
            missing.par_iter().map(|set| (!watch.is_cancelled()).then(|| self.look_at(set))).collect();
        let finished = found.iter().all(Option::is_some);
        self.known.extend(missing.into_iter().zip(found).filter_map(|(set, found)| Some((set, found?))));
        finished
    }

    /// What a set that was looked at does together.
    pub(super) fn of(&self, open: &[usize]) -> Vec<Combination> {
        let mut all: Vec<Combination> = Vec::new();
        for found in self.at_hours(open).iter().filter_map(|set| self.known.get(set)) {
            all.extend(found.iter().filter(|new| !all.contains(new)).cloned().collect::<Vec<_>>());
        }
        all
    }

    /// Those of the works that block anything, by time of the day: each different set once.
    fn at_hours(&self, open: &[usize]) -> BTreeSet<Vec<usize>> {
        let closures = &self.ground.resolved.scenario.closures;
        let blocking: Vec<usize> = open.iter().copied().filter(|&work| self.blocks[work]).collect();
        (0..24)
            .map(|hour| blocking.iter().copied().filter(|&work| holds_at(&closures[work], hour)).collect::<Vec<_>>())
            .filter(|set| set.len() > 1)
            .collect()
    }

    fn look_at(&self, set: &[usize]) -> Vec<Combination> {
        let mut found: Vec<Combination> = Vec::new();
        // Whom ambulances do not reach cars do not reach either: that is told once.
        for (index, (mode, kind)) in MODES.into_iter().enumerate().rev() {
            let mut rest = set.to_vec();
            while let Some((works, lost)) = self.least(&rest, index, mode) {
                rest.retain(|work| *work != works[works.len() - 1]);
                if !found.iter().any(|known| known.works == works) {
                    found.push(Combination { kind, works, amount: lost as f64, subject: None });
                }
            }
        }
        found.extend(self.rivers.iter().filter_map(|river| self.bridges(river, set)));
        found
    }

    /// The fewest works of a set that together still cut addresses off which none of them cuts off alone, and how many.
    fn least(&self, set: &[usize], index: usize, mode: Modes) -> Option<(Vec<usize>, usize)> {
        let by_combination = |set: &[usize]| {
            let lost = self.lost(set, mode);
            lost.iter().filter(|address| !set.iter().any(|&work| self.alone[work][index].contains(address))).count()
        };
        let mut lost = by_combination(set);
        if set.len() < 2 || lost == 0 {
            return None;
        }
        let mut works = set.to_vec();
        for &work in set {
            let without: Vec<usize> = works.iter().copied().filter(|other| *other != work).collect();
            let still = by_combination(&without);
            if still > 0 {
                (works, lost) = (without, still);
            }
        }
        Some((works, lost))
    }

    fn lost(&self, set: &[usize], mode: Modes) -> BTreeSet<Id<Address>> {
        let Ground { twin, prepared, resolved, .. } = self.ground;
        let sections = set.iter().flat_map(|&work| {
            let residents_pass = mode == Modes::CAR && residents_pass(&resolved.scenario.closures[work]);
            resolved.closures[work].sections.iter().map(move |section| (section, residents_pass))
        });
        prepared.access.lost_addresses(twin, sections, mode).into_iter().collect()
    }

    fn bridges(&self, river: &River, set: &[usize]) -> Option<Combination> {
        let (mut works, mut closed) = (Vec::new(), BTreeSet::new());
        for &work in set {
            let sections = &self.ground.resolved.closures[work].sections;
            let stops = |link: Id<RoadLink>| {
                sections.iter().filter(|section| section.part.link == link).any(|section| {
                    let streets = &self.ground.prepared.streets;
                    let mut open =
                        Direction::BOTH.into_iter().filter(|&way| streets.position(Arc::new(link, way)).is_some());
                    open.all(|way| section.blocks(way, Modes::CAR))
                })
            };
            let mine: Vec<_> =
                links(&self.ground.parts[work]).filter(|link| river.bridges.contains(link) && stops(*link)).collect();
            if mine.iter().any(|link| !closed.contains(link)) {
                works.push(work);
                closed.extend(mine);
            }
        }
        let left = river.bridges.len() - closed.len();
        (works.len() > 1 && left <= closed.len()).then(|| Combination {
            kind: ConflictKind::Bridges,
            works,
            amount: left as f64,
            subject: Some(river.name.clone()),
        })
    }
}

/// Rivers and canals with a name, and the bridges on which cars cross them.
fn rivers(twin: &Twin) -> Vec<River> {
    let bridges: Vec<_> = twin
        .roads
        .links()
        .filter(|(_, link)| link.structure == Structure::Bridge)
        .filter(|(_, link)| [&link.forward, &link.backward].iter().any(|way| way.modes.contains(Modes::CAR)))
        .collect();
    let mut rivers: BTreeMap<String, River> = BTreeMap::new();
    for line in twin.ground_lines.rows() {
        let (GroundLineKind::River | GroundLineKind::Canal, Some(name)) = (line.kind, &line.name) else { continue };
        let river =
            rivers.entry(folded(name)).or_insert_with(|| River { name: name.clone(), bridges: BTreeSet::new() });
        let crossing = bridges.iter().filter(|(_, link)| link.geometry.intersects(&line.geometry));
        river.bridges.extend(crossing.map(|(id, _)| *id));
    }
    rivers.into_values().filter(|river| river.bridges.len() > 1).collect()
}
