//! From the tree of a file to a [`Scenario`].

use std::{collections::BTreeMap, path::Path};

use twin::{
    Assumptions, Key, Scenario, Twin,
    geo_types::{Coord, LineString},
    jiff::civil::Date,
    road::Modes,
    scenario::{
        Bound, Closure, ClosureKind, Control, DemandFiles, OpenDirection, Outage, PowerOptions, RoadTarget, Side,
        TrafficOptions, WaterDemandModel, WaterOptions,
    },
};

use super::{
    FORMAT_VERSION, demand,
    fields::{self, Fields, Notes, joined, nearest},
    tree::{Entry, Node, Position, Value},
};
use crate::project::Projector;

/// Not negative.
const LENGTH: (f64, f64) = (0.0, f64::MAX);
/// Greater than zero.
const POSITIVE: (f64, f64) = (f64::MIN_POSITIVE, f64::MAX);
/// How far from the town's streets a drawn line may lie, metres.
const FAR_M: f64 = 10_000.0;

/// The scenario of a tree; what is wrong goes to `notes`.
pub(super) fn scenario(root: &Node, twin: &Twin, folder: Option<&Path>, notes: &mut Notes) -> Scenario {
    let mut scenario = Scenario::default();
    let Some(mut top) = Fields::of(root, "", notes) else { return scenario };
    version(&mut top, notes);
    scenario.name = top.text("name", notes).unwrap_or_default();
    scenario.from = top.date("from", notes);
    scenario.to = top.date("to", notes);
    check_dates((scenario.from, scenario.to), "to", top.position("to"), notes);
    scenario.seed = top.whole("seed", (0, u64::MAX), notes).unwrap_or(0);
    let dates = (scenario.from, scenario.to);
    scenario.closures = tables(&mut top, "closure", notes, |fields, notes| closure(fields, dates, twin, notes));
    scenario.outages = tables(&mut top, "outage", notes, |fields, notes| {
        let asset = fields.name("asset", notes);
        require(
            asset.is_some(),
            fields,
            "asset",
            "the key of the asset, for example asset = \"water_pipe/P-12\"",
            notes,
        );
        asset.map(|asset| Outage { asset: Key::new(asset) })
    });
    if let Some(mut fields) = table(&mut top, "demand", notes) {
        scenario.demand_factor = fields.number("factor", LENGTH, notes).unwrap_or(1.0);
        read_demand(&mut fields, &mut scenario, twin, folder, notes);
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "traffic", notes) {
        scenario.traffic = traffic(&mut fields, notes);
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "water", notes) {
        let default = WaterOptions::default();
        let models: Vec<_> = WaterDemandModel::ALL.iter().map(|model| (model.name(), *model)).collect();
        scenario.water = WaterOptions {
            duration_s: fields.number("duration_s", LENGTH, notes).unwrap_or(default.duration_s),
            demand_model: fields.choice("demand_model", &models, notes).unwrap_or(default.demand_model),
        };
        fields.finish(notes);
    }
    if let Some(mut fields) = table(&mut top, "power", notes) {
        let default = PowerOptions::default();
        scenario.power = PowerOptions {
            tolerance_pu: fields.number("tolerance_pu", POSITIVE, notes).unwrap_or(default.tolerance_pu),
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

fn version(top: &mut Fields<'_>, notes: &mut Notes) {
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

fn table<'a>(top: &mut Fields<'a>, key: &'static str, notes: &mut Notes) -> Option<Fields<'a>> {
    let field = top.get(key)?;
    Fields::of(field.node, &field.path, notes)
}

/// The tables of a list, `[[closure]]`.
fn tables<'a, T>(
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

fn require(present: bool, fields: &Fields<'_>, key: &str, what: &str, notes: &mut Notes) {
    // A key that is there but wrong has its finding already.
    if !present && !fields.entries().iter().any(|entry| entry.key == key) {
        let field = fields.path(key);
        notes.error("missing-key", &field, fields.position, format!("`{field}` is missing."), format!("Give {what}."));
    }
}

fn check_dates((from, to): (Option<Date>, Option<Date>), field: &str, position: Position, notes: &mut Notes) {
    if let (Some(from), Some(to)) = (from, to)
        && to < from
    {
        let message = format!("It ends on {to}, before it begins on {from}.");
        notes.error("dates-reversed", field, position, message, "Exchange `from` and `to`.");
    }
}

fn closure(
    fields: &mut Fields<'_>,
    dates: (Option<Date>, Option<Date>),
    twin: &Twin,
    notes: &mut Notes,
) -> Option<Closure> {
    let target = target(fields, twin, notes);
    let kinds: Vec<_> = ClosureKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
    let kind = fields.choice("kind", &kinds, notes);
    require(kind.is_some(), fields, "kind", "one of full, half, one-way, lanes", notes);
    let controls: Vec<_> = Control::ALL.iter().map(|control| (control.name(), *control)).collect();
    let control = fields.choice("control", &controls, notes);
    let lanes = fields.whole("lanes", (1, 20), notes).and_then(|lanes| u8::try_from(lanes).ok());
    let directions: Vec<_> = OpenDirection::ALL.iter().map(|direction| (direction.name(), *direction)).collect();
    let open_direction = fields.choice("open_direction", &directions, notes);
    let length_m = fields.number("length_m", POSITIVE, notes);
    let from_m = fields.number("from_m", LENGTH, notes);
    let to_m = fields.number("to_m", LENGTH, notes);
    let sides: Vec<_> = Side::ALL.iter().map(|side| (side.name(), *side)).collect();
    let side = fields.choice("side", &sides, notes);
    let (exempt, exempt_residents) = exempt(fields, notes);
    let from = fields.date("from", notes);
    let to = fields.date("to", notes);
    let hours = fields.hours("hours", notes);
    let cycle_s = fields.number("cycle_s", (20.0, 600.0), notes);
    let cause = fields.text("cause", notes);
    let owner = fields.text("owner", notes);
    let key = if to.is_some() || from.is_none() { "to" } else { "from" };
    if from.is_some() || to.is_some() {
        check_dates((from.or(dates.0), to.or(dates.1)), &fields.path(key), fields.position(key), notes);
    }
    check_site((length_m, from_m, to_m), fields, notes);
    if let Some(kind) = kind {
        check_kind(kind, (control, lanes, cycle_s), fields, notes);
    }
    Some(Closure {
        target: target?,
        kind: kind?,
        control: control.unwrap_or(Control::Signal),
        lanes,
        open_direction,
        length_m,
        from_m,
        to_m,
        side,
        exempt,
        exempt_residents,
        from,
        to,
        hours,
        cycle_s,
        cause,
        owner,
    })
}

fn check_site(
    (length_m, from_m, to_m): (Option<f64>, Option<f64>, Option<f64>),
    fields: &Fields<'_>,
    notes: &mut Notes,
) {
    if let (Some(from_m), Some(to_m)) = (from_m, to_m)
        && to_m <= from_m
    {
        let message = format!("The work site ends at {to_m} m, not after its begin at {from_m} m.");
        notes.error(
            "impossible-value",
            &fields.path("to_m"),
            fields.position("to_m"),
            message,
            "Exchange `from_m` and `to_m`.",
        );
    }
    if length_m.is_some() && to_m.is_some() {
        let message = "The end of the work site is given twice, by `length_m` and by `to_m`.".to_owned();
        notes.error(
            "contradiction",
            &fields.path("length_m"),
            fields.position("length_m"),
            message,
            "Leave one of them out.",
        );
    }
}

/// Fields that only some kinds of closure have.
fn check_kind(
    kind: ClosureKind,
    given: (Option<Control>, Option<u8>, Option<f64>),
    fields: &Fields<'_>,
    notes: &mut Notes,
) {
    let (control, lanes, cycle_s) = given;
    let has = |key: &str| fields.entries().iter().any(|entry| entry.key == key);
    require(
        kind != ClosureKind::Lanes || lanes.is_some(),
        fields,
        "lanes",
        "the lanes that stay in each direction",
        notes,
    );
    for (key, only) in [
        ("control", ClosureKind::Half),
        ("cycle_s", ClosureKind::Half),
        ("lanes", ClosureKind::Lanes),
        ("open_direction", ClosureKind::OneWay),
    ] {
        if has(key) && kind != only {
            let message = format!("`{key}` belongs to closures of kind \"{}\", not \"{}\".", only.name(), kind.name());
            let help = format!("Leave `{key}` out, or write kind = \"{}\".", only.name());
            notes.error("contradiction", &fields.path(key), fields.position(key), message, help);
        }
    }
    if control == Some(Control::Priority) && cycle_s.is_some() {
        let message = "A closure with priority signs has no signal cycle.".to_owned();
        notes.error(
            "contradiction",
            &fields.path("cycle_s"),
            fields.position("cycle_s"),
            message,
            "Leave `cycle_s` out, or write control = \"signal\".",
        );
    }
}

fn target(fields: &mut Fields<'_>, twin: &Twin, notes: &mut Notes) -> Option<RoadTarget> {
    let street = fields.name("street", notes);
    let between = between(fields, notes);
    let road = fields.name("road", notes);
    let line = fields.get("line").map(|field| (line(field.node, &field.path, twin, notes), field.node.position));
    let given =
        ["street", "road", "line"].into_iter().filter(|key| fields.entries().iter().any(|entry| entry.key == *key));
    let given: Vec<&str> = given.collect();
    match given.as_slice() {
        [] => {
            let message = "The closure does not say which street.".to_owned();
            notes.error(
                "missing-key",
                &fields.path("street"),
                fields.position,
                message,
                "Give street = \"Hauptstraße\", or road = \"way/4711\", or line = [[8.61, 49.47], [8.62, 49.47]].",
            );
        }
        [_] => {}
        [first, others @ ..] => {
            let message = format!("The street is given more than once: by {}.", given.join(" and by "));
            let field = others[0];
            notes.error(
                "contradiction",
                &fields.path(field),
                fields.position(field),
                message,
                format!("Leave all but `{first}` out."),
            );
        }
    }
    if fields.position("between").is_some() && street.is_none() && !given.contains(&"street") {
        let message = "`between` names cross streets, but there is no `street`.".to_owned();
        notes.error(
            "contradiction",
            &fields.path("between"),
            fields.position("between"),
            message,
            "Give the `street`, or leave `between` out.",
        );
    }
    match (street, road, line) {
        (Some(name), None, None) => Some(RoadTarget::Street { name, between }),
        (None, Some(key), None) => Some(RoadTarget::Key(Key::new(key))),
        (None, None, Some((Some(line), _))) => Some(RoadTarget::Line(line)),
        _ => None,
    }
}

fn between(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<[String; 2]> {
    const EXAMPLE: &str = "between = [\"Marktplatz\", \"Bahnhofstraße\"]";
    let position = fields.position("between");
    let (items, path) = fields.list("between", "a list of two street names", EXAMPLE, notes)?;
    let names = items.iter().map(|item| match &item.value {
        Value::Text(name) if !name.trim().is_empty() => Some(name.clone()),
        _ => None,
    });
    let names: Option<Vec<String>> = names.collect();
    let pair = names.and_then(|names| <[String; 2]>::try_from(names).ok());
    if pair.is_none() {
        let message = format!("`{path}` must be a list of two street names.");
        notes.error("wrong-type", &path, position, message, format!("Write, for example, {EXAMPLE}."));
    }
    if let Some([first, second]) = &pair
        && first == second
    {
        let message = format!("`{path}` names the same street twice: {first}.");
        notes.error(
            "impossible-value",
            &path,
            position,
            message,
            "Name the two cross streets at the ends of the section.",
        );
    }
    pair
}

/// A drawn line, projected into the twin's coordinates.
fn line(node: &Node, path: &str, twin: &Twin, notes: &mut Notes) -> Option<LineString<f64>> {
    const EXAMPLE: &str = "Write longitude and latitude in degrees, for example [[11.28, 49.51], [11.29, 49.51]].";
    let Value::Array(items) = &node.value else {
        notes.error(
            "wrong-type",
            path,
            node.position,
            format!("`{path}` must be a list of positions, not {}.", node.value.shown()),
            EXAMPLE,
        );
        return None;
    };
    let n_before = notes.findings.0.len();
    let mut positions_wgs84 = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match &item.value {
            Value::Array(pair) if pair.len() == 2 => {
                let lon = fields::number(&pair[0], &format!("{path}[0]"), (-180.0, 180.0), notes);
                let lat = fields::number(&pair[1], &format!("{path}[1]"), (-90.0, 90.0), notes);
                positions_wgs84.extend(lon.zip(lat).map(|(x, y)| (Coord { x, y }, path, item.position)));
            }
            _ => {
                let message = format!("`{path}` must be a pair of longitude and latitude, not {}.", item.value.shown());
                notes.error("wrong-type", &path, item.position, message, EXAMPLE);
            }
        }
    }
    if items.len() < 2 {
        let message = format!("`{path}` must have at least two positions.");
        notes.error("impossible-value", path, node.position, message, EXAMPLE);
    }
    if notes.findings.0.len() > n_before {
        return None;
    }
    project(&positions_wgs84, path, node.position, twin, notes)
}

fn project(
    positions_wgs84: &[(Coord<f64>, String, Position)],
    path: &str,
    position: Position,
    twin: &Twin,
    notes: &mut Notes,
) -> Option<LineString<f64>> {
    if twin.crs == twin::Crs::NOWHERE {
        let message = "The network has no place on earth, so a line on the map cannot be found in it.".to_owned();
        notes.error("no-place-on-earth", path, position, message, "Name the section by its key: road = \"tntp/17\".");
        return None;
    }
    let projector = match Projector::new(twin.crs.epsg) {
        Ok(projector) => projector,
        Err(findings) => {
            notes.findings.extend(findings.into_iter().map(|finding| finding.with_field(path)));
            return None;
        }
    };
    let bounds = bounds(twin);
    let is_near = |p: Coord<f64>| {
        bounds.is_none_or(|[west, east, south, north]| {
            (west - FAR_M..=east + FAR_M).contains(&p.x) && (south - FAR_M..=north + FAR_M).contains(&p.y)
        })
    };
    let mut line = Vec::with_capacity(positions_wgs84.len());
    for (at, field, position) in positions_wgs84 {
        let local = projector.local_from_wgs84(*at).ok().filter(|local| is_near(*local));
        if let Some(local) = local {
            line.push(local);
            continue;
        }
        let swapped = projector.local_from_wgs84(Coord { x: at.y, y: at.x }).is_ok_and(is_near);
        let help = if swapped {
            "Longitude comes first, then latitude: exchange the two numbers."
        } else {
            "Give longitude and latitude in degrees, within the town."
        };
        notes.error(
            "outside-town",
            field,
            *position,
            format!("The position {}, {} is not near the town.", at.x, at.y),
            help,
        );
    }
    (line.len() == positions_wgs84.len()).then_some(LineString(line))
}

/// West, east, south, north of the streets.
fn bounds(twin: &Twin) -> Option<[f64; 4]> {
    let mut nodes = twin.roads.nodes().map(|(_, node)| node.position);
    let first = nodes.next()?;
    Some(nodes.fold([first.x, first.x, first.y, first.y], |[west, east, south, north], p| {
        [west.min(p.x), east.max(p.x), south.min(p.y), north.max(p.y)]
    }))
}

/// Modes that may pass in spite of a closure, and whether residents may.
fn exempt(fields: &mut Fields<'_>, notes: &mut Notes) -> (Modes, bool) {
    const EXAMPLE: &str = "exempt = [\"emergency\", \"bus\"]";
    let Some((items, path)) = fields.list("exempt", "a list of modes", EXAMPLE, notes) else {
        return (Modes::NONE, false);
    };
    let known: Vec<&str> = Modes::NAMED.iter().map(|(_, name)| *name).chain(["residents"]).collect();
    let (mut modes, mut residents) = (Modes::NONE, false);
    for (index, item) in items.iter().enumerate() {
        let path = format!("{path}[{index}]");
        match &item.value {
            Value::Text(name) if name == "residents" => residents = true,
            Value::Text(name) => match Modes::from_name(name) {
                Some(mode) => modes = modes.union(mode),
                None => {
                    let message = format!("`{path}` cannot be \"{name}\".");
                    notes.error("unknown-value", &path, item.position, message, nearest(name, &known));
                }
            },
            other => {
                let message = format!("`{path}` must be a mode in quotes, not {}.", other.shown());
                notes.error(
                    "wrong-type",
                    &path,
                    item.position,
                    message,
                    format!("Possible are: {}.", known.join(", ")),
                );
            }
        }
    }
    (modes, residents)
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
    }
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
