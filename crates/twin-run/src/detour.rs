//! Detours as people tell them: by the streets they lead over, not by every variant of the last hundred metres.

use std::collections::BTreeMap;

use twin::{Twin, outcome::Detour};

/// Shortest stretch of a street that tells detours apart, metres.
const TOLD_M: f64 = 60.0;

/// Detours over the same streets in the same order put together, the strongest first; the arcs are those of the strongest.
pub(crate) fn by_streets(twin: &Twin, detours: Vec<Detour>, limit: usize) -> Vec<Detour> {
    let mut groups: BTreeMap<Vec<&str>, Vec<Detour>> = BTreeMap::new();
    for detour in detours.into_iter().filter(|detour| !detour.arcs.is_empty()) {
        groups.entry(streets(twin, &detour)).or_default().push(detour);
    }
    let mut told: Vec<Detour> = groups.into_values().map(together).collect();
    told.sort_by(|a, b| b.trips_veh_h.total_cmp(&a.trips_veh_h).then_with(|| a.arcs.cmp(&b.arcs)));
    told.truncate(limit);
    told
}

/// Detours of one group come strongest first.
fn together(group: Vec<Detour>) -> Detour {
    let trips_veh_h: f64 = group.iter().map(|detour| detour.trips_veh_h).sum();
    let mean = |of: &dyn Fn(&Detour) -> f64| {
        group.iter().map(|detour| detour.trips_veh_h * of(detour)).sum::<f64>() / trips_veh_h
    };
    let (added_distance_m, added_time_s) = (mean(&|d| d.added_distance_m), mean(&|d| d.added_time_s));
    let arcs = group.into_iter().next().map(|detour| detour.arcs).unwrap_or_default();
    Detour { arcs, trips_veh_h, added_distance_m, added_time_s }
}

/// Names of the streets, short connections left out unless there is nothing else.
fn streets<'a>(twin: &'a Twin, detour: &Detour) -> Vec<&'a str> {
    let mut runs: Vec<(&str, f64)> = Vec::new();
    for arc in &detour.arcs {
        let road = twin.roads.link(arc.link);
        let label = road.name.as_deref().or(road.route.as_deref()).unwrap_or("");
        match runs.last_mut() {
            Some((known, length_m)) if *known == label => *length_m += road.length_m,
            _ => runs.push((label, road.length_m)),
        }
    }
    let long: Vec<&str> =
        runs.iter().filter(|(label, length_m)| !label.is_empty() && *length_m >= TOLD_M).map(|run| run.0).collect();
    let mut names = if long.is_empty() { runs.iter().map(|run| run.0).collect() } else { long };
    names.dedup();
    if names.iter().all(|name| name.is_empty()) {
        // Streets without names (a TNTP file) are told apart by their sections.
        return detour.arcs.iter().map(|arc| twin.roads.link(arc.link).key.as_str()).collect();
    }
    names
}
