//! Who may use a street: OpenStreetMap's hierarchy of access tags on top of the German defaults by class.
//!
//! Emergency vehicles have special rights (§ 35 StVO): signs that forbid a street to others do not bind them, only
//! `emergency=no` and the kind of way do.
//!
//! # References
//! <https://wiki.openstreetmap.org/wiki/OSM_tags_for_routing/Access_restrictions#Germany>

use twin::road::{Modes, RoadClass};

use super::element::Tags;

/// What the access tags of a street say.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Access {
    pub(crate) forward: Modes,
    pub(crate) backward: Modes,
    /// Only for those who have a destination there.
    pub(crate) destination_only: bool,
    /// Values that are not known, with their keys.
    pub(crate) unknown: Vec<(String, String)>,
}

/// What a value allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grant {
    Yes,
    /// For those who have business there.
    Destination,
    /// For lorries that deliver, not for cars.
    Delivery,
    No,
}

fn grant(value: &str) -> Option<Grant> {
    // The first of several values that grants most counts: `agricultural;forestry`, `destination;delivery`.
    let grants: Vec<Option<Grant>> = value
        .split([';', ','])
        .map(|value| match value.trim() {
            "yes" | "permissive" | "designated" | "official" | "public" | "unknown" | "discouraged" | "allowed"
            | "variable" => Some(Grant::Yes),
            "destination" | "customers" | "private" | "residents" | "resident" | "permit" | "employees"
            | "visitors" | "staff" | "members" | "guests" => Some(Grant::Destination),
            "delivery" => Some(Grant::Delivery),
            "no"
            | "agricultural"
            | "forestry"
            | "agricultural_forestry"
            | "dismount"
            | "use_sidepath"
            | "military"
            | "emergency"
            | "restricted"
            | "forestry_agricultural"
            | "service"
            | "psv"
            | "bus"
            | "taxi"
            | "barrier" => Some(Grant::No),
            _ => None,
        })
        .collect();
    if grants.iter().any(Option::is_none) {
        return None;
    }
    [Grant::Yes, Grant::Destination, Grant::Delivery, Grant::No]
        .into_iter()
        .find(|grant| grants.contains(&Some(*grant)))
}

/// Modes with their keys from the special to the general.
const HIERARCHY: [(Modes, &[&str]); 5] = [
    (Modes::CAR, &["motorcar", "motor_vehicle", "vehicle", "access"]),
    (Modes::TRUCK, &["hgv", "goods", "motor_vehicle", "vehicle", "access"]),
    (Modes::BUS, &["bus", "psv", "motor_vehicle", "vehicle", "access"]),
    (Modes::BICYCLE, &["bicycle", "vehicle", "access"]),
    (Modes::FOOT, &["foot", "access"]),
];

/// Modes on a class of way where no tag says otherwise (Germany).
pub(crate) const fn default_modes(class: RoadClass) -> Modes {
    use RoadClass as C;
    match class {
        C::Motorway | C::MotorwayLink => Modes::MOTOR,
        C::Track => Modes(Modes::BICYCLE.0 | Modes::FOOT.0 | Modes::EMERGENCY.0),
        C::Pedestrian => Modes(Modes::FOOT.0 | Modes::EMERGENCY.0),
        C::Cycleway => Modes::BICYCLE,
        C::Path => Modes(Modes::BICYCLE.0 | Modes::FOOT.0),
        C::Footway | C::Steps => Modes::FOOT,
        C::Bridleway => Modes::NONE,
        C::Busway => Modes(Modes::BUS.0 | Modes::EMERGENCY.0),
        _ => Modes::ALL,
    }
}

/// Reads the access tags of a street, before one-way rules.
pub(crate) fn access(class: RoadClass, tags: Tags<'_>) -> Access {
    let mut default = default_modes(class);
    if tags.is("motorroad", "yes") {
        default = default.without(Modes::BICYCLE).without(Modes::FOOT);
    }
    if tags.is("bicycle_road", "yes") || tags.is("cyclestreet", "yes") {
        default = default.union(Modes::BICYCLE);
    }
    let mut unknown = Vec::new();
    let mut modes = [Modes::NONE; 2];
    let mut destination_only = false;
    for (direction, suffix) in [":forward", ":backward"].into_iter().enumerate() {
        for (mode, keys) in HIERARCHY {
            let (allowed, destination) = match tagged(tags, keys, suffix, &mut unknown) {
                None => (default.contains(mode), false),
                Some(Grant::Yes) => (true, false),
                Some(Grant::Destination) => (true, true),
                Some(Grant::Delivery) => (mode != Modes::CAR, true),
                Some(Grant::No) => (false, false),
            };
            if allowed {
                modes[direction] = modes[direction].union(mode);
            }
            destination_only |= destination && mode == Modes::CAR && allowed;
        }
        if emergency(default, modes[direction], tags) {
            modes[direction] = modes[direction].union(Modes::EMERGENCY);
        }
    }
    unknown.sort();
    unknown.dedup();
    Access { forward: modes[0], backward: modes[1], destination_only, unknown }
}

fn emergency(default: Modes, allowed: Modes, tags: Tags<'_>) -> bool {
    match tags.get("emergency") {
        Some("no") => false,
        Some("yes" | "designated" | "official" | "permissive" | "private" | "destination") => true,
        _ => {
            tags.is("service", "emergency_access")
                || default.contains(Modes::EMERGENCY)
                || allowed.intersects(Modes(Modes::CAR.0 | Modes::TRUCK.0 | Modes::BUS.0))
        }
    }
}

fn tagged(tags: Tags<'_>, keys: &[&str], suffix: &str, unknown: &mut Vec<(String, String)>) -> Option<Grant> {
    for key in keys {
        let directed = if suffix.is_empty() { None } else { find_suffixed(tags, key, suffix) };
        let Some(value) = directed.or_else(|| tags.get(key)) else { continue };
        match grant(value) {
            Some(grant) => return Some(grant),
            None => unknown.push(((*key).to_owned(), value.to_owned())),
        }
    }
    None
}

fn find_suffixed<'a>(tags: Tags<'a>, key: &str, suffix: &str) -> Option<&'a str> {
    tags.iter().find(|(known, _)| known.strip_suffix(suffix) == Some(key)).map(|(_, value)| value)
}

/// What a barrier on a node stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// These modes cannot pass.
    Stops(Modes),
    /// It stops nobody (a gate without access tags is taken to open).
    Open,
    /// Open by assumption: a gate or the like without access tags.
    AssumedOpen,
    /// Not a known kind.
    Unknown,
}

/// Reads a barrier node.
pub(crate) fn barrier(kind: &str, tags: Tags<'_>) -> Barrier {
    const MOTOR_AND_BICYCLE: Modes = Modes(Modes::MOTOR.0 | Modes::BICYCLE.0);
    let removable =
        matches!(tags.get("bollard"), Some("removable" | "rising" | "foldable" | "flexible" | "retractable"))
            || tags.has("locked");
    let mut assumed = false;
    let mut stops = match kind {
        "bollard" | "block" | "jersey_barrier" | "planter" | "boulder" | "cycle_barrier" | "motorcycle_barrier"
        | "log" | "chain" | "rope" | "bar" | "concrete_block" | "bump_gate" | "spikes" | "sliding_beam"
        | "horse_stile" | "delineator" => {
            if removable || matches!(kind, "chain" | "rope" | "bar" | "spikes" | "sliding_beam") {
                Modes::MOTOR.without(Modes::EMERGENCY)
            } else {
                Modes::MOTOR
            }
        }
        "bus_trap" | "sump_buster" => Modes::CAR,
        "kissing_gate" | "stile" | "turnstile" | "full-height_turnstile" | "hampshire_gate" => MOTOR_AND_BICYCLE,
        "wall" | "fence" | "hedge" | "retaining_wall" | "ditch" | "city_wall" | "guard_rail" | "handrail"
        | "debris" => Modes::ALL,
        "gate" | "lift_gate" | "swing_gate" | "sliding_gate" | "wicket_gate" | "barrier" | "yes" => {
            assumed = true;
            Modes::NONE
        }
        "no" | "cattle_grid" | "entrance" | "toll_booth" | "border_control" | "height_restrictor"
        | "width_restrictor" | "kerb" | "sally_port" | "checkpoint" | "coupure" | "arch" | "step" | "tank_trap"
        | "drawbridge" => Modes::NONE,
        _ => return Barrier::Unknown,
    };
    let mut unknown = Vec::new();
    let mut told = false;
    for (mode, keys) in HIERARCHY {
        match tagged(tags, keys, "", &mut unknown) {
            Some(Grant::No) => (stops, told) = (stops.union(mode), true),
            Some(Grant::Delivery) if mode == Modes::CAR => (stops, told) = (stops.union(mode), true),
            Some(_) => (stops, told) = (stops.without(mode), true),
            None => {}
        }
    }
    match tags.get("emergency") {
        Some("no") => stops = stops.union(Modes::EMERGENCY),
        Some(_) => stops = stops.without(Modes::EMERGENCY),
        None => {}
    }
    if !stops.is_empty() {
        Barrier::Stops(stops)
    } else if assumed && !told {
        Barrier::AssumedOpen
    } else {
        Barrier::Open
    }
}
