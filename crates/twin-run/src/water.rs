//! Water in a run: outages of pipes, pumps, valves and tanks for a while or for good, hydraulics with and without them, who
//! lacks water since when and how long.

#![expect(clippy::needless_range_loop, reason = "several columns at one index")]

use twin::{
    Finding, Findings, Id, Key, Scenario, Twin, Watch,
    outcome::{Interruption, Isolation, Supply, TankLevel, WaterAffected, WaterOutcome, WaterTime, WaterTotals},
};
use twin_pipes::water::{LinkOutage, LinkState, Net, SolveOptions, State, Step, Workspace, simulate, simulate_outages};

mod course;
mod n1;

pub use n1::{WaterN1, WaterN1Row, water_n1};

use crate::{
    adjusted,
    isolation::{Pipes, Shut, water_customers},
};
use course::{Course, Worse};

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
    isolations: &mut Vec<Isolation>,
    findings: &mut Findings,
    watch: &dyn Watch,
) -> Option<WaterOutcome> {
    if twin.water.n_links() == 0 {
        return None;
    }
    let (network, operation) = adjusted::water(twin, scenario);
    let (net, told) = Net::new(&network, &operation);
    findings.extend(told);
    let options = options(&net, scenario);
    let is_ours: Vec<bool> = scenario.outages.iter().map(|outage| has_asset(twin, &outage.asset)).collect();
    let span = span(&net, scenario, &is_ours, findings);
    let ours = scenario.outages.iter().zip(&is_ours).filter(|(_, is_ours)| **is_ours);
    let from_s = ours.map(|(outage, _)| outage.begin_s.unwrap_or(0)).min().unwrap_or(0);
    let base = simulated(&net, &options, (&span, from_s), &[], watch);
    let flow_at = |begin_s: u64| {
        let time = base.times.iter().rev().find(|time| time.time_s <= begin_s).or(base.times.first());
        time.map(|time| time.flow_m3_s.as_slice())
    };
    let shut = Pipes::water(twin).shut(&scenario.outages, flow_at, findings);
    let outages = link_outages(scenario, &shut, &span);
    isolations.extend(shut.isolations);
    let with =
        if outages.is_empty() { None } else { Some(simulated(&net, &options, (&span, from_s), &outages, watch)) };
    let customers = water_customers(twin);
    let affected = with.as_ref().map_or_else(Vec::new, |with| affected(&net, &customers, &base, with));
    let interruption = with.as_ref().and_then(|_| interruption(&outages, &span, &customers, &affected));
    let tanks = tank_levels(&base, with.as_ref().unwrap_or(&base), &span);
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
        interruption,
        tanks,
    })
}

/// The times that are computed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Span {
    /// Steady states at these times, all with the demands and tank levels of the start; the last one ends the span.
    Steady(Vec<u64>),
    /// From the start to this time.
    Simulated(u64),
}

impl Span {
    fn end_s(&self) -> u64 {
        match self {
            Self::Steady(times_s) => times_s.last().copied().unwrap_or(0),
            Self::Simulated(end_s) => *end_s,
        }
    }
}

/// Over which times a scenario is computed: as it says, as the model says but to the end of the outages, or steady; then
/// state by state where all outages have an end.
fn span(net: &Net, scenario: &Scenario, is_ours: &[bool], findings: &mut Findings) -> Span {
    let settings = net.settings();
    let asked_s = scenario.water.duration_s.map(|seconds| seconds.clamp(0.0, 3e9) as u64);
    let outages = || scenario.outages.iter().zip(is_ours).filter(|(_, is_ours)| **is_ours).map(|(outage, _)| outage);
    let timed = outages().any(|outage| outage.begin_s.is_some() || outage.end_s.is_some());
    let duration_s = asked_s.unwrap_or(settings.duration_s);
    if duration_s > 0 {
        if asked_s.is_some() {
            for (index, outage) in scenario.outages.iter().enumerate().filter(|(index, _)| is_ours[*index]) {
                if outage.begin_s.is_some_and(|begin_s| begin_s >= duration_s) {
                    let message = format!("the outage begins after the simulated {duration_s} s: it changes nothing");
                    findings.push(
                        Finding::warning("outage-after-end", message)
                            .with_field(format!("outage[{index}].begin_s"))
                            .with_help("simulate longer: --set water.duration_s=…"),
                    );
                }
            }
            return Span::Simulated(duration_s);
        }
        // One step more shows how the network recovers.
        let last_s = outages().filter_map(|outage| outage.end_s.max(outage.begin_s)).max();
        return Span::Simulated(duration_s.max(last_s.map_or(0, |last_s| last_s + settings.hydraulic_step_s)));
    }
    if !timed {
        return Span::Steady(vec![0]);
    }
    if outages().any(|outage| outage.end_s.is_none()) {
        findings.push(
            Finding::note(
                "outage-times-not-used",
                "no time is simulated and an outage has no end: all outages of water hold at once",
            )
            .with_help("simulate hours: --set water.duration_s=86400, or give every outage an end_s"),
        );
        return Span::Steady(vec![0]);
    }
    findings.push(
        Finding::note(
            "outage-steady",
            "no time is simulated: demands and tank levels stay as they are at the start while outages last",
        )
        .with_help("simulate hours: --set water.duration_s=86400"),
    );
    let mut times_s: Vec<u64> =
        outages().flat_map(|outage| [Some(outage.begin_s.unwrap_or(0)), outage.end_s]).flatten().collect();
    times_s.sort_unstable();
    times_s.dedup();
    Span::Steady(times_s)
}

/// When which link is out.
fn link_outages(scenario: &Scenario, shut: &Shut, span: &Span) -> Vec<LinkOutage> {
    let at_once = *span == Span::Steady(vec![0]);
    let of = |(outage, links): (&twin::scenario::Outage, &Vec<u32>)| {
        let (begin_s, end_s) = if at_once { (0, None) } else { (outage.begin_s.unwrap_or(0), outage.end_s) };
        links.iter().map(|&link| LinkOutage { link, begin_s, end_s }).collect::<Vec<_>>()
    };
    scenario.outages.iter().zip(&shut.links).flat_map(of).collect()
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

struct Simulated {
    times: Vec<WaterTime>,
    totals: WaterTotals,
    course: Course,
    singular: Option<(u64, usize)>,
    cancelled: bool,
}

/// What is gathered on the way.
struct Gathering<'a> {
    net: &'a Net,
    options: &'a SolveOptions,
    result: Simulated,
    /// Time, demand and supply of the step before, m³/s.
    before: Option<(u64, f64, f64)>,
}

impl Gathering<'_> {
    fn step(&mut self, step: &Step<'_>) {
        let told = step.state.without_unfed(self.net);
        let step = &Step { state: told.as_ref().unwrap_or(step.state), ..*step };
        let (demand, served) = account(self.net, self.options, step, &mut self.result.totals);
        if let Some((time_s, demand_m3_s, served_m3_s)) = self.before {
            let seconds = (step.time_s - time_s) as f64;
            self.result.totals.demand_m3 += demand_m3_s * seconds;
            self.result.totals.served_m3 += served_m3_s * seconds;
        }
        self.before = Some((step.time_s, demand, served));
        self.result.course.step(self.net, self.options, step);
        if self.result.singular.is_none()
            && let Some(node) = step.solved.singular_at
        {
            self.result.singular = Some((step.time_s, node));
        }
        if step.report {
            self.result.times.push(time(self.net, self.options, step));
        }
    }
}

fn simulated(
    net: &Net,
    options: &SolveOptions,
    (span, from_s): (&Span, u64),
    outages: &[LinkOutage],
    watch: &dyn Watch,
) -> Simulated {
    let mut work = Workspace::new(net);
    let course = Course::new(net, from_s);
    let result =
        Simulated { times: Vec::new(), totals: WaterTotals::default(), course, singular: None, cancelled: false };
    let mut gathering = Gathering { net, options, result, before: None };
    match span {
        Span::Simulated(duration_s) => {
            let mut state = State::initial(net);
            simulate_outages(net, options, (*duration_s, outages), &mut state, &mut work, watch, |step| {
                gathering.step(step);
            });
        }
        Span::Steady(times_s) => {
            for &time_s in times_s {
                let mut state = State::initial(net);
                let out = outages.iter().filter(|outage| outage.holds_at(time_s));
                state.close(out.map(|outage| outage.link as usize));
                simulate(net, options, 0, &mut state, &mut work, watch, |step| {
                    gathering.step(&Step { time_s, ..*step });
                });
            }
        }
    }
    let mut result = gathering.result;
    if let (true, Some((_, demand, served))) = (span.end_s() == 0, gathering.before) {
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
        if state.isolated[node] {
            below += 1;
            continue;
        }
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
fn time(net: &Net, options: &SolveOptions, step: &Step<'_>) -> WaterTime {
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
        link_status.push(if state.out_of_service[link] { "out_of_service" } else { state.link[link].name() });
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
fn affected(net: &Net, customers: &[(u32, f64)], base: &Simulated, with: &Simulated) -> Vec<WaterAffected> {
    let mut found = Vec::new();
    for node in (0..net.n_nodes()).filter(|&node| !net.is_source(node)) {
        let mut worst: Option<WaterAffected> = None;
        let worse = Worse::between(&base.course, &with.course, node);
        let not_served_m3 = (with.course.lacking_m3(node) - base.course.lacking_m3(node)).max(0.0);
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
                to_s: None,
                customers: customers[node].0,
                without_s: 0,
                low_pressure_s: 0,
                not_served_m3,
            };
            let entry = worst.get_or_insert(now);
            entry.supply = entry.supply.max(now.supply);
            entry.not_served_m3_s = entry.not_served_m3_s.max(now.not_served_m3_s);
            entry.pressure_m = entry.pressure_m.min(now.pressure_m);
        }
        if let Some(worse) = worse {
            // Between the times of results the steps alone know.
            let entry = worst.get_or_insert(WaterAffected {
                node: Id::new(node),
                supply: worse.supply,
                from_s: worse.from_s,
                not_served_m3_s: worse.not_served_m3_s,
                pressure_m: worse.pressure_m,
                to_s: None,
                customers: customers[node].0,
                without_s: 0,
                low_pressure_s: 0,
                not_served_m3,
            });
            entry.supply = entry.supply.max(worse.supply);
            entry.from_s = entry.from_s.min(worse.from_s);
            entry.to_s = worse.to_s;
            entry.without_s = worse.without_s;
            entry.low_pressure_s = worse.low_pressure_s;
        }
        found.extend(worst);
    }
    found
}

/// What the outages take over time; nothing where no time passes.
fn interruption(
    outages: &[LinkOutage],
    span: &Span,
    customers: &[(u32, f64)],
    affected: &[WaterAffected],
) -> Option<Interruption> {
    let end_s = span.end_s();
    let begin_s = outages.iter().map(|outage| outage.begin_s).min().filter(|_| end_s > 0)?;
    let last_s = outages.iter().map(|outage| outage.end_s.unwrap_or(end_s)).max()?;
    let mut sum = Interruption { begin_s, end_s: last_s.min(end_s), ..Interruption::default() };
    for row in affected {
        let n = f64::from(row.customers);
        if row.without_s > 0 {
            sum.customers += row.customers;
            sum.residents += customers[row.node.index()].1;
        }
        sum.customer_hours += n * row.without_s as f64 / 3600.0;
        sum.low_pressure_customer_hours += n * row.low_pressure_s as f64 / 3600.0;
        sum.not_served += row.not_served_m3;
    }
    Some(sum)
}

fn tank_levels(base: &Simulated, with: &Simulated, span: &Span) -> Vec<TankLevel> {
    if !matches!(span, Span::Simulated(_)) {
        return Vec::new();
    }
    let pairs = base.course.tanks().iter().zip(with.course.tanks());
    pairs
        .map(|(base, with)| TankLevel {
            node: Id::new(with.node),
            base_reserve_m: base.least_m,
            reserve_m: with.least_m,
            at_s: with.at_s,
            empty_at_s: with.empty_at_s,
        })
        .collect()
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
        .filter(|&node| {
            let wrong = |time: &WaterTime| {
                time.supply[node] == Supply::NegativePressure && time.served_m3_s[node] > NO_DEMAND_M3_S
            };
            result.times.iter().any(wrong)
        })
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
