//! Closures that residents may enter (Anlieger frei).
//!
//! # Model
//! Nodes that cars or lorries reach from the main part of the network, and leave towards it, over such sections alone *depend* on them: they lie
//! on the closed stretch or behind it. Trips that begin or end at a dependent node pass the closed sections between it and the
//! main part, slowly, past the works; nobody else does. Trips that begin and end elsewhere may not drive through even if the stretch is open at both ends, and
//! trips of external zones are through traffic wherever they come into the map. Sections between nodes that do not depend on them
//! stay closed to all: who lives along them drives up to the works from either end, which is where zones are joined to the streets.
//!
//! In the routing graph this is a matter of states (see [`super::graph`]), so that shortest paths need no case of their own. The graph and
//! its hierarchy are built anew, once per set of closures, and only where a zone is joined to a dependent node.

use twin::{
    Findings, Twin,
    demand::{VehicleClass, Zone, ZoneKind},
    road::{Arc, Modes},
};

use super::{ArcChange, N_CLASSES, Overlay, Streets, class_bits, graph, mode_of, usable_connectors};
use crate::{equilibrium::Path, hierarchy::Hierarchy, reach};

/// What depends on sections that are closed to all but residents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Depending {
    /// Classes for which each node depends on them.
    pub(crate) inside: Vec<u8>,
    /// Classes to which each arc is closed, residents excepted.
    pub(crate) closed: Vec<u8>,
    /// Whether each zone lies outside of the map.
    pub(crate) external: Vec<bool>,
}

/// Streets while sections are closed to all but residents.
#[derive(Clone, Debug)]
pub struct ForResidents {
    /// The streets: the same arcs, other ways through them.
    pub streets: Streets,
    /// What stays closed to all.
    pub closed: Vec<ArcChange>,
    /// Arcs that residents pass.
    pub passed: Vec<Arc>,
}

impl Streets {
    /// These streets while arcs are closed to all but residents, the modes given with each, under the other measures of `overlay`. Nothing
    /// where no zone depends on them: then they are closed like any others.
    #[must_use]
    pub fn for_residents(
        &self,
        twin: &Twin,
        zones: &[Zone],
        overlay: &Overlay,
        arcs: &[(Arc, Modes)],
    ) -> Option<ForResidents> {
        let closed = self.closed_bits(arcs);
        let inside = self.inside(overlay, &closed);
        let connectors = usable_connectors(self, zones, &mut Findings::default());
        if !connectors.iter().flatten().any(|&(node, _)| inside[node as usize] != 0) {
            return None;
        }
        let external = zones.iter().map(|zone| zone.kind == ZoneKind::External).collect();
        let depending = Depending { inside, closed, external };
        let mut streets = Self { graph: graph::Graph::default(), hierarchy: Hierarchy::default(), ..self.clone() };
        streets.graph = graph::build(twin, &streets, &connectors, Some(&depending), &mut Findings::default());
        streets.hierarchy = Hierarchy::new(&streets.graph);
        let (mut shut, mut passed) = (Vec::new(), Vec::new());
        for (arc, &bits) in depending.closed.iter().enumerate().filter(|(_, bits)| **bits != 0) {
            let ends = depending.ends(self, arc);
            if bits & ends != 0 {
                passed.push(self.arc(arc));
            }
            let modes = VehicleClass::ALL
                .iter()
                .filter(|&&class| bits & !ends & (1 << class as usize) != 0)
                .fold(Modes::NONE, |modes, &class| modes.union(mode_of(class)));
            if !modes.is_empty() {
                shut.push(ArcChange::closed(self.arc(arc), modes));
            }
        }
        streets.depending = Some(depending);
        Some(ForResidents { streets, closed: shut, passed })
    }

    fn closed_bits(&self, arcs: &[(Arc, Modes)]) -> Vec<u8> {
        let mut closed = vec![0; self.n_arcs()];
        for &(arc, modes) in arcs {
            if let Some(position) = self.position(arc) {
                closed[position] |= class_bits(modes) & self.admits[position];
            }
        }
        closed
    }

    /// For each node the classes that belong to the main part of the network only thanks to the arcs closed to others.
    fn inside(&self, overlay: &Overlay, closed: &[u8]) -> Vec<u8> {
        let mut inside = vec![0; self.n_nodes];
        for (index, &class) in VehicleClass::ALL.iter().enumerate().take(N_CLASSES) {
            let bit = 1u8 << index;
            if closed.iter().all(|bits| bits & bit == 0) {
                continue;
            }
            let open = reach::open_arcs(self, overlay, class);
            let with = reach::largest_strong_part(self, &|arc| open[arc]);
            let usable = |arc: usize| {
                let (from, to) = (self.from_node[arc] as usize, self.to_node[arc] as usize);
                open[arc] && closed[arc] & bit == 0 && with[from] && with[to]
            };
            let without = reach::largest_strong_part(self, &usable);
            for (node, inside) in inside.iter_mut().enumerate() {
                if with[node] && !without[node] {
                    *inside |= bit;
                }
            }
        }
        inside
    }
}

impl ForResidents {
    /// Arcs on which a class may begin or end a way but not drive through, and whether each is a closed one.
    pub fn arcs(&self, class: VehicleClass) -> impl Iterator<Item = (Arc, bool)> + '_ {
        let bit = 1u8 << (class as usize);
        let of = move |depending| Depending::arcs(depending, &self.streets, class).map(move |arc| (arc, depending));
        let arcs = self.streets.depending.iter().flat_map(of);
        arcs.map(move |(arc, depending)| (self.streets.arc(arc), depending.closed[arc] & bit != 0))
    }
}

impl Depending {
    /// Classes for which an arc begins or ends at a dependent node.
    fn ends(&self, streets: &Streets, arc: usize) -> u8 {
        self.inside[streets.from_node[arc] as usize] | self.inside[streets.to_node[arc] as usize]
    }

    /// Arcs that begin or end at a node to which a class gets as residents alone.
    fn arcs<'s>(&'s self, streets: &'s Streets, class: VehicleClass) -> impl Iterator<Item = usize> + 's {
        let bit = 1u8 << (class as usize);
        (0..streets.n_arcs()).filter(move |&arc| self.ends(streets, arc) & bit != 0)
    }

    /// Whether a path that was found without these closures is still one for its trips: out of what depends on them, or into it, not through.
    pub(crate) fn admits(&self, streets: &Streets, path: &Path<'_>) -> bool {
        let bit = 1u8 << (path.class as usize);
        let inside = |node: u32| self.inside[node as usize] & bit != 0;
        let Some(&first) = path.arcs.first() else { return true };
        let begins_inside = inside(streets.from_node[first as usize]);
        let mut stranger = begins_inside && self.external[path.origin as usize];
        let mut arrived = false;
        for &arc in path.arcs {
            let arc = arc as usize;
            let closed = self.closed[arc] & bit != 0;
            match (inside(streets.from_node[arc]), inside(streets.to_node[arc])) {
                (false, false) => {}
                (false, true) => arrived = true,
                (true, true) => arrived |= stranger && closed,
                (true, false) if arrived || stranger && closed => return false,
                (true, false) => stranger = false,
            }
            stranger &= !arrived;
        }
        !(arrived && self.external[path.destination as usize])
    }
}
