//! The texts in a Rust source, with the calls around them; code under `#[cfg(test)]` is left out.

/// A text in a source.
pub(super) struct Literal {
    pub(super) text: String,
    /// Line, from 1.
    pub(super) line: u32,
    /// Names of functions and macros in whose arguments it stands, the outermost first: `push`, `format!`.
    pub(super) calls: Vec<String>,
}

/// The texts of a source in order.
pub(super) fn literals(source: &str) -> Vec<Literal> {
    let tokens = without_tests(tokens(source));
    let mut calls: Vec<String> = Vec::new();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match &token.kind {
            Kind::Mark('(' | '[' | '{') => calls.push(call_before(&tokens, index)),
            Kind::Mark(')' | ']' | '}') => {
                calls.pop();
            }
            Kind::Text(text) => {
                let calls = calls.iter().filter(|call| !call.is_empty()).cloned().collect();
                found.push(Literal { text: text.clone(), line: token.line, calls });
            }
            Kind::Mark(_) | Kind::Word(_) => {}
        }
    }
    found
}

fn call_before(tokens: &[Token], index: usize) -> String {
    let before = |n: usize| index.checked_sub(n).map(|at| &tokens[at].kind);
    match (before(2), before(1)) {
        (Some(Kind::Word(name)), Some(Kind::Mark('!'))) => format!("{name}!"),
        (_, Some(Kind::Word(name))) if tokens[index].kind == Kind::Mark('(') => name.clone(),
        _ => String::new(),
    }
}

#[derive(PartialEq)]
enum Kind {
    Word(String),
    Text(String),
    Mark(char),
}

struct Token {
    kind: Kind,
    line: u32,
}

fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner { rest: source, line: 1 };
    std::iter::from_fn(|| scanner.next_token()).collect()
}

struct Scanner<'s> {
    rest: &'s str,
    line: u32,
}

impl<'s> Scanner<'s> {
    /// Takes this many bytes.
    fn take(&mut self, n: usize) -> &'s str {
        let (taken, rest) = self.rest.split_at(n);
        self.line += taken.matches('\n').count() as u32;
        self.rest = rest;
        taken
    }

    fn next_token(&mut self) -> Option<Token> {
        loop {
            let letter = self.rest.chars().next()?;
            if letter.is_whitespace() {
                self.take(letter.len_utf8());
            } else if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.take(end);
            } else if self.rest.starts_with("/*") {
                self.comment();
            } else {
                let line = self.line;
                return Some(Token { kind: self.kind(letter), line });
            }
        }
    }

    fn comment(&mut self) {
        let mut depth = 0;
        while !self.rest.is_empty() {
            if self.rest.starts_with("/*") {
                depth += 1;
                self.take(2);
            } else if self.rest.starts_with("*/") {
                depth -= 1;
                self.take(2);
                if depth == 0 {
                    return;
                }
            } else {
                let n = self.rest.chars().next().map_or(0, char::len_utf8);
                self.take(n);
            }
        }
    }

    fn kind(&mut self, letter: char) -> Kind {
        if let Some(kind) = self.raw_text() {
            return kind;
        }
        if letter == '"' {
            return Kind::Text(self.text());
        }
        if self.rest.starts_with("b\"") {
            self.take(1);
            self.text();
            return Kind::Mark('"');
        }
        if letter == '\'' {
            let n = char_length(self.rest).unwrap_or(1);
            self.take(n);
            return Kind::Mark('\'');
        }
        if letter.is_alphanumeric() || letter == '_' {
            let end = self.rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest.len());
            return Kind::Word(self.take(end).to_owned());
        }
        self.take(letter.len_utf8());
        Kind::Mark(letter)
    }

    /// `r"…"`, `r#"…"#`, `br"…"`.
    fn raw_text(&mut self) -> Option<Kind> {
        let is_bytes = self.rest.starts_with("br");
        let behind = self.rest.strip_prefix("br").or_else(|| self.rest.strip_prefix('r'))?;
        let hashes = behind.len() - behind.trim_start_matches('#').len();
        behind[hashes..].strip_prefix('"')?;
        let begin = self.rest.len() - behind.len() + hashes + 1;
        self.take(begin);
        let end = format!("\"{}", "#".repeat(hashes));
        let n = self.rest.find(&end)?;
        let text = self.take(n).to_owned();
        self.take(end.len());
        Some(if is_bytes { Kind::Mark('"') } else { Kind::Text(text) })
    }

    /// `"…"` with its escapes.
    fn text(&mut self) -> String {
        self.take(1);
        let mut text = String::new();
        while let Some(letter) = self.rest.chars().next() {
            self.take(letter.len_utf8());
            match letter {
                '"' => break,
                '\\' => self.escape(&mut text),
                letter => text.push(letter),
            }
        }
        text
    }

    fn escape(&mut self, text: &mut String) {
        let Some(letter) = self.rest.chars().next() else { return };
        self.take(letter.len_utf8());
        match letter {
            'n' => text.push('\n'),
            't' => text.push('\t'),
            'r' => text.push('\r'),
            '0' => text.push('\0'),
            'x' => {
                let code = u8::from_str_radix(self.take(2), 16).expect("two hexadecimal digits");
                text.push(char::from(code));
            }
            'u' => {
                let end = self.rest.find('}').expect("a closing brace");
                let code = self.take(end + 1).trim_matches(['{', '}']).replace('_', "");
                text.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            '\n' => {
                let n = self.rest.len() - self.rest.trim_start().len();
                self.take(n);
            }
            same => text.push(same),
        }
    }
}

/// Bytes of a letter in single quotes; nothing for a lifetime.
fn char_length(text: &str) -> Option<usize> {
    let mut letters = text.char_indices().skip(1);
    let (_, first) = letters.next()?;
    if first == '\\' {
        let (at, escaped) = letters.next()?;
        let behind = at + escaped.len_utf8();
        return text[behind..].find('\'').map(|n| behind + n + 1);
    }
    let (at, second) = letters.next()?;
    (second == '\'').then_some(at + 1)
}

/// Leaves out attributes, and what stands behind `#[cfg(test)]` and `#[test]`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens.into_iter().peekable();
    while let Some(token) = rest.next() {
        let begins =
            token.kind == Kind::Mark('#') && rest.peek().is_some_and(|next| matches!(next.kind, Kind::Mark('[' | '!')));
        if !begins {
            kept.push(token);
            continue;
        }
        let mut attribute = String::new();
        let mut depth = 0;
        for token in rest.by_ref() {
            match &token.kind {
                Kind::Mark('[') => depth += 1,
                Kind::Mark(']') => depth -= 1,
                Kind::Mark(mark) => attribute.push(*mark),
                Kind::Word(word) => attribute.push_str(word),
                Kind::Text(_) => {}
            }
            if depth == 0 && token.kind == Kind::Mark(']') {
                break;
            }
        }
        if attribute == "cfg(test)" || attribute == "test" {
            skip_item(&mut rest);
        }
    }
    kept
}

/// Skips up to the end of an item: a semicolon, or a block in braces.
fn skip_item(rest: &mut impl Iterator<Item = Token>) {
    let mut depth = 0;
    for token in rest {
        match token.kind {
            Kind::Mark('(' | '[' | '{') => depth += 1,
            Kind::Mark(closing @ (')' | ']' | '}')) => {
                depth -= 1;
                if depth == 0 && closing == '}' {
                    return;
                }
            }
            Kind::Mark(';') if depth == 0 => return,
            Kind::Mark(_) | Kind::Word(_) | Kind::Text(_) => {}
        }
    }
}

#[test]
fn texts_are_found_with_their_calls_and_without_tests() {
    let source = r##"
#![doc = "inner text"]
/* a "comment" /* in */ "it" */ // "and" here
fn f<'a>(x: &'a str) -> char {
    push(Finding::error("code", format!("one {x} \"two\" \
        three")), '"', b"bytes", r#"raw "text""#);
    '\''
}
#[cfg(test)]
use a::{b, c};
#[cfg(test)]
#[expect(unused, reason = "tests")]
mod tests { fn g() { h("not this", [1; 2]); } }
const LAST: &str = "last";
"##;
    let found = literals(source);
    let texts: Vec<&str> = found.iter().map(|literal| literal.text.as_str()).collect();
    assert_eq!(texts, ["code", "one {x} \"two\" three", "raw \"text\"", "last"]);
    assert_eq!(found[1].calls, ["push", "error", "format!"]);
    assert_eq!((found[1].line, found[2].line, found[3].line), (5, 6, 14));
}
