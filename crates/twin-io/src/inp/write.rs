//! Writing an EPANET file: in the units of the source, with everything that was carried.

use std::{collections::BTreeSet, fmt::Write as _};

use twin::{
    Key,
    geo_types::Coord,
    utility::{ValveKind, ValveState, WaterLink, WaterLinkKind, WaterNetwork, WaterNode, WaterNodeKind},
    water::{
        CUBIC_FOOT_M3, ControlCondition, FOOT_M, FlowUnits, HeadLossFormula, LinkAction, LinkQuantity, NodeQuantity,
        RuleSubject, RuleValue, WaterCurveKind, WaterOperation,
    },
};

use super::{Model, options::Scale, read::id_of, text::shortened};

/// The text of a model, in the units of its source.
///
/// A gate valve becomes a throttle valve without loss, the simple pressure-reducing valve a PRV, a hydrant a junction
/// without demand, a pump with a design point a pump with a curve of one point: so EPANET computes the same.
#[must_use]
pub fn write(model: &Model) -> String {
    let operation = &model.operation;
    let writer = Writer::new(&model.network, operation, Scale::of(&operation.settings));
    let mut out = String::new();
    for (name, lines) in writer.network_sections().into_iter().chain(writer.operation_sections()) {
        if lines.is_empty() {
            continue;
        }
        let _ = writeln!(out, "[{name}]");
        for line in lines {
            let _ = writeln!(out, "{line}");
        }
        out.push('\n');
    }
    out.push_str("[END]\n");
    out
}

/// The operation in SI units, as section and line.
pub(super) fn operation_lines(network: &WaterNetwork, operation: &WaterOperation) -> Vec<(String, String)> {
    let writer = Writer::new(network, operation, Scale::SI);
    let mut lines = Vec::new();
    for (name, section) in writer.operation_sections() {
        lines.extend(section.into_iter().map(|line| (name.to_owned(), line)));
    }
    lines
}

struct Writer<'a> {
    network: &'a WaterNetwork,
    operation: &'a WaterOperation,
    scale: Scale,
    /// Names that several nodes, or several links, have without the name of their layer.
    ambiguous: BTreeSet<&'a str>,
}

type Section = (String, Vec<String>);

impl<'a> Writer<'a> {
    fn new(network: &'a WaterNetwork, operation: &'a WaterOperation, scale: Scale) -> Self {
        let mut ambiguous = BTreeSet::new();
        let mut seen = BTreeSet::new();
        ambiguous.extend(network.nodes().map(|(_, node)| id_of(&node.key)).filter(|id| !seen.insert(*id)));
        seen.clear();
        ambiguous.extend(network.links().map(|(_, link)| id_of(&link.key)).filter(|id| !seen.insert(*id)));
        Self { network, operation, scale, ambiguous }
    }

    /// The name of a node or link in the file: its key without the layer, or all of it where that is not enough.
    fn id(&self, key: &Key) -> String {
        let id = id_of(key);
        self.name(if self.scale.own || self.ambiguous.contains(id) { key.as_str() } else { id })
    }

    /// A name; in a file for EPANET one that it takes.
    fn name(&self, name: &str) -> String {
        if self.scale.own { quoted(name) } else { quoted(&shortened(name)) }
    }

    /// A number of this SI value in units of `unit`; at most 13 digits, so that conversions leave no dust.
    fn number(&self, si: f64, unit: f64) -> String {
        if self.scale.own {
            return si.to_string();
        }
        let rounded: f64 = format!("{:.12e}", si / unit).parse().unwrap_or(si / unit);
        (rounded + 0.0).to_string()
    }

    fn flow(&self, si: f64) -> String {
        self.number(si, self.scale.flow_m3_s)
    }

    fn length(&self, si: f64) -> String {
        self.number(si, self.scale.length_m)
    }

    fn network_sections(&self) -> Vec<Section> {
        let mut junctions = Vec::new();
        let mut reservoirs = Vec::new();
        let mut tanks = Vec::new();
        let mut demands = Vec::new();
        let mut emitters = Vec::new();
        let mut coordinates = Vec::new();
        for (_, node) in self.network.nodes() {
            let id = self.id(&node.key);
            self.node(node, &id, &mut junctions, &mut reservoirs, &mut tanks, &mut demands);
            if node.detail.emitter_m3_s > 0.0 {
                let unit = self.scale.flow_m3_s / self.scale.emitter_m.powf(self.operation.settings.emitter_exponent);
                emitters.push(format!("{id}\t{}", self.number(node.detail.emitter_m3_s, unit)));
            }
            if node.position != Coord::zero() {
                coordinates.push(format!("{id}\t{}\t{}", node.position.x, node.position.y));
            }
        }
        let (mut pipes, mut pumps, mut valves) = (Vec::new(), Vec::new(), Vec::new());
        let (mut status, mut vertices) = (Vec::new(), Vec::new());
        for (at, link) in self.network.links() {
            let (from, to) = self.network.ends(at);
            let ends = format!(
                "{}\t{}\t{}",
                self.id(&link.key),
                self.id(&self.network[from].key),
                self.id(&self.network[to].key)
            );
            self.link(link, &ends, &mut pipes, &mut pumps, &mut valves, &mut status);
            let inner = link.geometry.0.len().saturating_sub(1).max(1);
            for vertex in link.geometry.0.get(1..inner).unwrap_or_default() {
                vertices.push(format!("{}\t{}\t{}", self.id(&link.key), vertex.x, vertex.y));
            }
        }
        [
            ("JUNCTIONS", junctions),
            ("RESERVOIRS", reservoirs),
            ("TANKS", tanks),
            ("PIPES", pipes),
            ("PUMPS", pumps),
            ("VALVES", valves),
            ("DEMANDS", demands),
            ("EMITTERS", emitters),
            ("STATUS", status),
            ("COORDINATES", coordinates),
            ("VERTICES", vertices),
        ]
        .map(|(name, lines)| (name.to_owned(), lines))
        .into()
    }

    fn node(
        &self,
        node: &WaterNode,
        id: &str,
        junctions: &mut Vec<String>,
        reservoirs: &mut Vec<String>,
        tanks: &mut Vec<String>,
        demands: &mut Vec<String>,
    ) {
        let detail = &node.detail;
        let pattern = |pattern: &Option<String>| {
            pattern.as_deref().map_or_else(String::new, |name| format!("\t{}", self.name(name)))
        };
        match node.kind {
            WaterNodeKind::Junction { base_demand_m3_s } => {
                let elevation = self.length(node.elevation_m);
                junctions.push(format!(
                    "{id}\t{elevation}\t{}{}",
                    self.flow(base_demand_m3_s),
                    pattern(&detail.pattern)
                ));
                if detail.further_demands.is_empty() && detail.category.is_none() {
                    return;
                }
                let mut demand = |base: f64, of: &Option<String>, category: &Option<String>| {
                    let category = category.as_deref().map_or_else(String::new, |name| format!("\t;{name}"));
                    demands.push(format!("{id}\t{}{}{category}", self.flow(base), pattern(of)));
                };
                demand(base_demand_m3_s, &detail.pattern, &detail.category);
                for further in &detail.further_demands {
                    demand(further.base_m3_s, &further.pattern, &further.category);
                }
            }
            WaterNodeKind::Hydrant => junctions.push(format!("{id}\t{}\t0", self.length(node.elevation_m))),
            WaterNodeKind::Reservoir { head_m } => {
                reservoirs.push(format!("{id}\t{}{}", self.length(head_m), pattern(&detail.pattern)));
            }
            WaterNodeKind::Tank { initial_level_m, min_level_m, max_level_m, diameter_m } => {
                let curve = detail.volume_curve.as_deref().map_or_else(|| "*".to_owned(), |name| self.name(name));
                tanks.push(format!(
                    "{id}\t{}\t{}\t{}\t{}\t{}\t{}\t{curve}\t{}",
                    self.length(node.elevation_m),
                    self.length(initial_level_m),
                    self.length(min_level_m),
                    self.length(max_level_m),
                    self.length(diameter_m),
                    self.number(detail.min_volume_m3, self.scale.volume_m3),
                    if detail.overflow { "YES" } else { "NO" },
                ));
            }
        }
    }

    fn link(
        &self,
        link: &WaterLink,
        ends: &str,
        pipes: &mut Vec<String>,
        pumps: &mut Vec<String>,
        valves: &mut Vec<String>,
        status: &mut Vec<String>,
    ) {
        let detail = &link.detail;
        let id = self.id(&link.key);
        let diameter = |diameter_m: f64| self.number(diameter_m, self.scale.diameter_m);
        let curve = detail.curve.as_deref().map(|name| self.name(name));
        match link.kind {
            WaterLinkKind::Pipe { length_m, diameter_m, roughness, open } => {
                let unit = if self.operation.settings.formula == HeadLossFormula::DarcyWeisbach {
                    self.scale.roughness_mm
                } else {
                    1.0
                };
                let state = match (detail.check_valve, open) {
                    (true, _) => "CV",
                    (false, true) => "OPEN",
                    (false, false) => "CLOSED",
                };
                pipes.push(format!(
                    "{ends}\t{}\t{}\t{}\t{}\t{state}",
                    self.length(length_m),
                    diameter(diameter_m),
                    self.number(roughness, unit),
                    detail.minor_loss,
                ));
            }
            WaterLinkKind::Pump { design_flow_m3_s, power_w, on, .. } => {
                let mut line = ends.to_owned();
                match curve {
                    Some(curve) => line += &format!("\tHEAD {curve}"),
                    None if design_flow_m3_s > 0.0 => {
                        line += &format!("\tHEAD {}", self.name(&design_curve(&link.key)))
                    }
                    None => line += &format!("\tPOWER {}", self.number(power_w, self.scale.power_w)),
                }
                if let Some(speed) = detail.speed.filter(|_| on) {
                    line += &format!("\tSPEED {speed}");
                }
                if let Some(pattern) = &detail.pattern {
                    line += &format!("\tPATTERN {}", self.name(pattern));
                }
                pumps.push(line);
                if !on {
                    status.push(format!("{id}\tCLOSED"));
                }
            }
            WaterLinkKind::Valve { diameter_m, open } => {
                valves.push(format!("{ends}\t{}\tTCV\t0\t{}", diameter(diameter_m), detail.minor_loss));
                status.push(format!("{id}\t{}", if open { "OPEN" } else { "CLOSED" }));
            }
            WaterLinkKind::PressureReducer { diameter_m, setting_m } => valves.push(format!(
                "{ends}\t{}\tPRV\t{}\t{}",
                diameter(diameter_m),
                self.number(setting_m, self.scale.pressure_m),
                detail.minor_loss
            )),
            WaterLinkKind::ControlValve { valve, diameter_m, setting, state } => {
                let shown = if valve == ValveKind::Gpv {
                    curve.clone().unwrap_or_else(|| "*".to_owned())
                } else {
                    self.number(setting, self.setting_unit(valve))
                };
                let kind = valve.name().to_uppercase();
                let mut line = format!("{ends}\t{}\t{kind}\t{shown}\t{}", diameter(diameter_m), detail.minor_loss);
                if let (ValveKind::Pcv, Some(curve)) = (valve, curve) {
                    line += &format!("\t{curve}");
                }
                valves.push(line);
                match state {
                    ValveState::Open if valve != ValveKind::Gpv => status.push(format!("{id}\tOPEN")),
                    ValveState::Closed => status.push(format!("{id}\tCLOSED")),
                    _ => {}
                }
            }
        }
    }

    fn setting_unit(&self, valve: ValveKind) -> f64 {
        match valve {
            ValveKind::Prv | ValveKind::Psv | ValveKind::Pbv => self.scale.pressure_m,
            ValveKind::Fcv => self.scale.flow_m3_s,
            _ => 1.0,
        }
    }

    /// Everything but nodes and links.
    fn operation_sections(&self) -> Vec<Section> {
        let operation = self.operation;
        let carried = |name: &str| -> Vec<String> {
            operation.carried.iter().filter(|line| line.section == name).map(|line| line.line.clone()).collect()
        };
        let mut sections: Vec<Section> = vec![("TITLE".to_owned(), operation.title.clone())];
        let patterns = operation.patterns.iter().flat_map(|pattern| {
            pattern.multipliers.chunks(6).map(move |chunk| {
                let numbers: Vec<String> = chunk.iter().map(f64::to_string).collect();
                format!("{}\t{}", self.name(&pattern.name), numbers.join("\t"))
            })
        });
        sections.push(("PATTERNS".to_owned(), patterns.collect()));
        sections.push(("CURVES".to_owned(), self.curves()));
        sections.push(("CONTROLS".to_owned(), self.controls()));
        sections.push(("RULES".to_owned(), self.rules()));
        let (options, times) = (self.options(), self.times());
        if self.scale.own {
            sections.extend([("OPTIONS".to_owned(), options), ("TIMES".to_owned(), times)]);
            sections.extend(
                operation.carried.iter().map(|line| (format!("CARRIED {}", line.section), vec![line.line.clone()])),
            );
        } else {
            sections.push(("OPTIONS".to_owned(), [options, carried("OPTIONS")].concat()));
            sections.push(("TIMES".to_owned(), [times, carried("TIMES")].concat()));
            let mut names: Vec<&str> = operation.carried.iter().map(|line| line.section.as_str()).collect();
            names.dedup();
            for name in names.into_iter().filter(|name| !["OPTIONS", "TIMES"].contains(name)) {
                sections.push((name.to_owned(), carried(name)));
            }
        }
        sections
    }

    fn curves(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for curve in &self.operation.curves {
            let [x, y] = match curve.kind {
                WaterCurveKind::Pump | WaterCurveKind::HeadLoss => [self.scale.flow_m3_s, self.scale.length_m],
                WaterCurveKind::Efficiency => [self.scale.flow_m3_s, 1.0],
                WaterCurveKind::Volume => [self.scale.length_m, self.scale.volume_m3],
                WaterCurveKind::Valve | WaterCurveKind::Unused => [1.0, 1.0],
            };
            let kind = if self.scale.own { format!("\t{}", curve.kind.name()) } else { String::new() };
            for point in &curve.points {
                let (x, y) = (self.number(point[0], x), self.number(point[1], y));
                lines.push(format!("{}\t{x}\t{y}{kind}", self.name(&curve.name)));
            }
        }
        if !self.scale.own {
            for (_, link) in self.network.links() {
                if let WaterLinkKind::Pump { design_flow_m3_s, design_head_m, .. } = link.kind
                    && link.detail.curve.is_none()
                    && design_flow_m3_s > 0.0
                {
                    let (x, y) = (self.flow(design_flow_m3_s), self.length(design_head_m));
                    lines.push(format!("{}\t{x}\t{y}", self.name(&design_curve(&link.key))));
                }
            }
        }
        lines
    }

    /// Value and unit of what is done to a link.
    fn action(&self, link: &Key, action: LinkAction) -> String {
        let kind = self.network.links().find(|(_, known)| known.key == *link).map(|(_, link)| link.kind);
        match action {
            LinkAction::Open => "OPEN".to_owned(),
            LinkAction::Close => "CLOSED".to_owned(),
            LinkAction::Set(value) => {
                let unit = match kind {
                    Some(WaterLinkKind::ControlValve { valve, .. }) => self.setting_unit(valve),
                    Some(WaterLinkKind::PressureReducer { .. }) => self.scale.pressure_m,
                    _ => 1.0,
                };
                self.number(value, unit)
            }
        }
    }

    fn is_junction(&self, key: &Key) -> bool {
        self.network.nodes().any(|(_, node)| {
            node.key == *key && matches!(node.kind, WaterNodeKind::Junction { .. } | WaterNodeKind::Hydrant)
        })
    }

    fn controls(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for control in &self.operation.controls {
            let value = |node: &Key, value_m: f64| {
                let unit = if self.is_junction(node) { self.scale.pressure_m } else { self.scale.length_m };
                self.number(value_m, unit)
            };
            let when = match &control.when {
                ControlCondition::Below { node, value_m } => {
                    format!("IF NODE {} BELOW {}", self.id(node), value(node, *value_m))
                }
                ControlCondition::Above { node, value_m } => {
                    format!("IF NODE {} ABOVE {}", self.id(node), value(node, *value_m))
                }
                ControlCondition::Time { time_s } => format!("AT TIME {}", self.time(*time_s)),
                ControlCondition::ClockTime { time_s } => format!("AT CLOCKTIME {}", self.time(*time_s)),
            };
            let disabled = if control.enabled { "" } else { " DISABLED" };
            let action = self.action(&control.link, control.action);
            lines.push(format!("LINK {} {action} {when}{disabled}", self.id(&control.link)));
        }
        lines
    }

    /// A time that reads back as the same second.
    fn time(&self, time_s: u64) -> String {
        if self.scale.own || time_s.is_multiple_of(3600) {
            let (minutes, seconds) = (time_s / 60, time_s % 60);
            return format!("{}:{:02}:{seconds:02}", minutes / 60, minutes % 60);
        }
        // EPANET cuts off what is not a whole second: half a second more keeps it.
        format!("{}", (time_s as f64 + 0.5) / 3600.0)
    }

    fn rules(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for rule in &self.operation.rules {
            lines.push(format!("RULE {}", self.name(&rule.name)));
            for (index, premise) in rule.premises.iter().enumerate() {
                let word = match (index, premise.or) {
                    (0, _) => "IF",
                    (_, true) => "OR",
                    (_, false) => "AND",
                };
                let (subject, unit) = self.subject(&premise.subject);
                let value = match premise.value {
                    RuleValue::Open => "OPEN".to_owned(),
                    RuleValue::Closed => "CLOSED".to_owned(),
                    RuleValue::Active => "ACTIVE".to_owned(),
                    RuleValue::Number(time_s)
                        if matches!(premise.subject, RuleSubject::Time | RuleSubject::ClockTime) =>
                    {
                        self.time(time_s as u64)
                    }
                    RuleValue::Number(value) => self.number(value, unit),
                };
                lines.push(format!("{word} {subject} {} {value}", premise.relation.name()));
            }
            for (word, actions) in [("THEN", &rule.then), ("ELSE", &rule.otherwise)] {
                for (index, action) in actions.iter().enumerate() {
                    let word = if index == 0 { word } else { "AND" };
                    let quantity = if matches!(action.action, LinkAction::Set(_)) { "SETTING" } else { "STATUS" };
                    let value = self.action(&action.link, action.action);
                    lines.push(format!("{word} LINK {} {quantity} IS {value}", self.id(&action.link)));
                }
            }
            if rule.priority != 0.0 {
                lines.push(format!("PRIORITY {}", rule.priority));
            }
            if !rule.enabled {
                lines.push("DISABLED".to_owned());
            }
        }
        lines
    }

    fn subject(&self, subject: &RuleSubject) -> (String, f64) {
        match subject {
            RuleSubject::SystemDemand => ("SYSTEM DEMAND".to_owned(), self.scale.flow_m3_s),
            RuleSubject::Time => ("SYSTEM TIME".to_owned(), 1.0),
            RuleSubject::ClockTime => ("SYSTEM CLOCKTIME".to_owned(), 1.0),
            RuleSubject::Node(key, quantity) => {
                let unit = match quantity {
                    NodeQuantity::Demand => self.scale.flow_m3_s,
                    NodeQuantity::Head | NodeQuantity::Level => self.scale.length_m,
                    NodeQuantity::Pressure => self.scale.pressure_m,
                    NodeQuantity::FillTime | NodeQuantity::DrainTime => 3600.0,
                };
                (format!("NODE {} {}", self.id(key), quantity.name()), unit)
            }
            RuleSubject::Link(key, quantity) => {
                let unit = match quantity {
                    LinkQuantity::Flow => self.scale.flow_m3_s,
                    LinkQuantity::Status => 1.0,
                    LinkQuantity::Setting => {
                        self.network.links().find(|(_, link)| link.key == *key).map_or(1.0, |(_, link)| {
                            match link.kind {
                                WaterLinkKind::ControlValve { valve, .. } => self.setting_unit(valve),
                                WaterLinkKind::PressureReducer { .. } => self.scale.pressure_m,
                                _ => 1.0,
                            }
                        })
                    }
                };
                (format!("LINK {} {}", self.id(key), quantity.name()), unit)
            }
        }
    }

    fn options(&self) -> Vec<String> {
        let settings = &self.operation.settings;
        let (foot_m, cubic_foot_m3) = if self.scale.own { (1.0, 1.0) } else { (FOOT_M, CUBIC_FOOT_M3) };
        let formula = match settings.formula {
            HeadLossFormula::HazenWilliams => "H-W",
            HeadLossFormula::DarcyWeisbach => "D-W",
            HeadLossFormula::ChezyManning => "C-M",
        };
        let viscosity = if self.scale.own {
            settings.viscosity_m2_s.to_string()
        } else {
            // As a multiple of water's at 20 °C, unless that is too small to be told from the viscosity itself.
            let multiple = settings.viscosity_m2_s / (1.1e-5 * FOOT_M * FOOT_M);
            if multiple > 1e-3 {
                self.number(multiple, 1.0)
            } else {
                (multiple * 1.1e-5 * self.area_unit()).to_string()
            }
        };
        let mut lines = vec![
            format!("UNITS\t{}", settings.flow_units.name()),
            format!("PRESSURE\t{}", settings.pressure_units.name()),
            format!("HEADLOSS\t{formula}"),
            format!("SPECIFIC GRAVITY\t{}", settings.specific_gravity),
            format!("VISCOSITY\t{viscosity}"),
            format!("TRIALS\t{}", settings.max_iterations),
            format!("ACCURACY\t{}", settings.accuracy),
            format!("HEADERROR\t{}", self.length(settings.head_error_m)),
            format!("FLOWCHANGE\t{}", self.flow(settings.flow_change_m3_s)),
            format!("CHECKFREQ\t{}", settings.check_frequency),
            format!("MAXCHECK\t{}", settings.max_check),
            format!("DAMPLIMIT\t{}", settings.damping_limit),
            settings
                .extra_iterations
                .map_or_else(|| "UNBALANCED\tSTOP".to_owned(), |n| format!("UNBALANCED\tCONTINUE {n}")),
            format!("DEMAND MULTIPLIER\t{}", settings.demand_multiplier),
            format!("EMITTER EXPONENT\t{}", settings.emitter_exponent),
            format!("BACKFLOW ALLOWED\t{}", if settings.emitter_backflow { "YES" } else { "NO" }),
            format!("DEMAND MODEL\t{}", settings.demand_model.name().to_uppercase()),
        ];
        let defaults = twin::water::WaterSettings::default();
        let tolerances = [
            ("HTOL", settings.head_tolerance_m, defaults.head_tolerance_m, foot_m),
            ("QTOL", settings.flow_tolerance_m3_s, defaults.flow_tolerance_m3_s, cubic_foot_m3),
            ("RQTOL", settings.least_gradient_s_m2, defaults.least_gradient_s_m2, foot_m / cubic_foot_m3),
        ];
        for (name, value, default, unit) in tolerances {
            if value != default {
                lines.push(format!("{name}\t{}", self.number(value, unit)));
            }
        }
        let pressure = |value_m: f64| self.number(value_m, self.scale.pressure_m);
        if let Some(required_m) = settings.required_pressure_m {
            lines.push(format!("REQUIRED PRESSURE\t{}", pressure(required_m)));
        }
        if settings.minimum_pressure_m != 0.0 {
            lines.push(format!("MINIMUM PRESSURE\t{}", pressure(settings.minimum_pressure_m)));
        }
        lines.push(format!("PRESSURE EXPONENT\t{}", settings.pressure_exponent));
        if let Some(pattern) = &settings.default_pattern {
            lines.push(format!("PATTERN\t{}", self.name(pattern)));
        } else if !self.scale.own && self.operation.pattern("1").is_some() {
            // EPANET would take the pattern called 1.
            lines.push("PATTERN\t-none-".to_owned());
        }
        lines
    }

    fn area_unit(&self) -> f64 {
        if self.operation.settings.flow_units == FlowUnits::Cfs || self.scale.length_m != 1.0 {
            1.0
        } else {
            FOOT_M * FOOT_M
        }
    }

    fn times(&self) -> Vec<String> {
        let settings = &self.operation.settings;
        let clock = |seconds: u64| format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
        vec![
            format!("DURATION\t{}", clock(settings.duration_s)),
            format!("HYDRAULIC TIMESTEP\t{}", clock(settings.hydraulic_step_s)),
            format!("PATTERN TIMESTEP\t{}", clock(settings.pattern_step_s)),
            format!("PATTERN START\t{}", clock(settings.pattern_start_s)),
            format!("REPORT TIMESTEP\t{}", clock(settings.report_step_s)),
            format!("REPORT START\t{}", clock(settings.report_start_s)),
            format!("RULE TIMESTEP\t{}", clock(settings.rule_step_s)),
            format!("START CLOCKTIME\t{}", clock(settings.start_clock_s)),
        ]
    }
}

fn design_curve(pump: &Key) -> String {
    format!("{}~design", id_of(pump))
}

/// A name; in quotes where it holds a blank.
fn quoted(name: &str) -> String {
    if name.is_empty() || name.contains(char::is_whitespace) { format!("\"{name}\"") } else { name.to_owned() }
}
