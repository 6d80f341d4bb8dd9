//! XML of a publication: events stream by, one situation at a time becomes a tree.

use std::borrow::Cow;

use quick_xml::{
    NsReader,
    events::{BytesStart, Event},
    name::ResolveResult,
};
use twin::{Finding, Findings};

/// Deepest nesting of elements; real publications have about 20.
const DEEPEST: usize = 200;

/// Which model an element belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// DATEX II of another version, by its major number.
    Version(u8),
    Other,
}

/// An element with everything in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Element {
    /// Local name.
    pub(super) name: String,
    pub(super) space: Space,
    /// Local names and values.
    pub(super) attributes: Vec<(String, String)>,
    /// Text directly in it.
    pub(super) text: String,
    pub(super) children: Vec<Self>,
    /// Byte offset in the text.
    pub(super) offset: usize,
}

impl Element {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// `xsi:type` without its prefix.
    pub(super) fn kind(&self) -> Option<&str> {
        self.attribute("type").map(|text| text.rsplit(':').next().unwrap_or(text))
    }

    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(super) fn all<'e>(&'e self, name: &'e str) -> impl Iterator<Item = &'e Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of a child, trimmed; nothing where empty.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).and_then(Self::trimmed)
    }

    pub(super) fn trimmed(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// All elements of a name beneath this one, in order.
    pub(super) fn beneath<'e>(&'e self, name: &'e str) -> Vec<&'e Self> {
        let mut found = Vec::new();
        let mut stack: Vec<&Self> = self.children.iter().rev().collect();
        while let Some(element) = stack.pop() {
            if element.name == name {
                found.push(element);
            }
            stack.extend(element.children.iter().rev());
        }
        found
    }

    /// The first text in one of several languages: `values/value`.
    pub(super) fn multilingual(&self) -> Option<&str> {
        self.beneath("value").into_iter().find_map(Self::trimmed).or_else(|| self.trimmed())
    }
}

/// What stands at the head of a publication.
#[derive(Clone, Debug, Default)]
pub(super) struct Head {
    /// Major version of the model.
    pub(super) version: u8,
    /// `SituationPublication`, as the publication calls itself.
    pub(super) publication: Option<String>,
}

/// Lines and columns of byte offsets.
pub(super) struct Lines<'t> {
    text: &'t str,
    begins: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t str) -> Self {
        let begins = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { text, begins }
    }

    /// Line and column, from 1.
    pub(super) fn position(&self, offset: usize) -> (u32, u32) {
        let line = self.begins.partition_point(|begin| *begin <= offset).max(1);
        let begin = self.begins[line - 1];
        let column = self
            .text
            .as_bytes()
            .get(begin..offset.max(begin))
            .map_or(0, |bytes| bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count());
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (number(line), number(column + 1))
    }
}

/// The text of a file in the encoding that it declares.
pub(super) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, Finding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).to_ascii_lowercase();
    let declared = head.split_once("encoding=").and_then(|(_, rest)| {
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        rest[1..].split(quote).next().map(str::to_owned)
    });
    match declared.as_deref().unwrap_or("utf-8") {
        "utf-8" | "utf8" | "us-ascii" | "ascii" => std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
            Finding::error("not-utf8", format!("The feed says that it is UTF-8, but it is not (line {line})."))
                .with_help("Mostly it is ISO-8859-1 then: write encoding=\"ISO-8859-1\" in its first line, or tell the publisher.")
                .with_position(u32::try_from(line).unwrap_or(u32::MAX), 1)
        }),
        "iso-8859-1" | "latin1" | "iso8859-1" | "iso-8859-15" | "windows-1252" | "cp1252" => {
            let of_1252 = !head.contains("8859-15");
            Ok(Cow::Owned(bytes.iter().map(|byte| single_byte(*byte, of_1252)).collect()))
        }
        other => Err(Finding::error("unknown-encoding", format!("The feed is encoded as \"{other}\", which is not read."))
            .with_help("Convert it to UTF-8.")
            .with_position(1, 1)),
    }
}

/// ISO-8859-1 with the letters that Windows-1252 puts where it has control characters, or ISO-8859-15.
fn single_byte(byte: u8, of_1252: bool) -> char {
    const OF_1252: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘',
        '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match (of_1252, byte) {
        (true, 0x80..=0x9f) => OF_1252[usize::from(byte - 0x80)],
        (false, 0xa4) => '€',
        (false, 0xa6) => 'Š',
        (false, 0xa8) => 'š',
        (false, 0xb4) => 'Ž',
        (false, 0xb8) => 'ž',
        (false, 0xbc) => 'Œ',
        (false, 0xbd) => 'œ',
        (false, 0xbe) => 'Ÿ',
        (_, other) => char::from(other),
    }
}

/// Reads a publication: each element of one of these names becomes a tree and is handed on, in order.
pub(super) fn walk(text: &str, names: &[&str], mut each: impl FnMut(&Head, Element)) -> Result<Head, Findings> {
    let lines = Lines::of(text);
    let mut reader = NsReader::from_str(text);
    let mut head = Head::default();
    let mut root: Option<String> = None;
    // Elements that are being read, the outermost first; those outside of any wanted one are counted only.
    let mut outside = 0_usize;
    let mut open: Vec<Element> = Vec::new();
    loop {
        let offset = offset_of(&reader);
        let at = |finding: Finding, offset: usize| {
            let (line, column) = lines.position(offset);
            Findings::from(finding.with_position(line, column))
        };
        let (space, event) = match reader.read_resolved_event() {
            Ok((space, event)) => (space_of(&space), event),
            // A tag, comment or CDATA without an end.
            Err(quick_xml::Error::Syntax(error)) => {
                return Err(at(truncated(&format!(" ({error})")), offset_of(&reader)));
            }
            Err(error) => {
                let finding = Finding::error("invalid-xml", format!("The feed is no valid XML: {error}."));
                return Err(at(finding.with_help("Fetch the file again."), offset_of(&reader)));
            }
        };
        match event {
            Event::Start(start) => {
                let element = element(&start, space, offset).map_err(|what| at(what, offset))?;
                note_head(&mut head, &mut root, &element);
                if !open.is_empty() || names.contains(&element.name.as_str()) {
                    open.push(element);
                } else {
                    outside += 1;
                }
                if open.len() + outside > DEEPEST {
                    return Err(at(
                        Finding::error("xml-too-deep", format!("The feed nests more than {DEEPEST} elements."))
                            .with_help("It is no DATEX II."),
                        offset,
                    ));
                }
            }
            Event::Empty(start) => {
                let element = element(&start, space, offset).map_err(|what| at(what, offset))?;
                note_head(&mut head, &mut root, &element);
                match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None if names.contains(&element.name.as_str()) => each(&head, element),
                    None => {}
                }
            }
            Event::End(_) => match open.pop() {
                Some(element) => match open.last_mut() {
                    Some(parent) => parent.children.push(element),
                    None => each(&head, element),
                },
                None => outside = outside.saturating_sub(1),
            },
            Event::Eof => {
                if outside > 0 || !open.is_empty() {
                    let inner = open.last().map_or_else(String::new, |element| format!(" (in `{}`)", element.name));
                    return Err(at(truncated(&inner), text.len()));
                }
                break;
            }
            other => {
                if let Some(element) = open.last_mut() {
                    push_text(&mut element.text, &other);
                }
            }
        }
    }
    check_head(&head, root.as_deref())?;
    Ok(head)
}

fn truncated(inner: &str) -> Finding {
    Finding::error("file-truncated", format!("The feed ends in the middle{inner}.")).with_help("Fetch the file again.")
}

fn offset_of(reader: &NsReader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn push_text(text: &mut String, event: &Event<'_>) {
    match event {
        Event::Text(piece) => text.push_str(&piece.xml10_content()),
        Event::CData(piece) => text.push_str(&piece.xml10_content()),
        Event::GeneralRef(reference) => match reference.resolve_char_ref() {
            Ok(Some(letter)) => text.push(letter),
            _ => text.push_str(match &**reference {
                "amp" => "&",
                "lt" => "<",
                "gt" => ">",
                "quot" => "\"",
                "apos" => "'",
                _ => "\u{fffd}",
            }),
        },
        _ => {}
    }
}

fn space_of(resolved: &ResolveResult<'_>) -> Space {
    let ResolveResult::Bound(namespace) = resolved else { return Space::Other };
    let text: &str = namespace.as_ref();
    let version = text
        .split_once("datex2.eu/schema/")
        .and_then(|(_, rest)| rest.chars().next())
        .and_then(|digit| digit.to_digit(10));
    version.and_then(|version| u8::try_from(version).ok()).map_or(Space::Other, Space::Version)
}

fn element(start: &BytesStart<'_>, space: Space, offset: usize) -> Result<Element, Finding> {
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| {
            Finding::error("invalid-xml", format!("The feed is no valid XML: {error}."))
                .with_help("Fetch the file again.")
        })?;
        let value = unescaped(&attribute.value);
        attributes.push((attribute.key.local_name().as_ref().to_owned(), value));
    }
    Ok(Element {
        name: start.local_name().as_ref().to_owned(),
        space,
        attributes,
        text: String::new(),
        children: Vec::new(),
        offset,
    })
}

fn unescaped(text: &str) -> String {
    quick_xml::escape::unescape(text).map_or_else(|_| text.to_owned(), Cow::into_owned)
}

/// Remembers the version and the kind of the publication from the elements at its head.
fn note_head(head: &mut Head, root: &mut Option<String>, element: &Element) {
    if root.is_none() {
        *root = Some(element.name.clone());
    }
    if head.version == 0
        && let Space::Version(version) = element.space
    {
        head.version = version;
    }
    if head.publication.is_none() && matches!(element.name.as_str(), "payloadPublication" | "payload") {
        head.publication = element.kind().map(str::to_owned);
    }
}

fn check_head(head: &Head, root: Option<&str>) -> Result<(), Finding> {
    match (head.version, root) {
        (2 | 3, _) => Ok(()),
        (0, Some(root)) => Err(Finding::error(
            "wrong-namespace",
            format!("This is XML (`{root}`), but no DATEX II: none of its namespaces is one of datex2.eu."),
        )
        .with_help("Namespaces are http://datex2.eu/schema/2/2_0 or http://datex2.eu/schema/3/….")
        .with_position(1, 1)),
        (0, None) => Err(Finding::error("invalid-xml", "The file has no element.").with_help("Fetch the file again.")),
        (version, _) => {
            Err(Finding::error("wrong-version", format!("The feed is DATEX II {version}; versions 2 and 3 are read."))
                .with_help("Ask the publisher for version 3.")
                .with_position(1, 1))
        }
    }
}
