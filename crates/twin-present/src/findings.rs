//! Findings in the language of who reads them.
//!
//! Findings are made in English, by every room, and stay so for machines. For people the English sentence is the key to
//! its translation, as in gettext: the catalogues in `locales/de/findings/` hold each sentence as a template with numbered
//! placeholders, `{1}` in the order of the English. A rendered sentence is matched against the templates, what stands in
//! its placeholders is put into the translation, and may be translated itself: names of kinds, clauses, errors of the
//! operating system. In the translation `{1!}` takes a placeholder exactly as it is; so is what the English puts in quotes.
//!
//! `findings/coverage.rs` compares the catalogues with the sentences in the sources of all crates.

mod template;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use twin::{Finding, jiff::civil::Date};

use crate::{Language, po};
use template::{Piece, Template};

/// The catalogues, with the name of the file.
const GERMAN: [(&str, &str); 11] = [
    ("foreign.po", include_str!("../locales/de/findings/foreign.po")),
    ("io-feed.po", include_str!("../locales/de/findings/io-feed.po")),
    ("io-networks.po", include_str!("../locales/de/findings/io-networks.po")),
    ("io-osm.po", include_str!("../locales/de/findings/io-osm.po")),
    ("io-scenario.po", include_str!("../locales/de/findings/io-scenario.po")),
    ("io.po", include_str!("../locales/de/findings/io.po")),
    ("run.po", include_str!("../locales/de/findings/run.po")),
    ("supply.po", include_str!("../locales/de/findings/supply.po")),
    ("terms.po", include_str!("../locales/de/findings/terms.po")),
    ("traffic.po", include_str!("../locales/de/findings/traffic.po")),
    ("windows.po", include_str!("../locales/de/findings/windows.po")),
];
/// How deep sentences stand in sentences; an error of the system stands in a clause, which stands in a sentence.
const DEEPEST: usize = 4;
/// Fewer letters than this say little about where a sentence comes from.
const FEW_LETTERS: usize = 8;
/// Places at which such a sentence is parted, at most.
const MOST_TRIES: usize = 8;
/// Bytes of the longest phrase that follows a placeholder without a mark between them.
const LONGEST_TAIL: usize = 120;

/// Message and help of a finding in this language; English where the catalogue lacks the sentence.
#[must_use]
pub fn translated(finding: &Finding, language: Language) -> (Cow<'_, str>, Option<Cow<'_, str>>) {
    (phrase(language, &finding.message), finding.help.as_deref().map(|help| phrase(language, help)))
}

/// A sentence or word of the findings in this language; English where the catalogue lacks it.
#[must_use]
pub fn phrase(language: Language, text: &str) -> Cow<'_, str> {
    match language {
        Language::En => Cow::Borrowed(text),
        Language::De => CATALOGUE.sentence(text, 0).map_or(Cow::Borrowed(text), Cow::Owned),
    }
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let texts = GERMAN.iter().flat_map(|(name, text)| {
        let entries = po::parse(text).unwrap_or_else(|error| unreachable!("tests read the catalogue {name}: {error}"));
        entries.into_iter().map(|entry| (entry.id, entry.text))
    });
    Catalogue::new(texts)
});

struct Catalogue {
    /// Sentences without placeholders.
    exact: HashMap<String, String>,
    /// Templates that begin with a text, by its first letter; those with most text first.
    by_letter: BTreeMap<char, Vec<Template>>,
    /// Templates that begin with a placeholder; those with most text first.
    headless: Vec<Template>,
}

impl Catalogue {
    fn new(texts: impl Iterator<Item = (String, String)>) -> Self {
        let mut catalogue = Self { exact: HashMap::new(), by_letter: BTreeMap::new(), headless: Vec::new() };
        for (english, german) in texts {
            let template = Template::new(&english, &german);
            match template.literals[0].chars().next() {
                _ if template.literals.len() == 1 => {
                    catalogue.exact.insert(english, german);
                }
                Some(letter) => catalogue.by_letter.entry(letter).or_default().push(template),
                None => catalogue.headless.push(template),
            }
        }
        for templates in catalogue.by_letter.values_mut().chain([&mut catalogue.headless]) {
            templates.sort_by_key(|template| std::cmp::Reverse(template.n_literal));
        }
        catalogue
    }

    /// The translation of a whole text.
    fn sentence(&self, text: &str, depth: usize) -> Option<String> {
        if let Some(german) = self.exact.get(text) {
            return Some(german.clone());
        }
        if depth >= DEEPEST {
            return None;
        }
        let of_letter = text.chars().next().and_then(|letter| self.by_letter.get(&letter));
        of_letter
            .into_iter()
            .flatten()
            .chain(&self.headless)
            .find_map(|template| self.filled(template, text, depth))
            .or_else(|| self.two_sentences(text, depth))
    }

    /// Two sentences of the catalogue, one after the other.
    fn two_sentences(&self, text: &str, depth: usize) -> Option<String> {
        text.match_indices(". ").find_map(|(at, _)| {
            let (first, second) = (self.sentence(&text[..=at], depth + 1)?, self.sentence(&text[at + 2..], depth + 1)?);
            Some(format!("{first} {second}"))
        })
    }

    fn filled(&self, template: &Template, text: &str, depth: usize) -> Option<String> {
        // “… at 5 s” and “… (3): …” fit much: what stands before must be known.
        let says_little = template.literals[0].is_empty() && template.n_letters < FEW_LETTERS;
        let mut slots = if says_little {
            let is_known =
                |first: &str| !first.contains(' ') || self.value(first, template.quoted[0], depth + 1) != first;
            (0..MOST_TRIES).map_while(|nth| template.matched(text, nth)).find(|slots| is_known(slots[0]))?
        } else {
            template.matched(text, 0)?
        };
        // A tail such as “ and 3 more” has no mark of its own before it: it begins where the catalogue knows the rest.
        for index in 1..slots.len() {
            if template.literals[index].is_empty() {
                let both = slots[index - 1];
                let at = both
                    .char_indices()
                    .filter(|&(at, letter)| at + LONGEST_TAIL >= both.len() && matches!(letter, ' ' | ',' | ';'))
                    .find(|&(at, _)| self.sentence(&both[at..], depth + 1).is_some())
                    .map_or(both.len(), |(at, _)| at);
                (slots[index - 1], slots[index]) = both.split_at(at);
            }
        }
        let mut german = String::new();
        for piece in &template.german {
            match piece {
                Piece::Text(text) => german.push_str(text),
                Piece::Slot { index, as_is: true } => german.push_str(slots[*index]),
                Piece::Slot { index, as_is: false } => {
                    german.push_str(&self.value(slots[*index], template.quoted[*index], depth + 1));
                }
            }
        }
        Some(german)
    }

    /// What stands in a placeholder, translated where it is surely no name, key or path.
    fn value<'t>(&self, text: &'t str, is_quoted: bool, depth: usize) -> Cow<'t, str> {
        if is_quoted {
            // Keys and names have no translation, but phrases like “initial level” stand in quotes too.
            let known = text.contains(' ').then(|| self.exact.get(text)).flatten();
            return known.map_or(Cow::Borrowed(text), |german| Cow::Owned(german.clone()));
        }
        number(text)
            .or_else(|| date(text))
            .or_else(|| self.sentence(text, depth))
            .or_else(|| self.begun_with_capital(text, depth))
            .or_else(|| self.list(text, depth))
            .or_else(|| self.ended(text, depth))
            .map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// What stands last in a sentence that its template ends without the full stop.
    fn ended(&self, text: &str, depth: usize) -> Option<String> {
        let before = text.strip_suffix('.').filter(|_| depth < DEEPEST)?;
        let german = self.value(before, false, depth + 1);
        (german != before).then(|| format!("{german}."))
    }

    /// A phrase of the catalogue at the beginning of a sentence.
    fn begun_with_capital(&self, text: &str, depth: usize) -> Option<String> {
        let first = text.chars().next().filter(|letter| letter.is_uppercase())?;
        let rest = &text[first.len_utf8()..];
        let german = self.sentence(&format!("{}{rest}", first.to_lowercase()), depth)?;
        let mut letters = german.chars();
        Some(letters.next()?.to_uppercase().chain(letters).collect())
    }

    /// Items joined by commas, “and” or “or”; nothing where one of them is English that the catalogue lacks.
    fn list(&self, text: &str, depth: usize) -> Option<String> {
        if depth >= DEEPEST {
            return None;
        }
        let (items, separators) = split(text);
        if separators.is_empty() {
            return None;
        }
        let mut german = String::new();
        for (index, item) in items.iter().enumerate() {
            let item_german = self.value(item, false, depth + 1);
            if item_german == *item && is_prose(item) {
                return None;
            }
            german.push_str(&item_german);
            if let Some(separator) = separators.get(index) {
                german.push_str(self.exact.get(*separator).map_or(separator, String::as_str));
            }
        }
        Some(german)
    }
}

/// What joins the items of a list.
const SEPARATORS: [&str; 5] = ["; ", " and by ", " and ", " or ", ", "];

/// The items of a list and what stands between them; what stands in quotes is never parted.
fn split(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut items, mut separators) = (Vec::new(), Vec::new());
    let (mut begin, mut in_quotes, mut at) = (0, false, 0);
    while let Some(letter) = text[at..].chars().next() {
        in_quotes ^= matches!(letter, '"' | '`');
        let separator = SEPARATORS.into_iter().find(|separator| !in_quotes && text[at..].starts_with(separator));
        if let Some(separator) = separator {
            items.push(&text[begin..at]);
            separators.push(&text[at..at + separator.len()]);
            at += separator.len();
            begin = at;
        } else {
            at += letter.len_utf8();
        }
    }
    items.push(&text[begin..]);
    (items, separators)
}

/// Whether this may be a phrase, not a key, a name or something in quotes.
fn is_prose(item: &str) -> bool {
    let in_quotes = ['"', '`'].iter().any(|quote| item.len() > 1 && item.starts_with(*quote) && item.ends_with(*quote));
    !in_quotes && (item.contains(' ') || item.bytes().all(|byte| byte.is_ascii_lowercase()))
}

/// A plain number with a decimal comma.
fn number(text: &str) -> Option<String> {
    let digits = text.trim_start_matches(['+', '-']);
    let begins = digits.starts_with(|letter: char| letter.is_ascii_digit());
    let plain = begins && text.len() <= digits.len() + 1 && text.parse::<f64>().is_ok_and(f64::is_finite);
    plain.then(|| {
        let unsigned = digits.replace('.', ",");
        match text.as_bytes()[0] {
            b'-' => format!("−{unsigned}"),
            b'+' => format!("+{unsigned}"),
            _ => unsigned,
        }
    })
}

/// A plain day, as `2026-05-04`.
fn date(text: &str) -> Option<String> {
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    shaped.then(|| text.parse::<Date>().ok()).flatten().map(|date| Language::De.date(date))
}

#[cfg(test)]
mod coverage;
#[cfg(test)]
mod tests;
