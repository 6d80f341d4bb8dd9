//! What is known of a line or node, and what a run found there, as rows of label and value.

use twin::{
    Id, Outcome, Twin,
    outcome::{Supply, WaterOutcome, WaterTime},
    utility::{
        Burial, GasLinkKind, HeatLinkKind, HeatNodeKind, Medium, PowerBranchKind, PowerUnitKind, WaterLinkKind,
        WaterNodeKind,
    },
};

use super::{LineView, M_PER_BAR, NodeView, SupplyPart, line, node};
use crate::{
    Language,
    words::{find_word, say, word},
};

/// What a network is called.
#[must_use]
pub fn network_name(language: Language, medium: Medium) -> String {
    word(language, &format!("network-{}", medium.name()))
}

/// What a part is: `Wasserleitung`, `Hydrant`; of an asset its kind as the source names it.
#[must_use]
pub fn part_name(twin: &Twin, part: SupplyPart, language: Language) -> String {
    let of_kind = |medium: Medium, kind: &str| {
        let name = kind.replace('_', "-");
        find_word(language, &format!("part-{}-{name}", medium.name()))
            .or_else(|| find_word(language, &format!("part-{name}")))
            .unwrap_or_else(|| kind.to_owned())
    };
    match part {
        SupplyPart::Line(medium, row) => line(twin, medium, row).map_or_else(String::new, |l| {
            of_kind(medium, if l.service && l.kind == "pipe" { "service" } else { l.kind })
        }),
        SupplyPart::Node(medium, row) => node(twin, medium, row).map_or_else(String::new, |n| of_kind(medium, n.kind)),
        SupplyPart::Asset(id) => {
            let asset = &twin.assets[id];
            format!("{} ({})", network_name(language, asset.medium), asset.kind)
        }
    }
}

/// Everything that the twin knows of a part: material, size, year, depth, operator, and the sources of all the twin, as it
/// does not know which of them a part is from. What is not known is left out.
#[must_use]
pub fn attributes(twin: &Twin, part: SupplyPart, language: Language) -> Vec<(String, String)> {
    let mut rows = Rows { language, rows: Vec::new() };
    match part {
        SupplyPart::Line(medium, row) => {
            if let Some(view) = line(twin, medium, row) {
                of_line(&mut rows, twin, medium, &view);
            }
        }
        SupplyPart::Node(medium, row) => {
            if let Some(view) = node(twin, medium, row) {
                of_node(&mut rows, twin, medium, &view);
            }
        }
        SupplyPart::Asset(id) => {
            if let Some(asset) = twin.assets.get(id) {
                rows.rows.extend(asset.attributes.iter().map(|(key, value)| (key.clone(), value.clone())));
            }
        }
    }
    let sources: Vec<String> = twin
        .sources
        .iter()
        .map(|source| match source.date {
            Some(date) => format!("{} ({})", source.name, language.date(date)),
            None => source.name.clone(),
        })
        .collect();
    if !sources.is_empty() {
        rows.text("supply-sources", sources.join(", "));
    }
    rows.rows
}

/// Rows that grow.
struct Rows {
    language: Language,
    rows: Vec<(String, String)>,
}

impl Rows {
    fn text(&mut self, name: &str, value: impl Into<String>) {
        self.rows.push((word(self.language, name), value.into()));
    }
    fn figure(&mut self, name: &str, value: f64, decimals: usize, unit: &str) {
        let value = format!("{} {unit}", self.language.number(value, decimals));
        self.text(name, value.trim_end());
    }
    fn some(&mut self, name: &str, value: Option<f64>, decimals: usize, unit: &str) {
        if let Some(value) = value {
            self.figure(name, value, decimals, unit);
        }
    }
    fn state(&mut self, name: &str) {
        let value = word(self.language, name);
        self.text("supply-state", value);
    }
}

fn of_line(rows: &mut Rows, twin: &Twin, medium: Medium, view: &LineView<'_>) {
    if let Some(name) = view.name {
        rows.text("supply-name", name);
    }
    if let Some(diameter_m) = view.diameter_m {
        let name = if medium == Medium::Sewer { "supply-diameter-dn" } else { "supply-diameter" };
        rows.figure(name, 1000.0 * diameter_m, 0, "mm");
    }
    burial(rows, view.burial);
    match medium {
        Medium::Water => water_line(rows, &twin.water.link(Id::new(view.row)).kind),
        Medium::Gas => gas_line(rows, &twin.gas.link(Id::new(view.row)).kind),
        Medium::Heat => heat_line(rows, &twin.heat.link(Id::new(view.row)).kind),
        Medium::Sewer => {
            let (from, to) = twin.sewer.ends(Id::new(view.row));
            let length_m = twin.sewer.link(Id::new(view.row)).length_m;
            rows.figure("supply-length", length_m, 1, "m");
            let fall_m = twin.sewer[from].invert_elevation_m - twin.sewer[to].invert_elevation_m;
            if length_m > 0.0 {
                rows.figure("supply-slope", 1000.0 * fall_m / length_m, 1, "‰");
            }
        }
        Medium::Power => {
            let (from, _) = twin.power.ends(Id::new(view.row));
            power_line(rows, &twin.power.link(Id::new(view.row)).kind, twin.power[from].vn_kv);
        }
        Medium::Telecom | Medium::Other => {}
    }
    if !view.in_use {
        rows.state("supply-not-in-use");
    }
}

fn burial(rows: &mut Rows, burial: &Burial) {
    if let Some(material) = &burial.material {
        let value = material_in_words(rows.language, material);
        rows.text("supply-material", value);
    }
    if let Some(year) = burial.year_laid {
        rows.text("supply-year", year.to_string());
    }
    rows.some("supply-cover", burial.cover_m, 2, "m");
    if let Some(accuracy_m) = burial.position_accuracy_m {
        let value = format!("± {} m", rows.language.number(accuracy_m, 2));
        rows.text("supply-accuracy", value);
    }
    if let Some(operator) = &burial.operator {
        rows.text("supply-operator", operator.as_str());
    }
}

/// `GGG (duktiles Gusseisen)`: the code as in the data, with its meaning where it is a known one.
pub(super) fn material_in_words(language: Language, material: &str) -> String {
    let code: String = material.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let name = conductor(material).map_or_else(|| format!("material-{code}"), str::to_owned);
    match find_word(language, &name) {
        Some(meaning) => format!("{material} ({meaning})"),
        None => material.to_owned(),
    }
}

/// The word for what a cable conducts with, by its type (DIN VDE 0271, 0276): the A behind the N is aluminium.
fn conductor(material: &str) -> Option<&'static str> {
    let of_type = |types: &[&str]| types.iter().any(|code| material.contains(code));
    if of_type(&["NAYY", "NAYC", "NA2X", "NAKB", "NAEKB"]) {
        Some("material-cable-aluminium")
    } else if of_type(&["NYY", "NYC", "N2X", "NKB", "NEKB"]) {
        Some("material-cable-copper")
    } else {
        None
    }
}

fn water_line(rows: &mut Rows, kind: &WaterLinkKind) {
    match *kind {
        WaterLinkKind::Pipe { length_m, .. } => rows.figure("supply-length", length_m, 1, "m"),
        WaterLinkKind::Pump { design_flow_m3_s, design_head_m, power_w, .. } => {
            if design_flow_m3_s > 0.0 {
                rows.figure("supply-design-flow", 1000.0 * design_flow_m3_s, 1, "l/s");
                rows.figure("supply-design-head", design_head_m, 1, "m");
            }
            if power_w > 0.0 {
                rows.figure("supply-power", power_w / 1000.0, 1, "kW");
            }
        }
        WaterLinkKind::Valve { open, .. } => rows.state(if open { "supply-open" } else { "supply-shut" }),
        WaterLinkKind::PressureReducer { setting_m, .. } => {
            rows.figure("supply-setting", setting_m / M_PER_BAR, 1, "bar")
        }
        WaterLinkKind::ControlValve { valve, setting, .. } => {
            let value = format!("{} {}", valve.name().to_uppercase(), rows.language.number(setting, 2));
            rows.text("supply-setting", value);
        }
    }
}

fn gas_line(rows: &mut Rows, kind: &GasLinkKind) {
    match *kind {
        GasLinkKind::Pipe { length_m, .. } => rows.figure("supply-length", length_m, 1, "m"),
        GasLinkKind::Valve { open, .. } => rows.state(if open { "supply-open" } else { "supply-shut" }),
        GasLinkKind::PressureControl { pressure_bar, .. } => rows.figure("supply-setting", pressure_bar, 3, "bar"),
        GasLinkKind::FlowControl { flow_m3_h, .. } => rows.figure("supply-setting", flow_m3_h, 1, "m³/h"),
        GasLinkKind::Compressor { pressure_ratio, .. } => rows.figure("supply-ratio", pressure_ratio, 2, ""),
        GasLinkKind::Pump { .. } => {}
    }
}

fn heat_line(rows: &mut Rows, kind: &HeatLinkKind) {
    match *kind {
        HeatLinkKind::PipePair { length_m, loss_w_m_k, .. } | HeatLinkKind::Pipe { length_m, loss_w_m_k, .. } => {
            rows.figure("supply-length", length_m, 1, "m");
            rows.figure("supply-heat-loss", loss_w_m_k, 2, "W/(m·K)");
        }
        HeatLinkKind::Valve { open, .. } => rows.state(if open { "supply-open" } else { "supply-shut" }),
        HeatLinkKind::Consumer { heat_w, .. } => rows.some("supply-load", heat_w.map(|w| w / 1000.0), 1, "kW"),
        HeatLinkKind::Exchanger { heat_w, .. } => rows.figure("supply-load", heat_w / 1000.0, 1, "kW"),
        HeatLinkKind::CirculationPump { lift_bar, .. } => rows.some("supply-lift", lift_bar, 2, "bar"),
        HeatLinkKind::PressureControl { pressure_bar, .. } => rows.figure("supply-setting", pressure_bar, 2, "bar"),
        HeatLinkKind::FlowControl { mass_flow_kg_s, .. } => rows.figure("supply-setting", mass_flow_kg_s, 2, "kg/s"),
        HeatLinkKind::Pump { .. } => {}
    }
}

fn power_line(rows: &mut Rows, kind: &PowerBranchKind, vn_kv: f64) {
    match *kind {
        PowerBranchKind::Line { length_km, max_i_ka, parallel, .. } => {
            rows.figure("supply-voltage", vn_kv, if vn_kv < 1.0 { 1 } else { 0 }, "kV");
            rows.figure("supply-length", 1000.0 * length_km, 1, "m");
            rows.figure("supply-max-current", 1000.0 * max_i_ka * f64::from(parallel), 0, "A");
        }
        PowerBranchKind::Transformer { sn_mva, vn_hv_kv, vn_lv_kv, parallel, .. } => {
            let value = format!("{} / {} kV", rows.language.number(vn_hv_kv, 0), rows.language.number(vn_lv_kv, 1));
            rows.text("supply-voltage", value);
            rows.figure("supply-rated-power", 1000.0 * sn_mva * f64::from(parallel), 0, "kVA");
        }
        PowerBranchKind::Impedance { rating_mva, .. } => rows.some("supply-rated-power", rating_mva, 1, "MVA"),
        PowerBranchKind::Switch { closed, .. } => {
            rows.figure("supply-voltage", vn_kv, if vn_kv < 1.0 { 1 } else { 0 }, "kV");
            rows.state(if closed { "supply-switch-closed" } else { "supply-switch-open" });
        }
    }
}

fn of_node(rows: &mut Rows, twin: &Twin, medium: Medium, view: &NodeView<'_>) {
    if let Some(name) = view.name {
        rows.text("supply-name", name);
    }
    match medium {
        Medium::Water => {
            let node = &twin.water[Id::new(view.row)];
            rows.figure("supply-elevation", node.elevation_m, 1, "m");
            match node.kind {
                WaterNodeKind::Junction { base_demand_m3_s } if base_demand_m3_s != 0.0 => {
                    rows.figure("supply-demand", 1000.0 * base_demand_m3_s, 3, "l/s");
                }
                WaterNodeKind::Reservoir { head_m } => rows.figure("supply-head", head_m, 1, "m"),
                WaterNodeKind::Tank { initial_level_m, max_level_m, diameter_m, .. } => {
                    rows.figure("supply-diameter", diameter_m, 1, "m");
                    rows.figure("supply-level", initial_level_m, 1, "m");
                    rows.figure("supply-max-level", max_level_m, 1, "m");
                }
                WaterNodeKind::Junction { .. } | WaterNodeKind::Hydrant => {}
            }
        }
        Medium::Gas => {
            let node = &twin.gas[Id::new(view.row)];
            rows.some("supply-feed-pressure", node.feed_pressure_bar, 3, "bar");
            if node.demand_m3_h > 0.0 {
                rows.figure("supply-demand", node.demand_m3_h, 1, "m³/h");
            }
            if node.customers > 0 {
                rows.text("supply-customers", node.customers.to_string());
            }
        }
        Medium::Heat => match twin.heat[Id::new(view.row)].kind {
            HeatNodeKind::Producer { power_w, supply_c, lift_bar } => {
                rows.figure("supply-power", power_w / 1000.0, 0, "kW");
                rows.figure("supply-supply-temperature", supply_c, 0, "°C");
                rows.figure("supply-lift", lift_bar, 2, "bar");
            }
            HeatNodeKind::Consumer { load_w, return_c } => {
                rows.figure("supply-load", load_w / 1000.0, 1, "kW");
                rows.figure("supply-return-temperature", return_c, 0, "°C");
            }
            HeatNodeKind::Junction => {}
        },
        Medium::Sewer => {
            let manhole = &twin.sewer[Id::new(view.row)];
            rows.figure("supply-cover-elevation", manhole.cover_elevation_m, 2, "m");
            rows.figure("supply-invert-elevation", manhole.invert_elevation_m, 2, "m");
            rows.figure("supply-depth", manhole.cover_elevation_m - manhole.invert_elevation_m, 2, "m");
        }
        Medium::Power => {
            let id = Id::new(view.row);
            let bus = &twin.power[id];
            rows.figure("supply-voltage", bus.vn_kv, if bus.vn_kv < 1.0 { 1 } else { 0 }, "kV");
            let loads = twin.power_units.rows().iter().filter(|unit| unit.bus == id && unit.in_service);
            let load_mw: f64 = loads
                .filter_map(|unit| match unit.kind {
                    PowerUnitKind::Load { p_mw, scaling, .. } => Some(p_mw * scaling),
                    _ => None,
                })
                .sum::<f64>()
                + bus.load_mw;
            if load_mw > 0.0 {
                rows.figure("supply-load", 1000.0 * load_mw, 1, "kW");
            }
        }
        Medium::Telecom | Medium::Other => {}
    }
    if let Some(building) = view.building.and_then(|id| twin.buildings.get(id)) {
        rows.text("supply-building", building.name.clone().unwrap_or_else(|| building.key.to_string()));
    }
}

/// The time of a water simulation that is shown: the one of greatest demand; of those at which something is out of service, where
/// there are some. Outages need not last from the first one's begin to the last one's end.
pub(crate) fn shown_time(water: &WaterOutcome) -> Option<&WaterTime> {
    let during = |time: &WaterTime| time.link_status.contains(&OUT_OF_SERVICE);
    let any = water.times.iter().any(during);
    let mut best: Option<(f64, &WaterTime)> = None;
    for time in water.times.iter().filter(|time| !any || during(time)) {
        let demand: f64 = time.demand_m3_s.iter().filter(|demand| **demand > 0.0).sum();
        if best.is_none_or(|(most, _)| demand > most) {
            best = Some((demand, time));
        }
    }
    best.map(|(_, time)| time)
}

/// The status of a link that an outage takes, as outcomes name it.
const OUT_OF_SERVICE: &str = "out_of_service";

/// What a run found at a part, with the scenario: pressure, flow, loading. Empty where nothing was computed.
#[must_use]
pub fn results(twin: &Twin, outcome: &Outcome, part: SupplyPart, language: Language) -> Vec<(String, String)> {
    let mut rows = Rows { language, rows: Vec::new() };
    match part {
        SupplyPart::Line(Medium::Water, row) => {
            if let Some(time) = outcome.water.as_ref().and_then(shown_time) {
                rows.some("supply-flow", time.flow_m3_s.get(row).map(|q| 1000.0 * q.abs()), 2, "l/s");
                rows.some("supply-velocity", time.velocity_m_s.get(row).map(|v| v.abs()), 2, "m/s");
                if time.link_status.get(row).is_some_and(|status| *status == OUT_OF_SERVICE) {
                    rows.state("supply-out-of-service");
                }
                clock(&mut rows, time);
            }
        }
        SupplyPart::Node(Medium::Water, row) => {
            if let Some(time) = outcome.water.as_ref().and_then(shown_time) {
                rows.some("supply-pressure", time.pressure_m_at(row).map(|m| m / M_PER_BAR), 2, "bar");
                if let Some(supply) = time.supply.get(row).filter(|supply| **supply != Supply::Supplied) {
                    rows.state(match supply {
                        Supply::LowPressure => "supply-low-pressure",
                        Supply::NegativePressure => "supply-negative-pressure",
                        Supply::CutOff | Supply::Supplied => "supply-none",
                    });
                }
                clock(&mut rows, time);
            }
        }
        SupplyPart::Line(Medium::Gas, row) => {
            if let Some(gas) = &outcome.gas {
                rows.some("supply-flow", gas.with.mass_flow_kg_s.get(row).map(|m| 3600.0 * m.abs()), 1, "kg/h");
                rows.some("supply-velocity", gas.with.velocity_m_s.get(row).map(|v| v.abs()), 1, "m/s");
                if gas.shut.contains(&Id::new(row)) {
                    rows.state("supply-out-of-service");
                }
            }
        }
        SupplyPart::Node(Medium::Gas, row) => {
            if let Some(gas) = &outcome.gas {
                pressure(&mut rows, gas.with.pressure_bar.get(row).copied().flatten());
            }
        }
        SupplyPart::Line(Medium::Heat, row) => {
            if let Some(heat) = &outcome.heat {
                rows.some("supply-flow", heat.with.mass_flow_kg_s.get(row).map(|m| m.abs()), 2, "kg/s");
                rows.some("supply-velocity", heat.with.velocity_m_s.get(row).map(|v| v.abs()), 2, "m/s");
                rows.some("supply-lost", heat.with.heat_loss_w.get(row).map(|w| w / 1000.0), 2, "kW");
                if heat.shut.contains(&Id::new(row)) {
                    rows.state("supply-out-of-service");
                }
            }
        }
        SupplyPart::Node(Medium::Heat, row) => {
            if let Some(heat) = &outcome.heat {
                pressure(&mut rows, heat.with.pressure_bar.get(row).copied().flatten());
                let kelvin = heat.with.temperature_k.get(row).copied().flatten();
                rows.some("supply-supply-temperature", kelvin.map(|k| k - 273.15), 1, "°C");
            }
        }
        SupplyPart::Line(Medium::Power, row) => {
            if let Some(power) = &outcome.power {
                match power.with.flow.get(row).copied().flatten() {
                    Some(flow) => {
                        rows.some("supply-loading", flow.loading_percent, 1, "%");
                        rows.figure("supply-current", 1000.0 * flow.i_from_ka.max(flow.i_to_ka), 0, "A");
                        rows.figure("supply-active-power", 1000.0 * flow.p_from_mw.abs(), 0, "kW");
                    }
                    None => rows.state("supply-dead"),
                }
            }
        }
        SupplyPart::Node(Medium::Power, row) => {
            if let Some(power) = &outcome.power {
                match power.with.vm_pu_of(Id::new(row)) {
                    Some(vm_pu) => {
                        let kv = vm_pu * twin.power[Id::new(row)].vn_kv;
                        let percent = language.number(100.0 * vm_pu, 1);
                        rows.text("supply-voltage-now", format!("{} kV ({percent} %)", language.number(kv, 3)));
                    }
                    None => rows.state("supply-dead"),
                }
            }
        }
        SupplyPart::Line(..) | SupplyPart::Node(..) | SupplyPart::Asset(_) => {}
    }
    rows.rows
}

fn pressure(rows: &mut Rows, bar: Option<f64>) {
    match bar {
        Some(bar) => rows.figure("supply-pressure", bar, 3, "bar"),
        None => rows.state("supply-none"),
    }
}

/// The time of day that a figure of a simulation belongs to.
fn clock(rows: &mut Rows, time: &WaterTime) {
    if time.time_s > 0 {
        let value =
            say(rows.language, "supply-hour", &[("hours", &rows.language.number(time.time_s as f64 / 3600.0, 1))]);
        rows.text("supply-time", value);
    }
}
