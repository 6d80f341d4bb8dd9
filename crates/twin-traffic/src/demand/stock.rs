//! Who lives, works, learns, shops and meets where: residents, jobs and visitors of every building and place.
//!
//! # Model
//! Residents are the known ones; else dwellings × persons; else footprint × storeys × living space of the gross floor ÷
//! living space of a resident, for buildings in which people live by their use. A building of unknown use (`building=yes`,
//! most of them in many towns) is judged by the places in it, the land use around it, its size, and whether it has an
//! address while its neighbors have. Jobs are the known ones, else gross floor area × jobs per area by use. Shops,
//! practices and restaurants mapped as places take a part of the ground floor of a house or come on top.

use geo::{Area as _, BoundingRect, Centroid, Contains, Coord, Point};
use rstar::{AABB, RTree, primitives::GeomWithData, primitives::Rectangle};
use twin::{
    Assumptions, Finding, Findings, Id, Twin,
    area::{Area, AreaKind},
    building::{Building, BuildingUse, PlaceKind, RoofShape},
};

use super::coverage::Coverage;

/// What draws or makes trips at one spot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Activity {
    /// Where, in the twin's CRS, metres.
    pub position: Coord<f64>,
    /// People who live here.
    pub residents: f64,
    /// People who work here.
    pub jobs: f64,
    /// Places in schools, kindergartens, universities.
    pub pupils: f64,
    /// Customers per day.
    pub customers: f64,
    /// Visitors of offices, practices, public buildings per day.
    pub visitors: f64,
    /// Guests per day: leisure, homes included.
    pub guests: f64,
    /// Lorry trips per day, there and back both counted.
    pub truck_trips: f64,
}

impl Activity {
    /// Whether nothing happens here.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.residents + self.jobs + self.pupils + self.customers + self.visitors + self.guests + self.truck_trips
            <= 0.0
    }

    pub(super) fn add(&mut self, other: &Self) {
        self.residents += other.residents;
        self.jobs += other.jobs;
        self.pupils += other.pupils;
        self.customers += other.customers;
        self.visitors += other.visitors;
        self.guests += other.guests;
        self.truck_trips += other.truck_trips;
    }
}

/// The town's buildings and places as sources of trips.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stock {
    /// One row per building, in the order of the twin's table; idle where nobody lives or works.
    pub buildings: Vec<Activity>,
    /// Places outside the buildings, sports grounds, parks.
    pub places: Vec<Activity>,
    /// What was assumed, and what could not be used.
    pub findings: Findings,
}

impl Stock {
    /// All that happens in town.
    #[must_use]
    pub fn total(&self) -> Activity {
        self.buildings.iter().chain(&self.places).fold(Activity::default(), |mut total, activity| {
            total.add(activity);
            total
        })
    }
}

/// Residents, jobs and visitors of every building and place of the town.
#[must_use]
pub fn occupy(twin: &Twin, a: &Assumptions) -> Stock {
    let judge = Judge::new(twin, a);
    let mut tally = Tally::default();
    let mut stock = Stock::default();
    for (id, building) in twin.buildings.iter() {
        stock.buildings.push(judge.activity(id, building, &mut tally));
    }
    for (_, place) in twin.places.iter() {
        judge.place(place, &mut stock);
    }
    for (_, area) in twin.areas.iter() {
        if matches!(area.kind, AreaKind::Sports | AreaKind::Park)
            && let Some(centre) = area.polygon.centroid()
        {
            let guests = area.polygon.unsigned_area() / 10_000.0 * a.guests_sports_per_ha;
            if guests.is_finite() {
                stock.places.push(Activity { position: centre.into(), guests, ..Activity::default() });
            }
        }
    }
    for activity in stock.buildings.iter_mut().chain(&mut stock.places) {
        activity.guests += activity.residents * a.private_visits_per_resident;
        activity.truck_trips += activity.residents * a.truck_trips_per_resident;
    }
    stock.findings.extend(tally.findings(twin.buildings.len()));
    stock
}

/// What a building is taken for.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Role {
    usage: BuildingUse,
    /// Probability that people live in it if the use is residential.
    occupied: f64,
}

struct Judge<'a> {
    twin: &'a Twin,
    a: &'a Assumptions,
    /// Kinds of places in each building, sorted by building.
    places: Vec<(Id<Building>, PlaceKind)>,
    addressed: Vec<bool>,
    /// Part of the larger buildings that have an address, by cell of the town.
    coverage: Coverage,
    /// Part of the larger buildings of unknown use that stand in residential land.
    zoned: f64,
    areas: RTree<GeomWithData<Rectangle<[f64; 2]>, usize>>,
}

impl<'a> Judge<'a> {
    fn new(twin: &'a Twin, a: &'a Assumptions) -> Self {
        let mut places: Vec<_> =
            twin.places.iter().filter_map(|(_, place)| place.building.map(|building| (building, place.kind))).collect();
        places.sort_unstable();
        let mut addressed = vec![false; twin.buildings.len()];
        for (_, address) in twin.addresses.iter() {
            if let Some(flag) = address.building.and_then(|building| addressed.get_mut(building.index())) {
                *flag = true;
            }
        }
        let areas = twin
            .areas
            .iter()
            .filter(|(_, area)| tells_use(area.kind))
            .filter_map(|(id, area)| {
                let bounds = area.polygon.bounding_rect()?;
                let corners = ([bounds.min().x, bounds.min().y], [bounds.max().x, bounds.max().y]);
                Some(GeomWithData::new(Rectangle::from_corners(corners.0, corners.1), id.index()))
            })
            .collect();
        let coverage = Coverage::new(twin, &addressed, a.building_min_m2);
        let mut judge = Self { twin, a, places, addressed, coverage, zoned: 0.0, areas: RTree::bulk_load(areas) };
        judge.zoned = judge.zoned_share();
        judge
    }

    fn zoned_share(&self) -> f64 {
        let (mut n, mut n_zoned) = (0, 0);
        for (_, building) in self.twin.buildings.iter() {
            if building.usage != BuildingUse::Unknown || building.footprint.unsigned_area() < self.a.building_min_m2 {
                continue;
            }
            if let Some(centre) = building.footprint.centroid() {
                n += 1;
                n_zoned += usize::from(self.land_use(centre.into()) == Some(AreaKind::Residential));
            }
        }
        n_zoned as f64 / n.max(1) as f64
    }

    fn activity(&self, id: Id<Building>, building: &Building, tally: &mut Tally) -> Activity {
        if building.part_of.is_some() {
            return Activity::default();
        }
        let footprint_m2 = building.footprint.unsigned_area();
        let Some(centre) = building.footprint.centroid().filter(|_| footprint_m2.is_finite() && footprint_m2 > 0.0)
        else {
            tally.degenerate.push(building.key.clone());
            return Activity::default();
        };
        let position: Coord<f64> = centre.into();
        let role = self.role(id, building, position, footprint_m2, tally);
        let storeys = self.storeys(building, role.usage, tally);
        let floor_m2 = footprint_m2 * storeys;
        let shops_m2 = self.shops_m2(id).min(footprint_m2.max(self.a.shop_floor_m2));
        let mut activity = Activity { position, ..work(role.usage, floor_m2, self.a) };
        let living_m2 = match role.usage {
            BuildingUse::House | BuildingUse::Terrace | BuildingUse::Apartments | BuildingUse::Residential => {
                (floor_m2 - shops_m2).max(0.0)
            }
            BuildingUse::Farm => footprint_m2.min(150.0) * role.occupied,
            _ => 0.0,
        };
        if living_m2 > 0.0 && !is_hall(role.usage) && shops_m2 > 0.0 {
            activity.add(&work(BuildingUse::Retail, shops_m2, self.a));
        }
        let known = |value: Option<f64>| value.filter(|value| value.is_finite() && *value >= 0.0);
        activity.residents = if let Some(residents) = known(building.residents) {
            tally.known_residents += 1;
            residents
        } else if let Some(dwellings) = known(building.dwellings) {
            tally.known_dwellings += 1;
            dwellings * self.a.persons_per_dwelling * self.a.occupied_share
        } else if living_m2 > 0.0 {
            tally.residents_by_floor += 1;
            let living = living_m2 * self.a.living_space_of_gross_floor * self.a.occupied_share * role.occupied;
            living / self.a.living_space_m2
        } else {
            0.0
        };
        self.tenants(id, role.usage, &mut activity);
        match known(building.jobs) {
            Some(jobs) => {
                activity.jobs = jobs;
                tally.known_jobs += 1;
            }
            None => activity.jobs += activity.residents * self.a.home_jobs_per_resident,
        }
        activity
    }

    /// What a building is taken for: its use, or for an unknown one what the surroundings tell.
    fn role(
        &self,
        id: Id<Building>,
        building: &Building,
        position: Coord<f64>,
        footprint_m2: f64,
        tally: &mut Tally,
    ) -> Role {
        let sure = |usage| Role { usage, occupied: 1.0 };
        if building.usage != BuildingUse::Unknown {
            return sure(building.usage);
        }
        tally.unknown_use += 1;
        if let Some(usage) = self.places_of(id).find_map(|kind| use_of_place(kind, footprint_m2)) {
            return sure(usage);
        }
        let is_large = footprint_m2 > self.a.building_max_m2;
        let land = self.land_use(position);
        let usage = match land {
            Some(AreaKind::Retail) => BuildingUse::Retail,
            Some(AreaKind::Commercial) => BuildingUse::Commercial,
            Some(AreaKind::Industrial) => BuildingUse::Industrial,
            Some(AreaKind::Institutional) => BuildingUse::Public,
            Some(AreaKind::Farmyard) => BuildingUse::Farm,
            Some(AreaKind::Orchard | AreaKind::Railway | AreaKind::Cemetery | AreaKind::Sports) => BuildingUse::Shed,
            _ if is_large => BuildingUse::Commercial,
            _ => BuildingUse::Residential,
        };
        if footprint_m2 < self.a.building_min_m2 {
            return sure(BuildingUse::Shed);
        }
        let occupied = if self.addressed[id.index()] {
            1.0
        } else {
            let zoned = if land.is_none() { 1.0 - self.zoned * (1.0 - self.a.unzoned_share) } else { 1.0 };
            zoned * (1.0 - self.coverage.at(position) * (1.0 - self.a.unaddressed_share))
        };
        Role { usage, occupied }
    }

    /// The smallest area of a telling land use around a position.
    fn land_use(&self, position: Coord<f64>) -> Option<AreaKind> {
        let at = AABB::from_point([position.x, position.y]);
        let areas: &[Area] = self.twin.areas.rows();
        self.areas
            .locate_in_envelope_intersecting(&at)
            .map(|entry| entry.data)
            .filter(|&index| areas[index].polygon.contains(&Point::from(position)))
            .min_by(|&x, &y| {
                areas[x].polygon.unsigned_area().total_cmp(&areas[y].polygon.unsigned_area()).then(x.cmp(&y))
            })
            .map(|index| areas[index].kind)
    }

    fn storeys(&self, building: &Building, usage: BuildingUse, tally: &mut Tally) -> f64 {
        let attic = match building.roof {
            Some(RoofShape::Flat) => 0.0,
            _ if is_home(usage) => self.a.attic_share,
            _ => 0.0,
        };
        let known = |value: Option<f64>| value.filter(|value| value.is_finite() && *value > 0.0);
        if let Some(levels) = known(building.levels) {
            return levels + attic;
        }
        if let Some(height_m) = known(building.height_m).filter(|_| !is_hall(usage)) {
            let walls_m = height_m - building.roof_height_or_assumed_m();
            return (walls_m / self.a.storey_height_m).floor().max(1.0) + attic;
        }
        tally.unknown_storeys += 1;
        match usage {
            BuildingUse::House | BuildingUse::Terrace => self.a.storeys_house,
            BuildingUse::Residential => self.a.storeys_residential,
            BuildingUse::Apartments => self.a.storeys_apartments,
            BuildingUse::Office
            | BuildingUse::School
            | BuildingUse::University
            | BuildingUse::Hospital
            | BuildingUse::Hotel
            | BuildingUse::Public => self.a.storeys_office,
            _ => self.a.storeys_hall,
        }
    }

    fn places_of(&self, id: Id<Building>) -> impl Iterator<Item = PlaceKind> {
        let first = self.places.partition_point(|(building, _)| *building < id);
        self.places[first..].iter().take_while(move |(building, _)| *building == id).map(|(_, kind)| *kind)
    }

    /// Gross floor area of the shops mapped in a building.
    fn shops_m2(&self, id: Id<Building>) -> f64 {
        self.places_of(id)
            .map(|kind| match kind {
                PlaceKind::Shop | PlaceKind::Pharmacy => self.a.shop_floor_m2,
                PlaceKind::Supermarket => self.a.supermarket_floor_m2,
                _ => 0.0,
            })
            .sum()
    }

    /// Practices and restaurants in a building.
    fn tenants(&self, id: Id<Building>, usage: BuildingUse, activity: &mut Activity) {
        for kind in self.places_of(id) {
            match kind {
                PlaceKind::Gastronomy if usage != BuildingUse::Hotel => {
                    activity.guests += self.a.guests_per_restaurant;
                    activity.jobs += self.a.guests_per_restaurant / 12.0;
                }
                PlaceKind::Doctor | PlaceKind::Pharmacy => {
                    activity.visitors += self.a.patients_per_practice;
                    activity.jobs += self.a.patients_per_practice / 12.0;
                }
                _ => {}
            }
        }
    }

    /// A place without a building of its own.
    fn place(&self, place: &twin::building::Place, stock: &mut Stock) {
        let inside = place.building.and_then(|building| stock.buildings.get(building.index()));
        if inside.is_some_and(|activity| !activity.is_idle()) {
            return;
        }
        let a = self.a;
        let mut activity = match place.kind {
            PlaceKind::Shop => work(BuildingUse::Retail, a.shop_floor_m2, a),
            PlaceKind::Supermarket => work(BuildingUse::Retail, a.supermarket_floor_m2, a),
            PlaceKind::Gastronomy => Activity {
                guests: a.guests_per_restaurant,
                jobs: a.guests_per_restaurant / 12.0,
                ..Activity::default()
            },
            PlaceKind::Doctor | PlaceKind::Pharmacy | PlaceKind::TownHall => Activity {
                visitors: a.patients_per_practice,
                jobs: a.patients_per_practice / 12.0,
                ..Activity::default()
            },
            PlaceKind::School | PlaceKind::Kindergarten if !self.is_school_near(place.position) => {
                let pupils = if place.kind == PlaceKind::School { 1.0 } else { 0.2 } * a.pupils_per_school;
                Activity { pupils, jobs: pupils / 10.0, ..Activity::default() }
            }
            _ => return,
        };
        activity.position = place.position;
        if place.position.x.is_finite() && place.position.y.is_finite() {
            stock.places.push(activity);
        }
    }

    /// Whether a building of a school stands within 150 m: then its floor area counts, not the mark on the map.
    fn is_school_near(&self, position: Coord<f64>) -> bool {
        self.twin.buildings.iter().any(|(_, building)| {
            matches!(building.usage, BuildingUse::School | BuildingUse::Kindergarten | BuildingUse::University)
                && building.footprint.centroid().is_some_and(|c| (c.x() - position.x).hypot(c.y() - position.y) < 150.0)
        })
    }
}

/// Jobs, pupils, customers, visitors, guests and lorries of a gross floor area.
fn work(usage: BuildingUse, floor_m2: f64, a: &Assumptions) -> Activity {
    let hundreds = floor_m2 / 100.0;
    let jobs = |per_100_m2: f64, trucks_per_job: f64| Activity {
        jobs: hundreds * per_100_m2,
        truck_trips: hundreds * per_100_m2 * trucks_per_job,
        ..Activity::default()
    };
    let other = a.truck_trips_per_job_other;
    match usage {
        BuildingUse::Retail => Activity {
            customers: hundreds * a.customers_retail_per_100_m2,
            ..jobs(a.jobs_retail_per_100_m2, a.truck_trips_per_job_retail)
        },
        BuildingUse::Office => {
            Activity { visitors: hundreds * a.visitors_office_per_100_m2, ..jobs(a.jobs_office_per_100_m2, other) }
        }
        BuildingUse::Commercial => Activity {
            customers: hundreds * a.customers_commercial_per_100_m2,
            ..jobs(a.jobs_commercial_per_100_m2, a.truck_trips_per_job_retail)
        },
        BuildingUse::Industrial => jobs(a.jobs_industrial_per_100_m2, a.truck_trips_per_job_industrial),
        BuildingUse::Warehouse => jobs(a.jobs_warehouse_per_100_m2, a.truck_trips_per_job_warehouse),
        BuildingUse::School | BuildingUse::Kindergarten | BuildingUse::University => {
            Activity { pupils: hundreds * a.pupils_per_100_m2, ..jobs(a.jobs_school_per_100_m2, other) }
        }
        BuildingUse::Hospital => {
            Activity { visitors: hundreds * a.visitors_public_per_100_m2, ..jobs(a.jobs_hospital_per_100_m2, other) }
        }
        BuildingUse::Public => Activity {
            visitors: hundreds * a.visitors_public_per_100_m2,
            guests: hundreds * a.guests_hotel_per_100_m2,
            ..jobs(a.jobs_public_per_100_m2, other)
        },
        BuildingUse::FireStation => jobs(a.jobs_public_per_100_m2, other),
        BuildingUse::Hotel => {
            Activity { guests: hundreds * a.guests_hotel_per_100_m2, ..jobs(a.jobs_hotel_per_100_m2, other) }
        }
        BuildingUse::Church => Activity { guests: hundreds * a.guests_hotel_per_100_m2, ..Activity::default() },
        BuildingUse::House
        | BuildingUse::Terrace
        | BuildingUse::Apartments
        | BuildingUse::Residential
        | BuildingUse::Farm
        | BuildingUse::Garage
        | BuildingUse::Shed
        | BuildingUse::Utility
        | BuildingUse::Unknown => Activity::default(),
    }
}

pub(super) fn is_home(usage: BuildingUse) -> bool {
    matches!(
        usage,
        BuildingUse::House
            | BuildingUse::Terrace
            | BuildingUse::Apartments
            | BuildingUse::Residential
            | BuildingUse::Farm
    )
}

fn is_hall(usage: BuildingUse) -> bool {
    matches!(
        usage,
        BuildingUse::Retail
            | BuildingUse::Industrial
            | BuildingUse::Warehouse
            | BuildingUse::Church
            | BuildingUse::Garage
            | BuildingUse::Shed
            | BuildingUse::Utility
            | BuildingUse::Farm
    )
}

/// What a building of unknown use is for when this is in it; nothing where the place may be one tenant of many.
fn use_of_place(kind: PlaceKind, footprint_m2: f64) -> Option<BuildingUse> {
    match kind {
        PlaceKind::FireStation | PlaceKind::RescueStation => Some(BuildingUse::FireStation),
        PlaceKind::Police | PlaceKind::TownHall => Some(BuildingUse::Public),
        PlaceKind::Hospital => Some(BuildingUse::Hospital),
        PlaceKind::School => Some(BuildingUse::School),
        PlaceKind::Kindergarten => Some(BuildingUse::Kindergarten),
        PlaceKind::CareHome => Some(BuildingUse::Apartments),
        PlaceKind::Supermarket if footprint_m2 > 400.0 => Some(BuildingUse::Retail),
        PlaceKind::Parking => Some(BuildingUse::Garage),
        _ => None,
    }
}

fn tells_use(kind: AreaKind) -> bool {
    matches!(
        kind,
        AreaKind::Residential
            | AreaKind::Retail
            | AreaKind::Commercial
            | AreaKind::Industrial
            | AreaKind::Institutional
            | AreaKind::Farmyard
            | AreaKind::Orchard
            | AreaKind::Railway
            | AreaKind::Cemetery
            | AreaKind::Sports
    )
}

/// What was known and what was assumed.
#[derive(Default)]
struct Tally {
    unknown_use: usize,
    unknown_storeys: usize,
    known_residents: usize,
    known_dwellings: usize,
    residents_by_floor: usize,
    known_jobs: usize,
    degenerate: Vec<twin::Key>,
}

impl Tally {
    fn findings(self, n_buildings: usize) -> Findings {
        let mut findings = Findings::default();
        if n_buildings == 0 {
            findings.push(
                Finding::warning("no-buildings", "The twin has no buildings: nobody lives, works or shops in it.")
                    .with_help("Import buildings, or give the demand as matrices."),
            );
        }
        let known = self.known_residents + self.known_dwellings;
        if self.residents_by_floor > 0 {
            findings.push(
                Finding::note(
                    "assumed-residents",
                    format!(
                        "Residents are known or told by dwellings for {known} buildings; for {} they were assumed from floor area.",
                        self.residents_by_floor
                    ),
                )
                .with_help("Give residents or dwellings of buildings, or change living_space_m2 under [assumptions]."),
            );
        }
        if self.unknown_use > 0 {
            findings.push(
                Finding::note(
                    "assumed-use",
                    format!(
                        "The use of {} of {n_buildings} buildings is unknown: taken from places in them, land use, size and addresses.",
                        self.unknown_use
                    ),
                )
                .with_field("building"),
            );
        }
        if self.unknown_storeys > 0 {
            findings.push(
                Finding::note(
                    "assumed-storeys",
                    format!("Storeys and height are unknown for {} buildings: assumed by use.", self.unknown_storeys),
                )
                .with_help("Change storeys_house, storeys_residential, … under [assumptions].")
                .with_field("building:levels"),
            );
        }
        for key in self.degenerate {
            findings.push(
                Finding::warning(
                    "degenerate-building",
                    "The footprint has no area: the building was left out of demand.",
                )
                .with_key(key),
            );
        }
        findings
    }
}
