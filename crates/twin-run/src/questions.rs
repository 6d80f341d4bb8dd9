//! Questions to the equilibria of a run: who drives on a street and where do they go, by which ways, how long does it take.

use twin::{
    Finding, Findings, Id, Key, Twin,
    demand::{VehicleClass, Zone, ZoneKind},
    outcome::query::{HourAnswers, ListedPath, Selected, SelectedPair, SkimMatrix, TrafficKinds},
    road::{Arc, Direction, RoadLink},
};
use twin_traffic::{
    equilibrium::Equilibrium,
    query,
    street::{Overlay, Streets},
};

use crate::{
    names::{StreetNames, did_you_mean, nearest},
    overlay::Measures,
    prepare::Prepared,
    resolve::Resolved,
};

/// Zones up to which the times between all of them are given: more would be tens of millions of rows.
const MOST_ZONES: usize = 4000;

/// One hour with both its equilibria.
pub(crate) struct Hour<'a> {
    pub(crate) hour: u8,
    pub(crate) base: &'a Equilibrium,
    pub(crate) with: &'a Equilibrium,
    pub(crate) measures: &'a Measures,
}

/// The sections of a street by name, or of a section or source object by key.
pub(crate) fn sections(twin: &Twin, names: &StreetNames, asked: &str) -> Vec<Id<RoadLink>> {
    let by_key: Vec<Id<RoadLink>> = twin
        .roads
        .links()
        .filter(|(_, link)| link.key.as_str() == asked || link.source_keys.iter().any(|key| key.as_str() == asked))
        .map(|(id, _)| id)
        .collect();
    if !by_key.is_empty() {
        return by_key;
    }
    names.sections(twin, asked).map(|(_, links)| links).unwrap_or_default()
}

/// Answers what the scenario asks, hour by hour.
pub(crate) fn answer(
    twin: &Twin,
    prepared: &Prepared,
    resolved: &Resolved,
    hours: &[Hour<'_>],
    findings: &mut Findings,
) -> Vec<HourAnswers> {
    let asked = &resolved.scenario.questions;
    if asked.is_empty() {
        return Vec::new();
    }
    let zones = &prepared.demand.zones;
    let names = StreetNames::of(twin);
    let streets: Vec<(&String, Vec<Id<RoadLink>>)> =
        asked.select.iter().map(|name| (name, sections(twin, &names, name))).collect();
    let pairs: Vec<[u32; 2]> = asked.paths.iter().filter_map(|pair| ends(zones, pair, findings)).collect();
    let skim = asked.skim && zones.len() <= MOST_ZONES;
    if asked.skim && !skim {
        findings.push(
            Finding::warning(
                "too-many-zones",
                format!("the times between all of {} zones are not written", zones.len()),
            )
            .with_field("query.skim")
            .with_help(format!("at most {MOST_ZONES} zones; ask for single pairs under query.paths")),
        );
    }
    hours
        .iter()
        .map(|hour| HourAnswers {
            hour: hour.hour,
            selected: streets.iter().map(|(name, links)| selected(prepared, hour, name, links)).collect(),
            paths: pairs.iter().flat_map(|&pair| listed(prepared, hour, pair)).collect(),
            skims: if skim { skims(prepared, zones, hour) } else { Vec::new() },
        })
        .collect()
}

/// Positions of two zones.
fn ends(zones: &[Zone], pair: &[Key; 2], findings: &mut Findings) -> Option<[u32; 2]> {
    let position = |key: &Key| zones.iter().position(|zone| zone.key == *key).map(|at| at as u32);
    let found = [position(&pair[0]), position(&pair[1])];
    for (key, _) in pair.iter().zip(&found).filter(|(_, found)| found.is_none()) {
        let near = nearest(key.as_str(), zones.iter().map(|zone| zone.key.as_str()));
        let mut finding =
            Finding::warning("unknown-zone", format!("there is no zone \"{key}\"; its ways are not listed"))
                .with_field("query.paths");
        finding.help = did_you_mean(&near).or_else(|| zones.first().map(|zone| format!("keys look like {}", zone.key)));
        findings.push(finding);
    }
    Some([found[0]?, found[1]?])
}

fn selected(prepared: &Prepared, hour: &Hour<'_>, name: &str, links: &[Id<RoadLink>]) -> Selected {
    let streets = &prepared.streets;
    let arcs: Vec<usize> = links
        .iter()
        .flat_map(|&link| Direction::BOTH.map(|direction| Arc::new(link, direction)))
        .filter_map(|arc| streets.position(arc))
        .collect();
    let bundle = query::bundle(streets, hour.base, hour.with, &arcs);
    let zone = |zone: u32| &prepared.demand.zones[zone as usize];
    let kinds = [0, 1].map(|at| {
        let mut kinds = TrafficKinds::default();
        for (&(_, origin, destination), trips) in &bundle.trips_veh_h {
            let kind = match (zone(origin).kind, zone(destination).kind) {
                (ZoneKind::Internal, ZoneKind::Internal) => &mut kinds.internal_veh_h,
                (ZoneKind::Internal, ZoneKind::External) => &mut kinds.outbound_veh_h,
                (ZoneKind::External, ZoneKind::Internal) => &mut kinds.inbound_veh_h,
                (ZoneKind::External, ZoneKind::External) => &mut kinds.through_veh_h,
            };
            *kind += trips[at];
        }
        kinds
    });
    let key = |at: u32| zone(at).key.clone();
    Selected {
        name: name.to_owned(),
        sections: links.to_vec(),
        base_volume_veh_h: streets.rows(&bundle.base_volume_veh_h),
        volume_veh_h: streets.rows(&bundle.volume_veh_h),
        pairs: bundle
            .trips_veh_h
            .iter()
            .map(|(&(class, origin, destination), &[base_trips_veh_h, trips_veh_h])| SelectedPair {
                class: VehicleClass::ALL[usize::from(class)],
                origin: key(origin),
                destination: key(destination),
                base_trips_veh_h,
                trips_veh_h,
            })
            .collect(),
        base_kinds: kinds[0],
        kinds: kinds[1],
    }
}

/// The ways between two zones that are used before or after.
fn listed(prepared: &Prepared, hour: &Hour<'_>, [origin, destination]: [u32; 2]) -> Vec<ListedPath> {
    let streets = &prepared.streets;
    let zones = &prepared.demand.zones;
    let open: Vec<Vec<bool>> = VehicleClass::ALL
        .iter()
        .map(|&class| twin_traffic::reach::open_arcs(streets, &hour.measures.overlay, class))
        .collect();
    let mut paths: Vec<(VehicleClass, Vec<u32>, f64, [f64; 2])> = Vec::new();
    for (index, solved) in [hour.base, hour.with].into_iter().enumerate() {
        for path in solved.paths.between(origin, destination) {
            let known = paths.iter().position(|(class, arcs, ..)| *class == path.class && *arcs == path.arcs);
            let at = known.unwrap_or_else(|| {
                paths.push((path.class, path.arcs.to_vec(), path.connector_s, [0.0; 2]));
                paths.len() - 1
            });
            paths[at].3[index] += path.trips_veh_h;
        }
    }
    paths.sort_by(|a, b| {
        (a.0 as u8)
            .cmp(&(b.0 as u8))
            .then(b.3[0].total_cmp(&a.3[0]))
            .then(b.3[1].total_cmp(&a.3[1]))
            .then(a.1.cmp(&b.1))
    });
    let time_s = |solved: &Equilibrium, class: VehicleClass, arcs: &[u32]| -> f64 {
        arcs.iter().map(|&arc| solved.time_s[class as usize][arc as usize]).sum()
    };
    paths
        .into_iter()
        .map(|(class, arcs, connector_s, [base_trips_veh_h, trips_veh_h])| ListedPath {
            class,
            origin: zones[origin as usize].key.clone(),
            destination: zones[destination as usize].key.clone(),
            base_trips_veh_h,
            trips_veh_h,
            base_time_s: connector_s + time_s(hour.base, class, &arcs),
            time_s: arcs
                .iter()
                .all(|&arc| open[class as usize][arc as usize])
                .then(|| connector_s + time_s(hour.with, class, &arcs)),
            length_m: arcs.iter().map(|&arc| streets.length_m[arc as usize]).sum(),
            arcs: arcs.into_iter().map(|arc| streets.arc(arc as usize)).collect(),
        })
        .collect()
}

fn skims(prepared: &Prepared, zones: &[Zone], hour: &Hour<'_>) -> Vec<SkimMatrix> {
    let costs = |streets: &Streets, overlay: &Overlay, solved: &Equilibrium, class: VehicleClass| {
        let skim = query::skim(streets, overlay, solved, class);
        (0..zones.len())
            .flat_map(|from| (0..zones.len()).map(move |to| (from, to)))
            .map(|(from, to)| skim.cost(from, to))
            .collect::<Vec<_>>()
    };
    VehicleClass::ALL
        .iter()
        .map(|&class| SkimMatrix {
            class,
            zones: zones.iter().map(|zone| zone.key.clone()).collect(),
            base_cost_s: costs(&prepared.streets, &Overlay::default(), hour.base, class),
            cost_s: costs(hour.measures.streets(prepared), &hour.measures.overlay, hour.with, class),
        })
        .collect()
}
