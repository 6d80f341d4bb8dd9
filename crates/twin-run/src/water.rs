//! Water in a run: outages of pipes, pumps, valves and tanks for a while or for good, hydraulics with and without them, who
//! lacks water since when and how long.

#![expect(clippy::needless_range_loop, reason = "several columns at one index")]

use twin::{
    Finding, Findings, Id, Key, Scenario, Twin, Watch,
    outcome::{
        Interruption, Isolation, NotServed, Supply, TankLevel, WaterAffected, WaterOutcome, WaterTime, WaterTotals,
        residents_of,
    },
    scenario::WaterDemandModel,
    utility::{PowerBus, WaterLink},
};
use twin_pipes::water::{LinkOutage, LinkState, Net, SolveOptions, State, Step, Workspace, simulate, simulate_outages};

mod course;
mod n1;

pub use n1::{WaterN1, WaterN1Row, water_n1};

use crate::{
    adjusted, coupling,
    isolation::{Pipes, Shut, n_addresses_without_water_node, water_customers},
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

/// The hydraulics of a scenario; nothing where the twin has no water network. `pumps` stand still for want of electricity, each
/// with its bus.
pub(crate) fn run(
    twin: &Twin,
    scenario: &Scenario,
    pumps: &[(Id<WaterLink>, Id<PowerBus>)],
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
    let own = scenario.outages.len();
    let scenario = &*coupling::with_pumps_out(twin, scenario, pumps);
    let is_ours: Vec<bool> = scenario.outages.iter().map(|outage| has_asset(twin, &outage.asset)).collect();
    let span = span(&net, scenario, &is_ours, findings);
    tell_late(twin, (scenario, own), pumps, (&span, &is_ours), findings);
    let ours = || scenario.outages.iter().zip(&is_ours).filter(|(_, is_ours)| **is_ours).map(|(outage, _)| outage);
    let from_s = ours().map(|outage| outage.begin_s.unwrap_or(0)).min().unwrap_or(0);
    // With and without the outages the same steps are taken, so that nothing but the outages differs.
    let stops_s: Vec<u64> =
        ours().flat_map(|outage| [Some(outage.begin_s.unwrap_or(0)), outage.end_s]).flatten().collect();
    let base = simulated(&net, &options, (&span, from_s), (&[], &stops_s), watch);
    let flow_at = |begin_s: u64| {
        let time = base.times.iter().rev().find(|time| time.time_s <= begin_s).or(base.times.first());
        time.map(|time| time.flow_m3_s.as_slice())
    };
    let pipes = Pipes::water(twin, &network, &scenario.water.closed);
    let shut = pipes.shut(&scenario.outages, flow_at, findings);
    let outages = link_outages(scenario, &shut, &span);
    isolations.extend(shut.isolations);
    let with = (!outages.is_empty()).then(|| simulated(&net, &options, (&span, from_s), (&outages, &stops_s), watch));
    tell_left_out(twin, with.is_some(), findings);
    let customers = water_customers(twin);
    let affected = with.as_ref().map_or_else(Vec::new, |with| affected(&net, &customers, &base, with));
    let interruption = with.as_ref().and_then(|_| interruption(&outages, &span, &customers, &affected));
    let tanks = tank_levels(&base, with.as_ref().unwrap_or(&base), &span);
    let base_totals = base.totals;
    let result = with.unwrap_or(base);
    tell(twin, (&net, &options), &result, findings);
    Some(WaterOutcome {
        demand_model: options.demand_model,
        required_pressure_m: options.required_pressure_m,
        simulated_s: if let Span::Simulated(end_s) = span { end_s } else { 0 },
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
    /// One steady state; all outages hold at once.
    Once,
    /// Steady states at these times, all with the demands and tank levels of the start; the last one ends the span.
    Steady(Vec<u64>),
    /// From the start to this time.
    Simulated(u64),
}

impl Span {
    fn end_s(&self) -> u64 {
        match self {
            Self::Once => 0,
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
            return Span::Simulated(duration_s);
        }
        // One step more shows how the network recovers.
        let last_s = outages().filter_map(|outage| outage.end_s.max(outage.begin_s)).max();
        return Span::Simulated(duration_s.max(last_s.map_or(0, |last_s| last_s + settings.hydraulic_step_s)));
    }
    if !timed {
        return Span::Once;
    }
    if outages().any(|outage| outage.end_s.is_none()) {
        findings.push(
            Finding::note(
                "outage-times-not-used",
                "no time is simulated and an outage has no end: all outages of water hold at once",
            )
            .with_help("simulate hours: --set water.duration_s=86400, or give every outage an end_s"),
        );
        return Span::Once;
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

/// Says which outages, and which pumps without electricity, come after what is simulated.
fn tell_late(
    twin: &Twin,
    (scenario, own): (&Scenario, usize),
    pumps: &[(Id<WaterLink>, Id<PowerBus>)],
    (span, is_ours): (&Span, &[bool]),
    findings: &mut Findings,
) {
    let Span::Simulated(end_s) = *span else { return };
    let late = |outage: &twin::scenario::Outage| outage.begin_s.filter(|&begin_s| begin_s >= end_s);
    let help = "simulate longer: --set water.duration_s=…";
    for (index, outage) in scenario.outages.iter().enumerate().filter(|(index, _)| is_ours[*index]) {
        let Some(begin_s) = late(outage) else { continue };
        // Outages beyond those of the scenario are the pumps'.
        findings.push(match index.checked_sub(own).and_then(|place| pumps.get(place)) {
            None => {
                let message = format!("the outage begins after the simulated {end_s} s: it changes nothing");
                let field = format!("outage[{index}].begin_s");
                Finding::warning("outage-after-end", message).with_field(field).with_help(help)
            }
            Some(&(pump, bus)) => {
                let message = format!(
                    "{} has no electricity from {begin_s} s on, after the simulated {end_s} s: that its pump stands still changes nothing",
                    twin.power[bus].key
                );
                let key = twin.water.link(pump).key.clone();
                Finding::warning("outage-after-end", message).with_key(key).with_help(help)
            }
        });
    }
}

/// Says how many addresses are nobody's customers, where outages are told in customers.
fn tell_left_out(twin: &Twin, is_told: bool, findings: &mut Findings) {
    let n = if is_told { n_addresses_without_water_node(twin) } else { 0 };
    if n > 0 {
        let message = format!(
            "{n} addresses lie in no building at which the water network says that water is drawn: they are not among its customers"
        );
        findings.push(Finding::note("addresses-without-water-node", message));
    }
}

/// When which link is out.
fn link_outages(scenario: &Scenario, shut: &Shut, span: &Span) -> Vec<LinkOutage> {
    let at_once = *span == Span::Once;
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
    (outages, stops_s): (&[LinkOutage], &[u64]),
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
            let plan = (*duration_s, outages, stops_s);
            simulate_outages(net, options, plan, &mut state, &mut work, watch, |step| gathering.step(step));
        }
        Span::Once | Span::Steady(_) => {
            let times_s: &[u64] = if let Span::Steady(times_s) = span { times_s } else { &[0] };
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
        served += state.served_m3_s(net, options, node);
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
        pressure_m.push(pressure);
        demand.push(if source { state.drawn_m3_s[node] } else { state.full_m3_s[node] } + outflow[node]);
        served.push(state.served_m3_s(net, options, node) + outflow[node]);
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
fn affected(net: &Net, customers: &[(u32, Option<f64>)], base: &Simulated, with: &Simulated) -> Vec<WaterAffected> {
    let junctions = (0..net.n_nodes()).filter(|&node| !net.is_source(node));
    junctions.filter_map(|node| affected_at(node, customers[node].0, base, with)).collect()
}

/// How a junction is worse off; nothing where it never is.
fn affected_at(node: usize, customers: u32, base: &Simulated, with: &Simulated) -> Option<WaterAffected> {
    let mut found: Option<WaterAffected> = None;
    let mut add = |supply: Supply, from_s: u64, lost_m3_s: f64, pressure_m: f64| {
        let row = found.get_or_insert(WaterAffected {
            node: Id::new(node),
            supply,
            from_s,
            not_served_m3_s: lost_m3_s,
            pressure_m: Some(pressure_m),
            to_s: None,
            customers,
            without_s: 0,
            low_pressure_s: 0,
            not_served_m3: (with.course.lacking_m3(node) - base.course.lacking_m3(node)).max(0.0),
        });
        row.supply = row.supply.max(supply);
        row.from_s = row.from_s.min(from_s);
        row.not_served_m3_s = row.not_served_m3_s.max(lost_m3_s);
        row.pressure_m = row.pressure_m.map(|known_m| known_m.min(pressure_m));
    };
    // Times of results know how much is lost at equal supply; the steps between them, when it changes.
    let (mut last_s, mut back_s) = (None, None);
    for (before, after) in base.times.iter().zip(&with.times) {
        let demand = after.demand_m3_s[node];
        let lost = (before.served_m3_s[node] - after.served_m3_s[node]).max(0.0);
        let is_worse = after.supply[node] > before.supply[node] || lost > NOTICEABLE * demand;
        if demand > NO_DEMAND_M3_S && is_worse {
            add(after.supply[node], after.time_s, lost, after.pressure_m[node]);
            (last_s, back_s) = (Some(after.time_s), None);
        } else if last_s.is_some() {
            back_s = back_s.or(Some(after.time_s));
        }
    }
    let worse = Worse::between(&base.course, &with.course, node);
    if let Some(worse) = &worse {
        add(worse.supply, worse.from_s, worse.not_served_m3_s, worse.pressure_m);
    }
    let mut row = found?;
    row.to_s = back_s;
    if let Some(worse) = worse {
        (row.without_s, row.low_pressure_s) = (worse.without_s, worse.low_pressure_s);
        if worse.to_s.is_none_or(|to_s| last_s.is_none_or(|last_s| last_s < to_s)) {
            row.to_s = worse.to_s;
        }
    }
    row.pressure_m = row.pressure_m.filter(|_| row.supply != Supply::CutOff);
    Some(row)
}

/// What the outages take over time; nothing where no time passes.
fn interruption(
    outages: &[LinkOutage],
    span: &Span,
    customers: &[(u32, Option<f64>)],
    affected: &[WaterAffected],
) -> Option<Interruption> {
    let end_s = span.end_s();
    let begin_s = outages.iter().map(|outage| outage.begin_s).min().filter(|_| end_s > 0)?;
    let last_s = outages.iter().map(|outage| outage.end_s.unwrap_or(end_s)).max()?;
    let lost_m3 = affected.iter().fold(0.0, |sum, row| sum + row.not_served_m3);
    let mut sum = Interruption::of_nobody(begin_s, last_s.min(end_s), NotServed::Water(lost_m3));
    let dry = || affected.iter().filter(|row| row.without_s > 0);
    sum.residents = residents_of(dry().map(|row| customers[row.node.index()].1));
    sum.customers = dry().map(|row| row.customers).sum();
    for row in affected {
        let n = f64::from(row.customers);
        sum.customer_hours += n * row.without_s as f64 / 3600.0;
        sum.low_pressure_customer_hours += n * row.low_pressure_s as f64 / 3600.0;
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
fn tell(twin: &Twin, (net, options): (&Net, &SolveOptions), result: &Simulated, findings: &mut Findings) {
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
                time.supply[node] == Supply::NegativePressure && time.demand_m3_s[node] > NO_DEMAND_M3_S
            };
            result.times.iter().any(wrong)
        })
        .count();
    if negative > 0 && options.demand_model == WaterDemandModel::Dda {
        findings.push(
            Finding::warning(
                "negative-pressure",
                format!(
                    "{negative} nodes have a pressure below zero at some time; what they ask for counts as not served, though the model draws it"
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
