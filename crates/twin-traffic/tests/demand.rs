//! Demand of a small drawn town: what goes out comes home, totals are kept, assumptions do what they say.

use twin::{
    Assumptions, Crs, Id, Key, Severity, Twin,
    building::{Building, BuildingUse},
    demand::{Demand, VehicleClass, ZoneKind},
    geo_types::{Coord, LineString, MultiPolygon, coord, polygon},
    road::{Assumed, Carriageway, Modes, NodeControl, RoadClass, RoadLink, RoadNode, Structure},
};
use twin_traffic::demand::{self, Day, Generated, stock};

fn node(twin: &mut Twin, x: f64, y: f64, border: bool) -> Id<RoadNode> {
    let key = Key::new(format!("node/{}", twin.roads.n_nodes() + 1));
    twin.roads.add_node(RoadNode {
        key,
        position: coord! { x: x, y: y },
        elevation_m: None,
        control: NodeControl::None,
        border,
        through: true,
    })
}

fn street(twin: &mut Twin, from: Id<RoadNode>, to: Id<RoadNode>, class: RoadClass, structure: Structure) {
    let (a, b) = (twin.roads[from].position, twin.roads[to].position);
    let limit_kmh = if class == RoadClass::Residential { 30.0 } else { 50.0 };
    let carriageway = Carriageway { modes: Modes::ALL, lanes: 1, speed_limit_kmh: limit_kmh, impedance: None };
    let link = RoadLink {
        key: Key::new(format!("way/{}", twin.roads.n_links() + 1)),
        source_keys: Vec::new(),
        name: Some(format!("{class:?}straße")),
        route: (class != RoadClass::Residential).then(|| format!("{class:?} {}", if a.x == b.x { "NS" } else { "WE" })),
        class,
        geometry: LineString::from(vec![a, b]),
        length_m: (b.x - a.x).hypot(b.y - a.y),
        forward: carriageway.clone(),
        backward: carriageway,
        shared_lane: false,
        width_m: None,
        surface: None,
        structure,
        layer: 0,
        roundabout: false,
        destination_only: false,
        built_up: Some(true),
        max_weight_t: None,
        max_height_m: None,
        max_width_m: None,
        assumed: Assumed::default(),
    };
    twin.roads.add_link(from, to, link);
}

fn building(twin: &mut Twin, at: Coord<f64>, side_m: f64, usage: BuildingUse) -> Id<Building> {
    let footprint = MultiPolygon::new(vec![polygon![
        (x: at.x, y: at.y), (x: at.x + side_m, y: at.y), (x: at.x + side_m, y: at.y + side_m), (x: at.x, y: at.y + side_m),
    ]]);
    let key = Key::new(format!("way/b{}", twin.buildings.len() + 1));
    twin.buildings.push(Building {
        key,
        footprint,
        usage,
        name: None,
        levels: None,
        height_m: None,
        min_height_m: None,
        roof: None,
        roof_height_m: None,
        year_built: None,
        dwellings: None,
        residents: None,
        jobs: None,
        part_of: None,
    })
}

/// Ten by ten streets of 100 m; the river runs between the fifth and sixth column, one bridge on the main street, which
/// leaves the map in the west and east; a state road leaves in the north and south. Shops along the main street, a school,
/// a factory in the south-east.
fn town() -> Twin {
    let mut twin = Twin::empty("Drawn", Crs::etrs89_utm(32));
    let mut grid = Vec::new();
    for row in 0..10 {
        for column in 0..10 {
            grid.push(node(&mut twin, f64::from(column) * 100.0, f64::from(row) * 100.0, false));
        }
    }
    let at = |row: usize, column: usize| grid[row * 10 + column];
    for row in 0..10 {
        for column in 0..9 {
            let class = if row == 5 { RoadClass::Primary } else { RoadClass::Residential };
            if column != 4 {
                street(&mut twin, at(row, column), at(row, column + 1), class, Structure::Ground);
            } else if row == 5 {
                street(&mut twin, at(row, column), at(row, column + 1), class, Structure::Bridge);
            }
        }
    }
    for row in 0..9 {
        for column in 0..10 {
            let class = if column == 2 { RoadClass::Secondary } else { RoadClass::Residential };
            street(&mut twin, at(row, column), at(row + 1, column), class, Structure::Ground);
        }
    }
    let border = [
        (-800.0, 500.0, at(5, 0), RoadClass::Primary),
        (1700.0, 500.0, at(5, 9), RoadClass::Primary),
        (200.0, 1700.0, at(9, 2), RoadClass::Secondary),
        (200.0, -800.0, at(0, 2), RoadClass::Secondary),
    ];
    for (x, y, inner, class) in border {
        let outer = node(&mut twin, x, y, true);
        street(&mut twin, outer, inner, class, Structure::Ground);
    }
    for row in 0..10 {
        for column in (0..10).filter(|&column| column != 4) {
            let (x, y) = (f64::from(column) * 100.0, f64::from(row) * 100.0);
            for house in 0..4 {
                let usage = match (row, house) {
                    (5, 0) => BuildingUse::Retail,
                    (5, _) => BuildingUse::Apartments,
                    _ => BuildingUse::House,
                };
                building(&mut twin, coord! { x: x + 15.0 + 20.0 * f64::from(house), y: y + 10.0 }, 11.0, usage);
            }
        }
    }
    building(&mut twin, coord! { x: 320.0, y: 720.0 }, 40.0, BuildingUse::School);
    building(&mut twin, coord! { x: 720.0, y: 120.0 }, 60.0, BuildingUse::Industrial);
    building(&mut twin, coord! { x: 120.0, y: 520.0 }, 30.0, BuildingUse::Office);
    building(&mut twin, coord! { x: 150.0, y: 620.0 }, 25.0, BuildingUse::Public);
    twin
}

fn total(generated: &Generated, class: VehicleClass) -> f64 {
    generated.demand.matrices.iter().filter(|m| m.class == class).map(|m| m.total_veh_h()).sum()
}

fn codes(generated: &Generated) -> Vec<&'static str> {
    generated.findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn a_town_has_plausible_trips() {
    let twin = town();
    let generated = demand::generate(&twin, &Assumptions::default());
    let used = &generated.used;
    // 324 houses of 121 m² × 1.6 storeys, 27 apartment houses of 3.2, by hand: 3.0 and 5.9 residents each.
    assert!((1000.0..1200.0).contains(&used.residents), "{}", used.residents);
    assert!((200.0..700.0).contains(&used.jobs), "{}", used.jobs);
    let internal = generated.demand.zones.iter().filter(|zone| zone.kind == ZoneKind::Internal).count();
    let external = generated.demand.zones.len() - internal;
    assert!((15..=40).contains(&internal), "{internal} zones");
    assert_eq!(external, 4);
    assert!(generated.demand.zones.iter().all(|zone| !zone.connectors.is_empty()));
    assert_eq!(generated.demand.matrices.len(), 48);
    // Border roads carry about what roads of their class carry.
    for station in &used.stations {
        let usual = if station.class == RoadClass::Primary { 9500.0 } else { 4000.0 };
        let all = station.cars_d + station.trucks_d;
        assert!((0.5 * usual..1.3 * usual).contains(&all), "{station:?}");
        assert!(station.through_cars_d < station.cars_d);
    }
    let truck_share = total(&generated, VehicleClass::Truck)
        / (total(&generated, VehicleClass::Truck) + total(&generated, VehicleClass::Car));
    assert!((0.02..0.12).contains(&truck_share), "{truck_share}");
    let hour = |h: u8| generated.demand.at_hour(h).map(|m| m.total_veh_h()).sum::<f64>();
    let day: f64 = (0..24).map(hour).sum();
    assert!((0.07..0.11).contains(&(hour(16) / day)), "{}", hour(16) / day);
    assert!(hour(3) < 0.02 * day && hour(7) > hour(5));
}

#[test]
fn over_the_day_what_leaves_a_zone_comes_back() {
    let twin = town();
    let day = Day::new(&twin, &Assumptions::default());
    let n = day.zones.len();
    for class in VehicleClass::ALL {
        let mut balance = vec![0.0; n];
        let mut begun = vec![0.0; n];
        for hour in 0..24 {
            for (index, trips) in day.full(*class, hour).into_iter().enumerate() {
                assert!(trips.is_finite() && trips >= 0.0);
                balance[index / n] += trips;
                balance[index % n] -= trips;
                begun[index / n] += trips;
            }
        }
        for (zone, (balance, begun)) in day.zones.iter().zip(balance.iter().zip(&begun)) {
            assert!(balance.abs() < 1e-3 * (1.0 + begun), "{} {balance} of {begun}", zone.key);
        }
    }
}

#[test]
fn mornings_flow_to_work_and_evenings_home() {
    let twin = town();
    let day = Day::new(&twin, &Assumptions::default());
    let n = day.zones.len();
    let factory = (0..n)
        .filter(|&zone| day.zones[zone].kind == ZoneKind::Internal)
        .max_by(|&p, &q| {
            let surplus = |zone: usize| day.zones[zone].jobs - day.zones[zone].residents;
            surplus(p).total_cmp(&surplus(q))
        })
        .expect("a zone");
    let (mut arrive, mut leave) = ([0.0; 2], [0.0; 2]);
    for (index, hour) in [7, 16].into_iter().enumerate() {
        let full = day.full(VehicleClass::Car, hour);
        for other in 0..n {
            arrive[index] += full[other * n + factory];
            leave[index] += full[factory * n + other];
        }
    }
    assert!(arrive[0] > 1.5 * leave[0], "{arrive:?} {leave:?}");
    assert!(leave[1] > 1.2 * arrive[1], "{arrive:?} {leave:?}");
}

#[test]
fn kinds_of_trips_add_up_to_the_matrices() {
    let twin = town();
    let generated = demand::generate(&twin, &Assumptions::default());
    for class in VehicleClass::ALL {
        let kinds: f64 =
            generated.used.trips.iter().filter(|kind| kind.class == *class).map(|kind| kind.trips_d.total()).sum();
        let matrices = total(&generated, *class);
        assert!((kinds - matrices).abs() < 1e-6 * kinds, "{class:?} {kinds} {matrices}");
    }
    // Residents' trips are the survey's: all produced trips, none lost.
    let a = Assumptions::default();
    let residents = generated.used.residents;
    let rate: f64 =
        demand::purpose::Purpose::ALL.iter().map(|&p| demand::purpose::car_trips_per_resident(p, residents, &a)).sum();
    let made: f64 = generated
        .used
        .trips
        .iter()
        .filter(|kind| kind.class == VehicleClass::Car)
        .map(|kind| kind.trips_d.internal + kind.trips_d.leaving)
        .sum();
    assert!((made - rate * residents).abs() < 1e-6 * made, "{made} {}", rate * residents);
}

#[test]
fn assumptions_do_what_they_say() {
    let twin = town();
    let base = demand::generate_hours(&twin, &Assumptions::default(), &[16]);
    let with = |key: &str, value: f64| {
        let mut a = Assumptions::default();
        assert!(a.set(key, value), "{key}");
        demand::generate_hours(&twin, &a, &[16])
    };
    let residents = |g: &Generated| g.used.residents;
    assert!((residents(&with("living_space_m2", 94.0)) / residents(&base) - 0.5).abs() < 1e-9);
    assert!((residents(&with("storeys_house", 3.2)) / residents(&base)) > 1.5);
    let kind = |g: &Generated, kind: &str| {
        g.used.trips.iter().find(|row| row.kind == kind).map(|row| row.trips_d).expect("a kind of trip")
    };
    let twice = with("trips_per_person", 6.2);
    let made = |g: &Generated| kind(g, "leisure").internal + kind(g, "leisure").leaving;
    assert!((made(&twice) / made(&base) - 2.0).abs() < 1e-6);
    assert_eq!(kind(&with("leaving_leisure", 0.0), "leisure").leaving, 0.0);
    assert!(kind(&with("aadt_primary_veh_d", 19000.0), "through").through > 1.5 * kind(&base, "through").through);
    assert!(kind(&with("work_trips_per_job", 2.0), "work").entering > kind(&base, "work").entering);
    assert!(total(&with("truck_share_primary", 0.2), VehicleClass::Truck) > 1.5 * total(&base, VehicleClass::Truck));
    assert!(with("zone_size_persons", 1000.0).demand.zones.len() <= base.demand.zones.len());
    let one = {
        let mut a = Assumptions::default();
        assert!(a.set("zones_max", 1.0) && a.set("zones_min", 1.0));
        demand::generate(&twin, &a)
    };
    // One zone on either bank: no zone reaches over the river.
    assert_eq!(one.demand.zones.iter().filter(|zone| zone.kind == ZoneKind::Internal).count(), 2);
    let banks = |g: &Generated| {
        g.demand.zones.iter().all(|zone| {
            let west = zone.connectors.iter().filter(|c| twin.roads[c.node].position.x < 450.0).count();
            west == 0 || west == zone.connectors.len()
        })
    };
    assert!(banks(&one) && banks(&base));
}

#[test]
fn known_figures_come_before_assumed_ones() {
    let mut twin = Twin::empty("Houses", Crs::etrs89_utm(32));
    let mut houses = Vec::new();
    for (residents, dwellings, levels) in
        [(Some(7.0), Some(1.0), None), (None, Some(2.0), None), (None, None, Some(3.0)), (None, None, None)]
    {
        let id = building(&mut twin, coord! { x: 0.0, y: 0.0 }, 10.0, BuildingUse::House);
        let mut house = twin.buildings[id].clone();
        (house.residents, house.dwellings, house.levels) = (residents, dwellings, levels);
        houses.push(house);
    }
    let mut part = houses[0].clone();
    part.part_of = Some(houses[0].key.clone());
    houses.push(part);
    let mut factory = houses[3].clone();
    (factory.usage, factory.jobs) = (BuildingUse::Industrial, Some(123.0));
    houses.push(factory);
    twin.buildings = houses.into();
    let stock = stock::occupy(&twin, &Assumptions::default());
    let residents: Vec<f64> = stock.buildings.iter().map(|b| b.residents).collect();
    let living = 0.75 * 0.95 / 47.0;
    for (found, expected) in
        residents.iter().zip([7.0, 2.0 * 1.95 * 0.95, 100.0 * 3.3 * living, 100.0 * 1.6 * living, 0.0, 0.0])
    {
        assert!((found - expected).abs() < 1e-12, "{residents:?}");
    }
    assert_eq!(stock.buildings[5].jobs, 123.0);
    assert!(stock.findings.iter().any(|f| f.code == "assumed-storeys" && f.message.contains("for 4 buildings")));
}

#[test]
fn nothing_gives_findings_and_no_demand() {
    let empty = Twin::empty("Nothing", Crs::etrs89_utm(32));
    let generated = demand::generate(&empty, &Assumptions::default());
    assert!(generated.demand.zones.is_empty());
    assert_eq!(total(&generated, VehicleClass::Car), 0.0);
    assert!(codes(&generated).contains(&"no-buildings") && codes(&generated).contains(&"no-streets"));

    let mut streets = town();
    streets.buildings = Vec::new().into();
    let generated = demand::generate_hours(&streets, &Assumptions::default(), &[7]);
    assert!(codes(&generated).contains(&"no-buildings"));
    assert!(total(&generated, VehicleClass::Car) > 0.0, "through traffic stays");

    let mut houses = town();
    houses.roads = twin::road::RoadNetwork::new();
    let generated = demand::generate(&houses, &Assumptions::default());
    assert_eq!(total(&generated, VehicleClass::Car), 0.0);
    let unreachable = generated.findings.iter().find(|f| f.code == "zone-unreachable").expect("a finding");
    assert_eq!(unreachable.severity, Severity::Warning);
    assert!(unreachable.key.is_some());
}

#[test]
fn without_a_border_all_trips_stay_in_town() {
    let mut twin = town();
    let mut roads = twin::road::RoadNetwork::new();
    for (_, node) in twin.roads.nodes() {
        roads.add_node(RoadNode { border: false, ..node.clone() });
    }
    for (id, link) in twin.roads.links() {
        let (from, to) = twin.roads.ends(id);
        roads.add_link(Id::new(from.index()), Id::new(to.index()), link.clone());
    }
    twin.roads = roads;
    let generated = demand::generate_hours(&twin, &Assumptions::default(), &[16]);
    assert!(codes(&generated).contains(&"no-external-stations"));
    for kind in &generated.used.trips {
        assert_eq!(kind.trips_d.leaving + kind.trips_d.entering + kind.trips_d.through, 0.0, "{kind:?}");
    }
    assert!(total(&generated, VehicleClass::Car) > 50.0);
}

#[test]
fn demand_that_came_with_the_twin_stays_as_it_is() {
    let mut twin = town();
    twin.demand = Some(Demand::default());
    let generated = demand::generate(&twin, &Assumptions::default());
    assert_eq!(generated.demand, Demand::default());
    assert_eq!(codes(&generated), ["demand-given"]);
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let twin = town();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
        pool.install(|| demand::generate_hours(&twin, &Assumptions::default(), &[7, 16]))
    };
    let (one, eight) = (on(1), on(8));
    assert_eq!(one, eight);
    let again = demand::generate(&twin, &Assumptions::default());
    let of_hour = |g: &Generated| g.demand.at_hour(16).cloned().collect::<Vec<_>>();
    assert_eq!(of_hour(&one), of_hour(&again), "an hour does not depend on the others");
}
