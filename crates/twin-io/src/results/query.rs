//! Tables that answer the questions of a scenario: `select_pair`, `select_link`, `path` and `skim`.

use twin::{
    Key, Outcome, Twin,
    road::{Arc, Direction},
};

use super::table::{Cell, Kind, Table, integer, maybe_text, number, text};

/// Volumes below this are left out, vehicles per hour.
const LEAST_VEH_H: f64 = 1e-3;

/// The tables that have rows.
pub(super) fn tables(twin: &Twin, outcome: &Outcome) -> Vec<Table> {
    let tables = [pairs(outcome), links(twin, outcome), paths(twin, outcome), skims(outcome)];
    tables.into_iter().filter(|table| table.n_rows() > 0).collect()
}

/// From where to where the trips go that use a street asked for.
fn pairs(outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "select_pair",
        &[
            ("selected", Text),
            ("hour", Integer),
            ("class", Text),
            ("origin", Text),
            ("destination", Text),
            ("base_trips_veh_h", Number),
            ("trips_veh_h", Number),
        ],
    );
    for answers in &outcome.answers {
        for selected in &answers.selected {
            for pair in &selected.pairs {
                table.push([
                    text(&selected.name),
                    integer(answers.hour),
                    text(pair.class.name()),
                    key(&pair.origin),
                    key(&pair.destination),
                    number(pair.base_trips_veh_h),
                    number(pair.trips_veh_h),
                ]);
            }
        }
    }
    table
}

/// Where the trips that use a street asked for drive, before and with the scenario.
fn links(twin: &Twin, outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "select_link",
        &[
            ("selected", Text),
            ("hour", Integer),
            ("key", Text),
            ("direction", Text),
            ("name", Text),
            ("base_volume_veh_h", Number),
            ("volume_veh_h", Number),
        ],
    );
    for answers in &outcome.answers {
        for selected in &answers.selected {
            let volumes = selected.base_volume_veh_h.iter().zip(&selected.volume_veh_h).enumerate();
            for (row, (&base, &with)) in volumes.filter(|(_, (base, with))| base.max(**with) >= LEAST_VEH_H) {
                let arc = Arc::from_index(row);
                let link = twin.roads.link(arc.link);
                table.push([
                    text(&selected.name),
                    integer(answers.hour),
                    key(&link.key),
                    text(direction(arc)),
                    maybe_text(link.name.as_deref()),
                    number(base),
                    number(with),
                ]);
            }
        }
    }
    table
}

/// The ways between the zones asked for.
fn paths(twin: &Twin, outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "path",
        &[
            ("hour", Integer),
            ("class", Text),
            ("origin", Text),
            ("destination", Text),
            ("base_trips_veh_h", Number),
            ("trips_veh_h", Number),
            ("base_time_s", Number),
            ("time_s", Number),
            ("length_m", Number),
            ("streets", Text),
            ("links", Text),
        ],
    );
    for answers in &outcome.answers {
        for path in &answers.paths {
            let links: Vec<String> =
                path.arcs.iter().map(|&arc| format!("{}{}", twin.roads.link(arc.link).key, sign(arc))).collect();
            table.push([
                integer(answers.hour),
                text(path.class.name()),
                key(&path.origin),
                key(&path.destination),
                number(path.base_trips_veh_h),
                number(path.trips_veh_h),
                number(path.base_time_s),
                Cell::Number(path.time_s),
                number(path.length_m),
                text(streets(twin, &path.arcs)),
                text(links.join(" ")),
            ]);
        }
    }
    table
}

/// Travel times between all zones.
fn skims(outcome: &Outcome) -> Table {
    use Kind::{Integer, Number, Text};
    let mut table = Table::new(
        "skim",
        &[
            ("hour", Integer),
            ("class", Text),
            ("origin", Text),
            ("destination", Text),
            ("base_cost_s", Number),
            ("cost_s", Number),
        ],
    );
    for answers in &outcome.answers {
        for skim in &answers.skims {
            for (from, origin) in skim.zones.iter().enumerate() {
                for (to, destination) in skim.zones.iter().enumerate() {
                    let at = from * skim.zones.len() + to;
                    table.push([
                        integer(answers.hour),
                        text(skim.class.name()),
                        key(origin),
                        key(destination),
                        Cell::Number(skim.base_cost_s[at]),
                        Cell::Number(skim.cost_s[at]),
                    ]);
                }
            }
        }
    }
    table
}

fn key(key: &Key) -> Cell {
    text(key.as_str())
}

const fn direction(arc: Arc) -> &'static str {
    match arc.direction {
        Direction::Forward => "forward",
        Direction::Backward => "backward",
    }
}

/// `+` along the digitized direction, `-` against it.
const fn sign(arc: Arc) -> char {
    match arc.direction {
        Direction::Forward => '+',
        Direction::Backward => '-',
    }
}

/// Names of the streets in driving order, each once in a row.
fn streets(twin: &Twin, arcs: &[Arc]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in arcs.iter().filter_map(|arc| twin.roads.link(arc.link).name.as_deref()) {
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    names.join(" · ")
}
