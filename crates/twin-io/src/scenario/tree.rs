//! TOML as a tree that knows where every key and value stands, and overrides from the shell put over it.

use toml::de::{DeTable, DeValue};
use twin::{Finding, Findings};

/// Line and column, from 1.
pub(super) type Position = Option<(u32, u32)>;

/// A value and where it stands; nowhere for a value from the shell.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) position: Position,
}

/// A value of TOML.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Text(String),
    Integer(i128),
    Float(f64),
    Bool(bool),
    Datetime(String),
    Array(Vec<Node>),
    Table(Vec<Entry>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) position: Position,
    pub(super) node: Node,
}

impl Value {
    /// What was found, for a message.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Text(text) => format!("the text \"{text}\""),
            Self::Integer(number) => format!("the number {number}"),
            Self::Float(number) => format!("the number {number}"),
            Self::Bool(flag) => flag.to_string(),
            Self::Datetime(text) => format!("the date or time {text}"),
            Self::Array(_) => "a list".to_owned(),
            Self::Table(_) => "a table".to_owned(),
        }
    }
}

/// Parses a file; every syntax error is a finding.
pub(super) fn parse(text: &str) -> Result<Node, Findings> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::of(text);
    if errors.is_empty() {
        let root = table.into_inner();
        return Ok(Node { value: table_value(&root, Some(&lines)), position: Some((1, 1)) });
    }
    let findings = errors.iter().map(|error| {
        let finding =
            Finding::error("not-toml", format!("This is not TOML: {}.", error.message().trim_end_matches('.')))
                .with_help("Texts stand in quotes, dates as 2026-05-04, tables begin with [name] or [[name]].");
        match error.span() {
            Some(span) => {
                let (line, column) = lines.position(span.start);
                finding.with_position(line, column)
            }
            None => finding,
        }
    });
    Err(Findings(findings.collect()))
}

/// Puts `key=value` over the tree. The value is TOML; what is not TOML is a text, so that `kind=full` needs no quotes.
pub(super) fn put_override(root: &mut Node, text: &str) -> Result<(), Findings> {
    let wrong = |message: String| {
        Findings::from(
            Finding::error("invalid-override", format!("`--set {text}`: {message}."))
                .with_help("Write key=value, for example traffic.relative_gap=1e-6 or closure[0].length_m=80.")
                .with_file("--set"),
        )
    };
    let split = split_key(text).ok_or_else(|| wrong("there is no `=`".to_owned()))?;
    let (key, value) = (text[..split].trim(), text[split + 1..].trim());
    let steps = path_of(key).ok_or_else(|| wrong(format!("`{key}` is no key")))?;
    let mut at = root;
    for step in &steps {
        at = match step {
            Step::Key(name) => {
                let shown = at.value.shown();
                let Value::Table(entries) = &mut at.value else {
                    return Err(wrong(format!("`{name}` cannot stand in {shown}")));
                };
                let index = match entries.iter().position(|entry| entry.key == *name) {
                    Some(index) => index,
                    None => {
                        entries.push(Entry { key: name.clone(), position: None, node: empty_table() });
                        entries.len() - 1
                    }
                };
                &mut entries[index].node
            }
            Step::Index(index) => {
                if matches!(&at.value, Value::Table(entries) if entries.is_empty()) {
                    at.value = Value::Array(Vec::new());
                }
                let shown = at.value.shown();
                let Value::Array(items) = &mut at.value else {
                    return Err(wrong(format!("[{index}] needs a list, not {shown}")));
                };
                if *index > items.len() {
                    return Err(wrong(format!("there are only {} entries, counted from 0", items.len())));
                }
                if *index == items.len() {
                    items.push(empty_table());
                }
                &mut items[*index]
            }
        };
    }
    *at = value_of(value);
    Ok(())
}

enum Step {
    Key(String),
    Index(usize),
}

const fn empty_table() -> Node {
    Node { value: Value::Table(Vec::new()), position: None }
}

/// Where the `=` after the key stands: outside of quotes.
fn split_key(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(index, letter)| {
        if letter == '"' {
            quoted = !quoted;
        }
        (letter == '=' && !quoted).then_some(index)
    })
}

/// `closure[0].length_m`, `expect."traffic.trips".max` as steps.
fn path_of(key: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = key;
    loop {
        if let Some(inner) = rest.strip_prefix('"') {
            let end = inner.find('"')?;
            steps.push(Step::Key(inner[..end].to_owned()));
            rest = &inner[end + 1..];
        } else {
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Key(rest[..end].trim().to_owned()));
            rest = &rest[end..];
        }
        while let Some(inner) = rest.strip_prefix('[') {
            let end = inner.find(']')?;
            steps.push(Step::Index(inner[..end].trim().parse().ok().filter(|index| *index < 1_000_000)?));
            rest = &inner[end + 1..];
        }
        match rest.strip_prefix('.') {
            Some(next) => rest = next,
            None => return rest.is_empty().then_some(steps),
        }
    }
}

fn value_of(text: &str) -> Node {
    let value =
        DeValue::parse(text).map_or_else(|_| Value::Text(text.to_owned()), |value| plain(value.get_ref(), None));
    Node { value, position: None }
}

fn table_value(table: &DeTable<'_>, lines: Option<&Lines>) -> Value {
    let entries = table.iter().map(|(key, value)| Entry {
        key: key.get_ref().to_string(),
        position: lines.map(|lines| lines.position(key.span().start)),
        node: Node {
            value: plain(value.get_ref(), lines),
            position: lines.map(|lines| lines.position(value.span().start)),
        },
    });
    Value::Table(entries.collect())
}

fn plain(value: &DeValue<'_>, lines: Option<&Lines>) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            i128::from_str_radix(number.as_str(), number.radix()).map_or(Value::Float(f64::INFINITY), Value::Integer)
        }
        DeValue::Float(number) => Value::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Value::Bool(*flag),
        DeValue::Datetime(datetime) => Value::Datetime(datetime.to_string()),
        DeValue::Array(items) => Value::Array(
            items
                .iter()
                .map(|item| Node {
                    value: plain(item.get_ref(), lines),
                    position: lines.map(|lines| lines.position(item.span().start)),
                })
                .collect(),
        ),
        DeValue::Table(table) => table_value(table, lines),
    }
}

/// Where the lines of a text begin.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let starts = std::iter::once(0).chain(text.match_indices('\n').map(|(index, _)| index + 1)).collect();
        Self { text, starts }
    }

    /// Line and column (in letters, from 1) of a byte.
    fn position(&self, byte: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= byte).max(1) - 1;
        let before = self.text.get(self.starts[line]..byte.min(self.text.len())).unwrap_or("");
        let number = |value: usize| u32::try_from(value + 1).unwrap_or(u32::MAX);
        (number(line), number(before.chars().count()))
    }
}
