//! The JSON Schema of scenario files, for editors that complete and check as one types.

use serde_json::{Map, Value, json};
use twin::{
    Assumptions, criteria,
    road::Modes,
    scenario::{Bicycles, ClosureKind, Control, OpenDirection, Season, Side, WaterDemandModel},
    utility::Friction,
};

/// The schema, as published in `scenarios/scenario.schema.json`.
#[must_use]
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stadtwin scenario",
        "description": "What is changed for a while in a town, and how it is computed. Files are TOML.",
        "type": "object",
        "required": ["version"],
        "additionalProperties": false,
        "properties": {
            "version": { "const": super::FORMAT_VERSION, "description": "Version of the format." },
            "name": text("Name shown to people; the name of the file if absent."),
            "from": date("First day."),
            "to": date("Last day."),
            "date": date("Only what holds on this day is computed; all stages if absent."),
            "seed": { "type": "integer", "minimum": 0, "default": 0, "description": "Seed of everything random." },
            "closure": { "type": "array", "items": switched(closure()), "description": "Closures of streets." },
            "outage": {
                "type": "array",
                "description": "Assets out of service.",
                "items": switched(object(&["asset"], json!({
                    "asset": text("Key of the asset: water_pipe/P-12."),
                    "begin_s": { "type": "integer", "minimum": 0, "description": "When it begins, seconds since the start of the simulated time; from the start if absent." },
                    "end_s": { "type": "integer", "minimum": 0, "description": "When it is over, seconds since the start of the simulated time; never if absent." },
                    "isolate": { "type": "boolean", "default": false, "description": "Whether a part of a water, gas or heat network is shut by the valves around it, with all that no valve parts from it; else the asset alone is out." },
                    "stuck": keys("Valves that cannot be shut (with isolate): the next ones beyond them are."),
                })))
            },
            "demand": object(&[], json!({
                "factor": number("Factor on all demand.", 0.0),
                "matrix": text("File of trips that replace the computed demand: CSV with the columns origin, destination, class, hour, trips_veh_h, or TNTP; relative to the scenario file."),
                "zones": text("File of zones: CSV with the columns zone, lon, lat; the town's own zones if absent."),
            })),
            "traffic": object(&[], json!({
                "relative_gap": { "type": "number", "exclusiveMinimum": 0, "maximum": 1, "default": 1e-5, "description": "Stop at (TSTT − SPTT)/TSTT below this." },
                "max_iterations": { "type": "integer", "minimum": 1, "default": 200, "description": "Stop after this many iterations." },
                "toll_weight": number("Cost per unit of toll.", 0.0),
                "distance_weight": number("Cost per unit of distance.", 0.0),
                "hours": {
                    "type": "array", "minItems": 1, "uniqueItems": true, "default": [16],
                    "items": { "type": "integer", "minimum": 0, "maximum": 23 },
                    "description": "Hours of the day that are computed; 16 is 16:00 to 17:00."
                },
                "day": { "type": "boolean", "default": false, "description": "Whether the whole day is computed besides, in slices of 15 minutes: queues that grow, spill back over junctions and clear." },
                "bands": { "type": "boolean", "default": true, "description": "Whether the main figures are told with a band: demand ±20 % and what signals are planned with, varied one at a time." },
                "shares": { "type": "boolean", "default": true, "description": "Whether each of two to six closures that hold at once is also computed alone and left out: which causes how much. Costs two runs per closure." }
            })),
            "query": object(&[], json!({
                "select": { "type": "array", "items": { "type": "string" }, "description": "Streets by name or key: who drives there, and where do they go with the scenario (tables select_pair, select_link)?" },
                "paths": {
                    "type": "array", "description": "Pairs of zones, origin and destination: which ways are used between them (table path)?",
                    "items": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "string" } }
                },
                "skim": { "type": "boolean", "default": false, "description": "Whether the travel times between all zones are written (table skim)." }
            })),
            "water": object(&[], json!({
                "duration_s": { "type": "number", "minimum": 0, "description": "Simulated time, seconds; 0 for one steady solve; the model's own where absent." },
                "demand_model": choice("What junctions draw when the pressure is low.", WaterDemandModel::ALL.iter().map(|model| model.name())),
                "minimum_pressure_m": { "type": "number", "minimum": 0, "description": "Pressure below which a junction draws nothing (pda), metres." },
                "required_pressure_m": { "type": "number", "exclusiveMinimum": 0, "description": "Pressure from which a junction draws all (pda), and below which it counts as badly supplied, metres." },
                "pressure_exponent": { "type": "number", "exclusiveMinimum": 0, "description": "Exponent of the pressure between the two." },
                "demand_factor": number("Factor on the demands of all junctions; 1 if absent.", 0.0),
                "closed": keys("Pipes, valves and pumps that stand shut from the start, before and with the outages."),
            })),
            "gas": object(&[], json!({
                "demand_factor": number("Factor on all draws; 1 if absent.", 0.0),
                "temperature_c": number("Temperature of the gas everywhere, °C; as the network says if absent.", -50.0),
                "feed_pressure_bar": number("Pressure kept at every feed, bar (gauge); as the network says if absent.", 0.0),
                "friction": choice("Friction law of pipes; as the network says if absent.", Friction::ALL.iter().map(|law| law.name())),
                "closed": keys("Pipes, valves and machines that stand shut, before and with the outages."),
            })),
            "heat": object(&[], json!({
                "demand_factor": number("Factor on the heat and flows that house stations take; 1 if absent.", 0.0),
                "ground_c": number("Temperature of the ground, °C; as the network says if absent.", -50.0),
                "supply_c": number("Temperature that every plant feeds in with, °C; as the network says if absent.", -50.0),
                "lift_bar": number("Pressure difference kept at every plant that keeps one, bar; as the network says if absent.", 0.0),
                "worst_point_bar": number("Least pressure difference at the worst house station, bar: the lift of the plants follows it; no such control if absent.", 0.0),
                "friction": choice("Friction law of pipes; as the network says if absent.", Friction::ALL.iter().map(|law| law.name())),
                "closed": keys("Pipes, valves and stations that stand shut, before and with the outages."),
            })),
            "power": object(&[], json!({
                "tolerance_pu": { "type": "number", "exclusiveMinimum": 0, "default": 1e-8, "description": "Greatest mismatch of power at a bus, per unit." },
                "reactive_limits": { "type": "boolean", "default": false, "description": "Whether generators that keep a voltage give it up at their limits of reactive power (in the power flow before and with the outages; the day, restoration and sweeps leave the limits out)." },
                "demand_factor": { "type": "number", "minimum": 0, "default": 1, "description": "Factor on what every load draws." },
                "constant_impedance": share("Part of loads of constant impedance, where the data says nothing else of a load."),
                "constant_current": share("Part of loads of constant current, likewise; both together 1 at the most."),
                "day": { "type": "boolean", "default": false, "description": "Whether a whole day is computed besides, in quarters of an hour." },
                "season": choice("Season of that day; winter if absent.", Season::ALL.iter().map(|season| season.name())),
                "heat_pumps": share("Part of the customers with a heat pump."),
                "wallboxes": share("Part of the customers with a wallbox."),
                "photovoltaics": share("Part of the customers with photovoltaics."),
                "flexible": share("Part of the energy of heat pumps and wallboxes that moves to the hours of least load."),
            })),
            "assumptions": assumptions(),
            "expect": expect(),
        }
    })
}

/// A measure that can be switched off.
fn switched(mut measure: Value) -> Value {
    let active = json!({ "type": "boolean", "default": true, "description": "Whether it is computed; false keeps it in the file all the same." });
    if let Some(properties) = measure.pointer_mut("/properties").and_then(Value::as_object_mut) {
        properties.insert("active".to_owned(), active);
    }
    measure
}

pub(super) fn closure() -> Value {
    let modes = Modes::NAMED.iter().map(|(_, name)| *name).chain(["residents"]).collect::<Vec<_>>();
    let mut closure = object(
        &["kind"],
        json!({
            "street": text("Name of the street."),
            "between": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "string" }, "description": "Names of the cross streets at the ends of the section." },
            "road": text("Key of the section or of its source object, instead of the name: way/4711."),
            "line": {
                "type": "array", "minItems": 2, "description": "Line drawn on the map instead of the name: longitude and latitude, degrees.",
                "items": { "type": "array", "minItems": 2, "maxItems": 2, "items": { "type": "number" } }
            },
            "kind": choice("full: Vollsperrung; half: halbseitig, one lane used alternately; one-way: one direction closed; lanes: some lanes stay; narrowed: all lanes stay, narrower.", ClosureKind::ALL.iter().map(|kind| kind.name())),
            "control": choice("How traffic alternates past a half closure: temporary signals, priority signs, flaggers with stop and go boards.", Control::ALL.iter().map(|control| control.name())),
            "lanes": { "type": "integer", "minimum": 1, "maximum": 20, "description": "Lanes that stay in each direction (kind lanes)." },
            "open_direction": choice("Direction that stays open (kind one-way), seen along the section.", OpenDirection::ALL.iter().map(|direction| direction.name())),
            "direction": choice("Direction from which lanes are taken or in which they are narrowed (kinds lanes and narrowed), seen along the section; both if absent.", OpenDirection::ALL.iter().map(|direction| direction.name())),
            "length_m": { "type": "number", "exclusiveMinimum": 0, "description": "Length of the work site, metres: in the middle of the section unless from_m is given; the whole section if absent." },
            "from_m": number("Begin of the work site along the section, metres.", 0.0),
            "to_m": number("End of the work site along the section, metres.", 0.0),
            "side": choice("Side of the work site, seen along the section.", Side::ALL.iter().map(|side| side.name())),
            "lane_width_m": { "type": "number", "minimum": 2, "maximum": 5, "description": "Width of each lane past the work site, metres (kind narrowed)." },
            "bicycles": choice("Where bicycles ride past the signal of a half closure: with the motor vehicles, so that the clearance time allows for them, or led aside.", Bicycles::ALL.iter().map(|way| way.name())),
            "exempt": { "type": "array", "items": { "enum": modes }, "description": "Who may pass in spite of it; residents are all who begin or end there or behind it, where no other way leads." },
            "footway_closed": { "type": "boolean", "default": false, "description": "Whether a full closure closes the footways too; else people on foot pass beside the works." },
            "from": date("First day; the scenario's if absent."),
            "to": date("Last day; the scenario's if absent."),
            "hours": { "type": "string", "pattern": "^\\d\\d:\\d\\d(:\\d\\d)?[-–]\\d\\d:\\d\\d(:\\d\\d)?$", "description": "Hours of the day in which it holds: 07:00-18:00, over midnight 20:00-05:00; all day if absent." },
            "cycle_s": { "type": "number", "minimum": 20, "maximum": 600, "description": "Cycle time of the signal, seconds; by Webster if absent." },
            "cause": text("Cause: Fernwärme."),
            "owner": text("Who is responsible."),
            "phase": { "type": "array", "items": phase(), "description": "Phases of a work site that moves or changes; the closure holds on their days alone." },
        }),
    );
    if let Value::Object(closure) = &mut closure {
        let one_of = ["street", "road", "line"].map(|key| json!({ "required": [key] }));
        closure.insert("oneOf".to_owned(), json!(one_of));
    }
    closure
}

fn phase() -> Value {
    object(
        &["from", "to"],
        json!({
            "from": date("First day of the phase."),
            "to": date("Last day of the phase."),
            "length_m": { "type": "number", "exclusiveMinimum": 0, "description": "Length of the work site, metres; as the closure says if neither this nor from_m nor to_m is given." },
            "from_m": number("Begin of the work site along the section, metres.", 0.0),
            "to_m": number("End of the work site along the section, metres.", 0.0),
            "kind": choice("What is closed in this phase.", ClosureKind::ALL.iter().map(|kind| kind.name())),
            "control": choice("How traffic alternates in this phase.", Control::ALL.iter().map(|control| control.name())),
            "side": choice("Side of the work site in this phase.", Side::ALL.iter().map(|side| side.name())),
        }),
    )
}

fn assumptions() -> Value {
    let rows = Assumptions::TABLE.iter().map(|row| {
        // Defaults and sources stand in the table of assumptions alone.
        let (least, most) = row.range;
        let schema = json!({ "type": "number", "minimum": least, "maximum": most, "description": row.unit });
        (row.key.to_owned(), schema)
    });
    object(&[], Value::Object(rows.collect()))
}

fn expect() -> Value {
    let bound = json!({
        "type": "object", "additionalProperties": false, "minProperties": 1,
        "properties": { "min": { "type": "number" }, "max": { "type": "number" } }
    });
    let rows = criteria::TABLE.iter().map(|criterion| {
        let mut schema: Map<String, Value> = bound.as_object().cloned().unwrap_or_default();
        schema.insert("description".to_owned(), json!(criterion.meaning));
        (criterion.name.to_owned(), Value::Object(schema))
    });
    object(&[], Value::Object(rows.collect()))
}

pub(super) fn object(required: &[&str], properties: Value) -> Value {
    json!({ "type": "object", "required": required, "additionalProperties": false, "properties": properties })
}

pub(super) fn text(description: &str) -> Value {
    json!({ "type": "string", "description": description })
}

pub(super) fn number(description: &str, minimum: f64) -> Value {
    json!({ "type": "number", "minimum": minimum, "description": description })
}

fn keys(description: &str) -> Value {
    json!({ "type": "array", "items": { "type": "string" }, "description": description })
}

fn share(description: &str) -> Value {
    json!({ "type": "number", "minimum": 0, "maximum": 1, "default": 0, "description": description })
}

/// A day: TOML's own date or a text.
pub(super) fn date(description: &str) -> Value {
    json!({ "type": "string", "format": "date", "description": description })
}

fn choice(description: &str, names: impl Iterator<Item = &'static str>) -> Value {
    json!({ "enum": names.collect::<Vec<_>>(), "description": description })
}
