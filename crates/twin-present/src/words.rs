//! Words: every text that people see, from the fluent files in `locales/`.

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{Loader as _, fluent_bundle::FluentValue, static_loader};
use unic_langid::{LanguageIdentifier, langid};

use crate::Language;

static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Marks of writing direction around figures disturb terminals and copied text.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

static GERMAN: LanguageIdentifier = langid!("de");
static ENGLISH: LanguageIdentifier = langid!("en");

fn identifier(language: Language) -> &'static LanguageIdentifier {
    match language {
        Language::De => &GERMAN,
        Language::En => &ENGLISH,
    }
}

/// The text of this name; the name itself where there is none.
#[must_use]
pub fn word(language: Language, name: &str) -> String {
    LOCALES.try_lookup(identifier(language), name).unwrap_or_else(|| name.to_owned())
}

/// The text of this name, where there is one.
#[must_use]
pub fn find_word(language: Language, name: &str) -> Option<String> {
    LOCALES.try_lookup(identifier(language), name)
}

/// The text of this name with values put in. Numbers are written before by [`Language::number`]; a one is given as a number, so that
/// texts can choose the singular: `{ $n -> [one] eine Adresse *[other] { $n } Adressen }`.
#[must_use]
pub fn say(language: Language, name: &str, values: &[(&'static str, &str)]) -> String {
    let values: HashMap<Cow<'static, str>, FluentValue<'_>> =
        values.iter().map(|&(key, value)| (Cow::Borrowed(key), fluent(value))).collect();
    LOCALES.try_lookup_with_args(identifier(language), name, &values).unwrap_or_else(|| name.to_owned())
}

fn fluent(value: &str) -> FluentValue<'_> {
    if value == "1" { FluentValue::from(1) } else { FluentValue::from(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_texts() {
        let names = |text: &str| -> Vec<String> {
            let mut names: Vec<String> = text
                .lines()
                .filter(|line| line.starts_with(|letter: char| letter.is_ascii_lowercase()))
                .filter_map(|line| line.split_once(" =").map(|(name, _)| name.to_owned()))
                .collect();
            names.sort_unstable();
            names
        };
        assert_eq!(names(include_str!("../locales/de/table.ftl")), names(include_str!("../locales/en/table.ftl")));
        assert_eq!(names(include_str!("../locales/de/works.ftl")), names(include_str!("../locales/en/works.ftl")));
        assert_eq!(names(include_str!("../locales/de/touched.ftl")), names(include_str!("../locales/en/touched.ftl")));
        assert_eq!(names(include_str!("../locales/de/cli.ftl")), names(include_str!("../locales/en/cli.ftl")));
        assert_eq!(names(include_str!("../locales/de/query.ftl")), names(include_str!("../locales/en/query.ftl")));
        assert_eq!(names(include_str!("../locales/de/power.ftl")), names(include_str!("../locales/en/power.ftl")));
        assert_eq!(names(include_str!("../locales/de/closure.ftl")), names(include_str!("../locales/en/closure.ftl")));
        assert_eq!(names(include_str!("../locales/de/supply.ftl")), names(include_str!("../locales/en/supply.ftl")));
        assert_eq!(names(include_str!("../locales/de/view.ftl")), names(include_str!("../locales/en/view.ftl")));
        assert_eq!(
            names(include_str!("../locales/de/criteria.ftl")),
            names(include_str!("../locales/en/criteria.ftl"))
        );
        assert_eq!(names(include_str!("../locales/de/feeds.ftl")), names(include_str!("../locales/en/feeds.ftl")));
    }

    #[test]
    fn values_are_put_in() {
        assert_eq!(say(Language::De, "site-length", &[("length", "80")]), "80 m");
        assert_eq!(word(Language::En, "kind-half"), "half closed");
        let lost = |n| say(Language::De, "brief-hospital-lost", &[("n", n)]);
        assert_eq!(lost("1"), "Von einer Adresse führt kein Weg mehr dorthin.");
        assert_eq!(lost("1.000"), "Von 1.000 Adressen führt kein Weg mehr dorthin.");
    }
}
