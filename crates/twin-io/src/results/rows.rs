//! The rows of the result tables.

use std::collections::BTreeMap;

use twin::{
    Id, Key, Outcome, Scenario, Twin,
    demand::VehicleClass,
    jiff::civil::Date,
    outcome::{ArcState, HourOutcome, TrafficOutcome},
    road::{Arc, Direction, Modes, RoadLink},
    scenario::{ClosureKind, OpenDirection},
};

use super::table::{Cell, Kind, Table, integer, maybe_text, number, text};

/// What stands on a section in an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Works {
    pub(super) kind: ClosureKind,
    /// The direction that stays as it is past works in one direction.
    open: Option<Direction>,
}

impl Works {
    /// Status of the section as a whole.
    const fn of_link(self) -> &'static str {
        match self.kind {
            ClosureKind::Full => "closed",
            other => other.name(),
        }
    }

    /// Status of one direction.
    fn of_arc(self, direction: Direction) -> &'static str {
        match (self.kind, self.open) {
            (_, Some(open)) if open == direction => "open",
            (ClosureKind::OneWay, Some(_)) => "closed",
            _ => self.of_link(),
        }
    }
}

/// The works on sections in a computed hour; where several meet, the strongest.
pub(super) fn works(scenario: &Scenario, traffic: &TrafficOutcome, hour_index: usize) -> BTreeMap<Id<RoadLink>, Works> {
    let mut works: BTreeMap<Id<RoadLink>, Works> = BTreeMap::new();
    let rank = |kind: ClosureKind| {
        [ClosureKind::Full, ClosureKind::OneWay, ClosureKind::Half, ClosureKind::Lanes, ClosureKind::Narrowed]
            .iter()
            .position(|known| *known == kind)
    };
    for (index, closure) in traffic.closures.iter().enumerate() {
        if closure.active.get(hour_index) == Some(&false) {
            continue;
        }
        let source = scenario.closures.get(index);
        let stays_along = match closure.kind {
            ClosureKind::OneWay => {
                Some(source.and_then(|source| source.open_direction) != Some(OpenDirection::Against))
            }
            ClosureKind::Lanes | ClosureKind::Narrowed => {
                source.and_then(|source| source.direction).map(|direction| direction == OpenDirection::Against)
            }
            ClosureKind::Full | ClosureKind::Half => None,
        };
        for section in &closure.sections {
            let open = stays_along
                .map(|stays_along| if section.along == stays_along { Direction::Forward } else { Direction::Backward });
            let new = Works { kind: closure.kind, open };
            let entry = works.entry(section.link).or_insert(new);
            if rank(new.kind) < rank(entry.kind) {
                *entry = new;
            }
        }
    }
    works
}

/// Whether motor vehicles may drive in a direction.
fn is_driven(link: &RoadLink, direction: Direction) -> bool {
    link.carriageway(direction).modes.intersects(Modes::MOTOR)
}

/// The sections on which motor vehicles may drive, in the order of the rows of an hour of the table `links`.
pub(super) fn driven_links(twin: &Twin) -> Vec<(Id<RoadLink>, &RoadLink)> {
    let is_any = |link: &RoadLink| Direction::BOTH.into_iter().any(|direction| is_driven(link, direction));
    twin.roads.links().filter(|(_, link)| is_any(link)).collect()
}

fn at(column: &[f64], arc: Arc) -> f64 {
    column.get(arc.index()).copied().unwrap_or(0.0)
}

fn hours(outcome: &Outcome) -> impl Iterator<Item = (usize, &TrafficOutcome, &HourOutcome)> {
    outcome
        .traffic
        .iter()
        .flat_map(|traffic| traffic.hours.iter().enumerate().map(move |(index, hour)| (index, traffic, hour)))
}

/// One row per section and hour, both directions together.
pub(super) fn links(twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        Table::LINKS,
        &[
            ("key", Text),
            ("street", Text),
            ("route", Text),
            ("class", Text),
            ("length_m", Number),
            ("hour", Integer),
            ("base_volume_veh_h", Number),
            ("volume_veh_h", Number),
            ("change_veh_h", Number),
            ("change_percent", Number),
            ("base_volume_hgv_h", Number),
            ("volume_hgv_h", Number),
            ("base_travel_time_forward_s", Number),
            ("travel_time_forward_s", Number),
            ("base_travel_time_backward_s", Number),
            ("travel_time_backward_s", Number),
            ("base_delay_veh_h", Number),
            ("delay_veh_h", Number),
            ("queue_veh", Number),
            ("added_veh_hours", Number),
            ("added_veh_km", Number),
            ("status", Text),
        ],
    );
    let sections = driven_links(twin);
    for (hour_index, traffic, hour) in hours(outcome) {
        let works = works(scenario, traffic, hour_index);
        for &(id, link) in &sections {
            let [forward, backward] = Direction::BOTH.map(|direction| Arc::new(id, direction));
            let driven = Direction::BOTH.map(|direction| is_driven(link, direction));
            let sum = |column: &[f64]| at(column, forward) + at(column, backward);
            let (base, with) = (sum(&hour.base.volume_veh_h), sum(&hour.with.volume_veh_h));
            let time =
                |state: &ArcState, arc: Arc, driven: bool| Cell::Number(driven.then(|| at(&state.travel_time_s, arc)));
            let vehicle_hours = |state: &ArcState, column: &[f64]| {
                let of = |arc: Arc| {
                    let volume = at(&state.volume_veh_h, arc);
                    // Nobody waits where nobody drives, however long the way through would take.
                    if volume > 0.0 { volume * at(column, arc) / 3600.0 } else { 0.0 }
                };
                of(forward) + of(backward)
            };
            let added_veh_hours = vehicle_hours(&hour.with, &hour.with.travel_time_s)
                - vehicle_hours(&hour.base, &hour.base.travel_time_s);
            table.push([
                text(link.key.as_str()),
                maybe_text(link.name.as_deref()),
                maybe_text(link.route.as_deref()),
                text(link.class.name()),
                number(link.length_m),
                integer(hour.hour),
                number(base),
                number(with),
                number(with - base),
                Cell::Number((base > 0.0).then(|| 100.0 * (with - base) / base)),
                number(sum(&hour.base.volume_hgv_h)),
                number(sum(&hour.with.volume_hgv_h)),
                time(&hour.base, forward, driven[0]),
                time(&hour.with, forward, driven[0]),
                time(&hour.base, backward, driven[1]),
                time(&hour.with, backward, driven[1]),
                number(vehicle_hours(&hour.base, &hour.base.delay_s)),
                number(vehicle_hours(&hour.with, &hour.with.delay_s)),
                number(sum(&hour.with.queue_veh)),
                number(added_veh_hours),
                number((with - base) * link.length_m / 1000.0),
                text(works.get(&id).map_or("open", |works| works.of_link())),
            ]);
        }
    }
    table
}

/// One row per direction in which motor vehicles may drive, and hour.
pub(super) fn road_link(twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        Table::ROAD_LINK,
        &[
            ("key", Text),
            ("from_key", Text),
            ("to_key", Text),
            ("direction", Text),
            ("hour", Integer),
            ("volume_veh_h", Number),
            ("volume_hgv_h", Number),
            ("travel_time_s", Number),
            ("delay_s", Number),
            ("queue_veh", Number),
            ("base_volume_veh_h", Number),
            ("base_volume_hgv_h", Number),
            ("base_travel_time_s", Number),
            ("base_delay_s", Number),
            ("base_queue_veh", Number),
            ("status", Text),
        ],
    );
    for (hour_index, traffic, hour) in hours(outcome) {
        let works = works(scenario, traffic, hour_index);
        for (id, link) in twin.roads.links() {
            for direction in Direction::BOTH.into_iter().filter(|direction| is_driven(link, *direction)) {
                let arc = Arc::new(id, direction);
                let (from, to) = arc.ends(&twin.roads);
                let (base, with) = (&hour.base, &hour.with);
                let name = match direction {
                    Direction::Forward => "forward",
                    Direction::Backward => "backward",
                };
                table.push([
                    text(link.key.as_str()),
                    text(twin.roads[from].key.as_str()),
                    text(twin.roads[to].key.as_str()),
                    text(name),
                    integer(hour.hour),
                    number(at(&with.volume_veh_h, arc)),
                    number(at(&with.volume_hgv_h, arc)),
                    number(at(&with.travel_time_s, arc)),
                    number(at(&with.delay_s, arc)),
                    number(at(&with.queue_veh, arc)),
                    number(at(&base.volume_veh_h, arc)),
                    number(at(&base.volume_hgv_h, arc)),
                    number(at(&base.travel_time_s, arc)),
                    number(at(&base.delay_s, arc)),
                    number(at(&base.queue_veh, arc)),
                    text(works.get(&id).map_or("open", |works| works.of_arc(direction))),
                ]);
            }
        }
    }
    table
}

/// Who and what is affected; `from` and `to` are the days of the scenario, `label` is for people.
pub(super) fn affected(twin: &Twin, scenario: &Scenario, outcome: &Outcome) -> Table {
    use Kind::{Number, Text};
    let mut table = Table::new(
        Table::AFFECTED,
        &[
            ("key", Text),
            ("network", Text),
            ("what", Text),
            ("from", Text),
            ("to", Text),
            ("amount", Number),
            ("label", Text),
        ],
    );
    let (from, to) = days(scenario);
    let mut put_in = |network: &str, key: &Key, what: &str, amount: f64, label: Option<&str>| {
        let day = |day: Option<Date>| Cell::Text(day.map(|day| day.to_string()));
        table.push([
            text(key.as_str()),
            text(network),
            text(what),
            day(from),
            day(to),
            number(amount),
            maybe_text(label),
        ]);
    };
    super::gas::affected(twin, outcome, |key, what, amount, label| put_in("gas", key, what, amount, label));
    super::heat::affected(twin, outcome, |key, what, amount, label| put_in("heat", key, what, amount, label));
    super::water::affected(twin, outcome, |key, what, amount, label| put_in("water", key, what, amount, label));
    let Some(traffic) = &outcome.traffic else { return table };
    let mut put = |key: &Key, what: &str, amount: f64, label: Option<&str>| put_in("road", key, what, amount, label);
    for (ids, what) in [(&traffic.cut_off_addresses, "cut_off"), (&traffic.unreachable_before, "unreachable_before")] {
        for address in ids.iter().filter_map(|id| twin.addresses.get(*id)) {
            put(&address.key, what, 1.0, Some(&label_of(address)));
        }
    }
    for route in traffic.affected_bus_routes.iter().filter_map(|id| twin.bus_routes.get(*id)) {
        let label = route.line.as_deref().or(route.name.as_deref());
        put(&route.key, "bus_route_through_closure", route.departures_per_day.unwrap_or(0.0), label);
    }
    let mut trips: BTreeMap<(&Key, VehicleClass), f64> = BTreeMap::new();
    for cut_off in traffic.hours.iter().flat_map(|hour| &hour.cut_off_trips) {
        for (origin, _, amount) in &cut_off.pairs {
            *trips.entry((origin, cut_off.class)).or_default() += amount;
        }
    }
    for ((origin, class), amount) in trips {
        put(origin, &format!("{}_trips_cut_off", class.name()), amount, None);
    }
    table
}

/// First and last day: the scenario's, else the earliest and latest of its closures.
pub(super) fn days(scenario: &Scenario) -> (Option<Date>, Option<Date>) {
    let first = scenario.closures.iter().filter_map(|closure| closure.from).min();
    let last = scenario.closures.iter().filter_map(|closure| closure.to).max();
    (scenario.from.or(first), scenario.to.or(last))
}

/// `Hauptstraße 12a`.
pub(super) fn label_of(address: &twin::building::Address) -> String {
    match &address.street {
        Some(street) => format!("{street} {}", address.house_number),
        None => address.house_number.clone(),
    }
}
