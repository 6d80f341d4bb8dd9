//! Runs on drawn towns.

use twin::{
    Id, Key, Silent,
    demand::{OdMatrix, VehicleClass, ZoneKind},
    jiff,
    outcome::touched::Errand,
    road::Arc,
    scenario::{ClosureKind, RoadTarget},
    transit::BusRoute,
};

use super::*;
use crate::{
    fixture::{closure, scenario, street, testheim, town, with_trips},
    prepare, resolve,
};

fn outcome(twin: &Twin, closures: Vec<twin::scenario::Closure>) -> Outcome {
    let scenario = scenario(closures);
    let resolved = resolve(twin, &scenario).unwrap();
    let prepared = prepare(twin, &scenario, &Silent);
    assert!(prepared.fits(&scenario));
    run(twin, &prepared, &resolved, &Silent)
}

/// A to F over Hauptstraße is 400 m, over Ringstraße 600 m.
fn busy() -> Twin {
    with_trips(testheim(), &[0, 3, 5], &[(0, 1, 200.0), (1, 0, 200.0), (0, 2, 10.0)])
}

#[test]
fn the_base_case_changes_nothing() {
    let outcome = outcome(&busy(), Vec::new());
    let traffic = outcome.traffic.unwrap();
    let hour = &traffic.hours[0];
    assert!(hour.status.is_fine());
    assert_eq!(hour.base, hour.with);
    assert_eq!(hour.totals, hour.base_totals);
    assert!((hour.totals.trips_veh_h - 410.0).abs() < 1e-6);
    assert!(traffic.closures.is_empty() && traffic.cut_off_addresses.is_empty() && hour.detours.is_empty());
}

#[test]
fn a_full_closure_sends_everybody_around() {
    let twin = busy();
    let outcome =
        outcome(&twin, vec![closure(street("Hauptstraße", Some(["Bergweg", "Ringstraße"])), ClosureKind::Full)]);
    let traffic = outcome.traffic.unwrap();
    // From Bergweg to Ringstraße the shorter stretch is A–B.
    assert_eq!(traffic.closures[0].sections.len(), 1);
    let hour = &traffic.hours[0];
    assert!(
        (traffic.closures[0].base_volume_veh_h[0] - 410.0).abs() < 1.0,
        "{:?}",
        traffic.closures[0].base_volume_veh_h
    );
    for direction in Direction::BOTH {
        assert!(hour.with.volume_veh_h[Arc::new(Id::new(0), direction).index()] < 1e-9);
        assert!((hour.with.volume_veh_h[Arc::new(Id::new(6), direction).index()] - 200.0).abs() < 10.1);
    }
    assert!((hour.totals.vehicle_km - hour.base_totals.vehicle_km - (400.0 * 0.2 + 10.0 * 0.6)).abs() < 0.5);
    let detoured: f64 = hour.detours.iter().map(|detour| detour.trips_veh_h).sum();
    assert!((detoured - 410.0).abs() < 1.0, "{detoured}");
    assert!((hour.detours[0].added_distance_m - 200.0).abs() < 1.0);
    assert_eq!(twin.roads.link(hour.detours[0].arcs[0].link).name.as_deref(), Some("Ringstraße"));
}

#[test]
fn a_half_closure_alternates_and_keeps_the_trips() {
    let twin = busy();
    let mut half = closure(street("Hauptstraße", None), ClosureKind::Half);
    half.length_m = Some(80.0);
    let outcome = outcome(&twin, vec![half]);
    let traffic = outcome.traffic.unwrap();
    let alternation = traffic.closures[0].alternation[0];
    assert!(alternation.capacity_veh_h.iter().all(|&capacity| capacity > 100.0));
    assert!(alternation.clearance_s >= 12.0 && alternation.cycle_s > 0.0);
    let hour = &traffic.hours[0];
    assert!((hour.totals.trips_veh_h - hour.base_totals.trips_veh_h).abs() < 1e-6);
    assert!(hour.totals.vehicle_hours > hour.base_totals.vehicle_hours);
    assert!(traffic.cut_off_addresses.is_empty() && hour.cut_off_trips.is_empty());
}

/// ```text
///  A ─ B ──Brücke── C ─ D
/// ```
#[test]
fn the_only_bridge_splits_the_town_and_counts_the_trips() {
    let twin = with_trips(
        town(
            &[("A", 0.0, 0.0), ("B", 100.0, 0.0), ("C", 200.0, 0.0), ("D", 300.0, 0.0), ("E", 0.0, 80.0)],
            &[
                ("A", "B", "Altstadt", 1, 1),
                ("B", "C", "Brücke", 1, 1),
                ("C", "D", "Neustadt", 1, 1),
                ("A", "E", "Gasse", 1, 1),
            ],
        ),
        &[0, 3],
        &[(0, 1, 30.0), (1, 0, 20.0)],
    );
    let outcome = outcome(&twin, vec![closure(street("Brücke", None), ClosureKind::Full)]);
    let traffic = outcome.traffic.unwrap();
    assert_eq!(traffic.hours[0].cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum::<f64>(), 50.0);
    assert!(traffic.hours[0].totals.trips_veh_h.abs() < 1e-9);
    let split = outcome.findings.iter().find(|finding| finding.code == "network-split").unwrap();
    assert!(split.message.contains("50.0 veh/h have no way left"), "{}", split.message);
}

/// 10 veh/h go up Bergweg to E, which is a dead end; 400 veh/h drive along Hauptstraße between A and F.
fn up_bergweg(residents: bool) -> Outcome {
    let mut site = closure(street("Bergweg", None), ClosureKind::Full);
    site.exempt_residents = residents;
    let mut twin = with_trips(testheim(), &[0, 3, 5], &[(0, 1, 200.0), (1, 0, 200.0), (0, 2, 10.0)]);
    twin.demand.as_mut().unwrap().matrices.push(OdMatrix::from_entries(
        VehicleClass::Truck,
        None,
        3,
        &[(2, 0, 1.0), (0, 1, 3.0)],
    ));
    outcome(&twin, vec![site])
}

#[test]
fn residents_of_a_closed_dead_end_are_not_cut_off() {
    let (closed, open) = (up_bergweg(false), up_bergweg(true));
    let hour = |outcome: &Outcome| outcome.traffic.as_ref().unwrap().hours[0].clone();
    let lost = |outcome: &Outcome| hour(outcome).cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum::<f64>();
    assert_eq!((lost(&closed), lost(&open)), (11.0, 0.0));
    for outcome in [&closed, &open] {
        let hour = hour(outcome);
        assert!((hour.totals.trips_veh_h + lost(outcome) - hour.base_totals.trips_veh_h).abs() < 1e-9);
    }
    let bergweg = Arc::new(Id::new(3), Direction::Forward).index();
    assert_eq!(hour(&open).with.volume_veh_h[bergweg], hour(&open).base.volume_veh_h[bergweg]);
    assert!(
        hour(&open).with.travel_time_s[bergweg] > hour(&open).base.travel_time_s[bergweg],
        "past the works, slowly"
    );
    assert!(hour(&open).detours.is_empty());
    let told = |outcome: &Outcome| outcome.findings.iter().find(|f| f.code == "residents-enter").cloned();
    assert!(told(&closed).is_none());
    assert!(told(&open).unwrap().message.contains("11.0 veh/h"), "{:?}", told(&open));
    let cut_off = |outcome: &Outcome| outcome.traffic.as_ref().unwrap().cut_off_addresses.len();
    assert_eq!((cut_off(&closed), cut_off(&open)), (3, 0));
    let no_way = |outcome: &Outcome| {
        let ways = outcome.touched.as_ref().map_or(&[][..], |touched| &touched.ways);
        ways.iter().filter(|way| way.errand == Errand::CarIn && way.with.is_none()).count()
    };
    assert!(no_way(&closed) > 0 && no_way(&open) == 0, "{} {}", no_way(&closed), no_way(&open));
}

#[test]
fn through_traffic_does_not_pass_where_residents_may() {
    // C and F are reached over Hauptstraße and Ringstraße alone; F is where the map ends.
    let mut twin = busy();
    let shut = || {
        let site = |key: &str| closure(RoadTarget::Key(Key::new(key)), ClosureKind::Full);
        let mut sites = vec![site("way/2"), site("way/8")];
        sites.iter_mut().for_each(|site| site.exempt_residents = true);
        sites
    };
    let lost = |outcome: &Outcome| {
        let hour = &outcome.traffic.as_ref().unwrap().hours[0];
        let lost: f64 = hour.cut_off_trips.iter().map(|cut| cut.trips_veh_h).sum();
        assert!((hour.totals.trips_veh_h + lost - hour.base_totals.trips_veh_h).abs() < 1e-9);
        lost
    };
    let inhabitants = outcome(&twin, shut());
    assert_eq!(lost(&inhabitants), 0.0, "{}", inhabitants.findings);
    let detours = &inhabitants.traffic.as_ref().unwrap().hours[0].detours;
    let closed = [1, 7];
    let passes = |arcs: &[Arc]| arcs.iter().any(|arc| closed.contains(&arc.link.index()));
    assert!(!detours.iter().any(|detour| passes(&detour.arcs)), "who goes on through is on no detour");
    twin.demand.as_mut().unwrap().zones[1].kind = ZoneKind::External;
    let from_outside = outcome(&twin, shut());
    assert_eq!(lost(&from_outside), 400.0, "{}", from_outside.findings);
}

#[test]
fn a_second_closure_of_the_section_leaves_it_closed_to_through_traffic() {
    let site = |kind| closure(RoadTarget::Key(Key::new("way/2")), kind);
    let mut full = site(ClosureKind::Full);
    full.exempt_residents = true;
    let mut narrow = site(ClosureKind::Narrowed);
    narrow.lane_width_m = Some(2.5);
    let volume = |sites: Vec<_>| -> f64 {
        let traffic = outcome(&busy(), sites).traffic.unwrap();
        [2, 3].into_iter().map(|arc| traffic.hours[0].with.volume_veh_h[arc]).sum()
    };
    assert!(volume(Vec::new()) > 300.0);
    assert_eq!((volume(vec![full.clone()]), volume(vec![full, narrow])), (0.0, 0.0));
}

#[test]
fn every_stage_and_the_day_let_residents_in() {
    let mut site = closure(street("Bergweg", None), ClosureKind::Full);
    site.exempt_residents = true;
    let mut scenario = scenario(vec![site]);
    scenario.traffic.day = true;
    let twin = busy();
    let resolved = resolve(&twin, &scenario).unwrap();
    let prepared = prepare(&twin, &scenario, &Silent);
    let mut stages = 0;
    run_in_stages(&twin, &prepared, &resolved, &Silent, &mut |_, outcome| {
        stages += 1;
        let traffic = outcome.traffic.unwrap();
        assert!(traffic.hours[0].cut_off_trips.is_empty());
        if let Some(day) = traffic.day {
            assert!((day.totals.entered_veh - day.base_totals.entered_veh).abs() < 1e-6);
            assert!(day.totals.vehicle_hours > day.base_totals.vehicle_hours);
        }
    });
    assert_eq!(stages, 4);
}

#[test]
fn bus_lines_on_a_closed_street_are_named() {
    let mut twin = busy();
    twin.bus_routes.push(BusRoute {
        key: Key::new("relation/1"),
        line: Some("351".to_owned()),
        name: None,
        operator: None,
        arcs: vec![Arc::new(Id::new(0), Direction::Forward), Arc::new(Id::new(1), Direction::Forward)],
        stops: Vec::new(),
        departures_per_day: None,
    });
    let full = closure(street("Hauptstraße", None), ClosureKind::Full);
    let mut exempt = full.clone();
    exempt.exempt = Modes::BUS;
    let blocked = outcome(&twin, vec![full]);
    assert!(blocked.findings.iter().any(|f| f.code == "bus-line-blocked" && f.message.contains("351")));
    assert_eq!(blocked.traffic.unwrap().affected_bus_routes.len(), 1);
    assert!(!outcome(&twin, vec![exempt]).findings.iter().any(|f| f.code == "bus-line-blocked"));
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let twin = busy();
    let mut half = closure(street("Hauptstraße", None), ClosureKind::Half);
    half.length_m = Some(80.0);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| outcome(&twin, vec![half.clone()]))
    };
    assert_eq!(with(1), with(7));
}

/// In the peak 900 veh/h want through a signal of 667 veh/h, and the way around is closed.
#[test]
fn a_day_lets_the_queue_at_a_half_closure_grow_and_clear() {
    let mut twin = busy();
    let matrices = (0..24u8).map(|hour| {
        let trips = match hour {
            7 => 900.0,
            6 | 8..19 => 300.0,
            _ => 20.0,
        };
        let entries = [(0, 1, trips), (1, 0, trips)];
        OdMatrix::from_entries(VehicleClass::Car, Some(hour), 3, &entries)
    });
    twin.demand.as_mut().unwrap().matrices = matrices.collect();
    let around = closure(street("Ringstraße", None), ClosureKind::Full);
    let mut half = closure(RoadTarget::Key(Key::new("way/2")), ClosureKind::Half);
    half.length_m = Some(100.0);
    half.cycle_s = Some(90.0);
    half.hours = Some((jiff::civil::time(6, 30, 0, 0), jiff::civil::time(16, 0, 0, 0)));
    let mut scenario = scenario(vec![half, around]);
    scenario.traffic.day = true;
    assert!(scenario.assumptions.set("capacity_minor_pce_h", 1500.0));
    let resolved = resolve(&twin, &scenario).unwrap();
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| run(&twin, &prepare(&twin, &scenario, &Silent), &resolved, &Silent))
    };
    let outcome = with(1);
    assert!(with(7) == outcome, "seven threads differ from one");
    let day = outcome.traffic.unwrap().day.unwrap();
    assert!(day.status.is_fine() && day.routes_status.is_fine(), "{:?} {:?}", day.status, day.routes_status);
    assert!(day.totals.lost_share() < 1e-9 && day.base_totals.lost_share() < 1e-9);
    assert!((day.totals.entered_veh - day.base_totals.entered_veh).abs() < 1e-6);
    assert_eq!(day.approaches.len(), 2, "two directions of the half closure; nobody waits before the full one");
    let first = &day.approaches[0];
    assert_eq!((first.closure, first.direction, first.stop_m), (0, 0, 50.0));
    assert!(!first.slices[25].active && first.slices[26].active && first.slices[63].active && !first.slices[64].active);
    let longest = first.longest.as_ref().unwrap();
    assert_eq!(longest.slice, 31);
    assert!(longest.queue_veh > 180.0 && longest.queue_veh < 240.0, "{longest:?}");
    assert_eq!(longest.junctions.len(), 1, "over B to A, where the map ends: {longest:?}");
    assert!(longest.cleared.unwrap() < 40, "{longest:?}");
    // At 300 veh/h, 60 s of red: 300/3600 · 60 / (1 − 300/2000) = 5.9 vehicles, 35 m, and nothing is left after green.
    let noon = &first.slices[48];
    assert!(noon.queue_veh < 0.1 && (noon.red_queue_veh - 5.88).abs() < 0.1, "{noon:?}");
    assert!((noon.tailback_m - 35.3).abs() < 1.0, "{noon:?}");
    assert!(day.totals.delay_veh_h > day.base_totals.delay_veh_h + 50.0);
    // From half past six: one plan for the rest of that hour, then one per hour.
    let plans: Vec<(usize, usize)> = day.plans.iter().map(|plan| (plan.begin, plan.end)).collect();
    assert_eq!(plans[..3], [(26, 28), (28, 32), (32, 36)]);
    assert!(outcome.findings.iter().any(|finding| finding.code == "queue-over-junction"), "{:?}", outcome.findings);
}

#[test]
fn questions_tell_who_drives_here_and_how_they_drive_afterwards() {
    let twin = busy();
    let mut asked = scenario(vec![closure(street("Hauptstraße", Some(["Bergweg", "Ringstraße"])), ClosureKind::Full)]);
    let zones: Vec<Key> = prepare(&twin, &asked, &Silent).demand.zones.iter().map(|zone| zone.key.clone()).collect();
    asked.questions.select = vec!["hauptstr.".to_owned()];
    asked.questions.paths = vec![[zones[0].clone(), zones[1].clone()], [zones[0].clone(), Key::new("nowhere")]];
    asked.questions.skim = true;
    let resolved = resolve(&twin, &asked).unwrap();
    let outcome = run(&twin, &prepare(&twin, &asked, &Silent), &resolved, &Silent);
    assert!(outcome.findings.iter().any(|finding| finding.code == "unknown-zone"), "{}", outcome.findings);
    let answers = &outcome.answers[0];
    let selected = &answers.selected[0];
    assert!((selected.base_kinds.total_veh_h() - 410.0).abs() < 1.0, "{:?}", selected.base_kinds);
    // They are the same trips before and after: as many leave the zones.
    let hour = &outcome.traffic.as_ref().unwrap().hours[0];
    let largest = |volumes: &[f64]| volumes.iter().copied().fold(0.0, f64::max);
    assert!(largest(&selected.base_volume_veh_h) <= largest(&hour.base.volume_veh_h) + 1e-9);
    assert!(selected.volume_veh_h.iter().zip(&hour.with.volume_veh_h).all(|(of_them, all)| of_them <= &(all + 1e-9)));
    // The way over Hauptstraße is closed, the one around it is taken.
    let (gone, taken): (Vec<_>, Vec<_>) = answers.paths.iter().partition(|path| path.time_s.is_none());
    assert_eq!(gone.len(), 1, "{:?}", answers.paths);
    assert!(gone[0].trips_veh_h == 0.0 && gone[0].base_trips_veh_h > 190.0);
    assert!((taken.iter().map(|path| path.trips_veh_h).sum::<f64>() - 200.0).abs() < 1e-6);
    let skim = &answers.skims[0];
    let n = skim.zones.len();
    let (before, after) = (skim.base_cost_s[1].unwrap(), skim.cost_s[1].unwrap());
    assert!(after > before && before > 0.0, "{before} {after}");
    assert_eq!((skim.base_cost_s.len(), skim.cost_s[n + 1]), (n * n, Some(0.0)));
    let quickest = taken.iter().filter_map(|path| path.time_s).fold(f64::INFINITY, f64::min);
    assert!((quickest - after).abs() < 1e-6, "{quickest} {after}");
}
