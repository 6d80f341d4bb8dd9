//! Speed limits: signed, implied by a zone or by the law, or assumed for the class of street.
//!
//! # References
//! StVO § 3 (50 km/h inside, 100 km/h outside built-up areas), Autobahn-Richtgeschwindigkeits-Verordnung (130 km/h advised),
//! <https://wiki.openstreetmap.org/wiki/Default_speed_limits>

use twin::road::RoadClass;

use super::{element::Tags, value};

/// Pace of a verkehrsberuhigter Bereich and of `maxspeed=walk`, km/h.
pub(crate) const WALK_KMH: f64 = 7.0;

/// Limits of a country where no sign stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Law {
    pub(crate) country: &'static str,
    urban_kmh: f64,
    rural_kmh: f64,
    /// Motorways; advised where there is no limit.
    motorway_kmh: f64,
    /// Roads outside built-up areas with separate carriageways of two lanes; advised where there is no limit.
    dual_kmh: f64,
}

/// Germany.
pub(crate) const GERMANY: Law =
    Law { country: "DE", urban_kmh: 50.0, rural_kmh: 100.0, motorway_kmh: 130.0, dual_kmh: 130.0 };

const LAWS: [Law; 8] = [
    GERMANY,
    Law { country: "AT", urban_kmh: 50.0, rural_kmh: 100.0, motorway_kmh: 130.0, dual_kmh: 100.0 },
    Law { country: "CH", urban_kmh: 50.0, rural_kmh: 80.0, motorway_kmh: 120.0, dual_kmh: 100.0 },
    Law { country: "LI", urban_kmh: 50.0, rural_kmh: 80.0, motorway_kmh: 120.0, dual_kmh: 80.0 },
    Law { country: "FI", urban_kmh: 50.0, rural_kmh: 80.0, motorway_kmh: 120.0, dual_kmh: 80.0 },
    Law { country: "FR", urban_kmh: 50.0, rural_kmh: 80.0, motorway_kmh: 130.0, dual_kmh: 110.0 },
    Law { country: "NL", urban_kmh: 50.0, rural_kmh: 80.0, motorway_kmh: 100.0, dual_kmh: 100.0 },
    Law { country: "DK", urban_kmh: 50.0, rural_kmh: 80.0, motorway_kmh: 130.0, dual_kmh: 80.0 },
];

/// The law of a country code, if known.
pub(crate) fn law_of(country: &str) -> Option<Law> {
    LAWS.into_iter().find(|law| law.country == country)
}

/// The country code in a value such as `DE:urban`.
pub(crate) fn country_of(value: &str) -> Option<&str> {
    value
        .split_once(':')
        .map(|(country, _)| country)
        .filter(|c| c.len() == 2 && c.bytes().all(|b| b.is_ascii_uppercase()))
}

/// A limit as the tags give it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    /// A number on a sign or a zone of that number.
    Signed(f64),
    /// Expressly none.
    Unlimited,
    /// Implied by the law inside built-up areas.
    Urban,
    /// Implied by the law outside built-up areas.
    Rural,
    /// Implied by the law on motorways.
    Motorway,
    /// Nothing usable in the tags.
    Absent,
}

/// What a value says: a limit, nothing by itself (`sign`), or nonsense (`None`).
fn parse(value: &str) -> Option<Limit> {
    if let Some(kmh) = value::speed_kmh(value) {
        return Some(Limit::Signed(kmh));
    }
    let word = value.trim().to_ascii_lowercase();
    let word = word.split_once(':').filter(|(country, _)| country.len() == 2).map_or(word.as_str(), |(_, rest)| rest);
    match word {
        "none" | "unlimited" => Some(Limit::Unlimited),
        "walk" | "walking" | "living_street" => Some(Limit::Signed(WALK_KMH)),
        "urban" => Some(Limit::Urban),
        "rural" => Some(Limit::Rural),
        "motorway" => Some(Limit::Motorway),
        "trunk" => Some(Limit::Rural),
        "bicycle_road" | "bicycle_street" => Some(Limit::Signed(30.0)),
        "sign" | "signals" | "variable" | "markings" | "zone" | "implicit" | "yes" | "default" | "massgebend" => {
            Some(Limit::Absent)
        }
        _ => {
            let zone = word.strip_prefix("zone").map_or(word, |rest| rest.trim_start_matches([':', '_', '-']));
            value::speed_kmh(zone).map(Limit::Signed)
        }
    }
}

/// Limits of a street by its tags.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limits {
    pub(crate) forward: Limit,
    pub(crate) backward: Limit,
    /// Inside a built-up area, where a tag says so.
    pub(crate) built_up: Option<bool>,
    /// Values that could not be read, with their keys.
    pub(crate) unusable: Vec<(&'static str, String)>,
}

const TYPE_KEYS: [&str; 5] = ["maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic", "maxspeed:source"];

/// Reads the speed tags.
pub(crate) fn limits(tags: Tags<'_>) -> Limits {
    let mut unusable = Vec::new();
    let mut read = |key: &'static str| -> Limit {
        match tags.get(key) {
            None => Limit::Absent,
            Some(value) => parse(value).unwrap_or_else(|| {
                unusable.push((key, value.to_owned()));
                Limit::Absent
            }),
        }
    };
    let both = read("maxspeed");
    let mut forward = read("maxspeed:forward");
    let mut backward = read("maxspeed:backward");
    // `source:maxspeed` holds prose as well: what cannot be read there is nothing that is lost.
    let implied =
        TYPE_KEYS.iter().filter_map(|key| tags.get(key)).find_map(|value| parse(value).filter(|l| *l != Limit::Absent));
    for direction in [&mut forward, &mut backward] {
        if *direction == Limit::Absent {
            *direction = if both == Limit::Absent { implied.unwrap_or(Limit::Absent) } else { both };
        }
    }
    Limits { forward, backward, built_up: built_up(tags), unusable }
}

fn built_up(tags: Tags<'_>) -> Option<bool> {
    TYPE_KEYS
        .iter()
        .chain(&["maxspeed", "maxspeed:forward", "maxspeed:backward"])
        .filter_map(|key| tags.get(key))
        .find_map(|value| {
            let word = value.split_once(':').map(|(_, word)| word)?;
            match word {
                "urban" | "living_street" => Some(true),
                "rural" | "motorway" | "trunk" => Some(false),
                _ if word.starts_with("zone") => Some(true),
                _ => None,
            }
        })
}

/// What is known of a street when its limit is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) class: RoadClass,
    /// One carriageway of a road with separate carriageways of at least two lanes.
    pub(crate) dual: bool,
    pub(crate) built_up: Option<bool>,
}

/// The limit in km/h, and whether it was assumed (no tag says anything).
pub(crate) fn limit_kmh(limit: Limit, law: Law, setting: Setting) -> (f64, bool) {
    match limit {
        Limit::Signed(kmh) => (kmh, false),
        Limit::Unlimited | Limit::Motorway => (law.motorway_kmh, false),
        Limit::Urban => (law.urban_kmh, false),
        Limit::Rural if setting.dual => (law.dual_kmh, false),
        Limit::Rural => (law.rural_kmh, false),
        Limit::Absent => (default_kmh(law, setting), true),
    }
}

/// The limit where no tag says anything: the law's inside or outside built-up areas; for access ways, tracks and ramps
/// what can be driven there.
fn default_kmh(law: Law, setting: Setting) -> f64 {
    use RoadClass as C;
    let urban = setting.built_up.unwrap_or(false);
    match setting.class {
        C::Motorway => law.motorway_kmh,
        C::MotorwayLink => 80.0,
        C::TrunkLink if !urban => 80.0,
        C::Trunk | C::Primary | C::Secondary | C::Tertiary if !urban && setting.dual => law.dual_kmh,
        C::Trunk => law.rural_kmh,
        C::Residential | C::Road => law.urban_kmh,
        C::LivingStreet => WALK_KMH,
        C::Service => 20.0,
        C::Track => 20.0,
        C::Pedestrian | C::Footway | C::Path | C::Cycleway | C::Bridleway | C::Steps => WALK_KMH,
        C::Busway => law.urban_kmh,
        _ if urban => law.urban_kmh,
        // Narrow minor roads: the law would allow more than anybody can drive.
        C::Unclassified => law.rural_kmh.min(70.0),
        _ => law.rural_kmh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values() {
        for (text, expected) in [
            ("50", Some(Limit::Signed(50.0))),
            ("30 mph", Some(Limit::Signed(48.280_32))),
            ("none", Some(Limit::Unlimited)),
            ("walk", Some(Limit::Signed(7.0))),
            ("DE:urban", Some(Limit::Urban)),
            ("DE:rural", Some(Limit::Rural)),
            ("DE:motorway", Some(Limit::Motorway)),
            ("DE:zone:30", Some(Limit::Signed(30.0))),
            ("DE:zone30", Some(Limit::Signed(30.0))),
            ("DE:30", Some(Limit::Signed(30.0))),
            ("DE:living_street", Some(Limit::Signed(7.0))),
            ("sign", Some(Limit::Absent)),
            ("signals", Some(Limit::Absent)),
            ("abc", None),
            ("50;30", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn defaults_inside_and_outside() {
        let at = |class, built_up| default_kmh(GERMANY, Setting { class, dual: false, built_up });
        assert_eq!(at(RoadClass::Primary, Some(true)), 50.0);
        assert_eq!(at(RoadClass::Primary, Some(false)), 100.0);
        assert_eq!(at(RoadClass::Residential, Some(false)), 50.0);
        assert_eq!(at(RoadClass::LivingStreet, Some(true)), 7.0);
        assert_eq!(at(RoadClass::Motorway, None), 130.0);
    }
}
