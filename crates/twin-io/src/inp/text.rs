//! The text of an EPANET file: sections, lines, words, numbers, times, and what is wrong with them.

use std::{borrow::Cow, collections::BTreeMap};

use twin::{Finding, Findings, Severity};

/// Findings of one kind that are told one by one; the rest are counted.
const TOLD: usize = 25;

/// Most bytes of a name in EPANET.
const LONGEST_NAME: usize = 31;

/// The text of a file: UTF-8, or else Windows-1252, of which Latin-1 is a part; a mark of the byte order is taken off.
pub(super) fn decoded(bytes: &[u8]) -> String {
    // What stands at 0x80 to 0x9f; nothing (0) is left as it is.
    const UPPER: [u16; 32] = [
        0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0, 0x017d,
        0, 0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,
        0x017e, 0x0178,
    ];
    let letter = |byte: u8| match UPPER.get(usize::from(byte).wrapping_sub(0x80)) {
        Some(&code) if code != 0 => char::from_u32(u32::from(code)).unwrap_or(char::REPLACEMENT_CHARACTER),
        _ => char::from(byte),
    };
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| letter(byte)).collect(),
    };
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// A name of at most 31 bytes, which is all that EPANET takes: of a longer one its beginning, and a number made of all of it.
pub(super) fn shortened(name: &str) -> Cow<'_, str> {
    if name.len() <= LONGEST_NAME {
        return name.into();
    }
    // FNV-1a.
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let end = name.floor_char_boundary(LONGEST_NAME - 11);
    format!("{}~{:010x}", &name[..end], hash & 0xff_ffff_ffff).into()
}

/// A line that is not empty and no comment.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// Number, from 1.
    pub(super) number: u32,
    /// Words before the comment; quotes are taken off.
    pub(super) words: Vec<&'a str>,
    /// Text after the semicolon, trimmed.
    pub(super) comment: &'a str,
    /// The line as it stands.
    pub(super) raw: &'a str,
}

impl<'a> Line<'a> {
    /// A word, or nothing.
    pub(super) fn word(&self, index: usize) -> Option<&'a str> {
        self.words.get(index).copied()
    }

    /// Whether a word begins with this keyword, whatever the case: EPANET's rule.
    pub(super) fn is(&self, index: usize, keyword: &str) -> bool {
        self.word(index).is_some_and(|word| begins(word, keyword))
    }
}

/// Whether a word begins with a keyword, whatever the case.
pub(super) fn begins(word: &str, keyword: &str) -> bool {
    word.len() >= keyword.len() && word.as_bytes()[..keyword.len()].eq_ignore_ascii_case(keyword.as_bytes())
}

/// The lines of a file by section, in the order of the file.
#[derive(Debug, Default)]
pub(super) struct Sections<'a> {
    lines: BTreeMap<&'static str, Vec<Line<'a>>>,
}

/// Sections by the beginning of their heading, with their full name.
pub(super) const SECTIONS: [(&str, &str); 28] = [
    ("[TITL", "TITLE"),
    ("[JUNC", "JUNCTIONS"),
    ("[RESE", "RESERVOIRS"),
    ("[TANK", "TANKS"),
    ("[PIPE", "PIPES"),
    ("[PUMP", "PUMPS"),
    ("[VALV", "VALVES"),
    ("[CONT", "CONTROLS"),
    ("[RULE", "RULES"),
    ("[DEMA", "DEMANDS"),
    ("[SOUR", "SOURCES"),
    ("[EMIT", "EMITTERS"),
    ("[LEAK", "LEAKAGE"),
    ("[PATT", "PATTERNS"),
    ("[CURV", "CURVES"),
    ("[QUAL", "QUALITY"),
    ("[STAT", "STATUS"),
    ("[ROUG", "ROUGHNESS"),
    ("[ENER", "ENERGY"),
    ("[REAC", "REACTIONS"),
    ("[MIXI", "MIXING"),
    ("[REPO", "REPORT"),
    ("[TIME", "TIMES"),
    ("[OPTI", "OPTIONS"),
    ("[COOR", "COORDINATES"),
    ("[VERT", "VERTICES"),
    ("[LABE", "LABELS"),
    ("[BACK", "BACKDROP"),
];

impl<'a> Sections<'a> {
    /// Divides a text. An unknown section is a finding and left out.
    pub(super) fn of(text: &'a str, complaints: &mut Complaints<'_>) -> Self {
        let mut sections = Self::default();
        let mut current: Option<&'static str> = None;
        for (number, raw) in (1..).zip(text.lines()) {
            let raw = raw.trim_end_matches(['\u{1a}', '\r']);
            let (body, comment) = raw.split_once(';').unwrap_or((raw, ""));
            let words = words(body);
            let Some(first) = words.first() else { continue };
            if first.starts_with('[') {
                if begins(first, "[END") {
                    break;
                }
                current = SECTIONS
                    .iter()
                    .chain(&[("[TAGS", "TAGS")])
                    .find(|(start, _)| begins(first, start))
                    .map(|(_, name)| *name);
                if current.is_none() {
                    complaints.push(
                        Finding::warning(
                            "unknown-section",
                            format!("`{first}` is no section of EPANET; it is left out."),
                        )
                        .with_position(number, 1),
                    );
                }
                continue;
            }
            let Some(section) = current else { continue };
            sections.lines.entry(section).or_default().push(Line { number, words, comment: comment.trim(), raw });
        }
        sections
    }

    /// The lines of a section.
    pub(super) fn of_name(&self, name: &str) -> &[Line<'a>] {
        self.lines.get(name).map_or(&[], Vec::as_slice)
    }
}

/// Words between blanks; a word in double quotes may hold blanks.
fn words(body: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = body.trim_start();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
            None => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
        };
        words.push(word);
        rest = after.trim_start();
    }
    words
}

/// Whether a text looks like an EPANET file: it has the headings of junctions and pipes, or of one of them and options.
pub(super) fn looks_like(text: &str) -> bool {
    let headings: Vec<&str> = text.lines().map(str::trim_start).filter(|line| line.starts_with('[')).take(40).collect();
    let has = |start: &str| headings.iter().any(|heading| begins(heading, start));
    (has("[JUNC") || has("[RESE") || has("[TANK") || has("[PIPE")) || (has("[TITL") && headings.len() == 1)
}

/// Findings of a file; each gets its name, and a flood of equal ones is counted.
#[derive(Debug)]
pub(super) struct Complaints<'f> {
    file: String,
    findings: &'f mut Findings,
    n_by_code: BTreeMap<&'static str, (usize, Severity)>,
}

impl<'f> Complaints<'f> {
    pub(super) fn new(file: &str, findings: &'f mut Findings) -> Self {
        Self { file: file.to_owned(), findings, n_by_code: BTreeMap::new() }
    }

    pub(super) fn push(&mut self, finding: Finding) {
        let (n, severity) = self.n_by_code.entry(finding.code).or_insert((0, finding.severity));
        *n += 1;
        *severity = (*severity).max(finding.severity);
        if *n <= TOLD {
            self.findings.push(finding.with_file(self.file.clone()));
        }
    }

    /// A field that is missing.
    pub(super) fn missing(&mut self, line: &Line<'_>, what: &str) {
        self.push(
            Finding::error("missing-field", format!("`{what}` is missing in `{}`.", line.raw.trim()))
                .with_field(what)
                .with_position(line.number, 1),
        );
    }

    /// A number at a place of a line; what is none is a finding.
    pub(super) fn number(&mut self, line: &Line<'_>, index: usize, field: &str) -> Option<f64> {
        let Some(word) = line.word(index) else {
            self.missing(line, field);
            return None;
        };
        let number = number(word);
        if number.is_none() {
            self.push(
                Finding::error("not-a-number", format!("`{field}` is `{word}`, not a finite number."))
                    .with_field(field)
                    .with_position(line.number, column(line, index)),
            );
        }
        number
    }

    /// A number that may be absent.
    pub(super) fn number_or(&mut self, line: &Line<'_>, index: usize, field: &str, default: f64) -> f64 {
        if line.word(index).is_none() { default } else { self.number(line, index, field).unwrap_or(default) }
    }

    /// A number that may be absent but not below zero; where `above` is set, not zero either.
    pub(super) fn size_or(&mut self, line: &Line<'_>, index: usize, field: &str, default: f64, above: bool) -> f64 {
        let value = self.number_or(line, index, field, default);
        if value < 0.0 || (above && value == 0.0) {
            let bound = if above { "above zero" } else { "zero or more" };
            self.push(
                Finding::error("out-of-range", format!("`{field}` is {value}; it must be {bound}."))
                    .with_field(field)
                    .with_position(line.number, column(line, index)),
            );
            return default;
        }
        value
    }
}

impl Drop for Complaints<'_> {
    fn drop(&mut self) {
        for (&code, &(n, severity)) in &self.n_by_code {
            if n > TOLD {
                let message = format!("There are {} more findings of this kind in the file.", n - TOLD);
                self.findings.push(Finding::new(severity, code, message).with_file(self.file.clone()));
            }
        }
    }
}

/// Column of a word, from 1.
pub(super) fn column(line: &Line<'_>, index: usize) -> u32 {
    let Some(word) = line.word(index) else { return 1 };
    let offset = (word.as_ptr() as usize).saturating_sub(line.raw.as_ptr() as usize);
    u32::try_from(offset + 1).unwrap_or(1)
}

/// A finite number.
pub(super) fn number(word: &str) -> Option<f64> {
    word.parse::<f64>().ok().filter(|number| number.is_finite() && !word.ends_with(['n', 'N', 'f', 'F', 'y', 'Y']))
}

/// Hours of a time: a decimal number with or without units, or `hh:mm:ss` with or without AM or PM.
pub(super) fn hours(time: &str, units: Option<&str>) -> Option<f64> {
    let parts: Vec<f64> = time.split(':').map(number).collect::<Option<_>>()?;
    let (hours, single) = match parts[..] {
        [hours] => (hours, true),
        [hours, minutes] => (hours + minutes / 60.0, false),
        // EPANET takes no notice of a fourth part; here it must be nothing.
        [hours, minutes, seconds] | [hours, minutes, seconds, 0.0] => {
            (hours + minutes / 60.0 + seconds / 3600.0, false)
        }
        _ => return None,
    };
    let Some(units) = units else { return Some(hours) };
    let is = |keyword| begins(units, keyword);
    match () {
        () if single && is("SEC") => Some(hours / 3600.0),
        () if single && is("MIN") => Some(hours / 60.0),
        () if single && is("HOU") => Some(hours),
        () if single && is("DAY") => Some(hours * 24.0),
        () if is("AM") && hours < 13.0 => Some(if hours >= 12.0 { hours - 12.0 } else { hours }),
        () if is("PM") && hours < 13.0 => Some(if hours >= 12.0 { hours } else { hours + 12.0 }),
        () => None,
    }
}

/// Seconds of hours; EPANET rounds those of controls down.
pub(super) fn seconds(hours: f64, round: bool) -> Option<u64> {
    // A century: no simulation is longer, and no product of times overflows.
    (0.0..=876_600.0).contains(&hours).then_some((hours * 3600.0 + if round { 0.5 } else { 0.0 }) as u64)
}

/// The whole number that a name begins with, as C's `atol` reads it.
pub(super) fn leading_number(text: &str) -> Option<i64> {
    let digits: String = text.trim_start().chars().take_while(char::is_ascii_digit).take(18).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn umlauts_are_read_from_utf8_and_from_windows_1252() {
        assert_eq!(decoded("\u{feff}Behälter „Süd“ 5 €".as_bytes()), "Behälter „Süd“ 5 €");
        assert_eq!(decoded(b"Beh\xe4lter \x84S\xfcd\x93 5 \x80"), "Behälter „Süd“ 5 €");
        assert_eq!(decoded(b"\x81\xa0\xff"), "\u{81}\u{a0}ÿ");
    }

    #[test]
    fn times_have_up_to_three_parts() {
        assert_eq!(hours("1:30:36", None), Some(1.51));
        assert_eq!(hours("0:00:00:00", None), Some(0.0));
        assert_eq!(hours("1:00:00:30", None), None);
        assert_eq!((hours("12:15", Some("am")), hours("1", Some("PM"))), (Some(0.25), Some(13.0)));
    }

    #[test]
    fn long_names_are_shortened_and_stay_apart() {
        assert_eq!(shortened("0123456789012345678901234567890"), "0123456789012345678901234567890");
        let names = ["Hochbehälter am Südlichen Galgenberg 1", "Hochbehälter am Südlichen Galgenberg 2"].map(shortened);
        assert!(
            names.iter().all(|name| name.len() <= LONGEST_NAME && name.starts_with("Hochbehälter am S")),
            "{names:?}"
        );
        assert_ne!(names[0], names[1]);
    }
}
