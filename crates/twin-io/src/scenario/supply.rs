//! Outages, and how pipe networks are computed: fields of a scenario file and back.

use twin::{
    Key,
    scenario::{GasOptions, HeatOptions, Outage, WaterDemandModel, WaterOptions},
    utility::Friction,
};

use super::{
    fields::{Fields, Notes},
    parse::{LENGTH, POSITIVE, require},
    tree::Value,
    write::{Text, float, quoted},
};

/// Hundred years, seconds: more is a mistake.
const LONGEST_S: u64 = 3_155_760_000;
/// Any temperature of a network in use, °C.
const CELSIUS: (f64, f64) = (-50.0, 250.0);
/// Gauge pressures, bar.
const PRESSURE_BAR: (f64, f64) = (0.0, 250.0);

/// An outage; nothing where it does not say of what.
pub(super) fn outage(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<Outage> {
    let asset = fields.name("asset", notes);
    require(asset.is_some(), fields, "asset", "the key of the asset, for example asset = \"water_pipe/P-12\"", notes);
    let begin_s = fields.whole("begin_s", (0, LONGEST_S), notes);
    let end_s = fields.whole("end_s", (0, LONGEST_S), notes);
    let isolate = fields.flag("isolate", notes).unwrap_or(false);
    let stuck = keys(fields, "stuck", "stuck = [\"water_valve/V-3\"]", notes);
    let begins_s = begin_s.unwrap_or(0);
    if let Some(ends_s) = end_s.filter(|&end_s| end_s <= begins_s) {
        let (field, position) = (fields.path("end_s"), fields.position("end_s"));
        if ends_s == begins_s {
            let message = format!("The outage begins and ends after {ends_s} s: it would last no time.");
            let help = "Write a later `end_s`, or leave it out where the outage has no end.";
            notes.error("outage-without-duration", &field, position, message, help);
        } else {
            let message = format!("The outage ends after {ends_s} s, before it begins ({begins_s} s).");
            notes.error("times-reversed", &field, position, message, "Exchange `begin_s` and `end_s`.");
        }
    }
    asset.map(|asset| Outage { asset: Key::new(asset), begin_s, end_s, isolate, stuck })
}

/// A list of keys; empty where there is none.
fn keys(fields: &mut Fields<'_>, key: &'static str, example: &str, notes: &mut Notes) -> Vec<Key> {
    let Some((items, path)) = fields.list(key, "a list of keys", example, notes) else { return Vec::new() };
    let mut keys = Vec::with_capacity(items.len());
    for (index, item) in items.iter().enumerate() {
        match &item.value {
            Value::Text(text) if !text.trim().is_empty() => keys.push(Key::new(text.as_str())),
            other => {
                let path = format!("{path}[{index}]");
                let message = format!("`{path}` must be a key, not {}.", other.shown());
                notes.error("wrong-type", &path, item.position, message, format!("Write, for example, {example}."));
            }
        }
    }
    keys
}

fn friction(fields: &mut Fields<'_>, notes: &mut Notes) -> Option<Friction> {
    let laws: Vec<_> = Friction::ALL.iter().map(|law| (law.name(), *law)).collect();
    fields.choice("friction", &laws, notes)
}

/// `[water]`.
pub(super) fn water(fields: &mut Fields<'_>, notes: &mut Notes) -> WaterOptions {
    let models: Vec<_> = WaterDemandModel::ALL.iter().map(|model| (model.name(), *model)).collect();
    WaterOptions {
        duration_s: fields.number("duration_s", LENGTH, notes),
        demand_model: fields.choice("demand_model", &models, notes),
        minimum_pressure_m: fields.number("minimum_pressure_m", LENGTH, notes),
        required_pressure_m: fields.number("required_pressure_m", POSITIVE, notes),
        pressure_exponent: fields.number("pressure_exponent", POSITIVE, notes),
        demand_factor: fields.number("demand_factor", LENGTH, notes),
        closed: keys(fields, "closed", "closed = [\"water_valve/V-3\"]", notes),
    }
}

/// `[gas]`.
pub(super) fn gas(fields: &mut Fields<'_>, notes: &mut Notes) -> GasOptions {
    GasOptions {
        demand_factor: fields.number("demand_factor", LENGTH, notes),
        temperature_c: fields.number("temperature_c", CELSIUS, notes),
        feed_pressure_bar: fields.number("feed_pressure_bar", PRESSURE_BAR, notes),
        friction: friction(fields, notes),
        closed: keys(fields, "closed", "closed = [\"gas_valve/3\"]", notes),
    }
}

/// `[heat]`.
pub(super) fn heat(fields: &mut Fields<'_>, notes: &mut Notes) -> HeatOptions {
    HeatOptions {
        demand_factor: fields.number("demand_factor", LENGTH, notes),
        ground_c: fields.number("ground_c", CELSIUS, notes),
        supply_c: fields.number("supply_c", CELSIUS, notes),
        lift_bar: fields.number("lift_bar", PRESSURE_BAR, notes),
        worst_point_bar: fields.number("worst_point_bar", PRESSURE_BAR, notes),
        friction: friction(fields, notes),
        closed: keys(fields, "closed", "closed = [\"heat_valve/3\"]", notes),
    }
}

fn write_keys(key: &str, keys: &[Key], out: &mut Text) {
    if !keys.is_empty() {
        let list: Vec<String> = keys.iter().map(|key| quoted(key.as_str())).collect();
        out.pair(key, format!("[{}]", list.join(", ")));
    }
}

/// The fields of an outage, without the head of its table.
pub(super) fn write_outage(outage: &Outage, out: &mut Text) {
    out.text("asset", outage.asset.as_str());
    out.option("begin_s", outage.begin_s);
    out.option("end_s", outage.end_s);
    out.unless("isolate", outage.isolate, false);
    write_keys("stuck", &outage.stuck, out);
}

/// `[water]`, `[gas]` and `[heat]`, where they say anything.
pub(super) fn write_options(water: &WaterOptions, gas: &GasOptions, heat: &HeatOptions, out: &mut Text) {
    if *water != WaterOptions::default() {
        out.head("[water]");
        out.option("duration_s", water.duration_s.map(float));
        if let Some(model) = water.demand_model {
            out.text("demand_model", model.name());
        }
        out.option("minimum_pressure_m", water.minimum_pressure_m.map(float));
        out.option("required_pressure_m", water.required_pressure_m.map(float));
        out.option("pressure_exponent", water.pressure_exponent.map(float));
        out.option("demand_factor", water.demand_factor.map(float));
        write_keys("closed", &water.closed, out);
    }
    if *gas != GasOptions::default() {
        out.head("[gas]");
        out.option("demand_factor", gas.demand_factor.map(float));
        out.option("temperature_c", gas.temperature_c.map(float));
        out.option("feed_pressure_bar", gas.feed_pressure_bar.map(float));
        out.option("friction", gas.friction.map(|law| quoted(law.name())));
        write_keys("closed", &gas.closed, out);
    }
    if *heat != HeatOptions::default() {
        out.head("[heat]");
        out.option("demand_factor", heat.demand_factor.map(float));
        out.option("ground_c", heat.ground_c.map(float));
        out.option("supply_c", heat.supply_c.map(float));
        out.option("lift_bar", heat.lift_bar.map(float));
        out.option("worst_point_bar", heat.worst_point_bar.map(float));
        out.option("friction", heat.friction.map(|law| quoted(law.name())));
        write_keys("closed", &heat.closed, out);
    }
}
