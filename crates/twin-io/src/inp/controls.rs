//! Simple controls and rules of an EPANET file.

use std::collections::BTreeMap;

use twin::{
    Finding, Id, Key,
    utility::{ValveKind, WaterLink, WaterLinkKind, WaterNetwork, WaterNode, WaterNodeKind},
    water::{
        ControlCondition, LinkAction, LinkQuantity, NodeQuantity, Premise, Relation, RuleAction, RuleSubject,
        RuleValue, WaterControl, WaterRule,
    },
};

use super::{
    options::Scale,
    text::{Complaints, Line, begins, column, hours, number, seconds},
};

/// What names stand for.
pub(super) struct Names<'a> {
    pub(super) network: &'a WaterNetwork,
    pub(super) nodes: BTreeMap<String, Id<WaterNode>>,
    pub(super) links: BTreeMap<String, Id<WaterLink>>,
    pub(super) scale: Scale,
}

impl Names<'_> {
    fn node(&self, line: &Line<'_>, index: usize, complaints: &mut Complaints<'_>) -> Option<(&WaterNode, Key)> {
        let word = line.word(index)?;
        let found = self.nodes.get(word).map(|&id| (&self.network[id], self.network[id].key.clone()));
        if found.is_none() {
            unknown(line, index, "node", complaints);
        }
        found
    }

    fn link(&self, line: &Line<'_>, index: usize, complaints: &mut Complaints<'_>) -> Option<&WaterLink> {
        let word = line.word(index)?;
        let found = self.links.get(word).map(|&id| self.network.link(id));
        if found.is_none() {
            unknown(line, index, "link", complaints);
        }
        found.filter(|link| {
            if link.detail.check_valve {
                refuse(line, index, "a pipe with a check valve cannot be controlled", complaints);
            }
            !link.detail.check_valve
        })
    }

    /// SI units in one unit of a link's setting.
    pub(super) fn setting_scale(&self, link: &WaterLink) -> f64 {
        match link.kind {
            WaterLinkKind::ControlValve { valve: ValveKind::Prv | ValveKind::Psv | ValveKind::Pbv, .. }
            | WaterLinkKind::PressureReducer { .. } => self.scale.pressure_m,
            WaterLinkKind::ControlValve { valve: ValveKind::Fcv, .. } => self.scale.flow_m3_s,
            _ => 1.0,
        }
    }
}

pub(super) fn unknown(line: &Line<'_>, index: usize, noun: &str, complaints: &mut Complaints<'_>) {
    complaints.push(
        Finding::error(
            "unknown-name",
            format!("There is no {noun} `{}`, named in `{}`.", line.words[index], line.raw.trim()),
        )
        .with_help("Upper and lower case differ.")
        .with_position(line.number, column(line, index)),
    );
}

fn refuse(line: &Line<'_>, index: usize, why: &str, complaints: &mut Complaints<'_>) {
    complaints.push(
        Finding::error("bad-control", format!("`{}` cannot be used: {why}.", line.raw.trim()))
            .with_position(line.number, column(line, index)),
    );
}

fn is_gpv(link: &WaterLink) -> bool {
    matches!(link.kind, WaterLinkKind::ControlValve { valve: ValveKind::Gpv, .. })
}

/// One line: `LINK x OPEN|CLOSED|value IF NODE y ABOVE|BELOW z`, `… AT TIME t`, `… AT CLOCKTIME t`.
pub(super) fn control(line: &Line<'_>, names: &Names<'_>, complaints: &mut Complaints<'_>) -> Option<WaterControl> {
    let disabled = line.words.last().is_some_and(|word| begins(word, "DISABLED"));
    let n = line.words.len() - usize::from(disabled);
    if n < 6 {
        refuse(line, 0, "it is not complete", complaints);
        return None;
    }
    let link = names.link(line, 1, complaints)?;
    let action = if line.is(2, "OPEN") {
        LinkAction::Open
    } else if line.is(2, "CLOSED") {
        LinkAction::Close
    } else {
        let value = complaints.number(line, 2, "setting")?;
        if is_gpv(link) || (value < 0.0 && !matches!(link.kind, WaterLinkKind::ControlValve { .. })) {
            refuse(line, 2, "the link has no such setting", complaints);
            return None;
        }
        action_of(link, value, names)
    };
    let time = |complaints: &mut Complaints<'_>| {
        let units = (n >= 7).then(|| line.words[6]);
        let found = hours(line.words[5], units).and_then(|hours| seconds(hours, names.scale.own));
        if found.is_none() {
            refuse(line, 5, "it names no time", complaints);
        }
        found
    };
    let when = if line.is(4, "TIME") {
        ControlCondition::Time { time_s: time(complaints)? }
    } else if line.is(4, "CLOCKTIME") {
        ControlCondition::ClockTime { time_s: time(complaints)? % 86_400 }
    } else {
        if n < 8 {
            refuse(line, 0, "it is not complete", complaints);
            return None;
        }
        let (node, key) = names.node(line, 5, complaints)?;
        let value = complaints.number(line, 7, "level or pressure")?;
        let junction = matches!(node.kind, WaterNodeKind::Junction { .. } | WaterNodeKind::Hydrant);
        let value_m = value * if junction { names.scale.pressure_m } else { names.scale.length_m };
        if line.is(6, "BELOW") {
            ControlCondition::Below { node: key, value_m }
        } else if line.is(6, "ABOVE") {
            ControlCondition::Above { node: key, value_m }
        } else {
            refuse(line, 6, "it says neither ABOVE nor BELOW", complaints);
            return None;
        }
    };
    Some(WaterControl { link: link.key.clone(), action, when, enabled: !disabled })
}

/// A setting: a pipe with a number is open or closed.
fn action_of(link: &WaterLink, value: f64, names: &Names<'_>) -> LinkAction {
    match link.kind {
        WaterLinkKind::Pipe { .. } | WaterLinkKind::Valve { .. } => {
            if value == 0.0 {
                LinkAction::Close
            } else {
                LinkAction::Open
            }
        }
        _ => LinkAction::Set(value * names.setting_scale(link)),
    }
}

/// All rules. A rule with an error is told and left out.
pub(super) fn rules(lines: &[Line<'_>], names: &Names<'_>, complaints: &mut Complaints<'_>) -> Vec<WaterRule> {
    let mut rules: Vec<WaterRule> = Vec::new();
    let mut clause = Clause::Priority;
    for line in lines {
        if line.is(0, "RULE") {
            let Some(name) = line.word(1) else {
                refuse(line, 0, "the rule has no name", complaints);
                clause = Clause::Broken;
                continue;
            };
            rules.push(WaterRule {
                name: name.to_owned(),
                premises: Vec::new(),
                then: Vec::new(),
                otherwise: Vec::new(),
                priority: 0.0,
                enabled: true,
            });
            clause = Clause::Rule;
            continue;
        }
        if clause == Clause::Broken {
            continue;
        }
        let next = clause.after(line);
        if let (Some(next), Some(rule)) = (next, rules.last_mut())
            && rule.add(next, line, names, complaints).is_some()
        {
            clause = next;
            continue;
        }
        if next.is_none() {
            refuse(line, 0, "a clause of a rule is out of place", complaints);
        }
        clause = Clause::Broken;
    }
    rules
}

/// Where a rule is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Clause {
    Rule,
    If,
    Then,
    Else,
    Priority,
    Broken,
}

impl Clause {
    /// The clause that a line continues or begins.
    fn after(self, line: &Line<'_>) -> Option<Self> {
        match self {
            Self::Rule if line.is(0, "IF") => Some(Self::If),
            Self::If if line.is(0, "AND") || line.is(0, "OR") => Some(Self::If),
            Self::If if line.is(0, "THEN") => Some(Self::Then),
            Self::Then | Self::Else if line.is(0, "AND") => Some(self),
            Self::Then if line.is(0, "ELSE") => Some(Self::Else),
            Self::Then | Self::Else if line.is(0, "PRIO") => Some(Self::Priority),
            Self::Then | Self::Else | Self::Priority if line.is(0, "DISABLED") => Some(self),
            _ => None,
        }
    }
}

trait AddClause {
    fn add(
        &mut self,
        clause: Clause,
        line: &Line<'_>,
        names: &Names<'_>,
        complaints: &mut Complaints<'_>,
    ) -> Option<()>;
}

impl AddClause for WaterRule {
    fn add(
        &mut self,
        clause: Clause,
        line: &Line<'_>,
        names: &Names<'_>,
        complaints: &mut Complaints<'_>,
    ) -> Option<()> {
        if line.is(0, "DISABLED") {
            self.enabled = false;
            return Some(());
        }
        match clause {
            Clause::If => self.premises.push(premise(line, names, complaints)?),
            Clause::Then => self.then.push(rule_action(line, names, complaints)?),
            Clause::Else => self.otherwise.push(rule_action(line, names, complaints)?),
            Clause::Priority => self.priority = complaints.number(line, 1, "priority")?,
            Clause::Rule | Clause::Broken => {}
        }
        Some(())
    }
}

/// `IF|AND|OR object id variable relation value`, or `… SYSTEM variable relation value`.
fn premise(line: &Line<'_>, names: &Names<'_>, complaints: &mut Complaints<'_>) -> Option<Premise> {
    let n = line.words.len();
    if !(5..=6).contains(&n) {
        refuse(line, 0, "a premise has five or six words", complaints);
        return None;
    }
    let system = line.is(1, "SYSTEM");
    let at = if system { 2 } else { 3 };
    let quantity = |quantities: &[&str]| quantities.iter().position(|name| line.is(at, name));
    let is_node = ["NODE", "JUNC", "RESER", "TANK"].iter().any(|name| line.is(1, name));
    let is_link = ["LINK", "PIPE", "PUMP", "VALVE"].iter().any(|name| line.is(1, name));
    let bad = |complaints: &mut Complaints<'_>| refuse(line, at, "there is no such quantity to compare", complaints);
    let mut scale = 1.0;
    let subject = if system {
        match quantity(&["DEMAND", "TIME", "CLOCKTIME"]) {
            Some(0) => {
                scale = names.scale.flow_m3_s;
                RuleSubject::SystemDemand
            }
            Some(1) => RuleSubject::Time,
            Some(_) => RuleSubject::ClockTime,
            None => {
                bad(complaints);
                return None;
            }
        }
    } else if is_node {
        let (_, key) = names.node(line, 2, complaints)?;
        let (quantity, in_si) =
            match quantity(&["DEMAND", "HEAD", "GRADE", "LEVEL", "PRESSURE", "FILLTIME", "DRAINTIME"]) {
                Some(0) => (NodeQuantity::Demand, names.scale.flow_m3_s),
                Some(1 | 2) => (NodeQuantity::Head, names.scale.length_m),
                Some(3) => (NodeQuantity::Level, names.scale.length_m),
                Some(4) => (NodeQuantity::Pressure, names.scale.pressure_m),
                Some(5) => (NodeQuantity::FillTime, 3600.0),
                Some(_) => (NodeQuantity::DrainTime, 3600.0),
                None => {
                    bad(complaints);
                    return None;
                }
            };
        scale = in_si;
        RuleSubject::Node(key, quantity)
    } else if is_link {
        let word = line.word(2)?;
        let Some(&id) = names.links.get(word) else {
            unknown(line, 2, "link", complaints);
            return None;
        };
        let link = names.network.link(id);
        let quantity = match quantity(&["FLOW", "STATUS", "SETTING"]) {
            Some(0) => {
                scale = names.scale.flow_m3_s;
                LinkQuantity::Flow
            }
            Some(1) => LinkQuantity::Status,
            Some(_) => {
                scale = names.setting_scale(link);
                LinkQuantity::Setting
            }
            None => {
                bad(complaints);
                return None;
            }
        };
        RuleSubject::Link(link.key.clone(), quantity)
    } else {
        refuse(line, 1, "it names neither node nor link nor SYSTEM", complaints);
        return None;
    };
    let relation = relation(line, at + 1, complaints)?;
    let value = match subject {
        RuleSubject::Time | RuleSubject::ClockTime => {
            let found = hours(line.words[at + 2], line.word(at + 3));
            if found.is_none() {
                refuse(line, at + 2, "it names no time", complaints);
            }
            RuleValue::Number((found? * 3600.0).trunc())
        }
        _ if line.is(n - 1, "OPEN") => RuleValue::Open,
        _ if line.is(n - 1, "CLOSED") => RuleValue::Closed,
        _ if line.is(n - 1, "ACTIVE") => RuleValue::Active,
        _ => RuleValue::Number(complaints.number(line, n - 1, "value")? * scale),
    };
    Some(Premise { or: line.is(0, "OR"), subject, relation, value })
}

fn relation(line: &Line<'_>, index: usize, complaints: &mut Complaints<'_>) -> Option<Relation> {
    let word = line.word(index)?;
    // The longer ones first: `<=` begins with `<`.
    let relations = [
        ("=", Relation::Equal),
        ("<>", Relation::NotEqual),
        ("<=", Relation::AtMost),
        (">=", Relation::AtLeast),
        ("<", Relation::Below),
        (">", Relation::Above),
        ("IS", Relation::Equal),
        ("NOT", Relation::NotEqual),
        ("BELOW", Relation::Below),
        ("ABOVE", Relation::Above),
    ];
    let found = relations.iter().find(|(name, _)| begins(word, name)).map(|(_, relation)| *relation);
    if found.is_none() {
        refuse(line, index, "the comparison is none of =, <>, <=, >=, <, >, IS, NOT, BELOW, ABOVE", complaints);
    }
    found
}

/// `THEN|ELSE|AND LINK id STATUS|SETTING IS value`.
fn rule_action(line: &Line<'_>, names: &Names<'_>, complaints: &mut Complaints<'_>) -> Option<RuleAction> {
    if line.words.len() != 6 {
        refuse(line, 0, "an action has six words", complaints);
        return None;
    }
    let link = names.link(line, 2, complaints)?;
    let action = if line.is(5, "OPEN") {
        LinkAction::Open
    } else if line.is(5, "CLOSED") {
        LinkAction::Close
    } else {
        let value = number(line.words[5]).filter(|value| *value >= 0.0);
        let Some(value) = value.filter(|_| !is_gpv(link)) else {
            refuse(line, 5, "the value is no setting of this link", complaints);
            return None;
        };
        action_of(link, value, names)
    };
    Some(RuleAction { link: link.key.clone(), action })
}
