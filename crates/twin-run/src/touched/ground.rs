//! The networks of all modes, where addresses lie on them, and the ways without closures: built once per twin.

use rayon::prelude::*;
use twin::{
    Assumptions, Id, Twin,
    building::{Place as TwinPlace, PlaceKind},
    outcome::touched::Way,
    road::{Modes, RoadNode},
};
use twin_traffic::{
    modal::{Closings, Found, ModeNetwork, Search, Start, Toward, Traveler, Turning},
    street::Streets,
};

use crate::access::{Access, Place, is_gate, places_on};

/// Junctions from which people come to every address, the centre included.
const N_REFERENCES: usize = 5;

/// The networks of all modes, and the ways without closures.
pub(crate) struct Ground {
    pub(super) car: ModeNetwork,
    pub(super) lorry: ModeNetwork,
    pub(super) bus: ModeNetwork,
    pub(super) emergency: ModeNetwork,
    pub(super) bicycle: ModeNetwork,
    pub(super) foot: ModeNetwork,
    /// Time of cars on empty streets by arc, seconds; infinite where none may drive.
    pub(super) car_s: Vec<f64>,
    /// Time of lorries on empty streets by arc, seconds.
    pub(super) lorry_s: Vec<f64>,
    pub(super) bicycle_s: Vec<f64>,
    pub(super) foot_s: Vec<f64>,
    n_addresses: usize,
    /// Addresses, then places to reach, on streets for cars.
    pub(super) on_streets: Vec<Option<Place>>,
    /// The same on ways for people on foot.
    pub(super) on_foot: Vec<Option<Place>>,
    /// Where people come from: the centre, then roads out of town.
    pub(super) references: Vec<Id<RoadNode>>,
    pub(super) hospitals: Vec<Id<TwinPlace>>,
    pub(super) schools: Vec<Id<TwinPlace>>,
    pub(super) shops: Vec<Id<TwinPlace>>,
    pub(super) base: Ways,
}

/// Ways by address: one list per search.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Ways {
    /// From each reference.
    pub(super) into: Vec<Vec<Option<Found>>>,
    /// To each reference.
    pub(super) out: Vec<Vec<Option<Found>>>,
    pub(super) hospital: Vec<Option<Found>>,
    pub(super) bicycle: Vec<Option<Found>>,
    pub(super) shop: Vec<Option<Found>>,
    pub(super) school: Vec<Option<Found>>,
    /// For a heavy lorry from the nearest reference.
    pub(super) lorry: Vec<Option<Found>>,
}

/// A search, where it starts, and the places of the addresses on its network.
type Job<'a> = (Search<'a>, Vec<Start>, &'a [Option<Place>]);

impl Ground {
    /// The ground of a twin; nothing where it has neither addresses nor places nor bus routes.
    pub(crate) fn of(twin: &Twin, access: &Access, streets: &Streets, a: &Assumptions) -> Option<Self> {
        if twin.addresses.is_empty() && twin.places.is_empty() && twin.bus_routes.is_empty() {
            return None;
        }
        let travelers = travelers(a);
        let networks: Vec<ModeNetwork> =
            travelers.par_iter().map(|&traveler| ModeNetwork::new(twin, traveler)).collect();
        let [car, lorry, bus, emergency, bicycle, foot] =
            <[ModeNetwork; 6]>::try_from(networks).expect("because there is one network per traveler");
        let at_speed = |network: &ModeNetwork, kmh: f64| network.length_m.iter().map(|m| m / (kmh / 3.6)).collect();
        let of_kind = |kind: PlaceKind| {
            twin.places.iter().filter(|(_, place)| place.kind == kind).map(|(id, _)| id).collect::<Vec<_>>()
        };
        let shops = of_kind(PlaceKind::Supermarket);
        let on_foot =
            places_on(twin, |link| [&link.forward, &link.backward].iter().any(|way| way.modes.contains(Modes::FOOT)));
        let mut ground = Self {
            car_s: empty_s(streets, &car, 0),
            lorry_s: empty_s(streets, &lorry, 1),
            bicycle_s: at_speed(&bicycle, a.bicycle_speed_kmh),
            foot_s: at_speed(&foot, a.foot_speed_kmh),
            references: references(twin, access),
            hospitals: of_kind(PlaceKind::Hospital),
            schools: of_kind(PlaceKind::School),
            shops: if shops.is_empty() { of_kind(PlaceKind::Shop) } else { shops },
            n_addresses: twin.addresses.len(),
            on_streets: access.places().to_vec(),
            on_foot,
            car,
            lorry,
            bus,
            emergency,
            bicycle,
            foot,
            base: Ways::none(),
        };
        let open = Closings::default();
        let closings = [&open; 4];
        let (car_s, bicycle_s) = (ground.car_s.clone(), ground.bicycle_s.clone());
        ground.base = ground.ways(closings, [&car_s, &bicycle_s], true);
        Some(ground)
    }

    /// Ways of all addresses under closings for cars, lorries, bicycles and people on foot, with times of cars and bicycles. Walks only where
    /// asked for.
    pub(super) fn ways(&self, closings: [&Closings; 4], [car_s, bicycle_s]: [&[f64]; 2], walks: bool) -> Ways {
        let [for_car, for_lorry, for_bicycle, for_foot] = closings;
        let nodes: Vec<Start> = self.references.iter().map(|&node| Start::Node(node, 0.0)).collect();
        let search =
            |network, time_s, closings, toward, keeps_out| Search { network, time_s, closings, toward, keeps_out };
        let hospitals = self.starts(&self.on_streets, &self.hospitals);
        let (schools, shops) = (self.starts(&self.on_foot, &self.schools), self.starts(&self.on_foot, &self.shops));
        let mut jobs: Vec<Job<'_>> = Vec::new();
        for toward in [Toward::Places, Toward::Starts] {
            for &node in &nodes {
                jobs.push((search(&self.car, car_s, for_car, toward, true), vec![node], &self.on_streets));
            }
        }
        jobs.push((search(&self.car, car_s, for_car, Toward::Starts, false), hospitals, &self.on_streets));
        let centre = nodes.iter().take(1).copied().collect();
        jobs.push((search(&self.bicycle, bicycle_s, for_bicycle, Toward::Starts, false), centre, &self.on_streets));
        let lorry = search(&self.lorry, &self.lorry_s, for_lorry, Toward::Places, true);
        jobs.push((lorry, nodes.clone(), &self.on_streets));
        if walks {
            let foot = search(&self.foot, &self.foot_s, for_foot, Toward::Starts, false);
            jobs.push((foot, shops, &self.on_foot));
            jobs.push((foot, schools, &self.on_foot));
        }
        let mut found = jobs
            .into_par_iter()
            .map(|(search, starts, places)| self.of_addresses(search, &starts, places))
            .collect::<Vec<_>>()
            .into_iter();
        let mut next = || found.next().unwrap_or_default();
        let into = nodes.iter().map(|_| next()).collect();
        let out = nodes.iter().map(|_| next()).collect();
        Ways { into, out, hospital: next(), bicycle: next(), lorry: next(), shop: next(), school: next() }
    }

    /// The best way of every address in a search.
    pub(super) fn of_addresses(
        &self,
        search: Search<'_>,
        starts: &[Start],
        places: &[Option<Place>],
    ) -> Vec<Option<Found>> {
        if starts.is_empty() {
            return vec![None; self.n_addresses];
        }
        let reached = search.run(starts);
        places[..self.n_addresses]
            .iter()
            .map(|place| place.and_then(|place| reached.at(place.link, place.at_m)))
            .collect()
    }

    /// Starts at places to reach; those that lie on no street are left out.
    pub(super) fn starts(&self, on: &[Option<Place>], ids: &[Id<TwinPlace>]) -> Vec<Start> {
        ids.iter().filter_map(|&id| self.place(on, id)).map(|place| Start::Place(place.link, place.at_m, 0.0)).collect()
    }

    /// Where a place to reach lies.
    pub(super) fn place(&self, on: &[Option<Place>], id: Id<TwinPlace>) -> Option<Place> {
        on.get(self.n_addresses + id.index()).copied().flatten()
    }

    /// Addresses by the position of what is said of them.
    pub(super) const fn n_addresses(&self) -> usize {
        self.n_addresses
    }
}

impl Ways {
    const fn none() -> Self {
        Self {
            into: Vec::new(),
            out: Vec::new(),
            hospital: Vec::new(),
            bicycle: Vec::new(),
            shop: Vec::new(),
            school: Vec::new(),
            lorry: Vec::new(),
        }
    }
}

/// A way as it is told.
pub(super) const fn told(found: Found) -> Way {
    Way { length_m: found.length_m, time_s: found.time_s }
}

fn travelers(a: &Assumptions) -> [Traveler; 6] {
    let lorry = Traveler {
        weight_t: a.lorry_weight_t,
        height_m: a.lorry_height_m,
        width_m: a.lorry_width_m,
        ..Traveler::of(Modes::TRUCK, Turning::DeadEnds, true)
    };
    let bus = Traveler {
        weight_t: a.bus_weight_t,
        height_m: a.bus_height_m,
        width_m: a.bus_width_m,
        clear_width_m: a.bus_width_m + a.bus_clearance_m,
        ..Traveler::of(Modes::BUS, Turning::Circles, true)
    };
    [
        Traveler::of(Modes::CAR, Turning::DeadEnds, true),
        lorry,
        bus,
        Traveler::of(Modes::EMERGENCY, Turning::Anywhere, false),
        Traveler::of(Modes::BICYCLE, Turning::Anywhere, true),
        Traveler::of(Modes::FOOT, Turning::Anywhere, false),
    ]
}

/// Time on empty streets of a class by arc, seconds; infinite where it may not drive.
fn empty_s(streets: &Streets, network: &ModeNetwork, class: usize) -> Vec<f64> {
    let mut time_s = vec![f64::INFINITY; network.n_arcs()];
    for (position, &row) in streets.row.iter().enumerate() {
        if streets.admits[position] & (1 << class) != 0 {
            time_s[row as usize] = streets.free_time_s[class][position];
        }
    }
    time_s
}

/// The junction next to the centre (town hall, else the middle of all addresses), and the ends of roads out of town that lie farthest
/// from it and from each other; where no road leaves the map, junctions do.
fn references(twin: &Twin, access: &Access) -> Vec<Id<RoadNode>> {
    let main: Vec<Id<RoadNode>> =
        twin.roads.nodes().map(|(id, _)| id).filter(|id| access.main_before[id.index()]).collect();
    let Some(middle) = middle(twin) else { return Vec::new() };
    let squared_m2 = |a: twin::geo_types::Coord<f64>, b: twin::geo_types::Coord<f64>| {
        let (dx, dy) = (a.x - b.x, a.y - b.y);
        dx * dx + dy * dy
    };
    let near = |node: &&Id<RoadNode>| squared_m2(twin.roads[**node].position, middle);
    let Some(&centre) = main.iter().min_by(|a, b| near(a).total_cmp(&near(b)).then(a.cmp(b))) else {
        return Vec::new();
    };
    let gates: Vec<Id<RoadNode>> =
        main.iter().copied().filter(|&node| twin.roads[node].border && is_gate(twin, node)).collect();
    let candidates = if gates.is_empty() { &main } else { &gates };
    let mut chosen = vec![centre];
    let mut far: Vec<f64> =
        candidates.iter().map(|&node| squared_m2(twin.roads[node].position, twin.roads[centre].position)).collect();
    while chosen.len() < N_REFERENCES {
        let farthest = (0..far.len()).max_by(|&a, &b| far[a].total_cmp(&far[b]).then(b.cmp(&a)));
        let Some(next) = farthest.filter(|&next| far[next] > 0.0) else { break };
        let position = twin.roads[candidates[next]].position;
        chosen.push(candidates[next]);
        for (far, &node) in far.iter_mut().zip(candidates) {
            *far = far.min(squared_m2(twin.roads[node].position, position));
        }
    }
    chosen
}

/// The town hall, else the median of all addresses, else of all places.
fn middle(twin: &Twin) -> Option<twin::geo_types::Coord<f64>> {
    if let Some(hall) = twin.places.rows().iter().find(|place| place.kind == PlaceKind::TownHall) {
        return Some(hall.position);
    }
    let mut positions: Vec<_> = twin.addresses.rows().iter().map(|address| address.position).collect();
    if positions.is_empty() {
        positions = twin.places.rows().iter().map(|place| place.position).collect();
    }
    if positions.is_empty() {
        positions = twin.roads.nodes().map(|(_, node)| node.position).collect();
    }
    let median = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    let x = median(positions.iter().map(|position| position.x).collect())?;
    let y = median(positions.iter().map(|position| position.y).collect())?;
    Some(twin::geo_types::Coord { x, y })
}
