//! Deliveries along the closures, and lorries that must go elsewhere or do not arrive.

use twin::{
    Id,
    building::Address,
    demand::VehicleClass,
    outcome::touched::{Frontage, LorryTrips},
    road::{Arc, Direction, Modes},
    scenario::ClosureKind,
};
use twin_traffic::lorry;

use super::{Case, ground::Ways};

/// What stands along each closure. A side of the street is lost for stopping where a side of it is closed.
pub(super) fn frontages(case: &Case<'_>, with: &Ways) -> Vec<Frontage> {
    let ground = case.ground;
    let closures = case.resolved.closures.iter().zip(&case.resolved.scenario.closures).enumerate();
    closures
        .map(|(index, (closure, source))| {
            let lies_along = |address: usize| {
                ground.on_streets[address].is_some_and(|place| {
                    closure.sections.iter().any(|section| {
                        let part = section.part;
                        part.link == place.link && (part.from_m..=part.to_m).contains(&place.at_m)
                    })
                })
            };
            let addresses: Vec<usize> = (0..ground.n_addresses()).filter(|&address| lies_along(address)).collect();
            let lost = |&address: &usize| ground.base.lorry[address].is_some() && with.lorry[address].is_none();
            let sides = if source.kind == ClosureKind::Full { 2.0 } else { 1.0 };
            let length_m: f64 = closure.sections.iter().map(|section| section.part.to_m - section.part.from_m).sum();
            Frontage {
                closure: index,
                without_delivery: addresses.iter().filter(|a| lost(a)).map(|&a| Id::new(a)).collect(),
                addresses: addresses.into_iter().map(Id::new).collect(),
                roadside_m: sides * length_m,
            }
        })
        .collect()
}

/// Addresses that a heavy lorry reached before and does not any more although cars do.
pub(super) fn cut_off(case: &Case<'_>, with: &Ways) -> Vec<Id<Address>> {
    let base = &case.ground.base;
    let by_car = |address: usize| with.into.iter().any(|ways| ways[address].is_some());
    (0..case.ground.n_addresses())
        .filter(|&address| base.lorry[address].is_some() && with.lorry[address].is_none() && by_car(address))
        .map(Id::new)
        .collect()
}

/// Trips of lorries that passed the closed sections, by computed hour.
pub(super) fn trips(case: &Case<'_>) -> Vec<LorryTrips> {
    let streets = &case.prepared.streets;
    case.hours
        .iter()
        .filter_map(|view| {
            let active = case.resolved.closures.iter().zip(&view.measures.active).filter(|(_, active)| **active);
            let sections = active.flat_map(|(closure, _)| &closure.sections);
            let blocked = sections.flat_map(|section| {
                let blocks = move |&direction: &Direction| section.blocks(direction, Modes::TRUCK);
                Direction::BOTH.into_iter().filter(blocks).map(move |d| Arc::new(section.part.link, d))
            });
            let arcs: Vec<usize> = blocked.filter_map(|arc| streets.position(arc)).collect();
            if arcs.is_empty() {
                return None;
            }
            let passing = lorry::passing(streets, view.base, view.with, &arcs, VehicleClass::Truck);
            (passing.trips_veh_h > 0.0).then_some(LorryTrips {
                hour: view.hour,
                trips_veh_h: passing.trips_veh_h,
                cut_off_veh_h: passing.cut_off_veh_h,
                added_distance_m: passing.added_distance_m,
                added_time_s: passing.added_time_s,
            })
        })
        .collect()
}
