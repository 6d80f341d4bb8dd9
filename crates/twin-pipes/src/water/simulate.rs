//! Extended period: demands, tanks and controls from solve to solve.

use twin::Watch;

use super::{
    build::interpolate,
    net::{NONE, Net, ZERO_FLOW_M3_S},
    operate,
    solve::{SolveOptions, Solved, Workspace, solve},
    state::{LinkState, State, initial_flow},
};

/// What happens at a time of a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// Seconds since the start.
    pub time_s: u64,
    /// Whether results are due at this time.
    pub report: bool,
    /// Heads, flows, states.
    pub state: &'a State,
    /// How the solve ended.
    pub solved: Solved,
}

/// A link out of service for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkOutage {
    /// The link.
    pub link: u32,
    /// When it begins, seconds since the start.
    pub begin_s: u64,
    /// When the link is back in service, seconds since the start; never where absent.
    pub end_s: Option<u64>,
}

impl LinkOutage {
    /// Whether it holds at a time.
    #[must_use]
    pub fn holds_at(&self, time_s: u64) -> bool {
        self.begin_s <= time_s && self.end_s.is_none_or(|end_s| time_s < end_s)
    }
}

/// Simulates from time 0 to `duration_s`, calling `each` after every solve; 0 is one steady solve.
///
/// # Method
/// One steady solve after another; between them the flows stay as they are and tanks fill or drain. A step ends with
/// the hydraulic time step, a pattern period, a report time, a tank that is full or empty, a control or a rule that
/// acts (looked at every rule time step). This is EPANET's extended period analysis.
///
/// Stops early when somebody cancels.
pub fn simulate(
    net: &Net,
    options: &SolveOptions,
    duration_s: u64,
    state: &mut State,
    work: &mut Workspace,
    watch: &dyn Watch,
    each: impl FnMut(&Step<'_>),
) {
    simulate_outages(net, options, (duration_s, &[], &[]), state, work, watch, each);
}

/// As [`simulate`], with links that go out of service and come back; a step also ends where one does, and at every one of
/// `stops_s`: with the times of the outages as stops, a simulation without them takes the same steps.
///
/// A link comes back as it was before: open, closed, or controlling with its setting. Controls and rules leave it alone while
/// it is out, and act on it again from then on.
pub fn simulate_outages(
    net: &Net,
    options: &SolveOptions,
    (duration_s, outages, stops_s): (u64, &[LinkOutage], &[u64]),
    state: &mut State,
    work: &mut Workspace,
    watch: &dyn Watch,
    mut each: impl FnMut(&Step<'_>),
) {
    let settings = net.settings();
    let mut time_s = 0;
    let mut report_s = settings.report_step_s;
    let mut switching = Switching::new(outages, stops_s);
    loop {
        switching.at(net, state, time_s);
        demands(net, state, time_s);
        operate::pump_patterns(net, state, time_s);
        operate::controls(net, state, time_s);
        let solved = solve(net, options, state, work);
        let report = time_s >= settings.report_start_s
            && (time_s - settings.report_start_s).is_multiple_of(settings.report_step_s);
        each(&Step { time_s, report: report || duration_s == 0, state, solved });
        watch.progress("water", time_s, duration_s);
        if time_s >= duration_s || watch.is_cancelled() {
            return;
        }
        let latest_s = switching.next_s(time_s).map_or(duration_s, |next_s| next_s.min(duration_s));
        let step_s = next_step(net, state, time_s, report_s, latest_s);
        time_s += step_s;
        while time_s >= report_s {
            report_s += settings.report_step_s;
        }
    }
}

/// Links that go out of service and come back.
struct Switching<'a> {
    outages: &'a [LinkOutage],
    /// Times at which something changes or is looked at, rising.
    times_s: Vec<u64>,
    /// Links that are out, with what they did before.
    out: Vec<(u32, LinkState, Option<f64>)>,
}

impl<'a> Switching<'a> {
    fn new(outages: &'a [LinkOutage], stops_s: &[u64]) -> Self {
        let changes_s = outages.iter().flat_map(|outage| [Some(outage.begin_s), outage.end_s]).flatten();
        let mut times_s: Vec<u64> = changes_s.chain(stops_s.iter().copied()).collect();
        times_s.sort_unstable();
        times_s.dedup();
        Self { outages, times_s, out: Vec::new() }
    }

    /// The next time after this one at which something changes.
    fn next_s(&self, time_s: u64) -> Option<u64> {
        self.times_s.get(self.times_s.partition_point(|&at| at <= time_s)).copied()
    }

    /// Takes links out and brings them back.
    fn at(&mut self, net: &Net, state: &mut State, time_s: u64) {
        if self.times_s.binary_search(&time_s).is_err() {
            return;
        }
        let holds = |link: u32| self.outages.iter().any(|outage| outage.link == link && outage.holds_at(time_s));
        for (link, before, setting) in self.out.extract_if(.., |(link, ..)| !holds(*link)) {
            let at = link as usize;
            state.out_of_service[at] = false;
            state.link[at] = match before {
                LinkState::Closed | LinkState::Active => before,
                LinkState::CannotHold | LinkState::CannotFlow => LinkState::Active,
                _ => LinkState::Open,
            };
            state.setting[at] = setting;
            state.flow_m3_s[at] = initial_flow(net, state, at);
        }
        for outage in self.outages.iter().filter(|outage| outage.holds_at(time_s)) {
            let at = outage.link as usize;
            if !state.out_of_service[at] {
                self.out.push((outage.link, state.link[at], state.setting[at]));
                state.close([at]);
            }
        }
    }
}

/// Demands and heads of reservoirs at a time.
pub(crate) fn demands(net: &Net, state: &mut State, time_s: u64) {
    for node in 0..net.n_nodes() {
        if net.is_source(node) {
            continue;
        }
        let demand = net.demand_m3_s(node, time_s);
        state.full_m3_s[node] = demand;
        state.drawn_m3_s[node] = demand;
    }
    for source in &net.sources {
        if source.tank.is_none() && source.pattern != NONE {
            state.head_m[source.node as usize] = source.head_m * net.multiplier(source.pattern, time_s);
        }
    }
}

/// Length of the next step; tanks are at its end afterwards.
fn next_step(net: &Net, state: &mut State, time_s: u64, report_s: u64, duration_s: u64) -> u64 {
    let settings = net.settings();
    let mut step_s = settings.hydraulic_step_s;
    let pattern = (time_s + settings.pattern_start_s) / settings.pattern_step_s + 1;
    let to_pattern = (pattern * settings.pattern_step_s).saturating_sub(time_s + settings.pattern_start_s);
    for wait in [to_pattern, report_s.saturating_sub(time_s)] {
        if wait > 0 {
            step_s = step_s.min(wait);
        }
    }
    step_s = time_to_tank(net, state, step_s);
    step_s = operate::time_to_control(net, state, time_s, step_s);
    step_s = step_s.min((duration_s - time_s).max(1));
    if net.rules.is_empty() {
        fill_tanks(net, state, step_s);
        step_s
    } else {
        rule_steps(net, state, time_s, step_s)
    }
}

/// Seconds until a tank is full or empty, if within `step_s`.
fn time_to_tank(net: &Net, state: &State, step_s: u64) -> u64 {
    let mut step_s = step_s;
    for (index, source) in net.sources.iter().enumerate() {
        let Some(tank) = &source.tank else { continue };
        let (head_m, inflow) = (state.head_m[source.node as usize], state.drawn_m3_s[source.node as usize]);
        if inflow.abs() <= ZERO_FLOW_M3_S {
            continue;
        }
        let volume = if inflow > 0.0 && head_m < tank.max_head_m {
            tank.max_volume_m3 - state.volume_m3[index]
        } else if inflow < 0.0 && head_m > tank.min_head_m {
            tank.min_volume_m3 - state.volume_m3[index]
        } else {
            continue;
        };
        let wait = (volume / inflow).round();
        if wait >= 1.0 && wait < step_s as f64 {
            step_s = wait as u64;
        }
    }
    step_s
}

/// Goes on in rule time steps until a rule acts or the step ends; its length.
fn rule_steps(net: &Net, state: &mut State, time_s: u64, step_s: u64) -> u64 {
    let settings = net.settings();
    let rule_step_s = match settings.rule_step_s {
        0 => settings.hydraulic_step_s / 10,
        step => step.min(settings.hydraulic_step_s),
    }
    .max(1);
    let end_s = time_s + step_s;
    let mut dt = rule_step_s.min(step_s);
    let mut now_s = time_s;
    let mut first = (rule_step_s - time_s % rule_step_s).min(step_s);
    loop {
        let this = std::mem::replace(&mut first, dt);
        now_s += this;
        fill_tanks(net, state, this);
        if operate::rules(net, state, now_s, this) > 0 {
            break;
        }
        dt = dt.min(end_s - now_s);
        first = dt;
        if dt == 0 {
            break;
        }
    }
    now_s - time_s
}

/// Fills and drains tanks by what flows in.
fn fill_tanks(net: &Net, state: &mut State, step_s: u64) {
    for (index, source) in net.sources.iter().enumerate() {
        let Some(tank) = &source.tank else { continue };
        let inflow = state.drawn_m3_s[source.node as usize];
        if inflow.abs() <= ZERO_FLOW_M3_S {
            continue;
        }
        let volume = state.volume_m3[index] + inflow * step_s as f64;
        // Full or empty within the next second: exactly, so that the check of links at tanks sees it. EPANET computes the level of a full
        // tank from its volume; where that ends a digit below the highest level, water runs on into the full tank and is lost.
        let (volume, head_m) = if volume + inflow >= tank.max_volume_m3 {
            (tank.max_volume_m3, tank.max_head_m)
        } else if volume - inflow <= tank.min_volume_m3 {
            (tank.min_volume_m3, tank.min_head_m)
        } else {
            let head_m = match net.curves.get(tank.curve as usize) {
                Some(points) => tank.bottom_m + interpolate(points, volume, 1),
                None => tank.min_head_m + (volume - tank.min_volume_m3) / tank.area_m2,
            };
            (volume, head_m)
        };
        state.volume_m3[index] = volume;
        state.head_m[source.node as usize] = head_m;
    }
}

/// Volume of a tank at a head, m³.
pub(super) fn volume_at(net: &Net, _: &State, source: usize, head_m: f64) -> f64 {
    let Some(tank) = &net.sources[source].tank else { return 0.0 };
    match net.curves.get(tank.curve as usize) {
        Some(points) => interpolate(points, head_m - tank.bottom_m, 0),
        None => tank.min_volume_m3 + (head_m - tank.min_head_m) * tank.area_m2,
    }
}
