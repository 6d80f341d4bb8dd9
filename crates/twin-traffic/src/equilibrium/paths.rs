//! Paths in use, pair by pair.

use twin::demand::VehicleClass;

/// Paths in use, sorted by class, origin and destination.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paths {
    /// Class, origin and destination zone of each pair with trips on the streets.
    pub(crate) pair: Vec<(u8, u32, u32)>,
    /// Paths of pair i: `first_path[i]..first_path[i + 1]`.
    pub(crate) first_path: Vec<u32>,
    /// Trips on each path, vehicles per hour.
    pub(crate) trips_veh_h: Vec<f64>,
    /// Cost of each path's connectors.
    pub(crate) connector_s: Vec<f64>,
    /// Arcs of path i: `first_arc[i]..first_arc[i + 1]`.
    pub(crate) first_arc: Vec<usize>,
    pub(crate) arcs: Vec<u32>,
}

/// A path in use.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Path<'a> {
    /// Class of the vehicles on it.
    pub class: VehicleClass,
    /// Origin zone.
    pub origin: u32,
    /// Destination zone.
    pub destination: u32,
    /// Trips, vehicles per hour.
    pub trips_veh_h: f64,
    /// Time on the connectors at both ends.
    pub connector_s: f64,
    /// Positions of its arcs, in driving order.
    pub arcs: &'a [u32],
}

impl Paths {
    /// No paths.
    pub(super) fn none() -> Self {
        Self { first_path: vec![0], first_arc: vec![0], ..Self::default() }
    }

    /// Puts paths of later pairs behind these.
    pub(super) fn append(&mut self, other: &Self) {
        let (n_paths, n_arcs) = (self.trips_veh_h.len() as u32, self.arcs.len());
        self.pair.extend_from_slice(&other.pair);
        self.first_path.extend(other.first_path[1..].iter().map(|path| n_paths + path));
        self.trips_veh_h.extend_from_slice(&other.trips_veh_h);
        self.connector_s.extend_from_slice(&other.connector_s);
        self.first_arc.extend(other.first_arc[1..].iter().map(|arc| n_arcs + arc));
        self.arcs.extend_from_slice(&other.arcs);
    }

    /// The number of paths.
    #[must_use]
    pub fn len(&self) -> usize {
        self.trips_veh_h.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.trips_veh_h.is_empty()
    }

    /// Pairs of zones with trips on the streets.
    #[must_use]
    pub fn n_pairs(&self) -> usize {
        self.pair.len()
    }

    /// The paths of a pair.
    pub fn of_pair(&self, pair: usize) -> impl ExactSizeIterator<Item = Path<'_>> {
        let (class, origin, destination) = self.pair[pair];
        (self.first_path[pair] as usize..self.first_path[pair + 1] as usize).map(move |path| Path {
            class: VehicleClass::ALL[class as usize],
            origin,
            destination,
            trips_veh_h: self.trips_veh_h[path],
            connector_s: self.connector_s[path],
            arcs: &self.arcs[self.first_arc[path]..self.first_arc[path + 1]],
        })
    }

    /// The paths from a zone to another, of all classes.
    pub fn between(&self, origin: u32, destination: u32) -> impl Iterator<Item = Path<'_>> {
        VehicleClass::ALL
            .iter()
            .filter_map(move |&class| self.pair.binary_search(&(class as u8, origin, destination)).ok())
            .flat_map(|pair| self.of_pair(pair))
    }

    /// All paths in order.
    pub fn iter(&self) -> impl Iterator<Item = Path<'_>> {
        (0..self.n_pairs()).flat_map(|pair| self.of_pair(pair))
    }

    /// Bytes that the paths take.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        4 * self.arcs.len() + 24 * self.len() + 16 * self.n_pairs()
    }
}
