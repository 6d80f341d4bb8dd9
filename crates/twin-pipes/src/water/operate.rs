//! Controls and rules: what switches pumps and valves during a simulation.

use std::collections::BTreeMap;

use twin::{
    Finding, Findings, Key,
    utility::WaterNetwork,
    water::{
        CUBIC_FOOT_M3, ControlCondition, FOOT_M, LinkAction, LinkQuantity, NodeQuantity, Relation, RuleSubject,
        RuleValue, WaterOperation, WaterSettings,
    },
};

use super::{
    net::{Kind, NONE, Net, PumpLaw, ZERO_FLOW_M3_S},
    simulate::volume_at,
    state::{LinkState, State},
};

/// A simple control with its names resolved.
#[derive(Clone, Debug)]
pub(crate) struct Control {
    pub(crate) link: usize,
    pub(crate) action: LinkAction,
    pub(crate) when: When,
}

/// When a simple control acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum When {
    Below { node: usize, head_m: f64 },
    Above { node: usize, head_m: f64 },
    Time(u64),
    Clock(u64),
}

/// A rule with its names resolved.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    premises: Vec<Premise>,
    then: Vec<(usize, LinkAction)>,
    otherwise: Vec<(usize, LinkAction)>,
    priority: f64,
}

#[derive(Clone, Debug)]
struct Premise {
    or: bool,
    subject: Subject,
    relation: Relation,
    value: RuleValue,
    tolerance: f64,
}

#[derive(Clone, Copy, Debug)]
enum Subject {
    SystemDemand,
    Time,
    Clock,
    Node(usize, NodeQuantity),
    Link(usize, LinkQuantity),
}

/// Resolves the names of controls and rules; one that names nothing is told and left out.
pub(super) fn compile(
    network: &WaterNetwork,
    operation: &WaterOperation,
    net: &Net,
    findings: &mut Findings,
) -> (Vec<Control>, Vec<Rule>) {
    if operation.controls.is_empty() && operation.rules.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let names = Names {
        nodes: network.nodes().map(|(id, node)| (&node.key, id.index())).collect(),
        links: network.links().map(|(id, link)| (&link.key, id.index())).collect(),
    };
    let mut unknown = |key: &Key, what: &str| {
        findings.push(
            Finding::warning("unknown-name", format!("{what} names `{key}`, which does not exist; it is left out."))
                .with_key(key.clone()),
        );
    };
    let mut controls = Vec::new();
    for control in operation.controls.iter().filter(|control| control.enabled) {
        match names.control(control, net) {
            Ok(control) => controls.push(control),
            Err(key) => unknown(&key, "A control"),
        }
    }
    let mut rules = Vec::new();
    for rule in operation.rules.iter().filter(|rule| rule.enabled) {
        match names.rule(rule, net) {
            Ok(rule) => rules.push(rule),
            Err(key) => unknown(&key, &format!("Rule `{}`", rule.name)),
        }
    }
    (controls, rules)
}

struct Names<'a> {
    nodes: BTreeMap<&'a Key, usize>,
    links: BTreeMap<&'a Key, usize>,
}

impl Names<'_> {
    fn node(&self, key: &Key) -> Result<usize, Key> {
        self.nodes.get(key).copied().ok_or_else(|| key.clone())
    }

    fn link(&self, key: &Key) -> Result<usize, Key> {
        self.links.get(key).copied().ok_or_else(|| key.clone())
    }

    fn control(&self, control: &twin::water::WaterControl, net: &Net) -> Result<Control, Key> {
        let at = |node: &Key, value_m: f64| -> Result<(usize, f64), Key> {
            let node = self.node(node)?;
            Ok((node, net.elevation_m[node] + value_m))
        };
        let when = match &control.when {
            ControlCondition::Below { node, value_m } => {
                let (node, head_m) = at(node, *value_m)?;
                When::Below { node, head_m }
            }
            ControlCondition::Above { node, value_m } => {
                let (node, head_m) = at(node, *value_m)?;
                When::Above { node, head_m }
            }
            ControlCondition::Time { time_s } => When::Time(*time_s),
            ControlCondition::ClockTime { time_s } => When::Clock(*time_s),
        };
        Ok(Control { link: self.link(&control.link)?, action: control.action, when })
    }

    fn rule(&self, rule: &twin::water::WaterRule, net: &Net) -> Result<Rule, Key> {
        let actions = |list: &[twin::water::RuleAction]| {
            list.iter().map(|action| Ok((self.link(&action.link)?, action.action))).collect::<Result<Vec<_>, Key>>()
        };
        let premises = rule
            .premises
            .iter()
            .map(|premise| {
                let subject = match &premise.subject {
                    RuleSubject::SystemDemand => Subject::SystemDemand,
                    RuleSubject::Time => Subject::Time,
                    RuleSubject::ClockTime => Subject::Clock,
                    RuleSubject::Node(key, quantity) => Subject::Node(self.node(key)?, *quantity),
                    RuleSubject::Link(key, quantity) => Subject::Link(self.link(key)?, *quantity),
                };
                let tolerance = tolerance(&net.settings, net, subject);
                Ok(Premise { or: premise.or, subject, relation: premise.relation, value: premise.value, tolerance })
            })
            .collect::<Result<_, Key>>()?;
        Ok(Rule { premises, then: actions(&rule.then)?, otherwise: actions(&rule.otherwise)?, priority: rule.priority })
    }
}

/// A thousandth of the unit of the source: EPANET compares in these.
fn tolerance(settings: &WaterSettings, net: &Net, subject: Subject) -> f64 {
    let flow = settings.flow_units.m3_s();
    let pressure = settings.pressure_units.m(settings.specific_gravity);
    1e-3 * match subject {
        Subject::SystemDemand | Subject::Node(_, NodeQuantity::Demand) | Subject::Link(_, LinkQuantity::Flow) => flow,
        Subject::Node(_, NodeQuantity::Head | NodeQuantity::Level) => settings.flow_units.length_m(),
        Subject::Node(_, NodeQuantity::Pressure) => pressure,
        Subject::Link(link, LinkQuantity::Setting) => match net.kind[link] {
            Kind::Prv | Kind::Psv | Kind::Pbv => pressure,
            Kind::Fcv => flow,
            _ => 1.0,
        },
        _ => 1.0,
    }
}

/// State and setting that an action asks for.
fn target(net: &Net, link: usize, action: LinkAction) -> (LinkState, Option<f64>) {
    let kind = net.kind[link];
    match (kind, action) {
        (Kind::Pump, LinkAction::Open) => (LinkState::Open, Some(1.0)),
        (Kind::Pump, LinkAction::Close) => (LinkState::Closed, Some(0.0)),
        (Kind::Pump, LinkAction::Set(speed)) => {
            (if speed == 0.0 { LinkState::Closed } else { LinkState::Open }, Some(speed))
        }
        (_, LinkAction::Open) => (LinkState::Open, None),
        (_, LinkAction::Close) => (LinkState::Closed, None),
        (_, LinkAction::Set(setting)) if kind.is_valve() => (LinkState::Active, Some(setting)),
        (_, LinkAction::Set(setting)) => (if setting == 0.0 { LinkState::Closed } else { LinkState::Open }, None),
    }
}

/// A constant-power pump that starts again begins at its first flow.
fn restart(net: &Net, state: &mut State, link: usize) {
    if net.kind[link] == Kind::Pump {
        let pump = &net.pumps[net.part[link] as usize];
        if matches!(pump.law, PumpLaw::ConstantPower { .. }) {
            state.flow_m3_s[link] = pump.initial_flow_m3_s;
        }
    }
}

/// Simple controls by time and by the level of tanks, before a solve.
pub(super) fn controls(net: &Net, state: &mut State, time_s: u64) {
    for control in &net.controls {
        let link = control.link;
        let acts = match control.when {
            When::Below { node, head_m } if net.is_source(node) => {
                let source = net.source_of[node] as usize;
                volume_at(net, state, source, state.head_m[node])
                    <= volume_at(net, state, source, head_m) + state.drawn_m3_s[node].abs()
            }
            When::Above { node, head_m } if net.is_source(node) => {
                let source = net.source_of[node] as usize;
                volume_at(net, state, source, state.head_m[node])
                    >= volume_at(net, state, source, head_m) - state.drawn_m3_s[node].abs()
            }
            When::Below { .. } | When::Above { .. } => false,
            When::Time(at) => at == time_s,
            When::Clock(at) => (time_s + net.settings.start_clock_s) % 86_400 == at,
        };
        if !acts || state.out_of_service[link] {
            continue;
        }
        let before = if state.link[link] <= LinkState::Closed { LinkState::Closed } else { LinkState::Open };
        let (next, setting) = target(net, link, control.action);
        if before == LinkState::Closed && next == LinkState::Open {
            restart(net, state, link);
        }
        if before != next || state.setting[link] != setting {
            state.link[link] = next;
            state.setting[link] = setting;
        }
    }
}

/// A control by the pressure of a junction, after a solve; whether it changed something.
pub(super) fn pressure_switch(net: &Net, control: &Control, state: &mut State) -> bool {
    let tolerance_m = net.settings.head_tolerance_m;
    let acts = match control.when {
        When::Below { node, head_m } if !net.is_source(node) => state.head_m[node] <= head_m + tolerance_m,
        When::Above { node, head_m } if !net.is_source(node) => state.head_m[node] >= head_m - tolerance_m,
        _ => false,
    };
    let link = control.link;
    if !acts || state.out_of_service[link] {
        return false;
    }
    let (next, setting) = target(net, link, control.action);
    let changes = match net.kind[link] {
        Kind::Pipe | Kind::CheckValve | Kind::Gate => state.link[link] != next,
        Kind::Pump => state.setting[link] != setting,
        _ => state.setting[link] != setting || (setting.is_none() && state.link[link] != next),
    };
    if changes {
        state.link[link] = next;
        if !matches!(net.kind[link], Kind::Pipe | Kind::CheckValve | Kind::Gate) {
            state.setting[link] = setting;
        }
    }
    changes
}

impl Net {
    /// Whether the pressure of a junction switches a link.
    pub(crate) fn pressure_controlled(&self, link: usize) -> bool {
        self.controls.iter().any(|control| {
            control.link == link
                && match control.when {
                    When::Below { node, .. } | When::Above { node, .. } => !self.is_source(node),
                    _ => false,
                }
        })
    }
}

/// Seconds until a simple control would change something, if within `step_s`.
pub(super) fn time_to_control(net: &Net, state: &State, time_s: u64, step_s: u64) -> u64 {
    let mut step_s = step_s;
    for control in &net.controls {
        let wait = match control.when {
            When::Below { node, head_m } | When::Above { node, head_m } if net.is_source(node) => {
                let inflow = state.drawn_m3_s[node];
                let now_m = state.head_m[node];
                let above = matches!(control.when, When::Above { .. });
                let nears = if above { now_m < head_m && inflow > 0.0 } else { now_m > head_m && inflow < 0.0 };
                if inflow.abs() <= ZERO_FLOW_M3_S || !nears {
                    continue;
                }
                let source = net.source_of[node] as usize;
                let volume = volume_at(net, state, source, head_m) - state.volume_m3[source];
                let wait = (volume / inflow).round();
                if !(1.0..1e9).contains(&wait) {
                    continue;
                }
                wait as u64
            }
            When::Below { .. } | When::Above { .. } => continue,
            When::Time(at) => at.saturating_sub(time_s),
            When::Clock(at) => {
                let now = (time_s + net.settings.start_clock_s) % 86_400;
                if at >= now { at - now } else { 86_400 - now + at }
            }
        };
        if wait == 0 || wait >= step_s {
            continue;
        }
        let (next, setting) = target(net, control.link, control.action);
        let has_setting = !matches!(net.kind[control.link], Kind::Pipe | Kind::CheckValve | Kind::Gate);
        if (has_setting && state.setting[control.link] != setting) || state.link[control.link] != next {
            step_s = wait;
        }
    }
    step_s
}

/// Speeds of pumps by their patterns.
pub(super) fn pump_patterns(net: &Net, state: &mut State, time_s: u64) {
    for link in 0..net.n_links() {
        if net.kind[link] != Kind::Pump || state.out_of_service[link] {
            continue;
        }
        let pattern = net.pumps[net.part[link] as usize].pattern;
        if pattern != NONE {
            set(net, state, link, net.multiplier(pattern, time_s));
        }
    }
}

/// Sets a speed or setting, opening or shutting what it implies.
fn set(net: &Net, state: &mut State, link: usize, value: f64) {
    match net.kind[link] {
        Kind::Pump => {
            state.setting[link] = Some(value);
            if value > 0.0 && state.link[link] <= LinkState::Closed {
                restart(net, state, link);
                state.link[link] = LinkState::Open;
            }
            if value == 0.0 && state.link[link] > LinkState::Closed {
                state.link[link] = LinkState::Closed;
            }
        }
        Kind::Fcv => {
            state.setting[link] = Some(value);
            state.link[link] = LinkState::Active;
        }
        kind if kind.is_valve() => {
            if state.setting[link].is_none() && state.link[link] <= LinkState::Closed {
                state.link[link] = LinkState::Open;
            }
            state.setting[link] = Some(value);
        }
        _ => state.link[link] = if value == 0.0 { LinkState::Closed } else { LinkState::Open },
    }
}

/// Checks the rules over the last `step_s` seconds up to now; how many links changed.
pub(super) fn rules(net: &Net, state: &mut State, time_s: u64, step_s: u64) -> usize {
    // Per link: rule that acts, and its action; the first of equal priority.
    let mut list: Vec<(usize, f64, LinkAction)> = Vec::new();
    for rule in &net.rules {
        let actions = if holds(net, state, rule, time_s, step_s) { &rule.then } else { &rule.otherwise };
        for &(link, action) in actions {
            match list.iter_mut().find(|(known, ..)| *known == link) {
                Some(entry) if rule.priority > entry.1 => *entry = (link, rule.priority, action),
                Some(_) => {}
                None => list.push((link, rule.priority, action)),
            }
        }
    }
    // EPANET takes the last one first.
    list.iter().rev().filter(|(link, _, action)| act(net, state, *link, *action)).count()
}

fn act(net: &Net, state: &mut State, link: usize, action: LinkAction) -> bool {
    if state.out_of_service[link] {
        return false;
    }
    let closed = state.link[link] <= LinkState::Closed;
    let kind = net.kind[link];
    match action {
        LinkAction::Open if closed => {
            if kind == Kind::Pump {
                state.setting[link] = Some(1.0);
                if state.link[link] == LinkState::Closed {
                    restart(net, state, link);
                }
            } else {
                state.setting[link] = None;
            }
            state.link[link] = LinkState::Open;
            true
        }
        LinkAction::Close if !closed => {
            state.setting[link] = (kind == Kind::Pump).then_some(0.0);
            state.link[link] = LinkState::Closed;
            true
        }
        LinkAction::Set(value) => {
            // EPANET compares in feet and cubic feet per second.
            let tolerance = 1e-3
                * match kind {
                    Kind::Prv | Kind::Psv | Kind::Pbv => FOOT_M,
                    Kind::Fcv => CUBIC_FOOT_M3,
                    _ => 1.0,
                };
            let changes = state.setting[link].is_none_or(|setting| (value - setting).abs() > tolerance);
            if changes {
                set(net, state, link, value);
            }
            changes
        }
        _ => false,
    }
}

fn holds(net: &Net, state: &State, rule: &Rule, time_s: u64, step_s: u64) -> bool {
    let mut result = true;
    for premise in &rule.premises {
        if premise.or {
            result = result || premise_holds(net, state, premise, time_s, step_s);
        } else {
            if !result {
                return false;
            }
            result = premise_holds(net, state, premise, time_s, step_s);
        }
    }
    result
}

fn premise_holds(net: &Net, state: &State, premise: &Premise, time_s: u64, step_s: u64) -> bool {
    let number = match premise.value {
        RuleValue::Number(number) => number,
        status => return status_holds(state, premise, status),
    };
    let begin_s = (time_s + 1).saturating_sub(step_s);
    match premise.subject {
        Subject::Time => time_holds(premise.relation, begin_s, time_s, number as u64),
        Subject::Clock => {
            let day = |time_s: u64| (time_s + net.settings.start_clock_s) % 86_400;
            time_holds(premise.relation, day(begin_s), day(time_s), number as u64)
        }
        subject => value_of(net, state, subject).is_some_and(|value| {
            let tolerance = premise.tolerance;
            match premise.relation {
                Relation::Equal => (value - number).abs() <= tolerance,
                Relation::NotEqual => (value - number).abs() >= tolerance,
                Relation::Below => value <= number + tolerance,
                Relation::AtMost => value <= number - tolerance,
                Relation::Above => value >= number - tolerance,
                Relation::AtLeast => value >= number + tolerance,
            }
        }),
    }
}

fn time_holds(relation: Relation, begin_s: u64, end_s: u64, at_s: u64) -> bool {
    let within = if end_s < begin_s { at_s >= begin_s || at_s <= end_s } else { (begin_s..=end_s).contains(&at_s) };
    match relation {
        Relation::Equal => within,
        Relation::NotEqual => !within,
        Relation::Below => end_s < at_s,
        Relation::AtMost => end_s <= at_s,
        Relation::Above => end_s > at_s,
        Relation::AtLeast => end_s >= at_s,
    }
}

fn status_holds(state: &State, premise: &Premise, status: RuleValue) -> bool {
    let Subject::Link(link, _) = premise.subject else { return false };
    let now = match state.link[link] {
        link if link <= LinkState::Closed => RuleValue::Closed,
        LinkState::Active => RuleValue::Active,
        _ => RuleValue::Open,
    };
    match premise.relation {
        Relation::Equal => now == status,
        Relation::NotEqual => now != status,
        _ => false,
    }
}

fn value_of(net: &Net, state: &State, subject: Subject) -> Option<f64> {
    Some(match subject {
        Subject::SystemDemand => state.full_m3_s.iter().filter(|demand| **demand > 0.0).sum(),
        Subject::Time | Subject::Clock => return None,
        Subject::Node(node, quantity) => match quantity {
            NodeQuantity::Demand => state.drawn_m3_s[node],
            NodeQuantity::Head => state.head_m[node],
            NodeQuantity::Level | NodeQuantity::Pressure => state.head_m[node] - net.elevation_m[node],
            NodeQuantity::FillTime | NodeQuantity::DrainTime => {
                let source = net.sources.get(net.source_of[node] as usize)?;
                let tank = source.tank.as_ref()?;
                let fills = quantity == NodeQuantity::FillTime;
                let inflow = state.drawn_m3_s[node];
                if (if fills { inflow } else { -inflow }) <= 1e-6 * CUBIC_FOOT_M3 {
                    return None;
                }
                let end = if fills { tank.max_volume_m3 } else { tank.min_volume_m3 };
                (end - state.volume_m3[net.source_of[node] as usize]) / inflow
            }
        },
        Subject::Link(link, quantity) => match quantity {
            LinkQuantity::Flow => state.flow_m3_s[link].abs(),
            LinkQuantity::Status => return None,
            LinkQuantity::Setting => state.setting[link]?,
        },
    })
}
