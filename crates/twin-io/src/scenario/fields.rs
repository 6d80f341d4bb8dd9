//! Reading the fields of a table: every wrong one is a finding with its place and what would be right.

use std::collections::BTreeMap;

use twin::{
    Finding, Findings,
    jiff::civil::{Date, Time},
};

use super::tree::{Entry, Node, Position, Value};

/// What is gathered while a file is read.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) findings: Findings,
    pub(super) positions: BTreeMap<String, (u32, u32)>,
    /// What the file is, where it is no scenario.
    pub(super) file: Option<&'static str>,
}

impl Notes {
    /// Adds an error at a field.
    pub(super) fn error(
        &mut self,
        code: &'static str,
        field: &str,
        position: Position,
        message: String,
        help: impl Into<String>,
    ) {
        let finding = Finding::error(code, message).with_field(field).with_help(help);
        self.findings.push(match position {
            Some((line, column)) => finding.with_position(line, column),
            None => finding,
        });
    }

    /// Gives the tables of a list other numbers in the positions of their fields; those without a number are forgotten.
    pub(super) fn renumber(&mut self, list: &str, numbers: &[Option<usize>]) {
        let head = format!("{list}[");
        let positions = std::mem::take(&mut self.positions);
        let renamed = positions.into_iter().filter_map(|(field, position)| {
            let Some((number, rest)) = field.strip_prefix(&head).and_then(|rest| rest.split_once(']')) else {
                return Some((field, position));
            };
            let old: usize = number.parse().ok()?;
            let new = numbers.get(old).copied().flatten()?;
            Some((format!("{head}{new}]{rest}"), position))
        });
        self.positions = renamed.collect();
    }
}

/// The fields of one table.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    entries: &'a [Entry],
    /// Where the table itself stands.
    pub(super) position: Position,
    path: String,
    /// The keys that were asked for.
    known: Vec<&'static str>,
}

/// One field that is there.
pub(super) struct Field<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
}

impl<'a> Fields<'a> {
    /// The fields of a table, or a finding where the node is none. `path` is `closure[0]`, or empty for the whole file.
    pub(super) fn of(node: &'a Node, path: &str, notes: &mut Notes) -> Option<Self> {
        let Value::Table(entries) = &node.value else {
            let message = format!("`{path}` must be a table, not {}.", node.value.shown());
            notes.error("wrong-type", path, node.position, message, format!("Write [{path}] on a line of its own."));
            return None;
        };
        for entry in entries {
            if let Some(position) = entry.position {
                notes.positions.insert(joined(path, &entry.key), position);
            }
        }
        if let Some(position) = node.position.filter(|_| !path.is_empty()) {
            notes.positions.insert(path.to_owned(), position);
        }
        Some(Self { entries, position: node.position, path: path.to_owned(), known: Vec::new() })
    }

    /// The full name of a key of this table.
    pub(super) fn path(&self, key: &str) -> String {
        joined(&self.path, key)
    }

    /// A field, where it is there.
    pub(super) fn get(&mut self, key: &'static str) -> Option<Field<'a>> {
        self.known.push(key);
        self.entries
            .iter()
            .find(|entry| entry.key == key)
            .map(|entry| Field { node: &entry.node, path: self.path(key) })
    }

    /// Where a field stands.
    pub(super) fn position(&self, key: &str) -> Position {
        self.entries.iter().find(|entry| entry.key == key).and_then(|entry| entry.node.position.or(entry.position))
    }

    /// All entries, for tables whose keys are names.
    pub(super) const fn entries(&self) -> &'a [Entry] {
        self.entries
    }

    /// Says which keys do not exist, each with the nearest one that does.
    pub(super) fn finish(self, notes: &mut Notes) -> Vec<&'static str> {
        for entry in self.entries {
            if !self.known.contains(&entry.key.as_str()) {
                let path = joined(&self.path, &entry.key);
                let message = format!("There is no key `{}`{}.", entry.key, place(&self.path, notes.file));
                notes.error("unknown-key", &path, entry.position, message, nearest(&entry.key, &self.known));
            }
        }
        self.known
    }

    /// A text.
    pub(super) fn text(&mut self, key: &'static str, notes: &mut Notes) -> Option<String> {
        let field = self.get(key)?;
        match &field.node.value {
            Value::Text(text) => Some(text.clone()),
            _ => field.wrong_type("a text in quotes", "\"Hauptstraße\"", notes),
        }
    }

    /// A text that may not be empty.
    pub(super) fn name(&mut self, key: &'static str, notes: &mut Notes) -> Option<String> {
        let text = self.text(key, notes)?;
        if text.trim().is_empty() {
            let field = self.path(key);
            let position = self.position(key);
            notes.error(
                "impossible-value",
                &field,
                position,
                format!("`{field}` is empty."),
                "Name it, or leave the key out.",
            );
            return None;
        }
        Some(text)
    }

    /// One of several names.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        notes: &mut Notes,
    ) -> Option<T> {
        let text = self.text(key, notes)?;
        if let Some((_, value)) = choices.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let names: Vec<&'static str> = choices.iter().map(|(name, _)| *name).collect();
        let (field, position) = (self.path(key), self.position(key));
        notes.error(
            "unknown-value",
            &field,
            position,
            format!("`{field}` cannot be \"{text}\"."),
            nearest(&text, &names),
        );
        None
    }

    /// A number within bounds, both included.
    pub(super) fn number(&mut self, key: &'static str, range: (f64, f64), notes: &mut Notes) -> Option<f64> {
        let field = self.get(key)?;
        number(field.node, &field.path, range, notes)
    }

    /// A whole number within bounds, both included.
    pub(super) fn whole(&mut self, key: &'static str, range: (u64, u64), notes: &mut Notes) -> Option<u64> {
        let field = self.get(key)?;
        whole(field.node, &field.path, range, notes)
    }

    /// Yes or no.
    pub(super) fn flag(&mut self, key: &'static str, notes: &mut Notes) -> Option<bool> {
        let field = self.get(key)?;
        match field.node.value {
            Value::Bool(flag) => Some(flag),
            _ => field.wrong_type("true or false", "true", notes),
        }
    }

    /// A day.
    pub(super) fn date(&mut self, key: &'static str, notes: &mut Notes) -> Option<Date> {
        let field = self.get(key)?;
        let text = match &field.node.value {
            Value::Datetime(text) | Value::Text(text) => text,
            _ => return field.wrong_type("a day", "2026-05-04", notes),
        };
        text.parse().map_or_else(|_| field.wrong_type("a day", "2026-05-04", notes), Some)
    }

    /// Hours of a day, `07:00-18:00`; all day is nothing.
    pub(super) fn hours(&mut self, key: &'static str, notes: &mut Notes) -> Option<(Time, Time)> {
        let field = self.get(key)?;
        let Value::Text(text) = &field.node.value else {
            return field.wrong_type("hours in quotes", "\"07:00-18:00\"", notes);
        };
        let parsed = text.split_once(['-', '–']).and_then(|(begin, end)| {
            let end_of_day = end.trim() == "24:00";
            let end = if end_of_day { Some(Time::midnight()) } else { time(end) };
            Some((time(begin)?, end?, end_of_day))
        });
        let Some((begin, end, end_of_day)) = parsed else {
            let message = format!("`{}` cannot be \"{text}\".", field.path);
            notes.error(
                "impossible-value",
                &field.path,
                field.node.position,
                message,
                "Write two times from 00:00 to 24:00, for example \"07:00-18:00\", or \"20:00-05:00\" over midnight.",
            );
            return None;
        };
        if begin == end {
            if !(end_of_day && begin == Time::midnight()) {
                let message = format!("`{}` begins and ends at the same time: \"{text}\".", field.path);
                notes.error(
                    "impossible-value",
                    &field.path,
                    field.node.position,
                    message,
                    "Leave it out for all day, or give two different times.",
                );
            }
            return None;
        }
        Some((begin, end))
    }

    /// A list.
    pub(super) fn list(
        &mut self,
        key: &'static str,
        what: &str,
        example: &str,
        notes: &mut Notes,
    ) -> Option<(&'a [Node], String)> {
        let field = self.get(key)?;
        match &field.node.value {
            Value::Array(items) => Some((items.as_slice(), field.path)),
            _ => field.wrong_type(what, example, notes),
        }
    }
}

impl Field<'_> {
    /// A finding: another type was expected.
    pub(super) fn wrong_type<T>(&self, what: &str, example: &str, notes: &mut Notes) -> Option<T> {
        let message = format!("`{}` must be {what}, not {}.", self.path, self.node.value.shown());
        notes.error("wrong-type", &self.path, self.node.position, message, format!("Write, for example, {example}."));
        None
    }
}

/// A finite number within bounds.
pub(super) fn number(node: &Node, path: &str, (least, most): (f64, f64), notes: &mut Notes) -> Option<f64> {
    let value = match node.value {
        Value::Float(number) => number,
        Value::Integer(number) => number as f64,
        _ => {
            let message = format!("`{path}` must be a number, not {}.", node.value.shown());
            notes.error("wrong-type", path, node.position, message, "Write a number without quotes and unit.");
            return None;
        }
    };
    if value.is_finite() && (least..=most).contains(&value) {
        return Some(value);
    }
    notes.error("impossible-value", path, node.position, format!("`{path}` cannot be {value}."), bounds(least, most));
    None
}

/// A whole number within bounds.
pub(super) fn whole(node: &Node, path: &str, (least, most): (u64, u64), notes: &mut Notes) -> Option<u64> {
    let Value::Integer(value) = node.value else {
        let message = format!("`{path}` must be a whole number, not {}.", node.value.shown());
        notes.error("wrong-type", path, node.position, message, "Write a whole number without quotes and unit.");
        return None;
    };
    match u64::try_from(value) {
        Ok(value) if (least..=most).contains(&value) => Some(value),
        _ => {
            let help = format!("Give a whole number from {least} to {most}.");
            notes.error("impossible-value", path, node.position, format!("`{path}` cannot be {value}."), help);
            None
        }
    }
}

/// `Did you mean …`, or all names.
pub(super) fn nearest(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    let best = known
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), *candidate))
        .min_by_key(|(distance, _)| *distance);
    match best {
        Some((distance, candidate)) if distance <= (name.chars().count() / 2).max(2) => {
            format!("Did you mean `{candidate}`?")
        }
        _ => format!("Possible are: {}.", known.join(", ")),
    }
}

/// `closure[0].street`; names with dots in quotes.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn place(path: &str, file: Option<&'static str>) -> String {
    if path.is_empty() { format!(" in {}", file.unwrap_or("a scenario")) } else { format!(" in `{path}`") }
}

fn bounds(least: f64, most: f64) -> String {
    match (least, most) {
        (0.0, f64::MAX) => "Give a number that is not negative.".to_owned(),
        (f64::MIN_POSITIVE, f64::MAX) => "Give a number greater than 0.".to_owned(),
        (f64::MIN, f64::MAX) => "Give a finite number.".to_owned(),
        (least, most) => format!("Give a number from {least} to {most}."),
    }
}

fn time(text: &str) -> Option<Time> {
    let mut parts = text.trim().split(':');
    let mut part = || -> Option<i8> { parts.next().filter(|part| part.len() == 2).and_then(|part| part.parse().ok()) };
    let (hour, minute) = (part()?, part()?);
    let second = match parts.next() {
        None => 0,
        Some(second) if second.len() == 2 => second.parse().ok()?,
        Some(_) => return None,
    };
    if parts.next().is_some() {
        return None;
    }
    Time::new(hour, minute, second, 0).ok()
}
