//! Lanes per direction.
//!
//! # References
//! <https://wiki.openstreetmap.org/wiki/Key:lanes>

use twin::road::RoadClass;

use super::{element::Tags, value};

/// Directions in which motor vehicles may drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Both,
    Forward,
    Backward,
    Nobody,
}

/// Lanes of a street.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lanes {
    pub(crate) forward: u8,
    pub(crate) backward: u8,
    /// One lane for both directions.
    pub(crate) shared: bool,
    /// Not in the source.
    pub(crate) assumed: bool,
    /// An odd total without a word on its split: the greater part is taken to lead forward.
    pub(crate) odd: Option<u8>,
    /// What does not fit together.
    pub(crate) contradiction: Option<String>,
    /// Values that could not be read, with their keys.
    pub(crate) unusable: Vec<(&'static str, String)>,
}

/// More lanes than any road has.
const MOST: f64 = 20.0;

/// Reads the lane tags.
pub(crate) fn lanes(class: RoadClass, flow: Flow, width_m: Option<f64>, tags: Tags<'_>) -> Lanes {
    let mut lanes = Lanes::default();
    if flow == Flow::Nobody {
        return lanes;
    }
    let mut read = |key: &'static str| -> Option<f64> {
        let text = tags.get(key)?;
        let number = value::count(text).filter(|n| (1.0..=MOST).contains(n) || (*n == 0.0 && key != "lanes"));
        if number.is_none() {
            lanes.unusable.push((key, text.to_owned()));
        }
        number
    };
    let total = read("lanes");
    let forward = read("lanes:forward").or_else(|| turn_lanes(tags, "turn:lanes:forward"));
    let backward = read("lanes:backward").or_else(|| turn_lanes(tags, "turn:lanes:backward"));
    let both_ways = read("lanes:both_ways").unwrap_or(0.0);
    match flow {
        Flow::Both => two_way(&mut lanes, class, width_m, (total, forward, backward, both_ways)),
        Flow::Forward | Flow::Backward => {
            let told = total.or_else(|| turn_lanes(tags, "turn:lanes"));
            let (along, against) = if flow == Flow::Forward { (forward, backward) } else { (backward, forward) };
            if flow == Flow::Forward && against.is_some_and(|n| n > 0.0) {
                lanes.contradiction = Some("one-way, but with lanes in the other direction".to_owned());
            }
            let number = match (told, along) {
                (Some(total), _) => total - both_ways,
                (None, Some(along)) => along,
                (None, None) => {
                    lanes.assumed = true;
                    default_one_way(class)
                }
            };
            let number = at_least_one(number);
            if flow == Flow::Forward { lanes.forward = number } else { lanes.backward = number }
        }
        Flow::Nobody => {}
    }
    lanes.forward = without_reserved(lanes.forward, tags, "forward", flow == Flow::Forward);
    lanes.backward = without_reserved(lanes.backward, tags, "backward", flow == Flow::Backward);
    lanes
}

type Told = (Option<f64>, Option<f64>, Option<f64>, f64);

fn two_way(lanes: &mut Lanes, class: RoadClass, width_m: Option<f64>, (total, forward, backward, both_ways): Told) {
    let (forward, backward) = match (total, forward, backward) {
        (total, Some(forward), Some(backward)) => {
            if let Some(total) = total.filter(|total| (forward + backward + both_ways - total).abs() > 0.5) {
                lanes.contradiction =
                    Some(format!("{total} lanes in all, but {forward} forward and {backward} backward"));
            }
            (forward, backward)
        }
        (Some(total), Some(forward), None) => (forward, total - forward - both_ways),
        (Some(total), None, Some(backward)) => (total - backward - both_ways, backward),
        (Some(total), None, None) => {
            let total = total - both_ways;
            if total < 2.0 {
                lanes.shared = true;
                (1.0, 1.0)
            } else {
                let whole = total.floor();
                if whole % 2.0 > 0.5 {
                    lanes.odd = Some(whole as u8);
                }
                ((whole / 2.0).ceil(), (whole / 2.0).floor())
            }
        }
        (None, forward, backward) => {
            lanes.assumed = true;
            let narrow = width_m.is_some_and(|width_m| width_m < 4.0);
            let one_lane = matches!(class, RoadClass::Service | RoadClass::Track) && width_m.is_none_or(|w| w < 5.0);
            lanes.shared = forward.is_none() && backward.is_none() && (narrow || one_lane || is_path(class));
            let default = if class == RoadClass::Motorway { 2.0 } else { 1.0 };
            (forward.unwrap_or(default), backward.unwrap_or(default))
        }
    };
    if forward < 1.0 || backward < 1.0 {
        lanes.contradiction = Some("open in both directions, but without a lane in one of them".to_owned());
    }
    lanes.forward = at_least_one(forward);
    lanes.backward = at_least_one(backward);
}

/// Ways made for others, on which motor vehicles drive by exception.
const fn is_path(class: RoadClass) -> bool {
    matches!(
        class,
        RoadClass::Pedestrian
            | RoadClass::Cycleway
            | RoadClass::Footway
            | RoadClass::Path
            | RoadClass::Bridleway
            | RoadClass::Steps
    )
}

fn default_one_way(class: RoadClass) -> f64 {
    match class {
        RoadClass::Motorway | RoadClass::Trunk => 2.0,
        _ => 1.0,
    }
}

fn at_least_one(number: f64) -> u8 {
    number.floor().clamp(1.0, MOST) as u8
}

/// The number of lanes that turn arrows are given for.
fn turn_lanes(tags: Tags<'_>, key: &str) -> Option<f64> {
    tags.get(key).map(|value| value.split('|').count() as f64).filter(|n| *n <= MOST)
}

/// Lanes without those kept for buses.
fn without_reserved(lanes: u8, tags: Tags<'_>, side: &str, one_way: bool) -> u8 {
    if lanes < 2 {
        return lanes;
    }
    let mut reserved = 0;
    for (key, value) in tags.iter() {
        let Some((mode, rest)) = key.split_once(':') else { continue };
        let sided =
            rest.strip_prefix("lanes").or_else(|| rest.strip_prefix("bus")).or_else(|| rest.strip_prefix("psv"));
        let Some(tail) = sided else { continue };
        let applies = tail.strip_prefix(':').map_or(tail.is_empty() && one_way, |tail| tail == side);
        if !applies {
            continue;
        }
        let n = match (mode, rest.starts_with("lanes")) {
            ("vehicle" | "motor_vehicle" | "access" | "motorcar", true) => {
                value.split('|').filter(|lane| *lane == "no").count()
            }
            ("lanes", false) => value::count(value).map_or(0, |n| n as usize),
            _ => 0,
        };
        reserved = reserved.max(n);
    }
    lanes.saturating_sub(u8::try_from(reserved).unwrap_or(u8::MAX)).max(1)
}
