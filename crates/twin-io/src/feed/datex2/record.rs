//! Situations and their records.

use twin::{Finding, road::Modes, scenario::Control};

use super::{
    super::event::{Effect, Event},
    location,
    read::Context,
    validity,
    xml::Element,
};

/// What a record is about.
enum Class {
    /// Something is closed.
    Closes(Effect),
    /// Works that are described, without saying here what is closed.
    Describes,
    /// How traffic is directed past works.
    Directs,
    /// Nothing that closes a street: why, and whether that is certain.
    Nothing(&'static str, Finding),
}

/// What the records of a situation say together.
struct Shared<'e> {
    /// The record that describes the works.
    works: Option<&'e Element>,
    directed: bool,
    /// Whether another record says what is closed.
    closed_elsewhere: bool,
}

/// The works of a situation.
pub(super) fn situation(situation: &Element, context: &mut Context<'_, '_>) {
    let records: Vec<&Element> = situation.all("situationRecord").collect();
    if records.is_empty() {
        let id = situation.attribute("id").unwrap_or_default();
        let finding =
            Finding::warning("situation-without-records", "The situation has no record: there is nothing in it.");
        context.collector.leave_out(
            id,
            context.position(situation),
            "without records",
            finding.with_help("Tell the publisher of the feed."),
        );
        return;
    }
    let classes: Vec<Class> = records.iter().map(|record| class(record)).collect();
    let shared = Shared {
        works: records.iter().copied().zip(&classes).find(|(record, _)| is_works(record)).map(|(record, _)| record),
        directed: classes.iter().any(|class| matches!(class, Class::Directs)),
        closed_elsewhere: records
            .iter()
            .zip(&classes)
            .any(|(record, class)| !is_works(record) && matches!(class, Class::Closes(_))),
    };
    for (index, (record, class)) in records.iter().zip(classes).enumerate() {
        let given = record.attribute("id").filter(|id| !id.trim().is_empty());
        let id = given.map_or_else(
            || format!("{}/{}", situation.attribute("id").unwrap_or("situation"), index + 1),
            str::to_owned,
        );
        let position = context.position(record);
        if given.is_none() {
            let finding = Finding::warning("missing-id", "The situation record has no identifier.")
                .with_help("Tell the publisher of the feed.");
            context.collector.tell(&id, position, finding);
        }
        let joined = |what: &str| {
            Finding::note("record-joined", format!("{what} of the closures in the same situation."))
                .with_help("Nothing to do.")
        };
        match class {
            Class::Closes(_) if is_works(record) && shared.closed_elsewhere => {
                context.collector.leave_out(&id, position, "part of another work", joined("Describes the works"));
            }
            Class::Closes(effect) => closure(&id, record, effect, &shared, context),
            Class::Describes if shared.closed_elsewhere => {
                context.collector.leave_out(&id, position, "part of another work", joined("Describes the works"));
            }
            Class::Describes => {
                let finding =
                    Finding::warning("effect-not-told", "The works do not say what they close: they are left out.");
                context.collector.leave_out(
                    &id,
                    position,
                    "effect not told",
                    finding.with_help("Ask the publisher, or add the work to the calendar by hand."),
                );
            }
            Class::Directs if shared.closed_elsewhere => {
                context.collector.leave_out(
                    &id,
                    position,
                    "part of another work",
                    joined("Says how traffic passes the works"),
                );
            }
            Class::Directs => {
                let finding =
                    Finding::note("nothing-closed", "Traffic is directed, but nothing is closed: it is left out.");
                context.collector.leave_out(&id, position, "nothing closed", finding.with_help("Nothing to do."));
            }
            Class::Nothing(reason, finding) => context.collector.leave_out(&id, position, reason, finding),
        }
    }
}

fn is_works(record: &Element) -> bool {
    matches!(record.kind(), Some("MaintenanceWorks" | "ConstructionWorks" | "Roadworks"))
}

fn class(record: &Element) -> Class {
    match record.kind() {
        Some("RoadOrCarriagewayOrLaneManagement") => management(record),
        Some("MaintenanceWorks" | "ConstructionWorks" | "Roadworks") => {
            impact(record).map_or(Class::Describes, Class::Closes)
        }
        Some("GeneralNetworkManagement") => match record.value("generalNetworkManagementType") {
            Some("temporaryTrafficLights" | "trafficBeingManuallyDirected") => Class::Directs,
            other => not_works(other.unwrap_or("GeneralNetworkManagement")),
        },
        Some(other) => not_works(other),
        None => Class::Nothing(
            "not understood",
            Finding::warning("record-without-type", "The situation record has no xsi:type: it is left out.")
                .with_help("Tell the publisher of the feed."),
        ),
    }
}

fn not_works(kind: &str) -> Class {
    let finding = Finding::note(
        "record-not-works",
        format!("A record of type {kind} closes no street for works: it is left out."),
    );
    Class::Nothing("no works", finding.with_help("Nothing to do."))
}

fn management(record: &Element) -> Class {
    let kind = record.value("roadOrCarriagewayOrLaneManagementType");
    let nothing = |kind: &str| {
        let finding =
            Finding::note("nothing-closed", format!("No lane is taken away ({kind}): there is nothing to close."));
        Class::Nothing("nothing closed", finding.with_help("Nothing to do, unless it keeps vehicles away."))
    };
    match kind {
        Some(
            "roadClosed" | "closedPermanentlyForTheWinter" | "overnightClosures" | "intermittentShortTermClosures",
        ) => Class::Closes(Effect::Full),
        Some("carriagewayClosures") => Class::Closes(Effect::Direction),
        Some("singleAlternateLineTraffic") => Class::Closes(Effect::Half(None)),
        Some("laneClosures" | "doNotUseSpecifiedLanesOrCarriageways") => match lanes_left(record) {
            Some(0) => Class::Closes(Effect::Direction),
            left => Class::Closes(Effect::Lanes(left)),
        },
        Some(
            kind @ ("contraflow"
            | "narrowLanes"
            | "lanesDeviated"
            | "newRoadworksLayout"
            | "weightRestrictionInOperation"
            | "heightRestrictionInOperation"
            | "keepToTheLeft"
            | "keepToTheRight"
            | "roadCleared"
            | "carPoolLaneInOperation"
            | "hardShoulderRunningInOperation"
            | "hardShoulderRunningNotInOperation"
            | "rushHourLaneInOperation"
            | "tidalFlowLaneInOperation"
            | "turnAroundInOperation"
            | "useOfSpecifiedLanesOrCarriagewaysAllowed"
            | "useSpecifiedLanesOrCarriageways"
            | "vehicleStorageInOperation"
            | "rollingRoadBlock"
            | "clearALaneForEmergencyVehicles"
            | "clearALaneForSnowploughsAndGrittingVehicles"),
        ) => nothing(kind),
        other => {
            let said = other.map_or_else(
                || "does not say what is managed".to_owned(),
                |other| format!("says \"{other}\", which is not understood"),
            );
            let finding = Finding::warning("unknown-value", format!("The record {said}: it is left out."))
                .with_field("roadOrCarriagewayOrLaneManagementType");
            Class::Nothing(
                "not understood",
                finding.with_help("Add the work to the calendar by hand if it closes something."),
            )
        }
    }
}

/// Lanes that stay open.
fn lanes_left(record: &Element) -> Option<u8> {
    let impact = record.child("impact");
    let count = |element: Option<&Element>, name: &str| {
        element.and_then(|element| element.value(name)).and_then(|text| text.parse::<u8>().ok())
    };
    if let Some(left) = count(impact, "numberOfOperationalLanes") {
        return Some(left);
    }
    let original = count(impact, "originalNumberOfLanes").or_else(|| {
        record
            .beneath("originalNumberOfLanes")
            .into_iter()
            .find_map(|element| element.trimmed().and_then(|text| text.parse().ok()))
    })?;
    if let Some(restricted) = count(impact, "numberOfLanesRestricted") {
        return Some(original.saturating_sub(restricted));
    }
    let percent: f64 = impact?.value("capacityRemaining")?.parse().ok()?;
    (0.0..=100.0).contains(&percent).then(|| (f64::from(original) * percent / 100.0).round() as u8)
}

/// What works close by their impact.
fn impact(record: &Element) -> Option<Effect> {
    let impact = record.child("impact")?;
    match impact.value("trafficConstrictionType") {
        Some("roadBlocked") => return Some(Effect::Full),
        Some("carriagewayBlocked") => return Some(Effect::Direction),
        Some("lanesBlocked") => return Some(Effect::Lanes(lanes_left(record).filter(|left| *left > 0))),
        Some("roadPartiallyObstructed" | "carriagewayPartiallyObstructed" | "lanesPartiallyObstructed") => return None,
        _ => {}
    }
    let none_left = impact
        .value("capacityRemaining")
        .and_then(|text| text.parse::<f64>().ok())
        .is_some_and(|percent| percent <= 0.0);
    match lanes_left(record) {
        Some(0) => Some(Effect::Direction),
        Some(left) if impact.value("numberOfLanesRestricted").is_none_or(|restricted| restricted != "0") => {
            Some(Effect::Lanes(Some(left)))
        }
        _ if none_left => Some(Effect::Direction),
        _ => None,
    }
}

fn closure(id: &str, record: &Element, effect: Effect, shared: &Shared<'_>, context: &mut Context<'_, '_>) {
    let position = context.position(record);
    let location = record.child("locationReference").or_else(|| record.child("groupOfLocations"));
    let shapes = match location.map(location::shapes) {
        Some(Ok((shapes, finding))) => {
            if let Some(finding) = finding {
                context.collector.tell(id, position, finding);
            }
            shapes
        }
        Some(Err(finding)) => return context.collector.leave_out(id, position, "without a position", finding),
        None => {
            let finding = Finding::warning("geometry-missing", "The record has no location: it is left out.");
            return context.collector.leave_out(
                id,
                position,
                "without a position",
                finding.with_help("Tell the publisher of the feed."),
            );
        }
    };
    let validity = match validity::read(record.child("validity"), &context.clock) {
        Ok(validity) => validity,
        Err((reason, finding)) => return context.collector.leave_out(id, position, reason, finding),
    };
    for finding in validity.findings {
        context.collector.tell(id, position, finding);
    }
    if shapes.len() * validity.spans.len() > 1 {
        let message = format!(
            "The record has {} lines and {} periods: each becomes a work of its own.",
            shapes.len(),
            validity.spans.len()
        );
        context.collector.tell(id, position, Finding::note("record-divided", message).with_help("Nothing to do."));
    }
    let both = location.is_some_and(in_both_directions) || applies_to_both(record);
    let effect = match effect {
        Effect::Direction if both => Effect::Full,
        Effect::Half(None) if shared.directed => Effect::Half(Some(Control::Signal)),
        other => other,
    };
    let event = Event {
        id: id.to_owned(),
        position,
        name: name(record).or_else(|| shared.works.and_then(name)),
        road: road(record),
        effect,
        both,
        shape: shapes[0].clone(),
        span: validity.spans[0],
        exempt: Modes::NONE,
        residents: false,
        cause: cause(record).or_else(|| shared.works.and_then(cause)),
        owner: owner(record).or_else(|| shared.works.and_then(owner)),
    };
    let combinations = shapes.iter().flat_map(|shape| validity.spans.iter().map(move |span| (shape, *span)));
    let parts: Vec<Event> = combinations
        .enumerate()
        .map(|(index, (shape, span))| {
            let id = if index == 0 { id.to_owned() } else { format!("{id}~{}", index + 1) };
            Event { id, shape: shape.clone(), span, ..event.clone() }
        })
        .collect();
    context.collector.add_all(&parts);
}

fn in_both_directions(location: &Element) -> bool {
    [
        "alertCDirectionCoded",
        "directionRelativeOnLinearSection",
        "alertCAffectedDirection",
        "tpegDirection",
        "directionBound",
    ]
    .iter()
    .any(|name| location.beneath(name).iter().any(|element| matches!(element.trimmed(), Some("both" | "bothWays"))))
}

fn applies_to_both(record: &Element) -> bool {
    record
        .all("applicableForTrafficDirection")
        .any(|element| matches!(element.trimmed(), Some("bothWays" | "allDirections" | "both")))
}

/// The name of the works, else the first line of what is said to the public.
fn name(record: &Element) -> Option<String> {
    let comments: Vec<&Element> = record.all("generalPublicComment").collect();
    let named = comments.iter().find(|comment| comment.value("commentType") == Some("roadworksName"));
    let comment = named.or_else(|| comments.first())?.child("comment")?;
    let line = comment.multilingual()?.lines().map(str::trim).find(|line| !line.is_empty())?;
    Some(line.to_owned())
}

fn cause(record: &Element) -> Option<String> {
    let cause = record.child("cause")?;
    let text = cause.child("causeDescription").and_then(Element::multilingual).or_else(|| cause.value("causeType"))?;
    Some(text.to_owned())
}

fn owner(record: &Element) -> Option<String> {
    let source = record.child("source")?;
    let text =
        source.child("sourceName").and_then(Element::multilingual).or_else(|| source.value("sourceIdentification"))?;
    Some(text.to_owned())
}

fn road(record: &Element) -> Option<String> {
    ["roadName", "roadNumber"]
        .iter()
        .find_map(|name| record.beneath(name).into_iter().find_map(|element| element.multilingual().map(str::to_owned)))
}
