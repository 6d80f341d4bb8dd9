//! Nodes and links of an EPANET file.

use std::collections::{BTreeMap, BTreeSet};

use twin::{
    Finding, Id, Key,
    geo_types::{Coord, LineString, coord},
    utility::{
        Burial, ValveKind, ValveState, WaterDemand, WaterLink, WaterLinkDetail, WaterLinkKind, WaterNetwork, WaterNode,
        WaterNodeDetail, WaterNodeKind,
    },
    water::{HeadLossFormula, WaterCurve, WaterCurveKind},
};

use super::{
    controls::unknown,
    options::Scale,
    read::id_of,
    table::{Curves, Patterns},
    text::{Complaints, Line, Sections, begins, column, leading_number, number},
};

/// Nodes and links before they become a network: their order is that of EPANET, junctions first.
#[derive(Default)]
pub(super) struct Draft {
    nodes: Vec<WaterNode>,
    links: Vec<(Id<WaterNode>, Id<WaterNode>, WaterLink)>,
}

impl Draft {
    pub(super) fn network(self) -> WaterNetwork {
        let mut network = WaterNetwork::with_capacity(self.nodes.len(), self.links.len());
        for node in self.nodes {
            network.add_node(node);
        }
        for (from, to, link) in self.links {
            network.add_link(from, to, link);
        }
        network
    }
}

/// Reads nodes and links, which give curves their meaning.
pub(super) struct Reader {
    pub(super) scale: Scale,
    pub(super) formula: HeadLossFormula,
    pub(super) draft: Draft,
    pub(super) nodes: BTreeMap<String, Id<WaterNode>>,
    pub(super) links: BTreeMap<String, Id<WaterLink>>,
    pub(super) patterns: Patterns,
    pub(super) curves: Curves,
}

impl Reader {
    pub(super) fn nodes(&mut self, sections: &Sections<'_>, complaints: &mut Complaints<'_>) {
        for line in sections.of_name("JUNCTIONS") {
            let elevation_m = complaints.number_or(line, 1, "elevation", 0.0) * self.scale.length_m;
            let base_demand_m3_s = complaints.number_or(line, 2, "demand", 0.0) * self.scale.flow_m3_s;
            let pattern = self.pattern(line, 3, complaints);
            let detail = WaterNodeDetail { pattern, ..WaterNodeDetail::default() };
            self.node(line, elevation_m, WaterNodeKind::Junction { base_demand_m3_s }, detail, complaints);
        }
        for line in sections.of_name("RESERVOIRS").iter().chain(sections.of_name("TANKS")) {
            let length_m = self.scale.length_m;
            let Some(elevation) = complaints.number(line, 1, "elevation or head") else { continue };
            let elevation_m = elevation * length_m;
            if line.words.len() <= 3 {
                let pattern = self.pattern(line, 2, complaints);
                let detail = WaterNodeDetail { pattern, ..WaterNodeDetail::default() };
                self.node(line, elevation_m, WaterNodeKind::Reservoir { head_m: elevation_m }, detail, complaints);
                continue;
            }
            if line.words.len() < 6 {
                complaints.missing(line, "diameter");
                continue;
            }
            let mut size = |index, field| complaints.size_or(line, index, field, 0.0, false) * length_m;
            let initial_level_m = size(2, "initial level");
            let min_level_m = size(3, "minimum level");
            let max_level_m = size(4, "maximum level");
            let diameter_m = size(5, "diameter");
            let min_volume_m3 = complaints.size_or(line, 6, "minimum volume", 0.0, false) * self.scale.volume_m3;
            let volume_curve = match line.word(7) {
                None | Some("*" | "") => None,
                Some(_) => self.curve(line, 7, WaterCurveKind::Volume, complaints),
            };
            let overflow = line.is(8, "YES");
            // EPANET takes a tank without diameter for a reservoir.
            let kind = if diameter_m == 0.0 {
                WaterNodeKind::Reservoir { head_m: elevation_m }
            } else {
                WaterNodeKind::Tank { initial_level_m, min_level_m, max_level_m, diameter_m }
            };
            if diameter_m > 0.0 && !(min_level_m <= initial_level_m && initial_level_m <= max_level_m) {
                complaints.push(
                    Finding::error(
                        "bad-levels",
                        format!(
                            "Levels of tank `{}`: lowest {min_level_m} m, at the start {initial_level_m} m, highest {max_level_m} m.",
                            line.words[0]
                        ),
                    )
                    .with_help("The level at the start must lie between the lowest and the highest.")
                    .with_position(line.number, 1),
                );
            }
            let detail = WaterNodeDetail { min_volume_m3, volume_curve, overflow, ..WaterNodeDetail::default() };
            self.node(line, elevation_m, kind, detail, complaints);
        }
    }

    fn node(
        &mut self,
        line: &Line<'_>,
        elevation_m: f64,
        kind: WaterNodeKind,
        detail: WaterNodeDetail,
        complaints: &mut Complaints<'_>,
    ) {
        let name = line.words[0];
        if self.nodes.contains_key(name) {
            twice(line, "node", complaints);
            return;
        }
        self.nodes.insert(name.to_owned(), Id::new(self.draft.nodes.len()));
        self.draft.nodes.push(WaterNode {
            key: Key::new(format!("water_junction/{name}")),
            position: Coord::zero(),
            elevation_m,
            kind,
            building: None,
            detail,
        });
    }

    fn pattern(&self, line: &Line<'_>, index: usize, complaints: &mut Complaints<'_>) -> Option<String> {
        let name = line.word(index).filter(|name| !name.is_empty())?;
        if !self.patterns.by_name.contains_key(name) {
            unknown(line, index, "pattern", complaints);
        }
        Some(name.to_owned())
    }

    /// A curve that something uses: this gives it its kind.
    fn curve(
        &mut self,
        line: &Line<'_>,
        index: usize,
        kind: WaterCurveKind,
        complaints: &mut Complaints<'_>,
    ) -> Option<String> {
        let name = line.word(index)?;
        let Some(&at) = self.curves.by_name.get(name) else {
            unknown(line, index, "curve", complaints);
            return None;
        };
        let known = self.curves.list[at].2.get_or_insert(kind);
        if *known == kind {
            return Some(name.to_owned());
        }
        // One list of points, two meanings: each gets its own curve.
        let own = format!("{name}~{}", kind.name());
        if !self.curves.by_name.contains_key(&own) {
            let (curve, number, _) = self.curves.list[at].clone();
            self.curves.by_name.insert(own.clone(), self.curves.list.len());
            self.curves.list.push((WaterCurve { name: own.clone(), ..curve }, number, Some(kind)));
        }
        Some(own)
    }

    pub(super) fn links(&mut self, sections: &Sections<'_>, complaints: &mut Complaints<'_>) {
        for line in sections.of_name("PIPES") {
            self.pipe(line, complaints);
        }
        for line in sections.of_name("PUMPS") {
            self.pump(line, complaints);
        }
        for line in sections.of_name("VALVES") {
            self.valve(line, complaints);
        }
    }

    fn pipe(&mut self, line: &Line<'_>, complaints: &mut Complaints<'_>) {
        let us = self.scale.length_m != 1.0;
        let ends = self.ends(line, complaints);
        let length_m =
            complaints.size_or(line, 3, "length", if us { 330.0 } else { 100.0 }, true) * self.scale.length_m;
        let diameter_m =
            complaints.size_or(line, 4, "diameter", if us { 10.0 } else { 254.0 }, true) * self.scale.diameter_m;
        let (default, unit) = match self.formula {
            HeadLossFormula::HazenWilliams => (130.0, 1.0),
            HeadLossFormula::DarcyWeisbach => (0.0005, self.scale.roughness_mm),
            HeadLossFormula::ChezyManning => (0.01, 1.0),
        };
        let roughness = complaints.size_or(line, 5, "roughness", default, true) * unit;
        let mut detail = WaterLinkDetail::default();
        let mut open = true;
        let mut state = |index: usize| -> bool {
            detail.check_valve |= line.is(index, "CV");
            open &= !line.is(index, "CLOSED");
            line.is(index, "CV") || line.is(index, "CLOSED") || line.is(index, "OPEN")
        };
        // Either a loss coefficient or a state, or both in this order.
        let minor_at = match line.words.len() {
            0..=6 => None,
            7 => (!state(6)).then_some(6),
            _ => {
                if !state(7) {
                    complaints.push(
                        Finding::error("unknown-option", format!("`{}` is none of OPEN, CLOSED, CV.", line.words[7]))
                            .with_field("status")
                            .with_position(line.number, column(line, 7)),
                    );
                }
                Some(6)
            }
        };
        if let Some(index) = minor_at {
            detail.minor_loss = complaints.size_or(line, index, "loss coefficient", 0.0, false);
        }
        let kind = WaterLinkKind::Pipe { length_m, diameter_m, roughness, open };
        self.link(line, "water_pipe", ends, kind, detail, complaints);
    }

    fn pump(&mut self, line: &Line<'_>, complaints: &mut Complaints<'_>) {
        let ends = self.ends(line, complaints);
        let mut detail = WaterLinkDetail::default();
        let mut power_w = 0.0;
        let mut index = 3;
        while index < line.words.len() {
            if line.word(index + 1).is_none() {
                complaints.missing(line, line.words[index]);
                break;
            }
            if line.is(index, "POWER") {
                power_w = complaints.size_or(line, index + 1, "power", 0.0, true) * self.scale.power_w;
            } else if line.is(index, "HEAD") {
                detail.curve = self.curve(line, index + 1, WaterCurveKind::Pump, complaints);
            } else if line.is(index, "PATT") {
                detail.pattern = self.pattern(line, index + 1, complaints);
            } else if line.is(index, "SPEE") {
                detail.speed = Some(complaints.size_or(line, index + 1, "speed", 1.0, false));
            } else {
                complaints.push(
                    Finding::error(
                        "unknown-option",
                        format!("`{}` is none of HEAD, POWER, SPEED, PATTERN.", line.words[index]),
                    )
                    .with_position(line.number, column(line, index)),
                );
                return;
            }
            index += 2;
        }
        if detail.curve.is_none() && power_w == 0.0 {
            complaints.push(
                Finding::error("no-pump-curve", format!("Pump `{}` has neither a curve nor a power.", line.words[0]))
                    .with_help("Write `HEAD` and the name of a curve, or `POWER` and a number.")
                    .with_position(line.number, 1),
            );
        }
        let kind = WaterLinkKind::Pump { design_flow_m3_s: 0.0, design_head_m: 0.0, power_w, on: true };
        self.link(line, "water_pump", ends, kind, detail, complaints);
    }

    fn valve(&mut self, line: &Line<'_>, complaints: &mut Complaints<'_>) {
        let ends = self.ends(line, complaints);
        if line.words.len() < 5 {
            complaints.missing(line, "type");
            return;
        }
        let diameter_m = complaints.size_or(line, 3, "diameter", 254.0, true) * self.scale.diameter_m;
        let Some(valve) = ValveKind::ALL.iter().copied().find(|kind| begins(line.words[4], kind.name())) else {
            complaints.push(
                Finding::error(
                    "unknown-option",
                    format!("`{}` is none of PRV, PSV, PBV, FCV, TCV, GPV, PCV.", line.words[4]),
                )
                .with_field("type")
                .with_position(line.number, column(line, 4)),
            );
            return;
        };
        let mut detail = WaterLinkDetail::default();
        let setting = if valve == ValveKind::Gpv {
            if line.word(5).is_none() {
                complaints.missing(line, "head-loss curve");
            }
            detail.curve = self.curve(line, 5, WaterCurveKind::HeadLoss, complaints);
            0.0
        } else {
            complaints.number_or(line, 5, "setting", 0.0)
                * match valve {
                    ValveKind::Prv | ValveKind::Psv | ValveKind::Pbv => self.scale.pressure_m,
                    ValveKind::Fcv => self.scale.flow_m3_s,
                    _ => 1.0,
                }
        };
        detail.minor_loss = complaints.size_or(line, 6, "loss coefficient", 0.0, false);
        if valve == ValveKind::Pcv && line.word(7).is_some() {
            detail.curve = self.curve(line, 7, WaterCurveKind::Valve, complaints);
        }
        // A GPV is open; its curve acts all the same.
        let state = if valve == ValveKind::Gpv { ValveState::Open } else { ValveState::Active };
        let kind = WaterLinkKind::ControlValve { valve, diameter_m, setting, state };
        self.link(line, "water_valve", ends, kind, detail, complaints);
    }

    fn ends(&self, line: &Line<'_>, complaints: &mut Complaints<'_>) -> Option<(Id<WaterNode>, Id<WaterNode>)> {
        if line.words.len() < 3 {
            complaints.missing(line, "end node");
            return None;
        }
        let mut end = |index: usize| {
            let found = self.nodes.get(line.words[index]).copied();
            if found.is_none() {
                unknown(line, index, "node", complaints);
            }
            found
        };
        let (from, to) = (end(1), end(2));
        let ends = (from?, to?);
        if ends.0 == ends.1 {
            complaints.push(
                Finding::error(
                    "loop",
                    format!("Link `{}` begins and ends at node `{}`.", line.words[0], line.words[1]),
                )
                .with_position(line.number, 1),
            );
            return None;
        }
        Some(ends)
    }

    fn link(
        &mut self,
        line: &Line<'_>,
        layer: &str,
        ends: Option<(Id<WaterNode>, Id<WaterNode>)>,
        kind: WaterLinkKind,
        detail: WaterLinkDetail,
        complaints: &mut Complaints<'_>,
    ) {
        let name = line.words[0];
        if self.links.contains_key(name) {
            twice(line, "link", complaints);
            return;
        }
        let Some((from, to)) = ends else { return };
        self.links.insert(name.to_owned(), Id::new(self.draft.links.len()));
        let key = Key::new(format!("{layer}/{name}"));
        let geometry = LineString::new(Vec::new());
        self.draft.links.push((from, to, WaterLink { key, geometry, kind, burial: Burial::default(), detail }));
    }

    /// Demands and emitters: the first line of a junction in DEMANDS replaces what stands in JUNCTIONS.
    pub(super) fn demands(&mut self, sections: &Sections<'_>, complaints: &mut Complaints<'_>) {
        let mut replaced = BTreeSet::new();
        for line in sections.of_name("DEMANDS") {
            let Some(base) = complaints.number(line, 1, "demand") else { continue };
            let base_m3_s = base * self.scale.flow_m3_s;
            let Some(&id) = self.nodes.get(line.words[0]) else {
                unknown(line, 0, "node", complaints);
                continue;
            };
            let pattern = self.pattern(line, 2, complaints);
            let category = (!line.comment.is_empty()).then(|| line.comment.to_owned());
            let node = &mut self.draft.nodes[id.index()];
            let WaterNodeKind::Junction { base_demand_m3_s } = &mut node.kind else { continue };
            if replaced.insert(id) {
                *base_demand_m3_s = base_m3_s;
                (node.detail.pattern, node.detail.category) = (pattern, category);
            } else {
                node.detail.further_demands.push(WaterDemand { base_m3_s, pattern, category });
            }
        }
    }

    /// Emitters need the exponent of the options.
    pub(super) fn emitters(&mut self, lines: &[Line<'_>], exponent: f64, complaints: &mut Complaints<'_>) {
        for line in lines {
            let coefficient = complaints.size_or(line, 1, "emitter coefficient", 0.0, false);
            let Some(&id) = self.nodes.get(line.words[0]) else {
                unknown(line, 0, "node", complaints);
                continue;
            };
            self.draft.nodes[id.index()].detail.emitter_m3_s =
                coefficient * self.scale.flow_m3_s / self.scale.emitter_m.powf(exponent);
        }
    }

    /// States at the start: of one link, or of all links in a range of names.
    pub(super) fn status(&mut self, lines: &[Line<'_>], complaints: &mut Complaints<'_>) {
        for line in lines {
            let last = line.words.len() - 1;
            if last < 1 {
                complaints.missing(line, "status");
                continue;
            }
            let value = if line.is(last, "OPEN") {
                Start::Open
            } else if line.is(last, "CLOSED") {
                Start::Closed
            } else {
                let value = complaints.size_or(line, last, "status or setting", 0.0, false);
                if number(line.words[last]).is_none() {
                    continue;
                }
                Start::Setting(value)
            };
            if last == 1 {
                let Some(&id) = self.links.get(line.words[0]) else {
                    unknown(line, 0, "link", complaints);
                    continue;
                };
                if self.draft.links[id.index()].2.detail.check_valve {
                    complaints.push(
                        Finding::error(
                            "bad-control",
                            format!("Pipe `{}` has a check valve; it has no status.", line.words[0]),
                        )
                        .with_position(line.number, 1),
                    );
                    continue;
                }
                self.start(id, value);
                continue;
            }
            let (from, to) = (line.words[0], line.words[1]);
            let numbers = |text: &str| leading_number(text).filter(|number| *number > 0);
            let ids: Vec<Id<WaterLink>> = match (numbers(from), numbers(to)) {
                (Some(a), Some(b)) => self
                    .links
                    .iter()
                    .filter(|(name, _)| leading_number(name).is_some_and(|number| (a..=b).contains(&number)))
                    .map(|(_, &id)| id)
                    .collect(),
                _ => self
                    .links
                    .iter()
                    .filter(|(name, _)| (from..=to).contains(&name.as_str()))
                    .map(|(_, &id)| id)
                    .collect(),
            };
            ids.into_iter().for_each(|id| self.start(id, value));
        }
    }

    fn start(&mut self, id: Id<WaterLink>, value: Start) {
        let scale = self.scale;
        let link = &mut self.draft.links[id.index()].2;
        match (&mut link.kind, value) {
            (WaterLinkKind::Pipe { open, .. }, Start::Open) => *open = true,
            (WaterLinkKind::Pipe { open, .. }, Start::Closed) => *open = link.detail.check_valve,
            (WaterLinkKind::Pump { on, .. }, start) => {
                let speed = match start {
                    Start::Open => 1.0,
                    Start::Closed => 0.0,
                    Start::Setting(speed) => speed,
                };
                *on = speed > 0.0;
                link.detail.speed = (speed != 1.0).then_some(speed);
            }
            (WaterLinkKind::ControlValve { valve: ValveKind::Gpv, state, .. }, start) => match start {
                Start::Open => *state = ValveState::Open,
                Start::Closed => *state = ValveState::Closed,
                Start::Setting(_) => {}
            },
            (WaterLinkKind::ControlValve { valve, setting, state, .. }, start) => match start {
                Start::Open => *state = ValveState::Open,
                Start::Closed => *state = ValveState::Closed,
                Start::Setting(value) => {
                    *state = ValveState::Active;
                    *setting = value
                        * match valve {
                            ValveKind::Prv | ValveKind::Psv | ValveKind::Pbv => scale.pressure_m,
                            ValveKind::Fcv => scale.flow_m3_s,
                            _ => 1.0,
                        };
                }
            },
            _ => {}
        }
    }

    /// Coordinates and vertices; how many nodes have some. The others stand in the middle of their placed neighbors.
    pub(super) fn coordinates(&mut self, sections: &Sections<'_>) -> usize {
        let place = |line: &Line<'_>| Some(coord! { x: number(line.word(1)?)?, y: number(line.word(2)?)? });
        let mut placed = vec![false; self.draft.nodes.len()];
        for line in sections.of_name("COORDINATES") {
            if let (Some(id), Some(position)) = (self.nodes.get(line.words[0]), place(line)) {
                self.draft.nodes[id.index()].position = position;
                placed[id.index()] = true;
            }
        }
        let n_placed = placed.iter().filter(|placed| **placed).count();
        if n_placed > 0 {
            spread(&mut self.draft, &mut placed);
        }
        let mut vertices: BTreeMap<Id<WaterLink>, Vec<Coord<f64>>> = BTreeMap::new();
        for line in sections.of_name("VERTICES") {
            if let (Some(&id), Some(position)) = (self.links.get(line.words[0]), place(line)) {
                vertices.entry(id).or_default().push(position);
            }
        }
        for (index, (from, to, link)) in self.draft.links.iter_mut().enumerate() {
            let (first, last) = (self.draft.nodes[from.index()].position, self.draft.nodes[to.index()].position);
            let between = vertices.remove(&Id::new(index)).unwrap_or_default();
            link.geometry = LineString::new([vec![first], between, vec![last]].concat());
        }
        n_placed
    }

    /// Valves that EPANET refuses: at a tank or reservoir, or two that hold the pressure of the same node.
    pub(super) fn valves_apart(&self, complaints: &mut Complaints<'_>) {
        let valves: Vec<_> = self
            .draft
            .links
            .iter()
            .filter_map(|(from, to, link)| match link.kind {
                WaterLinkKind::ControlValve { valve, .. } => Some((valve, *from, *to, &link.key)),
                _ => None,
            })
            .collect();
        let fixed = |id: Id<WaterNode>| {
            matches!(self.draft.nodes[id.index()].kind, WaterNodeKind::Reservoir { .. } | WaterNodeKind::Tank { .. })
        };
        for (index, &(kind, from, to, key)) in valves.iter().enumerate() {
            if !matches!(kind, ValveKind::Prv | ValveKind::Psv | ValveKind::Fcv) {
                continue;
            }
            let mut refuse = |why: String| {
                complaints.push(
                    Finding::error("bad-valve", format!("Valve `{}` {why}.", id_of(key)))
                        .with_help("Put a short pipe between them.")
                        .with_key(key.clone()),
                );
            };
            if fixed(from) || fixed(to) {
                refuse("stands at a tank or reservoir, where EPANET allows no PRV, PSV or FCV".to_owned());
            }
            for &(other_kind, a, b, other) in &valves[..index] {
                use ValveKind::{Fcv, Prv, Psv};
                let clash = match (other_kind, kind) {
                    (Prv, Prv) => b == to || b == from || a == to,
                    (Psv, Psv) => a == from || a == to || b == from,
                    (Psv, Prv) | (Fcv, Prv) | (Psv, Fcv) => a == to,
                    (Prv, Psv) | (Fcv, Psv) | (Prv, Fcv) => b == from,
                    _ => false,
                };
                if clash {
                    refuse(format!("and valve `{}` hold the pressure of the same node", id_of(other)));
                }
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Start {
    Open,
    Closed,
    Setting(f64),
}

/// Nodes without coordinates are put in the middle of those that they are linked to.
fn spread(draft: &mut Draft, placed: &mut [bool]) {
    loop {
        let mut sums: BTreeMap<usize, (Coord<f64>, f64)> = BTreeMap::new();
        for (from, to, _) in &draft.links {
            for (a, b) in [(from.index(), to.index()), (to.index(), from.index())] {
                if placed[a] && !placed[b] {
                    let (sum, n) = sums.entry(b).or_insert((Coord::zero(), 0.0));
                    *sum = *sum + draft.nodes[a].position;
                    *n += 1.0;
                }
            }
        }
        if sums.is_empty() {
            return;
        }
        for (node, (sum, n)) in sums {
            draft.nodes[node].position = sum / n;
            placed[node] = true;
        }
    }
}

fn twice(line: &Line<'_>, noun: &str, complaints: &mut Complaints<'_>) {
    complaints.push(
        Finding::error("duplicate-name", format!("There is a {noun} `{}` already.", line.words[0]))
            .with_help("Every node and every link needs a name of its own.")
            .with_position(line.number, 1),
    );
}
