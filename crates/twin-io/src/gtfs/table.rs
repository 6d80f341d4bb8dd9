//! One table of a timetable: rows by column name, and what is wrong in them, by kind.

use std::collections::BTreeMap;

use csv::StringRecord;
use twin::{Finding, Findings, Severity};

use super::archive::Tables;

/// What is wrong, once per kind, with the number of rows and the first of them.
#[derive(Debug, Default)]
pub(super) struct Notes {
    groups: BTreeMap<(&'static str, String), Group>,
    single: Vec<Finding>,
}

#[derive(Debug)]
struct Group {
    severity: Severity,
    n: u64,
    first: String,
    help: &'static str,
}

impl Notes {
    pub(super) fn push(&mut self, finding: Finding) {
        self.single.push(finding);
    }

    /// One more of its kind; `what` says what holds for all of them, `which` names this one.
    pub(super) fn group(
        &mut self,
        severity: Severity,
        code: &'static str,
        what: &str,
        which: &str,
        help: &'static str,
    ) {
        let group = self.groups.entry((code, what.to_owned())).or_insert_with(|| Group {
            severity,
            n: 0,
            first: which.to_owned(),
            help,
        });
        group.n += 1;
    }

    pub(super) fn into_findings(self) -> Findings {
        let grouped = self.groups.into_iter().map(|((code, what), group)| {
            let message = format!("{}: {what} (first: {}).", group.n, group.first);
            Finding::new(group.severity, code, message).with_help(group.help)
        });
        Findings(self.single.into_iter().chain(grouped).collect())
    }
}

/// A row of a table.
pub(super) struct Row<'r> {
    columns: &'r BTreeMap<String, usize>,
    record: &'r StringRecord,
    /// `stops.txt, line 7`.
    pub(super) place: String,
}

impl Row<'_> {
    /// A cell; nothing where empty or absent.
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        self.record.get(*self.columns.get(column)?).map(str::trim).filter(|text| !text.is_empty())
    }

    pub(super) fn owned(&self, column: &str) -> Option<String> {
        self.get(column).map(str::to_owned)
    }

    pub(super) fn number<T: std::str::FromStr>(&self, column: &str) -> Option<T> {
        self.get(column)?.parse().ok()
    }
}

/// Reads a table row by row; false where there is no such table.
///
/// # Errors
/// A required column is missing.
pub(super) fn rows(
    tables: &Tables,
    name: &str,
    required: &[&str],
    notes: &mut Notes,
    mut each: impl FnMut(&Row<'_>, &mut Notes),
) -> Result<bool, Findings> {
    let Some(bytes) = tables.get(name) else { return Ok(false) };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(true).from_reader(bytes);
    let unreadable = |error: csv::Error| {
        Finding::error("unreadable-table", format!("`{name}` cannot be read: {error}."))
            .with_help("Fetch the timetable again.")
    };
    let headers = reader.byte_headers().map_err(unreadable)?.clone();
    let columns: BTreeMap<String, usize> = headers
        .iter()
        .enumerate()
        .map(|(index, cell)| (String::from_utf8_lossy(cell).trim().to_owned(), index))
        .collect();
    let missing: Vec<&str> = required.iter().copied().filter(|column| !columns.contains_key(*column)).collect();
    if !missing.is_empty() && !headers.is_empty() {
        let finding = Finding::error("missing-column", format!("`{name}` has no column {}.", missing.join(", ")));
        return Err(finding.with_help("Fetch the timetable again.").into());
    }
    for record in reader.byte_records() {
        let record = record.map_err(unreadable)?;
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("{name}, line {line}");
        let text = StringRecord::from_byte_record(record).unwrap_or_else(|error| {
            notes.group(
                Severity::Warning,
                "not-utf8",
                "rows that are not UTF-8, read with replacements",
                &place,
                "Tell the publisher of the timetable.",
            );
            StringRecord::from_byte_record_lossy(error.into_byte_record())
        });
        if text.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        each(&Row { columns: &columns, record: &text, place }, notes);
    }
    Ok(true)
}
