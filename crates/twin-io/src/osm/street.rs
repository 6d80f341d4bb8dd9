//! The attributes of a street by its tags.

use twin::road::{Modes, RoadClass, Structure};

use super::{
    access::{self, Access},
    element::Tags,
    lanes::{self, Flow, Lanes},
    speed::{self, Limit},
    value,
};

/// What the tags of a way say about the street; the two directions are those of the way.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Street {
    pub(crate) class: RoadClass,
    pub(crate) name: Option<String>,
    pub(crate) route: Option<String>,
    /// Forward, backward.
    pub(crate) modes: [Modes; 2],
    pub(crate) lanes: [u8; 2],
    pub(crate) limit: [Limit; 2],
    pub(crate) shared_lane: bool,
    pub(crate) lanes_assumed: bool,
    pub(crate) width_m: Option<f64>,
    pub(crate) surface: Option<String>,
    pub(crate) structure: Structure,
    pub(crate) layer: i8,
    pub(crate) roundabout: bool,
    pub(crate) destination_only: bool,
    pub(crate) built_up: Option<bool>,
    pub(crate) max_weight_t: Option<f64>,
    pub(crate) max_height_m: Option<f64>,
    pub(crate) max_width_m: Option<f64>,
}

/// Something about a street that deserves a finding.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Remark {
    /// A value that cannot be read: key and value.
    Unusable(String, String),
    /// Tags that do not fit together: what, and the field.
    Contradiction(&'static str, String),
    /// A condition (times, weights) that is not applied: key and value.
    Conditional(String, String),
    /// Taken by rule: code, field, what.
    Assumed(&'static str, &'static str, String),
}

/// Why a way with `highway` is no street.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoStreet {
    /// Not there (yet, or any more).
    NotBuilt,
    /// A platform, stop, lift, rest area or the like: not a way to travel on.
    NotAWay,
    /// An area drawn by its outline.
    Area,
    /// A value that is not known.
    Unknown,
}

/// The class of a way with this `highway` value.
pub(crate) fn class(highway: &str, tags: Tags<'_>, closed: bool) -> Result<RoadClass, NoStreet> {
    let class = match highway {
        "bus_guideway" | "busway" => RoadClass::Busway,
        "corridor" => RoadClass::Footway,
        "ladder" => RoadClass::Steps,
        "emergency_access" => RoadClass::Service,
        "proposed" | "construction" | "abandoned" | "razed" | "planned" | "disused" | "demolished" | "removed"
        | "dismantled" | "historic" | "virtual" => return Err(NoStreet::NotBuilt),
        "platform" | "bus_stop" | "rest_area" | "services" | "elevator" | "raceway" | "emergency_bay"
        | "via_ferrata" | "no" | "crossing" | "traffic_island" | "escape" | "toll_gantry" | "passing_place"
        | "street_lamp" | "turning_circle" | "turning_loop" | "traffic_signals" | "milestone" | "centre_line"
        | "trailhead" | "tidal_path" => return Err(NoStreet::NotAWay),
        _ => RoadClass::from_name(highway).ok_or(NoStreet::Unknown)?,
    };
    if tags.is("area", "yes") && closed {
        return Err(NoStreet::Area);
    }
    Ok(class)
}

/// Reads a street.
pub(crate) fn street(class: RoadClass, tags: Tags<'_>) -> (Street, Vec<Remark>) {
    let mut remarks = Vec::new();
    let roundabout = matches!(tags.get("junction"), Some("roundabout" | "circular"));
    let access = access::access(class, tags);
    for (key, value) in &access.unknown {
        remarks.push(Remark::Unusable(key.clone(), value.clone()));
    }
    let max_weight_t = restriction(tags, &["maxweight", "maxweightrating"], value::mass_t, &mut remarks);
    let modes = directed_modes(class, roundabout, &access, tags, max_weight_t, &mut remarks);
    let width_m = measure(tags, &["width", "est_width", "width:carriageway"], &mut remarks);
    let flow = match modes.map(|modes| modes.intersects(Modes(Modes::CAR.0 | Modes::TRUCK.0 | Modes::BUS.0))) {
        [true, true] => Flow::Both,
        [true, false] => Flow::Forward,
        [false, true] => Flow::Backward,
        [false, false] => Flow::Nobody,
    };
    let lanes = lanes::lanes(class, flow, width_m, tags);
    remark_lanes(&lanes, &mut remarks);
    let limits = speed::limits(tags);
    remarks.extend(limits.unusable.iter().map(|(key, value)| Remark::Unusable((*key).to_owned(), value.clone())));
    if class == RoadClass::LivingStreet
        && let Limit::Signed(kmh) = limits.forward
        && kmh > 20.0
    {
        remarks.push(Remark::Contradiction("maxspeed", format!("a living street with a limit of {kmh} km/h")));
    }
    remark_conditions(tags, &mut remarks);
    let street = Street {
        class,
        name: tags.get("name").and_then(value::text),
        route: tags.get("ref").and_then(value::text),
        modes,
        lanes: [lanes.forward, lanes.backward],
        limit: [limits.forward, limits.backward],
        shared_lane: lanes.shared || (tags.is("oneway", "alternating") && flow == Flow::Both),
        lanes_assumed: lanes.assumed,
        width_m,
        surface: tags.get("surface").and_then(value::text),
        structure: structure(tags, &mut remarks),
        layer: layer(tags, &mut remarks),
        roundabout,
        destination_only: access.destination_only,
        built_up: limits.built_up,
        max_weight_t,
        max_height_m: restriction(tags, &["maxheight", "maxheight:physical"], value::positive_length_m, &mut remarks),
        max_width_m: restriction(tags, &["maxwidth", "maxwidth:physical"], value::positive_length_m, &mut remarks),
    };
    (street, remarks)
}

/// What `oneway` says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum OneWay {
    No,
    Forward,
    Backward,
}

fn one_way(value: &str) -> Option<OneWay> {
    match value {
        "yes" | "true" | "1" => Some(OneWay::Forward),
        "-1" | "reverse" => Some(OneWay::Backward),
        "no" | "false" | "0" => Some(OneWay::No),
        _ => None,
    }
}

/// One-way rules on top of the access tags.
fn directed_modes(
    class: RoadClass,
    roundabout: bool,
    access: &Access,
    tags: Tags<'_>,
    max_weight_t: Option<f64>,
    remarks: &mut Vec<Remark>,
) -> [Modes; 2] {
    let implied = if roundabout || class == RoadClass::Motorway { OneWay::Forward } else { OneWay::No };
    let rule = match tags.get("oneway") {
        None => implied,
        Some(value @ ("reversible" | "alternating")) => {
            remarks.push(Remark::Assumed(
                "reversible-street",
                "oneway",
                format!("streets with oneway={value}, taken as open both ways"),
            ));
            OneWay::No
        }
        Some(value) => match one_way(value) {
            Some(rule) => {
                if roundabout && rule != OneWay::Forward {
                    remarks.push(Remark::Contradiction("oneway", format!("a roundabout with oneway={value}")));
                }
                if class == RoadClass::Motorway && rule == OneWay::No && !tags.has("lanes:backward") {
                    remarks.push(Remark::Contradiction("oneway", "a motorway open in both directions".to_owned()));
                }
                rule
            }
            None => {
                remarks.push(Remark::Unusable("oneway".to_owned(), value.to_owned()));
                implied
            }
        },
    };
    let mut modes = [access.forward, access.backward];
    for (mode, rule) in [
        (
            Modes(Modes::CAR.0 | Modes::TRUCK.0 | Modes::EMERGENCY.0),
            mode_rule(tags, &["oneway:motor_vehicle", "oneway:motorcar"], rule),
        ),
        (Modes::BUS, bus_rule(tags, rule)),
        (Modes::BICYCLE, bicycle_rule(tags, rule)),
        (Modes::FOOT, mode_rule(tags, &["oneway:foot"], OneWay::No)),
    ] {
        match rule {
            OneWay::No => {}
            OneWay::Forward => modes[1] = modes[1].without(mode),
            OneWay::Backward => modes[0] = modes[0].without(mode),
        }
    }
    // Sign 262: vehicles of that mass; a lorry weighs more than 3.5 t by definition.
    if max_weight_t.is_some_and(|mass_t| mass_t <= 3.5) {
        modes = modes.map(|modes| modes.without(Modes::TRUCK));
    }
    modes
}

fn mode_rule(tags: Tags<'_>, keys: &[&str], general: OneWay) -> OneWay {
    tags.first(keys).and_then(one_way).unwrap_or(general)
}

fn bus_rule(tags: Tags<'_>, general: OneWay) -> OneWay {
    let opposite = ["busway", "busway:left", "busway:right"]
        .iter()
        .any(|key| tags.get(key).is_some_and(|value| value.starts_with("opposite")));
    if opposite { OneWay::No } else { mode_rule(tags, &["oneway:bus", "oneway:psv"], general) }
}

fn bicycle_rule(tags: Tags<'_>, general: OneWay) -> OneWay {
    const SIDES: [&str; 4] = ["cycleway", "cycleway:left", "cycleway:right", "cycleway:both"];
    let opposite = SIDES.iter().any(|key| tags.get(key).is_some_and(|value| value.starts_with("opposite")))
        || ["cycleway:left:oneway", "cycleway:right:oneway"].iter().any(|key| tags.is(key, "-1"));
    if opposite { OneWay::No } else { mode_rule(tags, &["oneway:bicycle"], general) }
}

fn structure(tags: Tags<'_>, remarks: &mut Vec<Remark>) -> Structure {
    let bridge = tags.has("bridge");
    // A passage through a building stays on the ground.
    let tunnel = tags.has("tunnel") && !tags.is("tunnel", "building_passage");
    if bridge && tunnel {
        remarks.push(Remark::Contradiction("bridge", "both a bridge and a tunnel; taken as a bridge".to_owned()));
    }
    match (bridge, tunnel) {
        (true, _) => Structure::Bridge,
        (false, true) => Structure::Tunnel,
        (false, false) => Structure::Ground,
    }
}

fn layer(tags: Tags<'_>, remarks: &mut Vec<Remark>) -> i8 {
    let default = if tags.has("bridge") {
        1
    } else if tags.has("tunnel") && !tags.is("tunnel", "building_passage") {
        -1
    } else {
        0
    };
    let Some(text) = tags.get("layer") else { return default };
    text.trim().trim_start_matches('+').parse::<i8>().ok().filter(|layer| (-10..=10).contains(layer)).unwrap_or_else(
        || {
            remarks.push(Remark::Unusable("layer".to_owned(), text.to_owned()));
            default
        },
    )
}

/// A length above zero.
fn measure(tags: Tags<'_>, keys: &[&str], remarks: &mut Vec<Remark>) -> Option<f64> {
    for key in keys {
        let Some(text) = tags.get(key) else { continue };
        match value::positive_length_m(text).filter(|m| *m <= 200.0) {
            Some(length_m) => return Some(length_m),
            None => remarks.push(Remark::Unusable((*key).to_owned(), text.to_owned())),
        }
    }
    None
}

/// A signed limit of mass or size; `none`, `default` and the like are no limit.
fn restriction(tags: Tags<'_>, keys: &[&str], read: fn(&str) -> Option<f64>, remarks: &mut Vec<Remark>) -> Option<f64> {
    for key in keys {
        let Some(text) = tags.get(key) else { continue };
        if matches!(
            text,
            "none" | "default" | "below_default" | "no_indications" | "no_sign" | "unsigned" | "no" | "yes" | "unknown"
        ) {
            continue;
        }
        match read(text) {
            Some(limit) => return Some(limit),
            None => remarks.push(Remark::Unusable((*key).to_owned(), text.to_owned())),
        }
    }
    None
}

fn remark_lanes(lanes: &Lanes, remarks: &mut Vec<Remark>) {
    remarks.extend(lanes.unusable.iter().map(|(key, value)| Remark::Unusable((*key).to_owned(), value.clone())));
    if let Some(what) = &lanes.contradiction {
        remarks.push(Remark::Contradiction("lanes", what.clone()));
    }
    if let Some(total) = lanes.odd {
        let more = total.div_ceil(2);
        remarks.push(Remark::Assumed(
            "lanes-odd",
            "lanes",
            format!(
                "streets with {total} lanes and no word on their split, taken as {more} forward and {} backward",
                total - more
            ),
        ));
    }
}

/// Conditions on access, speed, direction and lanes hold at some times only: they are not applied, but said.
fn remark_conditions(tags: Tags<'_>, remarks: &mut Vec<Remark>) {
    for (key, value) in tags.iter().filter(|(key, _)| key.ends_with(":conditional")) {
        let base = key.split(':').next().unwrap_or(key);
        let matters = matches!(
            base,
            "access"
                | "vehicle"
                | "motor_vehicle"
                | "motorcar"
                | "hgv"
                | "goods"
                | "bus"
                | "psv"
                | "bicycle"
                | "foot"
                | "emergency"
                | "maxspeed"
                | "oneway"
                | "lanes"
                | "maxweight"
                | "maxheight"
                | "maxwidth"
        );
        if matters {
            remarks.push(Remark::Conditional(key.to_owned(), value.to_owned()));
        }
    }
}
