//! Pipes and what stands between them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use twin::{
    Finding, Findings, Key,
    utility::{GasLinkKind, HeatLinkKind},
};

use super::{build::Junction, rows::Rows};
use crate::{Tally, pandas};

/// A link of either network.
#[derive(Clone, Debug)]
pub(super) enum AnyLink {
    Gas(GasLinkKind),
    Heat(HeatLinkKind),
}

impl AnyLink {
    pub(super) const fn is_open(&self) -> bool {
        match self {
            Self::Gas(kind) => kind.is_open(),
            Self::Heat(kind) => kind.is_open(),
        }
    }
}

/// A link with its ends.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) key: Key,
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) kind: AnyLink,
    /// Number of the pipe.
    pub(super) pipe: Option<i64>,
    pub(super) material: Option<String>,
}

struct Reading<'a> {
    net: &'a Map<String, Value>,
    prefix: &'a str,
    is_gas: bool,
    places: &'a BTreeMap<i64, usize>,
    junctions: &'a mut Vec<Junction>,
    findings: &'a mut Findings,
    tally: &'a mut Tally,
    links: Vec<Link>,
}

/// Reads all tables of links, in the order pipes, valves, machines, controllers, stations.
pub(super) fn read(
    net: &Map<String, Value>,
    prefix: &str,
    is_gas: bool,
    places: &BTreeMap<i64, usize>,
    junctions: &mut Vec<Junction>,
    findings: &mut Findings,
    tally: &mut Tally,
) -> Vec<Link> {
    let mut reading = Reading { net, prefix, is_gas, places, junctions, findings, tally, links: Vec::new() };
    reading.pipes();
    reading.valves();
    reading.pumps();
    reading.compressors();
    reading.flow_controls();
    reading.pressure_controls();
    reading.circulation_pumps();
    reading.exchangers();
    reading.consumers();
    reading.links
}

impl Reading<'_> {
    /// One table: `make` gives kind and material of a row.
    fn table(
        &mut self,
        table: &str,
        kind: &'static str,
        ends: [&str; 2],
        required: &[&str],
        mut make: impl FnMut(&mut Rows<'_>, usize) -> Option<(AnyLink, Option<String>)>,
    ) {
        let required: Vec<&str> = ends.iter().chain(required).copied().collect();
        // A heat consumer is a `heat_consumer`, not a `heat_heat_consumer`.
        let prefix = format!("{}_", self.prefix);
        let name = if table.starts_with(&prefix) { table.to_owned() } else { format!("{prefix}{table}") };
        let mut rows = Rows::new(self.net, table, name, &required, self.findings);
        for row in 0..rows.n() {
            let from = rows.junction(row, ends[0], self.places);
            let to = rows.junction(row, ends[1], self.places);
            let made = make(&mut rows, row);
            let (Some(from), Some(to), Some((link, material))) = (from, to, made) else { continue };
            self.tally.keep(kind);
            let pipe = if table == "pipe" { rows.frame.number_of_row(row) } else { None };
            self.links.push(Link { key: rows.key(row), from, to, kind: link, pipe, material });
        }
    }

    fn pipes(&mut self) {
        let (is_gas, net) = (self.is_gas, self.net);
        let mut in_no_ground: Vec<Key> = Vec::new();
        self.table("pipe", "pipes", ["from_junction", "to_junction"], &["length_km"], |rows, row| {
            let std_type = rows.text(row, "std_type");
            let typed = |name: &str| {
                let of_type = pandas::inner(net.get("std_types")?).ok()?;
                pandas::number(of_type.get("pipe")?.get(std_type.as_deref()?)?.get(name)?)
            };
            let diameter_m = match rows.option(row, "inner_diameter_mm").or_else(|| typed("inner_diameter_mm")) {
                Some(diameter_mm) => diameter_mm / 1000.0,
                // The column of nets before pandapipes 0.12.
                None if rows.frame.has("diameter_m") => rows.size(row, "diameter_m"),
                None => {
                    let key = rows.key(row);
                    let message = format!("{key} has no inner diameter.");
                    rows.find(Finding::error("value-missing", message).with_key(key).with_field("inner_diameter_mm"));
                    return None;
                }
            };
            if diameter_m <= 0.0 {
                rows.wrong(row, "inner_diameter_mm", "a number above 0", &(1000.0 * diameter_m).to_string());
            }
            let outer_mm = rows.option(row, "outer_diameter_mm").or_else(|| typed("outer_diameter_mm"));
            let outer_m = outer_mm.map_or(diameter_m, |outer_mm| outer_mm / 1000.0);
            let length_m = 1000.0 * rows.size(row, "length_km");
            let roughness_mm = if rows.frame.has("k_mm") { rows.size(row, "k_mm") } else { 0.2 };
            let loss_coefficient = rows.number_or(row, "loss_coefficient", 0.0);
            let open = rows.boolean(row, "in_service", true);
            let sections = rows.number_or(row, "sections", 1.0).clamp(1.0, 1000.0) as u32;
            let u_w_m2_k =
                rows.option(row, "u_w_per_m2k").or_else(|| rows.option(row, "alpha_w_per_m2k")).unwrap_or(0.0);
            // 0 K is what pandapipes writes for pipes of a standard type where nothing is said.
            let ground_k = rows.option(row, "text_k").filter(|&ground_k| {
                if ground_k <= 0.0 && u_w_m2_k != 0.0 && !is_gas {
                    in_no_ground.push(rows.key(row));
                }
                ground_k > 0.0
            });
            let material = rows.text(row, "stanet_std_type").or(std_type.clone());
            let kind = if is_gas {
                AnyLink::Gas(GasLinkKind::Pipe { length_m, diameter_m, roughness_mm, loss_coefficient, sections, open })
            } else {
                let loss_w_m_k = u_w_m2_k * std::f64::consts::PI * outer_m;
                AnyLink::Heat(HeatLinkKind::Pipe {
                    length_m,
                    diameter_m,
                    roughness_mm,
                    loss_coefficient,
                    loss_w_m_k,
                    ground_k,
                    sections,
                    open,
                })
            };
            Some((kind, material))
        });
        if let Some(first) = in_no_ground.first() {
            let message = format!(
                "{} pipes that lose heat lie in ground of 0 K or less, the first is {first}; the ambient temperature is computed with.",
                in_no_ground.len()
            );
            self.findings.push(
                Finding::warning("ground-temperature", message)
                    .with_key(first.clone())
                    .with_field("text_k")
                    .with_help("Give `text_k`, or nothing: `create_pipe` writes 0 where it is not said."),
            );
        }
    }

    /// Valves between two junctions, or at the end of a pipe: then a junction of their own stands between.
    fn valves(&mut self) {
        let mut rows = Rows::new(self.net, "valve", format!("{}_valve", self.prefix), &[], self.findings);
        let (from_column, to_column) =
            if rows.frame.has("element") { ("junction", "element") } else { ("from_junction", "to_junction") };
        let mut own: BTreeMap<(usize, i64), usize> = BTreeMap::new();
        for row in 0..rows.n() {
            let from = rows.junction(row, from_column, self.places);
            let at_pipe = rows.text(row, "et").is_some_and(|kind| kind == "pi");
            let to = if at_pipe {
                let pipe = rows.reference(row, to_column);
                let link = pipe.and_then(|pipe| self.links.iter_mut().find(|link| link.pipe == Some(pipe)));
                match (from, pipe, link) {
                    (Some(from), Some(pipe), Some(link))
                        if link.from == from || link.to == from || own.contains_key(&(from, pipe)) =>
                    {
                        let next = self.junctions.len();
                        let node = *own.entry((from, pipe)).or_insert(next);
                        if node == next {
                            let key = format!("{}_junction/valve-{}", self.prefix, rows.frame.label(row));
                            let at = self.junctions[from].clone();
                            self.junctions.push(Junction {
                                key,
                                height_m: at.height_m,
                                temperature_k: at.temperature_k,
                                in_service: at.in_service,
                                ..Junction::default()
                            });
                        }
                        if link.from == from {
                            link.from = node;
                        } else if link.to == from {
                            link.to = node;
                        }
                        Some(node)
                    }
                    (Some(_), Some(pipe), _) => {
                        let key = rows.key(row);
                        let message = format!("{key}: pipe {pipe} does not exist or does not end at its junction.");
                        rows.find(Finding::error("unknown-pipe", message).with_key(key).with_field(to_column));
                        None
                    }
                    _ => None,
                }
            } else {
                rows.junction(row, to_column, self.places)
            };
            let diameter_m = match rows.option(row, "inner_diameter_mm") {
                Some(diameter_mm) => diameter_mm / 1000.0,
                None => rows.number_or(row, "diameter_m", 0.1),
            };
            let loss_coefficient = rows.number_or(row, "loss_coefficient", 0.0);
            let open = rows.boolean(row, "opened", true) && rows.boolean(row, "in_service", true);
            let (Some(from), Some(to)) = (from, to) else { continue };
            self.tally.keep("valves");
            let kind = if self.is_gas {
                AnyLink::Gas(GasLinkKind::Valve { diameter_m, loss_coefficient, open })
            } else {
                AnyLink::Heat(HeatLinkKind::Valve { diameter_m, loss_coefficient, open })
            };
            self.links.push(Link { key: rows.key(row), from, to, kind, pipe: None, material: None });
        }
    }

    fn pumps(&mut self) {
        let (is_gas, net) = (self.is_gas, self.net);
        self.table("pump", "pumps", ["from_junction", "to_junction"], &["std_type"], |rows, row| {
            let name = rows.text(row, "std_type");
            let curve = name.as_ref().and_then(|name| {
                let types = pandas::inner(net.get("std_types")?).ok()?;
                let std_type = types.get("pump")?.get(name)?;
                pandas::numbers(pandas::inner(std_type).ok()?.get("reg_par")?)
            });
            let open = rows.boolean(row, "in_service", true);
            let Some(curve) = curve else {
                let key = rows.key(row);
                let message = format!(
                    "{key}: there is no standard type `{}` of pumps with a curve.",
                    name.as_deref().unwrap_or("")
                );
                rows.find(Finding::error("unknown-std-type", message).with_key(key).with_field("std_type"));
                return None;
            };
            let kind = if is_gas {
                AnyLink::Gas(GasLinkKind::Pump { curve, open })
            } else {
                AnyLink::Heat(HeatLinkKind::Pump { curve, open })
            };
            Some((kind, None))
        });
    }

    fn compressors(&mut self) {
        let is_gas = self.is_gas;
        self.table("compressor", "compressors", ["from_junction", "to_junction"], &["pressure_ratio"], |rows, row| {
            let pressure_ratio = rows.number(row, "pressure_ratio");
            let open = rows.boolean(row, "in_service", true);
            if !is_gas {
                let key = rows.key(row);
                let message = format!("{key}: a compressor cannot compress a liquid.");
                rows.find(Finding::error("compressor-of-liquid", message).with_key(key));
                return None;
            }
            Some((AnyLink::Gas(GasLinkKind::Compressor { pressure_ratio, open }), None))
        });
    }

    fn flow_controls(&mut self) {
        let is_gas = self.is_gas;
        let required = ["controlled_mdot_kg_per_s"];
        self.table("flow_control", "flow controllers", ["from_junction", "to_junction"], &required, |rows, row| {
            let mass_flow_kg_s = rows.number(row, "controlled_mdot_kg_per_s");
            let active = rows.boolean(row, "control_active", true);
            let open = rows.boolean(row, "in_service", true);
            let kind = if is_gas {
                // Mass flow until the density is known.
                AnyLink::Gas(GasLinkKind::FlowControl { flow_m3_h: mass_flow_kg_s, active, open })
            } else {
                AnyLink::Heat(HeatLinkKind::FlowControl { mass_flow_kg_s, active, open })
            };
            Some((kind, None))
        });
    }

    fn pressure_controls(&mut self) {
        let (is_gas, prefix, places) = (self.is_gas, self.prefix, self.places);
        let required = ["controlled_junction", "controlled_p_bar"];
        self.table(
            "press_control",
            "pressure controllers",
            ["from_junction", "to_junction"],
            &required,
            |rows, row| {
                let controlled = rows
                    .junction(row, "controlled_junction", places)
                    .and(rows.frame.integer(row, "controlled_junction").ok()?);
                let controlled_key = controlled.map(|number| Key::new(format!("{prefix}_junction/{number}")));
                let pressure_bar = rows.number(row, "controlled_p_bar");
                let loss_coefficient = rows.number_or(row, "loss_coefficient", 0.0);
                let active = rows.boolean(row, "control_active", true);
                let open = rows.boolean(row, "in_service", true);
                let kind = if is_gas {
                    AnyLink::Gas(GasLinkKind::PressureControl {
                        pressure_bar,
                        controlled_key,
                        loss_coefficient,
                        active,
                        open,
                    })
                } else {
                    AnyLink::Heat(HeatLinkKind::PressureControl {
                        pressure_bar,
                        controlled_key,
                        loss_coefficient,
                        active,
                        open,
                    })
                };
                Some((kind, None))
            },
        );
    }

    fn circulation_pumps(&mut self) {
        let is_gas = self.is_gas;
        for (table, given) in [("circ_pump_pressure", "plift_bar"), ("circ_pump_mass", "mdot_flow_kg_per_s")] {
            let ends = ["return_junction", "flow_junction"];
            self.table(table, "circulation pumps", ends, &[given], |rows, row| {
                let kind = rows.text(row, "type").unwrap_or_else(|| "pt".to_owned());
                let supply_pressure_bar = if kind.contains('p') { Some(rows.number(row, "p_flow_bar")) } else { None };
                let supply_k = if kind.contains('t') { rows.option(row, "t_flow_k") } else { None };
                let value = rows.number(row, given);
                let open = rows.boolean(row, "in_service", true);
                if is_gas {
                    let key = rows.key(row);
                    let message = format!("{key}: circulation pumps are computed in heat networks only.");
                    rows.find(Finding::error("circulation-of-gas", message).with_key(key));
                    return None;
                }
                let (lift_bar, mass_flow_kg_s) =
                    if given == "plift_bar" { (Some(value), None) } else { (None, Some(value)) };
                let kind =
                    HeatLinkKind::CirculationPump { supply_pressure_bar, supply_k, lift_bar, mass_flow_kg_s, open };
                Some((AnyLink::Heat(kind), None))
            });
        }
    }

    fn exchangers(&mut self) {
        let is_gas = self.is_gas;
        self.table("heat_exchanger", "heat exchangers", ["from_junction", "to_junction"], &["qext_w"], |rows, row| {
            let heat_w = rows.number(row, "qext_w");
            let diameter_m = match rows.option(row, "inner_diameter_mm") {
                Some(diameter_mm) => diameter_mm / 1000.0,
                None => rows.number_or(row, "diameter_m", 0.1),
            };
            let loss_coefficient = rows.number_or(row, "loss_coefficient", 0.0);
            let open = rows.boolean(row, "in_service", true);
            let kind = if is_gas {
                // Gas is computed with given temperatures: a loss without heat.
                AnyLink::Gas(GasLinkKind::Valve { diameter_m, loss_coefficient, open })
            } else {
                AnyLink::Heat(HeatLinkKind::Exchanger { diameter_m, loss_coefficient, heat_w, open })
            };
            Some((kind, None))
        });
    }

    fn consumers(&mut self) {
        let is_gas = self.is_gas;
        self.table("heat_consumer", "heat consumers", ["from_junction", "to_junction"], &[], |rows, row| {
            let heat_w = rows.option(row, "qext_w");
            let mass_flow_kg_s = rows.option(row, "controlled_mdot_kg_per_s");
            let cooling_k = rows.option(row, "deltat_k");
            let return_k = rows.option(row, "treturn_k");
            let open = rows.boolean(row, "in_service", true);
            let given = [heat_w, mass_flow_kg_s, cooling_k, return_k].iter().flatten().count();
            let key = rows.key(row);
            if is_gas {
                let message = format!("{key}: heat consumers are computed in heat networks only.");
                rows.find(Finding::error("consumer-of-gas", message).with_key(key));
                return None;
            }
            if given != 2 || (cooling_k.is_some() && return_k.is_some()) {
                let message = format!(
                    "{key}: two of heat, mass flow, and cooling or return temperature must be given, not {given} values."
                );
                rows.find(
                    Finding::error("consumer-values", message)
                        .with_key(key)
                        .with_field("qext_w")
                        .with_help("Give qext_w and controlled_mdot_kg_per_s, or one of them with deltat_k or treturn_k."),
                );
                return None;
            }
            Some((AnyLink::Heat(HeatLinkKind::Consumer { heat_w, mass_flow_kg_s, cooling_k, return_k, open }), None))
        });
    }
}
