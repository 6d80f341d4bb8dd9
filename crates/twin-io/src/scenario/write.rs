//! Writing a scenario as a file that reads back equal.

use std::fmt::{Display, Write as _};

use toml_edit::Value;
use twin::{
    Assumptions, Scenario, Twin,
    geo_types::LineString,
    jiff::civil::Time,
    scenario::{
        Bound, Closure, ClosureKind, ClosurePhase, Control, PowerOptions, RoadTarget, Scrutiny, Side, SwitchedOff,
        TrafficOptions,
    },
};

use super::{FORMAT_VERSION, supply};
use crate::project::Projector;

/// The text of a scenario file. What equals the default is left out; a drawn line is given in longitude and latitude
/// with nine decimals (a tenth of a millimetre).
#[must_use]
pub fn write(scenario: &Scenario, twin: &Twin) -> String {
    let mut out = Text(String::new());
    out.pair("version", FORMAT_VERSION);
    out.text("name", &scenario.name);
    out.option("from", scenario.from);
    out.option("to", scenario.to);
    out.option("date", scenario.date);
    out.unless("seed", scenario.seed, 0);
    let off = &scenario.switched_off;
    for (closure, active) in SwitchedOff::in_order(&scenario.closures, &off.closures) {
        out.head("[[closure]]");
        out.unless("active", active, true);
        write_closure(closure, "closure", twin, &mut out);
    }
    for (outage, active) in SwitchedOff::in_order(&scenario.outages, &off.outages) {
        out.head("[[outage]]");
        out.unless("active", active, true);
        supply::write_outage(outage, &mut out);
    }
    write_demand(scenario, &mut out);
    write_options(scenario, &mut out);
    let default = Assumptions::default();
    let changed = Assumptions::TABLE.iter().filter(|row| scenario.assumptions.get(row.key) != default.get(row.key));
    for (index, row) in changed.enumerate() {
        if index == 0 {
            out.head("[assumptions]");
        }
        out.option(row.key, scenario.assumptions.get(row.key).map(float));
    }
    if !scenario.expect.is_empty() {
        out.head("[expect]");
    }
    for (name, Bound { min, max }) in &scenario.expect {
        let bounds = [min.map(|min| format!("min = {}", float(min))), max.map(|max| format!("max = {}", float(max)))];
        let bounds: Vec<String> = bounds.into_iter().flatten().collect();
        out.pair(&quoted(name), format!("{{ {} }}", bounds.join(", ")));
    }
    out.0
}

/// The fields of a closure, without the head of its table, which is called `table`.
pub(super) fn write_closure(closure: &Closure, table: &str, twin: &Twin, out: &mut Text) {
    match &closure.target {
        RoadTarget::Street { name, between } => {
            out.text("street", name);
            if let Some([first, second]) = between {
                out.pair("between", format!("[{}, {}]", quoted(first), quoted(second)));
            }
        }
        RoadTarget::Key(key) => out.text("road", key.as_str()),
        RoadTarget::Line(line) => out.pair("line", line_wgs84(line, twin)),
    }
    out.text("kind", closure.kind.name());
    let half = |kind: ClosureKind| kind == ClosureKind::Half;
    if half(closure.kind) || closure.phases.iter().filter_map(|phase| phase.kind).any(half) {
        out.text("control", closure.control.name());
    }
    out.option("lanes", closure.lanes);
    if let Some(direction) = closure.open_direction {
        out.text("open_direction", direction.name());
    }
    if let Some(direction) = closure.direction {
        out.text("direction", direction.name());
    }
    out.option("length_m", closure.length_m.map(float));
    out.option("from_m", closure.from_m.map(float));
    out.option("to_m", closure.to_m.map(float));
    if let Some(side) = closure.side {
        out.text("side", side.name());
    }
    out.option("lane_width_m", closure.lane_width_m.map(float));
    if let Some(bicycles) = closure.bicycles {
        out.text("bicycles", bicycles.name());
    }
    let exempt: Vec<String> =
        closure.exempt.names().chain(closure.exempt_residents.then_some("residents")).map(quoted).collect();
    if !exempt.is_empty() {
        out.pair("exempt", format!("[{}]", exempt.join(", ")));
    }
    if closure.footway_closed {
        out.pair("footway_closed", "true".to_owned());
    }
    out.option("from", closure.from);
    out.option("to", closure.to);
    if let Some((begin, end)) = closure.hours {
        out.text(
            "hours",
            &format!("{}-{}", clock(begin), if end == Time::midnight() { "24:00".to_owned() } else { clock(end) }),
        );
    }
    out.option("cycle_s", closure.cycle_s.map(float));
    for (key, text) in [("cause", &closure.cause), ("owner", &closure.owner)] {
        if let Some(text) = text {
            out.text(key, text);
        }
    }
    for phase in &closure.phases {
        write_phase(phase, table, out);
    }
}

fn write_phase(phase: &ClosurePhase, table: &str, out: &mut Text) {
    out.head(&format!("[[{table}.phase]]"));
    out.pair("from", phase.from);
    out.pair("to", phase.to);
    out.option("length_m", phase.length_m.map(float));
    out.option("from_m", phase.from_m.map(float));
    out.option("to_m", phase.to_m.map(float));
    let names = [
        ("kind", phase.kind.map(ClosureKind::name)),
        ("control", phase.control.map(Control::name)),
        ("side", phase.side.map(Side::name)),
    ];
    for (key, name) in names {
        if let Some(name) = name {
            out.text(key, name);
        }
    }
}

fn write_demand(scenario: &Scenario, out: &mut Text) {
    if scenario.demand_factor == 1.0 && scenario.demand_files.is_none() {
        return;
    }
    out.head("[demand]");
    out.unless_float("factor", scenario.demand_factor, 1.0);
    if let Some(files) = &scenario.demand_files {
        out.text("matrix", &files.matrix);
        if let Some(zones) = &files.zones {
            out.text("zones", zones);
        }
    }
}

fn write_options(scenario: &Scenario, out: &mut Text) {
    let (traffic, default) = (&scenario.traffic, TrafficOptions::default());
    let (scrutiny, usual) = (scenario.scrutiny, Scrutiny::default());
    if *traffic != default || scrutiny != usual {
        out.head("[traffic]");
        out.unless_float("relative_gap", traffic.relative_gap, default.relative_gap);
        out.unless("max_iterations", traffic.max_iterations, default.max_iterations);
        out.unless_float("toll_weight", traffic.toll_weight, default.toll_weight);
        out.unless_float("distance_weight", traffic.distance_weight, default.distance_weight);
        if traffic.hours != default.hours {
            let hours: Vec<String> = traffic.hours.iter().map(ToString::to_string).collect();
            out.pair("hours", format!("[{}]", hours.join(", ")));
        }
        out.unless("day", traffic.day, default.day);
        out.unless("bands", scrutiny.bands, usual.bands);
        out.unless("shares", scrutiny.shares, usual.shares);
    }
    let asked = &scenario.questions;
    if !asked.is_empty() {
        out.head("[query]");
        let list = |names: &[String]| names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
        if !asked.select.is_empty() {
            out.pair("select", format!("[{}]", list(&asked.select)));
        }
        if !asked.paths.is_empty() {
            let pairs = asked.paths.iter().map(|pair| format!("[{}]", list(&pair.each_ref().map(ToString::to_string))));
            out.pair("paths", format!("[{}]", pairs.collect::<Vec<_>>().join(", ")));
        }
        out.unless("skim", asked.skim, false);
    }
    supply::write_options(&scenario.water, &scenario.gas, &scenario.heat, out);
    let default = PowerOptions::default();
    if scenario.power != default {
        out.head("[power]");
        let power = &scenario.power;
        out.unless_float("tolerance_pu", power.tolerance_pu, default.tolerance_pu);
        out.unless("reactive_limits", power.reactive_limits, default.reactive_limits);
        out.unless_float("demand_factor", power.demand_factor, default.demand_factor);
        out.unless_float("constant_impedance", power.constant_impedance, default.constant_impedance);
        out.unless_float("constant_current", power.constant_current, default.constant_current);
        out.unless("day", power.day, default.day);
        if power.season != default.season {
            out.text("season", power.season.name());
        }
        out.unless_float("heat_pumps", power.heat_pumps, default.heat_pumps);
        out.unless_float("wallboxes", power.wallboxes, default.wallboxes);
        out.unless_float("photovoltaics", power.photovoltaics, default.photovoltaics);
        out.unless_float("flexible", power.flexible, default.flexible);
    }
}

fn line_wgs84(line: &LineString<f64>, twin: &Twin) -> String {
    let projector = Projector::new(twin.crs.epsg).ok();
    let positions: Vec<String> = line
        .0
        .iter()
        .filter_map(|position| projector.as_ref()?.wgs84_from_local(*position).ok())
        .map(|position| format!("[{:.9}, {:.9}]", position.x, position.y))
        .collect();
    format!("[{}]", positions.join(", "))
}

/// Lines of TOML.
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn head(&mut self, head: &str) {
        write!(self.0, "\n{head}\n").expect("because writing to a string cannot fail");
    }
    pub(super) fn pair(&mut self, key: &str, value: impl Display) {
        writeln!(self.0, "{key} = {value}").expect("because writing to a string cannot fail");
    }
    pub(super) fn text(&mut self, key: &str, text: &str) {
        self.pair(key, quoted(text));
    }
    pub(super) fn option(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.pair(key, value);
        }
    }
    pub(super) fn unless<T: Display + PartialEq>(&mut self, key: &str, value: T, default: T) {
        if value != default {
            self.pair(key, value);
        }
    }
    pub(super) fn unless_float(&mut self, key: &str, value: f64, default: f64) {
        if value != default {
            self.pair(key, float(value));
        }
    }
}

pub(super) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// The shortest decimal that gives the same number back.
pub(super) fn float(value: f64) -> String {
    if value == value.trunc() && value.abs() < 1e15 { format!("{value:.0}") } else { format!("{value:?}") }
}

fn clock(time: Time) -> String {
    if time.second() == 0 {
        format!("{:02}:{:02}", time.hour(), time.minute())
    } else {
        format!("{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())
    }
}
