//! From a scenario as people write it to sections, metres and lanes: every name looked up, every figure checked, all
//! findings at once.

mod effect;
mod line;
mod target;
mod together;

use twin::{
    Finding, Findings, Key, Scenario, Severity, Twin, criteria,
    outcome::ClosedSection,
    road::{Direction, Modes},
    scenario::{Closure, ClosureKind, Outage},
};

pub(crate) use effect::closed_whole;
pub use line::ClosureLine;
pub(crate) use together::{NEVER_TOGETHER, PHASES_AT_ONCE};

use crate::names::{StreetNames, did_you_mean, nearest};

/// A scenario whose names are found in a twin.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    /// The scenario it came from.
    pub scenario: Scenario,
    /// Its closures, in its order.
    pub closures: Vec<ResolvedClosure>,
    /// Warnings and notes.
    pub findings: Findings,
}

/// A closure on the ground.
#[derive(Clone, Debug, PartialEq)]
pub struct ResolvedClosure {
    /// Name of the street, where it has one.
    pub street: Option<String>,
    /// The sections concerned, in order along the street, parallel carriageways and stubs last.
    pub sections: Vec<ResolvedSection>,
    /// Length of the work site along the street, metres.
    pub length_m: f64,
}

/// What a closure does to one section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ResolvedSection {
    /// Which part of it.
    pub part: ClosedSection,
    /// Who may not pass, by direction of digitization (forward, backward).
    pub blocked: [Modes; 2],
    /// Lanes that stay where lanes are taken away, by direction.
    pub lanes: [Option<u8>; 2],
    /// Part of the capacity that narrowed lanes keep, by direction.
    pub kept: [Option<f64>; 2],
    /// Whether both directions use one lane alternately.
    pub alternates: bool,
}

impl ResolvedSection {
    /// Whether this mode may not drive in this direction.
    #[must_use]
    pub const fn blocks(&self, direction: Direction, mode: Modes) -> bool {
        self.blocked[direction as usize].contains(mode)
    }
}

/// Looks up every name of a scenario in a twin.
///
/// # Errors
/// All findings at once, with line and column where the scenario came from a file, if any of them is an error: unknown
/// streets, keys and criteria, cross streets that do not meet the street, work sites longer than the street, dates the
/// wrong way round. Dates and phases play no part: all closures hold at once, as they stand; [`crate::stages`] splits them by time.
pub fn resolve(twin: &Twin, scenario: &Scenario) -> Result<Resolved, Findings> {
    let names = StreetNames::of(twin);
    let mut findings = Findings::default();
    check_scenario(twin, &names, scenario, &mut findings);
    let mut closures = Vec::new();
    for (index, closure) in scenario.closures.iter().enumerate() {
        let mut at = At { scenario, prefix: format!("closure[{index}]."), findings: &mut findings };
        check_times(closure, &mut at);
        if let Some(resolved) = resolve_closure(twin, &names, closure, &mut at) {
            closures.push(resolved);
        }
    }
    together::check(twin, scenario, &closures, &mut findings);
    if findings.has_errors() {
        return Err(findings);
    }
    Ok(Resolved { scenario: scenario.clone(), closures, findings })
}

/// The closures of a scenario each on its own, whatever their dates, in its order; nothing for one that is wrong. Findings name
/// them `prefix[0]`, `prefix[1]`, …
#[must_use]
pub fn resolve_each(twin: &Twin, scenario: &Scenario, prefix: &str) -> (Vec<Option<ResolvedClosure>>, Findings) {
    let names = StreetNames::of(twin);
    let mut findings = Findings::default();
    let closures = scenario.closures.iter().enumerate().map(|(index, closure)| {
        let mut at = At { scenario, prefix: format!("{prefix}[{index}]."), findings: &mut findings };
        check_times(closure, &mut at);
        resolve_closure(twin, &names, closure, &mut at)
    });
    (closures.collect(), findings)
}

/// Where findings about a part of a scenario go.
pub(crate) struct At<'a> {
    scenario: &'a Scenario,
    prefix: String,
    findings: &'a mut Findings,
}

impl At<'_> {
    fn finding(&self, severity: Severity, code: &'static str, field: &str, message: String) -> Finding {
        let field = format!("{}{field}", self.prefix);
        let origin = &self.scenario.origin;
        let mut finding = Finding::new(severity, code, message).with_field(&field);
        finding.file = origin.file.clone();
        // A field that is not in the file (a default) is shown where the table around it begins.
        let mut known = field.as_str();
        loop {
            if let Some(&position) = origin.positions.get(known) {
                finding.position = Some(position);
                break;
            }
            match known.rfind(['.', '[']) {
                Some(end) => known = &known[..end],
                None => break,
            }
        }
        finding
    }
    pub(crate) fn error(&self, code: &'static str, field: &str, message: String) -> Finding {
        self.finding(Severity::Error, code, field, message)
    }
    pub(crate) fn warning(&self, code: &'static str, field: &str, message: String) -> Finding {
        self.finding(Severity::Warning, code, field, message)
    }
    pub(crate) fn note(&self, code: &'static str, field: &str, message: String) -> Finding {
        self.finding(Severity::Note, code, field, message)
    }
    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

fn check_scenario(twin: &Twin, names: &StreetNames, scenario: &Scenario, findings: &mut Findings) {
    let mut at = At { scenario, prefix: String::new(), findings };
    if let (Some(from), Some(to)) = (scenario.from, scenario.to)
        && to < from
    {
        let finding = at
            .error("dates-reversed", "to", format!("the scenario ends ({to}) before it begins ({from})"))
            .with_help("exchange from and to");
        at.push(finding);
    }
    if !scenario.switched_off.is_empty() {
        let n = scenario.switched_off.len();
        let message = format!("measures that are switched off (active = false) and not computed: {n}");
        let finding = at.note("switched-off", "", message);
        at.push(finding);
    }
    for name in scenario.expect.keys() {
        if !criteria::TABLE.iter().any(|criterion| criterion.name == name) {
            let near = nearest(name, criteria::TABLE.iter().map(|criterion| criterion.name));
            let mut finding =
                at.error("unknown-criterion", &format!("expect.{name}"), format!("there is no criterion \"{name}\""));
            finding.help = did_you_mean(&near).or_else(|| {
                let all: Vec<_> = criteria::TABLE.iter().map(|criterion| criterion.name).collect();
                Some(format!("known are: {}", all.join(", ")))
            });
            at.push(finding);
        }
    }
    for (index, outage) in scenario.outages.iter().enumerate() {
        check_isolation(twin, index, outage, &mut at);
        let field = format!("outage[{index}].asset");
        let supplied = crate::power::has_asset(twin, &outage.asset)
            || crate::gas::has_asset(twin, &outage.asset)
            || crate::heat::has_asset(twin, &outage.asset)
            || crate::water::has_asset(twin, &outage.asset);
        if supplied {
            continue;
        }
        if has_asset(twin, outage.asset.as_str()) {
            let finding = at.warning(
                "outage-not-computed",
                &field,
                format!("the outage of \"{}\" is recorded, but supply networks are not computed yet", outage.asset),
            );
            at.push(finding);
        } else {
            let finding = at
                .error("unknown-asset", &field, format!("there is no asset \"{}\" in the twin", outage.asset))
                .with_help("keys look like water_pipe/P-12; `stadtwin query` lists the assets around a place");
            at.push(finding);
        }
    }
    type Has = fn(&Twin, &Key) -> bool;
    let networks: [(&str, &[Key], Has); 3] = [
        ("water", &scenario.water.closed, crate::water::has_asset),
        ("gas", &scenario.gas.closed, crate::gas::has_asset),
        ("heat", &scenario.heat.closed, crate::heat::has_asset),
    ];
    for (network, closed, has) in networks {
        for (index, key) in closed.iter().enumerate().filter(|(_, key)| !has(twin, key)) {
            let message = format!("there is no \"{key}\" in the {network} network of the twin");
            let finding = at.error("unknown-asset", &format!("{network}.closed[{index}]"), message);
            at.push(finding);
        }
    }
    for (index, asked) in scenario.questions.select.iter().enumerate() {
        if crate::questions::sections(twin, names, asked).is_empty() {
            let field = format!("query.select[{index}]");
            let mut finding =
                at.error("unknown-street", &field, format!("there is no street or key \"{asked}\" in the twin"));
            finding.help = did_you_mean(&names.nearest(asked));
            at.push(finding);
        }
    }
    for &hour in &scenario.traffic.hours {
        if hour > 23 {
            let finding =
                at.error("impossible-hour", "traffic.hours", format!("there is no hour {hour}; hours are 0 to 23"));
            at.push(finding);
        }
    }
    if !(scenario.demand_factor.is_finite() && scenario.demand_factor >= 0.0) {
        let finding = at.error(
            "impossible-factor",
            "demand_factor",
            format!("the factor on demand is {}; it must be 0 or greater", scenario.demand_factor),
        );
        at.push(finding);
    }
}

/// Whether what an outage says of valves can be meant.
fn check_isolation(twin: &Twin, index: usize, outage: &Outage, at: &mut At) {
    let in_pipes = |key: &Key| {
        crate::water::has_asset(twin, key) || crate::gas::has_asset(twin, key) || crate::heat::has_asset(twin, key)
    };
    if outage.isolate && !in_pipes(&outage.asset) {
        let message = format!(
            "\"{}\" belongs to no water, gas or heat network: it is out by itself, not by valves",
            outage.asset
        );
        let finding = at.warning("isolation-not-of-pipes", &format!("outage[{index}].isolate"), message);
        at.push(finding);
    }
    if !outage.stuck.is_empty() && !outage.isolate {
        let message = "stuck valves matter only where the outage is shut off by valves".to_owned();
        let finding = at
            .warning("stuck-without-isolate", &format!("outage[{index}].stuck"), message)
            .with_help("write isolate = true");
        at.push(finding);
    }
    for (number, key) in outage.stuck.iter().enumerate().filter(|(_, key)| !in_pipes(key)) {
        let field = format!("outage[{index}].stuck[{number}]");
        let finding = at
            .error("unknown-asset", &field, format!("there is no valve \"{key}\" in the twin"))
            .with_help("keys look like water_valve/V-3; `stadtwin query` lists the assets around a place");
        at.push(finding);
    }
}

fn has_asset(twin: &Twin, key: &str) -> bool {
    twin.water.nodes().any(|(_, node)| node.key.as_str() == key)
        || twin.water.links().any(|(_, link)| link.key.as_str() == key)
        || twin.gas.nodes().any(|(_, node)| node.key.as_str() == key)
        || twin.gas.links().any(|(_, link)| link.key.as_str() == key)
        || twin.heat.nodes().any(|(_, node)| node.key.as_str() == key)
        || twin.heat.links().any(|(_, link)| link.key.as_str() == key)
        || twin.sewer.nodes().any(|(_, node)| node.key.as_str() == key)
        || twin.sewer.links().any(|(_, link)| link.key.as_str() == key)
        || twin.power.nodes().any(|(_, node)| node.key.as_str() == key)
        || twin.power.links().any(|(_, link)| link.key.as_str() == key)
        || twin.assets.rows().iter().any(|asset| asset.key.as_str() == key)
}

fn check_times(closure: &Closure, at: &mut At) {
    let from = closure.from.or(at.scenario.from);
    let to = closure.to.or(at.scenario.to);
    let own = closure.from.is_some() || closure.to.is_some();
    if let (true, Some(from), Some(to)) = (own, from, to)
        && to < from
    {
        let field = if closure.to.is_some() { "to" } else { "from" };
        let finding = at
            .error("dates-reversed", field, format!("the closure ends ({to}) before it begins ({from})"))
            .with_help("exchange from and to");
        at.push(finding);
    }
    let hours = &at.scenario.traffic.hours;
    if let Some((begin, end)) = closure.hours
        && !hours.is_empty()
        && !hours.iter().any(|&hour| holds_at(closure, hour))
    {
        let listed: Vec<String> = hours.iter().map(u8::to_string).collect();
        let (begins, ends, listed) = (begin.strftime("%H:%M"), end.strftime("%H:%M"), listed.join(", "));
        let message = if at.scenario.traffic.day {
            format!(
                "the closure holds from {begins} to {ends}, but the hours are {listed} only: it changes the volumes of the day, not theirs"
            )
        } else {
            format!(
                "the closure holds from {begins} to {ends}, but traffic is computed for hour {listed} only: it changes no volume"
            )
        };
        let finding = at
            .warning("closure-not-at-computed-hours", "hours", message)
            .with_help(format!("compute another hour: --set traffic.hours=[{}]", begin.hour()));
        at.push(finding);
    }
}

/// Whether a closure holds in any part of an hour of the day.
#[must_use]
pub fn holds_at(closure: &Closure, hour: u8) -> bool {
    holds_between(closure, 60.0 * f64::from(hour), 60.0 * f64::from(hour) + 60.0)
}

/// Whether a closure holds in any part of a time of day, given in minutes from midnight.
pub(crate) fn holds_between(closure: &Closure, low: f64, high: f64) -> bool {
    let Some((begin, end)) = closure.hours else { return true };
    let minutes = |time: twin::jiff::civil::Time| {
        f64::from(time.hour()) * 60.0 + f64::from(time.minute()) + f64::from(time.second()) / 60.0
    };
    let (begin, end) = (minutes(begin), minutes(end));
    if begin < end {
        begin < high && end > low
    } else {
        // Over midnight; equal times are the whole day.
        begin < high || end > low
    }
}

fn resolve_closure(twin: &Twin, names: &StreetNames, closure: &Closure, at: &mut At) -> Option<ResolvedClosure> {
    let target = target::find(twin, names, &closure.target, at);
    let range =
        work_site(closure, target.as_ref().map(|target| (target.chain.length_m, target.street.as_deref())), at)?;
    let target = target?;
    let (parts, length_m) = match range {
        // Traffic alternates along one way through; what leaves it is not held up.
        Range::Whole if target.stretch || closure.kind == ClosureKind::Half => {
            (target.chain.without_stubs(), target.chain.length_m)
        }
        Range::Whole => (target.chain.whole(twin), target.chain.length_m),
        Range::Metres(from_m, to_m) => (target.chain.between(from_m, to_m), to_m - from_m),
    };
    let sections = effect::sections(twin, closure, &parts, at)?;
    Some(ResolvedClosure { street: target.street, sections, length_m })
}

enum Range {
    Whole,
    Metres(f64, f64),
}

/// The metres of the work site along the chain.
fn work_site(closure: &Closure, chain: Option<(f64, Option<&str>)>, at: &mut At) -> Option<Range> {
    let given = [("length_m", closure.length_m), ("from_m", closure.from_m), ("to_m", closure.to_m)];
    let mut fine = true;
    for (field, value) in given {
        if let Some(value) = value
            && (!value.is_finite() || value < 0.0 || (field == "length_m" && value == 0.0))
        {
            let finding =
                at.error("impossible-length", field, format!("{field} is {value}; it must be a length in metres"));
            at.push(finding);
            fine = false;
        }
    }
    let (chain_m, street) = chain?;
    if !fine {
        return None;
    }
    let street = street.map_or_else(|| "the section".to_owned(), |name| format!("\"{name}\""));
    let range = match (closure.from_m, closure.to_m, closure.length_m) {
        (None, None, None) => return Some(Range::Whole),
        (None, None, Some(length_m)) => (0.5 * (chain_m - length_m), 0.5 * (chain_m + length_m)),
        (Some(from_m), None, Some(length_m)) => (from_m, from_m + length_m),
        (None, Some(to_m), Some(length_m)) => (to_m - length_m, to_m),
        (from_m, to_m, None) => (from_m.unwrap_or(0.0), to_m.unwrap_or(chain_m)),
        (Some(from_m), Some(to_m), Some(length_m)) => {
            if (to_m - from_m - length_m).abs() > 1.0 {
                let finding = at
                    .error(
                        "lengths-contradict",
                        "length_m",
                        format!("from {from_m} m to {to_m} m are {} m, not {length_m} m", to_m - from_m),
                    )
                    .with_help("give two of from_m, to_m and length_m");
                at.push(finding);
                return None;
            }
            (from_m, to_m)
        }
    };
    // A metre of tolerance: people read lengths off a map.
    let too_long = closure.length_m.filter(|&length_m| length_m > chain_m + 1.0);
    if let Some(length_m) = too_long {
        let finding = at
            .error(
                "closure-longer-than-street",
                "length_m",
                format!("the work site is {length_m:.0} m long, but {street} has only {chain_m:.0} m there"),
            )
            .with_help(format!(
                "give a length up to {:.0} m, or leave length_m out to close all of it",
                chain_m.floor()
            ));
        at.push(finding);
        return None;
    }
    let (from_m, to_m) = range;
    if from_m < -1.0 || to_m > chain_m + 1.0 || from_m >= chain_m {
        let field = if closure.to_m.is_some_and(|to_m| to_m > chain_m + 1.0) { "to_m" } else { "from_m" };
        let finding = at.error(
            "work-site-outside-street",
            field,
            format!("the work site lies from {from_m:.0} m to {to_m:.0} m, but {street} is {chain_m:.0} m long there"),
        );
        at.push(finding);
        return None;
    }
    if from_m >= to_m {
        let finding = at
            .error(
                "work-site-reversed",
                "to_m",
                format!("the work site ends ({to_m:.0} m) before it begins ({from_m:.0} m)"),
            )
            .with_help("exchange from_m and to_m");
        at.push(finding);
        return None;
    }
    Some(Range::Metres(from_m.max(0.0), to_m.min(chain_m)))
}

/// Whether the kind of closure leaves one lane for alternating traffic.
pub(crate) const fn may_alternate(kind: ClosureKind) -> bool {
    matches!(kind, ClosureKind::Half)
}

#[cfg(test)]
mod tests;
