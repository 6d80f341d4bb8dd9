//! Whom closures touch, in drawn towns.

use twin::{
    Id, Key, Outcome, Scenario, Silent, Twin,
    building::{Address, Place, PlaceKind},
    geo_types::coord,
    outcome::touched::{AroundMode, Errand, RouteQuality, Service, Touched},
    road::{Arc, Direction, Modes, RoadClass, RoadLink, RoadNetwork, TurnKind, TurnRestriction},
    scenario::{Closure, ClosureKind},
    transit::{BusRoute, BusStop},
};

use crate::{
    fixture::{closure, scenario, street, town, with_trips},
    prepare, resolve, run,
};

/// The twin with every section changed by a rule.
fn with_links(mut twin: Twin, change: impl Fn(&mut RoadLink)) -> Twin {
    let mut roads = RoadNetwork::new();
    for (_, node) in twin.roads.nodes() {
        roads.add_node(node.clone());
    }
    for (id, link) in twin.roads.links() {
        let mut link = link.clone();
        change(&mut link);
        let (from, to) = twin.roads.ends(id);
        roads.add_link(from, to, link);
    }
    twin.roads = roads;
    twin
}

fn outcome_of(twin: &Twin, scenario: &Scenario) -> Outcome {
    let resolved = resolve(twin, scenario).unwrap();
    run(twin, &prepare(twin, scenario, &Silent), &resolved, &Silent)
}

fn touched(twin: &Twin, closures: Vec<Closure>) -> Touched {
    outcome_of(twin, &scenario(closures)).touched.unwrap()
}

fn put_address(twin: &mut Twin, street: &str, number: &str, x: f64, y: f64) {
    twin.addresses.push(Address {
        key: Key::new(format!("node/{street} {number}")),
        position: coord! { x: x, y: y },
        street: Some(street.to_owned()),
        house_number: number.to_owned(),
        postcode: None,
        city: None,
        building: None,
    });
}

fn put_place(twin: &mut Twin, kind: PlaceKind, name: &str, x: f64, y: f64) {
    twin.places.push(Place {
        key: Key::new(format!("node/{name}")),
        kind,
        name: Some(name.to_owned()),
        position: coord! { x: x, y: y },
        building: None,
    });
}

fn named(twin: &Twin, id: Id<Address>) -> String {
    let address = &twin.addresses[id];
    format!("{} {}", address.street.as_deref().unwrap_or_default(), address.house_number)
}

/// ```text
///  W ─ A ──Brücke── B ─ E          Hauptstraße W–A and B–E, 200 m each; Brücke 100 m
///      │            │
///      C ─Südbrücke─ D             Uferweg A–C 500 m, Ostufer D–B 500 m, Südbrücke 100 m
/// ```
fn two_banks() -> Twin {
    let twin = town(
        &[
            ("W", 0.0, 0.0),
            ("A", 200.0, 0.0),
            ("B", 300.0, 0.0),
            ("E", 500.0, 0.0),
            ("C", 200.0, -500.0),
            ("D", 300.0, -500.0),
        ],
        &[
            ("W", "A", "Weststraße", 1, 1),
            ("A", "B", "Brücke", 1, 1),
            ("B", "E", "Oststraße", 1, 1),
            ("A", "C", "Uferweg", 1, 1),
            ("C", "D", "Südbrücke", 1, 1),
            ("D", "B", "Ostufer", 1, 1),
        ],
    );
    let mut twin = with_trips(twin, &[0, 3], &[(0, 1, 1e-3), (1, 0, 1e-3)]);
    put_address(&mut twin, "Weststraße", "1", 100.0, 8.0);
    put_address(&mut twin, "Oststraße", "1", 400.0, 8.0);
    put_address(&mut twin, "Ostufer", "9", 308.0, -400.0);
    put_place(&mut twin, PlaceKind::FireStation, "Feuerwache West", 50.0, 8.0);
    twin
}

#[test]
fn the_fire_station_stands_on_the_wrong_side_of_a_closed_bridge() {
    let twin = two_banks();
    let site = closure(street("Brücke", None), ClosureKind::Full);
    let of = |closures: Vec<Closure>| {
        let touched = touched(&twin, closures);
        assert_eq!(touched.responses.len(), 1);
        touched.responses[0].clone()
    };
    let before = of(vec![site.clone()]);
    assert_eq!((before.service, before.n_volunteer, before.addresses.len()), (Service::Fire, 0, 3));
    let row = |response: &twin::outcome::touched::Response, street: &str| {
        *response.addresses.iter().find(|row| named(&twin, row.address) == street).unwrap()
    };
    let east = row(&before, "Oststraße 1");
    let added_s = east.with.unwrap().time_s - east.base.time_s;
    // 1,100 m over the southern bridge instead of 100 m; 50 km/h, 0.85 of it in towns, a quarter less with blue light. At C and
    // D nobody has to give way.
    let expected_s = 1000.0 / (50.0 * 0.85 / 3.6) * 0.75;
    assert!((added_s - expected_s).abs() < 0.75 * 12.0, "{added_s} {expected_s}");
    assert_eq!(row(&before, "Weststraße 1").with.unwrap(), row(&before, "Weststraße 1").base);
    let ufer = row(&before, "Ostufer 9");
    assert!(ufer.with.unwrap().time_s - ufer.base.time_s < added_s - 30.0, "the southern bridge is nearer to it");
    assert_eq!(before.worst().unwrap().address, east.address);

    // A limit between before and after: only the address east of the bridge falls out of it.
    let mut tight = scenario(vec![site.clone()]);
    let limit_min = (east.base.time_s + 0.5 * added_s) / 60.0;
    assert!(tight.assumptions.set("response_limit_min", limit_min));
    let outcome = outcome_of(&twin, &tight);
    let response = &outcome.touched.as_ref().unwrap().responses[0];
    assert_eq!(response.beyond_limit().map(|row| named(&twin, row.address)).collect::<Vec<_>>(), ["Oststraße 1"]);
    assert!(outcome.findings.iter().any(|f| f.code == "emergency-beyond-limit" && f.message.contains("Oststraße 1")));
    let values = twin::criteria::values(&outcome);
    assert!(values.contains(&("emergency.addresses_beyond_limit", 1.0)));

    // Open to them, they pass the works slowly: 100 m at 20 km/h instead of 42.5 km/h and blue light.
    let mut exempt = site.clone();
    exempt.exempt = Modes::EMERGENCY;
    let east = row(&of(vec![exempt]), "Oststraße 1");
    let added_s = east.with.unwrap().time_s - east.base.time_s;
    assert!(added_s > 5.0 && added_s < 18.0, "{added_s}");
    // Where residents may drive, so do they.
    let mut residents = site.clone();
    residents.exempt_residents = true;
    assert_eq!(row(&of(vec![residents]), "Oststraße 1"), east);

    // Both bridges closed: nobody comes.
    let outcome = outcome_of(&twin, &scenario(vec![site, closure(street("Südbrücke", None), ClosureKind::Full)]));
    let response = &outcome.touched.unwrap().responses[0];
    let lost: Vec<String> = response.lost().map(|row| named(&twin, row.address)).collect();
    assert_eq!(lost, ["Oststraße 1", "Ostufer 9"]);
    assert!(outcome.findings.iter().any(|finding| finding.code == "emergency-lost"));
}

#[test]
fn a_station_behind_the_works_cannot_leave() {
    let twin = two_banks();
    let mut site = closure(street("Weststraße", None), ClosureKind::Full);
    (site.from_m, site.to_m) = (Some(60.0), Some(100.0));
    let outcome = outcome_of(&twin, &scenario(vec![site]));
    assert!(outcome.findings.iter().any(|f| f.code == "station-shut-in" && f.message.contains("Feuerwache West")));
}

#[test]
fn ways_by_car_grow_by_the_way_over_the_other_bridge() {
    let twin = two_banks();
    let touched = touched(&twin, vec![closure(street("Brücke", None), ClosureKind::Full)]);
    let worst = |errand: Errand, street: &str| {
        let way = touched.ways.iter().find(|way| way.errand == errand && named(&twin, way.address) == street);
        way.and_then(|way| way.worst_added_m).unwrap()
    };
    for errand in [Errand::CarIn, Errand::CarOut] {
        assert!((worst(errand, "Oststraße 1") - 1000.0).abs() < 1e-6);
        assert!((worst(errand, "Weststraße 1") - 1000.0).abs() < 1e-6);
        // From W: 200 + 100 + 400 m before, 200 + 500 + 100 + 100 m after.
        assert!((worst(errand, "Ostufer 9") - 200.0).abs() < 1e-6);
    }
    // Of five directions (B, C, W, E, A) two are longer for each address: not most of them.
    assert!(touched.detour_addresses(100.0).is_empty());
    let around = |mode| touched.around.iter().find(|around| around.mode == mode).unwrap();
    assert!(around(AroundMode::Foot).open && !around(AroundMode::Bicycle).open);
    assert!((around(AroundMode::Bicycle).around_m.unwrap() - 1100.0).abs() < 1e-6);
    assert_eq!(around(AroundMode::Bicycle).through_m, 100.0);
}

#[test]
fn children_walk_past_the_works_or_around_them() {
    let mut twin = two_banks();
    put_place(&mut twin, PlaceKind::School, "Grundschule Ost", 450.0, 8.0);
    let mut site = closure(street("Brücke", None), ClosureKind::Full);
    let past = touched(&twin, vec![site.clone()]);
    let walks: Vec<_> =
        past.school_walks.iter().map(|walk| (named(&twin, walk.address), walk.base_m.round())).collect();
    assert_eq!(walks, [("Weststraße 1".to_owned(), 350.0)]);
    assert_eq!(past.school_walks[0].with_m, Some(past.school_walks[0].base_m));
    assert!((past.school_walks[0].clear_m.unwrap() - 1350.0).abs() < 1e-6);
    site.footway_closed = true;
    let outcome = outcome_of(&twin, &scenario(vec![site]));
    let touched = outcome.touched.unwrap();
    assert!((touched.school_walks[0].with_m.unwrap() - 1350.0).abs() < 1e-6);
    assert!(!touched.around.iter().any(|around| around.open));
    assert!(outcome.findings.iter().any(|f| f.code == "school-route" && f.message.contains("1000 m longer")));
}

#[test]
fn an_address_has_a_detour_where_most_directions_have_one() {
    let mut twin = two_banks();
    put_address(&mut twin, "Uferweg", "1", 192.0, -30.0);
    let mut site = closure(street("Uferweg", None), ClosureKind::Full);
    (site.from_m, site.to_m) = (Some(50.0), Some(60.0));
    let touched = touched(&twin, vec![site]);
    let longer: Vec<String> = touched.detour_addresses(100.0).iter().map(|&id| named(&twin, id)).collect();
    assert!(longer.is_empty(), "the bridge is near: {longer:?}");
    let worst = touched.ways.iter().filter_map(|way| way.worst_added_m).fold(0.0, f64::max);
    assert!((worst - 260.0).abs() < 1e-6, "from C to Uferweg 1, 470 m before, 500 + 100 + 100 + 30 m after: {worst}");
}

/// ```text
///  X ── A ── B ══ C ── F           Hauptstraße, 200 + 100 + 200 + 200 m
///       │         │
///       G ─────── H                Ring, 100 + 300 + 100 m
/// ```
fn bus_town() -> Twin {
    let twin = town(
        &[
            ("X", 0.0, 0.0),
            ("A", 200.0, 0.0),
            ("B", 300.0, 0.0),
            ("C", 500.0, 0.0),
            ("F", 700.0, 0.0),
            ("G", 200.0, -100.0),
            ("H", 500.0, -100.0),
        ],
        &[
            ("X", "A", "Hauptstraße", 1, 1),
            ("A", "B", "Hauptstraße", 1, 1),
            ("B", "C", "Hauptstraße", 1, 1),
            ("C", "F", "Hauptstraße", 1, 1),
            ("A", "G", "Ring", 1, 1),
            ("G", "H", "Ring", 1, 1),
            ("H", "C", "Ring", 1, 1),
        ],
    );
    let mut twin = with_trips(twin, &[0, 4], &[(0, 1, 60.0), (1, 0, 60.0)]);
    put_address(&mut twin, "Hauptstraße", "7", 400.0, 8.0);
    put_address(&mut twin, "Ring", "3", 350.0, -108.0);
    let stops = [("Markt", 100.0), ("Rathaus", 250.0), ("Post", 400.0), ("Friedhof", 600.0)];
    let stops = stops.map(|(name, x)| {
        let position = coord! { x: x, y: 4.0 };
        twin.bus_stops.push(BusStop { key: Key::new(format!("node/{name}")), name: Some(name.to_owned()), position })
    });
    twin.bus_routes.push(BusRoute {
        key: Key::new("relation/351"),
        line: Some("351".to_owned()),
        name: None,
        operator: None,
        arcs: (0..4).map(|link| Arc::new(Id::new(link), Direction::Forward)).collect(),
        stops: stops.to_vec(),
        departures_per_day: Some(20.0),
    });
    twin
}

fn site() -> Closure {
    closure(twin::scenario::RoadTarget::Key(Key::new("way/3")), ClosureKind::Full)
}

#[test]
fn a_bus_goes_around_and_loses_the_stops_between() {
    let twin = bus_town();
    let outcome = outcome_of(&twin, &scenario(vec![site()]));
    let touched = outcome.touched.as_ref().unwrap();
    let bus = &touched.buses[0];
    assert!(bus.blocked);
    let diversion = &bus.diversions[0];
    assert_eq!(diversion.arcs.iter().map(|arc| arc.link.index()).collect::<Vec<_>>(), [4, 5, 6]);
    assert!((diversion.added_m - 200.0).abs() < 1e-6);
    assert!(!diversion.last_resort);
    let lost: Vec<_> = bus.stops_lost.iter().map(|&stop| twin.bus_stops[stop].name.as_deref().unwrap()).collect();
    assert_eq!(lost, ["Rathaus", "Post"]);
    let added_min = bus.added_s().unwrap() / 60.0;
    assert!((touched.bus_min_per_day().unwrap() - 20.0 * added_min).abs() < 1e-9);
    assert!(outcome.findings.iter().any(|f| f.code == "bus-diversion" && f.message.contains("Rathaus")));
    assert!(twin::criteria::values(&outcome).contains(&("bus.stops_lost", 2.0)));
}

#[test]
fn a_bus_that_nowhere_fits_is_broken() {
    let narrow = with_links(bus_town(), |link| {
        if link.key.as_str() == "way/6" {
            link.max_width_m = Some(2.0);
        }
    });
    let light = with_links(bus_town(), |link| {
        if link.key.as_str() == "way/6" {
            link.max_weight_t = Some(7.5);
        }
    });
    let mut turn = bus_town();
    turn.restrictions.push(TurnRestriction {
        key: Key::new("relation/9"),
        from: Arc::new(Id::new(0), Direction::Forward),
        via: Vec::new(),
        to: Arc::new(Id::new(4), Direction::Forward),
        kind: TurnKind::No,
        except: Modes::NONE,
    });
    for twin in [narrow, light, turn.clone()] {
        let outcome = outcome_of(&twin, &scenario(vec![site()]));
        let bus = &outcome.touched.as_ref().unwrap().buses[0];
        assert_eq!((bus.blocked, bus.added_m(), bus.stops_lost.len()), (true, None, 1));
        assert!(outcome.findings.iter().any(|finding| finding.code == "bus-no-diversion"));
    }
    turn.restrictions[0].except = Modes::BUS;
    assert!(touched(&turn, vec![site()]).buses[0].added_m().is_some());
}

#[test]
fn a_half_closure_delays_the_bus() {
    let mut half = site();
    (half.kind, half.length_m) = (ClosureKind::Half, Some(80.0));
    let touched = touched(&bus_town(), vec![half]);
    let bus = &touched.buses[0];
    assert!(!bus.blocked && bus.diversions.is_empty() && bus.stops_lost.is_empty());
    assert!(bus.delay_s[0] > 5.0 && bus.added_s() == Some(bus.delay_s[0]), "{:?}", bus.delay_s);
    assert!(touched.signed.is_empty() && touched.around.is_empty() && touched.lorries.is_empty());
    assert_eq!(touched.frontages[0].roadside_m, 80.0);
}

#[test]
fn the_signed_detour_leaves_at_the_junction_of_decision() {
    let main = |link: &mut RoadLink| {
        link.class = if link.name.as_deref() == Some("Ring") { RoadClass::Tertiary } else { RoadClass::Secondary };
    };
    let fit = touched(&with_links(bus_town(), main), vec![site()]);
    assert_eq!(fit.signed.len(), 2);
    for detour in &fit.signed {
        let route = detour.route.as_ref().unwrap();
        let (from, to) = if detour.along { (1, 3) } else { (3, 1) };
        assert_eq!((route.from.index(), route.to.index()), (from, to), "from A to C and back");
        assert_eq!((route.quality, route.residential_m), (RouteQuality::Fit, 0.0));
        assert!((route.way.length_m - 500.0).abs() < 1e-6 && (route.added_m - 200.0).abs() < 1e-6);
        let load = route.load.unwrap();
        assert!((load.diverted_pce_h - 60.0).abs() < 1e-6 && load.base_pce_h < 1e-6 && load.saturation() < 0.3);
        assert!((route.followed.unwrap() - 1.0).abs() < 1e-9, "there is no other way");
    }
    let homes = touched(&bus_town(), vec![site()]);
    let route = homes.signed[0].route.as_ref().unwrap();
    assert_eq!((route.quality, route.residential_m), (RouteQuality::LastResort, 500.0));
    let light = with_links(bus_town(), |link| {
        main(link);
        if link.key.as_str() == "way/6" {
            link.max_weight_t = Some(3.5);
        }
    });
    let outcome = outcome_of(&light, &scenario(vec![site()]));
    let touched = outcome.touched.unwrap();
    assert_eq!(touched.signed[0].route.as_ref().unwrap().quality, RouteQuality::CarsOnly);
    assert!(outcome.findings.iter().any(|finding| finding.code == "signed-detour-cars-only"));
}

/// The name goes on to where nobody drives; those who pass turn off into Weststraße.
///
/// ```text
///       D ── E ── W                Ring A–D–E, Weststraße B–E–W
///       │    │
///  X ── A ══ B ── Y                Allee
/// ```
#[test]
fn the_signed_detour_leads_those_who_drive_there_not_along_the_name() {
    let twin = town(
        &[
            ("X", 0.0, 0.0),
            ("A", 200.0, 0.0),
            ("B", 400.0, 0.0),
            ("Y", 600.0, 0.0),
            ("D", 200.0, 350.0),
            ("E", 400.0, 300.0),
            ("W", 600.0, 300.0),
        ],
        &[
            ("X", "A", "Allee", 1, 1),
            ("A", "B", "Allee", 1, 1),
            ("B", "Y", "Allee", 1, 1),
            ("B", "E", "Weststraße", 1, 1),
            ("E", "W", "Weststraße", 1, 1),
            ("A", "D", "Ring", 1, 1),
            ("D", "E", "Ring", 1, 1),
        ],
    );
    let mut twin = with_links(with_trips(twin, &[0, 6], &[(0, 1, 60.0)]), |link| link.class = RoadClass::Tertiary);
    put_address(&mut twin, "Allee", "1", 100.0, 8.0);
    let site = closure(twin::scenario::RoadTarget::Key(Key::new("way/2")), ClosureKind::Full);
    let touched = touched(&twin, vec![site]);
    let there = touched.signed.iter().find(|detour| detour.along).unwrap().route.as_ref().unwrap();
    assert_eq!((there.from.index(), there.to.index()), (1, 5), "from A to E");
    assert_eq!(there.arcs.iter().map(|arc| arc.link.index()).collect::<Vec<_>>(), [5, 6]);
    assert_eq!((there.quality, there.followed), (RouteQuality::Fit, Some(1.0)));
    // Against it nobody drives: the name is followed, to the end of the street.
    let back = touched.signed.iter().find(|detour| !detour.along).unwrap().route.as_ref().unwrap();
    assert_eq!((back.from.index(), back.to.index()), (2, 1), "from B to A");
}

#[test]
fn other_works_on_the_only_way_around_leave_none() {
    let other = closure(street("Ring", None), ClosureKind::Full);
    let touched = touched(&bus_town(), vec![site(), other]);
    assert!(touched.signed.iter().filter(|detour| detour.closure == 0).all(|detour| detour.route.is_none()));
    assert_eq!(touched.buses[0].added_m(), None);
}

#[test]
fn a_weak_bridge_keeps_lorries_from_what_cars_still_reach() {
    let weak = with_links(two_banks(), |link| {
        if link.name.as_deref() == Some("Südbrücke") {
            link.max_weight_t = Some(12.0);
        }
    });
    let outcome = outcome_of(&weak, &scenario(vec![closure(street("Brücke", None), ClosureKind::Full)]));
    let touched = outcome.touched.unwrap();
    // Where lorries come from lies on both banks: nothing is cut off from all of them.
    assert!(touched.lorry_cut_off.is_empty());
    let mut site = closure(street("Oststraße", None), ClosureKind::Full);
    (site.from_m, site.to_m) = (Some(60.0), Some(140.0));
    let frontage = &self::touched(&weak, vec![site]).frontages[0];
    assert_eq!(frontage.addresses.iter().map(|&id| named(&weak, id)).collect::<Vec<_>>(), ["Oststraße 1"]);
    assert_eq!((frontage.without_delivery.len(), frontage.roadside_m), (1, 160.0));
}

#[test]
fn nothing_is_looked_at_without_closures() {
    assert_eq!(outcome_of(&bus_town(), &scenario(Vec::new())).touched, None);
}
