//! Accessibility: which addresses a car can still reach.
//!
//! # Model
//! Every address lies at a place on a section of street: the nearest one that cars may use and that bears the name in
//! the address, else the nearest one that cars may use. A car comes from the main component of the open network (the
//! largest set of junctions that reach each other), or from a classified road at the border of the map. It drives along
//! arcs in their permitted direction, honors turn restrictions at junctions, and may turn around anywhere. A closure
//! blocks an arc from its first closed metre on: an address before the work site is still reached from that side.
//! An address is cut off if no car reached it with the closures but one did without them. Sections that residents may enter cut nobody
//! off: who lives on them or behind them passes.
//!
//! # Left out
//! Turn restrictions via a way (rare; taken as open), steps on foot from another street.

use geo::{BoundingRect as _, Coord};
use rayon::prelude::*;
use rstar::{RTree, primitives::GeomWithData, primitives::Rectangle};
use twin::{
    Id, Twin,
    building::Address,
    network::largest_strong_part,
    outcome::ClosedSection,
    road::{Arc, Direction, Modes, RoadClass, RoadLink, RoadNode, TurnKind},
};

use crate::{
    chain::place_on,
    names::folded,
    overlay::residents_pass,
    resolve::{Resolved, ResolvedSection},
};

/// Farthest that a section of the street in an address lies from it, metres.
const NAMED_M: f64 = 150.0;
/// Farthest that any section lies from an address for it to count as on it, metres.
const ANY_M: f64 = 500.0;

/// Where addresses lie on the streets, and who reaches them without closures.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Access {
    /// Addresses, then places to reach (fire stations, schools, …).
    places: Vec<Option<Place>>,
    n_addresses: usize,
    /// Arcs that each arc may not be followed by.
    forbidden: Vec<Vec<Arc>>,
    reached_before: Vec<bool>,
    /// The largest component before.
    pub(crate) main_before: Vec<bool>,
}

/// A place on a section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Place {
    pub(crate) link: Id<RoadLink>,
    pub(crate) at_m: f64,
}

/// What closures do to access.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct CutOff {
    /// Addresses that lost their access.
    pub(crate) addresses: Vec<Id<Address>>,
    /// Addresses that had none before.
    pub(crate) before: Vec<Id<Address>>,
    /// Places to reach that lost their access.
    pub(crate) places: Vec<Id<twin::building::Place>>,
    /// Junctions that belonged to the main component and do not reach it any more or are not reached from it.
    pub(crate) nodes_split_off: Vec<Id<RoadNode>>,
    /// Addresses on sections between such junctions.
    pub(crate) n_addresses_split_off: usize,
}

impl Access {
    pub(crate) fn of(twin: &Twin) -> Self {
        let mut access = Self {
            places: places_on(twin, |link| {
                [&link.forward, &link.backward].iter().any(|way| way.modes.contains(Modes::CAR))
            }),
            n_addresses: twin.addresses.len(),
            forbidden: forbidden_turns(twin),
            reached_before: Vec::new(),
            main_before: Vec::new(),
        };
        let none = vec![Blocks::default(); 2 * twin.roads.n_links()];
        let (reached, main) = access.reached(twin, &none);
        (access.reached_before, access.main_before) = (reached, main);
        access
    }

    /// The section on which each address lies, and how many metres from its begin; those on none are left out.
    pub(crate) fn address_places(&self) -> impl Iterator<Item = (Id<Address>, Id<RoadLink>, f64)> {
        let places = self.places[..self.n_addresses].iter().enumerate();
        places.filter_map(|(index, place)| place.map(|place| (Id::new(index), place.link, place.at_m)))
    }

    /// Where addresses, and then places to reach, lie on the streets for cars.
    pub(crate) fn places(&self) -> &[Option<Place>] {
        &self.places
    }

    /// Addresses that no car reaches even without closures.
    pub(crate) fn unreachable(&self) -> Vec<Id<Address>> {
        (0..self.n_addresses).filter(|&i| !self.reached_before[i]).map(Id::new).collect()
    }

    /// What the closures of a scenario cut off, all of them holding at once.
    pub(crate) fn cut_off(&self, twin: &Twin, resolved: &Resolved) -> CutOff {
        let mut blocks = vec![Blocks::default(); 2 * twin.roads.n_links()];
        for (closure, source) in resolved.closures.iter().zip(&resolved.scenario.closures) {
            for section in &closure.sections {
                block(&mut blocks, section, residents_pass(source));
            }
        }
        let (reached, main) = self.reached(twin, &blocks);
        let lost = |i: usize| self.reached_before[i] && !reached[i];
        let split_off = |node: Id<RoadNode>| self.main_before[node.index()] && !main[node.index()];
        let behind = |place: Place| {
            let (from, to) = twin.roads.ends(place.link);
            split_off(from) && split_off(to)
        };
        let n = self.n_addresses;
        CutOff {
            addresses: (0..n).filter(|&i| lost(i)).map(Id::new).collect(),
            before: self.unreachable(),
            places: (n..self.places.len()).filter(|&i| lost(i)).map(|i| Id::new(i - n)).collect(),
            nodes_split_off: (0..main.len()).map(Id::new).filter(|&node| split_off(node)).collect(),
            n_addresses_split_off: self.places[..n].iter().flatten().filter(|place| behind(**place)).count(),
        }
    }

    /// Addresses that these closed sections take from a mode that drives where cars drive (cars, ambulances); residents pass a section
    /// where its flag says so.
    pub(crate) fn lost_addresses<'s>(
        &self,
        twin: &Twin,
        sections: impl Iterator<Item = (&'s ResolvedSection, bool)>,
        mode: Modes,
    ) -> Vec<Id<Address>> {
        let mut blocks = vec![Blocks::default(); 2 * twin.roads.n_links()];
        for (section, residents_pass) in sections {
            let ClosedSection { link, from_m, to_m, .. } = section.part;
            for direction in Direction::BOTH.into_iter().filter(|&direction| section.blocks(direction, mode)) {
                blocks[Arc::new(link, direction).index()].0.push(Block { from_m, to_m, residents_pass });
            }
        }
        let (reached, _) = self.reached(twin, &blocks);
        (0..self.n_addresses).filter(|&i| self.reached_before[i] && !reached[i]).map(Id::new).collect()
    }

    /// Which addresses cars reach, and the main component of junctions.
    fn reached(&self, twin: &Twin, blocks: &[Blocks]) -> (Vec<bool>, Vec<bool>) {
        let open = |arc: Arc| admits_car(twin, arc) && blocks[arc.index()].through().is_none();
        let main = main_component(twin, open);
        let entered = self.entered(twin, &main, open);
        let reached = self
            .places
            .iter()
            .map(|place| {
                place.is_some_and(|place| {
                    Direction::BOTH.into_iter().any(|direction| {
                        let arc = Arc::new(place.link, direction);
                        entered[arc.index()] && blocks[arc.index()].admits(direction, place.at_m)
                    })
                })
            })
            .collect();
        (reached, main)
    }

    /// The arcs into which a car can turn, coming from the main component or over the border.
    fn entered(&self, twin: &Twin, main: &[bool], open: impl Fn(Arc) -> bool) -> Vec<bool> {
        let mut entered = vec![false; 2 * twin.roads.n_links()];
        let mut stack = Vec::new();
        for (node, road_node) in twin.roads.nodes() {
            if main[node.index()] || (road_node.border && is_gate(twin, node) && self.was_main(node)) {
                for arc in leaving(twin, node) {
                    if admits_car(twin, arc) && !std::mem::replace(&mut entered[arc.index()], true) {
                        stack.push(arc);
                    }
                }
            }
        }
        while let Some(arc) = stack.pop() {
            if !open(arc) {
                continue;
            }
            for next in leaving(twin, arc.ends(&twin.roads).1) {
                if admits_car(twin, next) && !entered[next.index()] && !self.forbidden[arc.index()].contains(&next) {
                    entered[next.index()] = true;
                    stack.push(next);
                }
            }
        }
        entered
    }

    fn was_main(&self, node: Id<RoadNode>) -> bool {
        self.main_before.get(node.index()).copied().unwrap_or(false)
    }
}

/// The closed stretches of an arc, metres along the section's digitized direction.
#[derive(Clone, Debug, Default)]
struct Blocks(Vec<Block>);

#[derive(Clone, Copy, Debug)]
struct Block {
    from_m: f64,
    to_m: f64,
    residents_pass: bool,
}

impl Blocks {
    /// The first stretch that stops a car on its way to an address behind it.
    fn through(&self) -> Option<&Block> {
        self.0.iter().find(|block| !block.residents_pass)
    }

    /// Whether a car that enters the arc comes as far as this place.
    fn admits(&self, direction: Direction, at_m: f64) -> bool {
        let behind = |block: &Block| match direction {
            Direction::Forward => block.from_m <= at_m,
            Direction::Backward => block.to_m >= at_m,
        };
        self.0.iter().filter(|block| behind(block)).all(|block| block.residents_pass)
    }
}

fn block(blocks: &mut [Blocks], section: &ResolvedSection, residents_pass: bool) {
    let ClosedSection { link, from_m, to_m, .. } = section.part;
    for direction in Direction::BOTH {
        if section.blocks(direction, Modes::CAR) {
            blocks[Arc::new(link, direction).index()].0.push(Block { from_m, to_m, residents_pass });
        }
    }
}

fn admits_car(twin: &Twin, arc: Arc) -> bool {
    twin.roads.link(arc.link).carriageway(arc.direction).modes.contains(Modes::CAR)
}

fn leaving(twin: &Twin, node: Id<RoadNode>) -> impl Iterator<Item = Arc> {
    twin.roads.incident(node).into_iter().flat_map(move |(link, _)| {
        Direction::BOTH
            .map(|direction| Arc::new(link, direction))
            .into_iter()
            .filter(move |arc| arc.ends(&twin.roads).0 == node)
    })
}

/// Whether cars come into the map here from elsewhere: by a public road that leads somewhere.
pub(crate) fn is_gate(twin: &Twin, node: Id<RoadNode>) -> bool {
    twin.roads.incident(node).into_iter().any(|(link, _)| {
        matches!(
            twin.roads.link(link).class,
            RoadClass::Motorway
                | RoadClass::Trunk
                | RoadClass::Primary
                | RoadClass::Secondary
                | RoadClass::Tertiary
                | RoadClass::Unclassified
        )
    })
}

/// The largest set of junctions that cars reach from each other; the one with the smallest id among equals.
fn main_component(twin: &Twin, open: impl Fn(Arc) -> bool) -> Vec<bool> {
    let arcs = twin.roads.links().flat_map(|(link, _)| Direction::BOTH.map(|direction| Arc::new(link, direction)));
    let open = arcs.filter(|&arc| open(arc)).map(|arc| {
        let (from, to) = arc.ends(&twin.roads);
        (from.index(), to.index())
    });
    largest_strong_part(twin.roads.n_nodes(), open)
}

/// Turn restrictions at junctions, for cars.
fn forbidden_turns(twin: &Twin) -> Vec<Vec<Arc>> {
    let mut forbidden = vec![Vec::new(); 2 * twin.roads.n_links()];
    for restriction in twin.restrictions.iter().filter(|r| r.via.is_empty() && !r.except.contains(Modes::CAR)) {
        let list: &mut Vec<Arc> = &mut forbidden[restriction.from.index()];
        match restriction.kind {
            TurnKind::No => list.push(restriction.to),
            TurnKind::Only => {
                let node = restriction.from.ends(&twin.roads).1;
                list.extend(leaving(twin, node).filter(|&arc| arc != restriction.to));
            }
        }
    }
    forbidden
}

/// Where each address lies, and then each place to reach, on the sections that come into question.
pub(crate) fn places_on(twin: &Twin, fits: impl Fn(&RoadLink) -> bool) -> Vec<Option<Place>> {
    let links: Vec<_> = twin
        .roads
        .links()
        .filter(|(_, link)| fits(link))
        .filter_map(|(id, link)| {
            let rect = link.geometry.bounding_rect()?;
            let corners = ([rect.min().x, rect.min().y], [rect.max().x, rect.max().y]);
            Some(GeomWithData::new(Rectangle::from_corners(corners.0, corners.1), id))
        })
        .collect();
    let folded_names: Vec<Option<String>> =
        twin.roads.links().map(|(_, link)| link.name.as_deref().map(folded)).collect();
    let tree = RTree::bulk_load(links);
    let addresses = twin
        .addresses
        .rows()
        .par_iter()
        .map(|address: &Address| place(twin, &tree, &folded_names, address.position, address.street.as_deref()));
    let to_reach =
        twin.places.rows().par_iter().map(|to_reach| place(twin, &tree, &folded_names, to_reach.position, None));
    addresses.chain(to_reach).collect()
}

fn place(
    twin: &Twin,
    tree: &RTree<GeomWithData<Rectangle<[f64; 2]>, Id<RoadLink>>>,
    folded_names: &[Option<String>],
    position: Coord<f64>,
    street: Option<&str>,
) -> Option<Place> {
    let street = street.map(folded);
    let Coord { x, y } = position;
    let mut nearest: Option<(f64, Place)> = None;
    let mut named: Option<(f64, Place)> = None;
    for (candidate, squared_m2) in tree.nearest_neighbor_iter_with_distance_2(&[x, y]) {
        let box_m = squared_m2.max(0.0).sqrt();
        let best_m = nearest.map_or(ANY_M, |(far_m, _)| far_m);
        let named_m = named.map_or(NAMED_M, |(far_m, _)| far_m);
        let done_named = street.is_none() || box_m > named_m;
        if box_m > ANY_M || (box_m > best_m && done_named) {
            break;
        }
        let link = candidate.data;
        let Some((at_m, far_m)) = place_on(twin.roads.link(link), position) else { continue };
        let better =
            |known: Option<(f64, Place)>| known.is_none_or(|(known_m, place)| (far_m, link) < (known_m, place.link));
        if far_m <= ANY_M && better(nearest) {
            nearest = Some((far_m, Place { link, at_m }));
        }
        if far_m <= NAMED_M && street.is_some() && folded_names[link.index()] == street && better(named) {
            named = Some((far_m, Place { link, at_m }));
        }
    }
    named.or(nearest).map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use twin::scenario::ClosureKind;

    use super::*;
    use crate::{
        fixture::{closure, scenario, street, testheim},
        resolve::resolve,
    };

    fn cut_off(twin: &Twin, closure: twin::scenario::Closure) -> Vec<String> {
        let resolved = resolve(twin, &scenario(vec![closure])).unwrap();
        let cut = Access::of(twin).cut_off(twin, &resolved);
        assert!(cut.before.is_empty());
        cut.addresses
            .iter()
            .map(|&id| {
                let address = &twin.addresses[id];
                format!("{} {}", address.street.as_deref().unwrap_or("?"), address.house_number)
            })
            .collect()
    }

    #[test]
    fn a_closed_dead_end_cuts_off_what_lies_inside_and_behind() {
        let twin = testheim();
        let mut site = closure(street("Bergweg", None), ClosureKind::Full);
        (site.from_m, site.to_m) = (Some(50.0), Some(90.0));
        assert_eq!(cut_off(&twin, site.clone()), vec!["Bergweg 4", "Bergweg 6"]);
        // Residents may pass, those behind the work site too: there is no other way to them.
        site.exempt_residents = true;
        assert_eq!(cut_off(&twin, site), Vec::<String>::new());
    }

    #[test]
    fn a_through_street_is_reached_from_both_sides() {
        let twin = testheim();
        let mut site = closure(street("Hauptstraße", None), ClosureKind::Full);
        (site.from_m, site.to_m) = (Some(120.0), Some(180.0));
        assert_eq!(cut_off(&twin, site.clone()), Vec::<String>::new());
        (site.from_m, site.to_m) = (Some(120.0), Some(220.0));
        assert_eq!(cut_off(&twin, site), vec!["Hauptstraße 7"]);
    }

    #[test]
    fn a_half_closure_cuts_off_nobody() {
        let twin = testheim();
        assert_eq!(cut_off(&twin, closure(street("Bergweg", None), ClosureKind::Half)), Vec::<String>::new());
    }

    #[test]
    fn a_dead_end_that_may_only_be_left_is_cut_off() {
        let twin = testheim();
        let mut one = closure(street("Bergweg", None), ClosureKind::OneWay);
        one.open_direction = Some(twin::scenario::OpenDirection::Against);
        assert_eq!(cut_off(&twin, one), vec!["Bergweg 2", "Bergweg 4", "Bergweg 6"]);
    }
}
