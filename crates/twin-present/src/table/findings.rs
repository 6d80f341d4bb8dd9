//! Findings as a table: one row per kind, with how many there are and the first of them.

use std::collections::BTreeMap;

use twin::{Finding, Findings, Severity};

use crate::{
    Language,
    findings::phrase,
    words::{say, word},
};

/// Findings of one kind shown in full.
const N_SHOWN: usize = 3;
/// Longest message shown.
const SHOWN_CHARS: usize = 240;

/// Findings by severity and kind: each kind with up to three of its findings, what to do, and how many more there are.
#[must_use]
pub fn findings_table(findings: &Findings, language: Language) -> String {
    if findings.0.is_empty() {
        return format!("{}\n", word(language, "finding-none"));
    }
    let mut kinds: BTreeMap<(std::cmp::Reverse<Severity>, &str), Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter() {
        kinds.entry((std::cmp::Reverse(finding.severity), finding.code)).or_default().push(finding);
    }
    let mut text = String::new();
    for ((severity, code), of_kind) in &kinds {
        let name = word(language, severity_name(severity.0));
        let count = language.number(of_kind.len() as f64, 0);
        text.push_str(&if of_kind.len() > 1 {
            format!("{name} {code} ({count})\n")
        } else {
            format!("{name} {code}\n")
        });
        for finding in of_kind.iter().take(N_SHOWN) {
            text.push_str(&format!("  {}{}\n", place(finding), shortened(&phrase(language, &finding.message))));
        }
        if let Some(help) = of_kind.iter().find_map(|finding| finding.help.as_deref()) {
            text.push_str(&format!("  → {}\n", phrase(language, help)));
        }
        if of_kind.len() > N_SHOWN {
            let n = language.number((of_kind.len() - N_SHOWN) as f64, 0);
            text.push_str(&format!("  {}\n", say(language, "finding-more", &[("n", &n), ("code", code)])));
        }
    }
    let figures = [Severity::Error, Severity::Warning, Severity::Note]
        .map(|severity| language.number(findings.count(severity) as f64, 0));
    let values = [("errors", figures[0].as_str()), ("warnings", &figures[1]), ("notes", &figures[2])];
    text.push_str(&say(language, "finding-count", &values));
    text.push('\n');
    text
}

/// A message without the tail of a long list; the whole of it is in the JSON output.
fn shortened(message: &str) -> String {
    if message.chars().count() <= SHOWN_CHARS {
        return message.to_owned();
    }
    let head: String = message.chars().take(SHOWN_CHARS).collect();
    let end = head.rfind(", ").unwrap_or(head.len());
    format!("{}, …", &head[..end])
}

fn place(finding: &Finding) -> String {
    match (&finding.key, finding.position) {
        (Some(key), _) => format!("{key}: "),
        (None, Some((line, column))) => format!("{line}:{column}: "),
        (None, None) => String::new(),
    }
}

const fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "severity-error",
        Severity::Warning => "severity-warning",
        Severity::Note => "severity-note",
    }
}
