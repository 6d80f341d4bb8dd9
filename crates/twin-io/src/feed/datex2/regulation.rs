//! Traffic regulations of version 3: who may not enter where, and when.

use twin::{Finding, road::Modes};

use super::{
    super::event::{Effect, Event},
    location,
    read::Context,
    validity,
    xml::Element,
};

/// Whom a street can be closed for.
const VEHICLES: Modes = Modes::ALL.without(Modes::FOOT);

/// The regulations of an order.
pub(super) fn order(order: &Element, context: &mut Context<'_, '_>) {
    let own = order.attribute("id").unwrap_or("order");
    let regulations: Vec<&Element> = order.all("trafficRegulation").collect();
    if regulations.is_empty() {
        let finding =
            Finding::warning("situation-without-records", "The order has no regulation: there is nothing in it.");
        context.collector.leave_out(
            own,
            context.position(order),
            "without records",
            finding.with_help("Tell the publisher of the feed."),
        );
    }
    for (index, regulation) in regulations.iter().enumerate() {
        let id = if regulations.len() == 1 { own.to_owned() } else { format!("{own}/{}", index + 1) };
        if let Err((reason, finding)) = self::regulation(&id, order, regulation, context) {
            context.collector.leave_out(&id, context.position(regulation), reason, finding);
        }
    }
}

fn regulation(
    id: &str,
    order: &Element,
    regulation: &Element,
    context: &mut Context<'_, '_>,
) -> Result<(), (&'static str, Finding)> {
    let position = context.position(regulation);
    if let Some(status) = regulation.value("status").filter(|status| *status != "active") {
        let finding = Finding::note("regulation-not-active", format!("The regulation is {status}: it is left out."))
            .with_help("Nothing to do.");
        return Err(("not active", finding));
    }
    let kind = regulation.child("typeOfRegulation");
    let access = kind.and_then(|kind| kind.value("accessRestrictionType"));
    if access != Some("noEntry") {
        let said = access.or_else(|| kind.and_then(Element::kind)).unwrap_or("none");
        let finding = Finding::note(
            "regulation-not-closure",
            format!("A regulation of type {said} closes no street: it is left out."),
        );
        return Err(("no works", finding.with_help("Nothing to do.")));
    }
    let locations: Vec<&Element> = regulation.beneath("locationByOrder");
    if locations.is_empty() {
        let finding = Finding::warning("geometry-missing", "The regulation has no location: it is left out.");
        return Err(("without a position", finding.with_help("Tell the publisher of the feed.")));
    }
    let mut shapes = Vec::new();
    for location in &locations {
        match location::shapes(location) {
            Ok((found, finding)) => {
                shapes.extend(found);
                if let Some(finding) = finding {
                    context.collector.tell(id, position, finding);
                }
            }
            Err(finding) if locations.len() == 1 => return Err(("without a position", finding)),
            Err(finding) => context.collector.tell(id, position, finding),
        }
    }
    let own = regulation.beneath("validityByOrder").into_iter().next();
    let validity = validity::read(own.or_else(|| order.child("validityByOrder")), &context.clock)?;
    let (exempt, residents, findings) = exemptions(regulation)?;
    for finding in validity.findings.into_iter().chain(findings) {
        context.collector.tell(id, position, finding);
    }
    let text = |name: &str| order.child(name).and_then(Element::multilingual).map(str::to_owned);
    let combinations: Vec<_> =
        shapes.iter().flat_map(|shape| validity.spans.iter().map(move |span| (shape.clone(), *span))).collect();
    if combinations.is_empty() {
        let finding = Finding::warning("geometry-missing", "The regulation has no usable location: it is left out.");
        return Err(("without a position", finding.with_help("Tell the publisher of the feed.")));
    }
    if combinations.len() > 1 {
        let message = format!(
            "The regulation has {} lines and {} periods: each becomes a work of its own.",
            shapes.len(),
            validity.spans.len()
        );
        context.collector.tell(id, position, Finding::note("record-divided", message).with_help("Nothing to do."));
    }
    let parts: Vec<Event> = combinations
        .into_iter()
        .enumerate()
        .map(|(index, (shape, span))| Event {
            id: if index == 0 { id.to_owned() } else { format!("{id}~{}", index + 1) },
            position,
            name: text("description"),
            road: regulation.beneath("roadName").into_iter().find_map(|name| name.multilingual().map(str::to_owned)),
            effect: Effect::Full,
            both: true,
            shape,
            span,
            exempt,
            residents,
            cause: None,
            owner: text("issuingAuthority"),
        })
        .collect();
    context.collector.add_all(&parts);
    Ok(())
}

/// Who may enter in spite of a regulation, and whether residents may.
fn exemptions(regulation: &Element) -> Result<(Modes, bool, Vec<Finding>), (&'static str, Finding)> {
    let (mut barred, mut exempt, mut residents) = (Modes::NONE, Modes::NONE, false);
    let (mut bars_some, mut findings) = (false, Vec::new());
    let vehicles =
        regulation.beneath("conditions").into_iter().filter(|condition| condition.kind() == Some("VehicleCondition"));
    for condition in vehicles {
        let negated = condition.value("negate") == Some("true");
        let Some(characteristics) = condition.child("vehicleCharacteristics") else { continue };
        bars_some |= !negated;
        let (modes, local) = who(characteristics);
        if modes.is_empty() && !local {
            let said: Vec<&str> = characteristics
                .children
                .iter()
                .filter_map(|child| child.trimmed().or(Some(child.name.as_str())))
                .collect();
            let finding = Finding::note(
                "vehicles-not-understood",
                format!("A condition on vehicles is passed over: {}.", said.join(", ")),
            );
            findings.push(finding.with_help("Set `exempt` in the calendar where that matters."));
        }
        if negated {
            exempt = exempt.union(modes);
            residents |= local;
        } else {
            barred = barred.union(modes);
        }
    }
    if bars_some && barred.is_empty() {
        let finding = Finding::warning(
            "vehicles-not-understood",
            "The regulation is for vehicles that cannot be told apart: it is left out.",
        );
        return Err(("not understood", finding.with_help("Add it to the calendar by hand.")));
    }
    if bars_some {
        if exempt.contains(barred) {
            exempt = exempt.without(barred);
            let finding = Finding::note(
                "vehicles-not-understood",
                "The vehicles that the regulation bars are exempt by another condition: they are taken as barred.",
            );
            findings.push(finding.with_help("Set `exempt` in the calendar where that matters."));
        }
        exempt = exempt.union(VEHICLES.without(barred));
    }
    Ok((exempt, residents, findings))
}

/// Modes of vehicle characteristics, and whether they mean residents.
fn who(characteristics: &Element) -> (Modes, bool) {
    let mut modes = Modes::NONE;
    for kind in characteristics.all("vehicleType").filter_map(Element::trimmed) {
        modes = modes.union(match kind {
            "anyVehicle" => VEHICLES,
            "heavyGoodsVehicle"
            | "lorry"
            | "goodsVehicle"
            | "articulatedVehicle"
            | "heavyVehicle"
            | "largeVehicle"
            | "vehicleWithTrailer"
            | "tanker"
            | "heavyGoodsVehicleWithTrailer"
            | "heavyDutyTransporter" => Modes::TRUCK,
            "bus" | "minibus" | "articulatedBus" => Modes::BUS,
            "car"
            | "lightCommercialVehicle"
            | "motorcycle"
            | "motorcycleWithSideCar"
            | "carWithTrailer"
            | "van"
            | "moped" => Modes::CAR,
            "bicycle" => Modes::BICYCLE,
            "motorVehicle" => Modes::MOTOR,
            _ => Modes::NONE,
        });
    }
    for usage in characteristics.all("vehicleUsage").filter_map(Element::trimmed) {
        modes = modes.union(match usage {
            "emergencyServices" | "ambulance" | "fireService" | "police" => Modes::EMERGENCY,
            "publicTransport" => Modes::BUS,
            _ => Modes::NONE,
        });
    }
    if modes.is_empty() && characteristics.child("grossWeightCharacteristic").is_some() {
        modes = Modes::TRUCK;
    }
    let residents =
        characteristics.beneath("otherVehicleType").iter().filter_map(|element| element.trimmed()).any(|text| {
            let text = text.to_lowercase();
            ["déserte locale", "desserte locale", "riverains"].iter().any(|known| text.contains(known))
        });
    (modes, residents)
}
