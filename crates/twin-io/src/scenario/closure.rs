//! Closures: which street, what is closed, when; and what cannot go together.

use twin::{
    Key, Twin,
    geo_types::{Coord, LineString},
    jiff::civil::Date,
    road::Modes,
    scenario::{Bicycles, Closure, ClosureKind, ClosurePhase, Control, OpenDirection, RoadTarget, Side},
};

use super::{
    fields::{self, Fields, Notes, nearest},
    parse::{LENGTH, POSITIVE, check_dates, require, tables},
    tree::{Node, Position, Value},
};
use crate::project::Projector;

/// How far from the town's streets a drawn line may lie, metres.
const FAR_M: f64 = 10_000.0;

/// Admissible widths of a lane past a work site, metres.
const LANE_WIDTH_M: (f64, f64) = (2.0, 5.0);

/// A closure; what is wrong goes to `notes`.
pub(super) fn closure<'a>(
    fields: &mut Fields<'a>,
    dates: (Option<Date>, Option<Date>),
    twin: &Twin,
    notes: &mut Notes,
) -> Option<Closure> {
    let target = target(fields, twin, notes);
    let kinds: Vec<_> = ClosureKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
    let kind = fields.choice("kind", &kinds, notes);
    require(kind.is_some(), fields, "kind", "one of full, half, one-way, lanes, narrowed", notes);
    let controls: Vec<_> = Control::ALL.iter().map(|control| (control.name(), *control)).collect();
    let control = fields.choice("control", &controls, notes);
    let lanes = fields.whole("lanes", (1, 20), notes).and_then(|lanes| u8::try_from(lanes).ok());
    let directions: Vec<_> = OpenDirection::ALL.iter().map(|direction| (direction.name(), *direction)).collect();
    let open_direction = fields.choice("open_direction", &directions, notes);
    let direction = fields.choice("direction", &directions, notes);
    let length_m = fields.number("length_m", POSITIVE, notes);
    let from_m = fields.number("from_m", LENGTH, notes);
    let to_m = fields.number("to_m", LENGTH, notes);
    let sides: Vec<_> = Side::ALL.iter().map(|side| (side.name(), *side)).collect();
    let side = fields.choice("side", &sides, notes);
    let lane_width_m = fields.number("lane_width_m", LANE_WIDTH_M, notes);
    let bicycles: Vec<_> = Bicycles::ALL.iter().map(|way| (way.name(), *way)).collect();
    let bicycles = fields.choice("bicycles", &bicycles, notes);
    let (exempt, exempt_residents) = exempt(fields, notes);
    let footway_closed = fields.flag("footway_closed", notes).unwrap_or(false);
    let from = fields.date("from", notes);
    let to = fields.date("to", notes);
    let hours = fields.hours("hours", notes);
    let cycle_s = fields.number("cycle_s", (20.0, 600.0), notes);
    let cause = fields.text("cause", notes);
    let owner = fields.text("owner", notes);
    let phases = tables(fields, "phase", notes, phase);
    let key = if to.is_some() || from.is_none() { "to" } else { "from" };
    if from.is_some() || to.is_some() {
        check_dates((from.or(dates.0), to.or(dates.1)), &fields.path(key), fields.position(key), notes);
    }
    check_site((length_m, from_m, to_m), fields, notes);
    if let Some(kind) = kind {
        let kinds: Vec<ClosureKind> =
            std::iter::once(kind).chain(phases.iter().filter_map(|phase| phase.kind)).collect();
        check_kind(&kinds, (control, lanes, cycle_s), fields, notes);
    }
    Some(Closure {
        target: target?,
        kind: kind?,
        control: control.unwrap_or(Control::Signal),
        lanes,
        open_direction,
        direction,
        length_m,
        from_m,
        to_m,
        side,
        lane_width_m,
        bicycles,
        exempt,
        exempt_residents,
        footway_closed,
        from,
        to,
        hours,
        cycle_s,
        cause,
        owner,
        phases,
    })
}

/// A phase of a closure.
fn phase(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<ClosurePhase> {
    let from = fields.date("from", notes);
    require(from.is_some(), fields, "from", "the first day of the phase, for example from = 2026-05-04", notes);
    let to = fields.date("to", notes);
    require(to.is_some(), fields, "to", "the last day of the phase, for example to = 2026-05-17", notes);
    check_dates((from, to), &fields.path("to"), fields.position("to"), notes);
    let length_m = fields.number("length_m", POSITIVE, notes);
    let from_m = fields.number("from_m", LENGTH, notes);
    let to_m = fields.number("to_m", LENGTH, notes);
    check_site((length_m, from_m, to_m), fields, notes);
    let kinds: Vec<_> = ClosureKind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
    let kind = fields.choice("kind", &kinds, notes);
    let controls: Vec<_> = Control::ALL.iter().map(|control| (control.name(), *control)).collect();
    let control = fields.choice("control", &controls, notes);
    let sides: Vec<_> = Side::ALL.iter().map(|side| (side.name(), *side)).collect();
    let side = fields.choice("side", &sides, notes);
    Some(ClosurePhase { from: from?, to: to?, length_m, from_m, to_m, kind, control, side })
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
    kinds: &[ClosureKind],
    given: (Option<Control>, Option<u8>, Option<f64>),
    fields: &Fields<'_>,
    notes: &mut Notes,
) {
    let (control, lanes, cycle_s) = given;
    let has = |key: &str| fields.entries().iter().any(|entry| entry.key == key);
    require(
        !kinds.contains(&ClosureKind::Lanes) || lanes.is_some(),
        fields,
        "lanes",
        "the lanes that stay in each direction",
        notes,
    );
    require(
        !kinds.contains(&ClosureKind::Narrowed) || has("lane_width_m"),
        fields,
        "lane_width_m",
        "the width of each lane past the work site in metres, for example lane_width_m = 2.75",
        notes,
    );
    for (key, only) in [
        ("control", &[ClosureKind::Half][..]),
        ("cycle_s", &[ClosureKind::Half]),
        ("bicycles", &[ClosureKind::Half]),
        ("lanes", &[ClosureKind::Lanes]),
        ("open_direction", &[ClosureKind::OneWay]),
        ("direction", &[ClosureKind::Lanes, ClosureKind::Narrowed]),
        ("lane_width_m", &[ClosureKind::Narrowed]),
    ] {
        if has(key) && !only.iter().any(|only| kinds.contains(only)) {
            let kind = kinds[0].name();
            let names: Vec<String> = only.iter().map(|only| format!("\"{}\"", only.name())).collect();
            let message = format!("`{key}` belongs to closures of kind {}, not \"{kind}\".", names.join(" or "));
            let help = if key == "direction" {
                "Leave `direction` out; to close one direction, write kind = \"one-way\" and open_direction.".to_owned()
            } else {
                format!("Leave `{key}` out, or write kind = {}.", names[0])
            };
            notes.error("contradiction", &fields.path(key), fields.position(key), message, help);
        }
    }
    let other = control.filter(|control| *control != Control::Signal);
    if let (Some(control), Some(_)) = (other, cycle_s) {
        let message = match control {
            Control::Flagger => "A closure with flaggers has no signal cycle.",
            Control::Priority | Control::Signal => "A closure with priority signs has no signal cycle.",
        };
        let message = message.to_owned();
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
