//! What is printed: tables or JSON on standard output, findings on standard error.

use std::{
    collections::BTreeMap,
    fs,
    io::{self, Write as _},
};

use miette::{LabeledSpan, MietteDiagnostic, NamedSource, Report};
use serde_json::{Value, json};
use twin::{Finding, Findings, Severity};
use twin_present::{Language, findings, table, words::word};

/// Where and how a command prints.
pub(crate) struct Output {
    pub(crate) language: Language,
    pub(crate) json: bool,
}

impl Output {
    pub(crate) const fn new(language: Language, json: bool) -> Self {
        Self { language, json }
    }

    /// Text for people; nothing where machines read.
    pub(crate) fn text(&self, text: &str) {
        if !self.json {
            print(text);
        }
    }

    /// A value for machines; nothing where people read.
    pub(crate) fn value(&self, value: &Value) {
        if self.json {
            print(&format!("{value:#}\n"));
        }
    }

    /// Why a command failed: each finding with its place in the file.
    pub(crate) fn failure(&self, findings: &Findings) {
        if self.json {
            print(&format!("{:#}\n", json!({ "status": "error", "findings": findings })));
        }
        let mut files: BTreeMap<String, Option<String>> = BTreeMap::new();
        let mut sorted: Vec<&Finding> = findings.iter().collect();
        sorted.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let mut text = String::new();
        for finding in sorted {
            let source = finding.file.as_ref().and_then(|file| {
                files
                    .entry(file.clone())
                    .or_insert_with(|| fs::read_to_string(file).ok())
                    .clone()
                    .map(|text| (file, text))
            });
            text.push_str(&shown(self.language, finding, source));
        }
        let _ = io::stderr().write_all(text.as_bytes());
    }

    /// Findings that did not stop the command.
    pub(crate) fn findings(&self, findings: &Findings) {
        self.text(&table::findings_table(findings, self.language));
    }
}

/// Prints to standard output; a reader that has gone away (`| head`) is no error.
fn print(text: &str) {
    let mut out = io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

fn shown(language: Language, finding: &Finding, source: Option<(&String, String)>) -> String {
    let severity = match finding.severity {
        Severity::Error => miette::Severity::Error,
        Severity::Warning => miette::Severity::Warning,
        Severity::Note => miette::Severity::Advice,
    };
    let about = match (&finding.key, &finding.file, &source) {
        (Some(key), ..) if !finding.message.contains(key.as_str()) => format!("{key}: "),
        (None, Some(file), None) if !finding.message.contains(file.as_str()) => format!("{file}: "),
        _ => String::new(),
    };
    let (message, help) = findings::translated(finding, language);
    let mut diagnostic = MietteDiagnostic::new(format!("{about}{message}"))
        .with_code(format!("{} {}", word(language, severity_word(finding.severity)), finding.code))
        .with_severity(severity);
    if let Some(help) = help {
        diagnostic = diagnostic.with_help(help);
    }
    let Some(((line, column), (file, text))) = finding.position.zip(source) else {
        return with_label(language, &format!("{:?}\n", Report::new(diagnostic)));
    };
    let (offset, length) = span(&text, line, column);
    let label = finding.field.clone().unwrap_or_default();
    let diagnostic = diagnostic.with_label(LabeledSpan::new(Some(label), offset, length));
    with_label(language, &format!("{:?}\n", Report::new(diagnostic).with_source_code(NamedSource::new(file, text))))
}

/// The label of help, which miette writes in English, in a word of the same length, as the lines below are aligned.
fn with_label(language: Language, report: &str) -> String {
    match (language, report.rsplit_once("  help: ")) {
        (Language::De, Some((before, help))) => format!("{before}  Tipp: {help}"),
        _ => report.to_owned(),
    }
}

const fn severity_word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "severity-error",
        Severity::Warning => "severity-warning",
        Severity::Note => "severity-note",
    }
}

/// Byte offset of a line and column (from 1), and the length of what stands there up to the end of the line.
fn span(text: &str, line: u32, column: u32) -> (usize, usize) {
    let mut offset = 0;
    for (index, content) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line as usize {
            let begin: usize = content
                .chars()
                .take(column.saturating_sub(1) as usize)
                .map(char::len_utf8)
                .sum::<usize>()
                .min(content.len());
            let rest = content[begin..].split('#').next().unwrap_or_default().trim_end();
            return (offset + begin, rest.len());
        }
        offset += content.len();
    }
    (text.len(), 0)
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_place_in_a_file_is_found_behind_umlauts() {
        let text = "name = \"Straße\"\nstreet = \"Weg\" # hier\n";
        assert_eq!(&text[span(text, 2, 10).0..][..span(text, 2, 10).1], "\"Weg\"");
        let (offset, length) = span(text, 1, 8);
        assert_eq!(&text[offset..offset + length], "\"Straße\"");
        assert_eq!(span(text, 9, 1), (text.len(), 0));
    }
}
