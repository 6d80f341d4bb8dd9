//! Water in a run: outages of pipes, pumps, valves and tanks, hydraulics with and without them, single failures.

#![expect(clippy::needless_range_loop, reason = "several columns at one index")]

use twin::{
    Finding, Findings, Id, Key, Scenario, Twin, Watch,
    outcome::{Status, Supply, WaterAffected, WaterOutcome, WaterTime, WaterTotals},
    utility::{WaterLinkKind, WaterNodeKind},
};
use twin_pipes::water::{
    LinkState, Net, SolveOptions, State, Step, Workspace,
    n1::{self, N1Options},
    segment::{Segments, Valve},
    simulate,
};

/// Demands below this are none, m³/s.
const NO_DEMAND_M3_S: f64 = 1e-12;
/// A junction is worse off when it loses more than this part of its demand, or falls below its pressure.
const NOTICEABLE: f64 = 1e-3;

/// Whether the water network has this asset.
pub(crate) fn has_asset(twin: &Twin, key: &Key) -> bool {
    twin.water.nodes().any(|(_, node)| node.key == *key) || twin.water.links().any(|(_, link)| link.key == *key)
}

/// The hydraulics of a scenario; nothing where the twin has no water network.
pub(crate) fn run(
    twin: &Twin,
    scenario: &Scenario,
    findings: &mut Findings,
    watch: &dyn Watch,
) -> Option<WaterOutcome> {
    if twin.water.n_links() == 0 {
        return None;
    }
    let (net, told) = Net::new(&twin.water, &twin.water_operation);
    findings.extend(told);
    let options = options(&net, scenario);
    let duration_s =
        scenario.water.duration_s.map_or(net.settings().duration_s, |seconds| seconds.clamp(0.0, 3e9) as u64);
    let closed = closed_links(twin, scenario);
    let base = simulated(&net, &options, duration_s, &[], watch);
    let with = if closed.is_empty() { None } else { Some(simulated(&net, &options, duration_s, &closed, watch)) };
    let affected = with.as_ref().map_or_else(Vec::new, |with| affected(&net, &base, with));
    let base_totals = base.totals;
    let result = with.unwrap_or(base);
    tell(twin, &net, &result, findings);
    Some(WaterOutcome {
        demand_model: options.demand_model,
        required_pressure_m: options.required_pressure_m,
        times: result.times,
        base_totals,
        totals: result.totals,
        affected,
    })
}

/// How the network is solved: as its model says, unless the scenario says otherwise.
pub(crate) fn options(net: &Net, scenario: &Scenario) -> SolveOptions {
    let water = &scenario.water;
    let model = SolveOptions::of(net);
    let demand_model = water.demand_model.unwrap_or(model.demand_model);
    SolveOptions {
        demand_model,
        minimum_pressure_m: water.minimum_pressure_m.unwrap_or(model.minimum_pressure_m),
        required_pressure_m: water
            .required_pressure_m
            .or(net.settings().required_pressure_m)
            .unwrap_or(scenario.assumptions.water_required_pressure_m),
        pressure_exponent: water.pressure_exponent.unwrap_or(model.pressure_exponent),
        ..model
    }
}

/// The links that the outages take out: themselves, or all at a node that is out.
fn closed_links(twin: &Twin, scenario: &Scenario) -> Vec<usize> {
    let mut closed = Vec::new();
    for outage in &scenario.outages {
        closed.extend(twin.water.links().filter(|(_, link)| link.key == outage.asset).map(|(id, _)| id.index()));
        for (id, _) in twin.water.nodes().filter(|(_, node)| node.key == outage.asset) {
            closed.extend(twin.water.incident(id).into_iter().map(|(link, _)| link.index()));
        }
    }
    closed.sort_unstable();
    closed.dedup();
    closed
}

struct Simulated {
    times: Vec<WaterTime>,
    totals: WaterTotals,
    singular: Option<(u64, usize)>,
    cancelled: bool,
}

fn simulated(net: &Net, options: &SolveOptions, duration_s: u64, closed: &[usize], watch: &dyn Watch) -> Simulated {
    let mut state = State::initial(net);
    state.close(closed.iter().copied());
    let mut work = Workspace::new(net);
    let mut result = Simulated { times: Vec::new(), totals: WaterTotals::default(), singular: None, cancelled: false };
    // Demand and supply since the step before, m³/s.
    let mut before: Option<(u64, f64, f64)> = None;
    simulate(net, options, duration_s, &mut state, &mut work, watch, |step| {
        let (demand, served) = account(net, options, step, &mut result.totals);
        if let Some((time_s, demand_m3_s, served_m3_s)) = before {
            let seconds = (step.time_s - time_s) as f64;
            result.totals.demand_m3 += demand_m3_s * seconds;
            result.totals.served_m3 += served_m3_s * seconds;
        }
        before = Some((step.time_s, demand, served));
        if result.singular.is_none()
            && let Some(node) = step.solved.singular_at
        {
            result.singular = Some((step.time_s, node));
        }
        if step.report {
            result.times.push(time(net, options, step, closed));
        }
    });
    if let (0, Some((_, demand, served))) = (duration_s, before) {
        (result.totals.demand_m3, result.totals.served_m3) = (demand, served);
    }
    result.cancelled = watch.is_cancelled();
    result
}

/// Adds a step to the totals; what is asked for and served in it, m³/s.
fn account(net: &Net, options: &SolveOptions, step: &Step<'_>, totals: &mut WaterTotals) -> (f64, f64) {
    let state = step.state;
    let (mut demand, mut served) = (0.0, 0.0);
    let (mut below, mut cut_off) = (0, 0);
    for node in 0..net.n_nodes() {
        if net.is_source(node) {
            if let Some(reserve_m) = net.tank_reserve_m(node, state) {
                totals.min_tank_reserve_m =
                    Some(totals.min_tank_reserve_m.map_or(reserve_m, |known| known.min(reserve_m)));
            }
            continue;
        }
        cut_off += u32::from(state.isolated[node]);
        let full = state.full_m3_s[node];
        if full <= NO_DEMAND_M3_S {
            continue;
        }
        demand += full;
        served += state.drawn_m3_s[node];
        let pressure_m = state.head_m[node] - net.elevation_m(node);
        below += u32::from(pressure_m < options.required_pressure_m);
        totals.min_pressure_m = Some(totals.min_pressure_m.map_or(pressure_m, |known| known.min(pressure_m)));
    }
    totals.junctions_below_pressure = totals.junctions_below_pressure.max(below);
    totals.junctions_cut_off = totals.junctions_cut_off.max(cut_off);
    let missing = demand - served;
    if missing > 1e-9 * demand {
        totals.not_served_m3_s = totals.not_served_m3_s.max(missing);
    }
    (demand, served)
}

/// The network at a time, as results show it.
fn time(net: &Net, options: &SolveOptions, step: &Step<'_>, closed: &[usize]) -> WaterTime {
    let state = step.state;
    let outflow = net.emitter_outflow_m3_s(state);
    let (mut pressure_m, mut demand, mut served, mut supply) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for node in 0..net.n_nodes() {
        let pressure = net.pressure_m(node, state);
        let source = net.is_source(node);
        let drawn = state.drawn_m3_s[node] + outflow[node];
        pressure_m.push(pressure);
        demand.push(if source { drawn } else { state.full_m3_s[node] + outflow[node] });
        served.push(drawn);
        supply.push(supply_of(net, options, state, node));
    }
    let (mut velocity, mut headloss, mut flow) = (Vec::new(), Vec::new(), Vec::new());
    let mut link_status = Vec::new();
    for link in 0..net.n_links() {
        let (from, to) = net.ends(link);
        let open = state.link[link].is_open();
        // What a closed link still carries is numerical.
        let q = if open { state.flow_m3_s[link] } else { 0.0 };
        flow.push(q);
        velocity.push(net.velocity_m_s(link, q));
        headloss.push(if open { state.head_m[from] - state.head_m[to] } else { 0.0 });
        link_status.push(if closed.binary_search(&link).is_ok() { "out_of_service" } else { state.link[link].name() });
    }
    WaterTime {
        time_s: step.time_s,
        status: step.solved.status,
        head_m: state.head_m.clone(),
        pressure_m,
        demand_m3_s: demand,
        served_m3_s: served,
        supply,
        flow_m3_s: flow,
        velocity_m_s: velocity,
        headloss_m: headloss,
        link_status,
    }
}

fn supply_of(net: &Net, options: &SolveOptions, state: &State, node: usize) -> Supply {
    if net.is_source(node) {
        return Supply::Supplied;
    }
    let pressure_m = state.head_m[node] - net.elevation_m(node);
    if state.isolated[node] {
        Supply::CutOff
    } else if pressure_m < 0.0 {
        Supply::NegativePressure
    } else if pressure_m < options.required_pressure_m && state.full_m3_s[node] > NO_DEMAND_M3_S {
        Supply::LowPressure
    } else {
        Supply::Supplied
    }
}

/// Junctions with demand that are worse off than without the outages.
fn affected(net: &Net, base: &Simulated, with: &Simulated) -> Vec<WaterAffected> {
    let mut found = Vec::new();
    for node in (0..net.n_nodes()).filter(|&node| !net.is_source(node)) {
        let mut worst: Option<WaterAffected> = None;
        for (before, after) in base.times.iter().zip(&with.times) {
            let demand = after.demand_m3_s[node];
            if demand <= NO_DEMAND_M3_S {
                continue;
            }
            let lost = (before.served_m3_s[node] - after.served_m3_s[node]).max(0.0);
            if after.supply[node] <= before.supply[node] && lost <= NOTICEABLE * demand {
                continue;
            }
            let now = WaterAffected {
                node: Id::new(node),
                supply: after.supply[node],
                from_s: after.time_s,
                not_served_m3_s: lost,
                pressure_m: after.pressure_m[node],
            };
            let entry = worst.get_or_insert(now);
            entry.supply = entry.supply.max(now.supply);
            entry.not_served_m3_s = entry.not_served_m3_s.max(now.not_served_m3_s);
            entry.pressure_m = entry.pressure_m.min(now.pressure_m);
        }
        found.extend(worst);
    }
    found
}

/// What a reader must know about the result.
fn tell(twin: &Twin, net: &Net, result: &Simulated, findings: &mut Findings) {
    if let Some((time_s, node)) = result.singular {
        let node = &twin.water[Id::new(node)];
        findings.push(
            Finding::warning(
                "water-singular",
                format!("the equations have no solution at {time_s} s: nothing gives the pressure there"),
            )
            .with_help("check the valves and pumps around it")
            .with_key(node.key.clone()),
        );
    }
    let unsolved: Vec<u64> =
        result.times.iter().filter(|time| !time.status.is_fine()).map(|time| time.time_s).collect();
    if let Some(first) = unsolved.first().filter(|_| result.singular.is_none()) {
        findings.push(Finding::warning(
            "water-not-converged",
            format!("{} of {} times are not converged, the first at {first} s", unsolved.len(), result.times.len()),
        ));
    }
    let mut told = 0;
    for (id, node) in twin.water.nodes() {
        let at = result.times.iter().find(|time| time.supply[id.index()] == Supply::CutOff);
        if let Some(time) = at {
            told += 1;
            if told <= 10 {
                let message = format!("no open link joins the node to a source at {} s; it has no water", time.time_s);
                findings.push(Finding::warning("water-cut-off", message).with_key(node.key.clone()));
            }
        }
    }
    if told > 10 {
        findings.push(Finding::warning("water-cut-off", format!("{} more nodes have no water", told - 10)));
    }
    let negative = (0..net.n_nodes())
        .filter(|&node| result.times.iter().any(|time| time.supply[node] == Supply::NegativePressure))
        .count();
    if negative > 0 {
        findings.push(
            Finding::warning(
                "negative-pressure",
                format!(
                    "{negative} nodes have a pressure below zero at some time; whatever is drawn there cannot be drawn"
                ),
            )
            .with_help("compute what the pressure gives: --set water.demand_model=pda"),
        );
    }
    for (id, link) in twin.water.links() {
        let name = |time: &WaterTime| time.link_status[id.index()];
        for (state, code, message) in [
            (LinkState::CannotLift, "pump-cannot-lift", "the pump cannot lift as high as it would have to"),
            (LinkState::CannotHold, "valve-cannot-hold", "the valve cannot hold its pressure"),
            (LinkState::CannotFlow, "valve-cannot-flow", "the valve does not reach its flow"),
        ] {
            if let Some(time) = result.times.iter().find(|time| name(time) == state.name()) {
                let message = format!("{message} at {} s", time.time_s);
                findings.push(Finding::note(code, message).with_key(link.key.clone()));
            }
        }
    }
    if result.cancelled {
        findings.push(Finding::warning("cancelled", "the water simulation was stopped"));
    }
}

/// What fails in a sweep of the water network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaterN1 {
    /// Every pipe by itself.
    Pipe,
    /// Every segment between valves, with the valves that shut it.
    Segment,
}

/// One failure and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterN1Row {
    /// What failed: `water_pipe/P-12`, or the first pipe of a segment.
    pub key: Key,
    /// What people call it: diameter and material of a pipe, or the valves that shut a segment.
    pub name: String,
    /// Every criterion by its name, unit at the end.
    pub criteria: Vec<(&'static str, f64)>,
    /// How the solve ended.
    pub status: Status,
}

/// Every single failure of the water network, in the order of its pipes or segments: whom each takes water and pressure
/// from. Rows that a cancellation left out are missing.
#[must_use]
pub fn water_n1(twin: &Twin, scenario: &Scenario, what: WaterN1, watch: &dyn Watch) -> (Vec<WaterN1Row>, Findings) {
    let (net, mut findings) = Net::new(&twin.water, &twin.water_operation);
    let solve = SolveOptions { accuracy: 1e-6, ..options(&net, scenario) };
    let n1_options = N1Options { solve, threshold_m: solve.required_pressure_m, time_s: 0 };
    let base = n1::base(&net, &n1_options);
    if !base.solved.status.is_fine() {
        findings.push(Finding::warning("water-not-converged", "the network without any failure is not solved"));
    }
    let failures = match what {
        WaterN1::Pipe => pipes(twin, &net),
        WaterN1::Segment => segments(twin, &net),
    };
    let closures: Vec<Vec<u32>> = failures.iter().map(|failure| failure.links.clone()).collect();
    let cases = n1::cases(&net, &base, &n1_options, &closures, watch);
    let rows = failures
        .into_iter()
        .zip(cases)
        .filter_map(|(failure, case)| {
            let case = case?;
            let mut criteria = vec![
                ("water.customers_below_pressure", f64::from(case.n_junctions_below)),
                ("water.demand_not_served_m3_s", case.not_served_m3_s),
                ("water.junctions_cut_off", f64::from(case.n_junctions_cut_off)),
            ];
            criteria.extend(case.min_pressure_m.map(|pressure_m| ("water.min_pressure_m", pressure_m)));
            if what == WaterN1::Segment {
                criteria.push(("water.valves_to_close", failure.n_valves as f64));
                criteria.push(("water.length_m", failure.length_m));
            }
            Some(WaterN1Row { key: failure.key, name: failure.name, criteria, status: case.solved.status })
        })
        .collect();
    (rows, findings)
}

struct Failure {
    key: Key,
    name: String,
    links: Vec<u32>,
    n_valves: usize,
    length_m: f64,
}

fn pipes(twin: &Twin, net: &Net) -> Vec<Failure> {
    twin.water
        .links()
        .filter(|(id, _)| net.is_pipe(id.index()))
        .map(|(id, link)| {
            let (length_m, diameter_m) = match link.kind {
                WaterLinkKind::Pipe { length_m, diameter_m, .. } => (length_m, diameter_m),
                _ => (0.0, 0.0),
            };
            let material = link.burial.material.as_deref().map_or_else(String::new, |material| format!(" {material}"));
            Failure {
                key: link.key.clone(),
                name: format!("DN {:.0}{material}", diameter_m * 1000.0),
                links: vec![id.index() as u32],
                n_valves: 0,
                length_m,
            }
        })
        .collect()
}

/// Segments by the gate valves of the network; all links of a segment and at its nodes are closed together.
fn segments(twin: &Twin, net: &Net) -> Vec<Failure> {
    let valves: Vec<Valve> = twin
        .water
        .links()
        .filter(|(_, link)| matches!(link.kind, WaterLinkKind::Valve { .. }))
        .map(|(id, _)| Valve::Link(id.index() as u32))
        .collect();
    let ends: Vec<(u32, u32)> =
        (0..net.n_links()).map(|link| (net.ends(link).0 as u32, net.ends(link).1 as u32)).collect();
    let found = Segments::new(net.n_nodes(), &ends, &valves);
    let mut failures = Vec::new();
    for segment in 0..found.len() {
        let nodes = found.nodes(segment);
        let is_source = nodes.iter().any(|&node| {
            !matches!(twin.water[Id::new(node as usize)].kind, WaterNodeKind::Junction { .. } | WaterNodeKind::Hydrant)
        });
        let pipes: Vec<u32> = found.links(segment).iter().copied().filter(|&link| net.is_pipe(link as usize)).collect();
        let Some(&first) = pipes.first().filter(|_| !is_source) else { continue };
        let mut links: Vec<u32> = nodes.iter().flat_map(|&node| net.links_at(node as usize)).copied().collect();
        links.extend(found.links(segment));
        links.sort_unstable();
        links.dedup();
        let names: Vec<&str> = found
            .valves(segment)
            .iter()
            .map(|&valve| match valves[valve as usize] {
                Valve::Link(link) | Valve::At { link, .. } => {
                    twin.water.link(Id::new(link as usize)).key.as_str().split_once('/').map_or("", |(_, id)| id)
                }
            })
            .collect();
        let length_m = pipes
            .iter()
            .map(|&link| match twin.water.link(Id::new(link as usize)).kind {
                WaterLinkKind::Pipe { length_m, .. } => length_m,
                _ => 0.0,
            })
            .sum();
        failures.push(Failure {
            key: twin.water.link(Id::new(first as usize)).key.clone(),
            name: names.join(", "),
            links,
            n_valves: names.len(),
            length_m,
        });
    }
    failures
}
