//! pandapower networks (`*.json`, as `pandapower.to_json` writes them, also gzipped) as twins that hold power only.
//!
//! # What is read
//! Tables `bus`, `line`, `trafo`, `trafo3w`, `impedance`, `switch`, `load`, `asymmetric_load`, `sgen`, `asymmetric_sgen`,
//! `storage`, `motor`, `gen`, `ext_grid`, `shunt`, `ward`, `xward`, `dcline`, with pandapower's defaults for columns that
//! older versions do not have; `bus.geo` and `line.geo` (GeoJSON), `bus_geodata` and `line_geodata`; the tables of tap
//! characteristics and of reactive capability. Networks in kilowatts (pandapower 1) are refused. Tables that change a power flow and are not read are warnings where they have rows in service.
//!
//! # What becomes of it
//! Keys keep pandapower's indices: `power_bus/31`, `power_line/12`, `power_transformer/114`, `power_switch/107`,
//! `power_load/5`. A three-winding transformer becomes three transformers around a bus `power_star/7`, an extended ward an
//! impedance and a generator behind it, a direct-current line two generators, a motor and a storage a load, a ward a load
//! and a shunt, all by pandapower's formulas. Capacitances are turned from the network's frequency to 50 Hz.
//!
//! # Place
//! Longitude and latitude count where the lengths of the lines agree with them (the median within a factor of 20); else
//! they are a drawing, and the twin has no place on earth.
//!
//! # Not as in pandapower
//! Parts of constant impedance and current belong to each load by itself; pandapower 3 takes their mean over all loads of a
//! bus and applies it to generation there, too (its issue 2832). Controllers do not run.

mod branches;
mod place;
mod table;
mod taps;
mod three_winding;
mod units;

use std::{collections::BTreeMap, path::Path};

use serde_json::Value;
use twin::{
    Crs, Finding, Findings, Id, Key, Severity, Source, Table, Twin,
    geo_types::Coord,
    utility::{PowerBus, PowerEndSwitch, PowerUnit},
};

use self::table::{Rows, Tables};
use crate::{ImportOptions, Imported, Tally, fingerprint::fingerprint, pandas};

/// Whether a text, its beginning suffices, is a pandapower network.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if !start.starts_with('{') {
        return false;
    }
    start.contains("pandapowerNet") || (start.contains("DataFrame") && start.contains("vn_kv"))
}

/// Most findings that one file gives; the rest are counted.
const MOST_FINDINGS: usize = 100;
/// Frequency that capacitances in a twin belong to.
const FREQUENCY_HZ: f64 = 50.0;

/// Tables that change a power flow and are not read.
const ACTIVE: [&str; 13] = [
    "svc",
    "tcsc",
    "ssc",
    "vsc",
    "b2b_vsc",
    "vsc_stacked",
    "vsc_bipolar",
    "bus_dc",
    "line_dc",
    "load_dc",
    "source_dc",
    "bi_vsc",
    "facts",
];

/// Reads a network from the text of a file.
///
/// # Errors
/// It is no JSON, no pandapower network, a table is damaged, a required value is missing or of the wrong type, or a row
/// refers to a bus or branch that does not exist: every such place is one finding.
pub fn read(path: &Path, bytes: &[u8], text: &str, options: &ImportOptions) -> Result<Imported, Findings> {
    let shown = path.display().to_string();
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let about = |finding: Finding| Findings::from(finding.with_file(shown.clone()));
    let root = pandas::parse(text.trim_start_matches('\u{feff}')).map_err(|error| {
        let finding = Finding::error("invalid-json", format!("It is no valid JSON: {error}."))
            .with_help("The file may be cut off: write it again with pandapower.to_json.");
        let position = (u32::try_from(error.line()), u32::try_from(error.column()));
        about(match position {
            (Ok(line), Ok(column)) if line > 0 => finding.with_position(line, column.max(1)),
            _ => finding,
        })
    })?;
    let net = pandas::inner(&root)
        .map_err(|error| about(Finding::error("invalid-json", format!("Its network is no valid JSON: {error}."))))?;
    let mut reader = Reader::of(&net, options);
    reader.fill();
    reader.tell_options(&net);
    reader.finish(&name, bytes, &shown, net.get("name").and_then(Value::as_str))
}

/// A network on its way in.
struct Reader<'v> {
    options: &'v ImportOptions,
    tables: Tables,
    twin: Twin,
    bus_of: BTreeMap<i64, Id<PowerBus>>,
    /// Branch and bus index at its beginning and end, by table and pandapower's index.
    branch_of: BTreeMap<(&'static str, i64), Vec<branches::Placed>>,
    f_hz: f64,
}

impl<'v> Reader<'v> {
    fn of(net: &Value, options: &'v ImportOptions) -> Self {
        let number = |name: &str| net.get(name).and_then(pandas::number).filter(|value| *value > 0.0);
        Self {
            options,
            tables: Tables::of(net),
            twin: Twin::empty(String::new(), Crs::NOWHERE),
            bus_of: BTreeMap::new(),
            branch_of: BTreeMap::new(),
            f_hz: number("f_hz").unwrap_or(FREQUENCY_HZ),
        }
    }

    fn fill(&mut self) {
        let Some(buses) = self.tables.take("bus") else {
            self.tables.push(
                Finding::error("no-buses", "There is no table `bus`: this is no pandapower network.")
                    .with_help("Write the network with pandapower.to_json(net, \"net.json\")."),
            );
            return;
        };
        if self.tables.has_column(&["p_kw", "sn_kva"]) {
            self.tables.push(
                Finding::error("old-format", "The network is in kilowatts, as pandapower 1 wrote it; that is not read.")
                    .with_help("Open it with a later pandapower and write it again: pandapower.to_json(pandapower.from_json(file), file)."),
            );
            return;
        }
        let positions = place::positions(&buses, self.options, &mut self.twin.crs, &mut self.tables);
        self.add_buses(&buses, &positions);
        self.add_lines();
        self.add_transformers();
        self.add_three_winding();
        self.add_impedances();
        self.add_switches();
        self.add_units();
        self.tell_rest();
    }

    fn add_buses(&mut self, buses: &Rows, positions: &[Coord<f64>]) {
        for (row, &position) in positions.iter().enumerate().take(buses.n()) {
            let mut at = buses.at(row, &mut self.tables);
            let (vn_kv, in_service) = (at.positive("vn_kv"), at.flag("in_service", true));
            let bus = PowerBus {
                key: Key::new(format!("power_bus/{}", at.label())),
                name: at.text("name"),
                position,
                vn_kv: vn_kv.unwrap_or(1.0),
                min_vm_pu: at.maybe("min_vm_pu"),
                max_vm_pu: at.maybe("max_vm_pu"),
                slack_vm_pu: None,
                start_vm_pu: None,
                start_va_deg: None,
                load_mw: 0.0,
                load_mvar: 0.0,
                generation_mw: 0.0,
                in_service,
                building: None,
            };
            let index = at.index();
            at.keep("power buses");
            if let Some(index) = index {
                let id = self.twin.power.add_node(bus);
                if self.bus_of.insert(index, id).is_some() {
                    self.tables.push(
                        Finding::error("repeated-index", format!("There are two buses of the index {index}."))
                            .with_key(format!("power_bus/{index}")),
                    );
                }
            }
        }
    }

    /// The bus that a column names.
    fn bus(&mut self, rows: &Rows, row: usize, column: &'static str) -> Option<Id<PowerBus>> {
        let index = rows.at(row, &mut self.tables).whole(column)?;
        let found = self.bus_of.get(&index).copied();
        if found.is_none() {
            let finding = rows
                .at(row, &mut self.tables)
                .error("unknown-bus", column, format!("there is no bus {index}"))
                .with_help("Every element must name a bus of the table `bus`.");
            self.tables.push(finding);
        }
        found
    }

    /// Options of pandapower's power flow that the network itself asks for, and that give other results.
    fn tell_options(&mut self, net: &Value) {
        let Some(options) = net.get("user_pf_options").and_then(|options| pandas::inner(options).ok()) else { return };
        let is_other = |&(name, usual): &(&str, &Value)| options.get(name).is_some_and(|value| value != usual);
        let usual = serde_json::json!({
            "mode": "pf", "trafo_model": "t", "trafo3w_losses": "hv", "calculate_voltage_angles": true, "voltage_depend_loads": true,
            "enforce_q_lims": false, "consider_line_temperature": false, "distributed_slack": false, "tdpf": false,
            "switch_rx_ratio": 2, "neglect_open_switch_branches": false, "trafo_loading": "current", "run_control": false,
        });
        let known = usual.as_object().into_iter().flatten().map(|(name, value)| (name.as_str(), value));
        let names: Vec<String> = known.filter(is_other).map(|(name, _)| format!("`{name}`")).collect();
        if !names.is_empty() {
            self.tables.push(
                Finding::warning(
                    "options-not-followed",
                    format!(
                        "The network asks for options of pandapower's power flow that are not followed: {}.",
                        names.join(", ")
                    ),
                )
                .with_field("user_pf_options")
                .with_help("Reactive limits of generators are the key `power.reactive_limits` of a scenario."),
            );
        }
    }

    /// What is in the file and is not read.
    fn tell_rest(&mut self) {
        for name in ACTIVE {
            let Some(rows) = self.tables.take(name) else { continue };
            let n = (0..rows.n()).filter(|&row| rows.at(row, &mut self.tables).flag("in_service", true)).count();
            for _ in 0..n {
                self.tables.tally.drop("elements of kinds that are not computed", "not computed");
            }
            if n > 0 {
                self.tables.push(
                    Finding::warning(
                        "power-element-not-computed",
                        format!("{n} rows of the table `{name}` are in service and are left out: results are off around them."),
                    )
                    .with_field(name)
                    .with_help("Replace them by loads and generators of the same power, or take them out of service."),
                );
            }
        }
        let controllers = self.tables.take("controller").map_or(0, |rows| rows.n());
        if controllers > 0 {
            self.tables.push(
                Finding::note(
                    "controllers-do-not-run",
                    format!("{controllers} controllers are not run: taps stay where they are."),
                )
                .with_field("controller"),
            );
        }
        for (name, n) in self.tables.rest() {
            for _ in 0..n {
                self.tables.tally.not_used(name.clone());
            }
        }
    }

    fn finish(mut self, name: &str, bytes: &[u8], shown: &str, title: Option<&str>) -> Result<Imported, Findings> {
        let stem = name.trim_end_matches(".gz").trim_end_matches(".json").to_owned();
        let title = title.map(str::trim).filter(|title| !title.is_empty()).map_or(stem, str::to_owned);
        self.twin.name = self.options.name.clone().unwrap_or(title);
        self.twin.sources.push(Source {
            name: name.to_owned(),
            format: "pandapower JSON".to_owned(),
            licence: None,
            attribution: None,
            date: None,
            hash: Some(fingerprint(bytes)),
        });
        self.tables.push(
            Finding::note("unknown-licence", "A pandapower file does not say its licence.")
                .with_help("Look it up at the source before you pass on data or results."),
        );
        let Tables { findings, tally, n_left_out, .. } = self.tables;
        let mut findings = Findings(findings.into_iter().map(|finding| finding.with_file(shown)).collect());
        if n_left_out > 0 {
            let message = format!("{n_left_out} more findings of this file are not shown.");
            let severity = if findings.has_errors() { Severity::Error } else { Severity::Warning };
            findings.push(Finding::new(severity, "more-findings", message).with_file(shown));
        }
        if findings.has_errors() {
            return Err(findings);
        }
        Ok(Imported { twin: self.twin, findings, tally })
    }

    fn push_unit(&mut self, unit: PowerUnit) {
        push(&mut self.twin.power_units, unit);
    }

    fn push_end_switch(&mut self, switch: PowerEndSwitch) {
        push(&mut self.twin.power_end_switches, switch);
    }
}

fn push<T>(table: &mut Table<T>, row: T) {
    table.push(row);
}

#[cfg(test)]
mod tests;
