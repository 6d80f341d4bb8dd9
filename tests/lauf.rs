//! Lauf an der Pegnitz: what a planner would try first on a real town. Needs the data folder (`STADTWIN_DATA`).

mod common;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use common::{data, folder, scenario, stadtwin, text};
use twin::{
    Id, Twin,
    geo_types::Coord,
    road::{Direction, Modes, RoadLink, RoadNode},
};

/// The twin of Lauf, imported once.
fn lauf() -> Option<&'static Path> {
    static TOWN: OnceLock<Option<PathBuf>> = OnceLock::new();
    TOWN.get_or_init(|| {
        let file = data()?.join("osm/lauf_pegnitz_2020.osm.pbf");
        let twin = folder("lauf").join("lauf.gpkg");
        stadtwin(&["import", text(&file), "-o", text(&twin)]).expect(0);
        Some(twin)
    })
    .as_deref()
}

fn drivable(link: &RoadLink) -> bool {
    Direction::BOTH.iter().any(|&direction| link.carriageway(direction).modes.contains(Modes::CAR))
}

/// Distance of a position from an axis, metres, point by segment.
fn distance_m(link: &RoadLink, at: Coord<f64>) -> f64 {
    link.geometry
        .lines()
        .map(|line| {
            let (dx, dy) = (line.end.x - line.start.x, line.end.y - line.start.y);
            let length2 = dx * dx + dy * dy;
            let t =
                if length2 > 0.0 { ((at.x - line.start.x) * dx + (at.y - line.start.y) * dy) / length2 } else { 0.0 };
            let t = t.clamp(0.0, 1.0);
            (line.start.x + t * dx - at.x).hypot(line.start.y + t * dy - at.y)
        })
        .fold(f64::INFINITY, f64::min)
}

/// The section on which an address lies: of its street within 150 m, else the nearest; by looking at every one.
fn section_of(twin: &Twin, street: Option<&str>, at: Coord<f64>) -> Option<Id<RoadLink>> {
    let nearest = |named: bool, within_m: f64| {
        twin.roads
            .links()
            .filter(|(_, link)| drivable(link) && (!named || (street.is_some() && link.name.as_deref() == street)))
            .map(|(id, link)| (distance_m(link, at), id))
            .filter(|(far_m, _)| *far_m <= within_m)
            .min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
            .map(|(_, id)| id)
    };
    nearest(true, 150.0).or_else(|| nearest(false, 500.0))
}

/// Junctions that remain connected with `root` without a link, whatever the direction.
fn connected(twin: &Twin, root: Id<RoadNode>, without: Id<RoadLink>) -> BTreeSet<Id<RoadNode>> {
    let (mut reached, mut stack) = (BTreeSet::from([root]), vec![root]);
    while let Some(node) = stack.pop() {
        for (link, next) in twin.roads.incident(node) {
            if link != without && drivable(twin.roads.link(link)) && reached.insert(next) {
                stack.push(next);
            }
        }
    }
    reached
}

/// A two-way section whose closing cuts off a few junctions, with them; the one with most addresses named after it.
fn dead_end(twin: &Twin) -> (Id<RoadLink>, BTreeSet<Id<RoadNode>>) {
    let mut n_addresses: BTreeMap<&str, usize> = BTreeMap::new();
    for address in twin.addresses.rows() {
        *n_addresses.entry(address.street.as_deref().unwrap_or_default()).or_default() += 1;
    }
    let two_way = |link: &RoadLink| {
        Direction::BOTH.iter().all(|&direction| link.carriageway(direction).modes.contains(Modes::CAR))
    };
    let mut candidates: Vec<_> = twin
        .roads
        .links()
        .filter(|(_, link)| two_way(link) && link.length_m > 60.0 && link.name.is_some())
        .filter(|(_, link)| matches!(link.class.name(), "residential" | "living_street"))
        .map(|(id, link)| (n_addresses.get(link.name.as_deref().unwrap_or_default()).copied().unwrap_or(0), id))
        .collect();
    candidates.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    let whole = twin.roads.n_nodes();
    for (_, link) in candidates {
        let (from, to) = twin.roads.ends(link);
        let (left, right) = (connected(twin, from, link), connected(twin, to, link));
        let small = if left.len() < right.len() { left.clone() } else { right.clone() };
        let simple = small.iter().all(|&node| {
            twin.roads
                .incident(node)
                .iter()
                .all(|(link, _)| !drivable(twin.roads.link(*link)) || two_way(twin.roads.link(*link)))
                && !twin.roads[node].border
        });
        if !left.contains(&to)
            && simple
            && (2..20).contains(&small.len())
            && left.len().max(right.len()) * 2 > whole / 4
        {
            return (link, small);
        }
    }
    panic!("Lauf has no dead end");
}

#[test]
fn a_closed_dead_end_cuts_off_exactly_the_addresses_behind_and_inside() {
    let Some(town) = lauf() else { return };
    let twin = twin_io::gpkg::read_twin(town).expect("because it was just written");
    let (closed, behind) = dead_end(&twin);
    let expected: BTreeSet<String> = twin
        .addresses
        .rows()
        .iter()
        .filter(|address| {
            section_of(&twin, address.street.as_deref(), address.position).is_some_and(|section| {
                let (from, to) = twin.roads.ends(section);
                section == closed || (behind.contains(&from) && behind.contains(&to))
            })
        })
        .map(|address| address.key.to_string())
        .collect();
    assert!(!expected.is_empty());
    let key = &twin.roads.link(closed).key;
    let folder = folder("lauf-dead-end");
    let file = scenario(
        &folder,
        "dead-end.toml",
        &format!("version = 1\nname = \"Sackgasse\"\n[[closure]]\nroad = \"{key}\"\nkind = \"full\"\n"),
    );
    let ended = stadtwin(&["run", text(town), text(&file), "--json"]).expect(0).json();
    let found: BTreeSet<String> = ended["cut_off_addresses"]["keys"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|key| key.as_str().map(str::to_owned))
        .collect();
    assert_eq!(found, expected, "closing {key} ({:?})", twin.roads.link(closed).name);
}

#[test]
fn half_closing_a_main_street_sends_some_over_named_streets() {
    let Some(town) = lauf() else { return };
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/lauf-half.toml");
    let ended = stadtwin(&["run", text(town), text(&shipped), "--json"]).expect(0).json();
    let volume = ended["closures"][0]["base_volume_veh_h"][0].as_f64().unwrap_or_default();
    assert!(volume > 300.0, "the street carries {volume} veh/h");
    let detours = ended["hours"][0]["detours"].as_array().cloned().unwrap_or_default();
    assert!(!detours.is_empty());
    let named = detours[0]["streets"].as_array().into_iter().flatten().filter_map(|name| name.as_str()).next();
    assert!(named.is_some_and(|name| !name.contains("way/")), "{}", detours[0]);
    assert!(ended["criteria"]["traffic.added_delay_veh_h"].as_f64().is_some_and(|added| added > 0.0));
    assert_eq!(ended["criteria"]["traffic.cut_off_addresses"], 0.0);
    assert_eq!(ended["criteria"]["traffic.cut_off_trips"], 0.0);
}

/// A signal with a cycle of 45 s leaves 19 s of green for both directions, from half past six to seven in the evening.
#[test]
fn a_day_shows_the_queue_hour_by_hour() {
    let Some(town) = lauf() else { return };
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/lauf-half.toml");
    let set = ["traffic.day=true", "closure[0].cycle_s=45", "closure[0].hours=\"06:30-19:00\""];
    let mut arguments = vec!["run", text(town), text(&shipped), "--json"];
    arguments.extend(set.iter().flat_map(|set| ["--set", set]));
    let day = &stadtwin(&arguments).expect(0).json()["day"];
    let figure = |pointer: &str| day.pointer(pointer).and_then(serde_json::Value::as_f64).unwrap_or(f64::NAN);
    for totals in ["base_totals", "totals"] {
        let sum = ["arrived_veh", "on_streets_veh", "waiting_veh"].map(|name| figure(&format!("/{totals}/{name}")));
        let entered = figure(&format!("/{totals}/entered_veh"));
        assert!((sum.iter().sum::<f64>() - entered).abs() < 1e-9 * entered, "{totals}: {sum:?} of {entered}");
        assert!((50_000.0..150_000.0).contains(&entered), "{totals}: {entered} vehicles");
    }
    let added = figure("/added_delay_veh_h");
    assert!((20.0..2000.0).contains(&added), "{added} veh·h");
    let approaches = day["approaches"].as_array().cloned().unwrap_or_default();
    assert_eq!(approaches.len(), 2);
    for approach in &approaches {
        let column = |name: &str| -> Vec<f64> {
            approach[name].as_array().into_iter().flatten().filter_map(serde_json::Value::as_f64).collect()
        };
        let (left, red) = (column("queue_veh"), column("red_queue_veh"));
        assert_eq!((left.len(), red.len()), (96, 96));
        let waiting: Vec<f64> = left.iter().zip(&red).map(|(left, red)| left + red).collect();
        assert!(waiting[..26].iter().all(|&n| n < 1.0), "nobody waits before the signal works: {waiting:?}");
        assert!(waiting[80..].iter().all(|&n| n < 1.0), "nor in the evening: {waiting:?}");
        assert!(
            waiting[66] > 3.0 && waiting[66] > waiting[38],
            "more in the afternoon than at half past nine: {waiting:?}"
        );
    }
    let plans = day["signal_plans"].as_array().map_or(0, Vec::len);
    assert_eq!(plans, 13, "from half past six to seven, then hour by hour to nineteen");
}

/// A main street half closed by a signal: in the afternoon peak people wait and look for other ways, at night hardly anybody does.
#[test]
fn a_signal_in_the_peak_and_at_night_are_two_different_things() {
    let Some(town) = lauf() else { return };
    let folder = folder("peak-and-night");
    let text_of = "version = 1\nname = \"Altdorfer Straße\"\n[[closure]]\nstreet = \"Altdorfer Straße\"\nkind = \"half\"\n\
                   control = \"signal\"\nlength_m = 80\n";
    let file = scenario(&folder, "half.toml", text_of);
    let at = |hour: &str| {
        let hours = format!("traffic.hours=[{hour}]");
        stadtwin(&["run", text(town), text(&file), "--json", "--set", &hours]).expect(0).json()
    };
    let (peak, night) = (at("16"), at("3"));
    let value = |of: &serde_json::Value, name: &str| of["criteria"][name].as_f64().expect("because it was computed");
    let plan = |of: &serde_json::Value, key: &str| of["closures"][0]["alternation"][0][key].clone();
    assert!(value(&peak, "traffic.added_vehicle_hours") > 5.0 * value(&night, "traffic.added_vehicle_hours"));
    assert!(value(&peak, "environment.added_co2_kg") > value(&night, "environment.added_co2_kg"));
    assert!(value(&peak, "traffic.alternation_delay_s") > value(&night, "traffic.alternation_delay_s"));
    assert!(value(&night, "traffic.alternation_delay_s") > 5.0, "a red light holds up at night too");
    assert!(plan(&peak, "cycle_s").as_f64() > plan(&night, "cycle_s").as_f64());
    // Day and night are told apart where the noise is.
    assert!(peak["environment"]["noise"]["basis_night"].is_null());
    assert!(night["environment"]["noise"]["basis_day"].is_null());
    let band = &peak["figures"]["traffic.added_vehicle_hours"]["band"];
    let (low, high) = (band[0].as_f64().expect("a band"), band[1].as_f64().expect("a band"));
    let added = value(&peak, "traffic.added_vehicle_hours");
    assert!(low < added && added < high && high < 10.0 * added, "{band}");
}
