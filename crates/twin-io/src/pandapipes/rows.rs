//! Tables of a net, cell by cell, with a finding for every cell that cannot be used.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use twin::{Finding, Findings, Key};

use crate::pandas::Frame;

/// A table on its way into the twin.
pub(super) struct Rows<'a> {
    pub(super) frame: Frame,
    /// Begin of the keys: `gas_pipe`.
    prefix: String,
    findings: &'a mut Findings,
}

impl<'a> Rows<'a> {
    /// The table of a net; an empty one where there is none. Every column that is missing is a finding.
    pub(super) fn new(
        net: &Map<String, Value>,
        table: &str,
        prefix: String,
        required: &[&str],
        findings: &'a mut Findings,
    ) -> Self {
        let frame = match net.get(table) {
            None | Some(Value::Null) => Frame::default(),
            Some(value) => Frame::decode(value).unwrap_or_else(|reason| {
                let message = format!("Table `{table}` cannot be read: {reason}.");
                findings.push(Finding::error("table-unreadable", message).with_field(table.to_owned()));
                Frame::default()
            }),
        };
        if frame.n_rows() > 0 {
            for column in required.iter().filter(|column| !frame.has(column)) {
                findings.push(
                    Finding::error("column-missing", format!("Table `{table}` has no column `{column}`."))
                        .with_field(format!("{table}.{column}")),
                );
            }
        }
        let mut rows = Self { frame, prefix, findings };
        rows.tell_twice();
        rows
    }

    fn tell_twice(&mut self) {
        let mut seen = BTreeMap::new();
        for row in 0..self.frame.n_rows() {
            *seen.entry(self.key(row)).or_insert(0_u32) += 1;
        }
        for (key, count) in seen.into_iter().filter(|(_, count)| *count > 1) {
            let message = format!("{key} stands {count} times in the file.");
            self.findings.push(Finding::error("number-twice", message).with_key(key));
        }
    }

    pub(super) const fn n(&self) -> usize {
        self.frame.n_rows()
    }

    pub(super) fn key(&self, row: usize) -> Key {
        Key::new(format!("{}/{}", self.prefix, self.frame.label(row)))
    }

    pub(super) fn find(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// A number that may be missing.
    pub(super) fn option(&mut self, row: usize, column: &str) -> Option<f64> {
        match self.frame.number(row, column) {
            Ok(value) => value,
            Err(found) => {
                self.wrong(row, column, "a number", &found);
                None
            }
        }
    }

    /// A number with a value where it is missing.
    pub(super) fn number_or(&mut self, row: usize, column: &str, fallback: f64) -> f64 {
        self.option(row, column).unwrap_or(fallback)
    }

    /// A number that must be there; the finding names the element.
    pub(super) fn number(&mut self, row: usize, column: &str) -> f64 {
        match self.frame.number(row, column) {
            Ok(Some(value)) => value,
            Ok(None) => {
                self.missing(row, column);
                0.0
            }
            Err(found) => {
                self.wrong(row, column, "a number", &found);
                0.0
            }
        }
    }

    /// A number that must be there and must not be negative.
    pub(super) fn size(&mut self, row: usize, column: &str) -> f64 {
        let value = self.number(row, column);
        if value < 0.0 {
            self.wrong(row, column, "a number from 0", &value.to_string());
            return 0.0;
        }
        value
    }

    /// Yes or no.
    pub(super) fn boolean(&mut self, row: usize, column: &str, fallback: bool) -> bool {
        match self.frame.boolean(row, column) {
            Ok(value) => value.unwrap_or(fallback),
            Err(found) => {
                self.wrong(row, column, "true or false", &found);
                fallback
            }
        }
    }

    pub(super) fn text(&self, row: usize, column: &str) -> Option<String> {
        self.frame.text(row, column)
    }

    /// A number of an element in another table.
    pub(super) fn reference(&mut self, row: usize, column: &str) -> Option<i64> {
        match self.frame.integer(row, column) {
            Ok(Some(number)) => Some(number),
            Ok(None) => {
                self.missing(row, column);
                None
            }
            Err(found) => {
                self.wrong(row, column, "the number of an element", &found);
                None
            }
        }
    }

    /// The place of a junction.
    pub(super) fn junction(&mut self, row: usize, column: &str, places: &BTreeMap<i64, usize>) -> Option<usize> {
        let number = self.reference(row, column)?;
        let place = places.get(&number).copied();
        if place.is_none() {
            let key = self.key(row);
            let message = format!("{key}: there is no junction {number}.");
            self.findings.push(Finding::error("unknown-junction", message).with_key(key).with_field(column.to_owned()));
        }
        place
    }

    pub(super) fn missing(&mut self, row: usize, column: &str) {
        // A column that is missing as a whole is told once.
        if self.frame.has(column) {
            let key = self.key(row);
            let message = format!("{key}: `{column}` is empty.");
            self.findings.push(Finding::error("value-missing", message).with_key(key).with_field(column.to_owned()));
        }
    }

    pub(super) fn wrong(&mut self, row: usize, column: &str, wanted: &str, found: &str) {
        let key = self.key(row);
        let message = format!("{key}: `{column}` must be {wanted}, not {found}.");
        self.findings.push(Finding::error("invalid-value", message).with_key(key).with_field(column.to_owned()));
    }
}
