//! Texts of the command line in German: the English text is the key, as in [`crate::findings`].

use std::{collections::BTreeMap, sync::LazyLock};

use crate::po;

const GERMAN: &str = include_str!("../locales/de/command-line.po");

static CATALOGUE: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let entries = po::parse(GERMAN).unwrap_or_else(|error| unreachable!("a test reads the catalogue: {error}"));
    entries.into_iter().map(|entry| (entry.id, entry.text)).collect()
});

/// The German of an English text; nothing where the catalogue lacks it.
#[must_use]
pub fn german(english: &str) -> Option<&'static str> {
    CATALOGUE.get(english).map(String::as_str)
}

/// The English texts that the catalogue knows, to be compared with those of the command line.
pub fn known() -> impl Iterator<Item = &'static str> {
    CATALOGUE.keys().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_read_and_complete() {
        let entries = po::parse(GERMAN).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(entries.len(), CATALOGUE.len(), "a text stands twice");
        assert!(entries.iter().all(|entry| !entry.text.is_empty()));
        assert_eq!(german("The feed"), Some("Der Feed"));
        assert_eq!(german("no such text"), None);
    }
}
