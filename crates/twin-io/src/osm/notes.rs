//! Findings on the way: single ones for what is wrong with an object, grouped ones for what was assumed for many.

use std::collections::BTreeMap;

use twin::{Finding, Findings, Key, Severity};

/// How many keys a grouped finding lists.
const LISTED: usize = 40;

/// Collects findings; those of one code and text become one with a count and the keys.
#[derive(Default)]
pub(crate) struct Notes {
    single: Vec<Finding>,
    grouped: BTreeMap<(&'static str, String), Group>,
}

struct Group {
    severity: Severity,
    n_listed: usize,
    help: &'static str,
    field: Option<&'static str>,
    keys: Vec<Key>,
}

impl Notes {
    /// A finding of its own.
    pub(crate) fn push(&mut self, finding: Finding) {
        self.single.push(finding);
    }

    /// Something implausible or dropped, with the object concerned.
    pub(crate) fn warn(
        &mut self,
        code: &'static str,
        key: Key,
        field: Option<&'static str>,
        message: String,
        help: &str,
    ) {
        let mut finding = Finding::warning(code, message).with_key(key).with_help(help);
        finding.field = field.map(str::to_owned);
        self.single.push(finding);
    }

    /// Something that was assumed or left out by rule, one of many alike. `text` names the plural: `streets without lanes: 1 per direction`.
    pub(crate) fn group(
        &mut self,
        code: &'static str,
        key: Key,
        field: Option<&'static str>,
        text: impl Into<String>,
        help: &'static str,
    ) {
        self.add(
            code,
            key,
            text.into(),
            Group { severity: Severity::Note, n_listed: LISTED, help, field, keys: Vec::new() },
        );
    }

    /// Something that was left out by rule, one of many alike: every key is listed.
    pub(crate) fn group_all(&mut self, code: &'static str, key: Key, text: impl Into<String>, help: &'static str) {
        let group = Group { severity: Severity::Note, n_listed: usize::MAX, help, field: None, keys: Vec::new() };
        self.add(code, key, text.into(), group);
    }

    fn add(&mut self, code: &'static str, key: Key, text: String, empty: Group) {
        self.grouped.entry((code, text)).or_insert(empty).keys.push(key);
    }

    /// Adds findings from elsewhere.
    pub(crate) fn extend(&mut self, findings: impl IntoIterator<Item = Finding>) {
        self.single.extend(findings);
    }

    /// All of them: warnings first, in the order found, then notes, then groups.
    pub(crate) fn into_findings(self) -> Findings {
        let mut findings = self.single;
        findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        findings.extend(self.grouped.into_iter().map(|((code, text), group)| group.finding(code, &text)));
        Findings(findings)
    }
}

impl Group {
    fn finding(mut self, code: &'static str, text: &str) -> Finding {
        self.keys.dedup();
        let n_keys = self.keys.len();
        let listed: Vec<&str> = self.keys.iter().take(self.n_listed).map(Key::as_str).collect();
        let more =
            if n_keys > self.n_listed { format!(", and {} more", n_keys - self.n_listed) } else { String::new() };
        let mut letters = text.chars();
        let first = letters.next().map(char::to_uppercase).into_iter().flatten();
        let sentence: String = first.chain(letters).collect();
        let message = format!("{sentence} ({n_keys}): {}{more}.", listed.join(", "));
        let mut finding = Finding::new(self.severity, code, message).with_help(self.help);
        finding.field = self.field.map(str::to_owned);
        if let [only] = self.keys.as_slice() {
            finding.key = Some(only.clone());
        }
        finding
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_alike_becomes_one_finding_with_a_count() {
        let mut notes = Notes::default();
        for id in 0..50 {
            notes.group(
                "lanes-assumed",
                Key::new(format!("way/{id}")),
                Some("lanes"),
                "streets without lanes",
                "Map them.",
            );
        }
        notes.warn("odd", Key::new("way/7"), None, "Odd.".to_owned(), "Look.");
        let findings = notes.into_findings();
        assert_eq!(findings.0.len(), 2);
        assert_eq!(findings.0[0].code, "odd");
        assert!(findings.0[1].message.starts_with("Streets without lanes (50): way/0, way/1,"));
        assert!(findings.0[1].message.ends_with("and 10 more."));
    }
}
