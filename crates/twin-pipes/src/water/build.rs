//! Compiling a network: names resolved, quantities as the solver needs them.

use std::collections::BTreeMap;

use twin::{
    Finding, Findings, Id,
    utility::{ValveKind, ValveState, WaterLinkKind, WaterNetwork, WaterNode, WaterNodeKind},
    water::{CUBIC_FOOT_M3, FOOT_M, HeadLossFormula, WaterCurve, WaterOperation, WaterSettings},
};

use super::{
    net::{Demand, Kind, NONE, Net, Pipe, Pump, PumpLaw, SMALL_S_M2, Source, Tank, ZERO_FLOW_M3_S},
    operate,
    pipes::Block,
    state::{State, barred, search_isolated},
};
use crate::sparse::Symbolic;

/// Factor of minor losses: h = 0.02517 K q²/d⁴ in feet and cubic feet per second, s²/m.
const MINOR_S2_M: f64 = 0.02517 / FOOT_M;

/// A network on its way.
pub(super) struct Builder<'a> {
    network: &'a WaterNetwork,
    operation: &'a WaterOperation,
    patterns: BTreeMap<&'a str, u32>,
    findings: Findings,
    net: Net,
}

impl<'a> Builder<'a> {
    pub(super) fn new(network: &'a WaterNetwork, operation: &'a WaterOperation) -> Self {
        let settings = sane(&operation.settings);
        let exponent = if settings.formula == HeadLossFormula::HazenWilliams { 1.852 } else { 2.0 };
        let patterns =
            operation.patterns.iter().zip(0..).map(|(pattern, index)| (pattern.name.as_str(), index)).collect();
        let n_links = network.n_links();
        let net = Net {
            settings,
            row: Vec::with_capacity(network.n_nodes()),
            node_of_row: Vec::new(),
            n_unknown: 0,
            row_from: Vec::new(),
            row_to: Vec::new(),
            pipes: Vec::new(),
            conductance: Vec::new(),
            blocks: Vec::new(),
            others: Vec::new(),
            at_sources: Vec::new(),
            elevation_m: Vec::with_capacity(network.n_nodes()),
            from: Vec::with_capacity(n_links),
            to: Vec::with_capacity(n_links),
            kind: Vec::with_capacity(n_links),
            resistance: Vec::with_capacity(n_links),
            minor: Vec::with_capacity(n_links),
            relative_roughness: Vec::with_capacity(n_links),
            viscous_m3_s: Vec::with_capacity(n_links),
            diameter_m: Vec::with_capacity(n_links),
            part: Vec::with_capacity(n_links),
            slot: Vec::with_capacity(n_links),
            open: Vec::with_capacity(n_links),
            setting: Vec::with_capacity(n_links),
            pumps: Vec::new(),
            automatic: Vec::new(),
            checked: Vec::new(),
            sources: Vec::new(),
            source_of: Vec::with_capacity(network.n_nodes()),
            curves: operation.curves.iter().map(|curve| curve.points.clone()).collect(),
            patterns: operation.patterns.iter().map(|pattern| pattern.multipliers.clone()).collect(),
            demand_begin: vec![0],
            demands: Vec::new(),
            emitters: Vec::new(),
            controls: Vec::new(),
            rules: Vec::new(),
            symbolic: Symbolic::new(0, &[]),
            barred: Vec::new(),
            cut_off: Vec::new(),
            at_begin: Vec::new(),
            at: Vec::new(),
            exponent,
            reciprocal_exponent: 1.0 / exponent,
        };
        Self { network, operation, patterns, findings: Findings::default(), net }
    }

    pub(super) fn build(mut self) -> (Net, Findings) {
        for (id, node) in self.network.nodes() {
            self.node(id, node);
        }
        for (id, link) in self.network.links() {
            let (from, to) = self.network.ends(id);
            self.net.from.push(from.index() as u32);
            self.net.to.push(to.index() as u32);
            self.link(link);
        }
        self.pattern_of_matrix();
        self.adjacency();
        let net = &mut self.net;
        let moves = |link: usize| {
            matches!(net.kind[link], Kind::CheckValve | Kind::Pump | Kind::Fcv)
                || [net.from[link], net.to[link]].into_iter().any(|node| net.source_of[node as usize] != NONE)
        };
        net.checked = (0..net.kind.len()).filter(|&link| moves(link)).map(|link| link as u32).collect();
        net.automatic =
            (0..net.kind.len()).filter(|&link| net.kind[link].is_automatic()).map(|link| link as u32).collect();
        let (controls, rules) = operate::compile(self.network, self.operation, net, &mut self.findings);
        (net.controls, net.rules) = (controls, rules);
        let mut initial = State::initial(net);
        net.barred = barred(net, &initial).collect();
        search_isolated(net, &mut initial, &mut Vec::new());
        net.cut_off = initial.isolated;
        (self.net, self.findings)
    }

    fn pattern_named(&mut self, name: Option<&String>, of: &twin::Key) -> u32 {
        let Some(name) = name else { return NONE };
        if let Some(&index) = self.patterns.get(name.as_str()) {
            return index;
        }
        self.findings.push(
            Finding::warning("unknown-pattern", format!("There is no pattern `{name}`; the value stays constant."))
                .with_key(of.clone()),
        );
        NONE
    }

    fn curve_named(&mut self, name: Option<&String>, of: &twin::Key) -> Option<(u32, &'a WaterCurve)> {
        let name = name?;
        let found = self.operation.curves.iter().zip(0..).find(|(curve, _)| curve.name == *name);
        if found.is_none() {
            self.findings.push(
                Finding::warning("unknown-curve", format!("There is no curve `{name}`; it is left out."))
                    .with_key(of.clone()),
            );
        }
        found.map(|(curve, index)| (index, curve)).filter(|(_, curve)| !curve.points.is_empty())
    }

    fn node(&mut self, _: Id<WaterNode>, node: &'a WaterNode) {
        let index = self.net.row.len() as u32;
        let detail = &node.detail;
        let source = match node.kind {
            WaterNodeKind::Junction { base_demand_m3_s } => {
                let first = self.pattern_or_default(detail.pattern.as_ref(), &node.key);
                self.net.demands.push(Demand { base_m3_s: base_demand_m3_s, pattern: first });
                for demand in &detail.further_demands {
                    let pattern = self.pattern_or_default(demand.pattern.as_ref(), &node.key);
                    self.net.demands.push(Demand { base_m3_s: demand.base_m3_s, pattern });
                }
                None
            }
            WaterNodeKind::Hydrant => None,
            WaterNodeKind::Reservoir { head_m } => {
                let pattern = self.pattern_named(detail.pattern.as_ref(), &node.key);
                Some(Source { node: index, tank: None, head_m, pattern })
            }
            WaterNodeKind::Tank { initial_level_m, min_level_m, max_level_m, diameter_m } => {
                let curve = self.curve_named(detail.volume_curve.as_ref(), &node.key);
                let area = std::f64::consts::PI * diameter_m * diameter_m / 4.0;
                let min_volume_m3 = if detail.min_volume_m3 > 0.0 { detail.min_volume_m3 } else { area * min_level_m };
                let volume = |level: f64| match curve {
                    Some((_, curve)) => interpolate(&curve.points, level, 0),
                    None => min_volume_m3 + area * (level - min_level_m),
                };
                let tank = Tank {
                    area_m2: area,
                    min_head_m: node.elevation_m + min_level_m,
                    max_head_m: node.elevation_m + max_level_m,
                    min_volume_m3: volume(min_level_m),
                    max_volume_m3: volume(max_level_m),
                    initial_volume_m3: volume(initial_level_m),
                    curve: curve.map_or(NONE, |(index, _)| index),
                    bottom_m: node.elevation_m,
                    overflow: detail.overflow,
                };
                let head_m = node.elevation_m + initial_level_m;
                Some(Source { node: index, tank: Some(tank), head_m, pattern: NONE })
            }
        };
        let net = &mut self.net;
        net.demand_begin.push(net.demands.len() as u32);
        net.elevation_m.push(match node.kind {
            WaterNodeKind::Reservoir { head_m } => head_m,
            _ => node.elevation_m,
        });
        if detail.emitter_m3_s > 0.0 && source.is_none() {
            let exponent = 1.0 / net.settings.emitter_exponent;
            net.emitters.push((index, detail.emitter_m3_s.powf(-exponent)));
        }
        match source {
            Some(source) => {
                net.source_of.push(net.sources.len() as u32);
                net.sources.push(source);
                net.row.push(NONE);
            }
            None => {
                net.source_of.push(NONE);
                net.row.push(net.node_of_row.len() as u32);
                net.node_of_row.push(index);
            }
        }
    }

    fn pattern_or_default(&mut self, name: Option<&String>, of: &twin::Key) -> u32 {
        let default = self.operation.settings.default_pattern.as_ref();
        self.pattern_named(name.or(default), of)
    }

    fn link(&mut self, link: &'a twin::utility::WaterLink) {
        let detail = &link.detail;
        let mut part = NONE;
        let mut setting = None;
        let (kind, diameter_m, open) = match link.kind {
            WaterLinkKind::Pipe { diameter_m, open, .. } => {
                (if detail.check_valve { Kind::CheckValve } else { Kind::Pipe }, diameter_m, open)
            }
            WaterLinkKind::Valve { diameter_m, open } => (Kind::Gate, diameter_m, open),
            WaterLinkKind::PressureReducer { diameter_m, setting_m } => {
                setting = Some(setting_m);
                (Kind::Prv, diameter_m, true)
            }
            WaterLinkKind::Pump { design_flow_m3_s, design_head_m, power_w, on } => {
                part = self.net.pumps.len() as u32;
                let pump = self.pump(link, design_flow_m3_s, design_head_m, power_w);
                setting = Some(if on { pump.speed } else { 0.0 });
                self.net.pumps.push(pump);
                (Kind::Pump, 0.0, on)
            }
            WaterLinkKind::ControlValve { valve, diameter_m, setting: value, state } => {
                let kind = match valve {
                    ValveKind::Prv => Kind::Prv,
                    ValveKind::Psv => Kind::Psv,
                    ValveKind::Pbv => Kind::Pbv,
                    ValveKind::Fcv => Kind::Fcv,
                    ValveKind::Tcv => Kind::Tcv,
                    ValveKind::Gpv => Kind::Gpv,
                    ValveKind::Pcv => Kind::Pcv,
                };
                if let Some((index, _)) = self.curve_named(detail.curve.as_ref(), &link.key) {
                    part = index;
                }
                setting = (state == ValveState::Active && valve != ValveKind::Gpv).then_some(value);
                (kind, diameter_m, state != ValveState::Closed)
            }
        };
        let net = &mut self.net;
        let d4 = (diameter_m * diameter_m) * (diameter_m * diameter_m);
        net.kind.push(kind);
        net.minor.push(if kind == Kind::Pump || d4 == 0.0 { 0.0 } else { MINOR_S2_M * detail.minor_loss / d4 });
        net.diameter_m.push(diameter_m);
        net.part.push(part);
        net.open.push(open);
        net.setting.push(setting);
        let (resistance, relative, viscous) = match link.kind {
            WaterLinkKind::Pipe { length_m, diameter_m, roughness, .. } => {
                friction(&net.settings, length_m, diameter_m, roughness)
            }
            _ => (0.0, 0.0, 0.0),
        };
        net.resistance.push(resistance);
        net.relative_roughness.push(relative);
        net.viscous_m3_s.push(viscous);
    }

    fn pump(&mut self, link: &'a twin::utility::WaterLink, flow: f64, head: f64, power_w: f64) -> Pump {
        let pattern = self.pattern_named(link.detail.pattern.as_ref(), &link.key);
        let speed = link.detail.speed.unwrap_or(1.0);
        let curve = self.curve_named(link.detail.curve.as_ref(), &link.key);
        let single = [[flow, head]];
        let points = match curve {
            Some((_, curve)) => Some(curve.points.as_slice()),
            None if flow > 0.0 && head > 0.0 => Some(&single[..]),
            None => None,
        };
        let (law, initial_flow_m3_s, max_head_m) = match points
            .and_then(|points| pump_law(points, curve.map(|(index, _)| index)))
        {
            Some(found) => found,
            None if power_w > 0.0 => {
                // Power in horsepower, head in feet, flow in cubic feet per second: 8.814.
                let r = -8.814 * (power_w / 745.7) * FOOT_M * CUBIC_FOOT_M3;
                (PumpLaw::ConstantPower { r }, CUBIC_FOOT_M3, f64::INFINITY)
            }
            None => {
                self.findings.push(
                    Finding::warning("no-pump-curve", "The pump has no usable curve and no power; it lifts nothing.")
                        .with_key(link.key.clone()),
                );
                (PumpLaw::None, ZERO_FLOW_M3_S, 0.0)
            }
        };
        Pump { law, initial_flow_m3_s, max_head_m, pattern, speed }
    }

    /// Pattern of the matrix; rows are numbered in the order of elimination, sources after them.
    fn pattern_of_matrix(&mut self) {
        let net = &mut self.net;
        let mut edges = Vec::with_capacity(net.from.len());
        let mut edge_of = vec![NONE; net.from.len()];
        for (edge, (&from, &to)) in edge_of.iter_mut().zip(net.from.iter().zip(&net.to)) {
            let (a, b) = (net.row[from as usize], net.row[to as usize]);
            if a != NONE && b != NONE {
                *edge = edges.len() as u32;
                edges.push((a, b));
            }
        }
        let n = net.node_of_row.len();
        net.symbolic = Symbolic::new(n, &edges);
        let trash = (n + net.symbolic.fill()) as u32;
        net.slot = edge_of
            .into_iter()
            .map(|edge| if edge == NONE { trash } else { net.symbolic.off_diagonal(edge as usize) as u32 })
            .collect();
        net.node_of_row = net.symbolic.original().iter().map(|&row| net.node_of_row[row as usize]).collect();
        for (row, &node) in net.node_of_row.iter().enumerate() {
            net.row[node as usize] = row as u32;
        }
        for (index, source) in net.sources.iter().enumerate() {
            net.row[source.node as usize] = (n + index) as u32;
            net.node_of_row.push(source.node);
        }
        net.n_unknown = n;
        net.row_from = net.from.iter().map(|&node| net.row[node as usize]).collect();
        net.row_to = net.to.iter().map(|&node| net.row[node as usize]).collect();
        let is_pipe = |link: &usize| matches!(net.kind[*link], Kind::Pipe | Kind::CheckValve);
        let pipe = |link: usize| Pipe {
            link: link as u32,
            from: net.row_from[link],
            to: net.row_to[link],
            slot: net.slot[link],
            minor: net.minor[link],
        };
        net.pipes = (0..net.kind.len()).filter(is_pipe).map(pipe).collect();
        let conductance = |pipe: &Pipe| 1.0 / (net.exponent * net.resistance[pipe.link as usize]);
        net.conductance = net.pipes.iter().map(conductance).collect();
        net.blocks = Block::of(&net.pipes);
        net.others = (0..net.kind.len()).filter(|link| !is_pipe(link)).map(|link| link as u32).collect();
        net.at_sources = (0..net.from.len())
            .filter(|&link| (net.row_from[link] as usize >= n) != (net.row_to[link] as usize >= n))
            .map(|link| link as u32)
            .collect();
    }

    fn adjacency(&mut self) {
        let net = &mut self.net;
        let mut begin = vec![0_u32; net.row.len() + 1];
        for &node in net.from.iter().chain(&net.to) {
            begin[node as usize + 1] += 1;
        }
        for node in 0..net.row.len() {
            begin[node + 1] += begin[node];
        }
        let mut next = begin.clone();
        net.at = vec![0; 2 * net.from.len()];
        for link in 0..net.from.len() {
            for node in [net.from[link], net.to[link]] {
                net.at[next[node as usize] as usize] = link as u32;
                next[node as usize] += 1;
            }
        }
        net.at_begin = begin;
    }
}

/// Resistance, relative roughness, viscosity times diameter.
fn friction(settings: &WaterSettings, length_m: f64, diameter_m: f64, roughness: f64) -> (f64, f64, f64) {
    use std::f64::consts::PI;
    if !(length_m > 0.0 && diameter_m > 0.0 && roughness > 0.0) {
        return (SMALL_S_M2, 0.0, 0.0);
    }
    let (length_ft, diameter_ft) = (length_m / FOOT_M, diameter_m / FOOT_M);
    match settings.formula {
        // h [ft] = 4.727 L q^1.852 / (C^1.852 d^4.871).
        HeadLossFormula::HazenWilliams => {
            let r = 4.727 * length_ft / roughness.powf(1.852) / diameter_ft.powf(4.871);
            (r * FOOT_M / CUBIC_FOOT_M3.powf(1.852), 0.0, 0.0)
        }
        // h = f L/d v²/2g with g = 32.2 ft/s².
        HeadLossFormula::DarcyWeisbach => {
            let area = PI * diameter_m * diameter_m / 4.0;
            let r = length_m / 2.0 / (32.2 * FOOT_M) / diameter_m / (area * area);
            (r, roughness * 1e-3 / diameter_m, settings.viscosity_m2_s * diameter_m)
        }
        // h [ft] = (4 n / (1.49 π d²))² (d/4)^−1.333 L q².
        HeadLossFormula::ChezyManning => {
            let c = 4.0 * roughness / (1.49 * PI * diameter_ft * diameter_ft);
            let r = c * c * (diameter_ft / 4.0).powf(-1.333) * length_ft;
            (r * FOOT_M / (CUBIC_FOOT_M3 * CUBIC_FOOT_M3), 0.0, 0.0)
        }
    }
}

type FoundLaw = (PumpLaw, f64, f64);

/// The law of a pump curve: one point (shutoff head 4/3, greatest flow twice), three points from zero flow, or points
/// joined by lines.
fn pump_law(points: &[[f64; 2]], curve: Option<u32>) -> Option<FoundLaw> {
    let [h0, q1, h1, q2, h2] = match points {
        [[flow, head]] => [1.33334 * head, *flow, *head, 2.0 * flow, 0.0],
        [[0.0, h0], [q1, h1], [q2, h2]] => [*h0, *q1, *h1, *q2, *h2],
        [first, .., last] => {
            let falls = points.windows(2).all(|pair| pair[1][1] < pair[0][1] && pair[1][0] > pair[0][0]);
            let curve = curve.filter(|_| falls)?;
            return Some((PumpLaw::Curve(curve), f64::midpoint(first[0], last[0]), first[1]));
        }
        [] => return None,
    };
    let sound = h0 > 0.0 && h0 > h1 && h1 > h2 && q1 > 0.0 && q2 > q1;
    let n = ((h0 - h2) / (h0 - h1)).ln() / (q2 / q1).ln();
    if !(sound && n > 0.0 && n <= 20.0) {
        return None;
    }
    let r = (h0 - h1) / q1.powf(n);
    Some((PumpLaw::Power { h0_m: -h0, r, n }, q1, h0))
}

/// Linear interpolation: of y at x (axis 0), or of x at y (axis 1); clamped at the ends, as EPANET does.
pub(crate) fn interpolate(points: &[[f64; 2]], at: f64, axis: usize) -> f64 {
    let other = 1 - axis;
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return 0.0 };
    if at <= first[axis] {
        return first[other];
    }
    if at >= last[axis] {
        return last[other];
    }
    let after = points.partition_point(|point| point[axis] <= at).clamp(1, points.len() - 1);
    let (a, b) = (points[after - 1], points[after]);
    let width = b[axis] - a[axis];
    if width.abs() < 1e-300 { b[other] } else { a[other] + (b[other] - a[other]) * (at - a[axis]) / width }
}

/// Settings without what would stop a computation: steps and exponents above zero.
fn sane(settings: &WaterSettings) -> WaterSettings {
    let default = WaterSettings::default();
    let above = |value: f64, default: f64| if value > 0.0 && value.is_finite() { value } else { default };
    WaterSettings {
        hydraulic_step_s: settings.hydraulic_step_s.max(1),
        pattern_step_s: settings.pattern_step_s.max(1),
        report_step_s: settings.report_step_s.max(1),
        check_frequency: settings.check_frequency.max(1),
        emitter_exponent: above(settings.emitter_exponent, default.emitter_exponent),
        pressure_exponent: above(settings.pressure_exponent, default.pressure_exponent),
        viscosity_m2_s: above(settings.viscosity_m2_s, default.viscosity_m2_s),
        accuracy: above(settings.accuracy, default.accuracy),
        least_gradient_s_m2: above(settings.least_gradient_s_m2, default.least_gradient_s_m2),
        ..settings.clone()
    }
}
