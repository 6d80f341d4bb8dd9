//! Catalogues of translations in the format of gettext (PO): a room's own reader of `msgid` and `msgstr`, with comments,
//! texts over several lines and escapes. Plural forms and contexts are not read, as no catalogue here has them.

/// One sentence and its translation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The English sentence, which is the key.
    pub(crate) id: String,
    /// The translation.
    pub(crate) text: String,
}

/// The entries of a catalogue in the order of the file, without its head.
///
/// # Errors
///
/// The first line that is no PO, with its number.
pub(crate) fn parse(catalogue: &str) -> Result<Vec<Entry>, String> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut part = Part::Text;
    for (index, line) in catalogue.lines().enumerate() {
        let line = line.trim();
        let wrong = |what: &str| format!("line {}: {what}: {line}", index + 1);
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let quoted = if let Some(rest) = line.strip_prefix("msgid ") {
            if part == Part::Id {
                return Err(wrong("msgid without msgstr"));
            }
            part = Part::Id;
            entries.push(Entry::default());
            rest
        } else if let Some(rest) = line.strip_prefix("msgstr ") {
            if part == Part::Text {
                return Err(wrong("msgstr without msgid"));
            }
            part = Part::Text;
            rest
        } else {
            line
        };
        let text = unquoted(quoted.trim()).ok_or_else(|| wrong("not a text in quotes"))?;
        let entry = entries.last_mut().ok_or_else(|| wrong("a text before the first msgid"))?;
        match part {
            Part::Id => entry.id.push_str(&text),
            Part::Text => entry.text.push_str(&text),
        }
    }
    // The head is the translation of nothing.
    entries.retain(|entry| !entry.id.is_empty());
    Ok(entries)
}

/// What the lines belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Id,
    Text,
}

fn unquoted(quoted: &str) -> Option<String> {
    let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => text.push(match letters.next()? {
                'n' => '\n',
                't' => '\t',
                same @ ('"' | '\\') => same,
                _ => return None,
            }),
            letter => text.push(letter),
        }
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_lines_and_escapes_are_read() {
        let catalogue = r##"# Title.
msgid ""
msgstr ""
"Language: de\n"

#: crates/a.rs
#, fuzzy
msgid "one \"word\" "
"more"
msgstr ""
"ein „Wort“\n"
"mehr \\"
"##;
        let expected = Entry { id: "one \"word\" more".to_owned(), text: "ein „Wort“\nmehr \\".to_owned() };
        assert_eq!(parse(catalogue), Ok(vec![expected]));
    }

    #[test]
    fn what_is_no_catalogue_is_refused_with_its_line() {
        for (text, line) in [
            ("msgid \"a\"\nmsgid \"b\"\n", "line 2"),
            ("msgstr \"a\"\n", "line 1"),
            ("\"a\"\n", "line 1"),
            ("msgid \"a\"\nmsgstr \"b\n", "line 2"),
            ("msgid \"a\"\nmsgstr \"b \\x\"\n", "line 2"),
            ("msgid \"a\"\nmsgstr \"b\" c\"\n", "line 2"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.starts_with(line), "{error}");
        }
    }
}
