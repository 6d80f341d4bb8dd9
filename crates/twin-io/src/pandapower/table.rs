//! Tables of a pandapower network, read value by value; what is missing or of the wrong type is a finding.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use twin::{Finding, Findings, Severity};

use super::{MOST_FINDINGS, Tally, place::Placing};
use crate::pandas::{self, Frame};

/// Tables of elements beside the buses.
const ELEMENTS: [&str; 16] = [
    "line",
    "trafo",
    "trafo3w",
    "impedance",
    "switch",
    "load",
    "asymmetric_load",
    "sgen",
    "asymmetric_sgen",
    "storage",
    "motor",
    "gen",
    "ext_grid",
    "shunt",
    "ward",
    "xward",
];

/// The tables of a file, and what was found in them so far.
pub(super) struct Tables {
    frames: BTreeMap<String, Rows>,
    pub(super) findings: Findings,
    pub(super) n_left_out: usize,
    pub(super) tally: Tally,
    /// How coordinates of the file become those of the twin.
    pub(super) placing: Option<Placing>,
}

/// A table.
pub(super) struct Rows {
    pub(super) name: String,
    frame: Frame,
}

impl Tables {
    pub(super) fn of(net: &Value) -> Self {
        let mut tables = Self {
            frames: BTreeMap::new(),
            findings: Findings::default(),
            n_left_out: 0,
            tally: Tally::default(),
            placing: None,
        };
        let Some(object) = net.as_object() else {
            tables.push(Finding::error("not-a-network", "It is no pandapower network: its object has no tables."));
            return tables;
        };
        for (name, value) in object {
            // Results are computed anew; tables with several levels of names are none of the elements.
            let is_frame = pandas::class(value) == Some("DataFrame");
            let is_multi = value.get("is_multiindex").and_then(Value::as_bool) == Some(true);
            if !is_frame || is_multi || name.starts_with("res_") || name.starts_with('_') {
                continue;
            }
            match Frame::decode(value) {
                Ok(frame) if frame.n_rows() > 0 => {
                    if ELEMENTS.contains(&name.as_str()) {
                        tables.check_labels(name, &frame);
                    }
                    tables.frames.insert(name.clone(), Rows { name: name.clone(), frame });
                }
                Ok(_) => {}
                Err(wrong) => tables.push(
                    Finding::error("damaged-table", format!("The table `{name}` cannot be read: {wrong}."))
                        .with_field(name.clone()),
                ),
            }
        }
        tables
    }

    /// Two rows of the same index would have the same key.
    fn check_labels(&mut self, name: &str, frame: &Frame) {
        let mut seen = BTreeSet::new();
        for label in (0..frame.n_rows()).map(|row| frame.label(row)) {
            if seen.contains(&label) {
                self.push(
                    Finding::error(
                        "repeated-index",
                        format!("There are two rows of the index {label} in the table `{name}`."),
                    )
                    .with_key(format!("{}/{label}", key_prefix(name)))
                    .with_field(name.to_owned()),
                );
            }
            seen.insert(label);
        }
    }

    /// Takes a table out; nothing where it is missing or empty.
    pub(super) fn take(&mut self, name: &str) -> Option<Rows> {
        self.frames.remove(name)
    }

    /// Whether a table has one of these columns.
    pub(super) fn has_column(&self, columns: &[&str]) -> bool {
        self.frames.values().any(|rows| columns.iter().any(|column| rows.has(column)))
    }

    /// A table that stays.
    pub(super) fn peek(&self, name: &str) -> Option<&Rows> {
        self.frames.get(name)
    }

    /// The line of a table of characteristics for the position in a column of a row; nothing, and told, where there is none.
    pub(super) fn line_of_step(&mut self, table: &str, rows: &Rows, row: usize, column: &'static str) -> Option<usize> {
        let (id, step) = (rows.number(row, "id_characteristic_table"), rows.number(row, column));
        let found = self.peek(table).zip(id.zip(step)).and_then(|(table, (id, step))| {
            (0..table.n()).find(|&line| {
                table.number(line, "id_characteristic") == Some(id) && table.number(line, "step") == Some(step)
            })
        });
        if found.is_none() {
            let message = format!("the table `{table}` says nothing of its position; its own values count");
            let finding = rows.at(row, self).error("characteristic-missing", column, message);
            self.push(Finding { severity: Severity::Warning, ..finding });
        }
        found
    }

    /// The names and lengths of the tables that nobody took.
    pub(super) fn rest(&self) -> Vec<(String, usize)> {
        self.frames.values().map(|rows| (rows.name.clone(), rows.n())).collect()
    }

    pub(super) fn push(&mut self, finding: Finding) {
        if self.findings.0.len() < MOST_FINDINGS {
            self.findings.push(finding);
        } else {
            self.n_left_out += 1;
        }
    }
}

impl Rows {
    pub(super) fn n(&self) -> usize {
        self.frame.n_rows()
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.frame.has(column)
    }

    /// A row, to be read.
    pub(super) fn at<'a>(&'a self, row: usize, tables: &'a mut Tables) -> Row<'a> {
        Row { rows: self, row, tables }
    }

    /// A text without findings.
    pub(super) fn text(&self, row: usize, column: &str) -> Option<String> {
        self.frame.text(row, column)
    }

    /// A number without findings.
    pub(super) fn number(&self, row: usize, column: &str) -> Option<f64> {
        self.frame.number(row, column).ok().flatten()
    }

    pub(super) fn index(&self, row: usize) -> Option<i64> {
        self.frame.number_of_row(row)
    }

    pub(super) fn cell(&self, row: usize, column: &str) -> Option<&Value> {
        self.frame.cell(row, column)
    }
}

/// A row that is being read.
pub(super) struct Row<'a> {
    rows: &'a Rows,
    row: usize,
    tables: &'a mut Tables,
}

impl Row<'_> {
    pub(super) fn label(&self) -> String {
        self.rows.frame.label(self.row)
    }

    /// pandapower's index of the row.
    pub(super) fn index(&mut self) -> Option<i64> {
        let index = self.rows.index(self.row);
        if index.is_none() {
            let message = format!("its index `{}` is no whole number", self.label());
            let finding = self.error("invalid-index", "index", message);
            self.tables.push(finding);
        }
        index
    }

    /// An error about a column of this row.
    pub(super) fn error(&self, code: &'static str, column: &str, message: String) -> Finding {
        let (name, label) = (&self.rows.name, self.label());
        Finding::error(code, format!("Row {label} of the table `{name}`: {message}."))
            .with_key(format!("{}/{label}", key_prefix(name)))
            .with_field(column)
    }

    /// A number that may be missing.
    pub(super) fn maybe(&mut self, column: &'static str) -> Option<f64> {
        match self.rows.frame.number(self.row, column) {
            Ok(number) => number,
            Err(found) => {
                let finding = self.error("invalid-value", column, format!("`{column}` must be a number, not {found}"));
                self.tables.push(finding);
                None
            }
        }
    }

    /// A number with pandapower's default.
    pub(super) fn or(&mut self, column: &'static str, default: f64) -> f64 {
        self.maybe(column).unwrap_or(default)
    }

    /// A number that must be there; its absence is told, and 0 stands in.
    pub(super) fn must(&mut self, column: &'static str) -> f64 {
        if let Ok(Some(number)) = self.rows.frame.number(self.row, column) {
            return number;
        }
        if self.maybe(column).is_none() && self.rows.cell(self.row, column).is_none() {
            let finding = self.error("missing-value", column, format!("`{column}` is missing"));
            self.tables.push(finding);
        }
        0.0
    }

    /// A number that must be greater than 0.
    pub(super) fn positive(&mut self, column: &'static str) -> Option<f64> {
        let before = self.tables.findings.0.len() + self.tables.n_left_out;
        let value = self.must(column);
        if value > 0.0 {
            return Some(value);
        }
        if self.tables.findings.0.len() + self.tables.n_left_out == before {
            let finding =
                self.error("impossible-value", column, format!("`{column}` is {value}; it must be greater than 0"));
            self.tables.push(finding);
        }
        None
    }

    /// A whole number that must be there.
    pub(super) fn whole(&mut self, column: &'static str) -> Option<i64> {
        let found = match self.rows.frame.integer(self.row, column) {
            Ok(Some(number)) => return Some(number),
            Ok(None) => "nothing".to_owned(),
            Err(found) => found,
        };
        let finding = self.error("invalid-value", column, format!("`{column}` must be a whole number, not {found}"));
        self.tables.push(finding);
        None
    }

    /// Yes or no with pandapower's default.
    pub(super) fn flag(&mut self, column: &'static str, default: bool) -> bool {
        match self.rows.frame.boolean(self.row, column) {
            Ok(flag) => flag.unwrap_or(default),
            Err(found) => {
                let finding =
                    self.error("invalid-value", column, format!("`{column}` must be true or false, not {found}"));
                self.tables.push(finding);
                default
            }
        }
    }

    /// Limits of reactive power, Mvar: those of the capability curve at the power that is given, where one is asked; a warning where it is
    /// asked and missing.
    pub(super) fn reactive_limits(&mut self) -> [Option<f64>; 2] {
        let own = [self.maybe("min_q_mvar"), self.maybe("max_q_mvar")];
        if !self.rows.has("reactive_capability_curve") || !self.flag("reactive_capability_curve", false) {
            return own;
        }
        let (id, p_mw) = (self.maybe("id_q_capability_characteristic"), self.maybe("p_mw"));
        let table = self.tables.peek("q_capability_curve_table");
        let curve = table.zip(id).map_or_else(Vec::new, |(table, id)| {
            let of = (0..table.n()).filter(|&line| table.number(line, "id_q_capability_curve") == Some(id));
            let point = |line| {
                let number = |column| table.number(line, column);
                Some([number("p_mw")?, number("q_min_mvar")?, number("q_max_mvar")?])
            };
            let mut points: Vec<[f64; 3]> = of.filter_map(point).collect();
            points.sort_by(|a, b| a[0].total_cmp(&b[0]));
            points
        });
        let steps = self.text("curve_style").as_deref() == Some("constantYValue");
        if let (Some(p_mw), false) = (p_mw, curve.is_empty()) {
            return [1, 2].map(|side| Some(on_curve(&curve, side, p_mw, steps)));
        }
        let message =
            "its curve of reactive power is not in the table `q_capability_curve_table`; its own limits count";
        let finding = self.error("characteristic-missing", "id_q_capability_characteristic", message.to_owned());
        self.tables.push(Finding { severity: Severity::Warning, ..finding });
        own
    }

    pub(super) fn text(&self, column: &str) -> Option<String> {
        self.rows.text(self.row, column).filter(|text| !text.is_empty())
    }

    pub(super) fn keep(&mut self, kind: &'static str) {
        self.tables.tally.keep(kind);
    }
}

/// The value of a curve of ascending points at x: linear between them or constant from each to the next, constant beyond its ends.
fn on_curve(points: &[[f64; 3]], side: usize, x: f64, steps: bool) -> f64 {
    let after = points.partition_point(|point| point[0] <= x);
    let (before, next) = (after.saturating_sub(1), after.min(points.len() - 1));
    let [a, b] = [points[before], points[next]];
    if steps || before == next || b[0] <= a[0] {
        return a[side];
    }
    a[side] + (b[side] - a[side]) * ((x - a[0]) / (b[0] - a[0])).clamp(0.0, 1.0)
}

/// The first part of the keys of a table's rows.
pub(super) fn key_prefix(table: &str) -> String {
    match table {
        "trafo" => "power_transformer".to_owned(),
        "trafo3w" => "power_transformer3w".to_owned(),
        other => format!("power_{other}"),
    }
}
