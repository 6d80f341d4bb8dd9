//! From the tree of a file to a [`Scenario`].

use std::{collections::BTreeMap, path::Path};

use twin::{
    Assumptions, Key, Scenario, Twin,
    jiff::civil::Date,
    scenario::{Bound, DemandFiles, PowerOptions, Questions, Scrutiny, Season, TrafficOptions},
};

use super::{
    FORMAT_VERSION,
    closure::closure,
    demand,
    fields::{self, Fields, Notes, joined, nearest},
    supply,
    tree::{Entry, Node, Position, Value},
};

/// Not negative.
pub(super) const LENGTH: (f64, f64) = (0.0, f64::MAX);
/// A part of a whole.
const SHARE: (f64, f64) = (0.0, 1.0);
/// Greater than zero.
pub(super) const POSITIVE: (f64, f64) = (f64::MIN_POSITIVE, f64::MAX);
/// The scenario of a tree; what is wrong goes to `notes`.
pub(super) fn scenario(root: &Node, twin: &Twin, folder: Option<&Path>, notes: &mut Notes) -> Scenario {
    let mut scenario = Scenario::default();
    let Some(mut top) = Fields::of(root, "", notes) else { return scenario };
    version(&mut top, notes);
    scenario.name = top.text("name", notes).unwrap_or_default();
    scenario.from = top.date("from", notes);
    scenario.to = top.date("to", notes);
    check_dates((scenario.from, scenario.to), "to", top.position("to"), notes);
    scenario.date = top.date("date", notes);
    scenario.seed = top.whole("seed", (0, u64::MAX), notes).unwrap_or(0);
    let dates = (scenario.from, scenario.to);
    let closures =
        tables(&mut top, "closure", notes, |fields, notes| switched(fields, notes, |f, n| closure(f, dates, twin, n)));
    (scenario.closures, scenario.switched_off.closures) = without_off(closures, "closure", notes);
    let outages = tables(&mut top, "outage", notes, |fields, notes| switched(fields, notes, supply::outage));
    (scenario.outages, scenario.switched_off.outages) = without_off(outages, "outage", notes);
    if let Some(mut fields) = table(&mut top, "demand", notes) {
        scenario.demand_factor = fields.number("factor", LENGTH, notes).unwrap_or(1.0);
        read_demand(&mut fields, &mut scenario, twin, folder, notes);
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "traffic", notes) {
        scenario.traffic = traffic(&mut fields, notes);
        let default = Scrutiny::default();
        scenario.scrutiny = Scrutiny {
            bands: fields.flag("bands", notes).unwrap_or(default.bands),
            shares: fields.flag("shares", notes).unwrap_or(default.shares),
        };
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "query", notes) {
        scenario.questions = questions(&mut fields, notes);
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "water", notes) {
        scenario.water = supply::water(&mut fields, notes);
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "gas", notes) {
        scenario.gas = supply::gas(&mut fields, notes);
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "heat", notes) {
        scenario.heat = supply::heat(&mut fields, notes);
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "power", notes) {
        let default = PowerOptions::default();
        let seasons: Vec<_> = Season::ALL.iter().map(|season| (season.name(), *season)).collect();
        scenario.power = PowerOptions {
            tolerance_pu: fields.number("tolerance_pu", POSITIVE, notes).unwrap_or(default.tolerance_pu),
            reactive_limits: fields.flag("reactive_limits", notes).unwrap_or(default.reactive_limits),
            demand_factor: fields.number("demand_factor", LENGTH, notes).unwrap_or(default.demand_factor),
            constant_impedance: fields.number("constant_impedance", SHARE, notes).unwrap_or(default.constant_impedance),
            constant_current: fields.number("constant_current", SHARE, notes).unwrap_or(default.constant_current),
            day: fields.flag("day", notes).unwrap_or(default.day),
            season: fields.choice("season", &seasons, notes).unwrap_or(default.season),
            heat_pumps: fields.number("heat_pumps", SHARE, notes).unwrap_or(default.heat_pumps),
            wallboxes: fields.number("wallboxes", SHARE, notes).unwrap_or(default.wallboxes),
            photovoltaics: fields.number("photovoltaics", SHARE, notes).unwrap_or(default.photovoltaics),
            flexible: fields.number("flexible", SHARE, notes).unwrap_or(default.flexible),
        };
        fields.finish(notes);
    }
    if let Some(fields) = table(&mut top, "assumptions", notes) {
        scenario.assumptions = assumptions(&fields, notes);
    }
    if let Some(fields) = table(&mut top, "expect", notes) {
        expect(fields.entries(), "", &mut scenario.expect, notes);
    }
    top.finish(notes);
    scenario
}

pub(super) fn version(top: &mut Fields<'_>, notes: &mut Notes) {
    let present = top.get("version").is_some();
    if !present {
        let message = "The file does not say which version of the format it is.".to_owned();
        notes.error("missing-key", "version", Some((1, 1)), message, "Write version = 1 in the first line.");
        return;
    }
    if let Some(version) = top.whole("version", (1, u64::MAX), notes).filter(|version| *version > FORMAT_VERSION) {
        let message = format!("The file is of version {version}; this program reads up to {FORMAT_VERSION}.");
        notes.error("newer-version", "version", top.position("version"), message, "Use a newer Stadtwin.");
    }
}

pub(super) fn table<'a>(top: &mut Fields<'a>, key: &'static str, notes: &mut Notes) -> Option<Fields<'a>> {
    let field = top.get(key)?;
    Fields::of(field.node, &field.path, notes)
}

/// The tables of a list, `[[closure]]`.
pub(super) fn tables<'a, T>(
    top: &mut Fields<'a>,
    key: &'static str,
    notes: &mut Notes,
    mut read: impl FnMut(&mut Fields<'a>, &mut Notes) -> Option<T>,
) -> Vec<T> {
    let Some((items, path)) = top.list(key, "a list of tables", &format!("[[{key}]] on a line of its own"), notes)
    else {
        return Vec::new();
    };
    let mut rows = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let Some(mut fields) = Fields::of(item, &format!("{path}[{index}]"), notes) else { continue };
        rows.extend(read(&mut fields, notes));
        fields.finish(notes);
    }
    rows
}

/// A measure and whether it is computed.
fn switched<'a, T>(
    fields: &mut Fields<'a>,
    notes: &mut Notes,
    read: impl FnOnce(&mut Fields<'a>, &mut Notes) -> Option<T>,
) -> Option<(T, bool)> {
    let active = fields.flag("active", notes).unwrap_or(true);
    read(fields, notes).map(|measure| (measure, active))
}

/// Sets apart the measures of a list that are switched off, with their places. The positions of the others are told by the
/// number that they have among those that are computed, as findings about them are.
fn without_off<T>(measures: Vec<(T, bool)>, list: &str, notes: &mut Notes) -> (Vec<T>, Vec<(usize, T)>) {
    let (mut on, mut off, mut numbers) = (Vec::with_capacity(measures.len()), Vec::new(), Vec::new());
    for (place, (measure, active)) in measures.into_iter().enumerate() {
        numbers.push(active.then_some(on.len()));
        if active {
            on.push(measure);
        } else {
            off.push((place, measure));
        }
    }
    if !off.is_empty() {
        notes.renumber(list, &numbers);
    }
    (on, off)
}

/// Says that a field is missing, unless it is there and wrong.
pub(super) fn require(present: bool, fields: &Fields<'_>, key: &str, what: &str, notes: &mut Notes) {
    // A key that is there but wrong has its finding already.
    if !present && !fields.entries().iter().any(|entry| entry.key == key) {
        let field = fields.path(key);
        notes.error("missing-key", &field, fields.position, format!("`{field}` is missing."), format!("Give {what}."));
    }
}

/// Says that a period ends before it begins.
pub(super) fn check_dates(
    (from, to): (Option<Date>, Option<Date>),
    field: &str,
    position: Position,
    notes: &mut Notes,
) {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        let message = format!("It ends on {to}, before it begins on {from}.");
        notes.error("dates-reversed", field, position, message, "Exchange `from` and `to`.");
    }
}

fn traffic(fields: &mut Fields<'_>, notes: &mut Notes) -> TrafficOptions {
    let default = TrafficOptions::default();
    let hours = fields.list("hours", "a list of hours", "hours = [7, 16]", notes);
    let position = fields.position("hours");
    let hours = hours.map(|(items, path)| {
        let mut hours: Vec<u8> = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let Some(hour) = fields::whole(item, &path, (0, 23), notes).and_then(|hour| u8::try_from(hour).ok()) else {
                continue;
            };
            if hours.contains(&hour) {
                notes.error(
                    "impossible-value",
                    &path,
                    item.position,
                    format!("Hour {hour} is listed twice."),
                    "Leave one out.",
                );
            }
            hours.push(hour);
        }
        if items.is_empty() {
            notes.error(
                "impossible-value",
                &path,
                position,
                format!("`{path}` is empty."),
                "Name at least one hour from 0 to 23.",
            );
        }
        hours
    });
    let iterations = fields.whole("max_iterations", (1, u64::from(u32::MAX)), notes);
    TrafficOptions {
        relative_gap: fields.number("relative_gap", (f64::MIN_POSITIVE, 1.0), notes).unwrap_or(default.relative_gap),
        max_iterations: iterations.and_then(|n| u32::try_from(n).ok()).unwrap_or(default.max_iterations),
        toll_weight: fields.number("toll_weight", LENGTH, notes).unwrap_or(default.toll_weight),
        distance_weight: fields.number("distance_weight", LENGTH, notes).unwrap_or(default.distance_weight),
        hours: hours.unwrap_or(default.hours),
        day: fields.flag("day", notes).unwrap_or(default.day),
    }
}

fn questions(fields: &mut Fields<'_>, notes: &mut Notes) -> Questions {
    const STREETS: &str = "select = [\"Hauptstraße\", \"way/4711\"]";
    const PAIRS: &str = "paths = [[\"zone/1\", \"zone/7\"]]";
    let name = |node: &Node| match &node.value {
        Value::Text(name) if !name.trim().is_empty() => Some(name.clone()),
        _ => None,
    };
    let wrong = |path: &str, node: &Node, what: &str, example: &str, notes: &mut Notes| {
        let message = format!("`{path}` must be {what}, not {}.", node.value.shown());
        notes.error("wrong-type", path, node.position, message, format!("Write, for example, {example}."));
    };
    let mut questions = Questions { skim: fields.flag("skim", notes).unwrap_or(false), ..Questions::default() };
    if let Some((items, path)) = fields.list("select", "a list of streets", STREETS, notes) {
        for (index, item) in items.iter().enumerate() {
            match name(item) {
                Some(street) => questions.select.push(street),
                None => wrong(&format!("{path}[{index}]"), item, "the name or key of a street", STREETS, notes),
            }
        }
    }
    if let Some((items, path)) = fields.list("paths", "a list of pairs of zones", PAIRS, notes) {
        for (index, item) in items.iter().enumerate() {
            let ends = match &item.value {
                Value::Array(ends) => ends.iter().map(name).collect::<Option<Vec<String>>>(),
                _ => None,
            };
            match ends.and_then(|ends| <[String; 2]>::try_from(ends).ok()) {
                Some(ends) => questions.paths.push(ends.map(Key::new)),
                None => wrong(&format!("{path}[{index}]"), item, "the keys of two zones", PAIRS, notes),
            }
        }
    }
    questions
}

fn assumptions(fields: &Fields<'_>, notes: &mut Notes) -> Assumptions {
    let mut assumptions = Assumptions::default();
    for entry in fields.entries() {
        let path = fields.path(&entry.key);
        let Some(row) = Assumptions::TABLE.iter().find(|row| row.key == entry.key) else {
            let known: Vec<&str> = Assumptions::TABLE.iter().map(|row| row.key).collect();
            let message = format!("There is no assumption `{}`.", entry.key);
            notes.error("unknown-key", &path, entry.position, message, nearest(&entry.key, &known));
            continue;
        };
        if let Some(value) = fields::number(&entry.node, &path, row.range, notes) {
            let is_set = assumptions.set(row.key, value);
            debug_assert!(is_set, "because the range was checked");
        }
    }
    assumptions
}

/// Bounds of criteria. A name with dots is one key in quotes, or nested tables.
fn expect(entries: &[Entry], prefix: &str, out: &mut BTreeMap<String, Bound>, notes: &mut Notes) {
    for entry in entries {
        let name = joined(prefix, &entry.key);
        let path = format!("expect.{name}");
        let known: Vec<&str> = twin::criteria::TABLE.iter().map(|criterion| criterion.name).collect();
        let is_bound = |entries: &[Entry]| entries.iter().any(|entry| !matches!(entry.node.value, Value::Table(_)));
        match &entry.node.value {
            Value::Table(inner) if !known.contains(&name.as_str()) && !is_bound(inner) && !inner.is_empty() => {
                expect(inner, &name, out, notes);
            }
            Value::Table(_) => {
                if !known.contains(&name.as_str()) {
                    let message = format!("There is no criterion `{name}`.");
                    notes.error("unknown-criterion", &path, entry.position, message, nearest(&name, &known));
                }
                let Some(mut fields) = Fields::of(&entry.node, &path, notes) else { continue };
                let every = (f64::MIN, f64::MAX);
                let bound = Bound { min: fields.number("min", every, notes), max: fields.number("max", every, notes) };
                if let (Some(min), Some(max)) = (bound.min, bound.max)
                    && max < min
                {
                    let message = format!("No value is at least {min} and at most {max}.");
                    notes.error("impossible-value", &path, entry.position, message, "Exchange `min` and `max`.");
                }
                if fields.entries().is_empty() {
                    let message = format!("`{path}` gives neither `min` nor `max`.");
                    notes.error("missing-key", &path, entry.position, message, "Write, for example, { max = 120 }.");
                }
                fields.finish(notes);
                out.insert(name, bound);
            }
            other => {
                let message = format!("`{path}` must be bounds, not {}.", other.shown());
                notes.error("wrong-type", &path, entry.node.position, message, "Write, for example, { max = 120 }.");
            }
        }
    }
}

/// The files of demand.
fn read_demand(
    fields: &mut Fields<'_>,
    scenario: &mut Scenario,
    twin: &Twin,
    folder: Option<&Path>,
    notes: &mut Notes,
) {
    let matrix = fields.name("matrix", notes);
    let zones = fields.name("zones", notes);
    let Some(matrix) = matrix else {
        if zones.is_some() {
            let message = "`demand.zones` is given without `demand.matrix`.".to_owned();
            notes.error(
                "missing-key",
                "demand.matrix",
                fields.position("zones"),
                message,
                "Give matrix = \"trips.csv\" too.",
            );
        }
        return;
    };
    let folder = folder.unwrap_or_else(|| Path::new(""));
    let positions = (fields.position("matrix"), fields.position("zones"));
    let files = DemandFiles { matrix, zones };
    scenario.demand = demand::read(&files, folder, positions, twin, notes);
    scenario.demand_files = Some(files);
}
