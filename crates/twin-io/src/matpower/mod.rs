//! MATPOWER cases (`*.m`, format version 1 and 2) as twins that hold power only.
//!
//! # What is read
//! `baseMVA`, `bus`, `gen`, `branch`, `bus_name`, and assignments behind the tables that change whole columns (cases of
//! distribution networks turn ohms and kilowatts so). Costs and direct-current lines are told and not used.
//!
//! # What becomes of it
//! Keys: `power_bus/31` by the number of the bus, `power_branch/12` and `power_gen/3` by the row, from 1. Branches are
//! two-ports in per unit. A generator at a reference bus is a feed, one at a PV bus keeps its voltage, one at a PQ bus gives
//! its power. A PV or reference bus without a running generator is a PQ bus; where no reference is left, the first PV bus
//! is it, as in MATPOWER.
//!
//! # References
//! Zimmerman, Murillo-Sánchez and Thomas 2011, doi:10.1109/TPWRS.2010.2051168; MATPOWER User's Manual, appendix B.

mod evaluate;
mod text;

use std::{collections::BTreeMap, f64::consts::TAU, path::Path};

use twin::{
    Crs, Finding, Findings, Id, Key, Source, Twin,
    geo_types::{Coord, LineString},
    utility::{Burial, PowerBranch, PowerBranchKind, PowerBus, PowerUnit, PowerUnitKind},
};

use crate::{ImportOptions, Imported, Tally, fingerprint::fingerprint};

/// Distance of the buses in the drawing, metres.
const SPACING_M: f64 = 100.0;
/// Most findings that one file gives.
const MOST_FINDINGS: usize = 100;

/// Whether a text, its beginning suffices, is a MATPOWER case.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    let has = |words: &str| text.lines().any(|line| line.trim_start().starts_with(words));
    has("mpc.baseMVA") || has("mpc.version") || has("mpc.bus") || has("function mpc") || has("function [baseMVA")
}

/// The tables of a case, row by row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tables {
    base_mva: f64,
    bus: Vec<Vec<f64>>,
    generator: Vec<Vec<f64>>,
    branch: Vec<Vec<f64>>,
    names: Vec<String>,
    /// Line at which each table begins.
    lines: BTreeMap<&'static str, u32>,
}

impl Tables {
    fn table(&self, name: &str) -> Option<&[Vec<f64>]> {
        match name {
            "bus" => Some(&self.bus),
            "gen" => Some(&self.generator),
            "branch" => Some(&self.branch),
            _ => None,
        }
    }

    fn table_mut(&mut self, name: &str) -> Option<&mut Vec<Vec<f64>>> {
        match name {
            "bus" => Some(&mut self.bus),
            "gen" => Some(&mut self.generator),
            "branch" => Some(&mut self.branch),
            _ => None,
        }
    }
}

/// Reads a case from the text of a file.
///
/// # Errors
/// A table is missing, short of columns or holds what is no number, a branch or generator names a bus that does not exist,
/// a statement that changes the data is not understood: every such place is one finding with its line.
pub fn read(path: &Path, text: &str, options: &ImportOptions) -> Result<Imported, Findings> {
    let shown = path.display().to_string();
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let mut findings = Findings::default();
    let tables = tables(text, &mut findings);
    check(&tables, &mut findings);
    let mut twin = Twin::empty(name.trim_end_matches(".m").to_owned(), Crs::NOWHERE);
    let mut tally = Tally::default();
    if !findings.has_errors() {
        fill(&tables, &mut twin, &mut tally, &mut findings);
    }
    findings.0.truncate(MOST_FINDINGS);
    let findings = Findings(findings.into_iter().map(|finding| finding.with_file(shown.clone())).collect());
    if findings.has_errors() {
        return Err(findings);
    }
    if let Some(name) = &options.name {
        twin.name.clone_from(name);
    }
    twin.sources.push(Source {
        name,
        format: "MATPOWER".to_owned(),
        licence: None,
        attribution: None,
        date: None,
        hash: Some(fingerprint(text.as_bytes())),
    });
    Ok(Imported { twin, findings, tally })
}

fn tables(text: &str, findings: &mut Findings) -> Tables {
    let mut tables = Tables::default();
    let mut variables = evaluate::Variables::default();
    let mut conditions = Conditions::default();
    for statement in text::statements(text) {
        if conditions.take(&statement.text, &tables, &variables) || conditions.holds() == Some(false) {
            continue;
        }
        let Some((target, source)) = statement.text.split_once('=') else {
            continue;
        };
        let (target, source) = (target.trim(), source.trim());
        if target.starts_with("function") || source.starts_with('=') {
            continue;
        }
        if conditions.holds().is_none() {
            let message = format!(
                "The statement `{}` stands under a condition that is not understood.",
                shortened(&statement.text)
            );
            let finding = if target.starts_with("mpc.") {
                Finding::error("statement-not-understood", message)
                    .with_help("Write the table with its final numbers (MATPOWER: savecase).")
            } else {
                Finding::note("statement-not-understood", message)
            };
            findings.push(finding.with_position(statement.line, 1));
            continue;
        }
        let plain = target.strip_prefix("mpc.").unwrap_or(target);
        let slot = match plain {
            "bus" | "gen" | "branch" => plain,
            "baseMVA" => "baseMVA",
            "bus_name" => {
                tables.names = text::texts(source).unwrap_or_default();
                continue;
            }
            "version" | "gencost" | "areas" | "gentype" | "genfuel" | "branch_name" | "if" => continue,
            "dcline" | "dclinecost" => {
                findings.push(
                    Finding::warning(
                        "power-element-not-computed",
                        format!("`{plain}` is left out: results are off around it."),
                    )
                    .with_position(statement.line, 1)
                    .with_field(plain),
                );
                continue;
            }
            _ => "",
        };
        if slot == "baseMVA" && text::number(source).is_some() {
            tables.base_mva = text::number(source).unwrap_or_default();
            continue;
        }
        match text::matrix(source) {
            Some(Ok(rows)) if matches!(slot, "bus" | "gen" | "branch") => {
                let known = match slot {
                    "bus" => "bus",
                    "gen" => "gen",
                    _ => "branch",
                };
                tables.lines.insert(known, statement.line);
                if let Some(table) = tables.table_mut(slot) {
                    *table = rows;
                }
            }
            Some(Err((row, word))) if matches!(slot, "bus" | "gen" | "branch") => {
                let line = statement.line + u32::try_from(row).unwrap_or(0);
                findings.push(
                    Finding::error("invalid-number", format!("`{word}` is no number."))
                        .with_position(line, 1)
                        .with_field(slot.to_owned()),
                );
            }
            // Other tables of a case (`mpc.reserves = [...]`) do not change a power flow.
            _ if slot.is_empty() && target.starts_with("mpc.") && !target.contains('(') => {}
            _ => {
                if let Err(wrong) = evaluate::assign(target, source, &mut tables, &mut variables) {
                    let changes = target.starts_with("mpc.");
                    let message = format!("The statement `{}` is not understood: {wrong}.", shortened(&statement.text));
                    let finding = if changes {
                        Finding::error("statement-not-understood", message)
                            .with_help("Write the table with its final numbers (MATPOWER: savecase).")
                    } else {
                        Finding::note("statement-not-understood", message)
                    };
                    findings.push(finding.with_position(statement.line, 1));
                }
            }
        }
    }
    tables
}

/// The conditions and loops that are open at a statement.
#[derive(Debug, Default)]
struct Conditions(Vec<Option<bool>>);

impl Conditions {
    /// Whether all of them hold; nothing where one is not understood and none fails.
    fn holds(&self) -> Option<bool> {
        if self.0.contains(&Some(false)) { Some(false) } else { (!self.0.contains(&None)).then_some(true) }
    }

    /// Takes a statement that opens, turns or closes one; false for any other.
    fn take(&mut self, text: &str, tables: &Tables, variables: &evaluate::Variables) -> bool {
        let (word, rest) = text.split_at(text.find(|letter: char| !letter.is_alphanumeric()).unwrap_or(text.len()));
        match word {
            "if" => self.0.push(evaluate::truth(rest, tables, variables)),
            "for" | "while" | "switch" | "try" | "parfor" => self.0.push(None),
            "else" | "elseif" | "case" | "otherwise" | "catch" => {
                if let Some(last) = self.0.last_mut() {
                    // Behind an `if` that held, no other branch is taken.
                    *last = match (word, *last) {
                        ("else" | "elseif", Some(true)) => Some(false),
                        ("else", Some(false)) => Some(true),
                        ("elseif", Some(false)) => evaluate::truth(rest, tables, variables),
                        _ => None,
                    };
                }
            }
            "end" | "endif" | "endfor" | "endwhile" | "endfunction" => {
                self.0.pop();
            }
            _ => return false,
        }
        true
    }
}

fn shortened(text: &str) -> String {
    let line: String = text.chars().take(60).map(|letter| if letter == '\n' { ' ' } else { letter }).collect();
    if text.chars().count() > 60 { format!("{line}…") } else { line }
}

/// What must hold before anything is built.
fn check(tables: &Tables, findings: &mut Findings) {
    if !(tables.base_mva.is_finite() && tables.base_mva > 0.0) {
        findings.push(
            Finding::error("missing-value", format!("`baseMVA` is {}; it must be greater than 0.", tables.base_mva))
                .with_field("baseMVA"),
        );
    }
    let numbers: BTreeMap<i64, usize> =
        tables.bus.iter().enumerate().filter_map(|(row, bus)| Some((*bus.first()? as i64, row))).collect();
    for (name, table, least, ends) in [
        ("bus", &tables.bus, 13, &[][..]),
        ("gen", &tables.generator, 8, &[0][..]),
        ("branch", &tables.branch, 11, &[0, 1][..]),
    ] {
        let line = tables.lines.get(name).copied();
        let at = |row: usize| line.map_or(0, |line| line + 1 + row as u32);
        if table.is_empty() && name != "branch" {
            findings.push(Finding::error("missing-table", format!("There is no table `{name}`.")).with_field(name));
        }
        for (row, cells) in table.iter().enumerate() {
            let mut wrong = |code: &'static str, message: String| {
                let finding = Finding::error(code, format!("Row {} of `{name}`: {message}.", row + 1)).with_field(name);
                findings.push(if at(row) > 0 { finding.with_position(at(row), 1) } else { finding });
            };
            if cells.len() < least {
                wrong("missing-column", format!("it has {} columns of {least}", cells.len()));
                continue;
            }
            for &end in ends {
                if !numbers.contains_key(&(cells[end] as i64)) {
                    wrong("unknown-bus", format!("there is no bus {}", cells[end]));
                }
            }
            let needed = if name == "branch" {
                2..5
            } else if name == "bus" {
                2..6
            } else {
                1..3
            };
            if cells[needed].iter().any(|value| !value.is_finite()) {
                wrong("impossible-value", "a value is not finite".to_owned());
            }
        }
    }
    if numbers.len() < tables.bus.len() {
        findings.push(Finding::error("repeated-index", "Two buses have the same number.").with_field("bus"));
    }
}

fn fill(tables: &Tables, twin: &mut Twin, tally: &mut Tally, findings: &mut Findings) {
    let mut bus_of: BTreeMap<i64, Id<PowerBus>> = BTreeMap::new();
    let n = tables.bus.len().max(1) as f64;
    let radius_m = (SPACING_M * n / TAU).max(SPACING_M);
    let mut without_kv = 0;
    for (row, cells) in tables.bus.iter().enumerate() {
        let (sin, cos) = (TAU * row as f64 / n).sin_cos();
        let kv = cells[9];
        without_kv += usize::from(kv <= 0.0);
        let id = twin.power.add_node(PowerBus {
            key: Key::new(format!("power_bus/{}", cells[0] as i64)),
            name: tables.names.get(row).cloned().filter(|name| !name.is_empty()),
            position: Coord { x: radius_m * sin, y: radius_m * cos },
            vn_kv: if kv > 0.0 { kv } else { 1.0 },
            min_vm_pu: Some(cells[12]).filter(|limit| limit.is_finite()),
            max_vm_pu: Some(cells[11]).filter(|limit| limit.is_finite()),
            slack_vm_pu: None,
            start_vm_pu: Some(cells[7]).filter(|vm_pu| vm_pu.is_finite() && *vm_pu > 0.0),
            start_va_deg: Some(cells[8]).filter(|va_deg| va_deg.is_finite()),
            load_mw: cells[2],
            load_mvar: cells[3],
            generation_mw: 0.0,
            in_service: cells[1] as i64 != 4,
            building: None,
        });
        tally.keep("power buses");
        bus_of.insert(cells[0] as i64, id);
        if cells[4] != 0.0 || cells[5] != 0.0 {
            let position = twin.power[id].position;
            twin.power_units.push(PowerUnit {
                key: Key::new(format!("power_shunt/{}", cells[0] as i64)),
                name: None,
                position,
                bus: id,
                // Susceptance is injected, conductance drawn at 1 p.u.
                kind: PowerUnitKind::Shunt { p_mw: cells[4], q_mvar: -cells[5] },
                profile: None,
                in_service: true,
                building: None,
            });
        }
    }
    if without_kv > 0 {
        findings.push(
            Finding::note("no-rated-voltage", format!("{without_kv} buses have no rated voltage; 1 kV stands in."))
                .with_field("BASE_KV"),
        );
    }
    findings.push(
        Finding::note("no-coordinates", "There are no coordinates: the buses are laid out on a circle.")
            .with_help("Results do not depend on positions, pictures do."),
    );
    findings.push(
        Finding::note("unknown-licence", "A MATPOWER file does not say its licence.")
            .with_help("Look it up at the source before you pass on data or results."),
    );
    fill_generators(tables, &bus_of, twin, tally, findings);
    for (row, cells) in tables.branch.iter().enumerate() {
        let (Some(&from), Some(&to)) = (bus_of.get(&(cells[0] as i64)), bus_of.get(&(cells[1] as i64))) else {
            continue;
        };
        let half = cells[4] / 2.0;
        let kind = PowerBranchKind::Impedance {
            sn_mva: tables.base_mva,
            r_ft_pu: cells[2],
            x_ft_pu: cells[3],
            r_tf_pu: cells[2],
            x_tf_pu: cells[3],
            g_f_pu: 0.0,
            b_f_pu: half,
            g_t_pu: 0.0,
            b_t_pu: half,
            ratio: if cells[8] == 0.0 { 1.0 } else { cells[8] },
            shift_deg: cells[9],
            rating_mva: Some(cells[5]).filter(|rating| *rating > 0.0 && rating.is_finite()),
            in_service: cells[10] > 0.0,
        };
        let geometry = LineString(vec![twin.power[from].position, twin.power[to].position]);
        let key = Key::new(format!("power_branch/{}", row + 1));
        twin.power.add_link(from, to, PowerBranch { key, name: None, geometry, kind, burial: Burial::default() });
        tally.keep("power branches");
    }
}

fn fill_generators(
    tables: &Tables,
    bus_of: &BTreeMap<i64, Id<PowerBus>>,
    twin: &mut Twin,
    tally: &mut Tally,
    findings: &mut Findings,
) {
    let kind_of: BTreeMap<i64, (i64, f64)> =
        tables.bus.iter().map(|cells| (cells[0] as i64, (cells[1] as i64, cells[8]))).collect();
    let runs = |cells: &&Vec<f64>| cells[7] > 0.0;
    let is_kind = |cells: &Vec<f64>, kind: i64| kind_of.get(&(cells[0] as i64)).is_some_and(|of| of.0 == kind);
    let has_reference = tables.generator.iter().filter(runs).any(|cells| is_kind(cells, 3));
    let stand_in = if has_reference {
        None
    } else {
        tables.bus.iter().map(|cells| cells[0] as i64).find(|bus| {
            kind_of.get(bus).is_some_and(|of| of.0 == 2)
                && tables.generator.iter().filter(runs).any(|cells| cells[0] as i64 == *bus)
        })
    };
    if let Some(bus) = stand_in {
        findings.push(
            Finding::warning("no-reference", "No reference bus has a running generator; this PV bus stands in.")
                .with_key(format!("power_bus/{bus}")),
        );
    }
    let mut fed = std::collections::BTreeSet::new();
    for (row, cells) in tables.generator.iter().enumerate() {
        let bus = cells[0] as i64;
        let Some(&id) = bus_of.get(&bus) else { continue };
        let (kind, va_deg) = kind_of.get(&bus).copied().unwrap_or((1, 0.0));
        let in_service = cells[7] > 0.0;
        let is_reference = kind == 3 || stand_in == Some(bus);
        let limit = |value: f64| Some(value).filter(|value| value.is_finite());
        let unit = if is_reference && in_service && fed.insert(bus) {
            PowerUnitKind::ExternalGrid { vm_pu: cells[5], va_deg }
        } else if kind == 1 {
            PowerUnitKind::StaticGenerator { p_mw: cells[1], q_mvar: cells[2], scaling: 1.0 }
        } else {
            PowerUnitKind::Generator {
                p_mw: cells[1],
                scaling: 1.0,
                vm_pu: cells[5],
                min_q_mvar: limit(cells[4]),
                max_q_mvar: limit(cells[3]),
                slack: false,
            }
        };
        let position = twin.power[id].position;
        twin.power_units.push(PowerUnit {
            key: Key::new(format!("power_gen/{}", row + 1)),
            name: None,
            position,
            bus: id,
            kind: unit,
            profile: None,
            in_service,
            building: None,
        });
        tally.keep("power generators that keep a voltage");
    }
}

#[cfg(test)]
mod tests;
