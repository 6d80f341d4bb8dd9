//! Lines of a TNTP file: metadata `<NAME> value`, comments after `~`, and rows; numbers with their place in the file.

use std::collections::BTreeMap;

use twin::{Finding, Findings, Severity};

/// How many findings of one code are told one by one.
const TOLD: usize = 20;
/// Greatest number in a file; sums and products of such numbers stay finite.
const GREATEST: f64 = 1e15;

/// A file as text.
#[derive(Clone, Debug)]
pub(super) struct File {
    /// As the user named it.
    pub(super) shown: String,
    /// File name without folders.
    pub(super) name: String,
    /// Its bytes as text; what is not UTF-8 is replaced.
    pub(super) text: String,
    /// Hash of its bytes.
    pub(super) hash: String,
}

/// The parts of a file.
#[derive(Debug)]
pub(super) struct Parts<'a> {
    /// Value and line by name, in capitals with single spaces.
    metadata: BTreeMap<String, (&'a str, u32)>,
    /// Line number and text of the rows, without comments; no empty ones.
    pub(super) rows: Vec<(u32, &'a str)>,
}

/// A word of a row with its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word<'a> {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) text: &'a str,
}

impl<'a> Parts<'a> {
    /// Takes a file apart. A name that is given twice with different values is a finding; the first one holds.
    pub(super) fn of(file: &'a File, complaints: &mut Complaints<'_>) -> Self {
        let mut parts = Self { metadata: BTreeMap::new(), rows: Vec::new() };
        for (index, line) in file.text.trim_start_matches('\u{feff}').lines().enumerate() {
            let number = u32::try_from(index + 1).unwrap_or(u32::MAX);
            if let Some((name, value)) = line.trim_start().strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                parts.add_metadata(name, value, number, complaints);
                continue;
            }
            let row = line.split('~').next().unwrap_or_default();
            if !row.trim().is_empty() {
                parts.rows.push((number, row));
            }
        }
        parts
    }

    fn add_metadata(&mut self, name: &str, value: &'a str, line: u32, complaints: &mut Complaints<'_>) {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase();
        let value = value.split('~').next().unwrap_or_default().trim();
        let first = *self.metadata.entry(name.clone()).or_insert((value, line));
        if first.0 != value {
            complaints.push(
                Finding::warning(
                    "repeated-header",
                    format!("<{name}> is `{value}` here and `{}` in line {}; the first one is used.", first.0, first.1),
                )
                .with_field(name)
                .with_position(line, 1),
            );
        }
    }

    /// A whole number of the metadata; text after it is ignored. What is no number is a finding.
    pub(super) fn count(&self, name: &str, complaints: &mut Complaints<'_>) -> Option<usize> {
        let (text, line) = self.value(name)?;
        let count = whole(text);
        if count.is_none() {
            complaints.push(
                Finding::error("not-a-number", format!("<{name}> is `{text}`, not a whole number."))
                    .with_help("Write the number after the name in angle brackets.")
                    .with_field(name)
                    .with_position(line, 1),
            );
        }
        count
    }

    /// A number of the metadata. What is no finite number is a finding.
    pub(super) fn number(&self, name: &str, complaints: &mut Complaints<'_>) -> Option<f64> {
        let (text, line) = self.value(name)?;
        complaints.number(Word { line, column: 1, text }, name)
    }

    /// Line of a name of the metadata; 1 where there is none.
    pub(super) fn line(&self, name: &str) -> u32 {
        self.metadata.get(name).map_or(1, |&(_, line)| line)
    }

    /// Whether the metadata has this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.metadata.contains_key(name)
    }

    fn value(&self, name: &str) -> Option<(&'a str, u32)> {
        let &(value, line) = self.metadata.get(name)?;
        Some((value.split_whitespace().next().unwrap_or_default(), line))
    }
}

/// The words of a row; `:` and `;` are words of their own.
pub(super) fn words(line: u32, row: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = 0;
    std::iter::from_fn(move || {
        rest += row[rest..].len() - row[rest..].trim_start().len();
        let text = &row[rest..];
        let first = text.chars().next()?;
        let length = match first {
            ':' | ';' => first.len_utf8(),
            _ => text.find(|c: char| c.is_whitespace() || c == ':' || c == ';').unwrap_or(text.len()),
        };
        let column = u32::try_from(row[..rest].chars().count() + 1).unwrap_or(u32::MAX);
        rest += length;
        Some(Word { line, column, text: &text[..length] })
    })
}

/// A whole number, also written as `12.0`.
pub(super) fn whole(text: &str) -> Option<usize> {
    text.parse::<usize>().ok().or_else(|| {
        let number = text.parse::<f64>().ok()?;
        (number.fract() == 0.0 && (0.0..1e15).contains(&number)).then_some(number as usize)
    })
}

/// Findings of one file: with its name, and at most [`TOLD`] of each code one by one.
#[derive(Debug)]
pub(super) struct Complaints<'f> {
    file: String,
    findings: &'f mut Findings,
    n_by_code: BTreeMap<&'static str, (usize, Severity)>,
}

impl<'f> Complaints<'f> {
    pub(super) fn of(file: &File, findings: &'f mut Findings) -> Self {
        Self { file: file.shown.clone(), findings, n_by_code: BTreeMap::new() }
    }

    /// Whether any of the findings of this file is an error.
    pub(super) fn has_errors(&self) -> bool {
        self.n_by_code.values().any(|&(_, severity)| severity == Severity::Error)
    }

    /// Adds a finding.
    pub(super) fn push(&mut self, finding: Finding) {
        let (n, severity) = self.n_by_code.entry(finding.code).or_insert((0, finding.severity));
        *n += 1;
        *severity = finding.severity.max(*severity);
        if *n <= TOLD {
            self.findings.push(finding.with_file(self.file.as_str()));
        }
    }

    /// A finite number; anything else is a finding.
    pub(super) fn number(&mut self, word: Word<'_>, field: &str) -> Option<f64> {
        let Word { line, column, text } = word;
        let problem = match text.parse::<f64>() {
            Ok(number) if number.abs() <= GREATEST => return Some(number),
            Ok(number) if number.is_finite() => {
                Finding::error("implausible-value", format!("`{field}` is `{text}`, which is too great to be true."))
            }
            Ok(_) => Finding::error("not-finite", format!("`{field}` is `{text}`, not a finite number.")),
            Err(_) => Finding::error("not-a-number", format!("`{field}` is `{text}`, not a number."))
                .with_help("Write numbers with a decimal point."),
        };
        self.push(problem.with_field(field).with_position(line, column));
        None
    }

    /// A finite number that is not negative; anything else is a finding.
    pub(super) fn positive(&mut self, word: Word<'_>, field: &str) -> Option<f64> {
        let number = self.number(word, field)?;
        if number < 0.0 {
            self.push(
                Finding::error("negative-value", format!("`{field}` is {number}; it cannot be below zero."))
                    .with_field(field)
                    .with_position(word.line, word.column),
            );
            return None;
        }
        // A negative zero is zero.
        Some(number + 0.0)
    }

    /// The index of a node or zone numbered from 1 to `n`; anything else is a finding.
    pub(super) fn numbered(&mut self, word: Word<'_>, field: &str, noun: &str, n: usize) -> Option<usize> {
        let Word { line, column, text } = word;
        let problem = match whole(text) {
            Some(number) if (1..=n).contains(&number) => return Some(number - 1),
            Some(number) => Finding::error(
                "out-of-range",
                format!("`{field}` is {number}, but the {noun}s are numbered from 1 to {n}."),
            )
            .with_help(format!("Correct the number, or the number of {noun}s in the header.")),
            None => Finding::error("not-a-number", format!("`{field}` is `{text}`, not the number of a {noun}.")),
        };
        self.push(problem.with_field(field).with_position(line, column));
        None
    }
}

impl Drop for Complaints<'_> {
    fn drop(&mut self) {
        for (&code, &(n, severity)) in &self.n_by_code {
            if n > TOLD {
                let finding = Finding::new(
                    severity,
                    code,
                    format!("There are {} more findings of this kind in the file.", n - TOLD),
                );
                self.findings.push(finding.with_file(self.file.as_str()));
            }
        }
    }
}
