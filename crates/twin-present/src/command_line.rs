//! Texts of the command lines in German: the English text is the key, as in [`crate::findings`].

use std::{collections::BTreeMap, sync::LazyLock};

use crate::po;

/// The programs that have one. The viewer shares with the command line what clap says by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program {
    /// The command line.
    Stadtwin,
    /// The viewer.
    Viewer,
}

impl Program {
    const ALL: [Self; 2] = [Self::Stadtwin, Self::Viewer];

    const fn texts(self) -> &'static str {
        match self {
            Self::Stadtwin => include_str!("../locales/de/command-line.po"),
            Self::Viewer => include_str!("../locales/de/command-line-view.po"),
        }
    }

    fn entries(self) -> Vec<po::Entry> {
        po::parse(self.texts()).unwrap_or_else(|error| unreachable!("a test reads the catalogue: {error}"))
    }
}

static CATALOGUE: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| Program::ALL.into_iter().flat_map(Program::entries).map(|entry| (entry.id, entry.text)).collect());

/// The German of an English text; nothing where the catalogues lack it.
#[must_use]
pub fn german(english: &str) -> Option<&'static str> {
    CATALOGUE.get(english).map(String::as_str)
}

/// The English texts that the catalogue of a program knows, to be compared with those of its command line.
#[must_use]
pub fn known(program: Program) -> Vec<String> {
    program.entries().into_iter().map(|entry| entry.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogues_are_read_and_complete() {
        let entries = Program::ALL.map(|program| po::parse(program.texts()).unwrap_or_else(|error| panic!("{error}")));
        assert_eq!(entries.iter().map(Vec::len).sum::<usize>(), CATALOGUE.len(), "a text stands twice");
        assert!(entries.iter().flatten().all(|entry| !entry.text.is_empty()));
        assert_eq!(german("The feed"), Some("Der Feed"));
        assert_eq!(german("no such text"), None);
    }
}
